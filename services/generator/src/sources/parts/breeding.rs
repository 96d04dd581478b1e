//! Choosing parents, and which of their offspring is worth having.

use super::novelty::{FixedData, Measure, Traits, novelty};
use crate::draw::Draw;
use crate::source::{Ask, Draft, Parent, SourceError};
use sixbtc_core::model::{Side, SourceName};
use sixbtc_core::settings::Genetic;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// Chance of each argument to be moved by a mutation.
pub const NUDGE: f64 = 0.30;
/// Offspring of which the most novel lives.
const BROOD: usize = 3;
/// Neighbours by which novelty is judged.
const NEIGHBOURS: usize = 5;

/// Chooses parents and offspring for one source.
#[derive(Clone)]
pub struct Breeding {
    rates: Genetic,
    measure: Option<Arc<dyn Measure>>,
    /// Behaviours of parents by identity: the pool changes slowly, running it again for every draw would not pay.
    known: Arc<Mutex<HashMap<Uuid, Traits>>>,
}

impl std::fmt::Debug for Breeding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Breeding")
            .field("measured", &self.measure.is_some())
            .finish_non_exhaustive()
    }
}

/// The best of a few chosen at random; `None` of nobody.
fn tournament<'p>(parents: &[&'p Parent], round: usize, draw: &mut Draw) -> Option<&'p Parent> {
    let mut best: Option<&Parent> = None;
    for _ in 0..round {
        let next: &Parent = draw.pick(parents).copied()?;
        if best.is_none_or(|b| next.score > b.score) {
            best = Some(next);
        }
    }
    best
}

impl Default for Breeding {
    fn default() -> Self {
        Self::new(Genetic::default())
    }
}

impl Breeding {
    /// By these settings, novelty judged by the fixed data.
    pub fn new(rates: Genetic) -> Self {
        Self {
            rates,
            measure: Some(Arc::new(FixedData)),
            known: Arc::default(),
        }
    }

    /// Judges novelty by what `measure` sees, or by parts alone.
    #[must_use]
    pub fn measured_by(self, measure: Option<Arc<dyn Measure>>) -> Self {
        Self {
            measure,
            known: Arc::default(),
            ..self
        }
    }

    /// Whether an offspring has two parents.
    pub fn crosses(&self, draw: &mut Draw) -> bool {
        draw.chance(self.rates.crossover_rate)
    }

    /// Whether an offspring is mutated.
    pub fn mutates(&self, draw: &mut Draw) -> bool {
        draw.chance(self.rates.mutation_rate)
    }

    /// Two parents, each the best of a few; they may be one and the same.
    pub fn couple<'p>(
        &self,
        parents: &[&'p Parent],
        draw: &mut Draw,
    ) -> Result<[&'p Parent; 2], SourceError> {
        let round = self.rates.tournament_size as usize;
        let mut one = || {
            tournament(parents, round, draw)
                .ok_or_else(|| SourceError::NothingSuits("no parents".into()))
        };
        Ok([one()?, one()?])
    }

    /// The strategies of this source from which one for these sides may be bred. None while there are too few of the source
    /// in the pool, offspring counted like any other: lineages grow as deep as the search finds worthwhile.
    pub fn parents<'a>(&self, ask: &Ask<'a>, source: SourceName) -> Vec<&'a Parent> {
        let good: Vec<&Parent> = ask
            .parents
            .iter()
            .filter(|p| p.recipe.source == source && p.score >= self.rates.min_pool_score)
            .collect();
        if !self.rates.enabled || good.len() < self.rates.min_pool_size as usize {
            return Vec::new();
        }
        good.into_iter()
            .filter(|p| p.recipe.side == ask.side || p.recipe.side == Side::Both)
            .filter(|p| ask.regime.is_none() || p.recipe.regime == ask.regime)
            .collect()
    }

    /// Whether this draw breeds.
    pub fn breeds(&self, parents: &[&Parent], draw: &mut Draw) -> bool {
        let (fresh, bred) = (self.rates.smart_ratio, self.rates.genetic_ratio);
        // drawn in any case: the stream goes on alike whether or not there are parents
        draw.weighted(&[fresh, bred]) == Some(1) && !parents.is_empty()
    }

    /// The most novel of a brood, each made by `offspring`. `words` tells the parts of a draft where there is no data to
    /// run it on; `again` makes a parent's draft.
    pub fn best(
        &self,
        parents: &[&Parent],
        draw: &mut Draw,
        mut offspring: impl FnMut(&mut Draw) -> Result<Draft, SourceError>,
        words: impl Fn(&Draft) -> Vec<String>,
        again: impl Fn(&Parent) -> Result<Draft, SourceError>,
    ) -> Result<Draft, SourceError> {
        let behaviour = |draft: &Draft| match &self.measure {
            Some(measure) => measure.behaviour(draft).map(Traits::Behaviour),
            None => Some(Traits::Parts(words(draft))),
        };
        let mut known = Vec::with_capacity(parents.len());
        for parent in parents {
            let kept = self
                .known
                .lock()
                .ok()
                .and_then(|k| k.get(&parent.id).cloned());
            let found = match kept {
                Some(found) => Some(found),
                // a parent whose parts are gone from the catalogue cannot be made again, and is no neighbour
                None => again(parent).ok().and_then(|draft| behaviour(&draft)),
            };
            if let Some(found) = found {
                if let Ok(mut keep) = self.known.lock() {
                    keep.insert(parent.id, found.clone());
                }
                known.push(found);
            }
        }
        let mut best: Option<(f64, Draft)> = None;
        let mut error = None;
        for _ in 0..BROOD {
            match offspring(draw) {
                Ok(draft) => {
                    let new = behaviour(&draft).map_or(0.0, |b| novelty(&b, &known, NEIGHBOURS));
                    if best.as_ref().is_none_or(|(most, _)| new > *most) {
                        best = Some((new, draft));
                    }
                }
                Err(e) => error = Some(e),
            }
        }
        match (best, error) {
            (Some((_, draft)), _) => Ok(draft),
            (None, Some(e)) => Err(e),
            (None, None) => Err(SourceError::NothingSuits("no offspring".into())),
        }
    }
}
