//! Strategies: clock, parameters, declarations, then orders.

use crate::check::{Checker, Place};
use crate::graph::{FrameId, NodeId};
use crate::portfolio::Parts;
use crate::program::{Entry, Exit, Limits, Sizing, Strategy, Val};
use crate::scope::{Bound, Scope};
use crate::unit::{Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{self, Stmt};
use sixbtc_abi::{ParamSpec, SessionSpec};

/// Orders and outputs as they are collected.
#[derive(Default)]
pub(crate) struct Orders {
    pub entries: Vec<Entry>,
    pub entry_spans: Vec<Span>,
    pub exits: Vec<Exit>,
    pub exit_spans: Vec<Span>,
    pub size: Option<(Sizing, Span)>,
    pub limits: Limits,
    pub plots: Vec<(String, NodeId)>,
    pub alerts: Vec<(String, NodeId)>,
    pub labels: Vec<(String, u16)>,
    pub limit_spans: Vec<(&'static str, Span)>,
    pub portfolio: Parts,
}

impl<'a> Checker<'a> {
    /// Checks a strategy.
    pub(crate) fn strategy(&mut self, s: &'a ast::Strategy) -> Option<Strategy> {
        let before = self.diags.iter().filter(|d| d.is_error()).count();
        self.scopes.push(Scope::default());
        let mut params: Vec<ParamSpec> = Vec::new();
        let mut requires: Vec<(String, NodeId)> = Vec::new();
        let mut require_spans = Vec::new();
        let mut orders = Orders::default();
        self.strategy_clock(s, &mut params);
        for stmt in &s.body {
            if let Stmt::Decl(d @ ast::Decl::Rec { .. }) = stmt {
                self.announce_rec(d);
            }
        }
        self.collect_labels(s, &mut orders);
        for stmt in &s.body {
            match stmt {
                Stmt::Param(p) if p.ty.name != "timeframe" => self.param(p, &mut params),
                Stmt::Require { cond, span } => {
                    let errors = self.diags.len();
                    self.run_only = true;
                    let n = self.boolean(cond, "what is required");
                    self.run_only = false;
                    if self.diags.len() > errors {
                        continue;
                    }
                    if self.g.node(n).rate == Rate::Series {
                        self.report(
                            Diagnostic::error(
                                "E0507",
                                cond.span,
                                "a requirement is about parameters only",
                            )
                            .here("changes every bar")
                            .help("put conditions on bars into `enter … when`"),
                        );
                    } else {
                        requires.push((self.quote(cond.span), n));
                        require_spans.push((n, *span));
                    }
                }
                Stmt::Decl(d) => self.decl(d),
                Stmt::On {
                    timeframe,
                    of,
                    body,
                    span,
                } => self.on_block(timeframe, of.as_ref(), body, *span),
                // the parser refuses `universe` and `hold` in a strategy
                Stmt::Universe { top, symbols, span } => {
                    self.universe(top.as_ref(), symbols, *span, &mut orders.portfolio);
                }
                Stmt::Hold { .. } => self.hold(stmt, &mut orders.portfolio),
                Stmt::Clock { .. } | Stmt::Param(_) | Stmt::Error(_) => {}
                _ => self.order_statement(stmt, &mut orders),
            }
        }
        self.check_requires(&params, &require_spans);
        self.finish_orders(s, &mut orders);
        let portfolio = self.finish_portfolio(&mut orders);
        self.warn_unused();
        self.scopes.pop();
        let after = self.diags.iter().filter(|d| d.is_error()).count();
        if after > before {
            return None;
        }
        let warmup = self.order_warmup(&orders);
        let settling = Self::order_nodes(&orders)
            .iter()
            .any(|n| self.g.node(*n).settling);
        Some(Strategy {
            name: s.name.name.clone(),
            title: s.title.clone().unwrap_or_default(),
            span: s.span,
            frames: self.frames_read(portfolio.as_ref()),
            session: self.session.take(),
            params,
            requires,
            graph: std::mem::take(&mut self.g),
            entries: orders.entries,
            exits: orders.exits,
            size: orders.size.map(|s| s.0),
            limits: orders.limits,
            plots: orders.plots,
            alerts: orders.alerts,
            warmup,
            settling,
            portfolio,
        })
    }

    /// Timeframe parameters and the clock, which everything else needs.
    fn strategy_clock(&mut self, s: &'a ast::Strategy, params: &mut Vec<ParamSpec>) {
        for stmt in &s.body {
            if let Stmt::Param(p) = stmt
                && p.ty.name == "timeframe"
            {
                self.param(p, params);
            }
        }
        let mut seen: Option<Span> = None;
        for stmt in &s.body {
            let Stmt::Clock {
                timeframe,
                session,
                span,
            } = stmt
            else {
                continue;
            };
            if let Some(first) = seen {
                self.report(
                    Diagnostic::error("E0613", *span, "the clock is named twice")
                        .here("second clock")
                        .label(first, "first clock")
                        .help("for a coarser timeframe use a block: `on 4h { … }`"),
                );
                continue;
            }
            seen = Some(*span);
            match self.timeframe(timeframe) {
                Some((ms, ..)) => self.base_frame(ms),
                None => self.base_frame(3_600_000),
            }
            if let Some((hours, zone, at)) = session {
                self.session = self.session_hours(hours, zone, *at);
            }
        }
        if seen.is_none() {
            self.base_frame(3_600_000);
            self.report(
                Diagnostic::error("E0345", s.name.span, "this strategy has no clock")
                    .here("which bars does it trade?")
                    .help("begin the body with a timeframe: `on 1h`"),
            );
        }
    }

    fn session_hours(&mut self, hours: &str, zone: &str, span: Span) -> Option<SessionSpec> {
        let minute = |t: &str| -> Option<u16> {
            let (h, m) = t.split_once(':')?;
            let (h, m): (u16, u16) = (h.trim().parse().ok()?, m.trim().parse().ok()?);
            (h < 24 && m < 60 || h == 24 && m == 0).then_some(h * 60 + m)
        };
        let parsed = hours
            .split_once('-')
            .and_then(|(a, b)| Some((minute(a)?, minute(b)?)));
        let Some((start_minute, end_minute)) = parsed.filter(|(a, b)| a != b && *a < 1440) else {
            self.report(
                Diagnostic::error("E0347", span, format!("`{hours}` is not a pair of hours"))
                    .here("not trading hours")
                    .help("write them as `session \"09:30-16:00\" in \"America/New_York\"`"),
            );
            return None;
        };
        if zone.parse::<chrono_tz::Tz>().is_err() {
            let near = crate::scope::nearest(zone, chrono_tz::TZ_VARIANTS.iter().map(|z| z.name()));
            let mut d = Diagnostic::error("E0347", span, format!("there is no time zone `{zone}`"))
                .here("unknown time zone");
            d = if near.is_empty() {
                d.help("use a name of the IANA database, such as `UTC` or `Europe/Rome`")
            } else {
                d.help(format!("did you mean {}?", crate::scope::list_names(&near)))
            };
            self.report(d);
            return None;
        }
        Some(SessionSpec {
            start_minute,
            end_minute,
            tz: zone.to_string(),
        })
    }

    fn on_block(
        &mut self,
        tf: &'a ast::TimeframeRef,
        of: Option<&'a ast::Ident>,
        body: &'a [ast::Decl],
        span: Span,
    ) {
        let Some(frame) = self.enter_frame(tf, of, span) else {
            // bind the names all the same, so that their uses are not reported too
            for d in body {
                for id in declared(d) {
                    let here = self.frame;
                    self.bind(&id.name, Bound::Val(Val::Error), here, id.span, false);
                }
            }
            return;
        };
        let outer = std::mem::replace(&mut self.frame, frame);
        self.scopes.push(Scope::default());
        self.decls(body);
        self.frame = outer;
        let Some(inner) = self.scopes.pop() else {
            return;
        };
        for name in inner.order {
            let Some(b) = inner.names.get(&name) else {
                continue;
            };
            if let Bound::Val(v) = &b.bound {
                let v = v.clone();
                let seen = if of.is_some() {
                    self.leave_frame(v, frame, true)
                } else {
                    v
                };
                let at = if of.is_some() { FrameId(0) } else { frame };
                self.bind(&name, Bound::Val(seen), at, b.span, false);
                if b.used
                    && let Some(scope) = self.scopes.last_mut()
                    && let Some(o) = scope.names.get_mut(&name)
                {
                    o.used = true;
                }
            }
        }
    }

    /// All nodes that orders depend on.
    pub(crate) fn order_nodes(o: &Orders) -> Vec<NodeId> {
        let mut out = Vec::new();
        for e in &o.entries {
            e.nodes(&mut out);
        }
        for x in &o.exits {
            x.when.nodes(&mut out);
        }
        if let Some((s, _)) = o.size {
            s.nodes(&mut out);
        }
        o.limits.nodes(&mut out);
        for h in &o.portfolio.holds {
            out.extend([h.count, h.score]);
            out.extend(h.weight);
        }
        out
    }

    fn order_warmup(&mut self, o: &Orders) -> NodeId {
        let nodes = Self::order_nodes(o);
        self.rows_of_all(&nodes).1
    }

    /// A truth value evaluated where `entry` means `place`.
    pub(crate) fn condition_at(&mut self, place: Place, e: &'a ast::Expr, what: &str) -> NodeId {
        let old = std::mem::replace(&mut self.place, place);
        let n = self.boolean(e, what);
        self.place = old;
        if self.g.node(n).ty == Type::Error {
            self.truth(false)
        } else {
            n
        }
    }
}

fn declared(d: &ast::Decl) -> Vec<&ast::Ident> {
    match d {
        ast::Decl::Let { names, .. } => names.iter().collect(),
        ast::Decl::Rec { name, .. } => vec![name],
    }
}
