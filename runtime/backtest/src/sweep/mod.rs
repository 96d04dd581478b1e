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
use columns::{Columns, Store, bits};
use sixbtc_abi::{Constants, Kernel, KernelError, Split};
use sixbtc_engine::events::{
    Detail, EventBatch, EventMarket, EventRun, EventTables, SharedClock, Signals, obstacle,
};
use sixbtc_engine::metrics::MONEY_FIGURES;
use sixbtc_engine::{Metrics, RunSettings};
use sixbtc_market::{Bars, FrameSet, SymbolSpec, Timeframe};
use sixbtc_sweep::{Admitted, Evaluate, EvaluateError, Points};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Groups of points whose signals are made together.
const TOGETHER: usize = 256;

/// Whether trades and cash tell a figure.
fn money(figure: &str) -> bool {
    MONEY_FIGURES.contains(&figure)
}

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
    /// For each figure its place among all.
    places: Vec<usize>,
    clock: Timeframe,
    frames: Vec<FrameSet<'a>>,
    specs: Vec<SymbolSpec>,
    traded: Vec<Range<usize>>,
    settings: RunSettings,
    path: Path,
    reasons: Vec<String>,
    columns: Columns,
    /// Signals that several points share, by the bits of the parameters they depend on.
    signals: Store<Vec<u64>, Vec<Signals>>,
    /// For the path by events, one for each symbol.
    tables: Vec<EventTables>,
    shared_clock: SharedClock,
    detail: Detail,
    /// Points that events could not settle.
    strays: AtomicUsize,
}

impl<'a> Sweep<'a> {
    /// Prepares a sweep: bars on the strategy's clock, and how points will be run.
    pub fn new(input: SweepInput<'a>) -> Result<Self, BacktestError> {
        let run = &input.run;
        run.check_lists()?;
        let place = |name: &String| {
            let at = Metrics::NAMES.iter().position(|n| n == name);
            at.ok_or_else(|| BacktestError::Figure { name: name.clone() })
        };
        let places = input.figures.iter().map(place).collect::<Result<_, _>>()?;
        let manifest = input.split.whole.manifest();
        let frames = run.frames(manifest)?;
        let traded = run.traded(manifest, &frames)?;
        let specs = run.rules();
        let mut settings = run.settings.clone();
        settings.record_levels = false;
        settings.check().map_err(sixbtc_engine::EngineError::from)?;
        let mut path = Path::Events;
        let mut reasons = Vec::new();
        if input.split.last.is_none() {
            path = Path::Whole;
            reasons.push("a portfolio holds shares of all its symbols at once".to_owned());
        } else {
            let clock = frames[0].base().timeframe;
            let funded = run.funding.iter().any(Option::is_some);
            let finer = run.finer(clock)?.iter().any(Option::is_some);
            let detail_apart = frames.len() > 1 && !input.figures.iter().all(|f| money(f));
            let stands = settings.round_prices && specs.iter().any(|s| s.order_prices.is_some());
            let why = obstacle(manifest, &settings, funded, finer)
                .or(detail_apart.then_some(
                    "figures of the equity between trades are wanted of several symbols",
                ))
                .or(stands
                    .then_some("orders stand at prices that the exchange takes (`order_prices`)"));
            if let Some(why) = why {
                path = Path::Bars;
                reasons.push(why.to_owned());
            }
        }
        let tables = if path == Path::Events {
            (0..frames.len())
                .map(|s| {
                    let (bars, rows) = (frames[s].base(), traded[s].clone());
                    let columns = [&bars.open, &bars.high, &bars.low];
                    EventTables::new(columns.map(|c| &c[rows.clone()]), &specs[s], &settings)
                })
                .collect()
        } else {
            Vec::new()
        };
        let times: Vec<&[i64]> = frames
            .iter()
            .zip(&traded)
            .map(|(f, rows)| &f.base().time[rows.clone()])
            .collect();
        Ok(Self {
            shared_clock: SharedClock::new(&times),
            figures: input.figures.to_vec(),
            places,
            clock: frames[0].base().timeframe,
            // signals take the smaller part: bits, not numbers
            columns: Columns::new(input.split, input.memory / 4 * 3),
            signals: Store::new(input.memory / 4),
            detail: if input.figures.iter().all(|f| money(f)) {
                Detail::Money
            } else {
                Detail::Curve
            },
            settings,
            frames,
            specs,
            traded,
            path,
            reasons,
            tables,
            strays: AtomicUsize::new(0),
            input,
        })
    }

    /// How points are run.
    pub fn path(&self) -> Path {
        self.path
    }

    /// How many points so far went bar by bar after all, because something happened that events do not settle: a
    /// liquidation within the last digits of a level.
    pub fn strays(&self) -> usize {
        self.strays.load(Ordering::Relaxed)
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
        let by_bars = |at: usize| -> Result<Metrics, BacktestError> {
            run_bars(self, kernel, points[at], &constants[at])
        };
        if self.path == Path::Bars {
            return (0..points.len()).map(by_bars).collect();
        }
        let mut out = vec![Metrics::NONE; points.len()];
        for batch in self.groups(points) {
            let made = self.signals(kernel, points, &constants, batch)?;
            let found = self.by_events(kernel, &made, &constants)?;
            for ((_, members), found) in made.into_iter().zip(found) {
                for (at, found) in members.into_iter().zip(found) {
                    out[at] = match found {
                        Some(metrics) => metrics,
                        None => {
                            self.strays.fetch_add(1, Ordering::Relaxed);
                            by_bars(at)?
                        }
                    };
                }
            }
        }
        Ok(out)
    }

    /// Points that share their signals, in batches whose signals are made together.
    fn groups(&self, points: &[&[f64]]) -> Vec<Vec<(Vec<u64>, Vec<usize>)>> {
        let mut all: Vec<(Vec<u64>, Vec<usize>)> = Vec::new();
        let mut known: HashMap<Vec<u64>, usize> = HashMap::new();
        for (at, point) in points.iter().enumerate() {
            let key = bits(&self.input.split.signal, point);
            let group = *known.entry(key.clone()).or_insert_with(|| {
                all.push((key, Vec::new()));
                all.len() - 1
            });
            all[group].1.push(at);
        }
        self.tile(&mut all, points);
        let mut batches = Vec::new();
        let mut rest = all.into_iter().peekable();
        while rest.peek().is_some() {
            batches.push(rest.by_ref().take(TOGETHER).collect());
        }
        batches
    }

    /// Orders groups so that neighbours share columns: along a curve through the grid of the stages' combinations (Morton
    /// 1966), whose pieces are near to squares.
    fn tile(&self, groups: &mut [(Vec<u64>, Vec<usize>)], points: &[&[f64]]) {
        let stages = self.input.split.stages.iter();
        let own: Vec<_> = stages.filter(|s| !s.params.is_empty()).collect();
        if own.len() < 2 {
            return;
        }
        let mut known: Vec<HashMap<Vec<u64>, u64>> = vec![HashMap::new(); own.len()];
        groups.sort_by_cached_key(|(_, members)| {
            let point = points[members[0]];
            let mut curve = 0u128;
            for (axis, (stage, known)) in own.iter().zip(&mut known).enumerate() {
                let next = known.len() as u64;
                let rank = *known.entry(bits(&stage.params, point)).or_insert(next);
                for bit in 0..(128 / own.len()).min(20) {
                    curve |= u128::from(rank >> bit & 1) << (bit * own.len() + axis);
                }
            }
            curve
        });
    }

    /// The signals of groups of points, each with its points.
    #[allow(clippy::type_complexity)]
    fn signals(
        &self,
        kernel: &dyn Kernel,
        points: &[&[f64]],
        constants: &[Constants],
        groups: Vec<(Vec<u64>, Vec<usize>)>,
    ) -> Result<Vec<(Arc<Vec<Signals>>, Vec<usize>)>, BacktestError> {
        // where each point has signals of its own, keeping them helps nobody
        let shared = self.input.split.signal.len() < self.input.split.swept.len();
        let mut found: Vec<Option<Arc<Vec<Signals>>>> = groups
            .iter()
            .map(|(key, _)| if shared { self.signals.get(key) } else { None })
            .collect();
        let missing: Vec<usize> = (0..groups.len()).filter(|&g| found[g].is_none()).collect();
        let wanted: Vec<(&[f64], &Constants)> = missing
            .iter()
            .map(|&g| (points[groups[g].1[0]], &constants[groups[g].1[0]]))
            .collect();
        let made = signals::make(self, kernel, &wanted)?;
        for (&g, made) in missing.iter().zip(made) {
            let bytes = made.iter().map(Signals::bytes).sum();
            let made = Arc::new(made);
            if shared {
                self.signals.keep(groups[g].0.clone(), made.clone(), bytes);
            }
            found[g] = Some(made);
        }
        let with = |(signals, (_, members)): (Option<_>, (_, _))| Some((signals?, members));
        Ok(found.into_iter().zip(groups).filter_map(with).collect())
    }

    fn by_events(
        &self,
        kernel: &dyn Kernel,
        groups: &[(Arc<Vec<Signals>>, Vec<usize>)],
        constants: &[Constants],
    ) -> Result<Vec<Vec<Option<Metrics>>>, BacktestError> {
        let markets: Vec<EventMarket<'_>> = (0..self.frames.len())
            .map(|s| {
                let (bars, rows) = (self.base(s), self.traded[s].clone());
                EventMarket {
                    time: &bars.time[rows.clone()],
                    open: &bars.open[rows.clone()],
                    high: &bars.high[rows.clone()],
                    low: &bars.low[rows.clone()],
                    close: &bars.close[rows],
                    spec: &self.specs[s],
                    tables: &self.tables[s],
                }
            })
            .collect();
        let starts: Vec<usize> = self.traded.iter().map(|rows| rows.start).collect();
        let batches: Vec<EventBatch<'_>> = groups
            .iter()
            .map(|(signals, members)| EventBatch {
                signals,
                points: members.iter().map(|&at| &constants[at]).collect(),
            })
            .collect();
        let run = EventRun::new(
            kernel,
            &self.settings,
            self.clock,
            &markets,
            &starts,
            &self.shared_clock,
            self.input.run.trials,
            self.detail,
        );
        Ok(run.run(&batches)?)
    }

    /// The plain run of one point: what every path must agree with to the bit.
    pub fn plain(&self, point: &[f64]) -> Result<Metrics, BacktestError> {
        let run = BacktestInput {
            kernel: &*self.input.split.whole,
            params: point,
            settings: &self.settings,
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

    fn batch(&self) -> usize {
        2_048
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
            let values = metrics.values();
            for (cell, &at) in row.iter_mut().zip(&self.places) {
                *cell = values[at];
            }
        }
        Ok(())
    }
}
