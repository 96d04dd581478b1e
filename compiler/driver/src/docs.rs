//! Documentation of everything a program can name: the library, the built-ins, and the words of the language.
//!
//! Library entries come from the doc comments of the library's own source, built-ins from [`sbt_hir::reference`], words
//! from a list held against the grammar's. Nothing is parsed to build them, so a hover costs nothing.

mod card;
mod comment;
mod example;
mod search;
mod signature;
mod warmup;
mod words;

pub use card::card;
pub use example::example_call;
pub use search::{nearest, search};
pub use warmup::{WarmUp, warm_up};

use crate::library::{Cut, items};
use comment::Comment;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::OnceLock;

/// What an entry documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An `indicator` of a file.
    Indicator,
    /// A `fn` of a file.
    Fn,
    /// An `enum` of a file.
    Enum,
    /// A built-in name such as `close` or `position.bars`.
    Value,
    /// A built-in function such as `abs` or `highest`.
    Function,
    /// A bounded loop such as `sum(i in 0..<n: …)`.
    Fold,
    /// A type that is not also a conversion, such as `num` or `timeframe`.
    Type,
    /// A word that begins an item or a statement.
    Statement,
    /// A word or sign between values.
    Operator,
    /// A word inside a statement.
    Clause,
}

impl Kind {
    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Indicator => "indicator",
            Kind::Fn => "function",
            Kind::Enum => "enum",
            Kind::Value => "built-in value",
            Kind::Function => "built-in function",
            Kind::Fold => "fold",
            Kind::Type => "type",
            Kind::Statement => "statement",
            Kind::Operator => "operator",
            Kind::Clause => "clause",
        }
    }

    /// Whether its text is written in the language.
    pub fn is_definition(self) -> bool {
        matches!(self, Kind::Indicator | Kind::Fn | Kind::Enum)
    }
}

/// A formal parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type as written.
    #[serde(rename = "type")]
    pub ty: String,
    /// Its default as written.
    pub default: Option<String>,
}

/// A result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Its name, when there are several.
    pub name: Option<String>,
    /// Its type as written.
    #[serde(rename = "type")]
    pub ty: String,
}

/// What there is to know about a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The name: `rsi`, `position.bars`, `enter`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Module of the library (`momentum`, `patterns/unger`) or heading of the built-ins (`windows`, `statements`).
    pub family: String,
    /// The module that a program must name with `use` first; nothing for what is always visible.
    #[serde(rename = "use")]
    pub needs_use: Option<String>,
    /// How it is written and what it gives, on one line: `rsi(x: num, n: bars = 14) -> float`.
    pub signature: String,
    /// Parameters in order.
    pub parameters: Vec<Parameter>,
    /// Results in order; empty when it is not a value.
    pub returns: Vec<Output>,
    /// First sentence.
    pub summary: String,
    /// The whole comment as Markdown, the summary included.
    pub text: String,
    /// Formula, if the comment gives one.
    pub formula: Option<String>,
    /// Book, article or program that defines it.
    pub source: Option<String>,
    /// Units, where the signature does not say all.
    pub units: Option<String>,
    /// Source text of the definition, its comment included; empty for built-ins.
    pub definition: String,
    /// `test` blocks that call it, as written.
    pub tests: Vec<String>,
    /// File that defines it, `std/momentum.sbt`.
    pub file: Option<String>,
    /// Line of that file on which its head stands, counted from 1.
    pub line: Option<usize>,
    /// Page of the book that says more, from `docs/`.
    pub page: Option<&'static str>,
}

impl Entry {
    /// The entry as Markdown: signature, text, what it needs. For hovers and tool tips.
    pub fn markdown(&self) -> String {
        let mut out = format!("```sbt\n{}\n```\n\n{}", self.signature, self.summary);
        let rest = self.text.strip_prefix(&self.summary).unwrap_or("").trim();
        if !rest.is_empty() {
            let _ = write!(out, "\n\n{rest}");
        }
        if let Some(module) = &self.needs_use {
            let _ = write!(out, "\n\nNeeds `use {module}`.");
        }
        out
    }

    /// The signature without the names of its results: `macd(x, fast, slow, signal)`.
    pub fn short(&self) -> String {
        if self.parameters.is_empty() {
            return self.name.clone();
        }
        let names: Vec<&str> = self.parameters.iter().map(|p| p.name.as_str()).collect();
        format!("{}({})", self.name, names.join(", "))
    }
}

static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();

/// Every entry: the library by module, then built-ins, then words.
pub fn entries() -> &'static [Entry] {
    ENTRIES.get_or_init(|| {
        let mut out = Vec::new();
        // a definition may be tested in another file than its own
        let tests = Tests::of(sbt_std::modules().iter().map(|m| m.text));
        for module in sbt_std::modules() {
            let needs_use = !sbt_std::PRELUDE.contains(&module.path);
            let file = format!("std/{}.sbt", module.path);
            for mut e in definitions(&file, module.text, &tests) {
                e.family = module.path.to_string();
                e.needs_use = needs_use.then(|| module.path.to_string());
                out.push(e);
            }
        }
        out.extend(sbt_hir::reference::BUILTINS.iter().map(built_in));
        out.extend(words::WORDS.iter().map(words::Word::entry));
        out
    })
}

/// The entry of a name. Where a word of the language is also a name (`session`, `max`), that of the name.
pub fn entry(name: &str) -> Option<&'static Entry> {
    named(name).next()
}

/// All entries of a name: `max` is a function and a fold.
pub fn named(name: &str) -> impl Iterator<Item = &'static Entry> {
    entries().iter().filter(move |e| e.name == name)
}

/// Documents the definitions of a file. `file` is what to call it; [`Entry::family`] is its stem.
pub fn describe(file: &str, text: &str) -> Vec<Entry> {
    definitions(file, text, &Tests::of(std::iter::once(text)))
}

fn definitions(file: &str, text: &str, tests: &Tests<'_>) -> Vec<Entry> {
    let stem = file.rsplit('/').next().unwrap_or(file);
    let stem = stem.strip_suffix(".sbt").unwrap_or(stem);
    items(text)
        .into_iter()
        .map(|cut| of_definition(file, stem, text, cut, tests))
        .collect()
}

fn of_definition(file: &str, stem: &str, text: &str, cut: Cut<'_>, tests: &Tests<'_>) -> Entry {
    let comment = Comment::of(cut.text);
    let head = cut.text.len() - after_comment(cut.text).len();
    let (word, signature) = signature::head(&cut.text[head..]);
    let (parameters, returns) = signature::parts(&signature);
    let kind = match word {
        "indicator" => Kind::Indicator,
        "fn" => Kind::Fn,
        _ => Kind::Enum,
    };
    let before = &text[..cut.start + head];
    Entry {
        name: cut.name.to_string(),
        kind,
        family: stem.to_string(),
        needs_use: None,
        signature,
        parameters,
        returns,
        summary: comment.summary,
        text: comment.text,
        formula: comment.formula,
        source: comment.source,
        units: comment.units,
        definition: cut.text.trim_end().to_string(),
        tests: tests.of_name(cut.name),
        file: Some(file.to_string()),
        line: Some(before.bytes().filter(|b| *b == b'\n').count() + 1),
        page: None,
    }
}

fn built_in(b: &sbt_hir::reference::Builtin) -> Entry {
    let comment = Comment::of_text(b.text);
    let fold = b.family == sbt_hir::reference::Family::Fold;
    let (parameters, returns) = if fold {
        let (_, ty) = b.signature.rsplit_once("-> ").unwrap_or(("", ""));
        (
            Vec::new(),
            vec![Output {
                name: None,
                ty: ty.to_string(),
            }],
        )
    } else {
        signature::parts(b.signature)
    };
    Entry {
        name: b.name().to_string(),
        kind: if fold {
            Kind::Fold
        } else if b.is_function() {
            Kind::Function
        } else {
            Kind::Value
        },
        family: b.family.title().to_string(),
        needs_use: None,
        signature: b.signature.to_string(),
        parameters,
        returns,
        summary: comment.summary,
        text: comment.text,
        formula: comment.formula,
        source: None,
        units: comment.units,
        definition: String::new(),
        tests: Vec::new(),
        file: None,
        line: None,
        page: Some(b.family.page()),
    }
}

/// The `test` blocks of a laid-out file.
fn tests(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("test ") {
            start = Some(offset);
        }
        offset += line.len();
        if line.trim_end() == "}"
            && let Some(from) = start.take()
        {
            out.push(text[from..offset].trim_end());
        }
    }
    out
}

/// `test` blocks by the names that they call.
struct Tests<'t>(HashMap<&'t str, Vec<&'t str>>);

impl<'t> Tests<'t> {
    fn of(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut by_name: HashMap<&str, Vec<&str>> = HashMap::new();
        for test in texts.flat_map(tests) {
            for name in called(test) {
                let list = by_name.entry(name).or_default();
                // a name that a test calls twice
                if list.last() != Some(&test) {
                    list.push(test);
                }
            }
        }
        Self(by_name)
    }

    fn of_name(&self, name: &str) -> Vec<String> {
        let list = self.0.get(name).map_or(&[][..], Vec::as_slice);
        list.iter().map(|t| (*t).to_string()).collect()
    }
}

/// Names that stand before a bracket.
fn called(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('(').filter_map(|(at, _)| {
        let before = &text[..at];
        let name = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        Some(&before[name.len()..]).filter(|n| !n.is_empty())
    })
}

/// A definition without its leading comment.
fn after_comment(definition: &str) -> &str {
    let mut rest = definition;
    while rest.starts_with("///") {
        rest = rest.split_once('\n').map_or("", |(_, after)| after);
    }
    rest
}

#[cfg(test)]
mod tests_of_entries {
    use super::*;
    use crate::library;
    use sbt_hir::Library;
    use sbt_syntax::ast::{Item, Rets};

    #[test]
    fn every_definition_of_the_library_has_an_entry_with_all_its_parts() {
        for name in crate::library_names() {
            let e = entry(name).unwrap_or_else(|| panic!("{name} has no entry"));
            let (formals, results) = match library().item(name) {
                Some(Item::Indicator(i)) => (
                    &i.formals,
                    match &i.rets {
                        Rets::One(_) => 1,
                        Rets::Many(all) => all.len(),
                    },
                ),
                Some(Item::Func(f)) => (&f.formals, 1),
                _ => continue,
            };
            let names: Vec<&str> = formals.iter().map(|f| f.name.name.as_str()).collect();
            let ours: Vec<&str> = e.parameters.iter().map(|p| p.name.as_str()).collect();
            assert_eq!(ours, names, "{name}");
            for (f, p) in formals.iter().zip(&e.parameters) {
                assert!(p.ty.starts_with(&f.ty.name), "{name}: {}", p.ty);
                assert_eq!(f.default.is_some(), p.default.is_some(), "{name}");
            }
            assert_eq!(e.returns.len(), results, "{name}");
            assert!(!e.summary.is_empty() && !e.tests.is_empty(), "{name}");
            assert!(e.signature.starts_with(&format!("{name}(")), "{name}");
        }
    }

    #[test]
    fn an_entry_knows_its_place() {
        let e = entry("rsi").unwrap();
        assert_eq!(e.signature, "rsi(x: num, n: bars = 14) -> float");
        assert_eq!(e.parameters[1].default.as_deref(), Some("14"));
        let file = e.file.as_deref().unwrap();
        assert_eq!(file, "std/momentum.sbt");
        let module = sbt_std::module("momentum").unwrap();
        let line = module.text.lines().nth(e.line.unwrap() - 1).unwrap();
        assert!(line.starts_with("indicator rsi("), "{line}");
        assert!(e.definition.starts_with("///") && e.definition.ends_with('}'));
        assert!(e.tests.iter().all(|t| t.starts_with("test \"")));
    }

    #[test]
    fn modules_outside_of_the_prelude_say_so() {
        assert_eq!(
            entry("unger").unwrap().needs_use.as_deref(),
            Some("patterns/unger")
        );
        assert_eq!(entry("sma").unwrap().needs_use, None);
    }

    #[test]
    fn built_ins_and_words_have_entries() {
        assert_eq!(entry("close").unwrap().kind, Kind::Value);
        assert_eq!(entry("position.bars").unwrap().returns[0].ty, "bars");
        assert_eq!(entry("highest").unwrap().parameters.len(), 2);
        assert_eq!(entry("enter").unwrap().kind, Kind::Statement);
        assert_eq!(named("max").count(), 2);
        assert_eq!(entry("session").unwrap().kind, Kind::Value);
        assert_eq!(entry("forming").unwrap().returns.len(), 5);
    }

    #[test]
    fn files_of_the_user_are_described_like_the_library() {
        let file = "#sbt 1\n\n/// Twice. Source: none.\nfn twice(x: num) -> num = 2 * x\n\ntest \"t\" {\n  given close = [1]\n  assert twice(close) is [2]\n}\n";
        let all = describe("a/mine.sbt", file);
        assert_eq!(all.len(), 1);
        assert_eq!(
            (all[0].family.as_str(), all[0].line, all[0].tests.len()),
            ("mine", Some(4), 1)
        );
        assert_eq!(all[0].source.as_deref(), Some("none"));
    }
}
