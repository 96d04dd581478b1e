//! Scenes over a host: a hand-made market, signed requests, frames.

mod http;
mod net;
mod signed;
mod ws;

use super::*;
use crate::engine::Instrument;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sixbtc_exchange::Network;
use sixbtc_exchange::client::HttpAnswer;
use sixbtc_exchange::sign::{Key, seal};
use sixbtc_exchange::wire::info::Candle;
use sixbtc_exchange::wire::{Action, Address, OrderWire, Side, Tif};
use std::net::{IpAddr, Ipv4Addr};

pub const T0: Millis = 1_700_006_400_000;
pub const MINUTE: Millis = 60_000;
pub const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub fn key(n: u8) -> Key {
    Key::from_bytes(&[n; 32]).unwrap()
}

/// Coin X at 100, 101, 102, … from minute to minute, quoted ten ticks around.
pub struct Steps {
    next: Millis,
}

impl Steps {
    pub fn new() -> Self {
        Self { next: T0 }
    }

    fn price(time: Millis) -> Decimal {
        Decimal::from(100 + (time - T0).div_euclid(MINUTE))
    }
}

impl Source for Steps {
    fn listings(&self) -> Vec<(Instrument, Decimal)> {
        vec![
            (Instrument::new("X", 2, 10), d("100")),
            (Instrument::new("Y", 2, 3), d("7")),
        ]
    }

    fn next(&mut self, until: Millis) -> Option<(Millis, Vec<Feed>)> {
        (self.next <= until).then(|| {
            let time = self.next;
            self.next += MINUTE;
            let px = Self::price(time);
            let coin = || "X".to_owned();
            let quotes = Feed::Liquidity {
                coin: coin(),
                bids: vec![(px - d("0.1"), d("50")), (px - d("0.2"), d("500"))],
                asks: vec![(px + d("0.1"), d("50")), (px + d("0.2"), d("500"))],
            };
            (time, vec![Feed::Oracle { coin: coin(), px }, quotes])
        })
    }

    fn candles(
        &self,
        coin: &str,
        interval: &str,
        from: Millis,
        to: Millis,
        now: Millis,
    ) -> Option<Vec<Candle>> {
        (coin == "X").then(|| {
            let first = from.max(T0);
            let first = first - first.rem_euclid(MINUTE);
            (first..=to.min(now))
                .step_by(MINUTE as usize)
                .map(|t| Candle {
                    t,
                    close_time: t + MINUTE - 1,
                    s: coin.to_owned(),
                    i: interval.to_owned(),
                    o: Self::price(t),
                    c: Self::price(t),
                    h: Self::price(t),
                    l: Self::price(t),
                    v: if now >= t + MINUTE { d("60") } else { d("1") },
                    n: 1,
                })
                .collect()
        })
    }
}

/// A host with Alice (key 1), Bob (2) and money in both.
pub struct Scene {
    pub host: Host,
    pub now: Millis,
    nonce: u64,
}

impl Scene {
    pub fn new() -> Self {
        Self::with(HostSettings::default())
    }

    pub fn with(settings: HostSettings) -> Self {
        let rules = Settings {
            mark_from_oracle: true,
            ..Settings::default()
        };
        let mut host = Host::new(rules, settings, Some(Box::new(Steps::new())), T0).unwrap();
        for n in [1, 2] {
            let user = key(n).address();
            let usdc = d("10000");
            host.operate(T0, Input::Deposit { user, usdc }).unwrap();
        }
        Self {
            host,
            now: T0,
            nonce: T0 as u64,
        }
    }

    pub fn nonce(&mut self) -> u64 {
        self.nonce += 1;
        self.nonce
    }

    pub fn pass(&mut self, ms: Millis) {
        self.now += ms;
        self.host.step_to(self.now);
    }

    pub fn post(&mut self, path: &str, body: impl AsRef<[u8]>) -> HttpAnswer {
        self.host.post(self.now, HOME, path, body.as_ref())
    }

    pub fn info(&mut self, request: &Value) -> Value {
        let answer = self.post("/info", request.to_string());
        assert_eq!(answer.status, 200, "{request} {answer:?}");
        assert!(answer.is_json());
        serde_json::from_slice(&answer.body).unwrap()
    }

    pub fn sealed(&mut self, n: u8, action: Action, vault: Option<Address>) -> Vec<u8> {
        let nonce = self.nonce();
        let envelope = seal(&key(n), Network::Local, action, nonce, vault, None).unwrap();
        serde_json::to_vec(&envelope).unwrap()
    }

    /// Asks with key `n`.
    pub fn ask(&mut self, n: u8, action: Action) -> Value {
        let body = self.sealed(n, action, None);
        self.exchange(body)
    }

    pub fn exchange(&mut self, body: impl AsRef<[u8]>) -> Value {
        let answer = self.post("/exchange", body);
        assert_eq!(
            answer.status,
            200,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        assert!(answer.is_json());
        serde_json::from_slice(&answer.body).unwrap()
    }

    pub fn open(&mut self) -> SessionId {
        self.host.open(self.now, HOME).unwrap()
    }

    pub fn say(&mut self, session: SessionId, message: &Value) -> Vec<Value> {
        self.host.text(self.now, session, &message.to_string());
        self.frames(session)
    }

    pub fn frames(&mut self, session: SessionId) -> Vec<Value> {
        self.host
            .outbox(session)
            .iter()
            .map(|text| serde_json::from_str(text).unwrap())
            .collect()
    }

    /// Subscribes, and gives what comes behind the acknowledgement.
    pub fn follow(&mut self, session: SessionId, subscription: &Value) -> Vec<Value> {
        let mut frames = self.say(
            session,
            &json!({ "method": "subscribe", "subscription": subscription }),
        );
        assert_eq!(frames[0]["channel"], "subscriptionResponse", "{frames:?}");
        frames.remove(0);
        frames
    }
}

/// On X.
pub fn order(buy: bool, px: &str, sz: &str, tif: Tif) -> Action {
    Action::orders(vec![OrderWire::limit(0, Side::of(buy), d(px), d(sz), tif)])
}

pub fn err(answer: &Value) -> &str {
    assert_eq!(answer["status"], "err", "{answer}");
    answer["response"].as_str().unwrap()
}

pub fn of_channel<'a>(frames: &'a [Value], channel: &str) -> Vec<&'a Value> {
    frames
        .iter()
        .filter(|frame| frame["channel"] == channel)
        .map(|frame| &frame["data"])
        .collect()
}
