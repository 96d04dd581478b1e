//! Strategies generated and validated a minute, on as many threads as there are cores, without a store.
//!
//! `cargo bench -p sixbtc-validator --bench throughput`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use sixbtc_core::model::{NewStrategy, Side, StrategyType};
use sixbtc_generator::{Ask, Draw, PandasTa, Screen, Source, examine as screen};
use sixbtc_market::Timeframe;
use sixbtc_validator::{FixedBars, Limits, examine};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use uuid::Uuid;

/// Turns of the source; some of them make nothing.
const TURNS: u64 = 600;

fn row(
    turn: u64,
    candidate: sixbtc_generator::Candidate,
    side: Side,
    kind: StrategyType,
) -> NewStrategy {
    NewStrategy {
        id: Uuid::from_u128(u128::from(turn)),
        name: candidate.name,
        sentence: candidate.sentence,
        source: candidate.recipe.source,
        bred: false,
        kind,
        side,
        timeframe: "30m".into(),
        symbols: Vec::new(),
        recipe: candidate.recipe.to_json(),
        text: candidate.text,
        normal_hash: candidate.normal_hash,
        behaviour_hash: String::new(),
        parents: Vec::new(),
    }
}

fn main() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (source, fixed, limits) = (PandasTa::default(), FixedBars::default(), Limits::default());
    let screened = Screen::over(210.0, Timeframe::M30.ms(), 80.0);
    let [next, made, passed, making, examining] = [const { AtomicU64::new(0) }; 5];
    let start = Instant::now();
    std::thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    if turn >= TURNS {
                        return;
                    }
                    let side = source.sides()[turn as usize % source.sides().len()];
                    let ask = Ask {
                        timeframe: Timeframe::M30,
                        side,
                        regime: None,
                        parents: &[],
                    };
                    let begun = Instant::now();
                    let mut draw = Draw::new(7, source.name().as_str(), turn, 0);
                    let draft = source.draw(&ask, &mut draw);
                    let candidate = draft.ok().and_then(|d| screen(&d, &screened).ok());
                    making.fetch_add(begun.elapsed().as_micros() as u64, Ordering::Relaxed);
                    let Some(candidate) = candidate else { continue };
                    made.fetch_add(1, Ordering::Relaxed);
                    let kind = candidate.kind;
                    let begun = Instant::now();
                    let found = examine(&row(turn, candidate, side, kind), &limits, &fixed);
                    examining.fetch_add(begun.elapsed().as_micros() as u64, Ordering::Relaxed);
                    passed.fetch_add(u64::from(found.refused().is_none()), Ordering::Relaxed);
                }
            });
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    let [made, passed, making, examining] =
        [made, passed, making, examining].map(|a| a.load(Ordering::Relaxed));
    println!(
        "{TURNS} turns, {made} strategies made, {passed} validated, on {threads} threads in {seconds:.1} s: {:.0} a minute",
        made as f64 * 60.0 / seconds
    );
    println!(
        "a turn takes {:.1} ms to make and screen, a strategy {:.1} ms to validate",
        making as f64 / 1e3 / TURNS as f64,
        examining as f64 / 1e3 / made.max(1) as f64
    );
}
