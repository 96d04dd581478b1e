//! Answers about orders and fills.

use crate::Millis;
use crate::wire::names::open_names;
use crate::wire::number::{Out, as_out, as_out_option};
use crate::wire::{Address, Cloid, Oid, OrderStatus, Side, Tid, Tif, TxHash};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};

open_names! {
    /// Kind of an order, as it is shown.
    OrderType {
        /// Limit.
        Limit = "Limit",
        /// An Ioc of a front end or of the liquidation.
        Market = "Market",
        /// Stop loss that fills as Ioc.
        StopMarket = "Stop Market",
        /// Stop loss that then rests.
        StopLimit = "Stop Limit",
        /// Take profit that fills as Ioc.
        TakeProfitMarket = "Take Profit Market",
        /// Take profit that then rests.
        TakeProfitLimit = "Take Profit Limit",
    }
}

open_names! {
    /// What a fill did to the position. Liquidation and spot have further names.
    Direction {
        /// More of a long.
        OpenLong = "Open Long",
        /// More of a short.
        OpenShort = "Open Short",
        /// Less of a long.
        CloseLong = "Close Long",
        /// Less of a short.
        CloseShort = "Close Short",
        /// Turned.
        LongToShort = "Long > Short",
        /// Turned.
        ShortToLong = "Short > Long",
        /// By the liquidation.
        LiquidatedCrossLong = "Liquidated Cross Long",
        /// By the liquidation.
        LiquidatedCrossShort = "Liquidated Cross Short",
        /// By the liquidation.
        LiquidatedIsolatedLong = "Liquidated Isolated Long",
        /// By the liquidation.
        LiquidatedIsolatedShort = "Liquidated Isolated Short",
        /// Reduced against a liquidated account that nobody else took.
        AutoDeleveraging = "Auto-Deleveraging",
        /// What was too little to trade, sold by the exchange.
        SpotDustConversion = "Spot Dust Conversion",
        /// Spot.
        Buy = "Buy",
        /// Spot.
        Sell = "Sell",
    }
}

/// A resting order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenOrder {
    /// The coin.
    pub coin: String,
    /// Buy or sell.
    pub side: Side,
    /// Limit price.
    #[serde(with = "as_out")]
    pub limit_px: Decimal,
    /// Coins still wanted.
    #[serde(with = "as_out")]
    pub sz: Decimal,
    /// Its number.
    pub oid: Oid,
    /// When it was placed.
    pub timestamp: Millis,
    /// Coins first wanted.
    #[serde(with = "as_out")]
    pub orig_sz: Decimal,
    /// Our name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloid: Option<Cloid>,
    /// Stands there only when true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reduce_only: Option<bool>,
}

/// An order with everything that a front end shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrontendOrder {
    /// The coin.
    pub coin: String,
    /// Buy or sell.
    pub side: Side,
    /// Limit price.
    #[serde(with = "as_out")]
    pub limit_px: Decimal,
    /// Coins still wanted; 0 in an order over the whole position.
    #[serde(with = "as_out")]
    pub sz: Decimal,
    /// Its number.
    pub oid: Oid,
    /// When it was placed.
    pub timestamp: Millis,
    /// `N/A`, `Price above 10.004`, `Price below 9.995`, `Triggered`.
    #[serde(default)]
    pub trigger_condition: String,
    /// Whether it waits for a price; false once it has fired.
    #[serde(default)]
    pub is_trigger: bool,
    /// The price; 0 without one.
    #[serde(default, with = "as_out")]
    pub trigger_px: Decimal,
    /// Take-profit and stop-loss that wait for this order's fill.
    #[serde(default)]
    pub children: Vec<FrontendOrder>,
    /// Whether it guards the position, whatever its size.
    #[serde(default)]
    pub is_position_tpsl: bool,
    /// Whether it may only reduce.
    #[serde(default)]
    pub reduce_only: bool,
    /// Its kind.
    pub order_type: OrderType,
    /// Coins first wanted.
    #[serde(with = "as_out")]
    pub orig_sz: Decimal,
    /// Null while it waits for a price; none as well for a name that we do not know.
    #[serde(default, deserialize_with = "known_tif")]
    pub tif: Option<Tif>,
    /// Our name for it.
    #[serde(default)]
    pub cloid: Option<Cloid>,
}

/// A time in force that may be of tomorrow: better unknown than the whole list of orders unread.
fn known_tif<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Tif>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Loose {
        Known(Tif),
        Unknown(serde::de::IgnoredAny),
    }
    Ok(match Option::<Loose>::deserialize(deserializer)? {
        Some(Loose::Known(tif)) => Some(tif),
        Some(Loose::Unknown(_)) | None => None,
    })
}

/// Answer to a question for one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "camelCase")]
#[allow(clippy::large_enum_variant)] // there is one at a time, and it is nearly always the large one
pub enum OrderStatusAnswer {
    /// There is, or was, such an order.
    Order {
        /// It.
        order: OrderFound,
    },
    /// There never was.
    UnknownOid,
}

/// An order and its last state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderFound {
    /// The order.
    pub order: FrontendOrder,
    /// Its state.
    pub status: OrderStatus,
    /// Since when.
    pub status_timestamp: Millis,
}

/// An order in one of its states.
pub type HistoricalOrder = OrderFound;

/// A fill, as its account sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fill {
    /// The coin.
    pub coin: String,
    /// Price.
    #[serde(with = "as_out")]
    pub px: Decimal,
    /// Coins.
    #[serde(with = "as_out")]
    pub sz: Decimal,
    /// Buy or sell.
    pub side: Side,
    /// When.
    pub time: Millis,
    /// Position before, with its sign.
    #[serde(with = "as_out")]
    pub start_position: Decimal,
    /// What it did to the position.
    pub dir: Direction,
    /// Profit of what it closed, before the fee.
    #[serde(with = "as_out")]
    pub closed_pnl: Decimal,
    /// Its transaction.
    pub hash: TxHash,
    /// The order.
    pub oid: Oid,
    /// Whether it took rather than made.
    pub crossed: bool,
    /// Paid; negative: received.
    #[serde(with = "as_out")]
    pub fee: Decimal,
    /// Number of the trade. With the order's number it names the fill.
    pub tid: Tid,
    /// What the fee is paid in.
    #[serde(default)]
    pub fee_token: String,
    /// Number of the order over time that it is a slice of.
    #[serde(default)]
    pub twap_id: Option<u64>,
    /// Our name for the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloid: Option<Cloid>,
    /// Of the fee: the builder's.
    #[serde(
        default,
        with = "as_out_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub builder_fee: Option<Decimal>,
    /// When somebody was liquidated with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liquidation: Option<FillLiquidation>,
}

/// Who was liquidated, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FillLiquidation {
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liquidated_user: Option<Address>,
    /// Mark price then.
    pub mark_px: Out,
    /// `market` or `backstop`.
    pub method: String,
}
