//! Daily trading sessions in a local time zone, daylight saving included.
//!
//! A session starts at a local time of day on every calendar date and ends at another, on the next date when that is not
//! later. Local times come from the IANA data: one that a change of the clocks skips is the instant the clocks change, one
//! that occurs twice is the first of the two.

use crate::calendar::{Date, date_from_days};
use crate::error::MarketError;
use crate::timeframe::DAY;
use chrono::{LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone};
use chrono_tz::Tz;
use sixbtc_abi::SessionSpec;

const MINUTE: i64 = 60_000;

/// A session made ready to answer about instants.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    start_minute: i64,
    end_minute: i64,
    tz: Tz,
}

/// One occurrence of a session: `[start, end)` in ms since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// First instant.
    pub start: i64,
    /// First instant after it.
    pub end: i64,
}

/// Three columns about a session, one value a bar, each 0 or 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SessionColumns {
    /// 1 while the bar's open lies inside a session.
    pub inside: Vec<f64>,
    /// 1 on the first bar of a session.
    pub start: Vec<f64>,
    /// 1 on the bar that ends with the session, or on the last one scheduled to end before that.
    pub end: Vec<f64>,
}

/// Reads hours such as `09:30-16:00` (or `22:00-02:00`, over midnight; `00:00-24:00`) in an IANA time zone.
pub fn parse_session(hours: &str, tz: &str) -> Result<SessionSpec, MarketError> {
    let bad = |reason| MarketError::Session {
        text: hours.to_owned(),
        reason,
    };
    let (start, end) = hours
        .split_once('-')
        .ok_or_else(|| bad("write two times of day, as in 09:30-16:00"))?;
    let minute = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let digits = |t: &str, n| {
            (t.len() == n && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<u16>().ok())
        };
        let (hour, minute) = (digits(hour, 2)??, digits(minute, 2)??);
        (minute < 60 && hour * 60 + minute <= 1440).then_some(hour * 60 + minute)
    };
    let start = minute(start)
        .filter(|&m| m < 1440)
        .ok_or_else(|| bad("a start is a time of day from 00:00 to 23:59"))?;
    let end = minute(end).ok_or_else(|| bad("an end is a time of day from 00:00 to 24:00"))?;
    let spec = SessionSpec {
        start_minute: start,
        end_minute: end,
        tz: tz.to_owned(),
    };
    Session::new(&spec)?;
    Ok(spec)
}

impl Session {
    /// Looks the time zone up and checks the minutes.
    pub fn new(spec: &SessionSpec) -> Result<Self, MarketError> {
        let tz = spec.tz.parse::<Tz>().map_err(|_| MarketError::Timezone {
            name: spec.tz.clone(),
        })?;
        if spec.start_minute >= 1440 || spec.end_minute > 1440 {
            return Err(MarketError::Session {
                text: format!("minutes {} to {}", spec.start_minute, spec.end_minute),
                reason: "minutes count from local midnight and a day has 1440",
            });
        }
        let start_minute = i64::from(spec.start_minute);
        let end_minute = i64::from(spec.end_minute);
        let end_minute = if end_minute <= start_minute {
            end_minute + 1440
        } else {
            end_minute
        };
        Ok(Self {
            start_minute,
            end_minute,
            tz,
        })
    }

    /// The session that contains the instant, or else the next one.
    pub fn at_or_after(&self, time: i64) -> Occurrence {
        // A session may have begun on the local date before; with offsets of up to a day and clocks that change, the
        // right date is within two of the UTC one.
        let today = time.div_euclid(DAY);
        (today - 2..=today + 2)
            .map(|day| self.on(day))
            .find(|session| time < session.end)
            .unwrap_or_else(|| self.on(today + 3))
    }

    /// The session that starts on a local date, given as days since 1970-01-01.
    pub fn on(&self, day: i64) -> Occurrence {
        let start = self.instant(day, self.start_minute);
        Occurrence {
            start,
            end: self.instant(day, self.end_minute).max(start),
        }
    }

    /// UTC ms of a local minute counted from the midnight that begins a date.
    fn instant(&self, day: i64, minute: i64) -> i64 {
        let day = day + minute.div_euclid(1440);
        let minute = minute.rem_euclid(1440);
        let as_if_utc = day * DAY + minute * MINUTE;
        let Date { year, month, day } = date_from_days(day);
        let local = NaiveDate::from_ymd_opt(year, month, day)
            .zip(NaiveTime::from_num_seconds_from_midnight_opt(
                (minute * 60) as u32,
                0,
            ))
            .map(|(date, time)| NaiveDateTime::new(date, time));
        let Some(local) = local else {
            // Beyond the years that the time-zone data covers, offsets mean nothing.
            return as_if_utc;
        };
        match self.tz.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.timestamp_millis(),
            LocalResult::None => self.change_over(as_if_utc),
        }
    }

    /// The instant at which the clocks jumped over a local time, given as if it were UTC.
    fn change_over(&self, as_if_utc: i64) -> i64 {
        // The offset before the jump names the instant that the skipped time would have been; the jump is the last
        // minute before it at which the offset still changes.
        let offset = |ms: i64| {
            chrono::DateTime::from_timestamp_millis(ms).map_or(0, |at| {
                i64::from(
                    self.tz
                        .offset_from_utc_datetime(&at.naive_utc())
                        .fix()
                        .local_minus_utc(),
                ) * 1_000
            })
        };
        let before = offset(as_if_utc - DAY - DAY / 4);
        let (mut low, mut high) = (as_if_utc - before - DAY, as_if_utc - before);
        let after = offset(high);
        while high - low > 1_000 {
            let middle = low + (high - low) / 2;
            if offset(middle) == after {
                high = middle;
            } else {
                low = middle;
            }
        }
        high.div_euclid(1_000) * 1_000
    }

    /// The three columns for bars of `period` ms that open at the given rising times.
    pub fn columns(&self, time: &[i64], period: i64) -> SessionColumns {
        let mut columns = SessionColumns {
            inside: Vec::with_capacity(time.len()),
            start: Vec::with_capacity(time.len()),
            end: Vec::with_capacity(time.len()),
        };
        let mut session = Occurrence {
            start: i64::MIN,
            end: i64::MIN,
        };
        // Before the data, the schedule stands in for the bar that would have been there.
        let mut previous = time.first().map_or(i64::MIN, |first| first - period);
        for &open in time {
            if open >= session.end {
                session = self.at_or_after(open);
            }
            let inside = open >= session.start;
            let starts = inside && previous < session.start;
            let ends = inside && open + period <= session.end && open + 2 * period > session.end;
            columns.inside.push(f64::from(u8::from(inside)));
            columns.start.push(f64::from(u8::from(starts)));
            columns.end.push(f64::from(u8::from(ends)));
            previous = open;
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::iso;
    use proptest::prelude::*;

    fn session(hours: &str, tz: &str) -> Session {
        Session::new(&parse_session(hours, tz).unwrap()).unwrap()
    }

    fn utc(text: &str) -> i64 {
        chrono::DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_millis()
    }

    fn shown(session: &Session, date: &str) -> String {
        let found = session.on(utc(&format!("{date}T00:00:00Z")) / DAY);
        format!("{} {}", iso(found.start), iso(found.end))
    }

    #[test]
    fn new_york_follows_daylight_saving() {
        let s = session("09:30-16:00", "America/New_York");
        assert_eq!(
            shown(&s, "2024-03-08"),
            "2024-03-08T14:30:00Z 2024-03-08T21:00:00Z"
        );
        assert_eq!(
            shown(&s, "2024-03-11"),
            "2024-03-11T13:30:00Z 2024-03-11T20:00:00Z"
        );
        assert_eq!(
            shown(&s, "2024-11-01"),
            "2024-11-01T13:30:00Z 2024-11-01T20:00:00Z"
        );
        assert_eq!(
            shown(&s, "2024-11-04"),
            "2024-11-04T14:30:00Z 2024-11-04T21:00:00Z"
        );
    }

    #[test]
    fn skipped_and_doubled_local_times() {
        // In New York 02:00 to 03:00 did not exist on 2024-03-10; 01:00 to 02:00 came twice on 2024-11-03.
        let s = session("02:30-04:00", "America/New_York");
        assert_eq!(
            shown(&s, "2024-03-10"),
            "2024-03-10T07:00:00Z 2024-03-10T08:00:00Z"
        );
        let s = session("01:30-03:00", "America/New_York");
        assert_eq!(
            shown(&s, "2024-11-03"),
            "2024-11-03T05:30:00Z 2024-11-03T08:00:00Z"
        );
        // Lord Howe moves by half an hour: 02:00 to 02:30 did not exist on 2024-10-06.
        let s = session("02:10-05:00", "Australia/Lord_Howe");
        assert_eq!(
            shown(&s, "2024-10-06"),
            "2024-10-05T15:30:00Z 2024-10-05T18:00:00Z"
        );
        // In Cairo midnight itself did not exist on 2024-04-26.
        let s = session("00:00-24:00", "Africa/Cairo");
        assert_eq!(
            shown(&s, "2024-04-26"),
            "2024-04-25T22:00:00Z 2024-04-26T21:00:00Z"
        );
        // Samoa skipped the whole of 2011-12-30.
        let s = session("09:00-17:00", "Pacific/Apia");
        assert_eq!(
            shown(&s, "2011-12-30"),
            "2011-12-30T10:00:00Z 2011-12-30T10:00:00Z"
        );
    }

    #[test]
    fn over_midnight() {
        let s = session("22:00-02:00", "UTC");
        assert_eq!(
            shown(&s, "2024-01-01"),
            "2024-01-01T22:00:00Z 2024-01-02T02:00:00Z"
        );
        let at = s.at_or_after(utc("2024-01-02T01:59:59Z"));
        assert_eq!(iso(at.start), "2024-01-01T22:00:00Z");
        let at = s.at_or_after(utc("2024-01-02T02:00:00Z"));
        assert_eq!(iso(at.start), "2024-01-02T22:00:00Z");
    }

    #[test]
    fn columns_over_a_day_with_a_hole() {
        let s = session("09:30-16:00", "America/New_York");
        let hour = 3_600_000;
        // 2024-07-01: the session is 13:30 to 20:00 UTC.
        let midnight = utc("2024-07-01T00:00:00Z");
        let all: Vec<i64> = (0..48).map(|i| midnight + i * hour / 2).collect();
        let columns = s.columns(&all, hour / 2);
        let ones = |column: &[f64]| -> Vec<usize> {
            (0..column.len()).filter(|&i| column[i] > 0.5).collect()
        };
        assert_eq!(ones(&columns.inside), (27..40).collect::<Vec<_>>());
        assert_eq!(ones(&columns.start), vec![27]);
        assert_eq!(ones(&columns.end), vec![39]);
        // Hourly bars: 14:00 is the first inside; 19:00 ends with the session.
        let hours: Vec<i64> = (0..24).map(|i| midnight + i * hour).collect();
        let columns = s.columns(&hours, hour);
        assert_eq!(ones(&columns.inside), (14..20).collect::<Vec<_>>());
        assert_eq!(ones(&columns.start), vec![14]);
        assert_eq!(ones(&columns.end), vec![19]);
        // Without the first two bars of the session, the next one starts it.
        let holed: Vec<i64> = all
            .iter()
            .copied()
            .filter(|t| !(27..29).contains(&((t - midnight) * 2 / hour)))
            .collect();
        assert_eq!(ones(&s.columns(&holed, hour / 2).start), vec![27]);
        // Data that begin in the middle of a session do not start it.
        assert_eq!(
            ones(&s.columns(&all[30..], hour / 2).start),
            Vec::<usize>::new()
        );
        assert_eq!(ones(&s.columns(&all[27..], hour / 2).start), vec![0]);
    }

    #[test]
    fn an_end_between_two_bars_belongs_to_the_bar_before() {
        let s = session("08:00-09:30", "UTC");
        let hour = 3_600_000;
        let columns = s.columns(&(0..24).map(|i| i * hour).collect::<Vec<_>>(), hour);
        assert_eq!(
            (columns.end[8], columns.end[9], columns.inside[9]),
            (1.0, 0.0, 1.0)
        );
    }

    #[test]
    fn bad_specs_are_refused() {
        for (hours, tz) in [
            ("9:30-16:00", "UTC"),
            ("09:30", "UTC"),
            ("24:00-01:00", "UTC"),
            ("09:60-10:00", "UTC"),
            ("09:30-24:01", "UTC"),
            ("09:30-16:00", "Mars/Olympus"),
            ("", "UTC"),
            ("+9:30-16:00", "UTC"),
        ] {
            assert!(parse_session(hours, tz).is_err(), "{hours} {tz}");
        }
        let spec = SessionSpec {
            start_minute: 1440,
            end_minute: 0,
            tz: "UTC".into(),
        };
        assert!(Session::new(&spec).is_err());
    }

    proptest! {
        #[test]
        fn columns_agree_with_a_local_clock(
            start in 0u16..1440, end in 0u16..=1440, zone in 0usize..6, day in 10_000i64..22_000,
        ) {
            use chrono::Timelike;
            let tz = ["UTC", "America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Sydney", "America/St_Johns"][zone];
            let spec = SessionSpec { start_minute: start, end_minute: end, tz: tz.into() };
            let s = Session::new(&spec).unwrap();
            let zone: Tz = tz.parse().unwrap();
            let times: Vec<i64> = (0..96).map(|i| day * DAY + i * 15 * MINUTE).collect();
            let columns = s.columns(&times, 15 * MINUTE);
            for (i, &t) in times.iter().enumerate() {
                let local = zone.from_utc_datetime(&chrono::DateTime::from_timestamp_millis(t).unwrap().naive_utc());
                let offset = |ms: i64| zone.offset_from_utc_datetime(&chrono::DateTime::from_timestamp_millis(ms).unwrap().naive_utc()).fix();
                // Around a change of the clocks the wall clock alone does not tell; those days have tests of their own.
                if offset(t - DAY) != offset(t + DAY) { continue; }
                let minute = (local.hour() * 60 + local.minute()) as u16;
                let inside = if end > start { start <= minute && minute < end } else { minute >= start || minute < end };
                prop_assert_eq!(columns.inside[i] > 0.5, inside, "{} {}", iso(t), minute);
            }
        }
    }
}
