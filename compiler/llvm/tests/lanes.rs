//! Several parameter points side by side: the same bits as each by itself.
#![cfg(feature = "llvm")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sbt_ir::InterpKernel;
use sbt_ir::testing::{Bars, Rng, Size, random_bars, random_module, random_params};
use sbt_opt::schedule;
use sixbtc_abi::{Constants, Kernel, Outputs, run_whole};

/// How many random programs; more with `SIXBTC_FUZZ_N`.
fn cases() -> u64 {
    std::env::var("SIXBTC_FUZZ_N")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(120)
}

fn bits(out: &Outputs) -> (Vec<u64>, Vec<Vec<u64>>) {
    let column = |c: &Vec<f64>| c.iter().map(|x| x.to_bits()).collect();
    (out.flags.clone(), out.values.iter().map(column).collect())
}

/// All rows in blocks that end at these rows.
fn side_by_side(
    kernel: &dyn Kernel,
    bars: &Bars,
    constants: &[&Constants],
    edges: &[usize],
) -> Vec<Outputs> {
    let manifest = kernel.manifest();
    let mut state = kernel.new_lane_state(constants);
    let mut all: Vec<Outputs> = constants
        .iter()
        .map(|_| Outputs::new(manifest, 0))
        .collect();
    let mut first = 0;
    for &end in edges {
        let mut out: Vec<Outputs> = constants
            .iter()
            .map(|_| Outputs::new(manifest, end - first))
            .collect();
        let offset = vec![0; manifest.frames.len()];
        kernel
            .run_lanes(
                &bars.input(),
                &offset,
                first..end,
                constants,
                &mut state,
                &mut out,
            )
            .unwrap();
        for (all, part) in all.iter_mut().zip(out) {
            all.flags.extend(part.flags);
            for (column, part) in all.values.iter_mut().zip(part.values) {
                column.extend(part);
            }
        }
        first = end;
    }
    all
}

fn one(seed: u64, size: &Size, rows: usize, lanes: usize) {
    let mut rng = Rng::new(seed);
    let program = schedule(random_module(&mut rng, size)).unwrap();
    let bars = random_bars(&mut rng, &program.module.frames, rows, size.wild);
    let oracle = InterpKernel::new(program.clone()).unwrap();
    let kernel = sbt_llvm::compile(&program, lanes).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    assert_eq!(kernel.lanes(), lanes);
    let points: Vec<Vec<f64>> = (0..lanes * 4)
        .map(|_| random_params(&mut rng, &program.module))
        .filter(|p| oracle.bind(p).is_ok())
        .take(lanes)
        .collect();
    if points.is_empty() {
        return;
    }
    let points: Vec<&Vec<f64>> = points.iter().cycle().take(lanes).collect();
    let constants: Vec<Constants> = points.iter().map(|p| kernel.bind(p).unwrap()).collect();
    let constants: Vec<&Constants> = constants.iter().collect();
    let wanted: Vec<_> = points
        .iter()
        .map(|p| bits(&run_whole(&oracle, &bars.input(), p).unwrap().1))
        .collect();
    let rows = bars.rows();
    let mut cuts: Vec<usize> = (0..4).map(|_| rng.below(rows)).filter(|c| *c > 0).collect();
    cuts.push(rows);
    cuts.sort_unstable();
    cuts.dedup();
    let steps: Vec<usize> = (1..=rows).collect();
    for edges in [&[rows][..], &cuts, &steps] {
        let got = side_by_side(&kernel, &bars, &constants, edges);
        for (lane, (got, wanted)) in got.iter().zip(&wanted).enumerate() {
            let got = bits(got);
            if got != *wanted {
                let row = (0..rows).find(|&r| {
                    got.0[r] != wanted.0[r]
                        || got.1.iter().zip(&wanted.1).any(|(a, b)| a[r] != b[r])
                });
                let column = (0..got.1.len()).find(|&c| got.1[c] != wanted.1[c]);
                panic!(
                    "seed {seed}, lane {lane} of {lanes}, row {row:?}, column {column:?}, blocks {}:\n{:?}\n{:?}",
                    edges.len(),
                    row.map(|r| got
                        .1
                        .iter()
                        .map(|c| f64::from_bits(c[r]))
                        .collect::<Vec<_>>()),
                    row.map(|r| wanted
                        .1
                        .iter()
                        .map(|c| f64::from_bits(c[r]))
                        .collect::<Vec<_>>()),
                );
            }
        }
    }
}

#[test]
fn random_programs_agree_with_the_interpreter() {
    for seed in 0..cases() {
        let size = Size {
            wild: seed % 3 != 0,
            ..Size::default()
        };
        one(seed, &size, 60, if seed % 2 == 0 { 8 } else { 4 });
    }
}

#[test]
fn small_programs_agree_with_the_interpreter() {
    for seed in 0..cases() {
        let size = Size {
            nodes: 4,
            frames: (seed % 3) as usize,
            length: 5,
            wild: seed % 2 == 0,
            ..Size::default()
        };
        let lanes = if seed % 4 == 0 { 2 } else { 8 };
        one(1_000_000 + seed, &size, 40, lanes);
    }
}

#[test]
fn long_windows_agree_with_the_interpreter() {
    for seed in 0..cases() / 5 {
        let size = Size {
            nodes: 15,
            length: 70,
            wild: seed % 4 == 0,
            ..Size::default()
        };
        one(2_000_000 + seed, &size, 300, 8);
    }
}
