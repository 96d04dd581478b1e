//! What an operator of the venue may choose. Defaults are those of a paper venue; [`Settings::strict`] is the real one.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Which reduce-only orders may be worth less than the least notional.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReduceOnlyMinimum {
    /// Those that close the whole position.
    WholePosition,
    /// All of them.
    Always,
    /// None.
    Never,
}

/// What becomes of the children of a parent that takes, gets a part of its size and is cancelled for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenPart {
    /// They go with it, as children do not arm before their parent is complete: the real exchange.
    CancelsChildren,
    /// They go live for the part: kinder than the real exchange.
    ArmsChildren,
}

/// One row of the table of fees: from `volume` dollars of the last fourteen days on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeTier {
    /// Volume above which the row holds, USDC.
    pub volume: Decimal,
    /// Share of notional for taking liquidity.
    pub taker: Decimal,
    /// Share of notional for giving it.
    pub maker: Decimal,
}

/// Rules that differ between venues, days and purposes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools)] // rules of the exchange, each on or off by itself
pub struct Settings {
    /// Least notional of an order, USDC.
    pub min_notional: Decimal,
    /// Which reduce-only orders are exempt from it.
    pub reduce_only_minimum: ReduceOnlyMinimum,
    /// A limit may not be further from the oracle than this share of it.
    pub price_band: Decimal,
    /// Leverage of a market an account never set one for; lowered to the market's maximum.
    pub default_leverage: u32,
    /// Table of fees, ascending by volume; the first row from 0.
    pub fees: Vec<FeeTier>,
    /// Requests an address has before it trades anything.
    pub requests_free: u64,
    /// Whether the budget of requests is enforced.
    pub budget_enforced: bool,
    /// One action each so many milliseconds when the budget is used up.
    pub budget_trickle_ms: i64,
    /// What an action costs that arrived after its `expiresAfter`.
    pub expired_weight: u64,
    /// Price of one request bought by `reserveRequestWeight`, USDC.
    pub request_price: Decimal,
    /// Orders an address may have open without volume.
    pub open_orders: usize,
    /// Most orders it may have open with any volume.
    pub open_orders_most: usize,
    /// Volume for one more open order, USDC.
    pub volume_per_open_order: Decimal,
    /// Volume needed for `scheduleCancel`; 0 opens it for all.
    pub schedule_cancel_volume: Decimal,
    /// Volume needed for `createSubAccount`; 0 opens it for all.
    pub sub_account_volume: Decimal,
    /// Whether a cloid that an open order carries is refused.
    pub unique_cloid: bool,
    /// How many named agents an account may have.
    pub named_agents: usize,
    /// How many more for each sub-account.
    pub named_agents_per_sub_account: usize,
    /// How long an agent lives when its name does not say, ms.
    pub agent_life_ms: i64,
    /// How often the mark price is computed, ms; 0 = at each step.
    pub mark_every_ms: i64,
    /// The mark is the oracle, rather than the median of the formula: triggers then fire exactly where the fed price is, as a
    /// backtest assumes.
    pub mark_from_oracle: bool,
    /// A limit that may rest takes nothing when it is placed, even where it meets a quote: it waits for what the house takes, as
    /// a backtest's limit does.
    pub limits_wait: bool,
    /// How often a premium sample is taken, ms.
    pub premium_every_ms: i64,
    /// Positions above this notional are liquidated in two steps, USDC.
    pub partial_liquidation_above: Decimal,
    /// Share of the first step.
    pub partial_liquidation_share: Decimal,
    /// Wait between the steps, ms.
    pub liquidation_cooldown_ms: i64,
    /// Equity below this share of maintenance goes to the backstop.
    pub backstop_below: Decimal,
    /// Money the backstop starts with, USDC.
    pub backstop_capital: Decimal,
    /// The backstop gives back what it took over, at prices no worse than this share from the mark; 0 = it keeps it.
    pub backstop_slippage: Decimal,
    /// Fee of a withdrawal, USDC.
    pub withdraw_fee: Decimal,
    /// What becomes of children whose parent takes only a part.
    pub taken_part: TakenPart,
    /// Rows kept of an account's fills.
    pub keep_fills: usize,
    /// Rows kept of an account's order history.
    pub keep_history: usize,
    /// Finished orders of an account that `orderStatus` still knows.
    pub keep_orders: usize,
    /// Rows kept of every other list (funding, ledger, portfolio).
    pub keep_rows: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let d = Decimal::new;
        let tier = |volume: i64, taker: i64, maker: i64| FeeTier {
            volume: d(volume, 0),
            taker: d(taker, 5),
            maker: d(maker, 5),
        };
        Self {
            min_notional: d(10, 0),
            reduce_only_minimum: ReduceOnlyMinimum::WholePosition,
            price_band: d(8, 1),
            default_leverage: 20,
            fees: vec![
                tier(0, 45, 15),
                tier(5_000_000, 40, 12),
                tier(25_000_000, 35, 8),
                tier(100_000_000, 30, 4),
                tier(500_000_000, 28, 0),
                tier(2_000_000_000, 26, 0),
                tier(7_000_000_000, 24, 0),
            ],
            requests_free: 10_000,
            budget_enforced: true,
            budget_trickle_ms: 10_000,
            expired_weight: 5,
            request_price: d(5, 4),
            open_orders: 1000,
            open_orders_most: 5000,
            volume_per_open_order: d(5_000_000, 0),
            schedule_cancel_volume: Decimal::ZERO,
            sub_account_volume: Decimal::ZERO,
            unique_cloid: false,
            named_agents: 3,
            named_agents_per_sub_account: 2,
            agent_life_ms: 180 * super::ident::DAY,
            mark_every_ms: 3000,
            mark_from_oracle: false,
            limits_wait: false,
            premium_every_ms: 5000,
            partial_liquidation_above: d(100_000, 0),
            partial_liquidation_share: d(2, 1),
            liquidation_cooldown_ms: 30_000,
            backstop_below: d(2, 0) / d(3, 0),
            backstop_capital: d(1_000_000, 0),
            backstop_slippage: d(1, 2),
            withdraw_fee: d(1, 0),
            taken_part: TakenPart::CancelsChildren,
            keep_fills: 10_000,
            keep_history: 2000,
            keep_orders: 5000,
            keep_rows: 5000,
        }
    }
}

impl Settings {
    /// The gates of the real exchange: volume before `scheduleCancel` and sub-accounts, cloids unique among open orders.
    pub fn strict() -> Self {
        Self {
            schedule_cancel_volume: Decimal::new(1_000_000, 0),
            sub_account_volume: Decimal::new(100_000, 0),
            unique_cloid: true,
            ..Self::default()
        }
    }
}
