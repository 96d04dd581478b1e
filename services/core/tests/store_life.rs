//! A strategy's way through the store.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_core::model::*;
use sixbtc_core::store::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use uuid::Uuid;

fn made(n: u8) -> NewStrategy {
    NewStrategy {
        id: Uuid::from_bytes([n; 16]),
        name: format!("PtaStrat_MOM_{n:08x}"),
        sentence: "Buys.".into(),
        source: SourceName::PandasTa,
        bred: false,
        kind: StrategyType::Momentum,
        side: Side::Long,
        timeframe: "15m".into(),
        symbols: vec!["BTC".into()],
        text: "#sbt 1".into(),
        normal_hash: format!("n{n}"),
        behaviour_hash: format!("b{n}"),
        recipe: serde_json::json!({"n": n}),
        parents: vec![],
    }
}

fn event(id: Uuid, what: &str) -> NewEvent {
    NewEvent {
        strategy: Some(id),
        name: String::new(),
        stage: Stage::Generation,
        what: what.into(),
        outcome: Outcome::Passed,
        took_ms: None,
        data: serde_json::Value::Null,
    }
}

#[tokio::test]
async fn from_birth_to_the_grave() {
    let time = Arc::new(AtomicI64::new(1_000));
    let clock = time.clone();
    let store = Store::open("sqlite::memory:", OpenOptions::default())
        .await
        .unwrap()
        .clock(move || clock.load(Ordering::SeqCst));
    let s = made(1);
    let created = [event(s.id, "created")];
    assert_eq!(
        store.insert(&s, "g", &created).await.unwrap(),
        Inserted::New
    );
    assert_eq!(
        store.insert(&s, "g", &created).await.unwrap(),
        Inserted::SameId
    );
    assert_eq!(
        store.events(&EventFilter::default()).await.unwrap().len(),
        1
    );
    let lease = Duration::from_secs(60);
    let claim = store
        .claim(Queue::Validation, "w", lease, None)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(claim.strategy.made, s);
    assert!(
        store
            .claim(Queue::Validation, "v", lease, None)
            .await
            .unwrap()
            .is_none()
    );
    let passed = Completion {
        status: Some(Status::Validated),
        ..Completion::default()
    };
    assert_eq!(
        store.complete(&claim, "w", &passed).await.unwrap(),
        Done::Written
    );
    assert_eq!(
        store.complete(&claim, "w", &passed).await.unwrap(),
        Done::Already
    );
    let claim = store
        .claim(Queue::Backtest, "w", lease, None)
        .await
        .unwrap()
        .unwrap();
    let good = Completion {
        status: Some(Status::Active),
        score: Some(50.0),
        tested: true,
        ..Completion::default()
    };
    assert_eq!(
        store
            .complete_into_pool(&claim, "w", &good, 1)
            .await
            .unwrap(),
        PoolEntry::Entered
    );
    store.set_subaccount(&Subaccount::new(3)).await.unwrap();
    store
        .promote(
            s.id,
            3,
            "62.5".parse().unwrap(),
            "r",
            &event(s.id, "promoted"),
        )
        .await
        .unwrap();
    assert_eq!(store.subaccounts().await.unwrap()[0].strategy, Some(s.id));
    store
        .retire(s.id, "live_degraded", "m", &event(s.id, "retired"))
        .await
        .unwrap();
    let end = store.strategy(s.id).await.unwrap().unwrap();
    assert_eq!(
        (end.status, end.reason.as_deref()),
        (Status::Retired, Some("live_degraded"))
    );
    assert_eq!(store.subaccounts().await.unwrap()[0].strategy, None);
    assert_eq!(
        store
            .list(&Filter {
                status: Some(Status::Retired),
                ..Filter::default()
            })
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(store.counts().await.unwrap()[&Status::Retired], 1);
    assert!(store.add_task("t", 500).await.unwrap());
    let task = store.claim_task("w", lease).await.unwrap().unwrap();
    store
        .finish_task(&task, &TaskEnd::default(), 9_000)
        .await
        .unwrap();
    assert_eq!(
        store
            .set_control("k", &1.into(), Some(0), "x")
            .await
            .unwrap(),
        1
    );
    assert!(
        store
            .set_control("k", &1.into(), Some(0), "x")
            .await
            .is_err()
    );
    assert!(store.lease("executor", "a", lease).await.unwrap().is_some());
    assert!(store.lease("executor", "b", lease).await.unwrap().is_none());
    assert!(!store.funnel(0).await.unwrap().is_empty());
}
