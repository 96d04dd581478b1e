//! Native code for a strategy by LLVM: slower to make than [Cranelift's](../sbt_cranelift/index.html), faster to run, and
//! able to run several parameter points side by side.
//!
//! Everything is behind the feature `llvm`, which needs LLVM 19 on the machine that builds. [`compile`] turns a scheduled
//! [`sbt_ir::Program`] into a [`CompiledKernel`] that gives the same bits as [`sbt_ir::InterpKernel`]: no fast-math, no
//! contraction, transcendental functions by the routines of `sbt-native`.
//!
//! | module | what |
//! |---|---|
//! | `emit` | operations, delays, windows and folds in LLVM's IR, for one parameter point or several |
//! | `target` | the processor the code is for |
//! | `compile` | functions into optimised code; listings |
//! | `code` | the memory of the code |
#![cfg(feature = "llvm")]

mod code;
mod compile;
mod emit;
mod target;

pub use compile::{asm, compile, compile_baseline, llvm_text};
pub use sbt_native::{CompileError, CompiledKernel};
pub use target::Processor;
