//! Formatting twice changes nothing more, and what is formatted means the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(difference) = sixbtc_tests::properties::format_keeps(text) {
        panic!("{difference}");
    }
});
