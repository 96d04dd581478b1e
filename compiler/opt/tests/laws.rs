//! Laws that hold for every module, tried on random ones.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sbt_ir::InterpKernel;
use sbt_ir::testing::{
    Rng, Size, Trace, drive, random_bars, random_drive, random_module, random_params,
};
use sixbtc_abi::KernelError;

/// A module, bars and a way to drive it, from one seed.
fn case(
    seed: u64,
) -> (
    sbt_ir::Module,
    sbt_ir::testing::Bars,
    Vec<f64>,
    sbt_ir::testing::Drive,
) {
    let mut rng = Rng::new(seed);
    let size = Size {
        nodes: 5 + rng.below(40),
        wild: rng.once_in(2),
        ..Size::default()
    };
    let module = random_module(&mut rng, &size);
    let params = random_params(&mut rng, &module);
    let rows = 5 + rng.below(60);
    let wild = rng.once_in(2);
    let bars = random_bars(&mut rng, &module.frames, rows, wild);
    let how = random_drive(&mut rng, rows);
    (module, bars, params, how)
}

fn run(program: sbt_ir::Program, seed: u64, whole: bool) -> Result<Trace, KernelError> {
    let (_, bars, params, mut how) = case(seed);
    if whole {
        how.cuts.clear();
        how.drop_rows = false;
    }
    drive(&InterpKernel::new(program).unwrap(), &bars, &params, &how)
}

#[test]
fn the_cut_into_blocks_does_not_matter() {
    for seed in 0..150 {
        let (module, ..) = case(seed);
        let program = sbt_opt::schedule(module).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let cut = run(program.clone(), seed, false).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let whole = run(program, seed, true).unwrap();
        assert_eq!(cut, whole, "seed {seed}");
    }
}

/// The first seed at which a transformation changes a bit of what a kernel does.
fn keeps_every_bit(
    name: &str,
    seeds: std::ops::Range<u64>,
    transform: impl Fn(sbt_ir::Module) -> sbt_ir::Program,
) {
    for seed in seeds {
        let (module, ..) = case(seed);
        let plain = run(sbt_opt::schedule(module.clone()).unwrap(), seed, false).unwrap();
        let changed = run(transform(module), seed, false).unwrap();
        assert_eq!(plain, changed, "{name}, seed {seed}");
    }
}

#[test]
fn every_pass_keeps_every_bit() {
    for pass in sbt_opt::PASSES {
        keeps_every_bit(pass.0, 0..150, |m| {
            sbt_opt::schedule(sbt_opt::run_pass(pass, &m)).unwrap()
        });
    }
}

#[test]
fn all_passes_together_keep_every_bit() {
    keeps_every_bit("optimise", 0..600, |m| sbt_opt::optimise(m).unwrap());
}

#[test]
fn the_random_cases_say_something() {
    let (mut finite, mut all, mut varying, mut columns) = (0, 0, 0, 0);
    let mut ops = std::collections::BTreeSet::new();
    for seed in 0..150 {
        let (module, ..) = case(seed);
        let program = sbt_opt::schedule(module).unwrap();
        for node in &program.module.nodes {
            let line = format!("{:?}", node.op);
            let end = line
                .find(|c: char| !c.is_alphanumeric())
                .unwrap_or(line.len());
            let detail = line[end..]
                .split(|c: char| !c.is_alphanumeric())
                .find(|w| !w.is_empty())
                .unwrap_or("");
            let detail = if matches!(&line[..end], "Unary" | "Binary" | "Cmp") {
                detail
            } else {
                ""
            };
            ops.insert(format!("{} {detail}", &line[..end]));
        }
        let trace = run(program, seed, true).unwrap();
        let rows = trace.values.len();
        for at in 0..trace.values[0].len() {
            let column: Vec<u64> = trace.values.iter().map(|row| row[at]).collect();
            finite += column
                .iter()
                .filter(|x| f64::from_bits(**x).is_finite())
                .count();
            all += rows;
            columns += 1;
            varying += usize::from(column.iter().any(|x| *x != column[0]));
        }
    }
    assert!(finite * 2 > all, "{finite} of {all} values are finite");
    assert!(varying * 3 > columns, "{varying} of {columns} columns vary");
    // 20 kinds of unary, 12 of binary and 6 of comparison (three of each are rare), and what has memory
    assert!(ops.len() > 50, "{} operations: {ops:?}", ops.len());
}
