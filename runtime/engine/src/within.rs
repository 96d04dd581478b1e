//! What happens within a bar: liquidation, stops, trailing stops, targets, resting entries.

use crate::account::Fill;
use crate::book::{Book, Resting};
use crate::engine::{Bar, Engine, EngineError, market_exit, opposite};
use crate::fills::Entering;
use crate::lot::{Candle, SignedBar};
use crate::trade::SkipReason;
use sixbtc_abi::ExitReason;

/// Where in the bar a resting entry fills.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Touch {
    /// The price it is due at.
    pub price: f64,
    /// After the open.
    inside: bool,
}

impl Engine<'_> {
    /// Step 2 of a bar.
    #[inline]
    pub(crate) fn within(&mut self, s: usize, bar: Bar) -> Result<(), EngineError> {
        let book = &self.books[s];
        if book.resting.is_empty() {
            if book.lots.is_empty() {
                return Ok(());
            }
            let signed = bar.candle.signed(book.sign());
            if signed.worst > book.adverse && signed.best < book.favourable {
                return Ok(());
            }
        }
        self.resolve(s, bar)
    }

    #[cold]
    fn resolve(&mut self, s: usize, bar: Bar) -> Result<(), EngineError> {
        let mut acted = false;
        if self.order_matters(s, &bar.candle)
            && let Some(finer) = self.books[s].setup.finer
        {
            let end = bar.time + self.timeframe.ms();
            let rows = finer.rows(Some(bar.time), Some(end));
            for i in rows {
                let candle = Candle {
                    open: finer.open[i],
                    high: finer.high[i],
                    low: finer.low[i],
                    close: finer.close[i],
                };
                acted |= self.play(s, bar.time, &candle)?;
            }
            self.account.counters.decided_by_finer += u64::from(acted);
        }
        // Finer bars that never reach what the bar itself reached do not belong to it: the bar decides.
        if !acted {
            self.play(s, bar.time, &bar.candle)?;
        }
        let (book, account) = (&mut self.books[s], &mut self.account);
        let row = book.row;
        book.resting.retain(|r| {
            let alive = r.until > row;
            if !alive {
                account.skips.add(SkipReason::Expired, 1);
            }
            alive
        });
        Ok(())
    }

    /// Whether the bar leaves open what happened first.
    fn order_matters(&self, s: usize, candle: &Candle) -> bool {
        let book = &self.books[s];
        if book
            .resting
            .iter()
            .any(|r| self.touch(book, r, candle).is_some())
        {
            return true;
        }
        let Some(first) = book.lots.first() else {
            return false;
        };
        let bar = candle.signed(first.sign);
        book.lots.iter().any(|lot| {
            let floor = lot.floor().max(book.liquidation);
            let target = lot.next_target().level;
            bar.open > floor && bar.worst <= floor && bar.best >= target && bar.open < target
        })
    }

    /// Plays one bar (of the base clock or a finer one). Whether anything filled.
    fn play(&mut self, s: usize, time: i64, candle: &Candle) -> Result<bool, EngineError> {
        let before = (self.account.trades.len(), self.account.counters.entries);
        let known = self.books[s].lots.len();
        if known > 0 {
            let row = self.books[s].row;
            let bar = candle.signed(self.books[s].sign());
            self.gaps(s, time, candle, &bar);
            self.stops(s, time, candle, &bar);
            self.targets(s, time, &bar);
            // A lot that was filled within an earlier finer bar of this bar has seen this one whole.
            for lot in &mut self.books[s].lots {
                if lot.inside && lot.row == row {
                    lot.see(bar.best, bar.worst);
                }
            }
        }
        if !self.books[s].resting.is_empty() {
            self.resting_entries(s, time, candle)?;
        }
        Ok(before != (self.account.trades.len(), self.account.counters.entries))
    }

    /// What the open already lies beyond fills at the open.
    fn gaps(&mut self, s: usize, time: i64, candle: &Candle, bar: &SignedBar) {
        if bar.open <= self.books[s].liquidation {
            self.liquidate(s, candle.open, time, f64::INFINITY);
            return;
        }
        let mut i = 0;
        while i < self.books[s].lots.len() {
            let lot = &self.books[s].lots[i];
            if bar.open <= lot.floor() {
                let reason = lot.floor_reason();
                self.stop_lot(s, i, candle.open, time, reason, false);
            } else if !self.take_targets(s, i, bar.open, Some(candle.open), time) {
                i += 1;
            }
        }
    }

    /// Stops and liquidation that the range touches, the nearest first. When a target lies in the range too, this is the
    /// worse outcome, and it is taken.
    fn stops(&mut self, s: usize, time: i64, candle: &Candle, bar: &SignedBar) {
        loop {
            let book = &self.books[s];
            let mut nearest = None;
            for (i, lot) in book.lots.iter().enumerate() {
                let floor = lot.floor();
                if bar.worst <= floor && nearest.is_none_or(|(_, level)| floor > level) {
                    nearest = Some((i, floor));
                }
            }
            if bar.worst <= book.liquidation
                && nearest.is_none_or(|(_, level)| book.liquidation >= level)
            {
                self.liquidate(s, candle.open, time, bar.best);
                return;
            }
            let Some((i, level)) = nearest else { return };
            let lot = &book.lots[i];
            let (price, reason) = (lot.sign * level, lot.floor_reason());
            let ambiguous = bar.best >= lot.next_target().level;
            self.stop_lot(s, i, price, time, reason, ambiguous);
        }
    }

    /// Targets that the range touches.
    fn targets(&mut self, s: usize, time: i64, bar: &SignedBar) {
        let mut i = 0;
        while i < self.books[s].lots.len() {
            if !self.take_targets(s, i, bar.best, None, time) {
                i += 1;
            }
        }
    }

    /// Closes a lot by a stop due at a price.
    fn stop_lot(
        &mut self,
        s: usize,
        i: usize,
        due: f64,
        time: i64,
        reason: ExitReason,
        ambiguous: bool,
    ) {
        let book = &mut self.books[s];
        let fill = market_exit(&self.settings, book, book.lots[i].sign, due, time, false);
        let lot = &mut book.lots[i];
        self.account
            .close(lot, s as u16, f64::INFINITY, &fill, reason, ambiguous);
        book.discard(i);
        self.lots_changed(s);
    }

    /// Fills the targets of a lot up to `reached` (signed), at their own prices or at `open`. Whether the lot is closed.
    fn take_targets(
        &mut self,
        s: usize,
        i: usize,
        reached: f64,
        open: Option<f64>,
        time: i64,
    ) -> bool {
        let mut filled = false;
        loop {
            let book = &mut self.books[s];
            let lot = &mut book.lots[i];
            let target = lot.next_target();
            // Without a target the level is infinite.
            if target.level > reached {
                break;
            }
            filled = true;
            let due = open.unwrap_or(lot.sign * target.level);
            let fill = Fill {
                price: book.tick.against(due, lot.sign < 0.0),
                due,
                fee: self.settings.maker_fee,
                fee_most: f64::INFINITY,
                time,
                row: book.row,
                at_close: false,
            };
            if target.size >= lot.size {
                self.account.close(
                    lot,
                    s as u16,
                    f64::INFINITY,
                    &fill,
                    ExitReason::Target,
                    false,
                );
                book.discard(i);
                self.lots_changed(s);
                return true;
            }
            lot.targets.remove(0);
            self.account
                .close(lot, s as u16, target.size, &fill, ExitReason::Target, false);
            self.account.level(&self.books[s].lots[i], time);
        }
        if filled {
            self.lots_changed(s);
        }
        false
    }

    /// Whether and where a resting entry fills in a bar: a limit when the range trades through its price, a stop when it
    /// touches it, either at the open when the bar opens beyond.
    pub(crate) fn touch(
        &self,
        book: &Book<'_>,
        resting: &Resting,
        candle: &Candle,
    ) -> Option<Touch> {
        let sign = self.plan.sign(resting.order.entry);
        let bar = candle.signed(sign);
        let level = sign * resting.price;
        if resting.limit {
            // A buy limit fills below its price: against the entry's own direction.
            let beyond = level - bar.worst;
            let reached = if self.settings.touch_fills {
                beyond >= 0.0
            } else {
                book.tick.through(beyond)
            };
            let inside = bar.open > level;
            reached.then(|| Touch {
                price: sign * bar.open.min(level),
                inside,
            })
        } else {
            let inside = bar.open < level;
            (bar.best >= level).then(|| Touch {
                price: sign * bar.open.max(level),
                inside,
            })
        }
    }

    fn resting_entries(&mut self, s: usize, time: i64, candle: &Candle) -> Result<(), EngineError> {
        let mut i = 0;
        let mut filled = 0;
        while i < self.books[s].resting.len() {
            let book = &self.books[s];
            let resting = &book.resting[i];
            let sign = self.plan.sign(resting.order.entry);
            let opened_now = book
                .lots
                .iter()
                .any(|lot| lot.row == book.row && lot.time == time);
            let Some(touch) = self
                .touch(book, resting, candle)
                .filter(|_| !(opened_now && opposite(book.sign(), sign)))
            else {
                i += 1;
                continue;
            };
            let resting = self.books[s].resting.remove(i);
            let how = if resting.limit {
                Entering::Limit {
                    inside: touch.inside,
                }
            } else {
                Entering::Stop {
                    inside: touch.inside,
                }
            };
            if self.enter(s, &resting.order, touch.price, time, how)? {
                filled += 1;
                self.entry_bar(s, time, candle, how, filled > 1);
            }
        }
        Ok(())
    }

    /// Stops and targets of the newest lot on the bar on which a resting order filled it.
    ///
    /// Filled at the open, the whole bar lies after the entry. Filled within, only the extreme on the far side of the
    /// entry price is known to: the price came from the other side. What may have come before the entry counts when it
    /// hurts (a stop) and not when it helps (a target), unless the close proves it.
    fn entry_bar(&mut self, s: usize, time: i64, candle: &Candle, how: Entering, unordered: bool) {
        let Some(i) = self.books[s].lots.len().checked_sub(1) else {
            return;
        };
        let liquidation = self.books[s].liquidation;
        let lot = &mut self.books[s].lots[i];
        let bar = candle.signed(lot.sign);
        lot.ambiguous |= unordered;
        let (worst_known, best_known) = match how {
            Entering::Limit { inside: true } => (bar.worst, bar.close),
            Entering::Stop { inside: true } => (bar.close, bar.best),
            _ => (bar.worst, bar.best),
        };
        let (floor, target) = (lot.floor(), lot.next_target().level);
        let nearest = floor.max(liquidation);
        if bar.worst <= nearest {
            let ambiguous = worst_known > nearest || bar.best >= target;
            let due = lot_open(how, candle, lot.sign, nearest);
            if liquidation >= floor {
                lot.ambiguous |= ambiguous;
                self.liquidate(s, due, time, f64::INFINITY);
            } else {
                let reason = lot.floor_reason();
                self.stop_lot(s, i, due, time, reason, ambiguous);
            }
            return;
        }
        if best_known < target && bar.best >= target {
            lot.ambiguous = true;
        }
        if how.inside() {
            lot.see(best_known, worst_known);
        }
        if best_known >= target {
            let open = (!how.inside() && bar.open >= target).then_some(candle.open);
            self.take_targets(s, i, best_known, open, time);
        }
    }
}

/// Price at which a level fills on the entry bar: the level, or the open for an entry at an open beyond it.
fn lot_open(how: Entering, candle: &Candle, sign: f64, level: f64) -> f64 {
    if !how.inside() && sign * candle.open <= level {
        candle.open
    } else {
        sign * level
    }
}
