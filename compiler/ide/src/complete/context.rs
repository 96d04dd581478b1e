//! Where the cursor stands, told by tokens alone, because a statement that is being typed has no tree yet.

use crate::analysis::Analysis;
use sbt_grammar::{Lexed, Token, word};

/// The block around the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Block {
    /// No block: items.
    Top,
    /// A strategy's body.
    Strategy,
    /// A portfolio's body.
    Portfolio,
    /// An indicator's body.
    Indicator,
    /// A test's body.
    Test,
    /// `on 4h { … }`
    On,
    /// Legs of an entry.
    Legs,
    /// Members of an enum.
    Enum,
    /// `{a, b}`
    Set,
}

/// A call that the cursor stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InCall {
    /// What is called.
    pub callee: String,
    /// Number of the argument.
    pub position: usize,
    /// `name =` of the argument, if it has one.
    pub named: Option<String>,
    /// Names given already.
    pub given: Vec<String>,
}

/// Where the cursor stands.
#[derive(Debug)]
pub(crate) struct Context {
    /// Bytes of what is being typed.
    pub start: usize,
    /// End of what is replaced.
    pub end: usize,
    /// What has been typed of it.
    pub prefix: String,
    /// Innermost block.
    pub block: Block,
    /// Tokens of the statement before the prefix.
    pub statement: Vec<Lexed>,
    /// The statement before, when the cursor begins a line: it may go on.
    pub before: Vec<Lexed>,
    /// Calls around the cursor, innermost last.
    pub calls: Vec<InCall>,
}

/// Words that can only begin a statement, whatever is open before them.
const BEGINS: [&str; 6] = ["param", "let", "rec", "enter", "exit", "give"];
/// Words that go on with the statement of the line before.
const CONTINUES: [&str; 12] = [
    "at",
    "and",
    "or",
    "init",
    "settle",
    "then",
    "else",
    "rebalance",
    "weight",
    "when",
    "mod",
    "crosses",
];

impl Context {
    /// Reads the tokens up to an offset; nothing inside comments and texts.
    pub fn of(a: &Analysis, offset: usize) -> Option<Self> {
        let at = a.clamp(offset);
        let touched = a
            .tokens
            .iter()
            .find(|t| (t.start as usize) < at && at <= t.end as usize);
        let (mut start, mut end) = (at, at);
        if let Some(t) = touched {
            match t.token {
                Token::Comment
                | Token::Doc
                | Token::OpenStr
                | Token::Header
                | Token::BlockComment => {
                    return None;
                }
                Token::Str if at < t.end as usize => return None,
                Token::Word | Token::Label | Token::BadNumber => {
                    (start, end) = (t.start as usize, t.end as usize);
                }
                Token::Unknown if t.text(&a.text) == "#" => {
                    (start, end) = (t.start as usize, t.end as usize);
                }
                _ => {}
            }
        }
        let mut reader = Reader {
            text: &a.text,
            frames: Vec::new(),
            statement: Vec::new(),
            before: Vec::new(),
            line_end: false,
        };
        for t in a.tokens.iter().take_while(|t| t.end as usize <= start) {
            if t.end as usize == start && t.start as usize == start {
                break;
            }
            reader.token(*t);
        }
        if reader.line_end && !reader.open_bracket() && !reader.hangs() {
            reader.before = std::mem::take(&mut reader.statement);
        }
        let calls = calls(&a.text, &reader.statement);
        Some(Self {
            start,
            end,
            prefix: a.text.get(start..at).unwrap_or("").to_owned(),
            block: reader.frames.last().map_or(Block::Top, |f| f.0),
            statement: reader.statement,
            before: reader.before,
            calls,
        })
    }

    /// The last token before the prefix.
    pub fn last(&self) -> Option<Lexed> {
        self.statement.last().copied()
    }

    /// The text of the n-th token of the statement.
    pub fn word<'t>(&self, text: &'t str, n: usize) -> &'t str {
        self.statement.get(n).map_or("", |t| t.text(text))
    }

    /// Whether a word stands in the statement.
    pub fn has(&self, text: &str, word: &str) -> bool {
        self.statement.iter().any(|t| t.text(text) == word)
    }
}

struct Reader<'a> {
    text: &'a str,
    frames: Vec<(Block, Vec<Lexed>)>,
    statement: Vec<Lexed>,
    before: Vec<Lexed>,
    line_end: bool,
}

impl Reader<'_> {
    fn open_bracket(&self) -> bool {
        let mut depth = 0_i32;
        for t in &self.statement {
            match t.token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth -= 1,
                _ => {}
            }
        }
        depth > 0
    }

    /// Whether the statement cannot end here.
    fn hangs(&self) -> bool {
        self.statement.last().is_some_and(|t| match t.token {
            Token::Word => matches!(
                t.text(self.text),
                "and"
                    | "or"
                    | "not"
                    | "mod"
                    | "if"
                    | "then"
                    | "else"
                    | "when"
                    | "init"
                    | "settle"
                    | "in"
            ),
            other => infix(other) || matches!(other, Token::Assign | Token::Comma | Token::Arrow),
        })
    }

    fn token(&mut self, t: Lexed) {
        match t.token {
            Token::Newline => {
                self.line_end = !self.statement.is_empty();
                return;
            }
            Token::Comment | Token::Doc | Token::BlockComment => return,
            _ => {}
        }
        let text = t.text(self.text);
        if self.line_end {
            let goes_on = match t.token {
                Token::Word => CONTINUES.contains(&text),
                Token::LBrace => true,
                other => infix(other),
            };
            let ends = if t.token == Token::Word && BEGINS.contains(&text) {
                true
            } else {
                !self.open_bracket() && !self.hangs() && !goes_on
            };
            if ends {
                self.statement.clear();
            }
        }
        self.line_end = false;
        match t.token {
            Token::LBrace => {
                let head = self.statement.first().map_or("", |h| h.text(self.text));
                let before = self.statement.last().map_or("", |h| h.text(self.text));
                let block = match head {
                    _ if before == "in" => Block::Set,
                    "strategy" => Block::Strategy,
                    "portfolio" => Block::Portfolio,
                    "indicator" => Block::Indicator,
                    "test" => Block::Test,
                    "on" => Block::On,
                    "enter" => Block::Legs,
                    "enum" => Block::Enum,
                    _ => Block::Set,
                };
                let kept = if block == Block::Set {
                    self.statement.push(t);
                    self.statement.clone()
                } else {
                    std::mem::take(&mut self.statement)
                };
                self.frames.push((block, kept));
            }
            Token::RBrace => match self.frames.pop() {
                Some((Block::Set, kept)) => {
                    self.statement = kept;
                    self.statement.push(t);
                }
                _ => self.statement.clear(),
            },
            _ => self.statement.push(t),
        }
    }
}

/// Whether an operator stands between two values.
pub(crate) fn infix(t: Token) -> bool {
    matches!(
        t,
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
    )
}

fn calls(text: &str, statement: &[Lexed]) -> Vec<InCall> {
    let mut out: Vec<Option<InCall>> = Vec::new();
    for (i, t) in statement.iter().enumerate() {
        match t.token {
            Token::LParen => {
                let callee = i
                    .checked_sub(1)
                    .and_then(|k| statement.get(k))
                    .filter(|c| c.token == Token::Word)
                    .map(|c| c.text(text))
                    .filter(|c| !word::is_reserved(c));
                out.push(callee.map(|c| InCall {
                    callee: c.to_owned(),
                    position: 0,
                    named: None,
                    given: Vec::new(),
                }));
            }
            Token::LBracket => out.push(None),
            Token::RParen | Token::RBracket => {
                out.pop();
            }
            Token::Comma => {
                if let Some(Some(c)) = out.last_mut() {
                    c.position += 1;
                    c.named = None;
                }
            }
            Token::Assign => {
                if let (Some(Some(c)), Some(n)) = (
                    out.last_mut(),
                    i.checked_sub(1).and_then(|k| statement.get(k)),
                ) {
                    let name = n.text(text).to_owned();
                    c.given.push(name.clone());
                    c.named = Some(name);
                }
            }
            _ => {}
        }
    }
    out.into_iter().flatten().collect()
}
