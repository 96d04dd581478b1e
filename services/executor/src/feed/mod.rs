//! Candles and prices for all accounts of this process, over one connection.

mod tape;

pub use tape::{Closed, Heard, Tape, TapeSettings};
