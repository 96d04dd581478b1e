//! Runs a kernel over bars and records what it does.

use super::{Bars, Rng};
use sixbtc_abi::{Kernel, KernelError, Outputs, PositionInputs};

/// How to drive a kernel.
#[derive(Debug, Clone, Default)]
pub struct Drive {
    /// Where to cut the rows into blocks, rising.
    pub cuts: Vec<usize>,
    /// What the position phase sees at each row.
    pub positions: Vec<PositionInputs>,
    /// Fill price tried at each row.
    pub fills: Vec<f64>,
    /// Whether to drop, before each block, the rows that [`sixbtc_abi::Manifest::history`] says are not needed.
    pub drop_rows: bool,
}

/// Everything a kernel did, as bits; hidden values left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// Signal flags by row.
    pub flags: Vec<u64>,
    /// Named signal values, by row.
    pub values: Vec<Vec<u64>>,
    /// Position flags by row.
    pub position_flags: Vec<u64>,
    /// Position values by row.
    pub position_values: Vec<Vec<u64>>,
    /// Bracket values by row.
    pub bracket_values: Vec<Vec<u64>>,
    /// Scalars, warm-up and lookback of named values.
    pub fixed: Vec<u64>,
}

/// Runs a kernel; the position and bracket phases at each row, the position phase after the signal phase of the block.
pub fn drive(
    kernel: &dyn Kernel,
    bars: &Bars,
    params: &[f64],
    how: &Drive,
) -> Result<Trace, KernelError> {
    let manifest = kernel.manifest();
    let constants = kernel.bind(params)?;
    let mut state = kernel.new_state(&constants);
    let mut trace = Trace::default();
    let named: Vec<usize> = (0..manifest.values.len())
        .filter(|at| !manifest.values[*at].name.starts_with('_'))
        .collect();
    trace
        .fixed
        .extend(constants.scalars.iter().map(|x| x.to_bits()));
    trace.fixed.push(constants.warmup as u64);
    trace
        .fixed
        .extend(named.iter().map(|at| constants.lookback[*at] as u64));
    let rows = bars.rows();
    let mut edges = how.cuts.clone();
    edges.retain(|cut| *cut < rows);
    edges.push(rows);
    let mut first = 0;
    for end in edges {
        if end <= first {
            continue;
        }
        let mut offset = vec![0; manifest.frames.len()];
        if how.drop_rows && first > 0 {
            for (frame, drop) in offset.iter_mut().enumerate() {
                let done = if frame == 0 {
                    first
                } else {
                    bars.confirmed(frame, first - 1)
                };
                *drop = done.saturating_sub(manifest.history[frame]);
            }
        }
        let input = bars.input_from(&offset);
        let mut out = Outputs::new(manifest, end - first);
        kernel.run(
            &input,
            &offset,
            first..end,
            &constants,
            &mut state,
            &mut out,
        )?;
        for row in 0..end - first {
            let values: Vec<f64> = out.values.iter().map(|c| c[row]).collect();
            trace.flags.push(out.flags[row]);
            trace
                .values
                .push(named.iter().map(|at| values[*at].to_bits()).collect());
            let position = how.positions.get(first + row).copied().unwrap_or_default();
            let mut levels = vec![0.0; manifest.position_values];
            let flags = kernel.position(
                (out.flags[row], &values),
                &position,
                &constants,
                &mut state,
                &mut levels,
            )?;
            trace.position_flags.push(flags);
            trace
                .position_values
                .push(levels.iter().map(|x| x.to_bits()).collect());
            let mut levels = vec![0.0; manifest.bracket_values];
            let fill = how.fills.get(first + row).copied().unwrap_or(100.0);
            kernel.bracket(&values, fill, &constants, &mut levels)?;
            trace
                .bracket_values
                .push(levels.iter().map(|x| x.to_bits()).collect());
        }
        first = end;
    }
    Ok(trace)
}

/// Random blocks, positions and fills.
pub fn random_drive(rng: &mut Rng, rows: usize) -> Drive {
    let mut how = Drive {
        drop_rows: rng.once_in(2),
        ..Drive::default()
    };
    let mut cut = 0;
    let step = 1 + rng.below(rows.max(1));
    while cut < rows {
        cut += 1 + rng.below(step);
        how.cuts.push(cut);
    }
    let mut held = PositionInputs::default();
    for _ in 0..rows {
        if rng.once_in(6) {
            let side = rng.below(3) as f64 - 1.0;
            held = PositionInputs {
                side,
                ..PositionInputs::default()
            };
            if held.side.abs() > 0.0 {
                held.entry = 100.0 + rng.below(200) as f64 / 100.0;
                held.size = 1.0 + rng.below(4) as f64;
            }
        } else if held.side.abs() > 0.0 {
            held.bars += 1.0;
            held.profit = rng.unit() - 0.5;
        }
        held.equity = 10_000.0 + rng.below(1000) as f64;
        how.positions.push(if held.side.abs() > 0.0 {
            held
        } else {
            PositionInputs {
                equity: held.equity,
                ..PositionInputs::default()
            }
        });
        how.fills.push(100.0 + rng.below(1000) as f64 / 100.0);
    }
    how
}
