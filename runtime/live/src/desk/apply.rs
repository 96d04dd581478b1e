//! Records become state. The same records make the same state, in the process that wrote them and in the next one.

use super::{Closed, Deal, Desk, DeskError, Entry, Opening, Record, Source};
use crate::ident::Cloid;
use crate::order::{Fill, Order, Role, Why};
use rust_decimal::Decimal;
use sixbtc_engine::ExitReason;
use sixbtc_engine::live::Purpose;
use sixbtc_market::timeframe::DAY;

impl Desk<'_> {
    pub(super) fn apply(&mut self, entry: &Entry) -> Result<(), DeskError> {
        let now = entry.at;
        (self.state.seq, self.state.at) = (entry.seq, now);
        self.take(entry, now)?;
        let touched = match &entry.record {
            Record::Told { cloid, .. } | Record::Entered { cloid, .. } => Some(*cloid),
            Record::Dropped { cloid, .. } => *cloid,
            Record::Left { source, .. } | Record::Booked(source) => source.order(),
            _ => None,
        };
        if let Some(cloid) = touched {
            self.state.retire(&cloid);
        }
        Ok(())
    }

    fn take(&mut self, entry: &Entry, now: i64) -> Result<(), DeskError> {
        match &entry.record {
            Record::Planned { nonce, plans } => {
                self.state.nonces.last = *nonce;
                // those that go out with an entry count with it
                let stops = plans.first().is_some_and(|p| p.role.protects());
                for plan in plans {
                    let state = &mut self.state;
                    state.planned += 1;
                    let recent = if stops {
                        &mut state.recent_stops
                    } else {
                        &mut state.recent
                    };
                    while recent.front().is_some_and(|t| *t <= now - 60_000) {
                        recent.pop_front();
                    }
                    recent.push_back(now);
                    if matches!(plan.role, Role::Enter { .. }) {
                        let today = now.div_euclid(DAY);
                        if state.day.0 != today {
                            state.day = (today, Decimal::ZERO);
                        }
                        let notional = plan.size.saturating_mul(plan.kind.price());
                        state.day.1 = state.day.1.saturating_add(notional);
                    }
                    state.orders.insert(plan.cloid, Order::new(plan.clone()));
                }
            }
            Record::Cancelled {
                nonce,
                cloids,
                replaced,
            } => {
                self.state.nonces.last = *nonce;
                for cloid in cloids {
                    if let Some(order) = self.state.orders.get_mut(cloid) {
                        order.cancelled = true;
                        order.replaced = *replaced;
                    }
                }
            }
            Record::Leverage { nonce } => self.state.nonces.last = *nonce,
            Record::Leveraged { symbol, leverage } => {
                if let Some(known) = self.state.leverage.get_mut(*symbol) {
                    *known = Some(*leverage);
                }
            }
            Record::Told {
                cloid,
                oid,
                told,
                stamp,
                proof,
            } => {
                // fills may have come before anybody said whose they are
                let state = &mut self.state;
                let fills = state.foreign.extract_if(.., |f| Some(f.oid) == *oid);
                let fills: Vec<Fill> = fills.collect();
                match state.revive(cloid) {
                    Some(order) => {
                        order.oid = order.oid.or(*oid);
                        for fill in &fills {
                            order.fill(fill, now);
                        }
                        order.tell(told, *stamp, *proof, now);
                    }
                    None => state.foreign.extend(fills),
                }
            }
            Record::Fill(fill) => self.filled(fill, now),
            Record::Counted { cloids } => {
                for cloid in cloids {
                    if let Some(order) = self.state.orders.get_mut(cloid) {
                        order.count();
                    }
                    self.state.retire(cloid);
                }
            }
            Record::Entered { cloid, deal } => self.entered(entry.seq, *cloid, *deal)?,
            Record::Dropped {
                symbol,
                entry,
                decided,
                cloid,
                again,
            } => {
                if !again {
                    let purpose = Purpose::Enter {
                        entry: *entry,
                        decided: *decided,
                    };
                    self.live.dropped(*symbol, purpose);
                }
                if let Some(order) = cloid.and_then(|c| self.state.orders.get_mut(&c)) {
                    order.dropped = true;
                }
            }
            Record::Left {
                source,
                symbol,
                parts,
                why,
                rest,
            } => {
                for (lot, deal) in parts {
                    self.live
                        .left(*symbol, *lot, (*deal).into(), why.reason())?;
                    self.close(entry.seq, source.order(), deal, *why);
                }
                self.booked(*source);
                self.state.surplus.extend(rest.clone());
            }
            Record::WrittenOff {
                symbol,
                lot,
                deal,
                why,
            } => {
                self.live
                    .left(*symbol, *lot, (*deal).into(), why.reason())?;
                self.close(entry.seq, None, deal, *why);
            }
            Record::Rebased { symbol, position } => {
                if let Some(known) = self.state.positions.get_mut(*symbol) {
                    *known = *position;
                }
            }
            Record::Clock { to } => self.state.back(*to),
            Record::Booked(source) => self.booked(*source),
            Record::Began => (self.state.floor, self.state.complete) = (now, now),
            Record::Complete { until } => self.state.complete = *until,
            Record::Leave { symbol, lot, why } => self.live.leave(*symbol, *lot, why.reason()),
            Record::Funding {
                symbol,
                amount,
                time,
            } => {
                if let Some(times) = self.state.funded.get_mut(*symbol) {
                    times.insert(*time);
                }
                self.live.paid(*symbol, *amount);
            }
            Record::Moved { amount } => self.live.moved(*amount),
            Record::Transferred { id, amount, time } => {
                self.state.transfers.insert(id.clone(), *time);
                self.live.moved(*amount);
            }
            Record::Stopped { source, why, force } => {
                let stop = (why.clone(), *force);
                self.state.stops.insert(source.clone(), stop);
                self.live.drop_entries();
                if *force {
                    self.leave_all();
                }
            }
            Record::Lifted { source } => {
                self.state.stops.remove(source);
            }
            Record::Killed { why } => {
                self.state.killed = Some(why.clone());
                self.live.drop_entries();
            }
            Record::Halt { why } => {
                self.state.halted = Some(why.clone());
                self.live.drop_entries();
            }
            Record::Force { why } => {
                self.state.forced = Some(why.clone());
                self.live.drop_entries();
                self.leave_all();
            }
            // of a person: what others stopped, they lift
            Record::Resume => {
                self.state.halted = None;
                self.state.forced = None;
                self.state.killed = None;
            }
            Record::Quarantine { symbol, why } => {
                self.state.quarantine.insert(*symbol, why.clone());
            }
            Record::Release { symbol } => {
                self.state.quarantine.remove(symbol);
            }
        }
        Ok(())
    }

    fn leave_all(&mut self) {
        for s in 0..self.state.positions.len() {
            self.live.leave(s, None, Why::Forced.reason());
        }
    }

    fn filled(&mut self, fill: &Fill, now: i64) {
        let state = &mut self.state;
        state.tids.insert(fill.tid, fill.time);
        state.last_fill = state.last_fill.max(fill.time);
        let Some(held) = state.positions.get_mut(fill.symbol) else {
            return;
        };
        *held += if fill.buys { fill.size } else { -fill.size };
        let named = fill.cloid.filter(|c| state.order(c).is_some());
        let ours = named.or_else(|| state.by_oid(fill.oid));
        match ours.and_then(|cloid| state.revive(&cloid)) {
            Some(order) => {
                order.fill(fill, now);
            }
            None => state.foreign.push(fill.clone()),
        }
    }

    fn booked(&mut self, source: Source) {
        match source {
            Source::Order(cloid) => {
                if let Some(order) = self.state.orders.get_mut(&cloid) {
                    order.booked = order.filled;
                    order.booked_paid = order.paid;
                    order.booked_fee = order.fee;
                }
            }
            Source::Foreign(tid) => self.state.foreign.retain(|f| f.tid != tid),
            Source::Surplus(number) => self.state.surplus.retain(|s| s.number != number),
        }
    }

    /// An entry has filled. A position at the exchange is one: what stands on the other side – two entries that rested may both
    /// have filled – is closed by it first, and what is left of it opens a lot.
    fn entered(&mut self, number: u64, cloid: Cloid, deal: Deal) -> Result<(), DeskError> {
        let Some(order) = self.state.orders.get(&cloid) else {
            return Ok(());
        };
        let symbol = order.plan.symbol;
        let Role::Enter { entry, decided } = order.plan.role else {
            return Ok(());
        };
        let purpose = Purpose::Enter { entry, decided };
        let (mut rest, mut closes) = (deal.size, Vec::new());
        for (lot, units, _) in self.live.lots(symbol) {
            let (other, size) = ((units < 0.0) == order.plan.buys, units.abs().min(rest));
            if other && rest > 0.0 {
                closes.push((lot, size));
                // the last bits of sums and differences are no units
                rest -= size;
                rest = if rest <= deal.size * 1e-9 { 0.0 } else { rest };
            }
        }
        let of = |size: f64| Deal { size, ..deal };
        // first what can be refused: then nothing has been done
        let got = if rest > 0.0 {
            Some(self.live.entered(symbol, purpose, of(rest).into())?)
        } else {
            self.live.dropped(symbol, purpose);
            if let Some(order) = self.state.orders.get_mut(&cloid) {
                order.dropped = true;
            }
            None
        };
        for (lot, size) in closes {
            let (filled, why) = (of(size).into(), Why::Reverse);
            self.live.left(symbol, lot, filled, why.reason())?;
            self.close(number, Some(cloid), &deal, why);
        }
        self.booked(Source::Order(cloid));
        if self.state.forcing() {
            self.live.leave(symbol, None, Why::Forced.reason());
        }
        let Some(got) = got else {
            return Ok(());
        };
        let state = &mut self.state;
        let opening = Opening {
            cloid,
            decided,
            time: deal.time,
            due: deal.due,
            price: deal.price,
            fee: deal.fee,
        };
        state.openings.insert(got.lot, opening);
        for order in state.orders.values_mut().chain(state.past.values_mut()) {
            if order.plan.role == (Role::Guard { of: cloid }) {
                order.plan.role = Role::Protect { lot: got.lot };
            }
        }
        Ok(())
    }

    /// Notes the trades that a deal closed.
    fn close(&mut self, number: u64, cloid: Option<Cloid>, deal: &Deal, why: Why) {
        for trade in self.live.take_trades() {
            let part = self.closed.iter().filter(|c| c.number == number).count();
            self.closed.push(Closed {
                number,
                part: part as u32,
                trade,
                why,
                time: deal.time,
                cloid,
                due: deal.due,
                fee: deal.fee,
                opening: self.state.openings.get(&trade.lot).copied(),
            });
            let open = |l: (u32, f64, f64)| l.0 == trade.lot;
            if !self.live.lots(usize::from(trade.symbol)).any(open) {
                self.state.openings.remove(&trade.lot);
            }
        }
    }
}

impl Source {
    /// The order, if it is one.
    pub(super) fn order(self) -> Option<Cloid> {
        match self {
            Self::Order(cloid) => Some(cloid),
            Self::Foreign(_) | Self::Surplus(_) => None,
        }
    }
}

impl Why {
    /// The nearest that the engine knows.
    pub(super) fn reason(self) -> ExitReason {
        match self {
            Self::Stop => ExitReason::Stop,
            Self::Trail => ExitReason::Trail,
            Self::Target => ExitReason::Target,
            Self::Signal | Self::External | Self::Forced => ExitReason::Signal,
            Self::Time => ExitReason::Time,
            Self::Session => ExitReason::Session,
            Self::Reverse => ExitReason::Reverse,
            Self::Rebalance => ExitReason::Rebalance,
            Self::Liquidation => ExitReason::Liquidation,
        }
    }

    /// What the engine calls it.
    pub(super) fn of(reason: ExitReason) -> Self {
        match reason {
            ExitReason::Stop => Self::Stop,
            ExitReason::Trail => Self::Trail,
            ExitReason::Target => Self::Target,
            ExitReason::Signal => Self::Signal,
            ExitReason::Time => Self::Time,
            ExitReason::Session => Self::Session,
            ExitReason::Reverse => Self::Reverse,
            ExitReason::Rebalance => Self::Rebalance,
            ExitReason::Liquidation => Self::Liquidation,
            // a market has no end
            ExitReason::EndOfData => Self::External,
        }
    }
}
