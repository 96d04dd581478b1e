//! What the rows of the store mean. Pure values: no database, no clock.

mod event;
mod market;
mod parity;
mod strategy;
mod trade;
mod upkeep;
mod work;

pub use event::{Event, NewEvent, Outcome, Stage};
pub use market::{Coin, CoinsUpdated, Dataset, RegimeRow};
pub use parity::{Parity, ParityFilter, ParityLeg, ParityState, ParityStats};
pub(crate) use strategy::words as strategy_words;
pub use strategy::{
    Figures, NewStrategy, Side, SourceName, Status, Strategy, StrategyType, Trading,
};
pub use trade::{
    Emergency, NewTrade, Position, StopAction, Subaccount, SubaccountStatus, TradeExit,
    TradeFilter, TradeRow,
};
pub use upkeep::{
    Asked, ConfigVersion, Control, FunnelStep, Grain, Heartbeat, Lease, Snapshot, Task, TaskClaim,
    TaskRun, TaskStatus,
};
pub use work::{Claim, Completion, Gate, Kind, NewRun, Queue, Refused, Run};

/// Milliseconds since 1970-01-01 UTC. Every time of the store is one.
pub type Millis = i64;
