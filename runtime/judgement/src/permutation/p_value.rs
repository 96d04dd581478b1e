//! What a figure is worth beside the same figure on permutations.

use crate::distribution::Distribution;
use crate::error::{JudgementError, enough, finite, require};
use crate::pipeline::number;
use serde::{Deserialize, Serialize};
use statrs::function::beta::beta_reg;

/// Result of a permutation test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PermutationResult {
    /// The figure on the real market.
    pub observed: f64,
    /// Permutations made.
    pub permutations: usize,
    /// Of these, permutations whose figure is at least as high.
    pub as_good: usize,
    /// Probability of such a figure without an edge: `(1 + as good) / (1 + permutations)`; the real order is one of the
    /// orders, so it is never 0.
    pub p: f64,
    /// Lower end of the interval of the share of all permutations that are at least as good (Clopper and Pearson 1934).
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Confidence of the interval.
    pub confidence: f64,
    /// The figure on permutations: what the market gives to this strategy without any order.
    pub without_edge: Distribution,
    /// `(observed − mean) / deviation` of the permutations; NaN when they are all alike.
    #[serde(deserialize_with = "number::read")]
    pub z: f64,
}

/// Judges a figure (more is better) by the same figure on permutations.
pub fn p_value(
    observed: f64,
    permuted: &[f64],
    confidence: f64,
) -> Result<PermutationResult, JudgementError> {
    finite("observed figure", &[observed])?;
    enough("permutations", 1, permuted.len())?;
    let without_edge = Distribution::of(permuted)?;
    let as_good = permuted.iter().filter(|x| **x >= observed).count();
    let (low, high) = clopper_pearson(as_good, permuted.len(), confidence)?;
    let z = if without_edge.deviation > 0.0 {
        (observed - without_edge.mean) / without_edge.deviation
    } else {
        f64::NAN
    };
    Ok(PermutationResult {
        observed,
        permutations: permuted.len(),
        as_good,
        p: (1 + as_good) as f64 / (1 + permuted.len()) as f64,
        low,
        high,
        confidence,
        without_edge,
        z,
    })
}

/// Exact interval of a share of which `hits` of `n` were seen: quantiles of beta distributions (Clopper and Pearson 1934).
pub fn clopper_pearson(
    hits: usize,
    n: usize,
    confidence: f64,
) -> Result<(f64, f64), JudgementError> {
    enough("observations of a share", 1, n)?;
    require(hits <= n, "more hits than observations")?;
    require(
        confidence > 0.0 && confidence < 1.0,
        "a confidence lies between 0 and 1",
    )?;
    let tail = (1.0 - confidence) / 2.0;
    let (hits, misses) = (hits as f64, (n - hits) as f64);
    let low = if hits > 0.0 {
        beta_quantile(hits, misses + 1.0, tail)
    } else {
        0.0
    };
    let high = if misses > 0.0 {
        beta_quantile(hits + 1.0, misses, 1.0 - tail)
    } else {
        1.0
    };
    Ok((low, high))
}

/// Where the incomplete beta function reaches `p`, by halving: it rises, so nothing can go wrong.
fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if beta_reg(a, b, middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Whether a sequential test goes on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// Another permutation is needed.
    More,
    /// Decided, with this p-value.
    Decided(f64),
}

/// A permutation test that stops as soon as the answer is clear: Besag and Clifford, "Sequential Monte Carlo p-values",
/// Biometrika 78(2), 1991.
///
/// A strategy without an edge shows it within a few permutations; only one with an edge needs all of them. Stops when
/// `stop_at` permutations were at least as good, with `p = stop_at / permutations so far`, or after `most` permutations,
/// with `p = (1 + as good) / (1 + most)`. Both are valid p-values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SequentialTest {
    observed: f64,
    stop_at: usize,
    most: usize,
    made: usize,
    as_good: usize,
}

impl SequentialTest {
    /// Begins a test of a figure (more is better).
    pub fn new(observed: f64, stop_at: usize, most: usize) -> Result<Self, JudgementError> {
        finite("observed figure", &[observed])?;
        require(stop_at >= 1, "a sequential test stops at 1 hit or more")?;
        enough("permutations", 1, most)?;
        Ok(Self {
            observed,
            stop_at,
            most,
            made: 0,
            as_good: 0,
        })
    }

    /// Takes the figure of the next permutation. A figure that does not exist (NaN) counts as not as good. What comes after
    /// the decision changes nothing.
    pub fn push(&mut self, permuted: f64) -> Verdict {
        if self.verdict() == Verdict::More {
            self.made += 1;
            self.as_good += usize::from(permuted >= self.observed);
        }
        self.verdict()
    }

    /// The state of the test.
    pub fn verdict(&self) -> Verdict {
        if self.as_good >= self.stop_at {
            Verdict::Decided(self.as_good as f64 / self.made as f64)
        } else if self.made >= self.most {
            Verdict::Decided((1 + self.as_good) as f64 / (1 + self.made) as f64)
        } else {
            Verdict::More
        }
    }

    /// Permutations taken, and those of them at least as good.
    pub fn counts(&self) -> (usize, usize) {
        (self.made, self.as_good)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::EXACT;

    #[test]
    fn the_real_order_is_one_of_the_orders() {
        let permuted: Vec<f64> = (1..=99).map(f64::from).collect();
        let best = p_value(100.0, &permuted, 0.95).unwrap();
        assert_eq!((best.as_good, best.p), (0, 0.01));
        assert_eq!(best.low, 0.0);
        let tie = p_value(95.0, &permuted, 0.95).unwrap();
        assert_eq!((tie.as_good, tie.p), (5, 0.06));
        assert!(p_value(f64::NAN, &permuted, 0.95).is_err());
        assert!(p_value(1.0, &[], 0.95).is_err());
        assert!(p_value(1.0, &[1.0; 3], 0.95).unwrap().z.is_nan());
    }

    #[test]
    fn intervals_as_scipy_has_them() {
        // scipy.stats.binomtest(k, n).proportion_ci(method="exact"); tests/oracles/judgement_oracle.py
        for (hits, n, low, high) in EXACT {
            let ours = clopper_pearson(hits, n, 0.95).unwrap();
            assert!(
                (ours.0 - low).abs() < 1e-12 && (ours.1 - high).abs() < 1e-12,
                "{hits} of {n}: {ours:?}"
            );
        }
        assert!(clopper_pearson(2, 1, 0.95).is_err());
        assert!(clopper_pearson(1, 2, 1.0).is_err());
    }

    #[test]
    fn a_sequential_test_stops_early() {
        let mut test = SequentialTest::new(1.0, 3, 99).unwrap();
        assert_eq!(test.push(2.0), Verdict::More);
        assert_eq!(test.push(0.0), Verdict::More);
        assert_eq!(test.push(1.0), Verdict::More);
        assert_eq!(test.push(5.0), Verdict::Decided(0.75));
        assert_eq!(test.push(5.0), Verdict::Decided(0.75));
        assert_eq!(test.counts(), (4, 3));
        let mut test = SequentialTest::new(1.0, 3, 99).unwrap();
        for _ in 0..98 {
            assert_eq!(test.push(f64::NAN), Verdict::More);
        }
        assert_eq!(test.push(0.5), Verdict::Decided(0.01));
    }

    #[test]
    fn a_sequential_p_value_is_honest() {
        // without an edge, p ≤ 0.1 in at most a tenth of all tests
        let mut false_alarms = 0;
        for trial in 0..2_000 {
            let mut draw = crate::draw::Draw::new(11, trial);
            let mut test = SequentialTest::new(draw.uniform(), 10, 199).unwrap();
            let p = loop {
                if let Verdict::Decided(p) = test.push(draw.uniform()) {
                    break p;
                }
            };
            false_alarms += usize::from(p <= 0.1);
        }
        // 200 expected, standard deviation 13.4
        assert!((140..=255).contains(&false_alarms), "{false_alarms}");
    }
}
