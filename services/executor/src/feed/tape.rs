//! Candles of one coin and interval, as they close: in order, each once, none before it is over.
//!
//! The socket repeats the running candle. It is over when the next one has begun on the same connection; what was running when
//! a connection was lost, and what the socket has left out, is asked for by REST. What a question shows is over when its end had
//! passed, by the venue's clock and with a margin, before the question was asked.

use sixbtc_exchange::Millis;
use sixbtc_exchange::wire::info::{Candle, CandleSpan};
use sixbtc_market::Timeframe;

/// Patience of a tape, ms of the venue's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TapeSettings {
    /// How long after its end a candle is asked for that the socket has not closed.
    pub grace: Millis,
    /// How long a candle must have been over before an answer's word on it is final.
    pub settle: Millis,
    /// Least time between two questions.
    pub every: Millis,
}

impl Default for TapeSettings {
    fn default() -> Self {
        Self {
            grace: 3_000,
            settle: 1_000,
            every: 2_000,
        }
    }
}

/// A candle that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// It.
    pub candle: Candle,
    /// Whether the exchange has none for the time just before it.
    pub hole: bool,
}

/// What a frame was worth.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// What closed with it, oldest first.
    pub closed: Vec<Closed>,
    /// A candle that had closed came again with other numbers.
    pub differs: Option<Candle>,
}

/// One coin, one interval.
#[derive(Debug, Clone)]
pub struct Tape {
    coin: String,
    timeframe: Timeframe,
    settings: TapeSettings,
    /// Open of the next candle that is to close.
    next: Millis,
    /// As far as it has come.
    running: Option<Candle>,
    /// What closed last.
    last: Option<Candle>,
    /// Whether frames of the running candle may be missing.
    doubtful: bool,
    asked: Option<Millis>,
}

impl Tape {
    /// The first candle that will close opens at `from`, which lies on the timeframe's grid.
    pub fn new(coin: &str, timeframe: Timeframe, from: Millis, settings: TapeSettings) -> Self {
        Self {
            coin: coin.to_owned(),
            timeframe,
            settings,
            next: timeframe.floor(from),
            running: None,
            last: None,
            doubtful: true,
            asked: None,
        }
    }

    /// Open of the next candle that is to close.
    pub fn next(&self) -> Millis {
        self.next
    }

    /// Frames may have been missed.
    pub fn lost(&mut self) {
        self.running = None;
        self.doubtful = true;
        self.asked = None;
    }

    /// Takes a frame.
    pub fn frame(&mut self, candle: &Candle) -> Heard {
        let mut heard = Heard::default();
        let step = self.timeframe.ms();
        if !self.fits(candle) {
            return heard;
        }
        if candle.t < self.next {
            // late or repeated
            let same = self.last.as_ref().filter(|last| last.t == candle.t);
            if same.is_some_and(|last| last.n <= candle.n && !alike(last, candle)) {
                heard.differs = Some(candle.clone());
            }
            return heard;
        }
        match self.running.take() {
            Some(running) if running.t == candle.t => {
                // an older frame that comes late has seen fewer trades
                let newer = candle.n >= running.n;
                self.running = Some(if newer { candle.clone() } else { running });
            }
            Some(running) if running.t > candle.t => self.running = Some(running),
            Some(running)
                if !self.doubtful && running.t == self.next && candle.t == self.next + step =>
            {
                self.close(running, false, &mut heard.closed);
                self.running = Some(candle.clone());
            }
            // the socket has left something out
            Some(_) => {
                self.doubtful = true;
                self.running = Some(candle.clone());
            }
            None => self.running = Some(candle.clone()),
        }
        heard
    }

    fn fits(&self, candle: &Candle) -> bool {
        candle.s == self.coin && self.timeframe.opens_at(candle.t)
    }

    fn close(&mut self, candle: Candle, hole: bool, out: &mut Vec<Closed>) {
        self.next = candle.t + self.timeframe.ms();
        self.last = Some(candle.clone());
        out.push(Closed { candle, hole });
    }

    /// What has to be asked now, if anything. The caller asks, and brings the answer to [`Tape::answer`].
    pub fn wants(&mut self, now: Millis) -> Option<CandleSpan> {
        let over = now >= self.next + self.timeframe.ms() + self.settings.grace;
        // what runs since a reconnection is not complete, but not due either
        let behind = self.doubtful && self.running.as_ref().is_none_or(|r| r.t != self.next);
        let begun = now >= self.next;
        if !(over || (behind && begun)) {
            return None;
        }
        let again = self
            .asked
            .is_none_or(|at| now.saturating_sub(at) >= self.settings.every || now < at);
        if !again {
            return None;
        }
        self.asked = Some(now);
        Some(CandleSpan {
            coin: self.coin.clone(),
            interval: self.timeframe.to_string(),
            start_time: self.next,
            end_time: None,
        })
    }

    /// Takes an answer to a question that was asked at a time of the venue.
    pub fn answer(&mut self, mut rows: Vec<Candle>, asked: Millis) -> Vec<Closed> {
        rows.retain(|c| self.fits(c));
        rows.sort_by_key(|c| c.t);
        rows.dedup_by_key(|c| c.t);
        let step = self.timeframe.ms();
        let mut closed = Vec::new();
        for row in rows {
            if row.t < self.next {
                continue;
            }
            if row.t + step + self.settings.settle <= asked {
                let hole = row.t > self.next;
                self.close(row, hole, &mut closed);
            } else if self
                .running
                .as_ref()
                .is_none_or(|r| (r.t, r.n) <= (row.t, row.n))
            {
                self.running = Some(row);
            }
        }
        if self.running.as_ref().is_some_and(|r| r.t < self.next) {
            self.running = None;
        }
        // from here on, frames tell the rest: the answer reaches to now, and frames came before it was asked for
        let reaches = asked < self.next + step + self.settings.settle;
        if reaches && self.running.as_ref().is_none_or(|r| r.t == self.next) {
            self.doubtful = false;
        }
        closed
    }
}

/// Whether two candles say the same.
fn alike(a: &Candle, b: &Candle) -> bool {
    (a.o, a.h, a.l, a.c, a.v) == (b.o, b.h, b.l, b.c, b.v)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    const M: Millis = 60_000;

    fn candle(t: Millis, n: u64) -> Candle {
        let price = Decimal::from(100 + t / M) + Decimal::new(n as i64, 2);
        Candle {
            t,
            close_time: t + M - 1,
            s: "BTC".into(),
            i: "1m".into(),
            o: price,
            c: price,
            h: price,
            l: price,
            v: Decimal::from(n),
            n,
        }
    }

    fn tape(from: Millis) -> Tape {
        Tape::new("BTC", Timeframe::M1, from, TapeSettings::default())
    }

    fn opens(closed: &[Closed]) -> Vec<Millis> {
        closed.iter().map(|c| c.candle.t / M).collect()
    }

    /// A tape that is up to date within minute 0.
    fn running() -> Tape {
        let mut tape = tape(0);
        assert!(tape.wants(0).is_some());
        assert!(tape.answer(vec![candle(0, 1)], 0).is_empty());
        tape
    }

    #[test]
    fn a_candle_is_over_when_the_next_has_begun() {
        let mut tape = running();
        assert!(tape.frame(&candle(0, 2)).closed.is_empty());
        assert!(tape.frame(&candle(0, 5)).closed.is_empty());
        // a late frame of before
        assert!(tape.frame(&candle(0, 3)).closed.is_empty());
        let heard = tape.frame(&candle(M, 1));
        assert_eq!(
            heard.closed,
            [Closed {
                candle: candle(0, 5),
                hole: false
            }]
        );
        // repeated: nothing; with other numbers: said
        assert_eq!(tape.frame(&candle(0, 5)), Heard::default());
        assert_eq!(tape.frame(&candle(0, 6)).differs, Some(candle(0, 6)));
        // another coin, and a time that is no candle's
        let mut other = candle(M, 9);
        other.s = "ETH".into();
        assert_eq!(tape.frame(&other), Heard::default());
        assert_eq!(tape.frame(&candle(M + 1, 9)), Heard::default());
    }

    #[test]
    fn what_ran_over_a_reconnection_is_asked_for() {
        let mut tape = running();
        tape.frame(&candle(0, 2));
        tape.lost();
        // three trades of the candle were missed; the socket shows the next one
        assert!(tape.frame(&candle(M, 1)).closed.is_empty());
        let span = tape.wants(M + 10).unwrap();
        assert_eq!((span.start_time, span.interval.as_str()), (0, "1m"));
        // too early to be sure: asked again
        assert!(
            tape.answer(vec![candle(0, 5), candle(M, 1)], M + 10)
                .is_empty()
        );
        assert_eq!(tape.wants(M + 11), None);
        assert!(tape.wants(M + 2_010).is_some());
        let closed = tape.answer(vec![candle(0, 5), candle(M, 2)], M + 2_010);
        assert_eq!(closed.len(), 1);
        assert_eq!(closed[0].candle, candle(0, 5));
        // and frames close the next one
        assert_eq!(opens(&tape.frame(&candle(2 * M, 1)).closed), [1]);
    }

    #[test]
    fn what_the_socket_leaves_out_is_asked_for() {
        let mut tape = running();
        assert!(tape.frame(&candle(3 * M, 1)).closed.is_empty());
        assert!(tape.wants(3 * M).is_some());
        let rows = (0..4).map(|i| candle(i * M, 4)).collect();
        let closed = tape.answer(rows, 3 * M + 2_000);
        assert_eq!(opens(&closed), [0, 1, 2]);
        assert!(closed.iter().all(|c| !c.hole));
        assert_eq!(opens(&tape.frame(&candle(4 * M, 1)).closed), [3]);
    }

    #[test]
    fn a_quiet_market_closes_by_the_clock_and_a_hole_is_told() {
        let mut tape = running();
        assert_eq!(tape.wants(M), None);
        assert!(tape.wants(M + 3_000).is_some());
        assert_eq!(opens(&tape.answer(vec![candle(0, 1)], M + 3_000)), [0]);
        // nothing was traded in minute 1
        assert!(tape.wants(2 * M + 3_000).is_some());
        assert!(tape.answer(vec![], 2 * M + 3_000).is_empty());
        assert!(tape.wants(3 * M + 3_000).is_some());
        let closed = tape.answer(vec![candle(2 * M, 1)], 3 * M + 3_000);
        assert_eq!((opens(&closed), closed[0].hole), (vec![2], true));
    }

    proptest! {
        /// Whatever frames are dropped, repeated or swapped, and whenever the connection breaks: candles close in order, each
        /// once, with their last numbers, and all of them do in the end.
        #[test]
        fn in_order_each_once_and_whole(chaos in prop::collection::vec((0u8..10, 0usize..4), 60)) {
            let minutes = 12;
            let truth = |i: i64| candle(i * M, 5);
            let mut tape = tape(0);
            let mut closed: Vec<Candle> = Vec::new();
            let mut chaos = chaos.into_iter();
            let mut held: Vec<Candle> = Vec::new();
            let answers = |tape: &mut Tape, now: Millis, closed: &mut Vec<Candle>| {
                if tape.wants(now).is_some() {
                    let seen = ((now % M) / 12_000) as u64 + 1;
                    let rows = (0..=now / M).map(|i| {
                        if i == now / M { candle(i * M, seen) } else { truth(i) }
                    });
                    let rows = rows.collect();
                    closed.extend(tape.answer(rows, now).into_iter().map(|c| c.candle));
                }
            };
            for tick in 0..minutes * 5 {
                let now = tick * 12_000;
                let frame = candle(now / M * M, (tick % 5) as u64 + 1);
                let (what, extra) = chaos.next().unwrap_or((9, 0));
                let mut frames = vec![frame.clone()];
                match what {
                    // the connection breaks: frames are lost with it, and it is told
                    0 | 1 => { tape.lost(); frames.clear(); }
                    // repeated
                    2 => frames.extend(vec![frame.clone(); extra]),
                    // an old one comes back
                    3 => frames.extend(held.iter().rev().take(extra).cloned()),
                    _ => {}
                }
                held.push(frame);
                for f in frames {
                    closed.extend(tape.frame(&f).closed.into_iter().map(|c| c.candle));
                }
                answers(&mut tape, now, &mut closed);
            }
            for more in 0..4 {
                answers(&mut tape, minutes * M + 5_000 + more * 2_500, &mut closed);
            }
            prop_assert_eq!(closed.len() as i64, minutes);
            for (i, c) in closed.iter().enumerate() {
                prop_assert_eq!(c, &truth(i as i64));
            }
        }
    }
}
