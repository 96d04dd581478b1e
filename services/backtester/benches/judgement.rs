//! Complete judgements: 1,015 points on 30 symbols × 180 days of quarter-hours, every gate asked, no early exit.
//!
//! `cargo bench -p sixbtc-backtester --bench judgement` prints the milliseconds of each stage and the judgements a minute of as
//! many workers as there are cores, each on one thread, as the service runs them. `-- --quick` makes one judgement on a worker,
//! `-- --threads N` says how many workers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../tests/support/mod.rs"]
mod support;

use sixbtc_backtester::{Judged, Prepared, Rules, judge, prepare};
use sixbtc_core::candles::Series;
use sixbtc_core::model::Completion;
use sixbtc_core::settings::Settings;
use sixbtc_judgement::pipeline::ledger::Tally;
use sixbtc_lab::Unwatched;
use sixbtc_market::{SynthOptions, Timeframe, synth};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use uuid::Uuid;

const PROGRAM: &str = "#sbt 1

strategy Try_TRD_0000000f {
  on 15m

  param sl: percent = 2% in 0.5%..30%
  param tp: percent = 5% in 0.5%..1000%
  param hold: bars = 20 in 1..100000
  param lev: float = 3 in 1..40

  enter long when rsi(close, 14) < 35 and close > ema(close, 200) {
    stop sl
    target tp
    exit after hold
  }
  enter short when rsi(close, 14) > 65 and close < ema(close, 200) {
    stop sl
    target tp
    exit after hold
  }

  size risk 2%
  limit leverage lev
}
";

fn market(rules: &Rules) -> Prepared {
    let all: Vec<_> = support::symbols(30)
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let bars = synth(&SynthOptions {
                symbol: name.clone(),
                seed: 100 + i as u64,
                bars: 210 * 96,
                timeframe: Timeframe::M15,
                open_jump: 0.1,
                ..SynthOptions::default()
            });
            (name, Some(Arc::new(Series::of(bars.unwrap()))))
        })
        .collect();
    prepare(&all, Timeframe::M15, None, &support::spec, rules).unwrap()
}

fn judged(prepared: &Prepared, rules: &Rules, number: u128) -> Completion {
    let mut strategy = support::row(PROGRAM, support::symbols(30));
    strategy.made.timeframe = "15m".into();
    strategy.made.id = Uuid::from_u128(number);
    match judge(
        &strategy,
        Ok(prepared),
        rules,
        &Tally::default(),
        &Unwatched,
    ) {
        Judged::Done(found) => *found,
        Judged::Stopped => panic!("stopped"),
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let quick = args.iter().any(|a| a == "--quick");
    let named = args.iter().position(|a| a == "--threads");
    let threads: usize = named
        .and_then(|i| args.get(i + 1)?.parse().ok())
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    // what the factory does by default, but that all is asked of all 1,015 points
    let rules = Rules {
        whole_space: true,
        everything: true,
        history_days: 0,
        ..Rules::of(&Settings::default())
    };
    let prepared = market(&rules);
    let bars: usize = prepared
        .market
        .bars
        .iter()
        .map(sixbtc_market::Bars::len)
        .sum();
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let start = Instant::now();
    let found = one.install(|| judged(&prepared, &rules, 1));
    let took = start.elapsed();
    println!(
        "{bars} bars of 30 symbols, backend {}",
        rules.backend.name()
    );
    for e in &found.events {
        println!(
            "{:>8} ms  {:<24} {}",
            e.took_ms.unwrap_or(0),
            e.stage.as_str(),
            e.what
        );
    }
    println!(
        "one judgement on one thread: {:.2} s, {} gates, {} points in the sweep, {} in the walk forward",
        took.as_secs_f64(),
        found.gates.len(),
        found.trials[0].points,
        found.trials.get(1).map_or(0, |t| t.points)
    );
    if quick {
        return;
    }
    let (rounds, next) = (threads * 3, AtomicUsize::new(0));
    let start = Instant::now();
    std::thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(1)
                    .build()
                    .unwrap();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= rounds {
                        return;
                    }
                    pool.install(|| judged(&prepared, &rules, 2 + n as u128));
                }
            });
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{rounds} judgements by {threads} workers: {seconds:.1} s, {:.1} a minute",
        rounds as f64 * 60.0 / seconds
    );
}
