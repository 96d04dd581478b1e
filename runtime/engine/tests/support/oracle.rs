//! A slow, plain restatement of the rules for one symbol: every bar handled whole, long and short written out, nothing
//! cached. It shares only the sizing function and the price grid with the engine. Values are constants or signal columns.

#![allow(
    clippy::too_many_arguments,
    clippy::struct_excessive_bools,
    clippy::single_match_else
)]

use sixbtc_abi::*;
use sixbtc_engine::{
    FillAt, Grid, RunSettings, SizeContext, SizeRule, SkipReason, Skips, liquidation_price,
    size_order,
};
use sixbtc_market::{Funding, SymbolSpec, Timeframe};

#[derive(Debug, Clone, PartialEq)]
pub struct Closed {
    pub entry: u16,
    pub entry_row: usize,
    pub entry_price: f64,
    pub exit_row: usize,
    pub exit_price: f64,
    pub size: f64,
    pub pnl: f64,
    pub mae: f64,
    pub mfe: f64,
    pub reason: ExitReason,
    pub ambiguous: bool,
}

#[derive(Debug, Clone)]
struct Part {
    entry: usize,
    long: bool,
    price: f64,
    size: f64,
    margin: f64,
    row: usize,
    inside: bool,
    fees: f64,
    funding: f64,
    risk: f64,
    stop: Option<f64>,
    trail: Option<f64>,
    at_stop: Option<f64>,
    at_limit: Option<f64>,
    targets: Vec<(f64, f64)>,
    breakeven: Option<f64>,
    trailing: bool,
    trail_from: Option<f64>,
    leave_at: Option<usize>,
    highest: f64,
    lowest: f64,
    due: Option<ExitReason>,
    ambiguous: bool,
}

#[derive(Debug, Clone)]
struct Waiting {
    entry: usize,
    values: Vec<f64>,
    price: f64,
    limit: bool,
    until: usize,
}

pub struct Oracle<'a> {
    pub plan: &'a OrderPlan,
    pub settings: &'a RunSettings,
    pub spec: &'a SymbolSpec,
    pub funding: Option<&'a Funding>,
    pub warmup: usize,
    pub cash: f64,
    pub closed: Vec<Closed>,
    pub equity: Vec<f64>,
    pub skips: Skips,
    pub fees: f64,
    parts: Vec<Part>,
    due: Vec<(usize, Vec<f64>)>,
    waiting: Vec<Waiting>,
    row: usize,
    close: f64,
    left: Option<usize>,
    period: Option<i64>,
    in_period: usize,
    funded: usize,
}

type Bar = (f64, f64, f64, f64);

fn value(v: Value, columns: &[f64]) -> f64 {
    match v {
        Value::Const(x) => x,
        Value::Out(Phase::Signal, i) => columns[usize::from(i)],
        _ => unimplemented!("the oracle knows constants and signal values"),
    }
}

fn distance(d: Distance, columns: &[f64], from: f64, risk: f64) -> f64 {
    match d {
        Distance::Percent(v) => value(v, columns) * from,
        Distance::Price(v) => value(v, columns),
        Distance::Risk(v) => value(v, columns) * risk,
    }
}

impl<'a> Oracle<'a> {
    pub fn new(
        plan: &'a OrderPlan,
        settings: &'a RunSettings,
        spec: &'a SymbolSpec,
        funding: Option<&'a Funding>,
        warmup: usize,
    ) -> Self {
        Self {
            plan,
            settings,
            spec,
            funding,
            warmup,
            cash: settings.capital,
            closed: vec![],
            equity: vec![],
            skips: Skips::default(),
            fees: 0.0,
            parts: vec![],
            due: vec![],
            waiting: vec![],
            row: 0,
            close: 0.0,
            left: None,
            period: None,
            in_period: 0,
            funded: 0,
        }
    }

    fn tick(&self) -> Grid {
        if self.settings.round_prices {
            Grid::new(self.spec.tick)
        } else {
            Grid::NONE
        }
    }

    /// The nearest price at which an order may stand that is no better for it, found digit by digit.
    fn stands(&self, price: f64, buys: bool) -> f64 {
        let Some(rule) = self
            .spec
            .order_prices
            .filter(|_| self.settings.round_prices)
        else {
            return price;
        };
        if !(price.is_finite() && price > 0.0) {
            return price;
        }
        let price = self.tick().against(price, buys);
        let before = (price as u64).to_string().len() as u32;
        let digits = if price < 1.0 { 0 } else { before };
        let decimals = rule.figures.saturating_sub(digits).min(rule.decimals);
        Grid::new(1.0 / 10u64.pow(decimals) as f64).against(price, buys)
    }

    fn lot(&self) -> Grid {
        if self.settings.round_to_lot {
            Grid::new(self.spec.lot)
        } else {
            Grid::NONE
        }
    }

    fn taker(&self, price: f64, buying: bool) -> f64 {
        let slipped = if buying {
            price * (1.0 + self.settings.slippage)
        } else {
            price * (1.0 - self.settings.slippage)
        };
        self.tick().against(slipped, buying)
    }

    fn marked(&self) -> f64 {
        let mut sum = 0.0;
        for p in &self.parts {
            sum += if p.long {
                (self.close - p.price) * p.size
            } else {
                -(self.close - p.price) * p.size
            };
        }
        self.cash + sum
    }

    fn liquidation(&self) -> Option<f64> {
        let first = self.parts.first().filter(|_| self.settings.liquidation)?;
        let (mut size, mut cost, mut margin) = (0.0, 0.0, 0.0);
        for p in &self.parts {
            size += p.size;
            cost += p.size * p.price;
            margin += p.margin;
        }
        let side = if first.long { 1.0 } else { -1.0 };
        let price = liquidation_price(side, cost / size, size, margin, self.spec.max_leverage);
        (price > 0.0).then_some(price)
    }

    /// Closes up to `size` units of a part.
    fn leave(
        &mut self,
        i: usize,
        size: f64,
        price: f64,
        fee: f64,
        reason: ExitReason,
        ambiguous: bool,
        most: f64,
    ) -> f64 {
        let row = self.row;
        let p = &mut self.parts[i];
        let all = size >= p.size;
        let size = if all { p.size } else { size };
        let share = size / p.size;
        let (fees, funding, margin) = if all {
            (p.fees, p.funding, p.margin)
        } else {
            (p.fees * share, p.funding * share, p.margin * share)
        };
        p.fees -= fees;
        p.funding -= funding;
        p.margin -= margin;
        p.size -= size;
        p.highest = p.highest.max(price);
        p.lowest = p.lowest.min(price);
        let paid = (size * price * fee).min(most);
        let gross = if p.long {
            (price - p.price) * size
        } else {
            -(price - p.price) * size
        };
        self.cash += gross;
        self.cash -= paid;
        self.fees += paid;
        let (down, up) = (p.price - p.lowest, p.highest - p.price);
        let (against, along) = if p.long { (down, up) } else { (up, down) };
        self.closed.push(Closed {
            entry: p.entry as u16,
            entry_row: p.row,
            entry_price: p.price,
            exit_row: row,
            exit_price: price,
            size,
            pnl: gross - fees - paid - funding,
            mae: (100.0 * (against / p.price)).max(0.0),
            mfe: (100.0 * (along / p.price)).max(0.0),
            reason,
            ambiguous: ambiguous || p.ambiguous,
        });
        if all {
            self.parts.remove(i);
            if self.parts.is_empty() {
                self.left = Some(row);
            }
        }
        paid
    }

    fn liquidate(&mut self, open: f64, best: Option<f64>) {
        let long = self.parts[0].long;
        let level = self.liquidation().unwrap();
        let (mut size, mut cost, mut margin) = (0.0, 0.0, 0.0);
        for p in &self.parts {
            size += p.size;
            margin += p.margin;
            cost += p.size * p.price;
        }
        let average = cost / size;
        let price = if long {
            open.min(level).max(average - margin / size)
        } else {
            open.max(level).min(average + margin / size)
        };
        let mut left = margin;
        for p in &self.parts {
            left += if p.long {
                (price - p.price) * p.size
            } else {
                -(price - p.price) * p.size
            };
        }
        while !self.parts.is_empty() {
            let target = self.target_of(0);
            let ambiguous = match (best, target) {
                (Some(best), Some((t, _))) => {
                    if long {
                        best >= t
                    } else {
                        best <= t
                    }
                }
                _ => false,
            };
            left -= self.leave(
                0,
                f64::INFINITY,
                price,
                self.settings.taker_fee,
                ExitReason::Liquidation,
                ambiguous,
                left.max(0.0),
            );
        }
    }

    /// Stop in force and its name.
    fn stop_of(&self, i: usize) -> Option<(f64, ExitReason)> {
        let p = &self.parts[i];
        let tighter = |a: f64, b: f64| if p.long { a > b } else { a < b };
        let mut best: Option<(f64, ExitReason)> = p.stop.map(|s| (s, ExitReason::Stop));
        if let Some(t) = p.trail
            && best.is_none_or(|(s, _)| tighter(t, s))
        {
            best = Some((t, ExitReason::Trail));
        }
        if let Some(a) = p.at_stop
            && best.is_none_or(|(s, _)| tighter(a, s))
        {
            best = Some((a, ExitReason::Stop));
        }
        best
    }

    fn target_of(&self, i: usize) -> Option<(f64, f64)> {
        let p = &self.parts[i];
        match (p.targets.first().copied(), p.at_limit) {
            (Some(t), Some(a)) => {
                let nearer = if p.long { a < t.0 } else { a > t.0 };
                Some(if nearer { (a, f64::INFINITY) } else { t })
            }
            (Some(t), None) => Some(t),
            (None, Some(a)) => Some((a, f64::INFINITY)),
            (None, None) => None,
        }
    }

    /// Takes targets of a part up to a price; true when the part is gone.
    fn take(&mut self, i: usize, reached: f64, at_open: Option<f64>) -> bool {
        loop {
            let long = self.parts[i].long;
            let Some((level, size)) = self.target_of(i) else {
                return false;
            };
            if if long {
                level > reached
            } else {
                level < reached
            } {
                return false;
            }
            let price = self.tick().against(at_open.unwrap_or(level), !long);
            let all = size >= self.parts[i].size;
            if !all {
                self.parts[i].targets.remove(0);
            }
            self.leave(
                i,
                size,
                price,
                self.settings.maker_fee,
                ExitReason::Target,
                false,
                f64::INFINITY,
            );
            if all {
                return true;
            }
        }
    }

    pub fn bar(&mut self, time: i64, bar: Bar, flags: u64, columns: &[f64]) {
        let (open, high, low, close) = bar;
        let end = time + Timeframe::H1.ms();
        self.fund(time);
        // 1. the open
        if self.parts.iter().any(|p| p.due.is_some()) {
            let gone = self.liquidation().is_some_and(|l| {
                if self.parts[0].long {
                    open <= l
                } else {
                    open >= l
                }
            });
            if gone {
                self.liquidate(open, None);
            } else {
                self.leave_due(open);
            }
        }
        self.enter_due(open, time);
        // 2. within the bar
        self.existing(open, high, low);
        self.resting(time, bar);
        let row = self.row;
        let before = self.waiting.len();
        self.waiting.retain(|w| w.until > row);
        self.skips
            .add(SkipReason::Expired, (before - self.waiting.len()) as u64);
        // 3. the close
        self.close = close;
        for p in &mut self.parts {
            if !(p.inside && p.row == row) {
                p.highest = p.highest.max(high);
                p.lowest = p.lowest.min(low);
            }
        }
        self.fund(end);
        self.follow(columns);
        if self.row >= self.warmup {
            self.decide(time, close, flags, columns);
        }
        self.equity.push(self.marked());
        self.row += 1;
    }

    pub fn finish(&mut self) {
        self.row -= 1;
        self.skips.add(
            SkipReason::EndOfData,
            (self.due.len() + self.waiting.len()) as u64,
        );
        let open = !self.parts.is_empty();
        while let Some(p) = self.parts.first() {
            let price = self.taker(self.close, !p.long);
            self.leave(
                0,
                f64::INFINITY,
                price,
                self.settings.taker_fee,
                ExitReason::EndOfData,
                false,
                f64::INFINITY,
            );
        }
        if open {
            *self.equity.last_mut().unwrap() = self.cash;
        }
    }

    fn fund(&mut self, until: i64) {
        let Some(f) = self.funding.filter(|_| self.settings.funding) else {
            return;
        };
        while self.funded < f.time.len() && f.time[self.funded] <= until {
            let rate = f.rate[self.funded];
            self.funded += 1;
            for p in &mut self.parts {
                let notional = p.size * self.close;
                let paid = if p.long {
                    rate * notional
                } else {
                    -rate * notional
                };
                self.cash -= paid;
                p.funding += paid;
            }
        }
    }

    fn leave_due(&mut self, price: f64) {
        while let Some(i) = self.parts.iter().position(|p| p.due.is_some()) {
            let reason = self.parts[i].due.unwrap();
            let fill = self.taker(price, !self.parts[i].long);
            self.leave(
                i,
                f64::INFINITY,
                fill,
                self.settings.taker_fee,
                reason,
                false,
                f64::INFINITY,
            );
        }
    }

    fn enter_due(&mut self, price: f64, time: i64) {
        for (entry, values) in std::mem::take(&mut self.due) {
            let long = self.plan.entries[entry].side == Side::Long;
            let fill = self.taker(price, long);
            self.enter(
                entry,
                &values,
                price,
                fill,
                self.settings.taker_fee,
                time,
                false,
            );
        }
    }

    fn existing(&mut self, open: f64, high: f64, low: f64) {
        let Some(first) = self.parts.first() else {
            return;
        };
        let long = first.long;
        let beyond = |level: f64, price: f64| if long { price <= level } else { price >= level };
        let (against, along) = if long { (low, high) } else { (high, low) };
        if self.liquidation().is_some_and(|l| beyond(l, open)) {
            self.liquidate(open, None);
            return;
        }
        let mut i = 0;
        while i < self.parts.len() {
            match self.stop_of(i) {
                Some((level, reason)) if beyond(level, open) => {
                    let price = self.taker(open, !long);
                    self.leave(
                        i,
                        f64::INFINITY,
                        price,
                        self.settings.taker_fee,
                        reason,
                        false,
                        f64::INFINITY,
                    );
                }
                _ => {
                    if !self.take(i, open, Some(open)) {
                        i += 1;
                    }
                }
            }
        }
        loop {
            let touched: Vec<(usize, f64, ExitReason)> = (0..self.parts.len())
                .filter_map(|i| self.stop_of(i).map(|(l, r)| (i, l, r)))
                .filter(|&(_, l, _)| beyond(l, against))
                .collect();
            let mut nearest: Option<(usize, f64, ExitReason)> = None;
            for t in touched {
                if nearest.is_none_or(|n| if long { t.1 > n.1 } else { t.1 < n.1 }) {
                    nearest = Some(t);
                }
            }
            if let Some(l) = self.liquidation()
                && beyond(l, against)
                && nearest.is_none_or(|n| if long { l >= n.1 } else { l <= n.1 })
            {
                self.liquidate(open, Some(along));
                return;
            }
            let Some((i, level, reason)) = nearest else {
                break;
            };
            let ambiguous = self
                .target_of(i)
                .is_some_and(|(t, _)| if long { along >= t } else { along <= t });
            let price = self.taker(level, !long);
            self.leave(
                i,
                f64::INFINITY,
                price,
                self.settings.taker_fee,
                reason,
                ambiguous,
                f64::INFINITY,
            );
        }
        let mut i = 0;
        while i < self.parts.len() {
            if !self.take(i, along, None) {
                i += 1;
            }
        }
    }

    fn resting(&mut self, time: i64, bar: Bar) {
        let (open, high, low, close) = bar;
        let mut i = 0;
        let mut filled = 0;
        while i < self.waiting.len() {
            let w = self.waiting[i].clone();
            let long = self.plan.entries[w.entry].side == Side::Long;
            let through = |by: f64| {
                if self.settings.touch_fills {
                    by >= 0.0
                } else {
                    self.tick().through(by)
                }
            };
            let (touched, inside, due) = match (w.limit, long) {
                (true, true) => (through(w.price - low), open > w.price, open.min(w.price)),
                (true, false) => (through(high - w.price), open < w.price, open.max(w.price)),
                (false, true) => (high >= w.price, open < w.price, open.max(w.price)),
                (false, false) => (low <= w.price, open > w.price, open.min(w.price)),
            };
            let against_new = self
                .parts
                .iter()
                .any(|p| p.long != long && p.row == self.row)
                && self.parts.iter().all(|p| p.long != long);
            if !touched || against_new {
                i += 1;
                continue;
            }
            self.waiting.remove(i);
            let (price, fee) = if w.limit {
                (self.tick().against(due, long), self.settings.maker_fee)
            } else {
                (self.taker(due, long), self.settings.taker_fee)
            };
            if !self.enter(w.entry, &w.values, due, price, fee, time, inside) {
                continue;
            }
            filled += 1;
            let n = self.parts.len() - 1;
            if filled > 1 {
                self.parts[n].ambiguous = true;
            }
            let (against, along) = if long { (low, high) } else { (high, low) };
            let hit = |level: f64, price: f64| if long { price <= level } else { price >= level };
            let got = |level: f64, price: f64| if long { price >= level } else { price <= level };
            // What is certain to have come after the entry.
            let certain_against = if inside && !w.limit { close } else { against };
            let certain_along = if inside && w.limit { close } else { along };
            let target = self.target_of(n).map(|t| t.0);
            let may_target = target.is_some_and(|t| got(t, along));
            let stop = self.stop_of(n);
            let liquidation = self.liquidation();
            let first_liquidated = liquidation
                .is_some_and(|l| stop.is_none_or(|(s, _)| if long { l >= s } else { l <= s }));
            let nearest = if first_liquidated {
                liquidation
            } else {
                stop.map(|s| s.0)
            };
            if let Some(level) = nearest
                && hit(level, against)
            {
                let ambiguous = !hit(level, certain_against) || may_target;
                let due = if !inside && hit(level, open) {
                    open
                } else {
                    level
                };
                if first_liquidated {
                    self.parts[n].ambiguous |= ambiguous;
                    self.liquidate(due, None);
                } else {
                    let price = self.taker(due, !long);
                    let reason = stop.unwrap().1;
                    self.leave(
                        n,
                        f64::INFINITY,
                        price,
                        self.settings.taker_fee,
                        reason,
                        ambiguous,
                        f64::INFINITY,
                    );
                }
                continue;
            }
            if may_target && !target.is_some_and(|t| got(t, certain_along)) {
                self.parts[n].ambiguous = true;
            }
            if inside {
                let p = &mut self.parts[n];
                p.highest = p
                    .highest
                    .max(if long { certain_along } else { certain_against });
                p.lowest = p
                    .lowest
                    .min(if long { certain_against } else { certain_along });
            }
            if target.is_some_and(|t| got(t, certain_along)) {
                let at_open = (!inside && target.is_some_and(|t| got(t, open))).then_some(open);
                self.take(n, certain_along, at_open);
            }
        }
    }

    fn follow(&mut self, columns: &[f64]) {
        let mut parts = std::mem::take(&mut self.parts);
        for p in &mut parts {
            let bracket = &self.plan.entries[p.entry].bracket;
            if let Some(level) = p.breakeven
                && (if p.long {
                    p.highest >= level
                } else {
                    p.lowest <= level
                })
            {
                p.breakeven = None;
                let price = self.stands(p.price, !p.long);
                if p.stop
                    .is_none_or(|s| if p.long { price > s } else { price < s })
                {
                    p.stop = Some(price);
                }
            }
            let Some(trail) = bracket.trail else { continue };
            if p.trail_from.is_some_and(|l| {
                if p.long {
                    p.highest >= l
                } else {
                    p.lowest <= l
                }
            }) {
                p.trailing = true;
                p.trail_from = None;
            }
            if p.trailing {
                let from = if p.long { p.highest } else { p.lowest };
                let d = distance(trail.distance, columns, from, p.risk);
                let level = if p.long { from - d } else { from + d };
                let level = self.stands(level, !p.long);
                if d >= 0.0
                    && p.trail
                        .is_none_or(|t| if p.long { level > t } else { level < t })
                {
                    p.trail = Some(level);
                }
            }
        }
        self.parts = parts;
    }

    fn decide(&mut self, time: i64, close: f64, flags: u64, columns: &[f64]) {
        let on = |c: Cond| flags >> c.bit & 1 == 1;
        let lead = usize::from(self.settings.fill == FillAt::NextOpen);
        let mut exits: Vec<(ExitScope, ExitTrigger)> = self
            .plan
            .exits
            .iter()
            .map(|e| (e.scope, e.trigger))
            .collect();
        for (i, entry) in self.plan.entries.iter().enumerate() {
            exits.extend(
                entry
                    .bracket
                    .exits
                    .iter()
                    .map(|&t| (ExitScope::Entry(i as u16), t)),
            );
        }
        let mut parts = std::mem::take(&mut self.parts);
        for p in &mut parts {
            p.at_stop = None;
            p.at_limit = None;
            for &(scope, trigger) in &exits {
                let concerns = match scope {
                    ExitScope::All => true,
                    ExitScope::Side(side) => (side == Side::Long) == p.long,
                    ExitScope::Entry(e) => usize::from(e) == p.entry,
                };
                if !concerns {
                    continue;
                }
                match trigger {
                    ExitTrigger::When { cond, reason } if on(cond) => {
                        p.due = p.due.or(Some(reason));
                    }
                    ExitTrigger::At(v) => {
                        let price = value(v, columns);
                        if !(price.is_finite() && price > 0.0) {
                            continue;
                        }
                        let beyond = if p.long { price > close } else { price < close };
                        let price = self.stands(price, !p.long);
                        if beyond {
                            p.at_limit = Some(p.at_limit.map_or(price, |a| {
                                if p.long { a.min(price) } else { a.max(price) }
                            }));
                        } else {
                            p.at_stop = Some(p.at_stop.map_or(price, |a| {
                                if p.long { a.max(price) } else { a.min(price) }
                            }));
                        }
                    }
                    _ => {}
                }
            }
            if p.due.is_none() && p.leave_at.is_some_and(|l| self.row + lead >= l) {
                p.due = Some(ExitReason::Time);
            }
        }
        self.parts = parts;
        let mut market: Option<Side> = None;
        for (i, entry) in self.plan.entries.iter().enumerate() {
            if !on(entry.when) {
                continue;
            }
            let long = entry.side == Side::Long;
            let staying: Vec<&Part> = self
                .parts
                .iter()
                .filter(|p| p.long == long && p.due.is_none())
                .collect();
            if let Some(last) = staying.last() {
                let most = self
                    .plan
                    .limits
                    .pyramid
                    .map_or(1, |v| (value(v, columns).floor() as usize).max(1));
                if staying.len() >= most {
                    self.skips.add(SkipReason::InPosition, 1);
                    continue;
                }
                if let Some(every) = self.plan.limits.pyramid_every {
                    let travelled = if long {
                        close - last.price
                    } else {
                        -(close - last.price)
                    };
                    let least = distance(every, columns, last.price, last.risk);
                    if travelled < least || least.is_nan() {
                        self.skips.add(SkipReason::PyramidDistance, 1);
                        continue;
                    }
                }
            }
            let (price, bars, limit) = match entry.order {
                EntryOrder::Market => {
                    if market.is_some_and(|side| side != entry.side) {
                        self.skips.add(SkipReason::Conflict, 1);
                    } else {
                        market = Some(entry.side);
                        self.due.push((i, columns.to_vec()));
                    }
                    continue;
                }
                EntryOrder::Limit { price, bars } => {
                    (value(price, columns), value(bars, columns), true)
                }
                EntryOrder::Stop { price, bars } => {
                    (value(price, columns), value(bars, columns), false)
                }
            };
            let price = self.stands(price, long);
            if !(price.is_finite() && price > 0.0) {
                self.skips.add(SkipReason::PriceNotFinite, 1);
                continue;
            }
            let until = self.row + (bars.floor() as usize).max(1);
            let new = Waiting {
                entry: i,
                values: columns.to_vec(),
                price,
                limit,
                until,
            };
            if let Some(old) = self.waiting.iter_mut().find(|w| w.entry == i) {
                self.skips.add(SkipReason::Replaced, 1);
                *old = new;
            } else {
                self.waiting.push(new);
            }
        }
        if lead == 0 {
            self.leave_due(close);
            self.enter_due(close, time);
        }
    }

    fn enter(
        &mut self,
        index: usize,
        columns: &[f64],
        _due: f64,
        price: f64,
        fee: f64,
        time: i64,
        inside: bool,
    ) -> bool {
        match self.try_enter(index, columns, price, fee, time, inside) {
            Ok(()) => true,
            Err(reason) => {
                self.skips.add(reason, 1);
                false
            }
        }
    }

    fn try_enter(
        &mut self,
        index: usize,
        columns: &[f64],
        price: f64,
        fee: f64,
        time: i64,
        inside: bool,
    ) -> Result<(), SkipReason> {
        let entry = &self.plan.entries[index];
        let long = entry.side == Side::Long;
        if self.parts.first().is_some_and(|p| p.long != long) {
            if self.parts.iter().any(|p| p.row == self.row) {
                return Err(SkipReason::Conflict);
            }
            while !self.parts.is_empty() {
                self.leave(
                    0,
                    f64::INFINITY,
                    price,
                    fee,
                    ExitReason::Reverse,
                    false,
                    f64::INFINITY,
                );
            }
        }
        let limits = &self.plan.limits;
        let most = limits
            .pyramid
            .map_or(1, |v| (value(v, columns).floor() as usize).max(1));
        if !self.parts.is_empty() && self.parts.len() >= most {
            return Err(SkipReason::InPosition);
        }
        if let (Some(v), Some(left)) = (limits.cooldown, self.left) {
            let bars = value(v, columns).floor() as usize;
            if bars > 0 && self.row - left <= bars {
                return Err(SkipReason::Cooldown);
            }
        }
        if let Some((count, ms)) = limits.trades {
            let start = Timeframe::from_ms(ms).unwrap().floor(time);
            if self.period != Some(start) {
                self.period = Some(start);
                self.in_period = 0;
            }
            if self.in_period >= value(count, columns).floor() as usize {
                return Err(SkipReason::TradesPerPeriod);
            }
        }
        let side = if long { 1.0 } else { -1.0 };
        let wrong = |level: f64| if long { level >= price } else { level <= price };
        let mut stop: Option<f64> = None;
        for &level in &entry.bracket.stops {
            let level = match level {
                Level::Percent(v) => price * (1.0 - side * value(v, columns)),
                Level::Price(v) => value(v, columns),
                Level::Risk(_) => continue,
            };
            if !level.is_finite() {
                return Err(SkipReason::PriceNotFinite);
            }
            if wrong(level) {
                return Err(SkipReason::StopSide);
            }
            stop = Some(stop.map_or(level, |s| if long { s.max(level) } else { s.min(level) }));
        }
        let risk = stop.map_or(f64::NAN, |s| if long { price - s } else { s - price });
        let mut targets = vec![];
        for leg in &entry.bracket.targets {
            let level = match leg.level {
                Level::Percent(v) => price * (1.0 + side * value(v, columns)),
                Level::Price(v) => value(v, columns),
                Level::Risk(v) => {
                    if long {
                        price + value(v, columns) * risk
                    } else {
                        price - value(v, columns) * risk
                    }
                }
            };
            if !level.is_finite() {
                return Err(SkipReason::PriceNotFinite);
            }
            targets.push((level, leg.closing.map_or(1.0, |v| value(v, columns))));
        }
        targets.sort_by(|a, b| {
            if long {
                a.0.total_cmp(&b.0)
            } else {
                b.0.total_cmp(&a.0)
            }
        });
        let rule = match entry
            .size
            .or(self.plan.size)
            .unwrap_or(Sizing::Equity(Value::Const(1.0)))
        {
            Sizing::Risk(v) => SizeRule::Risk {
                fraction: value(v, columns),
                stop_distance: risk / price,
            },
            Sizing::Equity(v) => SizeRule::Equity(value(v, columns)),
            Sizing::Units(v) => SizeRule::Units(value(v, columns)),
            Sizing::Notional(v) => SizeRule::Notional(value(v, columns)),
            Sizing::TargetVol { target, vol } => SizeRule::TargetVol {
                target: value(target, columns),
                vol: value(vol, columns),
            },
        };
        let equity = self.marked();
        let mut bound = 0.0;
        for p in &self.parts {
            bound += p.margin;
        }
        let leverage = limits.leverage.map_or(1.0, |v| value(v, columns));
        let sized = size_order(
            rule,
            &SizeContext::new(
                self.settings,
                self.spec,
                price,
                equity,
                equity - bound,
                leverage,
            ),
        )?;
        let paid = sized.size * price * fee;
        self.cash -= paid;
        self.fees += paid;
        self.in_period += 1;
        let mut closed = 0.0;
        let mut sizes = vec![];
        for (level, fraction) in targets {
            closed += fraction;
            let size = if closed >= 1.0 - 1e-9 {
                f64::INFINITY
            } else {
                self.lot().down(sized.size * fraction)
            };
            if size > 0.0 {
                let level = self.stands(level, !long);
                sizes.push((level, size));
            }
        }
        let travel = |d: Distance| {
            let d = distance(d, columns, price, risk);
            let level = if long { price + d } else { price - d };
            (!level.is_nan()).then_some(level)
        };
        let (mut trail, mut trailing, mut trail_from) = (None, false, None);
        if let Some(leg) = entry.bracket.trail {
            match leg.after {
                Some(after) => trail_from = travel(after),
                None => {
                    trailing = true;
                    let d = distance(leg.distance, columns, price, risk);
                    if d >= 0.0 {
                        trail = Some(if long { price - d } else { price + d });
                    }
                }
            }
        }
        let mut leave_at: Option<usize> = None;
        let all = self.plan.exits.iter().filter(|e| match e.scope {
            ExitScope::All => true,
            ExitScope::Side(s) => s == entry.side,
            ExitScope::Entry(e) => usize::from(e) == index,
        });
        for trigger in all
            .map(|e| e.trigger)
            .chain(entry.bracket.exits.iter().copied())
        {
            if let ExitTrigger::After(v) = trigger {
                let row = self.row + (value(v, columns).floor() as usize).max(1);
                leave_at = Some(leave_at.map_or(row, |l| l.min(row)));
            }
        }
        self.parts.push(Part {
            entry: index,
            long,
            price,
            size: sized.size,
            margin: sized.margin,
            row: self.row,
            inside,
            fees: paid,
            funding: 0.0,
            risk,
            stop: stop.map(|s| self.stands(s, !long)),
            trail: trail.map(|t| self.stands(t, !long)),
            at_stop: None,
            at_limit: None,
            targets: sizes,
            breakeven: entry.bracket.breakeven.and_then(travel),
            trailing,
            trail_from,
            leave_at,
            highest: price,
            lowest: price,
            due: None,
            ambiguous: false,
        });
        Ok(())
    }
}
