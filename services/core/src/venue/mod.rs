//! Where strategies trade: subaccounts, orders, positions, fills.
//!
//! Everything is written so that a caller may die between any two calls: whoever comes after it asks again with the same
//! identities, and nothing happens twice. Money is decimal; a price or size that came from a simulation is rounded on entry.

mod account;
mod desk;
mod simulated;

pub use account::{Account, Refusal};
pub use desk::{Desk, DeskError, OpenVenue, Opening, decimal};
pub use simulated::{Costs, SimulatedVenue};

use crate::model::Millis;
use async_trait::async_trait;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde::{Deserialize, Serialize};
use sixbtc_market::Timeframe;
use uuid::Uuid;

/// Decimals of an amount of money or units.
pub const DECIMALS: u32 = 8;

/// A number of a simulation as an amount, rounded to [`DECIMALS`]; `None` when it is not finite or beyond any amount.
pub fn amount(value: f64) -> Option<Decimal> {
    Decimal::from_f64(value).map(|d| d.round_dp(DECIMALS).normalize())
}

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Buys.
    Buy,
    /// Sells.
    Sell,
}

impl Direction {
    /// `+1` for buying, `−1` for selling.
    pub fn sign(self) -> Decimal {
        match self {
            Self::Buy => Decimal::ONE,
            Self::Sell => Decimal::NEGATIVE_ONE,
        }
    }

    /// The other.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
}

/// How the kernel's run over the same bars says that an order fills. The simulated account takes it at its word, so that there
/// is one definition of a fill; a real venue ignores it, and what it does instead is the shortfall of the execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFill {
    /// When: open of the bar.
    pub at: Millis,
    /// Price, slippage and tick rounding contained.
    pub price: Decimal,
    /// Fee.
    pub fee: Decimal,
    /// Funding paid since the entry; negative when received. 0 for an entry.
    pub funding: Decimal,
}

/// An order at market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrder {
    /// Identity given by the caller, made from what the order is for: the same purpose, the same identity. A venue takes an
    /// identity once.
    pub client: Uuid,
    /// Subaccount.
    pub subaccount: i64,
    /// Symbol.
    pub symbol: String,
    /// Buys or sells.
    pub direction: Direction,
    /// Units, above 0.
    pub size: Decimal,
    /// Only makes a position smaller: cut to what is open, refused when nothing is.
    pub reduce_only: bool,
    /// Market time of the decision. A replayed market fills at the first open at or after it.
    pub at: Millis,
    /// The strategy's clock, on whose bars a replayed market fills.
    #[serde(with = "clock")]
    pub clock: Timeframe,
    /// What the simulation says.
    pub model: Option<ModelFill>,
}

/// A timeframe as text.
mod clock {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use sixbtc_market::Timeframe;

    // the shape that serde asks for
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub fn serialize<S: Serializer>(clock: &Timeframe, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(clock)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timeframe, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// A fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// Counts the fills of a subaccount: later ones have larger numbers.
    pub number: u64,
    /// Of which order.
    pub client: Uuid,
    /// Symbol.
    pub symbol: String,
    /// Bought or sold.
    pub direction: Direction,
    /// Units.
    pub size: Decimal,
    /// Price.
    pub price: Decimal,
    /// Fee.
    pub fee: Decimal,
    /// Funding settled with it, paid when positive.
    pub funding: Decimal,
    /// Profit that it realised before fee and funding; 0 for what opens.
    pub realised: Decimal,
    /// Market time.
    pub at: Millis,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// Filled, now or when the same order came before.
    Filled(Fill),
    /// Waits for the next open.
    Waiting,
}

/// An open position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Symbol.
    pub symbol: String,
    /// Units; negative when short, never 0.
    pub size: Decimal,
    /// Average entry price.
    pub entry: Decimal,
}

/// A subaccount as the venue has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Its number, from 1.
    pub subaccount: i64,
    /// Realised balance in quote currency.
    pub balance: Decimal,
    /// What open positions would bring, as the venue values them; `None` where it does not: they are valued by candles then.
    pub unrealised: Option<Decimal>,
    /// When it stood so, by the venue's clock; `None` where a read is of the moment at which it is made.
    pub at: Option<Millis>,
    /// How many transfers it has seen: part of the identity of the next one, so that two who mean the same transfer make it
    /// once.
    pub transfers: u64,
}

/// What the master account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Balance and unrealised result, quote currency.
    pub equity: Decimal,
    /// What of it may be moved to subaccounts or taken out.
    pub free: Decimal,
    /// When it stood so, as [`Balance::at`].
    pub at: Option<Millis>,
}

/// A transfer between the master account and a subaccount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// [`Balance::transfers`] as the caller saw it: a transfer that somebody else made meanwhile is not made again.
    pub after: u64,
    /// Subaccount.
    pub subaccount: i64,
    /// From the master account when positive, back to it when negative.
    pub amount: Decimal,
}

/// Where money is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Not at the venue: deposits come from there, withdrawals go there.
    Outside,
    /// On the master account.
    Master,
    /// On a subaccount.
    Subaccount(i64),
    /// On an account that is not ours, or that the venue does not name.
    Unknown,
}

/// Money that moved for another reason than trading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// The venue's identity of it.
    pub id: String,
    /// When.
    pub at: Millis,
    /// Where it was.
    pub from: Place,
    /// Where it is.
    pub to: Place,
    /// How much, above 0.
    pub amount: Decimal,
}

/// Why a venue did not do it.
#[derive(Debug, thiserror::Error)]
pub enum VenueError {
    /// The order or transfer makes no sense; asking again does not help.
    #[error("the venue refuses: {0}")]
    Refused(String),
    /// It may work later.
    #[error("the venue does not answer: {0}")]
    Unavailable(String),
    /// The store under a simulated account.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

/// A place to trade.
#[async_trait]
pub trait Venue: Send + Sync {
    /// Its name, for people.
    fn name(&self) -> &'static str;

    /// What the master account holds.
    async fn master(&self) -> Result<Holding, VenueError>;

    /// All subaccounts, by number.
    async fn subaccounts(&self) -> Result<Vec<Balance>, VenueError>;

    /// Moves money between master and subaccount; `false` when somebody did meanwhile.
    async fn transfer(&self, transfer: Transfer) -> Result<bool, VenueError>;

    /// Places an order. The same order again does nothing and tells what became of it.
    async fn place(&self, order: &NewOrder) -> Result<Placed, VenueError>;

    /// Takes back an order that waits; `false` when there is none such.
    async fn cancel(&self, subaccount: i64, client: Uuid) -> Result<bool, VenueError>;

    /// Open positions of a subaccount, by symbol.
    async fn positions(&self, subaccount: i64) -> Result<Vec<Position>, VenueError>;

    /// Fills of a subaccount with numbers above `after`, oldest first; venues keep the latest ones only.
    async fn fills(&self, subaccount: i64, after: u64) -> Result<Vec<Fill>, VenueError>;

    /// Money that moved since a time, oldest first; venues keep the latest movements only. One that keeps no record of them
    /// tells none: then money that comes and goes looks like profit and loss to whoever measures drawdowns.
    async fn movements(&self, since: Millis) -> Result<Vec<Movement>, VenueError> {
        let _ = since;
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_and_nonsense_is_none() {
        assert_eq!(amount(0.1 + 0.2).unwrap().to_string(), "0.3");
        assert_eq!(amount(-1.234_567_891).unwrap().to_string(), "-1.23456789");
        assert_eq!(amount(f64::NAN), None);
        assert_eq!(amount(f64::INFINITY), None);
        assert_eq!(amount(1e300), None);
    }
}
