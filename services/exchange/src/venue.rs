//! What we ask of an exchange.

use crate::{ExchangeError, Millis};
use async_trait::async_trait;
use sixbtc_market::{Bars, Funding, Timeframe};
use tokio_util::sync::CancellationToken;

/// Which candles.
#[derive(Debug, Clone, PartialEq)]
pub struct Want {
    /// What we call the coin: the name of the series.
    pub coin: String,
    /// What the exchange calls its market.
    pub market: String,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// First open wanted, on the timeframe's grid.
    pub from: Millis,
    /// First open not wanted any more.
    pub to: Millis,
    /// What time it is: bars that end later are not closed.
    pub now: Millis,
}

/// A perpetual that an exchange lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// What the exchange calls it: `kPEPE`, `1000PEPEUSDT`.
    pub market: String,
    /// Whether it may be traded now.
    pub trading: bool,
    /// Since when, where the exchange says so.
    pub listed: Option<Millis>,
    /// Largest leverage, where the exchange says so without an account.
    pub max_leverage: Option<f64>,
    /// Notional of the last 24 hours, USD.
    pub volume_usd: f64,
    /// Last price or mark price.
    pub price: f64,
    /// Smallest step of the price, where the exchange says so.
    pub tick: Option<f64>,
    /// Smallest step of the size, units of the base asset.
    pub lot: Option<f64>,
    /// Smallest notional of an order, USD, where the exchange says so.
    pub min_notional: Option<f64>,
}

/// An exchange, as far as data goes. No account is needed.
#[async_trait]
pub trait Exchange: Send + Sync {
    /// Its name, as it stands in the store as source of a series.
    fn name(&self) -> &'static str;

    /// What it calls the market of a coin, unless it says otherwise.
    fn market_of(&self, coin: &str) -> String;

    /// Bars a page.
    fn page(&self) -> usize;

    /// Bars from now back that it serves at all; `None`: all since the listing.
    fn reach(&self) -> Option<u64>;

    /// Whether it has bars of that length.
    fn serves(&self, timeframe: Timeframe) -> Result<(), ExchangeError>;

    /// Its time of day: a bar is closed when it is closed there.
    async fn time(&self, stop: &CancellationToken) -> Result<Millis, ExchangeError>;

    /// The first [`Exchange::page`] closed bars of what is wanted; none when there are none.
    async fn candles(&self, want: &Want, stop: &CancellationToken) -> Result<Bars, ExchangeError>;

    /// The first funding payments in `[from, to)`; none when there are none.
    async fn funding(
        &self,
        coin: &str,
        market: &str,
        from: Millis,
        to: Millis,
        stop: &CancellationToken,
    ) -> Result<Funding, ExchangeError>;

    /// All perpetuals.
    async fn listings(&self, stop: &CancellationToken) -> Result<Vec<Listing>, ExchangeError>;
}
