//! The service on a store of its own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_core::daemon::{Context, Next, Service};
use sixbtc_core::model::{Coin, Side, SourceName, Status};
use sixbtc_core::settings::{AiMode, PatternBackend, Settings};
use sixbtc_core::store::{EventFilter, Filter, OpenOptions, Store};
use sixbtc_generator::Generator;
use sixbtc_generator::service::STATE;
use sixbtc_market::Timeframe;
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
    let state = cx.store.control(STATE).await.unwrap().unwrap();
    let arms = state.value["bandit"]["arms"].as_object().unwrap();
    let turns: u64 = arms.values().map(|a| a["turns"].as_u64().unwrap()).sum();
    assert_eq!(turns, 6);
    let made = cx.store.list(&Filter::default()).await.unwrap();
    let mut names: Vec<&str> = made.iter().map(|s| s.made.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), made.len());
}

/// Switches all sources off but one.
fn only(settings: &mut Settings, source: SourceName) {
    let s = &mut settings.generation.strategy_sources;
    s.pattern_gen.enabled = false;
    s.unger.enabled = false;
    s.pandas_ta.enabled = false;
    match source {
        SourceName::Pattern => s.pattern.enabled = true,
        SourceName::AiFree => s.ai_free.enabled = true,
        SourceName::AiAssigned => s.ai_assigned.enabled = true,
        other => panic!("{other}"),
    }
    settings.timeframes = vec![Timeframe::H1.into()];
}

const DIP: &str = "#sbt 1\n\nstrategy dip \"Buys when momentum is low.\" {\n  on 1h\n\n  param n: bars = 14 in 7..28 step 7\n\n  enter long when rsi(close, n) < 30 {\n    stop 2%\n    target 4%\n  }\n\n  size risk 2%\n  limit leverage 3\n}\n";

#[tokio::test]
async fn a_model_writes_a_strategy_within_the_budget() {
    let dir = tempfile::tempdir().unwrap();
    let answer = dir.path().join("answer.txt");
    std::fs::write(&answer, format!("Here it is.\n```sbt\n{DIP}```\n")).unwrap();
    let (cx, _settings) = context(|s| {
        only(s, SourceName::AiFree);
        s.generation.strategy_sources.ai_free.supported_directions = vec![Side::Long];
        s.ai.mode = AiMode::Cli;
        s.ai.cli.model = format!("cat {}", answer.display());
        s.ai.daily_limit.max_calls = 2;
    })
    .await;
    list_coins(&cx, 3).await;
    let mut author = Generator::new().start(&cx).await.unwrap().remove(1);
    assert_eq!(author.tick(&cx).await.unwrap(), Next::Now);
    let made = cx.store.list(&Filter::default()).await.unwrap();
    assert_eq!(made.len(), 1);
    let made = &made[0].made;
    assert_eq!(made.source, SourceName::AiFree);
    assert!(made.name.starts_with("AIFStrat_"), "{}", made.name);
    assert!(made.text.contains(&format!("strategy {}", made.name)));
    assert_eq!(made.recipe["space"]["kind"], "own");
    // the same program again is refused, and costs all the same
    assert_eq!(author.tick(&cx).await.unwrap(), Next::Now);
    assert_eq!(cx.store.list(&Filter::default()).await.unwrap().len(), 1);
    assert!(matches!(author.tick(&cx).await.unwrap(), Next::After(d) if d.as_secs() >= 60));
    let events = cx.store.events(&EventFilter::default()).await.unwrap();
    let asked: Vec<_> = events.iter().filter(|e| e.event.what == "asked").collect();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].event.data["refused"]["same_program"], 1);
    assert!(
        asked[1].event.data["dialogue"][0]["answer"]
            .as_str()
            .unwrap()
            .contains("strategy dip")
    );
    let state = cx.store.control(STATE).await.unwrap().unwrap().value;
    assert_eq!(state["ai"]["calls"], 2);
    assert!(state["ai"]["usd"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn patterns_of_a_service_become_strategies_on_their_own_coins() {
    let list = serde_json::json!([{
        "id": "p1", "formula": "rsi(close, 14) < 30 and close > open", "direction": "long", "timeframe": "1h",
        "samples": [600, 700], "stability": 0.004, "targets": [{"magnitude": 0.02, "hold": 20, "edge": 0.12}],
        "coins": [{"symbol": "C01", "edge": 0.12, "signals": 80}, {"symbol": "C00", "edge": 0.15, "signals": 80}]
    }]);
    let app = axum::Router::new().route(
        "/patterns",
        axum::routing::get(move || async move { axum::Json(list) }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let (cx, _settings) = context(|s| {
        only(s, SourceName::Pattern);
        s.generation.strategy_sources.pattern.supported_directions = vec![Side::Long];
        s.pattern_discovery.backend = PatternBackend::Service;
        s.pattern_discovery.api_url = url;
    })
    .await;
    list_coins(&cx, 2).await;
    let mut workers = Generator::new().start(&cx).await.unwrap();
    // before the list is there the source is away, not broken
    workers[0].tick(&cx).await.unwrap();
    assert!(cx.store.list(&Filter::default()).await.unwrap().is_empty());
    let mut workers = Generator::new().start(&cx).await.unwrap();
    assert!(matches!(
        workers[2].tick(&cx).await.unwrap(),
        Next::After(_)
    ));
    workers[0].tick(&cx).await.unwrap();
    let made = cx.store.list(&Filter::default()).await.unwrap();
    assert_eq!(made.len(), 1, "one pattern with one target is one strategy");
    assert_eq!(made[0].made.source, SourceName::Pattern);
    assert_eq!(made[0].made.recipe["space"]["kind"], "touch");
    assert_eq!(made[0].made.symbols.len(), 2);
}

#[tokio::test]
async fn patterns_are_mined_once_from_the_same_candles() {
    let dir = tempfile::tempdir().unwrap();
    let candles = sixbtc_market::Store::new(dir.path());
    for (seed, symbol) in [(1, "C00"), (2, "C01")] {
        let bars = sixbtc_market::synth(&sixbtc_market::SynthOptions {
            symbol: symbol.into(),
            seed,
            bars: 100 * 24,
            ..sixbtc_market::SynthOptions::default()
        })
        .unwrap();
        candles.put(&bars, "synth").unwrap();
    }
    let (cx, _settings) = context(|s| {
        only(s, SourceName::Pattern);
        s.directories.data = dir.path().to_owned();
        s.backtesting.is_days = 60;
        s.backtesting.oos_days = 20;
        s.backtesting.sealed_days = 10;
    })
    .await;
    list_coins(&cx, 2).await;
    let mut finder = Generator::new().start(&cx).await.unwrap().remove(2);
    finder.tick(&cx).await.unwrap();
    finder.tick(&cx).await.unwrap();
    let events = cx.store.events(&EventFilter::default()).await.unwrap();
    let mined: Vec<_> = events.iter().filter(|e| e.event.what == "mined").collect();
    assert_eq!(mined.len(), 1);
    let tried = mined[0].event.data["tried"].as_u64().unwrap();
    assert!(tried > 1_000);
    let tally = cx.store.tally(Some("market 1h")).await.unwrap();
    assert_eq!(tally.points, tried, "each was a trial");
}
