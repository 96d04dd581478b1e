//! Takes what is said, and asks for what was not.

use super::records::OVERLAP;
use super::{
    Answer, Asked, Desk, DeskError, Event, Failure, Item, Reconciled, Record, Seen, Severity,
    Tries, Work, words,
};
use crate::ident::Cloid;
use crate::money::{decimal, float};
use crate::order::{Done, Fill, Kind, Life, Order, Plan, Role, Told, Why};
use rust_decimal::Decimal;

/// The longest wait before something refused is tried again, ms.
pub(super) const LONGEST: i64 = 60_000;
/// The longest wait where a position is without its stop, or should be gone, ms.
const URGENT: i64 = 10_000;
/// So often a question is asked without waiting longer each time.
const OFTEN: u32 = 15;
/// What goes wrong so long after the last time is the first time again, ms.
const FORGIVEN: i64 = 120_000;

impl Desk<'_> {
    pub(super) fn hear(&mut self, event: Event, now: i64) -> Result<(), DeskError> {
        match event {
            Event::Prices(prices) => {
                for (known, price) in self.prices.iter_mut().zip(prices) {
                    if let Some(price) = price.filter(|p| sane(*p) && *p > Decimal::ZERO) {
                        *known = Some((price, now));
                    }
                }
            }
            Event::Answer { nonce, answer } => {
                if let Some(flying) = self.flying.remove(&nonce) {
                    self.answered(flying.work, answer, now)?;
                }
            }
            Event::Status {
                cloid,
                asked,
                found,
            } => self.status(cloid, asked, found, now)?,
            Event::Update { cloid, seen } => self.tell(cloid, &seen, false, now)?,
            Event::Fill(fill) => self.fill(&fill, now)?,
            Event::Fills(fills) => {
                for fill in fills {
                    self.fill(&fill, now)?;
                }
            }
            Event::Reconciled(seen) => self.compare(&seen, now)?,
            Event::Funding {
                symbol,
                amount,
                time,
            } => {
                let known = self.state.funded.get(symbol);
                if known.is_some_and(|known| !known.contains(&time)) && time >= self.state.floor {
                    let record = Record::Funding {
                        symbol,
                        amount,
                        time,
                    };
                    self.write(record, now)?;
                }
            }
            Event::Moved { amount } => self.write(Record::Moved { amount }, now)?,
            Event::Transferred { id, amount, time } => {
                let known = self.state.transfers.contains_key(&id);
                if !known && time >= self.state.floor && amount.is_finite() {
                    self.write(Record::Transferred { id, amount, time }, now)?;
                }
            }
            Event::Stop { source, why, force } => {
                let known = self.state.stops.get(&source);
                if known.is_none_or(|k| (&k.0, k.1) != (&why, force)) {
                    self.write(Record::Stopped { source, why, force }, now)?;
                }
            }
            Event::Lift { source } => {
                if self.state.stops.contains_key(&source) {
                    self.said.clear();
                    self.write(Record::Lifted { source }, now)?;
                }
            }
            Event::Tick => {}
            Event::Short(short) => self.short = short,
            Event::Gate(why) => self.gate = why,
            Event::Rules {
                symbol,
                rules,
                closing,
            } => {
                let numbers = [rules.lot, rules.min_notional];
                let fits = rules.lot > Decimal::ZERO && numbers.into_iter().all(sane);
                if symbol < self.rules.len() && fits {
                    (self.rules[symbol], self.closing[symbol]) = (rules, closing);
                    self.least[symbol] = float(rules.lot);
                }
            }
            Event::Halt(why) => {
                if self.state.halted.as_ref() != Some(&why) {
                    self.write(Record::Halt { why }, now)?;
                }
            }
            Event::Force(why) => {
                if self.state.forced.as_ref() != Some(&why) {
                    self.write(Record::Force { why }, now)?;
                }
            }
            Event::Resume => {
                if self.state.stopped() {
                    self.said.clear();
                    self.write(Record::Resume, now)?;
                }
            }
            Event::Release { symbol } => {
                let stuck = self.stuck(symbol, now);
                let quarantined = self.state.quarantine.contains_key(&symbol);
                for cloid in &stuck {
                    self.give_up(*cloid, now)?;
                }
                if quarantined || !stuck.is_empty() {
                    self.release(symbol, now)?;
                }
            }
        }
        Ok(())
    }

    /// Orders of a symbol whose fate should be known for long and is not, for the exchange calls it by a name that nobody has
    /// taught us: those that may never have arrived, and those that are not among the open ones any more.
    fn stuck(&self, symbol: usize, now: i64) -> Vec<Cloid> {
        let settings = &self.setup.settings;
        let long = settings.margin.saturating_add(settings.unprotected);
        { self.state.orders.values() }
            .filter(|o| o.plan.symbol == symbol)
            .filter(|o| match o.life {
                Life::Planned => now > o.plan.expires.saturating_add(long),
                Life::Waiting | Life::Open => {
                    self.absent.contains(&o.plan.cloid) && now > o.changed.saturating_add(long)
                }
                Life::Done(_) => false,
            })
            .map(|o| o.plan.cloid)
            .collect()
    }

    /// A person says that there is no such order.
    fn give_up(&mut self, cloid: Cloid, now: i64) -> Result<(), DeskError> {
        let Some(order) = self.state.order(&cloid) else {
            return Ok(());
        };
        let told = if order.life == Life::Planned {
            Told::NotSent
        } else {
            Told::Ended {
                why: "given up by a person".to_owned(),
                filled: Some(order.filled),
            }
        };
        self.check.remove(&cloid);
        self.note(cloid, None, told, order.stamp, true, now)
    }

    /// A person has looked: what the exchange says counts. Lots that are not there any more leave the books; a position that
    /// belongs to no lot stays what it is, and the next comparison says so again.
    fn release(&mut self, symbol: usize, now: i64) -> Result<(), DeskError> {
        self.said.clear();
        self.asked_all = None;
        if let Some(position) = self.venue[symbol] {
            let lot = self.rules[symbol].lot;
            if position.abs() < lot {
                let lots: Vec<(u32, f64, f64)> = self.live.lots(symbol).collect();
                for gone in lots {
                    self.write_off(symbol, gone, Why::External, now)?;
                }
            }
            let held = decimal(self.live.position(symbol)).unwrap_or_default();
            if (held - position).abs() < lot && self.state.positions[symbol] != position {
                self.write(Record::Rebased { symbol, position }, now)?;
            }
        }
        self.doubt.remove(&symbol);
        self.write(Record::Release { symbol }, now)
    }

    fn answered(&mut self, work: Work, answer: Answer, now: i64) -> Result<(), DeskError> {
        match work {
            Work::Orders { orders, .. } => self.ordered(&orders, answer, now),
            Work::Cancel(cancels) => {
                let Answer::Items(items) = answer else {
                    // asked for again after a while, if the order is still there
                    return Ok(());
                };
                for ((_, cloid), item) in cancels.into_iter().zip(items) {
                    self.check.insert(cloid);
                    if let Told::Ended { .. } = item.told {
                        self.said_of(cloid, item, now)?;
                    }
                }
                Ok(())
            }
            Work::Leverage { symbol, leverage } => match answer {
                Answer::Items(items)
                    if { items.iter() }.all(|i| !matches!(i.told, Told::Refused(_))) =>
                {
                    self.write(Record::Leveraged { symbol, leverage }, now)
                }
                Answer::Items(_) | Answer::Refused(_) => {
                    let name = &self.setup.symbols[symbol].spec.symbol;
                    let what = format!("leverage {leverage} of {name} was refused: {answer:?}");
                    self.alert(Severity::Warning, what);
                    Ok(())
                }
                Answer::NotSent(_) | Answer::Unknown(_) => Ok(()),
            },
        }
    }

    fn ordered(&mut self, plans: &[Plan], answer: Answer, now: i64) -> Result<(), DeskError> {
        let post_only = match &answer {
            Answer::NotSent(text) | Answer::Refused(text) => words::post_only(text),
            _ => false,
        };
        let all = |told: Told| {
            let item = Item { oid: None, told };
            vec![item; plans.len()]
        };
        let items = match answer {
            Answer::NotSent(_) => all(Told::NotSent),
            Answer::Unknown(_) => return Ok(()),
            Answer::Refused(text) => all(Told::Refused(text)),
            // one error may stand for all
            Answer::Items(items) => match items.as_slice() {
                [
                    Item {
                        told: Told::Refused(text),
                        ..
                    },
                ] => all(Told::Refused(text.clone())),
                _ => items,
            },
        };
        for (plan, item) in plans.iter().zip(items) {
            self.said_of(plan.cloid, item, now)?;
            if post_only && let Some(tries) = self.tries.get_mut(&(plan.symbol, plan.role)) {
                tries.post_only = true;
            }
        }
        Ok(())
    }

    fn said_of(&mut self, cloid: Cloid, item: Item, now: i64) -> Result<(), DeskError> {
        let Some(order) = self.state.order(&cloid) else {
            return Ok(());
        };
        let (oid, told, stamp) = (item.oid, item.told, order.stamp);
        self.note(cloid, oid, told, stamp, false, now)
    }

    fn tell(&mut self, cloid: Cloid, seen: &Seen, proof: bool, now: i64) -> Result<(), DeskError> {
        let (oid, told) = (Some(seen.oid), seen.told.clone());
        self.note(cloid, oid, told, seen.stamp, proof, now)
    }

    // an arm that is left for its guard would fall into the next one
    #[allow(clippy::collapsible_match)]
    fn note(
        &mut self,
        cloid: Cloid,
        oid: Option<u64>,
        told: Told,
        stamp: i64,
        proof: bool,
        now: i64,
    ) -> Result<(), DeskError> {
        let Some(order) = self.state.order(&cloid) else {
            return Ok(());
        };
        if let Told::Filled(Some(size))
        | Told::Ended {
            filled: Some(size), ..
        } = &told
            && (!sane(*size) || size.is_sign_negative())
        {
            let what = format!("order {cloid} is said to have filled {size} units");
            self.alert(Severity::Critical, what);
            self.check.insert(cloid);
            return Ok(());
        }
        if !order.is_news(&told, stamp, proof) && (order.oid.is_some() || oid.is_none()) {
            return Ok(());
        }
        let (symbol, role) = (order.plan.symbol, order.plan.role);
        let key = (symbol, role);
        let at_once = matches!(order.plan.kind, Kind::Now { .. });
        let unfilled = order.filled.is_zero() && order.said.is_none_or(|s| s.is_zero());
        let unasked = !order.cancelled && unfilled;
        match &told {
            Told::Refused(text) => {
                let name = &self.setup.symbols[symbol].spec.symbol;
                let kind = role.kind();
                let what = format!("an order in {name} was refused: {text} ({kind})");
                self.alert(Severity::Warning, what);
                let how = if words::post_only(text) {
                    Failure::PostOnly
                } else {
                    Failure::Refused
                };
                self.failed(key, how, now);
            }
            Told::NotSent => self.failed(key, Failure::NotSent, now),
            // a part of it is no failure: the rest is tried at once
            Told::Ended { filled, .. } if at_once => {
                if unfilled && filled.is_none_or(|f| f.is_zero()) {
                    self.failed(key, Failure::Ended, now);
                }
            }
            Told::Ended { why, .. } if unasked && !words::scheduled(why) => {
                self.failed(key, Failure::Ended, now);
            }
            Told::Open => {
                if let Some(tries) = self.tries.get_mut(&key) {
                    tries.not_before = now;
                }
            }
            Told::Filled(_) => {
                self.tries.remove(&key);
            }
            _ => {}
        }
        let record = Record::Told {
            cloid,
            oid,
            told,
            stamp,
            proof,
        };
        self.write(record, now)
    }

    /// Something went wrong: it waits a while before it is tried again, longer each time.
    pub(super) fn failed(&mut self, key: (usize, Role), how: Failure, now: i64) {
        let first = self.setup.settings.retry;
        let urgent = key.1.protects() || key.1.leaves();
        let longest = if urgent { URGENT } else { LONGEST };
        let tries = self.tries.entry(key).or_default();
        tries.failed(how, (first, longest), now);
    }

    fn status(
        &mut self,
        cloid: Cloid,
        asked: i64,
        found: Option<Seen>,
        now: i64,
    ) -> Result<(), DeskError> {
        let Some(order) = self.state.order(&cloid) else {
            return Ok(());
        };
        let proof = asked > order.changed;
        if proof {
            self.check.remove(&cloid);
        }
        if let Some(seen) = found {
            return self.tell(cloid, &seen, proof, now);
        }
        let given_up = order.plan.expires + self.setup.settings.margin;
        if order.life == Life::Planned && asked >= given_up {
            return self.note(cloid, None, Told::NotSent, order.stamp, true, now);
        }
        if matches!(order.life, Life::Waiting | Life::Open) && proof {
            let what = format!("the exchange does not know order {cloid} any more");
            let absent = self.absent.remove(&cloid);
            let filled = Some(order.filled);
            self.alert(Severity::Critical, what);
            if absent {
                // neither by its name nor among the open ones: there is none
                let why = "unknown to the exchange".to_owned();
                let told = Told::Ended { why, filled };
                return self.note(cloid, None, told, i64::MIN, true, now);
            }
        }
        Ok(())
    }

    fn fill(&mut self, fill: &Fill, now: i64) -> Result<(), DeskError> {
        if !possible(fill) {
            let what = format!("a fill that cannot be: {fill:?}");
            self.alert(Severity::Critical, what);
            return Ok(());
        }
        if fill.symbol >= self.prices.len() {
            let what = format!("a fill in a market that is not traded: {fill:?}");
            self.alert(Severity::Critical, what);
            return Ok(());
        }
        if self.state.tids.contains_key(&fill.tid) || fill.time < self.state.forgotten {
            return Ok(());
        }
        if fill.time < self.state.floor {
            let named = fill.cloid.is_some_and(|c| self.state.order(&c).is_some());
            if !named && self.state.by_oid(fill.oid).is_none() {
                return Ok(());
            }
        }
        self.write(Record::Fill(fill.clone()), now)?;
        let over = |o: &&Order| o.filled > o.plan.size && o.plan.symbol == fill.symbol;
        if let Some(order) = self.state.orders.values().find(over) {
            let why = format!("order {} filled more than it asked for", order.plan.cloid);
            self.quarantine(fill.symbol, why, now)?;
        }
        Ok(())
    }

    fn compare(&mut self, seen: &Reconciled, now: i64) -> Result<(), DeskError> {
        if !seen.positions.iter().all(|p| sane(*p)) {
            let what = "the exchange tells positions that cannot be".to_owned();
            self.alert(Severity::Critical, what);
            return Ok(());
        }
        for fill in &seen.fills {
            self.fill(fill, now)?;
        }
        // by the exchange's own clock, whatever ours says
        if let Some(until) = seen.fills.iter().map(|f| f.time).max()
            && until > self.state.complete
        {
            self.write(Record::Complete { until }, now)?;
        }
        self.count(seen.asked, now)?;
        self.settle(now)?;
        self.unexplained(seen.asked, now)?;
        let mut open = std::collections::BTreeSet::new();
        for row in &seen.open {
            let ours = row.cloid.filter(|c| self.state.order(c).is_some());
            let Some(cloid) = ours.or_else(|| self.state.by_oid(row.oid)) else {
                if row.symbol < self.prices.len() {
                    let why = format!("there is an order {} that is not ours", row.oid);
                    self.quarantine(row.symbol, why, now)?;
                }
                continue;
            };
            open.insert(cloid);
        }
        for order in self.state.all() {
            let before = order.changed < seen.asked;
            let there = open.contains(&order.plan.cloid);
            if before && order.alive() && !there {
                self.absent.insert(order.plan.cloid);
            } else {
                self.absent.remove(&order.plan.cloid);
            }
            let fits = match order.life {
                Life::Planned => true,
                Life::Waiting | Life::Open => there,
                Life::Done(_) => !there,
            };
            if before && !fits {
                self.check.insert(order.plan.cloid);
            }
        }
        self.positions(seen, now)?;
        self.reconciled = Some(now);
        Ok(())
    }

    /// Orders that ended before all fills were asked for, and that nobody can say more of, have what they have.
    fn count(&mut self, asked: i64, now: i64) -> Result<(), DeskError> {
        let long = self.setup.settings.unprotected;
        let counts = |o: &&Order| {
            // what filled has a fill: as long as there is none, the exchange has not told all
            let told = o.life != Life::Done(Done::Filled) || !o.filled.is_zero();
            o.uncounted() && (o.changed < asked && told || asked - o.changed > long)
        };
        let cloids: Vec<Cloid> = { self.state.orders.values() }
            .filter(counts)
            .map(|o| o.plan.cloid)
            .collect();
        if cloids.is_empty() {
            return Ok(());
        }
        self.write(Record::Counted { cloids }, now)
    }

    /// Compares positions with the sum of fills.
    fn positions(&mut self, seen: &Reconciled, now: i64) -> Result<(), DeskError> {
        let quiet = self.setup.settings.quiet;
        for (s, position) in seen.positions.iter().enumerate().take(self.prices.len()) {
            let here = |o: &&Order| o.plan.symbol == s;
            let changed = { self.state.all() }.filter(here).map(|o| o.changed).max();
            let busy = changed.is_some_and(|at| at + quiet >= seen.asked) || {
                self.state.orders.values().filter(here)
            }
            .any(|o| o.life == Life::Planned || (!o.alive() && !o.over()));
            self.venue[s] = changed
                .is_none_or(|at| at < seen.asked)
                .then_some(*position);
            let known = self.state.positions[s];
            let lot = self.rules[s].lot;
            let bookless = self.live.lots(s).next().is_none();
            if (known - position).abs() < lot {
                self.doubt.remove(&s);
                let beyond = self.beyond_lots(s);
                let settled = self.state.surplus.iter().all(|f| f.symbol != s);
                if !busy && settled && beyond.abs() >= lot {
                    let why = format!("{beyond} units of the fills belong to no lot");
                    self.quarantine(s, why, now)?;
                }
            } else if self.state.quarantine.contains_key(&s)
                && !busy
                && bookless
                && position.abs() < lot
            {
                // nothing there, nothing in the books: how that came about is for a person to find
                let record = Record::Rebased {
                    symbol: s,
                    position: *position,
                };
                self.write(record, now)?;
            } else if !busy || self.reconciled.is_none() {
                // the exchange tells positions before the fills that made them: what stays is no matter of what was under way
                let since = *self.doubt.entry(s).or_insert(now);
                if !busy && now - since > quiet {
                    let why = format!("the exchange says {position} units, the fills {known}");
                    self.quarantine(s, why, now)?;
                }
            }
        }
        Ok(())
    }

    /// Asks for what is uncertain.
    pub(super) fn inquire(&mut self, now: i64) {
        let settings = self.setup.settings;
        self.flying
            .retain(|_, f| now <= f.expires + settings.margin);
        // when what is missing fills began to be missing
        let mut missing: Option<i64> = None;
        let mut unsure = Vec::new();
        for order in self.state.orders.values() {
            let cloid = order.plan.cloid;
            let entry = matches!(order.plan.role, Role::Enter { .. });
            if entry && order.settled() && !order.over() {
                // booked after what filled before it
                missing = missing.max(Some(order.changed));
            }
            let short = order.said.is_some_and(|said| said > order.filled);
            if !order.alive() && (short || order.uncounted()) {
                missing = missing.max(Some(order.changed));
            }
            let ask = match &order.life {
                // what fills while its answer is on the way has to be protected
                Life::Planned => {
                    let slow = now - order.plan.planned >= settings.query_every;
                    !self.is_flying(cloid) || (!order.filled.is_zero() && slow)
                }
                Life::Done(Done::Filled) => false,
                Life::Done(_) => order.said.is_none(),
                // what protects a lot has to be at work
                Life::Waiting => matches!(order.plan.role, Role::Protect { .. }),
                // one without the exchange's number would not know its fills
                Life::Open => {
                    let fills = !matches!(order.plan.kind, Kind::Rest { .. });
                    order.oid.is_none() || (fills && !order.filled.is_zero())
                }
            };
            if ask || self.check.contains(&cloid) {
                unsure.push(cloid);
            }
        }
        for cloid in unsure {
            let asked = self.asked.get(&cloid).copied().unwrap_or_default();
            if asked.is_due(settings.query_every, OFTEN, now) {
                self.asked.insert(cloid, asked.again(now));
                self.out.push(super::Command::Query(cloid));
            }
        }
        let since = self.asked_all.map(|last| now - last);
        let soon = 2 * settings.query_every;
        let due = since.is_none_or(|since| {
            let state = &self.state;
            // what stays missing is asked for less and less often
            let wait = |from: i64| ((now - from) / 2).clamp(soon, soon.max(LONGEST));
            let urgent = missing.is_some_and(|from| since >= wait(from))
                || self.reconciled.is_none()
                || { self.doubt.keys() }.any(|s| !state.quarantine.contains_key(s))
                || !state.foreign.is_empty()
                || !state.surplus.is_empty()
                || (state.forcing() && self.venue.contains(&None));
            since >= settings.reconcile_every || (urgent && since >= soon)
        });
        if due {
            self.asked_all = Some(now);
            // not from the last fill: one that was missed may lie before it
            let since = self.state.complete.saturating_sub(OVERLAP);
            self.out.push(super::Command::Reconcile { since });
        }
    }
}

/// Whether a number from outside is one that can be worked with: all sums and products of such stay within their digits.
pub(super) fn sane(x: Decimal) -> bool {
    x.abs() <= Decimal::new(1_000_000_000_000, 0)
}

fn possible(fill: &Fill) -> bool {
    let above = |x: Decimal| x > Decimal::ZERO && sane(x);
    let most = Decimal::new(1_000_000_000_000_000, 0);
    let notional = || fill.size.checked_mul(fill.price);
    above(fill.size) && above(fill.price) && sane(fill.fee) && notional().is_some_and(|n| n <= most)
}

impl Asked {
    /// Whether it may be asked again: after `first` ms, and after the first `often` times ever later.
    pub(super) fn is_due(self, first: i64, often: u32, now: i64) -> bool {
        let later = self.times.saturating_sub(often).min(5);
        let wait = first.saturating_mul(1 << later);
        self.times == 0 || now - self.last >= wait.min(LONGEST / 2).max(first)
    }

    pub(super) fn again(self, now: i64) -> Self {
        let forgiven = now - self.last > LONGEST;
        let times = if forgiven { 0 } else { self.times };
        Self {
            last: now,
            times: times.saturating_add(1),
        }
    }
}

impl Tries {
    /// The wait begins with `first` and is never longer than `longest`, ms.
    pub(super) fn failed(&mut self, how: Failure, (first, longest): (i64, i64), now: i64) {
        if now - self.last > FORGIVEN {
            *self = Self::default();
        }
        // what stood and was taken away is put back at once
        let wait = match (how, self.count) {
            (Failure::Ended, 0) => 0,
            (_, count) => first.saturating_mul(1 << count.min(16)),
        };
        self.count = self.count.saturating_add(1);
        let refused = matches!(how, Failure::Refused | Failure::Ended);
        self.refused = self.refused.saturating_add(u32::from(refused));
        self.post_only = how == Failure::PostOnly;
        self.not_before = now + wait.min(longest);
        self.last = now;
    }
}
