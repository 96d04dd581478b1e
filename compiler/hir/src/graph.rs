//! The typed dataflow graph that checking produces: one node a value, shared where equal, with all that is known about it.

use crate::interval::Interval;
use crate::unit::{Dim, Rate, Type};
use sixbtc_abi::Column;
use std::collections::HashMap;

/// Index of a node in a [`Graph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// Index of a frame (clock and symbol); 0 is the strategy's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FrameId(pub u16);

/// Pointwise operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prim {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Quotient.
    Div,
    /// Remainder with the sign of the divisor.
    Mod,
    /// Smaller.
    Min,
    /// Larger.
    Max,
    /// Power.
    Pow,
    /// Angle of a point.
    Atan2,
    /// Product and sum, rounded once.
    Fma,
    /// Both.
    And,
    /// Either.
    Or,
    /// Exactly one; `!=` of truth values.
    Xor,
    /// Equal numbers.
    Eq,
    /// Unequal numbers.
    Ne,
    /// Less.
    Lt,
    /// At most.
    Le,
    /// Greater.
    Gt,
    /// At least.
    Ge,
    /// Negation.
    Neg,
    /// Absolute value.
    Abs,
    /// Square root.
    Sqrt,
    /// Toward −∞.
    Floor,
    /// Toward +∞.
    Ceil,
    /// To nearest, ties to even.
    Round,
    /// Toward zero.
    Trunc,
    /// −1, 0, +1.
    Sign,
    /// e^x.
    Exp,
    /// Natural logarithm.
    Log,
    /// Decimal logarithm.
    Log10,
    /// Sine.
    Sin,
    /// Cosine.
    Cos,
    /// Tangent.
    Tan,
    /// Arc sine.
    Asin,
    /// Arc cosine.
    Acos,
    /// Arc tangent.
    Atan,
    /// Hyperbolic sine.
    Sinh,
    /// Hyperbolic cosine.
    Cosh,
    /// Hyperbolic tangent.
    Tanh,
    /// Logical not.
    Not,
    /// Truth as 0 or 1.
    ToFloat,
    /// Neither NaN nor infinite.
    IsFinite,
    /// The same number in another unit.
    As,
}

/// Sliding windows; meaning in `sbt_ir::WindowKind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum WindowKind {
    Sum,
    Mean,
    SquaredDeviations,
    Max,
    Min,
    MaxAgo,
    MinAgo,
    Kth,
}

/// Folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum FoldKind {
    Sum,
    Max,
    Min,
    All,
    Any,
    Count,
}

/// Inputs of the position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum PositionField {
    Side,
    Bars,
    Entry,
    Profit,
    Size,
    Equity,
}

/// A number compared and hashed by its bits, so that 0.0 and −0.0 stay apart and NaN equals itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Real(u64);

impl Real {
    /// Wraps a number.
    pub fn new(v: f64) -> Self {
        Self(v.to_bits())
    }
    /// The number.
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// A number.
    Number(Real),
    /// A truth value.
    Bool(bool),
    /// A parameter.
    Param(u16),
    /// A column of the frame.
    Field(Column),
    /// Rows since the start of the run.
    Row,
    /// Pointwise operation.
    Prim(Prim, Vec<NodeId>),
    /// `if c then a else b`.
    Select(NodeId, NodeId, NodeId),
    /// History.
    Hist {
        /// Delayed value.
        x: NodeId,
        /// Bars back.
        n: NodeId,
        /// Proven bound.
        max: u32,
    },
    /// Recurrence; `next` is set when its body is known.
    Rec {
        /// Value at `start` and before.
        init: NodeId,
        /// First row.
        start: NodeId,
        /// Value afterwards.
        next: NodeId,
    },
    /// Delayed read of a recurrence inside its own cycle.
    Prev {
        /// The recurrence.
        rec: NodeId,
        /// Bars back, at least 1.
        n: NodeId,
        /// Proven bound.
        max: u32,
    },
    /// Sliding window.
    Window {
        /// Which.
        kind: WindowKind,
        /// Values.
        x: NodeId,
        /// Second operand of `Kth`.
        k: NodeId,
        /// Length.
        n: NodeId,
        /// Proven bound.
        max: u32,
        /// Whole ticks.
        exact: bool,
    },
    /// Fold.
    Fold {
        /// Which.
        kind: FoldKind,
        /// Its index.
        var: NodeId,
        /// First.
        lo: NodeId,
        /// One past the last.
        hi: NodeId,
        /// Proven bound of the count.
        max: u32,
        /// Body.
        body: NodeId,
    },
    /// Index of a fold; the number makes it unique.
    FoldVar(u32),
    /// Last confirmed value of a node of another frame.
    Current(NodeId),
    /// Position input.
    Position(PositionField),
    /// Fill price, for levels.
    Entry,
}

/// What a value depends on beyond bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Deps {
    /// `position.*`
    pub position: bool,
    /// `entry` of a level
    pub entry: bool,
    /// Smallest-numbered enclosing fold index it depends on, plus one; 0 for none.
    pub fold: u32,
}

/// A node with all that is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What.
    pub kind: NodeKind,
    /// Type and unit.
    pub ty: Type,
    /// Rate.
    pub rate: Rate,
    /// Clock and symbol (0 for what is fixed for the run).
    pub frame: FrameId,
    /// First row on which the value exists, in rows of its frame; fixed for the run.
    pub lookback: NodeId,
    /// First row on which it has settled; not before `lookback`.
    pub settled: NodeId,
    /// Bounds.
    pub interval: Interval,
    /// Whole ticks of the frame.
    pub exact: bool,
    /// By how much the value moves when every price of the frame (and `entry`) moves by one; `None` = not known.
    pub shift: Option<f64>,
    /// Depends on the start of the run for ever (contains a recurrence).
    pub settling: bool,
    /// What else it depends on.
    pub deps: Deps,
}

/// Nodes, shared when equal.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// All nodes.
    pub nodes: Vec<Node>,
    shared: HashMap<(NodeKind, Type, FrameId), NodeId>,
}

impl Graph {
    /// The node.
    ///
    /// # Panics
    /// When `id` belongs to another graph.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// To patch a node whose facts become known later.
    ///
    /// # Panics
    /// When `id` belongs to another graph.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    /// Adds a node, or finds its twin.
    pub fn intern(&mut self, node: Node) -> NodeId {
        let unique = matches!(node.kind, NodeKind::Rec { .. } | NodeKind::FoldVar(_));
        if unique {
            return self.push(node);
        }
        // the type is part of the key: 0 bars and 0 prices are different values to the checker
        let key = (node.kind.clone(), node.ty, node.frame);
        if let Some(&id) = self.shared.get(&key) {
            return id;
        }
        let id = self.push(node);
        self.shared.insert(key, id);
        id
    }

    /// Adds a node without sharing.
    pub fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// A number fixed at compile time.
    pub fn number(&mut self, v: f64, ty: Type) -> NodeId {
        let zero = NodeId(0);
        let settled = if self.nodes.is_empty() {
            zero
        } else {
            self.zero()
        };
        self.intern(Node {
            kind: NodeKind::Number(Real::new(v)),
            ty,
            rate: Rate::Const,
            frame: FrameId(0),
            lookback: settled,
            settled,
            interval: Interval::point(v),
            exact: false,
            shift: Some(0.0),
            settling: false,
            deps: Deps::default(),
        })
    }

    /// The number 0 of bars: node 0 of every graph, its own lookback.
    pub fn zero(&mut self) -> NodeId {
        if self.nodes.is_empty() {
            return self.number(0.0, Type::Num(Dim::BARS));
        }
        NodeId(0)
    }

    /// The value of a compile-time number.
    pub fn as_const(&self, id: NodeId) -> Option<f64> {
        match self.node(id).kind {
            NodeKind::Number(v) => Some(v.get()),
            _ => None,
        }
    }

    /// `a + b` of warm-up numbers.
    pub fn rows_add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        match (self.as_const(a), self.as_const(b)) {
            (Some(x), Some(y)) => self.rows(x + y),
            (Some(0.0), None) => b,
            (None, Some(0.0)) => a,
            _ => self.rows_op(Prim::Add, a, b),
        }
    }

    /// `max(a, b)` of warm-up numbers.
    pub fn rows_max(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if a == b {
            return a;
        }
        match (self.as_const(a), self.as_const(b)) {
            (Some(x), Some(y)) => self.rows(x.max(y)),
            (Some(0.0), None) => b,
            (None, Some(0.0)) => a,
            _ => self.rows_op(Prim::Max, a, b),
        }
    }

    /// `a × k` of warm-up numbers.
    pub fn rows_mul(&mut self, a: NodeId, k: f64) -> NodeId {
        match self.as_const(a) {
            Some(x) => self.rows(x * k),
            None => {
                let k = self.rows(k);
                self.rows_op(Prim::Mul, a, k)
            }
        }
    }

    /// A number of rows.
    pub fn rows(&mut self, v: f64) -> NodeId {
        self.number(v, Type::Num(Dim::BARS))
    }

    /// A whole number of rows from a length: rounded toward zero, as kernels do with lengths.
    pub fn rows_of(&mut self, n: NodeId) -> NodeId {
        match self.as_const(n) {
            Some(v) => self.rows(v.trunc()),
            None => {
                let whole = matches!(self.node(n).ty, Type::Num(d) if matches!(d.kind, crate::unit::Kind::Bars | crate::unit::Kind::Int));
                if whole {
                    n
                } else {
                    self.rows_unary(Prim::Trunc, n)
                }
            }
        }
    }

    fn rows_unary(&mut self, op: Prim, a: NodeId) -> NodeId {
        let zero = self.zero();
        let interval = self.node(a).interval;
        self.intern(run_node(NodeKind::Prim(op, vec![a]), zero, interval))
    }

    fn rows_op(&mut self, op: Prim, a: NodeId, b: NodeId) -> NodeId {
        let zero = self.zero();
        let (x, y) = (self.node(a).interval, self.node(b).interval);
        let interval = match op {
            Prim::Add => x.add(y),
            Prim::Max => x.max(y),
            _ => x.mul(y),
        };
        self.intern(run_node(NodeKind::Prim(op, vec![a, b]), zero, interval))
    }
}

fn run_node(kind: NodeKind, zero: NodeId, interval: Interval) -> Node {
    Node {
        kind,
        ty: Type::Num(Dim::BARS),
        rate: Rate::Run,
        frame: FrameId(0),
        lookback: zero,
        settled: zero,
        interval,
        exact: false,
        shift: Some(0.0),
        settling: false,
        deps: Deps::default(),
    }
}
