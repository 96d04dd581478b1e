//! What checking yields: strategies as typed graphs with their orders, tests, and facts for editors.

use crate::graph::{Graph, NodeId};
use crate::unit::{EnumId, Rate, Type};
use sbt_diagnostics::Span;
use sixbtc_abi::{FrameSpec, ParamSpec, SessionSpec, Side};

/// The checked file. Parts that are wrong are left out or hold error values; then the diagnostics contain an error.
#[derive(Debug, Clone, Default)]
pub struct Hir {
    /// Strategies in source order.
    pub strategies: Vec<Strategy>,
    /// Tests in source order.
    pub tests: Vec<Test>,
    /// What is known about places in the main file.
    pub facts: Vec<Fact>,
    /// Enums: name and members.
    pub enums: Vec<(String, Vec<String>)>,
}

/// A fact about a place in the source, for hovers and hints.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The place.
    pub span: Span,
    /// Name of what stands there.
    pub name: String,
    /// Its type and unit, readable.
    pub ty: String,
    /// How fast it changes, for a single value.
    pub rate: Option<Rate>,
    /// Rows until it exists and until it has settled, where fixed at compile time.
    pub warmup: Option<(f64, f64)>,
    /// Where it is defined.
    pub definition: Option<Span>,
}

/// A strategy.
#[derive(Debug, Clone)]
pub struct Strategy {
    /// Identifier.
    pub name: String,
    /// Title or empty.
    pub title: String,
    /// Where it stands.
    pub span: Span,
    /// Clocks and symbols read.
    pub frames: Vec<FrameSpec>,
    /// Trading hours.
    pub session: Option<SessionSpec>,
    /// Parameters.
    pub params: Vec<ParamSpec>,
    /// Conditions on parameters, with source text.
    pub requires: Vec<(String, NodeId)>,
    /// All values.
    pub graph: Graph,
    /// Entries.
    pub entries: Vec<Entry>,
    /// Exits of the strategy.
    pub exits: Vec<Exit>,
    /// Default sizing.
    pub size: Option<Sizing>,
    /// Limits.
    pub limits: Limits,
    /// Plotted values with names.
    pub plots: Vec<(String, NodeId)>,
    /// Alerts.
    pub alerts: Vec<(String, NodeId)>,
    /// First row on which orders are allowed.
    pub warmup: NodeId,
    /// Whether any order depends on a recurrence.
    pub settling: bool,
    /// What makes it a portfolio, if it is one.
    pub portfolio: Option<Portfolio>,
}

/// What a portfolio has beyond a strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct Portfolio {
    /// Which symbols belong to it.
    pub universe: Universe,
    /// Comparisons across symbols, by the number of [`sixbtc_abi::Column::Cross`].
    pub crosses: Vec<Cross>,
    /// Number of stages that the comparisons are made in.
    pub stages: usize,
    /// What is held.
    pub holds: Vec<Hold>,
    /// Period of rebalancing in ms; at every bar when absent.
    pub every_ms: Option<i64>,
}

/// Which symbols belong to a portfolio.
#[derive(Debug, Clone, PartialEq)]
pub enum Universe {
    /// All.
    All,
    /// Those named.
    Symbols(Vec<String>),
    /// So many of the greatest score.
    Top(NodeId, NodeId),
}

/// A comparison across symbols.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cross {
    /// Which.
    pub kind: sixbtc_abi::CrossKind,
    /// What is compared, on the portfolio's own clock.
    pub arg: NodeId,
    /// The stage after which it is known; absent when nothing depends on it.
    pub stage: Option<usize>,
    /// Where it stands.
    pub span: Span,
}

/// A `hold` statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hold {
    /// The greatest scores rather than the least.
    pub top: bool,
    /// How many symbols.
    pub count: NodeId,
    /// What they are chosen by.
    pub score: NodeId,
    /// Long or short.
    pub side: Side,
    /// Share before scaling.
    pub weight: Option<NodeId>,
}

/// A level seen from the entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Level {
    /// Fraction of the entry price.
    Percent(NodeId),
    /// Price, possibly of `entry`.
    Price(NodeId),
    /// Multiple of the initial risk.
    Risk(NodeId),
}

/// A distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distance {
    /// Fraction.
    Percent(NodeId),
    /// Price difference.
    Price(NodeId),
    /// Multiple of the initial risk.
    Risk(NodeId),
}

/// How large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sizing {
    /// Fraction of equity at risk.
    Risk(NodeId),
    /// Fraction of equity as notional.
    Equity(NodeId),
    /// Annual volatility wanted, and as it is.
    TargetVol(NodeId, NodeId),
    /// Units.
    Units(NodeId),
    /// Notional.
    Notional(NodeId),
}

/// Order type of an entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EntryOrder {
    /// Next open.
    Market,
    /// Price, bars.
    Limit(NodeId, NodeId),
    /// Price, bars.
    Stop(NodeId, NodeId),
}

/// When an exit is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ExitWhen {
    /// Condition.
    Cond(NodeId),
    /// Condition: the session's last bar.
    SessionEnd(NodeId),
    /// Bars after entry.
    After(NodeId),
    /// Resting price.
    At(NodeId),
}

/// Whose position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scope {
    /// Any.
    All,
    /// A side's.
    Side(Side),
    /// An entry's.
    Entry(u16),
}

/// An exit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exit {
    /// Whose.
    pub scope: Scope,
    /// When.
    pub when: ExitWhen,
}

/// An entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Side.
    pub side: Side,
    /// Label or a name made from the side.
    pub tag: String,
    /// Condition, masked by the session.
    pub when: NodeId,
    /// Order type.
    pub order: EntryOrder,
    /// Own sizing.
    pub size: Option<Sizing>,
    /// Stops.
    pub stops: Vec<Level>,
    /// Breakeven.
    pub breakeven: Option<Distance>,
    /// Targets with the fraction they close.
    pub targets: Vec<(Level, Option<NodeId>)>,
    /// Trail: distance, activation.
    pub trail: Option<(Distance, Option<Distance>)>,
    /// Own exits.
    pub exits: Vec<ExitWhen>,
}

/// Limits.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// Leverage.
    pub leverage: Option<NodeId>,
    /// Entries in one direction.
    pub pyramid: Option<NodeId>,
    /// Travel between them.
    pub pyramid_every: Option<Distance>,
    /// Bars after an exit.
    pub cooldown: Option<NodeId>,
    /// Entries a period (ms).
    pub trades: Option<(NodeId, i64)>,
}

/// A test block, ready to run.
#[derive(Debug, Clone)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Where.
    pub span: Span,
    /// Columns given bar by bar; a `None` element was `_`.
    pub given: Vec<(sixbtc_abi::Column, Vec<f64>)>,
    /// Number of random bars to run on, if `forall`.
    pub random_bars: Option<usize>,
    /// Clocks read; the first is one minute.
    pub frames: Vec<FrameSpec>,
    /// Values.
    pub graph: Graph,
    /// Claims.
    pub asserts: Vec<Assertion>,
}

/// A claim of a test.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// Where.
    pub span: Span,
    /// True on every bar from its lookback on.
    pub what: Claim,
}

/// What is claimed.
#[derive(Debug, Clone)]
pub enum Claim {
    /// A truth value.
    Holds(NodeId),
    /// Values bar by bar; `None` is not looked at. The first applies to the first given bar.
    Is(NodeId, Vec<Option<f64>>),
}

/// A single value or a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Val {
    /// One value.
    One(NodeId),
    /// Named outputs of an indicator.
    Record(Vec<(String, NodeId)>),
    /// A value that may be absent: value and presence.
    Optional(NodeId, NodeId),
    /// A string, only for arguments.
    Str(String),
    /// The unfinished bar of a coarser clock, in ms.
    Forming(i64),
    /// `position`
    Position,
    /// `session`
    Session,
    /// An enum as a namespace: `Bias` in `Bias.off`.
    EnumName(EnumId),
    /// Reported already.
    Error,
}

/// Renders a type for people.
pub fn type_name(ty: Type, enums: &[(String, Vec<String>)]) -> String {
    match ty {
        Type::Bool => "bool".into(),
        Type::Num(d) => d.to_string(),
        Type::Enum(e) => enums
            .get(e.0 as usize)
            .map_or_else(|| "enum".into(), |x| x.0.clone()),
        Type::Error => "unknown".into(),
    }
}
