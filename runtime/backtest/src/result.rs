//! What a backtest yields.

use serde::{Deserialize, Serialize};
use sixbtc_abi::Unit;
use sixbtc_engine::{
    Counters, EquityCurve, EquityPoint, LevelPoint, Metrics, Rebalance, RunSettings, Skips, Trade,
};
use sixbtc_market::{Bars, SymbolSpec, Timeframe};
use std::borrow::Cow;
use std::ops::Range;

/// What identifies a run: the same hash gives the same bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunIdentity {
    /// BLAKE3 over all that follows, 64 hexadecimal digits.
    pub hash: String,
    /// Hash of the source text and of all text it imports.
    pub source: String,
    /// Version of the compiler.
    pub compiler: String,
    /// Parameter values by name, in source order.
    pub params: Vec<(String, f64)>,
    /// The data, one entry a series.
    pub data: Vec<DataIdentity>,
    /// Settings.
    pub settings: RunSettings,
}

/// What identifies a series of bars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataIdentity {
    /// Symbol.
    pub symbol: String,
    /// Timeframe, as in `15m`.
    pub timeframe: String,
    /// Open of the first bar, ms.
    pub first: i64,
    /// Open of the last bar, ms.
    pub last: i64,
    /// Number of bars.
    pub bars: usize,
    /// Hash of the content.
    pub hash: String,
}

/// When a run could trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Warmup {
    /// Bars the strategy needs before its first decision.
    pub bars: usize,
    /// Open time of the first bar on whose close a decision was allowed, for each symbol; absent when there was none.
    pub first_tradable: Vec<Option<i64>>,
}

/// A plotted series of one symbol, one value a row of [`BacktestResult::rows`]; NaN before its lookback.
#[derive(Debug, Clone, PartialEq)]
pub struct PlotSeries {
    /// Index into the run's symbols.
    pub symbol: u16,
    /// Name in the source.
    pub name: String,
    /// Unit.
    pub unit: Unit,
    /// Values.
    pub values: Vec<f64>,
}

/// The outcome of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestResult {
    /// Identity.
    pub run: RunIdentity,
    /// Name of the strategy.
    pub name: String,
    /// Its title, or empty.
    pub title: String,
    /// Symbols traded, in the order that [`Trade::symbol`] counts; parallel to the bars given to the run.
    pub symbols: Vec<SymbolSpec>,
    /// The strategy's clock.
    pub timeframe: Timeframe,
    /// For each symbol whose bars were finer than the strategy's clock: the bars made of them. See [`BacktestResult::bars`].
    pub resampled: Vec<Option<Bars>>,
    /// Rows of each symbol's bars *on the strategy's clock* that were traded over (between `from` and `to`).
    pub rows: Vec<Range<usize>>,
    /// Tag of each entry or `hold`, by [`Trade::entry`].
    pub tags: Vec<String>,
    /// Closed trades in the order of closing.
    pub trades: Vec<Trade>,
    /// Stops and targets over time, sorted by entry fill and time; see [`BacktestResult::levels_of`].
    pub levels: Vec<LevelPoint>,
    /// Equity at every base bar.
    pub curve: EquityCurve,
    /// Times of the samples when several symbols make one clock; empty for one symbol, see [`BacktestResult::time`].
    pub clock: Vec<i64>,
    /// Figures.
    pub metrics: Metrics,
    /// Entries not taken, by reason.
    pub skipped: Skips,
    /// Counts and costs.
    pub counters: Counters,
    /// When the run could trade.
    pub warmup: Warmup,
    /// What a reader of the figures must know, in plain words.
    pub warnings: Vec<String>,
    /// Plotted series, when asked for.
    pub plots: Vec<PlotSeries>,
    /// What a portfolio decided to hold, in the order of time; empty without `hold`.
    pub holdings: Vec<Rebalance>,
}

impl BacktestResult {
    /// Stop and target of a trade over time.
    pub fn levels_of(&self, trade: &Trade) -> &[LevelPoint] {
        let start = self.levels.partition_point(|p| p.lot < trade.lot);
        let end = self.levels.partition_point(|p| p.lot <= trade.lot);
        &self.levels[start..end]
    }

    /// Bars of a symbol on the strategy's clock. `data` are the bars that the run was given.
    pub fn bars<'a>(&'a self, data: &'a [Bars], symbol: usize) -> Option<&'a Bars> {
        match self.resampled.get(symbol) {
            Some(Some(bars)) => Some(bars),
            _ => data.get(symbol),
        }
    }

    /// Open times of the bars that the equity curve samples. `data` are the bars that the run was given.
    pub fn time<'a>(&'a self, data: &'a [Bars]) -> Cow<'a, [i64]> {
        match (self.rows.as_slice(), self.bars(data, 0)) {
            ([rows], Some(bars)) => bars.time.get(rows.clone()).unwrap_or(&[]).into(),
            _ => self.clock.as_slice().into(),
        }
    }

    /// The equity curve with times. `data` are the bars that the run was given.
    pub fn equity(&self, data: &[Bars]) -> Vec<EquityPoint> {
        self.curve.points(&self.time(data)).collect()
    }
}
