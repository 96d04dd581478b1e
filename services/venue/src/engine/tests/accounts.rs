//! Agents, sub-accounts, money (facts §2.4, §3, §4).

use super::*;
use sixbtc_exchange::wire::Tif;
use sixbtc_exchange::wire::action::{ClassAmount, Signed, UsdSend};

fn signed() -> Signed {
    Signed {
        signature_chain_id: "0x66eee".into(),
        hyperliquid_chain: "Testnet".into(),
    }
}

fn approve(agent: Address, name: Option<&str>) -> Action {
    Action::ApproveAgent {
        signed: signed(),
        agent_address: agent,
        agent_name: name.map(str::to_owned),
        nonce: 0,
    }
}

fn unknown(address: Address) -> Response {
    Response::Err(format!("User or API Wallet {address} does not exist."))
}

const KEY: Address = Address([0x11; 20]);
const NEW_KEY: Address = Address([0x22; 20]);

pub fn sub_of(scene: &mut Scene, master: Address, name: &str) -> Address {
    match scene.ask(master, &Action::CreateSubAccount { name: name.into() }) {
        Response::Ok(Done::CreateSubAccount(sub)) => sub,
        other => panic!("{other:?}"),
    }
}

fn refused(text: &str) -> Response {
    Response::Err(text.to_owned())
}

#[test]
fn an_agent_trades_for_its_master_and_moves_no_money() {
    let mut scene = Scene::new();
    assert_eq!(scene.ask(KEY, &Action::Noop), unknown(KEY));
    assert_eq!(
        scene.ask(ALICE, &approve(KEY, Some("bot"))),
        Response::done()
    );
    scene.ask(KEY, &Action::orders(vec![buy("90", "1")]));
    assert_eq!(scene.ex.account(ALICE).unwrap().open.len(), 1);
    assert!(scene.ex.account(KEY).is_none(), "a key has no account");
    let send = UsdSend {
        signed: signed(),
        destination: BOB,
        amount: d("1"),
        time: 0,
    };
    assert_eq!(
        scene.ask(KEY, &Action::UsdSend(send)),
        refused("Must deposit before performing actions")
    );
    let sub = sub_of(&mut scene, ALICE, "one");
    let give = Action::SubAccountTransfer {
        sub_account_user: sub,
        is_deposit: true,
        usd: 1,
    };
    assert_eq!(
        scene.ask(KEY, &give),
        refused("API wallets cannot perform this action.")
    );
    assert_eq!(
        scene.ask(KEY, &Action::CreateSubAccount { name: "two".into() }),
        refused("API wallets cannot perform this action.")
    );
    assert_eq!(
        scene.ask_for(KEY, Some(sub), &Action::Noop),
        Response::done(),
        "it may act for the sub-account"
    );
}

#[test]
fn a_new_key_of_the_same_name_kills_the_old_one() {
    let mut scene = Scene::new();
    scene.ask(ALICE, &approve(KEY, Some("bot")));
    scene.ask(ALICE, &approve(NEW_KEY, Some("bot")));
    assert_eq!(scene.ask(KEY, &Action::Noop), unknown(KEY));
    assert_eq!(scene.ask(NEW_KEY, &Action::Noop), Response::done());
    scene.ask(ALICE, &approve(KEY, None));
    assert_eq!(
        scene.ask(KEY, &Action::Noop),
        Response::done(),
        "unnamed beside named"
    );
}

#[test]
fn a_key_ends() {
    let mut scene = Scene::new();
    let until = T0 + 5000;
    scene.ask(
        ALICE,
        &approve(KEY, Some(&format!("bot valid_until {until}"))),
    );
    assert_eq!(scene.ex.extra_agents(ALICE)[0].name, "bot");
    assert_eq!(scene.ex.extra_agents(ALICE)[0].valid_until, until);
    scene.pass(4999);
    assert_eq!(scene.ask(KEY, &Action::Noop), Response::done());
    scene.pass(1);
    assert_eq!(scene.ask(KEY, &Action::Noop), unknown(KEY));
    assert!(scene.ex.extra_agents(ALICE).is_empty());
    scene.ask(ALICE, &approve(NEW_KEY, Some("bot")));
    assert_eq!(
        scene.ex.extra_agents(ALICE)[0].valid_until,
        scene.now + 180 * DAY
    );
    assert!(scene.ex.revoke_agent(NEW_KEY));
    assert_eq!(scene.ask(NEW_KEY, &Action::Noop), unknown(NEW_KEY));
}

#[test]
fn a_key_does_not_change_hands_and_stays_a_key() {
    let mut scene = Scene::new();
    scene.ask(ALICE, &approve(KEY, None));
    assert_eq!(
        scene.ask(BOB, &approve(KEY, None)),
        refused("API wallets cannot perform this action.")
    );
    // money sent to its address does not make it act for itself
    scene.fund(KEY, "5");
    scene.ask(KEY, &Action::orders(vec![buy("90", "1")]));
    assert_eq!(scene.ex.account(ALICE).unwrap().open.len(), 1);
    let send = UsdSend {
        signed: signed(),
        destination: BOB,
        amount: d("5"),
        time: 0,
    };
    assert_eq!(
        scene.ask(KEY, &Action::UsdSend(send)),
        Response::done(),
        "its own money it may send"
    );
    assert_eq!(scene.cash(ALICE), d("100000"));
}

#[test]
fn three_named_agents_and_two_more_a_sub_account() {
    let mut scene = Scene::new();
    for n in 0..3 {
        assert_eq!(
            scene.ask(ALICE, &approve(Address([n; 20]), Some(&format!("a{n}")))),
            Response::done()
        );
    }
    assert!(matches!(
        scene.ask(ALICE, &approve(KEY, Some("a3"))),
        Response::Err(_)
    ));
    sub_of(&mut scene, ALICE, "one");
    assert_eq!(
        scene.ask(ALICE, &approve(KEY, Some("a3"))),
        Response::done()
    );
}

#[test]
fn sub_accounts_have_names_and_a_master() {
    let mut scene = Scene::new();
    let one = sub_of(&mut scene, ALICE, "one");
    let two = sub_of(&mut scene, ALICE, "two");
    assert_ne!(one, two);
    let create = |name: &str| Action::CreateSubAccount { name: name.into() };
    assert_eq!(
        scene.ask(ALICE, &create("one")),
        refused("Sub-account name already taken.")
    );
    assert_eq!(
        scene.ask(ALICE, &create("")),
        refused("Invalid sub-account name.")
    );
    assert_eq!(
        scene.ask(ALICE, &create("12345678901234567")),
        refused("Invalid sub-account name.")
    );
    let rename = |name: &str| Action::SubAccountModify {
        sub_account_user: one,
        name: name.into(),
    };
    assert_eq!(
        scene.ask(ALICE, &rename("two")),
        refused("Sub-account name already taken.")
    );
    assert_eq!(scene.ask(ALICE, &rename("uno")), Response::done());
    assert_eq!(scene.ask(BOB, &rename("x")), refused("Invalid sub-account"));
    assert_eq!(
        scene.ask_for(BOB, Some(one), &Action::Noop),
        refused(&format!("Vault not registered: {one}"))
    );
    let rows = scene.ex.sub_accounts(ALICE).unwrap();
    assert_eq!(
        rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(),
        ["uno", "two"]
    );
    assert_eq!(scene.ex.sub_accounts(BOB), None);
}

#[test]
fn money_moves_both_ways_and_is_written_down_twice() {
    let mut scene = Scene::new();
    let sub = sub_of(&mut scene, ALICE, "one");
    let transfer = |is_deposit, usd| Action::SubAccountTransfer {
        sub_account_user: sub,
        is_deposit,
        usd,
    };
    assert_eq!(
        scene.ask(ALICE, &transfer(true, 2_500_000_000)),
        Response::done()
    );
    assert_eq!(
        scene.ask(ALICE, &transfer(false, 500_000_000)),
        Response::done()
    );
    assert_eq!(
        (scene.cash(ALICE), scene.cash(sub)),
        (d("98000"), d("2000"))
    );
    assert_eq!(
        scene.ask(ALICE, &transfer(false, 2_000_000_001)),
        refused("Insufficient balance for token transfer")
    );
    assert_eq!(
        scene.ex.user_ledger(ALICE, 0, None).len(),
        3,
        "the deposit first"
    );
    assert_eq!(scene.ex.user_ledger(sub, 0, None).len(), 2);

    let to_spot = |amount: &str, to_perp, subaccount| Action::UsdClassTransfer {
        signed: signed(),
        amount: ClassAmount {
            amount: d(amount),
            subaccount,
        },
        to_perp,
        nonce: 0,
    };
    assert_eq!(
        scene.ask(ALICE, &to_spot("100", false, None)),
        Response::done()
    );
    assert_eq!(
        scene.ask(ALICE, &to_spot("7", false, Some(sub))),
        Response::done()
    );
    assert_eq!(
        scene.ask(BOB, &to_spot("7", false, Some(sub))),
        refused("Invalid sub-account")
    );
    assert_eq!(scene.ex.spot_state(ALICE).balances[0].total, d("100"));
    assert_eq!(scene.ex.spot_state(sub).balances[0].total, d("7"));
    let spot = |token: &str, amount: &str| Action::SpotSend {
        signed: signed(),
        destination: BOB,
        token: token.into(),
        amount: d(amount),
        time: 0,
    };
    assert_eq!(
        scene.ask(
            ALICE,
            &spot("USDC:0x6d1e7cde53ba9467b783cb7c530ce054", "40")
        ),
        Response::done()
    );
    assert_eq!(
        scene.ask(ALICE, &spot("PURR:0x00", "40")),
        refused("Insufficient balance for token transfer")
    );
    let spot_sub = Action::SubAccountSpotTransfer {
        sub_account_user: sub,
        is_deposit: true,
        token: "USDC".into(),
        amount: d("10"),
    };
    assert_eq!(scene.ask(ALICE, &spot_sub), Response::done());
    let send = |from: Address, source: &str, to: &str| Action::SendAsset {
        signed: signed(),
        destination: CAROL,
        source_dex: source.into(),
        destination_dex: to.into(),
        token: "USDC".into(),
        amount: d("5"),
        from_sub_account: if from == ALICE {
            String::new()
        } else {
            from.to_string()
        },
        nonce: 0,
    };
    assert_eq!(scene.ask(ALICE, &send(sub, "spot", "")), Response::done());
    assert_eq!(scene.ask(ALICE, &send(ALICE, "", "spot")), Response::done());
    assert_eq!(
        scene.ask(ALICE, &send(ALICE, "xyz", "spot")),
        refused("Insufficient balance for token transfer")
    );
    assert_eq!(
        (
            scene.cash(CAROL),
            scene.ex.account(CAROL).unwrap().spot_usdc
        ),
        (d("100005"), d("5"))
    );
}

#[test]
fn a_withdrawal_costs_a_dollar() {
    let mut scene = Scene::new();
    let withdraw = Action::Withdraw3(UsdSend {
        signed: signed(),
        destination: ALICE,
        amount: d("100"),
        time: 0,
    });
    assert_eq!(scene.ask(ALICE, &withdraw), Response::done());
    assert_eq!(scene.cash(ALICE), d("99900"));
    assert_eq!(
        (scene.ex.pots().withdrawn, scene.ex.pots().fees),
        (d("99"), d("1"))
    );
}

#[test]
fn a_transfer_opens_the_account_of_the_receiver() {
    let mut scene = Scene::new();
    let new = Address([0x99; 20]);
    let send = UsdSend {
        signed: signed(),
        destination: new,
        amount: d("50"),
        time: 0,
    };
    assert_eq!(scene.ask(ALICE, &Action::UsdSend(send)), Response::done());
    assert_eq!(scene.ask(new, &Action::Noop), Response::done());
}

#[test]
fn margin_in_use_cannot_be_sent_away() {
    let mut scene = Scene::new();
    scene.quote("99", "100", "10000");
    scene.leverage(ALICE, 2, true, 2);
    scene.filled(ALICE, tif(Tif::Ioc, buy("100", "1000")));
    // 100 000 − 45 − 50 000
    let send = |amount: &str| {
        Action::UsdSend(UsdSend {
            signed: signed(),
            destination: BOB,
            amount: d(amount),
            time: 0,
        })
    };
    assert_eq!(
        scene.ask(ALICE, &send("49955.01")),
        refused("Insufficient balance for token transfer")
    );
    assert_eq!(scene.ask(ALICE, &send("49955")), Response::done());
}

#[test]
fn the_house_takes_no_orders_from_outside() {
    let mut scene = Scene::new();
    assert_eq!(scene.ask(HOUSE, &Action::Noop), unknown(HOUSE));
    assert_eq!(scene.ask(BACKSTOP, &Action::Noop), unknown(BACKSTOP));
    assert_eq!(
        scene.ask(ALICE, &approve(BOB, None)),
        refused("API wallets cannot perform this action.")
    );
    assert!(scene.ex.deposit(T0, HOUSE, d("5")).is_err());
}
