//! An order as it is decided: what for, how, how much and why.

use crate::ident::Cloid;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What an order is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Opens a lot.
    Enter {
        /// Index into the plan's entries.
        entry: u16,
        /// End of the bar on whose close it was decided, ms.
        decided: i64,
    },
    /// Protects what an entry has filled so far, before there is a lot.
    Guard {
        /// The entry.
        of: Cloid,
    },
    /// Stop of a lot.
    Protect {
        /// Which.
        lot: u32,
    },
    /// Target of a lot, or of a part.
    Take {
        /// Which.
        lot: u32,
    },
    /// Closes a lot now.
    Leave {
        /// Which.
        lot: u32,
    },
    /// Closes what belongs to no lot, when everything is to be closed.
    Clear,
}

impl Role {
    /// The lot it makes smaller.
    pub fn lot(self) -> Option<u32> {
        match self {
            Self::Protect { lot } | Self::Take { lot } | Self::Leave { lot } => Some(lot),
            Self::Enter { .. } | Self::Guard { .. } | Self::Clear => None,
        }
    }

    /// Whether it is a stop.
    pub(crate) fn protects(self) -> bool {
        matches!(self, Self::Guard { .. } | Self::Protect { .. })
    }

    /// Whether it closes at market what is to be left.
    pub(crate) fn leaves(self) -> bool {
        matches!(self, Self::Leave { .. } | Self::Clear)
    }

    /// What for, in a word.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Enter { .. } => "entry",
            Self::Guard { .. } | Self::Protect { .. } => "stop",
            Self::Take { .. } => "target",
            Self::Leave { .. } => "exit",
            Self::Clear => "closing all",
        }
    }

    /// Its part of the order's name.
    pub(crate) fn key(self) -> String {
        match self {
            Self::Enter { entry, decided } => format!("enter/{entry}/{decided}"),
            Self::Guard { of } => format!("guard/{of}"),
            Self::Protect { lot } => format!("protect/{lot}"),
            Self::Take { lot } => format!("take/{lot}"),
            Self::Leave { lot } => format!("leave/{lot}"),
            Self::Clear => "clear".to_owned(),
        }
    }
}

/// How an order reaches the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Fills at once what it can within a limit, and is gone.
    Now {
        /// Worst price.
        #[serde(with = "crate::exact")]
        limit: Decimal,
    },
    /// Rests at a price.
    Rest {
        /// The price.
        #[serde(with = "crate::exact")]
        limit: Decimal,
    },
    /// Waits for a price, then as [`Kind::Now`].
    Stop {
        /// The price it waits for.
        #[serde(with = "crate::exact")]
        trigger: Decimal,
        /// Worst price after that.
        #[serde(with = "crate::exact")]
        limit: Decimal,
    },
}

impl Kind {
    /// The price that makes it the order it is: what it waits for, else its limit.
    pub fn price(self) -> Decimal {
        match self {
            Self::Now { limit } | Self::Rest { limit } => limit,
            Self::Stop { trigger, .. } => trigger,
        }
    }
}

/// Why a lot was closed, as far as the exchange or a person had a say in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// A stop.
    Stop,
    /// A trailing stop.
    Trail,
    /// A target.
    Target,
    /// An exit of the plan.
    Signal,
    /// After so many bars.
    Time,
    /// At the end of a session.
    Session,
    /// For an entry to the other side.
    Reverse,
    /// A portfolio holds less of it.
    Rebalance,
    /// The exchange took it: the margin ran out, or it was set against another account.
    Liquidation,
    /// Somebody else closed it.
    External,
    /// An emergency stop or the operator closed it.
    Forced,
}

/// An order as it was decided. Everything that is sent of it stands here, written before it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name.
    pub cloid: Cloid,
    /// How many-th order of the desk it is, from 0.
    pub serial: u64,
    /// Index into the desk's symbols.
    pub symbol: usize,
    /// What for.
    pub role: Role,
    /// Whether it buys.
    pub buys: bool,
    /// Units, a multiple of the lot.
    #[serde(with = "crate::exact")]
    pub size: Decimal,
    /// The engine's own number of units, which a whole fill gives back to it.
    pub asked: f64,
    /// How.
    pub kind: Kind,
    /// The engine's price, before rounding: what a fill is compared with.
    pub due: f64,
    /// Whether it may only make a position smaller.
    pub reduces: bool,
    /// Of one that rests: whether it may only rest (an exchange that has just been restarted takes nothing else).
    #[serde(default)]
    pub post_only: bool,
    /// What its fill is called, when it closes.
    pub why: Option<Why>,
    /// Of an entry: where its stop is to stand.
    pub stop: Option<f64>,
    /// When it was decided, ms.
    pub planned: i64,
    /// From when on the exchange refuses to take it, ms.
    pub expires: i64,
}
