//! `sixbtc validate FILE --data D`

use super::walkforward::plan as windows;
use super::{Prepared, books, days, failure, pages, point, seeking, table};
use crate::args::{Format, SplitArgs, ValidateArgs};
use crate::failure::Failure;
use crate::output;
use crate::progress::Progress;
use serde_json::{Value, json};
use sixbtc_judgement::pipeline::gates::{Comparison, Gate, GateThresholds, Verdict, Weight};
use sixbtc_judgement::pipeline::ledger::TrialLedger;
use sixbtc_judgement::pipeline::seal::{Granted, Look, LookBudget};
use sixbtc_judgement::pipeline::split::{Sealing, Split, SplitSettings, split};
use sixbtc_lab::validate::{Outcome, Permuted, Stage, StageName};
use sixbtc_lab::{Books, Naming, Subject, ValidatePlan, Validation, validate};
use std::collections::BTreeSet;
use std::path::Path;

/// Judges a strategy, prints its gates; exit code 1 when one refuses.
pub fn run(args: &ValidateArgs, format: Format) -> Result<u8, Failure> {
    let Some(ready) = Prepared::of(&args.file, &args.data, &args.run)? else {
        return Ok(1);
    };
    let subject = ready.subject();
    let mut naming = Naming::of(&subject);
    if let Some(lineage) = &args.lineage {
        naming.lineage.clone_from(lineage);
    }
    let books = books(&args.ledger, &args.data);
    let ledger = match &books {
        Some(books) => books.trials().map_err(failure)?,
        None => TrialLedger::default(),
    };
    let plan = plan(&ready, args, naming, &ledger)?;
    let fit = seeking(&ready, &args.fit)?;
    let evaluators = ready.evaluators(&args.fit);
    let progress = Progress::start();
    let judge = |plan: &ValidatePlan| {
        validate(&subject, plan, &fit, &*evaluators, &ledger, &progress).map_err(failure)
    };
    let mut found = judge(&plan)?;
    let mut refused = false;
    if args.open_seal && !found.interrupted {
        // a look is spent only on what has come that far
        if found.failed() && !args.all {
            output::note("note: the seal stays closed: a gate refuses already");
        } else {
            match look(&subject, &plan, &found.params, books.as_ref()) {
                Ok(()) => {
                    let opened = judge(&ValidatePlan {
                        only: Some(vec![StageName::Sealed]),
                        open_seal: true,
                        ..plan.clone()
                    })?;
                    found.plan.open_seal = true;
                    found.evidence.sealed = opened.evidence.sealed;
                    found.stages.retain(|s| s.stage != StageName::Sealed);
                    found.stages.extend(opened.stages);
                }
                Err(why) => {
                    refused = true;
                    let sealed = found.stages.iter_mut();
                    for stage in sealed.filter(|s| s.stage == StageName::Sealed) {
                        stage.outcome = Outcome::NotRun(why.to_string());
                    }
                }
            }
        }
    }
    drop(progress);
    if let Some(books) = &books {
        books.enter(&found.made).map_err(failure)?;
    }
    if let Some(path) = &args.report {
        let page = pages::validation(&ready, &found);
        sixbtc_report::lab::write_validation(&page, path)
            .map_err(|e| Failure::outside(e.to_string()))?;
    }
    if format == Format::Json {
        output::json(&as_json(&ready, &found));
    } else {
        show(&ready, &found, args.report.as_deref());
    }
    if found.interrupted {
        return Err(Failure::outside(
            "stopped by Ctrl-C; what was finished is above",
        ));
    }
    Ok(u8::from(found.failed() || refused))
}

fn plan(
    ready: &Prepared,
    args: &ValidateArgs,
    naming: Naming,
    ledger: &TrialLedger,
) -> Result<ValidatePlan, Failure> {
    let split = divided(ready, &args.split)?;
    let programs: BTreeSet<&str> = ledger
        .records()
        .filter(|r| r.lineage == naming.lineage && r.data == naming.data)
        .map(|r| r.program.as_str())
        .chain([ready.hash.as_str()])
        .collect();
    let one = ready.market.bars.len() == 1;
    Ok(ValidatePlan {
        tested: programs.len() as u64,
        seed: args.fit.seed,
        thresholds: if one {
            GateThresholds::single_symbol()
        } else {
            GateThresholds::default()
        },
        windows: windows(&args.windows, ready.clock)?,
        permutations: args.permutations as usize,
        permuted: if args.refit {
            Permuted::Refit
        } else {
            Permuted::OutOfSample
        },
        noisy: args.noisy as usize,
        indicators: Some(ready.indicators),
        everything: args.all,
        ..ValidatePlan::new(split, naming)
    })
}

fn divided(ready: &Prepared, args: &SplitArgs) -> Result<Split, Failure> {
    let settings = SplitSettings {
        in_sample_days: args.in_sample_days,
        out_of_sample_days: args.out_of_sample_days,
        sealed_days: args.sealed_days.max(1),
        sealing: if args.sealed_days == 0 {
            Sealing::Never
        } else {
            Sealing::WhenLongEnough
        },
        whole_history: args.whole_history,
        ..SplitSettings::default()
    };
    split(ready.span, ready.clock, &settings).map_err(|e| Failure::input(e.to_string()))
}

/// Writes the look down before anything sealed is read.
fn look(
    subject: &Subject<'_>,
    plan: &ValidatePlan,
    params: &[f64],
    books: Option<&Books>,
) -> Result<(), Failure> {
    let (Some(span), Some(books)) = (plan.split.sealed, books) else {
        return Err(Failure::input(
            "there is no sealed span to open: the data is too short for one, or --sealed-days is 0",
        ));
    };
    let identity = plan.naming.record(subject, span, &[params.to_vec()], &[]);
    let look = Look {
        run: identity.run,
        lineage: plan.naming.lineage.clone(),
        data: plan.naming.data.clone(),
        span,
    };
    let granted = books.look(look, &LookBudget::default()).map_err(failure)?;
    if let Granted::New { left, .. } = granted {
        output::note(&format!(
            "note: the seal is opened; lineage `{}` has {left} looks left at this span",
            plan.naming.lineage
        ));
    }
    Ok(())
}

/// A verdict in a word.
pub fn word(gate: &Gate) -> &'static str {
    match (gate.verdict, gate.weight) {
        (Verdict::Pass, _) => "pass",
        (_, Weight::Informing) => "note",
        (Verdict::Fail, _) => "FAIL",
        (Verdict::Missing, _) => "MISSING",
    }
}

fn show(ready: &Prepared, v: &Validation, report: Option<&Path>) {
    output::out(&output::bold(&ready.title()));
    output::out(&ready.data_line());
    let split = &v.plan.split;
    let sealed = match split.sealed {
        Some(s) if v.plan.open_seal => format!(", seal opened {}", days(s)),
        Some(s) => format!(", sealed {}", days(s)),
        None => String::new(),
    };
    output::out(&format!(
        "in-sample {}, out-of-sample {}{sealed}",
        days(split.in_sample),
        days(split.out_of_sample)
    ));
    let chosen = point(ready.specs(), &v.params);
    if !chosen.is_empty() {
        output::out(&format!("parameters by largest {}: {chosen}", v.objective));
    }
    output::out(&format!(
        "{} trials on this data, {} of them now\n",
        v.trials.points,
        v.made.first().map_or(0, |r| r.points)
    ));
    let rows = v
        .gates()
        .map(|g| {
            vec![
                word(g).to_owned(),
                g.name.clone(),
                g.unit.write(g.figure),
                match g.comparison {
                    Comparison::AtLeast => "≥",
                    Comparison::AtMost => "≤",
                }
                .to_owned(),
                g.unit.write(g.threshold),
                g.unit.write(g.distance),
            ]
        })
        .collect();
    let head = ["", "gate", "figure", "", "asked", "distance"];
    output::out(&table(&head, rows, 2));
    for line in left_out(v) {
        output::out(&line);
    }
    let refusing: Vec<&Gate> = v.gates().filter(|g| g.refuses()).collect();
    if !refusing.is_empty() {
        output::out("");
        for gate in &refusing {
            output::out(&format!("{}: {}", gate.name, gate.explanation));
        }
    }
    for r in &ready.remarks {
        output::out(&format!("warning: {r}"));
    }
    if let Some(path) = report {
        output::out(&format!("report: {}", path.display()));
    }
    output::out(&format!("\n{}", output::bold(&sentence(v))));
}

/// Stages without gates, those of one reason on one line.
fn left_out(v: &Validation) -> Vec<String> {
    let mut reasons: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for stage in &v.stages {
        let (kind, why) = match &stage.outcome {
            Outcome::Run => continue,
            Outcome::NotRun(why) => ("not run", why.as_str()),
            Outcome::NotApplicable(why) => ("not applicable", why.as_str()),
        };
        let name = stage.stage.name();
        match reasons.iter_mut().find(|r| (r.0, r.1) == (kind, why)) {
            Some(known) => known.2.push(name),
            None => reasons.push((kind, why, vec![name])),
        }
    }
    reasons
        .iter()
        .map(|(kind, why, stages)| format!("{kind}: {} ({why})", stages.join(", ")))
        .collect()
}

/// The verdict in a sentence.
pub fn sentence(v: &Validation) -> String {
    let refusing = v.gates().filter(|g| g.refuses()).count();
    let gates = v.gates().count();
    let not_run = v
        .stages
        .iter()
        .filter(|s| matches!(s.outcome, Outcome::NotRun(_)))
        .filter(|s| s.stage != StageName::Sealed)
        .count();
    match (refusing, not_run) {
        (0, 0) => format!("passes: none of {gates} gates refuses"),
        (0, n) => format!("open: none of {gates} gates refuses, {n} stages were not run"),
        (r, 0) => format!("does not pass: {r} of {gates} gates refuse"),
        (r, n) => format!(
            "does not pass: {r} of {gates} gates refuse, {n} stages were not run (--all runs them)"
        ),
    }
}

fn as_json(ready: &Prepared, v: &Validation) -> Value {
    let e = &v.evidence;
    let params: serde_json::Map<String, Value> = ready
        .specs()
        .iter()
        .zip(&v.params)
        .map(|(s, x)| (s.name.clone(), json!(x)))
        .collect();
    let stages: Vec<&Stage> = v.stages.iter().collect();
    json!({
        "schema": 1,
        "strategy": ready.manifest().name,
        "source": ready.hash,
        "compiler": sbt_driver::VERSION,
        "verdict": if v.failed() { "fail" } else if v.complete() { "pass" } else { "incomplete" },
        "sentence": sentence(v),
        "objective": v.objective,
        "params": params,
        "trials": v.trials,
        "made": v.made,
        "plan": v.plan,
        "stages": stages,
        "evidence": {
            "statistics": e.statistics,
            "look_ahead": e.look_ahead,
            "examination": e.examination,
            "score": e.score,
            "robustness": e.robustness,
            "sharpe": e.sharpe,
            "monte_carlo": e.resampled,
            "delay": e.late,
            "noise": e.noise,
            "overfitting": e.choosing.as_ref().map(|c| json!({
                "candidates": c.rows.len(),
                "reality_check": c.reality,
                "effective_trials": c.effective,
                "pbo": c.overfitting.as_ref().map(|o| o.pbo),
                "probability_of_loss": c.overfitting.as_ref().map(|o| o.probability_of_loss),
                "logits": c.overfitting.as_ref().map(|o| o.logits),
            })),
            "permutation": e.order,
            "costs": e.costly.as_ref().map(|c| c.raised.iter().map(|(what, m)| json!({
                "what": what,
                "metrics": super::json_metrics(m),
            })).collect::<Vec<_>>()),
            "walk_forward": e.walk_forward.as_ref().map(|w| json!({
                "windows": w.windows.len(),
                "efficiency": w.efficiency,
                "profitable": w.profitable,
                "metrics": super::json_metrics(&w.metrics),
            })),
            "sealed": e.sealed,
        },
        "warnings": ready.remarks,
    })
}
