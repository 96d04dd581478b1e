//! Sliding windows.
//!
//! Within a block (see `blocks`) a row costs one addition to the prefix and one to the suffix. Sums of whole ticks are exact
//! in any order, so they slide; values that would make the order matter send them the long way for as long as they are in a
//! window.

use super::blocks::{Tail, TailKind};
use super::{Emitter, Kind, Value, bug};
use inkwell::values::PointerValue;
use inkwell::{FloatPredicate, IntPredicate};
use sbt_ir::{Op, Ty, ValueId, WindowKind};
use sbt_native::CompileError;
use sbt_native::memory::{Accumulator, FloatWord, IntWord, Keep, Place, Source};
use sbt_native::routines::{LongSum, Routine};

/// Single words of an accumulator that hold numbers.
pub(super) fn single_words(of: &Accumulator) -> Vec<FloatWord> {
    match of.keep {
        Keep::Sum { prefix, .. } => vec![prefix],
        Keep::Ticks { sum } => vec![sum],
        Keep::Deviations {
            origin,
            first,
            second,
            ..
        } => vec![origin, first, second],
        Keep::Extreme { best, .. } | Keep::Extremal { best, .. } => vec![best],
        Keep::Sorted { .. } | Keep::Seed { .. } => vec![],
    }
}

/// The single word of an accumulator that holds a whole number.
pub(super) fn whole_word(of: &Accumulator) -> Option<IntWord> {
    match of.keep {
        Keep::Extremal { row, .. } => Some(row),
        _ => None,
    }
}

impl<'c> Emitter<'c, '_> {
    /// `x + 0.0`
    pub(super) fn positive_zero(&self, x: Value<'c>) -> Result<Value<'c>, CompileError> {
        self.fadd(x, self.number(0.0))
    }

    /// `a` where it is beyond `b`, else `b`.
    pub(super) fn further(
        &self,
        most: bool,
        a: Value<'c>,
        b: Value<'c>,
    ) -> Result<Value<'c>, CompileError> {
        if most {
            self.greater(a, b)
        } else {
            self.lesser(a, b)
        }
    }

    /// How many rows before the block of time are in the window.
    fn rows_before_anchor(&self, anchor: usize) -> Result<Value<'c>, CompileError> {
        let anchor = self.plan.memory.anchors[anchor];
        let reach = self.load_int(anchor.reach, self.width(anchor.n))?;
        let index = self.sub(reach, self.row.t)?;
        // below zero only when bars are closer than a period, which the wrapper's caller rules out: stay in bounds all the same
        self.smax(index, self.int(0))
    }

    /// How many rows before the block of rows are in the window.
    fn rows_before_block(&self, block: usize) -> Result<Value<'c>, CompileError> {
        let block = self.plan.memory.blocks[block];
        let next = self.load_int(block.next, self.width(block.n))?;
        let left = self.sub(next, self.row.t)?;
        self.add(left, self.int(-1))
    }

    /// Brings the accumulator of a window up to this row and reads the window's value.
    pub(super) fn window(&mut self, id: ValueId) -> Result<Value<'c>, CompileError> {
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
                        self.frames.get(frame).map(|f| f.scale)
                    }
                    _ => None,
                };
                let by = match (scale, kind) {
                    (None, WindowKind::Sum) => return Ok(held[0]),
                    (Some(scale), WindowKind::Sum) => scale,
                    (scale, _) => {
                        let count = self.as_number(length)?;
                        match scale {
                            Some(scale) => self.fmul(count, scale)?,
                            None => count,
                        }
                    }
                };
                self.fdiv(held[0], by)
            }
            WindowKind::SquaredDeviations => {
                let [first, second] = held;
                let count = self.as_number(length)?;
                let square = self.fmul(first, first)?;
                let part = self.fdiv(square, count)?;
                let rest = self.fsub(second, part)?;
                self.greater(rest, self.number(0.0))
            }
            WindowKind::Max | WindowKind::Min => Ok(held[0]),
            WindowKind::MaxAgo | WindowKind::MinAgo => {
                let here = self.add(self.row.t, self.int(1))?;
                let ago = self.sub(here, held[1])?;
                let none = self.icmp(IntPredicate::EQ, held[1], self.int(0))?;
                let ago = self.select(none, self.int(0), ago)?;
                self.as_number(ago)
            }
            WindowKind::Kth => {
                let Keep::Sorted { at } = a.keep else {
                    return Err(CompileError::NotScheduled(id));
                };
                let k = self.length(k, 0, a.max - 1)?;
                let rows = self.add(self.row.t, self.int(1))?;
                let count = self.smin(rows, length)?;
                let last = self.add(count, self.int(-1))?;
                let mut k = self.smin(k, last)?;
                if self.widths(&a).1 > 1 {
                    // lane after lane, for the routine's sake
                    let first = self.mul(self.lane_numbers(), self.int(i64::from(a.max)))?;
                    k = self.add(k, first)?;
                }
                self.load_array(at, k, Kind::Number, 1)
            }
        }
    }

    fn accumulate(
        &mut self,
        a: &Accumulator,
        now: Value<'c>,
        n: Value<'c>,
    ) -> Result<[Value<'c>; 2], CompileError> {
        let t = self.row.t;
        let widths = self.widths(a);
        let width = widths.1;
        match a.keep {
            Keep::Sum {
                anchor,
                prefix,
                suffix,
            } => {
                let held = self.load_cell(prefix, Ty::F64, width)?;
                let held = self.fadd(held, now)?;
                self.store_cell(prefix, held, width)?;
                let index = self.rows_before_anchor(anchor)?;
                let before = self.load_array(suffix, index, Kind::Number, width)?;
                let sum = self.fadd(before, held)?;
                Ok([sum, sum])
            }
            Keep::Deviations { anchor, .. } => {
                let begins = *self.new_block.get(&anchor).ok_or_else(|| {
                    CompileError::Backend("a block without a beginning".to_owned())
                })?;
                self.deviations(a, now, n, begins)
            }
            Keep::Extreme {
                block,
                best,
                suffix,
            } => {
                let most = a.kind == WindowKind::Max;
                let now = self.positive_zero(now)?;
                let held = self.load_cell(best, Ty::F64, width)?;
                let held = self.further(most, now, held)?;
                self.store_cell(best, held, width)?;
                let index = self.rows_before_block(block)?;
                let before = self.load_array(suffix, index, Kind::Number, width)?;
                let extreme = self.further(most, before, held)?;
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
                let now = self.positive_zero(now)?;
                let held = self.load_cell(best, Ty::F64, width)?;
                let taken = self.fcmp(reaches, now, held)?;
                let held = self.further(most, now, held)?;
                self.store_cell(best, held, width)?;
                let here = self.add(t, self.int(1))?;
                let held_row = self.load_int(row, width)?;
                let held_row = self.select(taken, here, held_row)?;
                self.store_int(row, held_row, width)?;
                let index = self.rows_before_block(block)?;
                let before = self.load_array(suffix, index, Kind::Number, width)?;
                let before_row = self.load_array(rows, index, Kind::Whole, width)?;
                let older = self.fcmp(beyond, before, held)?;
                let none = self.icmp(IntPredicate::EQ, held_row, self.int(0))?;
                let older = self.or(older, none)?;
                let at = self.select(older, before_row, held_row)?;
                Ok([held, at])
            }
            Keep::Ticks { sum } => {
                let sum = self.sum_ticks(a, now, n, sum)?;
                Ok([sum, sum])
            }
            Keep::Seed { exact, sum } => {
                let sum = if exact {
                    self.long_sum(a, n, Some(sum), Routine::SeedOfTicks)?
                } else {
                    self.long_sum(a, n, None, Routine::SumOfValues)?
                };
                Ok([sum, sum])
            }
            Keep::Sorted { at } => {
                let full = self.icmp(IntPredicate::SGE, t, n)?;
                let full = self.as_word(full)?;
                let count = self.smin(t, n)?;
                let old = self.past_back(a.source, n, Kind::Number, widths.0)?;
                let callee = self.import(Routine::Slide);
                for lane in 0..width {
                    let first = self.plan.memory.float_index(at) + lane * a.max as usize;
                    let sorted = self.word_at(self.state, first)?;
                    let [count, full] = [self.lane(count, lane)?, self.lane(full, lane)?];
                    let [old, new] = [self.lane(old, lane)?, self.lane(now, lane)?];
                    let args = [
                        sorted.into(),
                        count.into(),
                        full.into(),
                        old.into(),
                        new.into(),
                    ];
                    self.b.build_call(callee, &args, "").map_err(bug)?;
                }
                Ok([now, now])
            }
        }
    }

    fn deviations(
        &mut self,
        a: &Accumulator,
        now: Value<'c>,
        n: Value<'c>,
        begins: Value<'c>,
    ) -> Result<[Value<'c>; 2], CompileError> {
        let Keep::Deviations {
            anchor,
            origin,
            first,
            second,
            firsts,
            seconds,
        } = a.keep
        else {
            return Err(CompileError::Backend("no deviations".to_owned()));
        };
        let widths = self.widths(a);
        let width = widths.1;
        let mask = Self::is_wide(begins).then_some(begins);
        let (begin, go_on) = (self.block(), self.block());
        self.branch(self.any_lane(begins)?, begin, go_on)?;
        self.go_on_at(begin);
        self.clear(origin, now, width, mask)?;
        for held in [first, second] {
            self.clear(held, self.number(0.0), width, mask)?;
        }
        let what = TailKind::Deviations {
            origin: now,
            firsts,
            seconds,
        };
        let tail = Tail {
            source: a.source,
            widths,
            what,
        };
        self.take_suffixes(n, &[tail], mask)?;
        self.jump(go_on)?;
        self.go_on_at(go_on);
        let centre = self.load_cell(origin, Ty::F64, width)?;
        let d = self.fsub(now, centre)?;
        let square = self.fmul(d, d)?;
        let index = self.rows_before_anchor(anchor)?;
        let mut sums = [d, square];
        for (sum, (held, tail)) in sums.iter_mut().zip([(first, firsts), (second, seconds)]) {
            let prefix = self.load_cell(held, Ty::F64, width)?;
            let prefix = self.fadd(prefix, *sum)?;
            self.store_cell(held, prefix, width)?;
            let before = self.load_array(tail, index, Kind::Number, width)?;
            *sum = self.fadd(before, prefix)?;
        }
        Ok(sums)
    }

    /// Whole ticks of the value summed at this row, and whether sums must go the long way because of it.
    fn whole_ticks(
        &mut self,
        a: &Accumulator,
        now: Value<'c>,
        scale: Value<'c>,
    ) -> Result<Value<'c>, CompileError> {
        let key = (a.x, a.place, a.scope);
        if let Some(ticks) = self.ticks.get(&key) {
            return Ok(*ticks);
        }
        let gauge = self.plan.memory.gauges.get(&key);
        let gauge =
            *gauge.ok_or_else(|| CompileError::Backend("ticks without a gauge".to_owned()))?;
        let width = self.width(a.x);
        let scaled = self.fmul(now, scale)?;
        let ticks = self.nearest(scaled)?;
        let size = self.intrinsic_of("llvm.fabs", ticks)?;
        let limit = self.number((1u64 << 52) as f64 / f64::from(gauge.max));
        let wild = self.fcmp(FloatPredicate::UGT, size, limit)?;
        let (odd, go_on) = (self.block(), self.block());
        let any = self.any_lane(wild)?;
        self.branch(self.rarely(any)?, odd, go_on)?;
        self.go_on_at(odd);
        // one row more than the longest window: the last one finds a sum to go on from
        let until = self.add(self.row.t, self.int(i64::from(gauge.max) + 1))?;
        let old = self.load_int(gauge.until, width)?;
        let until = self.merge(Self::is_wide(wild).then_some(wild), until, old)?;
        self.store_int(gauge.until, until, width)?;
        self.jump(go_on)?;
        self.go_on_at(go_on);
        self.ticks.insert(key, ticks);
        Ok(ticks)
    }

    /// `sum + ticks(t) − ticks(t − n)`: whole numbers below 2⁵³, so exact and the same as adding them all.
    fn sum_ticks(
        &mut self,
        a: &Accumulator,
        now: Value<'c>,
        n: Value<'c>,
        sum: FloatWord,
    ) -> Result<Value<'c>, CompileError> {
        let t = self.row.t;
        let widths = self.widths(a);
        let width = widths.1;
        let Place::Frame(frame) = a.place else {
            return Err(CompileError::Backend(
                "ticks in the position phase".to_owned(),
            ));
        };
        let scale = self.frames.get(frame).map(|f| f.scale);
        let scale = scale.ok_or_else(|| CompileError::Backend("no price scale".to_owned()))?;
        let ticks = self.whole_ticks(a, now, scale)?;
        let held = self.load_cell(sum, Ty::F64, width)?;
        let past = self.past_back(a.source, n, Kind::Number, widths.0)?;
        let past = self.fmul(past, scale)?;
        let past = self.nearest(past)?;
        let left = if self.row.steady {
            past
        } else {
            let full = self.icmp(IntPredicate::SGE, t, n)?;
            self.select(full, past, self.number(0.0))?
        };
        let change = self.fsub(ticks, left)?;
        let next = self.fadd(held, change)?;
        let next = self.fit(next, width)?;
        let gauge = self.plan.memory.gauges[&(a.x, a.place, a.scope)];
        let until = self.load_int(gauge.until, widths.0)?;
        let odd = self.less(t, until)?;
        let (long_way, done) = (self.block(), self.block());
        let any = self.any_lane(odd)?;
        let any = self.rarely(any)?;
        let before = self.here()?;
        self.branch(any, long_way, done)?;
        self.go_on_at(long_way);
        let long = self.long_sum(a, n, None, Routine::SumOfTicks)?;
        let long = self.fit(long, width)?;
        let long = if Self::is_wide(odd) {
            self.select(odd, long, next)?
        } else {
            long
        };
        let after = self.here()?;
        self.jump(done)?;
        self.go_on_at(done);
        let result = self.phi(&[(next, before), (long, after)])?;
        self.store_cell(sum, result, width)?;
        Ok(result)
    }

    /// A sum by a routine, lane after lane: what is rare is not worth code of its own. `running` is a word the routine may
    /// keep.
    fn long_sum(
        &mut self,
        a: &Accumulator,
        n: Value<'c>,
        running: Option<FloatWord>,
        routine: Routine,
    ) -> Result<Value<'c>, CompileError> {
        let frame = match a.place {
            Place::Frame(frame) => self.frames.get(frame).map(|f| (frame, f.clone())),
            Place::Position => None,
        };
        let (frame, source) =
            frame.ok_or_else(|| CompileError::Backend("no open times".to_owned()))?;
        let (source_width, width) = self.widths(a);
        let slot = self.long_sum_slot()?;
        let callee = self.import(routine);
        let result = self.element_of(
            self.context.i8_type(),
            slot,
            self.context
                .i64_type()
                .const_int(LongSum::RESULT as u64, false),
        )?;
        let word = |e: &Self, pointer: PointerValue<'c>| -> Result<Value<'c>, CompileError> {
            let ty = e.context.i64_type();
            Ok(e.b.build_ptr_to_int(pointer, ty, "").map_err(bug)?.into())
        };
        let mut sums = self.fit(self.number(0.0), width)?;
        for lane in 0..width {
            let (values, mask) = match a.source {
                Source::Column { frame, column } => {
                    (self.frames[frame].columns[column], self.int(-1))
                }
                Source::Ring(ring) => {
                    let own = if source_width > 1 { lane } else { 0 };
                    let first = self.plan.memory.float_index(ring.at) + own;
                    let values = self.word_at(self.state, first)?;
                    (values, self.int(i64::from(ring.cap) - 1))
                }
                Source::Fixed(x) => {
                    // every row is the one at index 0
                    let value = self.any(x)?;
                    self.store(result, self.lane(value, lane)?)?;
                    (result, self.int(0))
                }
            };
            let running = match running {
                Some(cell) => {
                    let cell = self.plan.memory.float_index(cell) + lane;
                    word(self, self.word_at(self.state, cell)?)?
                }
                None => self.int(0),
            };
            let period = self.plan.program.module.frames[frame].period_ms;
            let words = [
                word(self, values)?,
                mask,
                self.int(source_width as i64),
                word(self, source.time)?,
                self.row.t,
                self.lane(n, lane)?,
                self.int(period),
                source.scale,
                running,
            ];
            for (at, value) in words.into_iter().enumerate() {
                self.store(self.word_at(slot, at)?, value)?;
            }
            self.b.build_call(callee, &[slot.into()], "").map_err(bug)?;
            let sum = self.load(result, Kind::Number, 1)?;
            sums = self.with_lane(sums, lane, sum)?;
        }
        Ok(sums)
    }
}

/// Comparisons for "better than" and "at least as good as".
pub(super) fn beyond(most: bool) -> (FloatPredicate, FloatPredicate) {
    if most {
        (FloatPredicate::OGT, FloatPredicate::OGE)
    } else {
        (FloatPredicate::OLT, FloatPredicate::OLE)
    }
}
