//! The same sweeps through the public interface.

use crate::money::Figures;
use crate::touches::{GAINS, HOLDS, LEVERS, LOSSES};
use sbt_driver::{Backend, NoFiles, check, compile_split};
use sixbtc_abi::Split;
use sixbtc_backtest::{BacktestInput, Sweep, SweepInput};
use sixbtc_engine::RunSettings;
use sixbtc_market::{Bars, SymbolSpec};
use sixbtc_sweep::{Evaluate, Points};
use std::collections::HashMap;

pub const W3: &str = include_str!("../programs/w3.sbt");
pub const W4: &str = include_str!("../programs/w4.sbt");

/// A compiled sweep, its points and what it runs over.
pub struct Workload {
    pub split: Split,
    /// One after the other.
    pub points: Vec<f64>,
    pub width: usize,
    pub data: Vec<Bars>,
    scales: Vec<f64>,
    specs: Vec<SymbolSpec>,
    pub settings: RunSettings,
    figures: Vec<String>,
}

/// Splits the one strategy of a program by all its parameters.
pub fn compiled(text: &str) -> Split {
    let checked = check(&NoFiles, "bench.sbt", text, &HashMap::new());
    assert!(
        checked.is_ok(),
        "{}",
        sbt_diagnostics::plain(&checked.diagnostics, &checked.sources)
    );
    let strategy = &checked.hir.strategies[0];
    let all: Vec<u16> = (0..strategy.params.len() as u16).collect();
    compile_split(strategy, &all, Backend::Cranelift).unwrap()
}

impl Workload {
    pub fn new(text: &str, points: Vec<f64>, data: Vec<Bars>, settings: RunSettings) -> Self {
        let split = compiled(text);
        Self {
            width: split.whole.manifest().params.len(),
            split,
            points,
            scales: data.iter().map(Bars::price_scale).collect(),
            specs: data.iter().map(SymbolSpec::of).collect(),
            data,
            settings,
            figures: Figures::NAMES.map(str::to_owned).into(),
        }
    }

    pub fn len(&self) -> usize {
        self.points.len() / self.width
    }

    pub fn bars(&self) -> usize {
        self.data.iter().map(Bars::len).sum()
    }

    /// Prepared, nothing computed yet.
    pub fn sweep(&self) -> Sweep<'_> {
        let mut run = BacktestInput::new(&*self.split.whole, &[], &self.data, &self.settings);
        run.price_scales = &self.scales;
        run.specs = &self.specs;
        Sweep::new(SweepInput::new(&self.split, run, &self.figures)).unwrap()
    }

    /// The whole sweep from nothing: preparation, shared columns, all points, on this thread.
    pub fn run(&self) -> Vec<f64> {
        let sweep = self.sweep();
        let mut out = vec![0.0; self.len() * self.figures.len()];
        let batch = sweep.batch();
        let points = self.points.chunks(batch * self.width);
        for (values, out) in points.zip(out.chunks_mut(batch * self.figures.len())) {
            let points = Points {
                values,
                width: self.width,
            };
            sweep.evaluate(points, out).unwrap();
        }
        out
    }

    /// Figures of the plain run of a point.
    pub fn plain(&self, at: usize) -> [f64; 7] {
        let point = &self.points[at * self.width..(at + 1) * self.width];
        let metrics = self.sweep().plain(point).unwrap();
        Figures::NAMES.map(|name| metrics.get(name).unwrap())
    }
}

/// All points of W3, in the order of the bound.
pub fn brackets() -> Vec<f64> {
    let mut points = Vec::new();
    for loss in LOSSES {
        for (g, gain) in GAINS.into_iter().enumerate() {
            for (h, hold) in HOLDS.into_iter().enumerate() {
                if g + 1 == GAINS.len() && h + 1 == HOLDS.len() {
                    continue;
                }
                for lever in LEVERS {
                    points.extend([loss, gain, f64::from(hold), lever]);
                }
            }
        }
    }
    points
}

/// All pairs of lengths, in the order of the bound.
pub fn pairs(fast: &[usize], slow: &[usize]) -> Vec<f64> {
    fast.iter()
        .flat_map(|&f| slow.iter().flat_map(move |&s| [f as f64, s as f64]))
        .collect()
}

/// The settings of W1: nothing rounded but prices, which are ticks as they are.
pub fn as_w1() -> RunSettings {
    RunSettings {
        slippage: 0.0,
        max_positions: 1,
        min_notional: Some(0.0),
        round_to_lot: false,
        record_levels: false,
        ..RunSettings::default()
    }
}
