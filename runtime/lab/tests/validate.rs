//! Whole validations of compiled strategies.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use sixbtc_engine::RunSettings;
use sixbtc_judgement::pipeline::gates::GateThresholds;
use sixbtc_judgement::pipeline::ledger::TrialLedger;
use sixbtc_judgement::pipeline::split::{SplitSettings, split};
use sixbtc_lab::validate::{Outcome, StageName};
use sixbtc_lab::{
    ByRuns, Lengths, Naming, Seeking, Subject, Tried, Unwatched, ValidatePlan, Validation, Watch,
    WindowPlan, prefix_invariance, validate,
};
use sixbtc_market::Timeframe;
use sixbtc_sweep::{Objective, Search, Space};
use std::sync::atomic::{AtomicUsize, Ordering};
use support::study::{FOLLOWER, market};
use support::{CROSS, program};

/// Sixty days in-sample, thirty out-of-sample, ten sealed.
fn judge(text: &str, edge: f64, everything: bool, watch: &dyn Watch) -> Validation {
    let compiled = program(text);
    let market = market(2_400, 60, edge, 0.01, 5);
    let settings = RunSettings {
        max_positions: 1,
        ..RunSettings::default()
    };
    let subject = Subject::new(&*compiled.kernel, &market, &settings);
    let split = split(
        subject.span().unwrap(),
        Timeframe::H1,
        &SplitSettings {
            in_sample_days: 60,
            out_of_sample_days: 30,
            sealed_days: 10,
            ..SplitSettings::default()
        },
    )
    .unwrap();
    let plan = ValidatePlan {
        thresholds: GateThresholds::single_symbol(),
        permutations: 40,
        noisy: 10,
        monte_carlo: 200,
        resamples: 200,
        cuts: 3,
        windows: WindowPlan {
            lengths: Lengths::Count {
                windows: 3,
                ratio: 2.0,
            },
            ..WindowPlan::default()
        },
        everything,
        ..ValidatePlan::new(split, Naming::of(&subject))
    };
    let fit = Seeking {
        tried: Tried::Space(
            Space::grid(&compiled.manifest().params, &[]).unwrap(),
            Search::Grid,
        ),
        objective: Objective::parse("sharpe").unwrap(),
        least_trades: 5,
    };
    validate(
        &subject,
        &plan,
        &fit,
        &ByRuns,
        &TrialLedger::default(),
        watch,
    )
    .unwrap()
}

#[test]
fn every_stage_answers() {
    let v = judge(FOLLOWER, 0.006, true, &Unwatched);
    let names: Vec<StageName> = v.stages.iter().map(|s| s.stage).collect();
    assert_eq!(names, StageName::ALL);
    for stage in &v.stages {
        match stage.stage {
            StageName::Sealed => assert!(matches!(stage.outcome, Outcome::NotRun(_))),
            _ => {
                assert_eq!(stage.outcome, Outcome::Run, "{stage:?}");
                assert!(!stage.gates.0.is_empty());
            }
        }
        for gate in &stage.gates.0 {
            assert!(!gate.explanation.is_empty());
            assert_eq!(gate.passes(), gate.distance >= 0.0, "{gate:?}");
        }
    }
    assert!(v.complete() && !v.interrupted);
    let e = &v.evidence;
    assert_eq!(e.order.as_ref().unwrap().figures.len(), 40);
    assert_eq!(e.noise.as_ref().unwrap().figures.len(), 10);
    assert_eq!(e.walk_forward.as_ref().unwrap().windows.len(), 3);
    assert_eq!(e.look_ahead.as_ref().unwrap()[0].breach, None);
    // the sweep and the refits
    assert_eq!(v.made.len(), 2);
    assert_eq!((v.made[0].points, v.made[1].points), (5, 15));
    assert_eq!(v.trials.points, 5);
    // nothing sealed was read
    let sealed = v.plan.split.sealed.unwrap();
    let read = e
        .walk_forward
        .as_ref()
        .unwrap()
        .stitched
        .time
        .last()
        .copied();
    assert!(read.unwrap() < sealed.from);
}

#[test]
fn a_refusal_that_decides_ends_it_and_the_rest_is_listed() {
    let v = judge(CROSS, 0.0, false, &Unwatched);
    assert!(v.failed() && !v.complete() && !v.passed());
    let failed = v
        .stages
        .iter()
        .position(sixbtc_lab::validate::Stage::failed)
        .unwrap();
    assert!(v.stages[failed].stage.ends());
    assert_eq!(v.stages.len(), StageName::ALL.len());
    for later in &v.stages[failed + 1..] {
        assert!(matches!(&later.outcome, Outcome::NotRun(why) if why.contains("failed")));
    }
}

#[test]
fn threads_change_nothing() {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let v = judge(FOLLOWER, 0.003, true, &Unwatched);
            format!("{:?} {:?} {:?}", v.stages, v.evidence, v.made)
        })
    };
    let one = with(1);
    assert!(one == with(5), "another number of threads gave other bits");
}

/// Stops after so many steps.
struct Impatient(AtomicUsize);

impl Watch for Impatient {
    fn advance(&self, _: u64) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    fn stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 30
    }
}

#[test]
fn what_is_finished_when_it_is_stopped_is_kept() {
    let v = judge(FOLLOWER, 0.006, true, &Impatient(AtomicUsize::new(0)));
    assert!(v.interrupted && !v.complete());
    assert_eq!(v.stages[0].outcome, Outcome::Run);
    assert!(matches!(&v.stages[14].outcome, Outcome::NotRun(why) if why == "stopped"));
}

#[test]
fn a_compiled_strategy_knows_nothing_of_the_future() {
    let compiled = program(CROSS);
    let (market, settings) = (support::market(600, 2), RunSettings::default());
    let subject = Subject::new(&*compiled.kernel, &market, &settings);
    let found = prefix_invariance(&subject, &subject.defaults(), 10, 1, &Unwatched).unwrap();
    assert_eq!((found[0].runs, found[0].breach), (30, None));
}
