//! What intervals say about a condition: whether it can hold at all, and whether it can fail to.
//!
//! The checker knows bounds of every value; here they are taken through comparisons and connectives, and comparisons of one
//! value within a chain of `and` are intersected. Conservative: what is not known to be decided is open.

use sbt_hir::graph::{Graph, NodeId, NodeKind, Prim};
use std::collections::HashMap;

/// What is known of a condition without data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It cannot hold.
    Never,
    /// It cannot fail to hold.
    Always,
    /// Data decide.
    Open,
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Self::Never => Self::Always,
            Self::Always => Self::Never,
            Self::Open => Self::Open,
        }
    }

    fn of(always: bool, never: bool) -> Self {
        match (always, never) {
            (true, _) => Self::Always,
            (_, true) => Self::Never,
            _ => Self::Open,
        }
    }
}

/// Bounds, each of which may itself be left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Lower bound.
    pub low: f64,
    /// Whether the lower bound itself is left out.
    pub low_open: bool,
    /// Upper bound.
    pub high: f64,
    /// Whether the upper bound itself is left out.
    pub high_open: bool,
}

impl Bounds {
    /// Anything from `low` to `high`, both included.
    pub fn closed(low: f64, high: f64) -> Self {
        Self {
            low,
            low_open: false,
            high,
            high_open: false,
        }
    }

    /// Whether nothing lies in it.
    pub fn is_empty(&self) -> bool {
        self.low > self.high || ((self.low_open || self.high_open) && self.low >= self.high)
    }

    /// What lies in both.
    #[must_use]
    pub fn and(self, o: Self) -> Self {
        let (low, low_open) = if self.low > o.low {
            (self.low, self.low_open)
        } else if o.low > self.low {
            (o.low, o.low_open)
        } else {
            (self.low, self.low_open || o.low_open)
        };
        let (high, high_open) = if self.high < o.high {
            (self.high, self.high_open)
        } else if o.high < self.high {
            (o.high, o.high_open)
        } else {
            (self.high, self.high_open || o.high_open)
        };
        Self {
            low,
            low_open,
            high,
            high_open,
        }
    }

    /// Whether everything in `self` lies in `o` too.
    pub fn within(&self, o: &Self) -> bool {
        let low = self.low > o.low || (self.low >= o.low && (self.low_open || !o.low_open));
        let high = self.high < o.high || (self.high <= o.high && (self.high_open || !o.high_open));
        low && high
    }
}

/// What is known of a condition of a checked program.
pub fn truth(graph: &Graph, condition: NodeId) -> Truth {
    Reader {
        graph,
        known: HashMap::new(),
    }
    .truth(condition, 0)
}

/// Conditions nest no deeper in programs that the parser lets through; beyond, they are open.
const DEEPEST: usize = 400;

struct Reader<'g> {
    graph: &'g Graph,
    known: HashMap<NodeId, Truth>,
}

impl Reader<'_> {
    fn truth(&mut self, id: NodeId, depth: usize) -> Truth {
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        if depth > DEEPEST {
            return Truth::Open;
        }
        let out = self.fresh(id, depth);
        self.known.insert(id, out);
        out
    }

    fn fresh(&mut self, id: NodeId, depth: usize) -> Truth {
        let graph = self.graph;
        let kind = &graph.node(id).kind;
        match kind {
            NodeKind::Bool(b) => Truth::of(*b, !*b),
            NodeKind::Hist { x, .. } | NodeKind::Current(x) => self.truth(*x, depth + 1),
            NodeKind::Select(c, a, b) => {
                let (a, b) = (self.truth(*a, depth + 1), self.truth(*b, depth + 1));
                match self.truth(*c, depth + 1) {
                    Truth::Always => a,
                    Truth::Never => b,
                    Truth::Open if a == b => a,
                    Truth::Open => Truth::Open,
                }
            }
            NodeKind::Prim(Prim::Not, args) => args
                .first()
                .map_or(Truth::Open, |a| self.truth(*a, depth + 1).not()),
            NodeKind::Prim(Prim::And, _) => self.all(id, depth),
            NodeKind::Prim(Prim::Or, args) => {
                let parts: Vec<Truth> = args.iter().map(|a| self.truth(*a, depth + 1)).collect();
                Truth::of(
                    parts.contains(&Truth::Always),
                    parts.iter().all(|t| *t == Truth::Never),
                )
            }
            NodeKind::Prim(op, args) => match args.as_slice() {
                [a, b] => self.compare(*op, *a, *b),
                _ => Truth::Open,
            },
            _ => Truth::Open,
        }
    }

    fn compare(&self, op: Prim, a: NodeId, b: NodeId) -> Truth {
        let (x, y) = (self.graph.node(a).interval, self.graph.node(b).interval);
        match op {
            Prim::Lt => Truth::of(x.hi < y.lo, x.lo >= y.hi),
            Prim::Le => Truth::of(x.hi <= y.lo, x.lo > y.hi),
            Prim::Gt => Truth::of(x.lo > y.hi, x.hi <= y.lo),
            Prim::Ge => Truth::of(x.lo >= y.hi, x.hi < y.lo),
            Prim::Eq => Truth::of(false, x.lo > y.hi || x.hi < y.lo),
            Prim::Ne => Truth::of(x.lo > y.hi || x.hi < y.lo, false),
            _ => Truth::Open,
        }
    }

    /// A chain of `and`: never when a part is, or when parts ask one value for what excludes itself.
    fn all(&mut self, root: NodeId, depth: usize) -> Truth {
        let mut bounds: HashMap<NodeId, Bounds> = HashMap::new();
        let mut always = true;
        let mut stack = vec![root];
        let mut seen = std::collections::HashSet::new();
        while let Some(id) = stack.pop() {
            if !seen.insert(id) {
                continue;
            }
            if let NodeKind::Prim(Prim::And, args) = &self.graph.node(id).kind {
                stack.extend(args);
                continue;
            }
            match self.truth(id, depth + 1) {
                Truth::Never => return Truth::Never,
                Truth::Always => {}
                Truth::Open => always = false,
            }
            if let Some((value, asked)) = self.asked(id) {
                let interval = self.graph.node(value).interval;
                let known = bounds
                    .entry(value)
                    .or_insert_with(|| Bounds::closed(interval.lo, interval.hi));
                *known = known.and(asked);
                if known.is_empty() {
                    return Truth::Never;
                }
            }
        }
        if always { Truth::Always } else { Truth::Open }
    }

    /// The value that a comparison with a fixed number is about, and what it asks of it.
    fn asked(&self, id: NodeId) -> Option<(NodeId, Bounds)> {
        let NodeKind::Prim(op, args) = &self.graph.node(id).kind else {
            return None;
        };
        let [a, b] = args.as_slice() else { return None };
        let (value, level, op) = match (self.graph.as_const(*a), self.graph.as_const(*b)) {
            (None, Some(level)) => (*a, level, *op),
            (Some(level), None) => (*b, level, mirrored(*op)?),
            _ => return None,
        };
        let all = Bounds::closed(f64::NEG_INFINITY, f64::INFINITY);
        let bounds = match op {
            Prim::Lt | Prim::Le => Bounds {
                high: level,
                high_open: op == Prim::Lt,
                ..all
            },
            Prim::Gt | Prim::Ge => Bounds {
                low: level,
                low_open: op == Prim::Gt,
                ..all
            },
            Prim::Eq => Bounds::closed(level, level),
            _ => return None,
        };
        Some((value, bounds))
    }
}

fn mirrored(op: Prim) -> Option<Prim> {
    Some(match op {
        Prim::Lt => Prim::Gt,
        Prim::Le => Prim::Ge,
        Prim::Gt => Prim::Lt,
        Prim::Ge => Prim::Le,
        Prim::Eq => Prim::Eq,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(condition: &str) -> Truth {
        let text = format!(
            "#sbt 1\n\nuse patterns/conditions\n\nstrategy s {{\n  on 1h\n\n  enter long when {condition}\n}}\n"
        );
        let strategy = crate::write::check(&text).unwrap();
        truth(&strategy.graph, strategy.entries[0].when)
    }

    #[test]
    fn conditions_that_cannot_hold_are_found() {
        for never in [
            "rsi(close, 14) < 0",
            "threshold_below(rsi(close, 14), -5)",
            "threshold_above(rsi(close, 14), 100)",
            "rsi(close, 14) < 30 and rsi(close, 14) > 70",
            "close > open and (30 > rsi(close, 14) and (close < open and rsi(close, 14) >= 30))",
            "rsi(close, 14) crosses above 100",
            "not (rsi(close, 14) < 101) or rsi(close, 9) < -1",
            "(rsi(close, 14) < 30 and rsi(close, 14) > 70)[3]",
        ] {
            assert_eq!(of(never), Truth::Never, "{never}");
        }
    }

    #[test]
    fn conditions_that_always_hold_are_found() {
        for always in [
            "rsi(close, 14) >= 0",
            "rsi(close, 14) < 101 and rsi(close, 9) > -1",
            "rsi(close, 14) < 30 or rsi(close, 9) <= 100",
        ] {
            assert_eq!(of(always), Truth::Always, "{always}");
        }
    }

    #[test]
    fn what_data_decide_is_open() {
        for open in [
            "rsi(close, 14) < 30",
            "rsi(close, 14) > 30 and rsi(close, 14) < 70",
            "rsi(close, 14) > 30 and rsi(close, 14)[1] <= 30",
            "close > open",
            "rsi(close, 14) <= 30 and rsi(close, 14) >= 30",
        ] {
            assert_eq!(of(open), Truth::Open, "{open}");
        }
    }

    #[test]
    fn bounds_know_whether_they_include_themselves() {
        let b = |low, low_open, high, high_open| Bounds {
            low,
            low_open,
            high,
            high_open,
        };
        assert!(!b(1.0, false, 1.0, false).is_empty());
        assert!(b(1.0, true, 1.0, false).is_empty());
        assert!(b(1.0, true, 2.0, true).within(&b(1.0, false, 2.0, false)));
        assert!(!b(1.0, false, 2.0, true).within(&b(1.0, true, 2.0, false)));
    }
}
