//! Windows: the shortest bound, no meaningless marks, and one running sum where two would run.

use crate::rewrite::Rewrite;
use sbt_ir::interp::scalar;
use sbt_ir::{BinaryOp, Module, Node, Op, ValueId, WindowKind};

/// Tightens windows; a mean over the rows of a sum that is there anyway becomes a division of that sum.
pub fn windows(module: &Module) -> Module {
    // sums of the module by operand and length, for means to divide
    let mut sums: Vec<(ValueId, f64, ValueId)> = Vec::new();
    Rewrite::module(module, |r, _, node| {
        let Op::Window {
            kind,
            x,
            k,
            n,
            max,
            exact,
        } = node.op
        else {
            return r.new.push(node);
        };
        let exact = exact && kind.is_sum();
        let k = match r.number(k) {
            Some(rank) if kind.reads_k() => r.constant(scalar::count(rank, 0, max as usize) as f64),
            _ if kind.reads_k() => k,
            _ => x,
        };
        let Some(length) = r
            .number(n)
            .map(|n| scalar::count(n, 1, max as usize) as u32)
        else {
            return r.new.push(Node {
                op: Op::Window {
                    kind,
                    x,
                    k,
                    n,
                    max,
                    exact,
                },
                ..node
            });
        };
        let rows = f64::from(length);
        match kind {
            // 0.0 + (0.0 + x)
            WindowKind::Sum | WindowKind::Mean if length == 1 && !exact => {
                let zero = r.constant(0.0);
                return r.new.push(Node {
                    op: Op::Binary(BinaryOp::Add, x, zero),
                    ..node
                });
            }
            WindowKind::MaxAgo | WindowKind::MinAgo if length == 1 => return r.constant(0.0),
            WindowKind::Mean if !exact => {
                let sum = sums
                    .iter()
                    .find(|s| s.0 == x && s.1.total_cmp(&rows).is_eq())
                    .map(|s| s.2);
                if let Some(sum) = sum {
                    let n = r.constant(rows);
                    return r.new.push(Node {
                        op: Op::Binary(BinaryOp::Div, sum, n),
                        ..node
                    });
                }
            }
            _ => {}
        }
        let n = r.constant(rows);
        let id = r.new.push(Node {
            op: Op::Window {
                kind,
                x,
                k,
                n,
                max: length,
                exact,
            },
            ..node
        });
        if kind == WindowKind::Sum && !exact {
            sums.push((x, rows, id));
        }
        id
    })
}
