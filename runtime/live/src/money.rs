//! Between the engine's binary numbers and the exchange's decimal ones: the only place where one becomes the other.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The decimal that a binary number is written as in its shortest form. `None` for what is not finite or needs more than
/// 28 digits.
pub fn decimal(x: f64) -> Option<Decimal> {
    if !x.is_finite() {
        return None;
    }
    let text = format!("{x}");
    let found = Decimal::from_str(&text).ok()?;
    // what is smaller than 28 decimals show would silently become 0
    (found.is_zero() == (x == 0.0)).then_some(found.normalize())
}

/// The binary number nearest to a decimal: back from [`decimal`] gives the same bits.
pub fn float(x: Decimal) -> f64 {
    // the library's own conversion adds parts and may be a bit off; reading the digits is exact
    x.to_string().parse().unwrap_or(f64::NAN)
}

/// Which prices an exchange accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tick {
    /// Multiples of a step above 0.
    Step(Decimal),
    /// At most so many significant figures and so many decimals; whole numbers always (Hyperliquid: 5, and 6 less the
    /// decimals of a size).
    Figures {
        /// Significant figures.
        figures: u32,
        /// Decimals.
        decimals: u32,
    },
}

/// What sizes and prices of a symbol have to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Prices.
    pub tick: Tick,
    /// Smallest step of a size, above 0.
    pub lot: Decimal,
    /// Smallest notional of an order that opens.
    pub min_notional: Decimal,
    /// Largest leverage.
    pub max_leverage: u32,
}

impl Rules {
    /// Hyperliquid's for a perpetual whose sizes have so many decimals (0 to 6).
    pub fn hyperliquid(size_decimals: u32, max_leverage: u32) -> Self {
        let size_decimals = size_decimals.min(6);
        Self {
            tick: Tick::Figures {
                figures: 5,
                decimals: 6 - size_decimals,
            },
            lot: Decimal::new(1, size_decimals),
            min_notional: Decimal::TEN,
            max_leverage,
        }
    }

    /// A price that the exchange accepts, against the favour of the order: up when it buys, down when it sells. `None` when
    /// none is left above 0.
    pub fn price(&self, price: Decimal, buys: bool) -> Option<Decimal> {
        let way = if buys {
            RoundingStrategy::ToPositiveInfinity
        } else {
            RoundingStrategy::ToNegativeInfinity
        };
        let found = match self.tick {
            Tick::Step(step) => {
                let steps = price.checked_div(step)?.round_dp_with_strategy(0, way);
                steps.checked_mul(step)?
            }
            Tick::Figures { figures, decimals } => {
                if price.is_integer() {
                    price
                } else {
                    // a number with n digits before the point has room for figures − n after it; 0.00x has more
                    let shown = figures.saturating_sub_signed(digits(price)).min(decimals);
                    price.round_dp_with_strategy(shown, way)
                }
            }
        };
        (found > Decimal::ZERO).then_some(found.normalize())
    }

    /// The largest size not above this one. What misses a multiple by the last bits of a binary number counts as it.
    pub fn size(&self, size: Decimal) -> Decimal {
        let Some(lots) = size.checked_div(self.lot) else {
            return Decimal::ZERO;
        };
        let near = lots.round();
        let lots = if (lots - near).abs() <= Decimal::new(1, 6) {
            near
        } else {
            lots.floor()
        };
        (lots * self.lot).normalize()
    }
}

/// Digits before the point; 0 for 0.x, −1 for 0.0x.
fn digits(price: Decimal) -> i32 {
    let digits = price.mantissa().unsigned_abs().checked_ilog10();
    digits.map_or(0, |d| d as i32 + 1 - price.scale() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        Decimal::from_str(text).unwrap()
    }

    #[test]
    fn prices_of_hyperliquid() {
        let btc = Rules::hyperliquid(5, 40);
        assert_eq!(btc.price(d("80459.7"), true), Some(d("80460")));
        assert_eq!(btc.price(d("80459.7"), false), Some(d("80459")));
        assert_eq!(btc.price(d("123456"), false), Some(d("123456")));
        assert_eq!(btc.price(d("123456.7"), true), Some(d("123457")));
        let kpepe = Rules::hyperliquid(0, 10);
        assert_eq!(kpepe.price(d("0.0123456789"), false), Some(d("0.012345")));
        assert_eq!(kpepe.price(d("1.2345678"), true), Some(d("1.2346")));
        assert_eq!(kpepe.price(d("0.0000004"), false), None);
        assert_eq!(btc.size(d("0.123456")), d("0.12345"));
    }

    #[test]
    fn steps() {
        let rules = Rules {
            tick: Tick::Step(d("0.1")),
            lot: d("0.001"),
            min_notional: d("10"),
            max_leverage: 20,
        };
        assert_eq!(rules.price(d("99.97"), true), Some(d("100")));
        assert_eq!(rules.price(d("99.97"), false), Some(d("99.9")));
        assert_eq!(rules.price(d("0.05"), false), None);
        assert_eq!(rules.size(decimal(0.1 + 0.2).unwrap()), d("0.3"));
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_bits(x in 1e-9f64..1e12) {
            prop_assert_eq!(float(decimal(x).unwrap()).to_bits(), x.to_bits());
        }

        #[test]
        fn a_price_is_never_rounded_in_favour(x in 1i64..1_000_000_000_000, scale in 0u32..8, sz in 0u32..6) {
            let price = Decimal::new(x, scale);
            let rules = Rules::hyperliquid(sz, 20);
            if let Some(up) = rules.price(price, true) {
                prop_assert!(up >= price);
                prop_assert_eq!(rules.price(up, true), Some(up));
                prop_assert_eq!(rules.price(up, false), Some(up));
                prop_assert!(up.is_integer() || up.scale() <= 6 - sz);
            }
            if let Some(down) = rules.price(price, false) {
                prop_assert!(down <= price);
            }
        }
    }

    #[test]
    fn what_has_no_decimal_is_none() {
        for x in [f64::NAN, f64::INFINITY, 1e-200, 1e40] {
            assert_eq!(decimal(x), None);
        }
        assert_eq!(decimal(0.0), Some(Decimal::ZERO));
    }
}
