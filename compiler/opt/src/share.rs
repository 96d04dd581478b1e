//! Sharing: nodes that must have the same value on every row become one, recurrences included.
//!
//! Two recurrences refer to themselves, so that comparing operands never ends. All recurrences of one type are first taken
//! to be equal, then told apart as long as what they are made of is (partition refinement, as in the minimisation of
//! automata, Moore 1956); everything else is equal when its operands are. What is left equal has equal values by induction
//! over the rows. The indices of two folds are equal when the folds are.

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
    Fma,
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
        Op::Fma(..) => Shape::Fma,
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

/// Whether the first two operands may be swapped: every NaN is the same, so these are commutative to the bit.
fn commutes(op: Op) -> bool {
    matches!(
        op,
        Op::Binary(
            BinaryOp::Add | BinaryOp::Mul | BinaryOp::And | BinaryOp::Or | BinaryOp::Xor,
            ..
        ) | Op::Cmp(CmpOp::Eq | CmpOp::Ne, ..)
            | Op::Fma(..)
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

/// What makes a node: operation, type, frame, classes of operands.
type Key = (Shape, Ty, FrameId, [u32; 4]);

/// By node: a number that is the same for nodes of equal value.
fn classes(module: &Module) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let stages = module.stages();
    let many = module.nodes.len();
    let mut fold_of = vec![None; many];
    for (at, node) in module.nodes.iter().enumerate() {
        if let Op::Fold { var, .. } = node.op {
            fold_of[var.index()] = Some(at);
        }
    }
    let frame_of = |at: usize| {
        if stages[at] == Stage::Run {
            FrameId(0)
        } else {
            module.nodes[at].frame
        }
    };
    // recurrences and indices: what they are taken to be; an index without a fold is equal to nothing
    let mut cyclic: Vec<(usize, u32)> = Vec::new();
    for (at, node) in module.nodes.iter().enumerate() {
        match node.op {
            Op::Rec { .. } => cyclic.push((at, 0)),
            Op::FoldVar => cyclic.push((
                at,
                if fold_of[at].is_some() {
                    1
                } else {
                    2 + at as u32
                },
            )),
            _ => {}
        }
    }
    let mut class = vec![NONE; many];
    let mut known: HashMap<Key, u32, Hasher> = HashMap::default();
    let mut apart: HashMap<Key, u32, Hasher> = HashMap::default();
    let mut count = 0;
    loop {
        let first_free = cyclic.iter().map(|c| c.1 + 1).max().unwrap_or(0);
        for (at, guess) in &cyclic {
            class[*at] = *guess;
        }
        known.clear();
        for (at, node) in module.nodes.iter().enumerate() {
            if matches!(node.op, Op::Rec { .. } | Op::FoldVar) {
                continue;
            }
            let mut operands = [NONE; 4];
            let mut slots = operands.iter_mut();
            node.op.each_operand(|v| {
                if let Some(slot) = slots.next() {
                    *slot = class[v.index()];
                }
            });
            if let Op::Current(x) = node.op {
                operands[3] = u32::from(module.node(x).frame.0);
            }
            if commutes(node.op) {
                operands[..2].sort_unstable();
            }
            let next = first_free + known.len() as u32;
            class[at] = *known
                .entry((shape(node.op), node.ty, frame_of(at), operands))
                .or_insert(next);
        }
        apart.clear();
        for (at, guess) in &mut cyclic {
            let node = &module.nodes[*at];
            let operands = match node.op {
                Op::Rec { init, start, next } => [
                    *guess,
                    class[init.index()],
                    class[start.index()],
                    class[next.index()],
                ],
                _ => [
                    *guess,
                    fold_of[*at].map_or(NONE, |fold| class[fold]),
                    NONE,
                    NONE,
                ],
            };
            let frame = if node.op == Op::FoldVar {
                FrameId(0)
            } else {
                frame_of(*at)
            };
            let next = apart.len() as u32;
            *guess = *apart
                .entry((shape(node.op), node.ty, frame, operands))
                .or_insert(next);
        }
        if apart.len() == count {
            return class;
        }
        count = apart.len();
    }
}

/// Multiply and rotate over the words of a key (the hash of the Firefox and Rust compilers): keys are small and ours.
#[derive(Default, Clone, Copy)]
struct WordHasher(u64);

type Hasher = std::hash::BuildHasherDefault<WordHasher>;

impl std::hash::Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }
    fn write_u8(&mut self, word: u8) {
        self.write_u64(u64::from(word));
    }
    fn write_u16(&mut self, word: u16) {
        self.write_u64(u64::from(word));
    }
    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}
