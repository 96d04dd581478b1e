//! Running a kernel.

use crate::manifest::Manifest;
use std::fmt;
use std::ops::Range;

/// Bars of one series, as columns of equal length.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    /// Open times, ms, strictly rising.
    pub time: &'a [i64],
    /// The columns of [`crate::FrameSpec::columns`], in that order.
    pub columns: Vec<&'a [f64]>,
    /// For frames other than 0: for each row of frame 0, how many rows of this frame are confirmed at that row's end.
    /// Counted from where the state was new, whatever rows were dropped since. Never falls. Empty for frame 0.
    pub confirmed: &'a [u32],
    /// Ticks a unit of price, a power of ten: `price × scale` is a whole number for every price of the series.
    pub price_scale: f64,
}

/// What a kernel reads.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// As in [`Manifest::frames`].
    pub frames: Vec<Frame<'a>>,
}

/// A parameter point, made ready: everything in the program that is fixed for a run, evaluated once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Constants {
    /// Parameter values as given, in the order of [`Manifest::params`].
    pub params: Vec<f64>,
    /// Raw 8-byte slots the machine code reads (f64 bits or integers).
    pub slots: Vec<u64>,
    /// Run-fixed numbers that the order plan refers to by [`crate::Value::Scalar`].
    pub scalars: Vec<f64>,
    /// First row of frame 0 (counted from the start of the data) on which orders are allowed: all they depend on has settled.
    pub warmup: usize,
    /// For each signal value: the first row on which it exists.
    pub lookback: Vec<usize>,
}

/// The memory of a running kernel. Clone it to take a snapshot; it holds no pointers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// State words, canonical: no NaN payloads.
    pub words: Vec<u64>,
}

/// The memory of the signal phase of several parameter points that run side by side ([`Kernel::run_lanes`]). Clone it to
/// take a snapshot; it holds no pointers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LaneState {
    /// As the kernel lays them out: one a point, or a single one that holds all of them.
    pub states: Vec<State>,
}

/// Signal outputs of a block of rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outputs {
    /// One word of flags a row.
    pub flags: Vec<u64>,
    /// Value columns, each as long as `flags`.
    pub values: Vec<Vec<f64>>,
}

impl Outputs {
    /// Buffers for `rows` rows of a kernel's outputs.
    pub fn new(manifest: &Manifest, rows: usize) -> Self {
        Self {
            flags: vec![0; rows],
            values: vec![vec![0.0; rows]; manifest.values.len()],
        }
    }
}

/// Signal outputs of a block of rows, flags as sets of rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sets {
    /// For each flag: bit `r % 64` of word `r / 64` tells whether row `r` of the block has it.
    pub flags: Vec<Vec<u64>>,
    /// Value columns.
    pub values: Vec<Vec<f64>>,
}

impl Sets {
    /// Empty sets and columns for a kernel's outputs.
    pub fn new(manifest: &Manifest) -> Self {
        Self {
            flags: vec![Vec::new(); manifest.flags.len()],
            values: vec![Vec::new(); manifest.values.len()],
        }
    }
}

/// What the position phase sees. `side` is 0 when flat, and then all else is 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C)]
pub struct PositionInputs {
    /// `+1` long, `−1` short, `0` flat.
    pub side: f64,
    /// Bars since the entry bar (0 on the entry bar).
    pub bars: f64,
    /// Average entry price.
    pub entry: f64,
    /// Unrealised profit at the close as a fraction of the entry notional, costs left out.
    pub profit: f64,
    /// Units held.
    pub size: f64,
    /// Equity of the account at the close.
    pub equity: f64,
}

/// Why a kernel refused. Never raised by the values of the data, only by wrong use.
#[derive(Debug, Clone, PartialEq)]
pub enum KernelError {
    /// A parameter is missing, unknown or outside its range.
    Param {
        /// Which.
        name: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// `require` excludes this point.
    Require {
        /// Source text of the condition.
        condition: String,
    },
    /// Columns, rows or buffers do not fit the manifest.
    Shape(String),
}

impl fmt::Display for KernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Param { name, reason } => write!(f, "parameter `{name}`: {reason}"),
            Self::Require { condition } => write!(f, "the parameters break `require {condition}`"),
            Self::Shape(why) => write!(f, "kernel input does not fit: {why}"),
        }
    }
}

impl std::error::Error for KernelError {}

/// A compiled strategy. Implemented by the interpreter and by each code generator; all give the same bits.
pub trait Kernel: Send + Sync {
    /// What it needs and yields.
    fn manifest(&self) -> &Manifest;

    /// Kernels that run before this one on every bar of every symbol, in order: what they yield is compared across symbols
    /// ([`crate::PortfolioPlan::stages`]) and read by those after them. Empty for a strategy.
    fn stages(&self) -> &[Box<dyn Kernel>] {
        &[]
    }

    /// Evaluates all that is fixed for the run. `params` in the order of [`Manifest::params`].
    fn bind(&self, params: &[f64]) -> Result<Constants, KernelError>;

    /// State before the first bar.
    fn new_state(&self, constants: &Constants) -> State;

    /// Runs the signal phase over `rows` of frame 0, which must continue where `state` stopped, and writes row
    /// `rows.start + k` to position `k` of `out`. `input` starts at the row where `state` was new, unless the caller keeps
    /// [`Manifest::history`] rows before `rows.start` and says so by `offset` = rows dropped in front, by frame.
    fn run(
        &self,
        input: &Input<'_>,
        offset: &[usize],
        rows: Range<usize>,
        constants: &Constants,
        state: &mut State,
        out: &mut Outputs,
    ) -> Result<(), KernelError>;

    /// [`Kernel::run`] of a kernel whose signal phase has no memory, many rows at a time: replaces what is in `out` by flags
    /// and values of `rows`, the same bits as in [`Outputs`]. `input` starts at row 0. `false`, and nothing written, when the
    /// kernel has no such way.
    fn run_sets(
        &self,
        _input: &Input<'_>,
        _rows: Range<usize>,
        _constants: &Constants,
        _out: &mut Sets,
    ) -> Result<bool, KernelError> {
        Ok(false)
    }

    /// How many parameter points [`Kernel::run_lanes`] runs side by side at the cost of little more than one; 1 when there
    /// is nothing to be gained by it.
    fn lanes(&self) -> usize {
        1
    }

    /// State of [`Kernel::lanes`] points before the first bar. `constants` are those of the points, in order; whoever has
    /// fewer points repeats one.
    fn new_lane_state(&self, constants: &[&Constants]) -> LaneState {
        LaneState {
            states: constants.iter().map(|c| self.new_state(c)).collect(),
        }
    }

    /// [`Kernel::run`] for [`Kernel::lanes`] points at once: `constants`, `state` and `out` belong together by position. The
    /// same bits as that many separate runs, for any cut of the rows into blocks. Position and bracket phases are not
    /// concerned: they are called a point at a time, with a state of [`Kernel::new_state`].
    fn run_lanes(
        &self,
        input: &Input<'_>,
        offset: &[usize],
        rows: Range<usize>,
        constants: &[&Constants],
        state: &mut LaneState,
        out: &mut [Outputs],
    ) -> Result<(), KernelError> {
        if constants.len() != out.len() || state.states.len() != out.len() {
            return Err(KernelError::Shape(format!(
                "{} constants, {} states and {} outputs of lanes",
                constants.len(),
                state.states.len(),
                out.len()
            )));
        }
        for ((constants, state), out) in constants.iter().zip(&mut state.states).zip(out) {
            self.run(input, offset, rows.clone(), constants, state, out)?;
        }
        Ok(())
    }

    /// Position phase of one bar: `signal` are the signal values of that bar. Returns the position flags and fills `out`.
    fn position(
        &self,
        signal: (u64, &[f64]),
        position: &PositionInputs,
        constants: &Constants,
        state: &mut State,
        out: &mut [f64],
    ) -> Result<u64, KernelError>;

    /// Bracket phase: `signal` are the signal values of the decision bar, `entry` the fill price.
    fn bracket(
        &self,
        signal: &[f64],
        entry: f64,
        constants: &Constants,
        out: &mut [f64],
    ) -> Result<(), KernelError>;
}

/// Runs a kernel over all rows of the base frame with these parameters; returns its constants and all its outputs.
///
/// # Errors
/// What the kernel refuses: parameters of the wrong number or value, frames of another manifest.
pub fn run_whole<K: Kernel + ?Sized>(
    kernel: &K,
    input: &Input<'_>,
    params: &[f64],
) -> Result<(Constants, Outputs), KernelError> {
    let constants = kernel.bind(params)?;
    let mut state = kernel.new_state(&constants);
    let rows = input.frames.first().map_or(0, |f| f.time.len());
    let mut outputs = Outputs::new(kernel.manifest(), rows);
    let offset = vec![0; input.frames.len()];
    kernel.run(
        input,
        &offset,
        0..rows,
        &constants,
        &mut state,
        &mut outputs,
    )?;
    Ok((constants, outputs))
}
