//! What goes wrong on the way between a client and the venue.
//!
//! The network in front of a venue asks a [`Faults`] about everything that passes it. A plan of faults is pure:
//! it decides from what it is told and from its seed.

use crate::engine::Millis;
use std::net::IpAddr;

/// A request on its way to the venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Post<'a> {
    /// When it was sent, ms of the market.
    pub now: Millis,
    /// Counts requests, from 0; a duplicate has the number of its original.
    pub number: u64,
    /// From where.
    pub ip: IpAddr,
    /// `/info` or `/exchange`; `ws` for one over a websocket.
    pub path: &'a str,
    /// What it says.
    pub body: &'a [u8],
}

/// How nothing comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loss {
    /// No connection: the client knows that not a byte left.
    NotConnected,
    /// Silence until the client gives up.
    TimedOut,
    /// The connection breaks.
    Broken,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RequestFate {
    /// It arrives.
    #[default]
    Deliver,
    /// It never arrives.
    Drop(Loss),
    /// It arrives so many milliseconds later.
    Delay(Millis),
    /// It arrives, and once more so many milliseconds later; the client hears of the first only.
    Duplicate(Millis),
    /// Something in front of the venue answers, and the request never arrives.
    Answer {
        /// Status: 429, 500, 502, 504, …
        status: u16,
        /// What it says.
        body: String,
        /// How long it asks to wait, seconds.
        retry_after: Option<u64>,
    },
    /// The venue answers an action with this refusal and does nothing. The nonce stays unused.
    Refuse(String),
    /// A question is answered from the state of so many milliseconds ago; what is no question arrives.
    Stale(Millis),
    /// It arrives, but the house quotes only this share of each order in it, so that orders are filled in part. In thousandths.
    Thin(u32),
}

/// What becomes of the answer to a request that was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnswerFate {
    /// It arrives.
    #[default]
    Deliver,
    /// It is lost.
    Drop(Loss),
    /// It arrives so many milliseconds later.
    Delay(Millis),
    /// A status from in front of the venue stands in its place (502, 504, …).
    Status(u16),
    /// Only so many bytes of its body arrive.
    Truncate(usize),
}

/// A frame on its way to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent<'a> {
    /// When, ms of the market.
    pub now: Millis,
    /// Counts frames of a session, from 0.
    pub number: u64,
    /// The session.
    pub session: u64,
    /// When the session was opened.
    pub since: Millis,
    /// Its channel: `userFills`, `pong`, …
    pub channel: &'a str,
    /// It.
    pub text: &'a str,
}

/// What becomes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FrameFate {
    /// It arrives.
    #[default]
    Deliver,
    /// It is lost: a withheld channel, a silent connection.
    Drop,
    /// It arrives so many milliseconds later, behind whatever is sent meanwhile.
    Delay(Millis),
    /// It arrives, and once more so many milliseconds later.
    Duplicate(Millis),
    /// Only so many bytes of it arrive.
    Truncate(usize),
    /// Each row of its list comes as a frame of its own, so many milliseconds after the one before. Snapshots stay whole.
    Split(Millis),
    /// A snapshot of fills holds a round trip more, made so many milliseconds ago by orders that the account's owner has long
    /// forgotten.
    Aged(Millis),
    /// The connection ends before it.
    Close,
}

/// What becomes of a new websocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OpenFate {
    /// It opens.
    #[default]
    Open,
    /// It is refused with a status.
    Refuse(u16),
}

/// Decides what goes wrong. Every method has a default in which nothing does.
pub trait Faults: Send {
    /// A request.
    fn request(&mut self, _post: &Post<'_>) -> RequestFate {
        RequestFate::Deliver
    }

    /// How far back [`RequestFate::Stale`] may go, ms; `None` when nothing is ever stale. Asked once, at the beginning.
    fn memory(&self) -> Option<Millis> {
        None
    }

    /// The answer to one that was carried out.
    fn answer(&mut self, _post: &Post<'_>) -> AnswerFate {
        AnswerFate::Deliver
    }

    /// A frame.
    fn frame(&mut self, _sent: &Sent<'_>) -> FrameFate {
        FrameFate::Deliver
    }

    /// A new websocket.
    fn open(&mut self, _now: Millis) -> OpenFate {
        OpenFate::Open
    }

    /// Whether a connection is to be ended now; asked of each session whenever time moves.
    fn cut(&mut self, _now: Millis, _session: u64, _since: Millis) -> bool {
        false
    }

    /// By how much the venue's own clock is ahead of the market's, ms. Asked whenever time moves; the venue's time never falls.
    fn clock(&mut self, _now: Millis) -> Millis {
        0
    }

    /// Whether prices stand still. What they missed comes when they move again.
    fn frozen(&mut self, _now: Millis) -> bool {
        false
    }

    /// Whether the venue is down: connections are refused, all sessions end, nothing is lost.
    fn down(&mut self, _now: Millis) -> bool {
        false
    }
}
