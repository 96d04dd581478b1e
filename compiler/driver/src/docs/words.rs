//! The words of the language: how each is written and what it does. A test holds the list against the grammar's words.

use super::{Entry, Kind, Output};

/// A word or sign.
pub(super) struct Word {
    name: &'static str,
    kind: Kind,
    form: &'static str,
    text: &'static str,
    page: &'static str,
}

impl Word {
    pub(super) fn entry(&self) -> Entry {
        let comment = super::Comment::of_text(self.text);
        let family = match self.kind {
            Kind::Type => "types",
            Kind::Operator => "operators",
            Kind::Clause => "clauses",
            _ => "statements",
        };
        Entry {
            name: self.name.to_string(),
            kind: self.kind,
            family: family.to_string(),
            needs_use: None,
            signature: self.form.to_string(),
            parameters: Vec::new(),
            returns: Vec::<Output>::new(),
            summary: comment.summary,
            text: comment.text,
            formula: None,
            source: None,
            units: None,
            definition: String::new(),
            tests: Vec::new(),
            file: None,
            line: None,
            page: Some(self.page),
        }
    }
}

const PROGRAM: &str = "language/program.md";
const TYPES: &str = "language/types.md";
const PARAMETERS: &str = "language/parameters.md";
const RECURRENCES: &str = "language/recurrences.md";
const CLOCKS: &str = "language/clocks.md";
const HISTORY: &str = "language/history.md";
const PORTFOLIOS: &str = "language/portfolios.md";
const ORDERS: &str = "language/orders.md";
const TESTS: &str = "language/tests.md";

const fn st(
    name: &'static str,
    form: &'static str,
    text: &'static str,
    page: &'static str,
) -> Word {
    word(name, Kind::Statement, form, text, page)
}

const fn cl(
    name: &'static str,
    form: &'static str,
    text: &'static str,
    page: &'static str,
) -> Word {
    word(name, Kind::Clause, form, text, page)
}

const fn op(name: &'static str, form: &'static str, text: &'static str) -> Word {
    word(name, Kind::Operator, form, text, TYPES)
}

const fn ty(name: &'static str, form: &'static str, text: &'static str) -> Word {
    word(name, Kind::Type, form, text, TYPES)
}

const fn word(
    name: &'static str,
    kind: Kind,
    form: &'static str,
    text: &'static str,
    page: &'static str,
) -> Word {
    Word {
        name,
        kind,
        form,
        text,
        page,
    }
}

/// All of them: items, statements, clauses, operators, types.
#[rustfmt::skip] // a line a word is a table that can be read
pub(super) const WORDS: &[Word] = &[
    st("use", "use patterns/unger", "Brings in the definitions of another file or of a part of the library.", PROGRAM),
    st("enum", "enum Bias { with_trend, against_trend }", "Defines a choice between named members; a member is written `Bias.with_trend`.", PROGRAM),
    st("strategy", "strategy name \"Title\" { … }", "Rules for trading one symbol at a time: a clock, parameters, values, entries, exits, a size and limits.", PROGRAM),
    st("portfolio", "portfolio name \"Title\" { … }", "Rules for trading several symbols of a universe at once, ranked against one another.", PORTFOLIOS),
    st("indicator", "indicator name(x: num, n: bars = 20) -> num { … give e }", "Defines a value with memory or with several results. Each call has a memory of its own.", PROGRAM),
    st("fn", "fn name(x: num) -> num = e", "Defines a formula.", PROGRAM),
    st("test", "test \"what is claimed\" { … }", "Claims about values, on bars that are given or random; `sixbtc test` runs it on every backend.", TESTS),
    st("on", "on 15m · on 4h { … } · on 1d: e · on 1h of BTC: e", "Names a clock. Alone it is the clock of the strategy; with a block or an expression it computes on confirmed bars of a coarser clock, or of another symbol.", CLOCKS),
    st("param", "param n: bars = 20 in 5..60 step 5", "A value that is fixed for a run and can be swept: type, default, range and step or a set of values.", PARAMETERS),
    st("require", "require fast < slow", "A condition on parameters; combinations that break it are dropped before anything runs.", PARAMETERS),
    st("let", "let mean = sma(close, 20) · let (mid, top, low) = bollinger(close, 20)", "Names a value. A name keeps its meaning: there are no assignments.", PROGRAM),
    st("rec", "rec e = e[1] + (close - e[1]) / 20 init close settle 80", "A value made of its own past. In the body its name stands with an index of at least 1.", RECURRENCES),
    st("enter", "enter long #label when c at limit p for 3 bars { … }", "Opens a position at the next bar's open when a condition holds, or with a resting limit or stop order. The braces hold the legs that protect it.", ORDERS),
    st("exit", "exit long when c · exit #label when c · exit after 48 bars · exit at session end", "Closes positions: all, those of a side, or those of a labelled entry. Inside the braces of an entry it closes that entry only.", ORDERS),
    st("limit", "limit leverage 3 · limit pyramid 3 every d · limit cooldown 4 bars · limit trades 1 per 1d", "A hard limit of the strategy.", ORDERS),
    st("size", "size risk 1% · size 100% of equity · size target vol 20% · size money(1000) · size 0.5", "How large an order is: by the loss at its stop, by equity, by volatility, by notional or in units.", ORDERS),
    st("stop", "stop 1.5% · stop entry - 2 * atr(14) · stop to breakeven after 1R", "Leg of an entry that closes it at a loss: a percentage is measured from the fill, a price is the level itself.", ORDERS),
    st("target", "target 2R closing 50%", "Leg of an entry that closes it, or a part of it, at a profit: a percentage, a price level or a multiple of risk.", ORDERS),
    st("trail", "trail 3 * atr(14) after 1R", "Leg of an entry: a stop at a distance from the best price so far, moved at the close of each bar.", ORDERS),
    st("plot", "plot fast, slow", "Draws values in the report.", ORDERS),
    st("alert", "alert \"text\" when c", "Marks the bars on which a condition holds.", ORDERS),
    st("universe", "universe top 40 by median(volume * close, 30) · universe {BTC, ETH}", "Which symbols a portfolio may hold.", PORTFOLIOS),
    st("hold", "hold top n by score as long rebalance every 1w weight 1 / noise", "What a portfolio holds: the first or last of its universe by a score.", PORTFOLIOS),
    st("give", "give mid, mid + d, mid - d", "What an indicator returns; its last statement.", PROGRAM),
    st("given", "given close = [1, 2, 3]", "The bars of a test, one value a bar.", TESTS),
    st("forall", "forall random_bars(1000)", "Random bars of a test.", TESTS),
    st("assert", "assert sma(close, 2) is [_, 1.5, 2.5]", "A claim of a test: a condition that holds on every bar, or values bar by bar.", TESTS),

    cl("in", "in 5..60 · in {a, b}", "Range or set of a parameter; as an operator, whether a value lies in a range or is one of several.", PARAMETERS),
    cl("step", "in 5..60 step 5", "Distance between the values of a parameter's range.", PARAMETERS),
    cl("session", "on 15m session \"09:30-16:00\" in \"America/New_York\"", "Trading hours in an IANA time zone.", CLOCKS),
    cl("of", "on 1d of BTC: e · 100% of equity", "Names another symbol, or what a share is of.", CLOCKS),
    cl("init", "rec x = e init v", "Value of a recurrence on its first bar.", RECURRENCES),
    cl("settle", "rec x = e init v settle n", "Bars after which the choice of the first bar no longer matters; orders wait for it.", RECURRENCES),
    cl("when", "enter long when c · exit when c · alert \"text\" when c", "Begins a condition.", ORDERS),
    cl("at", "at limit p · at stop p · exit at p · exit at session end", "Begins the price or the moment of an order.", ORDERS),
    cl("for", "at limit p for 4 bars", "How many bars a resting order stays; 1 without it.", ORDERS),
    cl("after", "exit after 48 bars · trail d after 1R · stop to breakeven after 1R", "From when on: bars since the fill, or profit reached.", ORDERS),
    cl("to", "stop to breakeven after 1R", "Where a stop is moved.", ORDERS),
    cl("breakeven", "stop to breakeven after 1R", "The entry price, as a place for the stop.", ORDERS),
    cl("closing", "target 2R closing 50%", "Which part of the position a target closes.", ORDERS),
    cl("end", "exit at session end", "The last bar of the trading hours.", ORDERS),
    cl("risk", "size risk 1%", "Sizes an order so that its stop costs that share of the equity.", ORDERS),
    cl("vol", "size target vol 20%", "Annual volatility, as a goal of the size.", ORDERS),
    cl("equity", "size 100% of equity", "Value of the account, as a measure of the size.", ORDERS),
    cl("leverage", "limit leverage 3", "Notional at most so many times the margin.", ORDERS),
    cl("pyramid", "limit pyramid 3 every d", "Up to so many entries of a side.", ORDERS),
    cl("every", "limit pyramid 3 every d · rebalance every 1w", "Travel between entries of a pyramid, or time between rebalancings.", ORDERS),
    cl("cooldown", "limit cooldown 4 bars", "No entry for so many bars after an exit.", ORDERS),
    cl("trades", "limit trades 5 per 1w", "At most so many entries in a span of time.", ORDERS),
    cl("per", "limit trades 5 per 1w", "The span of time of a limit.", ORDERS),
    cl("top", "hold top 5 by score · universe top 40 by e", "The largest by a score.", PORTFOLIOS),
    cl("bottom", "hold bottom 5 by score", "The smallest by a score.", PORTFOLIOS),
    cl("by", "hold top 5 by score", "Begins the score of a ranking.", PORTFOLIOS),
    cl("as", "hold top 5 by score as long", "Side of what a portfolio holds.", PORTFOLIOS),
    cl("rebalance", "rebalance every 1w", "How often a portfolio brings what it holds back to its weights.", PORTFOLIOS),
    cl("weight", "weight 1 / noise", "Weights of what a portfolio holds.", PORTFOLIOS),
    cl("is", "assert e is [_, 1.5]", "Begins the values that a test expects; `_` is not looked at.", TESTS),
    cl("above", "a crosses above b", "From below to above.", TYPES),
    cl("below", "a crosses below b", "From above to below.", TYPES),

    op("or", "a or b", "True when one of two conditions holds; both are always evaluated."),
    op("and", "a and b", "True when both conditions hold; both are always evaluated."),
    op("not", "not a", "True when the condition does not hold."),
    op("mod", "a mod b", "Remainder of a division, with the sign of the divisor."),
    op("crosses", "a crosses above b · a crosses below b · a crosses b", "True on the bar on which one value passes another: on this side now, not on the bar before."),
    op("if", "if c then a else b", "A choice between two values of one kind; both are evaluated on every bar."),
    op("then", "if c then a else b", "Begins the value of a choice whose condition holds."),
    op("else", "if c then a else b", "Begins the value of a choice whose condition does not hold."),
    op("true", "true", "The condition that always holds."),
    op("false", "false", "The condition that never holds."),
    op("??", "x ?? y", "What to use where a value of another symbol is missing."),
    op("..", "a..b", "A range with both ends."),
    op("..<", "a..<b", "A range without its last value."),
    word("[]", Kind::Operator, "x[n] · x[k max 50]", "The value n bars ago; `x[0]` is the bar that has just closed. An index that is computed from bars names its bound.", HISTORY),

    ty("num", "num · num2 · num^2", "Any one unit, in a signature: `sma(x: num, n: bars) -> num` of a price is a price."),
    ty("bool", "bool", "True or false."),
    ty("duration", "4h · 30m · 1w", "A span of time."),
    ty("timeframe", "15m · 4h · 1d", "A clock as a parameter: each of its values is compiled on its own."),
    ty("R", "2R", "Multiple of the distance from the entry to its stop; in orders only."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use sbt_grammar::word;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_of_the_grammar_is_documented_once() {
        let ours: BTreeSet<&str> = WORDS.iter().map(|w| w.name).collect();
        assert_eq!(ours.len(), WORDS.len());
        let of_bars = ["long", "short"]; // documented with the built-in values
        let wanted: BTreeSet<&str> = [
            word::ITEMS,
            word::STATEMENTS,
            word::CLAUSES,
            word::OPERATORS,
            word::RESERVED,
        ]
        .into_iter()
        .flatten()
        .copied()
        .filter(|w| !of_bars.contains(w))
        .collect();
        let missing: Vec<_> = wanted.difference(&ours).collect();
        assert!(missing.is_empty(), "{missing:?}");
        for w in WORDS.iter().filter(|w| w.kind != Kind::Type) {
            let letters = w.name.chars().all(|c| c.is_ascii_lowercase());
            assert!(!letters || wanted.contains(w.name), "{}", w.name);
        }
    }

    #[test]
    fn folds_are_documented_with_the_built_ins() {
        for fold in word::FOLDS {
            assert!(crate::docs::named(fold).any(|e| e.kind == Kind::Fold));
        }
    }
}
