//! Strategies drawn from the blocks: half of one block, three in ten of blocks that go together, two in ten of blocks joined
//! in another way.

use super::catalogue::{Block, Catalogue};
use super::recipe::{Exits, Mode, Parts, Setup};
use crate::draw::Draw;
use crate::source::SourceError;
use crate::sources::parts::{ArgType, Chosen};
use sixbtc_abi::Side;

/// Stops, fractions of price.
pub const STOPS: [f64; 4] = [0.02, 0.03, 0.04, 0.05];
/// Targets, fractions of price.
pub const TARGETS: [f64; 4] = [0.03, 0.04, 0.06, 0.08];
/// Leverages.
pub const LEVERAGES: [f64; 3] = [2.0, 3.0, 5.0];
/// Bars until the time exit; 0 is none.
pub const HOLDS: [u32; 4] = [20, 40, 60, 0];
/// Bars within which the first of a sequence must have held.
pub const WITHIN: [u32; 3] = [3, 5, 10];

/// Ways of joining blocks that are new ideas, each as likely as the others.
pub const INNOVATIVE: [Mode; 3] = [Mode::Sequential, Mode::TwoPeriod, Mode::VolatilityRegime];
/// Categories that a block of a volatility regime may have.
const REGIME_CATEGORIES: [&str; 2] = ["threshold", "crossover"];
/// The blocks that tell the regimes.
pub const REGIMES: [&str; 2] = ["ATR_SQUEEZE", "ATR_EXPANSION"];

/// Draws parts for these sides.
pub fn parts(
    catalogue: &Catalogue,
    ratios: [f64; 3],
    sides: &[Side],
    draw: &mut Draw,
) -> Result<Parts, SourceError> {
    let way = draw.weighted(&ratios);
    let idea = draw.pick(&INNOVATIVE).copied();
    let mode = match (way, idea) {
        (Some(1), _) => Mode::Template,
        (Some(2), Some(idea)) => idea,
        _ => Mode::Parametric,
    };
    let mirror = draw.chance(0.5);
    let mut setups: Vec<Setup> = Vec::with_capacity(sides.len());
    for &side in sides {
        // half of the pairs are one idea and its mirror image, half are two ideas
        let twin = match setups.first() {
            Some(first) if mirror => catalogue.mirrored(&first.blocks, draw).map(|blocks| Setup {
                blocks,
                within: first.within,
            }),
            _ => None,
        };
        setups.push(match twin {
            Some(setup) => setup,
            None => setup(catalogue, mode, side, draw)?,
        });
    }
    let exits = exits(draw);
    let mut parts = Parts {
        mode,
        setups,
        exits,
    };
    parts.settle();
    Ok(parts)
}

/// Draws how a position ends.
pub fn exits(draw: &mut Draw) -> Exits {
    let mut one = |of: &[f64]| draw.pick(of).copied().unwrap_or_default();
    let (stop, target, leverage) = (one(&STOPS), one(&TARGETS), one(&LEVERAGES));
    let hold = draw.pick(&HOLDS).copied().unwrap_or_default();
    let horizon = match hold {
        0 => draw.pick(&HOLDS[..3]).copied().unwrap_or_default(),
        bars => bars,
    };
    Exits {
        stop,
        target,
        leverage,
        hold,
        horizon,
    }
}

fn setup(
    catalogue: &Catalogue,
    mode: Mode,
    side: Side,
    draw: &mut Draw,
) -> Result<Setup, SourceError> {
    let nothing = || SourceError::NothingSuits(format!("no block for {mode:?}"));
    let all = |blocks: Vec<Chosen>| Setup {
        blocks,
        within: None,
    };
    let speaks = |b: &Block| b.condition.side.is(side);
    match mode {
        Mode::Parametric | Mode::Bred => {
            let block = catalogue.pick(draw, speaks).ok_or_else(nothing)?;
            Ok(all(vec![block.condition.draw(draw)]))
        }
        Mode::Template => {
            let count = 2 + draw.below(2);
            joined(catalogue, side, count, draw).map(all)
        }
        Mode::Sequential => {
            let blocks = joined(catalogue, side, 2, draw)?;
            let within = draw.pick(&WITHIN).copied();
            Ok(Setup { blocks, within })
        }
        Mode::TwoPeriod => {
            let block = catalogue
                .pick(draw, |b| speaks(b) && lookback(b).is_some())
                .ok_or_else(nothing)?;
            let first = block.condition.draw(draw);
            let second = other_period(block, &first, draw).ok_or_else(nothing)?;
            Ok(all(vec![first, second]))
        }
        Mode::VolatilityRegime => {
            let block = catalogue
                .pick(draw, |b| {
                    speaks(b) && REGIME_CATEGORIES.contains(&b.category.as_str())
                })
                .ok_or_else(nothing)?;
            let regime = draw.pick(&REGIMES).copied().unwrap_or("ATR_SQUEEZE");
            let regime = catalogue.block(regime)?;
            Ok(all(vec![
                block.condition.draw(draw),
                regime.condition.draw(draw),
            ]))
        }
    }
}

/// Blocks that the first of them allows beside itself, one of them at least with a side of its own.
fn joined(
    catalogue: &Catalogue,
    side: Side,
    count: usize,
    draw: &mut Draw,
) -> Result<Vec<Chosen>, SourceError> {
    let nothing = || SourceError::NothingSuits("no blocks that go together".into());
    let first = catalogue
        .pick(draw, |b| b.condition.side.fits(side))
        .ok_or_else(nothing)?;
    let mut taken = vec![first];
    while taken.len() < count {
        let speaks = taken.iter().any(|b| b.condition.side.is(side));
        let next = catalogue
            .pick(draw, |b| {
                first.allows(b)
                    && taken.iter().all(|t| t.condition.call != b.condition.call)
                    && if speaks {
                        b.condition.side.fits(side)
                    } else {
                        b.condition.side.is(side)
                    }
            })
            .ok_or_else(nothing)?;
        taken.push(next);
    }
    Ok(taken.iter().map(|b| b.condition.draw(draw)).collect())
}

/// The argument that is the lookback of a block: its first length.
pub fn lookback(block: &Block) -> Option<usize> {
    block
        .condition
        .args
        .iter()
        .position(|a| a.ty == ArgType::Bars)
}

/// The same block over another lookback: one of its list, or twice as long where there is but one.
fn other_period(block: &Block, first: &Chosen, draw: &mut Draw) -> Option<Chosen> {
    let at = lookback(block)?;
    let argument = block.condition.args.get(at)?;
    let have = *first.args.get(at)?;
    let others: Vec<f64> = argument
        .values
        .iter()
        .copied()
        .filter(|v| v.to_bits() != have.to_bits())
        .collect();
    let length = match draw.pick(&others) {
        Some(length) => *length,
        None => (2.0 * have).min(argument.range[1]),
    };
    let mut args = first.args.clone();
    *args.get_mut(at)? = length;
    (length.to_bits() != have.to_bits() && block.condition.ordered(&args))
        .then(|| block.condition.with(args))
}
