//! Whether what is traded is what was tested: each live bar's candle and signals against a replay, to the bit.
//!
//! The live kernel has lived through restarts, snapshots, late candles and repairs. The replay is the same kernel, run over the
//! bars as the exchange tells them afterwards, from the first to the last. Both must yield the same flags and values on every
//! bar; where they do not, a bar was rewritten, lost or taken twice, or the memory is damaged – and decisions since are not those
//! of the test. This module compares and counts; whoever trades does the replay, with the very code that trades.

use serde::{Deserialize, Serialize};
use sixbtc_abi::{Manifest, Outputs};
use sixbtc_market::Bar;

/// Version of what is kept.
pub const VERSION: u32 = 1;

/// What a kernel said about one bar. Not-a-numbers are all the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signals {
    /// Flags.
    pub flags: u64,
    /// Bits of the values.
    pub values: Vec<u64>,
}

impl Signals {
    /// Of a row of outputs; `None` when there is no such row.
    pub fn of(outputs: &Outputs, row: usize) -> Option<Self> {
        let column = |column: &Vec<f64>| column.get(row).map(|x| x.to_bits());
        let values = outputs.values.iter().map(column).collect::<Option<_>>();
        Some(Self::new(*outputs.flags.get(row)?, values?))
    }

    /// Of flags and the bits of values.
    pub fn new(flags: u64, mut values: Vec<u64>) -> Self {
        for bits in &mut values {
            if f64::from_bits(*bits).is_nan() {
                *bits = f64::NAN.to_bits();
            }
        }
        Self { flags, values }
    }
}

/// How a live bar differs from its replay.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// Nothing was decided on it, though the exchange has it.
    Missed,
    /// It was decided on, though the exchange does not have it.
    Unknown,
    /// A number of its candle.
    Candle {
        /// Which.
        name: &'static str,
        /// As it was decided on.
        live: f64,
        /// As the exchange tells it afterwards.
        replay: f64,
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
    /// The kernel's memory.
    Memory {
        /// The first word that differs.
        word: usize,
    },
    /// One has values that the other has not.
    Columns {
        /// How many live.
        live: usize,
        /// How many in the replay.
        replay: usize,
    },
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missed => f.write_str("it was never decided on"),
            Self::Unknown => f.write_str("it was decided on, but the exchange does not have it"),
            Self::Candle { name, live, replay } => {
                write!(f, "its {name} was {live} live, and is {replay} now")
            }
            Self::Flag { name, live: true } => write!(f, "`{name}` live, but not in the replay"),
            Self::Flag { name, live: false } => write!(f, "`{name}` in the replay, but not live"),
            Self::Value { name, live, replay } => {
                let (live, replay) = (f64::from_bits(*live), f64::from_bits(*replay));
                write!(f, "{name} is {live:?} live, {replay:?} in the replay")
            }
            Self::Memory { word } => write!(f, "the memory differs from word {word} on"),
            Self::Columns { live, replay } => {
                write!(f, "{live} values live, {replay} in the replay")
            }
        }
    }
}

/// The numbers in which a candle that was decided on differs from what the exchange tells afterwards.
pub fn candles(live: &Bar, replay: &Bar) -> Vec<Difference> {
    let numbers = [
        ("open", live.open, replay.open),
        ("high", live.high, replay.high),
        ("low", live.low, replay.low),
        ("close", live.close, replay.close),
        ("volume", live.volume, replay.volume),
    ];
    let differs = |(_, a, b): &(&str, f64, f64)| a.to_bits() != b.to_bits();
    let found = numbers.into_iter().filter(differs);
    let named = found.map(|(name, live, replay)| Difference::Candle { name, live, replay });
    named.collect()
}

/// Everything in which what was said at a live bar differs from what its replay says; nothing, as a rule.
pub fn compare(manifest: &Manifest, live: &Signals, replay: &Signals) -> Vec<Difference> {
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
    /// Whether it is of a version that this program understands.
    pub fn understood(&self) -> bool {
        self.version == VERSION
    }

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
    use sixbtc_abi::{OutputSpec, Unit};

    fn manifest() -> Manifest {
        let value = OutputSpec {
            name: "sum".into(),
            unit: Unit::Price,
        };
        Manifest {
            flags: vec!["seventh".into()],
            values: vec![value],
            ..Manifest::default()
        }
    }

    #[test]
    fn what_differs_is_named() {
        let live = Signals::new(1, vec![7f64.to_bits()]);
        let replay = Signals::new(0, vec![8f64.to_bits()]);
        assert!(compare(&manifest(), &live, &live).is_empty());
        let found = compare(&manifest(), &live, &replay);
        let said: Vec<String> = found.iter().map(Difference::to_string).collect();
        assert_eq!(
            said,
            [
                "`seventh` live, but not in the replay",
                "sum is 7.0 live, 8.0 in the replay"
            ]
        );
        let bare = Signals::new(1 << 9, vec![]);
        let found = compare(&manifest(), &bare, &replay);
        assert_eq!(found[0].to_string(), "`flag 9` live, but not in the replay");
        assert_eq!(found[1], Difference::Columns { live: 0, replay: 1 });

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
    fn zeros_of_either_sign_differ_and_all_that_is_no_number_is_the_same() {
        let one = |x: f64| Outputs {
            flags: vec![0],
            values: vec![vec![x]],
        };
        let (a, b) = (one(f64::NAN), one(-f64::NAN));
        assert_eq!(Signals::of(&a, 0), Signals::of(&b, 0));
        assert_ne!(Signals::of(&one(0.0), 0), Signals::of(&one(-0.0), 0));
        assert_eq!(Signals::of(&a, 1), None);
    }

    #[test]
    fn a_candle_that_was_rewritten_is_told() {
        let bar = Bar {
            time: 0,
            open: 1.0,
            high: 3.0,
            low: 1.0,
            close: 2.0,
            volume: 5.0,
        };
        assert!(candles(&bar, &bar).is_empty());
        let now = Bar {
            close: 2.5,
            volume: 6.0,
            ..bar
        };
        let found = candles(&bar, &now);
        assert_eq!(found[0].to_string(), "its close was 2 live, and is 2.5 now");
        assert_eq!(found.len(), 2);
    }
}
