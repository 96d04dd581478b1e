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
    // who judges by the best point is fooled often, who counts the trials at most as often as one in twenty
    let fooled = study.deflated.iter().filter(|d| **d >= 0.95).count();
    assert!(fooled * 20 <= study.strategies, "{study:#?}");
    assert!(study.naive > 4 * fooled, "{study:#?}");
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
