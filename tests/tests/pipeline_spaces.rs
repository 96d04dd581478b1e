//! The parametric spaces of the pipeline beside the compiler and the engine: the documented counts, parameters of a program for
//! every point, and leverages that are said to be one, run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

use sbt_driver::{Backend, Compiled, NoFiles, check, compile};
use sixbtc_abi::KernelError;
use sixbtc_backtest::{BacktestInput, BacktestResult, run_backtest};
use sixbtc_engine::{ExitReason, RunSettings};
use sixbtc_judgement::pipeline::spaces::{
    Fate, LeverageContext, LeverageRole, Space, Stop, TIMEFRAMES, Target,
};
use sixbtc_market::{Bars, ImportOptions, SymbolSpec, Timeframe, open};
use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(path)
}

/// The example of the book: the space of 1h.
fn example() -> String {
    std::fs::read_to_string(repository("docs/examples/percentage_space.sbt")).unwrap()
}

fn percents(values: impl Iterator<Item = f64>) -> String {
    let texts: Vec<String> = values
        .map(|v| format!("{}%", (v * 1e6).round() / 1e4))
        .collect();
    format!("{{{}}}", texts.join(", "))
}

/// The example with the values of another timeframe's space.
fn program(timeframe: Timeframe, space: &Space) -> String {
    let stops = percents(space.axes.stops.iter().map(Stop::estimate));
    let targets = percents(space.axes.targets.iter().map(|t| match t {
        Target::Fraction { distance } => *distance,
        _ => 0.0,
    }));
    let exits: Vec<String> = space
        .axes
        .exits
        .iter()
        .map(|e| e.unwrap_or(0).to_string())
        .collect();
    let exits = format!("{{{}}}", exits.join(", "));
    let mut text = String::new();
    for line in example().lines() {
        let values = |of: &str, rest: &str| {
            let first = of[1..].split([',', '}']).next().unwrap();
            format!("{rest} = {first} in {of}")
        };
        // the first stop with the last target and exit: a default that no `require` refuses
        let last = |of: &str, rest: &str| {
            let last = of.trim_end_matches('}').rsplit(' ').next().unwrap();
            format!("{rest} = {last} in {of}")
        };
        let line = match line.trim_start() {
            l if l.starts_with("on ") => format!("  on {timeframe}"),
            l if l.starts_with("param loss") => values(&stops, "  param loss: percent"),
            l if l.starts_with("param goal") => last(&targets, "  param goal: percent"),
            l if l.starts_with("param hold") => last(&exits, "  param hold: bars"),
            _ => line.to_owned(),
        };
        writeln!(text, "{line}").unwrap();
    }
    text
}

fn compiled(text: &str) -> Compiled {
    let checked = check(&NoFiles, "space.sbt", text, &HashMap::new());
    assert!(checked.is_ok(), "{text}\n{:?}", checked.diagnostics);
    compile(&checked.hir.strategies[0], Backend::Cranelift).unwrap()
}

#[test]
fn the_documented_counts() {
    for timeframe in TIMEFRAMES {
        let census = Space::percentage(timeframe).unwrap().census();
        assert_eq!((census.raw, census.documented()), (1_050, 1_015));
    }
}

#[test]
fn the_example_of_the_book_is_the_space_of_1h() {
    let space = Space::percentage(Timeframe::H1).unwrap();
    let book = compiled(&example());
    let made = compiled(&program(Timeframe::H1, &space));
    let axes = |c: &Compiled| -> Vec<Vec<f64>> {
        let params = &c.manifest().params;
        params.iter().map(|p| p.values.clone()).collect()
    };
    assert_eq!(axes(&book), axes(&made));
}

#[test]
fn every_point_binds_unless_the_rules_drop_it() {
    for timeframe in TIMEFRAMES {
        let space = Space::percentage(timeframe).unwrap();
        let program = compiled(&program(timeframe, &space));
        let product: usize = program
            .manifest()
            .params
            .iter()
            .map(|p| p.values.len())
            .product();
        assert_eq!(product, 1_050);
        let mut bound = 0;
        for (point, fate) in space.judged() {
            let params = point.fractions().unwrap();
            match (program.kernel.bind(&params), fate) {
                (Ok(_), Fate::Kept | Fate::UnsafeLeverage) => bound += 1,
                (Err(KernelError::Require { .. }), Fate::Endless | Fate::TargetNotAboveStop) => {}
                (_, fate) => panic!("{timeframe}: {point:?} is {fate:?}"),
            }
        }
        let census = space.census();
        assert_eq!(bound, census.kept + census.unsafe_leverage);
    }
}

fn btc() -> Bars {
    let path = repository("tests/data/sample/BTCUSD-30m.csv.gz");
    open(path, &ImportOptions::default()).unwrap().bars
}

fn run(program: &Compiled, bars: &Bars, params: &[f64]) -> BacktestResult {
    let settings = RunSettings::default();
    let specs = [SymbolSpec {
        max_leverage: 20.0,
        ..SymbolSpec::of(bars)
    }];
    let data = std::slice::from_ref(bars);
    let input = BacktestInput {
        specs: &specs,
        ..BacktestInput::new(&*program.kernel, params, data, &settings)
    };
    run_backtest(&input).unwrap()
}

/// Whole runs of one symbol at leverages that are one combination are the same, trade by trade to the bit; at leverages that are
/// not, sizes differ.
#[test]
fn leverages_that_are_one_run_alike() {
    let bars = btc();
    let space = Space::percentage(Timeframe::M30).unwrap();
    let program = compiled(&program(Timeframe::M30, &space));
    let one = LeverageContext::single();
    let (mut alike, mut different) = (0, 0);
    for stop in [0.03, 0.04, 0.06] {
        for (a, b) in [(1, 2), (5, 10), (3, 5)] {
            let runs = [a, b]
                .map(|leverage| run(&program, &bars, &[stop, 0.10, 60.0, f64::from(leverage)]));
            let liquidated = |r: &BacktestResult| {
                r.trades
                    .iter()
                    .any(|t| t.exit_reason == ExitReason::Liquidation)
            };
            let [left, right] = &runs;
            assert!(left.trades.len() > 100);
            let equal = left.trades.len() == right.trades.len()
                && left.trades.iter().zip(&right.trades).all(|(x, y)| {
                    (x.size, x.pnl, x.exit_time, x.exit_price)
                        == (y.size, y.pnl, y.exit_time, y.exit_price)
                });
            if one.same_size((stop, stop), a, b) {
                assert!(equal && !liquidated(left) && !liquidated(right));
                alike += 1;
            } else if stop * 1.01 * f64::from(a) < 0.2 {
                // under the cap by more than the slack; within it a leverage only counts as material out of caution
                assert_eq!(one.role((stop, stop), a), LeverageRole::Capped);
                assert!(!equal, "{stop} {a} {b}");
                different += 1;
            }
        }
    }
    assert!(alike >= 1 && different >= 7, "{alike} {different}");
}
