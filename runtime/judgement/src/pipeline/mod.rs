//! The pipeline's judgement: which combinations are tried, what a strategy must show, and how often its data was looked at.
//!
//! Pure functions and state machines: figures in, verdicts out. Disk belongs to the laboratory, clocks to the services.
//!
//! * [`spaces`] – the combinations of stop, target, time exit and leverage, and which of them are one;
//! * [`split`](split::split) – the in-sample, out-of-sample and sealed spans of a range of data;
//! * [`gates`] – what must be shown in-sample, out-of-sample and on the sealed span;
//! * [`ledger`] – what was tried, and [`tightening`] – the statistical gates that allow for it;
//! * [`score`](score::score) – score, robustness and rank;
//! * [`seal`] – the budget of looks at the sealed span;
//! * [`live`] – live score and retirement.

pub mod gates;
pub mod ledger;
pub mod live;
pub(crate) mod number;
pub mod score;
pub mod seal;
pub mod spaces;
pub mod split;
pub mod tightening;
