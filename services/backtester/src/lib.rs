//! The backtester: sweeps, judges and scores strategies, and tests the pool again.
//!
//! * [`rules`] – all that is asked; [`prepare`](prepare::prepare) – the bars that may be seen; [`space`] – which points are tried;
//! * [`judge`](judge::judge) and [`retest`](judge::retest) – a row and its market to what is handed over, pure;
//! * [`Backtester`] – the service around all this.

// Tests compare exact figures on purpose.
#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod choice;
pub mod handover;
pub mod judge;
mod keeper;
pub mod prepare;
pub mod program;
pub mod rules;
mod service;
pub mod space;

pub use judge::{Judged, judge, market_key, retest};
pub use prepare::{DataError, Prepared, prepare};
pub use rules::{Profile, Rules};
pub use service::Backtester;
