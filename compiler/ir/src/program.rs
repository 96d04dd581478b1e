//! A module made ready for a backend: every node in its phase and in an order of evaluation.

use crate::module::{Module, ValueId};
use crate::stage::Stage;

/// A scheduled module. Made by `sbt-opt`; backends and the state layout read nothing else.
///
/// Outputs may be of an earlier stage than their list (a signal value may be a constant, a bracket value a signal node).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Program {
    /// The nodes. `module.values` ends with hidden columns named `_0`, `_1`, …: signal nodes the later phases read.
    pub module: Module,
    /// Stage of each node of the module.
    pub stages: Vec<Stage>,
    /// Nodes fixed for the run, in order: evaluated once by the host, handed to the kernel as constants.
    pub run: Vec<ValueId>,
    /// Signal-phase nodes by frame, in order. Bodies of folds are not listed here but in `folds`.
    pub signal: Vec<Vec<ValueId>>,
    /// Position-phase nodes, in order.
    pub position: Vec<ValueId>,
    /// Bracket-phase nodes, in order.
    pub bracket: Vec<ValueId>,
    /// For each fold: the nodes of its body that depend on its index, in order (an inner fold's index-dependent nodes
    /// stand in the inner fold's list only, and the inner fold itself in the outer one's when it depends on its index).
    /// The [`crate::Op::FoldVar`] itself is in no list. All evaluated in the stage of the fold.
    pub folds: Vec<(ValueId, Vec<ValueId>)>,
    /// Signal-phase nodes that nodes or outputs of the position or bracket phase read, with the column of
    /// `module.values` that carries them (a truth value as 0 or 1).
    pub exports: Vec<(ValueId, u16)>,
    /// Column of `module.values` with the bar's open time, when a window of the position phase needs it.
    pub position_time: Option<u16>,
}

impl Program {
    /// The column of `module.values` from which the position and bracket phases read this signal-phase node.
    pub fn export(&self, id: ValueId) -> Option<u16> {
        self.exports.iter().find(|e| e.0 == id).map(|e| e.1)
    }

    /// The nodes of a fold's body that depend on its index, in order.
    pub fn fold_body(&self, fold: ValueId) -> &[ValueId] {
        self.folds
            .iter()
            .find(|f| f.0 == fold)
            .map_or(&[], |f| &f.1)
    }
}
