//! Text of nodes.

use super::codec::{ParseError, Text, Tokens, variants};
use super::number::hex;
use crate::module::{FrameId, Node, Ty, ValueId};
use crate::op::{BinaryOp, CmpOp, FoldKind, Op, PositionField, UnaryOp, WindowKind};

variants!(UnaryOp {
    Neg = "neg",
    Abs = "abs",
    Sqrt = "sqrt",
    Floor = "floor",
    Ceil = "ceil",
    Round = "round",
    Trunc = "trunc",
    Sign = "sign",
    Exp = "exp",
    Log = "log",
    Log10 = "log10",
    Sin = "sin",
    Cos = "cos",
    Tan = "tan",
    Asin = "asin",
    Acos = "acos",
    Atan = "atan",
    Sinh = "sinh",
    Cosh = "cosh",
    Tanh = "tanh",
    Not = "not",
    ToFloat = "to_float",
    IsFinite = "is_finite",
});
variants!(BinaryOp {
    Add = "add",
    Sub = "sub",
    Mul = "mul",
    Div = "div",
    Mod = "mod",
    Min = "min",
    Max = "max",
    Pow = "pow",
    Atan2 = "atan2",
    And = "and",
    Or = "or",
    Xor = "xor",
});
variants!(CmpOp { Eq = "eq", Ne = "ne", Lt = "lt", Le = "le", Gt = "gt", Ge = "ge" });
variants!(WindowKind {
    Sum = "window.sum",
    Mean = "window.mean",
    SquaredDeviations = "window.squared_deviations",
    Max = "window.max",
    Min = "window.min",
    MaxAgo = "window.max_ago",
    MinAgo = "window.min_ago",
    Kth = "window.kth",
});
variants!(FoldKind {
    Sum = "fold.sum",
    Max = "fold.max",
    Min = "fold.min",
    All = "fold.all",
    Any = "fold.any",
    Count = "fold.count",
});
variants!(PositionField {
    Side = "side",
    Bars = "bars",
    Entry = "entry",
    Profit = "profit",
    Size = "size",
    Equity = "equity",
});

fn word<T: Text>(value: &T) -> String {
    let mut out = String::new();
    value.write(&mut out);
    out
}

/// One line.
pub(super) fn print(id: ValueId, node: &Node) -> String {
    let ty = if node.ty == Ty::Bool { ": bool" } else { "" };
    let frame = if node.frame == FrameId(0) {
        String::new()
    } else {
        format!(" {}", word(&node.frame))
    };
    let i = |v: ValueId| format!("%{}", v.0);
    let op = match node.op {
        Op::Const(c) => format!("const {}", hex(c)),
        Op::Bool(b) => b.to_string(),
        Op::Param(p) => format!("param {p}"),
        Op::Field(c) => format!("field {}", word(&c)),
        Op::Row => "row".into(),
        Op::Unary(op, a) => format!("{} {}", word(&op), i(a)),
        Op::Binary(op, a, b) => format!("{} {}, {}", word(&op), i(a), i(b)),
        Op::Cmp(op, a, b) => format!("{} {}, {}", word(&op), i(a), i(b)),
        Op::Fma(a, b, c) => format!("fma {}, {}, {}", i(a), i(b), i(c)),
        Op::Select(c, a, b) => format!("select {}, {}, {}", i(c), i(a), i(b)),
        Op::Hist { x, n, max } => format!("hist {}, {} max {max}", i(x), i(n)),
        Op::Rec { init, start, next } => format!("rec {}, {}, {}", i(init), i(start), i(next)),
        Op::Prev { rec, n, max } => format!("prev {}, {} max {max}", i(rec), i(n)),
        Op::Window {
            kind,
            x,
            k,
            n,
            max,
            exact,
        } => {
            let k = if kind.reads_k() {
                format!(", {}", i(k))
            } else {
                String::new()
            };
            let exact = if exact { " exact" } else { "" };
            format!("{} {}{k}, {} max {max}{exact}", word(&kind), i(x), i(n))
        }
        Op::Fold {
            kind,
            var,
            lo,
            hi,
            max,
            body,
        } => {
            format!(
                "{} {}, {}, {}, {} max {max}",
                word(&kind),
                i(var),
                i(lo),
                i(hi),
                i(body)
            )
        }
        Op::FoldVar => "index".into(),
        Op::Current(x) => format!("current {}", i(x)),
        Op::Position(field) => format!("position {}", word(&field)),
        Op::Entry => "entry".into(),
    };
    format!("{}{ty}{frame} = {op}", i(id))
}

/// One node with its id.
pub(super) fn parse(t: &mut Tokens) -> Result<(ValueId, Node), ParseError> {
    let id = ValueId::read(t)?;
    let mut ty = Ty::F64;
    if t.accept(":") {
        t.expect("bool")?;
        ty = Ty::Bool;
    }
    let frame = match t.peek() {
        Some(word) if word.starts_with('@') => FrameId::read(t)?,
        _ => FrameId(0),
    };
    t.expect("=")?;
    let name = t.peek().unwrap_or("").to_owned();
    let op = operation(t, &name)?;
    Ok((id, Node { op, ty, frame }))
}

fn operation(t: &mut Tokens, name: &str) -> Result<Op, ParseError> {
    let simple = |t: &mut Tokens| t.word().map(drop);
    Ok(match name {
        "const" => {
            simple(t)?;
            Op::Const(f64::read(t)?)
        }
        "true" | "false" => {
            simple(t)?;
            Op::Bool(name == "true")
        }
        "param" => {
            simple(t)?;
            Op::Param(u16::read(t)?)
        }
        "field" => {
            simple(t)?;
            Op::Field(Text::read(t)?)
        }
        "row" => {
            simple(t)?;
            Op::Row
        }
        "index" => {
            simple(t)?;
            Op::FoldVar
        }
        "entry" => {
            simple(t)?;
            Op::Entry
        }
        "position" => {
            simple(t)?;
            Op::Position(Text::read(t)?)
        }
        "current" => {
            simple(t)?;
            Op::Current(ValueId::read(t)?)
        }
        "fma" => {
            simple(t)?;
            let [a, b, c] = ids(t)?;
            Op::Fma(a, b, c)
        }
        "select" => {
            simple(t)?;
            let [c, a, b] = ids(t)?;
            Op::Select(c, a, b)
        }
        "hist" => {
            simple(t)?;
            let [x, n] = ids(t)?;
            Op::Hist { x, n, max: max(t)? }
        }
        "rec" => {
            simple(t)?;
            let [init, start, next] = ids(t)?;
            Op::Rec { init, start, next }
        }
        "prev" => {
            simple(t)?;
            let [rec, n] = ids(t)?;
            Op::Prev {
                rec,
                n,
                max: max(t)?,
            }
        }
        _ if name.starts_with("window.") => {
            let kind = WindowKind::read(t)?;
            let (x, k, n) = if kind.reads_k() {
                let [x, k, n] = ids(t)?;
                (x, k, n)
            } else {
                let [x, n] = ids(t)?;
                (x, x, n)
            };
            let max = max(t)?;
            Op::Window {
                kind,
                x,
                k,
                n,
                max,
                exact: t.accept("exact"),
            }
        }
        _ if name.starts_with("fold.") => {
            let kind = FoldKind::read(t)?;
            let [var, lo, hi, body] = ids(t)?;
            Op::Fold {
                kind,
                var,
                lo,
                hi,
                max: max(t)?,
                body,
            }
        }
        "eq" | "ne" | "lt" | "le" | "gt" | "ge" => {
            let op = CmpOp::read(t)?;
            let [a, b] = ids(t)?;
            Op::Cmp(op, a, b)
        }
        "add" | "sub" | "mul" | "div" | "mod" | "min" | "max" | "pow" | "atan2" | "and" | "or"
        | "xor" => {
            let op = BinaryOp::read(t)?;
            let [a, b] = ids(t)?;
            Op::Binary(op, a, b)
        }
        _ => {
            let op = UnaryOp::read(t)?;
            let [a] = ids(t)?;
            Op::Unary(op, a)
        }
    })
}

fn ids<const N: usize>(t: &mut Tokens) -> Result<[ValueId; N], ParseError> {
    let mut ids = [ValueId(0); N];
    for (at, id) in ids.iter_mut().enumerate() {
        if at > 0 {
            t.expect(",")?;
        }
        *id = ValueId::read(t)?;
    }
    Ok(ids)
}

fn max(t: &mut Tokens) -> Result<u32, ParseError> {
    t.expect("max")?;
    u32::read(t)
}
