//! Market data: what a bar is, where bars come from, and the columns a compiled strategy reads.
//!
//! * [`Timeframe`], [`Bars`], [`SymbolSpec`], [`Funding`] – the nouns;
//!
//! A bar is named by its **open** time in milliseconds since the Unix epoch, UTC, covers `[open, open + timeframe)` and is
//! confirmed at its end. Days and weeks are UTC, weeks start on Monday. A missing bar is a hole in the index: it is
//! reported, never invented.

pub mod bars;
pub mod error;
pub mod symbol;
pub mod timeframe;

pub use bars::Bars;
pub use error::MarketError;
pub use symbol::{Funding, SymbolSpec};
pub use timeframe::Timeframe;
