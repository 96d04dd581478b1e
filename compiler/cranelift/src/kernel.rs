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
//! 5. The code lives as long as the kernel: [`Code`] owns it and frees it when dropped.
//!
//! Pointers handed over are biased by the first row (`pointer − 8·offset`) with wrapping arithmetic on integers; the code
//! adds rows within the bounds above before it dereferences.

use crate::emit::context;
use crate::error::CompileError;
use crate::memory::Memory;
use cranelift_jit::JITModule;
use cranelift_module::FuncId;
use sbt_ir::{Layout, Program};
use sixbtc_abi::{Constants, Input, Kernel, KernelError, Manifest, Outputs, PositionInputs, State};
use std::ops::Range;

/// A function without a result.
type Act = unsafe extern "C" fn(*const u64);
/// A function that returns flags.
type Judge = unsafe extern "C" fn(*const u64) -> u64;

/// Machine code and its memory.
pub(crate) struct Code {
    /// `None` only while being dropped.
    module: Option<JITModule>,
    signal: Option<Act>,
    position: Option<Judge>,
    bracket: Option<Act>,
}

// SAFETY: after `resolve` nothing touches the module but `drop`, which has exclusive access; the code is read-only
// memory without state of its own, and every call works on the state and buffers it is given.
#[allow(unsafe_code)]
unsafe impl Send for Code {}
// SAFETY: as above
#[allow(unsafe_code)]
unsafe impl Sync for Code {}

impl Code {
    /// Takes over a module; its memory is freed with `self`.
    pub fn new(module: JITModule) -> Self {
        Self {
            module: Some(module),
            signal: None,
            position: None,
            bracket: None,
        }
    }

    /// Notes the addresses of the three functions of a finalised module.
    #[allow(unsafe_code)]
    pub fn resolve(
        &mut self,
        signal: FuncId,
        position: FuncId,
        bracket: FuncId,
    ) -> Result<(), CompileError> {
        let module = self
            .module
            .as_ref()
            .ok_or_else(|| CompileError::Backend("no code".to_owned()))?;
        let address = |id| module.get_finalized_function(id);
        // SAFETY: `compile` declared these functions with exactly these signatures, in the platform's C convention
        unsafe {
            self.signal = Some(std::mem::transmute::<*const u8, Act>(address(signal)));
            self.position = Some(std::mem::transmute::<*const u8, Judge>(address(position)));
            self.bracket = Some(std::mem::transmute::<*const u8, Act>(address(bracket)));
        }
        Ok(())
    }
}

impl Drop for Code {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: the function pointers are private to `self` and are called through `&self` only
            unsafe { module.free_memory() };
        }
    }
}

/// A strategy compiled to machine code of this processor. Bit for bit the same as the interpreter, for any cut of the rows
/// into blocks.
pub struct CompiledKernel {
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
    pub(crate) fn new(program: Program, memory: Memory, layout: &Layout, code: Code) -> Self {
        let mut manifest = layout.manifest(&program);
        manifest.state_bytes = memory.words() * 8;
        manifest.history.clone_from(&memory.history);
        Self {
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
    fn check_state(&self, state: &State) -> Result<(), KernelError> {
        if state.words.len() != self.memory.words() {
            return wrong(format!(
                "{} words of state instead of {}",
                state.words.len(),
                self.memory.words()
            ));
        }
        for rows in &state.words[..=self.memory.frames] {
            // far from where adding lengths could wrap
            if *rows > 1 << 48 {
                return wrong("the state is not of this kernel".to_owned());
            }
        }
        for bounded in &self.memory.bounded {
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

    /// What the signal function reads: see [`context`].
    fn signal_context(
        &self,
        input: &Input<'_>,
        offset: &[usize],
        rows: &Range<usize>,
        constants: &Constants,
        state: &mut State,
        out: &mut Outputs,
    ) -> Vec<u64> {
        let columns: usize = self.manifest.frames.iter().map(|f| f.columns.len()).sum();
        let frames = self.manifest.frames.len();
        let mut words =
            Vec::with_capacity(context::frame(self.manifest.values.len(), columns, frames));
        words.extend([rows.start as u64, rows.end as u64]);
        words.push(constants.slots.as_ptr() as u64);
        words.push(state.words.as_mut_ptr() as u64);
        words.push(biased(out.flags.as_mut_ptr() as u64, rows.start, 8));
        words.push(0);
        words.extend(
            out.values
                .iter_mut()
                .map(|c| biased(c.as_mut_ptr() as u64, rows.start, 8)),
        );
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
    fn settle(&self, state: &mut State, position: bool) {
        for word in &mut state.words[self.memory.numbers(position)] {
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

/// A pointer such that the number of a row is the index.
fn biased(pointer: u64, first: usize, size: u64) -> u64 {
    pointer.wrapping_sub(first as u64 * size)
}

impl Kernel for CompiledKernel {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn bind(&self, params: &[f64]) -> Result<Constants, KernelError> {
        sbt_ir::interp::bind(&self.program, params)
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
        self.check_state(state)?;
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
        if rows.start > rows.end || rows.start < offset.first().copied().unwrap_or(0) {
            return wrong(format!("rows {}..{}", rows.start, rows.end));
        }
        self.check_input(input, offset, &rows, state)?;
        if rows.is_empty() {
            return Ok(());
        }
        let words = self.signal_context(input, offset, &rows, constants, state, out);
        let Some(signal) = self.code.signal else {
            return wrong("no code".to_owned());
        };
        let _mode = FloatMode::standard();
        // SAFETY: invariants 1 to 5, checked above
        unsafe { signal(words.as_ptr()) };
        self.settle(state, false);
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
        self.check_state(state)?;
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
        let Some(judge) = self.code.position else {
            return wrong("no code".to_owned());
        };
        let _mode = FloatMode::standard();
        // SAFETY: invariants 1, 2, 4 and 5, checked above
        let flags = unsafe { judge(words.as_ptr()) };
        self.settle(state, true);
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
        let Some(bracket) = self.code.bracket else {
            return wrong("no code".to_owned());
        };
        let _mode = FloatMode::standard();
        // SAFETY: invariants 2, 4 and 5, checked above; the bracket phase has no state
        unsafe { bracket(words.as_ptr()) };
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
