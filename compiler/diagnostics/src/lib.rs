//! One value for every message of the compiler, and the renderers that show it.
//!
//! A [`Diagnostic`] knows nothing about terminals; a renderer knows nothing about the language.

pub mod diagnostic;

pub use diagnostic::{Code, Diagnostic, FileId, Fix, Label, Severity, SourceMap, Span};
