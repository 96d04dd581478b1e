//! `fuzz-programs --n 100000 [--first 0] [--threads 2] [--minutes 30] [--seed 7]`: random programs against all laws.
//!
//! Prints statistics and stops at the first program that breaks a law, with its seed and a smaller one that breaks it too.
//! `fuzz-programs FILE` prints the intermediate form of one program and what becomes of it.
//! `--seed` prints one program and what becomes of it.
#![allow(clippy::print_stdout)]

use sixbtc_tests::campaign::{Campaign, Statistics, examined};
use sixbtc_tests::dice::Dice;
use sixbtc_tests::programs::program;
use sixbtc_tests::properties::Rows;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn option(name: &str) -> Option<u64> {
    let args: Vec<String> = std::env::args().collect();
    let at = args.iter().position(|a| a == name)?;
    args.get(at + 1)?.parse().ok()
}

fn main() -> ExitCode {
    let rows = Rows::default();
    let args: Vec<String> = std::env::args().collect();
    if let [_, file] = args.as_slice()
        && let Ok(text) = std::fs::read_to_string(file)
    {
        if let Some(strategy) = sixbtc_tests::properties::checked(&text)
            .hir
            .strategies
            .first()
        {
            println!("{}", sbt_ir::lower::strategy(strategy));
        }
        println!("{:?}", examined(&text, 0, rows));
        return ExitCode::SUCCESS;
    }
    if let Some(seed) = option("--seed") {
        let text = program(&mut Dice::new(seed));
        println!("{text}");
        return match examined(&text, seed, rows) {
            Ok(reached) => {
                println!("{reached:?}");
                ExitCode::SUCCESS
            }
            Err(difference) => {
                println!("{difference}");
                ExitCode::FAILURE
            }
        };
    }
    let count = option("--n").unwrap_or(10_000);
    let first = option("--first").unwrap_or(0);
    let threads = option("--threads").unwrap_or(2).max(1);
    let end = Instant::now() + Duration::from_secs(60 * option("--minutes").unwrap_or(24 * 60));
    let began = Instant::now();
    let stop = AtomicBool::new(false);
    let mut statistics = Statistics::default();
    let mut failures = Vec::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|k| {
                let stop = &stop;
                let share = count / threads + u64::from(k < count % threads);
                let campaign = Campaign {
                    first: first + k,
                    step: threads,
                    count: share,
                    rows,
                };
                scope.spawn(move || {
                    let mut told = Instant::now();
                    let done = campaign.run(|s| {
                        if k == 0 && told.elapsed().as_secs() >= 60 {
                            told = Instant::now();
                            println!(
                                "{:>6.0} s  worker 0: {} programs, {} traded",
                                began.elapsed().as_secs_f64(),
                                s.generated,
                                s.traded
                            );
                        }
                        !stop.load(Ordering::Relaxed) && Instant::now() < end
                    });
                    if done.1.is_some() {
                        stop.store(true, Ordering::Relaxed);
                    }
                    done
                })
            })
            .collect();
        for worker in workers {
            if let Ok((found, failure)) = worker.join() {
                statistics.merge(found);
                failures.extend(failure);
            }
        }
    });
    println!("{statistics}in {:.0} s", began.elapsed().as_secs_f64());
    let Some(failure) = failures.first() else {
        println!("no difference");
        return ExitCode::SUCCESS;
    };
    println!(
        "seed {}: {}\n{}",
        failure.seed, failure.difference, failure.text
    );
    println!("smaller:\n{}", failure.smallest(rows));
    ExitCode::FAILURE
}
