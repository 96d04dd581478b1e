//! What a validation does, and what it asks.

use crate::trials::Naming;
use crate::windows::WindowPlan;
use serde::{Deserialize, Serialize};
use sixbtc_judgement::noise::NoiseOptions;
use sixbtc_judgement::pipeline::gates::GateThresholds;
use sixbtc_judgement::pipeline::score::{RobustnessWeights, ScoreWeights};
use sixbtc_judgement::pipeline::split::Split;
use sixbtc_judgement::pipeline::tightening::StatisticalThresholds;

/// What the laboratory's own gates ask. Those of the pipeline stand in [`GateThresholds`] and [`StatisticalThresholds`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Least probability that the Sharpe ratio out-of-sample is above 0. Default 0.95.
    pub min_sharpe_probability: f64,
    /// Largest share of resampled trade lists that lose. Default 0.05.
    pub max_loss: f64,
    /// Largest 95th percentile of the drawdown over shuffled trades. Default 0.5.
    pub max_drawdown: f64,
    /// Least share of the objective that is kept when entries come one bar late. Default 0.5; half of it two bars late.
    pub min_kept_late: f64,
    /// Least total return when fees are doubled. Default 0.
    pub min_return_costly: f64,
    /// Least share of noisy markets on which half of the objective is kept. Default 0.8.
    pub min_kept_noisy: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            min_sharpe_probability: 0.95,
            max_loss: 0.05,
            max_drawdown: 0.5,
            min_kept_late: 0.5,
            min_return_costly: 0.0,
            min_kept_noisy: 0.8,
        }
    }
}

/// What is repeated on each permutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permuted {
    /// The chosen parameters are run over the out-of-sample bars in other orders; the history before stays, as much of it as
    /// the program needs to settle. They were chosen
    /// without these bars, so no choice has to be repeated.
    #[default]
    OutOfSample,
    /// The whole choice is repeated over the in-sample bars in other orders, and the best is compared with the best. Costs a
    /// sweep a permutation.
    Refit,
}

/// Everything a validation does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidatePlan {
    /// How the time is divided.
    pub split: Split,
    /// Under which names its trials are entered into a ledger.
    pub naming: Naming,
    /// Programs of the lineage that were tested by permutation on this data, this one included: the gate divides by them.
    pub tested: u64,
    /// Seed of all that is drawn.
    pub seed: u64,
    /// Thresholds of the pipeline.
    pub thresholds: GateThresholds,
    /// Thresholds of the statistical gates, which tighten as trials grow.
    pub statistics: StatisticalThresholds,
    /// Thresholds of the laboratory's own gates.
    pub limits: Limits,
    /// Weights of the score.
    #[serde(default, skip_serializing_if = "usual")]
    pub score: ScoreWeights,
    /// Weights of the robustness.
    #[serde(default, skip_serializing_if = "usual")]
    pub robustness: RobustnessWeights,
    /// Windows of the walk forward, which begins with the data and ends before the sealed span.
    pub windows: WindowPlan,
    /// Permutations. Default 100.
    pub permutations: usize,
    /// What is repeated on each.
    pub permuted: Permuted,
    /// Stop permuting once so many permutations were at least as good (Besag and Clifford 1991); absent: never.
    pub permutation_stop: Option<usize>,
    /// Noisy markets. Default 50.
    pub noisy: usize,
    /// The noise.
    pub noise: NoiseOptions,
    /// Points whose returns are compared in the tests of the choice, at most; of more, as many at equal distances and the
    /// chosen one. Default 200.
    pub candidates: usize,
    /// Blocks of the combinatorial cross-validation, even. Default 12.
    pub blocks: usize,
    /// Resamples of the reality check. Default 1,000.
    pub resamples: usize,
    /// Runs of the Monte Carlo. Default 2,000.
    pub monte_carlo: usize,
    /// Cuts of the proof that nothing looks ahead. Default 10.
    pub cuts: usize,
    /// Indicators of the program, for the robustness' simplicity; absent when unknown.
    pub indicators: Option<u32>,
    /// Whether to look at the sealed span. Every look is spent: whoever calls counts them.
    pub open_seal: bool,
    /// Go on after a failure that decides.
    pub everything: bool,
    /// End at the first stage that refuses, whichever it is: for a pipeline in which most fail and every refusal is final.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_refusal: bool,
    /// Only these stages, in this order (those they need besides are made, but not judged); absent: all.
    pub only: Option<Vec<super::StageName>>,
}

fn usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ValidatePlan {
    /// The documented validation of a divided time.
    pub fn new(split: Split, naming: Naming) -> Self {
        Self {
            split,
            naming,
            tested: 1,
            seed: 1,
            thresholds: GateThresholds::default(),
            statistics: StatisticalThresholds::default(),
            limits: Limits::default(),
            score: ScoreWeights::default(),
            robustness: RobustnessWeights::default(),
            windows: WindowPlan::default(),
            permutations: 100,
            permuted: Permuted::OutOfSample,
            permutation_stop: None,
            noisy: 50,
            noise: NoiseOptions::default(),
            candidates: 200,
            blocks: 12,
            resamples: 1_000,
            monte_carlo: 2_000,
            cuts: 10,
            indicators: None,
            open_seal: false,
            everything: false,
            first_refusal: false,
            only: None,
        }
    }
}
