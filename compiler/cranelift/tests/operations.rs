//! Compiled kernels against the interpreter, operation by operation.

#[path = "../../native/tests/laws/operations.rs"]
mod laws;

use sbt_cranelift::{CompileError, CompiledKernel, compile, compile_baseline};
