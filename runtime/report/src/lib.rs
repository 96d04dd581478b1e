//! The backtest report: one HTML file that needs no network.
//!
//! [`ReportData`] is the plain, serialisable input; [`render`] turns it into the page's text and [`write_data`] into a file.
//! The page holds its data as compact JSON, the chart library and its own code; a content security policy forbids it to load
//! anything, and all text of a strategy reaches the page as text only.

mod backtest;
pub mod data;
pub mod error;
pub mod figures;
pub mod monthly;
mod page;
mod payload;
pub mod thin;
mod write;

pub use data::ReportData;
pub use error::ReportError;
pub use page::render;

use sixbtc_backtest::BacktestResult;
use sixbtc_market::Bars;
use std::path::Path;

/// Renders `data` and writes the page to `path`, whole or not at all; missing directories are made.
pub fn write_data(data: &ReportData, path: &Path) -> Result<(), ReportError> {
    write::atomically(path, &render(data)?)
}

/// Writes the report of a backtest to `path`, whole or not at all. `bars` are those the run was given, on the strategy's
/// clock, in the order of its symbols.
pub fn write(result: &BacktestResult, bars: &[Bars], path: &Path) -> Result<(), ReportError> {
    write_data(&ReportData::of(result, bars)?, path)
}
