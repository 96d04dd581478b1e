//! The simulated Hyperliquid.
//!
//! * [`engine`] – books, accounts, margin, funding, liquidation: pure and deterministic;
//! * [`host`] – what stands between the engine and its clients: requests, signatures, limits, websockets, faults;
//! * [`market`] – a market made from candles.

pub mod engine;
pub mod host;
pub mod market;
