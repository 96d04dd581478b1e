//! One value for every message of the compiler, and the renderers that show it.
//!
//! A [`Diagnostic`] knows nothing about terminals; a renderer knows nothing about the language. The renderers accept
//! any span: one that lies outside of its file, or inside a character, is moved to the nearest place that exists.

pub mod diagnostic;
mod json;
mod order;
mod place;
mod plain;
mod terminal;

pub use diagnostic::{Code, Diagnostic, FileId, Fix, Label, Severity, SourceMap, Span};
pub use json::{JsonDiagnostic, JsonFix, JsonSpan, json};
pub use order::sort_and_dedup;
pub use place::{LineColumn, line_column};
pub use plain::plain;
pub use terminal::terminal;
