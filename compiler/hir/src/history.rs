//! History: `x[n]`.

use crate::build::MAX_ROWS;
use crate::check::Checker;
use crate::expr::strip;
use crate::graph::{NodeId, NodeKind, Prim};
use crate::interval::Interval;
use crate::program::Val;
use crate::unit::{Dim, Kind, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{Expr, ExprKind, UnaryOp};

impl<'a> Checker<'a> {
    pub(crate) fn index(
        &mut self,
        base: &'a Expr,
        index: &'a Expr,
        max: Option<&'a Expr>,
        span: Span,
    ) -> Val {
        let (n, dim) = self.number(index);
        let Some(dim) = dim else { return Val::Error };
        if !matches!(dim.kind, Kind::Int | Kind::Bars | Kind::Zero) || dim.is_physical() {
            return self.fail(
                Diagnostic::error("E0303", index.span, "history is counted in whole bars")
                    .here(format!("this is {dim}"))
                    .help(format!("round it: `round({})`", self.quote(index.span))),
            );
        }
        let i = self.g.node(n).interval;
        if i.lo < 0.0 && (i.lo.is_finite() || i.hi < 0.0) {
            return self.reads_future(base, index, i, span);
        }
        let bound = match max {
            Some(m) => {
                let (mn, _) = self.number(m);
                if self.g.node(mn).rate == Rate::Series {
                    return self.not_fixed(m.span, mn, "the bound of a history");
                }
                self.g.node(mn).interval.hi
            }
            None if self.g.node(n).rate == Rate::Series => {
                let cause = self
                    .cause(n)
                    .map_or_else(String::new, |c| format!(" because it reads `{c}`"));
                let text = format!(
                    "{}[{} max 100]",
                    self.quote(base.span),
                    self.quote(index.span)
                );
                return self.fail(
                    Diagnostic::error("E0302", index.span, "how far back this reads has no bound")
                        .here(format!("changes every bar{cause}"))
                        .note("the kernel keeps exactly as much history as the program can need")
                        .help(format!("give it a bound: `{text}`"))
                        .guess(span, text, "bound it"),
                );
            }
            None => i.hi,
        };
        if !bound.is_finite() || bound > MAX_ROWS {
            return self.fail(
                Diagnostic::error("E0302", index.span, "how far back this reads has no bound")
                    .here(format!("up to {} bars", crate::expr::show(bound)))
                    .help("give the parameter a range: `param n: bars = 20 in 5..60`"),
            );
        }
        let bound = bound.max(0.0) as u32;
        if let ExprKind::Name(name) = &strip(base).kind
            && let Some((level, slot)) = self.open_rec(name)
        {
            return self.rec_history(level, slot, n, bound, span);
        }
        match self.value(base) {
            Val::One(x) => Val::One(self.history_of(x, n, bound, span)),
            Val::Record(fields) => Val::Record(
                fields
                    .into_iter()
                    .map(|(f, x)| (f, self.history_of(x, n, bound, span)))
                    .collect(),
            ),
            Val::Optional(v, p) => Val::Optional(
                self.history_of(v, n, bound, span),
                self.history_of(p, n, bound, span),
            ),
            other => Val::One(self.single(other, base.span)),
        }
    }

    pub(crate) fn reads_future(
        &mut self,
        base: &'a Expr,
        index: &'a Expr,
        i: Interval,
        span: Span,
    ) -> Val {
        let ahead = -i.lo;
        let mut d = Diagnostic::error("E0301", index.span, "this reads a bar that does not exist yet").note(
            "history counts back from the bar that has just closed: `[0]` is that bar, `[1]` the one before; no expression \
             can reach forward, so that a test and live trading see the same",
        );
        d = match i.single() {
            Some(_) => d.here(format!(
                "{} bar{} into the future",
                ahead,
                if ahead > 1.0 { "s" } else { "" }
            )),
            None => d.here(format!("can be as low as {}", i.lo)),
        };
        if let ExprKind::Unary {
            op: UnaryOp::Neg,
            expr,
        } = &strip(index).kind
        {
            let inside = self.quote(expr.span);
            let text = format!("{}[{inside}]", self.quote(base.span));
            d = d.help(format!("to look {inside} back write `{text}`"));
            d = d.guess(span, text, "look back instead");
        } else if i.single().is_none() {
            d = d.help(
                "keep the index at 0 or more: `max(…, 0)`, or a parameter whose range starts at 0",
            );
        }
        self.fail(d)
    }

    /// `x[n]` with the rules on folds.
    pub(crate) fn history_of(&mut self, x: NodeId, n: NodeId, max: u32, span: Span) -> NodeId {
        let fold = self.g.node(x).deps.fold;
        if fold != 0 && self.g.node(x).rate == Rate::Series && self.g.as_const(n) != Some(0.0) {
            // history of a value that depends on a fold's index: push the delay down to what does not
            return self.delayed(x, n, max, span);
        }
        if self.g.node(x).deps.entry {
            self.report(
                Diagnostic::error("E0312", span, "`entry` has no history")
                    .here("exists only at the moment of the fill"),
            );
            return self.error_node();
        }
        self.hist(x, n, max)
    }

    pub(crate) fn delayed(&mut self, x: NodeId, n: NodeId, max: u32, span: Span) -> NodeId {
        let node = self.g.node(x).clone();
        if node.rate != Rate::Series {
            return x;
        }
        if node.deps.fold == 0 {
            return self.hist(x, n, max);
        }
        match node.kind {
            NodeKind::Prim(op, args) => {
                let args: Vec<NodeId> = args
                    .iter()
                    .map(|a| self.delayed(*a, n, max, span))
                    .collect();
                self.prim(op, &args, node.ty)
            }
            NodeKind::Select(c, a, b) => {
                let (c, a, b) = (
                    self.delayed(c, n, max, span),
                    self.delayed(a, n, max, span),
                    self.delayed(b, n, max, span),
                );
                self.select(c, a, b, node.ty)
            }
            NodeKind::Hist {
                x,
                n: m,
                max: bound,
            } => {
                let sum = self.prim(Prim::Add, &[m, n], Type::Num(Dim::BARS));
                self.hist(x, sum, bound.saturating_add(max))
            }
            _ => {
                self.in_fold(span);
                self.error_node()
            }
        }
    }

    pub(crate) fn in_fold(&mut self, span: Span) {
        self.report(
            Diagnostic::error("E0214", span, "this keeps a memory of its own and depends on a fold's index")
                .here("would need one memory for each step of the fold")
                .help("compute it once outside the fold and read its history inside: `let m = sma(close, 5)` … `m[i]`"),
        );
    }
}
