//! A point bar by bar: the engine of a plain run over shared columns.

use super::Sweep;
use super::columns::input;
use crate::error::BacktestError;
use crate::run::Feed;
use sixbtc_abi::{Constants, Kernel};
use sixbtc_engine::{Engine, Metrics, SymbolSetup, metrics};

/// Runs a point over all symbols.
pub(super) fn run_bars(
    sweep: &Sweep<'_>,
    kernel: &dyn Kernel,
    point: &[f64],
    constants: &Constants,
) -> Result<Metrics, BacktestError> {
    let split = sweep.input.split;
    let run = &sweep.input.run;
    let manifest = kernel.manifest();
    let shared = sweep.columns.at(split, &sweep.frames, point)?;
    let finer = run.finer(sweep.clock)?;
    let setups: Vec<SymbolSetup<'_>> = (0..sweep.frames.len())
        .map(|s| SymbolSetup {
            spec: &sweep.specs[s],
            warmup: constants.warmup.saturating_sub(sweep.traded[s].start),
            funding: run.funding.get(s).and_then(Option::as_ref),
            finer: finer[s],
        })
        .collect();
    let rows = sweep.traded.iter().map(std::ops::Range::len).max();
    let engine = Engine::new(kernel, constants, &sweep.settings, sweep.clock, &setups)?
        .with_room(rows.unwrap_or(0));
    let inputs: Vec<_> = sweep
        .frames
        .iter()
        .enumerate()
        .map(|(s, frame)| input(manifest, split.whole.manifest(), frame, s, &shared))
        .collect();
    let bases = (0..inputs.len()).map(|s| sweep.base(s)).collect();
    let mut feed = Feed::new(kernel, constants, bases, inputs, &sweep.traded, false);
    let outcome = feed.run(engine)?;
    let time: &[i64] = if let [rows] = sweep.traded.as_slice() {
        &sweep.base(0).time[rows.clone()]
    } else {
        &outcome.clock
    };
    Ok(metrics(
        &outcome.curve,
        time,
        sweep.clock,
        &outcome.trades,
        &outcome.counters,
        run.trials,
    ))
}
