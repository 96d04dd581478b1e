//! Folds over an index: unrolled when short, loops otherwise.

use super::{Emitter, Value};
use sbt_ir::interp::scalar::indices;
use sbt_ir::{FoldKind, Module, Op, ValueId};
use sbt_native::CompileError;

/// Nodes that an unrolled fold may emit.
const UNROLL_LIMIT: usize = 48;

impl<'c> Emitter<'c, '_> {
    pub(super) fn fold(&mut self, id: ValueId) -> Result<Value<'c>, CompileError> {
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
        let first = self.fit(self.first_of(kind), self.width(id))?;
        if let (Some(lo), Some(hi)) = (written(&program.module, lo), written(&program.module, hi))
            && simple
        {
            let (from, many) = indices(lo, hi, max);
            if (many as usize).saturating_mul(nodes.len() + 1) <= UNROLL_LIMIT {
                let mut held = first;
                for step in 0..many {
                    let outer = self.nest();
                    let index = self.number(from + f64::from(step));
                    self.know(var, index);
                    self.evaluate_all(nodes)?;
                    held = self.fold_in(kind, held, body)?;
                    self.unnest(outer);
                }
                return self.folded(kind, held);
            }
        }
        let (lo, hi) = (self.f64(lo)?, self.f64(hi)?);
        let from = self.toward_zero(lo)?;
        let to = self.toward_zero(hi)?;
        let distance = self.fsub(to, from)?;
        let distance = self.greater(distance, self.number(0.0))?;
        let distance = self.lesser(distance, self.number(f64::from(max)))?;
        let many = self.as_whole(distance)?;
        let most = self.largest(many)?;
        let (head, done) = (self.block(), self.block());
        let none = self.int(0);
        let any = self.less(none, most)?;
        let before = self.here()?;
        self.branch(any.into_int_value(), head, done)?;
        self.go_on_at(head);
        let step_phi = self.b.build_phi(none.get_type(), "").map_err(super::bug)?;
        let held_phi = self.b.build_phi(first.get_type(), "").map_err(super::bug)?;
        let (step, held) = (step_phi.as_basic_value(), held_phi.as_basic_value());
        let outer = self.nest();
        let number = self.as_number(step)?;
        let number = self.fadd(from, number)?;
        self.know(var, number);
        self.evaluate_all(nodes)?;
        let mut taken = self.fold_in(kind, held, body)?;
        if Self::is_wide(many) {
            // the other lanes are through already
            let active = self.less(step, many)?;
            taken = self.select(active, taken, held)?;
        }
        let taken = self.fit(taken, self.width(id))?;
        self.unnest(outer);
        let next = self.add(step, self.int(1))?;
        let more = self.less(next, most)?;
        let tail = self.here()?;
        self.branch(more.into_int_value(), head, done)?;
        step_phi.add_incoming(&[(&none, before), (&next, tail)]);
        held_phi.add_incoming(&[(&first, before), (&taken, tail)]);
        self.go_on_at(done);
        let result = self.phi(&[(first, before), (taken, tail)])?;
        self.folded(kind, result)
    }

    fn first_of(&self, kind: FoldKind) -> Value<'c> {
        match kind {
            FoldKind::Sum => self.number(0.0),
            FoldKind::Max => self.number(f64::NEG_INFINITY),
            FoldKind::Min => self.number(f64::INFINITY),
            FoldKind::All => self.truth(true),
            FoldKind::Any => self.truth(false),
            FoldKind::Count => self.int(0),
        }
    }

    fn fold_in(
        &mut self,
        kind: FoldKind,
        held: Value<'c>,
        body: ValueId,
    ) -> Result<Value<'c>, CompileError> {
        match kind {
            FoldKind::Sum => {
                let x = self.f64(body)?;
                self.fadd(held, x)
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
                self.and(held, x)
            }
            FoldKind::Any => {
                let x = self.bool(body)?;
                self.or(held, x)
            }
            FoldKind::Count => {
                let x = self.bool(body)?;
                let wide = self.as_word(x)?;
                self.add(held, wide)
            }
        }
    }

    fn folded(&self, kind: FoldKind, held: Value<'c>) -> Result<Value<'c>, CompileError> {
        if kind == FoldKind::Count {
            self.as_number(held)
        } else {
            Ok(held)
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
