//! Websockets (facts §7).

use super::*;
use sixbtc_exchange::wire::ws::Frame;

fn user(n: u8) -> Value {
    json!(key(n).address())
}

#[test]
fn acknowledgements_fill_in_what_was_left_out() {
    let mut scene = Scene::new();
    let ws = scene.open();
    for (asked, said) in [
        (
            json!({ "type": "l2Book", "coin": "X" }),
            json!({ "type": "l2Book", "coin": "X", "nSigFigs": null, "mantissa": null, "fast": false }),
        ),
        (
            json!({ "type": "userFills", "user": user(1) }),
            json!({ "type": "userFills", "user": user(1), "aggregateByTime": false }),
        ),
        (
            json!({ "type": "openOrders", "user": user(1) }),
            json!({ "type": "openOrders", "user": user(1), "dex": "" }),
        ),
        (
            json!({ "type": "orderUpdates", "user": user(1) }),
            json!({ "type": "orderUpdates", "user": user(1) }),
        ),
    ] {
        let frames = scene.say(ws, &json!({ "method": "subscribe", "subscription": asked }));
        assert_eq!(
            frames[0],
            json!({ "channel": "subscriptionResponse",
                    "data": { "method": "subscribe", "subscription": said } })
        );
        let frames = scene.say(
            ws,
            &json!({ "method": "unsubscribe", "subscription": asked }),
        );
        assert_eq!(frames[0]["data"]["method"], "unsubscribe");
        assert_eq!(frames.len(), 1);
    }
    assert!(scene.host.topics.is_empty());
}

#[test]
fn snapshots_come_where_the_real_exchange_sends_them_and_only_there() {
    let mut scene = Scene::new();
    scene.ask(1, order(true, "101", "1", Tif::Ioc));
    scene.ask(1, order(true, "90", "1", Tif::Gtc));
    let ws = scene.open();
    for silent in ["orderUpdates", "userEvents", "notification"] {
        assert!(
            scene
                .follow(ws, &json!({ "type": silent, "user": user(1) }))
                .is_empty(),
            "{silent}"
        );
    }
    for (kind, list, rows) in [
        ("userFills", "fills", 1),
        ("userFundings", "fundings", 0),
        ("userNonFundingLedgerUpdates", "nonFundingLedgerUpdates", 1),
        ("userHistoricalOrders", "orderHistory", 2),
    ] {
        let frames = scene.follow(ws, &json!({ "type": kind, "user": user(1) }));
        assert_eq!(frames.len(), 1, "{kind}");
        assert_eq!(frames[0]["channel"], kind);
        assert_eq!(frames[0]["data"]["isSnapshot"], true);
        assert_eq!(frames[0]["data"]["user"], user(1));
        assert_eq!(
            frames[0]["data"][list].as_array().unwrap().len(),
            rows,
            "{kind}"
        );
    }
    for state in [
        json!({ "type": "allMids" }),
        json!({ "type": "l2Book", "coin": "X" }),
        json!({ "type": "l2Book", "coin": "X", "fast": true }),
        json!({ "type": "bbo", "coin": "X" }),
        json!({ "type": "trades", "coin": "X" }),
        json!({ "type": "candle", "coin": "X", "interval": "1m" }),
        json!({ "type": "activeAssetCtx", "coin": "X" }),
        json!({ "type": "activeAssetData", "user": user(1), "coin": "X" }),
        json!({ "type": "clearinghouseState", "user": user(1) }),
        json!({ "type": "openOrders", "user": user(1) }),
        json!({ "type": "webData2", "user": user(1) }),
        json!({ "type": "webData3", "user": user(1) }),
    ] {
        let frames = scene.follow(ws, &state);
        assert_eq!(frames.len(), 1, "{state}");
        assert_eq!(frames[0]["channel"], state["type"]);
        let text = frames[0].to_string();
        let read = Frame::read(&text).unwrap().unwrap();
        assert!(
            !matches!(read, Frame::Other { .. }),
            "our client knows it: {text}"
        );
    }
}

#[test]
fn an_order_is_told_to_those_who_follow_its_owner() {
    let mut scene = Scene::new();
    let (alice, bob) = (scene.open(), scene.open());
    for kind in ["orderUpdates", "userEvents", "userFills"] {
        scene.follow(alice, &json!({ "type": kind, "user": user(1) }));
    }
    scene.follow(alice, &json!({ "type": "trades", "coin": "X" }));
    scene.follow(bob, &json!({ "type": "orderUpdates", "user": user(2) }));
    let answer = scene.ask(1, order(true, "100.1", "60", Tif::Gtc));
    assert_eq!(
        answer["response"]["data"]["statuses"][0]["filled"]["totalSz"],
        "50.0"
    );

    let frames = scene.frames(alice);
    let updates = of_channel(&frames, "orderUpdates");
    let states: Vec<&Value> = updates
        .iter()
        .flat_map(|list| list.as_array().unwrap())
        .map(|update| &update["status"])
        .collect();
    assert_eq!(states, ["open"], "ten rest: {updates:?}");
    let last = &updates[0][0]["order"];
    assert_eq!(
        (&last["origSz"], &last["coin"]),
        (&json!("60.0"), &json!("X"))
    );
    let fills = of_channel(&frames, "userFills");
    assert_eq!(fills[0]["fills"][0]["px"], "100.1");
    assert_eq!(fills[0].get("isSnapshot"), None, "news are not marked");
    let events = of_channel(&frames, "user");
    assert_eq!(events[0]["fills"][0]["tid"], fills[0]["fills"][0]["tid"]);
    let trades = of_channel(&frames, "trades");
    assert_eq!(trades[0][0]["side"], "B");
    assert_eq!(trades[0][0]["users"][0], user(1));
    assert!(scene.frames(bob).is_empty(), "it is not his");
}

#[test]
fn states_are_sent_when_they_change_but_not_too_often() {
    let mut scene = Scene::new();
    let ws = scene.open();
    scene.follow(ws, &json!({ "type": "l2Book", "coin": "X" }));
    scene.follow(ws, &json!({ "type": "bbo", "coin": "X" }));
    scene.follow(
        ws,
        &json!({ "type": "clearinghouseState", "user": user(1) }),
    );
    scene.follow(ws, &json!({ "type": "openOrders", "user": user(1) }));
    for px in ["99.91", "99.92", "99.93"] {
        scene.pass(150);
        scene.ask(1, order(true, px, "1", Tif::Gtc));
        scene.pass(0);
    }
    let frames = scene.frames(ws);
    assert_eq!(of_channel(&frames, "bbo").len(), 3);
    assert!(
        of_channel(&frames, "l2Book").is_empty(),
        "not before half a second"
    );
    scene.pass(100);
    let frames = scene.frames(ws);
    let books = of_channel(&frames, "l2Book");
    assert_eq!(books.len(), 1);
    assert_eq!(books[0]["levels"][0][0]["px"], "99.93");
    assert_eq!(
        of_channel(&frames, "openOrders")[0]["orders"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(of_channel(&frames, "clearinghouseState").len(), 1);
    scene.pass(1000);
    assert!(scene.frames(ws).is_empty(), "nothing changed");
    scene.pass(5000);
    let frames = scene.frames(ws);
    assert_eq!(
        of_channel(&frames, "l2Book").len(),
        1,
        "books repeat themselves"
    );
    assert_eq!(of_channel(&frames, "bbo").len(), 0);
}

#[test]
fn candles_close_with_their_last_numbers() {
    let mut scene = Scene::new();
    let ws = scene.open();
    let first = scene.follow(
        ws,
        &json!({ "type": "candle", "coin": "X", "interval": "1m" }),
    );
    assert_eq!(first[0]["data"]["t"], T0);
    scene.pass(2 * MINUTE + 1);
    let frames = scene.frames(ws);
    let candles = of_channel(&frames, "candle");
    let rows: Vec<(i64, &str)> = candles
        .iter()
        .map(|c| {
            (
                (c["t"].as_i64().unwrap() - T0) / MINUTE,
                c["v"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(rows, [(0, "60.0"), (1, "60.0"), (2, "1.0")]);
}

#[test]
fn requests_over_a_websocket_are_answered_as_over_http() {
    let mut scene = Scene::new();
    let ws = scene.open();
    scene.follow(ws, &json!({ "type": "orderUpdates", "user": user(1) }));
    let info = |id: u64, payload: Value| json!({ "method": "post", "id": id, "request": { "type": "info", "payload": payload } });
    let frames = scene.say(ws, &info(7, json!({ "type": "l2Book", "coin": "X" })));
    assert_eq!(frames[0]["channel"], "post");
    assert_eq!(frames[0]["data"]["id"], 7);
    let payload = &frames[0]["data"]["response"]["payload"];
    assert_eq!(payload["type"], "l2Book");
    assert_eq!(payload["data"]["coin"], "X");
    let frames = scene.say(ws, &info(8, json!({ "type": "l2Book", "coin": "Z" })));
    assert_eq!(
        frames[0]["data"]["response"]["payload"]["data"],
        Value::Null
    );

    let body = scene.sealed(1, order(true, "99", "1", Tif::Gtc), None);
    let envelope: Value = serde_json::from_slice(&body).unwrap();
    // The text as it was signed: a value would have sorted its members.
    let text = format!(
        r#"{{"method":"post","id":9,"request":{{"type":"action","payload":{}}}}}"#,
        String::from_utf8(body).unwrap()
    );
    let now = scene.now;
    scene.host.text(now, ws, &text);
    let frames = scene.frames(ws);
    assert_eq!(frames.last().unwrap()["data"]["response"]["type"], "action");
    let payload = &frames.last().unwrap()["data"]["response"]["payload"];
    assert!(
        payload["response"]["data"]["statuses"][0]["resting"]["oid"].is_u64(),
        "{payload}"
    );
    assert_eq!(of_channel(&frames, "orderUpdates").len(), 1);

    let mut wrong = envelope;
    wrong["action"] = json!({ "type": "nonsense" });
    let frames = scene.say(
        ws,
        &json!({ "method": "post", "id": 10, "request": { "type": "action", "payload": wrong } }),
    );
    assert_eq!(frames[0]["data"]["response"]["type"], "error");
    let frames = scene.say(ws, &info(11, json!({ "type": "nonsense" })));
    assert_eq!(frames[0]["channel"], "error");
}

#[test]
fn errors_have_the_texts_of_the_real_exchange() {
    let mut scene = Scene::new();
    let ws = scene.open();
    assert_eq!(
        scene.say(ws, &json!({ "method": "ping" })),
        [json!({ "channel": "pong" })]
    );
    let subscribe =
        |subscription: Value| json!({ "method": "subscribe", "subscription": subscription });
    for wrong in [
        json!({ "method": "dance" }),
        json!([1, 2]),
        subscribe(json!({ "type": "nonsense" })),
        subscribe(json!({ "type": "candle", "coin": "X", "interval": "7m" })),
        subscribe(json!({ "type": "userFills", "user": "0x1" })),
    ] {
        let frames = scene.say(ws, &wrong);
        assert_eq!(
            frames,
            [json!({ "channel": "error",
                     "data": format!("Error parsing JSON into valid websocket request: {wrong}") })]
        );
    }
    let trades = json!({ "type": "trades", "coin": "X" });
    scene.follow(ws, &trades);
    let frames = scene.say(ws, &subscribe(trades.clone()));
    assert_eq!(
        frames[0]["data"],
        r#"Already subscribed: {"coin":"X","type":"trades"}"#
    );
    let frames = scene.say(
        ws,
        &json!({ "method": "unsubscribe", "subscription": { "type": "bbo", "coin": "X" } }),
    );
    assert_eq!(
        frames[0]["data"],
        r#"Already unsubscribed: {"coin":"X","type":"bbo"}"#
    );
    let frames = scene.say(ws, &subscribe(json!({ "type": "trades", "coin": "Z" })));
    assert_eq!(
        frames[0]["data"],
        r#"Invalid subscription {"coin":"Z","type":"trades"}"#
    );

    let now = scene.now;
    for text in ["", "{", "\u{0}", &"[".repeat(100_000), &"x".repeat(1 << 20)] {
        scene.host.text(now, ws, text);
        let frames = scene.frames(ws);
        assert_eq!(frames[0]["channel"], "error");
    }
}

#[test]
fn an_address_may_open_and_follow_only_so_much() {
    let limits = Limits {
        connections: 2,
        new_connections: 4,
        subscriptions: 3,
        users: 1,
        messages: 10,
        posts: 1,
        ..Limits::default()
    };
    let mut scene = Scene::with(HostSettings {
        limits,
        ..HostSettings::default()
    });
    let ws = scene.open();
    let other = scene.open();
    let now = scene.now;
    assert_eq!(scene.host.open(now, HOME), Err(None));
    scene.host.close(other);
    for _ in 0..2 {
        let ws = scene.open();
        scene.host.close(ws);
    }
    assert!(
        matches!(scene.host.open(now, HOME), Err(Some(_))),
        "the fifth in a minute"
    );

    scene.follow(ws, &json!({ "type": "userFills", "user": user(1) }));
    let subscribe =
        |subscription: Value| json!({ "method": "subscribe", "subscription": subscription });
    let frames = scene.say(
        ws,
        &subscribe(json!({ "type": "userFills", "user": user(2) })),
    );
    assert_eq!(frames[0]["data"], "Cannot track more than 1 total users.");
    scene.follow(ws, &json!({ "type": "orderUpdates", "user": user(1) }));
    scene.follow(ws, &json!({ "type": "allMids" }));
    let frames = scene.say(ws, &subscribe(json!({ "type": "bbo", "coin": "X" })));
    assert_eq!(
        frames[0]["data"],
        "Cannot track more than 3 total subscriptions."
    );

    let post = r#"{"method":"post","id":1,"request":{"type":"info","payload":{"type":"allMids"}}}"#;
    scene.host.text(now, ws, post);
    scene
        .host
        .text(now, ws, &post.replace("\"id\":1", "\"id\":2"));
    let frames = scene.frames(ws);
    assert_eq!(
        frames[1]["data"]["response"],
        json!({ "type": "error", "payload": "too many pending post requests id=2" })
    );
    for _ in 0..3 {
        scene.say(ws, &json!({ "method": "ping" }));
    }
    let frames = scene.say(ws, &json!({ "method": "ping" }));
    assert_eq!(
        frames[0]["data"],
        "Cannot send more than 10 messages per minute."
    );
}

#[test]
fn who_hears_nothing_or_takes_nothing_is_cut_off() {
    let settings = HostSettings {
        outbox: 50,
        ..HostSettings::default()
    };
    let mut scene = Scene::with(settings);
    let (quiet, talks, slow) = (scene.open(), scene.open(), scene.open());
    scene.follow(slow, &json!({ "type": "trades", "coin": "X" }));
    for _ in 0..40 {
        scene.pass(1600);
        scene.say(talks, &json!({ "method": "ping" }));
        scene.ask(1, order(true, "150", "1", Tif::Ioc));
        scene.ask(1, order(false, "60", "1", Tif::Ioc));
    }
    assert!(!scene.host.is_open(quiet), "a minute without a frame");
    assert!(scene.host.is_open(talks));
    assert!(!scene.host.is_open(slow), "fifty frames that nobody took");
    assert!(scene.frames(slow).is_empty());
    assert!(scene.host.topics.is_empty(), "who is gone follows nothing");
}
