//! Many parameter points over the same bars: what points share is computed once, and each point's figures are bit for bit
//! those of its plain run.
//!
//! [`Sweep`] is the [`Evaluate`] of market data. It takes a strategy that the compiler has split ([`Split`]): columns that
//! depend on some of the parameters are computed once for each of their values, signals once for each combination that they
//! depend on. How orders are filled is chosen by proof, once a sweep: see [`Sweep::plan`].

mod bars;
mod columns;
mod signals;

use crate::error::BacktestError;
use crate::run::{BacktestInput, run_backtest};
use bars::run_bars;
use columns::Columns;
use sixbtc_abi::{Constants, Kernel, KernelError, Split};
use sixbtc_engine::Metrics;
use sixbtc_market::{Bars, FrameSet, SymbolSpec, Timeframe};
use sixbtc_sweep::{Admitted, Evaluate, EvaluateError, Points};
use std::ops::Range;

/// What a sweep runs over.
#[derive(Clone, Copy)]
pub struct SweepInput<'a> {
    /// The strategy, split by the parameters that are swept.
    pub split: &'a Split,
    /// Data, settings and span. Its kernel and parameters are not looked at.
    pub run: BacktestInput<'a>,
    /// Names of the figures that each point yields, as in [`Metrics::get`].
    pub figures: &'a [String],
    /// Bytes that shared columns and signals may take; what goes beyond is computed again when it is needed again.
    pub memory: usize,
}

impl<'a> SweepInput<'a> {
    /// A sweep of a split strategy over bars with default everything else.
    pub fn new(split: &'a Split, run: BacktestInput<'a>, figures: &'a [String]) -> Self {
        Self {
            split,
            run,
            figures,
            memory: 192 << 20,
        }
    }
}

/// How points are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// From event to event: an entry's exit is looked up, not walked to.
    Events,
    /// Bar by bar over shared signals.
    Bars,
    /// Each point by a backtest of its own.
    Whole,
}

impl Path {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Bars => "bars",
            Self::Whole => "whole",
        }
    }
}

/// Points over market data.
pub struct Sweep<'a> {
    input: SweepInput<'a>,
    figures: Vec<String>,
    clock: Timeframe,
    frames: Vec<FrameSet<'a>>,
    specs: Vec<SymbolSpec>,
    traded: Vec<Range<usize>>,
    path: Path,
    reasons: Vec<String>,
    columns: Columns,
}

impl<'a> Sweep<'a> {
    /// Prepares a sweep: bars on the strategy's clock, and how points will be run.
    pub fn new(input: SweepInput<'a>) -> Result<Self, BacktestError> {
        let run = &input.run;
        run.check_lists()?;
        if let Some(unknown) = input
            .figures
            .iter()
            .find(|f| Metrics::NONE.get(f).is_none())
        {
            return Err(BacktestError::Figure {
                name: unknown.clone(),
            });
        }
        let manifest = input.split.whole.manifest();
        let frames = run.frames(manifest)?;
        let traded = run.traded(manifest, &frames)?;
        let specs = run.rules();
        let (path, reasons) = if input.split.last.is_none() {
            (
                Path::Whole,
                vec!["a portfolio holds shares of all its symbols at once".to_owned()],
            )
        } else {
            (Path::Bars, Vec::new())
        };
        Ok(Self {
            figures: input.figures.to_vec(),
            clock: frames[0].base().timeframe,
            columns: Columns::new(input.split, frames.len(), input.memory),
            frames,
            specs,
            traded,
            path,
            reasons,
            input,
        })
    }

    /// How points are run.
    pub fn path(&self) -> Path {
        self.path
    }

    /// Bars of the strategy's clock that each point is run over, of all symbols together.
    pub fn bars(&self) -> usize {
        self.traded.iter().map(Range::len).sum()
    }

    /// How many symbols there are.
    pub fn symbols(&self) -> usize {
        self.frames.len()
    }

    /// For people: what is computed once, what for each value, what for each point, how orders are filled, and why.
    pub fn plan(&self) -> Vec<String> {
        let mut lines = self.input.split.notes.clone();
        lines.push(match self.path {
            Path::Events => "orders are filled from event to event: an entry's exit is looked up in tables of first touches, bars in between are not visited".to_owned(),
            Path::Bars => "orders are filled bar by bar over the shared signals; bars on which nothing can happen are passed over".to_owned(),
            Path::Whole => "each point is a backtest of its own".to_owned(),
        });
        lines.extend(self.reasons.iter().map(|why| format!("because {why}")));
        lines
    }

    fn last(&self) -> Result<&'a dyn Kernel, BacktestError> {
        self.input
            .split
            .last
            .as_deref()
            .ok_or(BacktestError::NotSplit)
    }

    /// Runs points on the path of this sweep.
    fn metrics(&self, points: &[&[f64]]) -> Result<Vec<Metrics>, BacktestError> {
        if self.path == Path::Whole {
            return points.iter().map(|p| self.plain(p)).collect();
        }
        let kernel = self.last()?;
        let constants: Vec<Constants> = points
            .iter()
            .map(|p| kernel.bind(p))
            .collect::<Result<_, _>>()?;
        points
            .iter()
            .zip(&constants)
            .map(|(point, constants)| run_bars(self, kernel, point, constants))
            .collect()
    }

    /// The plain run of one point: what every path must agree with to the bit.
    pub fn plain(&self, point: &[f64]) -> Result<Metrics, BacktestError> {
        let mut settings = self.input.run.settings.clone();
        settings.record_levels = false;
        let run = BacktestInput {
            kernel: &*self.input.split.whole,
            params: point,
            settings: &settings,
            plots: false,
            ..self.input.run
        };
        Ok(run_backtest(&run)?.metrics)
    }

    fn base(&self, symbol: usize) -> &Bars {
        self.frames[symbol].base()
    }
}

impl Evaluate for Sweep<'_> {
    fn figures(&self) -> &[String] {
        &self.figures
    }

    fn admits(&self, point: &[f64]) -> Result<Admitted, EvaluateError> {
        match self.input.split.whole.bind(point) {
            Ok(_) => Ok(Admitted::Yes),
            Err(KernelError::Require { condition }) => Ok(Admitted::No(condition)),
            Err(e) => Err(EvaluateError(e.to_string())),
        }
    }

    fn evaluate(&self, points: Points<'_>, out: &mut [f64]) -> Result<(), EvaluateError> {
        let points: Vec<&[f64]> = points.iter().collect();
        let width = self.figures.len();
        if out.len() != points.len() * width {
            return Err(EvaluateError(format!(
                "room for {} figures where {} points yield {width} each",
                out.len(),
                points.len()
            )));
        }
        let metrics = self
            .metrics(&points)
            .map_err(|e| EvaluateError(e.to_string()))?;
        for (row, metrics) in out.chunks_exact_mut(width.max(1)).zip(metrics) {
            for (cell, name) in row.iter_mut().zip(&self.figures) {
                *cell = metrics.get(name).unwrap_or(f64::NAN);
            }
        }
        Ok(())
    }
}
