//! Evaluation row by row with all history kept.

use super::scalar::{binary, canonical, compare, count, fma, indices, is_true, truth, unary};
use super::window::{Rows, window};
use crate::graph::InstantCycle;
use crate::module::{FrameId, Module, ValueId};
use crate::op::{FoldKind, Op, PositionField};
use crate::stage::Stage;
use sixbtc_abi::{Input, KernelError, PositionInputs};
use std::ops::Range;

/// What is known of a module before any row: stages, order, bodies of folds.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub stages: Vec<Stage>,
    /// Reachable nodes outside bodies of folds, operands first.
    pub order: Vec<ValueId>,
    /// By node: whether it depends on the index of a fold around it.
    local: Vec<bool>,
    /// By node: for a fold, the index-dependent nodes of its body, operands first.
    body: Vec<Vec<ValueId>>,
}

impl Plan {
    pub fn new(module: &Module) -> Result<Self, InstantCycle> {
        let all = module.evaluation_order(&module.roots(), |_| 0)?;
        let free = module.free_indices(&all);
        let mut body = vec![Vec::new(); module.nodes.len()];
        for &fold in &all {
            if let Op::Fold { var, .. } = module.node(fold).op {
                let inside = |id: &ValueId| {
                    module.node(*id).op != Op::FoldVar && free[id.index()].last() == Some(&var)
                };
                body[fold.index()] = all.iter().copied().filter(inside).collect();
            }
        }
        let local: Vec<bool> = free.iter().map(|f| !f.is_empty()).collect();
        let order = all.into_iter().filter(|id| !local[id.index()]).collect();
        Ok(Self {
            stages: module.stages(),
            order,
            local,
            body,
        })
    }

    /// Nodes of a stage (and frame) outside bodies of folds, operands first.
    pub fn nodes<'p>(
        &'p self,
        module: &'p Module,
        stage: Stage,
        frame: FrameId,
    ) -> impl Iterator<Item = ValueId> + 'p {
        let here = move |id: &ValueId| {
            self.stages[id.index()] == stage
                && (stage != Stage::Signal || module.node(*id).frame == frame)
        };
        self.order.iter().copied().filter(here)
    }
}

/// Values so far, all rows of them. One is used for the run and signal stages, one for the position stage.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// By frame: open times of the rows done.
    pub time: Vec<Vec<i64>>,
    /// By node: its value at each row done.
    pub columns: Vec<Vec<f64>>,
}

impl History {
    pub fn new(module: &Module) -> Self {
        Self {
            time: vec![Vec::new(); module.frames.len().max(1)],
            columns: vec![Vec::new(); module.nodes.len()],
        }
    }
}

/// What the row under way reads from outside.
#[derive(Clone, Copy)]
pub(super) struct Outside<'a> {
    pub params: &'a [f64],
    pub input: Option<(&'a Input<'a>, &'a [usize])>,
    pub position: Option<&'a PositionInputs>,
    pub entry: f64,
    /// By frame: confirmed rows.
    pub confirmed: &'a [usize],
}

/// Evaluates nodes.
pub(super) struct Machine<'a> {
    pub module: &'a Module,
    pub plan: &'a Plan,
    /// By node: values of the run stage.
    pub fixed: &'a [f64],
    pub outside: Outside<'a>,
    /// By node: values inside the folds under way.
    pub inside: Vec<f64>,
}

impl<'a> Machine<'a> {
    pub fn new(module: &'a Module, plan: &'a Plan, fixed: &'a [f64], outside: Outside<'a>) -> Self {
        Self {
            module,
            plan,
            fixed,
            outside,
            inside: vec![0.0; module.nodes.len()],
        }
    }

    /// Value of an operand at a row that is done or under way.
    fn at(&self, history: &History, id: ValueId, row: usize) -> f64 {
        if self.plan.local[id.index()] {
            self.inside[id.index()]
        } else if self.plan.stages[id.index()] == Stage::Run {
            self.fixed[id.index()]
        } else {
            history.columns[id.index()]
                .get(row)
                .copied()
                .unwrap_or(f64::NAN)
        }
    }

    /// The first row of a recurrence's value.
    fn start(&self, rec: ValueId) -> usize {
        match self.module.node(rec).op {
            Op::Rec { start, .. } => count(self.fixed[start.index()], 0, usize::MAX),
            _ => 0,
        }
    }

    /// Value of a node at row `t`, its operands being known.
    pub fn value(&mut self, history: &History, id: ValueId, t: usize) -> f64 {
        let node = *self.module.node(id);
        let frame = node.frame.0 as usize;
        let of = |v: ValueId| self.at(history, v, t);
        let value = match node.op {
            Op::Const(c) => c,
            Op::Bool(b) => truth(b),
            Op::Param(p) => self
                .outside
                .params
                .get(p as usize)
                .copied()
                .unwrap_or(f64::NAN),
            Op::Field(column) => self.field(frame, column, t),
            Op::Row => t as f64,
            Op::Unary(op, a) => unary(op, of(a)),
            Op::Binary(op, a, b) => binary(op, of(a), of(b)),
            Op::Cmp(op, a, b) => truth(compare(op, of(a), of(b))),
            Op::Fma(a, b, c) => fma(of(a), of(b), of(c)),
            Op::Select(c, a, b) => {
                if is_true(of(c)) {
                    of(a)
                } else {
                    of(b)
                }
            }
            Op::Hist { x, n, max } => {
                let back = count(of(n), 0, max as usize);
                self.at(history, x, t.saturating_sub(back))
            }
            Op::Rec { init, next, .. } => {
                if t <= self.start(id) {
                    of(init)
                } else {
                    of(next)
                }
            }
            Op::Prev { rec, n, max } => {
                let start = self.start(rec);
                if t <= start {
                    0.0
                } else {
                    let back = count(of(n), 1, max as usize);
                    self.at(history, rec, t.saturating_sub(back).max(start))
                }
            }
            Op::Window {
                kind,
                x,
                k,
                n,
                max,
                exact,
            } => {
                let length = count(of(n), 1, max as usize);
                let value = |row: usize| self.at(history, x, row);
                let rows = Rows {
                    value: &value,
                    time: &history.time[frame],
                    period: self.module.frames.get(frame).map_or(1, |f| f.period_ms),
                    scale: self
                        .outside
                        .input
                        .and_then(|(input, _)| input.frames.get(frame))
                        .map_or(1.0, |f| f.price_scale),
                };
                window(kind, exact, &rows, t, length, of(k))
            }
            Op::Fold {
                kind,
                var,
                lo,
                hi,
                max,
                body,
            } => {
                let (first, many) = indices(of(lo), of(hi), max);
                return self.fold(history, t, (id, kind, var, body), first, many);
            }
            Op::FoldVar => self.inside[id.index()],
            Op::Current(x) => {
                let confirmed = self
                    .outside
                    .confirmed
                    .get(self.module.node(x).frame.0 as usize)
                    .copied();
                match confirmed.unwrap_or(0).checked_sub(1) {
                    Some(row) => self.at(history, x, row),
                    None => 0.0,
                }
            }
            Op::Position(field) => self.outside.position.map_or(f64::NAN, |p| match field {
                PositionField::Side => p.side,
                PositionField::Bars => p.bars,
                PositionField::Entry => p.entry,
                PositionField::Profit => p.profit,
                PositionField::Size => p.size,
                PositionField::Equity => p.equity,
            }),
            Op::Entry => self.outside.entry,
        };
        canonical(value)
    }

    fn fold(
        &mut self,
        history: &History,
        t: usize,
        (id, kind, var, body): (ValueId, FoldKind, ValueId, ValueId),
        first: f64,
        many: u32,
    ) -> f64 {
        let plan = self.plan;
        let mut acc = match kind {
            FoldKind::Sum | FoldKind::Any | FoldKind::Count => 0.0,
            FoldKind::Max => f64::NEG_INFINITY,
            FoldKind::Min => f64::INFINITY,
            FoldKind::All => 1.0,
        };
        for step in 0..many {
            self.inside[var.index()] = first + f64::from(step);
            for &inner in &plan.body[id.index()] {
                self.inside[inner.index()] = self.value(history, inner, t);
            }
            let x = self.at(history, body, t);
            acc = match kind {
                FoldKind::Sum | FoldKind::Count => acc + x,
                FoldKind::Max => {
                    if acc > x {
                        acc
                    } else {
                        x
                    }
                }
                FoldKind::Min => {
                    if acc < x {
                        acc
                    } else {
                        x
                    }
                }
                FoldKind::All => truth(is_true(acc) & is_true(x)),
                FoldKind::Any => truth(is_true(acc) | is_true(x)),
            };
        }
        canonical(acc)
    }

    fn field(&self, frame: usize, column: sixbtc_abi::Column, t: usize) -> f64 {
        let Some((input, offset)) = self.outside.input else {
            return f64::NAN;
        };
        let index = self
            .module
            .frames
            .get(frame)
            .and_then(|f| f.columns.iter().position(|c| *c == column));
        let values = index.and_then(|at| input.frames.get(frame)?.columns.get(at));
        let row = t.checked_sub(offset.get(frame).copied().unwrap_or(0));
        row.and_then(|row| values?.get(row).copied())
            .unwrap_or(f64::NAN)
    }
}

/// Runs the signal stage over rows of frame 0 (and what of the other frames they confirm), appending to `history`.
/// The caller has checked the shapes.
pub(super) fn run_rows(
    module: &Module,
    plan: &Plan,
    fixed: &[f64],
    (input, offset): (&Input<'_>, &[usize]),
    rows: Range<usize>,
    history: &mut History,
    mut each: impl FnMut(&History, usize),
) {
    let frames = module.frames.len().max(1);
    let lists: Vec<Vec<ValueId>> = (0..frames)
        .map(|f| {
            plan.nodes(module, Stage::Signal, FrameId(f as u16))
                .collect()
        })
        .collect();
    let dropped = |frame: usize| offset.get(frame).copied().unwrap_or(0);
    let mut confirmed = vec![0; frames];
    for row in rows {
        for (frame, bars) in input.frames.iter().enumerate().skip(1) {
            confirmed[frame] = bars.confirmed[row - dropped(0)] as usize;
        }
        let outside = Outside {
            params: &[],
            input: Some((input, offset)),
            position: None,
            entry: 0.0,
            confirmed: &confirmed,
        };
        let mut machine = Machine::new(module, plan, fixed, outside);
        for frame in (0..frames).rev() {
            let upto = if frame == 0 {
                row + 1
            } else {
                confirmed[frame]
            };
            for t in history.time[frame].len()..upto {
                history.time[frame].push(input.frames[frame].time[t - dropped(frame)]);
                for &id in &lists[frame] {
                    let value = machine.value(history, id, t);
                    history.columns[id.index()].push(value);
                }
            }
        }
        each(history, row);
    }
}

/// All values of the run and signal stages over a whole run.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// By node: `None` when unreachable, of a later stage, or inside a fold.
    columns: Vec<Option<Vec<f64>>>,
}

impl Evaluation {
    /// The values of a node, one a row of its frame (a single one when fixed for the run); truth as 1.0 or 0.0.
    pub fn column(&self, id: ValueId) -> Option<&[f64]> {
        self.columns.get(id.index())?.as_deref()
    }
}

/// Evaluates a verified module on a whole input from row 0.
pub fn evaluate(
    module: &Module,
    params: &[f64],
    input: &Input<'_>,
) -> Result<Evaluation, KernelError> {
    super::check_params(&module.params, params)?;
    let plan = Plan::new(module).map_err(|e| KernelError::Shape(e.to_string()))?;
    let rows = check_input(module, input, &[], None)?;
    let fixed = super::bind::fixed_values(module, &plan, params);
    let mut history = History::new(module);
    run_rows(
        module,
        &plan,
        &fixed,
        (input, &[]),
        0..rows,
        &mut history,
        |_, _| {},
    );
    let mut columns = vec![None; module.nodes.len()];
    for &id in &plan.order {
        match plan.stages[id.index()] {
            Stage::Run => columns[id.index()] = Some(vec![fixed[id.index()]]),
            Stage::Signal => {
                columns[id.index()] = Some(std::mem::take(&mut history.columns[id.index()]));
            }
            Stage::Position | Stage::Bracket => {}
        }
    }
    Ok(Evaluation { columns })
}

/// Checks the columns of an input against the frames of a module; with `rows`, that these rows are there and continue
/// from `done` rows by frame. Returns the rows of frame 0, dropped ones included.
pub(super) fn check_input(
    module: &Module,
    input: &Input<'_>,
    offset: &[usize],
    rows: Option<(&Range<usize>, &[usize])>,
) -> Result<usize, KernelError> {
    let wrong = |why: String| Err(KernelError::Shape(why));
    let Some(clock) = input.frames.first() else {
        return wrong("no frame".into());
    };
    if input.frames.len() != module.frames.len() {
        return wrong(format!(
            "{} frames instead of {}",
            input.frames.len(),
            module.frames.len()
        ));
    }
    let dropped = |frame: usize| offset.get(frame).copied().unwrap_or(0);
    let all = clock.time.len() + dropped(0);
    for (at, (bars, spec)) in input.frames.iter().zip(&module.frames).enumerate() {
        if bars.columns.len() != spec.columns.len() {
            return wrong(format!(
                "frame {at}: {} columns instead of {}",
                bars.columns.len(),
                spec.columns.len()
            ));
        }
        if bars.columns.iter().any(|c| c.len() != bars.time.len()) {
            return wrong(format!("frame {at}: columns of unequal length"));
        }
        if at > 0 {
            if bars.confirmed.len() != clock.time.len() {
                return wrong(format!(
                    "frame {at}: confirmed rows for {} bars, not {}",
                    bars.confirmed.len(),
                    clock.time.len()
                ));
            }
            let most = bars.confirmed.iter().copied().max().unwrap_or(0) as usize;
            if most > bars.time.len() + dropped(at) {
                return wrong(format!(
                    "frame {at}: {most} rows confirmed, but there are fewer"
                ));
            }
        }
    }
    if let Some((rows, done)) = rows {
        if rows.start > rows.end || rows.end > all {
            return wrong(format!("rows {}..{} of {all}", rows.start, rows.end));
        }
        if done.first() != Some(&rows.start) {
            return wrong(format!("row {} does not continue the state", rows.start));
        }
        if done
            .iter()
            .enumerate()
            .any(|(frame, done)| *done < dropped(frame))
        {
            return wrong("rows were dropped that are still to be read".into());
        }
    }
    Ok(all)
}
