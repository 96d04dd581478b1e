//! Names of things: accounts, orders, markets, times.

use rust_decimal::Decimal;

pub use sixbtc_exchange::wire::{Oid, Side, Tid};

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;
/// Index of a perpetual in the list of markets.
pub type Asset = u32;

/// A day in milliseconds. Days of fees, volumes and firings are those of UTC.
pub const DAY: Millis = 86_400_000;
/// An hour in milliseconds.
pub const HOUR: Millis = 3_600_000;

/// Whether an order of `side` with limit `limit` trades at `price`.
pub fn reaches(side: Side, limit: Decimal, price: Decimal) -> bool {
    match side {
        Side::Buy => price <= limit,
        Side::Sell => price >= limit,
    }
}

/// The side of a position of signed size `szi`; `None` when flat.
pub fn position_side(szi: Decimal) -> Option<Side> {
    if szi.is_zero() {
        None
    } else {
        Some(Side::of(szi.is_sign_positive()))
    }
}

/// Money is kept to a millionth of a dollar: amounts that arise from a rate are rounded to it, halves away from zero.
pub fn to_micro(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(6, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
}
