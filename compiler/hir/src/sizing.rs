//! Sizing and limits, and what an order depends on.

use crate::check::Checker;
use crate::graph::{FrameId, NodeId, Prim};
use crate::program::{Distance, Entry, EntryOrder, ExitWhen, Level, Limits, Sizing};
use crate::unit::{Dim, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{self, Expr, LimitKind};
use sixbtc_abi::Column;

impl<'a> Checker<'a> {
    pub(crate) fn sizing(&mut self, s: &'a ast::Sizing, span: Span) -> Option<Sizing> {
        let percent = |c: &mut Self, e: &'a Expr, what: &str| -> Option<NodeId> {
            let (n, d) = c.number(e);
            d?;
            let n = c.fit(n, Type::Num(Dim::PERCENT), e.span, what);
            if c.g.node(n).ty != Type::Error && c.g.node(n).interval.hi <= 0.0 {
                c.report(
                    Diagnostic::error("E0612", e.span, format!("{what} must be greater than 0"))
                        .here("never is"),
                );
            }
            Some(n)
        };
        match s {
            ast::Sizing::Risk(e) => percent(self, e, "the risk of a trade").map(Sizing::Risk),
            ast::Sizing::Equity(e) => {
                percent(self, e, "the part of the equity").map(Sizing::Equity)
            }
            ast::Sizing::TargetVol(e) => {
                let target = percent(self, e, "the target volatility")?;
                let vol = self.annual_volatility();
                Some(Sizing::TargetVol(target, vol))
            }
            ast::Sizing::Amount(e) => {
                let (n, d) = self.number(e);
                let d = d?;
                if d == Dim::MONEY {
                    return Some(Sizing::Notional(n));
                }
                if d == Dim::QUANTITY || d.is_plain() {
                    return Some(Sizing::Units(n));
                }
                let q = self.quote(e.span);
                self.report(
                    Diagnostic::error("E0604", e.span, format!("a size is not {d}"))
                        .here("share of equity, money or units?")
                        .help(format!("write `size {q} of equity`, `size risk {q}`, `size money(1000)` or `size quantity(0.5)`")),
                );
                let _ = span;
                None
            }
        }
    }

    /// Annual volatility of the closes of the last 30 bars.
    pub(crate) fn annual_volatility(&mut self) -> NodeId {
        let here = std::mem::replace(&mut self.frame, FrameId(0));
        let close = self.field(Column::Close);
        let one = self.num(1.0, Dim::BARS);
        let before = self.hist(close, one, 1);
        let ratio = self.prim(Prim::Div, &[close, before], Type::Num(Dim::FLOAT));
        let unit = self.num(1.0, Dim::INT);
        let returns = self.prim(Prim::Sub, &[ratio, unit], Type::Num(Dim::FLOAT));
        let n = self.num(30.0, Dim::BARS);
        let kind = crate::graph::WindowKind::SquaredDeviations;
        let squares = self.window(kind, returns, returns, n, 30, Type::Num(Dim::FLOAT));
        let bars_a_year = 365.0 * 86_400_000.0 / self.base_ms() as f64;
        let scale = self.num(bars_a_year / 30.0, Dim::FLOAT);
        let variance = self.prim(Prim::Mul, &[squares, scale], Type::Num(Dim::FLOAT));
        self.frame = here;
        self.prim(Prim::Sqrt, &[variance], Type::Num(Dim::FLOAT))
    }

    pub(crate) fn limit(&mut self, l: &'a ast::Limit, limits: &mut Limits) {
        let twice = match &l.kind {
            LimitKind::Leverage(e) => {
                let n = self.plain(e, "the leverage", 1.0);
                limits.leverage.replace(n).is_some()
            }
            LimitKind::Pyramid(e, every) => {
                let n = self.bar_like(e, "the number of entries", 1.0);
                limits.pyramid_every = every
                    .as_ref()
                    .and_then(|d| self.distance(d, "the travel between entries"));
                limits.pyramid.replace(n).is_some()
            }
            LimitKind::Cooldown(e) => {
                let n = self.bar_count(e, "a cooldown", 0.0);
                limits.cooldown.replace(n).is_some()
            }
            LimitKind::Trades(e, tf) => {
                let n = self.bar_like(e, "the number of trades", 1.0);
                let Some((ms, ..)) = self.timeframe(tf) else {
                    return;
                };
                limits.trades.replace((n, ms)).is_some()
            }
        };
        if twice {
            self.report(
                Diagnostic::error("E0613", l.span, "this limit is given twice").here("second time"),
            );
        }
    }

    pub(crate) fn plain(&mut self, e: &'a Expr, what: &str, least: f64) -> NodeId {
        let (n, d) = self.number(e);
        if d.is_none() {
            return n;
        }
        let n = self.fit(n, Type::Num(Dim::FLOAT), e.span, what);
        if self.g.node(n).ty != Type::Error {
            if self.g.node(n).rate == Rate::Series {
                self.not_fixed(e.span, n, what);
            } else if self.g.node(n).interval.lo < least {
                self.report(
                    Diagnostic::error("E0612", e.span, format!("{what} must be at least {least}"))
                        .here(format!(
                            "can be {}",
                            crate::expr::show(self.g.node(n).interval.lo)
                        )),
                );
            }
        }
        n
    }

    pub(crate) fn bar_like(&mut self, e: &'a Expr, what: &str, least: f64) -> NodeId {
        let (n, d) = self.number(e);
        if d.is_none() {
            return n;
        }
        let n = self.fit(n, Type::Num(Dim::INT), e.span, what);
        if self.g.node(n).ty != Type::Error {
            if self.g.node(n).rate == Rate::Series {
                self.not_fixed(e.span, n, what);
            } else if self.g.node(n).interval.lo < least {
                self.report(
                    Diagnostic::error("E0612", e.span, format!("{what} must be at least {least}"))
                        .here("can be less"),
                );
            }
        }
        n
    }
}

impl Level {
    fn node(self) -> NodeId {
        match self {
            Self::Percent(n) | Self::Price(n) | Self::Risk(n) => n,
        }
    }
}

impl Distance {
    fn node(self) -> NodeId {
        match self {
            Self::Percent(n) | Self::Price(n) | Self::Risk(n) => n,
        }
    }
}

impl Sizing {
    pub(crate) fn nodes(self, out: &mut Vec<NodeId>) {
        match self {
            Self::Risk(n) | Self::Equity(n) | Self::Units(n) | Self::Notional(n) => out.push(n),
            Self::TargetVol(a, b) => out.extend([a, b]),
        }
    }
}

impl ExitWhen {
    pub(crate) fn nodes(self, out: &mut Vec<NodeId>) {
        match self {
            Self::Cond(n) | Self::SessionEnd(n) | Self::After(n) | Self::At(n) => out.push(n),
        }
    }
}

impl Limits {
    pub(crate) fn nodes(self, out: &mut Vec<NodeId>) {
        out.extend(
            [self.leverage, self.pyramid, self.cooldown]
                .into_iter()
                .flatten(),
        );
        out.extend(self.pyramid_every.map(Distance::node));
        out.extend(self.trades.map(|t| t.0));
    }
}

impl Entry {
    pub(crate) fn nodes(&self, out: &mut Vec<NodeId>) {
        out.push(self.when);
        match self.order {
            EntryOrder::Market => {}
            EntryOrder::Limit(a, b) | EntryOrder::Stop(a, b) => out.extend([a, b]),
        }
        if let Some(s) = self.size {
            s.nodes(out);
        }
        out.extend(self.stops.iter().map(|l| l.node()));
        out.extend(self.breakeven.map(Distance::node));
        for (l, part) in &self.targets {
            out.push(l.node());
            out.extend(part.iter());
        }
        if let Some((d, a)) = self.trail {
            out.push(d.node());
            out.extend(a.map(Distance::node));
        }
        for x in &self.exits {
            x.nodes(out);
        }
    }
}
