//! The commands of the laboratory, and what they share: from a file, data and settings to a subject.

pub mod walkforward;

use super::{backtest, program};
use crate::args::{DataArgs, RunArgs};
use crate::data;
use crate::failure::Failure;
use crate::files::{self, Beside};
use comfy_table::{CellAlignment, Table, presets};
use sbt_driver::{Compiled, check, compile};
use sixbtc_abi::{ParamKind, ParamSpec, Unit};
use sixbtc_backtest::BacktestError;
use sixbtc_engine::RunSettings;
use sixbtc_lab::{LabError, Market, Span, Subject};
use sixbtc_market::{Bars, Funding, Timeframe, calendar, open_funding, resample};
use std::collections::HashMap;
use std::path::Path;

/// A strategy over its market, ready to be examined.
pub struct Prepared {
    /// The strategy.
    pub compiled: Compiled,
    /// Hash of the program and all it uses.
    pub hash: String,
    /// The program's text.
    pub source: String,
    /// `--param`s as typed.
    pub given: Vec<(String, String)>,
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
        let compiled =
            compile(s, run.backend.into()).map_err(|e| Failure::input(format!("{name}: {e}")))?;
        let clock = Timeframe::from_ms(compiled.manifest().frames[0].period_ms)
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
        let whole = Subject::new(&*compiled.kernel, &market, &settings)
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
            source: text.text,
            given,
            market,
            intrabar,
            funding,
            settings,
            clock,
            span,
            remarks: series.remarks,
            compiled,
        }))
    }

    /// What the laboratory examines.
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            source: &self.hash,
            compiler: sbt_driver::VERSION,
            intrabar: &self.intrabar,
            funding: &self.funding,
            ..Subject::new(&*self.compiled.kernel, &self.market, &self.settings)
        }
    }

    /// The parameters.
    pub fn specs(&self) -> &[ParamSpec] {
        &self.compiled.manifest().params
    }

    /// The first lines of what people read: strategy, market, time.
    pub fn title(&self) -> String {
        let m = self.compiled.manifest();
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

/// A failed experiment, with its exit code.
pub fn failure(e: LabError) -> Failure {
    match e {
        LabError::Backtest(e) => backtest::failure(e),
        LabError::Stopped => Failure::outside("stopped by Ctrl-C"),
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
        .filter(|(s, _)| s.values.len() > 1)
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

/// How parameters are chosen, as typed: all points of the program's ranges, those given by `--param` fixed.
pub fn fit(ready: &Prepared, args: &crate::args::FitArgs) -> Result<sixbtc_lab::Listed, Failure> {
    let mut points: Vec<Vec<f64>> = vec![Vec::new()];
    for spec in ready.specs() {
        let values = match ready.given.iter().find(|g| g.0 == spec.name) {
            Some((_, typed)) => vec![program::value(spec, typed)?],
            None if spec.values.is_empty() => vec![spec.default],
            None => spec.values.clone(),
        };
        points = points
            .iter()
            .flat_map(|head| {
                values.iter().map(move |v| {
                    let mut point = head.clone();
                    point.push(*v);
                    point
                })
            })
            .collect();
    }
    Ok(sixbtc_lab::Listed {
        points,
        figure: args.objective.clone(),
        least_trades: args.min_trades,
    })
}
