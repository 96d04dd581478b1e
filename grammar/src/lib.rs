//! The one definition of .sbt syntax: the pest grammar, and tokens for everything that needs no tree
//! (cutting a file into statements, highlighting, the formatter's comments).
//!
//! The tokens accept more than the grammar: they name what people bring from other languages (`&&`, `:=`, smart
//! quotes), so that a message can say what to write instead.

// the derived parser names it, since pest is built without `std`
extern crate alloc;

pub mod highlight;
pub mod textmate;
pub mod token;
pub mod vim;
pub mod word;

mod parser {
    // The derive writes a variant for each rule; the rules are documented in sbt.pest.
    #![allow(missing_docs, clippy::pedantic, clippy::all)]

    /// The parser generated from `sbt.pest`.
    #[derive(pest_derive::Parser)]
    #[grammar = "../sbt.pest"]
    pub struct SbtParser;
}

pub use parser::{Rule, SbtParser};
pub use token::{Lexed, Token, lex};
pub use word::{WordClass, classify, is_reserved};

/// The newest edition this grammar knows.
pub const EDITION: u32 = 1;

/// The grammar that a sampler of a model follows, as a GBNF. Made of the definition of the syntax; a test holds it against that.
pub const GBNF: &str = include_str!("../sbt.gbnf");
