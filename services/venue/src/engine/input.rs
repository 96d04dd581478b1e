//! Inputs as values: what a server writes into its log before it answers, and plays again after a restart.

use super::apply::Request;
use super::effect::Effect;
use super::exchange::{Exchange, InputError};
use super::feed::Feed;
use super::ident::Millis;
use super::instrument::Instrument;
use super::settings::Settings;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sixbtc_exchange::wire::exchange::Response;
use sixbtc_exchange::wire::{Action, Address};

/// Everything that changes an [`Exchange`]. With its time, and in the order of arrival, a list of these is its history.
///
/// An action whose numbers have more than eight decimals has no text on the wire and cannot be written down; a server refuses
/// such a request as unreadable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// Time passes.
    Advance,
    /// A request whose signature was checked.
    Apply {
        /// Address that the signature gave.
        signer: Address,
        /// Sub-account that is to act.
        vault: Option<Address>,
        /// Nonce.
        nonce: u64,
        /// After this time it is void, ms.
        expires_after: Option<u64>,
        /// What is asked.
        action: Action,
    },
    /// Prices and quotes.
    Feed {
        /// All of them, or none.
        feeds: Vec<Feed>,
    },
    /// Money from nowhere.
    Deposit {
        /// For whom.
        user: Address,
        /// How much.
        usdc: Decimal,
    },
    /// A new market.
    List {
        /// Its rules.
        instrument: Instrument,
        /// Its first price.
        oracle_px: Decimal,
    },
    /// New rules of a market.
    Instrument {
        /// The rules; the name says of which.
        instrument: Instrument,
    },
    /// A market ends.
    Delist {
        /// Which.
        coin: String,
    },
    /// New rules of the venue.
    Settings {
        /// They.
        settings: Box<Settings>,
    },
    /// Only post-only orders until then.
    PostOnly {
        /// `None` = no longer.
        until: Option<Millis>,
    },
    /// A key is dead.
    RevokeAgent {
        /// Which.
        agent: Address,
    },
}

/// What an input led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The answer to a request; `None` for inputs of the operator.
    pub response: Option<Response>,
    /// What changed.
    pub effects: Vec<Effect>,
}

impl Exchange {
    /// Does what an input says. An error leaves the state as it was.
    pub fn replay(&mut self, now: Millis, input: &Input) -> Result<Outcome, InputError> {
        let mut response = None;
        let effects = match input {
            Input::Advance => self.advance(now),
            Input::Apply {
                signer,
                vault,
                nonce,
                expires_after,
                action,
            } => {
                let request = Request {
                    signer: *signer,
                    vault: *vault,
                    nonce: *nonce,
                    expires_after: *expires_after,
                    action,
                };
                let applied = self.apply(now, &request);
                response = Some(applied.response);
                applied.effects
            }
            Input::Feed { feeds } => self.feed(now, feeds)?,
            Input::Deposit { user, usdc } => self.deposit(now, *user, *usdc)?,
            Input::List {
                instrument,
                oracle_px,
            } => {
                self.list(instrument.clone(), *oracle_px)?;
                self.advance(now)
            }
            Input::Instrument { instrument } => {
                self.set_instrument(instrument.clone())?;
                self.advance(now)
            }
            Input::Delist { coin } => self.delist_market(now, coin)?,
            Input::Settings { settings } => {
                self.set_settings((**settings).clone());
                self.advance(now)
            }
            Input::PostOnly { until } => {
                self.set_post_only_until(*until);
                self.advance(now)
            }
            Input::RevokeAgent { agent } => {
                self.revoke_agent(*agent);
                self.advance(now)
            }
        };
        Ok(Outcome { response, effects })
    }
}
