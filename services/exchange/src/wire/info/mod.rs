//! `POST /info`: what can be asked, and the answers.

mod account;
mod market;
mod order;

pub use account::{
    ActiveAssetData, AssetPosition, Balance, ClearinghouseState, CumFunding, DailyVolume,
    ExtraAgent, FeeSchedule, FeeTiers, FundingDelta, LedgerDelta, LedgerUpdate, Leverage,
    LiquidatedPosition, MakerTier, MarginSummary, PeriodHistory, Portfolio, Position, SpotState,
    StakingTier, SubAccount, UserFees, UserFunding, UserRateLimit, UserRole, VipTier, WebData2,
};
pub use market::{
    AllMids, AssetCtx, AssetMeta, Candle, ExchangeStatus, FundingRate, L2Book, L2Level,
    MarginTable, MarginTier, Meta, PerpDex, PredictedFunding, SpotAssetCtx, SpotMeta, SpotPair,
    SpotToken, Trade,
};
pub use order::{
    Direction, Fill, FillLiquidation, FrontendOrder, HistoricalOrder, OpenOrder, OrderFound,
    OrderStatusAnswer, OrderType,
};

use super::{Address, OrderRef};
use crate::Millis;
use serde::{Deserialize, Serialize};

/// A question, named by `type`.
///
/// `dex` is the exchange of a builder; none or empty for the main one. The answer's type stands with each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[allow(missing_docs)] // the members are the same few everywhere: user, coin, dex, and a span of time in milliseconds
pub enum InfoRequest {
    /// [`Meta`].
    Meta {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    /// `(Meta, Vec<AssetCtx>)`.
    MetaAndAssetCtxs {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    /// [`AllMids`].
    AllMids {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    /// `Option<L2Book>`: null for an unknown coin.
    L2Book {
        coin: String,
        /// Prices rounded to that many figures, 2 to 5.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        n_sig_figs: Option<u8>,
        /// With 5 figures: last figure a multiple of 2 or 5.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mantissa: Option<u8>,
    },
    /// `Vec<Candle>`, the newest 5000 of the span; the one that contains the start is included.
    CandleSnapshot { req: CandleSpan },
    /// `Vec<Trade>`.
    RecentTrades { coin: String },
    /// `Vec<FundingRate>`, ascending, 500 at most.
    FundingHistory {
        coin: String,
        start_time: Millis,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end_time: Option<Millis>,
    },
    /// `Vec<(String, Vec<(String, Option<PredictedFunding>)>)>`: by coin, by exchange.
    PredictedFundings,
    /// [`ClearinghouseState`].
    ClearinghouseState {
        user: Address,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    /// [`SpotState`].
    SpotClearinghouseState { user: Address },
    /// `Vec<OpenOrder>`.
    OpenOrders {
        user: Address,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    /// `Vec<FrontendOrder>`.
    FrontendOpenOrders {
        user: Address,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    /// [`OrderStatusAnswer`].
    OrderStatus { user: Address, oid: OrderRef },
    /// `Vec<HistoricalOrder>`, the newest 2000 rows, newest first, one row for each change of state.
    HistoricalOrders { user: Address },
    /// `Vec<Fill>`, the newest 2000, newest first.
    UserFills {
        user: Address,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        aggregate_by_time: Option<bool>,
    },
    /// `Vec<Fill>`, ascending, 2000 at most of the newest 10 000.
    UserFillsByTime {
        user: Address,
        start_time: Millis,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end_time: Option<Millis>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        aggregate_by_time: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reversed: Option<bool>,
    },
    /// `Vec<UserFunding>`.
    UserFunding {
        user: Address,
        /// All there is, when it is left out.
        #[serde(default)]
        start_time: Millis,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end_time: Option<Millis>,
    },
    /// `Vec<LedgerUpdate>`.
    UserNonFundingLedgerUpdates {
        user: Address,
        /// All there is, when it is left out.
        #[serde(default)]
        start_time: Millis,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end_time: Option<Millis>,
    },
    /// [`UserFees`].
    UserFees { user: Address },
    /// [`UserRateLimit`].
    UserRateLimit { user: Address },
    /// [`Portfolio`].
    Portfolio { user: Address },
    /// `Option<Vec<SubAccount>>`: null for none.
    SubAccounts { user: Address },
    /// `Vec<ExtraAgent>`.
    ExtraAgents { user: Address },
    /// [`UserRole`].
    UserRole { user: Address },
    /// [`ActiveAssetData`].
    ActiveAssetData { user: Address, coin: String },
    /// [`SpotMeta`].
    SpotMeta,
    /// `(SpotMeta, Vec<SpotAssetCtx>)`.
    SpotMetaAndAssetCtxs,
    /// `Vec<Option<PerpDex>>`; null is the main one.
    PerpDexs,
    /// [`ExchangeStatus`].
    ExchangeStatus,
    /// A text: `default`, `disabled`, `unifiedAccount`, …
    UserAbstraction { user: Address },
    /// A number: tenths of a basis point.
    MaxBuilderFee { user: Address, builder: Address },
    /// [`WebData2`].
    WebData2 { user: Address },
}

/// Which candles.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CandleSpan {
    /// The coin.
    pub coin: String,
    /// One of 1m 3m 5m 15m 30m 1h 2h 4h 8h 12h 1d 3d 1w 1M.
    pub interval: String,
    /// From the candle that contains this time.
    pub start_time: Millis,
    /// To this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Millis>,
}

impl InfoRequest {
    /// What the question costs of the budget of an IP address, before the rows of its answer.
    pub fn weight(&self) -> u32 {
        match self {
            Self::L2Book { .. }
            | Self::AllMids { .. }
            | Self::ClearinghouseState { .. }
            | Self::OrderStatus { .. }
            | Self::SpotClearinghouseState { .. }
            | Self::ExchangeStatus => 2,
            Self::UserRole { .. } => 60,
            _ => 20,
        }
    }

    /// Whether trading cannot go on without the answer: what became of an order, what is held, what time it is.
    pub fn is_urgent(&self) -> bool {
        matches!(
            self,
            Self::OrderStatus { .. } | Self::ClearinghouseState { .. } | Self::ExchangeStatus
        )
    }

    /// Rows of the answer that cost one more; none when rows cost nothing.
    pub fn rows_per_weight(&self) -> Option<u32> {
        match self {
            Self::CandleSnapshot { .. } => Some(60),
            Self::RecentTrades { .. }
            | Self::FundingHistory { .. }
            | Self::HistoricalOrders { .. }
            | Self::UserFills { .. }
            | Self::UserFillsByTime { .. }
            | Self::UserFunding { .. }
            | Self::UserNonFundingLedgerUpdates { .. } => Some(20),
            _ => None,
        }
    }
}

#[cfg(test)]
pub(in crate::wire) mod tests;
