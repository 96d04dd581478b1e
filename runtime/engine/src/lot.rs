//! What one entry fill holds, and the levels that protect it.
//!
//! Levels and extremes are *signed*: price × side (`+1` long, `−1` short). More is better for the position on either side,
//! so one comparison serves both, and a sign change is exact in an f64.

use crate::account::Fill;
use crate::grid::OrderGrid;
use crate::orders::{Measure, Seen};
use crate::sizing::Sized;
use serde::{Deserialize, Serialize};
use sixbtc_abi::ExitReason;

/// A bar's prices in the sense of a side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedBar {
    pub open: f64,
    /// The extreme against the position.
    pub worst: f64,
    /// The extreme in favour of it.
    pub best: f64,
    pub close: f64,
}

/// A bar of the base clock or of a finer one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candle {
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
}

impl Candle {
    #[inline]
    pub fn signed(&self, sign: f64) -> SignedBar {
        let (best, worst) = if sign > 0.0 {
            (self.high, self.low)
        } else {
            (-self.low, -self.high)
        };
        SignedBar {
            open: sign * self.open,
            worst,
            best,
            close: sign * self.close,
        }
    }
}

/// A target that has not been reached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub level: f64,
    /// Units to close; infinite for the whole remainder.
    pub size: f64,
}

/// What one entry fill opened and has not closed yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lot {
    pub serial: u32,
    pub entry: u16,
    pub sign: f64,
    /// Fill price, unsigned.
    pub price: f64,
    pub size: f64,
    pub margin: f64,
    pub leverage: f64,
    pub time: i64,
    pub row: usize,
    /// Filled within its bar rather than at its open or close.
    pub inside: bool,
    /// Filled by a limit order. Only a live run asks.
    pub maker: bool,
    /// Costs so far of what is still open.
    pub fees: f64,
    pub funding: f64,
    pub slippage: f64,
    /// `|entry − initial stop|`, NaN without one.
    pub risk: f64,
    /// −∞ when there is none; so are the next two.
    pub stop: f64,
    pub trail: f64,
    /// An exit at a price for the next bar, below the close.
    pub at_stop: f64,
    /// An exit at a price for the next bar, above the close; +∞ when there is none.
    pub at_limit: f64,
    /// Ascending.
    pub targets: Vec<Target>,
    /// Extreme from which the stop moves to the entry; +∞ when it does not or has.
    pub breakeven: f64,
    pub trail_rule: Option<Measure>,
    /// Extreme from which the trail starts; −∞ once it has.
    pub trail_after: f64,
    /// Row at whose open it is to be closed.
    pub time_exit: usize,
    pub best: f64,
    pub worst: f64,
    /// To be closed at the next open.
    #[serde(with = "reason")]
    pub due: Option<ExitReason>,
    pub ambiguous: bool,
    /// Price at which its order stood, unsigned. Only a live run asks.
    #[serde(default)]
    pub stood: f64,
}

impl Lot {
    /// What a fill opens, without any level.
    pub fn bare(entry: u16, sign: f64, fill: &Fill, sized: &Sized) -> Self {
        let price = fill.price;
        Self {
            serial: 0,
            entry,
            sign,
            price,
            size: sized.size,
            margin: sized.margin,
            leverage: sized.leverage,
            time: fill.time,
            row: fill.row,
            inside: false,
            maker: false,
            fees: sized.size * price * fill.fee,
            funding: 0.0,
            slippage: sign * (price - fill.due) * sized.size,
            risk: f64::NAN,
            stop: f64::NEG_INFINITY,
            trail: f64::NEG_INFINITY,
            at_stop: f64::NEG_INFINITY,
            at_limit: f64::INFINITY,
            targets: Vec::new(),
            breakeven: f64::INFINITY,
            trail_rule: None,
            trail_after: f64::INFINITY,
            time_exit: usize::MAX,
            best: sign * price,
            worst: sign * price,
            due: None,
            ambiguous: false,
            stood: fill.due,
        }
    }

    /// The stop in force.
    #[inline]
    pub fn floor(&self) -> f64 {
        let tight = if self.trail > self.stop {
            self.trail
        } else {
            self.stop
        };
        if self.at_stop > tight {
            self.at_stop
        } else {
            tight
        }
    }

    /// What a touch of [`Lot::floor`] is called.
    pub fn floor_reason(&self) -> ExitReason {
        if self.trail > self.stop && self.trail >= self.at_stop {
            ExitReason::Trail
        } else {
            ExitReason::Stop
        }
    }

    /// The nearest price at which a resting order takes profit, with the units it closes.
    #[inline]
    pub fn next_target(&self) -> Target {
        match self.targets.first() {
            Some(&target) if target.level <= self.at_limit => target,
            _ => Target {
                level: self.at_limit,
                size: f64::INFINITY,
            },
        }
    }

    /// Profit at a price, before costs.
    #[inline]
    pub fn profit(&self, price: f64) -> f64 {
        self.sign * (price - self.price) * self.size
    }

    /// Takes the extremes of a confirmed bar, or of as much of one as is known to lie after the entry.
    #[inline]
    pub fn see(&mut self, best: f64, worst: f64) {
        if best > self.best {
            self.best = best;
        }
        if worst < self.worst {
            self.worst = worst;
        }
    }

    /// Moves the stop to breakeven and the trail after the best extreme so far. Whether anything moved.
    pub fn follow(&mut self, seen: Seen<'_>, grid: OrderGrid) -> bool {
        let mut moved = false;
        if self.best >= self.breakeven {
            self.breakeven = f64::INFINITY;
            let entry = grid.exit(self.sign, self.sign * self.price);
            if entry > self.stop {
                self.stop = entry;
                moved = true;
            }
        }
        if let Some(rule) = self.trail_rule {
            if self.best >= self.trail_after {
                self.trail_after = f64::NEG_INFINITY;
            }
            if self.trail_after == f64::NEG_INFINITY {
                let distance = rule.distance(seen, self.sign * self.best, self.risk);
                let level = grid.exit(self.sign, self.best - distance);
                // A distance that is no number or negative leaves the trail where it is.
                if distance >= 0.0 && level > self.trail {
                    self.trail = level;
                    moved = true;
                }
            }
        }
        moved
    }

    /// The favourable extreme from which the next bar's close changes a level; +∞ when none can, −∞ when every close may.
    #[inline]
    pub fn next_move(&self) -> f64 {
        match self.trail_rule {
            None => self.breakeven,
            Some(_) if self.trail_after > f64::NEG_INFINITY => self.breakeven.min(self.trail_after),
            Some(rule) if rule.is_fixed() => self.breakeven.min(self.best.next_up()),
            Some(_) => f64::NEG_INFINITY,
        }
    }
}

/// Price (unsigned) at which a position's isolated equity falls to the maintenance margin, half the initial margin at the
/// symbol's maximum leverage on the notional at that price: `margin + side × (p − entry) × size = p × size / (2 × max)`,
/// so `p = (side × entry − margin / size) / (side − 1 / (2 × max))`. At 0 or below there is none.
pub fn liquidation_price(side: f64, entry: f64, size: f64, margin: f64, max_leverage: f64) -> f64 {
    let maintenance = 0.5 / max_leverage;
    (side * entry - margin / size) / (side - maintenance)
}

/// A reason as its place in the list: the interface between compiler and runtime knows no formats.
mod reason {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
    use sixbtc_abi::ExitReason as R;

    const ALL: [R; 10] = [
        R::Signal,
        R::Stop,
        R::Trail,
        R::Target,
        R::Time,
        R::Session,
        R::Liquidation,
        R::Reverse,
        R::EndOfData,
        R::Rebalance,
    ];

    // the shape that serde asks for
    #[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref)]
    pub fn serialize<S: Serializer>(reason: &Option<R>, to: S) -> Result<S::Ok, S::Error> {
        let place = reason.and_then(|reason| ALL.iter().position(|r| *r == reason));
        place.map(|p| p as u8).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<R>, D::Error> {
        let place = Option::<u8>::deserialize(from)?;
        let known = |p: u8| ALL.get(usize::from(p)).copied();
        place
            .map(|p| known(p).ok_or_else(|| D::Error::custom("no such reason to leave")))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn liquidation_leaves_exactly_the_maintenance_margin() {
        for (side, leverage) in [(1.0, 5.0), (-1.0, 5.0), (1.0, 20.0), (-1.0, 1.0)] {
            let (entry, size, max) = (200.0, 3.0, 20.0);
            let margin = entry * size / leverage;
            let p = liquidation_price(side, entry, size, margin, max);
            let equity = margin + side * (p - entry) * size;
            assert!((equity - p * size / 40.0).abs() < 1e-9);
        }
        // The usual approximation entry × (1 − 1/leverage + mmr) is near it.
        let p = liquidation_price(1.0, 100.0, 1.0, 10.0, 50.0);
        assert!((p - 100.0 * (1.0 - 0.1 + 0.01)).abs() < 0.2);
        assert!(liquidation_price(1.0, 100.0, 1.0, 100.0, 50.0) <= 0.0);
    }
}
