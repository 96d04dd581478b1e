//! Signal outputs as sets of rows.

use super::super::orders::{Exit, Plan, Trigger, lane};
use crate::orders::PlanError;
use sixbtc_abi::{Constants, ExitScope, Manifest, Phase, Sets, Side};

/// The signal outputs of one symbol over the rows that are traded: rows with a flag are found without looking at the others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Signals {
    rows: usize,
    /// Flags that the plan looks at.
    used: Vec<u8>,
    /// For each of them, the rows that have it.
    flags: Vec<Vec<u64>>,
    /// Rows with the flag of some entry.
    entries: Rows,
    /// Rows with a flag that concerns a long (0) or short (1) position.
    wakes: [Rows; 2],
    /// Value columns, if orders read any.
    values: Vec<Vec<f64>>,
    masks: Masks,
}

/// Rows that have one of some flags.
#[derive(Debug, Clone, PartialEq, Default)]
enum Rows {
    /// There is no such flag, or nobody asks.
    #[default]
    Never,
    /// There is one flag: the place of its set.
    One(usize),
    /// The union of several.
    Union(u64, Vec<u64>),
}

impl Rows {
    fn of(mask: u64, used: &[u8], words: usize) -> Self {
        match mask.count_ones() {
            0 => Self::Never,
            1 => used
                .iter()
                .position(|b| mask >> *b & 1 == 1)
                .map_or(Self::Never, Self::One),
            _ => Self::Union(mask, Vec::with_capacity(words)),
        }
    }

    fn push(&mut self, union: impl FnOnce(u64, &mut Vec<u64>)) {
        if let Self::Union(mask, set) = self {
            union(*mask, set);
        }
    }

    fn set<'s>(&'s self, flags: &'s [Vec<u64>]) -> &'s [u64] {
        match self {
            Self::Never => &[],
            Self::One(at) => flags.get(*at).map_or(&[], Vec::as_slice),
            Self::Union(_, set) => set,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Masks {
    entries: u64,
    wakes: [u64; 2],
    values: bool,
}

impl Signals {
    /// Empty sets with room for `rows` rows, of the flags and values that the plan of `manifest` looks at.
    pub fn new(manifest: &Manifest, constants: &Constants, rows: usize) -> Result<Self, PlanError> {
        let plan = Plan::new(manifest, constants)?;
        let mut masks = Masks {
            entries: plan.entry_bits[0] | plan.entry_bits[1],
            wakes: [plan.entry_bits[1], plan.entry_bits[0]],
            values: plan.reads_values,
        };
        for exit in &plan.exits {
            for side in [Side::Long, Side::Short] {
                if concerns(&plan, exit, side)
                    && let Trigger::When(cond, _) = exit.trigger
                    && cond.phase == Phase::Signal
                {
                    masks.wakes[lane(side)] |= 1 << cond.bit;
                }
            }
        }
        // nobody holds a position of a side without entries
        for side in [Side::Long, Side::Short] {
            if !plan.entries.iter().any(|e| e.side == side) {
                masks.wakes[lane(side)] = 0;
            }
        }
        let all = masks.entries | masks.wakes[0] | masks.wakes[1];
        let used: Vec<u8> = (0..64).filter(|bit| all >> bit & 1 == 1).collect();
        let words = rows.div_ceil(64);
        let set = || Vec::with_capacity(words);
        Ok(Self {
            rows: 0,
            flags: used.iter().map(|_| set()).collect(),
            entries: Rows::of(masks.entries, &used, words),
            wakes: masks.wakes.map(|mask| Rows::of(mask, &used, words)),
            used,
            values: if masks.values {
                manifest
                    .values
                    .iter()
                    .map(|_| Vec::with_capacity(rows))
                    .collect()
            } else {
                Vec::new()
            },
            masks,
        })
    }

    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        let words = self.rows.div_ceil(64);
        8 * (words * (self.flags.len() + 3) + self.rows * self.values.len())
    }

    /// Appends rows. All blocks but the last are a multiple of 64 rows long.
    pub fn push(&mut self, flags: &[u64], values: &[Vec<f64>]) {
        let all = self.masks.entries | self.masks.wakes[0] | self.masks.wakes[1];
        for chunk in flags.chunks(64) {
            let (eights, rest) = chunk.as_chunks::<8>();
            let any = |rows: &[u64]| rows.iter().fold(0, |any, f| any | f);
            // signals are rare: most rows are passed over eight at once
            let mut words = [0u64; 64];
            let mut seen = 0;
            let mut gather = |start: usize, rows: &[u64]| {
                for (i, flags) in rows.iter().enumerate() {
                    let mut flags = flags & all;
                    seen |= flags;
                    while flags != 0 {
                        words[flags.trailing_zeros() as usize] |= 1 << (start + i);
                        flags &= flags - 1;
                    }
                }
            };
            for (at, rows) in eights.iter().enumerate() {
                if any(rows) & all != 0 {
                    gather(at * 8, rows);
                }
            }
            gather(eights.len() * 8, rest);
            for (set, bit) in self.flags.iter_mut().zip(&self.used) {
                set.push(words[usize::from(*bit)]);
            }
            let union = |mask: u64, out: &mut Vec<u64>| {
                let mut rows = 0;
                let mut mask = mask & seen;
                while mask != 0 {
                    rows |= words[mask.trailing_zeros() as usize];
                    mask &= mask - 1;
                }
                out.push(rows);
            };
            self.entries.push(union);
            self.wakes[0].push(union);
            self.wakes[1].push(union);
        }
        self.rows += flags.len();
        for (column, values) in self.values.iter_mut().zip(values) {
            column.extend_from_slice(&values[..flags.len()]);
        }
    }

    /// Appends rows whose flags are sets already. All blocks but the last are a multiple of 64 rows long.
    pub fn push_sets(&mut self, sets: &Sets, rows: usize) {
        let words = rows.div_ceil(64);
        let none = Vec::new();
        let of = |bit: u8| sets.flags.get(usize::from(bit)).unwrap_or(&none);
        let union = |mask: u64, out: &mut Vec<u64>| {
            let start = out.len();
            out.resize(start + words, 0);
            for &bit in self.used.iter().filter(|b| mask >> **b & 1 == 1) {
                for (out, word) in out[start..].iter_mut().zip(of(bit)) {
                    *out |= word;
                }
            }
        };
        self.entries.push(union);
        self.wakes[0].push(union);
        self.wakes[1].push(union);
        for (set, &bit) in self.flags.iter_mut().zip(&self.used) {
            set.extend_from_slice(&of(bit)[..words]);
        }
        self.rows += rows;
        for (column, values) in self.values.iter_mut().zip(&sets.values) {
            column.extend_from_slice(&values[..rows]);
        }
    }

    /// The first row from `from` on with an entry's flag; `rows()` when there is none.
    #[inline]
    pub(super) fn next_entry(&self, from: usize) -> usize {
        next(self.entries.set(&self.flags), from).min(self.rows)
    }

    /// The first row from `from` on with a flag that concerns a position of a side.
    #[inline]
    pub(super) fn next_wake(&self, from: usize, side: usize) -> usize {
        next(self.wakes[side].set(&self.flags), from).min(self.rows)
    }

    /// Rows with an entry's flag, rising.
    pub(super) fn entry_rows(&self) -> impl Iterator<Item = usize> + '_ {
        let set = self.entries.set(&self.flags);
        set.iter().enumerate().flat_map(|(at, &word)| {
            let mut word = word;
            std::iter::from_fn(move || {
                (word != 0).then(|| {
                    let bit = word.trailing_zeros() as usize;
                    word &= word - 1;
                    at * 64 + bit
                })
            })
        })
    }

    /// Flags of a row that the plan looks at.
    #[inline]
    pub(super) fn flags(&self, row: usize) -> u64 {
        let mut flags = 0;
        for (set, &bit) in self.flags.iter().zip(&self.used) {
            flags |= (set[row / 64] >> (row % 64) & 1) << bit;
        }
        flags
    }

    /// Copies the values of a row that orders read.
    pub(super) fn values(&self, row: usize, out: &mut Vec<f64>) {
        out.clear();
        out.extend(self.values.iter().map(|column| column[row]));
    }
}

/// Whether an exit concerns positions of a side.
pub(super) fn concerns(plan: &Plan, exit: &Exit, side: Side) -> bool {
    match exit.scope {
        ExitScope::All => true,
        ExitScope::Side(only) => only == side,
        ExitScope::Entry(entry) => plan
            .entries
            .get(usize::from(entry))
            .is_some_and(|e| e.side == side),
    }
}

#[inline]
fn next(set: &[u64], from: usize) -> usize {
    let mut at = from / 64;
    let Some(first) = set.get(at) else {
        return usize::MAX;
    };
    let mut word = first & (u64::MAX << (from % 64));
    while word == 0 {
        at += 1;
        match set.get(at) {
            Some(&w) => word = w,
            None => return usize::MAX,
        }
    }
    at * 64 + word.trailing_zeros() as usize
}
