//! Returns by calendar month and year.

use crate::data::EquityCurve;
use chrono::{DateTime, Datelike};

/// The return of one calendar month, UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MonthReturn {
    /// Calendar year.
    pub year: i32,
    /// 1 = January … 12 = December.
    pub month: u32,
    /// Last equity of the month / last equity before the month − 1.
    pub value: f64,
}

/// The return of one calendar year, UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct YearReturn {
    /// Calendar year.
    pub year: i32,
    /// Last equity of the year / last equity before the year − 1.
    pub value: f64,
}

/// Returns of every month the curve touches, first to last. The first month starts from `initial`. A month ends with the
/// last bar that opens in it.
pub fn months(curve: &EquityCurve, initial: f64) -> Vec<MonthReturn> {
    periods(curve, initial, |time| {
        let date = DateTime::from_timestamp_millis(time)?;
        Some((date.year(), date.month()))
    })
    .into_iter()
    .map(|((year, month), value)| MonthReturn { year, month, value })
    .collect()
}

/// Returns of every year the curve touches, first to last.
pub fn years(curve: &EquityCurve, initial: f64) -> Vec<YearReturn> {
    periods(curve, initial, |time| {
        Some(DateTime::from_timestamp_millis(time)?.year())
    })
    .into_iter()
    .map(|(year, value)| YearReturn { year, value })
    .collect()
}

/// Rows whose time lies outside the calendar's range are left out.
fn periods<K: PartialEq + Copy>(
    curve: &EquityCurve,
    initial: f64,
    key: impl Fn(i64) -> Option<K>,
) -> Vec<(K, f64)> {
    let mut ends: Vec<(K, f64)> = Vec::new();
    for (&time, &equity) in curve.time.iter().zip(&curve.equity) {
        let Some(period) = key(time) else { continue };
        match ends.last_mut() {
            Some((last, end)) if *last == period => *end = equity,
            _ => ends.push((period, equity)),
        }
    }
    let mut before = initial;
    for (_, value) in &mut ends {
        let end = *value;
        *value = if before > 0.0 {
            end / before - 1.0
        } else {
            0.0
        };
        before = end;
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_millis()
    }

    fn curve() -> EquityCurve {
        EquityCurve {
            time: [
                "2017-11-30T23:30:00Z",
                "2017-12-01T00:00:00Z",
                "2017-12-31T23:59:59Z",
                "2018-01-01T00:00:00Z",
                "2018-03-05T12:00:00Z",
            ]
            .map(at)
            .to_vec(),
            equity: vec![110.0, 90.0, 121.0, 60.5, 66.55],
        }
    }

    #[test]
    fn months_follow_one_another() {
        let months = months(&curve(), 100.0);
        let found: Vec<_> = months.iter().map(|m| (m.year, m.month)).collect();
        assert_eq!(found, vec![(2017, 11), (2017, 12), (2018, 1), (2018, 3)]);
        for (month, expected) in months.iter().zip([0.1, 0.1, -0.5, 0.1]) {
            assert!((month.value - expected).abs() < 1e-12, "{month:?}");
        }
    }

    #[test]
    fn years_compound_their_months() {
        let years = years(&curve(), 100.0);
        assert_eq!(years.len(), 2);
        assert!((years[0].value - 0.21).abs() < 1e-12);
        assert!((years[1].value - (66.55 / 121.0 - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn nothing_and_ruin() {
        assert!(months(&EquityCurve::default(), 100.0).is_empty());
        let ruined = EquityCurve {
            time: vec![0, 40 * 86_400_000],
            equity: vec![0.0, 10.0],
        };
        let values: Vec<_> = months(&ruined, 100.0).iter().map(|m| m.value).collect();
        assert!((values[0] + 1.0).abs() < 1e-12 && values[1].abs() < 1e-12);
    }
}
