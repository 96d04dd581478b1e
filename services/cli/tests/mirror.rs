//! `sixbtc venue --live`: a real market, here one of this machine, played a minute late.
#![allow(clippy::unwrap_used, clippy::expect_used)]

// not all of its misbehaviour is needed here
#[allow(dead_code)]
#[path = "../../exchange/tests/server/mod.rs"]
mod server;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use server::{Server, State, truth};
use sixbtc_exchange::client::{HttpSettings, Rest, RestSettings};
use sixbtc_exchange::wire::info::CandleSpan;
use sixbtc_market::Timeframe;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncBufReadExt as _, BufReader};

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn what_closes_at_the_real_market_is_traded_at_a_minute_later() {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let minute = Timeframe::M1.floor(wall.as_millis() as i64);
    // behind by some minutes, so that what comes next has its turn at once
    let behind = minute - 10 * MINUTE;
    let pepe = truth("kPEPE", Timeframe::M1, minute - 1_500 * MINUTE, 1_500, 3);
    let mut state = State {
        now: behind + 1_000,
        ..State::default()
    };
    state.truth.insert("1000PEPEUSDT".into(), pepe.clone());
    let market = Server::start(state).await;
    let mut venue = tokio::process::Command::new(env!("CARGO_BIN_EXE_sixbtc"))
        .args(["venue", "--live", "binance", "--live-url", &market.address])
        .args(["--coin", "kPEPE", "--port", "0", "--seconds", "100"])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(venue.stdout.take().unwrap());
    out.read_line(&mut line).await.unwrap();
    let rest = line.strip_prefix("listening on ").expect(&line);
    let url = rest.split_once(": ").unwrap().0;
    let client = Rest::http(url, &HttpSettings::default(), RestSettings::default()).unwrap();
    let span = CandleSpan {
        coin: "kPEPE".into(),
        interval: "1m".into(),
        start_time: minute - 100 * MINUTE,
        end_time: Some(minute - 2 * MINUTE),
    };
    let told = client.candles(span.clone()).await.unwrap();
    let shown = |candles: &[sixbtc_exchange::wire::info::Candle]| {
        for candle in candles {
            let row = pepe.time.binary_search(&(candle.t - MINUTE)).unwrap();
            let close = candle.c.to_f64().unwrap();
            assert!((close - pepe.close[row]).abs() < 1e-9, "{candle:?}");
        }
    };
    assert_eq!(told.last().unwrap().t, behind, "the last that had closed");
    shown(&told);
    let mids = client.all_mids().await.unwrap();
    assert!(mids["kPEPE"].0 > Decimal::ZERO);

    // the real market goes on
    market.state.lock().unwrap().now = minute + 1_000;
    let mut told = Vec::new();
    for _ in 0..600 {
        told = client.candles(span.clone()).await.unwrap();
        if told
            .last()
            .is_some_and(|last| last.t == minute - 2 * MINUTE)
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(told.last().unwrap().t, minute - 2 * MINUTE);
    shown(&told);
    let held: Vec<i64> = told.iter().map(|c| c.t).collect();
    assert!(
        held.windows(2).all(|w| w[1] == w[0] + MINUTE),
        "none is left out"
    );
    venue.kill().await.unwrap();
}
