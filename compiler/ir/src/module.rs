//! Nodes and modules.

use crate::op::Op;
use sixbtc_abi::{FrameSpec, OrderPlan, OutputSpec, ParamSpec, SessionSpec};

/// Index of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub u32);

impl ValueId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a frame; 0 is the strategy's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FrameId(pub u16);

/// Machine type of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ty {
    /// A number.
    F64,
    /// A truth value.
    Bool,
}

/// A node. Nodes that are fixed for the run (constants, parameters and what is made of them alone) live on frame 0 by
/// convention but may be used on every frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// What it computes.
    pub op: Op,
    /// Machine type.
    pub ty: Ty,
    /// The frame whose rows it lives on.
    pub frame: FrameId,
}

/// A program in IR. Operands have lower ids than their users, but for [`Op::Rec`]'s `next`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Module {
    /// Identifier.
    pub name: String,
    /// Title.
    pub title: String,
    /// Series read.
    pub frames: Vec<FrameSpec>,
    /// Session of frame 0.
    pub session: Option<SessionSpec>,
    /// Parameters.
    pub params: Vec<ParamSpec>,
    /// All nodes.
    pub nodes: Vec<Node>,
    /// Conditions on parameters (`Bool`, fixed for the run), with their source text.
    pub requires: Vec<(String, ValueId)>,
    /// Signal flags (`Bool`, frame 0): bit = position in this list.
    pub flags: Vec<(String, ValueId)>,
    /// Signal values (`F64`, frame 0; a truth value goes through `ToFloat`).
    pub values: Vec<(OutputSpec, ValueId)>,
    /// For each of `values`: the first row on which it exists (fixed for the run).
    pub lookback: Vec<ValueId>,
    /// Position-phase flags.
    pub position_flags: Vec<ValueId>,
    /// Position-phase values.
    pub position_values: Vec<ValueId>,
    /// Bracket-phase values.
    pub bracket_values: Vec<ValueId>,
    /// Run-fixed numbers the plan refers to.
    pub scalars: Vec<ValueId>,
    /// First row on which orders are allowed (fixed for the run).
    pub warmup: Option<ValueId>,
    /// Indices of `values` that are plotted.
    pub plots: Vec<u16>,
    /// Alerts: text and flag.
    pub alerts: Vec<(String, u8)>,
    /// What the outputs mean as orders.
    pub plan: OrderPlan,
}

impl Module {
    /// The node.
    ///
    /// # Panics
    /// When `id` is not of this module.
    pub fn node(&self, id: ValueId) -> &Node {
        &self.nodes[id.index()]
    }

    /// Appends a node and returns its id.
    pub fn push(&mut self, node: Node) -> ValueId {
        self.nodes.push(node);
        ValueId(self.nodes.len() as u32 - 1)
    }
}
