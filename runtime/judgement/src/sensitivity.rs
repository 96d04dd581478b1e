//! What a figure became when something small was changed: noise on prices, a later entry, a higher fee.
//!
//! The runs are made elsewhere; here they are only summarised.

use crate::distribution::{Distribution, median};
use crate::error::{JudgementError, enough, finite, require};
use crate::pipeline::number;
use serde::{Deserialize, Serialize};

/// Summary of a figure (more is better) over changed runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// The figure of the run as it was.
    pub base: f64,
    /// The figure over the changed runs.
    pub changed: Distribution,
    /// `(median − base) / |base|`; NaN for a base of 0.
    #[serde(deserialize_with = "number::read")]
    pub median_change: f64,
    /// `(worst − base) / |base|`; NaN for a base of 0.
    #[serde(deserialize_with = "number::read")]
    pub worst_change: f64,
    /// Share of changed runs whose figure is at least `least`.
    pub share_kept: f64,
    /// The figure below which a changed run counts as broken.
    pub least: f64,
    /// Share of changed runs whose figure is below the base: near 1, the base was luck (or fitted to every wiggle); near
    /// 0.5, the change does not matter.
    pub base_rank: f64,
}

/// Summarises the changed runs.
pub fn sensitivity(base: f64, changed: &[f64], least: f64) -> Result<Sensitivity, JudgementError> {
    finite("figure of the run as it was", &[base])?;
    enough("changed runs", 1, changed.len())?;
    let distribution = Distribution::of(changed)?;
    let share = |holds: &dyn Fn(f64) -> bool| {
        changed.iter().filter(|x| holds(**x)).count() as f64 / changed.len() as f64
    };
    Ok(Sensitivity {
        base,
        changed: distribution,
        median_change: relative(base, median(changed)),
        worst_change: relative(base, distribution.min),
        share_kept: share(&|x| x >= least),
        least,
        base_rank: share(&|x| x < base),
    })
}

fn relative(base: f64, figure: f64) -> f64 {
    if base.abs() > 0.0 {
        (figure - base) / base.abs()
    } else {
        f64::NAN
    }
}

/// A figure for each strength of a change, such as bars of delay before the entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decay {
    /// The figure without the change.
    pub base: f64,
    /// Strength, figure, relative change; strengths rising.
    pub steps: Vec<DecayStep>,
    /// Weakest change at which less than half of the base is left; none when half is always left, or for a base not
    /// above 0.
    pub halved_at: Option<f64>,
    /// Weakest change at which the figure is not above 0.
    pub gone_at: Option<f64>,
}

/// One strength of a [`Decay`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DecayStep {
    /// Strength of the change, above 0.
    pub strength: f64,
    /// The figure under it.
    pub figure: f64,
    /// `(figure − base) / |base|`; NaN for a base of 0.
    #[serde(deserialize_with = "number::read")]
    pub change: f64,
}

/// Summarises runs under a change of growing strength: `(strength, figure)` in any order, one each.
pub fn decay(base: f64, runs: &[(f64, f64)]) -> Result<Decay, JudgementError> {
    finite("figure without the change", &[base])?;
    enough("changed runs", 1, runs.len())?;
    for &(strength, figure) in runs {
        finite("changed run", &[strength, figure])?;
        require(strength > 0.0, "the strength of a change must be above 0")?;
    }
    let mut runs = runs.to_vec();
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    require(
        runs.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "one run for each strength of a change",
    )?;
    let first = |holds: &dyn Fn(f64) -> bool| {
        runs.iter()
            .find(|(_, figure)| holds(*figure))
            .map(|(strength, _)| *strength)
    };
    Ok(Decay {
        base,
        halved_at: if base > 0.0 {
            first(&|figure| figure < base / 2.0)
        } else {
            None
        },
        gone_at: first(&|figure| figure <= 0.0),
        steps: runs
            .iter()
            .map(|&(strength, figure)| DecayStep {
                strength,
                figure,
                change: relative(base, figure),
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lucky_base_stands_out() {
        let s = sensitivity(2.0, &[1.0, 0.5, -0.5, 1.5], 0.6).unwrap();
        assert_eq!((s.median_change, s.worst_change), (-0.625, -1.25));
        assert_eq!((s.share_kept, s.base_rank), (0.5, 1.0));
        assert!(
            sensitivity(0.0, &[1.0], 0.0)
                .unwrap()
                .median_change
                .is_nan()
        );
        assert!(sensitivity(1.0, &[], 0.0).is_err());
        assert!(sensitivity(f64::NAN, &[1.0], 0.0).is_err());
    }

    #[test]
    fn an_edge_that_fades_with_delay() {
        let d = decay(2.0, &[(3.0, -0.1), (1.0, 1.5), (2.0, 0.9)]).unwrap();
        assert_eq!((d.halved_at, d.gone_at), (Some(2.0), Some(3.0)));
        assert_eq!(
            d.steps[0],
            DecayStep {
                strength: 1.0,
                figure: 1.5,
                change: -0.25
            }
        );
        let d = decay(-1.0, &[(1.0, 0.5)]).unwrap();
        assert_eq!((d.halved_at, d.gone_at), (None, None));
        assert!(decay(1.0, &[(1.0, 1.0), (1.0, 2.0)]).is_err());
        assert!(decay(1.0, &[(0.0, 1.0)]).is_err());
    }
}
