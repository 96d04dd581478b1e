//! `sixbtc-market`.
