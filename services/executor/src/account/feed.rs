//! Bars on their way to the strategy: complete, in order, and all symbols of an instant at once.

use super::io::ClosedBars;
use sixbtc_market::{Bar, Timeframe};
use std::collections::VecDeque;

/// So often the same bar is refused before it is passed over.
const REFUSALS: u32 = 3;

/// What is wrong with bars that were brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Those before them are missing, from this time on, ms.
    Missing(i64),
    /// They cannot be: out of order, off the grid, not closed yet, or prices that are none.
    Wrong(String),
    /// They end after the time that it is.
    Early(i64),
    /// They cannot be, whoever brings them: those are passed over.
    Hole(String),
    /// They came too late: the strategy has gone on without them.
    Late(i64),
}

/// Bars of one series that are known and have not been decided on.
#[derive(Debug, Clone, Default)]
struct Lane {
    through: i64,
    bars: VecDeque<Bar>,
    /// What was refused last, and how often.
    refused: Option<(String, u32)>,
}

/// The bars of all series.
#[derive(Debug, Clone)]
pub(super) struct Feed {
    clock: Timeframe,
    late: i64,
    late_held: i64,
    /// How much the clocks of those who tell may be ahead.
    early: i64,
    stepped: i64,
    lanes: Vec<Lane>,
}

impl Feed {
    /// All that opened before `stepped` has been decided on.
    pub fn new(
        clock: Timeframe,
        (late, late_held, early): (i64, i64, i64),
        stepped: i64,
        series: usize,
    ) -> Self {
        let lane = Lane {
            through: stepped,
            bars: VecDeque::new(),
            refused: None,
        };
        Self {
            late: late.max(4 * clock.ms()),
            late_held,
            early,
            clock,
            stepped,
            lanes: vec![lane; series],
        }
    }

    /// End of the last bars that were decided on, ms.
    pub fn stepped(&self) -> i64 {
        self.stepped
    }

    /// Until when a series is known, ms.
    pub fn through(&self, series: usize) -> i64 {
        self.lanes.get(series).map_or(i64::MAX, |l| l.through)
    }

    /// Takes bars. What is known already is passed over.
    pub fn take(&mut self, closed: &ClosedBars, now: i64) -> Result<(), Trouble> {
        let wrong = |why: String| Err(Trouble::Wrong(why));
        let (clock, stepped) = (self.clock, self.stepped);
        let Some(lane) = self.lanes.get_mut(closed.series) else {
            return wrong(format!("there is no series {}", closed.series));
        };
        if closed.from > lane.through {
            return Err(Trouble::Missing(lane.through));
        }
        if closed.through > now.saturating_add(self.early) {
            return Err(Trouble::Early(closed.through));
        }
        let (mut before, mut hole) = (i64::MIN, None);
        let mut good = Vec::with_capacity(closed.bars.len());
        for bar in &closed.bars {
            let prices = [bar.open, bar.high, bar.low, bar.close];
            let shape = prices.iter().all(|p| p.is_finite() && *p > 0.0)
                && bar.low <= bar.open.min(bar.close)
                && bar.high >= bar.open.max(bar.close)
                && bar.volume >= 0.0;
            let inside = bar.time >= closed.from && bar.time + clock.ms() <= closed.through;
            if !shape || !inside || bar.time <= before || !clock.opens_at(bar.time) {
                let why = format!("{bar:?}");
                let same = lane.refused.take().filter(|(before, _)| *before == why);
                let count = same.map_or(1, |(_, count)| count.saturating_add(1));
                lane.refused = Some((why.clone(), count));
                if count < REFUSALS && hole.is_none() {
                    return wrong(why);
                }
                // asked for again and again, it is the same: the others are not kept waiting for it
                hole = hole.or(Some(why));
                continue;
            }
            before = bar.time;
            good.push(*bar);
        }
        let mut late = None;
        for bar in good.iter().filter(|b| b.time >= lane.through) {
            if bar.time < stepped {
                late = late.or(Some(bar.time));
            } else {
                lane.bars.push_back(*bar);
            }
        }
        lane.through = lane.through.max(closed.through);
        if let Some(why) = hole {
            return Err(Trouble::Hole(why));
        }
        late.map_or(Ok(()), |time| Err(Trouble::Late(time)))
    }

    /// Forgets what had not closed at that time: of a history that was given before the time was known.
    pub fn trim(&mut self, now: i64) {
        let closed = self.clock.floor(now).max(self.stepped);
        for lane in &mut self.lanes {
            lane.through = lane.through.min(closed);
            let through = lane.through;
            lane.bars.retain(|b| b.time < through);
        }
    }

    /// Series that are behind the others, each with the time from which on bars are missing.
    pub fn behind(&self) -> Vec<(usize, i64)> {
        let newest = self.lanes.iter().map(|l| l.through).max().unwrap_or(0);
        let all = self.lanes.iter().enumerate();
        let some = all.filter(|(_, l)| l.through < newest);
        some.map(|(series, l)| (series, l.through)).collect()
    }

    /// The next instant that all series are known at and that is over: its time and bars. A series that is far behind the
    /// others is not waited for; while anything is `held`, not for long.
    pub fn next(&mut self, now: i64, held: bool) -> Option<(i64, Vec<Option<Bar>>)> {
        let newest = self.lanes.iter().map(|l| l.through).max()?;
        let behind = newest.min(now).saturating_sub(self.late);
        let known = self.lanes.iter().map(|l| l.through);
        let missing = |t: i64| t.saturating_add(self.clock.ms() + self.late_held) <= now;
        let waited = |t: &i64| *t >= behind && !(held && *t < newest && missing(*t));
        let known = known.filter(waited).min().unwrap_or(newest);
        let fronts = self.lanes.iter().filter_map(|l| l.bars.front());
        let time = fronts.map(|b| b.time).min()?;
        if time.saturating_add(self.clock.ms()) > known.min(now) {
            return None;
        }
        let take = |lane: &mut Lane| lane.bars.pop_front_if(|b| b.time == time);
        let bars = self.lanes.iter_mut().map(take).collect();
        self.stepped = time + self.clock.ms();
        Some((time, bars))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const H: i64 = 3_600_000;

    fn bars(series: usize, hours: std::ops::Range<i64>) -> ClosedBars {
        let bar = |i: i64| Bar {
            time: i * H,
            open: 1.0,
            high: 2.0,
            low: 1.0,
            close: 1.5,
            volume: 0.0,
        };
        ClosedBars {
            series,
            from: hours.start * H,
            through: hours.end * H,
            bars: hours.map(bar).collect(),
        }
    }

    fn feed() -> Feed {
        Feed::new(Timeframe::H1, (2 * H, 60_000, 1_000), 0, 2)
    }

    #[test]
    fn an_instant_waits_for_all_and_not_for_ever() {
        let mut feed = feed();
        feed.take(&bars(0, 0..1), H).unwrap();
        assert_eq!(feed.next(H, false), None);
        feed.take(&bars(1, 0..1), H).unwrap();
        let (time, both) = feed.next(H, false).unwrap();
        assert!(time == 0 && both.iter().all(Option::is_some));
        feed.take(&bars(0, 1..6), 6 * H).unwrap();
        // four bars at least
        assert!(feed.next(6 * H, false).is_some());
        assert!(feed.next(6 * H, false).is_some() || feed.stepped() == 2 * H);
    }

    #[test]
    fn a_symbol_that_is_left_behind_comes_too_late() {
        let mut feed = feed();
        feed.take(&bars(0, 0..6), 6 * H).unwrap();
        let mut steps = 0;
        while feed.next(6 * H, false).is_some() {
            steps += 1;
        }
        assert!(steps > 0, "four bars behind is far behind");
        let late = feed.take(&bars(1, 0..6), 6 * H).unwrap_err();
        assert_eq!(late, Trouble::Late(0));
        // from where the others are, it is with them again
        while feed.next(6 * H, false).is_some() {}
        assert_eq!(feed.stepped(), 6 * H);
    }

    #[test]
    fn what_cannot_be_is_refused_and_holes_are_named() {
        let mut feed = feed();
        assert_eq!(feed.take(&bars(0, 2..3), 9 * H), Err(Trouble::Missing(0)));
        let early = feed.take(&bars(0, 0..3), 2 * H);
        assert_eq!(early, Err(Trouble::Early(3 * H)));
        assert!(matches!(
            feed.take(&bars(7, 0..3), 9 * H),
            Err(Trouble::Wrong(_))
        ));
        let mut odd = bars(0, 0..3);
        odd.bars[1].high = f64::NAN;
        assert!(matches!(feed.take(&odd, 9 * H), Err(Trouble::Wrong(_))));
        let mut odd = bars(0, 0..3);
        odd.bars.swap(0, 1);
        assert!(matches!(feed.take(&odd, 9 * H), Err(Trouble::Wrong(_))));
        // a hole of the market is no hole of ours
        let mut holed = bars(0, 0..3);
        holed.bars.remove(1);
        assert_eq!(feed.take(&holed, 9 * H), Ok(()));
        assert_eq!(feed.take(&bars(0, 1..4), 9 * H), Ok(()));
        assert_eq!(feed.through(0), 4 * H);
    }

    #[test]
    fn nothing_open_is_decided_on() {
        let mut feed = feed();
        // before the time is known, anything may stand in a history
        for series in 0..2 {
            feed.take(&bars(series, 0..3), i64::MAX - 1_000).unwrap();
        }
        assert_eq!(feed.next(H - 1, false), None);
        assert!(feed.next(H, false).is_some());
        feed.trim(2 * H + 5);
        assert_eq!((feed.through(0), feed.through(1)), (2 * H, 2 * H));
        assert!(feed.next(2 * H + 5, false).is_some());
        assert_eq!(feed.next(3 * H, false), None);
    }

    #[test]
    fn what_is_refused_again_and_again_is_a_hole() {
        let mut feed = feed();
        let mut odd = bars(0, 0..3);
        odd.bars[1].low = 9.0;
        for _ in 0..2 {
            assert!(matches!(feed.take(&odd, 3 * H), Err(Trouble::Wrong(_))));
            assert_eq!(feed.through(0), 0);
        }
        assert!(matches!(feed.take(&odd, 3 * H), Err(Trouble::Hole(_))));
        assert_eq!(feed.through(0), 3 * H);
        feed.take(&bars(1, 0..3), 3 * H).unwrap();
        let mut there = Vec::new();
        while let Some((_, bars)) = feed.next(3 * H, false) {
            there.push(bars[0].is_some());
        }
        assert_eq!(there, [true, false, true]);
    }

    #[test]
    fn a_missing_bar_holds_up_no_exit() {
        let mut feed = feed();
        feed.take(&bars(0, 0..1), H).unwrap();
        assert_eq!(feed.behind(), [(1, 0)]);
        assert_eq!(feed.next(H + 59_999, true), None);
        assert_eq!(feed.next(H + 60_000, false), None);
        assert!(feed.next(H + 60_000, true).is_some());
    }
}
