//! `sixbtc data fetch`: candles from an exchange into the store.

use crate::args::{ExchangeArg, Format};
use crate::data::timeframe;
use crate::failure::Failure;
use crate::output;
use crate::progress::Progress;
use comfy_table::{CellAlignment, Table, presets};
use sixbtc_exchange::download::{Downloader, Fetched, Series, Span, Step};
use sixbtc_exchange::http::Patience;
use sixbtc_exchange::{
    Binance, Exchange, ExchangeError, Hyperliquid, binance, funding, hyperliquid,
};
use sixbtc_market::{Store, Timeframe, calendar};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio_util::sync::CancellationToken;

/// What the command line says.
pub struct Wanted<'a> {
    /// Coins.
    pub symbols: &'a [String],
    /// Lengths of the bars, as typed.
    pub timeframes: &'a [String],
    /// Days back from now.
    pub days: u32,
    /// The exchange.
    pub source: ExchangeArg,
    /// Its address, if not the public one.
    pub url: Option<&'a str>,
    /// Whether funding rates are wanted too.
    pub funding: bool,
    /// The candle store.
    pub out: &'a Path,
}

/// A person waits: fewer tries than a service makes.
const TRIES: u32 = 4;

const DAY: i64 = 86_400_000;

/// What became of a series.
type One = (Series, Result<Fetched, ExchangeError>);

/// Downloads.
pub fn run(wanted: &Wanted<'_>, format: Format) -> Result<u8, Failure> {
    let exchange = exchange(wanted.source, wanted.url)?;
    let timeframes: Vec<Timeframe> = wanted
        .timeframes
        .iter()
        .map(|tf| timeframe(tf.trim()))
        .collect::<Result<_, _>>()?;
    for tf in &timeframes {
        exchange.serves(*tf).map_err(|e| failure(&e))?;
    }
    let mut series: Vec<Series> = Vec::new();
    for coin in wanted.symbols {
        let coin = coin.trim();
        let good = |c: char| c.is_ascii_alphanumeric() || "-_:".contains(c);
        if coin.is_empty() || !coin.chars().all(good) {
            return Err(Failure::input(format!(
                "`{coin}` is no coin; write BTC,ETH"
            )));
        }
        for tf in &timeframes {
            let one = Series {
                coin: coin.to_owned(),
                market: None,
                timeframe: *tf,
            };
            if !series.contains(&one) {
                series.push(one);
            }
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Failure::outside(format!("cannot start threads: {e}")))?;
    let store = Store::new(wanted.out);
    let (results, paid) = runtime.block_on(download(wanted, exchange, &store, &series))?;
    show(&results, &paid, format);
    verdict(&results, &paid)
}

/// A client of a market's data.
pub fn exchange(source: ExchangeArg, url: Option<&str>) -> Result<Arc<dyn Exchange>, Failure> {
    let patience = Patience {
        tries: TRIES,
        ..Patience::default()
    };
    let made: Result<Arc<dyn Exchange>, ExchangeError> = match source {
        ExchangeArg::Binance => Binance::new(url.unwrap_or(binance::ADDRESS), patience)
            .map(|e| Arc::new(e) as Arc<dyn Exchange>),
        ExchangeArg::Hyperliquid => Hyperliquid::new(url.unwrap_or(hyperliquid::ADDRESS), patience)
            .map(|e| Arc::new(e) as Arc<dyn Exchange>),
    };
    made.map_err(|e| failure(&e))
}

/// New funding payments of a coin.
type Paid = (String, Result<usize, ExchangeError>);

async fn download(
    wanted: &Wanted<'_>,
    exchange: Arc<dyn Exchange>,
    store: &Store,
    series: &[Series],
) -> Result<(Vec<One>, Vec<Paid>), Failure> {
    let stop = CancellationToken::new();
    let progress = Arc::new(Progress::start());
    let (token, ended) = (stop.clone(), CancellationToken::new());
    let watcher = tokio::spawn(ended.clone().run_until_cancelled_owned(async move {
        while !Progress::stopped() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        token.cancel();
    }));
    let there = exchange.time(&stop).await.map_err(|e| failure(&e))?;
    // A bar is closed when it is closed there.
    let now = wall().min(there);
    let from = now - i64::from(wanted.days) * DAY;
    let bars: i64 = series
        .iter()
        .map(|s| i64::from(wanted.days) * DAY / s.timeframe.ms())
        .sum();
    progress.begin("candles", bars.max(0) as u64);
    let bar = Arc::clone(&progress);
    let per = move |s: &Series, days: u32| (i64::from(days) * DAY / s.timeframe.ms()) as u64;
    let days = wanted.days;
    let results = Downloader::new(Arc::clone(&exchange), store.clone())
        .stopped_by(stop.clone())
        .watched_by(Arc::new(move |step| match step {
            // What need not be fetched counts as done.
            Step::Expected(s, bars) => {
                bar.advance(per(&s, days).saturating_sub(bars));
                bar.say(&format!("{} {}", s.coin, s.timeframe));
            }
            Step::Arrived(_, bars) => bar.advance(bars),
            Step::Ended(_) => {}
        }))
        .all(series, Span { from, now })
        .await;
    let mut paid = Vec::new();
    if wanted.funding && !stop.is_cancelled() {
        progress.begin("funding", wanted.symbols.len() as u64);
        for coin in wanted.symbols {
            let one = funding::fetch(&*exchange, store, coin.trim(), (from, now), &stop).await;
            paid.push((coin.clone(), one.map(|p| p.added)));
            progress.advance(1);
        }
    }
    progress.end();
    ended.cancel();
    let _ = watcher.await;
    Ok((results, paid))
}

fn wall() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

fn failure(error: &ExchangeError) -> Failure {
    if error.is_passing() {
        Failure::outside(error.to_string())
    } else {
        Failure::input(error.to_string())
    }
}

/// Errors are told; the exit code is that of the worst.
fn verdict(results: &[One], paid: &[Paid]) -> Result<u8, Failure> {
    let candles = results.iter().filter_map(|(s, r)| {
        let error = r.as_ref().err()?;
        Some((format!("{} {}", s.coin, s.timeframe), error))
    });
    let rates = paid
        .iter()
        .filter_map(|(coin, r)| Some((format!("{coin} funding"), r.as_ref().err()?)));
    let failed: Vec<(String, &ExchangeError)> = candles.chain(rates).collect();
    // What was not tried any more says no more than the cause does.
    let cause =
        |e: &ExchangeError| e.is_of_the_whole_exchange() && !matches!(e, ExchangeError::Stopped);
    if let Some((_, error)) = failed.iter().find(|(_, e)| cause(e)) {
        return Err(failure(error));
    }
    if let Some((_, error)) = failed
        .iter()
        .find(|(_, e)| matches!(e, ExchangeError::Stopped))
    {
        return Err(failure(error));
    }
    let mut code = 0;
    for (what, error) in failed {
        output::error(&format!("{what}: {error}"));
        code = code.max(failure(error).code());
    }
    Ok(code)
}

fn show(results: &[One], paid: &[Paid], format: Format) {
    let good: Vec<&Fetched> = results
        .iter()
        .filter_map(|(_, r)| r.as_ref().ok())
        .collect();
    if format == Format::Json {
        let series: Vec<_> = good
            .iter()
            .map(|f| {
                serde_json::json!({
                    "symbol": f.series.coin, "timeframe": f.series.timeframe.to_string(), "added": f.added,
                    "replaced": f.replaced, "pages": f.pages, "holes": f.holes, "began": f.began, "behind": f.behind,
                    "renewed": f.renewed, "entry": f.entry,
                })
            })
            .collect();
        let paid: Vec<_> = paid
            .iter()
            .filter_map(|(coin, r)| {
                Some(serde_json::json!({"symbol": coin, "added": r.as_ref().ok()?}))
            })
            .collect();
        output::json(&serde_json::json!({ "schema": 1, "series": series, "funding": paid }));
        return;
    }
    if !good.is_empty() {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        table.add_row(["symbol", "tf", "new", "bars", "from", "to", "holes"]);
        for f in &good {
            let shown = |of: fn(&sixbtc_market::store::Entry) -> String| {
                f.entry.as_ref().map_or_else(|| "–".to_owned(), of)
            };
            table.add_row([
                f.series.coin.clone(),
                f.series.timeframe.to_string(),
                f.added.to_string(),
                shown(|e| e.rows.to_string()),
                shown(|e| calendar::iso(e.first)),
                shown(|e| calendar::iso(e.last)),
                f.holes.iter().map(|h| h.missing).sum::<u64>().to_string(),
            ]);
        }
        for k in [2, 3, 6] {
            if let Some(c) = table.column_mut(k) {
                c.set_cell_alignment(CellAlignment::Right);
            }
        }
        output::out(&table.to_string());
    }
    for (coin, rates) in paid {
        if let Ok(added) = rates {
            output::out(&format!("{coin}: {added} new funding rates"));
        }
    }
    for f in good {
        let name = format!("{} {}", f.series.coin, f.series.timeframe);
        if let Some(began) = f.began {
            output::note(&format!(
                "{name} begins at {}: the exchange has nothing earlier",
                calendar::iso(began.first)
            ));
        }
        if f.behind > 0 && f.entry.is_some() {
            output::note(&format!(
                "{name}: {} bars lack at the end; is it still traded?",
                f.behind
            ));
        }
        if f.renewed {
            output::note(&format!(
                "{name}: a damaged file was put aside and fetched anew"
            ));
        }
        if f.entry.is_none() {
            output::note(&format!("{name}: the exchange has no bars of this time"));
        }
    }
}
