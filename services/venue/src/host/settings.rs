//! What an operator chooses about the way in.

use crate::engine::Millis;
use serde::{Deserialize, Serialize};
use sixbtc_exchange::Network;

/// How much one IP address may do (facts §9). They changed over time on the real exchange, so all can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Whether any of these is enforced.
    pub enforced: bool,
    /// Weight of requests in any minute.
    pub weight: u32,
    /// Websockets at a time.
    pub connections: usize,
    /// New websockets in any minute.
    pub new_connections: u32,
    /// Subscriptions at a time, over all websockets.
    pub subscriptions: usize,
    /// Users that are followed at a time, over all websockets.
    pub users: usize,
    /// Messages over websockets in any minute.
    pub messages: u32,
    /// Requests over websockets whose answers have not been sent.
    pub posts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            enforced: true,
            weight: 1200,
            connections: 10,
            new_connections: 30,
            subscriptions: 1000,
            users: 10,
            messages: 2000,
            posts: 100,
        }
    }
}

impl Limits {
    /// None at all: for simulations in which minutes pass at once.
    pub fn none() -> Self {
        Self {
            enforced: false,
            ..Self::default()
        }
    }
}

/// Rules of the way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostSettings {
    /// Whose signatures are taken: exactly one network's.
    pub network: Network,
    /// By IP address.
    pub limits: Limits,
    /// Largest body of a request, bytes.
    pub body: usize,
    /// Largest message over a websocket, bytes.
    pub message: usize,
    /// A websocket with so many frames that nobody took is ended.
    pub outbox: usize,
    /// A websocket to which nothing was sent for so long is ended, ms.
    pub idle_ms: Millis,
    /// Streams of states (books, contexts, accounts) send no more often than this, ms.
    pub state_every_ms: Millis,
    /// The same for books and mids asked for as `fast`, ms.
    pub fast_every_ms: Millis,
    /// Streams of market states repeat themselves after so long without a change, ms.
    pub repeat_every_ms: Millis,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            network: Network::Local,
            limits: Limits::default(),
            body: 1 << 20,
            message: 1 << 18,
            outbox: 10_000,
            idle_ms: 60_000,
            state_every_ms: 500,
            fast_every_ms: 100,
            repeat_every_ms: 5000,
        }
    }
}
