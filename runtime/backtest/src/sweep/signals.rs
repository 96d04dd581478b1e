//! Signals of points, made for several points at once so that the columns they share stay near.

use super::Sweep;
use super::columns::{Shared, input, reads_shared};
use crate::error::BacktestError;
use crate::run::{BLOCK, resize};
use sixbtc_abi::{Constants, Input, Kernel, LaneState, Outputs, Sets, State};
use sixbtc_engine::events::Signals;
use std::ops::Range;

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
    let all: Vec<&[f64]> = points.iter().map(|p| p.0).collect();
    sweep.columns.prepare(split, &sweep.frames, &all)?;
    let shared: Vec<Shared> = points
        .iter()
        .map(|(point, _)| sweep.columns.at(split, &sweep.frames, point))
        .collect::<Result<_, _>>()?;
    let offset = vec![0; manifest.frames.len()];
    let mut all: Vec<Vec<Signals>> = points.iter().map(|_| Vec::new()).collect();
    let mut out = Outputs::new(manifest, 0);
    let mut sets = Sets::new(manifest);
    let bound: Vec<&Constants> = points.iter().map(|p| p.1).collect();
    // points side by side read the same columns
    let lanes = if points.len() > 1 && !reads_shared(manifest) {
        kernel.lanes()
    } else {
        1
    };
    let mut lane_out: Vec<Outputs> = (0..lanes).map(|_| Outputs::new(manifest, 0)).collect();
    let sets_work = match (points.first(), sweep.frames.first(), shared.first()) {
        (Some((_, constants)), Some(frame), Some(shared)) if lanes > 1 => {
            let input = input(manifest, split.whole.manifest(), frame, 0, shared);
            kernel.run_sets(&input, 0..0, constants, &mut sets)?
        }
        _ => false,
    };
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
        let mut lane_states: Vec<LaneState> = if lanes > 1 {
            bound
                .chunks(lanes)
                .map(|c| kernel.new_lane_state(&filled(c, lanes)))
                .collect()
        } else {
            Vec::new()
        };
        let mut row = 0;
        while row < traded.end {
            // history before the traded rows only warms the kernel's memory
            let end = if row < traded.start {
                (row + STRIDE).min(traded.start)
            } else {
                (row + STRIDE).min(traded.end)
            };
            if lanes > 1 && !sets_work {
                for ((constants, state), made) in bound
                    .chunks(lanes)
                    .zip(&mut lane_states)
                    .zip(made.chunks_mut(lanes))
                {
                    run_lanes(
                        kernel,
                        &inputs[0],
                        row..end,
                        constants,
                        state,
                        &mut lane_out,
                    )?;
                    if row >= traded.start {
                        for (made, out) in made.iter_mut().zip(&lane_out) {
                            made.push(&out.flags, &out.values);
                        }
                    }
                }
                row = end;
                continue;
            }
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

/// As many constants as there are lanes: those without a point of their own repeat the first.
fn filled<'c>(constants: &[&'c Constants], lanes: usize) -> Vec<&'c Constants> {
    let mut all = constants.to_vec();
    while let (Some(&first), true) = (constants.first(), all.len() < lanes) {
        all.push(first);
    }
    all
}

fn run_lanes(
    kernel: &dyn Kernel,
    input: &Input<'_>,
    rows: Range<usize>,
    constants: &[&Constants],
    state: &mut LaneState,
    out: &mut [Outputs],
) -> Result<(), BacktestError> {
    let offset = vec![0; kernel.manifest().frames.len()];
    for out in out.iter_mut() {
        resize(out, rows.len());
    }
    let constants = filled(constants, out.len());
    kernel.run_lanes(input, &offset, rows, &constants, state, out)?;
    Ok(())
}
