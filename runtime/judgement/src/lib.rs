//! Judgement: statistics that tell luck from skill, and the gates of the pipeline. Pure: numbers in, numbers out.
//!
//! * [`sharpe`] – how sure a Sharpe ratio is, alone and as the best of many trials;
//! * [`bootstrap`] – resamples of a dependent series, and how long their blocks must be;
//! * [`reality_check`] – whether the best of many candidates beats a benchmark by more than luck;
//! * [`cscv`] – the probability that choosing the best is overfitting;
//! * [`permutation`] – markets without the order of their bars, and what a result on them says;
//! * [`noise`] – markets with a little noise on their prices;
//! * [`monte_carlo`] – what else could have come of the same trades;
//! * [`sensitivity`] – what a figure became when something small was changed;
//! * [`plateau`] – whether good parameters have good neighbours;
//! * [`cross_validation`] – which rows to learn from and which to test on;
//! * [`multiple`] – p-values of many tests at once;
//! * [`pipeline`] – the gates that a strategy passes.
//!
//! Everything that draws takes a seed and gives the same bits on any number of threads ([`draw`]).

// Tests compare exact figures on purpose.
#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod bootstrap;
pub mod cross_validation;
pub mod cscv;
pub mod distribution;
pub mod draw;
pub mod error;
pub mod monte_carlo;
pub mod multiple;
pub mod noise;
pub mod permutation;
pub mod pipeline;
pub mod plateau;
pub mod reality_check;
pub mod sensitivity;
pub mod sharpe;

#[cfg(test)]
mod made;
#[cfg(test)]
mod oracle;

pub use distribution::Distribution;
pub use error::JudgementError;
