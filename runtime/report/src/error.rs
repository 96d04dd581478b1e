//! What can go wrong when a report is written.

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Columns that must be of one length are not.
    #[error("{what}: columns of {expected} and {found} rows; they must be of equal length")]
    Columns {
        /// Which columns.
        what: String,
        /// Rows of the time column.
        expected: usize,
        /// Rows of another column.
        found: usize,
    },
    /// Times that do not rise.
    #[error("{what}: row {row} is not later than the row before it")]
    Order {
        /// Which column.
        what: String,
        /// The first row out of order, from 0.
        row: usize,
    },
    /// A place that does not exist.
    #[error("{what}: place {place} of {size}; places count from 0")]
    Place {
        /// What was to be found there.
        what: String,
        /// The place.
        place: usize,
        /// How many places there are.
        size: usize,
    },
    /// The page's data could not be written as JSON.
    #[error("cannot write the report's data as JSON")]
    Json(#[from] serde_json::Error),
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] sixbtc_backtest::BacktestError),
}
