//! Account arithmetic, funding, liquidation with figures worked out by hand (facts §8).

use super::*;
use sixbtc_exchange::wire::Tif;

fn near(got: Decimal, want: &str) {
    assert!(
        (got - d(want)).abs() < d("0.0000001"),
        "{got} is not {want}"
    );
}

#[test]
fn a_cross_account_adds_up() {
    let mut scene = Scene::new();
    scene
        .ex
        .set_liquidity(
            T0,
            "BTC",
            &[(d("49990"), d("100"))],
            &[(d("50010"), d("100"))],
        )
        .unwrap();
    scene.quote("99", "101", "1000");
    scene.leverage(ALICE, 0, true, 10);
    scene.leverage(ALICE, 2, true, 2);
    scene.filled(ALICE, limit(0, true, "50010", "1", Tif::Ioc));
    scene.filled(ALICE, tif(Tif::Ioc, sell("99", "50")));
    scene.price_of("BTC", "51000");
    scene.price("90");
    let account = scene.ex.account(ALICE).unwrap();
    // fees: 50010 · 0.00045 = 22.5045, 4950 · 0.00045 = 2.2275
    // raw: 100000 − 50010 + 4950 − 24.732 = 54915.268
    assert_eq!(account.cash, d("54915.268"));
    let sum = scene.ex.summary(account);
    // value: raw + 51000 − 50 · 90
    assert_eq!(sum.value, d("101415.268"));
    assert_eq!(sum.raw_usd, d("54915.268"));
    assert_eq!(sum.notional, d("55500"));
    // used: 51000/10 + 4500/2; maintenance: 51000/80 + 4500/6
    assert_eq!(sum.used, d("7350"));
    assert_eq!(sum.maintenance, d("1387.5"));
    // withdrawable: value − max(7350, 5550)
    assert_eq!(scene.ex.withdrawable(account), d("94065.268"));
    scene.rest(ALICE, sell("105", "20"));
    let account = scene.ex.account(ALICE).unwrap();
    // the order holds 20 · 105 / 2 more
    assert_eq!(scene.ex.withdrawable(account), d("93015.268"));
}

#[test]
fn a_tenth_of_notional_stays_at_high_leverage() {
    let mut scene = Scene::new();
    scene
        .ex
        .set_liquidity(
            T0,
            "BTC",
            &[(d("49990"), d("100"))],
            &[(d("50000"), d("100"))],
        )
        .unwrap();
    scene.leverage(ALICE, 0, true, 40);
    scene.filled(ALICE, limit(0, true, "50000", "2", Tif::Ioc));
    let account = scene.ex.account(ALICE).unwrap();
    // 100000 − 45 of fee − max(2500, 10000)
    assert_eq!(scene.ex.withdrawable(account), d("89955"));
}

#[test]
fn liquidation_prices_follow_the_identity() {
    let mut scene = Scene::new();
    scene.fund(BOB, "900000");
    scene.quote("99", "100", "10000");
    scene.leverage(ALICE, 2, true, 3);
    scene.filled(ALICE, tif(Tif::Ioc, buy("100", "2000")));
    let account = scene.ex.account(ALICE).unwrap();
    // raw 100000 − 200000 − 90 = −100090; 100090 / (2000 · (1 − 1/6)) = 60.054
    near(scene.ex.liquidation_price(account, 2).unwrap(), "60.054");
    scene.filled(BOB, tif(Tif::Ioc, sell("99", "5000")));
    let account = scene.ex.account(BOB).unwrap();
    // raw 1000000 + 495000 − 222.75; / (5000 · 7/6)
    near(
        scene.ex.liquidation_price(account, 2).unwrap(),
        "256.2475286",
    );
}

#[test]
fn an_isolated_position_stands_alone() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "10000");
    scene.leverage(ALICE, 2, false, 2);
    scene.filled(ALICE, tif(Tif::Ioc, buy("100", "100")));
    let account = scene.ex.account(ALICE).unwrap();
    let position = account.positions[&2];
    // margin 5000, fee 4.5 from the cash
    assert_eq!(
        (account.cash, position.isolated),
        (d("94995.5"), Some(d("-5000")))
    );
    // −(−5000) / (100 · 5/6)
    near(scene.ex.liquidation_price(account, 2).unwrap(), "60");
    let sum = scene.ex.summary(account);
    assert_eq!((sum.value, sum.used), (d("99995.5"), d("5000")));
    // more margin, then too much of it out again
    let add = |ntli| Action::UpdateIsolatedMargin {
        asset: 2,
        is_buy: true,
        ntli,
    };
    assert_eq!(scene.ask(ALICE, &add(1_000_000_000)), Response::done());
    near(
        scene
            .ex
            .liquidation_price(scene.ex.account(ALICE).unwrap(), 2)
            .unwrap(),
        "48",
    );
    assert_eq!(scene.ask(ALICE, &add(-1_000_000_000)), Response::done());
    let refused = Response::Err("Insufficient margin for isolated position".into());
    assert_eq!(scene.ask(ALICE, &add(-1)), refused);
    assert_eq!(scene.ask(ALICE, &add(95_000_000_000)), refused);
    let top_up = Action::TopUpIsolatedOnlyMargin {
        asset: 2,
        leverage: d("1"),
    };
    assert_eq!(scene.ask(ALICE, &top_up), Response::done());
    assert_eq!(
        scene.ex.account(ALICE).unwrap().positions[&2].isolated_equity(d("100")),
        Some(d("10000"))
    );
    let none = Action::UpdateIsolatedMargin {
        asset: 1,
        is_buy: true,
        ntli: 5,
    };
    assert_eq!(
        scene.ask(ALICE, &none),
        Response::Err("No isolated position to update.".into())
    );
}

#[test]
fn leverage_has_bounds_and_keeps_its_mode_under_a_position() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "10000");
    let set = |is_cross, leverage| Action::UpdateLeverage {
        asset: 2,
        is_cross,
        leverage,
    };
    let refused = |text: &str| Response::Err(text.to_owned());
    assert_eq!(
        scene.ask(ALICE, &set(true, 4)),
        refused("Invalid leverage value")
    );
    assert_eq!(
        scene.ask(ALICE, &set(true, 0)),
        refused("Invalid leverage value")
    );
    assert_eq!(scene.ask(ALICE, &set(true, 3)), Response::done());
    scene.filled(ALICE, tif(Tif::Ioc, buy("100", "2500")));
    assert_eq!(
        scene.ask(ALICE, &set(false, 3)),
        refused("Cannot switch leverage type with open position.")
    );
    assert_eq!(
        scene.ask(ALICE, &set(true, 2)),
        refused("Insufficient margin to place order.")
    );
    let mut x = scene.ex.market(2).unwrap().instrument.clone();
    x.only_isolated = true;
    scene.ex.set_instrument(x).unwrap();
    assert_eq!(
        scene.ask(BOB, &set(true, 2)),
        refused("Cross margin is not allowed for this asset.")
    );
}

#[test]
fn equity_is_what_came_in_and_what_was_made() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "30")));
    scene.filled(ALICE, tif(Tif::Ioc, sell("99", "7")));
    scene.quote("104", "105", "1000");
    scene.filled(ALICE, tif(Tif::Ioc, sell("104", "50")));
    scene.price("103");
    scene.pass(3 * HOUR);
    scene.filled(ALICE, tif(Tif::Ioc, buy("105", "11")));
    let account = scene.ex.account(ALICE).unwrap();
    let pnl: Decimal = account
        .fills
        .iter()
        .map(|fill| fill.closed_pnl - fill.fee)
        .sum();
    let funding: Decimal = account.funding.iter().map(|row| row.usdc).sum();
    let open = account.positions[&2].unrealized(d("103"));
    assert_eq!(account.funding.len(), 3);
    assert_eq!(
        scene.ex.summary(account).value,
        d("100000") + pnl + funding + open
    );
    assert_eq!(account.realized, pnl + funding);
}

#[test]
fn funding_is_paid_on_the_hour_at_the_oracle() {
    let mut scene = Scene::new();
    // impact prices 100.2 and 100.4 over an oracle of 100: a premium of 0.002
    scene.quote("100.2", "100.4", "1000");
    scene.filled(ALICE, tif(Tif::Ioc, buy("100.4", "10")));
    scene.filled(BOB, tif(Tif::Ioc, sell("100.2", "4")));
    let before = (scene.cash(ALICE), scene.cash(BOB));
    scene.pass(HOUR - 1);
    assert_eq!(scene.cash(ALICE), before.0);
    scene.pass(1);
    // (0.002 − 0.0005) / 8 = 0.0001875; longs pay 10 · 100 · that
    let rate = scene.ex.market(2).unwrap().rates.back().unwrap();
    assert_eq!(
        (rate.rate, rate.premium, rate.time),
        (d("0.0001875"), d("0.002"), T0 + HOUR)
    );
    assert_eq!(scene.cash(ALICE) - before.0, d("-0.1875"));
    assert_eq!(scene.cash(BOB) - before.1, d("0.075"));
    let funding = scene.ex.account(ALICE).unwrap().positions[&2].funding;
    assert_eq!(
        (funding.since_open, funding.since_change),
        (d("0.1875"), d("0.1875"))
    );
    scene.filled(ALICE, tif(Tif::Ioc, buy("100.4", "1")));
    let funding = scene.ex.account(ALICE).unwrap().positions[&2].funding;
    assert_eq!(
        (funding.since_open, funding.since_change),
        (d("0.1875"), d("0"))
    );
    assert!(scene.ex.account(ALICE).unwrap().funding.len() == 1);
}

#[test]
fn without_a_premium_funding_is_the_interest() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    scene.filled(ALICE, tif(Tif::Ioc, buy("101", "10")));
    let before = scene.cash(ALICE);
    scene.pass(2 * HOUR);
    // twice 10 · 100 · 0.0000125
    assert_eq!(scene.cash(ALICE) - before, d("-0.025"));
}

#[test]
fn fees_fall_with_the_volume_of_days_before() {
    let mut scene = Scene::new();
    scene.fund(ALICE, "9000000");
    scene.quote("99", "100", "100000");
    for _ in 0..6 {
        scene.filled(ALICE, tif(Tif::Ioc, buy("100", "5000")));
        scene.filled(ALICE, tif(Tif::Ioc, sell("99", "5000")));
    }
    assert_eq!(
        scene.ex.rates(ALICE),
        (d("0.00045"), d("0.00015")),
        "the same day counts for nothing"
    );
    scene.pass(DAY);
    // 6 · 5000 · 199 = 5.97M
    assert_eq!(scene.ex.rates(ALICE), (d("0.0004"), d("0.00012")));
    let Response::Ok(Done::CreateSubAccount(sub)) =
        scene.ask(ALICE, &Action::CreateSubAccount { name: "s".into() })
    else {
        panic!()
    };
    assert_eq!(
        scene.ex.rates(sub),
        (d("0.0004"), d("0.00012")),
        "a sub-account has its master's"
    );
    scene.pass(14 * DAY);
    assert_eq!(scene.ex.rates(ALICE), (d("0.00045"), d("0.00015")));
}

#[test]
fn below_maintenance_the_book_takes_the_position() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "10000");
    scene.leverage(ALICE, 2, false, 3);
    scene.filled(ALICE, tif(Tif::Ioc, buy("100", "300")));
    let stop = scene.rest(ALICE, trigger(false, "60", "50", "300", Tpsl::Sl));
    // margin 10000, raw −20000: maintenance is met at 20000 / (300 · 5/6) = 80
    scene.quote("79", "81", "10000");
    scene.price("80");
    assert_eq!(scene.szi(ALICE, 2), d("300"), "at it, not below");
    let before = scene.cash(ALICE);
    scene.price("79.9");
    assert_eq!(scene.szi(ALICE, 2), d("0"));
    assert_eq!(scene.status(ALICE, stop), OrderStatus::LiquidatedCanceled);
    let account = scene.ex.account(ALICE).unwrap();
    let fill = account.fills.back().unwrap();
    assert_eq!(
        (fill.px, fill.dir.as_str(), fill.closed_pnl),
        (d("79"), "Liquidated Isolated Long", d("-6300"))
    );
    assert_eq!(fill.liquidation.unwrap().method, Method::Market);
    assert_eq!(fill.liquidation.unwrap().mark_px, d("79.9"));
    // −20000 + 300 · 79 = 3700 come back, less 23700 · 0.00045
    assert_eq!(account.cash - before, d("3689.335"));
    assert!(matches!(
        account.ledger.back().unwrap().delta,
        Delta::Liquidation {
            is_cross: false,
            ..
        }
    ));
    let order = &account.finished[&fill.oid].row.order;
    assert_eq!(order.tif(), Some(Tif::LiquidationMarket));
    assert!(
        scene
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Liquidated { user: ALICE, .. }))
    );
}

#[test]
fn large_positions_go_a_fifth_first_and_wait() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "10000");
    scene.leverage(ALICE, 2, true, 3);
    scene.filled(ALICE, tif(Tif::Ioc, buy("100", "2000")));
    // raw −100090: liquidated below 60.054; two thirds of maintenance at 100090 / (2000 · 8/9) = 56.3
    scene.quote("60", "61", "10000");
    scene.price("60");
    // a fifth of 120 000 worth
    assert_eq!(scene.szi(ALICE, 2), d("1600"));
    // raw −76 100.8 now: below 57.0756 again, two thirds at 53.5
    scene.quote("56.5", "61", "10000");
    scene.price("57.1");
    scene.pass(29_999);
    scene.price("57");
    assert_eq!(scene.szi(ALICE, 2), d("1600"), "while it cools down");
    scene.pass(3000);
    assert_eq!(scene.szi(ALICE, 2), d("0"));
    assert!(scene.cash(ALICE) > Decimal::ZERO);
}

#[test]
fn what_the_book_cannot_take_goes_to_the_backstop() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "10000");
    scene.leverage(ALICE, 2, true, 3);
    scene.filled(ALICE, tif(Tif::Ioc, buy("100", "900")));
    scene.leverage(ALICE, 1, true, 25);
    // all but 15 000 is taken out: raw 15 000 − 90 000 and a bit
    let withdrawable = scene.ex.withdrawable(scene.ex.account(ALICE).unwrap());
    assert_eq!(withdrawable, d("69959.5"));
    let send = Action::UsdSend(sixbtc_exchange::wire::action::UsdSend {
        signed: sixbtc_exchange::wire::action::Signed {
            signature_chain_id: "0x1".into(),
            hyperliquid_chain: "Testnet".into(),
        },
        destination: BOB,
        amount: withdrawable,
        time: 0,
    });
    assert_eq!(scene.ask(ALICE, &send), Response::done());
    // raw −60 000: maintenance 13.3 % … at 80; two thirds of it at 60 000 / (900 · 8/9) = 75
    scene.ex.set_liquidity(scene.now, "X", &[], &[]).unwrap();
    scene.price("76");
    assert_eq!(
        scene.szi(ALICE, 2),
        d("900"),
        "nobody buys, and it is not bad enough"
    );
    scene.price("74");
    assert_eq!(scene.szi(ALICE, 2), d("0"));
    assert_eq!(scene.cash(ALICE), d("0"));
    assert_eq!(scene.szi(BACKSTOP, 2), d("900"));
    let account = scene.ex.account(ALICE).unwrap();
    let fill = account.fills.back().unwrap();
    assert_eq!(
        (fill.px, fill.fee, fill.dir.as_str()),
        (d("74"), d("0"), "Liquidated Cross Long")
    );
    assert_eq!(fill.liquidation.unwrap().method, Method::Backstop);
    // it took 6600 of equity with it: 900 · 74 − 60 000
    let backstop = scene.ex.account(BACKSTOP).unwrap();
    assert_eq!(scene.ex.summary(backstop).value, d("1006600"));
    // as soon as somebody pays within a percent of the mark, it is sold: 100 at 73.5, the rest later
    scene.quote("73.2", "75", "1000");
    assert_eq!(scene.szi(BACKSTOP, 2), d("900"));
    scene.quote("73.5", "75", "100");
    assert_eq!(scene.szi(BACKSTOP, 2), d("800"));
    scene.quote("74", "75", "1000");
    assert_eq!(scene.szi(BACKSTOP, 2), d("0"));
    // 900 · 74 − 60 000 of equity, half a dollar less for a hundred
    assert_eq!(scene.cash(BACKSTOP), d("1006550"));
}

#[test]
fn at_last_the_winners_pay() {
    let settings = Settings {
        mark_from_oracle: true,
        backstop_capital: d("100"),
        ..Settings::default()
    };
    let mut scene = Scene::with(settings);
    scene.rest(BOB, sell("100", "2000"));
    scene.rest(CAROL, sell("100", "900"));
    scene.leverage(ALICE, 2, true, 3);
    scene.filled(ALICE, tif(Tif::Ioc, buy("100", "2900")));
    // raw 100 000 − 290 000 − 130.5 = −190 130.5: bankrupt below 65.562…
    scene.price("60");
    assert_eq!(scene.szi(ALICE, 2), d("0"));
    assert_eq!(scene.cash(ALICE), d("0"));
    assert_eq!((scene.szi(BOB, 2), scene.szi(CAROL, 2)), (d("0"), d("0")));
    let fill = scene.ex.account(BOB).unwrap().fills.back().unwrap();
    assert_eq!(
        (fill.dir.as_str(), fill.liquidation.unwrap().method),
        ("Auto-Deleveraging", Method::Adl)
    );
    near(fill.px, "65.56224138");
    // Bob made (100 − 65.56224138) · 2000, less 30 of fee
    near(scene.cash(BOB), "168845.51724");
}

#[test]
fn the_mark_follows_the_formula() {
    let mut scene = Scene::with(Settings::default());
    scene.quote("100", "102", "1000");
    // 101 from the book; oracle 100 with a basis of 1 after a while; elsewhere 100.4
    let elsewhere = Feed::Elsewhere {
        coin: "X".into(),
        px: Some(d("100.4")),
    };
    scene.pass(3000);
    scene.ex.feed(scene.now, &[elsewhere]).unwrap();
    assert_eq!(scene.ex.market(2).unwrap().mark_px, d("101"));
    scene.quote("99", "100", "1000");
    // 99.5 from the book, still 101 from oracle and basis, 100.4 elsewhere
    assert_eq!(scene.ex.market(2).unwrap().mark_px, d("100.4"));
}

#[test]
fn a_position_can_be_turned_with_the_margin_it_sets_free() {
    let mut scene = Scene::new();
    scene.quote("100", "100.1", "100000");
    scene.leverage(ALICE, 2, true, 1);
    scene.filled(ALICE, tif(Tif::Ioc, buy("100.1", "900")));
    let most = scene
        .ex
        .active_asset_data(ALICE, "X")
        .unwrap()
        .max_trade_szs[1];
    // free: 100 000 − 90 090 − 40.5405 + 90 000 − 90 000 = 9869.4595, and twice 900
    assert_eq!(most, d("1898.69"));
    assert!(
        scene
            .error(ALICE, sell("100", "1898.7"))
            .starts_with("Insufficient margin")
    );
    // a little is left for the fee
    assert_eq!(
        scene.filled(ALICE, sell("100", "1896")),
        (d("1896"), d("100"))
    );
    assert_eq!(scene.szi(ALICE, 2), d("-996"));
}
