//! The compiler as one piece: text in, diagnostics and kernels out.
//!
//! [`World`] is the only door to files. Everything else is pure: the same text gives the same program.

mod check;
pub mod codes;
mod compile;
pub mod docs;
mod fix;
mod library;
mod sets;
mod split;
mod staged;
mod tests_of;
mod world;

pub use check::{Checked, UsedModule, check, check_parsed, expression};
pub use compile::{Backend, CompileError, Compiled, compile, compile_module, compile_module_lanes};
pub use fix::{Applied, Fixed, fix};
pub use library::{Shelf, item_text, library, library_module, library_names};
pub use split::compile_split;
pub use tests_of::{TestOutcome, run_tests};
pub use world::{NoFiles, World};

/// Version of the compiler, part of every run's identity.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
