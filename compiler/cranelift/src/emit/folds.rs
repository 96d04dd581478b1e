//! Folds over an index: unrolled when short, loops otherwise.

use super::{Emitter, Known};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F64, I8, I64};
use cranelift_codegen::ir::{InstBuilder, Value};
use sbt_ir::interp::scalar::indices;
use sbt_ir::{FoldKind, Module, Op, ValueId};
use sbt_native::CompileError;

/// Nodes that an unrolled fold may emit.
const UNROLL_LIMIT: usize = 48;

impl Emitter<'_, '_> {
    pub(super) fn fold(&mut self, id: ValueId) -> Result<Value, CompileError> {
        let program = self.plan.program;
        let Op::Fold {
            kind,
            var,
            lo,
            hi,
            max,
            body,
        } = program.module.node(id).op
        else {
            return Err(CompileError::NotScheduled(id));
        };
        let nodes = program.fold_body(id);
        let simple = nodes
            .iter()
            .all(|n| !matches!(program.module.node(*n).op, Op::Fold { .. }));
        let first = self.first_of(kind);
        if let (Some(lo), Some(hi)) = (written(&program.module, lo), written(&program.module, hi))
            && simple
        {
            let (from, many) = indices(lo, hi, max);
            if (many as usize).saturating_mul(nodes.len() + 1) <= UNROLL_LIMIT {
                let mut held = first;
                for step in 0..many {
                    let outer = self.nest();
                    let index = self.number(from + f64::from(step));
                    self.know(
                        var,
                        Known {
                            value: Some(index),
                            mask: None,
                        },
                    );
                    self.evaluate_all(nodes)?;
                    held = self.fold_in(kind, held, body)?;
                    self.unnest(outer);
                }
                return Ok(self.folded(kind, held));
            }
        }
        let (lo, hi) = (self.f64(lo)?, self.f64(hi)?);
        let from = self.toward_zero(lo)?;
        let to = self.toward_zero(hi)?;
        let distance = self.b.ins().fsub(to, from);
        let zero = self.number(0.0);
        let distance = self.greater(distance, zero);
        let most = self.number(f64::from(max));
        let distance = self.lesser(distance, most);
        let many = self.b.ins().fcvt_to_sint_sat(I64, distance);
        let head = self.b.create_block();
        let done = self.b.create_block();
        let held_type = self.b.func.dfg.value_type(first);
        let step = self.b.append_block_param(head, I64);
        let held = self.b.append_block_param(head, held_type);
        let result = self.b.append_block_param(done, held_type);
        let none = self.int(0);
        let any = self.b.ins().icmp(IntCC::SignedLessThan, none, many);
        self.branch(any, head, &[none, first], done, &[first]);
        self.b.switch_to_block(head);
        let outer = self.nest();
        let number = self.b.ins().fcvt_from_sint(F64, step);
        let number = self.b.ins().fadd(from, number);
        self.know(
            var,
            Known {
                value: Some(number),
                mask: None,
            },
        );
        self.evaluate_all(nodes)?;
        let held = self.fold_in(kind, held, body)?;
        self.unnest(outer);
        let next = self.b.ins().iadd_imm_s(step, 1);
        let more = self.b.ins().icmp(IntCC::SignedLessThan, next, many);
        self.branch(more, head, &[next, held], done, &[held]);
        self.b.seal_block(head);
        self.b.seal_block(done);
        self.b.switch_to_block(done);
        Ok(self.folded(kind, result))
    }

    fn first_of(&mut self, kind: FoldKind) -> Value {
        match kind {
            FoldKind::Sum => self.number(0.0),
            FoldKind::Max => self.number(f64::NEG_INFINITY),
            FoldKind::Min => self.number(f64::INFINITY),
            FoldKind::All => self.b.ins().iconst(I8, 1),
            FoldKind::Any => self.b.ins().iconst(I8, 0),
            FoldKind::Count => self.int(0),
        }
    }

    fn fold_in(
        &mut self,
        kind: FoldKind,
        held: Value,
        body: ValueId,
    ) -> Result<Value, CompileError> {
        Ok(match kind {
            FoldKind::Sum => {
                let x = self.f64(body)?;
                self.b.ins().fadd(held, x)
            }
            FoldKind::Max => {
                let x = self.f64(body)?;
                self.greater(held, x)
            }
            FoldKind::Min => {
                let x = self.f64(body)?;
                self.lesser(held, x)
            }
            FoldKind::All => {
                let x = self.bool(body)?;
                self.b.ins().band(held, x)
            }
            FoldKind::Any => {
                let x = self.bool(body)?;
                self.b.ins().bor(held, x)
            }
            FoldKind::Count => {
                let x = self.bool(body)?;
                let wide = self.b.ins().uextend(I64, x);
                self.b.ins().iadd(held, wide)
            }
        })
    }

    fn folded(&mut self, kind: FoldKind, held: Value) -> Value {
        if kind == FoldKind::Count {
            self.b.ins().fcvt_from_sint(F64, held)
        } else {
            held
        }
    }
}

/// A bound written in the program.
fn written(module: &Module, id: ValueId) -> Option<f64> {
    match module.node(id).op {
        Op::Const(number) => Some(number),
        _ => None,
    }
}
