//! The experimental proofs of `sixbtc check`: `--prefix` and `--recursive`.

use crate::args::{DataArgs, OptionalData};
use crate::data;
use crate::failure::Failure;
use sbt_driver::{Backend, Compiled, compile};
use sbt_hir::Strategy;
use sixbtc_abi::{Outputs, run_whole};
use sixbtc_engine::RunSettings;
use sixbtc_lab::{Market, Subject, Unwatched, prefix_invariance};
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
/// Chooses the other futures.
const SEED: u64 = 0x5eed;

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
    if prefix {
        look_ahead(&compiled, clock, &series.bars, &mut out)?;
    }
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
        if recursive {
            lab.recursive(&bars, &mut out)?;
        }
    }
    Ok(out)
}

/// Decisions up to a cut must not change by a bit whatever comes after it.
fn look_ahead(
    compiled: &Compiled,
    clock: Timeframe,
    all: &[Bars],
    out: &mut Findings,
) -> Result<(), Failure> {
    let bars = all
        .iter()
        .map(|b| {
            if b.timeframe == clock {
                Ok(b.clone())
            } else {
                sixbtc_market::resample(b, clock).map_err(data::market)
            }
        })
        .collect::<Result<Vec<Bars>, Failure>>()?;
    let (market, settings) = (Market::of(bars), RunSettings::default());
    let subject = Subject {
        others: all,
        ..Subject::new(&*compiled.kernel, &market, &settings)
    };
    let point = subject.defaults();
    let found = prefix_invariance(&subject, &point, CUTS, SEED, &Unwatched)
        .map_err(super::laboratory::failure)?;
    for f in found {
        let _ = match f.breach {
            Some(b) => {
                out.ok = false;
                writeln!(
                    out.text,
                    "  prefix: {}: a decision on bar {} changed with bars after {}: it looks ahead",
                    f.symbol, b.row, b.cut
                )
            }
            None => writeln!(
                out.text,
                "  prefix: {}: {} runs with other futures at {} cuts, every decision before the cut is the same to the bit",
                f.symbol, f.runs, f.cuts
            ),
        };
    }
    Ok(())
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
