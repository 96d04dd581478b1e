//! A stretch of points, evaluated on all threads.

use crate::error::SweepError;
use crate::evaluate::{Admitted, Evaluate, Points as Values};
use crate::search::Points;
use crate::space::Space;
use crate::store::Part;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a stretch should take: what a kill may cost, and what a stop must wait for.
const SECONDS: f64 = 2.0;
/// Bytes of figures of a stretch, at most.
const BYTES: u64 = 16 << 20;

/// How long stretches are: as long as they take about two seconds.
pub(super) struct Pace {
    /// Points a second.
    rate: Option<f64>,
    most: u64,
}

impl Pace {
    pub(super) fn new(figures: usize) -> Self {
        Self {
            rate: None,
            most: BYTES / (8 * (figures as u64 + 1)),
        }
    }

    /// Points of the next stretch.
    pub(super) fn stretch(&self, batch: usize) -> u64 {
        let round = batch.max(1) as u64 * rayon::current_num_threads().max(1) as u64;
        let wanted = self.rate.map_or(0.0, |r| r * SECONDS) as u64;
        wanted
            .div_ceil(round)
            .max(1)
            .saturating_mul(round)
            .min(self.most.max(1))
    }

    pub(super) fn learn(&mut self, points: u64, took: Duration) {
        let rate = points as f64 / took.as_secs_f64().max(1e-6);
        self.rate = Some(rate);
    }
}

/// Evaluates the points at some places. `told` hears how many are done.
pub(super) fn evaluate(
    space: &Space,
    evaluator: &dyn Evaluate,
    points: &Points,
    places: Range<u64>,
    told: &(dyn Fn(u64) + Sync),
) -> Result<Part, SweepError> {
    let count = places.end - places.start;
    let threads = rayon::current_num_threads().max(1) as u64;
    // fewer points than the threads could take at once are spread over all of them
    let batch = (evaluator.batch().max(1) as u64)
        .min(count.div_ceil(threads))
        .max(1);
    let done = AtomicU64::new(0);
    let one = |i: u64| {
        let start = places.start + i * batch;
        let end = places.end.min(start + batch);
        let part = block(space, evaluator, points, start..end)?;
        told(done.fetch_add(end - start, Ordering::Relaxed) + (end - start));
        Ok(part)
    };
    let blocks = (0..count.div_ceil(batch))
        .into_par_iter()
        .map(one)
        .collect::<Result<Vec<Part>, SweepError>>()?;
    let mut whole = Part {
        start: places.start,
        end: places.end,
        ..Part::default()
    };
    whole.numbers.reserve(count as usize);
    for block in blocks {
        whole.pruned += block.pruned;
        whole.numbers.extend(block.numbers);
        whole.figures.extend(block.figures);
    }
    Ok(whole)
}

fn block(
    space: &Space,
    evaluator: &dyn Evaluate,
    points: &Points,
    places: Range<u64>,
) -> Result<Part, SweepError> {
    let width = space.width();
    let mut part = Part::default();
    let mut values = Vec::with_capacity(width * (places.end - places.start) as usize);
    let mut point = vec![0.0; width];
    for place in places {
        let number = points.number(place);
        space.point_into(number, &mut point);
        // listed points were let through when they were chosen
        if matches!(points, Points::All(_))
            && let Admitted::No(_) = evaluator.admits(&point)?
        {
            part.pruned += 1;
            continue;
        }
        part.numbers.push(number);
        values.extend_from_slice(&point);
    }
    if !part.numbers.is_empty() {
        part.figures = vec![f64::NAN; part.numbers.len() * evaluator.figures().len()];
        let values = Values {
            values: &values,
            width,
        };
        evaluator.evaluate(values, &mut part.figures)?;
    }
    Ok(part)
}
