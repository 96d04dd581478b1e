//! What the markets reward.

use super::{Job, Outcome, TaskError, blocking};
use serde_json::json;
use sixbtc_core::market_clock::judged_until;
use sixbtc_core::model::{Millis, RegimeRow};
use sixbtc_core::settings::Settings;
use sixbtc_exchange::regime::{self, Direction, Kind, Regime, Thresholds};
use sixbtc_market::{MarketError, Store as CandleStore, Timeframe};
use std::collections::BTreeMap;
use std::time::Duration;

/// Judges every coin – every stored symbol while there is no list of coins – by its last daily bars.
pub(super) async fn detect(job: &Job<'_>) -> Result<Outcome, TaskError> {
    // in a replay what judges and makes strategies sees nothing of what is replayed
    let Some(until) = judged_until(&job.cx.store, job.settings).await? else {
        let why = "the replay has not begun yet".to_owned();
        return Ok(Outcome::Later(why, Duration::from_mins(1)));
    };
    let store = CandleStore::new(&job.settings.directories.data);
    let symbols = symbols(job, &store).await?;
    if symbols.is_empty() {
        let none = "there are no candles yet".to_owned();
        // They are on their way, or nobody fetches any.
        return Ok(match job.exchanges()?.candles {
            Some(_) => Outcome::Later(none, Duration::from_mins(10)),
            None => Outcome::Skipped(none),
        });
    }
    let (timeframe, window) = (
        *job.settings.regime.timeframe,
        job.settings.regime.window_days,
    );
    let thresholds = thresholds(job.settings);
    // One bar more than the window: the first has no yesterday.
    let bars = bars_of(window, timeframe) + 1;
    let asked = symbols.len();
    let found =
        blocking(move || judged(&store, symbols, timeframe, until, bars, &thresholds)).await?;
    let at = job.now();
    let rows: Vec<RegimeRow> = found
        .judged
        .iter()
        .map(|(symbol, regime)| row(symbol, regime, window, at))
        .collect();
    job.cx.store.set_regimes(&rows).await?;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *kinds.entry(&row.regime).or_default() += 1;
    }
    Ok(Outcome::Done(json!({
        "coins": asked, "judged": rows.len(), "too_short": found.too_short, "unreadable": found.unreadable, "regimes": kinds,
    })))
}

async fn symbols(job: &Job<'_>, store: &CandleStore) -> Result<Vec<String>, TaskError> {
    let coins = job.cx.store.coins(true).await?;
    if !coins.is_empty() {
        return Ok(coins.into_iter().map(|c| c.symbol).collect());
    }
    let store = store.clone();
    let mut symbols: Vec<String> = blocking(move || store.list())
        .await??
        .into_iter()
        .map(|entry| entry.symbol)
        .collect();
    symbols.dedup();
    Ok(symbols)
}

fn bars_of(days: u32, timeframe: Timeframe) -> usize {
    (i64::from(days) * Timeframe::D1.ms() / timeframe.ms()).max(2) as usize
}

fn thresholds(settings: &Settings) -> Thresholds {
    let set = &settings.regime;
    Thresholds {
        trend: set.trend_threshold,
        reversal: set.reversal_threshold,
        min_strength: set.min_strength,
        cost: set.round_trip_cost * 100.0,
    }
}

#[derive(Default)]
struct Found {
    judged: Vec<(String, Regime)>,
    too_short: usize,
    unreadable: Vec<String>,
}

fn judged(
    store: &CandleStore,
    symbols: Vec<String>,
    timeframe: Timeframe,
    until: Millis,
    bars: usize,
    thresholds: &Thresholds,
) -> Found {
    let mut found = Found::default();
    for symbol in symbols {
        // The bar that has not closed by then is left out.
        let end = timeframe.floor(until);
        match store.load_or_resample(&symbol, timeframe, None, Some(end)) {
            Ok(series) => match regime::detect(&series.bars, bars, thresholds) {
                Some(regime) => found.judged.push((symbol, regime)),
                None => found.too_short += 1,
            },
            Err(MarketError::NotStored { .. } | MarketError::Coarser { .. }) => {
                found.too_short += 1;
            }
            Err(error) => found.unreadable.push(error.to_string()),
        }
    }
    found
}

fn row(symbol: &str, regime: &Regime, days: u32, at: Millis) -> RegimeRow {
    let kind = match regime.kind {
        Kind::Trend => "TREND",
        Kind::Reversal => "REVERSAL",
        Kind::Mixed => "MIXED",
    };
    let direction = match regime.direction {
        Direction::Long => "LONG",
        Direction::Short => "SHORT",
        Direction::Both => "BOTH",
    };
    RegimeRow {
        symbol: symbol.to_owned(),
        regime: kind.to_owned(),
        direction: direction.to_owned(),
        strength: regime.strength,
        days: i64::from(days),
        at,
        data: json!({ "breakout": regime.breakout, "reversal": regime.reversal }),
    }
}
