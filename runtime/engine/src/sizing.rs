//! How large an order is: the one function that simulation, paper and live trading call.

use crate::grid::Grid;
use crate::settings::RunSettings;
use crate::trade::SkipReason;
use sixbtc_market::SymbolSpec;

/// What the strategy asks for, with its numbers evaluated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SizeRule {
    /// Lose this fraction of equity when the stop is hit.
    Risk {
        /// Fraction of equity.
        fraction: f64,
        /// Distance from the entry price to the stop as a fraction of the entry price; NaN without a stop.
        stop_distance: f64,
    },
    /// Notional as a fraction of equity.
    Equity(f64),
    /// Notional = equity × target / volatility.
    TargetVol {
        /// Annual volatility wanted, a fraction.
        target: f64,
        /// Annual volatility now, a fraction.
        vol: f64,
    },
    /// Units of the base asset.
    Units(f64),
    /// Notional in quote currency.
    Notional(f64),
}

/// What the size depends on beside the rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SizeContext {
    /// Entry price: the fill in a simulation, the market price before a live order.
    pub price: f64,
    /// Equity by the run's `equity_mode`.
    pub equity: f64,
    /// Equity not bound as margin of open positions.
    pub free_equity: f64,
    /// Leverage the strategy asks for.
    pub leverage: f64,
    /// The exchange's largest leverage for the symbol.
    pub max_leverage: f64,
    /// Positions at once, at most.
    pub max_positions: u32,
    /// Step of the size.
    pub lot: Grid,
    /// Smallest notional.
    pub min_notional: f64,
}

impl SizeContext {
    /// The context of an order on `symbol` under a run's settings.
    pub fn new(
        settings: &RunSettings,
        symbol: &SymbolSpec,
        price: f64,
        equity: f64,
        free: f64,
        leverage: f64,
    ) -> Self {
        Self {
            price,
            equity,
            free_equity: free,
            leverage,
            max_leverage: symbol.max_leverage,
            max_positions: settings.max_positions,
            lot: if settings.round_to_lot {
                Grid::new(symbol.lot)
            } else {
                Grid::NONE
            },
            min_notional: settings.min_notional.unwrap_or(symbol.min_notional),
        }
    }
}

/// A sized order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sized {
    /// Units of the base asset, rounded down to the lot.
    pub size: f64,
    /// Size × price.
    pub notional: f64,
    /// Notional / leverage.
    pub margin: f64,
    /// The smaller of the strategy's and the symbol's.
    pub leverage: f64,
    /// Whether the margin was capped at `equity / max_positions`.
    pub capped: bool,
}

/// Sizes an order, or says why there is none.
///
/// `risk = equity × fraction`; `notional = risk / stop distance`; `leverage = min(strategy, symbol)`;
/// `margin = notional / leverage`, capped at `equity / max_positions` (which shrinks the notional); refused when it
/// exceeds the free equity; the size rounds *down* to the lot; refused when the rounded notional is under the minimum.
/// All other rules enter at `notional` and pass through the same caps.
pub fn size_order(rule: SizeRule, context: &SizeContext) -> Result<Sized, SkipReason> {
    let SizeContext { price, equity, .. } = *context;
    if !(price.is_finite() && price > 0.0) {
        return Err(SkipReason::PriceNotFinite);
    }
    if !(equity > 0.0 && equity.is_finite()) {
        return Err(SkipReason::NoEquity);
    }
    let wanted = match rule {
        SizeRule::Risk {
            fraction,
            stop_distance,
        } => {
            if stop_distance.is_nan() || stop_distance <= 0.0 {
                return Err(SkipReason::NoStop);
            }
            at_risk([equity], [fraction], [stop_distance])[0]
        }
        SizeRule::Equity(fraction) => of_equity([equity], [fraction])[0],
        SizeRule::TargetVol { target, vol } => equity * target / vol,
        SizeRule::Units(units) => units * price,
        SizeRule::Notional(notional) => notional,
    };
    let leverage = context.leverage.min(context.max_leverage);
    if !(wanted.is_finite() && wanted >= 0.0 && leverage.is_finite() && leverage > 0.0) {
        return Err(SkipReason::SizeNotFinite);
    }
    // Units asked for directly are not sent through a multiplication and a division that could cost a lot.
    let units = match rule {
        SizeRule::Units(units) => Some([units]),
        _ => None,
    };
    let sized = size_lanes(
        [price],
        [equity],
        [wanted],
        units,
        [leverage],
        context.max_positions,
        context.lot,
    );
    if sized.bound[0] > context.free_equity {
        return Err(SkipReason::FreeEquity);
    }
    if sized.size[0] <= 0.0 {
        return Err(SkipReason::ZeroSize);
    }
    if sized.notional[0] < context.min_notional {
        return Err(SkipReason::MinNotional);
    }
    Ok(Sized {
        size: sized.size[0],
        notional: sized.notional[0],
        margin: sized.margin[0],
        leverage,
        capped: sized.capped[0],
    })
}

/// Notional that loses a fraction of equity at the stop.
#[inline(always)]
#[allow(clippy::inline_always)]
pub(crate) fn at_risk<const N: usize>(
    equity: [f64; N],
    fraction: [f64; N],
    stop_distance: [f64; N],
) -> [f64; N] {
    std::array::from_fn(|i| {
        let risk = equity[i] * fraction[i];
        risk / stop_distance[i]
    })
}

/// Notional as a fraction of equity.
#[inline(always)]
#[allow(clippy::inline_always)]
pub(crate) fn of_equity<const N: usize>(equity: [f64; N], fraction: [f64; N]) -> [f64; N] {
    std::array::from_fn(|i| equity[i] * fraction[i])
}

/// Sizes side by side, before anything is refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SizedLanes<const N: usize> {
    /// Margin before the size is rounded: what must not exceed the free equity.
    pub bound: [f64; N],
    pub size: [f64; N],
    pub notional: [f64; N],
    pub margin: [f64; N],
    pub capped: [bool; N],
}

/// The arithmetic of [`size_order`], of several orders at once: the cap of the margin, then the lot.
#[inline(always)]
#[allow(clippy::inline_always)]
pub(crate) fn size_lanes<const N: usize>(
    price: [f64; N],
    equity: [f64; N],
    wanted: [f64; N],
    units: Option<[f64; N]>,
    leverage: [f64; N],
    max_positions: u32,
    lot: Grid,
) -> SizedLanes<N> {
    let positions = f64::from(max_positions.max(1));
    let mut out = SizedLanes {
        bound: [0.0; N],
        size: [0.0; N],
        notional: [0.0; N],
        margin: [0.0; N],
        capped: [false; N],
    };
    let mut asked = [0.0; N];
    for i in 0..N {
        let cap = equity[i] / positions;
        let margin = wanted[i] / leverage[i];
        let capped = margin > cap;
        out.capped[i] = capped;
        out.bound[i] = if capped { cap } else { margin };
        let notional = if capped { cap * leverage[i] } else { wanted[i] };
        let bought = notional / price[i];
        asked[i] = match units {
            Some(units) if !capped => units[i],
            _ => bought,
        };
    }
    out.size = lot.down_lanes(asked);
    for i in 0..N {
        out.notional[i] = out.size[i] * price[i];
        out.margin[i] = out.notional[i] / leverage[i];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn context() -> SizeContext {
        SizeContext {
            price: 100.0,
            equity: 10_000.0,
            free_equity: 10_000.0,
            leverage: 1.0,
            max_leverage: 20.0,
            max_positions: 10,
            lot: Grid::new(0.001),
            min_notional: 10.0,
        }
    }

    const RISK: SizeRule = SizeRule::Risk {
        fraction: 0.02,
        stop_distance: 0.25,
    };

    #[test]
    fn risk_over_stop_distance_is_the_notional() {
        let sized = size_order(RISK, &context()).unwrap();
        assert_eq!(
            (sized.size, sized.notional, sized.margin),
            (8.0, 800.0, 800.0)
        );
        assert!(!sized.capped);
    }

    #[test]
    fn leverage_is_the_smaller_of_strategy_and_symbol() {
        let sized = size_order(
            RISK,
            &SizeContext {
                leverage: 50.0,
                ..context()
            },
        )
        .unwrap();
        assert_eq!((sized.leverage, sized.margin), (20.0, 40.0));
        assert_eq!(sized.notional, 800.0);
    }

    #[test]
    fn margin_is_capped_at_equity_over_positions() {
        let tight = SizeRule::Risk {
            fraction: 0.02,
            stop_distance: 0.01,
        };
        let sized = size_order(
            tight,
            &SizeContext {
                leverage: 3.0,
                ..context()
            },
        )
        .unwrap();
        assert!(sized.capped);
        assert_eq!((sized.notional, sized.margin), (3_000.0, 1_000.0));
        let all = SizeContext {
            max_positions: 1,
            ..context()
        };
        assert_eq!(
            size_order(SizeRule::Equity(1.0), &all).unwrap().notional,
            10_000.0
        );
    }

    #[test]
    fn every_rule_passes_the_same_caps() {
        let half = SizeRule::TargetVol {
            target: 0.2,
            vol: 4.0,
        };
        assert_eq!(size_order(half, &context()).unwrap().notional, 500.0);
        for rule in [
            SizeRule::Equity(0.5),
            SizeRule::Units(70.0),
            SizeRule::Notional(4_000.0),
        ] {
            let sized = size_order(rule, &context()).unwrap();
            assert!(sized.capped && sized.notional == 1_000.0, "{rule:?}");
        }
        assert_eq!(
            size_order(SizeRule::Units(0.5), &context()).unwrap().size,
            0.5
        );
        assert_eq!(
            size_order(SizeRule::Notional(250.0), &context())
                .unwrap()
                .size,
            2.5
        );
    }

    #[test]
    fn skips_have_reasons() {
        let c = context();
        let cases = [
            (
                RISK,
                SizeContext {
                    free_equity: 799.0,
                    ..c
                },
                SkipReason::FreeEquity,
            ),
            (SizeRule::Notional(9.0), c, SkipReason::MinNotional),
            (SizeRule::Units(0.0004), c, SkipReason::ZeroSize),
            (
                SizeRule::Risk {
                    fraction: 0.01,
                    stop_distance: f64::NAN,
                },
                c,
                SkipReason::NoStop,
            ),
            (
                SizeRule::Risk {
                    fraction: 0.01,
                    stop_distance: 0.0,
                },
                c,
                SkipReason::NoStop,
            ),
            (SizeRule::Equity(f64::NAN), c, SkipReason::SizeNotFinite),
            (
                SizeRule::TargetVol {
                    target: 0.2,
                    vol: 0.0,
                },
                c,
                SkipReason::SizeNotFinite,
            ),
            (SizeRule::Units(-1.0), c, SkipReason::SizeNotFinite),
            (
                RISK,
                SizeContext { equity: -5.0, ..c },
                SkipReason::NoEquity,
            ),
            (
                RISK,
                SizeContext {
                    price: f64::NAN,
                    ..c
                },
                SkipReason::PriceNotFinite,
            ),
            (
                RISK,
                SizeContext {
                    leverage: f64::NAN,
                    max_leverage: f64::NAN,
                    ..c
                },
                SkipReason::SizeNotFinite,
            ),
        ];
        for (rule, context, reason) in cases {
            assert_eq!(size_order(rule, &context), Err(reason), "{rule:?}");
        }
    }

    proptest! {
        #[test]
        fn the_loss_at_the_stop_never_exceeds_the_risk(
            fraction in 0.001f64..0.2, distance in 0.001f64..0.5, price in 0.01f64..1e5, leverage in 1f64..20.0,
        ) {
            let c = SizeContext { price, leverage, ..context() };
            if let Ok(sized) = size_order(SizeRule::Risk { fraction, stop_distance: distance }, &c) {
                prop_assert!(sized.notional * distance <= c.equity * fraction * (1.0 + 1e-12));
                prop_assert!(sized.margin <= c.equity / 10.0 * (1.0 + 1e-12));
                prop_assert!(sized.notional >= 10.0);
            }
        }

        #[test]
        fn doubling_the_price_halves_the_size(notional in 20f64..900.0, price in 1f64..1e4) {
            let c = SizeContext { price, lot: Grid::NONE, ..context() };
            let twice = SizeContext { price: price * 2.0, ..c };
            let (a, b) = (size_order(SizeRule::Notional(notional), &c), size_order(SizeRule::Notional(notional), &twice));
            prop_assert_eq!(a.unwrap().size, 2.0 * b.unwrap().size);
        }
    }
}
