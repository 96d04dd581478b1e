//! What a strategy of parts is made of, and which parts may stand together.

use super::catalogue::{Catalogue, Form};
use super::mechanism::Mechanism;
use crate::recipe::{Recipe, Space};
use crate::source::SourceError;
use crate::sources::parts::{Chosen, minutes, rounded, sides};
use serde::{Deserialize, Serialize};
use sixbtc_abi::Side;
use sixbtc_core::model::Side as Sides;

/// Most filters of a side.
pub const MOST_FILTERS: usize = 2;
/// Minutes of a day.
const DAY: u64 = 1440;

/// What one side enters and leaves on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The condition to enter on.
    pub entry: Chosen,
    /// Conditions that must hold too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Chosen>,
    /// The condition to leave on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Chosen>,
}

/// A strategy of parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// One for each side, long first.
    pub plans: Vec<Plan>,
    /// How target, exit condition and trail are joined.
    pub mechanism: Mechanism,
    /// The stop.
    pub stop: Chosen,
    /// The target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Chosen>,
    /// The trail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<Chosen>,
    /// Largest leverage.
    pub leverage: f64,
}

impl Parts {
    /// Values as they are written.
    pub fn settle(&mut self) {
        for plan in &mut self.plans {
            plan.entry.settle();
            plan.filters.iter_mut().for_each(Chosen::settle);
            plan.exit.iter_mut().for_each(Chosen::settle);
        }
        self.stop.settle();
        self.target.iter_mut().for_each(Chosen::settle);
        self.trail.iter_mut().for_each(Chosen::settle);
        self.leverage = rounded(self.leverage);
    }

    /// Which values the sweep tries: those of the timeframe where stop and target are percentages and nothing else ends a trade,
    /// else the program's own.
    pub fn space(&self, catalogue: &Catalogue) -> Result<Space, SourceError> {
        Ok(if self.plain(catalogue)? {
            Space::Percentage
        } else {
            Space::Own
        })
    }

    /// Whether stop and target are percentages and nothing else ends a trade.
    pub fn plain(&self, catalogue: &Catalogue) -> Result<bool, SourceError> {
        let percent = |form| form == Form::Percent;
        Ok(self.mechanism == Mechanism::Target
            && percent(catalogue.stop(&self.stop)?.0.form)
            && match &self.target {
                Some(target) => percent(catalogue.target(target)?.0.form),
                None => false,
            })
    }

    /// Each part as a word, for comparing strategies that cannot be run.
    pub fn words(&self) -> Vec<String> {
        let mut out = vec![format!("mechanism {}", self.mechanism.id())];
        let plans = self.plans.iter().flat_map(|plan| {
            std::iter::once(&plan.entry)
                .chain(&plan.filters)
                .chain(&plan.exit)
        });
        for chosen in plans
            .chain([&self.stop])
            .chain(&self.target)
            .chain(&self.trail)
        {
            out.push(chosen.id.clone());
            out.push(format!("{} {:?}", chosen.id, chosen.args));
        }
        out
    }
}

/// Whether an entry may stand with filters: none of the other side, none that looks at an indicator of the entry or of another
/// filter, and one with a side where the entry has none.
pub fn filters_suit(
    catalogue: &Catalogue,
    entry: &Chosen,
    filters: &[Chosen],
    side: Side,
) -> Result<(), SourceError> {
    let wrong = |what: String| Err(SourceError::Recipe(what));
    let entry = &catalogue.entry(&entry.id)?.condition;
    if !entry.side.fits(side) {
        return wrong(format!("{} is for the other side", entry.id));
    }
    if filters.len() > MOST_FILTERS {
        return wrong("at most two filters".into());
    }
    let mut speaks = entry.side.is(side);
    let mut taken = vec![entry];
    for chosen in filters {
        let filter = catalogue.filter(&chosen.id)?;
        filter.check(chosen)?;
        if !filter.side.fits(side) {
            return wrong(format!("{} is for the other side", filter.id));
        }
        if taken
            .iter()
            .any(|t| t.shares_family(filter) || t.call == filter.call)
        {
            return wrong(format!("{} looks at what another part looks at", filter.id));
        }
        speaks |= filter.side.is(side);
        taken.push(filter);
    }
    if speaks {
        Ok(())
    } else {
        wrong(format!("{} has no side, and no filter has one", entry.id))
    }
}

/// Reads the parts of a recipe, and refuses what may not stand together.
pub fn checked(catalogue: &Catalogue, recipe: &Recipe) -> Result<Parts, SourceError> {
    let mut parts: Parts = recipe.parts()?;
    parts.settle();
    check(catalogue, &parts, recipe.side, minutes(recipe.timeframe()?))?;
    Ok(parts)
}

/// Refuses parts that may not stand together.
pub fn check(
    catalogue: &Catalogue,
    parts: &Parts,
    of: Sides,
    bar_minutes: u64,
) -> Result<(), SourceError> {
    let wrong = |what: &str| Err(SourceError::Recipe(what.to_owned()));
    let sides = sides(of);
    if parts.plans.len() != sides.len() {
        return wrong("one plan a side");
    }
    for (plan, &side) in parts.plans.iter().zip(sides) {
        catalogue
            .entry(&plan.entry.id)?
            .condition
            .check(&plan.entry)?;
        filters_suit(catalogue, &plan.entry, &plan.filters, side)?;
        if plan.exit.is_some() != parts.mechanism.uses_exit() {
            return wrong("an exit condition where the mechanism has one");
        }
        if let Some(chosen) = &plan.exit {
            let exit = catalogue.exit(&chosen.id)?;
            exit.check(chosen)?;
            if !exit.side.fits(side) {
                return wrong("the exit condition is for the other side");
            }
            if !exit_exists(exit.call.as_deref(), bar_minutes) {
                return wrong("a day does not end within a bar of a day or more");
            }
        }
    }
    catalogue.stop(&parts.stop)?;
    if parts.target.is_some() != parts.mechanism.uses_target() {
        return wrong("a target where the mechanism has one");
    }
    parts
        .target
        .as_ref()
        .map(|t| catalogue.target(t))
        .transpose()?;
    if parts.trail.is_some() != parts.mechanism.uses_trail() {
        return wrong("a trail where the mechanism has one");
    }
    parts
        .trail
        .as_ref()
        .map(|t| catalogue.trail(t))
        .transpose()?;
    if !(1.0..=40.0).contains(&parts.leverage) {
        return wrong("leverage is from 1 to 40");
    }
    Ok(())
}

/// The end of a day, which alone calls nothing, can be told on bars shorter than a day that divide it.
pub fn exit_exists(call: Option<&str>, bar_minutes: u64) -> bool {
    call.is_some() || (bar_minutes < DAY && DAY.is_multiple_of(bar_minutes.max(1)))
}
