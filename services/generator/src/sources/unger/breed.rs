//! Offspring of strategies of parts. Every operator keeps what may stand together standing together, and every number within
//! its type and range: nothing ill-typed can be bred.

use super::catalogue::Catalogue;
use super::fresh::{self, Wanted, complete};
use super::mechanism::Mechanism;
use super::program::LEVERAGES;
use super::recipe::{MOST_FILTERS, Parts, Plan, check, exit_exists, filters_suit};
use crate::draw::Draw;
use crate::source::SourceError;
use crate::sources::parts::{Argument, Breeding, Chosen, NUDGE};
use sixbtc_abi::Side;
use sixbtc_core::model::Side as Sides;

/// A parent's parts, and the sides it takes.
pub struct Genes {
    /// The parts.
    pub parts: Parts,
    /// Its sides.
    pub sides: Sides,
}

impl Genes {
    fn plan(&self, side: Side) -> Option<&Plan> {
        let at = match (self.sides, side) {
            (Sides::Long | Sides::Both, Side::Long) | (Sides::Short, Side::Short) => 0,
            (Sides::Both, Side::Short) => 1,
            (Sides::Long, Side::Short) | (Sides::Short, Side::Long) => return None,
        };
        self.parts.plans.get(at)
    }
}

/// Tries of an operator until the offspring is neither parent.
const TRIES: usize = 8;

/// Makes an offspring that is neither parent.
pub fn offspring(
    catalogue: &Catalogue,
    breeding: &Breeding,
    of: Sides,
    wanted: Wanted<'_>,
    [mother, father]: [&Genes; 2],
    draw: &mut Draw,
) -> Result<Parts, SourceError> {
    let lacks = || SourceError::NothingSuits("a parent lacks the side".into());
    let crossed = breeding.crosses(draw);
    let other = if crossed { father } else { mother };
    // each choice is made once for both sides, so that these stay a pair
    let entry = if draw.chance(0.5) { mother } else { other };
    let exit = if draw.chance(0.5) { mother } else { other };
    let risk = if draw.chance(0.5) { mother } else { other };
    let target = if draw.chance(0.5) { mother } else { other };
    let trail = if draw.chance(0.5) { mother } else { other };
    let mechanism = if draw.chance(0.5) { mother } else { other };
    let mut plans = Vec::with_capacity(wanted.sides.len());
    for &side in wanted.sides {
        let (Some(a), Some(b)) = (mother.plan(side), other.plan(side)) else {
            return Err(lacks());
        };
        let chosen = entry.plan(side).ok_or_else(lacks)?;
        plans.push(Plan {
            entry: chosen.entry.clone(),
            filters: united(catalogue, chosen, a, b, side, draw)?,
            exit: exit
                .plan(side)
                .and_then(|p| p.exit.clone())
                .filter(|e| exists(catalogue, e, wanted.bar_minutes)),
        });
    }
    let mut parts = Parts {
        plans,
        mechanism: mechanism.parts.mechanism,
        stop: risk.parts.stop.clone(),
        target: target
            .parts
            .target
            .clone()
            .or_else(|| other.parts.target.clone()),
        trail: trail
            .parts
            .trail
            .clone()
            .or_else(|| other.parts.trail.clone()),
        leverage: risk.parts.leverage,
    };
    complete(catalogue, wanted, &mut parts, draw)?;
    if breeding.mutates(draw) {
        mutate(catalogue, wanted, &mut parts, NUDGE, draw)?;
    }
    // a copy of a parent is no offspring
    for _ in 0..TRIES {
        if parts != mother.parts && parts != father.parts {
            break;
        }
        mutate(catalogue, wanted, &mut parts, 1.0, draw)?;
    }
    parts.settle();
    check(catalogue, &parts, of, wanted.bar_minutes)?;
    Ok(parts)
}

fn exists(catalogue: &Catalogue, exit: &Chosen, bar_minutes: u64) -> bool {
    catalogue
        .exit(&exit.id)
        .is_ok_and(|e| exit_exists(e.call.as_deref(), bar_minutes))
}

/// The filters of both parents that go with the entry and with each other, two at most; those of the entry's own parent first, as
/// an entry without a side needs them.
fn united(
    catalogue: &Catalogue,
    own: &Plan,
    a: &Plan,
    b: &Plan,
    side: Side,
    draw: &mut Draw,
) -> Result<Vec<Chosen>, SourceError> {
    let mut pool: Vec<Chosen> = a.filters.iter().chain(&b.filters).cloned().collect();
    draw.shuffle(&mut pool);
    let silent = !catalogue.entry(&own.entry.id)?.condition.side.is(side);
    if silent {
        // the filter that gives the entry its side comes first
        pool.sort_by_key(|f| catalogue.filter(&f.id).is_ok_and(|c| !c.side.is(side)));
    }
    let mut out: Vec<Chosen> = Vec::new();
    for filter in pool {
        if out.len() == MOST_FILTERS {
            break;
        }
        out.push(filter);
        if filters_suit(catalogue, &own.entry, &out, side).is_err() {
            out.pop();
        }
    }
    if filters_suit(catalogue, &own.entry, &out, side).is_ok() {
        Ok(out)
    } else {
        Ok(own.filters.clone())
    }
}

/// One of: other entries, other filters, other exits, numbers moved.
fn mutate(
    catalogue: &Catalogue,
    wanted: Wanted<'_>,
    parts: &mut Parts,
    chance: f64,
    draw: &mut Draw,
) -> Result<(), SourceError> {
    match draw.below(4) {
        0 => {
            let entries = fresh::entries(catalogue, wanted, draw)?;
            for ((plan, entry), &side) in parts.plans.iter_mut().zip(entries).zip(wanted.sides) {
                if filters_suit(catalogue, &entry, &plan.filters, side).is_err() {
                    let count = plan.filters.len();
                    plan.filters = fresh::filters(catalogue, &entry, count, side, draw)?;
                }
                plan.entry = entry;
            }
        }
        1 => {
            let count = draw.pick(&fresh::FILTERS).copied().unwrap_or_default();
            for (plan, &side) in parts.plans.iter_mut().zip(wanted.sides) {
                plan.filters = fresh::filters(catalogue, &plan.entry, count, side, draw)?;
            }
        }
        2 => exits(catalogue, wanted, parts, draw)?,
        _ => numbers(catalogue, parts, chance, draw)?,
    }
    Ok(())
}

fn exits(
    catalogue: &Catalogue,
    wanted: Wanted<'_>,
    parts: &mut Parts,
    draw: &mut Draw,
) -> Result<(), SourceError> {
    match draw.below(5) {
        0 => {
            parts.mechanism = draw
                .pick(&Mechanism::ALL)
                .copied()
                .unwrap_or(parts.mechanism);
        }
        1 => parts.stop = fresh::stop(catalogue, draw)?,
        2 => parts.target = None,
        3 => parts.trail = None,
        _ => parts.plans.iter_mut().for_each(|plan| plan.exit = None),
    }
    // what is missing now is drawn anew
    complete(catalogue, wanted, parts, draw)
}

fn numbers(
    catalogue: &Catalogue,
    parts: &mut Parts,
    chance: f64,
    draw: &mut Draw,
) -> Result<(), SourceError> {
    for plan in &mut parts.plans {
        let entry = &catalogue.entry(&plan.entry.id)?.condition;
        plan.entry = entry.nudge(&plan.entry, chance, draw);
        for chosen in &mut plan.filters {
            *chosen = catalogue.filter(&chosen.id)?.nudge(chosen, chance, draw);
        }
        if let Some(chosen) = &mut plan.exit {
            *chosen = catalogue.exit(&chosen.id)?.nudge(chosen, chance, draw);
        }
    }
    let mut nudge = |argument: &Argument, value: &mut f64| {
        if draw.chance(chance) {
            *value = argument.nudge(*value, draw);
        }
    };
    let stop = &catalogue.stop(&parts.stop)?.0.arg;
    parts.stop.args.iter_mut().for_each(|v| nudge(stop, v));
    if let Some(chosen) = &mut parts.target {
        let target = &catalogue.target(chosen)?.0.arg;
        chosen.args.iter_mut().for_each(|v| nudge(target, v));
    }
    if let Some(chosen) = &mut parts.trail {
        let (trail, ..) = catalogue.trail(chosen)?;
        for (argument, value) in [&trail.distance, &trail.after]
            .into_iter()
            .zip(&mut chosen.args)
        {
            nudge(argument, value);
        }
    }
    if draw.chance(chance) {
        parts.leverage = draw.pick(&LEVERAGES).copied().unwrap_or(parts.leverage);
    }
    Ok(())
}
