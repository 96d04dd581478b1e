//! Statuses, bodies and budgets.

use super::*;
use proptest::prelude::*;

#[test]
fn what_is_no_request_is_told_so() {
    let mut scene = Scene::new();
    let deep = "[".repeat(200_000);
    let deep_action = format!(
        r#"{{"action":{}1{},"nonce":1,"signature":{{"r":"0x1","s":"0x1","v":27}}}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    for body in [
        "",
        "null",
        "{",
        "[]",
        "17",
        r#"{"type":"nonsense"}"#,
        r#"{"type":"clearinghouseState","user":"0x12"}"#,
        r#"{"type":"clearinghouseState"}"#,
        r#"{"type":"clearinghouseState","user":17}"#,
        r#"{"type":"candleSnapshot","req":{"coin":"X","interval":"6h","startTime":0}}"#,
        r#"{"type":"orderStatus","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a","oid":-1}"#,
        &deep,
    ] {
        let answer = scene.post("/info", body);
        assert_eq!(answer.status, 422, "{body:.80}");
        assert!(!answer.is_json(), "clients read the reason as text");
    }
    for body in [
        "",
        "{}",
        "null",
        &deep,
        &deep_action,
        r#"{"action":{"type":"noop"},"nonce":1}"#,
        r#"{"action":{"type":"noop"},"nonce":-1,"signature":{"r":"0x1","s":"0x1","v":27}}"#,
        r#"{"action":{"type":"nonsense"},"nonce":1,"signature":{"r":"0x1","s":"0x1","v":27}}"#,
        r#"{"action":{"type":"noop","type":"noop"},"nonce":1,"signature":{"r":"0x1","s":"0x1","v":27}}"#,
        r#"{"action":{"type":"order","orders":[{"a":0,"b":true,"p":"1e3","s":"1","r":false,"t":{"limit":{"tif":"Gtc"}}}],"grouping":"na"},"nonce":1,"signature":{"r":"0x1","s":"0x1","v":27}}"#,
        r#"{"action":{"type":"cancel","cancels":[{"a":99999999999,"o":1}]},"nonce":1,"signature":{"r":"0x1","s":"0x1","v":27}}"#,
        r#"{"action":{"type":"noop"},"nonce":1,"signature":{"r":"0xzz","s":"0x1","v":27}}"#,
        r#"{"action":{"type":"noop"},"nonce":1,"signature":{"r":"0x1","s":"0x1","v":27},"vaultAddress":"0x1"}"#,
    ] {
        let answer = scene.post("/exchange", body);
        assert_eq!(answer.status, 422, "{body:.80}");
    }
    assert_eq!(scene.post("/nowhere", "{}").status, 404);
    assert_eq!(scene.post("/info", vec![b' '; 2 << 20]).status, 413);
}

#[test]
fn members_that_clients_send_for_nothing_are_tolerated() {
    let mut scene = Scene::new();
    let user = key(1)
        .address()
        .to_string()
        .to_uppercase()
        .replace("0X", "0x");
    for request in [
        json!({ "type": "meta", "dex": "" }),
        json!({ "type": "allMids", "dex": "", "unknown": [1] }),
        json!({ "type": "userFills", "user": user, "aggregateByTime": false }),
        json!({ "type": "userFillsByTime", "user": user, "startTime": 0, "endTime": null, "aggregateByTime": false }),
        json!({ "type": "fundingHistory", "coin": "X", "startTime": 0, "endTime": null }),
        json!({ "type": "spotMeta" }),
        json!({ "type": "spotMetaAndAssetCtxs" }),
        json!({ "type": "perpDexs" }),
        json!({ "type": "userAbstraction", "user": user }),
        json!({ "type": "webData2", "user": user }),
        json!({ "type": "orderStatus", "user": user, "oid": 17 }),
        json!({ "type": "userRole", "user": user }),
        json!({ "type": "portfolio", "user": user }),
        json!({ "type": "predictedFundings" }),
        json!({ "type": "recentTrades", "coin": "X" }),
        json!({ "type": "userFees", "user": user }),
    ] {
        scene.info(&request);
    }
    assert_eq!(
        scene.info(&json!({ "type": "l2Book", "coin": "Z" })),
        Value::Null
    );
    let book = scene.info(&json!({ "type": "l2Book", "coin": "X" }));
    assert_eq!(
        book["levels"][0][0],
        json!({ "px": "99.9", "sz": "50.0", "n": 1 })
    );
}

#[test]
fn candles_are_the_sources_and_the_clock_is_the_venues() {
    let mut scene = Scene::new();
    scene.pass(3 * MINUTE + 5);
    let ask = |coin: &str, from: Millis, to: Value| {
        json!({ "type": "candleSnapshot",
                "req": { "coin": coin, "interval": "1m", "startTime": from, "endTime": to } })
    };
    let candles = scene.info(&ask("X", T0 + MINUTE + 1, Value::Null));
    let starts: Vec<i64> = candles
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["t"].as_i64().unwrap() - T0)
        .collect();
    assert_eq!(
        starts,
        [MINUTE, 2 * MINUTE, 3 * MINUTE],
        "the one around the start too"
    );
    assert_eq!(candles[0]["c"], "101.0");
    assert_eq!(candles[0]["v"], "60.0", "closed");
    assert_eq!(candles[2]["v"], "1.0", "running");
    let unknown = scene.post("/info", ask("Z", 0, Value::Null).to_string());
    assert_eq!(unknown.status, 500);
    let status = scene.info(&json!({ "type": "exchangeStatus" }));
    assert_eq!(status["time"], scene.now);
    assert_eq!(status["specialStatuses"], Value::Null);
}

#[test]
fn an_address_that_asks_too_much_is_told_to_wait() {
    let mut scene = Scene::new();
    let status = r#"{"type":"userRole","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#;
    for _ in 0..20 {
        assert_eq!(scene.post("/info", status).status, 200);
    }
    let refused = scene.post("/info", status);
    assert_eq!(refused.status, 429);
    assert_eq!(
        refused.retry_after,
        Some(std::time::Duration::from_secs(62))
    );
    let order = scene.sealed(1, order(true, "99", "1", Tif::Gtc), None);
    assert_eq!(scene.post("/exchange", &order).status, 429);
    let other = scene.host.post(
        scene.now,
        "10.0.0.1".parse().unwrap(),
        "/info",
        status.as_bytes(),
    );
    assert_eq!(other.status, 200, "another address has its own budget");
    scene.pass(62_000);
    let answer = scene.exchange(&order);
    assert_eq!(
        answer["status"], "ok",
        "it had not been looked at: {answer}"
    );
}

#[test]
fn minutes_of_limits_are_those_of_the_wall_when_there_is_one() {
    let mut scene = Scene::new();
    scene.host.set_real(5_000_000);
    let role = r#"{"type":"userRole","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#;
    while scene.post("/info", role).status == 200 {}
    scene.pass(10 * MINUTE);
    assert_eq!(
        scene.post("/info", role).status,
        429,
        "ten minutes at the market, none outside"
    );
    scene.host.set_real(5_062_000);
    assert_eq!(scene.post("/info", role).status, 200);
}

#[test]
fn batches_and_rows_weigh_more() {
    let settings = HostSettings {
        limits: Limits {
            weight: 40,
            ..Limits::default()
        },
        ..HostSettings::default()
    };
    let mut scene = Scene::with(settings);
    let many = Action::cancel(vec![
        sixbtc_exchange::wire::action::Cancel { a: 0, o: 1 };
        400
    ]);
    for _ in 0..3 {
        let answer = scene.ask(1, many.clone());
        assert_eq!(
            answer["response"]["data"]["statuses"]
                .as_array()
                .unwrap()
                .len(),
            400
        );
    }
    let body = scene.sealed(1, many, None);
    assert_eq!(
        scene.post("/exchange", body).status,
        429,
        "1 + 400 / 40 each"
    );
}

#[test]
fn the_log_gives_the_state_again() {
    let mut scene = Scene::new();
    let before = scene.host.exchange().clone();
    scene.host.keep_log();
    scene.pass(90_000);
    scene.ask(1, order(true, "102", "5", Tif::Ioc));
    scene.ask(2, order(false, "103", "5", Tif::Gtc));
    scene.pass(MINUTE);
    let log = scene.host.take_log();
    assert!(scene.host.take_log().is_empty());
    let text = serde_json::to_string(&log).unwrap();
    let log: Vec<(Millis, Input)> = serde_json::from_str(&text).unwrap();
    let mut again = before;
    for (time, input) in &log {
        again.replay(*time, input).unwrap();
    }
    assert_eq!(again.state_hash(), scene.host.exchange().state_hash());

    // And a host restored from there goes on as the first does.
    let source = Box::new(Steps::new());
    let mut restored = Host::restored(again, HostSettings::default(), Some(source));
    scene.pass(5 * MINUTE);
    restored.step_to(scene.now);
    assert_eq!(
        restored.exchange().state_hash(),
        scene.host.exchange().state_hash()
    );
}

proptest! {
    #[test]
    fn any_bytes_get_an_answer(body in prop::collection::vec(any::<u8>(), 0..300), exchange in any::<bool>()) {
        let mut scene = Scene::with(HostSettings { limits: Limits::none(), ..HostSettings::default() });
        let answer = scene.post(if exchange { "/exchange" } else { "/info" }, &body);
        prop_assert_eq!(answer.status, 422);
    }

    #[test]
    fn requests_cut_or_changed_anywhere_get_an_answer(at in 0_usize..400, byte in any::<u8>(), cut in any::<bool>()) {
        let mut scene = Scene::with(HostSettings { limits: Limits::none(), ..HostSettings::default() });
        let mut body = scene.sealed(1, order(true, "99", "1", Tif::Gtc), None);
        let at = at % body.len();
        if cut {
            body.truncate(at);
        } else {
            body[at] = byte;
        }
        let answer = scene.post("/exchange", &body);
        prop_assert!([200, 422].contains(&answer.status));
        let state = scene.host.exchange();
        prop_assert_eq!(state.imbalance(), Decimal::ZERO);
    }
}
