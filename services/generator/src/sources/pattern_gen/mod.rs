//! Strategies of pattern blocks, and their offspring.
//!
//! Half are one block, three in ten are two or three blocks that go together, two in ten join blocks in another way: one some
//! bars before another, one over two lookbacks, one while ranges are narrow or wide. With a time exit a strategy is judged by closes,
//! else by whether its target is touched: that decides what the sweep tries.

mod breed;
mod catalogue;
mod extent;
mod fresh;
mod recipe;
#[cfg(test)]
mod tests;

pub use catalogue::{Block, Catalogue};
pub use extent::{Extent, extent};
pub use recipe::{Exits, Mode, Parts, Setup};

use super::parts::{Breeding, Measure, sides};
use crate::draw::Draw;
use crate::recipe::Recipe;
use crate::source::{Ask, Draft, Parent, Source, SourceError};
use breed::Genes;
use sixbtc_core::model::{Side, SourceName};
use sixbtc_core::settings::PatternGenSource;
use std::sync::Arc;

/// The source of strategies of pattern blocks.
#[derive(Debug, Clone)]
pub struct PatternGen {
    catalogue: Arc<Catalogue>,
    /// Chances of one block, of blocks that go together, and of other ways of joining.
    ratios: [f64; 3],
    breeding: Breeding,
}

impl PatternGen {
    /// Reads the blocks.
    pub fn new() -> Result<Self, SourceError> {
        Self::with(&PatternGenSource::default())
    }

    /// Reads the blocks, joins them as often and breeds as these settings have it.
    pub fn with(settings: &PatternGenSource) -> Result<Self, SourceError> {
        Ok(Self {
            catalogue: Arc::new(Catalogue::read()?),
            ratios: [
                settings.parametric_ratio,
                settings.template_ratio,
                settings.innovative_ratio,
            ],
            breeding: Breeding::new(settings.genetic.clone()),
        })
    }

    /// Judges the novelty of offspring by what this sees it do, or by its parts alone. Without it: by the fixed data.
    #[must_use]
    pub fn measured_by(mut self, measure: Option<Arc<dyn Measure>>) -> Self {
        self.breeding = self.breeding.measured_by(measure);
        self
    }

    /// The blocks.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn recipe(ask: &Ask<'_>, parts: &Parts, parents: &[&Parent]) -> Recipe {
        let mut lineage: Vec<_> = parents.iter().map(|p| p.id).collect();
        lineage.dedup();
        Recipe {
            source: SourceName::PatternGen,
            bred: !parents.is_empty(),
            timeframe: ask.timeframe.to_string(),
            side: ask.side,
            regime: ask.regime,
            space: parts.space(ask.timeframe),
            parts: serde_json::to_value(parts).unwrap_or_default(),
            parents: lineage,
            origin: None,
        }
    }

    fn offspring(
        &self,
        ask: &Ask<'_>,
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
        let parts = breed::offspring(
            &self.catalogue,
            &self.breeding,
            sides(ask.side),
            [&genes(mother)?, &genes(father)?],
            draw,
        )?;
        self.make(&Self::recipe(ask, &parts, &[mother, father]))
    }
}

impl Source for PatternGen {
    fn name(&self) -> SourceName {
        SourceName::PatternGen
    }

    fn sides(&self) -> &'static [Side] {
        &[Side::Long, Side::Short, Side::Both]
    }

    fn draw(&self, ask: &Ask<'_>, draw: &mut Draw) -> Result<Draft, SourceError> {
        let parents = self.breeding.parents(ask, SourceName::PatternGen);
        if self.breeding.breeds(&parents, draw) {
            return self.breeding.best(
                &parents,
                draw,
                |draw| self.offspring(ask, &parents, draw),
                |draft| {
                    draft
                        .recipe
                        .parts::<Parts>()
                        .map_or_else(|_| Vec::new(), |p| p.words())
                },
                |parent| self.make(&parent.recipe),
            );
        }
        let parts = fresh::parts(&self.catalogue, self.ratios, sides(ask.side), draw)?;
        self.make(&Self::recipe(ask, &parts, &[]))
    }

    fn make(&self, recipe: &Recipe) -> Result<Draft, SourceError> {
        if recipe.source != SourceName::PatternGen {
            return Err(SourceError::Recipe("a recipe of another source".into()));
        }
        recipe::draft(&self.catalogue, recipe)
    }
}
