//! The renderers: goldens, and spans that lie nowhere.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use sbt_diagnostics::{Diagnostic, FileId, SourceMap, Span, json, plain, terminal};

fn sample() -> (SourceMap, Vec<Diagnostic>) {
    let mut sources = SourceMap::default();
    let text = "#sbt 1\n\nstrategy é {\n\ton 1h\n\tlet f = smaa(close, 20)\n}\n";
    let file = sources.add("cross.sbt", text);
    let at = |what: &str| {
        let start = text.find(what).unwrap();
        Span::new(file, start, start + what.len())
    };
    let found = vec![
        Diagnostic::error("E0101", at("smaa"), "unknown name `smaa`")
            .here("did you mean `sma`?")
            .label(at("close"), "of this series")
            .note("indicators come from the standard library, from `use`, and from this file")
            .help("write `let f = sma(close, 20)`")
            .fix(at("smaa"), "sma", "write `sma`"),
        Diagnostic::warning("W1101", at("f ="), "`f` is never used").here(""),
    ];
    (sources, found)
}

#[test]
fn drawn_without_colour() {
    let (sources, found) = sample();
    insta::assert_snapshot!(terminal(&found, &sources, false));
}

#[test]
fn colour_is_on_only_when_asked_for() {
    let (sources, found) = sample();
    assert!(terminal(&found, &sources, true).contains('\u{1b}'));
    assert!(!terminal(&found, &sources, false).contains('\u{1b}'));
}

#[test]
fn one_line_each() {
    let (sources, found) = sample();
    insta::assert_snapshot!(plain(&found, &sources));
}

#[test]
fn json_has_the_documented_fields() {
    let (sources, found) = sample();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json(&found, &sources)).unwrap());
}

#[test]
fn a_very_long_line_is_not_drawn() {
    let mut sources = SourceMap::default();
    let file = sources.add("long.sbt", "x".repeat(1_000_000));
    let found = vec![
        Diagnostic::error("E0002", Span::new(file, 500_000, 500_001), "too much")
            .here("here")
            .help("less"),
    ];
    assert_eq!(
        terminal(&found, &sources, false),
        "long.sbt:1:500001: error[E0002]: too much\n  1:500001: here\n  help: less\n"
    );
}

proptest! {
    /// Whatever the spans, the renderers answer.
    #[test]
    fn any_span_is_rendered(
        text in "[ -~äß€😀\n\r\t]{0,60}",
        spans in prop::collection::vec((0u32..90, 0u32..90, 0u32..3), 1..4),
    ) {
        let mut sources = SourceMap::default();
        sources.add("a.sbt", text.clone());
        sources.add("b.sbt", "");
        let mut spans = spans.into_iter().map(|(start, end, file)| Span { file: FileId(file), start, end });
        let first = spans.next().unwrap();
        let mut diagnostic = Diagnostic::error("E0002", first, "m").here("l").fix(first, "r", "t");
        for span in spans {
            diagnostic = diagnostic.label(span, "more");
        }
        let found = [diagnostic];
        prop_assert!(terminal(&found, &sources, false).contains("E0002"));
        prop_assert!(plain(&found, &sources).contains("E0002"));
        let values = json(&found, &sources);
        for span in &values[0].spans {
            let text = if span.file == "a.sbt" { text.as_str() } else { "" };
            prop_assert!(text.get(span.start..span.end).is_some());
        }
    }
}
