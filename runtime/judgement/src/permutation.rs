//! Markets without the order of their bars, and what a result on them says.
//!
//! A strategy that lives on the order of bars must do better on the real order than on most others. Masters,
//! "Monte-Carlo Evaluation of Trading Systems" (2006) and "Permutation and Randomization Tests for Trading System
//! Development" (2020): [`Shuffler`] makes the other orders, [`p_value`] and [`SequentialTest`] judge.
//!
//! This is not the test against look-ahead (`sixbtc check --prefix`): that one asks whether decisions use the future, this
//! one whether there is an edge. When the strategy was chosen by a search, the whole search must be repeated on each
//! permutation; permuting only the last step tests only the last step.

mod bars;
mod p_value;

pub use bars::Shuffler;
pub use p_value::{PermutationResult, SequentialTest, Verdict, clopper_pearson, p_value};
