//! The venue as a process: sockets, disk, restarts, and clients that behave badly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use rust_decimal::Decimal;
use serde_json::{Value, json};
use sixbtc_exchange::Network;
use sixbtc_exchange::client::{
    Event, Http, HttpAnswer, HttpSettings, Outcome, Ready, Rest, RestSettings, Socket,
    SocketSettings, Transport,
};
use sixbtc_exchange::sign::Key;
use sixbtc_exchange::wire::exchange::{Done, OrderAnswer, Response};
use sixbtc_exchange::wire::info::OrderStatusAnswer;
use sixbtc_exchange::wire::ws::{Frame, Subscription};
use sixbtc_exchange::wire::{Action, Address, Cloid, OrderWire, Side, Tif};
use sixbtc_venue::engine::Millis;
use sixbtc_venue::host::{HostSettings, Limits};
use sixbtc_venue::server::{Clock, Running, ServeError, Settings, serve};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const T0: Millis = 1_700_006_400_000;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn key(n: u8) -> Key {
    Key::from_bytes(&[n; 32]).unwrap()
}

/// A clock that stands, no limits, Alice with money.
fn settings(file: Option<&Path>) -> Settings {
    Settings {
        state: file.map(Path::to_owned),
        host: HostSettings {
            limits: Limits::none(),
            ..HostSettings::default()
        },
        clock: Clock::paced(T0, 0.0),
        control: true,
        fund: vec![(key(1).address(), d("100000"))],
        tick: Duration::from_millis(5),
        snapshot_every: 7,
        ..Settings::local()
    }
}

struct Client {
    running: Running,
    stop: CancellationToken,
    http: Http,
    rest: Rest,
    nonce: u64,
}

impl Client {
    async fn of(settings: Settings) -> Self {
        let stop = CancellationToken::new();
        let running = serve(settings, stop.clone()).await.unwrap();
        let (http, rest) = clients(&running.url());
        Self {
            running,
            stop,
            http,
            rest,
            nonce: T0 as u64,
        }
    }

    /// With a market X, quoted 100 ± 0.1.
    async fn with_market(settings: Settings) -> Self {
        let client = Self::of(settings).await;
        let listing =
            json!({ "name": "X", "sz_decimals": 2, "max_leverage": 10, "oracle_px": "100" });
        client.word("list", &listing).await;
        client.price("100").await;
        client
    }

    async fn price(&self, px: &str) {
        let px = d(px);
        let feeds = json!({ "feeds": [
            { "Oracle": { "coin": "X", "px": px } },
            { "Liquidity": { "coin": "X",
                             "bids": [[px - d("0.1"), "1000"]],
                             "asks": [[px + d("0.1"), "1000"]] } },
        ] });
        self.word("feed", &feeds).await;
    }

    async fn post(&self, path: &str, body: impl Into<Vec<u8>>) -> HttpAnswer {
        self.http.post(path, body.into()).await.unwrap()
    }

    async fn word(&self, word: &str, body: &Value) -> Value {
        let answer = self
            .post(&format!("/control/{word}"), body.to_string())
            .await;
        let says = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 200, "{word}: {says}");
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn hash(&self) -> String {
        let state = self.word("state", &Value::Null).await;
        state["hash"].as_str().unwrap().to_owned()
    }

    fn order(&mut self, buy: bool, px: &str, sz: &str, tif: Tif) -> (Ready, Cloid) {
        self.nonce += 1;
        ready(self.nonce, buy, px, sz, tif)
    }

    async fn send(&self, ready: &Ready) -> Vec<OrderAnswer> {
        match self.rest.exchange(ready).await {
            Outcome::Answered(Response::Ok(Done::Order(done))) => done.statuses,
            other => panic!("{other:?}"),
        }
    }

    async fn end(self) {
        self.stop.cancel();
        self.running.ended().await.unwrap();
    }
}

fn clients(url: &str) -> (Http, Rest) {
    let patience = HttpSettings::default();
    let budget = RestSettings {
        action_weight: 1_000_000,
        read_weight: 1_000_000,
        ..RestSettings::default()
    };
    (
        Http::new(url, &patience).unwrap(),
        Rest::http(url, &patience, budget).unwrap(),
    )
}

fn ready(nonce: u64, buy: bool, px: &str, sz: &str, tif: Tif) -> (Ready, Cloid) {
    let mut cloid = Cloid::ZERO;
    cloid.0[8..].copy_from_slice(&nonce.to_be_bytes());
    let order = OrderWire::limit(0, Side::of(buy), d(px), d(sz), tif).named(cloid);
    let action = Action::orders(vec![order]);
    let end = nonce + 10_000_000;
    let ready = Ready::placing(&key(1), Network::Local, action, nonce, None, end).unwrap();
    (ready, cloid)
}

#[tokio::test]
async fn our_client_trades_and_listens_over_sockets() {
    let mut client = Client::with_market(settings(None)).await;
    let user = key(1).address();
    assert_eq!(client.rest.meta().await.unwrap().universe[0].name, "X");
    let (handle, mut events) = Socket::open(
        SocketSettings {
            tick: Duration::from_millis(10),
            ..SocketSettings::new(&client.running.socket_url())
        },
        Arc::new(sixbtc_exchange::WallPace::default()),
        client.stop.child_token(),
    );
    handle.subscribe(Subscription::UserFills {
        user,
        aggregate_by_time: None,
    });
    handle.subscribe(Subscription::OrderUpdates { user });
    let mut acks = 0;
    while acks < 2 {
        match events.recv().await.unwrap() {
            Event::Frame(frame) => {
                acks += usize::from(matches!(*frame, Frame::SubscriptionResponse(_)));
            }
            Event::Connected { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    let (order, cloid) = client.order(true, "101", "2", Tif::Ioc);
    let statuses = client.send(&order).await;
    let OrderAnswer::Filled { avg_px, .. } = &statuses[0] else {
        panic!("{statuses:?}");
    };
    assert_eq!(*avg_px, d("100.1"));
    let mut seen = 0;
    while seen < 2 {
        if let Event::Frame(frame) = events.recv().await.unwrap() {
            match *frame {
                Frame::UserFills(fills) if !fills.is_snapshot() => {
                    assert_eq!(fills.fills[0].cloid, Some(cloid));
                    seen += 1;
                }
                Frame::OrderUpdates(updates) => {
                    assert_eq!(updates[0].order.cloid, Some(cloid));
                    seen += 1;
                }
                _ => {}
            }
        }
    }
    let found = client.rest.order_status(user, cloid).await.unwrap();
    assert!(matches!(found, OrderStatusAnswer::Order { .. }));

    client.word("disconnect", &Value::Null).await;
    loop {
        match events.recv().await.unwrap() {
            Event::Lost { .. } => break,
            Event::Frame(_) => {}
            other => panic!("{other:?}"),
        }
    }
    loop {
        // It comes back by itself.
        if let Event::Connected { session } = events.recv().await.unwrap() {
            assert_eq!(session, 2);
            break;
        }
    }
    client.end().await;
}

#[tokio::test]
async fn a_restart_gives_the_same_state() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("venue.db");
    let mut client = Client::with_market(settings(Some(&file))).await;
    let mut hashes = Vec::new();
    for round in 0..3 {
        for i in 0..12 {
            let px = format!("{}", 90 + i);
            let (order, _) = client.order(i % 2 == 0, &px, "1", Tif::Gtc);
            client.send(&order).await;
            client.price(&format!("{}", 100 + i % 3)).await;
            client.word("step", &json!({ "ms": 61_000 })).await;
        }
        hashes.push(client.hash().await);
        let nonce = client.nonce;
        client.end().await;
        client = Client::of(settings(Some(&file))).await;
        client.nonce = nonce + 1_000_000;
        assert_eq!(client.hash().await, hashes[round], "round {round}");
        let state = client.word("state", &Value::Null).await;
        assert_eq!(
            state["now"],
            T0 + (round as i64 + 1) * 12 * 61_000,
            "the clock goes on"
        );
    }

    // A second venue at the same file is refused while the first works.
    let stop = CancellationToken::new();
    let second = serve(settings(Some(&file)), stop).await;
    assert!(
        matches!(second, Err(ServeError::State(_))),
        "{:?}",
        second.err()
    );
    client.end().await;
    // Garbage in the place of a state is told, not believed.
    std::fs::write(&file, vec![7; 8192]).unwrap();
    let _ = std::fs::remove_file(directory.path().join("venue.db-wal"));
    let broken = serve(settings(Some(&file)), CancellationToken::new()).await;
    assert!(matches!(broken, Err(ServeError::State(_))));
}

/// Not a test: the process that [`what_was_answered_survives_a_kill`] kills.
#[tokio::test]
#[ignore = "a part of another test"]
async fn child() {
    let Ok(directory) = std::env::var("SIXBTC_VENUE_CHILD") else {
        return;
    };
    let directory = Path::new(&directory);
    let file = directory.join("venue.db");
    let stop = CancellationToken::new();
    let running = serve(settings(Some(&file)), stop).await.unwrap();
    let address = directory.join("address");
    std::fs::write(directory.join("writing"), running.url()).unwrap();
    std::fs::rename(directory.join("writing"), address).unwrap();
    running.ended().await.unwrap();
}

// whoever starts one kills it and waits for it
#[allow(clippy::zombie_processes)]
async fn start_child(directory: &Path) -> (std::process::Child, String) {
    let _ = std::fs::remove_file(directory.join("address"));
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env("SIXBTC_VENUE_CHILD", directory)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..3000 {
        if let Ok(url) = std::fs::read_to_string(directory.join("address")) {
            return (child, url);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the child does not listen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let user = key(1).address();
    let mut nonce = T0 as u64;
    let mut answered: Vec<Cloid> = Vec::new();
    let mut sent = 0_usize;
    let (mut child, mut url) = start_child(directory.path()).await;
    let (http, _) = clients(&url);
    let listing = json!({ "name": "X", "sz_decimals": 2, "max_leverage": 10, "oracle_px": "100" });
    let listed = http
        .post("/control/list", listing.to_string().into())
        .await
        .unwrap();
    assert_eq!(listed.status, 200);
    for round in 0..8_u64 {
        let (_, rest) = clients(&url);
        // Killed in the middle of it, at another place each round.
        let killer = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(15 + 9 * round)).await;
            child.kill().unwrap();
            child.wait().unwrap();
        });
        loop {
            nonce += 1;
            sent += 1;
            let (order, cloid) = ready(nonce, true, "50", "1", Tif::Gtc);
            match rest.exchange(&order).await {
                Outcome::Answered(Response::Ok(Done::Order(done))) => {
                    assert!(
                        matches!(done.statuses[0], OrderAnswer::Resting { .. }),
                        "{done:?}"
                    );
                    answered.push(cloid);
                }
                Outcome::Answered(other) => panic!("{other:?}"),
                Outcome::NotSent(_) => {
                    sent -= 1;
                    break;
                }
                Outcome::Unknown(_) => break,
            }
        }
        killer.await.unwrap();
        (child, url) = start_child(directory.path()).await;
    }
    let (_, rest) = clients(&url);
    let open = rest.open_orders(user).await.unwrap();
    let cloids: std::collections::BTreeSet<Cloid> = open.iter().filter_map(|o| o.cloid).collect();
    assert_eq!(cloids.len(), open.len(), "none twice");
    assert!(
        answered.iter().all(|cloid| cloids.contains(cloid)),
        "none lost"
    );
    assert!(open.len() <= sent, "none invented");
    assert!(answered.len() >= 8, "{} answered", answered.len());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn words_of_the_operator_do_what_they_say() {
    let mut client = Client::with_market(settings(None)).await;
    let user = key(1).address();
    client
        .word("faucet", &json!({ "user": key(2).address(), "usdc": 50 }))
        .await;
    let state = client
        .rest
        .clearinghouse_state(key(2).address())
        .await
        .unwrap();
    assert_eq!(state.withdrawable, d("50"));

    let now = client.word("step", &json!({ "ms": 90_000 })).await["now"].clone();
    assert_eq!(now, T0 + 90_000);
    assert_eq!(
        client.rest.exchange_status().await.unwrap().time,
        T0 + 90_000
    );
    client.word("clock", &json!({ "offset_ms": 4000 })).await;
    assert_eq!(
        client.rest.exchange_status().await.unwrap().time,
        T0 + 94_000
    );
    client.word("clock", &json!({ "offset_ms": 0 })).await;

    client
        .word("post-only", &json!({ "until": T0 + 200_000 }))
        .await;
    let (order, _) = client.order(true, "101", "1", Tif::Ioc);
    let Outcome::Answered(answer) = client.rest.exchange(&order).await else {
        panic!();
    };
    let text = serde_json::to_string(&answer).unwrap();
    assert!(text.contains("Only post-only orders allowed"), "{text}");
    client.word("post-only", &json!({ "until": null })).await;

    client
        .word("rules", &json!({ "min_notional": "500" }))
        .await;
    let (order, _) = client.order(true, "100", "1", Tif::Gtc);
    let statuses = client.send(&order).await;
    assert!(matches!(&statuses[0], OrderAnswer::Error(text) if text.contains("minimum value")));
    client.word("rules", &json!({ "min_notional": "10" })).await;
    let (order, _) = client.order(true, "99", "1", Tif::Gtc);
    client.send(&order).await;
    assert_eq!(client.rest.open_orders(user).await.unwrap().len(), 1);
    client.word("delist", &json!({ "coin": "X" })).await;
    assert!(client.rest.open_orders(user).await.unwrap().is_empty());
    assert_eq!(
        client.rest.meta().await.unwrap().universe[0].is_delisted,
        Some(true)
    );

    for (word, body) in [
        ("rules", json!({ "nonsense": 1 })),
        ("rules", json!([])),
        ("faucet", json!({ "user": "0x1", "usdc": 1 })),
        ("faucet", json!({ "user": user, "usdc": -1 })),
        ("step", json!({ "ms": -1 })),
        ("delist", json!({ "coin": "Z" })),
        ("faults", json!({ "drop": 1 })),
        (
            "feed",
            json!({ "feeds": [{ "Oracle": { "coin": "X", "px": "0" } }] }),
        ),
    ] {
        let answer = client
            .post(&format!("/control/{word}"), body.to_string())
            .await;
        assert_eq!(answer.status, 400, "{word} {body}");
    }
    assert_eq!(client.post("/control/nonsense", "{}").await.status, 404);
    // Answers of actions are lost from now on, and the client cannot know that they were carried out.
    let plan = json!({ "seed": 1, "rules": [{ "fault": "drop_answer", "silence": "broken", "path": "/exchange" }] });
    client.word("faults", &plan).await;
    client.word("rules", &json!({ "min_notional": "10" })).await;
    let noop = Ready::lasting(
        &key(1),
        Network::Local,
        Action::Noop,
        T0 as u64 + 500_000,
        None,
    );
    let outcome = client.rest.exchange(&noop.unwrap()).await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    client.word("faults", &Value::Null).await;
    client.end().await;
}

#[tokio::test]
async fn without_control_there_is_none_and_elsewhere_nothing() {
    let client = Client::of(Settings {
        control: false,
        ..settings(None)
    })
    .await;
    for path in [
        "/control/state",
        "/control/faucet",
        "/",
        "/info/x",
        "/explorer",
    ] {
        assert_eq!(client.post(path, "{}").await.status, 404, "{path}");
    }
    assert_eq!(client.post("/ws", "{}").await.status, 405);
    let answer = client.post("/info", vec![b' '; 3 << 20]).await;
    assert_eq!(answer.status, 413);
    let answer = client.post("/info", "[".repeat(500_000)).await;
    assert_eq!(answer.status, 422);
    let address = client.running.address();
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"POST /info HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /info HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /ws HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\r\n\r\n\r\n",
    ] {
        let bytes = garbage.to_vec();
        tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(&bytes).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
        })
        .await
        .unwrap();
    }
    let (_, rest) = clients(&client.running.url());
    assert!(rest.exchange_status().await.is_ok(), "it lives");
    client.end().await;
}

#[tokio::test]
async fn an_address_in_use_is_told() {
    let client = Client::of(settings(None)).await;
    let taken = Settings {
        address: client.running.address(),
        ..settings(None)
    };
    let error = serve(taken, CancellationToken::new()).await.unwrap_err();
    assert!(
        error.to_string().starts_with("cannot listen on 127.0.0.1:"),
        "{error}"
    );
    let _: Address = key(1).address();
    client.end().await;
}

#[tokio::test]
async fn a_market_that_is_too_fast_for_the_machine_slows_down() {
    let client = Client::with_market(Settings {
        clock: Clock::paced(T0, 1e12),
        ..settings(None)
    })
    .await;
    let mut last = 0;
    for _ in 0..3 {
        let now = client.rest.exchange_status().await.unwrap().time;
        assert!(now > last && now < T0 + 100_000_000_000, "{now}");
        last = now;
    }
    client.end().await;
}
