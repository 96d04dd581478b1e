//! `sixbtc-tests`.
