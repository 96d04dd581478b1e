//! When a task is due. All times are UTC, so no hour is missing or comes twice when clocks are changed for summer.

use chrono::{DateTime, Utc};
use croner::Cron;
use sixbtc_core::model::Millis;

const MINUTE: i64 = 60_000;

/// Times of one task.
#[derive(Debug, Clone)]
pub struct Schedule {
    kind: Kind,
    /// As people read it.
    text: String,
}

#[derive(Debug, Clone)]
enum Kind {
    Cron(Box<Cron>),
    /// Every `period`, counted from `anchor`, ms.
    Every {
        anchor: i64,
        period: i64,
    },
}

/// A schedule that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no schedule: {reason}")]
pub struct ScheduleError {
    text: String,
    reason: String,
}

impl Schedule {
    /// Five fields: minute, hour, day, month, day of the week.
    pub fn cron(text: &str) -> Result<Self, ScheduleError> {
        let wrong = |reason: String| ScheduleError {
            text: text.to_owned(),
            reason,
        };
        let cron: Cron = text
            .parse()
            .map_err(|e: croner::errors::CronError| wrong(e.to_string()))?;
        // A 31st of February never comes.
        cron.find_next_occurrence(&DateTime::<Utc>::UNIX_EPOCH, false)
            .map_err(|e| wrong(e.to_string()))?;
        Ok(Self {
            kind: Kind::Cron(Box::new(cron)),
            text: text.to_owned(),
        })
    }

    /// At some hours, all at the same minute.
    pub fn hours(hours: &[u32], minute: u32) -> Result<Self, ScheduleError> {
        if hours.is_empty() {
            return Err(ScheduleError {
                text: String::new(),
                reason: "it names no hour".into(),
            });
        }
        let hours: Vec<String> = hours.iter().map(u32::to_string).collect();
        Self::cron(&format!("{minute} {} * * *", hours.join(",")))
    }

    /// Every so many minutes, at least one, counted from midnight of 1970-01-01.
    pub fn minutes(minutes: u32) -> Self {
        let minutes = minutes.max(1);
        Self {
            kind: Kind::Every {
                anchor: 0,
                period: i64::from(minutes) * MINUTE,
            },
            text: format!("every {minutes} min"),
        }
    }

    /// Every so many hours, so that one run is at this time of the day.
    pub fn daily(hour: u32, minute: u32, every_hours: u32) -> Result<Self, ScheduleError> {
        if every_hours == 24 {
            return Self::hours(&[hour], minute);
        }
        let every = every_hours.max(1);
        Ok(Self {
            kind: Kind::Every {
                anchor: (i64::from(hour) * 60 + i64::from(minute)) * MINUTE,
                period: i64::from(every) * 60 * MINUTE,
            },
            text: format!("every {every} h from {hour:02}:{minute:02}"),
        })
    }

    /// As people read it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first time after this one.
    pub fn next(&self, after: Millis) -> Millis {
        match &self.kind {
            Kind::Every { anchor, period } => after - (after - anchor).rem_euclid(*period) + period,
            Kind::Cron(cron) => instant(after)
                .and_then(|t| cron.find_next_occurrence(&t, false).ok())
                // Beyond the calendar: never, as far as we are concerned.
                .map_or(Millis::MAX, |t| t.timestamp_millis()),
        }
    }

    /// The last time that is not after this one; the time itself when there is none.
    pub fn at_or_before(&self, time: Millis) -> Millis {
        match &self.kind {
            Kind::Every { anchor, period } => time - (time - anchor).rem_euclid(*period),
            Kind::Cron(cron) => instant(time)
                .and_then(|t| cron.find_previous_occurrence(&t, true).ok())
                .map_or(time, |t| t.timestamp_millis().min(time)),
        }
    }
}

fn instant(ms: Millis) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Millis {
        DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_millis()
    }

    #[test]
    fn twice_a_day() {
        let pairs = Schedule::hours(&[1, 13], 45).unwrap();
        assert_eq!(pairs.text(), "45 1,13 * * *");
        assert_eq!(
            pairs.next(at("2026-03-01T01:44:59Z")),
            at("2026-03-01T01:45:00Z")
        );
        assert_eq!(
            pairs.next(at("2026-03-01T01:45:00Z")),
            at("2026-03-01T13:45:00Z")
        );
        assert_eq!(
            pairs.next(at("2026-03-01T13:45:00Z")),
            at("2026-03-02T01:45:00Z")
        );
        assert_eq!(
            pairs.at_or_before(at("2026-03-01T13:45:00Z")),
            at("2026-03-01T13:45:00Z")
        );
        assert_eq!(
            pairs.at_or_before(at("2026-03-01T13:44:00Z")),
            at("2026-03-01T01:45:00Z")
        );
    }

    #[test]
    fn summer_time_moves_nothing() {
        // in Rome 02:30 does not exist on the first of these nights and comes twice on the second
        let report = Schedule::daily(2, 30, 24).unwrap();
        for night in ["2026-03-29", "2026-10-25"] {
            let (before, due) = (
                at(&format!("{night}T00:00:00Z")),
                at(&format!("{night}T02:30:00Z")),
            );
            assert_eq!(report.next(before), due);
            assert_eq!(report.next(due) - due, 86_400_000);
        }
    }

    #[test]
    fn intervals_are_counted_from_a_fixed_time() {
        let every = Schedule::minutes(5);
        assert_eq!(
            every.next(at("2026-03-01T10:07:30Z")),
            at("2026-03-01T10:10:00Z")
        );
        let six = Schedule::daily(1, 30, 6).unwrap();
        assert_eq!(six.text(), "every 6 h from 01:30");
        assert_eq!(
            six.next(at("2026-03-01T20:00:00Z")),
            at("2026-03-02T01:30:00Z")
        );
        assert_eq!(
            six.next(at("2026-03-02T01:30:00Z")),
            at("2026-03-02T07:30:00Z")
        );
    }

    #[test]
    fn what_never_comes_is_refused() {
        assert!(Schedule::cron("99 * * * *").is_err());
        assert!(Schedule::cron("").is_err());
        assert!(Schedule::hours(&[], 5).is_err());
    }

    proptest! {
        #[test]
        fn next_is_later_and_nothing_lies_between(time in 0i64..4_000_000_000_000, minutes in 1u32..2000, hour in 0u32..24) {
            for schedule in [Schedule::minutes(minutes), Schedule::daily(hour, 7, 24).unwrap(), Schedule::daily(hour, 7, 5).unwrap()] {
                let next = schedule.next(time);
                prop_assert!(next > time);
                prop_assert_eq!(schedule.at_or_before(next), next);
                prop_assert!(schedule.at_or_before(next - 1) <= time);
            }
        }
    }
}
