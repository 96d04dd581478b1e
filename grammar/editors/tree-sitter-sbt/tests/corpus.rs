//! The corpus: programs and their trees, in the form that `tree-sitter test` reads. `UPDATE_PAGES=1` writes the trees anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::format_push_string,
    clippy::match_same_arms
)]

use std::path::Path;
use tree_sitter::Parser;

const NAME: &str =
    "================================================================================";
const TREE: &str =
    "--------------------------------------------------------------------------------";

struct Case {
    name: String,
    program: String,
    tree: String,
}

fn cases(text: &str) -> Vec<Case> {
    let mut parts = text.split(NAME).skip(1);
    let mut cases = Vec::new();
    while let (Some(name), Some(body)) = (parts.next(), parts.next()) {
        let (program, tree) = body.split_once(TREE).unwrap_or((body, ""));
        cases.push(Case {
            name: name.trim().to_owned(),
            program: program.trim_start_matches('\n').to_owned(),
            tree: tree.trim().to_owned(),
        });
    }
    cases
}

fn words(tree: &str) -> String {
    let spaced = tree.replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A node a line with its field, children indented.
fn pretty(tree: &str) -> String {
    let (mut out, mut depth, mut field) = (String::new(), 0_usize, false);
    for word in tree
        .replace('(', " (")
        .replace(')', " ) ")
        .split_whitespace()
    {
        if word == ")" {
            depth -= 1;
            out.push(')');
            continue;
        }
        if field {
            out.push(' ');
        } else if depth > 0 {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        }
        out.push_str(word);
        field = word.ends_with(':');
        depth += usize::from(word.starts_with('('));
    }
    out
}

#[test]
fn programs_have_their_trees() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("test/corpus");
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_sbt::LANGUAGE.into())
        .unwrap();
    let (mut count, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut written = String::new();
        for case in cases(&text) {
            count += 1;
            let tree = parser.parse(&case.program, None).unwrap();
            let found = tree.root_node().to_sexp();
            if words(&found) != words(&case.tree) {
                wrong.push(format!(
                    "{}: {}\n{}",
                    path.display(),
                    case.name,
                    pretty(&found)
                ));
            }
            let (name, program, tree) = (&case.name, case.program.trim_end(), pretty(&found));
            written.push_str(&format!(
                "{NAME}\n{name}\n{NAME}\n{program}\n\n{TREE}\n\n{tree}\n\n"
            ));
        }
        if std::env::var_os("UPDATE_PAGES").is_some() {
            std::fs::write(&path, written.trim_end().to_owned() + "\n").unwrap();
        }
    }
    assert!(count > 10, "only {count} cases");
    assert!(
        wrong.is_empty() || std::env::var_os("UPDATE_PAGES").is_some(),
        "{}",
        wrong.join("\n\n")
    );
}
