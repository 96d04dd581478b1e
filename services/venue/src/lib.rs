//! The simulated Hyperliquid.
//!
//! * [`engine`] – books, accounts, margin, funding, liquidation: pure and deterministic.

pub mod engine;
