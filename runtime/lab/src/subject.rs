//! What the laboratory examines: one compiled strategy, its market, the settings of its runs.

use crate::error::LabError;
use sixbtc_abi::Kernel;
use sixbtc_backtest::{BacktestInput, BacktestResult, run_backtest};
use sixbtc_engine::RunSettings;
pub use sixbtc_judgement::pipeline::split::Span;
use sixbtc_market::{Bars, Funding, SymbolSpec, Timeframe};

/// Bars of the symbols traded with what is known of them, so that no run finds it out again.
#[derive(Debug, Clone, PartialEq)]
pub struct Market {
    /// Bars, in the order of the symbols' rank.
    pub bars: Vec<Bars>,
    /// [`Bars::hash`] of each. Bars made by an experiment have none: their runs have no identity to keep.
    pub hashes: Vec<String>,
    /// [`Bars::price_scale`] of each.
    pub scales: Vec<f64>,
    /// Trading rules of each.
    pub specs: Vec<SymbolSpec>,
}

impl Market {
    /// Bars under the default rules, with the tick that their prices show.
    pub fn of(bars: Vec<Bars>) -> Self {
        let scales: Vec<f64> = bars.iter().map(Bars::price_scale).collect();
        let specs = bars
            .iter()
            .zip(&scales)
            .map(|(b, scale)| SymbolSpec::new(b.symbol.clone(), 1.0 / scale))
            .collect();
        Self {
            hashes: bars.iter().map(Bars::hash).collect(),
            scales,
            specs,
            bars,
        }
    }

    /// Other bars of the same symbols under the same rules. They keep to the tick of the old ones.
    #[must_use]
    pub fn like(&self, bars: Vec<Bars>) -> Self {
        Self {
            hashes: vec![String::new(); bars.len()],
            scales: self.scales.clone(),
            specs: self.specs.clone(),
            bars,
        }
    }
}

/// A compiled strategy with everything that its runs share.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The compiled strategy.
    pub kernel: &'a dyn Kernel,
    /// Hash of the source text and all it imports.
    pub source: &'a str,
    /// Version of the compiler.
    pub compiler: &'a str,
    /// Bars of the symbols traded, on the strategy's clock.
    pub market: &'a Market,
    /// Bars of other symbols that the strategy reads.
    pub others: &'a [Bars],
    /// Finer bars, or empty.
    pub intrabar: &'a [Bars],
    /// Funding, parallel to the symbols, or empty.
    pub funding: &'a [Option<Funding>],
    /// Settings of every run.
    pub settings: &'a RunSettings,
}

impl<'a> Subject<'a> {
    /// A strategy over a market with default everything else.
    pub fn new(kernel: &'a dyn Kernel, market: &'a Market, settings: &'a RunSettings) -> Self {
        Self {
            kernel,
            source: "",
            compiler: "",
            market,
            others: &[],
            intrabar: &[],
            funding: &[],
            settings,
        }
    }

    /// The strategy's clock.
    ///
    /// # Errors
    /// [`LabError::Plan`] for a kernel whose first series is on no timeframe.
    pub fn clock(&self) -> Result<Timeframe, LabError> {
        let period = self.kernel.manifest().frames.first().map(|f| f.period_ms);
        period
            .and_then(Timeframe::from_ms)
            .ok_or_else(|| LabError::Plan {
                name: "the strategy's clock",
                value: period.map_or_else(|| "absent".to_owned(), |ms| format!("{ms} ms")),
                right: "a timeframe",
            })
    }

    /// From the first open of any symbol to the end of the last bar of any, on the grid of the clock.
    ///
    /// # Errors
    /// [`LabError::TooShort`] without bars.
    pub fn span(&self) -> Result<Span, LabError> {
        let first = self.market.bars.iter().filter_map(|b| b.time.first()).min();
        let last = self.market.bars.iter().filter_map(Bars::end).max();
        let clock = self.clock()?;
        match (first, last) {
            (Some(&from), Some(to)) => Ok(Span {
                from: clock.floor(from),
                to,
            }),
            _ => Err(LabError::TooShort {
                what: "an experiment",
                needed: 1,
                given: 0,
            }),
        }
    }

    /// Parameters as the source gives them.
    pub fn defaults(&self) -> Vec<f64> {
        self.kernel
            .manifest()
            .params
            .iter()
            .map(|p| p.default)
            .collect()
    }

    /// Annual figures from figures a bar: √(bars a year) of the clock.
    ///
    /// # Errors
    /// As [`Subject::clock`].
    pub fn root_of_year(&self) -> Result<f64, LabError> {
        Ok(self.clock()?.bars_per_year().sqrt())
    }

    /// One run of a point over a span with the subject's settings.
    ///
    /// # Errors
    /// What the run refuses.
    pub fn run(&self, point: &[f64], span: Span) -> Result<BacktestResult, LabError> {
        self.run_with(point, span, self.settings)
    }

    /// One run of a point over a span with other settings.
    ///
    /// # Errors
    /// What the run refuses.
    pub fn run_with(
        &self,
        point: &[f64],
        span: Span,
        settings: &RunSettings,
    ) -> Result<BacktestResult, LabError> {
        Ok(run_backtest(&self.input(point, span, settings))?)
    }

    /// What such a run is asked for.
    pub fn input<'b>(
        &self,
        point: &'b [f64],
        span: Span,
        settings: &'b RunSettings,
    ) -> BacktestInput<'b>
    where
        'a: 'b,
    {
        BacktestInput {
            source: self.source,
            compiler: self.compiler,
            data_hashes: &self.market.hashes,
            price_scales: &self.market.scales,
            others: self.others,
            specs: &self.market.specs,
            intrabar: self.intrabar,
            funding: self.funding,
            from: Some(span.from),
            to: Some(span.to),
            ..BacktestInput::new(self.kernel, point, &self.market.bars, settings)
        }
    }

    /// The same strategy over another market.
    #[must_use]
    pub fn over<'b>(&self, market: &'b Market) -> Subject<'b>
    where
        'a: 'b,
    {
        Subject { market, ..*self }
    }

    /// Another kernel over the same market.
    #[must_use]
    pub fn with_kernel<'b>(&self, kernel: &'b dyn Kernel) -> Subject<'b>
    where
        'a: 'b,
    {
        Subject { kernel, ..*self }
    }
}
