//! Statements, legs and the heads of items.

use super::{Lower, unquoted};
use crate::ast::{
    At, Decl, Domain, Enter, EnumDef, Exit, ExitKind, ExitScope, Expr, Formal, Func, Ident, Leg,
    Limit, LimitKind, ListItem, Param, Rets, Side, Sizing, Stmt, TestStmt, TimeframeRef, TypeExpr,
    Use,
};
use pest::iterators::Pair;
use sbt_grammar::Rule;

type P<'a> = Pair<'a, Rule>;

fn child<'a>(pair: &P<'a>, rule: Rule) -> Option<P<'a>> {
    pair.clone().into_inner().find(|p| p.as_rule() == rule)
}

fn children<'a>(pair: &P<'a>, rule: Rule) -> impl Iterator<Item = P<'a>> {
    pair.clone()
        .into_inner()
        .filter(move |p| p.as_rule() == rule)
}

/// Name, formal parameters and result of an indicator or a function.
pub(crate) struct Signature {
    pub name: Ident,
    pub formals: Vec<Formal>,
    pub rets: Rets,
}

impl Lower<'_> {
    pub(crate) fn use_item(&self, pair: &P<'_>) -> Use {
        match child(pair, Rule::path) {
            Some(path) => Use {
                path: path.as_str().to_owned(),
                span: self.span(&path),
            },
            None => Use {
                path: String::new(),
                span: self.span(pair),
            },
        }
    }

    pub(crate) fn enum_def(&self, pair: &P<'_>) -> EnumDef {
        let mut names = children(pair, Rule::ident).map(|p| self.ident(&p));
        let name = names.next().unwrap_or_else(|| self.name_in(pair));
        EnumDef {
            name,
            members: names.collect(),
            span: self.tight(pair),
        }
    }

    /// Name and title of a strategy or portfolio.
    pub(crate) fn title_head(&self, pair: &P<'_>) -> (Ident, Option<String>) {
        (
            self.name_in(pair),
            child(pair, Rule::string).map(|p| unquoted(p.as_str())),
        )
    }

    pub(crate) fn test_name(pair: &P<'_>) -> String {
        child(pair, Rule::string)
            .map(|p| unquoted(p.as_str()))
            .unwrap_or_default()
    }

    pub(crate) fn signature(&self, pair: &P<'_>) -> Signature {
        let formals = child(pair, Rule::formals)
            .map(|p| self.formals(&p))
            .unwrap_or_default();
        let rets = child(pair, Rule::rets)
            .map_or_else(|| Rets::One(self.type_in(pair)), |p| self.rets(&p));
        Signature {
            name: self.name_in(pair),
            formals,
            rets,
        }
    }

    pub(crate) fn func(&self, pair: &P<'_>) -> Func {
        let head = child(pair, Rule::func_head).unwrap_or_else(|| pair.clone());
        let body = self.expr_in(pair);
        let signature = self.signature(&head);
        let ret = self.type_in(&head);
        let span = self.span(pair).to(body.span);
        let span = sbt_diagnostics::Span {
            end: body.span.end,
            ..span
        };
        Func {
            name: signature.name,
            doc: String::new(),
            formals: signature.formals,
            ret,
            body,
            span,
        }
    }

    fn formals(&self, pair: &P<'_>) -> Vec<Formal> {
        children(pair, Rule::formal)
            .map(|p| Formal {
                name: self.name_in(&p),
                ty: self.type_in(&p),
                default: child(&p, Rule::expr).map(|e| self.expr(&e)),
            })
            .collect()
    }

    fn rets(&self, pair: &P<'_>) -> Rets {
        let many: Vec<_> = children(pair, Rule::ret)
            .map(|p| (self.name_in(&p), self.type_in(&p)))
            .collect();
        if many.is_empty() {
            Rets::One(self.type_in(pair))
        } else {
            Rets::Many(many)
        }
    }

    /// The type below a pair.
    fn type_in(&self, pair: &P<'_>) -> TypeExpr {
        child(pair, Rule::type_).map_or_else(
            || TypeExpr {
                name: String::new(),
                power: 1,
                optional: false,
                span: self.span(pair),
            },
            |p| self.type_expr(&p),
        )
    }

    fn type_expr(&self, pair: &P<'_>) -> TypeExpr {
        let power = child(pair, Rule::power);
        let value = power
            .as_ref()
            .map_or(Some(1), |p| p.as_str().parse::<i8>().ok());
        if let (None, Some(power)) = (value, &power) {
            self.out_of_range(self.span(power), "this exponent");
        }
        TypeExpr {
            name: self.name_in(pair).name,
            power: value.unwrap_or(1),
            optional: child(pair, Rule::optional).is_some(),
            span: self.tight(pair),
        }
    }

    /// A `let_` or `rec_` pair.
    pub(crate) fn decl(&self, pair: &P<'_>) -> Decl {
        let ty = child(pair, Rule::type_).map(|p| self.type_expr(&p));
        let value = self.expr_in(pair);
        if pair.as_rule() == Rule::rec_ {
            let init =
                child(pair, Rule::init).map_or_else(|| self.missing(pair), |p| self.expr_in(&p));
            let settle = child(pair, Rule::settle).map(|p| self.expr_in(&p));
            return Decl::Rec {
                name: self.name_in(pair),
                ty,
                value,
                init,
                settle,
                span: self.tight(pair),
            };
        }
        let names = child(pair, Rule::names);
        Decl::Let {
            names: names
                .iter()
                .flat_map(|n| children(n, Rule::ident))
                .map(|p| self.ident(&p))
                .collect(),
            tuple: names.is_some_and(|n| child(&n, Rule::lparen).is_some()),
            ty,
            value,
            span: self.tight(pair),
        }
    }

    /// The `give` expressions.
    pub(crate) fn give(&self, pair: &P<'_>) -> Vec<Expr> {
        self.exprs_in(pair)
    }

    /// Timeframe and symbol of an `on … {` head.
    pub(crate) fn on_head(&self, pair: &P<'_>) -> (TimeframeRef, Option<Ident>) {
        (self.timeframe(pair), self.symbol(pair))
    }

    /// A statement of a strategy that has no block; `None` for any other rule.
    pub(crate) fn statement(&self, pair: &P<'_>) -> Option<Stmt> {
        let span = self.tight(pair);
        Some(match pair.as_rule() {
            Rule::clock => {
                let session = child(pair, Rule::session).map(|s| {
                    let mut texts = children(&s, Rule::string).map(|p| unquoted(p.as_str()));
                    (
                        texts.next().unwrap_or_default(),
                        texts.next().unwrap_or_default(),
                        self.tight(&s),
                    )
                });
                Stmt::Clock {
                    timeframe: self.timeframe(pair),
                    session,
                    span,
                }
            }
            Rule::param => Stmt::Param(Param {
                name: self.name_in(pair),
                ty: self.type_in(pair),
                default: self.expr_in(pair),
                domain: self.domain(pair),
                span,
            }),
            Rule::require_ => Stmt::Require {
                cond: self.expr_in(pair),
                span,
            },
            Rule::let_ | Rule::rec_ => Stmt::Decl(self.decl(pair)),
            Rule::enter_head => Stmt::Enter(self.enter(pair)),
            Rule::exit => Stmt::Exit(self.exit(pair)),
            Rule::limit_ => Stmt::Limit(Limit {
                kind: self.limit(pair)?,
                span,
            }),
            Rule::size => Stmt::Size {
                sizing: self.sizing(pair)?,
                span,
            },
            Rule::plot => Stmt::Plot {
                exprs: self.exprs_in(pair),
                span,
            },
            Rule::alert => Stmt::Alert {
                text: Self::test_name(pair),
                cond: self.expr_in(pair),
                span,
            },
            Rule::universe => {
                let top = child(pair, Rule::universe_top).map(|t| {
                    let mut exprs = self.exprs_in(&t).into_iter();
                    let mut next = || exprs.next().unwrap_or_else(|| self.missing(&t));
                    (next(), next())
                });
                let set = child(pair, Rule::universe_set);
                let symbols = set
                    .iter()
                    .flat_map(|s| children(s, Rule::symbol))
                    .map(|p| self.symbol_name(&p))
                    .collect();
                Stmt::Universe { top, symbols, span }
            }
            Rule::hold => Stmt::Hold {
                top: child(pair, Rule::kw_top).is_some(),
                count: self.expr_in(pair),
                by: child(pair, Rule::by).map_or_else(|| self.missing(pair), |p| self.expr_in(&p)),
                side: child(pair, Rule::as_side).and_then(|p| side(&p)),
                every: child(pair, Rule::rebalance).map(|p| self.timeframe(&p)),
                weight: child(pair, Rule::weight).map(|p| self.expr_in(&p)),
                span,
            },
            _ => return None,
        })
    }

    fn domain(&self, pair: &P<'_>) -> Option<Domain> {
        if let Some(range) = child(pair, Rule::range) {
            let step = child(pair, Rule::step).map(|p| self.expr_in(&p));
            return Some(Domain::Range {
                range: Box::new(self.range(&range)),
                step,
            });
        }
        child(pair, Rule::set).map(|set| Domain::Set(self.exprs_in(&set), self.tight(&set)))
    }

    fn enter(&self, pair: &P<'_>) -> Enter {
        Enter {
            side: side(pair).unwrap_or(Side::Long),
            label: child(pair, Rule::label).map(|p| self.label(&p)),
            when: self.expr_in(pair),
            at: child(pair, Rule::at).map(|at| At {
                limit: child(&at, Rule::kw_limit).is_some(),
                price: self.expr_in(&at),
                bars: child(&at, Rule::valid_for).map(|p| self.expr_in(&p)),
                span: self.tight(&at),
            }),
            size: child(pair, Rule::size).and_then(|p| self.sizing(&p)),
            legs: Vec::new(),
            span: self.tight(pair),
        }
    }

    /// The name behind the `#`, with the span of both.
    fn label(&self, pair: &P<'_>) -> Ident {
        Ident {
            name: self.name_in(pair).name,
            span: self.tight(pair),
        }
    }

    fn exit(&self, pair: &P<'_>) -> Exit {
        let scope = match (side(pair), child(pair, Rule::label)) {
            (Some(side), _) => ExitScope::Side(side),
            (None, Some(label)) => ExitScope::Label(self.label(&label)),
            (None, None) => ExitScope::All,
        };
        let mut kind = ExitKind::SessionEnd;
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::exit_when => kind = ExitKind::When(self.expr_in(&part)),
                Rule::exit_after => kind = ExitKind::After(self.expr_in(&part)),
                Rule::exit_at => kind = ExitKind::At(self.expr_in(&part)),
                _ => {}
            }
        }
        Exit {
            scope,
            kind,
            span: self.tight(pair),
        }
    }

    /// A leg of an entry; `None` for any other rule.
    pub(crate) fn leg(&self, pair: &P<'_>) -> Option<Leg> {
        let span = self.tight(pair);
        Some(match pair.as_rule() {
            Rule::breakeven => Leg::Breakeven {
                after: self.expr_in(pair),
                span,
            },
            Rule::stop => Leg::Stop {
                level: self.expr_in(pair),
                span,
            },
            Rule::target => Leg::Target {
                level: self.expr_in(pair),
                closing: child(pair, Rule::closing).map(|p| self.expr_in(&p)),
                span,
            },
            Rule::trail => Leg::Trail {
                distance: self.expr_in(pair),
                after: child(pair, Rule::activation).map(|p| self.expr_in(&p)),
                span,
            },
            Rule::exit => Leg::Exit(self.exit(pair)),
            _ => return None,
        })
    }

    fn sizing(&self, pair: &P<'_>) -> Option<Sizing> {
        pair.clone().into_inner().find_map(|p| {
            Some(match p.as_rule() {
                Rule::size_risk => Sizing::Risk(self.expr_in(&p)),
                Rule::size_vol => Sizing::TargetVol(self.expr_in(&p)),
                Rule::size_equity => Sizing::Equity(self.expr_in(&p)),
                Rule::size_amount => Sizing::Amount(self.expr_in(&p)),
                _ => return None,
            })
        })
    }

    fn limit(&self, pair: &P<'_>) -> Option<LimitKind> {
        pair.clone().into_inner().find_map(|p| {
            Some(match p.as_rule() {
                Rule::limit_leverage => LimitKind::Leverage(self.expr_in(&p)),
                Rule::limit_pyramid => LimitKind::Pyramid(
                    self.expr_in(&p),
                    child(&p, Rule::every).map(|e| self.expr_in(&e)),
                ),
                Rule::limit_cooldown => LimitKind::Cooldown(self.expr_in(&p)),
                Rule::limit_trades => LimitKind::Trades(self.expr_in(&p), self.timeframe(&p)),
                _ => return None,
            })
        })
    }

    /// A statement of a test; `None` for any other rule.
    pub(crate) fn test_statement(&self, pair: &P<'_>) -> Option<TestStmt> {
        let span = self.tight(pair);
        Some(match pair.as_rule() {
            Rule::given => TestStmt::Given {
                column: self.name_in(pair),
                values: child(pair, Rule::list)
                    .map(|p| self.list(&p))
                    .unwrap_or_default(),
                span,
            },
            Rule::forall => TestStmt::Forall {
                source: self.expr_in(pair),
                span,
            },
            Rule::assert_ => TestStmt::Assert {
                expr: self.expr_in(pair),
                expected: child(pair, Rule::expected)
                    .and_then(|p| child(&p, Rule::list))
                    .map(|p| self.list(&p)),
                span,
            },
            Rule::let_ | Rule::rec_ => TestStmt::Decl(self.decl(pair)),
            _ => return None,
        })
    }

    fn list(&self, pair: &P<'_>) -> Vec<ListItem> {
        children(pair, Rule::list_item)
            .filter_map(|item| item.into_inner().next())
            .map(|p| {
                if p.as_rule() == Rule::any {
                    ListItem::Any(self.span(&p))
                } else {
                    ListItem::Value(self.expr(&p))
                }
            })
            .collect()
    }
}

/// The `side` below a pair.
fn side(pair: &P<'_>) -> Option<Side> {
    let side = child(pair, Rule::side)?;
    Some(if child(&side, Rule::kw_short).is_some() {
        Side::Short
    } else {
        Side::Long
    })
}
