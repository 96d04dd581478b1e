//! Which subaccounts the master account tops up, and with how much. Never from one subaccount to another: there is no way to say it.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// Version of what is kept.
pub const VERSION: u32 = 1;

const DAY: i64 = 86_400_000;

/// Thresholds, quote currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Balance under which a subaccount is topped up. Default 150.
    pub operational: Decimal,
    /// Balance after a top-up. Default 200.
    pub target: Decimal,
    /// What the master account always keeps. Default 100.
    pub reserve: Decimal,
    /// Balance under which nothing can be traded. Default 15.
    pub tradeable: Decimal,
    /// Time of day of the check, ms after midnight UTC. Default 01:15.
    pub daily: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            operational: Decimal::new(150, 0),
            target: Decimal::new(200, 0),
            reserve: Decimal::new(100, 0),
            tradeable: Decimal::new(15, 0),
            daily: 75 * 60_000,
        }
    }
}

/// How a subaccount stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It has enough.
    Healthy,
    /// It trades, but is to be topped up.
    LowFunds,
    /// It cannot trade.
    Insufficient,
}

/// What is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing: it has enough.
    None,
    /// It is filled up to the target.
    TopupFull,
    /// It gets what the master account can give.
    TopupPartial,
    /// The master account can give nothing.
    Skipped,
}

/// What is decided about a subaccount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its number.
    pub subaccount: i64,
    /// How it stands.
    pub state: State,
    /// What is done.
    pub action: Action,
    /// What the master account gives, quote currency, in whole cents; 0 unless it is a top-up.
    pub amount: Decimal,
}

/// How a balance stands.
pub fn state(balance: Decimal, rules: &Rules) -> State {
    if balance >= rules.operational {
        State::Healthy
    } else if balance >= rules.tradeable {
        State::LowFunds
    } else {
        State::Insufficient
    }
}

/// Decides about all subaccounts that trade, given as `(number, balance)`. Who has least is served first; among equals the
/// smaller number.
pub fn decide(master: Decimal, subaccounts: &[(i64, Decimal)], rules: &Rules) -> Vec<Decision> {
    let mut free = master.saturating_sub(rules.reserve).max(Decimal::ZERO);
    let mut order = subaccounts.to_vec();
    order.sort_by_key(|&(number, balance)| (balance, number));
    let mut decided: Vec<Decision> = Vec::with_capacity(order.len());
    for (subaccount, balance) in order {
        let cents = |d: Decimal| d.round_dp_with_strategy(2, RoundingStrategy::ToZero);
        let state = state(balance, rules);
        let lacks = cents(rules.target.saturating_sub(balance)).max(Decimal::ZERO);
        let (action, amount) = match state {
            State::Healthy => (Action::None, Decimal::ZERO),
            // a target under the threshold, which the settings refuse
            _ if lacks.is_zero() => (Action::None, Decimal::ZERO),
            _ => match cents(free).min(lacks) {
                none if none.is_zero() => (Action::Skipped, none),
                all if all == lacks => (Action::TopupFull, all),
                part => (Action::TopupPartial, part),
            },
        };
        free -= amount;
        decided.push(Decision {
            subaccount,
            state,
            action,
            amount,
        });
    }
    decided.sort_by_key(|d| d.subaccount);
    decided
}

/// When the last check was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    version: u32,
    /// Which day's check it was: days since the epoch.
    day: i64,
}

impl Checked {
    /// The check that is made now.
    pub fn now(now: i64, rules: &Rules) -> Self {
        Self {
            version: VERSION,
            day: now.saturating_sub(rules.daily).div_euclid(DAY),
        }
    }
}

/// Whether a check is due: at the start of the executor, and each day at the same time. A clock that went back to another day
/// asks again: the same check again finds nothing to do.
pub fn due(last: Option<Checked>, started: bool, now: i64, rules: &Rules) -> bool {
    started || last.is_none_or(|last| last != Checked::now(now, rules))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn one(master: &str, balance: &str) -> (State, Action, Decimal) {
        let decided = decide(d(master), &[(1, d(balance))], &Rules::default());
        (decided[0].state, decided[0].action, decided[0].amount)
    }

    #[test]
    fn the_table() {
        use {Action as A, State as S};
        let zero = Decimal::ZERO;
        assert_eq!(one("1000", "150"), (S::Healthy, A::None, zero));
        assert_eq!(
            one("1000", "149.99"),
            (S::LowFunds, A::TopupFull, d("50.01"))
        );
        assert_eq!(one("1000", "15"), (S::LowFunds, A::TopupFull, d("185")));
        assert_eq!(
            one("1000", "14.99"),
            (S::Insufficient, A::TopupFull, d("185.01"))
        );
        assert_eq!(one("130", "100"), (S::LowFunds, A::TopupPartial, d("30")));
        assert_eq!(one("100", "100"), (S::LowFunds, A::Skipped, zero));
        assert_eq!(one("3", "0"), (S::Insufficient, A::Skipped, zero));
        assert_eq!(one("100.009", "0"), (S::Insufficient, A::Skipped, zero));
        assert_eq!(one("200", "100"), (S::LowFunds, A::TopupFull, d("100")));
        assert_eq!(
            one("1000", "-20"),
            (S::Insufficient, A::TopupFull, d("220"))
        );
    }

    #[test]
    fn who_has_least_is_served_first() {
        let all = [(1, d("140")), (2, d("10")), (3, d("400"))];
        let decided = decide(d("300"), &all, &Rules::default());
        let short: Vec<_> = decided.iter().map(|d| (d.action, d.amount)).collect();
        assert_eq!(
            short,
            [
                (Action::TopupPartial, d("10")),
                (Action::TopupFull, d("190")),
                (Action::None, d("0"))
            ]
        );
    }

    #[test]
    fn once_a_day_and_at_the_start() {
        let rules = Rules::default();
        let at = |day: i64, minutes: i64| day * DAY + minutes * 60_000;
        let morning = Checked::now(at(5, 75), &rules);
        assert!(due(None, false, at(5, 75), &rules));
        assert!(!due(Some(morning), false, at(5, 75), &rules));
        assert!(!due(Some(morning), false, at(6, 74), &rules));
        assert!(due(Some(morning), false, at(6, 75), &rules));
        assert!(due(Some(morning), true, at(5, 80), &rules));
        // an hour before the time it is still the check of the day before
        assert_eq!(
            Checked::now(at(5, 15), &rules),
            Checked::now(at(4, 75), &rules)
        );
    }

    proptest! {
        #[test]
        fn the_master_account_keeps_its_reserve_and_nobody_loses(
            master in -1_000i64..1_000_000, balances in prop::collection::vec(-1_000i64..40_000, 0..12),
        ) {
            let rules = Rules::default();
            let master = Decimal::new(master, 2);
            let all: Vec<_> = (1i64..).zip(balances.iter().map(|b| Decimal::new(*b, 2))).collect();
            let decided = decide(master, &all, &rules);
            let given: Decimal = decided.iter().map(|d| d.amount).sum();
            prop_assert!(decided.iter().all(|d| d.amount >= Decimal::ZERO));
            prop_assert!(given.is_zero() || master - given >= rules.reserve);
            for (d, (number, balance)) in decided.iter().zip(&all) {
                prop_assert_eq!(d.subaccount, *number);
                prop_assert!(d.amount.is_zero() || balance + d.amount <= rules.target);
                prop_assert_eq!(d.action == Action::TopupFull, !d.amount.is_zero() && balance + d.amount == rules.target);
                prop_assert_eq!(d.amount.is_zero(), matches!(d.action, Action::None | Action::Skipped));
            }
            // done once, a second round has nothing to give to those who got all
            let after: Vec<_> = all.iter().zip(&decided).map(|((n, b), d)| (*n, b + d.amount)).collect();
            let again = decide(master - given, &after, &rules);
            let full = |i: usize| decided[i].action == Action::TopupFull;
            prop_assert!(again.iter().enumerate().all(|(i, d)| !full(i) || d.action == Action::None));
        }
    }
}
