//! Fills, costs, sizing, portfolio and metrics: what a backtest means.
//!
//! Pure: bars and kernel outputs in, trades and equity out; no disk, clock, network or chance. All arithmetic is IEEE f64 in
//! the order written.
//!
//! * [`RunSettings`] – what a run assumes about money, costs and fills;
//! * [`Engine`] – executes the order plan of a kernel over rows in time order, block by block;
//! * [`PortfolioEngine`] – holds what a portfolio chooses, rebalancing it in time;
//! * [`size_order`] – how large an order is, the same function for simulation, paper and live trading;
//! * [`Trade`], [`EquityCurve`], [`Skips`], [`Counters`] – what a run leaves behind;
//! * [`metrics`](metrics::metrics) – figures of a run.

// Tests compare exact figures on purpose.
#![cfg_attr(test, allow(clippy::float_cmp))]

mod account;
mod book;
pub mod cross;
pub mod curve;
pub mod engine;
pub mod events;
mod fills;
pub mod grid;
pub mod holdings;
pub mod live;
mod lot;
pub mod metrics;
pub mod normal;
mod orders;
pub mod portfolio;
pub mod settings;
pub mod sizing;
mod skip;
mod tally;
mod together;
pub mod trade;
mod within;

pub use book::SymbolSetup;
pub use curve::{EquityCurve, EquityPoint, Span};
pub use engine::{Block, Engine, EngineError, Outcome};
pub use grid::Grid;
pub use holdings::{Rebalance, Share};
pub use lot::liquidation_price;
pub use metrics::{Metric, MetricKind, Metrics, SharpeEstimate, Trials, metrics};
pub use orders::PlanError;
pub use portfolio::PortfolioEngine;
pub use settings::{Ambiguous, EquityMode, FillAt, RunSettings, SettingError};
pub use sizing::{SizeContext, SizeRule, Sized, size_order};
pub use trade::{Counters, ExitReason, LevelPoint, Side, SkipReason, Skips, Trade};
