//! Programs of the source of indicators and conditions. `SIXBTC_PROGRAMS=10000` makes as many as the figures in the book.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod law;

use sixbtc_generator::PandasTa;

#[test]
fn programs_compile_differ_and_come_again() {
    law::holds(&PandasTa::default(), law::programs());
}
