//! The repository's sample data open as they are.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_market::import::{ImportOptions, open_all};
use std::path::Path;

#[test]
fn four_symbols_with_their_real_gaps() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/sample");
    let all = open_all(sample, &ImportOptions::default()).unwrap();
    let lines: Vec<String> = all
        .iter()
        .map(|found| {
            let bars = &found.bars;
            let missing: u64 = found.gaps.iter().map(|gap| gap.missing).sum();
            format!(
                "{} {}: {} bars, {} gaps of {missing} bars, {} off the grid, scale {}, {}",
                bars.symbol,
                bars.timeframe,
                bars.len(),
                found.gaps.len(),
                found.off_grid,
                bars.price_scale(),
                &bars.hash()[..12]
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    BTCUSD 30m: 35019 bars, 9 gaps of 22 bars, 0 off the grid, scale 100000000, eae1c19d2c5a
    ETHUSD 30m: 35011 bars, 13 gaps of 30 bars, 0 off the grid, scale 100000000, 480887a7ed4e
    LTCUSD 30m: 34989 bars, 16 gaps of 52 bars, 0 off the grid, scale 1000000, 2cfa22d687a5
    XRPUSD 30m: 34991 bars, 14 gaps of 50 bars, 0 off the grid, scale 100000, a51fc02c3a9c
    ");
}
