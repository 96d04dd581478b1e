//! Who acts, and for whom (facts §2–§4).

use super::*;
use sixbtc_exchange::sign::{sign_l1, sign_user};
use sixbtc_exchange::wire::Ordered;
use sixbtc_exchange::wire::action::{ClassAmount, Signed, UsdSend};

fn ordered(value: &Value) -> Ordered {
    serde_json::from_str(&value.to_string()).unwrap()
}

/// An envelope around any action, signed as trading actions are.
fn envelope(n: u8, action_text: &str, nonce: u64, network: Network) -> Value {
    let action: Ordered = serde_json::from_str(action_text).unwrap();
    let signature = sign_l1(&key(n), network, &action, nonce, None, None).unwrap();
    json!({ "nonce": nonce, "signature": signature, "vaultAddress": null, "expiresAfter": null })
}

/// The text of an envelope whose action stands letter by letter as given.
fn with_action(envelope: &Value, action_text: &str) -> String {
    let mut text = envelope.to_string();
    text.pop();
    format!(r#"{text},"action":{action_text}}}"#)
}

#[test]
fn the_action_is_hashed_as_it_was_received() {
    let mut scene = Scene::new();
    // Members that our types do not have, in an order that is not ours, with a large number.
    let action = r#"{"type":"noop","z":18446744073709551615,"a":{"y":null,"b":[1,-2]}}"#;
    let nonce = scene.nonce();
    let text = with_action(&envelope(1, action, nonce, Network::Local), action);
    assert_eq!(scene.exchange(text)["status"], "ok");
    let nonce = scene.nonce();
    let swapped = r#"{"type":"noop","a":{"y":null,"b":[1,-2]},"z":18446744073709551615}"#;
    let text = with_action(&envelope(1, action, nonce, Network::Local), swapped);
    assert!(err(&scene.exchange(text)).starts_with("User or API Wallet 0x"));
}

#[test]
fn leading_zeros_of_a_signature_may_be_missing() {
    let mut scene = Scene::new();
    let mut stripped = 0;
    for _ in 0..60 {
        let nonce = scene.nonce();
        let action = r#"{"type":"noop"}"#;
        let mut envelope = envelope(1, action, nonce, Network::Local);
        for part in ["r", "s"] {
            let full = envelope["signature"][part].as_str().unwrap().to_owned();
            assert_eq!(full.len(), 66);
            let short = format!("0x{}", full[2..].trim_start_matches('0'));
            stripped += usize::from(short != full);
            envelope["signature"][part] = short.into();
        }
        let text = with_action(&envelope, action);
        assert_eq!(scene.exchange(text)["status"], "ok");
    }
    assert!(stripped > 0, "one in eight has a zero in front");
}

#[test]
fn a_signature_for_another_network_is_a_strangers() {
    let mut scene = Scene::new();
    let nonce = scene.nonce();
    let action = r#"{"type":"noop"}"#;
    let text = with_action(&envelope(1, action, nonce, Network::Mainnet), action);
    let answer = scene.exchange(text);
    assert!(
        err(&answer).starts_with("User or API Wallet 0x"),
        "{answer}"
    );
    assert!(err(&answer).ends_with(" does not exist."));
    let text = with_action(&envelope(1, action, nonce, Network::Testnet), action);
    assert_eq!(
        scene.exchange(text)["status"],
        "ok",
        "local signs as the testnet"
    );
}

#[test]
fn numbers_that_are_no_signature_are_a_strangers_too() {
    let mut scene = Scene::new();
    let action = r#"{"type":"noop"}"#;
    for (r, s, v) in [("0x0", "0x1", 27), ("0x1", "0x0", 27), ("0x1", "0x1", 99)] {
        let envelope = json!({ "nonce": scene.nonce(), "signature": { "r": r, "s": s, "v": v } });
        let answer = scene.exchange(with_action(&envelope, action));
        assert!(err(&answer).starts_with("User or API Wallet 0x"));
    }
}

#[test]
fn an_agent_trades_for_its_master_and_moves_no_money() {
    let mut scene = Scene::new();
    let agent = key(9).address();
    let nonce = scene.nonce();
    let approve = Action::ApproveAgent {
        signed: Signed::on(Network::Local),
        agent_address: agent,
        agent_name: Some("bot".into()),
        nonce,
    };
    let envelope = seal(&key(1), Network::Local, approve, nonce, None, None).unwrap();
    let answer = scene.exchange(serde_json::to_vec(&envelope).unwrap());
    assert_eq!(
        answer,
        json!({ "status": "ok", "response": { "type": "default" } })
    );

    let answer = scene.ask(9, order(true, "101", "1", Tif::Ioc));
    assert_eq!(
        answer["response"]["data"]["statuses"][0]["filled"]["avgPx"],
        "100.1"
    );
    let master = key(1).address();
    let szi = scene.host.exchange().account(master).unwrap().szi(0);
    assert_eq!(szi, d("1"));
    let role = scene.info(&json!({ "type": "userRole", "user": agent }));
    assert_eq!(role, json!({ "role": "agent", "data": { "user": master } }));

    let answer = scene.ask(9, Action::CreateSubAccount { name: "x".into() });
    assert_eq!(err(&answer), "API wallets cannot perform this action.");
    let nonce = scene.nonce();
    let send = Action::UsdSend(UsdSend {
        signed: Signed::on(Network::Local),
        destination: key(2).address(),
        amount: d("1"),
        time: nonce,
    });
    let envelope = seal(&key(9), Network::Local, send, nonce, None, None).unwrap();
    let answer = scene.exchange(serde_json::to_vec(&envelope).unwrap());
    assert_eq!(err(&answer), "Must deposit before performing actions");

    // Revoked by the operator, it is nobody, and the text names it.
    let now = scene.now;
    scene
        .host
        .operate(now, Input::RevokeAgent { agent })
        .unwrap();
    let answer = scene.ask(9, Action::Noop);
    assert_eq!(
        err(&answer),
        format!("User or API Wallet {agent} does not exist.")
    );
}

#[test]
fn a_sub_account_acts_when_its_master_signs_for_it() {
    let mut scene = Scene::new();
    let answer = scene.ask(
        1,
        Action::CreateSubAccount {
            name: "sixbtc-1".into(),
        },
    );
    assert_eq!(answer["response"]["type"], "createSubAccount");
    let sub: Address = answer["response"]["data"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let transfer = Action::SubAccountTransfer {
        sub_account_user: sub,
        is_deposit: true,
        usd: 1_000_000_000,
    };
    assert_eq!(scene.ask(1, transfer)["status"], "ok");
    let body = scene.sealed(1, order(true, "101", "1", Tif::Ioc), Some(sub));
    assert_eq!(
        scene.exchange(&body)["response"]["data"]["statuses"][0]["filled"]["totalSz"],
        "1.0"
    );
    assert_eq!(scene.host.exchange().account(sub).unwrap().szi(0), d("1"));

    // ccxt writes the address without 0x, and signs the same twenty bytes.
    let body = scene.sealed(1, order(true, "101", "1", Tif::Ioc), Some(sub));
    let bare = String::from_utf8(body).unwrap().replace(
        &format!(r#""vaultAddress":"{sub}""#),
        &format!(r#""vaultAddress":"{}""#, &sub.to_string()[2..]),
    );
    assert!(!bare.contains(&sub.to_string()));
    assert_eq!(scene.exchange(bare)["status"], "ok");
    assert_eq!(scene.host.exchange().account(sub).unwrap().szi(0), d("2"));

    let body = scene.sealed(2, order(true, "101", "1", Tif::Ioc), Some(sub));
    assert_eq!(
        err(&scene.exchange(body)),
        format!("Vault not registered: {sub}")
    );
}

#[test]
fn user_signed_actions_name_their_network_and_their_nonce() {
    let mut scene = Scene::new();
    let send = |nonce: u64, chain: &str| {
        json!({ "type": "usdSend", "signatureChainId": "0x1", "hyperliquidChain": chain,
                "destination": key(2).address(), "amount": "25.5", "time": nonce })
    };
    let mut post = |action: &Value, nonce: u64| {
        let signature = sign_user(&key(1), &ordered(action)).unwrap();
        scene.exchange(
            json!({ "action": action, "nonce": nonce, "signature": signature }).to_string(),
        )
    };
    let nonce = T0 as u64 + 77;
    let answer = post(&send(nonce, "Testnet"), nonce);
    assert_eq!(
        answer["status"], "ok",
        "any chain of a wallet will do: {answer}"
    );
    let again = post(&send(nonce, "Testnet"), nonce);
    assert_eq!(
        err(&again),
        format!("Invalid nonce: duplicate nonce {nonce}")
    );
    assert_eq!(
        err(&post(&send(nonce + 1, "Mainnet"), nonce + 1)),
        "Invalid chain: Mainnet"
    );
    let outer = post(&send(nonce + 2, "Testnet"), nonce + 3);
    assert!(err(&outer).starts_with("Invalid nonce:"), "{outer}");
    let cash = scene
        .host
        .exchange()
        .account(key(2).address())
        .unwrap()
        .cash;
    assert_eq!(cash, d("10025.5"));
}

#[test]
fn a_class_transfer_carries_its_nonce_as_nonce() {
    let mut scene = Scene::new();
    let nonce = scene.nonce();
    let action = Action::UsdClassTransfer {
        signed: Signed::on(Network::Local),
        amount: ClassAmount {
            amount: d("10"),
            subaccount: None,
        },
        to_perp: false,
        nonce,
    };
    let envelope = seal(&key(1), Network::Local, action, nonce, None, None).unwrap();
    assert_eq!(
        scene.exchange(serde_json::to_vec(&envelope).unwrap())["status"],
        "ok"
    );
    let user = key(1).address();
    let state = scene.info(&json!({ "type": "spotClearinghouseState", "user": user }));
    assert_eq!(state["balances"][0]["total"], "10.0");
}

#[test]
fn an_action_that_comes_too_late_is_void() {
    let mut scene = Scene::new();
    let nonce = scene.nonce();
    let end = Some(T0 as u64 + 5000);
    let action = order(true, "101", "1", Tif::Ioc);
    let envelope = seal(&key(1), Network::Local, action, nonce, None, end).unwrap();
    scene.pass(5001);
    let answer = scene.exchange(serde_json::to_vec(&envelope).unwrap());
    assert!(err(&answer).starts_with("Action expired"), "{answer}");
    assert_eq!(
        scene
            .host
            .exchange()
            .account(key(1).address())
            .unwrap()
            .szi(0),
        d("0")
    );
}
