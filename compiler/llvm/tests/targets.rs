//! Code for processors this machine need not have.
#![cfg(feature = "llvm")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../native/tests/laws/programs/mod.rs"]
mod programs;

use programs::{NAMES, large, program, stateless};
use sbt_ir::testing::{Rng, Size, random_module};
use sbt_llvm::{Processor, asm, llvm_text};
use sbt_opt::schedule;

#[test]
fn everything_compiles_for_arm() {
    let mut all: Vec<_> = NAMES.iter().map(|name| program(name)).collect();
    all.push(large(100));
    for seed in 0..40 {
        let module = random_module(&mut Rng::new(seed), &Size::default());
        all.push(schedule(module).unwrap());
    }
    for (at, program) in all.iter().enumerate() {
        let lanes = if at % 2 == 0 { 1 } else { 4 };
        let text = asm(program, lanes, Processor::Aarch64).unwrap();
        assert!(
            text.contains("signal:") && text.contains("\tldp\t"),
            "{text}"
        );
        let text = llvm_text(program, lanes, Processor::Aarch64).unwrap();
        assert!(text.contains("aarch64-unknown-linux-gnu"), "{text}");
    }
}

#[test]
fn a_program_without_memory_takes_several_rows_at_once() {
    let text = llvm_text(&stateless(), 1, Processor::Host).unwrap();
    assert!(text.contains("vector.body"), "{text}");
    let compares = text.lines().find(|l| l.contains("fcmp ogt <"));
    assert!(compares.is_some(), "{text}");
}
