//! The tree-sitter grammar takes what the definition of the language takes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::format_push_string,
    clippy::match_same_arms
)]

use pest::Parser as _;
use sbt_grammar::{Rule, SbtParser};
use std::path::{Path, PathBuf};
use tree_sitter::{Node, Parser, Tree};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn parse(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_sbt::LANGUAGE.into())
        .unwrap();
    parser.parse(text, None).unwrap()
}

/// Every .sbt file of the repository, leaving out what builds and package managers write.
fn programs() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut dirs = vec![root()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') && name != "target" && name != "node_modules"
            {
                dirs.push(path);
            } else if path.extension().is_some_and(|e| e == "sbt") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Blocks of the book's pages that hold a whole program.
fn programs_in_pages() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut dirs = vec![root().join("docs")];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                let blocks = text.split("```").skip(1).step_by(2);
                let programs = blocks.filter_map(|b| b.split_once('\n'));
                let programs = programs.filter(|(kind, _)| kind.starts_with("sbt"));
                found.extend(programs.map(|(_, program)| (path.clone(), program.to_owned())));
            }
        }
    }
    found.sort();
    found
}

/// Where a tree has errors, as `line:column kind`.
fn errors(node: Node<'_>, out: &mut Vec<String>) {
    if node.is_error() || node.is_missing() {
        let at = node.start_position();
        out.push(format!("{}:{} {}", at.row + 1, at.column + 1, node.kind()));
    } else if node.has_error() {
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            errors(child, out);
        }
    }
}

fn is_program(text: &str) -> bool {
    SbtParser::parse(Rule::file, text).is_ok()
}

#[test]
fn every_program_of_the_repository() {
    let (mut taken, mut wrong) = (0, Vec::new());
    for path in programs() {
        let text = std::fs::read_to_string(&path).unwrap();
        if !is_program(&text) {
            continue;
        }
        taken += 1;
        let mut found = Vec::new();
        errors(parse(&text).root_node(), &mut found);
        wrong.extend(found.iter().map(|e| format!("{}:{e}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(taken > 90, "only {taken} programs found");
}

#[test]
fn every_program_of_the_book() {
    let mut taken = 0;
    for (path, program) in programs_in_pages() {
        let tree = parse(&program);
        if is_program(&program) {
            taken += 1;
            let mut found = Vec::new();
            errors(tree.root_node(), &mut found);
            assert!(found.is_empty(), "{}: {found:?}\n{program}", path.display());
        }
    }
    assert!(taken > 50, "only {taken} programs found");
}

/// A program around a text that the rule takes, if a rule can stand in a program.
fn around(rule: &str, text: &str) -> Option<String> {
    let line = |text: &str| format!("strategy s {{\n  {text}\n}}");
    let program = match rule {
        "file" => return Some(text.to_owned()),
        "header" => return Some(format!("{text}\n")),
        "item" | "use_" | "enum_" | "strategy" | "portfolio" | "indicator" | "test" | "func" => {
            text.to_owned()
        }
        "path" => format!("use {text}"),
        "strategy_head" | "portfolio_head" => format!("{text} {{\n}}"),
        "indicator_head" => format!("{text} {{\n  give 1\n}}"),
        "test_head" => format!("{text} {{\n}}"),
        "func_head" => format!("{text} = 1"),
        "formals" => format!("fn f{text} -> num = 1"),
        "formal" => format!("fn f({text}) -> num = 1"),
        "rets" => format!("indicator f() -> {text} {{\n  give 1\n}}"),
        "ret" => format!("indicator f() -> ({text}) {{\n  give 1\n}}"),
        "type_" => format!("fn f() -> {text} = 1"),
        "clock" | "param" | "require_" | "let_" | "rec_" | "on_block" | "enter" | "enter_head"
        | "exit" | "size" | "limit_" | "plot" | "alert" => line(text),
        "session" => line(&format!("on 1h {text}")),
        "step" => line(&format!("param n: bars = 1 in 1..2 {text}")),
        "names" => line(&format!("let {text} = 1")),
        "init" => line(&format!("rec e = e[1] {text}")),
        "settle" => line(&format!("rec e = e[1] init 0 {text}")),
        "on_head" => line(&format!("{text} {{\n}}")),
        "of" => line(&format!("on 1h {text} {{\n}}")),
        "symbol" => line(&format!("on 1h of {text} {{\n}}")),
        "side" => line(&format!("enter {text} when a")),
        "label" => line(&format!("enter long {text} when a")),
        "at" | "bracket" => line(&format!("enter long when a {text}")),
        "valid_for" => line(&format!("enter long when a at stop p {text}")),
        "breakeven" | "stop" | "target" | "trail" => {
            line(&format!("enter long when a {{\n  {text}\n  }}"))
        }
        "closing" => line(&format!("enter long when a {{\n  target 2R {text}\n  }}")),
        "activation" => line(&format!("enter long when a {{\n  trail 2R {text}\n  }}")),
        "exit_when" | "exit_after" | "exit_session" | "exit_at" => line(&format!("exit {text}")),
        "size_risk" | "size_vol" | "size_equity" | "size_amount" => line(&format!("size {text}")),
        "limit_leverage" | "limit_pyramid" | "limit_cooldown" | "limit_trades" => {
            line(&format!("limit {text}"))
        }
        "every" => line(&format!("limit pyramid 1 {text}")),
        "give" => format!("indicator f() -> num {{\n  {text}\n}}"),
        "universe" | "hold" => format!("portfolio p {{\n  {text}\n}}"),
        "universe_top" | "universe_set" => format!("portfolio p {{\n  universe {text}\n}}"),
        "by" => format!("portfolio p {{\n  hold top 1 {text}\n}}"),
        "as_side" | "rebalance" | "weight" => {
            format!("portfolio p {{\n  hold top 1 by x {text}\n}}")
        }
        "given" | "forall" | "assert_" => format!("test \"t\" {{\n  {text}\n}}"),
        "expected" => format!("test \"t\" {{\n  assert x {text}\n}}"),
        "list" => format!("test \"t\" {{\n  assert x is {text}\n}}"),
        "list_item" | "any" => format!("test \"t\" {{\n  assert x is [{text}]\n}}"),
        "expr" | "if_" | "term" | "arith" | "aterm" | "postfix" | "primary" | "paren"
        | "on_expr" | "fold" | "call" | "literal" | "name_ref" | "risk" | "percent" | "bars"
        | "number" | "string" => line(&format!("let x = {text}")),
        "arg" => line(&format!("let x = f({text})")),
        "within" => line(&format!("let x = a {text}")),
        "range" | "set" => line(&format!("let x = a in {text}")),
        "infix" | "or" | "and" | "crosses" | "or_else" | "le" | "ge" | "ne" | "eq" | "lt"
        | "gt" | "add" | "sub" | "mul" | "div" | "rem" => line(&format!("let x = a {text} b")),
        "neg" | "not" => line(&format!("let x = {text} a")),
        "index" | "field" => line(&format!("let x = a{text}")),
        "bound" => line(&format!("let x = a[k {text}]")),
        "timeframe" | "timeframe_ref" => line(&format!("on {text}")),
        "ident" => line(&format!("let {text} = 1")),
        _ => return None,
    };
    Some(format!("#sbt 1\n\n{program}\n"))
}

/// Tree-sitter's tables of version 14, which Neovim 0.7 reads, know no reserved words: these are taken here alone.
const TAKEN_HERE_ALONE: &[&str] = &[
    "strategy_head - strategy let",
    "let_ - let if = 1",
    "size_amount - of",
    "name_ref - and",
    "ident - let",
];

/// The table of the grammar's own test: what each rule takes and refuses.
#[test]
fn every_case_of_the_rules() {
    let table = std::fs::read_to_string(root().join("grammar/tests/rules.txt")).unwrap();
    let (mut taken, mut refused, mut wrong) = (0, 0, Vec::new());
    for line in table
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
    {
        let mut parts = line.splitn(3, ' ');
        let (rule, _, text) = (
            parts.next().unwrap(),
            parts.next().unwrap(),
            parts.next().unwrap_or(""),
        );
        let text = text
            .replace("\\n", "\n")
            .replace("\\t", "\t")
            .replace("\\r", "\r")
            .replace("\\u{FEFF}", "\u{FEFF}");
        let Some(program) = around(rule, &text) else {
            continue;
        };
        let mut found = Vec::new();
        let tree = parse(&program);
        errors(tree.root_node(), &mut found);
        // a text that a rule refuses may still be a program: what the whole grammar says counts
        match (is_program(&program), found.is_empty()) {
            (true, true) => taken += 1,
            (false, false) => refused += 1,
            (true, false) => wrong.push(format!("must take {line}: {found:?}")),
            (false, true) if TAKEN_HERE_ALONE.contains(&line) => {}
            (false, true) => wrong.push(format!(
                "must refuse {line}: {}",
                tree.root_node().to_sexp()
            )),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        taken > 150 && refused > 120,
        "{taken} taken, {refused} refused"
    );
}
