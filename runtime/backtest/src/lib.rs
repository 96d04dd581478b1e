//! Runs over history: one backtest, its identity, its files, and runs side by side.
//!
//! [`run_backtest`] runs a compiled strategy over the bars of one or several symbols, block by block: signals of the kernel,
//! fills of the engine, figures at the end. [`write_files`] writes what it yields with stable columns; [`compare`] reads
//! such reports back.

pub mod compare;
pub mod error;
mod portfolio;
pub mod report;
pub mod result;
pub mod run;
pub mod sweep;

pub use compare::{ComparedLine, ComparedRun, Comparison, compare, compare_reports};
pub use error::BacktestError;
pub use report::{Report, write_equity, write_files, write_holdings, write_trades, write_whole};
pub use result::{BacktestResult, DataIdentity, PlotSeries, RunIdentity, Warmup};
pub use run::{BacktestInput, run_backtest};
pub use sweep::{Path as SweepPath, Sweep, SweepInput};
