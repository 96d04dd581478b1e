//! The beginnings of blocks, of time for sums and of rows for extremes: there the suffixes of the last `n − 1` rows are
//! taken, in one loop for all windows that share the block.

use super::windows::beyond;
use super::{Emitter, constant_memory, trusted};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F64, I64};
use cranelift_codegen::ir::{InstBuilder, Value};
use sbt_ir::{Ty, WindowKind};
use sbt_native::memory::{FloatWord, Keep, Place, Source};
use sbt_native::{CompileError, context};

/// A series of suffixes being taken.
pub(super) struct Tail {
    pub source: Source,
    pub what: TailKind,
}

/// What a series of suffixes is of, and where it goes.
pub(super) enum TailKind {
    Sum(FloatWord),
    Deviations {
        origin: Value,
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

impl Emitter<'_, '_> {
    /// The open time of the row, if a window here needs it.
    pub(super) fn open_time(&mut self) -> Result<Option<Value>, CompileError> {
        match self.row.place {
            Place::Frame(frame)
                if self
                    .plan
                    .memory
                    .anchors
                    .iter()
                    .any(|a| (a.place, a.scope) == (self.row.place, self.row.scope)) =>
            {
                let pointer = self.frames.get(frame).and_then(|f| f.time);
                let pointer =
                    pointer.ok_or_else(|| CompileError::Backend("no open times".to_owned()))?;
                let address = self.element(pointer, self.row.t);
                Ok(Some(self.b.ins().load(I64, constant_memory(), address, 0)))
            }
            Place::Position => Ok(self.plan.program.position_time.map(|column| {
                let values = self.context_word(context::FLAGS);
                let time = self
                    .b
                    .ins()
                    .load(F64, constant_memory(), values, i32::from(column) * 8);
                self.b.ins().fcvt_to_sint_sat(I64, time)
            })),
            Place::Frame(_) => Ok(None),
        }
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
            let time = self
                .row
                .time
                .ok_or_else(|| CompileError::Backend("no open time".to_owned()))?;
            let n = self.length(anchor.n, 1, anchor.max)?;
            let due = self.load_int(anchor.next);
            let begins = self
                .b
                .ins()
                .icmp(IntCC::SignedGreaterThanOrEqual, time, due);
            self.new_block.insert(at, begins);
            let tails: Vec<(Tail, FloatWord)> = memory
                .accumulators
                .iter()
                .filter_map(|a| match a.keep {
                    Keep::Sum {
                        anchor,
                        prefix,
                        suffix,
                    } if anchor == at => Some((
                        Tail {
                            source: a.source,
                            what: TailKind::Sum(suffix),
                        },
                        prefix,
                    )),
                    _ => None,
                })
                .collect();
            let begin = self.b.create_block();
            let go_on = self.b.create_block();
            self.branch(begins, begin, &[], go_on, &[]);
            self.b.seal_block(begin);
            self.b.switch_to_block(begin);
            self.set_anchor(at, due, time, n);
            for (_, prefix) in &tails {
                let zero = self.number(0.0);
                self.store_cell(*prefix, zero);
            }
            let tails: Vec<Tail> = tails.into_iter().map(|t| t.0).collect();
            self.take_suffixes(n, &tails)?;
            self.jump(go_on, &[]);
            self.b.seal_block(go_on);
            self.b.switch_to_block(go_on);
        }
        for (at, block) in memory
            .blocks
            .iter()
            .enumerate()
            .filter(|(_, b)| (b.place, b.scope) == (place, scope))
        {
            let n = self.length(block.n, 1, block.max)?;
            let due = self.load_int(block.next);
            let begins = self.b.ins().icmp(IntCC::SignedGreaterThanOrEqual, t, due);
            let begin = self.b.create_block();
            let go_on = self.b.create_block();
            self.branch(begins, begin, &[], go_on, &[]);
            self.b.seal_block(begin);
            self.b.switch_to_block(begin);
            let next = self.b.ins().iadd(t, n);
            self.store_int(block.next, next);
            let mut tails = Vec::new();
            for a in &memory.accumulators {
                let most = matches!(a.kind, WindowKind::Max | WindowKind::MaxAgo);
                let none = self.number(if most {
                    f64::NEG_INFINITY
                } else {
                    f64::INFINITY
                });
                match a.keep {
                    Keep::Extreme {
                        block,
                        best,
                        suffix,
                    } if block == at => {
                        self.store_cell(best, none);
                        self.store_cell(suffix, none);
                        tails.push(Tail {
                            source: a.source,
                            what: TailKind::Extreme { most, suffix },
                        });
                    }
                    Keep::Extremal {
                        block,
                        best,
                        row,
                        suffix,
                        rows,
                    } if block == at => {
                        self.store_cell(best, none);
                        let no_row = self.int(0);
                        self.store_int(row, no_row);
                        self.store_cell(suffix, none);
                        self.store_cell(rows, no_row);
                        tails.push(Tail {
                            source: a.source,
                            what: TailKind::Extremal { most, suffix, rows },
                        });
                    }
                    _ => {}
                }
            }
            self.take_suffixes(n, &tails)?;
            self.jump(go_on, &[]);
            self.b.seal_block(go_on);
            self.b.switch_to_block(go_on);
        }
        Ok(())
    }

    /// The next block of time begins a length after this one. Mostly this block is the one that follows; a division is
    /// needed only after a gap.
    fn set_anchor(&mut self, at: usize, due: Value, time: Value, n: Value) {
        let anchor = self.plan.memory.anchors[at];
        let frame = match anchor.place {
            Place::Frame(frame) => frame,
            Place::Position => 0,
        };
        let period = self.plan.program.module.frames[frame].period_ms;
        let length = self.b.ins().imul_imm_s(n, period);
        let following = self.b.ins().iadd(due, length);
        let gap = self.b.create_block();
        let set = self.b.create_block();
        let next = self.b.append_block_param(set, I64);
        let near = self.b.ins().icmp(IntCC::SignedLessThan, time, following);
        self.b.set_cold_block(gap);
        self.branch(near, set, &[following], gap, &[]);
        self.b.seal_block(gap);
        self.b.switch_to_block(gap);
        let past = self.b.ins().srem(time, length);
        let wrapped = self.b.ins().iadd(past, length);
        let zero = self.int(0);
        let negative = self.b.ins().icmp(IntCC::SignedLessThan, past, zero);
        let past = self.b.ins().select(negative, wrapped, past);
        let begin = self.b.ins().isub(time, past);
        let end = self.b.ins().iadd(begin, length);
        self.jump(set, &[end]);
        self.b.seal_block(set);
        self.b.switch_to_block(set);
        self.store_int(anchor.next, next);
        let reach = self.b.ins().iadd(self.row.t, n);
        let reach = self.b.ins().iadd_imm_s(reach, -1);
        self.store_int(anchor.reach, reach);
    }

    /// `suffix[j]` for `j` in `1..n`: over the `j` rows before this one, or all there are.
    pub(super) fn take_suffixes(&mut self, n: Value, tails: &[Tail]) -> Result<(), CompileError> {
        if tails.is_empty() {
            return Ok(());
        }
        let t = self.row.t;
        let mut first = Vec::new();
        for tail in tails {
            match tail.what {
                TailKind::Sum(_) => first.push(self.number(0.0)),
                TailKind::Deviations { .. } => {
                    let zero = self.number(0.0);
                    first.extend([zero, zero]);
                }
                TailKind::Extreme { most, .. } => {
                    first.push(self.number(if most {
                        f64::NEG_INFINITY
                    } else {
                        f64::INFINITY
                    }));
                }
                TailKind::Extremal { most, .. } => {
                    first.push(self.number(if most {
                        f64::NEG_INFINITY
                    } else {
                        f64::INFINITY
                    }));
                    first.push(self.int(0));
                }
            }
        }
        let types: Vec<_> = first
            .iter()
            .map(|v| self.b.func.dfg.value_type(*v))
            .collect();
        let head = self.b.create_block();
        let done = self.b.create_block();
        let fill = self.b.create_block();
        let after = self.b.create_block();
        self.b.set_cold_block(fill);
        let j = self.b.append_block_param(head, I64);
        let held: Vec<Value> = types
            .iter()
            .map(|ty| self.b.append_block_param(head, *ty))
            .collect();
        let last: Vec<Value> = types
            .iter()
            .map(|ty| self.b.append_block_param(done, *ty))
            .collect();
        let one = self.int(1);
        let rows = self.b.ins().iadd_imm_s(t, 1);
        let end = self.b.ins().smin(n, rows);
        let any = self.b.ins().icmp(IntCC::SignedLessThan, one, end);
        let with = |row: Value, held: &[Value]| [&[row], held].concat();
        self.branch(any, head, &with(one, &first), done, &first);

        self.b.switch_to_block(head);
        let row = self.b.ins().isub(t, j);
        let mut held_in = held.into_iter();
        let mut next = Vec::new();
        let mut take = || {
            held_in
                .next()
                .ok_or_else(|| CompileError::Backend("suffixes out of step".to_owned()))
        };
        for tail in tails {
            let x = self.past(tail.source, row, Ty::F64)?;
            match tail.what {
                TailKind::Sum(_) => next.push(self.b.ins().fadd(take()?, x)),
                TailKind::Deviations { origin, .. } => {
                    let d = self.b.ins().fsub(x, origin);
                    let square = self.b.ins().fmul(d, d);
                    next.push(self.b.ins().fadd(take()?, d));
                    next.push(self.b.ins().fadd(take()?, square));
                }
                TailKind::Extreme { most, .. } => {
                    let x = self.positive_zero(x);
                    let held = take()?;
                    next.push(if most {
                        self.greater(x, held)
                    } else {
                        self.lesser(x, held)
                    });
                }
                TailKind::Extremal { most, .. } => {
                    let x = self.positive_zero(x);
                    let (held, held_row) = (take()?, take()?);
                    // the most recent row stays when another only equals it; but the first of them is taken even if it is
                    // as infinite as nothing
                    let (beyond, reaches) = beyond(most);
                    let better = self.b.ins().fcmp(beyond, x, held);
                    let as_good = self.b.ins().fcmp(reaches, x, held);
                    let none = self.b.ins().icmp_imm_s(IntCC::Equal, held_row, 0);
                    let first = self.b.ins().band(none, as_good);
                    let taken = self.b.ins().bor(better, first);
                    let number = self.b.ins().iadd_imm_s(row, 1);
                    next.push(if most {
                        self.greater(x, held)
                    } else {
                        self.lesser(x, held)
                    });
                    next.push(self.b.ins().select(taken, number, held_row));
                }
            }
        }
        self.store_suffixes(tails, j, &next);
        let j_next = self.b.ins().iadd_imm_s(j, 1);
        let more = self.b.ins().icmp(IntCC::SignedLessThan, j_next, end);
        self.branch(more, head, &with(j_next, &next), done, &next);
        self.b.seal_block(head);
        self.b.seal_block(done);

        // at the start of a run: no more rows, the last suffix stands for all longer ones
        self.b.switch_to_block(done);
        let short = self.b.ins().icmp(IntCC::SignedLessThan, end, n);
        let j = self.b.append_block_param(fill, I64);
        self.branch(short, fill, &[end], after, &[]);
        self.b.switch_to_block(fill);
        self.store_suffixes(tails, j, &last);
        let j_next = self.b.ins().iadd_imm_s(j, 1);
        let more = self.b.ins().icmp(IntCC::SignedLessThan, j_next, n);
        self.branch(more, fill, &[j_next], after, &[]);
        self.b.seal_block(fill);
        self.b.seal_block(after);
        self.b.switch_to_block(after);
        Ok(())
    }

    fn store_suffixes(&mut self, tails: &[Tail], j: Value, values: &[Value]) {
        let address = self.element(self.state, j);
        let mut words = Vec::new();
        for tail in tails {
            match tail.what {
                TailKind::Sum(suffix) | TailKind::Extreme { suffix, .. } => words.push(suffix),
                TailKind::Deviations {
                    firsts, seconds, ..
                } => words.extend([firsts, seconds]),
                TailKind::Extremal { suffix, rows, .. } => words.extend([suffix, rows]),
            }
        }
        for (word, value) in words.into_iter().zip(values) {
            let offset = self.plan.memory.float_offset(word) as i32;
            self.b.ins().store(trusted(), *value, address, offset);
        }
    }
}
