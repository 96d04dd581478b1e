//! Live trades, positions and the accounts they stand on. Money and prices are decimals: nothing rounds them on the way.

use super::strategy::words;
use super::{Millis, Side};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How a trade was opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewTrade {
    /// Of which strategy.
    pub strategy: Uuid,
    /// The strategy's name, which stays readable when the strategy is gone.
    pub strategy_name: String,
    /// On which subaccount.
    pub subaccount: i64,
    /// The position's identity: with the subaccount it is unique, so that the same opening is stored once.
    pub position_id: String,
    /// What was traded.
    pub symbol: String,
    /// `Long` or `Short`.
    pub side: Side,
    /// When.
    pub opened_at: Millis,
    /// At which price.
    pub entry_price: Decimal,
    /// Units, positive on both sides.
    pub size: Decimal,
    /// The order's identity.
    pub entry_order: Option<String>,
    /// First stop.
    pub stop: Option<Decimal>,
    /// First target.
    pub target: Option<Decimal>,
    /// Leverage set at the exchange.
    pub leverage: i64,
    /// Fee in USD.
    pub entry_fee: Decimal,
    /// Why it was entered, for people.
    pub why: String,
}

/// How a trade was closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TradeExit {
    /// When.
    pub closed_at: Millis,
    /// At which price.
    pub exit_price: Decimal,
    /// The order's identity.
    pub exit_order: Option<String>,
    /// `stop`, `target`, `time`, `signal`, `forced`, `external` …
    pub reason: String,
    /// Fee in USD.
    pub exit_fee: Decimal,
    /// Funding paid (negative) or received, USD.
    pub funding: Decimal,
    /// What slippage cost, USD.
    pub slippage: Decimal,
    /// Result after all costs, USD.
    pub pnl: Decimal,
}

/// A trade as it stands in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TradeRow {
    /// Its number.
    pub id: i64,
    /// How it was opened.
    pub entry: NewTrade,
    /// How it was closed; absent while it is open.
    pub exit: Option<TradeExit>,
}

/// Which trades.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TradeFilter {
    /// Of this strategy alone.
    pub strategy: Option<Uuid>,
    /// On this subaccount alone.
    pub subaccount: Option<i64>,
    /// `Some(true)`: open ones alone; `Some(false)`: closed ones alone.
    pub open: Option<bool>,
    /// Closed at this instant or later; leaves out open ones.
    pub closed_since: Option<Millis>,
    /// At most so many; 0 means 1,000.
    pub limit: u32,
    /// With numbers below this one: the next page.
    pub before: Option<i64>,
}

/// An open position as the executor needs it after a crash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// On which subaccount.
    pub subaccount: i64,
    /// What; one position a symbol and subaccount.
    pub symbol: String,
    /// Joins it to its trade.
    pub position_id: String,
    /// Of which strategy; absent for one that was found at the exchange.
    pub strategy: Option<Uuid>,
    /// `Long` or `Short`.
    pub side: Side,
    /// Units, positive on both sides.
    pub size: Decimal,
    /// At which price.
    pub entry_price: Decimal,
    /// When.
    pub opened_at: Millis,
    /// Leverage set at the exchange.
    pub leverage: i64,
    /// The stop as it now stands at the exchange.
    pub stop: Option<Decimal>,
    /// The target as it now stands at the exchange.
    pub target: Option<Decimal>,
    /// Best price since entry: what trailing follows.
    pub best_price: Option<Decimal>,
    /// Bars of the strategy's clock held so far.
    pub bars_held: i64,
    /// Client order id of the entry.
    pub client_order: Option<String>,
    /// Anything else that its owner keeps.
    pub state: serde_json::Value,
    /// When it was written.
    pub updated_at: Millis,
}

words! {
    /// What a subaccount may do.
    SubaccountStatus {
        /// Trades.
        Active = "ACTIVE",
        /// Enters nothing new.
        Paused = "PAUSED",
        /// Was emptied by an emergency stop.
        Stopped = "STOPPED",
        /// Its strategy is retired: it only leaves positions, then it is free.
        Closing = "CLOSING",
    }
}

/// A subaccount. A strategy sits on at most one, a subaccount holds at most one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subaccount {
    /// Its number at the venue.
    pub id: i64,
    /// What it may do.
    pub status: SubaccountStatus,
    /// Who sits on it.
    pub strategy: Option<Uuid>,
    /// Deposits net of withdrawals, USD.
    pub allocated: Decimal,
    /// Equity as last seen, USD.
    pub balance: Option<Decimal>,
    /// Unrealised result as last seen, USD.
    pub unrealized: Option<Decimal>,
    /// Highest equity, moved along with deposits and withdrawals: the drawdown's anchor.
    pub peak: Option<Decimal>,
    /// When it stood there.
    pub peak_at: Option<Millis>,
    /// Equity at the last midnight UTC: the daily loss's anchor.
    pub day_start: Option<Decimal>,
    /// That midnight.
    pub day_at: Option<Millis>,
    /// When it was written.
    pub updated_at: Millis,
}

impl Subaccount {
    /// A free one without money.
    pub fn new(id: i64) -> Self {
        Self {
            id,
            status: SubaccountStatus::Active,
            strategy: None,
            allocated: Decimal::ZERO,
            balance: None,
            unrealized: None,
            peak: None,
            peak_at: None,
            day_start: None,
            day_at: None,
            updated_at: 0,
        }
    }
}

words! {
    /// What an emergency stop does, the milder first.
    StopAction {
        /// No new positions; open ones are managed as ever.
        HaltEntries = "halt_entries",
        /// Cancel orders and close everything.
        ForceClose = "force_close",
    }
}

/// An emergency stop in force. Keyed by scope, identity *and* cause, so that a mild one never hides a severe one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Emergency {
    /// `portfolio`, `system`, `subaccount` or `strategy`.
    pub scope: String,
    /// Which one; empty for portfolio and system.
    pub scope_id: String,
    /// `daily_loss`, `drawdown`, `losing_streak`, `stale_data`, `operator` …
    pub cause: String,
    /// What it does.
    pub action: StopAction,
    /// For people.
    pub reason: String,
    /// Since when.
    pub since: Millis,
    /// Not cleared before this instant.
    pub cooldown_until: Option<Millis>,
    /// What clears it: `midnight`, `rotation`, `cooldown`, `fresh_data`, `operator`.
    pub reset: String,
    /// Figures at the time.
    pub data: serde_json::Value,
}
