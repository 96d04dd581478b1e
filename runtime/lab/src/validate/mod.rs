//! The whole judgement of one strategy.
//!
//! The time is divided into in-sample, out-of-sample and a sealed rest. A sweep chooses the parameters in-sample. Then stage
//! after stage asks: does it look ahead, does it reach the pipeline's levels in and out of sample, do its parameters have good
//! neighbours, is its Sharpe ratio more than the best of as many trials shows by luck, does it survive later entries, higher
//! costs, noise on prices, bars in other orders, refits that walk forward. Every stage ends in gates with a figure, a
//! threshold and a sentence.

mod bench;
mod choice;
mod levels;
mod luck;
mod plan;
mod stage;
mod stress;

pub use choice::Choosing;
pub use luck::{LuckOfOrder, SharpeEvidence};
pub use plan::{Limits, Permuted, ValidatePlan};
pub use stage::{Outcome, Stage, StageName};
pub use stress::{Costly, Late, NoiseEvidence, Resampled};

use crate::error::LabError;
use crate::fit::{Fit, Fitted};
use crate::prefix::PrefixFindings;
use crate::subject::{Span, Subject};
use crate::walk_forward::{Evaluators, WalkForward};
use crate::watch::Watch;
use bench::Bench;
use sixbtc_backtest::BacktestResult;
use sixbtc_engine::Metrics;
use sixbtc_judgement::pipeline::gates::{Examination, Figures, Gate};
use sixbtc_judgement::pipeline::ledger::{Tally, TrialLedger, TrialRecord};
use sixbtc_judgement::pipeline::tightening::Evidence as Statistics;
use sixbtc_judgement::plateau::Plateau;

/// A run over a span without its trades and its curve.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanRun {
    /// Identity of the run.
    pub hash: String,
    /// Where.
    pub span: Span,
    /// All figures.
    pub metrics: Metrics,
}

/// What the stages found, for reports. A part is there when its stage was run.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// What the statistical gates were judged by.
    pub statistics: Statistics,
    /// Of the proof that nothing looks ahead.
    pub look_ahead: Option<Vec<PrefixFindings>>,
    /// Of the choice.
    pub fitted: Option<Fitted>,
    /// Figures in and out of sample.
    pub examination: Option<Examination>,
    /// Runs of the chosen parameters in and out of sample, as they stand in a store.
    pub spans: Option<[SpanRun; 2]>,
    /// The chosen parameters over the examined time.
    pub run: Option<BacktestResult>,
    /// The score, 0 to 100.
    pub score: Option<f64>,
    /// The robustness, 0 to 1.
    pub robustness: Option<f64>,
    /// Neighbours of the parameters.
    pub plateau: Option<Plateau>,
    /// Sharpe ratios.
    pub sharpe: Option<SharpeEvidence>,
    /// Resampled trades.
    pub resampled: Option<Resampled>,
    /// Later entries.
    pub late: Option<Late>,
    /// Higher costs.
    pub costly: Option<Costly>,
    /// Noise.
    pub noise: Option<NoiseEvidence>,
    /// The choice itself.
    pub choosing: Option<Choosing>,
    /// Other orders of bars.
    pub order: Option<LuckOfOrder>,
    /// The walk forward.
    pub walk_forward: Option<WalkForward>,
    /// Figures of the sealed span, when it was opened.
    pub sealed: Option<Figures>,
}

/// A judgement.
#[derive(Debug, Clone)]
pub struct Validation {
    /// What was done.
    pub plan: ValidatePlan,
    /// What the choice made as large as possible.
    pub objective: String,
    /// The parameters chosen.
    pub params: Vec<f64>,
    /// The stages, in their order.
    pub stages: Vec<Stage>,
    /// What they found.
    pub evidence: Evidence,
    /// What this validation tried: for the ledger.
    pub made: Vec<TrialRecord>,
    /// All trials that were allowed for: those made before and the sweep's.
    pub trials: Tally,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
}

impl Validation {
    /// Whether a gate refuses.
    pub fn failed(&self) -> bool {
        self.stages.iter().any(Stage::failed)
    }

    /// Whether every stage but the sealed one was run, where it applies.
    pub fn complete(&self) -> bool {
        self.stages
            .iter()
            .all(|s| !matches!(s.outcome, Outcome::NotRun(_)) || s.stage == StageName::Sealed)
    }

    /// Whether every gate lets it through.
    pub fn passed(&self) -> bool {
        !self.failed() && self.complete()
    }

    /// A stage.
    pub fn stage(&self, name: StageName) -> Option<&Stage> {
        self.stages.iter().find(|s| s.stage == name)
    }

    /// All gates in their order.
    pub fn gates(&self) -> impl Iterator<Item = &Gate> {
        self.stages.iter().flat_map(|s| &s.gates.0)
    }
}

/// Judges a strategy. `before` are the trials already made: all of the market's count, but for walk forwards of this very
/// program, which test a choice and are none.
///
/// # Errors
/// What makes the judgement impossible: parameters without an admissible point, data without bars, a kernel that refuses. A
/// stop by the watch is no error: what is finished is returned.
pub fn validate(
    subject: &Subject<'_>,
    plan: &ValidatePlan,
    fit: &dyn Fit,
    evaluators: &dyn Evaluators,
    before: &TrialLedger,
    watch: &dyn Watch,
) -> Result<Validation, LabError> {
    let mut bench = Bench::new(subject, plan, fit, evaluators, before, watch)?;
    let mut stages: Vec<Stage> = Vec::with_capacity(StageName::ALL.len());
    let (mut ended, mut interrupted): (Option<String>, bool) = (None, false);
    let asked = plan.only.as_deref().unwrap_or(&StageName::ALL);
    for &name in asked {
        if let Some(why) = &ended {
            stages.push(Stage::not_run(name, why.clone()));
            continue;
        }
        watch.stage(name);
        match bench.stage(name) {
            Ok(stage) => {
                let ends = plan.first_refusal || name.ends();
                if stage.failed() && ends && !plan.everything {
                    ended = Some(format!("{} failed", name.name()));
                }
                stages.push(stage);
            }
            Err(LabError::Stopped) => {
                interrupted = true;
                stages.push(Stage::not_run(name, "stopped"));
                ended = Some("stopped".into());
            }
            Err(e) => return Err(e),
        }
    }
    Ok(Validation {
        plan: plan.clone(),
        objective: fit.objective(),
        params: bench
            .evidence
            .fitted
            .as_ref()
            .map_or_else(|| subject.defaults(), |f| f.point().to_vec()),
        stages,
        trials: bench.trials(),
        made: bench.made,
        evidence: bench.evidence,
        interrupted,
    })
}
