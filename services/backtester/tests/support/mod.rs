//! Markets with and without an edge, and a row of the store over them.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]

use sixbtc_backtester::{Prepared, Rules, prepare};
use sixbtc_core::candles::Series;
use sixbtc_core::model::{NewStrategy, Side, SourceName, Status, Strategy, StrategyType};
use sixbtc_judgement::draw::Draw;
use sixbtc_market::{Bar, Bars, SymbolSpec, Timeframe};
use std::sync::Arc;
use uuid::Uuid;

/// Hourly bars whose drift turns its sign every 60 bars: `edge` a bar up, then as much down, with noise of 1 %. An edge of 0
/// is a random walk. Each seed is out of step with the others.
pub fn bars(symbol: &str, days: usize, edge: f64, seed: u64) -> Bars {
    let mut draw = Draw::new(seed, 0);
    let mut all = Bars::with_capacity(symbol, Timeframe::H1, days * 24);
    let tick = |price: f64| (price * 100.0).round() / 100.0;
    let (mut log, noise) = (0.0_f64, 0.01);
    for i in 0..days * 24 {
        let up = ((i + seed as usize * 37) / 60).is_multiple_of(2);
        let drift = if up { edge } else { -edge };
        let open = 30_000.0 * log.exp();
        log += drift + noise * draw.normal() - noise * noise / 2.0;
        let close = 30_000.0 * log.exp();
        let wick = |draw: &mut Draw| 1.0 + 0.3 * noise * draw.normal().abs();
        all.push(Bar {
            time: 1_700_006_400_000 + i as i64 * 3_600_000,
            open: tick(open),
            high: tick(open.max(close) * wick(&mut draw)),
            low: tick(open.min(close) / wick(&mut draw)),
            close: tick(close),
            volume: 1.0 + draw.uniform(),
        });
    }
    all
}

pub fn symbols(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("S{i}")).collect()
}

pub fn spec(symbol: &str, tick: f64) -> SymbolSpec {
    SymbolSpec::new(symbol, tick)
}

/// A market of several symbols.
pub fn market(count: usize, days: usize, edge: f64, rules: &Rules) -> Prepared {
    let all: Vec<_> = symbols(count)
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let series = Series::of(bars(&name, days, edge, 1 + i as u64));
            (name, Some(Arc::new(series)))
        })
        .collect();
    prepare(&all, Timeframe::H1, None, &spec, rules).unwrap()
}

/// Follows the drift of [`bars`].
pub const FOLLOWER: &str = "#sbt 1

strategy Try_TRD_0000000f {
  on 1h

  param sl: percent = 6% in 0.5%..30%
  param tp: percent = 20% in 0.5%..1000%
  param hold: bars = 32 in 1..100000
  param lev: float = 3 in 1..40

  enter long when close crosses above sma(close, 12) {
    stop sl
    target tp
    exit after hold
  }
  enter short when close crosses below sma(close, 12) {
    stop sl
    target tp
    exit after hold
  }

  size risk 2%
  limit leverage lev
}
";

/// A row that waits for its judgement.
pub fn row(text: &str, symbols: Vec<String>) -> Strategy {
    Strategy {
        made: NewStrategy {
            id: Uuid::from_u128(15),
            name: "Try_TRD_0000000f".into(),
            sentence: "Follows the drift.".into(),
            source: SourceName::PandasTa,
            bred: false,
            kind: StrategyType::Trend,
            side: Side::Both,
            timeframe: "1h".into(),
            symbols,
            text: text.into(),
            normal_hash: "n".into(),
            behaviour_hash: "b".into(),
            recipe: serde_json::json!({ "space": { "kind": "percentage" } }),
            parents: Vec::new(),
        },
        status: Status::Validated,
        version: 1,
        created_at: 0,
        status_at: 0,
        params: None,
        tested_at: None,
        score_backtest: None,
        robustness: None,
        expected: None,
        trading: None,
        reason: None,
    }
}
