//! Indicators as the standard library writes them: compiled and interpreted, the same bits.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod programs;

use super::{compile, listings};
use programs::{NAMES, Walk, large, program};
use sbt_ir::{InterpKernel, Program};
use sixbtc_abi::{Kernel, Outputs};

fn outputs(kernel: &dyn Kernel, walk: &Walk, block: usize) -> Outputs {
    let constants = kernel.bind(&[]).unwrap();
    let mut state = kernel.new_state(&constants);
    let rows = walk.time.len();
    let mut all = Outputs::new(kernel.manifest(), 0);
    let mut first = 0;
    while first < rows {
        let end = (first + block).min(rows);
        let mut out = Outputs::new(kernel.manifest(), end - first);
        kernel
            .run(
                &walk.input(),
                &[],
                first..end,
                &constants,
                &mut state,
                &mut out,
            )
            .unwrap();
        all.flags.extend(out.flags);
        for (column, part) in all.values.iter_mut().zip(out.values) {
            column.extend(part);
        }
        first = end;
    }
    all
}

fn bits(out: &Outputs) -> (Vec<u64>, Vec<Vec<u64>>) {
    (
        out.flags.clone(),
        out.values
            .iter()
            .map(|c| c.iter().map(|x| x.to_bits()).collect())
            .collect(),
    )
}

fn agrees(program: &Program, name: &str) {
    let walk = Walk::new(700);
    let oracle = outputs(&InterpKernel::new(program.clone()).unwrap(), &walk, 700);
    let kernel = compile(program).unwrap();
    for block in [700, 64, 1] {
        assert!(
            bits(&outputs(&kernel, &walk, block)) == bits(&oracle),
            "{name} in blocks of {block}"
        );
    }
}

#[test]
fn indicators_agree_with_the_interpreter() {
    for name in NAMES {
        agrees(&program(name), name);
    }
    agrees(&large(100), "large");
}

#[test]
fn listings_name_the_three_functions() {
    let program = program("w2");
    for text in listings(&program).unwrap() {
        for name in ["signal", "position", "bracket"] {
            assert!(text.contains(name), "{text}");
        }
        assert!(text.contains("ret"), "{text}");
    }
}
