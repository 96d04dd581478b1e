//! From event to event: many runs of one order plan over the same bars and signals, without visiting the bars in between.
//!
//! For market entries with fixed stops and targets the bar on which a level is first touched is a property of the prices
//! alone. It is looked up ([`touch`]), so that a run costs its trades, not its bars. [`obstacle`] proves from the order plan
//! and the settings that a run can be made this way; what cannot be known before the run (a size that is refused, a
//! liquidation) is watched for, and such a run is given back undone: [`EventRun`] yields `None` and the caller runs it bar by
//! bar. What it yields is bit for bit what [`crate::Engine`] yields: prices, sizes and money come from the same functions.

mod account;
mod market;
mod path;
mod proof;
mod shared;
mod signals;
mod touch;

pub use market::{EventMarket, EventTables};
pub use proof::obstacle;
pub use shared::SharedClock;
pub use signals::Signals;

use crate::engine::EngineError;
use crate::metrics::{Metrics, Trials};
use crate::orders::{Measure, Number, Plan, Seen, lane};
use crate::settings::RunSettings;
use account::Stray;
use path::PathKey;
use shared::Chances;
use sixbtc_abi::{Constants, Kernel};
use sixbtc_market::Timeframe;
use std::collections::HashMap;

/// Which figures are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Those that trades and cash tell: [`crate::metrics::MONEY_FIGURES`].
    Money,
    /// All; the equity of every bar is made.
    Curve,
}

/// Runs from event to event over prepared bars.
pub struct EventRun<'a> {
    kernel: &'a dyn Kernel,
    settings: &'a RunSettings,
    timeframe: Timeframe,
    markets: &'a [EventMarket<'a>],
    /// Rows of each market before the first that is traded.
    starts: &'a [usize],
    clock: &'a SharedClock,
    trials: Trials,
    detail: Detail,
}

impl<'a> EventRun<'a> {
    /// Runs over these markets, of which `starts` rows lie before the first traded one and which tick on `clock`. The caller
    /// has asked [`obstacle`]. Several markets yield figures of money alone.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        kernel: &'a dyn Kernel,
        settings: &'a RunSettings,
        timeframe: Timeframe,
        markets: &'a [EventMarket<'a>],
        starts: &'a [usize],
        clock: &'a SharedClock,
        trials: Trials,
        detail: Detail,
    ) -> Self {
        Self {
            kernel,
            settings,
            timeframe,
            markets,
            starts,
            clock,
            trials,
            detail,
        }
    }

    /// Runs points that share their signals (`signals`: one for each market). `None` for a point that has to be run bar by
    /// bar.
    pub fn run(
        &self,
        signals: &[Signals],
        points: &[&Constants],
    ) -> Result<Vec<Option<Metrics>>, EngineError> {
        let mut out = vec![None; points.len()];
        let plans: Vec<Plan> = points
            .iter()
            .map(|c| Plan::new(self.kernel.manifest(), c))
            .collect::<Result<_, _>>()?;
        let mut groups: Vec<Group> = Vec::new();
        let mut by_key: HashMap<(PathKey, Option<u64>), usize> = HashMap::new();
        for (at, plan) in plans.iter().enumerate() {
            let aware = self.liquidation_matters(plan);
            let key = (PathKey::of(plan, points[at]), aware.map(f64::to_bits));
            let group = *by_key.entry(key).or_insert_with(|| {
                groups.push(Group {
                    leverage: aware,
                    members: Vec::new(),
                });
                groups.len() - 1
            });
            groups[group].members.push(at);
        }
        let task = Task {
            signals,
            plans: &plans,
            points,
        };
        if self.markets.len() == 1 {
            self.alone(&task, &groups, &mut out)?;
        } else {
            let chances = Chances::new(self.clock, self.markets, signals);
            for group in &groups {
                self.together(&task, &chances, group, &mut out)?;
            }
        }
        Ok(out)
    }

    /// The leverage of a point where liquidation may come before its stops, so that it belongs to the path.
    fn liquidation_matters(&self, plan: &Plan) -> Option<f64> {
        let wanted = self.leverage(plan)?;
        let margin_is_wider = |market: &EventMarket<'_>| {
            let max = market.spec.max_leverage;
            let near = account::near(wanted.min(max), max);
            plan.entries.iter().all(|e| {
                let distance = (e.side.sign() * (1.0 - near[lane(e.side)])).abs();
                let mut stops = e.stops.iter();
                let close = |m: &Measure| matches!(m, Measure::Percent(Number::Fixed(x)) if *x < 0.99 * distance);
                stops.any(close) || distance > 0.9
            })
        };
        (!self.markets.iter().all(margin_is_wider)).then_some(wanted)
    }

    /// The leverage asked for by all entries of a plan; `None` when it changes, or when nothing is liquidated.
    fn leverage(&self, plan: &Plan) -> Option<f64> {
        if !self.settings.liquidation
            || matches!(plan.caps.leverage, Some(n) if !matches!(n, Number::Fixed(_)))
        {
            return None;
        }
        let nothing = Seen {
            signal: &[],
            position: &[],
            bracket: &[],
        };
        Some(crate::fills::leverage(plan, self.settings, nothing))
    }

    fn near(&self, market: &EventMarket<'_>, leverage: f64) -> [f64; 2] {
        let max = market.spec.max_leverage;
        account::near(leverage.min(max), max)
    }

    /// Runs groups of points over one symbol.
    fn alone(
        &self,
        task: &Task<'_>,
        groups: &[Group],
        out: &mut [Option<Metrics>],
    ) -> Result<(), EngineError> {
        let ([market], [signals]) = (self.markets, task.signals) else {
            return Ok(());
        };
        let mut path = Vec::new();
        let mut strays = Vec::new();
        let mut follow = |group: &Group,
                          strays: &mut Vec<(usize, Stray)>|
         -> Result<(), EngineError> {
            let Some(&first) = group.members.first() else {
                return Ok(());
            };
            let near = group.leverage.map(|l| self.near(market, l));
            path.clear();
            let (plan, constants) = (&task.plans[first], task.points[first]);
            self.path(market, signals, plan, constants, near, &mut path)?;
            for lanes in group.members.chunks(account::LANES) {
                let aware = near.is_some();
                for (at, result) in self.account(market, signals, task.plans, &path, lanes, aware) {
                    match result {
                        Ok(metrics) => out[at] = Some(metrics),
                        Err(why) => strays.push((at, why)),
                    }
                }
            }
            Ok(())
        };
        for group in groups {
            follow(group, &mut strays)?;
        }
        let mut refused = Vec::new();
        let mut lost = Vec::new();
        for (at, why) in strays {
            match (why, self.leverage(&task.plans[at])) {
                (Stray::Size, leverage) => refused.push((at, leverage)),
                (Stray::Liquidation, Some(leverage)) => {
                    let group = Group {
                        leverage: Some(leverage),
                        members: vec![at],
                    };
                    follow(&group, &mut lost)?;
                }
                (Stray::Liquidation, None) => {}
            }
        }
        let again = lost.into_iter().filter(|(_, why)| *why == Stray::Size);
        refused.extend(again.map(|(at, _)| (at, self.leverage(&task.plans[at]))));
        if self.detail == Detail::Curve || refused.is_empty() {
            return Ok(());
        }
        // a size that is refused changes what comes after: the account decides the path
        let chances = Chances::new(self.clock, self.markets, task.signals);
        for (at, leverage) in refused {
            let group = Group {
                leverage,
                members: vec![at],
            };
            self.together(task, &chances, &group, out)?;
        }
        Ok(())
    }

    /// Runs a group of points over symbols that share an account.
    fn together(
        &self,
        task: &Task<'_>,
        chances: &Chances,
        group: &Group,
        out: &mut [Option<Metrics>],
    ) -> Result<(), EngineError> {
        let mut found = vec![None; chances.len()];
        for &at in &group.members {
            out[at] = self.shared(chances, task, at, group.leverage, &mut found)?;
            if out[at].is_none()
                && group.leverage.is_none()
                && let Some(leverage) = self.leverage(&task.plans[at])
            {
                let mut own = vec![None; chances.len()];
                out[at] = self.shared(chances, task, at, Some(leverage), &mut own)?;
            }
        }
        Ok(())
    }
}

/// Points of the same path.
struct Group {
    /// Their leverage, where liquidation is part of the path.
    leverage: Option<f64>,
    members: Vec<usize>,
}

/// Points with what they run over.
struct Task<'t> {
    signals: &'t [Signals],
    plans: &'t [Plan],
    points: &'t [&'t Constants],
}
