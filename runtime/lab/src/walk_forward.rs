//! Walk forward: refit, test on what comes next, move on.
//!
//! Source: Pardo, *The Evaluation and Optimization of Trading Strategies* (2008), chapter 11. In each window a sweep over the
//! in-sample span chooses the parameters, and a run over the test span, warmed up by the history before it, says what they
//! were worth. The test runs are stitched to one curve: each begins with the equity that the one before ended with. What is
//! held at the end of a test is closed there, at the last close, because the next refit may choose other parameters.

use crate::error::LabError;
use crate::fit::Fit;
use crate::stability::{Stability, stability};
use crate::stitch::Stitched;
use crate::subject::{Span, Subject};
use crate::trials::{a_bar, sharpes as sharpes_of};
use crate::watch::Watch;
use crate::windows::{Window, WindowPlan};
use sixbtc_engine::{Metrics, RunSettings};
use sixbtc_judgement::pipeline::ledger::{Moments, Tally};
use sixbtc_sweep::Evaluate;

/// Makes the evaluation of points over a span.
pub trait Evaluators: Sync {
    /// Over a span.
    ///
    /// # Errors
    /// Whatever stands against it.
    fn over<'s>(
        &'s self,
        subject: &Subject<'s>,
        span: Span,
    ) -> Result<Box<dyn Evaluate + 's>, LabError>;
}

/// One window with what happened in it.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowResult {
    /// Where.
    pub window: Window,
    /// The parameters chosen, in the order of the manifest.
    pub params: Vec<f64>,
    /// Points evaluated to choose them.
    pub points: usize,
    /// What the objective says of them in-sample.
    pub objective_in: f64,
    /// What it says of the test.
    pub objective_out: f64,
    /// Figures in-sample.
    pub in_sample: Metrics,
    /// Figures of the test.
    pub test: Metrics,
    /// Annual return of the test / annual return in-sample; NaN when the latter is not above 0.
    pub efficiency: f64,
}

/// A walk forward.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkForward {
    /// What was maximised.
    pub objective: String,
    /// The windows, in the order of time.
    pub windows: Vec<WindowResult>,
    /// The tests as one run.
    pub stitched: Stitched,
    /// Figures of the stitched run; the deflated Sharpe allows for all points of all refits.
    pub metrics: Metrics,
    /// One a parameter of the strategy.
    pub stability: Vec<Stability>,
    /// Mean annual return of the tests / mean annual return in-sample (Pardo's walk-forward efficiency); NaN when the latter
    /// is not above 0.
    pub efficiency: f64,
    /// Tests with a profit / tests.
    pub profitable: f64,
    /// Points evaluated in all refits: what a ledger of trials must count.
    pub trials: Tally,
    /// Their Sharpe ratios a bar, window by window; NaN where there is none.
    pub sharpes: Vec<f64>,
}

/// Walks forward over a span.
///
/// # Errors
/// [`LabError::TooShort`] when no window fits, [`LabError::Stopped`], and what runs refuse.
pub fn walk_forward(
    subject: &Subject<'_>,
    span: Span,
    plan: &WindowPlan,
    fit: &dyn Fit,
    evaluators: &dyn Evaluators,
    watch: &dyn Watch,
) -> Result<WalkForward, LabError> {
    let clock = subject.clock()?;
    let windows = plan.cut(span, clock)?;
    watch.begin("walk forward", fit.effort() * windows.len() as u64);
    let mut settings = RunSettings {
        record_levels: false,
        ..subject.settings.clone()
    };
    let mut stitched = Stitched::new(settings.capital);
    let mut results: Vec<WindowResult> = Vec::with_capacity(windows.len());
    let mut sharpes = Vec::new();
    let root = subject.root_of_year()?;
    for window in windows {
        let evaluator = evaluators.over(subject, window.in_sample)?;
        let fitted = fit.fit(&*evaluator, watch)?;
        drop(evaluator);
        sharpes.extend(sharpes_of(&fitted));
        let params = fitted.point().to_vec();
        let in_sample = subject.run(&params, window.in_sample)?.metrics;
        // with nothing left there is nothing to trade with: the account stays as it is
        settings.capital = stitched.curve.last().max(f64::MIN_POSITIVE);
        let run = subject.run_with(&params, window.test, &settings)?;
        stitched.append(&run, &subject.market.bars);
        results.push(WindowResult {
            window,
            points: fitted.table.len(),
            objective_in: fitted.score(),
            objective_out: fit.score(&|name| run.metrics.get(name).unwrap_or(f64::NAN)),
            efficiency: quotient(run.metrics.annual_return, in_sample.annual_return),
            in_sample,
            test: run.metrics,
            params,
        });
    }
    let sharpes = a_bar(&sharpes, root);
    let trials = Tally {
        runs: results.len() as u64,
        points: sharpes.len() as u64,
        sharpe: Moments::of(sharpes.iter().copied()),
    };
    let bars = stitched.curve.len() as u64;
    let mean = |of: &dyn Fn(&WindowResult) -> f64| {
        results.iter().map(of).sum::<f64>() / results.len() as f64
    };
    Ok(WalkForward {
        objective: fit.objective(),
        metrics: stitched.metrics(clock, trials.trials(bars)),
        stability: steadiness(subject, &results),
        efficiency: quotient(
            mean(&|w| w.test.annual_return),
            mean(&|w| w.in_sample.annual_return),
        ),
        profitable: mean(&|w| f64::from(u8::from(w.test.total_return > 0.0))),
        windows: results,
        stitched,
        trials,
        sharpes,
    })
}

fn steadiness(subject: &Subject<'_>, windows: &[WindowResult]) -> Vec<Stability> {
    let params = &subject.kernel.manifest().params;
    params
        .iter()
        .enumerate()
        .map(|(i, spec)| {
            let choices: Vec<f64> = windows
                .iter()
                .filter_map(|w| w.params.get(i).copied())
                .collect();
            let ends = spec
                .values
                .iter()
                .copied()
                .fold(spec.range, |(lo, hi), v| (lo.min(v), hi.max(v)));
            stability(&spec.name, &choices, ends)
        })
        .collect()
}

/// `a / b`; NaN when `b` is not above 0.
pub(crate) fn quotient(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { f64::NAN }
}
