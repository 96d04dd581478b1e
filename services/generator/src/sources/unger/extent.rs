//! How large the space of fresh strategies is.

use super::catalogue::{Catalogue, Level};
use super::mechanism::Mechanism;
use super::program::LEVERAGES;
use crate::sources::parts::Condition;
use sixbtc_abi::Side;

/// Distinct strategies of one side.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Extent {
    /// Entries with their filters.
    pub conditions: f64,
    /// Ways to end a position: mechanism, stop, target, exit condition, trail, leverage.
    pub exits: f64,
    /// Choices of parts alone, their numbers left at the default.
    pub parts: f64,
}

/// Counts the strategies of a side on bars shorter than a day.
pub fn extent(catalogue: &Catalogue, side: Side) -> Extent {
    let choices = |c: &Condition| c.choices() as f64;
    let mut out = Extent::default();
    let (mut conditions, mut plain) = (0.0, 0.0);
    for entry in &catalogue.entries {
        let entry = &entry.condition;
        if !entry.side.fits(side) {
            continue;
        }
        let speaks = entry.side.is(side);
        let (mut sum, mut count) = if speaks { (1.0, 1.0) } else { (0.0, 0.0) };
        let fits: Vec<&Condition> = catalogue
            .filters
            .iter()
            .filter(|f| f.side.fits(side) && !f.shares_family(entry) && f.call != entry.call)
            .collect();
        for (at, a) in fits.iter().enumerate() {
            if speaks || a.side.is(side) {
                sum += choices(a);
                count += 1.0;
            }
            for b in &fits[at + 1..] {
                if !a.shares_family(b)
                    && a.call != b.call
                    && (speaks || a.side.is(side) || b.side.is(side))
                {
                    sum += choices(a) * choices(b);
                    count += 1.0;
                }
            }
        }
        conditions += choices(entry) * sum;
        plain += count;
    }
    let figures = |levels: &[Level]| {
        levels
            .iter()
            .map(|l| l.arg.values.len() as f64)
            .sum::<f64>()
    };
    let exits: Vec<&Condition> = catalogue
        .exits
        .iter()
        .filter(|e| e.side.fits(side))
        .collect();
    let (stops, targets) = (figures(&catalogue.stops), figures(&catalogue.targets));
    let signals: f64 = exits.iter().map(|e| choices(e)).sum();
    let trails: f64 = catalogue
        .trails
        .iter()
        .map(|t| (t.distance.values.len() * t.after.values.len()) as f64)
        .sum();
    let mut parts = 0.0;
    for mechanism in Mechanism::ALL {
        let of = |uses: bool, n: f64| if uses { n } else { 1.0 };
        out.exits += stops
            * of(mechanism.uses_target(), targets)
            * of(mechanism.uses_exit(), signals)
            * of(mechanism.uses_trail(), trails)
            * LEVERAGES.len() as f64;
        parts += catalogue.stops.len() as f64
            * of(mechanism.uses_target(), catalogue.targets.len() as f64)
            * of(mechanism.uses_exit(), exits.len() as f64)
            * of(mechanism.uses_trail(), catalogue.trails.len() as f64);
    }
    out.conditions = conditions;
    out.parts = plain * parts;
    out
}
