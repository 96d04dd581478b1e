//! Sharing: nodes that must have the same value on every row become one, recurrences included.
//!
//! Two recurrences refer to themselves, so that comparing operands never ends. All nodes of one shape are first taken to
//! be equal, then told apart as long as their operands are (partition refinement, as in the minimisation of automata,
//! Moore 1956). What is left equal has equal values by induction over the rows.

use crate::rewrite::Rewrite;
use sbt_ir::{
    BinaryOp, CmpOp, FoldKind, FrameId, Module, Op, PositionField, Stage, Ty, UnaryOp, ValueId,
    WindowKind,
};
use sixbtc_abi::Column;
use std::collections::HashMap;

/// The operation without its operands.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Shape {
    Const(u64),
    Bool(bool),
    Param(u16),
    Field(Column),
    Row,
    Unary(UnaryOp),
    Binary(BinaryOp),
    Cmp(CmpOp),
    Select,
    Hist(u32),
    Rec,
    Prev(u32),
    Window(WindowKind, u32, bool),
    Fold(FoldKind, u32),
    FoldVar,
    Current,
    Position(PositionField),
    Entry,
}

fn shape(op: Op) -> Shape {
    match op {
        Op::Const(c) => Shape::Const(sbt_ir::interp::scalar::canonical(c).to_bits()),
        Op::Bool(b) => Shape::Bool(b),
        Op::Param(p) => Shape::Param(p),
        Op::Field(c) => Shape::Field(c),
        Op::Row => Shape::Row,
        Op::Unary(op, _) => Shape::Unary(op),
        Op::Binary(op, ..) => Shape::Binary(op),
        Op::Cmp(op, ..) => Shape::Cmp(op),
        Op::Select(..) => Shape::Select,
        Op::Hist { max, .. } => Shape::Hist(max),
        Op::Rec { .. } => Shape::Rec,
        Op::Prev { max, .. } => Shape::Prev(max),
        Op::Window {
            kind, max, exact, ..
        } => Shape::Window(kind, max, exact && kind.is_sum()),
        Op::Fold { kind, max, .. } => Shape::Fold(kind, max),
        Op::FoldVar => Shape::FoldVar,
        Op::Current(_) => Shape::Current,
        Op::Position(f) => Shape::Position(f),
        Op::Entry => Shape::Entry,
    }
}

/// Whether the operands may be swapped: every NaN is the same, so these are commutative to the bit.
fn commutes(op: Op) -> bool {
    matches!(
        op,
        Op::Binary(
            BinaryOp::Add | BinaryOp::Mul | BinaryOp::And | BinaryOp::Or | BinaryOp::Xor,
            ..
        ) | Op::Cmp(CmpOp::Eq | CmpOp::Ne, ..)
    )
}

/// Makes equal nodes one, the one with the lowest id.
pub fn share(module: &Module) -> Module {
    let class = classes(module);
    let mut first: HashMap<u32, ValueId> = HashMap::new();
    Rewrite::module(module, |r, old, node| {
        *first
            .entry(class[old.index()])
            .or_insert_with(|| r.new.push(node))
    })
}

/// By node: a number that is the same for nodes of equal value.
fn classes(module: &Module) -> Vec<u32> {
    let stages = module.stages();
    // the fold an index belongs to: indices are equal when their folds are
    let mut fold_of: HashMap<ValueId, ValueId> = HashMap::new();
    for (at, node) in module.nodes.iter().enumerate() {
        if let Op::Fold { var, .. } = node.op {
            fold_of.insert(var, ValueId(at as u32));
        }
    }
    let mut known: HashMap<(Shape, Ty, FrameId, Option<ValueId>), u32> = HashMap::new();
    let mut class: Vec<u32> = Vec::with_capacity(module.nodes.len());
    for (at, node) in module.nodes.iter().enumerate() {
        let anywhere = stages[at] == Stage::Run || node.op == Op::FoldVar;
        let frame = if anywhere { FrameId(0) } else { node.frame };
        let orphan = (node.op == Op::FoldVar && !fold_of.contains_key(&ValueId(at as u32)))
            .then_some(ValueId(at as u32));
        let next = known.len() as u32;
        class.push(
            *known
                .entry((shape(node.op), node.ty, frame, orphan))
                .or_insert(next),
        );
    }
    let mut count = known.len();
    loop {
        let mut split: HashMap<(u32, Vec<u32>), u32> = HashMap::new();
        let mut finer = Vec::with_capacity(class.len());
        for (at, node) in module.nodes.iter().enumerate() {
            let mut operands = Vec::with_capacity(4);
            node.op.each_operand(|v| operands.push(class[v.index()]));
            if let Some(fold) = fold_of.get(&ValueId(at as u32)) {
                operands.push(class[fold.index()]);
            }
            if let Op::Current(x) = node.op {
                operands.push(u32::from(module.node(x).frame.0));
            }
            if commutes(node.op) {
                operands.sort_unstable();
            }
            let next = split.len() as u32;
            finer.push(*split.entry((class[at], operands)).or_insert(next));
        }
        class = finer;
        if split.len() == count {
            return class;
        }
        count = split.len();
    }
}
