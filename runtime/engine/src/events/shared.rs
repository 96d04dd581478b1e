//! Several symbols on one account: their events in one order of time.
//!
//! The order of a bar is that of [`crate::Engine`]: exits due at the open, entries due at the open, what happens within the
//! bar, each for all symbols before the next. What is held waits in a short list for the event that ends it; the decisions
//! that may open something are gone through in the order of time, those of symbols that hold something being passed over.

use super::account::{Liquidation, Purse, sized};
use super::market::EventMarket;
use super::path::{Left, PathTrade, Walk};
use super::signals::Signals;
use super::{EventRun, Task, near_in};
use crate::engine::EngineError;
use crate::metrics::Metrics;
use crate::orders::Plan;
use crate::settings::EquityMode;
use sixbtc_abi::Constants;
use std::cmp::Reverse;

/// The bars of several symbols on one clock: all open times that any of them has.
pub struct SharedClock {
    len: usize,
    /// For each symbol that does not have all of them: places of its rows on the clock, and for each place how many of its
    /// rows lie before.
    apart: Vec<Option<Places>>,
}

struct Places {
    of_row: Vec<u32>,
    before: Vec<u32>,
}

impl SharedClock {
    /// Of open times that rise, one list for each symbol.
    pub fn new(times: &[&[i64]]) -> Self {
        let mut clock: Vec<i64> = times.first().map_or_else(Vec::new, |t| t.to_vec());
        if times.iter().any(|t| *t != clock.as_slice()) {
            clock = times.concat();
            clock.sort_unstable();
            clock.dedup();
        }
        let places = |time: &&[i64]| {
            if *time == clock.as_slice() {
                return None;
            }
            let mut before = Vec::with_capacity(clock.len());
            let mut of_row = Vec::with_capacity(time.len());
            let mut row = 0;
            for (place, at) in clock.iter().enumerate() {
                before.push(row as u32);
                if time.get(row) == Some(at) {
                    of_row.push(place as u32);
                    row += 1;
                }
            }
            Some(Places { of_row, before })
        };
        Self {
            apart: times.iter().map(places).collect(),
            len: clock.len(),
        }
    }

    /// Place of a symbol's row.
    #[inline]
    fn place(&self, symbol: usize, row: usize) -> u32 {
        match &self.apart[symbol] {
            None => row as u32,
            Some(places) => places.of_row[row],
        }
    }

    /// Rows of a symbol before a place.
    #[inline]
    fn before(&self, symbol: usize, place: u32) -> usize {
        match &self.apart[symbol] {
            None => place as usize,
            Some(places) => places.before[place as usize] as usize,
        }
    }
}

/// A decision with an entry's flag, by the place of the open at which it fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Chance {
    place: u32,
    symbol: u16,
    decision: u32,
}

impl Chance {
    #[inline]
    fn fills(&self) -> When {
        (self.place, ENTRIES, self.symbol)
    }
}

/// All decisions that may open something, in the order in which they fill.
pub(super) struct Chances(Vec<Chance>);

impl Chances {
    pub fn new(clock: &SharedClock, markets: &[EventMarket<'_>], signals: &[Signals]) -> Self {
        let mut all = Vec::new();
        for (symbol, (market, signals)) in markets.iter().zip(signals).enumerate() {
            let rows = signals.entry_rows();
            all.extend(
                rows.take_while(|row| row + 1 < market.rows())
                    .map(|row| Chance {
                        place: clock.place(symbol, row + 1),
                        symbol: symbol as u16,
                        decision: row as u32,
                    }),
            );
        }
        all.sort_unstable();
        Self(all)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// How many chances from one on fill before a time: by steps that double, since it is mostly few.
    fn before(&self, from: usize, when: When) -> usize {
        let rest = self.0.get(from..).unwrap_or_default();
        let mut most = 1;
        while rest.get(most - 1).is_some_and(|c| c.fills() < when) {
            most *= 2;
        }
        let known = most / 2;
        let within = &rest[known..most.min(rest.len())];
        known + within.partition_point(|c| c.fills() < when)
    }
}

/// What was found of a chance's first order: its trade and how it ends, or that it has no levels.
pub(super) type Found = Option<Option<(PathTrade, Left)>>;

/// Steps of a bar.
const AT_OPEN: u8 = 0;
const ENTRIES: u8 = 1;
const WITHIN: u8 = 2;

/// When something happens: place, step, symbol.
type When = (u32, u8, u16);

#[derive(Debug, Clone, Copy)]
enum What {
    /// The position of the symbol ends.
    Leave,
    /// The orders of a decision that ended, or ends, a position fill.
    Turn {
        decision: u32,
        /// The position is still there and is closed by the order of the other side.
        reverse: bool,
    },
}

struct Position {
    trade: PathTrade,
    left: Left,
    size: f64,
    margin: f64,
    fee: f64,
}

/// One run.
#[allow(clippy::struct_field_names)]
struct Run<'r, 'w> {
    run: &'r EventRun<'r>,
    clock: &'r SharedClock,
    plan: &'r Plan,
    constants: &'r Constants,
    walks: &'r mut [Walk<'w>],
    /// Whether liquidation is to be watched for.
    watches: bool,
    purse: Purse,
    liquidations: Vec<Liquidation>,
    positions: Vec<Option<Position>>,
    /// Symbols that hold a position, rising.
    holding: Vec<u16>,
    /// For each symbol the first row whose decision counts.
    free: Vec<u32>,
    /// What is to come, the next last.
    coming: Vec<(When, What)>,
    strayed: bool,
}

impl EventRun<'_> {
    /// Runs one point over all markets. `leverage`: that of the point, where liquidation is part of the path. `found` belongs
    /// to points of the same path.
    pub(super) fn shared(
        &self,
        chances: &Chances,
        task: &Task<'_>,
        at: usize,
        leverage: Option<f64>,
        found: &mut [Found],
    ) -> Result<Option<Metrics>, EngineError> {
        let (plan, constants, clock) = (&task.plans[at], task.points[at], self.clock);
        let mut walks: Vec<Walk<'_>> = self
            .markets
            .iter()
            .zip(task.signals)
            .map(|(market, signals)| {
                let near = leverage.map(|l| near_in(market, l));
                Walk::new(market, signals, plan, self.settings.slippage, near)
            })
            .collect();
        let symbols = walks.len();
        let mut run = Run {
            run: self,
            clock,
            plan,
            constants,
            watches: self.settings.liquidation && leverage.is_none(),
            walks: &mut walks,
            purse: Purse::new(self.settings.capital),
            liquidations: vec![Liquidation::UNKNOWN; symbols],
            positions: (0..symbols).map(|_| None).collect(),
            holding: Vec::new(),
            free: (0..symbols)
                .map(|s| self.warmup(constants, s) as u32)
                .collect(),
            coming: Vec::new(),
            strayed: false,
        };
        let mut next = 0;
        while let (Some(&chance), Some(found)) = (chances.0.get(next), found.get_mut(next)) {
            let now = chance.fills();
            run.until(|when| when <= now)?;
            next += 1;
            if !run.may_hold() {
                // nothing can be opened before something ends: what is missed until then stays missed
                let Some(&(when, _)) = run.coming.last() else {
                    break;
                };
                next += chances.before(next, when);
                continue;
            }
            if chance.decision < run.free[usize::from(chance.symbol)] {
                continue;
            }
            run.chance(chance, found)?;
            if run.strayed {
                return Ok(None);
            }
        }
        run.until(|_| true)?;
        if run.strayed {
            return Ok(None);
        }
        Ok(Some(self.money(&run.purse, clock.len)))
    }

    /// First row of a symbol on which a decision is allowed.
    fn warmup(&self, constants: &Constants, symbol: usize) -> usize {
        constants.warmup.saturating_sub(self.starts[symbol])
    }
}

impl Run<'_, '_> {
    /// Lets everything happen whose time has come.
    #[inline]
    fn until(&mut self, due: impl Fn(When) -> bool) -> Result<(), EngineError> {
        while let Some(&(when, what)) = self.coming.last()
            && due(when)
        {
            self.coming.pop();
            match what {
                What::Leave => self.leave(when),
                What::Turn { decision, reverse } => self.turn(when, decision, reverse)?,
            }
        }
        Ok(())
    }

    fn expect(&mut self, when: When, what: What) {
        let at = self
            .coming
            .partition_point(|c| Reverse(c.0) < Reverse(when));
        self.coming.insert(at, (when, what));
    }

    /// Ends a symbol's position.
    fn leave(&mut self, (place, _, symbol): When) {
        let s = usize::from(symbol);
        let Some(position) = self.positions[s].take() else {
            return;
        };
        self.holding.retain(|&h| h != symbol);
        self.settle(s, &position);
        match position.left {
            Left::End => {}
            Left::Within(row) => self.free[s] = row as u32,
            Left::Open { decision, .. } => {
                self.free[s] = decision as u32 + 1;
                self.expect(
                    (place, ENTRIES, symbol),
                    What::Turn {
                        decision: decision as u32,
                        reverse: false,
                    },
                );
            }
        }
    }

    fn settle(&mut self, s: usize, position: &Position) {
        let max = self.run.markets[s].spec.max_leverage;
        let held = (position.size, position.margin);
        self.purse
            .leave(self.run.settings, &position.trade, held, position.fee, max);
    }

    /// Fills the orders of the decision that ended a position.
    fn turn(&mut self, when: When, decision: u32, reverse: bool) -> Result<(), EngineError> {
        let (place, _, symbol) = when;
        let s = usize::from(symbol);
        let held = self.positions[s].as_ref().map(|p| p.trade.sign);
        // what was closed at the open had the sign of no side that matters any more
        let held = held.map_or(Some((0.0, true)), |sign| Some((sign, false)));
        self.walks[s].orders(decision as usize, held);
        if reverse {
            if let Some(position) = self.positions[s].take() {
                self.holding.retain(|&h| h != symbol);
                self.settle(s, &position);
            }
            self.free[s] = decision + 1;
        }
        for at in 0..self.walks[s].orders.len() {
            let order = self.walks[s].orders[at];
            if self.may_hold() && self.order(place, symbol, decision, order)? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn may_hold(&self) -> bool {
        self.holding.len() < self.run.settings.max_positions as usize
    }

    /// Fills the orders of a decision taken while nothing was held.
    #[inline]
    fn chance(&mut self, chance: Chance, found: &mut Found) -> Result<(), EngineError> {
        let Chance {
            place,
            symbol,
            decision,
        } = chance;
        let s = usize::from(symbol);
        let trade = if let Some(known) = found {
            *known
        } else {
            self.walks[s].orders(decision as usize, None);
            let made = match self.walks[s].orders.first() {
                None => None,
                Some(&order) => self.look_up(s, decision, order)?,
            };
            *found = Some(made);
            made
        };
        if let Some((trade, left)) = trade
            && self.take(place, symbol, trade, left)
        {
            return Ok(());
        }
        if self.strayed || self.plan.entries.len() < 2 {
            return Ok(());
        }
        self.walks[s].orders(decision as usize, None);
        for at in 1..self.walks[s].orders.len() {
            let order = self.walks[s].orders[at];
            if self.order(place, symbol, decision, order)? {
                break;
            }
        }
        Ok(())
    }

    fn look_up(
        &mut self,
        s: usize,
        decision: u32,
        order: u16,
    ) -> Result<Option<(PathTrade, Left)>, EngineError> {
        let walk = &mut self.walks[s];
        let held = self
            .run
            .fill(walk, order, decision as usize, self.constants)?;
        Ok(held.map(|held| walk.leave(&held)))
    }

    /// Fills one order; whether it opened a position.
    fn order(
        &mut self,
        place: u32,
        symbol: u16,
        decision: u32,
        order: u16,
    ) -> Result<bool, EngineError> {
        Ok(match self.look_up(usize::from(symbol), decision, order)? {
            Some((trade, left)) => self.take(place, symbol, trade, left),
            None => false,
        })
    }

    /// Equity that sizes an order at a place, and how much of it is not bound.
    fn equity(&self, place: u32) -> (f64, f64) {
        let mut equity = self.purse.cash;
        let mut bound = 0.0;
        for &symbol in &self.holding {
            let s = usize::from(symbol);
            if let Some(position) = &self.positions[s] {
                let row = self.clock.before(s, place) - 1;
                let close = self.run.markets[s].close[row];
                let trade = &position.trade;
                equity += 0.0 + trade.sign * (close - trade.price) * position.size;
                bound += position.margin;
            }
        }
        if self.run.settings.equity_mode == EquityMode::Realised {
            equity = self.purse.cash;
        }
        (equity, equity - bound)
    }

    /// Sizes and opens a position; whether it could be.
    fn take(&mut self, place: u32, symbol: u16, trade: PathTrade, left: Left) -> bool {
        let s = usize::from(symbol);
        let market = &self.run.markets[s];
        if self.plan.reads_values {
            let walk = &mut self.walks[s];
            walk.signals
                .values(trade.decision as usize, &mut walk.values);
        }
        let equity = self.equity(place);
        let values = &self.walks[s].values;
        let Some(sized) = sized(self.run, self.plan, market, &trade, equity, values) else {
            return false;
        };
        if trade.unsure || self.watches && !self.liquidations[s].spares(market, &trade, &sized) {
            self.strayed = true;
            return false;
        }
        let fee = self.purse.enter(self.run.settings, &trade, sized.size);
        let row = trade.exit_row as usize;
        let (when, what) = match left {
            Left::End => ((u32::MAX, WITHIN, symbol), What::Leave),
            Left::Within(row) => ((self.clock.place(s, row), WITHIN, symbol), What::Leave),
            Left::Open { due: true, .. } => {
                ((self.clock.place(s, row), AT_OPEN, symbol), What::Leave)
            }
            Left::Open {
                decision,
                due: false,
            } => (
                (self.clock.place(s, row), ENTRIES, symbol),
                What::Turn {
                    decision: decision as u32,
                    reverse: true,
                },
            ),
        };
        self.positions[s] = Some(Position {
            trade,
            left,
            size: sized.size,
            margin: sized.margin,
            fee,
        });
        let at = self.holding.partition_point(|&h| h < symbol);
        self.holding.insert(at, symbol);
        self.free[s] = u32::MAX;
        self.expect(when, what);
        true
    }
}
