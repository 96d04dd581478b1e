//! The processor the code is for: the one this runs on.

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable, Flags};
use sbt_native::CompileError;
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

/// What a processor may do in one instruction or lack altogether.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extensions {
    /// Rounding to a whole number.
    pub rounds: bool,
    /// A fused product and sum.
    pub fuses: bool,
}

impl Extensions {
    /// None of them: routines are called instead.
    pub const NONE: Self = Self {
        rounds: false,
        fuses: false,
    };

    /// Those of this processor.
    pub fn of_host() -> Result<Self, CompileError> {
        let isa = isa()?;
        let flags = isa.isa_flags();
        // processors without these flags always have the instructions
        let has = |name| {
            let mut named = flags.iter().filter(|f| f.name == name);
            named.all(|f| f.as_bool() == Some(true))
        };
        Ok(Self {
            rounds: has("has_sse41"),
            fuses: has("has_fma") && has("has_avx"),
        })
    }
}
