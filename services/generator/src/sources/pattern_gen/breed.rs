//! Offspring of strategies of blocks. Every operator keeps a side's blocks of that side, one of them speaking for it, and every
//! argument within its type and range: nothing ill-typed can be bred.

use super::catalogue::Catalogue;
use super::fresh::exits;
use super::recipe::{DISTANCES, Exits, MOST_BLOCKS, Mode, Parts, Setup, suits};
use crate::draw::Draw;
use crate::source::SourceError;
use crate::sources::parts::{Breeding, Chosen, NUDGE, rounded};
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
    fn setup(&self, side: Side) -> Option<&Setup> {
        let at = match (self.sides, side) {
            (Sides::Long | Sides::Both, Side::Long) | (Sides::Short, Side::Short) => 0,
            (Sides::Both, Side::Short) => 1,
            (Sides::Long, Side::Short) | (Sides::Short, Side::Long) => return None,
        };
        self.parts.setups.get(at)
    }
}

/// Tries of an operator whose outcome does not suit.
const TRIES: usize = 8;

/// Makes an offspring that is neither parent.
pub fn offspring(
    catalogue: &Catalogue,
    breeding: &Breeding,
    sides: &[Side],
    [mother, father]: [&Genes; 2],
    draw: &mut Draw,
) -> Result<Parts, SourceError> {
    let crossed = breeding.crosses(draw);
    let mut parts = Parts {
        mode: Mode::Bred,
        setups: Vec::with_capacity(sides.len()),
        exits: mother.parts.exits,
    };
    for &side in sides {
        let (Some(a), Some(b)) = (mother.setup(side), father.setup(side)) else {
            return Err(SourceError::NothingSuits("a parent lacks the side".into()));
        };
        parts.setups.push(if crossed {
            cross(catalogue, a, b, side, draw)
        } else {
            a.clone()
        });
    }
    if crossed {
        parts.exits = cross_exits(mother.parts.exits, father.parts.exits, draw);
    }
    if breeding.mutates(draw) {
        mutate(catalogue, sides, &mut parts, NUDGE, draw)?;
    }
    // a copy of a parent is no offspring
    for _ in 0..TRIES {
        if !same(&parts, &mother.parts) && !same(&parts, &father.parts) {
            break;
        }
        mutate(catalogue, sides, &mut parts, 1.0, draw)?;
    }
    parts.settle();
    Ok(parts)
}

fn same(a: &Parts, b: &Parts) -> bool {
    a.setups == b.setups && a.exits == b.exits
}

/// The first blocks of the one and the last of the other.
fn cross(catalogue: &Catalogue, a: &Setup, b: &Setup, side: Side, draw: &mut Draw) -> Setup {
    for _ in 0..TRIES {
        let head = 1 + draw.below(a.blocks.len());
        let tail = draw.below(b.blocks.len() + 1);
        let mut blocks = a.blocks[..head.min(a.blocks.len())].to_vec();
        for chosen in &b.blocks[tail.min(b.blocks.len())..] {
            if blocks.len() < MOST_BLOCKS && !blocks.contains(chosen) {
                blocks.push(chosen.clone());
            }
        }
        let within = (blocks.len() > 1)
            .then_some(a.within.or(b.within))
            .flatten();
        let setup = Setup { blocks, within };
        if suits(catalogue, &setup, side).is_ok() {
            return setup;
        }
    }
    a.clone()
}

fn cross_exits(a: Exits, b: Exits, draw: &mut Draw) -> Exits {
    let (held, other) = if draw.chance(0.5) { (a, b) } else { (b, a) };
    Exits {
        stop: if draw.chance(0.5) { a.stop } else { b.stop },
        target: if draw.chance(0.5) { a.target } else { b.target },
        leverage: if draw.chance(0.5) {
            a.leverage
        } else {
            b.leverage
        },
        hold: held.hold,
        // what the time exit is and within how many bars the target is expected go together
        horizon: if held.hold > 0 {
            held.hold
        } else {
            other.horizon.max(1)
        },
    }
}

/// One of: another block in a place, a block more, a block less, numbers moved, other exits.
fn mutate(
    catalogue: &Catalogue,
    sides: &[Side],
    parts: &mut Parts,
    chance: f64,
    draw: &mut Draw,
) -> Result<(), SourceError> {
    let at = draw.below(sides.len());
    let operator = draw.below(5);
    if operator == 4 {
        parts.exits = nudge_exits(parts.exits, draw);
        return Ok(());
    }
    let (Some(&side), Some(setup)) = (sides.get(at), parts.setups.get_mut(at)) else {
        return Err(SourceError::NothingSuits("no side to mutate".into()));
    };
    for _ in 0..TRIES {
        let mut next = setup.clone();
        match operator {
            0 => {
                let place = draw.below(next.blocks.len());
                next.blocks[place] = another(catalogue, &next, side, draw)?;
            }
            1 if next.blocks.len() < MOST_BLOCKS => {
                let block = another(catalogue, &next, side, draw)?;
                // the last one of a sequence is the one that came before
                let place = next.blocks.len() - usize::from(next.within.is_some());
                next.blocks.insert(place, block);
            }
            2 if next.blocks.len() > 1 => {
                next.blocks.remove(draw.below(next.blocks.len()));
                if next.blocks.len() < 2 {
                    next.within = None;
                }
            }
            _ => {
                for chosen in &mut next.blocks {
                    let block = catalogue.block(&chosen.id)?;
                    *chosen = block.condition.nudge(chosen, chance, draw);
                }
            }
        }
        if suits(catalogue, &next, side).is_ok() {
            *setup = next;
            return Ok(());
        }
    }
    Ok(())
}

/// A block that the side's other blocks go with.
fn another(
    catalogue: &Catalogue,
    setup: &Setup,
    side: Side,
    draw: &mut Draw,
) -> Result<Chosen, SourceError> {
    let first = setup
        .blocks
        .first()
        .map(|c| catalogue.block(&c.id))
        .transpose()?;
    let free = draw.chance(0.2);
    catalogue
        .pick(draw, |b| {
            b.condition.side.fits(side)
                && (free || first.is_none_or(|f| f.allows(b) || b.allows(f)))
        })
        .map(|b| b.condition.draw(draw))
        .ok_or_else(|| SourceError::NothingSuits("no block to put in".into()))
}

fn nudge_exits(exits: Exits, draw: &mut Draw) -> Exits {
    if draw.chance(0.3) {
        return Exits {
            stop: exits.stop,
            target: exits.target,
            ..self::exits(draw)
        };
    }
    let [low, high] = DISTANCES;
    let mut moved = |value: f64| {
        let value = value * draw.between(0.8, 1.2);
        rounded((value * 1e3).round() / 1e3).clamp(low, high)
    };
    Exits {
        stop: moved(exits.stop),
        target: moved(exits.target),
        ..exits
    }
}
