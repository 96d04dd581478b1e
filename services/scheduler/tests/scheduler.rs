//! The scheduler over a store in memory, with a clock that tests move and exchanges that never leave this process.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::{Value, json};
use sixbtc_core::daemon::{Context, Next, Service, Worker};
use sixbtc_core::model::{
    Completion, NewEvent, NewStrategy, Outcome, Queue, Side, SourceName, Stage, Status,
    StrategyType, TaskRun, TaskStatus,
};
use sixbtc_core::settings::{CandleSource, Settings};
use sixbtc_core::store::{EventFilter, OpenOptions, Store};
use sixbtc_exchange::{Exchange, ExchangeError, Listing, Millis, Want};
use sixbtc_market::{Bars, Funding, SynthOptions, Timeframe, synth};
use sixbtc_scheduler::{Exchanges, Scheduler};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2026-03-01 12:00 UTC.
const NOON: i64 = 1_772_366_400_000;

/// Two coins, the same on both sides.
struct Fake {
    down: Arc<AtomicBool>,
    clock: Arc<AtomicI64>,
    venue: bool,
}

impl Fake {
    fn check(&self) -> Result<(), ExchangeError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(ExchangeError::Unreachable {
                host: "nowhere".into(),
                reason: "no route".into(),
            });
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Exchange for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }
    fn market_of(&self, coin: &str) -> String {
        format!("{coin}USDT")
    }
    fn page(&self) -> usize {
        100_000
    }
    fn reach(&self) -> Option<u64> {
        None
    }
    fn serves(&self, _: Timeframe) -> Result<(), ExchangeError> {
        Ok(())
    }
    async fn time(&self, _: &CancellationToken) -> Result<Millis, ExchangeError> {
        self.check()?;
        Ok(self.clock.load(Ordering::SeqCst))
    }
    async fn candles(&self, want: &Want, _: &CancellationToken) -> Result<Bars, ExchangeError> {
        self.check()?;
        let length = want.timeframe.ms();
        let options = SynthOptions {
            symbol: want.coin.clone(),
            timeframe: want.timeframe,
            start: want.from,
            bars: ((want.to - want.from) / length) as usize,
            ..SynthOptions::default()
        };
        Ok(synth(&options).unwrap())
    }
    async fn funding(
        &self,
        _: &str,
        _: &str,
        from: Millis,
        to: Millis,
        _: &CancellationToken,
    ) -> Result<Funding, ExchangeError> {
        let next = (from + 8 * HOUR - 1).div_euclid(8 * HOUR) * 8 * HOUR;
        let time: Vec<i64> = (next..to).step_by(8 * HOUR as usize).collect();
        let rate = vec![0.0001; time.len()];
        Ok(Funding { time, rate })
    }
    async fn listings(&self, _: &CancellationToken) -> Result<Vec<Listing>, ExchangeError> {
        self.check()?;
        let market = |coin: &str| {
            if self.venue {
                coin.to_owned()
            } else {
                format!("{coin}USDT")
            }
        };
        let one = |coin: &str, volume_usd| Listing {
            market: market(coin),
            trading: true,
            listed: Some(NOON - 1000 * DAY),
            max_leverage: Some(25.0),
            volume_usd,
            price: 100.0,
            tick: None,
            lot: Some(0.01),
            min_notional: Some(10.0),
        };
        Ok(vec![one("BTC", 9e6), one("ETH", 8e6)])
    }
}

struct Room {
    cx: Context,
    service: Scheduler,
    clock: Arc<AtomicI64>,
    down: Arc<AtomicBool>,
    dir: tempfile::TempDir,
    _settings: watch::Sender<Arc<Settings>>,
}

impl Room {
    async fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(NOON));
        let down = Arc::new(AtomicBool::new(false));
        let reads = Arc::clone(&clock);
        let store = Store::open("sqlite::memory:", OpenOptions::default())
            .await
            .unwrap();
        let store = store.clock(move || reads.load(Ordering::SeqCst));
        let mut settings = Settings::default();
        settings.directories.data = dir.path().join("data");
        settings.directories.tmp = dir.path().join("tmp");
        settings.timeframes.truncate(1);
        settings.data_scheduler.download_days = 5;
        settings.regime.window_days = 20;
        change(&mut settings);
        let (keep, settings) = watch::channel(Arc::new(settings));
        let cx = Context {
            store,
            settings,
            stop: CancellationToken::new(),
            identity: "scheduler@here:1:0".into(),
        };
        let (fails, time) = (Arc::clone(&down), Arc::clone(&clock));
        let service = Scheduler::with_exchanges(Arc::new(move |settings: &Settings| {
            let fake = |venue| -> Arc<dyn Exchange> {
                Arc::new(Fake {
                    down: Arc::clone(&fails),
                    clock: Arc::clone(&time),
                    venue,
                })
            };
            Ok(Exchanges {
                candles: (settings.data_scheduler.source != CandleSource::None)
                    .then(|| fake(false)),
                venue: fake(true),
                same: false,
            })
        }));
        Self {
            cx,
            service,
            clock,
            down,
            dir,
            _settings: keep,
        }
    }

    /// Runs everything that is due now.
    async fn run(&self) {
        let mut workers = self.service.start(&self.cx).await.unwrap();
        let worker = &mut workers[0];
        for _ in 0..200 {
            if worker.tick(&self.cx).await.unwrap() != Next::Now {
                return;
            }
        }
        panic!(
            "tasks without end: {:?}",
            self.cx.store.tasks().await.unwrap()
        );
    }

    fn pass(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    async fn history(&self, task: &str) -> Vec<TaskRun> {
        self.cx.store.task_runs(Some(task), 100).await.unwrap()
    }

    async fn last(&self, task: &str) -> TaskRun {
        self.history(task).await.remove(0)
    }

    async fn due(&self, task: &str) -> i64 {
        let tasks = self.cx.store.tasks().await.unwrap();
        tasks.into_iter().find(|t| t.name == task).unwrap().due_at
    }
}

#[tokio::test]
async fn coins_then_candles_then_regimes() {
    let room = Room::new(|_| {}).await;
    room.run().await;
    let pairs = room.last("update_pairs").await;
    assert_eq!(pairs.status, TaskStatus::Done, "{pairs:?}");
    assert_eq!(pairs.data["joined"], json!(["BTC", "ETH"]));
    assert_eq!(
        room.last("download_data").await.data["waits"],
        json!("there are no coins yet: `update_pairs` comes first")
    );
    room.pass(11 * MINUTE);
    room.run().await;
    let data = room.last("download_data").await;
    assert_eq!(
        (data.status, &data.data["failed"]),
        (TaskStatus::Done, &json!(0)),
        "{data:?}"
    );
    assert_eq!(data.data["series"], json!(4));
    assert!(data.data["hindsight"].as_str().unwrap().contains("2 coins"));
    let coins = room.cx.store.coins(true).await.unwrap();
    assert_eq!(coins.len(), 2);
    assert_eq!(coins[0].data["candles_market"], json!("BTCUSDT"));
    // 21 days are kept, because regimes look at 20
    assert!(
        coins[0].coverage_days.unwrap() > 20.9,
        "{:?}",
        coins[0].coverage_days
    );
    assert_eq!(room.cx.store.datasets().await.unwrap().len(), 4);
    let candles = sixbtc_market::Store::new(room.dir.path().join("data"));
    let stored = candles
        .load("BTC", Timeframe::M15, None, None)
        .unwrap()
        .bars;
    assert!(stored.end().unwrap() <= NOON + 11 * MINUTE);
    assert!(sixbtc_exchange::funding::path(&candles, "ETH").exists());
    room.pass(11 * MINUTE);
    room.run().await;
    let regimes = room.cx.store.regimes().await.unwrap();
    assert_eq!(regimes.len(), 2, "{:?}", room.last("detect_regimes").await);
    assert_eq!(room.due("update_pairs").await, NOON + HOUR + 45 * MINUTE);
    assert_eq!(room.due("download_data").await, NOON + 2 * HOUR);
    room.pass(5 * HOUR);
    room.run().await;
    assert_eq!(
        room.last("refresh_caches").await.data,
        json!({"series": 4, "symbols": 2})
    );
}

#[tokio::test]
async fn offline_says_so() {
    let room = Room::new(|s| s.data_scheduler.source = CandleSource::None).await;
    room.run().await;
    for task in ["update_pairs", "download_data"] {
        let why = room.last(task).await.data["skipped"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(why.starts_with("offline: "), "{task}: {why}");
    }
    let off = Room::new(|s| s.data_scheduler.enabled = false).await;
    off.run().await;
    off.pass(3 * HOUR);
    off.run().await;
    off.pass(3 * HOUR);
    off.run().await;
    let pairs = off.last("update_pairs").await;
    assert_eq!(
        pairs.data["skipped"],
        json!("switched off by `data_scheduler.enabled`")
    );
    // of trading nothing is there yet
    off.pass(10 * MINUTE);
    off.cx
        .store
        .trigger_task("sync_balances", "me")
        .await
        .unwrap();
    off.run().await;
    let balances = off.last("sync_balances").await;
    assert_eq!(balances.data["skipped"], json!("no exchange account"));
    assert_eq!(balances.triggered_by.as_deref(), Some("me"));
}

#[tokio::test]
async fn a_task_that_fails_is_tried_again_later_and_hinders_no_other() {
    let room = Room::new(|_| {}).await;
    room.down.store(true, Ordering::SeqCst);
    let mut pauses = Vec::new();
    for _ in 0..4 {
        room.run().await;
        let failed = room.last("update_pairs").await;
        assert_eq!(failed.status, TaskStatus::Failed);
        assert!(failed.error.unwrap().contains("cannot reach nowhere"));
        let now = room.clock.load(Ordering::SeqCst);
        pauses.push((room.due("update_pairs").await - now) / MINUTE);
        room.pass(room.due("update_pairs").await - now);
    }
    assert_eq!(pauses, [1, 2, 4, 8]);
    assert_eq!(room.last("refresh_caches").await.status, TaskStatus::Done);
    room.down.store(false, Ordering::SeqCst);
    room.run().await;
    assert_eq!(room.last("update_pairs").await.status, TaskStatus::Done);
    assert_eq!(room.due("update_pairs").await, NOON + HOUR + 45 * MINUTE);
}

#[tokio::test]
async fn after_three_days_of_darkness() {
    let room = Room::new(|_| {}).await;
    room.run().await;
    let before = (
        room.history("update_pairs").await.len(),
        room.history("daily_report").await.len(),
    );
    assert_eq!(before, (1, 0));
    room.pass(3 * DAY);
    room.run().await;
    assert_eq!(room.history("update_pairs").await.len(), 2);
    assert_eq!(room.history("cleanup_old_failed").await.len(), 1);
    // each day has its report
    let reports = room.history("daily_report").await;
    let days: Vec<i64> = reports
        .iter()
        .map(|r| r.data["to"].as_i64().unwrap())
        .collect();
    assert_eq!(days, [2, 1, 0].map(|d| NOON + 18 * HOUR + d * DAY));
    let written = room.cx.store.events(&EventFilter::default()).await.unwrap();
    assert_eq!(
        written
            .iter()
            .filter(|e| e.event.what == "daily_report")
            .count(),
        3
    );
    // balances of three days ago interest nobody
    let balances = room.last("sync_balances").await;
    assert!(
        balances.data["skipped"]
            .as_str()
            .unwrap()
            .contains("not made up for")
    );
    // a restart neither repeats nor skips
    let runs = room.cx.store.task_runs(None, 1000).await.unwrap().len();
    room.run().await;
    assert_eq!(
        room.cx.store.task_runs(None, 1000).await.unwrap().len(),
        runs
    );
}

#[tokio::test]
async fn a_clock_that_was_years_ahead() {
    let room = Room::new(|_| {}).await;
    room.run().await;
    room.pass(1000 * DAY);
    room.run().await;
    assert!(room.due("update_pairs").await > NOON + 999 * DAY);
    room.pass(-1000 * DAY);
    room.run().await;
    assert_eq!(room.due("update_pairs").await, NOON + HOUR + 45 * MINUTE);
    let runs = room.history("update_pairs").await.len();
    room.pass(2 * HOUR);
    room.run().await;
    assert_eq!(room.history("update_pairs").await.len(), runs + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_schedulers_one_runs_a_task() {
    let room = Room::new(|_| {}).await;
    let mut handles = Vec::new();
    for n in 0..6 {
        let mut cx = room.cx.clone();
        cx.identity = format!("scheduler@{n}");
        let mut workers: Vec<Box<dyn Worker>> = room.service.start(&cx).await.unwrap();
        let mut worker = workers.remove(0);
        handles.push(tokio::spawn(async move {
            while worker.tick(&cx).await.unwrap() == Next::Now {}
        }));
    }
    for handle in handles {
        handle.await.unwrap();
    }
    for task in ["update_pairs", "refresh_caches"] {
        let history = room.history(task).await;
        assert_eq!(history.len(), 1, "{history:?}");
    }
}

#[tokio::test]
async fn a_worker_that_vanishes_loses_its_task_and_overlap_is_refused() {
    let room = Room::new(|s| s.data_scheduler.source = CandleSource::None).await;
    room.run().await;
    let store = &room.cx.store;
    store.trigger_task("refresh_caches", "me").await.unwrap();
    let claim = store
        .claim_task("gone", Duration::from_mins(2))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(claim.name, "refresh_caches");
    // it is taken: a second wish waits
    store
        .trigger_task("refresh_caches", "me again")
        .await
        .unwrap();
    let runs = room.history("refresh_caches").await.len();
    room.run().await;
    assert_eq!(room.history("refresh_caches").await.len(), runs);
    room.pass(3 * MINUTE);
    room.run().await;
    let history = room.history("refresh_caches").await;
    assert!(
        history.iter().any(|r| r.status == TaskStatus::Crashed),
        "{history:?}"
    );
    assert_eq!(history[0].status, TaskStatus::Done);
    // whoever comes back late writes nothing
    let late = store
        .finish_task(&claim, &sixbtc_core::store::TaskEnd::default(), 0)
        .await;
    assert!(late.is_err());
}

fn strategy(n: u128) -> NewStrategy {
    NewStrategy {
        id: Uuid::from_u128(n),
        name: format!("Test_MOM_{n:08x}"),
        sentence: String::new(),
        source: SourceName::PatternGen,
        bred: false,
        kind: StrategyType::Momentum,
        side: Side::Long,
        timeframe: "15m".into(),
        symbols: vec!["BTC".into()],
        text: "#sbt 1".into(),
        normal_hash: format!("n{n}"),
        behaviour_hash: format!("b{n}"),
        recipe: Value::Null,
        parents: vec![],
    }
}

#[tokio::test]
async fn stale_ones_are_refused_validated_ones_and_the_evidence_stay() {
    let room = Room::new(|s| s.data_scheduler.source = CandleSource::None).await;
    let store = &room.cx.store;
    let made = |n| {
        let event = NewEvent {
            strategy: Some(Uuid::from_u128(n)),
            name: strategy(n).name,
            stage: Stage::Generation,
            what: "created".into(),
            outcome: Outcome::Noted,
            took_ms: None,
            data: Value::Null,
        };
        (strategy(n), event)
    };
    let insert = async |n| {
        let (new, event) = made(n);
        store.insert(&new, "test", &[event]).await.unwrap();
    };
    insert(1).await;
    let claim = store
        .claim(Queue::Validation, "v", Duration::from_mins(1), None)
        .await
        .unwrap()
        .unwrap();
    let valid = Completion {
        status: Some(Status::Validated),
        ..Completion::default()
    };
    store.complete(&claim, "v", &valid).await.unwrap();
    insert(2).await;
    room.pass(30 * DAY);
    insert(3).await;
    room.run().await;
    room.cx
        .store
        .trigger_task("cleanup_stale_strategies", "me")
        .await
        .unwrap();
    room.run().await;
    let status = async |n| store.strategy(Uuid::from_u128(n)).await.unwrap().unwrap();
    assert_eq!(status(1).await.status, Status::Validated);
    assert_eq!(status(2).await.status, Status::Failed);
    assert_eq!(status(2).await.reason.as_deref(), Some("stale"));
    assert_eq!(status(3).await.status, Status::Generated);
    assert_eq!(
        room.last("cleanup_stale_strategies").await.data,
        json!({"refused": 1, "validated_kept": 1})
    );
    // a week later the row goes, its events stay
    room.pass(8 * DAY);
    room.cx
        .store
        .trigger_task("cleanup_old_failed", "me")
        .await
        .unwrap();
    room.run().await;
    assert!(store.strategy(Uuid::from_u128(2)).await.unwrap().is_none());
    let events = store.events(&EventFilter::default()).await.unwrap();
    let of_it: Vec<&str> = events
        .iter()
        .filter(|e| e.event.strategy == Some(Uuid::from_u128(2)))
        .map(|e| e.event.what.as_str())
        .collect();
    assert!(
        of_it.contains(&"created") && of_it.contains(&"stale"),
        "{of_it:?}"
    );
    assert_eq!(status(1).await.status, Status::Validated);
}

#[tokio::test]
async fn stopped_in_the_middle_it_is_due_again_at_once() {
    let room = Room::new(|_| {}).await;
    room.run().await;
    room.pass(MINUTE);
    room.cx.stop.cancel();
    room.run_once().await;
    let data = room.last("download_data").await;
    assert_eq!(
        data.data["waits"],
        json!("the scheduler was stopped"),
        "{data:?}"
    );
    assert_eq!(room.due("download_data").await, NOON + MINUTE);
}

impl Room {
    /// One round of one worker, as the harness does before it looks at the stop.
    async fn run_once(&self) {
        let mut workers = self.service.start(&self.cx).await.unwrap();
        workers[0].tick(&self.cx).await.unwrap();
    }
}
