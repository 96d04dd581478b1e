//! The laboratory's pages: a sweep, a walk-forward, and the whole judgement of a strategy, each one HTML file that needs no
//! network.
//!
//! The inputs are plain, serialisable data, like [`crate::ReportData`]: whoever has a result of any origin can fill them.
//! Times are milliseconds since the Unix epoch, UTC; rates and returns are fractions (`0.02` is 2 %). A number that does not
//! exist is NaN, which JSON writes as `null`; infinities are the words `inf` and `-inf`.

mod evidence;
mod heading;
pub mod number;
mod packed;
mod pages;
mod points;
pub mod subject;
pub mod sweep;
pub mod validation;
mod walk;
pub mod walk_forward;

pub use pages::{
    render_sweep, render_validation, render_walk_forward, write_sweep, write_validation,
    write_walk_forward,
};
pub use subject::{DataDescription, Part, Span, Subject};
pub use sweep::{Axis, FigureColumn, Objective, Plateau, Sweep, SweepPage};
pub use validation::{
    Deflated, Distribution, Fan, Gate, GateVerdict, Judgement, Overfitting, Permutation, Stress,
    Stretch, StretchKind, ValidationPage,
};
pub use walk_forward::{
    ChosenValue, FixedCurve, WalkForward, WalkForwardPage, Window, WindowFigure,
};
