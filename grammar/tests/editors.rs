//! The committed files of the editors are those that the crate makes. `UPDATE_PAGES=1` writes them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

fn same(file: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("editors")
        .join(file);
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "{file} is not what the crate makes: UPDATE_PAGES=1 cargo test -p sbt-grammar"
    );
}

#[test]
fn the_textmate_grammar_is_of_today() {
    same(
        "vscode/syntaxes/sixbtc.tmLanguage.json",
        &sbt_grammar::textmate::grammar().unwrap(),
    );
}

#[test]
fn the_vim_syntax_is_of_today() {
    same("neovim/syntax/sixbtc.vim", &sbt_grammar::vim::syntax());
}
