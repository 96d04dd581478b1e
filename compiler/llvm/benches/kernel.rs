//! Kernels alone: 2,628,000 one-minute bars in blocks of 2,048 rows, alone and eight side by side, and the time to compile.
//!
//! `cargo bench -p sbt-llvm --features llvm`. Nanoseconds a bar = 1000 / (million items a second); side by side an item is a
//! bar of one lane.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../../native/tests/laws/programs/mod.rs"]
mod programs;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use programs::{NAMES, Walk, large, program};
use sbt_llvm::compile;
use sixbtc_abi::{Constants, Kernel, Outputs};
use std::sync::OnceLock;

const ROWS: usize = 2_628_000;
const BLOCK: usize = 2048;

fn walk() -> &'static Walk {
    static WALK: OnceLock<Walk> = OnceLock::new();
    WALK.get_or_init(|| Walk::new(ROWS))
}

#[divan::bench(args = NAMES, sample_count = 7, sample_size = 1)]
fn signal(bencher: Bencher, name: &str) {
    let kernel = compile(&program(name), 1).unwrap();
    let constants = kernel.bind(&[]).unwrap();
    let input = walk().input();
    let mut out = Outputs::new(kernel.manifest(), BLOCK);
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let mut state = kernel.new_state(&constants);
        for first in (0..ROWS).step_by(BLOCK) {
            let rows = first..(first + BLOCK).min(ROWS);
            kernel
                .run(&input, &[], rows, &constants, &mut state, &mut out)
                .unwrap();
        }
        black_box(&out);
    });
}

/// Crosses of two averages of whole ticks, of eight pairs of lengths.
#[divan::bench(args = [1, 4, 8], sample_count = 7, sample_size = 1)]
fn crosses(bencher: Bencher, lanes: usize) {
    let kernel = compile(&programs::cross_by_parameters(), lanes).unwrap();
    let constants: Vec<Constants> = (0..lanes)
        .map(|lane| {
            kernel
                .bind(&[5.0 + lane as f64, 105.0 + 5.0 * lane as f64])
                .unwrap()
        })
        .collect();
    let constants: Vec<&Constants> = constants.iter().collect();
    let input = walk().input();
    let mut out: Vec<Outputs> = (0..lanes)
        .map(|_| Outputs::new(kernel.manifest(), BLOCK))
        .collect();
    bencher
        .counter(ItemsCount::new(ROWS * lanes))
        .bench_local(|| {
            let mut state = kernel.new_lane_state(&constants);
            for first in (0..ROWS).step_by(BLOCK) {
                let rows = first..(first + BLOCK).min(ROWS);
                kernel
                    .run_lanes(&input, &[], rows, &constants, &mut state, &mut out)
                    .unwrap();
            }
            black_box(&out);
        });
}

#[divan::bench(args = [20, 100, 300], sample_count = 7)]
fn compile_nodes(bencher: Bencher, nodes: usize) {
    let program = large(nodes);
    bencher.bench_local(|| compile(&program, 1).unwrap());
}

fn main() {
    divan::main();
}
