//! What was drawn and refused, gathered: one event for many drafts.

use crate::examine::Tally;
use sixbtc_core::model::{Millis, NewEvent, Outcome, SourceName, Stage};
use std::collections::BTreeMap;

/// Counts since the last event.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    since: Option<Millis>,
    by_source: BTreeMap<SourceName, Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    tally: Tally,
    rounds: u64,
    seconds: f64,
}

impl Ledger {
    /// Adds a round.
    pub fn add(&mut self, now: Millis, source: SourceName, tally: &Tally, seconds: f64) {
        self.since.get_or_insert(now);
        let counts = self.by_source.entry(source).or_default();
        counts.tally.add(tally);
        counts.rounds += 1;
        counts.seconds += seconds;
    }

    /// Whether it is time for events.
    pub fn is_due(&self, now: Millis, every: Millis) -> bool {
        // a clock that went back makes them due at once
        self.since
            .is_some_and(|since| !(since..since + every).contains(&now))
    }

    /// One event for each source that drew, and a line for the log; begins anew.
    pub fn take(&mut self) -> Vec<NewEvent> {
        self.since = None;
        std::mem::take(&mut self.by_source)
            .into_iter()
            .map(|(source, counts)| NewEvent {
                strategy: None,
                name: String::new(),
                stage: Stage::Generation,
                what: "drawn".into(),
                outcome: Outcome::Noted,
                took_ms: Some((counts.seconds * 1000.0) as i64),
                data: serde_json::json!({
                    "source": source,
                    "rounds": counts.rounds,
                    "drawn": counts.tally.drawn,
                    "accepted": counts.tally.accepted,
                    "refused": counts.tally.refused,
                }),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examine::Reason;

    #[test]
    fn rounds_are_gathered_into_one_event_a_source() {
        let mut ledger = Ledger::default();
        assert!(!ledger.is_due(0, 30_000));
        let mut tally = Tally {
            drawn: 8,
            accepted: 3,
            ..Tally::default()
        };
        tally.refuse(Reason::SameBehaviour);
        ledger.add(1_000, SourceName::Unger, &tally, 0.5);
        ledger.add(2_000, SourceName::Unger, &tally, 0.5);
        ledger.add(2_000, SourceName::PandasTa, &tally, 0.25);
        assert!(!ledger.is_due(30_999, 30_000) && ledger.is_due(31_000, 30_000));
        assert!(ledger.is_due(999, 30_000), "the clock went back");
        let events = ledger.take();
        assert_eq!(events.len(), 2);
        let unger = events.iter().find(|e| e.data["source"] == "unger").unwrap();
        assert_eq!(unger.data["drawn"], 16);
        assert_eq!(unger.data["refused"]["same_behaviour"], 2);
        assert_eq!(unger.took_ms, Some(1_000));
        assert!(ledger.take().is_empty() && !ledger.is_due(i64::MAX, 1));
    }
}
