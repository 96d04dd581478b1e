//! Which indicators, with which parameters and conditions: the recipe of this source.

use super::catalogue::{Catalogue, Indicator, UsedFor};
use super::kind_of;
use crate::draw::Draw;
use crate::intervals::Truth;
use crate::literal::number;
use crate::source::{Ask, SourceError};
use crate::typed::{Typed, filled};
use serde::{Deserialize, Serialize};
use sixbtc_core::model::{Side, StrategyType};
use std::collections::BTreeMap;

/// The parts of a strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// Indicators with their conditions, all of which must hold.
    pub choices: Vec<Choice>,
}

/// An indicator with a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its name in the table.
    pub indicator: String,
    /// Its parameters.
    #[serde(default)]
    pub params: BTreeMap<String, f64>,
    /// The condition's name in the table.
    pub condition: String,
    /// Its levels: none for a slope, two for a band.
    #[serde(default)]
    pub levels: Vec<f64>,
}

/// A value that conditions are about.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Its name in the program.
    pub name: String,
    /// Its expression.
    pub value: Typed,
}

/// Draws indicators that go together.
pub(super) fn indicators<'c>(
    catalogue: &'c Catalogue,
    many: usize,
    ask: &Ask<'_>,
    recommended: f64,
    draw: &mut Draw,
) -> Result<Vec<&'c Indicator>, SourceError> {
    let sided =
        |set: &[&Indicator]| ask.side != Side::Both || set.iter().any(|i| i.centre.is_some());
    if many > 1 && draw.chance(recommended) {
        let sets: Vec<Vec<&Indicator>> = catalogue
            .recommended
            .iter()
            .filter(|s| s.indicators.len() == many && s.used_for.suits(ask.regime))
            .map(|s| {
                s.indicators
                    .iter()
                    .filter_map(|id| catalogue.indicator(id))
                    .collect()
            })
            .filter(|set: &Vec<&Indicator>| set.len() == many && sided(set))
            .collect();
        if let Some(set) = draw.pick(&sets) {
            return Ok(set.clone());
        }
    }
    let mut left: Vec<&Indicator> = catalogue
        .indicators
        .iter()
        .filter(|i| i.used_for.suits(ask.regime))
        .collect();
    let mut chosen: Vec<&Indicator> = Vec::with_capacity(many);
    while chosen.len() < many {
        let last = chosen.len() + 1 == many;
        let fits: Vec<&Indicator> = left
            .iter()
            .copied()
            .filter(|i| chosen.iter().all(|c| catalogue.joins(c, i)))
            .filter(|i| !last || sided(&chosen) || i.centre.is_some() || ask.side != Side::Both)
            .collect();
        let Some(next) = draw.pick(&fits) else {
            return Err(SourceError::NothingSuits(format!(
                "nothing joins {}",
                chosen
                    .iter()
                    .map(|c| c.id.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            )));
        };
        chosen.push(next);
        left.retain(|i| i.id != next.id);
    }
    Ok(chosen)
}

/// Draws parameters and conditions for indicators.
pub(super) fn choose(
    catalogue: &Catalogue,
    indicators: &[&Indicator],
    side: Side,
    draw: &mut Draw,
) -> Result<Parts, SourceError> {
    let mut choices = Vec::with_capacity(indicators.len());
    for indicator in indicators {
        let params = params(indicator, side, draw)?;
        let bounds = measure(indicator, &params)?.bounds;
        let mut open: Vec<(&str, Vec<f64>)> = Vec::new();
        let category = catalogue
            .category(&indicator.category)
            .map(|c| c.conditions.as_slice())
            .unwrap_or_default();
        for condition in category {
            let levels = levels(indicator, condition, draw);
            if let Some(levels) = levels
                && holds(condition, &levels, bounds) == Truth::Open
                && (side != Side::Both || speaks(indicator, condition))
            {
                open.push((condition, levels));
            }
        }
        let Some((condition, levels)) = draw.pick(&open) else {
            return Err(SourceError::NothingSuits(format!(
                "no condition on {} can hold",
                indicator.id
            )));
        };
        choices.push(Choice {
            indicator: indicator.id.clone(),
            params,
            condition: (*condition).to_owned(),
            levels: levels.clone(),
        });
    }
    let parts = Parts { choices };
    if side == Side::Both && !parts.has_side(catalogue) {
        return Err(SourceError::NothingSuits(
            "the conditions have no side".into(),
        ));
    }
    Ok(parts)
}

/// Draws parameters, lengths in rising order where their names say so.
fn params(
    indicator: &Indicator,
    side: Side,
    draw: &mut Draw,
) -> Result<BTreeMap<String, f64>, SourceError> {
    // few values each: what breaks the order is drawn again
    for _ in 0..32 {
        let mut params: BTreeMap<String, f64> = indicator
            .params
            .iter()
            .filter_map(|(name, v)| draw.pick(&v.values).map(|value| (name.clone(), *value)))
            .collect();
        if side == Side::Both {
            // the mirror of a channel changes its two lengths: one for both keeps it the same channel
            let lower: Vec<(String, f64)> = params
                .iter()
                .filter_map(|(n, v)| n.strip_prefix("lower_").map(|rest| (rest.to_owned(), *v)))
                .collect();
            for (rest, value) in lower {
                if let Some(upper) = params.get_mut(&format!("upper_{rest}")) {
                    *upper = value;
                }
            }
        }
        let in_order: Vec<f64> = ["fast", "medium", "slow"]
            .iter()
            .filter_map(|n| params.get(*n).copied())
            .collect();
        if in_order.windows(2).all(|w| w[0] < w[1]) {
            return Ok(params);
        }
    }
    Err(SourceError::NothingSuits(format!(
        "no lengths of {} rise",
        indicator.id
    )))
}

/// Draws levels for a condition; `None` when the indicator has none for it.
fn levels(indicator: &Indicator, condition: &str, draw: &mut Draw) -> Option<Vec<f64>> {
    match condition {
        "threshold_below" => draw.pick(&indicator.low()).map(|l| vec![*l]),
        "threshold_above" => draw.pick(&indicator.high()).map(|l| vec![*l]),
        "crossed_above" | "crossed_below" => {
            let mut all = indicator.low();
            all.extend(indicator.high());
            all.sort_by(f64::total_cmp);
            all.dedup();
            draw.pick(&all).map(|l| vec![*l])
        }
        "between" => {
            let (low, high) = indicator.middle();
            let (low, high) = (*draw.pick(&low)?, *draw.pick(&high)?);
            (low < high).then(|| vec![low, high])
        }
        "slope_up" | "slope_down" => Some(Vec::new()),
        _ => None,
    }
}

/// What bounds say of a condition.
fn holds(condition: &str, levels: &[f64], (low, high): (f64, f64)) -> Truth {
    let decided = |never: bool, always: bool| match (never, always) {
        (true, _) => Truth::Never,
        (_, true) => Truth::Always,
        _ => Truth::Open,
    };
    match (condition, levels) {
        ("threshold_below", [level]) => decided(*level <= low, *level > high),
        ("threshold_above", [level]) => decided(*level >= high, *level < low),
        ("crossed_above", [level]) => decided(*level >= high || *level < low, false),
        ("crossed_below", [level]) => decided(*level <= low || *level > high, false),
        ("between", [a, b]) => decided(a >= b || *b <= low || *a >= high, *a < low && *b > high),
        ("slope_up" | "slope_down", []) => Truth::Open,
        _ => Truth::Never,
    }
}

/// Whether a condition may speak for buying in a strategy whose selling is its mirror. What has no side suits both.
fn speaks(indicator: &Indicator, condition: &str) -> bool {
    if indicator.centre.is_none() {
        return true;
    }
    match condition {
        "crossed_above" | "slope_up" | "between" => true,
        "threshold_below" => indicator.used_for != UsedFor::Trend,
        "threshold_above" => indicator.used_for != UsedFor::Reversal,
        _ => false,
    }
}

/// The value of an indicator with these parameters.
fn measure(indicator: &Indicator, params: &BTreeMap<String, f64>) -> Result<Typed, SourceError> {
    let values: Vec<(&str, String)> = params
        .iter()
        .map(|(name, value)| (name.as_str(), number(*value)))
        .collect();
    let typed = Typed::fill(&indicator.value, &values)?;
    let (low, high) = indicator
        .range
        .unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    Ok(typed.within(low, high))
}

impl Choice {
    fn find<'c>(&self, catalogue: &'c Catalogue) -> Result<&'c Indicator, SourceError> {
        catalogue
            .indicator(&self.indicator)
            .ok_or_else(|| SourceError::Recipe(format!("no indicator `{}`", self.indicator)))
    }

    /// The same condition in a mirrored market.
    #[must_use]
    pub fn mirrored(&self, centre: Option<f64>) -> Self {
        let Some(centre) = centre else {
            return self.clone();
        };
        let condition = match self.condition.as_str() {
            "threshold_below" => "threshold_above",
            "threshold_above" => "threshold_below",
            "crossed_above" => "crossed_below",
            "crossed_below" => "crossed_above",
            "slope_up" => "slope_down",
            "slope_down" => "slope_up",
            other => other,
        };
        // 2 × 0.5 − 0.1 is 0.9 and not 0.9000000000000000222
        let mut levels: Vec<f64> = self
            .levels
            .iter()
            .map(|l| ((2.0 * centre - l) * 1e9).round() / 1e9 + 0.0)
            .collect();
        levels.reverse();
        Self {
            condition: condition.to_owned(),
            levels,
            ..self.clone()
        }
    }

    /// Its name in the program: that of the indicator and its lengths.
    fn name(&self, indicator: &Indicator) -> String {
        let mut name = indicator.id.to_ascii_lowercase();
        let mut lengths = 0;
        for (param, value) in &self.params {
            if indicator.params.get(param).is_some_and(|v| v.ty == "bars") {
                name.push('_');
                name.push_str(&number(*value));
                lengths += 1;
            }
        }
        if lengths == 0 {
            name.push_str("_value");
        }
        name
    }
}

impl Parts {
    /// The values that the conditions are about, in order.
    pub fn measures(&self, catalogue: &Catalogue) -> Result<Vec<Measure>, SourceError> {
        self.choices
            .iter()
            .map(|choice| {
                let indicator = choice.find(catalogue)?;
                Ok(Measure {
                    name: choice.name(indicator),
                    value: measure(indicator, &choice.params)?,
                })
            })
            .collect()
    }

    /// The conditions as text, of the market as it is or mirrored.
    pub fn conditions(
        &self,
        catalogue: &Catalogue,
        measures: &[Measure],
        mirrored: bool,
    ) -> Result<Vec<String>, SourceError> {
        self.choices
            .iter()
            .zip(measures)
            .map(|(choice, measure)| {
                let indicator = choice.find(catalogue)?;
                let choice = if mirrored {
                    choice.mirrored(indicator.centre)
                } else {
                    choice.clone()
                };
                let condition = catalogue.condition(&choice.condition).ok_or_else(|| {
                    SourceError::Recipe(format!("no condition `{}`", choice.condition))
                })?;
                let mut values = vec![("value", measure.name.clone())];
                match choice.levels.as_slice() {
                    [level] => values.push(("level", number(*level))),
                    [low, high] => {
                        values.push(("low_end", number(*low)));
                        values.push(("high_end", number(*high)));
                    }
                    _ => {}
                }
                filled(&condition.call, &values)
            })
            .collect()
    }

    /// Whether the mirror differs from the conditions themselves.
    fn has_side(&self, catalogue: &Catalogue) -> bool {
        self.choices
            .iter()
            .any(|c| c.find(catalogue).is_ok_and(|i| c.mirrored(i.centre) != *c))
    }

    /// What a strategy of these parts lives on.
    pub fn kind(&self, catalogue: &Catalogue) -> Result<StrategyType, SourceError> {
        let first = self
            .choices
            .first()
            .ok_or_else(|| SourceError::Recipe("there is no indicator".into()))?;
        Ok(kind_of(&first.find(catalogue)?.category))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_decide_conditions() {
        let rsi = (0.0, 100.0);
        for (condition, levels, expected) in [
            ("threshold_below", vec![0.0], Truth::Never),
            ("threshold_below", vec![30.0], Truth::Open),
            ("threshold_below", vec![100.5], Truth::Always),
            ("threshold_above", vec![100.0], Truth::Never),
            ("threshold_above", vec![-1.0], Truth::Always),
            ("crossed_above", vec![100.0], Truth::Never),
            ("crossed_above", vec![0.0], Truth::Open),
            ("crossed_below", vec![0.0], Truth::Never),
            ("crossed_below", vec![100.0], Truth::Open),
            ("between", vec![60.0, 40.0], Truth::Never),
            ("between", vec![-1.0, 101.0], Truth::Always),
            ("between", vec![40.0, 60.0], Truth::Open),
            ("slope_up", vec![], Truth::Open),
        ] {
            assert_eq!(
                holds(condition, &levels, rsi),
                expected,
                "{condition} {levels:?}"
            );
        }
    }

    #[test]
    fn a_mirror_of_a_mirror_is_the_thing_itself() {
        for indicator in &Catalogue::get().unwrap().indicators {
            let mut draw = Draw::new(1, &indicator.id, 0, 0);
            for condition in [
                "threshold_below",
                "threshold_above",
                "crossed_above",
                "crossed_below",
                "between",
                "slope_up",
                "slope_down",
            ] {
                let Some(levels) = levels(indicator, condition, &mut draw) else {
                    continue;
                };
                let choice = Choice {
                    indicator: indicator.id.clone(),
                    params: BTreeMap::new(),
                    condition: condition.into(),
                    levels,
                };
                let mirrored = choice.mirrored(indicator.centre);
                assert_eq!(mirrored.mirrored(indicator.centre), choice);
                assert_eq!(
                    mirrored == choice && condition != "between",
                    indicator.centre.is_none() && condition != "between"
                );
            }
        }
        let low = Choice {
            indicator: "RSI".into(),
            params: BTreeMap::new(),
            condition: "threshold_below".into(),
            levels: vec![30.0],
        };
        let high = low.mirrored(Some(50.0));
        assert_eq!(
            (high.condition.as_str(), high.levels[0]),
            ("threshold_above", 70.0)
        );
    }
}
