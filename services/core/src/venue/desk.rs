//! What every service that trades needs: the clock, the candles and the venue, as the settings say.

use super::{Costs, SimulatedVenue, Venue, VenueError, amount};
use crate::candles::Candles;
use crate::daemon::ServiceError;
use crate::market_clock::{ClockError, MarketClock};
use crate::model::Millis;
use crate::settings::{Settings, VenueName};
use crate::store::{Store, StoreError};
use async_trait::async_trait;
use rust_decimal::Decimal;
use std::sync::Arc;

/// What a venue is opened with.
#[derive(Clone, Copy)]
pub struct Opening<'a> {
    /// The store.
    pub store: &'a Store,
    /// The settings.
    pub settings: &'a Settings,
    /// What time it is at the market.
    pub clock: MarketClock,
    /// Who writes in the store.
    pub by: &'a str,
}

/// Opens a venue that this crate knows nothing of. The binary hands one to every service that trades or looks.
#[async_trait]
pub trait OpenVenue: Send + Sync {
    /// Opens it.
    ///
    /// # Errors
    /// Of the settings, the store or the venue.
    async fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Venue>, DeskError>;
}

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
    /// Sets up as the settings say, on simulated accounts alone. `by` is who writes in the store.
    pub async fn open(store: &Store, settings: &Settings, by: &str) -> Result<Self, DeskError> {
        Self::open_with(store, settings, by, None).await
    }

    /// The same, with what opens the other venue.
    pub async fn open_with(
        store: &Store,
        settings: &Settings,
        by: &str,
        opens: Option<&dyn OpenVenue>,
    ) -> Result<Self, DeskError> {
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
                let Some(opens) = opens else {
                    return Err(DeskError::Settings(
                        "`trading.venue` is `hyperliquid`, but this program trades on simulated accounts only".into(),
                    ));
                };
                let opening = Opening {
                    store,
                    settings,
                    clock,
                    by,
                };
                opens.open(opening).await?
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
