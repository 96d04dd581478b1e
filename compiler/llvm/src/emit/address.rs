//! Addresses: the one operation whose operands LLVM's library cannot check when it is emitted. What the addresses stay
//! within is said where the code is called, in `sbt-native`.

use super::{Emitter, Value, bug};
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

    /// The 8-byte elements at `indices`, one a lane; `pointer` is the same for all.
    pub(super) fn gather(
        &self,
        pointer: PointerValue<'c>,
        indices: Value<'c>,
        of_numbers: bool,
    ) -> Result<Value<'c>, CompileError> {
        let lanes = self.lanes as u32;
        let base = self
            .b
            .build_ptr_to_int(pointer, self.context.i64_type(), "")
            .map_err(bug)?;
        let offset = self.shift_left(indices, 3)?;
        let addresses = self.add(base.into(), offset)?.into_vector_value();
        let pointers = self.context.ptr_type(inkwell::AddressSpace::default());
        let pointers = self
            .b
            .build_int_to_ptr(addresses, pointers.vec_type(lanes), "")
            .map_err(bug)?;
        let ty = if of_numbers {
            self.context.f64_type().vec_type(lanes)
        } else {
            self.context.i64_type().vec_type(lanes)
        };
        let align = self.context.i32_type().const_int(8, false);
        let all = self.splat(self.truth(true))?;
        self.intrinsic(
            "llvm.masked.gather",
            &[ty.into(), pointers.get_type().into()],
            &[
                pointers.into(),
                align.into(),
                all.into(),
                ty.get_undef().into(),
            ],
        )
    }
}
