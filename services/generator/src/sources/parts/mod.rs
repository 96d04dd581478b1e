//! What the sources that join parts have in common: conditions with typed arguments, the genetic search, novelty.

mod argument;
mod breeding;
mod condition;
mod novelty;

pub use argument::{ArgType, Argument, rounded};
pub use breeding::{Breeding, NUDGE};
pub use condition::{Chosen, Condition, Speaks};
pub use novelty::{FixedData, Measure, Traits, novelty};

use crate::source::SourceError;
use sixbtc_abi::Side;
use sixbtc_core::model::Side as Sides;
use sixbtc_market::Timeframe;
use std::collections::HashMap;

/// Conditions of a catalogue by their names.
pub type Index = HashMap<String, usize>;

/// Places of conditions by name; a name that stands twice is a defect of the table.
pub fn index<'c>(conditions: impl Iterator<Item = &'c Condition>) -> Result<Index, SourceError> {
    let mut out = Index::new();
    for (at, condition) in conditions.enumerate() {
        if out.insert(condition.id.clone(), at).is_some() {
            return Err(SourceError::Wrong(format!(
                "{} stands twice in the table",
                condition.id
            )));
        }
    }
    Ok(out)
}

/// The sides of a strategy, long first: when both fire on one bar, long wins.
pub fn sides(of: Sides) -> &'static [Side] {
    match of {
        Sides::Long => &[Side::Long],
        Sides::Short => &[Side::Short],
        Sides::Both => &[Side::Long, Side::Short],
    }
}

/// A side as the language writes it.
pub fn word(side: Side) -> &'static str {
    match side {
        Side::Long => "long",
        Side::Short => "short",
    }
}

/// Minutes of a bar.
pub fn minutes(timeframe: Timeframe) -> u64 {
    u64::try_from(timeframe.ms() / 60_000).unwrap_or(1)
}

/// A clause as the beginning of a sentence.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
