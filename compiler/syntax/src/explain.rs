//! Why a piece did not parse, in words, with the repaired line where it is clear what was meant.
//!
//! First come the habits of other languages and the usual slips, each looked for by its tokens; what none of them
//! explains gets the general message from the furthest point the grammar reached.

mod foreign;
mod number;
mod slip;
mod statement;

pub(crate) use statement::{Place, misplaced, not_an_item, unknown_statement};

use crate::ast::Span;
use crate::codes;
use crate::words;
use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};
use sbt_diagnostics::{Diagnostic, FileId};
use sbt_grammar::{Lexed, Rule, SbtParser, Token};

/// Pieces longer than this are explained without trying repairs on them.
const LONGEST_TRIED: usize = 4096;

/// A piece that did not parse.
pub(crate) struct Failure<'t> {
    /// The whole file.
    pub text: &'t str,
    pub file: FileId,
    /// The entry rule it was read with.
    pub rule: Rule,
    /// Its tokens; at least one.
    pub tokens: &'t [Lexed],
    /// Where pest stopped; absent when tokens alone show that the piece is wrong.
    pub error: Option<Error<Rule>>,
}

impl Failure<'_> {
    /// One message, or one for each foreign token.
    pub(crate) fn explain(&self) -> Vec<Diagnostic> {
        let foreign = self.foreign();
        if !foreign.is_empty() {
            return foreign;
        }
        let explained = self
            .missing_name()
            .or_else(|| self.missing_init())
            .or_else(|| self.conditional())
            .or_else(|| self.ternary())
            .or_else(|| self.method())
            .or_else(|| self.power())
            .or_else(|| self.number_slip())
            .or_else(|| self.assign_or_equal())
            .or_else(|| self.reserved_name())
            .or_else(|| self.second_statement())
            .or_else(|| self.wrong_word())
            .or_else(|| self.brackets())
            .or_else(|| self.trailing_comma());
        vec![explained.unwrap_or_else(|| self.general())]
    }

    fn kind(&self, at: usize) -> Option<Token> {
        self.tokens.get(at).map(|l| l.token)
    }

    fn str(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |l| l.text(self.text))
    }

    fn word(&self, at: usize) -> &str {
        if self.kind(at) == Some(Token::Word) {
            self.str(at)
        } else {
            ""
        }
    }

    fn span(&self, at: usize) -> Span {
        self.tokens.get(at).map_or_else(
            || self.end(),
            |l| Span {
                file: self.file,
                start: l.start,
                end: l.end,
            },
        )
    }

    fn whole(&self) -> Span {
        self.span(0)
            .to(self.span(self.tokens.len().saturating_sub(1)))
    }

    /// Just behind the last token.
    fn end(&self) -> Span {
        let end = self.tokens.last().map_or(0, |l| l.end);
        Span {
            file: self.file,
            start: end,
            end,
        }
    }

    fn slice(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    fn touching(&self, at: usize) -> bool {
        at + 1 < self.tokens.len() && self.tokens[at].end == self.tokens[at + 1].start
    }

    /// Index of the token at which pest stopped; the number of tokens for the end of the piece.
    fn stopped(&self) -> usize {
        let Some(error) = &self.error else { return 0 };
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at as u32,
        } + self.span(0).start;
        self.tokens
            .iter()
            .position(|l| l.end > at)
            .unwrap_or(self.tokens.len())
    }

    fn expected(&self) -> &[Rule] {
        match self.error.as_ref().map(|e| &e.variant) {
            Some(ErrorVariant::ParsingError { positives, .. }) => positives,
            _ => &[],
        }
    }

    /// The piece with one part replaced.
    fn edited(&self, span: Span, replace: &str) -> Option<String> {
        let whole = self.whole();
        let before = self.text.get(whole.start as usize..span.start as usize)?;
        let after = self.text.get(span.end as usize..whole.end as usize)?;
        Some(format!("{before}{replace}{after}"))
    }

    fn parses(&self, piece: &str) -> bool {
        piece.len() <= LONGEST_TRIED
            && crate::depth::too_deep(piece, &sbt_grammar::lex(piece)).is_none()
            && SbtParser::parse(self.rule, piece).is_ok()
    }

    /// Adds the repair, and shows the repaired line if the piece then parses.
    fn repaired(
        &self,
        diagnostic: Diagnostic,
        span: Span,
        replace: &str,
        title: &str,
    ) -> Diagnostic {
        let mut diagnostic = diagnostic;
        if let Some(piece) = self.edited(span, replace)
            && self.parses(&piece)
            && piece.len() <= 100
            && !piece.contains(['\n', '\r'])
        {
            diagnostic = diagnostic.help(format!("write `{piece}`"));
        }
        diagnostic.fix(span, replace, title)
    }

    /// The repair only if the piece then parses.
    fn repaired_if_it_parses(
        &self,
        diagnostic: Diagnostic,
        span: Span,
        replace: &str,
        title: &str,
    ) -> Diagnostic {
        match self.edited(span, replace) {
            Some(piece) if self.parses(&piece) => self.repaired(diagnostic, span, replace, title),
            _ => diagnostic,
        }
    }

    /// `word` with the spaces it needs to stand apart from what it replaces.
    fn apart(&self, at: usize, word: &str) -> String {
        let spaced = |c: Option<char>| c.is_none_or(char::is_whitespace);
        let span = self.span(at);
        let before = self
            .text
            .get(..span.start as usize)
            .and_then(|t| t.chars().next_back());
        let after = self
            .text
            .get(span.end as usize..)
            .and_then(|t| t.chars().next());
        format!(
            "{}{word}{}",
            if spaced(before) { "" } else { " " },
            if spaced(after) { "" } else { " " }
        )
    }

    /// What stands at a token, quoted, or the end of the line.
    fn found(&self, at: usize) -> String {
        let text = self.str(at);
        if text.is_empty() {
            "the end of the line".to_owned()
        } else if text.chars().count() > 30 {
            format!("`{}…`", text.chars().take(29).collect::<String>())
        } else {
            format!("`{text}`")
        }
    }

    fn general(&self) -> Diagnostic {
        let at = self.stopped();
        let mut names: Vec<String> = Vec::new();
        for rule in self.expected() {
            if let Some(name) = words::name_of(*rule)
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        if names.iter().any(|n| n == "`when`") {
            names.retain(|n| n != "a label such as `#up`");
        }
        let operator = names.iter().any(|n| n == "an operator");
        if operator {
            // Wherever a value may end, it may also go on: naming all of that says nothing.
            names.retain(|n| {
                !matches!(
                    n.as_str(),
                    "`[`" | "`in`" | "`max`" | "`..`" | "`(`" | "`,`"
                )
            });
        }
        if names.len() > 4 {
            names.retain(|n| n != "an operator" && n != "the end of the line");
            names.truncate(4);
        }
        names.sort_by_key(|n| {
            (
                n == "the end of the line",
                n == "an operator",
                !n.starts_with("a "),
                n.clone(),
            )
        });
        // Where a type stands the grammar can only say that it wants a name.
        let typed = at > 0 && matches!(self.kind(at - 1), Some(Token::Arrow | Token::Colon));
        let typed = typed && !self.expected().contains(&Rule::expr);
        for name in names.iter_mut().filter(|n| typed && *n == "a name") {
            "a type such as `price`".clone_into(name);
        }
        let found = self.found(at);
        let message = match names.split_last() {
            None => format!("{found} does not belong here"),
            Some((only, [])) => format!("expected {only}, found {found}"),
            Some((last, rest)) => format!("expected {} or {last}, found {found}", rest.join(", ")),
        };
        let here = match names.as_slice() {
            [only] => format!("expected {only}"),
            _ if at >= self.tokens.len() => "something is missing here".to_owned(),
            _ => "not expected here".to_owned(),
        };
        let mut diagnostic =
            Diagnostic::error(codes::UNEXPECTED, self.span(at), message).here(here);
        if names.iter().any(|n| n == "`limit`") && self.word(at.wrapping_sub(1)) == "at" {
            diagnostic = diagnostic.help("without `at` an entry fills at the open of the next bar");
        }
        let usage = match (self.rule, self.word(1)) {
            (Rule::only_limit, "trades") => Some("limit trades 1 per 1d"),
            (Rule::only_limit, "pyramid") => Some("limit pyramid 3 every 1 * atr(14)"),
            (Rule::only_exit, "at" | "session") => Some("exit at session end"),
            (Rule::only_exit, "after") => Some("exit after 48 bars"),
            (rule, _) => words::usage(rule),
        };
        if let Some(usage) = usage {
            diagnostic = diagnostic.help(format!("such a line is written like `{usage}`"));
        }
        diagnostic
    }
}
