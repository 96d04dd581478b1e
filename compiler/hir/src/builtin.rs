//! Functions that are not written in the language.

use crate::build::MAX_ROWS;
use crate::check::Checker;
use crate::graph::{NodeId, Prim, WindowKind};
use crate::ops::{Operand, arithmetic};
use crate::program::Val;
use crate::unit::{Dim, Kind, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{Arg, BinaryOp, Expr, Ident};
use sixbtc_abi::CrossKind;

use crate::call::{count, plain_power};

impl<'a> Checker<'a> {
    pub(crate) fn builtin(&mut self, callee: &Ident, args: &'a [Arg], span: Span) -> Val {
        let name = callee.name.as_str();
        if let Some(a) = args.iter().find_map(|a| a.name.as_ref()) {
            return self.fail(
                Diagnostic::error(
                    "E0106",
                    a.span,
                    format!("`{name}` takes its arguments by position"),
                )
                .here("drop the name"),
            );
        }
        let (least, most) = match name {
            "pow" | "atan2" | "sum_of" | "mean_of" | "sqdev_of" | "highest" | "lowest"
            | "highest_ago" | "lowest_ago" => (2, 2),
            "kth" | "fma" => (3, 3),
            "min" | "max" => (2, 64),
            _ => (1, 1),
        };
        if args.len() < least || args.len() > most {
            let takes = count(least, "argument");
            let takes = if least == most {
                takes
            } else {
                format!("at least {takes}")
            };
            return self.fail(
                Diagnostic::error(
                    "E0106",
                    span,
                    format!("`{name}` takes {takes}, not {}", args.len()),
                )
                .here("wrong number of arguments"),
            );
        }
        match name {
            "forming" => return self.forming(&args[0].value, span),
            "random_bars" => {
                return self.fail(
                    Diagnostic::error("E0102", callee.span, "`random_bars` makes bars for a test")
                        .here("only after `forall`"),
                );
            }
            "rank" => return self.across(CrossKind::Rank, &args[0].value, span),
            "cross_zscore" => return self.across(CrossKind::Zscore, &args[0].value, span),
            "min" | "max" => return self.extreme(name == "min", args),
            "fma" => return self.fused(args, span),
            "highest" | "lowest" | "highest_ago" | "lowest_ago" | "sum_of" | "mean_of"
            | "sqdev_of" | "kth" => {
                return self.window_call(name, args, span);
            }
            "is_finite" => {
                let (n, _) = self.number(&args[0].value);
                return Val::One(self.prim(Prim::IsFinite, &[n], Type::Bool));
            }
            _ => {}
        }
        let (x, dim) = self.argument_number(&args[0].value);
        let Some(dim) = dim else { return Val::Error };
        let whole = |d: Dim| if d.is_plain() { Dim::INT } else { d };
        let (prim, ty) = match name {
            "abs" => (Prim::Abs, dim),
            "floor" => (Prim::Floor, whole(dim)),
            "ceil" => (Prim::Ceil, whole(dim)),
            "round" => (Prim::Round, whole(dim)),
            "trunc" => (Prim::Trunc, whole(dim)),
            "sign" => (Prim::Sign, Dim::INT),
            "sqrt" => match dim.root() {
                Some(d) if dim.kind != Kind::Percent => (Prim::Sqrt, d),
                _ => {
                    return self.fail(
                        Diagnostic::error(
                            "E0404",
                            span,
                            format!("the square root of {dim} has no unit"),
                        )
                        .here(format!("{dim}"))
                        .help("drop the unit first: `sqrt(float(…))`"),
                    );
                }
            },
            "float" => (Prim::As, Dim::FLOAT),
            "int" => (Prim::Trunc, Dim::INT),
            "price" | "quantity" | "money" | "percent" | "bars" => {
                return self.conversion(name, x, dim, args[0].value.span);
            }
            "pow" => return self.power(x, dim, &args[1].value, span),
            "atan2" => {
                let (y, other) = self.argument_number(&args[1].value);
                if other.is_none_or(|o| crate::ops::unify(dim, o).is_none()) {
                    return self.fail(
                        Diagnostic::error(
                            "E0403",
                            span,
                            "both arguments of `atan2` must have one unit",
                        )
                        .here("unlike units"),
                    );
                }
                return Val::One(self.prim(Prim::Atan2, &[x, y], Type::Num(Dim::FLOAT)));
            }
            _ => {
                if !dim.is_plain() {
                    return self.fail(
                        Diagnostic::error(
                            "E0404",
                            args[0].value.span,
                            format!("`{name}` takes a number without unit"),
                        )
                        .here(format!("this is {dim}"))
                        .help(format!(
                            "divide by something alike, or drop the unit: `{name}(float({}))`",
                            self.quote(args[0].value.span)
                        )),
                    );
                }
                let prim = match name {
                    "exp" => Prim::Exp,
                    "log" => Prim::Log,
                    "log10" => Prim::Log10,
                    "sin" => Prim::Sin,
                    "cos" => Prim::Cos,
                    "tan" => Prim::Tan,
                    "asin" => Prim::Asin,
                    "acos" => Prim::Acos,
                    "atan" => Prim::Atan,
                    "sinh" => Prim::Sinh,
                    "cosh" => Prim::Cosh,
                    _ => Prim::Tanh,
                };
                (prim, Dim::FLOAT)
            }
        };
        Val::One(self.prim(prim, &[x], Type::Num(ty)))
    }

    /// `fma(a, b, c)`: the units of `a * b + c`.
    fn fused(&mut self, args: &'a [Arg], span: Span) -> Val {
        let [(a, x), (b, y), (c, z)] = [0, 1, 2].map(|i| self.number(&args[i].value));
        let (Some(x), Some(y), Some(z)) = (x, y, z) else {
            return Val::Error;
        };
        let [f, g, h] = [0, 1, 2].map(|i| &args[i].value);
        let product = match arithmetic(BinaryOp::Mul, Self::operand(f, x), Self::operand(g, y)) {
            Ok(dim) => dim,
            Err(clash) => {
                self.clash("E0401", "multiplied", clash, (f, x), (g, y), span);
                return Val::Error;
            }
        };
        let made = Operand {
            dim: product,
            literal: false,
        };
        match arithmetic(BinaryOp::Add, made, Self::operand(h, z)) {
            Ok(dim) => Val::One(self.prim(Prim::Fma, &[a, b, c], Type::Num(dim))),
            Err(_) => self.fail(
                Diagnostic::error(
                    "E0401",
                    h.span,
                    format!("{product} and {z} cannot be added"),
                )
                .here(z.to_string())
                .label(f.span.to(g.span), format!("the product is {product}"))
                .note("`fma(a, b, c)` is `a * b + c`, with the same rules of units"),
            ),
        }
    }

    /// A number, or a truth value or enum member as a number (for `int` and `float`).
    pub(crate) fn argument_number(&mut self, e: &'a Expr) -> (NodeId, Option<Dim>) {
        let n = self.one(e);
        match self.g.node(n).ty {
            Type::Num(d) => (n, Some(d)),
            Type::Bool => (
                self.prim(Prim::ToFloat, &[n], Type::Num(Dim::INT)),
                Some(Dim::INT),
            ),
            Type::Enum(_) => (
                self.prim(Prim::As, &[n], Type::Num(Dim::INT)),
                Some(Dim::INT),
            ),
            Type::Error => (n, None),
        }
    }

    pub(crate) fn conversion(&mut self, name: &str, x: NodeId, dim: Dim, span: Span) -> Val {
        let want = match name {
            "price" => Dim::PRICE,
            "quantity" => Dim::QUANTITY,
            "money" => Dim::MONEY,
            "percent" => Dim::PERCENT,
            _ => Dim::BARS,
        };
        if !dim.is_plain() && dim != want {
            return self.fail(
                Diagnostic::error(
                    "E0403",
                    span,
                    format!("`{name}(…)` gives a bare number its unit; this is {dim} already"),
                )
                .here(format!("{dim}"))
                .help(format!(
                    "drop the unit first: `{name}(float({}))`",
                    self.quote(span)
                )),
            );
        }
        if want == Dim::BARS && dim == Dim::FLOAT {
            return self.fail(
                Diagnostic::error("E0303", span, "bars are whole")
                    .here("may have a fraction")
                    .help(format!("round it: `round({})`", self.quote(span))),
            );
        }
        Val::One(self.prim(Prim::As, &[x], Type::Num(want)))
    }

    pub(crate) fn power(&mut self, x: NodeId, dim: Dim, e: &'a Expr, span: Span) -> Val {
        let (y, yd) = self.argument_number(e);
        let Some(yd) = yd else { return Val::Error };
        if !yd.is_plain() {
            return self.fail(
                Diagnostic::error("E0404", e.span, "an exponent has no unit")
                    .here(format!("this is {yd}")),
            );
        }
        let ty = if dim.is_plain() {
            Dim::FLOAT
        } else {
            match self.g.as_const(y) {
                Some(v) if v.fract() == 0.0 && v.abs() <= 8.0 && dim.is_physical() => {
                    dim.power(v as i8)
                }
                Some(v)
                    if (v - 0.5).abs() < f64::EPSILON
                        && dim.root().is_some()
                        && dim.is_physical() =>
                {
                    dim.root().unwrap_or(dim)
                }
                _ => {
                    return self.fail(
                        Diagnostic::error(
                            "E0404",
                            span,
                            format!("this power of {dim} has no unit"),
                        )
                        .here("the exponent must be a whole number")
                        .help("drop the unit first: `pow(float(…), …)`"),
                    );
                }
            }
        };
        Val::One(self.prim(Prim::Pow, &[x, y], Type::Num(ty)))
    }

    pub(crate) fn extreme(&mut self, min: bool, args: &'a [Arg]) -> Val {
        let mut acc: Option<(NodeId, Dim, &'a Expr)> = None;
        for a in args {
            let (n, d) = self.number(&a.value);
            let Some(d) = d else { return Val::Error };
            acc = Some(match acc {
                None => (n, d, &a.value),
                Some((m, e, first)) => {
                    let Some(u) = crate::ops::unify(e, d) else {
                        let mut err = Diagnostic::error(
                            "E0401",
                            a.value.span,
                            format!("{e} and {d} cannot be compared"),
                        )
                        .here(d.to_string())
                        .label(first.span, e.to_string());
                        if e.is_physical() && d.is_plain() {
                            err = err.help(format!(
                                "give it the unit: `{e}({})`",
                                self.quote(a.value.span)
                            ));
                        }
                        return self.fail(err);
                    };
                    (
                        self.prim(
                            if min { Prim::Min } else { Prim::Max },
                            &[m, n],
                            Type::Num(u),
                        ),
                        u,
                        first,
                    )
                }
            });
        }
        acc.map_or(Val::Error, |a| Val::One(a.0))
    }

    pub(crate) fn window_call(&mut self, name: &str, args: &'a [Arg], span: Span) -> Val {
        let (x, dim) = self.number(&args[0].value);
        let (n, n_dim) = self.number(&args[1].value);
        let (Some(dim), Some(_)) = (dim, n_dim) else {
            return Val::Error;
        };
        let at = args[1].value.span;
        let n = self.fit(
            n,
            Type::Num(Dim::BARS),
            at,
            &format!("the length of `{name}`"),
        );
        if self.g.node(n).ty == Type::Error {
            return Val::Error;
        }
        if self.g.node(n).rate == Rate::Series {
            return self.not_fixed(at, n, &format!("the length of `{name}`"));
        }
        let i = self.g.node(n).interval;
        if i.lo < 1.0 {
            return self.fail(
                Diagnostic::error(
                    "E0306",
                    at,
                    format!("the length of `{name}` must be at least 1"),
                )
                .here(format!("can be {}", crate::expr::show(i.lo)))
                .help("start the range of the parameter at 1 or more"),
            );
        }
        if !i.hi.is_finite() || i.hi > MAX_ROWS {
            return self.fail(
                Diagnostic::error("E0302", at, format!("the length of `{name}` has no bound"))
                    .here(format!("up to {}", crate::expr::show(i.hi)))
                    .help("give the parameter a range: `param n: bars = 20 in 5..60`"),
            );
        }
        if self.g.node(x).deps.fold != 0 || self.g.node(n).deps.fold != 0 {
            self.in_fold(span);
            return Val::Error;
        }
        if self.g.node(x).deps.entry {
            return self.fail(
                Diagnostic::error("E0312", span, "`entry` has no history")
                    .here("exists only at the moment of the fill"),
            );
        }
        let (kind, ty) = match name {
            "sum_of" => (WindowKind::Sum, dim),
            "mean_of" => (
                WindowKind::Mean,
                if dim.is_plain() { Dim::FLOAT } else { dim },
            ),
            "sqdev_of" => (
                WindowKind::SquaredDeviations,
                if dim.is_plain() {
                    Dim::FLOAT
                } else {
                    plain_power(dim, 2)
                },
            ),
            "highest" => (WindowKind::Max, dim),
            "lowest" => (WindowKind::Min, dim),
            "highest_ago" => (WindowKind::MaxAgo, Dim::BARS),
            "lowest_ago" => (WindowKind::MinAgo, Dim::BARS),
            _ => (WindowKind::Kth, dim),
        };
        let k = if kind == WindowKind::Kth {
            self.number(&args[2].value).0
        } else {
            x
        };
        Val::One(self.window(kind, x, k, n, i.hi as u32, Type::Num(ty)))
    }
}
