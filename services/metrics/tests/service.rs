//! The metrics service over a store in memory, with a clock of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

use serde_json::json;
use sixbtc_core::daemon::{Context, Next, Service, Worker};
use sixbtc_core::model::{
    Grain, NewEvent, NewStrategy, Outcome, Side, Snapshot, SourceName, Stage, StrategyType,
};
use sixbtc_core::settings::Settings;
use sixbtc_core::store::{EventFilter, OpenOptions, Store};
use sixbtc_metrics::{ALERTS, Measured, Metrics, SUBJECT, thin};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// A midnight.
const START: i64 = 20_000 * DAY;

struct Case {
    cx: Context,
    settings: watch::Sender<Arc<Settings>>,
    clock: Arc<AtomicI64>,
    worker: Box<dyn Worker>,
}

async fn case(settings: Settings) -> Case {
    let clock = Arc::new(AtomicI64::new(START));
    let now = Arc::clone(&clock);
    let store = Store::open("sqlite::memory:", OpenOptions::default())
        .await
        .unwrap()
        .clock(move || now.load(Ordering::SeqCst));
    let (sender, settings) = watch::channel(Arc::new(settings));
    let cx = Context {
        store,
        settings,
        stop: CancellationToken::new(),
        identity: "metrics@test".into(),
    };
    let worker = Metrics::new().start(&cx).await.unwrap().pop().unwrap();
    Case {
        cx,
        settings: sender,
        clock,
        worker,
    }
}

impl Case {
    fn at(&self, time: i64) {
        self.clock.store(time, Ordering::SeqCst);
    }

    /// Rounds until it wants to wait; the last snapshot.
    async fn count(&mut self) -> Measured {
        while self.worker.tick(&self.cx).await.unwrap() == Next::Now {}
        self.snapshots(Grain::Raw).await.pop().map(read).unwrap()
    }

    async fn snapshots(&self, grain: Grain) -> Vec<Snapshot> {
        let all = self.cx.store.snapshots(SUBJECT, grain, 0, i64::MAX);
        all.await.unwrap()
    }

    async fn said(&self) -> Vec<String> {
        let filter = EventFilter {
            stage: Some(Stage::System),
            oldest_first: true,
            ..EventFilter::default()
        };
        let events = self.cx.store.events(&filter).await.unwrap();
        let name = |e: &NewEvent| format!("{} {}", e.what, e.data["alert"].as_str().unwrap());
        events.iter().map(|e| name(&e.event)).collect()
    }
}

fn read(snapshot: Snapshot) -> Measured {
    serde_json::from_value(snapshot.data).unwrap()
}

fn event(stage: Stage, outcome: Outcome, what: &str) -> NewEvent {
    NewEvent {
        strategy: Some(Uuid::nil()),
        name: "x".into(),
        stage,
        what: what.into(),
        outcome,
        took_ms: Some(20),
        data: json!({"source": "unger"}),
    }
}

fn strategy(i: u32) -> NewStrategy {
    NewStrategy {
        id: Uuid::from_u128(u128::from(i)),
        name: format!("UngStrat_TRD_{i:08x}"),
        sentence: String::new(),
        source: SourceName::Unger,
        bred: false,
        kind: StrategyType::Trend,
        side: Side::Long,
        timeframe: "1h".into(),
        symbols: vec!["BTC".into()],
        text: format!("text {i}"),
        normal_hash: format!("n{i}"),
        behaviour_hash: format!("b{i}"),
        recipe: json!({}),
        parents: Vec::new(),
    }
}

#[tokio::test]
async fn what_happened_is_counted_once_and_survives_a_restart() {
    let mut case = case(Settings::default()).await;
    let strategies: Vec<NewStrategy> = (0..7).map(strategy).collect();
    case.cx
        .store
        .insert_many(&strategies, "g", &[])
        .await
        .unwrap();
    let mut events: Vec<NewEvent> = (0..1500)
        .map(|_| event(Stage::Generation, Outcome::Passed, "created"))
        .collect();
    for (n, stage, outcome, what) in [
        (300, Stage::Validation, Outcome::Passed, "validated"),
        (
            100,
            Stage::Validation,
            Outcome::Refused,
            "validation.frequency",
        ),
        (9, Stage::InSample, Outcome::Refused, "in_sample.trades"),
        (1, Stage::Pool, Outcome::Passed, "entered"),
        (2, Stage::Sweep, Outcome::Error, "disk"),
    ] {
        events.extend((0..n).map(|_| event(stage, outcome, what)));
    }
    case.cx.store.record("g", &events).await.unwrap();
    case.at(START + 30 * MINUTE);
    let m = case.count().await;
    assert_eq!(m.queues["generated"], 7);
    assert_eq!(m.throughput.generation, 3000.0);
    assert_eq!(m.throughput.validation, 800.0);
    assert_eq!(m.throughput.sources["unger"], 3000.0);
    assert_eq!(m.success.validation, Some(0.75));
    assert_eq!(m.success.backtesting, Some(0.1));
    assert_eq!(m.refused["validation.frequency"], 100);
    assert_eq!(m.failures["sweep.disk"], 2);
    assert_eq!(m.timing["validation"].count, 400);
    assert_eq!(m.status, "degraded");
    // the same interval again replaces the same row
    assert_eq!(case.count().await, m);
    assert_eq!(case.snapshots(Grain::Raw).await.len(), 1);
    // another process finds the same
    case.worker.stop(&case.cx).await;
    case.worker = Metrics::new().start(&case.cx).await.unwrap().pop().unwrap();
    assert_eq!(case.count().await, m);
    // and an hour later nothing of it is left
    case.at(START + 2 * HOUR);
    let m = case.count().await;
    assert_eq!((m.throughput.generation, m.success.validation), (0.0, None));
    assert_eq!(m.status, "idle");
}

#[tokio::test]
async fn only_one_counts() {
    let mut case = case(Settings::default()).await;
    case.count().await;
    let other = Context {
        identity: "metrics@other".into(),
        ..case.cx.clone()
    };
    let mut second = Metrics::new().start(&other).await.unwrap().pop().unwrap();
    case.at(START + 15_000);
    assert!(matches!(second.tick(&other).await.unwrap(), Next::After(_)));
    assert_eq!(case.snapshots(Grain::Raw).await.len(), 1);
    // until the first is gone
    case.worker.stop(&case.cx).await;
    second.tick(&other).await.unwrap();
    assert_eq!(case.snapshots(Grain::Raw).await.len(), 2);
}

#[tokio::test]
async fn alerts_begin_after_their_time_and_outlive_a_restart() {
    let mut settings = Settings::default();
    settings.pipeline.queue_limits.generated = 4;
    settings
        .metrics
        .alerts
        .throughput_degradation
        .duration_hours = 1;
    let mut case = case(settings).await;
    let strategies: Vec<NewStrategy> = (0..4).map(strategy).collect();
    case.cx
        .store
        .insert_many(
            &strategies,
            "g",
            &[event(Stage::Generation, Outcome::Passed, "created")],
        )
        .await
        .unwrap();
    for minute in 0..60 {
        case.at(START + minute * MINUTE);
        assert!(case.count().await.alerts.is_empty(), "minute {minute}");
    }
    case.worker = Metrics::new().start(&case.cx).await.unwrap().pop().unwrap();
    case.at(START + 60 * MINUTE);
    let m = case.count().await;
    assert_eq!(m.alerts, ["backpressure:generated"]);
    assert_eq!(m.status, "degraded");
    for minute in 61..180 {
        case.at(START + minute * MINUTE);
        case.count().await;
    }
    // nothing is validated either; the pool is empty, so nothing is said of its quality
    assert_eq!(
        case.said().await,
        [
            "alert backpressure:generated",
            "alert throughput_degradation"
        ]
    );
    let kept = case.cx.store.control(ALERTS).await.unwrap().unwrap();
    assert!(kept.value["backpressure:generated"]["on"].is_i64());
    // the monitor finds both waiting for their channels
    let waiting = case
        .cx
        .store
        .control(sixbtc_core::alerts::CONTROL_KEY)
        .await
        .unwrap()
        .unwrap();
    let queue: sixbtc_core::alerts::Queue = serde_json::from_value(waiting.value).unwrap();
    let causes: Vec<&str> = queue
        .waiting
        .iter()
        .map(|w| w.alert.cause.as_str())
        .collect();
    assert_eq!(
        causes,
        [
            "alert:backpressure:generated",
            "alert:throughput_degradation"
        ]
    );
    // work goes on
    let done: Vec<NewEvent> = (0..10)
        .map(|_| event(Stage::Validation, Outcome::Passed, "validated"))
        .collect();
    case.cx.store.record("v", &done).await.unwrap();
    case.at(START + 180 * MINUTE);
    assert_eq!(case.count().await.alerts, ["backpressure:generated"]);
    assert_eq!(
        case.said().await.last().unwrap(),
        "alert_over throughput_degradation"
    );
}

#[tokio::test]
async fn snapshots_thin_out_with_age() {
    let mut settings = Settings::default();
    settings.metrics.retention.raw_days = 1;
    settings.metrics.retention.hourly_days = 3;
    settings.metrics.alerts.enabled = false;
    let retention = settings.metrics.retention.clone();
    let mut case = case(settings).await;
    let store = case.cx.store.clone();
    let raw = |subject: &str, at: i64, x: i64| Snapshot {
        subject: subject.into(),
        grain: Grain::Raw,
        at,
        data: json!({ "x": x }),
    };
    // five days, four an hour; other subjects are thinned alike
    for i in 0..5 * 24 * 4 {
        store
            .snapshot(&raw("pipeline", START + i * 15 * MINUTE, i))
            .await
            .unwrap();
    }
    store
        .snapshot(&raw("portfolio", START + 5, 3))
        .await
        .unwrap();
    case.at(START + 5 * DAY);
    assert_eq!(thin(&store, &retention).await.unwrap(), 5 * 24 + 5 + 2);
    assert_eq!(thin(&store, &retention).await.unwrap(), 0);
    assert_eq!(case.snapshots(Grain::Raw).await.len(), 24 * 4);
    assert_eq!(case.snapshots(Grain::Hourly).await.len(), 3 * 24);
    let daily = case.snapshots(Grain::Daily).await;
    assert_eq!(daily.len(), 5);
    assert_eq!(daily[0].at, START);
    assert_eq!(daily[0].data["x"], json!(47.5));
    assert_eq!(daily[0].data["n"], json!(96.0));
    assert_eq!(daily[0].data["spread"]["/x"], json!([0.0, 95.0]));
    let portfolio = store
        .snapshots("portfolio", Grain::Daily, 0, i64::MAX)
        .await
        .unwrap();
    assert_eq!(portfolio[0].data["x"], json!(3.0));
    // the service does it by itself when an hour is over
    case.at(START + 5 * DAY + HOUR + 1);
    case.count().await;
    let hourly = case.snapshots(Grain::Hourly).await;
    assert_eq!(hourly[0].at, START + 2 * DAY);
    // without daily ones for ever they go with the hourly ones
    let short = sixbtc_core::settings::Retention {
        daily_forever: false,
        ..retention
    };
    thin(&store, &short).await.unwrap();
    assert_eq!(case.snapshots(Grain::Daily).await[0].at, START + 2 * DAY);
}

#[tokio::test]
async fn versions_of_the_settings_are_kept_with_what_changed() {
    let mut settings = Settings::default();
    settings.active_pool.max_size = 100;
    let mut case = case(settings.clone()).await;
    case.count().await;
    case.count().await;
    settings.rotator.max_live_strategies = 3;
    case.settings.send_replace(Arc::new(settings));
    case.count().await;
    let versions = case.cx.store.configs(10).await.unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!(
        versions[0].changes,
        json!([{"path": "rotator.max_live_strategies", "old": 8, "new": 3, "reload": true}])
    );
    assert_eq!(versions[1].changes[0]["path"], "active_pool.max_size");
    assert_eq!(versions[1].by, "metrics@test");
}
