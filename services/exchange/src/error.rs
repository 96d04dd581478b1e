//! What can go wrong between us and an exchange.

use sixbtc_market::{MarketError, Timeframe};
use std::path::PathBuf;
use std::time::Duration;

/// One sentence that says what happened, and what helps.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// No connection.
    #[error(
        "cannot reach {host} ({reason}); check the network, or work offline: `sixbtc data import` and `sixbtc data synth` need none"
    )]
    Unreachable {
        /// The host.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// It answered wrongly, or not in time, as often as we were ready to ask.
    #[error(
        "{host} does not answer as it should, after {tries} tries: {last}; what has arrived is stored, try again later"
    )]
    Failing {
        /// The host.
        host: String,
        /// Requests made.
        tries: u32,
        /// What the last try gave.
        last: String,
    },
    /// It asks us to wait for longer than we are ready to.
    #[error("{host} asks to wait for {} s (status {status}); what has arrived is stored, try again after that", .wait.as_secs())]
    Limited {
        /// The host.
        host: String,
        /// 429 (slower) or 418 (banned).
        status: u16,
        /// For how long.
        wait: Duration,
    },
    /// It refused, and would again.
    #[error("{host} refuses the request (status {status}): {says}")]
    Refused {
        /// The host.
        host: String,
        /// Status of the answer.
        status: u16,
        /// Its message, shortened.
        says: String,
    },
    /// The exchange has no such market.
    #[error("{exchange} has no perpetual `{market}`{}", if .market == .coin { String::new() } else { format!(" (for `{coin}`)") })]
    UnknownMarket {
        /// The exchange.
        exchange: &'static str,
        /// What we call it.
        coin: String,
        /// What the exchange was asked for.
        market: String,
    },
    /// Bars of that length are not served.
    #[error(
        "{exchange} has no {timeframe} bars; it serves {serves} (make others of them with `sixbtc data resample`)"
    )]
    NoTimeframe {
        /// The exchange.
        exchange: &'static str,
        /// What was asked.
        timeframe: Timeframe,
        /// What there is.
        serves: &'static str,
    },
    /// The stored bars came from elsewhere: prices differ between exchanges, so a series has one source.
    #[error("`{}` holds bars from `{have}`, and bars from `{want}` must not be mixed with them; choose another directory, or remove the file", .path.display())]
    OtherSource {
        /// The stored file.
        path: PathBuf,
        /// Source of what is there.
        have: String,
        /// Source of what would be added.
        want: &'static str,
    },
    /// The list of coins has shrunk so much that it is not believed.
    #[error(
        "the exchanges list {chosen} coins where {active} were active: too few to be true, so nothing is changed"
    )]
    Shrunk {
        /// Coins that would be active.
        chosen: usize,
        /// Coins active now.
        active: usize,
    },
    /// An address that is none.
    #[error("`{url}` is no address of an exchange: {reason}")]
    Address {
        /// As given.
        url: String,
        /// Why.
        reason: String,
    },
    /// No client could be made.
    #[error("cannot set up connections: {0}")]
    Setup(String),
    /// It was asked to stop.
    #[error("stopped; what has arrived is stored")]
    Stopped,
    /// The store, or bars that cannot be.
    #[error(transparent)]
    Market(#[from] MarketError),
    /// A file beside the candles.
    #[error("`{}`: cannot {action}: {reason}", .path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        reason: String,
    },
}

impl ExchangeError {
    /// Whether waiting may mend it.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Failing { .. }
                | Self::Limited { .. }
                | Self::Stopped
                | Self::Disk { .. }
                | Self::Shrunk { .. }
        )
    }

    /// Whether every other request would fail just so.
    pub fn is_of_the_whole_exchange(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Limited { .. }
                | Self::Stopped
                | Self::Setup(_)
                | Self::Address { .. }
        )
    }
}
