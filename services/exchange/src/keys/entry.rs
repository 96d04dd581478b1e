//! One key and what is known about it.

use super::{Address, Secret};
use crate::Millis;
use std::fmt;

/// What a key may do on the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The account itself: may do everything, withdraw too.
    Master,
    /// Approved by an account to trade for it: may not move money.
    Agent,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Master => "master",
            Self::Agent => "agent",
        })
    }
}

/// A key with its name, its owner and its dates.
#[derive(Debug)]
pub struct Entry {
    /// What people call it. An agent and its successor may share a name, others may not.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The master account it belongs to: its own address for a master.
    pub account: Address,
    /// The subaccount that an agent trades for; none: the account itself.
    pub subaccount: Option<Address>,
    /// The address of this key.
    pub address: Address,
    /// When it was taken in.
    pub created: Millis,
    /// When the exchange is known to have approved it; none for an agent that still waits for that. A master needs no approval.
    pub approved: Option<Millis>,
    /// When the exchange stops accepting it, if that is known.
    pub valid_until: Option<Millis>,
    pub(super) secret: Secret,
}

impl Entry {
    /// The account that it trades for.
    pub fn trades_for(&self) -> Address {
        self.subaccount.unwrap_or(self.account)
    }
}

/// An agent that must never be used again: its nonces are forgotten by the exchange, so that actions which it once signed could be
/// replayed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// Its address.
    pub address: Address,
    /// What it was called.
    pub name: String,
    /// The account that had approved it.
    pub account: Address,
    /// The subaccount that it traded for.
    pub subaccount: Option<Address>,
    /// When it was retired.
    pub at: Millis,
}
