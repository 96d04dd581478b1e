//! `sixbtc venue`: the simulated Hyperliquid, alone.

mod live;

use super::store::waited;
use super::up::sample;
use crate::args::{CoinArg, Format, VenueArgs};
use crate::data::{instant, market};
use crate::failure::Failure;
use crate::output;
use serde_json::json;
use sixbtc_exchange::symbols::coin_of_binance;
use sixbtc_market::{Bars, ImportOptions, Store, calendar, open_all};
use sixbtc_venue::engine::{Millis, Settings as Rules};
use sixbtc_venue::faults::Plan;
use sixbtc_venue::host::{HostSettings, Limits, Source};
use sixbtc_venue::market::{AtEnd, CoinSeries, Mode, Player, PlayerSettings};
use sixbtc_venue::server::{Clock, ServeError, Settings, SourceOf, serve};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often prices move when nobody asks anything; each time the disk is waited for.
const TICK: Duration = Duration::from_millis(250);

/// Serves until Ctrl-C, or as long as it was told to.
pub fn run(args: &VenueArgs, format: Format) -> Result<u8, Failure> {
    if let Some(market) = args.live {
        return live::run(args, market, format);
    }
    let from = args.from.as_deref().map(instant).transpose()?;
    if !(args.speed.is_finite() && args.speed >= 0.0) {
        return Err(Failure::input("--speed is a number from 0 up"));
    }
    let series = chosen(candles(args.data.as_deref())?, &args.coins)?;
    let coins: Vec<String> = series
        .iter()
        .map(|series| series.instrument.name.clone())
        .collect();
    let (first, end) = span(&series)?;
    if let Some(from) = from.filter(|from| !(first..end).contains(from)) {
        return Err(Failure::input(format!(
            "the candles go from {} to {}, and {} is not in between",
            calendar::iso(first),
            calendar::iso(end),
            calendar::iso(from)
        )));
    }
    let player = player(args, from);
    let clock = match from {
        Some(from) => Clock::paced(from, args.speed),
        None => Clock::wall(),
    };
    let settings = settings(args, &player, clock, played(series, player.clone())?)?;
    let stop = CancellationToken::new();
    waited(async {
        stop_on_signal(stop.clone(), args.seconds);
        let running = serve(settings, stop).await.map_err(failure)?;
        tell(args, format, &coins, &running.url());
        running.ended().await.map_err(failure)
    })?;
    Ok(0)
}

/// What the command line says of the server.
fn settings(
    args: &VenueArgs,
    player: &PlayerSettings,
    clock: Clock,
    source: SourceOf,
) -> Result<Settings, Failure> {
    let rules = if args.strict {
        Rules::strict()
    } else {
        Rules::default()
    };
    Ok(Settings {
        address: SocketAddr::new(args.address, args.port),
        state: args.state.clone(),
        rules: player.rules(rules),
        host: HostSettings {
            limits: if args.no_limits {
                Limits::none()
            } else {
                Limits::default()
            },
            ..HostSettings::default()
        },
        clock,
        source: Some(source),
        faults: args.faults.as_deref().map(plan).transpose()?,
        control: args.control,
        fund: args.fund.clone(),
        tick: TICK,
        ..Settings::local()
    })
}

/// As a failure of the command.
// the shape that `map_err` asks for
#[allow(clippy::needless_pass_by_value)]
pub fn failure(error: ServeError) -> Failure {
    match error {
        ServeError::Source(_) | ServeError::Input(_) => Failure::input(error.to_string()),
        ServeError::Listen { .. } | ServeError::State(_) | ServeError::Http(_) => {
            Failure::outside(error.to_string())
        }
    }
}

/// One line: where it listens, and what is there.
fn tell(args: &VenueArgs, format: Format, coins: &[String], url: &str) {
    if format == Format::Json {
        output::json(&json!({
            "url": url,
            "coins": coins,
            "state": args.state,
            "control": args.control,
        }));
        return;
    }
    let state = args.state.as_ref().map_or_else(
        || "nothing is kept".to_owned(),
        |file| format!("kept in {}", file.display()),
    );
    let time = match &args.from {
        Some(from) => format!("from {from} at speed {}", args.speed),
        None => "now".to_owned(),
    };
    output::out(&format!(
        "listening on {url}: {}; {time}; {state}; Ctrl-C ends it\n",
        coins.join(", ")
    ));
}

fn stop_on_signal(stop: CancellationToken, seconds: Option<u64>) {
    tokio::spawn(async move {
        let ended = async {
            match seconds {
                Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // Without signals it ends by its time, or by force.
            Ok(()) = tokio::signal::ctrl_c() => {}
            () = terminated() => {}
            () = ended => {}
        }
        stop.cancel();
    });
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

/// The finest candles of every symbol that is there.
pub fn candles(path: Option<&Path>) -> Result<Vec<Bars>, Failure> {
    let Some(path) = path else {
        return sample::bars();
    };
    if !path.exists() {
        return Err(Failure::input(format!(
            "there is no file or directory `{}`",
            path.display()
        )));
    }
    if path.is_dir() {
        let store = Store::new(path);
        let entries = store.list().map_err(market)?;
        if !entries.is_empty() {
            let mut symbols: Vec<&str> = entries.iter().map(|e| e.symbol.as_str()).collect();
            symbols.dedup();
            return symbols
                .into_iter()
                .filter_map(|symbol| {
                    let finest = store.timeframes(symbol).map(|all| all.first().copied());
                    match finest {
                        Ok(finest) => Some(
                            store
                                .load(symbol, finest?, None, None)
                                .map(|found| found.bars),
                        ),
                        Err(error) => Some(Err(error)),
                    }
                })
                .collect::<Result<_, _>>()
                .map_err(market);
        }
    }
    let found = open_all(path, &ImportOptions::default()).map_err(market)?;
    let mut bars: Vec<Bars> = found.into_iter().map(|found| found.bars).collect();
    bars.sort_by(|a, b| (&a.symbol, a.timeframe).cmp(&(&b.symbol, b.timeframe)));
    bars.dedup_by(|later, kept| later.symbol == kept.symbol);
    Ok(bars)
}

/// What the venue calls a symbol: `BTC` for `BTCUSDT` and `BTCUSD`.
fn coin_of(symbol: &str) -> String {
    coin_of_binance(symbol)
        .or_else(|| {
            let coin = symbol.strip_suffix("USD").filter(|coin| !coin.is_empty());
            coin.map(str::to_owned)
        })
        .unwrap_or_else(|| symbol.to_owned())
}

/// The coins that were asked for, in that order; all without a wish.
pub fn chosen(bars: Vec<Bars>, coins: &[CoinArg]) -> Result<Vec<CoinSeries>, Failure> {
    if coins.is_empty() {
        let all = bars.into_iter().filter(|bars| !bars.is_empty());
        return Ok(all
            .map(|bars| CoinSeries::new(&coin_of(&bars.symbol), Arc::new(bars)))
            .collect());
    }
    coins
        .iter()
        .map(|wish| {
            let found = bars.iter().find(|bars| match &wish.symbol {
                Some(symbol) => bars.symbol == *symbol,
                None => bars.symbol == wish.coin || coin_of(&bars.symbol) == wish.coin,
            });
            let bars = found.ok_or_else(|| {
                let there: Vec<&str> = bars.iter().map(|bars| bars.symbol.as_str()).collect();
                Failure::input(format!(
                    "there are no candles of `{}`; there are {}",
                    wish.symbol.as_ref().unwrap_or(&wish.coin),
                    there.join(", ")
                ))
            })?;
            Ok(CoinSeries::new(&wish.coin, Arc::new(bars.clone())))
        })
        .collect()
}

fn player(args: &VenueArgs, from: Option<Millis>) -> PlayerSettings {
    PlayerSettings {
        seed: args.seed,
        mode: if args.exact {
            Mode::Exact
        } else {
            Mode::Realistic
        },
        at_end: match from {
            Some(_) => AtEnd::Freeze,
            None => AtEnd::Wrap,
        },
        ..PlayerSettings::default()
    }
}

/// First and last time of the candles.
fn span(series: &[CoinSeries]) -> Result<(Millis, Millis), Failure> {
    let first = series.iter().filter_map(|s| s.bars.time.first()).min();
    let end = series.iter().filter_map(|s| s.bars.end()).max();
    first
        .copied()
        .zip(end)
        .ok_or_else(|| Failure::input("there are no candles to make prices of"))
}

/// A market that plays these candles.
pub fn played(series: Vec<CoinSeries>, player: PlayerSettings) -> Result<SourceOf, Failure> {
    let span = span(&series)?;
    Ok(Box::new(move |began| source(series, player, span, began)))
}

/// Prices from when the venue opened on. Candles of the past that play now begin in their middle, so that there is a past
/// before them.
fn source(
    series: Vec<CoinSeries>,
    mut settings: PlayerSettings,
    (first, end): (Millis, Millis),
    began: Millis,
) -> Result<Box<dyn Source>, String> {
    // From the bar that runs then: its steps so far give the first quotes.
    let longest = series.iter().map(|series| series.bars.timeframe.ms()).max();
    settings.start = Some(began - longest.unwrap_or_default());
    if settings.at_end == AtEnd::Wrap {
        settings.shift = PlayerSettings::shift_to(first + (end - first) / 2, began);
    }
    let player = Player::new(series, settings).map_err(|error| error.to_string())?;
    Ok(Box::new(player))
}

fn plan(file: &Path) -> Result<Plan, Failure> {
    let shown = file.display();
    let text =
        std::fs::read_to_string(file).map_err(|e| Failure::input(format!("{shown}: {e}")))?;
    let plan: Plan =
        serde_json::from_str(&text).map_err(|e| Failure::input(format!("{shown}: {e}")))?;
    Plan::new(plan.seed, plan.rules).map_err(|e| Failure::input(format!("{shown}: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_become_the_coins_that_clients_know() {
        for (symbol, coin) in [
            ("BTCUSDT", "BTC"),
            ("BTCUSD", "BTC"),
            ("1000PEPEUSDT", "kPEPE"),
            ("BTC", "BTC"),
            ("USD", "USD"),
        ] {
            assert_eq!(coin_of(symbol), coin);
        }
    }

    #[test]
    fn the_sample_data_make_a_market() {
        let series = chosen(candles(None).unwrap(), &[]).unwrap();
        let coins: Vec<&str> = series.iter().map(|s| s.instrument.name.as_str()).collect();
        assert_eq!(coins, ["BTC", "ETH", "LTC", "XRP"]);
        let wish = ["ETH".parse().unwrap(), "Q=XRPUSD".parse().unwrap()];
        let series = chosen(candles(None).unwrap(), &wish).unwrap();
        let coins: Vec<&str> = series.iter().map(|s| s.instrument.name.as_str()).collect();
        assert_eq!(coins, ["ETH", "Q"]);
        let error = chosen(candles(None).unwrap(), &["DOGE".parse().unwrap()]).unwrap_err();
        assert!(
            error.to_string().contains("there are BTCUSD, ETHUSD"),
            "{error}"
        );
        let first = series[0].bars.time[0];
        let end = series[0].bars.end().unwrap();
        let began = 1_800_000_000_000;
        let settings = PlayerSettings {
            at_end: AtEnd::Wrap,
            ..PlayerSettings::default()
        };
        let mut source = source(series, settings, (first, end), began).unwrap();
        let (time, _) = source.next(began).unwrap();
        assert!(
            (began - 1_800_000..=began).contains(&time),
            "quotes from the start"
        );
        let past = source
            .candles("ETH", "1h", began - 86_400_000, began, began)
            .unwrap();
        assert!(past.len() >= 24, "there is a past");
    }
}
