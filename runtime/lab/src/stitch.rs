//! Runs after each other, read as one run.

use sixbtc_backtest::BacktestResult;
use sixbtc_engine::{Counters, EquityCurve, Metrics, Trade, Trials, metrics};
use sixbtc_market::{Bars, Timeframe};

/// The runs of test windows one after the other: each begins with the equity that the one before ended with.
#[derive(Debug, Clone, PartialEq)]
pub struct Stitched {
    /// Open times of the samples of the curve.
    pub time: Vec<i64>,
    /// Equity at each.
    pub curve: EquityCurve,
    /// Trades of all runs, numbered anew.
    pub trades: Vec<Trade>,
    /// Sums of the runs' counters.
    pub counters: Counters,
}

impl Stitched {
    /// Nothing yet.
    pub fn new(capital: f64) -> Self {
        Self {
            time: Vec::new(),
            curve: EquityCurve::new(capital),
            trades: Vec::new(),
            counters: Counters::default(),
        }
    }

    /// Appends a run. `data` are the bars that it was given.
    pub fn append(&mut self, run: &BacktestResult, data: &[Bars]) {
        let rows = self.curve.len() as u32;
        let (trades, lots) = (
            self.trades.len() as u32,
            self.trades.iter().map(|t| t.lot + 1).max().unwrap_or(0),
        );
        self.trades.extend(run.trades.iter().map(|t| Trade {
            id: t.id + trades,
            lot: t.lot + lots,
            entry_row: t.entry_row + rows,
            exit_row: t.exit_row + rows,
            ..*t
        }));
        self.time.extend_from_slice(&run.time(data));
        self.curve.append(&run.curve);
        let (sum, more) = (&mut self.counters, &run.counters);
        sum.rows += more.rows;
        sum.entries += more.entries;
        sum.capped += more.capped;
        sum.ambiguous += more.ambiguous;
        sum.decided_by_finer += more.decided_by_finer;
        sum.liquidations += more.liquidations;
        sum.traded += more.traded;
        sum.fees += more.fees;
        sum.funding += more.funding;
        sum.slippage += more.slippage;
    }

    /// Figures of the whole.
    pub fn metrics(&self, clock: Timeframe, trials: Trials) -> Metrics {
        metrics(
            &self.curve,
            &self.time,
            clock,
            &self.trades,
            &self.counters,
            trials,
        )
    }
}
