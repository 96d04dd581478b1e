//! The simulated Hyperliquid.
//!
//! * [`engine`] – books, accounts, margin, funding, liquidation: pure and deterministic;
//! * [`host`] – what stands between the engine and its clients: requests, signatures, limits, websockets, faults;
//! * [`market`] – a market made from candles;
//! * [`faults`] – plans of what goes wrong on the way, with a seed;
//! * [`server`] – HTTP, websockets and the state on disk.

mod chance;
pub mod engine;
pub mod faults;
pub mod host;
pub mod market;
pub mod server;
