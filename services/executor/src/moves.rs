//! Money between the master account and its subaccounts, moved once.
//!
//! Whoever wants money moved writes it into the store; the executor, which alone has the master's key, carries it out. A
//! request is written down before it is sent, with the time after which the exchange refuses it. When its fate is not known – no
//! answer, or a kill in between – nothing is sent again before that time has passed and the exchange's own ledger has been read:
//! it says whether the money moved.

use crate::clock::VenueClock;
use crate::vault::{Vault, VaultError, micro};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sixbtc_core::shared;
use sixbtc_core::store::{Store, StoreError};
use sixbtc_exchange::Millis;
use sixbtc_exchange::client::{Outcome, Rest};
use sixbtc_exchange::wire::exchange::Response;
use sixbtc_exchange::wire::info::{LedgerDelta, LedgerUpdate};
use sixbtc_exchange::wire::{Action, Address};

/// How long a request may be under way, ms.
const EXPIRES: Millis = 10_000;
/// How long after its end the ledger is believed, ms.
const MARGIN: Millis = 3_000;
/// A wish that nobody carried out for so long is dropped, ms of the store's clock: a market's may stand still.
const STALE: Millis = 10 * 60_000;

/// A request that was sent, or was about to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Under {
    /// Its nonce.
    pub nonce: u64,
    /// When it was made, ms of the venue.
    pub at: Millis,
    /// From when on the exchange refuses it, ms of the venue.
    pub expires: Millis,
}

/// A transfer that somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Dollars, to the subaccount when positive.
    pub amount: Decimal,
    /// When it was wished, ms of the store's clock.
    pub at: Millis,
    /// The request, once there is one.
    pub under: Option<Under>,
}

/// Transfers of one subaccount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moves {
    /// How many were made.
    pub made: u64,
    /// The one that is wished.
    pub wish: Option<Wish>,
    /// Why the last one was not made.
    pub refused: Option<String>,
}

/// Where they lie in the store.
pub fn key(network: &str, master: Address, subaccount: i64) -> String {
    format!("hyperliquid/{network}/{master}/{subaccount}/transfers")
}

/// What came of looking after a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// There is none.
    Nothing,
    /// It has to wait.
    Waits,
    /// It is settled, one way or the other.
    Settled,
}

/// Why a wish was not looked after.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The exchange.
    #[error(transparent)]
    Read(#[from] sixbtc_exchange::client::ReadError),
}

/// Carries out wishes of one master account.
pub struct Mover<'a> {
    /// The store.
    pub store: &'a Store,
    /// The exchange.
    pub rest: &'a Rest,
    /// The keys.
    pub vault: &'a Vault,
    /// Time at the venue.
    pub clock: &'a VenueClock,
    /// How much faster than life that time goes: a request takes as long by the wall.
    pub speed: f64,
    /// The master account.
    pub master: Address,
    /// Who writes.
    pub by: &'a str,
}

impl Mover<'_> {
    /// Looks after the wish of a subaccount.
    pub async fn look(&self, number: i64, user: Address) -> Result<Looked, MoveError> {
        let key = key(&self.vault.network().to_string(), self.master, number);
        let Some(found) = shared::read::<Moves>(self.store, &key).await? else {
            return Ok(Looked::Nothing);
        };
        let (moves, version) = (found.value, found.version);
        let Some(wish) = moves.wish else {
            return Ok(Looked::Nothing);
        };
        let now = self.clock.now();
        match wish.under {
            Some(under) if now < under.expires + MARGIN => Ok(Looked::Waits),
            Some(under) => {
                let rows = self
                    .rest
                    .ledger_since(self.master, under.at - MARGIN)
                    .await?;
                let moved = rows.iter().any(|row| self.is(row, wish, under, user));
                let mut next = moves;
                if moved {
                    next.made += 1;
                    next.wish = None;
                } else {
                    next.wish = Some(Wish {
                        under: None,
                        ..wish
                    });
                }
                self.write(&key, &next, version).await?;
                Ok(if moved {
                    Looked::Settled
                } else {
                    Looked::Waits
                })
            }
            None if self.store.now() - wish.at > STALE => {
                self.refuse(&key, moves, version, "nobody carried it out in time")
                    .await
            }
            None => self.send(&key, moves, version, wish, user).await,
        }
    }

    async fn send(
        &self,
        key: &str,
        mut moves: Moves,
        version: i64,
        wish: Wish,
        user: Address,
    ) -> Result<Looked, MoveError> {
        let Some(usd) = micro(wish.amount) else {
            return self
                .refuse(key, moves, version, "it is no amount of money")
                .await;
        };
        let now = self.clock.now();
        let under = Under {
            nonce: self.vault.nonce(now),
            at: now,
            expires: now + (EXPIRES as f64 * self.speed.max(1.0)) as Millis,
        };
        moves.wish = Some(Wish {
            under: Some(under),
            ..wish
        });
        // whoever comes after a kill knows that it may have been sent
        let Some(version) = self.write(key, &moves, version).await? else {
            return Ok(Looked::Waits);
        };
        let action = |_| Action::SubAccountTransfer {
            sub_account_user: user,
            is_deposit: wish.amount > Decimal::ZERO,
            usd,
        };
        let times = (under.nonce, under.expires);
        let why = "no money is moved: move it on the exchange, or take its key in";
        let sent = self
            .vault
            .as_master(self.rest, self.master, action, times, why)
            .await;
        match sent {
            Ok(Outcome::Answered(Response::Ok(_))) => {
                moves.made += 1;
                moves.wish = None;
                moves.refused = None;
                self.write(key, &moves, version).await?;
                tracing::info!(subaccount = %user, amount = %wish.amount, "money moved");
                Ok(Looked::Settled)
            }
            Ok(Outcome::Answered(Response::Err(says))) => {
                self.refuse(key, moves, version, &says).await
            }
            Ok(Outcome::NotSent(why)) => {
                tracing::warn!(%why, "money is not moved yet");
                moves.wish = Some(wish);
                self.write(key, &moves, version).await?;
                Ok(Looked::Waits)
            }
            Ok(Outcome::Unknown(why)) => {
                tracing::warn!(%why, "whether money moved is not known yet");
                Ok(Looked::Waits)
            }
            Err(e) => {
                let says = e.to_string();
                self.refuse(key, moves, version, &says).await?;
                Err(e.into())
            }
        }
    }

    async fn refuse(
        &self,
        key: &str,
        mut moves: Moves,
        version: i64,
        says: &str,
    ) -> Result<Looked, MoveError> {
        tracing::warn!(says, "money is not moved");
        moves.wish = None;
        moves.refused = Some(says.to_owned());
        self.write(key, &moves, version).await?;
        Ok(Looked::Settled)
    }

    async fn write(
        &self,
        key: &str,
        moves: &Moves,
        version: i64,
    ) -> Result<Option<i64>, StoreError> {
        shared::write(self.store, key, moves, version, self.by).await
    }

    /// Whether a row of the ledger is this wish's.
    fn is(&self, row: &LedgerUpdate, wish: Wish, under: Under, sub: Address) -> bool {
        let LedgerDelta::SubAccountTransfer {
            usdc,
            user,
            destination,
        } = &row.delta
        else {
            return false;
        };
        let (from, to) = if wish.amount > Decimal::ZERO {
            (self.master, sub)
        } else {
            (sub, self.master)
        };
        let amount = micro(usdc.0) == micro(wish.amount);
        let time = (under.at - MARGIN..=under.expires + MARGIN).contains(&row.time);
        amount && time && *user == from && *destination == to
    }
}
