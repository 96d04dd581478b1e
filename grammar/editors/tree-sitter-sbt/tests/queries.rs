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

/// Names of colours that an editor has in the place of the common ones, longest first.
const HELIX: &[(&str, &str)] = &[
    ("@keyword.conditional", "@keyword.control.conditional"),
    ("@comment.documentation", "@comment.line.documentation"),
    ("@comment", "@comment.line"),
    ("@boolean", "@constant.builtin.boolean"),
    ("@number", "@constant.numeric"),
    ("@module", "@namespace"),
    ("@property", "@variable.other.member"),
];
const ZED: &[(&str, &str)] = &[
    ("@keyword.conditional", "@keyword"),
    ("@keyword.directive", "@preproc"),
    ("@keyword.operator", "@operator"),
    ("@comment.documentation", "@comment.doc"),
    ("@constant.builtin", "@constant"),
    ("@function.builtin", "@function"),
    ("@variable.parameter", "@variable"),
    ("@variable.builtin", "@variable.special"),
    ("@module", "@type"),
];

fn renamed(query: &str, names: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (i, part) in query.split('@').enumerate() {
        if i == 0 {
            out.push_str(part);
            continue;
        }
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && !"._".contains(c));
        let (name, rest) = part.split_at(end.unwrap_or(part.len()));
        let name = format!("@{name}");
        let other = names.iter().find(|(common, _)| *common == name);
        out.push_str(other.map_or(&name, |(_, theirs)| theirs));
        out.push_str(rest);
    }
    out
}

/// The queries of the editors are ours, in their names. `UPDATE_PAGES=1` writes them.
#[test]
fn queries_of_the_editors_are_of_today() {
    let ours = [
        ("highlights", tree_sitter_sbt::HIGHLIGHTS_QUERY),
        ("folds", tree_sitter_sbt::FOLDS_QUERY),
        ("indents", tree_sitter_sbt::INDENTS_QUERY),
        ("locals", tree_sitter_sbt::LOCALS_QUERY),
        ("injections", tree_sitter_sbt::INJECTIONS_QUERY),
    ];
    let mut made: Vec<(String, String)> = ours
        .iter()
        .map(|(kind, text)| (format!("neovim/queries/sbt/{kind}.scm"), (*text).to_owned()))
        .collect();
    for (file, names) in [
        ("helix/queries/sixbtc/highlights.scm", HELIX),
        ("zed/languages/sixbtc/highlights.scm", ZED),
    ] {
        made.push((
            file.to_owned(),
            renamed(tree_sitter_sbt::HIGHLIGHTS_QUERY, names),
        ));
    }
    for (file, text) in made {
        let path = editors().join(&file);
        if std::env::var_os("UPDATE_PAGES").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert!(
            std::fs::read_to_string(&path).unwrap_or_default() == text,
            "{file}: UPDATE_PAGES=1 cargo test -p tree-sitter-sbt"
        );
    }
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
    assert!(found.len() >= 15, "{found:?}");
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
