//! What stands between the engine and its clients, without sockets, clocks or threads.
//!
//! * [`Source`] – where prices and candles come from;
//! * [`Faults`] – what goes wrong on the way.

mod fate;
mod source;

pub use fate::{AnswerFate, Faults, FrameFate, Loss, OpenFate, Post, RequestFate, Sent};
pub use source::Source;
