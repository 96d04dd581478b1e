//! The three shapes of answer, and everything that they are sometimes instead.

use super::*;
use crate::wire::Ordered;
use proptest::prelude::*;
use serde_json::json;

fn read(text: &str) -> Response {
    serde_json::from_str(text).unwrap()
}

fn is(response: &Response, text: &str) {
    assert_eq!(serde_json::to_string(response).unwrap(), text);
    assert_eq!(&read(text), response);
}

#[test]
fn answers_to_orders() {
    let cloid: Cloid = "0x000000000000000000000000000000ff".parse().unwrap();
    is(
        &Response::orders(vec![
            OrderAnswer::Resting {
                oid: 77,
                cloid: None,
            },
            OrderAnswer::Resting {
                oid: 78,
                cloid: Some(cloid),
            },
            OrderAnswer::Filled {
                total_sz: "0.02".parse().unwrap(),
                avg_px: "1891".parse().unwrap(),
                oid: 79,
                cloid: None,
            },
            OrderAnswer::Error("Order must have minimum value of $10.".into()),
            OrderAnswer::WaitingForFill,
            OrderAnswer::WaitingForTrigger,
        ]),
        r#"{"status":"ok","response":{"type":"order","data":{"statuses":[{"resting":{"oid":77}},{"resting":{"oid":78,"cloid":"0x000000000000000000000000000000ff"}},{"filled":{"totalSz":"0.02","avgPx":"1891.0","oid":79}},{"error":"Order must have minimum value of $10."},"waitingForFill","waitingForTrigger"]}}}"#,
    );
}

#[test]
fn answers_to_cancels_and_the_rest() {
    is(
        &Response::cancels(vec![
            CancelAnswer::Success,
            CancelAnswer::Error("Order was never placed, already canceled, or filled.".into()),
        ]),
        r#"{"status":"ok","response":{"type":"cancel","data":{"statuses":["success",{"error":"Order was never placed, already canceled, or filled."}]}}}"#,
    );
    is(
        &Response::done(),
        r#"{"status":"ok","response":{"type":"default"}}"#,
    );
    is(
        &Response::Ok(Done::CreateSubAccount(Address([0x11; 20]))),
        r#"{"status":"ok","response":{"type":"createSubAccount","data":"0x1111111111111111111111111111111111111111"}}"#,
    );
    is(
        &Response::Ok(Done::TwapOrder(TwapStatus {
            status: json!({"running": {"twapId": 77}}),
        })),
        r#"{"status":"ok","response":{"type":"twapOrder","data":{"status":{"running":{"twapId":77}}}}}"#,
    );
    is(
        &Response::refused("Invalid nonce: duplicate nonce 5"),
        r#"{"status":"err","response":"Invalid nonce: duplicate nonce 5"}"#,
    );
}

#[test]
fn what_is_new_is_kept_rather_than_refused() {
    let text = r#"{"status":"ok","response":{"type":"order","data":{"statuses":["frozen",{"queued":{"oid":1}},{"resting":{"oid":"x"}}]}}}"#;
    let Response::Ok(Done::Order(Statuses { statuses })) = read(text) else {
        panic!("an answer to orders")
    };
    assert!(statuses.iter().all(|s| matches!(s, OrderAnswer::Other(_))));
    let text = r#"{"status":"ok","response":{"type":"wish","data":{"granted":true}}}"#;
    assert!(matches!(read(text), Response::Ok(Done::Other { kind, .. }) if kind == "wish"));
    is(&read(text), text);
    // data of a default answer, members after it
    assert_eq!(
        read(r#"{"response":{"data":{},"type":"default"},"status":"ok","at":1}"#),
        Response::done()
    );
}

#[test]
fn what_is_no_answer_is_refused() {
    for text in [
        "null",
        "{}",
        r#"{"status":"ok"}"#,
        r#"{"status":"maybe","response":"x"}"#,
        r#"{"status":"ok","response":{"type":"order","data":{}}}"#,
        r#"{"status":"ok","response":{"type":"order"}}"#,
        r#"{"status":"err","response":{}}"#,
    ] {
        assert!(serde_json::from_str::<Response>(text).is_err(), "{text}");
    }
}

#[test]
fn an_envelope_as_each_client_sends_it() {
    // ccxt: the vault without 0x; python: null for absent, short r
    for (vault, has) in [
        (
            r#","vaultAddress":"1719884eb866cb12b2287399b15f7db5e7d775ea","expiresAfter":5"#,
            true,
        ),
        (r#","vaultAddress":null,"expiresAfter":null"#, false),
        ("", false),
    ] {
        let text = format!(
            r#"{{"action":{{"z":1,"type":"noop","a":2}},"nonce":3,"signature":{{"r":"0x1","s":"0x2","v":27}}{vault}}}"#
        );
        let envelope: Envelope<Ordered> = serde_json::from_str(&text).unwrap();
        assert_eq!(envelope.vault_address.is_some(), has);
        assert_eq!(envelope.expires_after.is_some(), has);
        assert_eq!(
            serde_json::to_string(&envelope.action).unwrap(),
            r#"{"z":1,"type":"noop","a":2}"#
        );
        assert_eq!(envelope.action.read::<Action>().unwrap(), Action::Noop);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_an_answer_or_none(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = serde_json::from_slice::<Response>(&bytes);
        let _ = serde_json::from_slice::<Envelope<Ordered>>(&bytes);
    }
}
