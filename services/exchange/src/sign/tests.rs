//! Every published vector, and some made with the official client.

use super::*;
use crate::wire::{OrderKind, OrderWire, Tif, Tpsl};
use rust_decimal::Decimal;
use serde_json::json;

const KEY: &str = "0x0123456789012345678901234567890123456789012345678901234567890123";
const VAULT: &str = "0x1719884eb866cb12b2287399b15f7db5e7d775ea";

fn key() -> Key {
    Key::from_hex(KEY).unwrap()
}

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn order(t: OrderKind) -> OrderWire {
    OrderWire {
        a: 1,
        b: true,
        p: d("100"),
        s: d("100"),
        r: false,
        t,
        c: None,
    }
}

fn gtc() -> OrderWire {
    order(OrderKind::Limit { tif: Tif::Gtc })
}

/// r and s as printed, with zeros in front stripped.
fn signature(r: &str, s: &str, v: u8) -> Signature {
    serde_json::from_value(json!({"r": format!("0x{r}"), "s": format!("0x{s}"), "v": v})).unwrap()
}

fn holds(action: &impl Serialize, network: Network, vault: Option<&str>, rsv: (&str, &str, u8)) {
    let vault = vault.map(|v| v.parse().unwrap());
    let want = signature(rsv.0, rsv.1, rsv.2);
    let made = sign_l1(&key(), network, action, 0, vault, None).unwrap();
    assert_eq!(made, want, "{network}");
    // As the server sees it: JSON that arrived, packed anew.
    let ordered = Ordered::of(action).unwrap();
    let who = recover_l1(&want, network, &ordered, 0, vault, None).unwrap();
    assert_eq!(who, key().address(), "{network}");
}

/// Both networks.
fn both(
    action: &impl Serialize,
    vault: Option<&str>,
    mainnet: (&str, &str, u8),
    testnet: (&str, &str, u8),
) {
    holds(action, Network::Mainnet, vault, mainnet);
    holds(action, Network::Testnet, vault, testnet);
    holds(action, Network::Local, vault, testnet);
}

#[test]
fn hash_of_an_order() {
    let action = Action::orders(vec![OrderWire {
        a: 4,
        b: true,
        p: d("1670.1"),
        s: d("0.0147"),
        r: false,
        t: OrderKind::Limit { tif: Tif::Ioc },
        c: None,
    }]);
    let hash = l1_hash(&action, 1_677_777_606_040, None, None).unwrap();
    assert_eq!(
        crate::wire::TxHash(hash).to_string(),
        "0x0fcbeda5ae3c4950a548021552a4fea2226858c4453571bf3f24ba017eac2908"
    );
}

#[test]
fn any_action_with_a_large_number() {
    let action: Ordered =
        serde_json::from_value(json!({"type": "dummy", "num": 100_000_000_000_u64})).unwrap();
    // serde_json sorts the members of a value: they are put in the order of the vector.
    let Ordered::Object(mut members) = action else {
        panic!("an object")
    };
    members.sort_by(|a, b| b.0.cmp(&a.0));
    let action = Ordered::Object(members);
    both(
        &action,
        None,
        (
            "53749d5b30552aeb2fca34b530185976545bb22d0b3ce6f62e31be961a59298",
            "755c40ba9bf05223521753995abb2f73ab3229be8ec921f350cb447e384d8ed8",
            27,
        ),
        (
            "542af61ef1f429707e3c76c5293c80d01f74ef853e34b76efffcb57e574f9510",
            "17b8b32f086e8cdede991f1e2c529f5dd5297cbe8128500e00cbaf766204a613",
            28,
        ),
    );
    both(
        &action,
        Some(VAULT),
        (
            "3c548db75e479f8012acf3000ca3a6b05606bc2ec0c29c50c515066a326239",
            "4d402be7396ce74fbba3795769cda45aec00dc3125a984f2a9f23177b190da2c",
            28,
        ),
        (
            "e281d2fb5c6e25ca01601f878e4d69c965bb598b88fac58e475dd1f5e56c362b",
            "7ddad27e9a238d045c035bc606349d075d5c5cd00a6cd1da23ab5c39d4ef0f60",
            27,
        ),
    );
}

#[test]
fn limit_orders() {
    both(
        &Action::orders(vec![gtc()]),
        None,
        (
            "d65369825a9df5d80099e513cce430311d7d26ddf477f5b3a33d2806b100d78e",
            "2b54116ff64054968aa237c20ca9ff68000f977c93289157748a3162b6ea940e",
            28,
        ),
        (
            "82b2ba28e76b3d761093aaded1b1cdad4960b3af30212b343fb2e6cdfa4e3d54",
            "6b53878fc99d26047f4d7e8c90eb98955a109f44209163f52d8dc4278cbbd9f5",
            27,
        ),
    );
    let named = OrderWire {
        c: Some("0x00000000000000000000000000000001".parse().unwrap()),
        ..gtc()
    };
    both(
        &Action::orders(vec![named]),
        None,
        (
            "41ae18e8239a56cacbc5dad94d45d0b747e5da11ad564077fcac71277a946e3",
            "3c61f667e747404fe7eea8f90ab0e76cc12ce60270438b2058324681a00116da",
            27,
        ),
        (
            "eba0664bed2676fc4e5a743bf89e5c7501aa6d870bdb9446e122c9466c5cd16d",
            "7f3e74825c9114bc59086f1eebea2928c190fdfbfde144827cb02b85bbe90988",
            28,
        ),
    );
}

#[test]
fn trigger_order() {
    let stop = order(OrderKind::Trigger {
        is_market: true,
        trigger_px: d("103"),
        tpsl: Tpsl::Sl,
    });
    both(
        &Action::orders(vec![stop]),
        None,
        (
            "98343f2b5ae8e26bb2587daad3863bc70d8792b09af1841b6fdd530a2065a3f9",
            "6b5bb6bb0633b710aa22b721dd9dee6d083646a5f8e581a20b545be6c1feb405",
            27,
        ),
        (
            "971c554d917c44e0e1b6cc45d8f9404f32172a9d3b3566262347d0302896a2e4",
            "206257b104788f80450f8e786c329daa589aa0b32ba96948201ae556d5637eac",
            28,
        ),
    );
}

#[test]
fn subaccounts() {
    both(
        &Action::CreateSubAccount {
            name: "example".into(),
        },
        None,
        (
            "51096fe3239421d16b671e192f574ae24ae14329099b6db28e479b86cdd6caa7",
            "b71f7d293af92d3772572afb8b102d167a7cef7473388286bc01f52a5c5b423",
            27,
        ),
        (
            "a699e3ed5c2b89628c746d3298b5dc1cca604694c2c855da8bb8250ec8014a5b",
            "53f1b8153a301c72ecc655b1c315d64e1dcea3ee58921fd7507e35818fcc1584",
            28,
        ),
    );
    both(
        &Action::SubAccountTransfer {
            sub_account_user: "0x1d9470d4b963f552e6f671a81619d395877bf409"
                .parse()
                .unwrap(),
            is_deposit: true,
            usd: 10,
        },
        None,
        (
            "43592d7c6c7d816ece2e206f174be61249d651944932b13343f4d13f306ae602",
            "71a926cb5c9a7c01c3359ec4c4c34c16ff8107d610994d4de0e6430e5cc0f4c9",
            28,
        ),
        (
            "e26574013395ad55ee2f4e0575310f003c5bb3351b5425482e2969fa51543927",
            "efb08999196366871f919fd0e138b3a7f30ee33e678df7cfaf203e25f0a4278",
            28,
        ),
    );
}

#[test]
fn dead_mans_switch() {
    both(
        &Action::ScheduleCancel { time: None },
        None,
        (
            "6cdfb286702f5917e76cd9b3b8bf678fcc49aec194c02a73e6d4f16891195df9",
            "6557ac307fa05d25b8d61f21fb8a938e703b3d9bf575f6717ba21ec61261b2a0",
            27,
        ),
        (
            "c75bb195c3f6a4e06b7d395acc20bbb224f6d23ccff7c6a26d327304e6efaeed",
            "342f8ede109a29f2c0723bd5efb9e9100e3bbb493f8fb5164ee3d385908233df",
            28,
        ),
    );
    both(
        &Action::ScheduleCancel {
            time: Some(123_456_789),
        },
        None,
        (
            "609cb20c737945d070716dcc696ba030e9976fcf5edad87afa7d877493109d55",
            "16c685d63b5c7a04512d73f183b3d7a00da5406ff1f8aad33f8ae2163bab758b",
            28,
        ),
        (
            "4e4f2dbd4107c69783e251b7e1057d9f2b9d11cee213441ccfa2be63516dc5bc",
            "706c656b23428c8ba356d68db207e11139ede1670481a9e01ae2dfcdb0e1a678",
            27,
        ),
    );
}
