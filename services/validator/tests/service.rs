//! The service over a store in memory.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_core::daemon::{Context, Service};
use sixbtc_core::model::{NewStrategy, Side, SourceName, Status, StrategyType};
use sixbtc_core::settings::Settings;
use sixbtc_core::store::{OpenOptions, Store};
use sixbtc_validator::Validator;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

fn row(number: u128, text: &str) -> NewStrategy {
    NewStrategy {
        id: Uuid::from_u128(number),
        name: format!("Try_MOM_{number:08x}"),
        sentence: String::new(),
        source: SourceName::PandasTa,
        bred: false,
        kind: StrategyType::Momentum,
        side: Side::Long,
        timeframe: "1h".into(),
        symbols: vec!["BTC".into()],
        text: text.into(),
        normal_hash: format!("n{number}"),
        behaviour_hash: format!("b{number}"),
        recipe: serde_json::json!({}),
        parents: Vec::new(),
    }
}

fn good(number: u128) -> NewStrategy {
    let text = format!(
        "#sbt 1\n\nstrategy Try_MOM_{number:08x} {{\n  on 1h\n\n  enter long when rsi(close, 14) crosses above 30 {{\n    stop 2%\n    target 4%\n  }}\n\n  size risk 2%\n}}\n"
    );
    row(number, &text)
}

async fn room(
    rows: &[NewStrategy],
    edit: impl Fn(&mut Settings),
) -> (Context, watch::Sender<Arc<Settings>>) {
    let store = Store::open("sqlite::memory:", OpenOptions::default())
        .await
        .unwrap();
    for row in rows {
        store.insert(row, "test", &[]).await.unwrap();
    }
    let mut settings = Settings::default();
    settings.validation.parallel_threads = 1;
    edit(&mut settings);
    let (sender, settings) = watch::channel(Arc::new(settings));
    let cx = Context {
        store,
        settings,
        stop: CancellationToken::new(),
        identity: "validator@test".into(),
    };
    (cx, sender)
}

#[tokio::test]
async fn a_batch_is_validated_or_refused_with_the_gate() {
    let rows = [good(1), row(2, "nonsense"), good(3)];
    let (cx, _settings) = room(&rows, |_| {}).await;
    let mut workers = Validator::new().start(&cx).await.unwrap();
    workers[0].tick(&cx).await.unwrap();
    let counts = cx.store.counts().await.unwrap();
    assert_eq!(counts.get(&Status::Validated), Some(&2));
    let failed = cx.store.strategy(rows[1].id).await.unwrap().unwrap();
    assert_eq!(failed.status, Status::Failed);
    assert_eq!(failed.reason.as_deref(), Some("validation.errors"));
    let gates = cx.store.gates(rows[1].id).await.unwrap();
    let refused = gates.iter().find(|g| !g.gate.passed).unwrap();
    assert!(refused.gate.figure.unwrap() >= 1.0 && !refused.gate.says.is_empty());
}

#[tokio::test]
async fn it_waits_while_enough_are_validated() {
    let rows: Vec<NewStrategy> = (1..=5).map(good).collect();
    let (cx, _settings) = room(&rows, |s| s.pipeline.queue_limits.validated = 2).await;
    let mut workers = Validator::new().start(&cx).await.unwrap();
    for _ in 0..4 {
        workers[0].tick(&cx).await.unwrap();
    }
    assert_eq!(cx.store.count(Status::Validated).await.unwrap(), 2);
}

#[tokio::test]
async fn a_stop_hands_back_what_was_not_examined() {
    let rows: Vec<NewStrategy> = (1..=3).map(good).collect();
    let (cx, _settings) = room(&rows, |_| {}).await;
    let mut workers = Validator::new().start(&cx).await.unwrap();
    cx.stop.cancel();
    workers[0].tick(&cx).await.unwrap();
    workers[0].stop(&cx).await;
    assert_eq!(cx.store.count(Status::Generated).await.unwrap(), 3);
    let lease = std::time::Duration::from_mins(1);
    let queue = sixbtc_core::model::Queue::Validation;
    let again = cx.store.claim_many(queue, "next", lease, 10).await.unwrap();
    assert_eq!(again.len(), 3);
    assert!(again.iter().all(|c| c.attempt == 1));
}
