//! Walks over a module: operands, roots, an order of evaluation, free fold indices.

use crate::module::{Module, ValueId};
use crate::op::Op;

/// A node takes part in its own value at the same row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("%{} depends on its own value at the same row", .0.0)]
pub struct InstantCycle(pub ValueId);

impl Op {
    /// Calls `f` for every operand, in the order they are written; `Prev`'s `rec` and `Rec`'s `next` included, `Fold`'s
    /// `var` too. A `Window` names `k` only when its kind reads it.
    pub fn each_operand(&self, mut f: impl FnMut(ValueId)) {
        let mut copy = *self;
        copy.each_operand_mut(|v| f(*v));
    }

    /// As [`Op::each_operand`], to rewrite them. A `Window` that does not read `k` keeps `k` equal to `x`.
    pub fn each_operand_mut(&mut self, mut f: impl FnMut(&mut ValueId)) {
        match self {
            Op::Const(_)
            | Op::Bool(_)
            | Op::Param(_)
            | Op::Field(_)
            | Op::Row
            | Op::FoldVar
            | Op::Position(_)
            | Op::Entry => {}
            Op::Unary(_, a) | Op::Current(a) => f(a),
            Op::Binary(_, a, b) | Op::Cmp(_, a, b) => {
                f(a);
                f(b);
            }
            Op::Fma(x, y, z) | Op::Select(x, y, z) => {
                f(x);
                f(y);
                f(z);
            }
            Op::Hist { x, n, .. } => {
                f(x);
                f(n);
            }
            Op::Rec { init, start, next } => {
                f(init);
                f(start);
                f(next);
            }
            Op::Prev { rec, n, .. } => {
                f(rec);
                f(n);
            }
            Op::Window { kind, x, k, n, .. } => {
                f(x);
                if kind.reads_k() {
                    f(k);
                } else {
                    *k = *x;
                }
                f(n);
            }
            Op::Fold {
                var, lo, hi, body, ..
            } => {
                f(var);
                f(lo);
                f(hi);
                f(body);
            }
        }
    }

    /// Whether its value at a row may depend on other rows: it owns or reads memory.
    pub fn is_stateful(&self) -> bool {
        matches!(
            self,
            Op::Hist { .. } | Op::Rec { .. } | Op::Prev { .. } | Op::Window { .. } | Op::Current(_)
        )
    }
}

impl Module {
    /// Calls `f` for every node whose value *at the same row* the node may need: all operands but `Prev`'s `rec`.
    pub fn each_instant_operand(&self, id: ValueId, mut f: impl FnMut(ValueId)) {
        match self.node(id).op {
            Op::Prev { n, .. } => f(n),
            op => op.each_operand(f),
        }
    }

    /// Calls `f` for every operand that must have a lower id than the node: all but `Rec`'s `next`.
    pub fn each_earlier_operand(&self, id: ValueId, mut f: impl FnMut(ValueId)) {
        match self.node(id).op {
            Op::Rec { init, start, .. } => {
                f(init);
                f(start);
            }
            op => op.each_operand(f),
        }
    }

    /// All nodes that something outside the module reads, in a fixed order, repetitions included.
    pub fn roots(&self) -> Vec<ValueId> {
        let mut roots = Vec::new();
        roots.extend(self.requires.iter().map(|r| r.1));
        roots.extend(self.flags.iter().map(|r| r.1));
        roots.extend(self.values.iter().map(|r| r.1));
        roots.extend(&self.lookback);
        roots.extend(&self.position_flags);
        roots.extend(&self.position_values);
        roots.extend(&self.bracket_values);
        roots.extend(&self.scalars);
        roots.extend(self.warmup);
        roots
    }

    /// Calls `f` for every place that holds a root, to rewrite them; same order as [`Module::roots`].
    pub fn each_root_mut(&mut self, mut f: impl FnMut(&mut ValueId)) {
        self.requires.iter_mut().for_each(|r| f(&mut r.1));
        self.flags.iter_mut().for_each(|r| f(&mut r.1));
        self.values.iter_mut().for_each(|r| f(&mut r.1));
        self.lookback.iter_mut().for_each(&mut f);
        self.position_flags.iter_mut().for_each(&mut f);
        self.position_values.iter_mut().for_each(&mut f);
        self.bracket_values.iter_mut().for_each(&mut f);
        self.scalars.iter_mut().for_each(&mut f);
        self.warmup.iter_mut().for_each(f);
    }

    /// Every node reachable from `roots` (through recurrences too), operands before users by
    /// [`Module::each_instant_operand`]. `first` says which of two operands of one node to evaluate first: those with the
    /// greater number.
    pub fn evaluation_order(
        &self,
        roots: &[ValueId],
        first: impl Fn(ValueId) -> u32,
    ) -> Result<Vec<ValueId>, InstantCycle> {
        self.ordered(
            roots,
            first,
            |id, f| self.each_instant_operand(id, f),
            |op| match op {
                Op::Prev { rec, .. } => Some(rec),
                _ => None,
            },
        )
    }

    /// Every node reachable from `roots`, operands before users but for `Rec`'s `next`: the order of ids.
    pub fn definition_order(&self, roots: &[ValueId]) -> Result<Vec<ValueId>, InstantCycle> {
        self.ordered(
            roots,
            |_| 0,
            |id, f| self.each_earlier_operand(id, f),
            |op| match op {
                Op::Rec { next, .. } => Some(next),
                _ => None,
            },
        )
    }

    /// The reachable nodes alone, numbered so that operands come before users. For passes that appended nodes.
    pub fn compacted(&self) -> Result<Self, InstantCycle> {
        let order = self.definition_order(&self.roots())?;
        let mut number = vec![ValueId(0); self.nodes.len()];
        for (at, id) in order.iter().enumerate() {
            number[id.index()] = ValueId(at as u32);
        }
        let mut new = self.clone();
        new.nodes.clear();
        for &id in &order {
            let mut node = *self.node(id);
            node.op.each_operand_mut(|v| *v = number[v.index()]);
            new.nodes.push(node);
        }
        new.each_root_mut(|v| *v = number[v.index()]);
        Ok(new)
    }

    /// Depth-first order along `operands`; `later` names a node that must be reached too, whenever. Deep graphs are no
    /// problem: it does not recurse.
    fn ordered(
        &self,
        roots: &[ValueId],
        first: impl Fn(ValueId) -> u32,
        operands: impl Fn(ValueId, &mut dyn FnMut(ValueId)),
        later: impl Fn(Op) -> Option<ValueId>,
    ) -> Result<Vec<ValueId>, InstantCycle> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let mut mark = vec![Mark::New; self.nodes.len()];
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut pending: Vec<ValueId> = roots.iter().rev().copied().collect();
        let mut stack: Vec<(ValueId, bool)> = Vec::new();
        while let Some(root) = pending.pop() {
            stack.push((root, false));
            while let Some((id, leaving)) = stack.pop() {
                if leaving {
                    mark[id.index()] = Mark::Done;
                    order.push(id);
                    continue;
                }
                match mark[id.index()] {
                    Mark::Done => continue,
                    Mark::Open => return Err(InstantCycle(id)),
                    Mark::New => mark[id.index()] = Mark::Open,
                }
                stack.push((id, true));
                pending.extend(later(self.node(id).op));
                let base = stack.len();
                operands(id, &mut |v| stack.push((v, false)));
                // the stack is last in, first out: the operand to evaluate first goes on top
                stack[base..].reverse();
                stack[base..].sort_by_key(|(v, _)| first(*v));
                // an operand that is done already is not worth a visit; one that is open closes a cycle
                let mut kept = base;
                for at in base..stack.len() {
                    let v = stack[at].0;
                    match mark[v.index()] {
                        Mark::Done => {}
                        Mark::Open => return Err(InstantCycle(v)),
                        Mark::New => {
                            stack[kept] = stack[at];
                            kept += 1;
                        }
                    }
                }
                stack.truncate(kept);
            }
        }
        Ok(order)
    }

    /// For each node the fold indices it depends on that are not bound inside it, innermost last. `order` is an
    /// evaluation order of the nodes of interest.
    pub fn free_indices(&self, order: &[ValueId]) -> Vec<Vec<ValueId>> {
        let mut free: Vec<Vec<ValueId>> = vec![Vec::new(); self.nodes.len()];
        // how many outer indices the fold of an index stands under
        let mut depth = vec![0usize; self.nodes.len()];
        for &id in order {
            let op = self.node(id).op;
            let mut own = Vec::new();
            match op {
                Op::FoldVar => own.push(id),
                Op::Fold { var, .. } => {
                    op.each_operand(|v| {
                        own.extend(free[v.index()].iter().copied().filter(|&w| w != var));
                    });
                }
                _ => self.each_instant_operand(id, |v| own.extend(&free[v.index()])),
            }
            own.sort_unstable();
            own.dedup();
            if let Op::Fold { var, .. } = op {
                depth[var.index()] = own.len();
            }
            free[id.index()] = own;
        }
        for own in &mut free {
            own.sort_by_key(|v| depth[v.index()]);
        }
        free
    }
}
