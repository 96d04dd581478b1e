//! Outputs of several lanes. Each row yields an element for each lane, and each lane has columns of its own: written at once
//! they would fall on as many lines of the cache, often of the same set. So a few rows are kept as they come, and then turned.

use super::{Emitter, Value, bug};
use inkwell::AddressSpace;
use inkwell::types::VectorType;
use inkwell::values::{BasicValue, IntValue, PointerValue, VectorValue};
use sbt_native::CompileError;

/// Rows kept before they are turned: a multiple of every number of lanes that is turned by vectors.
const ROWS: usize = 16;

/// Where outputs go, flags first.
pub(super) enum Columns<'c> {
    /// The columns of the only lane.
    One(Vec<PointerValue<'c>>),
    /// The columns of each lane, and room for [`ROWS`] rows of each output.
    Lanes {
        columns: Vec<Vec<PointerValue<'c>>>,
        rooms: Vec<PointerValue<'c>>,
    },
}

impl<'c> Emitter<'c, '_> {
    /// The columns of all lanes, from a table: for each lane its `count` outputs.
    pub(super) fn lane_columns(
        &self,
        table: PointerValue<'c>,
        count: usize,
    ) -> Result<Columns<'c>, CompileError> {
        let ty = self.context.ptr_type(AddressSpace::default());
        let mut columns = Vec::new();
        for lane in 0..self.lanes {
            let mut own = Vec::new();
            for at in 0..count {
                let from = self.word_at(table, lane * count + at)?;
                let column = self.b.build_load(ty, from, "").map_err(bug)?;
                own.push(column.into_pointer_value());
            }
            columns.push(own);
        }
        let room = self
            .context
            .i64_type()
            .array_type((ROWS * self.lanes) as u32);
        let rooms = (0..count).map(|_| self.b.build_alloca(room, "").map_err(bug));
        Ok(Columns::Lanes {
            columns,
            rooms: rooms.collect::<Result<_, _>>()?,
        })
    }

    /// The rows from `first` to `last`, a few at a time: `body` emits those from its first to its second argument.
    pub(super) fn chunks(
        &mut self,
        first: Value<'c>,
        last: Value<'c>,
        columns: &[Vec<PointerValue<'c>>],
        rooms: &[PointerValue<'c>],
        body: impl Fn(&mut Self, Value<'c>, Value<'c>) -> Result<(), CompileError>,
    ) -> Result<(), CompileError> {
        let (head, exit) = (self.block(), self.block());
        let before = self.here()?;
        let any = self.less(first, last)?;
        self.branch(any.into_int_value(), head, exit)?;
        self.go_on_at(head);
        let begin_phi = self.b.build_phi(first.get_type(), "").map_err(bug)?;
        let begin = begin_phi.as_basic_value();
        let whole = self.add(begin, self.int(ROWS as i64))?;
        let end = self.smin(whole, last)?;
        body(self, begin, end)?;

        let (turned, single, next) = (self.block(), self.block(), self.block());
        let full = self.icmp(inkwell::IntPredicate::EQ, whole, end)?;
        let full = if self.lanes.is_power_of_two() {
            full
        } else {
            self.truth(false)
        };
        self.branch(full.into_int_value(), turned, single)?;
        self.go_on_at(turned);
        for (output, room) in rooms.iter().enumerate() {
            self.turn(*room, columns, output, begin.into_int_value())?;
        }
        self.jump(next)?;

        self.go_on_at(single);
        let none = self.int(0);
        let rows = self.sub(end, begin)?;
        let row_head = self.block();
        self.jump(row_head)?;
        self.go_on_at(row_head);
        let row_phi = self.b.build_phi(none.get_type(), "").map_err(bug)?;
        let row = row_phi.as_basic_value();
        let t = self.add(begin, row)?;
        let from = self.mul(row, self.int(self.lanes as i64))?;
        for (output, room) in rooms.iter().enumerate() {
            for (lane, own) in columns.iter().enumerate() {
                let from = self.add(from, self.int(lane as i64))?;
                let from = self.element(*room, from.into_int_value())?;
                let value = self.load(from, super::Kind::Whole, 1)?;
                self.store(self.element(own[output], t.into_int_value())?, value)?;
            }
        }
        let row_next = self.add(row, self.int(1))?;
        let more = self.less(row_next, rows)?;
        let row_tail = self.here()?;
        self.branch(more.into_int_value(), row_head, next)?;
        row_phi.add_incoming(&[(&none, single), (&row_next, row_tail)]);

        self.go_on_at(next);
        let more = self.less(end, last)?;
        self.branch(more.into_int_value(), head, exit)?;
        begin_phi.add_incoming(&[(&first, before), (&end, next)]);
        self.go_on_at(exit);
        Ok(())
    }

    /// Writes [`ROWS`] rows of an output into the columns of the lanes, by squares of as many rows as there are lanes.
    fn turn(
        &self,
        room: PointerValue<'c>,
        columns: &[Vec<PointerValue<'c>>],
        output: usize,
        begin: IntValue<'c>,
    ) -> Result<(), CompileError> {
        let lanes = self.lanes;
        let ty = self.context.i64_type().vec_type(lanes as u32);
        for square in 0..ROWS / lanes {
            let mut rows: Vec<VectorValue<'c>> = Vec::with_capacity(lanes);
            for row in 0..lanes {
                let from = self.word_at(room, (square * lanes + row) * lanes)?;
                let value = self.b.build_load(ty, from, "").map_err(bug)?;
                if let Some(load) = value.as_instruction_value() {
                    load.set_alignment(8)
                        .map_err(|e| CompileError::Backend(e.to_string()))?;
                }
                rows.push(value.into_vector_value());
            }
            // at each step the two off-diagonal blocks of that size change places
            let mut step = 1;
            while step < lanes {
                for row in (0..lanes).filter(|row| row & step == 0) {
                    let (a, b) = (rows[row], rows[row | step]);
                    let pick = |upper: bool| {
                        let of = |k: usize| match (k & step == 0, upper) {
                            (true, false) => k,
                            (false, false) => lanes + k - step,
                            (true, true) => k + step,
                            (false, true) => lanes + k,
                        };
                        let ty = self.context.i32_type();
                        let mask: Vec<_> = (0..lanes)
                            .map(|k| ty.const_int(of(k) as u64, false))
                            .collect();
                        let mask = VectorType::const_vector(&mask);
                        self.b.build_shuffle_vector(a, b, mask, "").map_err(bug)
                    };
                    (rows[row], rows[row | step]) = (pick(false)?, pick(true)?);
                }
                step *= 2;
            }
            for (own, value) in columns.iter().zip(rows) {
                let at = self.int((square * lanes) as i64).into_int_value();
                let t = self.b.build_int_add(begin, at, "").map_err(bug)?;
                self.store(self.element(own[output], t)?, value.into())?;
            }
        }
        Ok(())
    }
}
