//! What the store knows of the market: coins, candle files, regimes.

use super::Millis;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A coin that may be tested or traded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coin {
    /// As the venue writes it, such as `BTC`.
    pub symbol: String,
    /// Largest leverage the venue allows.
    pub max_leverage: i64,
    /// Traded in 24 hours, USD.
    pub volume_24h: Decimal,
    /// Last price, USD.
    pub price: Decimal,
    /// Whether it is in the list; one that drops out stays as a row.
    pub active: bool,
    /// Days of candles at hand; absent: not counted yet.
    pub coverage_days: Option<f64>,
    /// First candle of the exchange.
    pub listed_at: Option<Millis>,
    /// When it was written.
    pub updated_at: Millis,
    /// Anything else: precision, name at the other exchange.
    pub data: serde_json::Value,
}

/// What an update of the coins changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoinsUpdated {
    /// In the list now.
    pub total: u64,
    /// Never seen before.
    pub new: u64,
    /// Known before.
    pub updated: u64,
    /// Dropped out.
    pub deactivated: u64,
}

/// A file of candles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    /// Of which coin.
    pub symbol: String,
    /// Of which clock.
    pub timeframe: String,
    /// `binance`, `hyperliquid`, `sample`, `synth` …
    pub source: String,
    /// First bar's open.
    pub from: Millis,
    /// Last bar's end.
    pub to: Millis,
    /// How many bars.
    pub bars: i64,
    /// Hash of the content.
    pub hash: String,
    /// Whether it reaches back to the listing.
    pub complete: bool,
    /// When it was written.
    pub updated_at: Millis,
}

/// The latest regime of a coin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegimeRow {
    /// Which coin.
    pub symbol: String,
    /// `TREND`, `REVERSAL` or `MIXED`.
    pub regime: String,
    /// `LONG`, `SHORT` or `BOTH`.
    pub direction: String,
    /// 0 to 1.
    pub strength: f64,
    /// Days it was read from.
    pub days: i64,
    /// When.
    pub at: Millis,
    /// The tests' results.
    pub data: serde_json::Value,
}
