//! The input of a validation's page: gates with their verdicts, and the evidence behind them.

use super::number;
use super::subject::{Part, Span, Subject};
use super::sweep::Sweep;
use super::walk_forward::WalkForward;
use crate::data::{EquityCurve, Metric, MetricKind};
use serde::{Deserialize, Serialize};

/// Everything the page of a validation shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ValidationPage {
    /// The strategy, its data and settings.
    pub subject: Subject,
    /// The whole verdict.
    pub verdict: Judgement,
    /// The verdict in a sentence or two.
    pub sentence: String,
    /// The gates in the order of the pipeline.
    pub gates: Vec<Gate>,
    /// How time was split.
    pub timeline: Vec<Stretch>,
    /// Equity over the time that was looked at.
    pub curve: Part<EquityCurve>,
    /// Equity before the first bar of that curve.
    pub initial_equity: f64,
    /// Named figures of the run that was judged.
    pub metrics: Vec<Metric>,
    /// The result beside those of permuted data or order, one entry a test.
    pub permutations: Part<Vec<Permutation>>,
    /// Fans of resampled equity, one entry a way of resampling.
    pub monte_carlo: Part<Vec<Fan>>,
    /// Maximum drawdowns of the resampled runs.
    pub drawdown: Part<Distribution>,
    /// The result under higher costs.
    pub costs: Part<Stress>,
    /// The result when entries come late.
    pub delay: Part<Stress>,
    /// The results on prices with noise.
    pub noise: Part<Distribution>,
    /// Whether the choice of parameters is overfitted.
    pub overfitting: Part<Overfitting>,
    /// The Sharpe ratio deflated by the number of trials.
    pub deflated: Part<Deflated>,
    /// The walk-forward.
    pub walk_forward: Part<WalkForward>,
    /// The neighbourhood of the parameters.
    pub plateau: Part<Sweep>,
}

/// A verdict on the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// All gates passed.
    Pass,
    /// A gate failed.
    Fail,
    /// None failed, but not all were run.
    #[default]
    Incomplete,
}

/// A gate: a figure held against a threshold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Gate {
    /// The stage of the pipeline it belongs to, e.g. `robustness`.
    pub stage: String,
    /// What is asked, e.g. `Permutation p-value`.
    pub name: String,
    /// The stable name of the figure, or empty.
    pub figure: String,
    /// How figure and threshold are shown.
    pub kind: MetricKind,
    /// The figure; NaN when it does not exist.
    #[serde(with = "number")]
    pub value: f64,
    /// What it is held against; NaN when there is no single threshold.
    #[serde(with = "number")]
    pub threshold: f64,
    /// How: `>=`, `<=`, `>` or `<`.
    pub comparison: String,
    /// What came of it.
    pub verdict: GateVerdict,
    /// How far the figure is from the threshold as a fraction of the threshold (of 1 when the threshold is 0): positive when
    /// passed, negative when it falls short by that much; NaN when undefined.
    #[serde(with = "number")]
    pub distance: f64,
    /// What the figure says here, in a sentence; may be empty.
    pub sentence: String,
}

/// What a gate said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// Passed.
    Pass,
    /// Failed.
    Fail,
    /// Reported beside the others; refuses nothing, whatever its figure.
    Reported,
    /// Was not run: an earlier stage stopped, or what it needs was not there.
    #[default]
    NotRun,
}

/// A stretch of the data and what it was for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stretch {
    /// What it was for.
    pub kind: StretchKind,
    /// When.
    pub span: Span,
    /// Its bars; 0 when unknown.
    pub bars: u64,
    /// What else there is to say, e.g. `opened once, on 3 May 2025`; may be empty.
    pub note: String,
}

/// What a stretch of data is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StretchKind {
    /// Parameters were chosen on it.
    #[default]
    InSample,
    /// Left out between two others so that neither knows of the other.
    Purged,
    /// Parameters were judged on it.
    OutOfSample,
    /// Not looked at: kept for the last question.
    Sealed,
}

/// The result among those of permuted runs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Permutation {
    /// What was permuted, e.g. `Bars of the training part`.
    pub title: String,
    /// Name of the figure that is compared, e.g. `profit_factor`.
    pub figure: String,
    /// How to show it.
    pub kind: MetricKind,
    /// The figure of each permuted run.
    #[serde(with = "number::column")]
    pub values: Vec<f64>,
    /// The figure of the real run.
    #[serde(with = "number")]
    pub real: f64,
    /// Share of runs at least as good, the real one counted among them.
    #[serde(with = "number")]
    pub p_value: f64,
    /// Confidence interval of the p-value; `None` when it was not computed.
    pub interval: Option<(f64, f64)>,
    /// How the permutation is done and what it asks, in a sentence or two.
    pub about: String,
}

/// Bands of equity over many resampled runs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Fan {
    /// How it was resampled, e.g. `Trades drawn with replacement`.
    pub title: String,
    /// What the steps are: `trades` or `bars`.
    pub step: String,
    /// Number of each step shown, rising; e.g. trades closed.
    pub at: Vec<u64>,
    /// Probabilities of the bands, rising, each in 0..1; e.g. 0.05, 0.25, 0.5, 0.75, 0.95.
    pub probabilities: Vec<f64>,
    /// For each probability the equity at each step.
    #[serde(with = "number::columns")]
    pub bands: Vec<Vec<f64>>,
    /// The real run's equity at each step.
    #[serde(with = "number::column")]
    pub real: Vec<f64>,
    /// How many runs were made.
    pub runs: u64,
    /// What it asks, in a sentence or two.
    pub about: String,
}

/// A distribution of one figure with the real value and its limit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Distribution {
    /// Name of the figure, e.g. `max_drawdown`.
    pub figure: String,
    /// How to show it.
    pub kind: MetricKind,
    /// Whether less is better, as of a drawdown.
    pub less_is_better: bool,
    /// Its values.
    #[serde(with = "number::column")]
    pub values: Vec<f64>,
    /// The real run's; NaN when there is none.
    #[serde(with = "number")]
    pub real: f64,
    /// What was asked of it; NaN when nothing was.
    #[serde(with = "number")]
    pub limit: f64,
    /// What it says, in a sentence or two.
    pub about: String,
}

/// A figure under several conditions, e.g. costs of one, two and three times.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Stress {
    /// Name of the figure, e.g. `profit_factor`.
    pub figure: String,
    /// How to show it.
    pub kind: MetricKind,
    /// The conditions as they are read, e.g. `2× costs`.
    pub labels: Vec<String>,
    /// The figure under each.
    #[serde(with = "number::column")]
    pub values: Vec<f64>,
    /// What was asked of it; NaN when nothing was.
    #[serde(with = "number")]
    pub limit: f64,
    /// What it says, in a sentence or two; e.g. the costs at which the profit is gone.
    pub about: String,
}

/// The probability of backtest overfitting (PBO) by combinatorially symmetric cross-validation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Overfitting {
    /// Share of splits in which the best in sample is below the median out of sample.
    #[serde(with = "number")]
    pub probability: f64,
    /// Logit of the out-of-sample rank of each split's best.
    #[serde(with = "number::column")]
    pub logits: Vec<f64>,
    /// Name of the figure compared below.
    pub figure: String,
    /// How to show it.
    pub kind: MetricKind,
    /// In-sample figure of each split's best.
    #[serde(with = "number::column")]
    pub in_sample: Vec<f64>,
    /// Its out-of-sample figure.
    #[serde(with = "number::column")]
    pub out_of_sample: Vec<f64>,
    /// Blocks time was cut into; 0 when unknown.
    pub blocks: u64,
    /// Points compared.
    pub points: u64,
    /// What it says, in a sentence or two.
    pub about: String,
}

/// What the deflated Sharpe ratio is made of.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Deflated {
    /// The Sharpe ratio found, a bar (not annualised).
    #[serde(with = "number")]
    pub sharpe: f64,
    /// Trials: how many points were looked at, all sessions counted.
    pub trials: u64,
    /// Trials that are worth as much as independent ones; NaN when not computed.
    #[serde(with = "number")]
    pub effective_trials: f64,
    /// Variance of the trials' Sharpe ratios.
    #[serde(with = "number")]
    pub variance: f64,
    /// The best Sharpe ratio to be expected of so many trials without any skill.
    #[serde(with = "number")]
    pub expected_max: f64,
    /// Returns the ratio was computed from.
    pub observations: u64,
    /// Skewness of the returns.
    #[serde(with = "number")]
    pub skewness: f64,
    /// Kurtosis of the returns (3 for a normal distribution).
    #[serde(with = "number")]
    pub kurtosis: f64,
    /// Probability that the true Sharpe ratio is above zero when the luck of the trials is taken off.
    #[serde(with = "number")]
    pub probability: f64,
    /// What it says, in a sentence or two.
    pub about: String,
}
