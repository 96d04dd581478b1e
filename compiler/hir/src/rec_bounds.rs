//! Bounds of recurrences: what their past may hold.

use crate::check::Checker;
use crate::graph::{NodeId, NodeKind, Prim};
use crate::interval::Interval;
use crate::unit::Type;
use std::collections::HashMap;

impl Checker<'_> {
    /// Bounds of a recurrence: a weighted mean stays between its parts; otherwise the first guess that reproduces itself.
    pub(crate) fn rec_interval(&self, rec: NodeId, next: NodeId) -> Interval {
        let NodeKind::Rec { init, .. } = self.g.node(rec).kind else {
            return Interval::ALL;
        };
        let first = self.g.node(init).interval;
        if self.g.node(rec).ty == Type::Bool {
            return Interval::new(0.0, 1.0);
        }
        if let Some(x) = self.weighted_toward(rec, next) {
            return first.hull(self.g.node(x).interval);
        }
        let guesses = [
            first,
            Interval {
                lo: first.lo,
                hi: f64::INFINITY,
            },
            Interval {
                lo: first.lo.min(0.0),
                hi: f64::INFINITY,
            },
            Interval {
                lo: f64::NEG_INFINITY,
                hi: first.hi.max(0.0),
            },
        ];
        for h in guesses {
            let got = self.bounds_under(next, rec, h, &mut HashMap::new());
            if got.lo >= h.lo && got.hi <= h.hi {
                return h;
            }
        }
        Interval::ALL
    }

    /// A weighted mean of `p`, a past value of `rec`, and of `x`, no weight negative: returns `x`. Written as a step,
    /// `p + a·(x − p)` or `p + (x − p)/n`, or as a mixture, `p·keep + x·a` with `keep + a = 1`; fused or not.
    pub(crate) fn weighted_toward(&self, rec: NodeId, next: NodeId) -> Option<NodeId> {
        let NodeKind::Prim(op, args) = &self.g.node(next).kind else {
            return None;
        };
        match (op, args.as_slice()) {
            (Prim::Add, &[a, b]) => {
                [(a, b), (b, a)]
                    .into_iter()
                    .find_map(|(past, rest)| match self.two(rest)? {
                        (Prim::Mul, f, g) if self.is_past(past, rec) => self.share(rec, f, g),
                        (Prim::Div, f, n)
                            if self.is_past(past, rec) && self.g.node(n).interval.lo >= 1.0 =>
                        {
                            self.away_from_past(rec, f)
                        }
                        (Prim::Mul, f, g) => self.mixture(rec, (f, g), past),
                        _ => None,
                    })
            }
            (Prim::Fma, &[a, b, c]) if self.is_past(c, rec) => self.share(rec, a, b),
            (Prim::Fma, &[a, b, c]) => self.mixture(rec, (a, b), c),
            _ => None,
        }
    }

    fn is_past(&self, id: NodeId, rec: NodeId) -> bool {
        matches!(self.g.node(id).kind, NodeKind::Prev { rec: r, .. } if r == rec)
    }

    /// An operation of two operands.
    fn two(&self, id: NodeId) -> Option<(Prim, NodeId, NodeId)> {
        match &self.g.node(id).kind {
            NodeKind::Prim(op, a) if a.len() == 2 => Some((*op, a[0], a[1])),
            _ => None,
        }
    }

    fn is_weight(&self, id: NodeId) -> bool {
        let i = self.g.node(id).interval;
        i.lo >= 0.0 && i.hi <= 1.0
    }

    /// `a·(x − p)`, the factors in either order: `x`.
    fn share(&self, rec: NodeId, f: NodeId, g: NodeId) -> Option<NodeId> {
        if self.is_weight(f) {
            self.away_from_past(rec, g)
        } else if self.is_weight(g) {
            self.away_from_past(rec, f)
        } else {
            None
        }
    }

    /// `x − p`: `x`.
    fn away_from_past(&self, rec: NodeId, change: NodeId) -> Option<NodeId> {
        match self.two(change)? {
            (Prim::Sub, x, p) => self.is_past(p, rec).then_some(x),
            _ => None,
        }
    }

    /// `p·keep + x·a`, the factors in either order, from the first product's factors and the second product: `x`.
    fn mixture(&self, rec: NodeId, (f, g): (NodeId, NodeId), other: NodeId) -> Option<NodeId> {
        let keep = if self.is_past(f, rec) {
            g
        } else if self.is_past(g, rec) {
            f
        } else {
            return None;
        };
        let (Prim::Mul, f, g) = self.two(other)? else {
            return None;
        };
        [(f, g), (g, f)].into_iter().find_map(|(x, a)| {
            let weights = self.is_weight(keep) && self.is_weight(a) && self.make_one(keep, a);
            weights.then_some(x)
        })
    }

    /// Whether two weights add up to 1: one is written as what the other leaves.
    fn make_one(&self, a: NodeId, b: NodeId) -> bool {
        let leaves = |rest: NodeId, of: NodeId| {
            matches!(self.two(rest), Some((Prim::Sub, one, x))
                if x == of && self.g.as_const(one) == Some(1.0))
        };
        let both = self.g.as_const(a).zip(self.g.as_const(b));
        leaves(a, b)
            || leaves(b, a)
            || both.is_some_and(|(a, b)| (a + b - 1.0).abs() <= f64::EPSILON)
    }

    fn bounds_under(
        &self,
        id: NodeId,
        rec: NodeId,
        h: Interval,
        memo: &mut HashMap<NodeId, Interval>,
    ) -> Interval {
        if let Some(i) = memo.get(&id) {
            return *i;
        }
        let out = match &self.g.node(id).kind {
            NodeKind::Prev { rec: r, .. } if *r == rec => h,
            NodeKind::Prim(op, args) => {
                let parts: Vec<Interval> = args
                    .iter()
                    .map(|a| self.bounds_under(*a, rec, h, memo))
                    .collect();
                crate::ops::combine(*op, &parts).unwrap_or(self.g.node(id).interval)
            }
            NodeKind::Select(_, a, b) => self
                .bounds_under(*a, rec, h, memo)
                .hull(self.bounds_under(*b, rec, h, memo)),
            _ => self.g.node(id).interval,
        };
        // what is known of the node whatever its past holds is known under a guess too
        let known = self.g.node(id).interval;
        let out = Interval {
            lo: out.lo.max(known.lo),
            hi: out.hi.min(known.hi),
        };
        memo.insert(id, out);
        out
    }
}
