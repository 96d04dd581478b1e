//! Everything fixed for the run, for many points: what [`crate::interp::bind`] finds out about a program anew each time is
//! kept. The values are the same; a test compares them.

use crate::interp::scalar::{binary, compare, count, fma, is_true, truth, unary};
use crate::interp::{bind, check_params};
use crate::module::{Ty, ValueId};
use crate::op::Op;
use crate::program::Program;
use sixbtc_abi::{Constants, KernelError};

/// A program's run-fixed nodes in order of evaluation, operands as places in that order.
#[derive(Debug, Clone)]
pub struct Binder {
    /// The operations with slots in place of nodes; absent when there is a fold among them.
    steps: Option<Vec<(Op, Ty)>>,
    requires: Vec<usize>,
    scalars: Vec<usize>,
    lookback: Vec<usize>,
    warmup: Option<usize>,
}

impl Binder {
    /// Looks a program over.
    pub fn new(program: &Program) -> Self {
        let module = &program.module;
        let mut slot = vec![None; module.nodes.len()];
        for (at, id) in program.run.iter().enumerate() {
            if let Some(slot) = slot.get_mut(id.index()) {
                *slot = Some(at);
            }
        }
        let of = |id: &ValueId| slot.get(id.index()).copied().flatten();
        let all = |ids: &mut dyn Iterator<Item = &ValueId>| -> Option<Vec<usize>> {
            ids.map(of).collect()
        };
        let steps = program.run.iter().map(|id| {
            let node = module.node(*id);
            let mut op = node.op;
            let plain = matches!(
                op,
                Op::Const(_)
                    | Op::Bool(_)
                    | Op::Param(_)
                    | Op::Unary(..)
                    | Op::Binary(..)
                    | Op::Cmp(..)
                    | Op::Select(..)
                    | Op::Fma(..)
                    | Op::Hist { .. }
            );
            let mut known = plain;
            op.each_operand_mut(|v| match of(v) {
                Some(at) => *v = ValueId(at as u32),
                None => known = false,
            });
            known.then_some((op, node.ty))
        });
        let steps: Option<Vec<_>> = steps.collect();
        let requires = all(&mut module.requires.iter().map(|r| &r.1));
        let scalars = all(&mut module.scalars.iter());
        let lookback = all(&mut module.lookback.iter());
        let warmup = module.warmup.as_ref().map(of);
        match (steps, requires, scalars, lookback, warmup) {
            (Some(steps), Some(requires), Some(scalars), Some(lookback), None | Some(Some(_))) => {
                Self {
                    steps: Some(steps),
                    requires,
                    scalars,
                    lookback,
                    warmup: warmup.flatten(),
                }
            }
            _ => Self {
                steps: None,
                requires: Vec::new(),
                scalars: Vec::new(),
                lookback: Vec::new(),
                warmup: None,
            },
        }
    }

    /// As [`bind`], of the program it was made of.
    pub fn bind(&self, program: &Program, params: &[f64]) -> Result<Constants, KernelError> {
        let Some(steps) = &self.steps else {
            return bind(program, params);
        };
        let module = &program.module;
        check_params(&module.params, params)?;
        let mut fixed: Vec<f64> = Vec::with_capacity(steps.len());
        for (op, _) in steps {
            let of = |v: ValueId| fixed[v.index()];
            let value = match *op {
                Op::Const(c) => c,
                Op::Bool(b) => truth(b),
                Op::Param(p) => params.get(usize::from(p)).copied().unwrap_or(f64::NAN),
                Op::Unary(op, a) => unary(op, of(a)),
                Op::Binary(op, a, b) => binary(op, of(a), of(b)),
                Op::Cmp(op, a, b) => truth(compare(op, of(a), of(b))),
                Op::Fma(a, b, c) => fma(of(a), of(b), of(c)),
                Op::Select(c, a, b) => of(if is_true(of(c)) { a } else { b }),
                // what is fixed was the same any number of rows ago
                Op::Hist { x, .. } => of(x),
                _ => f64::NAN,
            };
            fixed.push(value);
        }
        for ((condition, _), &at) in module.requires.iter().zip(&self.requires) {
            if !is_true(fixed[at]) {
                return Err(KernelError::Require {
                    condition: condition.clone(),
                });
            }
        }
        let row = |at: usize| count(fixed[at], 0, usize::MAX);
        Ok(Constants {
            params: params.to_vec(),
            scalars: self.scalars.iter().map(|&at| fixed[at]).collect(),
            warmup: self.warmup.map_or(0, row),
            lookback: self.lookback.iter().map(|&at| row(at)).collect(),
            slots: steps
                .iter()
                .zip(&fixed)
                .map(|((_, ty), &value)| match ty {
                    Ty::F64 => value.to_bits(),
                    Ty::Bool => u64::from(is_true(value)),
                })
                .collect(),
        })
    }
}
