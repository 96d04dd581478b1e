//! Native code for a strategy: IR programs compiled with Cranelift into kernels.
//!
//! [`compile`] turns a scheduled [`sbt_ir::Program`] into a [`CompiledKernel`], which implements [`sixbtc_abi::Kernel`] and
//! gives the same bits as [`sbt_ir::InterpKernel`] for any cut of the rows into blocks. What it cannot compile it refuses
//! with a [`CompileError`].
//!
//! | module | what |
//! |---|---|
//! | `emit` | operations, delays, windows and folds in Cranelift's IR |
//! | `compile` | functions into finalised code; listings |
//! | `code` | the memory of the code |
//!
//! State, routines and the door to the code are those of all native backends: `sbt-native`.

mod code;
mod compile;
mod emit;
mod host;

pub use compile::{asm, clif_text, compile, compile_baseline};
pub use sbt_native::{CompileError, CompiledKernel};
