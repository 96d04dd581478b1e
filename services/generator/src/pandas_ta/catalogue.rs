//! The table of indicators, conditions and what goes together, read once.

use crate::source::{Regime, SourceError};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The table.
#[derive(Debug, Clone, Deserialize)]
pub struct Catalogue {
    /// Indicators.
    #[serde(rename = "indicator")]
    pub indicators: Vec<Indicator>,
    /// Conditions.
    #[serde(rename = "condition")]
    pub conditions: Vec<Condition>,
    /// Categories of indicators.
    #[serde(rename = "category")]
    pub categories: Vec<Category>,
    /// Pairs that say the same twice.
    #[serde(rename = "incompatible")]
    pub incompatible: Vec<Pair>,
    /// Sets that complete each other.
    #[serde(rename = "recommended")]
    pub recommended: Vec<Set>,
}

/// An indicator with what is worth trying.
#[derive(Debug, Clone, Deserialize)]
pub struct Indicator {
    /// Its name in the table.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Its category.
    pub category: String,
    /// An expression over the names of `params`.
    pub value: String,
    /// What it serves.
    pub used_for: UsedFor,
    /// Bounds that it never leaves.
    #[serde(default)]
    pub range: Option<(f64, f64)>,
    /// The value about which it is mirrored when the market is; without one it has no side.
    #[serde(default)]
    pub centre: Option<f64>,
    /// Parameters by name.
    #[serde(default)]
    pub params: BTreeMap<String, Values>,
    /// Levels by meaning.
    pub levels: BTreeMap<String, Vec<f64>>,
}

/// What an indicator or a set of them serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsedFor {
    /// Going with the move.
    Trend,
    /// Going against it.
    Reversal,
    /// Either.
    Both,
}

impl UsedFor {
    /// Whether it suits a regime; everything suits none.
    pub fn suits(self, regime: Option<Regime>) -> bool {
        match (self, regime) {
            (Self::Both, _) | (_, None) => true,
            (Self::Trend, Some(r)) => r == Regime::Trend,
            (Self::Reversal, Some(r)) => r == Regime::Reversal,
        }
    }
}

/// Values of a parameter.
#[derive(Debug, Clone, Deserialize)]
pub struct Values {
    /// Its type, `bars` or `float`.
    #[serde(rename = "type")]
    pub ty: String,
    /// Values worth trying.
    pub values: Vec<f64>,
}

/// A condition.
#[derive(Debug, Clone, Deserialize)]
pub struct Condition {
    /// Its name in the table.
    pub id: String,
    /// The definition of `patterns/conditions` over `value` and the levels.
    pub call: String,
}

/// What suits the indicators of a category.
#[derive(Debug, Clone, Deserialize)]
pub struct Category {
    /// Its name.
    pub id: String,
    /// Conditions.
    pub conditions: Vec<String>,
    /// Categories that may be joined with it.
    pub joins: Vec<String>,
}

/// Two indicators that are never joined.
#[derive(Debug, Clone, Deserialize)]
pub struct Pair {
    /// Which.
    pub pair: (String, String),
}

/// Indicators that are always allowed together.
#[derive(Debug, Clone, Deserialize)]
pub struct Set {
    /// Which.
    pub indicators: Vec<String>,
    /// What for.
    pub used_for: UsedFor,
}

/// Levels that an indicator is low at.
const LOW: [&str; 14] = [
    "oversold",
    "negative",
    "below",
    "bearish",
    "histogram_negative",
    "weak_trend",
    "below_lower",
    "low_vol",
    "squeeze",
    "low",
    "outflow",
    "neutral_low",
    "middle_low",
    "slope",
];
/// Levels that it is high at.
const HIGH: [&str; 13] = [
    "overbought",
    "positive",
    "above",
    "bullish",
    "histogram_positive",
    "strong_trend",
    "above_upper",
    "high_vol",
    "expansion",
    "high",
    "inflow",
    "neutral_high",
    "middle_high",
];
/// Pairs of levels between which an indicator is neither.
const MIDDLE: [(&str, &str); 2] = [
    ("neutral_low", "neutral_high"),
    ("middle_low", "middle_high"),
];

impl Indicator {
    /// Levels at which it is low, those of the middle left out.
    pub fn low(&self) -> Vec<f64> {
        self.levels_of(&LOW)
    }

    /// Levels at which it is high, those of the middle left out.
    pub fn high(&self) -> Vec<f64> {
        self.levels_of(&HIGH)
    }

    /// Both ends of its middle; where the table has none, its low and high levels.
    pub fn middle(&self) -> (Vec<f64>, Vec<f64>) {
        for (low, high) in MIDDLE {
            if let (Some(low), Some(high)) = (self.levels.get(low), self.levels.get(high)) {
                return (low.clone(), high.clone());
            }
        }
        (self.low(), self.high())
    }

    fn levels_of(&self, names: &[&str]) -> Vec<f64> {
        let middle = |name: &str| MIDDLE.iter().any(|(a, b)| *a == name || *b == name);
        self.levels
            .iter()
            .filter(|(name, _)| names.contains(&name.as_str()) && !middle(name))
            .flat_map(|(_, values)| values.iter().copied())
            .collect()
    }
}

impl Catalogue {
    /// The table of the library.
    pub fn get() -> Result<&'static Self, SourceError> {
        static READ: OnceLock<Result<Catalogue, String>> = OnceLock::new();
        READ.get_or_init(|| toml::from_str(sbt_std::CONDITIONS).map_err(|e| e.to_string()))
            .as_ref()
            .map_err(|e| SourceError::Wrong(format!("the table of conditions: {e}")))
    }

    /// An indicator by its name in the table.
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|i| i.id == id)
    }

    /// A condition by its name in the table.
    pub fn condition(&self, id: &str) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.id == id)
    }

    /// What suits an indicator.
    pub fn category(&self, id: &str) -> Option<&Category> {
        self.categories.iter().find(|c| c.id == id)
    }

    /// Whether two indicators may stand in one program by the rule of categories and the list of pairs.
    pub fn joins(&self, a: &Indicator, b: &Indicator) -> bool {
        let either = |x: &Indicator, y: &Indicator| {
            self.category(&x.category)
                .is_some_and(|c| c.joins.contains(&y.category))
        };
        let banned = self.incompatible.iter().any(|p| {
            (p.pair.0 == a.id && p.pair.1 == b.id) || (p.pair.0 == b.id && p.pair.1 == a.id)
        });
        a.id != b.id && !banned && (either(a, b) || either(b, a))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typed::Typed;

    #[test]
    fn every_level_has_a_meaning() {
        let c = Catalogue::get().unwrap();
        assert_eq!(c.indicators.len(), 42);
        for i in &c.indicators {
            for name in i.levels.keys() {
                assert!(
                    LOW.contains(&name.as_str()) || HIGH.contains(&name.as_str()),
                    "{}: {name}",
                    i.id
                );
            }
            assert!(c.category(&i.category).is_some(), "{}", i.id);
        }
    }

    #[test]
    fn ranges_agree_with_what_the_checker_knows() {
        for i in &Catalogue::get().unwrap().indicators {
            let values: Vec<(&str, String)> = i
                .params
                .iter()
                .map(|(n, v)| (n.as_str(), crate::literal::number(v.values[0])))
                .collect();
            let typed = Typed::fill(&i.value, &values).unwrap();
            let (low, high) = i.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
            let (l, h) = typed.bounds;
            // neither may contradict the other: they overlap, and where both are finite they are the same
            assert!(low < h && l < high, "{}", i.id);
            if l.is_finite() && low.is_finite() {
                assert!(l <= low, "{}: {l} and {low}", i.id);
            }
            if h.is_finite() && high.is_finite() {
                assert!(h >= high, "{}: {h} and {high}", i.id);
            }
        }
    }
}
