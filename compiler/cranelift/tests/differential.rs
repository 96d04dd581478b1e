//! Compiled kernels against the interpreter on random programs.

#[path = "../../native/tests/laws/differential.rs"]
mod laws;

use sbt_cranelift::{compile, compile_baseline};
