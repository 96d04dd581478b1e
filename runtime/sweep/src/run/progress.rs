//! What is told while a sweep runs.

use super::estimate::Estimate;
use std::time::{Duration, Instant};

/// Who is told. Called from several threads; should return at once.
pub trait Watch: Sync {
    /// Before the first point is evaluated.
    fn planned(&self, _: &Estimate) {}
    /// After every batch of points.
    fn progress(&self, _: &Progress) {}
}

/// Nobody is told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Watch for Quiet {}

/// How far a sweep is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Points done, the excluded and the resumed among them.
    pub done: u64,
    /// Points there are to do.
    pub total: u64,
    /// Points that an earlier run had done.
    pub resumed: u64,
    /// Points excluded by a `require` so far.
    pub pruned: u64,
    /// The best worth so far by the first objective.
    pub best: Option<f64>,
    begun: Instant,
}

impl Progress {
    pub(super) fn new(total: u64) -> Self {
        Self {
            done: 0,
            total,
            resumed: 0,
            pruned: 0,
            best: None,
            begun: Instant::now(),
        }
    }

    pub(super) fn with(&self, more: u64) -> Self {
        Self {
            done: self.done + more,
            ..*self
        }
    }

    /// Points a second since the start, resumed ones left out; 0 at first.
    pub fn rate(&self) -> f64 {
        let seconds = self.begun.elapsed().as_secs_f64();
        let done = self.done.saturating_sub(self.resumed);
        if seconds > 0.0 {
            done as f64 / seconds
        } else {
            0.0
        }
    }

    /// Time left at this rate; none before there is a rate.
    pub fn left(&self) -> Option<Duration> {
        let rate = self.rate();
        let rest = self.total.saturating_sub(self.done) as f64;
        (rate > 0.0).then(|| Duration::try_from_secs_f64(rest / rate).unwrap_or(Duration::MAX))
    }
}
