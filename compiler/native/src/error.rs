//! Why a program was not compiled.

use sbt_ir::ValueId;

/// Why a program was not compiled. Nothing is compiled in part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// The host's processor has no code generator, or lacks something the generator needs.
    #[error("no machine code for this processor: {0}")]
    Host(String),
    /// A node that this backend cannot compile.
    #[error("%{}: {why}", .node.0)]
    Unsupported {
        /// Which.
        node: ValueId,
        /// What is not supported, and where it would be.
        why: &'static str,
    },
    /// The program is not one that `sbt-opt` makes: a node is read before it is evaluated, or of the wrong type.
    #[error("%{} is not ready where it is read: the program was not scheduled", .0.0)]
    NotScheduled(ValueId),
    /// More than a limit of the kernel interface allows.
    #[error("{what}: {count}, at most {limit}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        count: u64,
        /// How many may be.
        limit: u64,
    },
    /// The code generator refused its input: a defect of this crate.
    #[error("code generator: {0}")]
    Backend(String),
}
