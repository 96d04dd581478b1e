//! What should stand at the exchange, less what stands there: orders and cancellations.

use super::hear::{LONGEST, sane};
use super::{
    Batch, Command, Desk, DeskError, Failure, Flying, Grouping, Record, Severity, StopEntries, Work,
};
use crate::ident::{Cloid, cloid};
use crate::money::{decimal, float};
use crate::order::{Kind, Life, Order, Plan, Role, Why};
use rust_decimal::Decimal;
use sixbtc_engine::live::{Means, Purpose, Wanted};
use sixbtc_market::timeframe::DAY;
use std::collections::BTreeSet;

/// An order before it has a name.
pub(super) struct Draft {
    pub symbol: usize,
    pub role: Role,
    pub buys: bool,
    pub size: Decimal,
    pub asked: f64,
    pub kind: Kind,
    pub due: f64,
    pub reduces: bool,
    pub post_only: bool,
    pub why: Option<Why>,
    pub stop: Option<f64>,
}

/// What one look at the exchange comes to. Cancellations go first, then what makes positions smaller, then entries.
#[derive(Default)]
pub(super) struct Todo {
    pub cancel: BTreeSet<Cloid>,
    pub replace: BTreeSet<Cloid>,
    pub reduce: Vec<Draft>,
    pub enter: Vec<(Draft, Option<Draft>)>,
    /// Entries whose orders are as they should be.
    pub kept: BTreeSet<Cloid>,
}

impl Desk<'_> {
    pub(super) fn place(&mut self, now: i64) -> Result<(), DeskError> {
        self.dust(now)?;
        let symbols = self.prices.len();
        let mut dropped = true;
        let mut wanted = Vec::new();
        // an entry that is too late makes room for the next one
        while dropped {
            let open: Vec<Option<f64>> = (0..symbols)
                .map(|s| self.may_enter(s).then(|| self.price(s, now)).flatten())
                .map(|p| p.map(float))
                .collect();
            wanted = self.live.wanted(&open)?;
            dropped = self.too_late(&wanted, now)?;
        }
        // what is in the books and not at the exchange can be neither protected nor left
        let ghosts: Vec<usize> = (0..symbols).filter(|s| self.is_ghost(*s)).collect();
        wanted.retain(|w| !(w.reduces && ghosts.contains(&w.symbol)));
        let mut todo = Todo::default();
        self.entries(&wanted, &mut todo, now)?;
        self.partial_entries(&mut todo, now);
        self.stops(&wanted, &mut todo, now)?;
        self.targets(&wanted, &mut todo, now);
        self.leave(&wanted, &mut todo, now);
        self.clear(&mut todo, now);
        self.unwanted(&wanted, &mut todo);
        self.send(todo, now)
    }

    pub(super) fn price(&self, s: usize, now: i64) -> Option<Decimal> {
        let (price, at) = self.prices[s]?;
        (now - at <= self.setup.settings.price_age).then_some(price)
    }

    /// Whether entries of a symbol may stand at the exchange.
    fn may_stand(&self, s: usize) -> bool {
        !self.state.stopped()
            && self.gate.is_none()
            && !self.closing[s]
            && !self.state.quarantine.contains_key(&s)
            && !self.doubt.contains_key(&s)
    }

    /// Whether they may be sent: those that stand cost no request, and have nothing to do with another one's fate.
    pub(super) fn may_enter(&self, s: usize) -> bool {
        let mut planned = self.state.planned_on(s);
        self.may_stand(s) && !self.short && planned.all(|o| self.is_flying(o.plan.cloid))
    }

    pub(super) fn is_flying(&self, cloid: Cloid) -> bool {
        self.flying.values().any(|f| match &f.work {
            Work::Orders { orders, .. } => orders.iter().any(|o| o.cloid == cloid),
            _ => false,
        })
    }

    pub(super) fn waits(&self, symbol: usize, role: Role, now: i64) -> bool {
        let tries = self.tries.get(&(symbol, role));
        tries.is_some_and(|t| now < t.not_before)
    }

    /// Orders for a purpose about which something is still to be done.
    pub(super) fn of(&self, symbol: usize, role: Role) -> impl Iterator<Item = &Order> {
        let all = self.state.orders.values();
        all.filter(move |o| o.plan.symbol == symbol && o.plan.role == role)
    }

    /// Drops entries at market that are wanted but were decided too long ago. Whether there were any.
    fn too_late(&mut self, wanted: &[Wanted], now: i64) -> Result<bool, DeskError> {
        let window = self.setup.settings.entry_window;
        for w in wanted {
            let Purpose::Enter { entry, decided } = w.purpose else {
                continue;
            };
            let role = Role::Enter { entry, decided };
            let late = w.means == Means::Market && now > decided + window;
            if late && self.of(w.symbol, role).next().is_none() {
                let record = Record::Dropped {
                    symbol: w.symbol,
                    entry,
                    decided,
                    cloid: None,
                    again: false,
                };
                self.write(record, now)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a price that an entry of the desk's own watch waits for has been reached since it was last looked at.
    pub(super) fn is_reached(&self) -> bool {
        let reached = |(s, [above, below]): (usize, &[Option<Decimal>; 2])| {
            self.prices[s].is_some_and(|(price, _)| {
                above.is_some_and(|at| price >= at) || below.is_some_and(|at| price <= at)
            })
        };
        self.watched.iter().enumerate().any(reached)
    }

    /// Whether an entry is to be made now, as far as its price is concerned. One that the desk watches is, from its price on as
    /// far as it may fill beyond it: further away it waits until the price is back.
    fn fires(&mut self, w: &Wanted, now: i64) -> bool {
        let (Means::Stop(at), StopEntries::Watched) = (w.means, self.setup.settings.stop_entries)
        else {
            return true;
        };
        let (s, rules) = (w.symbol, &self.rules[w.symbol]);
        let level = decimal(at).filter(|p| sane(*p));
        let Some(trigger) = level.and_then(|at| rules.price(at, w.buys)) else {
            return false;
        };
        let cap = self.setup.settings.entry_cap;
        let (Some(price), Some(limit)) = (
            self.price(s, now),
            rules.price(beyond(trigger, cap, w.buys), w.buys),
        ) else {
            return false;
        };
        if reaches(price, trigger, w.buys) {
            return reaches(limit, price, w.buys);
        }
        let [above, below] = &mut self.watched[s];
        if w.buys {
            *above = Some(above.map_or(trigger, |at| at.min(trigger)));
        } else {
            *below = Some(below.map_or(trigger, |at| at.max(trigger)));
        }
        false
    }

    /// An entry waits with the desk: what would hold it up when its price comes is done now, and one that rests at the exchange
    /// from before it was to wait here is taken back.
    fn prepare(
        &mut self,
        w: &Wanted,
        role: Role,
        todo: &mut Todo,
        now: i64,
    ) -> Result<(), DeskError> {
        if self.may_stand(w.symbol) {
            let rests = |o: &&Order| matches!(o.plan.kind, Kind::Stop { .. });
            for order in self.of(w.symbol, role).filter(rests) {
                todo.kept.insert(order.plan.cloid);
                todo.replace.insert(order.plan.cloid);
            }
        }
        if self.may_enter(w.symbol) {
            self.leveraged(w, now)?;
        }
        Ok(())
    }

    fn entries(&mut self, wanted: &[Wanted], todo: &mut Todo, now: i64) -> Result<(), DeskError> {
        self.watched.fill([None; 2]);
        let most = self.most();
        let mut engaged = self.room(wanted, todo);
        for w in wanted {
            let Purpose::Enter { entry, decided } = w.purpose else {
                continue;
            };
            let (s, role) = (w.symbol, Role::Enter { entry, decided });
            if !self.fires(w, now) {
                self.prepare(w, role, todo, now)?;
                continue;
            }
            let Some(draft) = self.entry_draft(w, role, now) else {
                continue;
            };
            let mut standing = self.of(s, role).peekable();
            if standing.peek().is_some() {
                for order in standing {
                    let off = (order.plan.size - draft.size).abs();
                    let moved = order.plan.kind.price() != draft.kind.price()
                        || off > self.setup.settings.resize * order.plan.size;
                    let rests = !matches!(order.plan.kind, Kind::Now { .. });
                    let untouched = order.life == Life::Open && order.filled.is_zero();
                    if rests && !self.may_stand(s) {
                        continue;
                    }
                    todo.kept.insert(order.plan.cloid);
                    if rests && untouched && moved && self.may_enter(s) {
                        todo.replace.insert(order.plan.cloid);
                    }
                }
                continue;
            }
            drop(standing);
            let draft = self.met(draft, now);
            if !self.may_enter(s) || self.waits(s, role, now) || self.is_undecided(s, role) {
                continue;
            }
            if !engaged.contains(&s) {
                if engaged.len() >= most {
                    continue;
                }
                engaged.insert(s);
            }
            // the exchange would turn it away
            let notional = draft.size * draft.kind.price();
            if notional.is_zero() || notional < self.rules[s].min_notional {
                let record = Record::Dropped {
                    symbol: s,
                    entry,
                    decided,
                    cloid: None,
                    again: false,
                };
                self.write(record, now)?;
                continue;
            }
            if !self.leveraged(w, now)? {
                continue;
            }
            if let Some(why) = self.beyond(&draft, now) {
                todo.enter.clear();
                return self.kill(&why, now);
            }
            let stop = w.stop.and_then(|level| {
                // who the entry is, is known when it has its name
                let role = Role::Guard { of: Cloid([0; 16]) };
                self.stop_draft(s, role, !w.buys, draft.size, w.size, level, Why::Stop)
            });
            todo.enter.push((draft, stop));
        }
        Ok(())
    }

    fn entry_draft(&self, w: &Wanted, role: Role, now: i64) -> Option<Draft> {
        let rules = &self.rules[w.symbol];
        let settings = &self.setup.settings;
        let (kind, due) = match w.means {
            Means::Market => {
                let price = self.price(w.symbol, now)?;
                let limit = rules.price(beyond(price, settings.entry_cap, w.buys), w.buys)?;
                (Kind::Now { limit }, float(price))
            }
            Means::Limit(at) => {
                let limit = rules.price(decimal(at).filter(|p| sane(*p))?, w.buys)?;
                (Kind::Rest { limit }, at)
            }
            Means::Stop(at) => {
                let trigger = rules.price(decimal(at).filter(|p| sane(*p))?, w.buys)?;
                let limit = rules.price(beyond(trigger, settings.entry_cap, w.buys), w.buys)?;
                match settings.stop_entries {
                    StopEntries::Watched => (Kind::Now { limit }, at),
                    StopEntries::Resting => (Kind::Stop { trigger, limit }, at),
                }
            }
        };
        Some(Draft {
            symbol: w.symbol,
            role,
            buys: w.buys,
            size: rules.size(decimal(w.size).filter(|s| sane(*s))?),
            asked: w.size,
            kind,
            due,
            reduces: false,
            post_only: false,
            why: None,
            stop: w.stop,
        })
    }

    /// An entry whose price the market has reached before it was placed: the exchange would refuse to wait for it, and a
    /// simulation fills it at the open. It goes to the market.
    fn met(&self, draft: Draft, now: i64) -> Draft {
        let Kind::Stop { .. } = draft.kind else {
            return draft;
        };
        let Some(price) = self.price(draft.symbol, now) else {
            return draft;
        };
        let far = beyond(price, self.setup.settings.entry_cap, draft.buys);
        match self.rules[draft.symbol].price(far, draft.buys) {
            Some(limit) if self.is_beyond(draft.symbol, draft.buys, draft.kind, now) => Draft {
                kind: Kind::Now { limit },
                due: float(price),
                ..draft
            },
            _ => draft,
        }
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn stop_draft(
        &self,
        symbol: usize,
        role: Role,
        buys: bool,
        size: Decimal,
        asked: f64,
        level: f64,
        why: Why,
    ) -> Option<Draft> {
        let rules = &self.rules[symbol];
        let trigger = rules.price(decimal(level).filter(|p| sane(*p))?, buys)?;
        let far = beyond(trigger, self.setup.settings.stop_cap, buys);
        let limit = rules.price(far, buys)?;
        Some(Draft {
            symbol,
            role,
            buys,
            size,
            asked,
            kind: Kind::Stop { trigger, limit },
            due: level,
            reduces: true,
            post_only: false,
            why: Some(why),
            stop: None,
        })
    }

    /// Whether the leverage of an entry is in force; asks for it otherwise.
    fn leveraged(&mut self, w: &Wanted, now: i64) -> Result<bool, DeskError> {
        let most = self.rules[w.symbol].max_leverage.max(1);
        let leverage = (w.leverage.floor() as u32).clamp(1, most);
        let symbol = w.symbol;
        if self.state.leverage[symbol] == Some(leverage) {
            return Ok(true);
        }
        let asked = self.flying.values().any(|f| match &f.work {
            Work::Leverage { symbol: s, .. } => *s == symbol,
            _ => false,
        });
        let tries = self.levering.entry(symbol).or_default();
        if !asked && now >= tries.not_before {
            let waits = (self.setup.settings.retry, LONGEST);
            tries.failed(Failure::NotSent, waits, now);
            let nonce = self.state.nonces.next(now);
            self.write(Record::Leverage { nonce }, now)?;
            self.dispatch(nonce, Work::Leverage { symbol, leverage }, now);
        }
        Ok(false)
    }

    /// The bound that an entry would break.
    fn beyond(&self, draft: &Draft, now: i64) -> Option<String> {
        let caps = &self.setup.settings.caps;
        if self.recent(now) + 2 > caps.orders_a_minute {
            return Some(format!("{} orders within a minute", caps.orders_a_minute));
        }
        let notional = draft.size * draft.kind.price();
        let (day, spent) = self.state.day;
        let today = if day == now.div_euclid(DAY) {
            spent
        } else {
            Decimal::ZERO
        };
        if today.saturating_add(notional) > caps.notional_a_day {
            return Some(format!("{} traded within a day", caps.notional_a_day));
        }
        let s = draft.symbol;
        let resting: Decimal = { self.state.orders.values() }
            .filter(|o| o.plan.symbol == s && o.alive())
            .filter(|o| matches!(o.plan.role, Role::Enter { .. }))
            .map(|o| o.left() * o.plan.kind.price())
            .sum();
        let held = self.state.positions[s].abs() * draft.kind.price();
        if held + resting + notional > caps.position {
            let name = &self.setup.symbols[s].spec.symbol;
            return Some(format!("a position of {} in {name}", caps.position));
        }
        let open = self.state.orders.values().filter(|o| o.alive()).count();
        (open + 2 > caps.open).then(|| format!("{} open orders", caps.open))
    }

    /// Orders within the last minute.
    fn recent(&self, now: i64) -> usize {
        let recent = self.state.recent.iter();
        recent.filter(|t| **t > now - 60_000).count()
    }

    /// Stops of their own within the last minute: they are counted, and none is held back.
    fn recent_stops(&self, now: i64) -> usize {
        let recent = self.state.recent_stops.iter();
        recent.filter(|t| **t > now - 60_000).count()
    }

    /// Stops entries until a person has looked.
    fn kill(&mut self, why: &str, now: i64) -> Result<(), DeskError> {
        if self.state.killed.is_none() {
            let why = why.to_owned();
            self.write(Record::Killed { why }, now)?;
        }
        self.alert(Severity::Critical, format!("entries are stopped: {why}"));
        Ok(())
    }

    /// Orders that stand and have nothing left to stand for.
    fn unwanted(&self, wanted: &[Wanted], todo: &mut Todo) {
        let stands = |symbol: usize, role: Role| {
            wanted.iter().any(|w| {
                let same = match (w.purpose, role) {
                    (Purpose::Protect { lot: a }, Role::Protect { lot: b })
                    | (Purpose::Take { lot: a, .. }, Role::Take { lot: b }) => a == b,
                    _ => false,
                };
                same && w.symbol == symbol
            })
        };
        for order in self.state.orders.values().filter(|o| o.alive()) {
            let cloid = order.plan.cloid;
            let gone = match order.plan.role {
                Role::Enter { .. } => {
                    let rests = !matches!(order.plan.kind, Kind::Now { .. });
                    if rests && self.gate.is_some() && !self.state.stopped() {
                        // it comes back, if it is still wanted then
                        todo.replace.insert(cloid);
                        continue;
                    }
                    rests && !todo.kept.contains(&cloid) && order.filled.is_zero()
                        || rests && self.state.stopped()
                }
                Role::Guard { of } => {
                    let entry = self.state.order(&of);
                    entry.is_none_or(|e| e.dropped)
                }
                Role::Leave { .. } | Role::Clear => false,
                role => !stands(order.plan.symbol, role),
            };
            if gone {
                todo.cancel.insert(cloid);
            }
        }
    }

    /// Takes orders back, but for those that were asked for lately.
    fn cancel(&mut self, todo: &mut Todo, now: i64) -> Result<(), DeskError> {
        let settings = self.setup.settings;
        if self.short && now - self.cancelled < settings.short_cancel {
            return Ok(());
        }
        let (cancel, replace) = (&mut todo.cancel, &mut todo.replace);
        for (cloids, replaced) in [(cancel, false), (replace, true)] {
            let mut cancels = Vec::new();
            for cloid in std::mem::take(cloids) {
                let Some(order) = self.state.orders.get(&cloid) else {
                    continue;
                };
                let asked = self.cancelling.get(&cloid).copied().unwrap_or_default();
                let lately = !asked.is_due(settings.retry, 1, now);
                // what only makes positions smaller does no harm meanwhile
                let waits = self.short && order.plan.reduces && !order.plan.role.leaves();
                // what may not have arrived cannot be cancelled for certain: its fate comes first
                if order.life != Life::Planned && !lately && !waits {
                    cancels.push((order.plan.symbol, cloid));
                }
            }
            if !cancels.is_empty() {
                self.cancelled = now;
                let nonce = self.state.nonces.next(now);
                let cloids: Vec<Cloid> = cancels.iter().map(|c| c.1).collect();
                for cloid in &cloids {
                    let asked = self.cancelling.entry(*cloid).or_default();
                    *asked = asked.again(now);
                }
                let record = Record::Cancelled {
                    nonce,
                    cloids,
                    replaced,
                };
                self.write(record, now)?;
                self.dispatch(nonce, Work::Cancel(cancels), now);
            }
        }
        Ok(())
    }

    fn send(&mut self, mut todo: Todo, now: i64) -> Result<(), DeskError> {
        self.cancel(&mut todo, now)?;
        let alive = &self.state.orders;
        self.cancelling
            .retain(|c, _| alive.get(c).is_some_and(Order::alive));
        let check = &self.check;
        self.asked
            .retain(|c, _| check.contains(c) || alive.get(c).is_some_and(|o| !o.over()));
        let mut orders = self.recent(now);
        let most = self.setup.settings.caps.orders_a_minute;
        for draft in todo.reduce {
            // what runs away is stopped, but for what makes a position safe
            let stop = draft.role.protects();
            if stop && self.recent_stops(now) >= most {
                let what = format!("{most} stops within a minute");
                self.alert(Severity::Critical, what);
            }
            if !stop && orders >= most {
                self.kill(&format!("{most} orders within a minute"), now)?;
                if matches!(draft.role, Role::Take { .. }) {
                    continue;
                }
            }
            orders += usize::from(!stop);
            let plan = self.plan(&draft, 0, now);
            self.order(Grouping::None, vec![plan], now)?;
        }
        for (entry, stop) in todo.enter {
            // an order that waits for a price cannot be the first of such a group
            let grouped = !matches!(entry.kind, Kind::Stop { .. });
            let entry = self.plan(&entry, 0, now);
            let of = entry.cloid;
            let mut plans = vec![entry];
            if let Some(stop) = stop.filter(|_| grouped) {
                let role = Role::Guard { of };
                plans.push(self.plan(&Draft { role, ..stop }, 1, now));
            }
            let grouping = if plans.len() > 1 {
                Grouping::Entry
            } else {
                Grouping::None
            };
            self.order(grouping, plans, now)?;
        }
        Ok(())
    }

    fn plan(&self, draft: &Draft, offset: u64, now: i64) -> Plan {
        let name = &self.setup.symbols[draft.symbol].spec.symbol;
        let purpose = format!("{name}/{}", draft.role.key());
        let attempt = self.state.planned + offset;
        Plan {
            cloid: cloid(self.setup.strategy, &purpose, attempt),
            serial: attempt,
            symbol: draft.symbol,
            role: draft.role,
            buys: draft.buys,
            size: draft.size,
            asked: draft.asked,
            kind: draft.kind,
            due: draft.due,
            reduces: draft.reduces,
            post_only: draft.post_only,
            why: draft.why,
            stop: draft.stop,
            planned: now,
            expires: now + self.setup.settings.expires,
        }
    }

    fn order(&mut self, grouping: Grouping, plans: Vec<Plan>, now: i64) -> Result<(), DeskError> {
        let nonce = self.state.nonces.next(now);
        let orders = plans.clone();
        self.write(Record::Planned { nonce, plans }, now)?;
        self.dispatch(nonce, Work::Orders { grouping, orders }, now);
        Ok(())
    }

    fn dispatch(&mut self, nonce: u64, work: Work, now: i64) {
        let expires = now + self.setup.settings.expires;
        let flying = Flying {
            work: work.clone(),
            expires,
        };
        self.flying.insert(nonce, flying);
        self.out.push(Command::Send(Batch {
            nonce,
            expires,
            work,
        }));
    }
}

/// Whether a price has gone as far as a level that who buys waits for from below, and who sells from above.
pub(super) fn reaches(price: Decimal, level: Decimal, buys: bool) -> bool {
    if buys { price >= level } else { price <= level }
}

/// A price by a fraction worse for who trades.
pub(super) fn beyond(price: Decimal, cap: Decimal, buys: bool) -> Decimal {
    let one = Decimal::ONE;
    let factor = if buys { one + cap } else { one - cap };
    price * factor
}
