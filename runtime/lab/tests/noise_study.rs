//! Strategies without skill must not pass; an edge that is there must be found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use sixbtc_judgement::pipeline::ledger::TrialLedger;
use support::study::{FOLLOWER, judged, market, noise_study};

/// The long form: `cargo test -p sixbtc-lab --test noise_study -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes; the short form runs always"]
fn of_two_hundred_strategies_without_skill_at_most_one_in_twenty_passes() {
    let study = noise_study(200, 6_000, 7);
    println!("{study:#?}");
    assert!(study.passed * 20 <= study.strategies);
}

#[test]
fn strategies_without_skill_do_not_pass() {
    let study = noise_study(24, 2_000, 1);
    println!("{study:#?}");
    assert_eq!(study.strategies, 24);
    assert!(study.passed * 20 <= study.strategies, "{study:#?}");
    // all of them could be told by the one who counts
    assert!(study.deflated.iter().all(|d| d.is_nan() || *d < 0.95));
}

#[test]
fn an_edge_that_is_there_is_found() {
    // two tenths of a percent a bar for 60 bars, then as much down, in noise of one percent a bar
    let found = judged(
        FOLLOWER,
        &market(6_000, 60, 0.002, 0.01, 3),
        &TrialLedger::default(),
        1,
    );
    let told: Vec<String> = found.gates().map(|g| g.explanation.clone()).collect();
    assert!(found.passed(), "{told:#?}");
    let nothing = judged(
        FOLLOWER,
        &market(6_000, 60, 0.0, 0.01, 3),
        &TrialLedger::default(),
        1,
    );
    assert!(!nothing.passed());
}
