//! Every path of a sweep yields, bit for bit, what the plain run of each point yields.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sbt_driver::{Backend, NoFiles, check, compile_split};
use sixbtc_abi::Split;
use sixbtc_backtest::{BacktestInput, Sweep, SweepInput, SweepPath};
use sixbtc_engine::{FillAt, Metrics, RunSettings, metrics::MONEY_FIGURES};
use sixbtc_market::{Bars, SynthOptions, Timeframe, synth};
use sixbtc_sweep::{Evaluate, Points};
use std::collections::HashMap;

fn bars(symbol: &str, seed: u64, rows: usize) -> Bars {
    synth(&SynthOptions {
        symbol: symbol.to_owned(),
        bars: rows,
        timeframe: Timeframe::M15,
        seed,
        start_price: 100.0,
        annual_vol: 0.9,
        tick: 0.01,
        ..SynthOptions::default()
    })
    .unwrap()
}

/// A strategy split by all parameters that have several values, and all points of its grid, thinned.
fn ready(source: &str, most: usize) -> (Split, Vec<Vec<f64>>) {
    let checked = check(&NoFiles, "test.sbt", source, &HashMap::new());
    assert!(checked.is_ok(), "{:?}", checked.diagnostics);
    let strategy = &checked.hir.strategies[0];
    let swept: Vec<u16> = (0..strategy.params.len() as u16)
        .filter(|&p| strategy.params[usize::from(p)].values.len() > 1)
        .collect();
    let split = compile_split(strategy, &swept, Backend::Cranelift).unwrap();
    let mut points = vec![Vec::new()];
    for p in &split.whole.manifest().params {
        let values = if p.values.is_empty() {
            vec![p.default]
        } else {
            p.values.clone()
        };
        points = points
            .iter()
            .flat_map(|point: &Vec<f64>| {
                values.iter().map(move |v| {
                    let mut point = point.clone();
                    point.push(*v);
                    point
                })
            })
            .collect();
    }
    points.retain(|p| split.whole.bind(p).is_ok());
    let step = points.len().div_ceil(most);
    (split, points.into_iter().step_by(step).collect())
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// Runs all points in one batch and compares each figure with the plain run. Returns the path and all trades.
fn compare(
    source: &str,
    data: &[Bars],
    settings: &RunSettings,
    figures: &[String],
    most: usize,
) -> (SweepPath, f64) {
    let (split, points) = ready(source, most);
    let mut run = BacktestInput::new(&*split.whole, &[], data, settings);
    // some history before the traded rows
    run.from = Some(data[0].time[150]);
    let input = SweepInput::new(&split, run, figures);
    let sweep = Sweep::new(input).unwrap();
    let width = split.whole.manifest().params.len();
    let values: Vec<f64> = points.concat();
    let mut out = vec![0.0; points.len() * figures.len()];
    let points_of = Points {
        values: &values,
        width,
    };
    sweep.evaluate(points_of, &mut out).unwrap();
    let mut trades = 0.0;
    for (point, row) in points.iter().zip(out.chunks(figures.len())) {
        let plain = sweep.plain(point).unwrap();
        trades += plain.trades;
        for (name, value) in figures.iter().zip(row) {
            let wanted = plain.get(name).unwrap();
            assert!(
                same(*value, wanted),
                "{name} at {point:?}: {value} instead of {wanted}\n{}",
                sweep.plan().join("\n")
            );
        }
    }
    // now and then a liquidation price lies within the last digits of a level
    assert!(sweep.strays() * 20 <= points.len(), "{}", sweep.strays());
    (sweep.path(), trades)
}

fn all() -> Vec<String> {
    let names = Metrics::NONE.list();
    names.iter().map(|m| m.name.to_owned()).collect()
}

fn money() -> Vec<String> {
    MONEY_FIGURES.map(str::to_owned).to_vec()
}

const BRACKETS: &str = "#sbt 1
strategy brackets {
  on 15m
  param sl: percent = 2% in {0.02%, 0.5%, 1%, 2%, 30%}
  param tp: percent = 3% in {0.05%, 1%, 3%, 40%}
  param n: bars = 50 in {1, 2, 20, 50, 5000}
  param lev: float = 1 in {1, 3, 20, 40}
  enter long when rsi(close, 3) < 40 and close > sma(close, 50) {
    stop sl
    target tp
    exit after n
  }
  limit leverage lev
  size risk 2%
}
";

const TURNS: &str = "#sbt 1
strategy turns {
  on 15m
  param fast: bars = 5 in 2..12 step 3
  param slow: bars = 30 in 20..60 step 20
  param lev: float = 1 in {1, 5}
  require fast < slow
  let f = sma(close, fast)
  let s = sma(close, slow)
  enter long when f crosses above s
  enter short when f crosses below s
  limit leverage lev
  size 100% of equity
  plot f
}
";

const EXITS: &str = "#sbt 1
strategy exits {
  on 15m
  param len: bars = 14 in 5..20 step 5
  param level: float = 30 in 25..45 step 5
  param k: float = 1 in {1, 2.5}
  let r = rsi(close, len)
  let hourly = on 1h: sma(close, 5)
  enter long when r < level and close > hourly {
    stop entry - k * atr(14)
  }
  enter short when r > 100 - level {
    stop 1%
    exit after 12 bars
  }
  exit long when r > 50
  size 50% of equity
}
";

#[test]
fn events_with_brackets() {
    let data = [bars("A", 1, 3_000)];
    let settings = RunSettings::default();
    for figures in [money(), all()] {
        let (path, trades) = compare(BRACKETS, &data, &settings, &figures, 200);
        assert_eq!(path, SweepPath::Events);
        assert!(trades > 3_000.0, "{trades}");
    }
}

#[test]
fn events_that_turn_around() {
    let data = [bars("A", 2, 3_000)];
    let settings = RunSettings {
        max_positions: 1,
        ..RunSettings::default()
    };
    for figures in [money(), all()] {
        let (path, trades) = compare(TURNS, &data, &settings, &figures, 100);
        assert_eq!(path, SweepPath::Events);
        assert!(trades > 1_000.0, "{trades}");
    }
}

#[test]
fn events_with_exits_of_their_own() {
    let data = [bars("A", 3, 3_000)];
    let (path, trades) = compare(EXITS, &data, &RunSettings::default(), &all(), 60);
    assert_eq!(path, SweepPath::Events);
    assert!(trades > 1_000.0, "{trades}");
}

#[test]
fn several_symbols_share_an_account() {
    let data: Vec<Bars> = (0..5)
        .map(|s| bars(["A", "B", "C", "D", "E"][s], 10 + s as u64, 2_000))
        .collect();
    let settings = RunSettings {
        max_positions: 2,
        ..RunSettings::default()
    };
    for source in [BRACKETS, TURNS, EXITS] {
        let (path, trades) = compare(source, &data, &settings, &money(), 40);
        assert_eq!(path, SweepPath::Events);
        assert!(trades > 500.0, "{trades}");
    }
}

/// A copy without every bar that `drop` names.
fn gapped(bars: &Bars, drop: impl Fn(usize) -> bool) -> Bars {
    let mut out = Bars::with_capacity(bars.symbol.clone(), bars.timeframe, bars.len());
    for row in (0..bars.len()).filter(|&r| !drop(r)) {
        out.push(sixbtc_market::Bar {
            time: bars.time[row],
            open: bars.open[row],
            high: bars.high[row],
            low: bars.low[row],
            close: bars.close[row],
            volume: bars.volume[row],
        });
    }
    out
}

#[test]
fn symbols_with_gaps_listed_late_and_gone_early() {
    let data = [
        gapped(&bars("A", 21, 2_000), |r| r % 17 == 3),
        gapped(&bars("B", 22, 2_000), |r| r < 700),
        gapped(&bars("C", 23, 2_000), |r| r > 1_200 || r % 50 < 5),
    ];
    let settings = RunSettings {
        max_positions: 2,
        ..RunSettings::default()
    };
    for source in [BRACKETS, TURNS, EXITS] {
        let (path, trades) = compare(source, &data, &settings, &money(), 40);
        assert_eq!(path, SweepPath::Events);
        assert!(trades > 100.0, "{trades}");
    }
}

#[test]
fn an_account_that_runs_dry_skips_orders() {
    let data = [bars("A", 5, 2_000)];
    for capital in [10.5, 30.0] {
        let settings = RunSettings {
            capital,
            max_positions: 1,
            ..RunSettings::default()
        };
        for source in [BRACKETS, TURNS, EXITS] {
            compare(source, &data, &settings, &money(), 40);
        }
    }
}

#[test]
fn what_cannot_be_proved_goes_bar_by_bar() {
    let data = [bars("A", 4, 2_000)];
    let trailing = BRACKETS.replace("    stop sl\n", "    stop sl\n    trail 1%\n");
    let (path, trades) = compare(&trailing, &data, &RunSettings::default(), &all(), 30);
    assert_eq!(path, SweepPath::Bars);
    assert!(trades > 100.0, "{trades}");
    let close = RunSettings {
        fill: FillAt::Close,
        ..RunSettings::default()
    };
    let (path, _) = compare(TURNS, &data, &close, &money(), 30);
    assert_eq!(path, SweepPath::Bars);
}
