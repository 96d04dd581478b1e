//! Stops that raise and lift themselves.
//!
//! | scope | trigger | action | lifted |
//! | --- | --- | --- | --- |
//! | portfolio | loss since midnight UTC | halts entries | at the next midnight |
//! | portfolio | drawdown from its peak | closes everything | after the wait, when the strategies that lost have left and nothing is open |
//! | subaccount | drawdown from its peak | halts entries | when its strategy has left |
//! | strategy | losing trades in a row | halts entries | after the wait |
//! | system | market data too old | halts entries | when it is fresh |
//! | system | the kill file | halts entries | when it is gone |
//!
//! [`Watch`] is what has to be remembered for that: equity at midnight, peaks, streaks that were served. It is kept, so that a
//! restart changes nothing. The stops themselves are kept by whoever runs it, one a [`Key`], and are given to every check: a stop
//! that was raised here and is gone was lifted by a person, and what it was measured from begins anew.
//!
//! Everything is told by one clock, market time. Money that comes or goes moves every anchor by the same amount, and it is the caller's
//! business that equity and flow are of one moment: what came by the time a state is of is contained in it, what came later is not.
//! A reading that lacks an account, or shows one as it was before the last reading, judges no money ([`Watch::whole`]), and one
//! reading alone raises no stop over money: the next one has to say the same, [`Rules::confirm`] later.

mod anchors;
mod reading;
#[cfg(test)]
mod tests;

pub use anchors::Anchors;
pub use reading::{Account, Closed, Occupant, Reading};

use crate::stop::{Action, Figures, Key, Reset, Scope, Stop, Trigger};
use anchors::midnight;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Version of what is kept.
pub const VERSION: u32 = 1;

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// A state that is older than the last one by up to this much comes from a place that lags; by more, a clock was set back.
const LAGS: i64 = 600_000;

/// Limits and waits. Shares as fractions, times in ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Loss of the portfolio since midnight UTC. Default 10 %.
    pub daily_loss: Decimal,
    /// Drawdown of the portfolio. Default 20 %.
    pub drawdown: Decimal,
    /// Drawdown of a subaccount. Default 25 %.
    pub account_drawdown: Decimal,
    /// Losing trades in a row. Default 10.
    pub streak: usize,
    /// Age of market data. Default 120 s.
    pub stale: i64,
    /// How long a drawdown of the portfolio lasts at least. Default 48 h.
    pub drawdown_wait: i64,
    /// How long a losing streak lasts. Default 24 h.
    pub streak_wait: i64,
    /// Strategies that lost at least this share of their capital leave after a drawdown of the portfolio. Default 0: all that
    /// lost.
    pub rotation_loss: Decimal,
    /// Time between checks. Default 60 s.
    pub every: i64,
    /// How long after the first reading beyond a limit of money the second one is taken, without which nothing is raised. Default
    /// 10 s.
    pub confirm: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            daily_loss: Decimal::new(10, 2),
            drawdown: Decimal::new(20, 2),
            account_drawdown: Decimal::new(25, 2),
            streak: 10,
            stale: 120_000,
            drawdown_wait: 48 * HOUR,
            streak_wait: 24 * HOUR,
            rotation_loss: Decimal::ZERO,
            every: 60_000,
            confirm: 10_000,
        }
    }
}

/// What a check changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A stop is raised.
    Raise(Box<Stop>),
    /// A stop is lifted.
    Lift {
        /// Which.
        key: Key,
        /// Why, for people.
        why: String,
    },
}

/// What follows from a check. What is said here holds, whatever was said before: it is made so, as often as it takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Stops that come and go.
    pub changes: Vec<Change>,
    /// Whether the rest was judged: of a reading that is not whole, only the changes hold.
    pub whole: bool,
    /// Subaccounts that are emptied, and stay empty while this is said.
    pub stopped: BTreeSet<i64>,
    /// Those of them on which something is still open: closing goes on.
    pub unflat: BTreeSet<i64>,
    /// Who has to leave for good.
    pub retire: Vec<Occupant>,
}

/// The anchors of a subaccount, and whose they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seat {
    occupant: Option<String>,
    anchors: Anchors,
    /// When the state was of that was read last.
    #[serde(default)]
    at: i64,
    /// Since when it is missing.
    #[serde(default)]
    missing: Option<i64>,
}

/// What is remembered between checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    version: u32,
    checked: Option<i64>,
    portfolio: Option<Anchors>,
    seats: BTreeMap<i64, Seat>,
    /// Trades of a strategy that were closed until then count for no streak any more.
    forgiven: BTreeMap<String, i64>,
    /// Stops that were raised here and not lifted here.
    raised: BTreeSet<Key>,
    /// Limits that one reading was beyond, by key as text, and when.
    #[serde(default)]
    suspects: BTreeMap<String, i64>,
    /// When the state of the master account was of that was read last.
    #[serde(default)]
    at: Option<i64>,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            version: VERSION,
            checked: None,
            portfolio: None,
            seats: BTreeMap::new(),
            forgiven: BTreeMap::new(),
            raised: BTreeSet::new(),
            suspects: BTreeMap::new(),
            at: None,
        }
    }
}

/// A check at work.
struct Check<'a> {
    rules: &'a Rules,
    reading: &'a Reading,
    in_force: BTreeMap<Key, Stop>,
    changes: Vec<Change>,
}

impl Check<'_> {
    fn raise(&mut self, stop: Stop) {
        self.in_force.insert(stop.key.clone(), stop.clone());
        self.changes.push(Change::Raise(Box::new(stop)));
    }

    fn lift(&mut self, key: &Key, why: &str) {
        self.in_force.remove(key);
        self.changes.push(Change::Lift {
            key: key.clone(),
            why: why.to_owned(),
        });
    }

    fn stop(
        &self,
        key: Key,
        action: Action,
        reset: Reset,
        figures: Figures,
        reason: String,
    ) -> Stop {
        Stop {
            key,
            action,
            reason,
            since: self.reading.now,
            until: None,
            reset,
            figures,
            losers: Vec::new(),
        }
    }
}

fn percent(share: Decimal) -> Decimal {
    share
        .saturating_mul(Decimal::ONE_HUNDRED)
        .round_dp(2)
        .normalize()
}

impl Watch {
    /// Whether a check is due.
    pub fn due(&self, now: i64, rules: &Rules) -> bool {
        let every = if self.suspects.is_empty() {
            rules.every
        } else {
            rules.every.min(rules.confirm)
        };
        self.checked
            .is_none_or(|last| now < last || now - last >= every)
    }

    /// Whether states of the master account and of subaccounts, with the times they are of, show everything that was there at the
    /// last check and nothing as it was before. Asked before flows are taken up to those times. A subaccount that stays away for
    /// an hour is believed to be gone, with what it held.
    pub fn whole(&self, now: i64, master: i64, accounts: &[(i64, i64)]) -> bool {
        let lags = |new: i64, known: i64| new < known && known - new <= LAGS;
        let there = |(number, seat): (&i64, &Seat)| {
            let gone = seat.missing.is_some_and(|since| now - since >= HOUR);
            let found = accounts.iter().find(|(n, _)| n == number);
            found.map_or(gone, |(_, at)| !lags(*at, seat.at))
        };
        !self.at.is_some_and(|known| lags(master, known)) && self.seats.iter().all(there)
    }

    /// Whether it is of a version that this program understands.
    pub fn understood(&self) -> bool {
        self.version == VERSION
    }

    /// Peak and day of the portfolio.
    pub fn portfolio(&self) -> Option<&Anchors> {
        self.portfolio.as_ref()
    }

    /// Peak and day of a subaccount.
    pub fn account(&self, number: i64) -> Option<&Anchors> {
        self.seats.get(&number).map(|s| &s.anchors)
    }

    /// Checks all rules against what was read, with the stops that are in force. `None`: it is not yet time. The same check
    /// again changes nothing.
    pub fn check(
        &mut self,
        reading: &Reading,
        in_force: &[Stop],
        rules: &Rules,
    ) -> Option<Outcome> {
        let now = reading.now;
        if !self.due(now, rules) {
            return None;
        }
        let mut check = Check {
            rules,
            reading,
            in_force: in_force
                .iter()
                .map(|s| (s.key.clone(), s.clone()))
                .collect(),
            changes: Vec::new(),
        };
        // a clock that is set right goes back a little; a market that begins anew goes back by days
        if self.checked.is_some_and(|last| now < last - DAY) {
            for key in std::mem::take(self).raised {
                if check.in_force.contains_key(&key) {
                    check.lift(&key, "the market clock began anew");
                }
            }
        }
        self.checked = Some(now);
        self.lifted_by_others(&check.in_force, now);
        if reading.whole {
            self.read(reading);
            self.daily_loss(&mut check);
            self.drawdown(&mut check);
            for account in &reading.accounts {
                self.account_drawdown(&mut check, account);
            }
        } else {
            self.miss(reading);
        }
        for account in &reading.accounts {
            self.streak(&mut check, account);
        }
        self.served(&mut check);
        stale(&mut check);
        kill(&mut check);
        let own = |key: &&Key| !matches!(key.trigger, Trigger::Operator | Trigger::Replay);
        self.raised = check.in_force.keys().filter(own).cloned().collect();
        for key in &self.raised {
            self.suspects.remove(&key.to_string());
        }
        Some(outcome(check))
    }

    /// What a person lifted is measured anew.
    fn lifted_by_others(&mut self, in_force: &BTreeMap<Key, Stop>, now: i64) {
        for key in &self.raised {
            if in_force.contains_key(key) {
                continue;
            }
            match (&key.scope, key.trigger) {
                (Scope::Portfolio, Trigger::DailyLoss) => {
                    if let Some(anchors) = &mut self.portfolio {
                        anchors.forget_day();
                    }
                }
                (Scope::Portfolio, Trigger::Drawdown) => {
                    if let Some(anchors) = &mut self.portfolio {
                        anchors.forget_peak();
                    }
                }
                (Scope::Subaccount(number), Trigger::Drawdown) => {
                    if let Some(seat) = self.seats.get_mut(number) {
                        seat.anchors.forget_peak();
                    }
                }
                (Scope::Strategy(id), Trigger::LosingStreak) => {
                    self.forgiven.insert(id.clone(), now);
                }
                _ => {}
            }
        }
    }

    /// Notes which subaccounts a reading lacks. One that shows none at all says nothing of them.
    fn miss(&mut self, reading: &Reading) {
        if reading.accounts.is_empty() {
            return;
        }
        for (number, seat) in &mut self.seats {
            let found = reading.accounts.iter().any(|a| a.number == *number);
            seat.missing = (!found).then(|| seat.missing.unwrap_or(reading.now));
        }
    }

    /// Whether a limit was passed in an earlier reading too; if not, that is noted for the next one.
    fn confirmed(&mut self, key: &Key, now: i64, rules: &Rules) -> bool {
        match self.suspects.get(&key.to_string()) {
            Some(first) if now >= *first => now - first >= rules.confirm,
            // the first, or a clock that was set back
            _ => {
                self.suspects.insert(key.to_string(), now);
                false
            }
        }
    }

    /// Moves the anchors along.
    fn read(&mut self, reading: &Reading) {
        let now = reading.now;
        let mut flow = reading.flow;
        // what stayed away for so long took its money with it
        self.seats.retain(|number, seat| {
            let stays = reading.accounts.iter().any(|a| a.number == *number);
            if !stays {
                flow = flow.saturating_sub(seat.anchors.last);
            }
            stays
        });
        // and what is there for the first time brought its own
        if self.portfolio.is_some() {
            let new = |a: &&Account| !self.seats.contains_key(&a.number);
            for account in reading.accounts.iter().filter(new) {
                let brought = account.equity.saturating_sub(account.flow);
                flow = flow.saturating_add(brought);
            }
        }
        self.at = Some(reading.at);
        match &mut self.portfolio {
            Some(anchors) => anchors.read(reading.equity, flow, now),
            None => self.portfolio = Some(Anchors::new(reading.equity, now)),
        }
        for account in &reading.accounts {
            let occupant = account.occupant.as_ref().map(Occupant::name);
            match self.seats.get_mut(&account.number) {
                Some(seat) if seat.occupant == occupant => {
                    seat.anchors.read(account.equity, account.flow, now);
                    (seat.at, seat.missing) = (account.at, None);
                }
                // the peak is the strategy's: the next one starts its own
                _ => {
                    let seat = Seat {
                        occupant,
                        anchors: Anchors::new(account.equity, now),
                        at: account.at,
                        missing: None,
                    };
                    self.seats.insert(account.number, seat);
                }
            }
        }
    }

    fn daily_loss(&mut self, check: &mut Check<'_>) {
        let key = Key::new(Scope::Portfolio, Trigger::DailyLoss);
        let (now, equity) = (check.reading.now, check.reading.equity);
        let Some(anchors) = self.portfolio else {
            return;
        };
        if let Some(stop) = check.in_force.get(&key) {
            if midnight(now) <= midnight(stop.since) {
                return;
            }
            check.lift(&key, "a new day has begun");
        }
        let limit = check.rules.daily_loss;
        let Some(value) = anchors.lost_today(equity).filter(|loss| *loss >= limit) else {
            self.suspects.remove(&key.to_string());
            return;
        };
        if !self.confirmed(&key, now, check.rules) {
            return;
        }
        let anchor = anchors.day_start;
        let figures = Figures {
            value,
            limit,
            anchor,
        };
        let reason = fallen(equity, &format!("the {anchor} of midnight UTC"), figures);
        let mut stop = check.stop(key, Action::HaltEntries, Reset::Midnight, figures, reason);
        stop.until = Some(midnight(now) + DAY);
        check.raise(stop);
    }

    fn drawdown(&mut self, check: &mut Check<'_>) {
        let key = Key::new(Scope::Portfolio, Trigger::Drawdown);
        let (now, equity) = (check.reading.now, check.reading.equity);
        let Some(anchors) = self.portfolio else {
            return;
        };
        if let Some(stop) = check.in_force.get(&key) {
            let present = |loser: &String| {
                let occupants = check
                    .reading
                    .accounts
                    .iter()
                    .filter_map(|a| a.occupant.as_ref());
                occupants.map(Occupant::name).any(|name| name == *loser)
            };
            let waits = stop.until.is_some_and(|until| now < until);
            let open = check.reading.accounts.iter().any(|a| a.open > 0);
            if waits || open || stop.losers.iter().any(present) {
                return;
            }
            check.lift(&key, "the wait is over and those that lost are gone");
            // what was lost is lost: the next drawdown is measured from here
            if let Some(anchors) = &mut self.portfolio {
                anchors.forget_peak();
            }
            return;
        }
        let limit = check.rules.drawdown;
        let Some(value) = anchors.drawdown(equity).filter(|d| *d >= limit) else {
            self.suspects.remove(&key.to_string());
            return;
        };
        if !self.confirmed(&key, now, check.rules) {
            return;
        }
        let figures = Figures {
            value,
            limit,
            anchor: anchors.peak,
        };
        let reason = fallen(equity, &format!("its peak of {}", figures.anchor), figures);
        let mut stop = check.stop(key, Action::ForceClose, Reset::Rotation, figures, reason);
        stop.until = Some(now + check.rules.drawdown_wait);
        let lost = |a: &&Account| {
            let threshold =
                { a.capital.max(Decimal::ZERO) }.saturating_mul(check.rules.rotation_loss);
            a.result < Decimal::ZERO && -a.result >= threshold
        };
        let losers = check.reading.accounts.iter().filter(lost);
        stop.losers = losers
            .filter_map(|a| Some(a.occupant.as_ref()?.name()))
            .collect();
        check.raise(stop);
    }

    fn account_drawdown(&mut self, check: &mut Check<'_>, account: &Account) {
        let key = Key::new(Scope::Subaccount(account.number), Trigger::Drawdown);
        let occupant = account.occupant.as_ref().map(Occupant::name);
        if let Some(stop) = check.in_force.get(&key) {
            if stop.losers.first() == occupant.as_ref() {
                return;
            }
            check.lift(&key, "its strategy has left");
        }
        let (Some(seat), Some(occupant)) = (self.seats.get(&account.number), occupant) else {
            return;
        };
        let limit = check.rules.account_drawdown;
        let anchors = seat.anchors;
        let drawdown = anchors.drawdown(account.equity);
        let Some(value) = drawdown.filter(|d| *d >= limit) else {
            self.suspects.remove(&key.to_string());
            return;
        };
        if !self.confirmed(&key, check.reading.now, check.rules) {
            return;
        }
        let figures = Figures {
            value,
            limit,
            anchor: anchors.peak,
        };
        let reason = fallen(
            account.equity,
            &format!("its peak of {}", figures.anchor),
            figures,
        );
        let mut stop = check.stop(key, Action::HaltEntries, Reset::Rotation, figures, reason);
        stop.losers = vec![occupant];
        check.raise(stop);
    }

    fn streak(&self, check: &mut Check<'_>, account: &Account) {
        let Some(occupant) = &account.occupant else {
            return;
        };
        let id = &occupant.strategy;
        let key = Key::new(Scope::Strategy(id.clone()), Trigger::LosingStreak);
        if check.in_force.contains_key(&key) {
            return;
        }
        let forgiven = self.forgiven.get(id).copied().unwrap_or(i64::MIN);
        let counts = |c: &&Closed| c.at > forgiven && c.pnl < Decimal::ZERO;
        let streak = account.closed.iter().rev().take_while(counts).count();
        if streak < check.rules.streak.max(1) {
            return;
        }
        let (value, limit) = (Decimal::from(streak), Decimal::from(check.rules.streak));
        let figures = Figures {
            value,
            limit,
            anchor: Decimal::ZERO,
        };
        let reason = format!("it lost {streak} trades in a row; the limit is {limit}");
        let mut stop = check.stop(key, Action::HaltEntries, Reset::Cooldown, figures, reason);
        stop.until = Some(check.reading.now + check.rules.streak_wait);
        check.raise(stop);
    }

    /// Streaks whose wait is over, also of those that no longer trade.
    fn served(&mut self, check: &mut Check<'_>) {
        let now = check.reading.now;
        let over = |s: &&Stop| {
            s.key.trigger == Trigger::LosingStreak && s.until.is_some_and(|until| now >= until)
        };
        let over: Vec<Key> = check
            .in_force
            .values()
            .filter(over)
            .map(|s| s.key.clone())
            .collect();
        for key in over {
            check.lift(&key, "the wait is over");
            if let Scope::Strategy(id) = key.scope {
                self.forgiven.insert(id, now);
            }
        }
        if !check.reading.whole {
            return;
        }
        let accounts = &check.reading.accounts;
        self.forgiven.retain(|id, _| {
            let trades = |a: &Account| a.occupant.as_ref().is_some_and(|o| o.strategy == *id);
            accounts.iter().any(trades)
        });
    }
}

fn fallen(equity: Decimal, under: &str, Figures { value, limit, .. }: Figures) -> String {
    let (value, limit) = (percent(value), percent(limit));
    format!("equity is {equity}, {value} % under {under}; the limit is {limit} %")
}

fn stale(check: &mut Check<'_>) {
    let key = Key::new(Scope::System, Trigger::StaleData);
    let (now, limit) = (check.reading.now, check.rules.stale);
    // one clock says both how old it is and when that is over
    let age = check.reading.data_at.map_or(0, |at| now.saturating_sub(at));
    match (check.in_force.contains_key(&key), age > limit) {
        (true, false) => check.lift(&key, "data is fresh again"),
        (false, true) => {
            let figures = Figures {
                value: Decimal::from(age / 1_000),
                limit: Decimal::from(limit / 1_000),
                anchor: Decimal::ZERO,
            };
            let reason = format!(
                "market data is {} s old; the limit is {} s",
                age / 1_000,
                limit / 1_000
            );
            let stop = check.stop(key, Action::HaltEntries, Reset::FreshData, figures, reason);
            check.raise(stop);
        }
        _ => {}
    }
}

fn kill(check: &mut Check<'_>) {
    let key = Key::new(Scope::System, Trigger::KillFile);
    match (check.in_force.contains_key(&key), &check.reading.kill) {
        (true, None) => check.lift(&key, "the kill file is gone"),
        (false, Some(says)) => {
            let reason = format!("the kill file is there: {says}");
            let figures = Figures::default();
            let stop = check.stop(key, Action::HaltEntries, Reset::FileGone, figures, reason);
            check.raise(stop);
        }
        _ => {}
    }
}

/// What the stops that are now in force ask of the subaccounts.
fn outcome(check: Check<'_>) -> Outcome {
    let mut outcome = Outcome {
        changes: check.changes,
        whole: check.reading.whole,
        ..Outcome::default()
    };
    if !outcome.whole {
        return outcome;
    }
    for account in &check.reading.accounts {
        let strategy = account.occupant.as_ref().map_or("", |o| &o.strategy);
        let empties = |s: &Stop| {
            s.action == Action::ForceClose && s.key.scope.concerns(account.number, strategy)
        };
        if check.in_force.values().any(empties) {
            outcome.stopped.insert(account.number);
            if account.open > 0 {
                outcome.unflat.insert(account.number);
            }
        }
        let portfolio = Key::new(Scope::Portfolio, Trigger::Drawdown);
        if let (Some(occupant), Some(stop)) = (&account.occupant, check.in_force.get(&portfolio))
            && stop.losers.contains(&occupant.name())
        {
            outcome.retire.push(occupant.clone());
        }
    }
    outcome
}
