//! Splitting a module for a sweep: what depends on fewer of the swept parameters than its users becomes a column, computed
//! once for each combination of those parameters and read by all points that share it.

use crate::partition::{ParamSet, ParamSets};
use sbt_ir::{
    BinaryOp, CmpOp, FrameId, InstantCycle, Module, Node, Op, Stage, Ty, UnaryOp, ValueId,
    VerifyError, verify,
};
use sixbtc_abi::{Column, OrderPlan, OutputSpec, Phase, Unit, Value};
use std::collections::BTreeMap;

/// Why a module could not be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// The module has a cycle.
    #[error(transparent)]
    Cycle(#[from] InstantCycle),
    /// A part is not well formed.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// More shared columns than there are numbers.
    #[error("{0} shared columns, more than a program may have")]
    TooMany(usize),
}

/// Columns that depend on one set of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct StageModule {
    /// Yields values only.
    pub module: Module,
    /// The swept parameters they depend on.
    pub params: ParamSet,
    /// For each value the number of the cross column it becomes.
    pub columns: Vec<u16>,
}

/// A module in parts.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitModule {
    /// Stages, each after those it reads.
    pub stages: Vec<StageModule>,
    /// The module itself, reading columns of the stages. Plots and alerts are gone.
    pub last: Module,
    /// Swept parameters that its flags and values depend on.
    pub signal: ParamSet,
}

/// Arithmetic that is cheaper to repeat than to load as a column.
const CHEAP: u32 = 3;
/// The weight of a node with memory.
const HEAVY: u32 = 1_000;

/// Splits an optimised, unscheduled module by the swept parameters.
pub fn split(module: &Module, swept: ParamSet) -> Result<SplitModule, SplitError> {
    let mut module = module.clone();
    without_plots(&mut module);
    let module = module.compacted()?;
    let mut cutter = Cutter::new(&module, swept)?;
    let roots = signal_roots(&module, &cutter.stages);
    let signal = roots
        .iter()
        .fold(ParamSet::default(), |all, id| all.union(cutter.set(*id)));
    let cut = cutter.cuts(&roots, signal)?;
    let last = cutter.rebuilt(module.clone(), &cut)?;
    let mut stages = Vec::new();
    // What stages need of smaller sets is found on the way: those with more parameters come first.
    while let Some((set, nodes)) = cutter.take_largest() {
        let cut = cutter.cuts(&nodes, set)?;
        let columns = nodes.iter().map(|id| cutter.number[id]).collect();
        let stage = cutter.rebuilt(columns_only(&module, &nodes), &cut)?;
        stages.push(StageModule {
            module: stage,
            params: set,
            columns,
        });
    }
    stages.reverse();
    Ok(SplitModule {
        stages,
        last,
        signal,
    })
}

struct Cutter<'m> {
    module: &'m Module,
    sets: ParamSets,
    swept: ParamSet,
    stages: Vec<Stage>,
    /// Nodes whose value depends on the index of a fold around them.
    indexed: Vec<bool>,
    weight: Vec<u32>,
    /// Nodes that become columns, with their numbers.
    number: BTreeMap<ValueId, u16>,
    /// Those whose stage has not been made yet, by set; sets with more parameters last.
    waiting: BTreeMap<(usize, ParamSet), Vec<ValueId>>,
}

impl<'m> Cutter<'m> {
    fn new(module: &'m Module, swept: ParamSet) -> Result<Self, SplitError> {
        let order = module.evaluation_order(&module.roots(), |_| 0)?;
        let free = module.free_indices(&order);
        let mut cutter = Self {
            sets: ParamSets::new(module),
            swept,
            stages: module.stages(),
            indexed: free.iter().map(|f| !f.is_empty()).collect(),
            weight: vec![0; module.nodes.len()],
            number: BTreeMap::new(),
            waiting: BTreeMap::new(),
            module,
        };
        for &id in &order {
            cutter.weight[id.index()] = cutter.weigh(id);
        }
        Ok(cutter)
    }

    fn set(&self, id: ValueId) -> ParamSet {
        self.sets.get(id).intersection(self.swept)
    }

    fn weigh(&self, id: ValueId) -> u32 {
        let op = self.module.node(id).op;
        let own = match op {
            Op::Unary(
                UnaryOp::Neg
                | UnaryOp::Abs
                | UnaryOp::Not
                | UnaryOp::ToFloat
                | UnaryOp::IsFinite
                | UnaryOp::Sign,
                _,
            )
            | Op::Cmp(..)
            | Op::Select(..) => 1,
            Op::Binary(BinaryOp::Pow | BinaryOp::Atan2 | BinaryOp::Mod, ..) | Op::Unary(..) => {
                HEAVY
            }
            Op::Binary(BinaryOp::Div, ..) => 2,
            Op::Binary(..) => 1,
            Op::Hist { .. } => 0,
            Op::Rec { .. }
            | Op::Prev { .. }
            | Op::Window { .. }
            | Op::Fold { .. }
            | Op::Current(_) => HEAVY,
            _ => return 0,
        };
        if self.stages[id.index()] == Stage::Run {
            return 0;
        }
        let mut sum = own;
        self.module
            .each_instant_operand(id, |v| sum = (sum + self.weight[v.index()]).min(HEAVY));
        sum
    }

    /// A past value is best read from the column of the value itself.
    fn is_past(&self, id: ValueId) -> bool {
        matches!(self.module.node(id).op, Op::Hist { n, .. } if self.stages[n.index()] == Stage::Run)
    }

    /// The nodes below `roots` where a part that depends on `whole` ends and columns begin.
    fn cuts(&mut self, roots: &[ValueId], whole: ParamSet) -> Result<Vec<ValueId>, SplitError> {
        let mut seen = vec![false; self.module.nodes.len()];
        let mut pending = roots.to_vec();
        let mut cuts = Vec::new();
        while let Some(id) = pending.pop() {
            if std::mem::replace(&mut seen[id.index()], true)
                || self.stages[id.index()] != Stage::Signal
            {
                continue;
            }
            let set = self.set(id);
            let cut = set != whole
                && set.is_within(whole)
                && self.module.node(id).frame == FrameId(0)
                && !self.indexed[id.index()]
                && !self.is_past(id)
                && self.weight[id.index()] >= CHEAP;
            if cut {
                cuts.push(id);
            } else {
                self.module.node(id).op.each_operand(|v| pending.push(v));
            }
        }
        cuts.sort_unstable();
        for &id in &cuts {
            if self.number.contains_key(&id) {
                continue;
            }
            let next = self.number.len();
            let number = u16::try_from(next).map_err(|_| SplitError::TooMany(next))?;
            self.number.insert(id, number);
            let set = self.set(id);
            self.waiting.entry((set.len(), set)).or_default().push(id);
        }
        Ok(cuts)
    }

    fn take_largest(&mut self) -> Option<(ParamSet, Vec<ValueId>)> {
        self.waiting
            .pop_last()
            .map(|((_, set), nodes)| (set, nodes))
    }

    /// The module with columns in place of the cut nodes.
    fn rebuilt(&self, mut module: Module, cut: &[ValueId]) -> Result<Module, SplitError> {
        for id in cut {
            let field = Op::Field(Column::Cross(self.number[id]));
            match module.node(*id).ty {
                Ty::F64 => module.nodes[id.index()].op = field,
                Ty::Bool => {
                    let field = module.push(plain(field));
                    let zero = module.push(plain(Op::Const(0.0)));
                    module.nodes[id.index()].op = Op::Cmp(CmpOp::Ne, field, zero);
                }
            }
        }
        let mut module = module.compacted()?;
        let used = module.nodes.iter().filter_map(|n| match n.op {
            Op::Field(column @ Column::Cross(_)) => Some(column),
            _ => None,
        });
        let mut used: Vec<Column> = used.collect();
        used.sort_unstable();
        used.dedup();
        if let Some(frame) = module.frames.first_mut() {
            frame.columns.extend(used);
        }
        verify(&module)?;
        Ok(module)
    }
}

fn plain(op: Op) -> Node {
    Node {
        op,
        ty: Ty::F64,
        frame: FrameId(0),
    }
}

/// What the signal phase is asked for: flags, values, and what later phases read of it.
fn signal_roots(module: &Module, stages: &[Stage]) -> Vec<ValueId> {
    let mut roots: Vec<ValueId> = module.flags.iter().map(|f| f.1).collect();
    roots.extend(module.values.iter().map(|v| v.1));
    let signal = |v: &ValueId| stages[v.index()] == Stage::Signal;
    let late = module
        .position_flags
        .iter()
        .chain(&module.position_values)
        .chain(&module.bracket_values);
    roots.extend(late.copied().filter(signal));
    for (node, stage) in module.nodes.iter().zip(stages) {
        if *stage > Stage::Signal {
            node.op.each_operand(|v| {
                if signal(&v) {
                    roots.push(v);
                }
            });
        }
    }
    roots.sort_unstable();
    roots.dedup();
    roots
}

/// A module that yields these nodes as value columns and nothing else.
fn columns_only(module: &Module, nodes: &[ValueId]) -> Module {
    let mut stage = Module {
        name: module.name.clone(),
        frames: module.frames.clone(),
        session: module.session.clone(),
        params: module.params.clone(),
        nodes: module.nodes.clone(),
        ..Module::default()
    };
    let zero = stage.push(plain(Op::Const(0.0)));
    for &id in nodes {
        let value = match stage.node(id).ty {
            Ty::F64 => id,
            Ty::Bool => stage.push(plain(Op::Unary(UnaryOp::ToFloat, id))),
        };
        let spec = OutputSpec {
            name: format!("_{}", id.0),
            unit: Unit::Other,
        };
        stage.values.push((spec, value));
        stage.lookback.push(zero);
    }
    stage
}

/// Drops plots and alerts, the values that only they show, and what makes the flags that only they raise.
fn without_plots(module: &mut Module) {
    module.plots.clear();
    module.alerts.clear();
    let mut used = vec![false; module.values.len()];
    let mut bits = 0u64;
    module.plan.each_value_mut(&mut |value| {
        if let Value::Out(Phase::Signal, i) = value
            && let Some(used) = used.get_mut(usize::from(*i))
        {
            *used = true;
        }
    });
    for cond in conditions(&module.plan) {
        if cond.phase == Phase::Signal {
            bits |= 1 << cond.bit;
        }
    }
    let mut number = Vec::with_capacity(used.len());
    let mut next = 0u16;
    for &used in &used {
        number.push(next);
        next += u16::from(used);
    }
    module.plan.each_value_mut(&mut |value| {
        if let Value::Out(Phase::Signal, i) = value
            && let Some(new) = number.get(usize::from(*i))
        {
            *i = *new;
        }
    });
    let mut keep = used.iter();
    module
        .values
        .retain(|_| keep.next().copied().unwrap_or(true));
    let mut keep = used.iter();
    module
        .lookback
        .retain(|_| keep.next().copied().unwrap_or(true));
    if bits.count_ones() as usize == module.flags.len() {
        return;
    }
    let never = module.push(Node {
        op: Op::Bool(false),
        ty: Ty::Bool,
        frame: FrameId(0),
    });
    for (bit, flag) in module.flags.iter_mut().enumerate() {
        if bit < 64 && bits >> bit & 1 == 0 {
            flag.1 = never;
        }
    }
}

fn conditions(plan: &OrderPlan) -> Vec<sixbtc_abi::Cond> {
    use sixbtc_abi::ExitTrigger;
    let when = |t: &ExitTrigger| match t {
        ExitTrigger::When { cond, .. } => Some(*cond),
        _ => None,
    };
    let mut all: Vec<_> = plan.entries.iter().map(|e| e.when).collect();
    all.extend(plan.exits.iter().filter_map(|e| when(&e.trigger)));
    all.extend(
        plan.entries
            .iter()
            .flat_map(|e| &e.bracket.exits)
            .filter_map(when),
    );
    all
}
