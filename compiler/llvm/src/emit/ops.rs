//! Small operations, for one value or for one a lane: where they meet, the one is repeated.

use super::{Emitter, Value, bug};
use inkwell::basic_block::BasicBlock;
use inkwell::intrinsics::Intrinsic;
use inkwell::types::BasicTypeEnum;
use inkwell::values::{BasicMetadataValueEnum, BasicValue, IntValue, ValueKind};
use inkwell::{FloatPredicate, IntPredicate};
use sbt_native::CompileError;

type Made<'c> = Result<Value<'c>, CompileError>;

macro_rules! of_floats {
    ($($name:ident = $build:ident;)*) => {
        impl<'c> Emitter<'c, '_> {$(
            pub(super) fn $name(&self, a: Value<'c>, b: Value<'c>) -> Made<'c> {
                let (a, b) = self.level(a, b)?;
                Ok(if a.is_vector_value() {
                    self.b.$build(a.into_vector_value(), b.into_vector_value(), "").map_err(bug)?.into()
                } else {
                    self.b.$build(a.into_float_value(), b.into_float_value(), "").map_err(bug)?.into()
                })
            }
        )*}
    };
}

macro_rules! of_ints {
    ($($name:ident = $build:ident;)*) => {
        impl<'c> Emitter<'c, '_> {$(
            pub(super) fn $name(&self, a: Value<'c>, b: Value<'c>) -> Made<'c> {
                let (a, b) = self.level(a, b)?;
                Ok(if a.is_vector_value() {
                    self.b.$build(a.into_vector_value(), b.into_vector_value(), "").map_err(bug)?.into()
                } else {
                    self.b.$build(a.into_int_value(), b.into_int_value(), "").map_err(bug)?.into()
                })
            }
        )*}
    };
}

of_floats! {
    fadd = build_float_add;
    fsub = build_float_sub;
    fmul = build_float_mul;
    fdiv = build_float_div;
}

of_ints! {
    add = build_int_add;
    sub = build_int_sub;
    mul = build_int_mul;
    rem = build_int_signed_rem;
    and = build_and;
    or = build_or;
    xor = build_xor;
}

impl<'c> Emitter<'c, '_> {
    pub(super) fn number(&self, value: f64) -> Value<'c> {
        self.context.f64_type().const_float(value).into()
    }

    pub(super) fn int(&self, value: i64) -> Value<'c> {
        self.context.i64_type().const_int(value as u64, true).into()
    }

    pub(super) fn truth(&self, value: bool) -> Value<'c> {
        self.context
            .bool_type()
            .const_int(u64::from(value), false)
            .into()
    }

    /// Whether it is one a lane.
    pub(super) fn is_wide(value: Value<'_>) -> bool {
        value.is_vector_value()
    }

    /// The same in every lane.
    pub(super) fn splat(&self, value: Value<'c>) -> Made<'c> {
        if value.is_vector_value() || self.lanes == 1 {
            return Ok(value);
        }
        let lanes = self.lanes as u32;
        let ty = self.wide(value.get_type());
        let zero = self.context.i32_type().const_zero();
        let undef = ty.into_vector_type().get_undef();
        let first = self
            .b
            .build_insert_element(undef, value, zero, "")
            .map_err(bug)?;
        let mask = self.context.i32_type().vec_type(lanes).const_zero();
        Ok(self
            .b
            .build_shuffle_vector(first, undef, mask, "")
            .map_err(bug)?
            .into())
    }

    /// The type of one a lane.
    pub(super) fn wide(&self, ty: BasicTypeEnum<'c>) -> BasicTypeEnum<'c> {
        let lanes = self.lanes as u32;
        match ty {
            BasicTypeEnum::FloatType(ty) => ty.vec_type(lanes).into(),
            BasicTypeEnum::IntType(ty) => ty.vec_type(lanes).into(),
            other => other,
        }
    }

    /// As it is kept in `width` words.
    pub(super) fn fit(&self, value: Value<'c>, width: usize) -> Made<'c> {
        if width > 1 {
            self.splat(value)
        } else {
            Ok(value)
        }
    }

    /// Both one, or both one a lane.
    pub(super) fn level(
        &self,
        a: Value<'c>,
        b: Value<'c>,
    ) -> Result<(Value<'c>, Value<'c>), CompileError> {
        match (a.is_vector_value(), b.is_vector_value()) {
            (true, false) => Ok((a, self.splat(b)?)),
            (false, true) => Ok((self.splat(a)?, b)),
            _ => Ok((a, b)),
        }
    }

    pub(super) fn fcmp(&self, op: FloatPredicate, a: Value<'c>, b: Value<'c>) -> Made<'c> {
        let (a, b) = self.level(a, b)?;
        Ok(if a.is_vector_value() {
            let (a, b) = (a.into_vector_value(), b.into_vector_value());
            self.b
                .build_float_compare(op, a, b, "")
                .map_err(bug)?
                .into()
        } else {
            let (a, b) = (a.into_float_value(), b.into_float_value());
            self.b
                .build_float_compare(op, a, b, "")
                .map_err(bug)?
                .into()
        })
    }

    pub(super) fn icmp(&self, op: IntPredicate, a: Value<'c>, b: Value<'c>) -> Made<'c> {
        let (a, b) = self.level(a, b)?;
        Ok(if a.is_vector_value() {
            let (a, b) = (a.into_vector_value(), b.into_vector_value());
            self.b.build_int_compare(op, a, b, "").map_err(bug)?.into()
        } else {
            let (a, b) = (a.into_int_value(), b.into_int_value());
            self.b.build_int_compare(op, a, b, "").map_err(bug)?.into()
        })
    }

    pub(super) fn less(&self, a: Value<'c>, b: Value<'c>) -> Made<'c> {
        self.icmp(IntPredicate::SLT, a, b)
    }

    pub(super) fn not(&self, a: Value<'c>) -> Made<'c> {
        self.xor(a, self.truth(true))
    }

    pub(super) fn select(&self, c: Value<'c>, a: Value<'c>, b: Value<'c>) -> Made<'c> {
        let (mut a, mut b) = self.level(a, b)?;
        if c.is_vector_value() {
            (a, b) = (self.splat(a)?, self.splat(b)?);
            return self
                .b
                .build_select(c.into_vector_value(), a, b, "")
                .map_err(bug);
        }
        self.b
            .build_select(c.into_int_value(), a, b, "")
            .map_err(bug)
    }

    /// `new` in the lanes of the mask, `old` in the others; without a mask, `new`.
    pub(super) fn merge(
        &self,
        mask: Option<Value<'c>>,
        new: Value<'c>,
        old: Value<'c>,
    ) -> Made<'c> {
        match mask {
            Some(mask) => self.select(mask, new, old),
            None => Ok(new),
        }
    }

    pub(super) fn smin(&self, a: Value<'c>, b: Value<'c>) -> Made<'c> {
        let less = self.less(a, b)?;
        self.select(less, a, b)
    }

    pub(super) fn smax(&self, a: Value<'c>, b: Value<'c>) -> Made<'c> {
        let less = self.less(a, b)?;
        self.select(less, b, a)
    }

    /// `if a < b then a else b`
    pub(super) fn lesser(&self, a: Value<'c>, b: Value<'c>) -> Made<'c> {
        let less = self.fcmp(FloatPredicate::OLT, a, b)?;
        self.select(less, a, b)
    }

    /// `if a > b then a else b`
    pub(super) fn greater(&self, a: Value<'c>, b: Value<'c>) -> Made<'c> {
        let more = self.fcmp(FloatPredicate::OGT, a, b)?;
        self.select(more, a, b)
    }

    pub(super) fn shift_left(&self, a: Value<'c>, by: u64) -> Made<'c> {
        let by: Value<'c> = self.context.i64_type().const_int(by, false).into();
        let (a, by) = self.level(a, by)?;
        Ok(if a.is_vector_value() {
            let (a, by) = (a.into_vector_value(), by.into_vector_value());
            self.b.build_left_shift(a, by, "").map_err(bug)?.into()
        } else {
            let (a, by) = (a.into_int_value(), by.into_int_value());
            self.b.build_left_shift(a, by, "").map_err(bug)?.into()
        })
    }

    pub(super) fn negated(&self, a: Value<'c>) -> Made<'c> {
        Ok(if a.is_vector_value() {
            self.b
                .build_float_neg(a.into_vector_value(), "")
                .map_err(bug)?
                .into()
        } else {
            self.b
                .build_float_neg(a.into_float_value(), "")
                .map_err(bug)?
                .into()
        })
    }

    /// A whole number as `f64`.
    pub(super) fn as_number(&self, a: Value<'c>) -> Made<'c> {
        let to = self.context.f64_type();
        Ok(if a.is_vector_value() {
            let to = to.vec_type(self.lanes as u32);
            let a = a.into_vector_value();
            self.b
                .build_signed_int_to_float(a, to, "")
                .map_err(bug)?
                .into()
        } else {
            let a = a.into_int_value();
            self.b
                .build_signed_int_to_float(a, to, "")
                .map_err(bug)?
                .into()
        })
    }

    /// A number as the whole number toward zero, at the ends of the range beyond it, 0 for NaN.
    pub(super) fn as_whole(&self, a: Value<'c>) -> Made<'c> {
        let to: BasicTypeEnum<'c> = self.context.i64_type().into();
        let to = if a.is_vector_value() {
            self.wide(to)
        } else {
            to
        };
        self.intrinsic("llvm.fptosi.sat", &[to, a.get_type()], &[a.into()])
    }

    /// A truth value as 0 or 1.
    pub(super) fn as_word(&self, a: Value<'c>) -> Made<'c> {
        let to = self.context.i64_type();
        Ok(if a.is_vector_value() {
            let to = to.vec_type(self.lanes as u32);
            self.b
                .build_int_z_extend(a.into_vector_value(), to, "")
                .map_err(bug)?
                .into()
        } else {
            self.b
                .build_int_z_extend(a.into_int_value(), to, "")
                .map_err(bug)?
                .into()
        })
    }

    /// An intrinsic overloaded on these types.
    pub(super) fn intrinsic(
        &self,
        name: &str,
        types: &[BasicTypeEnum<'c>],
        args: &[BasicMetadataValueEnum<'c>],
    ) -> Made<'c> {
        let function = Intrinsic::find(name)
            .and_then(|i| i.get_declaration(self.module, types))
            .ok_or_else(|| CompileError::Backend(format!("no {name}")))?;
        let call = self.b.build_call(function, args, "").map_err(bug)?;
        match call.try_as_basic_value() {
            ValueKind::Basic(value) => Ok(value),
            ValueKind::Instruction(_) => {
                Err(CompileError::Backend(format!("{name} yields nothing")))
            }
        }
    }

    /// An intrinsic of one number.
    pub(super) fn intrinsic_of(&self, name: &str, a: Value<'c>) -> Made<'c> {
        self.intrinsic(name, &[a.get_type()], &[a.into()])
    }

    /// Whether it holds in any lane.
    pub(super) fn any_lane(&self, mask: Value<'c>) -> Result<IntValue<'c>, CompileError> {
        if !mask.is_vector_value() {
            return Ok(mask.into_int_value());
        }
        let ty = match self.lanes {
            8 => self.context.i8_type(),
            lanes => std::num::NonZeroU32::new(lanes as u32)
                .and_then(|bits| self.context.custom_width_int_type(bits).ok())
                .ok_or_else(|| CompileError::Backend("no lanes".to_owned()))?,
        };
        let bits = self.b.build_bit_cast(mask, ty, "").map_err(bug)?;
        let bits = bits.into_int_value();
        self.b
            .build_int_compare(IntPredicate::NE, bits, ty.const_zero(), "")
            .map_err(bug)
    }

    /// The largest of the lanes.
    pub(super) fn largest(&self, a: Value<'c>) -> Made<'c> {
        if a.is_vector_value() {
            self.intrinsic_of("llvm.vector.reduce.smax", a)
        } else {
            Ok(a)
        }
    }

    /// The value of one lane.
    pub(super) fn lane(&self, a: Value<'c>, lane: usize) -> Made<'c> {
        if !a.is_vector_value() {
            return Ok(a);
        }
        let at = self.context.i32_type().const_int(lane as u64, false);
        self.b
            .build_extract_element(a.into_vector_value(), at, "")
            .map_err(bug)
    }

    pub(super) fn with_lane(&self, a: Value<'c>, lane: usize, value: Value<'c>) -> Made<'c> {
        if !a.is_vector_value() {
            return Ok(value);
        }
        let at = self.context.i32_type().const_int(lane as u64, false);
        Ok(self
            .b
            .build_insert_element(a.into_vector_value(), value, at, "")
            .map_err(bug)?
            .into())
    }

    /// 0, 1, 2, … by lane.
    pub(super) fn lane_numbers(&self) -> Value<'c> {
        let ty = self.context.i64_type();
        let numbers: Vec<_> = (0..self.lanes)
            .map(|l| ty.const_int(l as u64, false))
            .collect();
        inkwell::types::VectorType::const_vector(&numbers).into()
    }

    /// A number as a length: rounded toward zero and clamped to `least..=most`, NaN being 0 first.
    pub(super) fn clamp_length(&self, x: Value<'c>, least: u32, most: u32) -> Made<'c> {
        let whole = self.as_whole(x)?;
        let whole = self.smin(whole, self.int(i64::from(most)))?;
        self.smax(whole, self.int(i64::from(least)))
    }

    /// NaN made the one NaN.
    pub(super) fn canonical(&self, x: Value<'c>) -> Made<'c> {
        let is_nan = self.fcmp(FloatPredicate::UNO, x, x)?;
        self.select(is_nan, self.number(f64::NAN), x)
    }

    // ---- blocks

    pub(super) fn block(&self) -> BasicBlock<'c> {
        self.context.append_basic_block(self.function, "")
    }

    pub(super) fn here(&self) -> Result<BasicBlock<'c>, CompileError> {
        self.b
            .get_insert_block()
            .ok_or_else(|| CompileError::Backend("no block".to_owned()))
    }

    pub(super) fn go_on_at(&self, block: BasicBlock<'c>) {
        self.b.position_at_end(block);
    }

    pub(super) fn jump(&self, to: BasicBlock<'c>) -> Result<(), CompileError> {
        self.b.build_unconditional_branch(to).map_err(bug)?;
        Ok(())
    }

    pub(super) fn branch(
        &self,
        on: IntValue<'c>,
        then: BasicBlock<'c>,
        or: BasicBlock<'c>,
    ) -> Result<(), CompileError> {
        self.b.build_conditional_branch(on, then, or).map_err(bug)?;
        Ok(())
    }

    /// A truth that hardly ever is one.
    pub(super) fn rarely(&self, on: IntValue<'c>) -> Result<IntValue<'c>, CompileError> {
        let no = self.truth(false);
        let expected = self.intrinsic(
            "llvm.expect",
            &[self.context.bool_type().into()],
            &[on.into(), no.into()],
        )?;
        Ok(expected.into_int_value())
    }

    /// A value that depends on where one came from.
    pub(super) fn phi(&self, incoming: &[(Value<'c>, BasicBlock<'c>)]) -> Made<'c> {
        let Some((first, _)) = incoming.first() else {
            return Err(CompileError::Backend("a choice of nothing".to_owned()));
        };
        let phi = self.b.build_phi(first.get_type(), "").map_err(bug)?;
        for (value, block) in incoming {
            phi.add_incoming(&[(value as &dyn BasicValue<'c>, *block)]);
        }
        Ok(phi.as_basic_value())
    }
}
