//! A megabyte of anything is answered, on a small stack.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::parse;

const MEGABYTE: usize = 1_000_000;

fn fill(pattern: &str) -> String {
    pattern.repeat(MEGABYTE / pattern.len())
}

fn wrapped(statement: &str) -> String {
    format!("#sbt 1\nstrategy s {{\n  {statement}\n}}\n")
}

/// Runs on a stack of one megabyte, half of what threads usually have.
fn codes(text: String) -> Vec<&'static str> {
    let answer = std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(move || {
            let (file, found) = parse(&text);
            if found.is_empty() {
                assert!(sbt_syntax::format(&text).is_ok());
            }
            assert!(found.len() <= sbt_syntax::MAX_ERRORS);
            drop(file);
            found.iter().map(|d| d.code.0).collect::<Vec<_>>()
        })
        .unwrap();
    answer.join().unwrap()
}

#[test]
fn nesting_is_refused_before_it_is_read() {
    for open in [
        "(",
        "[",
        "f(",
        "a[",
        "-",
        "not ",
        "if a then ",
        "if ",
        "on 4h: ",
        "sum(i in 0..<n: ",
        "(a + ",
        "a ?? (",
        "max(i in ",
    ] {
        let found = codes(wrapped(&format!("let x = {}", fill(open))));
        assert_eq!(found, ["E0020"], "{open}");
    }
    for chain in ["a + ", "a and ", "a.b.", "a[1]", "if a then b else "] {
        let found = codes(wrapped(&format!("let x = {}a", fill(chain))));
        assert_eq!(found.len(), 1, "{chain}");
        assert!(matches!(found[0], "E0020" | "E0002"), "{chain} {found:?}");
    }
}

#[test]
fn as_deep_as_allowed_is_read() {
    let deep = |open: &str, close: &str, n: usize| {
        wrapped(&format!("let x = {}1{}", open.repeat(n), close.repeat(n)))
    };
    assert_eq!(codes(deep("(", ")", 63)), [""; 0]);
    assert_eq!(codes(deep("f(", ")", 63)), [""; 0]);
    assert_eq!(codes(deep("sum(i in 0..<n: ", ")", 63)), [""; 0]);
    assert_eq!(codes(deep("(if a then ", " else 1)", 60)), [""; 0]);
    assert_eq!(codes(deep("-", "", 250)), [""; 0]);
    assert_eq!(codes(deep("not ", "", 250)), [""; 0]);
    assert_eq!(codes(deep("1 + ", "", 250)), [""; 0]);
    assert_eq!(codes(deep("if a == 1 then 2 else ", "", 200)), [""; 0]);
    assert_eq!(codes(deep("on 4h: ", "", 250)), [""; 0]);
    assert_eq!(
        codes(wrapped(&format!(
            "let x = {}1{}",
            "(1 + 2 * (".repeat(30),
            "))".repeat(30)
        ))),
        [""; 0]
    );
}

#[test]
fn any_megabyte_is_answered() {
    let patterns = [
        "\"",
        "'",
        "if",
        "if ",
        "{",
        "}",
        "{}",
        "a{}",
        "(",
        ")",
        "]",
        "\n",
        "\r",
        " ",
        "\t",
        "#",
        "//",
        "///\n",
        "/*",
        "//\n",
        ";",
        "a",
        "a ",
        "a\n",
        "let\n",
        "let x = 1\n",
        "let x =\n",
        "x = 1\n",
        "strategy s {\n",
        "test \"t\" {\n",
        "on 4h {\n",
        "}\n{\n",
        "é",
        "“",
        "\u{0}",
        "1",
        "1 ",
        "1.",
        "..",
        "=",
        "==",
        "&&",
        "? :",
        "enter long when ",
        "enter long when a {\n",
        "use a\n",
        "#sbt 1\n",
        "stop",
        "stop ",
        "in {",
        "in {a}",
        "/// d\nuse a\n",
        "at\n",
        "\nand",
        "else {\n",
        "} else {",
    ];
    for pattern in patterns {
        let text = fill(pattern);
        assert!(!codes(text.clone()).is_empty(), "{pattern:?} has no header");
        let found = codes(format!("#sbt 1\nstrategy s {{\n{text}\n}}\n"));
        let harmless =
            ["\n", "\r", " ", "\t", "//", "///\n", "//\n", "let x = 1\n"].contains(&pattern);
        assert_eq!(
            found.is_empty(),
            harmless,
            "{pattern:?} {:?}",
            &found[..found.len().min(3)]
        );
    }
}

#[test]
fn a_long_honest_program_is_read() {
    let numbers = fill("1.5, ");
    assert_eq!(
        codes(format!(
            "#sbt 1\ntest \"t\" {{\n  given close = [{numbers}2]\n}}\n"
        )),
        [""; 0]
    );
    let statements = fill("let x = ema(close, 20) + 1 // why\n");
    assert_eq!(codes(wrapped(&statements)), [""; 0]);
}

#[test]
fn more_than_four_megabytes_are_not_read() {
    let (file, found) = parse(&" ".repeat(sbt_syntax::MAX_BYTES + 1));
    assert_eq!(
        found.iter().map(|d| d.code.0).collect::<Vec<_>>(),
        ["E0020"]
    );
    assert!(file.items.is_empty());
}
