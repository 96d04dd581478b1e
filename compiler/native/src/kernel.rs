//! The compiled kernel: the only door to the machine code.
//!
//! # What the machine code relies on
//! All `unsafe` of this crate outside the routines is here, and rests on these invariants, which every entry point checks
//! before it calls:
//!
//! 1. The state has exactly the words of the layout, and the whole numbers in it that take part in addresses are within
//!    the bounds of [`Memory::bounded`]; the row counters agree with the rows asked for. All else in the state may be
//!    anything: rings are indexed through masks, lengths are clamped by the code itself.
//! 2. Constants have a slot for every run-fixed node.
//! 3. Each frame has its columns, all as long as its open times, and they hold every row the block reads: the rows of
//!    the block, and `history` rows before it as far as they exist; `confirmed` covers the block and never names a row
//!    beyond the columns.
//! 4. Output buffers have room for the block; position and bracket buffers have their exact sizes.
//! 5. The code lives as long as the kernel: [`Code`] owns what keeps it.
//!
//! Who makes a kernel promises that the code is made for the same program and the same layouts ([`Entries`]).
//!
//! Pointers handed over are biased by the first row (`pointer − 8·offset`) with wrapping arithmetic on integers; the code
//! adds rows within the bounds above before it dereferences.

use crate::context;
use crate::memory::Memory;
use sbt_ir::binder::Binder;
use sbt_ir::{Layout, Program};
use sixbtc_abi::{
    Constants, Input, Kernel, KernelError, LaneState, Manifest, Outputs, PositionInputs, State,
};
use std::any::Any;
use std::ops::Range;

/// A function without a result.
type Act = unsafe extern "C" fn(*const u64);
/// A function that returns flags.
type Judge = unsafe extern "C" fn(*const u64) -> u64;

/// Addresses of the functions of a program, each of which takes a pointer to its [`context`].
#[derive(Debug, Clone, Copy)]
pub struct Entries {
    /// The signal function.
    pub signal: usize,
    /// The position function, which returns its flags.
    pub position: usize,
    /// The bracket function.
    pub bracket: usize,
}

/// The signal function for several parameter points side by side.
#[derive(Debug)]
pub struct Lanes {
    /// Its address.
    pub signal: usize,
    /// Layout of its state; how many lanes there are is written there.
    pub memory: Memory,
}

/// Machine code and its memory.
struct Code {
    signal: Act,
    position: Judge,
    bracket: Act,
    lanes: Option<(Act, Memory)>,
    /// Keeps the memory of the code.
    _owner: Box<dyn Any + Send + Sync>,
}

/// A strategy compiled to machine code of this processor. Bit for bit the same as the interpreter, for any cut of the rows
/// into blocks.
pub struct CompiledKernel {
    binder: Binder,
    program: Program,
    memory: Memory,
    manifest: Manifest,
    code: Code,
}

impl std::fmt::Debug for CompiledKernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompiledKernel")
            .field("name", &self.manifest.name)
            .finish_non_exhaustive()
    }
}

impl CompiledKernel {
    /// A kernel of finished code.
    ///
    /// # Safety
    /// The addresses are of functions in the platform's C convention, made for this program and these layouts, that do no
    /// more than the module's documentation allows. They stay valid until `owner` is dropped, on whichever thread.
    #[allow(unsafe_code)]
    pub unsafe fn new(
        program: Program,
        memory: Memory,
        entries: Entries,
        lanes: Option<Lanes>,
        owner: Box<dyn Any + Send + Sync>,
    ) -> Self {
        let mut manifest = Layout::new(&program).manifest(&program);
        manifest.state_bytes = memory.words() * 8;
        manifest.history.clone_from(&memory.history);
        // SAFETY: see above
        let code = unsafe {
            let act = |address: usize| std::mem::transmute::<usize, Act>(address);
            Code {
                signal: act(entries.signal),
                position: std::mem::transmute::<usize, Judge>(entries.position),
                bracket: act(entries.bracket),
                lanes: lanes.map(|l| (act(l.signal), l.memory)),
                _owner: owner,
            }
        };
        Self {
            binder: Binder::new(&program),
            program,
            memory,
            manifest,
            code,
        }
    }

    /// What the manifest says of this kernel; the same as [`Kernel::manifest`] without the trait.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The program it was compiled from.
    pub fn program(&self) -> &Program {
        &self.program
    }

    fn check_constants(&self, constants: &Constants) -> Result<(), KernelError> {
        if constants.slots.len() == self.program.run.len() {
            return Ok(());
        }
        wrong(format!(
            "{} constants instead of {}",
            constants.slots.len(),
            self.program.run.len()
        ))
    }

    /// Invariant 1.
    fn check_state(memory: &Memory, state: &State) -> Result<(), KernelError> {
        if state.words.len() != memory.words() {
            return wrong(format!(
                "{} words of state instead of {}",
                state.words.len(),
                memory.words()
            ));
        }
        for rows in &state.words[..=memory.frames] {
            // far from where adding lengths could wrap
            if *rows > 1 << 48 {
                return wrong("the state is not of this kernel".to_owned());
            }
        }
        for bounded in &memory.bounded {
            let word = state.words[bounded.word] as i64;
            let row = state.words[bounded.row] as i64;
            if word.unsigned_abs() > 1 << 50 || word > row + bounded.most {
                return wrong("the state is not of this kernel".to_owned());
            }
        }
        Ok(())
    }

    /// Invariant 3.
    fn check_input(
        &self,
        input: &Input<'_>,
        offset: &[usize],
        rows: &Range<usize>,
        state: &State,
    ) -> Result<(), KernelError> {
        let specs = &self.manifest.frames;
        if input.frames.len() != specs.len() {
            return wrong(format!(
                "{} frames instead of {}",
                input.frames.len(),
                specs.len()
            ));
        }
        let Some(clock) = input.frames.first() else {
            return wrong("no frame".to_owned());
        };
        for (at, (bars, spec)) in input.frames.iter().zip(specs).enumerate() {
            let dropped = offset.get(at).copied().unwrap_or(0);
            let there = bars.time.len();
            if bars.columns.len() != spec.columns.len() {
                return wrong(format!(
                    "frame {at}: {} columns instead of {}",
                    bars.columns.len(),
                    spec.columns.len()
                ));
            }
            if bars.columns.iter().any(|c| c.len() != there) {
                return wrong(format!("frame {at}: columns of unequal length"));
            }
            let Some(end) = dropped.checked_add(there).filter(|end| *end <= 1 << 48) else {
                return wrong(format!("frame {at}: {dropped} rows dropped in front"));
            };
            if at > 0 && bars.confirmed.len() != clock.time.len() {
                return wrong(format!(
                    "frame {at}: confirmed rows for {} bars, not {}",
                    bars.confirmed.len(),
                    clock.time.len()
                ));
            }
            if !self.memory.alive(&self.program, at) {
                continue;
            }
            let done = state.words[at] as usize;
            if at == 0 {
                if rows.end > end {
                    return wrong(format!("rows {}..{} of {end}", rows.start, rows.end));
                }
                if done != rows.start {
                    return wrong(format!(
                        "row {} does not continue the state, which is at {done}",
                        rows.start
                    ));
                }
            } else {
                let from = offset.first().copied().unwrap_or(0);
                let block = &bars.confirmed[rows.start - from..rows.end - from];
                let most = block.iter().copied().max().unwrap_or(0) as usize;
                if most > end {
                    return wrong(format!(
                        "frame {at}: {most} rows confirmed, but there are {end}"
                    ));
                }
            }
            let oldest = done.saturating_sub(self.memory.history[at]);
            if dropped > oldest {
                return wrong(format!(
                    "frame {at}: rows before {dropped} were dropped, but {oldest} is still read"
                ));
            }
        }
        Ok(())
    }

    /// Rows, inputs and buffers of a signal call, beside the state.
    fn check_block(
        &self,
        input: &Input<'_>,
        offset: &[usize],
        rows: &Range<usize>,
        state: &State,
        outputs: &[Outputs],
    ) -> Result<(), KernelError> {
        for out in outputs {
            let room = out
                .values
                .iter()
                .map(Vec::len)
                .chain([out.flags.len()])
                .min()
                .unwrap_or(0);
            if out.values.len() != self.manifest.values.len() || room < rows.len() {
                return wrong("the output buffers do not fit".to_owned());
            }
        }
        if rows.start > rows.end || rows.start < offset.first().copied().unwrap_or(0) {
            return wrong(format!("rows {}..{}", rows.start, rows.end));
        }
        self.check_input(input, offset, rows, state)
    }

    /// What the signal function reads of its inputs: see [`context`].
    fn signal_context(
        &self,
        input: &Input<'_>,
        offset: &[usize],
        rows: &Range<usize>,
        slots: &[u64],
        state: &mut State,
    ) -> Vec<u64> {
        let columns: usize = self.manifest.frames.iter().map(|f| f.columns.len()).sum();
        let frames = self.manifest.frames.len();
        let values = self.manifest.values.len();
        let mut words = Vec::with_capacity(context::frame(values, columns, frames));
        words.extend([rows.start as u64, rows.end as u64]);
        words.push(slots.as_ptr() as u64);
        words.push(state.words.as_mut_ptr() as u64);
        words.resize(context::frame(values, 0, 0), 0);
        let from = offset.first().copied().unwrap_or(0);
        for (at, bars) in input.frames.iter().enumerate() {
            let dropped = offset.get(at).copied().unwrap_or(0);
            words.push(biased(bars.time.as_ptr() as u64, dropped, 8));
            words.push(biased(bars.confirmed.as_ptr() as u64, from, 4));
            words.push(bars.price_scale.to_bits());
            words.extend(
                bars.columns
                    .iter()
                    .map(|c| biased(c.as_ptr() as u64, dropped, 8)),
            );
        }
        words
    }

    /// No NaN payloads in state that is handed back.
    fn settle(memory: &Memory, state: &mut State, position: bool) {
        for word in &mut state.words[memory.numbers(position)] {
            if f64::from_bits(*word).is_nan() {
                *word = f64::NAN.to_bits();
            }
        }
    }

    fn check_signal(&self, signal: &[f64]) -> Result<(), KernelError> {
        if signal.len() == self.manifest.values.len() {
            return Ok(());
        }
        wrong(format!(
            "{} signal values instead of {}",
            signal.len(),
            self.manifest.values.len()
        ))
    }
}

fn wrong<T>(why: String) -> Result<T, KernelError> {
    Err(KernelError::Shape(why))
}

/// Pointers to the columns of an output, flags first.
fn output_columns<'o>(
    out: &'o mut Outputs,
    rows: &Range<usize>,
) -> impl Iterator<Item = u64> + use<'o> {
    let first = rows.start;
    let flags = biased(out.flags.as_mut_ptr() as u64, first, 8);
    let values = out.values.iter_mut();
    std::iter::once(flags).chain(values.map(move |c| biased(c.as_mut_ptr() as u64, first, 8)))
}

/// A pointer such that the number of a row is the index.
fn biased(pointer: u64, first: usize, size: u64) -> u64 {
    pointer.wrapping_sub(first as u64 * size)
}

impl Kernel for CompiledKernel {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn bind(&self, params: &[f64]) -> Result<Constants, KernelError> {
        self.binder.bind(&self.program, params)
    }

    fn new_state(&self, _constants: &Constants) -> State {
        self.memory.new_state()
    }

    #[allow(unsafe_code)]
    fn run(
        &self,
        input: &Input<'_>,
        offset: &[usize],
        rows: Range<usize>,
        constants: &Constants,
        state: &mut State,
        out: &mut Outputs,
    ) -> Result<(), KernelError> {
        self.check_constants(constants)?;
        Self::check_state(&self.memory, state)?;
        self.check_block(input, offset, &rows, state, std::slice::from_ref(out))?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut words = self.signal_context(input, offset, &rows, &constants.slots, state);
        let mut columns = output_columns(out, &rows);
        words[context::FLAGS] = columns.next().unwrap_or(0);
        for (word, column) in words[context::OUT..].iter_mut().zip(columns) {
            *word = column;
        }
        let _mode = FloatMode::standard();
        // SAFETY: invariants 1 to 5, checked above
        unsafe { (self.code.signal)(words.as_ptr()) };
        Self::settle(&self.memory, state, false);
        Ok(())
    }

    fn lanes(&self) -> usize {
        self.code.lanes.as_ref().map_or(1, |l| l.1.lanes)
    }

    fn new_lane_state(&self, constants: &[&Constants]) -> LaneState {
        let states = match &self.code.lanes {
            Some((_, memory)) => vec![memory.new_state()],
            None => constants.iter().map(|c| self.new_state(c)).collect(),
        };
        LaneState { states }
    }

    #[allow(unsafe_code)]
    fn run_lanes(
        &self,
        input: &Input<'_>,
        offset: &[usize],
        rows: Range<usize>,
        constants: &[&Constants],
        state: &mut LaneState,
        out: &mut [Outputs],
    ) -> Result<(), KernelError> {
        let lanes = self.lanes();
        if constants.len() != lanes || out.len() != lanes || state.states.len() != 1 {
            return wrong(format!(
                "{} constants and {} outputs for {lanes} lanes",
                constants.len(),
                out.len()
            ));
        }
        let [state] = &mut state.states[..] else {
            return wrong("the state is not of this kernel".to_owned());
        };
        let Some((signal, memory)) = &self.code.lanes else {
            return match (constants, out) {
                ([constants], [out]) => self.run(input, offset, rows, constants, state, out),
                _ => wrong("no lanes".to_owned()),
            };
        };
        for constants in constants {
            self.check_constants(constants)?;
        }
        Self::check_state(memory, state)?;
        self.check_block(input, offset, &rows, state, out)?;
        if rows.is_empty() {
            return Ok(());
        }
        let slots: Vec<u64> = (0..self.program.run.len())
            .flat_map(|slot| constants.iter().map(move |c| c.slots[slot]))
            .collect();
        let columns: Vec<u64> = out
            .iter_mut()
            .flat_map(|out| output_columns(out, &rows).collect::<Vec<_>>())
            .collect();
        let mut words = self.signal_context(input, offset, &rows, &slots, state);
        words[context::INPUTS] = columns.as_ptr() as u64;
        let _mode = FloatMode::standard();
        // SAFETY: invariants 1 to 5, checked above, for the layout of the lanes; `slots` has a word for every node and lane,
        // `columns` one for every output and lane, and both live until the end of this call
        unsafe { signal(words.as_ptr()) };
        Self::settle(memory, state, false);
        Ok(())
    }

    #[allow(unsafe_code)]
    fn position(
        &self,
        signal: (u64, &[f64]),
        position: &PositionInputs,
        constants: &Constants,
        state: &mut State,
        out: &mut [f64],
    ) -> Result<u64, KernelError> {
        self.check_constants(constants)?;
        Self::check_state(&self.memory, state)?;
        self.check_signal(signal.1)?;
        if out.len() != self.manifest.position_values {
            return wrong("the position outputs do not fit".to_owned());
        }
        let mut words = [0; context::OUT + 1];
        words[context::LAST] = signal.0;
        words[context::SLOTS] = constants.slots.as_ptr() as u64;
        words[context::STATE] = state.words.as_mut_ptr() as u64;
        words[context::FLAGS] = signal.1.as_ptr() as u64;
        words[context::INPUTS] = std::ptr::from_ref(position) as u64;
        words[context::OUT] = out.as_mut_ptr() as u64;
        let _mode = FloatMode::standard();
        // SAFETY: invariants 1, 2, 4 and 5, checked above
        let flags = unsafe { (self.code.position)(words.as_ptr()) };
        Self::settle(&self.memory, state, true);
        Ok(flags)
    }

    #[allow(unsafe_code)]
    fn bracket(
        &self,
        signal: &[f64],
        entry: f64,
        constants: &Constants,
        out: &mut [f64],
    ) -> Result<(), KernelError> {
        self.check_constants(constants)?;
        self.check_signal(signal)?;
        if out.len() != self.manifest.bracket_values {
            return wrong("the bracket outputs do not fit".to_owned());
        }
        let mut words = [0; context::OUT + 1];
        words[context::SLOTS] = constants.slots.as_ptr() as u64;
        words[context::FLAGS] = signal.as_ptr() as u64;
        words[context::INPUTS] = entry.to_bits();
        words[context::OUT] = out.as_mut_ptr() as u64;
        let _mode = FloatMode::standard();
        // SAFETY: invariants 2, 4 and 5, checked above; the bracket phase has no state
        unsafe { (self.code.bracket)(words.as_ptr()) };
        Ok(())
    }
}

/// Round to nearest, denormals kept, nothing traps, whatever the caller's thread was set to; put back when dropped.
struct FloatMode {
    #[cfg(target_arch = "x86_64")]
    before: Option<u32>,
}

#[cfg(target_arch = "x86_64")]
impl FloatMode {
    /// Bits of MXCSR that are settings; the others record what happened.
    const SETTINGS: u32 = 0xffc0;
    /// All exceptions masked, round to nearest, denormals kept.
    const STANDARD: u32 = 0x1f80;

    #[allow(unsafe_code)]
    fn standard() -> Self {
        let mut now = 0u32;
        // SAFETY: stores four bytes into `now`
        unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut now, options(nostack)) };
        if now & Self::SETTINGS == Self::STANDARD {
            return Self { before: None };
        }
        Self::set(Self::STANDARD);
        Self { before: Some(now) }
    }

    #[allow(unsafe_code)]
    fn set(word: u32) {
        // SAFETY: `word` has no reserved bit: it is `STANDARD`, or was read from the register
        unsafe {
            std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const word, options(nostack, readonly));
        };
    }
}

#[cfg(target_arch = "x86_64")]
impl Drop for FloatMode {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            Self::set(before);
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
impl FloatMode {
    fn standard() -> Self {
        Self {}
    }
}
