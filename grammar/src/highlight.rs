//! What a highlighter without a tree has to know: which words are keywords where they stand.
//!
//! A word that is not reserved (`size`, `top`, `after` …) is a name too. Two operands never stand side by side, so such a
//! word is a keyword exactly where an operand follows it, or where it is the first of the [`PAIRS`].

use crate::word::{CLAUSES, FOLDS, ITEMS, OPERATORS, STATEMENTS, classify, is_reserved};
use crate::{Rule, SbtParser, WordClass};
use pest::Parser;

/// Words that are not reserved and follow each other as keywords.
pub const PAIRS: &[(&str, &[&str])] = &[
    ("stop", &["at", "to"]),
    ("target", &["at", "vol"]),
    ("to", &["breakeven"]),
    ("breakeven", &["after"]),
    ("at", &["limit", "stop", "session"]),
    ("session", &["end"]),
    ("size", &["risk", "target"]),
    ("limit", &["leverage", "pyramid", "cooldown", "trades"]),
    ("universe", &["top"]),
    ("hold", &["top", "bottom"]),
    ("rebalance", &["every"]),
];

/// Keywords at the end of what they belong to: no operand follows them, a reserved word or a pair's first stands before.
pub const LAST: &[(&str, &str)] = &[
    ("crosses", "above"),
    ("crosses", "below"),
    ("of", "equity"),
    ("session", "end"),
];

/// Words that never begin an operand: where one of them follows a name, the name stays a name.
pub fn never_operand() -> Vec<&'static str> {
    let infix = OPERATORS.iter().filter(|w| !matches!(**w, "not" | "if"));
    let mut words: Vec<&str> = infix.chain(CLAUSES).copied().collect();
    words.extend(["limit", "size", "stop", "when"]);
    words.retain(|w| !matches!(*w, "top" | "bottom" | "risk" | "equity" | "end" | "vol"));
    words.sort_unstable();
    words.dedup();
    words
}

/// The words that may be names, with the class of the keyword they are elsewhere; `max` of `x[k max 50]` among them.
pub fn contextual() -> Vec<(&'static str, WordClass)> {
    let mut words: Vec<_> = STATEMENTS
        .iter()
        .chain(CLAUSES)
        .filter(|w| !is_reserved(w))
        .map(|w| (*w, classify(w)))
        .collect();
    words.push(("max", WordClass::Clause));
    words
}

/// The reserved words of a class.
pub fn reserved(class: WordClass) -> Vec<&'static str> {
    let mut words: Vec<&str> = crate::word::RESERVED
        .iter()
        .copied()
        .filter(|w| classify(w) == class)
        .collect();
    words.sort_unstable();
    words
}

/// The words that begin items, and the folds, as they stand in their lists.
pub fn items_and_folds() -> (Vec<&'static str>, Vec<&'static str>) {
    (ITEMS.to_vec(), FOLDS.to_vec())
}

/// First and last byte of every keyword of a program, in order; `None` if it is no program.
pub fn keywords(text: &str) -> Option<Vec<(usize, usize)>> {
    let tree = SbtParser::parse(Rule::file, text).ok()?;
    let mut found: Vec<_> = tree
        .flatten()
        .filter(|pair| format!("{:?}", pair.as_rule()).starts_with("kw_"))
        .map(|pair| (pair.as_span().start(), pair.as_span().end()))
        .collect();
    found.sort_unstable();
    found.dedup();
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_words_of_clauses_and_statements() {
        let known: Vec<_> = contextual().into_iter().map(|(w, _)| w).collect();
        for (first, seconds) in PAIRS {
            assert!(known.contains(first), "{first}");
            for second in *seconds {
                assert!(known.contains(second), "{second}");
            }
        }
    }

    #[test]
    fn keywords_are_told_from_names() {
        let text = "#sbt 1\nstrategy s {\n  let top = size\n  size risk top\n}\n";
        let found = keywords(text).unwrap_or_default();
        let words: Vec<_> = found.iter().map(|(a, b)| &text[*a..*b]).collect();
        assert_eq!(words, ["strategy", "let", "size", "risk"]);
        assert!(keywords("let").is_none());
    }
}
