//! Text to tree: every piece is parsed on its own, and what does not parse becomes an error node.

mod item;
mod statement;

use crate::ast::{Expr, ExprKind, File, Span};
use crate::codes;
use crate::cut::{Line, LooseBrace, cut};
use crate::depth::too_deep;
use crate::explain::Failure;
use crate::lower::Lower;
use crate::memory::Memory;
use crate::shift::Shift;
use pest::Parser;
use pest::iterators::Pair;
use sbt_diagnostics::{Diagnostic, FileId};
use sbt_grammar::{EDITION, Lexed, Rule, SbtParser, Token, lex};
use std::num::NonZeroUsize;
use std::sync::Once;

/// A file with more bytes than this is refused unread.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// After this many errors the rest of the file is not looked at.
pub const MAX_ERRORS: usize = 100;

/// The grammar never reads a text twice, so its work is proportional to the text: a file of `MAX_BYTES` stays well
/// below this many rule calls. The limit is there for the day a rule breaks that promise.
const MAX_CALLS: usize = 2_000_000_000;

static CALL_LIMIT: Once = Once::new();

/// Parses a file. Never fails and never panics: what can't be understood is an error node and a message, and every
/// error node has a message. Messages come in source order.
pub fn parse(text: &str, file: FileId) -> (File, Vec<Diagnostic>) {
    parsed(text, file, None)
}

/// Parses a file as [`parse`] does, with the same result, and takes from `memory` what the parse before understood already.
/// A memory belongs to one document: `file` must always be the same.
pub fn parse_with(memory: &mut Memory, text: &str, file: FileId) -> (File, Vec<Diagnostic>) {
    let out = parsed(text, file, Some(memory));
    memory.turn();
    out
}

fn parsed(text: &str, file: FileId, memory: Option<&mut Memory>) -> (File, Vec<Diagnostic>) {
    let span = Span::new(file, 0, text.len().min(u32::MAX as usize));
    if text.len() > MAX_BYTES {
        return (
            File {
                edition: None,
                items: Vec::new(),
                span,
            },
            vec![too_large(text, file)],
        );
    }
    let tokens = tokens(text);
    let pieces = cut(text, &tokens);
    let mut reader = Reader::new(text, file, memory);
    let (edition, start) = reader.header(&pieces.lines);
    let mut items = Vec::new();
    if edition.is_none_or(|e| e == EDITION) {
        // The `}` of an item whose `{` is missing closes nothing, but is not what is wrong.
        let mut headless = pieces
            .lines
            .iter()
            .filter(|l| reader.lacks_block(l))
            .count();
        for loose in &pieces.loose {
            if matches!(loose, LooseBrace::Extra(_)) && headless > 0 {
                headless -= 1;
                continue;
            }
            reader.loose_brace(loose);
        }
        let mut stray = false;
        for line in &pieces.lines[start..] {
            items.push(reader.item(line, &mut stray));
        }
    }
    let mut diagnostics = reader.diagnostics;
    diagnostics.sort_by_key(|d| (d.span().start, d.span().end));
    (
        File {
            edition,
            items,
            span,
        },
        diagnostics,
    )
}

/// Parses a lone expression, as `sixbtc eval` takes it.
pub fn parse_expr(text: &str, file: FileId) -> Result<Expr, Vec<Diagnostic>> {
    if text.len() > MAX_BYTES {
        return Err(vec![too_large(text, file)]);
    }
    let significant: Vec<Lexed> = tokens(text)
        .into_iter()
        .filter(|l| !l.token.is_trivia())
        .collect();
    let mut reader = Reader::new(text, file, None);
    let expr = reader.piece(Rule::only_expr, &significant, |lower, pair| {
        lower.expr(pair)
    });
    match expr {
        Some(expr) if reader.diagnostics.is_empty() => Ok(expr),
        _ if reader.diagnostics.is_empty() => Err(vec![Diagnostic::error(
            codes::UNEXPECTED,
            Span::new(file, 0, 0),
            "expected a value, found nothing",
        )]),
        _ => Err(reader.diagnostics),
    }
}

/// The tokens, with the brace that an open text at the end of a head has swallowed.
pub(crate) fn tokens(text: &str) -> Vec<Lexed> {
    let mut tokens = Vec::new();
    for lexed in lex(text) {
        let body = lexed.text(text).trim_end();
        if lexed.token == Token::OpenStr && body.len() > 1 && body.ends_with('{') {
            let brace = lexed.start + body.len() as u32 - 1;
            let end = lexed.start + body[..body.len() - 1].trim_end().len() as u32;
            tokens.push(Lexed { end, ..lexed });
            tokens.push(Lexed {
                token: Token::LBrace,
                start: brace,
                end: brace + 1,
            });
        } else {
            tokens.push(lexed);
        }
    }
    tokens
}

fn too_large(text: &str, file: FileId) -> Diagnostic {
    Diagnostic::error(
        codes::TOO_LARGE,
        Span::new(file, 0, 0),
        format!(
            "the file has {} bytes, more than the {MAX_BYTES} a program may have",
            text.len()
        ),
    )
    .here("not read")
    .help("is this a strategy? Data belongs in CSV or Parquet files")
}

struct Reader<'t, 'm> {
    text: &'t str,
    memory: Option<&'m mut Memory>,
    file: FileId,
    diagnostics: Vec<Diagnostic>,
    /// Reserved words that the program uses as names.
    refused: Vec<&'t str>,
    /// The header stands further down, which has been said.
    moved_header: bool,
}

impl<'t, 'm> Reader<'t, 'm> {
    fn new(text: &'t str, file: FileId, memory: Option<&'m mut Memory>) -> Self {
        CALL_LIMIT.call_once(|| pest::set_call_limit(NonZeroUsize::new(MAX_CALLS)));
        Self {
            text,
            memory,
            file,
            diagnostics: Vec::new(),
            refused: Vec::new(),
            moved_header: false,
        }
    }

    fn full(&self) -> bool {
        self.diagnostics.len() >= MAX_ERRORS
    }

    fn report(&mut self, found: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in found {
            if self.full() {
                return;
            }
            self.diagnostics.push(diagnostic);
            if self.full()
                && let Some(last) = self.diagnostics.last_mut()
            {
                last.notes.push(format!(
                    "{MAX_ERRORS} errors: the rest of the file was not looked at"
                ));
            }
        }
    }

    fn span(&self, lexed: Lexed) -> Span {
        Span {
            file: self.file,
            start: lexed.start,
            end: lexed.end,
        }
    }

    fn tokens_span(&self, tokens: &[Lexed]) -> Span {
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => Span {
                file: self.file,
                start: first.start,
                end: last.end,
            },
            _ => Span::new(self.file, 0, 0),
        }
    }

    fn line_span(&self, line: &Line) -> Span {
        let mut span = match (line.tokens.first(), &line.block) {
            (Some(_), _) => self.tokens_span(&line.tokens),
            (None, Some(block)) => self.span(block.open),
            (None, None) => self.tokens_span(&line.junk),
        };
        if let Some(block) = &line.block {
            let last = block
                .lines
                .last()
                .map_or_else(|| self.span(block.open), |l| self.line_span(l));
            span = span.to(block.close.map_or(last, |close| self.span(close)));
        }
        span
    }

    fn word(&self, tokens: &[Lexed], at: usize) -> &'t str {
        match tokens.get(at) {
            Some(lexed) if lexed.token == Token::Word => lexed.text(self.text),
            _ => "",
        }
    }

    /// [`Reader::piece`] for the pieces that a file has many of: taken from the memory when they were understood before.
    fn known_piece<T: Shift + Clone + Send + Sync + 'static>(
        &mut self,
        rule: Rule,
        tokens: &[Lexed],
        lower: impl FnOnce(&Lower<'t>, &Pair<'_, Rule>) -> T,
    ) -> Option<T> {
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            return self.piece(rule, tokens, lower);
        };
        let text = self
            .text
            .get(first.start as usize..last.end as usize)
            .unwrap_or("");
        if self.memory.is_none() || self.full() {
            return self.piece(rule, tokens, lower);
        }
        if let Some(memory) = &mut self.memory
            && let Some(tree) = memory.recall(rule, text, first.start)
        {
            return Some(tree);
        }
        let before = self.diagnostics.len();
        let tree = self.piece(rule, tokens, lower)?;
        if self.diagnostics.len() == before
            && let Some(memory) = &mut self.memory
        {
            memory.keep(rule, text, first.start, &tree);
        }
        Some(tree)
    }

    /// Parses one piece with its own entry rule; explains when it does not parse.
    fn piece<T>(
        &mut self,
        rule: Rule,
        tokens: &[Lexed],
        lower: impl FnOnce(&Lower<'t>, &Pair<'_, Rule>) -> T,
    ) -> Option<T> {
        if self.full() {
            return None;
        }
        let (first, last) = (tokens.first()?, tokens.last()?);
        if let Some(at) = too_deep(self.text, tokens) {
            self.report([Diagnostic::error(
                codes::TOO_LARGE,
                self.span(at),
                "this statement is nested too deeply, or strings too many operators together",
            )
            .here("too deep from here")
            .help("name parts of it with `let` and use the names")]);
            return None;
        }
        let slice = self.text.get(first.start as usize..last.end as usize)?;
        let error = if tokens.iter().any(|l| l.token.is_foreign()) {
            None
        } else {
            match SbtParser::parse(rule, slice) {
                Ok(mut pairs) => {
                    let pair = pairs.next()?;
                    let lowering = Lower::new(self.text, self.file, first.start as usize);
                    let value = lower(&lowering, &pair);
                    self.report(lowering.finish());
                    return Some(value);
                }
                Err(error) => Some(error),
            }
        };
        let failure = Failure {
            text: self.text,
            file: self.file,
            rule,
            tokens,
            error,
        };
        let found = failure.explain();
        for diagnostic in found {
            let word = self
                .text
                .get(diagnostic.span().start as usize..diagnostic.span().end as usize)
                .unwrap_or("");
            if diagnostic.code.0 == codes::RESERVED_WORD {
                self.refused.push(word);
            } else if diagnostic.code.0 == codes::UNEXPECTED && self.refused.contains(&word) {
                // A use of the name that was refused: no error of its own.
                continue;
            }
            self.report([diagnostic]);
        }
        None
    }

    fn header(&mut self, lines: &[Line]) -> (Option<u32>, usize) {
        let first = lines.first().filter(|l| !l.tokens.is_empty());
        let misplaced = lines
            .iter()
            .find(|l| l.tokens.first().is_some_and(|t| t.token == Token::Header));
        let Some(line) = first else {
            self.missing_header(None, misplaced);
            return (None, 0);
        };
        let head = line.tokens[0];
        if head.token != Token::Header {
            let garbled = head.text(self.text).starts_with("#sbt");
            self.missing_header(garbled.then(|| self.tokens_span(&line.tokens)), misplaced);
            return (None, usize::from(garbled && line.block.is_none()));
        }
        if let Some(extra) = line.tokens.get(1) {
            self.report([Diagnostic::error(
                codes::LINE_END,
                self.span(*extra),
                "the header stands alone on its line",
            )
            .here("belongs on a line of its own")
            .fix(
                Span {
                    end: extra.start,
                    ..self.span(*extra)
                },
                "\n\n",
                "begin a new line",
            )]);
        }
        if line.block.is_some() && line.tokens.len() == 1 {
            self.no_tail(line, false);
        }
        let digits = head.text(self.text).trim_start_matches("#sbt").trim();
        let edition = digits.parse::<u32>().ok();
        if edition != Some(EDITION) {
            self.report([Diagnostic::error(
                codes::UNKNOWN_EDITION,
                self.span(head),
                format!("edition {digits} is not known to this compiler, which knows edition {EDITION}"),
            )
            .here("written for another edition")
            .note("an edition fixes what every word of a program means; a program is never read as another edition")
            .help(format!("write `#sbt {EDITION}`, or use a newer sixbtc"))]);
        }
        (edition.or(Some(0)), 1)
    }

    fn missing_header(&mut self, garbled: Option<Span>, misplaced: Option<&Line>) {
        let at = Span::new(
            self.file,
            0,
            self.text
                .find(['\n', '\r'])
                .unwrap_or(self.text.len())
                .min(80),
        );
        let start = if self.text.starts_with('\u{FEFF}') {
            3
        } else {
            0
        };
        let mut diagnostic = Diagnostic::error(
            codes::MISSING_HEADER,
            garbled.unwrap_or(Span { start, end: floor(self.text, at.end), ..at }),
            "the file must begin with the line `#sbt 1`",
        )
        .note("the header names the edition of the language, and tells these files from Scala's .sbt files");
        if let Some(span) = garbled {
            diagnostic = diagnostic
                .here("not a header")
                .fix(span, "#sbt 1", "write the header");
        } else if let Some(line) = misplaced {
            self.moved_header = true;
            diagnostic = diagnostic
                .here("something stands before the header")
                .label(self.tokens_span(&line.tokens), "the header is here")
                .help("move the header to the first line");
        } else {
            diagnostic = diagnostic
                .here("before this")
                .help("insert `#sbt 1` as the first line")
                .fix(
                    Span {
                        start,
                        end: start,
                        ..at
                    },
                    "#sbt 1\n\n",
                    "insert the header",
                );
        }
        self.report([diagnostic]);
    }

    fn loose_brace(&mut self, loose: &LooseBrace) {
        let diagnostic = match loose {
            LooseBrace::Unclosed {
                open,
                head,
                after,
                indent,
            } => {
                let end = Span {
                    file: self.file,
                    start: *after,
                    end: *after,
                };
                let what = match head.token {
                    Token::Word => format!(
                        "the block of this `{}` is never closed",
                        head.text(self.text)
                    ),
                    _ => "this block is never closed".to_owned(),
                };
                Diagnostic::error(codes::UNCLOSED_BRACE, self.span(*open), what)
                    .here("opened here")
                    .label(end, "a line with `}` is missing after this")
                    .help("close the block with `}` on a line of its own")
                    .fix(
                        end,
                        format!("\n{}}}", " ".repeat(*indent as usize)),
                        "close the block",
                    )
            }
            LooseBrace::Extra(close) => Diagnostic::error(
                codes::EXTRA_BRACE,
                self.span(*close),
                "this `}` closes nothing",
            )
            .here("no block is open, or one is closed too early here")
            .help("delete it")
            .fix(self.span(*close), "", "delete the brace"),
        };
        self.report([diagnostic]);
    }

    /// What stands after a `}` on its line, or a block that does not belong to the statement.
    fn no_tail(&mut self, line: &Line, block_allowed: bool) {
        if let Some(extra) = line.junk.first() {
            self.report([Diagnostic::error(
                codes::LINE_END,
                self.span(*extra),
                "the line should end after `}`",
            )
            .here("does not belong here")
            .help("begin a new line after `}`")]);
        } else if let (Some(block), false) = (&line.block, block_allowed) {
            let word = self.word(&line.tokens, 0).to_owned();
            let message = if word.is_empty() {
                "a block belongs to no statement".to_owned()
            } else {
                format!("`{word}` takes no block")
            };
            self.report([Diagnostic::error(codes::LINE_END, self.span(block.open), message)
                .here("the statement should end before this")
                .note("blocks follow `on 4h`, `enter …` and the heads of strategies, indicators and tests")]);
        }
    }

    /// An item that needs a block and has none.
    fn lacks_block(&self, line: &Line) -> bool {
        line.block.is_none()
            && matches!(
                self.word(&line.tokens, 0),
                "strategy" | "portfolio" | "indicator" | "test"
            )
    }
}

fn error_expr(span: Span) -> Expr {
    Expr {
        kind: ExprKind::Error,
        span,
    }
}

/// The nearest character boundary at or before the offset.
fn floor(text: &str, at: u32) -> u32 {
    let mut at = (at as usize).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at as u32
}
