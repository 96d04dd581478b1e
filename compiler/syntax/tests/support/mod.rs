//! What the tests share: the example programs, comparison without spans, random programs and their printer.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

pub mod print;
pub mod program;

use sbt_diagnostics::{Diagnostic, FileId, SourceMap};
use sbt_syntax::ast::File;

/// The example programs of the book, and a slice of the standard library.
pub const EXAMPLES: &[(&str, &str)] = &[
    (
        "sma_cross",
        include_str!("../../../../docs/examples/sma_cross.sbt"),
    ),
    (
        "rsi_reversion",
        include_str!("../../../../docs/examples/rsi_reversion.sbt"),
    ),
    (
        "donchian",
        include_str!("../../../../docs/examples/donchian.sbt"),
    ),
    (
        "mtf_pullback",
        include_str!("../../../../docs/examples/mtf_pullback.sbt"),
    ),
    (
        "unger_bidirectional",
        include_str!("../../../../docs/examples/unger_bidirectional.sbt"),
    ),
    (
        "momentum_rank",
        include_str!("../../../../docs/examples/momentum_rank.sbt"),
    ),
    ("library", include_str!("../library.sbt")),
];

/// Parses as the file 0.
pub fn parse(text: &str) -> (File, Vec<Diagnostic>) {
    sbt_syntax::parse(text, FileId(0))
}

/// The tree without its spans: what was meant, not where it stood.
pub fn meaning(file: &File) -> String {
    without_spans(&format!("{file:?}"))
}

/// Removes every `Span { … }` of a debug text.
pub fn without_spans(debug: &str) -> String {
    let mut out = String::new();
    let mut rest = debug;
    while let Some(at) = rest.find("Span { file: FileId(") {
        out.push_str(&rest[..at]);
        out.push('_');
        // `FileId(n), start: a, end: b }`: the first closing brace ends the span.
        let end = rest[at..].find('}').unwrap() + at + 1;
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The messages as the terminal shows them.
pub fn rendered(text: &str, diagnostics: &[Diagnostic]) -> String {
    let mut sources = SourceMap::default();
    sources.add("strategy.sbt", text);
    sbt_diagnostics::terminal(diagnostics, &sources, false)
}

/// The text with a repair applied.
pub fn repaired(text: &str, diagnostic: &Diagnostic) -> Option<String> {
    let fix = diagnostic.fix.as_ref()?;
    let (start, end) = (fix.span.start as usize, fix.span.end as usize);
    Some(format!(
        "{}{}{}",
        text.get(..start)?,
        fix.replace,
        text.get(end..)?
    ))
}

/// A small deterministic generator (`SplitMix64`): tests need no more than well-mixed bits.
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    /// One in `n`.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// An element.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What a file binds and orders, one line a statement.
pub fn outline(file: &File) -> String {
    use sbt_syntax::ast::{Decl, ExprKind, Item, Stmt};
    let mut lines = Vec::new();
    for item in &file.items {
        let Item::Strategy(strategy) = item else {
            continue;
        };
        for stmt in &strategy.body {
            lines.push(match stmt {
                Stmt::Decl(Decl::Let { names, value, .. }) => {
                    let names: Vec<_> = names.iter().map(|n| n.name.as_str()).collect();
                    let broken = if value.kind == ExprKind::Error {
                        " = error"
                    } else {
                        ""
                    };
                    format!("let {}{broken}", names.join(", "))
                }
                Stmt::Enter(enter) => {
                    let broken = if enter.when.kind == ExprKind::Error {
                        " when error"
                    } else {
                        ""
                    };
                    let label = enter.label.as_ref().map_or("", |l| &l.name);
                    format!(
                        "enter {:?} #{label}{broken}, {} legs",
                        enter.side,
                        enter.legs.len()
                    )
                }
                other => without_spans(&format!("{other:?}")),
            });
        }
    }
    lines.join("\n")
}
