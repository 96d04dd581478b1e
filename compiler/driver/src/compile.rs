//! From a checked strategy to a kernel.

use crate::staged::Staged;
use sbt_hir::Strategy;
use sbt_ir::{InterpKernel, Module, Program};
use sixbtc_abi::{Kernel, Manifest};

/// Which backend makes the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backend {
    /// Native code by Cranelift.
    #[default]
    Cranelift,
    /// The interpreter: slow and simple, the oracle of the others.
    Interpreter,
}

impl Backend {
    /// Its name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cranelift => "cranelift",
            Self::Interpreter => "interpreter",
        }
    }
}

/// Why a correct program could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The program asks for more than a kernel may use.
    #[error("{0}")]
    Limit(String),
    /// Stages or order of evaluation do not work out; a defect of the compiler.
    #[error("the compiler could not order the program: {0}")]
    Schedule(String),
    /// The backend refused.
    #[error("the {backend} backend refused the program: {why}")]
    Backend {
        /// Which.
        backend: &'static str,
        /// Why.
        why: String,
    },
}

/// A compiled strategy.
pub struct Compiled {
    /// The kernel.
    pub kernel: Box<dyn Kernel>,
    /// What it was made of; of a portfolio, what its last kernel was made of.
    pub program: Program,
}

impl Compiled {
    /// What the kernel needs and yields.
    pub fn manifest(&self) -> &Manifest {
        self.kernel.manifest()
    }
}

/// Operations a bar that a program may need.
pub const MAX_OPS: u64 = 2_000_000;
/// Bytes of state that a program may need.
pub const MAX_STATE: usize = 256 * 1024 * 1024;

/// Compiles a strategy or portfolio.
pub fn compile(strategy: &Strategy, backend: Backend) -> Result<Compiled, CompileError> {
    let Some((modules, last, plan)) = sbt_ir::lower::portfolio(strategy) else {
        return compile_module(sbt_ir::lower::strategy(strategy), backend);
    };
    let stages = modules
        .into_iter()
        .map(|m| compile_module(m, backend).map(|c| c.kernel))
        .collect::<Result<_, _>>()?;
    let Compiled { kernel, program } = compile_module(last, backend)?;
    Ok(Compiled {
        kernel: Box::new(Staged::new(stages, kernel, plan)),
        program,
    })
}

/// Compiles a module: optimises, schedules, generates code.
pub fn compile_module(module: Module, backend: Backend) -> Result<Compiled, CompileError> {
    let program = sbt_opt::optimise(module).map_err(|e| CompileError::Schedule(e.to_string()))?;
    let kernel: Box<dyn Kernel> = match backend {
        Backend::Cranelift => {
            Box::new(
                sbt_cranelift::compile(&program).map_err(|e| CompileError::Backend {
                    backend: backend.name(),
                    why: e.to_string(),
                })?,
            )
        }
        Backend::Interpreter => {
            Box::new(
                InterpKernel::new(program.clone()).map_err(|e| CompileError::Backend {
                    backend: backend.name(),
                    why: e.to_string(),
                })?,
            )
        }
    };
    let manifest = kernel.manifest();
    if manifest.ops_per_bar > MAX_OPS {
        return Err(CompileError::Limit(format!(
            "E0701: the program needs {} operations a bar, more than {MAX_OPS}; shorten its folds",
            manifest.ops_per_bar
        )));
    }
    if manifest.state_bytes > MAX_STATE {
        return Err(CompileError::Limit(format!(
            "E0702: the program needs {} bytes of state, more than {MAX_STATE}; shorten its histories",
            manifest.state_bytes
        )));
    }
    Ok(Compiled { kernel, program })
}
