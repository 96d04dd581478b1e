//! Expressions: the precedence climber and the literals.

use super::{Lower, unquoted};
use crate::ast::{
    Arg, BinaryOp, Expr, ExprKind, FoldOp, Ident, Range, Span, TimeframeRef, UnaryOp,
};
use crate::codes;
use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};
use sbt_diagnostics::Diagnostic;
use sbt_grammar::Rule;
use std::sync::LazyLock;

/// Weakest first. `not` stands between `and` and the comparisons: `not a > b` negates the comparison.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    PrattParser::new()
        .op(Op::infix(Rule::or, Assoc::Left))
        .op(Op::infix(Rule::and, Assoc::Left))
        .op(Op::prefix(Rule::not))
        .op(Op::infix(Rule::eq, Assoc::Left)
            | Op::infix(Rule::ne, Assoc::Left)
            | Op::infix(Rule::lt, Assoc::Left)
            | Op::infix(Rule::le, Assoc::Left)
            | Op::infix(Rule::gt, Assoc::Left)
            | Op::infix(Rule::ge, Assoc::Left)
            | Op::infix(Rule::crosses, Assoc::Left)
            | Op::postfix(Rule::within))
        .op(Op::infix(Rule::or_else, Assoc::Left))
        .op(Op::infix(Rule::add, Assoc::Left) | Op::infix(Rule::sub, Assoc::Left))
        .op(Op::infix(Rule::mul, Assoc::Left)
            | Op::infix(Rule::div, Assoc::Left)
            | Op::infix(Rule::rem, Assoc::Left))
        .op(Op::prefix(Rule::neg))
});

impl Lower<'_> {
    /// An `expr` or `arith` pair.
    pub(crate) fn expr(&self, pair: &Pair<'_, Rule>) -> Expr {
        let mut inner = pair.clone().into_inner().peekable();
        match inner.peek().map(Pair::as_rule) {
            None => self.missing(pair),
            Some(Rule::if_) => inner
                .next()
                .map_or_else(|| self.missing(pair), |p| self.if_expr(&p)),
            Some(_) => PRECEDENCE
                .map_primary(|p| self.postfix(&p))
                .map_prefix(|op, operand| {
                    let kind = if op.as_rule() == Rule::neg {
                        UnaryOp::Neg
                    } else {
                        UnaryOp::Not
                    };
                    let span = self.span(&op).to(operand.span);
                    Expr {
                        kind: ExprKind::Unary {
                            op: kind,
                            expr: Box::new(operand),
                        },
                        span,
                    }
                })
                .map_postfix(|operand, op| self.within(operand, &op))
                .map_infix(|lhs, op, rhs| self.binary(lhs, &op, rhs))
                .parse(inner),
        }
    }

    fn if_expr(&self, pair: &Pair<'_, Rule>) -> Expr {
        let mut parts = self.exprs_in(pair).into_iter();
        let mut part = || Box::new(parts.next().unwrap_or_else(|| self.missing(pair)));
        let (cond, then, otherwise) = (part(), part(), part());
        let span = self.span(pair).to(cond.span);
        Expr {
            span: Span {
                end: otherwise.span.end,
                ..span
            },
            kind: ExprKind::If {
                cond,
                then,
                otherwise,
            },
        }
    }

    fn binary(&self, lhs: Expr, op: &Pair<'_, Rule>, rhs: Expr) -> Expr {
        let kind = match op.as_rule() {
            Rule::or => BinaryOp::Or,
            Rule::and => BinaryOp::And,
            Rule::eq => BinaryOp::Eq,
            Rule::ne => BinaryOp::Ne,
            Rule::lt => BinaryOp::Lt,
            Rule::le => BinaryOp::Le,
            Rule::gt => BinaryOp::Gt,
            Rule::ge => BinaryOp::Ge,
            Rule::or_else => BinaryOp::OrElse,
            Rule::add => BinaryOp::Add,
            Rule::sub => BinaryOp::Sub,
            Rule::mul => BinaryOp::Mul,
            Rule::div => BinaryOp::Div,
            Rule::rem => BinaryOp::Rem,
            _ => match op
                .clone()
                .into_inner()
                .find(|p| p.as_rule() != Rule::kw_crosses)
                .map(|p| p.as_rule())
            {
                Some(Rule::kw_above) => BinaryOp::CrossesAbove,
                Some(Rule::kw_below) => BinaryOp::CrossesBelow,
                _ => BinaryOp::Crosses,
            },
        };
        let op_span = self.tight(op);
        if is_comparison(kind)
            && let Some(error) = self.refuse_chain(&lhs, op_span, rhs.span)
        {
            return error;
        }
        let span = lhs.span.to(rhs.span);
        Expr {
            kind: ExprKind::Binary {
                op: kind,
                op_span,
                lhs: Box::new(lhs),
                rhs: Box::new(rhs),
            },
            span,
        }
    }

    /// `a < b < c` would compare a truth with a number: reported, and an error expression takes its place.
    fn refuse_chain(&self, lhs: &Expr, op_span: Span, rhs: Span) -> Option<Expr> {
        let middle = match &lhs.kind {
            ExprKind::Binary { op, rhs, .. } if is_comparison(*op) => Some(rhs.span),
            ExprKind::Within { .. } | ExprKind::OneOf { .. } => None,
            _ => return None,
        };
        let span = lhs.span.to(rhs);
        let mut diagnostic = Diagnostic::error(
            codes::CHAINED_COMPARISON,
            op_span,
            "comparisons can't be chained: each needs two values of its own",
        )
        .here("a second comparison")
        .label(lhs.span, "this is already true or false");
        let slice = |s: Span| {
            self.text
                .get(s.start as usize..s.end as usize)
                .unwrap_or("")
        };
        if let Some(middle) = middle {
            let gap = Span {
                start: middle.end,
                end: op_span.start,
                ..middle
            };
            let second = format!(
                "{} {}",
                slice(middle),
                slice(Span {
                    start: op_span.start,
                    ..rhs
                })
            );
            diagnostic = diagnostic
                .help(format!(
                    "join two comparisons with `and`: `{} and {second}`",
                    slice(lhs.span)
                ))
                .fix(
                    gap,
                    format!(" and {} ", slice(middle)),
                    "compare the middle value twice",
                );
        } else {
            diagnostic =
                diagnostic.help("join two conditions with `and`, or put the first in parentheses");
        }
        self.report(diagnostic);
        Some(Expr {
            kind: ExprKind::Error,
            span,
        })
    }

    fn within(&self, operand: Expr, pair: &Pair<'_, Rule>) -> Expr {
        let inner = pair
            .clone()
            .into_inner()
            .find(|p| matches!(p.as_rule(), Rule::set | Rule::range));
        let Some(inner) = inner else {
            return self.missing(pair);
        };
        let op = Span {
            end: self.span(pair).start + 2,
            ..self.span(pair)
        };
        if inner.as_rule() == Rule::range {
            let range = self.range(&inner);
            if let Some(error) = self.refuse_chain(&operand, op, range.span) {
                return error;
            }
            let span = operand.span.to(range.span);
            Expr {
                kind: ExprKind::Within {
                    expr: Box::new(operand),
                    range: Box::new(range),
                },
                span,
            }
        } else {
            let set = self.tight(&inner);
            if let Some(error) = self.refuse_chain(&operand, op, set) {
                return error;
            }
            let span = operand.span.to(set);
            Expr {
                kind: ExprKind::OneOf {
                    expr: Box::new(operand),
                    items: self.exprs_in(&inner),
                },
                span,
            }
        }
    }

    /// A `range` pair.
    pub(crate) fn range(&self, pair: &Pair<'_, Rule>) -> Range {
        let mut bounds = pair
            .clone()
            .into_inner()
            .filter(|p| p.as_rule() == Rule::arith);
        let mut bound = || {
            bounds
                .next()
                .map_or_else(|| self.missing(pair), |p| self.expr(&p))
        };
        let (lo, hi) = (bound(), bound());
        let inclusive = !pair
            .clone()
            .into_inner()
            .any(|p| p.as_rule() == Rule::half_open);
        let span = lo.span.to(hi.span);
        Range {
            lo,
            hi,
            inclusive,
            span,
        }
    }

    fn postfix(&self, pair: &Pair<'_, Rule>) -> Expr {
        let mut value: Option<Expr> = None;
        for part in pair.clone().into_inner() {
            let span = self.tight(&part);
            value = Some(match (part.as_rule(), value) {
                (Rule::index, Some(base)) => {
                    let index = Box::new(self.expr_in(&part));
                    let bound = part.into_inner().find(|p| p.as_rule() == Rule::bound);
                    let max = bound.map(|p| Box::new(self.expr_in(&p)));
                    Expr {
                        span: base.span.to(span),
                        kind: ExprKind::Index {
                            base: Box::new(base),
                            index,
                            max,
                        },
                    }
                }
                (Rule::field, Some(base)) => {
                    let field = self.name_in(&part);
                    Expr {
                        span: base.span.to(field.span),
                        kind: ExprKind::Field {
                            base: Box::new(base),
                            field,
                        },
                    }
                }
                (_, _) => self.primary(&part),
            });
        }
        value.unwrap_or_else(|| self.missing(pair))
    }

    fn primary(&self, pair: &Pair<'_, Rule>) -> Expr {
        let span = self.tight(pair);
        let kind = match pair.as_rule() {
            Rule::fold => self.fold(pair),
            Rule::on_expr => {
                let body = self.expr_in(pair);
                let span = Span {
                    end: body.span.end,
                    ..span
                };
                let kind = ExprKind::On {
                    timeframe: self.timeframe(pair),
                    of: self.symbol(pair),
                    body: Box::new(body),
                };
                return Expr { kind, span };
            }
            Rule::call => ExprKind::Call {
                callee: self.name_in(pair),
                args: self.args(pair),
            },
            Rule::literal => pair
                .clone()
                .into_inner()
                .next()
                .map_or(ExprKind::Error, |p| self.literal(&p)),
            Rule::name_ref => ExprKind::Name(pair.as_str().trim_end().to_owned()),
            Rule::paren => ExprKind::Paren(Box::new(self.expr_in(pair))),
            _ => ExprKind::Error,
        };
        Expr { kind, span }
    }

    fn fold(&self, pair: &Pair<'_, Rule>) -> ExprKind {
        let mut op = FoldOp::Sum;
        let mut range = None;
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::fold_op => {
                    op = match part.as_str() {
                        "max" => FoldOp::Max,
                        "min" => FoldOp::Min,
                        "all" => FoldOp::All,
                        "any" => FoldOp::Any,
                        "count" => FoldOp::Count,
                        _ => FoldOp::Sum,
                    }
                }
                Rule::range => range = Some(self.range(&part)),
                _ => {}
            }
        }
        match range {
            Some(range) => ExprKind::Fold {
                op,
                var: self.name_in(pair),
                range: Box::new(range),
                body: Box::new(self.expr_in(pair)),
            },
            None => ExprKind::Error,
        }
    }

    fn args(&self, pair: &Pair<'_, Rule>) -> Vec<Arg> {
        let args = pair
            .clone()
            .into_inner()
            .filter(|p| p.as_rule() == Rule::arg);
        args.map(|arg| {
            let name = arg
                .clone()
                .into_inner()
                .find(|p| p.as_rule() == Rule::arg_name)
                .map(|p| self.name_in(&p));
            Arg {
                name,
                value: self.expr_in(&arg),
            }
        })
        .collect()
    }

    /// The timeframe below a pair.
    pub(crate) fn timeframe(&self, pair: &Pair<'_, Rule>) -> TimeframeRef {
        let reference = pair
            .clone()
            .into_inner()
            .find(|p| p.as_rule() == Rule::timeframe_ref);
        match reference.and_then(|p| p.into_inner().next()) {
            Some(p) if p.as_rule() == Rule::timeframe => TimeframeRef::Lit {
                ms: self.timeframe_ms(&p).unwrap_or(1000),
                text: p.as_str().to_owned(),
                span: self.span(&p),
            },
            Some(p) => TimeframeRef::Name(self.ident(&p)),
            None => TimeframeRef::Name(Ident {
                name: String::new(),
                span: self.span(pair),
            }),
        }
    }

    /// The symbol of an `of` clause below a pair.
    pub(crate) fn symbol(&self, pair: &Pair<'_, Rule>) -> Option<Ident> {
        let of = pair
            .clone()
            .into_inner()
            .find(|p| p.as_rule() == Rule::of)?;
        of.into_inner()
            .find(|p| p.as_rule() == Rule::symbol)
            .map(|p| self.symbol_name(&p))
    }

    /// A `symbol` pair: a name, or a text for symbols that are no names.
    pub(crate) fn symbol_name(&self, pair: &Pair<'_, Rule>) -> Ident {
        Ident {
            name: unquoted(pair.as_str().trim_end()),
            span: self.tight(pair),
        }
    }

    fn timeframe_ms(&self, pair: &Pair<'_, Rule>) -> Option<i64> {
        let text = pair.as_str();
        let (digits, unit) = text.split_at(text.len() - 1);
        let unit: i64 = match unit {
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => 7 * 86_400_000,
        };
        // A century is more than any history, and far from overflow.
        let ms = digits
            .parse::<i64>()
            .ok()
            .and_then(|n| n.checked_mul(unit))
            .filter(|ms| *ms <= 3_155_760_000_000);
        match ms {
            Some(0) => {
                self.report(
                    Diagnostic::error(
                        codes::NUMBER_FORM,
                        self.span(pair),
                        "a timeframe of length zero",
                    )
                    .here("no bar is that short")
                    .help("the shortest timeframe is `1s`"),
                );
                None
            }
            Some(ms) => Some(ms),
            None => {
                self.out_of_range(self.span(pair), "this timeframe");
                None
            }
        }
    }

    fn literal(&self, pair: &Pair<'_, Rule>) -> ExprKind {
        let text = pair.as_str().trim_end();
        match pair.as_rule() {
            Rule::number => self
                .number(pair, text, 0)
                .map_or(ExprKind::Error, ExprKind::Number),
            Rule::percent => self
                .number(pair, &text[..text.len() - 1], 2)
                .map_or(ExprKind::Error, ExprKind::Percent),
            Rule::risk => self
                .number(pair, &text[..text.len() - 1], 0)
                .map_or(ExprKind::Error, ExprKind::Risk),
            Rule::bars => {
                let digits: String = text
                    .chars()
                    .take_while(|c| c.is_ascii_digit() || *c == '_')
                    .collect();
                match digits.replace('_', "").parse() {
                    Ok(bars) => ExprKind::Bars(bars),
                    Err(_) => self.out_of_range(self.tight(pair), "this number of bars"),
                }
            }
            Rule::timeframe => self
                .timeframe_ms(pair)
                .map_or(ExprKind::Error, ExprKind::Timeframe),
            Rule::string => ExprKind::Str(unquoted(text)),
            Rule::kw_true => ExprKind::Bool(true),
            Rule::kw_false => ExprKind::Bool(false),
            _ => ExprKind::Error,
        }
    }

    /// The f64 nearest to the digits, moved `places` decimal places to the right of the point: `0.1%` is exactly
    /// what `0.001` is, which a division by 100 would not always give.
    fn number(&self, pair: &Pair<'_, Rule>, digits: &str, places: i32) -> Option<f64> {
        let plain = digits.replace('_', "");
        let value = if places == 0 {
            plain.parse::<f64>()
        } else {
            let (mantissa, exponent) = plain.split_once(['e', 'E']).unwrap_or((&plain, "0"));
            let exponent = exponent
                .parse::<i32>()
                .unwrap_or(i32::MAX / 2)
                .saturating_sub(places);
            format!("{mantissa}e{exponent}").parse::<f64>()
        };
        match value {
            Ok(value) if value.is_finite() => Some(value),
            _ => {
                self.out_of_range(self.tight(pair), "this number");
                None
            }
        }
    }
}

/// Operators of the comparison level, which do not chain.
pub(crate) fn is_comparison(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge
            | BinaryOp::Crosses
            | BinaryOp::CrossesAbove
            | BinaryOp::CrossesBelow
    )
}
