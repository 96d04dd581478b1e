//! Trades the strategies that are live.
