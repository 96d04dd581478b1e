//! What holds for every text: parsing answers, messages point into the text, the pieces agree with the whole grammar,
//! and formatting keeps the meaning.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use pest::Parser;
use proptest::prelude::*;
use sbt_diagnostics::FileId;
use sbt_grammar::{Rule, SbtParser};
use support::print::Printer;
use support::program::Maker;
use support::{Dice, EXAMPLES, meaning, parse};

/// Codes for programs that the grammar takes and something else refuses.
const BEYOND_GRAMMAR: &[&str] = &["E0010", "E0016", "E0020", "E0801"];

fn check_laws(text: &str) {
    let (file, found) = parse(text);
    for diagnostic in &found {
        for span in diagnostic
            .labels
            .iter()
            .map(|l| l.span)
            .chain(diagnostic.fix.iter().map(|f| f.span))
        {
            assert!(
                text.get(span.start as usize..span.end as usize).is_some(),
                "{diagnostic:?} points nowhere in {text:?}"
            );
        }
        assert!(
            sbt_syntax::codes::title(diagnostic.code.0).is_some(),
            "{diagnostic:?}"
        );
    }
    assert!(
        found
            .windows(2)
            .all(|w| w[0].span().start <= w[1].span().start),
        "source order"
    );
    assert_eq!(found, parse(text).1, "deterministic");
    let tree = format!("{file:?}");
    if found.is_empty() {
        // Names like `Errors` are no error nodes; error nodes are variants without quotes before them.
        assert!(
            !tree.contains("Error(Span") && !tree.contains("kind: Error"),
            "error nodes without a message: {text:?}"
        );
        assert!(
            SbtParser::parse(Rule::file, text).is_ok(),
            "pieces parse, the whole does not: {text:?}"
        );
        let once = sbt_syntax::format(text).expect("a correct program can be formatted");
        let (again, refused) = parse(&once);
        assert!(
            refused.is_empty(),
            "formatting broke it: {refused:?}\n{text}\n---\n{once}"
        );
        assert_eq!(
            meaning(&again).replace("\\r", ""),
            meaning(&file).replace("\\r", ""),
            "formatting changed it:\n{text}\n---\n{once}"
        );
        assert_eq!(
            sbt_syntax::format(&once).unwrap(),
            once,
            "formatting twice differs:\n{text}"
        );
        assert!(!once.contains("\n\n\n"), "two blank lines:\n{once}");
    } else if SbtParser::parse(Rule::file, text).is_ok() {
        for diagnostic in &found {
            assert!(
                BEYOND_GRAMMAR.contains(&diagnostic.code.0),
                "the whole parses, a piece does not: {diagnostic:?} {text:?}"
            );
        }
    }
}

/// What people and machines type by mistake.
const SNIPPETS: &[&str] = &[
    "\n",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "=",
    "==",
    " and ",
    " or ",
    "not ",
    "-",
    "+",
    "..",
    "..<",
    "1",
    "2%",
    "48 bars",
    "3R",
    "4h",
    "\"",
    "#",
    "#up",
    "//",
    "///",
    "/*",
    "*/",
    "if ",
    " then ",
    " else ",
    "let x = 1\n",
    "on 4h {\n",
    "enter long when a {\n",
    "stop 1%\n",
    "rec ",
    " init ",
    "strategy s {\n",
    "fn f() -> num = 1\n",
    "&&",
    ":=",
    "?",
    ";",
    "é",
    "“",
    "\r",
    "\r\n",
    "\t",
    "\u{FEFF}",
    "\u{0}",
    "use a/b\n",
    "#sbt 1\n",
    "in {a, b}",
    " in 1..2 ",
    "a < b < c",
    "size risk 1%\n",
    "at limit p",
    "sum(i in 0..<n: ",
    ".5",
    "1,5",
    "15min",
    "give a\n",
    "test \"t\" {\n",
    "$",
    "^2",
];

fn mutated(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let mut text = dice.pick(EXAMPLES).1.to_owned();
    for _ in 0..=dice.below(4) {
        let boundary = |text: &str, mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let from = boundary(&text, dice.below(text.len() + 1));
        match dice.below(4) {
            0 => {
                let length = dice.below(30);
                let to = boundary(&text, from + length).max(from);
                text.replace_range(from..to, "");
            }
            1 => text.insert_str(from, dice.pick::<&str>(SNIPPETS)),
            2 => {
                let length = dice.below(12);
                let to = boundary(&text, from + length).max(from);
                let snippet = *dice.pick(SNIPPETS);
                text.replace_range(from..to, snippet);
            }
            _ => {
                let lines: Vec<&str> = text.lines().collect();
                let mut lines: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
                let (a, b) = (dice.below(lines.len()), dice.below(lines.len()));
                if dice.one_in(2) {
                    lines.swap(a, b);
                } else {
                    lines.remove(a);
                }
                text = lines.join("\n");
            }
        }
        if text.is_empty() {
            break;
        }
    }
    text
}

fn soup(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let mut text = String::from(if dice.one_in(2) { "#sbt 1\n" } else { "" });
    for _ in 0..dice.below(40) {
        text.push_str(dice.pick::<&str>(SNIPPETS));
    }
    text
}

#[test]
fn examples_are_their_own_layout() {
    for (name, text) in EXAMPLES {
        let (_, found) = parse(text);
        assert!(found.is_empty(), "{name}: {found:?}");
        assert_eq!(sbt_syntax::format(text).unwrap(), *text, "{name}");
        check_laws(text);
    }
}

#[test]
fn line_ends_and_a_missing_last_one_mean_nothing() {
    for (name, text) in EXAMPLES {
        let (file, _) = parse(text);
        for other in [
            text.replace('\n', "\r\n"),
            text.replace('\n', "\r"),
            text.trim_end().to_owned(),
            format!("\u{FEFF}{text}"),
        ] {
            let (again, found) = parse(&other);
            assert!(found.is_empty(), "{name}: {found:?}");
            assert_eq!(meaning(&again), meaning(&file), "{name}");
            assert_eq!(sbt_syntax::format(&other).unwrap(), *text, "{name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        check_laws(&text);
    }

    #[test]
    fn any_text_after_a_header_is_answered(text in "[ -~\n\t“é]{0,200}") {
        check_laws(&format!("#sbt 1\n{text}"));
        check_laws(&format!("#sbt 1\nstrategy s {{\n{text}\n}}\n"));
    }

    #[test]
    fn mutated_examples_are_answered(seed in any::<u64>()) {
        check_laws(&mutated(seed));
    }

    #[test]
    fn token_soup_is_answered(seed in any::<u64>()) {
        check_laws(&soup(seed));
    }

    /// Printing a tree and parsing the text gives the tree, whatever the space between; and so does formatting it.
    #[test]
    fn random_programs_survive_printing_and_formatting(seed in any::<u64>()) {
        let file = Maker { dice: Dice::new(seed) }.file();
        for dice in [None, Some(Dice::new(seed ^ 1))] {
            let mut printer = Printer { out: String::new(), dice };
            printer.file(&file);
            let (parsed, found) = parse(&printer.out);
            prop_assert!(found.is_empty(), "{:?}\n{}", found, printer.out);
            prop_assert_eq!(meaning(&parsed), meaning(&file), "{}", printer.out);
            check_laws(&printer.out);
        }
    }

    /// A repair that is offered together with the repaired line leaves that line correct.
    #[test]
    fn a_lone_error_with_a_shown_repair_is_repaired(seed in any::<u64>()) {
        let text = mutated(seed);
        let (_, found) = parse(&text);
        if let [only] = found.as_slice()
            && only.help.iter().any(|h| h.starts_with("write `") && !h.contains('…'))
            && let Some(repaired) = support::repaired(&text, only)
            && only.code.0 == "E0012"
        {
            prop_assert!(parse(&repaired).1.is_empty(), "{repaired}");
        }
    }
}

#[test]
fn expressions_alone() {
    let file = FileId(0);
    assert!(sbt_syntax::parse_expr("ema(close, 20) - 1", file).is_ok());
    for wrong in ["", "let x = 1", "1 +", "a b", "a < b < c", "// nothing"] {
        let found = sbt_syntax::parse_expr(wrong, file).unwrap_err();
        assert!(!found.is_empty(), "{wrong}");
    }
}
