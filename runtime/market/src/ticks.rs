//! Prices in whole ticks.

use crate::bars::Bars;

/// Rounds to whole ticks, never below one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ticks {
    tick: f64,
    /// Ticks a unit, when that is a whole number: dividing by it gives the decimal nearest to the price.
    per_unit: Option<f64>,
}

impl Ticks {
    /// Ticks of a size, which must be above 0.
    pub fn new(tick: f64) -> Self {
        let per_unit = (1.0 / tick).round();
        let whole = per_unit >= 1.0 && (per_unit * tick - 1.0).abs() < 1e-9;
        Self {
            tick,
            per_unit: whole.then_some(per_unit),
        }
    }

    /// The ticks that the bars' own digits show: see [`Bars::price_scale`].
    pub fn of(bars: &Bars) -> Self {
        let per_unit = bars.price_scale();
        Self {
            tick: 1.0 / per_unit,
            per_unit: Some(per_unit),
        }
    }

    /// Size of a tick.
    pub fn size(&self) -> f64 {
        self.tick
    }

    #[inline]
    fn price(&self, count: f64) -> f64 {
        let count = at_least_one(count);
        self.per_unit
            .map_or(count * self.tick, |per_unit| count / per_unit)
    }

    /// [`Self::nearest`] of all numbers of a column, several at once.
    pub fn all_nearest(&self, column: &mut [f64]) {
        pulp::Arch::new().dispatch(|| {
            // the same two divisions for each, chosen once
            match self.per_unit {
                Some(per_unit) => {
                    for price in &mut *column {
                        *price = at_least_one(round(*price / self.tick)) / per_unit;
                    }
                }
                None => {
                    for price in &mut *column {
                        *price = at_least_one(round(*price / self.tick)) * self.tick;
                    }
                }
            }
        });
    }

    /// The price nearest to a number.
    #[inline]
    pub fn nearest(&self, price: f64) -> f64 {
        self.price(round(price / self.tick))
    }

    /// The lowest price at or above a number, and not below `least`.
    pub fn at_or_above(&self, price: f64, least: f64) -> f64 {
        f64::max(self.price((price / self.tick).ceil()), least)
    }

    /// The highest price at or below a number, and not above `most`.
    pub fn at_or_below(&self, price: f64, most: f64) -> f64 {
        f64::min(self.price((price / self.tick).floor()), most)
    }
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn at_least_one(count: f64) -> f64 {
    if count < 1.0 { 1.0 } else { count }
}

/// `x.round()` without a call and without a branch: processors of the first x86-64 generation have no instruction for it, and
/// what lies behind the point of a price is chance to a branch predictor.
#[inline(always)]
#[allow(clippy::inline_always)]
fn round(x: f64) -> f64 {
    // from here on numbers of an f64 are whole: a sum with it is rounded to a whole number, half to even
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    let size = x.abs();
    let even = (size + WHOLE) - WHOLE;
    let up = f64::from(u8::from(size - even >= 0.5));
    if size < WHOLE {
        (even + up).copysign(x)
    } else {
        x
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;
    use crate::bars::Bar;
    use crate::timeframe::Timeframe;

    #[test]
    fn rounding_is_that_of_the_standard_library() {
        let mut x = 0.000_123f64;
        for _ in 0..4_000 {
            for y in [
                x,
                x.floor() + 0.5,
                (x.floor() + 0.5).next_down(),
                x.next_up(),
            ] {
                assert_eq!(round(y), y.round(), "{y}");
                assert_eq!(round(-y), (-y).round(), "-{y}");
            }
            x *= 1.011;
        }
        for y in [
            0.499_999_999_999_999_94,
            4_503_599_627_370_495.5,
            9e15,
            f64::INFINITY,
        ] {
            assert_eq!(round(y), y.round(), "{y}");
        }
        assert!(round(f64::NAN).is_nan());
    }

    #[test]
    fn a_column_is_rounded_as_its_numbers_are() {
        for tick in [0.01, 0.25, 0.03, 1.0, 5.0] {
            let ticks = Ticks::new(tick);
            let mut column: Vec<f64> = (0..1_003).map(|i| f64::from(i) * 0.377 - 5.0).collect();
            let each: Vec<f64> = column.iter().map(|x| ticks.nearest(*x)).collect();
            ticks.all_nearest(&mut column);
            assert_eq!(column, each);
        }
    }

    #[test]
    fn prices_are_decimals_and_at_least_a_tick() {
        let cents = Ticks::new(0.01);
        assert_eq!(cents.nearest(0.1 + 0.2), 0.3);
        assert_eq!(cents.nearest(-5.0), 0.01);
        assert_eq!(cents.at_or_above(1.001, 0.0), 1.01);
        assert_eq!(cents.at_or_below(1.009, 9.0), 1.0);
        assert_eq!(Ticks::new(0.25).nearest(1.3), 1.25);
        assert_eq!(Ticks::new(0.03).nearest(0.1), 0.09);
        let mut bars = Bars::new("X", Timeframe::H1);
        let price = 0.19995;
        bars.push(Bar {
            time: 0,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: 1.0,
        });
        assert_eq!(Ticks::of(&bars).nearest(0.199_953), price);
    }
}
