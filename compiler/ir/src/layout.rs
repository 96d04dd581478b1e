//! The state of a kernel: which word holds what. Shared by all code generators.
//!
//! All memory is 8-byte words: numbers as canonical f64 bits, truth values as 0 or 1, counters and row numbers as
//! integers. A new state is all zeros but for the words that [`Layout::initial`] names. The words before
//! [`Layout::position_from`] belong to the signal phase, the rest to the position phase.
//!
//! **Rings.** Row `t` of a ring of `size` words stands at `at + (t mod size)`; `size` is a power of two greater than the
//! largest delay read from it, so that writing row `t` never overwrites a row still read at `t`. A ring of size 1 is a
//! register that holds row `t − 1` while row `t` is computed: it is written at the end of the row, and a delay of 0 reads
//! the value just computed. Raw fields need no ring in the signal phase: the columns are there.
//!
//! **Anchored windows** (`Sum`, `Mean`, `SquaredDeviations`). `key` is the number of the block, `floor(time / L)`, as an
//! integer. When it changes at row `t0`: `count = 0`, every prefix is 0.0, `suffix[0] = 0.0` and
//! `suffix[m] = suffix[m−1] + x(t0−m)` for `m` in `1..n`, repeating the last one beyond row 0. Then every row adds `x` to the prefix, `count` rises by 1
//! and the sum is `suffix[n − count] + prefix`. `SquaredDeviations` takes `centre = x(t0)` at `t0` and has two of each.
//!
//! **Extremes.** The same with `key` = row number of the block's first row + 1 (blocks of `n` rows counted from row 0)
//! and `Max` or `Min` in place of the sum; the `…Ago` kinds carry the attaining row + 1 (0 = none) as the second series.
//!
//! **Order statistics** keep the window sorted; `count` rows are in it.

use crate::module::ValueId;
use crate::op::{FoldKind, Op, UnaryOp, WindowKind};
use crate::program::Program;
use crate::stage::Stage;
use sixbtc_abi::{Column, Manifest};

/// A ring of past values of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ring {
    /// The node.
    pub of: ValueId,
    /// The phase that writes and reads it: signal or position.
    pub stage: Stage,
    /// First word.
    pub at: usize,
    /// Words: a power of two, or 1.
    pub size: usize,
    /// The largest delay read.
    pub max: usize,
}

/// Where past values of a node come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// The same on every row: fixed for the run.
    Fixed,
    /// Position of the column in the frame's columns.
    Column(usize),
    /// Index into [`Layout::rings`].
    Ring(usize),
}

/// The words of a window beside the past values of its operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowMemory {
    /// The window.
    pub of: ValueId,
    /// Its kind.
    pub kind: WindowKind,
    /// First word.
    pub at: usize,
    /// Longest window: the stride of the arrays.
    pub max: usize,
}

impl WindowMemory {
    /// Number of the block, or row + 1 of its first row. Initially `i64::MIN`; not of `Kth`.
    pub fn key(&self) -> usize {
        self.at
    }

    /// Rows of the block so far; rows in the window for `Kth`.
    pub fn count(&self) -> usize {
        if self.kind == WindowKind::Kth {
            self.at
        } else {
            self.at + 1
        }
    }

    /// How many series of prefix and suffix there are.
    pub fn series(&self) -> usize {
        match self.kind {
            WindowKind::Sum | WindowKind::Mean | WindowKind::Max | WindowKind::Min => 1,
            WindowKind::SquaredDeviations | WindowKind::MaxAgo | WindowKind::MinAgo => 2,
            WindowKind::Kth => 0,
        }
    }

    /// Prefix of a series.
    pub fn prefix(&self, series: usize) -> usize {
        self.at + 2 + series
    }

    /// First word of the suffixes of a series, `max` words; index 0 is the empty suffix.
    pub fn suffix(&self, series: usize) -> usize {
        self.at + 2 + self.series() + series * self.max
    }

    /// First value of the block (`SquaredDeviations` only).
    pub fn centre(&self) -> usize {
        self.suffix(self.series())
    }

    /// The sorted values, `max` words (`Kth` only).
    pub fn sorted(&self) -> usize {
        self.at + 1
    }

    /// How many words it takes.
    pub fn words(&self) -> usize {
        match self.kind {
            WindowKind::Kth => 1 + self.max,
            WindowKind::SquaredDeviations => 2 + 2 * (1 + self.max) + 1,
            _ => 2 + self.series() * (1 + self.max),
        }
    }
}

/// Which word of the state holds what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// Words in all.
    pub words: usize,
    /// First word of the position phase.
    pub position_from: usize,
    /// Word with the number of rows done, by frame.
    pub rows: Vec<usize>,
    /// Word with the number of position steps done, if the position phase has memory.
    pub position_rows: Option<usize>,
    /// Rings.
    pub rings: Vec<Ring>,
    /// Windows.
    pub windows: Vec<WindowMemory>,
    /// For each node that a [`Op::Current`] reads: the word with its value at the last confirmed row.
    pub currents: Vec<(ValueId, usize)>,
    /// `Prev` nodes whose 0 (false) before the recurrence's first row can be seen; all others may read anything then.
    pub guarded: Vec<ValueId>,
    /// Rows before the current one that the signal phase reads from columns, by frame.
    pub history: Vec<usize>,
    /// Arithmetic operations a bar, rarer work (a new block of a window) spread evenly over its rows.
    pub ops_per_bar: u64,
}

impl Layout {
    /// Lays out the state of a program.
    pub fn new(program: &Program) -> Self {
        let module = &program.module;
        let frames = module.frames.len().max(1);
        let mut layout = Self {
            history: vec![0; frames],
            ..Self::default()
        };
        for _ in 0..frames {
            let word = layout.take(1);
            layout.rows.push(word);
        }
        let by_stage = [Stage::Signal, Stage::Position].map(|stage| nodes_of(program, stage));
        for (stage, nodes) in [Stage::Signal, Stage::Position].into_iter().zip(&by_stage) {
            if stage == Stage::Position {
                layout.position_from = layout.words;
                if nodes.iter().any(|&id| module.node(id).op.is_stateful()) {
                    layout.position_rows = Some(layout.take(1));
                }
            }
            let mut needs: Vec<(ValueId, usize)> = Vec::new();
            for &id in nodes {
                let (x, max) = match module.node(id).op {
                    Op::Hist { x, max, .. }
                    | Op::Prev { rec: x, max, .. }
                    | Op::Window {
                        kind: WindowKind::Kth,
                        x,
                        max,
                        ..
                    } => (x, max as usize),
                    Op::Window { x, max, .. } => (x, (max as usize).saturating_sub(1)),
                    _ => continue,
                };
                match column_of(program, x, stage) {
                    Some(_) => {
                        let rows = &mut layout.history[module.node(x).frame.0 as usize];
                        *rows = (*rows).max(max);
                    }
                    None if program.stages[x.index()] == Stage::Run || max == 0 => {}
                    None => match needs.iter_mut().find(|need| need.0 == x) {
                        Some(need) => need.1 = need.1.max(max),
                        None => needs.push((x, max)),
                    },
                }
            }
            for (of, max) in needs {
                let size = if max == 1 {
                    1
                } else {
                    (max + 1).next_power_of_two()
                };
                let at = layout.take(size);
                layout.rings.push(Ring {
                    of,
                    stage,
                    at,
                    size,
                    max,
                });
            }
            for &id in nodes {
                match module.node(id).op {
                    Op::Window { kind, max, .. } => {
                        let mut memory = WindowMemory {
                            of: id,
                            kind,
                            at: 0,
                            max: max.max(1) as usize,
                        };
                        memory.at = layout.take(memory.words());
                        layout.windows.push(memory);
                    }
                    Op::Current(x) if !layout.currents.iter().any(|c| c.0 == x) => {
                        let word = layout.take(1);
                        layout.currents.push((x, word));
                    }
                    _ => {}
                }
            }
        }
        layout.guarded = guarded(program);
        layout.ops_per_bar = program
            .signal
            .iter()
            .flatten()
            .chain(&program.position)
            .fold(0u64, |sum, &id| sum.saturating_add(cost(program, id)));
        layout
    }

    fn take(&mut self, words: usize) -> usize {
        let at = self.words;
        self.words += words;
        at
    }

    /// Words that do not start at 0, with their first contents.
    pub fn initial(&self) -> Vec<(usize, u64)> {
        let keyed = self.windows.iter().filter(|w| w.kind != WindowKind::Kth);
        keyed.map(|w| (w.key(), i64::MIN as u64)).collect()
    }

    /// Where a node of `stage` finds past values of `x`. `None` when it never reads any.
    pub fn past(&self, program: &Program, x: ValueId, stage: Stage) -> Option<Past> {
        if program.stages[x.index()] == Stage::Run {
            return Some(Past::Fixed);
        }
        if let Some(column) = column_of(program, x, stage) {
            return Some(Past::Column(column));
        }
        self.ring(x, stage).map(Past::Ring)
    }

    /// The ring of a node in a phase.
    pub fn ring(&self, of: ValueId, stage: Stage) -> Option<usize> {
        self.rings
            .iter()
            .position(|r| r.of == of && r.stage == stage)
    }

    /// The words of a window.
    pub fn window(&self, of: ValueId) -> Option<&WindowMemory> {
        self.windows.iter().find(|w| w.of == of)
    }

    /// The description of the kernel.
    pub fn manifest(&self, program: &Program) -> Manifest {
        let m = &program.module;
        Manifest {
            name: m.name.clone(),
            title: m.title.clone(),
            frames: m.frames.clone(),
            session: m.session.clone(),
            params: m.params.clone(),
            flags: m.flags.iter().map(|f| f.0.clone()).collect(),
            values: m.values.iter().map(|v| v.0.clone()).collect(),
            position_flags: m.position_flags.len(),
            position_values: m.position_values.len(),
            bracket_values: m.bracket_values.len(),
            plots: m.plots.clone(),
            alerts: m.alerts.clone(),
            plan: m.plan.clone(),
            portfolio: None,
            history: self.history.clone(),
            state_bytes: self.words * 8,
            ops_per_bar: self.ops_per_bar,
        }
    }
}

/// All nodes evaluated in a phase, bodies of folds included.
fn nodes_of(program: &Program, stage: Stage) -> Vec<ValueId> {
    let mut nodes: Vec<ValueId> = match stage {
        Stage::Run => program.run.clone(),
        Stage::Signal => program.signal.iter().flatten().copied().collect(),
        Stage::Position => program.position.clone(),
        Stage::Bracket => program.bracket.clone(),
    };
    for (fold, body) in &program.folds {
        if program.stages[fold.index()] == stage {
            nodes.extend(body);
        }
    }
    nodes
}

/// The column a signal-phase node may read past values of `x` from.
fn column_of(program: &Program, x: ValueId, stage: Stage) -> Option<usize> {
    let node = program.module.node(x);
    match node.op {
        Op::Field(column) if stage == Stage::Signal => {
            column_index(program, node.frame.0 as usize, column)
        }
        _ => None,
    }
}

fn column_index(program: &Program, frame: usize, column: Column) -> Option<usize> {
    program
        .module
        .frames
        .get(frame)?
        .columns
        .iter()
        .position(|c| *c == column)
}

/// Operations a bar of a node.
fn cost(program: &Program, id: ValueId) -> u64 {
    match program.module.node(id).op {
        Op::Const(_) | Op::Bool(_) | Op::Param(_) | Op::FoldVar | Op::Position(_) | Op::Entry => 0,
        Op::Field(_)
        | Op::Row
        | Op::Binary(..)
        | Op::Cmp(..)
        | Op::Fma(..)
        | Op::Select(..)
        | Op::Rec { .. }
        | Op::Current(_) => 1,
        Op::Unary(op, _) => match op {
            UnaryOp::Neg
            | UnaryOp::Abs
            | UnaryOp::Sqrt
            | UnaryOp::Floor
            | UnaryOp::Ceil
            | UnaryOp::Round
            | UnaryOp::Trunc
            | UnaryOp::Sign
            | UnaryOp::Not
            | UnaryOp::ToFloat
            | UnaryOp::IsFinite => 1,
            _ => 20,
        },
        Op::Hist { .. } | Op::Prev { .. } => 2,
        Op::Window { kind, max, .. } => match kind {
            WindowKind::Sum | WindowKind::Mean | WindowKind::Max | WindowKind::Min => 4,
            WindowKind::SquaredDeviations | WindowKind::MaxAgo | WindowKind::MinAgo => 10,
            WindowKind::Kth => u64::from(max),
        },
        Op::Fold { kind, max, .. } => {
            let own = if kind == FoldKind::Count { 2 } else { 1 };
            let body = program
                .fold_body(id)
                .iter()
                .fold(own, |sum: u64, &v| sum.saturating_add(cost(program, v)));
            body.saturating_mul(u64::from(max))
        }
    }
}

/// The `Prev` nodes whose value before the recurrence's first row can reach an output: those that lead anywhere but into
/// the `next` of recurrences that start no earlier.
fn guarded(program: &Program) -> Vec<ValueId> {
    let module = &program.module;
    let mut users: Vec<Vec<ValueId>> = vec![Vec::new(); module.nodes.len()];
    for at in 0..module.nodes.len() {
        let user = ValueId(at as u32);
        module
            .node(user)
            .op
            .each_operand(|v| users[v.index()].push(user));
    }
    let mut seen_outside = vec![false; module.nodes.len()];
    for root in module.roots() {
        seen_outside[root.index()] = true;
    }
    for (id, _) in &program.exports {
        seen_outside[id.index()] = true;
    }
    let no_earlier = |later: ValueId, earlier: ValueId| {
        later == earlier
            || matches!(
                (module.node(later).op, module.node(earlier).op),
                (Op::Const(a), Op::Const(b)) if a >= b
            )
    };
    let mut guarded = Vec::new();
    let mut visited = vec![usize::MAX; module.nodes.len()];
    for at in 0..module.nodes.len() {
        let prev = ValueId(at as u32);
        let Op::Prev { rec, .. } = module.node(prev).op else {
            continue;
        };
        let Op::Rec { start: first, .. } = module.node(rec).op else {
            continue;
        };
        visited[at] = at;
        let mut pending = vec![prev];
        let mut seen = false;
        while let Some(v) = pending.pop() {
            if seen_outside[v.index()] {
                seen = true;
                break;
            }
            for &user in &users[v.index()] {
                match module.node(user).op {
                    Op::Rec { init, start, next } => {
                        let only_next = next == v && init != v && start != v;
                        seen |= !(only_next && no_earlier(start, first));
                    }
                    Op::Prev { rec, .. } if rec == v => {}
                    Op::Hist { x, .. } if x == v => seen = true,
                    Op::Window { .. } | Op::Current(_) => seen = true,
                    _ => {
                        if visited[user.index()] != at {
                            visited[user.index()] = at;
                            pending.push(user);
                        }
                    }
                }
            }
            if seen {
                break;
            }
        }
        if seen {
            guarded.push(prev);
        }
    }
    guarded
}
