//! `sixbtc-backtest`.
