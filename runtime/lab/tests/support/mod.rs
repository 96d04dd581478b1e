//! Programs and markets of the laboratory's tests.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]

pub mod study;

use sbt_driver::{Backend, Compiled, NoFiles, check, compile, compile_split};
use sixbtc_abi::Split;
use sixbtc_lab::Market;
use sixbtc_market::{Bars, SynthOptions, Timeframe, synth};
use std::collections::HashMap;

/// Compiles the only strategy of a text.
pub fn program(text: &str) -> Compiled {
    let checked = check(&NoFiles, "test.sbt", text, &HashMap::new());
    assert!(checked.is_ok(), "{text}");
    compile(&checked.hir.strategies[0], Backend::Cranelift).unwrap()
}

/// The same, split by all its parameters.
pub fn split(text: &str) -> Split {
    let checked = check(&NoFiles, "test.sbt", text, &HashMap::new());
    assert!(checked.is_ok(), "{text}");
    let strategy = &checked.hir.strategies[0];
    let swept: Vec<u16> = (0..strategy.params.len() as u16).collect();
    compile_split(strategy, &swept, Backend::Cranelift).unwrap()
}

/// Crosses of two averages; six of nine points are admitted.
pub const CROSS: &str = "#sbt 1

strategy cross {
  on 1h

  param fast: bars = 10 in 10..30 step 10
  param slow: bars = 30 in 20..40 step 10
  require fast < slow

  let f = sma(close, fast)
  let s = sma(close, slow)

  enter long when f crosses above s
  exit long when f crosses below s
  size 100% of equity
}
";

/// A random walk.
pub fn walk(bars: usize, seed: u64) -> Bars {
    synth(&SynthOptions {
        seed,
        bars,
        timeframe: Timeframe::H1,
        ..SynthOptions::default()
    })
    .unwrap()
}

/// A market of one random walk.
pub fn market(bars: usize, seed: u64) -> Market {
    Market::of(vec![walk(bars, seed)])
}

/// All points of a program's parameters.
pub fn grid(compiled: &Compiled) -> Vec<Vec<f64>> {
    let mut points = vec![vec![]];
    for p in &compiled.manifest().params {
        points = points
            .iter()
            .flat_map(|head: &Vec<f64>| {
                p.values.iter().map(move |v| {
                    let mut point = head.clone();
                    point.push(*v);
                    point
                })
            })
            .collect();
    }
    points
}
