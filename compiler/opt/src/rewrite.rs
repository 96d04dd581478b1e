//! Rebuilding a module node by node.

use sbt_ir::{FrameId, Module, Node, Op, Ty, ValueId};

/// A module under reconstruction. Nodes are visited in order of id; what a visit makes comes before what is visited
/// later, so that operands keep standing before their users.
pub(crate) struct Rewrite {
    /// The module so far.
    pub new: Module,
    /// New id by old id, as far as visited.
    map: Vec<ValueId>,
}

impl Rewrite {
    /// Rebuilds `old`. `visit` gets each node with its operands renamed (`Rec`'s `next` is still the old id and is renamed
    /// at the end) and returns the node that takes its place.
    pub fn module(
        old: &Module,
        mut visit: impl FnMut(&mut Self, ValueId, Node) -> ValueId,
    ) -> Module {
        let mut new = old.clone();
        new.nodes = Vec::with_capacity(old.nodes.len());
        let mut this = Self {
            new,
            map: Vec::with_capacity(old.nodes.len()),
        };
        for (at, node) in old.nodes.iter().enumerate() {
            let mut node = *node;
            this.rename(old, &mut node);
            let id = visit(&mut this, ValueId(at as u32), node);
            this.map.push(id);
        }
        let Self { mut new, map } = this;
        for node in &mut new.nodes {
            if let Op::Rec { next, .. } = &mut node.op {
                *next = map[next.index()];
            }
        }
        new.each_root_mut(|v| *v = map[v.index()]);
        new
    }

    fn rename(&mut self, old: &Module, node: &mut Node) {
        match &mut node.op {
            Op::Rec {
                init,
                start,
                next: _,
            } => {
                *init = self.map[init.index()];
                *start = self.map[start.index()];
            }
            Op::Current(x) => {
                let frame = old.node(*x).frame;
                *x = self.map[x.index()];
                // a node fixed for the run may have been replaced by one that stands on the clock
                let there = *self.new.node(*x);
                if there.frame != frame {
                    *x = self.new.push(Node { frame, ..there });
                }
            }
            op => {
                let map = &self.map;
                op.each_operand_mut(|v| *v = map[v.index()]);
            }
        }
    }

    /// What took the place of a node visited already.
    pub fn renamed(&self, old: ValueId) -> ValueId {
        self.map[old.index()]
    }

    /// The operation of a node made so far.
    pub fn op(&self, id: ValueId) -> Op {
        self.new.node(id).op
    }

    /// The number, if the node is one.
    pub fn number(&self, id: ValueId) -> Option<f64> {
        match self.op(id) {
            Op::Const(c) => Some(c),
            _ => None,
        }
    }

    /// The truth value, if the node is one.
    pub fn truth(&self, id: ValueId) -> Option<bool> {
        match self.op(id) {
            Op::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// Appends a number.
    pub fn constant(&mut self, c: f64) -> ValueId {
        self.new.push(Node {
            op: Op::Const(c),
            ty: Ty::F64,
            frame: FrameId(0),
        })
    }

    /// Appends a truth value.
    pub fn boolean(&mut self, b: bool) -> ValueId {
        self.new.push(Node {
            op: Op::Bool(b),
            ty: Ty::Bool,
            frame: FrameId(0),
        })
    }
}

/// Whether two numbers are the same bits (and so may stand for each other).
pub(crate) fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits()
}
