//! The three functions of a kernel.

use super::chunks::Columns;
use super::{Emitter, FrameSource, Plan, Row, Value, bug};
use inkwell::AddressSpace;
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::context::Context;
use inkwell::module::{Linkage, Module};
use inkwell::types::BasicMetadataTypeEnum;
use inkwell::values::{BasicMetadataValueEnum, FunctionValue, PointerValue};
use sbt_ir::{Stage, ValueId};
use sbt_native::memory::Place;
use sbt_native::routines::LongSum;
use sbt_native::{CompileError, context};
use std::collections::HashMap;

/// Says what every function is compiled for.
fn describe(context: &Context, function: FunctionValue<'_>, plan: &Plan<'_>) {
    let width = if plan.memory.lanes >= 8 { "512" } else { "256" };
    for (key, value) in [
        ("target-cpu", plan.target.cpu.as_str()),
        ("target-features", plan.target.features.as_str()),
        ("prefer-vector-width", width),
    ] {
        let attribute = context.create_string_attribute(key, value);
        function.add_attribute(AttributeLoc::Function, attribute);
    }
    let kind = Attribute::get_named_enum_kind_id("nounwind");
    let attribute = context.create_enum_attribute(kind, 0);
    function.add_attribute(AttributeLoc::Function, attribute);
}

impl<'c, 'p> Emitter<'c, 'p> {
    /// Starts a function with this body-to-be. Its pointers are set by who emits it.
    fn new(
        context: &'c Context,
        module: &'p Module<'c>,
        plan: &'p Plan<'p>,
        stage: Stage,
        function: FunctionValue<'c>,
    ) -> Self {
        describe(context, function, plan);
        let b = context.create_builder();
        b.position_at_end(context.append_basic_block(function, "entry"));
        let nowhere = context.ptr_type(AddressSpace::default()).get_undef();
        Self {
            context,
            module,
            b,
            function,
            plan,
            lanes: plan.memory.lanes,
            stage,
            known: vec![None; plan.program.module.nodes.len()],
            undo: Vec::new(),
            words: nowhere,
            slots: nowhere,
            state: nowhere,
            frames: Vec::new(),
            row: Row {
                place: Place::Position,
                scope: None,
                t: context.i64_type().const_zero().into(),
                time: None,
                steady: false,
            },
            variables: HashMap::new(),
            lengths: HashMap::new(),
            done: HashMap::new(),
            new_block: HashMap::new(),
            long_sum_slot: None,
            ticks: HashMap::new(),
        }
    }

    /// The signal function: all rows of a block, of all lanes. What is called is a door of this name that hands each pointer
    /// on as an argument of its own, so that LLVM knows that they do not meet.
    pub fn signal(
        context: &'c Context,
        module: &'p Module<'c>,
        plan: &'p Plan<'p>,
        name: &str,
    ) -> Result<(), CompileError> {
        let word: BasicMetadataTypeEnum<'c> = context.i64_type().into();
        let number: BasicMetadataTypeEnum<'c> = context.f64_type().into();
        let pointer: BasicMetadataTypeEnum<'c> = context.ptr_type(AddressSpace::default()).into();
        // each parameter: the word of the context it comes from, and its type
        let mut takes = vec![
            (context::FIRST, word),
            (context::LAST, word),
            (context::SLOTS, pointer),
            (context::STATE, pointer),
        ];
        let values = plan.program.module.values.len();
        if plan.memory.lanes > 1 {
            takes.push((context::INPUTS, pointer));
        } else {
            takes.push((context::FLAGS, pointer));
            takes.extend((0..values).map(|v| (context::OUT + v, pointer)));
        }
        let outputs = takes.len() - 4;
        let mut before = 0;
        for (at, spec) in plan.program.module.frames.iter().enumerate() {
            let base = context::frame(values, before, at);
            before += spec.columns.len();
            takes.push((base + context::TIME, pointer));
            takes.push((base + context::CONFIRMED, pointer));
            takes.push((base + context::SCALE, number));
            let columns = (0..spec.columns.len()).map(|c| (base + context::COLUMNS + c, pointer));
            takes.extend(columns);
        }
        let types: Vec<_> = takes.iter().map(|t| t.1).collect();
        let inner = module.add_function(
            &format!("{name}_rows"),
            context.void_type().fn_type(&types, false),
            Some(Linkage::Internal),
        );
        let attribute = |name| {
            let kind = Attribute::get_named_enum_kind_id(name);
            context.create_enum_attribute(kind, 0)
        };
        inner.add_attribute(AttributeLoc::Function, attribute("noinline"));
        for (at, (_, ty)) in takes.iter().enumerate() {
            if *ty == pointer {
                inner.add_attribute(AttributeLoc::Param(at as u32), attribute("noalias"));
            }
        }
        let mut emitter = Self::new(context, module, plan, Stage::Signal, inner);
        emitter.rows(outputs)?;

        // the door
        let door_type = context.void_type().fn_type(&[pointer], false);
        let door = module.add_function(name, door_type, None);
        let emitter = Self::new(context, module, plan, Stage::Signal, door);
        let words = emitter.parameter_pointer(0)?;
        let mut args: Vec<BasicMetadataValueEnum<'c>> = Vec::new();
        for (at, ty) in takes {
            let from = emitter.word_at(words, at)?;
            let load = |ty: inkwell::types::BasicTypeEnum<'c>| emitter.b.build_load(ty, from, "");
            let value = if ty == pointer {
                load(context.ptr_type(AddressSpace::default()).into())
            } else if ty == number {
                load(context.f64_type().into())
            } else {
                load(context.i64_type().into())
            };
            args.push(value.map_err(bug)?.into());
        }
        emitter.b.build_call(inner, &args, "").map_err(bug)?;
        emitter.b.build_return(None).map_err(bug)?;
        Ok(())
    }

    /// The loops over the rows.
    fn rows(&mut self, outputs: usize) -> Result<(), CompileError> {
        let program = self.plan.program;
        let (first, last) = (self.parameter(0)?, self.parameter(1)?);
        self.slots = self.parameter_pointer(2)?;
        self.state = self.parameter_pointer(3)?;
        let columns = self.output_columns(outputs)?;
        self.point_at_frames(4 + outputs)?;
        let base = program.signal.first().map_or(&[][..], Vec::as_slice);
        self.prepare_lengths(program.signal.iter().flatten().copied())?;
        let steady = self.steady_from(base)?;
        self.long_sum_slot()?;
        self.load_variables()?;
        let mut from = first;
        if let Some(steady) = steady {
            let end = self.smax(steady, first)?;
            let end = self.smin(end, last)?;
            self.row_loop(from, end, &columns, false)?;
            from = end;
        }
        self.row_loop(from, last, &columns, true)?;
        self.store_variables()?;
        let word = self.plan.memory.row(Place::Frame(0));
        self.store_int(word, last, 1)?;
        self.b.build_return(None).map_err(bug)?;
        Ok(())
    }

    /// All rows from `first` to `last`.
    fn row_loop(
        &mut self,
        first: Value<'c>,
        last: Value<'c>,
        columns: &Columns<'c>,
        steady: bool,
    ) -> Result<(), CompileError> {
        match columns {
            Columns::One(columns) => self.each_row(first, last, steady, |e, t, output, value| {
                let at = e.element(columns[output], t.into_int_value())?;
                e.store(at, value)
            }),
            Columns::Lanes { columns, rooms } => {
                self.chunks(first, last, columns, rooms, |e, begin, end| {
                    e.each_row(begin, end, steady, |e, t, output, value| {
                        let row = e.sub(t, begin)?;
                        let row = e.mul(row, e.int(e.lanes as i64))?;
                        let at = e.element(rooms[output], row.into_int_value())?;
                        e.store(at, e.splat(value)?)
                    })
                })
            }
        }
    }

    /// The rows from `first` to `last`, with what is to be done with each output.
    fn each_row(
        &mut self,
        first: Value<'c>,
        last: Value<'c>,
        steady: bool,
        put: impl Fn(&Self, Value<'c>, usize, Value<'c>) -> Result<(), CompileError>,
    ) -> Result<(), CompileError> {
        let program = self.plan.program;
        let (head, exit) = (self.block(), self.block());
        let before = self.here()?;
        let any = self.less(first, last)?;
        self.branch(any.into_int_value(), head, exit)?;
        self.go_on_at(head);
        let t_phi = self.b.build_phi(first.get_type(), "t").map_err(bug)?;
        let t = t_phi.as_basic_value();
        let outer = self.nest();
        self.forget_row();
        for (frame, nodes) in program.signal.iter().enumerate().skip(1) {
            if self.plan.memory.alive(program, frame) {
                self.confirmed_rows(frame, nodes, t)?;
            }
        }
        let base = program.signal.first().map_or(&[][..], Vec::as_slice);
        self.rows_of(Place::Frame(0), base, t, steady)?;
        let flags: Vec<ValueId> = program.module.flags.iter().map(|f| f.1).collect();
        let word = self.flag_word(&flags)?;
        put(self, t, 0, word)?;
        for (at, (_, id)) in program.module.values.iter().enumerate() {
            let value = self.f64(*id)?;
            let value = self.canonical(value)?;
            put(self, t, at + 1, value)?;
        }
        self.unnest(outer);
        let next = self
            .b
            .build_int_nsw_add(t.into_int_value(), self.int(1).into_int_value(), "")
            .map_err(bug)?;
        let more = self.less(next.into(), last)?;
        let tail = self.here()?;
        self.branch(more.into_int_value(), head, exit)?;
        t_phi.add_incoming(&[(&first, before), (&next, tail)]);
        self.go_on_at(exit);
        Ok(())
    }

    fn flag_word(&mut self, flags: &[ValueId]) -> Result<Value<'c>, CompileError> {
        let mut word = self.int(0);
        for (bit, id) in flags.iter().enumerate() {
            let flag = self.bool(*id)?;
            let wide = self.as_word(flag)?;
            let placed = self.shift_left(wide, bit as u64)?;
            word = self.or(word, placed)?;
        }
        Ok(word)
    }

    /// Where outputs go, flags first.
    fn output_columns(&mut self, outputs: usize) -> Result<Columns<'c>, CompileError> {
        if self.lanes == 1 {
            let own = (0..outputs).map(|at| self.parameter_pointer(4 + at));
            return Ok(Columns::One(own.collect::<Result<_, _>>()?));
        }
        let table = self.parameter_pointer(4)?;
        let count = 1 + self.plan.program.module.values.len();
        self.lane_columns(table, count)
    }

    /// `while done < confirmed[t]`: rows of another frame.
    fn confirmed_rows(
        &mut self,
        frame: usize,
        nodes: &[ValueId],
        t: Value<'c>,
    ) -> Result<(), CompileError> {
        let place = Place::Frame(frame);
        let word = self.plan.memory.row(place);
        let Some(source) = self.frames.get(frame) else {
            return Ok(());
        };
        let narrow = self.context.i32_type();
        let at = self.element_of(narrow, source.confirmed, t.into_int_value())?;
        let goal = self.b.build_load(narrow, at, "").map_err(bug)?;
        let goal: Value<'c> = self
            .b
            .build_int_z_extend(goal.into_int_value(), self.context.i64_type(), "")
            .map_err(bug)?
            .into();
        let from = self.load_int(word, 1)?;
        let (body, after) = (self.block(), self.block());
        let before = self.here()?;
        let any = self.less(from, goal)?;
        self.branch(any.into_int_value(), body, after)?;
        self.go_on_at(body);
        let k_phi = self.b.build_phi(from.get_type(), "").map_err(bug)?;
        let k = k_phi.as_basic_value();
        let outer = self.nest();
        self.rows_of(place, nodes, k, false)?;
        for (id, at) in &self.plan.memory.currents {
            if self.plan.program.module.node(*id).frame.0 as usize == frame {
                let value = self.any(*id)?;
                self.store_cell(*at, value, self.width(*id))?;
            }
        }
        self.unnest(outer);
        let next = self.add(k, self.int(1))?;
        self.store_int(word, next, 1)?;
        let more = self.less(next, goal)?;
        let tail = self.here()?;
        self.branch(more.into_int_value(), body, after)?;
        k_phi.add_incoming(&[(&from, before), (&next, tail)]);
        self.go_on_at(after);
        Ok(())
    }

    /// Where the frames' parameters begin.
    fn point_at_frames(&mut self, mut at: usize) -> Result<(), CompileError> {
        for spec in &self.plan.program.module.frames {
            let columns = (0..spec.columns.len()).map(|c| self.parameter_pointer(at + 3 + c));
            let columns = columns.collect::<Result<_, _>>()?;
            let source = FrameSource {
                time: self.parameter_pointer(at)?,
                confirmed: self.parameter_pointer(at + 1)?,
                scale: self.parameter(at + 2)?,
                columns,
            };
            self.frames.push(source);
            at += 3 + spec.columns.len();
        }
        Ok(())
    }

    fn parameter(&self, at: usize) -> Result<Value<'c>, CompileError> {
        self.function
            .get_nth_param(at as u32)
            .ok_or_else(|| CompileError::Backend("a parameter is missing".to_owned()))
    }

    fn parameter_pointer(&self, at: usize) -> Result<PointerValue<'c>, CompileError> {
        Ok(self.parameter(at)?.into_pointer_value())
    }

    /// Room for the operands of a sum by a routine; made in the first block, where it takes no more than one.
    pub(super) fn long_sum_slot(&mut self) -> Result<PointerValue<'c>, CompileError> {
        if let Some(slot) = self.long_sum_slot {
            return Ok(slot);
        }
        let ty = self.context.i64_type().array_type(LongSum::BYTES / 8);
        let slot = self.b.build_alloca(ty, "").map_err(bug)?;
        Ok(*self.long_sum_slot.insert(slot))
    }

    /// The position function: one bar. Returns the flags.
    pub fn position(
        context: &'c Context,
        module: &'p Module<'c>,
        plan: &'p Plan<'p>,
    ) -> Result<(), CompileError> {
        let program = plan.program;
        let pointer = context.ptr_type(AddressSpace::default());
        let ty = context.i64_type().fn_type(&[pointer.into()], false);
        let function = module.add_function("position", ty, None);
        let mut e = Self::new(context, module, plan, Stage::Position, function);
        e.take_words()?;
        e.prepare_lengths(program.position.iter().copied())?;
        let word = plan.memory.row(Place::Position);
        let t = e.load_int(word, 1)?;
        e.rows_of(Place::Position, &program.position, t, false)?;
        let flags = e.flag_word(&program.module.position_flags)?;
        e.put_levels(&program.module.position_values)?;
        let next = e.add(t, e.int(1))?;
        e.store_int(word, next, 1)?;
        e.b.build_return(Some(&flags)).map_err(bug)?;
        Ok(())
    }

    /// The bracket function.
    pub fn bracket(
        context: &'c Context,
        module: &'p Module<'c>,
        plan: &'p Plan<'p>,
    ) -> Result<(), CompileError> {
        let program = plan.program;
        let pointer = context.ptr_type(AddressSpace::default());
        let ty = context.void_type().fn_type(&[pointer.into()], false);
        let function = module.add_function("bracket", ty, None);
        let mut e = Self::new(context, module, plan, Stage::Bracket, function);
        e.take_words()?;
        e.evaluate_all(&program.bracket)?;
        e.put_levels(&program.module.bracket_values)?;
        e.b.build_return(None).map_err(bug)?;
        Ok(())
    }

    fn take_words(&mut self) -> Result<(), CompileError> {
        self.words = self.parameter_pointer(0)?;
        self.slots = self.pointer_word(context::SLOTS)?;
        self.state = self.pointer_word(context::STATE)?;
        Ok(())
    }

    fn put_levels(&mut self, ids: &[ValueId]) -> Result<(), CompileError> {
        let out = self.pointer_word(context::OUT)?;
        for (at, id) in ids.iter().enumerate() {
            let value = self.f64(*id)?;
            let value = self.canonical(value)?;
            self.store(self.word_at(out, at)?, value)?;
        }
        Ok(())
    }
}
