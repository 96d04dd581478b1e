//! Tests of the whole: random programs as text, laws that hold for all of them, and what finds and shrinks a breach.
//!
//! The tests beside it hold the house's own rules and the workloads. Everything here is a function of a seed or of bytes, so that a test, a fuzz target and a person see the same program.

pub mod book;
pub mod campaign;
pub mod data;
pub mod dice;
pub mod hostile;
#[cfg(feature = "llvm")]
pub mod lanes;
pub mod programs;
pub mod properties;
pub mod shrink;

pub use campaign::{Campaign, Statistics};
pub use dice::Dice;
pub use properties::{Difference, Reached};
