//! Choosing parameters over a span.

use crate::error::LabError;
use crate::watch::Watch;
use rayon::prelude::*;
use sixbtc_sweep::{Admitted, Evaluate, Points};

/// Points that were evaluated, with their figures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Names of the figures.
    pub names: Vec<String>,
    /// Parameter points, in the order they were asked for.
    pub points: Vec<Vec<f64>>,
    /// Figures, `names.len()` a point.
    pub figures: Vec<f64>,
}

impl Table {
    /// How many points.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// A figure of every point, in order.
    pub fn column(&self, name: &str) -> Option<Vec<f64>> {
        let at = self.names.iter().position(|n| n == name)?;
        let width = self.names.len();
        Some(
            self.figures
                .iter()
                .skip(at)
                .step_by(width)
                .copied()
                .collect(),
        )
    }

    /// A figure of a point; NaN when there is no such figure.
    pub fn get(&self, point: usize, name: &str) -> f64 {
        let at = self.names.iter().position(|n| n == name);
        at.and_then(|at| self.figures.get(point * self.names.len() + at))
            .copied()
            .unwrap_or(f64::NAN)
    }
}

/// A table of points and the one chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// All that was tried.
    pub table: Table,
    /// What the objective says of each point; NaN for none.
    pub scores: Vec<f64>,
    /// Row of the chosen one.
    pub best: usize,
}

impl Fitted {
    /// The chosen point.
    pub fn point(&self) -> &[f64] {
        self.table.points.get(self.best).map_or(&[], Vec::as_slice)
    }

    /// What the objective says of it.
    pub fn score(&self) -> f64 {
        self.scores.get(self.best).copied().unwrap_or(f64::NAN)
    }
}

/// A way to choose parameters. What it chooses depends on its own settings and on the figures alone, never on threads.
pub trait Fit: Sync {
    /// Evaluates points and chooses one.
    ///
    /// # Errors
    /// [`LabError::NoPoint`] when none is admitted, [`LabError::Stopped`] when the watch says so, and what the evaluation
    /// refuses.
    fn fit(&self, evaluator: &dyn Evaluate, watch: &dyn Watch) -> Result<Fitted, LabError>;

    /// What a run of these figures is worth to it; NaN for nothing. `figure` gives a figure by name.
    fn score(&self, figure: &dyn Fn(&str) -> f64) -> f64;

    /// How many points a fit evaluates, as far as that is known before.
    fn effort(&self) -> u64;

    /// What is maximised, for people.
    fn objective(&self) -> String;
}

/// Evaluates all points that are admitted, several at once; rows come in the order of the points.
///
/// # Errors
/// As [`Fit::fit`].
pub fn evaluate_all(
    points: &[Vec<f64>],
    evaluator: &dyn Evaluate,
    watch: &dyn Watch,
) -> Result<Table, LabError> {
    let mut admitted = Vec::with_capacity(points.len());
    let mut why = "the space is empty".to_owned();
    for point in points {
        match evaluator.admits(point)? {
            Admitted::Yes => admitted.push(point.clone()),
            Admitted::No(condition) => why = format!("`require {condition}` excludes it"),
        }
    }
    watch.advance((points.len() - admitted.len()) as u64);
    if admitted.is_empty() {
        return Err(LabError::NoPoint { why });
    }
    let names = evaluator.figures().to_vec();
    let width = admitted[0].len();
    let flat: Vec<f64> = admitted.iter().flatten().copied().collect();
    let mut figures = vec![f64::NAN; admitted.len() * names.len()];
    // no more than a few batches a thread, so that the last thread is not waited for
    let batch = evaluator
        .batch()
        .min(admitted.len().div_ceil(4 * rayon::current_num_threads()))
        .max(1);
    figures
        .par_chunks_mut(batch * names.len().max(1))
        .enumerate()
        .try_for_each(|(k, out)| -> Result<(), LabError> {
            if watch.stopped() {
                return Err(LabError::Stopped);
            }
            let count = out.len() / names.len().max(1);
            let from = k * batch * width;
            let values = &flat[from..from + count * width];
            evaluator.evaluate(Points { values, width }, out)?;
            watch.advance(count as u64);
            Ok(())
        })?;
    Ok(Table {
        names,
        points: admitted,
        figures,
    })
}

/// The row of the largest score, the first of equals; `None` when all are NaN.
pub fn best(scores: &[f64]) -> Option<usize> {
    let mut found: Option<(usize, f64)> = None;
    for (row, &score) in scores.iter().enumerate() {
        let better = match found {
            None => !score.is_nan(),
            Some((_, than)) => score > than,
        };
        if better {
            found = Some((row, score));
        }
    }
    found.map(|f| f.0)
}
