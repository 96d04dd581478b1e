//! Answers about accounts.

use super::{AssetCtx, FrontendOrder, Meta, SpotAssetCtx};
use crate::Millis;
use crate::wire::number::{Out, as_out, as_out_option, as_out_pair};
use crate::wire::{Address, TxHash};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The perpetual side of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClearinghouseState {
    /// All of it.
    pub margin_summary: MarginSummary,
    /// Without isolated positions.
    pub cross_margin_summary: MarginSummary,
    /// Dollars below which the cross account is liquidated.
    #[serde(default, with = "as_out")]
    pub cross_maintenance_margin_used: Decimal,
    /// Dollars that may be taken out.
    #[serde(with = "as_out")]
    pub withdrawable: Decimal,
    /// Open positions.
    pub asset_positions: Vec<AssetPosition>,
    /// When.
    #[serde(default)]
    pub time: Millis,
}

/// Sums in dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarginSummary {
    /// Equity: `total_raw_usd` and the signed value of all positions at mark.
    #[serde(with = "as_out")]
    pub account_value: Decimal,
    /// Value of all positions, unsigned.
    #[serde(with = "as_out")]
    pub total_ntl_pos: Decimal,
    /// Cash, had every position been bought and sold for it.
    #[serde(with = "as_out")]
    pub total_raw_usd: Decimal,
    /// Margin that positions use.
    #[serde(with = "as_out")]
    pub total_margin_used: Decimal,
}

/// A position and how it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetPosition {
    /// `oneWay`.
    #[serde(rename = "type")]
    pub kind: String,
    /// It.
    pub position: Position,
}

/// A position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Position {
    /// The coin.
    pub coin: String,
    /// Coins; negative for a short.
    #[serde(with = "as_out")]
    pub szi: Decimal,
    /// Leverage and kind of margin.
    pub leverage: Leverage,
    /// Average entry.
    #[serde(default, with = "as_out_option")]
    pub entry_px: Option<Decimal>,
    /// Dollars at mark, unsigned.
    #[serde(with = "as_out")]
    pub position_value: Decimal,
    /// Profit at mark.
    #[serde(with = "as_out")]
    pub unrealized_pnl: Decimal,
    /// Profit as a share of the margin at entry.
    #[serde(with = "as_out")]
    pub return_on_equity: Decimal,
    /// Mark at which it is liquidated, if there is one.
    #[serde(default, with = "as_out_option")]
    pub liquidation_px: Option<Decimal>,
    /// Dollars.
    #[serde(with = "as_out")]
    pub margin_used: Decimal,
    /// The highest that the asset allows.
    #[serde(default)]
    pub max_leverage: u32,
    /// Funding paid (positive) so far.
    #[serde(default)]
    pub cum_funding: CumFunding,
}

/// Leverage and kind of margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Leverage {
    /// The whole account stands in.
    Cross {
        /// Leverage.
        value: u32,
    },
    /// Only what was set aside stands in.
    Isolated {
        /// Leverage.
        value: u32,
        /// Cash of the position.
        #[serde(
            default,
            with = "as_out_option",
            skip_serializing_if = "Option::is_none"
        )]
        raw_usd: Option<Decimal>,
    },
}

impl Leverage {
    /// The leverage.
    pub fn value(&self) -> u32 {
        match self {
            Self::Cross { value } | Self::Isolated { value, .. } => *value,
        }
    }
}

/// Funding paid, in dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CumFunding {
    /// Ever, in this coin.
    #[serde(with = "as_out")]
    pub all_time: Decimal,
    /// Since the position was opened.
    #[serde(with = "as_out")]
    pub since_open: Decimal,
    /// Since its size last changed.
    #[serde(with = "as_out")]
    pub since_change: Decimal,
}

/// The spot side of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SpotState {
    /// By token.
    pub balances: Vec<Balance>,
}

/// Coins of one token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    /// The token's name.
    pub coin: String,
    /// Its number.
    #[serde(default)]
    pub token: u32,
    /// All of it.
    #[serde(with = "as_out")]
    pub total: Decimal,
    /// Of that, held by open orders.
    #[serde(with = "as_out")]
    pub hold: Decimal,
    /// What it cost.
    #[serde(default, with = "as_out")]
    pub entry_ntl: Decimal,
}

/// One payment of funding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserFunding {
    /// When.
    pub time: Millis,
    /// Zero.
    pub hash: TxHash,
    /// What.
    pub delta: FundingDelta,
}

/// What was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FundingDelta {
    /// `funding`.
    #[serde(rename = "type", default = "funding")]
    pub kind: String,
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

fn funding() -> String {
    "funding".to_owned()
}

/// Money that moved otherwise than by trading and funding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerUpdate {
    /// When.
    pub time: Millis,
    /// Its transaction.
    pub hash: TxHash,
    /// What.
    pub delta: LedgerDelta,
}

/// What moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[allow(missing_docs)] // the members name themselves: dollars, tokens, from whom and to whom
pub enum LedgerDelta {
    /// Onto the exchange.
    Deposit { usdc: Out },
    /// Off it.
    Withdraw {
        usdc: Out,
        #[serde(default)]
        nonce: u64,
        #[serde(default)]
        fee: Out,
    },
    /// Between accounts.
    InternalTransfer {
        usdc: Out,
        user: Address,
        destination: Address,
        #[serde(default)]
        fee: Out,
    },
    /// Between master and subaccount.
    SubAccountTransfer {
        usdc: Out,
        user: Address,
        destination: Address,
    },
    /// Between the sides of one account.
    AccountClassTransfer { usdc: Out, to_perp: bool },
    /// Tokens between accounts.
    SpotTransfer {
        token: String,
        amount: Out,
        #[serde(default)]
        usdc_value: Out,
        user: Address,
        destination: Address,
        #[serde(default)]
        fee: Out,
    },
    /// Tokens between accounts and exchanges.
    Send {
        user: Address,
        destination: Address,
        #[serde(default)]
        source_dex: String,
        #[serde(default)]
        destination_dex: String,
        token: String,
        amount: Out,
        #[serde(default)]
        usdc_value: Out,
        #[serde(default)]
        fee: Out,
    },
    /// The account, or a position, was liquidated.
    Liquidation {
        liquidated_ntl_pos: Out,
        account_value: Out,
        /// `Cross` or `Isolated`.
        leverage_type: String,
        liquidated_positions: Vec<LiquidatedPosition>,
    },
    /// Rewards.
    RewardsClaim { amount: Out },
    /// A kind that we do not know.
    #[serde(untagged)]
    Other(Value),
}

/// A position that was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiquidatedPosition {
    /// The coin.
    pub coin: String,
    /// Coins, with their sign.
    #[serde(with = "as_out")]
    pub szi: Decimal,
}

/// What the account pays for trading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserFees {
    /// By day, the running one last.
    #[serde(default)]
    pub daily_user_vlm: Vec<DailyVolume>,
    /// The whole table.
    pub fee_schedule: FeeSchedule,
    /// Share paid for taking.
    #[serde(with = "as_out")]
    pub user_cross_rate: Decimal,
    /// Share paid for making; negative is received.
    #[serde(with = "as_out")]
    pub user_add_rate: Decimal,
    /// The same on spot.
    #[serde(default, with = "as_out")]
    pub user_spot_cross_rate: Decimal,
    /// The same on spot.
    #[serde(default, with = "as_out")]
    pub user_spot_add_rate: Decimal,
    /// Share taken off for a referral.
    #[serde(default, with = "as_out")]
    pub active_referral_discount: Decimal,
    /// Null.
    #[serde(default)]
    pub trial: Value,
    /// Dollars.
    #[serde(default, with = "as_out")]
    pub fee_trial_escrow: Decimal,
    /// Null.
    #[serde(default)]
    pub next_trial_available_timestamp: Value,
    /// Null without one.
    #[serde(default)]
    pub staking_link: Value,
    /// Null without one.
    #[serde(default)]
    pub active_staking_discount: Value,
}

/// What was traded on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DailyVolume {
    /// As `2026-11-23`.
    pub date: String,
    /// Dollars taken by the account.
    #[serde(with = "as_out")]
    pub user_cross: Decimal,
    /// Dollars made by it.
    #[serde(with = "as_out")]
    pub user_add: Decimal,
    /// Dollars of everybody.
    #[serde(with = "as_out")]
    pub exchange: Decimal,
}

/// The table of fees, as shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeeSchedule {
    /// For taking.
    #[serde(with = "as_out")]
    pub cross: Decimal,
    /// For making.
    #[serde(with = "as_out")]
    pub add: Decimal,
    /// For taking on spot.
    #[serde(default, with = "as_out")]
    pub spot_cross: Decimal,
    /// For making on spot.
    #[serde(default, with = "as_out")]
    pub spot_add: Decimal,
    /// By volume.
    pub tiers: FeeTiers,
    /// Share taken off.
    #[serde(default, with = "as_out")]
    pub referral_discount: Decimal,
    /// By coins staked.
    #[serde(default)]
    pub staking_discount_tiers: Vec<StakingTier>,
}

/// Steps of the fees.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FeeTiers {
    /// By dollars traded in 14 days.
    pub vip: Vec<VipTier>,
    /// By share of all making.
    pub mm: Vec<MakerTier>,
}

/// A step by volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VipTier {
    /// Dollars, to be exceeded.
    #[serde(with = "as_out")]
    pub ntl_cutoff: Decimal,
    /// For taking.
    #[serde(with = "as_out")]
    pub cross: Decimal,
    /// For making.
    #[serde(with = "as_out")]
    pub add: Decimal,
    /// For taking on spot.
    #[serde(default, with = "as_out")]
    pub spot_cross: Decimal,
    /// For making on spot.
    #[serde(default, with = "as_out")]
    pub spot_add: Decimal,
}

/// A step by share of all making.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MakerTier {
    /// Share.
    #[serde(with = "as_out")]
    pub maker_fraction_cutoff: Decimal,
    /// For making; negative is received.
    #[serde(with = "as_out")]
    pub add: Decimal,
}

/// A step by coins staked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StakingTier {
    /// Share of the supply, in basis points.
    #[serde(with = "as_out")]
    pub bps_of_max_supply: Decimal,
    /// Share taken off.
    #[serde(with = "as_out")]
    pub discount: Decimal,
}

/// The budget of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRateLimit {
    /// Dollars ever traded.
    #[serde(with = "as_out")]
    pub cum_vlm: Decimal,
    /// Requests made.
    pub n_requests_used: u64,
    /// Requests allowed.
    pub n_requests_cap: u64,
    /// Bought on top.
    #[serde(default)]
    pub n_requests_surplus: u64,
}

/// History of an account: eight spans, `day`, `week`, `month`, `allTime` and the same with `perp` in front.
pub type Portfolio = Vec<(String, PeriodHistory)>;

/// One span of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeriodHistory {
    /// Equity over time.
    pub account_value_history: Vec<(Millis, Out)>,
    /// Profit over time.
    pub pnl_history: Vec<(Millis, Out)>,
    /// Dollars traded.
    #[serde(with = "as_out")]
    pub vlm: Decimal,
}

/// A subaccount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubAccount {
    /// Its name.
    pub name: String,
    /// Its address.
    pub sub_account_user: Address,
    /// Whose it is.
    pub master: Address,
    /// Its perpetual side.
    pub clearinghouse_state: ClearinghouseState,
    /// Its spot side.
    pub spot_state: SpotState,
}

/// A key that may trade for the account, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtraAgent {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: Address,
    /// Until when.
    pub valid_until: Millis,
}

/// What an address is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", content = "data", rename_all = "camelCase")]
pub enum UserRole {
    /// Nobody.
    Missing,
    /// An account of its own.
    User,
    /// A vault.
    Vault,
    /// A key that trades for somebody.
    Agent {
        /// For whom.
        user: Address,
    },
    /// A subaccount.
    SubAccount {
        /// Of whom.
        master: Address,
    },
}

/// What an account can trade in one coin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveAssetData {
    /// Who.
    pub user: Address,
    /// The coin.
    pub coin: String,
    /// Leverage and kind of margin.
    pub leverage: Leverage,
    /// Coins that can be bought and sold.
    #[serde(with = "as_out_pair")]
    pub max_trade_szs: [Decimal; 2],
    /// Dollars that can be used for that.
    #[serde(with = "as_out_pair")]
    pub available_to_trade: [Decimal; 2],
    /// Mark price.
    #[serde(with = "as_out")]
    pub mark_px: Decimal,
}

/// All that the old front end shows of an account. Ours does not ask for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // each is the answer to the question of its name
pub struct WebData2 {
    pub clearinghouse_state: ClearinghouseState,
    #[serde(default)]
    pub leading_vaults: Vec<Value>,
    #[serde(default, with = "as_out")]
    pub total_vault_equity: Decimal,
    pub open_orders: Vec<FrontendOrder>,
    #[serde(default)]
    pub agent_address: Option<Address>,
    #[serde(default)]
    pub agent_valid_until: Option<Millis>,
    #[serde(default, with = "as_out")]
    pub cum_ledger: Decimal,
    pub meta: Meta,
    pub asset_ctxs: Vec<AssetCtx>,
    #[serde(default)]
    pub server_time: Millis,
    #[serde(default)]
    pub is_vault: bool,
    pub user: Address,
    #[serde(default)]
    pub twap_states: Vec<Value>,
    #[serde(default)]
    pub spot_state: SpotState,
    #[serde(default)]
    pub spot_asset_ctxs: Vec<SpotAssetCtx>,
}
