//! P-values of many tests at once.
//!
//! An adjusted p-value is compared with the level itself: what is at most 0.05 holds at 5 % although so many tests were
//! made. Where the test asks for a family-wise error (not one false discovery in 95 % of all families) take [`holm`]; where
//! it may be wrong about a share of what it finds (a pool of strategies) take [`benjamini_hochberg`], or
//! [`benjamini_yekutieli`] when the tests may depend on one another in any way, as strategies on one market do.

use crate::error::{JudgementError, enough, require};

/// Bonferroni: `min(1, m p)`. The bluntest; a bound that needs no order.
pub fn bonferroni(p: &[f64]) -> Result<Vec<f64>, JudgementError> {
    check(p)?;
    let m = p.len() as f64;
    Ok(p.iter().map(|p| (m * p).min(1.0)).collect())
}

/// Holm (1979): the i-th smallest times `m − i + 1`, made rising. Family-wise error under any dependence.
pub fn holm(p: &[f64]) -> Result<Vec<f64>, JudgementError> {
    check(p)?;
    let mut adjusted = vec![0.0; p.len()];
    let mut worst = 0.0f64;
    for (rank, &at) in rising(p).iter().enumerate() {
        worst = worst.max((p.len() - rank) as f64 * p[at]);
        adjusted[at] = worst.min(1.0);
    }
    Ok(adjusted)
}

/// Benjamini and Hochberg (1995): the i-th smallest times `m / i`, made rising from the largest. False discovery rate of
/// tests that are independent or positively dependent.
pub fn benjamini_hochberg(p: &[f64]) -> Result<Vec<f64>, JudgementError> {
    check(p)?;
    Ok(step_up(p, 1.0))
}

/// Benjamini and Yekutieli (2001): as [`benjamini_hochberg`], times `1 + 1/2 + … + 1/m`. False discovery rate under any
/// dependence.
pub fn benjamini_yekutieli(p: &[f64]) -> Result<Vec<f64>, JudgementError> {
    check(p)?;
    Ok(step_up(p, (1..=p.len()).map(|i| 1.0 / i as f64).sum()))
}

fn check(p: &[f64]) -> Result<(), JudgementError> {
    enough("p-values", 1, p.len())?;
    require(
        p.iter().all(|p| (0.0..=1.0).contains(p)),
        "a p-value lies between 0 and 1",
    )
}

/// Places of the p-values from the smallest on; of equal ones the first comes first.
fn rising(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    order
}

fn step_up(p: &[f64], factor: f64) -> Vec<f64> {
    let m = p.len() as f64;
    let mut adjusted = vec![0.0; p.len()];
    let mut best = 1.0f64;
    for (rank, &at) in rising(p).iter().enumerate().rev() {
        best = best.min(factor * m / (rank + 1) as f64 * p[at]);
        adjusted[at] = best;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::{BH, BY, HOLM};
    use proptest::prelude::*;

    /// The 15 p-values of Benjamini and Hochberg's own example (1995, section 4), out of order.
    const P: [f64; 15] = [
        0.0001, 0.3240, 0.0004, 0.4262, 0.0019, 0.0095, 0.0201, 0.5719, 0.0278, 0.0298, 0.0344,
        0.0459, 0.6528, 0.7590, 1.0,
    ];

    #[test]
    fn the_example_of_1995() {
        let held = |adjusted: Vec<f64>| adjusted.iter().filter(|p| **p <= 0.05).count();
        // Bonferroni rejects three, the paper's procedure four
        assert_eq!(held(bonferroni(&P).unwrap()), 3);
        assert_eq!(held(benjamini_hochberg(&P).unwrap()), 4);
    }

    #[test]
    fn as_statsmodels_adjusts() {
        // statsmodels.stats.multitest.multipletests; tests/oracles/judgement_oracle.py
        for (ours, theirs) in [
            (holm(&P).unwrap(), HOLM),
            (benjamini_hochberg(&P).unwrap(), BH),
            (benjamini_yekutieli(&P).unwrap(), BY),
        ] {
            for (a, b) in ours.iter().zip(theirs) {
                assert!((a - b).abs() < 1e-14, "{a} is not {b}");
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(holm(&[]).is_err());
        assert!(holm(&[0.1, f64::NAN]).is_err());
        assert!(benjamini_hochberg(&[1.5]).is_err());
    }

    proptest! {
        #[test]
        fn adjusted_values_keep_their_order(p in prop::collection::vec(0.0f64..=1.0, 1..40)) {
            for adjusted in [holm(&p), benjamini_hochberg(&p), benjamini_yekutieli(&p)] {
                let adjusted = adjusted.unwrap();
                for i in 0..p.len() {
                    prop_assert!(adjusted[i] <= 1.0 && adjusted[i] >= p[i] - 1e-15);
                    for j in 0..p.len() {
                        prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j] + 1e-15);
                    }
                }
            }
            let (family, rate) = (holm(&p).unwrap(), benjamini_hochberg(&p).unwrap());
            for (f, r) in family.iter().zip(rate) {
                prop_assert!(r <= f + 1e-15);
            }
        }
    }
}
