//! Compiled kernels beside forbidden pages.
#![cfg(feature = "llvm")]

#[path = "../../native/tests/laws/guard.rs"]
mod laws;

use sbt_ir::Program;
use sbt_llvm::{CompileError, CompiledKernel};

fn compile(program: &Program) -> Result<CompiledKernel, CompileError> {
    sbt_llvm::compile(program, 1)
}
