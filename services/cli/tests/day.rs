//! A day of `sixbtc up --paper`: eight strategies, a market a hundred times as fast as life, and things that go wrong.
//!
//! The short form runs always. `SIXBTC_DAY=1 cargo test -p sixbtc --test day -- --nocapture` is the whole day: a quarter of an hour
//! of the wall, in which the market jumps, stands still, answers badly and loses money to somebody with the keys, and somebody
//! stops everything with a file. Each stop has to be raised by what it is for, and be lifted by its own rule; and the process must
//! be as large in the evening as it was in the morning.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

use serde_json::{Value, json};
use sixbtc_core::market_clock::replay;
use sixbtc_core::model::{
    Coin, Completion, Emergency, Figures, NewStrategy, Queue, Side, SourceName, Status,
    StrategyType, TradeFilter,
};
use sixbtc_core::store::{EventFilter, Filter, OpenOptions, Store};
use sixbtc_market::{Bar, Bars, Timeframe};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use uuid::Uuid;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Market time in a unit of the wall's.
const SPEED: i64 = 100;
/// Eight in the evening of some Monday: midnight comes after four hours.
const START: i64 = 1_700_438_400_000 + 20 * HOUR;
/// The same number of strategies as of subaccounts; as many wait in the pool.
const LIVE: usize = 8;
const POOL: usize = 16;

/// When the price jumps, ms after the start, and by what.
const JUMPS: [(i64, f64); 2] = [(2 * HOUR, 0.956), (8 * HOUR, 0.972)];

/// Bars of a minute that wander a little, and jump twice: stops are passed over, as happens.
fn bars(symbol: &str, level: f64) -> Bars {
    let mut bars = Bars::new(symbol, Timeframe::M1);
    let (mut price, mut dice) = (level, 77u64);
    let from = START - 3 * DAY;
    for n in 0..5 * DAY / MINUTE {
        let time = from + n * MINUTE;
        if let Some((_, by)) = JUMPS.iter().find(|(at, _)| START + at == time) {
            price *= by;
        }
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let step = ((dice >> 40) as f64 / f64::from(1 << 24) - 0.5) * 0.0008;
        let open = price;
        // back to where it belongs: nothing but the jumps moves it for good
        let home = JUMPS
            .iter()
            .filter(|(at, _)| START + at <= time)
            .fold(level, |all, (_, by)| all * by);
        price *= 1.0 + step + 0.02 * (home / price - 1.0);
        bars.push(Bar {
            time,
            open,
            high: open.max(price) * 1.0002,
            low: open.min(price) * 0.9998,
            close: price,
            volume: 10.0,
        });
    }
    bars
}

/// The strategies, the best first.
fn text(n: usize) -> (String, &'static str, Side) {
    let coin = if n.is_multiple_of(2) { "BTC" } else { "ETH" };
    let long = |bars: usize| {
        format!(
            "enter long when close > 0 {{\n    stop 1%\n    target 5%\n    exit after {bars} bars\n  }}\n\n  size 250% of equity\n  limit leverage 3"
        )
    };
    let (body, side) = match n {
        // in the market all day, with three times their money
        0..=4 => (long([48, 41, 37, 53, 46][n]), Side::Long),
        5 => (
            "enter short when close > 0 {\n    stop 1%\n    target 5%\n    exit after 44 bars\n  }\n\n  size 250% of equity\n  limit leverage 3".to_owned(),
            Side::Short,
        ),
        // its stop is nearer than the next price: it loses and loses
        6 => (
            "enter long when close > 0 {\n    stop 0.04%\n    target 20%\n  }\n\n  size 8% of equity".to_owned(),
            Side::Long,
        ),
        n => (
            format!(
                "enter long when close < sma(close, {}) {{\n    stop 2%\n    target 4%\n    exit after {} bars\n  }}\n\n  size 40% of equity",
                10 + n,
                3 + n
            ),
            Side::Long,
        ),
    };
    let text = format!("#sbt 1\n\nstrategy day_{n} \"A day {n}\" {{\n  on 5m\n\n  {body}\n}}\n");
    (text, coin, side)
}

/// Strategies that have passed everything, in the pool.
async fn pool(store: &Store) {
    let lease = Duration::from_mins(1);
    for n in 0..POOL {
        let (text, coin, side) = text(n);
        let made = NewStrategy {
            id: Uuid::from_u128(7_000 + n as u128),
            name: format!("Day_{n}"),
            sentence: "A day.".into(),
            source: SourceName::PatternGen,
            bred: false,
            kind: StrategyType::ALL[n % StrategyType::ALL.len()],
            side,
            timeframe: "5m".into(),
            symbols: vec![coin.into()],
            text,
            normal_hash: format!("n{n}"),
            behaviour_hash: format!("b{n}"),
            recipe: json!({}),
            parents: Vec::new(),
        };
        store.insert(&made, "test", &[]).await.unwrap();
        let claim = store.claim(Queue::Validation, "test", lease, None).await;
        let valid = Completion {
            status: Some(Status::Validated),
            ..Completion::default()
        };
        let claim = claim.unwrap().unwrap();
        store.complete(&claim, "test", &valid).await.unwrap();
        let claim = store.claim(Queue::Backtest, "test", lease, None).await;
        let active = Completion {
            status: Some(Status::Active),
            score: Some(90.0 - n as f64),
            params: Some(json!({})),
            expected: Some(Figures {
                trades: 100,
                win_rate: 0.5,
                expectancy: 0.004,
                sharpe: 1.0,
                max_drawdown: 0.2,
                total_return: 0.2,
                days: 60.0,
            }),
            tested: true,
            ..Completion::default()
        };
        let claim = claim.unwrap().unwrap();
        let pooled = store.complete_into_pool(&claim, "test", &active, 150).await;
        pooled.unwrap();
    }
}

fn settings(speed: i64, venue: u16, page: u16) -> String {
    let idle = ["pattern", "pattern_gen", "unger", "pandas_ta"]
        .map(|source| format!("[generation.strategy_sources.{source}]\nenabled = false\n"))
        .concat();
    let ports = [
        "generator",
        "validator",
        "backtester",
        "rotator",
        "executor",
        "monitor",
        "scheduler",
        "api",
        "frontend",
        "docs",
    ]
    .map(|service| format!("{service} = 0\n"))
    .concat();
    format!(
        r#"timeframes = ["5m", "15m"]
[backtesting.min_trades.in_sample]
5m = 10
15m = 10
[backtesting.min_trades.out_of_sample]
5m = 10
15m = 10
[backtesting.min_trades.sealed]
5m = 10
15m = 10
[data_scheduler]
source = "none"
[regime]
enabled = false
[market]
clock = "replay"
[market.replay]
days = 2
speed = {speed}.0
[hyperliquid]
api_url = "http://127.0.0.1:{venue}"
[trading]
total_capital = 20000.0
[rotator]
check_interval_minutes = 5
max_live_strategies = {LIVE}
min_pool_size = 0
[monitor]
check_interval_minutes = 5
[monitor.retirement]
min_trades = 100000
max_drawdown = 1.0
max_consecutive_losses = 1000
[risk.fixed_fractional]
max_position_size_pct = 1.0
[risk.emergency]
max_daily_loss = 0.046
max_portfolio_drawdown = 0.07
max_subaccount_drawdown = 0.15
max_consecutive_losses = 6
data_stale_seconds = 1800
[risk.emergency_cooldowns]
portfolio_dd_hours = 1
strategy_hours = 2
[http.ports]
metrics = {page}
{ports}{idle}"#
    )
}

/// The factory's process, which does not outlive its test.
struct Factory(Child);

impl Drop for Factory {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// The body of an answer over HTTP; `None` while nobody answers.
fn asked(port: u16, method: &str, path: &str, body: &str) -> Option<String> {
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&to, Duration::from_secs(2)).ok()?;
    let wait = Some(Duration::from_secs(20));
    stream.set_read_timeout(wait).unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    assert!(head.contains(" 200 "), "{path}: {answer}");
    Some(body.to_owned())
}

/// What the process is at one moment.
#[derive(Debug, Clone, Copy, Default)]
struct Sample {
    /// Market time since the start, ms.
    at: i64,
    resident: u64,
    threads: u64,
    descriptors: u64,
    tasks: u64,
    /// The venue's state, with its log.
    venue: u64,
    /// Everything that accounts keep.
    accounts: u64,
    store: u64,
    logs: u64,
}

fn size(path: &Path) -> u64 {
    let Ok(about) = std::fs::metadata(path) else {
        return 0;
    };
    if !about.is_dir() {
        return about.len();
    }
    let entries = std::fs::read_dir(path).unwrap().flatten();
    entries.map(|e| size(&e.path())).sum()
}

fn sizes(dir: &Path, prefix: &str) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().flatten();
    let of = entries.filter(|e| e.file_name().to_string_lossy().starts_with(prefix));
    of.map(|e| size(&e.path())).sum()
}

fn sample(dir: &Path, pid: u32, page: u16, at: i64) -> Option<Sample> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let of = |name: &str| -> u64 {
        let line = status.lines().find_map(|l| l.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    let told = asked(page, "GET", "/metrics", "")?;
    let tasks = told.lines().find_map(|l| l.strip_prefix("sixbtc_tasks "))?;
    Some(Sample {
        at,
        resident: of("VmRSS:") * 1024,
        threads: of("Threads:"),
        descriptors: std::fs::read_dir(format!("/proc/{pid}/fd"))
            .unwrap()
            .count() as u64,
        tasks: tasks.trim().parse::<f64>().unwrap() as u64,
        venue: sizes(dir, "venue.db"),
        accounts: size(&dir.join("accounts")),
        store: sizes(dir, "sixbtc.db"),
        logs: size(&dir.join("logs")),
    })
}

/// What is done to the day at an hour of it, in hours since the start.
struct Deed {
    at: f64,
    what: &'static str,
    done: Box<dyn Fn(&Day)>,
}

struct Day {
    dir: PathBuf,
    venue: u16,
}

impl Day {
    fn word(&self, word: &str, body: &Value) -> Value {
        let told = asked(
            self.venue,
            "POST",
            &format!("/control/{word}"),
            &body.to_string(),
        );
        serde_json::from_str(&told.expect("the venue answers")).unwrap()
    }

    fn kill_file(&self) -> PathBuf {
        self.dir.join("data/KILL")
    }
}

fn deed(at: f64, what: &'static str, done: impl Fn(&Day) + 'static) -> Deed {
    Deed {
        at,
        what,
        done: Box::new(done),
    }
}

/// A rule of faults that strikes with a chance.
fn now_and_then(fault: Value, chance: f64) -> Value {
    let mut rule = fault;
    rule["chance"] = json!(chance);
    rule
}

fn storm() -> Value {
    json!({ "seed": 5, "rules": [
        now_and_then(json!({ "fault": "answer", "status": 429, "path": "/info" }), 0.05),
        now_and_then(json!({ "fault": "status", "status": 502, "path": "/exchange" }), 0.05),
        now_and_then(json!({ "fault": "drop_answer", "path": "/exchange" }), 0.03),
        now_and_then(json!({ "fault": "duplicate_frame", "low": 0, "high": 60_000 }), 0.05),
        now_and_then(json!({ "fault": "drop_frame" }), 0.01),
        { "fault": "close", "every": 20 * MINUTE },
    ] })
}

/// The whole day.
fn deeds() -> Vec<Deed> {
    let faults = |day: &Day, plan: Value| drop(day.word("faults", &plan));
    vec![
        deed(12.0, "prices stand still", move |day| {
            faults(
                day,
                json!({ "seed": 1, "rules": [{ "fault": "freeze" }, { "fault": "drop_frame", "channel": "allMids" }] }),
            );
        }),
        deed(13.5, "prices go on", move |day| faults(day, json!(null))),
        deed(15.0, "the kill file", |day| {
            std::fs::write(day.kill_file(), "the test says so\n").unwrap();
        }),
        deed(16.0, "the kill file is gone", |day| {
            std::fs::remove_file(day.kill_file()).unwrap();
        }),
        deed(17.0, "a storm of errors", move |day| faults(day, storm())),
        deed(19.0, "the storm is over", move |day| {
            faults(day, json!(null));
        }),
    ]
}

/// The first minutes of it.
fn short_deeds() -> Vec<Deed> {
    vec![
        deed(0.7, "the kill file", |day| {
            std::fs::write(day.kill_file(), "the test says so\n").unwrap();
        }),
        deed(0.85, "the kill file is gone", |day| {
            std::fs::remove_file(day.kill_file()).unwrap();
        }),
    ]
}

/// A stop as it was seen from outside: when it was raised, when it was lifted.
#[derive(Debug, Clone, Default)]
struct Seen {
    reason: String,
    raised: i64,
    lifted: Option<i64>,
}

type Stops = BTreeMap<String, Vec<Seen>>;

fn note(stops: &mut Stops, rows: &[Emergency], at: i64) {
    let named = |e: &Emergency| format!("{}.{}", e.scope, e.cause);
    let key = |e: &Emergency| format!("{} {}", named(e), e.scope_id);
    for row in rows {
        let known = stops.entry(key(row)).or_default();
        if known.last().is_none_or(|s| s.lifted.is_some()) {
            println!("{:>6.2} h  raised {}: {}", hours(at), key(row), row.reason);
            known.push(Seen {
                reason: row.reason.clone(),
                raised: at,
                lifted: None,
            });
        }
    }
    for (name, known) in stops {
        let last = known.last_mut().unwrap();
        if last.lifted.is_none() && !rows.iter().any(|row| key(row) == *name) {
            println!("{:>6.2} h  lifted {name}", hours(at));
            last.lifted = Some(at);
        }
    }
}

fn hours(ms: i64) -> f64 {
    ms as f64 / HOUR as f64
}

/// Growth of something in a day of the market, by the line that fits best.
fn slope(samples: &[Sample], of: impl Fn(&Sample) -> u64) -> f64 {
    let n = samples.len() as f64;
    let x = |s: &Sample| s.at as f64 / DAY as f64;
    let y = |s: &Sample| of(s) as f64;
    let mean = |f: &dyn Fn(&Sample) -> f64| samples.iter().map(f).sum::<f64>() / n;
    let (mx, my) = (mean(&x), mean(&y));
    let both: f64 = samples.iter().map(|s| (x(s) - mx) * (y(s) - my)).sum();
    let own: f64 = samples.iter().map(|s| (x(s) - mx).powi(2)).sum();
    both / own
}

const MB: f64 = 1e6;

fn shown(s: &Sample) {
    println!(
        "{:>6.2} h  {:>6.1} MB resident, {} tasks, {} threads, {} descriptors; venue {:.1} MB, accounts {:.2} MB, store {:.1} MB, logs {:.2} MB",
        hours(s.at),
        s.resident as f64 / MB,
        s.tasks,
        s.threads,
        s.descriptors,
        s.venue as f64 / MB,
        s.accounts as f64 / MB,
        s.store as f64 / MB,
        s.logs as f64 / MB,
    );
}

fn prepare(dir: &Path, venue: u16, page: u16) {
    std::fs::write(dir.join("sixbtc.toml"), settings(SPEED, venue, page)).unwrap();
    let candles = sixbtc_market::Store::new(dir.join("data"));
    for (symbol, level) in [("BTC", 20_000.0), ("ETH", 1_500.0)] {
        candles.put(&bars(symbol, level), "test").unwrap();
    }
}

fn coin(symbol: &str) -> Coin {
    Coin {
        symbol: symbol.into(),
        max_leverage: 40,
        volume_24h: 1_000_000_000.into(),
        price: 1.into(),
        active: true,
        coverage_days: Some(730.0),
        listed_at: None,
        updated_at: 0,
        data: Value::Null,
    }
}

#[tokio::test]
async fn a_day_of_eight_strategies() {
    let long = std::env::var_os("SIXBTC_DAY").is_some();
    let (hours_of_day, deeds) = if long {
        (24.0, deeds())
    } else {
        (1.0, short_deeds())
    };
    let temporary = tempfile::tempdir().unwrap();
    let (venue, page) = (free(), free());
    let dir = temporary.path().to_owned();
    prepare(&dir, venue, page);
    let url = format!("sqlite://{}", dir.join("sixbtc.db").display());
    let store = Store::open(&url, OpenOptions::default()).await.unwrap();
    store
        .upsert_coins(&[coin("BTC"), coin("ETH")])
        .await
        .unwrap();
    pool(&store).await;

    let out = |name: &str| Stdio::from(File::create(dir.join(name)).unwrap());
    let child = Command::new(env!("CARGO_BIN_EXE_sixbtc"))
        .args(["up", "--paper", "--control", "--format", "json"])
        // a paper venue has a speed of its own, unless it is told
        .args(["--set", &format!("market.replay.speed={SPEED}")])
        .arg("--data-dir")
        .arg(&dir)
        .stdout(out("out.txt"))
        .stderr(out("err.txt"))
        .spawn()
        .unwrap();
    let mut factory = Factory(child);
    let pid = factory.0.id();
    let day = Day {
        dir: dir.clone(),
        venue,
    };
    let log = |name: &str| {
        let text = std::fs::read_to_string(dir.join(name)).unwrap_or_default();
        let last: Vec<&str> = text.lines().rev().take(40).collect();
        last.into_iter().rev().collect::<Vec<_>>().join("\n")
    };

    let mut begun: Option<Instant> = None;
    let mut todo = deeds.into_iter().peekable();
    let mut samples: Vec<Sample> = Vec::new();
    let (mut stops, mut all_live) = (Stops::new(), None);
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        if let Some(ended) = factory.0.try_wait().unwrap() {
            panic!(
                "it ended: {ended}\n{}\n{}",
                log("err.txt"),
                log("logs/executor.log")
            );
        }
        let Some(replay) = replay(&store).await.unwrap() else {
            continue;
        };
        let begun = *begun.get_or_insert_with(Instant::now);
        assert!(
            begun.elapsed() < Duration::from_secs_f64(hours_of_day * 3600.0 / 50.0 + 60.0),
            "the market is slow"
        );
        let at = replay.at(store.now()) - replay.from;
        note(&mut stops, &store.emergencies().await.unwrap(), at);
        if all_live.is_none() {
            let filter = Filter {
                status: Some(Status::Live),
                ..Filter::default()
            };
            if store.list(&filter).await.unwrap().len() == LIVE {
                println!("{:>6.2} h  {LIVE} strategies are live", hours(at));
                all_live = Some(at);
            }
        }
        while let Some(deed) = todo.next_if(|d| d.at <= hours(at)) {
            println!("{:>6.2} h  {}", hours(at), deed.what);
            (deed.done)(&day);
        }
        let every = if long { HOUR / 2 } else { HOUR / 10 };
        if samples.last().is_none_or(|s| at - s.at >= every)
            && let Some(sample) = sample(&dir, pid, page, at)
        {
            shown(&sample);
            samples.push(sample);
        }
        if hours(at) >= hours_of_day {
            break;
        }
    }
    let filter = TradeFilter {
        limit: 1_000_000,
        ..TradeFilter::default()
    };
    let trades = store.trades(&filter).await.unwrap();
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    for trade in &trades {
        *by.entry(&trade.entry.strategy_name).or_default() += 1;
    }
    println!("{} trades: {by:?}", trades.len());
    let state = day.word("state", &Value::Null);
    println!("the venue in the end: {state}");
    let status = std::process::Command::new("kill")
        .args(["-TERM", &pid.to_string()])
        .status();
    assert!(status.unwrap().success());
    let asked_at = Instant::now();
    let ended = loop {
        if let Some(ended) = factory.0.try_wait().unwrap() {
            break ended;
        }
        assert!(asked_at.elapsed() < Duration::from_mins(1), "it ends");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    println!("ended in {:.1} s", asked_at.elapsed().as_secs_f64());
    assert!(ended.success(), "{ended}\n{}", log("err.txt"));
    assert!(
        all_live.is_some(),
        "never {LIVE} at once:\n{}",
        log("logs/executor.log")
    );
    judge(&store, &stops, &samples, &by, long).await;
}

/// All of a kind: every one raised, and how many of them were lifted.
fn of<'s>(stops: &'s Stops, kind: &str) -> Vec<&'s Seen> {
    let named = stops.iter().filter(|(name, _)| name.starts_with(kind));
    named.flat_map(|(_, all)| all).collect()
}

async fn judge(
    store: &Store,
    stops: &Stops,
    samples: &[Sample],
    by: &BTreeMap<&str, usize>,
    long: bool,
) {
    // who is in the market all the time has traded, or holds something
    let busy = if long { LIVE } else { 6 };
    let held = store.positions(None).await.unwrap();
    for n in 0..busy {
        let name = format!("Day_{n}");
        let holds = held
            .iter()
            .any(|p| p.strategy == Some(Uuid::from_u128(7_000 + n as u128)));
        assert!(
            holds || by.contains_key(name.as_str()),
            "{name} has no trade: {by:?}, {held:?}"
        );
    }
    let files = of(stops, "system.kill");
    assert_eq!(files.len(), 1, "{stops:?}");
    assert!(files[0].lifted.is_some(), "{stops:?}");
    assert!(files[0].reason.contains("the test says so"));
    if !long {
        return;
    }
    // from the third hour on everybody has traded
    let after: Vec<Sample> = samples
        .iter()
        .filter(|s| s.at >= 3 * HOUR)
        .copied()
        .collect();
    let grows = |of: fn(&Sample) -> u64| slope(&after, of);
    println!(
        "growth in a day: {:.1} MB resident, {:.1} tasks, {:.1} threads, {:.1} descriptors; venue {:.1} MB, accounts {:.1} MB, store {:.1} MB",
        grows(|s| s.resident) / MB,
        grows(|s| s.tasks),
        grows(|s| s.threads),
        grows(|s| s.descriptors),
        grows(|s| s.venue) / MB,
        grows(|s| s.accounts) / MB,
        grows(|s| s.store) / MB,
    );
    let midnight = 4 * HOUR;
    let daily = of(stops, "portfolio.daily_loss");
    assert!(!daily.is_empty(), "{stops:?}");
    let lifted = daily[0].lifted.expect("lifted at midnight");
    assert!(daily[0].raised >= JUMPS[0].0 && daily[0].raised < midnight);
    assert!(
        (midnight..midnight + 15 * MINUTE).contains(&lifted),
        "{daily:?}"
    );
    let drawdown = of(stops, "portfolio.drawdown");
    assert!(!drawdown.is_empty(), "{stops:?}");
    let lifted = drawdown[0].lifted.expect("lifted after its wait");
    assert!(drawdown[0].raised >= JUMPS[1].0);
    assert!(lifted >= drawdown[0].raised + HOUR, "{drawdown:?}");
    let seats = of(stops, "subaccount.drawdown");
    assert!(
        !seats.is_empty() && seats.iter().all(|s| s.lifted.is_some()),
        "{seats:?}"
    );
    let streaks = of(stops, "strategy.losing_streak");
    assert!(streaks.iter().any(|s| s.lifted.is_some()), "{streaks:?}");
    for streak in &streaks {
        let lasted = streak.lifted.map_or(2 * HOUR, |at| at - streak.raised);
        assert!(lasted >= 2 * HOUR - 10 * MINUTE, "{streak:?}");
    }
    let stale = of(stops, "system.stale_data");
    let still = stale
        .iter()
        .find(|s| s.raised >= 12 * HOUR && s.raised < 14 * HOUR);
    let still = still.unwrap_or_else(|| panic!("blind while prices stood still: {stops:?}"));
    assert!(still.lifted.is_some(), "{stale:?}");
    // money was moved and everything else happened, but nothing else was said
    let filter = EventFilter {
        what: Some("not_traded".into()),
        ..EventFilter::default()
    };
    let errors = store.events(&filter).await.unwrap();
    assert!(errors.is_empty(), "{errors:?}");

    // As large in the evening as in the morning. Connections of the storm stay for a minute and a half of the wall, and each has
    // tasks; what faults need of memory is kept for the next ones, and then grows no more.
    let (first, last) = (after[0], after[after.len() - 1]);
    assert!(last.tasks <= first.tasks + 16, "{first:?} {last:?}");
    assert!(
        last.descriptors <= first.descriptors + 16,
        "{first:?} {last:?}"
    );
    assert!(
        last.resident < first.resident + 40_000_000,
        "{first:?} {last:?}"
    );
    let evening: Vec<Sample> = after
        .iter()
        .filter(|s| s.at >= 19 * HOUR)
        .copied()
        .collect();
    let grows = slope(&evening, |s| s.resident) / MB;
    println!("growth in a day, of the last five hours: {grows:.1} MB resident");
    assert!(grows < 12.0, "memory grows");
    assert!(
        after.iter().all(|s| s.venue < 40_000_000),
        "the venue's file grows"
    );
}
