//! From a module to a program: dead nodes out, every node into its phase and an order of evaluation.

use sbt_ir::{
    FrameId, InstantCycle, Module, Node, Op, Program, Stage, StageError, Ty, UnaryOp, ValueId,
};
use sixbtc_abi::{Column, OutputSpec, Unit};

/// Why a module cannot be scheduled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A node needs its own value.
    #[error(transparent)]
    Cycle(#[from] InstantCycle),
    /// A node stands in a stage where it cannot be evaluated.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The index of a fold is used outside it.
    #[error("%{} uses the index of a fold outside the fold", .0.0)]
    IndexEscapes(ValueId),
    /// More signal values than the plan can name.
    #[error("{0} signal values, more than {max}", max = u16::MAX)]
    TooManyValues(usize),
}

/// Makes a verified module ready for the backends. Unreachable nodes go; the rest is renumbered in an order of evaluation
/// that keeps live ranges short; signal nodes that the position and bracket phases read become hidden signal values.
pub fn schedule(module: Module) -> Result<Program, ScheduleError> {
    let mut module = module;
    let position_time = export_nodes(&mut module)?;
    let module = module.compacted()?;
    let roots = module.roots();
    let order = ordered(&module)?;
    let stages = module.stages();
    module.check_stages(&stages, &order)?;
    let free = module.free_indices(&order);
    if let Some(&root) = roots.iter().find(|r| !free[r.index()].is_empty()) {
        return Err(ScheduleError::IndexEscapes(root));
    }
    let mut program = Program {
        signal: vec![Vec::new(); module.frames.len().max(1)],
        position_time,
        ..Program::default()
    };
    let mut fold_of = vec![None; module.nodes.len()];
    for &id in &order {
        if let Op::Fold { var, .. } = module.node(id).op {
            fold_of[var.index()] = Some(program.folds.len());
            program.folds.push((id, Vec::new()));
        }
    }
    for &id in &order {
        if module.node(id).op == Op::FoldVar {
            continue;
        }
        if let Some(inner) = free[id.index()].last() {
            let fold = fold_of[inner.index()].ok_or(ScheduleError::IndexEscapes(id))?;
            program.folds[fold].1.push(id);
            continue;
        }
        match stages[id.index()] {
            Stage::Run => program.run.push(id),
            Stage::Signal => program.signal[module.node(id).frame.0 as usize].push(id),
            Stage::Position => program.position.push(id),
            Stage::Bracket => program.bracket.push(id),
        }
    }
    for id in read_later(&module, &order, &stages) {
        let column = column_of(&module, id).ok_or(ScheduleError::IndexEscapes(id))?;
        program.exports.push((id, column));
    }
    program.stages = stages;
    program.module = module;
    Ok(program)
}

/// Signal-stage nodes that nodes or outputs of a later stage read, once each.
fn read_later(module: &Module, order: &[ValueId], stages: &[Stage]) -> Vec<ValueId> {
    let signal = |v: ValueId| stages[v.index()] == Stage::Signal;
    let mut read = Vec::new();
    for &id in order {
        if stages[id.index()] > Stage::Signal {
            module.node(id).op.each_operand(|v| {
                if signal(v) {
                    read.push(v);
                }
            });
        }
    }
    let outputs = module
        .position_flags
        .iter()
        .chain(&module.position_values)
        .chain(&module.bracket_values);
    read.extend(outputs.copied().filter(|&v| signal(v)));
    read.sort_unstable();
    read.dedup();
    read
}

/// The signal value that carries a node, if there is one.
fn column_of(module: &Module, id: ValueId) -> Option<u16> {
    let carries = |v: ValueId| v == id || module.node(v).op == Op::Unary(UnaryOp::ToFloat, id);
    module
        .values
        .iter()
        .position(|(_, v)| carries(*v))
        .and_then(|at| u16::try_from(at).ok())
}

/// Adds the hidden signal values. Returns the column of the open time if a position-phase window needs it.
fn export_nodes(module: &mut Module) -> Result<Option<u16>, ScheduleError> {
    let order = module.evaluation_order(&module.roots(), |_| 0)?;
    let stages = module.stages();
    let mut read = read_later(module, &order, &stages);
    let needs_time = order.iter().any(|id| {
        stages[id.index()] == Stage::Position
            && matches!(module.node(*id).op, Op::Window { kind, .. } if kind.is_anchored())
    });
    let time = needs_time.then(|| {
        if let Some(frame) = module.frames.first_mut()
            && !frame.columns.contains(&Column::Time)
        {
            frame.columns.push(Column::Time);
        }
        let known = order.iter().copied().find(|id| {
            let node = module.node(*id);
            node.op == Op::Field(Column::Time) && node.frame == FrameId(0)
        });
        known.unwrap_or_else(|| module.push(node(Op::Field(Column::Time), Ty::F64)))
    });
    if let Some(time) = time
        && !read.contains(&time)
    {
        read.push(time);
    }
    let mut hidden = 0;
    for id in read {
        if column_of(module, id).is_some() {
            continue;
        }
        let carrier = match module.node(id).ty {
            Ty::F64 => id,
            Ty::Bool => module.push(node(Op::Unary(UnaryOp::ToFloat, id), Ty::F64)),
        };
        let from_the_start = module.push(node(Op::Const(0.0), Ty::F64));
        module.values.push((
            OutputSpec {
                name: format!("_{hidden}"),
                unit: Unit::Other,
            },
            carrier,
        ));
        module.lookback.push(from_the_start);
        hidden += 1;
    }
    if module.values.len() > usize::from(u16::MAX) {
        return Err(ScheduleError::TooManyValues(module.values.len()));
    }
    Ok(time.and_then(|id| column_of(module, id)))
}

fn node(op: Op, ty: Ty) -> Node {
    Node {
        op,
        ty,
        frame: FrameId(0),
    }
}

/// An evaluation order with short live ranges: of two operands the one that needs more registers comes first
/// (Sethi and Ullman's rule, a shared node counted at each use).
fn ordered(module: &Module) -> Result<Vec<ValueId>, InstantCycle> {
    let roots = module.roots();
    let plain = module.evaluation_order(&roots, |_| 0)?;
    let mut need = vec![0u32; module.nodes.len()];
    for &id in &plain {
        let mut needs = Vec::new();
        module.each_instant_operand(id, |v| needs.push(need[v.index()]));
        needs.sort_unstable_by(|a, b| b.cmp(a));
        need[id.index()] = needs
            .iter()
            .zip(0u32..)
            .map(|(n, held)| n + held)
            .max()
            .unwrap_or(0)
            .max(1);
    }
    module.evaluation_order(&roots, |v| need[v.index()])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use sbt_ir::{BinaryOp, CmpOp, FoldKind, PositionField};
    use sixbtc_abi::FrameSpec;

    fn module() -> Module {
        let columns = vec![Column::Close];
        Module {
            frames: vec![FrameSpec {
                symbol: None,
                period_ms: 60_000,
                columns,
            }],
            ..Module::default()
        }
    }

    fn f64_node(m: &mut Module, op: Op) -> ValueId {
        m.push(node(op, Ty::F64))
    }

    #[test]
    fn a_recurrence_is_scheduled_after_what_it_reads_and_its_delayed_read_before() {
        let mut m = module();
        let close = f64_node(&mut m, Op::Field(Column::Close));
        let one = f64_node(&mut m, Op::Const(1.0));
        let dead = f64_node(&mut m, Op::Row);
        let rec = f64_node(
            &mut m,
            Op::Rec {
                init: close,
                start: one,
                next: close,
            },
        );
        let prev = f64_node(
            &mut m,
            Op::Prev {
                rec,
                n: one,
                max: 1,
            },
        );
        let next = f64_node(&mut m, Op::Binary(BinaryOp::Add, prev, close));
        m.nodes[rec.index()].op = Op::Rec {
            init: close,
            start: one,
            next,
        };
        m.values.push((
            OutputSpec {
                name: "x".into(),
                unit: Unit::Number,
            },
            rec,
        ));
        m.lookback.push(one);
        let p = schedule(m).unwrap();
        assert!(
            !p.module.nodes.contains(&node(Op::Row, Ty::F64)),
            "{dead:?} is dead"
        );
        let ops: Vec<Op> = p.signal[0].iter().map(|v| p.module.node(*v).op).collect();
        assert!(
            matches!(
                ops[..],
                [
                    Op::Prev { .. },
                    Op::Field(_),
                    Op::Binary(..),
                    Op::Rec { .. }
                ] | [
                    Op::Field(_),
                    Op::Prev { .. },
                    Op::Binary(..),
                    Op::Rec { .. }
                ]
            ),
            "{ops:?}"
        );
        assert_eq!(p.run.len(), 1);
    }

    #[test]
    fn later_phases_get_signal_nodes_through_hidden_columns() {
        let mut m = module();
        let close = f64_node(&mut m, Op::Field(Column::Close));
        let entry = f64_node(&mut m, Op::Position(PositionField::Entry));
        let fill = f64_node(&mut m, Op::Entry);
        let rises = m.push(node(Op::Cmp(CmpOp::Gt, close, close), Ty::Bool));
        let above = m.push(node(Op::Cmp(CmpOp::Gt, close, entry), Ty::Bool));
        let both = m.push(node(Op::Binary(BinaryOp::And, rises, above), Ty::Bool));
        let level = f64_node(&mut m, Op::Binary(BinaryOp::Sub, fill, close));
        m.position_flags.push(both);
        m.bracket_values.push(level);
        let p = schedule(m).unwrap();
        assert_eq!(p.module.values.len(), 2);
        assert_eq!(p.module.lookback.len(), 2);
        assert_eq!(p.exports.len(), 2);
        for (id, column) in &p.exports {
            let carrier = p.module.values[*column as usize].1;
            assert!(
                carrier == *id || p.module.node(carrier).op == Op::Unary(UnaryOp::ToFloat, *id)
            );
        }
        assert_eq!((p.position.len(), p.bracket.len()), (3, 2));
    }

    #[test]
    fn an_inner_folds_nodes_stand_in_its_own_list() {
        let mut m = module();
        let close = f64_node(&mut m, Op::Field(Column::Close));
        let zero = f64_node(&mut m, Op::Const(0.0));
        let three = f64_node(&mut m, Op::Const(3.0));
        let i = f64_node(&mut m, Op::FoldVar);
        let j = f64_node(&mut m, Op::FoldVar);
        let delayed = f64_node(
            &mut m,
            Op::Hist {
                x: close,
                n: i,
                max: 3,
            },
        );
        let product = f64_node(&mut m, Op::Binary(BinaryOp::Mul, delayed, j));
        let inner = f64_node(
            &mut m,
            Op::Fold {
                kind: FoldKind::Sum,
                var: j,
                lo: zero,
                hi: i,
                max: 3,
                body: product,
            },
        );
        let outer = f64_node(
            &mut m,
            Op::Fold {
                kind: FoldKind::Sum,
                var: i,
                lo: zero,
                hi: three,
                max: 3,
                body: inner,
            },
        );
        m.values.push((
            OutputSpec {
                name: "x".into(),
                unit: Unit::Number,
            },
            outer,
        ));
        m.lookback.push(zero);
        let p = schedule(m).unwrap();
        let kinds: Vec<usize> = p.folds.iter().map(|f| f.1.len()).collect();
        assert_eq!(p.folds.len(), 2);
        assert!(kinds.contains(&1) && kinds.contains(&2), "{:?}", p.folds);
        assert_eq!(p.signal[0].len(), 2, "close and the outer fold");
    }

    #[test]
    fn the_bracket_has_neither_memory_nor_the_position() {
        let mut m = module();
        let fill = f64_node(&mut m, Op::Entry);
        let one = f64_node(&mut m, Op::Const(1.0));
        let past = f64_node(
            &mut m,
            Op::Hist {
                x: fill,
                n: one,
                max: 1,
            },
        );
        m.bracket_values.push(past);
        assert!(matches!(
            schedule(m),
            Err(ScheduleError::Stage(StageError::BracketMemory(_)))
        ));
        let mut m = module();
        let fill = f64_node(&mut m, Op::Entry);
        let side = f64_node(&mut m, Op::Position(PositionField::Side));
        let both = f64_node(&mut m, Op::Binary(BinaryOp::Add, fill, side));
        m.bracket_values.push(both);
        assert!(matches!(
            schedule(m),
            Err(ScheduleError::Stage(StageError::BracketReadsPosition(_)))
        ));
    }
}
