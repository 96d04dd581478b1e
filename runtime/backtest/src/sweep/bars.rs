//! A point bar by bar: the engine of a plain run over shared columns.

use super::Sweep;
use super::columns::{BLOCK, input, resize};
use crate::error::BacktestError;
use crate::run::block;
use sixbtc_abi::{Constants, Kernel, Outputs, State};
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
    let mut engine = Engine::new(kernel, constants, &sweep.settings, sweep.clock, &setups)?
        .with_room(rows.unwrap_or(0));
    let inputs: Vec<_> = sweep
        .frames
        .iter()
        .enumerate()
        .map(|(s, frame)| input(manifest, split.whole.manifest(), frame, s, &shared))
        .collect();
    let offset = vec![0; manifest.frames.len()];
    let mut states: Vec<State> = inputs.iter().map(|_| kernel.new_state(constants)).collect();
    let mut outputs: Vec<Outputs> = inputs.iter().map(|_| Outputs::new(manifest, 0)).collect();
    let signals = |s: usize, from: usize, to: usize, states: &mut [State], out: &mut [Outputs]| {
        resize(&mut out[s], to - from);
        kernel.run(
            &inputs[s],
            &offset,
            from..to,
            constants,
            &mut states[s],
            &mut out[s],
        )
    };
    for s in 0..inputs.len() {
        let mut row = 0;
        while row < sweep.traded[s].start {
            let end = (row + BLOCK).min(sweep.traded[s].start);
            signals(s, row, end, &mut states, &mut outputs)?;
            row = end;
        }
    }
    let mut at: Vec<usize> = sweep.traded.iter().map(|rows| rows.start).collect();
    let length = sweep.clock.ms().saturating_mul(BLOCK as i64);
    loop {
        let open = |s: &usize| at[*s] < sweep.traded[*s].end;
        let Some(start) = (0..at.len())
            .filter(open)
            .map(|s| sweep.base(s).time[at[s]])
            .min()
        else {
            break;
        };
        let until = start.saturating_add(length);
        let mut blocks = Vec::with_capacity(at.len());
        for (s, at) in at.iter_mut().enumerate() {
            let rest = &sweep.base(s).time[*at..sweep.traded[s].end];
            let end = *at + rest.partition_point(|&t| t < until);
            if end > *at {
                signals(s, *at, end, &mut states, &mut outputs)?;
                blocks.push((s, *at..end));
            }
            *at = end;
        }
        let blocks: Vec<_> = blocks
            .into_iter()
            .map(|(s, rows)| block(sweep.base(s), s, rows, &outputs[s]))
            .collect();
        engine.advance(&mut states, &blocks)?;
    }
    let outcome = engine.finish();
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
