//! Hands to the engine what has filled.

use super::{Deal, Desk, DeskError, Record, Severity, Source, Surplus, words};
use crate::ident::Cloid;
use crate::money::{decimal, float};
use crate::order::{Done, Fill, Kind, Life, Order, Role, Why};
use rust_decimal::Decimal;
use sixbtc_engine::live::{Purpose, Wanted};

impl Desk<'_> {
    /// Books all that is certain.
    pub(super) fn settle(&mut self, now: i64) -> Result<(), DeskError> {
        while let Some(cloid) = self.state.orders.values().find(|o| self.due(o)).map(name) {
            self.book(cloid, now)?;
        }
        loop {
            // a fill without our name may be of an order whose number has not been told yet
            let state = &self.state;
            let ripe = |f: &&Fill| f.cloid.is_some() || state.planned_on(f.symbol).next().is_none();
            let Some(fill) = state.foreign.iter().find(ripe).cloned() else {
                break;
            };
            self.book_foreign(&fill, now)?;
        }
        // what was closed before it was known to be there
        loop {
            let there = |s: &&Surplus| self.live.lots(s.symbol).any(|l| (l.1 < 0.0) == s.buys);
            let Some(found) = self.state.surplus.iter().find(there).cloned() else {
                return Ok(());
            };
            let part = Part {
                size: found.size,
                paid: found.paid,
                fee: found.fee,
                time: found.time,
                buys: found.buys,
                due: found.due,
                rests: found.rests,
                asked: None,
            };
            let source = Source::Surplus(found.number);
            self.leave_lots(source, found.symbol, None, &part, found.why, now)?;
        }
    }

    /// Gives up on what was closed and belongs to no lot, when all fills up to a time have been seen and no entry waits to be
    /// booked.
    pub(super) fn unexplained(&mut self, seen: i64, now: i64) -> Result<(), DeskError> {
        let entering = |symbol: usize| {
            let entry = |o: &&Order| matches!(o.plan.role, Role::Enter { .. });
            let of = self.state.orders.values().filter(entry);
            { of }.any(|o| o.plan.symbol == symbol && !o.filled.is_zero())
        };
        let lost = |s: &&Surplus| s.found < seen && !entering(s.symbol);
        let lost: Vec<Surplus> = { self.state.surplus.iter() }
            .filter(lost)
            .cloned()
            .collect();
        for found in lost {
            self.write(Record::Booked(Source::Surplus(found.number)), now)?;
            let why = format!("{} units were traded that belong to no lot", found.size);
            self.quarantine(found.symbol, why, now)?;
        }
        Ok(())
    }

    /// Whether there is something to book of an order.
    fn due(&self, order: &Order) -> bool {
        match order.plan.role {
            Role::Enter { .. } => order.settled() && !order.over() && !self.follows(order),
            Role::Guard { of } => {
                // its lot comes first, and makes it the lot's own; an entry that is over without one leaves it alone
                let entry = self.state.order(&of);
                order.filled > order.booked && entry.is_none_or(|e| e.dropped || e.over())
            }
            _ => {
                let rests = matches!(order.plan.kind, Kind::Rest { .. });
                order.filled > order.booked && (rests || order.settled())
            }
        }
    }

    /// Whether an entry is to be booked after others: it closes lots of the other side first, and what closed them before it
    /// did is not all known, or not booked yet.
    pub(super) fn follows(&self, entry: &Order) -> bool {
        let (s, state) = (entry.plan.symbol, &self.state);
        let mut lots = self.live.lots(s);
        if entry.filled.is_zero() || !lots.any(|l| (l.1 < 0.0) == entry.plan.buys) {
            return false;
        }
        // a guard waits for its entry
        let closes = |o: &Order| {
            let guards = matches!(o.plan.role, Role::Guard { .. });
            o.plan.symbol == s && o.plan.reduces && !guards && o.filled > o.booked
        };
        state.complete < entry.last_fill
            || state.orders.values().any(closes)
            || state.foreign.iter().any(|f| f.symbol == s)
    }

    fn book(&mut self, cloid: Cloid, now: i64) -> Result<(), DeskError> {
        let Some(order) = self.state.orders.get(&cloid).cloned() else {
            return Ok(());
        };
        let symbol = order.plan.symbol;
        let source = Source::Order(cloid);
        let Role::Enter { entry, decided } = order.plan.role else {
            if order.plan.role == Role::Clear {
                return self.write(Record::Booked(source), now);
            }
            let why = self.reason(&order)?;
            return self.leave_lots(
                source,
                symbol,
                order.plan.role.lot(),
                &part(&order),
                why,
                now,
            );
        };
        if order.filled.is_zero() {
            // what the exchange turned away stays away; what never reached it, or was to move, may be tried again
            let again = match &order.life {
                Life::Done(Done::NotSent) => true,
                Life::Done(Done::Refused(text)) => words::post_only(text),
                _ => order.replaced,
            };
            let record = Record::Dropped {
                symbol,
                entry,
                decided,
                cloid: Some(cloid),
                again,
            };
            return self.write(record, now);
        }
        if !order.booked.is_zero() {
            self.write(Record::Booked(source), now)?;
            let why = "an entry filled again after it was over".to_owned();
            return self.quarantine(symbol, why, now);
        }
        let part = part(&order);
        let size = asked(&order).unwrap_or_else(|| float(part.size));
        let deal = self.deal(&part, size);
        match self.write(Record::Entered { cloid, deal }, now) {
            Err(DeskError::Engine(sixbtc_engine::EngineError::Rows(_))) => {
                self.state.seq -= 1;
                self.write(Record::Booked(source), now)?;
                let why = "an entry filled that was given up long ago".to_owned();
                self.quarantine(symbol, why, now)
            }
            other => other,
        }
    }

    /// Why an order closed: a stop may have become a trailing one at the same price since it was placed.
    fn reason(&mut self, order: &Order) -> Result<Why, DeskError> {
        if let Role::Protect { lot } = order.plan.role {
            let same = |w: &Wanted| w.purpose == Purpose::Protect { lot };
            let wanted = self.live.wanted(&[])?;
            if let Some(reason) = wanted.iter().find(|w| same(w)).and_then(|w| w.reason) {
                return Ok(Why::of(reason));
            }
        }
        Ok(order.plan.why.unwrap_or(Why::External))
    }

    /// Signed units of a symbol that are held, as far as fills tell, and belong neither to a lot nor to what is still to be
    /// booked.
    pub(super) fn beyond_lots(&self, symbol: usize) -> Decimal {
        let signed = |buys: bool, size: Decimal| if buys { size } else { -size };
        let own = self.state.orders.values();
        let own = own.filter(|o| o.plan.symbol == symbol);
        let unbooked: Decimal = own.map(|o| signed(o.plan.buys, o.filled - o.booked)).sum();
        let foreign = { self.state.foreign.iter() }.filter(|f| f.symbol == symbol);
        let foreign: Decimal = foreign.map(|f| signed(f.buys, f.size)).sum();
        let lots = decimal(self.live.position(symbol)).unwrap_or_default();
        self.state.positions[symbol] - lots - unbooked - foreign
    }

    fn book_foreign(&mut self, fill: &Fill, now: i64) -> Result<(), DeskError> {
        let source = Source::Foreign(fill.tid);
        // what somebody else opened is what somebody else closes first
        let theirs = self.beyond_lots(fill.symbol);
        let closes = theirs.abs() >= self.rules[fill.symbol].lot
            && theirs.is_sign_negative() == fill.buys
            && !fill.liquidates;
        let size = if closes {
            (fill.size - theirs.abs()).max(Decimal::ZERO)
        } else {
            fill.size
        };
        if size.is_zero() {
            return self.write(Record::Booked(source), now);
        }
        let share = size.checked_div(fill.size).unwrap_or_default();
        let part = Part {
            size,
            paid: size * fill.price,
            fee: fill.fee * share,
            time: fill.time,
            buys: fill.buys,
            due: float(fill.price),
            rests: true,
            asked: None,
        };
        let why = if fill.liquidates {
            Why::Liquidation
        } else {
            Why::External
        };
        self.leave_lots(source, fill.symbol, None, &part, why, now)
    }

    /// Closes what a deal closes: its own lot first, then the oldest ones, since a position at the exchange is one.
    fn leave_lots(
        &mut self,
        source: Source,
        symbol: usize,
        first: Option<u32>,
        part: &Part,
        why: Why,
        now: i64,
    ) -> Result<(), DeskError> {
        let lot = self.rules[symbol].lot;
        let mut lots: Vec<(u32, f64, f64)> = self.live.lots(symbol).collect();
        lots.sort_by_key(|l| Some(l.0) != first);
        let mut left = part.size;
        let mut parts = Vec::new();
        for (number, units, _) in lots {
            // the last bits of binary numbers are no units of the next lot
            let spent = left < part.size && left * Decimal::TWO <= lot;
            // what buys closes what is short
            if left.is_zero() || spent || (units < 0.0) != part.buys {
                continue;
            }
            let held = decimal(units.abs()).unwrap_or_default();
            let (taken, size) = if left + lot / Decimal::TWO >= held {
                (held.min(left), units.abs())
            } else {
                let asked = part.asked.filter(|_| left == part.size);
                (left, asked.unwrap_or_else(|| float(left)))
            };
            left -= taken;
            if size > 0.0 {
                parts.push((number, self.deal(part, size)));
            }
        }
        let why = if self.state.forcing() && why == Why::Signal {
            Why::Forced
        } else {
            why
        };
        let closed = !parts.is_empty();
        let share = |of: Decimal| {
            let exact = of.checked_mul(left).and_then(|x| x.checked_div(part.size));
            // too large for its digits: to fewer of them
            let ratio = || of.checked_mul(left.checked_div(part.size)?);
            exact.or_else(ratio).unwrap_or_default()
        };
        let rest = (left * Decimal::TWO > lot).then(|| Surplus {
            number: self.state.seq + 1,
            symbol,
            buys: part.buys,
            size: left,
            paid: share(part.paid),
            fee: share(part.fee),
            due: part.due,
            time: part.time,
            rests: part.rests,
            why,
            found: now,
        });
        let record = if closed || rest.is_some() {
            Record::Left {
                source,
                symbol,
                parts,
                why,
                rest,
            }
        } else {
            Record::Booked(source)
        };
        self.write(record, now)?;
        if matches!(source, Source::Foreign(_)) && closed {
            let name = &self.setup.symbols[symbol].spec.symbol;
            let price = part.paid.checked_div(part.size).unwrap_or_default();
            let (severity, how) = match why {
                Why::Liquidation => (Severity::Critical, "by the exchange"),
                _ => (Severity::Warning, "from outside"),
            };
            let what = format!(
                "a position in {name} was closed {how}: {} at {price}",
                part.size
            );
            self.alert(severity, what);
        }
        Ok(())
    }

    /// Takes a lot out of the books that cannot be traded any more.
    pub(super) fn write_off(
        &mut self,
        symbol: usize,
        (lot, units, entry): (u32, f64, f64),
        why: Why,
        now: i64,
    ) -> Result<(), DeskError> {
        let price = self.prices[symbol].map_or(entry, |p| float(p.0));
        let deal = Deal {
            size: units.abs(),
            price,
            due: price,
            fee: 0.0,
            bar: self.setup.timeframe.floor(now),
            time: now,
            inside: true,
        };
        let record = Record::WrittenOff {
            symbol,
            lot,
            deal,
            why,
        };
        self.write(record, now)?;
        let name = &self.setup.symbols[symbol].spec.symbol;
        let what = format!("lot {lot} in {name}, {units} units, was written off at {price}");
        self.alert(Severity::Warning, what);
        Ok(())
    }

    fn deal(&self, part: &Part, size: f64) -> Deal {
        let bar = self.setup.timeframe.floor(part.time);
        let price = part.paid.checked_div(part.size).unwrap_or_default();
        Deal {
            size,
            price: float(price),
            due: part.due,
            fee: float(part.fee.checked_div(part.paid).unwrap_or_default()),
            bar,
            time: part.time,
            inside: part.rests && part.time > bar,
        }
    }
}

fn name(order: &Order) -> Cloid {
    order.plan.cloid
}

/// What an order has done since it was last booked.
#[derive(Debug)]
struct Part {
    size: Decimal,
    paid: Decimal,
    fee: Decimal,
    time: i64,
    buys: bool,
    due: f64,
    rests: bool,
    asked: Option<f64>,
}

fn part(order: &Order) -> Part {
    Part {
        size: order.filled - order.booked,
        paid: order.paid - order.booked_paid,
        fee: order.fee - order.booked_fee,
        time: order.last_fill,
        buys: order.plan.buys,
        due: order.plan.due,
        rests: !matches!(order.plan.kind, Kind::Now { .. }),
        asked: order.booked.is_zero().then(|| asked(order)).flatten(),
    }
}

/// The engine's own number of units, when the order filled whole and asked for as many.
fn asked(order: &Order) -> Option<f64> {
    let whole = order.filled == order.plan.size;
    let near = |asked: f64| {
        let asked = decimal(asked)?;
        ((asked - order.plan.size).abs() <= order.plan.size * Decimal::new(1, 12)).then_some(())
    };
    (whole && near(order.plan.asked).is_some()).then_some(order.plan.asked)
}
