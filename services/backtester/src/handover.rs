//! From a judgement to what is handed over to the store: gates with figure and threshold, runs, trials, events, the status.

use crate::prepare::{DataError, Prepared};
use crate::program::by_name;
use crate::rules::{Profile, Rules};
use serde_json::{Value, json};
use sixbtc_abi::ParamSpec;
use sixbtc_core::model::{
    Completion, Figures, Gate, Kind, NewEvent, NewRun, Outcome, Stage, Status, Strategy,
};
use sixbtc_engine::Metrics;
use sixbtc_judgement::pipeline::gates::{Gate as Answer, Weight};
use sixbtc_lab::validate::{Outcome as Ran, StageName};
use sixbtc_lab::{Span, Validation};
use std::fmt::Display;

/// Milliseconds of each stage.
pub type Took = Vec<(StageName, i64)>;

/// What a hand-over is about.
pub struct About<'a> {
    /// The row.
    pub strategy: &'a Strategy,
    /// Its market.
    pub prepared: &'a Prepared,
    /// The rules.
    pub rules: &'a Rules,
    /// Its parameters.
    pub specs: &'a [ParamSpec],
}

/// Which part of the pipeline a stage of the laboratory belongs to.
pub fn part(stage: StageName) -> Stage {
    match stage {
        StageName::LookAhead => Stage::LookAhead,
        StageName::InSample => Stage::InSample,
        StageName::OutOfSample | StageName::Sealed => Stage::OutOfSample,
        StageName::Score => Stage::Score,
        StageName::Robustness
        | StageName::Plateau
        | StageName::MonteCarlo
        | StageName::Delay
        | StageName::Costs
        | StageName::Noise => Stage::Robustness,
        StageName::Sharpe | StageName::Overfitting => Stage::Deflated,
        StageName::Permutation => Stage::Permutation,
        StageName::WalkForward => Stage::WalkForward,
    }
}

/// A word of a reason, labelled when the gates were loosened.
fn reason(word: &str, rules: &Rules) -> String {
    match rules.profile {
        Profile::Honest => word.to_owned(),
        Profile::Demo => format!("{word} (demo)"),
    }
}

fn says(text: &str, rules: &Rules) -> String {
    match rules.profile {
        Profile::Honest => text.to_owned(),
        Profile::Demo => format!("demo gate: {text}"),
    }
}

fn event(
    strategy: &Strategy,
    rules: &Rules,
    stage: Stage,
    what: &str,
    outcome: Outcome,
    took_ms: Option<i64>,
    mut data: Value,
) -> NewEvent {
    if let (Value::Object(fields), Profile::Demo) = (&mut data, rules.profile) {
        fields.insert("profile".into(), rules.profile.name().into());
    }
    NewEvent {
        strategy: Some(strategy.made.id),
        name: strategy.made.name.clone(),
        stage,
        what: what.to_owned(),
        outcome,
        took_ms,
        data,
    }
}

/// A gate's answer as the store keeps it.
fn gate(answer: &Answer, rules: &Rules) -> Gate {
    let text = if answer.weight == Weight::Informing {
        format!("for information: {}", answer.explanation)
    } else {
        answer.explanation.clone()
    };
    Gate {
        name: answer.name.clone(),
        figure: answer.figure.is_finite().then_some(answer.figure),
        threshold: answer.threshold,
        passed: !answer.refuses(),
        says: says(&text, rules),
    }
}

fn refusal(
    strategy: &Strategy,
    rules: &Rules,
    stage: Stage,
    gate: &Gate,
    took: Option<i64>,
) -> NewEvent {
    event(
        strategy,
        rules,
        stage,
        &gate.name,
        Outcome::Refused,
        took,
        json!({ "figure": gate.figure, "threshold": gate.threshold, "says": gate.says }),
    )
}

/// Gates of all stages, an event for each, and the first gate that refused.
fn stages(
    about: &About<'_>,
    v: &Validation,
    took: &Took,
) -> (Vec<Gate>, Vec<NewEvent>, Option<Gate>) {
    let (strategy, rules) = (about.strategy, about.rules);
    let (mut gates, mut events, mut refused) = (Vec::new(), Vec::new(), None::<Gate>);
    for stage in &v.stages {
        let ms = took.iter().find(|t| t.0 == stage.stage).map(|t| t.1);
        let asked: Vec<Gate> = stage.gates.0.iter().map(|g| gate(g, rules)).collect();
        let first = match &stage.outcome {
            Ran::NotRun(_) if refused.is_some() => continue,
            Ran::NotApplicable(why) => {
                let data = json!({ "says": why });
                events.push(event(
                    strategy,
                    rules,
                    part(stage.stage),
                    stage.stage.name(),
                    Outcome::Noted,
                    ms,
                    data,
                ));
                continue;
            }
            // what was not examined does not pass
            Ran::NotRun(why) => {
                let unasked = Gate {
                    name: format!("{}.run", stage.stage.name()),
                    figure: None,
                    threshold: 1.0,
                    passed: false,
                    says: says(why, rules),
                };
                gates.push(unasked.clone());
                Some(unasked)
            }
            Ran::Run => asked.iter().find(|g| !g.passed).cloned(),
        };
        gates.extend(asked);
        events.push(match &first {
            Some(gate) => refusal(strategy, rules, part(stage.stage), gate, ms),
            None => event(
                strategy,
                rules,
                part(stage.stage),
                stage.stage.name(),
                Outcome::Passed,
                ms,
                json!({}),
            ),
        });
        refused = refused.or(first);
    }
    (gates, events, refused)
}

/// Figures by which live trading is judged.
fn figures(m: &Metrics, span: Span) -> Figures {
    let number = |x: f64| if x.is_finite() { x } else { 0.0 };
    Figures {
        trades: number(m.trades) as u64,
        win_rate: number(m.win_rate),
        expectancy: number(m.reference_expectancy),
        sharpe: number(m.sharpe),
        max_drawdown: number(m.max_drawdown),
        total_return: number(m.total_return),
        days: span.days(),
    }
}

fn metrics(m: &Metrics, rules: &Rules) -> Value {
    let all = m.list();
    let mut fields: serde_json::Map<String, Value> = all
        .iter()
        .map(|m| (m.name.to_owned(), Value::from(m.value)))
        .collect();
    if rules.profile == Profile::Demo {
        fields.insert("profile".into(), rules.profile.name().into());
    }
    fields.into()
}

impl About<'_> {
    fn run(&self, kind: Kind, hash: &str, span: Span, params: &Value, m: &Metrics) -> NewRun {
        NewRun {
            hash: hash.to_owned(),
            kind,
            from: span.from,
            to: span.to,
            params: params.clone(),
            dataset: self.prepared.dataset.clone(),
            figures: figures(m, span),
            metrics: metrics(m, self.rules),
        }
    }

    fn examined(&self) -> Span {
        Span {
            from: self.prepared.split.in_sample.from,
            to: self.prepared.split.out_of_sample.to,
        }
    }
}

/// A judged strategy: ACTIVE, when the pool has room for it, or FAILED.
pub fn judged(about: &About<'_>, v: &Validation, took: &Took) -> Completion {
    let (strategy, rules) = (about.strategy, about.rules);
    let (gates, mut events, refused) = stages(about, v, took);
    let params = by_name(about.specs, &v.params);
    let e = &v.evidence;
    let mut runs = Vec::new();
    if let Some([inside, outside]) = &e.spans {
        for (kind, run) in [(Kind::InSample, inside), (Kind::OutOfSample, outside)] {
            runs.push(about.run(kind, &run.hash, run.span, &params, &run.metrics));
        }
    }
    let examined = about.examined();
    if let Some(run) = &e.run {
        runs.push(about.run(
            Kind::Examined,
            &run.run.hash,
            examined,
            &params,
            &run.metrics,
        ));
    }
    if let (Some(walked), Some(record)) = (&e.walk_forward, v.made.get(1)) {
        let windows = &walked.windows;
        let span = Span {
            from: windows
                .first()
                .map_or(examined.from, |w| w.window.test.from),
            to: windows.last().map_or(examined.to, |w| w.window.test.to),
        };
        runs.push(about.run(
            Kind::WalkForward,
            &record.run,
            span,
            &params,
            &walked.metrics,
        ));
    }
    let sweep = json!({
        "points": v.made.first().map_or(0, |r| r.points),
        "params": params,
        "trials": v.trials.points,
        "symbols": about.prepared.market.bars.len(),
        "left_out": about.prepared.left_out,
        "dataset": about.prepared.dataset,
    });
    events.insert(
        0,
        event(
            strategy,
            rules,
            Stage::Sweep,
            "sweep",
            Outcome::Passed,
            None,
            sweep,
        ),
    );
    let all: i64 = took.iter().map(|t| t.1).sum();
    if refused.is_none() {
        let data = json!({ "score": e.score, "robustness": e.robustness });
        events.push(event(
            strategy,
            rules,
            Stage::Pool,
            "qualified",
            Outcome::Passed,
            Some(all),
            data,
        ));
    }
    let passed = refused.is_none();
    Completion {
        status: Some(if passed {
            Status::Active
        } else {
            Status::Failed
        }),
        reason: match (&refused, rules.profile) {
            (Some(gate), _) => Some(reason(&gate.name, rules)),
            (None, Profile::Demo) => Some(reason("qualified", rules)),
            (None, Profile::Honest) => None,
        },
        params: Some(params),
        score: e.score,
        robustness: e.robustness,
        expected: e.run.as_ref().map(|r| figures(&r.metrics, examined)),
        tested: true,
        runs,
        gates,
        trials: v.made.clone(),
        events,
    }
}

/// A tested member of the pool: it stays with a new score, or is RETIRED.
pub fn retested(about: &About<'_>, v: &Validation, took: &Took) -> Completion {
    let (strategy, rules) = (about.strategy, about.rules);
    let (gates, mut events, refused) = stages(about, v, took);
    let params = by_name(about.specs, &v.params);
    let mut runs = Vec::new();
    if let Some(spans) = &v.evidence.spans {
        for run in spans {
            runs.push(about.run(Kind::Retest, &run.hash, run.span, &params, &run.metrics));
        }
    }
    let score = v.evidence.score;
    let word = refused.as_ref().map(|gate| {
        if gate.name == "pool.score" {
            "score_below_min"
        } else {
            "retest_failed"
        }
    });
    let all: i64 = took.iter().map(|t| t.1).sum();
    let (outcome, data) = match &refused {
        None => (Outcome::Passed, json!({ "score": score })),
        Some(g) => (
            Outcome::Refused,
            json!({ "gate": g.name, "figure": g.figure, "threshold": g.threshold, "says": g.says }),
        ),
    };
    for e in &mut events {
        e.stage = Stage::Retest;
    }
    let what = word.unwrap_or("retested");
    events.push(event(
        strategy,
        rules,
        Stage::Retest,
        what,
        outcome,
        Some(all),
        data,
    ));
    Completion {
        status: word.map(|_| Status::Retired),
        reason: word.map(|w| reason(w, rules)),
        score,
        tested: true,
        runs,
        gates,
        trials: v.made.clone(),
        events,
        ..Completion::default()
    }
}

/// A test that could not be made: the member stays as it is, but its date moves, so that others have their turn.
pub fn not_retested(strategy: &Strategy, why: &dyn Display, rules: &Rules) -> Completion {
    let data = json!({ "says": why.to_string() });
    Completion {
        tested: true,
        events: vec![event(
            strategy,
            rules,
            Stage::Retest,
            "not_possible",
            Outcome::Error,
            None,
            data,
        )],
        ..Completion::default()
    }
}

/// A strategy that cannot be judged for want of data.
pub fn without_data(strategy: &Strategy, why: &DataError, rules: &Rules) -> Completion {
    let (name, figure, threshold) = why.figures();
    failed(
        strategy,
        Gate {
            name: name.to_owned(),
            figure: Some(figure),
            threshold,
            passed: false,
            says: says(&why.to_string(), rules),
        },
        Stage::Sweep,
        rules,
    )
}

/// A strategy that no judgement is possible of: its program, its space or its runs refuse.
pub fn impossible(strategy: &Strategy, why: &dyn Display, rules: &Rules) -> Completion {
    failed(
        strategy,
        Gate {
            name: "sweep.possible".to_owned(),
            figure: Some(0.0),
            threshold: 1.0,
            passed: false,
            says: says(&why.to_string(), rules),
        },
        Stage::Sweep,
        rules,
    )
}

fn failed(strategy: &Strategy, gate: Gate, stage: Stage, rules: &Rules) -> Completion {
    Completion {
        status: Some(Status::Failed),
        reason: Some(reason(&gate.name, rules)),
        tested: true,
        events: vec![refusal(strategy, rules, stage, &gate, None)],
        gates: vec![gate],
        ..Completion::default()
    }
}
