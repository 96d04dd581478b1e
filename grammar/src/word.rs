//! The words of the language: which are reserved, and which begin an item, a statement or a clause.

/// Words that can't be names.
pub const RESERVED: &[&str] = &[
    "use",
    "enum",
    "strategy",
    "portfolio",
    "indicator",
    "fn",
    "test",
    "param",
    "let",
    "rec",
    "init",
    "on",
    "of",
    "in",
    "if",
    "then",
    "else",
    "and",
    "or",
    "not",
    "mod",
    "when",
    "enter",
    "exit",
    "crosses",
    "give",
    "true",
    "false",
    "long",
    "short",
];

/// Words that begin a top-level item.
pub const ITEMS: &[&str] = &[
    "use",
    "enum",
    "strategy",
    "portfolio",
    "indicator",
    "fn",
    "test",
];

/// Words that begin a statement somewhere.
pub const STATEMENTS: &[&str] = &[
    "on", "param", "require", "let", "rec", "enter", "exit", "limit", "size", "plot", "alert",
    "universe", "hold", "give", "given", "forall", "assert", "stop", "target", "trail",
];

/// Words that begin a clause inside a statement.
pub const CLAUSES: &[&str] = &[
    "in",
    "step",
    "session",
    "of",
    "init",
    "settle",
    "when",
    "at",
    "for",
    "after",
    "to",
    "breakeven",
    "closing",
    "end",
    "risk",
    "vol",
    "equity",
    "leverage",
    "pyramid",
    "every",
    "cooldown",
    "trades",
    "per",
    "top",
    "bottom",
    "by",
    "as",
    "rebalance",
    "weight",
    "is",
    "above",
    "below",
];

/// Words that are operators.
pub const OPERATORS: &[&str] = &[
    "and", "or", "not", "mod", "crosses", "in", "if", "then", "else",
];

/// Folds: `sum(i in 0..<n: …)`.
pub const FOLDS: &[&str] = &["sum", "max", "min", "all", "any", "count"];

/// What a word is, without its context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordClass {
    /// Begins an item.
    Item,
    /// Begins a statement.
    Statement,
    /// An operator.
    Operator,
    /// `true`, `false`, `long`, `short`.
    Constant,
    /// Begins or ends a clause.
    Clause,
    /// Any other name.
    Name,
}

/// The class of a word. Words that are not reserved (`size`, `stop`, `at` …) are names where they stand in an expression.
pub fn classify(word: &str) -> WordClass {
    if matches!(word, "true" | "false" | "long" | "short") {
        WordClass::Constant
    } else if ITEMS.contains(&word) {
        WordClass::Item
    } else if STATEMENTS.contains(&word) {
        WordClass::Statement
    } else if OPERATORS.contains(&word) {
        WordClass::Operator
    } else if CLAUSES.contains(&word) {
        WordClass::Clause
    } else {
        WordClass::Name
    }
}

/// Whether the word can't be a name.
pub fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rule, SbtParser};
    use pest::Parser;

    /// The grammar has its own list; the two must not drift apart.
    #[test]
    fn reserved_words_are_those_of_the_grammar() {
        let every = ITEMS
            .iter()
            .chain(STATEMENTS)
            .chain(CLAUSES)
            .chain(OPERATORS)
            .chain(FOLDS)
            .chain(RESERVED);
        for word in every {
            assert_eq!(
                SbtParser::parse(Rule::ident, word).is_err(),
                is_reserved(word),
                "{word}"
            );
        }
    }

    /// Every keyword rule of the grammar is in one of the lists, so the highlighter knows it.
    #[test]
    fn every_keyword_rule_has_a_class() {
        for rule in Rule::all_rules() {
            let name = format!("{rule:?}");
            if let Some(word) = name.strip_prefix("kw_") {
                assert!(word == "max" || classify(word) != WordClass::Name, "{word}");
            }
        }
    }
}
