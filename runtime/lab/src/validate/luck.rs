//! Whether the result is more than luck: the Sharpe ratio as the best of all trials, and bars in other orders.

use super::bench::{Bench, returns};
use super::plan::Permuted;
use super::stage::{Asked, Stage, StageName};
use crate::error::LabError;
use crate::subject::{Span, Subject};
use rayon::prelude::*;
use sixbtc_judgement::JudgementError;
use sixbtc_judgement::permutation::{
    PermutationResult, SequentialTest, Shuffler, Verdict, p_value,
};
use sixbtc_judgement::pipeline::gates::Unit;
use sixbtc_judgement::pipeline::tightening::{PermutationEvidence, StatisticalGate, TrackRecord};
use sixbtc_judgement::sharpe::{
    EffectiveTrials, IndependentTrials, SharpeJudgement, estimate, judge,
};
use sixbtc_market::{Bars, Ticks};

/// How sure Sharpe ratios are.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct SharpeEvidence {
    /// Out-of-sample, where nothing was chosen.
    pub out_of_sample: SharpeJudgement,
    /// Over the examined time, as the best of all trials made on this data.
    pub examined: SharpeJudgement,
    /// The same as the best of the sweep's trials, counted as many as they would be if they were independent; absent unless
    /// the stage of the choice was run before.
    pub effective: Option<EffectiveTrials>,
}

pub(super) fn sharpe(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let name = StageName::Sharpe;
    let point = bench.point()?;
    let trials = bench.trials();
    let outside = bench.plan.split.out_of_sample;
    let outside = bench.subject.run_with(&point, outside, &bench.quiet())?;
    let examined = returns(&bench.run()?.curve);
    let least = bench.plan.limits.min_sharpe_probability;
    let probabilistic = Asked::at_least(
        name,
        "probabilistic",
        "the probability that the Sharpe ratio out-of-sample is above 0",
        Unit::Percent,
    );
    let allowed = trials.trials(examined.len() as u64);
    let all = IndependentTrials {
        count: allowed.count as f64,
        variance: allowed.variance,
    };
    let judged = estimate(&returns(&outside.curve)).and_then(|o| {
        Ok((
            judge(o, IndependentTrials::ONE),
            judge(estimate(&examined)?, all),
        ))
    });
    let gates = match judged {
        Err(e) => vec![
            probabilistic.judge(f64::NAN, least, &e.to_string()),
            bench.statistical(StatisticalGate::DeflatedSharpe, ""),
            bench.statistical(StatisticalGate::TrackRecord, ""),
        ],
        Ok((outside, examined)) => {
            bench.evidence.sharpe = Some(SharpeEvidence {
                out_of_sample: outside,
                examined,
                effective: None,
            });
            let known = |x: f64| (!x.is_nan()).then_some(x);
            let found = &mut bench.evidence.statistics;
            found.deflated_sharpe = known(examined.deflated);
            found.trials = allowed.count;
            found.track_record = examined.track_record_needed.map(|needed| TrackRecord {
                bars: examined.samples,
                needed,
            });
            let year = bench.root_of_year;
            let meaning = format!(
                "{:.2} a year over the examined time; the best to expect of trials whose ratios deviate by {:.2} is {:.2}",
                examined.sharpe * year,
                allowed.variance.sqrt() * year,
                examined.expected_best * year,
            );
            let ratio = format!(
                "{:.2} a year over {:.0} bars",
                outside.sharpe * year,
                outside.samples
            );
            let record = examined.track_record_needed.map_or_else(
                || "a ratio that is not above 0 never becomes significant".to_owned(),
                |needed| {
                    format!(
                        "{:.0} bars examined, {needed:.0} needed to be 95 % sure",
                        examined.samples
                    )
                },
            );
            vec![
                probabilistic.judge(outside.probabilistic, least, &ratio),
                bench.statistical(StatisticalGate::DeflatedSharpe, &meaning),
                bench.statistical(StatisticalGate::TrackRecord, &record),
            ]
        }
    };
    Ok(Stage::run(name, gates))
}

/// The objective beside what it is when bars come in other orders.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LuckOfOrder {
    /// What was repeated.
    pub permuted: Permuted,
    /// The objective on each permutation, in their order. A run without trades counts as 0.
    pub figures: Vec<f64>,
    /// The judgement.
    pub result: PermutationResult,
    /// Whether permuting ended early because the answer was clear; `result.p` is then the sequential test's.
    pub stopped_early: bool,
}

/// Permutations between two looks of a test that may stop early. Fixed, so that the answer does not depend on threads.
const BATCH: usize = 25;

pub(super) fn permutation(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let name = StageName::Permutation;
    let point = bench.point()?;
    let span = match bench.plan.permuted {
        Permuted::OutOfSample => bench.plan.split.out_of_sample,
        Permuted::Refit => bench.plan.split.in_sample,
    };
    let gate = match judged(bench, &point, span)? {
        Err(e) => bench.statistical(StatisticalGate::Permutation, &e.to_string()),
        Ok(found) => {
            let r = &found.result;
            let meaning = format!(
                "{} of {} other orders of the bars did at least as well ({} {:.3}, theirs {:.3} in the mean)",
                r.as_good,
                r.permutations,
                bench.fit.objective(),
                r.observed,
                r.without_edge.mean
            );
            bench.evidence.statistics.permutation = Some(PermutationEvidence {
                p: r.p,
                permutations: r.permutations as u64,
                tested: bench.plan.tested,
            });
            bench.evidence.order = Some(found);
            bench.statistical(StatisticalGate::Permutation, &meaning)
        }
    };
    Ok(Stage::run(name, vec![gate]))
}

/// The outer error ends the validation, the inner one leaves the gate without a figure.
fn judged(
    bench: &Bench<'_>,
    point: &[f64],
    span: Span,
) -> Result<Result<LuckOfOrder, JudgementError>, LabError> {
    let plan = bench.plan;
    let whole = bench.coarse();
    // nothing that lies after the span may take part in the orders of its bars, and of what lies before it no more is read
    // than the program needs to settle
    let warmup = whole.kernel.bind(point)?.warmup;
    let known: Vec<Bars> = whole
        .market
        .bars
        .iter()
        .map(|b| {
            let rows = b.rows(Some(span.from), Some(span.to));
            b.slice(rows.start.saturating_sub(warmup)..rows.end)
        })
        .collect();
    let market = &whole.market.like(known.clone());
    let subject = whole.over(market);
    let series: Vec<&Bars> = known.iter().collect();
    let ticks: Vec<Ticks> = market.specs.iter().map(|s| Ticks::new(s.tick)).collect();
    let shuffler = match Shuffler::new(&series, &ticks, Some(span.from)) {
        Ok(shuffler) => shuffler,
        Err(e) => return Ok(Err(e)),
    };
    let settings = bench.quiet();
    let worth = |over: &Subject<'_>| -> Result<f64, LabError> {
        let figure = match plan.permuted {
            Permuted::OutOfSample => bench.worth(&over.run_with(point, span, &settings)?),
            Permuted::Refit => {
                let evaluator = bench.evaluators.over(over, span)?;
                bench.fit.fit(&*evaluator, &Quietly(bench.watch))?.score()
            }
        };
        // who never trades neither gains nor loses
        Ok(if figure.is_finite() { figure } else { 0.0 })
    };
    let observed = match plan.permuted {
        Permuted::OutOfSample => bench.worth(&subject.run_with(point, span, &settings)?),
        Permuted::Refit => bench
            .evidence
            .fitted
            .as_ref()
            .map_or(f64::NAN, super::super::fit::Fitted::score),
    };
    let stop_at = plan.permutation_stop.unwrap_or(usize::MAX);
    let mut test = match SequentialTest::new(observed, stop_at, plan.permutations) {
        Ok(test) => test,
        Err(e) => return Ok(Err(e)),
    };
    bench
        .watch
        .begin("bars in other orders", plan.permutations as u64);
    let mut figures: Vec<f64> = Vec::with_capacity(plan.permutations);
    let mut decided = None;
    while figures.len() < plan.permutations && decided.is_none() {
        let batch = BATCH.min(plan.permutations - figures.len());
        let first = figures.len() as u64;
        let more = (first..first + batch as u64)
            .into_par_iter()
            .map(|number| {
                if bench.watch.stopped() {
                    return Err(LabError::Stopped);
                }
                let other = market.like(shuffler.permutation(plan.seed, number));
                let figure = worth(&subject.over(&other));
                bench.watch.advance(1);
                figure
            })
            .collect::<Result<Vec<f64>, _>>()?;
        for figure in more {
            figures.push(figure);
            if let Verdict::Decided(p) = test.push(figure) {
                decided = Some(p);
                break;
            }
        }
    }
    Ok(p_value(observed, &figures, 0.95).map(|result| LuckOfOrder {
        permuted: plan.permuted,
        stopped_early: figures.len() < plan.permutations,
        figures,
        result: PermutationResult {
            p: decided.unwrap_or(result.p),
            ..result
        },
    }))
}

/// Passes on the wish to stop, and nothing else: a refit inside a permutation is no progress of its own.
struct Quietly<'w>(&'w dyn crate::watch::Watch);

impl crate::watch::Watch for Quietly<'_> {
    fn stopped(&self) -> bool {
        self.0.stopped()
    }
}
