//! From syntax tree to typed graph: names, types, units, rates, clocks, delays, warm-up and intervals.
//!
//! [`check`] never fails and never panics: it returns what it understood and a list of diagnostics. When none of them is an
//! error, every strategy of the result obeys the rules of the language, among them causality: no node reads a bar that
//! was not confirmed at the end of the bar it is evaluated on.

mod build;
mod builtin;
mod call;
mod check;
mod clocks;
mod codes;
mod decl;
mod expr;
pub mod graph;
mod history;
pub mod interval;
mod names;
mod operators;
mod ops;
mod orders;
mod param;
mod portfolio;
pub mod program;
mod rec_bounds;
mod recs;
pub mod reference;
mod resolve;
mod scope;
mod sizing;
mod strategy;
mod test_block;
pub mod unit;

pub use check::{check, check_expr};
pub use codes::CODES;
pub use graph::{FrameId, Graph, Node, NodeId, NodeKind};
pub use program::{Hir, Strategy, Test};
pub use scope::{Library, Module, NoLibrary, Sources, item_name};

/// A checked expression for `eval`.
#[derive(Debug, Clone)]
pub struct Expression {
    /// All values.
    pub graph: Graph,
    /// Clocks read.
    pub frames: Vec<sixbtc_abi::FrameSpec>,
    /// Outputs by name.
    pub values: Vec<(String, NodeId)>,
}
