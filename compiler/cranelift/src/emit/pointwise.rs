//! Operations on one row.

use super::{Emitter, Known, constant_memory};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, F64X2, I8, I64};
use cranelift_codegen::ir::{InstBuilder, Value};
use sbt_ir::{BinaryOp, CmpOp, Op, PositionField, Ty, UnaryOp, ValueId};
use sbt_native::memory;
use sbt_native::routines::{One, Routine, Two};
use sbt_native::{CompileError, context};

/// How far a mask is sought through `And`, `Or`, `Xor` and `Not` before the truth value is spread.
const MASK_DEPTH: u32 = 4;

impl Emitter<'_, '_> {
    /// Emits a node.
    pub(super) fn evaluate(&mut self, id: ValueId) -> Result<(), CompileError> {
        let node = *self.plan.program.module.node(id);
        let value = match node.op {
            // fixed for the run, or bound by its fold
            Op::Const(_) | Op::Bool(_) | Op::Param(_) | Op::FoldVar => return Ok(()),
            Op::Field(_) => {
                let (frame, column) = memory::column(&self.plan.program.module, id)
                    .ok_or(CompileError::NotScheduled(id))?;
                let pointer = self
                    .frames
                    .get(frame)
                    .and_then(|f| f.columns.get(column))
                    .copied();
                let pointer = pointer.ok_or(CompileError::NotScheduled(id))?;
                let address = self.element(pointer, self.row.t);
                self.b.ins().load(F64, constant_memory(), address, 0)
            }
            Op::Row => self.b.ins().fcvt_from_sint(F64, self.row.t),
            Op::Unary(op, a) => self.unary(op, a)?,
            Op::Binary(op, a, b) => self.binary(op, a, b)?,
            Op::Cmp(op, a, b) => {
                let (a, b) = (self.f64(a)?, self.f64(b)?);
                self.b.ins().fcmp(condition(op), a, b)
            }
            Op::Fma(x, y, z) => {
                let (x, y, z) = (self.f64(x)?, self.f64(y)?, self.f64(z)?);
                if self.plan.extensions.fuses {
                    self.b.ins().fma(x, y, z)
                } else {
                    self.call(Routine::Fma, &[x, y, z])?
                }
            }
            Op::Select(c, a, b) => self.choose(c, a, b, node.ty)?,
            Op::Hist { x, n, max } => self.delayed(x, n, max)?,
            Op::Prev { rec, n, max } => self.previous(id, rec, n, max)?,
            Op::Rec { init, start, next } => self.recurrence(id, init, start, next)?,
            Op::Window { .. } => self.window(id)?,
            Op::Fold { .. } => self.fold(id)?,
            Op::Current(x) => {
                let word = self
                    .plan
                    .memory
                    .currents
                    .get(&x)
                    .ok_or(CompileError::NotScheduled(id))?;
                self.load_cell(*word, node.ty)
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
                let inputs = self.context_word(context::INPUTS);
                self.b.ins().load(F64, constant_memory(), inputs, at * 8)
            }
            Op::Entry => self.b.ins().load(
                F64,
                constant_memory(),
                self.context,
                (context::INPUTS * 8) as i32,
            ),
        };
        self.know(
            id,
            Known {
                value: Some(value),
                mask: None,
            },
        );
        Ok(())
    }

    fn unary(&mut self, op: UnaryOp, a: ValueId) -> Result<Value, CompileError> {
        if matches!(op, UnaryOp::Not | UnaryOp::ToFloat) {
            let a = self.bool(a)?;
            return Ok(if op == UnaryOp::Not {
                self.b.ins().bxor_imm_s(a, 1)
            } else {
                let wide = self.b.ins().uextend(I64, a);
                self.b.ins().fcvt_from_sint(F64, wide)
            });
        }
        let a = self.f64(a)?;
        let routine = match op {
            UnaryOp::Neg => return Ok(self.b.ins().fneg(a)),
            UnaryOp::Abs => return Ok(self.b.ins().fabs(a)),
            UnaryOp::Sqrt => return Ok(self.b.ins().sqrt(a)),
            UnaryOp::Floor => return self.floor(a),
            UnaryOp::Ceil if self.plan.extensions.rounds => return Ok(self.b.ins().ceil(a)),
            UnaryOp::Round => return self.nearest(a),
            UnaryOp::Trunc => return self.toward_zero(a),
            UnaryOp::Sign => {
                let zero = self.number(0.0);
                let above = self.b.ins().fcmp(FloatCC::GreaterThan, a, zero);
                let below = self.b.ins().fcmp(FloatCC::LessThan, a, zero);
                let (above, below) = (
                    self.b.ins().uextend(I64, above),
                    self.b.ins().uextend(I64, below),
                );
                let sign = self.b.ins().isub(above, below);
                return Ok(self.b.ins().fcvt_from_sint(F64, sign));
            }
            UnaryOp::IsFinite => {
                let size = self.b.ins().fabs(a);
                let infinite = self.number(f64::INFINITY);
                return Ok(self.b.ins().fcmp(FloatCC::LessThan, size, infinite));
            }
            UnaryOp::Ceil => One::Ceil,
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

    fn binary(&mut self, op: BinaryOp, a: ValueId, b: ValueId) -> Result<Value, CompileError> {
        if matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Xor) {
            let (a, b) = (self.bool(a)?, self.bool(b)?);
            return Ok(match op {
                BinaryOp::And => self.b.ins().band(a, b),
                BinaryOp::Or => self.b.ins().bor(a, b),
                _ => self.b.ins().bxor(a, b),
            });
        }
        let (a, b) = (self.f64(a)?, self.f64(b)?);
        Ok(match op {
            BinaryOp::Add => self.b.ins().fadd(a, b),
            BinaryOp::Sub => self.b.ins().fsub(a, b),
            BinaryOp::Mul => self.b.ins().fmul(a, b),
            BinaryOp::Div => self.b.ins().fdiv(a, b),
            BinaryOp::Mod => {
                let ratio = self.b.ins().fdiv(a, b);
                let whole = self.floor(ratio)?;
                let part = self.b.ins().fmul(b, whole);
                self.b.ins().fsub(a, part)
            }
            BinaryOp::Min => self.lesser(a, b),
            BinaryOp::Max => self.greater(a, b),
            BinaryOp::Pow => self.call(Routine::Two(Two::Pow), &[a, b])?,
            BinaryOp::Atan2 => self.call(Routine::Two(Two::Atan2), &[a, b])?,
            BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => a,
        })
    }

    /// `if a < b then a else b`; one instruction on x86-64.
    pub(super) fn lesser(&mut self, a: Value, b: Value) -> Value {
        let less = self.b.ins().fcmp(FloatCC::LessThan, a, b);
        self.b.ins().select(less, a, b)
    }

    /// `if a > b then a else b`; one instruction on x86-64, which recognises it written this way round.
    pub(super) fn greater(&mut self, a: Value, b: Value) -> Value {
        let less = self.b.ins().fcmp(FloatCC::LessThan, b, a);
        self.b.ins().select(less, a, b)
    }

    pub(super) fn nearest(&mut self, a: Value) -> Result<Value, CompileError> {
        if self.plan.extensions.rounds {
            Ok(self.b.ins().nearest(a))
        } else {
            self.call(Routine::One(One::Round), &[a])
        }
    }

    fn floor(&mut self, a: Value) -> Result<Value, CompileError> {
        if self.plan.extensions.rounds {
            Ok(self.b.ins().floor(a))
        } else {
            self.call(Routine::One(One::Floor), &[a])
        }
    }

    pub(super) fn toward_zero(&mut self, a: Value) -> Result<Value, CompileError> {
        if self.plan.extensions.rounds {
            Ok(self.b.ins().trunc(a))
        } else {
            self.call(Routine::One(One::Trunc), &[a])
        }
    }

    fn call(&mut self, routine: Routine, args: &[Value]) -> Result<Value, CompileError> {
        let callee = self.import(routine)?;
        let call = self.b.ins().call(callee, args);
        self.b
            .inst_results(call)
            .first()
            .copied()
            .ok_or_else(|| CompileError::Backend("a routine without a result".to_owned()))
    }

    fn choose(
        &mut self,
        c: ValueId,
        a: ValueId,
        b: ValueId,
        ty: Ty,
    ) -> Result<Value, CompileError> {
        let (a, b) = (self.any(a)?, self.any(b)?);
        let fixed = memory::is_fixed(self.plan.program, c);
        if ty == Ty::Bool || fixed {
            // truth values go through a conditional move; what is fixed for the run is a branch that always predicts
            let c = self.bool(c)?;
            return Ok(self.b.ins().select(c, a, b));
        }
        let mask = self.mask(c, MASK_DEPTH)?;
        Ok(self.blend(mask, a, b))
    }

    /// A truth value as a mask: from the comparison itself where it is near.
    fn mask(&mut self, id: ValueId, depth: u32) -> Result<Value, CompileError> {
        if let Some(mask) = self.known[id.index()].mask {
            return Ok(mask);
        }
        let program = self.plan.program;
        let here = program
            .stages
            .get(id.index())
            .is_some_and(|s| *s == self.stage);
        let mask = match program.module.node(id).op {
            Op::Cmp(op, a, b) if here => {
                let (a, b) = (self.f64(a)?, self.f64(b)?);
                let a = self.b.ins().scalar_to_vector(F64X2, a);
                let b = self.b.ins().scalar_to_vector(F64X2, b);
                self.b.ins().fcmp(condition(op), a, b)
            }
            Op::Binary(op, a, b) if here && depth > 0 => {
                let (a, b) = (self.mask(a, depth - 1)?, self.mask(b, depth - 1)?);
                match op {
                    BinaryOp::And => self.b.ins().band(a, b),
                    BinaryOp::Or => self.b.ins().bor(a, b),
                    _ => self.b.ins().bxor(a, b),
                }
            }
            Op::Unary(UnaryOp::Not, a) if here && depth > 0 => {
                let a = self.mask(a, depth - 1)?;
                self.b.ins().bnot(a)
            }
            _ => {
                let truth = self.bool(id)?;
                self.spread(truth)
            }
        };
        let value = self.known[id.index()].value;
        self.know(
            id,
            Known {
                value,
                mask: Some(mask),
            },
        );
        Ok(mask)
    }

    /// `init(t)` while `t ≤ start`, `next(t)` afterwards. A branch on purpose: it goes the same way on all but the first
    /// rows, and `init` is off the path of the loop.
    fn recurrence(
        &mut self,
        id: ValueId,
        init: ValueId,
        start: ValueId,
        next: ValueId,
    ) -> Result<Value, CompileError> {
        let next = self.any(next)?;
        let early = self.before_start(start)?;
        if !self.plan.memory.seed_of.contains_key(&init) {
            let init = self.any(init)?;
            return Ok(self.b.ins().select(early, init, next));
        }
        let seed = self.b.create_block();
        let go_on = self.b.create_block();
        let ty = self.b.func.dfg.value_type(next);
        let value = self.b.append_block_param(go_on, ty);
        self.b.set_cold_block(seed);
        self.branch(early, seed, &[], go_on, &[next]);
        self.b.seal_block(seed);
        self.b.switch_to_block(seed);
        let outer = self.nest();
        let init = self.seed(id, init)?;
        self.unnest(outer);
        self.jump(go_on, &[init]);
        self.b.seal_block(go_on);
        self.b.switch_to_block(go_on);
        Ok(value)
    }

    /// `t ≤ start`
    pub(super) fn before_start(&mut self, start: ValueId) -> Result<Value, CompileError> {
        let start = self.length(start, 0, u32::MAX)?;
        Ok(self
            .b
            .ins()
            .icmp(IntCC::SignedLessThanOrEqual, self.row.t, start))
    }

    /// Zero or false.
    pub(super) fn nothing(&mut self, ty: Ty) -> Value {
        match ty {
            Ty::F64 => self.number(0.0),
            Ty::Bool => self.b.ins().iconst(I8, 0),
        }
    }
}

pub(super) fn condition(op: CmpOp) -> FloatCC {
    match op {
        CmpOp::Eq => FloatCC::Equal,
        CmpOp::Ne => FloatCC::NotEqual,
        CmpOp::Lt => FloatCC::LessThan,
        CmpOp::Le => FloatCC::LessThanOrEqual,
        CmpOp::Gt => FloatCC::GreaterThan,
        CmpOp::Ge => FloatCC::GreaterThanOrEqual,
    }
}
