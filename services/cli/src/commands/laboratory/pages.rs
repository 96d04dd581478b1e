//! From results to the inputs of the report's pages.

use super::validate::sentence;
use super::walkforward::scheme;
use super::{Prepared, shown};
use sixbtc_engine::{EquityCurve, MetricKind, Metrics};
use sixbtc_judgement::monte_carlo::MonteCarlo;
use sixbtc_judgement::pipeline::gates::{Comparison, Gate as Answer, Unit, Verdict, Weight};
use sixbtc_lab::validate::StageName as S;
use sixbtc_lab::validate::{Outcome, Permuted, Stage};
use sixbtc_lab::{Fitted, Span, Validation, WalkForward, WindowPlan};
use sixbtc_report::data::{EquityCurve as Curve, Fact, Metric, MetricKind as Kind};
use sixbtc_report::lab::{
    self, Axis, ChosenValue, DataDescription, Deflated, Distribution, Fan, FigureColumn, Gate,
    GateVerdict, Judgement, Objective, Overfitting, Part, Permutation, Stress, Stretch,
    StretchKind, Sweep, ValidationPage, WalkForwardPage, Window, WindowFigure,
};

/// The page of a walk forward.
pub fn walk_forward(ready: &Prepared, plan: &WindowPlan, walked: &WalkForward) -> WalkForwardPage {
    WalkForwardPage {
        subject: subject(ready, ready.span),
        walk: walk(ready, plan, walked),
    }
}

/// The page of a validation.
pub fn validation(ready: &Prepared, v: &Validation) -> ValidationPage {
    let e = &v.evidence;
    let examined = Span {
        from: v.plan.split.in_sample.from,
        to: v.plan.split.out_of_sample.to,
    };
    let run = e.run.as_ref();
    let absent = |stage: sixbtc_lab::validate::StageName| why(v, stage);
    ValidationPage {
        subject: subject(ready, examined),
        verdict: if v.failed() {
            Judgement::Fail
        } else if v.complete() {
            Judgement::Pass
        } else {
            Judgement::Incomplete
        },
        sentence: sentence(v),
        gates: v.stages.iter().flat_map(gates).collect(),
        timeline: timeline(ready, v),
        curve: part(
            run.map(|r| curve(&r.time(&ready.market.bars), &r.curve)),
            || "The chosen parameters were not run.".into(),
        ),
        initial_equity: ready.settings.capital,
        metrics: run.map_or_else(Vec::new, |r| metrics(&r.metrics)),
        permutations: part(e.order.as_ref().map(|o| {
            vec![Permutation {
                title: match o.permuted {
                    Permuted::OutOfSample => "Bars out-of-sample in other orders",
                    Permuted::Refit => "Bars in-sample in other orders, parameters chosen anew",
                }
                .into(),
                figure: v.objective.clone(),
                kind: Kind::Ratio,
                values: o.figures.clone(),
                real: o.result.observed,
                p_value: o.result.p,
                interval: Some((o.result.low, o.result.high)),
                about: "Gaps and shapes of the bars are put into random orders: all returns stay, what goes is what comes after what.".into(),
            }]
        }), || absent(S::Permutation)),
        monte_carlo: part(
            e.resampled.as_ref().map(|r| {
                vec![
                    fan(&r.shuffled, "The same trades in other orders"),
                    fan(&r.drawn, "As many trades drawn with replacement"),
                ]
            }),
            || absent(S::MonteCarlo),
        ),
        drawdown: Part::Absent("Its percentiles stand among the gates.".into()),
        costs: part(e.costly.as_ref().map(|c| Stress {
            figure: "total_return".into(),
            kind: Kind::Fraction,
            labels: std::iter::once("as set".to_owned())
                .chain(c.raised.iter().map(|r| r.0.clone()))
                .collect(),
            values: std::iter::once(c.base.total_return)
                .chain(c.raised.iter().map(|r| r.1.total_return))
                .collect(),
            limit: v.plan.limits.min_return_costly,
            about: "The same decisions at higher costs.".into(),
        }), || absent(S::Costs)),
        delay: part(e.late.as_ref().map(|l| Stress {
            figure: v.objective.clone(),
            kind: Kind::Ratio,
            labels: std::iter::once("at once".to_owned())
                .chain(l.decay.steps.iter().map(|s| format!("{} bars late", s.strength)))
                .collect(),
            values: std::iter::once(l.decay.base)
                .chain(l.decay.steps.iter().map(|s| s.figure))
                .collect(),
            limit: l.decay.base * v.plan.limits.min_kept_late,
            about: "Every decision to enter is taken some bars later.".into(),
        }), || absent(S::Delay)),
        noise: part(e.noise.as_ref().map(|n| Distribution {
            figure: v.objective.clone(),
            kind: Kind::Ratio,
            less_is_better: false,
            values: n.figures.clone(),
            real: n.sensitivity.base,
            limit: n.sensitivity.least,
            about: "Every price moves by a tenth of the average true range.".into(),
        }), || absent(S::Noise)),
        overfitting: part(
            e.choosing
                .as_ref()
                .and_then(|c| c.overfitting.as_ref())
                .map(|o| Overfitting {
                    probability: o.pbo,
                    logits: o.splits.iter().map(|s| s.logit).collect(),
                    figure: "sharpe".into(),
                    kind: Kind::Ratio,
                    in_sample: o.splits.iter().map(|s| s.inside).collect(),
                    out_of_sample: o.splits.iter().map(|s| s.outside).collect(),
                    blocks: o.blocks as u64,
                    points: o.candidates as u64,
                    about: "Sharpe ratios a bar of the candidate that was best on one half of the blocks.".into(),
                }),
            || absent(S::Overfitting),
        ),
        deflated: part(e.sharpe.as_ref().map(|s| Deflated {
            sharpe: s.examined.sharpe,
            trials: v.trials.points.max(1),
            effective_trials: s.effective.map_or(f64::NAN, |t| t.independent().count),
            variance: s.examined.trials_variance,
            expected_max: s.examined.expected_best,
            observations: s.examined.samples as u64,
            skewness: s.examined.skew,
            kurtosis: s.examined.kurtosis,
            probability: s.examined.deflated,
            about: "Over the examined time, in-sample and out-of-sample.".into(),
        }), || absent(S::Sharpe)),
        walk_forward: part(
            e.walk_forward
                .as_ref()
                .map(|w| walk(ready, &v.plan.windows, w)),
            || absent(S::WalkForward),
        ),
        plateau: part(
            e.fitted
                .as_ref()
                .filter(|f| f.table.len() > 1)
                .map(|f| sweep(ready, v, f)),
            || "There was nothing to choose from.".into(),
        ),
    }
}

fn part<T>(there: Option<T>, why: impl FnOnce() -> String) -> Part<T> {
    there.map_or_else(|| Part::Absent(why()), Part::Shown)
}

/// Why a stage has nothing to show.
fn why(v: &Validation, stage: sixbtc_lab::validate::StageName) -> String {
    match v.stage(stage).map(|s| &s.outcome) {
        Some(Outcome::NotRun(why)) => format!("Not run: {why}."),
        Some(Outcome::NotApplicable(why)) => format!("Not applicable: {why}."),
        _ => "There is no figure; its gate says why.".into(),
    }
}

fn subject(ready: &Prepared, span: Span) -> lab::Subject {
    let m = ready.manifest();
    let rows = |b: &sixbtc_market::Bars| b.rows(Some(span.from), Some(span.to)).len() as u64;
    let bars = &ready.market.bars;
    let mut settings = Vec::new();
    if let Ok(serde_json::Value::Object(all)) = serde_json::to_value(&ready.settings) {
        settings = all
            .iter()
            .map(|(name, value)| Fact {
                name: name.clone(),
                value: match value {
                    serde_json::Value::String(s) => s.clone(),
                    serde_json::Value::Null => "not set".into(),
                    other => other.to_string(),
                },
            })
            .collect();
    }
    lab::Subject {
        title: m.title.clone(),
        strategy: m.name.clone(),
        source: ready.source.clone(),
        data: DataDescription {
            symbols: bars.iter().map(|b| b.symbol.clone()).collect(),
            timeframe: ready.clock.to_string(),
            timeframe_ms: ready.clock.ms(),
            bars: bars.iter().map(rows).sum(),
            span: Some(lab::Span {
                from: span.from,
                to: span.to,
            }),
            hash: ready.market.hashes.join("\n"),
            note: String::new(),
        },
        currency: "USDC".into(),
        settings,
        warnings: ready.remarks.clone(),
        hash: ready.hash.clone(),
        compiler: sbt_driver::VERSION.into(),
    }
}

fn kind(of: MetricKind) -> Kind {
    match of {
        MetricKind::Fraction => Kind::Fraction,
        MetricKind::Ratio => Kind::Ratio,
        MetricKind::Money => Kind::Money,
        MetricKind::Count => Kind::Count,
        MetricKind::Bars => Kind::Bars,
    }
}

fn metrics(m: &Metrics) -> Vec<Metric> {
    m.list()
        .into_iter()
        .map(|m| Metric {
            name: m.name.into(),
            value: Some(m.value).filter(|v| !v.is_nan()),
            kind: kind(m.kind),
            about: m.about.into(),
        })
        .collect()
}

fn curve(time: &[i64], of: &EquityCurve) -> Curve {
    Curve {
        time: time.to_vec(),
        equity: of.equity(),
    }
}

fn span(s: Span) -> lab::Span {
    lab::Span {
        from: s.from,
        to: s.to,
    }
}

/// The figures that windows are compared by.
const FIGURES: [(&str, Kind); 4] = [
    ("annual_return", Kind::Fraction),
    ("sharpe", Kind::Ratio),
    ("max_drawdown", Kind::Fraction),
    ("trades", Kind::Count),
];

fn walk(ready: &Prepared, plan: &WindowPlan, walked: &WalkForward) -> lab::WalkForward {
    let figures = |m: &Metrics| {
        FIGURES
            .iter()
            .map(|(name, _)| m.get(name).unwrap_or(f64::NAN))
            .collect()
    };
    let windows = walked
        .windows
        .iter()
        .map(|w| Window {
            train: span(w.window.in_sample),
            test: span(w.window.test),
            params: ready
                .specs()
                .iter()
                .zip(&w.params)
                .map(|(s, v)| ChosenValue {
                    value: *v,
                    shown: shown(s, *v),
                })
                .collect(),
            in_sample: figures(&w.in_sample),
            out_of_sample: figures(&w.test),
            efficiency: w.efficiency,
            note: String::new(),
        })
        .collect();
    lab::WalkForward {
        scheme: scheme(plan, walked, ready.clock),
        objective: walked.objective.clone(),
        params: ready.specs().iter().map(|s| s.name.clone()).collect(),
        figures: FIGURES
            .iter()
            .map(|(name, kind)| WindowFigure {
                name: (*name).into(),
                kind: *kind,
            })
            .collect(),
        judged_by: 0,
        windows,
        initial_equity: walked.stitched.curve.capital(),
        stitched: curve(&walked.stitched.time, &walked.stitched.curve),
        fixed: None,
        metrics: metrics(&walked.metrics),
        efficiency: walked.efficiency,
    }
}

fn gates(stage: &Stage) -> Vec<Gate> {
    let name = stage.stage.name().replace('_', " ");
    match &stage.outcome {
        Outcome::Run => stage.gates.0.iter().map(|g| gate(&name, g)).collect(),
        Outcome::NotRun(why) | Outcome::NotApplicable(why) => vec![Gate {
            name: name.clone(),
            stage: name,
            value: f64::NAN,
            threshold: f64::NAN,
            verdict: GateVerdict::NotRun,
            distance: f64::NAN,
            sentence: why.clone(),
            ..Gate::default()
        }],
    }
}

fn gate(stage: &str, g: &Answer) -> Gate {
    let figure = g.name.rsplit('.').next().unwrap_or(&g.name);
    Gate {
        stage: stage.to_owned(),
        name: figure.replace('_', " "),
        figure: figure.to_owned(),
        kind: match g.unit {
            Unit::Number => Kind::Ratio,
            Unit::Percent => Kind::Fraction,
            Unit::Count => Kind::Count,
        },
        value: g.figure,
        threshold: g.threshold,
        comparison: match g.comparison {
            Comparison::AtLeast => ">=",
            Comparison::AtMost => "<=",
        }
        .into(),
        verdict: match (g.weight, g.verdict) {
            (Weight::Informing, _) => GateVerdict::Reported,
            (Weight::Deciding, Verdict::Pass) => GateVerdict::Pass,
            (Weight::Deciding, Verdict::Fail | Verdict::Missing) => GateVerdict::Fail,
        },
        distance: g.relative(),
        sentence: g.explanation.clone(),
    }
}

fn timeline(ready: &Prepared, v: &Validation) -> Vec<Stretch> {
    let split = &v.plan.split;
    let mut all = vec![
        (StretchKind::InSample, split.in_sample, ""),
        (
            StretchKind::Purged,
            Span {
                from: split.in_sample.to,
                to: split.out_of_sample.from,
            },
            "",
        ),
        (StretchKind::OutOfSample, split.out_of_sample, ""),
    ];
    if let Some(sealed) = split.sealed {
        all.push((
            StretchKind::Purged,
            Span {
                from: split.out_of_sample.to,
                to: sealed.from,
            },
            "",
        ));
        let note = if v.plan.open_seal {
            "opened now"
        } else {
            "not opened"
        };
        all.push((StretchKind::Sealed, sealed, note));
    }
    all.into_iter()
        .filter(|(_, s, _)| s.from < s.to)
        .map(|(kind, s, note)| Stretch {
            kind,
            span: span(s),
            bars: s.bars(ready.clock) as u64,
            note: note.into(),
        })
        .collect()
}

fn fan(m: &MonteCarlo, title: &str) -> Fan {
    let band = |of: fn(&sixbtc_judgement::monte_carlo::FanStep) -> f64| -> Vec<f64> {
        m.fan.iter().map(of).collect()
    };
    Fan {
        title: title.into(),
        step: "trades".into(),
        at: m.fan.iter().map(|s| s.trades as u64).collect(),
        probabilities: vec![0.05, 0.25, 0.5, 0.75, 0.95],
        bands: vec![
            band(|s| s.p05),
            band(|s| s.p25),
            band(|s| s.p50),
            band(|s| s.p75),
            band(|s| s.p95),
        ],
        real: band(|s| s.real),
        runs: m.runs as u64,
        about: format!(
            "Drawdown: {} in the median, {} in one of twenty; {} of the runs lose.",
            Unit::Percent.write(m.max_drawdown.p50),
            Unit::Percent.write(m.max_drawdown.p95),
            Unit::Percent.write(m.loss)
        ),
    }
}

/// The choice as a sweep: the axes hold the values that were tried.
fn sweep(ready: &Prepared, v: &Validation, f: &Fitted) -> Sweep {
    let specs = ready.specs();
    let (mut axes, mut places, mut grid) = (Vec::new(), Vec::<Vec<u32>>::new(), Vec::new());
    for (i, spec) in specs.iter().enumerate() {
        let mut values: Vec<f64> = f.table.points.iter().map(|p| p[i]).collect();
        values.sort_by(f64::total_cmp);
        values.dedup_by(|a, b| a.to_bits() == b.to_bits());
        if values.len() < 2 {
            continue;
        }
        places.push(
            f.table
                .points
                .iter()
                .map(|p| values.partition_point(|x| x.total_cmp(&p[i]).is_lt()) as u32)
                .collect(),
        );
        let named = matches!(
            spec.kind,
            sixbtc_abi::ParamKind::Bool | sixbtc_abi::ParamKind::Choice(_)
        );
        grid.push((values.len(), !named));
        axes.push(Axis {
            name: spec.name.clone(),
            unit: String::new(),
            values: values.iter().map(|x| shown(spec, *x)).collect(),
        });
    }
    let column = |name: &str, kind: Kind, less: bool, values: Vec<f64>| FigureColumn {
        name: name.into(),
        kind,
        less_is_better: less,
        about: String::new(),
        values,
    };
    let figure = |name: &str| f.table.column(name).unwrap_or_default();
    let mut top: Vec<usize> = (0..f.table.len())
        .filter(|r| f.scores[*r].is_finite())
        .collect();
    top.sort_by(|a, b| f.scores[*b].total_cmp(&f.scores[*a]).then(a.cmp(b)));
    top.truncate(10);
    Sweep {
        plateau: crate::commands::plateau::mark(&grid, &places, &f.scores),
        axes,
        places,
        figures: vec![
            column("objective", Kind::Ratio, false, f.scores.clone()),
            column(
                "total_return",
                Kind::Fraction,
                false,
                figure("total_return"),
            ),
            column("max_drawdown", Kind::Fraction, true, figure("max_drawdown")),
            column("trades", Kind::Count, false, figure("trades")),
        ],
        objective: Objective {
            expression: v.objective.clone(),
            figure: 0,
            constraints: Vec::new(),
        },
        top,
        front_figures: vec![1, 2],
        chosen: Some(f.best),
        space: f.table.len() as u64,
        undefined: f.scores.iter().filter(|s| s.is_nan()).count() as u64,
        search: "in-sample".into(),
        elapsed_ms: f64::NAN,
        ns_per_bar_point: f64::NAN,
        ..Sweep::default()
    }
}
