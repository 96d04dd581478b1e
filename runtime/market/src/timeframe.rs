//! The length of a bar and the grid its opens lie on.

use crate::error::MarketError;
use std::fmt;
use std::str::FromStr;

/// Milliseconds of a second, minute, hour, day and week.
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// Milliseconds of a day.
pub const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// The Unix epoch was a Thursday; the first Monday of the grid of weeks is 1970-01-05.
const FIRST_MONDAY: i64 = 4 * DAY;

/// The longest timeframe: 52 weeks. Longer bars make no sense and would strain date arithmetic.
const LONGEST: i64 = 52 * WEEK;

/// The fixed length of a bar, in milliseconds; at least one second and at most 52 weeks.
///
/// Opens lie on a UTC grid: whole multiples of the length since the epoch, except that whole weeks start on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timeframe(i64);

impl Timeframe {
    /// One minute.
    pub const M1: Self = Self(MINUTE);
    /// Five minutes.
    pub const M5: Self = Self(5 * MINUTE);
    /// A quarter of an hour.
    pub const M15: Self = Self(15 * MINUTE);
    /// Half an hour.
    pub const M30: Self = Self(30 * MINUTE);
    /// One hour.
    pub const H1: Self = Self(HOUR);
    /// Two hours.
    pub const H2: Self = Self(2 * HOUR);
    /// Four hours.
    pub const H4: Self = Self(4 * HOUR);
    /// A UTC day.
    pub const D1: Self = Self(DAY);
    /// A UTC week from Monday.
    pub const W1: Self = Self(WEEK);

    /// From a length in ms. `None` unless it is a whole number of seconds from one second to 52 weeks.
    pub fn from_ms(ms: i64) -> Option<Self> {
        (SECOND..=LONGEST)
            .contains(&ms)
            .then_some(Self(ms))
            .filter(|_| ms % SECOND == 0)
    }

    /// The length in ms.
    pub fn ms(self) -> i64 {
        self.0
    }

    /// Bars in a year of 365 days: crypto trades on every one of them. Used to annualise.
    pub fn bars_per_year(self) -> f64 {
        (365 * DAY) as f64 / self.0 as f64
    }

    /// Open of the bar that contains `time`.
    pub fn floor(self, time: i64) -> i64 {
        time - (time - self.anchor()).rem_euclid(self.0)
    }

    /// Open of the first bar that starts after `time`: the end of the bar that contains it.
    pub fn next(self, time: i64) -> i64 {
        self.floor(time) + self.0
    }

    /// Whether a bar of this length opens at `time`.
    pub fn opens_at(self, time: i64) -> bool {
        (time - self.anchor()).rem_euclid(self.0) == 0
    }

    /// Whether bars of this length can be cut out of bars of `finer` without splitting one: the length is a whole
    /// multiple, and every boundary of this grid is one of the finer grid too.
    pub fn holds(self, finer: Self) -> bool {
        self.0 % finer.0 == 0 && finer.opens_at(self.anchor())
    }

    fn anchor(self) -> i64 {
        if self.0 % WEEK == 0 { FIRST_MONDAY } else { 0 }
    }
}

impl fmt::Display for Timeframe {
    /// The shortest exact name: `90m`, `1h` for 60 minutes, `1d`, `1w`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in [(WEEK, 'w'), (DAY, 'd'), (HOUR, 'h'), (MINUTE, 'm')] {
            if self.0 % unit == 0 {
                return write!(f, "{}{name}", self.0 / unit);
            }
        }
        write!(f, "{}s", self.0 / SECOND)
    }
}

impl FromStr for Timeframe {
    type Err = MarketError;

    /// Reads `30s`, `15m`, `4h`, `1d`, `1w`. A month (`1M`) has no fixed length and is refused.
    fn from_str(text: &str) -> Result<Self, MarketError> {
        let bad = |reason| MarketError::Timeframe {
            text: text.to_owned(),
            reason,
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, unit) = text.split_at(digits);
        let unit = match unit {
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            "w" => WEEK,
            "M" => return Err(bad("a month has no fixed length; use days or weeks")),
            _ => return Err(bad("write a number and s, m, h, d or w, as in 15m or 4h")),
        };
        let count: i64 = count
            .parse()
            .map_err(|_| bad("write a number and s, m, h, d or w, as in 15m or 4h"))?;
        count
            .checked_mul(unit)
            .and_then(Self::from_ms)
            .ok_or_else(|| bad("the length must lie between 1s and 52w"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_read_back() {
        for name in [
            "1s", "45s", "1m", "5m", "15m", "90m", "1h", "4h", "1d", "3d", "1w", "52w",
        ] {
            assert_eq!(name.parse::<Timeframe>().unwrap().to_string(), name);
        }
        assert_eq!("60m".parse::<Timeframe>().unwrap().to_string(), "1h");
        assert_eq!("7d".parse::<Timeframe>().unwrap(), Timeframe::W1);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "m",
            "15",
            "0m",
            "-1h",
            "1M",
            "53w",
            "15min",
            "1.5h",
            "99999999999999999999m",
            " 1m",
            "1m ",
        ] {
            assert!(text.parse::<Timeframe>().is_err(), "{text}");
        }
    }

    #[test]
    fn weeks_start_on_monday() {
        // 2024-02-29 was a Thursday; its week began on Monday the 26th.
        let thursday = 1_709_208_000_000;
        assert_eq!(Timeframe::W1.floor(thursday), 1_708_905_600_000);
        assert_eq!(Timeframe::W1.next(thursday), 1_709_510_400_000);
        assert!(Timeframe::W1.opens_at(1_708_905_600_000));
        assert_eq!(Timeframe::W1.floor(0), -3 * DAY);
    }

    #[test]
    fn a_year_has_365_days() {
        assert!((Timeframe::M15.bars_per_year() - 35_040.0).abs() < f64::EPSILON);
        assert!((Timeframe::H4.bars_per_year() - 2_190.0).abs() < f64::EPSILON);
    }

    #[test]
    fn what_holds_what() {
        assert!(Timeframe::H1.holds(Timeframe::M15));
        assert!(Timeframe::W1.holds(Timeframe::D1));
        assert!(Timeframe::W1.holds(Timeframe::M15));
        assert!(!Timeframe::M15.holds(Timeframe::H1));
        assert!(!Timeframe::H1.holds("25m".parse().unwrap()));
        // A 7-day grid starts on Mondays, a 3.5-day grid at the epoch: they meet only by chance.
        let half_week = Timeframe::from_ms(WEEK / 2).unwrap();
        assert!(!Timeframe::W1.holds(half_week));
    }

    proptest! {
        #[test]
        fn floor_is_the_bar_that_contains(ms in 1i64..100_000, time in -10_000_000_000_000i64..10_000_000_000_000) {
            let tf = Timeframe::from_ms(ms * 1_000).unwrap();
            let open = tf.floor(time);
            prop_assert!(open <= time && time < open + tf.ms());
            prop_assert!(tf.opens_at(open));
            prop_assert_eq!(tf.next(time), open + tf.ms());
        }
    }
}
