//! From a program to the functions of a kernel, in LLVM's IR.
//!
//! The signal function goes through the rows of frame 0 twice over: *early* rows, as far as the longest window, delay or
//! first row of a recurrence reaches, with all that the beginning of a run needs; and *steady* ones, without. State that
//! changes every row lives in variables there (loaded before, stored after), which LLVM keeps in registers.
//!
//! With several lanes a value that depends on the parameters is a vector, one element a parameter point; all else is
//! computed once. Lanes never branch apart: what happens at different rows in different lanes happens under a mask.

mod address;
mod blocks;
mod chunks;
mod delays;
mod folds;
mod function;
mod ops;
mod pointwise;
mod state;
mod windows;

use crate::target::Description;
use inkwell::builder::{Builder, BuilderError};
use inkwell::context::Context;
use inkwell::module::Module;
use inkwell::values::{BasicValueEnum, FunctionValue, PointerValue};
use sbt_ir::{Op, Program, Stage, Ty, ValueId};
use sbt_native::memory::{Memory, Place, Scope};
use sbt_native::{CompileError, context};
use std::collections::{HashMap, HashSet};

/// A value in the code: a number, whole number or truth value, or one a lane.
type Value<'c> = BasicValueEnum<'c>;

#[allow(clippy::needless_pass_by_value)] // as `map_err` hands it over
fn bug(error: BuilderError) -> CompileError {
    CompileError::Backend(error.to_string())
}

/// Everything about a program that its functions share.
pub(crate) struct Plan<'p> {
    pub program: &'p Program,
    pub memory: &'p Memory,
    /// `Prev` nodes that must read 0 before the recurrence's first row.
    pub guarded: HashSet<ValueId>,
    /// Index of each run-fixed node in the constants' slots.
    pub slot_of: Vec<Option<u32>>,
    pub target: &'p Description,
}

/// The row being computed.
#[derive(Debug, Clone, Copy)]
struct Row<'c> {
    place: Place,
    /// The recurrence being seeded.
    scope: Scope,
    /// Rows before it.
    t: Value<'c>,
    /// Its open time, when a window asks for it.
    time: Option<Value<'c>>,
    /// It is so late that no window, delay or recurrence is at its beginning.
    steady: bool,
}

/// What the signal function reads of a frame.
#[derive(Debug, Clone)]
struct FrameSource<'c> {
    time: PointerValue<'c>,
    confirmed: PointerValue<'c>,
    scale: Value<'c>,
    columns: Vec<PointerValue<'c>>,
}

/// A word of state in a variable.
#[derive(Debug, Clone, Copy)]
struct Variable<'c> {
    at: PointerValue<'c>,
    kind: Kind,
    width: usize,
}

/// What a word of state holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Whole,
    Truth,
}

impl From<Ty> for Kind {
    fn from(ty: Ty) -> Self {
        match ty {
            Ty::F64 => Self::Number,
            Ty::Bool => Self::Truth,
        }
    }
}

/// What is under way in a function.
pub(crate) struct Emitter<'c, 'p> {
    context: &'c Context,
    module: &'p Module<'c>,
    b: Builder<'c>,
    function: FunctionValue<'c>,
    plan: &'p Plan<'p>,
    lanes: usize,
    stage: Stage,
    known: Vec<Option<Value<'c>>>,
    /// What to restore when a nested block ends: its values do not reach beyond it.
    undo: Vec<(ValueId, Option<Value<'c>>)>,
    /// Words handed over (position, bracket).
    words: PointerValue<'c>,
    slots: PointerValue<'c>,
    state: PointerValue<'c>,
    frames: Vec<FrameSource<'c>>,
    row: Row<'c>,
    variables: HashMap<usize, Variable<'c>>,
    /// Lengths that are fixed for the run but not written in the program.
    lengths: HashMap<(ValueId, u32, u32), Value<'c>>,
    /// Values of accumulators already brought up to this row.
    done: HashMap<usize, [Value<'c>; 2]>,
    /// Whether a block of time began at this row, by anchor.
    new_block: HashMap<usize, Value<'c>>,
    /// Where the operands of a sum by a routine are put.
    long_sum_slot: Option<PointerValue<'c>>,
    /// Whole ticks of a node at this row.
    ticks: HashMap<(ValueId, Place, Scope), Value<'c>>,
}

impl<'c> Emitter<'c, '_> {
    /// All nodes of one row.
    fn rows_of(
        &mut self,
        place: Place,
        nodes: &[ValueId],
        t: Value<'c>,
        steady: bool,
    ) -> Result<(), CompileError> {
        self.row = Row {
            place,
            scope: None,
            t,
            time: None,
            steady,
        };
        self.row.time = self.open_time()?;
        self.begin_blocks()?;
        if place == Place::Position {
            // delays of signal nodes that the position phase reads
            let keys = self.plan.memory.rings.keys();
            let foreign: Vec<ValueId> = keys.filter(|k| k.1).map(|k| k.0).collect();
            for x in foreign {
                if self.plan.program.stages[x.index()] != Stage::Position {
                    self.fill_ring(x)?;
                }
            }
        }
        for &id in nodes {
            if !self.plan.memory.seed_of.contains_key(&id) {
                self.evaluate(id)?;
                self.fill_ring(id)?;
            }
        }
        self.shift_registers()
    }

    /// The first value of a recurrence, and all that is needed for nothing else.
    fn seed(&mut self, rec: ValueId, init: ValueId) -> Result<Value<'c>, CompileError> {
        let memory = self.plan.memory;
        let outside = self.row;
        self.row.scope = Some(rec);
        self.row.time = self.open_time()?;
        self.begin_blocks()?;
        let here = outside.place == Place::Position;
        for ((x, position), ring) in &memory.rings {
            if *position == here && ring.scope == Some(rec) && !memory.seed_of.contains_key(x) {
                self.fill_ring(*x)?;
            }
        }
        let program = self.plan.program;
        let nodes = match outside.place {
            Place::Frame(frame) => program.signal.get(frame).map_or(&[][..], Vec::as_slice),
            Place::Position => &program.position,
        };
        for &id in nodes {
            if memory.seed_of.get(&id) == Some(&rec) {
                self.evaluate(id)?;
                self.fill_ring(id)?;
            }
        }
        self.shift_registers()?;
        let value = self.any(init)?;
        self.row = outside;
        Ok(value)
    }

    fn evaluate_all(&mut self, nodes: &[ValueId]) -> Result<(), CompileError> {
        nodes.iter().try_for_each(|&id| self.evaluate(id))
    }

    /// Forgets what belongs to a row.
    fn forget_row(&mut self) {
        self.done.clear();
        self.new_block.clear();
        self.ticks.clear();
    }

    // ---- values of nodes

    /// Notes the value of a node just computed.
    fn know(&mut self, id: ValueId, value: Value<'c>) {
        let before = self.known[id.index()].replace(value);
        self.undo.push((id, before));
    }

    /// Enters a block whose values do not reach beyond it.
    fn nest(&self) -> usize {
        self.undo.len()
    }

    fn unnest(&mut self, outer: usize) {
        while self.undo.len() > outer {
            if let Some((id, known)) = self.undo.pop() {
                self.known[id.index()] = known;
            }
        }
    }

    /// How many words a word of this node takes.
    fn width(&self, id: ValueId) -> usize {
        self.plan.memory.width(id)
    }

    /// The value of an `F64` node.
    fn f64(&mut self, id: ValueId) -> Result<Value<'c>, CompileError> {
        if self.plan.program.module.node(id).ty != Ty::F64 {
            return Err(CompileError::NotScheduled(id));
        }
        self.any(id)
    }

    /// The value of a `Bool` node.
    fn bool(&mut self, id: ValueId) -> Result<Value<'c>, CompileError> {
        if self.plan.program.module.node(id).ty != Ty::Bool {
            return Err(CompileError::NotScheduled(id));
        }
        self.any(id)
    }

    /// The value of a node in its own type.
    fn any(&mut self, id: ValueId) -> Result<Value<'c>, CompileError> {
        if let Some(value) = self.known[id.index()] {
            return Ok(value);
        }
        let program = self.plan.program;
        let node = program.module.node(id);
        let stage = program.stages.get(id.index()).copied().unwrap_or_default();
        if stage == Stage::Run {
            return match node.op {
                Op::Const(number) => Ok(self.number(number)),
                Op::Bool(truth) => Ok(self.truth(truth)),
                _ => {
                    let slot = self.plan.slot_of[id.index()];
                    let slot = slot.ok_or(CompileError::NotScheduled(id))? as usize;
                    let at = self.word_at(self.slots, slot * self.lanes)?;
                    self.load(at, node.ty.into(), self.width(id))
                }
            };
        }
        if stage == Stage::Signal && self.stage > Stage::Signal {
            let column = program.export(id).ok_or(CompileError::NotScheduled(id))?;
            let values = self.pointer_word(context::FLAGS)?;
            let at = self.word_at(values, column.into())?;
            let value = self.load(at, Kind::Number, 1)?;
            return match node.ty {
                Ty::F64 => Ok(value),
                Ty::Bool => self.fcmp(inkwell::FloatPredicate::UNE, value, self.number(0.0)),
            };
        }
        Err(CompileError::NotScheduled(id))
    }

    /// A pointer among the words handed over.
    fn pointer_word(&self, at: usize) -> Result<PointerValue<'c>, CompileError> {
        let from = self.word_at(self.words, at)?;
        let ty = self.context.ptr_type(inkwell::AddressSpace::default());
        Ok(self
            .b
            .build_load(ty, from, "")
            .map_err(bug)?
            .into_pointer_value())
    }
}
