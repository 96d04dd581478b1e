//! What operators do to units, intervals and shifts, and how they are computed at compile time.

use crate::graph::{Graph, Node, NodeId, NodeKind, Prim, WindowKind};
use crate::interval::Interval;
use crate::unit::{Dim, Kind};
use sbt_syntax::ast::BinaryOp;

/// An operand as the unit rules see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operand {
    pub dim: Dim,
    /// Written as a bare number.
    pub literal: bool,
}

/// Why two units do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clash {
    /// Unlike dimensions.
    Unlike,
    /// Physical quantity plus or minus percent.
    PlusPercent,
    /// A bare number where a physical quantity is wanted.
    Bare,
    /// Not possible with this kind at all (risk multiples, times).
    Never,
}

/// The common unit of two values that are alike, if they are.
pub(crate) fn unify(a: Dim, b: Dim) -> Option<Dim> {
    if a == b {
        return Some(a);
    }
    match (a.kind, b.kind) {
        (Kind::Zero, _) => return Some(b),
        (_, Kind::Zero) => return Some(a),
        _ => {}
    }
    if a.is_plain() && b.is_plain() {
        return Some(match (a.kind, b.kind) {
            (Kind::Real, _) | (_, Kind::Real) => Dim::FLOAT,
            _ => Dim::BARS,
        });
    }
    None
}

/// Unit of `a op b` for sums, differences, products, quotients and remainders.
pub(crate) fn arithmetic(op: BinaryOp, a: Operand, b: Operand) -> Result<Dim, Clash> {
    let (x, y) = (a.dim, b.dim);
    match op {
        BinaryOp::Add | BinaryOp::Sub => sum(op, a, b),
        BinaryOp::Mul => match (x.kind, y.kind) {
            (Kind::Time, _) | (_, Kind::Time) => Err(Clash::Never),
            (Kind::Percent, Kind::Percent) => Ok(Dim::PERCENT),
            (Kind::Percent | Kind::Risk | Kind::Duration, _) if y.is_plain() => Ok(x),
            (_, Kind::Percent | Kind::Risk | Kind::Duration) if x.is_plain() => Ok(y),
            (Kind::Percent, _) if y.is_physical() => Ok(y),
            (_, Kind::Percent) if x.is_physical() => Ok(x),
            (Kind::Risk | Kind::Duration | Kind::Percent, _)
            | (_, Kind::Risk | Kind::Duration | Kind::Percent) => Err(Clash::Never),
            _ if x.is_plain() && y.is_plain() => Ok(whole_product(x, y)),
            _ => Ok(x.combine(y, 1)),
        },
        BinaryOp::Div => match (x.kind, y.kind) {
            (Kind::Time | Kind::Risk, _) | (_, Kind::Time | Kind::Risk) => Err(Clash::Never),
            (Kind::Percent, Kind::Percent) | (Kind::Duration, Kind::Duration) => Ok(Dim::FLOAT),
            (Kind::Percent | Kind::Duration, _) if y.is_plain() => Ok(x),
            (Kind::Duration, _) | (_, Kind::Duration) => Err(Clash::Never),
            (_, Kind::Percent) => Ok(if x.is_physical() { x } else { Dim::FLOAT }),
            _ => Ok(x.combine(y, -1)),
        },
        BinaryOp::Rem => unify(x, y).ok_or(Clash::Unlike),
        _ => Err(Clash::Never),
    }
}

fn whole_product(x: Dim, y: Dim) -> Dim {
    match (x.kind, y.kind) {
        (Kind::Real, _) | (_, Kind::Real) => Dim::FLOAT,
        (Kind::Bars, Kind::Bars) => Dim::INT,
        (Kind::Bars, _) | (_, Kind::Bars) => Dim::BARS,
        _ => Dim::INT,
    }
}

fn sum(op: BinaryOp, a: Operand, b: Operand) -> Result<Dim, Clash> {
    let (x, y) = (a.dim, b.dim);
    match (x.kind, y.kind) {
        (Kind::Time, Kind::Time) if op == BinaryOp::Sub => return Ok(Dim::of(Kind::Duration)),
        (Kind::Time, Kind::Duration) => return Ok(x),
        (Kind::Duration, Kind::Time) if op == BinaryOp::Add => return Ok(y),
        (Kind::Time, Kind::Time) => return Err(Clash::Never),
        (Kind::Percent, _) if y.is_physical() => return Err(Clash::PlusPercent),
        (_, Kind::Percent) if x.is_physical() => return Err(Clash::PlusPercent),
        (Kind::Percent, Kind::Real | Kind::Int) if b.literal => return Ok(Dim::FLOAT),
        (Kind::Real | Kind::Int, Kind::Percent) if a.literal => return Ok(Dim::FLOAT),
        _ => {}
    }
    match unify(x, y) {
        Some(d) => Ok(d),
        None if (x.is_physical() && b.literal) || (y.is_physical() && a.literal) => {
            Err(Clash::Bare)
        }
        None => Err(Clash::Unlike),
    }
}

/// Whether two units may be compared.
pub(crate) fn comparable(a: Operand, b: Operand) -> Result<(), Clash> {
    match unify(a.dim, b.dim) {
        Some(_) => Ok(()),
        None if (a.dim.is_physical() && b.literal) || (b.dim.is_physical() && a.literal) => {
            Err(Clash::Bare)
        }
        None => Err(Clash::Unlike),
    }
}

/// Result of an operation on constants.
pub(crate) enum Folded {
    Number(f64),
    Truth(bool),
}

/// Evaluates an operation on constants exactly as the kernels do; the transcendental ones are left to them.
#[allow(clippy::float_cmp)]
pub(crate) fn evaluate(op: Prim, v: &[f64]) -> Option<Folded> {
    use Folded::{Number, Truth};
    Some(match (op, v) {
        (Prim::Add, [a, b]) => Number(a + b),
        (Prim::Sub, [a, b]) => Number(a - b),
        (Prim::Mul, [a, b]) => Number(a * b),
        (Prim::Div, [a, b]) => Number(a / b),
        (Prim::Mod, [a, b]) => Number(a - b * (a / b).floor()),
        (Prim::Fma, [a, b, c]) => Number(a.mul_add(*b, *c)),
        (Prim::Min, [a, b]) => Number(if a < b { *a } else { *b }),
        (Prim::Max, [a, b]) => Number(if a > b { *a } else { *b }),
        (Prim::Eq, [a, b]) => Truth(a == b),
        (Prim::Ne, [a, b]) => Truth(a != b),
        (Prim::Lt, [a, b]) => Truth(a < b),
        (Prim::Le, [a, b]) => Truth(a <= b),
        (Prim::Gt, [a, b]) => Truth(a > b),
        (Prim::Ge, [a, b]) => Truth(a >= b),
        (Prim::Neg, [a]) => Number(-a),
        (Prim::Abs, [a]) => Number(a.abs()),
        (Prim::Sqrt, [a]) => Number(a.sqrt()),
        (Prim::Floor, [a]) => Number(a.floor()),
        (Prim::Ceil, [a]) => Number(a.ceil()),
        (Prim::Round, [a]) => Number(a.round_ties_even()),
        (Prim::Trunc, [a]) => Number(a.trunc()),
        (Prim::Exp, [a]) => Number(libm::exp(*a)),
        (Prim::Log, [a]) => Number(libm::log(*a)),
        (Prim::As, [a]) => Number(*a),
        (Prim::IsFinite, [a]) => Truth(a.is_finite()),
        _ => return None,
    })
}

/// Bounds of an operation's result.
pub(crate) fn interval(g: &Graph, op: Prim, args: &[NodeId]) -> Interval {
    let i = |k: usize| g.node(args[k]).interval;
    let truth = Interval::new(0.0, 1.0);
    match op {
        Prim::Div => share_of_sum(g, args).unwrap_or_else(|| i(0).div(i(1))),
        Prim::Sub if not_above(g, args[1], args[0], 0) => {
            let d = i(0).sub(i(1));
            Interval::new(d.lo.max(0.0), d.hi.max(0.0))
        }
        _ => combine(
            op,
            &args.iter().map(|a| g.node(*a).interval).collect::<Vec<_>>(),
        )
        .unwrap_or(truth),
    }
}

/// Bounds of an operation from the bounds of its operands; `None` for truth values.
pub(crate) fn combine(op: Prim, a: &[Interval]) -> Option<Interval> {
    let unit = Interval::new(-1.0, 1.0);
    Some(match op {
        Prim::Add => a[0].add(a[1]),
        Prim::Sub => a[0].sub(a[1]),
        Prim::Mul => a[0].mul(a[1]),
        Prim::Div => a[0].div(a[1]),
        Prim::Fma => a[0].mul(a[1]).add(a[2]),
        Prim::Mod => match a[1].single() {
            Some(d) if d > 0.0 => Interval::new(0.0, d),
            _ => Interval::ALL,
        },
        Prim::Min => a[0].min(a[1]),
        Prim::Max => a[0].max(a[1]),
        Prim::Neg => a[0].neg(),
        Prim::Abs => a[0].abs(),
        Prim::Sqrt if a[0].lo >= 0.0 => a[0].map(f64::sqrt),
        Prim::Floor => a[0].map(f64::floor),
        Prim::Ceil => a[0].map(f64::ceil),
        Prim::Round => a[0].map(f64::round_ties_even),
        Prim::Trunc => a[0].map(f64::trunc),
        Prim::As => a[0],
        Prim::Sign | Prim::Sin | Prim::Cos | Prim::Tanh => unit,
        Prim::Sqrt | Prim::Exp => Interval::NON_NEGATIVE,
        Prim::Asin | Prim::Atan => Interval::new(-1.6, 1.6),
        Prim::Acos => Interval::new(0.0, 3.2),
        Prim::Atan2 => Interval::new(-3.2, 3.2),
        Prim::Cosh => Interval::new(1.0, f64::INFINITY),
        Prim::Pow if a[0].lo >= 0.0 => Interval::NON_NEGATIVE,
        Prim::Pow | Prim::Log | Prim::Log10 | Prim::Tan | Prim::Sinh => Interval::ALL,
        _ => return None,
    })
}

/// Whether `a ≤ b` on every bar by the shape of both: prices inside of their bar, minima, maxima and windows of such.
fn not_above(g: &Graph, a: NodeId, b: NodeId, depth: u32) -> bool {
    use sixbtc_abi::Column::{Close, High, Low, Open};
    if a == b {
        return true;
    }
    if depth > 6 {
        return false;
    }
    let le = |a: NodeId, b: NodeId| not_above(g, a, b, depth + 1);
    let (x, y) = (g.node(a), g.node(b));
    match (&x.kind, &y.kind) {
        (NodeKind::Field(p), NodeKind::Field(q)) => {
            x.frame == y.frame
                && matches!((p, q), (Low, Open | Close | High) | (Open | Close, High))
        }
        (NodeKind::Prim(Prim::Max, p), _) => p.iter().all(|p| le(*p, b)),
        (_, NodeKind::Prim(Prim::Min, q)) => q.iter().all(|q| le(a, *q)),
        (NodeKind::Prim(Prim::Min, p), _) if p.iter().any(|p| le(*p, b)) => true,
        (_, NodeKind::Prim(Prim::Max, q)) if q.iter().any(|q| le(a, *q)) => true,
        (NodeKind::Hist { x: p, n: m, .. }, NodeKind::Hist { x: q, n, .. }) if m == n => le(*p, *q),
        (
            NodeKind::Window {
                kind: WindowKind::Min | WindowKind::Mean,
                x: p,
                n: m,
                ..
            },
            NodeKind::Window {
                kind: WindowKind::Max | WindowKind::Mean,
                x: q,
                n,
                ..
            },
        ) if m == n => le(*p, *q),
        (
            NodeKind::Window {
                kind: WindowKind::Min,
                x: p,
                ..
            },
            _,
        ) => le(*p, b),
        (
            _,
            NodeKind::Window {
                kind: WindowKind::Max,
                x: q,
                ..
            },
        ) => le(a, *q),
        _ => false,
    }
}

/// `k·u / (u + v)` with `u, v ≥ 0` lies in `0..k`: the shape of RSI, money flow and their kin.
fn share_of_sum(g: &Graph, args: &[NodeId]) -> Option<Interval> {
    let NodeKind::Prim(Prim::Add, terms) = &g.node(args[1]).kind else {
        return None;
    };
    if terms.iter().any(|t| g.node(*t).interval.lo < 0.0) {
        return None;
    }
    let (k, part) = match &g.node(args[0]).kind {
        NodeKind::Prim(Prim::Mul, f) => match (g.as_const(f[0]), g.as_const(f[1])) {
            (Some(k), _) => (k, f[1]),
            (_, Some(k)) => (k, f[0]),
            _ => return None,
        },
        _ => (1.0, args[0]),
    };
    (k > 0.0 && terms.contains(&part)).then(|| Interval::new(0.0, k))
}

/// How a result moves when all prices move by one.
pub(crate) fn shift(op: Prim, n: &[&Node]) -> Option<f64> {
    let s = |k: usize| n[k].shift;
    let still = n.iter().all(|x| x.shift == Some(0.0));
    match op {
        Prim::Add => Some(s(0)? + s(1)?),
        Prim::Sub => Some(s(0)? - s(1)?),
        Prim::Neg => Some(-s(0)?),
        Prim::As => s(0),
        _ if still => Some(0.0),
        Prim::Mul => match (n[0].interval.single(), n[1].interval.single()) {
            (Some(k), _) => Some(k * s(1)?),
            (_, Some(k)) => Some(k * s(0)?),
            _ => None,
        },
        Prim::Div => Some(s(0)? / n[1].interval.single()?),
        Prim::Fma => match (n[0].interval.single(), n[1].interval.single()) {
            (Some(k), _) => Some(k * s(1)? + s(2)?),
            (_, Some(k)) => Some(k * s(0)? + s(2)?),
            _ => None,
        },
        Prim::Min | Prim::Max => match (s(0), s(1)) {
            (Some(a), Some(b)) if a.to_bits() == b.to_bits() => Some(a),
            _ => None,
        },
        _ => None,
    }
}
