//! Sweeps without a market: spaces of parameter points, the search over them, objectives, and results that survive a kill.
//!
//! What a point is worth comes from an [`Evaluate`]: this crate neither compiles nor simulates.

mod axis;
mod error;
mod evaluate;
mod formula;
mod objective;
mod rank;
mod run;
mod search;
mod shard;
mod space;
mod store;

pub use axis::{Axis, parameter_value};
pub use error::{ObjectiveError, SpaceError, SweepError};
pub use evaluate::{Admitted, Evaluate, EvaluateError, Points};
pub use objective::{Objective, Seek, figures_needed};
pub use rank::{Front, Ranked, Top, better_first};
pub use run::{Estimate, Outcome, Progress, Quiet, Sweep, Watch};
pub use search::{Search, Sobol};
pub use shard::Shard;
pub use space::{Space, count_text};
pub use store::{
    Chunk, Disk, Identity, Lock, Merged, RealDisk, ResultsFile, Sink, merge, read_results,
};
