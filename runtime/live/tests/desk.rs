//! A desk against an exchange that loses, doubles, delays and reorders, and that outlives its crashes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

mod exchange;
#[path = "../../engine/tests/support/mod.rs"]
mod support;
mod world;

use sixbtc_engine::Trade;
use support::random::*;
use support::*;
use world::*;

fn plain(cases: &mut [Case]) {
    twin::plain(cases);
    for c in cases {
        c.settings.round_to_lot = true;
    }
}

/// Entries at market: what a simulation fills like an exchange.
fn simple(cases: &mut [Case]) {
    plain(cases);
    twin::at_market(cases);
}

/// Trades without what only one side knows: which bars were ambiguous, and what a gap was due at.
fn facts(trades: &[Trade]) -> Vec<String> {
    let mut trades = trades.to_vec();
    trades.sort_by_key(|t| (t.exit_time, t.symbol, t.lot));
    for t in &mut trades {
        (t.slippage, t.id) = (0.0, 0);
    }
    twin::facts(&trades)
}

fn seeds(default: u64) -> std::ops::Range<u64> {
    let set = |name: &str| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let first = set("DESK_SEED").unwrap_or(0);
    first..first + set("DESK_SEEDS").unwrap_or(default)
}

#[test]
fn without_faults_its_trades_are_those_of_the_simulation() {
    let mut trades = 0;
    for seed in seeds(300) {
        let mut cases = if seed.is_multiple_of(3) {
            portfolio(seed, 60)
        } else {
            vec![random(seed, 60)]
        };
        simple(&mut cases);
        let expected = facts(&twin::simulated(&cases).0);
        let mut world = World::new(&cases, seed, Faults::none());
        world.settings.beyond_room = true;
        world.run_as_simulated();
        let found = facts(&world.trades());
        for (a, b) in expected.iter().zip(&found) {
            assert_eq!(a, b, "seed {seed}");
        }
        assert_eq!(expected.len(), found.len(), "seed {seed}");
        trades += found.len();
    }
    assert!(trades > 100, "{trades}");
}

// the seed is shown when it fails
#[allow(clippy::print_stdout)]
fn faulty(seed: u64, faults: Faults) -> usize {
    let mut cases = if seed.is_multiple_of(3) {
        portfolio(seed, 14)
    } else {
        vec![random(seed, 14)]
    };
    plain(&mut cases);
    println!("seed {seed}");
    let mut world = World::new(&cases, seed, faults);
    world.run();
    world.check();
    world.trades().len()
}

#[test]
fn nothing_is_lost_or_doubled_when_all_is_well() {
    for seed in seeds(100) {
        faulty(seed, Faults::none());
    }
}

#[test]
fn nothing_is_lost_or_doubled_by_a_bad_network() {
    let mut trades = 0;
    for seed in seeds(150) {
        trades += faulty(seed, Faults::network());
    }
    assert!(trades > 50, "{trades}");
}

#[test]
fn nothing_is_lost_or_doubled_by_crashes() {
    for seed in seeds(150) {
        faulty(seed, Faults::crashes());
    }
}

#[test]
fn nothing_is_lost_or_doubled_by_both_at_once() {
    for seed in seeds(150) {
        faulty(seed, Faults::all());
    }
}

/// Not drawn: the process ends at the first, the second … the last command of a whole life.
#[test]
fn a_crash_at_every_single_command() {
    for seed in seeds(4) {
        let count = {
            let mut cases = vec![random(seed, 8)];
            plain(&mut cases);
            let mut world = World::new(&cases, seed, Faults::none());
            world.run();
            world.check();
            world.commands
        };
        for at in 0..count {
            let mut cases = vec![random(seed, 8)];
            plain(&mut cases);
            let mut world = World::new(&cases, seed, Faults::none());
            world.crash_at = Some(at);
            world.run();
            world.check();
        }
    }
}
