//! Fees by volume of the last fourteen days (facts §8.6).

use super::ident::{Millis, to_micro};
use super::settings::{FeeTier, Settings};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Days that count for the tier.
const DAYS: i64 = 14;

/// What was traded on one UTC day, USDC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayVolume {
    /// As taker.
    pub cross: Decimal,
    /// As maker.
    pub add: Decimal,
}

/// Traded volume of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volumes {
    /// By UTC day, the last fifteen.
    pub days: BTreeMap<i64, DayVolume>,
    /// Since ever.
    pub total: Decimal,
}

impl Volumes {
    /// Counts a fill.
    pub fn add(&mut self, day: i64, notional: Decimal, taker: bool) {
        let here = self.days.entry(day).or_default();
        if taker {
            here.cross += notional;
        } else {
            here.add += notional;
        }
        self.total += notional;
        self.days = self.days.split_off(&(day - DAYS));
    }

    /// Volume of the fourteen days before `day`: the tier is assessed at the end of a day and holds for the next.
    pub fn assessed(&self, day: i64) -> Decimal {
        self.days
            .range(day - DAYS..day)
            .map(|(_, v)| v.cross + v.add)
            .sum()
    }
}

/// Day of a time, counted from 1970.
pub fn day_of(time: Millis) -> i64 {
    time.div_euclid(super::ident::DAY)
}

/// The row of the table that a volume falls in.
pub fn tier(settings: &Settings, volume: Decimal) -> FeeTier {
    let first = FeeTier {
        volume: Decimal::ZERO,
        taker: Decimal::ZERO,
        maker: Decimal::ZERO,
    };
    settings
        .fees
        .iter()
        .enumerate()
        .take_while(|(i, row)| *i == 0 || volume > row.volume)
        .last()
        .map_or(first, |(_, row)| *row)
}

/// Fee on a notional, to the micro-dollar.
pub fn fee(notional: Decimal, rate: Decimal) -> Decimal {
    to_micro(notional * rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn the_table_is_that_of_the_facts() {
        let settings = Settings::default();
        let rates = |volume: &str| {
            let row = tier(&settings, d(volume));
            (row.taker, row.maker)
        };
        assert_eq!(rates("0"), (d("0.00045"), d("0.00015")));
        assert_eq!(
            rates("5000000"),
            (d("0.00045"), d("0.00015")),
            "more than, not as much as"
        );
        assert_eq!(rates("5000000.01"), (d("0.0004"), d("0.00012")));
        assert_eq!(rates("25000001"), (d("0.00035"), d("0.00008")));
        assert_eq!(rates("100000001"), (d("0.0003"), d("0.00004")));
        assert_eq!(rates("500000001"), (d("0.00028"), d("0")));
        assert_eq!(rates("2000000001"), (d("0.00026"), d("0")));
        assert_eq!(rates("7000000001"), (d("0.00024"), d("0")));
        assert_eq!(
            fee(d("1234.5678"), d("0.00045")),
            d("0.555556"),
            "0.55555551"
        );
    }

    #[test]
    fn volume_counts_from_the_next_day_for_fourteen_days() {
        let mut volumes = Volumes::default();
        volumes.add(100, d("6000000"), true);
        assert_eq!(volumes.assessed(100), d("0"));
        assert_eq!(volumes.assessed(101), d("6000000"));
        assert_eq!(volumes.assessed(114), d("6000000"));
        assert_eq!(volumes.assessed(115), d("0"));
    }
}
