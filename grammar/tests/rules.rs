//! Every rule of the grammar, with texts it takes and texts it refuses. PEG fails silently, so each rule has both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::format_push_string)]

use pest::Parser;
use pest::iterators::Pair;
use sbt_grammar::{Rule, SbtParser};
use std::collections::{BTreeMap, BTreeSet};

const TABLE: &str = include_str!("rules.txt");

struct Case {
    rule: Rule,
    takes: bool,
    text: String,
}

fn rules() -> BTreeMap<String, Rule> {
    Rule::all_rules()
        .iter()
        .map(|rule| (format!("{rule:?}"), *rule))
        .collect()
}

fn cases() -> Vec<Case> {
    let rules = rules();
    let lines = TABLE
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines
        .map(|line| {
            let mut parts = line.splitn(3, ' ');
            let rule = parts.next().unwrap();
            let sign = parts.next().unwrap_or_else(|| panic!("no sign: {line}"));
            let text = parts.next().unwrap_or("");
            let text = text
                .replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\r", "\r");
            let text = text.replace("\\u{FEFF}", "\u{FEFF}");
            Case {
                rule: *rules.get(rule).unwrap_or_else(|| panic!("no rule {rule}")),
                takes: sign == "+",
                text,
            }
        })
        .collect()
}

/// The tree of a text that the rule matches from end to end. A silent rule leaves no pair to measure: there the
/// texts of the table are chosen so that it matches all or nothing.
fn tree(rule: Rule, text: &str) -> Option<String> {
    let pairs = SbtParser::parse(rule, text).ok()?;
    let mut out = String::new();
    for pair in pairs.clone() {
        if pair.as_rule() == rule && pair.as_str().len() != text.len() {
            return None;
        }
        show(&pair, &mut out);
    }
    Some(out)
}

fn show(pair: &Pair<'_, Rule>, out: &mut String) {
    if pair.as_rule() == Rule::EOI {
        return;
    }
    let name = format!("{:?}", pair.as_rule());
    let inner: Vec<_> = pair.clone().into_inner().collect();
    if inner.is_empty() {
        if name.starts_with("kw_")
            || matches!(name.as_str(), "lparen" | "rparen" | "lbrace" | "rbrace")
        {
            return;
        }
        out.push_str(&format!(" {name}`{}`", pair.as_str().escape_debug()));
    } else {
        out.push_str(&format!(" ({name}"));
        for pair in inner {
            show(&pair, out);
        }
        out.push(')');
    }
}

#[test]
fn every_rule_takes_and_refuses() {
    let mut out = String::new();
    for case in cases() {
        let result = tree(case.rule, &case.text);
        let silent = format!("{:?}", case.rule);
        if case.takes {
            let matched = result.unwrap_or_else(|| panic!("{silent} must take {:?}", case.text));
            out.push_str(&format!(
                "{silent} + {}\n   {matched}\n",
                case.text.escape_debug()
            ));
        } else {
            assert!(
                result.is_none(),
                "{silent} must refuse {:?}, took {result:?}",
                case.text
            );
            out.push_str(&format!("{silent} - {}\n", case.text.escape_debug()));
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn every_keyword_takes_itself_and_nothing_longer() {
    for (name, rule) in rules() {
        let Some(word) = name.strip_prefix("kw_") else {
            continue;
        };
        assert!(SbtParser::parse(rule, word).is_ok(), "{word}");
        assert!(
            SbtParser::parse(rule, &format!("{word}x")).is_err(),
            "{word}x"
        );
        assert!(
            SbtParser::parse(rule, &format!("{word}_")).is_err(),
            "{word}_"
        );
        assert!(
            SbtParser::parse(rule, &word.to_uppercase()).is_err(),
            "{word} in capitals"
        );
    }
}

/// An entry rule is its rule between the ends of the text: the rule's own cases hold for it.
#[test]
fn entry_rules_take_what_their_rules_take() {
    let rules = rules();
    let cases = cases();
    for (name, entry) in &rules {
        let Some(of) = name.strip_prefix("only_") else {
            continue;
        };
        let rule = rules
            .get(of)
            .or_else(|| rules.get(&format!("{of}_")))
            .unwrap_or_else(|| panic!("{name}"));
        for case in cases.iter().filter(|c| c.rule == *rule) {
            assert_eq!(
                SbtParser::parse(*entry, &case.text).is_ok(),
                case.takes,
                "{name} {:?}",
                case.text
            );
        }
    }
}

#[test]
fn no_rule_is_forgotten() {
    let mut missing = BTreeSet::new();
    for takes in [true, false] {
        let covered: BTreeSet<String> = cases()
            .iter()
            .filter(|c| c.takes == takes)
            .map(|c| format!("{:?}", c.rule))
            .collect();
        for name in rules().keys() {
            let elsewhere = name.starts_with("kw_") || name.starts_with("only_") || name == "EOI";
            // Matches nothing as well.
            let elsewhere = elsewhere || (name == "onl" && !takes);
            if !elsewhere && !covered.contains(name) {
                missing.insert(format!("{name} {}", if takes { "+" } else { "-" }));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}
