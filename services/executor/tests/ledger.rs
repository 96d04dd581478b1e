//! The ledger against plain runs of the engine, and under halts.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sbt_driver::{Backend, NoFiles, check, compile};
use sixbtc_backtest::{BacktestInput, run_backtest};
use sixbtc_core::live::{DeployedSymbol, Deployment, Halt};
use sixbtc_engine::{ExitReason, RunSettings};
use sixbtc_executor::program::Program;
use sixbtc_executor::{Ledger, ledger};
use sixbtc_market::{Bars, SynthOptions, Timeframe, synth};
use std::collections::HashMap;
use uuid::Uuid;

const TF: Timeframe = Timeframe::M30;
const PROGRAM: &str = "#sbt 1
strategy T \"Trades against the move, in two parts.\" {
  on 30m
  enter long when rsi(close, 14) < 42 {
    stop 2%
    target 1% closing 50%
    target 3%
    exit after 12
  }
  enter short when rsi(close, 14) > 58 and position.bars < 30 {
    stop 2%
    exit after 9
  }
  exit when rsi(close, 14) > 55
  size risk 2%
  limit leverage 3
}
";

fn program() -> Program {
    let checked = check(&NoFiles, "t", PROGRAM, &HashMap::new());
    assert!(checked.is_ok(), "{:?}", checked.diagnostics);
    let compiled = compile(&checked.hir.strategies[0], Backend::Cranelift).unwrap();
    Program {
        params: Vec::new(),
        hash: checked.hash,
        kernel: compiled.kernel,
    }
}

fn market() -> Vec<Bars> {
    let one = |(seed, symbol): (u64, &str)| {
        synth(&SynthOptions {
            symbol: symbol.into(),
            seed,
            bars: 48 * 40,
            timeframe: TF,
            ..SynthOptions::default()
        })
        .unwrap()
    };
    [(1, "AAA"), (2, "BBB")].into_iter().map(one).collect()
}

fn deployment(bars: &[Bars], halts: Vec<Halt>) -> Deployment {
    let from = bars[0].time[48 * 10];
    Deployment {
        strategy: Uuid::from_u128(7),
        subaccount: 1,
        segment: 1,
        from,
        live_since: from,
        capital: Decimal::from(10_000),
        anchor: bars[0].time[0],
        symbols: bars
            .iter()
            .map(|b| DeployedSymbol {
                symbol: b.symbol.clone(),
                price_scale: b.price_scale(),
                max_leverage: 20.0,
                min_notional: 10.0,
            })
            .collect(),
        run: serde_json::to_value(RunSettings::default()).unwrap(),
        halts,
        processed: from,
        closing: None,
        flat: false,
    }
}

fn made(bars: &[Bars], halts: Vec<Halt>, until: i64) -> Ledger {
    let bars_of: Vec<&Bars> = bars.iter().collect();
    ledger(&program(), &deployment(bars, halts), TF, &bars_of, until).unwrap()
}

#[test]
fn the_ledger_is_the_backtest() {
    let bars = market();
    let end = bars[0].end().unwrap();
    let found = made(&bars, Vec::new(), end);
    let (program, settings) = (program(), RunSettings::default());
    let mut input = BacktestInput::new(&*program.kernel, &program.params, &bars, &settings);
    input.from = Some(deployment(&bars, Vec::new()).from);
    let run = run_backtest(&input).unwrap();
    let closed: Vec<_> = run
        .trades
        .iter()
        .filter(|t| t.exit_reason != ExitReason::EndOfData)
        .collect();
    let parts: Vec<_> = found.lots.iter().flat_map(|l| &l.parts).collect();
    assert!(closed.len() > 50, "{}", closed.len());
    assert_eq!(parts.len(), closed.len());
    let sum = |all: Vec<f64>| all.into_iter().sum::<f64>();
    let theirs = sum(closed.iter().map(|t| t.pnl).collect());
    let ours = sum(parts.iter().map(|p| p.pnl.to_f64().unwrap()).collect());
    assert!((theirs - ours).abs() < 1e-4, "{theirs} {ours}");
    // fees split between entry and exits add up again
    let fees = sum(run.trades.iter().map(|t| t.fees).collect());
    let split: Decimal = found
        .lots
        .iter()
        .map(|l| l.fee + l.parts.iter().map(|p| p.fee).sum::<Decimal>())
        .sum();
    assert!(fees - split.to_f64().unwrap() < 10.0 && fees >= split.to_f64().unwrap() - 1e-6);
    assert!(
        found.lots.iter().any(|l| l.parts.len() > 1),
        "no partial exit"
    );
}

#[test]
fn what_was_done_stays_done_when_more_bars_close() {
    let bars = market();
    let end = bars[0].end().unwrap();
    let whole = made(&bars, Vec::new(), end);
    for back in [1, 2, 7, 48, 500] {
        let early = made(&bars, Vec::new(), end - back * TF.ms());
        for lot in &early.lots {
            let later = whole
                .lots
                .iter()
                .find(|l| l.position == lot.position)
                .unwrap();
            assert_eq!(
                (lot.at, lot.price, lot.size, lot.order),
                (later.at, later.price, later.size, later.order)
            );
            assert_eq!(lot.parts, later.parts[..lot.parts.len()]);
        }
        let known = whole
            .lots
            .iter()
            .filter(|l| l.at < end - back * TF.ms())
            .count();
        assert_eq!(early.lots.len(), known);
    }
}

#[test]
fn a_halt_masks_entries_alone() {
    let bars = market();
    let end = bars[0].end().unwrap();
    let free = made(&bars, Vec::new(), end);
    let (from, until) = (bars[0].time[48 * 20], bars[0].time[48 * 30]);
    let halt = Halt {
        from,
        until: Some(until),
        why: "test".into(),
    };
    let halted = made(&bars, vec![halt], end);
    // a decision at the close of a bar fills at the next open, which is that very time
    assert!(
        halted.lots.iter().all(|l| l.at < from || l.at >= until),
        "entered during the halt"
    );
    assert!(free.lots.iter().any(|l| l.at >= from && l.at < until));
    let before = |ledger: &Ledger| {
        ledger
            .lots
            .iter()
            .filter(|l| l.at < from)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(before(&free), before(&halted));
    assert!(
        before(&halted)
            .iter()
            .any(|l| l.parts.iter().any(|p| p.at >= from)),
        "no exit during the halt"
    );
    assert!(
        halted.lots.iter().any(|l| l.at >= until),
        "never entered again"
    );
}
