//! Whatever an account asks, the exchange answers and keeps its laws: no number is too long, too large or too small.

use super::*;
use proptest::prelude::*;
use sixbtc_exchange::wire::action::{Cancel, ClassAmount, Modify, Signed, Twap, UsdSend};
use sixbtc_exchange::wire::order::Builder;
use sixbtc_exchange::wire::{OrderRef, Tif};

fn numbers() -> impl Strategy<Value = Decimal> {
    let any_number = (any::<i128>(), 0u32..=28)
        .prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa >> 32, scale));
    prop_oneof![
        2 => any_number,
        1 => Just(Decimal::MAX),
        1 => Just(Decimal::MIN),
        1 => Just(Decimal::ZERO),
        1 => Just(Decimal::new(1, 28)),
        6 => (1i64..2_000_000, 0u32..6).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale)),
    ]
}

fn assets() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 0u32..3, 1 => any::<u32>(), 1 => Just(10_001)]
}

fn wires() -> impl Strategy<Value = OrderWire> {
    let tif = prop_oneof![
        Just(Tif::Gtc),
        Just(Tif::Ioc),
        Just(Tif::Alo),
        Just(Tif::FrontendMarket),
        Just(Tif::LiquidationMarket)
    ];
    let kind = prop_oneof![
        tif.prop_map(|tif| OrderKind::Limit { tif }),
        (any::<bool>(), numbers(), any::<bool>()).prop_map(|(is_market, trigger_px, tp)| {
            let tpsl = if tp { Tpsl::Tp } else { Tpsl::Sl };
            OrderKind::Trigger {
                is_market,
                trigger_px,
                tpsl,
            }
        }),
    ];
    let cloid = prop::option::of(any::<[u8; 1]>().prop_map(|byte| Cloid([byte[0] % 4; 16])));
    (
        assets(),
        any::<bool>(),
        numbers(),
        numbers(),
        any::<bool>(),
        kind,
        cloid,
    )
        .prop_map(|(a, b, p, s, r, t, c)| OrderWire {
            a,
            b,
            p,
            s,
            r,
            t,
            c,
        })
}

fn who() -> impl Strategy<Value = Address> {
    prop_oneof![
        Just(ALICE),
        Just(BOB),
        Just(HOUSE),
        Just(BACKSTOP),
        Just(Address([7; 20]))
    ]
}

fn which() -> impl Strategy<Value = OrderRef> {
    prop_oneof![
        (0u64..20).prop_map(OrderRef::Oid),
        any::<u64>().prop_map(OrderRef::Oid),
        (0u8..4).prop_map(|n| OrderRef::Cloid(Cloid([n; 16]))),
    ]
}

fn signed() -> Signed {
    Signed {
        signature_chain_id: "0x1".into(),
        hyperliquid_chain: "Testnet".into(),
    }
}

fn actions() -> impl Strategy<Value = Action> {
    let grouping = prop_oneof![
        Just(Grouping::Na),
        Just(Grouping::NormalTpsl),
        Just(Grouping::PositionTpsl)
    ];
    let builder =
        prop::option::of((who(), any::<u64>()).prop_map(|(b, f)| Builder { b, f: f >> 50 }));
    prop_oneof![
        6 => (prop::collection::vec(wires(), 0..4), grouping, builder)
            .prop_map(|(orders, grouping, builder)| Action::Order { orders, grouping, builder }),
        1 => (assets(), 0u64..20).prop_map(|(a, o)| Action::cancel(vec![Cancel { a, o }])),
        2 => (which(), wires(), prop::option::of(any::<bool>()))
            .prop_map(|(oid, order, a)| Action::BatchModify { modifies: vec![Modify { oid, order }], a }),
        1 => prop::option::of(any::<i64>()).prop_map(|time| Action::ScheduleCancel { time }),
        1 => (assets(), any::<bool>(), any::<u32>())
            .prop_map(|(asset, is_cross, leverage)| Action::UpdateLeverage { asset, is_cross, leverage: leverage >> 24 }),
        1 => (assets(), any::<i64>()).prop_map(|(asset, ntli)| Action::UpdateIsolatedMargin { asset, is_buy: true, ntli }),
        1 => (assets(), numbers()).prop_map(|(asset, leverage)| Action::TopUpIsolatedOnlyMargin { asset, leverage }),
        1 => "\\PC{0,18}".prop_map(|name| Action::CreateSubAccount { name }),
        1 => (who(), any::<bool>(), any::<u64>())
            .prop_map(|(sub_account_user, is_deposit, usd)| Action::SubAccountTransfer { sub_account_user, is_deposit, usd }),
        1 => (who(), numbers()).prop_map(|(destination, amount)| {
            Action::UsdSend(UsdSend { signed: signed(), destination, amount, time: 0 })
        }),
        1 => (who(), numbers()).prop_map(|(destination, amount)| {
            Action::Withdraw3(UsdSend { signed: signed(), destination, amount, time: 0 })
        }),
        1 => (numbers(), any::<bool>(), prop::option::of(who())).prop_map(|(amount, to_perp, subaccount)| {
            Action::UsdClassTransfer { signed: signed(), amount: ClassAmount { amount, subaccount }, to_perp, nonce: 0 }
        }),
        1 => (who(), numbers(), "(|spot|xyz)", "(|spot)", "\\PC{0,8}").prop_map(
            |(destination, amount, source_dex, destination_dex, from_sub_account)| Action::SendAsset {
                signed: signed(), destination, source_dex, destination_dex, token: "USDC:0x0".into(), amount, from_sub_account, nonce: 0,
            }
        ),
        1 => (who(), prop::option::of("\\PC{0,12}( valid_until [0-9]{0,25})?")).prop_map(|(agent_address, agent_name)| {
            Action::ApproveAgent { signed: signed(), agent_address, agent_name, nonce: 0 }
        }),
        1 => (who(), "(-?[0-9]{0,40}(\\.[0-9]{0,9})?%?|\\PC{0,9})").prop_map(|(builder, max_fee_rate)| {
            Action::ApproveBuilderFee { signed: signed(), max_fee_rate, builder, nonce: 0 }
        }),
        1 => any::<u64>().prop_map(|weight| Action::ReserveRequestWeight { weight }),
        1 => (assets(), numbers()).prop_map(|(a, s)| Action::TwapOrder { twap: Twap { a, b: true, s, r: false, m: 5, t: false } }),
    ]
}

proptest! {

    #[test]
    fn any_action_is_answered(actions in prop::collection::vec((who(), actions(), 0i64..4_000_000), 1..40)) {
        let mut scene = Scene::new();
        scene.quote("99", "101", "1000");
        for (signer, action, ms) in actions {
            scene.ask(signer, &action);
            scene.pass(ms);
        }
        let text = serde_json::to_string(&scene.ex).unwrap();
        prop_assert_eq!(serde_json::from_str::<Exchange>(&text).unwrap(), scene.ex);
    }

    #[test]
    fn any_feed_is_taken_or_refused(feeds in prop::collection::vec((0u8..4, numbers(), numbers(), numbers()), 1..40)) {
        let mut scene = Scene::with(Settings::default());
        scene.quote("99", "101", "1000");
        scene.filled(ALICE, tif(Tif::Ioc, buy("101", "100")));
        scene.rest(BOB, sell("103", "50"));
        for (kind, a, b, c) in feeds {
            let coin = "X".to_owned();
            let feed = match kind {
                0 => Feed::Oracle { coin, px: a },
                1 => Feed::Elsewhere { coin, px: Some(a) },
                2 => Feed::Liquidity { coin, bids: vec![(a, b)], asks: vec![(c, b)] },
                _ => Feed::Print { coin, side: ident::Side::Buy, px: a, sz: b },
            };
            let _ = scene.ex.feed(scene.now, &[feed]);
            scene.check();
            scene.pass(5000);
        }
    }
}
