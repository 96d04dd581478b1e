//! `POST /exchange`: what is sent, and its three shapes of answer.

use super::number::as_out;
use super::{Action, Address, Cloid, Oid};
use crate::sign::Signature;
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A signed action. A venue reads `Envelope<Ordered>`, to check the signature over what was really sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<A = Action> {
    /// What is to be done.
    pub action: A,
    /// Milliseconds, as a rule; used once per signer.
    pub nonce: u64,
    /// By an account or by its agent.
    pub signature: Signature,
    /// The subaccount or vault that acts, when it is not the signer's own account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault_address: Option<Address>,
    /// After this time the action is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<u64>,
}

/// What the exchange answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", content = "response", rename_all = "camelCase")]
pub enum Response {
    /// Taken; single items may still have been refused.
    Ok(Done),
    /// Refused as a whole.
    Err(String),
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", content = "data", rename_all = "camelCase")]
pub enum Done {
    /// Orders, also of batchModify.
    Order(Statuses<OrderAnswer>),
    /// Cancels.
    Cancel(Statuses<CancelAnswer>),
    /// A new subaccount.
    CreateSubAccount(Address),
    /// An order over time.
    TwapOrder(TwapStatus),
    /// Its end.
    TwapCancel(TwapStatus),
    /// Done, and nothing to say.
    Default,
    /// A kind of answer that we do not know.
    #[serde(untagged)]
    Other {
        /// Its name.
        #[serde(rename = "type")]
        kind: String,
        /// What it holds.
        data: Value,
    },
}

impl<'de> Deserialize<'de> for Done {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            #[serde(rename = "type")]
            kind: String,
            #[serde(default)]
            data: Value,
        }
        fn read<T: serde::de::DeserializeOwned, E: serde::de::Error>(data: Value) -> Result<T, E> {
            serde_json::from_value(data).map_err(E::custom)
        }
        let Raw { kind, data } = Raw::deserialize(deserializer)?;
        Ok(match kind.as_str() {
            "order" => Self::Order(read::<_, D::Error>(data)?),
            "cancel" => Self::Cancel(read::<_, D::Error>(data)?),
            "createSubAccount" => Self::CreateSubAccount(read::<_, D::Error>(data)?),
            "twapOrder" => Self::TwapOrder(read::<_, D::Error>(data)?),
            "twapCancel" => Self::TwapCancel(read::<_, D::Error>(data)?),
            "default" => Self::Default,
            "" => return Err(D::Error::custom("an answer without a type")),
            _ => Self::Other { kind, data },
        })
    }
}

/// One item per item asked, in the same order; fewer when one error is for all of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statuses<T> {
    /// The items.
    pub statuses: Vec<T>,
}

/// The one state of an order over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TwapStatus {
    /// `{"running":{"twapId":…}}`, `"success"` or `{"error":…}`.
    pub status: Value,
}

/// What became of one order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum OrderAnswer {
    /// It rests, or waits for its trigger.
    Resting {
        /// Its number.
        oid: Oid,
        /// Our name for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cloid: Option<Cloid>,
    },
    /// Something was filled at once. **Not** necessarily all: the rest of a Gtc rests under the same number.
    Filled {
        /// How much was filled.
        #[serde(with = "as_out")]
        total_sz: Decimal,
        /// At which price on average.
        #[serde(with = "as_out")]
        avg_px: Decimal,
        /// Its number.
        oid: Oid,
        /// Our name for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cloid: Option<Cloid>,
    },
    /// Refused; see [`errors`](super::errors).
    Error(String),
    /// Take-profit or stop-loss of an entry that is not filled yet.
    WaitingForFill,
    /// Take-profit or stop-loss that is armed.
    WaitingForTrigger,
    /// Anything else: must be looked up by its name before it is believed.
    #[serde(untagged)]
    Other(Value),
}

/// What became of one cancel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CancelAnswer {
    /// It is cancelled.
    Success,
    /// It could not be; often because it is gone already.
    Error(String),
    /// Anything else.
    #[serde(untagged)]
    Other(Value),
}

impl Response {
    /// Answer to orders.
    pub fn orders(statuses: Vec<OrderAnswer>) -> Self {
        Self::Ok(Done::Order(Statuses { statuses }))
    }

    /// Answer to cancels.
    pub fn cancels(statuses: Vec<CancelAnswer>) -> Self {
        Self::Ok(Done::Cancel(Statuses { statuses }))
    }

    /// Done, and nothing to say.
    pub fn done() -> Self {
        Self::Ok(Done::Default)
    }

    /// Refused as a whole.
    #[allow(clippy::needless_pass_by_value)] // a refusal is made where it is given
    pub fn refused(why: impl ToString) -> Self {
        Self::Err(why.to_string())
    }
}

#[cfg(test)]
#[path = "exchange_tests.rs"]
mod tests;
