//! A run of a portfolio: all symbols march together, stage by stage, and between two stages they are compared.

use crate::error::BacktestError;
use crate::result::PlotSeries;
use crate::run::{BacktestInput, block, keep_plots, plot_series};
use sixbtc_abi::{Constants, CrossKind, Kernel, Outputs, PortfolioPlan, State, Universe, Value};
use sixbtc_engine::cross::{best, compare};
use sixbtc_engine::{Block, Engine, Outcome, PortfolioEngine, Rebalance, SymbolSetup};
use sixbtc_market::symbol::named;
use sixbtc_market::{Bars, FrameSet};
use std::ops::Range;

/// What a run of a portfolio leaves behind. Symbols are counted as in the data given.
pub(crate) struct Ran {
    pub outcome: Outcome,
    pub plots: Vec<PlotSeries>,
    pub holdings: Vec<Rebalance>,
}

/// Indices of the symbols in the order of their names: the same run whatever the order of the files.
pub(crate) fn by_name(data: &[Bars]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..data.len()).collect();
    order.sort_by(|&a, &b| data[a].symbol.cmp(&data[b].symbol));
    order
}

/// Bars that a program means by a name: those of the very symbol, else of the only market of that asset.
pub(crate) fn find<'a>(input: &BacktestInput<'a>, name: &str) -> Option<&'a Bars> {
    let all = || input.data.iter().chain(input.others);
    named(all().map(|b| b.symbol.as_str()), name).and_then(|at| all().nth(at))
}

/// Runs a portfolio. `frames`, `traded` and `setups` are parallel to the data.
pub(crate) fn run(
    input: &BacktestInput<'_>,
    plan: &PortfolioPlan,
    constants: &Constants,
    frames: &[FrameSet<'_>],
    traded: &[Range<usize>],
    setups: &[SymbolSetup<'_>],
) -> Result<Ran, BacktestError> {
    let order = by_name(input.data);
    let clock = frames[0].base().timeframe;
    let lookup = |name: &str| find(input, name);
    let mut stages = Vec::with_capacity(input.kernel.stages().len());
    for kernel in input.kernel.stages() {
        let mut own = Vec::with_capacity(order.len());
        for &s in &order {
            let scale = input.price_scales.get(s).copied();
            own.push(FrameSet::build_scaled(
                kernel.manifest(),
                &input.data[s],
                &lookup,
                scale,
            )?);
        }
        stages.push((kernel.as_ref(), kernel.bind(input.params)?, own));
    }
    let steps = stages
        .iter()
        .map(|(kernel, constants, frames)| Step::new(*kernel, constants, frames.iter()))
        .collect();
    let last = Step::new(input.kernel, constants, order.iter().map(|&s| &frames[s]));
    let mut march = March::new(input, plan, constants, steps, last, &order)?;
    let traded: Vec<Range<usize>> = order.iter().map(|&s| traded[s].clone()).collect();
    let setups: Vec<SymbolSetup<'_>> = order.iter().map(|&s| setups[s]).collect();
    let rows = traded.iter().map(Range::len).max().unwrap_or(0);
    let mut plots = Plots::new(input, &order, &traded);
    let (mut outcome, mut holdings) = if plan.holds.is_empty() {
        let engine = Engine::new(input.kernel, constants, input.settings, clock, &setups)?;
        let mut engine = engine.with_room(rows);
        while march.next(&traded, input.rows_at_once)? {
            plots.keep(&march, constants, &traded);
            // the position phase keeps its memory beside that of the signals
            let mut states = std::mem::take(&mut march.last.states);
            let blocks = march.blocks(&traded).into_iter();
            let blocks: Vec<Block<'_>> = blocks.map(|b| b.0).collect();
            engine.advance(&mut states, &blocks)?;
            march.last.states = states;
        }
        (engine.finish(), Vec::new())
    } else {
        let engine = PortfolioEngine::new(input.kernel, constants, input.settings, clock, &setups)?;
        let mut engine = engine.with_room(rows);
        let mut closes = vec![f64::NAN; order.len()];
        while march.next(&traded, input.rows_at_once)? {
            plots.keep(&march, constants, &traded);
            march.before(&traded, |present| {
                for &(s, row) in present {
                    closes[s] = march.bases[s].close[row];
                }
                engine.remember(closes.clone());
            });
            let (blocks, members): (Vec<Block<'_>>, Vec<&[bool]>) =
                march.blocks(&traded).into_iter().unzip();
            engine.advance(&blocks, &members)?;
        }
        engine.finish()
    };
    for trade in &mut outcome.trades {
        trade.symbol = order[usize::from(trade.symbol)] as u16;
    }
    for share in holdings.iter_mut().flat_map(|h| &mut h.shares) {
        share.symbol = order[usize::from(share.symbol)] as u16;
    }
    Ok(Ran {
        outcome,
        plots: plots.finish(),
        holdings,
    })
}

/// A kernel with its memory and outputs for each symbol.
struct Step<'a> {
    kernel: &'a dyn Kernel,
    constants: &'a Constants,
    frames: Vec<&'a FrameSet<'a>>,
    states: Vec<State>,
    outputs: Vec<Outputs>,
    offset: Vec<usize>,
}

impl<'a> Step<'a> {
    fn new(
        kernel: &'a dyn Kernel,
        constants: &'a Constants,
        frames: impl Iterator<Item = &'a FrameSet<'a>>,
    ) -> Self {
        let frames: Vec<&FrameSet<'_>> = frames.collect();
        let manifest = kernel.manifest();
        Self {
            states: frames.iter().map(|_| kernel.new_state(constants)).collect(),
            outputs: frames.iter().map(|_| Outputs::new(manifest, 0)).collect(),
            offset: vec![0; manifest.frames.len()],
            kernel,
            constants,
            frames,
        }
    }

    /// Runs a symbol over rows; the buffers become exactly as long as the rows.
    fn run(
        &mut self,
        s: usize,
        rows: Range<usize>,
        cross: &[Vec<f64>],
    ) -> Result<(), BacktestError> {
        let out = &mut self.outputs[s];
        out.flags.resize(rows.len(), 0);
        for column in &mut out.values {
            column.resize(rows.len(), 0.0);
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.kernel.run(
            &self.frames[s].input_with(cross),
            &self.offset,
            rows,
            self.constants,
            &mut self.states[s],
            out,
        )?;
        Ok(())
    }
}

/// All symbols on their way through time.
struct March<'a> {
    plan: &'a PortfolioPlan,
    /// How many symbols a ranked universe has.
    places: usize,
    steps: Vec<Step<'a>>,
    last: Step<'a>,
    bases: Vec<&'a Bars>,
    /// By symbol and number of [`sixbtc_abi::Column::Cross`]: one value a row.
    cross: Vec<Vec<Vec<f64>>>,
    /// By symbol: whether it belonged to the universe, one answer a row.
    member: Vec<Vec<bool>>,
    /// Where trading begins, ms.
    from: Option<i64>,
    /// How far each symbol has come.
    at: Vec<usize>,
    /// Rows of the stretch at hand.
    ranges: Vec<Range<usize>>,
}

impl<'a> March<'a> {
    fn new(
        input: &BacktestInput<'_>,
        plan: &'a PortfolioPlan,
        constants: &Constants,
        steps: Vec<Step<'a>>,
        last: Step<'a>,
        order: &[usize],
    ) -> Result<Self, BacktestError> {
        if steps.len() != plan.stages.len() {
            return Err(BacktestError::Stages {
                given: steps.len(),
                wanted: plan.stages.len(),
            });
        }
        let bases: Vec<&Bars> = last.frames.iter().map(|f| f.base()).collect();
        let columns = plan
            .stages
            .iter()
            .flatten()
            .map(|c| usize::from(c.column) + 1)
            .max()
            .unwrap_or(0);
        let column = |bars: &Bars, k: usize| {
            let used = plan.stages.iter().flatten();
            let used = used.clone().any(|c| usize::from(c.column) == k);
            vec![f64::NAN; if used { bars.len() } else { 0 }]
        };
        let mut fixed = vec![!matches!(plan.universe, Universe::Top { .. }); bases.len()];
        if let Universe::Symbols(names) = &plan.universe {
            let symbols = || order.iter().map(|&s| input.data[s].symbol.as_str());
            fixed.fill(false);
            for name in names {
                let at = named(symbols(), name).ok_or_else(|| BacktestError::UnknownSymbol {
                    name: name.clone(),
                    known: symbols().collect::<Vec<_>>().join(", "),
                })?;
                fixed[at] = true;
            }
        }
        let places = match plan.universe {
            Universe::Top { count, .. } => match count {
                Value::Const(n) => n as usize,
                Value::Scalar(k) => constants
                    .scalars
                    .get(usize::from(k))
                    .map_or(0, |n| *n as usize),
                Value::Out(..) => 0,
            },
            _ => bases.len(),
        };
        Ok(Self {
            plan,
            places,
            cross: bases
                .iter()
                .map(|b| (0..columns).map(|k| column(b, k)).collect())
                .collect(),
            member: bases
                .iter()
                .zip(fixed)
                .map(|(b, member)| vec![member; b.len()])
                .collect(),
            from: input.from,
            at: vec![0; bases.len()],
            ranges: vec![0..0; bases.len()],
            steps,
            last,
            bases,
        })
    }

    /// Runs the next stretch of time, so many bars of the clock long. Whether there was one.
    fn next(&mut self, traded: &[Range<usize>], rows: usize) -> Result<bool, BacktestError> {
        let open = |s: usize| self.at[s] < traded[s].end;
        let Some(start) = (0..self.at.len())
            .filter(|&s| open(s))
            .map(|s| self.bases[s].time[self.at[s]])
            .min()
        else {
            return Ok(false);
        };
        let length = self.bases[0].timeframe.ms();
        let mut until = start.saturating_add(length.saturating_mul(rows.max(1) as i64));
        // A stretch lies before the time that is traded, or in it: the engine's blocks begin where the outputs do.
        if let Some(from) = self.from
            && start < from
        {
            until = until.min(from);
        }
        for (s, at) in self.at.iter_mut().enumerate() {
            let rest = &self.bases[s].time[*at..traded[s].end.max(*at)];
            let end = *at + rest.partition_point(|&t| t < until);
            self.ranges[s] = *at..end;
            *at = end;
        }
        for k in 0..self.steps.len() {
            for s in 0..self.bases.len() {
                self.steps[k].run(s, self.ranges[s].clone(), &self.cross[s])?;
            }
            self.compare(k);
        }
        for s in 0..self.bases.len() {
            self.last.run(s, self.ranges[s].clone(), &self.cross[s])?;
        }
        Ok(true)
    }

    /// Compares what a stage yields, instant by instant.
    fn compare(&mut self, k: usize) {
        let step = &self.steps[k];
        let (mut who, mut values, mut results) = (Vec::new(), Vec::new(), Vec::new());
        // What takes part: finite, and settled.
        let part = |value: u16, s: usize, row: usize| {
            let v = usize::from(value);
            let x = step.outputs[s].values.get(v)?[row - self.ranges[s].start];
            let settled = step.constants.lookback.get(v).copied().unwrap_or(0);
            (row >= settled && x.is_finite()).then_some(x)
        };
        let (member, cross) = (&mut self.member, &mut self.cross);
        instants(&self.bases, &self.ranges, |present| {
            if let (0, Universe::Top { score, .. }) = (k, &self.plan.universe) {
                who.clear();
                values.clear();
                for &(s, row) in present {
                    if let Some(x) = part(*score, s, row) {
                        who.push((s, row));
                        values.push(x);
                    }
                }
                for i in best(&values, self.places, true) {
                    member[who[i].0][who[i].1] = true;
                }
            }
            for spec in &self.plan.stages[k] {
                let column = usize::from(spec.column);
                if spec.kind == CrossKind::Member {
                    for &(s, row) in present {
                        cross[s][column][row] = f64::from(u8::from(member[s][row]));
                    }
                    continue;
                }
                who.clear();
                values.clear();
                for &(s, row) in present.iter().filter(|&&(s, row)| member[s][row]) {
                    if let Some(x) = part(spec.value, s, row) {
                        who.push((s, row));
                        values.push(x);
                    }
                }
                compare(spec.kind, &values, &mut results);
                for (&(s, row), result) in who.iter().zip(&results) {
                    cross[s][column][row] = *result;
                }
            }
        });
    }

    /// The rows of the stretch that are traded.
    fn traded(&self, s: usize, traded: &[Range<usize>]) -> Range<usize> {
        let rows = &self.ranges[s];
        rows.start.max(traded[s].start).min(rows.end)..rows.end
    }

    /// Visits the instants of the stretch before the time that is traded.
    fn before(&self, traded: &[Range<usize>], visit: impl FnMut(&[(usize, usize)])) {
        let ranges: Vec<Range<usize>> = (0..self.bases.len())
            .map(|s| self.ranges[s].start..self.traded(s, traded).start)
            .collect();
        instants(&self.bases, &ranges, visit);
    }

    /// The traded rows of the stretch for the engine, with the members among them.
    fn blocks(&self, traded: &[Range<usize>]) -> Vec<(Block<'_>, &[bool])> {
        (0..self.bases.len())
            .filter_map(|s| {
                let rows = self.traded(s, traded);
                (!rows.is_empty()).then(|| {
                    let members = &self.member[s][rows.clone()];
                    (
                        block(self.bases[s], s, rows, &self.last.outputs[s]),
                        members,
                    )
                })
            })
            .collect()
    }
}

/// Visits every instant of some rows in the order of time: symbols with a bar then, and its row, in the order of symbols.
fn instants(bases: &[&Bars], ranges: &[Range<usize>], mut visit: impl FnMut(&[(usize, usize)])) {
    let mut at: Vec<usize> = ranges.iter().map(|r| r.start).collect();
    let mut present = Vec::with_capacity(bases.len());
    loop {
        let time = |s: usize, row: usize| (row < ranges[s].end).then(|| bases[s].time[row]);
        let Some(next) = (0..at.len()).filter_map(|s| time(s, at[s])).min() else {
            return;
        };
        present.clear();
        for (s, row) in at.iter_mut().enumerate() {
            if time(s, *row) == Some(next) {
                present.push((s, *row));
                *row += 1;
            }
        }
        visit(&present);
    }
}

/// The plotted series, kept stretch by stretch.
struct Plots<'a> {
    order: &'a [usize],
    plotted: Vec<u16>,
    series: Vec<PlotSeries>,
}

impl<'a> Plots<'a> {
    fn new(input: &BacktestInput<'_>, order: &'a [usize], traded: &[Range<usize>]) -> Self {
        let manifest = input.kernel.manifest();
        let plotted = if input.plots {
            manifest.plots.clone()
        } else {
            Vec::new()
        };
        let series = order
            .iter()
            .zip(traded)
            .flat_map(|(&s, rows)| plot_series(manifest, &plotted, s, rows.len()))
            .collect();
        Self {
            order,
            plotted,
            series,
        }
    }

    fn keep(&mut self, march: &March<'_>, constants: &Constants, traded: &[Range<usize>]) {
        let each = self.plotted.len();
        for s in 0..self.order.len() {
            let rows = march.traded(s, traded);
            if !rows.is_empty() {
                let series = &mut self.series[s * each..(s + 1) * each];
                keep_plots(
                    series,
                    &self.plotted,
                    constants,
                    &march.last.outputs[s],
                    rows,
                );
            }
        }
    }

    /// In the order of the data.
    fn finish(mut self) -> Vec<PlotSeries> {
        self.series.sort_by_key(|p| p.symbol);
        self.series
    }
}
