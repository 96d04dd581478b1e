//! Dead nodes out, ids without gaps.

use sbt_ir::Module;

/// The reachable nodes alone. A module with a cycle is left as it is, for the verifier to name it.
pub fn dead(module: &Module) -> Module {
    module.compacted().unwrap_or_else(|_| module.clone())
}
