//! A module made ready for a backend: every node in its phase and in an order of evaluation.

use crate::module::{Module, ValueId};

/// A scheduled module. Made by `sbt-opt`; backends and the state layout read nothing else.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Program {
    /// The nodes.
    pub module: Module,
    /// Nodes fixed for the run, in order: evaluated once by the host, handed to the kernel as constants.
    pub run: Vec<ValueId>,
    /// Signal-phase nodes by frame, in order. Bodies of folds are not listed here but in `folds`.
    pub signal: Vec<Vec<ValueId>>,
    /// Position-phase nodes, in order.
    pub position: Vec<ValueId>,
    /// Bracket-phase nodes, in order.
    pub bracket: Vec<ValueId>,
    /// For each fold: the nodes of its body that depend on its index, in order (an inner fold's index-dependent nodes
    /// stand in the inner fold's list only).
    pub folds: Vec<(ValueId, Vec<ValueId>)>,
}
