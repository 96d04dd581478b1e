//! `sixbtc compare RUN RUN…`

use super::backtest::{failure, number};
use crate::args::Format;
use crate::failure::Failure;
use crate::output;
use comfy_table::{CellAlignment, Table, presets};
use sixbtc_engine::{MetricKind, Metrics};
use std::path::PathBuf;

/// Prints runs side by side.
pub fn run(paths: &[PathBuf], format: Format) -> Result<u8, Failure> {
    let c = sixbtc_backtest::compare(paths).map_err(failure)?;
    if format == Format::Json {
        output::json(&c);
        return Ok(0);
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    let mut head = vec![String::new()];
    head.extend(c.runs.iter().map(|r| {
        r.path
            .parent()
            .map_or_else(String::new, |p| p.display().to_string())
    }));
    table.add_row(head);
    let mut hashes = vec!["run".to_string()];
    hashes.extend(
        c.runs
            .iter()
            .map(|r| r.hash.chars().take(12).collect::<String>()),
    );
    table.add_row(hashes);
    for line in &c.differences {
        let mut row = vec![line.name.clone()];
        row.extend(line.values.iter().map(|v| {
            v.clone()
                .unwrap_or_else(|| "–".into())
                .chars()
                .take(32)
                .collect::<String>()
        }));
        table.add_row(row);
    }
    let kinds = Metrics::NONE.list();
    for line in &c.metrics {
        let kind = kinds
            .iter()
            .find(|m| m.name == line.name)
            .map_or(MetricKind::Ratio, |m| m.kind);
        let mut row = vec![line.name.replace('_', " ")];
        row.extend(
            line.values
                .iter()
                .map(|v| v.map_or_else(|| "–".into(), |v| number(v, kind))),
        );
        table.add_row(row);
    }
    for line in &c.skipped {
        let mut row = vec![format!("skipped: {}", line.name)];
        row.extend(line.values.iter().map(|v| v.unwrap_or(0).to_string()));
        table.add_row(row);
    }
    for k in 1..=c.runs.len() {
        if let Some(col) = table.column_mut(k) {
            col.set_cell_alignment(CellAlignment::Right);
        }
    }
    output::out(&table.to_string());
    if c.differences.is_empty() {
        output::out("the runs are of the same program, parameters, data and settings");
    }
    Ok(0)
}
