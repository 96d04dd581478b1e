//! The service over a store in memory: what a kill, a lost lease and a stop leave behind.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use sixbtc_backtester::Backtester;
use sixbtc_core::daemon::{Context, Service, Worker};
use sixbtc_core::model::{Completion, Queue, Status, Strategy};
use sixbtc_core::settings::Settings;
use sixbtc_core::store::{OpenOptions, Store};
use sixbtc_market::Store as CandleStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use support::{FOLLOWER, bars, row, symbols};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const LEASE: Duration = Duration::from_mins(2);

struct Room {
    cx: Context,
    now: Arc<AtomicI64>,
    _dir: tempfile::TempDir,
    _settings: watch::Sender<Arc<Settings>>,
}

/// A store with one strategy that waits for its judgement, and candles with an edge or without.
async fn room(edge: f64, edit: impl Fn(&mut Settings)) -> (Room, Strategy) {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = Settings::default();
    settings.directories.data = dir.path().join("data");
    settings.backtesting.threads.validated = 1;
    settings.backtesting.threads.retest = 1;
    edit(&mut settings);
    let candles = CandleStore::new(&settings.directories.data);
    for (i, name) in symbols(6).iter().enumerate() {
        candles
            .put(&bars(name, 250, edge, 1 + i as u64), "test")
            .unwrap();
    }
    let end = bars("S0", 250, edge, 1).end().unwrap();
    let now = Arc::new(AtomicI64::new(end));
    let clock = Arc::clone(&now);
    let store = Store::open("sqlite::memory:", OpenOptions::default())
        .await
        .unwrap()
        .clock(move || clock.load(Ordering::SeqCst));
    let strategy = row(FOLLOWER, symbols(6));
    store.insert(&strategy.made, "test", &[]).await.unwrap();
    let claim = store
        .claim(Queue::Validation, "test", LEASE, None)
        .await
        .unwrap()
        .unwrap();
    let validated = Completion {
        status: Some(Status::Validated),
        ..Completion::default()
    };
    store.complete(&claim, "test", &validated).await.unwrap();
    let (sender, settings) = watch::channel(Arc::new(settings));
    let cx = Context {
        store,
        settings,
        stop: CancellationToken::new(),
        identity: "backtester@test".into(),
    };
    let room = Room {
        cx,
        now,
        _dir: dir,
        _settings: sender,
    };
    (room, strategy)
}

async fn workers(room: &Room) -> Vec<Box<dyn Worker>> {
    Backtester::new().start(&room.cx).await.unwrap()
}

async fn found(room: &Room, strategy: &Strategy) -> Strategy {
    room.cx
        .store
        .strategy(strategy.made.id)
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_reaches_the_pool_and_is_tested_again_a_day_later() {
    let (room, strategy) = room(0.006, |_| {}).await;
    let mut workers = workers(&room).await;
    assert_eq!(workers.len(), 2);
    workers[0].tick(&room.cx).await.unwrap();
    let active = found(&room, &strategy).await;
    assert_eq!(active.status, Status::Active, "{:?}", active.reason);
    assert!(active.score_backtest.unwrap() >= 40.0 && active.params.is_some());
    assert!(active.expected.unwrap().trades > 100);
    let store = &room.cx.store;
    assert_eq!(store.runs(strategy.made.id).await.unwrap().len(), 4);
    let tally = store.tally(Some("market 1h")).await.unwrap();
    assert!(tally.points > 1_000 && tally.sharpe.count() > 20);
    // not yet due
    workers[1].tick(&room.cx).await.unwrap();
    assert_eq!(found(&room, &strategy).await.tested_at, active.tested_at);
    room.now.fetch_add(86_400_001, Ordering::SeqCst);
    workers[1].tick(&room.cx).await.unwrap();
    let again = found(&room, &strategy).await;
    assert_eq!(again.status, Status::Active);
    assert!(again.tested_at > active.tested_at);
    assert_eq!(again.score_backtest, active.score_backtest);
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_is_refused_with_figure_and_threshold_in_the_store() {
    let (room, strategy) = room(0.0, |_| {}).await;
    workers(&room).await[0].tick(&room.cx).await.unwrap();
    let failed = found(&room, &strategy).await;
    assert_eq!(failed.status, Status::Failed);
    let gates = room.cx.store.gates(strategy.made.id).await.unwrap();
    let refused = gates.iter().find(|g| !g.gate.passed).unwrap();
    assert_eq!(failed.reason.as_ref(), Some(&refused.gate.name));
    assert!(refused.gate.figure.is_some());
    let tally = room.cx.store.tally(Some("market 1h")).await.unwrap();
    assert!(tally.points > 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_computing_and_handing_over_yields_one_result() {
    let (room, strategy) = room(0.0, |_| {}).await;
    let store = &room.cx.store;
    // a worker claims, and is killed while it computes
    store
        .claim(Queue::Backtest, "killed", LEASE, None)
        .await
        .unwrap()
        .unwrap();
    let mut all = workers(&room).await;
    all[0].tick(&room.cx).await.unwrap();
    assert_eq!(found(&room, &strategy).await.status, Status::Validated);
    // its lease ends, another takes it up
    room.now.fetch_add(121_000, Ordering::SeqCst);
    all[0].tick(&room.cx).await.unwrap();
    assert_eq!(found(&room, &strategy).await.status, Status::Failed);
    let runs = store.runs(strategy.made.id).await.unwrap();
    let points = store.tally(Some("market 1h")).await.unwrap().points;
    all[0].tick(&room.cx).await.unwrap();
    assert_eq!(
        store.runs(strategy.made.id).await.unwrap().len(),
        runs.len()
    );
    assert_eq!(store.tally(Some("market 1h")).await.unwrap().points, points);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_hands_back_at_once_and_the_attempt_does_not_count() {
    let (room, strategy) = room(0.006, |_| {}).await;
    let mut all = workers(&room).await;
    room.cx.stop.cancel();
    // more often than a strategy may be claimed: a stop is no failure of the strategy
    for _ in 0..10 {
        all[0].tick(&room.cx).await.unwrap();
    }
    all[0].stop(&room.cx).await;
    assert_eq!(found(&room, &strategy).await.status, Status::Validated);
    let store = &room.cx.store;
    let next = store.claim(Queue::Backtest, "next", LEASE, None).await;
    assert_eq!(next.unwrap().unwrap().attempt, 1);
    assert_eq!(store.tally(None).await.unwrap().points, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_hides_its_bars_from_judgement() {
    let (room, strategy) = room(0.006, |s| {
        s.market.clock = sixbtc_core::settings::MarketTime::Replay;
        s.market.replay.days = 20;
        s.system.profile = sixbtc_core::settings::Profile::Demo;
    })
    .await;
    workers(&room).await[0].tick(&room.cx).await.unwrap();
    let active = found(&room, &strategy).await;
    assert_eq!(active.status, Status::Active, "{:?}", active.reason);
    assert!(active.reason.unwrap().contains("demo"));
    let begin = room.now.load(Ordering::SeqCst) - 20 * 86_400_000;
    for run in room.cx.store.runs(strategy.made.id).await.unwrap() {
        assert!(run.run.to <= begin);
        assert_eq!(run.run.metrics["profile"], "demo");
    }
}
