//! Strategies in the manner of A. Unger: an entry, up to two filters that look at something else, a stop, and one of eleven ways
//! to join a target, a condition to leave on and a trail; and their offspring.

mod breed;
mod catalogue;
mod extent;
mod fresh;
#[cfg(test)]
mod leaving_tests;
mod mechanism;
mod program;
mod recipe;
#[cfg(test)]
mod tests;

pub use catalogue::{Catalogue, Entry, Form, Level, Trail, Unit};
pub use extent::{Extent, extent};
pub use mechanism::Mechanism;
pub use recipe::{Parts, Plan};

use super::parts::{Breeding, Measure, minutes, sides};
use crate::draw::Draw;
use crate::recipe::Recipe;
use crate::source::{Ask, Draft, Parent, Source, SourceError};
use breed::Genes;
use fresh::Wanted;
use sixbtc_core::model::{Side, SourceName};
use sixbtc_core::settings::UngerSource;
use std::sync::Arc;

/// The source of strategies of parts.
#[derive(Debug, Clone)]
pub struct Unger {
    catalogue: Arc<Catalogue>,
    breeding: Breeding,
}

impl Unger {
    /// Reads the parts.
    pub fn new() -> Result<Self, SourceError> {
        Self::with(&UngerSource::default())
    }

    /// Reads the parts, and breeds by these settings.
    pub fn with(settings: &UngerSource) -> Result<Self, SourceError> {
        Ok(Self {
            catalogue: Arc::new(Catalogue::read()?),
            breeding: Breeding::new(settings.genetic.clone()),
        })
    }

    /// Judges the novelty of offspring by what this sees it do, or by its parts alone. Without it: by the fixed data.
    #[must_use]
    pub fn measured_by(mut self, measure: Option<Arc<dyn Measure>>) -> Self {
        self.breeding = self.breeding.measured_by(measure);
        self
    }

    /// The parts.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn recipe(
        &self,
        ask: &Ask<'_>,
        parts: &Parts,
        parents: &[&Parent],
    ) -> Result<Recipe, SourceError> {
        let mut lineage: Vec<_> = parents.iter().map(|p| p.id).collect();
        lineage.dedup();
        Ok(Recipe {
            source: SourceName::Unger,
            bred: !parents.is_empty(),
            timeframe: ask.timeframe.to_string(),
            side: ask.side,
            regime: ask.regime,
            space: parts.space(&self.catalogue)?,
            parts: serde_json::to_value(parts).unwrap_or_default(),
            parents: lineage,
            origin: None,
        })
    }

    fn offspring(
        &self,
        ask: &Ask<'_>,
        wanted: Wanted<'_>,
        parents: &[&Parent],
        draw: &mut Draw,
    ) -> Result<Draft, SourceError> {
        let [mother, father] = self.breeding.couple(parents, draw)?;
        let genes = |parent: &Parent| {
            Ok::<_, SourceError>(Genes {
                parts: parent.recipe.parts()?,
                sides: parent.recipe.side,
            })
        };
        let (a, b) = (genes(mother)?, genes(father)?);
        let parts = breed::offspring(
            &self.catalogue,
            &self.breeding,
            ask.side,
            wanted,
            [&a, &b],
            draw,
        )?;
        self.make(&self.recipe(ask, &parts, &[mother, father])?)
    }
}

impl Source for Unger {
    fn name(&self) -> SourceName {
        SourceName::Unger
    }

    fn sides(&self) -> &'static [Side] {
        &[Side::Long, Side::Short, Side::Both]
    }

    fn draw(&self, ask: &Ask<'_>, draw: &mut Draw) -> Result<Draft, SourceError> {
        let wanted = Wanted {
            sides: sides(ask.side),
            regime: ask.regime,
            bar_minutes: minutes(ask.timeframe),
        };
        let parents = self.breeding.parents(ask, SourceName::Unger);
        if self.breeding.breeds(&parents, draw) {
            return self.breeding.best(
                &parents,
                draw,
                |draw| self.offspring(ask, wanted, &parents, draw),
                |draft| {
                    draft
                        .recipe
                        .parts::<Parts>()
                        .map_or_else(|_| Vec::new(), |p| p.words())
                },
                |parent| self.make(&parent.recipe),
            );
        }
        let parts = fresh::parts(&self.catalogue, wanted, draw)?;
        self.make(&self.recipe(ask, &parts, &[])?)
    }

    fn make(&self, recipe: &Recipe) -> Result<Draft, SourceError> {
        if recipe.source != SourceName::Unger {
            return Err(SourceError::Recipe("a recipe of another source".into()));
        }
        program::draft(&self.catalogue, recipe)
    }
}
