//! The `TextMate` grammar, made from the words of the language: VS Code and everything that reads `.tmLanguage.json`.

use crate::WordClass;
use crate::highlight::{LAST, PAIRS, contextual, items_and_folds, never_operand, reserved};
use serde::Serialize;
use std::collections::BTreeMap;

/// The scope of a file, and the end of every scope in it.
pub const SCOPE: &str = "source.sixbtc";
const SUFFIX: &str = "sixbtc";

const NAME: &str = "[A-Za-z_][A-Za-z0-9_]*";
const DIGITS: &str = "[0-9]+(?:_[0-9]+)*";
const DECIMAL: &str = "[0-9]+(?:_[0-9]+)*(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?";

/// A pattern of the format: a match on one line, a region, or a reference.
#[derive(Serialize, Default)]
struct Pattern {
    #[serde(skip_serializing_if = "Option::is_none")]
    include: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    regex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    begin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    captures: BTreeMap<String, Capture>,
    #[serde(rename = "beginCaptures", skip_serializing_if = "BTreeMap::is_empty")]
    begin_captures: BTreeMap<String, Capture>,
    #[serde(rename = "endCaptures", skip_serializing_if = "BTreeMap::is_empty")]
    end_captures: BTreeMap<String, Capture>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    patterns: Vec<Pattern>,
}

#[derive(Serialize)]
struct Capture {
    name: String,
}

#[derive(Serialize)]
struct Grammar {
    #[serde(rename = "$schema")]
    schema: &'static str,
    comment: &'static str,
    name: &'static str,
    #[serde(rename = "scopeName")]
    scope: &'static str,
    #[serde(rename = "firstLineMatch")]
    first_line: &'static str,
    patterns: Vec<Pattern>,
    repository: BTreeMap<&'static str, Pattern>,
}

fn scope(name: &str) -> String {
    format!("{name}.{SUFFIX}")
}

fn captures(names: &[&str]) -> BTreeMap<String, Capture> {
    let named = names
        .iter()
        .enumerate()
        .filter(|(_, name)| !name.is_empty());
    named
        .map(|(i, name)| ((i + 1).to_string(), Capture { name: scope(name) }))
        .collect()
}

/// All of a match has one scope.
fn whole(name: &str, regex: impl Into<String>) -> Pattern {
    Pattern {
        name: Some(scope(name)),
        regex: Some(regex.into()),
        ..Pattern::default()
    }
}

/// The groups of a match have scopes, in order; an empty one has none.
fn groups(regex: impl Into<String>, names: &[&str]) -> Pattern {
    Pattern {
        regex: Some(regex.into()),
        captures: captures(names),
        ..Pattern::default()
    }
}

fn include(name: &str) -> Pattern {
    Pattern {
        include: Some(name.to_owned()),
        ..Pattern::default()
    }
}

fn list(patterns: Vec<Pattern>) -> Pattern {
    Pattern {
        patterns,
        ..Pattern::default()
    }
}

fn any<S: AsRef<str>>(words: &[S]) -> String {
    let words: Vec<_> = words.iter().map(AsRef::as_ref).collect();
    words.join("|")
}

/// The scope of a keyword.
fn keyword(class: WordClass) -> &'static str {
    match class {
        WordClass::Item => "keyword.declaration",
        WordClass::Statement => "keyword.control",
        WordClass::Operator => "keyword.operator.word",
        WordClass::Constant => "constant.language",
        WordClass::Clause => "keyword.other",
        WordClass::Name => "variable.other",
    }
}

/// The grammar as the text of its file.
pub fn grammar() -> Result<String, serde_json::Error> {
    let grammar = Grammar {
        schema: "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        comment: "Generated from the sbt-grammar crate: UPDATE_PAGES=1 cargo test -p sbt-grammar",
        name: "sixbtc strategy",
        scope: SCOPE,
        first_line: "^\\x{FEFF}?#sbt[ \\t]+[0-9]+",
        patterns: vec![
            include("#comments"),
            include("#header"),
            include("#declarations"),
            include("#code"),
        ],
        repository: BTreeMap::from([
            ("comments", comments()),
            ("header", list(vec![header()])),
            ("declarations", declarations()),
            ("formals", formals()),
            ("code", code()),
            ("literals", literals()),
            ("keywords", keywords()),
            ("names", names()),
            ("operators", operators()),
            ("foreign", foreign()),
        ]),
    };
    serde_json::to_string_pretty(&grammar).map(|text| text + "\n")
}

fn comments() -> Pattern {
    list(vec![
        whole("comment.line.documentation", "///(?!/).*$"),
        whole("comment.line.double-slash", "//.*$"),
    ])
}

fn header() -> Pattern {
    groups(
        "^\\x{FEFF}?\\s*(#sbt)[ \\t]+([0-9]+)(?![A-Za-z0-9_])",
        &["keyword.control.directive", "constant.numeric"],
    )
}

/// Items and statements that give a name.
fn declarations() -> Pattern {
    let annotation = format!("(?:\\s*(:)\\s*({NAME})(\\^-?[0-9]+)?(\\?)?)?");
    let typed = [
        "punctuation.separator",
        "entity.name.type",
        "constant.numeric",
        "keyword.operator",
    ];
    let mut patterns = vec![
        groups(
            format!("\\b(use)\\s+({NAME}(?:/{NAME})*)"),
            &["keyword.declaration", "entity.name.namespace"],
        ),
        groups(
            format!("\\b(enum)\\s+({NAME})"),
            &["keyword.declaration", "entity.name.type"],
        ),
        groups(
            format!("\\b(strategy|portfolio)\\s+({NAME})"),
            &["keyword.declaration", "entity.name.function"],
        ),
        Pattern {
            begin: Some(format!("\\b(indicator|fn)\\s+({NAME})\\s*(\\()")),
            begin_captures: captures(&[
                "keyword.declaration",
                "entity.name.function",
                "punctuation.section",
            ]),
            end: Some("\\)".to_owned()),
            end_captures: BTreeMap::from([(
                "0".to_owned(),
                Capture {
                    name: scope("punctuation.section"),
                },
            )]),
            patterns: vec![include("#formals")],
            ..Pattern::default()
        },
        Pattern {
            begin: Some("(->)\\s*(\\()".to_owned()),
            begin_captures: captures(&["keyword.operator", "punctuation.section"]),
            end: Some("\\)".to_owned()),
            end_captures: BTreeMap::from([(
                "0".to_owned(),
                Capture {
                    name: scope("punctuation.section"),
                },
            )]),
            patterns: vec![include("#formals")],
            ..Pattern::default()
        },
        groups(
            format!("(->)\\s*({NAME})(\\^-?[0-9]+)?(\\?)?"),
            &[
                "keyword.operator",
                "entity.name.type",
                "constant.numeric",
                "keyword.operator",
            ],
        ),
    ];
    let names: [&str; 2] = ["keyword.control", "variable.other.declaration"];
    let all: Vec<&str> = names.into_iter().chain(typed).collect();
    patterns.push(groups(
        format!("\\b(param|let|rec)\\s+({NAME}){annotation}"),
        &all,
    ));
    patterns.push(groups(format!("\\b(given)\\s+({NAME})(?=\\s*=)"), &names));
    list(patterns)
}

/// Between the brackets of a definition: names with types, and defaults.
fn formals() -> Pattern {
    list(vec![
        include("#comments"),
        groups(
            format!("({NAME})\\s*(:)\\s*({NAME})(\\^-?[0-9]+)?(\\?)?"),
            &[
                "variable.parameter",
                "punctuation.separator",
                "entity.name.type",
                "constant.numeric",
                "keyword.operator",
            ],
        ),
        // a default may hold brackets of its own
        Pattern {
            begin: Some("\\(".to_owned()),
            end: Some("\\)".to_owned()),
            begin_captures: BTreeMap::from([(
                "0".to_owned(),
                Capture {
                    name: scope("punctuation.section"),
                },
            )]),
            end_captures: BTreeMap::from([(
                "0".to_owned(),
                Capture {
                    name: scope("punctuation.section"),
                },
            )]),
            patterns: vec![include("#code")],
            ..Pattern::default()
        },
        include("#code"),
    ])
}

fn code() -> Pattern {
    let parts = [
        "comments",
        "literals",
        "keywords",
        "names",
        "operators",
        "foreign",
    ];
    list(parts.iter().map(|p| include(&format!("#{p}"))).collect())
}

fn literals() -> Pattern {
    list(vec![
        whole("string.quoted.double", "\"[^\"\\r\\n]*\""),
        whole("invalid.illegal.string", "\"[^\"\\r\\n]*$"),
        whole("constant.numeric.risk", format!("\\b{DECIMAL}R\\b")),
        whole("constant.numeric.percent", format!("\\b{DECIMAL}%")),
        whole(
            "constant.numeric.bars",
            format!("\\b{DIGITS}[ \\t]+bars?\\b"),
        ),
        whole("constant.numeric.timeframe", "\\b[0-9]+[smhdw]\\b"),
        whole("constant.numeric", format!("\\b{DECIMAL}\\b")),
        whole(
            "invalid.illegal.number",
            "\\b[0-9]+(?:\\.[0-9]+)?[A-Za-z_][A-Za-z0-9_]*",
        ),
        whole("entity.name.label", format!("#{NAME}")),
    ])
}

fn keywords() -> Pattern {
    // a field's name is never a keyword
    let word = "(?<![A-Za-z0-9_])(?<!\\.)";
    let mut patterns = Vec::new();
    for (before, last) in LAST {
        let (first, second) = (class_of(before), class_of(last));
        patterns.push(groups(
            format!("\\b({before})\\s+({last})\\b"),
            &[keyword(first), keyword(second)],
        ));
    }
    for class in [
        WordClass::Item,
        WordClass::Statement,
        WordClass::Clause,
        WordClass::Operator,
        WordClass::Constant,
    ] {
        let words = reserved(class);
        if !words.is_empty() {
            patterns.push(whole(
                keyword(class),
                format!("{word}(?:{})\\b", any(&words)),
            ));
        }
    }
    for (first, seconds) in PAIRS {
        patterns.push(whole(
            keyword(class_of(first)),
            format!("{word}{first}(?=\\s+(?:{})\\b)", any(seconds)),
        ));
    }
    let operand = format!(
        "(?=\\s+(?!(?:{})\\b)(?:[A-Za-z0-9_(\"]|-[A-Za-z0-9_(]))",
        any(&never_operand())
    );
    for class in [WordClass::Statement, WordClass::Clause] {
        let words: Vec<_> = contextual()
            .into_iter()
            .filter(|(_, c)| *c == class)
            .map(|(w, _)| w)
            .collect();
        patterns.push(whole(
            keyword(class),
            format!("{word}(?:{})\\b{operand}", any(&words)),
        ));
    }
    // what follows is a list or a set, which no name can have beside it
    patterns.push(whole(
        keyword(WordClass::Clause),
        format!("{word}is(?=\\s+\\[)"),
    ));
    patterns.push(whole(
        keyword(WordClass::Statement),
        format!("{word}universe(?=\\s*\\{{)"),
    ));
    list(patterns)
}

fn class_of(word: &str) -> WordClass {
    crate::classify(word)
}

fn names() -> Pattern {
    let (_, folds) = items_and_folds();
    list(vec![
        groups(
            format!("(?<!\\.)(\\.)\\s*({NAME})"),
            &["punctuation.accessor", "variable.other.property"],
        ),
        whole(
            "support.function.fold",
            format!("\\b(?:{})(?=\\s*\\(\\s*(?:{NAME}\\s+in\\b|$))", any(&folds)),
        ),
        whole("entity.name.function.call", format!("\\b{NAME}(?=\\()")),
        whole("variable.parameter", format!("\\b{NAME}(?=\\s*=[^=>])")),
        whole("constant.language.any", "\\b_\\b"),
        whole("variable.other", format!("\\b{NAME}\\b")),
    ])
}

fn operators() -> Pattern {
    list(vec![
        // those of other languages, before the shorter ones they begin with
        whole(
            "invalid.illegal.operator",
            "&&?|\\|\\|?|:=|[+*/]=|-=|=>|<>|\\*\\*|/\\*.*?\\*/|!(?!=)|;|%",
        ),
        whole("keyword.operator.range", "\\.\\.<|\\.\\."),
        whole("keyword.operator.comparison", "<=|>=|==|!=|<|>"),
        whole("keyword.operator", "->|\\?\\?|[+*/?^=-]"),
        whole("punctuation.section", "[()\\[\\]{}]"),
        whole("punctuation.separator", "[,:.]"),
    ])
}

fn foreign() -> Pattern {
    list(vec![whole("invalid.illegal", "[^\\s\\x{FEFF}]")])
}
