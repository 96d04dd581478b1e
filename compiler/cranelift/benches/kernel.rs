//! Kernels alone: 2,628,000 one-minute bars in blocks of 2,048 rows, and the time to compile.
//!
//! `cargo bench -p sbt-cranelift`. Nanoseconds a bar = 1000 / (million items a second).
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../../native/tests/laws/programs/mod.rs"]
mod programs;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use programs::{NAMES, Walk, large, program};
use sbt_cranelift::compile;
use sixbtc_abi::{Kernel, Outputs};
use std::sync::OnceLock;

const ROWS: usize = 2_628_000;
const BLOCK: usize = 2048;

fn walk() -> &'static Walk {
    static WALK: OnceLock<Walk> = OnceLock::new();
    WALK.get_or_init(|| Walk::new(ROWS))
}

#[divan::bench(args = NAMES, sample_count = 7, sample_size = 1)]
fn signal(bencher: Bencher, name: &str) {
    let kernel = compile(&program(name)).unwrap();
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

/// One bar at a time, as live.
#[divan::bench(sample_count = 7)]
fn step(bencher: Bencher) {
    let kernel = compile(&program("w2")).unwrap();
    let constants = kernel.bind(&[]).unwrap();
    let input = walk().input();
    let mut out = Outputs::new(kernel.manifest(), 1);
    let mut state = kernel.new_state(&constants);
    let mut row = 0;
    bencher.bench_local(|| {
        kernel
            .run(&input, &[], row..row + 1, &constants, &mut state, &mut out)
            .unwrap();
        row += 1;
    });
}

#[divan::bench(args = [20, 100, 300])]
fn compile_nodes(bencher: Bencher, nodes: usize) {
    let program = large(nodes);
    bencher.bench_local(|| compile(&program).unwrap());
}

#[divan::bench]
fn bind(bencher: Bencher) {
    let kernel = compile(&large(100)).unwrap();
    bencher.bench_local(|| kernel.bind(&[]).unwrap());
}

fn main() {
    divan::main();
}
