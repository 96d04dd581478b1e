//! Indicators and conditions: one to three of the 42 of the table, each with a condition that suits its category.

mod catalogue;
mod parts;
mod words;

pub use catalogue::{Catalogue, Category, Condition, Indicator, UsedFor};
pub use parts::{Choice, Parts};

use crate::body::{Body, Risk};
use crate::draw::Draw;
use crate::recipe::{Recipe, Space};
use crate::source::{Ask, Draft, Source, SourceError};
use crate::typed::all;
use sixbtc_abi::Side as One;
use sixbtc_core::model::{Side, SourceName, StrategyType};
use sixbtc_judgement::pipeline::spaces::{self, Target};
use sixbtc_market::Timeframe;

/// Chances of one, two and three indicators.
const HOW_MANY: [f64; 3] = [0.30, 0.50, 0.20];
/// Share of the draws with more than one indicator that take a recommended set.
const RECOMMENDED: f64 = 0.10;

/// The source.
#[derive(Debug, Clone)]
pub struct PandasTa {
    how_many: [f64; 3],
}

impl Default for PandasTa {
    fn default() -> Self {
        Self { how_many: HOW_MANY }
    }
}

impl PandasTa {
    /// With these chances of one, two and three indicators; they are scaled to 1.
    pub fn new(how_many: [f64; 3]) -> Self {
        Self { how_many }
    }
}

impl Source for PandasTa {
    fn name(&self) -> SourceName {
        SourceName::PandasTa
    }

    fn sides(&self) -> &'static [Side] {
        &[Side::Long, Side::Short, Side::Both]
    }

    fn draw(&self, ask: &Ask<'_>, draw: &mut Draw) -> Result<Draft, SourceError> {
        let catalogue = Catalogue::get()?;
        let many = draw.weighted(&self.how_many).unwrap_or(0) + 1;
        let indicators = parts::indicators(catalogue, many, ask, RECOMMENDED, draw)?;
        let parts = parts::choose(catalogue, &indicators, ask.side, draw)?;
        self.make(&Recipe {
            source: SourceName::PandasTa,
            bred: false,
            timeframe: ask.timeframe.to_string(),
            side: ask.side,
            regime: ask.regime,
            space: Space::Percentage,
            parts: serde_json::to_value(&parts).map_err(|e| SourceError::Wrong(e.to_string()))?,
            parents: Vec::new(),
            origin: None,
        })
    }

    fn make(&self, recipe: &Recipe) -> Result<Draft, SourceError> {
        let catalogue = Catalogue::get()?;
        let parts: Parts = recipe.parts()?;
        let measures = parts.measures(catalogue)?;
        let mut entries = Vec::new();
        for side in [One::Long, One::Short] {
            let takes = match recipe.side {
                Side::Long => side == One::Long,
                Side::Short => side == One::Short,
                Side::Both => true,
            };
            if !takes {
                continue;
            }
            // a strategy of one side means what its conditions say; one of both sides sells what is the mirror of its buying
            let mirrored = recipe.side == Side::Both && side == One::Short;
            let conditions = parts.conditions(catalogue, &measures, mirrored)?;
            let when = all(&conditions)
                .ok_or_else(|| SourceError::Recipe("there is no condition".into()))?;
            entries.push((side, when));
        }
        let mut body = Body::percentage(&risk(recipe.timeframe()?), entries);
        body.uses.insert("patterns/conditions".into());
        body.lets = measures
            .iter()
            .map(|m| (m.name.clone(), m.value.text.clone()))
            .collect();
        Ok(Draft {
            kind: parts.kind(catalogue)?,
            sentence: words::sentence(catalogue, &parts, recipe.side)?,
            body,
            recipe: recipe.clone(),
        })
    }
}

/// The middle of the timeframe's percentage space: the sweep starts from somewhere sensible.
pub fn risk(timeframe: Timeframe) -> Risk {
    let space = spaces::Space::percentage_scaled(timeframe);
    let middle = |values: &[f64]| values.get(values.len() / 2).copied();
    let stops: Vec<f64> = space
        .axes
        .stops
        .iter()
        .filter_map(|s| match s {
            spaces::Stop::Fraction { distance } => Some(*distance),
            _ => None,
        })
        .collect();
    let targets: Vec<f64> = space
        .axes
        .targets
        .iter()
        .filter_map(|t| match t {
            Target::Fraction { distance } => Some(*distance),
            _ => None,
        })
        .collect();
    let holds: Vec<f64> = space
        .axes
        .exits
        .iter()
        .filter_map(|e| e.map(f64::from))
        .collect();
    Risk {
        stop: middle(&stops).unwrap_or(0.03),
        target: Some(middle(&targets).unwrap_or(0.05)),
        hold: middle(&holds).map(|bars| bars as u32),
        leverage: 3.0,
    }
}

/// What strategies live on, by the category of their first indicator.
pub fn kind_of(category: &str) -> StrategyType {
    match category {
        "momentum" => StrategyType::Momentum,
        "trend" | "crossover" => StrategyType::Trend,
        "volume" => StrategyType::Volatility,
        "candle" => StrategyType::Candle,
        _ => StrategyType::Reversal,
    }
}
