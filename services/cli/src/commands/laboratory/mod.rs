//! The commands of the laboratory, and what they share: from a file, data and settings to a subject.

mod pages;
mod space;
pub mod validate;
pub mod walkforward;

use super::{backtest, program};
use crate::args::{DataArgs, FitArgs, FitSearch, LedgerArgs, RunArgs, SpaceArg};
use crate::data;
use crate::failure::Failure;
use crate::files::{self, Beside};
use comfy_table::{CellAlignment, Table, presets};
use sbt_driver::docs::{Kind, entry};
use sbt_driver::{check, compile_split};
use sixbtc_abi::{Kernel, Manifest, ParamKind, ParamSpec, Split, Unit};
use sixbtc_backtest::BacktestError;
use sixbtc_engine::{Metrics, RunSettings};
use sixbtc_lab::{
    Books, ByRuns, BySweep, Evaluators, LabError, Market, Seeking, Span, Subject, Tried,
};
use sixbtc_market::{Bars, Funding, Timeframe, calendar, open_funding, resample};
use sixbtc_sweep::{Objective, Search, Space};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// A strategy over its market, ready to be examined.
pub struct Prepared {
    /// The strategy, split by the parameters that vary.
    pub split: Split,
    /// Its parameter space; absent without parameters.
    pub space: Option<Space>,
    /// Indicators that it calls.
    pub indicators: u32,
    /// Hash of the program and all it uses.
    pub hash: String,
    /// The program's text.
    pub source: String,
    /// Bars on the strategy's clock.
    pub market: Market,
    /// Finer bars.
    pub intrabar: Vec<Bars>,
    /// Funding of each symbol, or empty.
    pub funding: Vec<Option<Funding>>,
    /// Settings of the runs.
    pub settings: RunSettings,
    /// The strategy's clock.
    pub clock: Timeframe,
    /// The time examined.
    pub span: Span,
    /// What a user must know of the data.
    pub remarks: Vec<String>,
}

impl Prepared {
    /// Reads, checks, compiles, loads; `None` when the program has errors, which were shown.
    pub fn of(file: &Path, args: &DataArgs, run: &RunArgs) -> Result<Option<Self>, Failure> {
        let mut settings = super::settings::settings(&run.set)?;
        let text = files::read_program(file)?;
        let given = program::pairs(&run.params, "--param", "fast=10")?;
        let name = text.path.display().to_string();
        let world = Beside::of(file);
        let mut checked = check(&world, &name, &text.text, &HashMap::new());
        if checked.is_ok() {
            // the length of a bar is fixed before anything is compiled
            let s = program::choose(&checked.hir.strategies, run.strategy.as_deref(), &name)?;
            let mut timeframes = HashMap::new();
            for p in s.params.iter().filter(|p| p.kind == ParamKind::Timeframe) {
                if let Some((_, typed)) = given.iter().find(|g| g.0 == p.name) {
                    timeframes.insert(p.name.clone(), program::value(p, typed)? as i64);
                }
            }
            if !timeframes.is_empty() {
                checked = check(&world, &name, &text.text, &timeframes);
            }
        }
        super::check::show_diagnostics(&checked);
        if !checked.is_ok() {
            return Ok(None);
        }
        let s = program::choose(&checked.hir.strategies, run.strategy.as_deref(), &name)?;
        let space = if s.params.is_empty() && given.is_empty() {
            None
        } else {
            let grid = Space::grid(&s.params, &given);
            Some(grid.map_err(|e| Failure::input(e.to_string()))?)
        };
        let swept: Vec<u16> = space.as_ref().map_or_else(Vec::new, |space| {
            (0..)
                .zip(space.axes())
                .filter(|(_, axis)| axis.values.len() > 1)
                .map(|(i, _)| i)
                .collect()
        });
        let split = compile_split(s, &swept, run.backend())
            .map_err(|e| Failure::input(format!("{name}: {e}")))?;
        let clock = split.whole.manifest().frames.first();
        let clock = clock
            .and_then(|f| Timeframe::from_ms(f.period_ms))
            .ok_or_else(|| Failure::defect("the strategy's clock is no timeframe"))?;
        let series = data::load(args, Some(clock))?;
        let funding = match &run.funding {
            Some(p) => {
                let f = open_funding(p).map_err(data::market)?;
                series.bars.iter().map(|_| Some(f.clone())).collect()
            }
            None => Vec::new(),
        };
        if !run.set.iter().any(|s| s.contains("max_positions")) {
            settings.max_positions = settings.max_positions.min(series.bars.len() as u32);
        }
        let intrabar = backtest::finer(run, args, &series.bars)?;
        let bars = series
            .bars
            .iter()
            .map(|b| {
                if b.timeframe == clock {
                    Ok(b.clone())
                } else {
                    resample(b, clock).map_err(data::market)
                }
            })
            .collect::<Result<Vec<Bars>, Failure>>()?;
        let market = Market::of(bars);
        let from = args.which.from.as_deref().map(data::instant).transpose()?;
        let to = args.which.to.as_deref().map(data::instant).transpose()?;
        let whole = Subject::new(&*split.whole, &market, &settings)
            .span()
            .map_err(failure)?;
        let span = Span {
            from: from.map_or(whole.from, |t| t.max(whole.from)),
            to: to.map_or(whole.to, |t| t.min(whole.to)),
        };
        if span.from >= span.to {
            return Err(Failure::input(
                "no bar of the data lies in the time asked for",
            ));
        }
        Ok(Some(Self {
            hash: checked.hash.clone(),
            indicators: indicators(&text.text),
            source: text.text,
            space,
            market,
            intrabar,
            funding,
            settings,
            clock,
            span,
            remarks: series.remarks,
            split,
        }))
    }

    /// What the laboratory examines.
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            source: &self.hash,
            compiler: sbt_driver::VERSION,
            intrabar: &self.intrabar,
            funding: &self.funding,
            ..Subject::new(self.kernel(), &self.market, &self.settings)
        }
    }

    fn kernel(&self) -> &dyn Kernel {
        &*self.split.whole
    }

    /// What the strategy needs and yields.
    pub fn manifest(&self) -> &Manifest {
        self.split.whole.manifest()
    }

    /// The parameters.
    pub fn specs(&self) -> &[ParamSpec] {
        &self.manifest().params
    }

    /// How points are evaluated.
    pub fn evaluators(&self, fit: &FitArgs) -> Box<dyn Evaluators + '_> {
        // the strategy is split by what the program's ranges vary, which need not be what the pipeline's space varies
        if self.split.swept.is_empty() || fit.space == SpaceArg::Pipeline {
            Box::new(ByRuns)
        } else {
            Box::new(BySweep::new(&self.split, &self.settings))
        }
    }

    /// The first lines of what people read: strategy, market, time.
    pub fn title(&self) -> String {
        let m = self.manifest();
        if m.title.is_empty() {
            m.name.clone()
        } else {
            format!("{} – {}", m.name, m.title)
        }
    }

    /// Market and time in a line.
    pub fn data_line(&self) -> String {
        let symbols: Vec<&str> = self.market.bars.iter().map(|b| b.symbol.as_str()).collect();
        let bars: usize = self
            .market
            .bars
            .iter()
            .map(|b| b.rows(Some(self.span.from), Some(self.span.to)).len())
            .sum();
        format!(
            "{} on {}, {bars} bars, {}",
            symbols.join(", "),
            self.clock,
            days(self.span)
        )
    }
}

/// Different calls of indicators in a program's text: what its simplicity is measured by.
fn indicators(text: &str) -> u32 {
    let mut calls = BTreeSet::new();
    for (at, _) in text.match_indices('(') {
        let head = &text[..at];
        let start = head
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |i| {
                i + head[i..].chars().next().map_or(1, char::len_utf8)
            });
        let name = &head[start..];
        let is_indicator = entry(name).is_some_and(|e| match e.kind {
            Kind::Indicator => true,
            Kind::Function => e.family == "windows",
            _ => false,
        });
        if is_indicator {
            let end = text[at..].find(')').map_or(text.len(), |i| at + i);
            calls.insert(&text[start..end]);
        }
    }
    calls.len() as u32
}

/// A failed experiment, with its exit code.
pub fn failure(e: LabError) -> Failure {
    match e {
        LabError::Backtest(e) => backtest::failure(e),
        LabError::Stopped => Failure::outside("stopped by Ctrl-C"),
        e @ LabError::Io { .. } => Failure::outside(e.to_string()),
        other => Failure::input(other.to_string()),
    }
}

/// A run that failed.
impl From<BacktestError> for Failure {
    fn from(e: BacktestError) -> Self {
        backtest::failure(e)
    }
}

/// A span as days.
pub fn days(span: Span) -> String {
    format!(
        "{} to {}",
        &calendar::iso(span.from)[..10],
        &calendar::iso(span.to - 1)[..10]
    )
}

/// A parameter's value as it is written in a program.
pub fn shown(spec: &ParamSpec, v: f64) -> String {
    match &spec.kind {
        ParamKind::Bool => (v != 0.0).to_string(),
        ParamKind::Choice(names) => names.get(v as usize).cloned().unwrap_or_default(),
        ParamKind::Timeframe => {
            Timeframe::from_ms(v as i64).map_or_else(String::new, |t| t.to_string())
        }
        ParamKind::Number(Unit::Percent) => format!("{}%", (v * 1e12).round() / 1e10),
        _ => v.to_string(),
    }
}

/// A parameter point as people read it.
pub fn point(specs: &[ParamSpec], values: &[f64]) -> String {
    specs
        .iter()
        .zip(values)
        .map(|(s, v)| format!("{} {}", s.name, shown(s, *v)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A table without lines; all columns but the first `left` are flush right.
pub fn table(head: &[&str], rows: Vec<Vec<String>>, left: usize) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    if !head.is_empty() {
        table.set_header(head);
    }
    let width = head.len().max(rows.first().map_or(0, Vec::len));
    for row in rows {
        table.add_row(row);
    }
    for k in left..width {
        if let Some(c) = table.column_mut(k) {
            c.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

/// A number as JSON: what is no number is `null`.
pub fn json(v: f64) -> serde_json::Value {
    serde_json::Value::from(v)
}

/// Metrics as JSON, by name.
pub fn json_metrics(m: &sixbtc_engine::Metrics) -> serde_json::Value {
    m.list()
        .iter()
        .map(|m| (m.name.to_owned(), json(m.value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// How parameters are chosen, as typed.
pub fn seeking(ready: &Prepared, args: &FitArgs) -> Result<Seeking, Failure> {
    let input = |e: &dyn std::fmt::Display| Failure::input(e.to_string());
    let tried = match &ready.space {
        Some(space) if args.space == SpaceArg::Pipeline => {
            Tried::These(space::pipeline(ready, space)?)
        }
        None => Tried::These(vec![Vec::new()]),
        Some(space) => {
            let (budget, seed) = (args.budget, args.seed);
            let search = match args.search {
                FitSearch::Grid => Search::Grid,
                FitSearch::Random => Search::Random { budget, seed },
                FitSearch::Sobol => Search::Sobol { budget },
                FitSearch::Genetic => Search::Genetic {
                    budget,
                    seed,
                    population: 32,
                },
            };
            Tried::Space(space.clone(), search)
        }
    };
    let objective = Objective::parse(&args.objective).map_err(|e| input(&e))?;
    let names: Vec<String> = Metrics::NONE
        .list()
        .iter()
        .map(|m| m.name.to_owned())
        .collect();
    objective.over(&names).map_err(|e| input(&e))?;
    Ok(Seeking {
        tried,
        objective,
        least_trades: args.min_trades,
    })
}

/// The books that trials are entered into, if any.
pub fn books(args: &LedgerArgs, data: &DataArgs) -> Option<Books> {
    if args.no_ledger {
        return None;
    }
    let path = args.ledger.clone().unwrap_or_else(|| {
        let place = Path::new(&data.data);
        let dir = if place.is_dir() {
            place
        } else if place.exists() {
            place.parent().unwrap_or(Path::new(""))
        } else {
            &data.which.store
        };
        dir.join(".sixbtc").join("trials.jsonl")
    });
    Some(Books::at(path))
}
