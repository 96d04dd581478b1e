//! The engine's share of a run: 2,628,000 one-minute rows with the flags of two well-known strategies, in blocks of 2,048,
//! equity curve and metrics included. `W1`: SMA(10)/SMA(30) cross, long only. `W2`: RSI(14) < 40 above EMA(200) with stop 2 %,
//! target 3 % and exit after 50 bars.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::wildcard_imports,
    missing_docs
)]

use divan::counter::ItemsCount;
use sixbtc_abi::*;
use sixbtc_engine::{Block, Engine, Metrics, RunSettings, SymbolSetup, Trials, metrics};
use sixbtc_market::{SymbolSpec, Timeframe};
use std::ops::Range;
use std::sync::LazyLock;
use std::time::Instant;

const ROWS: usize = 2_628_000;
const BLOCK: usize = 2_048;

struct Rows {
    time: Vec<i64>,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    w1: Vec<u64>,
    w2: Vec<u64>,
}

static DATA: LazyLock<Rows> = LazyLock::new(rows);

fn rows() -> Rows {
    let mut state = 1u64;
    let mut unit = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut d = Rows {
        time: (0..ROWS as i64).map(|i| i * 60_000).collect(),
        open: vec![],
        high: vec![],
        low: vec![],
        close: vec![],
        w1: vec![],
        w2: vec![],
    };
    let mut price: f64 = 30_000.0;
    for _ in 0..ROWS {
        let open = price;
        let normal = unit() + unit() + unit() + unit() - 2.0;
        price *= 1.0 + 0.0012 * normal;
        // Keeps the walk within sight of its start.
        price += (30_000.0 - price) * 1e-5;
        d.open.push(open);
        d.close.push(price);
        d.high.push(open.max(price) * (1.0 + 0.0004 * unit()));
        d.low.push(open.min(price) * (1.0 - 0.0004 * unit()));
    }
    let sma = |n: usize, t: usize| d.close[t + 1 - n..=t].iter().sum::<f64>() / n as f64;
    let mut above = false;
    for t in 0..ROWS {
        if t < 30 {
            d.w1.push(0);
            continue;
        }
        let now = sma(10, t) > sma(30, t);
        d.w1.push(u64::from(now && !above) | u64::from(!now && above) << 1);
        above = now;
    }
    let (mut ema, mut up, mut down) = (d.close[0], 0.0, 0.0);
    for t in 0..ROWS {
        let change = if t == 0 {
            0.0
        } else {
            d.close[t] - d.close[t - 1]
        };
        up += (f64::max(change, 0.0) - up) / 14.0;
        down += (f64::max(-change, 0.0) - down) / 14.0;
        ema += (d.close[t] - ema) * 2.0 / 201.0;
        let rsi = if up + down == 0.0 {
            50.0
        } else {
            100.0 * up / (up + down)
        };
        d.w2.push(u64::from(t > 200 && rsi < 40.0 && d.close[t] > ema));
    }
    d
}

struct Script(Manifest);

impl Script {
    fn new(plan: OrderPlan) -> Self {
        Self(Manifest {
            flags: vec!["enter".into(), "exit".into()],
            plan,
            ..Manifest::default()
        })
    }

    fn w1() -> Self {
        let exit = ExitTrigger::When {
            cond: bit(1),
            reason: ExitReason::Signal,
        };
        Self::new(OrderPlan {
            entries: vec![entry(Bracket::default())],
            exits: vec![ExitPlan {
                scope: ExitScope::All,
                trigger: exit,
            }],
            ..OrderPlan::default()
        })
    }

    fn w2() -> Self {
        Self::new(OrderPlan {
            entries: vec![entry(Bracket {
                stops: vec![Level::Percent(Value::Const(0.02))],
                targets: vec![TargetLeg {
                    level: Level::Percent(Value::Const(0.03)),
                    closing: None,
                }],
                exits: vec![ExitTrigger::After(Value::Const(50.0))],
                ..Bracket::default()
            })],
            ..OrderPlan::default()
        })
    }
}

fn bit(bit: u8) -> Cond {
    Cond {
        phase: Phase::Signal,
        bit,
    }
}

fn entry(bracket: Bracket) -> EntryPlan {
    EntryPlan {
        side: Side::Long,
        tag: "long".into(),
        when: bit(0),
        order: EntryOrder::Market,
        size: None,
        bracket,
    }
}

impl Kernel for Script {
    fn manifest(&self) -> &Manifest {
        &self.0
    }
    fn bind(&self, _: &[f64]) -> Result<Constants, KernelError> {
        Ok(Constants::default())
    }
    fn new_state(&self, _: &Constants) -> State {
        State::default()
    }
    fn run(
        &self,
        _: &Input<'_>,
        _: &[usize],
        _: Range<usize>,
        _: &Constants,
        _: &mut State,
        _: &mut Outputs,
    ) -> Result<(), KernelError> {
        Ok(())
    }
    fn position(
        &self,
        _: (u64, &[f64]),
        _: &PositionInputs,
        _: &Constants,
        _: &mut State,
        _: &mut [f64],
    ) -> Result<u64, KernelError> {
        Ok(0)
    }
    fn bracket(&self, _: &[f64], _: f64, _: &Constants, _: &mut [f64]) -> Result<(), KernelError> {
        Ok(())
    }
}

/// Figures and number of trades; with `figures` false the metrics are left out.
fn run(kernel: &Script, flags: &[u64], figures: bool) -> (Metrics, usize) {
    let d = &*DATA;
    let spec = SymbolSpec::new("BTC", 0.1);
    let settings = RunSettings {
        record_levels: false,
        slippage: 0.0,
        ..RunSettings::default()
    };
    let constants = Constants::default();
    let setup = SymbolSetup {
        spec: &spec,
        warmup: 200,
        funding: None,
        finer: None,
    };
    let mut engine = Engine::new(kernel, &constants, &settings, Timeframe::M1, &[setup])
        .unwrap()
        .with_room(ROWS);
    let mut states = [State::default()];
    let mut start = 0;
    while start < ROWS {
        let end = (start + BLOCK).min(ROWS);
        let block = Block {
            symbol: 0,
            time: &d.time[start..end],
            open: &d.open[start..end],
            high: &d.high[start..end],
            low: &d.low[start..end],
            close: &d.close[start..end],
            flags: &flags[start..end],
            values: &[],
        };
        engine.advance(&mut states, &[block]).unwrap();
        start = end;
    }
    let o = engine.finish();
    let m = if figures {
        metrics(
            &o.curve,
            &d.time,
            Timeframe::M1,
            &o.trades,
            &o.counters,
            Trials::default(),
        )
    } else {
        Metrics::NONE
    };
    (m, o.trades.len())
}

#[divan::bench(sample_count = 10)]
fn w1(bencher: divan::Bencher<'_, '_>) {
    let kernel = Script::w1();
    bencher
        .counter(ItemsCount::new(ROWS))
        .bench(|| run(&kernel, &DATA.w1, true));
}

#[divan::bench(sample_count = 10)]
fn w2(bencher: divan::Bencher<'_, '_>) {
    let kernel = Script::w2();
    bencher
        .counter(ItemsCount::new(ROWS))
        .bench(|| run(&kernel, &DATA.w2, true));
}

fn main() {
    let rows = &*DATA;
    for (name, kernel, flags) in [
        ("w1", Script::w1(), &rows.w1),
        ("w2", Script::w2(), &rows.w2),
    ] {
        for (what, figures) in [("fills and equity", false), ("with metrics", true)] {
            let mut best = f64::INFINITY;
            let mut trades = 0;
            for _ in 0..7 {
                let start = Instant::now();
                trades = run(&kernel, flags, figures).1;
                best = best.min(start.elapsed().as_secs_f64());
            }
            println!(
                "{name} {what}: {:.2} ns/row ({trades} trades)",
                best * 1e9 / ROWS as f64
            );
        }
    }
    divan::main();
}
