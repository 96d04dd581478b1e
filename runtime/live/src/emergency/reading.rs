//! What a check is made of.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Who sits on a subaccount.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Occupant {
    /// Identity of the strategy.
    pub strategy: String,
    /// Since when it trades there, ms: one that comes back is another.
    pub since: i64,
}

impl Occupant {
    /// As one word.
    pub fn name(&self) -> String {
        format!("{}/{}", self.strategy, self.since)
    }
}

/// A trade that was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// When, ms.
    pub at: i64,
    /// Result after all costs.
    pub pnl: Decimal,
}

/// A subaccount as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub number: i64,
    /// When it stood so, ms by the clock of whoever holds the money.
    pub at: i64,
    /// Balance and unrealised result.
    pub equity: Decimal,
    /// What came in (above 0) or went out since the last whole reading, for another reason than trading: all that `equity` contains
    /// and the equity of that reading did not.
    pub flow: Decimal,
    /// Open positions.
    pub open: usize,
    /// Who sits on it.
    pub occupant: Option<Occupant>,
    /// What the occupant was given.
    pub capital: Decimal,
    /// What the occupant made of it so far, unrealised result contained.
    pub result: Decimal,
    /// The occupant's latest closed trades, oldest first.
    pub closed: Vec<Closed>,
}

/// Everything as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Market time, ms.
    pub now: i64,
    /// Whether money may be judged by it, see [`Watch::whole`](super::Watch::whole). If not, no flow was taken for it either.
    pub whole: bool,
    /// When the master account stood as it does, ms by the clock of whoever holds the money.
    pub at: i64,
    /// Equity of the master account and all subaccounts.
    pub equity: Decimal,
    /// What came to all of them (above 0) or left them since the last whole reading. A transfer among them is none, but for one
    /// that the state of one side contains and that of the other does not yet.
    pub flow: Decimal,
    /// All subaccounts that could be read.
    pub accounts: Vec<Account>,
    /// Up to when market data is known, ms of market time; `None`: nothing trades, so nobody needs any.
    pub data_at: Option<i64>,
    /// What stands in the kill file, if there is one.
    pub kill: Option<String>,
}
