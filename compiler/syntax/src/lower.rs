//! From pest's pairs to the AST. The grammar fixes the shape of every pair, so nothing here can fail; a value that
//! can't be represented (a number too large) is reported and becomes an error expression.

mod expr;
mod statement;

use crate::ast::{Expr, ExprKind, Ident, Span};
use crate::codes;
use pest::iterators::Pair;
use sbt_diagnostics::{Diagnostic, FileId};
use sbt_grammar::Rule;
use std::cell::RefCell;

/// Turns the pairs of one piece of text into tree nodes.
pub(crate) struct Lower<'t> {
    text: &'t str,
    file: FileId,
    /// Offset of the piece in the text.
    base: usize,
    diagnostics: RefCell<Vec<Diagnostic>>,
}

impl<'t> Lower<'t> {
    /// For the piece that begins at byte `base` of `text`.
    pub(crate) fn new(text: &'t str, file: FileId, base: usize) -> Self {
        Self {
            text,
            file,
            base,
            diagnostics: RefCell::new(Vec::new()),
        }
    }

    /// What was wrong with values that were well-formed.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        self.diagnostics.into_inner()
    }

    fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        Span::new(self.file, self.base + span.start(), self.base + span.end())
    }

    /// The span without trailing space: pest ends a rule after the space that it skipped in vain.
    fn tight(&self, pair: &Pair<'_, Rule>) -> Span {
        let start = self.base + pair.as_span().start();
        Span::new(self.file, start, start + pair.as_str().trim_end().len())
    }

    fn ident(&self, pair: &Pair<'_, Rule>) -> Ident {
        Ident {
            name: pair.as_str().to_owned(),
            span: self.span(pair),
        }
    }

    /// The first child of that rule, as a name.
    fn name_in(&self, pair: &Pair<'_, Rule>) -> Ident {
        pair.clone()
            .into_inner()
            .find(|p| p.as_rule() == Rule::ident)
            .map_or_else(
                || Ident {
                    name: String::new(),
                    span: self.span(pair),
                },
                |p| self.ident(&p),
            )
    }

    fn missing(&self, pair: &Pair<'_, Rule>) -> Expr {
        Expr {
            kind: ExprKind::Error,
            span: self.span(pair),
        }
    }

    /// The first expression below a pair.
    fn expr_in(&self, pair: &Pair<'_, Rule>) -> Expr {
        pair.clone()
            .into_inner()
            .find(|p| matches!(p.as_rule(), Rule::expr | Rule::arith))
            .map_or_else(|| self.missing(pair), |p| self.expr(&p))
    }

    /// All expressions directly below a pair.
    fn exprs_in(&self, pair: &Pair<'_, Rule>) -> Vec<Expr> {
        pair.clone()
            .into_inner()
            .filter(|p| p.as_rule() == Rule::expr)
            .map(|p| self.expr(&p))
            .collect()
    }

    fn out_of_range(&self, span: Span, what: &str) -> ExprKind {
        self.report(
            Diagnostic::error(codes::NUMBER_FORM, span, format!("{what} is too large"))
                .here("more than the language can hold"),
        );
        ExprKind::Error
    }
}

/// The text between the quotes.
pub(crate) fn unquoted(text: &str) -> String {
    text.trim_matches('"').to_owned()
}
