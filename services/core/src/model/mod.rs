//! What the rows of the store mean. Pure values: no database, no clock.

mod event;
mod strategy;
mod work;

pub use event::{Event, NewEvent, Outcome, Stage};
pub(crate) use strategy::words as strategy_words;
pub use strategy::{
    Figures, NewStrategy, Side, SourceName, Status, Strategy, StrategyType, Trading,
};
pub use work::{Claim, Completion, Gate, Kind, NewRun, Queue, Refused, Run};

/// Milliseconds since 1970-01-01 UTC. Every time of the store is one.
pub type Millis = i64;
