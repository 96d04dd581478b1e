//! The signal phase of a kernel, bar by bar as bars close: the same bits as over the whole history at once.

use super::mandate::Bound;
use super::series::{Longer, Series};
use sixbtc_abi::{
    Column, Constants, CrossKind, Frame, Input, Kernel, KernelError, Manifest, Outputs,
    PortfolioPlan, State, Universe, Value,
};
use sixbtc_engine::Block;
use sixbtc_engine::cross::{best, compare};
use sixbtc_market::symbol::named;
use sixbtc_market::{Bar, Bars, FrameSet, MarketError, Timeframe};
use std::collections::BTreeSet;

/// Rows that are computed at once over history.
const BLOCK: usize = 2_048;

/// Why signals cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    /// The kernel refuses.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// The bars do not make what it reads.
    #[error(transparent)]
    Market(#[from] MarketError),
    /// A state is of another program or history.
    #[error("the memory of the strategy does not follow from its history: {0}")]
    Memory(String),
}

/// Where the bars of a frame are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// Those of a series as they come.
    Own(usize),
    /// Longer ones made of them.
    Longer(usize),
}

/// A frame of a kernel, for one market.
struct Reads {
    source: Source,
    columns: Vec<Column>,
    /// A manifest of this frame alone, when columns have to be computed.
    computed: Option<Manifest>,
    scale: f64,
}

/// A kernel with its memory for each market.
struct Step<'a> {
    kernel: &'a dyn Kernel,
    constants: Constants,
    frames: Vec<Vec<Reads>>,
    states: Vec<State>,
    outputs: Vec<Outputs>,
}

/// All kernels of a strategy and the bars they read.
pub(crate) struct Signals<'a> {
    bound: &'a Bound<'a>,
    markets: usize,
    base: Vec<Series>,
    longer: Vec<(usize, Longer)>,
    steps: Vec<Step<'a>>,
    cross: Option<Cross<'a>>,
    /// By market and series ([`Signals::place`]): bars confirmed at the end of each kept row of the market.
    confirmed: Vec<Vec<Vec<u32>>>,
    /// Kernel memory of the last kernel, which the position phase shares.
    pub states: Vec<State>,
}

/// What is compared across markets.
struct Cross<'a> {
    plan: &'a PortfolioPlan,
    places: usize,
    fixed: Vec<bool>,
    /// By market and column, one value for each kept row.
    columns: Vec<Vec<Vec<f64>>>,
}

impl<'a> Signals<'a> {
    /// Before the first bar.
    pub fn new(bound: &'a Bound<'a>) -> Result<Self, SignalError> {
        let mandate = bound.mandate;
        let markets = mandate.markets.len();
        let clock = mandate.timeframe;
        let kernels: Vec<&'a dyn Kernel> = {
            let stages = mandate.kernel.stages().iter().map(AsRef::as_ref);
            stages.chain([&*mandate.kernel]).collect()
        };
        // what each series has to keep, by all kernels and markets
        let mut keep_base = vec![2; mandate.series_len()];
        let mut wanted: BTreeSet<(usize, i64)> = BTreeSet::new();
        let mut keep_longer: Vec<((usize, i64), usize)> = Vec::new();
        for (kernel, market) in { kernels.iter() }.flat_map(|k| (0..markets).map(move |m| (k, m))) {
            let manifest = kernel.manifest();
            for (f, spec) in manifest.frames.iter().enumerate() {
                let history = manifest.history.get(f).copied().unwrap_or(0) + 4;
                let series = source_of(bound, spec.symbol.as_deref(), market);
                if spec.period_ms == clock.ms() {
                    keep_base[series] = keep_base[series].max(history);
                } else {
                    let key = (series, spec.period_ms);
                    wanted.insert(key);
                    keep_longer.push((key, history));
                }
            }
        }
        let names: Vec<&str> = mandate.series().collect();
        let base = names.iter().zip(keep_base);
        let base = base
            .map(|(name, keep)| Series::new(name, clock, keep))
            .collect();
        let mut longer = Vec::new();
        for key in &wanted {
            let keep = { keep_longer.iter() }
                .filter(|(k, _)| k == key)
                .map(|(_, keep)| *keep);
            let period = period(key.1)?;
            let one = Longer::new(names[key.0], period, keep.max().unwrap_or(4));
            longer.push((key.0, one));
        }
        let order: Vec<(usize, i64)> = wanted.into_iter().collect();
        let mut steps = Vec::new();
        for kernel in kernels {
            let constants = kernel.bind(&mandate.params)?;
            let frames = (0..markets).map(|market| reads(bound, kernel, market, &order));
            steps.push(Step {
                frames: frames.collect(),
                states: (0..markets).map(|_| kernel.new_state(&constants)).collect(),
                outputs: (0..markets)
                    .map(|_| Outputs::new(kernel.manifest(), 1))
                    .collect(),
                kernel,
                constants,
            });
        }
        let places = names.len() + longer.len();
        let last = steps.last_mut();
        let states = last.map_or_else(Vec::new, |s| std::mem::take(&mut s.states));
        Ok(Self {
            cross: Cross::new(bound)?,
            confirmed: vec![vec![Vec::new(); places]; markets],
            bound,
            markets,
            base,
            longer,
            steps,
            states,
        })
    }

    /// Memory of the kernels before the last, by kernel and market.
    pub fn stage_words(&self) -> Vec<Vec<Vec<u64>>> {
        let stages = &self.steps[..self.steps.len().saturating_sub(1)];
        let words = |s: &Step<'_>| s.states.iter().map(|s| s.words.clone()).collect();
        stages.iter().map(words).collect()
    }

    /// The words of all kernels of a market, those of the last one at the end.
    pub fn memory(&self, m: usize) -> Vec<u64> {
        let stages = self.steps.iter().rev().skip(1).rev();
        let stages = stages.filter_map(|s| s.states.get(m));
        let all = stages.chain(self.states.get(m));
        all.flat_map(|s| s.words.iter().copied()).collect()
    }

    fn place(&self, source: Source) -> usize {
        match source {
            Source::Own(series) => series,
            Source::Longer(i) => self.base.len() + i,
        }
    }

    fn series(&self, source: Source) -> &Series {
        match source {
            Source::Own(series) => &self.base[series],
            Source::Longer(i) => &self.longer[i].1.series,
        }
    }

    /// Takes the bars of an instant, one a series at most, without computing anything.
    fn push(&mut self, time: i64, bars: &[Option<Bar>]) {
        let end = time + self.bound.mandate.timeframe.ms();
        let mut gone = vec![0; self.base.len()];
        for (s, bar) in bars.iter().enumerate() {
            if let Some(bar) = bar {
                let made = self.longer.iter().filter(|l| l.0 == s);
                let needed = made.map(|l| l.1.next()).min().unwrap_or(usize::MAX);
                gone[s] = self.base[s].push(*bar, needed);
            }
        }
        for (s, longer) in &mut self.longer {
            longer.complete(&self.base[*s], end);
        }
        let rows: Vec<u32> = {
            let base = self.base.iter().map(Series::rows);
            let longer = self.longer.iter().map(|l| l.1.series.rows());
            base.chain(longer).map(|rows| rows as u32).collect()
        };
        for m in 0..self.markets {
            for (place, confirmed) in self.confirmed[m].iter_mut().enumerate() {
                confirmed.drain(..gone[m].min(confirmed.len()));
                if bars[m].is_some() {
                    confirmed.push(rows[place]);
                }
            }
            if let Some(cross) = &mut self.cross {
                for column in &mut cross.columns[m] {
                    column.drain(..gone[m].min(column.len()));
                    if bars[m].is_some() {
                        column.push(f64::NAN);
                    }
                }
            }
        }
    }

    /// Takes the bars of an instant, one a series at most, and computes what the strategy says at its close. Those markets
    /// without a bar say nothing. Blocks of one row each, to be had from [`Signals::blocks`].
    pub fn step(&mut self, time: i64, bars: &[Option<Bar>]) -> Result<(), SignalError> {
        self.push(time, bars);
        let present: Vec<usize> = (0..self.markets).filter(|m| bars[*m].is_some()).collect();
        for k in 0..self.steps.len() {
            for &m in &present {
                self.run(k, m)?;
            }
            if let Some(mut cross) = self.cross.take() {
                if k + 1 < self.steps.len() {
                    cross.compare(k, &self.steps[k], &self.base, &present);
                }
                self.cross = Some(cross);
            }
        }
        Ok(())
    }

    fn run(&mut self, k: usize, m: usize) -> Result<(), SignalError> {
        let last = k + 1 == self.steps.len();
        let mut state = if last {
            std::mem::take(&mut self.states[m])
        } else {
            self.steps[k].states[m].clone()
        };
        let step = &self.steps[k];
        let reads = &step.frames[m];
        let mut made: Vec<Option<FrameSet<'_>>> = Vec::with_capacity(reads.len());
        for frame in reads {
            made.push(match &frame.computed {
                None => None,
                Some(manifest) => {
                    let bars = self.series(frame.source).bars();
                    let set = FrameSet::build_scaled(manifest, bars, &|_| None, Some(frame.scale))?;
                    Some(set)
                }
            });
        }
        let cross = self.cross.as_ref().map(|c| &c.columns[m]);
        let frames = reads
            .iter()
            .zip(&made)
            .enumerate()
            .map(|(f, (frame, made))| {
                let series = self.series(frame.source);
                let bars = series.bars();
                let mut computed = made
                    .as_ref()
                    .map(|set| set.input().frames.remove(0).columns);
                let mut computed = computed.iter_mut().flat_map(|c| c.drain(..));
                let column = |column: &Column| -> &[f64] {
                    match column {
                        Column::Open => &bars.open,
                        Column::High => &bars.high,
                        Column::Low => &bars.low,
                        Column::Close => &bars.close,
                        Column::Volume => &bars.volume,
                        Column::Cross(n) => cross
                            .and_then(|c| c.get(usize::from(*n)))
                            .map_or(&[][..], Vec::as_slice),
                        _ => computed.next().unwrap_or_default(),
                    }
                };
                Frame {
                    time: &bars.time,
                    columns: frame.columns.iter().map(column).collect(),
                    confirmed: if f == 0 {
                        &[]
                    } else {
                        &self.confirmed[m][self.place(frame.source)]
                    },
                    price_scale: frame.scale,
                }
            });
        let input = Input {
            frames: frames.collect(),
        };
        let offset: Vec<usize> = { reads.iter() }
            .map(|frame| self.series(frame.source).dropped())
            .collect();
        let row = self.base[m].rows() - 1;
        let mut out = Outputs::new(step.kernel.manifest(), 1);
        let ran = step.kernel.run(
            &input,
            &offset,
            row..row + 1,
            &step.constants,
            &mut state,
            &mut out,
        );
        let step = &mut self.steps[k];
        step.outputs[m] = out;
        if last {
            self.states[m] = state;
        } else {
            step.states[m] = state;
        }
        Ok(ran?)
    }

    /// What was said at the last instant, as the engine takes it, of the markets that had a bar then.
    pub fn blocks(&self, present: impl Iterator<Item = usize>) -> Vec<Block<'_>> {
        let Some(last) = self.steps.last() else {
            return Vec::new();
        };
        let one = |m: usize| {
            let bars = self.base[m].bars();
            let rows = bars.len() - 1..bars.len();
            Block {
                symbol: m,
                time: &bars.time[rows.clone()],
                open: &bars.open[rows.clone()],
                high: &bars.high[rows.clone()],
                low: &bars.low[rows.clone()],
                close: &bars.close[rows],
                flags: &last.outputs[m].flags,
                values: &last.outputs[m].values,
            }
        };
        present.map(one).collect()
    }

    /// What the last kernel said of a market at its last bar.
    pub fn said(&self, m: usize) -> Option<&Outputs> {
        self.steps.last().map(|s| &s.outputs[m])
    }

    /// Runs over history, which begins where the memory is new: everything that opened before `until`. `history` is parallel
    /// to the series.
    pub fn warm(&mut self, history: &[Bars], until: i64) -> Result<(), SignalError> {
        if self.cross.is_some() {
            return each_instant(history, until, |time, bars| self.step(time, bars));
        }
        self.states = self.replayed(history, until)?.0;
        self.fill(history, until)
    }

    /// Takes history without computing anything: for a memory that is brought from elsewhere.
    pub fn fill(&mut self, history: &[Bars], until: i64) -> Result<(), SignalError> {
        each_instant(history, until, |time, bars| {
            self.push(time, bars);
            Ok(())
        })
    }

    /// The memory of the last kernel after history, and which of its words belong to the signals: those that its run over
    /// history changed.
    fn replayed(
        &self,
        history: &[Bars],
        until: i64,
    ) -> Result<(Vec<State>, Vec<Vec<bool>>), SignalError> {
        let Some(step) = self.steps.last() else {
            return Ok((Vec::new(), Vec::new()));
        };
        let cut: Vec<Bars> = history
            .iter()
            .map(|b| b.between(None, Some(until)))
            .collect();
        let find = |name: &str| self.bound.mandate.find(name).and_then(|i| cut.get(i));
        let (mut states, mut touched) = (Vec::new(), Vec::new());
        for (m, bars) in cut.iter().enumerate().take(self.markets) {
            let mut state = step.kernel.new_state(&step.constants);
            let first = state.clone();
            let mut changed = vec![false; first.words.len()];
            if !bars.is_empty() {
                let scale = Some(self.bound.mandate.scale(m));
                let manifest = step.kernel.manifest();
                let frames = FrameSet::build_scaled(manifest, bars, &find, scale)?;
                let mut input = frames.input();
                // the scale of another symbol is that of its mandate, not the one that its bars so far show
                for (frame, read) in input.frames.iter_mut().zip(&step.frames[m]) {
                    frame.price_scale = read.scale;
                }
                let offset = vec![0; manifest.frames.len()];
                let mut row = 0;
                let rows = frames.rows();
                while row < rows {
                    let end = (row + BLOCK).min(rows);
                    let mut out = Outputs::new(manifest, end - row);
                    let rows = row..end;
                    let constants = &step.constants;
                    (step.kernel).run(&input, &offset, rows, constants, &mut state, &mut out)?;
                    let words = state.words.iter().zip(&first.words).zip(&mut changed);
                    words.for_each(|((a, b), c)| *c |= a != b);
                    row = end;
                }
            }
            states.push(state);
            touched.push(changed);
        }
        Ok((states, touched))
    }

    /// Compares a memory that was saved with the one that follows from history: the words that signals have are to be the
    /// same. What the position phase keeps beside them depends on fills, and is not looked at.
    pub fn check(
        &self,
        history: &[Bars],
        until: i64,
        saved: &[State],
        stages: &[Vec<Vec<u64>>],
    ) -> Result<(), SignalError> {
        let differs = |m: usize| {
            let symbol = &self.bound.mandate.markets[m].symbol;
            SignalError::Memory(format!("{symbol} at {until}"))
        };
        let (states, touched) = if self.cross.is_some() {
            let mut twin = Self::new(self.bound)?;
            twin.warm(history, until)?;
            if twin.stage_words() != stages {
                return Err(differs(0));
            }
            // every word: there is no telling apart, so that only a kernel without memory of positions is compared whole
            let whole = self.steps.last().is_some_and(|s| {
                let m = s.kernel.manifest();
                m.position_flags == 0 && m.position_values == 0
            });
            let touched = { twin.states.iter() }.map(|s| vec![whole; s.words.len()]);
            let touched = touched.collect();
            (twin.states, touched)
        } else {
            self.replayed(history, until)?
        };
        for (m, ((found, expected), touched)) in saved.iter().zip(&states).zip(&touched).enumerate()
        {
            let words = found.words.iter().zip(&expected.words).zip(touched);
            let same = found.words.len() == expected.words.len() && { words }
                .all(|((a, b), touched)| !touched || a == b);
            if !same {
                return Err(differs(m));
            }
        }
        Ok(())
    }

    /// Takes a memory that was saved.
    pub fn restore(
        &mut self,
        states: Vec<State>,
        stages: &[Vec<Vec<u64>>],
    ) -> Result<(), SignalError> {
        let shape = |ok: bool| {
            let other = || SignalError::Memory("it is of another shape".to_owned());
            ok.then_some(()).ok_or_else(other)
        };
        shape(states.len() == self.markets && stages.len() + 1 == self.steps.len())?;
        for (state, known) in states.iter().zip(&self.states) {
            shape(state.words.len() == known.words.len())?;
        }
        for (step, words) in self.steps.iter_mut().zip(stages) {
            shape(words.len() == self.markets)?;
            for (state, words) in step.states.iter_mut().zip(words) {
                shape(state.words.len() == words.len())?;
                state.words.clone_from(words);
            }
        }
        self.states = states;
        Ok(())
    }
}

impl<'a> Cross<'a> {
    fn new(bound: &'a Bound<'a>) -> Result<Option<Self>, SignalError> {
        let mandate = bound.mandate;
        let markets = mandate.markets.len();
        let Some(plan) = &mandate.kernel.manifest().portfolio else {
            return Ok(None);
        };
        let specs = plan.stages.iter().flatten();
        let columns = specs.map(|c| usize::from(c.column) + 1).max().unwrap_or(0);
        let mut fixed = vec![!matches!(plan.universe, Universe::Top { .. }); markets];
        if let Universe::Symbols(names) = &plan.universe {
            fixed.fill(false);
            let symbols = mandate.markets.iter().map(|m| m.symbol.as_str());
            for name in names {
                let at = named(symbols.clone(), name).ok_or_else(|| {
                    let why = format!("`{name}` of the universe is not among the markets");
                    SignalError::Memory(why)
                })?;
                fixed[at] = true;
            }
        }
        let places = match plan.universe {
            Universe::Top { count, .. } => match count {
                Value::Const(n) => n as usize,
                Value::Scalar(k) => {
                    { bound.constants.scalars.get(usize::from(k)) }.map_or(0, |n| *n as usize)
                }
                Value::Out(..) => 0,
            },
            _ => markets,
        };
        Ok(Some(Self {
            plan,
            places,
            fixed,
            columns: vec![vec![Vec::new(); columns]; markets],
        }))
    }

    /// Compares what a stage said at the last instant.
    fn compare(&mut self, k: usize, step: &Step<'_>, base: &[Series], present: &[usize]) {
        // what takes part: finite, and settled
        let part = |value: u16, m: usize| {
            let v = usize::from(value);
            let x = *step.outputs[m].values.get(v)?.first()?;
            let settled = step.constants.lookback.get(v).copied().unwrap_or(0);
            (base[m].rows() > settled && x.is_finite()).then_some(x)
        };
        if let (0, Universe::Top { score, .. }) = (k, &self.plan.universe) {
            self.fixed.fill(false);
            let parts = present.iter().filter_map(|&m| Some((m, part(*score, m)?)));
            let (who, values): (Vec<usize>, Vec<f64>) = parts.unzip();
            for i in best(&values, self.places, true) {
                self.fixed[who[i]] = true;
            }
        }
        let mut results = Vec::new();
        for spec in self.plan.stages.get(k).into_iter().flatten() {
            let column = usize::from(spec.column);
            let mut set = |m: usize, x: f64| {
                if let Some(last) = self.columns[m].get_mut(column).and_then(|c| c.last_mut()) {
                    *last = x;
                }
            };
            if spec.kind == CrossKind::Member {
                for &m in present {
                    set(m, f64::from(u8::from(self.fixed[m])));
                }
                continue;
            }
            let members = present.iter().filter(|m| self.fixed[**m]);
            let parts = members.filter_map(|&m| Some((m, part(spec.value, m)?)));
            let (who, values): (Vec<usize>, Vec<f64>) = parts.unzip();
            compare(spec.kind, &values, &mut results);
            for (&m, result) in who.iter().zip(&results) {
                set(m, *result);
            }
        }
    }
}

/// The series that a frame of a market reads.
fn source_of(bound: &Bound<'_>, symbol: Option<&str>, market: usize) -> usize {
    match symbol {
        Some(name) if name != bound.mandate.markets[market].symbol => {
            bound.mandate.find(name).unwrap_or(market)
        }
        _ => market,
    }
}

fn period(ms: i64) -> Result<Timeframe, SignalError> {
    Timeframe::from_ms(ms).ok_or(SignalError::Market(MarketError::Period { ms }))
}

fn reads(
    bound: &Bound<'_>,
    kernel: &dyn Kernel,
    market: usize,
    longer: &[(usize, i64)],
) -> Vec<Reads> {
    let clock = bound.mandate.timeframe.ms();
    let manifest = kernel.manifest();
    let one = |spec: &sixbtc_abi::FrameSpec| {
        let series = source_of(bound, spec.symbol.as_deref(), market);
        let made = longer.iter().position(|k| *k == (series, spec.period_ms));
        let plain = |c: &Column| {
            use Column::{Close, Cross, High, Low, Open, Volume};
            matches!(c, Open | High | Low | Close | Volume | Cross(_))
        };
        let computed: Vec<Column> = { spec.columns.iter() }
            .copied()
            .filter(|c| !plain(c))
            .collect();
        Reads {
            source: match made {
                Some(i) if spec.period_ms != clock => Source::Longer(i),
                _ => Source::Own(series),
            },
            columns: spec.columns.clone(),
            computed: (!computed.is_empty()).then(|| Manifest {
                frames: vec![sixbtc_abi::FrameSpec {
                    symbol: None,
                    period_ms: spec.period_ms,
                    columns: computed,
                }],
                session: manifest.session.clone(),
                ..Manifest::default()
            }),
            scale: bound.mandate.scale(series),
        }
    };
    manifest.frames.iter().map(one).collect()
}

/// Visits the instants of several series before a time, in order.
pub(crate) fn each_instant(
    history: &[Bars],
    until: i64,
    mut visit: impl FnMut(i64, &[Option<Bar>]) -> Result<(), SignalError>,
) -> Result<(), SignalError> {
    let mut at = vec![0; history.len()];
    let mut bars = vec![None; history.len()];
    loop {
        let next = |(b, row): (&Bars, &usize)| b.time.get(*row).copied().filter(|t| *t < until);
        let Some(time) = history.iter().zip(&at).filter_map(next).min() else {
            return Ok(());
        };
        for ((series, row), bar) in history.iter().zip(&mut at).zip(&mut bars) {
            *bar = series.get(*row).filter(|b| b.time == time);
            *row += usize::from(bar.is_some());
        }
        visit(time, &bars)?;
    }
}

#[cfg(test)]
#[path = "signals_tests.rs"]
mod tests;
