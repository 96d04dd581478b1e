//! `sixbtc data fetch` against an exchange on this machine.
#![allow(clippy::unwrap_used, clippy::expect_used)]

// not all of its misbehaviour is needed here
#[allow(dead_code)]
#[path = "../../exchange/tests/server/mod.rs"]
mod server;

use server::{Fault, Server, State, truth};
use sixbtc_market::{Store, Timeframe};
use std::path::{Path, PathBuf};
use std::process::Output;

const M15: i64 = 900_000;
const START: i64 = 1_700_000_100_000 / M15 * M15;

async fn sixbtc(args: &[&str], dir: &Path) -> Output {
    tokio::process::Command::new(env!("CARGO_BIN_EXE_sixbtc"))
        .args(args)
        .current_dir(dir)
        .env("NO_COLOR", "1")
        .output()
        .await
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn candles_arrive_and_a_second_fetch_brings_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let btc = truth("BTC", Timeframe::M15, START, 960, 1);
    let pepe = truth("kPEPE", Timeframe::M15, START + 480 * M15, 480, 2);
    let mut state = State {
        now: START + 960 * M15,
        ..State::default()
    };
    state.truth.insert("BTCUSDT".into(), btc.clone());
    state.truth.insert("1000PEPEUSDT".into(), pepe.clone());
    state.faults.push_back(Fault::Gap);
    let server = Server::start(state).await;
    let args = [
        "data",
        "fetch",
        "BTC,kPEPE",
        "--days",
        "10",
        "--url",
        &server.address,
    ];
    let o = sixbtc(&args, dir.path()).await;
    assert!(o.status.success(), "{}", text(&o.stderr));
    let shown = text(&o.stdout);
    assert!(shown.contains("BTC") && shown.contains("960"), "{shown}");
    assert!(
        text(&o.stderr).contains("kPEPE 15m begins at"),
        "{}",
        text(&o.stderr)
    );
    let store = Store::new(dir.path().join("data"));
    assert_eq!(
        store.load("BTC", Timeframe::M15, None, None).unwrap().bars,
        btc
    );
    assert_eq!(
        store
            .load("kPEPE", Timeframe::M15, None, None)
            .unwrap()
            .bars,
        pepe
    );
    server.starts();
    let json = ["--format", "json"];
    let o = sixbtc(&[&args[..], &json[..]].concat(), dir.path()).await;
    let answer: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!(
        (&answer["series"][0]["added"], &answer["series"][0]["pages"]),
        (&0.into(), &0.into())
    );
    assert!(server.starts().is_empty());
}

#[tokio::test]
async fn what_cannot_be_fetched_is_said_in_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(State {
        now: START,
        ..State::default()
    })
    .await;
    let o = sixbtc(
        &["data", "fetch", "NOPE", "--url", &server.address],
        dir.path(),
    )
    .await;
    assert_eq!(o.status.code(), Some(2));
    assert!(
        text(&o.stderr).contains("Binance has no perpetual `NOPEUSDT`"),
        "{}",
        text(&o.stderr)
    );
    for (args, says) in [
        (
            &["data", "fetch", "BTC", "--tf", "7m"][..],
            "Binance has no 7m bars",
        ),
        (&["data", "fetch", "../BTC"], "is no coin"),
        (
            &["data", "fetch", "BTC", "--url", "nonsense"],
            "is no address of an exchange",
        ),
    ] {
        let o = sixbtc(args, dir.path()).await;
        assert_eq!(o.status.code(), Some(2), "{args:?}");
        assert!(text(&o.stderr).contains(says), "{}", text(&o.stderr));
    }
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let o = sixbtc(&["data", "fetch", "BTC", "--url", &nobody], dir.path()).await;
    assert_eq!(o.status.code(), Some(3));
    let said = text(&o.stderr);
    assert!(
        said.contains("cannot reach 127.0.0.1") && said.contains("sixbtc data synth"),
        "{said}"
    );
    assert_eq!(
        std::fs::read_dir(dir.path()).map(Iterator::count).unwrap(),
        0,
        "{:?}",
        PathBuf::from(dir.path())
    );
}
