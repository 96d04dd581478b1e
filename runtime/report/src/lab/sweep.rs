//! The input of a sweep's page: axes, points as columns, and what was found among them.

use super::number;
use super::subject::Subject;
use crate::data::MetricKind;
use serde::{Deserialize, Serialize};

/// Everything the page of a sweep shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SweepPage {
    /// The strategy, its data and settings.
    pub subject: Subject,
    /// The sweep itself.
    pub sweep: Sweep,
}

/// A sweep: every column of points has one length. Rows may be in any order and there may be a million of them; the page takes
/// what it needs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sweep {
    /// The parameters that were varied.
    pub axes: Vec<Axis>,
    /// For each axis, each point's place among [`Axis::values`].
    pub places: Vec<Vec<u32>>,
    /// The figures of the points.
    pub figures: Vec<FigureColumn>,
    /// What was sought.
    pub objective: Objective,
    /// Rows of the best points, best first.
    pub top: Vec<usize>,
    /// Rows of the points that no other beats in all of [`Sweep::front_figures`] (the Pareto front).
    pub front: Vec<usize>,
    /// Places among the figures of those that the front weighs against one another, as a rule two.
    pub front_figures: Vec<usize>,
    /// The region of good neighbours, when one was sought.
    pub plateau: Option<Plateau>,
    /// Row of the point to be used: the plateau's middle, or the best.
    pub chosen: Option<usize>,
    /// Points of the whole space before anything was left out.
    pub space: u64,
    /// Points that a `require` or a rule excluded without a run.
    pub pruned: u64,
    /// Points whose objective does not exist, e.g. for want of trades.
    pub undefined: u64,
    /// Which way the work went, e.g. `batched native code, 4 lanes`; may be empty.
    pub path: String,
    /// How the space was searched, e.g. `grid` or `random, seed 7, budget 20,000`.
    pub search: String,
    /// Wall time of the sweep, ms; NaN when unknown.
    #[serde(with = "number")]
    pub elapsed_ms: f64,
    /// Nanoseconds a bar and point; NaN when unknown.
    #[serde(with = "number")]
    pub ns_per_bar_point: f64,
    /// How the compiler planned the sweep, as text of several lines; may be empty.
    pub plan: String,
}

/// A parameter that was varied.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Axis {
    /// The parameter's name.
    pub name: String,
    /// Its unit as people read it, e.g. `bars` or `%`; empty without one.
    pub unit: String,
    /// Its values in their order, as they are to be read and without the unit.
    pub values: Vec<String>,
}

/// One figure of all points.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FigureColumn {
    /// Its stable name, e.g. `sharpe`; names that [`crate::figures`] knows get a label. A composed objective is called
    /// `objective`, a second one `objective 2`, and is labelled by [`FigureColumn::about`], its formula.
    pub name: String,
    /// How to show it.
    pub kind: MetricKind,
    /// Whether less is better, as of a drawdown.
    pub less_is_better: bool,
    /// Its meaning in a sentence, or empty.
    pub about: String,
    /// A value for each point; NaN where it does not exist.
    #[serde(with = "number::column")]
    pub values: Vec<f64>,
}

/// What the sweep sought.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Objective {
    /// As the user wrote it, e.g. `sharpe - 0.5 * max_drawdown`.
    pub expression: String,
    /// Its place among the figures; a composed objective is a figure of its own, named `objective`.
    pub figure: usize,
    /// Conditions a point had to meet to be ranked, e.g. `trades >= 30`; may be empty.
    pub constraints: Vec<String>,
}

/// A region whose points and their neighbours are all good.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Plateau {
    /// How good its surroundings are, by the measure that [`Plateau::about`] names; NaN when unknown.
    #[serde(with = "number")]
    pub score: f64,
    /// Rows of its points.
    pub rows: Vec<usize>,
    /// What the score measures and what it says here, in a sentence or two.
    pub about: String,
}
