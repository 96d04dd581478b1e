//! Parameters, their ranges and the conditions on them.

use crate::check::Checker;
use crate::graph::{Deps, FrameId, Node, NodeId, NodeKind, Prim};
use crate::interval::Interval;
use crate::ops::{Folded, evaluate};
use crate::program::Val;
use crate::scope::Bound;
use crate::unit::{Dim, Kind, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{Domain, Expr, Param};
use sixbtc_abi::{ParamKind, ParamSpec};

/// Most values of one parameter that are listed for a sweep.
const MAX_VALUES: f64 = 1_000_000.0;
/// Most points tried when looking for one that satisfies every `require`.
const MAX_TRIED: usize = 200_000;

impl<'a> Checker<'a> {
    /// Declares a parameter.
    pub(crate) fn param(&mut self, p: &'a Param, specs: &mut Vec<ParamSpec>) {
        let mut dims = [None, None];
        let frame = self.frame;
        let Some(ty) = self.formal_type(&p.ty, &mut dims, false) else {
            self.bind(
                &p.name.name,
                Bound::Val(Val::Error),
                frame,
                p.name.span,
                true,
            );
            return;
        };
        if p.ty.optional || p.ty.power != 1 || matches!(p.ty.name.as_str(), "num" | "num2" | "time")
        {
            self.report(
                Diagnostic::error("E0508", p.ty.span, format!("a parameter cannot be of type `{}`", p.ty.name))
                    .here("not a parameter type")
                    .help("use `bars`, `int`, `float`, `percent`, `price`, `money`, `quantity`, `bool`, `timeframe` or an enum"),
            );
            self.bind(
                &p.name.name,
                Bound::Val(Val::Error),
                frame,
                p.name.span,
                true,
            );
            return;
        }
        self.run_only = true;
        let default = self.param_value(&p.default, ty);
        let domain = default.and_then(|d| self.domain(p, ty, d));
        self.run_only = false;
        let (Some(default), Some((range, values))) = (default, domain) else {
            self.bind(
                &p.name.name,
                Bound::Val(Val::Error),
                frame,
                p.name.span,
                true,
            );
            return;
        };
        let kind = match ty {
            Type::Bool => ParamKind::Bool,
            Type::Enum(e) => ParamKind::Choice(self.defs.enum_list[e.0 as usize].1.clone()),
            Type::Num(d) if d.kind == Kind::Duration => ParamKind::Timeframe,
            Type::Num(d) if d == Dim::INT || d == Dim::BARS => ParamKind::Whole(d.unit()),
            Type::Num(d) => ParamKind::Number(d.unit()),
            Type::Error => return,
        };
        let index = specs.len() as u16;
        let timeframe = kind == ParamKind::Timeframe;
        let default = if timeframe {
            self.src
                .timeframes
                .get(&p.name.name)
                .map_or(default, |ms| *ms as f64)
        } else {
            default
        };
        specs.push(ParamSpec {
            name: p.name.name.clone(),
            kind,
            default,
            range,
            values,
        });
        let node = if timeframe {
            // each value is compiled on its own
            self.g.number(default, ty)
        } else {
            self.param_node(index, ty, range)
        };
        let val = Val::One(node);
        self.fact(p.name.span, &p.name.name, &val, None);
        self.bind(&p.name.name, Bound::Val(val), frame, p.name.span, true);
    }

    fn param_node(&mut self, index: u16, ty: Type, range: (f64, f64)) -> NodeId {
        let zero = self.g.zero();
        let number = Node {
            kind: NodeKind::Param(index),
            ty: if ty == Type::Bool {
                Type::Num(Dim::INT)
            } else {
                ty
            },
            rate: Rate::Run,
            frame: FrameId(0),
            lookback: zero,
            settled: zero,
            interval: Interval::new(range.0, range.1),
            exact: false,
            shift: Some(0.0),
            settling: false,
            deps: Deps::default(),
        };
        let n = self.g.intern(number);
        if ty == Type::Bool {
            let none = self.num(0.0, Dim::INT);
            return self.prim(Prim::Ne, &[n, none], Type::Bool);
        }
        n
    }

    /// A compile-time value of a wanted type.
    fn param_value(&mut self, e: &'a Expr, ty: Type) -> Option<f64> {
        // a member of the parameter's own enum may stand without its enum's name
        if let (Type::Enum(id), sbt_syntax::ast::ExprKind::Name(name)) = (ty, &e.kind) {
            let members = &self.defs.enum_list[id.0 as usize].1;
            if let Some(i) = members.iter().position(|m| m == name) {
                return Some(i as f64);
            }
            let (enum_name, members) = self.defs.enum_list[id.0 as usize].clone();
            let near = crate::scope::nearest(name, members.iter().map(String::as_str));
            let mut d = Diagnostic::error(
                "E0108",
                e.span,
                format!("`{enum_name}` has no member `{name}`"),
            )
            .here("unknown member")
            .help(format!("it has {}", crate::scope::list_names(&members)));
            if let Some(f) = near.first() {
                d = d.guess(e.span, f.clone(), format!("replace with `{f}`"));
            }
            self.report(d);
            return None;
        }
        let n = self.one(e);
        let n = self.fit(n, ty, e.span, "this");
        match &self.g.node(n).kind {
            _ if self.g.node(n).ty == Type::Error => None,
            NodeKind::Number(v) => Some(v.get()),
            NodeKind::Bool(b) => Some(f64::from(u8::from(*b))),
            _ => {
                self.report(
                    Diagnostic::error("E0509", e.span, "this must be known when the program is compiled")
                        .here("not a constant")
                        .help("write a number; parameters are independent of each other (use `require` to relate them)"),
                );
                None
            }
        }
    }

    /// Range and values of a parameter.
    fn domain(&mut self, p: &'a Param, ty: Type, default: f64) -> Option<((f64, f64), Vec<f64>)> {
        match &p.domain {
            None => {
                let range = if ty == Type::Bool {
                    (0.0, 1.0)
                } else {
                    (default, default)
                };
                let values = if ty == Type::Bool {
                    vec![0.0, 1.0]
                } else {
                    Vec::new()
                };
                Some((range, values))
            }
            Some(Domain::Set(items, span)) => {
                let mut values = Vec::new();
                for e in items {
                    let v = self.param_value(e, ty)?;
                    if values.contains(&v) {
                        self.report(
                            Diagnostic::error(
                                "E0502",
                                e.span,
                                "this value stands twice in the set",
                            )
                            .here("second time"),
                        );
                        return None;
                    }
                    values.push(v);
                }
                if !values.contains(&default) {
                    self.report(
                        Diagnostic::error("E0505", p.default.span, "the default is not in the set")
                            .here("not one of the values")
                            .label(*span, "the set"),
                    );
                    return None;
                }
                let lo = values.iter().copied().fold(f64::INFINITY, f64::min);
                let hi = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                Some(((lo, hi), values))
            }
            Some(Domain::Range { range, step }) => {
                let lo = self.param_value(&range.lo, ty)?;
                let hi = self.param_value(&range.hi, ty)?;
                let whole = matches!(ty, Type::Num(d) if d == Dim::INT || d == Dim::BARS);
                let step_value = match step {
                    Some(e) => Some((self.param_value(e, ty)?, e.span)),
                    None if whole => Some((1.0, range.span)),
                    None => None,
                };
                self.range_values(
                    range.span,
                    (lo, hi, range.inclusive),
                    step_value,
                    (default, p.default.span),
                )
            }
        }
    }

    fn range_values(
        &mut self,
        span: Span,
        (lo, hi, inclusive): (f64, f64, bool),
        step: Option<(f64, Span)>,
        (default, default_span): (f64, Span),
    ) -> Option<((f64, f64), Vec<f64>)> {
        let empty = if inclusive { lo > hi } else { lo >= hi };
        if empty {
            self.report(
                Diagnostic::error("E0502", span, "this range is empty")
                    .here(format!("from {lo} up to {hi}"))
                    .help("the smaller end comes first"),
            );
            return None;
        }
        let mut values = Vec::new();
        let mut top = hi;
        if let Some((s, at)) = step {
            if s.is_nan() || s <= 0.0 {
                self.report(
                    Diagnostic::error("E0503", at, "a step must be greater than 0")
                        .here(format!("this is {s}")),
                );
                return None;
            }
            let n = ((hi - lo) / s + 1e-9).floor();
            if n > MAX_VALUES {
                self.report(
                    Diagnostic::error("E0503", at, format!("this step makes {n} values"))
                        .here("too fine")
                        .help("a parameter can have a million values at most"),
                );
                return None;
            }
            for i in 0..=(n as u32) {
                // decimal steps: 0.2 + 0.1 is to be 0.3, the value a user would type
                let v = ((lo + s * f64::from(i)) * 1e10).round() / 1e10;
                if inclusive || v < hi {
                    values.push(v);
                }
            }
            if !inclusive {
                top = values.last().copied().unwrap_or(lo);
            }
        }
        if default < lo || default > top {
            self.report(
                Diagnostic::error("E0501", default_span, "the default is outside its range")
                    .here(format!("not between {lo} and {top}"))
                    .label(span, "the range"),
            );
            return None;
        }
        Some(((lo, top), values))
    }

    /// Checks that the defaults satisfy every `require`, and that some point of the sweep does.
    pub(crate) fn check_requires(&mut self, specs: &[ParamSpec], requires: &[(NodeId, Span)]) {
        let defaults: Vec<f64> = specs.iter().map(|s| s.default).collect();
        let points: f64 = specs.iter().map(|s| s.values.len().max(1) as f64).product();
        if points >= 1e7 {
            let span = requires.first().map_or_else(|| self.src.main.span, |r| r.1);
            let at = self
                .scopes
                .last()
                .and_then(|s| s.order.first().and_then(|n| s.names.get(n)))
                .map_or(span, |b| b.span);
            self.report(
                Diagnostic::warning(
                    "W1402",
                    at,
                    format!("a sweep of all parameters has {points:.0} points"),
                )
                .here("very many combinations")
                .help("coarsen the steps, or let `sixbtc sweep --search random` draw from them"),
            );
        }
        if requires.is_empty() {
            return;
        }
        let broken: Vec<Span> = requires
            .iter()
            .filter(|r| self.run_truth(r.0, &defaults) == Some(false))
            .map(|r| r.1)
            .collect();
        if broken.is_empty() {
            return;
        }
        if points <= MAX_TRIED as f64 && !self.any_point(specs, requires) {
            let d = Diagnostic::error(
                "E0504",
                broken[0],
                "no combination of the parameters satisfies this",
            )
            .here("leaves nothing to run")
            .help("widen the ranges or relax the condition");
            self.report(d);
            return;
        }
        for span in broken {
            self.report(
                Diagnostic::error("E0506", span, "the default values break this condition")
                    .here("false for the defaults")
                    .help("change a default so that the strategy runs as written"),
            );
        }
    }

    fn any_point(&self, specs: &[ParamSpec], requires: &[(NodeId, Span)]) -> bool {
        let mut at = vec![0_usize; specs.len()];
        loop {
            let point: Vec<f64> = specs
                .iter()
                .zip(&at)
                .map(|(s, i)| s.values.get(*i).copied().unwrap_or(s.default))
                .collect();
            if requires
                .iter()
                .all(|r| self.run_truth(r.0, &point) != Some(false))
            {
                return true;
            }
            let mut k = 0;
            loop {
                if k == specs.len() {
                    return false;
                }
                at[k] += 1;
                if at[k] < specs[k].values.len() {
                    break;
                }
                at[k] = 0;
                k += 1;
            }
        }
    }

    /// The truth of a condition over parameters; `None` when it cannot be told here.
    fn run_truth(&self, id: NodeId, params: &[f64]) -> Option<bool> {
        match &self.g.node(id).kind {
            NodeKind::Bool(b) => Some(*b),
            NodeKind::Prim(Prim::And, a) => {
                Some(self.run_truth(a[0], params)? && self.run_truth(a[1], params)?)
            }
            NodeKind::Prim(Prim::Or, a) => {
                Some(self.run_truth(a[0], params)? || self.run_truth(a[1], params)?)
            }
            NodeKind::Prim(Prim::Xor, a) => {
                Some(self.run_truth(a[0], params)? != self.run_truth(a[1], params)?)
            }
            NodeKind::Prim(Prim::Not, a) => Some(!self.run_truth(a[0], params)?),
            NodeKind::Prim(op, a) => {
                let v: Vec<f64> = a
                    .iter()
                    .map(|x| self.run_number(*x, params))
                    .collect::<Option<_>>()?;
                match evaluate(*op, &v)? {
                    Folded::Truth(b) => Some(b),
                    Folded::Number(_) => None,
                }
            }
            NodeKind::Select(c, a, b) => {
                if self.run_truth(*c, params)? {
                    self.run_truth(*a, params)
                } else {
                    self.run_truth(*b, params)
                }
            }
            _ => None,
        }
    }

    fn run_number(&self, id: NodeId, params: &[f64]) -> Option<f64> {
        match &self.g.node(id).kind {
            NodeKind::Number(v) => Some(v.get()),
            NodeKind::Param(i) => params.get(*i as usize).copied(),
            NodeKind::Prim(op, a) => {
                let v: Vec<f64> = a
                    .iter()
                    .map(|x| self.run_number(*x, params))
                    .collect::<Option<_>>()?;
                match evaluate(*op, &v)? {
                    Folded::Number(x) => Some(x),
                    Folded::Truth(b) => Some(f64::from(u8::from(b))),
                }
            }
            NodeKind::Select(c, a, b) => {
                if self.run_truth(*c, params)? {
                    self.run_number(*a, params)
                } else {
                    self.run_number(*b, params)
                }
            }
            _ => None,
        }
    }
}
