//! Dates of the proleptic Gregorian calendar, UTC, in integer arithmetic.
//!
//! The day-number formulas are those of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

use crate::timeframe::DAY;

/// A calendar date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// Year.
    pub year: i32,
    /// 1..=12.
    pub month: u32,
    /// 1..=31.
    pub day: u32,
}

/// Days since 1970-01-01 of a date; the date must exist.
pub fn days_from_date(date: Date) -> i64 {
    let year = i64::from(date.year) - i64::from(date.month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = i64::from(date.month);
    let day_of_year =
        (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + i64::from(date.day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date that many days after 1970-01-01.
pub fn date_from_days(days: i64) -> Date {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * day_of_year + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    Date {
        year: (year_of_era + era * 400 + i64::from(month <= 2)) as i32,
        month: month as u32,
        day: (day_of_year - (153 * mp + 2) / 5 + 1) as u32,
    }
}

/// Days in a month.
pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        _ => 31,
    }
}

/// Day of the week of a day number: Monday 0 … Sunday 6.
pub fn weekday(days: i64) -> i64 {
    // 1970-01-01 was a Thursday.
    (days + 3).rem_euclid(7)
}

/// A time as ISO-8601 UTC, seconds only when there are any, milliseconds likewise: `2024-01-31T09:15:00Z`.
pub fn iso(ms: i64) -> String {
    let Date { year, month, day } = date_from_days(ms.div_euclid(DAY));
    let rest = ms.rem_euclid(DAY);
    let (hour, minute, second, milli) = (
        rest / 3_600_000,
        rest / 60_000 % 60,
        rest / 1_000 % 60,
        rest % 1_000,
    );
    if milli == 0 {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;
    use proptest::prelude::*;

    #[test]
    fn known_dates() {
        assert_eq!(
            days_from_date(Date {
                year: 1970,
                month: 1,
                day: 1
            }),
            0
        );
        assert_eq!(
            days_from_date(Date {
                year: 2000,
                month: 2,
                day: 29
            }),
            11_016
        );
        assert_eq!(iso(1_709_208_000_000), "2024-02-29T12:00:00Z");
        assert_eq!(iso(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(weekday(0), 3);
        assert_eq!(weekday(-4), 6);
        assert_eq!(days_in_month(1900, 2), 28);
        assert_eq!(days_in_month(2000, 2), 29);
    }

    proptest! {
        #[test]
        fn agrees_with_chrono(days in -700_000i64..700_000) {
            let date = date_from_days(days);
            prop_assert_eq!(days_from_date(date), days);
            let theirs = chrono::NaiveDate::from_num_days_from_ce_opt(days as i32 + 719_163).unwrap();
            prop_assert_eq!((date.year, date.month, date.day), (theirs.year(), theirs.month(), theirs.day()));
            prop_assert_eq!(weekday(days), i64::from(theirs.weekday().num_days_from_monday()));
        }
    }
}
