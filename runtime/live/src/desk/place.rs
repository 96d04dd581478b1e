//! What should stand at the exchange, less what stands there: orders and cancellations.

use super::{Batch, Command, Desk, DeskError, Flying, Grouping, Record, Severity, Work};
use crate::ident::{Cloid, cloid};
use crate::money::{decimal, float};
use crate::order::{Kind, Life, Order, Plan, Role, Why};
use rust_decimal::Decimal;
use sixbtc_engine::live::{Means, Purpose, Wanted};
use sixbtc_market::timeframe::DAY;
use std::collections::{BTreeMap, BTreeSet};

/// An order before it has a name.
struct Draft {
    symbol: usize,
    role: Role,
    buys: bool,
    size: Decimal,
    asked: f64,
    kind: Kind,
    due: f64,
    reduces: bool,
    why: Option<Why>,
    stop: Option<f64>,
}

/// What one look at the exchange comes to. Cancellations go first, then what makes positions smaller, then entries.
#[derive(Default)]
struct Todo {
    cancel: BTreeSet<Cloid>,
    replace: BTreeSet<Cloid>,
    reduce: Vec<Draft>,
    enter: Vec<(Draft, Option<Draft>)>,
    /// Entries whose orders are as they should be.
    kept: BTreeSet<Cloid>,
}

impl Desk<'_> {
    pub(super) fn place(&mut self, now: i64) -> Result<(), DeskError> {
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
        let mut todo = Todo::default();
        self.entries(&wanted, &mut todo, now)?;
        self.partial_entries(&mut todo, now);
        self.stops(&wanted, &mut todo, now)?;
        self.targets(&wanted, &mut todo, now);
        self.leave(&wanted, &mut todo, now);
        self.unwanted(&wanted, &mut todo);
        self.send(todo, now)
    }

    fn price(&self, s: usize, now: i64) -> Option<Decimal> {
        let (price, at) = self.prices[s]?;
        (now - at <= self.setup.settings.price_age).then_some(price)
    }

    fn may_enter(&self, s: usize) -> bool {
        !self.state.stopped()
            && !self.short
            && !self.state.quarantine.contains_key(&s)
            && !self.doubt.contains(&s)
            && self
                .state
                .planned_on(s)
                .all(|o| self.is_flying(o.plan.cloid))
    }

    fn is_flying(&self, cloid: Cloid) -> bool {
        self.flying.values().any(|f| match &f.work {
            Work::Orders { orders, .. } => orders.iter().any(|o| o.cloid == cloid),
            _ => false,
        })
    }

    fn waits(&self, symbol: usize, role: Role, now: i64) -> bool {
        let tries = self.tries.get(&(symbol, role));
        tries.is_some_and(|t| now < t.not_before)
    }

    /// Orders for a purpose about which something is still to be done.
    fn of(&self, symbol: usize, role: Role) -> impl Iterator<Item = &Order> {
        let all = self.state.orders.values();
        all.filter(move |o| o.plan.symbol == symbol && o.plan.role == role && !o.over())
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

    fn entries(&mut self, wanted: &[Wanted], todo: &mut Todo, now: i64) -> Result<(), DeskError> {
        for w in wanted {
            let Purpose::Enter { entry, decided } = w.purpose else {
                continue;
            };
            let (s, role) = (w.symbol, Role::Enter { entry, decided });
            let Some(draft) = self.entry_draft(w, role, now) else {
                continue;
            };
            let standing: Vec<Order> = self.of(s, role).cloned().collect();
            if !standing.is_empty() {
                for order in standing {
                    let off = (order.plan.size - draft.size).abs();
                    let moved = order.plan.kind.price() != draft.kind.price()
                        || off > self.setup.settings.resize * order.plan.size;
                    let rests = !matches!(order.plan.kind, Kind::Now { .. });
                    let may = self.may_enter(s);
                    let untouched = order.life == Life::Open && order.filled.is_zero();
                    if !may && rests {
                        continue;
                    }
                    todo.kept.insert(order.plan.cloid);
                    if rests && untouched && moved {
                        todo.replace.insert(order.plan.cloid);
                    }
                }
                continue;
            }
            if !self.may_enter(s) || self.waits(s, role, now) {
                continue;
            }
            if draft.size.is_zero() {
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
                self.write(Record::Halt { why: why.clone() }, now)?;
                self.alert(Severity::Critical, format!("entries are stopped: {why}"));
                todo.enter.clear();
                return Ok(());
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
        let rules = &self.setup.rules[w.symbol];
        let settings = &self.setup.settings;
        let (kind, due) = match w.means {
            Means::Market => {
                let price = self.price(w.symbol, now)?;
                let limit = rules.price(beyond(price, settings.entry_cap, w.buys), w.buys)?;
                (Kind::Now { limit }, float(price))
            }
            Means::Limit(at) => {
                let limit = rules.price(decimal(at)?, w.buys)?;
                (Kind::Rest { limit }, at)
            }
            Means::Stop(at) => {
                let trigger = rules.price(decimal(at)?, w.buys)?;
                let limit = rules.price(beyond(trigger, settings.entry_cap, w.buys), w.buys)?;
                (Kind::Stop { trigger, limit }, at)
            }
        };
        Some(Draft {
            symbol: w.symbol,
            role,
            buys: w.buys,
            size: rules.size(decimal(w.size)?),
            asked: w.size,
            kind,
            due,
            reduces: false,
            why: None,
            stop: w.stop,
        })
    }

    #[allow(clippy::too_many_arguments)]
    fn stop_draft(
        &self,
        symbol: usize,
        role: Role,
        buys: bool,
        size: Decimal,
        asked: f64,
        level: f64,
        why: Why,
    ) -> Option<Draft> {
        let rules = &self.setup.rules[symbol];
        let trigger = rules.price(decimal(level)?, buys)?;
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
            why: Some(why),
            stop: None,
        })
    }

    /// Whether the leverage of an entry is in force; asks for it otherwise.
    fn leveraged(&mut self, w: &Wanted, now: i64) -> Result<bool, DeskError> {
        let most = self.setup.rules[w.symbol].max_leverage.max(1);
        let leverage = (w.leverage.floor() as u32).clamp(1, most);
        let symbol = w.symbol;
        if self.state.leverage[symbol] == Some(leverage) {
            return Ok(true);
        }
        let asked = self.flying.values().any(|f| match &f.work {
            Work::Leverage { symbol: s, .. } => *s == symbol,
            _ => false,
        });
        let key = (symbol, Role::Leave { lot: 0 });
        if !asked && !self.waits(key.0, key.1, now) {
            self.failed(key, now);
            let nonce = self.state.nonces.next(now);
            self.write(Record::Leverage { nonce }, now)?;
            self.dispatch(nonce, Work::Leverage { symbol, leverage }, now);
        }
        Ok(false)
    }

    /// The bound that an entry would break.
    fn beyond(&self, draft: &Draft, now: i64) -> Option<String> {
        let caps = &self.setup.settings.caps;
        let recent = self.state.recent.iter().filter(|t| **t > now - 60_000);
        if recent.count() + 2 > caps.orders_a_minute {
            return Some(format!("{} orders within a minute", caps.orders_a_minute));
        }
        let (day, spent) = self.state.day;
        let today = if day == now.div_euclid(DAY) {
            spent
        } else {
            Decimal::ZERO
        };
        if today + draft.size * draft.kind.price() > caps.notional_a_day {
            return Some(format!("{} traded within a day", caps.notional_a_day));
        }
        let open = self.state.orders.values().filter(|o| o.alive()).count();
        (open + 2 > caps.open).then(|| format!("{} open orders", caps.open))
    }

    /// Entries that rest and have filled partly: their part is protected at once, and they do not rest for ever.
    fn partial_entries(&mut self, todo: &mut Todo, now: i64) {
        let settings = self.setup.settings;
        let mut seen = BTreeMap::new();
        let entries: Vec<Order> = { self.state.orders.values() }
            .filter(|o| {
                let entry = matches!(o.plan.role, Role::Enter { .. });
                entry && o.alive() && !o.filled.is_zero()
            })
            .cloned()
            .collect();
        for order in entries {
            let (s, of) = (order.plan.symbol, order.plan.cloid);
            let since = *self.partial.get(&of).unwrap_or(&now);
            seen.insert(of, since);
            let role = Role::Guard { of };
            let guards: Vec<Order> = self.of(s, role).cloned().collect();
            let touched = guards.iter().any(|g| !g.filled.is_zero());
            let tries = self.tries.get(&(s, role)).map_or(0, |t| t.count);
            let rests = !matches!(order.plan.kind, Kind::Now { .. });
            if rests
                && (touched
                    || now - since >= settings.partial_rest
                    || tries >= settings.protect_tries)
            {
                todo.cancel.insert(of);
            }
            let Some(level) = order.plan.stop else {
                continue;
            };
            let good =
                |g: &&Order| g.alive() && g.life != Life::Waiting && g.left() == order.filled;
            match guards.iter().find(good) {
                Some(good) if good.life == Life::Open => {
                    let old = guards
                        .iter()
                        .filter(|g| g.life == Life::Open && g.plan.cloid != good.plan.cloid);
                    todo.cancel.extend(old.map(|g| g.plan.cloid));
                }
                Some(_) => {}
                None if touched || self.waits(s, role, now) => {}
                None => {
                    let size = order.filled;
                    let buys = !order.plan.buys;
                    let draft = self.stop_draft(s, role, buys, size, float(size), level, Why::Stop);
                    todo.reduce.extend(draft);
                }
            }
        }
        self.partial = seen;
    }

    fn stops(&mut self, wanted: &[Wanted], todo: &mut Todo, now: i64) -> Result<(), DeskError> {
        let settings = self.setup.settings;
        for w in wanted {
            let (Purpose::Protect { lot }, Means::Stop(level)) = (w.purpose, w.means) else {
                continue;
            };
            let (s, role) = (w.symbol, Role::Protect { lot });
            let size = self.setup.rules[s].size(decimal(w.size).unwrap_or_default());
            let why = w.reason.map_or(Why::Stop, Why::of);
            let Some(draft) = self.stop_draft(s, role, w.buys, size, w.size, level, why) else {
                continue;
            };
            let standing: Vec<Order> = self.of(s, role).cloned().collect();
            // one that has filled, or is filling, is booked before anything else is decided
            let fired = |o: &Order| !o.filled.is_zero() || o.said.is_some_and(|f| !f.is_zero());
            if size.is_zero() || standing.iter().any(fired) {
                continue;
            }
            let alive: Vec<&Order> = standing.iter().filter(|o| o.alive()).collect();
            let same = |o: &&&Order| o.plan.kind.price() == draft.kind.price() && o.left() == size;
            if let Some(good) = alive.iter().find(same) {
                if good.life == Life::Open {
                    let others = alive.iter().filter(|o| o.plan.cloid != good.plan.cloid);
                    todo.cancel.extend(others.map(|o| o.plan.cloid));
                    continue;
                }
                let waited = now - good.changed > settings.expires;
                if good.life == Life::Planned || !waited {
                    continue;
                }
            }
            let newest = alive.iter().max_by_key(|o| o.plan.serial);
            let due = match newest {
                None => true,
                // one after the other: the last one placed is not confirmed yet
                Some(o) if o.life == Life::Planned => false,
                // a child that does not come to life protects nothing
                Some(o) if o.life == Life::Waiting => now - o.changed > settings.expires,
                Some(o) if o.first || o.left() != size => true,
                Some(o) => {
                    let old = o.plan.kind.price();
                    let moved = (draft.kind.price() - old).abs() >= settings.stop_better * old;
                    moved && now - o.plan.planned >= settings.stop_every
                }
            };
            let tries = self.tries.get(&(s, role)).map_or(0, |t| t.count);
            if due && alive.is_empty() && tries >= settings.protect_tries {
                let leaving = wanted.iter().any(|w| w.purpose == Purpose::Leave { lot });
                if !leaving {
                    self.write(
                        Record::Leave {
                            symbol: s,
                            why: Why::Stop,
                        },
                        now,
                    )?;
                    let name = &self.setup.symbols[s].spec.symbol;
                    let what = format!("lot {lot} in {name} cannot be protected and is left");
                    self.alert(Severity::Critical, what);
                }
                continue;
            }
            if due && !self.waits(s, role, now) {
                todo.reduce.push(draft);
            }
        }
        Ok(())
    }

    fn targets(&self, wanted: &[Wanted], todo: &mut Todo, now: i64) {
        let mut lots: BTreeMap<(usize, u32), Vec<&Wanted>> = BTreeMap::new();
        for w in wanted {
            if let Purpose::Take { lot, .. } = w.purpose {
                lots.entry((w.symbol, lot)).or_default().push(w);
            }
        }
        for ((s, lot), wanted) in lots {
            let role = Role::Take { lot };
            let rules = &self.setup.rules[s];
            let mut standing: Vec<&Order> = self.of(s, role).filter(|o| o.alive()).collect();
            let unsettled = self.of(s, role).any(|o| !o.alive());
            let mut fresh = Vec::new();
            for w in wanted {
                let Means::Limit(level) = w.means else {
                    continue;
                };
                let limit = decimal(level).and_then(|l| rules.price(l, w.buys));
                let size = decimal(w.size).map(|size| rules.size(size));
                let (Some(limit), Some(size)) = (limit, size) else {
                    continue;
                };
                let same = |o: &&Order| o.plan.kind.price() == limit && o.left() == size;
                if let Some(at) = standing.iter().position(same) {
                    standing.remove(at);
                } else if !size.is_zero() {
                    fresh.push(Draft {
                        symbol: s,
                        role,
                        buys: w.buys,
                        size,
                        asked: w.size,
                        kind: Kind::Rest { limit },
                        due: level,
                        reduces: true,
                        why: w.reason.map(Why::of),
                        stop: None,
                    });
                }
            }
            // the old one is gone for certain before a new one takes its place
            let clear = standing.is_empty() && !unsettled;
            todo.cancel.extend(standing.iter().map(|o| o.plan.cloid));
            if clear && !self.short && !self.waits(s, role, now) {
                todo.reduce.extend(fresh);
            }
        }
    }

    fn leave(&mut self, wanted: &[Wanted], todo: &mut Todo, now: i64) {
        for w in wanted {
            let Purpose::Leave { lot } = w.purpose else {
                continue;
            };
            let (s, role) = (w.symbol, Role::Leave { lot });
            if self.of(s, role).next().is_some() || self.waits(s, role, now) {
                continue;
            }
            let Some(price) = self.price(s, now) else {
                let name = &self.setup.symbols[s].spec.symbol;
                let what = format!("lot {lot} in {name} is to be left, but there is no price");
                self.alert(Severity::Warning, what);
                continue;
            };
            let rules = &self.setup.rules[s];
            let cap = self.setup.settings.leave_cap;
            let size = decimal(w.size).map(|size| rules.size(size));
            let limit = rules.price(beyond(price, cap, w.buys), w.buys);
            if let (Some(limit), Some(size)) = (limit, size)
                && !size.is_zero()
            {
                todo.reduce.push(Draft {
                    symbol: s,
                    role,
                    buys: w.buys,
                    size,
                    asked: w.size,
                    kind: Kind::Now { limit },
                    due: float(price),
                    reduces: true,
                    why: w.reason.map(Why::of),
                    stop: None,
                });
            }
        }
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
                    rests && !todo.kept.contains(&cloid) && order.filled.is_zero()
                        || rests && self.state.stopped()
                }
                Role::Guard { of } => {
                    let entry = self.state.orders.get(&of);
                    entry.is_none_or(|e| e.dropped)
                }
                Role::Leave { .. } => false,
                role => !stands(order.plan.symbol, role),
            };
            if gone {
                todo.cancel.insert(cloid);
            }
        }
    }

    fn send(&mut self, todo: Todo, now: i64) -> Result<(), DeskError> {
        for (cloids, replaced) in [(todo.cancel, false), (todo.replace, true)] {
            let mut cancels = Vec::new();
            for cloid in cloids {
                let Some(order) = self.state.orders.get(&cloid) else {
                    continue;
                };
                let asked = self.cancelling.get(&cloid);
                let lately = asked.is_some_and(|t| now - t < self.setup.settings.retry);
                // what may not have arrived cannot be cancelled for certain: its fate comes first
                if order.life != Life::Planned && !lately {
                    cancels.push((order.plan.symbol, cloid));
                }
            }
            if !cancels.is_empty() {
                let nonce = self.state.nonces.next(now);
                let cloids: Vec<Cloid> = cancels.iter().map(|c| c.1).collect();
                self.cancelling.extend(cloids.iter().map(|c| (*c, now)));
                let record = Record::Cancelled {
                    nonce,
                    cloids,
                    replaced,
                };
                self.write(record, now)?;
                self.dispatch(nonce, Work::Cancel(cancels), now);
            }
        }
        let alive = &self.state.orders;
        self.cancelling
            .retain(|c, _| alive.get(c).is_some_and(Order::alive));
        let check = &self.check;
        self.asked
            .retain(|c, _| check.contains(c) || alive.get(c).is_some_and(|o| !o.over()));
        for draft in todo.reduce {
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

/// A price by a fraction worse for who trades.
fn beyond(price: Decimal, cap: Decimal, buys: bool) -> Decimal {
    let one = Decimal::ONE;
    let factor = if buys { one + cap } else { one - cap };
    price * factor
}
