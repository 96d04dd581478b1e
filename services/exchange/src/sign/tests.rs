//! Every published vector, and some made with the official client.

use super::*;
use crate::wire::action::{Cancel, CancelByCloid, ClassAmount, Modify, Signed, UsdSend};
use crate::wire::order::Builder;
use crate::wire::{Grouping, OrderKind, OrderWire, Side, Tif, Tpsl};
use proptest::prelude::*;
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
    OrderWire::new(1, Side::Buy, d("100"), d("100"), t)
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
    let buy = OrderWire::limit(4, Side::Buy, d("1670.1"), d("0.0147"), Tif::Ioc);
    let action = Action::orders(vec![buy]);
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

const NONCE: u64 = 1_700_000_000_000;
const EXPIRES: u64 = 1_700_000_005_000;
const FRIEND: &str = "0x5e9ee1089755c3435139848e47e6635505d5a13a";

/// Vectors made with the official client on the testnet: hash and signature.
fn made(
    action: &Action,
    vault: Option<&str>,
    expires: Option<u64>,
    hash: &str,
    rsv: (&str, &str, u8),
) {
    let vault = vault.map(|v| v.parse().unwrap());
    let got = l1_hash(action, NONCE, vault, expires).unwrap();
    assert_eq!(
        crate::wire::TxHash(got),
        hash.parse().unwrap(),
        "{}",
        action.kind()
    );
    let want = signature(rsv.0, rsv.1, rsv.2);
    let envelope = seal(
        &key(),
        Network::Testnet,
        action.clone(),
        NONCE,
        vault,
        expires,
    )
    .unwrap();
    assert_eq!(envelope.signature, want, "{}", action.kind());
    // over the wire and back
    let text = serde_json::to_string(&envelope).unwrap();
    let arrived: Envelope<Ordered> = serde_json::from_str(&text).unwrap();
    assert_eq!(
        signer(&arrived, Network::Testnet).unwrap(),
        key().address(),
        "{}",
        action.kind()
    );
    assert_eq!(&arrived.action.read::<Action>().unwrap(), action);
    assert_ne!(
        signer(&arrived, Network::Mainnet).ok(),
        Some(key().address())
    );
}

#[test]
fn orders_with_an_end_and_a_vault() {
    let action = Action::orders(vec![gtc()]);
    made(
        &action,
        None,
        Some(EXPIRES),
        "c067be2a6326b0487a839088338001b55e253876523a14f66dc76d90eb930298",
        (
            "5af5280e5c33b7ade7c01964cf7bec70ba8f1a49420b44b1b759f57485d4defc",
            "780eece6d7a3a3e40a6d3bdef3000a4ed8af775059c383de67a758b364ba03b0",
            28,
        ),
    );
    made(
        &action,
        Some(VAULT),
        Some(EXPIRES),
        "4ac7dfeeaf098012f07ce7c6179855544d04b85fd969b5594836081d0c3b0bbc",
        (
            "85c203668b29791a63e07edf20b1bbe40f88359b1904e3ee6a5bf27e9a80e2f6",
            "44e92d469986f4ecd836f90de287b30c7267b6e2e9f3ef00073f8ad438fb6698",
            27,
        ),
    );
    made(
        &action,
        Some(VAULT),
        None,
        "8b0dec6619eed26cc0c8b760fd33bb8868e92046b7dea538d96bde41dae18c5b",
        (
            "d200208f43f514af65a73352ec7d0ec09aec921efe236eb5b9c1718dfe332bd1",
            "1e83a43423fd81c103e9f7531b0edf51b5f4826bb63f24a4a8a8190446a28efd",
            28,
        ),
    );
}

#[test]
fn stop_of_the_position() {
    let stop = OrderWire {
        b: false,
        p: d("95"),
        s: d("0"),
        r: true,
        ..order(OrderKind::Trigger {
            is_market: true,
            trigger_px: d("97.5"),
            tpsl: Tpsl::Sl,
        })
    };
    made(
        &Action::grouped(vec![stop], Grouping::PositionTpsl),
        None,
        None,
        "01efff0b65aa96351db8e465c3f2ff119df40e1a42fc8d488201eb1a672abf7d",
        (
            "e212a65c40835af01757af9de5b0f74f1f633c1f6767fb204ba1f2d161104364",
            "2a1f852704538e3697aeb26b9fc77cdb80e87b8055685c528dbe9d2842e1c956",
            28,
        ),
    );
}

#[test]
fn order_with_a_builder() {
    let action = Action::Order {
        orders: vec![gtc()],
        grouping: Grouping::Na,
        builder: Some(Builder {
            b: "0x0000000000000000000000000000000000000001"
                .parse()
                .unwrap(),
            f: 10,
        }),
    };
    made(
        &action,
        None,
        None,
        "3d4100243beca83dabb5ee2c32cf2ceda35d4d0920a66e53c7db9bdfc9554e91",
        (
            "f770ec5f015260bf5ec78b2a698da8a3003bc7530fc37682de7f60bcc46f0c0e",
            "74518cb2c21edd452129fae63bbeff4f4065331b18c7dda7fd42e90f0a9e737f",
            28,
        ),
    );
}

#[test]
fn cancels_and_replacements() {
    made(
        &Action::cancel(vec![Cancel {
            a: 1,
            o: 123_456_789_012,
        }]),
        None,
        None,
        "008419ea549997688b36c2c22d8ad81a20876ffd37677516c24f2dc954959ada",
        (
            "79ddb7d1696720c7913704d00e4787c66a6661e8398e0bef9c47bff068de41d5",
            "6ac6df4b8402cf5a782df371df6eb01000ba32becd7c028283ea0a12b2266217",
            28,
        ),
    );
    made(
        &Action::cancel_by_cloid(vec![CancelByCloid {
            asset: 1,
            cloid: "0x00000000000000000000000000000001".parse().unwrap(),
        }]),
        None,
        None,
        "ff888b53d8ec27155197e50698343967aa922eba74ef605d7f2b1b1dd57c10de",
        (
            "c276d64cd29914b727beb7a5cf318c0e8b3b9727ed5bfb630f9759899dc7ef21",
            "588aa55be2e086e5cf276d17e9a8cd150bfd1342ce0dcfa899bf49ae8bbe12ef",
            28,
        ),
    );
    made(
        &Action::BatchModify {
            modifies: vec![Modify {
                oid: 123_456_789_012.into(),
                order: gtc(),
            }],
            a: None,
        },
        None,
        None,
        "dab3ecd3d825941450634bcd910e1977ec5f1928ad7012c830c33ddceb8c8c5a",
        (
            "6ea072f012eecf12e75b89fa6f5507dfe465986178b9ae21e881ad5885c86393",
            "78337e69adca6bb329fcfb41def0564f8cf83a56a975f4740917cd0e563073bf",
            28,
        ),
    );
}

#[test]
fn leverage_margin_and_nothing() {
    made(
        &Action::UpdateLeverage {
            asset: 1,
            is_cross: true,
            leverage: 5,
        },
        None,
        None,
        "abcd0030f6e652ed0f555bc4149c09afb584e3f03d6638664ebc7cdc08f8f890",
        (
            "e43f444a04f0535cc3af3786b85de1cde9ba4c52a2e68cf6889d053ca0e214d4",
            "3959216832fce48225f7eeed11bd4e56f0a83e67e7072fad4e50e77d725f8bb7",
            27,
        ),
    );
    made(
        &Action::UpdateIsolatedMargin {
            asset: 1,
            is_buy: true,
            ntli: -20_000_000,
        },
        None,
        None,
        "5c0a42f2e56cefec9ec8a51b8f6cbb563e510e763b1ec8527430ac64da8625d5",
        (
            "ca7b1c7b328dd8957c18bb0869356b7e4fde48d3c3861c984d71f342f278baa4",
            "4c6e9300d16fa7b09965c92831d4358b12d92db1b59f976b7a2b457c0481ed61",
            27,
        ),
    );
    made(
        &Action::Noop,
        None,
        None,
        "ef5dcef9775ebb2c5a6553314e66a6a57bd7e9b2319a869a8b17f08fa48bdcaf",
        (
            "4b9af944e3380469044c5ec5d33a9da8cfb406c8e06d5b758f7b9d5bc4d095f",
            "862f995ef927f761c5dadc2c7a91d39dab55e6991c9b01e10b5f6ab1d3cfaeb",
            27,
        ),
    );
}

/// Vectors of user-signed actions, on the testnet.
fn user(action: Action, nonce: u64, rsv: (&str, &str, u8)) {
    let want = signature(rsv.0, rsv.1, rsv.2);
    assert!(action.is_user_signed());
    let envelope = seal(&key(), Network::Testnet, action, nonce, None, None).unwrap();
    assert_eq!(envelope.signature, want, "{}", envelope.action.kind());
    let text = serde_json::to_string(&envelope).unwrap();
    let arrived: Envelope<Ordered> = serde_json::from_str(&text).unwrap();
    assert_eq!(signer(&arrived, Network::Testnet).unwrap(), key().address());
    assert_eq!(arrived.action.read::<Action>().unwrap(), envelope.action);
}

fn signed() -> Signed {
    Signed::on(Network::Testnet)
}

#[test]
fn dollars_to_somewhere() {
    let send = UsdSend {
        signed: signed(),
        destination: FRIEND.parse().unwrap(),
        amount: d("1"),
        time: 1_687_816_341_423,
    };
    user(
        Action::UsdSend(send.clone()),
        send.time,
        (
            "637b37dd731507cdd24f46532ca8ba6eec616952c56218baeff04144e4a77073",
            "11a6a24900e6e314136d2592e2f8d502cd89b7c15b198e1bee043c9589f9fad7",
            27,
        ),
    );
    user(
        Action::Withdraw3(send.clone()),
        send.time,
        (
            "8363524c799e90ce9bc41022f7c39b4e9bdba786e5f9c72b20e43e1462c37cf9",
            "58b1411a775938b83e29182e8ef74975f9054c8e97ebf5ec2dc8d51bfc893881",
            28,
        ),
    );
    user(
        Action::UsdClassTransfer {
            signed: signed(),
            amount: ClassAmount {
                amount: d("10"),
                subaccount: None,
            },
            to_perp: true,
            nonce: NONCE,
        },
        NONCE,
        (
            "2055c5e90ed73cfd78ada4e8b63ea9726a734134eaacbc09d8b7ea1d4c9217ec",
            "23a40f01f4f104bae0499ba841d7ff987de2f4d80d336df00029f25653da1c3d",
            28,
        ),
    );
}

#[test]
fn agents() {
    let approve = |name: Option<&str>| Action::ApproveAgent {
        signed: signed(),
        agent_address: FRIEND.parse().unwrap(),
        agent_name: name.map(Into::into),
        nonce: NONCE,
    };
    user(
        approve(Some("bot")),
        NONCE,
        (
            "e2d81623c42180a48a7d684b35f65bc9139f4a80368150a4bf872e9e0005e700",
            "31142081fd1222981a77461fb2aeacb72696ff7ff1bc1f9d0ac078fcc8bbad58",
            27,
        ),
    );
    user(
        approve(None),
        NONCE,
        (
            "524862e2b34223c4eb528fc24097be7cfc62eae3341856ee0eb2146948511ad6",
            "5fe72cee4d895e2632e457f9b42ee7688b3737950e188cd6a936713b992cf109",
            28,
        ),
    );
}

/// The rust client of the exchange keeps `.0` in its texts, and other wallets sign with other chains: what arrives is what
/// counts.
#[test]
fn what_arrived_is_what_was_signed() {
    let foreign = r#"{"type":"order","orders":[{"a":1,"b":true,"p":"2000.0","s":"3.50","r":false,"t":{"limit":{"tif":"Ioc"}},"extra":[1,null]}],"grouping":"na","more":{"x":-1}}"#;
    let action: Ordered = serde_json::from_str(foreign).unwrap();
    let made = sign_l1(&key(), Network::Local, &action, 7, None, None).unwrap();
    let who = |action: &Ordered| recover_l1(&made, Network::Local, action, 7, None, None).unwrap();
    assert_eq!(who(&action), key().address());
    // Our own types would have made other bytes of it.
    let ours = Ordered::of(&action.read::<Action>().unwrap()).unwrap();
    assert_ne!(who(&ours), key().address());

    let text = r#"{"type":"usdSend","signatureChainId":"0x1","hyperliquidChain":"Testnet","destination":"0x5E9EE1089755C3435139848E47E6635505D5A13A","amount":"1.50","time":9}"#;
    let action: Ordered = serde_json::from_str(text).unwrap();
    let made = sign_user(&key(), &action).unwrap();
    assert_eq!(recover_user(&made, &action).unwrap(), key().address());
    let lower: Ordered =
        serde_json::from_str(&text.replace("0x5E9EE1089755C3435139848E47E6635505D5A13A", FRIEND))
            .unwrap();
    assert_ne!(recover_user(&made, &lower).unwrap(), key().address());
}

#[test]
fn what_cannot_be_signed_is_refused_with_the_reason() {
    let refusal = |text: &str| {
        let action: Ordered = serde_json::from_str(text).unwrap();
        sign_user(&key(), &action).unwrap_err().to_string()
    };
    assert_eq!(
        refusal(r#"{"type":"order"}"#),
        "`order` is not signed field by field"
    );
    assert_eq!(
        refusal(r#"{"type":"usdSend","signatureChainId":"mars"}"#),
        "the action's `signatureChainId` is missing or not the number of a chain, as 0x66eee"
    );
    assert_eq!(
        refusal(
            r#"{"type":"usdSend","signatureChainId":"0x1","hyperliquidChain":"Testnet","destination":"0x1","amount":1}"#
        ),
        "the action's `amount` is missing or not a text"
    );
    assert_eq!(
        refusal(
            r#"{"type":"approveAgent","signatureChainId":"0x1","hyperliquidChain":"Testnet","agentAddress":"0x12"}"#
        ),
        "an address has 40 hexadecimal digits, not 2"
    );
}

#[test]
fn a_key_shows_nothing_and_comes_back() {
    let key = key();
    assert_eq!(format!("{key:?}"), "Key(…)");
    let again = Key::from_bytes(&key.to_bytes()[..]).unwrap();
    assert_eq!(again.address(), key.address());
    for text in [
        "",
        "0x12",
        &"0".repeat(64),
        &"f".repeat(64),
        &"g".repeat(64),
    ] {
        let error = Key::from_hex(text).unwrap_err();
        assert_eq!(
            error.to_string(),
            "this is no private key: a key has 64 hexadecimal digits"
        );
    }
}

#[test]
fn signatures_are_written_whole_and_read_short() {
    let short = signature("1", "2", 27);
    let text = serde_json::to_string(&short).unwrap();
    assert_eq!(text.len(), 2 * 66 + r#"{"r":"","s":"","v":27}"#.len());
    assert_eq!(serde_json::from_str::<Signature>(&text).unwrap(), short);
    let hash = [7; 32];
    let mut made = key().sign(&hash).unwrap();
    assert_eq!(made.recover(&hash).unwrap(), key().address());
    made.v -= 27;
    assert_eq!(made.recover(&hash).unwrap(), key().address());
    made.v = 29;
    assert_eq!(made.recover(&hash), Err(SignError::Signature));
    let nought = Signature { r: [0; 32], ..made };
    assert_eq!(
        Signature { v: 27, ..nought }.recover(&hash),
        Err(SignError::Signature)
    );
    let too_long = json!({"r": format!("0x{}", "1".repeat(65)), "s": "0x1", "v": 27});
    assert!(serde_json::from_value::<Signature>(too_long).is_err());
}

proptest! {
    #[test]
    fn whoever_signed_is_found(secret in prop::array::uniform32(1u8..=254), hash in any::<[u8; 32]>()) {
        let key = Key::from_bytes(&secret).unwrap();
        let made = key.sign(&hash).unwrap();
        prop_assert_eq!(made.recover(&hash).unwrap(), key.address());
        prop_assert!(made.s[0] < 0x80);
    }

    #[test]
    fn any_numbers_recover_somebody_or_nobody(r in any::<[u8; 32]>(), s in any::<[u8; 32]>(), v in any::<u8>(), hash in any::<[u8; 32]>()) {
        let _ = Signature { r, s, v }.recover(&hash);
    }

    #[test]
    fn packing_what_was_parsed_equals_packing_what_was_written(
        mantissa in 1i64..10_000_000_000, scale in 0u32..=8, a in any::<u32>(), b in any::<bool>(), r in any::<bool>(),
        cloid in prop::option::of(any::<[u8; 16]>()), tif in 0usize..3, oid in any::<u64>(), ntli in any::<i64>(),
    ) {
        let order = OrderWire {
            a, b, r,
            p: Decimal::new(mantissa, scale),
            s: Decimal::new(mantissa, 8 - scale),
            t: OrderKind::Limit { tif: [Tif::Gtc, Tif::Ioc, Tif::Alo][tif] },
            c: cloid.map(crate::wire::Cloid),
        };
        for action in [
            Action::orders(vec![order, order]),
            Action::Modify { oid: oid.into(), order, a: Some(b) },
            Action::cancel(vec![Cancel { a, o: oid }]),
            Action::UpdateIsolatedMargin { asset: a, is_buy: true, ntli },
        ] {
            let direct = rmp_serde::to_vec_named(&action).unwrap();
            let ordered = Ordered::of(&action).unwrap();
            prop_assert_eq!(ordered.to_msgpack().unwrap(), direct);
            prop_assert_eq!(ordered.read::<Action>().unwrap(), action);
        }
    }

    #[test]
    fn any_json_is_signed_field_by_field_or_refused(bytes in "\\{(\"(type|signatureChainId|hyperliquidChain|amount|time)\":(\"usdSend\"|\"0x1\"|1|null|\"\\PC{0,5}\"),?){0,5}\\}") {
        if let Ok(action) = serde_json::from_str::<Ordered>(&bytes) {
            let _ = sign_user(&key(), &action);
        }
    }
}
