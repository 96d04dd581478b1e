//! What the backends that make machine code share: the layout of the state, the routines compiled code calls, and the
//! checked door to that code.
//!
//! | module | what |
//! |---|---|
//! | `memory` | which word of the state holds what |
//! | `seeds` | nodes that only seed a recurrence |
//! | `routines` | what machine code calls |
//! | `context` | what is handed to the code at a call |
//! | `check` | that a program is whole before code is made of it |
//! | `kernel` | the checked door to the code |
//!
//! The state layout is that of these backends ([`sbt_ir::Layout`] is the general one): windows share their blocks, sums of
//! whole ticks slide, short delays are registers. With more than one lane every word whose contents depend on the
//! parameters is repeated, lane after lane.

mod check;
pub mod context;
mod error;
mod kernel;
pub mod memory;
pub mod routines;
mod seeds;

pub use check::check;
pub use error::CompileError;
pub use kernel::{CompiledKernel, Entries, Lanes};
