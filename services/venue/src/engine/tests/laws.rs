//! Laws over random histories: money is conserved, positions net to nothing, books stay uncrossed, orders are neither lost nor
//! filled beyond their size, reduce-only never turns a position, and the same inputs give the same state.

use super::*;
use proptest::prelude::*;
use sixbtc_exchange::wire::action::{Cancel, Modify};
use sixbtc_exchange::wire::{OrderRef, Tif};
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
enum Step {
    Order {
        user: usize,
        order: OrderWire,
        tpsl: Option<(i64, i64)>,
    },
    Cancel {
        user: usize,
        nth: usize,
    },
    Modify {
        user: usize,
        nth: usize,
        px: i64,
        sz: i64,
    },
    Leverage {
        user: usize,
        cross: bool,
        leverage: u32,
    },
    Quote {
        mid: i64,
        spread: i64,
        sz: i64,
    },
    Oracle {
        px: i64,
    },
    Pass {
        ms: Millis,
    },
    Send {
        from: usize,
        to: usize,
        usdc: i64,
    },
    Isolated {
        user: usize,
        ntli: i64,
    },
    Arm {
        user: usize,
        ms: Millis,
    },
    Position {
        user: usize,
        buy: bool,
        px: i64,
    },
}

const USERS: [Address; 3] = [ALICE, BOB, CAROL];

fn tifs() -> impl Strategy<Value = Tif> {
    prop_oneof![4 => Just(Tif::Gtc), 3 => Just(Tif::Ioc), 1 => Just(Tif::Alo), 1 => Just(Tif::FrontendMarket)]
}

fn orders() -> impl Strategy<Value = OrderWire> {
    let kind = prop_oneof![
        5 => tifs().prop_map(|tif| OrderKind::Limit { tif }),
        1 => (any::<bool>(), 60i64..140, any::<bool>()).prop_map(|(is_market, px, tp)| OrderKind::Trigger {
            is_market,
            trigger_px: Decimal::from(px),
            tpsl: if tp { Tpsl::Tp } else { Tpsl::Sl },
        }),
    ];
    (
        any::<bool>(),
        60i64..140,
        1i64..250_000,
        prop::bool::weighted(0.25),
        kind,
    )
        .prop_map(|(b, px, sz, r, t)| OrderWire {
            a: 2,
            b,
            p: Decimal::from(px),
            s: Decimal::new(sz, 2),
            r,
            t,
            c: None,
        })
}

fn steps() -> impl Strategy<Value = Step> {
    let user = 0usize..3;
    prop_oneof![
        12 => (user.clone(), orders(), prop::option::of((1i64..40, 1i64..40)))
            .prop_map(|(user, order, tpsl)| Step::Order { user, order, tpsl }),
        3 => (user.clone(), 0usize..9).prop_map(|(user, nth)| Step::Cancel { user, nth }),
        2 => (user.clone(), 0usize..9, 60i64..140, 1i64..90_000).prop_map(|(user, nth, px, sz)| Step::Modify { user, nth, px, sz }),
        2 => (user.clone(), any::<bool>(), 1u32..4).prop_map(|(user, cross, leverage)| Step::Leverage { user, cross, leverage }),
        6 => (70i64..130, 1i64..8, 1i64..4000).prop_map(|(mid, spread, sz)| Step::Quote { mid, spread, sz }),
        6 => prop_oneof![5 => 70i64..130, 1 => 20i64..300].prop_map(|px| Step::Oracle { px }),
        4 => (1i64..2_000_000).prop_map(|ms| Step::Pass { ms }),
        2 => (user.clone(), user.clone(), 1i64..60_000).prop_map(|(from, to, usdc)| Step::Send { from, to, usdc }),
        1 => (user.clone(), -9_000_000_000i64..9_000_000_000).prop_map(|(user, ntli)| Step::Isolated { user, ntli }),
        1 => (user.clone(), 0i64..60_000).prop_map(|(user, ms)| Step::Arm { user, ms }),
        1 => (user, any::<bool>(), 60i64..140).prop_map(|(user, buy, px)| Step::Position { user, buy, px }),
    ]
}

fn nth_open(scene: &Scene, user: Address, nth: usize) -> u64 {
    let open = &scene.ex.account(user).unwrap().open;
    open.iter()
        .copied()
        .nth(nth % open.len().max(1))
        .unwrap_or(99_999)
}

/// Does a step; after each, [`Scene::check`] has looked at the whole state.
fn run(scene: &mut Scene, step: &Step) {
    match step {
        Step::Order { user, order, tpsl } => {
            let user = USERS[*user];
            let before = scene.szi(user, 2);
            let mut orders = vec![*order];
            let is_limit = matches!(order.t, OrderKind::Limit { .. });
            let grouping = match tpsl {
                Some((tp, sl)) if is_limit => {
                    let leg = |away: i64, kind| {
                        let up = order.b == (kind == Tpsl::Tp);
                        let px = order.p + Decimal::from(if up { away } else { -away });
                        let limit = if order.b { "15" } else { "185" };
                        let leg = trigger(!order.b, &px.to_string(), limit, "1", kind);
                        OrderWire { s: order.s, ..leg }
                    };
                    orders.extend([leg(*tp, Tpsl::Tp), leg(*sl, Tpsl::Sl)]);
                    Grouping::NormalTpsl
                }
                _ => Grouping::Na,
            };
            scene.ask(user, &Action::grouped(orders, grouping));
            if order.r {
                let after = scene.szi(user, 2);
                assert!(
                    after.abs() <= before.abs() && after * before >= Decimal::ZERO,
                    "reduce-only from {before} to {after}"
                );
            }
        }
        Step::Cancel { user, nth } => {
            let o = nth_open(scene, USERS[*user], *nth);
            scene.ask(USERS[*user], &Action::cancel(vec![Cancel { a: 2, o }]));
        }
        Step::Modify { user, nth, px, sz } => {
            let oid = nth_open(scene, USERS[*user], *nth);
            let Some(old) = scene.ex.order(oid).cloned() else {
                return;
            };
            let order = OrderWire {
                r: old.reduce_only,
                t: match old.kind {
                    Kind::Limit(tif) => OrderKind::Limit { tif },
                    Kind::Trigger(t) => OrderKind::Trigger {
                        is_market: t.is_market,
                        trigger_px: t.px,
                        tpsl: t.tpsl,
                    },
                },
                ..limit(
                    2,
                    old.side.is_buy(),
                    &px.to_string(),
                    &Decimal::new(*sz, 2).to_string(),
                    Tif::Gtc,
                )
            };
            let modifies = vec![Modify {
                oid: OrderRef::Oid(oid),
                order,
            }];
            scene.ask(
                USERS[*user],
                &Action::BatchModify {
                    modifies,
                    a: Some(px % 2 == 0),
                },
            );
        }
        Step::Leverage {
            user,
            cross,
            leverage,
        } => {
            scene.ask(
                USERS[*user],
                &Action::UpdateLeverage {
                    asset: 2,
                    is_cross: *cross,
                    leverage: *leverage,
                },
            );
        }
        Step::Quote { mid, spread, sz } => {
            let sz = Decimal::from(*sz);
            let at = |i: i64| Decimal::from(mid + i);
            let bids = [(at(-spread), sz), (at(-spread - 2), sz)];
            let asks = [(at(*spread), sz), (at(spread + 2), sz)];
            scene.effects = scene
                .ex
                .set_liquidity(scene.now, "X", &bids, &asks)
                .unwrap();
            scene.check();
        }
        Step::Oracle { px } => scene.price(&px.to_string()),
        Step::Pass { ms } => scene.pass(*ms),
        Step::Send { from, to, usdc } => {
            let send = sixbtc_exchange::wire::action::UsdSend {
                signed: sixbtc_exchange::wire::action::Signed {
                    signature_chain_id: "0x1".into(),
                    hyperliquid_chain: "Testnet".into(),
                },
                destination: USERS[*to],
                amount: Decimal::from(*usdc),
                time: 0,
            };
            scene.ask(USERS[*from], &Action::UsdSend(send));
        }
        Step::Isolated { user, ntli } => {
            scene.ask(
                USERS[*user],
                &Action::UpdateIsolatedMargin {
                    asset: 2,
                    is_buy: true,
                    ntli: *ntli,
                },
            );
        }
        Step::Arm { user, ms } => {
            let time = Some(scene.now + ms);
            scene.ask(USERS[*user], &Action::ScheduleCancel { time });
        }
        Step::Position { user, buy, px } => {
            let stop = trigger(
                *buy,
                &px.to_string(),
                if *buy { "190" } else { "10" },
                "0",
                Tpsl::Sl,
            );
            scene.ask(
                USERS[*user],
                &Action::grouped(vec![stop], Grouping::PositionTpsl),
            );
        }
    }
    check_books_of_orders(scene);
}

/// No order is filled beyond its size, none is lost: each that was accepted is open or finished.
fn check_books_of_orders(scene: &Scene) {
    for (user, account) in scene.ex.accounts() {
        let mut filled: BTreeMap<u64, Decimal> = BTreeMap::new();
        let mut position = Decimal::ZERO;
        for fill in &account.fills {
            *filled.entry(fill.oid).or_default() += fill.sz;
            assert_eq!(
                fill.start_position, position,
                "fills of {user} follow each other"
            );
            position += fill.side.sign() * fill.sz;
        }
        if account.is_customer() {
            assert_eq!(
                position,
                account.szi(2),
                "fills of {user} sum to the position"
            );
        }
        for row in &account.history {
            let oid = row.order.oid;
            assert!(
                account.open.contains(&oid) || account.finished.contains_key(&oid),
                "order {oid} of {user} is lost"
            );
        }
        for (oid, finished) in &account.finished {
            let order = &finished.row.order;
            let got = filled.get(oid).copied().unwrap_or_default();
            if !order.is_whole_position() {
                assert!(got <= order.orig_sz, "{order:?} got {got}");
                assert_eq!(got, order.filled(), "{order:?}");
            }
            if finished.row.status == OrderStatus::Filled {
                assert!(got > Decimal::ZERO && order.sz.is_zero(), "{order:?}");
            }
        }
    }
}

fn play(scene: &mut Scene, steps: &[Step]) {
    for step in steps {
        run(scene, step);
    }
}

/// Backstop with little money, so that the winners pay now and then.
fn poor() -> Settings {
    Settings {
        mark_from_oracle: true,
        backstop_capital: d("500"),
        ..Settings::default()
    }
}

proptest! {

    #[test]
    fn histories_keep_the_laws(steps in prop::collection::vec(steps(), 1..80)) {
        let mut scene = Scene::with(poor());
        play(&mut scene, &steps);
    }

    #[test]
    fn marks_by_the_formula_keep_them_too(steps in prop::collection::vec(steps(), 1..50)) {
        let mut scene = Scene::with(Settings { mark_from_oracle: false, ..poor() });
        play(&mut scene, &steps);
    }

    #[test]
    fn the_same_inputs_give_the_same_state(steps in prop::collection::vec(steps(), 1..50), cut in 0usize..50) {
        let mut once = Scene::with(poor());
        play(&mut once, &steps);
        let mut again = Scene::with(poor());
        let cut = cut.min(steps.len());
        play(&mut again, &steps[..cut]);
        // a restart in between changes nothing
        again.ex = serde_json::from_str(&serde_json::to_string(&again.ex).unwrap()).unwrap();
        play(&mut again, &steps[cut..]);
        prop_assert_eq!(once.ex.state_hash(), again.ex.state_hash());
    }
}

/// The laws are worth what the histories reach: every way an order or a position can end must occur.
#[test]
fn histories_reach_every_corner() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let histories = prop::collection::vec(steps(), 60..120);
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..120 {
        let mut scene = Scene::with(poor());
        play(
            &mut scene,
            &histories.new_tree(&mut runner).unwrap().current(),
        );
        for (_, account) in scene.ex.accounts() {
            for row in &account.history {
                *states.entry(row.status.to_string()).or_default() += 1;
            }
            for fill in &account.fills {
                if let Some(liquidation) = fill.liquidation {
                    *states
                        .entry(format!("{:?}", liquidation.method))
                        .or_default() += 1;
                }
                *states.entry(fill.dir.clone()).or_default() += 1;
            }
        }
    }
    for corner in [
        "filled",
        "canceled",
        "triggered",
        "selfTradeCanceled",
        "marginCanceled",
        "reduceOnlyCanceled",
        "siblingFilledCanceled",
        "liquidatedCanceled",
        "scheduledCancel",
        "reduceOnlyRejected",
        "perpMarginRejected",
        "badAloPxRejected",
        "iocCancelRejected",
        "badTriggerPxRejected",
        "Market",
        "Backstop",
        "Adl",
        "Long > Short",
        "Short > Long",
        "Liquidated Cross Long",
        "Liquidated Isolated Short",
    ] {
        assert!(
            states.contains_key(corner),
            "{corner} never happened: {states:?}"
        );
    }
}
