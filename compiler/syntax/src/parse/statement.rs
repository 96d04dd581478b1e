//! Statements, and the names that broken ones meant to bind.

use super::{Reader, error_expr};
use crate::ast::{Decl, Enter, Ident, Leg, Side, Stmt};
use crate::codes;
use crate::cut::Line;
use crate::explain::{Place, misplaced, unknown_statement};
use crate::lower::Lower;
use sbt_diagnostics::Diagnostic;
use sbt_grammar::{Lexed, Rule, Token};

impl Reader<'_, '_> {
    /// `let` or `rec`; anything else is reported. A broken one still binds its names, to error values.
    pub(super) fn decl(&mut self, line: &Line, place: Place, out: &mut Vec<Decl>) {
        let rule = match self.word(&line.tokens, 0) {
            "let" => Rule::only_let,
            "rec" => Rule::only_rec,
            _ => {
                let found = self.no_statement(line, place);
                self.report(found);
                out.extend(self.poison(&line.tokens));
                return;
            }
        };
        let before = self.diagnostics.len();
        match self.known_piece(rule, &line.tokens, Lower::decl) {
            Some(decl) => out.push(decl),
            None => out.extend(self.poison(&line.tokens)),
        }
        if self.diagnostics.len() == before {
            self.no_tail(line, false);
        }
    }

    pub(super) fn no_statement(&self, line: &Line, place: Place) -> Vec<Diagnostic> {
        if self.full() {
            return Vec::new();
        }
        let word = self.word(&line.tokens, 0);
        if let Some(found) = misplaced(self.text, self.file, &line.tokens, place) {
            return vec![found];
        }
        let span = self.line_span(line);
        if line.tokens.is_empty() {
            return vec![
                Diagnostic::error(
                    codes::UNKNOWN_STATEMENT,
                    span,
                    "a block belongs to no statement",
                )
                .here("no statement begins with `{`"),
            ];
        }
        debug_assert!(!word.is_empty() || line.tokens[0].token != Token::Word);
        unknown_statement(self.text, self.file, &line.tokens, place)
    }

    /// The names a broken statement meant to bind, so that their uses are not reported as unknown.
    pub(super) fn poison(&self, tokens: &[Lexed]) -> Option<Decl> {
        let span = self.tokens_span(tokens);
        let named = |at: usize| {
            let lexed = tokens.get(at).filter(|l| l.token == Token::Word)?;
            let name = lexed.text(self.text).to_owned();
            (!sbt_grammar::is_reserved(&name)).then(|| Ident {
                name,
                span: self.span(*lexed),
            })
        };
        let kind = |at: usize| tokens.get(at).map(|l| l.token);
        let mut names = Vec::new();
        let mut tuple = false;
        match self.word(tokens, 0) {
            "let" | "rec" | "param" | "var" | "varip" | "const" | "float" | "int" | "bool"
                if kind(1) == Some(Token::LParen) =>
            {
                tuple = true;
                let end = tokens
                    .iter()
                    .position(|l| l.token == Token::RParen)
                    .unwrap_or(tokens.len());
                names.extend((2..end).filter_map(named));
            }
            "let" | "rec" | "param" | "var" | "varip" | "const" | "float" | "int" | "bool" => {
                let typed = named(2).is_some() && kind(3) == Some(Token::Assign);
                names.extend(if typed { named(2) } else { named(1) });
            }
            _ if matches!(
                kind(1),
                Some(Token::Assign | Token::ColonAssign | Token::Colon)
            ) =>
            {
                names.extend(named(0));
            }
            _ => {}
        }
        if names.is_empty() {
            return None;
        }
        Some(Decl::Let {
            names,
            tuple,
            ty: None,
            value: error_expr(span),
            span,
        })
    }

    pub(super) fn statement(&mut self, line: &Line, place: Place, out: &mut Vec<Stmt>) {
        let span = self.line_span(line);
        let tokens = &line.tokens;
        let word = self.word(tokens, 0);
        let rule = match word {
            "on" if line.block.is_some() => return self.on_block(line, out),
            "enter" => return self.enter(line, out),
            "on" => Rule::only_clock,
            "param" => Rule::only_param,
            "require" => Rule::only_require,
            "let" => Rule::only_let,
            "rec" => Rule::only_rec,
            "exit" => Rule::only_exit,
            "limit" => Rule::only_limit,
            "size" => Rule::only_size,
            "plot" => Rule::only_plot,
            "alert" => Rule::only_alert,
            "universe" if place == Place::Portfolio => Rule::only_universe,
            "hold" if place == Place::Portfolio => Rule::only_hold,
            _ => {
                let found = self.no_statement(line, place);
                self.report(found);
                out.push(self.poison(tokens).map_or(Stmt::Error(span), Stmt::Decl));
                return;
            }
        };
        let before = self.diagnostics.len();
        let parsed = self.known_piece(rule, tokens, Lower::statement).flatten();
        if self.diagnostics.len() == before {
            self.no_tail(line, false);
        }
        out.push(
            parsed.unwrap_or_else(|| self.poison(tokens).map_or(Stmt::Error(span), Stmt::Decl)),
        );
    }

    pub(super) fn on_block(&mut self, line: &Line, out: &mut Vec<Stmt>) {
        let span = self.line_span(line);
        let head = self.piece(Rule::only_on_head, &line.tokens, Lower::on_head);
        self.no_tail(line, true);
        let mut body = Vec::new();
        for inner in line.block.iter().flat_map(|b| &b.lines) {
            self.decl(inner, Place::Clock, &mut body);
        }
        match head {
            Some((timeframe, of)) => out.push(Stmt::On {
                timeframe,
                of,
                body,
                span,
            }),
            // Without its clock the block binds nothing usable, but it does bind names.
            None => out.extend(body.into_iter().map(|decl| {
                let (names, tuple, span) = match decl {
                    Decl::Let {
                        names, tuple, span, ..
                    } => (names, tuple, span),
                    Decl::Rec { name, span, .. } => (vec![name], false, span),
                };
                Stmt::Decl(Decl::Let {
                    names,
                    tuple,
                    ty: None,
                    value: error_expr(span),
                    span,
                })
            })),
        }
    }

    pub(super) fn enter(&mut self, line: &Line, out: &mut Vec<Stmt>) {
        let span = self.line_span(line);
        let head = self
            .known_piece(Rule::only_enter_head, &line.tokens, Lower::statement)
            .flatten();
        self.no_tail(line, true);
        let legs: Vec<Leg> = line
            .block
            .iter()
            .flat_map(|b| &b.lines)
            .map(|inner| self.leg(inner))
            .collect();
        match head {
            Some(Stmt::Enter(enter)) => out.push(Stmt::Enter(Enter {
                legs,
                span,
                ..enter
            })),
            // The side is enough to keep the legs checked.
            _ => out.push(match self.word(&line.tokens, 1) {
                side @ ("long" | "short") => Stmt::Enter(Enter {
                    side: if side == "long" {
                        Side::Long
                    } else {
                        Side::Short
                    },
                    label: line
                        .tokens
                        .get(2)
                        .filter(|l| l.token == Token::Label)
                        .map(|l| Ident {
                            name: l.text(self.text).trim_start_matches('#').to_owned(),
                            span: self.span(*l),
                        }),
                    when: error_expr(self.tokens_span(&line.tokens)),
                    at: None,
                    size: None,
                    legs,
                    span,
                }),
                _ => Stmt::Error(span),
            }),
        }
    }

    pub(super) fn leg(&mut self, line: &Line) -> Leg {
        let span = self.line_span(line);
        let rule = match self.word(&line.tokens, 0) {
            "stop"
                if self.word(&line.tokens, 1) == "to"
                    && self.word(&line.tokens, 2) == "breakeven" =>
            {
                Rule::only_breakeven
            }
            "stop" => Rule::only_stop,
            "target" => Rule::only_target,
            "trail" => Rule::only_trail,
            "exit" => Rule::only_exit,
            _ => {
                let found = self.no_statement(line, Place::Bracket);
                self.report(found);
                return Leg::Error(span);
            }
        };
        let before = self.diagnostics.len();
        let leg = self.known_piece(rule, &line.tokens, Lower::leg).flatten();
        if self.diagnostics.len() == before {
            self.no_tail(line, false);
        }
        leg.unwrap_or(Leg::Error(span))
    }
}
