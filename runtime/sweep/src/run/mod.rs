//! A sweep from its first point to its finished file.

mod assemble;
mod estimate;
mod progress;
mod stretch;

use crate::error::SweepError;
use crate::evaluate::Evaluate;
use crate::objective::{Objective, Seek};
use crate::rank::{Front, Ranked, Top};
use crate::search::{Points, Propose, Search};
use crate::shard::Shard;
use crate::space::Space;
use crate::store::{Columns, Disk, Identity, Part, Parts, RealDisk};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub use estimate::Estimate;
pub use progress::{Progress, Quiet, Watch};
use stretch::{Pace, evaluate};

/// Everything a sweep depends on.
#[derive(Clone, Copy)]
pub struct Sweep<'a> {
    /// The points.
    pub space: &'a Space,
    /// What simulates them. One, and for [`Search::Halving`] one for each span of the data, the shortest first, the whole data
    /// last; all yield the same figures.
    pub evaluators: &'a [&'a dyn Evaluate],
    /// What is sought; the first ranks, several make a Pareto front. Never empty.
    pub objectives: &'a [Objective],
    /// How points are chosen.
    pub search: &'a Search,
    /// How many of the best points are kept in memory.
    pub top: usize,
    /// Which piece of the sweep this is, if it is cut into pieces.
    pub shard: Option<Shard>,
    /// Where the results go, `.parquet` or `.csv`; without it only the best are kept.
    pub out: Option<&'a Path>,
    /// What determines the numbers beside space and search, which the sweep adds: program, data, settings, compiler.
    pub identity: &'a Identity,
    /// Threads; 0 takes all there are. Changes no result.
    pub threads: usize,
    /// When it turns true, the sweep stops after the part in work and keeps all that is finished.
    pub stop: &'a AtomicBool,
    /// Where results are kept.
    pub disk: &'a dyn Disk,
    /// Who is told how far the sweep is.
    pub watch: &'a dyn Watch,
}

static NEVER: AtomicBool = AtomicBool::new(false);

/// What a sweep found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Points of the space before anything was left out.
    pub space: u128,
    /// Rows of the result.
    pub points: u64,
    /// Points that a `require` excluded.
    pub pruned: u64,
    /// Points evaluated now, over all spans.
    pub evaluated: u64,
    /// Points that an earlier run had evaluated.
    pub resumed: u64,
    /// For each objective: points for which it does not exist.
    pub missing: Vec<u64>,
    /// The best points by the first objective, best first.
    pub best: Vec<Ranked>,
    /// The points that no other beats in all objectives; empty with one objective.
    pub front: Vec<Ranked>,
    /// Whether every point was evaluated; false when [`Sweep::stop`] turned true.
    pub finished: bool,
    /// Whether the finished file was there already.
    pub was_there: bool,
    /// Wall time.
    pub elapsed: Duration,
}

impl<'a> Sweep<'a> {
    /// A sweep of a whole grid that keeps the ten best points.
    pub fn new(
        space: &'a Space,
        evaluators: &'a [&'a dyn Evaluate],
        objectives: &'a [Objective],
        identity: &'a Identity,
    ) -> Self {
        Self {
            space,
            evaluators,
            objectives,
            search: &Search::Grid,
            top: 10,
            shard: None,
            out: None,
            identity,
            threads: 0,
            stop: &NEVER,
            disk: &RealDisk,
            watch: &Quiet,
        }
    }

    /// Runs it, or continues it where an earlier run with the same identity and file stopped.
    ///
    /// # Errors
    /// When something does not fit together, the simulation refuses, or the disk fails. What was finished until then stays in
    /// `OUT.parts` and is not computed again.
    pub fn run(&self) -> Result<Outcome, SweepError> {
        let mut pool = rayon::ThreadPoolBuilder::new();
        if self.threads > 0 {
            pool = pool.num_threads(self.threads);
        }
        let pool = pool
            .build()
            .map_err(|e| SweepError::Threads(e.to_string()))?;
        pool.install(|| self.run_here())
    }

    /// The figures of a row.
    fn figures(&self) -> Result<&'a [String], SweepError> {
        let (Some(last), true) = (self.evaluators.last(), !self.objectives.is_empty()) else {
            return Err(SweepError::Use(
                "a sweep needs an evaluator and an objective".into(),
            ));
        };
        if self
            .evaluators
            .iter()
            .any(|e| e.figures() != last.figures())
        {
            return Err(SweepError::Use(
                "all spans must yield the same figures".into(),
            ));
        }
        Ok(last.figures())
    }

    /// The caller's identity with what the sweep itself determines.
    pub(crate) fn whole_identity(&self, figures: &[String]) -> Identity {
        let mut identity = self.identity.clone();
        self.space.identity(&mut identity.facts);
        let texts: Vec<String> = self
            .objectives
            .iter()
            .map(|o| o.text().to_owned())
            .collect();
        self.search.identity(&texts, &mut identity.facts);
        identity.set("figures", figures.join(","));
        if let Some(shard) = self.shard {
            identity.set(crate::store::SHARD, shard.to_string());
        }
        identity
    }

    fn run_here(&self) -> Result<Outcome, SweepError> {
        let begun = Instant::now();
        let figures = self.figures()?;
        let seeks = self
            .objectives
            .iter()
            .map(|o| o.over(figures))
            .collect::<Result<Vec<Seek>, _>>()?;
        if self.shard.is_some() && self.search.is_adaptive() {
            return Err(SweepError::Use(format!(
                "a {} search cannot be cut into shards: each step depends on all points before it",
                self.search.name()
            )));
        }
        let identity = self.whole_identity(figures);
        let mut found = Found::new(self.space, self.top, seeks);
        if let Some(out) = self.out
            && let Some(pruned) = assemble::finished(self.disk, out, &identity, &mut found)?
        {
            let points = found.points;
            return Ok(found.outcome(
                self.space,
                pruned,
                [0, points],
                (true, true),
                begun.elapsed(),
            ));
        }
        let first = self.evaluators.first().copied();
        let first = first.ok_or_else(|| SweepError::Use("a sweep needs an evaluator".into()))?;
        let mut search = self
            .search
            .begin(self.space, first, self.evaluators.len())?;
        // what cannot be cut leaves nothing behind
        if let Some(shard) = self.shard {
            shard.places(search.total())?;
        }
        let parts = match self.out {
            Some(out) => Some(Parts::open(self.disk, out, &identity, figures.len())?),
            None => None,
        };
        let mut work = Work {
            sweep: self,
            parts,
            found,
            progress: Progress::new(search.total()),
            pace: Pace::new(figures.len()),
            told: Vec::new(),
            kept: Vec::new(),
            pruned: 0,
            rows: [0, 0],
        };
        let finished = work.stages(&mut *search)?;
        // what was excluded before the points were cut into shards counts once, in the first
        let all = self.shard.is_none_or(|s| s.index == 1);
        let pruned = work.pruned + if all { search.pruned() } else { 0 };
        if let (true, Some(parts), Some(out)) = (finished, work.parts, self.out) {
            let columns = Columns::of(self.space, figures);
            let result = assemble::Assembly {
                disk: self.disk,
                space: self.space,
                out,
                stages: &work.kept,
            };
            result.write(parts, columns, identity, pruned)?;
        }
        let took = begun.elapsed();
        Ok(work
            .found
            .outcome(self.space, pruned, work.rows, (finished, false), took))
    }
}

/// A sweep under way.
struct Work<'a> {
    sweep: &'a Sweep<'a>,
    parts: Option<Parts<'a>>,
    found: Found<'a>,
    progress: Progress,
    pace: Pace,
    /// What the points of this stage were worth, for a search that adapts.
    told: Vec<(u64, f64)>,
    /// Stages whose rows belong to the result.
    kept: Vec<(u32, Range<u64>)>,
    pruned: u64,
    /// Points evaluated now, and by an earlier run.
    rows: [u64; 2],
}

impl Work<'_> {
    /// Runs all stages; false when it was stopped.
    fn stages(&mut self, search: &mut dyn Propose) -> Result<bool, SweepError> {
        let mut number = 0;
        loop {
            let told = std::mem::take(&mut self.told);
            let Some(stage) = search.next(&told)? else {
                return Ok(true);
            };
            let evaluator = self.sweep.evaluators.get(stage.span).copied();
            let evaluator =
                evaluator.ok_or_else(|| SweepError::Use("a span of the data is missing".into()))?;
            let all = stage.points.len();
            let places = match self.sweep.shard {
                Some(shard) => shard.places(all)?,
                None => 0..all,
            };
            if number == 0 {
                if self.sweep.shard.is_some() {
                    self.progress.total = places.end - places.start;
                }
                let estimate = Estimate::of(self.sweep, evaluator, &stage.points, &places, search)?;
                self.sweep.watch.planned(&estimate);
            }
            if !self.stage(number, &stage.points, evaluator, places.clone(), stage.kept)? {
                return Ok(false);
            }
            if stage.kept {
                self.kept.push((number, places));
            } else if self.told.iter().all(|t| t.1.is_nan()) {
                return Err(SweepError::Use(format!(
                    "on span {} of {} of the data none of {all} points has a `{}`, so there is nothing to choose by: the \
                     span is too short, or the strategy does not trade; use more data or another search",
                    number + 1,
                    self.sweep.evaluators.len(),
                    self.sweep.objectives.first().map_or("", |o| o.text())
                )));
            }
            number += 1;
        }
    }

    fn stage(
        &mut self,
        stage: u32,
        points: &Points,
        evaluator: &dyn Evaluate,
        places: Range<u64>,
        kept: bool,
    ) -> Result<bool, SweepError> {
        let there = match &self.parts {
            Some(parts) => parts.stretches(stage)?,
            None => Vec::new(),
        };
        let inside = there
            .iter()
            .filter(|s| s.0 >= places.start && s.1 <= places.end);
        let mut at = places.start;
        for (start, end) in inside {
            let part = match &self.parts {
                Some(parts) => parts.load(stage, *start, *end)?,
                None => None,
            };
            // a damaged part is a gap that the next one, or the rest of the stage, closes
            let Some(part) = part else { continue };
            if !self.gap(stage, points, evaluator, at..*start, kept)? {
                return Ok(false);
            }
            self.progress.resumed += end - start;
            self.rows[1] += part.numbers.len() as u64;
            self.take(&part, kept);
            at = *end;
        }
        self.gap(stage, points, evaluator, at..places.end, kept)
    }

    /// Evaluates what is not there yet; false when it was stopped.
    fn gap(
        &mut self,
        stage: u32,
        points: &Points,
        evaluator: &dyn Evaluate,
        places: Range<u64>,
        kept: bool,
    ) -> Result<bool, SweepError> {
        let mut at = places.start;
        while at < places.end {
            if self.sweep.stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            let end = places
                .end
                .min(at.saturating_add(self.pace.stretch(evaluator.batch())));
            let begun = Instant::now();
            let told = |done: u64| self.sweep.watch.progress(&self.progress.with(done));
            let mut part = evaluate(self.sweep.space, evaluator, points, at..end, &told)?;
            self.pace.learn(end - at, begun.elapsed());
            part.stage = stage;
            self.rows[0] += part.numbers.len() as u64;
            if let Some(parts) = &self.parts {
                parts.keep(&part)?;
            }
            self.take(&part, kept);
            at = end;
        }
        Ok(true)
    }

    fn take(&mut self, part: &Part, kept: bool) {
        self.progress.done += part.end - part.start;
        self.pruned += part.pruned;
        if kept {
            self.found.take(&part.numbers, &part.figures);
            self.progress.best = self.found.best_worth();
        }
        if self.sweep.search.is_adaptive() {
            let worth = self.found.worths(&part.numbers, &part.figures);
            self.told.extend(worth);
        }
        self.progress.pruned = self.pruned;
        self.sweep.watch.progress(&self.progress.with(0));
    }
}

/// What is kept of the rows in memory.
pub(crate) struct Found<'a> {
    space: &'a Space,
    seeks: Vec<Seek>,
    top: Top,
    front: Front,
    missing: Vec<u64>,
    points: u64,
}

impl<'a> Found<'a> {
    fn new(space: &'a Space, top: usize, seeks: Vec<Seek>) -> Self {
        Self {
            space,
            top: Top::new(top),
            front: Front::default(),
            missing: vec![0; seeks.len()],
            seeks,
            points: 0,
        }
    }

    /// Figures a row has.
    fn width(rows: usize, figures: &[f64]) -> usize {
        figures.len().checked_div(rows).unwrap_or(1).max(1)
    }

    /// Takes rows: numbers, and their figures one row after the other.
    pub(crate) fn take(&mut self, numbers: &[u64], figures: &[f64]) {
        let rows = figures.chunks_exact(Self::width(numbers.len(), figures));
        for (number, row) in numbers.iter().zip(rows) {
            self.points += 1;
            let worth: Vec<f64> = self.seeks.iter().map(|s| s.value(row)).collect();
            for (missing, w) in self.missing.iter_mut().zip(&worth) {
                *missing += u64::from(w.is_nan());
            }
            let first = worth.first().copied().unwrap_or(f64::NAN);
            if self.seeks.len() < 2 && !self.top.takes(first, *number) {
                continue;
            }
            let ranked = Ranked {
                number: *number,
                point: self.space.point(*number),
                worth,
                figures: row.to_vec(),
            };
            if self.seeks.len() > 1 {
                self.front.add(ranked.clone());
            }
            self.top.add(ranked);
        }
    }

    /// What rows are worth by the first objective.
    fn worths(&self, numbers: &[u64], figures: &[f64]) -> Vec<(u64, f64)> {
        let rows = figures.chunks_exact(Self::width(numbers.len(), figures));
        let worth = |row| self.seeks.first().map_or(f64::NAN, |s: &Seek| s.value(row));
        numbers
            .iter()
            .zip(rows)
            .map(|(n, row)| (*n, worth(row)))
            .collect()
    }

    fn best_worth(&self) -> Option<f64> {
        let best = self.top.first()?.worth.first().copied()?;
        (!best.is_nan()).then_some(best)
    }

    fn outcome(
        self,
        space: &Space,
        pruned: u64,
        [evaluated, resumed]: [u64; 2],
        (finished, was_there): (bool, bool),
        elapsed: Duration,
    ) -> Outcome {
        Outcome {
            space: space.count(),
            points: self.points,
            pruned,
            evaluated,
            resumed,
            missing: self.missing,
            best: self.top.into_best(),
            front: self.front.into_points(),
            finished,
            was_there,
            elapsed,
        }
    }
}
