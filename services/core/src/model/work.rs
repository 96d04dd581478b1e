//! Claims, and what a worker hands over when it is done.

use super::strategy::words;
use super::{Figures, Millis, NewEvent, Status, Strategy};
use serde::{Deserialize, Serialize};
use sixbtc_judgement::pipeline::ledger::TrialRecord;
use uuid::Uuid;

words! {
    /// Where work waits.
    Queue {
        /// GENERATED strategies, oldest first: for the validator.
        Validation = "validation",
        /// VALIDATED strategies, oldest first: for the backtester.
        Backtest = "backtest",
        /// ACTIVE strategies whose last test is older than the interval, oldest test first.
        Retest = "retest",
    }
}

/// A strategy that one worker has to itself until the lease ends. Every hand-over is checked against the token: a worker that
/// lost its lease cannot write.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// What is worked on.
    pub strategy: Strategy,
    /// From which queue.
    pub queue: Queue,
    /// Larger than of any claim of this strategy before.
    pub token: i64,
    /// How often it was claimed from this queue, this time included. With the strategy's id it names the work in logs.
    pub attempt: i64,
    /// Until when, unless renewed.
    pub until: Millis,
}

words! {
    /// What a run was for.
    Kind {
        /// Over the in-sample span.
        InSample = "in_sample",
        /// Over the out-of-sample span.
        OutOfSample = "out_of_sample",
        /// Over both.
        Examined = "examined",
        /// Stitched pieces of the walk forward.
        WalkForward = "walk_forward",
        /// The pool's retest.
        Retest = "retest",
        /// The sealed span.
        Sealed = "sealed",
    }
}

/// A run to be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewRun {
    /// Hash of program, parameters, data, span and settings. The same run is stored once.
    pub hash: String,
    /// What for.
    pub kind: Kind,
    /// First instant.
    pub from: Millis,
    /// End.
    pub to: Millis,
    /// Parameters by name.
    pub params: serde_json::Value,
    /// Hash of all bars it read.
    pub dataset: String,
    /// The usual figures.
    pub figures: Figures,
    /// All figures.
    pub metrics: serde_json::Value,
}

/// A run as it stands in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// Of which strategy.
    pub strategy: Uuid,
    /// When it was stored.
    pub at: Millis,
    /// What was stored.
    pub run: NewRun,
}

/// A gate as the funnel counts it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// The gate's name, such as `in_sample.sharpe`.
    pub name: String,
    /// The figure; absent when there was none.
    pub figure: Option<f64>,
    /// What was asked.
    pub threshold: f64,
    /// Whether it let through.
    pub passed: bool,
    /// A sentence for people.
    pub says: String,
}

/// Why a strategy was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// The gate that decided.
    pub gate: Gate,
    /// The word that the strategy keeps, such as `retest_failed`.
    pub reason: String,
}

/// What a worker hands over, in one transaction: results, status, events. Handing over the same claim twice changes nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Completion {
    /// The new status; absent: as it was (a retest passed).
    pub status: Option<Status>,
    /// Why refused or retired.
    pub reason: Option<String>,
    /// Parameters chosen, by name.
    pub params: Option<serde_json::Value>,
    /// Score, 0 to 100.
    pub score: Option<f64>,
    /// Robustness, 0 to 1.
    pub robustness: Option<f64>,
    /// What to expect of it at the market.
    pub expected: Option<Figures>,
    /// Whether this was a test: renews `tested_at`, also when it failed early.
    pub tested: bool,
    /// Runs.
    pub runs: Vec<NewRun>,
    /// Every gate that was asked, in order.
    pub gates: Vec<Gate>,
    /// Trials for the ledger, also of what was refused.
    pub trials: Vec<TrialRecord>,
    /// The audit trail.
    pub events: Vec<NewEvent>,
}
