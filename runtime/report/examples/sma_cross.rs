//! A report to look at, without a compiler: the cross of two averages over any file of candles.
//!
//! ```sh
//! cargo run -p sixbtc-report --example sma_cross -- tests/data/sample/BTCUSD-30m.csv.gz /tmp/report.html
//! ```

#[path = "../tests/support/cross.rs"]
mod cross;

use cross::Cross;
use sixbtc_backtest::{BacktestInput, run_backtest};
use sixbtc_engine::RunSettings;
use sixbtc_market::import::{ImportOptions, open};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(candles), Some(report)) = (arguments.next(), arguments.next()) else {
        return Err("usage: sma_cross CANDLES REPORT.html [FAST SLOW]".into());
    };
    let fast = arguments.next().map_or(Ok(24.0), |n| n.parse())?;
    let slow = arguments.next().map_or(Ok(160.0), |n| n.parse())?;
    let found = open(candles, &ImportOptions::default())?;
    let kernel = Cross::new(
        "Trend following with a trailing stop",
        found.bars.timeframe.ms(),
    );
    let settings = RunSettings {
        max_positions: 1,
        ..RunSettings::default()
    };
    let data = [found.bars];
    let result = run_backtest(&BacktestInput {
        compiler: "none: scripted kernel",
        plots: true,
        ..BacktestInput::new(&kernel, &[fast, slow], &data, &settings)
    })?;
    sixbtc_report::write(&result, &data, Path::new(&report))?;
    Ok(())
}
