//! What an input changed: from these values a server makes its frames.

use super::history::{Fill, FundingRow, HistoryRow, LedgerRow, Print};
use super::ident::{Asset, Oid};
use rust_decimal::Decimal;
use sixbtc_exchange::wire::Address;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An order has a new state: `orderUpdates`, `userHistoricalOrders`.
    Order {
        /// Whose order.
        user: Address,
        /// Order and state.
        row: HistoryRow,
    },
    /// A fill of an account: `userFills`, `userEvents`.
    Fill {
        /// Whose.
        user: Address,
        /// The fill.
        fill: Fill,
    },
    /// Funding was paid: `userFundings`, `userEvents`.
    Funding {
        /// Whose.
        user: Address,
        /// The payment.
        row: FundingRow,
    },
    /// Money moved: `userNonFundingLedgerUpdates`.
    Ledger {
        /// Whose.
        user: Address,
        /// The row.
        row: LedgerRow,
    },
    /// An order was cancelled by somebody else than its owner: `userEvents`.
    NonUserCancel {
        /// Whose.
        user: Address,
        /// Market.
        asset: Asset,
        /// The order.
        oid: Oid,
    },
    /// An account was liquidated: `userEvents`.
    Liquidated {
        /// Whose.
        user: Address,
        /// Number of the liquidation.
        lid: u64,
        /// Notional that was taken.
        notional: Decimal,
        /// Account value then.
        value: Decimal,
    },
    /// A print: `trades`, candles.
    Trade(Print),
    /// The book of a market changed: `l2Book`, `bbo`, `allMids`.
    Book(Asset),
    /// Prices of a market changed: `activeAssetCtx`.
    Prices(Asset),
    /// Something else of an account changed: `clearinghouseState`, `activeAssetData`, `webData`.
    Account(Address),
}
