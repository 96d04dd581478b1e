//! Matching, triggers, groups, modifies (facts §5).

use super::*;
use sixbtc_exchange::wire::action::Modify;
use sixbtc_exchange::wire::info::OrderStatusAnswer;
use sixbtc_exchange::wire::{OrderRef, Tif};

fn resting(answer: &OrderAnswer) -> u64 {
    match answer {
        OrderAnswer::Resting { oid, .. } => *oid,
        other => panic!("{other:?}"),
    }
}

fn children(scene: &Scene, user: Address) -> Vec<u64> {
    let account = scene.ex.account(user).unwrap();
    account
        .open
        .iter()
        .copied()
        .filter(|oid| scene.ex.order(*oid).unwrap().parent.is_some())
        .collect()
}

#[test]
fn price_then_time() {
    let mut scene = Scene::new();
    let first = scene.rest(ALICE, sell("101", "1"));
    let second = scene.rest(BOB, sell("101", "1"));
    let better = scene.rest(BOB, sell("100", "1"));
    assert_eq!(
        scene.filled(CAROL, tif(Tif::Ioc, buy("101", "2.5"))),
        (d("2.5"), d("100.6")),
        "(100 + 101 + 50.5) / 2.5"
    );
    assert_eq!(scene.status(BOB, better), OrderStatus::Filled);
    assert_eq!(scene.status(ALICE, first), OrderStatus::Filled);
    assert_eq!(scene.status(BOB, second), OrderStatus::Open);
    assert_eq!(scene.ex.order(second).unwrap().sz, d("0.5"));
}

#[test]
fn a_gtc_that_fills_in_part_says_filled_and_rests() {
    let mut scene = Scene::new();
    scene.rest(ALICE, sell("100", "1"));
    let OrderAnswer::Filled {
        total_sz,
        avg_px,
        oid,
        ..
    } = scene.order(BOB, buy("100", "3"))
    else {
        panic!()
    };
    assert_eq!((total_sz, avg_px), (d("1"), d("100")));
    let order = scene.ex.order(oid).unwrap();
    assert_eq!(
        (order.place, order.sz, order.orig_sz),
        (Place::Book, d("2"), d("3"))
    );
    assert_eq!(scene.status(BOB, oid), OrderStatus::Open);
}

#[test]
fn an_ioc_cancels_its_rest() {
    let mut scene = Scene::new();
    scene.rest(ALICE, sell("100", "1"));
    let OrderAnswer::Filled { total_sz, oid, .. } =
        scene.order(BOB, tif(Tif::Ioc, buy("100", "3")))
    else {
        panic!()
    };
    assert_eq!(total_sz, d("1"));
    assert_eq!(scene.status(BOB, oid), OrderStatus::Canceled);
    assert!(scene.ex.order(oid).is_none());
}

#[test]
fn nobody_trades_with_himself_but_a_sub_account_is_somebody_else() {
    let mut scene = Scene::new();
    let own = scene.rest(ALICE, sell("100", "1"));
    let other = scene.rest(BOB, sell("100", "1"));
    assert_eq!(
        scene.filled(ALICE, tif(Tif::Ioc, buy("100", "1"))),
        (d("1"), d("100"))
    );
    assert_eq!(scene.status(ALICE, own), OrderStatus::SelfTradeCanceled);
    assert_eq!(scene.status(BOB, other), OrderStatus::Filled);
    assert_eq!(scene.ex.account(ALICE).unwrap().fills.len(), 1);

    let Response::Ok(Done::CreateSubAccount(sub)) =
        scene.ask(ALICE, &Action::CreateSubAccount { name: "one".into() })
    else {
        panic!()
    };
    let give = Action::SubAccountTransfer {
        sub_account_user: sub,
        is_deposit: true,
        usd: 10_000_000_000,
    };
    assert_eq!(scene.ask(ALICE, &give), Response::done());
    scene.rest(ALICE, sell("100", "1"));
    let bought = scene.ask_for(
        ALICE,
        Some(sub),
        &Action::orders(vec![tif(Tif::Ioc, buy("100", "1"))]),
    );
    assert!(
        matches!(bought, Response::Ok(Done::Order(done)) if matches!(done.statuses[0], OrderAnswer::Filled { .. }))
    );
    assert_eq!(scene.szi(sub, 2), d("1"));
}

#[test]
fn reduce_only_is_capped_and_never_flips() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "2")));
    assert_eq!(
        scene.filled(ALICE, reduce(tif(Tif::Ioc, sell("99", "5")))),
        (d("2"), d("99"))
    );
    assert_eq!(scene.szi(ALICE, 2), d("0"));
    // resting ones go with the position
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "2")));
    let far = scene.rest(ALICE, reduce(sell("120", "2")));
    let farther = scene.rest(ALICE, reduce(sell("130", "2")));
    scene.filled(BOB, tif(Tif::Ioc, buy("101", "1")));
    scene.quote("121", "122", "1000");
    assert_eq!(scene.status(ALICE, far), OrderStatus::Filled);
    assert_eq!(
        scene.status(ALICE, farther),
        OrderStatus::ReduceOnlyCanceled
    );
    assert_eq!(scene.szi(ALICE, 2), d("0"));
}

#[test]
fn a_resting_reduce_only_order_gives_no_more_than_the_position() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "3")));
    let close = scene.rest(ALICE, reduce(sell("110", "3")));
    scene.filled(ALICE, tif(Tif::Ioc, sell("99", "2")));
    scene.quote("1", "200", "1000");
    assert_eq!(
        scene.filled(BOB, tif(Tif::Ioc, buy("110", "3"))),
        (d("1"), d("110"))
    );
    assert_eq!(scene.status(ALICE, close), OrderStatus::ReduceOnlyCanceled);
}

#[test]
fn new_quotes_of_the_house_fill_resting_orders_at_their_price() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    let low = scene.rest(ALICE, buy("95", "3"));
    let lower = scene.rest(BOB, buy("94", "3"));
    scene.quote("94.4", "94.5", "2");
    assert_eq!(scene.ex.order(low).unwrap().sz, d("1"), "two were offered");
    let fill = scene.ex.account(ALICE).unwrap().fills.back().unwrap();
    assert_eq!(
        (fill.px, fill.crossed, fill.fee),
        (d("95"), false, d("0.0285")),
        "190 · 0.015 %"
    );
    assert_eq!(scene.status(BOB, lower), OrderStatus::Open);
    scene.quote("90", "93", "1000");
    assert_eq!(scene.status(ALICE, low), OrderStatus::Filled);
    assert_eq!(scene.status(BOB, lower), OrderStatus::Filled);
}

#[test]
fn triggers_fire_at_the_mark() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "3")));
    let stop = scene.rest(ALICE, trigger(false, "90", "80", "3", Tpsl::Sl));
    scene.quote("88", "95", "1000");
    assert_eq!(
        scene.status(ALICE, stop),
        OrderStatus::Open,
        "the book is not the mark"
    );
    scene.price("90");
    assert_eq!(scene.status(ALICE, stop), OrderStatus::Filled);
    let rows: Vec<_> = scene
        .ex
        .account(ALICE)
        .unwrap()
        .history
        .iter()
        .filter(|row| row.order.oid == stop)
        .collect();
    let states: Vec<_> = rows.iter().map(|row| row.status.as_str()).collect();
    assert_eq!(states, ["open", "triggered", "filled"]);
    assert_eq!(
        scene.ex.account(ALICE).unwrap().fills.back().unwrap().px,
        d("88")
    );
}

#[test]
fn a_fired_stop_that_finds_nothing_within_its_limit_is_over() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "3")));
    let stop = scene.rest(ALICE, trigger(false, "90", "89", "3", Tpsl::Sl));
    scene.quote("80", "95", "1000");
    scene.price("85");
    assert_eq!(scene.status(ALICE, stop), OrderStatus::IocCancelRejected);
    assert_eq!(scene.szi(ALICE, 2), d("3"));
}

#[test]
fn a_stop_limit_rests_after_it_fired() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "3")));
    let t = OrderKind::Trigger {
        is_market: false,
        trigger_px: d("90"),
        tpsl: Tpsl::Sl,
    };
    let stop = scene.rest(
        ALICE,
        OrderWire {
            t,
            ..reduce(sell("89", "3"))
        },
    );
    scene.quote("80", "95", "1000");
    scene.price("85");
    let order = scene.ex.order(stop).unwrap();
    assert_eq!(
        (order.place, order.fired, order.tif()),
        (Place::Book, true, Some(Tif::Gtc))
    );
    assert_eq!(
        scene.ex.market(2).unwrap().book.best(ident::Side::Sell),
        Some(d("89"))
    );
}

#[test]
fn children_wait_for_their_parent_and_cancel_each_other() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    let tp = trigger(false, "110", "100", "3", Tpsl::Tp);
    let sl = trigger(false, "90", "80", "3", Tpsl::Sl);
    let answers = scene.orders(ALICE, vec![buy("98", "3"), tp, sl], Grouping::NormalTpsl);
    resting(&answers[0]);
    assert_eq!(
        answers[1..],
        [OrderAnswer::WaitingForFill, OrderAnswer::WaitingForFill]
    );
    let legs = children(&scene, ALICE);
    scene.price("112");
    assert!(
        legs.iter()
            .all(|oid| scene.ex.order(*oid).unwrap().place == Place::Child),
        "asleep until the parent is filled"
    );
    scene.price("100");
    scene.quote("97", "98", "2");
    assert!(
        legs.iter()
            .all(|oid| scene.ex.order(*oid).unwrap().place == Place::Child),
        "two of three are not all"
    );
    scene.quote("97", "98", "1000");
    assert_eq!(scene.szi(ALICE, 2), d("3"));
    assert!(
        legs.iter()
            .all(|oid| scene.ex.order(*oid).unwrap().place == Place::Trigger)
    );
    scene.quote("111", "112", "1000");
    scene.price("110");
    assert_eq!(scene.status(ALICE, legs[0]), OrderStatus::Filled);
    assert_eq!(
        scene.status(ALICE, legs[1]),
        OrderStatus::SiblingFilledCanceled
    );
    assert_eq!(scene.szi(ALICE, 2), d("0"));
}

#[test]
fn children_of_a_parent_that_fills_at_once_are_armed() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    let tp = trigger(false, "110", "100", "3", Tpsl::Tp);
    let sl = trigger(false, "90", "80", "3", Tpsl::Sl);
    let answers = scene.orders(
        ALICE,
        vec![tif(Tif::Ioc, buy("101", "3")), tp, sl],
        Grouping::NormalTpsl,
    );
    assert!(matches!(answers[0], OrderAnswer::Filled { .. }));
    assert_eq!(
        answers[1..],
        [
            OrderAnswer::WaitingForTrigger,
            OrderAnswer::WaitingForTrigger
        ]
    );
}

#[test]
fn a_refused_child_stands_beside_a_filled_parent() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    let bad = trigger(false, "105", "80", "3", Tpsl::Sl);
    let sl = trigger(false, "90", "80", "3", Tpsl::Sl);
    let answers = scene.orders(
        ALICE,
        vec![tif(Tif::Ioc, buy("101", "3")), bad, sl],
        Grouping::NormalTpsl,
    );
    assert!(matches!(answers[0], OrderAnswer::Filled { .. }));
    assert_eq!(
        answers[1],
        OrderAnswer::Error("Invalid TP/SL price. asset=2".into())
    );
    assert_eq!(answers[2], OrderAnswer::WaitingForTrigger);
}

#[test]
fn a_cancelled_parent_takes_its_children_along_even_when_filled_in_part() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    let sl = trigger(false, "90", "80", "3", Tpsl::Sl);
    let parent = resting(&scene.orders(ALICE, vec![buy("98", "3"), sl], Grouping::NormalTpsl)[0]);
    let legs = children(&scene, ALICE);
    scene.quote("96", "97", "1");
    assert_eq!(scene.szi(ALICE, 2), d("1"));
    assert_eq!(scene.cancel(ALICE, 2, parent), CancelAnswer::Success);
    assert_eq!(scene.status(ALICE, legs[0]), OrderStatus::Canceled);
    assert!(scene.ex.account(ALICE).unwrap().open.is_empty());
}

#[test]
fn children_of_a_parent_that_took_a_part_go_with_it_unless_the_venue_is_kind() {
    for part in [TakenPart::CancelsChildren, TakenPart::ArmsChildren] {
        let mut scene = Scene::with(Settings {
            mark_from_oracle: true,
            taken_part: part,
            ..Settings::default()
        });
        scene.quote("99", "101", "1");
        let sl = trigger(false, "90", "80", "3", Tpsl::Sl);
        let answers = scene.orders(
            ALICE,
            vec![tif(Tif::Ioc, buy("101", "3")), named(7, sl)],
            Grouping::NormalTpsl,
        );
        assert!(matches!(answers[0], OrderAnswer::Filled { total_sz, .. } if total_sz == d("1")));
        assert_eq!(scene.szi(ALICE, 2), d("1"));
        let found = scene
            .ex
            .order_status(ALICE, OrderRef::Cloid(Cloid([7; 16])));
        let OrderStatusAnswer::Order { order: child } = found else {
            panic!("{found:?}")
        };
        if part == TakenPart::ArmsChildren {
            assert_eq!(answers[1], OrderAnswer::WaitingForTrigger);
            assert_eq!(
                (child.status, child.order.sz),
                (OrderStatus::Open, d("1")),
                "for the part"
            );
        } else {
            assert_eq!(answers[1], OrderAnswer::WaitingForFill, "nobody refused it");
            assert_eq!(child.status, OrderStatus::Canceled);
            assert!(scene.ex.account(ALICE).unwrap().open.is_empty());
        }
    }
}

#[test]
fn a_capped_stop_says_what_it_got_and_what_it_could_not() {
    for (depth, status, left) in [
        ("1000", OrderStatus::Filled, "0"),
        ("1", OrderStatus::Canceled, "2"),
    ] {
        for (size, grouping) in [("10", Grouping::Na), ("0", Grouping::PositionTpsl)] {
            let mut scene = Scene::new();
            scene.quote("99", "101", "1000");
            scene.filled(ALICE, tif(Tif::Ioc, buy("101", "3")));
            let stop = trigger(false, "90", "80", size, Tpsl::Sl);
            let oid = resting(&scene.orders(ALICE, vec![stop], grouping)[0]);
            scene.quote("88", "95", depth);
            scene.price("90");
            assert_eq!(scene.szi(ALICE, 2), d(left));
            let found = scene.ex.order_status(ALICE, OrderRef::Oid(oid));
            let OrderStatusAnswer::Order { order: found } = found else {
                panic!("{found:?}")
            };
            assert_eq!(found.status, status);
            let row = found.order;
            if grouping == Grouping::Na {
                assert_eq!((row.orig_sz, row.sz), (d("3"), d(left)), "three, not ten");
            } else {
                assert_eq!((row.orig_sz, row.sz), (d("0"), d("0")));
            }
        }
    }
}

#[test]
fn a_parent_that_loses_its_margin_arms_its_children_for_what_it_got() {
    let mut scene = Scene::new();
    scene.leverage(ALICE, 2, true, 3);
    scene.quote("99", "101", "1000");
    let sl = trigger(false, "50", "40", "2900", Tpsl::Sl);
    let answers = scene.orders(ALICE, vec![buy("98", "2900"), sl], Grouping::NormalTpsl);
    let parent = resting(&answers[0]);
    let leg = children(&scene, ALICE)[0];
    scene.quote("90", "98", "100");
    // the mark falls: 100 000 − 100 · 28 is left, and 2800 · 70 / 3 + … would be needed at a loss of 28 each
    scene.price("70");
    scene.quote("60", "69", "5000");
    assert_eq!(scene.status(ALICE, parent), OrderStatus::MarginCanceled);
    let order = scene.ex.order(leg).unwrap();
    assert_eq!((order.place, order.sz), (Place::Trigger, d("100")));
}

#[test]
fn position_stops_close_whatever_there_is_and_go_with_it() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "3")));
    let whole = |px, limit, kind| trigger(false, px, limit, "0", kind);
    let answers = scene.orders(
        ALICE,
        vec![whole("110", "100", Tpsl::Tp), whole("90", "80", Tpsl::Sl)],
        Grouping::PositionTpsl,
    );
    let (tp, sl) = (resting(&answers[0]), resting(&answers[1]));
    assert_eq!(scene.ex.order(sl).unwrap().orig_sz, d("0"));
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "4")));
    scene.quote("88", "95", "1000");
    scene.price("90");
    assert_eq!(scene.szi(ALICE, 2), d("0"), "seven, not three");
    assert_eq!(scene.status(ALICE, sl), OrderStatus::Filled);
    assert_eq!(scene.status(ALICE, tp), OrderStatus::ReduceOnlyCanceled);
}

#[test]
fn there_is_one_position_stop_of_a_kind() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "3")));
    let stop = |px| vec![trigger(false, px, "80", "0", Tpsl::Sl)];
    let first = resting(&scene.orders(ALICE, stop("90"), Grouping::PositionTpsl)[0]);
    let second = resting(&scene.orders(ALICE, stop("91"), Grouping::PositionTpsl)[0]);
    assert_eq!(scene.status(ALICE, first), OrderStatus::Canceled);
    assert_eq!(scene.status(ALICE, second), OrderStatus::Open);
}

#[test]
fn groups_that_could_open_a_position_are_refused_as_a_whole() {
    let mut scene = Scene::new();
    let naked = OrderWire {
        r: false,
        ..trigger(false, "90", "80", "3", Tpsl::Sl)
    };
    let refused = scene.ask(
        ALICE,
        &Action::grouped(vec![buy("98", "3"), naked], Grouping::NormalTpsl),
    );
    assert_eq!(
        refused,
        Response::Err("TP/SL orders must be reduce only.".into())
    );
    let refused = scene.ask(ALICE, &Action::grouped(vec![naked], Grouping::PositionTpsl));
    assert_eq!(
        refused,
        Response::Err("TP/SL orders must be reduce only.".into())
    );
    assert!(scene.ex.account(ALICE).unwrap().open.is_empty());
}

#[test]
fn a_modified_order_has_a_new_number_the_same_name_and_the_last_place() {
    let mut scene = Scene::new();
    let old = scene.rest(ALICE, named(7, buy("98", "3")));
    let rival = scene.rest(BOB, buy("98", "1"));
    let action = Action::BatchModify {
        modifies: vec![Modify {
            oid: OrderRef::Oid(old),
            order: buy("98", "2"),
        }],
        a: None,
    };
    let Response::Ok(Done::Order(done)) = scene.ask(ALICE, &action) else {
        panic!()
    };
    let OrderAnswer::Resting { oid, cloid } = done.statuses[0] else {
        panic!()
    };
    assert_eq!(cloid, Some(Cloid([7; 16])));
    assert!(oid > old);
    assert_eq!(scene.status(ALICE, old), OrderStatus::Canceled);
    assert_eq!(
        scene.ex.market(2).unwrap().book.oids(ident::Side::Buy),
        [rival, oid]
    );
    let again = scene.ask(
        ALICE,
        &Action::Modify {
            oid: OrderRef::Oid(old),
            order: buy("97", "2"),
            a: None,
        },
    );
    assert_eq!(
        again,
        Response::Err("Cannot modify canceled or filled order".into())
    );
    let always = scene.ask(
        ALICE,
        &Action::Modify {
            oid: OrderRef::Oid(old),
            order: buy("97", "2"),
            a: Some(true),
        },
    );
    assert_eq!(always, Response::done());
}

#[test]
fn a_modify_that_would_trade_is_refused_and_the_old_order_stays() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "10");
    let old = scene.rest(ALICE, buy("98", "3"));
    let refused = scene.ask(
        ALICE,
        &Action::Modify {
            oid: OrderRef::Oid(old),
            order: buy("102", "3"),
            a: None,
        },
    );
    assert_eq!(
        refused,
        Response::Err("Post only order would have immediately matched, bbo was 99@101.".into())
    );
    assert_eq!(scene.status(ALICE, old), OrderStatus::Open);
}

#[test]
fn a_modified_child_keeps_its_family() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    let tp = trigger(false, "110", "100", "3", Tpsl::Tp);
    let sl = trigger(false, "90", "80", "3", Tpsl::Sl);
    scene.orders(ALICE, vec![buy("98", "3"), tp, sl], Grouping::NormalTpsl);
    let legs = children(&scene, ALICE);
    let moved = Action::Modify {
        oid: OrderRef::Oid(legs[1]),
        order: trigger(false, "92", "80", "3", Tpsl::Sl),
        a: None,
    };
    assert_eq!(scene.ask(ALICE, &moved), Response::done());
    scene.quote("97", "98", "1000");
    let legs = children(&scene, ALICE);
    assert_eq!(legs.len(), 2);
    scene.quote("91", "93", "1000");
    scene.price("92");
    assert_eq!(scene.status(ALICE, legs[1]), OrderStatus::Filled);
    assert_eq!(
        scene.status(ALICE, legs[0]),
        OrderStatus::SiblingFilledCanceled
    );
}

#[test]
fn the_dead_mans_switch_cancels_everything_once() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "3")));
    let stop = scene.rest(ALICE, trigger(false, "90", "80", "3", Tpsl::Sl));
    let bid = scene.rest(ALICE, buy("95", "1"));
    let arm = |time| Action::ScheduleCancel { time: Some(time) };
    assert_eq!(
        scene.ask(ALICE, &arm(T0 + 4999)),
        Response::Err("Scheduled cancel time too early".into())
    );
    assert_eq!(scene.ask(ALICE, &arm(T0 + 5000)), Response::done());
    scene.pass(4999);
    assert_eq!(scene.status(ALICE, bid), OrderStatus::Open);
    scene.pass(1);
    assert_eq!(scene.status(ALICE, bid), OrderStatus::ScheduledCancel);
    assert_eq!(scene.status(ALICE, stop), OrderStatus::ScheduledCancel);
    let late = scene.rest(ALICE, buy("95", "1"));
    scene.ask(ALICE, &arm(T0 + 12_000));
    scene.pass(DAY / 3);
    let row = &scene.ex.account(ALICE).unwrap().finished[&late].row;
    assert_eq!(row.status, OrderStatus::ScheduledCancel);
    assert_eq!(row.time, T0 + 12_000, "in the middle of a long step");
    for _ in 2..10 {
        let time = scene.now + 5000;
        assert_eq!(scene.ask(ALICE, &arm(time)), Response::done());
        scene.pass(5000);
    }
    let time = scene.now + 5000;
    let refused = scene.ask(ALICE, &arm(time));
    assert_eq!(
        refused,
        Response::Err("Scheduled cancel triggered too many times today.".into())
    );
    let off = Action::ScheduleCancel { time: None };
    assert_eq!(scene.ask(ALICE, &off), Response::done());
}

#[test]
fn cancels_come_before_what_takes_in_a_block() {
    let mut scene = Scene::new();
    let oid = scene.rest(ALICE, sell("100", "1"));
    let take = Action::orders(vec![tif(Tif::Ioc, buy("100", "1"))]);
    let cancel = Action::cancel(vec![sixbtc_exchange::wire::action::Cancel { a: 2, o: oid }]);
    let request = |signer, nonce, action| Request {
        signer,
        vault: None,
        nonce,
        expires_after: None,
        action,
    };
    let n = T0 as u64 + 1000;
    let applied = scene
        .ex
        .apply_block(T0, &[request(BOB, n, &take), request(ALICE, n, &cancel)]);
    assert!(
        matches!(&applied[0].response, Response::Ok(Done::Order(done)) if matches!(done.statuses[0], OrderAnswer::Error(_)))
    );
    assert_eq!(
        applied[1].response,
        Response::cancels(vec![CancelAnswer::Success])
    );
}

#[test]
fn a_strict_venue_takes_a_name_once_while_it_is_open() {
    let mut scene = Scene::with(Settings {
        mark_from_oracle: true,
        ..Settings::strict()
    });
    let first = scene.rest(ALICE, named(1, buy("90", "1")));
    assert!(
        scene
            .error(ALICE, named(1, buy("91", "1")))
            .contains("duplicate cloid")
    );
    assert_eq!(
        scene
            .ex
            .order_status(ALICE, OrderRef::Cloid(Cloid([1; 16]))),
        scene.ex.order_status(ALICE, OrderRef::Oid(first))
    );
    scene.rest(BOB, named(1, buy("90", "1")));
    scene.cancel(ALICE, 2, first);
    scene.rest(ALICE, named(1, buy("91", "1")));
}
