//! Whether what is traded is what was tested: each live bar's signals against a replay, to the bit.
//!
//! The live kernel has lived through restarts, snapshots, late candles and repairs. A [`Shadow`] is the same kernel, run over the
//! bars as they stand in the store, from the first to the last. Both must yield the same flags and values on every bar; where they do not,
//! a bar was rewritten, lost or taken twice, or the memory is damaged – and decisions since are not those of the test.

use serde::{Deserialize, Serialize};
use sixbtc_abi::{Constants, Input, Kernel, KernelError, Manifest, Outputs, State};
use std::ops::Range;

/// Version of what is kept.
pub const VERSION: u32 = 1;

/// Rows a block of a replay.
const BLOCK: usize = 4_096;

/// What a kernel said about one bar. Not-a-numbers are all the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signals {
    /// Open of the bar, ms.
    pub time: i64,
    /// Flags.
    pub flags: u64,
    /// Bits of the values.
    pub values: Vec<u64>,
}

impl Signals {
    /// Of a row of outputs; `None` when there is no such row.
    pub fn of(time: i64, outputs: &Outputs, row: usize) -> Option<Self> {
        let bits = |x: &f64| if x.is_nan() { f64::NAN } else { *x }.to_bits();
        let values = outputs
            .values
            .iter()
            .map(|column| column.get(row).map(bits));
        Some(Self {
            time,
            flags: *outputs.flags.get(row)?,
            values: values.collect::<Option<_>>()?,
        })
    }
}

/// How a live bar differs from its replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// They are not of the same bar.
    Time {
        /// Of the live one.
        live: i64,
        /// Of the replay's.
        replay: i64,
    },
    /// A flag.
    Flag {
        /// Its name, or its number.
        name: String,
        /// Whether it was raised live.
        live: bool,
    },
    /// A value.
    Value {
        /// Its name, or its number.
        name: String,
        /// Bits live.
        live: u64,
        /// Bits in the replay.
        replay: u64,
    },
    /// One has values that the other has not.
    Columns {
        /// How many live.
        live: usize,
        /// How many in the replay.
        replay: usize,
    },
    /// The kernel's memory.
    Memory {
        /// The first word that differs.
        word: usize,
    },
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Time { live, replay } => write!(f, "bar {live} live, bar {replay} in the replay"),
            Self::Flag { name, live: true } => write!(f, "`{name}` live, but not in the replay"),
            Self::Flag { name, live: false } => write!(f, "`{name}` in the replay, but not live"),
            Self::Value { name, live, replay } => {
                let (live, replay) = (f64::from_bits(*live), f64::from_bits(*replay));
                write!(f, "{name} is {live:?} live, {replay:?} in the replay")
            }
            Self::Columns { live, replay } => {
                write!(f, "{live} values live, {replay} in the replay")
            }
            Self::Memory { word } => write!(f, "the memory differs from word {word} on"),
        }
    }
}

/// Everything in which a live bar differs from its replay; nothing, as a rule.
pub fn compare(manifest: &Manifest, live: &Signals, replay: &Signals) -> Vec<Difference> {
    if live.time != replay.time {
        let (live, replay) = (live.time, replay.time);
        return vec![Difference::Time { live, replay }];
    }
    let mut found = Vec::new();
    let name = |known: Option<&String>, what, i| {
        known
            .filter(|n| !n.is_empty())
            .cloned()
            .unwrap_or_else(|| format!("{what} {i}"))
    };
    let differ = live.flags ^ replay.flags;
    for bit in (0..64).filter(|bit| differ >> bit & 1 == 1) {
        found.push(Difference::Flag {
            name: name(manifest.flags.get(bit), "flag", bit),
            live: live.flags >> bit & 1 == 1,
        });
    }
    let (a, b) = (live.values.len(), replay.values.len());
    if a != b {
        found.push(Difference::Columns { live: a, replay: b });
    }
    for (i, (a, b)) in live.values.iter().zip(&replay.values).enumerate() {
        if a != b {
            let named = manifest.values.get(i).map(|v| &v.name);
            found.push(Difference::Value {
                name: name(named, "value", i),
                live: *a,
                replay: *b,
            });
        }
    }
    found
}

/// Compares a kernel's memory, as it was kept, with that of a replay. Of a strategy with conditions on its position the memory
/// also depends on trades, which a replay of signals does not know: then there is nothing to compare, and the next bars tell.
pub fn compare_memory(manifest: &Manifest, kept: &State, replay: &State) -> Option<Difference> {
    if manifest.position_flags > 0 || manifest.position_values > 0 {
        return None;
    }
    let differs = kept
        .words
        .iter()
        .zip(&replay.words)
        .position(|(a, b)| a != b);
    let (a, b) = (kept.words.len(), replay.words.len());
    let word = differs.or_else(|| (a != b).then_some(a.min(b)))?;
    Some(Difference::Memory { word })
}

/// The kernel of one symbol, run over the bars of the store.
pub struct Shadow<'a> {
    kernel: &'a dyn Kernel,
    constants: &'a Constants,
    state: State,
    rows: usize,
}

impl<'a> Shadow<'a> {
    /// Before the first bar.
    pub fn new(kernel: &'a dyn Kernel, constants: &'a Constants) -> Self {
        Self {
            kernel,
            constants,
            state: kernel.new_state(constants),
            rows: 0,
        }
    }

    /// Runs up to row `until`, exclusive, over all bars from the first on, and gives the signals of the rows `of`. Rows that were
    /// run before are not run again, so that a bar at a time is as cheap as the live one.
    ///
    /// # Errors
    /// The kernel refuses, or rows are asked for that were run before.
    pub fn run(
        &mut self,
        input: &Input<'_>,
        of: Range<usize>,
    ) -> Result<Vec<Signals>, KernelError> {
        let shape = |why: &str| KernelError::Shape(why.to_owned());
        let frame = input
            .frames
            .first()
            .ok_or_else(|| shape("a replay without bars"))?;
        let (rows, offset) = (frame.time, vec![0; input.frames.len()]);
        if of.start < self.rows || of.end > rows.len() {
            return Err(shape("a replay of bars that are gone, or not there yet"));
        }
        let manifest = self.kernel.manifest();
        let mut found = Vec::with_capacity(of.len());
        while self.rows < of.end {
            let block = self.rows..of.end.min(self.rows + BLOCK);
            let mut out = Outputs::new(manifest, block.len());
            let (constants, state) = (self.constants, &mut self.state);
            self.kernel
                .run(input, &offset, block.clone(), constants, state, &mut out)?;
            for row in block.clone().filter(|row| of.contains(row)) {
                let signals = Signals::of(rows[row], &out, row - block.start);
                found.push(signals.ok_or_else(|| shape("a row without signals"))?);
            }
            self.rows = block.end;
        }
        Ok(found)
    }

    /// Its memory.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Rows that were run.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

/// What is to be done about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// A person is told.
    Alert,
    /// And entries of the strategy are stopped until a person says otherwise.
    Halt,
}

/// What checks found so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    version: u32,
    /// Bars that were compared.
    pub bars: u64,
    /// Bars that differed.
    pub different: u64,
    /// The last difference: symbol, open of the bar in ms, and what it was.
    pub last: Option<(String, i64, String)>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            version: VERSION,
            bars: 0,
            different: 0,
            last: None,
        }
    }
}

/// A difference, told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// For people.
    pub what: String,
    /// Whether entries are to be stopped.
    pub halts: bool,
}

impl Tally {
    /// Enters a comparison; gives what is to be told when they differ.
    pub fn enter(
        &mut self,
        symbol: &str,
        time: i64,
        found: &[Difference],
        policy: Policy,
    ) -> Option<Finding> {
        self.bars += 1;
        let first = found.first()?;
        self.different += 1;
        let more = match found.len() - 1 {
            0 => String::new(),
            n => format!(" (and {n} more)"),
        };
        let what = format!("{symbol}, bar {time}: {first}{more}");
        self.last = Some((symbol.to_owned(), time, format!("{first}{more}")));
        Some(Finding {
            what,
            halts: policy == Policy::Halt,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sixbtc_abi::{Frame, OutputSpec, PositionInputs, Unit};

    /// Sums closes; raises flag 0 on whole multiples of 7.
    struct Sum(Manifest);

    impl Sum {
        fn new() -> Self {
            let value = OutputSpec {
                name: "sum".into(),
                unit: Unit::Price,
            };
            Self(Manifest {
                flags: vec!["seventh".into()],
                values: vec![value],
                ..Manifest::default()
            })
        }
    }

    impl Kernel for Sum {
        fn manifest(&self) -> &Manifest {
            &self.0
        }
        fn bind(&self, _: &[f64]) -> Result<Constants, KernelError> {
            Ok(Constants::default())
        }
        fn new_state(&self, _: &Constants) -> State {
            State { words: vec![0] }
        }
        fn run(
            &self,
            input: &Input<'_>,
            _: &[usize],
            rows: Range<usize>,
            _: &Constants,
            state: &mut State,
            out: &mut Outputs,
        ) -> Result<(), KernelError> {
            for (k, row) in rows.enumerate() {
                let sum = f64::from_bits(state.words[0]) + input.frames[0].columns[0][row];
                state.words[0] = sum.to_bits();
                out.values[0][k] = sum;
                out.flags[k] = u64::from(sum % 7.0 == 0.0);
            }
            Ok(())
        }
        fn position(
            &self,
            _: (u64, &[f64]),
            _: &PositionInputs,
            _: &Constants,
            _: &mut State,
            _: &mut [f64],
        ) -> Result<u64, KernelError> {
            Ok(0)
        }
        fn bracket(
            &self,
            _: &[f64],
            _: f64,
            _: &Constants,
            _: &mut [f64],
        ) -> Result<(), KernelError> {
            Ok(())
        }
    }

    fn input<'a>(time: &'a [i64], close: &'a [f64]) -> Input<'a> {
        let frame = Frame {
            time,
            columns: vec![close],
            confirmed: &[],
            price_scale: 1.0,
        };
        Input {
            frames: vec![frame],
        }
    }

    /// What a live kernel says, bar by bar.
    fn live(kernel: &Sum, time: &[i64], close: &[f64]) -> (Vec<Signals>, State) {
        let constants = Constants::default();
        let mut state = kernel.new_state(&constants);
        let mut all = Vec::new();
        for row in 0..time.len() {
            let mut out = Outputs::new(&kernel.0, 1);
            kernel
                .run(
                    &input(time, close),
                    &[0],
                    row..row + 1,
                    &constants,
                    &mut state,
                    &mut out,
                )
                .unwrap();
            all.push(Signals::of(time[row], &out, 0).unwrap());
        }
        (all, state)
    }

    #[test]
    fn a_rewritten_bar_is_found_and_named() {
        let kernel = Sum::new();
        let time = [0, 1, 2, 3];
        let (seen, state) = live(&kernel, &time, &[3.0, 4.0, 7.0, 1.0]);
        let constants = Constants::default();
        let mut shadow = Shadow::new(&kernel, &constants);
        let rewritten = [3.0, 5.0, 7.0, 1.0];
        let replay = shadow.run(&input(&time, &rewritten), 0..4).unwrap();
        assert!(compare(&kernel.0, &seen[0], &replay[0]).is_empty());
        let found = compare(&kernel.0, &seen[1], &replay[1]);
        let said: Vec<String> = found.iter().map(Difference::to_string).collect();
        assert_eq!(
            said,
            [
                "`seventh` live, but not in the replay",
                "sum is 7.0 live, 8.0 in the replay"
            ]
        );
        assert_eq!(
            compare_memory(&kernel.0, &state, shadow.state()),
            Some(Difference::Memory { word: 0 })
        );

        let mut tally = Tally::default();
        assert_eq!(tally.enter("BTC", 0, &[], Policy::Halt), None);
        let finding = tally.enter("BTC", 1, &found, Policy::Halt).unwrap();
        assert!(
            finding.halts && finding.what.contains("(and 1 more)"),
            "{finding:?}"
        );
        assert!(!tally.enter("BTC", 1, &found, Policy::Alert).unwrap().halts);
        assert_eq!((tally.bars, tally.different), (3, 2));
        let bytes = rmp_serde::to_vec(&tally).unwrap();
        assert_eq!(rmp_serde::from_slice::<Tally>(&bytes).unwrap(), tally);
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        let kernel = Sum::new();
        let one = Signals {
            time: 1,
            flags: 1 << 9,
            values: vec![0],
        };
        let two = Signals {
            time: 2,
            ..one.clone()
        };
        assert_eq!(
            compare(&kernel.0, &one, &two),
            [Difference::Time { live: 1, replay: 2 }]
        );
        let bare = Signals {
            flags: 0,
            values: vec![],
            ..one.clone()
        };
        let found = compare(&kernel.0, &one, &bare);
        assert_eq!(found[1], Difference::Columns { live: 1, replay: 0 });
        assert_eq!(found[0].to_string(), "`flag 9` live, but not in the replay");
        // zeros of either sign are different bits; all not-a-numbers are one
        let nan = |x: f64| Outputs {
            flags: vec![0],
            values: vec![vec![x]],
        };
        let (a, b) = (nan(f64::NAN), nan(-f64::NAN));
        assert_eq!(Signals::of(0, &a, 0), Signals::of(0, &b, 0));
        assert_ne!(Signals::of(0, &nan(0.0), 0), Signals::of(0, &nan(-0.0), 0));
        assert_eq!(Signals::of(0, &a, 1), None);

        let mut other = Sum::new();
        other.0.position_flags = 1;
        let state = |w: &[u64]| State { words: w.to_vec() };
        assert_eq!(compare_memory(&other.0, &state(&[1]), &state(&[2])), None);
        assert_eq!(compare_memory(&kernel.0, &state(&[1]), &state(&[1])), None);
        assert!(compare_memory(&kernel.0, &state(&[1]), &state(&[1, 2])).is_some());
        let constants = Constants::default();
        let mut shadow = Shadow::new(&kernel, &constants);
        assert!(shadow.run(&Input { frames: vec![] }, 0..0).is_err());
        assert!(shadow.run(&input(&[0], &[1.0]), 0..2).is_err());
        shadow.run(&input(&[0], &[1.0]), 0..1).unwrap();
        assert!(shadow.run(&input(&[0], &[1.0]), 0..1).is_err());
        assert_eq!(shadow.rows(), 1);
    }

    proptest! {
        /// However the replay is cut: the same bars, the same bits.
        #[test]
        fn the_replay_of_the_same_bars_is_the_same(
            close in prop::collection::vec(0u8..20, 1..60), cuts in prop::collection::vec(0usize..60, 0..6),
        ) {
            let kernel = Sum::new();
            let close: Vec<f64> = close.into_iter().map(f64::from).collect();
            let time: Vec<i64> = (0..close.len() as i64).collect();
            let (seen, state) = live(&kernel, &time, &close);
            let constants = Constants::default();
            let mut shadow = Shadow::new(&kernel, &constants);
            let mut ends: Vec<usize> = cuts.into_iter().filter(|c| *c < close.len()).collect();
            ends.extend([close.len()]);
            ends.sort_unstable();
            let mut replay = Vec::new();
            for end in ends {
                let from = replay.len();
                replay.extend(shadow.run(&input(&time[..end], &close[..end]), from..end).unwrap());
            }
            prop_assert_eq!(&replay, &seen);
            prop_assert!(seen.iter().zip(&replay).all(|(a, b)| compare(&kernel.0, a, b).is_empty()));
            prop_assert_eq!(compare_memory(&kernel.0, &state, shadow.state()), None);
        }
    }
}
