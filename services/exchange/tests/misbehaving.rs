//! Downloads from a server that misbehaves: afterwards the store holds the truth, to the bit.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod server;

use server::{Fault, Server, State, query, truth};
use sixbtc_exchange::download::{Downloader, Series, Span, Step};
use sixbtc_exchange::http::Patience;
use sixbtc_exchange::{Binance, Exchange, ExchangeError, Hyperliquid, Pace, funding};
use sixbtc_market::{Bars, Store, Timeframe};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const M15: i64 = 900_000;
const START: i64 = 1_700_000_100_000 / M15 * M15;

/// Nobody waits: a pause moves the clock.
#[derive(Default)]
struct Hurried {
    elapsed: Mutex<Duration>,
    pauses: Mutex<Vec<Duration>>,
}

#[async_trait::async_trait]
impl Pace for Hurried {
    fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap()
    }
    async fn pause(&self, how_long: Duration) {
        *self.elapsed.lock().unwrap() += how_long;
        self.pauses.lock().unwrap().push(how_long);
        tokio::task::yield_now().await;
    }
    fn chance(&self) -> f64 {
        1.0
    }
}

fn patience() -> Patience {
    Patience {
        answer: Duration::from_millis(400),
        body: 1 << 20,
        ..Patience::default()
    }
}

struct Room {
    server: Server,
    pace: Arc<Hurried>,
    exchange: Arc<dyn Exchange>,
    store: Store,
    _dir: tempfile::TempDir,
}

impl Room {
    async fn new(state: State) -> Self {
        Self::with(state, patience(), false).await
    }

    async fn with(state: State, patience: Patience, hyperliquid: bool) -> Self {
        let server = Server::start(state).await;
        let pace = Arc::new(Hurried::default());
        let clock: Arc<dyn Pace> = pace.clone();
        let exchange: Arc<dyn Exchange> = if hyperliquid {
            Arc::new(Hyperliquid::with_pace(&server.address, patience, clock).unwrap())
        } else {
            Arc::new(Binance::with_pace(&server.address, patience, clock).unwrap())
        };
        let dir = tempfile::tempdir().unwrap();
        Self {
            server,
            pace,
            exchange,
            store: Store::new(dir.path()),
            _dir: dir,
        }
    }

    fn downloader(&self) -> Downloader {
        Downloader::new(Arc::clone(&self.exchange), self.store.clone())
    }

    fn stored(&self, coin: &str) -> Bars {
        self.store
            .load(coin, Timeframe::M15, None, None)
            .unwrap()
            .bars
    }
}

fn series(coin: &str) -> Series {
    Series {
        coin: coin.to_owned(),
        market: None,
        timeframe: Timeframe::M15,
    }
}

fn span(from: i64, now: i64) -> Span {
    Span { from, now }
}

/// Every row of the truth that was closed by then.
fn closed(bars: &Bars, now: i64) -> Bars {
    bars.between(None, Some(now - M15 + 1))
}

fn market(bars: &[(&str, Bars)], now: i64) -> State {
    State {
        truth: bars
            .iter()
            .map(|(m, b)| ((*m).to_owned(), b.clone()))
            .collect(),
        now,
        ..State::default()
    }
}

fn faults() -> Vec<Fault> {
    vec![
        Fault::Status(429, Some(7), "{}"),
        Fault::Status(500, None, "oops"),
        Fault::Gap,
        Fault::Truncated,
        Fault::Reset,
        Fault::Duplicates,
        Fault::Garbage,
        Fault::OtherShape,
        Fault::BadPrice,
        Fault::Shuffled,
        Fault::Status(418, Some(120), "{}"),
        Fault::Endless,
        Fault::Silent,
        Fault::Status(503, None, ""),
        Fault::Gap,
        Fault::Duplicates,
    ]
}

#[tokio::test]
async fn after_all_faults_the_store_holds_the_truth_to_the_bit() {
    let now = START + 5200 * M15 + 17;
    let btc = truth("BTC", Timeframe::M15, START, 5200, 1);
    // a hole that is real
    let mut pepe = truth("kPEPE", Timeframe::M15, START, 5200, 2);
    let behind = pepe.slice(2500..pepe.len());
    pepe = pepe.slice(0..2400);
    pepe.append(&behind);
    // listed late
    let sol = truth("SOL", Timeframe::M15, START + 3100 * M15, 2100, 3);
    let room = Room::new(market(
        &[
            ("BTCUSDT", btc.clone()),
            ("1000PEPEUSDT", pepe.clone()),
            ("SOLUSDT", sol.clone()),
        ],
        now,
    ))
    .await;
    room.server.state.lock().unwrap().faults.extend(faults());
    let steps = Arc::new(Mutex::new(0));
    let heard = Arc::clone(&steps);
    let downloader = room
        .downloader()
        .at_once(3)
        .watched_by(Arc::new(move |step| {
            if let Step::Arrived(_, bars) = step {
                *heard.lock().unwrap() += bars;
            }
        }));
    let all = [series("BTC"), series("kPEPE"), series("SOL")];
    let done = downloader.all(&all, span(START, now)).await;
    let fetched: Vec<_> = done
        .into_iter()
        .map(|(s, r)| (s.coin, r.unwrap()))
        .collect();
    for (coin, bars) in [("BTC", &btc), ("kPEPE", &pepe), ("SOL", &sol)] {
        let stored = room.stored(coin);
        assert_eq!(stored.hash(), closed(bars, now).hash(), "{coin}");
        assert_eq!(stored, closed(bars, now));
        room.store.verify(coin, Timeframe::M15).unwrap();
    }
    assert!(room.server.state.lock().unwrap().faults.is_empty());
    assert!(*steps.lock().unwrap() >= 5200 + 5100 + 2100);
    assert_eq!(fetched[0].1.holes, vec![]);
    assert_eq!(
        fetched[1]
            .1
            .holes
            .iter()
            .map(|h| h.missing)
            .collect::<Vec<_>>(),
        [100]
    );
    assert_eq!(
        fetched[2].1.began.map(|b| b.first),
        Some(START + 3100 * M15)
    );
    let pauses = room.pace.pauses.lock().unwrap().clone();
    assert!(pauses.contains(&Duration::from_secs(7)), "{pauses:?}");
    assert!(
        pauses.iter().any(|p| *p >= Duration::from_secs(119)),
        "{pauses:?}"
    );

    // the second time nothing is left to ask: neither the hole nor the time before the listing
    room.server.starts();
    let again = downloader.all(&all, span(START, now)).await;
    assert!(again.iter().all(|(_, r)| r.as_ref().unwrap().pages == 0));
    assert_eq!(room.server.starts(), Vec::<i64>::new());

    // two hours later only these are fetched
    let later = now + 8 * M15;
    let mut longer = btc.clone();
    longer.append(&truth("BTC", Timeframe::M15, START + 5200 * M15, 8, 9));
    {
        let mut state = room.server.state.lock().unwrap();
        state.truth.insert("BTCUSDT".into(), longer.clone());
        state.now = later;
    }
    let one = downloader
        .one(&series("BTC"), span(START, later))
        .await
        .unwrap();
    assert_eq!((one.added, one.pages), (8, 1));
    assert_eq!(room.server.starts(), [START + 5200 * M15]);
    assert_eq!(room.stored("BTC"), closed(&longer, later));
}

#[tokio::test]
async fn a_killed_download_goes_on_where_it_was() {
    let bars = truth("BTC", Timeframe::M15, START, 40_000, 4);
    let now = START + 40_000 * M15;
    let room = Room::new(market(&[("BTCUSDT", bars.clone())], now)).await;
    // killed: the future is dropped in the middle of page 21, so what was not yet stored is lost
    let (kill, killed) = tokio::sync::oneshot::channel();
    let kill = Mutex::new(Some(kill));
    room.server.state.lock().unwrap().on_candles = Some(Box::new(move |count| {
        if count == 21
            && let Some(kill) = kill.lock().unwrap().take()
        {
            kill.send(()).unwrap();
        }
    }));
    let downloader = room.downloader();
    let btc = series("BTC");
    tokio::select! {
        done = downloader.one(&btc, span(START, now)) => panic!("{done:?}"),
        _ = killed => {}
    }
    let kept = room.stored("BTC");
    assert_eq!(kept, bars.slice(0..16_000));
    // stopped: nothing is lost
    room.server.starts();
    let stop = CancellationToken::new();
    let token = stop.clone();
    room.server.state.lock().unwrap().on_candles = Some(Box::new(move |count| {
        if count == 4 {
            token.cancel();
        }
    }));
    let stopped = downloader
        .clone()
        .stopped_by(stop)
        .one(&series("BTC"), span(START, now))
        .await;
    assert!(matches!(stopped, Err(ExchangeError::Stopped)));
    let starts = room.server.starts();
    assert_eq!(starts[0], START + 16_000 * M15);
    assert!(room.stored("BTC").len() >= 18_000);
    assert_eq!(room.stored("BTC"), bars.slice(0..room.stored("BTC").len()));
    room.server.state.lock().unwrap().on_candles = None;
    let rest = downloader
        .one(&series("BTC"), span(START, now))
        .await
        .unwrap();
    assert_eq!(room.stored("BTC"), bars);
    assert_eq!(rest.behind, 0);
    // a wish for more history fetches what lies before, and nothing else
    let mut older = truth("BTC", Timeframe::M15, START - 3000 * M15, 3000, 8);
    older.append(&bars);
    room.server
        .state
        .lock()
        .unwrap()
        .truth
        .insert("BTCUSDT".into(), older.clone());
    room.server.starts();
    let more = downloader
        .one(&series("BTC"), span(START - 3000 * M15, now))
        .await
        .unwrap();
    assert_eq!((more.added, more.pages, more.began), (3000, 3, None));
    assert_eq!(room.stored("BTC"), older);
}

#[tokio::test]
async fn pages_that_lack_rows_are_asked_for_once_more() {
    let bars = truth("BTC", Timeframe::M15, START, 1500, 5);
    let now = START + 1500 * M15;
    let room = Room::new(market(&[("BTCUSDT", bars.clone())], now)).await;
    // an empty page in the middle would look like the end, a first one like a late listing
    room.server
        .state
        .lock()
        .unwrap()
        .faults
        .extend([Fault::Gap, Fault::Empty]);
    let one = room
        .downloader()
        .one(&series("BTC"), span(START, now))
        .await
        .unwrap();
    assert_eq!(room.stored("BTC"), bars);
    assert_eq!((one.behind, one.holes.len(), one.began), (0, 0, None));
}

#[tokio::test]
async fn an_exchange_that_never_recovers_is_given_up_on_and_what_came_is_kept() {
    let bars = truth("BTC", Timeframe::M15, START, 3000, 6);
    let now = START + 3000 * M15;
    let room = Room::new(market(&[("BTCUSDT", bars.clone())], now)).await;
    let bad = || Fault::Status(502, None, "bad gateway");
    let good = Fault::Shuffled;
    room.server.state.lock().unwrap().faults.extend([
        good,
        bad(),
        bad(),
        bad(),
        bad(),
        bad(),
        bad(),
    ]);
    let failed = room
        .downloader()
        .one(&series("BTC"), span(START, now))
        .await
        .unwrap_err();
    let said = failed.to_string();
    assert!(
        said.contains("after 6 tries: status 502: bad gateway"),
        "{said}"
    );
    assert!(failed.is_passing());
    assert_eq!(room.stored("BTC"), bars.slice(0..1000));
    // pauses double: half a second, one, two, four, eight
    let pauses = room.pace.pauses.lock().unwrap().clone();
    let halves: Vec<u128> = pauses.iter().map(std::time::Duration::as_millis).collect();
    assert_eq!(halves, [500, 1000, 2000, 4000, 8000]);
}

#[tokio::test]
async fn too_long_a_ban_ends_the_download_for_all() {
    let now = START + 100 * M15;
    let btc = truth("BTC", Timeframe::M15, START, 100, 1);
    let room = Room::new(market(&[("BTCUSDT", btc.clone()), ("ETHUSDT", btc)], now)).await;
    room.server
        .state
        .lock()
        .unwrap()
        .faults
        .push_back(Fault::Status(418, Some(86_400), "{}"));
    let all = [series("BTC"), series("ETH")];
    let done = room
        .downloader()
        .at_once(1)
        .all(&all, span(START, now))
        .await;
    let said = done[0].1.as_ref().unwrap_err().to_string();
    assert!(
        said.contains("asks to wait for 86400 s (status 418)"),
        "{said}"
    );
    assert!(matches!(done[1].1, Err(ExchangeError::Stopped)));
    assert_eq!(room.server.starts().len(), 1);
}

#[tokio::test]
async fn an_unknown_market_hinders_no_other() {
    let now = START + 100 * M15;
    let btc = truth("BTC", Timeframe::M15, START, 100, 1);
    let room = Room::new(market(&[("BTCUSDT", btc.clone())], now)).await;
    let all = [series("kNOPE"), series("BTC")];
    let done = room.downloader().all(&all, span(START, now)).await;
    let said = done[0].1.as_ref().unwrap_err().to_string();
    assert_eq!(
        said,
        "Binance has no perpetual `1000NOPEUSDT` (for `kNOPE`)"
    );
    assert_eq!(done[1].1.as_ref().unwrap().added, 100);
}

#[tokio::test]
async fn a_damaged_file_is_put_aside_and_fetched_anew() {
    let now = START + 100 * M15;
    let btc = truth("BTC", Timeframe::M15, START, 100, 1);
    let room = Room::new(market(&[("BTCUSDT", btc.clone())], now)).await;
    room.downloader()
        .one(&series("BTC"), span(START, now))
        .await
        .unwrap();
    let file = room.store.path("BTC", Timeframe::M15);
    for content in [&b"PAR1"[..], &std::fs::read(&file).unwrap()[..200], b""] {
        std::fs::write(&file, content).unwrap();
        let one = room
            .downloader()
            .one(&series("BTC"), span(START, now))
            .await
            .unwrap();
        assert!(one.renewed);
        assert_eq!(room.stored("BTC"), btc);
        assert_eq!(
            std::fs::read(file.with_file_name("15m.parquet.damaged")).unwrap(),
            content
        );
    }
    assert_eq!(room.store.list().unwrap().len(), 1);
}

#[tokio::test]
async fn bars_of_another_source_are_not_mixed_in() {
    let now = START + 100 * M15;
    let btc = truth("BTC", Timeframe::M15, START, 100, 1);
    let room = Room::new(market(&[("BTCUSDT", btc.clone())], now)).await;
    room.store.put(&btc.slice(0..50), "sample").unwrap();
    let refused = room
        .downloader()
        .one(&series("BTC"), span(START, now))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, ExchangeError::OtherSource { .. }),
        "{refused}"
    );
    assert_eq!(room.stored("BTC").len(), 50);
}

#[tokio::test]
async fn nobody_listens() {
    let room = Room::new(State::default()).await;
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let quick = Patience {
        tries: 2,
        ..patience()
    };
    let exchange = Arc::new(Binance::with_pace(&closed, quick, room.pace.clone()).unwrap());
    let failed = Downloader::new(exchange, room.store.clone())
        .one(&series("BTC"), span(START, START + M15))
        .await
        .unwrap_err();
    let said = failed.to_string();
    assert!(
        said.contains("cannot reach 127.0.0.1:") && said.contains("work offline"),
        "{said}"
    );
    assert!(Binance::new("ftp://x", patience()).is_err());
    assert!(Binance::new("no address", patience()).is_err());
}

#[tokio::test]
async fn the_budget_is_kept_and_what_others_use_is_heard() {
    let now = START + 3000 * M15;
    let btc = truth("BTC", Timeframe::M15, START, 3000, 1);
    let slow = Patience {
        requests_per_minute: 4,
        ..patience()
    };
    let room = Room::with(market(&[("BTCUSDT", btc)], now), slow, false).await;
    room.downloader()
        .one(&series("BTC"), span(START, now))
        .await
        .unwrap();
    // one at once, then one each twenty seconds
    let waits: Vec<u64> = room
        .pace
        .pauses
        .lock()
        .unwrap()
        .iter()
        .map(Duration::as_secs)
        .collect();
    assert_eq!(waits, [20, 20]);
    let room = Room::new(market(
        &[("BTCUSDT", truth("BTC", Timeframe::M15, START, 3000, 1))],
        now,
    ))
    .await;
    room.server.state.lock().unwrap().used_weight = Some(1500);
    room.downloader()
        .one(&series("BTC"), span(START, now))
        .await
        .unwrap();
    let waits: Vec<u64> = room
        .pace
        .pauses
        .lock()
        .unwrap()
        .iter()
        .map(Duration::as_secs)
        .collect();
    assert_eq!(waits, [30, 30]);
}

#[tokio::test]
async fn hyperliquid_serves_no_more_than_its_newest_bars() {
    let now = START + 9000 * M15 + 5;
    let btc = truth("kPEPE", Timeframe::M15, START, 9000, 7);
    let room = Room::with(market(&[("kPEPE", btc.clone())], now), patience(), true).await;
    room.server.state.lock().unwrap().faults.extend([
        Fault::Status(429, None, ""),
        Fault::Garbage,
        Fault::Reset,
    ]);
    let one = room
        .downloader()
        .one(&series("kPEPE"), span(START, now))
        .await
        .unwrap();
    assert_eq!(one.added, 4999);
    assert_eq!(room.stored("kPEPE"), btc.slice(4001..9000));
    let again = room
        .downloader()
        .one(&series("kPEPE"), span(START, now))
        .await
        .unwrap();
    assert_eq!(again.pages, 0);
    let unknown = room
        .downloader()
        .one(&series("NOPE"), span(START, now))
        .await
        .unwrap_err();
    assert_eq!(unknown.to_string(), "Hyperliquid has no perpetual `NOPE`");
    let stop = CancellationToken::new();
    let listings = room.exchange.listings(&stop).await.unwrap();
    assert_eq!(
        (listings[0].market.as_str(), listings[0].max_leverage),
        ("BTC", Some(40.0))
    );
    assert_eq!(room.exchange.time(&stop).await.unwrap(), now);
    let six = Series {
        timeframe: "6h".parse().unwrap(),
        ..series("BTC")
    };
    assert!(room.downloader().one(&six, span(START, now)).await.is_err());
}

#[tokio::test]
async fn listings_and_time_are_read() {
    let room = Room::new(market(&[], 77)).await;
    let stop = CancellationToken::new();
    let listings = room.exchange.listings(&stop).await.unwrap();
    assert_eq!(listings.len(), 2);
    let btc = &listings[0];
    assert_eq!(
        (btc.market.as_str(), btc.trading, btc.listed),
        ("BTCUSDT", true, Some(5))
    );
    assert_eq!(
        (btc.tick, btc.lot, btc.min_notional),
        (Some(0.1), Some(0.001), Some(100.0))
    );
    assert!((btc.volume_usd - 123_456_789.5).abs() < 1e-6);
    assert!(!listings[1].trading);
    assert_eq!(room.exchange.time(&stop).await.unwrap(), 77);
    stop.cancel();
    assert!(matches!(
        room.exchange.time(&stop).await,
        Err(ExchangeError::Stopped)
    ));
}

#[tokio::test]
async fn funding_is_paged_and_goes_on_where_it_was() {
    const HOUR: i64 = 3_600_000;
    let rates = ["0.0001", "-0.00005", "0.00010000", "0.0003"];
    let mut paid: Vec<(i64, &'static str)> = (0..10)
        .map(|i| (START + i * 8 * HOUR + 1, rates[i as usize % 4]))
        .collect();
    let room = Room::new(market(&[], 0)).await;
    room.server
        .state
        .lock()
        .unwrap()
        .funding
        .insert("BTCUSDT".into(), paid.clone());
    let stop = CancellationToken::new();
    let now = START + 80 * HOUR;
    let first = funding::fetch(&*room.exchange, &room.store, "BTC", (START, now), &stop)
        .await
        .unwrap();
    assert_eq!((first.added, first.funding.len()), (10, 10));
    assert_eq!(first.funding.rate[1].to_bits(), (-0.00005f64).to_bits());
    let file = funding::path(&room.store, "BTC");
    assert_eq!(sixbtc_market::open_funding(&file).unwrap(), first.funding);
    paid.push((now + 1, "0.0009"));
    {
        let mut state = room.server.state.lock().unwrap();
        state.funding.insert("BTCUSDT".into(), paid);
        state.asked.clear();
    }
    let more = funding::fetch(
        &*room.exchange,
        &room.store,
        "BTC",
        (START, now + HOUR),
        &stop,
    )
    .await
    .unwrap();
    assert_eq!((more.added, more.funding.len()), (1, 11));
    let asked = room.server.state.lock().unwrap().asked.clone();
    assert_eq!(
        query(&asked[0].1)["startTime"],
        (START + 72 * HOUR + 2).to_string()
    );
    assert!(room.store.list().unwrap().is_empty());
}
