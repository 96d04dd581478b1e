//! The oracle: every operation computed straight from its definition, O(window) a bar, whole histories kept.
//!
//! It shares nothing with the optimiser, the state layout or a code generator, so that agreeing with it means something.
//! It is slow on purpose.

mod bind;
mod kernel;
mod machine;
pub mod scalar;
mod window;

pub use bind::{bind, check_params, run_values};
pub use kernel::InterpKernel;
pub use machine::{Evaluation, evaluate};
