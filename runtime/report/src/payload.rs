//! The page's data: [`ReportData`] as compact JSON.
//!
//! Prices are whole numbers of the symbol's last decimal, each the difference to its neighbour; times are run lengths of equal
//! steps in seconds. 35,000 bars take about 0.6 MB this way, a fifth of plain rows, and every tick is exact.
//! `assets/base.js` reads it back.

use crate::data::{Direction, LevelKind, Market, Plot, ReportData, Trade};
use crate::error::ReportError;
use crate::written::{
    EXACT, Equity, Figure, Num, equal, equity, facts, rising, run_lengths, seconds, timeframe_name,
    whole, written_figures,
};
use crate::{figures, monthly, thin};
use serde::Serialize;
use std::collections::BTreeMap;

/// The form of the JSON; goes up when a reader would misread it.
const SCHEMA: u32 = 1;
/// The page's data as JSON text.
pub(crate) fn json(data: &ReportData) -> Result<String, ReportError> {
    check(data)?;
    Ok(serde_json::to_string(&payload(data))?)
}

#[derive(Serialize)]
struct Payload<'a> {
    schema: u32,
    title: &'a str,
    strategy: &'a str,
    timeframe: String,
    step: Num,
    currency: &'a str,
    initial: Num,
    run: &'a crate::data::RunIdentity,
    params: Vec<(&'a str, &'a str)>,
    settings: Vec<(&'a str, &'a str)>,
    warnings: &'a [String],
    warmup: Warmup,
    assumptions: Vec<(&'a str, &'a str)>,
    skipped: Vec<(String, u64)>,
    metrics: Vec<Figure<'a>>,
    months: Vec<(i32, u32, Num)>,
    years: Vec<(i32, Num)>,
    equity: Equity,
    markets: Vec<Candles<'a>>,
    trades: Trades<'a>,
}

#[derive(Serialize)]
struct Warmup {
    bars: u64,
    first: Option<Num>,
}

#[derive(Serialize)]
struct Candles<'a> {
    symbol: &'a str,
    /// Decimals of all prices.
    digits: i32,
    /// Seconds a candle.
    step: Num,
    timeframe: String,
    /// Bars before they were made coarser, when they were.
    coarser: Option<usize>,
    time: Vec<Num>,
    /// Open − close before.
    open: Vec<Num>,
    /// High − max(open, close).
    high: Vec<Num>,
    /// min(open, close) − low.
    low: Vec<Num>,
    /// Close − open.
    close: Vec<Num>,
    plots: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    is_price: bool,
    /// Decimals of `value`.
    decimals: i32,
    /// Differences to the last value there was; `null` where there is none.
    value: Vec<Num>,
}

#[derive(Serialize, Default)]
struct Trades<'a> {
    tags: Vec<&'a str>,
    /// Stable names of the exit reasons, and below how they read.
    reasons: Vec<&'a str>,
    reason_labels: Vec<String>,
    id: Vec<u64>,
    symbol: Vec<usize>,
    side: Vec<i8>,
    tag: Vec<usize>,
    entry: Vec<Num>,
    entry_price: Vec<Num>,
    exit: Vec<Num>,
    exit_price: Vec<Num>,
    size: Vec<Num>,
    notional: Vec<Num>,
    leverage: Vec<Num>,
    fees: Vec<Num>,
    funding: Vec<Num>,
    slippage: Vec<Num>,
    pnl: Vec<Num>,
    pnl_pct: Vec<Num>,
    r: Vec<Num>,
    bars: Vec<u64>,
    mae: Vec<Num>,
    mfe: Vec<Num>,
    reason: Vec<usize>,
    ambiguous: Vec<u8>,
    /// A trade's lines: `[kind, seconds after the entry, price, …]`, kind 0 = stop, 1 = target.
    levels: Vec<Vec<Vec<Num>>>,
}

fn payload(data: &ReportData) -> Payload<'_> {
    // Every market gets an equal share of the rows that fit.
    let share = thin::MOST_ROWS / data.markets.len().max(1);
    Payload {
        schema: SCHEMA,
        title: &data.title,
        strategy: &data.strategy,
        timeframe: timeframe_name(data.timeframe_ms),
        step: seconds(data.timeframe_ms),
        currency: &data.currency,
        initial: Num(data.initial_equity),
        run: &data.run,
        params: facts(&data.params),
        settings: facts(&data.settings),
        warnings: &data.warnings,
        warmup: Warmup {
            bars: data.warmup_bars,
            first: data.first_tradable.map(seconds),
        },
        assumptions: facts(&data.assumptions),
        skipped: data
            .skipped
            .iter()
            .map(|s| (figures::reason(&s.reason), s.count))
            .collect(),
        metrics: written_figures(&data.metrics),
        months: monthly::months(&data.equity, data.initial_equity)
            .into_iter()
            .map(|m| (m.year, m.month, Num::round(m.value, 6)))
            .collect(),
        years: monthly::years(&data.equity, data.initial_equity)
            .into_iter()
            .map(|y| (y.year, Num::round(y.value, 6)))
            .collect(),
        equity: equity(&data.equity, data.initial_equity),
        markets: data
            .markets
            .iter()
            .map(|market| candles(market, data.timeframe_ms, share))
            .collect(),
        trades: trades(data),
    }
}

fn candles(market: &Market, timeframe_ms: i64, most: usize) -> Candles<'_> {
    let coarse = thin::coarser(market, timeframe_ms, most);
    let (step, bars) = match &coarse {
        Some((step, bars)) => (step.ms(), bars),
        None => (timeframe_ms, market),
    };
    let digits = price_digits(market);
    let (open, high, low, close) = (
        whole(&bars.open, digits),
        whole(&bars.high, digits),
        whole(&bars.low, digits),
        whole(&bars.close, digits),
    );
    let mut before = 0.0;
    let mut columns = [const { Vec::<Num>::new() }; 4];
    for row in 0..bars.time.len() {
        let (o, c) = (open[row], close[row]);
        let (top, bottom) = if o > c { (o, c) } else { (c, o) };
        columns[0].push(Num(o - before));
        columns[1].push(Num(high[row] - top));
        columns[2].push(Num(bottom - low[row]));
        columns[3].push(Num(c - o));
        before = c;
    }
    let [open, high, low, close] = columns;
    Candles {
        symbol: &market.symbol,
        digits,
        step: seconds(step),
        timeframe: timeframe_name(step),
        coarser: coarse.as_ref().map(|_| market.time.len()),
        time: run_lengths(&bars.time),
        open,
        high,
        low,
        close,
        plots: bars
            .plots
            .iter()
            .zip(&market.plots)
            .map(|(plot, source)| line(&source.name, plot, digits))
            .collect(),
    }
}

/// A plotted series, drawn and read to five figures; a price to a tenth of its tick.
fn line<'a>(name: &'a str, plot: &Plot, digits: i32) -> Line<'a> {
    let largest =
        plot.values.iter().flatten().fold(
            0.0f64,
            |most, v| if v.abs() > most { v.abs() } else { most },
        );
    let figures = 4 - largest.max(1e-9).log10().floor() as i32;
    let decimals = if plot.is_price { digits + 1 } else { figures }.clamp(0, 12);
    let scale = 10f64.powi(decimals);
    let mut before = 0.0;
    let value = plot
        .values
        .iter()
        .map(|v| match v.map(|v| (v * scale).round()) {
            Some(v) if v.abs() < EXACT => Num(v - std::mem::replace(&mut before, v)),
            _ => Num(f64::NAN),
        })
        .collect();
    Line {
        name,
        is_price: plot.is_price,
        decimals,
        value,
    }
}

/// Decimals that the prices of a market are drawn with: those of its tick. A tick of less than a ten-millionth of the price
/// is none that anyone trades at, but the trace of a few odd prices in the data; then as many as four fifths of the closes
/// have, for the eye.
fn price_digits(market: &Market) -> i32 {
    let of_tick = digits_of(market.tick);
    let highest = market.high.iter().copied().fold(0.0f64, f64::max);
    if highest < 1e7 * market.tick {
        return of_tick;
    }
    (0..of_tick)
        .find(|&digits| {
            let scale = 10f64.powi(digits);
            let is_whole = |v: &&f64| (**v * scale - (**v * scale).round()).abs() < 1e-6;
            market.close.iter().filter(is_whole).count() * 5 >= market.close.len() * 4
        })
        .unwrap_or(of_tick)
}

/// Decimals of a tick: 1 for 0.5, 0 for 5.
fn digits_of(tick: f64) -> i32 {
    if !(tick.is_finite() && tick > 0.0) {
        return 8;
    }
    (0..12)
        .find(|&d| {
            let scaled = tick * 10f64.powi(d);
            scaled.round() >= 1.0 && (scaled - scaled.round()).abs() < 1e-6 * scaled
        })
        .unwrap_or(12)
}

fn trades(data: &ReportData) -> Trades<'_> {
    let symbols: BTreeMap<&str, usize> = data
        .markets
        .iter()
        .enumerate()
        .map(|(i, m)| (m.symbol.as_str(), i))
        .collect();
    let mut out = Trades::default();
    let digits: Vec<i32> = data.markets.iter().map(price_digits).collect();
    for trade in &data.trades {
        let tag = index_of(&mut out.tags, trade.tag.as_str());
        let reason = index_of(&mut out.reasons, trade.exit_reason.as_str());
        // A trade of a symbol without bars is listed, and has no chart.
        let market = symbols.get(trade.symbol.as_str()).copied();
        let digits = market.map_or(8, |m| digits[m]);
        out.symbol.push(market.unwrap_or(data.markets.len()));
        out.tag.push(tag);
        out.reason.push(reason);
        out.id.push(trade.id);
        out.side.push(match trade.side {
            Direction::Long => 1,
            Direction::Short => -1,
        });
        out.entry.push(seconds(trade.entry_time));
        out.exit.push(seconds(trade.exit_time));
        out.entry_price.push(Num::round(trade.entry_price, 10));
        out.exit_price.push(Num::round(trade.exit_price, 10));
        out.size.push(Num::round(trade.size, 8));
        out.notional.push(Num::round(trade.notional, 4));
        out.leverage.push(Num::round(trade.leverage, 2));
        out.fees.push(Num::round(trade.fees, 4));
        out.funding.push(Num::round(trade.funding, 4));
        out.slippage.push(Num::round(trade.slippage, 4));
        out.pnl.push(Num::round(trade.pnl, 4));
        out.pnl_pct.push(Num::round(trade.pnl_pct, 6));
        out.r
            .push(trade.return_r.map_or(Num(f64::NAN), |r| Num::round(r, 3)));
        out.bars.push(trade.bars);
        out.mae.push(Num::round(trade.mae_pct, 6));
        out.mfe.push(Num::round(trade.mfe_pct, 6));
        out.ambiguous.push(u8::from(trade.ambiguous));
        out.levels.push(levels(trade, digits));
    }
    out.reason_labels = out
        .reasons
        .iter()
        .map(|name| figures::reason(name))
        .collect();
    out
}

/// Place of a text in a list of distinct texts, put there when it is new.
fn index_of<'a>(list: &mut Vec<&'a str>, text: &'a str) -> usize {
    if let Some(found) = list.iter().position(|old| *old == text) {
        return found;
    }
    list.push(text);
    list.len() - 1
}

fn levels(trade: &Trade, digits: i32) -> Vec<Vec<Num>> {
    trade
        .levels
        .iter()
        .filter(|line| line.changes.iter().any(|change| change.price.is_some()))
        .map(|line| {
            let mut row = vec![Num(match line.kind {
                LevelKind::Stop => 0.0,
                LevelKind::Target => 1.0,
            })];
            for change in &line.changes {
                row.push(seconds(change.time - trade.entry_time));
                row.push(Num::round(change.price.unwrap_or(f64::NAN), digits));
            }
            row
        })
        .collect()
}

fn check(data: &ReportData) -> Result<(), ReportError> {
    equal("equity", data.equity.time.len(), data.equity.equity.len())?;
    rising("equity", &data.equity.time)?;
    for market in &data.markets {
        for column in [&market.open, &market.high, &market.low, &market.close] {
            equal(&market.symbol, market.time.len(), column.len())?;
        }
        for plot in &market.plots {
            equal(&plot.name, market.time.len(), plot.values.len())?;
        }
        rising(&market.symbol, &market.time)?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // What is read back must be the same number.
#[path = "payload_tests.rs"]
mod tests;
