//! The experimental proofs of `sixbtc check`: `--prefix` and `--recursive`.

use crate::args::{DataArgs, OptionalData};
use crate::data;
use crate::failure::Failure;
use sbt_driver::{Backend, Compiled, compile};
use sbt_hir::Strategy;
use sixbtc_abi::{Outputs, run_whole};
use sixbtc_market::{Bars, FrameSet, Timeframe};
use std::fmt::Write;

/// What the experiments found.
pub struct Findings {
    /// No difference that matters.
    pub ok: bool,
    /// For people.
    pub text: String,
}

/// Cut points tried.
const CUTS: usize = 20;

/// Runs the experiments on the first symbol of the data, or on each.
pub fn run(
    s: &Strategy,
    args: &OptionalData,
    prefix: bool,
    recursive: bool,
) -> Result<Findings, Failure> {
    if s.portfolio.is_some() {
        return Err(Failure::input(format!(
            "`{}` is a portfolio: the experiments run strategies, one symbol at a time",
            s.name
        )));
    }
    let compiled = compile(s, Backend::Cranelift).map_err(|e| Failure::input(e.to_string()))?;
    let clock = Timeframe::from_ms(compiled.manifest().frames[0].period_ms)
        .ok_or_else(|| Failure::defect("the strategy's clock is no timeframe"))?;
    let Some(source) = &args.data else {
        return Err(Failure::input("add `--data FILE`"));
    };
    let args = DataArgs {
        data: source.clone(),
        which: args.which.clone(),
    };
    let series = data::load(&args, Some(clock))?;
    let mut out = Findings {
        ok: true,
        text: String::new(),
    };
    for bars in &series.bars {
        // the clock's own bars: a cut inside a coarser bar is a cut all the same
        let bars = if bars.timeframe == clock {
            bars.clone()
        } else {
            sixbtc_market::resample(bars, clock).map_err(data::market)?
        };
        let lab = Lab {
            compiled: &compiled,
            all: &series.bars,
        };
        if prefix {
            lab.prefix(&bars, &mut out)?;
        }
        if recursive {
            lab.recursive(&bars, &mut out)?;
        }
    }
    Ok(out)
}

struct Lab<'a> {
    compiled: &'a Compiled,
    all: &'a [Bars],
}

impl Lab<'_> {
    /// Signals of a run over bars.
    fn signals(&self, bars: &Bars) -> Result<(Outputs, usize), Failure> {
        let kernel = &*self.compiled.kernel;
        let manifest = self.compiled.manifest();
        let failed = |e: sixbtc_abi::KernelError| Failure::input(e.to_string());
        let others = |name: &str| self.all.iter().find(|b| b.symbol == name);
        let frames = FrameSet::build(manifest, bars, &others).map_err(data::market)?;
        let params: Vec<f64> = manifest.params.iter().map(|p| p.default).collect();
        let (constants, out) = run_whole(kernel, &frames.input(), &params).map_err(failed)?;
        Ok((out, constants.warmup))
    }

    /// Decisions up to a cut must not change by a bit whatever comes after it.
    fn prefix(&self, bars: &Bars, out: &mut Findings) -> Result<(), Failure> {
        let (whole, _) = self.signals(bars)?;
        let mut seed = 0x5eed_u64;
        let mut tried = 0;
        for k in 1..=CUTS {
            let cut = bars.len() * k / (CUTS + 1);
            if cut == 0 {
                continue;
            }
            for tampered in [
                bars.slice(0..cut),
                shuffled(bars, cut, &mut seed),
                noise(bars, cut, &mut seed),
            ] {
                tried += 1;
                let (got, _) = self.signals(&tampered)?;
                if let Some(row) = first_difference(&whole, &got, cut) {
                    out.ok = false;
                    let _ = writeln!(
                        out.text,
                        "  prefix: {}: a decision on bar {row} changed with bars after {cut}: it looks ahead",
                        bars.symbol
                    );
                    return Ok(());
                }
            }
        }
        let _ = writeln!(
            out.text,
            "  prefix: {}: {tried} runs with other futures at {CUTS} cuts, every decision before the cut is the same to the bit",
            bars.symbol
        );
        Ok(())
    }

    /// How much another start of the history changes.
    fn recursive(&self, bars: &Bars, out: &mut Findings) -> Result<(), Failure> {
        let (whole, warmup) = self.signals(bars)?;
        let (mut decisions, mut rows, mut worst) = (0_usize, 0_usize, 0.0_f64);
        for k in 1..=5 {
            let start = bars.len() * k / 10;
            if bars.len() - start <= warmup {
                continue;
            }
            let (late, _) = self.signals(&bars.slice(start..bars.len()))?;
            for i in warmup..late.flags.len() {
                rows += 1;
                decisions += usize::from(late.flags[i] != whole.flags[start + i]);
            }
            for (a, b) in late.values.iter().zip(&whole.values) {
                for i in warmup..a.len() {
                    let (x, y) = (a[i], b[start + i]);
                    if x.is_finite() && y.is_finite() {
                        worst = worst.max((x - y).abs() / y.abs().max(1e-12));
                    }
                }
            }
        }
        let _ = if rows == 0 {
            writeln!(
                out.text,
                "  recursive: {}: the data is too short for a later start (warm-up {warmup} bars)",
                bars.symbol
            )
        } else {
            writeln!(
                out.text,
                "  recursive: {}: 5 later starts, {rows} settled bars: {decisions} decisions differ, values by {worst:.1e} at most",
                bars.symbol
            )
        };
        Ok(())
    }
}

fn first_difference(a: &Outputs, b: &Outputs, rows: usize) -> Option<usize> {
    (0..rows).find(|&i| {
        a.flags[i] != b.flags[i]
            || a.values
                .iter()
                .zip(&b.values)
                .any(|(x, y)| x[i].to_bits() != y[i].to_bits())
    })
}

fn draw(seed: &mut u64, below: usize) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    (*seed % below.max(1) as u64) as usize
}

/// The bars after the cut in another order, their times kept.
fn shuffled(bars: &Bars, cut: usize, seed: &mut u64) -> Bars {
    let mut b = bars.clone();
    for i in (cut + 1..b.len()).rev() {
        let j = cut + draw(seed, i - cut + 1);
        for column in [
            &mut b.open,
            &mut b.high,
            &mut b.low,
            &mut b.close,
            &mut b.volume,
        ] {
            column.swap(i, j);
        }
    }
    b
}

/// The bars after the cut replaced by others.
fn noise(bars: &Bars, cut: usize, seed: &mut u64) -> Bars {
    let mut b = bars.clone();
    for i in cut..b.len() {
        let factor = 0.5 + draw(seed, 1000) as f64 / 1000.0;
        for column in [
            &mut b.open,
            &mut b.high,
            &mut b.low,
            &mut b.close,
            &mut b.volume,
        ] {
            // whole ticks stay whole ticks: the price scale belongs to the symbol, not to the future
            column[i] = (column[i] * factor * 100.0).round().max(1.0) / 100.0;
        }
    }
    b
}
