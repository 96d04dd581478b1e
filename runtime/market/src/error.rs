//! What can be wrong with market data.

/// A problem with market data: one message that names the place and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MarketError {
    /// Text that is not a timeframe.
    #[error("`{text}` is not a timeframe: {reason}")]
    Timeframe {
        /// What was written.
        text: String,
        /// What would be right.
        reason: &'static str,
    },
}
