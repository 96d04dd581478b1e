//! The sweeps W3, W3x30 and W4, each beside a plain-Rust program that does the same work on one thread, and M, the memory
//! of a sweep of a million points.
//!
//! `cargo bench -p sixbtc-tests --bench sweeps` checks that both give the same figures, then prints nanoseconds a bar and
//! combination and the ratio. Names of workloads choose among them (`-- w3 w4 m`); `--quick` takes few points and one run,
//! for a look at whether all is well; `--write DIR` writes the bars and our answers for
//! `tests/oracles/vectorbt_sweeps.py`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::float_cmp,
    // what a bound calls must become part of its vectorised loop
    clippy::inline_always,
    missing_docs
)]

mod data;
mod memory;
mod money;
mod ours;
mod touches;
mod w3;
mod w30;
mod w4;
mod write;

use money::{Figures, Market};
use ours::Workload;
use sixbtc_engine::RunSettings;
use std::hint::black_box;
use std::time::Instant;

/// Decisions are allowed from here on: what RSI(14) and EMA(200) take to settle.
const SETTLED: usize = 999;

/// A workload with its bound.
struct Beside<'a> {
    name: &'static str,
    workload: &'a Workload,
    runs: usize,
    bound: &'a dyn Fn() -> Vec<Figures>,
}

/// Options of the command line.
struct Options {
    quick: bool,
    write: Option<std::path::PathBuf>,
    names: Vec<String>,
}

impl Options {
    fn read() -> Self {
        let mut options = Self {
            quick: false,
            write: None,
            names: Vec::new(),
        };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--bench" => {}
                "--quick" => options.quick = true,
                "--write" => options.write = Some(args.next().expect("a directory").into()),
                _ => options.names.push(arg),
            }
        }
        options
    }

    fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|n| n == name)
    }
}

/// Median seconds.
fn median<T>(runs: usize, mut f: impl FnMut() -> T) -> f64 {
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let t = Instant::now();
            black_box(f());
            t.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Equal to 1e-9 of what is large in either; figures that do not exist are equal.
fn near(a: f64, b: f64) -> bool {
    a.is_nan() && b.is_nan() || a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-3)
}

impl Beside<'_> {
    /// The sweep, its bound and the plain runs of some points agree. Returns trades of all points.
    fn agree(&self, plain: usize) -> f64 {
        let ours = self.workload.run();
        let bound = (self.bound)();
        assert_eq!(ours.len(), 7 * bound.len(), "{}: points", self.name);
        for (at, (ours, bound)) in ours.chunks_exact(7).zip(&bound).enumerate() {
            for ((name, &a), b) in Figures::NAMES.iter().zip(ours).zip(bound.all()) {
                assert!(
                    near(a, b),
                    "{}: {name} of point {at}: {a}, by hand {b}\n{ours:?}\n{bound:?}",
                    self.name
                );
            }
        }
        // spread over all, never in step with a parameter
        let step = (bound.len() / plain.max(1)).max(1) | 1;
        for at in (0..bound.len()).step_by(step) {
            let plain = self.workload.plain(at);
            for ((name, a), b) in Figures::NAMES.iter().zip(&ours[7 * at..]).zip(plain) {
                assert!(
                    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
                    "{}: {name} of point {at}: {a}, its plain run {b}",
                    self.name
                );
            }
        }
        bound.iter().map(|f| f.trades).sum()
    }

    /// Prints a line. Returns our nanoseconds a bar and combination.
    fn compare(&self, quick: bool) -> f64 {
        let trades = self.agree(if quick { 8 } else { 100 });
        let runs = if quick { 1 } else { self.runs };
        let work = (self.workload.bars() * self.workload.len()) as f64;
        let ours = median(runs, || self.workload.run());
        let plain = median(runs, || (self.bound)());
        println!(
            "{:<6} {:>7} {:>8} {:>10} {:>10.2} {:>9.2} {:>10.4} {:>10.4} {:>7.2}   {}",
            self.name,
            self.workload.len(),
            self.workload.bars(),
            trades,
            ours * 1e3,
            plain * 1e3,
            ours * 1e9 / work,
            plain * 1e9 / work,
            ours / plain,
            self.workload.sweep().path().name(),
        );
        ours * 1e9 / work
    }
}

fn main() {
    let options = Options::read();
    if options.names.iter().any(|n| n == "--million") {
        memory::million(options.quick);
        return;
    }
    let scale = if options.quick { 5 } else { 1 };
    println!(
        "{:<6} {:>7} {:>8} {:>10} {:>10} {:>9} {:>10} {:>10} {:>7}   orders filled by",
        "", "points", "bars", "trades", "sixbtc ms", "plain ms", "sixbtc ns", "plain ns", "ratio"
    );
    let mut measured = Vec::new();
    let defaults = RunSettings {
        record_levels: false,
        ..RunSettings::default()
    };
    let brackets = ours::brackets();
    if options.wants("w3") {
        let bars = data::quarters(1, data::QUARTERS / scale);
        let w = Workload::new(ours::W3, brackets.clone(), bars, defaults.clone());
        let years = data::years(&w.data[0]);
        let beside = Beside {
            name: "W3",
            workload: &w,
            runs: 51,
            bound: &|| w3::sweep(data::market(&w.data[0]), SETTLED, years),
        };
        measured.push(("w3", beside.compare(options.quick)));
    }
    if options.wants("w3x30") {
        let bars = data::quarters(30, data::QUARTERS / scale);
        let w = Workload::new(ours::W3, brackets, bars, defaults);
        let years = data::years(&w.data[0]);
        let markets: Vec<Market<'_>> = w.data.iter().map(data::market).collect();
        let beside = Beside {
            name: "W3x30",
            workload: &w,
            runs: 5,
            bound: &|| w30::sweep(&markets, SETTLED, years),
        };
        measured.push(("w3x30", beside.compare(options.quick)));
    }
    if options.wants("w4") {
        let bars = vec![data::minutes(data::MINUTES / scale)];
        let (fast, slow) = w4::lengths(if options.quick { 10 } else { 1 });
        let w = Workload::new(ours::W4, ours::pairs(&fast, &slow), bars, ours::as_w1());
        let years = data::years(&w.data[0]);
        let beside = Beside {
            name: "W4",
            workload: &w,
            runs: 5,
            bound: &|| w4::sweep(data::market(&w.data[0]), &fast, &slow, years),
        };
        measured.push(("w4", beside.compare(options.quick)));
    }
    if options.wants("m") {
        memory::measure(options.quick);
    }
    if let Some(dir) = &options.write {
        write::write(dir, &measured);
    }
}
