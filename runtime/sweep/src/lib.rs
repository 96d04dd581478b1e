//! Sweeps without a market: spaces of parameter points, the search over them, objectives, and results that survive a kill.
//!
//! What a point is worth comes from an [`Evaluate`]: this crate neither compiles nor simulates.

mod evaluate;

pub use evaluate::{Admitted, Evaluate, EvaluateError, Points};
