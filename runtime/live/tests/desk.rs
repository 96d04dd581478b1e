//! A desk against an exchange that loses, doubles, delays and reorders, and that outlives its crashes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

mod exchange;
#[path = "../../engine/tests/support/mod.rs"]
mod support;
mod world;

use sixbtc_abi::*;
use sixbtc_engine::{Engine, FillAt, SymbolSetup, Trade};
use sixbtc_market::Timeframe;
use support::random::*;
use support::*;
use world::*;

fn plain(cases: &mut [Case]) {
    for c in cases.iter_mut() {
        c.funding = None;
        c.finer = None;
        c.settings.fill = FillAt::NextOpen;
        c.settings.liquidation = false;
        c.settings.funding = false;
        c.settings.round_prices = true;
        c.settings.round_to_lot = true;
        c.settings.record_levels = false;
    }
    let settings = cases[0].settings.clone();
    for c in cases {
        c.settings = settings.clone();
    }
}

/// Entries at market that are left whole: what a simulation fills like an exchange.
fn simple(cases: &mut [Case]) {
    plain(cases);
    for c in cases {
        for entry in &mut c.kernel.manifest.plan.entries {
            entry.order = EntryOrder::Market;
            for target in &mut entry.bracket.targets {
                target.closing = None;
            }
        }
    }
}

fn simulated(cases: &[Case]) -> Vec<Trade> {
    let constants = Constants {
        scalars: cases[0].scalars.clone(),
        ..Constants::default()
    };
    let setups: Vec<SymbolSetup<'_>> = cases.iter().map(setup).collect();
    let settings = &cases[0].settings;
    let mut engine = Engine::new(
        &cases[0].kernel,
        &constants,
        settings,
        Timeframe::H1,
        &setups,
    )
    .unwrap();
    let mut states = vec![State::default(); cases.len()];
    let all: Vec<Columns> = cases.iter().map(|c| columns(&c.rows)).collect();
    let blocks: Vec<_> = (0..cases.len())
        .map(|s| all[s].block(s, 0..cases[s].rows.len(), &cases[s].values))
        .collect();
    engine.advance(&mut states, &blocks).unwrap();
    let mut trades = engine.finish().trades;
    trades.retain(|t| t.exit_reason != ExitReason::EndOfData);
    trades
}

/// Trades without what only one side knows: which bars were ambiguous, and what a gap was due at.
fn facts(trades: &[Trade]) -> Vec<String> {
    let mut trades = trades.to_vec();
    trades.sort_by_key(|t| (t.exit_time, t.symbol, t.lot));
    let plain = |t: &Trade| Trade {
        ambiguous: false,
        slippage: 0.0,
        id: 0,
        ..*t
    };
    trades.iter().map(|t| format!("{:?}", plain(t))).collect()
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
        let expected = facts(&simulated(&cases));
        let mut world = World::new(&cases, seed, Faults::none());
        world.run_as_simulated();
        let found = facts(&world.trades());
        assert_eq!(expected.len(), found.len(), "seed {seed}");
        for (a, b) in expected.iter().zip(&found) {
            assert_eq!(a, b, "seed {seed}");
        }
        trades += found.len();
    }
    assert!(trades > 100, "{trades}");
}

fn faulty(seed: u64, faults: Faults) -> usize {
    let mut cases = if seed.is_multiple_of(3) {
        portfolio(seed, 14)
    } else {
        vec![random(seed, 14)]
    };
    plain(&mut cases);
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
