//! Strategies drawn from the parts.

use super::catalogue::{Catalogue, Entry, Level};
use super::mechanism::Mechanism;
use super::program::LEVERAGES;
use super::recipe::{Parts, Plan, exit_exists};
use crate::draw::Draw;
use crate::source::{Regime, SourceError};
use crate::sources::parts::{Chosen, Condition};
use sixbtc_abi::Side;

/// How many filters a side gets: one of these.
pub const FILTERS: [usize; 6] = [0, 0, 1, 1, 1, 2];

/// What is drawn for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// Sides, long first.
    pub sides: &'w [Side],
    /// The regime, if any.
    pub regime: Option<Regime>,
    /// Minutes of a bar.
    pub bar_minutes: u64,
}

fn nothing(what: &str) -> SourceError {
    SourceError::NothingSuits(what.to_owned())
}

/// Draws a whole strategy.
pub fn parts(
    catalogue: &Catalogue,
    wanted: Wanted<'_>,
    draw: &mut Draw,
) -> Result<Parts, SourceError> {
    let mechanism = draw
        .pick(&Mechanism::ALL)
        .copied()
        .unwrap_or(Mechanism::Target);
    let entries = entries(catalogue, wanted, draw)?;
    let count = draw.pick(&FILTERS).copied().unwrap_or_default();
    let mut plans = Vec::with_capacity(entries.len());
    for (entry, &side) in entries.into_iter().zip(wanted.sides) {
        let filters = filters(catalogue, &entry, count, side, draw)?;
        plans.push(Plan {
            entry,
            filters,
            exit: None,
        });
    }
    let mut parts = Parts {
        plans,
        mechanism,
        stop: stop(catalogue, draw)?,
        target: None,
        trail: None,
        leverage: draw.pick(&LEVERAGES).copied().unwrap_or(1.0),
    };
    complete(catalogue, wanted, &mut parts, draw)?;
    parts.settle();
    Ok(parts)
}

/// Gives the mechanism what it needs and takes away what it does not.
pub fn complete(
    catalogue: &Catalogue,
    wanted: Wanted<'_>,
    parts: &mut Parts,
    draw: &mut Draw,
) -> Result<(), SourceError> {
    let mechanism = parts.mechanism;
    if !mechanism.uses_target() {
        parts.target = None;
    } else if parts.target.is_none() {
        parts.target = Some(target(catalogue, draw)?);
    }
    if !mechanism.uses_trail() {
        parts.trail = None;
    } else if parts.trail.is_none() {
        parts.trail = Some(trail(catalogue, draw)?);
    }
    let missing = mechanism.uses_exit() && parts.plans.iter().any(|plan| plan.exit.is_none());
    if missing || !mechanism.uses_exit() {
        let exits = if missing {
            exits(catalogue, wanted, draw)?
                .into_iter()
                .map(Some)
                .collect()
        } else {
            vec![None; parts.plans.len()]
        };
        for (plan, exit) in parts.plans.iter_mut().zip(exits) {
            plan.exit = exit;
        }
    }
    Ok(())
}

/// An entry for each side. The second one is the first one's mirror image, or of the same class where it has none.
pub fn entries(
    catalogue: &Catalogue,
    wanted: Wanted<'_>,
    draw: &mut Draw,
) -> Result<Vec<Chosen>, SourceError> {
    let mut out: Vec<Chosen> = Vec::new();
    for &side in wanted.sides {
        let fits =
            |e: &&Entry| e.condition.side.fits(side) && catalogue.suits(&e.class, wanted.regime);
        let chosen = match out.first() {
            None => {
                let all: Vec<&Entry> = catalogue.entries.iter().filter(fits).collect();
                draw.pick(&all)
                    .ok_or_else(|| nothing("no entry"))?
                    .condition
                    .draw(draw)
            }
            Some(first) => second(catalogue, first, side, draw)?,
        };
        out.push(chosen);
    }
    Ok(out)
}

fn second(
    catalogue: &Catalogue,
    first: &Chosen,
    side: Side,
    draw: &mut Draw,
) -> Result<Chosen, SourceError> {
    let entry = catalogue.entry(&first.id)?;
    if entry.condition.side.fits(side) {
        // it has no side: the filters give it one
        return Ok(first.clone());
    }
    let twin = match &entry.condition.mirror {
        Some(id) => catalogue.entry(id)?,
        None => {
            let like: Vec<&Entry> = catalogue
                .entries
                .iter()
                .filter(|e| e.class == entry.class && e.condition.side.is(side))
                .collect();
            draw.pick(&like)
                .copied()
                .ok_or_else(|| nothing("no entry of the other side"))?
        }
    };
    let mut drawn = twin.condition.draw(draw);
    for (at, argument) in twin.condition.args.iter().enumerate() {
        let same = entry.condition.args.get(at).is_some_and(|a| a == argument);
        if let (true, Some(&value)) = (same, first.args.get(at)) {
            drawn.args[at] = value;
        }
    }
    Ok(if twin.condition.ordered(&drawn.args) {
        drawn
    } else {
        twin.condition.draw(draw)
    })
}

/// Filters that go with an entry. One without a side gets one that has one.
pub fn filters(
    catalogue: &Catalogue,
    entry: &Chosen,
    count: usize,
    side: Side,
    draw: &mut Draw,
) -> Result<Vec<Chosen>, SourceError> {
    let entry = &catalogue.entry(&entry.id)?.condition;
    let silent = !entry.side.is(side);
    let mut taken: Vec<&Condition> = vec![entry];
    let mut out = Vec::new();
    for at in 0..count.max(usize::from(silent)) {
        let all: Vec<&Condition> = catalogue
            .filters
            .iter()
            .filter(|f| {
                if silent && at == 0 {
                    f.side.is(side)
                } else {
                    f.side.fits(side)
                }
            })
            .filter(|f| {
                taken
                    .iter()
                    .all(|t| !t.shares_family(f) && t.call != f.call)
            })
            .collect();
        let filter = draw
            .pick(&all)
            .copied()
            .ok_or_else(|| nothing("no filter"))?;
        out.push(filter.draw(draw));
        taken.push(filter);
    }
    Ok(out)
}

/// An exit condition for each side: one for both where it has no side, else one of the same class for each.
pub fn exits(
    catalogue: &Catalogue,
    wanted: Wanted<'_>,
    draw: &mut Draw,
) -> Result<Vec<Chosen>, SourceError> {
    let mut out: Vec<Chosen> = Vec::new();
    for &side in wanted.sides {
        let first = out.first();
        if let Some(first) = first
            && catalogue.exit(&first.id)?.side.fits(side)
        {
            out.push(first.clone());
            continue;
        }
        let twin = first.and_then(|first| mirrored(&first.id));
        let all: Vec<&Condition> = catalogue
            .exits
            .iter()
            .filter(|e| e.side.fits(side) && exit_exists(e.call.as_deref(), wanted.bar_minutes))
            .filter(|e| twin.is_none_or(|twin| e.id == twin))
            .collect();
        let exit = draw
            .pick(&all)
            .copied()
            .ok_or_else(|| nothing("no exit condition"))?;
        out.push(exit.draw(draw));
    }
    Ok(out)
}

/// The exit of the short side that is the mirror image of this one of the long side.
fn mirrored(id: &str) -> Option<&'static str> {
    Some(match id {
        "EXT_01" => "EXT_02",
        "EXT_03" => "EXT_04",
        "EXT_05" => "EXT_06",
        "EXT_07" => "EXT_08",
        "EXT_13" => "EXT_14",
        _ => return None,
    })
}

/// A stop.
pub fn stop(catalogue: &Catalogue, draw: &mut Draw) -> Result<Chosen, SourceError> {
    level(&catalogue.stops, "no stop", draw)
}

/// A target.
pub fn target(catalogue: &Catalogue, draw: &mut Draw) -> Result<Chosen, SourceError> {
    level(&catalogue.targets, "no target", draw)
}

fn level(levels: &[Level], none: &str, draw: &mut Draw) -> Result<Chosen, SourceError> {
    let level = draw.pick(levels).ok_or_else(|| nothing(none))?;
    Ok(Chosen {
        id: level.id.clone(),
        args: vec![level.arg.draw(draw)],
    })
}

/// A trail.
pub fn trail(catalogue: &Catalogue, draw: &mut Draw) -> Result<Chosen, SourceError> {
    let trail = draw
        .pick(&catalogue.trails)
        .ok_or_else(|| nothing("no trail"))?;
    Ok(Chosen {
        id: trail.id.clone(),
        args: vec![trail.distance.draw(draw), trail.after.draw(draw)],
    })
}
