//! The files of a run: `report.json`, `trades.csv`, `equity.csv`, with stable columns.

use crate::error::BacktestError;
use crate::result::{BacktestResult, RunIdentity, Warmup};
use serde::{Deserialize, Serialize};
use sixbtc_engine::{Side, Trade};
use sixbtc_market::Bars;
use sixbtc_market::calendar::iso;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Version of the layout of `report.json`.
pub const SCHEMA: u32 = 1;

/// `report.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of this layout.
    pub schema: u32,
    /// Identity of the run.
    pub run: RunIdentity,
    /// Figures by name; `null` where a figure does not exist.
    pub metrics: serde_json::Map<String, serde_json::Value>,
    /// Entries not taken, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// When the run could trade.
    pub warmup: Warmup,
    /// What a reader must know.
    pub warnings: Vec<String>,
}

impl Report {
    /// The report of a result.
    pub fn of(result: &BacktestResult) -> Self {
        let mut metrics = serde_json::Map::new();
        for metric in result.metrics.list() {
            // NaN and infinities have no JSON; `null` is what they are.
            metrics.insert(
                metric.name.to_owned(),
                serde_json::Value::from(metric.value),
            );
        }
        let c = &result.counters;
        for (name, count) in [
            ("entries", c.entries),
            ("capped_entries", c.capped),
            ("ambiguous_trades", c.ambiguous),
            ("bars_decided_by_finer", c.decided_by_finer),
            ("liquidations", c.liquidations),
        ] {
            metrics.insert(name.to_owned(), serde_json::Value::from(count));
        }
        let ended = result
            .trades
            .iter()
            .filter(|t| t.exit_reason == sixbtc_engine::ExitReason::EndOfData)
            .count();
        metrics.insert("open_at_end".to_owned(), serde_json::Value::from(ended));
        Self {
            schema: SCHEMA,
            run: result.run.clone(),
            metrics,
            skipped: result
                .skipped
                .counted()
                .map(|(reason, n)| (reason.name().to_owned(), n))
                .collect(),
            warmup: result.warmup.clone(),
            warnings: result.warnings.clone(),
        }
    }

    /// Reads a `report.json`.
    pub fn read(path: &Path) -> Result<Self, BacktestError> {
        let text = std::fs::read_to_string(path).map_err(|source| BacktestError::Io {
            path: path.into(),
            source,
        })?;
        let wrong = |reason: String| BacktestError::Report {
            path: path.into(),
            reason,
        };
        let report: Self = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        if report.schema != SCHEMA {
            return Err(wrong(format!(
                "its schema is {}, this program reads {SCHEMA}",
                report.schema
            )));
        }
        Ok(report)
    }

    /// A figure by name; absent when it is unknown or does not exist.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.get(name).and_then(serde_json::Value::as_f64)
    }
}

/// First line of `trades.csv`.
pub const TRADES_HEADER: &str = "id,symbol,side,tag,entry_time,entry_price,exit_time,exit_price,size,notional,leverage,\
fees,funding,slippage,pnl,pnl_pct,return_r,bars,mae_pct,mfe_pct,exit_reason,ambiguous";

/// First line of `equity.csv`.
pub const EQUITY_HEADER: &str = "time,equity,cash,exposure,drawdown";

/// Shortest digits that read back to the same f64; nothing for no number.
fn cell(x: f64) -> String {
    if x.is_finite() {
        x.to_string()
    } else {
        String::new()
    }
}

/// A field of a CSV file, quoted when it has to be.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// When a trade left: the open of the exit bar, or its end for a fill at its close.
pub fn exit_time(trade: &Trade, result: &BacktestResult) -> i64 {
    trade.exit_time
        + if trade.exit_at_close {
            result.timeframe.ms()
        } else {
            0
        }
}

/// Writes `trades.csv`: one line a closed part of a position, in the order of closing. Times are ISO 8601, UTC, of the bar
/// of the fill; prices and money in quote currency; `pnl_pct`, `mae_pct`, `mfe_pct` in percent.
pub fn write_trades(result: &BacktestResult, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{TRADES_HEADER}")?;
    for t in &result.trades {
        let symbol = result
            .symbols
            .get(usize::from(t.symbol))
            .map_or("", |s| s.symbol.as_str());
        let tag = result
            .tags
            .get(usize::from(t.entry))
            .map_or("", String::as_str);
        let side = match t.side {
            Side::Long => "long",
            Side::Short => "short",
        };
        writeln!(
            out,
            "{},{},{side},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}",
            t.id,
            field(symbol),
            field(tag),
            iso(t.entry_time),
            cell(t.entry_price),
            iso(exit_time(t, result)),
            cell(t.exit_price),
            cell(t.size),
            cell(t.notional),
            cell(t.leverage),
            cell(t.fees),
            cell(t.funding),
            cell(t.slippage),
            cell(t.pnl),
            cell(t.pnl_pct),
            cell(t.return_r),
            t.bars,
            cell(t.mae_pct),
            cell(t.mfe_pct),
            t.exit_reason.name(),
            t.ambiguous,
        )?;
    }
    Ok(())
}

/// Writes `equity.csv`: one line a base bar, taken at its close and named by its open. `cash` is realised equity, `exposure`
/// the gross notional held, both in quote currency; `drawdown` a fraction of the highest equity so far.
pub fn write_equity(result: &BacktestResult, data: &[Bars], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{EQUITY_HEADER}")?;
    for p in result.curve.points(&result.time(data)) {
        writeln!(
            out,
            "{},{},{},{},{}",
            iso(p.time),
            cell(p.equity),
            cell(p.cash),
            cell(p.exposure),
            cell(p.drawdown)
        )?;
    }
    Ok(())
}

/// First line of `holdings.csv`.
pub const HOLDINGS_HEADER: &str = "time,symbol,side,weight,score,exposure";

/// Writes `holdings.csv`: what a portfolio decided to hold, one line a symbol of each decision. `time` is the open of the
/// bar on whose close it was taken, `weight` the share of the holding (negative when short), `exposure` the gross notional
/// as a fraction of equity. A decision to hold nothing is a line without symbol.
pub fn write_holdings(result: &BacktestResult, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HOLDINGS_HEADER}")?;
    for decision in &result.holdings {
        let time = iso(decision.time);
        if decision.shares.is_empty() {
            writeln!(out, "{time},,,0,,0")?;
        }
        for share in &decision.shares {
            let symbol = result
                .symbols
                .get(usize::from(share.symbol))
                .map_or("", |s| s.symbol.as_str());
            let side = if share.weight < 0.0 { "short" } else { "long" };
            writeln!(
                out,
                "{time},{},{side},{},{},{}",
                field(symbol),
                cell(share.weight),
                cell(share.score),
                cell(decision.exposure)
            )?;
        }
    }
    Ok(())
}

/// Writes a file beside its place and moves it there: a reader sees the old file or the new one, never half of one.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), BacktestError> {
    let failed = |source| BacktestError::Io {
        path: path.into(),
        source,
    };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let aside = path.with_file_name(name);
    let filled = File::create(&aside).and_then(|file| {
        let mut out = BufWriter::with_capacity(1 << 16, file);
        write(&mut out)?;
        out.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()
    });
    if let Err(source) = filled.and_then(|()| std::fs::rename(&aside, path)) {
        // What is left of a failed attempt is of no use; that it may not be removable is not the error to report.
        let _ = std::fs::remove_file(&aside);
        return Err(failed(source));
    }
    Ok(())
}

/// Writes `report.json`, `trades.csv`, `equity.csv` and, of a portfolio, `holdings.csv` into a directory, which is made if
/// there is none. `data` are the bars the run was given.
pub fn write_files(
    result: &BacktestResult,
    data: &[Bars],
    dir: &Path,
) -> Result<(), BacktestError> {
    std::fs::create_dir_all(dir).map_err(|source| BacktestError::Io {
        path: dir.into(),
        source,
    })?;
    write_whole(&dir.join("trades.csv"), |out| write_trades(result, out))?;
    write_whole(&dir.join("equity.csv"), |out| {
        write_equity(result, data, out)
    })?;
    if !result.holdings.is_empty() {
        write_whole(&dir.join("holdings.csv"), |out| write_holdings(result, out))?;
    }
    // Last, so that a report in a directory means that the other files are there too.
    write_whole(&dir.join("report.json"), |out| {
        serde_json::to_writer_pretty(&mut *out, &Report::of(result))?;
        writeln!(out)
    })
}
