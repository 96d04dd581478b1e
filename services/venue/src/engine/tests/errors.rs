//! Every row of the table of refusals (facts §4.1).

use super::*;
use sixbtc_exchange::wire::action::{Signed, UsdSend};
use sixbtc_exchange::wire::{OrderRef, Tif};

fn instrument(scene: &mut Scene, change: impl FnOnce(&mut Instrument)) {
    let mut x = scene.ex.market(2).unwrap().instrument.clone();
    change(&mut x);
    scene.ex.set_instrument(x).unwrap();
}

fn signed() -> Signed {
    Signed {
        signature_chain_id: "0x66eee".into(),
        hyperliquid_chain: "Testnet".into(),
    }
}

/// The last order that was refused, by state.
fn last_state(scene: &Scene, user: Address) -> String {
    scene
        .ex
        .account(user)
        .unwrap()
        .history
        .back()
        .unwrap()
        .status
        .to_string()
}

#[test]
fn price_off_the_tick() {
    let mut scene = Scene::new();
    assert_eq!(
        scene.error(ALICE, buy("98.7654", "1")),
        "Price must be divisible by tick size. asset=2"
    );
    assert_eq!(last_state(&scene, ALICE), "tickRejected");
    assert_eq!(
        scene.error(ALICE, buy("0", "1")),
        "Order has invalid price. asset=2"
    );
    assert_eq!(
        scene.error(ALICE, buy("-5", "1")),
        "Order has invalid price. asset=2"
    );
}

#[test]
fn size_off_the_lot() {
    let mut scene = Scene::new();
    assert_eq!(
        scene.error(ALICE, buy("98", "1.001")),
        "Order has invalid size. asset=2"
    );
    assert_eq!(
        scene.error(ALICE, buy("98", "-1")),
        "Order has invalid size. asset=2"
    );
    assert_eq!(
        scene.error(ALICE, buy("98", "0")),
        "Order has zero size. asset=2"
    );
}

#[test]
fn too_small() {
    let mut scene = Scene::new();
    assert_eq!(
        scene.error(ALICE, buy("99.9", "0.1")),
        "Order must have minimum value of $10. asset=2"
    );
    assert_eq!(last_state(&scene, ALICE), "minTradeNtlRejected");
    scene.rest(ALICE, buy("100", "0.1"));
    // what closes the whole position may be small, a part of it not
    scene.quote("101", "102", "1000");
    scene.filled(BOB, tif(Tif::Ioc, buy("102", "0.1")));
    scene.quote("80", "102", "1000");
    assert_eq!(
        scene.error(BOB, reduce(tif(Tif::Ioc, sell("80", "0.05")))),
        "Order must have minimum value of $10. asset=2"
    );
    assert_eq!(
        scene.filled(BOB, reduce(tif(Tif::Ioc, sell("80", "0.1")))),
        (d("0.1"), d("100"))
    );
}

#[test]
fn too_little_margin() {
    let mut scene = Scene::new();
    // 100 000 at 3x buy 3000 at 100
    scene.leverage(ALICE, 2, true, 3);
    assert_eq!(
        scene.error(ALICE, buy("100", "3000.01")),
        "Insufficient margin to place order. asset=2"
    );
    assert_eq!(last_state(&scene, ALICE), "perpMarginRejected");
    scene.rest(ALICE, buy("100", "3000"));
    assert_eq!(
        scene.error(ALICE, buy("50", "1")),
        "Insufficient margin to place order. asset=2"
    );
    scene.rest(ALICE, sell("110", "2000"));
}

#[test]
fn nothing_to_reduce() {
    let mut scene = Scene::new();
    assert_eq!(
        scene.error(ALICE, reduce(sell("100", "1"))),
        "Reduce only order would increase position. asset=2"
    );
    assert_eq!(last_state(&scene, ALICE), "reduceOnlyRejected");
    scene.quote("99", "101", "100");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "1")));
    assert_eq!(
        scene.error(ALICE, reduce(buy("90", "1"))),
        "Reduce only order would increase position. asset=2"
    );
}

#[test]
fn post_only_that_would_trade() {
    let mut scene = Scene::new();
    scene.quote("99", "101.5", "100");
    let text = scene.error(ALICE, tif(Tif::Alo, buy("101.5", "1")));
    assert_eq!(
        text,
        "Post only order would have immediately matched, bbo was 99@101.5. asset=2"
    );
    assert_eq!(last_state(&scene, ALICE), "badAloPxRejected");
    scene.rest(ALICE, tif(Tif::Alo, buy("101.4", "1")));
}

#[test]
fn ioc_that_meets_nothing() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "100");
    let text = scene.error(ALICE, tif(Tif::Ioc, buy("100", "1")));
    assert_eq!(
        text,
        "Order could not immediately match against any resting orders. asset=2"
    );
    assert_eq!(last_state(&scene, ALICE), "iocCancelRejected");
}

#[test]
fn trigger_that_would_fire_at_once_or_not_at_all() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "100");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "1")));
    for bad in [
        trigger(false, "100", "80", "1", Tpsl::Sl),
        trigger(false, "99", "80", "1", Tpsl::Tp),
        trigger(false, "90", "91", "1", Tpsl::Sl),
        trigger(false, "90.001234", "80", "1", Tpsl::Sl),
    ] {
        assert_eq!(
            scene.error(ALICE, bad),
            "Invalid TP/SL price. asset=2",
            "{bad:?}"
        );
        assert_eq!(last_state(&scene, ALICE), "badTriggerPxRejected");
    }
}

#[test]
fn market_order_into_an_empty_book() {
    let mut scene = Scene::new();
    let text = scene.error(ALICE, tif(Tif::FrontendMarket, buy("101", "1")));
    assert_eq!(text, "No liquidity available for market order. asset=2");
    assert_eq!(last_state(&scene, ALICE), "marketOrderNoLiquidityRejected");
}

#[test]
fn open_interest_at_its_cap() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "1000");
    scene.filled(BOB, tif(Tif::Ioc, buy("100", "10")));
    instrument(&mut scene, |x| x.open_interest_cap = Some(d("1000")));
    let text = scene.error(ALICE, tif(Tif::Ioc, buy("100", "1")));
    assert_eq!(
        text,
        "Order would increase open interest while open interest is capped asset=2"
    );
    assert_eq!(
        last_state(&scene, ALICE),
        "positionIncreaseAtOpenInterestCapRejected"
    );
    scene.quote("99", "104", "1000");
    let text = scene.error(ALICE, buy("101", "1"));
    assert_eq!(
        text,
        "Order rejected due to price more aggressive than oracle while at open interest cap asset=2"
    );
    assert_eq!(
        last_state(&scene, ALICE),
        "tooAggressiveAtOpenInterestCapRejected"
    );
    // what rests is cancelled when it would grow at the cap, what reduces goes on
    let bid = scene.rest(ALICE, buy("98", "1"));
    scene.quote("90", "97", "1000");
    assert_eq!(
        scene.status(ALICE, bid),
        OrderStatus::OpenInterestCapCanceled
    );
    scene.filled(BOB, tif(Tif::Ioc, sell("90", "10")));
}

#[test]
fn open_interest_that_grows_too_quickly() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "1000");
    instrument(&mut scene, |x| x.open_interest_step = Some(d("1000")));
    scene.filled(ALICE, tif(Tif::Ioc, buy("100", "10")));
    let text = scene.error(ALICE, tif(Tif::Ioc, buy("100", "1")));
    assert_eq!(
        text,
        "Order would increase open interest too quickly asset=2"
    );
    assert_eq!(last_state(&scene, ALICE), "openInterestIncreaseRejected");
    scene.pass(60_000);
    scene.filled(ALICE, tif(Tif::Ioc, buy("100", "1")));
}

#[test]
fn too_far_from_the_oracle() {
    let mut scene = Scene::new();
    let text = scene.error(ALICE, buy("19.99", "10"));
    assert_eq!(
        text,
        "Order price cannot be more than 80% away from the reference price asset=2"
    );
    assert_eq!(last_state(&scene, ALICE), "oracleRejected");
    scene.rest(ALICE, buy("20", "10"));
    assert!(
        scene
            .error(ALICE, sell("180.1", "10"))
            .starts_with("Order price cannot be more than 80%")
    );
    // triggers may wait anywhere
    scene.quote("99", "101", "100");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "1")));
    scene.rest(ALICE, trigger(false, "15", "14", "1", Tpsl::Sl));
}

#[test]
fn beyond_the_margin_tier() {
    let mut scene = Scene::new();
    scene.fund(ALICE, "90000000");
    instrument(&mut scene, |x| {
        x.max_leverage = 10;
        x.tiers = vec![
            MarginTier {
                lower_bound: d("0"),
                max_leverage: 10,
            },
            MarginTier {
                lower_bound: d("1000000"),
                max_leverage: 5,
            },
        ];
    });
    scene.leverage(ALICE, 2, true, 10);
    let text = scene.error(ALICE, buy("100", "10001"));
    assert_eq!(
        text,
        "Order would cause position to exceed margin tier limit at current leverage asset=2"
    );
    assert_eq!(last_state(&scene, ALICE), "perpMaxPositionRejected");
    scene.rest(ALICE, buy("100", "10000"));
    assert!(
        scene
            .error(ALICE, buy("100", "1"))
            .starts_with("Order would cause position to exceed"),
        "with the resting one"
    );
    scene.leverage(ALICE, 2, true, 5);
    scene.rest(ALICE, buy("100", "10001"));
}

#[test]
fn too_many_open_orders() {
    let settings = Settings {
        open_orders: 3,
        open_orders_most: 5,
        mark_from_oracle: true,
        ..Settings::default()
    };
    let mut scene = Scene::with(settings);
    for _ in 0..3 {
        scene.rest(ALICE, buy("90", "1"));
    }
    assert_eq!(
        scene.error(ALICE, buy("90", "1")),
        "Too many open orders. asset=2"
    );
    assert_eq!(last_state(&scene, ALICE), "tooManyOpenOrdersRejected");
}

#[test]
fn spot_is_not_traded_here() {
    let mut scene = Scene::new();
    let order = limit(10_107, false, "1", "20", Tif::Gtc);
    assert_eq!(
        scene.error(ALICE, order),
        "Insufficient spot balance asset=10107"
    );
    let order = limit(77, false, "1", "20", Tif::Gtc);
    assert_eq!(scene.error(ALICE, order), "Asset does not exist. asset=77");
}

#[test]
fn too_large_for_one_order() {
    let mut scene = Scene::new();
    scene.fund(ALICE, "90000000");
    assert_eq!(
        scene.error(ALICE, buy("100", "50001")),
        "Order value too large. Max is $5000000. asset=2"
    );
    assert_eq!(
        scene.error(ALICE, tif(Tif::Ioc, buy("100", "5001"))),
        "Order value too large. Max is $500000. asset=2"
    );
    assert_eq!(
        scene.error(ALICE, buy("99999999999", "999999999999")),
        "Order value too large. Max is $5000000. asset=2"
    );
}

#[test]
fn nothing_to_cancel() {
    let mut scene = Scene::new();
    let text =
        CancelAnswer::Error("Order was never placed, already canceled, or filled. asset=2".into());
    assert_eq!(scene.cancel(ALICE, 2, 12345), text);
    let oid = scene.rest(ALICE, buy("90", "1"));
    assert_eq!(scene.cancel(BOB, 2, oid), text, "somebody else's");
    assert_eq!(
        scene.cancel(ALICE, 1, oid),
        CancelAnswer::Error("Order was never placed, already canceled, or filled. asset=1".into())
    );
    assert_eq!(scene.cancel(ALICE, 2, oid), CancelAnswer::Success);
    assert_eq!(scene.cancel(ALICE, 2, oid), text);
    let refused = scene.ask(
        ALICE,
        &Action::Modify {
            oid: OrderRef::Oid(oid),
            order: buy("91", "1"),
            a: None,
        },
    );
    assert_eq!(
        refused,
        Response::Err("Cannot modify canceled or filled order".into())
    );
    assert_eq!(
        scene.ask(ALICE, &Action::cancel(vec![])),
        Response::Err("Batch must not be empty.".into())
    );
    assert_eq!(
        scene.ask(ALICE, &Action::orders(vec![])),
        Response::Err("Batch must not be empty.".into())
    );
}

#[test]
fn nobody_of_that_address() {
    let mut scene = Scene::new();
    let stranger = Address([0x5e; 20]);
    assert_eq!(
        scene.ask(stranger, &Action::Noop),
        Response::Err(format!("User or API Wallet {stranger} does not exist."))
    );
    let vault = Address([0x77; 20]);
    assert_eq!(
        scene.ask_for(ALICE, Some(vault), &Action::Noop),
        Response::Err(format!("Vault not registered: {vault}"))
    );
    let approve = Action::ApproveAgent {
        signed: signed(),
        agent_address: BOB,
        agent_name: None,
        nonce: 0,
    };
    assert_eq!(
        scene.ask(stranger, &approve),
        Response::Err("Must deposit before performing actions".into())
    );
}

#[test]
fn nonces() {
    let mut scene = Scene::new();
    let n = T0 as u64;
    let mut ask = |signer, nonce| {
        let request = Request {
            signer,
            vault: None,
            nonce,
            expires_after: None,
            action: &Action::Noop,
        };
        scene.ex.apply(T0, &request).response
    };
    assert_eq!(ask(ALICE, n), Response::done());
    assert_eq!(
        ask(ALICE, n),
        Response::Err(format!("Invalid nonce: duplicate nonce {n}"))
    );
    assert_eq!(
        ask(BOB, n),
        Response::done(),
        "another signer has a set of his own"
    );
    assert_eq!(ask(ALICE, 17), Response::Err("Invalid nonce: 17".into()));
}

#[test]
fn too_late() {
    let mut scene = Scene::new();
    let action = Action::orders(vec![buy("90", "1")]);
    let request = |nonce: u64, end: Millis| Request {
        signer: ALICE,
        vault: None,
        nonce: T0 as u64 + nonce,
        expires_after: Some(end as u64),
        action: &action,
    };
    let used = |scene: &Scene| scene.ex.account(ALICE).unwrap().requests.used;
    assert!(matches!(
        scene.ex.apply(T0, &request(1, T0)).response,
        Response::Ok(_)
    ));
    assert_eq!(used(&scene), 1);
    assert_eq!(
        scene.ex.apply(T0, &request(2, T0 - 1)).response,
        Response::Err("Action expired".into())
    );
    assert_eq!(used(&scene), 6, "five times the weight");
    assert_eq!(scene.ex.account(ALICE).unwrap().open.len(), 1);
}

#[test]
fn too_many_requests() {
    let settings = Settings {
        requests_free: 3,
        mark_from_oracle: true,
        ..Settings::default()
    };
    let mut scene = Scene::with(settings);
    let oid = scene.rest(ALICE, buy("90", "1"));
    scene.orders(ALICE, vec![buy("90", "1"), buy("90", "1")], Grouping::Na);
    scene.rest(ALICE, buy("90", "1"));
    let full = "Too many cumulative requests sent (4 > 3) for cumulative volume traded $0. Place taker orders to free up 1 request per USDC traded.";
    assert_eq!(
        scene.ask(ALICE, &Action::Noop),
        Response::Err(full.into()),
        "one in ten seconds, and that was it"
    );
    assert_eq!(
        scene.cancel(ALICE, 2, oid),
        CancelAnswer::Success,
        "cancels have twice as much"
    );
    scene.pass(10_000);
    assert_eq!(scene.ask(ALICE, &Action::Noop), Response::done());
    let buy_more = Action::ReserveRequestWeight { weight: 10 };
    assert_eq!(scene.ask(ALICE, &buy_more), Response::done());
    assert_eq!(scene.cash(ALICE), d("99999.995"));
    assert_eq!(scene.ask(ALICE, &Action::Noop), Response::done());
}

#[test]
fn the_switch_needs_volume_where_the_venue_is_strict() {
    let mut scene = Scene::with(Settings {
        mark_from_oracle: true,
        ..Settings::strict()
    });
    scene.quote("99", "100", "100");
    scene.filled(ALICE, tif(Tif::Ioc, buy("100", "1")));
    let arm = Action::ScheduleCancel {
        time: Some(T0 + 60_000),
    };
    let text = "Cannot set scheduled cancel time until enough volume traded. Required: $1000000. Traded: $100.";
    assert_eq!(scene.ask(ALICE, &arm), Response::Err(text.into()));
    let create = Action::CreateSubAccount { name: "one".into() };
    assert!(
        matches!(scene.ask(ALICE, &create), Response::Err(text) if text.starts_with("Cannot create sub-accounts until"))
    );
}

#[test]
fn after_an_upgrade_only_post_only() {
    let mut scene = Scene::new();
    scene.ex.set_post_only_until(Some(T0 + 1000));
    let text = scene.error(ALICE, buy("90", "1"));
    assert_eq!(
        text,
        "Only post-only orders allowed immediately after a network upgrade asset=2"
    );
    scene.rest(ALICE, tif(Tif::Alo, buy("90", "1")));
    scene.pass(1000);
    scene.rest(ALICE, buy("90", "1"));
}

#[test]
fn a_builder_takes_what_was_approved() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "100");
    let with = |f| Action::Order {
        orders: vec![tif(Tif::Ioc, buy("100", "10"))],
        grouping: Grouping::Na,
        builder: Some(sixbtc_exchange::wire::order::Builder { b: BOB, f }),
    };
    let first = |response| match response {
        Response::Ok(Done::Order(done)) => done.statuses[0].clone(),
        other => panic!("{other:?}"),
    };
    let refused = OrderAnswer::Error("Builder fee has not been approved. asset=2".into());
    assert_eq!(first(scene.ask(ALICE, &with(10))), refused);
    let approve = Action::ApproveBuilderFee {
        signed: signed(),
        max_fee_rate: "0.01%".into(),
        builder: BOB,
        nonce: 0,
    };
    assert_eq!(scene.ask(ALICE, &approve), Response::done());
    assert_eq!(first(scene.ask(ALICE, &with(11))), refused);
    assert!(matches!(
        first(scene.ask(ALICE, &with(10))),
        OrderAnswer::Filled { .. }
    ));
    // a basis point of 1000
    assert_eq!(scene.cash(BOB), d("100000.1"));
    let fill = scene.ex.account(ALICE).unwrap().fills.back().unwrap();
    assert_eq!((fill.fee, fill.builder_fee), (d("0.55"), Some(d("0.1"))));
    // sub-accounts cannot sign: their master's word counts
    let sub = super::accounts::sub_of(&mut scene, ALICE, "one");
    assert_eq!(
        scene.ex.builder_fee(sub, BOB),
        scene.ex.builder_fee(ALICE, BOB)
    );
}

#[test]
fn more_money_than_there_is() {
    let mut scene = Scene::new();
    let send = |amount: &str| UsdSend {
        signed: signed(),
        destination: BOB,
        amount: d(amount),
        time: 0,
    };
    let refused = |text: &str| Response::Err(text.to_owned());
    assert_eq!(
        scene.ask(ALICE, &Action::Withdraw3(send("100001"))),
        refused("Insufficient balance for withdrawal")
    );
    assert_eq!(
        scene.ask(ALICE, &Action::UsdSend(send("100001"))),
        refused("Insufficient balance for token transfer")
    );
    assert_eq!(
        scene.ask(ALICE, &Action::UsdSend(send("-1"))),
        refused("Insufficient balance for token transfer")
    );
}

#[test]
fn a_name_that_an_open_order_has() {
    let mut scene = Scene::new();
    scene.rest(ALICE, named(1, buy("90", "1")));
    scene.rest(ALICE, named(1, buy("90", "1")));
}
