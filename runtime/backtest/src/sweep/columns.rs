//! Columns that points share, computed once for each combination of the parameters they depend on.

use crate::error::BacktestError;
use crate::run::{BLOCK, resize};
use sixbtc_abi::{Column, Constants, Frame, Input, Kernel, Manifest, Outputs, Split};
use sixbtc_market::FrameSet;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// The columns of one stage at one combination of its parameters: by symbol, then by value.
type Made = Arc<Vec<Vec<Aligned>>>;

/// A column that begins where a line of the cache begins: reading eight numbers never takes two lines.
pub(crate) struct Aligned {
    data: Vec<f64>,
    from: usize,
}

impl Aligned {
    fn new(rows: usize) -> Self {
        const LINE: usize = 64;
        let mut data: Vec<f64> = Vec::with_capacity(rows + LINE / size_of::<f64>());
        let beyond = data.as_ptr().addr() % LINE;
        let from = (LINE - beyond) % LINE / size_of::<f64>();
        data.resize(from, 0.0);
        Self { data, from }
    }

    fn extend(&mut self, values: &[f64]) {
        self.data.extend_from_slice(values);
    }

    fn as_slice(&self) -> &[f64] {
        &self.data[self.from..]
    }
}

/// What was made, until there is too much of it.
pub(crate) struct Store<K, V> {
    kept: Mutex<Kept<K, V>>,
    room: usize,
}

struct Kept<K, V> {
    entries: HashMap<K, Entry<V>>,
    bytes: usize,
    clock: u64,
}

struct Entry<V> {
    value: Arc<V>,
    bytes: usize,
    used: u64,
}

impl<K: Hash + Eq + Clone, V> Store<K, V> {
    pub fn new(room: usize) -> Self {
        Self {
            kept: Mutex::new(Kept {
                entries: HashMap::new(),
                bytes: 0,
                clock: 0,
            }),
            room,
        }
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let used = kept.clock;
        let entry = kept.entries.get_mut(key)?;
        entry.used = used;
        Some(entry.value.clone())
    }

    /// Keeps a value and drops what was used longest ago while there is too much. Two threads may make the same value at
    /// once: both make the same bits.
    pub fn keep(&self, key: K, value: Arc<V>, bytes: usize) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let used = kept.clock;
        let old = kept.entries.insert(key, Entry { value, bytes, used });
        kept.bytes += bytes;
        kept.bytes -= old.map_or(0, |e| e.bytes);
        while kept.bytes > self.room {
            let oldest = kept.entries.iter().min_by_key(|(_, e)| e.used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            let gone = kept.entries.remove(&key).map_or(0, |e| e.bytes);
            kept.bytes -= gone;
        }
    }
}

/// A stage and the bits of its parameters.
type Key = (usize, Vec<u64>);

/// All shared columns of a sweep, as far as they have been asked for.
pub(crate) struct Columns {
    made: Store<Key, Vec<Vec<Aligned>>>,
    cross: usize,
}

impl Columns {
    pub fn new(split: &Split, memory: usize) -> Self {
        let cross = split.stages.iter().flat_map(|s| &s.columns).max();
        Self {
            made: Store::new(memory),
            cross: cross.map_or(0, |&c| usize::from(c) + 1),
        }
    }

    /// Makes what points will ask for of kernels that run several points side by side.
    pub fn prepare(
        &self,
        split: &Split,
        frames: &[FrameSet<'_>],
        points: &[&[f64]],
    ) -> Result<(), BacktestError> {
        for (at, stage) in split.stages.iter().enumerate() {
            let lanes = stage.kernel.lanes();
            if lanes < 2 || reads_shared(stage.kernel.manifest()) {
                continue;
            }
            let mut missing: Vec<(Key, &[f64])> = Vec::new();
            let mut seen = HashSet::new();
            for point in points {
                let key = key(split, at, point);
                if seen.insert(key.clone()) && self.made.get(&key).is_none() {
                    missing.push((key, point));
                }
            }
            for some in missing.chunks(lanes).filter(|some| some.len() > 1) {
                let points: Vec<&[f64]> = some.iter().map(|m| m.1).collect();
                let made = side_by_side(split, at, frames, &points)?;
                for ((key, _), made) in some.iter().zip(made) {
                    self.made
                        .keep(key.clone(), Arc::new(made), bytes(split, at, frames));
                }
            }
        }
        Ok(())
    }

    /// What the kernels of all stages yield at a point.
    pub fn at(
        &self,
        split: &Split,
        frames: &[FrameSet<'_>],
        point: &[f64],
    ) -> Result<Shared, BacktestError> {
        let mut shared = Shared {
            places: vec![None; self.cross],
            made: Vec::with_capacity(split.stages.len()),
        };
        for (at, stage) in split.stages.iter().enumerate() {
            let key = key(split, at, point);
            let made = match self.made.get(&key) {
                Some(made) => made,
                None => {
                    let made = Arc::new(make(split, at, frames, point, &shared)?);
                    self.made.keep(key, made.clone(), bytes(split, at, frames));
                    made
                }
            };
            shared.made.push(made);
            for (value, &column) in stage.columns.iter().enumerate() {
                if let Some(place) = shared.places.get_mut(usize::from(column)) {
                    *place = Some((at, value));
                }
            }
        }
        Ok(shared)
    }
}

fn key(split: &Split, at: usize, point: &[f64]) -> Key {
    (at, bits(&split.stages[at].params, point))
}

/// The values of some parameters at a point, by which what depends on them alone is told apart.
pub(crate) fn bits(params: &[u16], point: &[f64]) -> Vec<u64> {
    let bit = |&p: &u16| point.get(usize::from(p)).map_or(0, |v| v.to_bits());
    params.iter().map(bit).collect()
}

fn bytes(split: &Split, at: usize, frames: &[FrameSet<'_>]) -> usize {
    let rows: usize = frames.iter().map(FrameSet::rows).sum();
    split.stages[at].columns.len() * rows * 8
}

/// Whether a kernel reads columns that differ from point to point.
pub(crate) fn reads_shared(manifest: &Manifest) -> bool {
    let mut columns = manifest.frames.iter().flat_map(|f| &f.columns);
    columns.any(|c| matches!(c, Column::Cross(_)))
}

/// The shared columns of a point.
pub(crate) struct Shared {
    /// For each number of a cross column: stage and value.
    places: Vec<Option<(usize, usize)>>,
    made: Vec<Made>,
}

impl Shared {
    /// A cross column of a symbol; empty when there is none, which kernels refuse.
    pub fn column(&self, symbol: usize, number: usize) -> &[f64] {
        let place = self.places.get(number).copied().flatten();
        place
            .and_then(|(stage, value)| self.made.get(stage)?.get(symbol)?.get(value))
            .map_or(&[], Aligned::as_slice)
    }
}

/// What a kernel of a split reads: the columns of the whole strategy's frames, and shared ones.
pub(crate) fn input<'s>(
    kernel: &Manifest,
    whole: &Manifest,
    frames: &'s FrameSet<'_>,
    symbol: usize,
    shared: &'s Shared,
) -> Input<'s> {
    let all = frames.input();
    let parts = kernel.frames.iter().zip(&whole.frames).zip(all.frames);
    Input {
        frames: parts
            .map(|((wanted, there), frame)| Frame {
                columns: wanted
                    .columns
                    .iter()
                    .map(|column| match column {
                        Column::Cross(number) => shared.column(symbol, usize::from(*number)),
                        _ => there
                            .columns
                            .iter()
                            .position(|c| c == column)
                            .and_then(|at| frame.columns.get(at).copied())
                            .unwrap_or(&[]),
                    })
                    .collect(),
                ..frame
            })
            .collect(),
    }
}

/// Runs a stage over all rows of all symbols.
fn make(
    split: &Split,
    at: usize,
    frames: &[FrameSet<'_>],
    point: &[f64],
    shared: &Shared,
) -> Result<Vec<Vec<Aligned>>, BacktestError> {
    let kernel: &dyn Kernel = &*split.stages[at].kernel;
    let manifest = kernel.manifest();
    let constants = kernel.bind(point)?;
    let offset = vec![0; manifest.frames.len()];
    let mut all = Vec::with_capacity(frames.len());
    let mut out = Outputs::new(manifest, 0);
    for (symbol, frame) in frames.iter().enumerate() {
        let input = input(manifest, split.whole.manifest(), frame, symbol, shared);
        let rows = frame.rows();
        let mut state = kernel.new_state(&constants);
        let columns = split.stages[at].columns.len();
        let mut columns: Vec<Aligned> = (0..columns).map(|_| Aligned::new(rows)).collect();
        let mut row = 0;
        while row < rows {
            let end = (row + BLOCK).min(rows);
            resize(&mut out, end - row);
            kernel.run(&input, &offset, row..end, &constants, &mut state, &mut out)?;
            for (column, values) in columns.iter_mut().zip(&out.values) {
                column.extend(values);
            }
            row = end;
        }
        all.push(columns);
    }
    Ok(all)
}

/// Runs a stage over all rows of all symbols at up to so many points as its kernel has lanes.
fn side_by_side(
    split: &Split,
    at: usize,
    frames: &[FrameSet<'_>],
    points: &[&[f64]],
) -> Result<Vec<Vec<Vec<Aligned>>>, BacktestError> {
    let kernel: &dyn Kernel = &*split.stages[at].kernel;
    let manifest = kernel.manifest();
    let mut constants = points
        .iter()
        .map(|p| kernel.bind(p))
        .collect::<Result<Vec<Constants>, _>>()?;
    // lanes without a point of their own repeat the first
    while constants.len() < kernel.lanes() {
        constants.push(constants[0].clone());
    }
    let constants: Vec<&Constants> = constants.iter().collect();
    let offset = vec![0; manifest.frames.len()];
    let mut all: Vec<Vec<Vec<Aligned>>> = points.iter().map(|_| Vec::new()).collect();
    let mut out: Vec<Outputs> = constants
        .iter()
        .map(|_| Outputs::new(manifest, 0))
        .collect();
    let none = Shared {
        places: Vec::new(),
        made: Vec::new(),
    };
    for (symbol, frame) in frames.iter().enumerate() {
        let input = input(manifest, split.whole.manifest(), frame, symbol, &none);
        let rows = frame.rows();
        let mut state = kernel.new_lane_state(&constants);
        for all in &mut all {
            let columns = 0..split.stages[at].columns.len();
            all.push(columns.map(|_| Aligned::new(rows)).collect());
        }
        let mut row = 0;
        while row < rows {
            let end = (row + BLOCK).min(rows);
            for out in &mut out {
                resize(out, end - row);
            }
            kernel.run_lanes(&input, &offset, row..end, &constants, &mut state, &mut out)?;
            for (all, out) in all.iter_mut().zip(&out) {
                for (column, values) in all[symbol].iter_mut().zip(&out.values) {
                    column.extend(values);
                }
            }
            row = end;
        }
    }
    Ok(all)
}
