//! Compiled kernels against the interpreter, bit for bit, on random programs.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::{compile, compile_baseline};
use sbt_ir::InterpKernel;
use sbt_ir::testing::{
    Drive, Rng, Size, drive, random_bars, random_drive, random_module, random_params,
};
use sbt_opt::schedule;

/// How many random programs; more with `SIXBTC_FUZZ_N`.
fn cases() -> u64 {
    std::env::var("SIXBTC_FUZZ_N")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(300)
}

fn one(seed: u64, size: &Size, rows: usize) {
    let mut rng = Rng::new(seed);
    let module = random_module(&mut rng, size);
    let program = schedule(module).unwrap();
    let params = random_params(&mut rng, &program.module);
    let bars = random_bars(&mut rng, &program.module.frames, rows, size.wild);
    let how = random_drive(&mut rng, bars.rows());
    let whole = Drive {
        cuts: vec![],
        drop_rows: false,
        ..how.clone()
    };
    let steps = Drive {
        cuts: (1..rows).collect(),
        drop_rows: true,
        ..how.clone()
    };
    let oracle = InterpKernel::new(program.clone()).unwrap();
    let kernel = compile(&program).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    let wanted = match drive(&oracle, &bars, &params, &whole) {
        Ok(trace) => trace,
        // the parameters break a `require`: so they must here
        Err(error) => {
            assert_eq!(
                drive(&kernel, &bars, &params, &whole),
                Err(error),
                "seed {seed}"
            );
            return;
        }
    };
    // now and then the code for a processor that lacks instructions
    let baseline = (seed % 3 == 1).then(|| compile_baseline(&program).unwrap());
    let runs = [("whole", &whole), ("cut", &how), ("steps", &steps)];
    let mut runs: Vec<_> = runs.map(|(name, how)| (name, how, &kernel)).to_vec();
    if let Some(baseline) = &baseline {
        runs.push(("baseline", &how, baseline));
    }
    for (name, how, kernel) in runs {
        let got = drive(kernel, &bars, &params, how)
            .unwrap_or_else(|e| panic!("seed {seed}, {name}: {e}"));
        if got != wanted {
            let row = (0..wanted.flags.len()).find(|&r| {
                got.flags[r] != wanted.flags[r]
                    || got.values[r] != wanted.values[r]
                    || got.position_flags[r] != wanted.position_flags[r]
                    || got.position_values[r] != wanted.position_values[r]
                    || got.bracket_values[r] != wanted.bracket_values[r]
            });
            let Some(row) = row else {
                panic!("seed {seed}, {name}: fixed values differ")
            };
            let show = |x: &[u64]| x.iter().map(|b| f64::from_bits(*b)).collect::<Vec<_>>();
            panic!(
                "seed {seed}, {name}, row {row}:\nflags {:b} wanted {:b}\nvalues {:?}\nwanted {:?}\nposition {:?}\nwanted {:?}\nbracket {:?}\nwanted {:?}\nids {:?}",
                got.flags[row],
                wanted.flags[row],
                show(&got.values[row]),
                show(&wanted.values[row]),
                show(&got.position_values[row]),
                show(&wanted.position_values[row]),
                show(&got.bracket_values[row]),
                show(&wanted.bracket_values[row]),
                program
                    .module
                    .values
                    .iter()
                    .map(|v| v.1.0)
                    .collect::<Vec<_>>(),
            );
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
        one(seed, &size, 60);
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
        one(1_000_000 + seed, &size, 40);
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
        one(2_000_000 + seed, &size, 300);
    }
}
