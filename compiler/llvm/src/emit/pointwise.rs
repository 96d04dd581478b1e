//! Operations on one row.

use super::{Emitter, Kind, Value, bug};
use inkwell::FloatPredicate;
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::types::BasicMetadataTypeEnum;
use inkwell::values::{BasicMetadataValueEnum, FunctionValue, ValueKind};
use sbt_ir::{BinaryOp, CmpOp, Op, PositionField, UnaryOp, ValueId};
use sbt_native::routines::{One, Routine, Two};
use sbt_native::{CompileError, context, memory};

impl<'c> Emitter<'c, '_> {
    /// Emits a node.
    pub(super) fn evaluate(&mut self, id: ValueId) -> Result<(), CompileError> {
        let node = *self.plan.program.module.node(id);
        let value = match node.op {
            // fixed for the run, or bound by its fold
            Op::Const(_) | Op::Bool(_) | Op::Param(_) | Op::FoldVar => return Ok(()),
            Op::Field(_) => {
                let (frame, column) = memory::column(&self.plan.program.module, id)
                    .ok_or(CompileError::NotScheduled(id))?;
                let source = memory::Source::Column { frame, column };
                self.past(source, self.row.t, Kind::Number, 1)?
            }
            Op::Row => self.as_number(self.row.t)?,
            Op::Unary(op, a) => self.unary(op, a)?,
            Op::Binary(op, a, b) => self.binary(op, a, b)?,
            Op::Cmp(op, a, b) => {
                let (a, b) = (self.f64(a)?, self.f64(b)?);
                self.fcmp(condition(op), a, b)?
            }
            Op::Fma(x, y, z) => self.fused(x, y, z)?,
            Op::Select(c, a, b) => {
                let (c, a, b) = (self.bool(c)?, self.any(a)?, self.any(b)?);
                self.select(c, a, b)?
            }
            Op::Hist { x, n, max } => self.delayed(x, n, max)?,
            Op::Prev { rec, n, max } => self.previous(id, rec, n, max)?,
            Op::Rec { init, start, next } => self.recurrence(id, init, start, next)?,
            Op::Window { .. } => self.window(id)?,
            Op::Fold { .. } => self.fold(id)?,
            Op::Current(x) => {
                let word = self.plan.memory.currents.get(&x);
                let word = *word.ok_or(CompileError::NotScheduled(id))?;
                self.load_cell(word, node.ty, self.width(x))?
            }
            Op::Position(field) => {
                let at = match field {
                    PositionField::Side => 0,
                    PositionField::Bars => 1,
                    PositionField::Entry => 2,
                    PositionField::Profit => 3,
                    PositionField::Size => 4,
                    PositionField::Equity => 5,
                };
                let inputs = self.pointer_word(context::INPUTS)?;
                self.load(self.word_at(inputs, at)?, Kind::Number, 1)?
            }
            Op::Entry => {
                let at = self.word_at(self.words, context::INPUTS)?;
                self.load(at, Kind::Number, 1)?
            }
        };
        self.know(id, value);
        Ok(())
    }

    fn unary(&mut self, op: UnaryOp, a: ValueId) -> Result<Value<'c>, CompileError> {
        if matches!(op, UnaryOp::Not | UnaryOp::ToFloat) {
            let a = self.bool(a)?;
            return if op == UnaryOp::Not {
                self.not(a)
            } else {
                self.select(a, self.number(1.0), self.number(0.0))
            };
        }
        let a = self.f64(a)?;
        let routine = match op {
            UnaryOp::Neg => return self.negated(a),
            UnaryOp::Abs => return self.intrinsic_of("llvm.fabs", a),
            UnaryOp::Sqrt => return self.intrinsic_of("llvm.sqrt", a),
            UnaryOp::Floor => return self.rounded("llvm.floor", One::Floor, a),
            UnaryOp::Ceil => return self.rounded("llvm.ceil", One::Ceil, a),
            UnaryOp::Round => return self.nearest(a),
            UnaryOp::Trunc => return self.toward_zero(a),
            UnaryOp::Sign => {
                let zero = self.number(0.0);
                let above = self.fcmp(FloatPredicate::OGT, a, zero)?;
                let below = self.fcmp(FloatPredicate::OLT, a, zero)?;
                let negative = self.select(below, self.number(-1.0), zero)?;
                return self.select(above, self.number(1.0), negative);
            }
            UnaryOp::IsFinite => {
                let size = self.intrinsic_of("llvm.fabs", a)?;
                return self.fcmp(FloatPredicate::OLT, size, self.number(f64::INFINITY));
            }
            UnaryOp::Exp => One::Exp,
            UnaryOp::Log => One::Log,
            UnaryOp::Log10 => One::Log10,
            UnaryOp::Sin => One::Sin,
            UnaryOp::Cos => One::Cos,
            UnaryOp::Tan => One::Tan,
            UnaryOp::Asin => One::Asin,
            UnaryOp::Acos => One::Acos,
            UnaryOp::Atan => One::Atan,
            UnaryOp::Sinh => One::Sinh,
            UnaryOp::Cosh => One::Cosh,
            UnaryOp::Tanh => One::Tanh,
            // handled above
            UnaryOp::Not | UnaryOp::ToFloat => return Ok(a),
        };
        self.call(Routine::One(routine), &[a])
    }

    fn binary(&mut self, op: BinaryOp, a: ValueId, b: ValueId) -> Result<Value<'c>, CompileError> {
        if matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Xor) {
            let (a, b) = (self.bool(a)?, self.bool(b)?);
            return match op {
                BinaryOp::And => self.and(a, b),
                BinaryOp::Or => self.or(a, b),
                _ => self.xor(a, b),
            };
        }
        let (a, b) = (self.f64(a)?, self.f64(b)?);
        match op {
            BinaryOp::Add => self.fadd(a, b),
            BinaryOp::Sub => self.fsub(a, b),
            BinaryOp::Mul => self.fmul(a, b),
            BinaryOp::Div => self.fdiv(a, b),
            BinaryOp::Mod => {
                let ratio = self.fdiv(a, b)?;
                let whole = self.rounded("llvm.floor", One::Floor, ratio)?;
                let part = self.fmul(b, whole)?;
                self.fsub(a, part)
            }
            BinaryOp::Min => self.lesser(a, b),
            BinaryOp::Max => self.greater(a, b),
            BinaryOp::Pow => self.call(Routine::Two(Two::Pow), &[a, b]),
            BinaryOp::Atan2 => self.call(Routine::Two(Two::Atan2), &[a, b]),
            BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => Ok(a),
        }
    }

    fn fused(&mut self, x: ValueId, y: ValueId, z: ValueId) -> Result<Value<'c>, CompileError> {
        let (x, y, z) = (self.f64(x)?, self.f64(y)?, self.f64(z)?);
        if !self.plan.target.fuses {
            return self.call(Routine::Fma, &[x, y, z]);
        }
        let (x, y) = self.level(x, y)?;
        let (x, z) = self.level(x, z)?;
        let (x, y) = self.level(x, y)?;
        self.intrinsic("llvm.fma", &[x.get_type()], &[x.into(), y.into(), z.into()])
    }

    fn rounded(
        &mut self,
        intrinsic: &str,
        routine: One,
        a: Value<'c>,
    ) -> Result<Value<'c>, CompileError> {
        if self.plan.target.rounds {
            self.intrinsic_of(intrinsic, a)
        } else {
            self.call(Routine::One(routine), &[a])
        }
    }

    pub(super) fn nearest(&mut self, a: Value<'c>) -> Result<Value<'c>, CompileError> {
        self.rounded("llvm.roundeven", One::Round, a)
    }

    pub(super) fn toward_zero(&mut self, a: Value<'c>) -> Result<Value<'c>, CompileError> {
        self.rounded("llvm.trunc", One::Trunc, a)
    }

    /// A routine of numbers, called for each lane.
    fn call(&mut self, routine: Routine, args: &[Value<'c>]) -> Result<Value<'c>, CompileError> {
        let callee = self.import(routine);
        let wide = args.iter().any(|a| Self::is_wide(*a));
        let mut result = self.fit(self.number(0.0), if wide { self.lanes } else { 1 })?;
        for lane in 0..if wide { self.lanes } else { 1 } {
            let mut one: Vec<BasicMetadataValueEnum<'c>> = Vec::new();
            for arg in args {
                one.push(self.lane(*arg, lane)?.into());
            }
            let call = self.b.build_call(callee, &one, "").map_err(bug)?;
            let ValueKind::Basic(value) = call.try_as_basic_value() else {
                return Err(CompileError::Backend(
                    "a routine without a result".to_owned(),
                ));
            };
            result = self.with_lane(result, lane, value)?;
        }
        Ok(result)
    }

    pub(super) fn import(&self, routine: Routine) -> FunctionValue<'c> {
        let (name, _) = routine.symbol();
        if let Some(known) = self.module.get_function(name) {
            return known;
        }
        let number: BasicMetadataTypeEnum<'c> = self.context.f64_type().into();
        let whole: BasicMetadataTypeEnum<'c> = self.context.i64_type().into();
        let pointer: BasicMetadataTypeEnum<'c> = self
            .context
            .ptr_type(inkwell::AddressSpace::default())
            .into();
        let returns = self.context.f64_type();
        let nothing = self.context.void_type();
        let ty = match routine {
            Routine::One(_) => returns.fn_type(&[number], false),
            Routine::Two(_) => returns.fn_type(&[number; 2], false),
            Routine::Fma => returns.fn_type(&[number; 3], false),
            Routine::Slide => nothing.fn_type(&[pointer, whole, whole, number, number], false),
            Routine::SumOfTicks | Routine::SumOfValues | Routine::SeedOfTicks => {
                nothing.fn_type(&[pointer], false)
            }
        };
        let function = self.module.add_function(name, ty, None);
        let mut attributes = vec!["nounwind", "willreturn"];
        if matches!(routine, Routine::One(_) | Routine::Two(_) | Routine::Fma) {
            // a function of its operands alone
            attributes.push("memory");
        }
        for name in attributes {
            let kind = Attribute::get_named_enum_kind_id(name);
            let attribute = self.context.create_enum_attribute(kind, 0);
            function.add_attribute(AttributeLoc::Function, attribute);
        }
        function
    }

    /// `init(t)` while `t ≤ start`, `next(t)` afterwards. `init` is off the path of the loop.
    fn recurrence(
        &mut self,
        id: ValueId,
        init: ValueId,
        start: ValueId,
        next: ValueId,
    ) -> Result<Value<'c>, CompileError> {
        let width = self.width(id);
        let next = self.any(next)?;
        let next = self.fit(next, width)?;
        if self.row.steady {
            return Ok(next);
        }
        let early = self.before_start(start)?;
        if !self.plan.memory.seed_of.contains_key(&init) {
            let init = self.any(init)?;
            return self.select(early, init, next);
        }
        let (seed, go_on) = (self.block(), self.block());
        let any = self.any_lane(early)?;
        let any = self.rarely(any)?;
        let before = self.here()?;
        self.branch(any, seed, go_on)?;
        self.go_on_at(seed);
        let outer = self.nest();
        let init = self.seed(id, init)?;
        self.unnest(outer);
        let first = if Self::is_wide(early) {
            self.select(early, init, next)?
        } else {
            self.fit(init, width)?
        };
        let seeded = self.here()?;
        self.jump(go_on)?;
        self.go_on_at(go_on);
        self.phi(&[(next, before), (first, seeded)])
    }
}

fn condition(op: CmpOp) -> FloatPredicate {
    match op {
        CmpOp::Eq => FloatPredicate::OEQ,
        CmpOp::Ne => FloatPredicate::UNE,
        CmpOp::Lt => FloatPredicate::OLT,
        CmpOp::Le => FloatPredicate::OLE,
        CmpOp::Gt => FloatPredicate::OGT,
        CmpOp::Ge => FloatPredicate::OGE,
    }
}
