//! Decisions and state do not depend on later bars; a run continued from a saved state is the run. Bytes choose a program.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sixbtc_tests::properties::{causal, checked, pair};
use sixbtc_tests::{Dice, programs::program};

fuzz_target!(|bytes: &[u8]| {
    let mut dice = Dice::of(bytes);
    let text = program(&mut dice);
    let checked = checked(&text);
    if !checked.is_ok() {
        return;
    }
    let held = pair(&checked)
        .and_then(|pair| pair.map_or(Ok(()), |pair| causal(&pair, &mut dice.rng(), 200)));
    if let Err(difference) = held {
        panic!("{difference}\n{text}");
    }
});
