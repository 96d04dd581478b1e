//! A strategy whose entries come late.

use crate::error::LabError;
use sixbtc_abi::{
    Cond, Constants, Input, Kernel, KernelError, Manifest, Outputs, Phase, PositionInputs, State,
};
use std::ops::Range;

/// The strategy with every decision to enter taken some bars later: the entry condition of bar `t` counts on bar `t + n`, and
/// what the order needs besides (a limit price, a stop's level) is read there. Exits are as they were.
///
/// A strategy whose profit hangs on being there on that very bar, and no later, lives on what a live account seldom gets.
pub struct Delayed<'k> {
    inner: &'k dyn Kernel,
    manifest: Manifest,
    bars: usize,
    signal: Vec<Moved>,
    position: Vec<Moved>,
}

/// A bit and where it shows later. A bit of its own, because an exit may read the same condition undelayed.
#[derive(Clone, Copy)]
struct Moved {
    from: u8,
    to: u8,
}

impl<'k> Delayed<'k> {
    /// Delays the entries of a strategy by a number of bars.
    ///
    /// # Errors
    /// [`LabError::Plan`] for a portfolio that holds by rank, which has no entries to delay, and for a program that uses so
    /// many conditions that no flag is left.
    pub fn new(inner: &'k dyn Kernel, bars: usize) -> Result<Self, LabError> {
        let mut manifest = inner.manifest().clone();
        if manifest
            .portfolio
            .as_ref()
            .is_some_and(|p| !p.holds.is_empty())
        {
            return Err(refused(
                "a portfolio that holds by rank",
                "a strategy with entries",
            ));
        }
        let (mut signal, mut position): (Vec<Moved>, Vec<Moved>) = (Vec::new(), Vec::new());
        for entry in &mut manifest.plan.entries {
            let (moved, used) = match entry.when.phase {
                Phase::Position => (&mut position, manifest.position_flags),
                Phase::Signal | Phase::Bracket => (&mut signal, manifest.flags.len()),
            };
            let to = match moved.iter().find(|m| m.from == entry.when.bit) {
                Some(known) => known.to,
                None => {
                    if used >= 64 {
                        return Err(refused(
                            "a program of 64 conditions",
                            "one with a flag left",
                        ));
                    }
                    moved.push(Moved {
                        from: entry.when.bit,
                        to: used as u8,
                    });
                    match entry.when.phase {
                        Phase::Position => manifest.position_flags += 1,
                        Phase::Signal | Phase::Bracket => {
                            manifest.flags.push(format!("{}, late", entry.tag));
                        }
                    }
                    used as u8
                }
            };
            entry.when = Cond {
                phase: entry.when.phase,
                bit: to,
            };
        }
        Ok(Self {
            inner,
            manifest,
            bars,
            signal,
            position,
        })
    }

    /// Calls the strategy with its own part of the state; the rest are the flags still to come: `bars` words of the signal
    /// phase, then `bars` of the position phase, the oldest first.
    fn within<T>(
        &self,
        state: &mut State,
        call: impl FnOnce(&mut State) -> Result<T, KernelError>,
    ) -> Result<(T, Vec<u64>), KernelError> {
        let Some(own) = state.words.len().checked_sub(2 * self.bars) else {
            return Err(KernelError::Shape("the state is of another kernel".into()));
        };
        let waiting = state.words.split_off(own);
        let result = call(state);
        match result {
            Ok(value) => Ok((value, waiting)),
            Err(e) => {
                state.words.extend(waiting);
                Err(e)
            }
        }
    }
}

fn refused(value: &str, right: &'static str) -> LabError {
    LabError::Plan {
        name: "what entries are delayed of",
        value: value.to_owned(),
        right,
    }
}

/// Puts a word of flags in line and takes out what its turn is; the flags with the late bits set.
fn exchange(line: &mut [u64], moved: &[Moved], flags: u64, allowed: bool) -> u64 {
    let now = if allowed { flags } else { 0 };
    let due = line.first().copied().unwrap_or(now);
    line.rotate_left(usize::from(!line.is_empty()));
    if let Some(last) = line.last_mut() {
        *last = now;
    }
    moved
        .iter()
        .fold(flags, |all, m| all | (due >> m.from & 1) << m.to)
}

impl Kernel for Delayed<'_> {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn stages(&self) -> &[Box<dyn Kernel>] {
        self.inner.stages()
    }

    fn bind(&self, params: &[f64]) -> Result<Constants, KernelError> {
        self.inner.bind(params)
    }

    fn new_state(&self, constants: &Constants) -> State {
        let mut state = self.inner.new_state(constants);
        state.words.extend(std::iter::repeat_n(0, 2 * self.bars));
        state
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
        let ((), mut waiting) = self.within(state, |own| {
            self.inner
                .run(input, offset, rows.clone(), constants, own, out)
        })?;
        let (line, _) = waiting.split_at_mut(self.bars);
        for (row, flags) in rows.zip(&mut out.flags) {
            // before the warm-up is over a condition is no decision, then or later
            *flags = exchange(line, &self.signal, *flags, row >= constants.warmup);
        }
        state.words.extend(waiting);
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
        let (flags, mut waiting) = self.within(state, |own| {
            self.inner.position(signal, position, constants, own, out)
        })?;
        let (_, line) = waiting.split_at_mut(self.bars);
        let late = exchange(line, &self.position, flags, true);
        state.words.extend(waiting);
        Ok(late)
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
