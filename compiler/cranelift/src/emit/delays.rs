//! Past values: columns, registers that shift, rings.

use super::{Emitter, constant_memory, trusted};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F64, I8, I64};
use cranelift_codegen::ir::{InstBuilder, Value};
use sbt_ir::{Op, Ty, ValueId};
use sbt_native::CompileError;
use sbt_native::memory::{self, Place, Ring, Source};

impl Emitter<'_, '_> {
    /// Brings the lengths that are fixed for the run, but not written in the program, out of the loop.
    pub(super) fn prepare_lengths(
        &mut self,
        nodes: impl Iterator<Item = ValueId>,
    ) -> Result<(), CompileError> {
        let program = self.plan.program;
        let stage = self.stage;
        let here = program
            .folds
            .iter()
            .filter(|f| program.stages.get(f.0.index()) == Some(&stage));
        let bodies = here.flat_map(|f| f.1.iter().copied());
        for id in nodes.chain(bodies) {
            let wanted = match program.module.node(id).op {
                Op::Hist { n, max, .. } => [Some((n, 0, max)), None],
                Op::Window { n, max, .. } => [Some((n, 1, max.max(1))), None],
                Op::Rec { start, .. } => [Some((start, 0, u32::MAX)), None],
                Op::Prev { rec, n, max } => {
                    let start = match program.module.node(rec).op {
                        Op::Rec { start, .. } => Some((start, 0, u32::MAX)),
                        _ => None,
                    };
                    [Some((n, 1, max.max(1))), start]
                }
                _ => [None, None],
            };
            for (n, least, most) in wanted.into_iter().flatten() {
                let fixed = memory::is_fixed(program, n);
                if fixed && !self.lengths.contains_key(&(n, least, most)) {
                    let length = self.length(n, least, most)?;
                    self.lengths.insert((n, least, most), length);
                }
            }
        }
        Ok(())
    }

    /// A length as a whole number, clamped.
    pub(super) fn length(
        &mut self,
        n: ValueId,
        least: u32,
        most: u32,
    ) -> Result<Value, CompileError> {
        if let Some(fixed) = memory::fixed_length(&self.plan.program.module, n, least, most) {
            return Ok(self.int(i64::from(fixed)));
        }
        if let Some(known) = self.lengths.get(&(n, least, most)) {
            return Ok(*known);
        }
        let n = self.f64(n)?;
        Ok(self.clamp_length(n, least, most))
    }

    /// The element of a source at a row.
    pub(super) fn past(
        &mut self,
        source: Source,
        row: Value,
        ty: Ty,
    ) -> Result<Value, CompileError> {
        match source {
            Source::Fixed(x) => self.any(x),
            Source::Column { frame, column } => {
                let pointer = self
                    .frames
                    .get(frame)
                    .and_then(|f| f.columns.get(column))
                    .copied();
                let pointer =
                    pointer.ok_or_else(|| CompileError::Backend("no such column".to_owned()))?;
                let address = self.element(pointer, row);
                Ok(self.b.ins().load(F64, constant_memory(), address, 0))
            }
            Source::Ring(ring) => {
                let (address, offset) = self.ring_element(ring, row);
                Ok(if ty == Ty::F64 {
                    self.b.ins().load(F64, trusted(), address, offset)
                } else {
                    let wide = self.b.ins().load(I64, trusted(), address, offset);
                    self.b.ins().ireduce(I8, wide)
                })
            }
        }
    }

    fn ring_element(&mut self, ring: Ring, row: Value) -> (Value, i32) {
        let at = self.b.ins().band_imm_s(row, i64::from(ring.cap) - 1);
        let address = self.element(self.state, at);
        (address, self.plan.memory.float_offset(ring.at) as i32)
    }

    /// Writes the value of a node at this row into its ring, if it has one here.
    pub(super) fn fill_ring(&mut self, x: ValueId) -> Result<(), CompileError> {
        let here = self.row.place == Place::Position;
        let Some(ring) = self.plan.memory.rings.get(&(x, here)).copied() else {
            return Ok(());
        };
        if ring.scope != self.row.scope && ring.scope.is_some() {
            return Ok(());
        }
        let value = self.any(x)?;
        let (address, offset) = self.ring_element(ring, self.row.t);
        let ty = self.b.func.dfg.value_type(value);
        let value = if ty == I8 {
            self.b.ins().uextend(I64, value)
        } else {
            value
        };
        self.b.ins().store(trusted(), value, address, offset);
        Ok(())
    }

    /// `x(max(t − n, 0))`
    pub(super) fn delayed(
        &mut self,
        x: ValueId,
        n: ValueId,
        max: u32,
    ) -> Result<Value, CompileError> {
        let program = self.plan.program;
        if memory::is_fixed(program, x) {
            return self.any(x);
        }
        let fixed = memory::fixed_length(&program.module, n, 0, max);
        if fixed == Some(0) {
            return self.any(x);
        }
        let place = self.row.place;
        let key = (x, place == Place::Position);
        let source = self.plan.memory.source(program, x, place);
        if !matches!(source, Some(Source::Column { .. }))
            && let Some(rows) = fixed
            && let Some(shift) = self.plan.memory.shifts.get(&key)
            && let Some(word) = shift.words.get(rows as usize - 1)
        {
            let past = self.load_cell(*word, shift.ty);
            let now = self.any(x)?;
            let first = self.b.ins().icmp_imm_s(IntCC::Equal, self.row.t, 0);
            return Ok(self.b.ins().select(first, now, past));
        }
        let source = source.ok_or(CompileError::NotScheduled(x))?;
        let n = self.length(n, 0, max)?;
        let row = self.b.ins().isub(self.row.t, n);
        let row = self.at_least(row, 0);
        self.past(source, row, program.module.node(x).ty)
    }

    /// `rec(max(t − n, start))`, 0 while `t ≤ start`.
    pub(super) fn previous(
        &mut self,
        id: ValueId,
        rec: ValueId,
        n: ValueId,
        max: u32,
    ) -> Result<Value, CompileError> {
        let module = &self.plan.program.module;
        let max = max.max(1);
        let Op::Rec { start, .. } = module.node(rec).op else {
            return Err(CompileError::NotScheduled(id));
        };
        let ty = module.node(rec).ty;
        let key = (rec, self.row.place == Place::Position);
        let fixed = memory::fixed_length(module, n, 1, max);
        let shift = self.plan.memory.cycles.get(&key);
        let word = fixed.and_then(|rows| shift.and_then(|s| s.words.get(rows as usize - 1)));
        let past = if let Some(word) = word {
            self.load_cell(*word, ty)
        } else {
            let ring = self
                .plan
                .memory
                .rings
                .get(&key)
                .ok_or(CompileError::NotScheduled(rec))?;
            let n = self.length(n, 1, max)?;
            let first = self.length(start, 0, u32::MAX)?;
            let row = self.b.ins().isub(self.row.t, n);
            let row = self.b.ins().smax(row, first);
            self.past(Source::Ring(*ring), row, ty)?
        };
        if !self.plan.guarded.contains(&id) {
            return Ok(past);
        }
        let early = self.before_start(start)?;
        let nothing = self.nothing(ty);
        Ok(self.b.ins().select(early, nothing, past))
    }

    /// At the end of a row: `x(t−1) ← x(t)`, `x(t−2) ← x(t−1)`, … Before the first row all of them are the first value.
    pub(super) fn shift_registers(&mut self) -> Result<(), CompileError> {
        let memory = self.plan.memory;
        let (place, scope) = (self.row.place, self.row.scope);
        for (list, cycle) in [(&memory.shifts, false), (&memory.cycles, true)] {
            for ((x, _), shift) in list
                .iter()
                .filter(|(_, s)| s.place == place && s.scope == scope)
            {
                let now = self.any(*x)?;
                let mut moved = vec![now];
                if shift.words.len() > 1 {
                    let early = match self.plan.program.module.node(*x).op {
                        Op::Rec { start, .. } if cycle => self.before_start(start)?,
                        _ => self.b.ins().icmp_imm_s(IntCC::Equal, self.row.t, 0),
                    };
                    for word in &shift.words[..shift.words.len() - 1] {
                        let past = self.load_cell(*word, shift.ty);
                        moved.push(self.b.ins().select(early, now, past));
                    }
                }
                for (word, value) in shift.words.iter().zip(moved) {
                    self.store_cell(*word, value);
                }
            }
        }
        Ok(())
    }
}
