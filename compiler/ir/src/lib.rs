//! The intermediate representation: SSA dataflow over bars, its text form, its verifier and its interpreter.
//!
//! A [`Module`] is a list of nodes. A node has one value a bar of its frame; there is no control flow. The meaning of
//! every operation is written at [`Op`] and is the same for the interpreter and all code generators, to the last bit.

pub mod binder;
pub mod columnar;
pub mod graph;
pub mod interp;
pub mod layout;
pub mod lower;
pub mod module;
pub mod op;
pub mod program;
pub mod stage;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod verify;

pub use graph::InstantCycle;
pub use interp::InterpKernel;
pub use layout::Layout;
pub use module::{FrameId, Module, Node, Ty, ValueId};
pub use op::{BinaryOp, CmpOp, FoldKind, Op, PositionField, UnaryOp, WindowKind};
pub use program::Program;
pub use stage::{Stage, StageError};
pub use text::ParseError;
pub use verify::{VerifyError, verify};
