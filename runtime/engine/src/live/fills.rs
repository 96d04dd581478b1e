//! What the engine does with bars and fills that it is told.

use super::{Entered, Filled};
use crate::account::Fill;
use crate::book::{Order, Resting};
use crate::engine::{Bar, Engine, EngineError, opposite};
use crate::lot::Lot;
use crate::sizing::Sized;
use crate::trade::{ExitReason, SkipReason};

impl Engine<'_> {
    /// A bar that closed, as far as it concerns what is there already.
    pub(super) fn seen_live(&mut self, s: usize, bar: Bar) -> Result<(), EngineError> {
        self.missed(s, bar)?;
        let book = &mut self.books[s];
        let at = book.row;
        for lot in book.lots.iter_mut().filter(|l| l.inside && l.row == at) {
            // only the far side of the entry is known to lie after it, as in a simulation
            let signed = bar.candle.signed(lot.sign);
            let level = lot.sign * lot.stood;
            let at_open = if lot.maker {
                signed.open <= level
            } else {
                signed.open >= level
            };
            if at_open {
                // the open lay beyond its price: whenever the fill came, the whole bar lies after it
                lot.inside = false;
            } else if lot.maker {
                lot.see(signed.close, signed.worst);
            } else {
                lot.see(signed.best, signed.close);
            }
        }
        let account = &mut self.account;
        // what was due at the open of this bar and did not come to be
        account
            .skips
            .add(SkipReason::Expired, book.entries_due.len() as u64);
        book.entries_due.clear();
        book.resting.retain(|r| {
            let alive = r.until > at;
            if !alive {
                account.skips.add(SkipReason::Expired, 1);
            }
            alive
        });
        self.confirm(s, bar);
        Ok(())
    }

    /// Drops entries that the bar reached while they could not be made: in a simulation they are refused then, and gone.
    fn missed(&mut self, s: usize, bar: Bar) -> Result<(), EngineError> {
        let mut i = 0;
        while i < self.books[s].resting.len() {
            let book = &self.books[s];
            let resting = &book.resting[i];
            let sign = self.plan.sign(resting.order.entry);
            let Some(touch) = self.touch(book, resting, &bar.candle) else {
                i += 1;
                continue;
            };
            let refused = if opposite(book.sign(), sign) {
                // one that was filled on this very bar comes first, and the other waits
                let now = book.lots.iter().any(|lot| lot.row == book.row);
                (!now).then_some(SkipReason::InPosition)
            } else {
                let slips = if resting.limit {
                    0.0
                } else {
                    self.settings.slippage
                };
                let price = touch.price * (1.0 + sign * slips);
                let (price, order) = (book.tick.against(price, sign > 0.0), resting.order.clone());
                self.proposed(s, &order, price, bar.time)?.err()
            };
            match refused {
                Some(reason) => {
                    self.account.skip(reason);
                    self.books[s].resting.remove(i);
                }
                None => i += 1,
            }
        }
        Ok(())
    }

    /// Takes an entry off the list. Whether it was a limit.
    pub(super) fn taken(&mut self, s: usize, entry: u16, decided: i64) -> Option<(Order, bool)> {
        let book = &mut self.books[s];
        let due = |order: &Order| order.entry == entry && decided == book.end;
        if let Some(at) = book.entries_due.iter().position(due) {
            return Some((book.entries_due.remove(at), false));
        }
        let rests = |r: &Resting| r.order.entry == entry && r.decided == decided;
        let at = book.resting.iter().position(rests)?;
        let resting = book.resting.remove(at);
        Some((resting.order, resting.limit))
    }

    pub(super) fn open_live(
        &mut self,
        s: usize,
        order: &Order,
        filled: Filled,
        limit: bool,
    ) -> Result<Entered, EngineError> {
        let book = &self.books[s];
        let (row, price) = (book.row, filled.price);
        let fill = Fill {
            price,
            due: filled.due,
            fee: filled.fee,
            fee_most: f64::INFINITY,
            time: filled.time,
            row,
            at_close: false,
        };
        let found = self.levels_at(s, order, price)?;
        let sign = self.plan.sign(order.entry);
        let leverage = self.leverage(self.seen_by(order));
        let leverage = leverage.min(self.books[s].setup.spec.max_leverage);
        let notional = filled.size * price;
        let sized = Sized {
            size: filled.size,
            notional,
            margin: notional / leverage,
            leverage,
            capped: false,
        };
        let lot = self.account.next_lot;
        let unprotected = found.is_err();
        match found {
            Ok(levels) => self.open_lot(s, order.entry, &fill, filled.inside, &levels, sized),
            Err(_) => {
                let mut bare = Lot::bare(order.entry, sign, &fill, &sized);
                bare.inside = filled.inside;
                bare.due = Some(ExitReason::Stop);
                self.push_lot(s, bare, &fill, false);
            }
        }
        if let Some(lot) = self.books[s].lots.last_mut() {
            lot.maker = limit;
        }
        Ok(Entered { lot, unprotected })
    }

    pub(super) fn close_live(
        &mut self,
        s: usize,
        number: u32,
        filled: Filled,
        reason: ExitReason,
    ) -> Result<f64, EngineError> {
        let book = &mut self.books[s];
        let Some(i) = book.lots.iter().position(|lot| lot.serial == number) else {
            return Err(EngineError::Rows("a lot was closed that is not there"));
        };
        let fill = Fill {
            price: filled.price,
            due: filled.due,
            fee: filled.fee,
            fee_most: f64::INFINITY,
            time: filled.time,
            row: book.row,
            at_close: false,
        };
        let lot = &mut book.lots[i];
        let part = filled.size < lot.size;
        let size = if part { filled.size } else { f64::INFINITY };
        if part
            && reason == ExitReason::Target
            && let Some(target) = lot.targets.first_mut()
        {
            target.size -= filled.size;
            if target.size <= 0.0 {
                lot.targets.remove(0);
            }
        }
        self.account
            .close(lot, s as u16, size, &fill, reason, false);
        let left = lot.size;
        if !part {
            book.discard(i);
        }
        self.lots_changed(s);
        Ok(if part { left } else { 0.0 })
    }
}
