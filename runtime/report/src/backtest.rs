//! A backtest's result as the report shows it.

use crate::data::{
    Direction, EquityCurve, Fact, LevelChange, LevelKind, LevelLine, Market, Metric, MetricKind,
    Plot, ReportData, RunIdentity, SkippedOrders, Trade,
};
use crate::error::ReportError;
use sixbtc_abi::{Side, Unit};
use sixbtc_backtest::BacktestResult;
use sixbtc_engine::{LevelPoint, RunSettings};
use sixbtc_market::Bars;

impl ReportData {
    /// The report of a run. `data` are the bars the run was given.
    pub fn of(result: &BacktestResult, data: &[Bars]) -> Result<Self, ReportError> {
        let capital = result.curve.capital();
        Ok(Self {
            title: result.title.clone(),
            strategy: result.name.clone(),
            timeframe_ms: result.timeframe.ms(),
            currency: "USDC".into(),
            initial_equity: capital,
            run: identity(result),
            params: result
                .run
                .params
                .iter()
                .map(|(name, value)| fact(name, value.to_string()))
                .collect(),
            settings: settings(&result.run.settings)?,
            warnings: result.warnings.iter().map(|w| sentence(w)).collect(),
            warmup_bars: result.warmup.bars as u64,
            first_tradable: result.warmup.first_tradable.iter().flatten().min().copied(),
            assumptions: assumptions(result),
            skipped: result
                .skipped
                .counted()
                .map(|(reason, count)| SkippedOrders {
                    reason: reason.name().to_owned(),
                    count,
                })
                .collect(),
            metrics: result.metrics.list().into_iter().map(metric).collect(),
            equity: EquityCurve {
                time: result.time(data).into_owned(),
                equity: result.curve.equity(),
            },
            markets: markets(result, data)?,
            trades: result.trades.iter().map(|t| trade(result, t)).collect(),
        })
    }
}

fn fact(name: &str, value: String) -> Fact {
    Fact {
        name: name.to_owned(),
        value,
    }
}

/// A warning as a sentence: the terminal writes them in lower case after the word `warning`.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    let mut out: String = first.into_iter().flatten().chain(chars).collect();
    if !out.is_empty() && !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

fn identity(result: &BacktestResult) -> RunIdentity {
    let data: Vec<_> = result
        .run
        .data
        .iter()
        .map(|d| format!("{} {} {}", d.symbol, d.timeframe, d.hash))
        .collect();
    RunIdentity {
        hash: result.run.hash.clone(),
        source: result.run.source.clone(),
        compiler: result.run.compiler.clone(),
        data: data.join("\n"),
    }
}

/// Settings under the names they are set by; a setting that is added later shows up by itself.
fn settings(settings: &RunSettings) -> Result<Vec<Fact>, ReportError> {
    let serde_json::Value::Object(all) = serde_json::to_value(settings)? else {
        return Ok(Vec::new());
    };
    Ok(all
        .iter()
        .map(|(name, value)| fact(name, setting(name, value)))
        .collect())
}

fn setting(name: &str, value: &serde_json::Value) -> String {
    use serde_json::Value;
    match (name, value) {
        ("leverage", Value::Null) => "what the strategy allows".into(),
        ("min_notional", Value::Null) => "the symbol's own".into(),
        (_, Value::Null) => "not set".into(),
        (_, Value::Bool(on)) => if *on { "yes" } else { "no" }.into(),
        ("taker_fee" | "maker_fee" | "slippage", Value::Number(n)) => {
            // Rounded to what a person would type: 100 × 0.00045 is 0.045000000000000005.
            let percent = (n.as_f64().unwrap_or(f64::NAN) * 1e8).round() / 1e6;
            format!("{percent} %")
        }
        ("capital" | "min_notional", Value::Number(n)) => {
            format!("{} USDC", grouped(n.as_f64().unwrap_or(f64::NAN)))
        }
        (_, Value::String(text)) => text.replace('_', " "),
        (_, other) => other.to_string(),
    }
}

/// With a comma at each thousand, as the page writes numbers.
fn grouped(value: f64) -> String {
    let text = value.to_string();
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

fn assumptions(result: &BacktestResult) -> Vec<Fact> {
    let counters = &result.counters;
    [
        (
            "Bars of unknown order that finer bars decided",
            counters.decided_by_finer,
        ),
        ("Entries shrunk to the margin they may use", counters.capped),
        ("Liquidations", counters.liquidations),
    ]
    .map(|(name, count)| fact(name, count.to_string()))
    .to_vec()
}

fn metric(metric: sixbtc_engine::Metric) -> Metric {
    Metric {
        name: metric.name.to_owned(),
        value: (!metric.value.is_nan()).then_some(metric.value),
        kind: match metric.kind {
            sixbtc_engine::MetricKind::Fraction => MetricKind::Fraction,
            sixbtc_engine::MetricKind::Ratio => MetricKind::Ratio,
            sixbtc_engine::MetricKind::Money => MetricKind::Money,
            sixbtc_engine::MetricKind::Count => MetricKind::Count,
            sixbtc_engine::MetricKind::Bars => MetricKind::Bars,
        },
        about: metric.about.to_owned(),
    }
}

fn markets(result: &BacktestResult, data: &[Bars]) -> Result<Vec<Market>, ReportError> {
    let mut markets = Vec::with_capacity(result.symbols.len());
    for (index, spec) in result.symbols.iter().enumerate() {
        let (Some(bars), Some(rows)) = (result.bars(data, index), result.rows.get(index)) else {
            return Err(ReportError::Columns {
                what: "symbols of the run and their bars".into(),
                expected: result.symbols.len(),
                found: data.len().min(result.rows.len()),
            });
        };
        let rows = rows.clone();
        if rows.end > bars.len() || rows.start > rows.end {
            return Err(ReportError::Columns {
                what: format!("rows of {}", spec.symbol),
                expected: rows.end,
                found: bars.len(),
            });
        }
        let plots = result
            .plots
            .iter()
            .filter(|plot| usize::from(plot.symbol) == index)
            .map(|plot| Plot {
                name: plot.name.clone(),
                is_price: plot.unit == Unit::Price,
                values: plot
                    .values
                    .iter()
                    .map(|v| v.is_finite().then_some(*v))
                    .collect(),
            })
            .collect();
        markets.push(Market {
            symbol: spec.symbol.clone(),
            tick: spec.tick,
            time: bars.time[rows.clone()].to_vec(),
            open: bars.open[rows.clone()].to_vec(),
            high: bars.high[rows.clone()].to_vec(),
            low: bars.low[rows.clone()].to_vec(),
            close: bars.close[rows].to_vec(),
            plots,
        });
    }
    Ok(markets)
}

fn trade(result: &BacktestResult, trade: &sixbtc_engine::Trade) -> Trade {
    // A level that a finer bar or a later part of the same entry moved after this part had closed is not this part's.
    let points: Vec<_> = result
        .levels_of(trade)
        .iter()
        .filter(|p| p.time <= trade.exit_time)
        .collect();
    let line = |kind, price: fn(&LevelPoint) -> f64| {
        let mut changes: Vec<LevelChange> = Vec::new();
        for point in &points {
            let price = Some(price(point)).filter(|p| p.is_finite());
            if changes.last().map(|c| c.price) != Some(price) {
                changes.push(LevelChange {
                    time: point.time,
                    price,
                });
            }
        }
        LevelLine { kind, changes }
    };
    let levels = [
        line(LevelKind::Stop, |p| p.stop),
        line(LevelKind::Target, |p| p.target),
    ]
    .into_iter()
    .filter(|line| line.changes.iter().any(|c| c.price.is_some()))
    .collect();
    Trade {
        id: u64::from(trade.id),
        symbol: result
            .symbols
            .get(usize::from(trade.symbol))
            .map(|s| s.symbol.clone())
            .unwrap_or_default(),
        side: match trade.side {
            Side::Long => Direction::Long,
            Side::Short => Direction::Short,
        },
        tag: result
            .tags
            .get(usize::from(trade.entry))
            .cloned()
            .unwrap_or_default(),
        entry_time: trade.entry_time,
        entry_price: trade.entry_price,
        exit_time: trade.exit_time,
        exit_price: trade.exit_price,
        size: trade.size,
        notional: trade.notional,
        leverage: trade.leverage,
        fees: trade.fees,
        funding: trade.funding,
        slippage: trade.slippage,
        pnl: trade.pnl,
        // The engine counts in percent, the report in fractions.
        pnl_pct: trade.pnl_pct / 100.0,
        return_r: Some(trade.return_r).filter(|r| r.is_finite()),
        bars: u64::from(trade.bars),
        mae_pct: trade.mae_pct / 100.0,
        mfe_pct: trade.mfe_pct / 100.0,
        exit_reason: trade.exit_reason.name().to_owned(),
        ambiguous: trade.ambiguous,
        levels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (value, text) in [
            (0.5, "0.5"),
            (999.0, "999"),
            (10_000.0, "10,000"),
            (-123_456.25, "-123,456.25"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(grouped(value), text);
        }
    }

    #[test]
    fn warnings_are_sentences() {
        assert_eq!(sentence("no funding"), "No funding.");
        assert_eq!(sentence("Éh?"), "Éh?");
        assert_eq!(sentence(""), "");
    }
}
