//! Orders over time.

use super::*;
use serde_json::{Value, json};
use sixbtc_exchange::wire::action::Twap as Wire;
use sixbtc_exchange::wire::exchange::TwapStatus;

fn over(minutes: u32, sz: &str) -> Wire {
    Wire {
        a: 2,
        b: true,
        s: d(sz),
        r: false,
        m: minutes,
        t: false,
    }
}

fn start(scene: &mut Scene, twap: Wire) -> Value {
    match scene.ask(ALICE, &Action::TwapOrder { twap }) {
        Response::Ok(Done::TwapOrder(TwapStatus { status })) => status,
        other => panic!("{other:?}"),
    }
}

fn cancel(scene: &mut Scene, user: Address, a: Asset, t: u64) -> Value {
    match scene.ask(user, &Action::TwapCancel { a, t }) {
        Response::Ok(Done::TwapCancel(TwapStatus { status })) => status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_slice_each_half_minute_until_all_is_filled() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "1000");
    assert_eq!(
        start(&mut scene, over(5, "10")),
        json!({ "running": { "twapId": 1 } })
    );
    assert_eq!(scene.szi(ALICE, 2), d("1"), "the first at once");
    scene.pass(29_999);
    assert_eq!(scene.szi(ALICE, 2), d("1"));
    scene.pass(1);
    assert_eq!(scene.szi(ALICE, 2), d("2"));
    let state = &scene.ex.web_data2(ALICE).twap_states[0];
    assert_eq!(
        (&state[0], &state[1]["executedSz"]),
        (&json!(1), &json!("2"))
    );
    // However long the step: each slice at its own time.
    scene.pass(HOUR);
    assert_eq!(scene.szi(ALICE, 2), d("10"));
    let fills = scene.ex.user_fills(ALICE, false);
    assert_eq!(fills.len(), 10);
    assert_eq!(fills[0].time, T0 + 270_000);
    assert!(fills.iter().all(|fill| fill.twap_id == Some(1) && fill.hash == sixbtc_exchange::wire::TxHash::ZERO));
    assert!(scene.ex.twap_states(ALICE).is_empty());
    assert!(scene.ex.orders.is_empty());
}

#[test]
fn what_a_slice_could_not_get_later_ones_catch_up_with() {
    let mut scene = Scene::new();
    scene.quote("99", "104", "1000");
    start(&mut scene, over(5, "10"));
    scene.pass(119_999);
    assert_eq!(scene.szi(ALICE, 2), d("0"), "beyond 3 % of the mark");
    scene.quote("99", "100", "1000");
    scene.pass(1);
    assert_eq!(
        scene.szi(ALICE, 2),
        d("3"),
        "three even slices, though five are missing"
    );
    scene.pass(30_000);
    assert_eq!(scene.szi(ALICE, 2), d("6"));
    scene.pass(30_000);
    assert_eq!(scene.szi(ALICE, 2), d("7"), "caught up");
}

#[test]
fn slices_may_vary_and_sum_up_all_the_same() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "1000");
    start(
        &mut scene,
        Wire {
            t: true,
            ..over(10, "20")
        },
    );
    scene.pass(HOUR);
    assert_eq!(scene.szi(ALICE, 2), d("20"));
    let sizes: std::collections::BTreeSet<Decimal> = scene
        .ex
        .user_fills(ALICE, false)
        .iter()
        .map(|fill| fill.sz)
        .collect();
    assert!(sizes.len() > 5, "{sizes:?}");
}

#[test]
fn it_ends_by_a_word_with_its_market_and_with_a_dead_mans_switch() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "1000");
    start(&mut scene, over(5, "10"));
    let gone = json!({ "error": "TWAP was never placed, already canceled, or filled." });
    assert_eq!(cancel(&mut scene, BOB, 2, 1), gone, "it is not his");
    assert_eq!(cancel(&mut scene, ALICE, 1, 1), gone, "another market");
    assert_eq!(cancel(&mut scene, ALICE, 2, 1), json!("success"));
    assert_eq!(cancel(&mut scene, ALICE, 2, 1), gone);
    scene.pass(HOUR);
    assert_eq!(scene.szi(ALICE, 2), d("1"));

    start(&mut scene, over(5, "10"));
    let time = Some(scene.now + 45_000);
    scene.ask(ALICE, &Action::ScheduleCancel { time });
    scene.pass(HOUR);
    assert_eq!(scene.szi(ALICE, 2), d("3"));
    start(&mut scene, over(5, "10"));
    scene.ex.delist_market(scene.now, "X").unwrap();
    scene.pass(HOUR);
    assert_eq!(scene.szi(ALICE, 2), d("4"));
}

#[test]
fn what_is_no_order_over_time_is_refused() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "1000");
    for (twap, why) in [
        (over(4, "10"), "Invalid TWAP duration: 4 min(s)"),
        (over(1441, "10"), "Invalid TWAP duration: 1441 min(s)"),
        (over(5, "0"), "Order has invalid size. asset=2"),
        (over(5, "1.001"), "Order has invalid size. asset=2"),
        (
            over(5, "0.9"),
            "Order must have minimum value of $10. asset=2",
        ),
        (
            Wire {
                a: 9,
                ..over(5, "10")
            },
            "Asset does not exist. asset=9",
        ),
    ] {
        assert_eq!(start(&mut scene, twap), json!({ "error": why }));
    }
    // One that may only reduce waits for something to reduce.
    start(
        &mut scene,
        Wire {
            b: false,
            r: true,
            ..over(5, "10")
        },
    );
    scene.pass(60_000);
    assert_eq!(scene.szi(ALICE, 2), d("0"));
    scene.filled(ALICE, tif(Tif::Ioc, buy("100", "2")));
    scene.pass(HOUR);
    assert_eq!(scene.szi(ALICE, 2), d("0"), "reduced, and not turned");
}
