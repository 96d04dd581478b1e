//! Portfolios: the universe, comparisons across symbols, what is held.

use crate::check::Checker;
use crate::graph::{Deps, FrameId, Graph, Node, NodeId, NodeKind, Prim};
use crate::interval::Interval;
use crate::program::{Cross, Hold, Portfolio, Sizing, Universe, Val};
use crate::strategy::Orders;
use crate::unit::{Dim, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{self, Expr, Ident, Stmt};
use sixbtc_abi::{Column, CrossKind, FrameSpec, Side};
use std::collections::HashSet;

/// Functions whose names may name a value too: they are known by their arguments, and mean nothing in a strategy.
pub(crate) const FREE_AS_NAMES: [&str; 2] = ["rank", "cross_zscore"];

/// What only a portfolio has, as it is collected.
#[derive(Default)]
pub(crate) struct Parts {
    pub universe: Option<(Universe, Span)>,
    pub holds: Vec<Hold>,
    pub hold_spans: Vec<Span>,
    /// The period of rebalancing of the first `hold`, in ms.
    pub every_ms: Option<i64>,
}

impl<'a> Checker<'a> {
    /// `rank(e)` and `cross_zscore(e)`.
    pub(crate) fn across(&mut self, kind: CrossKind, e: &'a Expr, span: Span) -> Val {
        let name = kind.name();
        let (arg, dim) = self.number(e);
        if dim.is_none() {
            return Val::Error;
        }
        if self.crosses.is_none() {
            return self.fail(
                Diagnostic::error(
                    "E0903",
                    span,
                    format!("`{name}` compares the symbols of a portfolio"),
                )
                .here("there is one symbol here")
                .help(match kind {
                    CrossKind::Rank => "write a `portfolio`, or compare with the symbol's own past: `percent_rank(close, 100)`",
                    CrossKind::Zscore | CrossKind::Member => "write a `portfolio`, or compare with the symbol's own past: `zscore(close, 30)`",
                }),
            );
        }
        let deps = self.g.node(arg).deps;
        let wrong = if self.run_only {
            Some("is not fixed before the run")
        } else if self.frame != FrameId(0) {
            Some("stands on another clock than the portfolio's own")
        } else if deps.fold != 0 {
            Some("depends on the index of a fold")
        } else if deps.position {
            Some("depends on the position")
        } else if deps.entry {
            Some("depends on the entry price")
        } else {
            None
        };
        if let Some(why) = wrong {
            let mut d = Diagnostic::error("E0904", span, format!("`{name}` {why}"))
                .here("symbols cannot be compared here")
                .note("symbols are compared at the close of each bar of the portfolio's clock, by what their bars say");
            if self.frame != FrameId(0) {
                d = d.help(format!(
                    "compute inside the block and compare outside: `let x = on 1d: …`, then `{name}(x)`"
                ));
            }
            return self.fail(d);
        }
        Val::One(self.cross(kind, arg, span))
    }

    /// The column that holds a comparison, the same for the same comparison.
    fn cross(&mut self, kind: CrossKind, arg: NodeId, span: Span) -> NodeId {
        let known = self.crosses.get_or_insert_default();
        let at = known.iter().position(|c| c.kind == kind && c.arg == arg);
        let at = at.unwrap_or_else(|| {
            known.push(Cross {
                kind,
                arg,
                stage: None,
                span,
            });
            known.len() - 1
        });
        let column = Column::Cross(at as u16);
        self.column(column);
        let node = self.g.node(arg);
        let (settled, settling) = (node.settled, node.settling);
        let interval = match kind {
            CrossKind::Rank | CrossKind::Member => Interval::new(0.0, 1.0),
            CrossKind::Zscore => Interval::ALL,
        };
        self.g.intern(Node {
            kind: NodeKind::Field(column),
            ty: Type::Num(Dim::FLOAT),
            rate: Rate::Series,
            frame: FrameId(0),
            // only what has settled is compared
            lookback: settled,
            settled,
            interval,
            exact: false,
            shift: None,
            settling,
            deps: Deps::default(),
        })
    }

    /// `universe top n by e` and `universe { BTC, ETH }`.
    pub(crate) fn universe(
        &mut self,
        top: Option<&'a (Expr, Expr)>,
        symbols: &'a [Ident],
        span: Span,
        parts: &mut Parts,
    ) {
        if let Some((_, first)) = parts.universe {
            self.report(
                Diagnostic::error("E0613", span, "the universe is named twice")
                    .here("second universe")
                    .label(first, "first universe"),
            );
            return;
        }
        let universe = if let Some((count, by)) = top {
            let count = self.bar_like(count, "the number of symbols", 1.0);
            let (score, _) = self.number(by);
            if self.g.node(score).deps.position {
                self.depends_on_position("the universe", by.span);
                return;
            }
            Universe::Top(count, score)
        } else {
            let mut names: Vec<String> = Vec::new();
            for s in symbols {
                if names.contains(&s.name) {
                    self.report(
                        Diagnostic::error("E0613", s.span, format!("`{}` is named twice", s.name))
                            .here("second time"),
                    );
                }
                names.push(s.name.clone());
            }
            Universe::Symbols(names)
        };
        parts.universe = Some((universe, span));
    }

    fn depends_on_position(&mut self, what: &str, span: Span) {
        self.report(
            Diagnostic::error(
                "E0617",
                span,
                format!("{what} cannot depend on the position"),
            )
            .here("reads the position"),
        );
    }

    /// `hold top n by e as long rebalance every 1w weight w`.
    pub(crate) fn hold(&mut self, stmt: &'a Stmt, parts: &mut Parts) {
        let Stmt::Hold {
            top,
            count,
            by,
            side,
            every,
            weight,
            span,
        } = stmt
        else {
            return;
        };
        let every_ms = match every {
            Some(tf) => match self.rebalance_period(tf) {
                Some(ms) => Some(ms),
                None => return,
            },
            None => None,
        };
        match parts.hold_spans.first() {
            None => parts.every_ms = every_ms,
            Some(first) if parts.every_ms != every_ms => {
                let d =
                    Diagnostic::error("E0907", *span, "all that is held is rebalanced together")
                        .here("another period")
                        .label(*first, "than here")
                        .help("give every `hold` the same `rebalance every`");
                self.report(d);
            }
            Some(_) => {}
        }
        parts.hold_spans.push(*span);
        let count = self.bar_like(count, "the number of symbols", 1.0);
        let (score, _) = self.number(by);
        let weight = weight.as_ref().map(|w| (self.number(w).0, w.span));
        for (n, at) in [Some((score, by.span)), weight].into_iter().flatten() {
            if self.g.node(n).deps.position {
                self.depends_on_position("what is held", at);
            }
        }
        parts.holds.push(Hold {
            top: *top,
            count,
            score,
            side: match side {
                Some(ast::Side::Short) => Side::Short,
                _ => Side::Long,
            },
            weight: weight.map(|w| w.0),
        });
    }

    /// A period of rebalancing: a whole multiple of the portfolio's clock.
    fn rebalance_period(&mut self, tf: &'a ast::TimeframeRef) -> Option<i64> {
        let (ms, text, at) = self.timeframe(tf)?;
        let base = self.base_ms();
        if ms < base {
            self.report(
                Diagnostic::error(
                    "E0340",
                    at,
                    format!("`{text}` is finer than the portfolio's clock"),
                )
                .here("finer than the base clock")
                .note("decisions are taken at the close of a bar")
                .help("leave `rebalance every …` out to rebalance at every bar"),
            );
            return None;
        }
        let day = 86_400_000;
        if ms % base != 0 || ms % (7 * day) == 0 && day % base != 0 && base % (7 * day) != 0 {
            self.report(
                Diagnostic::error(
                    "E0341",
                    at,
                    format!("`{text}` is not a whole multiple of the portfolio's clock"),
                )
                .here("bars would not line up")
                .help("choose a period that the base clock divides"),
            );
            return None;
        }
        Some(ms)
    }

    /// Rules about the portfolio as a whole, and the stages of its comparisons. `None` for a strategy.
    pub(crate) fn finish_portfolio(&mut self, o: &mut Orders) -> Option<Portfolio> {
        self.crosses.as_ref()?;
        self.hold_alone(o);
        self.enter_members(o);
        let mut crosses = self.crosses.take()?;
        let universe = match o.portfolio.universe.take() {
            None => Universe::All,
            Some((universe, span)) => {
                if let Universe::Top(_, score) = universe
                    && !crosses_of(&self.g, score).is_empty()
                {
                    self.report(
                        Diagnostic::error(
                            "E0905",
                            span,
                            "the universe is made of a comparison of its own symbols",
                        )
                        .here("symbols are compared within the universe")
                        .help("choose the universe by what each symbol's own bars say"),
                    );
                }
                universe
            }
        };
        let mut roots = Self::order_nodes(o);
        roots.extend(o.plots.iter().chain(&o.alerts).map(|p| p.1));
        let mut stages = Stages {
            graph: &self.g,
            crosses: &mut crosses,
            open: Vec::new(),
            circle: None,
        };
        for n in roots {
            stages.of(n);
        }
        if let Some(at) = stages.circle {
            let Cross { kind, span, .. } = crosses[at];
            self.report(
                Diagnostic::error(
                    "E0905",
                    span,
                    format!("what `{}` compares is made of the result", kind.name()),
                )
                .here("closes a circle through a recurrence")
                .note("each comparison needs the values of all symbols before it is known for any of them")
                .help("compare first, then smooth the result in the recurrence"),
            );
        }
        let last = crosses.iter().filter_map(|c| c.stage).max();
        let by_score = usize::from(matches!(universe, Universe::Top(..)));
        Some(Portfolio {
            stages: last.map_or(by_score, |s| s + 1),
            universe,
            crosses,
            holds: o.portfolio.holds.clone(),
            every_ms: o.portfolio.every_ms,
        })
    }

    /// Masks entries by the membership of the universe.
    fn enter_members(&mut self, o: &mut Orders) {
        let Some((universe, span)) = &o.portfolio.universe else {
            return;
        };
        if *universe == Universe::All || o.entries.is_empty() {
            return;
        }
        let (span, zero) = (*span, self.g.zero());
        let member = self.cross(CrossKind::Member, zero, span);
        let none = self.num(0.0, Dim::FLOAT);
        let member = self.prim(Prim::Gt, &[member, none], Type::Bool);
        for entry in &mut o.entries {
            entry.when = self.prim(Prim::And, &[entry.when, member], Type::Bool);
        }
    }

    /// What cannot stand beside `hold`.
    fn hold_alone(&mut self, o: &Orders) {
        let Some(&hold) = o.portfolio.hold_spans.first() else {
            return;
        };
        let refuse = |c: &mut Self, span: Span, what: &str, why: &str| {
            c.report(
                Diagnostic::error("E0906", span, format!("{what} does not go with `hold`"))
                    .here(why)
                    .label(hold, "this decides what is held"),
            );
        };
        for span in &o.entry_spans {
            refuse(
                self,
                *span,
                "`enter`",
                "a second will about the same symbols",
            );
        }
        for span in &o.exit_spans {
            refuse(
                self,
                *span,
                "`exit`",
                "what is held is left when it is no longer chosen",
            );
        }
        for (what, span) in &o.limit_spans {
            if *what != "leverage" {
                refuse(self, *span, &format!("`limit {what}`"), "about entries");
            }
        }
        let Some((size, span)) = o.size else { return };
        let fixed = match size {
            Sizing::Risk(_) => {
                refuse(self, span, "`size risk`", "a holding has no stop");
                return;
            }
            Sizing::Units(_) => {
                refuse(self, span, "a size in units", "symbols have unlike units");
                return;
            }
            Sizing::Equity(n) | Sizing::TargetVol(n, _) | Sizing::Notional(n) => n,
        };
        if self.g.node(fixed).rate == Rate::Series {
            self.not_fixed(span, fixed, "the size of all that is held");
        }
    }

    /// The series read, without the columns of comparisons that nothing depends on.
    pub(crate) fn frames_read(&mut self, portfolio: Option<&Portfolio>) -> Vec<FrameSpec> {
        let mut frames = std::mem::take(&mut self.frames);
        if let (Some(p), Some(own)) = (portfolio, frames.first_mut()) {
            own.columns.retain(|c| match c {
                Column::Cross(k) => p
                    .crosses
                    .get(usize::from(*k))
                    .is_some_and(|c| c.stage.is_some()),
                _ => true,
            });
        }
        frames
    }
}

/// Gives each comparison that is needed the stage after which it is known.
struct Stages<'g> {
    graph: &'g Graph,
    crosses: &'g mut Vec<Cross>,
    /// Comparisons whose argument is being looked at.
    open: Vec<usize>,
    /// A comparison that is made of itself.
    circle: Option<usize>,
}

impl Stages<'_> {
    /// The number of stages that must have run before a value is known.
    fn of(&mut self, root: NodeId) -> usize {
        let mut most = 0;
        for k in crosses_of(self.graph, root) {
            if self.open.contains(&k) {
                self.circle = Some(k);
                continue;
            }
            let stage = match self.crosses[k].stage {
                Some(stage) => stage,
                None => {
                    self.open.push(k);
                    let stage = self.of(self.crosses[k].arg);
                    self.open.pop();
                    self.crosses[k].stage = Some(stage);
                    stage
                }
            };
            most = most.max(stage + 1);
        }
        most
    }
}

/// The comparisons that a value reads without another in between, through recurrences too.
pub(crate) fn crosses_of(graph: &Graph, root: NodeId) -> Vec<usize> {
    let mut seen = HashSet::new();
    let mut stack = vec![root];
    let mut out = Vec::new();
    while let Some(id) = stack.pop() {
        if !seen.insert(id) {
            continue;
        }
        match &graph.node(id).kind {
            NodeKind::Field(Column::Cross(k)) => out.push(usize::from(*k)),
            NodeKind::Prim(_, args) => stack.extend(args),
            NodeKind::Select(a, b, c) => stack.extend([*a, *b, *c]),
            NodeKind::Hist { x, n, .. } => stack.extend([*x, *n]),
            NodeKind::Rec { init, next, .. } => stack.extend([*init, *next]),
            NodeKind::Prev { rec, n, .. } => stack.extend([*rec, *n]),
            NodeKind::Window { x, k, n, .. } => stack.extend([*x, *k, *n]),
            NodeKind::Fold { lo, hi, body, .. } => stack.extend([*lo, *hi, *body]),
            NodeKind::Current(x) => stack.push(*x),
            NodeKind::Number(_)
            | NodeKind::Bool(_)
            | NodeKind::Param(_)
            | NodeKind::Field(_)
            | NodeKind::Row
            | NodeKind::FoldVar(_)
            | NodeKind::Position(_)
            | NodeKind::Entry => {}
        }
    }
    out.sort_unstable();
    out
}
