//! Going through a tree: the expressions of an item, and the parts of an expression.

use sbt_syntax::ast::{
    Decl, Domain, Enter, Exit, ExitKind, Expr, ExprKind, Item, Leg, LimitKind, ListItem, Param,
    Sizing, Span, Stmt, TestStmt,
};

/// The direct parts of an expression.
pub(crate) fn parts<'a>(e: &'a Expr, f: &mut dyn FnMut(&'a Expr)) {
    match &e.kind {
        ExprKind::Call { args, .. } => args.iter().for_each(|a| f(&a.value)),
        ExprKind::Index { base, index, max } => {
            f(base);
            f(index);
            if let Some(m) = max {
                f(m);
            }
        }
        ExprKind::Field { base, .. } => f(base),
        ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => f(expr),
        ExprKind::Binary { lhs, rhs, .. } => {
            f(lhs);
            f(rhs);
        }
        ExprKind::Within { expr, range } => {
            f(expr);
            f(&range.lo);
            f(&range.hi);
        }
        ExprKind::OneOf { expr, items } => {
            f(expr);
            items.iter().for_each(f);
        }
        ExprKind::If {
            cond,
            then,
            otherwise,
        } => {
            f(cond);
            f(then);
            f(otherwise);
        }
        ExprKind::Fold { range, body, .. } => {
            f(&range.lo);
            f(&range.hi);
            f(body);
        }
        ExprKind::On { body, .. } => f(body),
        ExprKind::Number(_)
        | ExprKind::Percent(_)
        | ExprKind::Bars(_)
        | ExprKind::Timeframe(_)
        | ExprKind::Risk(_)
        | ExprKind::Str(_)
        | ExprKind::Bool(_)
        | ExprKind::Name(_)
        | ExprKind::Error => {}
    }
}

/// An expression and all inside it, outermost first.
pub(crate) fn deep<'a>(e: &'a Expr, f: &mut dyn FnMut(&'a Expr)) {
    f(e);
    parts(e, &mut |p| deep(p, f));
}

/// The expressions that stand directly in a declaration.
pub(crate) fn of_decl<'a>(d: &'a Decl, f: &mut dyn FnMut(&'a Expr)) {
    match d {
        Decl::Let { value, .. } => f(value),
        Decl::Rec {
            value,
            init,
            settle,
            ..
        } => {
            f(value);
            f(init);
            if let Some(s) = settle {
                f(s);
            }
        }
    }
}

fn of_sizing<'a>(s: &'a Sizing, f: &mut dyn FnMut(&'a Expr)) {
    match s {
        Sizing::Risk(e) | Sizing::TargetVol(e) | Sizing::Equity(e) | Sizing::Amount(e) => f(e),
    }
}

fn of_exit<'a>(x: &'a Exit, f: &mut dyn FnMut(&'a Expr)) {
    match &x.kind {
        ExitKind::When(e) | ExitKind::After(e) | ExitKind::At(e) => f(e),
        ExitKind::SessionEnd => {}
    }
}

fn of_param<'a>(p: &'a Param, f: &mut dyn FnMut(&'a Expr)) {
    f(&p.default);
    match &p.domain {
        Some(Domain::Range { range, step }) => {
            f(&range.lo);
            f(&range.hi);
            if let Some(s) = step {
                f(s);
            }
        }
        Some(Domain::Set(items, _)) => items.iter().for_each(f),
        None => {}
    }
}

/// The expressions that stand directly in a leg.
pub(crate) fn of_leg<'a>(l: &'a Leg, f: &mut dyn FnMut(&'a Expr)) {
    match l {
        Leg::Stop { level, .. } => f(level),
        Leg::Breakeven { after, .. } => f(after),
        Leg::Target { level, closing, .. } => {
            f(level);
            if let Some(c) = closing {
                f(c);
            }
        }
        Leg::Trail {
            distance, after, ..
        } => {
            f(distance);
            if let Some(a) = after {
                f(a);
            }
        }
        Leg::Exit(x) => of_exit(x, f),
        Leg::Error(_) => {}
    }
}

fn of_enter<'a>(e: &'a Enter, f: &mut dyn FnMut(&'a Expr)) {
    f(&e.when);
    if let Some(at) = &e.at {
        f(&at.price);
        if let Some(b) = &at.bars {
            f(b);
        }
    }
    if let Some(s) = &e.size {
        of_sizing(s, f);
    }
    for l in &e.legs {
        of_leg(l, f);
    }
}

/// The expressions that stand directly in a statement, those of its block included.
pub(crate) fn of_stmt<'a>(s: &'a Stmt, f: &mut dyn FnMut(&'a Expr)) {
    match s {
        Stmt::Param(p) => of_param(p, f),
        Stmt::Require { cond, .. } | Stmt::Alert { cond, .. } => f(cond),
        Stmt::Decl(d) => of_decl(d, f),
        Stmt::On { body, .. } => body.iter().for_each(|d| of_decl(d, f)),
        Stmt::Enter(e) => of_enter(e, f),
        Stmt::Exit(x) => of_exit(x, f),
        Stmt::Limit(l) => match &l.kind {
            LimitKind::Leverage(e) | LimitKind::Cooldown(e) | LimitKind::Trades(e, _) => f(e),
            LimitKind::Pyramid(e, every) => {
                f(e);
                if let Some(x) = every {
                    f(x);
                }
            }
        },
        Stmt::Size { sizing, .. } => of_sizing(sizing, f),
        Stmt::Plot { exprs, .. } => exprs.iter().for_each(f),
        Stmt::Universe { top, .. } => {
            if let Some((n, by)) = top {
                f(n);
                f(by);
            }
        }
        Stmt::Hold {
            count, by, weight, ..
        } => {
            f(count);
            f(by);
            if let Some(w) = weight {
                f(w);
            }
        }
        Stmt::Clock { .. } | Stmt::Error(_) => {}
    }
}

/// The expressions that stand directly in a statement of a test.
pub(crate) fn of_test_stmt<'a>(s: &'a TestStmt, f: &mut dyn FnMut(&'a Expr)) {
    let list = |items: &'a [ListItem], f: &mut dyn FnMut(&'a Expr)| {
        for i in items {
            if let ListItem::Value(e) = i {
                f(e);
            }
        }
    };
    match s {
        TestStmt::Given { values, .. } => list(values, f),
        TestStmt::Forall { source, .. } => f(source),
        TestStmt::Assert { expr, expected, .. } => {
            f(expr);
            if let Some(items) = expected {
                list(items, f);
            }
        }
        TestStmt::Decl(d) => of_decl(d, f),
        TestStmt::Error(_) => {}
    }
}

/// The expressions that stand directly in an item.
pub(crate) fn of_item<'a>(i: &'a Item, f: &mut dyn FnMut(&'a Expr)) {
    match i {
        Item::Strategy(s) | Item::Portfolio(s) => s.body.iter().for_each(|x| of_stmt(x, f)),
        Item::Indicator(i) => {
            i.formals
                .iter()
                .filter_map(|x| x.default.as_ref())
                .for_each(&mut *f);
            i.body.iter().for_each(|d| of_decl(d, f));
            i.give.iter().for_each(f);
        }
        Item::Func(x) => {
            x.formals
                .iter()
                .filter_map(|x| x.default.as_ref())
                .for_each(&mut *f);
            f(&x.body);
        }
        Item::Test(t) => t.body.iter().for_each(|x| of_test_stmt(x, f)),
        Item::Use(_) | Item::Enum(_) | Item::Error(_) => {}
    }
}

/// All of an item.
pub(crate) fn item_span(i: &Item) -> Span {
    match i {
        Item::Use(x) => x.span,
        Item::Enum(x) => x.span,
        Item::Strategy(x) | Item::Portfolio(x) => x.span,
        Item::Indicator(x) => x.span,
        Item::Func(x) => x.span,
        Item::Test(x) => x.span,
        Item::Error(s) => *s,
    }
}

/// All of a declaration.
pub(crate) fn decl_span(d: &Decl) -> Span {
    match d {
        Decl::Let { span, .. } | Decl::Rec { span, .. } => *span,
    }
}

/// All of a leg.
pub(crate) fn leg_span(l: &Leg) -> Span {
    match l {
        Leg::Stop { span, .. }
        | Leg::Breakeven { span, .. }
        | Leg::Target { span, .. }
        | Leg::Trail { span, .. }
        | Leg::Error(span) => *span,
        Leg::Exit(x) => x.span,
    }
}

/// All of a statement.
pub(crate) fn stmt_span(s: &Stmt) -> Span {
    match s {
        Stmt::Clock { span, .. }
        | Stmt::Require { span, .. }
        | Stmt::On { span, .. }
        | Stmt::Size { span, .. }
        | Stmt::Plot { span, .. }
        | Stmt::Alert { span, .. }
        | Stmt::Universe { span, .. }
        | Stmt::Hold { span, .. }
        | Stmt::Error(span) => *span,
        Stmt::Param(p) => p.span,
        Stmt::Decl(d) => decl_span(d),
        Stmt::Enter(e) => e.span,
        Stmt::Exit(x) => x.span,
        Stmt::Limit(l) => l.span,
    }
}

/// All of a statement of a test.
pub(crate) fn test_stmt_span(s: &TestStmt) -> Span {
    match s {
        TestStmt::Given { span, .. }
        | TestStmt::Forall { span, .. }
        | TestStmt::Assert { span, .. }
        | TestStmt::Error(span) => *span,
        TestStmt::Decl(d) => decl_span(d),
    }
}
