//! What protects lots and what closes them.

use super::place::{Draft, Todo, beyond, reaches};
use super::{Desk, DeskError, Record, Severity};
use crate::money::{decimal, float};
use crate::order::{Done, Kind, Life, Order, Role, Why};
use rust_decimal::Decimal;
use sixbtc_engine::live::{Means, Purpose, Wanted};
use std::collections::BTreeMap;

impl Desk<'_> {
    /// Entries that rest and have filled partly: their part is protected at once, and they do not rest for ever.
    pub(super) fn partial_entries(&mut self, todo: &mut Todo, now: i64) {
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
            let tries = self.refusals(s, role);
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
            // one after the other; and an order that fills at once is about to say how much of it there is
            let beside = order.plan.serial + 1;
            let planned =
                { guards.iter() }.any(|g| g.life == Life::Planned && g.plan.serial != beside);
            let answers = !rests
                && order.life == Life::Planned
                && now - order.plan.planned < settings.answer
                && self.is_flying(of);
            match guards.iter().find(good) {
                Some(good) if good.life == Life::Open => {
                    let old = guards
                        .iter()
                        .filter(|g| g.life == Life::Open && g.plan.cloid != good.plan.cloid);
                    todo.cancel.extend(old.map(|g| g.plan.cloid));
                }
                Some(_) => {}
                None if touched || planned || answers || self.waits(s, role, now) => {}
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

    fn refusals(&self, symbol: usize, role: Role) -> u32 {
        let tries = self.tries.get(&(symbol, role));
        tries.map_or(0, |t| t.refused)
    }

    pub(super) fn stops(
        &mut self,
        wanted: &[Wanted],
        todo: &mut Todo,
        now: i64,
    ) -> Result<(), DeskError> {
        let mut seen = BTreeMap::new();
        for w in wanted {
            let (Purpose::Protect { lot }, Means::Stop(level)) = (w.purpose, w.means) else {
                continue;
            };
            let (s, role) = (w.symbol, Role::Protect { lot });
            let size = self.rules[s].size(decimal(w.size).unwrap_or_default());
            let why = w.reason.map_or(Why::Stop, Why::of);
            let Some(draft) = self.stop_draft(s, role, w.buys, size, w.size, level, why) else {
                continue;
            };
            let standing: Vec<&Order> = self.of(s, role).collect();
            // one that has filled, or is filling, is booked before anything else is decided
            let fired = |o: &&Order| {
                let done = o.life == Life::Done(Done::Filled);
                done || !o.filled.is_zero() || o.said.is_some_and(|f| !f.is_zero())
            };
            if size.is_zero() || standing.iter().any(fired) {
                continue;
            }
            let alive: Vec<&Order> = standing.into_iter().filter(|o| o.alive()).collect();
            let works = |o: &&&Order| o.life == Life::Open && o.left() >= size;
            let good = alive.iter().filter(works).max_by_key(|o| o.plan.serial);
            match good {
                // the new one is confirmed: the old ones may go
                Some(good) => todo.cancel.extend(
                    { alive.iter() }
                        .filter(|o| o.life == Life::Open && o.plan.serial < good.plan.serial)
                        .map(|o| o.plan.cloid),
                ),
                None => {
                    let since = *self.bare.get(&(s, lot)).unwrap_or(&now);
                    seen.insert((s, lot), since);
                }
            }
            let newest = alive.iter().max_by_key(|o| o.plan.serial);
            let due = newest.is_none_or(|o| self.is_due(o, &draft, size, now));
            // one that the market has reached is about to fill
            let fires = newest.is_some_and(|o| self.is_beyond(s, o.plan.buys, o.plan.kind, now));
            let beyond = self.is_beyond(s, draft.buys, draft.kind, now);
            if due
                && !fires
                && (beyond || self.refusals(s, role) >= self.setup.settings.protect_tries)
            {
                let leaving = wanted.iter().any(|w| w.purpose == Purpose::Leave { lot });
                if !leaving {
                    let record = Record::Leave {
                        symbol: s,
                        lot: Some(lot),
                        why,
                    };
                    self.write(record, now)?;
                    let name = &self.setup.symbols[s].spec.symbol;
                    let (severity, how) = if beyond {
                        (Severity::Warning, "is beyond its stop")
                    } else {
                        (Severity::Critical, "cannot be protected")
                    };
                    self.alert(severity, format!("lot {lot} in {name} {how} and is left"));
                }
                continue;
            }
            if due && !self.waits(s, role, now) {
                todo.reduce.push(draft);
            }
        }
        self.bare = seen;
        let long = |since: i64| now - since > self.setup.settings.unprotected;
        let naked: Vec<(usize, u32)> = { self.bare.iter() }
            .filter(|b| long(*b.1))
            .map(|b| *b.0)
            .collect();
        for (s, lot) in naked {
            let name = &self.setup.symbols[s].spec.symbol;
            let longest = self.setup.settings.unprotected;
            let what = format!("lot {lot} in {name} has had no stop at work for {longest} ms");
            self.alert(Severity::Critical, what);
        }
        Ok(())
    }

    /// Whether a stop is to take the place of the newest one that is alive.
    fn is_due(&self, newest: &Order, draft: &Draft, size: Decimal, now: i64) -> bool {
        let settings = &self.setup.settings;
        let (old, new) = (newest.plan.kind.price(), draft.kind.price());
        match newest.life {
            // one after the other: the last one placed is not confirmed yet
            Life::Planned => false,
            // a child that does not come to life protects nothing
            Life::Waiting => now - newest.changed > settings.expires,
            // the exchange cuts it to what there is; other lots may have to wait a moment for that
            _ if newest.left() > size && !newest.first => {
                let sole = self.live.lots(draft.symbol).nth(1).is_none();
                let wait = if sole {
                    settings.stop_every
                } else {
                    settings.stop_every.min(settings.retry)
                };
                now - newest.plan.planned >= wait
            }
            _ if newest.left() != size => true,
            _ if old == new => false,
            // its level was that of the price that was expected
            _ if newest.first && draft.why != Some(Why::Trail) => true,
            _ => {
                let better = if draft.buys { old - new } else { new - old };
                // a trail only follows; an exit at a price goes where its price goes
                let trails = [draft.why, newest.plan.why] == [Some(Why::Trail); 2];
                let moved = if trails { better } else { better.abs() };
                !self.short
                    && moved >= settings.stop_better * old
                    && now - newest.plan.planned >= settings.stop_every
            }
        }
    }

    /// Whether the market has reached the price that an order waits for: no exchange would take it any more.
    pub(super) fn is_beyond(&self, s: usize, buys: bool, kind: Kind, now: i64) -> bool {
        let price = self.price(s, now);
        price.is_some_and(|price| reaches(price, kind.price(), buys))
    }

    pub(super) fn targets(&self, wanted: &[Wanted], todo: &mut Todo, now: i64) {
        let mut lots: BTreeMap<(usize, u32), Vec<&Wanted>> = BTreeMap::new();
        for w in wanted {
            if let Purpose::Take { lot, .. } = w.purpose {
                lots.entry((w.symbol, lot)).or_default().push(w);
            }
        }
        for ((s, lot), wanted) in lots {
            let role = Role::Take { lot };
            let rules = &self.rules[s];
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
                        post_only: false,
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

    /// Closes lots that are to be left, at market. While the exchange takes only what rests, every other try is such a one.
    pub(super) fn leave(&mut self, wanted: &[Wanted], todo: &mut Todo, now: i64) {
        let mut leaving: BTreeMap<usize, Vec<&Wanted>> = BTreeMap::new();
        for w in wanted {
            if let Purpose::Leave { .. } = w.purpose {
                leaving.entry(w.symbol).or_default().push(w);
            }
        }
        for (s, wanted) in leaving {
            let at_once = self.together(s, &wanted, now);
            for w in &wanted {
                let Purpose::Leave { lot } = w.purpose else {
                    continue;
                };
                let role = Role::Leave { lot };
                if let Some(order) = self.of(s, role).next() {
                    let rests = matches!(order.plan.kind, Kind::Rest { .. });
                    let long = now - order.changed >= self.setup.settings.post_rest;
                    if rests && order.alive() && long {
                        todo.cancel.insert(order.plan.cloid);
                    }
                } else if !self.waits(s, role, now) {
                    todo.reduce.extend(self.leave_draft(w, role, at_once, now));
                }
                if at_once.is_some() {
                    // one order for all of them
                    break;
                }
            }
        }
    }

    /// The units of all lots of a symbol, when all are to be left and one of them is too small for an order of its own: only
    /// what closes a whole position may be that small.
    fn together(&self, s: usize, leaving: &[&Wanted], now: i64) -> Option<f64> {
        let price = self.price(s, now)?;
        let small = |w: &&&Wanted| {
            let size = decimal(w.size).unwrap_or_default();
            size * price < self.rules[s].min_notional
        };
        let whole = leaving.len() > 1 && leaving.len() == self.live.lots(s).count();
        let busy = { self.state.orders.values() }
            .filter(|o| o.plan.symbol == s && matches!(o.plan.role, Role::Leave { .. }))
            .any(|o| {
                leaving.first().is_none_or(|w| {
                    Some(w.purpose) != o.plan.role.lot().map(|lot| Purpose::Leave { lot })
                })
            });
        let all = || leaving.iter().map(|w| w.size).sum();
        (whole && !busy && leaving.iter().any(|w| small(&w))).then(all)
    }

    fn leave_draft(&mut self, w: &Wanted, role: Role, all: Option<f64>, now: i64) -> Option<Draft> {
        let s = w.symbol;
        let asked = all.unwrap_or(w.size);
        let mut size = self.rules[s].size(decimal(asked)?);
        if let Some(held) = self.venue[s].map(|v| v.abs())
            && (all.is_some() || self.live.lots(s).count() == 1)
            && (held - size).abs() < self.rules[s].lot
        {
            // to the last unit, so that nothing stays behind
            size = held;
        }
        self.close_draft(s, role, w.buys, (size, asked), w.reason.map(Why::of), now)
    }

    fn close_draft(
        &mut self,
        s: usize,
        role: Role,
        buys: bool,
        (size, asked): (Decimal, f64),
        why: Option<Why>,
        now: i64,
    ) -> Option<Draft> {
        let Some(price) = self.price(s, now) else {
            let name = &self.setup.symbols[s].spec.symbol;
            let what = format!("something in {name} is to be left, but there is no price");
            self.alert(Severity::Warning, what);
            return None;
        };
        if size.is_zero() {
            return None;
        }
        let rules = self.rules[s];
        let rests = match self.tries.get_mut(&(s, role)) {
            Some(tries) => {
                tries.rested = tries.post_only && !tries.rested;
                tries.rested
            }
            None => false,
        };
        let kind = if rests {
            // rounded away from the other side, which it may not meet
            Kind::Rest {
                limit: rules.price(price, !buys)?,
            }
        } else {
            let cap = self.setup.settings.leave_cap;
            Kind::Now {
                limit: rules.price(beyond(price, cap, buys), buys)?,
            }
        };
        Some(Draft {
            symbol: s,
            role,
            buys,
            size,
            asked,
            kind,
            due: float(price),
            reduces: true,
            post_only: rests,
            why,
            stop: None,
        })
    }

    /// When everything is to be closed: what the exchange says is there, and no lot is.
    pub(super) fn clear(&mut self, todo: &mut Todo, now: i64) {
        if !self.state.forcing() {
            return;
        }
        for s in 0..self.prices.len() {
            let Some(position) = self.venue[s] else {
                continue;
            };
            let quiet = { self.state.orders.values() }.all(|o| {
                o.plan.symbol != s || (o.plan.role != Role::Clear && o.life != Life::Planned)
            });
            let bookless = self.live.lots(s).next().is_none() || self.is_ghost(s);
            // what is only not heard of yet becomes a lot, and is left as one
            if !self.state.quarantine.contains_key(&s)
                || position.abs() < self.rules[s].lot
                || !bookless
                || !quiet
                || self.waits(s, Role::Clear, now)
            {
                continue;
            }
            let (buys, size) = (position.is_sign_negative(), position.abs());
            let asked = float(size);
            let why = Some(Why::Forced);
            let draft = self.close_draft(s, Role::Clear, buys, (size, asked), why, now);
            if draft.is_some() {
                // not again before the exchange has said what is left
                self.venue[s] = None;
            }
            todo.reduce.extend(draft);
        }
    }

    /// Whether lots of a symbol are in the books and nothing of them is at the exchange: a person has to look.
    pub(super) fn is_ghost(&self, s: usize) -> bool {
        self.state.quarantine.contains_key(&s)
            && self.venue[s].is_some_and(|v| v.abs() < self.rules[s].lot)
            && self.live.lots(s).next().is_some()
    }

    /// Lots too small to be traded are as good as closed.
    pub(super) fn dust(&mut self, now: i64) -> Result<(), DeskError> {
        let mut found = Vec::new();
        for s in 0..self.prices.len() {
            for held in self.live.lots(s) {
                let small = held.1.abs() < self.least[s];
                let size = || decimal(held.1.abs()).unwrap_or_default();
                if small && self.rules[s].size(size()).is_zero() {
                    found.push((s, held));
                }
            }
        }
        for (s, held) in found {
            let filling = { self.state.orders.values() }
                .any(|o| o.plan.role.lot() == Some(held.0) && o.filled != o.booked);
            if !filling {
                self.write_off(s, held, Why::External, now)?;
            }
        }
        Ok(())
    }
}
