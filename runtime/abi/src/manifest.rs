//! What a compiled strategy needs and yields.

use crate::plan::OrderPlan;
use crate::portfolio::PortfolioPlan;

/// A column of a frame. All are `f64`; a truth value is 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// First price.
    Open,
    /// Highest price.
    High,
    /// Lowest price.
    Low,
    /// Last price.
    Close,
    /// Units traded.
    Volume,
    /// Open time in ms since the epoch, exact in an f64.
    Time,
    /// Minute of the day, UTC, of the bar's open (0..1439).
    MinuteOfDay,
    /// Monday = 0 … Sunday = 6, UTC, of the bar's open.
    Weekday,
    /// Day of the month, 1..31, UTC.
    Day,
    /// Month, 1..12, UTC.
    Month,
    /// Year, UTC.
    Year,
    /// 1 while the bar's open lies inside the session.
    InSession,
    /// 1 on the first bar of a session.
    SessionStart,
    /// 1 on the bar whose end is the session's end or the last scheduled bar before it; from the schedule, never from
    /// the next bar.
    SessionEnd,
    /// What a portfolio compares across symbols, made by the runtime as [`crate::PortfolioPlan::stages`] says; NaN where
    /// the symbol has no part in the comparison. On frame 0 only.
    Cross(u16),
}

/// A series of bars the kernel reads. Frame 0 is the strategy's own clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameSpec {
    /// Another symbol, or the one being traded.
    pub symbol: Option<String>,
    /// Length of a bar in ms.
    pub period_ms: i64,
    /// Columns, in the order the kernel expects them.
    pub columns: Vec<Column>,
}

/// Daily trading hours in local time, e.g. 09:30–16:00 in New York. They recur every calendar day; an end at or before the
/// start lies on the next day, so equal start and end are a session of a whole local day.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionSpec {
    /// First minute of the session, minutes since local midnight, 0..=1439.
    pub start_minute: u16,
    /// First minute after the session, minutes since local midnight, 0..=1440.
    pub end_minute: u16,
    /// IANA name of the time zone, e.g. `America/New_York`.
    pub tz: String,
}

/// Physical unit of an output, for plots and CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Dimensionless.
    Number,
    /// Quote currency a unit.
    Price,
    /// A fraction shown as percent.
    Percent,
    /// Units of the base asset.
    Quantity,
    /// Quote currency.
    Money,
    /// A count of bars.
    Bars,
    /// Truth as 0 or 1.
    Bool,
    /// A product such as price squared.
    Other,
}

/// Kind of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamKind {
    /// A real number with its unit.
    Number(Unit),
    /// Whole numbers (`int`, `bars`).
    Whole(Unit),
    /// `true` or `false`.
    Bool,
    /// One of these names; the value is the index.
    Choice(Vec<String>),
    /// A timeframe; each value is compiled on its own. The value is its length in ms.
    Timeframe,
}

/// A parameter of the strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamSpec {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: ParamKind,
    /// The default value.
    pub default: f64,
    /// Smallest and largest admissible value; without a range in the source only the default is admissible.
    pub range: (f64, f64),
    /// Every value of a sweep, in order; empty when the source gives no range or no step.
    pub values: Vec<f64>,
}

/// A numeric output column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSpec {
    /// A readable name: the plotted name or the source text.
    pub name: String,
    /// Unit.
    pub unit: Unit,
}

/// The description of a compiled strategy (or of an expression compiled for `eval`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Manifest {
    /// Identifier of the strategy.
    pub name: String,
    /// Its title, or empty.
    pub title: String,
    /// Series read; never empty.
    pub frames: Vec<FrameSpec>,
    /// The session behind [`Column::InSession`], [`Column::SessionStart`] and [`Column::SessionEnd`], if there is one.
    pub session: Option<SessionSpec>,
    /// Parameters in source order.
    pub params: Vec<ParamSpec>,
    /// Names of the signal flags (bits), at most 64.
    pub flags: Vec<String>,
    /// Signal value columns.
    pub values: Vec<OutputSpec>,
    /// Number of position-phase flags, at most 64.
    pub position_flags: usize,
    /// Number of position-phase values.
    pub position_values: usize,
    /// Number of bracket values.
    pub bracket_values: usize,
    /// Indices of [`Manifest::values`] that `plot` asked for.
    pub plots: Vec<u16>,
    /// `alert` texts with their signal flag.
    pub alerts: Vec<(String, u8)>,
    /// What the outputs mean.
    pub plan: OrderPlan,
    /// What makes it a portfolio; absent for a strategy, which trades each symbol on its own.
    pub portfolio: Option<PortfolioPlan>,
    /// Rows before the current one that a step may read, by frame.
    pub history: Vec<usize>,
    /// Bytes of state of the signal and position phases.
    pub state_bytes: usize,
    /// Arithmetic operations a bar, an upper bound.
    pub ops_per_bar: u64,
}
