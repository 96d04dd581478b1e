//! What a desk is told, and what it tells.

use super::{Entry, Snapshot};
use crate::ident::Cloid;
use crate::money::Rules;
use crate::order::{Fill, Plan, Told, Why};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sixbtc_engine::Trade;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Prices at which orders are due now, one a symbol; `None` where there is none.
    Prices(Vec<Option<Decimal>>),
    /// What became of a request.
    Answer {
        /// Its nonce.
        nonce: u64,
        /// What.
        answer: Answer,
    },
    /// The answer to [`Command::Query`].
    Status {
        /// Of which order.
        cloid: Cloid,
        /// When the question was sent, ms of the desk's clock.
        asked: i64,
        /// What the exchange knows of it; `None` when it does not know the order.
        found: Option<Seen>,
    },
    /// The exchange says of its own accord what became of an order.
    Update {
        /// Which.
        cloid: Cloid,
        /// What.
        seen: Seen,
    },
    /// A fill.
    Fill(Fill),
    /// Many of them, as a snapshot has: all are taken before anything is decided.
    Fills(Vec<Fill>),
    /// The answer to [`Command::Reconcile`].
    Reconciled(Reconciled),
    /// Funding of a symbol, above 0 when paid.
    Funding {
        /// Which.
        symbol: usize,
        /// Quote currency.
        amount: f64,
        /// Of when, ms: the same time is the same payment.
        time: i64,
    },
    /// Money that came (above 0) or went for another reason than trading.
    Moved {
        /// Quote currency.
        amount: f64,
    },
    /// The same, told any number of times. What came before the desk began is not its business.
    Transferred {
        /// The exchange's name of it, with whatever else tells it from others: the same is the same transfer.
        id: String,
        /// Quote currency, above 0 when it came.
        amount: f64,
        /// When, ms.
        time: i64,
    },
    /// No new entries until the same source says [`Event::Lift`]; with `force`, every lot is left at market as well. Others may
    /// stop entries too: each lifts its own, and a person's [`Event::Resume`] lifts none of these.
    Stop {
        /// Who.
        source: String,
        /// Why.
        why: String,
        /// Whether everything is left.
        force: bool,
    },
    /// A source takes back its [`Event::Stop`].
    Lift {
        /// Who.
        source: String,
    },
    /// Time has passed.
    Tick,
    /// The exchange's budget of requests runs short, or no longer does: only what makes positions smaller is sent.
    Short(bool),
    /// No new entries while there is a reason, and those that rest are taken back until there is none. Not remembered: whoever
    /// says so says it again after a restart. For what ends by itself, such as data that are too old; [`Event::Halt`] is for a
    /// person to end.
    Gate(Option<String>),
    /// The exchange accepts other prices, sizes or leverage of a symbol than before.
    Rules {
        /// Which.
        symbol: usize,
        /// What it accepts now.
        rules: Rules,
        /// Whether it only accepts what makes positions smaller: the symbol is about to go.
        closing: bool,
    },
    /// No new entries until [`Event::Resume`].
    Halt(String),
    /// Entries again, whatever a person or a bound of the desk had against them. Only a person says so.
    Resume,
    /// No new entries, and every lot is left at market until there is none.
    Force(String),
    /// A person has looked at a market in quarantine.
    Release {
        /// Which.
        symbol: usize,
    },
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It surely was not taken: no byte left, or it was turned away for its rate.
    NotSent(String),
    /// It may have been executed, or may still be.
    Unknown(String),
    /// The exchange refused all of it.
    Refused(String),
    /// Answers, one for each order or cancellation in its order; a single refusal may stand for all.
    Items(Vec<Item>),
}

/// The answer to one order or cancellation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The exchange's number.
    pub oid: Option<u64>,
    /// What became of it. Of a cancellation: [`Told::Ended`] when it succeeded.
    pub told: Told,
}

/// What the exchange knows of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its number.
    pub oid: u64,
    /// What became of it.
    pub told: Told,
    /// Since when, ms of the exchange's clock.
    pub stamp: i64,
}

/// How things stand at the exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    /// When it was asked, ms of the desk's clock.
    pub asked: i64,
    /// All open orders of the account.
    pub open: Vec<OpenOrder>,
    /// Signed units, one a symbol.
    pub positions: Vec<Decimal>,
    /// Fills since the time that was asked for.
    pub fills: Vec<Fill>,
}

/// An open order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOrder {
    /// The exchange's number.
    pub oid: u64,
    /// Our name of it, if it has one.
    pub cloid: Option<Cloid>,
    /// Index into the desk's symbols.
    pub symbol: usize,
}

/// Something to do. In order, each before the next is begun.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Write it to the journal, durably.
    Journal(Box<Entry>),
    /// Sign and send it, once. Whatever happens comes back as [`Event::Answer`].
    Send(Batch),
    /// Ask what became of an order.
    Query(Cloid),
    /// Ask for open orders, positions, and fills from this time on, ms.
    Reconcile {
        /// From when on.
        since: i64,
    },
    /// Tell a person.
    Alert(Alert),
    /// A trade was closed.
    Trade(Box<Closed>),
    /// Write it durably in place of the last one; records up to its number may go.
    Save(Box<Snapshot>),
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// To be known.
    Info,
    /// To be looked at.
    Warning,
    /// Now.
    Critical,
}

/// Something a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// How much it matters.
    pub severity: Severity,
    /// What.
    pub what: String,
}

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Its number, never given twice.
    pub nonce: u64,
    /// From when on the exchange must refuse it, ms.
    pub expires: i64,
    /// What.
    pub work: Work,
}

/// How orders of one request belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// Not at all.
    None,
    /// The others protect the first, and work as soon as it has filled.
    Entry,
}

/// What a request is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Orders.
    Orders {
        /// How they belong together.
        grouping: Grouping,
        /// They.
        orders: Vec<Plan>,
    },
    /// Cancellations, by symbol and name.
    Cancel(Vec<(usize, Cloid)>),
    /// Leverage of a symbol.
    Leverage {
        /// Which.
        symbol: usize,
        /// Leverage.
        leverage: u32,
    },
}

/// A trade that was closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Closed {
    /// Its number on this desk: told again after a crash, it has the same.
    pub number: u64,
    /// Trades with the same number count from 0.
    pub part: u32,
    /// The trade as a test would book it.
    pub trade: Trade,
    /// Why it was closed.
    pub why: Why,
    /// When it was closed, ms.
    pub time: i64,
    /// The order that closed it, if it was ours.
    pub cloid: Option<Cloid>,
    /// What the exit was due at: its slippage is what [`Trade::exit_price`] is worse.
    pub due: f64,
    /// Fee of the exit as a fraction of its notional.
    pub fee: f64,
    /// How its lot was opened; all parts of a lot have the same.
    pub opening: Option<Opening>,
}

/// How a lot was opened at the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The order.
    pub cloid: Cloid,
    /// End of the bar on whose close it was decided, ms.
    pub decided: i64,
    /// When the last of it filled, ms.
    pub time: i64,
    /// What it was due at: of one at market the price when it was sent, else the price it waited for.
    pub due: f64,
    /// What it got, on average.
    pub price: f64,
    /// Fee as a fraction of its notional.
    pub fee: f64,
}
