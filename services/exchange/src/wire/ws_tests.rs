//! Frames as they look, read and written back.

use super::*;
use crate::wire::Ordered;
use crate::wire::info::tests::{clearinghouse, fill, frontend_order, open_order};
use proptest::prelude::*;

const ME: &str = "0x5e9ee1089755c3435139848e47e6635505d5a13a";
const HASH: &str = "0x0000000000000000000000000000000000000000000000000000000000000000";

fn me() -> Address {
    ME.parse().unwrap()
}

/// Reads a frame, and writes it back to the same.
fn same(channel: &str, data: &Value) -> Frame {
    let value = json!({"channel": channel, "data": data});
    let frame = Frame::read(&value.to_string()).unwrap().unwrap();
    assert_eq!(serde_json::to_value(&frame).unwrap(), value);
    assert_eq!(frame.channel(), channel);
    assert!(!matches!(frame, Frame::Other { .. }), "{channel}");
    frame
}

#[test]
fn markets() {
    same("allMids", &json!({"mids": {"BTC": "80459.5"}}));
    same("allMids", &json!({"mids": {}, "dex": "abc"}));
    let levels = json!([[{"px": "1.0", "sz": "2.0", "n": 1}], []]);
    same(
        "l2Book",
        &json!({"coin": "BTC", "time": 5, "levels": levels}),
    );
    same(
        "bbo",
        &json!({"coin": "BTC", "time": 5, "bbo": [{"px": "1.0", "sz": "2.0", "n": 1}, null]}),
    );
    same("trades", &json!([]));
    same(
        "trades",
        &json!([{"coin": "BTC", "side": "B", "px": "1.0", "sz": "2.0", "time": 5, "hash": HASH, "tid": 6, "users": [ME, ME]}]),
    );
    same(
        "candle",
        &json!({"t": 0, "T": 899_999, "s": "BTC", "i": "15m", "o": "1.0", "c": "1.0", "h": "1.0", "l": "1.0", "v": "0.0", "n": 0}),
    );
    let ctx = json!({"funding": "0.0", "openInterest": "0.0", "prevDayPx": "1.0", "dayNtlVlm": "0.0", "dayBaseVlm": "0.0", "premium": null, "oraclePx": "1.0", "markPx": "1.0", "midPx": null, "impactPxs": null});
    same("activeAssetCtx", &json!({"coin": "BTC", "ctx": ctx}));
    same(
        "activeAssetData",
        &json!({"user": ME, "coin": "BTC", "leverage": {"type": "cross", "value": 1}, "maxTradeSzs": ["0.0", "0.0"], "availableToTrade": ["0.0", "0.0"], "markPx": "1.0"}),
    );
}

#[test]
fn accounts() {
    same(
        "orderUpdates",
        &json!([{"order": open_order(), "status": "open", "statusTimestamp": 5}]),
    );
    for event in [
        json!({"fills": [fill()]}),
        json!({"funding": {"time": 5, "coin": "BTC", "usdc": "-1.0", "szi": "1.0", "fundingRate": "0.0000125", "nSamples": null}}),
        json!({"liquidation": {"lid": 1, "liquidator": ME, "liquidated_user": ME, "liquidated_ntl_pos": "1.0", "liquidated_account_value": "0.5"}}),
        json!({"nonUserCancel": [{"coin": "BTC", "oid": 7}]}),
    ] {
        let frame = same("user", &event);
        assert!(
            !matches!(frame, Frame::User(UserEvent::Other(_))),
            "{event}"
        );
    }
    assert!(matches!(
        same("user", &json!({"twapHistory": []})),
        Frame::User(UserEvent::Other(_))
    ));
    let Frame::UserFills(first) = same(
        "userFills",
        &json!({"user": ME, "fills": [fill()], "isSnapshot": true}),
    ) else {
        panic!("fills")
    };
    assert!(first.is_snapshot());
    assert_eq!(first, UserFillsFrame::snapshot(me(), first.fills.clone()));
    let Frame::UserFills(then) = same("userFills", &json!({"user": ME, "fills": []})) else {
        panic!("fills")
    };
    assert!(!then.is_snapshot());
    assert_eq!(then, UserFillsFrame::news(me(), Vec::new()));
    same(
        "userFundings",
        &json!({"user": ME, "fundings": [], "isSnapshot": true}),
    );
    same(
        "userNonFundingLedgerUpdates",
        &json!({"user": ME, "nonFundingLedgerUpdates": [{"time": 5, "hash": HASH, "delta": {"type": "deposit", "usdc": "1.0"}}], "isSnapshot": true}),
    );
    same(
        "userHistoricalOrders",
        &json!({"user": ME, "orderHistory": [{"order": frontend_order(), "status": "open", "statusTimestamp": 5}]}),
    );
    same(
        "clearinghouseState",
        &json!({"dex": "", "user": ME, "clearinghouseState": clearinghouse()}),
    );
    same(
        "openOrders",
        &json!({"dex": "", "user": ME, "orders": [frontend_order()]}),
    );
    same(
        "webData3",
        &json!({"userState": {"agentAddress": null, "agentValidUntil": null, "cumLedger": "100.0", "serverTime": 5, "isVault": false, "user": ME, "abstraction": "default"}, "perpDexStates": [{"totalVaultEquity": "0.0"}]}),
    );
    same("notification", &json!({"notification": "hello"}));
}

#[test]
fn answers_and_heartbeats() {
    let ack = same(
        "subscriptionResponse",
        &json!({"method": "subscribe", "subscription": {"type": "l2Book", "coin": "BTC", "nSigFigs": null, "mantissa": null, "fast": false}}),
    );
    let Frame::SubscriptionResponse(ack) = ack else {
        panic!("an ack")
    };
    let book = Subscription::L2Book {
        coin: "BTC".into(),
        n_sig_figs: None,
        mantissa: None,
        fast: None,
    };
    assert_eq!(ack.of(), Some(book));
    same("error", &json!("Already subscribed: {}"));
    same(
        "post",
        &json!({"id": 5, "response": {"type": "info", "payload": {"type": "l2Book", "data": null}}}),
    );
    same(
        "post",
        &json!({"id": 5, "response": {"type": "action", "payload": {"status": "err", "response": "no"}}}),
    );
    same(
        "post",
        &json!({"id": 5, "response": {"type": "error", "payload": "too many pending post requests id=5"}}),
    );
    assert_eq!(
        Frame::read(r#"{"channel":"pong"}"#).unwrap(),
        Some(Frame::Pong)
    );
    assert_eq!(
        serde_json::to_string(&Frame::Pong).unwrap(),
        r#"{"channel":"pong"}"#
    );
    assert_eq!(Frame::read(GREETING).unwrap(), None);
    let tomorrow = Frame::read(r#"{"channel":"weather","data":{"rain":true}}"#)
        .unwrap()
        .unwrap();
    assert_eq!(tomorrow.channel(), "weather");
    assert_eq!(
        serde_json::to_string(&tomorrow).unwrap(),
        r#"{"channel":"weather","data":{"rain":true}}"#
    );
}

#[test]
fn what_is_no_frame_is_refused_with_its_channel() {
    let refusal = |text: &str| Frame::read(text).unwrap_err().to_string();
    assert!(refusal("{").starts_with("a frame cannot be read: EOF"));
    assert!(refusal("[]").starts_with("a frame cannot be read"));
    assert!(
        refusal(r#"{"channel":"trades","data":{}}"#)
            .starts_with("a frame of `trades` cannot be read")
    );
}

#[test]
fn what_a_client_sends() {
    let subscribe: ClientFrame = ClientFrame::Subscribe {
        subscription: Subscription::OrderUpdates { user: me() },
    };
    let text = format!(
        r#"{{"method":"subscribe","subscription":{{"type":"orderUpdates","user":"{ME}"}}}}"#
    );
    assert_eq!(serde_json::to_string(&subscribe).unwrap(), text);
    assert_eq!(
        serde_json::from_str::<ClientFrame>(&text).unwrap(),
        subscribe
    );
    assert_eq!(
        serde_json::to_string(&ClientFrame::<Action>::Ping).unwrap(),
        r#"{"method":"ping"}"#
    );
    let post = r#"{"method":"post","id":3,"request":{"type":"info","payload":{"type":"allMids"}}}"#;
    let read: ClientFrame = serde_json::from_str(post).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), post);
    let action = r#"{"type":"action","payload":{"action":{"z":1,"type":"noop"},"nonce":3,"signature":{"r":"0x1","s":"0x2","v":27}}}"#;
    let frame = format!(r#"{{"method":"post","id":4,"request":{action}}}"#);
    let ClientFrame::Post {
        request: PostRequest::Action(envelope),
        ..
    } = serde_json::from_str::<ClientFrame<Ordered>>(&frame).unwrap()
    else {
        panic!("an action")
    };
    assert_eq!(
        serde_json::to_string(&envelope.action).unwrap(),
        r#"{"z":1,"type":"noop"}"#
    );
}

#[test]
fn subscriptions_are_repeated_with_everything_filled_in() {
    for (text, filled) in [
        (
            format!(r#"{{"type":"userFills","user":"{ME}"}}"#),
            json!({"type": "userFills", "user": ME, "aggregateByTime": false}),
        ),
        (
            format!(r#"{{"type":"openOrders","user":"{ME}"}}"#),
            json!({"type": "openOrders", "user": ME, "dex": ""}),
        ),
        (
            r#"{"type":"l2Book","coin":"BTC","nSigFigs":3}"#.to_owned(),
            json!({"type": "l2Book", "coin": "BTC", "nSigFigs": 3, "mantissa": null, "fast": false}),
        ),
        (
            r#"{"type":"trades","coin":"BTC"}"#.to_owned(),
            json!({"type": "trades", "coin": "BTC"}),
        ),
    ] {
        let subscription: Subscription = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&subscription).unwrap(), text);
        assert_eq!(subscription.normalised(), filled);
        let back: Subscription = serde_json::from_value(filled).unwrap();
        assert_eq!(back.canonical(), subscription.canonical());
    }
    assert!(serde_json::from_str::<Subscription>(r#"{"type":"weather"}"#).is_err());
    let spot = Subscription::ActiveAssetCtx { coin: "@1".into() };
    assert_eq!(spot.channel(), "activeSpotAssetCtx");
    assert_eq!(Subscription::UserEvents { user: me() }.channel(), "user");
    let book = Subscription::Trades { coin: "BTC".into() };
    assert_eq!(
        already_subscribed(&book),
        r#"Already subscribed: {"coin":"BTC","type":"trades"}"#
    );
    assert_eq!(
        already_unsubscribed(&book),
        r#"Already unsubscribed: {"coin":"BTC","type":"trades"}"#
    );
    assert_eq!(too_many_users(10), "Cannot track more than 10 total users.");
    assert_eq!(too_many_posts(3), "too many pending post requests id=3");
    assert_eq!(
        unparsable("x"),
        "Error parsing JSON into valid websocket request: x"
    );
}

proptest! {
    #[test]
    fn any_text_is_a_frame_or_none(text in "\\PC{0,80}") {
        let _ = Frame::read(&text);
        let _ = serde_json::from_str::<ClientFrame>(&text);
    }

    #[test]
    fn any_data_on_any_channel_is_a_frame_or_none(
        channel in prop::sample::select(vec!["allMids", "l2Book", "bbo", "trades", "candle", "user", "userFills", "orderUpdates", "post", "error", "openOrders", "webData2", "subscriptionResponse"]),
        data in prop::sample::select(vec!["null", "1", "-1", "\"\"", "[]", "{}", "[{}]", "[[1]]", "{\"user\":1}", "{\"fills\":{}}", "{\"coin\":\"BTC\",\"time\":1e99}"]),
    ) {
        let _ = Frame::read(&format!(r#"{{"channel":"{channel}","data":{data}}}"#));
    }
}
