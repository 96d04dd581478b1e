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
use crate::orders::Plan;
use crate::settings::RunSettings;
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
        let [market] = self.markets else {
            let chances = Chances::new(self.clock, self.markets, signals);
            for group in groups {
                let mut found = vec![None; chances.len()];
                for at in group {
                    out[at] = self.shared(
                        self.clock, &chances, &plans[at], points[at], signals, &mut found,
                    )?;
                }
            }
            return Ok(out);
        };
        let Some(own) = signals.first() else {
            return Ok(out);
        };
        let mut path = Vec::new();
        for group in groups {
            let first = group[0];
            path.clear();
            self.path(market, own, &plans[first], points[first], &mut path)?;
            for lanes in group.chunks(account::LANES) {
                self.account(market, own, &plans, points, &path, lanes, &mut out);
            }
        }
        if self.detail == Detail::Money && out.iter().any(Option::is_none) {
            self.again(signals, &plans, points, &mut out)?;
        }
        Ok(out)
    }

    /// Runs points of one symbol again whose sizes were refused somewhere: that changes what comes after.
    fn again(
        &self,
        signals: &[Signals],
        plans: &[Plan],
        points: &[&Constants],
        out: &mut [Option<Metrics>],
    ) -> Result<(), EngineError> {
        let chances = Chances::new(self.clock, self.markets, signals);
        let mut found = vec![None; chances.len()];
        for (at, out) in out.iter_mut().enumerate().filter(|(_, o)| o.is_none()) {
            found.fill(None);
            *out = self.shared(
                self.clock, &chances, &plans[at], points[at], signals, &mut found,
            )?;
        }
        Ok(())
    }
}
