//! Whatever the text, the compiler answers.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_tests::dice::Dice;
use sixbtc_tests::hostile::{greedy, mutant, mutate, noise};
use sixbtc_tests::properties::{answers, format_keeps};

const EXAMPLES: [&str; 6] = [
    include_str!("../../docs/examples/sma_cross.sbt"),
    include_str!("../../docs/examples/rsi_reversion.sbt"),
    include_str!("../../docs/examples/donchian.sbt"),
    include_str!("../../docs/examples/mtf_pullback.sbt"),
    include_str!("../../docs/examples/unger_bidirectional.sbt"),
    include_str!("../../docs/examples/momentum_rank.sbt"),
];

fn cases() -> u64 {
    std::env::var("SIXBTC_FUZZ_N")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(300)
}

fn survives(text: &str) {
    let seen = text.to_owned();
    let done = std::panic::catch_unwind(move || {
        answers(&seen);
        format_keeps(&seen)
    });
    let Ok(kept) = done else {
        panic!("panics:\n{text}")
    };
    kept.unwrap_or_else(|d| panic!("{d}\n{text}"));
}

#[test]
fn changed_examples_are_answered() {
    for seed in 0..cases() {
        let mut dice = Dice::new(seed);
        let text = EXAMPLES[dice.below(EXAMPLES.len())];
        survives(&mutate(&mut dice, text));
    }
}

#[test]
fn changed_programs_are_answered() {
    for seed in 0..cases() {
        survives(&mutant(&mut Dice::new(seed)));
    }
}

#[test]
fn noise_is_answered() {
    for seed in 0..cases() {
        let mut dice = Dice::new(seed);
        let words = dice.below(60);
        survives(&noise(&mut dice, words));
    }
}

#[test]
fn greedy_programs_are_answered() {
    for (name, text) in greedy(20_000) {
        println!("{name}");
        answers(&text);
    }
}
