//! One canonical layout for every program.
//!
//! The formatter moves tokens and never changes one, so the meaning can't change; comments travel with the token they
//! follow. What it does:
//!
//! * two spaces a block; one statement a line; one space around infix operators, none around `..` and `.`;
//! * one blank line between items; elsewhere at most one, none at the edges of a block;
//! * the legs of an entry aligned behind the longest of their words;
//! * the `at` clause of an `enter` and the `rebalance` clause of a `hold` on lines of their own;
//! * lines longer than [`MAX_WIDTH`] broken before `init`, `settle`, `weight`, `else`, `then`, `or`, `and` and after
//!   commas, outermost first.

mod layout;
mod marks;

use crate::cut::{Block, Line, cut};
use crate::parse::{parse, tokens};
use layout::{LIST, Piece, lay_out};
use marks::Marks;
use sbt_diagnostics::{Diagnostic, FileId};
use sbt_grammar::{Lexed, Token};

/// Longer lines are broken where they can be.
pub const MAX_WIDTH: usize = 100;

/// The canonical layout of a program. Formatting the result changes nothing.
///
/// # Errors
/// The messages of [`parse`] when the text does not parse.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let (_, diagnostics) = parse(text, FileId(0));
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    let tokens = tokens(text);
    let marks = Marks::read(text)?;
    let pieces = cut(text, &tokens);
    let mut writer = Writer {
        text,
        marks,
        remarks: Remark::all(&tokens),
        next: 0,
        out: String::new(),
    };
    writer.file(&pieces.lines);
    Ok(writer.out)
}

/// A comment where it stands.
struct Remark {
    lexed: Lexed,
    /// Alone on its line.
    own_line: bool,
    /// A blank line stands before it.
    blank: bool,
    /// Start of the token it follows.
    after: Option<u32>,
}

impl Remark {
    fn all(tokens: &[Lexed]) -> Vec<Self> {
        let mut remarks = Vec::new();
        let mut after = None;
        let mut newlines = 0;
        let mut first = true;
        for lexed in tokens {
            match lexed.token {
                Token::Newline => {
                    newlines += 1;
                    continue;
                }
                Token::Comment | Token::Doc => {
                    remarks.push(Self {
                        lexed: *lexed,
                        own_line: newlines > 0 || first,
                        blank: newlines > 1,
                        after,
                    });
                }
                _ => after = Some(lexed.start),
            }
            newlines = 0;
            first = false;
        }
        remarks
    }
}

/// What was written last, to know how much space comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// The beginning of the file or of a block.
    Edge,
    /// A comment.
    Remark,
    /// A doc comment.
    Doc,
    /// `use`
    Use,
    /// Anything else.
    Other,
}

struct Writer<'t> {
    text: &'t str,
    marks: Marks,
    remarks: Vec<Remark>,
    next: usize,
    out: String,
}

impl Writer<'_> {
    fn file(&mut self, lines: &[Line]) {
        let mut last = Last::Edge;
        for line in lines {
            let Some(head) = line.tokens.first() else {
                continue;
            };
            last = self.remarks_before(head.start, 0, last, true);
            let is_use = head.token == Token::Word && head.text(self.text) == "use";
            let blank = match last {
                Last::Edge | Last::Doc => false,
                Last::Remark => self.marks.blank_before(head.start),
                Last::Use if is_use => self.marks.blank_before(head.start),
                Last::Use | Last::Other => true,
            };
            if blank {
                self.out.push('\n');
            }
            self.line(line, 0, 0);
            last = if is_use { Last::Use } else { Last::Other };
        }
        self.remarks_before(u32::MAX, 0, last, true);
    }

    fn block(&mut self, block: &Block, indent: usize) {
        // Legs are told by their words; the longest word of the block sets the column.
        let legs = block
            .lines
            .iter()
            .filter_map(|l| l.tokens.first())
            .filter(|l| self.marks.leg(l.start));
        let column = legs.map(|l| l.text(self.text).len()).max().unwrap_or(0);
        let mut last = Last::Edge;
        for line in &block.lines {
            let Some(head) = line.tokens.first() else {
                continue;
            };
            last = self.remarks_before(head.start, indent, last, false);
            if last != Last::Edge && self.marks.blank_before(head.start) {
                self.out.push('\n');
            }
            self.line(line, indent, column);
            last = Last::Other;
        }
        if let Some(close) = block.close {
            self.remarks_before(close.start, indent, last, false);
        }
    }

    /// Comments up to an offset, each on its own line.
    fn remarks_before(&mut self, offset: u32, indent: usize, mut last: Last, top: bool) -> Last {
        while let Some(remark) = self
            .remarks
            .get(self.next)
            .filter(|r| r.lexed.start < offset)
        {
            let blank = match last {
                Last::Edge => false,
                Last::Use | Last::Other if top => true,
                _ => remark.blank,
            };
            if blank {
                self.out.push('\n');
            }
            indented(&mut self.out, indent);
            self.out.push_str(remark.lexed.text(self.text).trim_end());
            self.out.push('\n');
            last = if remark.lexed.token == Token::Doc {
                Last::Doc
            } else {
                Last::Remark
            };
            self.next += 1;
        }
        last
    }

    /// A comment behind the token, on the same line.
    fn remark_behind(&mut self, token: u32) {
        if let Some(remark) = self.remarks.get(self.next)
            && !remark.own_line
            && remark.after == Some(token)
        {
            self.out.push(' ');
            self.out.push_str(remark.lexed.text(self.text).trim_end());
            self.next += 1;
        }
    }

    fn line(&mut self, line: &Line, indent: usize, column: usize) {
        let mut tokens = line.tokens.clone();
        tokens.extend(line.block.as_ref().map(|b| b.open));
        let pieces = self.pieces(&tokens, column);
        for written in lay_out(&pieces, indent, MAX_WIDTH) {
            indented(&mut self.out, written.indent);
            for (at, piece) in pieces[written.from..written.to].iter().enumerate() {
                if at > 0 {
                    self.out.push_str(&" ".repeat(piece.space));
                }
                self.out.push_str(&piece.text);
            }
            let end = pieces[written.to - 1].start;
            self.remark_behind(end);
            self.out.push('\n');
            if written.to < pieces.len() {
                // Comments between the lines of one statement.
                self.remarks_before(pieces[written.to].start, indent + 2, Last::Edge, false);
            }
        }
        if let Some(block) = &line.block {
            self.block(block, indent + 2);
            if let Some(close) = block.close {
                indented(&mut self.out, indent);
                self.out.push('}');
                self.remark_behind(close.start);
                self.out.push('\n');
            }
        }
    }

    /// The tokens of a statement with the space before each and the places where its line may break.
    fn pieces(&self, tokens: &[Lexed], column: usize) -> Vec<Piece> {
        let is_use = tokens.first().is_some_and(|l| l.text(self.text) == "use");
        let mut depth = 0;
        let mut pieces: Vec<Piece> = Vec::with_capacity(tokens.len());
        let mut remark = self.next;
        for (at, lexed) in tokens.iter().enumerate() {
            let before = at.checked_sub(1).map(|b| &tokens[b]);
            let mut space = before.map_or(0, |before| self.space(before, lexed, is_use));
            if at == 1 && self.marks.leg(tokens[0].start) {
                space = column.saturating_sub(tokens[0].text(self.text).len()) + 1;
            }
            // A comment between two tokens ends the line.
            let mut commented = false;
            while self
                .remarks
                .get(remark)
                .is_some_and(|r| r.lexed.start < lexed.start)
            {
                commented |= at > 0;
                remark += 1;
            }
            if matches!(lexed.token, Token::RParen | Token::RBracket | Token::RBrace) {
                depth -= 1;
            }
            let word = if lexed.token == Token::Word {
                lexed.text(self.text)
            } else {
                ""
            };
            let split = match word {
                _ if at == 0 => None,
                _ if self.marks.clause(lexed.start) => Some(0),
                _ if before.is_some_and(|b| b.token == Token::Comma) => Some(LIST),
                "else" => Some(2),
                "then" => Some(3),
                "or" => Some(4),
                "and" => Some(5),
                _ => None,
            };
            pieces.push(Piece {
                text: spelled(lexed, self.text),
                start: lexed.start,
                space,
                depth,
                split,
                always: commented || (at > 0 && self.marks.own_line(lexed.start)),
            });
            if matches!(lexed.token, Token::LParen | Token::LBracket | Token::LBrace) {
                depth += 1;
            }
        }
        pieces
    }

    fn space(&self, before: &Lexed, after: &Lexed, is_use: bool) -> usize {
        let tight = self.marks.tight_before(after.start)
            || self.marks.tight_after(before.start)
            || matches!(
                before.token,
                Token::LParen
                    | Token::LBracket
                    | Token::Dot
                    | Token::DotDot
                    | Token::DotDotLess
                    | Token::Caret
            )
            || matches!(
                after.token,
                Token::RParen
                    | Token::RBracket
                    | Token::Comma
                    | Token::Colon
                    | Token::Dot
                    | Token::DotDot
                    | Token::DotDotLess
                    | Token::Caret
                    | Token::Question
            )
            || (is_use && (before.token == Token::Slash || after.token == Token::Slash));
        usize::from(!tight)
    }
}

fn indented(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// The token's text; the two tokens that contain space have one.
fn spelled(lexed: &Lexed, text: &str) -> String {
    let text = lexed.text(text);
    match lexed.token {
        Token::Bars | Token::Header => text.split_ascii_whitespace().collect::<Vec<_>>().join(" "),
        _ => text.to_owned(),
    }
}
