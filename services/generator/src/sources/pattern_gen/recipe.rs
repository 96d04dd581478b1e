//! What a strategy of blocks is made of, and the program that follows from it.

use super::catalogue::{Block, Catalogue};
use crate::body::{Body, Risk};
use crate::recipe::{Recipe, Space};
use crate::source::{Draft, SourceError};
use crate::sources::parts::{Chosen, capital, minutes, rounded, sides};
use serde::{Deserialize, Serialize};
use sixbtc_abi::Side;
use sixbtc_core::model::StrategyType;
use sixbtc_market::Timeframe;

/// Most blocks of one side.
pub const MOST_BLOCKS: usize = 3;
/// Bounds of stop and target, fractions of price.
pub const DISTANCES: [f64; 2] = [0.01, 0.50];

/// How the blocks came to stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One block.
    Parametric,
    /// Two or three blocks that hold together.
    Template,
    /// One block some bars before another.
    Sequential,
    /// One block over two lookbacks.
    TwoPeriod,
    /// One block while ranges are narrow, or wide.
    VolatilityRegime,
    /// Joined by the genetic search.
    Bred,
}

/// The condition of a side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// Blocks that hold together, the first one giving the strategy its type.
    pub blocks: Vec<Chosen>,
    /// The last block held on one of so many bars before instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u32>,
}

/// Stop, target, leverage and time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exits {
    /// Stop, a fraction of price.
    pub stop: f64,
    /// Target, a fraction of price.
    pub target: f64,
    /// Largest leverage.
    pub leverage: f64,
    /// Bars until the time exit; 0 for none: then the target is what the strategy lives on.
    pub hold: u32,
    /// Bars within which the target is expected.
    pub horizon: u32,
}

/// A strategy of blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// How they came to stand together.
    pub mode: Mode,
    /// One for each side, long first.
    pub setups: Vec<Setup>,
    /// How a position ends.
    pub exits: Exits,
}

impl Parts {
    /// Values as they are written.
    pub fn settle(&mut self) {
        for chosen in self.setups.iter_mut().flat_map(|s| &mut s.blocks) {
            chosen.settle();
        }
        for value in [
            &mut self.exits.stop,
            &mut self.exits.target,
            &mut self.exits.leverage,
        ] {
            *value = rounded(*value);
        }
    }

    /// Which values the sweep tries: with a time exit those of a strategy that is judged by closes, else those around its target.
    pub fn space(&self, timeframe: Timeframe) -> Space {
        if self.exits.hold > 0 {
            Space::Close {
                median_atr: rounded(typical_atr(timeframe)),
                hold: f64::from(self.exits.hold),
            }
        } else {
            Space::Touch {
                magnitude: self.exits.target,
                hold: f64::from(self.exits.horizon),
            }
        }
    }

    /// Each part as a word, for comparing strategies that cannot be run.
    pub fn words(&self) -> Vec<String> {
        let mut out = Vec::new();
        for setup in &self.setups {
            for chosen in &setup.blocks {
                out.push(chosen.id.clone());
                out.push(format!("{} {:?}", chosen.id, chosen.args));
            }
            if let Some(within) = setup.within {
                out.push(format!("within {within}"));
            }
        }
        out
    }
}

/// Average true range of a crypto market as a fraction of price, where nothing was measured: 0.8 % an hour, with the square root
/// of time.
fn typical_atr(timeframe: Timeframe) -> f64 {
    0.008 * (minutes(timeframe) as f64 / 60.0).sqrt()
}

/// Whether a side's blocks may stand together: one to three, all fitting the side and one of them speaking for it.
pub fn suits(catalogue: &Catalogue, setup: &Setup, side: Side) -> Result<(), SourceError> {
    let wrong = |what: &str| Err(SourceError::Recipe(what.to_owned()));
    if setup.blocks.is_empty() || setup.blocks.len() > MOST_BLOCKS {
        return wrong("a side takes one to three blocks");
    }
    if setup
        .within
        .is_some_and(|n| n == 0 || n > 100 || setup.blocks.len() < 2)
    {
        return wrong("a sequence takes two blocks and 1 to 100 bars");
    }
    let mut speaks = false;
    for chosen in &setup.blocks {
        let block = catalogue.block(&chosen.id)?;
        block.condition.check(chosen)?;
        if !block.condition.side.fits(side) {
            return wrong(&format!("{} is for the other side", chosen.id));
        }
        speaks |= block.condition.side.is(side);
    }
    if speaks {
        Ok(())
    } else {
        wrong("no block has a side")
    }
}

/// Makes the draft that a recipe tells of.
pub fn draft(catalogue: &Catalogue, recipe: &Recipe) -> Result<Draft, SourceError> {
    let mut parts: Parts = recipe.parts()?;
    parts.settle();
    let timeframe = recipe.timeframe()?;
    let sides = sides(recipe.side);
    if parts.setups.len() != sides.len() {
        return Err(SourceError::Recipe("one setup a side".into()));
    }
    let Exits {
        stop,
        target,
        leverage,
        hold,
        horizon,
    } = parts.exits;
    let [low, high] = DISTANCES;
    let distances = (low..=high).contains(&stop) && (low..=high).contains(&target);
    if !distances || !(1.0..=40.0).contains(&leverage) || hold > 10_000 || horizon > 10_000 {
        return Err(SourceError::Recipe(
            "stop, target, leverage or time out of range".into(),
        ));
    }
    let risk = Risk {
        stop,
        target: Some(target),
        hold: (hold > 0).then_some(hold),
        leverage,
    };
    let mut entries = Vec::new();
    let mut clauses = Vec::new();
    let mut uses = std::collections::BTreeSet::new();
    for (setup, &side) in parts.setups.iter().zip(sides) {
        suits(catalogue, setup, side)?;
        let mut when = Vec::new();
        let mut says = Vec::new();
        for (at, chosen) in setup.blocks.iter().enumerate() {
            let block: &Block = catalogue.block(&chosen.id)?;
            uses.extend(block.condition.module.clone());
            let expression = block.condition.expression(chosen, minutes(timeframe));
            let said = block.condition.sentence(chosen);
            match setup.within {
                Some(n) if at + 1 == setup.blocks.len() => {
                    when.push(format!("happened({expression}, {n})[1]"));
                    says.push(format!("in the {n} bars before {said}"));
                }
                _ => {
                    when.push(expression);
                    says.push(said);
                }
            }
        }
        let does = match side {
            Side::Long => "buys",
            Side::Short => "sells short",
        };
        clauses.push(format!("{does} when {}", says.join(" and ")));
        entries.push((side, when.join(" and ")));
    }
    let after = if hold > 0 {
        format!(" or after {hold} bars")
    } else {
        String::new()
    };
    clauses.push(format!(
        "leaves at {}{after}, stops at {}",
        percent(target),
        percent(stop)
    ));
    let mut body = Body::percentage(&risk, entries);
    body.uses = uses;
    Ok(Draft {
        kind: kind(catalogue, &parts)?,
        sentence: format!("{}.", capital(&clauses.join("; "))),
        body,
        recipe: recipe.clone(),
    })
}

fn percent(fraction: f64) -> String {
    format!("{} %", rounded(fraction * 100.0))
}

/// What the strategy lives on: what its first block does.
fn kind(catalogue: &Catalogue, parts: &Parts) -> Result<StrategyType, SourceError> {
    let first = parts.setups.first().and_then(|s| s.blocks.first());
    match first {
        Some(chosen) => Ok(catalogue.block(&chosen.id)?.kind),
        None => Err(SourceError::Recipe("no block".into())),
    }
}
