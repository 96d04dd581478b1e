use super::super::universe::Asset;
use super::*;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::json;
use sixbtc_exchange::client::{NotSent, Outcome, Unknown};
use sixbtc_exchange::wire::errors::{Kind as Refused, Refusal};
use sixbtc_exchange::wire::exchange::{CancelAnswer, OrderAnswer, Response};
use sixbtc_exchange::wire::info::{self, OrderStatusAnswer};
use sixbtc_exchange::wire::ws::OrderUpdate;
use sixbtc_exchange::wire::{Address, OrderStatus};
use sixbtc_live::desk::{Answer, Item};
use sixbtc_live::order::{Fill, Role, Told};
use std::time::Duration;

const AGENT: Address = Address([9; 20]);

fn markets() -> Vec<Market> {
    let one = |(number, coin): (u32, &str)| {
        let asset = Asset {
            number,
            coin: coin.to_owned(),
            size_decimals: 3,
            max_leverage: 20,
            only_isolated: coin == "B",
            delisted: false,
        };
        Market::new(coin, asset, 100.0, 10.0)
    };
    [(4, "A"), (17, "B")].into_iter().map(one).collect()
}

fn amount() -> impl Strategy<Value = Decimal> {
    (1i64..1_000_000_000, 0u32..7).prop_map(|(n, scale)| Decimal::new(n, scale).normalize())
}

fn plan() -> impl Strategy<Value = Plan> {
    let kind = prop_oneof![
        amount().prop_map(|limit| Kind::Now { limit }),
        amount().prop_map(|limit| Kind::Rest { limit }),
        (amount(), amount()).prop_map(|(trigger, limit)| Kind::Stop { trigger, limit }),
    ];
    let flags = (any::<bool>(), any::<bool>(), 0usize..2);
    (any::<[u8; 16]>(), kind, amount(), flags).prop_map(|(name, kind, size, flags)| Plan {
        cloid: Cloid(name),
        serial: 0,
        symbol: flags.2,
        role: Role::Leave { lot: 1 },
        buys: flags.0,
        size,
        asked: 1.0,
        kind,
        due: 1.0,
        post_only: false,
        reduces: flags.1,
        why: None,
        stop: None,
        planned: 0,
        expires: 8_000,
    })
}

fn batch(work: Work) -> Batch {
    Batch {
        nonce: 1,
        expires: 2,
        work,
    }
}

fn orders_of(plans: &[Plan]) -> Work {
    Work::Orders {
        grouping: desk::Grouping::None,
        orders: plans.to_vec(),
    }
}

fn done(statuses: Vec<OrderAnswer>) -> Outcome {
    Outcome::Answered(Response::orders(statuses))
}

fn some_plan() -> Plan {
    Plan {
        cloid: Cloid([1; 16]),
        serial: 0,
        symbol: 0,
        role: Role::Leave { lot: 1 },
        buys: true,
        size: Decimal::ONE,
        asked: 1.0,
        kind: Kind::Now {
            limit: Decimal::TEN,
        },
        due: 1.0,
        post_only: false,
        reduces: true,
        why: None,
        stop: None,
        planned: 0,
        expires: 8_000,
    }
}

/// What an order of the wire is for the desk: the way back.
fn back(wire: &OrderWire) -> (bool, Decimal, Kind, bool, Option<Cloid>) {
    let kind = match wire.t {
        OrderKind::Limit { tif: Tif::Ioc } => Kind::Now { limit: wire.p },
        OrderKind::Limit { .. } => Kind::Rest { limit: wire.p },
        OrderKind::Trigger { trigger_px, .. } => Kind::Stop {
            trigger: trigger_px,
            limit: wire.p,
        },
    };
    (wire.b, wire.s, kind, wire.r, wire.c.map(ours))
}

proptest! {
    #[test]
    fn orders_go_there_and_back(plans in prop::collection::vec(plan(), 1..5)) {
        let markets = markets();
        let made = action(&batch(orders_of(&plans)), &markets, true).unwrap();
        let json = serde_json::to_string(&made).unwrap();
        let read: Action = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&read, &made);
        let Action::Order { orders, grouping, builder } = read else { panic!() };
        prop_assert_eq!((grouping, builder), (Grouping::Na, None));
        for (wire, plan) in orders.iter().zip(&plans) {
            let expected = (plan.buys, plan.size, plan.kind, plan.reduces, Some(plan.cloid));
            prop_assert_eq!(back(wire), expected);
            prop_assert_eq!(wire.a, markets[plan.symbol].asset.number);
        }
        // a stop waits for the side on which it hurts
        for wire in orders.iter().filter(|o| o.is_trigger()) {
            let OrderKind::Trigger { trigger_px, tpsl, .. } = wire.t else { panic!() };
            let beyond = if wire.b { Decimal::ONE } else { Decimal::NEGATIVE_ONE };
            prop_assert!(tpsl.fires(wire.side(), trigger_px + beyond, trigger_px));
            prop_assert!(!tpsl.fires(wire.side(), trigger_px - beyond, trigger_px));
        }
    }

    #[test]
    fn cancellations_name_their_orders(names in prop::collection::vec((0usize..2, any::<[u8; 16]>()), 1..6)) {
        let markets = markets();
        let cancels: Vec<_> = names.iter().map(|(s, name)| (*s, Cloid(*name))).collect();
        let made = action(&batch(Work::Cancel(cancels.clone())), &markets, true).unwrap();
        let Action::CancelByCloid { cancels: wire, .. } = made else { panic!() };
        for (wire, (symbol, name)) in wire.iter().zip(&cancels) {
            prop_assert_eq!((wire.asset, ours(wire.cloid)), (markets[*symbol].asset.number, *name));
        }
    }

    #[test]
    fn fills_go_there_and_back(
        price in amount(), size in (1i64..1_000_000).prop_map(|n| Decimal::new(n, 3).normalize()), fee in amount(),
        buys in any::<bool>(),
        ids in any::<(u64, u64)>(), name in any::<Option<[u8; 16]>>(), time in 0i64..1 << 45,
    ) {
        let fill = Fill {
            tid: ids.0,
            oid: ids.1,
            cloid: name.map(Cloid),
            symbol: 1,
            buys,
            size,
            price,
            fee,
            time,
            liquidates: false,
        };
        let row = json!({
            "coin": "B", "px": price.to_string(), "sz": size.to_string(), "side": if buys { "B" } else { "A" },
            "time": time, "startPosition": "0.0", "dir": "Open Long", "closedPnl": "0.0",
            "hash": format!("0x{}", "0".repeat(64)), "oid": ids.1, "crossed": true, "fee": fee.to_string(), "tid": ids.0,
            "cloid": name.map(|n| Cloid(n).to_string()), "unknown": [1, 2],
        });
        let row: info::Fill = serde_json::from_value(row).unwrap();
        prop_assert_eq!(super::fill(&row, &markets(), AGENT), Ok(Some(fill)));
        let other = info::Fill { coin: "C".to_owned(), ..row.clone() };
        prop_assert_eq!(super::fill(&other, &markets(), AGENT), Ok(None));
        let odd = info::Fill { sz: -size, ..row };
        prop_assert!(super::fill(&odd, &markets(), AGENT).is_err());
    }

    #[test]
    fn any_answer_is_understood_or_looked_up(
        plans in prop::collection::vec(plan(), 1..4),
        kinds in prop::collection::vec(0u8..7, 0..5),
        text in "\\PC{0,60}",
    ) {
        let statuses: Vec<OrderAnswer> = kinds.iter().map(|k| match k {
            0 => OrderAnswer::Resting { oid: 7, cloid: None },
            1 => OrderAnswer::Filled { total_sz: Decimal::ONE, avg_px: Decimal::TEN, oid: 8, cloid: None },
            2 => OrderAnswer::Error(text.clone()),
            3 => OrderAnswer::WaitingForFill,
            4 => OrderAnswer::WaitingForTrigger,
            5 => OrderAnswer::Error(Refusal::Margin.for_asset(3)),
            _ => OrderAnswer::Other(json!({ "strange": text })),
        }).collect();
        let odd = kinds.contains(&6);
        let heard = heard(&orders_of(&plans), &done(statuses.clone()), AGENT);
        match heard.answer {
            Answer::Items(items) => {
                let spread = statuses.len() == 1 && plans.len() > 1;
                prop_assert!(items.len() == statuses.len() || (spread && items.len() == plans.len()));
                prop_assert!(!odd);
            }
            Answer::Unknown(_) => {}
            other => prop_assert!(false, "{:?}", other),
        }
    }
}

#[test]
fn entry_and_stop_are_one_group_and_leverage_follows_the_asset() {
    let markets = markets();
    let work = Work::Orders {
        grouping: desk::Grouping::Entry,
        orders: vec![some_plan(), some_plan()],
    };
    let Action::Order { grouping, .. } = action(&batch(work), &markets, true).unwrap() else {
        panic!()
    };
    assert_eq!(grouping, Grouping::NormalTpsl);
    for (symbol, isolated, cross) in [(0, true, false), (0, false, true), (1, false, false)] {
        let work = Work::Leverage {
            symbol,
            leverage: 3,
        };
        let made = action(&batch(work), &markets, isolated).unwrap();
        let expected = Action::UpdateLeverage {
            asset: markets[symbol].asset.number,
            is_cross: cross,
            leverage: 3,
        };
        assert_eq!(made, expected);
    }
    let nowhere = Work::Cancel(vec![(9, Cloid([0; 16]))]);
    assert_eq!(action(&batch(nowhere), &markets, true), Err(NoMarket(9)));
}

#[test]
fn refusals_of_the_whole_are_told_apart() {
    let work = orders_of(&[some_plan(), some_plan()]);
    let says = |text: &str| {
        let outcome = Outcome::Answered(Response::Err(text.to_owned()));
        heard(&work, &outcome, AGENT)
    };
    // a duplicate nonce: the first of the two may have been executed
    let duplicate = says(&Refusal::DuplicateNonce { nonce: 5 }.to_string());
    assert!(matches!(duplicate.answer, Answer::Unknown(_)));
    let expired = says(&Refusal::Expired.to_string());
    assert!(matches!(expired.answer, Answer::Unknown(_)) && expired.notices.is_empty());
    let ours = says(&Refusal::UnknownSigner { address: AGENT }.to_string());
    assert!(matches!(ours.notices.as_slice(), [Notice::Agent(_)]));
    let address = Address([3; 20]);
    let foreign = says(&Refusal::UnknownSigner { address }.to_string());
    assert_eq!(foreign.notices, [Notice::Signing(address)]);
    let spent = says(Refused::TooManyRequests.prefix());
    assert!(matches!(spent.notices.as_slice(), [Notice::Spent(_)]));
    let upgrade = says(Refused::PostOnlyPeriod.prefix());
    assert_eq!(upgrade.notices, [Notice::PostOnly]);
    assert!(matches!(upgrade.answer, Answer::Refused(_)));
    let margin = says(&Refusal::Margin.to_string());
    assert!(matches!(margin.answer, Answer::Refused(_)) && margin.notices.is_empty());
    let strange = says("It rains.");
    assert!(matches!(strange.answer, Answer::Unknown(_)));
    let one = done(vec![OrderAnswer::Error("It rains.".to_owned())]);
    let strange_one = heard(&work, &one, AGENT);
    // of one order it is the exchange's last word
    let refused = matches!(&strange_one.answer, Answer::Items(items) if matches!(items[0].told, Told::Refused(_)));
    assert!(refused, "{:?}", strange_one.answer);
    assert!(matches!(strange.notices.as_slice(), [Notice::Odd(_)]));
}

#[test]
fn what_was_not_sent_and_what_may_have_been() {
    let work = orders_of(&[some_plan()]);
    let wait = Duration::from_secs(3);
    let limited = heard(&work, &Outcome::NotSent(NotSent::Limited { wait }), AGENT);
    assert!(matches!(limited.answer, Answer::NotSent(_)));
    assert_eq!(limited.notices, [Notice::Wait(3_000)]);
    let lost = heard(&work, &Outcome::Unknown(Unknown::TimedOut), AGENT);
    assert!(matches!(lost.answer, Answer::Unknown(_)));
    // an answer to another kind of request says nothing of this one
    let odd = heard(&work, &Outcome::Answered(Response::done()), AGENT);
    assert!(matches!(odd.answer, Answer::Unknown(_)));
}

#[test]
fn one_error_may_stand_for_all_and_a_short_list_leaves_the_rest_open() {
    let work = orders_of(&[some_plan(), some_plan(), some_plan()]);
    let text = Refusal::TpslNotReduceOnly.to_string();
    let one = heard(&work, &done(vec![OrderAnswer::Error(text.clone())]), AGENT);
    let refused = Item {
        oid: None,
        told: Told::Refused(text),
    };
    // the desk spreads a refusal by itself …
    assert_eq!(one.answer, Answer::Items(vec![refused]));
    let text = Refused::TooManyRequests.prefix().to_owned();
    let one = heard(&work, &done(vec![OrderAnswer::Error(text)]), AGENT);
    let not_sent = Item {
        oid: None,
        told: Told::NotSent,
    };
    // … and one that only asks for patience is spread here
    assert_eq!(one.answer, Answer::Items(vec![not_sent; 3]));
    let resting = OrderAnswer::Resting {
        oid: 5,
        cloid: None,
    };
    let short = heard(&work, &done(vec![resting.clone(), resting]), AGENT);
    assert!(matches!(short.answer, Answer::Items(items) if items.len() == 2));
}

#[test]
fn cancellations_succeed_or_are_looked_up() {
    let work = Work::Cancel(vec![(0, Cloid([1; 16])); 2]);
    let gone = Refusal::NothingToCancel.for_asset(4);
    let statuses = vec![CancelAnswer::Success, CancelAnswer::Error(gone)];
    let outcome = Outcome::Answered(Response::cancels(statuses));
    let Answer::Items(items) = heard(&work, &outcome, AGENT).answer else {
        panic!()
    };
    assert!(matches!(items[0].told, Told::Ended { .. }));
    assert_eq!(items[1].told, Told::Open);
}

#[test]
fn every_state_of_an_order_has_a_meaning() {
    let (asked, left) = (Decimal::TEN, Decimal::from(4));
    for status in OrderStatus::KNOWN {
        assert!(told(status, asked, left).is_some(), "{status}");
    }
    let ended = told(&OrderStatus::SiblingFilledCanceled, asked, left);
    let expected = Told::Ended {
        why: "siblingFilledCanceled".to_owned(),
        filled: Some(Decimal::from(6)),
    };
    assert_eq!(ended, Some(expected));
    assert_eq!(told(&OrderStatus::Triggered, asked, left), Some(Told::Open));
    assert_eq!(
        told(&OrderStatus::from("transmogrified"), asked, left),
        None
    );
    let unknown: OrderStatusAnswer =
        serde_json::from_value(json!({ "status": "unknownOid" })).unwrap();
    assert_eq!(status(&unknown), Ok(None));
}

#[test]
fn numbers_that_cannot_be_counted_with_are_odd() {
    let fill = |px: &str, sz: &str, fee: &str| {
        let row = json!({
            "coin": "A", "px": px, "sz": sz, "side": "B", "time": 5, "startPosition": "0.0", "dir": "Open Long",
            "closedPnl": "0.0", "hash": format!("0x{}", "0".repeat(64)), "oid": 1, "crossed": true, "fee": fee, "tid": 1,
        });
        let row: info::Fill = serde_json::from_value(row).unwrap();
        super::fill(&row, &markets(), AGENT)
    };
    assert!(matches!(fill("1000000000", "1000", "0.1"), Ok(Some(_))));
    let huge = "79228162514264337593543950335";
    for (px, sz, fee) in [
        (huge, "1", "0"),
        ("1", huge, "0"),
        ("1", "1", huge),
        ("1000000000000", "1000000000000", "0"),
        ("0", "1", "0"),
    ] {
        assert!(fill(px, sz, fee).is_err(), "{px} {sz} {fee}");
    }
    let ended = told(&OrderStatus::Canceled, huge.parse().unwrap(), Decimal::ONE);
    assert!(matches!(ended, Some(Told::Ended { filled: None, .. })));
    assert!(is_price(Decimal::ONE) && !is_price(Decimal::ZERO) && !is_price(huge.parse().unwrap()));
    let filled = OrderAnswer::Filled {
        total_sz: huge.parse().unwrap(),
        avg_px: Decimal::TEN,
        oid: 8,
        cloid: None,
    };
    let heard = heard(&orders_of(&[some_plan()]), &done(vec![filled]), AGENT);
    assert!(matches!(heard.answer, Answer::Unknown(_)));
}

#[test]
fn updates_without_a_name_are_found_by_number() {
    let row = json!({
        "order": {"coin": "A", "side": "B", "limitPx": "10.0", "sz": "0.0", "oid": 77, "timestamp": 5, "origSz": "1.0"},
        "status": "filled", "statusTimestamp": 6,
    });
    let row: OrderUpdate = serde_json::from_value(row).unwrap();
    let (cloid, seen) = update(&row, |oid| (oid == 77).then_some(Cloid([2; 16]))).unwrap();
    assert_eq!(cloid, Cloid([2; 16]));
    let seen = seen.unwrap();
    assert_eq!(
        (seen.oid, seen.told, seen.stamp),
        (77, Told::Filled(Some(Decimal::ONE)), 6)
    );
    assert_eq!(update(&row, |_| None), None);
}

#[test]
fn open_orders_are_counted_once_with_their_children() {
    let row = |oid: u64, children: serde_json::Value| {
        json!({
            "coin": "A", "side": "B", "limitPx": "10.0", "sz": "1.0", "oid": oid, "timestamp": 5, "origSz": "1.0",
            "orderType": "Limit", "children": children, "tif": "Gtc", "cloid": null,
        })
    };
    let child = row(2, json!([]));
    let rows = json!([row(1, json!([child.clone()])), child]);
    let rows: Vec<info::FrontendOrder> = serde_json::from_value(rows).unwrap();
    let open: Vec<u64> = orders(&rows, &markets()).iter().map(|o| o.oid).collect();
    assert_eq!(open, [1, 2]);
}
