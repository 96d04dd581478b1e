//! `sixbtc backtest FILE --data D`

use super::program;
use crate::args::{DataArgs, Format, RunArgs};
use crate::data;
use crate::failure::Failure;
use crate::output;
use comfy_table::{CellAlignment, Table, presets};
use sixbtc_abi::{ParamKind, ParamSpec, Unit};
use sixbtc_backtest::{
    BacktestError, BacktestInput, BacktestResult, Report, run_backtest, write_files,
};
use sixbtc_engine::{Metric, MetricKind};
use sixbtc_market::{Bars, Timeframe, calendar, open_funding};
use std::path::Path;

/// Runs a strategy, prints the summary, writes the reports.
pub fn run(
    path: &Path,
    args: &DataArgs,
    run: &RunArgs,
    out: Option<&Path>,
    format: Format,
) -> Result<u8, Failure> {
    let mut settings = super::settings::settings(&run.set)?;
    let Some(ready) = program::ready(path, run)? else {
        return Ok(1);
    };
    let manifest = ready.compiled.manifest();
    let clock = Timeframe::from_ms(manifest.frames[0].period_ms)
        .ok_or_else(|| Failure::defect("the strategy's clock is no timeframe"))?;
    let series = data::load(args, Some(clock))?;
    let funding = match &run.funding {
        Some(p) => {
            let f = open_funding(p).map_err(data::market)?;
            series.bars.iter().map(|_| Some(f.clone())).collect()
        }
        None => Vec::new(),
    };
    // a position is capped at equity / max_positions: a run that can hold fewer positions than the setting allows must not
    // leave the rest of its equity idle
    if !run.set.iter().any(|s| s.contains("max_positions")) {
        settings.max_positions = settings.max_positions.min(series.bars.len() as u32);
    }
    let intrabar = finer(run, args, &series.bars)?;
    let from = args.which.from.as_deref().map(data::instant).transpose()?;
    let to = args.which.to.as_deref().map(data::instant).transpose()?;
    let mut input = BacktestInput::new(
        &*ready.compiled.kernel,
        &ready.params,
        &series.bars,
        &settings,
    );
    input.source = &ready.hash;
    input.compiler = sbt_driver::VERSION;
    input.intrabar = &intrabar;
    input.funding = &funding;
    input.from = from;
    input.to = to;
    input.plots = out.is_some();
    let mut result = run_backtest(&input).map_err(failure)?;
    for r in series.remarks.into_iter().rev() {
        result.warnings.insert(0, r);
    }
    if format == Format::Json {
        output::json(&Report::of(&result));
    } else {
        summary(&result, &manifest.params);
    }
    if let Some(dir) = out {
        write_files(&result, &series.bars, dir).map_err(failure)?;
        let page = dir.join("report.html");
        sixbtc_report::write(&result, &series.bars, &page)
            .map_err(|e| Failure::outside(e.to_string()))?;
        if format == Format::Human {
            output::out(&format!("report: {}", page.display()));
        }
    }
    Ok(0)
}

/// Finer bars, as `--intrabar` names them.
pub(super) fn finer(run: &RunArgs, args: &DataArgs, bars: &[Bars]) -> Result<Vec<Bars>, Failure> {
    let Some(what) = run.intrabar.as_deref() else {
        return Ok(Vec::new());
    };
    if Path::new(what).exists() {
        let found = sixbtc_market::open_all(what, &sixbtc_market::ImportOptions::default())
            .map_err(data::market)?;
        let mut list: Vec<Bars> = found.into_iter().map(|f| f.bars).collect();
        if let ([fine], [one]) = (list.as_mut_slice(), bars) {
            // a lone file of finer bars belongs to the lone symbol, whatever it is called
            fine.symbol.clone_from(&one.symbol);
        }
        return Ok(list);
    }
    let tf = data::timeframe(what)?;
    let store = sixbtc_market::Store::new(&args.which.store);
    bars.iter()
        .map(|b| {
            store
                .load(&b.symbol, tf, None, None)
                .map(|i| i.bars)
                .map_err(data::market)
        })
        .collect()
}

/// A run that failed, with its exit code.
pub fn failure(e: BacktestError) -> Failure {
    match e {
        BacktestError::Io { .. } => Failure::outside(e.to_string()),
        BacktestError::Market(m) => data::market(m),
        other => Failure::input(other.to_string()),
    }
}

/// A figure for people.
pub fn figure(m: &Metric) -> String {
    number(m.value, m.kind)
}

/// A value of a kind for people.
pub fn number(v: f64, kind: MetricKind) -> String {
    if !v.is_finite() {
        return if v == f64::INFINITY {
            "∞".into()
        } else {
            "–".into()
        };
    }
    match kind {
        MetricKind::Fraction => format!("{:.2} %", v * 100.0),
        MetricKind::Money => format!("{v:.2}"),
        MetricKind::Count | MetricKind::Bars => format!("{v:.0}"),
        MetricKind::Ratio => format!("{v:.3}"),
    }
}

/// Parameters as they are written in a program.
fn parameters(r: &BacktestResult, specs: &[ParamSpec]) -> Vec<String> {
    let shown = |name: &str, v: f64| match specs.iter().find(|s| s.name == name).map(|s| &s.kind) {
        Some(ParamKind::Bool) => (v != 0.0).to_string(),
        Some(ParamKind::Choice(names)) => names.get(v as usize).cloned().unwrap_or_default(),
        Some(ParamKind::Timeframe) => {
            Timeframe::from_ms(v as i64).map_or_else(String::new, |t| t.to_string())
        }
        Some(ParamKind::Number(Unit::Percent)) => format!("{}%", (v * 1e12).round() / 1e10),
        _ => v.to_string(),
    };
    r.run
        .params
        .iter()
        .map(|(k, v)| format!("{k} = {}", shown(k, *v)))
        .collect()
}

fn summary(r: &BacktestResult, specs: &[ParamSpec]) {
    let title = if r.title.is_empty() {
        r.name.clone()
    } else {
        format!("{} – {}", r.name, r.title)
    };
    output::out(&output::bold(&title));
    let symbols: Vec<&str> = r.symbols.iter().map(|s| s.symbol.as_str()).collect();
    let span = r
        .run
        .data
        .iter()
        .map(|d| (d.first, d.last))
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let days = span.map_or_else(String::new, |(a, b)| {
        format!(
            ", {} to {}",
            &calendar::iso(a)[..10],
            &calendar::iso(b)[..10]
        )
    });
    let rows: usize = r.rows.iter().map(std::ops::Range::len).sum();
    output::out(&format!(
        "{} on {}, {rows} bars{days}",
        symbols.join(", "),
        r.timeframe
    ));
    if !r.run.params.is_empty() {
        output::out(&format!("parameters: {}", parameters(r, specs).join(", ")));
    }
    let first = r.warmup.first_tradable.iter().flatten().min();
    output::out(&match first {
        Some(t) => format!(
            "first tradable bar: {} (warm-up {} bars)",
            calendar::iso(*t),
            r.warmup.bars
        ),
        None => format!("no tradable bar: the warm-up needs {} bars", r.warmup.bars),
    });
    let pick = |names: &[&str]| -> Vec<Metric> {
        let all = r.metrics.list();
        names
            .iter()
            .filter_map(|n| all.iter().find(|m| m.name == *n).copied())
            .collect()
    };
    let left = pick(&[
        "total_return",
        "annual_return",
        "annual_volatility",
        "max_drawdown",
        "sharpe",
        "sortino",
        "calmar",
        "exposure",
        "final_equity",
    ]);
    let right = pick(&[
        "trades",
        "win_rate",
        "profit_factor",
        "expectancy",
        "average_win",
        "average_loss",
        "longest_losing_streak",
        "fees",
        "slippage",
    ]);
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    for (a, b) in left.iter().zip(&right) {
        table.add_row(vec![
            a.name.replace('_', " "),
            figure(a),
            format!("   {}", b.name.replace('_', " ")),
            figure(b),
        ]);
    }
    for k in [1, 3] {
        if let Some(c) = table.column_mut(k) {
            c.set_cell_alignment(CellAlignment::Right);
        }
    }
    output::out(&table.to_string());
    let exits = exits(r);
    if !exits.is_empty() {
        output::out(&format!("exits: {exits}"));
    }
    if r.counters.ambiguous > 0 {
        output::out(&format!(
            "ambiguous: {} trades touched stop and target in one bar; the worse outcome was taken (--intrabar decides)",
            r.counters.ambiguous
        ));
    }
    let skipped: Vec<String> = r
        .skipped
        .counted()
        .filter(|s| s.1 > 0)
        .map(|(why, n)| format!("{n} {}", why.name()))
        .collect();
    if !skipped.is_empty() {
        output::out(&format!("entries not taken: {}", skipped.join(", ")));
    }
    for w in &r.warnings {
        output::out(&format!("warning: {w}"));
    }
    output::out(&format!("run {}", r.run.hash));
}

fn exits(r: &BacktestResult) -> String {
    let mut counts = std::collections::BTreeMap::new();
    for t in &r.trades {
        *counts.entry(t.exit_reason.name()).or_insert(0_u32) += 1;
    }
    counts
        .into_iter()
        .map(|(k, n)| format!("{n} {k}"))
        .collect::<Vec<_>>()
        .join(", ")
}
