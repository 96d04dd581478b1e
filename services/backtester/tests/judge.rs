//! Whole judgements over synthetic bars: what has an edge passes, what has none fails with figure and threshold.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use sixbtc_backtester::{DataError, Judged, Rules, judge, retest};
use sixbtc_core::model::{Completion, Kind, Outcome, Stage, Status, Strategy};
use sixbtc_core::settings::Settings;
use sixbtc_judgement::pipeline::ledger::{Moments, Tally};
use sixbtc_lab::{Unwatched, Watch};
use support::{FOLLOWER, market, row, symbols};

fn done(judged: Judged) -> Completion {
    match judged {
        Judged::Done(completion) => *completion,
        Judged::Stopped => panic!("stopped"),
    }
}

/// Without what differs from run to run.
fn timeless(mut completion: Completion) -> Completion {
    for event in &mut completion.events {
        event.took_ms = None;
    }
    completion
}

fn follower() -> Strategy {
    row(FOLLOWER, symbols(6))
}

#[test]
fn an_edge_passes_every_gate_into_the_pool() {
    let rules = Rules::default();
    let prepared = market(6, 250, 0.006, &rules);
    let strategy = follower();
    let found = done(judge(
        &strategy,
        Ok(&prepared),
        &rules,
        &Tally::default(),
        &Unwatched,
    ));
    for gate in &found.gates {
        assert!(!gate.says.is_empty());
    }
    let refused: Vec<_> = found.gates.iter().filter(|g| !g.passed).collect();
    assert_eq!(found.status, Some(Status::Active), "{refused:#?}");
    assert_eq!(found.reason, None);
    assert!(found.score.unwrap() >= 40.0 && found.robustness.unwrap() >= 0.8);
    let expected = found.expected.unwrap();
    assert!(expected.trades > 100 && expected.sharpe > 1.0);
    let kinds: Vec<Kind> = found.runs.iter().map(|r| r.kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::InSample,
            Kind::OutOfSample,
            Kind::Examined,
            Kind::WalkForward
        ]
    );
    // the sweep and the refits of the walk forward
    assert_eq!(found.trials.len(), 2);
    assert!(found.trials[0].points > 500 && found.trials[0].sharpe.count() >= 20);
    let folds = Settings::default().backtesting.wfa_validation.folds;
    assert_eq!(
        found.trials[1].points,
        u64::from(folds) * found.trials[0].points
    );
    for name in [
        "pool.score",
        "statistics.deflated_sharpe",
        "statistics.permutation",
        "look_ahead.changed",
    ] {
        assert!(found.gates.iter().any(|g| g.name == name), "{name}");
    }
    let sealed = prepared.split.sealed.unwrap();
    assert!(found.runs.iter().all(|r| r.to <= sealed.from));
    let params = found.params.as_ref().unwrap();
    assert!(params["sl"].as_f64().unwrap() > 0.0);

    // the pool tests it again by the same gates, on the same scale
    let member = Strategy {
        status: Status::Active,
        params: found.params.clone(),
        ..strategy
    };
    let again = done(retest(
        &member,
        Ok(&prepared),
        &rules,
        &Tally::default(),
        &Unwatched,
    ));
    assert_eq!((again.status, again.tested), (None, true));
    assert_eq!(again.score, found.score);
    assert!(again.runs.iter().all(|r| r.kind == Kind::Retest));
    assert_eq!(again.trials[0].points, 1);
}

#[test]
fn noise_fails_with_figure_and_threshold_and_its_trials_are_counted() {
    let rules = Rules::default();
    let prepared = market(6, 250, 0.0, &rules);
    let found = done(judge(
        &follower(),
        Ok(&prepared),
        &rules,
        &Tally::default(),
        &Unwatched,
    ));
    assert_eq!(found.status, Some(Status::Failed));
    let gate = found.gates.iter().find(|g| !g.passed).unwrap();
    assert_eq!(found.reason.as_ref(), Some(&gate.name));
    assert!(gate.figure.is_some() && gate.threshold.is_finite());
    let event = found
        .events
        .iter()
        .find(|e| e.outcome == Outcome::Refused)
        .unwrap();
    assert_eq!(event.data["threshold"].as_f64(), Some(gate.threshold));
    assert_eq!(found.trials.len(), 1);
    assert!(found.trials[0].points > 500);
}

#[test]
fn without_a_sweep_a_program_is_judged_with_its_defaults() {
    let rules = Rules {
        sweeps: false,
        ..Rules::default()
    };
    let prepared = market(6, 250, 0.006, &rules);
    let found = done(judge(
        &follower(),
        Ok(&prepared),
        &rules,
        &Tally::default(),
        &Unwatched,
    ));
    assert!(found.status.is_some() && !found.gates.is_empty());
    assert_eq!(found.trials[0].points, 1);
}

#[test]
fn the_same_inputs_give_the_same_judgement_on_any_number_of_threads() {
    let rules = Rules {
        noisy: 4,
        permutations: 19,
        resamples: 100,
        everything: true,
        ..Rules::default()
    };
    let prepared = market(5, 250, 0.003, &rules);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let judged = || {
            judge(
                &follower(),
                Ok(&prepared),
                &rules,
                &Tally::default(),
                &Unwatched,
            )
        };
        timeless(done(pool.install(judged)))
    };
    assert!(
        on(1) == on(3),
        "another number of threads gave another judgement"
    );
}

#[test]
fn trials_made_before_tighten_the_deflated_gate() {
    let rules = Rules {
        noisy: 2,
        permutations: 19,
        resamples: 100,
        everything: true,
        ..Rules::default()
    };
    let prepared = market(5, 250, 0.003, &rules);
    let deflated = |before: &Tally| {
        let found = done(judge(
            &follower(),
            Ok(&prepared),
            &rules,
            before,
            &Unwatched,
        ));
        let gate = found
            .gates
            .iter()
            .find(|g| g.name == "statistics.deflated_sharpe");
        gate.unwrap().figure.unwrap()
    };
    let many = Tally {
        runs: 1_000,
        points: 5_000_000,
        sharpe: Moments::from_parts(5_000_000, 0.0, 0.01).unwrap(),
    };
    assert!(deflated(&many) < deflated(&Tally::default()));
}

struct Impatient;

impl Watch for Impatient {
    fn stopped(&self) -> bool {
        true
    }
}

#[test]
fn what_is_stopped_hands_nothing_over() {
    let rules = Rules::default();
    let prepared = market(5, 250, 0.0, &rules);
    let stopped = judge(
        &follower(),
        Ok(&prepared),
        &rules,
        &Tally::default(),
        &Impatient,
    );
    assert_eq!(stopped, Judged::Stopped);
}

#[test]
fn a_demonstration_says_so_everywhere() {
    let rules = Rules::default().demo();
    let prepared = market(4, 250, 0.006, &rules);
    let strategy = row(FOLLOWER, symbols(4));
    let found = done(judge(
        &strategy,
        Ok(&prepared),
        &rules,
        &Tally::default(),
        &Unwatched,
    ));
    assert_eq!(found.status, Some(Status::Active), "{:?}", found.reason);
    assert_eq!(found.reason.as_deref(), Some("qualified (demo)"));
    assert!(found.runs.iter().all(|r| r.metrics["profile"] == "demo"));
    assert!(found.events.iter().all(|e| e.data["profile"] == "demo"));
    assert!(
        found
            .gates
            .iter()
            .all(|g| g.says.starts_with("demo gate: "))
    );
}

#[test]
fn a_retest_that_fails_early_moves_its_date() {
    let rules = Rules::default();
    let missing = DataError::None {
        asked: 6,
        clock: sixbtc_market::Timeframe::H1,
    };
    let member = Strategy {
        status: Status::Active,
        ..follower()
    };
    let found = done(retest(
        &member,
        Err(&missing),
        &rules,
        &Tally::default(),
        &Unwatched,
    ));
    assert_eq!((found.status, found.tested), (None, true));
    assert_eq!(found.events[0].stage, Stage::Retest);
    assert_eq!(found.events[0].outcome, Outcome::Error);
    // and one that fails a gate is retired
    let prepared = market(6, 250, 0.0, &rules);
    let found = done(retest(
        &member,
        Ok(&prepared),
        &rules,
        &Tally::default(),
        &Unwatched,
    ));
    assert_eq!((found.status, found.tested), (Some(Status::Retired), true));
    assert!(["retest_failed", "score_below_min"].contains(&found.reason.as_deref().unwrap()));
}

#[test]
fn what_cannot_be_judged_is_refused_with_a_gate() {
    let rules = Rules::default();
    let prepared = market(5, 250, 0.0, &rules);
    let judged = |strategy: &Strategy| {
        done(judge(
            strategy,
            Ok(&prepared),
            &rules,
            &Tally::default(),
            &Unwatched,
        ))
    };
    let mut wrong = follower();
    wrong.made.recipe = serde_json::json!({ "space": { "kind": "unheard_of" } });
    assert_eq!(judged(&wrong).reason.as_deref(), Some("sweep.possible"));
    let broken = judged(&row("strategy", symbols(5)));
    assert_eq!(broken.status, Some(Status::Failed));
    let nothing = DataError::None {
        asked: 1,
        clock: sixbtc_market::Timeframe::H1,
    };
    let found = done(judge(
        &follower(),
        Err(&nothing),
        &rules,
        &Tally::default(),
        &Unwatched,
    ));
    assert_eq!(found.gates[0].name, "data.symbols");
}
