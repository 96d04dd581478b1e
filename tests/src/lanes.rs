//! The LLVM backend against the interpreter: alone, and with several parameter points side by side.

use crate::properties::{Difference, Pair, broken, point};
use sbt_ir::testing::{Bars, Drive, Rng, drive, random_bars, random_drive};
use sixbtc_abi::{Constants, Kernel, Outputs, run_whole};

const LAW: &str = "llvm";

/// All phases at one point, and the signal phase at four or eight points side by side, at any cut into blocks.
pub fn llvm_agrees(pair: &Pair, rng: &mut Rng, rows: usize) -> Result<(), Difference> {
    let lanes = if rng.once_in(2) { 4 } else { 8 };
    let kernel = sbt_llvm::compile(&pair.native.program, lanes)
        .map_err(|e| broken(LAW, format!("refused: {e}")))?;
    let points: Vec<Vec<f64>> = (0..lanes)
        .map(|_| point(&kernel, rng))
        .collect::<Result<_, _>>()?;
    let wild = rng.once_in(3);
    let bars = random_bars(rng, &kernel.manifest().frames, rows, wild);
    let how = random_drive(rng, bars.rows());
    one_agrees(pair, &kernel, &bars, &points[0], &how)?;
    let refused = |e: sixbtc_abi::KernelError| broken(LAW, format!("refused: {e}"));
    let mut wanted = Vec::with_capacity(lanes);
    for point in &points {
        wanted.push(
            run_whole(&pair.oracle, &bars.input(), point)
                .map_err(refused)?
                .1,
        );
    }
    let constants: Vec<Constants> = points
        .iter()
        .map(|p| kernel.bind(p).map_err(refused))
        .collect::<Result<_, _>>()?;
    let constants: Vec<&Constants> = constants.iter().collect();
    for cuts in [&[][..], &how.cuts] {
        let got = side_by_side(&kernel, &bars, &constants, cuts)
            .map_err(|e| broken(LAW, format!("refused: {e}")))?;
        for (lane, (got, wanted)) in got.iter().zip(&wanted).enumerate() {
            if !same(got, wanted) {
                return Err(broken(
                    LAW,
                    format!("lane {lane} of {lanes} differs with parameters {points:?}"),
                ));
            }
        }
    }
    Ok(())
}

fn one_agrees(
    pair: &Pair,
    kernel: &dyn Kernel,
    bars: &Bars,
    params: &[f64],
    how: &Drive,
) -> Result<(), Difference> {
    let whole = Drive {
        cuts: vec![],
        drop_rows: false,
        ..how.clone()
    };
    let run = |kernel: &dyn Kernel, how: &Drive| {
        drive(kernel, bars, params, how).map_err(|e| broken(LAW, format!("refused: {e}")))
    };
    let wanted = run(&pair.oracle, &whole)?;
    for (name, how) in [("whole", &whole), ("blocks", how)] {
        if run(kernel, how)? != wanted {
            return Err(broken(
                LAW,
                format!("{name} differs with parameters {params:?}"),
            ));
        }
    }
    Ok(())
}

/// All rows, in blocks that end at these rows.
fn side_by_side(
    kernel: &dyn Kernel,
    bars: &Bars,
    constants: &[&Constants],
    cuts: &[usize],
) -> Result<Vec<Outputs>, sixbtc_abi::KernelError> {
    let manifest = kernel.manifest();
    let empty = |rows| -> Vec<Outputs> {
        let one = |_| Outputs::new(manifest, rows);
        constants.iter().map(one).collect()
    };
    let mut state = kernel.new_lane_state(constants);
    let mut all = empty(0);
    let offset = vec![0; manifest.frames.len()];
    let mut first = 0;
    let inner = cuts.iter().copied().filter(|c| *c < bars.rows());
    for end in inner.chain([bars.rows()]) {
        let mut out = empty(end - first);
        kernel.run_lanes(
            &bars.input(),
            &offset,
            first..end,
            constants,
            &mut state,
            &mut out,
        )?;
        for (all, part) in all.iter_mut().zip(out) {
            all.flags.extend(part.flags);
            for (column, part) in all.values.iter_mut().zip(part.values) {
                column.extend(part);
            }
        }
        first = end;
    }
    Ok(all)
}

fn same(a: &Outputs, b: &Outputs) -> bool {
    let bits = |c: &Vec<f64>| c.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    a.flags == b.flags && a.values.iter().map(bits).eq(b.values.iter().map(bits))
}
