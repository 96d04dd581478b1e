//! Generations of points that inherit from the best before them.

use super::noise::Noise;
use super::random::Draw;
use super::{Gate, Points, Propose, Stage};
use crate::error::SweepError;
use crate::rank::better_first;
use std::collections::HashSet;

/// Points drawn for a tournament of which the best becomes a parent.
const TOURNAMENT: u64 = 3;
/// Children tried before a place is filled by chance.
const TRIES: usize = 50;
/// One child in so many is a newcomer drawn by chance, so that the search never narrows for good.
const NEWCOMER: u64 = 16;

/// A genetic search over the places on the axes.
pub(super) struct Genetic<'a> {
    draw: Draw<'a>,
    noise: Noise,
    budget: u64,
    population: usize,
    /// The best points so far, best first, as many as a generation has.
    parents: Vec<(u64, f64)>,
    /// Every point that was evaluated or excluded.
    seen: HashSet<u64>,
    proposed: u64,
}

impl<'a> Genetic<'a> {
    pub(super) fn new(
        gate: Gate<'a>,
        budget: u64,
        seed: u64,
        population: usize,
    ) -> Result<Self, SweepError> {
        if population < 4 {
            return Err(SweepError::Use(format!(
                "a population of {population} cannot breed; at least 4"
            )));
        }
        Ok(Self {
            draw: Draw::new(gate, seed)?,
            noise: Noise::new(seed ^ 0x6765_6e65),
            budget,
            population,
            parents: Vec::new(),
            seen: HashSet::new(),
            proposed: 0,
        })
    }

    /// A point nobody has seen and the conditions admit, by chance.
    fn newcomer(&mut self) -> Result<Option<u64>, SweepError> {
        let Self { draw, seen, .. } = self;
        draw.next_fresh(|number| seen.insert(number))
    }

    fn parent(&mut self) -> u64 {
        // the list is in order of worth, so the best of a tournament is the smallest place
        let n = self.parents.len() as u64;
        let place = (0..TOURNAMENT)
            .map(|_| self.noise.below(n))
            .min()
            .unwrap_or(0);
        self.parents.get(place as usize).map_or(0, |p| p.0)
    }

    fn child(&mut self) -> u64 {
        let (mother, father) = (self.parent(), self.parent());
        let space = self.draw.gate.space;
        let father = space.places(father);
        let mut places = space.places(mother);
        let axes = space.axes();
        let varied = axes.iter().filter(|a| a.values.len() > 1).count().max(1) as u64;
        for ((place, other), axis) in places.iter_mut().zip(father).zip(axes) {
            let n = axis.values.len();
            if self.noise.once_in(2) {
                *place = other;
            }
            if n < 2 || !self.noise.once_in(varied) {
                continue;
            }
            *place = if axis.is_ordered() {
                // steps of one most often, of half the axis seldom
                let mut step = 1 + self.noise.below(2) as usize;
                while step < n / 2 && self.noise.once_in(3) {
                    step *= 2;
                }
                if self.noise.once_in(2) {
                    place.saturating_sub(step)
                } else {
                    (*place + step).min(n - 1)
                }
            } else {
                self.noise.below(n as u64) as usize
            };
        }
        space.number_at(&places)
    }

    fn fill(&mut self, wanted: u64) -> Result<Vec<u64>, SweepError> {
        let mut points = Vec::new();
        while (points.len() as u64) < wanted {
            let mut found = None;
            if !self.parents.is_empty() && !self.noise.once_in(NEWCOMER) {
                for _ in 0..TRIES {
                    let child = self.child();
                    if self.seen.insert(child) && self.draw.gate.admits(child)? {
                        found = Some(child);
                        break;
                    }
                }
            }
            let Some(point) = (match found {
                Some(child) => Some(child),
                None => self.newcomer()?,
            }) else {
                break;
            };
            points.push(point);
        }
        Ok(points)
    }
}

impl Propose for Genetic<'_> {
    fn next(&mut self, told: &[(u64, f64)]) -> Result<Option<Stage>, SweepError> {
        self.parents
            .extend(told.iter().copied().filter(|t| !t.1.is_nan()));
        self.parents
            .sort_by(|a, b| better_first((a.1, a.0), (b.1, b.0)));
        self.parents.truncate(self.population);
        let wanted = (self.budget - self.proposed).min(self.population as u64);
        if wanted == 0 {
            return Ok(None);
        }
        let points = self.fill(wanted)?;
        if points.is_empty() {
            return match self.proposed {
                0 => Err(self.draw.gate.none_left()),
                _ => Ok(None),
            };
        }
        self.proposed += points.len() as u64;
        Ok(Some(Stage {
            points: Points::These(points),
            span: 0,
            kept: true,
        }))
    }

    fn pruned(&self) -> u64 {
        self.draw.gate.pruned()
    }

    fn total(&self) -> u64 {
        self.budget
            .min(self.draw.gate.space.numbers().unwrap_or(u64::MAX))
    }
}
