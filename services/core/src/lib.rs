//! Settings, store and the harness of every service.
//!
//! The services never call each other: they meet here, in rows of the [`store`]. `model` says what such a row means, `daemon`
//! how a service runs, `settings` what a user may change, `telemetry` what the services say, `venue` where
//! strategies trade.

pub mod alerts;
pub mod candles;
pub mod daemon;
pub mod live;
pub mod market_clock;
pub mod model;
pub mod settings;
pub mod shared;
pub mod store;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod venue;
