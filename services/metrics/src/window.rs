//! The last hour of the audit trail, minute by minute: read once as it grows, never twice.

use serde::{Deserialize, Serialize};
use sixbtc_core::model::{Event, Millis, Outcome, Stage};
use std::collections::{BTreeMap, VecDeque};

/// Length of the window.
pub const HOUR: Millis = 3_600_000;
const MINUTE: Millis = 60_000;

/// Durations in classes a tenth wide: percentiles to within that, whatever the number.
#[derive(Debug, Clone, Default, PartialEq)]
struct Histogram(BTreeMap<u16, u64>);

impl Histogram {
    const WIDTH: f64 = 1.1;

    fn add(&mut self, ms: i64) {
        let class = (1.0 + ms.max(0) as f64).log(Self::WIDTH).round() as u16;
        *self.0.entry(class).or_default() += 1;
    }

    fn join(&mut self, other: &Self) {
        for (class, n) in &other.0 {
            *self.0.entry(*class).or_default() += n;
        }
    }

    fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The duration that a share of all does not exceed, ms.
    fn quantile(&self, share: f64) -> f64 {
        let wanted = (share * self.count() as f64).ceil().max(1.0) as u64;
        let mut sum = 0;
        for (class, n) in &self.0 {
            sum += n;
            if sum >= wanted {
                return (Self::WIDTH.powi(i32::from(*class)) - 1.0).round();
            }
        }
        0.0
    }
}

/// How long one stage takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Took {
    /// How many were timed.
    pub count: u64,
    /// Half took no longer, ms.
    pub p50: f64,
    /// 95 of 100 took no longer, ms.
    pub p95: f64,
    /// 99 of 100 took no longer, ms.
    pub p99: f64,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Slot {
    minute: i64,
    /// Made; validated and refused by it; judged and accepted into the pool.
    made: u64,
    valid: u64,
    invalid: u64,
    judged: u64,
    accepted: u64,
    retested: u64,
    /// By source: made and accepted.
    sources: BTreeMap<String, u64>,
    /// Refusals by gate.
    refused: BTreeMap<String, u64>,
    /// Errors by stage and word.
    failures: BTreeMap<String, u64>,
    took: BTreeMap<Stage, Histogram>,
}

/// The last hour.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Window {
    /// Number of the last event that was read.
    pub last: Option<i64>,
    /// Since when everything was read.
    since: Option<Millis>,
    slots: VecDeque<Slot>,
}

/// What happened within the window.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counted {
    /// Strategies made.
    pub made: u64,
    /// Passed validation.
    pub valid: u64,
    /// Refused by it.
    pub invalid: u64,
    /// Judged to the end.
    pub judged: u64,
    /// Into the pool.
    pub accepted: u64,
    /// Members of the pool tested again.
    pub retested: u64,
    /// Strategies made, by source.
    pub sources: BTreeMap<String, u64>,
    /// Refusals by gate.
    pub refused: BTreeMap<String, u64>,
    /// Errors by stage and word.
    pub failures: BTreeMap<String, u64>,
    /// Durations by stage.
    pub took: BTreeMap<String, Took>,
}

/// Whether an event ends the judgement of a new strategy: a refusal on the way, or the entry into the pool.
pub fn judged(stage: Stage, outcome: Outcome, what: &str) -> bool {
    match (stage, outcome) {
        // the eviction of another one is no judgement
        (Stage::Pool, Outcome::Refused) => what != "evicted",
        (Stage::Pool, Outcome::Passed)
        | (
            Stage::Sweep
            | Stage::InSample
            | Stage::OutOfSample
            | Stage::Score
            | Stage::LookAhead
            | Stage::Permutation
            | Stage::WalkForward
            | Stage::Robustness
            | Stage::Deflated,
            Outcome::Refused,
        ) => true,
        _ => false,
    }
}

impl Window {
    /// Begins to read at an instant.
    pub fn begin(&mut self, since: Millis) {
        self.since.get_or_insert(since);
    }

    /// Takes an event.
    pub fn add(&mut self, event: &Event) {
        if self.last.is_some_and(|last| event.id <= last) {
            return;
        }
        self.last = Some(event.id);
        self.begin(event.at);
        let minute = event.at.div_euclid(MINUTE);
        // events of several writers are nearly in order: an older one is counted in its own minute
        let place = self.slots.iter().rposition(|s| s.minute <= minute);
        let at = match place {
            Some(i) if self.slots[i].minute == minute => i,
            other => {
                let at = other.map_or(0, |i| i + 1);
                let slot = Slot {
                    minute,
                    ..Slot::default()
                };
                self.slots.insert(at, slot);
                at
            }
        };
        self.slots[at].count(event);
    }

    /// Forgets what is older than an hour.
    pub fn forget(&mut self, now: Millis) {
        let first = (now - HOUR).div_euclid(MINUTE);
        while self.slots.front().is_some_and(|s| s.minute <= first) {
            self.slots.pop_front();
        }
    }

    /// How much of the last hour was read, 0 to 1.
    pub fn covered(&self, now: Millis) -> f64 {
        let read = self.since.map_or(0, |since| (now - since).max(0));
        (read as f64 / HOUR as f64).min(1.0)
    }

    /// What happened.
    pub fn counted(&self) -> Counted {
        let mut c = Counted::default();
        let mut took: BTreeMap<Stage, Histogram> = BTreeMap::new();
        for s in &self.slots {
            c.made += s.made;
            c.valid += s.valid;
            c.invalid += s.invalid;
            c.judged += s.judged;
            c.accepted += s.accepted;
            c.retested += s.retested;
            for (all, one) in [
                (&mut c.sources, &s.sources),
                (&mut c.refused, &s.refused),
                (&mut c.failures, &s.failures),
            ] {
                for (name, n) in one {
                    *all.entry(name.clone()).or_default() += n;
                }
            }
            for (stage, histogram) in &s.took {
                took.entry(*stage).or_default().join(histogram);
            }
        }
        c.took = took
            .into_iter()
            .map(|(stage, h)| {
                let took = Took {
                    count: h.count(),
                    p50: h.quantile(0.50),
                    p95: h.quantile(0.95),
                    p99: h.quantile(0.99),
                };
                (stage.to_string(), took)
            })
            .collect();
        c
    }
}

impl Slot {
    fn count(&mut self, event: &Event) {
        let e = &event.event;
        match (e.stage, e.outcome) {
            (Stage::Generation, Outcome::Passed) if e.strategy.is_some() => {
                self.made += 1;
                if let Some(source) = e.data.get("source").and_then(|s| s.as_str()) {
                    *self.sources.entry(source.to_owned()).or_default() += 1;
                }
            }
            (Stage::Validation, Outcome::Passed) => self.valid += 1,
            (Stage::Validation, Outcome::Refused) => self.invalid += 1,
            (Stage::Retest, Outcome::Passed | Outcome::Refused) => self.retested += 1,
            _ => {}
        }
        if judged(e.stage, e.outcome, &e.what) {
            self.judged += 1;
            self.accepted += u64::from(e.stage == Stage::Pool && e.outcome == Outcome::Passed);
        }
        match e.outcome {
            Outcome::Refused if e.strategy.is_some() && e.what != "evicted" => {
                *self.refused.entry(gate(e.stage, &e.what)).or_default() += 1;
            }
            Outcome::Error => *self.failures.entry(gate(e.stage, &e.what)).or_default() += 1,
            _ => {}
        }
        if let Some(ms) = e.took_ms {
            self.took.entry(e.stage).or_default().add(ms);
        }
    }
}

/// `in_sample.sharpe`, whether the event says `in_sample.sharpe` or `sharpe`.
fn gate(stage: Stage, what: &str) -> String {
    if what.contains('.') {
        what.to_owned()
    } else {
        format!("{stage}.{what}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sixbtc_core::model::NewEvent;
    use uuid::Uuid;

    fn event(id: i64, at: Millis, stage: Stage, outcome: Outcome, what: &str) -> Event {
        Event {
            id,
            at,
            by: "test".into(),
            event: NewEvent {
                strategy: Some(Uuid::nil()),
                name: "x".into(),
                stage,
                what: what.into(),
                outcome,
                took_ms: Some(id),
                data: json!({"source": "unger"}),
            },
        }
    }

    #[test]
    fn an_hour_is_counted_and_no_more() {
        let mut w = Window::default();
        for i in 0..120 {
            let at = i * MINUTE;
            w.add(&event(i, at, Stage::Generation, Outcome::Passed, "created"));
            w.forget(at);
        }
        assert_eq!(w.counted().made, 60);
        assert_eq!(w.counted().sources["unger"], 60);
        assert!((w.covered(119 * MINUTE) - 1.0).abs() < 1e-12);
        // the same event again changes nothing
        let before = w.clone();
        w.add(&event(
            119,
            119 * MINUTE,
            Stage::Generation,
            Outcome::Passed,
            "created",
        ));
        assert_eq!(w, before);
    }

    #[test]
    fn a_window_that_was_just_opened_says_so() {
        let mut w = Window::default();
        assert!(w.covered(10).abs() < 1e-12);
        w.begin(HOUR);
        assert!((w.covered(HOUR + HOUR / 4) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn a_strategy_is_judged_once() {
        let mut w = Window::default();
        let told = [
            (Stage::Sweep, Outcome::Passed, "best"),
            (Stage::InSample, Outcome::Refused, "in_sample.trades"),
            (Stage::Pool, Outcome::Refused, "evicted"),
            (Stage::Pool, Outcome::Passed, "entered"),
            (Stage::Pool, Outcome::Refused, "pool_full"),
            (Stage::Retest, Outcome::Refused, "retest_failed"),
            (Stage::Validation, Outcome::Refused, "crashed_worker"),
            (Stage::System, Outcome::Error, "disk"),
        ];
        for (i, (stage, outcome, what)) in told.into_iter().enumerate() {
            w.add(&event(i as i64, 5, stage, outcome, what));
        }
        let c = w.counted();
        assert_eq!((c.judged, c.accepted, c.retested, c.invalid), (3, 1, 1, 1));
        let gates: Vec<&str> = c.refused.keys().map(String::as_str).collect();
        let expected = [
            "in_sample.trades",
            "pool.pool_full",
            "retest.retest_failed",
            "validation.crashed_worker",
        ];
        assert_eq!(gates, expected);
        assert_eq!(c.failures["system.disk"], 1);
    }

    #[test]
    fn percentiles_are_right_to_a_tenth() {
        let mut w = Window::default();
        for i in 1..=1000 {
            w.add(&event(i, 0, Stage::Sweep, Outcome::Passed, "best"));
        }
        let took = w.counted().took["sweep"];
        assert_eq!(took.count, 1000);
        for (says, is) in [(took.p50, 500.0), (took.p95, 950.0), (took.p99, 990.0)] {
            assert!((says / is - 1.0_f64).abs() < 0.06, "{says} for {is}");
        }
    }

    #[test]
    fn events_a_little_out_of_order_find_their_minute() {
        let mut w = Window::default();
        for (id, minute) in [(1, 5), (2, 7), (3, 6), (4, 4), (5, 7)] {
            w.add(&event(
                id,
                minute * MINUTE,
                Stage::Generation,
                Outcome::Passed,
                "created",
            ));
        }
        let minutes: Vec<i64> = w.slots.iter().map(|s| s.minute).collect();
        assert_eq!(minutes, [4, 5, 6, 7]);
        assert_eq!(w.counted().made, 5);
    }
}
