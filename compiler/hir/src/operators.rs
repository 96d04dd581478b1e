//! Operators and conditionals, with the rules of units.

use crate::check::Checker;
use crate::graph::{NodeId, NodeKind, Prim};
use crate::interval::Interval;
use crate::ops::{Clash, Operand, arithmetic, comparable, unify};
use crate::program::{Val, type_name};
use crate::unit::{Dim, Kind, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{BinaryOp, Expr, ExprKind, Range, UnaryOp};

use crate::expr::{show, strip};

impl<'a> Checker<'a> {
    pub(crate) fn operand(e: &Expr, dim: Dim) -> Operand {
        fn bare(e: &Expr) -> bool {
            match &e.kind {
                ExprKind::Number(_) => true,
                ExprKind::Paren(x)
                | ExprKind::Unary {
                    op: UnaryOp::Neg,
                    expr: x,
                } => bare(x),
                _ => false,
            }
        }
        Operand {
            dim,
            literal: bare(e),
        }
    }

    pub(crate) fn unary(&mut self, op: UnaryOp, e: &'a Expr, span: Span) -> Val {
        match op {
            UnaryOp::Neg => {
                let (n, dim) = self.number(e);
                let Some(dim) = dim else { return Val::Error };
                if matches!(dim.kind, Kind::Time) {
                    return self.fail(
                        Diagnostic::error("E0404", span, "a time cannot be negated")
                            .here("this is a time"),
                    );
                }
                Val::One(self.prim(Prim::Neg, &[n], Type::Num(dim)))
            }
            UnaryOp::Not => {
                let n = self.boolean(e, "what follows `not`");
                let inner = strip(e);
                if let ExprKind::Binary { op, .. } = &inner.kind
                    && matches!(
                        op,
                        BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge
                    )
                    && self.calls.is_empty()
                {
                    self.lint_not_comparison(inner, *op, n, span);
                }
                Val::One(self.prim(Prim::Not, &[n], Type::Bool))
            }
        }
    }

    pub(crate) fn lint_not_comparison(
        &mut self,
        inner: &'a Expr,
        op: BinaryOp,
        n: NodeId,
        span: Span,
    ) {
        // only where a NaN can arise at all: a quotient or a root below
        if !self.may_be_nan(n, 0) {
            return;
        }
        let opposite = match op {
            BinaryOp::Lt => ">=",
            BinaryOp::Le => ">",
            BinaryOp::Gt => "<=",
            _ => "<",
        };
        if let ExprKind::Binary { lhs, rhs, .. } = &inner.kind {
            let text = format!(
                "{} {opposite} {}",
                self.quote(lhs.span),
                self.quote(rhs.span)
            );
            self.report(
                Diagnostic::warning(
                    "W1301",
                    span,
                    "`not` of a comparison is true when a side is not a number",
                )
                .here("true for 0/0")
                .note("a comparison with NaN is false, so its negation is true")
                .help(format!("write `{text}`"))
                .fix(span, text, "use the opposite comparison"),
            );
        }
    }

    pub(crate) fn may_be_nan(&self, id: NodeId, depth: u32) -> bool {
        if depth > 12 {
            return false;
        }
        match &self.g.node(id).kind {
            NodeKind::Prim(Prim::Div, a) if self.g.node(a[1]).interval.has_zero() => true,
            NodeKind::Prim(Prim::Sqrt | Prim::Log | Prim::Log10, a)
                if self.g.node(a[0]).interval.lo < 0.0 =>
            {
                true
            }
            NodeKind::Prim(_, a) => a.iter().any(|x| self.may_be_nan(*x, depth + 1)),
            NodeKind::Hist { x, .. } | NodeKind::Current(x) => self.may_be_nan(*x, depth + 1),
            NodeKind::Select(_, a, b) => {
                self.may_be_nan(*a, depth + 1) || self.may_be_nan(*b, depth + 1)
            }
            _ => false,
        }
    }

    pub(crate) fn binary(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        lhs: &'a Expr,
        rhs: &'a Expr,
        span: Span,
    ) -> Val {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let word = if op == BinaryOp::And { "and" } else { "or" };
                let a = self.boolean(lhs, &format!("the left side of `{word}`"));
                let b = self.boolean(rhs, &format!("the right side of `{word}`"));
                let prim = if op == BinaryOp::And {
                    Prim::And
                } else {
                    Prim::Or
                };
                Val::One(self.prim(prim, &[a, b], Type::Bool))
            }
            BinaryOp::OrElse => self.or_else(lhs, rhs, op_span),
            BinaryOp::Eq | BinaryOp::Ne => self.equality(op, op_span, lhs, rhs, span),
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                let (a, b) = self.comparable_pair(lhs, rhs, op_span);
                let prim = match op {
                    BinaryOp::Lt => Prim::Lt,
                    BinaryOp::Le => Prim::Le,
                    BinaryOp::Gt => Prim::Gt,
                    _ => Prim::Ge,
                };
                let (Some(a), Some(b)) = (a, b) else {
                    return Val::One(self.truth_error());
                };
                Val::One(self.compare(prim, a, b, span))
            }
            BinaryOp::Crosses | BinaryOp::CrossesAbove | BinaryOp::CrossesBelow => {
                let (a, b) = self.comparable_pair(lhs, rhs, op_span);
                let (Some(a), Some(b)) = (a, b) else {
                    return Val::One(self.truth_error());
                };
                let one = self.num(1.0, Dim::BARS);
                let (a1, b1) = (
                    self.history_of(a, one, 1, span),
                    self.history_of(b, one, 1, span),
                );
                let crossed = |c: &mut Self, now: Prim, before: Prim| {
                    let x = c.prim(now, &[a, b], Type::Bool);
                    let y = c.prim(before, &[a1, b1], Type::Bool);
                    c.prim(Prim::And, &[x, y], Type::Bool)
                };
                Val::One(match op {
                    BinaryOp::CrossesAbove => crossed(self, Prim::Gt, Prim::Le),
                    BinaryOp::CrossesBelow => crossed(self, Prim::Lt, Prim::Ge),
                    _ => {
                        let up = crossed(self, Prim::Gt, Prim::Le);
                        let down = crossed(self, Prim::Lt, Prim::Ge);
                        self.prim(Prim::Or, &[up, down], Type::Bool)
                    }
                })
            }
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => {
                self.arithmetic(op, op_span, lhs, rhs, span)
            }
        }
    }

    pub(crate) fn truth_error(&mut self) -> NodeId {
        self.error_node()
    }

    /// A comparison node; warns when the bounds of both sides already decide it.
    pub(crate) fn compare(&mut self, prim: Prim, a: NodeId, b: NodeId, span: Span) -> NodeId {
        let n = self.prim(prim, &[a, b], Type::Bool);
        let series = self.g.node(n).rate == Rate::Series;
        if self.calls.is_empty() && series && !self.claims {
            let (x, y) = (self.g.node(a).interval, self.g.node(b).interval);
            let (always, never) = match prim {
                Prim::Lt => (x.hi < y.lo, x.lo >= y.hi),
                Prim::Le => (x.hi <= y.lo, x.lo > y.hi),
                Prim::Gt => (x.lo > y.hi, x.hi <= y.lo),
                _ => (x.lo >= y.hi, x.hi < y.lo),
            };
            let range = |i: Interval| format!("{}..{}", show(i.lo), show(i.hi));
            let note = format!(
                "the left side lies in {}, the right in {}",
                range(x),
                range(y)
            );
            if never {
                self.report(
                    Diagnostic::warning("W1201", span, "this condition is never true")
                        .here("never true")
                        .note(note),
                );
            } else if always {
                self.report(
                    Diagnostic::warning("W1202", span, "this condition is always true")
                        .here("always true")
                        .note(note),
                );
            }
        }
        n
    }

    pub(crate) fn comparable_pair(
        &mut self,
        lhs: &'a Expr,
        rhs: &'a Expr,
        op_span: Span,
    ) -> (Option<NodeId>, Option<NodeId>) {
        let (a, x) = self.number(lhs);
        let (b, y) = self.number(rhs);
        let (Some(x), Some(y)) = (x, y) else {
            return (None, None);
        };
        match comparable(Self::operand(lhs, x), Self::operand(rhs, y)) {
            Ok(()) => (Some(a), Some(b)),
            Err(clash) => {
                self.clash("E0401", "compared", clash, (lhs, x), (rhs, y), op_span);
                (None, None)
            }
        }
    }

    pub(crate) fn equality(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        lhs: &'a Expr,
        rhs: &'a Expr,
        span: Span,
    ) -> Val {
        let a = self.one(lhs);
        let b = self.one(rhs);
        let (x, y) = (self.g.node(a).ty, self.g.node(b).ty);
        let (eq, ne) = (op == BinaryOp::Eq, op == BinaryOp::Ne);
        match (x, y) {
            (Type::Error, _) | (_, Type::Error) => Val::One(self.truth_error()),
            (Type::Bool, Type::Bool) => {
                let differ = self.prim(Prim::Xor, &[a, b], Type::Bool);
                Val::One(if ne {
                    differ
                } else {
                    self.prim(Prim::Not, &[differ], Type::Bool)
                })
            }
            (Type::Enum(p), Type::Enum(q)) if p == q => {
                Val::One(self.prim(if eq { Prim::Eq } else { Prim::Ne }, &[a, b], Type::Bool))
            }
            (Type::Num(p), Type::Num(q)) => {
                match comparable(Self::operand(lhs, p), Self::operand(rhs, q)) {
                    Ok(()) => Val::One(self.prim(
                        if eq { Prim::Eq } else { Prim::Ne },
                        &[a, b],
                        Type::Bool,
                    )),
                    Err(clash) => {
                        self.clash("E0401", "compared", clash, (lhs, p), (rhs, q), op_span);
                        Val::One(self.truth_error())
                    }
                }
            }
            _ => {
                let (p, q) = (
                    type_name(x, &self.defs.enum_list),
                    type_name(y, &self.defs.enum_list),
                );
                self.fail(
                    Diagnostic::error("E0201", span, format!("{p} and {q} cannot be equal"))
                        .here("unlike types")
                        .label(lhs.span, p)
                        .label(rhs.span, q),
                )
            }
        }
    }

    pub(crate) fn arithmetic(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        lhs: &'a Expr,
        rhs: &'a Expr,
        span: Span,
    ) -> Val {
        let (a, x) = self.number(lhs);
        let (b, y) = self.number(rhs);
        let (Some(x), Some(y)) = (x, y) else {
            return Val::Error;
        };
        let dim = match arithmetic(op, Self::operand(lhs, x), Self::operand(rhs, y)) {
            Ok(dim) => dim,
            Err(clash) => {
                let word = match op {
                    BinaryOp::Add => "added",
                    BinaryOp::Sub => "subtracted",
                    BinaryOp::Mul => "multiplied",
                    BinaryOp::Div => "divided",
                    _ => "reduced by each other",
                };
                let code = if clash == Clash::PlusPercent {
                    "E0402"
                } else {
                    "E0401"
                };
                self.clash(code, word, clash, (lhs, x), (rhs, y), op_span);
                return Val::Error;
            }
        };
        let prim = match op {
            BinaryOp::Add => Prim::Add,
            BinaryOp::Sub => Prim::Sub,
            BinaryOp::Mul => Prim::Mul,
            BinaryOp::Div => Prim::Div,
            _ => Prim::Mod,
        };
        if prim == Prim::Div
            && self.g.node(b).interval.single() == Some(0.0)
            && self.calls.is_empty()
        {
            self.report(
                Diagnostic::warning("W1401", span, "this divides by zero on every bar")
                    .here("the result is never a finite number")
                    .label(rhs.span, "always 0"),
            );
        }
        Val::One(self.prim(prim, &[a, b], Type::Num(dim)))
    }

    pub(crate) fn clash(
        &mut self,
        code: &'static str,
        word: &str,
        clash: Clash,
        l: (&Expr, Dim),
        r: (&Expr, Dim),
        op: Span,
    ) {
        let mut d = Diagnostic::error(code, op, format!("{} and {} cannot be {word}", l.1, r.1))
            .here("unlike units")
            .label(l.0.span, l.1.to_string())
            .label(r.0.span, r.1.to_string());
        match clash {
            Clash::PlusPercent => {
                let (base, pct) = if l.1.kind == Kind::Percent {
                    (r.0, l.0)
                } else {
                    (l.0, r.0)
                };
                let sign = if word == "subtracted" { "-" } else { "+" };
                let text = format!(
                    "{} * (1 {sign} {})",
                    self.quote(base.span),
                    self.quote(pct.span)
                );
                d.message = format!(
                    "a percentage cannot be {word} {} a {}",
                    if sign == "-" { "from" } else { "to" },
                    if l.1.kind == Kind::Percent { r.1 } else { l.1 }
                );
                d = d.note("a percentage is a share of something: say of what");
                d = d.help(format!("write `{text}`"));
                if l.1.kind != Kind::Percent {
                    d = d.fix(
                        l.0.span.to(r.0.span),
                        text,
                        "take the percentage of the value",
                    );
                }
            }
            Clash::Bare => {
                let (bare, dim) = if r.1.is_physical() {
                    (l.0, r.1)
                } else {
                    (r.0, l.1)
                };
                d = d.note("a bare number has no unit; like is compared with like");
                let name = dim.to_string();
                if ["price", "quantity", "money"].contains(&name.as_str()) {
                    let text = format!("{name}({})", self.quote(bare.span));
                    d = d.help(format!("give it the unit: `{text}`")).fix(
                        bare.span,
                        text,
                        format!("make it a {name}"),
                    );
                } else {
                    d = d.help("strip the unit of the other side: `float(…)`");
                }
            }
            Clash::Unlike => {
                d = d.note("only values of one kind can be put side by side");
                if l.1.kind == Kind::Percent && r.1.is_plain()
                    || r.1.kind == Kind::Percent && l.1.is_plain()
                {
                    let (pct, number) = if l.1.kind == Kind::Percent {
                        (l.0, r.0)
                    } else {
                        (r.0, l.0)
                    };
                    d = d.help(format!(
                        "if `{}` is a fraction (0.02 for two percent), write `percent({})`; if it counts to 100, compare \
                         with a number",
                        self.quote(number.span),
                        self.quote(number.span)
                    ));
                    let _ = pct;
                }
            }
            Clash::Never => d = d.note("there is no meaning to this in the language"),
        }
        self.report(d);
    }

    pub(crate) fn or_else(&mut self, lhs: &'a Expr, rhs: &'a Expr, op_span: Span) -> Val {
        let a = self.value(lhs);
        let b = self.one(rhs);
        match a {
            Val::Error => Val::Error,
            Val::Optional(v, p) => {
                let (x, y) = (self.g.node(v).ty, self.g.node(b).ty);
                match Self::common_type(x, y) {
                    Some(ty) => Val::One(self.select(p, v, b, ty)),
                    None => self.type_clash(lhs.span, x, rhs.span, y, op_span),
                }
            }
            _ => self.fail(
                Diagnostic::error(
                    "E0211",
                    op_span,
                    "`??` follows a value that is never missing",
                )
                .here("the right side can never be used")
                .label(lhs.span, "always there")
                .help(format!("write `{}`", self.quote(lhs.span)))
                .fix(lhs.span.to(rhs.span), self.quote(lhs.span), "drop the `??`"),
            ),
        }
    }

    /// The type that both branches have.
    pub(crate) fn common_type(a: Type, b: Type) -> Option<Type> {
        match (a, b) {
            (Type::Error, t) | (t, Type::Error) => Some(t),
            (Type::Num(x), Type::Num(y)) => unify(x, y).map(Type::Num),
            _ if a == b => Some(a),
            _ => None,
        }
    }

    pub(crate) fn type_clash(&mut self, a: Span, x: Type, b: Span, y: Type, at: Span) -> Val {
        let (p, q) = (
            type_name(x, &self.defs.enum_list),
            type_name(y, &self.defs.enum_list),
        );
        self.fail(
            Diagnostic::error(
                "E0201",
                at,
                format!("both sides must be of one kind, not {p} and {q}"),
            )
            .here("unlike types")
            .label(a, p)
            .label(b, q),
        )
    }

    pub(crate) fn within(&mut self, e: &'a Expr, range: &'a Range, span: Span) -> Val {
        let (n, x) = self.number(e);
        let (lo, l) = self.number(&range.lo);
        let (hi, h) = self.number(&range.hi);
        let (Some(x), Some(l), Some(h)) = (x, l, h) else {
            return Val::One(self.truth_error());
        };
        for (bound, d) in [(&range.lo, l), (&range.hi, h)] {
            if let Err(c) = comparable(Self::operand(e, x), Self::operand(bound, d)) {
                self.clash("E0401", "compared", c, (e, x), (bound, d), range.span);
                return Val::One(self.truth_error());
            }
        }
        let above = self.prim(Prim::Ge, &[n, lo], Type::Bool);
        let below = self.prim(
            if range.inclusive { Prim::Le } else { Prim::Lt },
            &[n, hi],
            Type::Bool,
        );
        let out = self.prim(Prim::And, &[above, below], Type::Bool);
        let (i, a, b) = (
            self.g.node(n).interval,
            self.g.node(lo).interval,
            self.g.node(hi).interval,
        );
        if self.calls.is_empty()
            && self.g.node(n).rate == Rate::Series
            && (i.hi < a.lo || i.lo > b.hi)
        {
            self.report(
                Diagnostic::warning("W1201", span, "this condition is never true")
                    .here("never true")
                    .note(format!("the value lies in {}..{}", show(i.lo), show(i.hi))),
            );
        }
        Val::One(out)
    }

    pub(crate) fn one_of(&mut self, e: &'a Expr, items: &'a [Expr], span: Span) -> Val {
        let n = self.one(e);
        let mut out = self.truth(false);
        for item in items {
            let m = self.one(item);
            let (x, y) = (self.g.node(n).ty, self.g.node(m).ty);
            if Self::common_type(x, y).is_none() {
                return self.type_clash(e.span, x, item.span, y, span);
            }
            let eq = self.prim(Prim::Eq, &[n, m], Type::Bool);
            out = self.prim(Prim::Or, &[out, eq], Type::Bool);
        }
        Val::One(out)
    }

    pub(crate) fn conditional(&mut self, c: &'a Expr, a: &'a Expr, b: &'a Expr, span: Span) -> Val {
        let cond = self.boolean(c, "the condition of `if`");
        let then = self.one(a);
        let other = self.one(b);
        let (x, y) = (self.g.node(then).ty, self.g.node(other).ty);
        match Self::common_type(x, y) {
            Some(ty) => Val::One(self.select(cond, then, other, ty)),
            None => self.type_clash(a.span, x, b.span, y, span),
        }
    }
}
