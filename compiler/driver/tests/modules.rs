//! What `use` brings, what it keeps to itself, and what it does to a program's identity.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sbt_driver::{Checked, World, check};
use std::collections::{BTreeMap, HashMap};

struct Files(BTreeMap<&'static str, &'static str>);

impl World for Files {
    fn module(&self, path: &str) -> Option<(String, String)> {
        let text = self.0.get(path)?;
        Some((format!("{path}.sbt"), format!("#sbt 1\n\n{text}")))
    }
}

const STRATEGY: &str = "strategy s {\n  on 1h\n  enter long when up()\n  exit long when not up()\n  size 100% of equity\n}\n";

fn checked(files: &[(&'static str, &'static str)], head: &str) -> Checked {
    let world = Files(files.iter().copied().collect());
    let text = format!("#sbt 1\n\n{head}\n{STRATEGY}");
    check(&world, "main.sbt", &text, &HashMap::<String, i64>::new())
}

fn codes(c: &Checked) -> Vec<&'static str> {
    c.diagnostics.iter().map(|d| d.code.0).collect()
}

const A: (&str, &str) = (
    "a",
    "indicator up() -> bool {\n  give close > mean()\n}\n\nfn mean() -> price = sma(close, 10)\n",
);
const B: (&str, &str) = (
    "b",
    "use a\n\nindicator rising() -> bool {\n  give up() and close > close[1]\n}\n",
);

#[test]
fn a_module_brings_its_own_names_and_not_those_it_uses() {
    assert_eq!(codes(&checked(&[A], "use a\n")), [""; 0]);
    // `b` uses `a`; its user does not
    assert_eq!(codes(&checked(&[A, B], "use b\n")), ["E0102", "E0102"]);
    assert_eq!(
        codes(&checked(
            &[A, B],
            "use a\nuse b\nindicator both() -> bool {\n  give up() and rising()\n}\n"
        )),
        ["W1101"],
        "only the unused indicator is worth a word"
    );
}

#[test]
fn a_body_sees_the_names_of_its_own_file() {
    // the program's `mean` is not the one that the module's `up` calls
    let own = "use a\nfn mean() -> bool = true\nindicator other() -> bool {\n  give mean()\n}\n";
    let c = checked(&[A], own);
    assert_eq!(codes(&c), ["W1101"]);
    let plain = checked(&[A], "use a\n");
    let nodes = |c: &Checked| c.hir.strategies[0].graph.nodes.len();
    assert_eq!(nodes(&c), nodes(&plain));
}

#[test]
fn the_files_own_definition_wins_over_a_modules() {
    let c = checked(
        &[A],
        "use a\nfn up() -> bool = close > open\nindicator m() -> price {\n  give mean()\n}\n",
    );
    assert_eq!(codes(&c), ["W1101"]);
    let alone = checked(&[], "fn up() -> bool = close > open\n");
    assert_eq!(
        c.hir.strategies[0].graph.nodes.len(),
        alone.hir.strategies[0].graph.nodes.len()
    );
}

#[test]
fn two_modules_with_one_name_are_refused_where_it_is_used() {
    let other = ("c", "fn up() -> bool = close > open\n");
    assert_eq!(
        codes(&checked(&[A, other], "use a\nuse c\n")),
        ["E0109", "E0109"]
    );
}

#[test]
fn enums_of_modules_keep_their_members() {
    let m = (
        "m",
        "enum Side { buy, sell }\n\nfn is_buy(s: Side) -> bool = s == Side.buy\n",
    );
    let c = checked(
        &[m],
        "use m\nfn up() -> bool = is_buy(Side.buy) and close > open\n",
    );
    assert_eq!(codes(&c), [""; 0]);
    let c = checked(
        &[m],
        "use m\nfn up() -> bool = is_buy(Side.hold) and close > open\n",
    );
    assert_eq!(codes(&c)[0], "E0108");
}

#[test]
fn identity_depends_on_path_and_text_of_every_module() {
    let plain = checked(&[A], "use a\n");
    assert_eq!(plain.modules.len(), 1);
    assert!(!plain.modules[0].library && plain.modules[0].path == "a");
    let changed = (
        "a",
        "indicator up() -> bool {\n  give close > mean()\n}\n\nfn mean() -> price = sma(close, 11)\n",
    );
    assert_ne!(plain.hash, checked(&[changed], "use a\n").hash);
    assert_eq!(plain.hash, checked(&[A], "use a\n").hash);
    let library = checked(&[A], "use a\nuse patterns/unger\n");
    assert_eq!(codes(&library), ["W1103"]);
    assert!(library.modules[1].library);
}
