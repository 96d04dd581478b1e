//! What holds of every source, held against those that join parts.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod law;

use sixbtc_generator::{PatternGen, Unger};

#[test]
fn pattern_gen_keeps_the_law() {
    law::holds(&PatternGen::new().unwrap(), law::programs());
}

#[test]
fn unger_keeps_the_law() {
    law::holds(&Unger::new().unwrap(), law::programs());
}
