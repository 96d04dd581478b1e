//! The service on a store of its own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_core::daemon::{Context, Next, Service};
use sixbtc_core::model::{Coin, Status};
use sixbtc_core::settings::Settings;
use sixbtc_core::store::{EventFilter, Filter, OpenOptions, Store};
use sixbtc_generator::Generator;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

async fn context(change: impl FnOnce(&mut Settings)) -> (Context, watch::Sender<Arc<Settings>>) {
    let store = Store::open("sqlite::memory:", OpenOptions::default())
        .await
        .unwrap()
        .clock(|| 1_700_000_000_000);
    let mut settings = Settings::default();
    change(&mut settings);
    let (to, from) = watch::channel(Arc::new(settings));
    let cx = Context {
        store,
        settings: from,
        stop: CancellationToken::new(),
        identity: "generator@test".into(),
    };
    (cx, to)
}

async fn list_coins(cx: &Context, many: usize) {
    let coins: Vec<Coin> = (0..many)
        .map(|at| Coin {
            symbol: format!("C{at:02}"),
            max_leverage: 10,
            volume_24h: (100_000_000 - at as i64).into(),
            price: 1.into(),
            active: true,
            coverage_days: Some(200.0),
            listed_at: None,
            updated_at: 0,
            data: serde_json::Value::Null,
        })
        .collect();
    cx.store.upsert_coins(&coins).await.unwrap();
}

#[tokio::test]
async fn turns_fill_the_queue_until_it_is_full() {
    let (cx, _settings) = context(|s| s.pipeline.queue_limits.generated = 20).await;
    let mut worker = Generator::new().start(&cx).await.unwrap().remove(0);
    assert!(
        matches!(worker.tick(&cx).await.unwrap(), Next::After(_)),
        "no coins yet"
    );
    list_coins(&cx, 40).await;
    let mut rounds = 0;
    while worker.tick(&cx).await.unwrap() == Next::Now {
        rounds += 1;
        assert!(rounds < 200);
    }
    worker.stop(&cx).await;
    let made = cx.store.list(&Filter::default()).await.unwrap();
    assert!(made.len() >= 20 && made.len() < 28, "{}", made.len());
    for s in &made {
        assert_eq!(s.status, Status::Generated);
        assert_eq!(s.made.symbols.len(), 30);
        assert_eq!(s.made.symbols[0], "C00");
        assert!(s.made.text.contains(&format!("on {}", s.made.timeframe)));
    }
    let events = cx.store.events(&EventFilter::default()).await.unwrap();
    let of = |what: &str| events.iter().filter(|e| e.event.what == what).count();
    assert_eq!(of("created"), made.len());
    assert!(of("drawn") >= 1);
    let sum = |key: &str| -> u64 {
        events
            .iter()
            .filter(|e| e.event.what == "drawn")
            .map(|e| e.event.data[key].as_u64().unwrap())
            .sum()
    };
    assert_eq!(sum("accepted"), made.len() as u64);
    let refused: u64 = events
        .iter()
        .filter(|e| e.event.what == "drawn")
        .flat_map(|e| e.event.data["refused"].as_object().unwrap().values())
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert_eq!(sum("drawn"), sum("accepted") + refused);
    assert!(
        matches!(worker.tick(&cx).await.unwrap(), Next::After(d) if d <= Duration::from_secs(10))
    );
}

#[tokio::test]
async fn a_second_generator_goes_on_where_the_first_stopped() {
    let (cx, _settings) = context(|_| {}).await;
    list_coins(&cx, 5).await;
    for _ in 0..2 {
        let mut worker = Generator::new().start(&cx).await.unwrap().remove(0);
        for _ in 0..3 {
            worker.tick(&cx).await.unwrap();
        }
    }
    let state = cx
        .store
        .control(sixbtc_generator::service::STATE)
        .await
        .unwrap()
        .unwrap();
    let arms = state.value["bandit"]["arms"].as_object().unwrap();
    let turns: u64 = arms.values().map(|a| a["turns"].as_u64().unwrap()).sum();
    assert_eq!(turns, 6);
    let made = cx.store.list(&Filter::default()).await.unwrap();
    let mut names: Vec<&str> = made.iter().map(|s| s.made.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), made.len());
}
