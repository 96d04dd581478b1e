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
pub use signals::Signals;

use crate::engine::EngineError;
use crate::metrics::{Metrics, Trials};
use crate::orders::Plan;
use crate::settings::RunSettings;
use path::PathKey;
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
    trials: Trials,
    detail: Detail,
}

impl<'a> EventRun<'a> {
    /// Runs over these markets. The caller has asked [`obstacle`].
    pub fn new(
        kernel: &'a dyn Kernel,
        settings: &'a RunSettings,
        timeframe: Timeframe,
        markets: &'a [EventMarket<'a>],
        trials: Trials,
        detail: Detail,
    ) -> Self {
        Self {
            kernel,
            settings,
            timeframe,
            markets,
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
        let (market, signals) = match (self.markets, signals) {
            ([market], [signals]) => (market, signals),
            _ => {
                for ((plan, constants), out) in plans.iter().zip(points).zip(&mut out) {
                    *out = self.shared(plan, constants, signals)?;
                }
                return Ok(out);
            }
        };
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut by_key: HashMap<PathKey, usize> = HashMap::new();
        for (at, plan) in plans.iter().enumerate() {
            let group = *by_key
                .entry(PathKey::of(plan, points[at]))
                .or_insert_with(|| {
                    groups.push(Vec::new());
                    groups.len() - 1
                });
            groups[group].push(at);
        }
        let mut path = Vec::new();
        for group in groups {
            let first = group[0];
            path.clear();
            self.path(market, signals, &plans[first], points[first], &mut path)?;
            for lanes in group.chunks(account::LANES) {
                self.account(market, signals, &plans, points, &path, lanes, &mut out);
            }
        }
        Ok(out)
    }
}
