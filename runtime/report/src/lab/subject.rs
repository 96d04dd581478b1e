//! What the three pages say about the strategy, its data and the conditions of the work.

use crate::data::Fact;
use serde::{Deserialize, Serialize};

/// What was examined, and under which conditions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Subject {
    /// The strategy's title as a person wrote it; may be empty, may hold anything.
    pub title: String,
    /// The strategy's identifier.
    pub strategy: String,
    /// The strategy's source text; empty when it is not to be shown.
    pub source: String,
    /// The market data.
    pub data: DataDescription,
    /// What money is counted in, e.g. `USDC`.
    pub currency: String,
    /// The run's settings: fees, slippage, fill rule …
    pub settings: Vec<Fact>,
    /// What a reader must know before believing the figures, most important first.
    pub warnings: Vec<String>,
    /// Hash over all that makes this result this result.
    pub hash: String,
    /// Name and version of the compiler.
    pub compiler: String,
}

/// The market data, described.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DataDescription {
    /// Symbols, as they are called where they are traded.
    pub symbols: Vec<String>,
    /// Timeframe of the strategy's clock as people write it, e.g. `30m`.
    pub timeframe: String,
    /// Length of a bar of that clock, ms; 0 when unknown.
    pub timeframe_ms: i64,
    /// Bars of one symbol, of all of them together when they differ.
    pub bars: u64,
    /// The stretch of time covered; `None` when there was no bar.
    pub span: Option<Span>,
    /// Hash of the data, or empty.
    pub hash: String,
    /// What else there is to say, e.g. where it came from; may be empty.
    pub note: String,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Span {
    /// Open time of the first bar.
    pub from: i64,
    /// Open time of the first bar behind it.
    pub to: i64,
}

/// A part of a page: either there, or absent for a reason that the page states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part<T> {
    /// It is there.
    Shown(T),
    /// It is not; a sentence that says why, e.g. `The stage stopped before this one.`
    Absent(String),
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self::Absent(String::new())
    }
}

impl<T> Part<T> {
    /// What is there, if it is.
    pub fn shown(&self) -> Option<&T> {
        match self {
            Self::Shown(part) => Some(part),
            Self::Absent(_) => None,
        }
    }
}
