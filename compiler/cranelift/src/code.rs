//! Finished machine code: its addresses, and its memory until nobody needs it.

use cranelift_jit::JITModule;
use cranelift_module::FuncId;
use sbt_ir::Program;
use sbt_native::memory::Memory;
use sbt_native::{CompileError, CompiledKernel, Entries};

/// Frees the memory of a module's code when dropped. `None` only while being dropped.
pub(crate) struct Owner(pub Option<JITModule>);

// SAFETY: once finished nothing touches the module but `drop`, which has exclusive access
#[allow(unsafe_code)]
unsafe impl Send for Owner {}
// SAFETY: as above; no method of it takes `&self`
#[allow(unsafe_code)]
unsafe impl Sync for Owner {}

impl Owner {
    /// The kernel of a finished module with these functions.
    #[allow(unsafe_code)]
    pub fn kernel(
        self,
        program: &Program,
        memory: Memory,
        signal: FuncId,
        position: FuncId,
        bracket: FuncId,
    ) -> Result<CompiledKernel, CompileError> {
        let module = self
            .0
            .as_ref()
            .ok_or_else(|| CompileError::Backend("no code".to_owned()))?;
        let address = |id| module.get_finalized_function(id) as usize;
        let entries = Entries {
            signal: address(signal),
            position: address(position),
            bracket: address(bracket),
        };
        // SAFETY: `compile` declared these functions with exactly these signatures, in the platform's C convention, and made
        // them for this program and layout; `self` keeps their memory
        Ok(unsafe { CompiledKernel::new(program.clone(), memory, entries, None, Box::new(self)) })
    }
}

impl Drop for Owner {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        if let Some(module) = self.0.take() {
            // SAFETY: the kernel that calls the code owns this, so no call is under way
            unsafe { module.free_memory() };
        }
    }
}
