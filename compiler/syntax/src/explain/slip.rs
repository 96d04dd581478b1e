//! Slips: well-formed tokens in an order that shows what was meant.

use super::Failure;
use crate::ast::Span;
use crate::codes;
use crate::words;
use sbt_diagnostics::Diagnostic;
use sbt_grammar::{Rule, Token, is_reserved, word};

impl Failure<'_> {
    /// A head without its name: `strategy "Title" {`, `let = 3`.
    pub(super) fn missing_name(&self) -> Option<Diagnostic> {
        let what = match self.rule {
            Rule::only_strategy_head => "strategy",
            Rule::only_portfolio_head => "portfolio",
            Rule::only_indicator_head => "indicator",
            Rule::only_func => "function",
            Rule::only_enum => "enum",
            Rule::only_param => "parameter",
            Rule::only_let | Rule::only_rec => "value",
            _ => return None,
        };
        let title = self.kind(1) == Some(Token::Str);
        let missing = match self.kind(1) {
            None | Some(Token::Str | Token::Assign | Token::Colon | Token::LBrace) => true,
            Some(Token::LParen) => {
                matches!(what, "strategy" | "portfolio" | "indicator" | "function")
            }
            _ => false,
        };
        if !missing {
            return None;
        }
        if self.kind(1) == Some(Token::LParen) && matches!(what, "strategy" | "indicator") {
            return Some(
                Diagnostic::error(
                    codes::MISSING_NAME,
                    self.span(1),
                    format!("a {what} is not called, it is named and has a block"),
                )
                .here("a name is missing before this")
                .help(format!(
                    "write `{}` and close it with `}}`",
                    words::usage_of_item(what)
                )),
            );
        }
        let at = Span {
            start: self.span(0).end,
            end: self.span(0).end,
            ..self.span(0)
        };
        let mut diagnostic =
            Diagnostic::error(codes::MISSING_NAME, at, format!("this {what} has no name"))
                .here("a name is missing here");
        if title {
            let name = slug(self.str(1), what);
            diagnostic = diagnostic
                .note("the name is how runs and files refer to it; the title is for people");
            return Some(self.repaired(
                diagnostic,
                at,
                &format!(" {name}"),
                "name it after its title",
            ));
        }
        if let Some(usage) = words::usage(self.rule) {
            diagnostic = diagnostic.help(format!("write it like `{usage}`"));
        }
        Some(diagnostic)
    }

    /// `if` without `then` or `else`.
    pub(super) fn conditional(&self) -> Option<Diagnostic> {
        for at in 0..self.tokens.len() {
            if let word @ ("elif" | "elseif" | "elsif") = self.word(at) {
                let diagnostic = Diagnostic::error(
                    codes::INCOMPLETE_IF,
                    self.span(at),
                    format!("`{word}` is written `else if`"),
                )
                .here("write `else if`");
                return Some(self.repaired(
                    diagnostic,
                    self.span(at),
                    "else if",
                    "write `else if`",
                ));
            }
        }
        let positions = |name: &str| {
            (0..self.tokens.len())
                .filter(|at| self.word(*at) == name)
                .collect::<Vec<_>>()
        };
        let (ifs, thens, elses) = (positions("if"), positions("then"), positions("else"));
        let at = *ifs.last()?;
        if matches!(
            self.rule,
            Rule::only_enter_head | Rule::only_exit | Rule::only_alert
        ) && self.stopped() == ifs[0]
        {
            // `enter long if …` misses its `when`, not a branch.
            return None;
        }
        if thens.len() < ifs.len() {
            return Some(
                Diagnostic::error(
                    codes::INCOMPLETE_IF,
                    self.span(at),
                    "this `if` has no `then`",
                )
                .here("chooses between two values")
                .help("write `if condition then value else other`"),
            );
        }
        if elses.len() < ifs.len() {
            return Some(
                Diagnostic::error(
                    codes::INCOMPLETE_IF,
                    self.span(at),
                    "this `if` has no `else`",
                )
                .here("has no value when the condition is false")
                .note("every value exists on every bar, so a choice needs both branches")
                .help("write `if condition then value else other`"),
            );
        }
        // `a + if …`: the branches would run on to the end of the line.
        if self.stopped() == at && at > 0 && !self.expected().is_empty() {
            return Some(
                Diagnostic::error(
                    codes::INCOMPLETE_IF,
                    self.span(at),
                    "an `if` inside a calculation needs parentheses",
                )
                .here("put `(` before this and `)` after its `else` branch"),
            );
        }
        None
    }

    /// `c ? a : b`
    pub(super) fn ternary(&self) -> Option<Diagnostic> {
        let begins_value = |at: usize| {
            self.kind(at).is_some_and(|t| {
                t.is_literal() || matches!(t, Token::Word | Token::LParen | Token::Minus)
            })
        };
        let at = (0..self.tokens.len())
            .find(|at| self.kind(*at) == Some(Token::Question) && begins_value(at + 1))?;
        let colon = (at + 1..self.tokens.len()).find(|i| self.kind(*i) == Some(Token::Colon))?;
        let diagnostic = Diagnostic::error(
            codes::TERNARY,
            self.span(at),
            "a choice is written `if … then … else …`",
        )
        .here("no operator of the language");
        let mut start = 0;
        let mut depth = 0;
        for i in (0..at).rev() {
            match self.tokens[i].token {
                Token::RParen | Token::RBracket => depth += 1,
                Token::LParen | Token::LBracket if depth > 0 => depth -= 1,
                Token::LParen | Token::LBracket | Token::Comma | Token::Assign if depth == 0 => {
                    start = i + 1;
                    break;
                }
                Token::Word
                    if depth == 0
                        && matches!(
                            self.str(i),
                            "when" | "give" | "plot" | "then" | "else" | "require"
                        ) =>
                {
                    start = i + 1;
                    break;
                }
                _ => {}
            }
        }
        if start == 0 || start >= at || colon <= at + 1 {
            return Some(diagnostic);
        }
        let condition = self
            .slice(self.span(start).to(self.span(at - 1)))
            .to_owned();
        let value = self
            .slice(self.span(at + 1).to(self.span(colon - 1)))
            .to_owned();
        let span = self.span(start).to(self.span(colon));
        let replace = format!("if {condition} then {value} else");
        Some(self.repaired_if_it_parses(diagnostic, span, &replace, "write it with `if`"))
    }

    /// `ta.sma(close, 20)`
    pub(super) fn method(&self) -> Option<Diagnostic> {
        let at = (0..self.tokens.len()).find(|at| {
            self.kind(*at) == Some(Token::Word)
                && self.kind(at + 1) == Some(Token::Dot)
                && self.kind(at + 2) == Some(Token::Word)
                && self.kind(at + 3) == Some(Token::LParen)
        })?;
        let (space, name) = (self.str(at).to_owned(), self.str(at + 2).to_owned());
        let diagnostic = Diagnostic::error(
            codes::METHOD_CALL,
            self.span(at).to(self.span(at + 2)),
            format!("`{space}.{name}` is no function: functions have bare names"),
        );
        if matches!(space.as_str(), "ta" | "math" | "talib" | "pd" | "np" | "f") {
            let span = Span {
                end: self.span(at + 2).start,
                ..self.span(at)
            };
            let diagnostic = diagnostic.here(format!("write `{name}(…)`"));
            return Some(self.repaired(diagnostic, span, "", &format!("drop `{space}.`")));
        }
        if space == "input" {
            return Some(
                diagnostic
                    .here("an input is a parameter")
                    .help("write `param len: bars = 14 in 5..30` on a line of its own"),
            );
        }
        Some(diagnostic.here(format!(
            "what `{space}` is goes between the parentheses: `{name}({space}, …)`"
        )))
    }

    /// `a ^ 2`
    pub(super) fn power(&self) -> Option<Diagnostic> {
        let at = self.stopped();
        (self.kind(at) == Some(Token::Caret)).then(|| self.power_operator(at))
    }

    /// `=` for `==`, and the other way round.
    pub(super) fn assign_or_equal(&self) -> Option<Diagnostic> {
        let at = self.stopped();
        match self.kind(at)? {
            Token::Assign if at > 0 && self.kind(at + 1) != Some(Token::Assign) => {
                let names = !matches!(
                    self.rule,
                    Rule::only_let | Rule::only_rec | Rule::only_param | Rule::only_given
                ) || (0..at).any(|i| self.kind(i) == Some(Token::Assign));
                let wants_other = [Rule::type_, Rule::rets, Rule::ident, Rule::names]
                    .iter()
                    .any(|rule| self.expected().contains(rule));
                if !names
                    || wants_other
                    || matches!(self.rule, Rule::only_func | Rule::only_indicator_head)
                {
                    return None;
                }
                let until = Span {
                    end: self.span(at + 1).start,
                    ..self.span(at)
                };
                if at <= 2
                    && self
                        .edited(until, "")
                        .is_some_and(|piece| self.parses(&piece))
                {
                    let diagnostic = Diagnostic::error(
                        codes::ASSIGN_OR_EQUAL,
                        self.span(at),
                        format!("`{}` takes its value without `=`", self.str(at - 1)),
                    )
                    .here("not needed");
                    return Some(self.repaired(diagnostic, until, "", "delete the `=`"));
                }
                let diagnostic = Diagnostic::error(
                    codes::ASSIGN_OR_EQUAL,
                    self.span(at),
                    "`=` names a value; a comparison is `==`",
                )
                .here("write `==`");
                Some(self.repaired(diagnostic, self.span(at), "==", "compare with `==`"))
            }
            Token::Assign => {
                let span = self.span(at).to(self.span(at + 1));
                let diagnostic =
                    Diagnostic::error(codes::ASSIGN_OR_EQUAL, span, "a comparison is written `==`")
                        .here("write `==`");
                Some(self.repaired(diagnostic, span, "==", "compare with `==`"))
            }
            Token::EqEq if self.expected().contains(&Rule::assign) => {
                let diagnostic = Diagnostic::error(
                    codes::ASSIGN_OR_EQUAL,
                    self.span(at),
                    "`==` compares; a value is named with `=`",
                )
                .here("write `=`");
                Some(self.repaired(diagnostic, self.span(at), "=", "name it with `=`"))
            }
            _ => None,
        }
    }

    /// `let on = 3`
    pub(super) fn reserved_name(&self) -> Option<Diagnostic> {
        let at = self.stopped();
        let word = self.word(at);
        let binds = |w: &str| {
            matches!(
                w,
                "let"
                    | "rec"
                    | "param"
                    | "strategy"
                    | "portfolio"
                    | "indicator"
                    | "fn"
                    | "enum"
                    | "given"
            )
        };
        let after_name_word = at == 1 && binds(self.word(0));
        let wants_name = self.expected().contains(&Rule::ident)
            || self.expected().contains(&Rule::names)
            || (at > 0 && self.kind(at - 1) == Some(Token::Dot));
        if !is_reserved(word) || !(after_name_word || wants_name) {
            return None;
        }
        let diagnostic = Diagnostic::error(
            codes::RESERVED_WORD,
            self.span(at),
            format!("`{word}` is a word of the language and can't be a name"),
        )
        .here("choose another name");
        if self.text.matches(word).count() > 1 {
            // Its uses need the new name too: more than one repair can do.
            return Some(diagnostic.help(format!("call it `{word}_`, here and where it is used")));
        }
        Some(self.repaired_if_it_parses(
            diagnostic,
            self.span(at),
            &format!("{word}_"),
            &format!("call it `{word}_`"),
        ))
    }

    /// `let a = 1 let b = 2`
    pub(super) fn second_statement(&self) -> Option<Diagnostic> {
        let at = self.stopped();
        let begins =
            word::STATEMENTS.contains(&self.word(at)) || word::ITEMS.contains(&self.word(at));
        if at == 0 || !begins {
            return None;
        }
        let first = self.slice(self.span(0).to(self.span(at - 1)));
        if !self.parses(first) {
            return None;
        }
        let gap = Span {
            start: self.span(at - 1).end,
            end: self.span(at).start,
            ..self.span(at)
        };
        Some(
            Diagnostic::error(
                codes::LINE_END,
                self.span(at),
                "a second statement on the same line",
            )
            .here("begin a new line here")
            .fix(gap, "\n", "begin a new line"),
        )
    }

    /// A word that another language uses here.
    pub(super) fn wrong_word(&self) -> Option<Diagnostic> {
        let at = self.stopped();
        let span = self.span(at);
        let expects = |rule: Rule| self.expected().contains(&rule);
        if self.kind(at) == Some(Token::Dot) && at > 0 && self.kind(at - 1) == Some(Token::DotDot) {
            let diagnostic = Diagnostic::error(
                codes::UNEXPECTED,
                span,
                "a range is written with two points",
            )
            .here("one too many");
            return Some(self.repaired(diagnostic, span, "", "drop the point"));
        }
        if at > 1 && self.word(at - 2) == "crosses" {
            // `a crosses over b`: `over` was read as the name of a value.
            let above = match self.word(at - 1) {
                "over" | "up" | "upward" | "upwards" | "higher" => Some("above"),
                "under" | "down" | "downward" | "downwards" | "lower" => Some("below"),
                _ => None,
            };
            if let Some(word) = above {
                let span = self.span(at - 1);
                let diagnostic = Diagnostic::error(
                    codes::UNEXPECTED,
                    span,
                    format!(
                        "`crosses {}` is written `crosses {word}`",
                        self.word(at - 1)
                    ),
                )
                .here(format!("write `{word}`"));
                return Some(self.repaired(diagnostic, span, word, &format!("write `{word}`")));
            }
        }
        let found = self.word(at);
        let after_in = at > 0 && (0..at).any(|i| self.word(i) == "in");
        let replace = match found {
            "if" | "where" | "then" | "on" if expects(Rule::kw_when) => "when",
            "to" | "until" if after_in => "..",
            "by" if expects(Rule::step) || expects(Rule::kw_step) => "step",
            "close" | "closes" if expects(Rule::closing) || expects(Rule::kw_closing) => "closing",
            _ => {
                let near: Vec<String> = self
                    .expected()
                    .iter()
                    .filter_map(|r| format!("{r:?}").strip_prefix("kw_").map(str::to_owned))
                    .collect();
                let near = words::nearest(found, near.iter().map(String::as_str))?.to_owned();
                if found.is_empty() {
                    return None;
                }
                let diagnostic = Diagnostic::error(
                    codes::UNEXPECTED,
                    span,
                    format!("expected `{near}`, found `{found}`"),
                )
                .here(format!("did you mean `{near}`?"));
                return Some(self.repaired(diagnostic, span, &near, &format!("write `{near}`")));
            }
        };
        let mut at_span = span;
        if replace == ".." {
            // A range is written without spaces.
            at_span.start = self.span(at.wrapping_sub(1)).end.min(at_span.start);
            if at + 1 < self.tokens.len() {
                at_span.end = self.span(at + 1).start;
            }
        }
        let diagnostic = Diagnostic::error(
            codes::UNEXPECTED,
            span,
            format!("expected `{replace}`, found `{found}`"),
        )
        .here(format!("write `{replace}`"));
        Some(self.repaired(diagnostic, at_span, replace, &format!("write `{replace}`")))
    }

    /// Brackets that do not match.
    pub(super) fn brackets(&self) -> Option<Diagnostic> {
        let mut open: Vec<usize> = Vec::new();
        for at in 0..self.tokens.len() {
            let opener = match self.tokens[at].token {
                Token::LParen | Token::LBracket | Token::LBrace => {
                    open.push(at);
                    continue;
                }
                Token::RParen => Token::LParen,
                Token::RBracket => Token::LBracket,
                Token::RBrace => Token::LBrace,
                _ => continue,
            };
            match open.pop() {
                Some(before) if self.kind(before) == Some(opener) => {}
                Some(before) => {
                    let right = closer(self.kind(before));
                    let diagnostic = Diagnostic::error(
                        codes::BRACKETS,
                        self.span(at),
                        format!("`{}` closes a `{}`", self.str(at), self.str(before)),
                    )
                    .here(format!("expected `{right}`"))
                    .label(self.span(before), "opened here");
                    return Some(self.repaired_if_it_parses(
                        diagnostic,
                        self.span(at),
                        right,
                        "close it as it was opened",
                    ));
                }
                None => {
                    let diagnostic = Diagnostic::error(
                        codes::BRACKETS,
                        self.span(at),
                        format!("this `{}` closes nothing", self.str(at)),
                    )
                    .here("nothing is open here");
                    return Some(self.repaired_if_it_parses(
                        diagnostic,
                        self.span(at),
                        "",
                        "delete it",
                    ));
                }
            }
        }
        let at = *open.last()?;
        let right = closer(self.kind(at));
        let mut diagnostic = Diagnostic::error(
            codes::BRACKETS,
            self.span(at),
            format!("this `{}` is never closed", self.str(at)),
        )
        .here("opened here");
        // Where the grammar stopped first, then the end of the statement.
        for place in [self.stopped(), self.tokens.len()] {
            if place <= at || place > self.tokens.len() {
                continue;
            }
            let end = self.span(place - 1).end;
            let insert = Span {
                start: end,
                end,
                ..self.span(at)
            };
            if self
                .edited(insert, right)
                .is_some_and(|piece| self.parses(&piece))
            {
                diagnostic = diagnostic.label(insert, format!("`{right}` is missing here"));
                return Some(self.repaired(
                    diagnostic,
                    insert,
                    right,
                    &format!("insert `{right}`"),
                ));
            }
        }
        Some(diagnostic)
    }

    /// `rec x = x[1] + 1` without its first value.
    pub(super) fn missing_init(&self) -> Option<Diagnostic> {
        let has_init = (0..self.tokens.len()).any(|at| self.word(at) == "init");
        if self.rule != Rule::only_rec || has_init || self.stopped() < self.tokens.len() {
            return None;
        }
        let name = self.word(1).to_owned();
        let diagnostic = Diagnostic::error(
            codes::UNEXPECTED,
            self.end(),
            "expected `init`: this `rec` has no first value",
        )
        .here("`init` and a value are missing here")
        .note(format!(
            "on the first bar there is no `{name}[1]` to start from"
        ));
        Some(self.repaired_if_it_parses(diagnostic, self.end(), " init 0", "begin with 0"))
    }

    /// `f(a, b,)`
    pub(super) fn trailing_comma(&self) -> Option<Diagnostic> {
        let at = self.stopped();
        let comma = (at > 0 && self.kind(at - 1) == Some(Token::Comma)).then(|| at - 1)?;
        let ends = matches!(
            self.kind(at),
            None | Some(Token::RParen | Token::RBracket | Token::RBrace)
        );
        if !ends {
            return None;
        }
        let diagnostic = Diagnostic::error(
            codes::UNEXPECTED,
            self.span(comma),
            "nothing follows this comma",
        )
        .here("a comma stands between two values");
        let until = Span {
            end: if at < self.tokens.len() {
                self.span(at).start
            } else {
                self.span(comma).end
            },
            ..self.span(comma)
        };
        Some(self.repaired(diagnostic, until, "", "delete the comma"))
    }
}

fn closer(opener: Option<Token>) -> &'static str {
    match opener {
        Some(Token::LBracket) => "]",
        Some(Token::LBrace) => "}",
        _ => ")",
    }
}

/// A name made of a title.
fn slug(title: &str, fallback: &str) -> String {
    let mut name = String::new();
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || is_reserved(name) {
        format!(
            "my_{fallback}{}{name}",
            if name.is_empty() { "" } else { "_" }
        )
    } else {
        name.chars().take(40).collect()
    }
}
