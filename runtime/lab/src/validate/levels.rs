//! The pipeline's own stages: look-ahead, levels in and out of sample, score, robustness, walk forward, the sealed span.

use super::bench::Bench;
use super::stage::{Asked, Stage, StageName};
use crate::error::LabError;
use crate::prefix::prefix_invariance;
use crate::subject::Span;
use crate::walk_forward::walk_forward as walk;
use sixbtc_judgement::pipeline::gates::{self, Gates, Unit};
use sixbtc_judgement::pipeline::score::{self as scores, ScoreFigures};
use sixbtc_judgement::pipeline::tightening::StatisticalGate;

pub(super) fn look_ahead(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let name = StageName::LookAhead;
    if bench.subject.kernel.manifest().portfolio.is_some() {
        return Ok(Stage::not_applicable(
            name,
            "a portfolio's symbols cannot be cut one at a time",
        ));
    }
    let point = bench.subject.defaults();
    let found = prefix_invariance(
        &bench.subject,
        &point,
        bench.plan.cuts,
        bench.plan.seed,
        bench.watch,
    )?;
    let changed: Vec<_> = found.iter().filter_map(|f| Some((f, f.breach?))).collect();
    let runs: usize = found.iter().map(|f| f.runs).sum();
    let meaning = changed.first().map_or_else(
        || format!("{runs} runs with other futures, every decision before the cut is the same to the bit"),
        |(f, b)| format!("{}: a decision on bar {} changed with bars after {}", f.symbol, b.row, b.cut),
    );
    let asked = Asked::at_most(
        name,
        "changed",
        "the number of symbols whose decisions change with later bars",
        Unit::Count,
    );
    let gate = asked.judge(changed.len() as f64, 0.0, &meaning);
    bench.evidence.look_ahead = Some(found);
    Ok(Stage::run(name, vec![gate]))
}

pub(super) fn in_sample(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let examination = bench.examination()?;
    let Gates(all) = gates::in_sample(&examination.in_sample, bench.clock, &bench.plan.thresholds);
    Ok(Stage::run(StageName::InSample, all))
}

pub(super) fn out_of_sample(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let examination = bench.examination()?;
    let Gates(all) = gates::out_of_sample(&examination, bench.clock, &bench.plan.thresholds);
    Ok(Stage::run(StageName::OutOfSample, all))
}

pub(super) fn score(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let examination = bench.examination()?;
    let thresholds = &bench.plan.thresholds;
    let figures = ScoreFigures::of(&examination, thresholds.sharpe);
    let score = scores::score(&figures, &bench.plan.score);
    bench.evidence.score = Some(score);
    Ok(Stage::run(
        StageName::Score,
        vec![gates::score(score, thresholds)],
    ))
}

pub(super) fn robustness(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let examination = bench.examination()?;
    let thresholds = &bench.plan.thresholds;
    let robustness = scores::robustness(
        &examination,
        bench.plan.indicators.unwrap_or(1),
        thresholds.sharpe,
        &bench.plan.robustness,
    );
    bench.evidence.robustness = Some(robustness);
    Ok(Stage::run(
        StageName::Robustness,
        vec![gates::robustness(robustness, thresholds)],
    ))
}

pub(super) fn walk_forward(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let name = StageName::WalkForward;
    // the choice is made first, whatever stages are asked for: its trials come first
    bench.fitted()?;
    let span = Span {
        from: bench.subject.span()?.from,
        to: bench.examined().to,
    };
    let walked = match walk(
        &bench.subject,
        span,
        &bench.plan.windows,
        bench.fit,
        bench.evaluators,
        bench.watch,
    ) {
        Ok(walked) => walked,
        Err(e @ LabError::TooShort { .. }) => return Ok(Stage::not_run(name, e.to_string())),
        Err(e) => return Err(e),
    };
    let record = bench.plan.naming.walk(&bench.subject, span, &walked);
    bench.made.push(record);
    let n = walked.windows.len();
    let known = |x: f64| (!x.is_nan()).then_some(x);
    bench.evidence.statistics.walk_forward_efficiency = known(walked.efficiency);
    bench.evidence.statistics.profitable_folds = known(walked.profitable);
    let gates = vec![
        Asked::at_least(
            name,
            "total_return",
            "the return of the stitched tests",
            Unit::Percent,
        )
        .judge(
            walked.metrics.total_return,
            0.0,
            &format!("{n} refits, each tested on what came next"),
        ),
        bench.statistical(StatisticalGate::WalkForwardEfficiency, ""),
        bench.statistical(StatisticalGate::ProfitableFolds, &format!("{n} tests")),
    ];
    bench.evidence.walk_forward = Some(walked);
    Ok(Stage::run(name, gates))
}

pub(super) fn sealed(bench: &mut Bench<'_>) -> Result<Stage, LabError> {
    let name = StageName::Sealed;
    let Some(span) = bench.plan.split.sealed else {
        return Ok(Stage::not_applicable(name, "no span was kept sealed"));
    };
    if !bench.plan.open_seal {
        return Ok(Stage::not_run(name, "the seal is opened only when asked"));
    }
    let point = bench.point()?;
    let (figures, _) = bench.figures(&point, span)?;
    let Gates(all) = gates::sealed(&figures, bench.clock, &bench.plan.thresholds);
    bench.evidence.sealed = Some(figures);
    Ok(Stage::run(name, all))
}
