//! The processor the code is for: the one this runs on.

use crate::error::CompileError;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable, Flags};
use std::sync::OnceLock;

/// The code generator for this processor with all its extensions, at full optimisation.
pub(crate) fn isa() -> Result<OwnedTargetIsa, CompileError> {
    static ISA: OnceLock<Result<OwnedTargetIsa, String>> = OnceLock::new();
    ISA.get_or_init(build).clone().map_err(CompileError::Host)
}

fn build() -> Result<OwnedTargetIsa, String> {
    let mut flags = settings::builder();
    let verify = if cfg!(debug_assertions) {
        "true"
    } else {
        "false"
    };
    let wanted = [
        ("opt_level", "speed"),
        ("enable_verifier", verify),
        // calls of routines far away; absolute addresses
        ("use_colocated_libcalls", "false"),
        ("is_pic", "false"),
        // the code runs on whatever stack it is called on and has small frames
        ("enable_probestack", "false"),
        ("unwind_info", "false"),
    ];
    for (name, value) in wanted {
        flags.set(name, value).map_err(|e| e.to_string())?;
    }
    let builder = cranelift_native::builder().map_err(str::to_owned)?;
    builder.finish(Flags::new(flags)).map_err(|e| e.to_string())
}

/// Whether the processor rounds in one instruction.
pub(crate) fn rounds() -> Result<bool, CompileError> {
    let isa = isa()?;
    let sse41 = isa.isa_flags().into_iter().find(|f| f.name == "has_sse41");
    Ok(sse41.is_none_or(|f| f.as_bool() == Some(true)))
}
