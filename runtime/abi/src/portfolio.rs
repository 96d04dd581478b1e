//! What a portfolio does beyond a strategy: which symbols belong to it, what it compares between them, what it holds.
//!
//! A portfolio is compiled into several kernels that run one after the other on the same bar of every symbol. Between two of
//! them the runtime compares what the earlier one yields across the symbols of that instant, and the later one reads the
//! result as a column, [`crate::Column::Cross`].

use crate::plan::{Side, Value};

/// A comparison across the symbols of one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CrossKind {
    /// Ascending rank as a fraction of those compared: the greatest is 1, the least of n is 1/n, equal values share the
    /// mean of their ranks (`rank(pct=True)` of pandas).
    Rank,
    /// `(x − mean) / standard deviation` over those compared, the deviation with n − 1; NaN for fewer than two or when all
    /// are equal.
    Zscore,
    /// 1 for members of the universe, 0 for the others, whatever the value.
    Member,
}

impl CrossKind {
    /// The function's name in the language, or of what it is.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rank => "rank",
            Self::Zscore => "cross_zscore",
            Self::Member => "member",
        }
    }
}

/// One comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrossSpec {
    /// Which.
    pub kind: CrossKind,
    /// What is compared: a value column of the stage's kernel. It takes part from the row that
    /// [`crate::Constants::lookback`] of that kernel gives, where it has settled.
    pub value: u16,
    /// Where the result goes: [`crate::Column::Cross`] of this number.
    pub column: u16,
}

/// Which symbols belong to the portfolio at an instant.
#[derive(Debug, Clone, PartialEq)]
pub enum Universe {
    /// All that have a bar.
    All,
    /// Those named that have a bar.
    Symbols(Vec<String>),
    /// The `count` greatest finite values of a column of the first stage's kernel among those that have a bar and have
    /// settled; of equal values those first in the order of names.
    Top {
        /// How many, fixed for the run (a scalar of the last kernel).
        count: Value,
        /// Value column of the first stage's kernel.
        score: u16,
    },
}

/// One `hold` statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HoldPlan {
    /// The greatest scores rather than the least.
    pub top: bool,
    /// How many symbols, fixed for the run.
    pub count: Value,
    /// What they are chosen by.
    pub score: Value,
    /// Long or short.
    pub side: Side,
    /// Share of a symbol before the shares of this statement are scaled to 1; all alike when absent.
    pub weight: Option<Value>,
}

/// What makes a program a portfolio.
#[derive(Debug, Clone, PartialEq)]
pub struct PortfolioPlan {
    /// Which symbols belong to it.
    pub universe: Universe,
    /// For each kernel of [`crate::Kernel::stages`]: what is compared once it has run.
    pub stages: Vec<Vec<CrossSpec>>,
    /// What is held. Empty for a portfolio of entries, which then open positions of members only.
    pub holds: Vec<HoldPlan>,
    /// Period of rebalancing, ms; at every bar when absent.
    pub every_ms: Option<i64>,
}
