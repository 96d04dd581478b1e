//! From a program to the functions of a kernel, in Cranelift's IR.
//!
//! The signal function loops over the rows of frame 0. State that changes every row lives in variables there (loaded
//! before the loop, stored after it); all else, and all state of other frames, stays in memory.

mod blocks;
mod delays;
mod folds;
mod pieces;
mod pointwise;
mod state;
mod windows;

use crate::host::Extensions;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, I8, I32, I64};
use cranelift_codegen::ir::{
    AbiParam, FuncRef, InstBuilder, MemFlagsData, Signature, StackSlot, Type, Value,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, Variable};
use cranelift_jit::JITModule;
use cranelift_module::Module as _;
use sbt_ir::{Op, Program, Stage, Ty, ValueId};
use sbt_native::memory::{Memory, Place, Scope};
use sbt_native::routines::Routine;
use sbt_native::{CompileError, context};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Everything about a program that its functions share.
pub(crate) struct Plan<'p> {
    pub program: &'p Program,
    pub memory: &'p Memory,
    /// `Prev` nodes that must read 0 before the recurrence's first row.
    pub guarded: HashSet<ValueId>,
    /// Index of each run-fixed node in the constants' slots.
    pub slot_of: Vec<Option<u32>>,
    /// What the code may use of the processor.
    pub extensions: Extensions,
    /// Convention of calls that leave the caller's registers alone.
    pub quiet: CallConv,
}

/// What is known of a node's value where code is being emitted.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// `f64`, or `i8` 0 or 1.
    value: Option<Value>,
    /// All ones or all zeros in an `i64x2`.
    mask: Option<Value>,
}

/// The row being computed.
#[derive(Debug, Clone, Copy)]
struct Row {
    place: Place,
    /// The recurrence being seeded.
    scope: Scope,
    /// Rows before it.
    t: Value,
    /// Its open time, when a window asks for it.
    time: Option<Value>,
}

/// Pointers to what the signal function reads of a frame.
#[derive(Debug, Clone, Default)]
struct FramePointers {
    time: Option<Value>,
    confirmed: Option<Value>,
    scale: Option<Value>,
    columns: Vec<Value>,
}

pub(crate) struct Emitter<'f, 'p> {
    b: FunctionBuilder<'f>,
    module: &'f mut JITModule,
    plan: &'p Plan<'p>,
    imports: BTreeMap<(Routine, bool), FuncRef>,
    quiet_callees: &'f BTreeMap<Routine, cranelift_module::FuncId>,
    stage: Stage,
    known: Vec<Known>,
    /// What to restore when a nested block ends: its values do not reach beyond it.
    undo: Vec<(ValueId, Known)>,
    context: Value,
    slots: Value,
    state: Value,
    frames: Vec<FramePointers>,
    row: Row,
    variables: HashMap<usize, (Variable, Type)>,
    /// Lengths that are fixed for the run but not written in the program.
    lengths: HashMap<(ValueId, u32, u32), Value>,
    /// Values of accumulators already brought up to this row.
    done: HashMap<usize, [Value; 2]>,
    /// Whether a block of time began at this row, by anchor.
    new_block: HashMap<usize, Value>,
    /// Where the operands of a sum by a routine are put.
    long_sum_slot: Option<StackSlot>,
    /// Whole ticks of a node at this row.
    ticks: HashMap<(ValueId, Place, Scope), Value>,
}

/// Loads and stores whose addresses the wrapper has checked.
fn trusted() -> MemFlagsData {
    MemFlagsData::trusted()
}

/// Loads of what no one writes while the function runs.
fn constant_memory() -> MemFlagsData {
    MemFlagsData::trusted().with_readonly()
}

impl<'f, 'p> Emitter<'f, 'p> {
    /// Starts a function whose first parameter is the context.
    pub fn new(
        mut b: FunctionBuilder<'f>,
        module: &'f mut JITModule,
        quiet_callees: &'f BTreeMap<Routine, cranelift_module::FuncId>,
        plan: &'p Plan<'p>,
        stage: Stage,
    ) -> Self {
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        b.seal_block(entry);
        let context = b.block_params(entry)[0];
        let word = |b: &mut FunctionBuilder<'_>, at: usize| {
            b.ins()
                .load(I64, constant_memory(), context, (at * 8) as i32)
        };
        let slots = word(&mut b, context::SLOTS);
        let state = word(&mut b, context::STATE);
        let nowhere = Row {
            place: Place::Position,
            scope: None,
            t: state,
            time: None,
        };
        Self {
            b,
            module,
            plan,
            imports: BTreeMap::new(),
            quiet_callees,
            stage,
            known: vec![Known::default(); plan.program.module.nodes.len()],
            undo: Vec::new(),
            context,
            slots,
            state,
            frames: Vec::new(),
            row: nowhere,
            variables: HashMap::new(),
            lengths: HashMap::new(),
            done: HashMap::new(),
            new_block: HashMap::new(),
            long_sum_slot: None,
            ticks: HashMap::new(),
        }
    }

    /// The signal function: all rows of a block.
    pub fn signal(mut self) -> Result<(), CompileError> {
        let program = self.plan.program;
        let module = &program.module;
        self.point_at_frames();
        let first = self.context_word(context::FIRST);
        let last = self.context_word(context::LAST);
        let flags_out = self.context_word(context::FLAGS);
        let values_out: Vec<Value> = (0..module.values.len())
            .map(|at| self.context_word(context::OUT + at))
            .collect();
        self.prepare_lengths(program.signal.iter().flatten().copied())?;
        self.load_variables();

        let head = self.b.create_block();
        let exit = self.b.create_block();
        let t = self.b.append_block_param(head, I64);
        self.jump(head, &[first]);
        self.b.switch_to_block(head);

        for (frame, nodes) in program.signal.iter().enumerate().skip(1) {
            if self.plan.memory.alive(program, frame) {
                self.confirmed_rows(frame, nodes, t)?;
            }
        }
        let base = program.signal.first().map_or(&[][..], Vec::as_slice);
        self.rows_of(Place::Frame(0), base, t)?;

        let mut word = None;
        for (bit, (_, id)) in module.flags.iter().enumerate() {
            let flag = self.bool(*id)?;
            let wide = self.b.ins().uextend(I64, flag);
            let placed = self.b.ins().ishl_imm_u(wide, bit as i64);
            word = Some(match word {
                None => placed,
                Some(word) => self.b.ins().bor(word, placed),
            });
        }
        let word = match word {
            Some(word) => word,
            None => self.int(0),
        };
        let address = self.element(flags_out, t);
        self.b.ins().store(trusted(), word, address, 0);
        for ((_, id), column) in module.values.iter().zip(values_out) {
            let value = self.f64(*id)?;
            let value = self.canonical(value);
            let address = self.element(column, t);
            self.b.ins().store(trusted(), value, address, 0);
        }

        let next = self.b.ins().iadd_imm_s(t, 1);
        let more = self.b.ins().icmp(IntCC::SignedLessThan, next, last);
        self.branch(more, head, &[next], exit, &[]);
        self.b.seal_block(head);
        self.b.seal_block(exit);
        self.b.switch_to_block(exit);
        self.store_variables();
        let word = self.plan.memory.row(Place::Frame(0));
        self.store_int(word, last);
        self.finish(None);
        Ok(())
    }

    /// The position function: one bar. Returns the flags.
    pub fn position(mut self) -> Result<(), CompileError> {
        let program = self.plan.program;
        let out = self.context_word(context::OUT);
        self.prepare_lengths(program.position.iter().copied())?;
        let word = self.plan.memory.row(Place::Position);
        let t = self.load_int(word);
        self.rows_of(Place::Position, &program.position, t)?;
        let mut flags = self.int(0);
        for (bit, id) in program.module.position_flags.iter().enumerate() {
            let flag = self.bool(*id)?;
            let wide = self.b.ins().uextend(I64, flag);
            let placed = self.b.ins().ishl_imm_u(wide, bit as i64);
            flags = self.b.ins().bor(flags, placed);
        }
        for (at, id) in program.module.position_values.iter().enumerate() {
            let value = self.f64(*id)?;
            let value = self.canonical(value);
            self.b.ins().store(trusted(), value, out, (at * 8) as i32);
        }
        let next = self.b.ins().iadd_imm_s(t, 1);
        self.store_int(word, next);
        self.finish(Some(flags));
        Ok(())
    }

    /// The bracket function.
    pub fn bracket(mut self) -> Result<(), CompileError> {
        let program = self.plan.program;
        let out = self.context_word(context::OUT);
        self.evaluate_all(&program.bracket)?;
        for (at, id) in program.module.bracket_values.iter().enumerate() {
            let value = self.f64(*id)?;
            let value = self.canonical(value);
            self.b.ins().store(trusted(), value, out, (at * 8) as i32);
        }
        self.finish(None);
        Ok(())
    }

    fn finish(mut self, result: Option<Value>) {
        match result {
            Some(value) => self.b.ins().return_(&[value]),
            None => self.b.ins().return_(&[]),
        };
        let config = self.module.target_config();
        self.b.finalize(config);
    }

    /// `while done < confirmed[t]`: rows of another frame, all its state in memory.
    fn confirmed_rows(
        &mut self,
        frame: usize,
        nodes: &[ValueId],
        t: Value,
    ) -> Result<(), CompileError> {
        let place = Place::Frame(frame);
        let word = self.plan.memory.row(place);
        let Some(confirmed) = self.frames[frame].confirmed else {
            return Ok(());
        };
        let offset = self.b.ins().ishl_imm_u(t, 2);
        let address = self.b.ins().iadd(confirmed, offset);
        let goal = self.b.ins().load(I32, constant_memory(), address, 0);
        let goal = self.b.ins().uextend(I64, goal);
        let from = self.load_int(word);
        let body = self.b.create_block();
        let after = self.b.create_block();
        let k = self.b.append_block_param(body, I64);
        let any = self.b.ins().icmp(IntCC::SignedLessThan, from, goal);
        self.branch(any, body, &[from], after, &[]);
        self.b.switch_to_block(body);
        let outer = self.nest();
        self.rows_of(place, nodes, k)?;
        for (id, at) in &self.plan.memory.currents {
            if self.plan.program.module.node(*id).frame.0 as usize == frame {
                let value = self.any(*id)?;
                self.store_cell(*at, value);
            }
        }
        self.unnest(outer);
        let next = self.b.ins().iadd_imm_s(k, 1);
        self.store_int(word, next);
        let more = self.b.ins().icmp(IntCC::SignedLessThan, next, goal);
        self.branch(more, body, &[next], after, &[]);
        self.b.seal_block(body);
        self.b.seal_block(after);
        self.b.switch_to_block(after);
        Ok(())
    }

    /// All nodes of one row.
    fn rows_of(&mut self, place: Place, nodes: &[ValueId], t: Value) -> Result<(), CompileError> {
        self.row = Row {
            place,
            scope: None,
            t,
            time: None,
        };
        self.row.time = self.open_time()?;
        self.begin_blocks()?;
        if place == Place::Position {
            // delays of signal nodes that the position phase reads
            let foreign: Vec<ValueId> = self
                .plan
                .memory
                .rings
                .keys()
                .filter(|k| k.1)
                .map(|k| k.0)
                .collect();
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
    fn seed(&mut self, rec: ValueId, init: ValueId) -> Result<Value, CompileError> {
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

    // ---- values of nodes

    /// Notes the value of a node just computed.
    fn know(&mut self, id: ValueId, known: Known) {
        let before = std::mem::replace(&mut self.known[id.index()], known);
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

    /// The value of an `F64` node.
    fn f64(&mut self, id: ValueId) -> Result<Value, CompileError> {
        if self.plan.program.module.node(id).ty != Ty::F64 {
            return Err(CompileError::NotScheduled(id));
        }
        self.any(id)
    }

    /// The value of a `Bool` node, an `i8`.
    fn bool(&mut self, id: ValueId) -> Result<Value, CompileError> {
        if self.plan.program.module.node(id).ty != Ty::Bool {
            return Err(CompileError::NotScheduled(id));
        }
        self.any(id)
    }

    /// The value of a node in its own type.
    fn any(&mut self, id: ValueId) -> Result<Value, CompileError> {
        if let Some(value) = self.known[id.index()].value {
            return Ok(value);
        }
        let program = self.plan.program;
        let node = program.module.node(id);
        let stage = program.stages.get(id.index()).copied().unwrap_or_default();
        if stage == Stage::Run {
            let slot = self.plan.slot_of[id.index()];
            return Ok(match (node.op, node.ty) {
                // any other number is an operand in memory, cheaper than one made anew in each row
                (Op::Const(number), _) if number.to_bits() == 0 || slot.is_none() => {
                    self.number(number)
                }
                (Op::Bool(truth), _) => self.b.ins().iconst(I8, i64::from(truth)),
                (_, ty) => {
                    let slot = slot.ok_or(CompileError::NotScheduled(id))?;
                    let offset = slot as i32 * 8;
                    match ty {
                        Ty::F64 => self
                            .b
                            .ins()
                            .load(F64, constant_memory(), self.slots, offset),
                        Ty::Bool => {
                            let word =
                                self.b
                                    .ins()
                                    .load(I64, constant_memory(), self.slots, offset);
                            self.b.ins().icmp_imm_s(IntCC::NotEqual, word, 0)
                        }
                    }
                }
            });
        }
        if stage == Stage::Signal && self.stage > Stage::Signal {
            let column = program.export(id).ok_or(CompileError::NotScheduled(id))?;
            let values = self.context_word(context::FLAGS);
            let value = self
                .b
                .ins()
                .load(F64, constant_memory(), values, i32::from(column) * 8);
            return Ok(match node.ty {
                Ty::F64 => value,
                Ty::Bool => {
                    let zero = self.number(0.0);
                    self.b.ins().fcmp(FloatCC::NotEqual, value, zero)
                }
            });
        }
        Err(CompileError::NotScheduled(id))
    }

    // ---- frames

    fn point_at_frames(&mut self) {
        let module = &self.plan.program.module;
        let mut before = 0;
        for (at, spec) in module.frames.iter().enumerate() {
            let base = context::frame(module.values.len(), before, at);
            before += spec.columns.len();
            let time = Some(self.context_word(base + context::TIME));
            let confirmed = Some(self.context_word(base + context::CONFIRMED));
            let offset = ((base + context::SCALE) * 8) as i32;
            let scale = Some(
                self.b
                    .ins()
                    .load(F64, constant_memory(), self.context, offset),
            );
            let columns = (0..spec.columns.len())
                .map(|c| self.context_word(base + context::COLUMNS + c))
                .collect();
            self.frames.push(FramePointers {
                time,
                confirmed,
                scale,
                columns,
            });
        }
    }

    fn context_word(&mut self, at: usize) -> Value {
        self.b
            .ins()
            .load(I64, constant_memory(), self.context, (at * 8) as i32)
    }
}

/// Parameters and result of a routine.
pub(crate) fn describe(routine: Routine, signature: &mut Signature) {
    let mut takes = |types: &[Type]| {
        signature
            .params
            .extend(types.iter().map(|t| AbiParam::new(*t)));
    };
    match routine {
        Routine::One(_) => takes(&[F64]),
        Routine::Two(_) => takes(&[F64, F64]),
        Routine::Fma => takes(&[F64, F64, F64]),
        Routine::Slide => takes(&[I64, I64, I64, F64, F64]),
        Routine::SumOfTicks | Routine::SumOfValues | Routine::SeedOfTicks => takes(&[I64]),
    }
    if matches!(routine, Routine::One(_) | Routine::Two(_) | Routine::Fma) {
        signature.returns.push(AbiParam::new(F64));
    }
}
