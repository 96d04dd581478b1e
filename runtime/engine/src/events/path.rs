//! The trades of a run without its money: which rows, which prices. Runs that differ in sizes alone share them.

use super::market::EventMarket;
use super::signals::Signals;
use super::touch::{Touches, remembered};
use super::{EventRun, account};
use crate::engine::{EngineError, opposite};
use crate::fills::levels;
use crate::orders::{Measure, Number, Plan, Seen, Trigger, lane};
use sixbtc_abi::{Constants, ExitScope, Phase, Side};

/// All that the trades of a run depend on beside bars and signals.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PathKey(Vec<u64>);

impl PathKey {
    pub fn of(plan: &Plan, constants: &Constants) -> Self {
        let mut bits = vec![constants.warmup as u64];
        if plan.bracket_phase {
            bits.extend(&constants.slots);
        }
        let mut number = |n: Number| {
            if let Number::Fixed(x) = n {
                bits.push(x.to_bits());
            }
        };
        for entry in &plan.entries {
            let targets = entry.targets.iter().map(|t| &t.0);
            for measure in entry.stops.iter().chain(targets) {
                let (Measure::Percent(n) | Measure::Price(n) | Measure::Risk(n)) = *measure;
                number(n);
            }
        }
        for exit in &plan.exits {
            if let Trigger::After(n) = exit.trigger {
                number(n);
            }
        }
        Self(bits)
    }
}

/// A trade before it is sized. Prices are fills; levels are signed.
#[derive(Debug, Clone, Copy)]
pub(super) struct PathTrade {
    /// Index of the entry.
    pub entry: u16,
    pub ending: Ending,
    /// What happened hangs on the last digits of a liquidation price: only a run bar by bar can tell.
    pub unsure: bool,
    /// There is no stop: any bar may have come near the liquidation price.
    pub bare: bool,
    pub sign: f64,
    /// Row of the decision, of the entry and of the exit.
    pub decision: u32,
    pub row: u32,
    pub exit_row: u32,
    /// Rows at whose close the position is held: `row..held`.
    pub held: u32,
    pub price: f64,
    pub due: f64,
    pub exit_price: f64,
    pub exit_due: f64,
    /// `|entry − stop|`, NaN without a stop.
    pub risk: f64,
    /// A liquidation price, signed, that is not below this changes the trade. Without a stop the held bars count too.
    pub guard: f64,
}

/// How a trade ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// By an order that takes: a stop, an exit at the open or with the data.
    Market,
    /// By the target, which rests in the book.
    Target,
    /// By the exchange; [`PathTrade::exit_due`] is the open of the bar, the price follows from the margin.
    Liquidation,
}

/// What is held on the way.
pub(super) struct Held {
    entry: u16,
    side: Side,
    sign: f64,
    decision: usize,
    row: usize,
    price: f64,
    stop: f64,
    target: f64,
    risk: f64,
    time_exit: usize,
    /// Signed estimate of the liquidation price; −∞ where it is not looked at.
    liquidation: f64,
    /// How far off the estimate may be.
    band: f64,
}

impl Held {
    /// Whether a signed price reaches the liquidation price; `None` when the estimate cannot tell.
    fn liquidates(&self, price: f64) -> Option<bool> {
        if price > self.liquidation + self.band {
            Some(false)
        } else if price <= self.liquidation - self.band {
            Some(true)
        } else {
            None
        }
    }

    /// Whether the liquidation price lies above the stop: then the stop is never reached.
    fn before_stop(&self) -> Option<bool> {
        if self.liquidation == f64::NEG_INFINITY || self.liquidation + self.band < self.stop {
            Some(false)
        } else if self.liquidation - self.band > self.stop {
            Some(true)
        } else {
            None
        }
    }
}

/// How a position ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Left {
    /// Within a bar.
    Within(usize),
    /// At the open after the decision of a row; whether an exit was due, rather than the other side entered.
    Open { decision: usize, due: bool },
    /// With the data.
    End,
}

pub(super) struct Walk<'w> {
    market: &'w EventMarket<'w>,
    pub signals: &'w Signals,
    plan: &'w Plan,
    /// Tables of first touches of each entry's stop and target, where these are fixed fractions.
    tables: Vec<[Option<Touches>; 2]>,
    /// The same of the liquidation price of a long (0) or short (1) position.
    liquidations: [Option<Touches>; 2],
    pub values: Vec<f64>,
    bracket: Vec<f64>,
    /// Entries whose orders are at hand.
    pub orders: Vec<u16>,
    slippage: f64,
    /// Where liquidation is part of the path: what the fill price of a long (0) or short (1) position is multiplied by.
    near: Option<[f64; 2]>,
}

impl EventRun<'_> {
    /// Appends the trades of a run in order.
    pub(super) fn path(
        &self,
        market: &EventMarket<'_>,
        signals: &Signals,
        plan: &Plan,
        constants: &Constants,
        near: Option<[f64; 2]>,
        out: &mut Vec<PathTrade>,
    ) -> Result<(), EngineError> {
        let rows = market.rows();
        let mut walk = Walk::new(market, signals, plan, self.settings.slippage, near);
        let mut from = constants.warmup.saturating_sub(self.starts[0]);
        'flat: loop {
            let decision = signals.next_entry(from);
            if decision + 1 >= rows {
                return Ok(());
            }
            walk.orders(decision, None);
            let Some(mut held) = self.enter(&mut walk, decision, constants)? else {
                from = decision + 1;
                continue;
            };
            loop {
                let (trade, left) = walk.leave(&held);
                out.push(trade);
                match left {
                    Left::End => return Ok(()),
                    Left::Within(row) => {
                        from = row;
                        continue 'flat;
                    }
                    Left::Open { decision, due } => {
                        walk.orders(decision, Some((held.sign, due)));
                        match self.enter(&mut walk, decision, constants)? {
                            Some(next) => held = next,
                            None => {
                                from = decision + 1;
                                continue 'flat;
                            }
                        }
                    }
                }
            }
        }
    }

    /// Fills the first of the orders at hand that has its levels.
    fn enter(
        &self,
        walk: &mut Walk<'_>,
        decision: usize,
        constants: &Constants,
    ) -> Result<Option<Held>, EngineError> {
        for at in 0..walk.orders.len() {
            if let Some(held) = self.fill(walk, walk.orders[at], decision, constants)? {
                return Ok(Some(held));
            }
        }
        Ok(None)
    }

    /// Fills the order of an entry at the open after a decision, unless it lacks a level.
    pub(super) fn fill(
        &self,
        walk: &mut Walk<'_>,
        index: u16,
        decision: usize,
        constants: &Constants,
    ) -> Result<Option<Held>, EngineError> {
        let (plan, row) = (walk.plan, decision + 1);
        let due = walk.market.open[row];
        if !(due.is_finite() && due > 0.0) {
            return Ok(None);
        }
        if plan.reads_values {
            walk.signals.values(decision, &mut walk.values);
        }
        let entry = &plan.entries[usize::from(index)];
        let sign = entry.side.sign();
        let price = walk.market.fill(row, sign > 0.0);
        if plan.bracket_phase {
            self.kernel
                .bracket(&walk.values, price, constants, &mut walk.bracket)?;
        }
        let seen = Seen {
            signal: &walk.values,
            position: &[],
            bracket: &walk.bracket,
        };
        let Ok(levels) = levels(plan, entry, index, price, row, seen) else {
            return Ok(None);
        };
        let near = walk.near.map(|near| price * near[lane(entry.side)]);
        Ok(Some(Held {
            liquidation: match near {
                Some(near) if near > -account::MARGIN * price => sign * near,
                _ => f64::NEG_INFINITY,
            },
            band: account::MARGIN * price,
            entry: index,
            side: entry.side,
            sign,
            decision,
            row,
            price,
            stop: levels.stop,
            target: levels.targets.first().map_or(f64::INFINITY, |t| t.0),
            risk: levels.risk,
            time_exit: levels.time_exit,
        }))
    }
}

impl<'w> Walk<'w> {
    pub fn new(
        market: &'w EventMarket<'w>,
        signals: &'w Signals,
        plan: &'w Plan,
        slippage: f64,
        near: Option<[f64; 2]>,
    ) -> Self {
        let rows = market.rows();
        let table = |kind: u8, measures: &mut dyn Iterator<Item = Measure>| match (
            measures.next(),
            measures.next(),
        ) {
            (Some(Measure::Percent(Number::Fixed(x))), None) => {
                market.tables.touches.of(kind, x.to_bits(), rows)
            }
            _ => None,
        };
        let tables = plan
            .entries
            .iter()
            .map(|e| {
                let side = lane(e.side) as u8 * 2;
                [
                    table(side, &mut e.stops.iter().copied()),
                    table(side + 1, &mut e.targets.iter().map(|t| t.0)),
                ]
            })
            .collect();
        let liquidation = |side: usize| {
            let bits = near?[side].to_bits();
            market.tables.touches.of(4 + side as u8, bits, rows)
        };
        Self {
            liquidations: [liquidation(0), liquidation(1)],
            tables,
            values: Vec::new(),
            bracket: vec![0.0; plan.bracket_values],
            orders: Vec::new(),
            slippage,
            near,
            market,
            signals,
            plan,
        }
    }

    /// The market orders that a decision gives, in their order. `held`: the side of what is held, and whether it is to be
    /// closed anyway.
    pub fn orders(&mut self, decision: usize, held: Option<(f64, bool)>) {
        let flags = self.signals.flags(decision);
        let mut market_sign = 0.0;
        self.orders.clear();
        for (i, entry) in self.plan.entries.iter().enumerate() {
            let sign = entry.side.sign();
            let refused = matches!(held, Some((side, false)) if !opposite(side, sign));
            if flags >> entry.when.bit & 1 == 0 || refused || opposite(market_sign, sign) {
                continue;
            }
            market_sign = sign;
            self.orders.push(i as u16);
        }
    }

    /// The decision that ends a position, from its entry on: rows of decision and whether an exit is due.
    fn decided(&self, held: &Held) -> Option<(usize, bool)> {
        let side = lane(held.side);
        let other = self.plan.entry_bits[1 - side];
        let last = held.time_exit - 1;
        let mut row = held.row;
        loop {
            let wake = self.signals.next_wake(row, side);
            if wake >= last {
                return (last < self.market.rows()).then_some((last, true));
            }
            if wake >= self.market.rows() {
                return None;
            }
            let flags = self.signals.flags(wake);
            let due = self.plan.exits.iter().any(|exit| match exit.trigger {
                Trigger::When(cond, _) => {
                    cond.phase == Phase::Signal
                        && flags >> cond.bit & 1 == 1
                        && match exit.scope {
                            ExitScope::All => true,
                            ExitScope::Side(only) => only == held.side,
                            ExitScope::Entry(entry) => entry == held.entry,
                        }
                }
                _ => false,
            });
            if due || flags & other != 0 {
                return Some((wake, due));
            }
            row = wake + 1;
        }
    }

    /// The first row before `until` on which a bar reaches the stop or the target.
    fn touched(&self, held: &Held, until: usize) -> Option<usize> {
        let market = self.market;
        let rows = market.rows();
        let [stops, targets] = &self.tables[usize::from(held.entry)];
        let find = |below: bool, level: f64, to: usize| {
            if below {
                market
                    .tables
                    .lows
                    .first(market.low, held.row, to, |p| p <= level)
            } else {
                market
                    .tables
                    .highs
                    .first(market.high, held.row, to, |p| p >= level)
            }
        };
        let long = held.sign > 0.0;
        let mut first = until;
        // below a stop only a gap can reach it
        if held.before_stop() != Some(false) {
            let level = held.sign * (held.liquidation + held.band);
            let table = self.liquidations[lane(held.side)].as_ref();
            let to = if table.is_some() { rows } else { first };
            first = first.min(remembered(table, held.row, || find(long, level, to)));
        }
        if held.stop > f64::NEG_INFINITY && held.before_stop() != Some(true) {
            let to = if stops.is_some() { rows } else { first };
            let level = held.sign * held.stop;
            first = first.min(remembered(stops.as_ref(), held.row, || {
                find(long, level, to)
            }));
        }
        if held.target < f64::INFINITY {
            let to = if targets.is_some() { rows } else { first };
            let level = held.sign * held.target;
            first = first.min(remembered(targets.as_ref(), held.row, || {
                find(!long, level, to)
            }));
        }
        (first < until).then_some(first)
    }

    /// Ends a position.
    pub fn leave(&self, held: &Held) -> (PathTrade, Left) {
        let (market, sign) = (self.market, held.sign);
        let rows = market.rows();
        let decided = self.decided(held);
        let until = decided.map_or(rows, |(decision, _)| decision + 1).min(rows);
        let mut trade = PathTrade {
            entry: held.entry,
            ending: Ending::Market,
            unsure: held.before_stop().is_none(),
            bare: held.stop == f64::NEG_INFINITY,
            sign,
            decision: held.decision as u32,
            row: held.row as u32,
            exit_row: 0,
            held: 0,
            price: held.price,
            due: market.open[held.row],
            exit_price: 0.0,
            exit_due: 0.0,
            risk: held.risk,
            guard: f64::INFINITY,
        };
        let left = if let Some(row) = self.touched(held, until) {
            self.within(held, row, &mut trade);
            Left::Within(row)
        } else if let Some((decision, due)) = decided.filter(|d| d.0 + 1 < rows) {
            let row = decision + 1;
            trade.exit_due = market.open[row];
            trade.exit_price = market.fill(row, sign < 0.0);
            trade.guard = sign * market.open[row];
            trade.exit_row = row as u32;
            trade.held = row as u32;
            if due {
                match held.liquidates(sign * market.open[row]) {
                    Some(false) => {}
                    Some(true) => trade.ending = Ending::Liquidation,
                    None => trade.unsure = true,
                }
            }
            Left::Open { decision, due }
        } else {
            let due = market.close[rows - 1];
            trade.exit_due = due;
            trade.exit_price = account::exit_price(market.tables.tick, sign, due, self.slippage);
            trade.exit_row = rows as u32 - 1;
            trade.held = rows as u32;
            Left::End
        };
        if !trade.bare {
            trade.guard = trade.guard.min(held.stop);
        }
        (trade, left)
    }

    /// What a bar that reaches the stop or the target does, in the order of [`crate::Engine`]: gaps, stop, target.
    fn within(&self, held: &Held, row: usize, trade: &mut PathTrade) {
        let (market, sign) = (self.market, held.sign);
        let open = sign * market.open[row];
        let worst = if sign > 0.0 {
            market.low[row]
        } else {
            -market.high[row]
        };
        let stopped = held.before_stop() == Some(false);
        let (due, ending) = if held.liquidates(open) != Some(false) {
            trade.unsure |= held.liquidates(open).is_none();
            (market.open[row], Ending::Liquidation)
        } else if stopped && open <= held.stop {
            (market.open[row], Ending::Market)
        } else if held.target <= open {
            (market.open[row], Ending::Target)
        } else if stopped && worst <= held.stop {
            (sign * held.stop, Ending::Market)
        } else if !stopped && held.liquidates(worst) != Some(false) {
            trade.unsure |= held.liquidates(worst).is_none();
            (market.open[row], Ending::Liquidation)
        } else {
            (sign * held.target, Ending::Target)
        };
        trade.exit_due = due;
        trade.ending = ending;
        trade.exit_price = if ending == Ending::Target {
            market.tables.tick.against(due, sign < 0.0)
        } else {
            account::exit_price(market.tables.tick, sign, due, self.slippage)
        };
        trade.guard = open;
        trade.exit_row = row as u32;
        trade.held = row as u32;
    }
}
