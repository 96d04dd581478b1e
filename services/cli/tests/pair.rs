//! Two backtesters on one PostgreSQL: they share the work and never a claim.
//!
//! In CI a few strategies are judged by two processes. What two are worth is measured on a machine that does nothing else, by
//! `cargo test --release -p sixbtc --test pair -- --ignored --nocapture`: one process judges all, then two judge the same on a
//! fresh database. A process has one worker and sees one core. `SIXBTC_PAIR_STRATEGIES` says how many strategies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "factory/farm.rs"]
mod farm;

use farm::{Farm, SETTINGS, sample};
use sixbtc_core::model::{
    Completion, NewEvent, NewStrategy, Outcome, Queue, SourceName, Stage, Status,
};
use sixbtc_core::store::{EventFilter, Store};
use sixbtc_core::testing::Postgres;
use sixbtc_generator::service::by_name;
use sixbtc_generator::{Ask, Round, Screen, Seen, new_strategy};
use sixbtc_market::{Bars, SynthOptions, Timeframe, synth};
use sqlx::{Connection, PgConnection, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;
use uuid::Uuid;

/// One worker in each process.
const ONE_WORKER: &str = "
[backtesting.threads]
validated = 1
retest = 0
";

/// The settings as they are, on candles that nobody adds to.
const MEASURED: &str = r#"
timeframes = ["15m"]
[data_scheduler]
source = "none"
[http]
enabled = false
"#;

/// Strategies of the sources that need nothing but themselves, in turn: the same every time.
fn strategies(clock: Timeframe, coins: &[String], wanted: usize) -> Vec<NewStrategy> {
    let sources = [
        SourceName::PandasTa,
        SourceName::PatternGen,
        SourceName::Unger,
    ]
    .map(|name| by_name(name).unwrap().unwrap());
    let seen = Mutex::new(Seen::default());
    let mut made = Vec::new();
    for turn in 0u64.. {
        let source = &sources[turn as usize % sources.len()];
        let sides = source.sides();
        let round = Round {
            ask: Ask {
                timeframe: clock,
                side: sides[turn as usize / sources.len() % sides.len()],
                regime: None,
                parents: &[],
            },
            screen: Screen::over(120.0, clock.ms(), 120.0).on_coins(coins.len()),
            seed: 1,
            turn,
            drafts: 8,
        };
        let out = round.run(source.as_ref(), &seen, || false);
        made.extend(
            out.made
                .iter()
                .take(2)
                .map(|(id, candidate)| new_strategy(*id, candidate, coins.to_vec())),
        );
        if made.len() >= wanted {
            break;
        }
    }
    made.truncate(wanted);
    made
}

/// Puts strategies into a store, VALIDATED, as generator and validator would.
async fn put(store: &Store, made: &[NewStrategy]) {
    let event = |s: &NewStrategy, stage, what: &str| NewEvent {
        strategy: Some(s.id),
        name: s.name.clone(),
        stage,
        what: what.into(),
        outcome: Outcome::Passed,
        took_ms: None,
        data: serde_json::Value::Null,
    };
    let created: Vec<NewEvent> = made
        .iter()
        .map(|s| event(s, Stage::Generation, "created"))
        .collect();
    store.insert_many(made, "test", &created).await.unwrap();
    let lease = Duration::from_mins(1);
    let claims = store
        .claim_many(Queue::Validation, "test", lease, made.len() as u32)
        .await
        .unwrap();
    assert_eq!(claims.len(), made.len());
    let work: Vec<_> = claims
        .into_iter()
        .map(|claim| {
            let passed = Completion {
                status: Some(Status::Validated),
                events: vec![event(&claim.strategy.made, Stage::Validation, "passed")],
                ..Completion::default()
            };
            (claim, passed)
        })
        .collect();
    store.complete_many("test", &work).await.unwrap();
}

/// How it went.
struct Race {
    processes: usize,
    judged: usize,
    /// From the start of the processes to the last hand-over.
    seconds: f64,
    /// Strategies of each worker, and the seconds from the start to its first and last hand-over.
    workers: BTreeMap<String, (BTreeSet<Uuid>, f64, f64)>,
    /// What refused how many.
    refused: BTreeMap<String, usize>,
}

impl Race {
    fn a_minute(&self) -> f64 {
        self.judged as f64 * 60.0 / self.seconds
    }
}

impl fmt::Display for Race {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} process(es): {} judged in {:.1} s, {:.1} a minute; refused by {:?}",
            self.processes,
            self.judged,
            self.seconds,
            self.a_minute(),
            self.refused
        )?;
        for (worker, (judged, first, last)) in &self.workers {
            write!(
                f,
                "\n  {worker}: {} claims, the first handed over after {first:.1} s, the last after {last:.1} s",
                judged.len()
            )?;
        }
        Ok(())
    }
}

/// Lets so many processes judge everything, and holds what must hold against the store.
fn race(
    server: &Postgres,
    settings: &str,
    market: &[Bars],
    made: &[NewStrategy],
    cores: &[Option<usize>],
    limit: Duration,
) -> Race {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = runtime.block_on(server.database());
    let mut farm = Farm::with(&url, &format!("{settings}{ONE_WORKER}"), market);
    let store = farm.store();
    farm.block_on(put(&store, made));
    let began = store.now();
    farm.block_on(store.close());
    for core in cores {
        farm.start_on("backtester", *core);
    }
    farm.wait_until("everything is judged", limit, |now| {
        now.counts.get(&Status::Validated).copied().unwrap_or(0) == 0
    });
    farm.stop_all();
    let story = farm.story();
    assert_eq!(story.contradictions, Vec::<String>::new());
    assert_eq!(story.stuck, 0);
    let store = farm.store();
    let all = EventFilter {
        limit: 1_000_000,
        oldest_first: true,
        ..EventFilter::default()
    };
    let events = farm.block_on(store.events(&all)).unwrap();
    farm.block_on(store.close());
    let mut workers: BTreeMap<String, (BTreeSet<Uuid>, f64, f64)> = BTreeMap::new();
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let by_workers = events.iter().filter(|e| e.by.starts_with("backtester@"));
    // whoever enters a full pool evicts another's
    for event in by_workers.filter(|e| e.event.what != "evicted") {
        let Some(strategy) = event.event.strategy else {
            continue;
        };
        let at = (event.at - began) as f64 / 1e3;
        if event.event.outcome == Outcome::Refused {
            let stage = event.event.stage.as_str().to_owned();
            *refused.entry(stage).or_default() += 1;
        }
        let worker = workers
            .entry(event.by.clone())
            .or_insert_with(|| (BTreeSet::new(), at, at));
        worker.0.insert(strategy);
        worker.2 = at;
        assert_ne!(
            event.event.what, "claim_expired",
            "a lease ended in between"
        );
    }
    // nobody's strategy is another's, and together they are all
    let judged: Vec<Uuid> = workers.values().flat_map(|w| w.0.iter().copied()).collect();
    let distinct: BTreeSet<Uuid> = judged.iter().copied().collect();
    assert_eq!(judged.len(), distinct.len(), "two workers had one strategy");
    assert_eq!(distinct, made.iter().map(|s| s.id).collect());
    // each was claimed once for validation and once for judgement, and both claims were completed
    let claims = runtime.block_on(claims(&url));
    assert_eq!(claims.len(), made.len());
    assert!(claims.iter().all(|c| *c == (2, 2)), "{claims:?}");
    Race {
        processes: cores.len(),
        judged: judged.len(),
        seconds: workers.values().map(|w| w.2).fold(0.0, f64::max),
        workers,
        refused,
    }
}

/// Of each strategy how often it was claimed, and how often handed over.
async fn claims(url: &str) -> Vec<(i64, i64)> {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let rows = sqlx::query(
        "SELECT claim_token, (SELECT COUNT(*) FROM completions c WHERE c.strategy = s.id) FROM strategies s",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    conn.close().await.unwrap();
    rows.iter().map(|r| (r.get(0), r.get(1))).collect()
}

fn names(market: &[Bars]) -> Vec<String> {
    market.iter().map(|b| b.symbol.clone()).collect()
}

fn server() -> Postgres {
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(Postgres::alone())
}

#[test]
fn two_backtesters_never_share_a_claim() {
    let server = server();
    let market = sample();
    let made = strategies(Timeframe::M30, &names(&market), 8);
    let limit = Duration::from_mins(8);
    let race = race(&server, SETTINGS, &market, &made, &[None, None], limit);
    println!("{race}");
}

#[test]
#[ignore = "measures: for a machine that does nothing else, in release"]
fn two_backtesters_nearly_double_the_throughput_of_one() {
    let wanted = std::env::var("SIXBTC_PAIR_STRATEGIES").map_or(90, |n| n.parse().unwrap());
    let server = server();
    let market: Vec<Bars> = (0..30)
        .map(|i| {
            synth(&SynthOptions {
                symbol: format!("S{i:02}"),
                seed: 100 + i,
                bars: 250 * 96,
                timeframe: Timeframe::M15,
                open_jump: 0.1,
                ..SynthOptions::default()
            })
            .unwrap()
        })
        .collect();
    let made = strategies(Timeframe::M15, &names(&market), wanted);
    let limit = Duration::from_hours(2);
    let run = |cores: &[Option<usize>]| {
        let race = race(&server, MEASURED, &market, &made, cores, limit);
        println!("{race}");
        race
    };
    let one = run(&[Some(0)]);
    let two = run(&[Some(0), Some(1)]);
    let ratio = two.a_minute() / one.a_minute();
    println!("two judge {ratio:.2} times as many a minute as one");
    assert_eq!(two.workers.len(), 2);
    assert!(ratio > 1.6, "{ratio:.2}");
}
