//! The input of a walk-forward's page: windows, the stitched curve, and what was chosen in each window.

use super::number;
use super::subject::{Span, Subject};
use crate::data::{EquityCurve, Metric, MetricKind};
use serde::{Deserialize, Serialize};

/// Everything the page of a walk-forward shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WalkForwardPage {
    /// The strategy, its data and settings.
    pub subject: Subject,
    /// The walk-forward itself.
    pub walk: WalkForward,
}

/// A walk-forward: parameters chosen on each window's training part and judged on the test part behind it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WalkForward {
    /// How the windows were laid, e.g. `rolling, 180 days trained, 30 days tested, 24 bars purged`.
    pub scheme: String,
    /// What was sought in training, as the user wrote it.
    pub objective: String,
    /// Names of the parameters, in the order of [`Window::params`].
    pub params: Vec<String>,
    /// The figures of the windows, in the order of [`Window::in_sample`].
    pub figures: Vec<WindowFigure>,
    /// Place among the figures of the one that efficiency compares.
    pub judged_by: usize,
    /// The windows in their order.
    pub windows: Vec<Window>,
    /// Equity before the first bar of the stitched curve.
    pub initial_equity: f64,
    /// The test parts joined into one curve.
    pub stitched: EquityCurve,
    /// The same time with parameters held fixed, for comparison.
    pub fixed: Option<FixedCurve>,
    /// Named figures of the stitched curve.
    pub metrics: Vec<Metric>,
    /// Out-of-sample figure over in-sample figure, over all windows; NaN when undefined.
    #[serde(with = "number")]
    pub efficiency: f64,
}

/// A figure that each window has twice, in and out of sample.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WindowFigure {
    /// Its stable name, e.g. `sharpe`.
    pub name: String,
    /// How to show it.
    pub kind: MetricKind,
}

/// One window.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Window {
    /// What the parameters were chosen on.
    pub train: Span,
    /// What they were judged on.
    pub test: Span,
    /// The parameters that were chosen.
    pub params: Vec<ChosenValue>,
    /// Figures of the training part, in the order of [`WalkForward::figures`].
    #[serde(with = "number::column")]
    pub in_sample: Vec<f64>,
    /// Figures of the test part, in the same order.
    #[serde(with = "number::column")]
    pub out_of_sample: Vec<f64>,
    /// Out-of-sample over in-sample; NaN when undefined.
    #[serde(with = "number")]
    pub efficiency: f64,
    /// What was peculiar, e.g. `no point met the constraints; the default was used`; as a rule empty.
    pub note: String,
}

/// A parameter's value: as a number for drawing, and as it is read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ChosenValue {
    /// Its place on a scale: the value itself, or its place among the values of a choice.
    #[serde(with = "number")]
    pub value: f64,
    /// As it is to be read.
    pub shown: String,
}

/// A curve to compare with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FixedCurve {
    /// What it is, e.g. `Defaults throughout`.
    pub label: String,
    /// The curve over the same time.
    pub curve: EquityCurve,
}
