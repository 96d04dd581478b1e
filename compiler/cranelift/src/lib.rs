//! Native code for a strategy: IR programs compiled with Cranelift into kernels.
//!
//! [`compile`] turns a scheduled [`sbt_ir::Program`] into a [`CompiledKernel`], which implements [`sixbtc_abi::Kernel`] and
//! gives the same bits as [`sbt_ir::InterpKernel`] for any cut of the rows into blocks. What it cannot compile it refuses
//! with a [`CompileError`].
//!
//! | module | what |
//! |---|---|
//! | `memory` | which word of the state holds what |
//! | `seeds` | nodes that only seed a recurrence |
//! | `emit` | operations, delays, windows and folds in Cranelift's IR |
//! | `routines` | what machine code calls |
//! | `compile` | functions into finalised code; listings |
//! | `kernel` | the checked door to the code |
//!
//! The state layout is this backend's own ([`sbt_ir::Layout`] is the general one): windows share their blocks, sums of
//! whole ticks slide, short delays are registers.

mod compile;
mod emit;
mod error;
mod host;
mod kernel;
mod memory;
mod routines;
mod seeds;

pub use compile::{asm, clif_text, compile, compile_baseline};
pub use error::CompileError;
pub use kernel::CompiledKernel;
