//! The simulated Hyperliquid.
