//! Interpreter and native code agree bit for bit, and so do the trades they lead to. Bytes choose a program.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sixbtc_tests::properties::{backends_agree, checked, pair, same_trades};
use sixbtc_tests::{Dice, programs::program};

fuzz_target!(|bytes: &[u8]| {
    let mut dice = Dice::of(bytes);
    let text = program(&mut dice);
    let checked = checked(&text);
    if !checked.is_ok() {
        return;
    }
    let held = pair(&checked).and_then(|pair| match pair {
        Some(pair) => {
            let mut rng = dice.rng();
            backends_agree(&pair, &mut rng, 60)?;
            same_trades(&pair, &mut rng, 150).map(|_| ())
        }
        None => Ok(()),
    });
    if let Err(difference) = held {
        panic!("{difference}\n{text}");
    }
});
