//! Text to syntax tree and back: tokens → items → AST with spans, recovery by item and statement, the formatter.
//!
//! [`parse`] never fails and never panics. Tokens first cut the file at items and statement lines, and pest parses
//! each piece with its own entry rule: a bad statement becomes an error node and hides nothing else. A bad `let`,
//! `rec` or `param` still binds its names, to [`ast::ExprKind::Error`], so that later stages report no unknown names.

pub mod ast;
pub mod codes;
mod cut;
mod depth;
mod explain;
mod format;
mod lower;
mod memory;
mod parse;
mod shift;
mod words;

pub use depth::{MAX_BRACKETS, MAX_HEIGHT};
pub use format::{MAX_WIDTH, format};
pub use memory::Memory;
pub use parse::{MAX_BYTES, MAX_ERRORS, parse, parse_expr, parse_with};
