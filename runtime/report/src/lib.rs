//! Reports: each one HTML file that needs no network.
//!
//! A backtest's is made here, those of a sweep, a walk-forward and a validation in [`lab`]. [`ReportData`] is the plain,
//! serialisable input; [`render`] turns it into the page's text and [`write_data`] into a file. A page holds its data as
//! compact JSON, the chart library when it needs it, and its own code; a content security policy forbids it to load anything,
//! and all text of a strategy reaches the page as text only.

mod backtest;
pub mod data;
pub mod error;
pub mod figures;
pub mod lab;
pub mod monthly;
mod page;
mod payload;
pub mod thin;
mod written;

pub use data::ReportData;
pub use error::ReportError;
pub use page::render;

use sixbtc_backtest::{BacktestError, BacktestResult, write_whole};
use sixbtc_market::Bars;
use std::path::Path;

/// Renders `data` and writes the page to `path`, whole or not at all; missing directories are made.
pub fn write_data(data: &ReportData, path: &Path) -> Result<(), ReportError> {
    write_page(&render(data)?, path)
}

fn write_page(page: &str, path: &Path) -> Result<(), ReportError> {
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(|source| BacktestError::Io {
            path: parent.into(),
            source,
        })?;
    }
    write_whole(path, |out| out.write_all(page.as_bytes()))?;
    Ok(())
}

/// Writes the report of a backtest to `path`, whole or not at all; missing directories are made. `data` are the bars the run
/// was given.
pub fn write(result: &BacktestResult, data: &[Bars], path: &Path) -> Result<(), ReportError> {
    write_data(&ReportData::of(result, data)?, path)
}
