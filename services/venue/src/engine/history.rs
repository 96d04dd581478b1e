//! Rows that reads and streams are made of: states of orders, fills, funding, money moved, prints.

use super::ident::{Asset, Millis, Oid, Side, Tid};
use super::order::Order;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sixbtc_exchange::wire::{Address, Cloid, OrderStatus, TxHash};

/// One state of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// The order as it was then.
    pub order: Order,
    /// Its state.
    pub status: OrderStatus,
    /// Since when.
    pub time: Millis,
}

/// How a position was taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// Sold into the book.
    Market,
    /// Taken over by the backstop.
    Backstop,
    /// Closed against the winners of the other side.
    Adl,
}

/// That a fill belongs to a liquidation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillLiquidation {
    /// Who was liquidated.
    pub user: Address,
    /// Mark price then.
    pub mark_px: Decimal,
    /// How.
    pub method: Method,
}

/// One side of a match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// Market.
    pub asset: Asset,
    /// Price.
    pub px: Decimal,
    /// Size.
    pub sz: Decimal,
    /// Bought or sold.
    pub side: Side,
    /// When.
    pub time: Millis,
    /// Position before.
    pub start_position: Decimal,
    /// `Open Long`, …
    pub dir: String,
    /// Profit of what was closed, before fees.
    pub closed_pnl: Decimal,
    /// Hash of the request that caused it; zero for the system's own.
    pub hash: TxHash,
    /// The order that was filled.
    pub oid: Oid,
    /// The client's name for it.
    pub cloid: Option<Cloid>,
    /// Whether it took.
    pub crossed: bool,
    /// Fee with the builder's share; negative = rebate.
    pub fee: Decimal,
    /// The builder's share.
    pub builder_fee: Option<Decimal>,
    /// Number of the match.
    pub tid: Tid,
    /// When it was a liquidation.
    pub liquidation: Option<FillLiquidation>,
    /// The order over time that it was a slice of.
    #[serde(default)]
    pub twap: Option<u64>,
}

/// A payment of funding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundingRow {
    /// The full hour.
    pub time: Millis,
    /// Market.
    pub asset: Asset,
    /// Money moved; negative = paid.
    pub usdc: Decimal,
    /// Position then.
    pub szi: Decimal,
    /// Rate of the hour.
    pub rate: Decimal,
}

/// A rate that was paid in a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateRow {
    /// The full hour.
    pub time: Millis,
    /// Rate of the hour.
    pub rate: Decimal,
    /// Average premium.
    pub premium: Decimal,
}

/// Money that moved other than by trading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// When.
    pub time: Millis,
    /// Hash of the request.
    pub hash: TxHash,
    /// What happened.
    pub delta: Delta,
}

/// What moved (facts §6, `userNonFundingLedgerUpdates`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "members are those of the wire, in USDC")]
pub enum Delta {
    /// Money came in.
    Deposit { usdc: Decimal },
    /// Money went out.
    Withdraw {
        usdc: Decimal,
        nonce: u64,
        fee: Decimal,
    },
    /// To another account, perpetual side to perpetual side.
    InternalTransfer {
        usdc: Decimal,
        user: Address,
        destination: Address,
        fee: Decimal,
    },
    /// Between a master and its sub-account.
    SubAccountTransfer {
        usdc: Decimal,
        user: Address,
        destination: Address,
    },
    /// Between the spot and the perpetual side of an account.
    AccountClassTransfer { usdc: Decimal, to_perp: bool },
    /// To another account, spot side to spot side.
    SpotTransfer {
        amount: Decimal,
        user: Address,
        destination: Address,
        nonce: u64,
    },
    /// By `sendAsset`, between any sides.
    Send {
        amount: Decimal,
        user: Address,
        destination: Address,
        source_dex: String,
        destination_dex: String,
        nonce: u64,
    },
    /// The account, or an isolated position, was liquidated.
    Liquidation {
        notional: Decimal,
        account_value: Decimal,
        is_cross: bool,
        positions: Vec<(Asset, Decimal)>,
    },
}

/// A public print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Print {
    /// Market.
    pub asset: Asset,
    /// Side of the taker.
    pub side: Side,
    /// Price.
    pub px: Decimal,
    /// Size.
    pub sz: Decimal,
    /// When.
    pub time: Millis,
    /// Number of the match.
    pub tid: Tid,
    /// Hash of the request.
    pub hash: TxHash,
    /// Who bought.
    pub buyer: Address,
    /// Who sold.
    pub seller: Address,
}
