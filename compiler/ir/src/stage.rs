//! When a node is evaluated.

use crate::module::{Module, ValueId};
use crate::op::{Op, WindowKind};

/// When a node is evaluated; later stages may read earlier ones, but `Bracket` may not read `Position`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Stage {
    /// Once a run: depends on constants and parameters alone.
    #[default]
    Run,
    /// Once a bar, whatever the position.
    Signal,
    /// Once a bar, after the signal phase: depends on [`Op::Position`].
    Position,
    /// Once an entry fill: depends on [`Op::Entry`].
    Bracket,
}

/// Why the stages of a module do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StageError {
    /// An output wants an earlier stage than its node allows.
    #[error("%{} is an output of the {wants:?} stage but is known only in the {is:?} stage", .node.0)]
    TooLate {
        /// The output.
        node: ValueId,
        /// Stage of the list it stands in.
        wants: Stage,
        /// Stage of the node.
        is: Stage,
    },
    /// The bracket phase has no memory.
    #[error("%{} has memory but depends on the fill price", .0.0)]
    BracketMemory(ValueId),
    /// The bracket phase does not see the position.
    #[error("%{} depends on the fill price and on the position", .0.0)]
    BracketReadsPosition(ValueId),
    /// The ticks of the price are not known in the position phase, and no price of a position is one.
    #[error("%{} sums whole ticks but depends on the position", .0.0)]
    ExactInPosition(ValueId),
    /// A length or a first row changes during the run.
    #[error("operand %{} of %{} is not fixed for the run", .operand.0, .node.0)]
    NotFixed {
        /// The window or recurrence.
        node: ValueId,
        /// Its length or first row.
        operand: ValueId,
    },
}

impl Module {
    /// The stage of each node: the least that is not before any operand's. What depends on the index of a fold has the
    /// stage of the fold. A delayed read of something fixed is fixed; recurrences and windows change by bar whatever
    /// they read.
    pub fn stages(&self) -> Vec<Stage> {
        let mut stages: Vec<Stage> = self
            .nodes
            .iter()
            .map(|node| match node.op {
                Op::Field(_)
                | Op::Row
                | Op::Rec { .. }
                | Op::Prev { .. }
                | Op::Window { .. }
                | Op::Current(_) => Stage::Signal,
                Op::Position(_) => Stage::Position,
                Op::Entry => Stage::Bracket,
                _ => Stage::Run,
            })
            .collect();
        // recurrences and fold indices are loops in this relation: go round until nothing rises, at most three times a loop
        let mut again = true;
        while again {
            again = false;
            for at in 0..self.nodes.len() {
                let op = self.nodes[at].op;
                let mut stage = stages[at];
                op.each_operand(|v| stage = stage.max(stages[v.index()]));
                if stage > stages[at] {
                    stages[at] = stage;
                    again = true;
                }
                if let Op::Fold { var, .. } = op
                    && stages[var.index()] < stage
                {
                    stages[var.index()] = stage;
                    again = true;
                }
            }
        }
        stages
    }

    /// Checks that every reachable node and every output may stand in its stage. `stages` as from [`Module::stages`],
    /// `order` the reachable nodes.
    pub fn check_stages(&self, stages: &[Stage], order: &[ValueId]) -> Result<(), StageError> {
        let within = |node: ValueId, wants: Stage| {
            let is = stages[node.index()];
            if is <= wants {
                Ok(())
            } else {
                Err(StageError::TooLate { node, wants, is })
            }
        };
        for &node in self
            .requires
            .iter()
            .map(|r| &r.1)
            .chain(&self.lookback)
            .chain(&self.scalars)
            .chain(&self.warmup)
        {
            within(node, Stage::Run)?;
        }
        for &node in self
            .flags
            .iter()
            .map(|f| &f.1)
            .chain(self.values.iter().map(|v| &v.1))
        {
            within(node, Stage::Signal)?;
        }
        for &node in self.position_flags.iter().chain(&self.position_values) {
            within(node, Stage::Position)?;
        }
        for &node in &self.bracket_values {
            if stages[node.index()] == Stage::Position {
                return Err(StageError::BracketReadsPosition(node));
            }
        }
        for &id in order {
            let op = self.node(id).op;
            if stages[id.index()] == Stage::Bracket {
                if op.is_stateful() {
                    return Err(StageError::BracketMemory(id));
                }
                let mut reads_position = false;
                op.each_operand(|v| reads_position |= stages[v.index()] == Stage::Position);
                if reads_position {
                    return Err(StageError::BracketReadsPosition(id));
                }
            }
            let fixed = |operand: ValueId| {
                if stages[operand.index()] == Stage::Run {
                    Ok(())
                } else {
                    Err(StageError::NotFixed { node: id, operand })
                }
            };
            match op {
                Op::Rec { start, .. } => fixed(start)?,
                Op::Window { kind, n, exact, .. } => {
                    fixed(n)?;
                    if exact && kind.is_sum() && stages[id.index()] == Stage::Position {
                        return Err(StageError::ExactInPosition(id));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl WindowKind {
    /// Whether the second operand `k` is read.
    pub fn reads_k(self) -> bool {
        self == Self::Kth
    }

    /// Whether [`Op::Window`]'s `exact` means anything.
    pub fn is_sum(self) -> bool {
        matches!(self, Self::Sum | Self::Mean)
    }

    /// Whether blocks of time matter, so that the bar's open time is read.
    pub fn is_anchored(self) -> bool {
        matches!(self, Self::Sum | Self::Mean | Self::SquaredDeviations)
    }
}
