//! Whether the best of many candidates beats a benchmark by more than luck.
//!
//! * White, "A Reality Check for Data Snooping", Econometrica 68(5), 2000: the largest mean of all candidates against the
//!   largest of resampled, recentred means;
//! * Hansen, "A Test for Superior Predictive Ability", Journal of Business and Economic Statistics 23(4), 2005: means over
//!   their standard errors, and bad candidates no longer hide good ones.
//!
//! The null hypothesis: no candidate is better than the benchmark. Resamples are drawn once ([`Resamples`]); candidates
//! pass one at a time and leave only their effect on the maxima, so any number of them needs no memory.

use crate::bootstrap::Resamples;
use crate::error::{JudgementError, enough, equal, finite};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The judgement over all candidates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RealityCheckResult {
    /// Candidates that passed.
    pub candidates: usize,
    /// Of these, candidates that never differ from the benchmark by anything but a constant (they never traded); they
    /// take no part.
    pub flat: usize,
    /// Periods of a candidate.
    pub periods: usize,
    /// Resamples drawn.
    pub resamples: usize,
    /// Place of the candidate with the highest mean over its standard error; the first of equals.
    pub best: usize,
    /// Its mean advantage a period.
    pub best_mean: f64,
    /// Its t value: `√n mean / ω`.
    pub best_t: f64,
    /// White's statistic: the highest `√n mean` of all.
    pub white: f64,
    /// White's p-value: share of resamples whose highest recentred `√n mean` is above it. Not studentised: noisy
    /// candidates weigh most, and a crowd of bad ones makes it too large.
    pub p_white: f64,
    /// Hansen's statistic: the highest t, at least 0 (or the highest `√n mean` when not studentised).
    pub spa: f64,
    /// Lower bound of Hansen's p-value: candidates worse than the benchmark count as being worse.
    pub p_lower: f64,
    /// Hansen's consistent p-value, the one to use: candidates worse by more than `ω √(2 log log n / n)` count as worse.
    pub p_consistent: f64,
    /// Upper bound: all candidates count as being as good as the benchmark.
    pub p_upper: f64,
}

/// A reality check under way.
#[derive(Debug, Clone)]
pub struct RealityCheck<'r> {
    resamples: &'r Resamples,
    /// Weights of autocovariances, from lag 1 on.
    kernel: Vec<(usize, f64)>,
    studentise: bool,
    candidates: usize,
    flat: usize,
    best: Option<(usize, f64, f64)>,
    white: f64,
    statistic: f64,
    /// Highest of each resample: White's, then Hansen's lower, consistent, upper.
    highest: [Vec<f64>; 4],
}

impl<'r> RealityCheck<'r> {
    /// Begins a check with resamples whose blocks have `mean_block` rows in the mean. `studentise` divides each mean by
    /// its standard error, as Hansen does; without it the statistics are plain means times `√n`.
    pub fn new(
        resamples: &'r Resamples,
        mean_block: f64,
        studentise: bool,
    ) -> Result<Self, JudgementError> {
        enough("periods of a candidate", 20, resamples.rows())?;
        crate::error::require(
            mean_block >= 1.0 && mean_block.is_finite(),
            "a block has 1 row or more in the mean",
        )?;
        // Hansen's statistics are at least 0, White's is not.
        let zero = vec![0.0; resamples.len()];
        let none = vec![f64::NEG_INFINITY; resamples.len()];
        Ok(Self {
            resamples,
            kernel: kernel(resamples.rows(), mean_block),
            studentise,
            candidates: 0,
            flat: 0,
            best: None,
            white: f64::NEG_INFINITY,
            statistic: 0.0,
            highest: [none, zero.clone(), zero.clone(), zero],
        })
    }

    /// Passes a candidate: its advantage over the benchmark in each period (for returns against cash, the returns).
    pub fn add(&mut self, advantage: &[f64]) -> Result<(), JudgementError> {
        let (mean, omega) = self.spread(advantage)?;
        let means = if omega > 0.0 {
            self.resamples.means(advantage)?
        } else {
            Vec::new()
        };
        self.enter(mean, omega, means.into_iter());
        Ok(())
    }

    /// Passes candidates one after the other.
    pub fn add_all(&mut self, advantages: &[&[f64]]) -> Result<(), JudgementError> {
        const LANES: usize = 8;
        let (eights, rest) = advantages.as_chunks::<LANES>();
        for eight in eights {
            let mut spreads = [(0.0, 0.0); LANES];
            for (spread, advantage) in spreads.iter_mut().zip(eight) {
                *spread = self.spread(advantage)?;
            }
            let means = self.resamples.means_of(*eight)?;
            for (i, (mean, omega)) in spreads.into_iter().enumerate() {
                self.enter(mean, omega, means.iter().map(|m| m[i]));
            }
        }
        rest.iter().try_for_each(|advantage| self.add(advantage))
    }

    /// Mean, and standard deviation of `√n mean`.
    fn spread(&self, advantage: &[f64]) -> Result<(f64, f64), JudgementError> {
        equal(
            "periods of a candidate",
            self.resamples.rows(),
            advantage.len(),
        )?;
        finite("advantage of a candidate", advantage)?;
        let mean = advantage.iter().sum::<f64>() / advantage.len() as f64;
        Ok((mean, self.omega(advantage, mean)))
    }

    /// Enters a candidate with its mean in each resample; one that does not move takes no part.
    fn enter(&mut self, mean: f64, omega: f64, means: impl Iterator<Item = f64>) {
        let place = self.candidates;
        self.candidates += 1;
        if omega <= 0.0 {
            self.flat += 1;
            return;
        }
        let n = self.resamples.rows() as f64;
        let root = n.sqrt();
        let t = root * mean / omega;
        if self.best.is_none_or(|(_, _, highest)| t > highest) {
            self.best = Some((place, mean, t));
        }
        let scale = if self.studentise { root / omega } else { root };
        self.white = self.white.max(root * mean);
        self.statistic = self.statistic.max(scale * mean);
        let threshold = -(omega / root) * (2.0 * n.ln().ln()).sqrt();
        let lower = mean.max(0.0);
        let consistent = if mean >= threshold { mean } else { 0.0 };
        let [white, low, middle, high] = &mut self.highest;
        for (i, resampled) in means.enumerate() {
            white[i] = white[i].max(root * (resampled - mean));
            low[i] = low[i].max(scale * (resampled - lower));
            middle[i] = middle[i].max(scale * (resampled - consistent));
            high[i] = high[i].max(scale * (resampled - mean));
        }
    }

    /// Standard deviation of `√n mean` under the stationary bootstrap, by its kernel (Politis and Romano 1994, lemma 1):
    /// no resampling needed. 0 for a series that does not move.
    fn omega(&self, series: &[f64], mean: f64) -> f64 {
        let n = series.len();
        let eps: Vec<f64> = series.iter().map(|x| x - mean).collect();
        let variance: f64 = eps.iter().map(|e| e * e).sum();
        let noise = n as f64 * (mean * f64::EPSILON * n as f64).powi(2);
        if variance <= noise {
            return 0.0;
        }
        let mut sum = variance;
        for &(lag, weight) in &self.kernel {
            let covariance = dot(&eps[lag..], &eps[..n - lag]);
            sum += 2.0 * weight * covariance;
        }
        (sum / n as f64).max(0.0).sqrt()
    }

    /// Takes over what another check with the same resamples and settings has seen; its candidates count as following.
    pub fn merge(&mut self, later: &Self) {
        if let Some((place, mean, t)) = later.best
            && self.best.is_none_or(|(_, _, highest)| t > highest)
        {
            self.best = Some((self.candidates + place, mean, t));
        }
        self.candidates += later.candidates;
        self.flat += later.flat;
        self.white = self.white.max(later.white);
        self.statistic = self.statistic.max(later.statistic);
        for (mine, theirs) in self.highest.iter_mut().zip(&later.highest) {
            for (a, b) in mine.iter_mut().zip(theirs) {
                *a = a.max(*b);
            }
        }
    }

    /// The judgement over the candidates so far; there must be one that is not flat.
    pub fn finish(&self) -> Result<RealityCheckResult, JudgementError> {
        enough("candidates", 1, self.candidates)?;
        let Some((best, best_mean, best_t)) = self.best else {
            return Err(JudgementError::NoSpread {
                what: "advantages of all candidates",
            });
        };
        let above = |highest: &[f64], statistic: f64| {
            highest.iter().filter(|h| **h > statistic).count() as f64 / highest.len() as f64
        };
        // When no candidate is better than the benchmark nothing speaks against the null: the p-value is 1 by convention.
        let hansen = |highest: &[f64]| {
            if self.statistic > 0.0 {
                above(highest, self.statistic)
            } else {
                1.0
            }
        };
        let [white, low, middle, high] = &self.highest;
        Ok(RealityCheckResult {
            candidates: self.candidates,
            flat: self.flat,
            periods: self.resamples.rows(),
            resamples: self.resamples.len(),
            best,
            best_mean,
            best_t,
            white: self.white,
            p_white: above(white, self.white),
            spa: self.statistic,
            p_lower: hansen(low),
            p_consistent: hansen(middle),
            p_upper: hansen(high),
        })
    }
}

/// Σ a·b in eight sums side by side: the processor adds them at once, where one sum would wait for itself.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a8, a1) = a.as_chunks::<8>();
    let (b8, b1) = b.as_chunks::<8>();
    for (a, b) in a8.iter().zip(b8) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f64 = a1.iter().zip(b1).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

/// `(1 − i/n)(1 − q)^i + i/n (1 − q)^(n − i)`, `q = 1 / mean block`: the weights of lags; those too small to count for an
/// f64 are left out.
fn kernel(rows: usize, mean_block: f64) -> Vec<(usize, f64)> {
    let n = rows as f64;
    let stay = 1.0 - 1.0 / mean_block;
    (1..rows)
        .filter_map(|lag| {
            let part = lag as f64 / n;
            let weight = (1.0 - part) * libm::pow(stay, lag as f64)
                + part * libm::pow(stay, (rows - lag) as f64);
            (weight > 1e-17).then_some((lag, weight))
        })
        .collect()
}

/// Checks candidates that are all in memory, on all threads. See [`RealityCheck`].
///
/// `benchmark` is subtracted from each candidate; absent, it is 0 in each period.
pub fn reality_check<S>(
    candidates: &[S],
    benchmark: Option<&[f64]>,
    resamples: &Resamples,
    mean_block: f64,
    studentise: bool,
) -> Result<RealityCheckResult, JudgementError>
where
    S: AsRef<[f64]> + Sync,
{
    if let Some(benchmark) = benchmark {
        equal(
            "periods of the benchmark",
            resamples.rows(),
            benchmark.len(),
        )?;
    }
    let mut all = RealityCheck::new(resamples, mean_block, studentise)?;
    // Maxima do not care who found them: pieces of any size give the same bits.
    let pieces: Vec<RealityCheck> = candidates
        .par_chunks(16)
        .map(|piece| {
            let mut check = all.clone();
            let mut differences: Vec<Vec<f64>> = Vec::new();
            if let Some(benchmark) = benchmark {
                for candidate in piece {
                    let candidate = candidate.as_ref();
                    equal("periods of a candidate", benchmark.len(), candidate.len())?;
                    let advantage = candidate.iter().zip(benchmark).map(|(a, b)| a - b);
                    differences.push(advantage.collect());
                }
            }
            let advantages: Vec<&[f64]> = if benchmark.is_some() {
                differences.iter().map(Vec::as_slice).collect()
            } else {
                piece.iter().map(AsRef::as_ref).collect()
            };
            check.add_all(&advantages)?;
            Ok(check)
        })
        .collect::<Result<_, JudgementError>>()?;
    for piece in &pieces {
        all.merge(piece);
    }
    all.finish()
}

#[cfg(test)]
#[path = "reality_check_tests.rs"]
mod tests;
