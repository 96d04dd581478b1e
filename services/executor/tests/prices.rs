//! Two sides round prices by the rule of the exchange and may share no code: the trading side, and the simulated exchange.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::Side;
use sixbtc_live::money::Rules;
use sixbtc_venue::engine::Instrument;

proptest! {
    #[test]
    fn a_rounded_price_is_taken_by_the_exchange(
        digits in 1i64..10_000_000_000,
        scale in 0u32..12,
        size_decimals in 0u32..=6,
        buys: bool,
    ) {
        let price = Decimal::new(digits, scale);
        let rules = Rules::hyperliquid(size_decimals, 20);
        let coin = Instrument::new("COIN", size_decimals, 20);
        // the exchange's own rounding is in favour of whoever asks, ours against
        let side = if buys { Side::Sell } else { Side::Buy };
        let theirs = coin.on_tick(price, side);
        match rules.price(price, buys) {
            Some(ours) => {
                prop_assert!(coin.price_ok(ours), "{ours}");
                prop_assert_eq!(ours, theirs.normalize());
            }
            None => prop_assert!(theirs.is_zero(), "{theirs}"),
        }
    }

    #[test]
    fn a_rounded_size_is_taken_by_the_exchange(
        digits in 1i64..10_000_000_000,
        scale in 0u32..12,
        size_decimals in 0u32..=6,
    ) {
        let size = Rules::hyperliquid(size_decimals, 20).size(Decimal::new(digits, scale));
        let coin = Instrument::new("COIN", size_decimals, 20);
        prop_assert!(size.is_zero() || coin.size_ok(size), "{size}");
    }
}
