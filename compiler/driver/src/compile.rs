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
    /// Native code by LLVM: takes longer to compile and runs faster. Only in builds with the feature `llvm`.
    Llvm,
    /// The interpreter: slow and simple, the oracle of the others.
    Interpreter,
}

impl Backend {
    /// The backends of this build, the oracle first.
    pub const BUILT_IN: &'static [Self] = if cfg!(feature = "llvm") {
        &[Self::Interpreter, Self::Cranelift, Self::Llvm]
    } else {
        &[Self::Interpreter, Self::Cranelift]
    };

    /// Its name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cranelift => "cranelift",
            Self::Llvm => "llvm",
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
    compile_module_lanes(module, backend, 1)
}

/// As [`compile_module`], with a kernel that runs up to `lanes` parameter points side by side where the backend can
/// ([`Backend::Llvm`], at most 8); [`Kernel::lanes`] tells how many it is.
pub fn compile_module_lanes(
    module: Module,
    backend: Backend,
    lanes: usize,
) -> Result<Compiled, CompileError> {
    let program = sbt_opt::optimise(module).map_err(|e| CompileError::Schedule(e.to_string()))?;
    let kernel: Box<dyn Kernel> = match backend {
        Backend::Llvm => llvm(&program, lanes)?,
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

#[cfg(feature = "llvm")]
fn llvm(program: &Program, lanes: usize) -> Result<Box<dyn Kernel>, CompileError> {
    let kernel = sbt_llvm::compile(program, lanes).map_err(|e| CompileError::Backend {
        backend: Backend::Llvm.name(),
        why: e.to_string(),
    })?;
    Ok(Box::new(kernel))
}

#[cfg(not(feature = "llvm"))]
fn llvm(_: &Program, _: usize) -> Result<Box<dyn Kernel>, CompileError> {
    Err(CompileError::Backend {
        backend: Backend::Llvm.name(),
        why: "it is not in this build. Install LLVM 19 (on Debian: llvm-19-dev libpolly-19-dev libzstd-dev) and build with \
              LLVM_SYS_191_PREFIX=$(llvm-config-19 --prefix) cargo build --release -p sixbtc --features llvm"
            .to_owned(),
    })
}

#[cfg(all(test, not(feature = "llvm")))]
mod tests {
    use super::*;

    #[test]
    fn without_llvm_its_backend_says_how_to_get_it() {
        let refused = compile_module(Module::default(), Backend::Llvm).err();
        let text = refused.map(|e| e.to_string()).unwrap_or_default();
        assert!(text.contains("--features llvm"), "{text}");
    }
}
