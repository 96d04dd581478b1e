//! Compiled kernels against the interpreter, operation by operation.
#![cfg(feature = "llvm")]

#[path = "../../native/tests/laws/operations.rs"]
mod laws;

use sbt_ir::Program;
use sbt_llvm::{CompileError, CompiledKernel};

fn compile(program: &Program) -> Result<CompiledKernel, CompileError> {
    sbt_llvm::compile(program, 1)
}

fn compile_baseline(program: &Program) -> Result<CompiledKernel, CompileError> {
    sbt_llvm::compile_baseline(program, 1)
}
