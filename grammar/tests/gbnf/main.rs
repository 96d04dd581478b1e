//! `grammar/sbt.gbnf`, the grammar that a language model's sampler follows: generated from `sbt.pest`, drawn from, and held
//! against the parser.
//!
//! `UPDATE_GBNF=1 cargo test -p sbt-grammar --test gbnf` writes it anew;
//! `cargo test -p sbt-grammar --test gbnf -- --ignored --nocapture` draws ten thousand programs and prints what becomes of
//! them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod acceptance;
mod derive;
mod generate;
mod names;
mod read;
mod sample;

use std::path::{Path, PathBuf};

/// A path from the root of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The committed grammar.
fn committed() -> String {
    std::fs::read_to_string(repository("grammar/sbt.gbnf")).unwrap_or_default()
}

#[test]
fn the_committed_grammar_is_current() {
    let wanted = generate::gbnf();
    if std::env::var_os("UPDATE_GBNF").is_some() {
        std::fs::write(repository("grammar/sbt.gbnf"), wanted).unwrap();
        return;
    }
    assert!(
        committed() == wanted,
        "grammar/sbt.gbnf is out of date: run UPDATE_GBNF=1 cargo test -p sbt-grammar --test gbnf"
    );
}
