//! The interpreter as a kernel.

use super::machine::{History, Machine, Outside, Plan, check_input, run_rows};
use super::scalar::is_true;
use crate::graph::InstantCycle;
use crate::layout::Layout;
use crate::module::{FrameId, ValueId};
use crate::program::Program;
use crate::stage::Stage;
use sixbtc_abi::{Constants, Input, Kernel, KernelError, Manifest, Outputs, PositionInputs, State};
use std::ops::Range;

/// Runs a program by its definition. Its state holds the whole history, so that memory and time grow with the run.
///
/// State words: for each frame the rows done, their open times, and a column for each signal node of the frame; then the
/// position steps done, their open times (if used) and a column for each node the position phase reads or computes.
#[derive(Debug, Clone)]
pub struct InterpKernel {
    program: Program,
    plan: Plan,
    manifest: Manifest,
    /// By frame: signal nodes.
    signal: Vec<Vec<ValueId>>,
    /// Position nodes.
    position: Vec<ValueId>,
    /// What the position phase keeps: exported signal nodes, then its own.
    kept: Vec<ValueId>,
    /// Bracket nodes.
    bracket: Vec<ValueId>,
}

impl InterpKernel {
    /// A kernel for a scheduled program.
    pub fn new(program: Program) -> Result<Self, InstantCycle> {
        let plan = Plan::new(&program.module)?;
        let manifest = Layout::new(&program).manifest(&program);
        let nodes = |stage, frame| {
            plan.nodes(&program.module, stage, FrameId(frame))
                .collect::<Vec<_>>()
        };
        let frames = program.module.frames.len().max(1) as u16;
        let signal = (0..frames)
            .map(|frame| nodes(Stage::Signal, frame))
            .collect();
        let position = nodes(Stage::Position, 0);
        let bracket = nodes(Stage::Bracket, 0);
        let kept = program
            .exports
            .iter()
            .map(|e| e.0)
            .chain(position.iter().copied())
            .collect();
        Ok(Self {
            program,
            plan,
            manifest,
            signal,
            position,
            kept,
            bracket,
        })
    }

    /// The program it runs.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// By node: values of the run stage.
    fn fixed(&self, constants: &Constants) -> Vec<f64> {
        super::bind::fixed_values(&self.program.module, &self.plan, &constants.params)
    }

    fn decode(&self, state: &State) -> Result<(History, History), KernelError> {
        let mut words = Reader(&state.words);
        let mut signal = History::new(&self.program.module);
        for (frame, nodes) in self.signal.iter().enumerate() {
            let rows = words.take(1)?[0] as usize;
            signal.time[frame] = words.take(rows)?.iter().map(|w| *w as i64).collect();
            for id in nodes {
                signal.columns[id.index()] = words
                    .take(rows)?
                    .iter()
                    .map(|w| f64::from_bits(*w))
                    .collect();
            }
        }
        let mut position = History::new(&self.program.module);
        let rows = words.take(1)?[0] as usize;
        if self.program.position_time.is_some() {
            position.time[0] = words.take(rows)?.iter().map(|w| *w as i64).collect();
        }
        for id in &self.kept {
            position.columns[id.index()] = words
                .take(rows)?
                .iter()
                .map(|w| f64::from_bits(*w))
                .collect();
        }
        if words.0.is_empty() {
            Ok((signal, position))
        } else {
            Err(foreign_state())
        }
    }

    fn encode(&self, signal: &History, position: &History, state: &mut State) {
        let words = &mut state.words;
        words.clear();
        for (frame, nodes) in self.signal.iter().enumerate() {
            words.push(signal.time[frame].len() as u64);
            words.extend(signal.time[frame].iter().map(|t| *t as u64));
            for id in nodes {
                words.extend(signal.columns[id.index()].iter().map(|x| x.to_bits()));
            }
        }
        words.push(
            self.kept
                .first()
                .map_or(0, |id| position.columns[id.index()].len()) as u64,
        );
        if self.program.position_time.is_some() {
            words.extend(position.time[0].iter().map(|t| *t as u64));
        }
        for id in &self.kept {
            words.extend(position.columns[id.index()].iter().map(|x| x.to_bits()));
        }
    }

    /// The exported signal nodes from the signal values.
    fn imported(&self, values: &[f64]) -> Result<Vec<(ValueId, f64)>, KernelError> {
        if values.len() != self.manifest.values.len() {
            return Err(KernelError::Shape(format!(
                "{} signal values instead of {}",
                values.len(),
                self.manifest.values.len()
            )));
        }
        Ok(self
            .program
            .exports
            .iter()
            .map(|(id, column)| (*id, values[*column as usize]))
            .collect())
    }
}

struct Reader<'a>(&'a [u64]);

impl<'a> Reader<'a> {
    fn take(&mut self, words: usize) -> Result<&'a [u64], KernelError> {
        let (head, rest) = self.0.split_at_checked(words).ok_or_else(foreign_state)?;
        self.0 = rest;
        Ok(head)
    }
}

fn foreign_state() -> KernelError {
    KernelError::Shape("the state is not of this kernel".into())
}

fn flag_word(flags: impl Iterator<Item = bool>) -> u64 {
    flags
        .take(64)
        .enumerate()
        .fold(0, |word, (bit, on)| word | u64::from(on) << bit)
}

impl Kernel for InterpKernel {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn bind(&self, params: &[f64]) -> Result<Constants, KernelError> {
        super::bind(&self.program, params)
    }

    fn new_state(&self, _constants: &Constants) -> State {
        State {
            words: vec![0; self.signal.len() + 1],
        }
    }

    fn run(
        &self,
        input: &Input<'_>,
        offset: &[usize],
        rows: Range<usize>,
        constants: &Constants,
        state: &mut State,
        out: &mut Outputs,
    ) -> Result<(), KernelError> {
        let module = &self.program.module;
        let (mut history, position) = self.decode(state)?;
        let done: Vec<usize> = history.time.iter().map(Vec::len).collect();
        check_input(module, input, offset, Some((&rows, &done)))?;
        let room = out
            .values
            .iter()
            .map(Vec::len)
            .chain([out.flags.len()])
            .min()
            .unwrap_or(0);
        if out.values.len() != module.values.len() || room < rows.len() {
            return Err(KernelError::Shape("the output buffers do not fit".into()));
        }
        let fixed = self.fixed(constants);
        let first = rows.start;
        run_rows(
            module,
            &self.plan,
            &fixed,
            (input, offset),
            rows,
            &mut history,
            |history, row| {
                let of = |id: ValueId| match self.plan.stages[id.index()] {
                    Stage::Run => fixed[id.index()],
                    _ => history.columns[id.index()][row],
                };
                out.flags[row - first] = flag_word(module.flags.iter().map(|f| is_true(of(f.1))));
                for (column, (_, id)) in out.values.iter_mut().zip(&module.values) {
                    column[row - first] = of(*id);
                }
            },
        );
        self.encode(&history, &position, state);
        Ok(())
    }

    fn position(
        &self,
        signal: (u64, &[f64]),
        position: &PositionInputs,
        constants: &Constants,
        state: &mut State,
        out: &mut [f64],
    ) -> Result<u64, KernelError> {
        let module = &self.program.module;
        let (run, mut history) = self.decode(state)?;
        let imported = self.imported(signal.1)?;
        if out.len() != module.position_values.len() {
            return Err(KernelError::Shape("the position outputs do not fit".into()));
        }
        let row = self
            .kept
            .first()
            .map_or(0, |id| history.columns[id.index()].len());
        if let Some(column) = self.program.position_time {
            history.time[0].push(signal.1[column as usize] as i64);
        }
        for (id, value) in imported {
            history.columns[id.index()].push(value);
        }
        let fixed = self.fixed(constants);
        let outside = Outside {
            params: &[],
            input: None,
            position: Some(position),
            entry: 0.0,
            confirmed: &[],
        };
        let mut machine = Machine::new(module, &self.plan, &fixed, outside);
        for &id in &self.position {
            let value = machine.value(&history, id, row);
            history.columns[id.index()].push(value);
        }
        let of = |id: ValueId| match self.plan.stages[id.index()] {
            Stage::Run => fixed[id.index()],
            _ => history.columns[id.index()][row],
        };
        for (slot, id) in out.iter_mut().zip(&module.position_values) {
            *slot = of(*id);
        }
        let flags = flag_word(module.position_flags.iter().map(|id| is_true(of(*id))));
        self.encode(&run, &history, state);
        Ok(flags)
    }

    fn bracket(
        &self,
        signal: &[f64],
        entry: f64,
        constants: &Constants,
        out: &mut [f64],
    ) -> Result<(), KernelError> {
        let module = &self.program.module;
        let imported = self.imported(signal)?;
        if out.len() != module.bracket_values.len() {
            return Err(KernelError::Shape("the bracket outputs do not fit".into()));
        }
        let mut history = History::new(module);
        for (id, value) in imported {
            history.columns[id.index()].push(value);
        }
        let fixed = self.fixed(constants);
        let outside = Outside {
            params: &[],
            input: None,
            position: None,
            entry,
            confirmed: &[],
        };
        let mut machine = Machine::new(module, &self.plan, &fixed, outside);
        for &id in &self.bracket {
            let value = machine.value(&history, id, 0);
            history.columns[id.index()].push(value);
        }
        for (slot, &id) in out.iter_mut().zip(&module.bracket_values) {
            *slot = match self.plan.stages[id.index()] {
                Stage::Run => fixed[id.index()],
                _ => history.columns[id.index()][0],
            };
        }
        Ok(())
    }
}
