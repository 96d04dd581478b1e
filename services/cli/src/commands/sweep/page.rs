//! The report of a sweep, filled from its results.

use super::show::Answer;
use crate::failure::Failure;
use sixbtc_abi::{ParamKind, Unit};
use sixbtc_engine::Metrics;
use sixbtc_market::Bars;
use sixbtc_report::data::{Fact, MetricKind};
use sixbtc_report::lab::{
    Axis, DataDescription, FigureColumn, Objective, Span, Subject, Sweep, SweepPage,
};
use sixbtc_sweep::{Ranked, Seek, read_results};
use std::collections::HashMap;
use std::path::Path;

/// Figures of which less is better.
const LESS: [&str; 11] = [
    "annual_volatility",
    "max_drawdown",
    "max_drawdown_bars",
    "recovery_bars",
    "longest_drawdown_bars",
    "average_loss",
    "fees",
    "slippage",
    "funding",
    "longest_losing_streak",
    "reference_drawdown",
];

/// Writes the page of a finished sweep whose points lie in a file.
pub fn write(
    answer: &Answer<'_>,
    plan: &[String],
    points: &Path,
    to: &Path,
) -> Result<(), Failure> {
    let page = SweepPage {
        subject: subject(answer),
        sweep: sweep(answer, plan, points)?,
    };
    sixbtc_report::lab::write_sweep(&page, to).map_err(|e| Failure::outside(e.to_string()))
}

fn subject(answer: &Answer<'_>) -> Subject {
    let ready = answer.ready;
    let settings = match serde_json::to_value(&ready.settings) {
        Ok(serde_json::Value::Object(all)) => all
            .into_iter()
            .map(|(name, value)| Fact {
                name,
                value: match value {
                    serde_json::Value::Null => "not set".into(),
                    serde_json::Value::String(text) => text,
                    other => other.to_string(),
                },
            })
            .collect(),
        _ => Vec::new(),
    };
    let opens = |b: &Bars| {
        let rows = b.rows(ready.from, ready.to);
        let times = b.time.get(rows)?;
        Some((*times.first()?, times.last()? + b.timeframe.ms()))
    };
    let spans = || ready.bars.iter().filter_map(opens);
    Subject {
        title: ready.title.clone(),
        strategy: ready.name.clone(),
        source: ready.source.clone(),
        data: DataDescription {
            symbols: ready.bars.iter().map(|b| b.symbol.clone()).collect(),
            timeframe: ready.clock.to_string(),
            timeframe_ms: ready.clock.ms(),
            bars: answer.market.bars() as u64,
            span: spans()
                .map(|s| s.0)
                .min()
                .zip(spans().map(|s| s.1).max())
                .map(|(from, to)| Span { from, to }),
            hash: ready.hashes.join(" "),
            note: String::new(),
        },
        currency: "USD".into(),
        settings,
        // the page says by its place that these are warnings
        warnings: answer
            .remarks()
            .iter()
            .map(|r| r.trim_start_matches("warning: ").to_owned())
            .collect(),
        hash: ready.hash.clone(),
        compiler: format!("sixbtc {}", sbt_driver::VERSION),
    }
}

/// The columns of all points as they come out of the file.
struct Columns {
    row_of: HashMap<u64, usize>,
    params: Vec<Vec<f64>>,
    figures: Vec<Vec<f64>>,
}

fn read(points: &Path, wanted: &[Ranked]) -> Result<Columns, Failure> {
    let file = read_results(points).map_err(super::failure)?;
    let mut all = Columns {
        row_of: HashMap::new(),
        params: vec![Vec::new(); file.params().len()],
        figures: vec![Vec::new(); file.figures().len()],
    };
    let sought: std::collections::HashSet<u64> = wanted.iter().map(|r| r.number).collect();
    let mut row = 0;
    for chunk in file {
        let chunk = chunk.map_err(super::failure)?;
        for number in &chunk.numbers {
            if sought.contains(number) {
                all.row_of.insert(*number, row);
            }
            row += 1;
        }
        let pairs = all.params.iter_mut().zip(&chunk.params);
        pairs
            .chain(all.figures.iter_mut().zip(&chunk.figures))
            .for_each(|(to, from)| to.extend(from));
    }
    Ok(all)
}

fn sweep(answer: &Answer<'_>, plan: &[String], points: &Path) -> Result<Sweep, Failure> {
    let (ready, outcome) = (answer.ready, answer.outcome);
    let wanted = [outcome.best.as_slice(), &outcome.front].concat();
    let columns = read(points, &wanted)?;
    let rows = |ranked: &[Ranked]| -> Vec<usize> {
        let row = |r: &Ranked| columns.row_of.get(&r.number).copied();
        ranked.iter().filter_map(row).collect()
    };
    let (mut axes, mut places) = (Vec::new(), Vec::new());
    for i in ready.varied() {
        let axis = &ready.space.axes()[i];
        let values: &[f64] = columns.params.get(i).map_or(&[], Vec::as_slice);
        let mut distinct = if ready.space.is_list() {
            values.to_vec()
        } else {
            axis.values.clone()
        };
        if ready.space.is_list() {
            distinct.sort_by(f64::total_cmp);
            distinct.dedup_by_key(|v| v.to_bits());
        }
        let place: HashMap<u64, u32> = (0..)
            .zip(&distinct)
            .map(|(p, v)| (v.to_bits(), p))
            .collect();
        places.push(
            values
                .iter()
                .map(|v| place.get(&v.to_bits()).copied().unwrap_or(0))
                .collect(),
        );
        let unit = match axis.kind {
            ParamKind::Number(Unit::Percent) => "%",
            ParamKind::Whole(Unit::Bars) => "bars",
            _ => "",
        };
        let text = |v: &f64| axis.show(*v).trim_end_matches('%').to_owned();
        axes.push(Axis {
            name: axis.name.clone(),
            unit: unit.into(),
            values: distinct.iter().map(text).collect(),
        });
    }
    let mut figures: Vec<FigureColumn> = answer
        .figures
        .iter()
        .zip(columns.figures)
        .map(|(name, values)| figure(name, values))
        .collect();
    // an objective that is no plain figure becomes a figure of its own
    let mut sought = Vec::new();
    for (i, objective) in answer.objectives.iter().enumerate() {
        if let Some(at) = answer.figures.iter().position(|f| f == objective.text()) {
            sought.push(at);
            continue;
        }
        let seek = objective
            .over(answer.figures)
            .map_err(|e| Failure::input(e.to_string()))?;
        sought.push(figures.len());
        let name = if i == 0 {
            "objective".into()
        } else {
            format!("objective {}", i + 1)
        };
        let values = worths(&seek, &figures[..answer.figures.len()]);
        figures.push(FigureColumn {
            name,
            kind: MetricKind::Ratio,
            less_is_better: false,
            about: objective.text().to_owned(),
            values,
        });
    }
    let top = rows(&outcome.best);
    let plateau = answer.objectives.first().and_then(|objective| {
        let seek = objective.over(answer.figures).ok()?;
        let worth = worths(&seek, &figures[..answer.figures.len()]);
        let grid: Vec<(usize, bool)> = ready
            .varied()
            .into_iter()
            .zip(&axes)
            .map(|(i, axis)| {
                let kind = &ready.space.axes()[i].kind;
                let named = matches!(kind, ParamKind::Bool | ParamKind::Choice(_));
                (axis.values.len(), !named)
            })
            .collect();
        crate::commands::plateau::mark(&grid, &places, &worth)
    });
    Ok(Sweep {
        axes,
        places,
        objective: Objective {
            expression: answer
                .objectives
                .first()
                .map_or_else(String::new, |o| o.text().to_owned()),
            figure: sought.first().copied().unwrap_or(0),
            constraints: Vec::new(),
        },
        chosen: top.first().copied(),
        top,
        front: rows(&outcome.front),
        front_figures: if outcome.front.is_empty() {
            Vec::new()
        } else {
            sought
        },
        plateau,
        space: u64::try_from(outcome.space).unwrap_or(u64::MAX),
        pruned: outcome.pruned,
        undefined: outcome.missing.first().copied().unwrap_or(0),
        path: answer.market.path(),
        search: answer.searched(),
        elapsed_ms: outcome.elapsed.as_secs_f64() * 1e3,
        ns_per_bar_point: answer.pace(),
        plan: plan.join("\n"),
        figures,
    })
}

fn worths(seek: &Seek, figures: &[FigureColumn]) -> Vec<f64> {
    let rows = figures.first().map_or(0, |f| f.values.len());
    let mut row = Vec::with_capacity(figures.len());
    (0..rows)
        .map(|r| {
            row.clear();
            row.extend(figures.iter().filter_map(|f| f.values.get(r)));
            seek.value(&row)
        })
        .collect()
}

fn figure(name: &str, values: Vec<f64>) -> FigureColumn {
    let all = Metrics::NONE.list();
    let known = all.iter().find(|m| m.name == name);
    FigureColumn {
        name: name.to_owned(),
        kind: match known.map(|m| m.kind) {
            Some(sixbtc_engine::MetricKind::Fraction) => MetricKind::Fraction,
            Some(sixbtc_engine::MetricKind::Money) => MetricKind::Money,
            Some(sixbtc_engine::MetricKind::Count) => MetricKind::Count,
            Some(sixbtc_engine::MetricKind::Bars) => MetricKind::Bars,
            Some(sixbtc_engine::MetricKind::Ratio) | None => MetricKind::Ratio,
        },
        less_is_better: LESS.contains(&name),
        about: known.map_or_else(String::new, |m| m.about.to_owned()),
        values,
    }
}
