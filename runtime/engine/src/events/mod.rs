//! From event to event: many runs of one order plan over the same bars and signals, without visiting the bars in between.
//!
//! For market entries with fixed stops and targets the bar on which a level is first touched is a property of the prices
//! alone. It is looked up ([`touch`]), so that a run costs its trades, not its bars. [`obstacle`] proves from the order plan
//! and the settings that a run can be made this way; what cannot be known before the run (a size that is refused, a
//! liquidation) is watched for, and such a run is given back undone: [`EventRun`] yields `None` and the caller runs it bar by
//! bar. What it yields is bit for bit what [`crate::Engine`] yields: prices, sizes and money come from the same functions.

mod account;
mod lanes;
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
use account::{Lanes, Stray};
use path::{PathKey, PathTrade};
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

    /// Runs points. `None` for one that has to be run bar by bar.
    pub fn run(
        &self,
        batches: &[EventBatch<'_>],
    ) -> Result<Vec<Vec<Option<Metrics>>>, EngineError> {
        let mut out: Vec<Vec<Option<Metrics>>> =
            batches.iter().map(|b| vec![None; b.points.len()]).collect();
        let manifest = self.kernel.manifest();
        let mut tasks = Vec::with_capacity(batches.len());
        for batch in batches {
            let plans: Vec<Plan> = batch
                .points
                .iter()
                .map(|c| Plan::new(manifest, c))
                .collect::<Result<_, _>>()?;
            tasks.push(Task {
                signals: batch.signals,
                groups: self.groups(&plans, &batch.points),
                plans,
                points: &batch.points,
            });
        }
        if self.markets.len() == 1 {
            self.alone(&tasks, &mut out)?;
        } else {
            for (task, out) in tasks.iter().zip(&mut out) {
                let chances = Chances::new(self.clock, self.markets, task.signals);
                for group in &task.groups {
                    self.together(task, &chances, group, out)?;
                }
            }
        }
        Ok(out)
    }

    /// Points of the same path.
    fn groups(&self, plans: &[Plan], points: &[&Constants]) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut by_key: HashMap<(PathKey, Option<u64>), usize> = HashMap::new();
        for (at, plan) in plans.iter().enumerate() {
            let leverage = self.liquidation_matters(plan);
            let next = groups.len();
            let group = if plans.len() == 1 {
                next
            } else {
                let key = (PathKey::of(plan, points[at]), leverage.map(f64::to_bits));
                *by_key.entry(key).or_insert(next)
            };
            if group == next {
                groups.push(Group {
                    leverage,
                    members: Vec::new(),
                });
            }
            groups[group].members.push(at);
        }
        groups
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
        // beyond what the exchange allows all leverages are one
        let most = self.markets.iter().map(|m| m.spec.max_leverage);
        let wanted = wanted.min(most.fold(0.0, f64::max));
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

    /// Runs tasks over one symbol.
    fn alone(
        &self,
        tasks: &[Task<'_>],
        out: &mut [Vec<Option<Metrics>>],
    ) -> Result<(), EngineError> {
        let mut strays = Vec::new();
        let all = tasks
            .iter()
            .enumerate()
            .flat_map(|(t, task)| task.groups.iter().map(move |group| (t, group)));
        self.follow(tasks, all, out, &mut strays)?;
        // a position that may have been liquidated: once more with liquidation as part of the path
        let leverage = |t: usize, at: usize| self.leverage(&tasks[t].plans[at]);
        let aware: Vec<(usize, Group)> = strays
            .iter()
            .filter(|s| s.2 == Stray::Liquidation)
            .filter_map(|&(t, at, _)| {
                let leverage = Some(leverage(t, at)?);
                let members = vec![at];
                Some((t, Group { leverage, members }))
            })
            .collect();
        let mut lost = Vec::new();
        self.follow(tasks, aware.iter().map(|(t, g)| (*t, g)), out, &mut lost)?;
        strays.extend(lost);
        if self.detail == Detail::Curve {
            return Ok(());
        }
        // a size that is refused changes what comes after: the account decides the path
        for (t, at, _) in strays.into_iter().filter(|s| s.2 == Stray::Size) {
            let task = &tasks[t];
            let chances = Chances::new(self.clock, self.markets, task.signals);
            let group = Group {
                leverage: leverage(t, at),
                members: vec![at],
            };
            self.together(task, &chances, &group, &mut out[t])?;
        }
        Ok(())
    }

    /// Finds the paths of groups and runs their points along, several side by side.
    fn follow<'t>(
        &self,
        tasks: &'t [Task<'t>],
        groups: impl Iterator<Item = (usize, &'t Group)>,
        out: &mut [Vec<Option<Metrics>>],
        strays: &mut Vec<(usize, usize, Stray)>,
    ) -> Result<(), EngineError> {
        let [market] = self.markets else {
            return Ok(());
        };
        let mut paths: Vec<Vec<PathTrade>> = (0..account::LANES).map(|_| Vec::new()).collect();
        let mut lanes = Lanes::default();
        let mut used = 0;
        for (t, group) in groups {
            let (task, Some(&first)) = (&tasks[t], group.members.first()) else {
                continue;
            };
            let Some(signals) = task.signals.first() else {
                continue;
            };
            if used == paths.len() {
                self.account(market, tasks, &paths, &mut lanes, out, strays);
                used = 0;
            }
            let near = group.leverage.map(|l| near_in(market, l));
            paths[used].clear();
            let (plan, constants) = (&task.plans[first], task.points[first]);
            self.path(market, signals, plan, constants, near, &mut paths[used])?;
            for &at in &group.members {
                lanes.add(t, at, used, near.is_some());
                if lanes.full() {
                    self.account(market, tasks, &paths, &mut lanes, out, strays);
                }
            }
            used += 1;
        }
        self.account(market, tasks, &paths, &mut lanes, out, strays);
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

/// Estimates of liquidation prices in a market; see [`account::near`].
fn near_in(market: &EventMarket<'_>, leverage: f64) -> [f64; 2] {
    let max = market.spec.max_leverage;
    account::near(leverage.min(max), max)
}

/// Points of the same path.
struct Group {
    /// Their leverage, where liquidation is part of the path.
    leverage: Option<f64>,
    members: Vec<usize>,
}

/// Points that share their signals, one set for each market.
pub struct EventBatch<'a> {
    /// Signals by market.
    pub signals: &'a [Signals],
    /// The points.
    pub points: Vec<&'a Constants>,
}

/// Points with what they run over.
struct Task<'t> {
    signals: &'t [Signals],
    groups: Vec<Group>,
    plans: Vec<Plan>,
    points: &'t [&'t Constants],
}
