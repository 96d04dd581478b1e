//! Resamples of a dependent series, and how long their blocks must be.
//!
//! * stationary bootstrap: Politis and Romano, Journal of the American Statistical Association 89, 1994: blocks that begin
//!   anywhere, have geometric lengths and go round the end;
//! * block length: Politis and White, Econometric Reviews 23, 2004, corrected by Patton, Politis and White,
//!   Econometric Reviews 28, 2009.

use crate::distribution::{mean_and_deviation, quantile};
use crate::draw::Draw;
use crate::error::{JudgementError, enough, equal, finite, require};
use crate::pipeline::number;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Best mean length of the blocks of a bootstrap, in rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BlockLength {
    /// For the stationary bootstrap (mean of the geometric lengths).
    pub stationary: f64,
    /// For the circular bootstrap with blocks of one length.
    pub circular: f64,
    /// Lags whose autocovariances were weighed.
    pub lags: usize,
}

/// Chooses the block length of a series: `(2 G² / D)^⅓ n^⅓`, G and D from autocovariances under a flat-top window, as far
/// as five lags in a row become insignificant; at most `min(3 √n, n / 3)` rounded up. At least 20 numbers, which must
/// differ. A length below 1 means no dependence was found: use 1.
pub fn block_length(series: &[f64]) -> Result<BlockLength, JudgementError> {
    enough("series to resample", 20, series.len())?;
    finite("series to resample", series)?;
    let (mean, deviation) = mean_and_deviation(series);
    if deviation <= 0.0 {
        return Err(JudgementError::NoSpread {
            what: "series to resample",
        });
    }
    let n = series.len() as f64;
    let eps: Vec<f64> = series.iter().map(|x| x - mean).collect();
    let longest = f64::min(3.0 * n.sqrt(), n / 3.0).ceil();
    let run = 5.max(n.log10() as usize);
    let most = n.sqrt().ceil() as usize + run;
    let band = 2.0 * (n.log10() / n).sqrt();

    let mut covariance = Vec::with_capacity(most + 1);
    let mut quiet = 0;
    let mut first_quiet = None;
    for lag in 0..=most {
        let product = dot(&eps[lag..], &eps[..eps.len() - lag]);
        covariance.push(product / n);
        // As in the authors' program: a lag counts as quiet by the correlation within the rows both factors leave over.
        let (late, early) = (&eps[lag + 1..], &eps[..eps.len() - lag - 1]);
        let correlation = product.abs() / (dot(late, late) * dot(early, early)).sqrt();
        if quiet >= run && first_quiet.is_none() {
            first_quiet = Some(lag - run);
        }
        quiet = if correlation < band { quiet + 1 } else { 0 };
    }
    let lags = first_quiet.map_or(most, |lag| (2 * lag.max(1)).min(most));

    let (mut g, mut long_run) = (0.0, covariance[0]);
    for (lag, c) in covariance.iter().enumerate().take(lags + 1).skip(1) {
        let part = lag as f64 / lags as f64;
        let weight = if part <= 0.5 { 1.0 } else { 2.0 * (1.0 - part) };
        g += 2.0 * weight * lag as f64 * c;
        long_run += 2.0 * weight * c;
    }
    let length = |d: f64| (libm::cbrt(2.0 * g * g / d) * libm::cbrt(n)).min(longest);
    Ok(BlockLength {
        stationary: length(2.0 * long_run * long_run),
        circular: length(4.0 / 3.0 * long_run * long_run),
        lags,
    })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Rows in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    from: u32,
    to: u32,
}

/// Resamples of the rows `0..rows`, drawn once and used for every series of that length, so that what moves together
/// stays together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resamples {
    rows: usize,
    /// Blocks of all resamples, one after another.
    blocks: Vec<Block>,
    /// Where each resample's blocks end.
    ends: Vec<usize>,
}

/// Lengths of blocks: P(length > k) = stay^k.
struct Lengths {
    stay: f64,
    log: f64,
    /// stay, stay², …: most lengths are found among them without a logarithm.
    powers: [f64; 8],
}

impl Lengths {
    fn new(stay: f64) -> Self {
        let mut power = 1.0;
        Self {
            stay,
            log: libm::log(stay),
            powers: std::array::from_fn(|_| {
                power *= stay;
                power
            }),
        }
    }

    /// The length for a number above 0, at most 1.
    fn of(&self, u: f64) -> f64 {
        if self.stay <= 0.0 {
            return 1.0;
        }
        match self.powers.iter().position(|power| u > *power) {
            Some(k) => (k + 1) as f64,
            None => 1.0 + (libm::log(u) / self.log).floor(),
        }
    }
}

/// Blocks of more rows would not be numbered by 32 bits.
const MOST_ROWS: usize = u32::MAX as usize;

impl Resamples {
    /// Draws `count` resamples of the stationary bootstrap with blocks of `mean_block` rows in the mean (1 or more).
    pub fn stationary(
        rows: usize,
        mean_block: f64,
        count: usize,
        seed: u64,
    ) -> Result<Self, JudgementError> {
        check(rows, count)?;
        require(
            mean_block >= 1.0 && mean_block.is_finite(),
            "a block has 1 row or more in the mean",
        )?;
        let stay = 1.0 - 1.0 / mean_block;
        let lengths = Lengths::new(stay);
        let resamples: Vec<Vec<Block>> = (0..count)
            .into_par_iter()
            .map(|i| {
                let mut draw = Draw::new(seed, i as u64);
                let mut blocks = Vec::with_capacity((rows as f64 / mean_block * 1.2) as usize + 4);
                let mut left = rows;
                while left > 0 {
                    let from = draw.below(rows);
                    let length = lengths.of(1.0 - draw.uniform());
                    let mut length = (length.min(left as f64) as usize).clamp(1, left);
                    left -= length;
                    // round the end
                    let mut from = from;
                    while length > 0 {
                        let to = rows.min(from + length);
                        blocks.push(Block {
                            from: from as u32,
                            to: to as u32,
                        });
                        length -= to - from;
                        from = 0;
                    }
                }
                blocks
            })
            .collect();
        Ok(Self::join(rows, &resamples))
    }

    /// Resamples that somebody else drew: the rows of each, `rows` many.
    pub fn of_rows(rows: usize, resamples: &[Vec<usize>]) -> Result<Self, JudgementError> {
        check(rows, resamples.len())?;
        let mut blocks = Vec::with_capacity(resamples.len());
        for resample in resamples {
            equal("rows of a resample", rows, resample.len())?;
            let mut of_one: Vec<Block> = Vec::new();
            for &row in resample {
                require(row < rows, "a resample names a row that does not exist")?;
                match of_one.last_mut() {
                    Some(block) if block.to as usize == row => block.to += 1,
                    _ => of_one.push(Block {
                        from: row as u32,
                        to: row as u32 + 1,
                    }),
                }
            }
            blocks.push(of_one);
        }
        Ok(Self::join(rows, &blocks))
    }

    fn join(rows: usize, resamples: &[Vec<Block>]) -> Self {
        let mut ends = Vec::with_capacity(resamples.len());
        let mut end = 0;
        for resample in resamples {
            end += resample.len();
            ends.push(end);
        }
        Self {
            rows,
            blocks: resamples.concat(),
            ends,
        }
    }

    /// Rows of the series.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of resamples.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none (there is always one at least).
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn blocks(&self, resample: usize) -> &[Block] {
        let start = if resample == 0 {
            0
        } else {
            self.ends[resample - 1]
        };
        &self.blocks[start..self.ends[resample]]
    }

    /// Rows of a resample in order, `rows` many; none of a resample that does not exist.
    pub fn of(&self, resample: usize) -> impl Iterator<Item = usize> {
        let blocks = if resample < self.len() {
            self.blocks(resample)
        } else {
            &[]
        };
        blocks
            .iter()
            .flat_map(|block| block.from as usize..block.to as usize)
    }

    /// Mean of a series (as long as [`Self::rows`]) in each resample, in the time of the blocks, not of the rows.
    pub fn means(&self, series: &[f64]) -> Result<Vec<f64>, JudgementError> {
        Ok(self.means_of([series])?.into_iter().map(|[m]| m).collect())
    }

    /// [`Self::means`] of several series at once: what is sought in memory for a block serves them all.
    pub fn means_of<const N: usize>(
        &self,
        series: [&[f64]; N],
    ) -> Result<Vec<[f64; N]>, JudgementError> {
        for one in series {
            equal("rows of a series", self.rows, one.len())?;
        }
        let n = self.rows as f64;
        // Sums are taken around the mean, so that what is subtracted is no larger than the walk of the deviations.
        let mean = series.map(|one| one.iter().sum::<f64>() / n);
        let mut sums = Vec::with_capacity(self.rows + 1);
        let mut sum = [0.0; N];
        sums.push(sum);
        for row in 0..self.rows {
            for ((sum, one), mean) in sum.iter_mut().zip(series).zip(mean) {
                *sum += one[row] - mean;
            }
            sums.push(sum);
        }
        let resampled = |resample| {
            let mut of_blocks = [0.0; N];
            for block in self.blocks(resample) {
                let (from, to) = (&sums[block.from as usize], &sums[block.to as usize]);
                for ((sum, to), from) in of_blocks.iter_mut().zip(to).zip(from) {
                    *sum += to - from;
                }
            }
            std::array::from_fn(|i| mean[i] + of_blocks[i] / n)
        };
        Ok((0..self.len()).map(resampled).collect())
    }
}

fn check(rows: usize, count: usize) -> Result<(), JudgementError> {
    enough("rows to resample", 2, rows)?;
    enough("resamples", 1, count)?;
    require(rows < MOST_ROWS, "more rows than a resample can number")
}

/// What a statistic could have been.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BootstrapInterval {
    /// The statistic of the series itself.
    #[serde(deserialize_with = "number::read")]
    pub estimate: f64,
    /// Mean of the resamples' statistics.
    pub mean: f64,
    /// Their standard deviation: the standard error of the estimate.
    pub standard_error: f64,
    /// Lower end of the percentile interval.
    pub low: f64,
    /// Upper end of the percentile interval.
    pub high: f64,
    /// Confidence of the interval, as asked for.
    pub confidence: f64,
    /// Share of resamples whose statistic is at most 0.
    pub share_not_above_zero: f64,
    /// Mean block length that was used, in rows.
    pub mean_block: f64,
    /// Resamples whose statistic exists; the others (a mean over a spread of 0) are left out.
    pub resamples: usize,
}

/// Resamples a series and gives the percentile interval (Efron 1979) of any statistic of it.
///
/// `mean_block` is chosen by [`block_length`] when absent. The statistic may answer NaN where it does not exist.
pub fn interval(
    series: &[f64],
    statistic: impl Fn(&[f64]) -> f64 + Sync,
    mean_block: Option<f64>,
    resamples: usize,
    confidence: f64,
    seed: u64,
) -> Result<BootstrapInterval, JudgementError> {
    require(
        confidence > 0.0 && confidence < 1.0,
        "a confidence lies between 0 and 1",
    )?;
    finite("series to resample", series)?;
    let mean_block = match mean_block {
        Some(length) => length,
        None => block_length(series)?.stationary.max(1.0),
    };
    let drawn = Resamples::stationary(series.len(), mean_block, resamples, seed)?;
    let mut statistics: Vec<f64> = (0..resamples)
        .into_par_iter()
        .map(|i| statistic(&drawn.of(i).map(|row| series[row]).collect::<Vec<_>>()))
        .collect();
    statistics.retain(|x| x.is_finite());
    enough("resamples with a statistic", 20, statistics.len())?;
    let (mean, standard_error) = mean_and_deviation(&statistics);
    let not_above = statistics.iter().filter(|x| **x <= 0.0).count();
    statistics.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Ok(BootstrapInterval {
        estimate: statistic(series),
        mean,
        standard_error,
        low: quantile(&statistics, tail),
        high: quantile(&statistics, 1.0 - tail),
        confidence,
        share_not_above_zero: not_above as f64 / statistics.len() as f64,
        mean_block,
        resamples: statistics.len(),
    })
}

#[cfg(test)]
#[path = "bootstrap_tests.rs"]
mod tests;
