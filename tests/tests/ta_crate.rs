//! The `ta` crate as an independent oracle, where its definition is the same as ours. Its RSI, ATR and EMA smooth or start
//! otherwise, its CCI takes the deviation of the close, and are left out; its SMA and deviation add up rounding as they go, hence the tolerance.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sbt_driver::{Backend, compile_module, expression};
use sixbtc_abi::run_whole;
use sixbtc_market::{Bars, FrameSet, SynthOptions, Timeframe, synth};
use ta::indicators::{
    Maximum, MeanAbsoluteDeviation, Minimum, OnBalanceVolume, RateOfChange, SimpleMovingAverage,
    StandardDeviation,
};
use ta::{DataItem, Next};

fn bars() -> Bars {
    synth(&SynthOptions {
        bars: 3000,
        timeframe: Timeframe::H1,
        tick: 0.01,
        start_price: 100.0,
        ..SynthOptions::default()
    })
    .unwrap()
}

/// Values of an expression with the first row on which it exists.
fn ours(text: &str, bars: &Bars) -> (Vec<f64>, usize) {
    let (e, diagnostics, _) = expression(text, bars.timeframe.ms());
    let e = e.unwrap_or_else(|| panic!("{text}: {diagnostics:?}"));
    let module = sbt_ir::lower::expression(&e.graph, &e.frames, &e.values);
    let c = compile_module(module, Backend::Cranelift).unwrap();
    let frames = FrameSet::build(c.manifest(), bars, &|_| None).unwrap();
    let (constants, mut out) = run_whole(&*c.kernel, &frames.input(), &[]).unwrap();
    (out.values.swap_remove(0), constants.lookback[0])
}

fn item(b: &Bars, i: usize) -> DataItem {
    DataItem::builder()
        .open(b.open[i])
        .high(b.high[i])
        .low(b.low[i])
        .close(b.close[i])
        .volume(b.volume[i])
        .build()
        .unwrap()
}

fn same(text: &str, mut theirs: impl FnMut(&Bars, usize) -> f64) {
    let b = bars();
    let (values, from) = ours(text, &b);
    let mut compared = 0;
    for (i, value) in values.iter().enumerate() {
        let other = theirs(&b, i);
        if i >= from {
            let scale = other.abs().max(1.0);
            assert!(
                (value - other).abs() <= 1e-7 * scale,
                "{text}, bar {i}: {value}, ta says {other}"
            );
            compared += 1;
        }
    }
    assert!(
        compared > 2900,
        "{text}: only {compared} bars were compared"
    );
}

#[test]
fn windows_agree_with_ta() {
    let mut i = SimpleMovingAverage::new(20).unwrap();
    same("sma(close, 20)", |b, k| i.next(b.close[k]));
    let mut i = Maximum::new(14).unwrap();
    same("highest(high, 14)", |b, k| i.next(b.high[k]));
    let mut i = Minimum::new(14).unwrap();
    same("lowest(low, 14)", |b, k| i.next(b.low[k]));
    let mut i = StandardDeviation::new(20).unwrap();
    same("stdev(close, 20)", |b, k| i.next(b.close[k]));
    let mut i = MeanAbsoluteDeviation::new(10).unwrap();
    same(
        "sum(i in 0..<10: abs(close[i] - sma(close, 10))) / 10",
        |b, k| i.next(b.close[k]),
    );
}

#[test]
fn oscillators_and_volume_agree_with_ta() {
    let mut i = RateOfChange::new(10).unwrap();
    same("roc(close, 10)", |b, k| i.next(b.close[k]));
    let mut i = OnBalanceVolume::new();
    same("obv()", |b, k| i.next(&item(b, k)));
}
