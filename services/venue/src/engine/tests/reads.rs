//! Answers of `/info`, as they stand on the wire (facts §6).

use super::*;
use serde_json::{Value, json};
use sixbtc_exchange::wire::{InfoRequest, OrderRef, Tif};

fn ask(scene: &Scene, question: Value) -> Value {
    let request: InfoRequest = serde_json::from_value(question).unwrap();
    scene.ex.info(&request).unwrap()
}

fn busy() -> Scene {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    scene.leverage(ALICE, 2, true, 2);
    scene.filled(ALICE, named(9, tif(Tif::Ioc, buy("101", "10"))));
    scene.rest(ALICE, named(1, buy("95", "3")));
    scene.orders(
        ALICE,
        vec![trigger(false, "90", "80", "0", Tpsl::Sl)],
        Grouping::PositionTpsl,
    );
    let tp = trigger(false, "110", "100", "2", Tpsl::Tp);
    scene.orders(ALICE, vec![buy("94", "2"), tp], Grouping::NormalTpsl);
    scene
}

#[test]
fn every_question_is_answered() {
    let mut scene = busy();
    scene.pass(2 * HOUR);
    let user = ALICE.to_string();
    for kind in [
        "meta",
        "metaAndAssetCtxs",
        "allMids",
        "predictedFundings",
        "spotMeta",
        "spotMetaAndAssetCtxs",
        "perpDexs",
        "exchangeStatus",
    ] {
        assert!(!ask(&scene, json!({ "type": kind })).is_null(), "{kind}");
    }
    for kind in [
        "clearinghouseState",
        "spotClearinghouseState",
        "openOrders",
        "frontendOpenOrders",
        "historicalOrders",
        "userFills",
        "userFees",
        "userRateLimit",
        "portfolio",
        "extraAgents",
        "userRole",
        "userAbstraction",
        "webData2",
    ] {
        assert!(
            !ask(&scene, json!({ "type": kind, "user": user })).is_null(),
            "{kind}"
        );
        let nobody = ask(
            &scene,
            json!({ "type": kind, "user": Address([5; 20]).to_string() }),
        );
        assert!(!nobody.is_null(), "{kind} of nobody");
    }
    for kind in [
        "userFillsByTime",
        "userFunding",
        "userNonFundingLedgerUpdates",
    ] {
        let rows = ask(
            &scene,
            json!({ "type": kind, "user": user, "startTime": 0, "endTime": null }),
        );
        assert!(!rows.as_array().unwrap().is_empty(), "{kind}");
    }
    assert_eq!(
        ask(&scene, json!({ "type": "l2Book", "coin": "NOPE" })),
        Value::Null
    );
    assert_eq!(
        ask(&scene, json!({ "type": "recentTrades", "coin": "NOPE" })),
        Value::Null
    );
    assert_eq!(
        ask(&scene, json!({ "type": "subAccounts", "user": user })),
        Value::Null
    );
    assert_eq!(
        ask(&scene, json!({ "type": "meta", "dex": "other" })),
        Value::Null
    );
    assert_eq!(
        ask(&scene, json!({ "type": "meta", "dex": "" }))["universe"][0]["name"],
        "BTC"
    );
    assert_eq!(
        ask(
            &scene,
            json!({ "type": "fundingHistory", "coin": "X", "startTime": T0 })
        )
        .as_array()
        .unwrap()
        .len(),
        2
    );
    assert_eq!(
        ask(&scene, json!({ "type": "userRole", "user": user })),
        json!({ "role": "user" })
    );
    let builder = BOB.to_string();
    assert_eq!(
        ask(
            &scene,
            json!({ "type": "maxBuilderFee", "user": user, "builder": builder })
        ),
        json!(0)
    );
    let candles = json!({ "type": "candleSnapshot", "req": { "coin": "X", "interval": "1m", "startTime": 0 } });
    assert_eq!(
        scene.ex.info(&serde_json::from_value(candles).unwrap()),
        None
    );
}

#[test]
fn the_state_of_an_account() {
    let scene = busy();
    let state = ask(
        &scene,
        json!({ "type": "clearinghouseState", "user": ALICE.to_string() }),
    );
    // 1010 · 0.00045 = 0.4545 of fee
    assert_eq!(
        state["marginSummary"],
        json!({
            "accountValue": "99989.5455", "totalNtlPos": "1000.0", "totalRawUsd": "98989.5455", "totalMarginUsed": "500.0"
        })
    );
    assert_eq!(state["crossMarginSummary"], state["marginSummary"]);
    assert_eq!(state["crossMaintenanceMarginUsed"], "166.666666");
    // less (95 · 3 + 94 · 2) / 2 of the orders
    assert_eq!(state["withdrawable"], "99253.0455");
    assert_eq!(
        state["assetPositions"],
        json!([{ "type": "oneWay", "position": {
            "coin": "X", "szi": "10.0", "leverage": { "type": "cross", "value": 2 }, "entryPx": "101.0",
            "positionValue": "1000.0", "unrealizedPnl": "-10.0", "returnOnEquity": "-0.0198019802",
            "liquidationPx": null, "marginUsed": "500.0", "maxLeverage": 3,
            "cumFunding": { "allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0" },
        }}])
    );
}

#[test]
fn open_orders_with_their_children() {
    let scene = busy();
    let rows = ask(
        &scene,
        json!({ "type": "frontendOpenOrders", "user": ALICE.to_string() }),
    );
    let by = |order_type: &str, sz: &str| {
        rows.as_array()
            .unwrap()
            .iter()
            .find(|row| row["orderType"] == order_type && row["sz"] == sz)
            .unwrap()
            .clone()
    };
    let stop = by("Stop Market", "0.0");
    assert_eq!(stop["triggerCondition"], "Price below 90");
    assert_eq!(
        (&stop["triggerPx"], &stop["isTrigger"], &stop["tif"]),
        (&json!("90.0"), &json!(true), &Value::Null)
    );
    assert_eq!(
        (&stop["isPositionTpsl"], &stop["origSz"], &stop["cloid"]),
        (&json!(true), &json!("0.0"), &Value::Null)
    );
    let parent = by("Limit", "2.0");
    assert_eq!(parent["children"].as_array().unwrap().len(), 1);
    assert_eq!(parent["children"][0]["triggerCondition"], "Price above 110");
    assert_eq!(parent["tif"], "Gtc");
    let plain = ask(
        &scene,
        json!({ "type": "openOrders", "user": ALICE.to_string() }),
    );
    assert_eq!(plain.as_array().unwrap().len(), 4);
    let bid = plain
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["sz"] == "3.0")
        .unwrap();
    assert_eq!(bid["cloid"], "0x01010101010101010101010101010101");
    assert!(bid.get("reduceOnly").is_none());
}

#[test]
fn orders_are_found_by_number_and_by_name() {
    let mut scene = busy();
    let status = |scene: &Scene, which: Value| {
        ask(
            scene,
            json!({ "type": "orderStatus", "user": ALICE.to_string(), "oid": which }),
        )
    };
    let bid = status(&scene, json!("0x01010101010101010101010101010101"));
    assert_eq!(
        (&bid["status"], &bid["order"]["status"]),
        (&json!("order"), &json!("open"))
    );
    let oid = bid["order"]["order"]["oid"].as_u64().unwrap();
    scene.cancel(ALICE, 2, oid);
    assert_eq!(status(&scene, json!(oid))["order"]["status"], "canceled");
    assert_eq!(
        status(&scene, json!("0x09090909090909090909090909090909"))["order"]["status"],
        "filled"
    );
    assert_eq!(
        status(&scene, json!(4711)),
        json!({ "status": "unknownOid" })
    );
    assert_eq!(
        scene.ex.order_status(BOB, OrderRef::Oid(oid)),
        sixbtc_exchange::wire::info::OrderStatusAnswer::UnknownOid
    );
}

#[test]
fn a_fired_stop_shows_as_triggered() {
    let mut scene = busy();
    scene.quote("88", "89", "1000");
    scene.price("90");
    let rows = ask(
        &scene,
        json!({ "type": "historicalOrders", "user": ALICE.to_string() }),
    );
    let stops: Vec<&Value> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["order"]["orderType"] == "Stop Market")
        .collect();
    let states: Vec<&str> = stops
        .iter()
        .map(|row| row["status"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["filled", "triggered", "open"], "newest first");
    let last = &stops[0]["order"];
    assert_eq!(
        (&last["isTrigger"], &last["triggerPx"]),
        (&json!(false), &json!("0.0"))
    );
    assert_eq!(
        (&last["triggerCondition"], &last["tif"]),
        (&json!("Triggered"), &json!("Gtc"))
    );
}

#[test]
fn fills_are_rows_of_the_wire() {
    let mut scene = Scene::new();
    scene.rest(BOB, sell("100", "1"));
    scene.rest(CAROL, sell("102", "1"));
    scene.filled(ALICE, tif(Tif::Ioc, buy("102", "2")));
    let fills = |aggregate: bool| {
        ask(
            &scene,
            json!({ "type": "userFills", "user": ALICE.to_string(), "aggregateByTime": aggregate }),
        )
    };
    let plain = fills(false);
    assert_eq!(plain.as_array().unwrap().len(), 2);
    let newest = &plain[0];
    assert_eq!(
        (&newest["px"], &newest["sz"], &newest["side"]),
        (&json!("102.0"), &json!("1.0"), &json!("B"))
    );
    assert_eq!(
        (&newest["dir"], &newest["startPosition"]),
        (&json!("Open Long"), &json!("1.0"))
    );
    assert_eq!(
        (&newest["fee"], &newest["feeToken"], &newest["twapId"]),
        (&json!("0.0459"), &json!("USDC"), &Value::Null)
    );
    assert_eq!(
        (&newest["crossed"], &newest["closedPnl"]),
        (&json!(true), &json!("0.0"))
    );
    let joined = fills(true);
    assert_eq!(joined.as_array().unwrap().len(), 1);
    assert_eq!(
        (&joined[0]["px"], &joined[0]["sz"], &joined[0]["fee"]),
        (&json!("101.0"), &json!("2.0"), &json!("0.0909"))
    );
    let theirs = ask(
        &scene,
        json!({ "type": "userFills", "user": CAROL.to_string() }),
    );
    assert_eq!(
        theirs[0]["tid"], newest["tid"],
        "both sides share the number"
    );
    let trades = ask(&scene, json!({ "type": "recentTrades", "coin": "X" }));
    assert_eq!(
        trades[0]["users"],
        json!([ALICE.to_string(), CAROL.to_string()])
    );
    let ctx = &ask(&scene, json!({ "type": "metaAndAssetCtxs" }))[1][2];
    assert_eq!(
        (&ctx["openInterest"], &ctx["dayNtlVlm"]),
        (&json!("2.0"), &json!("202.0"))
    );
}

#[test]
fn books_can_be_coarse() {
    let mut scene = Scene::new();
    scene
        .ex
        .set_liquidity(
            T0,
            "X",
            &[(d("99.91"), d("1")), (d("99.85"), d("2"))],
            &[(d("100.01"), d("1")), (d("100.4"), d("5"))],
        )
        .unwrap();
    scene.rest(ALICE, buy("99.91", "1"));
    let book = ask(&scene, json!({ "type": "l2Book", "coin": "X" }));
    assert_eq!(
        book["levels"][0],
        json!([{ "px": "99.91", "sz": "2.0", "n": 2 }, { "px": "99.85", "sz": "2.0", "n": 1 }])
    );
    assert!(book.get("spread").is_none());
    let coarse = ask(
        &scene,
        json!({ "type": "l2Book", "coin": "X", "nSigFigs": 3 }),
    );
    assert_eq!(
        coarse["levels"][0],
        json!([{ "px": "99.9", "sz": "2.0", "n": 2 }, { "px": "99.8", "sz": "2.0", "n": 1 }])
    );
    assert_eq!(
        coarse["levels"][1],
        json!([{ "px": "101.0", "sz": "6.0", "n": 2 }])
    );
    assert_eq!(coarse["spread"], "1.1");
}

#[test]
fn what_can_be_traded() {
    let scene = busy();
    let data = ask(
        &scene,
        json!({ "type": "activeAssetData", "user": ALICE.to_string(), "coin": "X" }),
    );
    // free: 99989.5455 − 500 − 236.5
    assert_eq!(
        data["availableToTrade"],
        json!(["99253.0455", "99253.0455"])
    );
    assert_eq!(data["maxTradeSzs"], json!(["1985.06", "2005.06"]));
    assert_eq!(data["leverage"], json!({ "type": "cross", "value": 2 }));
}

#[test]
fn the_table_of_fees_and_the_budget() {
    let scene = busy();
    let fees = ask(
        &scene,
        json!({ "type": "userFees", "user": ALICE.to_string() }),
    );
    assert_eq!(
        (&fees["userCrossRate"], &fees["userAddRate"]),
        (&json!("0.00045"), &json!("0.00015"))
    );
    assert_eq!(fees["dailyUserVlm"][14]["userCross"], "1010.0");
    assert_eq!(fees["dailyUserVlm"][14]["date"], "2023-11-15");
    assert_eq!(
        fees["feeSchedule"]["tiers"]["vip"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
    let budget = ask(
        &scene,
        json!({ "type": "userRateLimit", "user": ALICE.to_string() }),
    );
    assert_eq!(
        (&budget["cumVlm"], &budget["nRequestsCap"]),
        (&json!("1010.0"), &json!(11_010))
    );
    assert_eq!(budget["nRequestsUsed"], 6);
}
