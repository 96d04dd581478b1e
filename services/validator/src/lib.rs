//! The validator: checks what was generated before time is spent on it.
//!
//! [`examine`](examine::examine) is the judgement, pure: text in, gates out. [`Validator`] is the service around it. That no decision knows the
//! future is a theorem of the type checker; the examination tries it all the same, on bars of several lengths.

// Tests compare exact figures on purpose.
#![cfg_attr(test, allow(clippy::float_cmp))]

mod completion;
pub mod examine;
mod fixed;
mod limits;
mod service;

pub use completion::completion;
pub use examine::{Examined, examine};
pub use fixed::FixedBars;
pub use limits::Limits;
pub use service::Validator;
