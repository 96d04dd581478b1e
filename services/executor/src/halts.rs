//! Times at which nothing may be opened, put under the strategy's own decisions.
//!
//! A halt must not stop what is open from being managed: stops, targets, time exits and trailing go on. So a halt is neither a
//! pause of the run nor a filter of its trades (a position that was only thought of would block the real one after it): the
//! kernel is wrapped, and its entries hang on flags of their own that are down while a halt lasts. One and the same history of
//! halts gives one and the same trades, whenever the run is made.

use sixbtc_abi::{
    Cond, Constants, Input, Kernel, KernelError, Manifest, Outputs, Phase, PositionInputs, State,
};
use sixbtc_core::live::Halt;
use std::ops::Range;

/// A kernel has no room for the flags of the halt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the program uses all of its 64 flags, so that its entries cannot be halted")]
pub struct NoRoom;

/// `(bit of the program, bit of the halt)`.
type Pairs = Vec<(u8, u8)>;

/// A kernel whose entries halt.
pub struct Halted<'a> {
    inner: &'a dyn Kernel,
    manifest: Manifest,
    signal: Pairs,
    position: Pairs,
    /// Raised on rows that are halted, for the position phase, which does not know the time.
    mark: u8,
    length: i64,
    halts: &'a [Halt],
}

impl<'a> Halted<'a> {
    /// A kernel on bars of `length` ms under these halts.
    pub fn new(inner: &'a dyn Kernel, length: i64, halts: &'a [Halt]) -> Result<Self, NoRoom> {
        let mut manifest = inner.manifest().clone();
        let mut signal: Pairs = Vec::new();
        let mut position: Pairs = Vec::new();
        let mark = manifest.flags.len();
        manifest.flags.push("halted".into());
        for i in 0..manifest.plan.entries.len() {
            let Cond { phase, bit } = manifest.plan.entries[i].when;
            let (pairs, next) = match phase {
                Phase::Position => (&mut position, manifest.position_flags),
                _ => (&mut signal, manifest.flags.len()),
            };
            let free = match pairs.iter().find(|p| p.0 == bit) {
                Some(&(_, free)) => free,
                None => {
                    if next >= 64 {
                        return Err(NoRoom);
                    }
                    pairs.push((bit, next as u8));
                    if phase == Phase::Position {
                        manifest.position_flags += 1;
                    } else {
                        manifest.flags.push(format!("free to enter {bit}"));
                    }
                    next as u8
                }
            };
            manifest.plan.entries[i].when.bit = free;
        }
        if manifest.flags.len() > 64 {
            return Err(NoRoom);
        }
        Ok(Self {
            inner,
            manifest,
            signal,
            position,
            mark: mark as u8,
            length,
            halts,
        })
    }
}

/// Sets the second bit of each pair where the first is set.
fn copied(flags: u64, pairs: &[(u8, u8)]) -> u64 {
    let copy = |all, &(from, to): &(u8, u8)| all | ((flags >> from) & 1) << to;
    pairs.iter().fold(flags, copy)
}

impl Kernel for Halted<'_> {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn bind(&self, params: &[f64]) -> Result<Constants, KernelError> {
        self.inner.bind(params)
    }

    fn new_state(&self, constants: &Constants) -> State {
        self.inner.new_state(constants)
    }

    fn stages(&self) -> &[Box<dyn Kernel>] {
        self.inner.stages()
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
        let first = rows.start;
        let dropped = offset.first().copied().unwrap_or(0);
        self.inner.run(input, offset, rows, constants, state, out)?;
        let shape = || KernelError::Shape("a row without a time".into());
        let frame = input.frames.first().ok_or_else(shape)?;
        for (k, flags) in out.flags.iter_mut().enumerate() {
            let row = (first + k).checked_sub(dropped).ok_or_else(shape)?;
            let close = frame.time.get(row).ok_or_else(shape)? + self.length;
            *flags = if self.halts.iter().any(|h| h.covers(close)) {
                *flags | 1 << self.mark
            } else {
                copied(*flags, &self.signal)
            };
        }
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
        let flags = self
            .inner
            .position(signal, position, constants, state, out)?;
        if signal.0 >> self.mark & 1 == 1 {
            Ok(flags)
        } else {
            Ok(copied(flags, &self.position))
        }
    }

    fn bracket(
        &self,
        signal: &[f64],
        entry: f64,
        constants: &Constants,
        out: &mut [f64],
    ) -> Result<(), KernelError> {
        self.inner.bracket(signal, entry, constants, out)
    }
}
