//! The engine without its fills: the same decisions, sizes and levels, while somebody else says what filled.
//!
//! A simulation knows the next bar, so it fills its own orders. At an exchange the strategy can only say what it wants to
//! stand there, and is told what became of it. [`Live`] is the one engine cut at that seam:
//!
//! * [`Live::closed`] takes the bars that have just closed – extremes, trails, conditions, decisions, as in a simulation;
//! * [`Live::wanted`] says what should stand at the exchange now: a declaration, asked as often as one likes;
//! * [`Live::entered`], [`Live::left`], [`Live::paid`] take what the exchange did.
//!
//! Whoever fills as a simulation would gets the simulation's trades, to the bit.

use crate::book::{Book, Order, Resting, SymbolSetup};
use crate::engine::{Block, Engine, EngineError, check, opposite, row};
use crate::fills::Levels;
use crate::lot::{Lot, Target};
use crate::settings::{FillAt, RunSettings};
use crate::sizing::Sized;
use crate::trade::{ExitReason, SkipReason, Skips, Trade};
use serde::{Deserialize, Serialize};
use sixbtc_abi::{Constants, Kernel, State};
use sixbtc_market::Timeframe;

mod fills;
mod saved;

pub use saved::{Saved, SavedError};

/// What an order is for. The same purpose is the same order, however often it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Opens a lot by an entry of the plan, decided at the close of a bar.
    Enter {
        /// Index into the plan's entries.
        entry: u16,
        /// End of the bar on whose close it was decided, ms.
        decided: i64,
    },
    /// Protects a lot: its stop or trailing stop.
    Protect {
        /// Which lot.
        lot: u32,
    },
    /// Takes profit of a lot, or of a part.
    Take {
        /// Which lot.
        lot: u32,
        /// Its how many-th target still open, from 0.
        leg: u16,
    },
    /// Closes a lot now.
    Leave {
        /// Which lot.
        lot: u32,
    },
}

/// How an order reaches the market.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Means {
    /// At once, at what the market gives.
    Market,
    /// Rests at a price, or better.
    Limit(f64),
    /// Waits until the market trades at a price, then as [`Means::Market`].
    Stop(f64),
}

/// An order that should stand at the exchange.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// Index into the run's symbols.
    pub symbol: usize,
    /// What for.
    pub purpose: Purpose,
    /// Whether it buys.
    pub buys: bool,
    /// Units of the base asset, above 0.
    pub size: f64,
    /// How.
    pub means: Means,
    /// Whether it may only make a position smaller.
    pub reduces: bool,
    /// What its fill is called, when it closes.
    pub reason: Option<ExitReason>,
    /// Leverage of an entry; that of the lot else.
    pub leverage: f64,
    /// Stop of the lot that an entry would open at the price it was sized at: what has to stand beside it from the first
    /// moment.
    pub stop: Option<f64>,
    /// First target of that lot.
    pub target: Option<f64>,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entered {
    /// The lot.
    pub lot: u32,
    /// Whether its levels cannot stand at the price it got, so that it is to be left at once.
    pub unprotected: bool,
}

/// A fill, as the exchange tells it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Filled {
    /// Units, above 0.
    pub size: f64,
    /// Price.
    pub price: f64,
    /// Price it was wanted at: what it cost against that is its slippage.
    pub due: f64,
    /// Fee as a fraction of the fill's notional.
    pub fee: f64,
    /// Open of the bar within which it happened, ms.
    pub time: i64,
    /// Whether it happened within the bar rather than at its open.
    pub inside: bool,
}

/// A strategy at the market.
pub struct Live<'a> {
    engine: Engine<'a>,
    /// End of the last bar of each symbol is in its book; this is the last open that was fed.
    last: Option<i64>,
    /// Entries that are wanted no more, whose orders may fill all the same.
    late: Vec<Late>,
}

/// An entry that ran out, was refused or dropped: its order may have been on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Late {
    symbol: usize,
    decided: i64,
    limit: bool,
    order: Order,
}

/// Entries that are remembered after they ran out, at most.
const LATE: usize = 1024;

impl<'a> Live<'a> {
    /// A strategy before its first bar. `constants` come from `kernel.bind`; symbols have no funding series and no finer
    /// bars here, since the exchange says what is paid and what happened first.
    pub fn new(
        kernel: &'a dyn Kernel,
        constants: &'a Constants,
        settings: &RunSettings,
        timeframe: Timeframe,
        symbols: &[SymbolSetup<'a>],
    ) -> Result<Self, EngineError> {
        if settings.fill != FillAt::NextOpen {
            return Err(EngineError::Rows(
                "a close that has been seen cannot be traded at",
            ));
        }
        let settings = RunSettings {
            record_levels: false,
            ..settings.clone()
        };
        let engine = Engine::new(kernel, constants, &settings, timeframe, symbols)?;
        Ok(Self {
            engine,
            last: None,
            late: Vec::new(),
        })
    }

    /// Takes rows that have closed: any number of them, one block a symbol at most, times rising from call to call.
    pub fn closed(
        &mut self,
        states: &mut [State],
        blocks: &[Block<'_>],
    ) -> Result<(), EngineError> {
        let engine = &mut self.engine;
        if states.len() != engine.books.len() {
            return Err(EngineError::Rows("one kernel state for each symbol"));
        }
        let mut order: Vec<&Block<'_>> = blocks.iter().collect();
        order.sort_by_key(|b| b.symbol);
        if order.windows(2).any(|w| w[0].symbol == w[1].symbol) {
            return Err(EngineError::Rows("one block a symbol"));
        }
        for block in blocks {
            check(block, engine.books.len(), engine.plan.values)?;
        }
        let mut at = vec![0; order.len()];
        let next = |at: &[usize]| {
            let open = order.iter().zip(at).filter_map(|(b, i)| b.time.get(*i));
            open.min().copied()
        };
        while let Some(time) = next(&at) {
            if self.last.is_some_and(|last| time <= last) {
                return Err(EngineError::Rows("times must rise from block to block"));
            }
            self.last = Some(time);
            let here: Vec<(usize, usize)> = (0..order.len())
                .filter(|&b| order[b].time.get(at[b]) == Some(&time))
                .map(|b| (b, at[b]))
                .collect();
            let mut before: Vec<Late> = Vec::new();
            for &(b, i) in &here {
                at[b] += 1;
                engine.account.counters.rows += 1;
                engine.gather(order[b], i);
                let s = order[b].symbol;
                before.extend(waiting(&engine.books[s], s));
                engine.seen_live(s, row(order[b], i))?;
            }
            for &(b, i) in &here {
                let s = order[b].symbol;
                engine.gather(order[b], i);
                engine.decide(s, row(order[b], i), order[b].flags[i], &mut states[s])?;
                engine.books[s].row += 1;
            }
            // what ran out, and what the same entry was decided anew for: its order may have filled all the same
            let books = &engine.books;
            before.retain(|e| {
                let (book, entry) = (&books[e.symbol], e.order.entry);
                let due =
                    book.end == e.decided && book.entries_due.iter().any(|o| o.entry == entry);
                let rests = |r: &Resting| (r.decided, r.order.entry) == (e.decided, entry);
                !due && !book.resting.iter().any(rests)
            });
            remember(&mut self.late, before.into_iter());
        }
        Ok(())
    }

    /// Forgets entries that ran out, but for those whose orders may still fill: symbol, entry and when it was decided say
    /// which. Without it a bounded number is remembered, the latest.
    pub fn retain_late(&mut self, may_fill: impl Fn(usize, Purpose) -> bool) {
        self.late.retain(|l| {
            let purpose = Purpose::Enter {
                entry: l.order.entry,
                decided: l.decided,
            };
            may_fill(l.symbol, purpose)
        });
    }

    /// What should stand at the exchange, with the prices at which an order at market would be due now (the next open of a
    /// simulation), one a symbol; a symbol without a price gets no entry at market.
    ///
    /// Lots to be left come first; while there are any whose symbol has a price, no entry at market is wanted. Of entries at market only the first is
    /// wanted, or what has to be left for it: its fill decides over room and equity of the next. An entry that is refused is
    /// dropped and counted.
    pub fn wanted(&mut self, prices: &[Option<f64>]) -> Result<Vec<Wanted>, EngineError> {
        let symbols = self.engine.books.len();
        let mut all = Vec::new();
        for s in 0..symbols {
            leaving(&self.engine.books[s], s, &mut all);
        }
        let known = |s: usize| prices.get(s).copied().flatten();
        // what cannot be left now, for want of a market, does not keep the others waiting
        let leaves = all.iter().any(|w: &Wanted| known(w.symbol).is_some());
        for s in 0..symbols {
            standing(&self.engine.books[s], s, &mut all);
            self.resting(s, known(s), &mut all)?;
        }
        if !leaves {
            for s in 0..symbols {
                let before = all.len();
                self.entering(s, known(s), &mut all)?;
                if all.len() > before {
                    break;
                }
            }
        }
        all.sort_by_key(|w| match w.purpose {
            Purpose::Leave { .. } => (0, w.symbol),
            _ => (1, 0),
        });
        Ok(all)
    }

    /// The first entry at market of a symbol that is not refused, or the orders that leave the other side for it.
    fn entering(
        &mut self,
        s: usize,
        price: Option<f64>,
        all: &mut Vec<Wanted>,
    ) -> Result<(), EngineError> {
        let Some(due) = price else {
            return Ok(());
        };
        while let Some(order) = self.engine.books[s].entries_due.first().cloned() {
            let sign = self.engine.plan.sign(order.entry);
            let book = &mut self.engine.books[s];
            let refused = if opposite(book.sign(), sign) {
                if !book.lots.iter().any(|lot| lot.row == book.row) {
                    for lot in &mut book.lots {
                        lot.due = lot.due.or(Some(ExitReason::Reverse));
                    }
                    leaving(book, s, all);
                    return Ok(());
                }
                SkipReason::Conflict
            } else {
                let slipped = due * (1.0 + sign * self.engine.settings.slippage);
                let price = book.tick.against(slipped, sign > 0.0);
                let decided = book.end;
                match self.proposed(s, &order, price, decided)? {
                    Ok((levels, sized)) => {
                        let purpose = Purpose::Enter {
                            entry: order.entry,
                            decided,
                        };
                        all.push(enter(s, purpose, sign, Means::Market, &levels, &sized));
                        return Ok(());
                    }
                    Err(reason) => reason,
                }
            };
            self.engine.account.skip(refused);
            let book = &mut self.engine.books[s];
            let late = Late {
                symbol: s,
                decided: book.end,
                limit: false,
                order: book.entries_due.remove(0),
            };
            remember(&mut self.late, [late].into_iter());
        }
        Ok(())
    }

    /// Entries that rest. One whose size or levels make no sense at its price stays, for that may change, but is not wanted. Its
    /// price is the market's where that is beyond its own.
    fn resting(
        &mut self,
        s: usize,
        market: Option<f64>,
        all: &mut Vec<Wanted>,
    ) -> Result<(), EngineError> {
        let waiting: Vec<Resting> = self.engine.books[s].resting.clone();
        for resting in waiting {
            let sign = self.engine.plan.sign(resting.order.entry);
            let book = &self.engine.books[s];
            let (price, means) = if resting.limit {
                let due = market.map_or(resting.price, |m| {
                    sign * (sign * m).min(sign * resting.price)
                });
                let price = book.tick.against(due, sign > 0.0);
                (price, Means::Limit(resting.price))
            } else {
                let due = market.map_or(resting.price, |m| {
                    sign * (sign * m).max(sign * resting.price)
                });
                let slipped = due * (1.0 + sign * self.engine.settings.slippage);
                let price = book.tick.against(slipped, sign > 0.0);
                (price, Means::Stop(resting.price))
            };
            if opposite(book.sign(), sign) {
                continue;
            }
            let now = book.end;
            if let Ok((levels, sized)) = self.proposed(s, &resting.order, price, now)? {
                let purpose = Purpose::Enter {
                    entry: resting.order.entry,
                    decided: resting.decided,
                };
                all.push(enter(s, purpose, sign, means, &levels, &sized));
            }
        }
        Ok(())
    }

    fn proposed(
        &mut self,
        s: usize,
        order: &Order,
        price: f64,
        time: i64,
    ) -> Result<Result<(Levels, Sized), SkipReason>, EngineError> {
        if price.is_finite() && price > 0.0 {
            self.engine.proposed(s, order, price, time)
        } else {
            Ok(Err(SkipReason::PriceNotFinite))
        }
    }

    /// An entry filled, in whole or in part; no more of it is to come. Opens a lot with the levels of the price it got. An
    /// entry that has run out since its order left is taken all the same.
    ///
    /// # Errors
    /// [`EngineError::Rows`] when no such entry was ever wanted: whatever filled is not this strategy's.
    pub fn entered(
        &mut self,
        s: usize,
        purpose: Purpose,
        fill: Filled,
    ) -> Result<Entered, EngineError> {
        let Purpose::Enter { entry, decided } = purpose else {
            return Err(EngineError::Rows("only an entry opens a lot"));
        };
        let Some((order, limit)) = self.taken(s, entry, decided) else {
            return Err(EngineError::Rows("an entry filled that was not wanted"));
        };
        self.engine.open_live(s, &order, fill, limit)
    }

    /// An entry came to nothing: refused by a gate or the exchange, or cancelled. Whether there was such an entry.
    pub fn dropped(&mut self, s: usize, purpose: Purpose) -> bool {
        let Purpose::Enter { entry, decided } = purpose else {
            return false;
        };
        self.taken(s, entry, decided).is_some()
    }

    /// A lot was closed, or a part of it, by a fill. A size that covers it closes all. Gives what is left of it.
    ///
    /// # Errors
    /// [`EngineError::Rows`] when there is no such lot.
    pub fn left(
        &mut self,
        s: usize,
        lot: u32,
        fill: Filled,
        reason: ExitReason,
    ) -> Result<f64, EngineError> {
        self.engine.close_live(s, lot, fill, reason)
    }

    /// Funding of a symbol: paid when above 0. What no lot is there for comes out of the cash all the same.
    pub fn paid(&mut self, s: usize, amount: f64) {
        let engine = &mut self.engine;
        engine.account.cash -= amount;
        engine.account.counters.funding += amount;
        let book = &mut engine.books[s];
        let held: f64 = book.lots.iter().map(|lot| lot.size).sum();
        for lot in &mut book.lots {
            lot.funding += amount * (lot.size / held);
        }
    }

    /// Money that came or went for another reason than trading.
    pub fn moved(&mut self, amount: f64) {
        self.engine.account.cash += amount;
    }

    /// Marks a lot of a symbol, or all of them, to be left, for a reason of the operator's or of a stop.
    pub fn leave(&mut self, s: usize, lot: Option<u32>, reason: ExitReason) {
        let lots = self.engine.books[s].lots.iter_mut();
        for lot in lots.filter(|l| lot.is_none_or(|lot| l.serial == lot)) {
            lot.due = lot.due.or(Some(reason));
        }
    }

    /// Forgets all entries that are due or rest: none may be made now.
    pub fn drop_entries(&mut self) {
        for (s, book) in self.engine.books.iter_mut().enumerate() {
            remember(&mut self.late, waiting(book, s).into_iter());
            book.entries_due.clear();
            book.resting.clear();
        }
    }

    /// Takes an entry off the list, or from what ran out. Whether it was a limit.
    fn taken(&mut self, s: usize, entry: u16, decided: i64) -> Option<(Order, bool)> {
        if let Some(found) = self.engine.taken(s, entry, decided) {
            return Some(found);
        }
        let is = |l: &Late| (l.symbol, l.decided, l.order.entry) == (s, decided, entry);
        let at = self.late.iter().position(is)?;
        let late = self.late.remove(at);
        Some((late.order, late.limit))
    }

    /// Trades that were closed since this was last asked.
    pub fn take_trades(&mut self) -> Vec<Trade> {
        std::mem::take(&mut self.engine.account.trades)
    }

    /// Realised equity.
    pub fn cash(&self) -> f64 {
        self.engine.cash()
    }

    /// Realised equity plus unrealised profit at the last closes.
    pub fn equity(&self) -> f64 {
        self.engine.equity()
    }

    /// Signed units of a symbol.
    pub fn position(&self, s: usize) -> f64 {
        let lots = &self.engine.books[s].lots;
        lots.iter().map(|lot| lot.sign * lot.size).sum()
    }

    /// Open lots of a symbol: number, signed units and entry price, the oldest first.
    pub fn lots(&self, s: usize) -> impl Iterator<Item = (u32, f64, f64)> {
        let lots = self.engine.books[s].lots.iter();
        lots.map(|lot| (lot.serial, lot.sign * lot.size, lot.price))
    }

    /// Why entries were not taken, counted.
    pub fn skipped(&self) -> &Skips {
        &self.engine.account.skips
    }
}

/// Entries of a symbol that are on their way.
fn waiting(book: &Book<'_>, symbol: usize) -> Vec<Late> {
    let late = |decided: i64, limit: bool, order: &Order| Late {
        symbol,
        decided,
        limit,
        order: order.clone(),
    };
    let due = book.entries_due.iter().map(|o| late(book.end, false, o));
    let resting = book.resting.iter();
    due.chain(resting.map(|r| late(r.decided, r.limit, &r.order)))
        .collect()
}

fn remember(late: &mut Vec<Late>, gone: impl Iterator<Item = Late>) {
    late.extend(gone);
    let old = late.len().saturating_sub(LATE);
    late.drain(..old);
}

fn enter(
    symbol: usize,
    purpose: Purpose,
    sign: f64,
    means: Means,
    levels: &Levels,
    sized: &Sized,
) -> Wanted {
    let stop = levels.stop.max(levels.trail);
    let price = |level: f64| level.is_finite().then_some(sign * level);
    Wanted {
        symbol,
        purpose,
        buys: sign > 0.0,
        size: sized.size,
        means,
        reduces: false,
        reason: None,
        leverage: sized.leverage,
        stop: price(stop),
        target: levels.targets.first().and_then(|t| price(t.0)),
    }
}

/// An order that closes units of a lot.
fn close(
    s: usize,
    lot: &Lot,
    (purpose, reason): (Purpose, ExitReason),
    size: f64,
    means: Means,
) -> Wanted {
    Wanted {
        symbol: s,
        purpose,
        buys: lot.sign < 0.0,
        size: size.min(lot.size),
        means,
        reduces: true,
        reason: Some(reason),
        leverage: lot.leverage,
        stop: None,
        target: None,
    }
}

fn leaving(book: &Book<'_>, s: usize, all: &mut Vec<Wanted>) {
    for lot in &book.lots {
        if let Some(reason) = lot.due {
            let purpose = Purpose::Leave { lot: lot.serial };
            all.push(close(s, lot, (purpose, reason), lot.size, Means::Market));
        }
    }
}

/// Stops and targets. They stand until the lot is gone, whatever else is under way.
fn standing(book: &Book<'_>, s: usize, all: &mut Vec<Wanted>) {
    for lot in &book.lots {
        let number = lot.serial;
        let floor = lot.floor();
        if floor.is_finite() {
            let purpose = Purpose::Protect { lot: number };
            let means = Means::Stop(lot.sign * floor);
            all.push(close(
                s,
                lot,
                (purpose, lot.floor_reason()),
                lot.size,
                means,
            ));
        }
        let mut left = lot.size;
        let mut leg = 0;
        let mut take = |target: &Target| {
            let size = target.size.min(left);
            if size > 0.0 && target.level.is_finite() {
                left -= size;
                let purpose = Purpose::Take { lot: number, leg };
                leg += 1;
                let means = Means::Limit(lot.sign * target.level);
                all.push(close(s, lot, (purpose, ExitReason::Target), size, means));
            }
        };
        for target in lot.targets.iter().filter(|t| t.level <= lot.at_limit) {
            take(target);
        }
        take(&Target {
            level: lot.at_limit,
            size: f64::INFINITY,
        });
    }
}
