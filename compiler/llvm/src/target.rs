//! The processor the code is for.

use inkwell::OptimizationLevel;
use inkwell::targets::{
    CodeModel, InitializationConfig, RelocMode, Target, TargetMachine, TargetTriple,
};
use sbt_native::CompileError;
use std::sync::OnceLock;

/// What to make code for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Processor {
    /// The one this runs on, with all its extensions.
    #[default]
    Host,
    /// The family's oldest of 64 bits: the same bits, slower. It is there for tests to run that code anywhere.
    Baseline,
    /// Any 64-bit ARM on Linux. Code for it can be listed anywhere, and run there only.
    Aarch64,
}

/// Name, extensions and what follows from them.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    pub triple: String,
    pub cpu: String,
    pub features: String,
    /// Rounds to a whole number in one instruction.
    pub rounds: bool,
    /// Has a fused product and sum.
    pub fuses: bool,
}

impl Processor {
    pub(crate) fn describe(self) -> Description {
        static HOST: OnceLock<Description> = OnceLock::new();
        match self {
            Self::Host => HOST.get_or_init(host).clone(),
            Self::Baseline => {
                let host = HOST.get_or_init(host);
                let x86 = host.triple.starts_with("x86_64");
                Description {
                    triple: host.triple.clone(),
                    cpu: if x86 { "x86-64" } else { "generic" }.to_owned(),
                    features: String::new(),
                    rounds: !x86,
                    fuses: !x86,
                }
            }
            Self::Aarch64 => Description {
                triple: "aarch64-unknown-linux-gnu".to_owned(),
                cpu: "generic".to_owned(),
                features: "+neon".to_owned(),
                rounds: true,
                fuses: true,
            },
        }
    }
}

fn host() -> Description {
    let text = |s: inkwell::support::LLVMString| s.to_string();
    let triple = TargetMachine::get_default_triple();
    let triple = triple.as_str().to_string_lossy().into_owned();
    let features = text(TargetMachine::get_host_cpu_features());
    let has = |name: &str| features.split(',').any(|f| f == name);
    // processors of other families have the instructions always
    let x86 = triple.starts_with("x86_64");
    let (rounds, fuses) = (!x86 || has("+sse4.1"), !x86 || has("+fma"));
    // loads one by one are faster on all but a few processors: the vectorisers need not look for gathers
    let features = if x86 {
        format!("{features},+prefer-no-gather,+prefer-no-scatter")
    } else {
        features
    };
    Description {
        cpu: text(TargetMachine::get_host_cpu_name()),
        rounds,
        fuses,
        triple,
        features,
    }
}

/// The code generator.
pub(crate) fn machine(of: &Description) -> Result<TargetMachine, CompileError> {
    let config = InitializationConfig::default();
    Target::initialize_x86(&config);
    Target::initialize_aarch64(&config);
    let triple = TargetTriple::create(&of.triple);
    let target = Target::from_triple(&triple).map_err(|e| CompileError::Host(e.to_string()))?;
    target
        .create_target_machine(
            &triple,
            &of.cpu,
            &of.features,
            OptimizationLevel::Aggressive,
            RelocMode::Default,
            CodeModel::JITDefault,
        )
        .ok_or_else(|| CompileError::Host(format!("no code generator for {}", of.triple)))
}
