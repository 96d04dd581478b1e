//! Whose money it is: capital follows deposits, withdrawals and transfers, so that none of them looks like profit or loss.
//!
//! The exchange tells of each movement once over its stream, again after every reconnection, and again when the last days are
//! read at the start: [`Book`] takes each by its identity once – hash, time, kind and amount, for one transaction may move several
//! things, and the exchange's own bookings share one hash. Each side of a movement is taken with the state of its purse that
//! contains it, not before: equity and what came to it are so always of one moment. A side that belongs to nobody known is parked
//! for a person; it still moves what the losses of all accounts together are measured from. At the start capital is what is really there – movements that were
//! missed meanwhile are contained in it and do not change it again –, but they still move what drawdowns are measured from.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of what is kept.
pub const VERSION: u32 = 2;

const DAY: i64 = 86_400_000;

/// Whose money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purse {
    /// The master account's.
    Master,
    /// A subaccount's.
    Subaccount(i64),
}

/// What moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// From outside.
    Deposit(Option<Purse>),
    /// To outside.
    Withdrawal(Option<Purse>),
    /// Between accounts of ours; `None`: one that we do not know.
    Transfer {
        /// Who gave.
        from: Option<Purse>,
        /// Who got.
        to: Option<Purse>,
    },
}

/// A movement of money as the exchange's ledger tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEvent {
    /// The exchange's identity of it.
    pub hash: String,
    /// When, ms.
    pub at: i64,
    /// What.
    pub what: Move,
    /// How much, above 0, quote currency.
    pub amount: Decimal,
}

/// Money that a purse got (above 0) or gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Whose.
    pub purse: Purse,
    /// How much.
    pub amount: Decimal,
}

/// How it is kept. Times in ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How far back movements are read at the start. Default 7 days.
    pub lookback: i64,
    /// Differences up to this are none when capital is compared with what is there, quote currency. Default 1.
    pub tolerance: Decimal,
    /// Silence of the stream after which a person is told. Default 120 s.
    pub silence: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            lookback: 7 * DAY,
            tolerance: Decimal::ONE,
            silence: 120_000,
        }
    }
}

/// Capital of each subaccount, and the movements that are contained in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    version: u32,
    allocated: BTreeMap<i64, Decimal>,
    /// Sides of movements that were taken, with their times. Those that version 1 took stand here by their hash.
    seen: BTreeMap<String, i64>,
    /// Movements that belong to nobody known, for a person.
    parked: Vec<LedgerEvent>,
    /// When the stream was heard last.
    heard: Option<i64>,
    /// Movements of a subaccount up to then are contained in its capital.
    begun: BTreeMap<i64, i64>,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            version: VERSION,
            allocated: BTreeMap::new(),
            seen: BTreeMap::new(),
            parked: Vec::new(),
            heard: None,
            begun: BTreeMap::new(),
        }
    }
}

/// What movements did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// What each purse got and gave, oldest first: this moves peaks and the day's beginning.
    pub flows: Vec<Flow>,
    /// What came from outside (above 0) or left without a word of whose it was: it is in the sum of all purses.
    pub nobodys: Decimal,
    /// Movements that were parked just now.
    pub parked: Vec<LedgerEvent>,
}

impl Taken {
    /// What came to a purse.
    pub fn of(&self, purse: Purse) -> Decimal {
        let own = self.flows.iter().filter(|f| f.purse == purse);
        own.fold(Decimal::ZERO, |sum, f| sum.saturating_add(f.amount))
    }

    /// What came to all purses together: transfers among them are none, once both sides were taken.
    pub fn total(&self) -> Decimal {
        let all = self.flows.iter();
        all.fold(self.nobodys, |sum, f| sum.saturating_add(f.amount))
    }
}

impl Book {
    /// From when on movements have to be read at the start.
    pub fn since(now: i64, rules: &Rules) -> i64 {
        now.saturating_sub(rules.lookback)
    }

    /// Whether it is of a version that this program understands.
    pub fn understood(&self) -> bool {
        (1..=VERSION).contains(&self.version)
    }

    /// Begins with what is really there: capital is the balance when they differ by more than the tolerance, and 0 of a
    /// subaccount that is not there. Gives those that changed, with the new capital.
    pub fn begin(
        &mut self,
        balances: &[(i64, Decimal)],
        now: i64,
        rules: &Rules,
    ) -> Vec<(i64, Decimal)> {
        self.heard = Some(now);
        let mut changed = Vec::new();
        for &(number, balance) in balances {
            let balance = balance.max(Decimal::ZERO);
            self.begun.insert(number, now);
            let known = self.allocated.get(&number).copied();
            let near = known.is_some_and(|k| {
                !balance.is_zero() && k.saturating_sub(balance).abs() <= rules.tolerance
            });
            if !near && known != Some(balance) {
                self.allocated.insert(number, balance);
                changed.push((number, balance));
            }
        }
        for (number, capital) in &mut self.allocated {
            if !capital.is_zero() && balances.iter().all(|(n, _)| n != number) {
                *capital = Decimal::ZERO;
                changed.push((*number, Decimal::ZERO));
            }
        }
        changed
    }

    /// Somebody new sits on a subaccount, with this capital: what its predecessor lost is not his.
    pub fn seat(&mut self, number: i64, capital: Decimal, now: i64) {
        self.allocated.insert(number, capital.max(Decimal::ZERO));
        self.begun.insert(number, now);
    }

    /// Takes movements, in any order and any number of times: each side that the state of its purse contains. `read`: when the
    /// state was of that was read of a purse; `None` stands for those that are not known.
    pub fn take(
        &mut self,
        events: &[LedgerEvent],
        read: impl Fn(Option<Purse>) -> i64,
        now: i64,
        rules: &Rules,
    ) -> Taken {
        self.heard = Some(now);
        self.version = VERSION;
        let mut taken = Taken::default();
        let mut events: Vec<&LedgerEvent> = events.iter().collect();
        events.sort_by(|a, b| (a.at, &a.hash).cmp(&(b.at, &b.hash)));
        for event in events {
            if event.amount <= Decimal::ZERO || self.seen.contains_key(&event.hash) {
                continue;
            }
            for side in sides(event) {
                let key = event.identity(side.is_in);
                if event.at > read(side.purse) || self.seen.contains_key(&key) {
                    continue;
                }
                self.seen.insert(key, event.at);
                match side.purse {
                    Some(purse) => {
                        let amount = side.amount;
                        let flow = Flow { purse, amount };
                        self.flow(flow, event.at);
                        taken.flows.push(flow);
                    }
                    None => {
                        taken.nobodys = taken.nobodys.saturating_add(event.outside(&side));
                        if !self.parked.contains(event) {
                            self.parked.push(event.clone());
                            taken.parked.push(event.clone());
                        }
                    }
                }
            }
        }
        // twice as far back as is ever read again
        let forget = Self::since(now, rules).saturating_sub(rules.lookback);
        self.seen.retain(|_, at| *at >= forget);
        taken
    }

    fn flow(&mut self, flow: Flow, at: i64) {
        // what happened before the start is in the balance that the start found
        if let Purse::Subaccount(number) = flow.purse
            && self.begun.get(&number).is_none_or(|begun| at > *begun)
        {
            let capital = self.allocated.entry(number).or_default();
            *capital = capital.saturating_add(flow.amount).max(Decimal::ZERO);
        }
    }

    /// A person says whose a parked movement was: the sides that nobody owned are taken now. `None`: none such is parked, or it is
    /// still nobody's.
    pub fn attribute(&mut self, hash: &str, what: Move) -> Option<Taken> {
        let at = self.parked.iter().position(|e| e.hash == hash)?;
        let before = self.parked[at].clone();
        let after = LedgerEvent {
            what,
            ..before.clone()
        };
        let mut taken = Taken::default();
        for old in sides(&before).filter(|s| s.purse.is_none()) {
            let new = sides(&after).find(|s| s.is_in == old.is_in)?;
            let flow = Flow {
                purse: new.purse?,
                amount: new.amount,
            };
            taken.nobodys = taken.nobodys.saturating_sub(before.outside(&old));
            taken.flows.push(flow);
        }
        self.parked.remove(at);
        for flow in &taken.flows {
            self.flow(*flow, before.at);
        }
        Some(taken)
    }

    /// Something came over the stream, were it only a sign of life.
    pub fn heard(&mut self, now: i64) {
        self.heard = Some(now);
    }

    /// How long the stream has been silent, when that is too long.
    pub fn silent(&self, now: i64, rules: &Rules) -> Option<i64> {
        let silence = now.saturating_sub(self.heard?);
        (silence > rules.silence).then_some(silence)
    }

    /// Capital of a subaccount.
    pub fn allocated(&self, number: i64) -> Decimal {
        self.allocated.get(&number).copied().unwrap_or_default()
    }

    /// Movements that wait for a person.
    pub fn parked(&self) -> &[LedgerEvent] {
        &self.parked
    }
}

/// One side of a movement.
struct Side {
    purse: Option<Purse>,
    amount: Decimal,
    is_in: bool,
}

/// What a movement does to purses: what is given first.
fn sides(event: &LedgerEvent) -> impl Iterator<Item = Side> {
    let amount = event.amount;
    let got = |purse| Side {
        purse,
        amount,
        is_in: true,
    };
    let gave = |purse| Side {
        purse,
        amount: -amount,
        is_in: false,
    };
    let (out, into) = match event.what {
        Move::Deposit(purse) => (None, Some(got(purse))),
        Move::Withdrawal(purse) => (Some(gave(purse)), None),
        Move::Transfer { from, to } => (Some(gave(from)), Some(got(to))),
    };
    out.into_iter().chain(into)
}

impl LedgerEvent {
    /// What tells one side of it from every other: hash, time, kind and amount.
    fn identity(&self, is_in: bool) -> String {
        let kind = match self.what {
            Move::Deposit(_) => "deposit",
            Move::Withdrawal(_) => "withdrawal",
            Move::Transfer { .. } if is_in => "in",
            Move::Transfer { .. } => "out",
        };
        format!("{}#{}#{kind}#{}", self.hash, self.at, self.amount)
    }

    /// What a side that nobody known owns is to all accounts together: the unknown side of a transfer is no account of theirs.
    fn outside(&self, side: &Side) -> Decimal {
        match self.what {
            Move::Deposit(_) | Move::Withdrawal(_) => side.amount,
            Move::Transfer { .. } => Decimal::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(n: i64) -> Decimal {
        Decimal::from(n)
    }

    fn event(hash: &str, at: i64, what: Move, amount: i64) -> LedgerEvent {
        LedgerEvent {
            hash: hash.into(),
            at,
            what,
            amount: d(amount),
        }
    }

    fn fund(hash: &str, at: i64, number: i64, amount: i64) -> LedgerEvent {
        let (from, to) = (Some(Purse::Master), Some(Purse::Subaccount(number)));
        event(hash, at, Move::Transfer { from, to }, amount)
    }

    const NOW: i64 = 100 * DAY;

    /// All that is told is contained in what was read.
    fn all(_: Option<Purse>) -> i64 {
        i64::MAX
    }

    #[test]
    fn the_start_takes_what_is_there_and_counts_nothing_twice() {
        let rules = Rules::default();
        let mut book = Book::default();
        let changed = book.begin(&[(1, d(100)), (2, d(0))], NOW, &rules);
        assert_eq!(changed, [(1, d(100)), (2, d(0))]);
        // a transfer from before the start is in the balance, but still moves the peak
        let taken = book.take(&[fund("a", NOW - 5, 1, 40)], all, NOW, &rules);
        assert_eq!(taken.of(Purse::Subaccount(1)), d(40));
        assert_eq!((taken.total(), book.allocated(1)), (d(0), d(100)));
        let taken = book.take(
            &[fund("b", NOW + 5, 1, 7), fund("a", NOW - 5, 1, 40)],
            all,
            NOW + 9,
            &rules,
        );
        assert_eq!((taken.flows.len(), book.allocated(1)), (2, d(107)));
        assert_eq!(
            book.take(&[fund("b", NOW + 5, 1, 7)], all, NOW + 10, &rules),
            Taken::default()
        );
        // differences within the tolerance are none; a subaccount that is gone has nothing
        assert!(
            book.begin(&[(1, d(106)), (2, d(0))], NOW + 20, &rules)
                .is_empty()
        );
        assert_eq!(book.begin(&[(2, d(0))], NOW + 30, &rules), [(1, d(0))]);
        // whoever comes next begins with what he is given
        book.seat(1, d(30), NOW + 40);
        book.take(
            &[fund("c", NOW + 39, 1, 30), fund("d", NOW + 41, 1, 5)],
            all,
            NOW + 50,
            &rules,
        );
        assert_eq!(book.allocated(1), d(35));
        // little is not nothing
        book.begin(&[(3, Decimal::new(5, 1))], NOW, &rules);
        assert_eq!(book.begin(&[(3, d(0))], NOW, &rules), [(3, d(0))]);
    }

    #[test]
    fn what_is_nobodys_waits_for_a_person() {
        let rules = Rules::default();
        let mut book = Book::default();
        book.begin(&[(1, d(100))], NOW, &rules);
        let odd = event("x", NOW + 1, Move::Deposit(None), 50);
        let taken = book.take(std::slice::from_ref(&odd), all, NOW + 1, &rules);
        assert!(taken.flows.is_empty());
        assert_eq!(taken.total(), d(50), "it lies with one of ours");
        assert_eq!(
            (book.parked(), book.allocated(1)),
            ([odd.clone()].as_slice(), d(100))
        );
        book.take(&[odd], all, NOW + 2, &rules);
        assert_eq!(book.parked().len(), 1);
        assert_eq!(book.attribute("y", Move::Deposit(None)), None);
        assert_eq!(book.attribute("x", Move::Deposit(None)), None);
        let taken = book
            .attribute("x", Move::Deposit(Some(Purse::Subaccount(1))))
            .unwrap();
        assert_eq!(taken.of(Purse::Subaccount(1)), d(50));
        assert_eq!(
            (taken.total(), book.allocated(1)),
            (d(0), d(150)),
            "all together had it already"
        );
        assert!(book.parked().is_empty());
        // a transfer to somebody unknown leaves ours at once
        let (from, to) = (Some(Purse::Subaccount(1)), None);
        let gone = event("z", NOW + 3, Move::Transfer { from, to }, 30);
        let taken = book.take(std::slice::from_ref(&gone), all, NOW + 3, &rules);
        assert_eq!((taken.total(), book.allocated(1)), (d(-30), d(120)));
        assert_eq!(book.parked(), [gone]);
        let to = Some(Purse::Master);
        let taken = book.attribute("z", Move::Transfer { from, to }).unwrap();
        assert_eq!((taken.of(Purse::Master), taken.total()), (d(30), d(30)));
        assert_eq!(book.allocated(1), d(120));
    }

    #[test]
    fn each_side_is_taken_with_the_state_that_contains_it() {
        let rules = Rules::default();
        let mut book = Book::default();
        book.begin(&[(1, d(0))], NOW, &rules);
        let rows = [fund("a", NOW + 10, 1, 40)];
        let read = |master: i64, sub: i64| {
            move |purse: Option<Purse>| match purse {
                Some(Purse::Subaccount(_)) => sub,
                _ => master,
            }
        };
        let before = book.take(&rows, read(NOW + 9, NOW + 9), NOW + 11, &rules);
        assert_eq!((before, book.allocated(1)), (Taken::default(), d(0)));
        // the subaccount was read after it, the master account before: together they have it twice
        let between = book.take(&rows, read(NOW + 9, NOW + 10), NOW + 12, &rules);
        assert_eq!((between.total(), book.allocated(1)), (d(40), d(40)));
        let after = book.take(&rows, read(NOW + 20, NOW + 20), NOW + 21, &rules);
        assert_eq!((after.total(), after.of(Purse::Master)), (d(-40), d(-40)));
        assert_eq!(book.take(&rows, all, NOW + 22, &rules), Taken::default());
    }

    #[test]
    fn rows_that_share_a_hash_are_told_apart() {
        let rules = Rules::default();
        let mut book = Book::default();
        let paid = |at, amount| event("0x0", at, Move::Deposit(Some(Purse::Master)), amount);
        let taken = |m: &mut Book, rows: &[LedgerEvent]| m.take(rows, all, NOW, &rules).total();
        assert_eq!(taken(&mut book, &[paid(1 + NOW - DAY, 5)]), d(5));
        let all_rows = [
            paid(1 + NOW - DAY, 5),
            paid(1 + NOW - DAY, 6),
            paid(2 + NOW - DAY, 5),
            event(
                "0x0",
                1 + NOW - DAY,
                Move::Withdrawal(Some(Purse::Master)),
                5,
            ),
        ];
        assert_eq!(taken(&mut book, &all_rows), d(6 + 5 - 5));
        assert_eq!(taken(&mut book, &all_rows), d(0));
    }

    #[test]
    fn silence_is_told() {
        let rules = Rules::default();
        let mut book = Book::default();
        assert_eq!(book.silent(NOW, &rules), None);
        book.begin(&[], NOW, &rules);
        assert_eq!(book.silent(NOW + 120_000, &rules), None);
        assert_eq!(book.silent(NOW + 120_001, &rules), Some(120_001));
        book.heard(NOW + 120_001);
        assert_eq!(book.silent(NOW + 200_000, &rules), None);
    }

    fn events() -> impl Strategy<Value = Vec<LedgerEvent>> {
        let one =
            (0u8..30, 0i64..3 * DAY, 0u8..5, 1i64..500).prop_map(|(id, ago, kind, amount)| {
                let sub = Some(Purse::Subaccount(i64::from(kind % 3)));
                let what = match kind {
                    0 => Move::Deposit(Some(Purse::Master)),
                    1 => Move::Withdrawal(sub),
                    2 => Move::Transfer {
                        from: sub,
                        to: Some(Purse::Master),
                    },
                    3 => Move::Transfer {
                        from: Some(Purse::Master),
                        to: sub,
                    },
                    _ => Move::Deposit(None),
                };
                // the same identity is the same movement
                LedgerEvent {
                    hash: format!("{id}-{ago}-{kind}-{amount}"),
                    at: NOW - ago,
                    what,
                    amount: d(amount),
                }
            });
        prop::collection::vec(one, 0..30)
    }

    proptest! {
        /// Delivered whole, in pieces, twice, backwards, with restarts in between: the same flows and the same capital.
        #[test]
        fn delivery_does_not_matter(events in events(), cut in 0usize..30, seed in any::<bool>()) {
            let rules = Rules::default();
            let start = |at| {
                let mut book = Book::default();
                // rich enough that no withdrawal is cut at 0, which depends on the order
                book.begin(&[(0, d(100_000)), (1, d(100_000)), (2, d(100_000))], at, &rules);
                book
            };
            let mut whole = start(NOW - 4 * DAY);
            let told = whole.take(&events, all, NOW, &rules);
            let mut pieces = start(NOW - 4 * DAY);
            let cut = cut.min(events.len());
            let (a, b) = events.split_at(cut);
            let (first, second) = if seed { (a, b) } else { (b, a) };
            let mut sums = pieces.take(first, all, NOW, &rules);
            let bytes = rmp_serde::to_vec(&pieces).unwrap();
            pieces = rmp_serde::from_slice(&bytes).unwrap();
            let second = pieces.take(second, all, NOW, &rules);
            sums.nobodys += second.nobodys;
            sums.flows.extend(second.flows);
            let mut backwards = events.clone();
            backwards.reverse();
            prop_assert_eq!(pieces.take(&backwards, all, NOW, &rules), Taken::default());
            prop_assert_eq!(sums.total(), told.total());
            for purse in [Purse::Master, Purse::Subaccount(0), Purse::Subaccount(1), Purse::Subaccount(2)] {
                prop_assert_eq!(sums.of(purse), told.of(purse));
            }
            for number in 0..3 {
                prop_assert_eq!(pieces.allocated(number), whole.allocated(number));
                prop_assert_eq!(whole.allocated(number), d(100_000) + told.of(Purse::Subaccount(number)));
            }
            prop_assert_eq!(pieces.parked().len(), whole.parked().len());
        }
    }
}
