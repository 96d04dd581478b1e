//! Entry fills and liquidation.

use crate::account::Fill;
use crate::book::Order;
use crate::engine::{Engine, EngineError, opposite};
use crate::grid::OrderGrid;
use crate::lot::{Lot, Target};
use crate::orders::{Entry, Measure, Number, Plan, Seen, Size, Trigger, whole};
use crate::settings::RunSettings;
use crate::sizing::{SizeContext, SizeRule, Sized, size_order};
use crate::trade::SkipReason;
use sixbtc_abi::{ExitReason, ExitScope, Side};
use sixbtc_market::Timeframe;
use smallvec::SmallVec;

/// How an entry got its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entering {
    /// A market order at an open or close: taker, slippage.
    Market,
    /// A resting stop order, within the bar or at its open: taker, slippage.
    Stop {
        /// Filled after the open, so that part of the bar lies before the entry.
        inside: bool,
    },
    /// A resting limit order: maker, no slippage.
    Limit {
        /// Filled after the open.
        inside: bool,
    },
}

impl Entering {
    pub(crate) fn inside(self) -> bool {
        matches!(
            self,
            Self::Stop { inside: true } | Self::Limit { inside: true }
        )
    }
}

/// The protective levels of an entry, signed, from the actual fill.
pub(crate) struct Levels {
    pub stop: f64,
    pub risk: f64,
    /// Signed levels with the fraction each closes, the nearest first.
    pub targets: SmallVec<[(f64, f64); 2]>,
    breakeven: f64,
    /// The trailing stop from the first moment on; −∞ without one.
    pub trail: f64,
    trail_rule: Option<Measure>,
    trail_after: f64,
    pub time_exit: usize,
}

impl Levels {
    /// Where their orders may stand. What is risked stays what the strategy says.
    fn on(mut self, grid: OrderGrid, sign: f64) -> Self {
        self.stop = grid.exit(sign, self.stop);
        self.trail = grid.exit(sign, self.trail);
        for target in &mut self.targets {
            target.0 = grid.exit(sign, target.0);
        }
        self
    }
}

impl Engine<'_> {
    /// Fills an entry due at a price. Whether a lot was opened; otherwise the reason has been counted.
    pub(crate) fn enter(
        &mut self,
        s: usize,
        order: &Order,
        due: f64,
        time: i64,
        how: Entering,
    ) -> Result<bool, EngineError> {
        match self.try_enter(s, order, due, time, how)? {
            Ok(()) => Ok(true),
            Err(reason) => {
                self.account.skip(reason);
                Ok(false)
            }
        }
    }

    fn try_enter(
        &mut self,
        s: usize,
        order: &Order,
        due: f64,
        time: i64,
        how: Entering,
    ) -> Result<Result<(), SkipReason>, EngineError> {
        let sign = self.plan.sign(order.entry);
        if !(due.is_finite() && due > 0.0) {
            return Ok(Err(SkipReason::PriceNotFinite));
        }
        let (slippage, fee) = match how {
            Entering::Limit { .. } => (0.0, self.settings.maker_fee),
            Entering::Market | Entering::Stop { .. } => {
                (self.settings.slippage, self.settings.taker_fee)
            }
        };
        let book = &self.books[s];
        let price = book.tick.against(due * (1.0 + sign * slippage), sign > 0.0);
        let row = book.row;
        let fill = Fill {
            price,
            due,
            fee,
            fee_most: f64::INFINITY,
            time,
            row,
            at_close: how == Entering::Market && self.lead == 0,
        };
        if opposite(book.sign(), sign) {
            if book.lots.iter().any(|lot| lot.row == row) {
                return Ok(Err(SkipReason::Conflict));
            }
            self.reverse(s, &fill);
        }
        let (levels, sized) = match self.proposed(s, order, price, time)? {
            Ok(proposed) => proposed,
            Err(reason) => return Ok(Err(reason)),
        };
        self.open_lot(s, order.entry, &fill, how.inside(), &levels, sized);
        Ok(Ok(()))
    }

    /// Levels and size of an entry at a price, or why there is none.
    pub(crate) fn proposed(
        &mut self,
        s: usize,
        order: &Order,
        price: f64,
        time: i64,
    ) -> Result<Result<(Levels, Sized), SkipReason>, EngineError> {
        if let Err(reason) = self.may_enter(s, order, time) {
            return Ok(Err(reason));
        }
        let levels = match self.levels_at(s, order, price)? {
            Ok(levels) => levels,
            Err(reason) => return Ok(Err(reason)),
        };
        let entry = &self.plan.entries[usize::from(order.entry)];
        let sized = self.size(s, entry, price, levels.risk, self.seen_by(order));
        Ok(sized.map(|sized| (levels, sized)))
    }

    /// Levels of an entry at a price, or why they cannot stand there.
    pub(crate) fn levels_at(
        &mut self,
        s: usize,
        order: &Order,
        price: f64,
    ) -> Result<Result<Levels, SkipReason>, EngineError> {
        if self.plan.bracket_phase {
            self.kernel
                .bracket(&order.signal, price, self.constants, &mut self.bracket)?;
        }
        let entry = &self.plan.entries[usize::from(order.entry)];
        let (row, seen) = (self.books[s].row, self.seen_by(order));
        let found = levels(&self.plan, entry, order.entry, price, row, seen);
        let (sign, grid) = (entry.side.sign(), self.books[s].orders);
        Ok(found.map(|levels| levels.on(grid, sign)))
    }

    /// What an entry's numbers are read from.
    pub(crate) fn seen_by<'o>(&'o self, order: &'o Order) -> Seen<'o> {
        Seen {
            signal: &order.signal,
            position: &order.position,
            bracket: &self.bracket,
        }
    }

    /// Closes the position because an entry to the other side fills.
    fn reverse(&mut self, s: usize, fill: &Fill) {
        let book = &mut self.books[s];
        for lot in &mut book.lots {
            self.account.close(
                lot,
                s as u16,
                f64::INFINITY,
                fill,
                ExitReason::Reverse,
                false,
            );
        }
        book.lots.clear();
        self.lots_changed(s);
    }

    /// The limits that hold at the moment of a fill.
    pub(crate) fn may_enter(
        &mut self,
        s: usize,
        order: &Order,
        time: i64,
    ) -> Result<(), SkipReason> {
        let caps = self.plan.caps;
        let seen = Seen {
            signal: &order.signal,
            position: &order.position,
            bracket: &[],
        };
        let book = &mut self.books[s];
        let held = book.lots.len();
        if held > 0 && held >= caps.pyramid.map_or(1, |n| whole(n.of(seen)).max(1)) {
            return Err(SkipReason::InPosition);
        }
        if let (Some(cooldown), Some(left)) = (caps.cooldown, book.left) {
            let bars = whole(cooldown.of(seen));
            if bars > 0 && book.row - left <= bars {
                return Err(SkipReason::Cooldown);
            }
        }
        if let Some((count, period)) = caps.trades {
            let start = Timeframe::from_ms(period)
                .map_or(time - time.rem_euclid(period.max(1)), |p| p.floor(time));
            if start != book.period {
                book.period = start;
                book.period_entries = 0;
            }
            if book.period_entries >= whole(count.of(seen)) {
                return Err(SkipReason::TradesPerPeriod);
            }
        }
        if held == 0 {
            let open = self.books.iter().filter(|b| !b.lots.is_empty()).count();
            if open >= self.settings.max_positions as usize {
                return Err(SkipReason::MaxPositions);
            }
        }
        Ok(())
    }

    pub(crate) fn size(
        &self,
        s: usize,
        entry: &Entry,
        price: f64,
        risk: f64,
        seen: Seen<'_>,
    ) -> Result<Sized, SkipReason> {
        let book = &self.books[s];
        let rule = size_rule(entry.size, price, risk, seen);
        let equity = self.sizing_equity();
        let context = SizeContext {
            price,
            equity,
            free_equity: equity - self.bound(),
            leverage: self.leverage(seen),
            max_leverage: book.setup.spec.max_leverage,
            max_positions: self.settings.max_positions,
            lot: book.lot,
            min_notional: self.min_notional(s),
        };
        size_order(rule, &context)
    }

    /// The leverage asked for: that of the settings, never above `limit leverage`; 1 without either.
    pub(crate) fn leverage(&self, seen: Seen<'_>) -> f64 {
        leverage(&self.plan, &self.settings, seen)
    }

    /// Margin bound by all open positions.
    pub(crate) fn bound(&self) -> f64 {
        let mut bound = 0.0;
        for book in self.books.iter().filter(|b| !b.lots.is_empty()) {
            bound += book.margin();
        }
        bound
    }

    /// Smallest notional of an order of a symbol.
    pub(crate) fn min_notional(&self, s: usize) -> f64 {
        let own = self.books[s].setup.spec.min_notional;
        self.settings.min_notional.unwrap_or(own)
    }

    pub(crate) fn open_lot(
        &mut self,
        s: usize,
        entry: u16,
        fill: &Fill,
        inside: bool,
        levels: &Levels,
        sized: Sized,
    ) {
        let sign = self.plan.sign(entry);
        let book = &self.books[s];
        let mut closed = 0.0;
        let targets = levels
            .targets
            .iter()
            .filter_map(|&(level, fraction)| {
                closed += fraction;
                // Legs that together close all leave no dust behind, whatever the lot rounds off.
                let size = if closed >= 1.0 - 1e-9 {
                    f64::INFINITY
                } else {
                    book.lot.down(sized.size * fraction)
                };
                (size > 0.0).then_some(Target { level, size })
            })
            .collect();
        let lot = Lot {
            inside,
            risk: levels.risk,
            stop: levels.stop,
            trail: levels.trail,
            targets,
            breakeven: levels.breakeven,
            trail_rule: levels.trail_rule,
            trail_after: levels.trail_after,
            time_exit: levels.time_exit,
            ..Lot::bare(entry, sign, fill, &sized)
        };
        self.push_lot(s, lot, fill, sized.capped);
    }

    /// Books the fill of a lot: its number, its fee, counts and what is derived.
    pub(crate) fn push_lot(&mut self, s: usize, mut lot: Lot, fill: &Fill, capped: bool) {
        let book = &mut self.books[s];
        lot.serial = self.account.next_lot;
        self.account.next_lot += 1;
        self.account.cash -= lot.fees;
        let counters = &mut self.account.counters;
        counters.entries += 1;
        counters.fees += lot.fees;
        counters.traded += lot.size * lot.price;
        counters.slippage += lot.slippage;
        counters.capped += u64::from(capped);
        self.account.level(&lot, fill.time);
        book.period_entries += 1;
        book.lots.push(lot);
        book.refresh(&self.plan, self.settings.liquidation, self.lead);
    }

    /// Liquidates the position at its liquidation price, or at `open` where that is worse; at most the whole isolated
    /// margin is lost, the fee included. `favourable` is the best price of the bar in the sense of the position when it
    /// came after the open: a target that it touched makes the outcome ambiguous.
    pub(crate) fn liquidate(&mut self, s: usize, open: f64, time: i64, favourable: f64) {
        let book = &mut self.books[s];
        let sign = book.sign();
        let (mut size, mut margin) = (0.0, 0.0);
        for lot in &book.lots {
            size += lot.size;
            margin += lot.margin;
        }
        let bankrupt = sign * (book.cost / size) - margin / size;
        let price = sign * (sign * open).min(book.liquidation).max(bankrupt);
        let mut left = margin;
        for lot in &book.lots {
            left += lot.profit(price);
        }
        let mut fill = Fill {
            price,
            due: price,
            fee_most: 0.0,
            fee: self.settings.taker_fee,
            time,
            row: book.row,
            at_close: false,
        };
        for lot in &mut book.lots {
            fill.fee_most = left.max(0.0);
            let ambiguous = favourable.is_finite() && favourable >= lot.next_target().level;
            left -= self.account.close(
                lot,
                s as u16,
                f64::INFINITY,
                &fill,
                ExitReason::Liquidation,
                ambiguous,
            );
        }
        book.lots.clear();
        self.account.counters.liquidations += 1;
        self.lots_changed(s);
    }
}

/// What a size statement asks for at a fill price with the distance to its stop.
#[inline]
pub(crate) fn size_rule(size: Size, price: f64, risk: f64, seen: Seen<'_>) -> SizeRule {
    match size {
        Size::Risk(n) => SizeRule::Risk {
            fraction: n.of(seen),
            stop_distance: risk / price,
        },
        Size::Equity(n) => SizeRule::Equity(n.of(seen)),
        Size::TargetVol(target, vol) => SizeRule::TargetVol {
            target: target.of(seen),
            vol: vol.of(seen),
        },
        Size::Units(n) => SizeRule::Units(n.of(seen)),
        Size::Notional(n) => SizeRule::Notional(n.of(seen)),
    }
}

/// The leverage asked for: that of the settings, never above `limit leverage`; 1 without either.
#[inline]
pub(crate) fn leverage(plan: &Plan, settings: &RunSettings, seen: Seen<'_>) -> f64 {
    let limit = plan.caps.leverage.map(|n| n.of(seen));
    match (settings.leverage, limit) {
        (Some(wanted), Some(limit)) => wanted.min(limit),
        (Some(wanted), None) => wanted,
        (None, limit) => limit.unwrap_or(1.0),
    }
}

/// Levels of an entry. An order with a level that is no number is dropped: half a bracket protects nothing.
pub(crate) fn levels(
    plan: &Plan,
    entry: &Entry,
    index: u16,
    price: f64,
    row: usize,
    seen: Seen<'_>,
) -> Result<Levels, SkipReason> {
    let sign = entry.side.sign();
    let signed = sign * price;
    let mut stop = f64::NEG_INFINITY;
    let tighten = |stop: &mut f64, level: f64| {
        if !level.is_finite() {
            return Err(SkipReason::PriceNotFinite);
        }
        if level >= signed {
            return Err(SkipReason::StopSide);
        }
        *stop = stop.max(level);
        Ok(())
    };
    for measure in &entry.stops {
        match *measure {
            Measure::Percent(n) => tighten(&mut stop, sign * (price * (1.0 - sign * n.of(seen))))?,
            Measure::Price(n) => tighten(&mut stop, sign * n.of(seen))?,
            Measure::Risk(_) => {}
        }
    }
    let risk = if stop.is_finite() {
        signed - stop
    } else {
        f64::NAN
    };
    for measure in &entry.stops {
        if let Measure::Risk(n) = *measure {
            tighten(&mut stop, signed - n.of(seen) * risk)?;
        }
    }
    let mut targets = SmallVec::new();
    for &(measure, closing) in &entry.targets {
        let level = match measure {
            Measure::Percent(n) => sign * (price * (1.0 + sign * n.of(seen))),
            Measure::Price(n) => sign * n.of(seen),
            Measure::Risk(n) => signed + n.of(seen) * risk,
        };
        let fraction = closing.map_or(1.0, |n| n.of(seen));
        if !level.is_finite() {
            return Err(SkipReason::PriceNotFinite);
        }
        if fraction.is_nan() || fraction <= 0.0 {
            return Err(SkipReason::SizeNotFinite);
        }
        targets.push((level, fraction));
    }
    targets.sort_by(|a: &(f64, f64), b| a.0.total_cmp(&b.0));
    // A distance that is no number never comes.
    let travel = |measure: Measure| {
        let level = signed + measure.distance(seen, price, risk);
        if level.is_nan() { f64::INFINITY } else { level }
    };
    let (mut trail, mut trail_rule, mut trail_after) = (f64::NEG_INFINITY, None, f64::NEG_INFINITY);
    if let Some((distance, after)) = entry.trail {
        trail_rule = Some(distance.at_entry(seen));
        if let Some(after) = after {
            trail_after = travel(after);
        } else {
            let behind = distance.distance(seen, price, risk);
            if behind >= 0.0 {
                trail = signed - behind;
            }
        }
    }
    Ok(Levels {
        stop,
        risk,
        targets,
        breakeven: entry.breakeven.map_or(f64::INFINITY, travel),
        trail,
        trail_rule,
        trail_after,
        time_exit: time_exit(plan, entry.side, index, row, seen),
    })
}

/// Row at whose open the earliest `exit after N bars` closes an entry.
fn time_exit(plan: &Plan, side: Side, index: u16, row: usize, seen: Seen<'_>) -> usize {
    let mut first = usize::MAX;
    for exit in &plan.exits {
        let concerns = match exit.scope {
            ExitScope::All => true,
            ExitScope::Side(only) => only == side,
            ExitScope::Entry(only) => only == index,
        };
        if let Trigger::After(bars) = exit.trigger
            && concerns
        {
            let bars: Number = bars;
            let bars = bars.of(seen);
            if bars.is_finite() {
                first = first.min(row.saturating_add(whole(bars).max(1)));
            }
        }
    }
    first
}
