//! Candles as the exchange tells them once they have settled, read again and again near their end.

use crate::account::ClosedBars;
use sixbtc_market::{Bar, Bars, Timeframe};

/// Bars before the known end that are read again each time: what was corrected meanwhile shows. As many as an answer of the
/// exchange holds without costing more.
const AGAIN: i64 = 50;

/// A bar that was told otherwise before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Change {
    /// Its open, ms.
    pub time: i64,
    /// As it was told before; absent when there was none.
    pub before: Option<Bar>,
    /// As it is told now; absent when there is none any more.
    pub after: Option<Bar>,
}

/// Bars of all series of an account.
#[derive(Debug)]
pub(super) struct Record {
    clock: Timeframe,
    anchor: i64,
    series: Vec<Bars>,
    through: Vec<i64>,
}

impl Record {
    /// Begins with what the account itself began with.
    pub fn new(history: &[Bars], clock: Timeframe, (anchor, from): (i64, i64)) -> Self {
        let cut = |b: &Bars| b.between(Some(anchor), None);
        Self {
            clock,
            anchor,
            through: history.iter().map(|b| b.end().unwrap_or(from)).collect(),
            series: history.iter().map(cut).collect(),
        }
    }

    /// All bars, by series.
    pub fn bars(&self) -> &[Bars] {
        &self.series
    }

    /// Until when all series are known, ms.
    pub fn through(&self) -> i64 {
        self.through.iter().copied().min().unwrap_or(i64::MIN)
    }

    /// A series that is not known until a time, and from when on it is to be read: the one that is behind most.
    pub fn behind(&self, until: i64) -> Option<(usize, i64)> {
        let all = self.through.iter().enumerate();
        let (series, through) = all.min_by_key(|(_, through)| **through)?;
        let again = through - AGAIN * self.clock.ms();
        (*through < until).then(|| (series, again.max(self.anchor)))
    }

    /// Takes an answer, which is the truth from its first time on. Tells what was told otherwise before.
    pub fn take(&mut self, told: &ClosedBars) -> Vec<Change> {
        let Some(known) = self.series.get_mut(told.series) else {
            return Vec::new();
        };
        let through = self.through[told.series];
        if told.through < through || told.from > through {
            return Vec::new();
        }
        let old = known.rows(Some(told.from), None);
        let mut before = old.clone().filter_map(|row| known.get(row)).peekable();
        let mut changes = Vec::new();
        let mut now = known.slice(0..old.start);
        for bar in &told.bars {
            while let Some(gone) = before.next_if(|b| b.time < bar.time) {
                changes.push(Change {
                    time: gone.time,
                    before: Some(gone),
                    after: None,
                });
            }
            let same = before.next_if(|b| b.time == bar.time);
            if bar.time < through && same != Some(*bar) {
                changes.push(Change {
                    time: bar.time,
                    before: same,
                    after: Some(*bar),
                });
            }
            now.push(*bar);
        }
        changes.extend(before.map(|gone| Change {
            time: gone.time,
            before: Some(gone),
            after: None,
        }));
        *known = now;
        self.through[told.series] = told.through;
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const H: i64 = 3_600_000;

    fn bar(hour: i64, close: f64) -> Bar {
        Bar {
            time: hour * H,
            open: close,
            high: close,
            low: close,
            close,
            volume: 1.0,
        }
    }

    fn told(hours: std::ops::Range<i64>, close: impl Fn(i64) -> Option<f64>) -> ClosedBars {
        let bars = hours.clone().filter_map(|h| Some(bar(h, close(h)?)));
        ClosedBars {
            series: 0,
            from: hours.start * H,
            through: hours.end * H,
            bars: bars.collect(),
        }
    }

    #[test]
    fn what_is_told_anew_replaces_what_was_told() {
        let mut history = Bars::new("X", Timeframe::H1);
        (0..4).for_each(|h| history.push(bar(h, 1.0)));
        let mut record = Record::new(&[history], Timeframe::H1, (0, 0));
        assert_eq!(record.behind(4 * H), None);
        assert_eq!(record.behind(6 * H), Some((0, 0)));
        assert!(record.take(&told(0..6, |_| Some(1.0))).is_empty());
        assert_eq!((record.through(), record.bars()[0].len()), (6 * H, 6));
        // one corrected, one gone, one that was not there
        let again = told(2..8, |h| match h {
            3 => Some(2.0),
            4 => None,
            _ => Some(1.0),
        });
        let changes = record.take(&again);
        let times: Vec<i64> = changes.iter().map(|c| c.time / H).collect();
        assert_eq!(times, [3, 4]);
        assert_eq!(changes[0].after, Some(bar(3, 2.0)));
        assert_eq!(changes[1].after, None);
        let changes = record.take(&told(4..8, |_| Some(1.0)));
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].before, changes[0].time), (None, 4 * H));
        // an answer that is older, or leaves a hole, says nothing
        assert!(record.take(&told(0..7, |_| Some(9.0))).is_empty());
        assert!(record.take(&told(9..12, |_| Some(9.0))).is_empty());
        assert_eq!(record.bars()[0].len(), 8);
    }
}
