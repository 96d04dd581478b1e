//! Folds and clocks.

use crate::check::Checker;
use crate::graph::{Deps, FoldKind, FrameId, NodeId, NodeKind, Prim};
use crate::interval::Interval;
use crate::program::Val;
use crate::scope::Bound;
use crate::unit::{Dim, Kind, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{Expr, FoldOp, Ident, Range, TimeframeRef};
use sixbtc_abi::{Column, FrameSpec};

impl<'a> Checker<'a> {
    pub(crate) fn fold_expr(
        &mut self,
        op: FoldOp,
        var: &'a Ident,
        range: &'a Range,
        body: &'a Expr,
        span: Span,
    ) -> Val {
        let (lo, l) = self.number(&range.lo);
        let (hi, h) = self.number(&range.hi);
        let (Some(l), Some(h)) = (l, h) else {
            return Val::Error;
        };
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
        let end = if range.inclusive {
            self.prim(Prim::Add, &[hi, one], Type::Num(Dim::INT))
        } else {
            hi
        };
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
            deps: Deps {
                fold: id,
                ..Deps::default()
            },
        });
        self.scopes.push(crate::scope::Scope::default());
        let frame = self.frame;
        self.bind(
            &var.name,
            Bound::Val(Val::One(index)),
            frame,
            var.span,
            true,
        );
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
        let cause = self
            .cause(n)
            .map_or_else(String::new, |c| format!(" because it reads `{c}`"));
        self.fail(
            Diagnostic::error("E0203", span, format!("{what} must be fixed for the run"))
                .here(format!("`{}` changes every bar{cause}", self.quote(span)))
                .note("a length that changes would need a history without bound and would mean something else each bar")
                .help("use a number or a parameter"),
        )
    }

    pub(crate) fn on_expr(
        &mut self,
        tf: &'a TimeframeRef,
        of: Option<&'a Ident>,
        body: &'a Expr,
        span: Span,
    ) -> Val {
        let Some(frame) = self.enter_frame(tf, of, span) else {
            return Val::Error;
        };
        let outer = std::mem::replace(&mut self.frame, frame);
        let val = self.value(body);
        self.frame = outer;
        self.leave_frame(val, frame, of.is_some())
    }

    /// A value of a coarser or foreign clock, seen from the base clock.
    pub(crate) fn leave_frame(&mut self, val: Val, frame: FrameId, foreign: bool) -> Val {
        let val = match val {
            Val::One(n) => Val::One(self.current(n)),
            Val::Record(f) => {
                Val::Record(f.into_iter().map(|(s, n)| (s, self.current(n))).collect())
            }
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
    pub(crate) fn present(&mut self, frame: FrameId) -> NodeId {
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
    pub(crate) fn enter_frame(
        &mut self,
        tf: &'a TimeframeRef,
        of: Option<&Ident>,
        span: Span,
    ) -> Option<FrameId> {
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
            self.report(
                Diagnostic::error("E0507", span, "only parameters may stand here")
                    .here("reads bars"),
            );
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
                Diagnostic::error(
                    "E0341",
                    at,
                    format!("`{text}` is not a whole multiple of the strategy's clock"),
                )
                .here("bars would not line up")
                .help("choose a timeframe that the base clock divides"),
            );
            return None;
        }
        if ms == base && of.is_none() {
            return Some(FrameId(0));
        }
        let symbol = of.map(|i| i.name.clone());
        if let Some(i) = self
            .frames
            .iter()
            .position(|f| f.period_ms == ms && f.symbol == symbol)
            && i > 0
        {
            return Some(FrameId(i as u16));
        }
        self.frames.push(FrameSpec {
            symbol,
            period_ms: ms,
            columns: Vec::new(),
        });
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
                            Diagnostic::error(
                                "E0345",
                                id.span,
                                format!("`{}` is not a timeframe", id.name),
                            )
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
