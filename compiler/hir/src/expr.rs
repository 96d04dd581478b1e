//! Expressions to nodes.

use crate::check::Checker;
use crate::graph::{NodeId, Prim};
use crate::program::{Val, type_name};
use crate::scope::list_names;
use crate::unit::{Dim, Kind, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{Expr, ExprKind};

impl<'a> Checker<'a> {
    /// Any value.
    pub(crate) fn value(&mut self, e: &'a Expr) -> Val {
        match &e.kind {
            ExprKind::Number(v) => Val::One(self.literal(*v)),
            ExprKind::Percent(v) => Val::One(self.num(*v, Dim::PERCENT)),
            ExprKind::Bars(n) => Val::One(self.num(f64::from(*n), Dim::BARS)),
            ExprKind::Timeframe(ms) => Val::One(self.num(*ms as f64, Dim::of(Kind::Duration))),
            ExprKind::Risk(v) => Val::One(self.num(*v, Dim::of(Kind::Risk))),
            ExprKind::Str(s) => Val::Str(s.clone()),
            ExprKind::Bool(b) => Val::One(self.truth(*b)),
            ExprKind::Name(n) => self.name(n, e.span),
            ExprKind::Call { callee, args } => self.call(callee, args, e.span),
            ExprKind::Index { base, index, max } => self.index(base, index, max.as_deref(), e.span),
            ExprKind::Field { base, field } => self.member(base, field, e.span),
            ExprKind::Unary { op, expr } => self.unary(*op, expr, e.span),
            ExprKind::Binary {
                op,
                op_span,
                lhs,
                rhs,
            } => self.binary(*op, *op_span, lhs, rhs, e.span),
            ExprKind::Within { expr, range } => self.within(expr, range, e.span),
            ExprKind::OneOf { expr, items } => self.one_of(expr, items, e.span),
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => self.conditional(cond, then, otherwise, e.span),
            ExprKind::Fold {
                op,
                var,
                range,
                body,
            } => self.fold_expr(*op, var, range, body, e.span),
            ExprKind::On {
                timeframe,
                of,
                body,
            } => self.on_expr(timeframe, of.as_ref(), body, e.span),
            ExprKind::Paren(inner) => self.value(inner),
            ExprKind::Error => Val::Error,
        }
    }

    /// A single value; anything else is reported.
    pub(crate) fn one(&mut self, e: &'a Expr) -> NodeId {
        let val = self.value(e);
        self.single(val, e.span)
    }

    /// Turns a value into a single node or reports why it is none.
    pub(crate) fn single(&mut self, val: Val, span: Span) -> NodeId {
        let d = match val {
            Val::One(n) => return n,
            Val::Error => return self.error_node(),
            Val::Optional(v, p) if self.g.node(v).ty == Type::Bool => return self.prim(Prim::And, &[v, p], Type::Bool),
            Val::Optional(..) => Diagnostic::error("E0210", span, "this value may be missing")
                .here("another symbol may have no bar here")
                .note("a value that can be absent must say what happens then")
                .help(format!("write `{} ?? …` with what to use instead", self.quote(span))),
            Val::Record(fields) => {
                let names: Vec<String> = fields.into_iter().map(|f| f.0).collect();
                Diagnostic::error("E0206", span, "several values where one is needed")
                    .here(format!("has the outputs {}", list_names(&names)))
                    .help(format!("choose one: `{}.{}`", self.quote(span), names.first().map_or("", |s| s.as_str())))
            }
            Val::Str(_) => Diagnostic::error("E0206", span, "a text is not a value").here("only calls and titles take text"),
            Val::Forming(_) => Diagnostic::error("E0206", span, "an unfinished bar is not a single value")
                .here("has `open`, `high`, `low`, `close` and `volume`")
                .help(format!("choose one: `{}.high`", self.quote(span))),
            Val::Position => Diagnostic::error("E0206", span, "`position` is not a single value")
                .here("has `bars`, `profit`, `entry`, `size`, `side`, `is_long`, `is_short` and `is_flat`"),
            Val::Session => Diagnostic::error("E0206", span, "`session` is not a single value")
                .here("has `active`, `start` and `end`"),
            Val::EnumName(id) => {
                let (name, members) = self.defs.enum_list[id.0 as usize].clone();
                Diagnostic::error("E0206", span, format!("`{name}` is an enum, not a value"))
                    .here(format!("has the members {}", list_names(&members)))
            }
        };
        self.report(d);
        self.error_node()
    }

    /// A truth value.
    pub(crate) fn boolean(&mut self, e: &'a Expr, what: &str) -> NodeId {
        let n = self.one(e);
        match self.g.node(n).ty {
            Type::Bool => n,
            Type::Error => self.truth(false),
            ty => {
                let shown = type_name(ty, &self.defs.enum_list);
                self.report(
                    Diagnostic::error("E0204", e.span, format!("{what} must be true or false"))
                        .here(format!("this is a number ({shown})"))
                        .help(format!(
                            "compare it with something: `{} > …`",
                            self.quote(e.span)
                        )),
                );
                self.truth(false)
            }
        }
    }

    /// A number; its unit.
    pub(crate) fn number(&mut self, e: &'a Expr) -> (NodeId, Option<Dim>) {
        let n = self.one(e);
        match self.g.node(n).ty {
            Type::Num(d) => (n, Some(d)),
            Type::Error => (n, None),
            ty => {
                let shown = type_name(ty, &self.defs.enum_list);
                self.report(
                    Diagnostic::error(
                        "E0205",
                        e.span,
                        format!("a number is needed, this is {shown}"),
                    )
                    .here("not a number")
                    .help("use `if … then … else …` to choose between numbers"),
                );
                (self.error_node(), None)
            }
        }
    }

    pub(crate) fn literal(&mut self, v: f64) -> NodeId {
        let dim = if v == 0.0 {
            Dim::of(Kind::Zero)
        } else if v.fract() == 0.0 {
            Dim::INT
        } else {
            Dim::FLOAT
        };
        self.num(v, dim)
    }
}

/// The expression without its parentheses.
pub(crate) fn strip(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Paren(x) => strip(x),
        _ => e,
    }
}

/// A bound for people.
pub(crate) fn show(v: f64) -> String {
    if v == f64::INFINITY {
        "∞".into()
    } else if v == f64::NEG_INFINITY {
        "−∞".into()
    } else if v.abs() < 1e-300 {
        "0".into()
    } else {
        format!("{v}")
    }
}
