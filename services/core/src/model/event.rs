//! The audit trail. It outlives the strategy.

use super::Millis;
use super::strategy::words;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

words! {
    /// Which part of the pipeline an event tells of.
    Stage {
        /// Making.
        Generation = "generation",
        /// Checking.
        Validation = "validation",
        /// The sweep.
        Sweep = "sweep",
        /// Gates on the in-sample span.
        InSample = "in_sample",
        /// Gates on the out-of-sample span.
        OutOfSample = "out_of_sample",
        /// The score.
        Score = "score",
        /// Prefix invariance.
        LookAhead = "look_ahead",
        /// Bars in other orders.
        Permutation = "permutation",
        /// Refits that walk forward.
        WalkForward = "walk_forward",
        /// Robustness.
        Robustness = "robustness",
        /// The deflated Sharpe ratio and its kin.
        Deflated = "deflated",
        /// Entry into, and eviction from, the pool.
        Pool = "pool",
        /// The daily retest.
        Retest = "retest",
        /// Onto a subaccount.
        Deployment = "deployment",
        /// Trading.
        Live = "live",
        /// Stops of all kinds.
        Emergency = "emergency",
        /// The services themselves.
        System = "system",
    }
}

words! {
    /// How it ended.
    Outcome {
        /// Begun.
        Started = "started",
        /// Good.
        Passed = "passed",
        /// Refused: figure and threshold stand in the data.
        Refused = "refused",
        /// Could not be done.
        Error = "error",
        /// For the record.
        Noted = "noted",
    }
}

/// An event to be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewEvent {
    /// Which strategy, if one.
    pub strategy: Option<Uuid>,
    /// Its name; empty for events of the system.
    pub name: String,
    /// Which part of the pipeline.
    pub stage: Stage,
    /// What happened, as a word: `created`, `promoted`, `evicted`, a gate's name …
    pub what: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, ms.
    pub took_ms: Option<i64>,
    /// Everything else. A refusal has `figure`, `threshold` and `says`.
    pub data: serde_json::Value,
}

/// An event as it stands in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its number: later events have larger ones.
    pub id: i64,
    /// When.
    pub at: Millis,
    /// Which service wrote it, as `backtester@host`.
    pub by: String,
    /// What was written.
    pub event: NewEvent,
}
