//! The simulated Hyperliquid beside the services: `sixbtc up --paper` trades there.
//!
//! The executor, the rotator and the monitor use it as they would use the real exchange, over sockets and with keys. Its time is
//! the store's market clock, its prices are made of the candles on disk, its state lies in `venue.db`.

use super::super::serve::{Guest, Loading, Opening};
use super::super::venue::{candles, chosen, played};
use crate::failure::Failure;
use sixbtc_core::candles::Candles;
use sixbtc_core::market_clock::MarketClock;
use sixbtc_core::settings::{MarketTime, Settings};
use sixbtc_core::store::Store;
use sixbtc_core::venue::amount;
use sixbtc_executor::office::paper_master;
use sixbtc_venue::engine::{Millis, Settings as Rules};
use sixbtc_venue::host::{HostSettings, Limits};
use sixbtc_venue::market::{AtEnd, PlayerSettings};
use sixbtc_venue::server::{self, Clock};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio_util::sync::CancellationToken;

/// Where the venue's state lies, in the factory's directory.
const STATE: &str = "venue.db";
/// How often the venue's clock looks at the store's.
const LOOK: Duration = Duration::from_millis(500);
/// How fast a replay goes, where nobody has said: a network's answer takes seconds of the market, not hours.
const SPEED: &str = "market.replay.speed=300";

/// What `--paper` says beside the settings of the directory; what the user says himself comes after it and holds.
pub fn assignments(given: &[String]) -> Vec<String> {
    let mut all = vec![
        "trading.venue=hyperliquid".to_owned(),
        "hyperliquid.network=local".to_owned(),
        "hyperliquid.dry_run=false".to_owned(),
        SPEED.to_owned(),
    ];
    all.extend(given.iter().cloned());
    all
}

/// The shortest time by the wall in which a bar of the finest clock may pass, ms: its orders have to travel, and their answers.
const BAR: f64 = 1_000.0;

/// What is to be said beside `settings` when their replay is so fast that orders of one bar would meet the next one, and how fast it
/// may be.
pub fn slower(settings: &Settings) -> Option<(String, f64)> {
    let finest = settings.timeframes.iter().map(|t| t.0.ms()).min()?;
    let most = (finest as f64 / BAR).max(1.0);
    let replays = settings.market.clock == MarketTime::Replay;
    (replays && settings.market.replay.speed > most)
        .then(|| (format!("market.replay.speed={most:.1}"), most))
}

/// Starts the venue that the settings name, before any service asks it; with `/control/…` when that is asked for.
pub async fn begin(loading: &Loading, control: bool) -> Result<Guest, Failure> {
    let settings = loading.loaded.settings.clone();
    let opening = Opening::of(&loading.loaded);
    let address = address(&settings)?;
    let master = paper_master(&settings.directories.accounts).map_err(Failure::outside)?;
    let capital = settings.trading.total_capital;
    let capital = amount(capital).ok_or_else(|| {
        Failure::input(format!("`trading.total_capital` is {capital}: no amount"))
    })?;
    let data = settings.directories.data.clone();
    let series = tokio::task::spawn_blocking(move || chosen(candles(Some(&data))?, &[]));
    let series = series.await.map_err(|e| Failure::defect(e.to_string()))??;
    let store = opening
        .open(opening.options.clone())
        .await
        .map_err(|e| opening.failure(e))?;
    let market = Arc::new(Candles::new(&settings.directories.data));
    let clock = MarketClock::open(&store, &settings, &market, WHO).await;
    let clock = clock.map_err(|e| Failure::outside(e.to_string()))?;
    let at_end = match settings.market.clock {
        MarketTime::Replay => AtEnd::Freeze,
        MarketTime::Wall => AtEnd::Wrap,
    };
    let player = PlayerSettings {
        at_end,
        ..PlayerSettings::default()
    };
    let stop = CancellationToken::new();
    let settings = server::Settings {
        address,
        state: Some(PathBuf::from(STATE)),
        rules: player.rules(Rules::default()),
        // its only clients are the services of this machine, and a minute of the market may be a second here
        host: HostSettings {
            limits: Limits::none(),
            ..HostSettings::default()
        },
        clock: follow(store, clock, stop.clone()),
        source: Some(played(series, player)?),
        control,
        fund: vec![(master, capital)],
        ..server::Settings::local()
    };
    let running = server::serve(settings, stop.clone()).await;
    let running = running.map_err(|e| match e {
        server::ServeError::Listen { .. } => Failure::outside(format!(
            "{e}; another address: --set hyperliquid.api_url=http://127.0.0.1:PORT"
        )),
        other => super::super::venue::failure(other),
    })?;
    tracing::info!(address = %running.address(), %master, "the simulated exchange listens");
    Ok(Guest {
        stop,
        ended: tokio::spawn(async move { running.ended().await.map_err(|e| e.to_string()) }),
    })
}

/// Who writes the clock's mark.
const WHO: &str = "paper venue";

fn wall() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d| {
        Millis::try_from(d.as_millis()).unwrap_or(Millis::MAX)
    })
}

/// The store's market clock as the venue's: the mark is looked up now and then, time flows from it.
fn follow(store: Store, clock: MarketClock, stop: CancellationToken) -> Clock {
    let shared = Arc::new(RwLock::new(clock));
    let kept = Arc::clone(&shared);
    tokio::spawn(async move {
        let mut clock = clock;
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(LOOK) => {}
            }
            match clock.now(&store, WHO).await {
                Ok(_) => *kept.write().unwrap_or_else(PoisonError::into_inner) = clock,
                // the last mark serves for half a minute; then time stands still
                Err(e) => tracing::warn!("the market's clock: {e}"),
            }
        }
        store.close().await;
    });
    Clock::given(Arc::new(move || {
        let clock = shared.read().unwrap_or_else(PoisonError::into_inner);
        clock.at(wall())
    }))
}

/// Where the services look for the venue.
fn address(settings: &Settings) -> Result<SocketAddr, Failure> {
    let target = sixbtc_executor::gate::place(settings);
    let target = target.map_err(|e| Failure::input(e.to_string()))?;
    let url = target.url;
    let wrong = || {
        Failure::input(format!(
            "--paper starts a venue on this machine, and `hyperliquid.api_url` is {url:?}: it must be http://127.0.0.1:PORT"
        ))
    };
    let rest = url.strip_prefix("http://").ok_or_else(wrong)?;
    let rest = rest.replacen("localhost", "127.0.0.1", 1);
    let address: SocketAddr = rest.parse().map_err(|_| wrong())?;
    match address.ip() {
        IpAddr::V4(ip) if ip.is_loopback() => Ok(address),
        IpAddr::V6(ip) if ip.is_loopback() => Ok(address),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_market::Timeframe;

    #[test]
    fn the_users_own_words_come_last() {
        let all = assignments(&["market.replay.speed=5".to_owned()]);
        assert_eq!(all.last().unwrap(), "market.replay.speed=5");
        assert!(all.contains(&"trading.venue=hyperliquid".to_owned()));
    }

    #[test]
    fn a_replay_is_no_faster_than_orders() {
        let mut settings = Settings {
            timeframes: vec![Timeframe::M30.into(), Timeframe::M15.into()],
            ..Settings::default()
        };
        settings.market.replay.speed = 5_000.0;
        assert_eq!(
            slower(&settings),
            None,
            "the wall's time is as fast as it is"
        );
        settings.market.clock = MarketTime::Replay;
        let (word, most) = slower(&settings).unwrap();
        assert_eq!((word.as_str(), most), ("market.replay.speed=900.0", 900.0));
        settings.market.replay.speed = 900.0;
        assert_eq!(slower(&settings), None);
    }

    #[test]
    fn a_paper_venue_is_on_this_machine() {
        let mut settings = Settings::default();
        assert_eq!(address(&settings).unwrap().port(), 3001);
        for (url, port) in [("http://localhost:9", 9), ("http://[::1]:10", 10)] {
            settings.hyperliquid.api_url = url.into();
            assert_eq!(address(&settings).unwrap().port(), port);
        }
        for url in [
            "https://127.0.0.1:3001",
            "http://127.0.0.1",
            "http://10.0.0.1:3001",
        ] {
            settings.hyperliquid.api_url = url.into();
            assert!(address(&settings).is_err(), "{url}");
        }
    }
}
