//! The money of runs that share their trades, several runs side by side: each run's cash is one long chain of operations, and
//! the processor fills the waiting of one with the work of others.

use super::lanes::SideBySide;
use super::market::EventMarket;
use super::path::{Ending, PathTrade};
use super::signals::Signals;
use super::{Detail, EventRun, Task};
use crate::account::{Fill, Settled};
use crate::curve::EquityCurve;
use crate::fills::{leverage, size_rule};
use crate::grid::Grid;
use crate::lot::liquidation_price;
use crate::metrics::{Metrics, metrics_of, money_metrics};
use crate::orders::{Plan, Seen};
use crate::settings::RunSettings;
use crate::sizing::{SizeContext, Sized, size_order};
use crate::tally::Tally;
use crate::trade::Counters;

/// Runs side by side.
pub(super) const LANES: usize = 8;

/// The price of a market exit due at a price: slippage and the tick, against the order.
#[inline]
pub(super) fn exit_price(tick: Grid, sign: f64, due: f64, slippage: f64) -> f64 {
    tick.against(due * (1.0 - sign * slippage), sign < 0.0)
}

/// Cash and what is counted of the trades.
pub(super) struct Purse {
    pub cash: f64,
    pub tally: Tally,
    pub counters: Counters,
}

impl Purse {
    pub fn new(capital: f64) -> Self {
        Self {
            cash: capital,
            tally: Tally::new(capital),
            counters: Counters::default(),
        }
    }

    /// Books an entry; returns its fee.
    #[inline]
    pub fn enter(&mut self, settings: &RunSettings, trade: &PathTrade, size: f64) -> f64 {
        let (sign, price) = (trade.sign, trade.price);
        let fee = size * price * settings.taker_fee;
        self.cash -= fee;
        self.counters.entries += 1;
        self.counters.fees += fee;
        self.counters.traded += size * price;
        self.counters.slippage += sign * (price - trade.due) * size;
        fee
    }

    /// Books the exit of a position of so much size and margin, whose entry cost `entry_fee`.
    #[inline]
    pub fn leave(
        &mut self,
        settings: &RunSettings,
        trade: &PathTrade,
        (size, margin): (f64, f64),
        entry_fee: f64,
        max_leverage: f64,
    ) {
        let (sign, price) = (trade.sign, trade.price);
        let mut fill = Fill {
            price: trade.exit_price,
            due: trade.exit_due,
            fee: if trade.ending == Ending::Target {
                settings.maker_fee
            } else {
                settings.taker_fee
            },
            fee_most: f64::INFINITY,
            time: 0,
            row: 0,
            at_close: false,
        };
        if trade.ending == Ending::Liquidation {
            liquidated(&mut fill, trade, size, margin, max_leverage);
        }
        let settled = Settled::of(sign, price, size, &fill);
        self.cash += settled.gross;
        self.cash -= settled.fee;
        self.counters.fees += settled.fee;
        self.counters.traded += settled.notional;
        self.counters.slippage += settled.slippage;
        // a sum of no funding at all
        let funding = 0.0;
        let pnl = settled.gross - entry_fee - settled.fee - funding;
        self.tally.add(
            pnl,
            size * price,
            trade.exit_row - trade.row,
            pnl / (trade.risk * size),
        );
    }
}

/// The fill of a liquidation: at its price or, where worse, at the open; no more than the margin is lost, the fee included.
#[cold]
pub(super) fn liquidated(
    fill: &mut Fill,
    trade: &PathTrade,
    size: f64,
    margin: f64,
    max_leverage: f64,
) {
    let sign = trade.sign;
    let entry = size * trade.price / size;
    let liquidation = sign * liquidation_price(sign, entry, size, margin, max_leverage);
    let bankrupt = sign * entry - margin / size;
    let price = sign * (sign * trade.exit_due).min(liquidation).max(bankrupt);
    let left = margin + sign * (price - trade.price) * size;
    fill.price = price;
    fill.due = price;
    fill.fee_most = left.max(0.0);
}

/// How far off (as a fraction of the price) a liquidation price must lie for its estimate to be enough.
pub(super) const MARGIN: f64 = 1e-9;

/// What a fill price has to be multiplied by to come near the liquidation price of a long (0) or short (1) position; see
/// [`liquidation_price`], with `margin / size` = price / leverage.
pub(super) fn near(leverage: f64, max_leverage: f64) -> [f64; 2] {
    let (share, maintenance) = (1.0 / leverage, 0.5 / max_leverage);
    [
        (1.0 - share) / (1.0 - maintenance),
        (1.0 + share) / (1.0 + maintenance),
    ]
}

/// Estimates of liquidation prices at one leverage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Liquidation {
    leverage: f64,
    /// What a fill price has to be multiplied by to come near the liquidation price of a long (0) or short (1) position.
    near: [f64; 2],
}

impl Liquidation {
    pub const UNKNOWN: Self = Self {
        leverage: f64::NAN,
        near: [0.0; 2],
    };

    /// Whether the liquidation price of a position lies below everything its bars reach.
    #[inline]
    pub fn spares(&mut self, market: &EventMarket<'_>, trade: &PathTrade, sized: &Sized) -> bool {
        let max = market.spec.max_leverage;
        if sized.leverage.to_bits() != self.leverage.to_bits() {
            self.leverage = sized.leverage;
            self.near = near(sized.leverage, max);
        }
        let near = trade.price * self.near[usize::from(trade.sign < 0.0)];
        let guard = if trade.bare {
            trade.guard.min(market.worst(trade.sign))
        } else {
            trade.guard
        };
        trade.sign * near + MARGIN * trade.price < guard
            || Self::spares_exactly(market, trade, (sized.size, sized.margin))
    }

    #[cold]
    pub fn spares_exactly(
        market: &EventMarket<'_>,
        trade: &PathTrade,
        (size, margin): (f64, f64),
    ) -> bool {
        let entry = size * trade.price / size;
        let price = liquidation_price(trade.sign, entry, size, margin, market.spec.max_leverage);
        if price <= 0.0 {
            return true;
        }
        let mut guard = trade.guard;
        if trade.bare {
            // the bar of an exit at the open is not held
            let end = (trade.held as usize)
                .max(trade.exit_row as usize + usize::from(trade.ending == Ending::Target));
            for row in trade.row as usize..end.min(market.rows()) {
                guard = guard.min(if trade.sign > 0.0 {
                    market.low[row]
                } else {
                    -market.high[row]
                });
            }
        }
        trade.sign * price < guard
    }
}

/// What sizes an order of an entry.
#[inline]
pub(super) fn sized(
    run: &EventRun<'_>,
    plan: &Plan,
    market: &EventMarket<'_>,
    trade: &PathTrade,
    (equity, free_equity): (f64, f64),
    values: &[f64],
) -> Option<Sized> {
    let settings = run.settings;
    let seen = Seen {
        signal: values,
        position: &[],
        bracket: &[],
    };
    let entry = &plan.entries[usize::from(trade.entry)];
    let context = SizeContext {
        price: trade.price,
        equity,
        free_equity,
        leverage: leverage(plan, settings, seen),
        max_leverage: market.spec.max_leverage,
        max_positions: settings.max_positions,
        lot: market.tables.lot,
        min_notional: settings.min_notional.unwrap_or(market.spec.min_notional),
    };
    let rule = size_rule(entry.size, trade.price, trade.risk, seen);
    size_order(rule, &context).ok()
}

/// Why a run left the trades it shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stray {
    /// A size was refused.
    Size,
    /// It may have been liquidated.
    Liquidation,
}

/// One run of one symbol.
struct Lane<'p> {
    plan: &'p Plan,
    signals: &'p Signals,
    path: &'p [PathTrade],
    /// Values that orders read, of the decision at hand.
    values: Vec<f64>,
    purse: Purse,
    liquidation: Liquidation,
    /// Whether liquidation is to be watched for, not being part of the trades.
    watches: bool,
    /// Something happened that the shared trades do not know of.
    strayed: Option<Stray>,
    curve: EquityCurve,
    sampled: usize,
}

impl Lane<'_> {
    #[inline]
    fn trade(&mut self, run: &EventRun<'_>, market: &EventMarket<'_>, trade: &PathTrade) {
        let settings = run.settings;
        if self.plan.reads_values {
            self.signals
                .values(trade.decision as usize, &mut self.values);
        }
        let equity = (self.purse.cash, self.purse.cash);
        let Some(sized) = sized(run, self.plan, market, trade, equity, &self.values) else {
            self.strayed = Some(Stray::Size);
            return;
        };
        if trade.unsure || self.watches && !self.liquidation.spares(market, trade, &sized) {
            self.strayed = Some(Stray::Liquidation);
            return;
        }
        let size = sized.size;
        if run.detail == Detail::Curve {
            self.sample_flat(trade.row as usize);
        }
        let fee = self.purse.enter(settings, trade, size);
        if run.detail == Detail::Curve {
            self.sample_held(market, trade, size);
        }
        let held = (size, sized.margin);
        self.purse
            .leave(settings, trade, held, fee, market.spec.max_leverage);
    }

    fn sample_flat(&mut self, until: usize) {
        self.curve.push_flat(until - self.sampled, self.purse.cash);
        self.sampled = until;
    }

    /// Samples of the bars at whose close the position is held.
    fn sample_held(&mut self, market: &EventMarket<'_>, trade: &PathTrade, size: f64) {
        let close = &market.close[trade.row as usize..trade.held as usize];
        let (cash, sign, price) = (self.purse.cash, trade.sign, trade.price);
        let held = self.curve.push_held(close.len(), cash, sign, size * price);
        held.extend(
            close
                .iter()
                .map(|&c| cash + (0.0 + sign * (c - price) * size)),
        );
        self.sampled = trade.held as usize;
    }

    fn finish(mut self, run: &EventRun<'_>, market: &EventMarket<'_>) -> Result<Metrics, Stray> {
        if let Some(why) = self.strayed {
            return Err(why);
        }
        // the position that the data ended with was closed at the last close
        let ended = self
            .path
            .last()
            .is_some_and(|t| t.held as usize == market.rows());
        Ok(match run.detail {
            Detail::Money => run.money(&self.purse, market.rows()),
            Detail::Curve => {
                if ended {
                    self.curve.settle(self.purse.cash);
                } else {
                    self.sample_flat(market.rows());
                }
                metrics_of(
                    &self.curve,
                    market.time,
                    run.timeframe,
                    &self.purse.tally,
                    &self.purse.counters,
                    run.trials,
                )
            }
        })
    }
}

impl EventRun<'_> {
    /// The figures of a run that ended, over so many bars.
    pub(super) fn money(&self, purse: &Purse, bars: usize) -> Metrics {
        money_metrics(
            purse.cash,
            bars,
            self.timeframe,
            &purse.tally,
            &purse.counters,
            self.trials,
        )
    }

    /// Runs the lanes at hand, each along its path, and empties them.
    pub(super) fn account(
        &self,
        market: &EventMarket<'_>,
        tasks: &[Task<'_>],
        paths: &[Vec<PathTrade>],
        lanes: &mut Lanes,
        out: &mut [Vec<Option<Metrics>>],
        strays: &mut Vec<(usize, usize, Stray)>,
    ) {
        if self.detail == Detail::Money
            && let Some(side_by_side) = SideBySide::of(self, market, tasks, paths, &lanes.waiting)
        {
            let results = side_by_side.run();
            for (result, w) in results.into_iter().zip(lanes.waiting.drain(..)) {
                match result {
                    Ok(metrics) => out[w.task][w.point] = Some(metrics),
                    Err(why) => strays.push((w.task, w.point, why)),
                }
            }
            return;
        }
        let capital = self.settings.capital;
        let mut runs: Vec<Lane<'_>> = lanes
            .waiting
            .iter()
            .map(|w| Lane {
                plan: &tasks[w.task].plans[w.point],
                signals: &tasks[w.task].signals[0],
                path: &paths[w.path],
                values: Vec::new(),
                purse: Purse::new(capital),
                liquidation: Liquidation::UNKNOWN,
                watches: self.settings.liquidation && !w.aware,
                strayed: None,
                curve: EquityCurve::new(capital),
                sampled: 0,
            })
            .collect();
        let longest = runs.iter().map(|lane| lane.path.len()).max().unwrap_or(0);
        for at in 0..longest {
            for lane in &mut runs {
                if let Some(trade) = lane.path.get(at)
                    && lane.strayed.is_none()
                {
                    lane.trade(self, market, trade);
                }
            }
        }
        for (lane, w) in runs.into_iter().zip(lanes.waiting.drain(..)) {
            match lane.finish(self, market) {
                Ok(metrics) => out[w.task][w.point] = Some(metrics),
                Err(why) => strays.push((w.task, w.point, why)),
            }
        }
    }
}

/// A point that waits to be run along a path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    pub task: usize,
    pub point: usize,
    pub path: usize,
    /// Liquidation is part of the path.
    pub aware: bool,
}

/// Points that are run side by side.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    waiting: Vec<Waiting>,
}

impl Lanes {
    pub fn add(&mut self, task: usize, point: usize, path: usize, aware: bool) {
        self.waiting.push(Waiting {
            task,
            point,
            path,
            aware,
        });
    }

    pub fn full(&self) -> bool {
        self.waiting.len() == LANES
    }
}
