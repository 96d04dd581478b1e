//! The trades that the test engine makes of a program over an account's bars.

use crate::account::Mandate;
use crate::halts::Halted;
use sixbtc_abi::Kernel;
use sixbtc_backtest::{BacktestError, BacktestInput, run_backtest};
use sixbtc_core::live::Halt;
use sixbtc_core::model::Millis;
use sixbtc_engine::Trade;
use sixbtc_market::{Bars, SymbolSpec};

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    /// Until when all bars are known, ms.
    pub through: Millis,
    /// When nothing was to be opened.
    pub halts: &'a [Halt],
    /// After which close nothing was decided any more, if the end was asked for.
    pub closing: Option<Millis>,
}

impl Stretch<'_> {
    /// End of the last bar that counts, ms.
    pub fn end(&self) -> Millis {
        self.closing.map_or(self.through, |c| c.min(self.through))
    }
}

/// Trades of the simulation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Simulated {
    /// They, in the order of their closing.
    pub trades: Vec<Trade>,
    /// Names of the symbols by their index.
    pub symbols: Vec<String>,
    /// Whether the stretch has come to its end: what is open there was closed with it.
    pub over: bool,
}

/// Simulates what an account trades over bars of its series, in the order of its mandate.
///
/// # Errors
/// The run's own.
pub fn simulated(
    mandate: &Mandate,
    bars: &[Bars],
    stretch: &Stretch<'_>,
) -> Result<Simulated, BacktestError> {
    let (traded, read) = bars.split_at(mandate.markets.len().min(bars.len()));
    let mut made = Simulated {
        over: stretch.closing.is_some_and(|c| c <= stretch.through),
        ..Simulated::default()
    };
    let end = stretch.end();
    let mut data: Vec<Bars> = Vec::new();
    let mut specs: Vec<SymbolSpec> = Vec::new();
    let mut scales: Vec<f64> = Vec::new();
    for (market, bars) in mandate.markets.iter().zip(traded) {
        let bars = bars.between(Some(mandate.anchor), Some(end));
        // one without a bar since the beginning trades as if it were not there
        if bars.time.last().is_none_or(|last| *last < mandate.from) {
            continue;
        }
        made.symbols.push(market.symbol.clone());
        specs.push(market.spec.clone());
        scales.push(market.price_scale);
        data.push(bars);
    }
    if data.is_empty() {
        return Ok(made);
    }
    let others: Vec<Bars> = { read.iter() }
        .map(|b| b.between(Some(mandate.anchor), Some(end)))
        .collect();
    let kernel: &dyn Kernel = &*mandate.kernel;
    // without room for it, entries of a halt are twins without a trade
    let halted = match stretch.halts {
        [] => None,
        halts => Halted::new(kernel, mandate.timeframe.ms(), halts).ok(),
    };
    let kernel = halted.as_ref().map_or(kernel, |h| h as &dyn Kernel);
    let hashes: Vec<String> = data.iter().map(|b| b.len().to_string()).collect();
    let mut input = BacktestInput::new(kernel, &mandate.params, &data, &mandate.run);
    input.source = &mandate.program;
    input.compiler = sbt_driver::VERSION;
    input.data_hashes = &hashes;
    input.price_scales = &scales;
    input.specs = &specs;
    input.others = &others;
    input.from = Some(mandate.from);
    made.trades = run_backtest(&input)?.trades;
    Ok(made)
}
