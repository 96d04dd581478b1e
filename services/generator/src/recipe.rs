//! From which the same program is made again.

use crate::source::{Regime, SourceError};
use serde::{Deserialize, Serialize};
use sixbtc_core::model::{Side, SourceName};
use sixbtc_judgement::pipeline::spaces::{StopForm, TargetForm};
use sixbtc_market::Timeframe;
use uuid::Uuid;

/// What a strategy was made of: enough to make it again, bit for bit, without chance and without its parents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Who made it.
    pub source: SourceName,
    /// Whether it descends from others by the genetic search.
    #[serde(default)]
    pub bred: bool,
    /// Its clock, such as `15m`.
    pub timeframe: String,
    /// The sides it takes.
    pub side: Side,
    /// The regime it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<Regime>,
    /// Which values the sweep tries.
    pub space: Space,
    /// The parts, as the source writes them.
    pub parts: serde_json::Value,
    /// Strategies it descends from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<Uuid>,
    /// How the draw came about. Not needed to make the program again; put in by the frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// The draw that a recipe came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Seed of the generator.
    pub seed: u64,
    /// Turn of the source.
    pub turn: u64,
    /// Candidate of the turn.
    pub attempt: u32,
}

/// Which values of stop, target, time exit and leverage the sweep tries, as `sixbtc_judgement::pipeline::spaces` has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Space {
    /// Fractions of price by timeframe.
    Percentage,
    /// Around a move that is expected to be touched.
    Touch {
        /// The move, a fraction of price.
        magnitude: f64,
        /// Bars within which.
        hold: f64,
    },
    /// Around a holding time: no target.
    Close {
        /// Median ATR as a fraction of price.
        median_atr: f64,
        /// Bars.
        hold: f64,
    },
    /// Stops and targets of these forms.
    Typed {
        /// How the stop is measured.
        stop: StopForm,
        /// How the target is measured.
        target: TargetForm,
    },
    /// The ranges of the program's own parameters.
    Own,
}

impl Recipe {
    /// Reads a recipe as it stands in the store or in a file.
    pub fn read(value: &serde_json::Value) -> Result<Self, SourceError> {
        Self::deserialize(value).map_err(|e| SourceError::Recipe(e.to_string()))
    }

    /// As it stands in the store.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Its clock.
    pub fn timeframe(&self) -> Result<Timeframe, SourceError> {
        self.timeframe
            .parse()
            .map_err(|e: sixbtc_market::MarketError| SourceError::Recipe(e.to_string()))
    }

    /// The parts as the source's own type.
    pub fn parts<P: for<'d> Deserialize<'d>>(&self) -> Result<P, SourceError> {
        P::deserialize(&self.parts).map_err(|e| SourceError::Recipe(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_reads_back() {
        let recipe = Recipe {
            source: SourceName::Unger,
            bred: true,
            timeframe: "30m".into(),
            side: Side::Both,
            regime: Some(Regime::Trend),
            space: Space::Touch {
                magnitude: 0.03,
                hold: 20.0,
            },
            parts: serde_json::json!({"entry": "BRK_01", "level": 0.1}),
            parents: vec![Uuid::nil()],
            origin: Some(Origin {
                seed: u64::MAX,
                turn: 3,
                attempt: 1,
            }),
        };
        let json = recipe.to_json();
        assert_eq!(json["space"]["kind"], "touch");
        assert_eq!(Recipe::read(&json).unwrap(), recipe);
        let text = serde_json::to_string(&json).unwrap();
        assert_eq!(
            Recipe::read(&serde_json::from_str(&text).unwrap()).unwrap(),
            recipe
        );
        assert!(Recipe::read(&serde_json::json!({"source": "tea leaves"})).is_err());
    }
}
