//! The meeting point of compiler and runtime: what a compiled strategy needs, what it yields, and the
//! order plan that says what its outputs mean. Depends on nothing.
//!
//! A strategy is compiled into three functions over one set of derived constants:
//!
//! * **signal** – once a confirmed bar, independent of the position: columns in, flags and values out;
//! * **position** – once a bar while anything depends on `position.*`: signal outputs and position inputs in;
//! * **bracket** – once an entry fill: the signal outputs of the decision bar and the fill price in, levels out.
//!
//! Everything is `f64` or a bit. Times are milliseconds since the Unix epoch, UTC, of a bar's *open*.

pub mod kernel;
pub mod manifest;
pub mod plan;
pub mod portfolio;
pub mod split;

pub use kernel::{
    Constants, Frame, Input, Kernel, KernelError, LaneState, Outputs, PositionInputs, Sets, State,
    run_whole,
};
pub use manifest::{
    Column, FrameSpec, Manifest, OutputSpec, ParamKind, ParamSpec, SessionSpec, Unit,
};
pub use plan::{
    Bracket, Cond, Distance, EntryOrder, EntryPlan, ExitPlan, ExitReason, ExitScope, ExitTrigger,
    Level, Limits, OrderPlan, Phase, Side, Sizing, TargetLeg, TrailLeg, Value,
};
pub use portfolio::{CrossKind, CrossSpec, HoldPlan, PortfolioPlan, Universe};
pub use split::{Split, SplitStage};
