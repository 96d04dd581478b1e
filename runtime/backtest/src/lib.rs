//! Runs over history: one backtest, its identity and its reports.

pub mod result;

pub use result::{BacktestResult, DataIdentity, PlotSeries, RunIdentity, Warmup};
