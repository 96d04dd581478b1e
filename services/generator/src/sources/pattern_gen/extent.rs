//! How large the space of fresh strategies is.

use super::catalogue::{Block, Catalogue};
use super::fresh::{HOLDS, LEVERAGES, REGIMES, STOPS, TARGETS, WITHIN, lookback};
use crate::source::SourceError;
use sixbtc_abi::Side;

/// Distinct conditions of one side by how they are joined.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Extent {
    /// One block.
    pub parametric: f64,
    /// Two blocks.
    pub pairs: f64,
    /// Three blocks.
    pub triples: f64,
    /// One block before another.
    pub sequential: f64,
    /// One block over two lookbacks.
    pub two_period: f64,
    /// One block in a regime of volatility.
    pub volatility: f64,
}

impl Extent {
    /// Distinct conditions of a side.
    pub fn conditions(&self) -> f64 {
        self.parametric
            + self.pairs
            + self.triples
            + self.sequential
            + self.two_period
            + self.volatility
    }

    /// Distinct ways to end a position: stop, target, leverage, and time exit or horizon.
    pub fn exits() -> f64 {
        (STOPS.len() * TARGETS.len() * LEVERAGES.len() * (2 * (HOLDS.len() - 1))) as f64
    }
}

/// Counts the conditions of a side. Joined blocks are counted by the one that allows the others and the set of the others.
pub fn extent(catalogue: &Catalogue, side: Side) -> Result<Extent, SourceError> {
    let fits: Vec<(&Block, f64)> = catalogue
        .blocks()
        .iter()
        .filter(|b| b.condition.side.fits(side))
        .map(|b| (b, b.condition.choices() as f64))
        .collect();
    let mut out = Extent::default();
    let mut regimes = 0.0;
    for id in REGIMES {
        regimes += catalogue.block(id)?.condition.choices() as f64;
    }
    for (first, choices) in &fits {
        let speaks = first.condition.side.is(side);
        if speaks {
            out.parametric += choices;
            if let Some(argument) = lookback(first).and_then(|at| first.condition.args.get(at)) {
                let lengths = argument.values.len() as f64;
                out.two_period += choices
                    * if lengths > 1.0 {
                        (lengths - 1.0) / 2.0
                    } else {
                        1.0
                    };
            }
            if ["threshold", "crossover"].contains(&first.category.as_str()) {
                out.volatility += choices * regimes;
            }
        }
        let (mut all, mut squares, mut speaking) = (0.0, 0.0, 0.0);
        let (mut silent, mut silent_squares) = (0.0, 0.0);
        for (other, n) in fits.iter().filter(|(b, _)| first.allows(b)) {
            all += n;
            squares += n * n;
            if other.condition.side.is(side) {
                speaking += n;
            } else {
                silent += n;
                silent_squares += n * n;
            }
        }
        let pairs = if speaks { all } else { speaking };
        let triples = (all * all - squares) / 2.0
            - if speaks {
                0.0
            } else {
                (silent * silent - silent_squares) / 2.0
            };
        out.pairs += choices * pairs;
        out.triples += choices * triples;
        out.sequential += choices * pairs * WITHIN.len() as f64;
    }
    Ok(out)
}
