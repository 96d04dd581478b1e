//! Many points on little data, few on all of it.

use super::random::Draw;
use super::{Gate, Points, Propose, Stage};
use crate::error::SweepError;
use crate::rank::better_first;

/// Successive halving over spans of data that grow.
pub(super) struct Halving<'a> {
    draw: Draw<'a>,
    budget: u64,
    keep_one_in: u64,
    spans: usize,
    span: usize,
}

impl<'a> Halving<'a> {
    pub(super) fn new(
        gate: Gate<'a>,
        budget: u64,
        seed: u64,
        keep_one_in: u64,
        spans: usize,
    ) -> Result<Self, SweepError> {
        if keep_one_in < 2 {
            return Err(SweepError::Use("halving keeps one in 2 or more".into()));
        }
        if spans < 2 {
            return Err(SweepError::Use(
                "halving needs at least two spans of data to go from one to the next".into(),
            ));
        }
        Ok(Self {
            draw: Draw::new(gate, seed)?,
            budget,
            keep_one_in,
            spans,
            span: 0,
        })
    }
}

impl Propose for Halving<'_> {
    fn next(&mut self, told: &[(u64, f64)]) -> Result<Option<Stage>, SweepError> {
        if self.span == self.spans {
            return Ok(None);
        }
        let points = if self.span == 0 {
            self.draw.take(self.budget)?
        } else {
            let mut ranked = told.to_vec();
            ranked.sort_by(|a, b| better_first((a.1, a.0), (b.1, b.0)));
            ranked.truncate((told.len() as u64).div_ceil(self.keep_one_in) as usize);
            ranked.into_iter().map(|t| t.0).collect()
        };
        let stage = Stage {
            points: Points::These(points),
            span: self.span,
            kept: self.span + 1 == self.spans,
        };
        self.span += 1;
        Ok(Some(stage))
    }

    fn pruned(&self) -> u64 {
        self.draw.gate.pruned()
    }

    fn total(&self) -> u64 {
        let space = self.draw.gate.space.numbers().unwrap_or(u64::MAX);
        let mut n = self.budget.min(space);
        let mut all = 0_u64;
        for _ in 0..self.spans {
            all = all.saturating_add(n);
            n = n.div_ceil(self.keep_one_in);
        }
        all
    }
}
