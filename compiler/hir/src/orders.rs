//! Orders: entries with their legs, exits, sizing, limits, plots and alerts.

use crate::check::{Checker, Place};
use crate::graph::{NodeId, NodeKind, Prim};
use crate::interval::Interval;
use crate::program::{Distance, Entry, EntryOrder, Exit, ExitWhen, Level, Scope, Sizing, Val};
use crate::scope::{list_names, nearest};
use crate::strategy::Orders;
use crate::unit::{Dim, Kind, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{self, Expr, Stmt};
use sixbtc_abi::{Column, Side};

impl<'a> Checker<'a> {
    /// Names of entries, which exits may refer to before they stand.
    pub(crate) fn collect_labels(&mut self, s: &'a ast::Strategy, o: &mut Orders) {
        let mut k = 0;
        for stmt in &s.body {
            let Stmt::Enter(e) = stmt else { continue };
            if let Some(l) = &e.label {
                if o.labels.iter().any(|x| x.0 == l.name) {
                    self.report(
                        Diagnostic::error(
                            "E0104",
                            l.span,
                            format!("the label `#{}` is given twice", l.name),
                        )
                        .here("second time"),
                    );
                }
                o.labels.push((l.name.clone(), k));
            }
            k += 1;
        }
    }

    /// An order statement.
    pub(crate) fn order_statement(&mut self, stmt: &'a Stmt, o: &mut Orders) {
        match stmt {
            Stmt::Enter(e) => {
                let entry = self.enter(e, o);
                o.entries.push(entry);
                o.entry_spans.push(e.span);
            }
            Stmt::Exit(x) => {
                if let Some(exit) = self.exit(x, o, true) {
                    o.exits.push(exit);
                    o.exit_spans.push(x.span);
                }
            }
            Stmt::Size { sizing, span } => {
                if let Some((_, first)) = o.size {
                    self.report(
                        Diagnostic::error("E0602", *span, "the size is given twice")
                            .here("second `size`")
                            .label(first, "first `size`")
                            .help("an entry can have a size of its own: `enter long when … size 0.5 …`"),
                    );
                } else if let Some(s) = self.sizing(sizing, *span) {
                    o.size = Some((s, *span));
                }
            }
            Stmt::Limit(l) => {
                let what = match l.kind {
                    ast::LimitKind::Leverage(_) => "leverage",
                    ast::LimitKind::Pyramid(..) => "pyramid",
                    ast::LimitKind::Cooldown(_) => "cooldown",
                    ast::LimitKind::Trades(..) => "trades",
                };
                o.limit_spans.push((what, l.span));
                self.limit(l, &mut o.limits);
            }
            Stmt::Plot { exprs, .. } => {
                for e in exprs {
                    self.plot(e, o);
                }
            }
            Stmt::Alert { text, cond, .. } => {
                let n = self.condition_at(Place::Signal, cond, "the condition of an alert");
                if self.g.node(n).deps.position {
                    self.report(
                        Diagnostic::error(
                            "E0615",
                            cond.span,
                            "an alert cannot depend on the position",
                        )
                        .here("reads the position"),
                    );
                } else {
                    o.alerts.push((text.clone(), n));
                }
            }
            _ => {}
        }
    }

    pub(crate) fn plot(&mut self, e: &'a Expr, o: &mut Orders) {
        let name = self.quote(e.span);
        let val = self.value(e);
        let mut list = match val {
            Val::One(n) => vec![(name, n)],
            Val::Record(fields) => fields
                .into_iter()
                .map(|(f, n)| (format!("{name}.{f}"), n))
                .collect(),
            other => vec![(name, self.single(other, e.span))],
        };
        list.retain(|(_, n)| self.g.node(*n).ty != Type::Error);
        for (name, n) in list {
            if self.g.node(n).deps.position {
                self.report(
                    Diagnostic::error("E0615", e.span, "a plot cannot depend on the position")
                        .here("reads the position"),
                );
                continue;
            }
            o.plots.push((name, n));
        }
    }

    pub(crate) fn enter(&mut self, e: &'a ast::Enter, o: &Orders) -> Entry {
        let side = if e.side == ast::Side::Long {
            Side::Long
        } else {
            Side::Short
        };
        let mut when = self.condition_at(Place::Signal, &e.when, "the condition of an entry");
        let clean = !self.has_broken_items() && !self.diags.iter().any(Diagnostic::is_error);
        if clean && matches!(self.g.node(when).kind, NodeKind::Bool(false)) {
            self.report(
                Diagnostic::warning("W1201", e.when.span, "this condition is never true")
                    .here("this entry never happens"),
            );
        }
        if self.session.is_some()
            && let Val::One(active) = self.session_flag(Column::InSession, e.span)
        {
            when = self.prim(Prim::And, &[when, active], Type::Bool);
        }
        let order = match &e.at {
            None => EntryOrder::Market,
            Some(at) => {
                let price = self.price_level(&at.price, "the price of an entry order");
                let bars = match &at.bars {
                    Some(b) => self.bar_count(b, "the life of an entry order", 1.0),
                    None => self.num(1.0, Dim::BARS),
                };
                if at.limit {
                    EntryOrder::Limit(price, bars)
                } else {
                    EntryOrder::Stop(price, bars)
                }
            }
        };
        let size = e.size.as_ref().and_then(|s| self.sizing(s, e.span));
        let number = o.entries.len() as u16;
        let tag = e.label.as_ref().map_or_else(
            || {
                if side == Side::Long {
                    "long".to_string()
                } else {
                    "short".to_string()
                }
            },
            |l| l.name.clone(),
        );
        let mut entry = Entry {
            side,
            tag,
            when,
            order,
            size,
            stops: Vec::new(),
            breakeven: None,
            targets: Vec::new(),
            trail: None,
            exits: Vec::new(),
        };
        let mut risk_at: Option<Span> = None;
        for leg in &e.legs {
            self.leg(leg, &mut entry, &mut risk_at, o, number);
        }
        let has_risk = entry.stops.iter().any(|s| !matches!(s, Level::Risk(_)));
        if let (Some(at), false) = (risk_at, has_risk) {
            self.report(
                Diagnostic::error(
                    "E0609",
                    at,
                    "`R` is the distance to the stop, and this entry has none",
                )
                .here("a multiple of what?")
                .help("add a stop: `stop 1.5%` or `stop entry - 2 * atr(14)`"),
            );
        }
        let closed: f64 = entry
            .targets
            .iter()
            .filter_map(|t| t.1)
            .filter_map(|n| self.g.as_const(n))
            .sum();
        if closed > 1.0 + 1e-9 {
            self.report(
                Diagnostic::error(
                    "E0608",
                    e.span,
                    format!("the targets close {}% of the position", closed * 100.0),
                )
                .here("more than there is")
                .help("the parts after `closing` may add up to 100% at most"),
            );
        }
        entry
    }

    pub(crate) fn leg(
        &mut self,
        leg: &'a ast::Leg,
        entry: &mut Entry,
        risk_at: &mut Option<Span>,
        o: &Orders,
        number: u16,
    ) {
        match leg {
            ast::Leg::Stop { level, .. } => {
                if let Some(l) = self.level(level, "stop", entry.side, true) {
                    if matches!(l, Level::Risk(_)) {
                        risk_at.get_or_insert(level.span);
                    }
                    entry.stops.push(l);
                }
            }
            ast::Leg::Target { level, closing, .. } => {
                let Some(l) = self.level(level, "target", entry.side, false) else {
                    return;
                };
                if matches!(l, Level::Risk(_)) {
                    risk_at.get_or_insert(level.span);
                }
                let part = closing.as_ref().map(|c| {
                    let (n, d) = self.number(c);
                    let n = if d.is_some() {
                        self.fit(n, Type::Num(Dim::PERCENT), c.span, "the part closed")
                    } else {
                        n
                    };
                    let i = self.g.node(n).interval;
                    if d.is_some() && (i.hi <= 0.0 || i.lo > 1.0) {
                        self.report(
                            Diagnostic::error(
                                "E0608",
                                c.span,
                                "a part of the position lies between 0% and 100%",
                            )
                            .here("not a part"),
                        );
                    }
                    n
                });
                entry.targets.push((l, part));
            }
            ast::Leg::Breakeven { after, span } => {
                let Some(d) = self.distance(after, "the travel before breakeven") else {
                    return;
                };
                if matches!(d, Distance::Risk(_)) {
                    risk_at.get_or_insert(after.span);
                }
                if entry.breakeven.replace(d).is_some() {
                    self.report(
                        Diagnostic::error("E0606", *span, "breakeven is asked for twice")
                            .here("second time"),
                    );
                }
            }
            ast::Leg::Trail {
                distance,
                after,
                span,
            } => {
                let Some(d) = self.distance(distance, "the distance of a trail") else {
                    return;
                };
                let a = after
                    .as_ref()
                    .and_then(|a| self.distance(a, "the travel before a trail"));
                for x in [Some(d), a].into_iter().flatten() {
                    if matches!(x, Distance::Risk(_)) {
                        risk_at.get_or_insert(*span);
                    }
                }
                if entry.trail.replace((d, a)).is_some() {
                    self.report(
                        Diagnostic::error("E0606", *span, "an entry has one trailing stop")
                            .here("second trail"),
                    );
                }
            }
            ast::Leg::Exit(x) => {
                if let Some(exit) = self.exit(x, o, false) {
                    if exit.scope != Scope::All && exit.scope != Scope::Entry(number) {
                        self.report(
                            Diagnostic::error(
                                "E0616",
                                x.span,
                                "an exit among the legs closes this entry only",
                            )
                            .here("names another")
                            .help("drop the name, or move the exit out of the braces"),
                        );
                    }
                    entry.exits.push(exit.when);
                }
            }
            ast::Leg::Error(_) => {}
        }
    }

    /// A stop or target.
    pub(crate) fn level(
        &mut self,
        e: &'a Expr,
        what: &str,
        side: Side,
        stop: bool,
    ) -> Option<Level> {
        let old = std::mem::replace(&mut self.place, Place::Level);
        let (n, dim) = self.number(e);
        self.place = old;
        let dim = dim?;
        if self.g.node(n).deps.position {
            self.report(
                Diagnostic::error("E0617", e.span, format!("a {what} is fixed at the entry and cannot depend on the position"))
                    .here("reads the position")
                    .help("`entry` is the fill price of this entry; for a level that moves use `trail` or `exit when`"),
            );
            return None;
        }
        match dim.kind {
            Kind::Percent => {
                self.positive(n, e.span, what)?;
                Some(Level::Percent(n))
            }
            Kind::Risk => {
                self.positive(n, e.span, what)?;
                Some(Level::Risk(n))
            }
            _ if dim == Dim::PRICE => {
                self.moving_level(n, e, what, side, stop)?;
                Some(Level::Price(n))
            }
            _ => {
                let q = self.quote(e.span);
                self.report(
                    Diagnostic::error("E0604", e.span, format!("a {what} needs a unit, this is {dim}"))
                        .here("percent, price or multiple of risk?")
                        .help(format!("write `{q}%` for a distance in percent, `{q}R` for a multiple of the risk, or a price")),
                );
                None
            }
        }
    }

    pub(crate) fn positive(&mut self, n: NodeId, span: Span, what: &str) -> Option<()> {
        if self.g.node(n).interval.hi <= 0.0 {
            self.report(
                Diagnostic::error("E0607", span, format!("this {what} is on the wrong side of the entry"))
                    .here("not greater than 0")
                    .note("a distance counts away from the entry: against the position for a stop, with it for a target"),
            );
            return None;
        }
        Some(())
    }

    /// A price level must move with the market, and must not be on the wrong side of the entry for certain.
    pub(crate) fn moving_level(
        &mut self,
        n: NodeId,
        e: &'a Expr,
        what: &str,
        side: Side,
        stop: bool,
    ) -> Option<()> {
        let down = (side == Side::Long) == stop;
        let sign = if down { "-" } else { "+" };
        if self.g.node(n).shift == Some(0.0) && self.g.node(n).rate == Rate::Series {
            let text = format!("entry {sign} {}", self.quote(e.span));
            self.report(
                Diagnostic::error(
                    "E0605",
                    e.span,
                    format!("this {what} is a distance, not a price level"),
                )
                .here("does not move with the market")
                .note(format!("a price after `{what}` is the level itself"))
                .help(format!("measure it from the entry: `{text}`"))
                .guess(e.span, text, "measure from the entry"),
            );
            return None;
        }
        let from_entry = self.beyond_entry(n);
        if let Some(i) = from_entry {
            let wrong = if down { i.lo >= 0.0 } else { i.hi <= 0.0 };
            if wrong {
                let text = if down { "below" } else { "above" };
                self.report(
                    Diagnostic::error(
                        "E0607",
                        e.span,
                        format!("this {what} is on the wrong side of the entry on every bar"),
                    )
                    .here(format!("must lie {text} the entry"))
                    .help(format!("write `entry {sign} …`")),
                );
                return None;
            }
        }
        Some(())
    }

    /// Bounds of `level − entry` where the shape of the expression shows them.
    pub(crate) fn beyond_entry(&self, n: NodeId) -> Option<Interval> {
        let is_entry = |id: NodeId| matches!(self.g.node(id).kind, NodeKind::Entry);
        let i = |id: NodeId| self.g.node(id).interval;
        match &self.g.node(n).kind {
            NodeKind::Prim(Prim::Add, a) if is_entry(a[0]) => Some(i(a[1])),
            NodeKind::Prim(Prim::Add, a) if is_entry(a[1]) => Some(i(a[0])),
            NodeKind::Prim(Prim::Sub, a) if is_entry(a[0]) => Some(i(a[1]).neg()),
            NodeKind::Prim(Prim::Fma, a) if is_entry(a[2]) => Some(i(a[0]).mul(i(a[1]))),
            NodeKind::Prim(Prim::Mul, a) if is_entry(a[0]) => {
                Some(i(a[1]).sub(Interval::point(1.0)))
            }
            NodeKind::Prim(Prim::Mul, a) if is_entry(a[1]) => {
                Some(i(a[0]).sub(Interval::point(1.0)))
            }
            _ => None,
        }
    }

    /// How far: percent, price difference or multiple of risk.
    pub(crate) fn distance(&mut self, e: &'a Expr, what: &str) -> Option<Distance> {
        let old = std::mem::replace(&mut self.place, Place::Held);
        let (n, dim) = self.number(e);
        self.place = old;
        let dim = dim?;
        if self.g.node(n).interval.hi <= 0.0 {
            self.report(
                Diagnostic::error("E0612", e.span, format!("{what} must be greater than 0"))
                    .here("never is"),
            );
            return None;
        }
        match dim.kind {
            Kind::Percent => Some(Distance::Percent(n)),
            Kind::Risk => Some(Distance::Risk(n)),
            _ if dim == Dim::PRICE => Some(Distance::Price(n)),
            _ => {
                let q = self.quote(e.span);
                self.report(
                    Diagnostic::error(
                        "E0604",
                        e.span,
                        format!("{what} needs a unit, this is {dim}"),
                    )
                    .here("percent, price or multiple of risk?")
                    .help(format!(
                        "write `{q}%`, `{q}R`, or a price such as `{q} * atr(14)`"
                    )),
                );
                None
            }
        }
    }

    pub(crate) fn price_level(&mut self, e: &'a Expr, what: &str) -> NodeId {
        let (n, dim) = self.number(e);
        if dim.is_none() {
            return n;
        }
        if self.g.node(n).deps.position {
            self.report(
                Diagnostic::error(
                    "E0617",
                    e.span,
                    format!("{what} cannot depend on the position"),
                )
                .here("reads the position"),
            );
            return self.error_node();
        }
        let n = self.fit(n, Type::Num(Dim::PRICE), e.span, what);
        if self.g.node(n).shift == Some(0.0) && self.g.node(n).rate == Rate::Series {
            let text = format!("close + {}", self.quote(e.span));
            self.report(
                Diagnostic::error(
                    "E0605",
                    e.span,
                    format!("{what} is a distance here, not a price level"),
                )
                .here("does not move with the market")
                .help(format!("measure it from a price: `{text}`")),
            );
        }
        n
    }

    pub(crate) fn bar_count(&mut self, e: &'a Expr, what: &str, least: f64) -> NodeId {
        let (n, dim) = self.number(e);
        if dim.is_none() {
            return n;
        }
        let n = self.fit(n, Type::Num(Dim::BARS), e.span, what);
        if self.g.node(n).ty == Type::Error {
            return n;
        }
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
        n
    }

    /// An exit of the strategy or among the legs of an entry.
    pub(crate) fn exit(&mut self, x: &'a ast::Exit, o: &Orders, outside: bool) -> Option<Exit> {
        let scope = match &x.scope {
            ast::ExitScope::All => Scope::All,
            ast::ExitScope::Side(ast::Side::Long) => Scope::Side(Side::Long),
            ast::ExitScope::Side(ast::Side::Short) => Scope::Side(Side::Short),
            ast::ExitScope::Label(l) => match o.labels.iter().find(|e| e.0 == l.name) {
                Some((_, k)) => Scope::Entry(*k),
                None => {
                    let names: Vec<String> = o.labels.iter().map(|e| e.0.clone()).collect();
                    let near = nearest(&l.name, names.iter().map(String::as_str));
                    let mut d = Diagnostic::error(
                        "E0110",
                        l.span,
                        format!("no entry has the label `#{}`", l.name),
                    )
                    .here("unknown label");
                    d = if names.is_empty() {
                        d.help("label an entry: `enter long #name when …`")
                    } else {
                        d.help(format!("there are {}", list_names(&names)))
                    };
                    if let Some(f) = near.first() {
                        d = d.guess(l.span, f.clone(), format!("replace with `{f}`"));
                    }
                    self.report(d);
                    return None;
                }
            },
        };
        let _ = outside;
        let when = match &x.kind {
            ast::ExitKind::When(c) => {
                ExitWhen::Cond(self.condition_at(Place::Held, c, "the condition of an exit"))
            }
            ast::ExitKind::After(e) => {
                ExitWhen::After(self.bar_count(e, "the time of an exit", 1.0))
            }
            ast::ExitKind::SessionEnd => match self.session_flag(Column::SessionEnd, x.span) {
                Val::One(n) => ExitWhen::SessionEnd(n),
                _ => return None,
            },
            ast::ExitKind::At(e) => {
                let old = std::mem::replace(&mut self.place, Place::Held);
                let (n, dim) = self.number(e);
                self.place = old;
                dim?;
                let n = self.fit(n, Type::Num(Dim::PRICE), e.span, "the price of an exit");
                ExitWhen::At(n)
            }
        };
        Some(Exit { scope, when })
    }

    /// Rules about the strategy's orders as a whole.
    pub(crate) fn finish_orders(&mut self, s: &'a ast::Strategy, o: &mut Orders) {
        let broken = s.body.iter().any(|x| matches!(x, Stmt::Error(_)));
        if o.entries.is_empty() && o.portfolio.hold_spans.is_empty() && !broken {
            let d = Diagnostic::error(
                "E0610",
                s.name.span,
                format!("`{}` never enters the market", s.name.name),
            );
            self.report(if self.crosses.is_some() {
                d.here("has neither `hold` nor `enter`")
                    .help("add one: `hold top 5 by returns(close, 90) rebalance every 1w`")
            } else {
                d.here("has no `enter`")
                    .help("add one: `enter long when close crosses above sma(close, 50)`")
            });
        }
        for (i, e) in o.entries.iter().enumerate() {
            let (risk, at) = match (e.size, o.size) {
                (Some(Sizing::Risk(_)), _) => (true, o.entry_spans[i]),
                (None, Some((Sizing::Risk(_), at))) => (true, at),
                _ => (false, s.span),
            };
            let errors_in_legs = s.body.iter().any(|x| matches!(x, Stmt::Enter(en) if en.span == o.entry_spans[i] && en.legs.iter().any(|l| matches!(l, ast::Leg::Error(_) | ast::Leg::Stop { .. }))));
            if risk && e.stops.is_empty() && !errors_in_legs {
                let entry = o.entry_spans[i];
                let d = Diagnostic::error("E0603", at, "sizing by risk needs a stop")
                    .here("risk = size × distance to the stop")
                    .label(entry, "this entry has no stop")
                    .help("add a leg: `stop 1.5%` or `stop entry - 2 * atr(14)`");
                self.report(d);
            }
        }
        let flags = o.entries.len()
            + o.exits.len()
            + o.alerts.len()
            + o.entries.iter().map(|e| e.exits.len()).sum::<usize>();
        if flags > 64 {
            self.report(
                Diagnostic::error(
                    "E0703",
                    s.name.span,
                    format!("{flags} conditions are more than a strategy can have"),
                )
                .here("64 at most")
                .help("combine conditions with `or`"),
            );
        }
    }
}
