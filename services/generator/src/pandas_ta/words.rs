//! What a strategy does, in words.

use super::catalogue::{Catalogue, Indicator};
use super::parts::{Choice, Parts};
use crate::literal::number;
use crate::source::SourceError;
use sixbtc_core::model::Side;

/// Names longer than this give way to the short ones of the table.
const LONG: usize = 16;

/// A sentence such as "Buys when RSI(14) is below 30 and ADX(20) rises."
pub(super) fn sentence(
    catalogue: &Catalogue,
    parts: &Parts,
    side: Side,
) -> Result<String, SourceError> {
    let phrases: Vec<String> = parts
        .choices
        .iter()
        .map(|choice| {
            let indicator = catalogue.indicator(&choice.indicator).ok_or_else(|| {
                SourceError::Recipe(format!("no indicator `{}`", choice.indicator))
            })?;
            Ok(format!(
                "{} {}",
                subject(indicator, choice),
                predicate(choice)
            ))
        })
        .collect::<Result<_, SourceError>>()?;
    let when = phrases.join(" and ");
    Ok(match side {
        Side::Long => format!("Buys when {when}."),
        Side::Short => format!("Sells short when {when}."),
        Side::Both => format!("Buys when {when}; sells short on the mirror of it."),
    })
}

fn subject(indicator: &Indicator, choice: &Choice) -> String {
    let name = if indicator.name.len() <= LONG {
        &indicator.name
    } else {
        &indicator.id
    };
    let values: Vec<String> = choice.params.values().map(|v| number(*v)).collect();
    let called = if values.is_empty() {
        name.clone()
    } else {
        format!("{name}({})", values.join(", "))
    };
    // a line in price units is measured as the close's distance from it
    if indicator.value.starts_with("100 * (close /") || indicator.value.starts_with("bias(") {
        format!("the close's distance from {called} in percent")
    } else {
        called
    }
}

fn predicate(choice: &Choice) -> String {
    let level = |at: usize| {
        choice
            .levels
            .get(at)
            .map_or_else(String::new, |l| number(*l))
    };
    match choice.condition.as_str() {
        "threshold_below" => format!("is below {}", level(0)),
        "threshold_above" => format!("is above {}", level(0)),
        "crossed_above" => format!("crosses above {}", level(0)),
        "crossed_below" => format!("crosses below {}", level(0)),
        "between" => format!("is between {} and {}", level(0), level(1)),
        "slope_up" => "rises".into(),
        "slope_down" => "falls".into(),
        other => other.replace('_', " "),
    }
}
