//! The official Python SDK and ccxt trade at the venue: the scenarios of `tests/venue`.
//!
//! Needs Python 3.11 or newer with its module `venv`; the pinned clients are installed from `PyPI` the first time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use sixbtc_venue::engine::Millis;
use sixbtc_venue::host::{HostSettings, Limits, Source};
use sixbtc_venue::market::{AtEnd, CoinSeries, Player, PlayerSettings};
use sixbtc_venue::server::{Clock, Settings, serve};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Python with the pinned clients, made once.
fn python() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(environment)
}

fn environment() -> PathBuf {
    let script = root().join("tests/venue/environment.py");
    let made = Command::new("python3").arg(script).output();
    let made = made.expect("python3, which tests/run.sh installs");
    let error = String::from_utf8_lossy(&made.stderr);
    assert!(
        made.status.success(),
        "the clients cannot be installed: {error}"
    );
    PathBuf::from(String::from_utf8(made.stdout).unwrap().trim())
}

/// Sample candles, played as if they came today: clients stamp what they sign with the wall's time.
fn market(now: Millis) -> Player {
    let coin = |name: &str| {
        let file = root().join(format!("tests/data/sample/{name}USD-30m.csv.gz"));
        let bars = sixbtc_market::open(file, &sixbtc_market::ImportOptions::default());
        CoinSeries::new(name, Arc::new(bars.unwrap().bars))
    };
    let coins = vec![coin("BTC"), coin("ETH")];
    let middle = coins[0].bars.time[20_000];
    let settings = PlayerSettings {
        shift: PlayerSettings::shift_to(middle, now),
        start: Some(now),
        at_end: AtEnd::Wrap,
        ..PlayerSettings::default()
    };
    Player::new(coins, settings).unwrap()
}

/// Runs a scenario against a venue of its own.
async fn play(script: &'static str) {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = Millis::try_from(since.unwrap().as_millis()).unwrap();
    let stop = CancellationToken::new();
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings {
        state: Some(directory.path().join("venue.sqlite")),
        host: HostSettings {
            limits: Limits::none(),
            ..HostSettings::default()
        },
        clock: Clock::paced(now, 1.0),
        source: Some(Box::new(|began| {
            Ok(Box::new(market(began)) as Box<dyn Source>)
        })),
        control: true,
        tick: Duration::from_millis(20),
        ..Settings::local()
    };
    let running = serve(settings, stop.clone()).await.unwrap();
    let url = running.url();
    let done = tokio::task::spawn_blocking(move || {
        let script = root().join("tests/venue").join(script);
        Command::new(python()).arg(script).arg(url).output()
    });
    let done = done.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    println!("{said}");
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{script}:\n{said}{error}");
    assert!(said.contains("statements hold"), "{said}");
    stop.cancel();
    running.ended().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_python_sdk_plays_its_scenario() {
    play("sdk.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ccxt_plays_its_scenario() {
    play("unified.py").await;
}
