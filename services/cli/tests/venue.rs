//! `sixbtc venue` as a process: what it prints, what survives a kill, how it ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use rust_decimal::Decimal;
use sixbtc_exchange::Network;
use sixbtc_exchange::client::{HttpSettings, Outcome, Ready, Rest, RestSettings};
use sixbtc_exchange::sign::Key;
use sixbtc_exchange::wire::exchange::{Done, OrderAnswer, Response};
use sixbtc_exchange::wire::info::CandleSpan;
use sixbtc_exchange::wire::{Action, OrderWire, Side, Tif};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn key() -> Key {
    Key::from_bytes(&[5; 32]).unwrap()
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sixbtc"));
    command.arg("venue").args(args);
    command
}

/// Starts one, and waits for the line that says where it listens.
fn start(state: &Path) -> (Child, String) {
    let fund = format!("{}=10000", key().address());
    let state = state.to_str().unwrap();
    let mut child = command(&["--port", "0", "--state", state, "--fund", &fund])
        .args(["--coin", "ETH", "--coin", "B=BTCUSD", "--seconds", "120"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    assert!(line.contains(": ETH, B; now; kept in "), "{line}");
    let url = line
        .strip_prefix("listening on ")
        .and_then(|rest| rest.split_once(": "))
        .unwrap_or_else(|| panic!("{line}"))
        .0
        .to_owned();
    (child, url)
}

fn rest(url: &str) -> Rest {
    Rest::http(url, &HttpSettings::default(), RestSettings::default()).unwrap()
}

#[tokio::test]
async fn what_was_traded_survives_a_kill_and_a_word_ends_it() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("venue.db");
    let (mut child, url) = start(&state);
    let client = rest(&url);
    let user = key().address();
    let now = client.exchange_status().await.unwrap().time;
    let mid = client.all_mids().await.unwrap()["ETH"].0.round_dp(0);
    let above = (mid * Decimal::new(105, 2)).round_dp(0);
    let buy = OrderWire::limit(0, Side::Buy, above, Decimal::ONE, Tif::Ioc);
    let order = Action::orders(vec![buy]);
    let ready = Ready::placing(
        &key(),
        Network::Local,
        order,
        now as u64,
        None,
        now as u64 + 60_000,
    );
    let outcome = client.exchange(&ready.unwrap()).await;
    let Outcome::Answered(Response::Ok(Done::Order(done))) = outcome else {
        panic!("{outcome:?}");
    };
    let OrderAnswer::Filled { total_sz, .. } = done.statuses[0] else {
        panic!("{done:?}");
    };
    let candles = CandleSpan {
        coin: "ETH".into(),
        interval: "1h".into(),
        start_time: now - 86_400_000,
        end_time: None,
    };
    let past = client.candles(candles.clone()).await.unwrap();
    assert!(past.len() >= 24, "there is a past");
    child.kill().unwrap();
    child.wait().unwrap();

    let (mut child, url) = start(&state);
    let client = rest(&url);
    let account = client.clearinghouse_state(user).await.unwrap();
    assert_eq!(account.asset_positions[0].position.szi, total_sz);
    let again = client.candles(candles).await.unwrap();
    assert_eq!(
        again[..past.len() - 1],
        past[..past.len() - 1],
        "the same prices"
    );
    #[cfg(unix)]
    {
        let ended = Command::new("kill").arg(child.id().to_string()).status();
        assert!(ended.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    #[cfg(not(unix))]
    child.kill().unwrap();
}

fn fails(args: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command(args).args(["--seconds", "0"]).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn what_cannot_be_is_told_with_the_reason() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, says) = fails(&["--port", &port]);
    assert_eq!(code, Some(3), "{says}");
    assert!(
        says.contains(&format!("cannot listen on 127.0.0.1:{port}")),
        "{says}"
    );
    for (args, reason) in [
        (
            &["--coin", "DOGE"][..],
            "there are no candles of `DOGE`; there are BTCUSD",
        ),
        (
            &["--from", "1999-01-01"],
            "1999-01-01T00:00:00Z is not in between",
        ),
        (&["--from", "yesterday"], "`yesterday` is not a day or time"),
        (&["--speed", "2"], "--from"),
        (
            &["--data", "/nowhere/at/all"],
            "there is no file or directory",
        ),
        (&["--fund", "0x12=1"], "40 hexadecimal digits"),
        (&["--faults", "/nowhere/at/all"], "/nowhere/at/all"),
    ] {
        let (code, says) = fails(args);
        assert_eq!(code, Some(2), "{args:?}: {says}");
        assert!(says.contains(reason), "{args:?}: {says}");
    }
}
