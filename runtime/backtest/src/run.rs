//! One run over history: the kernel in blocks, the engine behind it, figures at the end.

use crate::error::BacktestError;
use crate::portfolio;
use crate::result::{BacktestResult, DataIdentity, PlotSeries, RunIdentity, Warmup};
use sixbtc_abi::{Constants, HoldPlan, Input, Kernel, Manifest, Outputs, State};
use sixbtc_engine::{Block, Engine, FillAt, Outcome, RunSettings, SymbolSetup, Trials, metrics};
use sixbtc_market::symbol::is_named;
use sixbtc_market::{Bars, FrameSet, Funding, SymbolSpec, Timeframe};
use std::ops::Range;

/// Rows a block: the outputs of a block stay in the fast cache between kernel and engine.
pub(crate) const BLOCK: usize = 2_048;

/// Everything a run depends on.
#[derive(Clone, Copy)]
pub struct BacktestInput<'a> {
    /// The compiled strategy.
    pub kernel: &'a dyn Kernel,
    /// Parameter values in the order of the manifest.
    pub params: &'a [f64],
    /// Hash of the source text and all it imports. Goes into the run's identity.
    pub source: &'a str,
    /// Version of the compiler. Goes into the run's identity.
    pub compiler: &'a str,
    /// Bars of the symbols traded, in the order of their rank. Bars finer than the strategy's clock are resampled.
    pub data: &'a [Bars],
    /// Content hashes of `data`, as [`Bars::hash`] gives them; empty to have them computed, which takes longer than the run.
    pub data_hashes: &'a [String],
    /// Price scales of `data`, as [`Bars::price_scale`] gives them; empty to have them found, which takes as long as the run.
    pub price_scales: &'a [f64],
    /// Bars of other symbols that the strategy reads (`on 4h of BTC`). The traded ones need not be repeated.
    pub others: &'a [Bars],
    /// Trading rules, parallel to `data`; empty for the defaults with the tick that the prices show.
    pub specs: &'a [SymbolSpec],
    /// Finer bars, found by symbol, that tell what happened first within a bar.
    pub intrabar: &'a [Bars],
    /// Funding, parallel to `data`; empty for none.
    pub funding: &'a [Option<Funding>],
    /// Settings.
    pub settings: &'a RunSettings,
    /// Open of the first bar that may be traded, ms; what lies before serves as warm-up. Absent: from the beginning.
    pub from: Option<i64>,
    /// Bars that open at or after this time, ms, are left out. Absent: to the end.
    pub to: Option<i64>,
    /// How many alternatives were tried; deflates the Sharpe ratio.
    pub trials: Trials,
    /// Whether to keep the plotted series.
    pub plots: bool,
    /// Bars of the clock that the symbols of a portfolio march at once; any number gives the same bits, 1 is what a live
    /// account does. Default 2048.
    pub rows_at_once: usize,
}

impl<'a> BacktestInput<'a> {
    /// A run of a kernel over bars with default everything else.
    pub fn new(
        kernel: &'a dyn Kernel,
        params: &'a [f64],
        data: &'a [Bars],
        settings: &'a RunSettings,
    ) -> Self {
        Self {
            kernel,
            params,
            source: "",
            compiler: "",
            data,
            data_hashes: &[],
            price_scales: &[],
            others: &[],
            specs: &[],
            intrabar: &[],
            funding: &[],
            settings,
            from: None,
            to: None,
            trials: Trials::default(),
            plots: false,
            rows_at_once: BLOCK,
        }
    }
}

impl<'a> BacktestInput<'a> {
    /// Lists that must be parallel to the symbols are.
    pub(crate) fn check_lists(&self) -> Result<(), BacktestError> {
        let symbols = self.data.len();
        if symbols == 0 {
            return Err(BacktestError::NoSymbols);
        }
        for (what, given) in [
            ("trading rules", self.specs.len()),
            ("funding series", self.funding.len()),
            ("data hashes", self.data_hashes.len()),
            ("price scales", self.price_scales.len()),
        ] {
            if given != 0 && given != symbols {
                return Err(BacktestError::Parallel {
                    what,
                    given,
                    symbols,
                });
            }
        }
        Ok(())
    }

    /// What a kernel reads, for each symbol.
    pub(crate) fn frames(&self, manifest: &Manifest) -> Result<Vec<FrameSet<'a>>, BacktestError> {
        let find = |name: &str| portfolio::find(self, name);
        let one = |(i, bars): (usize, &'a Bars)| {
            let scale = self.price_scales.get(i).copied();
            Ok(FrameSet::build_scaled(manifest, bars, &find, scale)?)
        };
        self.data.iter().enumerate().map(one).collect()
    }

    /// Trading rules of each symbol.
    pub(crate) fn rules(&self) -> Vec<SymbolSpec> {
        if self.specs.is_empty() {
            self.data.iter().map(SymbolSpec::of).collect()
        } else {
            self.specs.to_vec()
        }
    }

    /// Rows on the strategy's clock that are traded over, for each symbol.
    pub(crate) fn traded(
        &self,
        manifest: &Manifest,
        frames: &[FrameSet<'_>],
    ) -> Result<Vec<Range<usize>>, BacktestError> {
        let mut traded = Vec::with_capacity(frames.len());
        for (frame, bars) in frames.iter().zip(self.data) {
            let rows = frame.base().rows(self.from, self.to);
            // A portfolio goes on without those that were not listed yet or any more.
            if rows.is_empty() && manifest.portfolio.is_none() {
                return Err(BacktestError::NoBars {
                    symbol: bars.symbol.clone(),
                });
            }
            traded.push(rows);
        }
        if traded.iter().all(Range::is_empty) {
            return Err(BacktestError::NoBars {
                symbol: self.data[0].symbol.clone(),
            });
        }
        Ok(traded)
    }

    /// Finer bars of each symbol, checked against the clock.
    pub(crate) fn finer(&self, clock: Timeframe) -> Result<Vec<Option<&'a Bars>>, BacktestError> {
        self.data
            .iter()
            .map(|bars| {
                let Some(finer) = self.intrabar.iter().find(|f| f.symbol == bars.symbol) else {
                    return Ok(None);
                };
                if finer.timeframe >= clock || !clock.holds(finer.timeframe) {
                    return Err(BacktestError::Intrabar {
                        symbol: bars.symbol.clone(),
                        finer: finer.timeframe.to_string(),
                        clock: clock.to_string(),
                    });
                }
                Ok(Some(finer))
            })
            .collect()
    }
}

/// Runs a strategy over history.
pub fn run_backtest(input: &BacktestInput<'_>) -> Result<BacktestResult, BacktestError> {
    let symbols = input.data.len();
    input.check_lists()?;
    let manifest = input.kernel.manifest();
    let constants = input.kernel.bind(input.params)?;
    let frames = input.frames(manifest)?;
    let clock = frames[0].base().timeframe;
    let specs = input.rules();
    let traded = input.traded(manifest, &frames)?;
    let finer = input.finer(clock)?;
    let setups: Vec<SymbolSetup<'_>> = (0..symbols)
        .map(|s| SymbolSetup {
            spec: &specs[s],
            warmup: constants.warmup.saturating_sub(traded[s].start),
            funding: input.funding.get(s).and_then(Option::as_ref),
            finer: finer[s],
        })
        .collect();
    let (outcome, plots, holdings) = if let Some(plan) = &manifest.portfolio {
        let ran = portfolio::run(input, plan, &constants, &frames, &traded, &setups)?;
        (ran.outcome, ran.plots, ran.holdings)
    } else {
        let rows = traded.iter().map(Range::len).max().unwrap_or(0);
        let engine =
            Engine::new(input.kernel, &constants, input.settings, clock, &setups)?.with_room(rows);
        let mut feed = Feed::new(
            input.kernel,
            &constants,
            frames.iter().map(FrameSet::base).collect(),
            frames.iter().map(FrameSet::input).collect(),
            &traded,
            input.plots,
        );
        let outcome = feed.run(engine)?;
        (outcome, feed.plots, Vec::new())
    };

    let time: &[i64] = if symbols == 1 {
        &frames[0].base().time[traded[0].clone()]
    } else {
        &outcome.clock
    };
    let figures = metrics(
        &outcome.curve,
        time,
        clock,
        &outcome.trades,
        &outcome.counters,
        input.trials,
    );
    let first_tradable: Vec<Option<i64>> = (0..symbols)
        .map(|s| {
            let row = traded[s].start.max(constants.warmup);
            traded[s].contains(&row).then(|| frames[s].base().time[row])
        })
        .collect();
    let warnings = warnings(input, &outcome, &first_tradable, constants.warmup);
    let resampled = frames
        .iter()
        .zip(input.data)
        .map(|(frame, bars)| {
            (frame.base().timeframe != bars.timeframe).then(|| frame.base().clone())
        })
        .collect();
    Ok(BacktestResult {
        run: identity(input, manifest),
        name: manifest.name.clone(),
        title: manifest.title.clone(),
        symbols: specs,
        timeframe: clock,
        resampled,
        rows: traded,
        tags: tags(manifest),
        holdings,
        trades: outcome.trades,
        levels: outcome.levels,
        curve: outcome.curve,
        clock: outcome.clock,
        metrics: figures,
        skipped: outcome.skipped,
        counters: outcome.counters,
        warmup: Warmup {
            bars: constants.warmup,
            first_tradable,
        },
        warnings,
        plots,
    })
}

/// What names the trades: the tags of entries, or of what a portfolio holds.
fn tags(manifest: &Manifest) -> Vec<String> {
    let holds = manifest.portfolio.as_ref().map_or(&[][..], |p| &p.holds);
    let hold = |h: &HoldPlan| if h.top { "top" } else { "bottom" }.to_owned();
    let entries = manifest.plan.entries.iter().map(|e| e.tag.clone());
    entries.chain(holds.iter().map(hold)).collect()
}

/// The kernel's side of a run: states, output buffers and how far each symbol has come.
pub(crate) struct Feed<'a> {
    kernel: &'a dyn Kernel,
    constants: &'a Constants,
    bases: Vec<&'a Bars>,
    inputs: Vec<Input<'a>>,
    traded: &'a [Range<usize>],
    states: Vec<State>,
    outputs: Vec<Outputs>,
    offset: Vec<usize>,
    plots: Vec<PlotSeries>,
    plotted: Vec<u16>,
}

impl<'a> Feed<'a> {
    /// `bases`: each symbol's bars on the clock; `inputs`: what the kernel reads of it.
    pub fn new(
        kernel: &'a dyn Kernel,
        constants: &'a Constants,
        bases: Vec<&'a Bars>,
        inputs: Vec<Input<'a>>,
        traded: &'a [Range<usize>],
        plots: bool,
    ) -> Self {
        let manifest = kernel.manifest();
        let plotted = if plots {
            manifest.plots.clone()
        } else {
            Vec::new()
        };
        let series = |symbol: usize| plot_series(manifest, &plotted, symbol, traded[symbol].len());
        Self {
            plots: (0..bases.len()).flat_map(series).collect(),
            kernel,
            constants,
            traded,
            states: bases.iter().map(|_| kernel.new_state(constants)).collect(),
            outputs: bases
                .iter()
                .map(|_| Outputs::new(manifest, BLOCK))
                .collect(),
            bases,
            inputs,
            offset: vec![0; manifest.frames.len()],
            plotted,
        }
    }

    /// Runs the kernel over all rows and the engine behind it.
    pub fn run(&mut self, mut engine: Engine<'_>) -> Result<Outcome, BacktestError> {
        for s in 0..self.bases.len() {
            // History before the traded span only warms the kernel's memory.
            let mut row = 0;
            while row < self.traded[s].start {
                let end = (row + BLOCK).min(self.traded[s].start);
                self.signals(s, row..end)?;
                row = end;
            }
        }
        if let [rows] = self.traded {
            let mut row = rows.start;
            while row < rows.end {
                let end = (row + BLOCK).min(rows.end);
                self.signals(0, row..end)?;
                self.keep_plots(0, row..end);
                let block = block(self.bases[0], 0, row..end, &self.outputs[0]);
                engine.advance(&mut self.states, &[block])?;
                row = end;
            }
            return Ok(engine.finish());
        }
        // Several symbols march together, a stretch of time each step, so that the engine sees all of an instant at once.
        let mut at: Vec<usize> = self.traded.iter().map(|rows| rows.start).collect();
        let length = self.bases[0].timeframe.ms().saturating_mul(BLOCK as i64);
        loop {
            let open = |s: usize| at[s] < self.traded[s].end;
            let Some(start) = (0..at.len())
                .filter(|&s| open(s))
                .map(|s| self.bases[s].time[at[s]])
                .min()
            else {
                break;
            };
            let until = start.saturating_add(length);
            let mut ranges = Vec::with_capacity(at.len());
            for (s, start) in at.iter_mut().enumerate() {
                let rest = &self.bases[s].time[*start..self.traded[s].end];
                let end = *start + rest.partition_point(|&t| t < until);
                ranges.push(*start..end);
                *start = end;
            }
            for (s, rows) in ranges.iter().enumerate() {
                if !rows.is_empty() {
                    self.signals(s, rows.clone())?;
                    self.keep_plots(s, rows.clone());
                }
            }
            let blocks: Vec<Block<'_>> = ranges
                .into_iter()
                .enumerate()
                .filter(|(_, rows)| !rows.is_empty())
                .map(|(s, rows)| block(self.bases[s], s, rows, &self.outputs[s]))
                .collect();
            engine.advance(&mut self.states, &blocks)?;
        }
        Ok(engine.finish())
    }

    /// Runs the signal phase of a symbol over rows; the buffers become exactly as long as the rows.
    fn signals(&mut self, s: usize, rows: Range<usize>) -> Result<(), BacktestError> {
        let out = &mut self.outputs[s];
        resize(out, rows.len());
        self.kernel.run(
            &self.inputs[s],
            &self.offset,
            rows,
            self.constants,
            &mut self.states[s],
            out,
        )?;
        Ok(())
    }

    fn keep_plots(&mut self, s: usize, rows: Range<usize>) {
        let each = self.plotted.len();
        if let Some(series) = self.plots.get_mut(s * each..(s + 1) * each) {
            keep_plots(
                series,
                &self.plotted,
                self.constants,
                &self.outputs[s],
                rows,
            );
        }
    }
}

/// Makes output buffers exactly so long.
pub(crate) fn resize(out: &mut Outputs, rows: usize) {
    if out.flags.len() != rows {
        out.flags.resize(rows, 0);
        for column in &mut out.values {
            column.resize(rows, 0.0);
        }
    }
}

/// The plotted series of a symbol, empty, with room for so many rows.
pub(crate) fn plot_series(
    manifest: &Manifest,
    plotted: &[u16],
    symbol: usize,
    rows: usize,
) -> Vec<PlotSeries> {
    plotted
        .iter()
        .filter_map(|&i| manifest.values.get(usize::from(i)))
        .map(|value| PlotSeries {
            symbol: symbol as u16,
            name: value.name.clone(),
            unit: value.unit,
            values: Vec::with_capacity(rows),
        })
        .collect()
}

/// Appends the outputs of rows to the plotted series of a symbol.
pub(crate) fn keep_plots(
    series: &mut [PlotSeries],
    plotted: &[u16],
    constants: &Constants,
    out: &Outputs,
    rows: Range<usize>,
) {
    for (series, &value) in series.iter_mut().zip(plotted) {
        let Some(column) = out.values.get(usize::from(value)) else {
            continue;
        };
        let lookback = constants.lookback.get(usize::from(value)).copied();
        let known = lookback
            .unwrap_or(0)
            .saturating_sub(rows.start)
            .min(rows.len());
        series.values.extend(std::iter::repeat_n(f64::NAN, known));
        series.values.extend_from_slice(&column[known..]);
    }
}

pub(crate) fn block<'a>(
    bars: &'a Bars,
    symbol: usize,
    rows: Range<usize>,
    out: &'a Outputs,
) -> Block<'a> {
    Block {
        symbol,
        time: &bars.time[rows.clone()],
        open: &bars.open[rows.clone()],
        high: &bars.high[rows.clone()],
        low: &bars.low[rows.clone()],
        close: &bars.close[rows],
        flags: &out.flags,
        values: &out.values,
    }
}

fn warnings(
    input: &BacktestInput<'_>,
    outcome: &Outcome,
    first_tradable: &[Option<i64>],
    warmup: usize,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let (settings, counters) = (input.settings, &outcome.counters);
    let portfolio = input.kernel.manifest().portfolio.as_ref();
    let outcome_of_entries = portfolio.is_none_or(|p| p.holds.is_empty());
    if settings.fill == FillAt::Close {
        warnings.push(
            "decisions fill at the close they are taken on, which no live account can do"
                .to_owned(),
        );
    }
    let never: Vec<&str> = first_tradable
        .iter()
        .zip(input.data)
        .filter(|(first, _)| first.is_none())
        .map(|(_, bars)| bars.symbol.as_str())
        .collect();
    if !never.is_empty() {
        warnings.push(format!(
            "the warm-up of {warmup} bars is longer than the data of {}: nothing could be traded there",
            never.join(", ")
        ));
    }
    let unfunded = (0..input.data.len())
        .filter(|&s| input.funding.get(s).is_none_or(Option::is_none))
        .count();
    if settings.funding && unfunded > 0 {
        warnings.push(if input.data.len() == 1 {
            "no funding series was supplied: funding is taken as zero".to_owned()
        } else {
            format!(
                "no funding series was supplied for {unfunded} of {} symbols: taken as zero",
                input.data.len()
            )
        });
    }
    if counters.ambiguous > 0 {
        warnings.push(format!(
            "{} of {} trades rest on the worst-case assumption about the order of events within a bar; finer bars (--intrabar) would decide",
            counters.ambiguous,
            outcome.trades.len()
        ));
    }
    if counters.capped > 0 && outcome_of_entries {
        warnings.push(format!(
            "{} of {} entries were shrunk to a margin of equity / {} (max_positions)",
            counters.capped, counters.entries, settings.max_positions
        ));
    }
    if counters.liquidations > 0 {
        warnings.push(format!(
            "{} positions were liquidated",
            counters.liquidations
        ));
    }
    warnings
}

/// What the run is, and its hash.
fn identity(input: &BacktestInput<'_>, manifest: &Manifest) -> RunIdentity {
    let params: Vec<(String, f64)> = manifest
        .params
        .iter()
        .zip(input.params)
        .map(|(spec, &value)| (spec.name.clone(), value))
        .collect();
    let describe = |bars: &Bars, hash: Option<&String>| DataIdentity {
        symbol: bars.symbol.clone(),
        timeframe: bars.timeframe.to_string(),
        first: bars.time.first().copied().unwrap_or(0),
        last: bars.time.last().copied().unwrap_or(0),
        bars: bars.len(),
        hash: hash.cloned().unwrap_or_else(|| bars.hash()),
    };
    let mut data: Vec<DataIdentity> = input
        .data
        .iter()
        .enumerate()
        .map(|(s, bars)| describe(bars, input.data_hashes.get(s)))
        .collect();
    let read = |bars: &&Bars| {
        manifest.frames.iter().any(|f| {
            f.symbol
                .as_deref()
                .is_some_and(|name| is_named(&bars.symbol, name))
        })
    };
    data.extend(
        input
            .others
            .iter()
            .filter(read)
            .map(|bars| describe(bars, None)),
    );
    data.extend(input.intrabar.iter().map(|bars| describe(bars, None)));

    let mut hasher = blake3::Hasher::new();
    // Every piece is preceded by its length, so that no two lists of pieces are the same bytes.
    let mut piece = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    piece(b"sixbtc-run-1");
    piece(input.source.as_bytes());
    piece(input.compiler.as_bytes());
    for (name, value) in &params {
        piece(name.as_bytes());
        piece(&value.to_bits().to_le_bytes());
    }
    for series in &data {
        piece(series.hash.as_bytes());
        piece(series.timeframe.as_bytes());
    }
    for funding in input.funding.iter().flatten() {
        for (time, rate) in funding.time.iter().zip(&funding.rate) {
            piece(&time.to_le_bytes());
            piece(&rate.to_bits().to_le_bytes());
        }
        piece(b"funding");
    }
    for spec in input.specs {
        for step in [spec.tick, spec.lot, spec.max_leverage, spec.min_notional] {
            piece(&step.to_bits().to_le_bytes());
        }
        if let Some(prices) = spec.order_prices {
            piece(b"order prices");
            piece(&prices.figures.to_le_bytes());
            piece(&prices.decimals.to_le_bytes());
        }
    }
    for bound in [input.from, input.to] {
        piece(&bound.unwrap_or(i64::MIN).to_le_bytes());
    }
    // Serialising plain numbers and names cannot fail; `Debug` would do as well, but is not a promise.
    piece(
        serde_json::to_string(input.settings)
            .unwrap_or_default()
            .as_bytes(),
    );
    RunIdentity {
        hash: hasher.finalize().to_hex().to_string(),
        source: input.source.to_owned(),
        compiler: input.compiler.to_owned(),
        params,
        data,
        settings: input.settings.clone(),
    }
}
