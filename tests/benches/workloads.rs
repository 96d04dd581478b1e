//! The workloads W1, W2, J, D and a cold year of minutes, each beside a plain-Rust program that does the same work.
//!
//! `cargo bench -p sixbtc-tests --bench workloads` prints divan's table and then ns a bar with the ratio to the bound,
//! medians of several runs. Data: 2,628,000 synthetic one-minute bars from a fixed seed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

use divan::Bencher;
use divan::counter::ItemsCount;
use sbt_driver::{Backend, Compiled, NoFiles, check, compile};
use sixbtc_backtest::{BacktestInput, BacktestResult, run_backtest};
use sixbtc_engine::RunSettings;
use sixbtc_market::{
    Bars, ImportOptions, SymbolSpec, SynthOptions, Timeframe, export, open, synth,
};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Instant;

const W1: &str = "#sbt 1
strategy w1 {
  on 1m
  let f = sma(close, 10)
  let s = sma(close, 30)
  enter long when f crosses above s
  exit long when f crosses below s
  size 100% of equity
}
";

const W2: &str = "#sbt 1
strategy w2 {
  on 1m
  enter long when rsi(close, 14) < 40 and close > ema(close, 200) {
    stop   2%
    target 3%
    exit   after 50 bars
  }
  size 100% of equity
}
";

const ROWS: usize = 2_628_000;

fn bars() -> &'static Bars {
    static BARS: OnceLock<Bars> = OnceLock::new();
    BARS.get_or_init(|| {
        synth(&SynthOptions {
            bars: ROWS,
            timeframe: Timeframe::M1,
            start_price: 30_000.0,
            annual_vol: 0.65,
            tick: 0.01,
            ..SynthOptions::default()
        })
        .unwrap()
    })
}

/// What a run needs besides the bars, made once: these are properties of the data.
struct Prepared {
    hashes: Vec<String>,
    scales: Vec<f64>,
    specs: Vec<SymbolSpec>,
}

fn prepared() -> &'static Prepared {
    static PREPARED: OnceLock<Prepared> = OnceLock::new();
    PREPARED.get_or_init(|| Prepared {
        hashes: vec![bars().hash()],
        scales: vec![bars().price_scale()],
        specs: vec![SymbolSpec::of(bars())],
    })
}

/// The backends of this build that make machine code: LLVM's with `--features llvm`.
fn native() -> Vec<Backend> {
    let oracle = |b: &Backend| *b == Backend::Interpreter;
    let all = Backend::BUILT_IN.iter().copied();
    all.filter(|b| !oracle(b)).collect()
}

fn compiled(text: &str, backend: Backend) -> Compiled {
    let checked = check(&NoFiles, "bench.sbt", text, &HashMap::new());
    assert!(
        checked.is_ok(),
        "{}",
        sbt_diagnostics::plain(&checked.diagnostics, &checked.sources)
    );
    compile(&checked.hir.strategies[0], backend).unwrap()
}

fn settings(slippage: f64) -> RunSettings {
    // these strategies lose all their money: they must go on trading without, as the bounds do
    RunSettings {
        taker_fee: 0.00045,
        slippage,
        max_positions: 1,
        min_notional: Some(0.0),
        round_to_lot: false,
        record_levels: false,
        ..RunSettings::default()
    }
}

fn whole_run(c: &Compiled, s: &RunSettings) -> BacktestResult {
    let p = prepared();
    let data = std::slice::from_ref(bars());
    let mut input = BacktestInput::new(&*c.kernel, &[], data, s);
    input.data_hashes = &p.hashes;
    input.price_scales = &p.scales;
    input.specs = &p.specs;
    run_backtest(&input).unwrap()
}

// ---- bounds: simple, hand-written, scalar

/// Figures that every bound computes too.
struct Tally {
    equity: f64,
    peak: f64,
    drawdown: f64,
    trades: u32,
    curve: Vec<f64>,
}

impl Tally {
    fn new(n: usize) -> Self {
        Self {
            equity: 10_000.0,
            peak: 10_000.0,
            drawdown: 0.0,
            trades: 0,
            curve: Vec::with_capacity(n),
        }
    }
    fn mark(&mut self, value: f64) {
        self.curve.push(value);
        self.peak = if value > self.peak { value } else { self.peak };
        let d = 1.0 - value / self.peak;
        self.drawdown = if d > self.drawdown { d } else { self.drawdown };
    }
    /// Mean and deviation of bar returns.
    fn sharpe(&self) -> f64 {
        let (mut s, mut q) = (0.0, 0.0);
        for w in self.curve.windows(2) {
            let r = w[1] / w[0] - 1.0;
            s += r;
            q += r * r;
        }
        let n = self.curve.len() as f64;
        s / n / (q / n - (s / n) * (s / n)).sqrt()
    }
}

fn w1_bound(b: &Bars) -> (f64, f64, u32) {
    let (o, c) = (&b.open, &b.close);
    let mut t = Tally::new(c.len());
    let (mut f, mut s) = (0.0, 0.0);
    let (mut units, mut was, mut due) = (0.0, false, 0_i8);
    for i in 0..c.len() {
        if due > 0 {
            units = t.equity * (1.0 - 0.00045) / o[i];
            t.trades += 1;
        } else if due < 0 {
            t.equity = units * o[i] * (1.0 - 0.00045);
            units = 0.0;
        }
        due = 0;
        f += c[i];
        s += c[i];
        if i >= 10 {
            f -= c[i - 10];
        }
        if i >= 30 {
            s -= c[i - 30];
        }
        if i >= 29 {
            let above = f / 10.0 > s / 30.0;
            if above != was && i > 29 {
                if above && units == 0.0 {
                    due = 1;
                } else if !above && units > 0.0 {
                    due = -1;
                }
            }
            was = above;
        }
        t.mark(if units > 0.0 { units * c[i] } else { t.equity });
    }
    (t.sharpe(), t.drawdown, t.trades)
}

fn w2_bound(b: &Bars) -> (f64, f64, u32) {
    let (o, h, l, c) = (&b.open, &b.high, &b.low, &b.close);
    let mut t = Tally::new(c.len());
    let (mut up, mut down, mut ema, mut sum) = (0.0, 0.0, 0.0, 0.0);
    let (mut units, mut entry, mut age, mut due) = (0.0, 0.0, 0_u32, false);
    let close = |t: &mut Tally, units: &mut f64, price: f64, fee: f64| {
        t.equity = *units * price * (1.0 - fee);
        *units = 0.0;
    };
    for i in 0..c.len() {
        if units > 0.0 {
            age += 1;
            if age == 50 {
                close(&mut t, &mut units, o[i] * (1.0 - 0.0005), 0.00045);
            }
        }
        if due && units == 0.0 {
            entry = o[i] * (1.0 + 0.0005);
            units = t.equity * (1.0 - 0.00045) / entry;
            age = 0;
            t.trades += 1;
        }
        if units > 0.0 {
            let (stop, target) = (entry * 0.98, entry * 1.03);
            if l[i] <= stop {
                let price = if o[i] < stop { o[i] } else { stop };
                close(&mut t, &mut units, price * (1.0 - 0.0005), 0.00045);
            } else if h[i] >= target {
                let price = if o[i] > target { o[i] } else { target };
                close(&mut t, &mut units, price, 0.00015);
            }
        }
        if i > 0 {
            let d = c[i] - c[i - 1];
            let (gain, loss) = (
                if d > 0.0 { d } else { 0.0 },
                if d < 0.0 { -d } else { 0.0 },
            );
            if i <= 14 {
                up += gain / 14.0;
                down += loss / 14.0;
            } else {
                up += (gain - up) * (1.0 / 14.0);
                down += (loss - down) * (1.0 / 14.0);
            }
        }
        if i < 200 {
            sum += c[i];
            ema = sum / (i + 1) as f64;
        } else {
            ema += (c[i] - ema) * (2.0 / 201.0);
        }
        // past the same settling as the strategy's
        due = i >= 999 && 100.0 * up < 40.0 * (up + down) && c[i] > ema;
        t.mark(if units > 0.0 { units * c[i] } else { t.equity });
    }
    (t.sharpe(), t.drawdown, t.trades)
}

// ---- divan

#[divan::bench(sample_count = 9, args = native())]
fn w1_sixbtc(b: Bencher<'_, '_>, backend: Backend) {
    let (c, s) = (compiled(W1, backend), settings(0.0));
    b.counter(ItemsCount::new(ROWS))
        .bench_local(|| whole_run(&c, &s));
}

#[divan::bench(sample_count = 9)]
fn w1_plain_rust(b: Bencher<'_, '_>) {
    b.counter(ItemsCount::new(ROWS))
        .bench_local(|| w1_bound(black_box(bars())));
}

#[divan::bench(sample_count = 9, args = native())]
fn w2_sixbtc(b: Bencher<'_, '_>, backend: Backend) {
    let (c, s) = (compiled(W2, backend), settings(0.0005));
    b.counter(ItemsCount::new(ROWS))
        .bench_local(|| whole_run(&c, &s));
}

#[divan::bench(sample_count = 9)]
fn w2_plain_rust(b: Bencher<'_, '_>) {
    b.counter(ItemsCount::new(ROWS))
        .bench_local(|| w2_bound(black_box(bars())));
}

/// A strategy of a hundred lines.
const HUNDRED: &str = include_str!("programs/hundred_lines.sbt");

#[divan::bench]
fn j_check(b: Bencher<'_, '_>) {
    b.bench_local(|| check(&NoFiles, "j.sbt", black_box(HUNDRED), &HashMap::new()));
}

#[divan::bench(args = native())]
fn j_text_to_kernel(b: Bencher<'_, '_>, backend: Backend) {
    b.bench_local(|| compiled(black_box(HUNDRED), backend));
}

#[divan::bench(sample_count = 9)]
fn d_parquet(b: Bencher<'_, '_>) {
    let (dir, _, parquet) = files();
    b.bench_local(|| open(&parquet, &ImportOptions::default()).unwrap());
    drop(dir);
}

#[divan::bench(sample_count = 5)]
fn d_csv(b: Bencher<'_, '_>) {
    let (dir, csv, _) = files();
    b.bench_local(|| open(&csv, &ImportOptions::default()).unwrap());
    drop(dir);
}

fn files() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let (csv, parquet) = (
        dir.path().join("SYNTH-1m.csv"),
        dir.path().join("SYNTH-1m.parquet"),
    );
    export(bars(), &csv, "bench").unwrap();
    export(bars(), &parquet, "bench").unwrap();
    (dir, csv, parquet)
}

// ---- summary

fn median_ns<T>(runs: usize, mut f: impl FnMut() -> T) -> f64 {
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let t = Instant::now();
            black_box(f());
            t.elapsed().as_nanos() as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn summary() {
    println!("\nmedians, one thread, {ROWS} bars");
    println!(
        "{:<26} {:>12} {:>12} {:>8}",
        "workload", "sixbtc", "plain Rust", "ratio"
    );
    for (name, text, slippage, bound) in [
        (
            "W1 ns a bar",
            W1,
            0.0,
            w1_bound as fn(&Bars) -> (f64, f64, u32),
        ),
        ("W2 ns a bar", W2, 0.0005, w2_bound),
    ] {
        let plain = median_ns(9, || bound(bars())) / ROWS as f64;
        let b = bound(bars());
        for backend in native() {
            let (c, s) = (compiled(text, backend), settings(slippage));
            let ours = median_ns(9, || whole_run(&c, &s)) / ROWS as f64;
            let r = whole_run(&c, &s);
            println!(
                "{:<26} {ours:>12.2} {plain:>12.2} {:>8.2}   ({} trades, bound {})",
                format!("{name}, {}", backend.name()),
                ours / plain,
                r.trades.len(),
                b.2
            );
        }
    }
    let j = median_ns(51, || compiled(HUNDRED, Backend::Cranelift)) / 1e6;
    let jc = median_ns(51, || check(&NoFiles, "j.sbt", HUNDRED, &HashMap::new())) / 1e6;
    println!(
        "{:<26} {j:>12.2} ms whole, {jc:.2} ms check alone ({} lines)",
        "J text to kernel",
        HUNDRED.lines().count()
    );
    let (dir, csv, parquet) = files();
    let p = median_ns(9, || open(&parquet, &ImportOptions::default()).unwrap()) / 1e6;
    let c = median_ns(5, || open(&csv, &ImportOptions::default()).unwrap()) / 1e6;
    println!(
        "{:<26} {p:>12.1} ms Parquet, {c:.1} ms CSV",
        "D open 2.6 M bars"
    );
    drop(dir);
}

fn main() {
    divan::main();
    // a filter asks for single benchmarks
    if std::env::args().skip(1).all(|a| a == "--bench") {
        summary();
    }
}
