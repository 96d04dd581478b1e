//! M: what a sweep of a million points takes beside its data and its results.

use crate::data;
use crate::money::Figures;
use crate::ours::compiled;
use sixbtc_backtest::{BacktestInput, Sweep, SweepInput};
use sixbtc_engine::RunSettings;
use sixbtc_sweep::{Evaluate, Points};
use std::time::Instant;

const M: &str = include_str!("../programs/million.sbt");

/// A figure of `/proc/self/status`, bytes.
fn status(name: &str) -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|l| l.starts_with(name))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024.0)
}

/// Runs the sweep in a process of its own, whose peak is nothing else's.
pub fn measure(quick: bool) {
    let this = std::env::current_exe().unwrap();
    let mut child = std::process::Command::new(this);
    child.arg("--million");
    if quick {
        child.arg("--quick");
    }
    assert!(child.status().unwrap().success());
}

/// The points, made as they are asked for: stop, target, time, leverage.
fn points(quick: bool) -> impl Iterator<Item = [f64; 4]> {
    let (stops, thin) = if quick { (1, 10) } else { (50, 1) };
    (0..stops).flat_map(move |stop| {
        (0..100).step_by(thin).flat_map(move |target| {
            (1..=20).flat_map(move |time| {
                (1..=10).map(move |lever| {
                    [
                        f64::from(10 + stop) / 1000.0,
                        f64::from(20 + target) / 1000.0,
                        f64::from(10 * time),
                        f64::from(lever),
                    ]
                })
            })
        })
    })
}

/// The child: sweeps and prints.
pub fn million(quick: bool) {
    let bars = data::quarters(1, data::QUARTERS);
    let split = compiled(M);
    let settings = RunSettings {
        record_levels: false,
        ..RunSettings::default()
    };
    let figures = Figures::NAMES.map(str::to_owned);
    let run = BacktestInput::new(&*split.whole, &[], &bars, &settings);
    let sweep = Sweep::new(SweepInput::new(&split, run, &figures)).unwrap();
    let count = points(quick).count();
    let mut results = vec![0.0; count * figures.len()];
    let began = Instant::now();
    let mut points = points(quick);
    let mut values = Vec::new();
    for out in results.chunks_mut(sweep.batch() * figures.len()) {
        values.clear();
        values.extend(points.by_ref().take(out.len() / figures.len()).flatten());
        let points = Points {
            values: &values,
            width: 4,
        };
        sweep.evaluate(points, out).unwrap();
    }
    let seconds = began.elapsed().as_secs_f64();
    let megabytes = |bytes: f64| bytes / 1e6;
    let data = (48 * bars[0].len()) as f64;
    let kept = (8 * results.len()) as f64;
    let Some(peak) = status("VmHWM") else {
        println!("M      {count} points; this system does not tell its peak of memory");
        return;
    };
    println!(
        "M      {count} points of {} bars in {seconds:.2} s: peak {:.0} MB, {:.0} MB beside {:.1} MB of data and {:.0} MB of results",
        bars[0].len(),
        megabytes(peak),
        megabytes(peak - data - kept),
        megabytes(data),
        megabytes(kept),
    );
}
