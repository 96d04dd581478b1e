//! How sure a Sharpe ratio is, alone and as the best of many trials.
//!
//! All Sharpe ratios here are **per return**: multiply by √(returns a year) to annualise. The papers:
//!
//! * Bailey and López de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15(2), 2012: probabilistic Sharpe
//!   ratio, minimum track record length;
//! * Bailey and López de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management 40(5), 2014: expected maximum,
//!   deflation, implied number of independent trials;
//! * Bailey, Borwein, López de Prado and Zhu, "Pseudo-Mathematics and Financial Charlatanism", Notices of the AMS 61(5),
//!   2014: minimum backtest length.

use crate::distribution::mean_and_deviation;
use crate::error::{JudgementError, enough, equal, finite, require};
use crate::pipeline::number;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
pub use sixbtc_engine::metrics::{SharpeEstimate, expected_best_of};
use sixbtc_engine::normal;

/// Measures the Sharpe ratio of returns and the moments that its uncertainty depends on (skew and kurtosis of the
/// population kind, as the papers use them). At least 4 returns, which must differ.
pub fn estimate(returns: &[f64]) -> Result<SharpeEstimate, JudgementError> {
    enough("returns", 4, returns.len())?;
    finite("returns", returns)?;
    let n = returns.len() as f64;
    let (mean, deviation) = mean_and_deviation(returns);
    if deviation <= 0.0 {
        return Err(JudgementError::NoSpread { what: "returns" });
    }
    let (mut third, mut fourth) = (0.0, 0.0);
    for r in returns {
        let d = r - mean;
        third += d * d * d;
        fourth += d * d * d * d;
    }
    let variance = deviation * deviation * (n - 1.0) / n;
    Ok(SharpeEstimate {
        samples: n,
        sharpe: mean / deviation,
        skew: third / n / (variance * variance.sqrt()),
        kurtosis: fourth / n / (variance * variance),
    })
}

/// What a Sharpe ratio is worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SharpeJudgement {
    /// Number of returns.
    pub samples: f64,
    /// Sharpe ratio per return.
    pub sharpe: f64,
    /// Its standard error: `√(spread / (n − 1))`.
    #[serde(deserialize_with = "number::read")]
    pub standard_error: f64,
    /// Skew of returns.
    pub skew: f64,
    /// Kurtosis of returns, 3 for a normal distribution.
    pub kurtosis: f64,
    /// Probability that the true ratio is above 0.
    #[serde(deserialize_with = "number::read")]
    pub probabilistic: f64,
    /// Independent trials that were allowed for.
    pub trials: f64,
    /// Variance of the trials' ratios that was allowed for.
    pub trials_variance: f64,
    /// Best ratio to expect of the trials without any skill.
    pub expected_best: f64,
    /// Probability that the true ratio is above [`Self::expected_best`].
    #[serde(deserialize_with = "number::read")]
    pub deflated: f64,
    /// Returns needed to be 95 % sure of a ratio above 0, see [`minimum_track_record`]; none when the ratio is not above 0.
    pub track_record_needed: Option<f64>,
}

/// All figures of a measured ratio, as the best of `trials`.
pub fn judge(estimate: SharpeEstimate, trials: IndependentTrials) -> SharpeJudgement {
    let expected_best = trials.expected_best();
    SharpeJudgement {
        samples: estimate.samples,
        sharpe: estimate.sharpe,
        standard_error: (estimate.spread() / (estimate.samples - 1.0)).sqrt(),
        skew: estimate.skew,
        kurtosis: estimate.kurtosis,
        probabilistic: estimate.probability_above(0.0),
        trials: trials.count,
        trials_variance: trials.variance,
        expected_best,
        deflated: estimate.probability_above(expected_best),
        track_record_needed: Some(minimum_track_record(&estimate, 0.0, 0.95))
            .filter(|returns| returns.is_finite()),
    }
}

/// Number of returns that would make a ratio as measured significant: `1 + spread × (z / (SR − SR*))²`, z the normal
/// quantile of the confidence. Infinite when the ratio is not above the benchmark, NaN for a confidence outside 0 to 1.
pub fn minimum_track_record(estimate: &SharpeEstimate, benchmark: f64, confidence: f64) -> f64 {
    let z = normal::quantile(confidence);
    if estimate.sharpe <= benchmark {
        return f64::INFINITY;
    }
    let ratio = z / (estimate.sharpe - benchmark);
    1.0 + estimate.spread() * ratio * ratio
}

/// Years of data below which the best of `trials` strategies without skill is expected to show an annual Sharpe ratio of
/// `annual_sharpe`: `(E[max of trials] / annual Sharpe)²` with the expected maximum of standard normal numbers. A
/// selected result needs a longer history than this.
pub fn minimum_backtest_years(trials: f64, annual_sharpe: f64) -> Result<f64, JudgementError> {
    require(
        annual_sharpe > 0.0 && annual_sharpe.is_finite(),
        "the annual Sharpe ratio must be above 0",
    )?;
    require(trials >= 1.0, "at least 1 trial")?;
    let expected = IndependentTrials {
        count: trials,
        variance: 1.0,
    }
    .expected_best();
    Ok((expected / annual_sharpe) * (expected / annual_sharpe))
}

/// Trials as many as they would be if they were independent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct IndependentTrials {
    /// Their number, 1 or more; need not be whole.
    pub count: f64,
    /// Variance (n − 1) of their Sharpe ratios per return.
    pub variance: f64,
}

impl IndependentTrials {
    /// A single trial: nothing was chosen.
    pub const ONE: Self = Self {
        count: 1.0,
        variance: 0.0,
    };

    /// The best ratio to expect of them without skill; see [`expected_best_of`].
    pub fn expected_best(&self) -> f64 {
        expected_best_of(self.count, self.variance)
    }
}

/// How many independent trials a set of trials amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EffectiveTrials {
    /// Trials made.
    pub made: usize,
    /// Trials whose returns never change (they never traded): they add to nothing else here.
    pub flat: usize,
    /// Mean correlation between the returns of two different trials.
    #[serde(deserialize_with = "number::read")]
    pub mean_correlation: f64,
    /// `ρ̄ + (1 − ρ̄) M` of the M trials that traded (Bailey and López de Prado 2014, appendix 3).
    pub by_correlation: f64,
    /// `M² / Σ ρ²`, the participation ratio of the eigenvalues of the correlation matrix (Bretherton et al. 1999):
    /// sees groups of alike trials that a mean correlation hides.
    pub by_participation: f64,
    /// Variance (n − 1) of the trials' Sharpe ratios.
    pub variance: f64,
}

impl EffectiveTrials {
    /// What to deflate by: the correlation's number, which is the papers' choice and the larger (more careful) one of the
    /// two whenever the trials are alike in groups.
    pub fn independent(&self) -> IndependentTrials {
        IndependentTrials {
            count: self.by_correlation.max(self.by_participation),
            variance: self.variance,
        }
    }
}

/// Trials of which the participation ratio is computed: its cost grows with their square. Of more, as many are taken at
/// equal distances, which keeps the mean square correlation.
const MOST_PAIRED: usize = 1_000;

/// Measures how many independent trials a set of return series (same periods) amounts to.
pub fn effective_trials<S>(trials: &[S]) -> Result<EffectiveTrials, JudgementError>
where
    S: AsRef<[f64]> + Sync,
{
    enough("trials", 1, trials.len())?;
    let periods = trials[0].as_ref().len();
    enough("returns of a trial", 4, periods)?;
    // Standardised: the correlation of two is the sum of their products.
    let mut standardised: Vec<Vec<f64>> = Vec::with_capacity(trials.len());
    let mut ratios = Vec::with_capacity(trials.len());
    for trial in trials {
        let returns = trial.as_ref();
        equal("returns of a trial", periods, returns.len())?;
        finite("returns of a trial", returns)?;
        let (mean, deviation) = mean_and_deviation(returns);
        ratios.push(if deviation > 0.0 {
            mean / deviation
        } else {
            0.0
        });
        if deviation > 0.0 {
            let scale = 1.0 / (deviation * ((periods - 1) as f64).sqrt());
            standardised.push(returns.iter().map(|r| (r - mean) * scale).collect());
        }
    }
    let m = standardised.len() as f64;
    let variance = mean_and_deviation(&ratios).1.powi(2);
    let mut result = EffectiveTrials {
        made: trials.len(),
        flat: trials.len() - standardised.len(),
        mean_correlation: f64::NAN,
        by_correlation: m.max(1.0),
        by_participation: m.max(1.0),
        variance,
    };
    if standardised.len() < 2 {
        return Ok(result);
    }
    // Σ over all pairs of ρ, themselves included, is the square of the sum of all series.
    let mut sum = vec![0.0; periods];
    for series in &standardised {
        for (total, z) in sum.iter_mut().zip(series) {
            *total += z;
        }
    }
    let all: f64 = sum.iter().map(|s| s * s).sum();
    result.mean_correlation = ((all - m) / (m * (m - 1.0))).clamp(-1.0, 1.0);
    // A mean correlation below 0 would make more trials of them than there were.
    let rho = result.mean_correlation.max(0.0);
    result.by_correlation = rho + (1.0 - rho) * m;
    result.by_participation = m / (1.0 + (m - 1.0) * mean_square_correlation(&standardised));
    Ok(result)
}

/// Mean of ρ² over pairs of different series.
fn mean_square_correlation(standardised: &[Vec<f64>]) -> f64 {
    let taken = standardised.len().min(MOST_PAIRED);
    let series: Vec<&[f64]> = (0..taken)
        .map(|i| standardised[i * standardised.len() / taken].as_slice())
        .collect();
    // One sum a row, added in the order of rows: the same on any number of threads.
    let rows: Vec<f64> = (1..taken)
        .into_par_iter()
        .map(|i| {
            (0..i)
                .map(|j| {
                    let rho: f64 = series[i].iter().zip(series[j]).map(|(a, b)| a * b).sum();
                    rho * rho
                })
                .sum()
        })
        .collect();
    2.0 * rows.iter().sum::<f64>() / (taken * (taken - 1)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::made::candidates;
    use crate::oracle::{MOMENTS, TIED};

    fn near(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() <= within, "{a} is not {b}");
    }

    fn measured(samples: f64, sharpe: f64, skew: f64, kurtosis: f64) -> SharpeEstimate {
        SharpeEstimate {
            samples,
            sharpe,
            skew,
            kurtosis,
        }
    }

    #[test]
    fn the_hedge_fund_of_the_2012_paper() {
        // 24 months, Sharpe 0.458 a month: 0.982 if returns were normal, 0.913 with their skew and kurtosis
        near(
            measured(24.0, 0.458, 0.0, 3.0).probability_above(0.0),
            0.982,
            5e-4,
        );
        near(
            measured(24.0, 0.458, -2.448, 10.164).probability_above(0.0),
            0.913,
            5e-4,
        );
    }

    #[test]
    fn track_records_of_the_2012_paper() {
        // an annual Sharpe of 2 against 1 at 95 %: 2.73 years of days, 2.83 of weeks, 3.24 of months
        for (a_year, years) in [(252.0f64, 2.73), (52.0, 2.83), (12.0, 3.24)] {
            let scale = a_year.sqrt();
            let needed =
                minimum_track_record(&measured(0.0, 2.0 / scale, 0.0, 3.0), 1.0 / scale, 0.95);
            near(needed / a_year, years, 5e-3);
        }
        assert_eq!(
            minimum_track_record(&measured(0.0, 0.1, 0.0, 3.0), 0.1, 0.95),
            f64::INFINITY
        );
    }

    #[test]
    fn the_deflated_example_of_the_2014_paper() {
        // annual Sharpe 2.5 over 1,250 days of 250 a year, skew −3, kurtosis 10, variance of trials 1/2 (annual)
        let best = measured(1_250.0, 2.5 / 250f64.sqrt(), -3.0, 10.0);
        let of = |count| {
            judge(
                best,
                IndependentTrials {
                    count,
                    variance: 0.5 / 250.0,
                },
            )
        };
        near(of(100.0).expected_best, 0.1132, 5e-5);
        near(of(100.0).deflated, 0.9004, 5e-5);
        near(of(46.0).deflated, 0.9505, 5e-5);
        // with normal returns 88 trials would have been as good
        let normal = judge(
            measured(1_250.0, best.sharpe, 0.0, 3.0),
            IndependentTrials {
                count: 88.0,
                variance: 0.5 / 250.0,
            },
        );
        near(normal.deflated, 0.9505, 5e-5);
    }

    #[test]
    fn five_years_are_enough_for_45_trials() {
        near(minimum_backtest_years(45.0, 1.0).unwrap(), 5.0, 0.02);
        // "the best of 10 alternatives has an expected ratio of 1.57" of a year
        near(
            minimum_backtest_years(10.0, 1.0).unwrap().sqrt(),
            1.57,
            5e-3,
        );
        assert!(minimum_backtest_years(10.0, 0.0).is_err());
    }

    #[test]
    fn one_and_a_half_trials() {
        let best = |count| {
            IndependentTrials {
                count,
                variance: 1.0,
            }
            .expected_best()
        };
        assert_eq!(best(1.0), 0.0);
        assert!(best(1.5) > 0.0 && best(1.5) < best(2.0) && best(2.0) < best(2.5));
    }

    #[test]
    fn moments_as_scipy_has_them() {
        // scipy.stats: mean/std(ddof=1), skew, kurtosis(fisher=False); tests/oracles/judgement_oracle.py
        let returns = [0.01, -0.02, 0.015, 0.003, -0.007, 0.04, -0.01, 0.0];
        let e = estimate(&returns).unwrap();
        near(e.sharpe, MOMENTS[0], 1e-14);
        near(e.skew, MOMENTS[1], 1e-13);
        near(e.kurtosis, MOMENTS[2], 1e-13);
        assert_eq!(
            estimate(&[0.1; 9]),
            Err(JudgementError::NoSpread { what: "returns" })
        );
        assert!(estimate(&[0.1, 0.2]).is_err());
        assert!(estimate(&[0.1, f64::NAN, 0.2, 0.3]).is_err());
    }

    #[test]
    fn alike_trials_count_once() {
        let mut draw = Draw::new(5, 0);
        let walks: Vec<Vec<f64>> = (0..8)
            .map(|_| (0..4_000).map(|_| draw.normal()).collect())
            .collect();
        let independent = effective_trials(&walks).unwrap();
        near(independent.by_correlation, 8.0, 0.15);
        near(independent.by_participation, 8.0, 0.15);
        let copies = vec![walks[0].clone(); 8];
        let one = effective_trials(&copies).unwrap();
        near(one.mean_correlation, 1.0, 1e-12);
        near(one.by_correlation, 1.0, 1e-12);
        near(one.by_participation, 1.0, 1e-12);
        // two groups of four: the mean correlation is 3/7, the participation ratio finds the two
        let groups: Vec<&[f64]> = (0..8).map(|i| walks[i / 4].as_slice()).collect();
        let two = effective_trials(&groups).unwrap();
        near(two.mean_correlation, 3.0 / 7.0, 0.03);
        near(two.by_participation, 2.0, 0.01);
        near(two.independent().count, two.by_correlation, 0.0);
        let tied = effective_trials(&candidates(6, 300, 0.05)).unwrap();
        near(tied.mean_correlation, TIED[0], 1e-12);
        near(tied.by_participation, TIED[1], 1e-11);
        near(tied.variance, TIED[2], 1e-14);
        // a trial that never traded is no trial
        let flat = vec![0.0; 4_000];
        let with_flat = effective_trials(&[walks[0].as_slice(), &flat]).unwrap();
        assert_eq!((with_flat.flat, with_flat.by_correlation), (1, 1.0));
        assert!(effective_trials(&[&walks[0][..10], &walks[1][..11]]).is_err());
    }
}
