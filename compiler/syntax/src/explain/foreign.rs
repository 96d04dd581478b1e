//! Tokens that no correct program has: operators, quotes and comments of other languages.

use super::Failure;
use crate::ast::Span;
use crate::codes;
use sbt_diagnostics::Diagnostic;
use sbt_grammar::Token;

impl Failure<'_> {
    /// A message for each foreign token of the piece.
    pub(super) fn foreign(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() && found.len() < crate::parse::MAX_ERRORS {
            let mut next = at + 1;
            match self.tokens[at].token {
                Token::Ampersand => found.push(self.operator(at, &self.apart(at, "and"), "and")),
                Token::Pipe => found.push(self.operator(at, &self.apart(at, "or"), "or")),
                Token::Bang => found.push(self.operator(at, "not ", "not")),
                Token::FatArrow => found.push(self.operator(at, ">=", ">=")),
                Token::Diamond => found.push(self.operator(at, "!=", "!=")),
                Token::StarStar => found.push(self.power_operator(at)),
                Token::PercentSign => found.push(self.percent_sign(at)),
                Token::ColonAssign | Token::UpdateAssign => found.push(self.reassignment(at)),
                Token::Semicolon => found.push(self.semicolon(at)),
                Token::OpenStr => found.push(self.open_string(at)),
                Token::BadNumber => found.push(self.bad_number(at)),
                Token::BlockComment => found.push(self.block_comment(at)),
                Token::Unknown => {
                    while self.kind(next) == Some(Token::Unknown) && self.touching(next - 1) {
                        next += 1;
                    }
                    let (diagnostic, after) = self.unknown(at, next);
                    next = after;
                    found.push(diagnostic);
                }
                Token::Slash if self.kind(at + 1) == Some(Token::Star) && self.touching(at) => {
                    found.push(
                        Diagnostic::error(
                            codes::FOREIGN_COMMENT,
                            self.span(at).to(self.span(at + 1)),
                            "`/*` is no comment",
                        )
                        .here("never closed either")
                        .help("a comment begins with `//` and ends with its line"),
                    );
                    return found;
                }
                _ => {}
            }
            at = next;
        }
        found
    }

    fn operator(&self, at: usize, replace: &str, word: &str) -> Diagnostic {
        let symbol = self.str(at);
        let diagnostic = Diagnostic::error(
            codes::SYMBOL_OPERATOR,
            self.span(at),
            format!("`{symbol}` is written `{word}`"),
        )
        .here(format!("write `{word}`"));
        self.repaired(
            diagnostic,
            self.span(at),
            replace,
            &format!("write `{word}`"),
        )
    }

    /// `a ** b` and `a ^ b`.
    pub(super) fn power_operator(&self, at: usize) -> Diagnostic {
        let symbol = self.str(at).to_owned();
        let operand = |i: usize| {
            self.tokens
                .get(i)
                .filter(|l| l.token == Token::Word || l.token.is_literal())
                .map(|_| self.str(i).to_owned())
        };
        let mut diagnostic = Diagnostic::error(
            codes::SYMBOL_OPERATOR,
            self.span(at),
            format!("`{symbol}` is no operator: a power is written `pow(x, n)`"),
        )
        .here("write `pow(…)`");
        let left = if at == 0 { None } else { operand(at - 1) };
        if let (Some(a), Some(b)) = (left, operand(at + 1)) {
            let span = self.span(at - 1).to(self.span(at + 1));
            diagnostic = self.repaired_if_it_parses(
                diagnostic,
                span,
                &format!("pow({a}, {b})"),
                "use `pow`",
            );
        }
        diagnostic
    }

    fn percent_sign(&self, at: usize) -> Diagnostic {
        let ends_operand = |next: Option<Token>| {
            next.is_none_or(|t| !t.is_literal() && !matches!(t, Token::Word | Token::LParen))
        };
        let number_before = at > 0 && self.kind(at - 1) == Some(Token::Number);
        let clause = matches!(
            self.word(at + 1),
            "of" | "step" | "closing" | "after" | "in"
        );
        if number_before && (ends_operand(self.kind(at + 1)) || clause) {
            let span = self.span(at - 1).to(self.span(at));
            let value = format!("{}%", self.str(at - 1));
            let diagnostic = Diagnostic::error(
                codes::NUMBER_FORM,
                span,
                "a percentage is written without a space",
            )
            .here(format!("write `{value}`"));
            return self.repaired(diagnostic, span, &value, "join the number and its sign");
        }
        self.operator(at, &self.apart(at, "mod"), "mod")
    }

    fn reassignment(&self, at: usize) -> Diagnostic {
        let symbol = self.str(at);
        let diagnostic = Diagnostic::error(
            codes::REASSIGNMENT,
            self.span(at),
            format!("`{symbol}` changes a value, and a value never changes once it is named"),
        )
        .here("no value can be changed");
        let named = self.word(at.wrapping_sub(1)).to_owned();
        if symbol == ":=" && matches!(self.word(0), "let" | "rec") {
            return self.repaired(diagnostic, self.span(at), "=", "write `=`");
        }
        let uses_itself = (at + 1..self.tokens.len()).any(|i| self.word(i) == named);
        if symbol == ":=" && at == 1 && !named.is_empty() && !uses_itself {
            let replace = format!("let {named} =");
            let span = self.span(0).to(self.span(at));
            return diagnostic
                .help(format!("name a new value: `{replace} …`"))
                .fix(span, replace, "name it with `let`");
        }
        let name = if named.is_empty() {
            "x".to_owned()
        } else {
            named
        };
        diagnostic
            .note("every name has one value on each bar; what it was on earlier bars is `name[1]`")
            .help(format!(
                "a value that grows out of its own past is `rec {name} = {name}[1] + 1 init 0`"
            ))
    }

    fn semicolon(&self, at: usize) -> Diagnostic {
        let diagnostic = Diagnostic::error(
            codes::LINE_END,
            self.span(at),
            "a statement ends with its line, not with `;`",
        );
        if at + 1 >= self.tokens.len() {
            return diagnostic
                .here("not needed")
                .fix(self.span(at), "", "delete the semicolon");
        }
        let gap = Span {
            end: self.span(at + 1).start,
            ..self.span(at)
        };
        diagnostic
            .here("begin a new line here")
            .fix(gap, "\n", "begin a new line")
    }

    fn open_string(&self, at: usize) -> Diagnostic {
        let text = self.str(at).trim_end();
        let span = Span {
            end: self.span(at).start + text.len() as u32,
            ..self.span(at)
        };
        let end = Span {
            start: span.end,
            ..span
        };
        Diagnostic::error(codes::OPEN_STRING, span, "this text is never closed")
            .here("opened here")
            .note("a text stands on one line, between two `\"`")
            .fix(end, "\"", "close the text")
    }

    fn block_comment(&self, at: usize) -> Diagnostic {
        let span = self.span(at);
        let diagnostic = Diagnostic::error(
            codes::FOREIGN_COMMENT,
            span,
            "a comment begins with `//` and ends with its line",
        )
        .here("a comment of another language");
        let rest = self.text.get(span.end as usize..).unwrap_or("");
        let line_ends = rest
            .trim_start_matches([' ', '\t'])
            .chars()
            .next()
            .is_none_or(|c| matches!(c, '\n' | '\r'));
        if !line_ends {
            return diagnostic.help("move it to a line of its own");
        }
        let body = self
            .str(at)
            .trim_start_matches("/*")
            .trim_end_matches("*/")
            .trim_matches('*');
        let lines: Vec<String> = body
            .lines()
            .map(|l| l.trim().trim_start_matches('*').trim())
            .filter(|l| !l.is_empty())
            .map(|l| format!("// {l}"))
            .collect();
        diagnostic.fix(span, lines.join("\n"), "write it with `//`")
    }

    /// A run of characters that the language does not use; also the index after what it covers.
    fn unknown(&self, at: usize, end: usize) -> (Diagnostic, usize) {
        let text = self.str(at);
        let span = self.span(at);
        let rest: String = self.slice(span.to(self.span(end - 1))).to_owned();
        let first = text.chars().next().unwrap_or(' ');
        if first == '#' {
            let line = self.whole().to(span);
            let diagnostic =
                Diagnostic::error(codes::FOREIGN_COMMENT, span, "a comment begins with `//`")
                    .here("`#` begins the header and labels such as `#up`")
                    .fix(span, "//", "write `//`");
            let _ = line;
            return (diagnostic, self.tokens.len());
        }
        if let Some((replace, what)) = lookalike(first) {
            let diagnostic = Diagnostic::error(
                codes::FOREIGN_CHARACTER,
                span,
                format!("{what} does not belong in a program"),
            );
            let diagnostic = if replace.is_empty() || replace == " " {
                diagnostic.here("can't be seen, but is there")
            } else {
                diagnostic.here(format!("write `{replace}`"))
            };
            // A pair of quotes is replaced at once.
            if replace == "\""
                && let Some(close) = (at + 1..self.tokens.len())
                    .find(|i| lookalike_quote(self.str(*i).chars().next().unwrap_or(' ')))
            {
                let inside = Span {
                    start: span.end,
                    end: self.span(close).start,
                    ..span
                };
                let text = format!("\"{}\"", self.slice(inside));
                let fixed = diagnostic.fix(
                    span.to(self.span(close)),
                    text,
                    "use straight double quotes",
                );
                return (fixed, close + 1);
            }
            return (
                diagnostic.fix(span, replace, "replace the character"),
                at + 1,
            );
        }
        // Letters of a name run on with the letters beside them.
        let letters = rest.chars().any(char::is_alphabetic);
        if letters {
            let mut from = at;
            while from > 0
                && self.touching(from - 1)
                && matches!(self.kind(from - 1), Some(Token::Word | Token::Unknown))
            {
                from -= 1;
            }
            let mut to = end;
            while to < self.tokens.len()
                && self.touching(to - 1)
                && matches!(
                    self.kind(to),
                    Some(Token::Word | Token::Unknown | Token::Number)
                )
            {
                to += 1;
            }
            let name = self.span(from).to(self.span(to - 1));
            let diagnostic = Diagnostic::error(
                codes::FOREIGN_CHARACTER,
                name,
                format!("`{}` can't be a name", shorten(self.slice(name))),
            )
            .here("names use the letters a to z, digits and `_`");
            return (diagnostic, to);
        }
        let whole = span.to(self.span(end - 1));
        let message = format!("`{}` means nothing here", shorten(&rest));
        (
            Diagnostic::error(codes::FOREIGN_CHARACTER, whole, message)
                .here("no part of the language"),
            end,
        )
    }
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 20 {
        text.to_owned()
    } else {
        format!("{}…", text.chars().take(19).collect::<String>())
    }
}

fn lookalike_quote(c: char) -> bool {
    matches!(lookalike(c), Some(("\"", _)))
}

/// What a character was meant to be, and what it is called.
fn lookalike(c: char) -> Option<(&'static str, &'static str)> {
    Some(match c {
        '“' | '”' | '„' | '‟' | '«' | '»' | '‘' | '’' | '‚' | '‹' | '›' => {
            ("\"", "a typographic quote")
        }
        '\'' | '`' => ("\"", "a single quote"),
        '≥' => (">=", "the sign `≥`"),
        '≤' => ("<=", "the sign `≤`"),
        '≠' => ("!=", "the sign `≠`"),
        '×' | '·' | '∙' | '⋅' => ("*", "a multiplication sign"),
        '÷' => ("/", "a division sign"),
        '−' | '–' | '—' | '‐' | '‑' => ("-", "a dash"),
        '…' => ("..", "an ellipsis"),
        '→' => ("->", "an arrow"),
        '，' => (",", "a wide comma"),
        '（' => ("(", "a wide parenthesis"),
        '）' => (")", "a wide parenthesis"),
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' | '\u{0B}' | '\u{0C}' => {
            (" ", "an unusual space")
        }
        '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}'
        | '\u{FEFF}'
        | '\u{AD}' => ("", "an invisible character"),
        _ => return None,
    })
}
