//! Market data: what a bar is, where bars come from, and the columns a compiled strategy reads.
//!
//! * [`Timeframe`], [`Bars`], [`SymbolSpec`], [`Funding`] – the nouns;
//! * [`check`] – the rules every bar obeys, the gaps between bars, mending;
//! * [`mod@resample`] – longer bars out of shorter ones;
//! * [`session`], [`calendar`] – trading hours with daylight saving, dates;
//! * [`import`], [`mod@export`], [`store`], [`mod@synth`] – files in, files out, the candle store, synthetic candles;
//! * [`ticks`] – rounding to whole ticks;
//! * [`frame`] – [`FrameSet`]: from bars and a manifest to what a kernel reads.
//!
//! A bar is named by its **open** time in milliseconds since the Unix epoch, UTC, covers `[open, open + timeframe)` and is
//! confirmed at its end. Days and weeks are UTC, weeks start on Monday. A missing bar is a hole in the index: it is
//! reported, never invented.

pub mod bars;
pub mod calendar;
pub mod check;
pub mod error;
pub mod export;
pub mod frame;
pub mod import;
pub mod resample;
pub mod session;
pub mod store;
pub mod symbol;
pub mod synth;
pub mod ticks;
pub mod timeframe;

pub use bars::{Bar, Bars};
pub use check::{Flaw, Gap, Repairs, fill_gaps_flat, gaps};
pub use error::{MarketError, Place};
pub use export::export;
pub use frame::FrameSet;
pub use import::{ImportOptions, Imported, open, open_all, open_funding};
pub use resample::resample;
pub use session::{Session, parse_session};
pub use store::Store;
pub use symbol::{Funding, OrderPrices, SymbolSpec};
pub use synth::{SynthOptions, synth};
pub use ticks::Ticks;
pub use timeframe::Timeframe;
