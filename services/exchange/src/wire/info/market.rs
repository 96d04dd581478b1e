//! Answers about markets.

use crate::Millis;
use crate::wire::number::{Out, as_out, as_out_option};
use crate::wire::{Address, Side, Tid, TxHash};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Middle between best bid and best ask, by coin.
pub type AllMids = BTreeMap<String, Out>;

/// The perpetuals that there are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// By number of the asset; a delisted one keeps its place.
    pub universe: Vec<AssetMeta>,
    /// Tables that assets refer to. Numbers below 50 stand for a single tier of that leverage and need no table.
    #[serde(default)]
    pub margin_tables: Vec<(u32, MarginTable)>,
    /// Number of the token that margin is paid in; 0 is USDC.
    #[serde(default)]
    pub collateral_token: u32,
}

/// One perpetual.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetMeta {
    /// The coin.
    pub name: String,
    /// Decimals of a size; a price has at most 6 less these.
    pub sz_decimals: u32,
    /// The highest leverage.
    pub max_leverage: u32,
    /// Which margin table; by default the single tier of `max_leverage`.
    #[serde(default)]
    pub margin_table_id: u32,
    /// Isolated margin only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_isolated: Option<bool>,
    /// `strictIsolated` or `noCross`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin_mode: Option<String>,
    /// No longer traded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_delisted: Option<bool>,
}

/// Leverage by size of the position.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarginTable {
    /// For people.
    #[serde(default)]
    pub description: String,
    /// From the smallest bound up.
    pub margin_tiers: Vec<MarginTier>,
}

/// Leverage from a value of the position on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarginTier {
    /// Dollars.
    #[serde(with = "as_out")]
    pub lower_bound: Decimal,
    /// The highest leverage there.
    pub max_leverage: u32,
}

/// State of a perpetual's market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetCtx {
    /// Rate of the running hour.
    #[serde(with = "as_out")]
    pub funding: Decimal,
    /// Coins.
    #[serde(with = "as_out")]
    pub open_interest: Decimal,
    /// Price a day ago.
    #[serde(with = "as_out")]
    pub prev_day_px: Decimal,
    /// Dollars traded in a day.
    #[serde(with = "as_out")]
    pub day_ntl_vlm: Decimal,
    /// Coins traded in a day.
    #[serde(default, with = "as_out_option")]
    pub day_base_vlm: Option<Decimal>,
    /// Share by which the book stands above the oracle; none for an empty book.
    #[serde(default, with = "as_out_option")]
    pub premium: Option<Decimal>,
    /// Price on other exchanges.
    #[serde(with = "as_out")]
    pub oracle_px: Decimal,
    /// Price by which margin and triggers go.
    #[serde(with = "as_out")]
    pub mark_px: Decimal,
    /// Middle of the book.
    #[serde(default, with = "as_out_option")]
    pub mid_px: Option<Decimal>,
    /// Average prices of selling and buying the impact notional.
    #[serde(default)]
    pub impact_pxs: Option<[Out; 2]>,
}

/// A side's sum at one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct L2Level {
    /// Price.
    #[serde(with = "as_out")]
    pub px: Decimal,
    /// Coins.
    #[serde(with = "as_out")]
    pub sz: Decimal,
    /// Orders.
    pub n: u32,
}

/// The book, 20 levels a side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct L2Book {
    /// The coin.
    pub coin: String,
    /// When.
    pub time: Millis,
    /// Bids from the highest down, asks from the lowest up.
    pub levels: [Vec<L2Level>; 2],
    /// Between best bid and best ask, only with rounded prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Out>,
}

/// A candle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candle {
    /// First millisecond.
    pub t: Millis,
    /// Last millisecond.
    #[serde(rename = "T")]
    pub close_time: Millis,
    /// The coin.
    pub s: String,
    /// The interval, as `15m`.
    pub i: String,
    /// Open.
    #[serde(with = "as_out")]
    pub o: Decimal,
    /// Close.
    #[serde(with = "as_out")]
    pub c: Decimal,
    /// High.
    #[serde(with = "as_out")]
    pub h: Decimal,
    /// Low.
    #[serde(with = "as_out")]
    pub l: Decimal,
    /// Coins traded.
    #[serde(with = "as_out")]
    pub v: Decimal,
    /// Trades.
    pub n: u64,
}

/// A trade, as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// The coin.
    pub coin: String,
    /// Side of the one who came.
    pub side: Side,
    /// Price.
    #[serde(with = "as_out")]
    pub px: Decimal,
    /// Coins.
    #[serde(with = "as_out")]
    pub sz: Decimal,
    /// When.
    pub time: Millis,
    /// Its transaction.
    pub hash: TxHash,
    /// Its number.
    pub tid: Tid,
    /// Buyer and seller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<[Address; 2]>,
}

/// What one hour cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FundingRate {
    /// The coin.
    pub coin: String,
    /// Share of the position, for the hour; positive: longs pay.
    #[serde(with = "as_out")]
    pub funding_rate: Decimal,
    /// Average premium of the hour.
    #[serde(with = "as_out")]
    pub premium: Decimal,
    /// When it was paid.
    pub time: Millis,
}

/// What the next payment will cost somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PredictedFunding {
    /// Share of the position.
    #[serde(with = "as_out")]
    pub funding_rate: Decimal,
    /// When.
    pub next_funding_time: Millis,
    /// Hours between payments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding_interval_hours: Option<u32>,
}

/// The exchange's state and clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeStatus {
    /// Null as a rule.
    #[serde(default)]
    pub special_statuses: Value,
    /// Its time.
    pub time: Millis,
}

/// Tokens and pairs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SpotMeta {
    /// Pairs.
    pub universe: Vec<SpotPair>,
    /// Tokens.
    pub tokens: Vec<SpotToken>,
}

/// A pair of tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpotPair {
    /// As `PURR/USDC` or `@1`.
    pub name: String,
    /// Indices of base and quote.
    pub tokens: [u32; 2],
    /// The asset is 10000 + this.
    pub index: u32,
    /// Whether the name is the exchange's own.
    #[serde(default)]
    pub is_canonical: bool,
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpotToken {
    /// As `USDC`.
    pub name: String,
    /// Decimals of a size.
    pub sz_decimals: u32,
    /// Decimals of its smallest unit.
    pub wei_decimals: u32,
    /// Its number.
    pub index: u32,
    /// 16 bytes as text.
    pub token_id: String,
    /// Whether the name is the exchange's own.
    #[serde(default)]
    pub is_canonical: bool,
    /// Its contract, if any.
    #[serde(default)]
    pub evm_contract: Value,
    /// Its long name, if any.
    #[serde(default)]
    pub full_name: Option<String>,
}

/// State of a spot pair's market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpotAssetCtx {
    /// The pair.
    #[serde(default)]
    pub coin: String,
    /// Price a day ago.
    #[serde(with = "as_out")]
    pub prev_day_px: Decimal,
    /// Dollars traded in a day.
    #[serde(with = "as_out")]
    pub day_ntl_vlm: Decimal,
    /// Coins traded in a day.
    #[serde(default, with = "as_out_option")]
    pub day_base_vlm: Option<Decimal>,
    /// Mark price.
    #[serde(with = "as_out")]
    pub mark_px: Decimal,
    /// Middle of the book.
    #[serde(default, with = "as_out_option")]
    pub mid_px: Option<Decimal>,
    /// Coins in circulation.
    #[serde(default, with = "as_out_option")]
    pub circulating_supply: Option<Decimal>,
    /// Coins in all.
    #[serde(default, with = "as_out_option")]
    pub total_supply: Option<Decimal>,
}

/// An exchange that a builder runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PerpDex {
    /// Short name.
    pub name: String,
    /// Long name.
    #[serde(default)]
    pub full_name: String,
    /// Whose it is.
    #[serde(default)]
    pub deployer: Option<Address>,
}
