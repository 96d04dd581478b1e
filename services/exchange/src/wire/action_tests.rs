//! Every action: the text it is sent as, in signing order, and back.

use super::*;
use crate::Network;
use crate::wire::{OrderKind, Ordered, Tif, Tpsl};
use proptest::prelude::*;

const FRIEND: &str = "0x5e9ee1089755c3435139848e47e6635505d5a13a";

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn order() -> OrderWire {
    OrderWire {
        a: 3,
        b: true,
        p: d("80459.0"),
        s: d("0.0150"),
        r: false,
        t: OrderKind::Limit { tif: Tif::Ioc },
        c: Some("0x000000000000000000000000000000ff".parse().unwrap()),
    }
}

fn is(action: &Action, text: &str) {
    assert_eq!(serde_json::to_string(action).unwrap(), text);
    assert_eq!(&serde_json::from_str::<Action>(text).unwrap(), action);
    let ordered: Ordered = serde_json::from_str(text).unwrap();
    assert_eq!(ordered.get("type").unwrap().as_str(), Some(action.kind()));
}

#[test]
fn orders_and_their_groups() {
    is(
        &Action::orders(vec![order()]),
        r#"{"type":"order","orders":[{"a":3,"b":true,"p":"80459","s":"0.015","r":false,"t":{"limit":{"tif":"Ioc"}},"c":"0x000000000000000000000000000000ff"}],"grouping":"na"}"#,
    );
    let stop = OrderWire {
        b: false,
        r: true,
        s: d("0"),
        c: None,
        t: OrderKind::Trigger {
            is_market: true,
            trigger_px: d("79000.50"),
            tpsl: Tpsl::Sl,
        },
        ..order()
    };
    is(
        &Action::grouped(vec![stop], Grouping::PositionTpsl),
        r#"{"type":"order","orders":[{"a":3,"b":false,"p":"80459","s":"0","r":true,"t":{"trigger":{"isMarket":true,"triggerPx":"79000.5","tpsl":"sl"}}}],"grouping":"positionTpsl"}"#,
    );
}

#[test]
fn every_other_action() {
    let address: Address = FRIEND.parse().unwrap();
    let signed = || Signed::on(Network::Local);
    let s = r#""signatureChainId":"0x66eee","hyperliquidChain":"Testnet""#;
    let o = r#"{"a":3,"b":true,"p":"80459","s":"0.015","r":false,"t":{"limit":{"tif":"Ioc"}},"c":"0x000000000000000000000000000000ff"}"#;
    let cloid: Cloid = "0x000000000000000000000000000000ff".parse().unwrap();
    for (action, text) in [
        (
            Action::Cancel {
                cancels: vec![Cancel { a: 3, o: 9 }],
                f: Some(true),
            },
            r#"{"type":"cancel","cancels":[{"a":3,"o":9}],"f":true}"#.to_owned(),
        ),
        (
            Action::cancel_by_cloid(vec![CancelByCloid { asset: 3, cloid }]),
            format!(r#"{{"type":"cancelByCloid","cancels":[{{"asset":3,"cloid":"{cloid}"}}]}}"#),
        ),
        (
            Action::Modify {
                oid: cloid.into(),
                order: order(),
                a: Some(true),
            },
            format!(r#"{{"type":"modify","oid":"{cloid}","order":{o},"a":true}}"#),
        ),
        (
            Action::BatchModify {
                modifies: vec![Modify {
                    oid: 9.into(),
                    order: order(),
                }],
                a: None,
            },
            format!(r#"{{"type":"batchModify","modifies":[{{"oid":9,"order":{o}}}]}}"#),
        ),
        (
            Action::ScheduleCancel { time: None },
            r#"{"type":"scheduleCancel"}"#.to_owned(),
        ),
        (
            Action::ScheduleCancel { time: Some(5) },
            r#"{"type":"scheduleCancel","time":5}"#.to_owned(),
        ),
        (
            Action::UpdateLeverage {
                asset: 3,
                is_cross: false,
                leverage: 10,
            },
            r#"{"type":"updateLeverage","asset":3,"isCross":false,"leverage":10}"#.to_owned(),
        ),
        (
            Action::UpdateIsolatedMargin {
                asset: 3,
                is_buy: true,
                ntli: -5,
            },
            r#"{"type":"updateIsolatedMargin","asset":3,"isBuy":true,"ntli":-5}"#.to_owned(),
        ),
        (
            Action::TopUpIsolatedOnlyMargin {
                asset: 3,
                leverage: d("2.50"),
            },
            r#"{"type":"topUpIsolatedOnlyMargin","asset":3,"leverage":"2.5"}"#.to_owned(),
        ),
        (
            Action::CreateSubAccount {
                name: "alpha".into(),
            },
            r#"{"type":"createSubAccount","name":"alpha"}"#.to_owned(),
        ),
        (
            Action::SubAccountModify {
                sub_account_user: address,
                name: "beta".into(),
            },
            format!(r#"{{"type":"subAccountModify","subAccountUser":"{FRIEND}","name":"beta"}}"#),
        ),
        (
            Action::SubAccountTransfer {
                sub_account_user: address,
                is_deposit: true,
                usd: 7,
            },
            format!(
                r#"{{"type":"subAccountTransfer","subAccountUser":"{FRIEND}","isDeposit":true,"usd":7}}"#
            ),
        ),
        (
            Action::SubAccountSpotTransfer {
                sub_account_user: address,
                is_deposit: false,
                token: "USDC:0x6d".into(),
                amount: d("1.0"),
            },
            format!(
                r#"{{"type":"subAccountSpotTransfer","subAccountUser":"{FRIEND}","isDeposit":false,"token":"USDC:0x6d","amount":"1"}}"#
            ),
        ),
        (
            Action::UsdSend(UsdSend {
                signed: signed(),
                destination: address,
                amount: d("1"),
                time: 5,
            }),
            format!(r#"{{"type":"usdSend",{s},"destination":"{FRIEND}","amount":"1","time":5}}"#),
        ),
        (
            Action::Withdraw3(UsdSend {
                signed: signed(),
                destination: address,
                amount: d("1"),
                time: 5,
            }),
            format!(r#"{{"type":"withdraw3",{s},"destination":"{FRIEND}","amount":"1","time":5}}"#),
        ),
        (
            Action::SpotSend {
                signed: signed(),
                destination: address,
                token: "A:0x1".into(),
                amount: d("1"),
                time: 5,
            },
            format!(
                r#"{{"type":"spotSend",{s},"destination":"{FRIEND}","token":"A:0x1","amount":"1","time":5}}"#
            ),
        ),
        (
            Action::UsdClassTransfer {
                signed: signed(),
                amount: ClassAmount {
                    amount: d("2.5"),
                    subaccount: Some(address),
                },
                to_perp: false,
                nonce: 5,
            },
            format!(
                r#"{{"type":"usdClassTransfer",{s},"amount":"2.5 subaccount:{FRIEND}","toPerp":false,"nonce":5}}"#
            ),
        ),
        (
            Action::SendAsset {
                signed: signed(),
                destination: address,
                source_dex: String::new(),
                destination_dex: "spot".into(),
                token: "USDC".into(),
                amount: d("3"),
                from_sub_account: String::new(),
                nonce: 5,
            },
            format!(
                r#"{{"type":"sendAsset",{s},"destination":"{FRIEND}","sourceDex":"","destinationDex":"spot","token":"USDC","amount":"3","fromSubAccount":"","nonce":5}}"#
            ),
        ),
        (
            Action::ApproveAgent {
                signed: signed(),
                agent_address: address,
                agent_name: None,
                nonce: 5,
            },
            format!(r#"{{"type":"approveAgent",{s},"agentAddress":"{FRIEND}","nonce":5}}"#),
        ),
        (
            Action::ApproveBuilderFee {
                signed: signed(),
                max_fee_rate: "0.001%".into(),
                builder: address,
                nonce: 5,
            },
            format!(
                r#"{{"type":"approveBuilderFee",{s},"maxFeeRate":"0.001%","builder":"{FRIEND}","nonce":5}}"#
            ),
        ),
        (
            Action::UserSetAbstraction {
                signed: signed(),
                user: address,
                abstraction: "disabled".into(),
                nonce: 5,
            },
            format!(
                r#"{{"type":"userSetAbstraction",{s},"user":"{FRIEND}","abstraction":"disabled","nonce":5}}"#
            ),
        ),
        (
            Action::UserDexAbstraction {
                signed: signed(),
                user: address,
                enabled: true,
                nonce: 5,
            },
            format!(
                r#"{{"type":"userDexAbstraction",{s},"user":"{FRIEND}","enabled":true,"nonce":5}}"#
            ),
        ),
        (
            Action::SetReferrer { code: "X".into() },
            r#"{"type":"setReferrer","code":"X"}"#.to_owned(),
        ),
        (Action::Noop, r#"{"type":"noop"}"#.to_owned()),
        (
            Action::ReserveRequestWeight { weight: 100 },
            r#"{"type":"reserveRequestWeight","weight":100}"#.to_owned(),
        ),
        (
            Action::AgentSetAbstraction {
                abstraction: "u".into(),
            },
            r#"{"type":"agentSetAbstraction","abstraction":"u"}"#.to_owned(),
        ),
        (
            Action::AgentEnableDexAbstraction,
            r#"{"type":"agentEnableDexAbstraction"}"#.to_owned(),
        ),
        (
            Action::TwapOrder {
                twap: Twap {
                    a: 3,
                    b: true,
                    s: d("1.0"),
                    r: false,
                    m: 30,
                    t: true,
                },
            },
            r#"{"type":"twapOrder","twap":{"a":3,"b":true,"s":"1","r":false,"m":30,"t":true}}"#
                .to_owned(),
        ),
        (
            Action::TwapCancel { a: 3, t: 8 },
            r#"{"type":"twapCancel","a":3,"t":8}"#.to_owned(),
        ),
    ] {
        is(&action, &text);
    }
}

#[test]
fn what_clients_send_is_read() {
    // null for absent, unknown members, text with zeros at the end
    let text = r#"{"type":"order","orders":[{"a":0,"b":false,"p":"1700.50","s":"2.0","r":true,"t":{"limit":{"tif":"Alo"}},"c":null,"x":1}],"grouping":"na","builder":null,"y":{}}"#;
    let Action::Order {
        orders, builder, ..
    } = serde_json::from_str(text).unwrap()
    else {
        panic!("an order")
    };
    assert_eq!((orders[0].p, orders[0].s), (d("1700.5"), d("2")));
    assert_eq!((orders[0].c, builder), (None, None));
    for wrong in [
        r#"{"type":"odrer"}"#,
        r#"{"type":"order","orders":[{"a":0,"b":true,"p":"1e5","s":"1","r":false,"t":{"limit":{"tif":"Gtc"}}}],"grouping":"na"}"#,
        r#"{"type":"order","orders":[{"a":0,"b":true,"p":"1","s":"1","r":false,"t":{"limit":{"tif":"Fok"}}}],"grouping":"na"}"#,
        r#"{"type":"cancel","cancels":[{"a":0,"o":-1}]}"#,
        r#"{"type":"updateLeverage","asset":0,"isCross":true,"leverage":2.5}"#,
    ] {
        assert!(serde_json::from_str::<Action>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_price_too_fine_is_not_sent() {
    let fine = OrderWire {
        p: d("0.123456789"),
        ..order()
    };
    let error = serde_json::to_string(&Action::orders(vec![fine])).unwrap_err();
    assert_eq!(error.to_string(), "0.123456789 has more than 8 decimals");
}

#[test]
fn what_an_action_costs_and_risks() {
    let three = Action::orders(vec![order(); 3]);
    assert_eq!(
        (three.items(), three.places_orders(), three.is_cancel()),
        (3, true, false)
    );
    let cancel = Action::cancel(vec![Cancel { a: 0, o: 1 }; 2]);
    assert_eq!(
        (cancel.items(), cancel.places_orders(), cancel.is_cancel()),
        (2, false, true)
    );
    assert_eq!(Action::Noop.items(), 1);
    assert!(!Action::Noop.is_user_signed());
}

proptest! {
    #[test]
    fn any_bytes_are_an_action_or_none(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = serde_json::from_slice::<Action>(&bytes);
    }

    #[test]
    fn any_members_are_an_action_or_none(
        kind in prop::sample::select(vec!["order", "cancel", "modify", "batchModify", "usdSend", "usdClassTransfer", "approveAgent", "scheduleCancel", "noop"]),
        value in prop::sample::select(vec!["null", "1", "-1", "1.5", "\"1\"", "[]", "{}", "[{}]", "true", "18446744073709551615", "\"1 subaccount:\""]),
        name in prop::sample::select(vec!["orders", "cancels", "oid", "order", "modifies", "amount", "nonce", "time", "grouping"]),
    ) {
        let _ = serde_json::from_str::<Action>(&format!(r#"{{"type":"{kind}","{name}":{value}}}"#));
    }
}
