//! Making nodes: each constructor works out rate, warm-up, interval, exactness and the rest from the operands.

use crate::check::Checker;
use crate::graph::{
    Deps, FoldKind, FrameId, Node, NodeId, NodeKind, PositionField, Prim, WindowKind,
};
use crate::interval::Interval;
use crate::unit::{Dim, Rate, Type};
use sixbtc_abi::Column;
use std::collections::{HashMap, HashSet};

/// Largest history or window that a program may ask for.
pub(crate) const MAX_ROWS: f64 = 1_000_000.0;

/// What is known of a value with memory.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    /// First rows: exists, settled.
    pub rows: (NodeId, NodeId),
    /// Bounds.
    pub interval: Interval,
    /// Whole ticks.
    pub exact: bool,
    /// Movement with all prices.
    pub shift: Option<f64>,
}

impl Checker<'_> {
    /// A number fixed at compile time.
    pub(crate) fn num(&mut self, v: f64, dim: Dim) -> NodeId {
        self.g.number(v, Type::Num(dim))
    }

    /// A truth value fixed at compile time.
    pub(crate) fn truth(&mut self, b: bool) -> NodeId {
        let zero = self.g.zero();
        self.g.intern(Node {
            kind: NodeKind::Bool(b),
            ty: Type::Bool,
            rate: Rate::Const,
            frame: FrameId(0),
            lookback: zero,
            settled: zero,
            interval: Interval::point(f64::from(u8::from(b))),
            exact: false,
            shift: Some(0.0),
            settling: false,
            deps: Deps::default(),
        })
    }

    /// A column of the current clock.
    pub(crate) fn field(&mut self, column: Column) -> NodeId {
        self.column(column);
        let zero = self.g.zero();
        let price = matches!(
            column,
            Column::Open | Column::High | Column::Low | Column::Close
        );
        let (dim, interval) = match column {
            Column::Open | Column::High | Column::Low | Column::Close => (
                Dim::PRICE,
                Interval {
                    lo: f64::MIN_POSITIVE,
                    hi: f64::INFINITY,
                },
            ),
            Column::Volume => (Dim::QUANTITY, Interval::NON_NEGATIVE),
            Column::Time => (Dim::of(crate::unit::Kind::Time), Interval::ALL),
            Column::MinuteOfDay => (Dim::INT, Interval::new(0.0, 1439.0)),
            Column::Weekday => (Dim::INT, Interval::new(0.0, 6.0)),
            Column::Day => (Dim::INT, Interval::new(1.0, 31.0)),
            Column::Month => (Dim::INT, Interval::new(1.0, 12.0)),
            Column::Year => (Dim::INT, Interval::new(1970.0, 9999.0)),
            _ => (Dim::INT, Interval::new(0.0, 1.0)),
        };
        let ty = if column == Column::Weekday {
            Type::Enum(crate::scope::WEEKDAY)
        } else {
            Type::Num(dim)
        };
        self.g.intern(Node {
            kind: NodeKind::Field(column),
            ty,
            rate: Rate::Series,
            frame: self.frame,
            lookback: zero,
            settled: zero,
            interval,
            exact: price,
            shift: Some(if price { 1.0 } else { 0.0 }),
            settling: false,
            deps: Deps::default(),
        })
    }

    /// A series leaf without operands.
    pub(crate) fn leaf(
        &mut self,
        kind: NodeKind,
        dim: Dim,
        interval: Interval,
        deps: Deps,
        shift: f64,
    ) -> NodeId {
        let zero = self.g.zero();
        let settling = matches!(kind, NodeKind::Row);
        self.g.intern(Node {
            kind,
            ty: Type::Num(dim),
            rate: Rate::Series,
            frame: self.frame,
            lookback: zero,
            settled: zero,
            interval,
            exact: false,
            shift: Some(shift),
            settling,
            deps,
        })
    }

    /// `position.*`
    pub(crate) fn position(&mut self, field: PositionField) -> NodeId {
        let (dim, interval, shift) = match field {
            PositionField::Side => (Dim::INT, Interval::new(-1.0, 1.0), 0.0),
            PositionField::Bars => (Dim::BARS, Interval::NON_NEGATIVE, 0.0),
            PositionField::Entry => (Dim::PRICE, Interval::NON_NEGATIVE, 1.0),
            PositionField::Profit => (Dim::PERCENT, Interval::ALL, 0.0),
            PositionField::Size => (Dim::QUANTITY, Interval::NON_NEGATIVE, 0.0),
            PositionField::Equity => (Dim::MONEY, Interval::ALL, 0.0),
        };
        let deps = Deps {
            position: true,
            ..Deps::default()
        };
        self.leaf(NodeKind::Position(field), dim, interval, deps, shift)
    }

    /// A pointwise operation.
    pub(crate) fn prim(&mut self, op: Prim, args: &[NodeId], ty: Type) -> NodeId {
        if let Some(folded) = self.fold_constants(op, args, ty) {
            return folded;
        }
        let nodes: Vec<&Node> = args.iter().map(|a| self.g.node(*a)).collect();
        let rate = nodes.iter().map(|n| n.rate).max().unwrap_or(Rate::Const);
        let interval = crate::ops::interval(&self.g, op, args);
        let exact = match op {
            Prim::Add | Prim::Sub => nodes.iter().all(|n| n.exact),
            Prim::Neg | Prim::Abs | Prim::As => nodes[0].exact,
            Prim::Min | Prim::Max => nodes.iter().all(|n| n.exact),
            Prim::Mul => whole(nodes[0]) && nodes[1].exact || whole(nodes[1]) && nodes[0].exact,
            _ => false,
        };
        let shift = crate::ops::shift(op, &nodes);
        let settling = nodes.iter().any(|n| n.settling);
        let deps = join_deps(&nodes);
        let (lookback, settled) = self.rows_of_all(args);
        let frame = self.frame_of(rate, deps.fold);
        self.g.intern(Node {
            kind: NodeKind::Prim(op, args.to_vec()),
            ty,
            rate,
            frame,
            lookback,
            settled,
            interval,
            exact,
            shift,
            settling,
            deps,
        })
    }

    /// Where a value stands: what changes every bar or with a fold's index on the clock at hand, what is fixed on the first.
    fn frame_of(&self, rate: Rate, fold: u32) -> FrameId {
        if rate == Rate::Series || fold != 0 {
            self.frame
        } else {
            FrameId(0)
        }
    }

    /// The latest first row of several values: (exists, settled).
    pub(crate) fn rows_of_all(&mut self, args: &[NodeId]) -> (NodeId, NodeId) {
        let (mut l, mut s) = (self.g.zero(), self.g.zero());
        for a in args {
            let (al, a_s) = (self.g.node(*a).lookback, self.g.node(*a).settled);
            l = self.g.rows_max(l, al);
            s = self.g.rows_max(s, a_s);
        }
        (l, s)
    }

    /// A value of the current clock made of `args`, with explicit row facts.
    pub(crate) fn stateful(
        &mut self,
        kind: NodeKind,
        ty: Type,
        args: &[NodeId],
        known: Known,
    ) -> NodeId {
        let Known {
            rows,
            interval,
            exact,
            shift,
        } = known;
        let nodes: Vec<&Node> = args.iter().map(|a| self.g.node(*a)).collect();
        let settling = nodes.iter().any(|n| n.settling);
        let deps = join_deps(&nodes);
        let frame = self.frame;
        self.g.intern(Node {
            kind,
            ty,
            rate: Rate::Series,
            frame,
            lookback: rows.0,
            settled: rows.1,
            interval,
            exact,
            shift,
            settling,
            deps,
        })
    }

    /// `if c then a else b`
    pub(crate) fn select(&mut self, c: NodeId, a: NodeId, b: NodeId, ty: Type) -> NodeId {
        if let NodeKind::Bool(v) = self.g.node(c).kind {
            return if v { a } else { b };
        }
        let args = [c, a, b];
        let nodes: Vec<&Node> = args.iter().map(|a| self.g.node(*a)).collect();
        let rate = nodes.iter().map(|n| n.rate).max().unwrap_or(Rate::Const);
        let interval = nodes[1].interval.hull(nodes[2].interval);
        let exact = nodes[1].exact && nodes[2].exact;
        let shift = match (nodes[1].shift, nodes[2].shift) {
            (Some(x), Some(y)) if x.to_bits() == y.to_bits() => Some(x),
            _ => None,
        };
        let settling = nodes.iter().any(|n| n.settling);
        let deps = join_deps(&nodes);
        let (lookback, settled) = self.rows_of_all(&args);
        let frame = self.frame_of(rate, deps.fold);
        self.g.intern(Node {
            kind: NodeKind::Select(c, a, b),
            ty,
            rate,
            frame,
            lookback,
            settled,
            interval,
            exact,
            shift,
            settling,
            deps,
        })
    }

    /// `x[n]`; `max` is the proven bound.
    pub(crate) fn hist(&mut self, x: NodeId, n: NodeId, max: u32) -> NodeId {
        if self.g.node(x).rate != Rate::Series || self.g.as_const(n) == Some(0.0) {
            return x;
        }
        let node = self.g.node(x);
        let (ty, interval, exact, shift) = (node.ty, node.interval, node.exact, node.shift);
        let (l, s) = (node.lookback, node.settled);
        let run = self.g.node(n).rate <= Rate::Run;
        let back = if run {
            self.g.rows_of(n)
        } else {
            self.g.rows(f64::from(max))
        };
        let (nl, ns) = (self.g.node(n).lookback, self.g.node(n).settled);
        let l = self.g.rows_add(l, back);
        let s = self.g.rows_add(s, back);
        let rows = (self.g.rows_max(l, nl), self.g.rows_max(s, ns));
        self.stateful(
            NodeKind::Hist { x, n, max },
            ty,
            &[x, n],
            Known {
                rows,
                interval,
                exact,
                shift,
            },
        )
    }

    /// A sliding window over `x` (and `k` for the k-th smallest).
    pub(crate) fn window(
        &mut self,
        kind: WindowKind,
        x: NodeId,
        k: NodeId,
        n: NodeId,
        max: u32,
        ty: Type,
    ) -> NodeId {
        let node = self.g.node(x).clone();
        let length = self.g.node(n).interval;
        let (interval, exact, shift) = match kind {
            WindowKind::Sum => (
                node.interval.mul(length),
                false,
                node.shift.filter(|s| *s == 0.0),
            ),
            WindowKind::Mean => (node.interval, false, node.shift),
            WindowKind::SquaredDeviations => (Interval::NON_NEGATIVE, false, Some(0.0)),
            WindowKind::Max | WindowKind::Min | WindowKind::Kth => {
                (node.interval, node.exact, node.shift)
            }
            WindowKind::MaxAgo | WindowKind::MinAgo => (
                Interval::new(0.0, f64::from(max.saturating_sub(1))),
                false,
                Some(0.0),
            ),
        };
        let minus_one = self.g.rows(-1.0);
        let n_rows = self.g.rows_of(n);
        let back = self.g.rows_add(n_rows, minus_one);
        let (k_l, k_s) = (self.g.node(k).lookback, self.g.node(k).settled);
        let l = self.g.rows_add(node.lookback, back);
        let s = self.g.rows_add(node.settled, back);
        let rows = if kind == WindowKind::Kth {
            (self.g.rows_max(l, k_l), self.g.rows_max(s, k_s))
        } else {
            (l, s)
        };
        let ticks = node.exact && matches!(kind, WindowKind::Sum | WindowKind::Mean);
        let kind = NodeKind::Window {
            kind,
            x,
            k,
            n,
            max,
            exact: ticks,
        };
        self.stateful(
            kind,
            ty,
            &[x, k, n],
            Known {
                rows,
                interval,
                exact,
                shift,
            },
        )
    }

    /// Closes a fold: `var` is its index node, which disappears from what the result depends on.
    pub(crate) fn fold(
        &mut self,
        kind: FoldKind,
        var: NodeId,
        bounds: (NodeId, NodeId, u32),
        body: NodeId,
    ) -> NodeId {
        let (lo, hi, max) = bounds;
        let b = self.g.node(body).clone();
        let ty = match kind {
            FoldKind::All | FoldKind::Any => Type::Bool,
            FoldKind::Count => Type::Num(Dim::INT),
            _ => b.ty,
        };
        let count = Interval::new(0.0, f64::from(max));
        let interval = match kind {
            FoldKind::Sum => b.interval.mul(count),
            FoldKind::Max | FoldKind::Min => b.interval,
            FoldKind::All | FoldKind::Any => Interval::new(0.0, 1.0),
            FoldKind::Count => count,
        };
        let shift = match kind {
            FoldKind::Sum => b.shift.filter(|s| *s == 0.0),
            FoldKind::Max | FoldKind::Min => b.shift,
            _ => Some(0.0),
        };
        let minus_one = self.g.rows(-1.0);
        let last = self.g.rows_add(hi, minus_one);
        let at = |c: &mut Self, rows: NodeId| {
            let first = c.substitute(rows, var, lo);
            let end = c.substitute(rows, var, last);
            c.g.rows_max(first, end)
        };
        let lookback = at(self, b.lookback);
        let settled = at(self, b.settled);
        let outer = self
            .folds_of(body, &[var])
            .max(self.folds_of(lo, &[]))
            .max(self.folds_of(hi, &[]));
        let rate = if b.rate == Rate::Series {
            Rate::Series
        } else {
            Rate::Run
        };
        let frame = self.frame_of(rate, outer);
        self.g.intern(Node {
            kind: NodeKind::Fold {
                kind,
                var,
                lo,
                hi,
                max,
                body,
            },
            ty,
            rate,
            frame,
            lookback,
            settled,
            interval,
            exact: false,
            shift,
            settling: b.settling,
            deps: Deps {
                fold: outer,
                ..b.deps
            },
        })
    }

    /// The largest index number that a body depends on, other than those of `closed` folds.
    fn folds_of(&self, id: NodeId, closed: &[NodeId]) -> u32 {
        self.folds_below(id, closed, &mut HashSet::new())
    }

    fn folds_below(&self, id: NodeId, closed: &[NodeId], seen: &mut HashSet<NodeId>) -> u32 {
        if closed.contains(&id) || self.g.node(id).deps.fold == 0 || !seen.insert(id) {
            return 0;
        }
        let mut most = |ids: &[NodeId]| {
            ids.iter()
                .map(|a| self.folds_below(*a, closed, seen))
                .max()
                .unwrap_or(0)
        };
        match &self.g.node(id).kind {
            NodeKind::FoldVar(k) => *k,
            NodeKind::Prim(_, args) => most(args),
            NodeKind::Select(a, b, c) => most(&[*a, *b, *c]),
            NodeKind::Hist { x, n, .. } => most(&[*x, *n]),
            NodeKind::Prev { n, .. } => most(&[*n]),
            NodeKind::Fold {
                var, body, lo, hi, ..
            } => {
                let bounds = most(&[*lo, *hi]);
                let within: Vec<NodeId> = closed.iter().copied().chain([*var]).collect();
                // what the inner fold closes it may read where the outer one does not: look again
                bounds.max(self.folds_of(*body, &within))
            }
            _ => 0,
        }
    }

    /// A row number with one node replaced by another. What is shared is visited once: row numbers of nested
    /// recurrences have few nodes and very many paths.
    pub(crate) fn substitute(&mut self, id: NodeId, from: NodeId, to: NodeId) -> NodeId {
        self.substituted(id, &mut HashMap::from([(from, to)]))
    }

    fn substituted(&mut self, id: NodeId, known: &mut HashMap<NodeId, NodeId>) -> NodeId {
        if let Some(done) = known.get(&id) {
            return *done;
        }
        let NodeKind::Prim(op, args) = self.g.node(id).kind.clone() else {
            return id;
        };
        let new: Vec<NodeId> = args.iter().map(|a| self.substituted(*a, known)).collect();
        let out = if new == args {
            id
        } else {
            match (op, new.as_slice()) {
                (Prim::Add, [a, b]) => self.g.rows_add(*a, *b),
                (Prim::Max, [a, b]) => self.g.rows_max(*a, *b),
                _ => {
                    let ty = self.g.node(id).ty;
                    self.prim(op, &new, ty)
                }
            }
        };
        known.insert(id, out);
        out
    }

    /// The value of a node of another frame, seen from the base clock.
    pub(crate) fn current(&mut self, x: NodeId) -> NodeId {
        let node = self.g.node(x).clone();
        if node.rate != Rate::Series || node.frame == FrameId(0) {
            return x;
        }
        let period = self.frames[node.frame.0 as usize].period_ms;
        let m = (period / self.base_ms()).max(1) as f64;
        // two coarser bars more than the value needs: the last one may still be forming, and a run may start inside one
        let rows = |c: &mut Self, w: NodeId| {
            let two = c.g.rows(2.0);
            let bars = c.g.rows_add(w, two);
            let base = c.g.rows_mul(bars, m);
            let back = c.g.rows(-2.0);
            c.g.rows_add(base, back)
        };
        let l = rows(self, node.lookback);
        let s = rows(self, node.settled);
        let here = std::mem::replace(&mut self.frame, FrameId(0));
        let shift = if self.frames[node.frame.0 as usize].symbol.is_none() {
            node.shift
        } else {
            None
        };
        let id = self.stateful(
            NodeKind::Current(x),
            node.ty,
            &[x],
            Known {
                rows: (l, s),
                interval: node.interval,
                exact: false,
                shift,
            },
        );
        self.frame = here;
        id
    }

    fn fold_constants(&mut self, op: Prim, args: &[NodeId], ty: Type) -> Option<NodeId> {
        let bools: Vec<Option<bool>> = args
            .iter()
            .map(|a| match self.g.node(*a).kind {
                NodeKind::Bool(b) => Some(b),
                _ => None,
            })
            .collect();
        match (op, bools.as_slice()) {
            (Prim::Not, [Some(b)]) => return Some(self.truth(!b)),
            (Prim::And, [Some(true), _]) | (Prim::Or, [Some(false), _]) => return Some(args[1]),
            (Prim::And, [_, Some(true)]) | (Prim::Or, [_, Some(false)]) => return Some(args[0]),
            (Prim::And, [Some(false), _] | [_, Some(false)]) => return Some(self.truth(false)),
            (Prim::Or, [Some(true), _] | [_, Some(true)]) => return Some(self.truth(true)),
            (Prim::Xor, [Some(a), Some(b)]) => return Some(self.truth(a != b)),
            _ => {}
        }
        let v: Vec<f64> = args
            .iter()
            .map(|a| self.g.as_const(*a))
            .collect::<Option<_>>()?;
        crate::ops::evaluate(op, &v).map(|r| match r {
            crate::ops::Folded::Number(x) => self.g.number(x, ty),
            crate::ops::Folded::Truth(b) => self.truth(b),
        })
    }
}

fn whole(n: &Node) -> bool {
    n.rate <= Rate::Run && matches!(n.ty, Type::Num(d) if d == Dim::INT || d == Dim::BARS)
        || n.interval.single().is_some_and(|v| v.fract() == 0.0)
}

fn join_deps(nodes: &[&Node]) -> Deps {
    nodes.iter().fold(Deps::default(), |d, n| Deps {
        position: d.position || n.deps.position,
        entry: d.entry || n.deps.entry,
        fold: d.fold.max(n.deps.fold),
    })
}
