//! Cuts a file into lines and blocks by its tokens alone, so that one bad statement hides nothing else.
//!
//! A *line* here is a statement: it may run over several lines of text. Where braces do not match, indentation says
//! which one is missing; only then is it looked at.

use sbt_grammar::{Lexed, Token, word};

/// A statement with the block that belongs to it.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// `///` comments in front.
    pub docs: Vec<Lexed>,
    /// Its tokens up to the block, without comments and line ends.
    pub tokens: Vec<Lexed>,
    /// `{ … }`
    pub block: Option<Block>,
    /// Tokens after the block on the same line: always a mistake.
    pub junk: Vec<Lexed>,
}

impl Line {
    fn is_blank(&self) -> bool {
        self.tokens.is_empty() && self.block.is_none() && self.junk.is_empty()
    }
}

/// `{ … }`
#[derive(Debug)]
pub(crate) struct Block {
    /// `{`
    pub open: Lexed,
    /// Statements inside.
    pub lines: Vec<Line>,
    /// `}`; absent when it is missing.
    pub close: Option<Lexed>,
}

/// A brace without its counterpart.
#[derive(Debug)]
pub(crate) enum LooseBrace {
    /// `{` that nothing closes.
    Unclosed {
        /// The brace.
        open: Lexed,
        /// First token of the statement it belongs to.
        head: Lexed,
        /// End of the last token inside.
        after: u32,
        /// Column of `head`, in bytes from 0.
        indent: u32,
    },
    /// `}` that closes nothing.
    Extra(Lexed),
}

/// A file in pieces.
#[derive(Debug, Default)]
pub(crate) struct Cut {
    /// Top-level lines.
    pub lines: Vec<Line>,
    /// Braces that do not match, in source order.
    pub loose: Vec<LooseBrace>,
}

/// Blocks deeper than this stand nowhere in the language; further braces are ordinary wrong tokens.
const DEEPEST_BLOCK: usize = 12;

/// Cuts. Linear in the number of tokens; never fails.
pub(crate) fn cut(text: &str, tokens: &[Lexed]) -> Cut {
    let mut cutter = Cutter::new(text, tokens);
    for at in 0..tokens.len() {
        cutter.token(at);
    }
    cutter.finish()
}

struct Frame {
    line: Line,
    open: Lexed,
    lines: Vec<Line>,
    /// The line already has a block: this one is a mistake.
    junk: bool,
    indent: u32,
}

struct Cutter<'a> {
    text: &'a str,
    tokens: &'a [Lexed],
    /// For each token the index of the next one that is not trivia.
    next: Vec<usize>,
    /// Whether the token is the first of its text line.
    first: Vec<bool>,
    /// For each token that begins an item at the left margin: `{` minus `}` up to the next such item, and the last `}`.
    regions: Vec<Region>,
    region: usize,
    balance: i64,
    frames: Vec<Frame>,
    top: Vec<Line>,
    line: Line,
    in_junk: bool,
    docs: Vec<Lexed>,
    brackets: Vec<Token>,
    too_deep: usize,
    last_end: u32,
    line_start: u32,
    head_column: u32,
    loose: Vec<LooseBrace>,
}

struct Region {
    start: usize,
    balance: i64,
    last_close: usize,
}

impl<'a> Cutter<'a> {
    fn new(text: &'a str, tokens: &'a [Lexed]) -> Self {
        let mut next = vec![tokens.len(); tokens.len()];
        let mut following = tokens.len();
        for at in (0..tokens.len()).rev() {
            next[at] = following;
            if !tokens[at].token.is_trivia() {
                following = at;
            }
        }
        let first: Vec<bool> = (0..tokens.len())
            .map(|at| at == 0 || tokens[at - 1].token == Token::Newline)
            .collect();
        let mut cutter = Self {
            text,
            tokens,
            next,
            first,
            regions: Vec::new(),
            region: 0,
            balance: 0,
            frames: Vec::new(),
            top: Vec::new(),
            line: Line::default(),
            in_junk: false,
            docs: Vec::new(),
            brackets: Vec::new(),
            too_deep: 0,
            last_end: 0,
            line_start: 0,
            head_column: 0,
            loose: Vec::new(),
        };
        cutter.regions = cutter.find_regions();
        cutter.balance = cutter.regions.first().map_or(0, |r| r.balance);
        cutter
    }

    fn find_regions(&self) -> Vec<Region> {
        let mut regions = vec![Region {
            start: 0,
            balance: 0,
            last_close: usize::MAX,
        }];
        for at in 0..self.tokens.len() {
            if self.first[at] && self.indent(at) == 0 && self.begins_item(at) {
                regions.push(Region {
                    start: at,
                    balance: 0,
                    last_close: usize::MAX,
                });
            }
            let Some(region) = regions.last_mut() else {
                continue;
            };
            match self.tokens[at].token {
                Token::LBrace => region.balance += 1,
                Token::RBrace => {
                    region.balance -= 1;
                    region.last_close = at;
                }
                _ => {}
            }
        }
        regions
    }

    fn word(&self, at: usize) -> &'a str {
        match self.tokens.get(at) {
            Some(lexed) if lexed.token == Token::Word => lexed.text(self.text),
            _ => "",
        }
    }

    fn kind(&self, at: usize) -> Option<Token> {
        self.tokens.get(at).map(|l| l.token)
    }

    /// Bytes between the start of the text line and the token.
    fn indent(&self, at: usize) -> u32 {
        let start = self.tokens[at].start;
        if at == 0 {
            return if self.text.starts_with('\u{FEFF}') {
                start.saturating_sub(3)
            } else {
                start
            };
        }
        start - self.tokens[at - 1].end
    }

    fn begins_item(&self, at: usize) -> bool {
        word::ITEMS.contains(&self.word(at))
            && matches!(
                self.kind(self.next[at]),
                Some(Token::Word | Token::Str | Token::OpenStr)
            )
    }

    /// Whether a statement can only begin at this token (the first of its text line).
    fn begins_statement(&self, at: usize) -> bool {
        let word = self.word(at);
        let after = self.next[at];
        match word {
            "param" | "let" | "rec" | "enter" | "exit" | "give" => true,
            "on" => {
                // `on 4h: …` goes on with an expression, `on 4h` and `on 4h { … }` are statements.
                let mut colon = self.next.get(after).copied().unwrap_or(usize::MAX);
                if self.word(colon) == "of" {
                    colon = self
                        .next
                        .get(self.next[colon])
                        .copied()
                        .unwrap_or(usize::MAX);
                }
                self.kind(colon) != Some(Token::Colon)
            }
            _ if word::ITEMS.contains(&word) => true,
            _ if word::STATEMENTS.contains(&word) => match self.kind(after) {
                Some(Token::Word) => {
                    !word::OPERATORS.contains(&self.word(after)) && !self.newline_between(at, after)
                }
                Some(Token::Label) => true,
                Some(token) => token.is_literal() && !self.newline_between(at, after),
                None => false,
            },
            _ => false,
        }
    }

    fn newline_between(&self, a: usize, b: usize) -> bool {
        (a + 1..b).any(|at| self.tokens[at].token == Token::Newline)
    }

    fn token(&mut self, at: usize) {
        let lexed = self.tokens[at];
        if self
            .regions
            .get(self.region + 1)
            .is_some_and(|r| r.start == at)
        {
            self.end_line();
            while !self.frames.is_empty() {
                self.close(None);
            }
            self.region += 1;
            self.balance = self.regions[self.region].balance;
            self.too_deep = 0;
        }
        if lexed.token.is_trivia() {
            if lexed.token == Token::Newline {
                self.newline(at);
                self.line_start = lexed.end;
            } else if lexed.token == Token::Doc
                && self.line.tokens.is_empty()
                && self.first_on_line(at)
            {
                self.docs.push(lexed);
            }
            return;
        }
        if self.first[at] {
            self.close_by_indentation(at);
        }
        match lexed.token {
            Token::LBrace if !self.opens_set() => self.open(at),
            Token::RBrace if !self.closes_set(at) => self.close_brace(at),
            _ => {
                match lexed.token {
                    Token::LParen | Token::LBracket | Token::LBrace => {
                        self.brackets.push(lexed.token);
                    }
                    Token::RParen | Token::RBracket => {
                        let opener = if lexed.token == Token::RParen {
                            Token::LParen
                        } else {
                            Token::LBracket
                        };
                        if self.brackets.last() == Some(&opener) {
                            self.brackets.pop();
                        }
                    }
                    Token::RBrace => {
                        while self.brackets.pop().is_some_and(|b| b != Token::LBrace) {}
                    }
                    _ => {}
                }
                self.push(lexed);
            }
        }
        self.last_end = lexed.end;
    }

    fn first_on_line(&self, at: usize) -> bool {
        self.first[at]
    }

    fn push(&mut self, lexed: Lexed) {
        if self.in_junk {
            self.line.junk.push(lexed);
        } else {
            if self.line.tokens.is_empty() {
                self.line.docs = std::mem::take(&mut self.docs);
                self.head_column = lexed.start - self.line_start;
            }
            self.line.tokens.push(lexed);
        }
    }

    fn newline(&mut self, at: usize) {
        if self.line.is_blank() {
            return;
        }
        let next = self.next[at];
        let header = self
            .line
            .tokens
            .first()
            .is_some_and(|l| l.token == Token::Header);
        if next < self.tokens.len() && !header && !self.begins_statement(next) {
            let goes_on = !self.brackets.is_empty() || self.expects_more() || self.carries_on(next);
            if goes_on {
                return;
            }
        }
        self.end_line();
    }

    /// The line so far can't be the end of a statement.
    fn expects_more(&self) -> bool {
        let tokens = if self.in_junk {
            &self.line.junk
        } else {
            &self.line.tokens
        };
        let Some(last) = tokens.last() else {
            return false;
        };
        match last.token {
            // `a crosses above`
            Token::Word if matches!(last.text(self.text), "above" | "below") => {
                let before = tokens.len().checked_sub(2).and_then(|at| tokens.get(at));
                before.is_some_and(|b| b.token == Token::Word && b.text(self.text) == "crosses")
            }
            Token::Word => matches!(
                last.text(self.text),
                "and"
                    | "or"
                    | "not"
                    | "mod"
                    | "crosses"
                    | "in"
                    | "if"
                    | "then"
                    | "else"
                    | "when"
                    | "init"
                    | "settle"
            ),
            token => {
                matches!(
                    token,
                    Token::LParen
                        | Token::LBracket
                        | Token::Comma
                        | Token::Colon
                        | Token::DotDot
                        | Token::DotDotLess
                        | Token::Arrow
                        | Token::Assign
                        | Token::Ampersand
                        | Token::Pipe
                        | Token::ColonAssign
                ) || is_infix(token)
            }
        }
    }

    /// A statement can't begin with this token.
    fn carries_on(&self, at: usize) -> bool {
        match self.tokens[at].token {
            Token::Word => {
                let assigned = matches!(
                    self.kind(self.next[at]),
                    Some(Token::Assign | Token::ColonAssign | Token::UpdateAssign | Token::Colon)
                );
                match self.word(at) {
                    "and" | "or" | "mod" | "crosses" | "in" | "then" | "else" => true,
                    "init" | "settle" | "at" | "rebalance" | "weight" | "when" => !assigned,
                    _ => false,
                }
            }
            token => {
                matches!(
                    token,
                    Token::RParen
                        | Token::RBracket
                        | Token::LBrace
                        | Token::Comma
                        | Token::Assign
                        | Token::Arrow
                        | Token::DotDot
                        | Token::DotDotLess
                        | Token::Question
                        | Token::Colon
                        | Token::Ampersand
                        | Token::Pipe
                ) || is_infix(token)
            }
        }
    }

    /// `{` of a set, an enum or a universe: no statements inside.
    fn opens_set(&self) -> bool {
        if self.in_junk {
            return false;
        }
        let Some(last) = self.line.tokens.last() else {
            return false;
        };
        let first = self.line.tokens[0];
        (last.token == Token::Word && matches!(last.text(self.text), "in" | "universe"))
            || (first.token == Token::Word
                && first.text(self.text) == "enum"
                && !self.line.tokens.iter().any(|l| l.token == Token::LBrace))
    }

    fn closes_set(&self, at: usize) -> bool {
        // When the region lacks a `}` and this one stands alone on its line, it belongs to the block.
        self.brackets.contains(&Token::LBrace)
            && !(self.balance > 0 && self.first[at] && !self.frames.is_empty())
    }

    fn end_line(&mut self) {
        if self.brackets.contains(&Token::LBrace) {
            self.balance -= 1;
        }
        self.brackets.clear();
        self.in_junk = false;
        if !self.line.is_blank() {
            let line = std::mem::take(&mut self.line);
            self.lines().push(line);
        }
    }

    fn lines(&mut self) -> &mut Vec<Line> {
        match self.frames.last_mut() {
            Some(frame) => &mut frame.lines,
            None => &mut self.top,
        }
    }

    fn open(&mut self, at: usize) {
        let open = self.tokens[at];
        if self.frames.len() >= DEEPEST_BLOCK {
            self.too_deep += 1;
            self.push(open);
            return;
        }
        if self.brackets.contains(&Token::LBrace) {
            self.balance -= 1;
        }
        self.brackets.clear();
        let mut indent = self.head_column;
        if self.line.tokens.is_empty() {
            indent = open.start - self.line_start;
            self.line.docs = std::mem::take(&mut self.docs);
        }
        let line = std::mem::take(&mut self.line);
        self.frames.push(Frame {
            line,
            open,
            lines: Vec::new(),
            junk: self.in_junk,
            indent,
        });
        self.in_junk = false;
    }

    fn close_brace(&mut self, at: usize) {
        let close = self.tokens[at];
        if self.too_deep > 0 {
            self.too_deep -= 1;
            self.push(close);
            return;
        }
        self.end_line();
        let last_of_region = self
            .regions
            .get(self.region)
            .is_some_and(|r| r.last_close == at);
        if self.frames.is_empty() || (self.frames.len() == 1 && self.balance < 0 && !last_of_region)
        {
            self.balance += 1;
            self.loose.push(LooseBrace::Extra(close));
            return;
        }
        self.close(Some(close));
        // Whatever follows on the same line does not begin a statement.
        let mut following = at + 1;
        while self.kind(following) == Some(Token::Comment) {
            following += 1;
        }
        let same_line = following < self.tokens.len()
            && !matches!(
                self.tokens[following].token,
                Token::Newline | Token::RBrace | Token::Doc
            );
        let carried = self.word(self.next[at]) == "else";
        if (same_line || carried)
            && let Some(line) = self.lines().pop()
        {
            self.line = line;
            self.in_junk = true;
        }
    }

    fn close(&mut self, close: Option<Lexed>) {
        let Some(mut frame) = self.frames.pop() else {
            return;
        };
        self.docs.clear();
        if close.is_none() {
            self.balance -= 1;
            self.loose.push(LooseBrace::Unclosed {
                open: frame.open,
                head: frame.line.tokens.first().copied().unwrap_or(frame.open),
                after: self.last_end.max(frame.open.end),
                indent: frame.indent,
            });
        }
        if frame.junk || frame.line.block.is_some() {
            frame.line.junk.push(frame.open);
        } else {
            frame.line.block = Some(Block {
                open: frame.open,
                lines: frame.lines,
                close,
            });
        }
        let line = frame.line;
        self.lines().push(line);
    }

    /// In a region that lacks a `}`, a line that stands no deeper than the head of an inner block is outside of it.
    fn close_by_indentation(&mut self, at: usize) {
        while self.balance > 0 && self.frames.len() > 1 && self.line.tokens.is_empty() {
            let Some(frame) = self.frames.last() else {
                return;
            };
            let indent = self.indent(at);
            let outside = match self.tokens[at].token {
                Token::RBrace => indent < frame.indent,
                Token::LBrace => false,
                _ => indent <= frame.indent,
            };
            if !outside {
                return;
            }
            self.close(None);
        }
    }

    fn finish(mut self) -> Cut {
        self.end_line();
        while !self.frames.is_empty() {
            self.close(None);
        }
        Cut {
            lines: self.top,
            loose: self.loose,
        }
    }
}

fn is_infix(token: Token) -> bool {
    matches!(
        token,
        Token::EqEq
            | Token::Ne
            | Token::Lt
            | Token::Le
            | Token::Gt
            | Token::Ge
            | Token::Plus
            | Token::Minus
            | Token::Star
            | Token::Slash
            | Token::OrElse
            | Token::StarStar
            | Token::Diamond
            | Token::FatArrow
    )
}

#[cfg(test)]
#[allow(clippy::format_push_string)]
mod tests {
    use super::*;

    fn outline(text: &str) -> String {
        let cut = cut(text, &sbt_grammar::lex(text));
        let mut out = String::new();
        for line in &cut.lines {
            show(text, line, 0, &mut out);
        }
        for loose in &cut.loose {
            match loose {
                LooseBrace::Unclosed { head, .. } => {
                    out.push_str(&format!("! unclosed {}\n", head.text(text)));
                }
                LooseBrace::Extra(at) => out.push_str(&format!("! extra at {}\n", at.start)),
            }
        }
        out
    }

    fn show(text: &str, line: &Line, depth: usize, out: &mut String) {
        let words: Vec<_> = line.tokens.iter().map(|l| l.text(text)).collect();
        out.push_str(&format!("{}{}", "  ".repeat(depth), words.join(" ")));
        if !line.junk.is_empty() {
            let junk: Vec<_> = line.junk.iter().map(|l| l.text(text)).collect();
            out.push_str(&format!(" <junk {}>", junk.join(" ")));
        }
        out.push('\n');
        for inner in line.block.iter().flat_map(|b| &b.lines) {
            show(text, inner, depth + 1, out);
        }
    }

    #[test]
    fn statements_go_on_over_line_ends() {
        let text = "strategy s {\n  let x =\n    a\n    and b\n  enter long when (x\n or y)\n    at limit p\n  {\n    stop 1%\n  }\n  size 1\n}\n";
        assert_eq!(
            outline(text),
            "strategy s\n  let x = a and b\n  enter long when ( x or y ) at limit p\n    stop 1%\n  size 1\n"
        );
    }

    #[test]
    fn an_open_bracket_ends_at_the_next_statement() {
        assert_eq!(
            outline("strategy s {\n let x = f(a,\n b\n let y = (1 +\n limit leverage 3\n}\n"),
            "strategy s\n  let x = f ( a , b\n  let y = ( 1 +\n  limit leverage 3\n"
        );
    }

    #[test]
    fn a_missing_brace_is_found_by_indentation() {
        assert_eq!(
            outline(
                "strategy s {\n  on 4h {\n    let a = 1\n  enter long when a {\n    stop 1%\n  }\n}\ntest \"t\" {\n}\n"
            ),
            "strategy s\n  on 4h\n    let a = 1\n  enter long when a\n    stop 1%\ntest \"t\"\n! unclosed on\n"
        );
        assert_eq!(
            outline("strategy s {\n  enter long when a {\n    stop 1%\n}\nenum B { x }\n"),
            "strategy s\n  enter long when a\n    stop 1%\nenum B { x }\n! unclosed enter\n"
        );
        assert_eq!(
            outline("strategy s {\n  on 1h\n"),
            "strategy s\n  on 1h\n! unclosed strategy\n"
        );
    }

    #[test]
    fn an_extra_brace_closes_nothing() {
        assert_eq!(
            outline("strategy s {\n  let a = 1\n  }\n  let b = 2\n}\n"),
            "strategy s\n  let a = 1\n  let b = 2\n! extra at 27\n"
        );
    }

    #[test]
    fn braces_of_other_languages_stay_on_their_line() {
        assert_eq!(
            outline("strategy s {\n  let x = if a { 1 } else { 2 }\n  let y = 3\n}\n"),
            "strategy s\n  let x = if a <junk else {>\n    1\n  let y = 3\n"
        );
    }

    #[test]
    fn sets_hold_no_statements() {
        assert_eq!(
            outline(
                "strategy s {\n  param b: B = x in {x,\n y}\n  enter long when h in {1, 2} {\n stop 1%\n}\n}"
            ),
            "strategy s\n  param b : B = x in { x , y }\n  enter long when h in { 1 , 2 }\n    stop 1%\n"
        );
    }
}
