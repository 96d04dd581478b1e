//! From a run of the engine to the report's data and file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

#[path = "support/cross.rs"]
mod cross;

use cross::Cross;
use sixbtc_backtest::{BacktestInput, BacktestResult, run_backtest};
use sixbtc_engine::RunSettings;
use sixbtc_market::import::{ImportOptions, open};
use sixbtc_market::{Bars, Timeframe};
use sixbtc_report::data::{Direction, LevelKind, ReportData};
use sixbtc_report::{ReportError, render, write};

fn sample() -> [Bars; 1] {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/sample/BTCUSD-30m.csv.gz"
    );
    [open(path, &ImportOptions::default())
        .unwrap()
        .bars
        .slice(0..6_000)]
}

fn backtest(data: &[Bars], period: Timeframe) -> BacktestResult {
    let kernel = Cross::new("Cross & <follow>", period.ms());
    let settings = RunSettings {
        max_positions: 1,
        ..RunSettings::default()
    };
    run_backtest(&BacktestInput {
        source: "source",
        compiler: "test",
        plots: true,
        ..BacktestInput::new(&kernel, &[24.0, 160.0], data, &settings)
    })
    .unwrap()
}

#[test]
fn everything_of_a_run_is_in_its_report() {
    let data = sample();
    let result = backtest(&data, Timeframe::M30);
    let report = ReportData::of(&result, &data).unwrap();
    assert_eq!(report.title, "Cross & <follow>");
    assert_eq!(report.run.hash, result.run.hash);
    assert_eq!(report.initial_equity, 10_000.0);
    assert_eq!(report.equity.time, data[0].time);
    assert_eq!(report.equity.equity, result.curve.equity());
    assert_eq!(report.first_tradable, result.warmup.first_tradable[0]);
    assert_eq!(report.metrics.len(), result.metrics.list().len());
    let setting = |name: &str| {
        let found = report.settings.iter().find(|s| s.name == name).unwrap();
        found.value.as_str()
    };
    assert_eq!(setting("taker_fee"), "0.045 %");
    assert_eq!(setting("capital"), "10,000 USDC");
    assert_eq!(setting("fill"), "next open");
    assert_eq!(setting("leverage"), "what the strategy allows");
    assert_eq!(report.params[1].value, "160");
    assert!(report.warnings[0].starts_with("No funding"));

    let market = &report.markets[0];
    assert_eq!(
        (market.tick, market.close.len()),
        (result.symbols[0].tick, 6_000)
    );
    assert_eq!(market.plots.len(), 2);
    assert!(market.plots[1].is_price && market.plots[1].values[158].is_none());
    assert!(market.plots[1].values[159].is_some());

    assert_eq!(report.trades.len(), result.trades.len());
    assert!(report.trades.len() > 30);
    for (shown, trade) in report.trades.iter().zip(&result.trades) {
        assert_eq!(shown.pnl, trade.pnl);
        assert!((shown.pnl_pct - trade.pnl / trade.notional).abs() < 1e-12);
        assert_eq!(shown.side == Direction::Long, shown.tag == "golden cross");
        assert_eq!(shown.exit_reason, trade.exit_reason.name());
        let stop = shown
            .levels
            .iter()
            .find(|l| l.kind == LevelKind::Stop)
            .unwrap();
        assert_eq!(stop.changes[0].time, shown.entry_time);
        let first = stop.changes[0].price.unwrap();
        assert!((first / shown.entry_price - 1.0).abs() - 0.02 < 1e-9);
        assert!(
            stop.changes
                .windows(2)
                .all(|w| w[0].time < w[1].time && w[0].price != w[1].price)
        );
        assert!(stop.changes.iter().all(|c| c.time <= shown.exit_time));
    }
    let trailed = |t: &&sixbtc_report::data::Trade| t.exit_reason == "trail";
    let trail = report.trades.iter().find(trailed).unwrap();
    let stop = trail
        .levels
        .iter()
        .find(|l| l.kind == LevelKind::Stop)
        .unwrap();
    assert!(stop.changes.len() > 1);

    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<ReportData>(&json).unwrap(), report);
}

#[test]
fn bars_that_the_run_resampled_are_shown_on_its_clock() {
    let data = sample();
    let result = backtest(&data, Timeframe::H4);
    let report = ReportData::of(&result, &data).unwrap();
    assert_eq!(report.timeframe_ms, Timeframe::H4.ms());
    assert_eq!(report.markets[0].time, report.equity.time);
    assert!(report.markets[0].time.len() < 800);
    render(&report).unwrap();
}

#[test]
fn a_report_is_one_small_file() {
    let data = sample();
    let result = backtest(&data, Timeframe::M30);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.html");
    write(&result, &data, &path).unwrap();
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page.contains("<title>Cross &amp; &lt;follow&gt;"));
    let library = include_str!("../assets/lightweight-charts.standalone.production.js").len();
    assert!(page.len() - library < 400_000, "{}", page.len());
}

#[test]
fn bars_of_another_run_are_refused() {
    let data = sample();
    let result = backtest(&data, Timeframe::M30);
    let none = ReportData::of(&result, &[]);
    assert!(matches!(none, Err(ReportError::Columns { .. })));
    let short = [data[0].slice(0..10)];
    assert!(matches!(
        ReportData::of(&result, &short),
        Err(ReportError::Columns { .. })
    ));
}
