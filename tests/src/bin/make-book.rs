//! `cargo run -p sixbtc-tests --bin make-book [OUT]`: writes the sources of the published book to OUT (`target/book-src`) and
//! makes its pages in the directory `book` beside it.
#![allow(clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let out = std::env::args()
        .nth(1)
        .map_or_else(|| repository.join("target/book-src"), PathBuf::from);
    let made = sixbtc_tests::book::write(&repository, &out)
        .and_then(|made| sixbtc_tests::book::build(&out).map(|()| made));
    match made {
        Ok(made) => {
            println!(
                "{} families, {} definitions, {} plots",
                made.families, made.entries, made.plots
            );
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("make-book: {e}");
            ExitCode::FAILURE
        }
    }
}
