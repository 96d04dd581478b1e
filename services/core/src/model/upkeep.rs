//! What keeps the services going: tasks, leases, heartbeats, snapshots, control values, versions of the settings.

use super::strategy::words;
use super::{Gate, Millis, Queue};
use serde::{Deserialize, Serialize};

/// A task and when it is due next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// When it is due.
    pub due_at: Millis,
    /// Who asked for it by hand; absent: the clock.
    pub triggered_by: Option<String>,
    /// Who is at it.
    pub running: Option<String>,
    /// Until when it is theirs.
    pub until: Option<Millis>,
}

/// A task that one worker has to itself until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskClaim {
    /// Its name.
    pub name: String,
    /// When it was due.
    pub due_at: Millis,
    /// Who asked for it by hand.
    pub triggered_by: Option<String>,
    /// Larger than of any claim of this task before.
    pub token: i64,
    /// How often this due time was claimed, this time included.
    pub attempt: i64,
    /// Until when, unless renewed.
    pub until: Millis,
}

words! {
    /// How a run of a task ended.
    TaskStatus {
        /// It has not.
        Running = "running",
        /// Well.
        Done = "done",
        /// With an error.
        Failed = "failed",
        /// Its worker vanished.
        Crashed = "crashed",
    }
}

/// A run of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskRun {
    /// Its number.
    pub id: i64,
    /// Which task.
    pub task: String,
    /// When it was due.
    pub due_at: Millis,
    /// When it began.
    pub started_at: Millis,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// How.
    pub status: TaskStatus,
    /// Who ran it.
    pub by: String,
    /// Who asked for it by hand.
    pub triggered_by: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// What it did, in figures.
    pub data: serde_json::Value,
}

/// A right that only one instance has at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Of what, such as `executor`.
    pub name: String,
    /// Who has it.
    pub owner: String,
    /// Larger than of any owner before.
    pub token: i64,
    /// Until when, unless renewed.
    pub until: Millis,
}

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Who, as `backtester@host:pid:start`.
    pub identity: String,
    /// Which service.
    pub service: String,
    /// When.
    pub at: Millis,
    /// What it says of itself.
    pub state: serde_json::Value,
}

words! {
    /// How far a snapshot was rolled up.
    Grain {
        /// As it was taken.
        Raw = "raw",
        /// One an hour.
        Hourly = "hourly",
        /// One a day.
        Daily = "daily",
    }
}

/// Figures at an instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Of what: `pipeline`, `portfolio`, `strategy:<id>`.
    pub subject: String,
    /// How far rolled up.
    pub grain: Grain,
    /// When.
    pub at: Millis,
    /// The figures.
    pub data: serde_json::Value,
}

/// A small value that services share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// What it is of.
    pub key: String,
    /// The value.
    pub value: serde_json::Value,
    /// Grows with each write, from 1.
    pub version: i64,
    /// When it was written.
    pub at: Millis,
    /// By whom.
    pub by: String,
}

/// Settings that were applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfigVersion {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Millis,
    /// By whom.
    pub by: String,
    /// All of them, secrets left out.
    pub settings: serde_json::Value,
    /// What changed against the version before.
    pub changes: serde_json::Value,
}

/// A gate that was asked, as it stands in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// When.
    pub at: Millis,
    /// By the work of which queue.
    pub queue: Queue,
    /// The gate.
    pub gate: Gate,
}

/// One step of the funnel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunnelStep {
    /// A stage such as `in_sample`, or a gate of it such as `in_sample.sharpe`.
    pub gate: String,
    /// Whether this is a whole stage: passed when each of its gates passed.
    pub stage: bool,
    /// How many passed.
    pub passed: u64,
    /// How many were refused.
    pub refused: u64,
}
