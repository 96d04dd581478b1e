//! How long a decision takes: from the frame at the socket that closes a candle to the signed bytes of the orders it leads to.
//!
//! Ten strategies on thirty coins each, in front of the simulated exchange of the same process. Timed is everything that this
//! program does in between: reading the frame, closing the candle, the strategy's kernel, the desk, the action on the wire, the
//! signature, and the wait until the records are on the disk: nothing leaves before. As in the account's task, requests are signed
//! while the disk works. Once with the journals on the disk of `DECISION_DIR` (without it the directory for temporary files), once
//! in memory. Not timed: the network.
//!
//! Then a thousand strategies step one bar, one after the other on one thread.
//!
//! `cargo bench -p sixbtc-executor --bench decision` prints percentiles.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../tests/stage/mod.rs"]
mod stage;

use rust_decimal::Decimal;
use sixbtc_exchange::client::{Event, HttpAnswer, Transport};
use sixbtc_exchange::sign::Key;
use sixbtc_exchange::wire::info::Candle;
use sixbtc_exchange::wire::ws::Frame;
use sixbtc_executor::account::universe::Universe;
use sixbtc_executor::account::{
    Account, Bound, ClosedBars, Input, Mandate, Output, SocketNews, Start,
};
use sixbtc_executor::feed::{Feed, Follower, TapeSettings};
use sixbtc_executor::journal_file::JournalFile;
use sixbtc_executor::task::Signs as _;
use sixbtc_live::desk::Entry;
use sixbtc_live::money::decimal;
use sixbtc_market::{Bar, Bars};
use stage::{Agent, FROM, Hand, MINUTE, Venue, mandate, venue, venue_of};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const STRATEGIES: usize = 10;
const COINS: usize = 30;
const MANY: usize = 1_000;

/// Something that computes: averages, a band, an oscillator; enters often and leaves after a bar.
const TYPICAL: &str = r#"#sbt 1

strategy typical "A band, a trend and an oscillator" {
  on 1m

  let bands = bollinger(close, 20, 2)
  let trend = ema(close, 50)
  let strong = rsi(close, 14)

  enter long when close > 0 and (strong > 1 or close > bands.low or close > trend) {
    stop 2%
    target 4%
    exit after 1 bars
  }

  size 1% of equity
}
"#;

fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted[((last as f64 * share).round() as usize).min(last)]
}

fn shown(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    println!(
        "{name}: {} samples, p50 {:.1} µs, p90 {:.1} µs, p99 {:.1} µs, most {:.1} µs",
        times.len(),
        percentile(&times, 0.5).as_secs_f64() * 1e6,
        percentile(&times, 0.9).as_secs_f64() * 1e6,
        percentile(&times, 0.99).as_secs_f64() * 1e6,
        percentile(&times, 1.0).as_secs_f64() * 1e6,
    );
}

/// Coins with their own paths.
fn market(coins: usize, count: i64, before: i64) -> Vec<Bars> {
    (0..coins)
        .map(|n| {
            let mut bars = stage::bars(&format!("C{n:02}"), count, before);
            let shift = n as f64 * 3.0;
            for column in [
                &mut bars.open,
                &mut bars.high,
                &mut bars.low,
                &mut bars.close,
            ] {
                for value in column.iter_mut() {
                    *value += shift;
                }
            }
            bars
        })
        .collect()
}

fn text_of(bars: &Bars, row: usize, trades: u64) -> String {
    let bar: Bar = bars.get(row).unwrap();
    let d = |v: f64| decimal(v).unwrap_or(Decimal::ONE);
    let candle = Candle {
        t: bar.time,
        close_time: bar.time + MINUTE - 1,
        s: bars.symbol.clone(),
        i: "1m".into(),
        o: d(bar.open),
        c: d(bar.close),
        h: d(bar.high),
        l: d(bar.low),
        v: d(bar.volume),
        n: trades,
    };
    serde_json::to_string(&Frame::Candle(candle)).unwrap()
}

/// Answers what an account asks, at once.
fn answer(account: &mut Account<'_>, outputs: Vec<Output>, venue: &Venue, agent: &Agent) {
    use futures_util::FutureExt as _;
    let mut todo = outputs;
    while !todo.is_empty() {
        let mut next = Vec::new();
        for output in todo {
            let now = venue.hand.now();
            let post = |path: &str, body: Vec<u8>| -> HttpAnswer {
                let posted = venue.local.post(path, body).now_or_never();
                posted.expect("at once").unwrap()
            };
            match output {
                Output::Read { ticket, request } => {
                    let body = serde_json::to_vec(&request).unwrap();
                    let answer = serde_json::from_slice(&post("/info", body).body).unwrap();
                    let answer = Ok(answer);
                    next.extend(account.on(Input::Read { ticket, answer }, now));
                }
                Output::Send {
                    nonce,
                    action,
                    expires,
                } => {
                    let ready = agent.sign(action, nonce, expires, now).unwrap();
                    let answer = post("/exchange", ready.body().to_vec());
                    let response = serde_json::from_slice(&answer.body).unwrap();
                    let outcome = sixbtc_exchange::client::Outcome::Answered(response);
                    next.extend(account.on(Input::Sent { nonce, outcome }, now));
                }
                _ => {}
            }
        }
        todo = next;
    }
}

/// An account that has compared itself with the exchange.
fn started<'a>(bound: &'a Bound<'a>, data: &[Bars], venue: &Venue, agent: &Agent) -> Account<'a> {
    let history: Vec<Bars> = data.iter().map(|b| b.between(None, Some(FROM))).collect();
    let start = Start {
        history: &history,
        ..Start::default()
    };
    let (mut account, first) = Account::start(bound, start, venue.hand.now()).unwrap();
    answer(&mut account, first, venue, agent);
    let connected = account.on(Input::Socket(SocketNews::Connected), venue.hand.now());
    answer(&mut account, connected, venue, agent);
    account
}

/// A thread that waits for the disk, as the account's task has one.
struct Disk {
    jobs: std::sync::mpsc::Sender<(usize, Vec<u8>)>,
    done: std::sync::mpsc::Receiver<Duration>,
}

impl Disk {
    fn new(directory: &Path) -> Self {
        let (jobs, asked) = std::sync::mpsc::channel::<(usize, Vec<u8>)>();
        let (says, done) = std::sync::mpsc::channel();
        let mut files: Vec<JournalFile> = (0..STRATEGIES)
            .map(|n| {
                let path = directory.join(format!("journal-{n}"));
                JournalFile::open::<Entry>(&path, "bench").unwrap().0
            })
            .collect();
        std::thread::spawn(move || {
            for (file, records) in asked {
                let began = Instant::now();
                files[file].append(&records).unwrap();
                if says.send(began.elapsed()).is_err() {
                    return;
                }
            }
        });
        Self { jobs, done }
    }
}

fn decisions(directory: &Path) {
    let disk = Disk::new(directory);
    let hand = Hand::at(FROM);
    let minutes = 60;
    let data = market(COINS, 200 + minutes, 200);
    let (venue, universe, users): (Venue, Universe, _) = venue_of(&data, &hand, STRATEGIES);
    let agents: Vec<Agent> = users
        .iter()
        .map(|user| Agent(Key::from_bytes(&venue.agent).unwrap(), *user))
        .collect();
    let mandates: Vec<Mandate> = (0..STRATEGIES)
        .map(|n| {
            let mut m = mandate(TYPICAL, &data, &universe, users[n]);
            m.name = format!("bench-{n}");
            m.settings.desk.caps.orders_a_minute = 1_000_000;
            m.settings.desk.caps.open = 1_000_000;
            m
        })
        .collect();
    let bounds: Vec<Bound<'_>> = mandates.iter().map(|m| m.bind(&data).unwrap()).collect();
    let mut accounts: Vec<Account<'_>> = bounds
        .iter()
        .zip(&agents)
        .map(|(b, agent)| started(b, &data, &venue, agent))
        .collect();
    let mut feed = Feed::new(TapeSettings::default());
    let mut inboxes = Vec::new();
    let coins: Vec<String> = data.iter().map(|b| b.symbol.clone()).collect();
    for _ in 0..STRATEGIES {
        let (to, inbox) = mpsc::channel(4_096);
        let follower = Follower {
            coins: coins.clone(),
            timeframe: data[0].timeframe,
            to,
        };
        feed.follow(follower, FROM);
        inboxes.push(inbox);
    }
    // up to date, as after the first question
    for (key, _) in feed.wants(FROM) {
        feed.answer(&key, Vec::new(), FROM);
    }
    let (mut to_first, mut to_each, mut decided, mut durable, mut all, mut orders) = (
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        0u64,
    );
    for minute in 0..minutes {
        let open = FROM + minute * MINUTE;
        hand.set(open + 30_000);
        venue.local.pump();
        let row = |bars: &Bars, time: i64| bars.time.binary_search(&time).unwrap();
        for bars in &data {
            let text = text_of(bars, row(bars, open), 5);
            let frame = Frame::read(&text).unwrap().unwrap();
            feed.event(&Event::Frame(Box::new(frame)), hand.now());
        }
        hand.set(open + MINUTE + 200);
        venue.local.pump();
        let prices: Vec<(String, Decimal)> = data
            .iter()
            .filter_map(|b| Some((b.symbol.clone(), decimal(b.close[row(b, open)])?)))
            .collect();
        for (account, agent) in accounts.iter_mut().zip(&agents) {
            let outputs = account.on(Input::Prices(prices.clone()), hand.now());
            answer(account, outputs, &venue, agent);
        }
        // the frames that begin the next candles: each closes one; the last one completes the instant
        let frames: Vec<String> = data
            .iter()
            .filter(|b| row(b, open) + 1 < b.len())
            .map(|b| text_of(b, row(b, open) + 1, 1))
            .collect();
        if frames.len() < data.len() {
            break;
        }
        let mut pending: Vec<Vec<Output>> = accounts.iter().map(|_| Vec::new()).collect();
        for text in &frames {
            let began = Instant::now();
            let frame = Frame::read(text).unwrap().unwrap();
            feed.event(&Event::Frame(Box::new(frame)), hand.now());
            for (a, account) in accounts.iter_mut().enumerate() {
                // each account has a thread of its own: its time begins with the frame
                let own = if a == 0 { began } else { Instant::now() };
                while let Ok(input) = inboxes[a].try_recv() {
                    let outputs = account.on(input, hand.now());
                    let mut records = Vec::new();
                    let mut sends = Vec::new();
                    for output in &outputs {
                        match output {
                            Output::Journal(more) => records.extend(more),
                            Output::Send {
                                nonce,
                                action,
                                expires,
                            } => sends.push((action.clone(), *nonce, *expires)),
                            _ => {}
                        }
                    }
                    pending[a].extend(outputs);
                    if sends.is_empty() {
                        continue;
                    }
                    decided.push(own.elapsed());
                    orders += sends.len() as u64;
                    disk.jobs.send((a, records)).unwrap();
                    let (mut on_disk, mut waiting, before) = (None, 0, to_each.len());
                    for (action, nonce, expires) in sends {
                        let request = agents[a].sign(action, nonce, expires, hand.now()).unwrap();
                        std::hint::black_box(request.body());
                        waiting += 1;
                        on_disk = on_disk.or_else(|| disk.done.try_recv().ok());
                        if on_disk.is_some() {
                            to_each.extend(vec![own.elapsed(); waiting]);
                            waiting = 0;
                        }
                    }
                    durable.push(on_disk.unwrap_or_else(|| disk.done.recv().unwrap()));
                    to_each.extend(vec![own.elapsed(); waiting]);
                    to_first.push(to_each[before]);
                    all.push(own.elapsed());
                }
            }
        }
        for ((account, outputs), agent) in accounts.iter_mut().zip(pending).zip(&agents) {
            answer(account, outputs, &venue, agent);
        }
        // the fills are heard of by questions here, as after a lost connection
        for wait in [1_000, 2_000, 5_000, 5_000] {
            hand.set(hand.now() + wait);
            venue.local.pump();
            for (account, agent) in accounts.iter_mut().zip(&agents) {
                let outputs = account.on(Input::Tick, hand.now());
                answer(account, outputs, &venue, agent);
                let outputs = account.on(Input::Prices(prices.clone()), hand.now());
                answer(account, outputs, &venue, agent);
            }
        }
    }
    println!(
        "{STRATEGIES} strategies on {COINS} coins, {minutes} closes, {orders} signed requests, journals in {}",
        directory.display()
    );
    shown("  frame at the socket → decided", decided);
    shown("  the records of a decision on the disk", durable);
    shown(
        "  frame at the socket → first signed request out, its record on the disk",
        to_first,
    );
    shown("  frame at the socket → each of up to thirty", to_each);
    shown("  frame at the socket → all thirty", all);
}

fn signatures() {
    let hand = Hand::at(FROM);
    let data = market(1, 60, 30);
    let (venue, _) = venue(&data, &hand);
    let agent = Agent(Key::from_bytes(&venue.agent).unwrap(), venue.user);
    let times = (0..500u64).map(|n| {
        let began = Instant::now();
        let action = sixbtc_exchange::wire::Action::Noop;
        let ready = agent.sign(action, n, FROM as u64, FROM).unwrap();
        std::hint::black_box(ready.body());
        began.elapsed()
    });
    shown("one signature", times.collect());
}

fn many() {
    let hand = Hand::at(FROM);
    let data = market(1, 120, 60);
    let (venue, universe) = venue(&data, &hand);
    let agent = Agent(Key::from_bytes(&venue.agent).unwrap(), venue.user);
    // one that decides nothing: what is timed is the step, not the orders
    let quiet = TYPICAL.replace("close > 0 and", "close < 0 and");
    let mandate = mandate(&quiet, &data, &universe, venue.user);
    let bound = mandate.bind(&data).unwrap();
    let mut accounts: Vec<Account<'_>> = (0..MANY)
        .map(|_| started(&bound, &data, &venue, &agent))
        .collect();
    let mut times = Vec::new();
    for minute in 0..30 {
        let open = FROM + minute * MINUTE;
        hand.set(open + MINUTE + 100);
        let row = data[0].time.binary_search(&open).unwrap();
        let closed = ClosedBars {
            series: 0,
            from: open,
            through: open + MINUTE,
            bars: vec![data[0].get(row).unwrap()],
        };
        // the exchange's clock is asked for beside: not part of a step
        for account in &mut accounts {
            let outputs = account.on(Input::Tick, hand.now());
            answer(account, outputs, &venue, &agent);
        }
        let inputs: Vec<Input> = (0..MANY).map(|_| Input::Closed(closed.clone())).collect();
        let began = Instant::now();
        let mut outputs = 0;
        for (account, input) in accounts.iter_mut().zip(inputs) {
            outputs += account.on(input, hand.now()).len();
        }
        times.push(began.elapsed());
        assert!(outputs >= MANY, "a bar was not decided on");
    }
    times.sort_unstable();
    println!(
        "{MANY} strategies step one closed bar on one thread: median {:.1} ms, most {:.1} ms",
        percentile(&times, 0.5).as_secs_f64() * 1e3,
        percentile(&times, 1.0).as_secs_f64() * 1e3,
    );
}

fn syncs() {
    let dir = tempfile::tempdir().unwrap();
    let (mut file, _) = JournalFile::open::<Entry>(&dir.path().join("journal"), "bench").unwrap();
    let record = vec![7u8; 400];
    let times = (0..200).map(|_| {
        let began = Instant::now();
        file.append(&record).unwrap();
        began.elapsed()
    });
    shown("one record on this disk, synced", times.collect());
}

fn main() {
    // `cargo test --benches` runs it too: a look whether it works
    let directory = std::env::var_os("DECISION_DIR").map_or_else(std::env::temp_dir, Into::into);
    let disk = tempfile::tempdir_in(directory).unwrap();
    decisions(disk.path());
    if let Ok(memory) = tempfile::tempdir_in("/dev/shm") {
        decisions(memory.path());
    }
    signatures();
    many();
    syncs();
}
