//! Bars on their way to the strategy: complete, in order, and all symbols of an instant at once.

use super::io::ClosedBars;
use sixbtc_market::{Bar, Timeframe};
use std::collections::VecDeque;

/// What is wrong with bars that were brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Those before them are missing, from this time on, ms.
    Missing(i64),
    /// They cannot be: out of order, off the grid, not closed yet, or prices that are none.
    Wrong(String),
    /// They came too late: the strategy has gone on without them.
    Late(i64),
}

/// Bars of one series that are known and have not been decided on.
#[derive(Debug, Clone, Default)]
struct Lane {
    through: i64,
    bars: VecDeque<Bar>,
}

/// The bars of all series.
#[derive(Debug, Clone)]
pub(super) struct Feed {
    clock: Timeframe,
    late: i64,
    stepped: i64,
    lanes: Vec<Lane>,
}

impl Feed {
    /// All that opened before `stepped` has been decided on.
    pub fn new(clock: Timeframe, late: i64, stepped: i64, series: usize) -> Self {
        let lane = Lane {
            through: stepped,
            bars: VecDeque::new(),
        };
        Self {
            late: late.max(4 * clock.ms()),
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
        // a second, for clocks that are not quite the same
        if closed.through > now.saturating_add(1_000) {
            let end = closed.through;
            return wrong(format!("a bar that ends at {end} has not closed at {now}"));
        }
        let mut before = i64::MIN;
        for bar in &closed.bars {
            let prices = [bar.open, bar.high, bar.low, bar.close];
            let shape = prices.iter().all(|p| p.is_finite() && *p > 0.0)
                && bar.low <= bar.open.min(bar.close)
                && bar.high >= bar.open.max(bar.close)
                && bar.volume >= 0.0;
            let inside = bar.time >= closed.from && bar.time + clock.ms() <= closed.through;
            if !shape || !inside || bar.time <= before || !clock.opens_at(bar.time) {
                return wrong(format!("{bar:?}"));
            }
            before = bar.time;
        }
        let mut late = None;
        for bar in closed.bars.iter().filter(|b| b.time >= lane.through) {
            if bar.time < stepped {
                late = late.or(Some(bar.time));
            } else {
                lane.bars.push_back(*bar);
            }
        }
        lane.through = lane.through.max(closed.through);
        late.map_or(Ok(()), |time| Err(Trouble::Late(time)))
    }

    /// The next instant that all series are known at: its time and bars. A series that is far behind the others is not waited
    /// for.
    pub fn next(&mut self, now: i64) -> Option<(i64, Vec<Option<Bar>>)> {
        let newest = self.lanes.iter().map(|l| l.through).max()?;
        let behind = newest.min(now).saturating_sub(self.late);
        let known = self.lanes.iter().map(|l| l.through);
        let known = known.filter(|t| *t >= behind).min().unwrap_or(newest);
        let fronts = self.lanes.iter().filter_map(|l| l.bars.front());
        let time = fronts.map(|b| b.time).min()?;
        if time.saturating_add(self.clock.ms()) > known {
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
        Feed::new(Timeframe::H1, 2 * H, 0, 2)
    }

    #[test]
    fn an_instant_waits_for_all_and_not_for_ever() {
        let mut feed = feed();
        feed.take(&bars(0, 0..1), H).unwrap();
        assert_eq!(feed.next(H), None);
        feed.take(&bars(1, 0..1), H).unwrap();
        let (time, both) = feed.next(H).unwrap();
        assert!(time == 0 && both.iter().all(Option::is_some));
        feed.take(&bars(0, 1..6), 6 * H).unwrap();
        // four bars at least
        assert!(feed.next(6 * H).is_some());
        assert!(feed.next(6 * H).is_some() || feed.stepped() == 2 * H);
    }

    #[test]
    fn a_symbol_that_is_left_behind_comes_too_late() {
        let mut feed = feed();
        feed.take(&bars(0, 0..6), 6 * H).unwrap();
        let mut steps = 0;
        while feed.next(6 * H).is_some() {
            steps += 1;
        }
        assert!(steps > 0, "four bars behind is far behind");
        let late = feed.take(&bars(1, 0..6), 6 * H).unwrap_err();
        assert_eq!(late, Trouble::Late(0));
        // from where the others are, it is with them again
        while feed.next(6 * H).is_some() {}
        assert_eq!(feed.stepped(), 6 * H);
    }

    #[test]
    fn what_cannot_be_is_refused_and_holes_are_named() {
        let mut feed = feed();
        assert_eq!(feed.take(&bars(0, 2..3), 9 * H), Err(Trouble::Missing(0)));
        assert!(matches!(
            feed.take(&bars(0, 0..3), 2 * H),
            Err(Trouble::Wrong(_))
        ));
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
}
