//! What an account is told, and what it wants done.

use super::settings::Gate;
use rust_decimal::Decimal;
use serde_json::Value;
use sixbtc_exchange::client::{Outcome, ReadError, Topic};
use sixbtc_exchange::wire::ws::Frame;
use sixbtc_exchange::wire::{Action, InfoRequest};
use sixbtc_live::desk::{Alert, Closed};
use sixbtc_market::Bar;

/// Something that happened. Times are ms of the clock that [`Account::on`](super::Account::on) is called with.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Bars that have closed.
    Closed(ClosedBars),
    /// A frame of the websocket, public or of this account. It may come late, twice, or out of order.
    Frame(Box<Frame>),
    /// Prices by coin, from wherever they are known: the same as a frame of middle prices.
    Prices(Vec<(String, Decimal)>),
    /// What the websocket itself says.
    Socket(SocketNews),
    /// What became of [`Output::Send`].
    Sent {
        /// Its nonce.
        nonce: u64,
        /// What is known.
        outcome: Outcome,
    },
    /// The answer to [`Output::Read`], or why there is none.
    Read {
        /// Its ticket.
        ticket: u64,
        /// It.
        answer: Result<Value, ReadError>,
    },
    /// Time has passed: at least once a second, while nothing else happens.
    Tick,
    /// A gate shuts (with its reason) or opens: while one is shut, no entries are sent; what protects and closes is. Not
    /// remembered over a restart: whoever shuts it says so again.
    Gate {
        /// Whose it is.
        gate: Gate,
        /// Why it is shut; none to open it.
        shut: Option<String>,
    },
    /// No new entries until the same source says [`Input::Lift`], over restarts; with `force`, every position is closed at
    /// market as well. Each source stops and lifts for itself.
    Stop {
        /// Who.
        source: String,
        /// Why.
        why: String,
        /// Whether every position is closed.
        force: bool,
    },
    /// A source takes back its [`Input::Stop`].
    Lift {
        /// Who.
        source: String,
    },
    /// A person has looked: entries again, whatever a bound of the desk or the account itself had against them. What others
    /// stopped, they lift.
    Resume,
    /// A person has looked at a market in quarantine.
    Release(String),
    /// Money came to (above 0) or left the account otherwise than by trading. Said again, it is the same.
    Transferred {
        /// The exchange's name of it, with whatever else tells it from others.
        id: String,
        /// Dollars.
        amount: Decimal,
        /// When, ms by the exchange's clock.
        time: i64,
    },
}

/// Bars of one series that have closed.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedBars {
    /// Index into [`Mandate::series`](super::Mandate::series).
    pub series: usize,
    /// All bars that opened at or after this time, ms …
    pub from: i64,
    /// … and had closed by this one, ms, are among these: a hole between them is one of the market.
    pub through: i64,
    /// They, in the order of time.
    pub bars: Vec<Bar>,
}

/// What the websocket says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketNews {
    /// It is open and subscribed: what was said meanwhile is lost, and looked up.
    Connected,
    /// It is closed.
    Lost(String),
    /// It is open, but one topic is silent for longer than it should.
    Stale(Topic),
}

/// Something to do. In order, each done before the next is begun; when one fails, none of those after it may be done and the
/// account is to be started again from what is on disk.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Append these bytes to the journal, durably: on disk before the next output is looked at.
    Journal(Vec<u8>),
    /// Write these bytes in place of the last state, durably and whole or not at all. Afterwards the journal may be begun
    /// anew: its records up to a number are contained.
    Save {
        /// The state.
        state: Vec<u8>,
        /// The number.
        through: u64,
    },
    /// Sign and send, once, whatever comes of it; say it by [`Input::Sent`].
    Send {
        /// Nonce.
        nonce: u64,
        /// What is to be done.
        action: Action,
        /// `expiresAfter`, ms by the exchange's clock.
        expires: u64,
    },
    /// Ask, as often as it takes; say it by [`Input::Read`].
    Read {
        /// Names the question.
        ticket: u64,
        /// It.
        request: InfoRequest,
    },
    /// Tell a person.
    Alert(Alert),
    /// A trade was closed. It may be told again after a crash, under the same numbers.
    Trade(Box<Closed>),
    /// What the account holds, by its own books; said when it changed.
    Positions(Vec<Held>),
    /// A bar went through the strategy: what it said, for the check against a replay.
    Decided(Decided),
    /// Bars are missing: bring those of a series by [`Input::Closed`].
    Backfill {
        /// Index into [`Mandate::series`](super::Mandate::series).
        series: usize,
        /// From when on, ms.
        from: i64,
    },
    /// The exchange calls a market by another number than the mandate: start the account again under a new one, from what is
    /// on disk.
    Renew(String),
    /// It cannot go on. What rests at the exchange stays. Start it again from what is on disk, or let a person look.
    Ended(String),
}

/// A position, as the account's own books have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Index into [`Mandate::markets`](super::Mandate::markets).
    pub market: usize,
    /// Signed units.
    pub size: Decimal,
    /// Average entry of the open lots, 0 when the fills belong to no lot.
    pub entry: Decimal,
    /// Where its stop stands at the exchange, if it does.
    pub stop: Option<Decimal>,
    /// Where its first target stands at the exchange, if it does.
    pub target: Option<Decimal>,
    /// Leverage in force, if known.
    pub leverage: Option<u32>,
}

/// What a strategy said at the close of a bar of one symbol.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// Index into [`Mandate::markets`](super::Mandate::markets).
    pub market: usize,
    /// Open of the bar, ms.
    pub time: i64,
    /// Flags of the signal phase.
    pub flags: u64,
    /// Bits of its values.
    pub values: Vec<u64>,
    /// The bar itself, as it was decided on.
    pub bar: Bar,
    /// The strategy's memory after it, of one market at a time in turns: for the same check.
    pub memory: Option<Vec<u64>>,
}
