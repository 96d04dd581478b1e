//! Any text is checked, and compiled when it is correct.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| sixbtc_tests::properties::answers(text));
