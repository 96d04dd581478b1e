//! Small pieces of code that all operations are made of.

use super::{Emitter, describe};
use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::types::{F64X2, I64, I64X2};
use cranelift_codegen::ir::{
    Block, BlockArg, FuncRef, InstBuilder, MemFlagsData, Signature, Value,
};
use cranelift_module::{Linkage, Module as _};
use sbt_native::CompileError;
use sbt_native::routines::Routine;

impl Emitter<'_, '_> {
    pub(super) fn int(&mut self, value: i64) -> Value {
        self.b.ins().iconst(I64, value)
    }

    pub(super) fn number(&mut self, value: f64) -> Value {
        self.b.ins().f64const(value)
    }

    /// Address of the 8-byte element `row` of what `pointer` points to.
    pub(super) fn element(&mut self, pointer: Value, row: Value) -> Value {
        let offset = self.b.ins().ishl_imm_u(row, 3);
        self.b.ins().iadd(pointer, offset)
    }

    pub(super) fn jump(&mut self, to: Block, args: &[Value]) {
        let args: Vec<BlockArg> = args.iter().map(|v| BlockArg::Value(*v)).collect();
        self.b.ins().jump(to, &args);
    }

    pub(super) fn branch(
        &mut self,
        on: Value,
        then: Block,
        then_args: &[Value],
        or: Block,
        or_args: &[Value],
    ) {
        let then_args: Vec<BlockArg> = then_args.iter().map(|v| BlockArg::Value(*v)).collect();
        let or_args: Vec<BlockArg> = or_args.iter().map(|v| BlockArg::Value(*v)).collect();
        self.b.ins().brif(on, then, &then_args, or, &or_args);
    }

    /// `max(a, b)` of whole numbers.
    pub(super) fn at_least(&mut self, a: Value, least: i64) -> Value {
        let least = self.int(least);
        self.b.ins().smax(a, least)
    }

    /// A number as a length: rounded toward zero and clamped to `least..=most`, NaN being 0 first.
    pub(super) fn clamp_length(&mut self, x: Value, least: u32, most: u32) -> Value {
        let whole = self.b.ins().fcvt_to_sint_sat(I64, x);
        let least = self.int(i64::from(least));
        let most = self.int(i64::from(most));
        let whole = self.b.ins().smin(whole, most);
        self.b.ins().smax(whole, least)
    }

    /// NaN made the one NaN. Branch-free: NaNs come and go with the data.
    pub(super) fn canonical(&mut self, x: Value) -> Value {
        let lanes = self.b.ins().scalar_to_vector(F64X2, x);
        let is_nan = self.b.ins().fcmp(FloatCC::Unordered, lanes, lanes);
        let nan = self.number(f64::NAN);
        self.blend(is_nan, nan, x)
    }

    /// `mask ? a : b` without a branch: a scalar select of floats is one, and mispredicts.
    pub(super) fn blend(&mut self, mask: Value, a: Value, b: Value) -> Value {
        let a = self.b.ins().scalar_to_vector(F64X2, a);
        let b = self.b.ins().scalar_to_vector(F64X2, b);
        let mask = self.b.ins().bitcast(F64X2, MemFlagsData::new(), mask);
        let chosen = self.b.ins().bitselect(mask, a, b);
        self.b.ins().extractlane(chosen, 0)
    }

    /// A truth value as a mask.
    pub(super) fn spread(&mut self, truth: Value) -> Value {
        let wide = self.b.ins().uextend(I64, truth);
        let bits = self.b.ins().ineg(wide);
        self.b.ins().scalar_to_vector(I64X2, bits)
    }

    pub(super) fn import(&mut self, routine: Routine) -> Result<FuncRef, CompileError> {
        if let Some(known) = self.imports.get(&(routine, false)) {
            return Ok(*known);
        }
        let mut signature = Signature::new(self.module.isa().default_call_conv());
        describe(routine, &mut signature);
        let (name, _) = routine.symbol();
        let id = self
            .module
            .declare_function(name, Linkage::Import, &signature)
            .map_err(|e| CompileError::Backend(e.to_string()))?;
        let function = self.module.declare_func_in_func(id, self.b.func);
        self.imports.insert((routine, false), function);
        Ok(function)
    }

    /// A call that leaves the registers of the caller alone, for what is rarely needed.
    pub(super) fn import_quiet(&mut self, routine: Routine) -> Result<FuncRef, CompileError> {
        if let Some(known) = self.imports.get(&(routine, true)) {
            return Ok(*known);
        }
        let id = self
            .quiet_callees
            .get(&routine)
            .ok_or_else(|| CompileError::Backend("a trampoline is missing".to_owned()))?;
        let function = self.module.declare_func_in_func(*id, self.b.func);
        self.imports.insert((routine, true), function);
        Ok(function)
    }
}
