//! Past values: columns, registers that shift, rings.

use super::{Emitter, Kind, Value};
use inkwell::IntPredicate;
use sbt_ir::{Op, Ty, ValueId};
use sbt_native::CompileError;
use sbt_native::memory::{self, Place, Ring, Source};

impl<'c> Emitter<'c, '_> {
    /// Brings the lengths that are fixed for the run, but not written in the program, out of the loop.
    pub(super) fn prepare_lengths(
        &mut self,
        nodes: impl Iterator<Item = ValueId>,
    ) -> Result<(), CompileError> {
        let program = self.plan.program;
        for id in nodes.chain(self.bodies()) {
            for (n, least, most) in wanted(program.module.node(id).op, program) {
                let fixed = memory::is_fixed(program, n);
                if fixed && !self.lengths.contains_key(&(n, least, most)) {
                    let length = self.length(n, least, most)?;
                    self.lengths.insert((n, least, most), length);
                }
            }
        }
        Ok(())
    }

    /// Nodes of folds of this stage.
    fn bodies(&self) -> Vec<ValueId> {
        let program = self.plan.program;
        let folds = program.folds.iter();
        folds
            .filter(|f| program.stages.get(f.0.index()) == Some(&self.stage))
            .flat_map(|f| f.1.iter().copied())
            .collect()
    }

    /// The first row of frame 0 on which nothing is at its beginning any more; `None` when that is row 0.
    pub(super) fn steady_from(
        &mut self,
        nodes: &[ValueId],
    ) -> Result<Option<Value<'c>>, CompileError> {
        let program = self.plan.program;
        let mut latest: Option<Value<'c>> = None;
        for id in nodes.iter().copied().chain(self.bodies()) {
            let op = program.module.node(id).op;
            for (n, least, most) in wanted(op, program) {
                let rows = if memory::is_fixed(program, n) {
                    self.length(n, least, most)?
                } else {
                    self.int(i64::from(most))
                };
                let rows = self.largest(rows)?;
                // `start` itself is the last row of `init`; a register one row back is empty on row 0
                let rows = self.add(rows, self.int(1))?;
                latest = Some(match latest {
                    Some(latest) => self.smax(latest, rows)?,
                    None => rows,
                });
            }
        }
        Ok(latest)
    }

    /// A length as a whole number, clamped.
    pub(super) fn length(
        &mut self,
        n: ValueId,
        least: u32,
        most: u32,
    ) -> Result<Value<'c>, CompileError> {
        if let Some(fixed) = memory::fixed_length(&self.plan.program.module, n, least, most) {
            return Ok(self.int(i64::from(fixed)));
        }
        if let Some(known) = self.lengths.get(&(n, least, most)) {
            return Ok(*known);
        }
        let n = self.f64(n)?;
        self.clamp_length(n, least, most)
    }

    /// The element of a source at a row, which may differ by lane; `width` is that of the source's node.
    pub(super) fn past(
        &mut self,
        source: Source,
        row: Value<'c>,
        kind: Kind,
        width: usize,
    ) -> Result<Value<'c>, CompileError> {
        match source {
            Source::Fixed(x) => self.any(x),
            Source::Column { frame, column } => {
                let pointer = self.frames.get(frame).and_then(|f| f.columns.get(column));
                let pointer =
                    *pointer.ok_or_else(|| CompileError::Backend("no such column".to_owned()))?;
                if Self::is_wide(row) {
                    return self.gather(pointer, row, Kind::Number);
                }
                let at = self.element(pointer, row.into_int_value())?;
                self.load(at, Kind::Number, 1)
            }
            Source::Ring(ring) => {
                let at = self.ring_index(ring, row)?;
                self.load_array(ring.at, at, kind, width)
            }
        }
    }

    fn ring_index(&self, ring: Ring, row: Value<'c>) -> Result<Value<'c>, CompileError> {
        self.and(row, self.int(i64::from(ring.cap) - 1))
    }

    /// The element of a source `n` rows back, or of row 0.
    pub(super) fn past_back(
        &mut self,
        source: Source,
        n: Value<'c>,
        kind: Kind,
        width: usize,
    ) -> Result<Value<'c>, CompileError> {
        if self.row.steady
            && Self::is_wide(n)
            && let Source::Column { frame, column } = source
            && let Some(pointer) = self.frames.get(frame).and_then(|f| f.columns.get(column))
        {
            return self.gather_back(*pointer, n, self.row.t);
        }
        let row = self.sub(self.row.t, n)?;
        let row = if self.row.steady {
            row
        } else {
            self.smax(row, self.int(0))?
        };
        self.past(source, row, kind, width)
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
        let at = self.ring_index(ring, self.row.t)?;
        self.store_array(ring.at, at, value, self.width(x), None)
    }

    fn is_first_row(&self) -> Result<Value<'c>, CompileError> {
        if self.row.steady {
            return Ok(self.truth(false));
        }
        self.icmp(IntPredicate::EQ, self.row.t, self.int(0))
    }

    /// `x(max(t − n, 0))`
    pub(super) fn delayed(
        &mut self,
        x: ValueId,
        n: ValueId,
        max: u32,
    ) -> Result<Value<'c>, CompileError> {
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
            let past = self.load_cell(*word, shift.ty, self.width(x))?;
            let now = self.any(x)?;
            let first = self.is_first_row()?;
            return self.select(first, now, past);
        }
        let source = source.ok_or(CompileError::NotScheduled(x))?;
        let n = self.length(n, 0, max)?;
        self.past_back(source, n, program.module.node(x).ty.into(), self.width(x))
    }

    /// `rec(max(t − n, start))`, 0 while `t ≤ start`.
    pub(super) fn previous(
        &mut self,
        id: ValueId,
        rec: ValueId,
        n: ValueId,
        max: u32,
    ) -> Result<Value<'c>, CompileError> {
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
            self.load_cell(*word, ty, self.width(rec))?
        } else {
            let ring = self.plan.memory.rings.get(&key);
            let ring = *ring.ok_or(CompileError::NotScheduled(rec))?;
            let n = self.length(n, 1, max)?;
            let first = self.length(start, 0, u32::MAX)?;
            // `start + n` may lie beyond the first steady row
            let row = self.sub(self.row.t, n)?;
            let row = self.smax(row, first)?;
            self.past(Source::Ring(ring), row, ty.into(), self.width(rec))?
        };
        if !self.plan.guarded.contains(&id) {
            return Ok(past);
        }
        let early = self.before_start(start)?;
        let nothing = self.nothing(ty);
        self.select(early, nothing, past)
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
                let width = self.width(*x);
                let mut moved = vec![now];
                if shift.words.len() > 1 {
                    let early = match self.plan.program.module.node(*x).op {
                        Op::Rec { start, .. } if cycle => self.before_start(start)?,
                        _ => self.is_first_row()?,
                    };
                    for word in &shift.words[..shift.words.len() - 1] {
                        let past = self.load_cell(*word, shift.ty, width)?;
                        moved.push(self.select(early, now, past)?);
                    }
                }
                for (word, value) in shift.words.iter().zip(moved) {
                    self.store_cell(*word, value, width)?;
                }
            }
        }
        Ok(())
    }

    /// `t ≤ start`
    pub(super) fn before_start(&mut self, start: ValueId) -> Result<Value<'c>, CompileError> {
        if self.row.steady {
            return Ok(self.truth(false));
        }
        let start = self.length(start, 0, u32::MAX)?;
        self.icmp(IntPredicate::SLE, self.row.t, start)
    }

    /// Zero or false.
    fn nothing(&self, ty: Ty) -> Value<'c> {
        match ty {
            Ty::F64 => self.number(0.0),
            Ty::Bool => self.truth(false),
        }
    }
}

/// The lengths a node reads, with their bounds.
fn wanted(op: Op, program: &sbt_ir::Program) -> Vec<(ValueId, u32, u32)> {
    match op {
        Op::Hist { n, max, .. } => vec![(n, 0, max)],
        Op::Window { n, max, .. } => vec![(n, 1, max.max(1))],
        Op::Rec { start, .. } => vec![(start, 0, u32::MAX)],
        Op::Prev { rec, n, max } => {
            let mut wanted = vec![(n, 1, max.max(1))];
            if let Op::Rec { start, .. } = program.module.node(rec).op {
                wanted.push((start, 0, u32::MAX));
            }
            wanted
        }
        _ => vec![],
    }
}
