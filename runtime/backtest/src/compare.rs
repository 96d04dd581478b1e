//! Runs side by side.

use crate::error::BacktestError;
use crate::report::Report;
use serde::Serialize;
use sixbtc_engine::Metrics;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A run that is compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedRun {
    /// Where its report was read.
    pub path: PathBuf,
    /// Hash of the run.
    pub hash: String,
}

/// One line of a comparison: a name and what each run says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedLine<T> {
    /// Name of the figure, setting or parameter.
    pub name: String,
    /// One value a run, in their order; `None` where it does not exist.
    pub values: Vec<Option<T>>,
}

/// Runs side by side: what differs in what they are, and all figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Version of this layout.
    pub schema: u32,
    /// The runs.
    pub runs: Vec<ComparedRun>,
    /// Parameters, settings, source, compiler and data that are not alike in all runs, as text.
    pub differences: Vec<ComparedLine<String>>,
    /// All figures, in the order of [`Metrics::list`], other counts after them.
    pub metrics: Vec<ComparedLine<f64>>,
    /// Entries not taken, by reason.
    pub skipped: Vec<ComparedLine<u64>>,
}

/// Compares runs. Each path is a `report.json` or a directory that holds one.
pub fn compare(paths: &[PathBuf]) -> Result<Comparison, BacktestError> {
    let files: Vec<PathBuf> = paths
        .iter()
        .map(|p| {
            if p.is_dir() {
                p.join("report.json")
            } else {
                p.clone()
            }
        })
        .collect();
    let reports: Vec<Report> = files
        .iter()
        .map(|p| Report::read(p))
        .collect::<Result<_, _>>()?;
    Ok(compare_reports(&files, &reports))
}

/// Compares reports that are already read; `paths` are parallel to them.
pub fn compare_reports<P: AsRef<Path>>(paths: &[P], reports: &[Report]) -> Comparison {
    let facts: Vec<Vec<(String, String)>> = reports.iter().map(facts).collect();
    let names = union(facts.iter().map(|f| f.iter().map(|(name, _)| name.clone())));
    let differences = names
        .into_iter()
        .map(|name| {
            let values = facts
                .iter()
                .map(|f| {
                    f.iter()
                        .find(|(n, _)| *n == name)
                        .map(|(_, value)| value.clone())
                })
                .collect::<Vec<_>>();
            ComparedLine { name, values }
        })
        .filter(|line| line.values.windows(2).any(|w| w[0] != w[1]))
        .collect();
    let mut figures = union(reports.iter().map(|r| r.metrics.keys().cloned()));
    let known = Metrics::NONE.list();
    figures.sort_by_key(|name| {
        known
            .iter()
            .position(|m| m.name == name)
            .unwrap_or(known.len())
    });
    let metrics = figures
        .into_iter()
        .map(|name| ComparedLine {
            values: reports.iter().map(|r| r.metric(&name)).collect(),
            name,
        })
        .collect();
    let skipped = union(reports.iter().map(|r| r.skipped.keys().cloned()))
        .into_iter()
        .map(|name| ComparedLine {
            values: reports
                .iter()
                .map(|r| r.skipped.get(&name).copied())
                .collect(),
            name,
        })
        .collect();
    let runs = paths
        .iter()
        .zip(reports)
        .map(|(path, r)| ComparedRun {
            path: path.as_ref().to_owned(),
            hash: r.run.hash.clone(),
        })
        .collect();
    Comparison {
        schema: crate::report::SCHEMA,
        runs,
        differences,
        metrics,
        skipped,
    }
}

/// Names in the order in which they first appear.
fn union<I: Iterator<Item = String>>(lists: impl Iterator<Item = I>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for name in lists.flatten() {
        if seen.insert(name.clone()) {
            names.push(name);
        }
    }
    names
}

/// What a run is, as named texts.
fn facts(report: &Report) -> Vec<(String, String)> {
    let run = &report.run;
    let mut facts = vec![
        ("source".to_owned(), run.source.clone()),
        ("compiler".to_owned(), run.compiler.clone()),
    ];
    for series in &run.data {
        facts.push((
            format!("data.{}.{}", series.symbol, series.timeframe),
            series.hash.clone(),
        ));
    }
    for (name, value) in &run.params {
        facts.push((format!("param.{name}"), value.to_string()));
    }
    if let Ok(serde_json::Value::Object(settings)) = serde_json::to_value(&run.settings) {
        for (name, value) in settings {
            facts.push((format!("settings.{name}"), value.to_string()));
        }
    }
    facts
}
