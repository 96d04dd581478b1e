//! The probability that choosing the best is overfitting: combinatorially symmetric cross-validation.
//!
//! Bailey, Borwein, López de Prado and Zhu, "The Probability of Backtest Overfitting", Journal of Computational Finance
//! 20(4), 2017. The periods are cut into an even number of blocks. For each way to take half of them, the candidate that is
//! best on that half is looked up on the other half: were the choice worth something, it would stand above the median
//! there. The splits are symmetric: each half is once the one to choose on and once the one to test on.

use crate::distribution::{Distribution, quantile};
use crate::error::{JudgementError, enough, equal, finite, require};
use crate::pipeline::number;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Sums over some rows, of which a performance is made without looking at the rows again.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sums {
    /// Number of returns.
    pub count: f64,
    /// Σ r.
    pub sum: f64,
    /// Σ r².
    pub squares: f64,
    /// Σ max(r, 0).
    pub gains: f64,
}

impl Sums {
    fn of(returns: &[f64]) -> Self {
        let mut sums = Self::default();
        for &r in returns {
            sums.count += 1.0;
            sums.sum += r;
            sums.squares += r * r;
            sums.gains += r.max(0.0);
        }
        sums
    }

    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
        self.gains += other.gains;
    }

    /// Mean / standard deviation (n − 1), not annualised; 0 for returns that are all alike: a candidate that did nothing
    /// is neither good nor bad.
    pub fn sharpe(&self) -> f64 {
        let mean = self.sum / self.count;
        let squares = self.squares - self.count * mean * mean;
        if squares > self.squares * 1e-12 {
            mean / (squares / (self.count - 1.0)).sqrt()
        } else {
            0.0
        }
    }

    /// Mean return.
    pub fn mean(&self) -> f64 {
        self.sum / self.count
    }

    /// Sum of gains / (sum of gains + sum of losses): orders candidates as the profit factor of periods does, but exists
    /// without losses too; 0.5 for a candidate that did nothing, below which a candidate loses.
    pub fn gain_share(&self) -> f64 {
        let losses = self.gains - self.sum;
        if self.gains + losses > 0.0 {
            self.gains / (self.gains + losses)
        } else {
            0.5
        }
    }
}

/// What happened in one split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// Blocks that the choice was made on, one bit a block.
    pub chosen_on: u32,
    /// The candidate that was best there (the first of equals).
    pub best: usize,
    /// Its performance there.
    pub inside: f64,
    /// Its performance on the other blocks.
    pub outside: f64,
    /// Its rank there: 1 is the worst, the number of candidates the best; equals share their mean rank.
    pub rank: f64,
    /// Logit of the relative rank: `ln(ω / (1 − ω))`, `ω = rank / (candidates + 1)`. Not above 0: no better than the median.
    pub logit: f64,
}

/// A straight line through (inside, outside).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Degradation {
    /// Change of the performance outside for each unit inside; negative: the better it looked, the worse it was.
    #[serde(deserialize_with = "number::read")]
    pub slope: f64,
    /// Performance outside of what is 0 inside.
    #[serde(deserialize_with = "number::read")]
    pub intercept: f64,
    /// Share of the variance outside that the line explains.
    #[serde(deserialize_with = "number::read")]
    pub r_squared: f64,
}

/// How the chosen candidate's performance outside compares with that of any candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dominance {
    /// Performances, rising.
    pub at: Vec<f64>,
    /// Share of splits whose chosen candidate did no better than that.
    pub chosen: Vec<f64>,
    /// Share of all candidates' performances that are no better than that.
    pub any: Vec<f64>,
    /// `∫ (any − chosen)` up to each performance.
    pub second_order: Vec<f64>,
    /// Whether choosing is at least as good at every performance: `chosen ≤ any` everywhere.
    pub first_order_holds: bool,
    /// Whether every risk-averse person would choose: `second_order ≥ 0` everywhere.
    pub second_order_holds: bool,
}

/// The judgement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overfitting {
    /// Number of candidates.
    pub candidates: usize,
    /// Periods used.
    pub periods: usize,
    /// Oldest periods left out so that all blocks have one length.
    pub dropped: usize,
    /// Number of blocks.
    pub blocks: usize,
    /// Probability of backtest overfitting: share of splits with a logit not above 0.
    pub pbo: f64,
    /// Share of splits in which the chosen candidate's performance outside is below `loss_below`.
    pub probability_of_loss: f64,
    /// Below which performance a candidate loses: 0, or 0.5 for [`Sums::gain_share`].
    pub loss_below: f64,
    /// How performance carries over; NaN figures when the performance inside never changes.
    pub degradation: Degradation,
    /// Logits over all splits.
    pub logits: Distribution,
    /// Performance inside over all splits.
    pub inside: Distribution,
    /// Performance outside over all splits.
    pub outside: Distribution,
    /// Comparison with choosing at random.
    pub dominance: Dominance,
    /// All splits, ordered by [`Split::chosen_on`].
    pub splits: Vec<Split>,
}

/// A performance statistic of sums.
pub type Performance = fn(&Sums) -> f64;

/// Candidates of which only the sums of each block are kept: 4 numbers a block instead of all returns.
#[derive(Debug, Clone)]
pub struct Cscv {
    periods: usize,
    blocks: usize,
    sums: Vec<Sums>,
}

/// C(20, 10) = 184,756 splits are enough for anybody.
const MOST_BLOCKS: usize = 20;

/// Points of the dominance curves.
const POINTS: usize = 101;

/// Performances of all candidates outside that are compared with the chosen ones' at most; of more, those of splits at
/// equal distances.
const MOST_ANY: usize = 2_000_000;

impl Cscv {
    /// For series of `periods` returns cut into `blocks` blocks: an even number from 2 to 20, at least 2 periods each.
    pub fn new(periods: usize, blocks: usize) -> Result<Self, JudgementError> {
        check_blocks(periods, blocks)?;
        Ok(Self {
            periods,
            blocks,
            sums: Vec::new(),
        })
    }

    /// Passes a candidate's returns.
    pub fn add(&mut self, returns: &[f64]) -> Result<(), JudgementError> {
        equal("periods of a candidate", self.periods, returns.len())?;
        finite("returns of a candidate", returns)?;
        self.sums
            .extend(ranges(self.periods, self.blocks).map(|rows| Sums::of(&returns[rows])));
        Ok(())
    }

    /// The judgement by a statistic, e.g. [`Sums::sharpe`]; what is below `loss_below` counts as a loss.
    pub fn finish(
        &self,
        performance: Performance,
        loss_below: f64,
    ) -> Result<Overfitting, JudgementError> {
        let of = |half: u32| -> Vec<f64> {
            self.sums
                .chunks_exact(self.blocks)
                .map(|blocks| {
                    let mut sums = Sums::default();
                    for (i, block) in blocks.iter().enumerate() {
                        if half >> i & 1 == 1 {
                            sums.add(block);
                        }
                    }
                    performance(&sums)
                })
                .collect()
        };
        judge(
            self.sums.len() / self.blocks,
            self.periods,
            self.blocks,
            loss_below,
            of,
        )
    }
}

/// Judges candidates that are all in memory by their Sharpe ratios.
pub fn cscv<S: AsRef<[f64]>>(
    candidates: &[S],
    blocks: usize,
) -> Result<Overfitting, JudgementError> {
    enough("candidates", 2, candidates.len())?;
    let mut cscv = Cscv::new(candidates[0].as_ref().len(), blocks)?;
    for candidate in candidates {
        cscv.add(candidate.as_ref())?;
    }
    cscv.finish(Sums::sharpe, 0.0)
}

/// Judges by any statistic of the returns themselves, which come in their order in time. Slower than [`Cscv`]: every
/// split looks at every return.
pub fn cscv_by<S>(
    candidates: &[S],
    blocks: usize,
    loss_below: f64,
    performance: impl Fn(&[f64]) -> f64 + Sync,
) -> Result<Overfitting, JudgementError>
where
    S: AsRef<[f64]> + Sync,
{
    enough("candidates", 2, candidates.len())?;
    let periods = candidates[0].as_ref().len();
    check_blocks(periods, blocks)?;
    for candidate in candidates {
        equal("periods of a candidate", periods, candidate.as_ref().len())?;
        finite("returns of a candidate", candidate.as_ref())?;
    }
    let of = |half: u32| -> Vec<f64> {
        candidates
            .iter()
            .map(|candidate| {
                let rows: Vec<f64> = ranges(periods, blocks)
                    .enumerate()
                    .filter(|(i, _)| half >> i & 1 == 1)
                    .flat_map(|(_, rows)| candidate.as_ref()[rows].iter().copied())
                    .collect();
                performance(&rows)
            })
            .collect()
    };
    judge(candidates.len(), periods, blocks, loss_below, of)
}

fn check_blocks(periods: usize, blocks: usize) -> Result<(), JudgementError> {
    require(
        blocks.is_multiple_of(2) && (2..=MOST_BLOCKS).contains(&blocks),
        "the number of blocks must be even, from 2 to 20",
    )?;
    enough("periods of a candidate", 2 * blocks, periods)
}

/// Rows of the blocks; the oldest rows are left over.
fn ranges(periods: usize, blocks: usize) -> impl Iterator<Item = Range<usize>> {
    let length = periods / blocks;
    let first = periods - length * blocks;
    (0..blocks).map(move |i| first + i * length..first + (i + 1) * length)
}

/// The judgement, given the performance of all candidates on a set of blocks.
fn judge(
    candidates: usize,
    periods: usize,
    blocks: usize,
    loss_below: f64,
    of: impl Fn(u32) -> Vec<f64> + Sync,
) -> Result<Overfitting, JudgementError> {
    enough("candidates", 2, candidates)?;
    let all = (1u32 << blocks) - 1;
    // A half and its complement are two splits: both need the same two sets of performances.
    let halves: Vec<u32> = (0..=all)
        .filter(|half| half.count_ones() as usize == blocks / 2 && half & 1 == 1)
        .collect();
    let every = (2 * halves.len() * candidates).div_ceil(MOST_ANY);
    let pairs: Vec<(Split, Split, Vec<f64>)> = halves
        .par_iter()
        .enumerate()
        .map(|(i, &half)| {
            let (one, other) = (of(half), of(all & !half));
            if let Some(at) = one.iter().chain(&other).position(|x| !x.is_finite()) {
                return Err(JudgementError::NotFinite {
                    what: "performance",
                    at: at % candidates,
                });
            }
            let splits = (split(half, &one, &other), split(all & !half, &other, &one));
            let any = if i % every == 0 {
                [one, other].concat()
            } else {
                Vec::new()
            };
            Ok((splits.0, splits.1, any))
        })
        .collect::<Result<_, _>>()?;

    let mut splits: Vec<Split> = pairs.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
    splits.sort_by_key(|split| split.chosen_on);
    let any: Vec<f64> = pairs.into_iter().flat_map(|(_, _, any)| any).collect();
    let figures = |figure: fn(&Split) -> f64| splits.iter().map(figure).collect::<Vec<f64>>();
    let (inside, outside) = (figures(|s| s.inside), figures(|s| s.outside));
    let n = splits.len() as f64;
    Ok(Overfitting {
        candidates,
        periods: periods / blocks * blocks,
        dropped: periods % blocks,
        blocks,
        pbo: splits.iter().filter(|s| s.logit <= 0.0).count() as f64 / n,
        probability_of_loss: outside.iter().filter(|x| **x < loss_below).count() as f64 / n,
        loss_below,
        degradation: line(&inside, &outside),
        logits: Distribution::of(&figures(|s| s.logit))?,
        inside: Distribution::of(&inside)?,
        outside: Distribution::of(&outside)?,
        dominance: dominance(outside, any),
        splits,
    })
}

fn split(half: u32, inside: &[f64], outside: &[f64]) -> Split {
    let mut best = 0;
    for (i, x) in inside.iter().enumerate() {
        if *x > inside[best] {
            best = i;
        }
    }
    let (mut below, mut equal) = (0.0, 0.0);
    for x in outside {
        if *x < outside[best] {
            below += 1.0;
        } else if *x <= outside[best] {
            equal += 1.0;
        }
    }
    let rank = below + f64::midpoint(equal, 1.0);
    let relative = rank / (outside.len() as f64 + 1.0);
    Split {
        chosen_on: half,
        best,
        inside: inside[best],
        outside: outside[best],
        rank,
        logit: libm::log(relative / (1.0 - relative)),
    }
}

/// Least squares.
fn line(x: &[f64], y: &[f64]) -> Degradation {
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        xx += (a - mean_x) * (a - mean_x);
        xy += (a - mean_x) * (b - mean_y);
        yy += (b - mean_y) * (b - mean_y);
    }
    if xx <= 0.0 {
        return Degradation {
            slope: f64::NAN,
            intercept: f64::NAN,
            r_squared: f64::NAN,
        };
    }
    let slope = xy / xx;
    Degradation {
        slope,
        intercept: mean_y - slope * mean_x,
        r_squared: if yy > 0.0 {
            xy * xy / (xx * yy)
        } else {
            f64::NAN
        },
    }
}

fn dominance(mut chosen: Vec<f64>, mut any: Vec<f64>) -> Dominance {
    chosen.sort_by(f64::total_cmp);
    any.par_sort_unstable_by(f64::total_cmp);
    let low = quantile(&chosen, 0.0).min(quantile(&any, 0.0));
    let high = quantile(&chosen, 1.0).max(quantile(&any, 1.0));
    let at: Vec<f64> = (0..POINTS)
        .map(|i| {
            let part = i as f64 / (POINTS - 1) as f64;
            low * (1.0 - part) + high * part
        })
        .collect();
    let share = |sorted: &[f64]| -> Vec<f64> {
        at.iter()
            .map(|x| sorted.partition_point(|y| y <= x) as f64 / sorted.len() as f64)
            .collect()
    };
    let (chosen, any) = (share(&chosen), share(&any));
    let mut area = 0.0;
    let mut second_order = Vec::with_capacity(POINTS);
    for i in 0..POINTS {
        if i > 0 {
            let here = any[i] - chosen[i];
            let before = any[i - 1] - chosen[i - 1];
            area += f64::midpoint(here, before) * (at[i] - at[i - 1]);
        }
        second_order.push(area);
    }
    Dominance {
        first_order_holds: chosen.iter().zip(&any).all(|(c, a)| c <= a),
        second_order_holds: second_order.iter().all(|area| *area >= -1e-12),
        at,
        chosen,
        any,
        second_order,
    }
}

#[cfg(test)]
#[path = "cscv_tests.rs"]
mod tests;
