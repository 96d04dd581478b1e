//! Words of the operator: `/control/…`, where it is enabled.

use super::task::Venue;
use crate::engine::{Feed, Input, InputError, Instrument, Millis, Settings as Rules};
use crate::faults::Plan;
use crate::host::{Faults, Limits};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use sixbtc_exchange::wire::Address;

/// Why a word of the operator was not followed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No such word, or not with that.
    #[error("{0}")]
    Words(String),
    /// The venue refuses it.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The clock is somebody else's.
    #[error("this venue's clock is not its own: it can be neither stepped nor sped up")]
    Clock,
}

/// A word of the operator.
#[derive(Debug)]
pub(super) enum Control {
    State,
    Input(Input),
    Step(Millis),
    Speed(f64),
    Faults(Option<Plan>),
    Offset(Millis),
    Limits(Limits),
    Rules(Value),
    Disconnect,
}

#[derive(Deserialize)]
struct Money {
    user: Address,
    usdc: Decimal,
}

#[derive(Deserialize)]
struct Step {
    ms: Millis,
}

#[derive(Deserialize)]
struct Speed {
    speed: f64,
}

#[derive(Deserialize)]
struct Offset {
    offset_ms: Millis,
}

#[derive(Deserialize)]
struct Until {
    until: Option<Millis>,
}

#[derive(Deserialize)]
struct AgentKey {
    agent: Address,
}

#[derive(Deserialize)]
struct Coin {
    coin: String,
}

#[derive(Deserialize)]
struct Feeds {
    feeds: Vec<Feed>,
}

#[derive(Deserialize)]
struct Listing {
    name: String,
    sz_decimals: u32,
    max_leverage: u32,
    oracle_px: Decimal,
}

impl Control {
    /// Every word.
    pub const WORDS: [&str; 16] = [
        "state",
        "faucet",
        "deposit",
        "step",
        "speed",
        "faults",
        "clock",
        "list",
        "instrument",
        "delist",
        "post-only",
        "revoke-agent",
        "feed",
        "limits",
        "rules",
        "disconnect",
    ];

    /// Reads one; `None` for a word that there is not.
    pub fn read(word: &str, body: &[u8]) -> Option<Result<Self, ControlError>> {
        fn of<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ControlError> {
            serde_json::from_slice(body).map_err(|error| ControlError::Words(error.to_string()))
        }
        Some(match word {
            "state" => Ok(Self::State),
            "faucet" | "deposit" => {
                of(body).map(|Money { user, usdc }| Self::Input(Input::Deposit { user, usdc }))
            }
            "step" => of(body).map(|Step { ms }| Self::Step(ms)),
            "speed" => of(body).map(|Speed { speed }| Self::Speed(speed)),
            "faults" => of::<Option<Plan>>(body).and_then(|plan| {
                // What is read has its numbers checked when it is made.
                let plan = plan
                    .map(|plan| Plan::new(plan.seed, plan.rules))
                    .transpose();
                plan.map(Self::Faults)
                    .map_err(|error| ControlError::Words(error.to_string()))
            }),
            "clock" => of(body).map(|Offset { offset_ms }| Self::Offset(offset_ms)),
            "list" => of(body).map(|listing: Listing| {
                Self::Input(Input::List {
                    instrument: Instrument::new(
                        &listing.name,
                        listing.sz_decimals,
                        listing.max_leverage,
                    ),
                    oracle_px: listing.oracle_px,
                })
            }),
            "instrument" => {
                of(body).map(|instrument| Self::Input(Input::Instrument { instrument }))
            }
            "delist" => of(body).map(|Coin { coin }| Self::Input(Input::Delist { coin })),
            "post-only" => of(body).map(|Until { until }| Self::Input(Input::PostOnly { until })),
            "revoke-agent" => {
                of(body).map(|AgentKey { agent }| Self::Input(Input::RevokeAgent { agent }))
            }
            "feed" => of(body).map(|Feeds { feeds }| Self::Input(Input::Feed { feeds })),
            "limits" => of(body).map(Self::Limits),
            "rules" => of(body).map(Self::Rules),
            "disconnect" => Ok(Self::Disconnect),
            _ => return None,
        })
    }
}

impl Venue {
    /// Follows a word.
    pub(super) fn control(&mut self, now: Millis, control: Control) -> Result<Value, ControlError> {
        match control {
            Control::State => {}
            Control::Input(input) => self.net.host_mut().operate(now, input)?,
            Control::Step(ms) => {
                if ms < 0 {
                    return Err(ControlError::Words("time does not go back".to_owned()));
                }
                if !self.clock.step(ms) {
                    return Err(ControlError::Clock);
                }
                let to = self.clock.now();
                self.net.run(to);
                self.move_to(to);
            }
            Control::Speed(speed) => {
                if !self.clock.set_speed(speed) {
                    return Err(ControlError::Clock);
                }
                self.mind_speed();
            }
            Control::Faults(plan) => self
                .net
                .set_faults(plan.map(|plan| Box::new(plan) as Box<dyn Faults>)),
            Control::Offset(offset) => self.net.set_offset(offset),
            Control::Limits(limits) => {
                let mut settings = *self.net.host().settings();
                settings.limits = limits;
                self.net.host_mut().set_settings(settings);
            }
            Control::Rules(changes) => {
                let settings = self.changed_rules(changes)?;
                let settings = Box::new(settings);
                self.net
                    .host_mut()
                    .operate(now, Input::Settings { settings })?;
            }
            Control::Disconnect => self.net.host_mut().close_all(),
        }
        Ok(self.description())
    }

    /// The rules with some of them changed.
    fn changed_rules(&self, changes: Value) -> Result<Rules, ControlError> {
        let words = |error: serde_json::Error| ControlError::Words(error.to_string());
        let rules = self.net.host().exchange().settings();
        let mut rules = serde_json::to_value(rules).map_err(words)?;
        let (Value::Object(rules_of), Value::Object(changes)) = (&mut rules, changes) else {
            return Err(ControlError::Words(
                "rules are an object of those that change".to_owned(),
            ));
        };
        for (name, value) in changes {
            if !rules_of.contains_key(&name) {
                return Err(ControlError::Words(format!("there is no rule `{name}`")));
            }
            rules_of.insert(name, value);
        }
        serde_json::from_value(rules).map_err(words)
    }

    fn description(&self) -> Value {
        let host = self.net.host();
        let exchange = host.exchange();
        let coins: Vec<&str> = exchange
            .markets()
            .iter()
            .map(|market| market.instrument.name.as_str())
            .collect();
        json!({
            "now": exchange.now(),
            "speed": self.clock.speed(),
            "coins": coins,
            "accounts": exchange.accounts().count(),
            "sessions": host.sessions().count(),
            "hash": exchange.state_hash(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_and_no_other() {
        for word in Control::WORDS {
            assert!(Control::read(word, b"{}").is_some(), "{word}");
            assert!(Control::read(word, b"{").is_some(), "{word}");
        }
        assert!(Control::read("withdraw", b"{}").is_none());
        let user = "0x5e9ee1089755c3435139848e47e6635505d5a13a";
        for usdc in ["\"12.5\"", "12.5"] {
            let body = format!(r#"{{"user":"{user}","usdc":{usdc}}}"#);
            let read = Control::read("faucet", body.as_bytes()).unwrap().unwrap();
            let Control::Input(Input::Deposit { usdc, .. }) = read else {
                panic!("{read:?}");
            };
            assert_eq!(usdc, Decimal::new(125, 1));
        }
        let wrong = Control::read("faucet", br#"{"user":"0x1","usdc":1}"#).unwrap();
        assert!(
            wrong
                .unwrap_err()
                .to_string()
                .contains("40 hexadecimal digits")
        );
    }
}
