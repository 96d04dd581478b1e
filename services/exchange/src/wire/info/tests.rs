//! Each answer as it looks, written by hand after the protocol's description: read, and written back to the same JSON.

use super::*;
use crate::wire::number::Out;
use crate::wire::{OrderStatus, Tif, TxHash};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::Debug;

const ME: &str = "0x5e9ee1089755c3435139848e47e6635505d5a13a";
const HASH: &str = "0x0000000000000000000000000000000000000000000000000000000000000000";

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Reads it, and writes it back to the same.
fn same<T: DeserializeOwned + Serialize + PartialEq + Debug>(value: &Value) -> T {
    let read: T = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(&serde_json::to_value(&read).unwrap(), value);
    let text = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), read);
    read
}

pub(in crate::wire) fn open_order() -> Value {
    json!({"coin": "BTC", "side": "A", "limitPx": "80459.0", "sz": "0.1", "oid": 91, "timestamp": 1_700_000_000_000_i64, "origSz": "0.2", "cloid": "0x000000000000000000000000000000ff", "reduceOnly": true})
}

pub(in crate::wire) fn frontend_order() -> Value {
    json!({"coin": "BTC", "side": "A", "limitPx": "72000.0", "sz": "0.0", "oid": 92, "timestamp": 1_700_000_000_000_i64, "triggerCondition": "Price below 79000", "isTrigger": true, "triggerPx": "79000.0", "children": [], "isPositionTpsl": true, "reduceOnly": true, "orderType": "Stop Market", "origSz": "0.0", "tif": null, "cloid": null})
}

pub(in crate::wire) fn fill() -> Value {
    json!({"coin": "BTC", "px": "80459.0", "sz": "0.1", "side": "B", "time": 1_700_000_000_000_i64, "startPosition": "-0.1", "dir": "Close Short", "closedPnl": "12.5", "hash": HASH, "oid": 91, "crossed": true, "fee": "3.620655", "tid": 1_125_899_906_842_623_u64, "feeToken": "USDC", "twapId": null})
}

pub(in crate::wire) fn clearinghouse() -> Value {
    let summary = json!({"accountValue": "13109.482328", "totalNtlPos": "8045.9", "totalRawUsd": "5063.582328", "totalMarginUsed": "804.59"});
    json!({
        "marginSummary": summary, "crossMarginSummary": summary, "crossMaintenanceMarginUsed": "100.57375", "withdrawable": "12304.892328", "time": 1_700_000_000_000_i64,
        "assetPositions": [
            {"type": "oneWay", "position": {"coin": "BTC", "szi": "0.1", "leverage": {"type": "cross", "value": 10}, "entryPx": "80000.0", "positionValue": "8045.9", "unrealizedPnl": "45.9", "returnOnEquity": "0.057375", "liquidationPx": null, "marginUsed": "804.59", "maxLeverage": 40, "cumFunding": {"allTime": "1.5", "sinceOpen": "0.5", "sinceChange": "0.0"}}},
            {"type": "oneWay", "position": {"coin": "ETH", "szi": "-2.0", "leverage": {"type": "isolated", "value": 5, "rawUsd": "6000.0"}, "entryPx": "2500.0", "positionValue": "5000.0", "unrealizedPnl": "0.0", "returnOnEquity": "0.0", "liquidationPx": "2941.1764705882", "marginUsed": "1000.0", "maxLeverage": 25, "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"}}}
        ]
    })
}

fn meta() -> Value {
    json!({
        "universe": [
            {"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56},
            {"name": "OLD", "szDecimals": 0, "maxLeverage": 3, "marginTableId": 3, "onlyIsolated": true, "marginMode": "strictIsolated", "isDelisted": true}
        ],
        "marginTables": [[56, {"description": "tiered 40x", "marginTiers": [{"lowerBound": "0.0", "maxLeverage": 40}, {"lowerBound": "150000000.0", "maxLeverage": 20}]}]],
        "collateralToken": 0
    })
}

fn ctx() -> Value {
    json!({"funding": "0.0000125", "openInterest": "688.11", "prevDayPx": "15.322", "dayNtlVlm": "1169046.29406", "dayBaseVlm": null, "premium": "0.00031774", "oraclePx": "14.32", "markPx": "14.3161", "midPx": "14.314", "impactPxs": ["14.3047", "14.3444"]})
}

#[test]
fn markets() {
    let read: Meta = same(&meta());
    assert_eq!(read.universe[1].is_delisted, Some(true));
    assert_eq!(read.margin_tables[0].1.margin_tiers[1].max_leverage, 20);
    let (_, ctxs): (Meta, Vec<AssetCtx>) = same(&json!([meta(), [ctx()]]));
    assert_eq!(
        ctxs[0].impact_pxs,
        Some([Out(d("14.3047")), Out(d("14.3444"))])
    );
    let mut dead = ctx();
    dead["premium"] = Value::Null;
    dead["midPx"] = Value::Null;
    dead["impactPxs"] = Value::Null;
    assert_eq!(same::<AssetCtx>(&dead).mid_px, None);
    let mids: AllMids = same(&json!({"BTC": "80459.5", "kPEPE": "0.0123456"}));
    assert_eq!(mids["BTC"].0, d("80459.5"));
    let book: Option<L2Book> = same(
        &json!({"coin": "BTC", "time": 5, "levels": [[{"px": "80459.0", "sz": "1.5", "n": 3}], []]}),
    );
    assert_eq!(book.unwrap().levels[0][0].n, 3);
    same::<L2Book>(&json!({"coin": "BTC", "time": 5, "levels": [[], []], "spread": "1.0"}));
    assert_eq!(same::<Option<L2Book>>(&Value::Null), None);
    let candles: Vec<Candle> = same(
        &json!([{"t": 1_681_923_600_000_i64, "T": 1_681_924_499_999_i64, "s": "BTC", "i": "15m", "o": "29295.0", "c": "29258.0", "h": "29309.0", "l": "29250.0", "v": "0.98639", "n": 189}]),
    );
    assert_eq!(candles[0].close_time - candles[0].t + 1, 900_000);
    same::<Vec<Trade>>(
        &json!([{"coin": "BTC", "side": "A", "px": "80459.0", "sz": "0.1", "time": 5, "hash": HASH, "tid": 7, "users": [ME, ME]}]),
    );
    same::<Vec<FundingRate>>(
        &json!([{"coin": "BTC", "fundingRate": "0.0000125", "premium": "-0.0001", "time": 5}]),
    );
    same::<Vec<(String, Vec<(String, Option<PredictedFunding>)>)>>(
        &json!([["BTC", [["HlPerp", {"fundingRate": "0.0000125", "nextFundingTime": 5, "fundingIntervalHours": 1}], ["BybitPerp", null]]]]),
    );
    same::<ExchangeStatus>(&json!({"specialStatuses": null, "time": 5}));
    same::<Vec<Option<PerpDex>>>(&json!([null]));
}

#[test]
fn spot() {
    let spot = json!({
        "universe": [{"name": "PURR/USDC", "tokens": [1, 0], "index": 0, "isCanonical": true}],
        "tokens": [{"name": "USDC", "szDecimals": 8, "weiDecimals": 8, "index": 0, "tokenId": "0x6d1e7cde53ba9467b783cb7c530ce054", "isCanonical": true, "evmContract": null, "fullName": null}]
    });
    same::<SpotMeta>(&spot);
    same::<SpotMeta>(&json!({"universe": [], "tokens": []}));
    same::<(SpotMeta, Vec<SpotAssetCtx>)>(
        &json!([spot, [{"coin": "PURR/USDC", "prevDayPx": "0.2", "dayNtlVlm": "8906.0", "dayBaseVlm": "1.0", "markPx": "0.14", "midPx": null, "circulatingSupply": "598274922.83822", "totalSupply": null}]]),
    );
    same::<SpotState>(
        &json!({"balances": [{"coin": "USDC", "token": 0, "total": "14.625485", "hold": "0.0", "entryNtl": "0.0"}]}),
    );
}

#[test]
fn orders() {
    same::<Vec<OpenOrder>>(&json!([open_order()]));
    let plain = json!({"coin": "BTC", "side": "B", "limitPx": "1.0", "sz": "1.0", "oid": 1, "timestamp": 2, "origSz": "1.0"});
    assert_eq!(same::<OpenOrder>(&plain).cloid, None);
    let mut parent = frontend_order();
    parent["children"] = json!([frontend_order(), frontend_order()]);
    parent["tif"] = json!("Gtc");
    parent["orderType"] = json!("Limit");
    let read: FrontendOrder = same(&parent);
    assert_eq!(
        (read.children.len(), read.tif, &read.order_type),
        (2, Some(Tif::Gtc), &OrderType::Limit)
    );
    assert_eq!(read.children[0].order_type, OrderType::StopMarket);

    // names of tomorrow
    parent["tif"] = json!("Fok");
    parent["orderType"] = json!("Iceberg");
    let read: FrontendOrder = serde_json::from_value(parent).unwrap();
    assert_eq!(
        (read.tif, read.order_type),
        (None, OrderType::Other("Iceberg".into()))
    );

    let found = json!({"status": "order", "order": {"order": frontend_order(), "status": "marginCanceled", "statusTimestamp": 6}});
    let OrderStatusAnswer::Order { order } = same(&found) else {
        panic!("an order")
    };
    assert_eq!(order.status, OrderStatus::MarginCanceled);
    assert_eq!(
        same::<OrderStatusAnswer>(&json!({"status": "unknownOid"})),
        OrderStatusAnswer::UnknownOid
    );
    same::<Vec<HistoricalOrder>>(
        &json!([{"order": frontend_order(), "status": "transmogrified", "statusTimestamp": 6}]),
    );
}

#[test]
fn fills() {
    let read: Fill = same(&fill());
    assert_eq!((read.dir, read.hash), (Direction::CloseShort, TxHash::ZERO));
    let mut liquidation = fill();
    liquidation["liquidation"] =
        json!({"liquidatedUser": ME, "markPx": "80000.0", "method": "market"});
    liquidation["cloid"] = json!("0x000000000000000000000000000000ff");
    liquidation["builderFee"] = json!("0.1");
    liquidation["dir"] = json!("Liquidated Cross Long");
    same::<Fill>(&liquidation);
    // tails of floats, and a member of tomorrow
    let mut strange = fill();
    strange["closedPnl"] = json!("12.500000000000002");
    strange["px"] = json!(80459);
    strange["fee"] = json!(-0.5);
    strange["mood"] = json!(["fine"]);
    let read: Fill = serde_json::from_value(strange).unwrap();
    assert_eq!(
        (read.closed_pnl, read.px, read.fee),
        (d("12.500000000000002"), d("80459"), d("-0.5"))
    );
}

#[test]
fn accounts() {
    let read: ClearinghouseState = same(&clearinghouse());
    assert_eq!(read.asset_positions[0].position.liquidation_px, None);
    assert_eq!(
        read.asset_positions[1].position.leverage,
        Leverage::Isolated {
            value: 5,
            raw_usd: Some(d("6000"))
        }
    );
    // an old recording: without time, maintenance and funding
    let mut old = clearinghouse();
    for gone in ["time", "crossMaintenanceMarginUsed"] {
        old.as_object_mut().unwrap().remove(gone);
    }
    old["assetPositions"][0]["position"]
        .as_object_mut()
        .unwrap()
        .remove("cumFunding");
    serde_json::from_value::<ClearinghouseState>(old).unwrap();

    same::<UserRateLimit>(
        &json!({"cumVlm": "2854574.593578", "nRequestsUsed": 2890, "nRequestsCap": 2_864_574, "nRequestsSurplus": 0}),
    );
    let period =
        json!({"accountValueHistory": [[5, "0.0"]], "pnlHistory": [[5, "-1.5"]], "vlm": "0.0"});
    same::<Portfolio>(&json!([["day", period], ["perpAllTime", period]]));
    same::<Option<Vec<SubAccount>>>(
        &json!([{"name": "alpha", "subAccountUser": ME, "master": ME, "clearinghouseState": clearinghouse(), "spotState": {"balances": []}}]),
    );
    assert_eq!(same::<Option<Vec<SubAccount>>>(&Value::Null), None);
    same::<Vec<ExtraAgent>>(&json!([{"name": "bot", "address": ME, "validUntil": 5}]));
    for role in [
        json!({"role": "missing"}),
        json!({"role": "user"}),
        json!({"role": "vault"}),
        json!({"role": "agent", "data": {"user": ME}}),
        json!({"role": "subAccount", "data": {"master": ME}}),
    ] {
        same::<UserRole>(&role);
    }
    same::<ActiveAssetData>(
        &json!({"user": ME, "coin": "BTC", "leverage": {"type": "cross", "value": 20}, "maxTradeSzs": ["1.5", "2.0"], "availableToTrade": ["0.0", "3.5"], "markPx": "80459.0"}),
    );
    same::<WebData2>(
        &json!({"clearinghouseState": clearinghouse(), "leadingVaults": [], "totalVaultEquity": "0.0", "openOrders": [frontend_order()], "agentAddress": null, "agentValidUntil": null, "cumLedger": "100.0", "meta": meta(), "assetCtxs": [ctx()], "serverTime": 5, "isVault": false, "user": ME, "twapStates": [], "spotState": {"balances": []}, "spotAssetCtxs": []}),
    );
}

#[test]
fn fees() {
    let read: UserFees = same(&json!({
        "dailyUserVlm": [{"date": "2026-11-23", "userCross": "0.0", "userAdd": "12.5", "exchange": "2852367.0770729999"}],
        "feeSchedule": {
            "cross": "0.00045", "add": "0.00015", "spotCross": "0.0007", "spotAdd": "0.0004",
            "tiers": {"vip": [{"ntlCutoff": "5000000.0", "cross": "0.0004", "add": "0.00012", "spotCross": "0.0006", "spotAdd": "0.0003"}], "mm": [{"makerFractionCutoff": "0.005", "add": "-0.00001"}]},
            "referralDiscount": "0.04", "stakingDiscountTiers": [{"bpsOfMaxSupply": "0.0001", "discount": "0.05"}]
        },
        "userCrossRate": "0.00045", "userAddRate": "0.00015", "userSpotCrossRate": "0.0007", "userSpotAddRate": "0.0004",
        "activeReferralDiscount": "0.0", "trial": null, "feeTrialEscrow": "0.0", "nextTrialAvailableTimestamp": null, "stakingLink": null, "activeStakingDiscount": {"discount": "0.0"}
    }));
    assert_eq!(read.fee_schedule.tiers.mm[0].add, d("-0.00001"));
}

#[test]
fn ledgers() {
    let rows: Vec<UserFunding> = same(
        &json!([{"time": 5, "hash": HASH, "delta": {"type": "funding", "coin": "ETH", "usdc": "-3.625312", "szi": "49.1477", "fundingRate": "0.0000417", "nSamples": null}}]),
    );
    assert_eq!(rows[0].delta.usdc, d("-3.625312"));
    for delta in [
        json!({"type": "deposit", "usdc": "100.0"}),
        json!({"type": "withdraw", "usdc": "100.0", "nonce": 5, "fee": "1.0"}),
        json!({"type": "internalTransfer", "usdc": "1.0", "user": ME, "destination": ME, "fee": "0.0"}),
        json!({"type": "subAccountTransfer", "usdc": "1.0", "user": ME, "destination": ME}),
        json!({"type": "accountClassTransfer", "usdc": "1.0", "toPerp": true}),
        json!({"type": "spotTransfer", "token": "USDC", "amount": "1.0", "usdcValue": "1.0", "user": ME, "destination": ME, "fee": "0.0"}),
        json!({"type": "send", "user": ME, "destination": ME, "sourceDex": "", "destinationDex": "spot", "token": "USDC", "amount": "1.0", "usdcValue": "1.0", "fee": "0.0"}),
        json!({"type": "liquidation", "liquidatedNtlPos": "8045.9", "accountValue": "50.0", "leverageType": "Cross", "liquidatedPositions": [{"coin": "BTC", "szi": "0.1"}]}),
        json!({"type": "rewardsClaim", "amount": "1.0"}),
    ] {
        let row: LedgerUpdate = same(&json!({"time": 5, "hash": HASH, "delta": delta}));
        assert!(
            !matches!(row.delta, LedgerDelta::Other(_)),
            "{:?}",
            row.delta
        );
    }
    let vault = json!({"time": 5, "hash": HASH, "delta": {"type": "vaultDeposit", "vault": ME, "usdc": "1.0"}});
    assert!(matches!(
        same::<LedgerUpdate>(&vault).delta,
        LedgerDelta::Other(_)
    ));
}

#[test]
fn questions() {
    for (text, weight) in [
        (r#"{"type":"meta"}"#, 20),
        (r#"{"type":"metaAndAssetCtxs","dex":""}"#, 20),
        (r#"{"type":"allMids"}"#, 2),
        (
            r#"{"type":"l2Book","coin":"BTC","nSigFigs":5,"mantissa":2}"#,
            2,
        ),
        (
            r#"{"type":"candleSnapshot","req":{"coin":"BTC","interval":"15m","startTime":5,"endTime":6}}"#,
            20,
        ),
        (r#"{"type":"recentTrades","coin":"BTC"}"#, 20),
        (
            r#"{"type":"fundingHistory","coin":"BTC","startTime":5}"#,
            20,
        ),
        (r#"{"type":"predictedFundings"}"#, 20),
        (
            r#"{"type":"clearinghouseState","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            2,
        ),
        (
            r#"{"type":"spotClearinghouseState","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            2,
        ),
        (
            r#"{"type":"openOrders","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            20,
        ),
        (
            r#"{"type":"frontendOpenOrders","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            20,
        ),
        (
            r#"{"type":"orderStatus","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a","oid":7}"#,
            2,
        ),
        (
            r#"{"type":"orderStatus","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a","oid":"0x000000000000000000000000000000ff"}"#,
            2,
        ),
        (
            r#"{"type":"historicalOrders","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            20,
        ),
        (
            r#"{"type":"userFills","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a","aggregateByTime":false}"#,
            20,
        ),
        (
            r#"{"type":"userFillsByTime","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a","startTime":5,"reversed":true}"#,
            20,
        ),
        (
            r#"{"type":"userFunding","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a","startTime":5}"#,
            20,
        ),
        (
            r#"{"type":"userNonFundingLedgerUpdates","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a","startTime":5,"endTime":6}"#,
            20,
        ),
        (
            r#"{"type":"userFees","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            20,
        ),
        (
            r#"{"type":"userRateLimit","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            20,
        ),
        (
            r#"{"type":"portfolio","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            20,
        ),
        (
            r#"{"type":"subAccounts","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            20,
        ),
        (
            r#"{"type":"extraAgents","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            20,
        ),
        (
            r#"{"type":"userRole","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            60,
        ),
        (
            r#"{"type":"activeAssetData","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a","coin":"BTC"}"#,
            20,
        ),
        (r#"{"type":"spotMeta"}"#, 20),
        (r#"{"type":"spotMetaAndAssetCtxs"}"#, 20),
        (r#"{"type":"perpDexs"}"#, 20),
        (r#"{"type":"exchangeStatus"}"#, 2),
        (
            r#"{"type":"userAbstraction","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            20,
        ),
        (
            r#"{"type":"maxBuilderFee","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a","builder":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            20,
        ),
        (
            r#"{"type":"webData2","user":"0x5e9ee1089755c3435139848e47e6635505d5a13a"}"#,
            20,
        ),
    ] {
        let request: InfoRequest = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(request.weight(), weight, "{text}");
    }
    // as the python client asks
    let python = r#"{"type":"userFillsByTime","user":"0x5E9EE1089755C3435139848E47E6635505D5A13A","startTime":5,"endTime":null,"aggregateByTime":false,"dex":""}"#;
    serde_json::from_str::<InfoRequest>(python).unwrap();
    for wrong in [
        r#"{"type":"weather"}"#,
        r#"{"type":"openOrders","user":"0x12"}"#,
        r#"{"type":"openOrders"}"#,
        "[]",
    ] {
        assert!(
            serde_json::from_str::<InfoRequest>(wrong).is_err(),
            "{wrong}"
        );
    }
}

proptest! {
    #[test]
    fn any_member_of_any_kind_is_read_or_refused(
        member in prop::sample::select(vec!["marginSummary", "assetPositions", "withdrawable", "time"]),
        of_fill in prop::sample::select(vec!["px", "side", "tid", "dir", "hash", "cloid", "liquidation"]),
        value in prop::sample::select(vec!["null", "-1", "1.5", "1e300", "\"\"", "\"1e9\"", "[]", "{}", "[[]]", "\"99999999999999999999999999999999999\"", "18446744073709551616"]),
    ) {
        let value: Value = serde_json::from_str(value).unwrap();
        let mut state = clearinghouse();
        state[member] = value.clone();
        let _ = serde_json::from_value::<ClearinghouseState>(state);
        let mut broken = fill();
        broken[of_fill] = value;
        let _ = serde_json::from_value::<Fill>(broken);
    }

    #[test]
    fn any_bytes_are_an_answer_or_none(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = serde_json::from_slice::<InfoRequest>(&bytes);
        let _ = serde_json::from_slice::<Vec<Fill>>(&bytes);
        let _ = serde_json::from_slice::<Meta>(&bytes);
        let _ = serde_json::from_slice::<OrderStatusAnswer>(&bytes);
    }
}
