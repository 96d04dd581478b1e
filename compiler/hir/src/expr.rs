//! Expressions to nodes.

use crate::check::{Checker, Place};
use crate::graph::{Deps, FoldKind, FrameId, NodeId, NodeKind, PositionField, Prim};
use crate::interval::Interval;
use crate::ops::{Clash, Operand, arithmetic, comparable, unify};
use crate::program::{Val, type_name};
use crate::scope::{Bound, WEEKDAY, WEEKDAYS, list_names, nearest};
use crate::unit::{Dim, Kind, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{BinaryOp, Expr, ExprKind, FoldOp, Ident, Range, TimeframeRef, UnaryOp};
use sixbtc_abi::{Column, FrameSpec};

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
            ExprKind::Binary { op, op_span, lhs, rhs } => self.binary(*op, *op_span, lhs, rhs, e.span),
            ExprKind::Within { expr, range } => self.within(expr, range, e.span),
            ExprKind::OneOf { expr, items } => self.one_of(expr, items, e.span),
            ExprKind::If { cond, then, otherwise } => self.conditional(cond, then, otherwise, e.span),
            ExprKind::Fold { op, var, range, body } => self.fold_expr(*op, var, range, body, e.span),
            ExprKind::On { timeframe, of, body } => self.on_expr(timeframe, of.as_ref(), body, e.span),
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
                        .help(format!("compare it with something: `{} > …`", self.quote(e.span))),
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
                    Diagnostic::error("E0205", e.span, format!("a number is needed, this is {shown}"))
                        .here("not a number")
                        .help("use `if … then … else …` to choose between numbers"),
                );
                (self.error_node(), None)
            }
        }
    }

    fn literal(&mut self, v: f64) -> NodeId {
        let dim = if v == 0.0 {
            Dim::of(Kind::Zero)
        } else if v.fract() == 0.0 {
            Dim::INT
        } else {
            Dim::FLOAT
        };
        self.num(v, dim)
    }

    // ---- names

    fn name(&mut self, name: &str, span: Span) -> Val {
        if let Some(val) = self.bound_name(name, span) {
            return val;
        }
        if let Some(val) = self.builtin_name(name, span) {
            return val;
        }
        if let Some(&id) = self.defs.enums.get(name) {
            return Val::EnumName(id);
        }
        if self.definition(name).is_some() {
            return self.call(&Ident { name: name.into(), span }, &[], span);
        }
        if self.has_broken_items() {
            return Val::Error;
        }
        let mut known: Vec<String> = self.visible_names();
        known.extend(crate::scope::BUILTIN_NAMES.iter().map(|s| (*s).to_string()));
        known.extend(self.src.library.names().into_iter().map(String::from));
        known.extend(self.defs.callable.keys().map(|s| (*s).to_string()));
        let near = nearest(name, known.iter().map(String::as_str));
        let mut d = Diagnostic::error("E0101", span, format!("nothing is called `{name}` here")).here("unknown name");
        if let Some(first) = near.first() {
            d = d.help(format!("did you mean {}?", list_names(&near)));
            d = d.fix(span, first.clone(), format!("replace with `{first}`"));
        }
        self.fail(d)
    }

    /// All names bound in reach.
    pub(crate) fn visible_names(&self) -> Vec<String> {
        let mut out = Vec::new();
        for scope in self.scopes.iter().rev() {
            out.extend(scope.names.keys().cloned());
            if scope.barrier {
                break;
            }
        }
        out
    }

    fn bound_name(&mut self, name: &str, span: Span) -> Option<Val> {
        let mut level = self.scopes.len();
        while level > 0 {
            level -= 1;
            if let Some(b) = self.scopes[level].names.get_mut(name) {
                b.used = true;
                let b = b.clone();
                let val = match b.bound {
                    Bound::Val(v) => v,
                    Bound::Rec(i) => return Some(self.bare_rec(level, i, span)),
                };
                self.fact(span, name, &val, Some(b.span));
                return Some(self.across_clocks(val, b.frame, name, span));
            }
            if self.scopes[level].barrier {
                return None;
            }
        }
        None
    }

    /// A value bound on another clock, as seen from the current one.
    fn across_clocks(&mut self, val: Val, from: FrameId, name: &str, span: Span) -> Val {
        if from == self.frame {
            return val;
        }
        let seen = |c: &mut Self, n: NodeId| -> Option<NodeId> {
            let f = c.g.node(n).frame;
            if f == c.frame || c.g.node(n).rate != Rate::Series {
                Some(n)
            } else if c.frame == FrameId(0) {
                Some(c.current(n))
            } else {
                None
            }
        };
        let out = match val {
            Val::One(n) => seen(self, n).map(Val::One),
            Val::Record(fields) => fields
                .into_iter()
                .map(|(f, n)| seen(self, n).map(|n| (f, n)))
                .collect::<Option<Vec<_>>>()
                .map(Val::Record),
            Val::Optional(v, p) => seen(self, v).zip(seen(self, p)).map(|(v, p)| Val::Optional(v, p)),
            other => Some(other),
        };
        out.unwrap_or_else(|| {
            self.fail(
                Diagnostic::error("E0342", span, format!("`{name}` lives on a finer clock than this block"))
                    .here("belongs to another clock")
                    .note("inside `on` every value is one of that clock's own confirmed bars")
                    .help("define what you need inside the block, or use the block's result outside"),
            )
        })
    }

    fn builtin_name(&mut self, name: &str, span: Span) -> Option<Val> {
        if self.run_only && crate::scope::BUILTIN_NAMES.contains(&name) && !WEEKDAYS.contains(&name) {
            return Some(self.fail(
                Diagnostic::error("E0507", span, format!("`{name}` changes every bar; only parameters may stand here"))
                    .here("not fixed before the run"),
            ));
        }
        if let Some(i) = WEEKDAYS.iter().position(|d| *d == name) {
            return Some(Val::One(self.g.number(i as f64, Type::Enum(WEEKDAY))));
        }
        let price = Type::Num(Dim::PRICE);
        Some(Val::One(match name {
            // the sides as `position.side` counts them
            "long" => self.num(1.0, Dim::INT),
            "short" => self.num(-1.0, Dim::INT),
            "open" => self.field(Column::Open),
            "high" => self.field(Column::High),
            "low" => self.field(Column::Low),
            "close" => self.field(Column::Close),
            "volume" => self.field(Column::Volume),
            "hl2" | "hlc3" | "ohlc4" => {
                let (o, h, l, c) = (
                    self.field(Column::Open),
                    self.field(Column::High),
                    self.field(Column::Low),
                    self.field(Column::Close),
                );
                let hl = self.prim(Prim::Add, &[h, l], price);
                let (sum, n) = match name {
                    "hl2" => (hl, 2.0),
                    "hlc3" => (self.prim(Prim::Add, &[hl, c], price), 3.0),
                    _ => {
                        let oh = self.prim(Prim::Add, &[o, h], price);
                        let ohl = self.prim(Prim::Add, &[oh, l], price);
                        (self.prim(Prim::Add, &[ohl, c], price), 4.0)
                    }
                };
                let n = self.num(n, Dim::INT);
                self.prim(Prim::Div, &[sum, n], price)
            }
            "time" => self.field(Column::Time),
            "weekday" => self.field(Column::Weekday),
            "day" => self.field(Column::Day),
            "month" => self.field(Column::Month),
            "year" => self.field(Column::Year),
            "hour" | "minute" => {
                let m = self.field(Column::MinuteOfDay);
                let sixty = self.num(60.0, Dim::INT);
                if name == "minute" {
                    self.prim(Prim::Mod, &[m, sixty], Type::Num(Dim::INT))
                } else {
                    let q = self.prim(Prim::Div, &[m, sixty], Type::Num(Dim::FLOAT));
                    self.prim(Prim::Floor, &[q], Type::Num(Dim::INT))
                }
            }
            "bar_index" => self.leaf(NodeKind::Row, Dim::INT, Interval::NON_NEGATIVE, Deps::default(), 0.0),
            "position" => return Some(Val::Position),
            "session" => return Some(Val::Session),
            "entry" => return Some(self.entry_name(span)),
            _ => return None,
        }))
    }

    fn entry_name(&mut self, span: Span) -> Val {
        match self.place {
            Place::Level => {
                let deps = Deps { entry: true, ..Deps::default() };
                let at = Interval { lo: f64::MIN_POSITIVE, hi: f64::INFINITY };
                Val::One(self.leaf(NodeKind::Entry, Dim::PRICE, at, deps, 1.0))
            }
            Place::Held => Val::One(self.position(PositionField::Entry)),
            Place::Signal => self.fail(
                Diagnostic::error("E0611", span, "there is no entry yet where this is evaluated")
                    .here("`entry` exists in the legs of an `enter` and in exits")
                    .help("use `position.entry` for the average entry price of an open position"),
            ),
        }
    }

    // ---- members

    fn member(&mut self, base: &'a Expr, field: &'a Ident, span: Span) -> Val {
        let val = self.value(base);
        let (what, members): (String, Vec<String>) = match val {
            Val::Error => return Val::Error,
            Val::Record(fields) => {
                if let Some((_, n)) = fields.iter().find(|f| f.0 == field.name) {
                    let v = Val::One(*n);
                    self.fact(span, &field.name, &v, None);
                    return v;
                }
                ("this result".into(), fields.into_iter().map(|f| f.0).collect())
            }
            Val::Optional(v, p) => match field.name.as_str() {
                "present" => return Val::One(p),
                "value" => {
                    let _ = v;
                    ("a value that may be missing".into(), vec!["present".into()])
                }
                _ => ("a value that may be missing".into(), vec!["present".into()]),
            },
            Val::Forming(ms) => {
                let names = ["open", "high", "low", "close", "volume"];
                if names.contains(&field.name.as_str()) {
                    return Val::One(self.forming_field(ms, &field.name));
                }
                ("an unfinished bar".into(), names.iter().map(|s| (*s).into()).collect())
            }
            Val::Position => {
                if let Some(n) = self.position_member(&field.name) {
                    if self.frame != FrameId(0) {
                        return self.fail(
                            Diagnostic::error("E0344", span, "the position is not known on a coarser clock")
                                .here("move this out of the `on` block"),
                        );
                    }
                    return Val::One(n);
                }
                let names = ["bars", "profit", "entry", "size", "side", "equity", "is_long", "is_short", "is_flat"];
                ("`position`".into(), names.iter().map(|s| (*s).into()).collect())
            }
            Val::Session => {
                if let Some(column) = match field.name.as_str() {
                    "active" => Some(Column::InSession),
                    "start" => Some(Column::SessionStart),
                    "end" => Some(Column::SessionEnd),
                    _ => None,
                } {
                    return self.session_flag(column, span);
                }
                ("`session`".into(), ["active", "start", "end"].iter().map(|s| (*s).into()).collect())
            }
            Val::EnumName(id) => {
                let (name, members) = self.defs.enum_list[id.0 as usize].clone();
                if let Some(i) = members.iter().position(|m| *m == field.name) {
                    return Val::One(self.g.number(i as f64, Type::Enum(id)));
                }
                let near = nearest(&field.name, members.iter().map(String::as_str));
                let mut d =
                    Diagnostic::error("E0108", field.span, format!("`{name}` has no member `{}`", field.name))
                        .here("unknown member")
                        .help(format!("it has {}", list_names(&members)));
                if let Some(f) = near.first() {
                    d = d.fix(field.span, f.clone(), format!("replace with `{f}`"));
                }
                return self.fail(d);
            }
            Val::One(_) | Val::Str(_) => ("this".into(), Vec::new()),
        };
        let mut d = Diagnostic::error("E0103", field.span, format!("{what} has no `.{}`", field.name)).here("no such part");
        if members.is_empty() {
            d = d.note("a plain number has no parts");
        } else {
            d = d.help(format!("it has {}", list_names(&members)));
            if let Some(f) = nearest(&field.name, members.iter().map(String::as_str)).first() {
                d = d.fix(field.span, f.clone(), format!("replace with `{f}`"));
            }
        }
        self.fail(d)
    }

    fn position_member(&mut self, name: &str) -> Option<NodeId> {
        let side = |c: &mut Self, op: Prim| {
            let s = c.position(PositionField::Side);
            let zero = c.num(0.0, Dim::INT);
            c.prim(op, &[s, zero], Type::Bool)
        };
        Some(match name {
            "bars" => self.position(PositionField::Bars),
            "profit" => self.position(PositionField::Profit),
            "entry" => self.position(PositionField::Entry),
            "size" => self.position(PositionField::Size),
            "side" => self.position(PositionField::Side),
            "equity" => self.position(PositionField::Equity),
            "is_long" => side(self, Prim::Gt),
            "is_short" => side(self, Prim::Lt),
            "is_flat" => side(self, Prim::Eq),
            _ => return None,
        })
    }

    /// A calendar column of the session as a truth value.
    pub(crate) fn session_flag(&mut self, column: Column, span: Span) -> Val {
        if self.session.is_none() {
            return self.fail(
                Diagnostic::error("E0346", span, "this strategy has no session")
                    .here("needs trading hours")
                    .help("name them with the clock: `on 15m session \"09:30-16:00\" in \"America/New_York\"`"),
            );
        }
        if self.frame != FrameId(0) {
            return self.fail(
                Diagnostic::error("E0344", span, "the session belongs to the strategy's own clock")
                    .here("move this out of the `on` block"),
            );
        }
        let n = self.field(column);
        let half = self.num(0.5, Dim::FLOAT);
        Val::One(self.prim(Prim::Gt, &[n, half], Type::Bool))
    }

    // ---- operators

    fn operand(e: &Expr, dim: Dim) -> Operand {
        fn bare(e: &Expr) -> bool {
            match &e.kind {
                ExprKind::Number(_) => true,
                ExprKind::Paren(x) | ExprKind::Unary { op: UnaryOp::Neg, expr: x } => bare(x),
                _ => false,
            }
        }
        Operand { dim, literal: bare(e) }
    }

    fn unary(&mut self, op: UnaryOp, e: &'a Expr, span: Span) -> Val {
        match op {
            UnaryOp::Neg => {
                let (n, dim) = self.number(e);
                let Some(dim) = dim else { return Val::Error };
                if matches!(dim.kind, Kind::Time) {
                    return self.fail(Diagnostic::error("E0404", span, "a time cannot be negated").here("this is a time"));
                }
                Val::One(self.prim(Prim::Neg, &[n], Type::Num(dim)))
            }
            UnaryOp::Not => {
                let n = self.boolean(e, "what follows `not`");
                let inner = strip(e);
                if let ExprKind::Binary { op, .. } = &inner.kind
                    && matches!(op, BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge)
                    && self.calls.is_empty()
                {
                    self.lint_not_comparison(inner, *op, n, span);
                }
                Val::One(self.prim(Prim::Not, &[n], Type::Bool))
            }
        }
    }

    fn lint_not_comparison(&mut self, inner: &'a Expr, op: BinaryOp, n: NodeId, span: Span) {
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
            let text = format!("{} {opposite} {}", self.quote(lhs.span), self.quote(rhs.span));
            self.report(
                Diagnostic::warning("W1301", span, "`not` of a comparison is true when a side is not a number")
                    .here("true for 0/0")
                    .note("a comparison with NaN is false, so its negation is true")
                    .help(format!("write `{text}`"))
                    .fix(span, text, "use the opposite comparison"),
            );
        }
    }

    fn may_be_nan(&self, id: NodeId, depth: u32) -> bool {
        if depth > 12 {
            return false;
        }
        match &self.g.node(id).kind {
            NodeKind::Prim(Prim::Div, a) if self.g.node(a[1]).interval.has_zero() => true,
            NodeKind::Prim(Prim::Sqrt | Prim::Log | Prim::Log10, a) if self.g.node(a[0]).interval.lo < 0.0 => true,
            NodeKind::Prim(_, a) => a.iter().any(|x| self.may_be_nan(*x, depth + 1)),
            NodeKind::Hist { x, .. } | NodeKind::Current(x) => self.may_be_nan(*x, depth + 1),
            NodeKind::Select(_, a, b) => self.may_be_nan(*a, depth + 1) || self.may_be_nan(*b, depth + 1),
            _ => false,
        }
    }

    fn binary(&mut self, op: BinaryOp, op_span: Span, lhs: &'a Expr, rhs: &'a Expr, span: Span) -> Val {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let word = if op == BinaryOp::And { "and" } else { "or" };
                let a = self.boolean(lhs, &format!("the left side of `{word}`"));
                let b = self.boolean(rhs, &format!("the right side of `{word}`"));
                let prim = if op == BinaryOp::And { Prim::And } else { Prim::Or };
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
                let (Some(a), Some(b)) = (a, b) else { return Val::One(self.truth_error()) };
                Val::One(self.compare(prim, a, b, span))
            }
            BinaryOp::Crosses | BinaryOp::CrossesAbove | BinaryOp::CrossesBelow => {
                let (a, b) = self.comparable_pair(lhs, rhs, op_span);
                let (Some(a), Some(b)) = (a, b) else { return Val::One(self.truth_error()) };
                let one = self.num(1.0, Dim::BARS);
                let (a1, b1) = (self.history_of(a, one, 1, span), self.history_of(b, one, 1, span));
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

    fn truth_error(&mut self) -> NodeId {
        self.error_node()
    }

    /// A comparison node; warns when the bounds of both sides already decide it.
    fn compare(&mut self, prim: Prim, a: NodeId, b: NodeId, span: Span) -> NodeId {
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
            let note = format!("the left side lies in {}, the right in {}", range(x), range(y));
            if never {
                self.report(Diagnostic::warning("W1201", span, "this condition is never true").here("never true").note(note));
            } else if always {
                self.report(Diagnostic::warning("W1202", span, "this condition is always true").here("always true").note(note));
            }
        }
        n
    }

    fn comparable_pair(&mut self, lhs: &'a Expr, rhs: &'a Expr, op_span: Span) -> (Option<NodeId>, Option<NodeId>) {
        let (a, x) = self.number(lhs);
        let (b, y) = self.number(rhs);
        let (Some(x), Some(y)) = (x, y) else { return (None, None) };
        match comparable(Self::operand(lhs, x), Self::operand(rhs, y)) {
            Ok(()) => (Some(a), Some(b)),
            Err(clash) => {
                self.clash("E0401", "compared", clash, (lhs, x), (rhs, y), op_span);
                (None, None)
            }
        }
    }

    fn equality(&mut self, op: BinaryOp, op_span: Span, lhs: &'a Expr, rhs: &'a Expr, span: Span) -> Val {
        let a = self.one(lhs);
        let b = self.one(rhs);
        let (x, y) = (self.g.node(a).ty, self.g.node(b).ty);
        let (eq, ne) = (op == BinaryOp::Eq, op == BinaryOp::Ne);
        match (x, y) {
            (Type::Error, _) | (_, Type::Error) => Val::One(self.truth_error()),
            (Type::Bool, Type::Bool) => {
                let differ = self.prim(Prim::Xor, &[a, b], Type::Bool);
                Val::One(if ne { differ } else { self.prim(Prim::Not, &[differ], Type::Bool) })
            }
            (Type::Enum(p), Type::Enum(q)) if p == q => {
                Val::One(self.prim(if eq { Prim::Eq } else { Prim::Ne }, &[a, b], Type::Bool))
            }
            (Type::Num(p), Type::Num(q)) => match comparable(Self::operand(lhs, p), Self::operand(rhs, q)) {
                Ok(()) => Val::One(self.prim(if eq { Prim::Eq } else { Prim::Ne }, &[a, b], Type::Bool)),
                Err(clash) => {
                    self.clash("E0401", "compared", clash, (lhs, p), (rhs, q), op_span);
                    Val::One(self.truth_error())
                }
            },
            _ => {
                let (p, q) = (type_name(x, &self.defs.enum_list), type_name(y, &self.defs.enum_list));
                self.fail(
                    Diagnostic::error("E0201", span, format!("{p} and {q} cannot be equal"))
                        .here("unlike types")
                        .label(lhs.span, p)
                        .label(rhs.span, q),
                )
            }
        }
    }

    fn arithmetic(&mut self, op: BinaryOp, op_span: Span, lhs: &'a Expr, rhs: &'a Expr, span: Span) -> Val {
        let (a, x) = self.number(lhs);
        let (b, y) = self.number(rhs);
        let (Some(x), Some(y)) = (x, y) else { return Val::Error };
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
                let code = if clash == Clash::PlusPercent { "E0402" } else { "E0401" };
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
        if prim == Prim::Div && self.g.node(b).interval.single() == Some(0.0) && self.calls.is_empty() {
            self.report(
                Diagnostic::warning("W1401", span, "this divides by zero on every bar")
                    .here("the result is never a finite number")
                    .label(rhs.span, "always 0"),
            );
        }
        Val::One(self.prim(prim, &[a, b], Type::Num(dim)))
    }

    fn clash(&mut self, code: &'static str, word: &str, clash: Clash, l: (&Expr, Dim), r: (&Expr, Dim), op: Span) {
        let mut d = Diagnostic::error(code, op, format!("{} and {} cannot be {word}", l.1, r.1))
            .here("unlike units")
            .label(l.0.span, l.1.to_string())
            .label(r.0.span, r.1.to_string());
        match clash {
            Clash::PlusPercent => {
                let (base, pct) = if l.1.kind == Kind::Percent { (r.0, l.0) } else { (l.0, r.0) };
                let sign = if word == "subtracted" { "-" } else { "+" };
                let text = format!("{} * (1 {sign} {})", self.quote(base.span), self.quote(pct.span));
                d.message = format!("a percentage cannot be {word} {} a {}", if sign == "-" { "from" } else { "to" },
                    if l.1.kind == Kind::Percent { r.1 } else { l.1 });
                d = d.note("a percentage is a share of something: say of what");
                d = d.help(format!("write `{text}`"));
                if l.1.kind != Kind::Percent {
                    d = d.fix(l.0.span.to(r.0.span), text, "take the percentage of the value");
                }
            }
            Clash::Bare => {
                let (bare, dim) = if r.1.is_physical() { (l.0, r.1) } else { (r.0, l.1) };
                d = d.note("a bare number has no unit; like is compared with like");
                let name = dim.to_string();
                if ["price", "quantity", "money"].contains(&name.as_str()) {
                    let text = format!("{name}({})", self.quote(bare.span));
                    d = d.help(format!("give it the unit: `{text}`")).fix(bare.span, text, format!("make it a {name}"));
                } else {
                    d = d.help("strip the unit of the other side: `float(…)`");
                }
            }
            Clash::Unlike => {
                d = d.note("only values of one kind can be put side by side");
                if l.1.kind == Kind::Percent && r.1.is_plain() || r.1.kind == Kind::Percent && l.1.is_plain() {
                    let (pct, number) = if l.1.kind == Kind::Percent { (l.0, r.0) } else { (r.0, l.0) };
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

    fn or_else(&mut self, lhs: &'a Expr, rhs: &'a Expr, op_span: Span) -> Val {
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
                Diagnostic::error("E0211", op_span, "`??` follows a value that is never missing")
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

    fn type_clash(&mut self, a: Span, x: Type, b: Span, y: Type, at: Span) -> Val {
        let (p, q) = (type_name(x, &self.defs.enum_list), type_name(y, &self.defs.enum_list));
        self.fail(
            Diagnostic::error("E0201", at, format!("both sides must be of one kind, not {p} and {q}"))
                .here("unlike types")
                .label(a, p)
                .label(b, q),
        )
    }

    fn within(&mut self, e: &'a Expr, range: &'a Range, span: Span) -> Val {
        let (n, x) = self.number(e);
        let (lo, l) = self.number(&range.lo);
        let (hi, h) = self.number(&range.hi);
        let (Some(x), Some(l), Some(h)) = (x, l, h) else { return Val::One(self.truth_error()) };
        for (bound, d) in [(&range.lo, l), (&range.hi, h)] {
            if let Err(c) = comparable(Self::operand(e, x), Self::operand(bound, d)) {
                self.clash("E0401", "compared", c, (e, x), (bound, d), range.span);
                return Val::One(self.truth_error());
            }
        }
        let above = self.prim(Prim::Ge, &[n, lo], Type::Bool);
        let below = self.prim(if range.inclusive { Prim::Le } else { Prim::Lt }, &[n, hi], Type::Bool);
        let out = self.prim(Prim::And, &[above, below], Type::Bool);
        let (i, a, b) = (self.g.node(n).interval, self.g.node(lo).interval, self.g.node(hi).interval);
        if self.calls.is_empty() && self.g.node(n).rate == Rate::Series && (i.hi < a.lo || i.lo > b.hi) {
            self.report(
                Diagnostic::warning("W1201", span, "this condition is never true")
                    .here("never true")
                    .note(format!("the value lies in {}..{}", show(i.lo), show(i.hi))),
            );
        }
        Val::One(out)
    }

    fn one_of(&mut self, e: &'a Expr, items: &'a [Expr], span: Span) -> Val {
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

    fn conditional(&mut self, c: &'a Expr, a: &'a Expr, b: &'a Expr, span: Span) -> Val {
        let cond = self.boolean(c, "the condition of `if`");
        let then = self.one(a);
        let other = self.one(b);
        let (x, y) = (self.g.node(then).ty, self.g.node(other).ty);
        match Self::common_type(x, y) {
            Some(ty) => Val::One(self.select(cond, then, other, ty)),
            None => self.type_clash(a.span, x, b.span, y, span),
        }
    }

    // ---- folds

    fn fold_expr(&mut self, op: FoldOp, var: &'a Ident, range: &'a Range, body: &'a Expr, span: Span) -> Val {
        let (lo, l) = self.number(&range.lo);
        let (hi, h) = self.number(&range.hi);
        let (Some(l), Some(h)) = (l, h) else { return Val::Error };
        for (d, e, n) in [(l, &range.lo, lo), (h, &range.hi, hi)] {
            if !matches!(d.kind, Kind::Int | Kind::Bars | Kind::Zero) || d.is_physical() {
                return self.fail(
                    Diagnostic::error("E0303", e.span, "a fold counts in whole numbers")
                        .here(format!("this is {d}"))
                        .help(format!("round it: `round({})`", self.quote(e.span))),
                );
            }
            if self.g.node(n).rate == Rate::Series {
                return self.not_fixed(e.span, n, "the bounds of a fold");
            }
        }
        let one = self.num(1.0, Dim::INT);
        let end = if range.inclusive { self.prim(Prim::Add, &[hi, one], Type::Num(Dim::INT)) } else { hi };
        let (first, last) = (self.g.node(lo).interval, self.g.node(end).interval);
        let count = last.hi - first.lo;
        if !count.is_finite() || count > crate::build::MAX_ROWS {
            return self.fail(
                Diagnostic::error("E0302", range.span, "this fold has no bound")
                    .here("the number of steps must be known before the run")
                    .help("give the parameter a range: `param n: bars = 20 in 5..60`"),
            );
        }
        self.folds += 1;
        let id = self.folds;
        let zero = self.g.zero();
        let index = self.g.push(crate::graph::Node {
            kind: NodeKind::FoldVar(id),
            ty: Type::Num(Dim::INT),
            rate: Rate::Run,
            frame: FrameId(0),
            lookback: zero,
            settled: zero,
            interval: Interval::new(first.lo, (last.hi - 1.0).max(first.lo)),
            exact: false,
            shift: Some(0.0),
            settling: false,
            deps: Deps { fold: id, ..Deps::default() },
        });
        self.scopes.push(crate::scope::Scope::default());
        let frame = self.frame;
        self.bind(&var.name, Bound::Val(Val::One(index)), frame, var.span, true);
        let (kind, value) = match op {
            FoldOp::All | FoldOp::Any | FoldOp::Count => {
                let kind = match op {
                    FoldOp::All => FoldKind::All,
                    FoldOp::Any => FoldKind::Any,
                    _ => FoldKind::Count,
                };
                (kind, self.boolean(body, "what is counted"))
            }
            _ => {
                let kind = match op {
                    FoldOp::Sum => FoldKind::Sum,
                    FoldOp::Max => FoldKind::Max,
                    _ => FoldKind::Min,
                };
                (kind, self.number(body).0)
            }
        };
        self.scopes.pop();
        if self.g.node(value).ty == Type::Error {
            return Val::Error;
        }
        let _ = span;
        Val::One(self.fold(kind, index, (lo, end, count.max(0.0) as u32), value))
    }

    /// "must not change during the run".
    pub(crate) fn not_fixed(&mut self, span: Span, n: NodeId, what: &str) -> Val {
        let cause = self.cause(n).map_or_else(String::new, |c| format!(" because it reads `{c}`"));
        self.fail(
            Diagnostic::error("E0203", span, format!("{what} must be fixed for the run"))
                .here(format!("`{}` changes every bar{cause}", self.quote(span)))
                .note("a length that changes would need a history without bound and would mean something else each bar")
                .help("use a number or a parameter"),
        )
    }

    // ---- clocks

    fn on_expr(&mut self, tf: &'a TimeframeRef, of: Option<&'a Ident>, body: &'a Expr, span: Span) -> Val {
        let Some(frame) = self.enter_frame(tf, of, span) else { return Val::Error };
        let outer = std::mem::replace(&mut self.frame, frame);
        let val = self.value(body);
        self.frame = outer;
        self.leave_frame(val, frame, of.is_some())
    }

    /// A value of a coarser or foreign clock, seen from the base clock.
    pub(crate) fn leave_frame(&mut self, val: Val, frame: FrameId, foreign: bool) -> Val {
        let val = match val {
            Val::One(n) => Val::One(self.current(n)),
            Val::Record(f) => Val::Record(f.into_iter().map(|(s, n)| (s, self.current(n))).collect()),
            other => return other,
        };
        if !foreign {
            return val;
        }
        let present = self.present(frame);
        match val {
            Val::One(n) if self.g.node(n).rate == Rate::Series => Val::Optional(n, present),
            other => other,
        }
    }

    /// Whether the foreign frame's last confirmed bar is the newest one it could have.
    fn present(&mut self, frame: FrameId) -> NodeId {
        let period = self.frames[frame.0 as usize].period_ms as f64;
        let base = self.base_ms() as f64;
        let (time, duration) = (Type::Num(Dim::of(Kind::Time)), Dim::of(Kind::Duration));
        let outer = std::mem::replace(&mut self.frame, frame);
        let theirs = self.field(Column::Time);
        self.frame = outer;
        let theirs = self.current(theirs);
        let own = self.field(Column::Time);
        let base = self.num(base, duration);
        let end = self.prim(Prim::Add, &[own, base], time);
        let period = self.num(period, duration);
        let rest = self.prim(Prim::Mod, &[end, period], Type::Num(duration));
        let last_end = self.prim(Prim::Sub, &[end, rest], time);
        let expected = self.prim(Prim::Sub, &[last_end, period], time);
        self.prim(Prim::Eq, &[theirs, expected], Type::Bool)
    }

    /// The frame of `on TF of SYM`, made when new; checks that the clock is coarser and fits.
    pub(crate) fn enter_frame(&mut self, tf: &'a TimeframeRef, of: Option<&Ident>, span: Span) -> Option<FrameId> {
        let (ms, text, at) = self.timeframe(tf)?;
        if self.frame != FrameId(0) {
            self.report(
                Diagnostic::error("E0343", span, "a clock inside another clock")
                    .here("write this block outside")
                    .note("a value of another clock is visible everywhere in the strategy once it is bound"),
            );
            return None;
        }
        if self.run_only {
            self.report(Diagnostic::error("E0507", span, "only parameters may stand here").here("reads bars"));
            return None;
        }
        let base = self.base_ms();
        if ms < base {
            self.report(
                Diagnostic::error("E0340", at, format!("`{text}` is finer than the strategy's clock"))
                    .here("finer than the base clock")
                    .note("a bar of a finer clock inside the current bar lies in the future of its open")
                    .help("make the finer timeframe the strategy's own clock and use `on` for the coarser one"),
            );
            return None;
        }
        let week = 7 * 86_400_000;
        if ms % base != 0 || (ms == week && 86_400_000 % base != 0) {
            self.report(
                Diagnostic::error("E0341", at, format!("`{text}` is not a whole multiple of the strategy's clock"))
                    .here("bars would not line up")
                    .help("choose a timeframe that the base clock divides"),
            );
            return None;
        }
        if ms == base && of.is_none() {
            return Some(FrameId(0));
        }
        let symbol = of.map(|i| i.name.clone());
        if let Some(i) = self.frames.iter().position(|f| f.period_ms == ms && f.symbol == symbol)
            && i > 0
        {
            return Some(FrameId(i as u16));
        }
        self.frames.push(FrameSpec { symbol, period_ms: ms, columns: Vec::new() });
        Some(FrameId(self.frames.len() as u16 - 1))
    }

    /// Length of a timeframe in ms, its text, its span.
    pub(crate) fn timeframe(&mut self, tf: &'a TimeframeRef) -> Option<(i64, String, Span)> {
        match tf {
            TimeframeRef::Lit { ms, text, span } => Some((*ms, text.clone(), *span)),
            TimeframeRef::Name(id) => {
                let val = self.name(&id.name, id.span);
                let n = self.single(val, id.span);
                match (self.g.node(n).ty, self.g.as_const(n)) {
                    (Type::Num(d), Some(ms)) if d.kind == Kind::Duration && ms > 0.0 => {
                        Some((ms as i64, id.name.clone(), id.span))
                    }
                    (Type::Error, _) => None,
                    _ => {
                        self.report(
                            Diagnostic::error("E0345", id.span, format!("`{}` is not a timeframe", id.name))
                                .here("needs a timeframe such as `1h`")
                                .help("declare it so: `param tf: timeframe = 1h in {15m, 1h}`"),
                        );
                        None
                    }
                }
            }
        }
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
