//! The sections of the settings, one file for each neighbourhood.
//!
//! Every key stands once, with its meaning, default, range and unit: the struct, the checks of a file, the reference page and the
//! JSON schema are all made from that one line.

mod data;
mod judging;
mod making;
mod names;
mod system;
mod trading;

pub use data::*;
pub(super) use judging::default_timeframes;
pub use judging::*;
pub use making::*;
pub use names::*;
pub use system::*;
pub use trading::*;

/// Declares a section: each key with its type, default and, where they apply, its range (of each element: `each`), its unit and `reload true` when a running
/// system takes a new value without a restart.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $(
        $(#[$fdoc:meta])* $field:ident: $kind:ty = $default:expr
            $(, in $low:literal ..= $high:literal)? $(, each $first:literal ..= $last:literal)? $(, unit $unit:literal)? $(, reload $reload:literal)?;
    )+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        #[schemars(extend("x-order" = [$(stringify!($field)),+]))]
        pub struct $name { $(
            $(#[$fdoc])*
            $(#[schemars(range(min = $low, max = $high))])?
            $(#[schemars(inner(range(min = $first, max = $last)))])?
            $(#[schemars(extend("x-unit" = $unit))])?
            $(#[schemars(extend("x-reload" = $reload))])?
            pub $field: $kind,
        )+ }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),+ }
            }
        }
    };
}
pub(crate) use section;
