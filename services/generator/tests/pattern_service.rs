//! The client of a pattern service against services that are well, garbled, endless and hanging.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::IntoResponse;
use axum::routing::get;
use futures_util::stream;
use serde_json::json;
use sixbtc_core::settings::PatternDiscovery;
use sixbtc_generator::pattern::{PatternService, Rules, ServiceError, choose};
use std::time::Duration;

async fn serve(app: Router) -> PatternDiscovery {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    PatternDiscovery {
        api_url,
        ..PatternDiscovery::default()
    }
}

fn pattern(id: &str, formula: &str) -> serde_json::Value {
    json!({"id": id, "formula": formula, "direction": "long", "timeframe": "15m", "samples": [600, 700],
        "stability": 0.004, "targets": [{"magnitude": 0.02, "hold": 20, "edge": 0.07}],
        "coins": [{"symbol": "BTC", "edge": 0.12, "signals": 80}, {"symbol": "ETH", "edge": 0.02, "signals": 80}]})
}

#[tokio::test]
async fn good_patterns_are_read_and_bad_ones_named() {
    let mut helped = pattern("helped", "f(close) > 0");
    helped["helpers"] = json!(["fn f(x: price) -> float = x / 2 - 1"]);
    let mut smuggled = pattern("smuggled", "close > open");
    smuggled["helpers"] = json!(["strategy evil \"x\" { on 1h }"]);
    let list = json!({"patterns": [
        pattern("good", "close > open and rsi(close, 14) < 30"),
        pattern("breaks out", "close > open { stop 1% } enter long when true"),
        {"id": "half", "formula": "close > open"},
        helped, smuggled,
        "not even an object",
    ]});
    let app = Router::new().route("/patterns", get(move || async move { axum::Json(list) }));
    let settings = serve(app).await;
    let told = PatternService::new(&settings)
        .unwrap()
        .patterns()
        .await
        .unwrap();
    let ids: Vec<&str> = told.patterns.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids, ["good", "helped"], "{:?}", told.unreadable);
    assert_eq!(told.unreadable.len(), 4);
    assert!(told.unreadable[0].starts_with("breaks out: its formula"));
    let chosen = choose(&told.patterns, &Rules::of(&settings, 2));
    assert_eq!(chosen.len(), 2);
    assert_eq!(chosen[0].coins, ["BTC"]);
}

#[tokio::test]
async fn what_a_bad_service_does_is_told_plainly() {
    let settings =
        serve(Router::new().route("/patterns", get(std::future::pending::<&'static str>))).await;
    let hanging = PatternService::with_timeout(&settings, Duration::from_millis(200)).unwrap();
    let e = hanging.patterns().await.unwrap_err();
    assert!(e.to_string().contains("no answer in time"), "{e}");

    let endless = || async {
        let piece = Bytes::from(vec![b'['; 1 << 20]);
        Body::from_stream(stream::repeat_with(move || {
            Ok::<_, std::convert::Infallible>(piece.clone())
        }))
        .into_response()
    };
    let settings = serve(Router::new().route("/patterns", get(endless))).await;
    let e = PatternService::new(&settings)
        .unwrap()
        .patterns()
        .await
        .unwrap_err();
    assert!(e.to_string().contains("longer than"), "{e}");

    for garbage in ["<html>", "{\"patterns\": 7}", "[[[[[[["] {
        let settings =
            serve(Router::new().route("/patterns", get(move || async move { garbage }))).await;
        let e = PatternService::new(&settings)
            .unwrap()
            .patterns()
            .await
            .unwrap_err();
        assert!(matches!(e, ServiceError::Nonsense { .. }), "{e}");
    }
    let settings = serve(Router::new()).await;
    let e = PatternService::new(&settings)
        .unwrap()
        .patterns()
        .await
        .unwrap_err();
    assert!(e.to_string().contains("404"), "{e}");
    let settings = PatternDiscovery {
        api_url: "ftp://x".into(),
        ..PatternDiscovery::default()
    };
    assert!(
        PatternService::new(&settings)
            .unwrap_err()
            .to_string()
            .contains("pattern_discovery.api_url")
    );
}
