//! Accounts, their disks and clocks, and the simulated exchange behind its network, on a clock of their own.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod seat;

use async_trait::async_trait;
use futures_util::FutureExt;
use rust_decimal::Decimal;
use serde_json::Value;
use sixbtc_exchange::client::{
    HttpAnswer, Outcome, ReadError, Ready, Rest, RestSettings, Transport, TransportError,
};
use sixbtc_exchange::sign::Key;
use sixbtc_exchange::wire::action::Signed;
use sixbtc_exchange::wire::{Action, Address, InfoRequest};
use sixbtc_exchange::{Network, WallPace};
use sixbtc_venue::engine::Input;
use sixbtc_venue::host::{Host, Net};
use std::sync::{Arc, Mutex};

pub use seat::*;

/// An address of the venue's clients.
pub const IP: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// Small chance.
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.roll() % n.max(1)
    }
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
    pub fn mille(&mut self, thousandths: u64) -> bool {
        self.below(1_000) < thousandths
    }
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// A request that has ended already: the client's own code says what that means.
struct Canned(Mutex<Option<Result<HttpAnswer, TransportError>>>);

#[async_trait]
impl Transport for Canned {
    async fn post(&self, _: &str, _: Vec<u8>) -> Result<HttpAnswer, TransportError> {
        self.0.lock().unwrap().take().expect("one try")
    }
}

fn client(result: Result<HttpAnswer, TransportError>) -> Rest {
    let settings = RestSettings {
        tries: 1,
        ..RestSettings::default()
    };
    let canned = Arc::new(Canned(Mutex::new(Some(result))));
    Rest::new(canned, Arc::new(WallPace::default()), settings)
}

/// What the client makes of the end of an action.
pub fn outcome(ready: &Ready, result: Result<HttpAnswer, TransportError>) -> Outcome {
    let rest = client(result);
    rest.exchange(ready).now_or_never().expect("at once")
}

/// What the client makes of the end of a question.
pub fn answer(
    request: &InfoRequest,
    result: Result<HttpAnswer, TransportError>,
) -> Result<Value, ReadError> {
    let rest = client(result);
    rest.info::<Value>(request)
        .now_or_never()
        .unwrap_or(Err(ReadError::Failing("it takes long".to_owned())))
}

/// Keys of a test, by a number.
pub fn key(number: u64) -> Key {
    let mut bytes = [7; 32];
    bytes[24..].copy_from_slice(&(number + 1).to_be_bytes());
    Key::from_bytes(&bytes).unwrap()
}

/// A subaccount with money, and an agent of its master that may trade for it.
pub struct Deposited {
    pub user: Address,
    pub master: Address,
    pub agent: Key,
}

/// Makes one at a venue, in the ways that there are.
pub fn deposit(host: &mut Host, now: i64, number: u64, usdc: u64) -> Deposited {
    let (master, agent) = (key(2 * number), key(2 * number + 1));
    let first = now as u64;
    let act = |host: &mut Host, nonce: u64, action: Action| {
        let input = Input::Apply {
            signer: master.address(),
            vault: None,
            nonce,
            expires_after: None,
            action,
        };
        host.operate(now, input).unwrap();
    };
    let money = Input::Deposit {
        user: master.address(),
        usdc: Decimal::from(usdc),
    };
    host.operate(now, money).unwrap();
    let name = format!("sixbtc-{number}");
    act(host, first, Action::CreateSubAccount { name });
    let subs = host.exchange().sub_accounts(master.address()).unwrap();
    let user = subs[0].sub_account_user;
    act(
        host,
        first + 1,
        Action::SubAccountTransfer {
            sub_account_user: user,
            is_deposit: true,
            usd: usdc * 1_000_000,
        },
    );
    act(
        host,
        first + 2,
        Action::ApproveAgent {
            signed: Signed::on(Network::Local),
            agent_address: agent.address(),
            agent_name: Some("bot".to_owned()),
            nonce: first + 2,
        },
    );
    let equity = host.exchange().clearinghouse_state(user);
    assert_eq!(equity.margin_summary.account_value, Decimal::from(usdc));
    assert_eq!(host.exchange().extra_agents(master.address()).len(), 1);
    Deposited {
        user,
        master: master.address(),
        agent,
    }
}

/// A network in which nothing goes wrong, in front of a host.
pub fn net(host: Host) -> Net {
    Net::new(host)
}
