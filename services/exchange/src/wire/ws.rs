//! The websocket: what is subscribed to, and what arrives.

use super::exchange::{Envelope, Response};
use super::info::{
    ActiveAssetData, AllMids, AssetCtx, Candle, ClearinghouseState, Fill, FrontendOrder,
    HistoricalOrder, InfoRequest, L2Book, L2Level, LedgerUpdate, OpenOrder, SpotAssetCtx, Trade,
    WebData2,
};
use super::number::as_out;
use super::{Action, Address, Oid, OrderStatus};
use crate::Millis;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

/// What can be followed, named by `type`. Each arrives on the channel of the same name, except those of [`Subscription::channel`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[allow(missing_docs)] // the members are the same few everywhere: user, coin, dex
pub enum Subscription {
    /// All middle prices.
    AllMids {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    /// The book of a coin.
    L2Book {
        coin: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        n_sig_figs: Option<u8>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mantissa: Option<u8>,
        /// Five levels, and more often.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fast: Option<bool>,
    },
    /// Best bid and ask, when they change.
    Bbo { coin: String },
    /// Trades of everybody.
    Trades { coin: String },
    /// The running candle.
    Candle { coin: String, interval: String },
    /// State of a market.
    ActiveAssetCtx { coin: String },
    /// What an account can trade in a coin.
    ActiveAssetData { user: Address, coin: String },
    /// Changes of orders. No snapshot, and the frames do not name the user: one user a connection.
    OrderUpdates { user: Address },
    /// Fills, funding, liquidations. No snapshot; arrives on `user`: one user a connection.
    UserEvents { user: Address },
    /// Fills, after a snapshot.
    UserFills {
        user: Address,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        aggregate_by_time: Option<bool>,
    },
    /// Payments of funding, after a snapshot.
    UserFundings { user: Address },
    /// Money that moved, after a snapshot.
    UserNonFundingLedgerUpdates { user: Address },
    /// States of orders, after a snapshot.
    UserHistoricalOrders { user: Address },
    /// The perpetual side of an account.
    ClearinghouseState {
        user: Address,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    /// Open orders.
    OpenOrders {
        user: Address,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    /// All of the old front end. The real exchange refuses it by now.
    WebData2 { user: Address },
    /// Summary of an account.
    WebData3 { user: Address },
    /// Words for the user.
    Notification { user: Address },
}

impl Subscription {
    /// Channel on which it arrives.
    pub fn channel(&self) -> &'static str {
        match self {
            Self::AllMids { .. } => "allMids",
            Self::L2Book { .. } => "l2Book",
            Self::Bbo { .. } => "bbo",
            Self::Trades { .. } => "trades",
            Self::Candle { .. } => "candle",
            Self::ActiveAssetCtx { coin } if is_spot(coin) => "activeSpotAssetCtx",
            Self::ActiveAssetCtx { .. } => "activeAssetCtx",
            Self::ActiveAssetData { .. } => "activeAssetData",
            Self::OrderUpdates { .. } => "orderUpdates",
            Self::UserEvents { .. } => "user",
            Self::UserFills { .. } => "userFills",
            Self::UserFundings { .. } => "userFundings",
            Self::UserNonFundingLedgerUpdates { .. } => "userNonFundingLedgerUpdates",
            Self::UserHistoricalOrders { .. } => "userHistoricalOrders",
            Self::ClearinghouseState { .. } => "clearinghouseState",
            Self::OpenOrders { .. } => "openOrders",
            Self::WebData2 { .. } => "webData2",
            Self::WebData3 { .. } => "webData3",
            Self::Notification { .. } => "notification",
        }
    }

    /// Whose it is, if it is somebody's.
    pub fn user(&self) -> Option<Address> {
        match self {
            Self::ActiveAssetData { user, .. }
            | Self::OrderUpdates { user }
            | Self::UserEvents { user }
            | Self::UserFills { user, .. }
            | Self::UserFundings { user }
            | Self::UserNonFundingLedgerUpdates { user }
            | Self::UserHistoricalOrders { user }
            | Self::ClearinghouseState { user, .. }
            | Self::OpenOrders { user, .. }
            | Self::WebData2 { user }
            | Self::WebData3 { user }
            | Self::Notification { user } => Some(*user),
            _ => None,
        }
    }

    /// As the exchange repeats it when it acknowledges: what was left out is filled in.
    pub fn normalised(&self) -> Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        let fill: &[(&str, Value)] = match self {
            Self::L2Book { .. } => &[
                ("nSigFigs", Value::Null),
                ("mantissa", Value::Null),
                ("fast", Value::Bool(false)),
            ],
            Self::UserFills { .. } => &[("aggregateByTime", Value::Bool(false))],
            Self::ClearinghouseState { .. } | Self::OpenOrders { .. } => {
                &[("dex", Value::String(String::new()))]
            }
            _ => &[],
        };
        if let Value::Object(members) = &mut value {
            for (name, default) in fill {
                members.entry(*name).or_insert_with(|| default.clone());
            }
        }
        value
    }

    /// The same thing, whatever was left out or filled in.
    #[must_use]
    pub fn canonical(&self) -> Self {
        let named = |dex: &Option<String>| dex.clone().filter(|dex| !dex.is_empty());
        match self {
            Self::AllMids { dex } => Self::AllMids { dex: named(dex) },
            Self::L2Book {
                coin,
                n_sig_figs,
                mantissa,
                fast,
            } => Self::L2Book {
                coin: coin.clone(),
                n_sig_figs: *n_sig_figs,
                mantissa: *mantissa,
                fast: fast.filter(|fast| *fast),
            },
            Self::UserFills {
                user,
                aggregate_by_time,
            } => Self::UserFills {
                user: *user,
                aggregate_by_time: aggregate_by_time.filter(|yes| *yes),
            },
            Self::ClearinghouseState { user, dex } => Self::ClearinghouseState {
                user: *user,
                dex: named(dex),
            },
            Self::OpenOrders { user, dex } => Self::OpenOrders {
                user: *user,
                dex: named(dex),
            },
            other => other.clone(),
        }
    }
}

/// Spot pairs are named `@1` or `PURR/USDC`.
fn is_spot(coin: &str) -> bool {
    coin.starts_with('@') || coin.contains('/')
}

/// What a client sends. A venue reads it with actions as [`Ordered`](super::Ordered), to check the signature over what was
/// really sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "camelCase")]
pub enum ClientFrame<A = Action> {
    /// Begin to send something.
    Subscribe {
        /// What.
        subscription: Subscription,
    },
    /// Stop.
    Unsubscribe {
        /// What.
        subscription: Subscription,
    },
    /// Are you there?
    Ping,
    /// A request as it could be posted to `/info` or `/exchange`.
    Post {
        /// Comes back with the answer.
        id: u64,
        /// It.
        request: PostRequest<A>,
    },
}

/// A request over the websocket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "payload", rename_all = "camelCase")]
pub enum PostRequest<A = Action> {
    /// Of `/info`.
    Info(InfoRequest),
    /// Of `/exchange`.
    Action(Box<Envelope<A>>),
}

/// Answer to a request over the websocket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PostAnswer {
    /// Of the request.
    pub id: u64,
    /// It.
    pub response: PostResponse,
}

/// Answer to a request over the websocket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "payload", rename_all = "camelCase")]
pub enum PostResponse {
    /// Of `/info`.
    Info(PostInfo),
    /// Of `/exchange`.
    Action(Response),
    /// It was no request, or there were too many.
    Error(String),
}

/// What `/info` would have said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PostInfo {
    /// The question's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The answer; null for an unknown coin.
    #[serde(default)]
    pub data: Value,
}

/// The exchange has taken a subscription, or ended it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ack {
    /// `subscribe` or `unsubscribe`.
    pub method: String,
    /// With everything that was left out filled in ([`Subscription::normalised`]).
    pub subscription: Value,
}

impl Ack {
    /// What it is about, if that is something we know.
    pub fn of(&self) -> Option<Subscription> {
        let read = serde_json::from_value::<Subscription>(self.subscription.clone()).ok()?;
        Some(read.canonical())
    }
}

macro_rules! frames {
    ($($(#[$doc:meta])* $variant:ident($data:ty) = $channel:literal,)*) => {
        /// What the exchange sends: `{"channel":…,"data":…}`.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(tag = "channel", content = "data", rename_all = "camelCase")]
        pub enum Frame {
            $($(#[$doc])* #[serde(rename = $channel)] $variant($data),)*
            /// It is there.
            Pong,
            /// A channel that we do not know.
            #[serde(untagged)]
            Other {
                /// Its name.
                channel: String,
                /// What came.
                data: Value,
            },
        }

        impl Frame {
            /// The channel's name.
            pub fn channel(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $channel,)*
                    Self::Pong => "pong",
                    Self::Other { channel, .. } => channel,
                }
            }

            fn of(channel: String, data: Value) -> Result<Self, serde_json::Error> {
                Ok(match channel.as_str() {
                    $($channel => Self::$variant(serde_json::from_value(data)?),)*
                    "pong" => Self::Pong,
                    _ => Self::Other { channel, data },
                })
            }
        }
    };
}

frames! {
    /// A subscription was taken.
    SubscriptionResponse(Ack) = "subscriptionResponse",
    /// Something was refused.
    Error(String) = "error",
    /// Answer to a request.
    Post(PostAnswer) = "post",
    /// Middle prices.
    AllMids(AllMidsFrame) = "allMids",
    /// A book.
    L2Book(L2Book) = "l2Book",
    /// Best bid and ask.
    Bbo(Bbo) = "bbo",
    /// Trades.
    Trades(Vec<Trade>) = "trades",
    /// The running candle. It is closed only when the next one has begun.
    Candle(Candle) = "candle",
    /// State of a market.
    ActiveAssetCtx(CtxFrame<AssetCtx>) = "activeAssetCtx",
    /// State of a spot market.
    ActiveSpotAssetCtx(CtxFrame<SpotAssetCtx>) = "activeSpotAssetCtx",
    /// What an account can trade.
    ActiveAssetData(ActiveAssetData) = "activeAssetData",
    /// Changes of orders.
    OrderUpdates(Vec<OrderUpdate>) = "orderUpdates",
    /// Events of an account.
    User(UserEvent) = "user",
    /// Fills.
    UserFills(UserFillsFrame) = "userFills",
    /// Payments of funding.
    UserFundings(UserFundingsFrame) = "userFundings",
    /// Money that moved.
    UserNonFundingLedgerUpdates(LedgerFrame) = "userNonFundingLedgerUpdates",
    /// States of orders.
    UserHistoricalOrders(HistoricalOrdersFrame) = "userHistoricalOrders",
    /// The perpetual side of an account.
    ClearinghouseState(ClearinghouseFrame) = "clearinghouseState",
    /// Open orders.
    OpenOrders(OpenOrdersFrame) = "openOrders",
    /// All of the old front end.
    WebData2(Box<WebData2>) = "webData2",
    /// Summary of an account.
    WebData3(WebData3) = "webData3",
    /// Words for the user.
    Notification(Notification) = "notification",
}

/// A frame that is none, or whose data is not what its channel carries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a frame{} cannot be read: {why}", .channel.as_ref().map_or_else(String::new, |c| format!(" of `{c}`")))]
pub struct FrameError {
    /// The channel, if one is named.
    pub channel: Option<String>,
    /// What is wrong with it.
    pub why: String,
}

/// What older servers say first, which is no JSON.
pub const GREETING: &str = "Websocket connection established.";

impl Frame {
    /// Reads a text that arrived. None for a server's greeting.
    pub fn read(text: &str) -> Result<Option<Self>, FrameError> {
        if text.trim() == GREETING {
            return Ok(None);
        }
        let head: Head = serde_json::from_str(text).map_err(|error| FrameError {
            channel: None,
            why: error.to_string(),
        })?;
        let channel = head.channel.clone();
        Self::of(head.channel, head.data)
            .map(Some)
            .map_err(|error| FrameError {
                channel: Some(channel),
                why: error.to_string(),
            })
    }
}

#[derive(Deserialize)]
struct Head {
    channel: String,
    #[serde(default)]
    data: Value,
}

impl<'de> Deserialize<'de> for Frame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let head = Head::deserialize(deserializer)?;
        Self::of(head.channel, head.data).map_err(serde::de::Error::custom)
    }
}

/// Middle prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllMidsFrame {
    /// By coin.
    pub mids: AllMids,
    /// Of which exchange, if not the main one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dex: Option<String>,
}

/// Best bid and ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bbo {
    /// The coin.
    pub coin: String,
    /// When.
    pub time: Millis,
    /// Bid and ask; null where a side is empty.
    pub bbo: [Option<L2Level>; 2],
}

/// State of a market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CtxFrame<C> {
    /// The coin.
    pub coin: String,
    /// It.
    pub ctx: C,
}

/// A change of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderUpdate {
    /// The order.
    pub order: OpenOrder,
    /// Its state now.
    pub status: OrderStatus,
    /// Since when.
    pub status_timestamp: Millis,
}

/// An event of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UserEvent {
    /// Fills.
    Fills(Vec<Fill>),
    /// One payment of funding.
    Funding(FundingPaid),
    /// A liquidation, of the account or by it.
    Liquidation(Liquidation),
    /// Orders that the exchange cancelled.
    NonUserCancel(Vec<CanceledOrder>),
    /// Anything else, orders over time for one.
    #[serde(untagged)]
    Other(Map<String, Value>),
}

/// One payment of funding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FundingPaid {
    /// When.
    #[serde(default)]
    pub time: Millis,
    /// The coin.
    pub coin: String,
    /// Dollars as the account sees them: negative was paid.
    #[serde(with = "as_out")]
    pub usdc: Decimal,
    /// The position.
    #[serde(with = "as_out")]
    pub szi: Decimal,
    /// Share of the position.
    #[serde(with = "as_out")]
    pub funding_rate: Decimal,
    /// Null.
    #[serde(default)]
    pub n_samples: Option<u64>,
}

/// A liquidation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Liquidation {
    /// Its number.
    pub lid: u64,
    /// Who took over.
    pub liquidator: String,
    /// Who was liquidated.
    pub liquidated_user: Address,
    /// Dollars of positions.
    #[serde(with = "as_out")]
    pub liquidated_ntl_pos: Decimal,
    /// Dollars of equity that were left.
    #[serde(with = "as_out")]
    pub liquidated_account_value: Decimal,
}

/// An order that the exchange cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanceledOrder {
    /// The coin.
    pub coin: String,
    /// The order.
    pub oid: Oid,
}

/// Makes the frames that hold a list of a user, first as a snapshot and then what is new.
macro_rules! list_frames {
    ($($(#[$doc:meta])* $name:ident { $list:ident: $row:ty })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// Whose.
            pub user: Address,
            /// The rows.
            pub $list: Vec<$row>,
            /// Whether it is the snapshot, which repeats what is known; left out of what is new.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub is_snapshot: Option<bool>,
        }

        impl $name {
            /// The first frame, which repeats what is known.
            pub fn snapshot(user: Address, $list: Vec<$row>) -> Self {
                Self { user, $list, is_snapshot: Some(true) }
            }

            /// What is new.
            pub fn news(user: Address, $list: Vec<$row>) -> Self {
                Self { user, $list, is_snapshot: None }
            }

            /// Whether it repeats what is known.
            pub fn is_snapshot(&self) -> bool {
                self.is_snapshot == Some(true)
            }
        }
    )*};
}

list_frames! {
    /// Fills.
    UserFillsFrame { fills: Fill }
    /// Payments of funding.
    UserFundingsFrame { fundings: FundingPaid }
    /// Money that moved.
    LedgerFrame { non_funding_ledger_updates: LedgerUpdate }
    /// States of orders.
    HistoricalOrdersFrame { order_history: HistoricalOrder }
}

/// The perpetual side of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClearinghouseFrame {
    /// Which exchange; empty for the main one.
    #[serde(default)]
    pub dex: String,
    /// Whose.
    pub user: Address,
    /// It.
    pub clearinghouse_state: ClearinghouseState,
}

/// Open orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenOrdersFrame {
    /// Which exchange; empty for the main one.
    #[serde(default)]
    pub dex: String,
    /// Whose.
    pub user: Address,
    /// They.
    pub orders: Vec<FrontendOrder>,
}

/// Words for the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The words.
    pub notification: String,
}

/// Summary of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebData3 {
    /// The account.
    pub user_state: UserState,
    /// By exchange.
    #[serde(default)]
    pub perp_dex_states: Vec<Value>,
}

/// The account of a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserState {
    /// Its unnamed agent.
    #[serde(default)]
    pub agent_address: Option<Address>,
    /// Until when that one may act.
    #[serde(default)]
    pub agent_valid_until: Option<Millis>,
    /// Dollars put in, less those taken out.
    #[serde(default, with = "as_out")]
    pub cum_ledger: Decimal,
    /// The exchange's time.
    pub server_time: Millis,
    /// Whether it is a vault.
    #[serde(default)]
    pub is_vault: bool,
    /// Whose.
    pub user: Address,
    /// Mode of the account.
    #[serde(default)]
    pub abstraction: Value,
}

/// Text of the error after a frame that is no request.
pub fn unparsable(frame: &str) -> String {
    format!("Error parsing JSON into valid websocket request: {frame}")
}

/// Text of the error after a second subscription to the same thing.
pub fn already_subscribed(subscription: &Subscription) -> String {
    format!("Already subscribed: {}", json!(subscription.normalised()))
}

/// Text of the error after an unsubscription from something not subscribed to.
pub fn already_unsubscribed(subscription: &Subscription) -> String {
    format!("Already unsubscribed: {}", json!(subscription.normalised()))
}

/// Text of the error after a subscription to one user too many.
pub fn too_many_users(most: usize) -> String {
    format!("Cannot track more than {most} total users.")
}

/// Text of the answer to a request when too many are under way.
pub fn too_many_posts(id: u64) -> String {
    format!("too many pending post requests id={id}")
}

#[cfg(test)]
#[path = "ws_tests.rs"]
mod tests;
