//! What Hyperliquid's clients and its venue say to each other, byte by byte.
//!
//! One set of types for both sides: [`action`] and [`exchange`] for what changes something, [`info`] for what is asked,
//! [`ws`] for what is pushed. Unknown members are ignored and absent ones are null, so that an exchange that grows does not
//! blind us; names that may grow have an `Other`.
//!
//! * [`number`] – prices, sizes and money: text on the wire, `Decimal` here, never a float;
//! * [`ordered`] – JSON that keeps the order of its members, because signatures are over that order;
//! * [`errors`] – the one table of texts with which the exchange refuses.

pub mod action;
mod bytes;
pub mod errors;
pub mod exchange;
pub mod info;
mod names;
pub mod number;
pub mod order;
pub mod ordered;
pub mod status;
pub mod ws;

pub use action::Action;
pub use bytes::{Address, Cloid, HexError, TxHash};
pub(crate) use bytes::{digits, from_hex, write_hex};
pub use exchange::Envelope;
pub use info::InfoRequest;
pub use order::{Grouping, OrderKind, OrderRef, OrderWire, Side, Tif, Tpsl};
pub use ordered::Ordered;
pub use status::OrderStatus;

/// Number that the exchange gives an order; counts up over all accounts.
pub type Oid = u64;

/// Number that the exchange gives a trade; both sides of it carry the same.
pub type Tid = u64;
