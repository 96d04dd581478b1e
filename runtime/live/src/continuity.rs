//! Candles without a gap, each once, in order: what a kernel may be stepped with.
//!
//! One [`Continuity`] a series joins the history at the start with closed candles as they come, from a stream, a snapshot after a
//! reconnection, or an answer to a question – in any order, any number of times. What cannot be joined yet waits; what lies
//! between is asked for. A candle that comes again with other numbers is told: decisions were made on the old ones.

use serde::{Deserialize, Serialize};
use sixbtc_market::{Bar, Timeframe};
use std::collections::{BTreeMap, VecDeque};

/// Version of what is kept.
pub const VERSION: u32 = 1;

/// Candles that are remembered, to notice when they are rewritten.
const KEPT: usize = 64;
/// Candles that may wait behind a gap; the newest are dropped, they will come again.
const WAITING: usize = 5_000;

/// What became of candles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Joined {
    /// Candles to step with, in order, right after those before.
    pub next: Vec<Bar>,
    /// What is missing, as open times `[from, to)`: to be asked for.
    pub missing: Option<(i64, i64)>,
    /// Candles that came again with other numbers: as they were taken, and as they are said to be now.
    pub rewritten: Vec<(Bar, Bar)>,
    /// Candles that make no sense, with what is wrong.
    pub refused: Vec<(Bar, &'static str)>,
    /// Stretches of open times `[from, to)` in which the exchange has no candles: nothing was traded.
    pub holes: Vec<(i64, i64)>,
}

/// A candle with comparable numbers: what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Kept {
    time: i64,
    /// Open, high, low, close, volume.
    numbers: [f64; 5],
}

impl Kept {
    fn of(b: &Bar) -> Self {
        Self {
            time: b.time,
            numbers: [b.open, b.high, b.low, b.close, b.volume],
        }
    }

    fn bar(&self) -> Bar {
        let [open, high, low, close, volume] = self.numbers;
        Bar {
            time: self.time,
            open,
            high,
            low,
            close,
            volume,
        }
    }
}

/// How far a series is joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Continuity {
    version: u32,
    /// Open of the next candle that is wanted; absent before the history is given.
    next: Option<i64>,
    kept: VecDeque<Kept>,
    waiting: BTreeMap<i64, Kept>,
}

impl Default for Continuity {
    fn default() -> Self {
        Self {
            version: VERSION,
            next: None,
            kept: VecDeque::new(),
            waiting: BTreeMap::new(),
        }
    }
}

/// What is wrong with a candle, if anything is.
fn wrong(bar: &Bar, timeframe: Timeframe, now: i64) -> Option<&'static str> {
    let prices = [bar.open, bar.high, bar.low, bar.close];
    if !timeframe.opens_at(bar.time) {
        Some("it does not begin where a candle begins")
    } else if timeframe.next(bar.time) > now {
        Some("it has not closed")
    } else if prices.iter().any(|p| !(p.is_finite() && *p > 0.0)) {
        Some("a price is not above 0")
    } else if prices.iter().any(|p| *p < bar.low || *p > bar.high) {
        Some("a price lies outside of its range")
    } else if !(bar.volume.is_finite() && bar.volume >= 0.0) {
        Some("its volume makes no sense")
    } else {
        None
    }
}

impl Continuity {
    /// Begins after a history, whose last candles are given in order: the next one wanted follows the last. Without any, the
    /// first candle that comes begins.
    pub fn begin(history: &[Bar], timeframe: Timeframe) -> Self {
        let mut begun = Self::default();
        for bar in &history[history.len().saturating_sub(KEPT)..] {
            begun.keep(Kept::of(bar));
        }
        begun.next = history.last().map(|b| timeframe.next(b.time));
        begun
    }

    /// Whether it is of a version that this program understands.
    pub fn understood(&self) -> bool {
        self.version == VERSION
    }

    /// Open of the next candle that is wanted.
    pub fn wanted(&self) -> Option<i64> {
        self.next
    }

    /// Whether every candle that has closed by now has been taken.
    pub fn complete(&self, timeframe: Timeframe, now: i64) -> bool {
        self.next.is_some_and(|next| timeframe.next(next) > now)
    }

    /// Takes candles that closed by `now`, in any order.
    pub fn offer(&mut self, bars: &[Bar], timeframe: Timeframe, now: i64) -> Joined {
        let mut joined = Joined::default();
        self.put(bars, timeframe, now, &mut joined);
        self.drain(timeframe, &mut joined);
        joined.missing = self.missing(timeframe, now);
        joined
    }

    /// The exchange's answer to a question for `[from, to)`: what it leaves out before its last candle does not exist. Behind
    /// that it may have been cut short, and an empty answer proves nothing: that is also what a fault looks like.
    pub fn answered(
        &mut self,
        (from, to): (i64, i64),
        bars: &[Bar],
        timeframe: Timeframe,
        now: i64,
    ) -> Joined {
        let mut joined = Joined::default();
        self.put(bars, timeframe, now, &mut joined);
        self.drain(timeframe, &mut joined);
        let good = |b: &&Bar| (from..to).contains(&b.time) && wrong(b, timeframe, now).is_none();
        let last = bars.iter().filter(good).map(|b| b.time).max();
        let proven = last.unwrap_or(from);
        while let Some(next) = self.next
            && (from..proven).contains(&next)
        {
            let hole = self
                .waiting
                .keys()
                .next()
                .map_or(proven, |t| (*t).min(proven));
            if hole <= next {
                break;
            }
            joined.holes.push((next, hole));
            self.next = Some(hole);
            self.drain(timeframe, &mut joined);
        }
        joined.missing = self.missing(timeframe, now);
        joined
    }

    fn put(&mut self, bars: &[Bar], timeframe: Timeframe, now: i64, joined: &mut Joined) {
        for bar in bars {
            if let Some(why) = wrong(bar, timeframe, now) {
                joined.refused.push((*bar, why));
                continue;
            }
            let kept = Kept::of(bar);
            if self.next.is_some_and(|next| bar.time < next) {
                let known = self.kept.iter_mut().find(|k| k.time == bar.time);
                if let Some(known) = known.filter(|k| **k != kept) {
                    joined.rewritten.push((known.bar(), *bar));
                    *known = kept;
                }
                continue;
            }
            // what waits has decided nothing: the last word counts
            self.waiting.insert(bar.time, kept);
        }
        while self.waiting.len() > WAITING {
            self.waiting.pop_last();
        }
    }

    fn drain(&mut self, timeframe: Timeframe, joined: &mut Joined) {
        if self.next.is_none() {
            self.next = self.waiting.keys().next().copied();
        }
        while let Some(kept) = self.next.and_then(|next| self.waiting.remove(&next)) {
            self.next = Some(timeframe.next(kept.time));
            self.keep(kept);
            joined.next.push(kept.bar());
        }
    }

    /// What is to be asked for, `[from, to)`: up to the first candle that waits, which proves that the answer is whole, or to
    /// the last that has closed.
    pub fn missing(&self, timeframe: Timeframe, now: i64) -> Option<(i64, i64)> {
        let next = self.next?;
        let waits = self.waiting.keys().next();
        let end = waits.map_or_else(|| timeframe.floor(now), |t| timeframe.next(*t));
        (next < end).then_some((next, end))
    }

    fn keep(&mut self, kept: Kept) {
        self.kept.push_back(kept);
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TF: Timeframe = Timeframe::M15;
    const STEP: i64 = 900_000;

    fn bar(n: i64) -> Bar {
        let p = 100.0 + n as f64;
        Bar {
            time: n * STEP,
            open: p,
            high: p + 1.0,
            low: p - 1.0,
            close: p,
            volume: 1.0,
        }
    }

    fn bars(range: std::ops::Range<i64>) -> Vec<Bar> {
        range.map(bar).collect()
    }

    #[test]
    fn history_joins_the_stream() {
        let mut c = Continuity::begin(&bars(0..10), TF);
        assert_eq!(c.wanted(), Some(10 * STEP));
        assert!(c.complete(TF, 11 * STEP - 1) && !c.complete(TF, 11 * STEP));
        let joined = c.offer(&bars(10..12), TF, 12 * STEP);
        assert_eq!((joined.next, joined.missing), (bars(10..12), None));
        // again, and old ones: nothing new
        assert_eq!(c.offer(&bars(3..12), TF, 12 * STEP), Joined::default());
    }

    #[test]
    fn what_is_missing_is_asked_for() {
        let mut c = Continuity::begin(&bars(0..10), TF);
        let joined = c.offer(&bars(12..14), TF, 14 * STEP);
        let asked = (10 * STEP, 13 * STEP);
        assert_eq!((joined.next.len(), joined.missing), (0, Some(asked)));
        let joined = c.answered(asked, &bars(10..13), TF, 14 * STEP);
        assert_eq!((joined.next, joined.missing), (bars(10..14), None));
        // nothing came for a while: asked for up to what has closed
        let missing = c.missing(TF, 16 * STEP + 5);
        assert_eq!(missing, Some((14 * STEP, 16 * STEP)));
    }

    #[test]
    fn what_the_exchange_does_not_have_is_a_hole() {
        let mut c = Continuity::begin(&bars(0..10), TF);
        c.offer(&[bar(14)], TF, 15 * STEP);
        let asked = (10 * STEP, 15 * STEP);
        // an empty answer proves nothing, a short one nothing about what is behind it
        let joined = c.answered(asked, &[], TF, 15 * STEP);
        assert_eq!((joined.next.len(), joined.missing), (0, Some(asked)));
        let joined = c.answered(asked, &[bar(11)], TF, 15 * STEP);
        assert_eq!(joined.holes, [(10 * STEP, 11 * STEP)]);
        let asked = (12 * STEP, 15 * STEP);
        assert_eq!((joined.next, joined.missing), (vec![bar(11)], Some(asked)));
        let joined = c.answered(asked, &[bar(14)], TF, 15 * STEP);
        assert_eq!(joined.holes, [(12 * STEP, 14 * STEP)]);
        assert_eq!((joined.next, joined.missing), (vec![bar(14)], None));
        // an answer to another question proves nothing
        c.offer(&[bar(18)], TF, 19 * STEP);
        let joined = c.answered((17 * STEP, 19 * STEP), &[bar(18)], TF, 19 * STEP);
        assert_eq!(joined.missing, Some((15 * STEP, 19 * STEP)));
    }

    #[test]
    fn a_rewritten_candle_is_told_once() {
        let mut c = Continuity::begin(&bars(0..10), TF);
        let other = Bar {
            close: 108.5,
            ..bar(9)
        };
        let joined = c.offer(&[other], TF, 10 * STEP);
        assert_eq!(joined.rewritten, [(bar(9), other)]);
        assert_eq!(c.offer(&[other], TF, 10 * STEP), Joined::default());
    }

    #[test]
    fn nonsense_and_running_candles_are_refused() {
        let mut c = Continuity::begin(&bars(0..10), TF);
        let now = 11 * STEP;
        let odd = [
            Bar {
                time: 10 * STEP + 1,
                ..bar(10)
            },
            bar(11),
            Bar {
                low: f64::NAN,
                ..bar(10)
            },
            Bar {
                close: 0.0,
                ..bar(10)
            },
            Bar {
                high: 105.0,
                ..bar(10)
            },
            Bar {
                volume: -1.0,
                ..bar(10)
            },
        ];
        for (i, odd) in odd.iter().enumerate() {
            let joined = c.offer(&[*odd], TF, now);
            assert_eq!((joined.refused.len(), joined.next.len()), (1, 0), "{i}");
        }
        assert_eq!(c.offer(&[bar(10)], TF, now).next, [bar(10)]);
    }

    proptest! {
        /// However the candles come – shuffled, repeated, in pieces, with restarts –: each is stepped with once, in order.
        #[test]
        fn delivery_does_not_matter(
            order in prop::collection::vec(10i64..40, 0..120), restart in 0usize..120,
        ) {
            let now = 40 * STEP;
            let mut c = Continuity::begin(&bars(0..10), TF);
            let mut stepped = Vec::new();
            for (i, n) in order.iter().enumerate() {
                stepped.extend(c.offer(&[bar(*n)], TF, now).next);
                if i == restart {
                    let bytes = rmp_serde::to_vec(&c).unwrap();
                    c = rmp_serde::from_slice(&bytes).unwrap();
                }
            }
            let mut rounds = 0;
            while let Some((from, to)) = c.missing(TF, now) {
                rounds += 1;
                prop_assert!(rounds <= 40);
                // answers of at most three candles
                let all = bars(from / STEP..to / STEP);
                stepped.extend(c.answered((from, to), &all[..all.len().min(3)], TF, now).next);
            }
            prop_assert_eq!(stepped, bars(10..40));
            prop_assert!(c.complete(TF, now));
        }
    }
}
