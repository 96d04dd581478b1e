//! The beginnings of blocks, of time for sums and of rows for extremes: there the suffixes of the last `n − 1` rows are
//! taken, in one loop for all windows that share the block. Where lengths differ by lane, so do the beginnings: all is done
//! under the mask of the lanes that begin.

use super::windows::beyond;
use super::{Emitter, Kind, Value, bug};
use inkwell::IntPredicate;
use inkwell::values::{BasicValue, PhiValue};
use sbt_ir::WindowKind;
use sbt_native::memory::{Accumulator, FloatWord, Keep, Place, Source};
use sbt_native::{CompileError, context};

/// A series of suffixes being taken.
pub(super) struct Tail<'c> {
    pub source: Source,
    /// Words of a word of the source's node, and of the suffixes.
    pub widths: (usize, usize),
    pub what: TailKind<'c>,
}

/// What a series of suffixes is of, and where it goes.
pub(super) enum TailKind<'c> {
    Sum(FloatWord),
    Deviations {
        origin: Value<'c>,
        firsts: FloatWord,
        seconds: FloatWord,
    },
    Extreme {
        most: bool,
        suffix: FloatWord,
    },
    Extremal {
        most: bool,
        suffix: FloatWord,
        rows: FloatWord,
    },
}

impl<'c> Emitter<'c, '_> {
    /// The open time of the row, if a window here needs it.
    pub(super) fn open_time(&mut self) -> Result<Option<Value<'c>>, CompileError> {
        match self.row.place {
            Place::Frame(frame)
                if self
                    .plan
                    .memory
                    .anchors
                    .iter()
                    .any(|a| (a.place, a.scope) == (self.row.place, self.row.scope)) =>
            {
                let source = self.frames.get(frame);
                let source =
                    source.ok_or_else(|| CompileError::Backend("no open times".to_owned()))?;
                let at = self.element(source.time, self.row.t.into_int_value())?;
                Ok(Some(self.load(at, Kind::Whole, 1)?))
            }
            Place::Position => match self.plan.program.position_time {
                Some(column) => {
                    let values = self.pointer_word(context::FLAGS)?;
                    let at = self.word_at(values, column.into())?;
                    let time = self.load(at, Kind::Number, 1)?;
                    Ok(Some(self.as_whole(time)?))
                }
                None => Ok(None),
            },
            Place::Frame(_) => Ok(None),
        }
    }

    /// Words of an accumulator's words and of its source's.
    pub(super) fn widths(&self, a: &Accumulator) -> (usize, usize) {
        let source = self.width(a.x);
        (source, source.max(self.width(a.n)))
    }

    /// Begins the blocks that begin at this row.
    pub(super) fn begin_blocks(&mut self) -> Result<(), CompileError> {
        let memory = self.plan.memory;
        let (place, scope) = (self.row.place, self.row.scope);
        let t = self.row.t;
        for (at, anchor) in memory
            .anchors
            .iter()
            .enumerate()
            .filter(|(_, a)| (a.place, a.scope) == (place, scope))
        {
            let time = self.row.time;
            let time = time.ok_or_else(|| CompileError::Backend("no open time".to_owned()))?;
            let n = self.length(anchor.n, 1, anchor.max)?;
            let due = self.load_int(anchor.next, self.width(anchor.n))?;
            let begins = self.icmp(IntPredicate::SGE, time, due)?;
            self.new_block.insert(at, begins);
            let mask = Self::is_wide(begins).then_some(begins);
            let (begin, go_on) = (self.block(), self.block());
            self.branch(self.any_lane(begins)?, begin, go_on)?;
            self.go_on_at(begin);
            self.set_anchor(at, due, time, n, mask)?;
            let mut tails = Vec::new();
            for a in &memory.accumulators {
                if let Keep::Sum {
                    anchor,
                    prefix,
                    suffix,
                } = a.keep
                    && anchor == at
                {
                    let widths = self.widths(a);
                    self.clear(prefix, self.number(0.0), widths.1, mask)?;
                    tails.push(Tail {
                        source: a.source,
                        widths,
                        what: TailKind::Sum(suffix),
                    });
                }
            }
            self.take_suffixes(n, &tails, mask)?;
            self.jump(go_on)?;
            self.go_on_at(go_on);
        }
        for (at, block) in memory
            .blocks
            .iter()
            .enumerate()
            .filter(|(_, b)| (b.place, b.scope) == (place, scope))
        {
            let n = self.length(block.n, 1, block.max)?;
            let width = self.width(block.n);
            let due = self.load_int(block.next, width)?;
            let begins = self.icmp(IntPredicate::SGE, t, due)?;
            let mask = Self::is_wide(begins).then_some(begins);
            let (begin, go_on) = (self.block(), self.block());
            self.branch(self.any_lane(begins)?, begin, go_on)?;
            self.go_on_at(begin);
            let next = self.add(t, n)?;
            let next = self.merge(mask, next, due)?;
            self.store_int(block.next, next, width)?;
            let mut tails = Vec::new();
            for a in &memory.accumulators {
                let most = matches!(a.kind, WindowKind::Max | WindowKind::MaxAgo);
                let none = self.number(if most {
                    f64::NEG_INFINITY
                } else {
                    f64::INFINITY
                });
                let widths = self.widths(a);
                let width = widths.1;
                let what = match a.keep {
                    Keep::Extreme {
                        block,
                        best,
                        suffix,
                    } if block == at => {
                        self.clear(best, none, width, mask)?;
                        self.store_array(suffix, self.int(0), none, width, mask)?;
                        TailKind::Extreme { most, suffix }
                    }
                    Keep::Extremal {
                        block,
                        best,
                        row,
                        suffix,
                        rows,
                    } if block == at => {
                        self.clear(best, none, width, mask)?;
                        let old = self.load_int(row, width)?;
                        let no_row = self.merge(mask, self.int(0), old)?;
                        self.store_int(row, no_row, width)?;
                        self.store_array(suffix, self.int(0), none, width, mask)?;
                        self.store_array(rows, self.int(0), self.int(0), width, mask)?;
                        TailKind::Extremal { most, suffix, rows }
                    }
                    _ => continue,
                };
                tails.push(Tail {
                    source: a.source,
                    widths,
                    what,
                });
            }
            self.take_suffixes(n, &tails, mask)?;
            self.jump(go_on)?;
            self.go_on_at(go_on);
        }
        Ok(())
    }

    /// Sets a cell in the lanes of the mask.
    pub(super) fn clear(
        &self,
        word: FloatWord,
        to: Value<'c>,
        width: usize,
        mask: Option<Value<'c>>,
    ) -> Result<(), CompileError> {
        let value = match mask {
            Some(mask) => {
                let old = self.load_cell(word, sbt_ir::Ty::F64, width)?;
                self.select(mask, to, old)?
            }
            None => to,
        };
        self.store_cell(word, value, width)
    }

    /// The next block of time begins a length after this one. Mostly this block is the one that follows; a division is
    /// needed only after a gap.
    fn set_anchor(
        &mut self,
        at: usize,
        due: Value<'c>,
        time: Value<'c>,
        n: Value<'c>,
        mask: Option<Value<'c>>,
    ) -> Result<(), CompileError> {
        let anchor = self.plan.memory.anchors[at];
        let width = self.width(anchor.n);
        let frame = match anchor.place {
            Place::Frame(frame) => frame,
            Place::Position => 0,
        };
        let period = self.plan.program.module.frames[frame].period_ms;
        let length = self.mul(n, self.int(period))?;
        let following = self.add(due, length)?;
        let following = self.fit(following, width)?;
        let far = self.icmp(IntPredicate::SGE, time, following)?;
        let far = match mask {
            Some(mask) => self.and(far, mask)?,
            None => far,
        };
        let (gap, set) = (self.block(), self.block());
        let before = self.here()?;
        let any = self.any_lane(far)?;
        self.branch(self.rarely(any)?, gap, set)?;
        self.go_on_at(gap);
        let past = self.rem(time, length)?;
        let wrapped = self.add(past, length)?;
        let negative = self.less(past, self.int(0))?;
        let past = self.select(negative, wrapped, past)?;
        let begin = self.sub(time, past)?;
        let end = self.add(begin, length)?;
        let end = if Self::is_wide(far) {
            self.select(far, end, following)?
        } else {
            end
        };
        let after_gap = self.here()?;
        self.jump(set)?;
        self.go_on_at(set);
        let next = self.phi(&[(following, before), (end, after_gap)])?;
        let next = self.merge(mask, next, due)?;
        self.store_int(anchor.next, next, width)?;
        let reach = self.add(self.row.t, n)?;
        let reach = self.add(reach, self.int(-1))?;
        let old = self.load_int(anchor.reach, width)?;
        let reach = self.merge(mask, reach, old)?;
        self.store_int(anchor.reach, reach, width)
    }

    /// `suffix[j]` for `j` in `1..n`: over the `j` rows before this one, or all there are.
    pub(super) fn take_suffixes(
        &mut self,
        n: Value<'c>,
        tails: &[Tail<'c>],
        mask: Option<Value<'c>>,
    ) -> Result<(), CompileError> {
        if tails.is_empty() {
            return Ok(());
        }
        let t = self.row.t;
        let mut first = Vec::new();
        for tail in tails {
            let none = |most| {
                self.number(if most {
                    f64::NEG_INFINITY
                } else {
                    f64::INFINITY
                })
            };
            let zero = self.number(0.0);
            let values = match tail.what {
                TailKind::Sum(_) => vec![zero],
                TailKind::Deviations { .. } => vec![zero, zero],
                TailKind::Extreme { most, .. } => vec![none(most)],
                TailKind::Extremal { most, .. } => vec![none(most), self.int(0)],
            };
            for value in values {
                first.push(self.fit(value, tail.widths.1)?);
            }
        }
        let one = self.int(1);
        let rows = self.add(t, one)?;
        let ends = if self.row.steady {
            n
        } else {
            self.smin(n, rows)?
        };
        let end = match mask {
            Some(mask) => {
                let ends = self.select(mask, ends, self.int(0))?;
                self.largest(ends)?
            }
            None => ends,
        };
        let (head, done) = (self.block(), self.block());
        let before = self.here()?;
        let any = self.less(one, end)?;
        self.branch(any.into_int_value(), head, done)?;

        self.go_on_at(head);
        let j_phi = self.b.build_phi(one.get_type(), "").map_err(bug)?;
        let mut phis: Vec<PhiValue<'c>> = Vec::new();
        for value in &first {
            phis.push(self.b.build_phi(value.get_type(), "").map_err(bug)?);
        }
        let held: Vec<Value<'c>> = phis.iter().map(|p| p.as_basic_value()).collect();
        let j = j_phi.as_basic_value();
        let row = self.sub(t, j)?;
        let active = match mask {
            Some(mask) => {
                let within = self.less(j, ends)?;
                Some(self.and(mask, within)?)
            }
            None => None,
        };
        let mut next = self.one_more(tails, &held, row)?;
        for (value, held) in next.iter_mut().zip(&held) {
            let new = self.merge(active, *value, *held)?;
            *value = if Self::is_wide(*held) {
                self.splat(new)?
            } else {
                new
            };
        }
        self.store_suffixes(tails, j, &next, active)?;
        let j_next = self.add(j, one)?;
        let more = self.less(j_next, end)?;
        let tail = self.here()?;
        self.branch(more.into_int_value(), head, done)?;
        j_phi.add_incoming(&[(&one, before), (&j_next, tail)]);
        for ((phi, first), next) in phis.iter().zip(&first).zip(&next) {
            phi.add_incoming(&[
                (first as &dyn BasicValue<'c>, before),
                (next as &dyn BasicValue<'c>, tail),
            ]);
        }

        self.go_on_at(done);
        let mut last = Vec::new();
        for (first, next) in first.iter().zip(&next) {
            last.push(self.phi(&[(*first, before), (*next, tail)])?);
        }
        if self.row.steady {
            return Ok(());
        }
        self.fill_suffixes(n, rows, tails, &last, mask)
    }

    /// At the start of a run: no more rows, the last suffix stands for all longer ones.
    fn fill_suffixes(
        &mut self,
        n: Value<'c>,
        rows: Value<'c>,
        tails: &[Tail<'c>],
        last: &[Value<'c>],
        mask: Option<Value<'c>>,
    ) -> Result<(), CompileError> {
        // lengths of lanes that do not begin count as nothing
        let ends = match mask {
            Some(mask) => self.select(mask, n, self.int(0))?,
            None => n,
        };
        let most = self.largest(ends)?;
        let (fill, after) = (self.block(), self.block());
        let before = self.here()?;
        let short = self.less(rows, most)?;
        let short = self.rarely(short.into_int_value())?;
        self.branch(short, fill, after)?;
        self.go_on_at(fill);
        let j_phi = self.b.build_phi(rows.get_type(), "").map_err(bug)?;
        let j = j_phi.as_basic_value();
        let active = match mask {
            Some(_) => Some(self.less(j, ends)?),
            None => None,
        };
        self.store_suffixes(tails, j, last, active)?;
        let j_next = self.add(j, self.int(1))?;
        let more = self.less(j_next, most)?;
        let tail = self.here()?;
        self.branch(more.into_int_value(), fill, after)?;
        j_phi.add_incoming(&[(&rows, before), (&j_next, tail)]);
        self.go_on_at(after);
        Ok(())
    }

    /// The suffixes with one more row.
    fn one_more(
        &mut self,
        tails: &[Tail<'c>],
        held: &[Value<'c>],
        row: Value<'c>,
    ) -> Result<Vec<Value<'c>>, CompileError> {
        let mut held = held.iter().copied();
        let mut next = Vec::new();
        let mut take = || {
            held.next()
                .ok_or_else(|| CompileError::Backend("suffixes out of step".to_owned()))
        };
        for tail in tails {
            let x = self.past(tail.source, row, Kind::Number, tail.widths.0)?;
            match tail.what {
                TailKind::Sum(_) => next.push(self.fadd(take()?, x)?),
                TailKind::Deviations { origin, .. } => {
                    let d = self.fsub(x, origin)?;
                    let square = self.fmul(d, d)?;
                    next.push(self.fadd(take()?, d)?);
                    next.push(self.fadd(take()?, square)?);
                }
                TailKind::Extreme { most, .. } => {
                    let x = self.positive_zero(x)?;
                    next.push(self.further(most, x, take()?)?);
                }
                TailKind::Extremal { most, .. } => {
                    let x = self.positive_zero(x)?;
                    let (held, held_row) = (take()?, take()?);
                    // the most recent row stays when another only equals it; but the first of them is taken even if it is
                    // as infinite as nothing
                    let (beyond, reaches) = beyond(most);
                    let better = self.fcmp(beyond, x, held)?;
                    let as_good = self.fcmp(reaches, x, held)?;
                    let none = self.icmp(IntPredicate::EQ, held_row, self.int(0))?;
                    let first = self.and(none, as_good)?;
                    let taken = self.or(better, first)?;
                    let number = self.add(row, self.int(1))?;
                    next.push(self.further(most, x, held)?);
                    next.push(self.select(taken, number, held_row)?);
                }
            }
        }
        Ok(next)
    }

    fn store_suffixes(
        &mut self,
        tails: &[Tail<'c>],
        j: Value<'c>,
        values: &[Value<'c>],
        mask: Option<Value<'c>>,
    ) -> Result<(), CompileError> {
        let mut words = Vec::new();
        for tail in tails {
            let width = tail.widths.1;
            match tail.what {
                TailKind::Sum(suffix) | TailKind::Extreme { suffix, .. } => {
                    words.push((suffix, width));
                }
                TailKind::Deviations {
                    firsts, seconds, ..
                } => words.extend([(firsts, width), (seconds, width)]),
                TailKind::Extremal { suffix, rows, .. } => {
                    words.extend([(suffix, width), (rows, width)]);
                }
            }
        }
        for ((word, width), value) in words.into_iter().zip(values) {
            self.store_array(word, j, *value, width, mask)?;
        }
        Ok(())
    }
}
