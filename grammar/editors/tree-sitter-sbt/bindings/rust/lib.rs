//! The .sbt language for tree-sitter, with the queries that editors use.
//!
//! The parser is C, generated from `grammar.js`; `sbt-grammar` stays the definition of the language, and a test holds this
//! one against it.
#![allow(unsafe_code)]

use tree_sitter_language::LanguageFn;

unsafe extern "C" {
    fn tree_sitter_sbt() -> *const ();
}

/// The language, for `tree_sitter::Parser::set_language`.
// SAFETY: the function is the generated one, linked from `src/parser.c`, and returns a static table.
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_sbt) };

/// Which node is highlighted as what.
pub const HIGHLIGHTS_QUERY: &str = include_str!("../../queries/highlights.scm");
/// What can be folded.
pub const FOLDS_QUERY: &str = include_str!("../../queries/folds.scm");
/// What is indented.
pub const INDENTS_QUERY: &str = include_str!("../../queries/indents.scm");
/// Scopes, definitions and references.
pub const LOCALS_QUERY: &str = include_str!("../../queries/locals.scm");
/// Which text is of another language.
pub const INJECTIONS_QUERY: &str = include_str!("../../queries/injections.scm");
