//! The memory of a compiled kernel: which words of the state hold what.
//!
//! Whole numbers come first, `f64` bits after them, so that the wrapper can make NaNs canonical in one sweep and check the
//! few whole numbers that take part in addresses before a call.
//!
//! With several lanes a word whose contents depend on the parameters stands for as many words, one a lane: element `j` of
//! lane `l` of an array is at `j × lanes + l`. All else is kept once.

use crate::error::CompileError;
use crate::seeds::seeds;
use sbt_ir::{Module, Op, Program, Stage, Ty, UnaryOp, ValueId, WindowKind};
use sixbtc_abi::{Column, State};
use std::collections::{BTreeMap, HashMap};

/// Delays up to this many rows live in registers that shift once a row; longer ones in a ring.
const SHIFT_LIMIT: u32 = 3;
/// Number of the position phase's first `f64` word, while it is not known how many the signal phase has.
const POSITION_FLOATS: usize = 1 << 40;
/// Bytes of state at most.
const STATE_LIMIT: u64 = 1 << 30;
/// Open times and the length of a block stay far from the ends of an i64.
const BLOCK_LIMIT: i64 = 1 << 60;

/// Whose rows: a frame of the signal phase, or the position phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A frame of the signal phase.
    Frame(usize),
    /// The position phase.
    Position,
}

/// When a node is evaluated: every row, or only while it seeds this recurrence.
pub type Scope = Option<ValueId>;

/// A word of whole-number state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntWord(pub usize);

/// A word of `f64` state, counted from the first such word of its phase; those of the position phase from
/// [`POSITION_FLOATS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FloatWord(pub usize);

/// The last values of a node, `x(t−1)` first.
#[derive(Debug, Clone)]
pub struct Shift {
    /// Whose rows.
    pub place: Place,
    /// When it is written.
    pub scope: Scope,
    /// Type of the node.
    pub ty: Ty,
    /// `x(t−1)`, `x(t−2)`, …
    pub words: Vec<FloatWord>,
}

/// The last `cap` values of a node, at `row & (cap − 1)`.
#[derive(Debug, Clone, Copy)]
pub struct Ring {
    /// That of its readers, if they agree.
    pub scope: Scope,
    /// First word.
    pub at: FloatWord,
    /// Rows it holds, a power of two.
    pub cap: u32,
}

/// Where the rows of a window or a delay are read.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// A column of the frame, by its position in the frame's list.
    Column {
        /// The frame.
        frame: usize,
        /// Position in its list.
        column: usize,
    },
    /// A ring of the state.
    Ring(Ring),
    /// Fixed for the run: the same on every row.
    Fixed(ValueId),
}

/// Blocks of time that the windows of one length on one clock share.
#[derive(Debug, Clone, Copy)]
pub struct Anchor {
    /// Whose rows.
    pub place: Place,
    /// When it is kept.
    pub scope: Scope,
    /// Length.
    pub n: ValueId,
    /// Proven upper bound of the length.
    pub max: u32,
    /// Open time at which the next block begins.
    pub next: IntWord,
    /// `first row of the block + n − 1`; less the row it is the index of the suffix sum to add.
    pub reach: IntWord,
}

/// Blocks of rows that the extremes of one length on one clock share.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// Whose rows.
    pub place: Place,
    /// When it is kept.
    pub scope: Scope,
    /// Length.
    pub n: ValueId,
    /// Proven upper bound of the length.
    pub max: u32,
    /// Row at which the next block begins.
    pub next: IntWord,
}

/// What a window keeps.
#[derive(Debug, Clone, Copy)]
pub enum Keep {
    /// Block-anchored sum of `x`.
    Sum {
        /// Its blocks, in [`Memory::anchors`].
        anchor: usize,
        /// Sum over the block so far.
        prefix: FloatWord,
        /// Over the last `j` rows before the block, by `j`.
        suffix: FloatWord,
    },
    /// Running sum of whole ticks.
    Ticks {
        /// The running sum.
        sum: FloatWord,
    },
    /// A sum that only seeds a recurrence, taken by a routine.
    Seed {
        /// Of whole ticks.
        exact: bool,
        /// The running sum.
        sum: FloatWord,
    },
    /// Block-anchored sums of deviations from the block's first value and of their squares.
    Deviations {
        /// Its blocks, in [`Memory::anchors`].
        anchor: usize,
        /// First value of the block.
        origin: FloatWord,
        /// Sum of deviations over the block so far.
        first: FloatWord,
        /// Sum of squares over the block so far.
        second: FloatWord,
        /// Suffixes of the deviations.
        firsts: FloatWord,
        /// Suffixes of the squares.
        seconds: FloatWord,
    },
    /// Extreme of the block so far, and of the last rows of the block before.
    Extreme {
        /// Its blocks, in [`Memory::blocks`].
        block: usize,
        /// Extreme of the block so far.
        best: FloatWord,
        /// Over the last `j` rows before the block, by `j`.
        suffix: FloatWord,
    },
    /// As `Extreme`, with the rows (+1) that attain it.
    Extremal {
        /// Its blocks, in [`Memory::blocks`].
        block: usize,
        /// Extreme of the block so far.
        best: FloatWord,
        /// Row + 1 that attains it, 0 when none does.
        row: IntWord,
        /// Over the last `j` rows before the block, by `j`.
        suffix: FloatWord,
        /// Rows + 1 that attain the suffixes, whole numbers.
        rows: FloatWord,
    },
    /// The window's values in rising order.
    Sorted {
        /// First word.
        at: FloatWord,
    },
}

/// An accumulator: one or more windows that keep the same.
#[derive(Debug, Clone, Copy)]
pub struct Accumulator {
    /// Of the windows; `Sum` stands for `Mean` too.
    pub kind: WindowKind,
    /// Whose rows.
    pub place: Place,
    /// When it is kept.
    pub scope: Scope,
    /// Values.
    pub x: ValueId,
    /// Length.
    pub n: ValueId,
    /// Proven upper bound of the length.
    pub max: u32,
    /// Where past values are read.
    pub source: Source,
    /// What it keeps.
    pub keep: Keep,
}

/// Guards the whole ticks of a node: rows whose value is no whole number of ticks, or too large for sums to be exact.
#[derive(Debug, Clone, Copy)]
pub struct Gauge {
    /// While the row is below it, sums are taken the long way.
    pub until: IntWord,
    /// Longest window.
    pub max: u32,
}

/// A word the wrapper checks before a call, because it takes part in addresses: `word − row of place ≤ most`.
#[derive(Debug, Clone, Copy)]
pub struct Bounded {
    /// The word.
    pub word: usize,
    /// The word that counts the rows of its place.
    pub row: usize,
    /// The bound.
    pub most: i64,
}

/// Layout of the state, and what each stateful node uses of it.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Whole-number words; the first `frames` of them count the rows done, the next one those of the position phase.
    pub ints: usize,
    /// `f64` words of the signal phase, which come first.
    pub signal_floats: usize,
    /// `f64` words of the position phase: it is called once a bar and must not walk over those of the other.
    pub position_floats: usize,
    /// Series read.
    pub frames: usize,
    /// By delayed node and whether the position phase reads it.
    pub shifts: BTreeMap<(ValueId, bool), Shift>,
    /// Registers of `Prev`, by recurrence and whether the position phase reads it.
    pub cycles: BTreeMap<(ValueId, bool), Shift>,
    /// By delayed node and whether the position phase reads it.
    pub rings: BTreeMap<(ValueId, bool), Ring>,
    /// Blocks of time.
    pub anchors: Vec<Anchor>,
    /// Blocks of rows.
    pub blocks: Vec<Block>,
    /// What windows keep.
    pub accumulators: Vec<Accumulator>,
    /// By window: its accumulator.
    pub accumulator_of: HashMap<ValueId, usize>,
    /// By value summed: its gauge.
    pub gauges: BTreeMap<(ValueId, Place, Scope), Gauge>,
    /// Last confirmed values of other frames' nodes.
    pub currents: BTreeMap<ValueId, FloatWord>,
    /// Rows before the current one that are read from columns, by frame.
    pub history: Vec<usize>,
    /// Words to check before a call.
    pub bounded: Vec<Bounded>,
    /// Nodes that only seed a recurrence.
    pub seed_of: HashMap<ValueId, ValueId>,
    /// Parameter points run side by side.
    pub lanes: usize,
    /// By node: whether it may differ between lanes.
    pub varying: Vec<bool>,
}

impl Memory {
    /// Lays out the state of a program for so many parameter points side by side, at least 1.
    pub fn plan(program: &Program, lanes: usize) -> Result<Self, CompileError> {
        let frames = program.module.frames.len();
        let mut memory = Self {
            frames,
            lanes: lanes.max(1),
            varying: if lanes > 1 {
                varying(&program.module)
            } else {
                vec![false; program.module.nodes.len()]
            },
            history: vec![0; frames],
            seed_of: seeds(program),
            ..Self::default()
        };
        memory.ints = frames + 1;
        let lists = program.signal.iter().flatten().chain(&program.position);
        let bodies = program
            .folds
            .iter()
            .filter(|f| !is_fixed(program, f.0))
            .flat_map(|f| &f.1);
        // rings first: how long each must be depends on every reader
        for &id in lists.clone().chain(bodies.clone()) {
            memory.ask_delay(program, id)?;
        }
        for &id in lists.clone() {
            if let Op::Window { x, max, .. } = program.module.node(id).op {
                memory.ask_past(program, x, id, max)?;
            }
        }
        let asked = std::mem::take(&mut memory.rings);
        for (key, ring) in asked {
            let place = if key.1 {
                Place::Position
            } else {
                Place::Frame(0)
            };
            let at = memory.floats(u64::from(ring.cap), place, memory.width(key.0))?;
            memory.rings.insert(key, Ring { at, ..ring });
        }
        for &id in lists {
            memory.ask_window(program, id)?;
            if let Op::Current(x) = program.module.node(id).op
                && !memory.currents.contains_key(&x)
            {
                let word = memory.floats(1, Place::Frame(0), memory.width(x))?;
                memory.currents.insert(x, word);
            }
        }
        let words = memory.words() as u64;
        if words * 8 > STATE_LIMIT {
            return Err(CompileError::TooMany {
                what: "bytes of state",
                count: words * 8,
                limit: STATE_LIMIT,
            });
        }
        Ok(memory)
    }

    /// Whether the signal function goes through the rows of a frame.
    pub fn alive(&self, program: &Program, frame: usize) -> bool {
        let read = |id: &ValueId| program.module.node(*id).frame.0 as usize == frame;
        frame == 0
            || program.signal.get(frame).is_some_and(|n| !n.is_empty())
            || self.currents.keys().any(read)
    }

    /// Words of state.
    pub fn words(&self) -> usize {
        self.ints + self.signal_floats + self.position_floats
    }

    /// State before the first bar.
    pub fn new_state(&self) -> State {
        let mut words = vec![0; self.words()];
        for anchor in &self.anchors {
            for lane in 0..self.width(anchor.n) {
                words[anchor.next.0 + lane] = i64::MIN as u64;
            }
        }
        State { words }
    }

    /// Byte offset of a word.
    pub fn int_offset(word: IntWord) -> usize {
        word.0 * 8
    }

    /// Byte offset of a word.
    pub fn float_offset(&self, word: FloatWord) -> usize {
        self.float_index(word) * 8
    }

    /// Index of a word.
    pub fn float_index(&self, word: FloatWord) -> usize {
        match word.0.checked_sub(POSITION_FLOATS) {
            Some(at) => self.ints + self.signal_floats + at,
            None => self.ints + word.0,
        }
    }

    /// The words that a phase writes and that hold numbers.
    pub fn numbers(&self, position: bool) -> std::ops::Range<usize> {
        let middle = self.ints + self.signal_floats;
        if position {
            middle..self.words()
        } else {
            self.ints..middle
        }
    }

    /// The word that counts the rows of a place.
    pub fn row(&self, place: Place) -> IntWord {
        match place {
            Place::Frame(frame) => IntWord(frame),
            Place::Position => IntWord(self.frames),
        }
    }

    /// Where a node of `place` reads past values of `x`.
    pub fn source(&self, program: &Program, x: ValueId, place: Place) -> Option<Source> {
        if is_fixed(program, x) {
            return Some(Source::Fixed(x));
        }
        if place != Place::Position
            && let Some((frame, column)) = column(&program.module, x)
        {
            return Some(Source::Column { frame, column });
        }
        self.rings
            .get(&(x, place == Place::Position))
            .copied()
            .map(Source::Ring)
    }

    /// How many words stand for a word of this node: 1, or one a lane.
    pub fn width(&self, id: ValueId) -> usize {
        if self.varying[id.index()] {
            self.lanes
        } else {
            1
        }
    }

    fn ints(&mut self, count: usize) -> IntWord {
        self.ints += count;
        IntWord(self.ints - count)
    }

    fn floats(
        &mut self,
        count: u64,
        place: Place,
        width: usize,
    ) -> Result<FloatWord, CompileError> {
        let count = count * width as u64;
        let bytes = (self.words() as u64 + count) * 8;
        if bytes > STATE_LIMIT {
            return Err(CompileError::TooMany {
                what: "bytes of state",
                count: bytes,
                limit: STATE_LIMIT,
            });
        }
        let (taken, base) = match place {
            Place::Frame(_) => (&mut self.signal_floats, 0),
            Place::Position => (&mut self.position_floats, POSITION_FLOATS),
        };
        let at = base + *taken;
        *taken += count as usize;
        Ok(FloatWord(at))
    }

    /// A ring, unless a column of the frame holds the same.
    fn ask_past(
        &mut self,
        program: &Program,
        x: ValueId,
        reader: ValueId,
        rows: u32,
    ) -> Result<(), CompileError> {
        let place = place_of(program, reader);
        let scope = self.seed_of.get(&reader).copied();
        if is_fixed(program, x) || self.ask_history(program, x, place, rows) {
            return Ok(());
        }
        let Some(cap) = rows.checked_add(1).and_then(u32::checked_next_power_of_two) else {
            return Err(CompileError::TooMany {
                what: "rows of a delay",
                count: rows.into(),
                limit: 1 << 31,
            });
        };
        let ring = self
            .rings
            .entry((x, place == Place::Position))
            .or_insert(Ring {
                scope,
                at: FloatWord(0),
                cap,
            });
        ring.cap = ring.cap.max(cap);
        if ring.scope != scope {
            ring.scope = None;
        }
        Ok(())
    }

    fn ask_history(&mut self, program: &Program, x: ValueId, place: Place, rows: u32) -> bool {
        if place == Place::Position {
            return false;
        }
        let Some((frame, _)) = column(&program.module, x) else {
            return false;
        };
        self.history[frame] = self.history[frame].max(rows as usize);
        true
    }

    /// Registers, ring or column behind a delayed read.
    fn ask_delay(&mut self, program: &Program, id: ValueId) -> Result<(), CompileError> {
        let module = &program.module;
        let (x, n, max, cycle) = match module.node(id).op {
            Op::Hist { x, n, max } => (x, n, max, false),
            Op::Prev { rec, n, max } => (rec, n, max, true),
            _ => return Ok(()),
        };
        if program.folds.iter().any(|(_, body)| body.contains(&x))
            || module.node(x).op == Op::FoldVar
        {
            return Err(CompileError::Unsupported {
                node: id,
                why: "a delay of something that depends on a fold index",
            });
        }
        if is_fixed(program, x) {
            return Ok(());
        }
        let place = place_of(program, id);
        let key = (x, place == Place::Position);
        let scope = self.seed_of.get(&id).copied();
        match fixed_length(module, n, u32::from(cycle), max) {
            Some(0) => Ok(()),
            _ if !cycle && self.ask_history(program, x, place, max) => Ok(()),
            Some(rows) if rows <= SHIFT_LIMIT => {
                let ty = module.node(x).ty;
                let have = self.registers(cycle).get(&key).map_or(0, |s| s.words.len());
                if let Some(shift) = self.registers(cycle).get_mut(&key)
                    && shift.scope != scope
                {
                    shift.scope = None;
                }
                for _ in have..rows as usize {
                    let word = self.floats(1, place, self.width(x))?;
                    let shift = self.registers(cycle).entry(key);
                    shift
                        .or_insert_with(|| Shift {
                            place,
                            scope,
                            ty,
                            words: Vec::new(),
                        })
                        .words
                        .push(word);
                }
                Ok(())
            }
            _ => self.ask_past(program, x, id, max),
        }
    }

    fn registers(&mut self, cycle: bool) -> &mut BTreeMap<(ValueId, bool), Shift> {
        if cycle {
            &mut self.cycles
        } else {
            &mut self.shifts
        }
    }

    fn ask_window(&mut self, program: &Program, id: ValueId) -> Result<(), CompileError> {
        let Op::Window {
            kind,
            x,
            n,
            max,
            exact,
            ..
        } = program.module.node(id).op
        else {
            return Ok(());
        };
        let place = place_of(program, id);
        let scope = self.seed_of.get(&id).copied();
        let max = max.max(1);
        let exact = exact && kind.is_sum();
        if exact && place == Place::Position {
            return Err(CompileError::Unsupported {
                node: id,
                why: "a sum of whole ticks in the position phase",
            });
        }
        // sum and mean keep the same
        let kind = if kind == WindowKind::Mean {
            WindowKind::Sum
        } else {
            kind
        };
        let same = self.accumulators.iter().position(|a| {
            (a.kind, a.place, a.scope, a.x, a.n, a.max) == (kind, place, scope, x, n, max)
                && exact == matches!(a.keep, Keep::Ticks { .. } | Keep::Seed { exact: true, .. })
        });
        if let Some(same) = same {
            self.accumulator_of.insert(id, same);
            return Ok(());
        }
        let source = self
            .source(program, x, place)
            .ok_or(CompileError::NotScheduled(x))?;
        let suffixes = u64::from(max);
        let width = self.width(x).max(self.width(n));
        let keep = match kind {
            WindowKind::Sum | WindowKind::Mean if scope.is_some() && place != Place::Position => {
                check_time(program, id, place, max)?;
                Keep::Seed {
                    exact,
                    sum: self.floats(1, place, width)?,
                }
            }
            WindowKind::Sum | WindowKind::Mean if exact => {
                let until = match self.gauges.get(&(x, place, scope)) {
                    Some(gauge) => gauge.until,
                    None => self.ints(self.width(x)),
                };
                let gauge = self
                    .gauges
                    .entry((x, place, scope))
                    .or_insert(Gauge { until, max });
                gauge.max = gauge.max.max(max);
                check_time(program, id, place, max)?;
                Keep::Ticks {
                    sum: self.floats(1, place, width)?,
                }
            }
            WindowKind::Sum | WindowKind::Mean => Keep::Sum {
                anchor: self.anchor(program, id, place, n, max)?,
                prefix: self.floats(1, place, width)?,
                suffix: self.floats(suffixes, place, width)?,
            },
            WindowKind::SquaredDeviations => Keep::Deviations {
                anchor: self.anchor(program, id, place, n, max)?,
                origin: self.floats(1, place, width)?,
                first: self.floats(1, place, width)?,
                second: self.floats(1, place, width)?,
                firsts: self.floats(suffixes, place, width)?,
                seconds: self.floats(suffixes, place, width)?,
            },
            WindowKind::Max | WindowKind::Min => Keep::Extreme {
                block: self.block((place, scope), n, max),
                best: self.floats(1, place, width)?,
                suffix: self.floats(suffixes, place, width)?,
            },
            WindowKind::MaxAgo | WindowKind::MinAgo => Keep::Extremal {
                block: self.block((place, scope), n, max),
                best: self.floats(1, place, width)?,
                row: self.ints(width),
                suffix: self.floats(suffixes, place, width)?,
                rows: self.floats(suffixes, place, width)?,
            },
            WindowKind::Kth => Keep::Sorted {
                at: self.floats(suffixes, place, width)?,
            },
        };
        self.accumulator_of.insert(id, self.accumulators.len());
        self.accumulators.push(Accumulator {
            kind,
            place,
            scope,
            x,
            n,
            max,
            source,
            keep,
        });
        Ok(())
    }

    fn anchor(
        &mut self,
        program: &Program,
        id: ValueId,
        place: Place,
        n: ValueId,
        max: u32,
    ) -> Result<usize, CompileError> {
        let scope = self.seed_of.get(&id).copied();
        check_time(program, id, place, max)?;
        if let Some(at) = self
            .anchors
            .iter()
            .position(|a| (a.place, a.scope, a.n, a.max) == (place, scope, n, max))
        {
            return Ok(at);
        }
        let width = self.width(n);
        let (next, reach) = (self.ints(width), self.ints(width));
        self.anchors.push(Anchor {
            place,
            scope,
            n,
            max,
            next,
            reach,
        });
        self.bound(reach, width, place, i64::from(max) - 1);
        Ok(self.anchors.len() - 1)
    }

    fn block(&mut self, (place, scope): (Place, Scope), n: ValueId, max: u32) -> usize {
        if let Some(at) = self
            .blocks
            .iter()
            .position(|b| (b.place, b.scope, b.n, b.max) == (place, scope, n, max))
        {
            return at;
        }
        let width = self.width(n);
        let next = self.ints(width);
        self.blocks.push(Block {
            place,
            scope,
            n,
            max,
            next,
        });
        self.bound(next, width, place, i64::from(max));
        self.blocks.len() - 1
    }

    fn bound(&mut self, word: IntWord, width: usize, place: Place, most: i64) {
        let row = self.row(place).0;
        self.bounded.extend((0..width).map(|lane| Bounded {
            word: word.0 + lane,
            row,
            most,
        }));
    }
}

/// By node: whether it depends on a parameter, so that it may differ between parameter points.
fn varying(module: &Module) -> Vec<bool> {
    let mut varying: Vec<bool> = module
        .nodes
        .iter()
        .map(|node| matches!(node.op, Op::Param(_)))
        .collect();
    // recurrences and fold indices are loops in this relation
    let mut again = true;
    while again {
        again = false;
        for at in 0..module.nodes.len() {
            let op = module.nodes[at].op;
            let mut own = varying[at];
            op.each_operand(|v| own |= varying[v.index()]);
            again |= own != varying[at];
            varying[at] = own;
            if let Op::Fold { var, lo, hi, .. } = op
                && (varying[lo.index()] || varying[hi.index()])
                && !varying[var.index()]
            {
                varying[var.index()] = true;
                again = true;
            }
        }
    }
    varying
}

/// The column a node reads, if it is a field of a frame.
pub fn column(module: &Module, x: ValueId) -> Option<(usize, usize)> {
    let node = module.node(x);
    let Op::Field(wanted) = node.op else {
        return None;
    };
    let frame = node.frame.0 as usize;
    let at = module
        .frames
        .get(frame)?
        .columns
        .iter()
        .position(|c: &Column| *c == wanted)?;
    Some((frame, at))
}

/// Whether a node is fixed for the run.
pub fn is_fixed(program: &Program, id: ValueId) -> bool {
    program
        .stages
        .get(id.index())
        .is_none_or(|s| *s == Stage::Run)
}

/// Whose rows a node lives on.
pub fn place_of(program: &Program, id: ValueId) -> Place {
    if program.stages.get(id.index()).copied().unwrap_or_default() == Stage::Position {
        Place::Position
    } else {
        Place::Frame(program.module.node(id).frame.0 as usize)
    }
}

/// The value of a length that is written in the program: rounded toward zero and clamped to `least..=max`, NaN being 0.
pub fn fixed_length(module: &Module, n: ValueId, least: u32, max: u32) -> Option<u32> {
    let value = match module.node(n).op {
        Op::Const(value) => value,
        Op::Unary(UnaryOp::Neg, of) => match module.node(of).op {
            Op::Const(value) => -value,
            _ => return None,
        },
        _ => return None,
    };
    Some((value as u32).clamp(least, max.max(least)))
}

/// The window reads open times; its blocks must be of a sane length.
fn check_time(program: &Program, id: ValueId, place: Place, max: u32) -> Result<(), CompileError> {
    let frame = match place {
        Place::Frame(frame) => frame,
        Place::Position => 0,
    };
    let period = program.module.frames.get(frame).map_or(0, |f| f.period_ms);
    if period < 1
        || period
            .checked_mul(i64::from(max))
            .is_none_or(|l| l > BLOCK_LIMIT)
    {
        return Err(CompileError::Unsupported {
            node: id,
            why: "a window of that many milliseconds",
        });
    }
    if place == Place::Position && program.position_time.is_none() {
        return Err(CompileError::NotScheduled(id));
    }
    Ok(())
}
