//! Counting trials: how many, and how far their Sharpe ratios spread.

use serde::{Deserialize, Serialize};
use sixbtc_engine::Trials;

/// Trials summed up: enough to deflate a Sharpe ratio, and tallies of several experiments can be added.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TrialTally {
    /// How many.
    pub count: u64,
    /// Mean of their Sharpe ratios *a bar*.
    pub mean: f64,
    /// Sum of squared differences from that mean.
    pub squares: f64,
}

impl TrialTally {
    /// Of annual Sharpe ratios. One that does not exist counts as 0: a point that never traded was a trial too.
    pub fn of(sharpes: &[f64], root_of_year: f64) -> Self {
        let a_bar: Vec<f64> = sharpes
            .iter()
            .map(|s| if s.is_finite() { s / root_of_year } else { 0.0 })
            .collect();
        let n = a_bar.len() as f64;
        let mean = if a_bar.is_empty() {
            0.0
        } else {
            a_bar.iter().sum::<f64>() / n
        };
        Self {
            count: a_bar.len() as u64,
            mean,
            squares: a_bar.iter().map(|s| (s - mean) * (s - mean)).sum(),
        }
    }

    /// Both together (Chan, Golub and LeVeque 1983).
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (n, m) = (self.count as f64, other.count as f64);
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { other } else { self };
        }
        let delta = other.mean - self.mean;
        Self {
            count: self.count + other.count,
            mean: self.mean + delta * m / (n + m),
            squares: self.squares + other.squares + delta * delta * n * m / (n + m),
        }
    }

    /// Variance (n − 1) of the Sharpe ratios a bar; 0 of fewer than two.
    pub fn variance(&self) -> f64 {
        if self.count < 2 {
            0.0
        } else {
            self.squares / (self.count - 1) as f64
        }
    }

    /// What the figures of a run are deflated by; nothing counted is the run itself.
    pub fn trials(&self) -> Trials {
        Trials {
            count: self.count.max(1),
            variance: self.variance(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tallies_add_up(a in prop::collection::vec(-3f64..3.0, 0..20), b in prop::collection::vec(-3f64..3.0, 0..20)) {
            let both: Vec<f64> = a.iter().chain(&b).copied().collect();
            let (one, two) = (TrialTally::of(&a, 2.0).and(TrialTally::of(&b, 2.0)), TrialTally::of(&both, 2.0));
            prop_assert_eq!(one.count, two.count);
            prop_assert!((one.mean - two.mean).abs() < 1e-12);
            prop_assert!((one.variance() - two.variance()).abs() < 1e-12);
        }
    }

    #[test]
    fn what_never_traded_is_a_trial_of_no_skill() {
        let t = TrialTally::of(&[2.0, f64::NAN], 1.0);
        assert_eq!((t.count, t.mean, t.variance()), (2, 1.0, 2.0));
        assert_eq!(TrialTally::default().trials().count, 1);
    }
}
