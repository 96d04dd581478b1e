//! What tokens alone can't tell: which `-` is a sign, which `(` belongs to a call, where clauses begin.

use crate::codes;
use pest::Parser;
use pest::iterators::Pair;
use sbt_diagnostics::{Diagnostic, FileId, Span};
use sbt_grammar::{Rule, SbtParser, Token};
use std::collections::HashSet;

/// Sets of token offsets.
#[derive(Default)]
pub(super) struct Marks {
    tight_before: HashSet<u32>,
    tight_after: HashSet<u32>,
    clauses: HashSet<u32>,
    own_line: HashSet<u32>,
    legs: HashSet<u32>,
    blanks: HashSet<u32>,
}

impl Marks {
    /// Reads the whole file with the grammar.
    pub(super) fn read(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let pairs = SbtParser::parse(Rule::file, text).map_err(|error| {
            let at = match error.location {
                pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => {
                    at
                }
            };
            vec![Diagnostic::error(
                codes::UNEXPECTED,
                Span::new(FileId(0), at, at),
                "this file can't be laid out",
            )]
        })?;
        let mut marks = Self::default();
        for pair in pairs.flatten() {
            marks.see(&pair);
        }
        marks.find_blanks(text);
        Ok(marks)
    }

    fn see(&mut self, pair: &Pair<'_, Rule>) {
        let start = pair.as_span().start() as u32;
        let inside = |rule: Rule| {
            pair.clone()
                .into_inner()
                .filter(move |p| p.as_rule() == rule)
                .map(|p| p.as_span().start() as u32)
        };
        match pair.as_rule() {
            Rule::neg | Rule::power => {
                self.tight_after.insert(start);
            }
            Rule::index | Rule::formals => {
                self.tight_before.insert(start);
            }
            Rule::call | Rule::fold => self.tight_before.extend(inside(Rule::lparen)),
            Rule::set => {
                self.tight_after.extend(inside(Rule::lbrace));
                self.tight_before.extend(inside(Rule::rbrace));
            }
            Rule::init | Rule::settle | Rule::weight => {
                self.clauses.insert(start);
            }
            Rule::at | Rule::rebalance => {
                self.own_line.insert(start);
            }
            Rule::bracket => {
                for leg in pair.clone().into_inner() {
                    if !matches!(leg.as_rule(), Rule::lbrace | Rule::rbrace) {
                        self.legs.insert(leg.as_span().start() as u32);
                    }
                }
            }
            _ => {}
        }
    }

    fn find_blanks(&mut self, text: &str) {
        let mut newlines = 0;
        for lexed in sbt_grammar::lex(text) {
            if lexed.token == Token::Newline {
                newlines += 1;
                continue;
            }
            if newlines > 1 {
                self.blanks.insert(lexed.start);
            }
            newlines = 0;
        }
    }

    /// No space before this token.
    pub(super) fn tight_before(&self, start: u32) -> bool {
        self.tight_before.contains(&start)
    }

    /// No space after this token.
    pub(super) fn tight_after(&self, start: u32) -> bool {
        self.tight_after.contains(&start)
    }

    /// A long line may break before this token: it begins a clause.
    pub(super) fn clause(&self, start: u32) -> bool {
        self.clauses.contains(&start)
    }

    /// This token begins a clause with a line of its own.
    pub(super) fn own_line(&self, start: u32) -> bool {
        self.own_line.contains(&start)
    }

    /// The first word of a leg.
    pub(super) fn leg(&self, start: u32) -> bool {
        self.legs.contains(&start)
    }

    /// A blank line stands before this token.
    pub(super) fn blank_before(&self, start: u32) -> bool {
        self.blanks.contains(&start)
    }
}
