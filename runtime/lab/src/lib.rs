//! The laboratory: walk-forward and the whole judgement of one strategy, made of runs, sweeps and statistics.
//!
//! It is given a compiled strategy and never compiles. Every answer depends on what is given and on its seeds alone, not on
//! the number of threads.
//!
//! * [`Subject`] – the strategy, its market, the settings of its runs; [`Span`] – a stretch of time;
//! * [`Fit`] – how parameters are chosen over a span; [`Evaluators`] – how points are evaluated there;
//! * [`walk_forward`](walk_forward::walk_forward) – refit, test on what comes next, move on;
//! * [`validate`](validate::validate) – the whole judgement of one strategy.

mod books;
mod delay;
mod each;
mod error;
mod fit;
mod prefix;
mod seeking;
mod stability;
mod stitch;
mod subject;
mod trials;
pub mod validate;
pub mod walk_forward;
mod watch;
mod windows;

pub use books::Books;
pub use delay::Delayed;
pub use each::{ByRuns, BySweep, RunEach};
pub use error::LabError;
pub use fit::{Fit, Fitted, Table, best, evaluate_all};
pub use prefix::{Breach, PrefixFindings, prefix_invariance};
pub use seeking::{Seeking, Tried};
pub use stability::{Stability, stability};
pub use stitch::Stitched;
pub use subject::{Market, Span, Subject};
pub use trials::Naming;
pub use validate::{SpanRun, ValidatePlan, Validation, validate};
pub use walk_forward::{Evaluators, WalkForward, WindowResult, walk_forward};
pub use watch::{Unwatched, Watch};
pub use windows::{Lengths, Scheme, Window, WindowPlan};
