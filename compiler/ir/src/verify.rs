//! Is a module well formed? Run on what the lowering makes and, in debug builds, between passes.

use crate::graph::InstantCycle;
use crate::module::{FrameId, Module, Ty, ValueId};
use crate::op::{BinaryOp, FoldKind, Op, UnaryOp};
use crate::stage::{Stage, StageError};
use sixbtc_abi::{
    Bracket, Cond, Distance, EntryOrder, ExitTrigger, Level, OrderPlan, Phase, Sizing, Value,
};

/// What is wrong with a module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No frame at all.
    #[error("there is no frame")]
    NoFrame,
    /// An operand or output that does not exist.
    #[error("%{} does not exist (named by {by})", .id.0)]
    Missing {
        /// The id.
        id: ValueId,
        /// Who names it.
        by: String,
    },
    /// An operand with a higher id.
    #[error("%{} reads %{}, which comes later", .node.0, .operand.0)]
    LaterOperand {
        /// The reader.
        node: ValueId,
        /// What it reads.
        operand: ValueId,
    },
    /// A node, operand or output of the wrong type.
    #[error("%{} is {found:?} where {by} needs {expected:?}", .id.0)]
    Type {
        /// The id.
        id: ValueId,
        /// Who reads or makes it.
        by: String,
        /// Needed type.
        expected: Ty,
        /// Type it has.
        found: Ty,
    },
    /// A node reads a node of another frame without `Current`, or stands on a frame that does not exist.
    #[error("%{} is on frame {frame} but reads %{} of another", .node.0, .operand.0)]
    Frame {
        /// The reader.
        node: ValueId,
        /// Its frame.
        frame: u16,
        /// What it reads.
        operand: ValueId,
    },
    /// A node names a frame, column or parameter that the module does not have.
    #[error("%{} names a {what} that does not exist", .node.0)]
    Unknown {
        /// The node.
        node: ValueId,
        /// Frame, column or parameter.
        what: &'static str,
    },
    /// A `Prev` of something that is not a recurrence, or a fold over something that is not an index.
    #[error("%{} wants %{} to be {wants}", .node.0, .operand.0)]
    Kind {
        /// The reader.
        node: ValueId,
        /// What it reads.
        operand: ValueId,
        /// What that should be.
        wants: &'static str,
    },
    /// Two folds with one index.
    #[error("the index %{} belongs to two folds", .0.0)]
    SharedIndex(ValueId),
    /// Memory of something that depends on the index of a fold.
    #[error("%{} remembers what depends on the index of a fold", .0.0)]
    IndexInMemory(ValueId),
    /// An index used outside its fold.
    #[error("%{} uses the index of a fold outside the fold", .0.0)]
    IndexEscapes(ValueId),
    /// A bound of 0 where at least 1 is needed.
    #[error("%{} has no room: its bound is 0", .0.0)]
    NoRoom(ValueId),
    /// A cycle without delay.
    #[error(transparent)]
    Cycle(#[from] InstantCycle),
    /// Something is known too late.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// More than 64 flags in a phase.
    #[error("{0} flags in one phase, more than 64")]
    TooManyFlags(usize),
    /// `lookback` and `values` differ in length.
    #[error("{lookback} lookbacks for {values} values")]
    Lookback {
        /// Number of values.
        values: usize,
        /// Number of lookbacks.
        lookback: usize,
    },
    /// The plan, an alert or a plot refers to an output that does not exist.
    #[error("{0} refers to an output that does not exist")]
    Plan(String),
}

/// Checks everything that the later stages assume.
pub fn verify(module: &Module) -> Result<(), VerifyError> {
    if module.frames.is_empty() {
        return Err(VerifyError::NoFrame);
    }
    names(module)?;
    outputs(module)?;
    let stages = module.stages();
    for at in 0..module.nodes.len() {
        let id = ValueId(at as u32);
        types(module, id)?;
        frames(module, id, &stages)?;
    }
    let order = module.evaluation_order(&module.roots(), |_| 0)?;
    indices(module, &order)?;
    module.check_stages(&stages, &order)?;
    plan(module)
}

/// Ids in range and in order, names of frames, columns and parameters known.
fn names(module: &Module) -> Result<(), VerifyError> {
    let mut owner = vec![false; module.nodes.len()];
    for (at, node) in module.nodes.iter().enumerate() {
        let id = ValueId(at as u32);
        let mut bad = Ok(());
        let next = match node.op {
            Op::Rec { next, .. } => Some(next),
            _ => None,
        };
        let mut seen = 0;
        node.op.each_operand(|v| {
            seen += 1;
            let is_next = next.is_some() && seen == 3;
            if v.index() >= module.nodes.len() {
                bad = Err(VerifyError::Missing {
                    id: v,
                    by: format!("%{at}"),
                });
            } else if v >= id && !is_next && bad.is_ok() {
                bad = Err(VerifyError::LaterOperand {
                    node: id,
                    operand: v,
                });
            }
        });
        bad?;
        let Some(frame) = module.frames.get(node.frame.0 as usize) else {
            return Err(VerifyError::Unknown {
                node: id,
                what: "frame",
            });
        };
        match node.op {
            Op::Field(column) if !frame.columns.contains(&column) => {
                return Err(VerifyError::Unknown {
                    node: id,
                    what: "column",
                });
            }
            Op::Param(p) if usize::from(p) >= module.params.len() => {
                return Err(VerifyError::Unknown {
                    node: id,
                    what: "parameter",
                });
            }
            Op::Prev { rec, .. } if !matches!(module.node(rec).op, Op::Rec { .. }) => {
                return Err(VerifyError::Kind {
                    node: id,
                    operand: rec,
                    wants: "a recurrence",
                });
            }
            Op::Fold { var, .. } => {
                if module.node(var).op != Op::FoldVar {
                    return Err(VerifyError::Kind {
                        node: id,
                        operand: var,
                        wants: "an index",
                    });
                }
                if std::mem::replace(&mut owner[var.index()], true) {
                    return Err(VerifyError::SharedIndex(var));
                }
            }
            _ => {}
        }
        if let Op::Prev { max: 0, .. } | Op::Window { max: 0, .. } = node.op {
            return Err(VerifyError::NoRoom(id));
        }
    }
    Ok(())
}

/// Outputs exist and have their types.
fn outputs(module: &Module) -> Result<(), VerifyError> {
    let lists: [(&str, Ty, Vec<ValueId>); 9] = [
        (
            "require",
            Ty::Bool,
            module.requires.iter().map(|r| r.1).collect(),
        ),
        (
            "a flag",
            Ty::Bool,
            module.flags.iter().map(|r| r.1).collect(),
        ),
        (
            "a value",
            Ty::F64,
            module.values.iter().map(|r| r.1).collect(),
        ),
        ("a lookback", Ty::F64, module.lookback.clone()),
        ("a position flag", Ty::Bool, module.position_flags.clone()),
        ("a position value", Ty::F64, module.position_values.clone()),
        ("a bracket value", Ty::F64, module.bracket_values.clone()),
        ("a scalar", Ty::F64, module.scalars.clone()),
        ("the warm-up", Ty::F64, module.warmup.into_iter().collect()),
    ];
    for (by, expected, ids) in lists {
        for id in ids {
            let Some(node) = module.nodes.get(id.index()) else {
                return Err(VerifyError::Missing {
                    id,
                    by: by.to_owned(),
                });
            };
            if node.ty != expected {
                return Err(VerifyError::Type {
                    id,
                    by: by.to_owned(),
                    expected,
                    found: node.ty,
                });
            }
        }
    }
    for flags in [module.flags.len(), module.position_flags.len()] {
        if flags > 64 {
            return Err(VerifyError::TooManyFlags(flags));
        }
    }
    if module.lookback.len() != module.values.len() {
        return Err(VerifyError::Lookback {
            values: module.values.len(),
            lookback: module.lookback.len(),
        });
    }
    Ok(())
}

/// Operand and result types.
fn types(module: &Module, id: ValueId) -> Result<(), VerifyError> {
    let node = module.node(id);
    let by = || format!("%{}", id.0);
    let want = |v: ValueId, expected: Ty| {
        let found = module.node(v).ty;
        if found == expected {
            Ok(())
        } else {
            Err(VerifyError::Type {
                id: v,
                by: by(),
                expected,
                found,
            })
        }
    };
    let number = |v: ValueId| want(v, Ty::F64);
    let truth = |v: ValueId| want(v, Ty::Bool);
    let result = match node.op {
        Op::Const(_)
        | Op::Param(_)
        | Op::Field(_)
        | Op::Row
        | Op::FoldVar
        | Op::Position(_)
        | Op::Entry => Ty::F64,
        Op::Bool(_) => Ty::Bool,
        Op::Unary(UnaryOp::Not, a) => {
            truth(a)?;
            Ty::Bool
        }
        Op::Unary(UnaryOp::ToFloat, a) => {
            truth(a)?;
            Ty::F64
        }
        Op::Unary(op, a) => {
            number(a)?;
            if op == UnaryOp::IsFinite {
                Ty::Bool
            } else {
                Ty::F64
            }
        }
        Op::Binary(BinaryOp::And | BinaryOp::Or | BinaryOp::Xor, a, b) => {
            truth(a)?;
            truth(b)?;
            Ty::Bool
        }
        Op::Binary(_, a, b) => {
            number(a)?;
            number(b)?;
            Ty::F64
        }
        Op::Cmp(_, a, b) => {
            number(a)?;
            number(b)?;
            Ty::Bool
        }
        Op::Fma(a, b, c) => {
            number(a)?;
            number(b)?;
            number(c)?;
            Ty::F64
        }
        Op::Select(c, a, b) => {
            truth(c)?;
            want(a, node.ty)?;
            want(b, node.ty)?;
            node.ty
        }
        Op::Hist { x, n, .. } => {
            number(n)?;
            module.node(x).ty
        }
        Op::Rec { init, start, next } => {
            number(start)?;
            want(init, node.ty)?;
            want(next, node.ty)?;
            node.ty
        }
        Op::Prev { rec, n, .. } => {
            number(n)?;
            module.node(rec).ty
        }
        Op::Window { x, k, n, .. } => {
            number(x)?;
            number(k)?;
            number(n)?;
            Ty::F64
        }
        Op::Fold {
            kind,
            var: _,
            lo,
            hi,
            body,
            ..
        } => {
            number(lo)?;
            number(hi)?;
            match kind {
                FoldKind::Sum | FoldKind::Max | FoldKind::Min => number(body)?,
                FoldKind::All | FoldKind::Any | FoldKind::Count => truth(body)?,
            }
            if matches!(kind, FoldKind::All | FoldKind::Any) {
                Ty::Bool
            } else {
                Ty::F64
            }
        }
        Op::Current(x) => module.node(x).ty,
    };
    if result == node.ty {
        Ok(())
    } else {
        Err(VerifyError::Type {
            id,
            by: "its operation".into(),
            expected: result,
            found: node.ty,
        })
    }
}

/// Frames meet in `Current` alone; what is fixed for the run and the index of a fold may be read anywhere.
fn frames(module: &Module, id: ValueId, stages: &[Stage]) -> Result<(), VerifyError> {
    let node = module.node(id);
    let clash = |operand: ValueId| {
        Err(VerifyError::Frame {
            node: id,
            frame: node.frame.0,
            operand,
        })
    };
    if let Op::Current(x) = node.op {
        // what is fixed stands on frame 0, or has no business here
        return if node.frame == FrameId(0) && module.node(x).frame != FrameId(0) {
            Ok(())
        } else {
            clash(x)
        };
    }
    if matches!(node.op, Op::Position(_) | Op::Entry) && node.frame != FrameId(0) {
        return clash(id);
    }
    let mut bad = Ok(());
    node.op.each_operand(|v| {
        let other = module.node(v);
        if other.frame != node.frame
            && stages[v.index()] != Stage::Run
            && other.op != Op::FoldVar
            && bad.is_ok()
        {
            bad = clash(v);
        }
    });
    bad
}

/// Indices stay in their folds and out of memory.
fn indices(module: &Module, order: &[ValueId]) -> Result<(), VerifyError> {
    let free = module.free_indices(order);
    for &id in order {
        let depends = |v: ValueId| !free[v.index()].is_empty();
        match module.node(id).op {
            Op::Hist { x, .. } if depends(x) => return Err(VerifyError::IndexInMemory(id)),
            Op::Rec { .. } | Op::Prev { .. } | Op::Window { .. } | Op::Current(_)
                if depends(id) =>
            {
                return Err(VerifyError::IndexInMemory(id));
            }
            _ => {}
        }
    }
    match module
        .roots()
        .into_iter()
        .find(|r| !free[r.index()].is_empty())
    {
        Some(root) => Err(VerifyError::IndexEscapes(root)),
        None => Ok(()),
    }
}

/// Everything the plan, the plots and the alerts refer to exists.
fn plan(module: &Module) -> Result<(), VerifyError> {
    let cond = |c: Cond, what: &str| {
        let there = match c.phase {
            Phase::Signal => module.flags.len(),
            Phase::Position => module.position_flags.len(),
            Phase::Bracket => 0,
        };
        if usize::from(c.bit) < there {
            Ok(())
        } else {
            Err(VerifyError::Plan(what.to_owned()))
        }
    };
    let value = |v: Value, what: &str| {
        let there = match v {
            Value::Const(_) => return Ok(()),
            Value::Scalar(at) => usize::from(at) < module.scalars.len(),
            Value::Out(Phase::Signal, at) => usize::from(at) < module.values.len(),
            Value::Out(Phase::Position, at) => usize::from(at) < module.position_values.len(),
            Value::Out(Phase::Bracket, at) => usize::from(at) < module.bracket_values.len(),
        };
        if there {
            Ok(())
        } else {
            Err(VerifyError::Plan(what.to_owned()))
        }
    };
    each_plan_reference(&module.plan, &cond, &value)?;
    if module
        .plots
        .iter()
        .any(|p| usize::from(*p) >= module.values.len())
    {
        return Err(VerifyError::Plan("a plot".into()));
    }
    if module
        .alerts
        .iter()
        .any(|a| usize::from(a.1) >= module.flags.len())
    {
        return Err(VerifyError::Plan("an alert".into()));
    }
    Ok(())
}

/// Calls `cond` and `value` for everything in a plan that names an output, with what it is for.
fn each_plan_reference<E>(
    plan: &OrderPlan,
    cond: &dyn Fn(Cond, &str) -> Result<(), E>,
    value: &dyn Fn(Value, &str) -> Result<(), E>,
) -> Result<(), E> {
    let level = |l: &Level, what: &str| match *l {
        Level::Percent(v) | Level::Price(v) | Level::Risk(v) => value(v, what),
    };
    let distance = |d: &Distance, what: &str| match *d {
        Distance::Percent(v) | Distance::Price(v) | Distance::Risk(v) => value(v, what),
    };
    let sizing = |s: &Sizing, what: &str| match *s {
        Sizing::Risk(v) | Sizing::Equity(v) | Sizing::Units(v) | Sizing::Notional(v) => {
            value(v, what)
        }
        Sizing::TargetVol { target, vol } => {
            value(target, what)?;
            value(vol, what)
        }
    };
    let trigger = |t: &ExitTrigger, what: &str| match *t {
        ExitTrigger::When { cond: c, .. } => cond(c, what),
        ExitTrigger::After(v) | ExitTrigger::At(v) => value(v, what),
    };
    let legs = |b: &Bracket, what: &str| {
        b.stops.iter().try_for_each(|l| level(l, what))?;
        b.breakeven.iter().try_for_each(|d| distance(d, what))?;
        for target in &b.targets {
            level(&target.level, what)?;
            target.closing.map_or(Ok(()), |v| value(v, what))?;
        }
        if let Some(trail) = &b.trail {
            distance(&trail.distance, what)?;
            trail.after.iter().try_for_each(|d| distance(d, what))?;
        }
        b.exits.iter().try_for_each(|t| trigger(t, what))
    };
    for entry in &plan.entries {
        let what = format!("entry `{}`", entry.tag);
        cond(entry.when, &what)?;
        match entry.order {
            EntryOrder::Market => {}
            EntryOrder::Limit { price, bars } | EntryOrder::Stop { price, bars } => {
                value(price, &what)?;
                value(bars, &what)?;
            }
        }
        entry.size.iter().try_for_each(|s| sizing(s, &what))?;
        legs(&entry.bracket, &what)?;
    }
    plan.exits
        .iter()
        .try_for_each(|e| trigger(&e.trigger, "an exit"))?;
    plan.size.iter().try_for_each(|s| sizing(s, "the size"))?;
    let limits = &plan.limits;
    let single = [
        limits.leverage,
        limits.pyramid,
        limits.cooldown,
        limits.trades.map(|t| t.0),
    ];
    single
        .into_iter()
        .flatten()
        .try_for_each(|v| value(v, "a limit"))?;
    limits
        .pyramid_every
        .iter()
        .try_for_each(|d| distance(d, "a limit"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::module::Node;
    use crate::testing::{Rng, Size, random_module};
    use sixbtc_abi::{Column, FrameSpec, OutputSpec, Unit};

    fn module() -> Module {
        let frame = |period_ms| FrameSpec {
            symbol: None,
            period_ms,
            columns: vec![Column::Close],
        };
        Module {
            frames: vec![frame(60_000), frame(300_000)],
            ..Module::default()
        }
    }

    fn number(m: &mut Module, frame: u16, op: Op) -> ValueId {
        m.push(Node {
            op,
            ty: Ty::F64,
            frame: FrameId(frame),
        })
    }

    fn output(m: &mut Module, id: ValueId) {
        let zero = number(m, 0, Op::Const(0.0));
        m.values.push((
            OutputSpec {
                name: "v".into(),
                unit: Unit::Number,
            },
            id,
        ));
        m.lookback.push(zero);
    }

    #[test]
    fn random_modules_are_well_formed() {
        for seed in 0..300 {
            let m = random_module(&mut Rng::new(seed), &Size::default());
            verify(&m).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        }
    }

    #[test]
    fn a_loop_without_delay_is_found() {
        let mut m = module();
        let one = number(&mut m, 0, Op::Const(1.0));
        let rec = number(
            &mut m,
            0,
            Op::Rec {
                init: one,
                start: one,
                next: one,
            },
        );
        let next = number(&mut m, 0, Op::Binary(BinaryOp::Add, rec, one));
        m.nodes[rec.index()].op = Op::Rec {
            init: one,
            start: one,
            next,
        };
        output(&mut m, rec);
        assert!(matches!(verify(&m), Err(VerifyError::Cycle(_))));
    }

    #[test]
    fn frames_meet_in_current_only() {
        let mut m = module();
        let close = number(&mut m, 0, Op::Field(Column::Close));
        let slow = number(&mut m, 1, Op::Field(Column::Close));
        let mixed = number(&mut m, 0, Op::Binary(BinaryOp::Sub, close, slow));
        output(&mut m, mixed);
        assert!(matches!(verify(&m), Err(VerifyError::Frame { .. })));
        let mut m = module();
        let close = number(&mut m, 0, Op::Field(Column::Close));
        let same = number(&mut m, 0, Op::Current(close));
        output(&mut m, same);
        assert!(matches!(verify(&m), Err(VerifyError::Frame { .. })));
    }

    #[test]
    fn types_order_and_names_are_checked() {
        let mut m = module();
        let close = number(&mut m, 0, Op::Field(Column::Close));
        m.push(Node {
            op: Op::Unary(UnaryOp::Not, close),
            ty: Ty::Bool,
            frame: FrameId(0),
        });
        assert!(matches!(verify(&m), Err(VerifyError::Type { .. })));
        let mut m = module();
        number(&mut m, 0, Op::Unary(UnaryOp::Neg, ValueId(1)));
        number(&mut m, 0, Op::Row);
        assert!(matches!(verify(&m), Err(VerifyError::LaterOperand { .. })));
        let mut m = module();
        number(&mut m, 0, Op::Field(Column::Volume));
        assert_eq!(
            verify(&m),
            Err(VerifyError::Unknown {
                node: ValueId(0),
                what: "column"
            })
        );
    }

    #[test]
    fn lengths_of_windows_are_fixed_for_the_run() {
        let mut m = module();
        let close = number(&mut m, 0, Op::Field(Column::Close));
        let kind = crate::op::WindowKind::Sum;
        let w = number(
            &mut m,
            0,
            Op::Window {
                kind,
                x: close,
                k: close,
                n: close,
                max: 3,
                exact: false,
            },
        );
        output(&mut m, w);
        assert!(matches!(
            verify(&m),
            Err(VerifyError::Stage(StageError::NotFixed { .. }))
        ));
    }

    #[test]
    fn indices_stay_in_their_folds() {
        let mut m = module();
        let i = number(&mut m, 0, Op::FoldVar);
        output(&mut m, i);
        assert_eq!(verify(&m), Err(VerifyError::IndexEscapes(i)));
        let mut m = module();
        let close = number(&mut m, 0, Op::Field(Column::Close));
        let i = number(&mut m, 0, Op::FoldVar);
        let product = number(&mut m, 0, Op::Binary(BinaryOp::Mul, close, i));
        let late = number(
            &mut m,
            0,
            Op::Hist {
                x: product,
                n: i,
                max: 2,
            },
        );
        let sum = number(
            &mut m,
            0,
            Op::Fold {
                kind: FoldKind::Sum,
                var: i,
                lo: close,
                hi: close,
                max: 2,
                body: late,
            },
        );
        output(&mut m, sum);
        assert_eq!(verify(&m), Err(VerifyError::IndexInMemory(late)));
    }

    #[test]
    fn the_plan_names_outputs_that_exist() {
        let mut m = module();
        m.plan.size = Some(Sizing::Risk(Value::Scalar(0)));
        assert_eq!(verify(&m), Err(VerifyError::Plan("the size".into())));
    }
}
