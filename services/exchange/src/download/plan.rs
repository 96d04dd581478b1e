//! What a series lacks.

use super::Notes;
use crate::Millis;
use sixbtc_market::store::Entry;
use sixbtc_market::{Gap, Timeframe};
use std::ops::Range;

/// Opens that are wanted, are not stored, and are not known to exist nowhere: in order of time.
pub(super) fn missing(
    entry: Option<&Entry>,
    wanted: &Range<Millis>,
    notes: &Notes,
    timeframe: Timeframe,
) -> Vec<Range<Millis>> {
    let Some(entry) = entry else {
        return some(wanted.clone()).into_iter().collect();
    };
    let length = timeframe.ms();
    let mut lacking = Vec::new();
    if notes.began_of(Some(entry)).is_none() {
        lacking.extend(some(wanted.start..entry.first.min(wanted.end)));
    }
    for gap in &entry.gaps {
        let gap = gap.from.max(wanted.start)..gap.to.min(wanted.end);
        lacking.extend(without(gap, &notes.holes));
    }
    lacking.extend(some((entry.last + length).max(wanted.start)..wanted.end));
    lacking
}

fn some(range: Range<Millis>) -> Option<Range<Millis>> {
    (range.start < range.end).then_some(range)
}

/// A range without what is known to be a hole. Holes are in order of time.
fn without(range: Range<Millis>, holes: &[Gap]) -> Vec<Range<Millis>> {
    let mut left = Vec::new();
    let mut start = range.start;
    for hole in holes {
        if hole.to <= start || hole.from >= range.end {
            continue;
        }
        left.extend(some(start..hole.from));
        start = start.max(hole.to);
    }
    left.extend(some(start..range.end));
    left
}

#[cfg(test)]
mod tests {
    use super::super::Began;
    use super::*;
    use proptest::prelude::*;

    fn gap(from: i64, to: i64) -> Gap {
        Gap {
            from,
            to,
            missing: ((to - from) / 60_000) as u64,
        }
    }

    fn entry(first: i64, last: i64, gaps: Vec<Gap>) -> Entry {
        Entry {
            schema: 1,
            symbol: "BTC".into(),
            timeframe: "1m".into(),
            rows: 1,
            first,
            last,
            gaps,
            hash: String::new(),
            source: String::new(),
        }
    }

    const M: i64 = 60_000;

    #[test]
    fn before_between_and_behind() {
        let lacks = |entry: Option<&Entry>, notes: &Notes| {
            missing(entry, &(10 * M..50 * M), notes, Timeframe::M1)
        };
        let mut notes = Notes::default();
        assert_eq!(lacks(None, &notes), vec![10 * M..50 * M]);
        let stored = entry(20 * M, 39 * M, vec![gap(25 * M, 30 * M)]);
        let all = vec![10 * M..20 * M, 25 * M..30 * M, 40 * M..50 * M];
        assert_eq!(lacks(Some(&stored), &notes), all);
        notes.holes = vec![gap(26 * M, 28 * M)];
        notes.began = Some(Began {
            first: 20 * M,
            asked: 10 * M,
        });
        let less = vec![25 * M..26 * M, 28 * M..30 * M, 40 * M..50 * M];
        assert_eq!(lacks(Some(&stored), &notes), less);
        // a note about another beginning is no longer true
        notes.began = Some(Began {
            first: 21 * M,
            asked: 10 * M,
        });
        assert_eq!(lacks(Some(&stored), &notes)[0], 10 * M..20 * M);
        // all of it stored already, or all of it later than what is wanted
        assert_eq!(lacks(Some(&entry(0, 60 * M, vec![])), &notes), vec![]);
        assert_eq!(
            lacks(Some(&entry(70 * M, 90 * M, vec![])), &notes),
            vec![10 * M..50 * M]
        );
    }

    proptest! {
        #[test]
        fn nothing_known_is_asked_and_nothing_unknown_left_out(
            from in 0i64..50, length in 0i64..50, cuts in prop::collection::vec((0i64..20, 1i64..10), 0..8),
        ) {
            let mut holes = Vec::new();
            let mut at = 0;
            for (apart, long) in cuts {
                holes.push(gap(at + apart, at + apart + long));
                at += apart + long;
            }
            let left = without(from..from + length, &holes);
            for t in 0..120 {
                let wanted = (from..from + length).contains(&t) && !holes.iter().any(|h| (h.from..h.to).contains(&t));
                prop_assert_eq!(left.iter().filter(|r| r.contains(&t)).count(), usize::from(wanted));
            }
        }
    }
}
