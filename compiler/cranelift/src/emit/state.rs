//! Words of state: in variables where they change every row of frame 0, in memory otherwise.

use super::{Emitter, trusted, windows};
use cranelift_codegen::ir::types::{F64, I8, I64};
use cranelift_codegen::ir::{InstBuilder, Type, Value};
use sbt_ir::Ty;
use sbt_native::memory::{FloatWord, IntWord, Memory, Place};

/// State words of frame 0 kept in variables, at most: more would only be spilled.
const VARIABLES: usize = 48;

impl Emitter<'_, '_> {
    /// Keeps the fast-changing state of frame 0 in variables.
    pub(super) fn load_variables(&mut self) {
        let memory = self.plan.memory;
        let mut wanted: Vec<(usize, Type)> = Vec::new();
        let floats = memory
            .accumulators
            .iter()
            .filter(|a| a.place == Place::Frame(0) && a.scope.is_none())
            .flat_map(windows::fast_words);
        let float = |word: FloatWord| memory.float_index(word);
        wanted.extend(floats.map(|word| (float(word), F64)));
        for shift in memory.cycles.values().chain(memory.shifts.values()) {
            if shift.place == Place::Frame(0) && shift.scope.is_none() {
                let ty = if shift.ty == Ty::F64 { F64 } else { I8 };
                wanted.extend(shift.words.iter().map(|w| (float(*w), ty)));
            }
        }
        wanted.truncate(VARIABLES);
        for (word, ty) in wanted {
            let variable = self.b.declare_var(ty);
            let value = self.load_word(word, ty);
            self.b.def_var(variable, value);
            self.variables.insert(word, (variable, ty));
        }
    }

    pub(super) fn store_variables(&mut self) {
        let mut all: Vec<_> = self.variables.drain().collect();
        all.sort_unstable_by_key(|v| v.0);
        for (word, (variable, _)) in all {
            let value = self.b.use_var(variable);
            self.store_word(word, value);
        }
    }

    /// Reads a state word of the `f64` part.
    pub(super) fn load_cell(&mut self, word: FloatWord, ty: Ty) -> Value {
        let at = self.plan.memory.float_index(word);
        if let Some((variable, _)) = self.variables.get(&at) {
            return self.b.use_var(*variable);
        }
        self.load_word(at, if ty == Ty::F64 { F64 } else { I8 })
    }

    pub(super) fn store_cell(&mut self, word: FloatWord, value: Value) {
        let at = self.plan.memory.float_index(word);
        if let Some((variable, _)) = self.variables.get(&at) {
            self.b.def_var(*variable, value);
        } else {
            self.store_word(at, value);
        }
    }

    pub(super) fn load_word(&mut self, at: usize, ty: Type) -> Value {
        let (state, offset) = (self.state, (at * 8) as i32);
        if ty == I8 {
            let wide = self.b.ins().load(I64, trusted(), state, offset);
            return self.b.ins().ireduce(I8, wide);
        }
        self.b.ins().load(ty, trusted(), state, offset)
    }

    pub(super) fn store_word(&mut self, at: usize, value: Value) {
        let ty = self.b.func.dfg.value_type(value);
        let value = if ty == I8 {
            self.b.ins().uextend(I64, value)
        } else {
            value
        };
        self.b
            .ins()
            .store(trusted(), value, self.state, (at * 8) as i32);
    }

    pub(super) fn load_int(&mut self, word: IntWord) -> Value {
        self.b
            .ins()
            .load(I64, trusted(), self.state, Memory::int_offset(word) as i32)
    }

    pub(super) fn store_int(&mut self, word: IntWord, value: Value) {
        self.b.ins().store(
            trusted(),
            value,
            self.state,
            Memory::int_offset(word) as i32,
        );
    }
}
