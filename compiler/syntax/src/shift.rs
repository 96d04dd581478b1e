//! Moving a tree to another place of its file: every span by the same number of bytes.
//!
//! All patterns name all fields, so that a field added to the tree cannot be forgotten here.

use crate::ast::{
    Arg, At, Decl, Domain, Enter, Exit, ExitKind, ExitScope, Expr, ExprKind, Ident, Leg, Limit,
    LimitKind, ListItem, Param, Range, Sizing, Span, Stmt, TestStmt, TimeframeRef, TypeExpr,
};

/// A part of the tree.
pub(crate) trait Shift {
    /// Adds `by` to every offset. The caller knows that none falls below 0.
    fn shift(&mut self, by: i64);
}

impl Shift for Span {
    fn shift(&mut self, by: i64) {
        let moved = |at: u32| u32::try_from(i64::from(at) + by).unwrap_or(0);
        *self = Span {
            file: self.file,
            start: moved(self.start),
            end: moved(self.end),
        };
    }
}

impl<T: Shift> Shift for Vec<T> {
    fn shift(&mut self, by: i64) {
        for part in self {
            part.shift(by);
        }
    }
}

impl<T: Shift> Shift for Option<T> {
    fn shift(&mut self, by: i64) {
        if let Some(part) = self {
            part.shift(by);
        }
    }
}

impl<T: Shift> Shift for Box<T> {
    fn shift(&mut self, by: i64) {
        self.as_mut().shift(by);
    }
}

impl<A: Shift, B: Shift> Shift for (A, B) {
    fn shift(&mut self, by: i64) {
        self.0.shift(by);
        self.1.shift(by);
    }
}

/// `Type { parts that move } { parts that stay }`
macro_rules! structs {
    ($($name:ident { $($moves:ident),* } { $($stays:ident),* })*) => {$(
        impl Shift for $name {
            fn shift(&mut self, by: i64) {
                let $name { $($moves,)* $($stays: _,)* } = self;
                $($moves.shift(by);)*
            }
        }
    )*};
}

/// `Type: tuple variants; record variants with { what moves } { what stays }; variants in which nothing moves`
macro_rules! enums {
    ($($name:ident:
        $($tuple:ident($($part:ident),*))*;
        $($record:ident { $($moves:ident),* } { $($stays:ident),* })*;
        [$($still:pat),*]
    )*) => {$(
        impl Shift for $name {
            fn shift(&mut self, by: i64) {
                match self {
                    $($name::$tuple($($part),*) => { $($part.shift(by);)* })*
                    $($name::$record { $($moves,)* $($stays: _,)* } => { $($moves.shift(by);)* })*
                    $($still => {})*
                }
            }
        }
    )*};
}

structs! {
    Ident { span } { name }
    TypeExpr { span } { name, power, optional }
    Param { name, ty, default, domain, span } {}
    Range { lo, hi, span } { inclusive }
    Enter { label, when, at, size, legs, span } { side }
    At { price, bars, span } { limit }
    Exit { scope, kind, span } {}
    Limit { kind, span } {}
    Expr { kind, span } {}
    Arg { name, value } {}
}

enums! {
    TestStmt:
        Decl(d) Error(s);
        Given { column, values, span } {}
        Forall { source, span } {}
        Assert { expr, expected, span } {};
        []
    ListItem: Any(s) Value(e);; []
    Decl: ;
        Let { names, ty, value, span } { tuple }
        Rec { name, ty, value, init, settle, span } {};
        []
    TimeframeRef: Name(n); Lit { span } { ms, text }; []
    Domain: Set(values, span); Range { range, step } {}; []
    Leg:
        Exit(e) Error(s);
        Stop { level, span } {}
        Breakeven { after, span } {}
        Target { level, closing, span } {}
        Trail { distance, after, span } {};
        []
    ExitScope: Label(l);; [ExitScope::All, ExitScope::Side(_)]
    ExitKind: When(e) After(e) At(e);; [ExitKind::SessionEnd]
    Sizing: Risk(e) TargetVol(e) Equity(e) Amount(e);; []
    LimitKind: Leverage(e) Pyramid(e, every) Cooldown(e) Trades(e, per);; []
    ExprKind:
        Paren(e);
        Call { callee, args } {}
        Index { base, index, max } {}
        Field { base, field } {}
        Unary { expr } { op }
        Binary { op_span, lhs, rhs } { op }
        Within { expr, range } {}
        OneOf { expr, items } {}
        If { cond, then, otherwise } {}
        Fold { var, range, body } { op }
        On { timeframe, of, body } {};
        [
            ExprKind::Number(_),
            ExprKind::Percent(_),
            ExprKind::Bars(_),
            ExprKind::Timeframe(_),
            ExprKind::Risk(_),
            ExprKind::Str(_),
            ExprKind::Bool(_),
            ExprKind::Name(_),
            ExprKind::Error
        ]
}

impl Shift for Stmt {
    fn shift(&mut self, by: i64) {
        match self {
            Stmt::Clock {
                timeframe,
                session,
                span,
            } => {
                timeframe.shift(by);
                if let Some((_, _, at)) = session {
                    at.shift(by);
                }
                span.shift(by);
            }
            Stmt::Param(param) => param.shift(by),
            Stmt::Decl(decl) => decl.shift(by),
            Stmt::Enter(enter) => enter.shift(by),
            Stmt::Exit(exit) => exit.shift(by),
            Stmt::Limit(limit) => limit.shift(by),
            Stmt::Error(span) => span.shift(by),
            Stmt::Require { cond, span }
            | Stmt::Alert {
                text: _,
                cond,
                span,
            } => {
                cond.shift(by);
                span.shift(by);
            }
            Stmt::On {
                timeframe,
                of,
                body,
                span,
            } => {
                timeframe.shift(by);
                of.shift(by);
                body.shift(by);
                span.shift(by);
            }
            Stmt::Size { sizing, span } => {
                sizing.shift(by);
                span.shift(by);
            }
            Stmt::Plot { exprs, span } => {
                exprs.shift(by);
                span.shift(by);
            }
            Stmt::Universe { top, symbols, span } => {
                top.shift(by);
                symbols.shift(by);
                span.shift(by);
            }
            Stmt::Hold {
                top: _,
                count,
                by: score,
                side: _,
                every,
                weight,
                span,
            } => {
                count.shift(by);
                score.shift(by);
                every.shift(by);
                weight.shift(by);
                span.shift(by);
            }
        }
    }
}
