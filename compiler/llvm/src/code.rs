//! Finished machine code: its addresses, and its memory until nobody needs it.

use inkwell::context::Context;
use inkwell::execution_engine::ExecutionEngine;
use sbt_ir::Program;
use sbt_native::memory::Memory;
use sbt_native::{CompileError, CompiledKernel, Entries, Lanes};

/// LLVM's context of one kernel, which everything made in it must not outlive.
pub(crate) struct OwnContext(*mut Context);

impl OwnContext {
    pub fn new() -> Self {
        Self(Box::into_raw(Box::new(Context::create())))
    }

    /// The context. What is made of it must be dropped before `self`: only [`Owner`] keeps such a thing, and says in which
    /// order.
    #[allow(unsafe_code)]
    pub fn get(&self) -> &'static Context {
        // SAFETY: the box lives until `self` is dropped; see above
        unsafe { &*self.0 }
    }
}

impl Drop for OwnContext {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw`, and freed once
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// Keeps the code of a kernel. Fields are dropped in this order.
pub(crate) struct Owner {
    pub engine: ExecutionEngine<'static>,
    pub _context: OwnContext,
}

// SAFETY: once the addresses are known nothing touches the engine but `drop`, which has exclusive access; LLVM's contexts
// belong to no thread
#[allow(unsafe_code)]
unsafe impl Send for Owner {}
// SAFETY: as above; no method takes `&self` once it is in a kernel
#[allow(unsafe_code)]
unsafe impl Sync for Owner {}

impl Owner {
    /// The kernel of a finished module.
    #[allow(unsafe_code)]
    pub fn kernel(
        self,
        program: &Program,
        memory: Memory,
        lanes: Option<Memory>,
    ) -> Result<CompiledKernel, CompileError> {
        let address = |name: &str| {
            self.engine
                .get_function_address(name)
                .map_err(|e| CompileError::Backend(format!("{name}: {e}")))
        };
        let entries = Entries {
            signal: address("signal")?,
            position: address("position")?,
            bracket: address("bracket")?,
        };
        let lanes = match lanes {
            Some(memory) => Some(Lanes {
                signal: address("signal_lanes")?,
                memory,
            }),
            None => None,
        };
        // SAFETY: `compile` made functions of these names with exactly these signatures, for this program and these layouts;
        // `self` keeps their memory
        Ok(unsafe { CompiledKernel::new(program.clone(), memory, entries, lanes, Box::new(self)) })
    }
}
