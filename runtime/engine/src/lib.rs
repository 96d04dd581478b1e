//! `sixbtc-engine`.
