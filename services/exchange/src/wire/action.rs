//! Everything that an account can ask the exchange to do.
//!
//! The order of the members is the order in which they are signed; it must not be changed.

use super::number::{self, as_wire};
use super::order::{Builder, Grouping, OrderRef, OrderWire};
use super::{Address, Cloid, Oid};
use crate::Millis;
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// An action, named by `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Action {
    /// New orders.
    Order {
        /// In the order in which they are to be worked.
        orders: Vec<OrderWire>,
        /// How they belong together.
        grouping: Grouping,
        /// Who takes a fee on top.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        builder: Option<Builder>,
    },
    /// Cancels by the exchange's numbers.
    Cancel {
        /// Which.
        cancels: Vec<Cancel>,
        /// Before others, for a fee.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        f: Option<bool>,
    },
    /// Cancels by our names.
    CancelByCloid {
        /// Which.
        cancels: Vec<CancelByCloid>,
        /// Before others, for a fee.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        f: Option<bool>,
    },
    /// Replaces one order.
    Modify {
        /// Which.
        oid: OrderRef,
        /// By what.
        order: OrderWire,
        /// Place the new one even if the old one could not be cancelled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        a: Option<bool>,
    },
    /// Replaces several orders.
    BatchModify {
        /// Which, by what.
        modifies: Vec<Modify>,
        /// Place the new ones even if the old ones could not be cancelled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        a: Option<bool>,
    },
    /// The dead man's switch: cancels everything at a time; without one it is disarmed.
    ScheduleCancel {
        /// At least five seconds ahead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Millis>,
    },
    /// Leverage and kind of margin of an asset.
    UpdateLeverage {
        /// The asset.
        asset: u32,
        /// Cross, else isolated.
        is_cross: bool,
        /// Whole, from 1 to the asset's maximum.
        leverage: u32,
    },
    /// Adds to or takes from the margin of an isolated position.
    UpdateIsolatedMargin {
        /// The asset.
        asset: u32,
        /// Always true.
        is_buy: bool,
        /// Millionths of a dollar; negative takes out.
        ntli: i64,
    },
    /// Adds margin to an isolated position until a leverage is reached.
    TopUpIsolatedOnlyMargin {
        /// The asset.
        asset: u32,
        /// The leverage wished.
        #[serde(with = "as_wire")]
        leverage: Decimal,
    },
    /// A new subaccount of the master who signs.
    CreateSubAccount {
        /// One to sixteen characters.
        name: String,
    },
    /// Renames a subaccount.
    SubAccountModify {
        /// Which.
        sub_account_user: Address,
        /// New name.
        name: String,
    },
    /// Dollars between master and subaccount, perpetual side to perpetual side.
    SubAccountTransfer {
        /// Which.
        sub_account_user: Address,
        /// To the subaccount, else back.
        is_deposit: bool,
        /// Millionths of a dollar.
        usd: u64,
    },
    /// Tokens between master and subaccount.
    SubAccountSpotTransfer {
        /// Which.
        sub_account_user: Address,
        /// To the subaccount, else back.
        is_deposit: bool,
        /// Name and id of the token.
        token: String,
        /// How much.
        #[serde(with = "as_wire")]
        amount: Decimal,
    },
    /// Dollars to another account.
    UsdSend(UsdSend),
    /// Dollars off the exchange.
    Withdraw3(UsdSend),
    /// Tokens to another account.
    SpotSend {
        /// Where and as whom it is signed.
        #[serde(flatten)]
        signed: Signed,
        /// To whom.
        destination: Address,
        /// Name and id of the token.
        token: String,
        /// How much.
        #[serde(with = "as_wire")]
        amount: Decimal,
        /// The nonce once more.
        time: u64,
    },
    /// Dollars between the spot and the perpetual side of one account.
    UsdClassTransfer {
        /// Where and as whom it is signed.
        #[serde(flatten)]
        signed: Signed,
        /// How much, perhaps of a subaccount.
        amount: ClassAmount,
        /// To the perpetual side, else to spot.
        to_perp: bool,
        /// The nonce once more.
        nonce: u64,
    },
    /// Tokens between accounts and exchanges of builders.
    SendAsset {
        /// Where and as whom it is signed.
        #[serde(flatten)]
        signed: Signed,
        /// To whom.
        destination: Address,
        /// From which exchange; empty for the main one, `spot` for spot.
        source_dex: String,
        /// To which.
        destination_dex: String,
        /// Name and id of the token.
        token: String,
        /// How much.
        #[serde(with = "as_wire")]
        amount: Decimal,
        /// A subaccount's address, or empty.
        from_sub_account: String,
        /// The nonce once more.
        nonce: u64,
    },
    /// Lets a key trade for the account.
    ApproveAgent {
        /// Where and as whom it is signed.
        #[serde(flatten)]
        signed: Signed,
        /// Address of the key.
        agent_address: Address,
        /// Its name, perhaps with ` valid_until <ms>`; unnamed without. It replaces the key that had the name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_name: Option<String>,
        /// The nonce once more.
        nonce: u64,
    },
    /// Lets a builder take fees.
    ApproveBuilderFee {
        /// Where and as whom it is signed.
        #[serde(flatten)]
        signed: Signed,
        /// The most he may take, as `0.001%`.
        max_fee_rate: String,
        /// His address.
        builder: Address,
        /// The nonce once more.
        nonce: u64,
    },
    /// Enters a referrer's code.
    SetReferrer {
        /// The code.
        code: String,
    },
    /// Burns a nonce, so that a request on its way with the same one becomes void.
    Noop,
    /// Buys requests for the address.
    ReserveRequestWeight {
        /// How many.
        weight: u64,
    },
    /// Mode of the account, by an agent.
    AgentSetAbstraction {
        /// The mode.
        abstraction: String,
    },
    /// Mode of the account.
    UserSetAbstraction {
        /// Where and as whom it is signed.
        #[serde(flatten)]
        signed: Signed,
        /// Whose.
        user: Address,
        /// The mode.
        abstraction: String,
        /// The nonce once more.
        nonce: u64,
    },
    /// One margin over exchanges of builders.
    UserDexAbstraction {
        /// Where and as whom it is signed.
        #[serde(flatten)]
        signed: Signed,
        /// Whose.
        user: Address,
        /// On or off.
        enabled: bool,
        /// The nonce once more.
        nonce: u64,
    },
    /// The same by an agent.
    AgentEnableDexAbstraction,
    /// An order in slices over time.
    TwapOrder {
        /// What.
        twap: Twap,
    },
    /// Ends one.
    TwapCancel {
        /// The asset.
        a: u32,
        /// Its number.
        t: u64,
    },
}

/// What actions about money and keys carry for the one who checks their signature.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signed {
    /// Chain of the wallet that signed, as `0x66eee`; any will do.
    pub signature_chain_id: String,
    /// `Mainnet` or `Testnet`.
    pub hyperliquid_chain: String,
}

impl Signed {
    /// Chain id that the official client uses.
    pub const CHAIN_ID: &str = "0x66eee";

    /// For a network, as the official client does it.
    pub fn on(network: crate::Network) -> Self {
        Self {
            signature_chain_id: Self::CHAIN_ID.to_owned(),
            hyperliquid_chain: network.chain().to_owned(),
        }
    }
}

/// Dollars to somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsdSend {
    /// Where and as whom it is signed.
    #[serde(flatten)]
    pub signed: Signed,
    /// To whom.
    pub destination: Address,
    /// Dollars.
    #[serde(with = "as_wire")]
    pub amount: Decimal,
    /// The nonce once more.
    pub time: u64,
}

/// One order to cancel, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cancel {
    /// The asset.
    pub a: u32,
    /// The order.
    pub o: Oid,
}

/// One order to cancel, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CancelByCloid {
    /// The asset.
    pub asset: u32,
    /// The order.
    pub cloid: Cloid,
}

/// One order to replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Modify {
    /// Which.
    pub oid: OrderRef,
    /// By what: the size still wanted, not the size first asked.
    pub order: OrderWire,
}

/// An order in slices over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Twap {
    /// The asset.
    pub a: u32,
    /// Whether it buys.
    pub b: bool,
    /// Size in coins.
    #[serde(with = "as_wire")]
    pub s: Decimal,
    /// Whether it may only reduce.
    pub r: bool,
    /// Minutes.
    pub m: u32,
    /// Whether the slices come at random times.
    pub t: bool,
}

/// Dollars between the sides of an account: `10`, or `10 subaccount:0x…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClassAmount {
    /// Dollars.
    pub amount: Decimal,
    /// Of this subaccount rather than of the one who signs.
    pub subaccount: Option<Address>,
}

const SUBACCOUNT: &str = " subaccount:";

impl Serialize for ClassAmount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;
        let amount = number::to_wire(self.amount).map_err(S::Error::custom)?;
        match self.subaccount {
            Some(address) => serializer.collect_str(&format_args!("{amount}{SUBACCOUNT}{address}")),
            None => serializer.serialize_str(&amount),
        }
    }
}

impl<'de> Deserialize<'de> for ClassAmount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let (amount, address) = match text.split_once(SUBACCOUNT) {
            Some((amount, address)) => (amount, Some(address)),
            None => (&*text, None),
        };
        Ok(Self {
            amount: number::parse(amount).map_err(D::Error::custom)?,
            subaccount: address
                .map(str::parse)
                .transpose()
                .map_err(D::Error::custom)?,
        })
    }
}

impl Action {
    /// Orders, each for itself.
    pub fn orders(orders: Vec<OrderWire>) -> Self {
        Self::grouped(orders, Grouping::Na)
    }

    /// Orders that belong together.
    pub fn grouped(orders: Vec<OrderWire>, grouping: Grouping) -> Self {
        Self::Order {
            orders,
            grouping,
            builder: None,
        }
    }

    /// Cancels by our names.
    pub fn cancel_by_cloid(cancels: Vec<CancelByCloid>) -> Self {
        Self::CancelByCloid { cancels, f: None }
    }

    /// Cancels by the exchange's numbers.
    pub fn cancel(cancels: Vec<Cancel>) -> Self {
        Self::Cancel { cancels, f: None }
    }

    /// As it is named on the wire.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Order { .. } => "order",
            Self::Cancel { .. } => "cancel",
            Self::CancelByCloid { .. } => "cancelByCloid",
            Self::Modify { .. } => "modify",
            Self::BatchModify { .. } => "batchModify",
            Self::ScheduleCancel { .. } => "scheduleCancel",
            Self::UpdateLeverage { .. } => "updateLeverage",
            Self::UpdateIsolatedMargin { .. } => "updateIsolatedMargin",
            Self::TopUpIsolatedOnlyMargin { .. } => "topUpIsolatedOnlyMargin",
            Self::CreateSubAccount { .. } => "createSubAccount",
            Self::SubAccountModify { .. } => "subAccountModify",
            Self::SubAccountTransfer { .. } => "subAccountTransfer",
            Self::SubAccountSpotTransfer { .. } => "subAccountSpotTransfer",
            Self::UsdSend(_) => "usdSend",
            Self::Withdraw3(_) => "withdraw3",
            Self::SpotSend { .. } => "spotSend",
            Self::UsdClassTransfer { .. } => "usdClassTransfer",
            Self::SendAsset { .. } => "sendAsset",
            Self::ApproveAgent { .. } => "approveAgent",
            Self::ApproveBuilderFee { .. } => "approveBuilderFee",
            Self::SetReferrer { .. } => "setReferrer",
            Self::Noop => "noop",
            Self::ReserveRequestWeight { .. } => "reserveRequestWeight",
            Self::AgentSetAbstraction { .. } => "agentSetAbstraction",
            Self::UserSetAbstraction { .. } => "userSetAbstraction",
            Self::UserDexAbstraction { .. } => "userDexAbstraction",
            Self::AgentEnableDexAbstraction => "agentEnableDexAbstraction",
            Self::TwapOrder { .. } => "twapOrder",
            Self::TwapCancel { .. } => "twapCancel",
        }
    }

    /// Orders, cancels or replacements in it, and 1 for any other: what it costs of the address's budget, and what its weight
    /// is reckoned from.
    pub fn items(&self) -> usize {
        match self {
            Self::Order { orders, .. } => orders.len(),
            Self::Cancel { cancels, .. } => cancels.len(),
            Self::CancelByCloid { cancels, .. } => cancels.len(),
            Self::BatchModify { modifies, .. } => modifies.len(),
            _ => 1,
        }
    }

    /// Whether it may put something at risk: it places or replaces orders. Such a one must not come alive late, so it needs
    /// an `expiresAfter`.
    pub fn places_orders(&self) -> bool {
        matches!(
            self,
            Self::Order { .. }
                | Self::Modify { .. }
                | Self::BatchModify { .. }
                | Self::TwapOrder { .. }
        )
    }

    /// Whether it only cancels, for which the budget of an address is larger.
    pub fn is_cancel(&self) -> bool {
        matches!(
            self,
            Self::Cancel { .. }
                | Self::CancelByCloid { .. }
                | Self::ScheduleCancel { .. }
                | Self::TwapCancel { .. }
        )
    }

    /// Whether it is signed field by field ([`sign_user`](crate::sign::sign_user)), rather than as msgpack: what moves money
    /// and what lets keys act. Agents cannot sign these.
    pub fn is_user_signed(&self) -> bool {
        crate::sign::is_user_signed(self.kind())
    }
}

#[cfg(test)]
#[path = "action_tests.rs"]
mod tests;
