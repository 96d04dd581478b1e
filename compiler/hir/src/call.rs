//! History, built-in functions and calls of definitions.

use crate::check::Checker;
use crate::graph::{Deps, NodeId, NodeKind, Prim};
use crate::interval::Interval;
use crate::program::{Val, type_name};
use crate::scope::{Bound, Def, Origin, Scope, list_names, nearest};
use crate::unit::{Dim, Kind, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{self, Arg, Expr, Ident, Item};

/// Names of functions that are not written in the language.
pub(crate) const BUILTIN_FUNCTIONS: &[&str] = &[
    "abs",
    "sqrt",
    "floor",
    "ceil",
    "round",
    "trunc",
    "sign",
    "exp",
    "log",
    "log10",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "pow",
    "atan2",
    "fma",
    "min",
    "max",
    "is_finite",
    "sum_of",
    "mean_of",
    "sqdev_of",
    "highest",
    "lowest",
    "highest_ago",
    "lowest_ago",
    "kth",
    "price",
    "percent",
    "quantity",
    "money",
    "bars",
    "float",
    "int",
    "forming",
    "random_bars",
    "rank",
    "cross_zscore",
];

/// An argument after matching with its parameter.
struct Given<'a> {
    val: Val,
    expr: &'a Expr,
}

impl<'a> Checker<'a> {
    pub(crate) fn call(&mut self, callee: &Ident, args: &'a [Arg], span: Span) -> Val {
        let name = callee.name.as_str();
        if BUILTIN_FUNCTIONS.contains(&name) {
            return self.builtin(callee, args, span);
        }
        let Some((def, origin)) = self.definition(name) else {
            if self.has_broken_items() {
                for a in args {
                    self.value(&a.value);
                }
                return Val::Error;
            }
            let mut known: Vec<String> =
                BUILTIN_FUNCTIONS.iter().map(|s| (*s).to_string()).collect();
            known.extend(self.src.library.names().into_iter().map(String::from));
            known.extend(self.defined_names());
            let near = nearest(name, known.iter().map(String::as_str));
            let mut d = Diagnostic::error(
                "E0102",
                callee.span,
                format!("there is no function `{name}`"),
            )
            .here("unknown function");
            if let Some(f) = near.first() {
                d = d.help(format!("did you mean {}?", list_names(&near)));
                d = d.guess(callee.span, f.clone(), format!("replace with `{f}`"));
            }
            return self.fail(d);
        };
        if self.ambiguous(name, callee.span, origin) {
            return Val::Error;
        }
        self.mark(name, origin);
        self.instantiate(def, origin, callee.span, args, span)
    }

    /// Whether a definition of the file could not be read: then an unknown name may be its, and was reported there.
    pub(crate) fn has_broken_items(&self) -> bool {
        self.src
            .main
            .items
            .iter()
            .any(|i| matches!(i, Item::Error(_)))
    }

    pub(crate) fn instantiate(
        &mut self,
        def: Def<'a>,
        origin: Origin,
        at: Span,
        args: &'a [Arg],
        span: Span,
    ) -> Val {
        let name = def.name().name.as_str();
        if self.calls.iter().any(|c| c.0 == name && c.2 == origin) {
            return self.fail(
                Diagnostic::error("E0212", at, format!("`{name}` calls itself"))
                    .here("recursion")
                    .note("a program must end on every bar: definitions may not be recursive")
                    .help("use `rec` for a value that depends on its own past"),
            );
        }
        if origin == Origin::Main && self.broken.contains(name) {
            for a in args {
                self.value(&a.value);
            }
            return Val::Error;
        }
        let Some(given) = self.match_args(name, def.formals(), args, span) else {
            return Val::Error;
        };
        let mut dims: [Option<Dim>; 2] = [None, None];
        let mut bound: Vec<(&'a Ident, Val)> = Vec::new();
        for (formal, g) in def.formals().iter().zip(given) {
            let val = self.fit_argument(name, formal, g, &mut dims, span);
            if val == Val::Error {
                return Val::Error;
            }
            bound.push((&formal.name, val));
        }
        let key = (
            origin,
            name,
            self.frame,
            bound.iter().map(|b| b.1.clone()).collect::<Vec<_>>(),
        );
        let definition = (origin != Origin::Prelude).then_some(def.name().span);
        if let Some(v) = self.memo.get(&key) {
            let v = v.clone();
            self.fact(at, name, &v, definition);
            return v;
        }
        self.calls.push((name, span, origin));
        let out = self.body(def, bound, &dims);
        self.calls.pop();
        self.memo.insert(key, out.clone());
        self.fact(at, name, &out, definition);
        out
    }

    /// Elaborates a definition's body with its parameters bound.
    pub(crate) fn body(
        &mut self,
        def: Def<'a>,
        bound: Vec<(&'a Ident, Val)>,
        dims: &[Option<Dim>; 2],
    ) -> Val {
        let frame = self.frame;
        let place = std::mem::replace(&mut self.place, crate::check::Place::Signal);
        let outer = std::mem::replace(&mut self.dims, *dims);
        self.scopes.push(Scope {
            barrier: true,
            ..Scope::default()
        });
        for (id, val) in bound {
            self.bind(&id.name, Bound::Val(val), frame, id.span, true);
        }
        let out = match def {
            Def::Func(f) => {
                let val = self.value(&f.body);
                let n = self.single(val, f.body.span);
                Val::One(self.fit_return(n, &f.ret, dims, f.body.span))
            }
            Def::Indicator(i) => {
                self.decls(&i.body);
                let rets: Vec<(&str, &ast::TypeExpr)> = match &i.rets {
                    ast::Rets::One(t) => vec![("value", t)],
                    ast::Rets::Many(list) => {
                        list.iter().map(|(n, t)| (n.name.as_str(), t)).collect()
                    }
                };
                if rets.len() == i.give.len() {
                    let mut fields = Vec::new();
                    for ((field, ty), e) in rets.iter().zip(&i.give) {
                        let n = self.one(e);
                        fields.push(((*field).to_string(), self.fit_return(n, ty, dims, e.span)));
                    }
                    match (&i.rets, fields.first()) {
                        (ast::Rets::One(_), Some((_, n))) => Val::One(*n),
                        _ => Val::Record(fields),
                    }
                } else {
                    let at = i.give.first().map_or(i.span, |e| e.span);
                    self.fail(
                        Diagnostic::error(
                            "E0213",
                            at,
                            format!(
                                "`{}` promises {} and gives {}",
                                i.name.name,
                                count(rets.len(), "value"),
                                i.give.len()
                            ),
                        )
                        .here("does not fit the declaration"),
                    )
                }
            }
        };
        self.scopes.pop();
        self.place = place;
        self.dims = outer;
        out
    }

    /// Checks a definition with abstract dimensions.
    pub(crate) fn check_generic(&mut self, name: &'a str, def: Def<'a>) {
        self.scopes.clear();
        self.calls.clear();
        let mut dims = [None, None];
        let mut bound = Vec::new();
        for (i, formal) in def.formals().iter().enumerate() {
            let Some(ty) = self.formal_type(&formal.ty, &mut dims, true) else {
                bound.push((&formal.name, Val::Error));
                continue;
            };
            // a stand-in for any series of that type
            let zero = self.g.zero();
            // lengths and kinds are fixed for the run wherever it matters; a call that passes a series is checked by itself
            let fixed =
                matches!(formal.ty.name.as_str(), "bars" | "int") || matches!(ty, Type::Enum(_));
            let n = self.g.push(crate::graph::Node {
                kind: NodeKind::Param(u16::MAX - i as u16),
                ty,
                rate: if fixed { Rate::Run } else { Rate::Series },
                frame: self.frame,
                lookback: zero,
                settled: zero,
                interval: if fixed {
                    Interval::new(1.0, 1000.0)
                } else {
                    Interval::ALL
                },
                exact: false,
                shift: None,
                settling: false,
                deps: Deps::default(),
            });
            let val = if formal.ty.optional {
                let p = self.truth(true);
                Val::Optional(n, p)
            } else {
                Val::One(n)
            };
            if let Some(e) = &formal.default {
                self.value(e);
            }
            bound.push((&formal.name, val));
        }
        self.calls.push((name, def.name().span, Origin::Main));
        let before = self.diags.len();
        self.body(def, bound, &dims);
        self.calls.pop();
        // it is about the definition itself, not about a call of it
        for d in &mut self.diags[before..] {
            d.labels.retain(|l| l.primary || l.text != "in this call");
        }
    }

    fn match_args(
        &mut self,
        name: &str,
        formals: &'a [ast::Formal],
        args: &'a [Arg],
        span: Span,
    ) -> Option<Vec<Given<'a>>> {
        let mut slots: Vec<Option<&'a Expr>> = vec![None; formals.len()];
        let mut next = 0;
        for a in args {
            let k = match &a.name {
                Some(id) => match formals.iter().position(|f| f.name.name == id.name) {
                    Some(k) => k,
                    None => {
                        let names: Vec<String> =
                            formals.iter().map(|f| f.name.name.clone()).collect();
                        self.report(
                            Diagnostic::error(
                                "E0106",
                                id.span,
                                format!("`{name}` has no argument `{}`", id.name),
                            )
                            .here("unknown argument")
                            .help(format!("it takes {}", list_names(&names))),
                        );
                        return None;
                    }
                },
                None => {
                    next += 1;
                    next - 1
                }
            };
            if k >= formals.len() || slots[k].is_some() {
                let takes = formals.len();
                self.report(
                    Diagnostic::error(
                        "E0106",
                        a.value.span,
                        format!("`{name}` takes {}", count(takes, "argument")),
                    )
                    .here(if k >= formals.len() {
                        "one too many"
                    } else {
                        "given twice"
                    })
                    .help(format!("as in `{}`", signature(name, formals))),
                );
                return None;
            }
            slots[k] = Some(&a.value);
        }
        let mut out = Vec::new();
        for (slot, formal) in slots.into_iter().zip(formals) {
            let Some(expr) = slot.or(formal.default.as_ref()) else {
                self.report(
                    Diagnostic::error(
                        "E0106",
                        span,
                        format!("`{name}` needs its argument `{}`", formal.name.name),
                    )
                    .here("argument missing")
                    .help(format!("as in `{}`", signature(name, formals))),
                );
                return None;
            };
            let val = self.value(expr);
            out.push(Given { val, expr });
        }
        Some(out)
    }

    /// The type a formal asks for. With `fresh`, dimension variables stand for themselves.
    pub(crate) fn formal_type(
        &mut self,
        t: &ast::TypeExpr,
        dims: &mut [Option<Dim>; 2],
        fresh: bool,
    ) -> Option<Type> {
        let var = |which: usize, dims: &mut [Option<Dim>; 2]| -> Type {
            if fresh && dims[which].is_none() {
                dims[which] = Some(Dim::variable(which, 1));
            }
            let base = dims[which].unwrap_or(Dim::FLOAT);
            Type::Num(if t.power == 1 {
                base
            } else {
                plain_power(base, t.power)
            })
        };
        Some(match t.name.as_str() {
            "num" => var(0, dims),
            "num2" => var(1, dims),
            "bool" => Type::Bool,
            "int" => Type::Num(Dim::INT),
            "float" => Type::Num(Dim::FLOAT),
            "price" => Type::Num(plain_power(Dim::PRICE, t.power)),
            "percent" => Type::Num(Dim::PERCENT),
            "quantity" => Type::Num(Dim::QUANTITY),
            "money" => Type::Num(Dim::MONEY),
            "bars" => Type::Num(Dim::BARS),
            "duration" | "timeframe" => Type::Num(Dim::of(Kind::Duration)),
            "time" => Type::Num(Dim::of(Kind::Time)),
            other => {
                if let Some(id) = self.enumeration(other) {
                    Type::Enum(id)
                } else {
                    let mut known: Vec<String> = [
                        "num",
                        "num2",
                        "bool",
                        "int",
                        "float",
                        "price",
                        "percent",
                        "quantity",
                        "money",
                        "bars",
                        "duration",
                        "timeframe",
                        "time",
                    ]
                    .iter()
                    .map(|s| (*s).to_string())
                    .collect();
                    known.extend(self.defined_names());
                    let near = nearest(other, known.iter().map(String::as_str));
                    let mut d =
                        Diagnostic::error("E0107", t.span, format!("there is no type `{other}`"))
                            .here("unknown type");
                    if let Some(f) = near.first() {
                        d = d
                            .help(format!("did you mean {}?", list_names(&near)))
                            .guess(t.span, f.clone(), format!("replace with `{f}`"));
                    }
                    self.report(d);
                    return None;
                }
            }
        })
    }

    fn fit_argument(
        &mut self,
        name: &str,
        formal: &'a ast::Formal,
        g: Given<'a>,
        dims: &mut [Option<Dim>; 2],
        call: Span,
    ) -> Val {
        if g.val == Val::Error {
            return Val::Error;
        }
        if formal.ty.optional {
            if let Val::Optional(..) = g.val {
                return g.val;
            }
            let n = self.single(g.val, g.expr.span);
            let p = self.truth(true);
            return Val::Optional(n, p);
        }
        let span = if g.expr.span.file == call.file {
            g.expr.span
        } else {
            call
        };
        let n = self.single(g.val, span);
        let have = self.g.node(n).ty;
        if have == Type::Error {
            return Val::Error;
        }
        let which = match formal.ty.name.as_str() {
            "num" => Some(0),
            "num2" => Some(1),
            _ => None,
        };
        if let (Some(k), Type::Num(d)) = (which, have)
            && formal.ty.power == 1
        {
            let joined = match dims[k] {
                None => Some(d),
                Some(b) => crate::ops::unify(b, d),
            };
            match joined {
                Some(j) => {
                    dims[k] = Some(if j.is_plain() && j.kind != Kind::Zero {
                        Dim::FLOAT
                    } else {
                        j
                    });
                }
                None => {
                    let b = dims[k].unwrap_or(d);
                    return self.fail(
                        Diagnostic::error(
                            "E0403",
                            span,
                            format!("the arguments of `{name}` must have one unit"),
                        )
                        .here(format!("this is {d}, an earlier one {b}")),
                    );
                }
            }
            return Val::One(n);
        }
        let Some(want) = self.formal_type(&formal.ty, dims, false) else {
            return Val::Error;
        };
        let what = format!("the argument `{}` of `{name}`", formal.name.name);
        Val::One(self.fit(n, want, span, &what))
    }

    /// Makes a value fit a wanted type, or reports.
    pub(crate) fn fit(&mut self, n: NodeId, want: Type, span: Span, what: &str) -> NodeId {
        let have = self.g.node(n).ty;
        let relabel = |c: &mut Self| {
            if have == want {
                n
            } else {
                c.prim(Prim::As, &[n], want)
            }
        };
        match (have, want) {
            (Type::Error, _) | (_, Type::Error) => return self.error_node(),
            (Type::Bool, Type::Bool) => return n,
            (Type::Enum(a), Type::Enum(b)) if a == b => return n,
            (Type::Num(d), Type::Num(w)) => {
                if d == w || d.kind == Kind::Zero {
                    return relabel(self);
                }
                let whole = |k: Kind| matches!(k, Kind::Int | Kind::Bars);
                if w == Dim::FLOAT && d.is_plain() || whole(w.kind) && whole(d.kind) && d.is_plain()
                {
                    return relabel(self);
                }
                if whole(w.kind) && d == Dim::FLOAT {
                    self.report(
                        Diagnostic::error("E0303", span, format!("{what} must be a whole number"))
                            .here("may have a fraction")
                            .help(format!("round it: `round({})`", self.quote(span))),
                    );
                    return self.error_node();
                }
                let mut e =
                    Diagnostic::error("E0403", span, format!("{what} must be {w}, this is {d}"))
                        .here(format!("{d}, not {w}"));
                if w == Dim::PERCENT && d.is_plain() {
                    if let Some(v) = self.g.as_const(n) {
                        e = e.help(format!("write `{v}%`")).guess(
                            span,
                            format!("{v}%"),
                            "make it a percentage",
                        );
                    } else {
                        e = e.help(format!(
                            "`percent({})` makes a fraction a percentage",
                            self.quote(span)
                        ));
                    }
                } else if w == Dim::FLOAT {
                    e = e.help(format!("`float({})` drops the unit", self.quote(span)));
                } else if [Dim::PRICE, Dim::QUANTITY, Dim::MONEY].contains(&w) && d.is_plain() {
                    let text = format!("{w}({})", self.quote(span));
                    e = e.help(format!("give it the unit: `{text}`")).fix(
                        span,
                        text,
                        format!("make it a {w}"),
                    );
                }
                self.report(e);
            }
            _ => {
                let (h, w) = (
                    type_name(have, &self.defs.enum_list),
                    type_name(want, &self.defs.enum_list),
                );
                self.report(
                    Diagnostic::error("E0201", span, format!("{what} must be {w}, this is {h}"))
                        .here(format!("{h}, not {w}")),
                );
            }
        }
        self.error_node()
    }

    pub(crate) fn fit_return(
        &mut self,
        n: NodeId,
        t: &ast::TypeExpr,
        dims: &[Option<Dim>; 2],
        span: Span,
    ) -> NodeId {
        let mut dims = *dims;
        let Some(want) = self.formal_type(t, &mut dims, false) else {
            return self.error_node();
        };
        let have = self.g.node(n).ty;
        if let (Type::Num(d), Type::Num(w)) = (have, want)
            && d.is_plain()
            && w.is_plain()
            && matches!(t.name.as_str(), "num" | "num2")
        {
            return if d.kind == Kind::Zero {
                self.prim(Prim::As, &[n], want)
            } else {
                n
            };
        }
        self.fit(n, want, span, "the result")
    }
}

/// A dimension to a power; percent and plain numbers become plain.
pub(crate) fn plain_power(d: Dim, n: i8) -> Dim {
    if n == 1 {
        d
    } else if d.is_physical() {
        d.power(n)
    } else {
        Dim::FLOAT
    }
}

/// `1 argument`, `2 arguments`
pub(crate) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// `sma(x: num, n: bars)`
pub(crate) fn signature(name: &str, formals: &[ast::Formal]) -> String {
    let list: Vec<String> = formals
        .iter()
        .map(|f| {
            format!(
                "{}: {}{}",
                f.name.name,
                f.ty.name,
                if f.default.is_some() { " = …" } else { "" }
            )
        })
        .collect();
    format!("{name}({})", list.join(", "))
}
