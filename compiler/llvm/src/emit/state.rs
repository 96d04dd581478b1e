//! Words of state: in variables where they change every row of frame 0, in memory otherwise.

use super::{Emitter, Kind, Value, Variable, bug, windows};
use inkwell::types::BasicTypeEnum;
use inkwell::values::{BasicValue, PointerValue};
use sbt_ir::Ty;
use sbt_native::CompileError;
use sbt_native::memory::{FloatWord, IntWord, Place};
use std::collections::BTreeMap;

impl<'c> Emitter<'c, '_> {
    /// Keeps the single words of frame 0 in variables.
    pub(super) fn load_variables(&mut self) -> Result<(), CompileError> {
        let memory = self.plan.memory;
        let base = Place::Frame(0);
        let mut wanted: BTreeMap<usize, (Kind, usize)> = BTreeMap::new();
        for a in &memory.accumulators {
            if a.place == base && a.scope.is_none() {
                let width = self.width(a.x).max(self.width(a.n));
                for word in windows::single_words(a) {
                    wanted.insert(memory.float_index(word), (Kind::Number, width));
                }
                if let Some(word) = windows::whole_word(a) {
                    wanted.insert(word.0, (Kind::Whole, width));
                }
            }
        }
        for ((x, _), shift) in memory.cycles.iter().chain(&memory.shifts) {
            if shift.place == base && shift.scope.is_none() {
                for word in &shift.words {
                    let kind = (shift.ty.into(), self.width(*x));
                    wanted.insert(memory.float_index(*word), kind);
                }
            }
        }
        for a in &memory.anchors {
            if a.place == base && a.scope.is_none() {
                wanted.insert(a.next.0, (Kind::Whole, self.width(a.n)));
                wanted.insert(a.reach.0, (Kind::Whole, self.width(a.n)));
            }
        }
        for b in &memory.blocks {
            if b.place == base && b.scope.is_none() {
                wanted.insert(b.next.0, (Kind::Whole, self.width(b.n)));
            }
        }
        for ((x, place, scope), gauge) in &memory.gauges {
            if *place == base && scope.is_none() {
                wanted.insert(gauge.until.0, (Kind::Whole, self.width(*x)));
            }
        }
        for (x, word) in &memory.currents {
            let ty = self.plan.program.module.node(*x).ty;
            wanted.insert(memory.float_index(*word), (ty.into(), self.width(*x)));
        }
        for frame in 1..memory.frames {
            wanted.insert(memory.row(Place::Frame(frame)).0, (Kind::Whole, 1));
        }
        for (word, (kind, width)) in wanted {
            let ty = self.type_of(kind, width);
            let at = self.b.build_alloca(ty, "").map_err(bug)?;
            let value = self.load(self.word_at(self.state, word)?, kind, width)?;
            self.b.build_store(at, value).map_err(bug)?;
            self.variables.insert(word, Variable { at, kind, width });
        }
        Ok(())
    }

    pub(super) fn store_variables(&mut self) -> Result<(), CompileError> {
        let mut all: Vec<_> = self.variables.drain().collect();
        all.sort_unstable_by_key(|v| v.0);
        for (word, variable) in all {
            let ty = self.type_of(variable.kind, variable.width);
            let value = self.b.build_load(ty, variable.at, "").map_err(bug)?;
            self.store(self.word_at(self.state, word)?, value)?;
        }
        Ok(())
    }

    fn type_of(&self, kind: Kind, width: usize) -> BasicTypeEnum<'c> {
        let one = match kind {
            Kind::Number => self.context.f64_type().into(),
            Kind::Whole => self.context.i64_type().into(),
            Kind::Truth => self.context.bool_type().into(),
        };
        if width > 1 { self.wide(one) } else { one }
    }

    /// Reads words of 8 bytes from memory.
    pub(super) fn load(
        &self,
        from: PointerValue<'c>,
        kind: Kind,
        width: usize,
    ) -> Result<Value<'c>, CompileError> {
        let raw = if kind == Kind::Truth {
            Kind::Whole
        } else {
            kind
        };
        let ty = self.type_of(raw, width);
        let value = self.b.build_load(ty, from, "").map_err(bug)?;
        if let Some(load) = value.as_instruction_value() {
            load.set_alignment(8)
                .map_err(|e| CompileError::Backend(e.to_string()))?;
        }
        if kind == Kind::Truth {
            let zero = self.int(0);
            return self.icmp(inkwell::IntPredicate::NE, value, zero);
        }
        Ok(value)
    }

    /// Writes words of 8 bytes into memory.
    pub(super) fn store(&self, to: PointerValue<'c>, value: Value<'c>) -> Result<(), CompileError> {
        let element = match value {
            Value::VectorValue(v) => v.get_type().get_element_type(),
            other => other.get_type(),
        };
        let value = if element == self.context.bool_type().into() {
            self.as_word(value)?
        } else {
            value
        };
        let store = self.b.build_store(to, value).map_err(bug)?;
        store
            .set_alignment(8)
            .map_err(|e| CompileError::Backend(e.to_string()))?;
        Ok(())
    }

    fn load_word(&self, at: usize, kind: Kind, width: usize) -> Result<Value<'c>, CompileError> {
        if let Some(variable) = self.variables.get(&at) {
            let ty = self.type_of(variable.kind, variable.width);
            return self.b.build_load(ty, variable.at, "").map_err(bug);
        }
        self.load(self.word_at(self.state, at)?, kind, width)
    }

    fn store_word(&self, at: usize, value: Value<'c>, width: usize) -> Result<(), CompileError> {
        let value = self.fit(value, width)?;
        if let Some(variable) = self.variables.get(&at) {
            self.b.build_store(variable.at, value).map_err(bug)?;
            return Ok(());
        }
        self.store(self.word_at(self.state, at)?, value)
    }

    /// Reads a state word of the `f64` part.
    pub(super) fn load_cell(
        &self,
        word: FloatWord,
        ty: Ty,
        width: usize,
    ) -> Result<Value<'c>, CompileError> {
        self.load_word(self.plan.memory.float_index(word), ty.into(), width)
    }

    pub(super) fn store_cell(
        &self,
        word: FloatWord,
        value: Value<'c>,
        width: usize,
    ) -> Result<(), CompileError> {
        self.store_word(self.plan.memory.float_index(word), value, width)
    }

    pub(super) fn load_int(&self, word: IntWord, width: usize) -> Result<Value<'c>, CompileError> {
        self.load_word(word.0, Kind::Whole, width)
    }

    pub(super) fn store_int(
        &self,
        word: IntWord,
        value: Value<'c>,
        width: usize,
    ) -> Result<(), CompileError> {
        self.store_word(word.0, value, width)
    }

    /// Address of element `j` (of every lane) of an array of state.
    pub(super) fn array_element(
        &self,
        word: FloatWord,
        j: Value<'c>,
        width: usize,
    ) -> Result<PointerValue<'c>, CompileError> {
        let base = self.word_at(self.state, self.plan.memory.float_index(word))?;
        let j = if width > 1 {
            self.mul(j, self.int(width as i64))?
        } else {
            j
        };
        self.element(base, j.into_int_value())
    }

    /// Element `j` of an array of state; `j` may differ by lane.
    pub(super) fn load_array(
        &self,
        word: FloatWord,
        j: Value<'c>,
        kind: Kind,
        width: usize,
    ) -> Result<Value<'c>, CompileError> {
        if !Self::is_wide(j) {
            return self.load(self.array_element(word, j, width)?, kind, width);
        }
        let base = self.word_at(self.state, self.plan.memory.float_index(word))?;
        let j = if width > 1 {
            let j = self.mul(j, self.int(width as i64))?;
            self.add(j, self.lane_numbers())?
        } else {
            j
        };
        self.gather(base, j, kind)
    }

    /// Element `j` (the same in all lanes) of an array of state, in the lanes of the mask.
    pub(super) fn store_array(
        &self,
        word: FloatWord,
        j: Value<'c>,
        value: Value<'c>,
        width: usize,
        mask: Option<Value<'c>>,
    ) -> Result<(), CompileError> {
        let to = self.array_element(word, j, width)?;
        let mut value = self.fit(value, width)?;
        if let Some(mask) = mask {
            let ty = value.get_type();
            let old = self.b.build_load(ty, to, "").map_err(bug)?;
            if let Some(load) = old.as_instruction_value() {
                load.set_alignment(8)
                    .map_err(|e| CompileError::Backend(e.to_string()))?;
            }
            value = self.select(mask, value, old)?;
        }
        self.store(to, value)
    }
}
