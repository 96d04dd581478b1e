//! Choosing parameters by a search through a space.

use crate::error::LabError;
use crate::fit::{Fit, Fitted, Table, best, evaluate_all};
use crate::watch::Watch;
use sixbtc_sweep::{Evaluate, Identity, Objective, Search, Space, Sweep};
use std::sync::atomic::{AtomicBool, Ordering};

/// Which points are tried.
#[derive(Debug, Clone)]
pub enum Tried {
    /// Those of a space that a search chooses.
    Space(Space, Search),
    /// These. A single one chooses nothing: it is a strategy without parameters, or with fixed ones.
    These(Vec<Vec<f64>>),
}

/// A search for the largest objective.
#[derive(Debug, Clone)]
pub struct Seeking {
    /// The points.
    pub tried: Tried,
    /// What is sought.
    pub objective: Objective,
    /// Points with fewer trades count only when no point has as many.
    pub least_trades: u32,
}

/// Points of a grid that are held in memory with all their figures, at most.
pub const MOST_POINTS: u64 = 2_000_000;

impl Seeking {
    /// All points of the space.
    fn grid(space: &Space, evaluator: &dyn Evaluate, watch: &dyn Watch) -> Result<Table, LabError> {
        let count = space.numbers().map_err(|e| wrong(&e))?;
        if count > MOST_POINTS {
            return Err(LabError::Plan {
                name: "the number of points of a grid",
                value: count.to_string(),
                right: "at most 2,000,000: fix a parameter, widen a step, or search at random",
            });
        }
        let points: Vec<Vec<f64>> = (0..count).map(|n| space.point(n)).collect();
        evaluate_all(&points, evaluator, watch)
    }

    /// The points that a search asks for, in the order of their numbers.
    fn searched(
        &self,
        (space, search): (&Space, &Search),
        evaluator: &dyn Evaluate,
        watch: &dyn Watch,
    ) -> Result<Table, LabError> {
        let stop = AtomicBool::new(false);
        let listener = Listener { watch, stop: &stop };
        let (objectives, identity) = ([self.objective.clone()], Identity::default());
        let evaluators = [evaluator];
        let mut sweep = Sweep::new(space, &evaluators, &objectives, &identity);
        sweep.search = search;
        sweep.top = usize::MAX;
        sweep.stop = &stop;
        sweep.watch = &listener;
        let found = sweep.run().map_err(|e| wrong(&e))?;
        if !found.finished {
            return Err(LabError::Stopped);
        }
        let mut rows = found.best;
        if rows.is_empty() {
            return Err(LabError::NoPoint {
                why: "the search found none that is admitted".into(),
            });
        }
        rows.sort_by_key(|r| r.number);
        Ok(Table {
            names: evaluator.figures().to_vec(),
            figures: rows.iter().flat_map(|r| &r.figures).copied().collect(),
            points: rows.into_iter().map(|r| r.point).collect(),
        })
    }
}

fn wrong(e: &dyn std::fmt::Display) -> LabError {
    LabError::Search(e.to_string())
}

/// Passes on how far a search is, and the wish to stop.
struct Listener<'w> {
    watch: &'w dyn Watch,
    stop: &'w AtomicBool,
}

impl sixbtc_sweep::Watch for Listener<'_> {
    fn progress(&self, _: &sixbtc_sweep::Progress) {
        if self.watch.stopped() {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

impl Fit for Seeking {
    fn fit(&self, evaluator: &dyn Evaluate, watch: &dyn Watch) -> Result<Fitted, LabError> {
        let seek = self
            .objective
            .over(evaluator.figures())
            .map_err(|e| wrong(&e))?;
        let table = match &self.tried {
            Tried::These(points) => evaluate_all(points, evaluator, watch)?,
            Tried::Space(space, Search::Grid) => Self::grid(space, evaluator, watch)?,
            Tried::Space(space, search) => {
                let table = self.searched((space, search), evaluator, watch)?;
                watch.advance(table.len() as u64);
                table
            }
        };
        let width = table.names.len().max(1);
        let scores: Vec<f64> = table
            .figures
            .chunks_exact(width)
            .map(|row| seek.value(row))
            .collect();
        let trusted: Vec<f64> = scores
            .iter()
            .enumerate()
            .map(|(row, score)| {
                if table.get(row, "trades") < f64::from(self.least_trades) {
                    f64::NAN
                } else {
                    *score
                }
            })
            .collect();
        let chosen = best(&trusted).or_else(|| best(&scores)).unwrap_or(0);
        Ok(Fitted {
            table,
            scores,
            best: chosen,
        })
    }

    fn score(&self, figure: &dyn Fn(&str) -> f64) -> f64 {
        let names = self.objective.figures().to_vec();
        let row: Vec<f64> = names.iter().map(|n| figure(n)).collect();
        // its own figures are always among its own figures
        self.objective
            .over(&names)
            .map_or(f64::NAN, |seek| seek.value(&row))
    }

    fn effort(&self) -> u64 {
        match &self.tried {
            Tried::These(points) => points.len() as u64,
            Tried::Space(space, Search::Grid) => space.numbers().unwrap_or(u64::MAX),
            Tried::Space(
                _,
                Search::Random { budget, .. }
                | Search::Sobol { budget }
                | Search::Genetic { budget, .. }
                | Search::Halving { budget, .. },
            ) => *budget,
        }
    }

    fn objective(&self) -> String {
        self.objective.text().to_owned()
    }
}
