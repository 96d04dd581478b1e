//! The queries of every editor fit the grammar, and the highlights know every word of the language.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sbt_grammar::word::{CLAUSES, FOLDS, ITEMS, OPERATORS, STATEMENTS};
use std::path::{Path, PathBuf};
use tree_sitter::{Language, Parser, Query, QueryCursor, StreamingIterator};

fn editors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn language() -> Language {
    tree_sitter_sbt::LANGUAGE.into()
}

/// Every .scm file of the editors.
fn queries() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut dirs = vec![editors()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|n| n != "node_modules") {
                dirs.push(path);
            } else if path.extension().is_some_and(|e| e == "scm") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_query_fits_the_grammar() {
    let found = queries();
    for path in &found {
        let text = std::fs::read_to_string(path).unwrap();
        if let Err(error) = Query::new(&language(), &text) {
            panic!("{}: {error}", path.display());
        }
    }
    assert!(found.len() >= 5, "{found:?}");
}

#[test]
fn every_word_is_highlighted() {
    for path in queries().iter().filter(|p| p.ends_with("highlights.scm")) {
        let text = std::fs::read_to_string(path).unwrap();
        for word in ITEMS
            .iter()
            .chain(STATEMENTS)
            .chain(CLAUSES)
            .chain(OPERATORS)
        {
            assert!(
                text.contains(&format!("\"{word}\"")),
                "{}: {word}",
                path.display()
            );
        }
    }
}

/// Every named leaf and every anonymous node of a program has a colour.
#[test]
fn nothing_of_a_program_is_left_plain() {
    let root = editors().join("../..");
    let mut parser = Parser::new();
    parser.set_language(&language()).unwrap();
    for file in [
        "rsi_reversion",
        "donchian",
        "momentum_rank",
        "unger_bidirectional",
    ] {
        let text = std::fs::read_to_string(root.join(format!("docs/examples/{file}.sbt"))).unwrap();
        let tree = parser.parse(&text, None).unwrap();
        for path in queries().iter().filter(|p| p.ends_with("highlights.scm")) {
            let query = Query::new(&language(), &std::fs::read_to_string(path).unwrap()).unwrap();
            let mut cursor = QueryCursor::new();
            let mut found = cursor.captures(&query, tree.root_node(), text.as_bytes());
            let mut coloured = vec![false; text.len()];
            while let Some((matched, i)) = found.next() {
                coloured[matched.captures()[*i].node.byte_range()].fill(true);
            }
            for token in sbt_grammar::lex(&text) {
                let plain =
                    token.token != sbt_grammar::Token::Newline && !coloured[token.start as usize];
                assert!(
                    !plain,
                    "{}: {file}: {:?}",
                    path.display(),
                    token.text(&text)
                );
            }
        }
    }
    assert!(!FOLDS.is_empty());
}
