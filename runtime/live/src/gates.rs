//! What stands between a decision and an order that opens.
//!
//! Asked in one order – the kill file, then stops of portfolio, system, subaccount and strategy, then clock, data, money and
//! size –, and the first that says no is the reason. Only what opens is ever asked: whatever makes a position smaller passes,
//! so that no stop keeps a stop, a target, a time exit or a trail from being carried out.

use crate::stop::{Action, Key, Stop};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Version of what is kept of a [`EntryGate`].
pub const VERSION: u32 = 1;

/// Bounds of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Open positions of a subaccount, at most (`risk.limits.max_open_positions_per_subaccount`).
    pub max_open: usize,
    /// Margin of one position, at most: a share of equity (`risk.fixed_fractional.max_position_size_pct`).
    pub max_position: Decimal,
    /// Smallest notional of an entry, quote currency.
    pub min_notional: Decimal,
    /// Balance under which nothing is opened (`hyperliquid.funds.min_tradeable_usd`); `None`: not asked
    /// (`go_live.preflight_checks.require_funded`).
    pub min_balance: Option<Decimal>,
    /// Age of market data above which nothing is opened, ms.
    pub data_age: i64,
    /// Difference of our clock and the exchange's above which nothing is opened, ms. Default 2 s.
    pub drift: i64,
    /// The same above which a person is told, ms. Default 10 s.
    pub drift_alarm: i64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            max_open: 10,
            max_position: Decimal::new(20, 2),
            min_notional: Decimal::TEN,
            min_balance: Some(Decimal::new(15, 0)),
            data_age: 120_000,
            drift: 2_000,
            drift_alarm: 10_000,
        }
    }
}

/// How an account stands when an entry is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Equity, quote currency.
    pub equity: Decimal,
    /// What is not bound as margin.
    pub free: Decimal,
    /// Symbols with an open position, or with an entry under way.
    pub open: usize,
    /// Age of the newest market data, ms; `None` when there never was any.
    pub data_age: Option<i64>,
    /// Our clock less the exchange's, ms; `None` where it is not known or there is no such thing.
    pub drift: Option<i64>,
}

/// An entry that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Size × price.
    pub notional: Decimal,
    /// Notional / leverage.
    pub margin: Decimal,
    /// Whether the symbol has no position yet.
    pub opens: bool,
}

/// Why an entry is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The file that stops everything is there.
    #[error("the kill file is there: {0}")]
    Killed(String),
    /// A stop.
    #[error("{key} is in force: {reason}")]
    Stopped {
        /// Which.
        key: Key,
        /// What it does.
        action: Action,
        /// As it says.
        reason: String,
    },
    /// Our clock is wrong.
    #[error("our clock differs from the exchange's by {ms} ms, {limit} are allowed")]
    Drift {
        /// By how much.
        ms: i64,
        /// How much may be.
        limit: i64,
    },
    /// Data is too old.
    #[error("market data is {ms} ms old, {limit} are allowed")]
    Stale {
        /// How old.
        ms: i64,
        /// How old it may be.
        limit: i64,
    },
    /// There is no data.
    #[error("there is no market data yet")]
    NoData,
    /// The account holds too little to trade.
    #[error("the account holds {equity}, from {least} on it trades")]
    Unfunded {
        /// What it holds.
        equity: Decimal,
        /// From when on it trades.
        least: Decimal,
    },
    /// All slots are taken.
    #[error("{open} positions are open, {most} are allowed")]
    MaxOpen {
        /// How many are open.
        open: usize,
        /// How many may be.
        most: usize,
    },
    /// The position would be too large.
    #[error("a margin of {margin} is more than {share} of the equity of {equity}")]
    TooLarge {
        /// Margin.
        margin: Decimal,
        /// The largest share.
        share: Decimal,
        /// Equity.
        equity: Decimal,
    },
    /// The order would be too small.
    #[error("a notional of {notional} is under the minimum of {least}")]
    TooSmall {
        /// Notional.
        notional: Decimal,
        /// The smallest.
        least: Decimal,
    },
    /// There is too little margin left.
    #[error("a margin of {margin} is more than the free {free}")]
    FreeMargin {
        /// Margin.
        margin: Decimal,
        /// What is free.
        free: Decimal,
    },
}

/// What all stops together want of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Trade.
    Free,
    /// Nothing new, for this reason.
    Halt(String),
    /// Close everything, for this reason.
    Force(String),
}

/// All gates of one strategy on one subaccount, as they stand now. A value: whoever watches stops makes it, the account asks
/// it, and it can be kept and sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryGate {
    version: u32,
    kill: Option<String>,
    /// Those that concern the account, in the order of asking.
    stops: Vec<Stop>,
    bounds: Bounds,
}

impl EntryGate {
    /// The gates of a strategy on a subaccount: of all stops in force those that concern it. `kill` is what stands in the kill
    /// file, if there is one.
    pub fn new(
        stops: &[Stop],
        subaccount: i64,
        strategy: &str,
        kill: Option<String>,
        bounds: Bounds,
    ) -> Self {
        let concerned = |s: &&Stop| s.key.scope.concerns(subaccount, strategy);
        let mut stops: Vec<Stop> = stops.iter().filter(concerned).cloned().collect();
        stops.sort_by(|a, b| a.key.cmp(&b.key));
        Self {
            version: VERSION,
            kill,
            stops,
            bounds,
        }
    }

    /// What the stops together want: the most severe action wins, and of those that want it the first in the order of gates
    /// is the reason.
    pub fn order(&self) -> Order {
        let force = |s: &&Stop| s.action == Action::ForceClose;
        let says = |s: &Stop| format!("{}: {}", s.key, s.reason);
        if let Some(stop) = self.stops.iter().find(force) {
            return Order::Force(says(stop));
        }
        match (&self.kill, self.stops.first()) {
            (Some(kill), _) => Order::Halt(Refusal::Killed(kill.clone()).to_string()),
            (None, Some(stop)) => Order::Halt(says(stop)),
            (None, None) => Order::Free,
        }
    }

    /// Whether an entry may be made; the first gate that is shut is the reason.
    pub fn ask(&self, wish: &Wish, at: &Standing) -> Result<(), Refusal> {
        let b = &self.bounds;
        self.stopped()?;
        if let Some(ms) = at.drift.filter(|d| d.saturating_abs() > b.drift) {
            return Err(Refusal::Drift { ms, limit: b.drift });
        }
        match at.data_age {
            None => return Err(Refusal::NoData),
            Some(ms) if ms > b.data_age => {
                let limit = b.data_age;
                return Err(Refusal::Stale { ms, limit });
            }
            Some(_) => {}
        }
        if let Some(least) = b.min_balance.filter(|least| at.equity < *least) {
            let equity = at.equity;
            return Err(Refusal::Unfunded { equity, least });
        }
        if wish.opens && at.open >= b.max_open {
            let (open, most) = (at.open, b.max_open);
            return Err(Refusal::MaxOpen { open, most });
        }
        if wish.margin > at.equity.max(Decimal::ZERO) * b.max_position {
            return Err(Refusal::TooLarge {
                margin: wish.margin,
                share: b.max_position,
                equity: at.equity,
            });
        }
        if wish.notional < b.min_notional {
            let (notional, least) = (wish.notional, b.min_notional);
            return Err(Refusal::TooSmall { notional, least });
        }
        if wish.margin > at.free {
            let (margin, free) = (wish.margin, at.free);
            return Err(Refusal::FreeMargin { margin, free });
        }
        Ok(())
    }

    /// Whether stops alone let an entry pass, whatever its size.
    pub fn stopped(&self) -> Result<(), Refusal> {
        if let Some(kill) = &self.kill {
            return Err(Refusal::Killed(kill.clone()));
        }
        match self.stops.first() {
            None => Ok(()),
            Some(stop) => Err(Refusal::Stopped {
                key: stop.key.clone(),
                action: stop.action,
                reason: stop.reason.clone(),
            }),
        }
    }

    /// Whether our clock is so wrong that a person has to be told.
    pub fn drift_alarm(&self, drift: i64) -> bool {
        drift.saturating_abs() > self.bounds.drift_alarm
    }

    /// The bounds.
    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// The stops that concern the account, in the order of asking.
    pub fn stops(&self) -> &[Stop] {
        &self.stops
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stop::{Figures, Reset, Scope, Trigger};
    use proptest::prelude::*;

    fn stop(scope: Scope, trigger: Trigger, action: Action) -> Stop {
        Stop {
            key: Key::new(scope, trigger),
            action,
            reason: "because".into(),
            since: 0,
            until: None,
            reset: Reset::Operator,
            figures: Figures::default(),
            losers: Vec::new(),
        }
    }

    fn standing() -> Standing {
        Standing {
            equity: Decimal::from(100),
            free: Decimal::from(50),
            open: 2,
            data_age: Some(1_000),
            drift: Some(-500),
        }
    }

    fn wish() -> Wish {
        Wish {
            notional: Decimal::from(40),
            margin: Decimal::from(20),
            opens: true,
        }
    }

    fn gate(stops: &[Stop], kill: Option<&str>) -> EntryGate {
        EntryGate::new(stops, 1, "s", kill.map(str::to_owned), Bounds::default())
    }

    #[test]
    fn the_first_gate_that_is_shut_is_the_reason() {
        use Action::{ForceClose, HaltEntries};
        let all = [
            stop(
                Scope::Strategy("s".into()),
                Trigger::LosingStreak,
                HaltEntries,
            ),
            stop(Scope::Subaccount(1), Trigger::Drawdown, HaltEntries),
            stop(Scope::System, Trigger::StaleData, HaltEntries),
            stop(Scope::Portfolio, Trigger::DailyLoss, HaltEntries),
        ];
        for n in (1..=all.len()).rev() {
            let refused = gate(&all[..n], None).ask(&wish(), &standing());
            assert!(matches!(refused, Err(Refusal::Stopped { key, .. }) if key == all[n - 1].key));
        }
        let killed = gate(&all, Some("by hand")).ask(&wish(), &standing());
        assert_eq!(killed, Err(Refusal::Killed("by hand".into())));
        let others = [
            stop(Scope::Strategy("t".into()), Trigger::Operator, ForceClose),
            stop(Scope::Subaccount(2), Trigger::Drawdown, ForceClose),
        ];
        assert_eq!(gate(&others, None).order(), Order::Free);
        assert_eq!(gate(&others, None).ask(&wish(), &standing()), Ok(()));
    }

    #[test]
    fn a_mild_stop_does_not_hide_a_severe_one() {
        let stops = [
            stop(Scope::Portfolio, Trigger::DailyLoss, Action::HaltEntries),
            stop(Scope::Portfolio, Trigger::Drawdown, Action::ForceClose),
        ];
        let says = "portfolio drawdown: because".to_owned();
        assert_eq!(gate(&stops, None).order(), Order::Force(says.clone()));
        // nor does the kill file keep anything open
        assert_eq!(gate(&stops, Some("x")).order(), Order::Force(says));
        let halt = gate(&stops[..1], None).order();
        assert_eq!(halt, Order::Halt("portfolio daily_loss: because".into()));
        let killed = gate(&[], Some("x")).order();
        assert_eq!(killed, Order::Halt("the kill file is there: x".into()));
    }

    #[test]
    fn each_bound_refuses_just_beyond_itself() {
        let open = gate(&[], None);
        let with = |change: &dyn Fn(&mut Wish, &mut Standing)| {
            let (mut wish, mut at) = (wish(), standing());
            change(&mut wish, &mut at);
            open.ask(&wish, &at)
        };
        assert_eq!(with(&|_, _| ()), Ok(()));
        assert_eq!(with(&|_, a| a.drift = Some(2_000)), Ok(()));
        assert_eq!(with(&|_, a| a.drift = None), Ok(()));
        let limit = 2_000;
        assert_eq!(
            with(&|_, a| a.drift = Some(-2_001)),
            Err(Refusal::Drift { ms: -2_001, limit })
        );
        assert!(with(&|_, a| a.drift = Some(i64::MIN)).is_err());
        assert!(open.drift_alarm(10_001) && open.drift_alarm(-10_001) && !open.drift_alarm(10_000));
        assert_eq!(with(&|_, a| a.data_age = None), Err(Refusal::NoData));
        assert_eq!(with(&|_, a| a.data_age = Some(120_000)), Ok(()));
        assert!(matches!(
            with(&|_, a| a.data_age = Some(120_001)),
            Err(Refusal::Stale { .. })
        ));
        assert!(matches!(
            with(&|_, a| a.equity = Decimal::from(14)),
            Err(Refusal::Unfunded { .. })
        ));
        assert!(matches!(
            with(&|_, a| a.open = 10),
            Err(Refusal::MaxOpen { open: 10, most: 10 })
        ));
        // adding to what is open takes no slot
        let adds = with(&|w, a| {
            w.opens = false;
            a.open = 10;
        });
        assert_eq!(adds, Ok(()));
        assert!(matches!(
            with(&|w, _| w.margin = Decimal::new(2_001, 2)),
            Err(Refusal::TooLarge { .. })
        ));
        assert!(matches!(
            with(&|w, _| w.notional = Decimal::new(999, 2)),
            Err(Refusal::TooSmall { .. })
        ));
        assert!(matches!(
            with(&|_, a| a.free = Decimal::new(1_999, 2)),
            Err(Refusal::FreeMargin { .. })
        ));
    }

    fn any_stop() -> impl Strategy<Value = Stop> {
        let scope = prop_oneof![
            Just(Scope::Portfolio),
            Just(Scope::System),
            (1i64..3).prop_map(Scope::Subaccount),
            "[st]".prop_map(Scope::Strategy),
        ];
        let severe = any::<bool>();
        (scope, 0usize..Trigger::ALL.len(), severe).prop_map(|(scope, t, severe)| {
            let action = if severe {
                Action::ForceClose
            } else {
                Action::HaltEntries
            };
            stop(scope, Trigger::ALL[t], action)
        })
    }

    proptest! {
        #[test]
        fn the_order_of_stops_does_not_matter_and_more_of_them_never_open(
            mut stops in prop::collection::vec(any_stop(), 0..8), more in any_stop(),
        ) {
            let before = gate(&stops, None);
            stops.reverse();
            let again = gate(&stops, None);
            prop_assert_eq!(before.order(), again.order());
            prop_assert_eq!(before.stopped().is_ok(), again.stopped().is_ok());
            stops.push(more);
            let after = gate(&stops, None);
            let rank = |o: &Order| match o { Order::Free => 0, Order::Halt(_) => 1, Order::Force(_) => 2 };
            prop_assert!(rank(&after.order()) >= rank(&before.order()));
            prop_assert!(before.stopped().is_ok() || after.stopped().is_err());
            // what is kept is what was made
            let bytes = rmp_serde::to_vec(&after).unwrap();
            prop_assert_eq!(rmp_serde::from_slice::<EntryGate>(&bytes).unwrap(), after);
        }
    }
}
