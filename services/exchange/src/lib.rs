//! What exchanges say, and what is said to them: candles, funding, lists of coins; orders and money on Hyperliquid.
//!
//! * [`Exchange`] – what we ask of one; [`binance`] and [`hyperliquid`] speak it;
//! * [`http`] – one request: timeouts, sizes, the budget of weight, what is tried again and what is not;
//! * [`download`] – candles into a [`sixbtc_market::Store`], from where it stands to the last closed bar;
//! * [`funding`] – the same for funding rates;
//! * [`wire`] – what is said to Hyperliquid and by it, [`sign`] – signatures, [`client`] – saying it;
//! * [`registry`] – which coins are traded, and how the list changes;
//! * [`keys`] – private keys, sealed at rest;
//! * [`regime`] – what a market rewards, by two toy tests.
//!
//! Nothing here reads the time of day: every function is told what time it is. `registry` and `regime` are pure.

pub mod binance;
pub mod client;
mod decode;
pub mod download;
mod error;
mod files;
pub mod funding;
pub mod http;
pub mod hyperliquid;
pub mod keys;
mod network;
mod pace;
pub mod regime;
pub mod registry;
pub mod sign;
pub mod symbols;
mod venue;
pub mod wire;

pub use binance::Binance;
pub use error::ExchangeError;
pub use hyperliquid::Hyperliquid;
pub use network::Network;
pub use pace::{Pace, WallPace};
pub use venue::{Exchange, Listing, Want};

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;
