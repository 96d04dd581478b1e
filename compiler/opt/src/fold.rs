//! Folding: what is constant is computed now; identities that keep every bit are used, also for NaN, infinities and −0.
//!
//! Not done, because not exact: `x·0 → 0`, `x + 0 → x` (−0), reassociation, reciprocals other than of powers of two,
//! `¬(a < b) → a ≥ b`.

use crate::rewrite::{Rewrite, same};
use sbt_ir::interp::scalar;
use sbt_ir::{BinaryOp, CmpOp, FoldKind, Module, Node, Op, Stage, UnaryOp, ValueId};

/// Folds constants and identities.
pub fn fold(module: &Module) -> Module {
    let stages = module.stages();
    // a recurrence that is read with delay must stay one
    let mut delayed = vec![false; module.nodes.len()];
    for node in &module.nodes {
        if let Op::Prev { rec, .. } = node.op {
            delayed[rec.index()] = true;
        }
    }
    Rewrite::module(module, |r, old, node| {
        let fixed = |v: ValueId| matches!(r.op(v), Op::Const(_) | Op::Bool(_) | Op::Param(_));
        let new = match node.op {
            Op::Const(c) => Op::Const(scalar::canonical(c)),
            Op::Param(p) => match module.params.get(usize::from(p)) {
                // −0 and 0 are both in a range of 0
                Some(spec) if same(spec.range.0, spec.range.1) && spec.range.0.abs() > 0.0 => {
                    Op::Const(spec.range.0)
                }
                _ => node.op,
            },
            Op::Unary(op, a) => return unary(r, node, op, a),
            Op::Binary(op, a, b) => return binary(r, node, op, a, b),
            Op::Cmp(op, a, b) => return compare(r, node, op, a, b),
            Op::Fma(a, b, c) => fma(r, (a, b, c)),
            Op::Select(c, a, b) => match r.truth(c) {
                Some(true) => return a,
                Some(false) => return b,
                None if a == b => return a,
                None => node.op,
            },
            Op::Hist { x, n, max } => {
                let delay = r
                    .number(n)
                    .map(|n| scalar::count(n, 0, max as usize) as u32);
                if delay == Some(0) || max == 0 || fixed(x) {
                    return x;
                }
                // only stages say whether a longer expression is fixed: those of the old module still hold
                if let Op::Hist { x: old_x, .. } = module.node(old).op
                    && stages[old_x.index()] == Stage::Run
                {
                    return x;
                }
                match delay {
                    Some(delay) => Op::Hist {
                        x,
                        n: r.constant(f64::from(delay)),
                        max: delay,
                    },
                    None => node.op,
                }
            }
            Op::Prev { rec, n, max } => match r.number(n) {
                Some(n) => {
                    let delay = scalar::count(n, 1, max as usize) as u32;
                    Op::Prev {
                        rec,
                        n: r.constant(f64::from(delay)),
                        max: delay,
                    }
                }
                None => node.op,
            },
            Op::Rec { init, .. } => {
                if let Op::Rec {
                    init: old_init,
                    next,
                    ..
                } = module.node(old).op
                    && old_init == next
                    && !delayed[old.index()]
                {
                    return init;
                }
                node.op
            }
            Op::Fold {
                kind,
                var,
                lo,
                hi,
                max,
                body,
            } => {
                let (Some(first), Some(last)) = (r.number(lo), r.number(hi)) else {
                    return r.new.push(node);
                };
                let (_, many) = scalar::indices(first, last, max);
                if many > 0 {
                    Op::Fold {
                        kind,
                        var,
                        lo,
                        hi,
                        max: many,
                        body,
                    }
                } else {
                    match kind {
                        FoldKind::Sum | FoldKind::Count => Op::Const(0.0),
                        FoldKind::Max => Op::Const(f64::NEG_INFINITY),
                        FoldKind::Min => Op::Const(f64::INFINITY),
                        FoldKind::All => Op::Bool(true),
                        FoldKind::Any => Op::Bool(false),
                    }
                }
            }
            _ => node.op,
        };
        r.new.push(Node { op: new, ..node })
    })
}

fn unary(r: &mut Rewrite, node: Node, op: UnaryOp, a: ValueId) -> ValueId {
    let new = match (op, r.op(a)) {
        (UnaryOp::Not, Op::Bool(b)) => Op::Bool(!b),
        (UnaryOp::ToFloat, Op::Bool(b)) => Op::Const(scalar::truth(b)),
        (UnaryOp::IsFinite, Op::Const(c)) => Op::Bool(c.is_finite()),
        (_, Op::Const(c)) => Op::Const(scalar::unary(op, c)),
        (UnaryOp::Not, Op::Unary(UnaryOp::Not, x)) | (UnaryOp::Neg, Op::Unary(UnaryOp::Neg, x)) => {
            return x;
        }
        (UnaryOp::Abs, Op::Unary(UnaryOp::Neg, x)) => Op::Unary(UnaryOp::Abs, x),
        // what is whole already, or has no sign
        (UnaryOp::Abs, Op::Unary(UnaryOp::Abs | UnaryOp::ToFloat, _))
        | (
            UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Round | UnaryOp::Trunc,
            Op::Unary(
                UnaryOp::Floor
                | UnaryOp::Ceil
                | UnaryOp::Round
                | UnaryOp::Trunc
                | UnaryOp::ToFloat
                | UnaryOp::Sign,
                _,
            )
            | Op::Row,
        ) => return a,
        (UnaryOp::Not, Op::Cmp(CmpOp::Eq, x, y)) => Op::Cmp(CmpOp::Ne, x, y),
        (UnaryOp::Not, Op::Cmp(CmpOp::Ne, x, y)) => Op::Cmp(CmpOp::Eq, x, y),
        _ => node.op,
    };
    r.new.push(Node { op: new, ..node })
}

fn binary(r: &mut Rewrite, node: Node, op: BinaryOp, a: ValueId, b: ValueId) -> ValueId {
    let new = match op {
        BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => match (op, r.truth(a), r.truth(b)) {
            (_, Some(p), Some(q)) => Op::Bool(scalar::is_true(scalar::binary(
                op,
                scalar::truth(p),
                scalar::truth(q),
            ))),
            (BinaryOp::And, Some(true), _) | (BinaryOp::Or | BinaryOp::Xor, Some(false), _) => {
                return b;
            }
            (BinaryOp::And, _, Some(true)) | (BinaryOp::Or | BinaryOp::Xor, _, Some(false)) => {
                return a;
            }
            (BinaryOp::And, Some(false), _) | (BinaryOp::And, _, Some(false)) => Op::Bool(false),
            (BinaryOp::Or, Some(true), _) | (BinaryOp::Or, _, Some(true)) => Op::Bool(true),
            (BinaryOp::Xor, Some(true), _) => Op::Unary(UnaryOp::Not, b),
            (BinaryOp::Xor, _, Some(true)) => Op::Unary(UnaryOp::Not, a),
            (BinaryOp::And | BinaryOp::Or, ..) if a == b => return a,
            (BinaryOp::Xor, ..) if a == b => Op::Bool(false),
            _ => node.op,
        },
        _ => match (r.number(a), r.number(b)) {
            (Some(x), Some(y)) => Op::Const(scalar::binary(op, x, y)),
            (x, y) => {
                let left = |c: f64| x.is_some_and(|x| same(x, c));
                let right = |c: f64| y.is_some_and(|y| same(y, c));
                match op {
                    BinaryOp::Mul if left(1.0) => return b,
                    BinaryOp::Mul | BinaryOp::Div if right(1.0) => return a,
                    BinaryOp::Sub if right(0.0) => return a,
                    BinaryOp::Add if right(-0.0) => return a,
                    BinaryOp::Add if left(-0.0) => return b,
                    BinaryOp::Min | BinaryOp::Max if a == b => return a,
                    BinaryOp::Div => match y.and_then(exact_reciprocal) {
                        Some(c) => Op::Binary(BinaryOp::Mul, a, r.constant(c)),
                        None => node.op,
                    },
                    _ => node.op,
                }
            }
        },
    };
    r.new.push(Node { op: new, ..node })
}

/// A fused product with a factor of 1 is a sum, one with −0 added is a product: the same real number is rounded.
fn fma(r: &Rewrite, (a, b, c): (ValueId, ValueId, ValueId)) -> Op {
    let is = |v: Option<f64>, c: f64| v.is_some_and(|v| same(v, c));
    match (r.number(a), r.number(b), r.number(c)) {
        (Some(x), Some(y), Some(z)) => Op::Const(scalar::fma(x, y, z)),
        (x, _, _) if is(x, 1.0) => Op::Binary(BinaryOp::Add, b, c),
        (_, y, _) if is(y, 1.0) => Op::Binary(BinaryOp::Add, a, c),
        (_, _, z) if is(z, -0.0) => Op::Binary(BinaryOp::Mul, a, b),
        _ => Op::Fma(a, b, c),
    }
}

fn compare(r: &mut Rewrite, node: Node, op: CmpOp, a: ValueId, b: ValueId) -> ValueId {
    if let (Some(x), Some(y)) = (r.number(a), r.number(b)) {
        return r.new.push(Node {
            op: Op::Bool(scalar::compare(op, x, y)),
            ..node
        });
    }
    // a truth value that went through a number
    if let (Op::Unary(UnaryOp::ToFloat, p), Some(zero)) = (r.op(a), r.number(b))
        && zero.abs() <= 0.0
    {
        match op {
            CmpOp::Ne | CmpOp::Gt => return p,
            CmpOp::Eq | CmpOp::Le => {
                return r.new.push(Node {
                    op: Op::Unary(UnaryOp::Not, p),
                    ..node
                });
            }
            CmpOp::Lt => return r.boolean(false),
            CmpOp::Ge => return r.boolean(true),
        }
    }
    // one way to write each, for sharing to see
    let new = match op {
        CmpOp::Gt => Op::Cmp(CmpOp::Lt, b, a),
        CmpOp::Ge => Op::Cmp(CmpOp::Le, b, a),
        _ => node.op,
    };
    r.new.push(Node { op: new, ..node })
}

/// `1/c` when it is exact: `c` a power of two, neither it nor its reciprocal subnormal. Then `x/c` and `x·(1/c)` round the
/// same real number.
fn exact_reciprocal(c: f64) -> Option<f64> {
    const FRACTION: u64 = (1 << 52) - 1;
    let reciprocal = 1.0 / c;
    (c.is_normal() && reciprocal.is_normal() && c.to_bits() & FRACTION == 0).then_some(reciprocal)
}
