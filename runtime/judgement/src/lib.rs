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
mod ziggurat;

#[cfg(test)]
mod made;
#[cfg(test)]
mod oracle;

pub use distribution::Distribution;
pub use error::JudgementError;

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Serialize, de::DeserializeOwned};

    /// Written, read and written again.
    fn comes_back<T: Serialize + DeserializeOwned>(result: &T) {
        let text = serde_json::to_string(result).unwrap();
        let read: T = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }

    #[test]
    fn results_survive_json_with_figures_that_do_not_exist() {
        let made = made::candidates(4, 60, 0.1);
        comes_back(&sharpe::judge(
            sharpe::estimate(&made[3]).unwrap(),
            sharpe::IndependentTrials::ONE,
        ));
        comes_back(&sharpe::effective_trials(&made[..1]).unwrap());
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        comes_back(&bootstrap::interval(&made[0], mean, None, 50, 0.9, 1).unwrap());
        let drawn = bootstrap::Resamples::stationary(60, 3.0, 50, 1).unwrap();
        comes_back(&reality_check::reality_check(&made, None, &drawn, 3.0, true).unwrap());
        comes_back(&cscv::cscv(&vec![vec![0.0; 60]; 3], 4).unwrap());
        comes_back(&permutation::p_value(1.0, &[0.5; 9], 0.95).unwrap());
        comes_back(&sensitivity::sensitivity(0.0, &[0.5], 0.0).unwrap());
        comes_back(&sensitivity::decay(0.0, &[(1.0, 0.5)]).unwrap());
        let options = monte_carlo::MonteCarloOptions::default();
        comes_back(&monte_carlo::monte_carlo(&made[0], &options).unwrap());
        let axes = [plateau::Axis::Named(2), plateau::Axis::Ordered(2)];
        let options = plateau::PlateauOptions::default();
        comes_back(&plateau::plateau(&axes, &[(vec![0, 0], 0.0)], &options).unwrap());
        comes_back(&cross_validation::purged_k_fold(60, 4, 2, 1).unwrap());
    }
}
