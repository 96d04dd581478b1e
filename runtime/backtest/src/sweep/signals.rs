//! Signals of points, made for several points at once so that the columns they share stay near.

use super::Sweep;
use super::columns::{BLOCK, Shared, input, resize};
use crate::error::BacktestError;
use sixbtc_abi::{Constants, Kernel, Outputs, Sets, State};
use sixbtc_engine::events::Signals;

/// Rows that one point is run over before the next one's turn, a multiple of what [`Signals::push`] asks for.
const STRIDE: usize = BLOCK / 2;

/// The signals of several points, for each of all symbols.
pub(super) fn make(
    sweep: &Sweep<'_>,
    kernel: &dyn Kernel,
    points: &[(&[f64], &Constants)],
) -> Result<Vec<Vec<Signals>>, BacktestError> {
    let split = sweep.input.split;
    let manifest = kernel.manifest();
    let shared: Vec<Shared> = points
        .iter()
        .map(|(point, _)| sweep.columns.at(split, &sweep.frames, point))
        .collect::<Result<_, _>>()?;
    let offset = vec![0; manifest.frames.len()];
    let mut all: Vec<Vec<Signals>> = points.iter().map(|_| Vec::new()).collect();
    let mut out = Outputs::new(manifest, 0);
    let mut sets = Sets::new(manifest);
    for (s, frame) in sweep.frames.iter().enumerate() {
        let traded = &sweep.traded[s];
        let inputs: Vec<_> = shared
            .iter()
            .map(|shared| input(manifest, split.whole.manifest(), frame, s, shared))
            .collect();
        let mut states: Vec<State> = points.iter().map(|(_, c)| kernel.new_state(c)).collect();
        let mut made: Vec<Signals> = points
            .iter()
            .map(|(_, c)| Signals::new(manifest, c, traded.len()))
            .collect::<Result<_, _>>()
            .map_err(sixbtc_engine::EngineError::from)?;
        let mut row = 0;
        while row < traded.end {
            // history before the traded rows only warms the kernel's memory
            let end = if row < traded.start {
                (row + STRIDE).min(traded.start)
            } else {
                (row + STRIDE).min(traded.end)
            };
            resize(&mut out, end - row);
            for (((input, state), (_, constants)), made) in
                inputs.iter().zip(&mut states).zip(points).zip(&mut made)
            {
                if kernel.run_sets(input, row..end, constants, &mut sets)? {
                    if row >= traded.start {
                        made.push_sets(&sets, end - row);
                    }
                    continue;
                }
                kernel.run(input, &offset, row..end, constants, state, &mut out)?;
                if row >= traded.start {
                    made.push(&out.flags, &out.values);
                }
            }
            row = end;
        }
        for (all, made) in all.iter_mut().zip(made) {
            all.push(made);
        }
    }
    Ok(all)
}
