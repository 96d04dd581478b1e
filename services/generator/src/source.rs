//! What a source of strategies is, and what it hands over.

use crate::body::Body;
use crate::draw::Draw;
use crate::recipe::Recipe;
use serde::{Deserialize, Serialize};
use sixbtc_core::model::{Side, SourceName, StrategyType};
use sixbtc_market::Timeframe;
use std::fmt;
use uuid::Uuid;

/// The mood of a market, which tells what kind of strategy has a chance in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// Moves go on.
    Trend,
    /// Moves come back.
    Reversal,
}

impl fmt::Display for Regime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trend => "trend",
            Self::Reversal => "reversal",
        })
    }
}

/// What is wanted of a source.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The strategy's clock.
    pub timeframe: Timeframe,
    /// The sides it is to take.
    pub side: Side,
    /// The regime it is for; absent while regimes are off.
    pub regime: Option<Regime>,
    /// Strategies of the pool, of whatever source, from which one may be bred.
    pub parents: &'a [Parent],
}

/// A strategy from which others may be bred.
#[derive(Debug, Clone, PartialEq)]
pub struct Parent {
    /// Which.
    pub id: Uuid,
    /// What it was made of.
    pub recipe: Recipe,
    /// Its score, 0 to 100.
    pub score: f64,
    /// Its behaviour on the fixed data, see [`crate::behaviour`]: offspring is to behave otherwise.
    pub behaviour: String,
}

/// A strategy as a source thought of it: everything but its name, which is made of the program's hash.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What it lives on.
    pub kind: StrategyType,
    /// What it does, in a sentence for people, such as "Buys when the 14-bar RSI is under 30."
    pub sentence: String,
    /// The program but for header, name and clock.
    pub body: Body,
    /// From which [`Source::make`] makes the same draft again. Source, sides, clock and lineage stand in it.
    pub recipe: Recipe,
}

/// Why there is no draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// This draw leads nowhere, another may: not counted as a defect.
    #[error("nothing suits: {0}")]
    NothingSuits(String),
    /// The source can make nothing now: a service is away, a budget is used up. Asked again later.
    #[error("the source is not available: {0}")]
    Unavailable(String),
    /// Every program of the source's space was made.
    #[error("the source is used up: {0}")]
    UsedUp(String),
    /// A recipe names what is not there, or does not read.
    #[error("the recipe cannot be followed: {0}")]
    Recipe(String),
    /// The source wrote what does not compile: a defect of ours, or of a model.
    #[error("the program has errors: {0}")]
    Wrong(String),
}

/// Makes drafts. Everything it does follows from what it is asked and from the draw, but for the sources that ask a service.
///
/// It is called outside of the async runtime's own threads: it may compute, and wait.
pub trait Source: Send + Sync {
    /// Which.
    fn name(&self) -> SourceName;

    /// Sides it can make strategies for, in the order of the round robin.
    fn sides(&self) -> &'static [Side];

    /// Chooses parts and makes a draft of them.
    fn draw(&self, ask: &Ask<'_>, draw: &mut Draw) -> Result<Draft, SourceError>;

    /// Makes the draft that a recipe tells of, to the byte.
    fn make(&self, recipe: &Recipe) -> Result<Draft, SourceError>;

    /// Tells that a draft made it through the generator's own checks: what is used up is counted by these.
    fn accepted(&self, _draft: &Draft) {}
}
