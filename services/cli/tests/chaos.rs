//! Services are killed at random while the factory works; afterwards the store must tell one story.
//!
//! Ten kills on each database here. More with `SIXBTC_CHAOS_KILLS=200`, from another place with `SIXBTC_CHAOS_SEED`, on a
//! database of one's own with `SIXBTC_CHAOS_DATABASE=postgres://…`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "factory/farm.rs"]
mod farm;

use farm::Farm;
use sixbtc_core::model::Status;
use std::time::{Duration, Instant};

/// Every service that changes something, those that share work twice.
const SERVICES: [&str; 10] = [
    "generator",
    "validator",
    "validator",
    "backtester",
    "backtester",
    "rotator",
    "executor",
    "monitor",
    "scheduler",
    "metrics",
];

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |v| v.parse().unwrap())
}

/// A small generator of chance: `SplitMix64` (Steele, Lea and Flood 2014).
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

fn torment(url: &str, seed: u64) {
    let kills = number("SIXBTC_CHAOS_KILLS", 10);
    let mut chance = Chance(seed);
    let mut farm = Farm::new(url);
    for service in SERVICES {
        farm.start(service);
    }
    // the kills fall among work: not before there is any
    farm.wait_until("something is judged", Duration::from_mins(4), |p| {
        let n = |s| p.counts.get(&s).copied().unwrap_or(0);
        n(Status::Active) + n(Status::Failed) + n(Status::Live) + n(Status::Retired) > 3
    });
    let mut killed = [0u64; SERVICES.len()];
    let began = Instant::now();
    for _ in 0..kills {
        std::thread::sleep(Duration::from_millis(50 + chance.below(700)));
        let victim = chance.below(SERVICES.len() as u64) as usize;
        killed[victim] += 1;
        farm.kill(victim);
        farm.start_again(victim);
    }
    let took = began.elapsed();
    farm.stop_all();
    let story = farm.story();
    println!(
        "{url}: {kills} kills in {:.0} s ({}): {story}",
        took.as_secs_f64(),
        SERVICES
            .iter()
            .zip(killed)
            .filter(|(_, k)| *k > 0)
            .map(|(s, k)| format!("{s} {k}"))
            .collect::<Vec<_>>()
            .join(", "),
    );
    assert_eq!(story.contradictions, Vec::<String>::new());
    assert_eq!(story.stuck, 0, "claims that nobody can take up again");
    assert!(story.events > 0 && story.trials > 0, "{story}");
}

#[test]
fn kills_on_sqlite_lose_and_double_nothing() {
    if std::env::var_os("SIXBTC_CHAOS_DATABASE").is_none() {
        torment("sqlite://sixbtc.db", number("SIXBTC_CHAOS_SEED", 1));
    }
}

#[test]
fn kills_on_postgres_lose_and_double_nothing() {
    let seed = number("SIXBTC_CHAOS_SEED", 2);
    match std::env::var("SIXBTC_CHAOS_DATABASE") {
        Ok(url) => torment(&url, seed),
        Err(_) => {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            // the server lives as long as this does
            let database = runtime.block_on(sixbtc_core::testing::Test::postgres());
            torment(&database.url, seed);
        }
    }
}
