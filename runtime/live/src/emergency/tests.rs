use super::*;
use proptest::prelude::*;

const T0: i64 = 20_000 * DAY;

fn d(n: i64) -> Decimal {
    Decimal::from(n)
}

fn occupant(strategy: &str) -> Occupant {
    Occupant {
        strategy: strategy.into(),
        since: T0,
    }
}

fn account(number: i64, equity: i64, strategy: &str) -> Account {
    Account {
        number,
        at: 0,
        equity: d(equity),
        flow: d(0),
        open: 0,
        occupant: Some(occupant(strategy)),
        capital: d(100),
        result: d(equity - 100),
        closed: Vec::new(),
    }
}

/// Two subaccounts of 100 and 800 on the master account.
fn reading(now: i64) -> Reading {
    Reading {
        now,
        whole: true,
        at: now,
        equity: d(1_000),
        flow: d(0),
        accounts: vec![account(1, 100, "a"), account(2, 100, "b")],
        data_at: Some(now),
        kill: None,
    }
}

/// A watch with the rows that its owner keeps; a restart before each check.
#[derive(Default)]
struct World {
    watch: Watch,
    rows: BTreeMap<Key, Stop>,
}

impl World {
    /// A check, and the one that confirms what it suspects.
    fn check(&mut self, reading: &Reading) -> Outcome {
        let mut outcome = self.once(reading);
        if self.watch.suspects.is_empty() {
            return outcome;
        }
        let later = reading.now + Rules::default().confirm;
        let again = Reading {
            flow: d(0),
            ..reading.clone()
        };
        let confirmed = self.once(&Reading {
            now: later,
            ..again
        });
        outcome.changes.extend(confirmed.changes);
        Outcome {
            changes: outcome.changes,
            ..confirmed
        }
    }

    fn once(&mut self, reading: &Reading) -> Outcome {
        let bytes = rmp_serde::to_vec(&self.watch).unwrap();
        self.watch = rmp_serde::from_slice(&bytes).unwrap();
        let stops: Vec<Stop> = self.rows.values().cloned().collect();
        let outcome = self.watch.clone().check(reading, &stops, &Rules::default());
        self.watch = rmp_serde::from_slice(&bytes).unwrap();
        // what counts is what was kept
        let again = self.watch.check(reading, &stops, &Rules::default());
        assert_eq!(outcome, again);
        let outcome = outcome.unwrap();
        for change in &outcome.changes {
            match change {
                Change::Raise(stop) => {
                    assert!(
                        self.rows
                            .insert(stop.key.clone(), (**stop).clone())
                            .is_none()
                    );
                }
                Change::Lift { key, .. } => assert!(self.rows.remove(key).is_some()),
            }
        }
        outcome
    }

    fn in_force(&self) -> Vec<String> {
        self.rows.keys().map(Key::to_string).collect()
    }
}

trait At {
    fn at(self, now: i64) -> Self;
}

impl At for Reading {
    fn at(mut self, now: i64) -> Self {
        self.data_at = self.data_at.map(|_| now);
        (self.now, self.at) = (now, now);
        self
    }
}

#[test]
fn a_daily_loss_halts_until_midnight() {
    let mut w = World::default();
    w.check(&reading(T0 + HOUR));
    let mut lost = reading(T0 + 2 * HOUR);
    lost.equity = d(901);
    assert!(w.check(&lost).changes.is_empty());
    lost.equity = d(900);
    let outcome = w.check(&lost.clone().at(T0 + 3 * HOUR));
    let [Change::Raise(stop)] = outcome.changes.as_slice() else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (stop.action, stop.until),
        (Action::HaltEntries, Some(T0 + DAY))
    );
    assert!(outcome.stopped.is_empty());
    // a recovery does not lift it, midnight does; and the new day begins with what is there
    let back = reading(T0 + 23 * HOUR);
    w.check(&back);
    assert_eq!(w.in_force(), ["portfolio daily_loss"]);
    w.check(&lost.clone().at(T0 + DAY - 60_000));
    assert_eq!(w.in_force().len(), 1);
    w.check(&lost.clone().at(T0 + DAY));
    assert!(w.rows.is_empty());
    lost.equity = d(811);
    w.check(&lost.clone().at(T0 + DAY + HOUR));
    assert!(w.rows.is_empty());
}

#[test]
fn midnight_is_what_was_read_before_it_or_what_is_found_much_later() {
    let mut a = Anchors::new(d(100), T0 + DAY - 60_000);
    a.read(d(80), d(0), T0 + DAY);
    assert_eq!((a.day_start, a.day_at), (d(100), T0 + DAY));
    a.read(d(50), d(0), T0 + 3 * DAY);
    assert_eq!(a.day_start, d(50));
}

#[test]
fn a_drawdown_closes_everything_until_it_is_flat_and_the_losers_are_gone() {
    let mut w = World::default();
    // the peak was reached days ago: not since midnight, not against what was allocated
    let mut high = reading(T0);
    high.equity = d(1_250);
    w.check(&high);
    w.check(&high.clone().at(T0 + DAY));
    for day in 2..5 {
        let mut lower = reading(T0 + day * DAY);
        lower.equity = d(1_250 - 60 * (day - 1));
        assert!(w.check(&lower).changes.is_empty());
    }
    let at = T0 + 5 * DAY;
    let mut low = reading(at);
    low.equity = d(1_000);
    low.accounts[0].result = d(-7);
    low.accounts[1].result = d(3);
    low.accounts[0].open = 2;
    let outcome = w.check(&low);
    assert_eq!(w.in_force(), ["portfolio drawdown"]);
    assert_eq!(outcome.stopped, [1, 2].into());
    assert_eq!(outcome.unflat, [1].into());
    assert_eq!(outcome.retire, [occupant("a")]);

    // the wait is over, but the exchange still shows a position: closing goes on, whatever died meanwhile
    let late = low.clone().at(at + 49 * HOUR);
    let outcome = w.check(&late);
    assert_eq!((outcome.unflat, w.in_force().len()), ([1].into(), 1));
    // flat, but the loser still sits there
    let mut flat = late.clone().at(at + 50 * HOUR);
    flat.accounts[0].open = 0;
    let outcome = w.check(&flat);
    assert_eq!((outcome.retire.len(), w.in_force().len()), (1, 1));
    // gone: the stop is lifted, and the next drawdown is measured from here
    let mut gone = flat.clone().at(at + 51 * HOUR);
    gone.accounts[0].occupant = Some(occupant("c"));
    let outcome = w.check(&gone);
    assert!(matches!(outcome.changes.as_slice(), [Change::Lift { .. }]));
    assert!(outcome.stopped.is_empty() && outcome.retire.is_empty());
    assert!(w.check(&gone.clone().at(at + 52 * HOUR)).changes.is_empty());
    gone.equity = d(910);
    assert!(w.check(&gone.clone().at(at + 76 * HOUR)).changes.is_empty());
    gone.equity = d(800);
    w.check(&gone.clone().at(at + 100 * HOUR));
    assert!(w.in_force().contains(&"portfolio drawdown".to_owned()));
}

#[test]
fn before_the_wait_is_over_a_drawdown_is_not_lifted() {
    let mut w = World::default();
    w.check(&reading(T0));
    let mut low = reading(T0 + HOUR);
    low.equity = d(800);
    w.check(&low);
    assert_eq!(w.in_force(), ["portfolio daily_loss", "portfolio drawdown"]);
    let mut gone = low.at(T0 + 49 * HOUR - 1);
    gone.accounts.clear();
    w.check(&gone);
    // the mild one is gone, and hid nothing
    assert_eq!(w.in_force(), ["portfolio drawdown"]);
    w.check(&gone.at(T0 + 49 * HOUR + 60_000));
    assert!(w.rows.is_empty());
}

#[test]
fn a_subaccount_halts_until_its_strategy_has_left() {
    let mut w = World::default();
    w.check(&reading(T0));
    let mut low = reading(T0 + HOUR);
    low.accounts[0].equity = d(75);
    w.check(&low);
    assert_eq!(w.in_force(), ["subaccount 1 drawdown"]);
    let mut back = reading(T0 + 90 * DAY);
    w.check(&back);
    assert_eq!(w.in_force().len(), 1, "neither time nor profit lifts it");
    // the same strategy after a rest is another occupant; with less money, but its own peak
    back.accounts[0].occupant = Some(Occupant {
        strategy: "a".into(),
        since: T0 + 1,
    });
    back.accounts[0].equity = d(50);
    w.check(&back.at(T0 + 91 * DAY));
    assert!(w.rows.is_empty());
}

#[test]
fn a_streak_halts_a_strategy_for_a_day_and_begins_anew() {
    let mut w = World::default();
    let lost = |n: i64, now: i64| {
        let mut r = reading(now);
        r.accounts[1].closed = (0..n)
            .map(|i| Closed {
                at: T0 + i,
                pnl: d(-1),
            })
            .collect();
        r
    };
    w.check(&lost(9, T0 + HOUR));
    assert!(w.rows.is_empty());
    let mut broken = lost(12, T0 + 2 * HOUR);
    broken.accounts[1].closed[5].pnl = d(1);
    w.check(&broken);
    assert!(w.rows.is_empty());
    w.check(&lost(10, T0 + 3 * HOUR));
    assert_eq!(w.in_force(), ["strategy b losing_streak"]);
    w.check(&lost(10, T0 + 27 * HOUR - 1));
    assert_eq!(w.in_force().len(), 1);
    w.check(&lost(10, T0 + 28 * HOUR));
    assert!(
        w.rows.is_empty(),
        "served, and not raised again by the same trades"
    );
    w.check(&lost(10, T0 + 29 * HOUR));
    assert!(w.rows.is_empty());
    let mut more = lost(10, T0 + 40 * HOUR);
    let later = (0..10).map(|i| Closed {
        at: T0 + 30 * HOUR + i,
        pnl: d(-1),
    });
    more.accounts[1].closed.extend(later);
    w.check(&more);
    assert_eq!(w.in_force().len(), 1);
}

#[test]
fn stale_data_halts_until_it_is_fresh_by_the_same_clock() {
    let mut w = World::default();
    let mut r = reading(T0 + HOUR);
    r.data_at = Some(T0 + HOUR - 120_000);
    w.check(&r);
    assert!(w.rows.is_empty());
    r.now += 60_000;
    w.check(&r);
    assert_eq!(w.in_force(), ["system stale_data"]);
    r.now += 60_000;
    w.check(&r);
    assert_eq!(w.in_force().len(), 1);
    w.check(&r.clone().at(r.now + 60_000));
    assert!(w.rows.is_empty());
    // who needs no data has none that is old
    r.data_at = None;
    w.check(&r.clone().at(r.now + 3_600_000));
    assert!(w.rows.is_empty());
}

#[test]
fn the_kill_file_halts_while_it_is_there() {
    let mut w = World::default();
    let mut r = reading(T0);
    r.kill = Some("fire".into());
    w.check(&r);
    assert_eq!(w.in_force(), ["system kill_file"]);
    w.check(&reading(T0 + 60_000));
    assert!(w.rows.is_empty());
}

#[test]
fn what_a_person_lifts_is_measured_anew() {
    let mut w = World::default();
    w.check(&reading(T0));
    let mut low = reading(T0 + HOUR);
    low.equity = d(700);
    low.accounts[0].equity = d(50);
    low.accounts[1].closed = (0..10)
        .map(|i| Closed {
            at: T0 + i,
            pnl: d(-1),
        })
        .collect();
    w.check(&low);
    assert_eq!(w.rows.len(), 4);
    w.rows.clear();
    assert!(w.check(&low.clone().at(T0 + 2 * HOUR)).changes.is_empty());
    low.equity = d(560);
    w.check(&low.at(T0 + 3 * HOUR));
    assert_eq!(w.in_force(), ["portfolio daily_loss", "portfolio drawdown"]);
}

#[test]
fn stops_of_a_person_stay_and_empty_whom_they_concern() {
    let mut w = World::default();
    let key = Key::new(Scope::Strategy("b".into()), Trigger::Operator);
    let stop = Stop {
        key: key.clone(),
        action: Action::ForceClose,
        reason: "by hand".into(),
        since: T0,
        until: None,
        reset: Reset::Operator,
        figures: Figures::default(),
        losers: Vec::new(),
    };
    w.rows.insert(key, stop);
    let mut r = reading(T0);
    r.accounts[1].open = 1;
    let outcome = w.check(&r);
    assert_eq!((outcome.stopped, outcome.unflat), ([2].into(), [2].into()));
    w.check(&reading(T0 + 300 * DAY));
    assert_eq!(w.in_force().len(), 1);
}

#[test]
fn checks_are_rare_and_a_market_that_begins_anew_begins_anew() {
    let rules = Rules::default();
    let mut watch = Watch::default();
    assert!(watch.check(&reading(T0), &[], &rules).is_some());
    assert!(watch.check(&reading(T0 + 59_999), &[], &rules).is_none());
    assert!(watch.check(&reading(T0 + 60_000), &[], &rules).is_some());
    // a clock that was set right
    assert!(watch.check(&reading(T0 + 30_000), &[], &rules).is_some());
    let mut low = reading(T0 - 40 * DAY);
    low.equity = d(500);
    let outcome = watch.check(&low, &[], &rules).unwrap();
    assert!(
        outcome.changes.is_empty(),
        "no drawdown from another market's peak"
    );
}

proptest! {
    /// Money that comes and goes is neither loss nor profit, and checks are idempotent.
    #[test]
    fn flows_raise_nothing(flows in prop::collection::vec((0usize..3, -300i64..300, 1i64..40), 1..40)) {
        let rules = Rules { every: 0, ..Rules::default() };
        let mut watch = Watch::default();
        let mut r = reading(T0);
        r.equity = d(100_000);
        for a in &mut r.accounts {
            a.equity = d(20_000);
        }
        watch.check(&r, &[], &rules);
        for (which, amount, hours) in flows {
            let mut now = r.clone().at(r.now + hours * HOUR);
            match which {
                // from or to outside
                0 => (now.equity, now.flow) = (now.equity + d(amount), d(amount)),
                n => {
                    now.accounts[n - 1].flow = d(amount);
                    now.accounts[n - 1].equity += d(amount);
                }
            }
            let outcome = watch.check(&now, &[], &rules).unwrap();
            prop_assert_eq!(outcome.changes.len(), 0);
            now.flow = d(0);
            for a in &mut now.accounts {
                a.flow = d(0);
            }
            let before = watch.clone();
            prop_assert_eq!(watch.check(&now, &[], &rules).unwrap().changes.len(), 0);
            prop_assert_eq!(&before, &watch);
            r = now;
        }
    }

    /// Whatever happens: at most one stop a key, raised ones are beyond their limit, and what force-closes is never lifted
    /// while anything is open.
    #[test]
    fn a_walk_keeps_its_promises(
        steps in prop::collection::vec((-30i64..28, -30i64..28, 0usize..2, 1i64..30, any::<bool>()), 1..80),
    ) {
        let mut w = World::default();
        let mut r = reading(T0);
        for (one, two, open, hours, leaves) in steps {
            r = r.clone().at(r.now + hours * HOUR);
            r.accounts[0].equity += d(one);
            r.accounts[1].equity += d(two);
            r.equity += d(one + two);
            r.accounts[0].open = open;
            r.accounts[0].result = r.accounts[0].equity - d(100);
            if leaves {
                r.accounts[0].occupant = Some(Occupant { strategy: "n".into(), since: r.now });
                r.accounts[0].result = d(0);
            }
            let severe = Key::new(Scope::Portfolio, Trigger::Drawdown);
            let closing = w.rows.contains_key(&severe);
            let outcome = w.check(&r);
            for stop in w.rows.values() {
                prop_assert!(stop.figures.value >= stop.figures.limit, "{stop:?}");
            }
            if closing && open > 0 {
                prop_assert!(w.rows.contains_key(&severe));
                prop_assert!(outcome.unflat.contains(&1));
            }
            prop_assert!(outcome.unflat.is_subset(&outcome.stopped));
        }
    }
}

/// What is at one time on two accounts and outside of them.
fn halves(now: i64, master: i64, sub: i64) -> Reading {
    let mut r = reading(now);
    r.accounts.truncate(1);
    r.accounts[0].equity = d(sub);
    r.accounts[0].at = now;
    r.equity = d(master + sub);
    r
}

#[test]
fn one_reading_alone_closes_nothing() {
    let mut watch = Watch::default();
    let rules = Rules::default();
    watch.check(&halves(T0, 800, 200), &[], &rules);
    // an account that answers with nothing, once
    let odd = halves(T0 + 60_000, 0, 200);
    assert_eq!(watch.check(&odd, &[], &rules).unwrap().changes, []);
    assert!(!watch.due(T0 + 69_999, &rules) && watch.due(T0 + 70_000, &rules));
    let well = halves(T0 + 70_000, 800, 200);
    assert_eq!(watch.check(&well, &[], &rules).unwrap().changes, []);
    assert!(!watch.due(T0 + 100_000, &rules), "nothing is suspected");
    // twice in a row is believed, each limit for itself
    let lost = halves(T0 + 200_000, 590, 200);
    assert_eq!(watch.check(&lost, &[], &rules).unwrap().changes, []);
    let lost = halves(T0 + 210_000, 590, 200);
    let raised = watch.check(&lost, &[], &rules).unwrap();
    assert_eq!(raised.changes.len(), 2, "{raised:?}");
    // a person who lifts them begins anew, with what is there
    let later = watch.check(&halves(T0 + 270_000, 590, 200), &[], &rules);
    assert_eq!(later.unwrap().changes, []);
    assert!(watch.suspects.is_empty());
}

#[test]
fn a_reading_with_holes_judges_no_money() {
    let mut watch = Watch::default();
    let rules = Rules::default();
    let mut now = T0;
    watch.check(&halves(now, 800, 200), &[], &rules);
    let times = |at: i64| [(1, at)];
    assert!(watch.whole(now + 1, now + 1, &times(now + 1)));
    assert!(!watch.whole(now + 1, now + 1, &[]), "one is missing");
    assert!(
        !watch.whole(now + 1, now - 1, &times(now + 1)),
        "an old state"
    );
    assert!(!watch.whole(now + 1, now + 1, &times(now - 5_000)));
    assert!(
        watch.whole(now + 1, now + 1, &times(now - DAY)),
        "a clock set right"
    );
    let before = watch.clone();
    let mut r = halves(now, 0, 0);
    r.whole = false;
    for _ in 0..100 {
        now += 60_000;
        (r.now, r.data_at) = (now, Some(T0));
        let outcome = watch.check(&r, &[], &rules).unwrap();
        let moneyed =
            |c: &Change| matches!(c, Change::Raise(s) if s.key.trigger != Trigger::StaleData);
        assert!(!outcome.whole && !outcome.changes.iter().any(moneyed));
    }
    assert_eq!(watch.portfolio, before.portfolio);
    // who stays away for an hour took the money along: that is no loss of the others
    r.accounts[0].number = 2;
    for _ in 0..61 {
        now += 60_000;
        r.now = now;
        watch.check(&r, &[], &rules);
        assert_eq!(
            watch.whole(now, now, &[(2, now)]),
            watch.seats[&1].missing.unwrap() <= now - HOUR
        );
    }
    let mut left = halves(now + 60_000, 800, 0);
    left.accounts.clear();
    let outcome = watch.check(&left, &[], &rules).unwrap();
    assert!(outcome.whole && watch.suspects.is_empty());
    assert_eq!(watch.portfolio.unwrap().peak, d(800));
    // and who comes with money brings it
    let came = halves(now + 120_000, 800, 500);
    watch.check(&came, &[], &rules);
    assert_eq!(watch.portfolio.unwrap().peak, d(1_300));
    assert_eq!(watch.portfolio.unwrap().day_start, d(1_300));
}

proptest! {
    /// Money that moves between two accounts and out of them, read at times of their own and with a ledger that tells of it when it
    /// wants to: no stop, as long as a row is there by the second reading after it.
    #[test]
    fn whenever_a_withdrawal_is_read_it_is_no_loss(
        moves in prop::collection::vec((1i64..3_000, 0u8..4, 1i64..200), 1..30),
        reads in prop::collection::vec((0i64..40, 0i64..40, 0i64..9), 30..90),
    ) {
        use crate::balance::{Book, LedgerEvent, Move, Purse, Rules as Money};
        let (rules, money) = (Rules::default(), Money::default());
        let (mut watch, mut book) = (Watch::default(), Book::default());
        let (master, sub) = (Purse::Master, Purse::Subaccount(1));
        let mut at = T0;
        let mut held = BTreeMap::from([(master, 4_000), (sub, 4_000)]);
        // balances with the times from which on they held, and the rows
        let mut past = vec![(T0, held.clone())];
        let mut rows = Vec::new();
        for (wait, kind, amount) in moves {
            at += wait * 1_000;
            let (what, changes) = match kind {
                0 => (Move::Withdrawal(Some(master)), vec![(master, -amount)]),
                1 => (Move::Deposit(Some(master)), vec![(master, amount)]),
                2 => (Move::Transfer { from: Some(master), to: Some(sub) }, vec![(master, -amount), (sub, amount)]),
                _ => (Move::Transfer { from: Some(sub), to: Some(master) }, vec![(sub, -amount), (master, amount)]),
            };
            // much of it at once
            let changes: Vec<_> = changes.into_iter().map(|(p, a)| (p, a * 7)).collect();
            if changes.iter().any(|(p, a)| held[p] + a < 0) {
                continue;
            }
            for (purse, a) in changes {
                *held.get_mut(&purse).unwrap() += a;
            }
            past.push((at, held.clone()));
            rows.push(LedgerEvent { hash: "0x0".into(), at, what, amount: d(amount * 7) });
        }
        let state = |purse, time: i64| past.iter().rev().find(|(at, _)| *at <= time).unwrap().1[&purse];
        let mut now = T0;
        for (n, (one, two, late)) in reads.into_iter().enumerate() {
            now = (now + 60_000 * i64::from(n > 0)).max(now);
            let (of_master, of_sub) = (now + one * 1_000, now + two * 1_000);
            // rows are told up to nine seconds late, or with what lies after the state
            let known: Vec<_> = rows.iter().filter(|r| r.at <= now + 45_000 - late * 1_000).cloned().collect();
            let read = |purse: Option<Purse>| if purse == Some(sub) { of_sub } else { of_master };
            let whole = watch.whole(now, of_master, &[(1, of_sub)]);
            prop_assert!(whole || n > 0);
            let mut r = halves(now, state(master, of_master), state(sub, of_sub));
            (r.at, r.accounts[0].at, r.whole) = (of_master, of_sub, whole);
            if whole {
                let taken = book.take(&known, read, now, &money);
                (r.flow, r.accounts[0].flow) = (taken.total(), taken.of(sub));
            }
            let outcome = watch.check(&r, &[], &Rules { confirm: 60_000, ..rules }).unwrap();
            prop_assert_eq!(outcome.changes, []);
        }
    }
}
