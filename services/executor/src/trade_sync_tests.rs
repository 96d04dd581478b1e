use super::*;
use sixbtc_exchange::wire::Cloid;

const USER: Address = Address::ZERO;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// `(time, side, size, price, position before, profit, fee)`.
struct F(i64, Side, &'static str, i64, &'static str, &'static str);

fn fill(f: &F, oid: u64, cloid: Option<u8>) -> Fill {
    let side = if f.1 == Side::Buy { "B" } else { "A" };
    let json = serde_json::json!({
        "coin": "BTC", "px": f.3.to_string(), "sz": f.2, "side": side, "time": f.0, "startPosition": f.4,
        "dir": "Open Long", "closedPnl": f.5, "hash": format!("0x{}", "0".repeat(64)), "oid": oid, "crossed": true,
        "fee": "0.5", "tid": f.0 * 10 + oid as i64, "feeToken": "USDC",
        "cloid": cloid.map(|c| Cloid([c; 16]).to_string()),
    });
    serde_json::from_value(json).unwrap()
}

/// Bought 2, sold 1 by an own order, sold 1 by hand.
fn story() -> Vec<Fill> {
    vec![
        fill(&F(1_000, Side::Buy, "2", 100, "0", "0"), 1, Some(1)),
        fill(&F(2_000, Side::Sell, "0.4", 110, "2", "4"), 2, Some(2)),
        fill(&F(2_001, Side::Sell, "0.6", 110, "1.6", "6"), 2, Some(2)),
        fill(&F(3_000, Side::Sell, "0.7", 90, "1", "-7"), 3, None),
        fill(&F(3_005, Side::Sell, "0.3", 90, "0.3", "-3"), 3, None),
    ]
}

fn owner() -> Owner {
    Owner {
        strategy: Uuid::nil(),
        name: "s".into(),
        subaccount: 1,
    }
}

fn row(id: i64, name: &str, size: &str, closed: i64, order: Option<u8>) -> TradeRow {
    let held = Missing {
        position_id: name.into(),
        coin: "BTC".into(),
        way: Way::Long,
        opened_at: 1_000,
        closed_at: closed,
        size: dec(size),
        entry: dec("100"),
        exit: dec("110"),
        entry_fee: Decimal::ZERO,
        exit_fee: Decimal::ZERO,
        gained: Decimal::ZERO,
        order: order.map(|c| Cloid([c; 16]).to_string()),
        liquidated: false,
    };
    let (entry, exit) = held.rows(&owner(), "BTCUSDT");
    TradeRow {
        id,
        entry,
        exit: Some(exit),
    }
}

#[allow(clippy::unnecessary_literal_bound)] // as who asks wants it
fn coin(_: &str) -> &str {
    "BTC"
}

fn found(fills: &[Fill], rows: &[TradeRow]) -> Vec<Missing> {
    missing(USER, fills, rows, coin, i64::MAX)
}

#[test]
fn what_no_trade_holds_is_found_with_its_figures() {
    let rows = [row(1, "d/1/0", "1", 2_001, Some(2))];
    let all = found(&story(), &rows);
    assert_eq!(all.len(), 1);
    let lost = &all[0];
    assert_eq!(lost.position_id, "fills/BTC/3/30003");
    assert_eq!(
        (lost.size, lost.entry, lost.exit),
        (dec("1.0"), dec("100"), dec("90"))
    );
    assert_eq!((lost.opened_at, lost.closed_at), (1_000, 3_005));
    // a quarter for each of two units bought, and both fills of the exit
    assert_eq!((lost.entry_fee, lost.exit_fee), (dec("0.25"), dec("1.0")));
    let (new, exit) = lost.rows(&owner(), "BTCUSDT");
    assert_eq!(
        (exit.reason.as_str(), exit.pnl),
        ("external", dec("-11.25"))
    );
    assert_eq!((new.side, lost.order.as_ref()), (Way::Long, None));
    // the account has booked it itself, at the time of each fill
    let rows = [
        rows[0].clone(),
        row(2, "d/2/0", "0.7", 3_000, None),
        row(3, "d/3/0", "0.29999999", 3_005, None),
    ];
    assert_eq!(found(&story(), &rows), []);
    // or at another time
    let rows = [rows[0].clone(), row(2, "d/2/0", "1", 60_000, None)];
    assert_eq!(found(&story(), &rows), []);
    // too new to be looked at
    assert_eq!(missing(USER, &story(), &rows[..1], coin, 3_004), []);
}

#[test]
fn whoever_dies_in_between_enters_nothing_twice() {
    let fills = story();
    let all = found(&fills, &[]);
    let names: Vec<&str> = all.iter().map(|m| m.position_id.as_str()).collect();
    assert_eq!(names, ["fills/BTC/2/20002", "fills/BTC/3/30003"]);
    assert!(all[0].order.is_some());
    // after each number of rows that were written before the end
    for done in 0..=all.len() {
        let (sold, lost) = all.split_at(done);
        let rows: Vec<TradeRow> = { sold.iter().enumerate() }
            .map(|(i, m)| {
                let (entry, exit) = m.rows(&owner(), "BTCUSDT");
                let id = i as i64;
                TradeRow {
                    id,
                    entry,
                    exit: Some(exit),
                }
            })
            .collect();
        assert_eq!(found(&fills, &rows), lost);
    }
    // one that was entered when only a part of its order had filled: the rest is another one
    let (entry, exit) = found(&fills[..4], &[])[1].rows(&owner(), "BTCUSDT");
    let early = TradeRow {
        id: 1,
        entry,
        exit: Some(exit),
    };
    let rest = found(&fills, &[early]);
    assert_eq!(rest.len(), 2);
    assert_eq!(
        (rest[1].position_id.as_str(), rest[1].size),
        ("fills/BTC/3/30053", dec("0.3"))
    );
}

#[test]
fn a_turn_closes_one_side_and_opens_the_other() {
    let fills = [
        fill(&F(1_000, Side::Sell, "1", 100, "0", "0"), 1, None),
        fill(&F(2_000, Side::Buy, "3", 90, "-1", "10"), 2, None),
        fill(&F(3_000, Side::Sell, "2", 95, "2", "10"), 3, None),
    ];
    let all = found(&fills, &[]);
    let sides: Vec<(Way, Decimal, Decimal)> =
        all.iter().map(|m| (m.way, m.size, m.entry)).collect();
    assert_eq!(
        sides,
        [
            (Way::Short, dec("1"), dec("100")),
            (Way::Long, dec("2"), dec("90"))
        ]
    );
    assert_eq!(all[1].opened_at, 2_000);
    assert_eq!(all[0].exit_fee.round_dp(6), dec("0.166667"));
    // a position that was there before the fills that are known
    let fills = [fill(&F(5_000, Side::Sell, "1", 95, "2", "5"), 3, None)];
    let all = found(&fills, &[]);
    assert_eq!((all[0].opened_at, all[0].entry), (5_000, dec("90")));
}

#[test]
fn a_liquidation_is_called_by_its_name() {
    let mut sold = fill(&F(5_000, Side::Sell, "1", 95, "1", "-5"), 3, None);
    let of = |user: Address| {
        let json =
            serde_json::json!({ "liquidatedUser": user, "markPx": "95", "method": "market" });
        Some(serde_json::from_value(json).unwrap())
    };
    sold.liquidation = of(USER);
    assert!(found(std::slice::from_ref(&sold), &[])[0].liquidated);
    sold.liquidation = of(Address([1; 20]));
    assert!(!found(std::slice::from_ref(&sold), &[])[0].liquidated);
}
