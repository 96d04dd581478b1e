//! Lines that begin with no statement's word, or with one that belongs elsewhere.

use super::Failure;
use crate::ast::Span;
use crate::codes;
use crate::words::{nearest, usage_of_item};
use sbt_diagnostics::{Diagnostic, FileId};
use sbt_grammar::{Lexed, Rule, Token, word};

/// Where a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a strategy.
    Strategy,
    /// In a portfolio.
    Portfolio,
    /// In `on 4h { … }`.
    Clock,
    /// In the block of an `enter`.
    Bracket,
    /// In an indicator.
    Indicator,
    /// In a test.
    Test,
}

const STRATEGY: &[&str] = &[
    "on", "param", "require", "let", "rec", "enter", "exit", "size", "limit", "plot", "alert",
];

impl Place {
    fn statements(self) -> Vec<&'static str> {
        match self {
            Self::Strategy => STRATEGY.to_vec(),
            Self::Portfolio => [&["universe", "hold"], STRATEGY].concat(),
            Self::Clock => vec!["let", "rec"],
            Self::Bracket => vec!["stop", "target", "trail", "exit"],
            Self::Indicator => vec!["let", "rec", "give"],
            Self::Test => vec!["given", "forall", "assert", "let", "rec"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Strategy => "a strategy",
            Self::Portfolio => "a portfolio",
            Self::Clock => "an `on` block",
            Self::Bracket => "the block of an `enter`",
            Self::Indicator => "an indicator",
            Self::Test => "a test",
        }
    }
}

/// Where the statements that begin with a word belong.
fn home(word: &str) -> Option<&'static str> {
    Some(match word {
        "on" | "param" | "require" | "enter" | "exit" | "size" | "limit" | "plot" | "alert" => {
            "a strategy"
        }
        "universe" | "hold" => "a portfolio",
        "stop" | "target" | "trail" => "the block of an `enter`",
        "give" => "an indicator",
        "given" | "forall" | "assert" => "a test",
        "let" | "rec" => "a strategy, an indicator or a test",
        _ => return None,
    })
}

fn span_of(file: FileId, lexed: Lexed) -> Span {
    Span {
        file,
        start: lexed.start,
        end: lexed.end,
    }
}

/// A statement or item in a block it does not belong to.
pub(crate) fn misplaced(
    text: &str,
    file: FileId,
    tokens: &[Lexed],
    place: Place,
) -> Option<Diagnostic> {
    let first = *tokens.first()?;
    if first.token != Token::Word {
        return None;
    }
    let word = first.text(text);
    let next = tokens.get(1).map(|l| l.token);
    if matches!(
        next,
        Some(Token::Assign | Token::ColonAssign | Token::UpdateAssign | Token::Dot)
    ) {
        return None;
    }
    if word::ITEMS.contains(&word) {
        return Some(
            Diagnostic::error(
                codes::WRONG_PLACE,
                span_of(file, first),
                format!("`{word}` can't stand inside {}", place.name()),
            )
            .here("belongs outside of every block")
            .help(format!(
                "move it in front of {}",
                match place {
                    Place::Indicator => "the indicator",
                    Place::Test => "the test",
                    Place::Portfolio => "the portfolio",
                    _ => "the strategy",
                }
            )),
        );
    }
    let home = home(word)?;
    let mut diagnostic = Diagnostic::error(
        codes::WRONG_PLACE,
        span_of(file, first),
        format!("`{word}` can't stand in {}", place.name()),
    )
    .here(format!("belongs in {home}"));
    diagnostic = match (place, word) {
        (Place::Strategy | Place::Portfolio, "stop" | "target" | "trail") => {
            diagnostic.help(format!("put it in the block of an entry: `enter long when … {{` and on its own line `{word} …`"))
        }
        (Place::Clock, _) => diagnostic.note("an `on` block only names values of a coarser clock; orders belong to the strategy's own clock"),
        (Place::Bracket, "size") => {
            diagnostic.help("an entry's own size stands on its head: `enter long when … size risk 1% {`")
        }
        (Place::Bracket, "let" | "rec") => diagnostic.help("name the value before the `enter`"),
        (Place::Indicator, "param") => diagnostic.help("an indicator's parameters stand in its head: `indicator f(n: bars) -> price`"),
        _ => diagnostic,
    };
    Some(diagnostic)
}

/// A line that begins with no statement's word.
pub(crate) fn unknown_statement(
    text: &str,
    file: FileId,
    tokens: &[Lexed],
    place: Place,
) -> Vec<Diagnostic> {
    let failure = Failure {
        text,
        file,
        rule: Rule::only_expr,
        tokens,
        error: None,
    };
    let word = failure.word(0);
    let span = failure.span(0);
    if tokens.first().is_some_and(|l| l.token.is_foreign()) {
        return failure.foreign();
    }
    let mut found = vec![match foreign_line(&failure) {
        Some(diagnostic) => diagnostic,
        None if word.is_empty() => Diagnostic::error(
            codes::UNKNOWN_STATEMENT,
            span,
            format!("no statement begins with {}", failure.found(0)),
        )
        .here("expected the first word of a statement")
        .help(list(place)),
        None => habit(&failure, place).unwrap_or_else(|| unknown_word(&failure, place)),
    }];
    // The `:=` of the line is what the message is about already.
    let about = found[0].code.0;
    found.extend(
        failure
            .foreign()
            .into_iter()
            .filter(|d| !(about == codes::REASSIGNMENT && d.code.0 == about)),
    );
    found
}

/// Comments of other languages.
fn foreign_line(failure: &Failure<'_>) -> Option<Diagnostic> {
    let comment = match failure.kind(0)? {
        Token::Label => Span {
            end: failure.span(0).start + 1,
            ..failure.span(0)
        },
        Token::Minus if failure.kind(1) == Some(Token::Minus) => {
            failure.span(0).to(failure.span(1))
        }
        Token::Header => {
            return Some(
                Diagnostic::error(
                    codes::MISSING_HEADER,
                    failure.span(0),
                    "the header stands on the first line, once",
                )
                .here("not the first line")
                .fix(failure.whole(), "", "delete it"),
            );
        }
        _ => return None,
    };
    let after = failure
        .text
        .get(comment.end as usize..)
        .and_then(|t| t.chars().next());
    let replace = if after.is_none_or(char::is_whitespace) {
        "//"
    } else {
        "// "
    };
    Some(
        Diagnostic::error(
            codes::FOREIGN_COMMENT,
            comment,
            "a comment begins with `//`",
        )
        .here("does not begin a comment")
        .fix(comment, replace, "write `//`"),
    )
}

/// Statements of other languages.
fn habit(failure: &Failure<'_>, place: Place) -> Option<Diagnostic> {
    let word = failure.word(0);
    let span = failure.span(0);
    let next = failure.kind(1);
    let error = |code, message: &str| Diagnostic::error(code, span, message);
    let unknown = |message: &str| error(codes::UNKNOWN_STATEMENT, message);
    match word {
        "var" | "varip" => {
            let diagnostic = error(
                codes::REASSIGNMENT,
                &format!("there is no `{word}`: a value never changes once it is named"),
            )
            .here("write `let`, or `rec` for a value that grows out of its own past")
            .help("a counter is `rec n = n[1] + 1 init 0`");
            let typed = next == Some(Token::Word) && failure.kind(2) == Some(Token::Word);
            let end = if typed { failure.span(1) } else { span };
            return Some(diagnostic.fix(span.to(end), "let", "write `let`"));
        }
        "const" | "int" | "float" | "bool" | "double" | "auto" | "dim" | "set" | "def" | "val"
        | "mut"
            if next == Some(Token::Word) && failure.kind(2) == Some(Token::Assign) =>
        {
            return Some(
                unknown(&format!("a value is named with `let`, not with `{word}`"))
                    .here("write `let`")
                    .fix(span, "let", "write `let`"),
            );
        }
        "if" => {
            let order = matches!(place, Place::Strategy | Place::Portfolio);
            let diagnostic = error(
                codes::INCOMPLETE_IF,
                "`if` is no statement: it chooses between two values",
            )
            .here("begins no line");
            return Some(if order {
                diagnostic
                    .note("nothing is executed step by step: every line holds on every bar")
                    .help("an order on a condition is `enter long when condition`; a choice is `let x = if condition then a else b`")
            } else {
                diagnostic.help("a choice is `let x = if condition then a else b`")
            });
        }
        "else" | "then" => {
            return Some(
                error(
                    codes::INCOMPLETE_IF,
                    &format!("this `{word}` belongs to no `if`"),
                )
                .here("begins no line")
                .help("a choice is `let x = if condition then a else b`"),
            );
        }
        "for" | "while" | "loop" => {
            return Some(
                unknown(&format!("there is no `{word}`: loops are folds"))
                    .here("no loop")
                    .help("sum over the last n bars with `sum(i in 0..<n: close[i])`; also `max min all any count`"),
            );
        }
        "return" if place == Place::Indicator => {
            return Some(
                unknown("an indicator gives its value with `give`")
                    .here("write `give`")
                    .fix(span, "give", "write `give`"),
            );
        }
        _ => {}
    }
    if let Some(instead) = synonym(word, place)
        && !matches!(
            next,
            Some(Token::Assign | Token::ColonAssign | Token::UpdateAssign | Token::Dot)
        )
    {
        return Some(
            unknown(&format!("`{word}` is written `{instead}`"))
                .here(format!("write `{instead}`"))
                .fix(span, instead, format!("write `{instead}`")),
        );
    }
    match next {
        Some(Token::Assign) => {
            let insert = Span {
                end: span.start,
                ..span
            };
            Some(
                unknown("a value is named with `let`")
                    .here("`let` is missing before this")
                    .help(format!("write `let {word} = …`"))
                    .fix(insert, "let ", "insert `let`"),
            )
        }
        Some(Token::ColonAssign | Token::UpdateAssign) => failure
            .foreign()
            .into_iter()
            .find(|d| d.code.0 == codes::REASSIGNMENT),
        Some(Token::Dot) => Some(
            unknown("a statement can't begin with a value")
                .here("nothing is done with this value")
                .help("name it with `let`, or draw it with `plot`"),
        ),
        _ => None,
    }
}

fn synonym(word: &str, place: Place) -> Option<&'static str> {
    let word = word.to_lowercase();
    Some(match (word.as_str(), place) {
        ("buy" | "long" | "go_long" | "entry", Place::Strategy | Place::Portfolio) => "enter long",
        ("short" | "go_short", Place::Strategy | Place::Portfolio) => "enter short",
        ("sell", Place::Strategy | Place::Portfolio) => "exit long",
        ("cover" | "flat" | "close_position", Place::Strategy | Place::Portfolio) => "exit",
        ("sl" | "stoploss" | "stop_loss", Place::Bracket) => "stop",
        ("tp" | "takeprofit" | "take_profit" | "profit", Place::Bracket) => "target",
        ("tsl" | "trailing" | "trailing_stop" | "trail_stop", Place::Bracket) => "trail",
        ("input" | "parameter" | "inputs", Place::Strategy | Place::Portfolio) => "param",
        ("timeframe" | "clock", Place::Strategy | Place::Portfolio) => "on",
        ("position_size" | "qty" | "quantity", Place::Strategy | Place::Portfolio) => "size",
        ("risk", Place::Strategy | Place::Portfolio) => "size risk",
        ("leverage" | "pyramid" | "cooldown", Place::Strategy | Place::Portfolio) => {
            match word.as_str() {
                "leverage" => "limit leverage",
                "pyramid" => "limit pyramid",
                _ => "limit cooldown",
            }
        }
        ("print" | "draw", Place::Strategy | Place::Portfolio) => "plot",
        ("return" | "yield", Place::Indicator) => "give",
        ("expect" | "check", Place::Test) => "assert",
        _ => return None,
    })
}

fn unknown_word(failure: &Failure<'_>, place: Place) -> Diagnostic {
    let word = failure.word(0);
    let span = failure.span(0);
    let diagnostic = Diagnostic::error(
        codes::UNKNOWN_STATEMENT,
        span,
        format!("no statement begins with `{word}`"),
    );
    match nearest(word, place.statements()) {
        Some(near) => diagnostic.here(format!("did you mean `{near}`?")).guess(
            span,
            near,
            format!("write `{near}`"),
        ),
        None => diagnostic
            .here(format!("not a statement of {}", place.name()))
            .help(list(place)),
    }
}

fn list(place: Place) -> String {
    format!(
        "lines of {} begin with {}",
        place.name(),
        words_list(&place.statements())
    )
}

fn words_list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}

/// A line outside of every block that is no item.
pub(crate) fn not_an_item(
    text: &str,
    file: FileId,
    tokens: &[Lexed],
    span: Span,
) -> Vec<Diagnostic> {
    let failure = Failure {
        text,
        file,
        rule: Rule::only_use,
        tokens,
        error: None,
    };
    let word = failure.word(0);
    if tokens.is_empty() {
        return vec![
            Diagnostic::error(codes::EXPECTED_ITEM, span, "a block belongs to no item")
                .here("expected `strategy`, `indicator` or `test` before this"),
        ];
    }
    if let Some(diagnostic) = foreign_line(&failure) {
        return vec![diagnostic];
    }
    if tokens[0].token.is_foreign() {
        return failure.foreign();
    }
    let at = failure.span(0);
    let instead = match word.to_lowercase().as_str() {
        "import" | "include" | "from" => Some("use"),
        "function" | "def" | "func" | "define" => Some("fn"),
        "system" | "algo" | "class" => Some("strategy"),
        "study" => Some("indicator"),
        _ => nearest(word, word::ITEMS.iter().copied()),
    };
    if home(word).is_some() || (failure.kind(1) == Some(Token::Assign) && !word.is_empty()) {
        let place = home(word).unwrap_or("a strategy, an indicator or a test");
        return vec![
            Diagnostic::error(
                codes::WRONG_PLACE,
                at,
                format!("{} stands outside of every block", failure.found(0)),
            )
            .here(format!("belongs in {place}"))
            .help(format!(
                "put it between `{}` and `}}`",
                usage_of_item(match place {
                    "a portfolio" => "portfolio",
                    "an indicator" => "indicator",
                    "a test" => "test",
                    _ => "strategy",
                })
            )),
        ];
    }
    let diagnostic = Diagnostic::error(
        codes::EXPECTED_ITEM,
        at,
        format!("expected an item, found {}", failure.found(0)),
    );
    vec![match instead {
        Some(instead) => diagnostic.here(format!("did you mean `{instead}`?")).guess(
            at,
            instead,
            format!("write `{instead}`"),
        ),
        None => diagnostic
            .here("no item begins like this")
            .help(format!("a file holds {}", words_list(word::ITEMS))),
    }]
}
