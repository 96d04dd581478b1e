//! Addresses: the one operation whose operands LLVM's library cannot check when it is emitted. What the addresses stay
//! within is said where the code is called, in `sbt-native`.

use super::{Emitter, Kind, Value, bug};
use inkwell::types::BasicType;
use inkwell::values::{IntValue, PointerValue};
use sbt_native::CompileError;

impl<'c> Emitter<'c, '_> {
    /// Address of element `index` of elements of this type.
    #[allow(unsafe_code)]
    pub(super) fn element_of(
        &self,
        ty: impl BasicType<'c>,
        pointer: PointerValue<'c>,
        index: IntValue<'c>,
    ) -> Result<PointerValue<'c>, CompileError> {
        // SAFETY: emits an addition without a promise about its result; one index for a type with a size is well-formed
        unsafe { self.b.build_gep(ty, pointer, &[index], "") }.map_err(bug)
    }

    /// Address of the 8-byte element `index`.
    pub(super) fn element(
        &self,
        pointer: PointerValue<'c>,
        index: IntValue<'c>,
    ) -> Result<PointerValue<'c>, CompileError> {
        self.element_of(self.context.i64_type(), pointer, index)
    }

    /// Address of a word of 8 bytes that is known now.
    pub(super) fn word_at(
        &self,
        pointer: PointerValue<'c>,
        at: usize,
    ) -> Result<PointerValue<'c>, CompileError> {
        self.element(pointer, self.context.i64_type().const_int(at as u64, false))
    }

    /// The 8-byte elements at `indices`, one a lane; `pointer` is the same for all. Loads one by one: on many processors an
    /// instruction that gathers is slower.
    pub(super) fn gather(
        &self,
        pointer: PointerValue<'c>,
        indices: Value<'c>,
        kind: Kind,
    ) -> Result<Value<'c>, CompileError> {
        let mut values = Vec::with_capacity(self.lanes);
        for lane in 0..self.lanes {
            let index = self.lane(indices, lane)?.into_int_value();
            values.push(self.load(self.element(pointer, index)?, kind, 1)?);
        }
        self.lanes_of(&values)
    }

    /// The elements `back` before `row`, one a lane, where each is known to be there.
    pub(super) fn gather_back(
        &self,
        pointer: PointerValue<'c>,
        back: Value<'c>,
        row: Value<'c>,
    ) -> Result<Value<'c>, CompileError> {
        let mut values = Vec::with_capacity(self.lanes);
        for lane in 0..self.lanes {
            // the distance is fixed for the run: these addresses are computed before the loop
            let back = self.sub(self.int(0), self.lane(back, lane)?)?;
            let origin = self.element(pointer, back.into_int_value())?;
            let at = self.element(origin, row.into_int_value())?;
            values.push(self.load(at, Kind::Number, 1)?);
        }
        self.lanes_of(&values)
    }

    fn lanes_of(&self, values: &[Value<'c>]) -> Result<Value<'c>, CompileError> {
        let Some(first) = values.first() else {
            return Err(CompileError::Backend("no lanes".to_owned()));
        };
        let ty = self.wide(first.get_type()).into_vector_type();
        let mut all: Value<'c> = ty.get_undef().into();
        for (lane, value) in values.iter().enumerate() {
            all = self.with_lane(all, lane, *value)?;
        }
        Ok(all)
    }
}
