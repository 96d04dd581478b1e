//! Delays: fewer rings. A delay of a delay is one longer delay; a delay of a short expression of raw fields becomes the
//! expression of delayed fields, which need no ring.
//!
//! Both follow from the law of clamping: `x[n](t) = x(max(t − n, 0))`, so that `x[a][b] = x[a+b]` when `a` does not change
//! during the run, and `f(x, y)[n] = f(x[n], y[n])` for everything without memory.

use crate::rewrite::Rewrite;
use sbt_ir::{BinaryOp, Module, Node, Op, Stage, Ty, UnaryOp, ValueId};

/// The most operations worth computing again to save a ring.
const AFFORDABLE: usize = 3;

/// Merges delays and pushes them down to raw fields.
pub fn delays(module: &Module) -> Module {
    let stages = module.stages();
    let depends_on_index = index_dependent(module);
    Rewrite::module(module, |r, old, node| {
        let Op::Hist { x, n, max } = node.op else {
            return r.new.push(node);
        };
        let Op::Hist { x: old_x, .. } = module.node(old).op else {
            return r.new.push(node);
        };
        if let (
            Op::Hist { n: old_inner, .. },
            Op::Hist {
                x: inner,
                n: a,
                max: inner_max,
            },
        ) = (module.node(old_x).op, r.op(x))
            && stages[old_inner.index()] == Stage::Run
            && !depends_on_index[old_inner.index()]
            && let Some(most) = max.checked_add(inner_max)
        {
            let a = clamped(r, node, a, inner_max);
            let b = clamped(r, node, n, max);
            let both = pointwise(r, node, Op::Binary(BinaryOp::Add, a, b));
            return r.new.push(Node {
                op: Op::Hist {
                    x: inner,
                    n: both,
                    max: most,
                },
                ..node
            });
        }
        let mut budget = AFFORDABLE;
        let pushes = stages[old.index()] == Stage::Signal
            && !matches!(module.node(old_x).op, Op::Field(_))
            && reaches_fields(module, &stages, old_x, &mut budget);
        if pushes {
            delayed(r, (module, &stages), old_x, node, (n, max))
        } else {
            r.new.push(node)
        }
    })
}

/// By node: whether it depends on the index of a fold around it.
fn index_dependent(module: &Module) -> Vec<bool> {
    let all: Vec<ValueId> = (0..module.nodes.len())
        .map(|at| ValueId(at as u32))
        .collect();
    module
        .free_indices(&all)
        .iter()
        .map(|free| !free.is_empty())
        .collect()
}

/// `n` rounded toward zero and clamped to `0..=max`, NaN to 0, as a node.
fn clamped(r: &mut Rewrite, like: Node, n: ValueId, max: u32) -> ValueId {
    if let Some(c) = r.number(n) {
        return r.constant(sbt_ir::interp::scalar::count(c, 0, max as usize) as f64);
    }
    let whole = pointwise(r, like, Op::Unary(UnaryOp::Trunc, n));
    let zero = r.constant(0.0);
    let least = pointwise(r, like, Op::Binary(BinaryOp::Max, whole, zero));
    let most = r.constant(f64::from(max));
    pointwise(r, like, Op::Binary(BinaryOp::Min, least, most))
}

fn pointwise(r: &mut Rewrite, like: Node, op: Op) -> ValueId {
    r.new.push(Node {
        op,
        ty: Ty::F64,
        frame: like.frame,
    })
}

/// Whether a node is made of raw fields and fixed values by at most `budget` cheap operations.
fn reaches_fields(module: &Module, stages: &[Stage], id: ValueId, budget: &mut usize) -> bool {
    let op = module.node(id).op;
    if stages[id.index()] == Stage::Run || matches!(op, Op::Field(_)) {
        return true;
    }
    let cheap = match op {
        Op::Unary(op, _) => matches!(
            op,
            UnaryOp::Neg
                | UnaryOp::Abs
                | UnaryOp::Not
                | UnaryOp::ToFloat
                | UnaryOp::IsFinite
                | UnaryOp::Sign
        ),
        Op::Binary(op, ..) => !matches!(
            op,
            BinaryOp::Pow | BinaryOp::Atan2 | BinaryOp::Mod | BinaryOp::Div
        ),
        Op::Cmp(..) | Op::Fma(..) | Op::Select(..) => true,
        _ => false,
    };
    if !cheap || *budget == 0 {
        return false;
    }
    *budget -= 1;
    let mut all = true;
    op.each_operand(|v| all = all && reaches_fields(module, stages, v, budget));
    all
}

/// The expression `old` of fields, as [`reaches_fields`] found it, read `n` rows back.
fn delayed(
    r: &mut Rewrite,
    (module, stages): (&Module, &[Stage]),
    old: ValueId,
    like: Node,
    (n, max): (ValueId, u32),
) -> ValueId {
    let node = *module.node(old);
    if stages[old.index()] == Stage::Run {
        return r.renamed(old);
    }
    let mut op = match node.op {
        Op::Field(_) => Op::Hist {
            x: r.renamed(old),
            n,
            max,
        },
        op => op,
    };
    if !matches!(op, Op::Hist { .. }) {
        op.each_operand_mut(|v| *v = delayed(r, (module, stages), *v, like, (n, max)));
    }
    r.new.push(Node {
        op,
        ty: node.ty,
        frame: like.frame,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn after(text: &str) -> String {
        let module: Module =
            format!("frame {{symbol none period_ms 60000 columns [high, low]}}\n{text}")
                .parse()
                .unwrap();
        let m = crate::fold::fold(&crate::fold::fold(&delays(&module)));
        m.compacted().unwrap().to_string()
    }

    #[test]
    fn delays_that_depend_on_a_parameter_are_added_on_the_host() {
        let text = after(
            "param {name \"n\" kind whole(bars) default 2 range (1, 5) values []}
             %0 = field high  %1 = param 0  %2 = const 1  %3 = sqrt %0
             %4 = hist %3, %1 max 5  %5 = hist %4, %2 max 1
             value {name \"v\" unit number} %5 lookback %2",
        );
        assert_eq!(text.matches("hist").count(), 1, "{text}");
        assert!(text.contains("max 6"), "{text}");
    }

    #[test]
    fn an_inner_delay_that_changes_stays() {
        let text = after(
            "%0 = field high  %1 = field low  %2 = const 1  %3 = sqrt %0
             %4 = hist %3, %1 max 5  %5 = hist %4, %2 max 1
             value {name \"v\" unit number} %5 lookback %2",
        );
        assert_eq!(text.matches("hist").count(), 2, "{text}");
    }

    #[test]
    fn long_expressions_keep_their_ring() {
        let text = after(
            "%0 = field high  %1 = field low  %2 = const 1
             %3 = add %0, %1  %4 = mul %3, %0  %5 = sub %4, %1  %6 = max %5, %0  %7 = hist %6, %2 max 1
             value {name \"v\" unit number} %7 lookback %2",
        );
        assert_eq!(text.matches("hist").count(), 1, "{text}");
    }
}
