//! W5: eight indicators, each alone, over 2,628,000 one-minute bars: nanoseconds a bar of the native kernels, output column
//! included; LLVM's too with `--features llvm`. `tests/oracles/talib_speed.py FILE` measures TA-Lib on the same bars; `-- --write FILE` writes them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use sbt_driver::{Backend, compile_module, expression};
use sixbtc_abi::Outputs;
use sixbtc_market::{Bars, FrameSet, SynthOptions, Timeframe, synth};
use std::fmt::Write;
use std::time::Instant;

const ROWS: usize = 2_628_000;
const RUNS: usize = 15;

/// Name in TA-Lib and expression of ours; of several outputs all are computed, as TA-Lib does.
const INDICATORS: [(&str, &str); 8] = [
    ("SMA", "sma(close, 30)"),
    ("EMA", "ema(close, 30)"),
    ("RSI", "rsi(close, 14)"),
    ("ATR", "atr(14)"),
    ("BBANDS", "bollinger(close, 20, 2)"),
    ("MACD", "macd(close, 12, 26, 9)"),
    ("ADX", "adx(14)"),
    ("STOCH", "stoch(5, 3, 3)"),
];

fn bars() -> Bars {
    synth(&SynthOptions {
        bars: ROWS,
        timeframe: Timeframe::M1,
        start_price: 30_000.0,
        annual_vol: 0.65,
        tick: 0.01,
        ..SynthOptions::default()
    })
    .unwrap()
}

/// Best of [`RUNS`] runs over all bars, in nanoseconds a bar: noise only ever adds.
fn measure(text: &str, bars: &Bars, backend: Backend) -> f64 {
    let (e, diagnostics, _) = expression(text, bars.timeframe.ms());
    let e = e.unwrap_or_else(|| panic!("{text}: {diagnostics:?}"));
    let module = sbt_ir::lower::expression(&e.graph, &e.frames, &e.values);
    let c = compile_module(module, backend).unwrap();
    let frames = FrameSet::build(c.manifest(), bars, &|_| None).unwrap();
    let input = frames.input();
    let constants = c.kernel.bind(&[]).unwrap();
    let mut outputs = Outputs::new(c.manifest(), bars.len());
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let mut state = c.kernel.new_state(&constants);
        let began = Instant::now();
        c.kernel
            .run(
                &input,
                &[0],
                0..bars.len(),
                &constants,
                &mut state,
                &mut outputs,
            )
            .unwrap();
        best = best.min(began.elapsed().as_nanos() as f64 / bars.len() as f64);
    }
    std::hint::black_box(&outputs);
    best
}

fn main() {
    let bars = bars();
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|a| a == "--write") {
        let mut out = String::from("time,open,high,low,close,volume\n");
        for i in 0..bars.len() {
            let _ = writeln!(
                out,
                "{},{},{},{},{},{}",
                bars.time[i],
                bars.open[i],
                bars.high[i],
                bars.low[i],
                bars.close[i],
                bars.volume[i]
            );
        }
        std::fs::write(&args[at + 1], out).unwrap();
        return;
    }
    for (name, text) in INDICATORS {
        let mut line = format!("{name:8} {text:28}");
        for &backend in Backend::BUILT_IN
            .iter()
            .filter(|b| **b != Backend::Interpreter)
        {
            let _ = write!(
                line,
                " {} {:6.2}",
                backend.name(),
                measure(text, &bars, backend)
            );
        }
        println!("{line} ns a bar");
    }
}
