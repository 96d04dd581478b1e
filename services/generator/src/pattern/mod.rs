//! Patterns: conditions after which the price moved further in one direction than it usually does.
//!
//! They come from a service ([`PatternService`]) or are mined from the candles ([`mine`]). Either way they are held against
//! the same tiers ([`choose`]) and become programs by the same source ([`Patterns`]).

mod miner;
mod outcome;
mod service;
mod source;
mod tiers;
mod vocabulary;

pub use miner::{Mined, MinerOptions, mine};
pub use service::{MAX_BYTES, PatternService, ServiceError, Told};
pub(crate) use source::kind;
pub use source::{Patterns, coins};
pub use tiers::{Chosen, Rules, TIERS, Tier, Verdict, choose};
pub use vocabulary::{WORDS, Word};

use serde::{Deserialize, Serialize};
use sixbtc_abi::Side;

/// How far a pattern goes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    /// Distance of the target, as a fraction of the entry's price.
    pub magnitude: f64,
    /// Bars within which it is reached.
    pub hold: u32,
    /// How much likelier it is than after any bar: a difference of shares.
    pub edge: f64,
}

/// What a pattern did on one coin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OnCoin {
    /// The coin.
    pub symbol: String,
    /// Its edge there.
    pub edge: f64,
    /// Bars on which it held.
    pub signals: u64,
}

/// A pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// Its identity at whoever found it.
    pub id: String,
    /// The condition, an expression of the language.
    pub formula: String,
    /// The condition in words; empty: not told.
    #[serde(default)]
    pub sentence: String,
    /// Which way the price goes.
    #[serde(with = "side")]
    pub direction: Side,
    /// The clock, such as `15m`.
    pub timeframe: String,
    /// Times it held in each window of time.
    pub samples: Vec<u64>,
    /// Standard deviation of the edge over the windows.
    pub stability: f64,
    /// How far it goes, the best first.
    pub targets: Vec<Reach>,
    /// What it did on each coin.
    pub coins: Vec<OnCoin>,
    /// Definitions that the formula uses, as items of the language.
    #[serde(default)]
    pub helpers: Vec<String>,
}

impl Pattern {
    /// The largest edge of its targets; 0 without one.
    pub fn edge(&self) -> f64 {
        self.targets.iter().map(|t| t.edge).fold(0.0, f64::max)
    }
}

/// `LONG` and `SHORT`, as the service has them.
mod side {
    use serde::{Deserialize, Deserializer, Serializer};
    use sixbtc_abi::Side;

    // the signature that serde calls
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub fn serialize<S: Serializer>(side: &Side, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(match side {
            Side::Long => "LONG",
            Side::Short => "SHORT",
        })
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Side, D::Error> {
        match String::deserialize(from)?.to_ascii_uppercase().as_str() {
            "LONG" => Ok(Side::Long),
            "SHORT" => Ok(Side::Short),
            other => Err(serde::de::Error::custom(format!(
                "`{other}` is neither LONG nor SHORT"
            ))),
        }
    }
}
