//! What every service that trades needs: the clock, the candles and the venue, as the settings say.

use super::{Costs, SimulatedVenue, Venue, VenueError, amount};
use crate::candles::Candles;
use crate::daemon::ServiceError;
use crate::market_clock::{ClockError, MarketClock};
use crate::model::Millis;
use crate::settings::{Settings, VenueName};
use crate::store::{Store, StoreError};
use rust_decimal::Decimal;
use std::sync::Arc;

/// Clock, candles and venue of one process.
pub struct Desk {
    /// What time it is at the market.
    pub clock: MarketClock,
    /// Candles that had closed by then.
    pub candles: Arc<Candles>,
    /// Where strategies trade.
    pub venue: Arc<dyn Venue>,
    by: String,
}

/// Why there is no desk.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The clock.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The venue.
    #[error(transparent)]
    Venue(#[from] VenueError),
    /// The settings ask for what there is not.
    #[error("{0}")]
    Settings(String),
}

impl From<DeskError> for ServiceError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Clock(ClockError::Store(e)) | DeskError::Venue(VenueError::Store(e)) => {
                Self::Store(e)
            }
            DeskError::Settings(why) => Self::Fatal(why),
            other => Self::Passing(other.to_string()),
        }
    }
}

impl From<VenueError> for ServiceError {
    fn from(error: VenueError) -> Self {
        match error {
            VenueError::Store(e) => Self::Store(e),
            other => Self::Passing(other.to_string()),
        }
    }
}

impl Desk {
    /// Sets up as the settings say. `by` is who writes in the store.
    pub async fn open(store: &Store, settings: &Settings, by: &str) -> Result<Self, DeskError> {
        let candles = Arc::new(Candles::new(&settings.directories.data));
        let clock = MarketClock::open(store, settings, &candles, by).await?;
        let exchange = &settings.hyperliquid;
        let venue: Arc<dyn Venue> = match settings.trading.venue {
            VenueName::Simulated => {
                let costs = Costs {
                    taker: decimal("hyperliquid.fee_rate", exchange.fee_rate)?,
                    slippage: decimal("hyperliquid.slippage", exchange.slippage)?,
                };
                let capital = decimal("trading.total_capital", settings.trading.total_capital)?;
                let venue = SimulatedVenue::open(
                    store.clone(),
                    Arc::clone(&candles),
                    clock,
                    capital,
                    exchange.subaccounts.count,
                    costs,
                    by,
                );
                Arc::new(venue.await?)
            }
            VenueName::Hyperliquid => {
                return Err(DeskError::Settings(
                    "`trading.venue` is `hyperliquid`, but this version trades on simulated accounts only".into(),
                ));
            }
        };
        Ok(Self {
            clock,
            candles,
            venue,
            by: by.to_owned(),
        })
    }

    /// Market time now.
    pub async fn now(&mut self, store: &Store) -> Result<Millis, StoreError> {
        self.clock.now(store, &self.by).await
    }
}

/// A number of the settings as an amount.
pub fn decimal(name: &str, value: f64) -> Result<Decimal, DeskError> {
    amount(value).ok_or_else(|| DeskError::Settings(format!("`{name}` is {value}: no amount")))
}
