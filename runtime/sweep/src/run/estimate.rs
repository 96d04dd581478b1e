//! What a sweep will cost, before it starts.

use super::Sweep;
use super::stretch::evaluate;
use crate::error::SweepError;
use crate::evaluate::{Admitted, Evaluate};
use crate::search::{Points, Propose};
use rayon::prelude::*;
use std::ops::Range;
use std::time::{Duration, Instant};

/// Most points whose conditions are all looked at beforehand; of larger spaces, as many are sampled.
const LOOKED_AT: u64 = 100_000;
/// Fewer points than this are not worth a calibration.
const WORTH_IT: u64 = 16;

/// What a sweep will cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Points of the space.
    pub space: u128,
    /// Evaluations to make, those that an earlier run made among them; those excluded left out.
    pub points: u64,
    /// Points that a `require` excludes.
    pub pruned: u64,
    /// Whether `points` and `pruned` are counted, not extrapolated from a sample.
    pub exact: bool,
    /// Time that all points will take by a calibration on a few of them. Rough: neighbours share work that a few points do
    /// not, and a trial on one thread runs undisturbed. None when there are too few points to bother.
    pub time: Option<Duration>,
}

impl Estimate {
    pub(super) fn of(
        sweep: &Sweep<'_>,
        evaluator: &dyn Evaluate,
        points: &Points,
        places: &Range<u64>,
        search: &dyn Propose,
    ) -> Result<Self, SweepError> {
        let here = places.end - places.start;
        let (pruned, exact) = match points {
            Points::These(_) => (search.pruned(), true),
            Points::All(_) => pruned(sweep, evaluator, places)?,
        };
        let all = match points {
            Points::All(_) => here - pruned,
            Points::These(_) if sweep.shard.is_some() => here,
            Points::These(_) => search.total(),
        };
        let time = if all < WORTH_IT {
            None
        } else {
            calibrate(sweep, evaluator, points, places)?.map(|one| {
                let threads = rayon::current_num_threads().max(1) as f64;
                Duration::try_from_secs_f64(one * all as f64 / threads).unwrap_or(Duration::MAX)
            })
        };
        Ok(Self {
            space: sweep.space.count(),
            points: all,
            pruned,
            exact,
            time,
        })
    }
}

/// Points that conditions exclude, counted or extrapolated.
fn pruned(
    sweep: &Sweep<'_>,
    evaluator: &dyn Evaluate,
    places: &Range<u64>,
) -> Result<(u64, bool), SweepError> {
    let count = places.end - places.start;
    let looks = count.min(LOOKED_AT);
    let place = |i: u64| {
        places.start + (u128::from(i) * u128::from(count) / u128::from(looks.max(1))) as u64
    };
    let out: u64 = (0..looks)
        .into_par_iter()
        .map(|i| match sweep.space.admits(evaluator, place(i))? {
            Admitted::Yes => Ok(0),
            Admitted::No(_) => Ok(1),
        })
        .try_reduce(|| 0, |a, b| Ok::<u64, SweepError>(a + b))?;
    if looks == count {
        return Ok((out, true));
    }
    let share = u128::from(out) * u128::from(count) / u128::from(looks);
    Ok((share as u64, false))
}

/// Seconds a point on one thread.
fn calibrate(
    sweep: &Sweep<'_>,
    evaluator: &dyn Evaluate,
    points: &Points,
    places: &Range<u64>,
) -> Result<Option<f64>, SweepError> {
    let middle = places.start + (places.end - places.start) / 2;
    let most = (evaluator.batch() as u64)
        .min((places.end - middle) / 2)
        .max(1);
    let mut wanted = 1;
    // first one point, then a few more unless that one was slow already
    loop {
        let begun = Instant::now();
        let part = evaluate(
            sweep.space,
            evaluator,
            points,
            middle..middle + wanted,
            &|_| {},
        )?;
        let seconds = begun.elapsed().as_secs_f64();
        let rows = part.numbers.len();
        if seconds > 0.02 || wanted == most {
            return Ok((rows > 0).then(|| seconds / rows as f64));
        }
        wanted = most.min(wanted * 8);
    }
}
