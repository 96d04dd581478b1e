//! The pipeline's judgement: which combinations are tried, what a strategy must show, and how often its data was looked at.
//!
//! Pure functions and state machines: figures in, verdicts out. Disk belongs to the laboratory, clocks to the services.
//!
//! * [`spaces`] – the combinations of stop, target, time exit and leverage, and which of them are one;
//! * [`gates`] – what must be shown in-sample, out-of-sample and on the sealed span;

pub mod gates;
mod number;
pub mod spaces;
