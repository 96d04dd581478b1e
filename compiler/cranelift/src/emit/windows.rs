//! Sliding windows.
//!
//! Within a block (see `blocks`) a row costs one addition to the prefix and one to the suffix. Sums of whole ticks are exact in any order, so they slide; values that would make the
//! order matter send them the long way for as long as they are in a window.

use super::blocks::{Tail, TailKind};
use super::{Emitter, trusted};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, I64};
use cranelift_codegen::ir::{InstBuilder, StackSlotData, StackSlotKind, Value};
use sbt_ir::{Op, Ty, ValueId, WindowKind};
use sbt_native::CompileError;
use sbt_native::memory::{Accumulator, FloatWord, Keep, Place, Source};
use sbt_native::routines::{LongSum, Routine};

/// State of an accumulator that changes every row.
pub(super) fn fast_words(of: &Accumulator) -> impl Iterator<Item = FloatWord> + use<> {
    let words = match of.keep {
        Keep::Sum { prefix, .. } => [Some(prefix), None],
        Keep::Ticks { sum } => [Some(sum), None],
        Keep::Deviations { first, second, .. } => [Some(first), Some(second)],
        Keep::Extreme { best, .. } | Keep::Extremal { best, .. } => [Some(best), None],
        Keep::Sorted { .. } | Keep::Seed { .. } => [None, None],
    };
    words.into_iter().flatten()
}

impl Emitter<'_, '_> {
    /// `x + 0.0`
    pub(super) fn positive_zero(&mut self, x: Value) -> Value {
        let zero = self.number(0.0);
        self.b.ins().fadd(x, zero)
    }

    fn suffix_at(
        &mut self,
        index: Value,
        word: FloatWord,
        ty: cranelift_codegen::ir::Type,
    ) -> Value {
        let address = self.element(self.state, index);
        let offset = self.plan.memory.float_offset(word) as i32;
        self.b.ins().load(ty, trusted(), address, offset)
    }

    /// How many rows before the block are in the window.
    fn rows_before_block(&mut self, anchor: usize) -> Value {
        let anchor = self.plan.memory.anchors[anchor];
        let reach = self.load_int(anchor.reach);
        let index = self.b.ins().isub(reach, self.row.t);
        // below zero only when bars are closer than a period, which the wrapper's caller rules out: stay in bounds all the same
        self.at_least(index, 0)
    }

    /// Brings the accumulator of a window up to this row and reads the window's value.
    pub(super) fn window(&mut self, id: ValueId) -> Result<Value, CompileError> {
        let Op::Window { kind, x, k, n, .. } = self.plan.program.module.node(id).op else {
            return Err(CompileError::NotScheduled(id));
        };
        let at = *self
            .plan
            .memory
            .accumulator_of
            .get(&id)
            .ok_or(CompileError::NotScheduled(id))?;
        let a = self.plan.memory.accumulators[at];
        let length = self.length(n, 1, a.max)?;
        let held = if let Some(held) = self.done.get(&at) {
            *held
        } else {
            let now = self.f64(x)?;
            let held = self.accumulate(&a, now, length)?;
            self.done.insert(at, held);
            held
        };
        match kind {
            WindowKind::Sum | WindowKind::Mean => {
                let scale = match (a.keep, a.place) {
                    (Keep::Ticks { .. } | Keep::Seed { exact: true, .. }, Place::Frame(frame)) => {
                        self.frames[frame].scale
                    }
                    _ => None,
                };
                let by = match (scale, kind) {
                    (None, WindowKind::Sum) => return Ok(held[0]),
                    (Some(scale), WindowKind::Sum) => scale,
                    (scale, _) => {
                        let count = self.b.ins().fcvt_from_sint(F64, length);
                        match scale {
                            Some(scale) => self.b.ins().fmul(count, scale),
                            None => count,
                        }
                    }
                };
                Ok(self.b.ins().fdiv(held[0], by))
            }
            WindowKind::SquaredDeviations => {
                let [first, second] = held;
                let count = self.b.ins().fcvt_from_sint(F64, length);
                let square = self.b.ins().fmul(first, first);
                let part = self.b.ins().fdiv(square, count);
                let rest = self.b.ins().fsub(second, part);
                let zero = self.number(0.0);
                Ok(self.greater(rest, zero))
            }
            WindowKind::Max | WindowKind::Min => Ok(held[0]),
            WindowKind::MaxAgo | WindowKind::MinAgo => {
                let here = self.b.ins().iadd_imm_s(self.row.t, 1);
                let ago = self.b.ins().isub(here, held[1]);
                let zero = self.int(0);
                let none = self.b.ins().icmp_imm_s(IntCC::Equal, held[1], 0);
                let ago = self.b.ins().select(none, zero, ago);
                Ok(self.b.ins().fcvt_from_sint(F64, ago))
            }
            WindowKind::Kth => {
                let Keep::Sorted { at } = a.keep else {
                    return Err(CompileError::NotScheduled(id));
                };
                let k = self.length(k, 0, a.max - 1)?;
                let rows = self.b.ins().iadd_imm_s(self.row.t, 1);
                let count = self.b.ins().smin(rows, length);
                let last = self.b.ins().iadd_imm_s(count, -1);
                let k = self.b.ins().smin(k, last);
                Ok(self.suffix_at(k, at, F64))
            }
        }
    }

    fn accumulate(
        &mut self,
        a: &Accumulator,
        now: Value,
        n: Value,
    ) -> Result<[Value; 2], CompileError> {
        let t = self.row.t;
        match a.keep {
            Keep::Sum {
                anchor,
                prefix,
                suffix,
            } => {
                let held = self.load_cell(prefix, Ty::F64);
                let held = self.b.ins().fadd(held, now);
                self.store_cell(prefix, held);
                let index = self.rows_before_block(anchor);
                let before = self.suffix_at(index, suffix, F64);
                let sum = self.b.ins().fadd(before, held);
                Ok([sum, sum])
            }
            Keep::Deviations {
                anchor,
                origin,
                first,
                second,
                firsts,
                seconds,
            } => {
                let begins = *self.new_block.get(&anchor).ok_or_else(|| {
                    CompileError::Backend("a block without a beginning".to_owned())
                })?;
                let begin = self.b.create_block();
                let go_on = self.b.create_block();
                self.branch(begins, begin, &[], go_on, &[]);
                self.b.seal_block(begin);
                self.b.switch_to_block(begin);
                self.store_cell(origin, now);
                let zero = self.number(0.0);
                self.store_cell(first, zero);
                self.store_cell(second, zero);
                let what = TailKind::Deviations {
                    origin: now,
                    firsts,
                    seconds,
                };
                self.take_suffixes(
                    n,
                    &[Tail {
                        source: a.source,
                        what,
                    }],
                )?;
                self.jump(go_on, &[]);
                self.b.seal_block(go_on);
                self.b.switch_to_block(go_on);
                let centre = self.load_cell(origin, Ty::F64);
                let d = self.b.ins().fsub(now, centre);
                let square = self.b.ins().fmul(d, d);
                let index = self.rows_before_block(anchor);
                let mut sums = [d, square];
                for (sum, (held, tail)) in sums.iter_mut().zip([(first, firsts), (second, seconds)])
                {
                    let prefix = self.load_cell(held, Ty::F64);
                    let prefix = self.b.ins().fadd(prefix, *sum);
                    self.store_cell(held, prefix);
                    let before = self.suffix_at(index, tail, F64);
                    *sum = self.b.ins().fadd(before, prefix);
                }
                Ok(sums)
            }
            Keep::Extreme {
                block,
                best,
                suffix,
            } => {
                let most = a.kind == WindowKind::Max;
                let now = self.positive_zero(now);
                let held = self.load_cell(best, Ty::F64);
                let held = if most {
                    self.greater(now, held)
                } else {
                    self.lesser(now, held)
                };
                self.store_cell(best, held);
                let index = self.rows_before(block);
                let before = self.suffix_at(index, suffix, F64);
                let extreme = if most {
                    self.greater(before, held)
                } else {
                    self.lesser(before, held)
                };
                Ok([extreme, extreme])
            }
            Keep::Extremal {
                block,
                best,
                row,
                suffix,
                rows,
            } => {
                let most = a.kind == WindowKind::MaxAgo;
                let (beyond, reaches) = beyond(most);
                let now = self.positive_zero(now);
                let held = self.load_cell(best, Ty::F64);
                let taken = self.b.ins().fcmp(reaches, now, held);
                let held = if most {
                    self.greater(now, held)
                } else {
                    self.lesser(now, held)
                };
                self.store_cell(best, held);
                let here = self.b.ins().iadd_imm_s(t, 1);
                let held_row = self.load_int(row);
                let held_row = self.b.ins().select(taken, here, held_row);
                self.store_int(row, held_row);
                let index = self.rows_before(block);
                let before = self.suffix_at(index, suffix, F64);
                let before_row = self.suffix_at(index, rows, I64);
                let older = self.b.ins().fcmp(beyond, before, held);
                let none = self.b.ins().icmp_imm_s(IntCC::Equal, held_row, 0);
                let older = self.b.ins().bor(older, none);
                let at = self.b.ins().select(older, before_row, held_row);
                Ok([held, at])
            }
            Keep::Ticks { sum } => {
                let sum = self.sum_ticks(a, now, n, sum)?;
                Ok([sum, sum])
            }
            Keep::Seed { exact, sum } => {
                let Place::Frame(frame) = a.place else {
                    return Err(CompileError::Backend("no open times".to_owned()));
                };
                let sum = if exact {
                    self.long_sum(a, frame, n, Some(sum), Routine::SeedOfTicks)?
                } else {
                    self.long_sum(a, frame, n, None, Routine::SumOfValues)?
                };
                Ok([sum, sum])
            }
            Keep::Sorted { at } => {
                let full = self.b.ins().icmp(IntCC::SignedGreaterThanOrEqual, t, n);
                let count = self.b.ins().smin(t, n);
                let row = self.b.ins().isub(t, n);
                let row = self.at_least(row, 0);
                let old = self.past(a.source, row, Ty::F64)?;
                let full = self.b.ins().uextend(I64, full);
                let offset = self.plan.memory.float_offset(at) as i64;
                let sorted = self.b.ins().iadd_imm_s(self.state, offset);
                let callee = self.import(Routine::Slide)?;
                self.b.ins().call(callee, &[sorted, count, full, old, now]);
                Ok([now, now])
            }
        }
    }

    /// How many rows before the block of rows are in the window.
    fn rows_before(&mut self, block: usize) -> Value {
        let next = self.load_int(self.plan.memory.blocks[block].next);
        let left = self.b.ins().isub(next, self.row.t);
        self.b.ins().iadd_imm_s(left, -1)
    }

    /// `sum + ticks(t) − ticks(t − n)`: whole numbers below 2⁵³, so exact and the same as adding them all.
    fn sum_ticks(
        &mut self,
        a: &Accumulator,
        now: Value,
        n: Value,
        sum: FloatWord,
    ) -> Result<Value, CompileError> {
        let t = self.row.t;
        let Place::Frame(frame) = a.place else {
            return Err(CompileError::Backend(
                "ticks in the position phase".to_owned(),
            ));
        };
        let Some(scale) = self.frames[frame].scale else {
            return Err(CompileError::Backend("no price scale".to_owned()));
        };
        let gauge = *self
            .plan
            .memory
            .gauges
            .get(&(a.x, a.place, a.scope))
            .ok_or_else(|| CompileError::Backend("ticks without a gauge".to_owned()))?;
        let ticks = if let Some(ticks) = self.ticks.get(&(a.x, a.place, a.scope)) {
            *ticks
        } else {
            let scaled = self.b.ins().fmul(now, scale);
            let ticks = self.nearest(scaled)?;
            let size = self.b.ins().fabs(ticks);
            let limit = self.number((1u64 << 52) as f64 / f64::from(gauge.max));
            let sane = self.b.ins().fcmp(FloatCC::LessThanOrEqual, size, limit);
            let odd = self.b.create_block();
            let go_on = self.b.create_block();
            self.b.set_cold_block(odd);
            self.branch(sane, go_on, &[], odd, &[]);
            self.b.seal_block(odd);
            self.b.switch_to_block(odd);
            // one row more than the longest window: the last one finds a sum to go on from
            let until = self.b.ins().iadd_imm_s(t, i64::from(gauge.max) + 1);
            self.store_int(gauge.until, until);
            self.jump(go_on, &[]);
            self.b.seal_block(go_on);
            self.b.switch_to_block(go_on);
            self.ticks.insert((a.x, a.place, a.scope), ticks);
            ticks
        };
        let held = self.load_cell(sum, Ty::F64);
        let old = self.b.create_block();
        let slide = self.b.create_block();
        let long_way = self.b.create_block();
        let done = self.b.create_block();
        let left = self.b.append_block_param(slide, F64);
        let result = self.b.append_block_param(done, F64);
        self.b.set_cold_block(long_way);
        let zero = self.number(0.0);
        let row = self.b.ins().isub(t, n);
        let full = self.b.ins().icmp(IntCC::SignedGreaterThanOrEqual, t, n);
        self.branch(full, old, &[], slide, &[zero]);
        self.b.seal_block(old);
        self.b.switch_to_block(old);
        let past = self.past(a.source, row, Ty::F64)?;
        let past = self.b.ins().fmul(past, scale);
        let past = self.nearest(past)?;
        self.jump(slide, &[past]);
        self.b.seal_block(slide);
        self.b.switch_to_block(slide);
        let change = self.b.ins().fsub(ticks, left);
        let next = self.b.ins().fadd(held, change);
        let until = self.load_int(gauge.until);
        let odd = self.b.ins().icmp(IntCC::SignedLessThan, t, until);
        self.branch(odd, long_way, &[], done, &[next]);
        self.b.seal_block(long_way);
        self.b.switch_to_block(long_way);
        let long = self.long_sum(a, frame, n, None, Routine::SumOfTicks)?;
        self.jump(done, &[long]);
        self.b.seal_block(done);
        self.b.switch_to_block(done);
        self.store_cell(sum, result);
        Ok(result)
    }

    /// A sum by a routine: what is rare is not worth code of its own. `running` is a word the routine may keep.
    fn long_sum(
        &mut self,
        a: &Accumulator,
        frame: usize,
        n: Value,
        running: Option<FloatWord>,
        routine: Routine,
    ) -> Result<Value, CompileError> {
        let pointers = &self.frames[frame];
        let (Some(scale), Some(times)) = (pointers.scale, pointers.time) else {
            return Err(CompileError::Backend("no price scale".to_owned()));
        };
        let slot = if let Some(slot) = self.long_sum_slot {
            slot
        } else {
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, LongSum::BYTES, 3);
            *self
                .long_sum_slot
                .insert(self.b.create_sized_stack_slot(data))
        };
        let (values, mask) = match a.source {
            Source::Column { frame, column } => (self.frames[frame].columns[column], -1),
            Source::Ring(ring) => {
                let offset = self.plan.memory.float_offset(ring.at) as i64;
                let values = self.b.ins().iadd_imm_s(self.state, offset);
                (values, i64::from(ring.cap) - 1)
            }
            Source::Fixed(x) => {
                // every row is the one at index 0
                let value = self.any(x)?;
                self.b.ins().stack_store(I64, value, slot, LongSum::RESULT);
                (self.b.ins().stack_addr(I64, slot, LongSum::RESULT), 0)
            }
        };
        let mask = self.int(mask);
        let period = self.int(self.plan.program.module.frames[frame].period_ms);
        let running = match running {
            Some(word) => {
                let offset = self.plan.memory.float_offset(word) as i64;
                self.b.ins().iadd_imm_s(self.state, offset)
            }
            None => mask,
        };
        let stride = self.int(1);
        let words = [
            values, mask, stride, times, self.row.t, n, period, scale, running,
        ];
        for (at, word) in words.into_iter().enumerate() {
            self.b.ins().stack_store(I64, word, slot, (at * 8) as i32);
        }
        let args = self.b.ins().stack_addr(I64, slot, 0);
        let callee = self.import_quiet(routine)?;
        self.b.ins().call(callee, &[args]);
        Ok(self.b.ins().stack_load(I64, F64, slot, LongSum::RESULT))
    }
}

/// Comparisons for "better than" and "at least as good as".
pub(super) fn beyond(most: bool) -> (FloatCC, FloatCC) {
    if most {
        (FloatCC::GreaterThan, FloatCC::GreaterThanOrEqual)
    } else {
        (FloatCC::LessThan, FloatCC::LessThanOrEqual)
    }
}
