//! Ticks and lots: the steps on which an exchange takes prices and sizes.

use sixbtc_market::OrderPrices;

/// Multiples of a step. A step of 0 (or no number) means that nothing is rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    step: f64,
    /// `1 / step` when that is a whole number: `n / per_unit` is the decimal that a human writes, `n × 0.1` is not.
    per_unit: f64,
}

/// How far (in steps) a number may be off the grid and still count as on it: what a few operations in f64 lose.
const NEAR: f64 = 1e-6;

impl Grid {
    /// No rounding.
    pub const NONE: Self = Self {
        step: 0.0,
        per_unit: 0.0,
    };

    /// Multiples of `step`.
    pub fn new(step: f64) -> Self {
        if !(step.is_finite() && step > 0.0) {
            return Self::NONE;
        }
        let whole = (1.0 / step).round();
        let exact = whole >= 1.0 && (whole * step - 1.0).abs() < 1e-9;
        Self {
            step,
            per_unit: if exact { whole } else { 0.0 },
        }
    }

    /// The step, 0 without one.
    pub fn step(&self) -> f64 {
        self.step
    }

    fn steps(&self, x: f64) -> f64 {
        if self.per_unit > 0.0 {
            x * self.per_unit
        } else {
            x / self.step
        }
    }

    fn value(&self, steps: f64) -> f64 {
        if self.per_unit > 0.0 {
            steps / self.per_unit
        } else {
            steps * self.step
        }
    }

    /// The price rounded up when buying and down when selling: never in the order's favour. A price on the grid stays.
    #[inline]
    pub fn against(&self, price: f64, buying: bool) -> f64 {
        if self.step == 0.0 || !price.is_finite() {
            return price;
        }
        let steps = self.steps(price);
        let near = steps.round();
        // of many steps, a number tells less than such a part
        let apart = NEAR.max(4.0 * f64::EPSILON * steps.abs());
        let steps = if (steps - near).abs() <= apart {
            near
        } else if buying {
            steps.ceil()
        } else {
            steps.floor()
        };
        self.value(steps)
    }

    /// The largest multiple that is not above `size`.
    #[inline]
    pub fn down(&self, size: f64) -> f64 {
        self.down_lanes([size])[0]
    }

    /// [`Grid::down`] of several sizes.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(crate) fn down_lanes<const N: usize>(&self, sizes: [f64; N]) -> [f64; N] {
        if self.step == 0.0 {
            return sizes;
        }
        let mut out = [0.0; N];
        for (out, size) in out.iter_mut().zip(sizes) {
            let steps = self.steps(size).floor();
            // The product may have been rounded up to the next whole number or down from it.
            let less = self.value(steps) > size;
            let more = self.value(steps + 1.0) <= size;
            let next = if more { steps + 1.0 } else { steps };
            let steps = if less { steps - 1.0 } else { next };
            let down = self.value(steps);
            *out = if size.is_finite() { down } else { size };
        }
        out
    }

    /// Whether `price` lies at least one step beyond `level`, `beyond` being positive when it does at all. Without a step:
    /// whether it lies beyond at all.
    #[inline]
    pub fn through(&self, beyond: f64) -> bool {
        beyond > 0.0 && beyond >= self.step * (1.0 - NEAR)
    }
}

/// Where an order may stand: on the tick, and on the prices that the exchange takes in orders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrderGrid {
    tick: Grid,
    prices: Option<OrderPrices>,
}

/// Prices below which a price has no digit but zeros so far behind the point.
const SMALL: [f64; 8] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8];

impl OrderGrid {
    /// Orders stand wherever they are wanted when the exchange has no rule.
    pub fn new(tick: Grid, prices: Option<OrderPrices>) -> Self {
        Self { tick, prices }
    }

    /// The price rounded up when buying and down when selling: never in the order's favour. One that may stand stays.
    #[inline]
    pub fn against(&self, price: f64, buying: bool) -> f64 {
        match self.prices {
            Some(prices) if price.is_finite() && price > 0.0 => {
                let price = self.tick.against(price, buying);
                let per_unit = 10f64.powi(decimals(prices, price));
                let shown = Grid {
                    step: 1.0 / per_unit,
                    per_unit,
                };
                shown.against(price, buying)
            }
            _ => price,
        }
    }

    /// The same for a signed level at which a position of a side is left.
    #[inline]
    pub fn exit(&self, sign: f64, level: f64) -> f64 {
        if self.prices.is_none() {
            return level;
        }
        sign * self.against(sign * level, sign < 0.0)
    }
}

/// Decimals that an order's price may have.
fn decimals(prices: OrderPrices, price: f64) -> i32 {
    let mut digits = 0;
    let mut bound = 1.0;
    while price >= bound {
        bound *= 10.0;
        digits += 1;
    }
    if digits == 0 {
        digits = -(SMALL.iter().take_while(|least| price < **least).count() as i32);
    }
    (prices.figures as i32 - digits).clamp(0, prices.decimals as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prices_on_the_grid_stay() {
        for (tick, price) in [
            (0.1, 100.1),
            (0.01, 1.1),
            (0.5, 2.5),
            (5.0, 105.0),
            (1e-5, 0.199_95),
            (0.25, 3.75),
        ] {
            let grid = Grid::new(tick);
            assert_eq!(grid.against(price, true), price);
            assert_eq!(grid.against(price, false), price);
        }
    }

    #[test]
    fn of_many_steps_the_last_digit_of_a_number_counts_for_nothing() {
        let grid = Grid::new(1e-8);
        for price in [
            8353.3746_f64.next_down(),
            8353.3746,
            8353.3746_f64.next_up(),
        ] {
            assert_eq!(grid.against(price, true), 8353.3746);
            assert_eq!(grid.against(price, false), 8353.3746);
        }
    }

    #[test]
    fn rounds_against_the_order() {
        let grid = Grid::new(0.1);
        assert_eq!(
            (grid.against(100.05, true), grid.against(100.05, false)),
            (100.1, 100.0)
        );
        let coarse = Grid::new(5.0);
        assert_eq!(
            (coarse.against(102.0, true), coarse.against(102.0, false)),
            (105.0, 100.0)
        );
        assert_eq!(Grid::NONE.against(1.234_567, true), 1.234_567);
        assert_eq!(Grid::new(f64::NAN), Grid::NONE);
    }

    #[test]
    fn orders_stand_on_five_figures() {
        let of = |decimals| OrderPrices {
            figures: 5,
            decimals,
        };
        let free = OrderGrid::new(Grid::new(0.1), None);
        assert_eq!(free.against(14_003.271, true), 14_003.271);
        let btc = OrderGrid::new(Grid::new(0.1), Some(of(1)));
        for (price, up, down) in [
            (14_003.2, 14_004.0, 14_003.0),
            (123_456.7, 123_457.0, 123_456.0),
            (9_999.96, 10_000.0, 9_999.9),
            (812.34, 812.4, 812.3),
        ] {
            let found = (btc.against(price, true), btc.against(price, false));
            assert_eq!(found, (up, down));
            for on in [up, down] {
                assert_eq!((btc.against(on, true), btc.against(on, false)), (on, on));
            }
        }
        let small = OrderGrid::new(Grid::new(1e-7), Some(of(6)));
        assert_eq!(small.against(0.012_345_67, false), 0.012_345);
        assert_eq!(small.against(1.234_567, true), 1.234_6);
        // the tick is the coarser one
        let coarse = OrderGrid::new(Grid::new(0.01), Some(of(6)));
        assert_eq!(coarse.against(1.234_567, true), 1.24);
        // what a short position is left at is bought
        assert_eq!(btc.exit(1.0, 14_003.2), 14_003.0);
        assert_eq!(btc.exit(-1.0, -14_003.2), -14_004.0);
        assert_eq!(btc.exit(1.0, f64::NEG_INFINITY), f64::NEG_INFINITY);
    }

    #[test]
    fn decimal_sizes_do_not_lose_a_lot() {
        assert_eq!(Grid::new(0.1).down(0.3), 0.3);
        assert_eq!(Grid::new(0.001).down(0.007), 0.007);
        assert_eq!(Grid::new(1e-5).down(0.123_456_7), 0.123_45);
        assert_eq!(Grid::new(1.0).down(0.9), 0.0);
    }

    #[test]
    fn one_tick_through_is_through() {
        let grid = Grid::new(0.1);
        assert!(grid.through(100.3 - 100.2));
        assert!(!grid.through(0.05));
        assert!(!grid.through(0.0));
        assert!(Grid::NONE.through(1e-9) && !Grid::NONE.through(0.0));
    }

    proptest! {
        #[test]
        fn sizes_round_down_by_less_than_a_lot(size in 0.0f64..1e6, digits in 0i32..6) {
            let lot = 10f64.powi(-digits);
            let down = Grid::new(lot).down(size);
            prop_assert!(down <= size && size - down < lot * (1.0 + 1e-9));
        }

        #[test]
        fn prices_round_against_by_less_than_a_tick(price in 0.001f64..1e6, digits in 0i32..6) {
            let tick = 10f64.powi(-digits);
            let grid = Grid::new(tick);
            let (up, down) = (grid.against(price, true), grid.against(price, false));
            prop_assert!(up >= price - tick * 1e-5 && up - price < tick * (1.0 + 1e-5));
            prop_assert!(down <= price + tick * 1e-5 && price - down < tick * (1.0 + 1e-5));
        }
    }
}
