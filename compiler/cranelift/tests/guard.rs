//! Compiled kernels beside forbidden pages.

#[path = "../../native/tests/laws/guard.rs"]
mod laws;

use sbt_cranelift::compile;
