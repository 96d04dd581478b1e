//! `test` blocks.

use crate::check::Checker;
use crate::graph::NodeKind;
use crate::program::{Assertion, Claim, Test, Val};
use crate::scope::Scope;
use crate::unit::Type;
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{self, ExprKind, ListItem, TestStmt};
use sixbtc_abi::Column;

impl<'a> Checker<'a> {
    /// Checks a test.
    pub(crate) fn test(&mut self, t: &'a ast::Test) -> Option<Test> {
        let before = self.diags.iter().filter(|d| d.is_error()).count();
        // one-minute bars from the epoch on; a test may use coarser clocks
        self.base_frame(60_000);
        self.claims = true;
        self.scopes.push(Scope::default());
        for s in &t.body {
            if let TestStmt::Decl(d) = s {
                self.announce_rec(d);
            }
        }
        let mut given: Vec<(Column, Vec<f64>)> = Vec::new();
        let mut random_bars = None;
        let mut asserts = Vec::new();
        for s in &t.body {
            match s {
                TestStmt::Given {
                    column,
                    values,
                    span,
                } => {
                    if let Some(c) = self.given_column(column) {
                        let list = self.list(values);
                        if given.iter().any(|g| g.0 == c) {
                            self.report(
                                Diagnostic::error("E0104", *span, "this column is given twice")
                                    .here("second time"),
                            );
                        } else if given.first().is_some_and(|g| g.1.len() != list.len()) {
                            self.report(
                                Diagnostic::error(
                                    "E0902",
                                    *span,
                                    "the columns of a test must be of one length",
                                )
                                .here(format!("{} values", list.len())),
                            );
                        } else {
                            given.push((
                                c,
                                list.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect(),
                            ));
                        }
                    }
                }
                TestStmt::Forall { source, span } => {
                    random_bars = self.forall(source, *span).or(random_bars);
                }
                TestStmt::Decl(d) => self.decl(d),
                TestStmt::Assert {
                    expr,
                    expected,
                    span,
                } => {
                    if let Some(a) = self.assertion(expr, expected.as_deref(), *span) {
                        asserts.push(a);
                    }
                }
                TestStmt::Error(_) => {}
            }
        }
        self.scopes.pop();
        if given.is_empty() && random_bars.is_none() {
            self.report(
                Diagnostic::error("E0902", t.span, "this test has no bars")
                    .here("what should it run on?")
                    .help("add `given close = [1, 2, 3]` or `forall random_bars(1000)`"),
            );
        }
        let claims = |s: &TestStmt| matches!(s, TestStmt::Assert { .. } | TestStmt::Error(_));
        if !t.body.iter().any(claims) {
            self.report(
                Diagnostic::error("E0902", t.span, "this test claims nothing")
                    .here("no `assert`")
                    .help("add `assert …`"),
            );
        }
        (self.diags.iter().filter(|d| d.is_error()).count() == before).then(|| Test {
            name: t.name.clone(),
            span: t.span,
            given,
            random_bars,
            frames: std::mem::take(&mut self.frames),
            graph: std::mem::take(&mut self.g),
            asserts,
        })
    }

    fn given_column(&mut self, id: &ast::Ident) -> Option<Column> {
        let c = match id.name.as_str() {
            "open" => Column::Open,
            "high" => Column::High,
            "low" => Column::Low,
            "close" => Column::Close,
            "volume" => Column::Volume,
            _ => {
                self.report(
                    Diagnostic::error("E0902", id.span, format!("`{}` cannot be given", id.name))
                        .here("not a column of bars")
                        .help("give `open`, `high`, `low`, `close` or `volume`"),
                );
                return None;
            }
        };
        Some(c)
    }

    /// Constant values; `None` for `_`.
    fn list(&mut self, items: &'a [ListItem]) -> Vec<Option<f64>> {
        items
            .iter()
            .map(|i| match i {
                ListItem::Any(_) => None,
                ListItem::Value(e) => {
                    let n = self.one(e);
                    match &self.g.node(n).kind {
                        _ if self.g.node(n).ty == Type::Error => None,
                        NodeKind::Number(v) => Some(v.get()),
                        NodeKind::Bool(b) => Some(f64::from(u8::from(*b))),
                        _ => {
                            self.report(
                                Diagnostic::error(
                                    "E0902",
                                    e.span,
                                    "a list of values holds constants",
                                )
                                .here("not a constant"),
                            );
                            None
                        }
                    }
                }
            })
            .collect()
    }

    fn forall(&mut self, e: &'a ast::Expr, span: Span) -> Option<usize> {
        if let ExprKind::Call { callee, args } = &e.kind
            && callee.name == "random_bars"
            && let [arg] = args.as_slice()
        {
            let n = self.one(&arg.value);
            if let Some(v) = self.g.as_const(n)
                && (1.0..=100_000.0).contains(&v)
            {
                return Some(v as usize);
            }
        }
        self.report(
            Diagnostic::error("E0902", span, "`forall` runs on random bars")
                .here("not a source of bars")
                .help("write `forall random_bars(1000)` (1 to 100 000 bars)"),
        );
        None
    }

    fn assertion(
        &mut self,
        e: &'a ast::Expr,
        expected: Option<&'a [ListItem]>,
        span: Span,
    ) -> Option<Assertion> {
        let what = match expected {
            None => Claim::Holds(self.boolean(e, "what is asserted")),
            Some(items) => {
                let val = self.value(e);
                if val == Val::Error {
                    return None;
                }
                let n = self.single(val, e.span);
                let n = if self.g.node(n).ty == Type::Bool {
                    self.prim(
                        crate::graph::Prim::ToFloat,
                        &[n],
                        Type::Num(crate::unit::Dim::INT),
                    )
                } else {
                    n
                };
                let list = self.list(items);
                Claim::Is(n, list)
            }
        };
        let (Claim::Holds(n) | Claim::Is(n, _)) = &what;
        if self.g.node(*n).deps.position {
            self.report(
                Diagnostic::error("E0902", e.span, "a test has no position")
                    .here("reads the position")
                    .help("give a definition what it needs of the position as an argument: `held_for(position.bars)`, and in a test `held_for(3 bars)`"),
            );
            return None;
        }
        Some(Assertion { span, what })
    }
}
