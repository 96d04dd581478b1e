//! When leverage matters: the safe limit, and whether two leverages are one combination.
//!
//! Sizing by risk asks for `notional = equity × risk / stop`, whatever the leverage. Leverage L enters at four places only:
//!
//! 1. **Cap.** `margin = notional / L` may not exceed `equity / positions allowed`. It does iff `L × stop < risk × positions
//!    allowed`; then the notional shrinks to `cap × L` and every L gives another size.
//! 2. **Free equity.** An order whose margin exceeds the equity not bound elsewhere is refused. With `f = risk / (stop × L)` an
//!    uncapped order binds `f × equity at its entry ≤ f × P`, P the highest equity so far. With `n − 1` others open the free
//!    equity is at least `E − (n − 1) f P`, and the order needs `f E`. It is never refused while `E / P ≥ (n − 1) f / (1 − f)`,
//!    so not before equity has fallen by `1 − (n − 1) f / (1 − f)`. One position at a time (n = 1) is never refused.
//! 3. **Liquidation.** With m = 1 / (2 × maximum leverage) it lies `(1/L − m) / (1 − m)` below a long's entry and
//!    `(1/L − m) / (1 + m)` above a short's. A stop nearer than both is hit first.
//! 4. **Maximum.** A leverage above the symbol's maximum is that maximum.
//!
//! Two leverages for which none of 1–3 acts size every order alike and lose positions alike, with one exception: a bar that
//! *opens* beyond the liquidation price loses the isolated margin at most, so the higher leverage loses less there. The lowest of
//! such leverages is therefore the one kept: its loss in a gap is the largest, it never flatters.

use serde::{Deserialize, Serialize};

/// The largest leverage of the safe limit.
pub const LARGEST_SAFE: f64 = 20.0;

/// Largest leverage at which the stop is hit, with a tenth to spare, before liquidation:
/// `floor(1 / (stop / 0.9 + 1 / (2 × max leverage)))`, within 1..=20. `stop` is a fraction of price.
///
/// For symbols whose maximum is under 4.5 the buffer is too thin for shorts: [`LeverageContext::role`] says so, this formula
/// of the original does not.
pub fn safe_leverage(stop: f64, max_leverage: f64) -> u32 {
    let safe = (1.0 / (stop / 0.9 + 0.5 / max_leverage)).floor();
    safe.clamp(1.0, LARGEST_SAFE) as u32
}

/// What decides whether leverage matters, beside the stop.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeverageContext {
    /// Fraction of equity lost at the stop. Default 0.02.
    pub risk: f64,
    /// Positions allowed at once: the divisor of the margin cap. Default 10.
    pub max_positions: u32,
    /// The symbol's largest leverage; with several symbols the smallest of them. Default 20.
    pub max_leverage: f64,
    /// Entries that can really be open at once: 1 for a single symbol without pyramiding. Default 10.
    pub at_once: u32,
    /// Fall of equity from its peak up to which an order must not be refused for want of free equity. Default 0.50, the
    /// drawdown gate: a strategy that falls deeper is refused anyway.
    pub drawdown: f64,
    /// How far the distance that sizing sees may be off the nominal one, as a fraction of it: stops are measured from a fill
    /// rounded to the tick. Default 0.01.
    pub slack: f64,
}

impl Default for LeverageContext {
    fn default() -> Self {
        Self {
            risk: 0.02,
            max_positions: 10,
            max_leverage: 20.0,
            at_once: 10,
            drawdown: 0.50,
            slack: 0.01,
        }
    }
}

/// What leverage does at one stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeverageRole {
    /// The margin cap can shrink the order.
    Capped,
    /// Liquidation can come before the stop.
    Liquidated,
    /// Margins of other positions can leave too little free equity.
    Crowded,
    /// None of these: any other leverage with this role is the same combination.
    Immaterial,
}

impl LeverageContext {
    /// One symbol, one entry at a time.
    #[must_use]
    pub fn single() -> Self {
        Self {
            at_once: 1,
            ..Self::default()
        }
    }

    /// The leverage an order gets.
    pub fn effective(&self, leverage: u32) -> f64 {
        f64::from(leverage).min(self.max_leverage)
    }

    /// What `leverage` does at a stop whose distance lies in `nearest..=farthest`, fractions of price. Bounds that are no
    /// numbers above 0 make it material.
    pub fn role(&self, (nearest, farthest): (f64, f64), leverage: u32) -> LeverageRole {
        let leverage = self.effective(leverage);
        let near = nearest * (1.0 - self.slack);
        let far = farthest * (1.0 + self.slack);
        let positive = near > 0.0 && far.is_finite() && leverage > 0.0;
        if !positive || leverage * near <= self.risk * f64::from(self.max_positions) {
            return LeverageRole::Capped;
        }
        let maintenance = 0.5 / self.max_leverage;
        let liquidation = (1.0 / leverage - maintenance) / (1.0 + maintenance);
        if far >= 0.9 * liquidation {
            return LeverageRole::Liquidated;
        }
        let bound = self.risk / (near * leverage);
        let others = f64::from(self.at_once.max(1) - 1);
        let left = 1.0 - self.drawdown;
        if bound >= 1.0 || others * bound / (1.0 - bound) > left {
            return LeverageRole::Crowded;
        }
        LeverageRole::Immaterial
    }

    /// Whether two leverages size every order alike at a stop whose distance lies in `range`.
    pub fn same_size(&self, range: (f64, f64), a: u32, b: u32) -> bool {
        let immaterial = |leverage| self.role(range, leverage) == LeverageRole::Immaterial;
        let equal = self.effective(a).total_cmp(&self.effective(b)).is_eq();
        equal || (immaterial(a) && immaterial(b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sixbtc_engine::{SizeContext, SizeRule, liquidation_price, size_order};
    use sixbtc_engine::{SkipReason, grid::Grid};

    #[test]
    fn the_safe_limit_at_the_documented_stops() {
        let safe: Vec<u32> = [
            0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.10,
        ]
        .into_iter()
        .map(|stop| safe_leverage(stop, 20.0))
        .collect();
        assert_eq!(safe, [20, 20, 20, 20, 20, 17, 14, 12, 10, 9, 7]);
        assert_eq!(safe_leverage(0.9, 20.0), 1);
        assert_eq!(safe_leverage(2.0, 20.0), 1);
    }

    #[test]
    fn roles_of_one_symbol() {
        use LeverageRole::{Capped, Immaterial, Liquidated};
        let one = LeverageContext::single();
        let roles = |stop| [1, 2, 3, 5, 10, 20].map(|l| one.role((stop, stop), l));
        // the cap acts below 0.2 / stop
        assert_eq!(
            roles(0.06),
            [Capped, Capped, Capped, Immaterial, Immaterial, Liquidated]
        );
        // exactly at the cap the last bit decides, so it counts as material
        assert_eq!(
            roles(0.02),
            [Capped, Capped, Capped, Capped, Capped, Immaterial]
        );
        assert!(one.same_size((0.06, 0.06), 5, 10));
        assert!(!one.same_size((0.06, 0.06), 3, 5));
        assert!(one.same_size((0.01, 0.01), 20, 40));
    }

    #[test]
    fn ten_positions_need_more_room() {
        let ten = LeverageContext::default();
        assert_eq!(ten.role((0.06, 0.06), 5), LeverageRole::Crowded);
        assert_eq!(ten.role((0.06, 0.06), 10), LeverageRole::Immaterial);
    }

    #[test]
    fn a_stop_without_bounds_is_always_material() {
        let one = LeverageContext::single();
        for bounds in [
            (0.0, 0.1),
            (f64::NAN, 0.1),
            (0.1, f64::INFINITY),
            (0.1, f64::NAN),
        ] {
            assert_ne!(one.role(bounds, 3), LeverageRole::Immaterial, "{bounds:?}");
        }
        // the limits of a structure stop reach from the cap to liquidation
        assert_eq!(one.role((0.005, 0.2), 20), LeverageRole::Capped);
    }

    #[test]
    fn the_original_limit_is_too_high_for_symbols_of_small_leverage() {
        let short_loss = |stop: f64, max: f64| {
            let leverage = f64::from(safe_leverage(stop, max)).min(max);
            liquidation_price(-1.0, 100.0, 1.0, 100.0 / leverage, max) / 100.0 - 1.0
        };
        assert!(short_loss(0.15, 3.0) < 0.15);
        assert!(short_loss(0.02, 20.0) > 0.02);
        let coin = LeverageContext {
            max_leverage: 3.0,
            ..LeverageContext::single()
        };
        assert_eq!(coin.role((0.15, 0.15), 3), LeverageRole::Liquidated);
    }

    proptest! {
        /// The claim of the module, against the engine's own sizing: others are open, equity is below its peak, the distance
        /// is off by what slack allows – and still two immaterial leverages give the same size.
        #[test]
        fn immaterial_leverages_size_alike(
            stop in 0.005f64..0.15, off in -1f64..1.0, risk in 0.002f64..0.05, max_positions in 1u32..20,
            at_once in 1u32..12, max_leverage in 1f64..50.0, drawdown in 0f64..0.9, fallen in 0f64..1.0,
            peak in 100f64..1e6, price in 0.001f64..1e5, lot in prop::sample::select(vec![0.0, 0.001, 0.1, 1.0]),
            a in 1u32..50, b in 1u32..50,
        ) {
            let context = LeverageContext { risk, max_positions, max_leverage, at_once, drawdown, slack: 0.01 };
            prop_assume!(context.same_size((stop, stop), a, b));
            let distance = stop * (1.0 + 0.0099 * off);
            let equity = peak * (1.0 - drawdown * fallen * 0.999_999);
            let sized = |leverage: u32| {
                let effective = context.effective(leverage);
                let others = f64::from(at_once - 1) * risk / (distance * effective) * peak;
                // leverages above the maximum are equal by definition, whatever is free
                let immaterial = context.role((stop, stop), leverage) == LeverageRole::Immaterial;
                let free = if immaterial { equity - others } else { equity };
                size_order(
                    SizeRule::Risk { fraction: risk, stop_distance: distance },
                    &SizeContext {
                        price, equity, free_equity: free, leverage: f64::from(leverage), max_leverage, max_positions,
                        lot: Grid::new(lot), min_notional: 10.0,
                    },
                )
            };
            let (left, right) = (sized(a), sized(b));
            prop_assert_eq!(left.map(|s| s.size), right.map(|s| s.size));
            if context.role((stop, stop), a) == LeverageRole::Immaterial {
                prop_assert_ne!(left.map(|_| ()), Err(SkipReason::FreeEquity));
                prop_assert!(left.map_or(true, |s| !s.capped));
            }
        }

        /// The engine's own liquidation price lies beyond the stop, on both sides.
        #[test]
        fn immaterial_leverages_are_stopped_before_liquidation(
            stop in 0.005f64..0.2, leverage in 1u32..20, max_leverage in 1f64..50.0, max_positions in 1u32..5,
        ) {
            let context = LeverageContext { max_positions, max_leverage, ..LeverageContext::single() };
            if context.role((stop, stop), leverage) == LeverageRole::Immaterial {
                let margin = 100.0 / context.effective(leverage);
                prop_assert!(liquidation_price(1.0, 100.0, 1.0, margin, max_leverage) < 100.0 * (1.0 - stop));
                prop_assert!(liquidation_price(-1.0, 100.0, 1.0, margin, max_leverage) > 100.0 * (1.0 + stop));
            }
        }
    }
}
