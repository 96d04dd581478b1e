//! Running the `test` blocks of a program.

use crate::compile::{Backend, CompileError, compile_module};
use sbt_diagnostics::Span;
use sbt_hir::program::{Claim, Test};
use sixbtc_abi::{Column, Frame, FrameSpec, Input, run_whole};

const MINUTE: i64 = 60_000;

/// What became of a test.
#[derive(Debug, Clone, PartialEq)]
pub struct TestOutcome {
    /// Its name.
    pub name: String,
    /// Backend it ran on.
    pub backend: Backend,
    /// The first claim that failed: where and how.
    pub failure: Option<(Span, String)>,
}

/// Runs a test on a backend.
pub fn run_tests(tests: &[Test], backend: Backend) -> Result<Vec<TestOutcome>, CompileError> {
    tests.iter().map(|t| run(t, backend)).collect()
}

fn run(test: &Test, backend: Backend) -> Result<TestOutcome, CompileError> {
    let compiled = compile_module(sbt_ir::lower::test(test), backend)?;
    let bars = bars_of(test);
    let failed = |why: String| CompileError::Backend {
        backend: backend.name(),
        why,
    };
    let frames: Vec<OwnedFrame> = compiled
        .manifest()
        .frames
        .iter()
        .map(|f| OwnedFrame::of(&bars, f))
        .collect();
    let input = Input {
        frames: frames.iter().map(OwnedFrame::view).collect(),
    };
    let (constants, out) =
        run_whole(&*compiled.kernel, &input, &[]).map_err(|e| failed(e.to_string()))?;
    let failure = test.asserts.iter().enumerate().find_map(|(i, a)| {
        let from = constants.lookback.get(i).copied().unwrap_or(0);
        verdict(&a.what, &out.values[i], from).map(|why| (a.span, why))
    });
    Ok(TestOutcome {
        name: test.name.clone(),
        backend,
        failure,
    })
}

/// Why a claim does not hold, if so. Values exist from row `from` on.
fn verdict(claim: &Claim, values: &[f64], from: usize) -> Option<String> {
    match claim {
        Claim::Holds(_) if from >= values.len() => Some(format!(
            "the claim was never looked at: it needs {} bars and there are {}",
            from + 1,
            values.len()
        )),
        Claim::Holds(_) => {
            let bar = (from..values.len()).find(|i| values[*i] < 0.5)?;
            Some(format!("false on bar {bar} (counted from 0)"))
        }
        Claim::Is(_, expected) => {
            if expected.len() != values.len() {
                return Some(format!(
                    "{} values are expected for {} bars",
                    expected.len(),
                    values.len()
                ));
            }
            expected.iter().enumerate().find_map(|(i, e)| {
                let e = (*e)?;
                if i < from {
                    return Some(format!(
                        "no value yet on bar {i} (counted from 0), {e} expected"
                    ));
                }
                (!close(values[i], e))
                    .then(|| format!("{} on bar {i} (counted from 0), {e} expected", values[i]))
            })
        }
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs().max(1.0)
}

/// The bars a test runs on.
struct TestBars {
    time: Vec<i64>,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
}

fn bars_of(test: &Test) -> TestBars {
    if let Some(n) = test.random_bars {
        return random(n);
    }
    let given = |c: Column| test.given.iter().find(|g| g.0 == c).map(|g| g.1.clone());
    let n = test.given.first().map_or(0, |g| g.1.len());
    let any = given(Column::Close)
        .or_else(|| given(Column::Open))
        .or_else(|| given(Column::High))
        .or_else(|| given(Column::Low))
        .unwrap_or_else(|| vec![1.0; n]);
    let close = given(Column::Close).unwrap_or_else(|| any.clone());
    let open = given(Column::Open).unwrap_or_else(|| close.clone());
    // a bar that says nothing of its extremes has those of its body
    let body = |f: fn(f64, f64) -> f64| {
        open.iter()
            .zip(&close)
            .map(|(o, c)| f(*o, *c))
            .collect::<Vec<f64>>()
    };
    TestBars {
        time: (0..n as i64).map(|i| i * MINUTE).collect(),
        high: given(Column::High).unwrap_or_else(|| body(f64::max)),
        low: given(Column::Low).unwrap_or_else(|| body(f64::min)),
        volume: given(Column::Volume).unwrap_or_else(|| vec![1.0; n]),
        open,
        close,
    }
}

impl TestBars {
    /// Ticks a unit of price: the smallest power of ten that makes every price whole, as the candle store finds it; for prices
    /// that are no decimals, the finest that keeps them exact in an f64.
    fn price_scale(&self) -> f64 {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let prices = || {
            [&self.open, &self.high, &self.low, &self.close]
                .into_iter()
                .flatten()
                .copied()
                .filter(|p| p.is_finite())
        };
        let highest = prices().fold(0.0, |a: f64, p| a.max(p.abs()));
        let powers: Vec<f64> = std::iter::successors(Some(1.0), |p| Some(p * 10.0))
            .take(13)
            .filter(|scale| highest * scale < EXACT)
            .collect();
        // bit for bit: the price that the kernel gives back must be the one that was given
        let whole = |scale: f64| {
            prices().all(|p| ((p * scale).round() / scale).to_bits() == (p + 0.0).to_bits())
        };
        powers
            .iter()
            .copied()
            .find(|scale| whole(*scale))
            .or_else(|| powers.last().copied())
            .unwrap_or(1.0)
    }
}

/// A walk in whole ticks of 0.01 from a fixed seed, with gaps between bars, flat stretches and ties.
fn random(n: usize) -> TestBars {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below) as f64
    };
    let mut b = TestBars {
        time: (0..n as i64).map(|i| i * MINUTE).collect(),
        open: Vec::with_capacity(n),
        high: Vec::with_capacity(n),
        low: Vec::with_capacity(n),
        close: Vec::with_capacity(n),
        volume: Vec::with_capacity(n),
    };
    let mut last = 10_000.0_f64;
    for _ in 0..n {
        let flat = draw(10) < 1.0;
        let mut step = |width: u64| {
            if flat {
                0.0
            } else {
                draw(2 * width + 1) - width as f64
            }
        };
        let open = (last + step(8)).max(100.0);
        let close = (open + step(60)).max(100.0);
        let (up, down) = (step(20).abs(), step(20).abs());
        b.open.push(open / 100.0);
        b.close.push(close / 100.0);
        b.high.push((open.max(close) + up) / 100.0);
        b.low.push((open.min(close) - down).max(50.0) / 100.0);
        b.volume.push(draw(1000));
        last = close;
    }
    b
}

/// Columns of a frame in the order a kernel wants them.
struct OwnedFrame {
    time: Vec<i64>,
    columns: Vec<Vec<f64>>,
    confirmed: Vec<u32>,
    price_scale: f64,
}

impl OwnedFrame {
    /// Bars of a frame's clock, made of whole stretches of the minute bars.
    fn of(b: &TestBars, spec: &FrameSpec) -> Self {
        let p = spec.period_ms;
        let m = (p / MINUTE).max(1) as usize;
        let starts: Vec<usize> = (0..b.time.len())
            .filter(|i| b.time[*i] % p == 0 && i + m <= b.time.len())
            .collect();
        let over = |s: usize, x: &[f64], f: fn(f64, f64) -> f64| {
            x[s..s + m].iter().copied().reduce(f).unwrap_or(0.0)
        };
        let column = |c: Column| -> Vec<f64> {
            starts
                .iter()
                .map(|&s| match c {
                    Column::Open => b.open[s],
                    Column::High => over(s, &b.high, f64::max),
                    Column::Low => over(s, &b.low, f64::min),
                    Column::Close => b.close[s + m - 1],
                    Column::Volume => over(s, &b.volume, |a, b| a + b),
                    Column::Time => b.time[s] as f64,
                    Column::MinuteOfDay => ((b.time[s] / MINUTE) % 1440) as f64,
                    Column::Weekday => ((b.time[s] / 86_400_000 + 3) % 7) as f64,
                    Column::Day | Column::Month => 1.0 + (b.time[s] / 86_400_000) as f64,
                    Column::Year => 1970.0,
                    Column::InSession
                    | Column::SessionStart
                    | Column::SessionEnd
                    | Column::Cross(_) => 0.0,
                })
                .collect()
        };
        let confirmed = if m == 1 {
            Vec::new()
        } else {
            (0..b.time.len())
                .map(|i| starts.partition_point(|s| s + m <= i + 1) as u32)
                .collect()
        };
        Self {
            time: starts.iter().map(|s| b.time[*s]).collect(),
            columns: spec.columns.iter().map(|c| column(*c)).collect(),
            confirmed,
            price_scale: b.price_scale(),
        }
    }

    fn view(&self) -> Frame<'_> {
        Frame {
            time: &self.time,
            columns: self.columns.iter().map(Vec::as_slice).collect(),
            confirmed: &self.confirmed,
            price_scale: self.price_scale,
        }
    }
}
