//! A strategy and its life.

use super::Millis;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An enumeration that stands as text in rows, files and answers.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[schemars(inline)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As it stands in rows, files and answers.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The one with this text.
            pub fn read(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Where in its life a strategy is. The database itself refuses any step but
    /// GENERATED → VALIDATED → ACTIVE ⇄ LIVE → RETIRED, VALIDATED or ACTIVE → RETIRED, and GENERATED or VALIDATED → FAILED.
    Status {
        /// Made, not yet checked.
        Generated = "GENERATED",
        /// Checked, waits for its tests.
        Validated = "VALIDATED",
        /// In the pool.
        Active = "ACTIVE",
        /// Trades on a subaccount.
        Live = "LIVE",
        /// Left the pool or the market, for good.
        Retired = "RETIRED",
        /// Refused before it reached the pool.
        Failed = "FAILED",
    }
}

impl Status {
    /// Whether a strategy may go from here to there.
    pub fn may_become(self, next: Self) -> bool {
        use Status::{Active, Failed, Generated, Live, Retired, Validated};
        matches!(
            (self, next),
            (Generated, Validated | Failed)
                | (Validated, Active | Failed | Retired)
                | (Active, Live | Retired)
                | (Live, Active | Retired)
        )
    }
}

words! {
    /// What a strategy lives on; part of its name, and of the rotator's diversity.
    StrategyType {
        /// Trend.
        Trend = "TRD",
        /// Momentum.
        Momentum = "MOM",
        /// Reversal.
        Reversal = "REV",
        /// Volatility.
        Volatility = "VOL",
        /// Candles.
        Candle = "CDL",
    }
}

words! {
    /// Which sides a strategy takes.
    Side {
        /// Buys only.
        Long = "LONG",
        /// Sells short only.
        Short = "SHORT",
        /// Both, each by a condition of its own.
        Both = "BIDI",
    }
}

words! {
    /// Who made a strategy.
    SourceName {
        /// Patterns of a service, or mined from the candles.
        Pattern = "pattern",
        /// Building blocks.
        PatternGen = "pattern_gen",
        /// Coherent parts.
        Unger = "unger",
        /// Indicators and conditions.
        PandasTa = "pandas_ta",
        /// A language model, free to choose.
        AiFree = "ai_free",
        /// A language model, given indicators.
        AiAssigned = "ai_assigned",
    }
}

/// A strategy as a source hands it over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewStrategy {
    /// Identity; made by the generator from source, seed and turn, so that a second try finds the first.
    pub id: Uuid,
    /// `Prefix_TYPE_8hex`, unique.
    pub name: String,
    /// What it does, in a sentence.
    pub sentence: String,
    /// Who made it.
    pub source: SourceName,
    /// Whether it descends from others by the genetic search.
    pub bred: bool,
    /// What it lives on.
    pub kind: StrategyType,
    /// Which sides it takes.
    pub side: Side,
    /// Its clock, such as `15m`.
    pub timeframe: String,
    /// Symbols it is tested and traded on, by rank.
    pub symbols: Vec<String>,
    /// The program.
    pub text: String,
    /// Hash of the compiled program's normal form: equal for programs that differ in words and order alone.
    pub normal_hash: String,
    /// Hash of its signals on the fixed data: equal for programs that trade alike.
    pub behaviour_hash: String,
    /// From which the same program is made again, bit for bit.
    pub recipe: serde_json::Value,
    /// Strategies it descends from.
    pub parents: Vec<Uuid>,
}

/// A strategy as it stands in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Strategy {
    /// As it was handed over.
    pub made: NewStrategy,
    /// Where in its life.
    pub status: Status,
    /// Grows with every change: for optimistic locking.
    pub version: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed its status.
    pub status_at: Millis,
    /// Parameters chosen by the sweep, by name; absent before.
    pub params: Option<serde_json::Value>,
    /// When the pool last tested it: the order of retests.
    pub tested_at: Option<Millis>,
    /// Score of the backtest, 0 to 100.
    pub score_backtest: Option<f64>,
    /// Robustness, 0 to 1.
    pub robustness: Option<f64>,
    /// Figures of the backtest by which live trading is judged.
    pub expected: Option<Figures>,
    /// What it does at the market; absent before it was live.
    pub trading: Option<Trading>,
    /// Why it was retired or failed, as a word such as `evicted`.
    pub reason: Option<String>,
}

/// JSON writes a number that is none as `null`; so it is read.
fn number_or_nan<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::NAN))
}

/// Figures of a strategy over a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Closed trades.
    pub trades: u64,
    /// Share of trades that won.
    #[serde(deserialize_with = "number_or_nan")]
    pub win_rate: f64,
    /// Mean result of a trade as a fraction of notional.
    #[serde(deserialize_with = "number_or_nan")]
    pub expectancy: f64,
    /// Annual Sharpe ratio of the equity.
    #[serde(deserialize_with = "number_or_nan")]
    pub sharpe: f64,
    /// Largest drawdown as a fraction.
    #[serde(deserialize_with = "number_or_nan")]
    pub max_drawdown: f64,
    /// Total return as a fraction.
    #[serde(deserialize_with = "number_or_nan")]
    pub total_return: f64,
    /// Days that the figures cover.
    #[serde(deserialize_with = "number_or_nan")]
    pub days: f64,
}

/// A strategy at the market.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trading {
    /// Its subaccount; absent once it is retired.
    pub subaccount: Option<i64>,
    /// Since when.
    pub live_since: Millis,
    /// Live score, 0 to 100; absent until there are enough trades.
    pub score: Option<f64>,
    /// What it did.
    pub figures: Figures,
    /// Result in USD, for people: the ledger of trades has the decimals.
    #[serde(deserialize_with = "number_or_nan")]
    pub pnl_usd: f64,
    /// When the figures were made.
    pub updated_at: Millis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for s in Status::ALL {
            assert_eq!(Status::read(s.as_str()), Some(*s));
        }
        assert_eq!(Status::read("LIVELY"), None);
        assert_eq!(serde_json::to_string(&Side::Both).unwrap(), "\"BIDI\"");
    }

    #[test]
    fn nothing_leaves_the_grave() {
        for next in Status::ALL {
            assert!(!Status::Retired.may_become(*next));
            assert!(!Status::Failed.may_become(*next));
            assert!(!next.may_become(Status::Generated));
        }
    }
}
