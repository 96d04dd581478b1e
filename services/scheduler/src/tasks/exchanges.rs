//! The exchanges that the settings name.

use sixbtc_core::settings::{CandleSource, Settings};
use sixbtc_exchange::http::Patience;
use sixbtc_exchange::{Binance, Exchange, Hyperliquid, binance, hyperliquid};
use std::sync::Arc;

/// Clients of the exchanges.
#[derive(Clone)]
pub struct Exchanges {
    /// Where candles come from; `None` offline.
    pub candles: Option<Arc<dyn Exchange>>,
    /// Where strategies trade: the list of coins comes from there.
    pub venue: Arc<dyn Exchange>,
    /// Whether the two are the same exchange.
    pub same: bool,
}

impl Exchanges {
    /// Those of the settings.
    pub(crate) fn of(settings: &Settings) -> Result<Self, String> {
        let data = &settings.data_scheduler;
        let patience = || Patience {
            requests_per_minute: data.requests_per_minute,
            ..Patience::default()
        };
        let address = |usual: &str| {
            if data.api_url.is_empty() {
                usual.to_owned()
            } else {
                data.api_url.clone()
            }
        };
        let candles: Option<Arc<dyn Exchange>> = match data.source {
            CandleSource::None => None,
            CandleSource::Binance => Some(Arc::new(
                Binance::new(&address(binance::ADDRESS), patience()).map_err(|e| e.to_string())?,
            )),
            CandleSource::Hyperliquid => Some(Arc::new(
                Hyperliquid::new(&address(hyperliquid::ADDRESS), patience())
                    .map_err(|e| e.to_string())?,
            )),
        };
        let venue = Hyperliquid::new(&data.venue_url, patience()).map_err(|e| e.to_string())?;
        Ok(Self {
            candles,
            venue: Arc::new(venue),
            same: data.source == CandleSource::Hyperliquid,
        })
    }
}

/// Why nothing is fetched when the settings name no source.
pub(super) const OFFLINE: &str =
    "offline: `data_scheduler.source` is none, the data directory is used as it is";
