//! Candles, funding rates and their catalogue.

use super::exchanges::OFFLINE;
use super::{Job, Outcome, TaskError, blocking};
use serde_json::{Value, json};
use sixbtc_core::model::{Coin, Dataset, Millis};
use sixbtc_core::settings::Settings;
use sixbtc_exchange::download::{Downloader, Fetched, Series, Span};
use sixbtc_exchange::registry::{Candidate, coverage_days, survivorship};
use sixbtc_exchange::{Exchange, ExchangeError, funding};
use sixbtc_market::store::Entry;
use sixbtc_market::{Store as CandleStore, Timeframe};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const DAY: i64 = 86_400_000;

/// Failures named in a row of the history.
const MOST_NAMES: usize = 20;

/// A clock that differs by more from the exchange's is worth a warning.
const MOST_SKEW: i64 = 60_000;

/// Days of candles that are kept: as set, or what a judgement needs and a fifth more for warm-up; regimes want theirs too.
pub(super) fn days(settings: &Settings) -> u32 {
    let judged = &settings.backtesting;
    let spans = judged.is_days + judged.oos_days + judged.sealed_days;
    let wanted = match settings.data_scheduler.download_days {
        0 => spans + spans.div_ceil(5),
        days => days,
    };
    if settings.regime.enabled {
        wanted.max(settings.regime.window_days + 1)
    } else {
        wanted
    }
}

/// Every length that is wanted, once.
fn timeframes(settings: &Settings) -> BTreeSet<Timeframe> {
    let mut all: BTreeSet<Timeframe> = settings.timeframes.iter().map(|tf| **tf).collect();
    if settings.regime.enabled {
        all.insert(*settings.regime.timeframe);
    }
    all
}

/// Brings all active coins up to date.
pub(super) async fn download(job: &Job<'_>) -> Result<Outcome, TaskError> {
    let Some(exchange) = job.exchanges()?.candles else {
        return Ok(Outcome::Skipped(OFFLINE.to_owned()));
    };
    let coins = job.cx.store.coins(true).await?;
    if coins.is_empty() {
        return Ok(Outcome::Later(
            "there are no coins yet: `update_pairs` comes first".to_owned(),
            Duration::from_mins(1),
        ));
    }
    let (stop, here) = (&job.cx.stop, job.now());
    let there = exchange.time(stop).await?;
    let skew = here - there;
    if skew.abs() > MOST_SKEW {
        tracing::warn!(skew_ms = skew, "our clock differs from the exchange's");
    }
    // A bar is closed when it is closed there; of a clock that lags we do not believe the future either.
    let now = here.min(there);
    let from = now - i64::from(days(job.settings)) * DAY;
    let timeframes = timeframes(job.settings);
    let series: Vec<Series> = coins
        .iter()
        .flat_map(|coin| timeframes.iter().map(|tf| wanted(coin, *tf)))
        .collect();
    let store = CandleStore::new(&job.settings.directories.data);
    let downloader = Downloader::new(exchange.clone(), store.clone())
        .at_once(job.settings.data_scheduler.parallel as usize)
        .stopped_by(stop.clone());
    let mut results = downloader.all(&series, Span { from, now }).await;
    // What has arrived is noted, whatever became of the rest.
    let note = noted(job, &results, timeframes.first().copied()).await?;
    if let Some(at) = cause(&results) {
        let (_, result) = results.swap_remove(at);
        result?;
    }
    let failed: Vec<String> = results
        .iter()
        .filter_map(|(s, r)| Some(format!("{} {}: {}", s.coin, s.timeframe, r.as_ref().err()?)))
        .collect();
    if failed.len() == results.len() {
        return Err(TaskError::Other(
            failed.into_iter().next().unwrap_or_default(),
        ));
    }
    let paid = if job.settings.funding.enabled {
        rates(job, &*exchange, &store, &coins, (from, now)).await?
    } else {
        Value::Null
    };
    let mut data = note;
    data["days"] = json!(days(job.settings));
    data["failed"] = json!(failed.len());
    data["failures"] = json!(failed.iter().take(MOST_NAMES).collect::<Vec<_>>());
    data["clock_skew_ms"] = json!(skew);
    data["funding"] = paid;
    data["hindsight"] = json!(survivorship(&known(&coins), from, now));
    Ok(Outcome::Done(data))
}

/// Where the failure of the whole exchange stands, if there was one. Those that were not tried any more say `Stopped`: the cause
/// is another, unless we were stopped indeed.
fn cause(results: &[(Series, Result<Fetched, ExchangeError>)]) -> Option<usize> {
    let whole = |r: &Result<Fetched, ExchangeError>| matches!(r, Err(error) if error.is_of_the_whole_exchange());
    let stopped = |r: &Result<Fetched, ExchangeError>| matches!(r, Err(ExchangeError::Stopped));
    results
        .iter()
        .position(|(_, r)| whole(r) && !stopped(r))
        .or_else(|| results.iter().position(|(_, r)| whole(r)))
}

fn wanted(coin: &Coin, timeframe: Timeframe) -> Series {
    let market = coin.data.get("candles_market").and_then(Value::as_str);
    Series {
        coin: coin.symbol.clone(),
        market: market.map(str::to_owned),
        timeframe,
    }
}

fn known(coins: &[Coin]) -> Vec<Candidate> {
    coins
        .iter()
        .map(|coin| Candidate {
            coin: coin.symbol.clone(),
            market: coin.symbol.clone(),
            max_leverage: coin.max_leverage as f64,
            volume_usd: 0.0,
            price: 0.0,
            listed: coin.listed_at,
            lot: None,
            min_notional: None,
        })
        .collect()
}

/// Writes catalogue and coverage of what was fetched; the figures of the download.
async fn noted(
    job: &Job<'_>,
    results: &[(Series, Result<Fetched, ExchangeError>)],
    shortest: Option<Timeframe>,
) -> Result<Value, TaskError> {
    let fetched: Vec<&Fetched> = results
        .iter()
        .filter_map(|(_, r)| r.as_ref().ok())
        .collect();
    let mut datasets = Vec::new();
    for one in &fetched {
        if let Some(entry) = &one.entry {
            datasets.push(dataset(entry, one.series.timeframe, one.began.is_some()));
            if Some(one.series.timeframe) == shortest {
                let days = coverage_days(entry, one.series.timeframe.ms());
                job.cx.store.set_coverage(&one.series.coin, days).await?;
            }
        }
    }
    job.cx.store.set_datasets(&datasets).await?;
    let sum = |of: fn(&Fetched) -> u64| fetched.iter().map(|f| of(f)).sum::<u64>();
    Ok(json!({
        "series": results.len(),
        "added": sum(|f| f.added as u64),
        "replaced": sum(|f| f.replaced as u64),
        "pages": sum(|f| f.pages as u64),
        "holes": sum(|f| f.holes.iter().map(|h| h.missing).sum()),
        "behind": sum(|f| f.behind),
        "late": sum(|f| u64::from(f.began.is_some())),
        "renewed": sum(|f| u64::from(f.renewed)),
    }))
}

fn dataset(entry: &Entry, timeframe: Timeframe, complete: bool) -> Dataset {
    Dataset {
        symbol: entry.symbol.clone(),
        timeframe: entry.timeframe.clone(),
        source: entry.source.clone(),
        from: entry.first,
        to: entry.last + timeframe.ms(),
        bars: entry.rows as i64,
        hash: entry.hash.clone(),
        complete,
        updated_at: 0,
    }
}

/// Funding rates of all coins, one after the other. A coin whose rates fail is counted, and hinders no other.
async fn rates(
    job: &Job<'_>,
    exchange: &dyn Exchange,
    store: &CandleStore,
    coins: &[Coin],
    span: (Millis, Millis),
) -> Result<Value, TaskError> {
    let (mut added, mut failed) = (0, 0);
    for coin in coins {
        match funding::fetch(exchange, store, &coin.symbol, span, &job.cx.stop).await {
            Ok(paid) => added += paid.added,
            Err(error) if error.is_of_the_whole_exchange() => return Err(error.into()),
            Err(error) => {
                tracing::warn!(coin = coin.symbol, %error, "no funding rates");
                failed += 1;
            }
        }
    }
    Ok(json!({ "added": added, "failed": failed }))
}

/// Reads the catalogue anew from the data directory.
pub(super) async fn refresh(job: &Job<'_>) -> Result<Outcome, TaskError> {
    let store = CandleStore::new(&job.settings.directories.data);
    let entries = blocking(move || store.list()).await??;
    let complete: BTreeMap<(String, String, String), bool> = job
        .cx
        .store
        .datasets()
        .await?
        .into_iter()
        .map(|d| ((d.symbol, d.timeframe, d.source), d.complete))
        .collect();
    let mut datasets = Vec::new();
    let mut shortest: BTreeMap<&str, (Timeframe, f64)> = BTreeMap::new();
    for entry in &entries {
        let timeframe = entry.timeframe()?;
        let key = (
            entry.symbol.clone(),
            entry.timeframe.clone(),
            entry.source.clone(),
        );
        let complete = complete.get(&key).copied().unwrap_or(false);
        datasets.push(dataset(entry, timeframe, complete));
        let days = coverage_days(entry, timeframe.ms());
        let best = shortest.entry(&entry.symbol).or_insert((timeframe, days));
        if timeframe < best.0 {
            *best = (timeframe, days);
        }
    }
    job.cx.store.set_datasets(&datasets).await?;
    for (symbol, (_, days)) in &shortest {
        job.cx.store.set_coverage(symbol, *days).await?;
    }
    Ok(Outcome::Done(
        json!({ "series": datasets.len(), "symbols": shortest.len() }),
    ))
}
