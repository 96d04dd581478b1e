//! Compiled indicators against the interpreter.
#![cfg(feature = "llvm")]

#[path = "../../native/tests/laws/indicators.rs"]
mod laws;

use sbt_ir::Program;
use sbt_llvm::{CompileError, CompiledKernel};

fn compile(program: &Program) -> Result<CompiledKernel, CompileError> {
    sbt_llvm::compile(program, 1)
}

fn listings(program: &Program) -> Result<[String; 2], CompileError> {
    let host = sbt_llvm::Processor::Host;
    Ok([
        sbt_llvm::llvm_text(program, 1, host)?,
        sbt_llvm::asm(program, 1, host)?,
    ])
}
