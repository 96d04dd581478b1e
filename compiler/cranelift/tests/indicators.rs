//! Compiled indicators against the interpreter.

#[path = "../../native/tests/laws/indicators.rs"]
mod laws;

use sbt_cranelift::{CompileError, asm, clif_text, compile};
use sbt_ir::Program;

fn listings(program: &Program) -> Result<[String; 2], CompileError> {
    Ok([clif_text(program)?, asm(program)?])
}
