//! Text to syntax tree and back: tokens → items → AST with spans, recovery by item and statement, the formatter.

pub mod ast;
