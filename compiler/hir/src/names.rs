//! Names and members: what is bound, what is built in, and the parts of values.

use crate::check::{Checker, Place};
use crate::graph::{Deps, FrameId, NodeId, NodeKind, PositionField, Prim};
use crate::interval::Interval;
use crate::program::Val;
use crate::scope::{Bound, WEEKDAY, WEEKDAYS, list_names, nearest};
use crate::unit::{Dim, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{Expr, Ident};
use sixbtc_abi::Column;

impl<'a> Checker<'a> {
    pub(crate) fn name(&mut self, name: &str, span: Span) -> Val {
        if let Some(val) = self.bound_name(name, span) {
            return val;
        }
        if let Some(val) = self.builtin_name(name, span) {
            return val;
        }
        if let Some(id) = self.enumeration(name) {
            return Val::EnumName(id);
        }
        if self.definition(name).is_some() {
            return self.call(
                &Ident {
                    name: name.into(),
                    span,
                },
                &[],
                span,
            );
        }
        if self.has_broken_items() {
            return Val::Error;
        }
        let mut known: Vec<String> = self.visible_names();
        known.extend(crate::scope::BUILTIN_NAMES.iter().map(|s| (*s).to_string()));
        known.extend(self.src.library.names().into_iter().map(String::from));
        known.extend(self.defined_names());
        let near = nearest(name, known.iter().map(String::as_str));
        let mut d = Diagnostic::error("E0101", span, format!("nothing is called `{name}` here"))
            .here("unknown name");
        if let Some(first) = near.first() {
            d = d.help(format!("did you mean {}?", list_names(&near)));
            d = d.guess(span, first.clone(), format!("replace with `{first}`"));
        }
        self.fail(d)
    }

    /// All names bound in reach.
    pub(crate) fn visible_names(&self) -> Vec<String> {
        let mut out = Vec::new();
        for scope in self.scopes.iter().rev() {
            out.extend(scope.names.keys().cloned());
            if scope.barrier {
                break;
            }
        }
        out
    }

    pub(crate) fn bound_name(&mut self, name: &str, span: Span) -> Option<Val> {
        let mut level = self.scopes.len();
        while level > 0 {
            level -= 1;
            if let Some(b) = self.scopes[level].names.get_mut(name) {
                b.used = true;
                let b = b.clone();
                let val = match b.bound {
                    Bound::Val(v) => v,
                    Bound::Rec(i) => return Some(self.bare_rec(level, i, span)),
                };
                self.fact(span, name, &val, Some(b.span));
                return Some(self.across_clocks(val, b.frame, name, span));
            }
            if self.scopes[level].barrier {
                return None;
            }
        }
        None
    }

    /// A value bound on another clock, as seen from the current one.
    pub(crate) fn across_clocks(&mut self, val: Val, from: FrameId, name: &str, span: Span) -> Val {
        if from == self.frame {
            return val;
        }
        let seen = |c: &mut Self, n: NodeId| -> Option<NodeId> {
            let f = c.g.node(n).frame;
            if f == c.frame || c.g.node(n).rate != Rate::Series {
                Some(n)
            } else if c.frame == FrameId(0) {
                Some(c.current(n))
            } else {
                None
            }
        };
        let out = match val {
            Val::One(n) => seen(self, n).map(Val::One),
            Val::Record(fields) => fields
                .into_iter()
                .map(|(f, n)| seen(self, n).map(|n| (f, n)))
                .collect::<Option<Vec<_>>>()
                .map(Val::Record),
            Val::Optional(v, p) => seen(self, v)
                .zip(seen(self, p))
                .map(|(v, p)| Val::Optional(v, p)),
            other => Some(other),
        };
        out.unwrap_or_else(|| {
            self.fail(
                Diagnostic::error(
                    "E0342",
                    span,
                    format!("`{name}` lives on a finer clock than this block"),
                )
                .here("belongs to another clock")
                .note("inside `on` every value is one of that clock's own confirmed bars")
                .help("define what you need inside the block, or use the block's result outside"),
            )
        })
    }

    pub(crate) fn builtin_name(&mut self, name: &str, span: Span) -> Option<Val> {
        if self.run_only && crate::scope::BUILTIN_NAMES.contains(&name) && !WEEKDAYS.contains(&name)
        {
            return Some(
                self.fail(
                    Diagnostic::error(
                        "E0507",
                        span,
                        format!("`{name}` changes every bar; only parameters may stand here"),
                    )
                    .here("not fixed before the run"),
                ),
            );
        }
        if let Some(i) = WEEKDAYS.iter().position(|d| *d == name) {
            return Some(Val::One(self.g.number(i as f64, Type::Enum(WEEKDAY))));
        }
        let price = Type::Num(Dim::PRICE);
        Some(Val::One(match name {
            // the sides as `position.side` counts them
            "long" => self.num(1.0, Dim::INT),
            "short" => self.num(-1.0, Dim::INT),
            "open" => self.field(Column::Open),
            "high" => self.field(Column::High),
            "low" => self.field(Column::Low),
            "close" => self.field(Column::Close),
            "volume" => self.field(Column::Volume),
            "hl2" | "hlc3" | "ohlc4" => {
                let (o, h, l, c) = (
                    self.field(Column::Open),
                    self.field(Column::High),
                    self.field(Column::Low),
                    self.field(Column::Close),
                );
                let hl = self.prim(Prim::Add, &[h, l], price);
                let (sum, n) = match name {
                    "hl2" => (hl, 2.0),
                    "hlc3" => (self.prim(Prim::Add, &[hl, c], price), 3.0),
                    _ => {
                        let oh = self.prim(Prim::Add, &[o, h], price);
                        let ohl = self.prim(Prim::Add, &[oh, l], price);
                        (self.prim(Prim::Add, &[ohl, c], price), 4.0)
                    }
                };
                let n = self.num(n, Dim::INT);
                self.prim(Prim::Div, &[sum, n], price)
            }
            "time" => self.field(Column::Time),
            "weekday" => self.field(Column::Weekday),
            "day" => self.field(Column::Day),
            "month" => self.field(Column::Month),
            "year" => self.field(Column::Year),
            "hour" | "minute" => {
                let m = self.field(Column::MinuteOfDay);
                let sixty = self.num(60.0, Dim::INT);
                if name == "minute" {
                    self.prim(Prim::Mod, &[m, sixty], Type::Num(Dim::INT))
                } else {
                    let q = self.prim(Prim::Div, &[m, sixty], Type::Num(Dim::FLOAT));
                    self.prim(Prim::Floor, &[q], Type::Num(Dim::INT))
                }
            }
            "bar_index" => self.leaf(
                NodeKind::Row,
                Dim::INT,
                Interval::NON_NEGATIVE,
                Deps::default(),
                0.0,
            ),
            "position" => return Some(Val::Position),
            "session" => return Some(Val::Session),
            "entry" => return Some(self.entry_name(span)),
            _ => return None,
        }))
    }

    pub(crate) fn entry_name(&mut self, span: Span) -> Val {
        match self.place {
            Place::Level => {
                let deps = Deps {
                    entry: true,
                    ..Deps::default()
                };
                let at = Interval {
                    lo: f64::MIN_POSITIVE,
                    hi: f64::INFINITY,
                };
                Val::One(self.leaf(NodeKind::Entry, Dim::PRICE, at, deps, 1.0))
            }
            Place::Held => Val::One(self.position(PositionField::Entry)),
            Place::Signal => self.fail(
                Diagnostic::error(
                    "E0611",
                    span,
                    "there is no entry yet where this is evaluated",
                )
                .here("`entry` exists in the legs of an `enter` and in exits")
                .help("use `position.entry` for the average entry price of an open position"),
            ),
        }
    }

    pub(crate) fn member(&mut self, base: &'a Expr, field: &'a Ident, span: Span) -> Val {
        let val = self.value(base);
        let (what, members): (String, Vec<String>) = match val {
            Val::Error => return Val::Error,
            Val::Record(fields) => {
                if let Some((_, n)) = fields.iter().find(|f| f.0 == field.name) {
                    let v = Val::One(*n);
                    self.fact(span, &field.name, &v, None);
                    return v;
                }
                (
                    "this result".into(),
                    fields.into_iter().map(|f| f.0).collect(),
                )
            }
            Val::Optional(v, p) => match field.name.as_str() {
                "present" => return Val::One(p),
                "value" => {
                    let _ = v;
                    ("a value that may be missing".into(), vec!["present".into()])
                }
                _ => ("a value that may be missing".into(), vec!["present".into()]),
            },
            Val::Forming(ms) => {
                let names = ["open", "high", "low", "close", "volume"];
                if names.contains(&field.name.as_str()) {
                    return Val::One(self.forming_field(ms, &field.name));
                }
                (
                    "an unfinished bar".into(),
                    names.iter().map(|s| (*s).into()).collect(),
                )
            }
            Val::Position => {
                if let Some(n) = self.position_member(&field.name) {
                    if self.frame != FrameId(0) {
                        return self.fail(
                            Diagnostic::error(
                                "E0344",
                                span,
                                "the position is not known on a coarser clock",
                            )
                            .here("move this out of the `on` block"),
                        );
                    }
                    return Val::One(n);
                }
                let names = [
                    "bars", "profit", "entry", "size", "side", "equity", "is_long", "is_short",
                    "is_flat",
                ];
                (
                    "`position`".into(),
                    names.iter().map(|s| (*s).into()).collect(),
                )
            }
            Val::Session => {
                if let Some(column) = match field.name.as_str() {
                    "active" => Some(Column::InSession),
                    "start" => Some(Column::SessionStart),
                    "end" => Some(Column::SessionEnd),
                    _ => None,
                } {
                    return self.session_flag(column, span);
                }
                (
                    "`session`".into(),
                    ["active", "start", "end"]
                        .iter()
                        .map(|s| (*s).into())
                        .collect(),
                )
            }
            Val::EnumName(id) => {
                let (name, members) = self.defs.enum_list[id.0 as usize].clone();
                if let Some(i) = members.iter().position(|m| *m == field.name) {
                    return Val::One(self.g.number(i as f64, Type::Enum(id)));
                }
                let near = nearest(&field.name, members.iter().map(String::as_str));
                let mut d = Diagnostic::error(
                    "E0108",
                    field.span,
                    format!("`{name}` has no member `{}`", field.name),
                )
                .here("unknown member")
                .help(format!("it has {}", list_names(&members)));
                if let Some(f) = near.first() {
                    d = d.guess(field.span, f.clone(), format!("replace with `{f}`"));
                }
                return self.fail(d);
            }
            Val::One(_) | Val::Str(_) => ("this".into(), Vec::new()),
        };
        let mut d = Diagnostic::error(
            "E0103",
            field.span,
            format!("{what} has no `.{}`", field.name),
        )
        .here("no such part");
        if members.is_empty() {
            d = d.note("a plain number has no parts");
        } else {
            d = d.help(format!("it has {}", list_names(&members)));
            if let Some(f) = nearest(&field.name, members.iter().map(String::as_str)).first() {
                d = d.guess(field.span, f.clone(), format!("replace with `{f}`"));
            }
        }
        self.fail(d)
    }

    pub(crate) fn position_member(&mut self, name: &str) -> Option<NodeId> {
        let side = |c: &mut Self, op: Prim| {
            let s = c.position(PositionField::Side);
            let zero = c.num(0.0, Dim::INT);
            c.prim(op, &[s, zero], Type::Bool)
        };
        Some(match name {
            "bars" => self.position(PositionField::Bars),
            "profit" => self.position(PositionField::Profit),
            "entry" => self.position(PositionField::Entry),
            "size" => self.position(PositionField::Size),
            "side" => self.position(PositionField::Side),
            "equity" => self.position(PositionField::Equity),
            "is_long" => side(self, Prim::Gt),
            "is_short" => side(self, Prim::Lt),
            "is_flat" => side(self, Prim::Eq),
            _ => return None,
        })
    }

    /// A calendar column of the session as a truth value.
    pub(crate) fn session_flag(&mut self, column: Column, span: Span) -> Val {
        if self.session.is_none() {
            return self.fail(
                Diagnostic::error("E0346", span, "this strategy has no session")
                    .here("needs trading hours")
                    .help("name them with the clock: `on 15m session \"09:30-16:00\" in \"America/New_York\"`"),
            );
        }
        if self.frame != FrameId(0) {
            return self.fail(
                Diagnostic::error(
                    "E0344",
                    span,
                    "the session belongs to the strategy's own clock",
                )
                .here("move this out of the `on` block"),
            );
        }
        let n = self.field(column);
        let half = self.num(0.5, Dim::FLOAT);
        Val::One(self.prim(Prim::Gt, &[n, half], Type::Bool))
    }
}
