//! The parts: the library's table, read once.

use super::mechanism::Mechanism;
use crate::source::{Regime, SourceError};
use crate::sources::parts::{Argument, Chosen, Condition, Index, index};
use serde::Deserialize;
use sixbtc_core::model::StrategyType;

/// A condition to enter on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Entry {
    /// What it asks.
    #[serde(flatten)]
    pub condition: Condition,
    /// What it is like: regimes choose by it.
    pub class: String,
    /// What a strategy of it lives on.
    pub kind: StrategyType,
}

/// Where the level of a stop or target comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A percentage of the entry price.
    Percent,
    /// A multiple of the distance to the stop.
    Risk,
    /// A level by a definition of the library.
    Level,
}

/// A stop or a target.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Its name in the catalogue.
    pub id: String,
    /// Read aloud, with its figure in braces.
    pub says: String,
    /// Where the level comes from.
    pub form: Form,
    /// The definition of a level.
    #[serde(default)]
    pub call: Option<String>,
    /// Its figure.
    pub arg: Argument,
}

/// What a trail's distance is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share of the best price.
    Percent,
    /// Average true ranges.
    Atr,
}

/// A trailing stop.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trail {
    /// Its name in the catalogue.
    pub id: String,
    /// What its distance is measured in.
    pub unit: Unit,
    /// Whether the stop first moves to the entry.
    pub breakeven: bool,
    /// Distance from the best price.
    pub distance: Argument,
    /// Profit from which it trails.
    pub after: Argument,
}

#[derive(Deserialize)]
struct Joined {
    id: u8,
    logic: String,
}

#[derive(Deserialize)]
struct Classes {
    id: String,
    classes: Vec<String>,
}

#[derive(Deserialize)]
struct Table {
    entry: Vec<Entry>,
    filter: Vec<Condition>,
    exit: Vec<Condition>,
    stop: Vec<Level>,
    target: Vec<Level>,
    trail: Vec<Trail>,
    mechanism: Vec<Joined>,
    regime: Vec<Classes>,
}

/// All parts.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Conditions to enter on.
    pub entries: Vec<Entry>,
    /// Conditions that must hold too.
    pub filters: Vec<Condition>,
    /// Conditions to leave on.
    pub exits: Vec<Condition>,
    /// Stops.
    pub stops: Vec<Level>,
    /// Targets.
    pub targets: Vec<Level>,
    /// Trails.
    pub trails: Vec<Trail>,
    by_id: [Index; 3],
    regimes: Vec<(Regime, Vec<String>)>,
}

impl Catalogue {
    /// Reads the library's table.
    pub fn read() -> Result<Self, SourceError> {
        let table: Table =
            toml::from_str(sbt_std::UNGER).map_err(|e| SourceError::Wrong(e.to_string()))?;
        let theirs = table.mechanism.iter().map(|m| (m.id, m.logic.as_str()));
        let ours = Mechanism::ALL.into_iter().map(|m| (m.id(), m.logic()));
        if !theirs.eq(ours) {
            return Err(SourceError::Wrong(
                "the table's exit mechanisms are not ours".into(),
            ));
        }
        let by_id = [
            index(table.entry.iter().map(|e| &e.condition))?,
            index(table.filter.iter())?,
            index(table.exit.iter())?,
        ];
        let regimes = table
            .regime
            .into_iter()
            .map(|r| {
                let regime = match r.id.as_str() {
                    "TREND" => Ok(Regime::Trend),
                    "REVERSAL" => Ok(Regime::Reversal),
                    other => Err(SourceError::Wrong(format!("{other} is no regime"))),
                };
                Ok((regime?, r.classes))
            })
            .collect::<Result<_, SourceError>>()?;
        Ok(Self {
            entries: table.entry,
            filters: table.filter,
            exits: table.exit,
            stops: table.stop,
            targets: table.target,
            trails: table.trail,
            by_id,
            regimes,
        })
    }

    /// An entry by name.
    pub fn entry(&self, id: &str) -> Result<&Entry, SourceError> {
        let at = self.by_id[0].get(id);
        known(id, at.and_then(|&at| self.entries.get(at)))
    }

    /// A filter by name.
    pub fn filter(&self, id: &str) -> Result<&Condition, SourceError> {
        let at = self.by_id[1].get(id);
        known(id, at.and_then(|&at| self.filters.get(at)))
    }

    /// An exit condition by name.
    pub fn exit(&self, id: &str) -> Result<&Condition, SourceError> {
        let at = self.by_id[2].get(id);
        known(id, at.and_then(|&at| self.exits.get(at)))
    }

    /// A stop with its figure.
    pub fn stop(&self, chosen: &Chosen) -> Result<(&Level, f64), SourceError> {
        level(&self.stops, chosen)
    }

    /// A target with its figure.
    pub fn target(&self, chosen: &Chosen) -> Result<(&Level, f64), SourceError> {
        level(&self.targets, chosen)
    }

    /// A trail with its distance and the profit from which it trails.
    pub fn trail(&self, chosen: &Chosen) -> Result<(&Trail, f64, f64), SourceError> {
        let trail = known(
            &chosen.id,
            self.trails.iter().find(|trail| trail.id == chosen.id),
        )?;
        let [distance, after] = chosen.args[..] else {
            return Err(SourceError::Recipe(format!(
                "{} takes a distance and a profit",
                chosen.id
            )));
        };
        trail.distance.check(distance)?;
        trail.after.check(after)?;
        Ok((trail, distance, after))
    }

    /// Whether entries of a class have a chance in a regime; all have while regimes are off.
    pub fn suits(&self, class: &str, regime: Option<Regime>) -> bool {
        regime.is_none_or(|regime| {
            self.regimes
                .iter()
                .any(|(r, classes)| *r == regime && classes.iter().any(|c| c == class))
        })
    }
}

fn known<'c, T>(id: &str, found: Option<&'c T>) -> Result<&'c T, SourceError> {
    found.ok_or_else(|| SourceError::Recipe(format!("there is no part {id}")))
}

fn level<'c>(levels: &'c [Level], chosen: &Chosen) -> Result<(&'c Level, f64), SourceError> {
    let level = known(&chosen.id, levels.iter().find(|l| l.id == chosen.id))?;
    let [figure] = chosen.args[..] else {
        return Err(SourceError::Recipe(format!(
            "{} takes one figure",
            chosen.id
        )));
    };
    level.arg.check(figure)?;
    Ok((level, figure))
}
