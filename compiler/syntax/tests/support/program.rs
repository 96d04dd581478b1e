//! Random programs as trees. Where a child binds weaker than its place allows, the generator writes the parentheses
//! into the tree, so that printing a tree and parsing the text must give the same tree.

use super::Dice;
use sbt_syntax::ast::*;

const NAMES: &[&str] = &[
    "a",
    "b",
    "close",
    "fast",
    "x1",
    "_y",
    "Bias",
    "over_sold",
    "open",
    "mean",
];
const CALLED: &[&str] = &["sma", "ema", "f", "highest", "price", "forming"];
const TYPES: &[&str] = &["num", "price", "bars", "float", "bool", "percent", "Bias"];
const TIMEFRAMES: &[(&str, i64)] = &[
    ("30s", 30_000),
    ("15m", 900_000),
    ("4h", 14_400_000),
    ("1d", 86_400_000),
    ("1w", 604_800_000),
];

fn nowhere() -> Span {
    Span::default()
}

/// How tightly an expression binds; an `if` must stand alone.
pub fn level(kind: &ExprKind) -> u8 {
    match kind {
        ExprKind::If { .. } | ExprKind::On { .. } | ExprKind::Error => 0,
        ExprKind::Binary { op, .. } => binary_level(*op),
        ExprKind::Within { .. } | ExprKind::OneOf { .. } => 4,
        ExprKind::Unary {
            op: UnaryOp::Not, ..
        } => 3,
        ExprKind::Unary {
            op: UnaryOp::Neg, ..
        } => 8,
        _ => 9,
    }
}

fn binary_level(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::OrElse => 5,
        BinaryOp::Add | BinaryOp::Sub => 6,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => 7,
        _ => 4,
    }
}

/// Rolls programs.
pub struct Maker {
    pub dice: Dice,
}

impl Maker {
    fn ident(&mut self) -> Ident {
        Ident {
            name: (*self.dice.pick(NAMES)).to_owned(),
            span: nowhere(),
        }
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.dice.one_in(2) {
            Some(make(self))
        } else {
            None
        }
    }

    fn some<T>(
        &mut self,
        least: usize,
        most: usize,
        mut make: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        let n = least + self.dice.below(most - least + 1);
        (0..n).map(|_| make(self)).collect()
    }

    fn at_least(&mut self, needed: u8, depth: usize) -> Expr {
        let expr = self.expr(depth);
        if level(&expr.kind) < needed {
            wrap(ExprKind::Paren(Box::new(expr)))
        } else {
            expr
        }
    }

    /// A bound of a range, a default: arithmetic only.
    fn arith(&mut self, depth: usize) -> Expr {
        let expr = self.at_least(6, depth);
        if arithmetic(&expr) {
            expr
        } else {
            wrap(ExprKind::Paren(Box::new(expr)))
        }
    }

    fn range(&mut self, depth: usize) -> Range {
        Range {
            lo: self.arith(depth),
            hi: self.arith(depth),
            inclusive: self.dice.one_in(2),
            span: nowhere(),
        }
    }

    /// An expression of at most that depth.
    pub fn expr(&mut self, depth: usize) -> Expr {
        let choices = if depth == 0 { 9 } else { 20 };
        let d = depth.saturating_sub(1);
        wrap(match self.dice.below(choices) {
            0 | 1 => ExprKind::Name(self.ident().name),
            2 => ExprKind::Number(self.dice.below(4000) as f64 / 8.0),
            3 => ExprKind::Percent(
                format!("{}e-2", self.dice.below(400) as f64 / 4.0)
                    .parse()
                    .unwrap(),
            ),
            4 => ExprKind::Bars(self.dice.below(500) as u32),
            5 => ExprKind::Timeframe(self.dice.pick(TIMEFRAMES).1),
            6 => ExprKind::Risk(self.dice.below(40) as f64 / 2.0),
            7 => ExprKind::Bool(self.dice.one_in(2)),
            8 => ExprKind::Str("some text // here".to_owned()),
            9 => {
                let callee = Ident {
                    name: (*self.dice.pick(CALLED)).to_owned(),
                    span: nowhere(),
                };
                let args = self.some(0, 3, |m| Arg {
                    name: if m.dice.one_in(4) {
                        Some(m.ident())
                    } else {
                        None
                    },
                    value: m.expr(d),
                });
                ExprKind::Call { callee, args }
            }
            10 => ExprKind::Index {
                base: Box::new(self.at_least(9, d)),
                index: Box::new(self.expr(d)),
                max: self.maybe(|m| Box::new(m.expr(d))),
            },
            11 => ExprKind::Field {
                base: Box::new(self.at_least(9, d)),
                field: self.ident(),
            },
            12 => ExprKind::Unary {
                op: UnaryOp::Neg,
                expr: Box::new(self.at_least(8, d)),
            },
            13 => ExprKind::Unary {
                op: UnaryOp::Not,
                expr: Box::new(self.at_least(3, d)),
            },
            14 => ExprKind::Within {
                expr: Box::new(self.at_least(5, d)),
                range: Box::new(self.range(d)),
            },
            15 => ExprKind::OneOf {
                expr: Box::new(self.at_least(5, d)),
                items: self.some(1, 3, |m| m.expr(d)),
            },
            16 => ExprKind::If {
                cond: Box::new(self.expr(d)),
                then: Box::new(self.expr(d)),
                otherwise: Box::new(self.expr(d)),
            },
            17 => {
                let op = *self.dice.pick(&[
                    FoldOp::Sum,
                    FoldOp::Max,
                    FoldOp::Min,
                    FoldOp::All,
                    FoldOp::Any,
                    FoldOp::Count,
                ]);
                ExprKind::Fold {
                    op,
                    var: self.ident(),
                    range: Box::new(self.range(d)),
                    body: Box::new(self.expr(d)),
                }
            }
            18 => ExprKind::On {
                timeframe: self.timeframe(),
                of: self.maybe(Self::ident),
                body: Box::new(self.expr(d)),
            },
            _ => self.binary(d),
        })
    }

    fn binary(&mut self, depth: usize) -> ExprKind {
        use BinaryOp::{
            Add, And, Crosses, CrossesAbove, CrossesBelow, Div, Eq, Ge, Gt, Le, Lt, Mul, Ne, Or,
            OrElse, Rem, Sub,
        };
        let ops = [
            Or,
            And,
            Eq,
            Ne,
            Lt,
            Le,
            Gt,
            Ge,
            Crosses,
            CrossesAbove,
            CrossesBelow,
            OrElse,
            Add,
            Sub,
            Mul,
            Div,
            Rem,
        ];
        let op = *self.dice.pick(&ops);
        let level = binary_level(op);
        let left = if level == 4 { 5 } else { level };
        ExprKind::Binary {
            op,
            op_span: nowhere(),
            lhs: Box::new(self.at_least(left, depth)),
            rhs: Box::new(self.at_least(level + 1, depth)),
        }
    }

    fn timeframe(&mut self) -> TimeframeRef {
        if self.dice.one_in(4) {
            return TimeframeRef::Name(self.ident());
        }
        let (text, ms) = *self.dice.pick(TIMEFRAMES);
        TimeframeRef::Lit {
            ms,
            text: text.to_owned(),
            span: nowhere(),
        }
    }

    fn ty(&mut self) -> TypeExpr {
        TypeExpr {
            name: (*self.dice.pick(TYPES)).to_owned(),
            power: *self.dice.pick(&[1, 1, 1, 2, -1]),
            optional: self.dice.one_in(5),
            span: nowhere(),
        }
    }

    fn decl(&mut self) -> Decl {
        let span = nowhere();
        if self.dice.one_in(3) {
            return Decl::Rec {
                name: self.ident(),
                ty: self.maybe(Self::ty),
                value: self.expr(3),
                init: self.expr(2),
                settle: self.maybe(|m| m.expr(1)),
                span,
            };
        }
        let tuple = self.dice.one_in(4);
        let names = if tuple {
            self.some(2, 3, Self::ident)
        } else {
            vec![self.ident()]
        };
        Decl::Let {
            names,
            tuple,
            ty: self.maybe(Self::ty),
            value: self.expr(4),
            span,
        }
    }

    fn side(&mut self) -> Side {
        *self.dice.pick(&[Side::Long, Side::Short])
    }

    fn exit(&mut self) -> Exit {
        let scope = match self.dice.below(3) {
            0 => ExitScope::All,
            1 => ExitScope::Side(self.side()),
            _ => ExitScope::Label(self.ident()),
        };
        let kind = match self.dice.below(4) {
            0 => ExitKind::When(self.expr(3)),
            1 => ExitKind::After(self.expr(1)),
            2 => ExitKind::SessionEnd,
            _ => ExitKind::At(self.expr(2)),
        };
        Exit {
            scope,
            kind,
            span: nowhere(),
        }
    }

    fn leg(&mut self) -> Leg {
        let span = nowhere();
        match self.dice.below(5) {
            0 => Leg::Stop {
                level: self.expr(2),
                span,
            },
            1 => Leg::Breakeven {
                after: self.expr(1),
                span,
            },
            2 => Leg::Target {
                level: self.expr(2),
                closing: self.maybe(|m| m.expr(1)),
                span,
            },
            3 => Leg::Trail {
                distance: self.expr(2),
                after: self.maybe(|m| m.expr(1)),
                span,
            },
            _ => Leg::Exit(self.exit()),
        }
    }

    fn sizing(&mut self) -> Sizing {
        match self.dice.below(4) {
            0 => Sizing::Risk(self.expr(1)),
            1 => Sizing::TargetVol(self.expr(1)),
            2 => Sizing::Equity(self.expr(1)),
            _ => Sizing::Amount(self.expr(1)),
        }
    }

    fn statement(&mut self, portfolio: bool) -> Stmt {
        let span = nowhere();
        match self.dice.below(if portfolio { 14 } else { 12 }) {
            0 => Stmt::Clock {
                timeframe: self.timeframe(),
                session: self.maybe(|_| ("08:00-21:00".to_owned(), "UTC".to_owned(), nowhere())),
                span,
            },
            1 => {
                let domain = match self.dice.below(3) {
                    0 => None,
                    1 => Some(Domain::Range {
                        range: Box::new(self.range(1)),
                        step: self.maybe(|m| m.arith(1)),
                    }),
                    _ => Some(Domain::Set(self.some(1, 4, |m| m.expr(1)), span)),
                };
                Stmt::Param(Param {
                    name: self.ident(),
                    ty: self.ty(),
                    default: self.arith(2),
                    domain,
                    span,
                })
            }
            2 => Stmt::Require {
                cond: self.expr(3),
                span,
            },
            3 | 4 => Stmt::Decl(self.decl()),
            5 => Stmt::On {
                timeframe: self.timeframe(),
                of: self.maybe(Self::ident),
                body: self.some(0, 3, Self::decl),
                span,
            },
            6 => {
                let at = self.maybe(|m| At {
                    limit: m.dice.one_in(2),
                    price: m.expr(2),
                    bars: m.maybe(|m| m.expr(1)),
                    span: nowhere(),
                });
                Stmt::Enter(Enter {
                    side: self.side(),
                    label: self.maybe(Self::ident),
                    when: self.expr(4),
                    at,
                    size: self.maybe(Self::sizing),
                    legs: self.some(0, 4, Self::leg),
                    span,
                })
            }
            7 => Stmt::Exit(self.exit()),
            8 => {
                let kind = match self.dice.below(4) {
                    0 => LimitKind::Leverage(self.expr(1)),
                    1 => LimitKind::Pyramid(self.expr(1), self.maybe(|m| m.expr(1))),
                    2 => LimitKind::Cooldown(self.expr(1)),
                    _ => LimitKind::Trades(self.expr(1), self.timeframe()),
                };
                Stmt::Limit(Limit { kind, span })
            }
            9 => Stmt::Size {
                sizing: self.sizing(),
                span,
            },
            10 => Stmt::Plot {
                exprs: self.some(1, 3, |m| m.expr(2)),
                span,
            },
            11 => Stmt::Alert {
                text: "look".to_owned(),
                cond: self.expr(3),
                span,
            },
            12 => {
                if self.dice.one_in(2) {
                    Stmt::Universe {
                        top: Some((self.expr(1), self.expr(2))),
                        symbols: Vec::new(),
                        span,
                    }
                } else {
                    Stmt::Universe {
                        top: None,
                        symbols: self.some(1, 4, Self::ident),
                        span,
                    }
                }
            }
            _ => Stmt::Hold {
                top: self.dice.one_in(2),
                count: self.expr(1),
                by: self.expr(2),
                side: self.maybe(Self::side),
                every: self.maybe(Self::timeframe),
                weight: self.maybe(|m| m.expr(2)),
                span,
            },
        }
    }

    fn formals(&mut self) -> Vec<Formal> {
        self.some(0, 3, |m| Formal {
            name: m.ident(),
            ty: m.ty(),
            default: m.maybe(|m| m.expr(1)),
        })
    }

    fn doc(&mut self) -> String {
        (*self
            .dice
            .pick(&["", "", "One line.", "Two\nlines, `code`", "\nblank first"]))
        .to_owned()
    }

    fn list(&mut self) -> Vec<ListItem> {
        self.some(0, 6, |m| {
            if m.dice.one_in(3) {
                ListItem::Any(nowhere())
            } else {
                ListItem::Value(m.expr(1))
            }
        })
    }

    fn item(&mut self) -> Item {
        let span = nowhere();
        match self.dice.below(8) {
            0 => Item::Use(Use {
                path: "patterns/unger".to_owned(),
                span,
            }),
            1 => Item::Enum(EnumDef {
                name: self.ident(),
                members: self.some(1, 4, Self::ident),
                span,
            }),
            portfolio @ 2..=4 => {
                let portfolio = portfolio == 4;
                let strategy = Strategy {
                    name: self.ident(),
                    title: self.maybe(|_| "A title".to_owned()),
                    doc: self.doc(),
                    body: self.some(0, 8, |m| m.statement(portfolio)),
                    span,
                };
                if portfolio {
                    Item::Portfolio(strategy)
                } else {
                    Item::Strategy(strategy)
                }
            }
            5 => {
                let rets = if self.dice.one_in(2) {
                    Rets::One(self.ty())
                } else {
                    Rets::Many(self.some(1, 3, |m| (m.ident(), m.ty())))
                };
                Item::Indicator(Indicator {
                    name: self.ident(),
                    doc: self.doc(),
                    formals: self.formals(),
                    rets,
                    body: self.some(0, 4, Self::decl),
                    give: self.some(1, 3, |m| m.expr(3)),
                    span,
                })
            }
            6 => Item::Func(Func {
                name: self.ident(),
                doc: self.doc(),
                formals: self.formals(),
                ret: self.ty(),
                body: self.expr(4),
                span,
            }),
            _ => {
                let body = self.some(0, 4, |m| match m.dice.below(4) {
                    0 => TestStmt::Given {
                        column: m.ident(),
                        values: m.list(),
                        span: nowhere(),
                    },
                    1 => TestStmt::Forall {
                        source: m.expr(1),
                        span: nowhere(),
                    },
                    2 => TestStmt::Assert {
                        expr: m.expr(3),
                        expected: m.maybe(Self::list),
                        span: nowhere(),
                    },
                    _ => TestStmt::Decl(m.decl()),
                });
                Item::Test(Test {
                    name: "some test".to_owned(),
                    body,
                    span,
                })
            }
        }
    }

    /// A file.
    pub fn file(&mut self) -> File {
        File {
            edition: Some(1),
            items: self.some(0, 4, Self::item),
            span: nowhere(),
        }
    }
}

fn wrap(kind: ExprKind) -> Expr {
    Expr {
        kind,
        span: nowhere(),
    }
}

/// Whether the grammar's `arith` takes it.
fn arithmetic(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Binary { op, lhs, rhs, .. } => {
            binary_level(*op) >= 6 && arithmetic(lhs) && arithmetic(rhs)
        }
        ExprKind::Unary {
            op: UnaryOp::Neg,
            expr,
        } => arithmetic(expr),
        kind => level(kind) == 9,
    }
}
