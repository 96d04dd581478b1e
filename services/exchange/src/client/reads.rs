//! The questions that trading asks, each with its answer's type.

use super::{ReadError, Rest};
use crate::Millis;
use crate::wire::info::{
    ActiveAssetData, AllMids, AssetCtx, Candle, CandleSpan, ClearinghouseState, ExchangeStatus,
    ExtraAgent, Fill, FrontendOrder, HistoricalOrder, InfoRequest, L2Book, LedgerUpdate, Meta,
    OpenOrder, OrderStatusAnswer, SpotState, SubAccount, UserFees, UserFunding, UserRateLimit,
    UserRole,
};
use crate::wire::{Address, OrderRef};

impl Rest {
    /// The perpetuals that there are.
    pub async fn meta(&self) -> Result<Meta, ReadError> {
        self.info(&InfoRequest::Meta { dex: None }).await
    }

    /// The same, with the state of each market.
    pub async fn meta_and_ctxs(&self) -> Result<(Meta, Vec<AssetCtx>), ReadError> {
        self.info(&InfoRequest::MetaAndAssetCtxs { dex: None })
            .await
    }

    /// All middle prices.
    pub async fn all_mids(&self) -> Result<AllMids, ReadError> {
        self.info(&InfoRequest::AllMids { dex: None }).await
    }

    /// The book of a coin; none for an unknown one.
    pub async fn l2_book(&self, coin: &str) -> Result<Option<L2Book>, ReadError> {
        self.info(&InfoRequest::L2Book {
            coin: coin.to_owned(),
            n_sig_figs: None,
            mantissa: None,
        })
        .await
    }

    /// Candles of a coin.
    pub async fn candles(&self, span: CandleSpan) -> Result<Vec<Candle>, ReadError> {
        self.info(&InfoRequest::CandleSnapshot { req: span }).await
    }

    /// The exchange's clock.
    pub async fn exchange_status(&self) -> Result<ExchangeStatus, ReadError> {
        self.info(&InfoRequest::ExchangeStatus).await
    }

    /// Margin and positions.
    pub async fn clearinghouse_state(
        &self,
        user: Address,
    ) -> Result<ClearinghouseState, ReadError> {
        self.info(&InfoRequest::ClearinghouseState { user, dex: None })
            .await
    }

    /// Tokens.
    pub async fn spot_state(&self, user: Address) -> Result<SpotState, ReadError> {
        self.info(&InfoRequest::SpotClearinghouseState { user })
            .await
    }

    /// Open orders.
    pub async fn open_orders(&self, user: Address) -> Result<Vec<OpenOrder>, ReadError> {
        self.info(&InfoRequest::OpenOrders { user, dex: None })
            .await
    }

    /// Open orders with triggers and children.
    pub async fn frontend_open_orders(
        &self,
        user: Address,
    ) -> Result<Vec<FrontendOrder>, ReadError> {
        self.info(&InfoRequest::FrontendOpenOrders { user, dex: None })
            .await
    }

    /// One order, by number or by our name.
    pub async fn order_status(
        &self,
        user: Address,
        order: impl Into<OrderRef> + Send,
    ) -> Result<OrderStatusAnswer, ReadError> {
        let oid = order.into();
        self.info(&InfoRequest::OrderStatus { user, oid }).await
    }

    /// The newest 2000 states of orders.
    pub async fn historical_orders(
        &self,
        user: Address,
    ) -> Result<Vec<HistoricalOrder>, ReadError> {
        self.info(&InfoRequest::HistoricalOrders { user }).await
    }

    /// Fills from a time on, oldest first, 2000 at most: ask again from the last one's time, and drop what is known by
    /// `(tid, oid)`.
    pub async fn fills_since(&self, user: Address, since: Millis) -> Result<Vec<Fill>, ReadError> {
        self.info(&InfoRequest::UserFillsByTime {
            user,
            start_time: since,
            end_time: None,
            aggregate_by_time: None,
            reversed: None,
        })
        .await
    }

    /// Payments of funding from a time on.
    pub async fn funding_since(
        &self,
        user: Address,
        since: Millis,
    ) -> Result<Vec<UserFunding>, ReadError> {
        self.info(&InfoRequest::UserFunding {
            user,
            start_time: since,
            end_time: None,
        })
        .await
    }

    /// Money that moved from a time on.
    pub async fn ledger_since(
        &self,
        user: Address,
        since: Millis,
    ) -> Result<Vec<LedgerUpdate>, ReadError> {
        self.info(&InfoRequest::UserNonFundingLedgerUpdates {
            user,
            start_time: since,
            end_time: None,
        })
        .await
    }

    /// What trading costs.
    pub async fn user_fees(&self, user: Address) -> Result<UserFees, ReadError> {
        self.info(&InfoRequest::UserFees { user }).await
    }

    /// Requests left.
    pub async fn rate_limit(&self, user: Address) -> Result<UserRateLimit, ReadError> {
        self.info(&InfoRequest::UserRateLimit { user }).await
    }

    /// Subaccounts; empty for none.
    pub async fn sub_accounts(&self, user: Address) -> Result<Vec<SubAccount>, ReadError> {
        let list: Option<Vec<SubAccount>> = self.info(&InfoRequest::SubAccounts { user }).await?;
        Ok(list.unwrap_or_default())
    }

    /// Keys that may trade for the account, by name.
    pub async fn extra_agents(&self, user: Address) -> Result<Vec<ExtraAgent>, ReadError> {
        self.info(&InfoRequest::ExtraAgents { user }).await
    }

    /// What an address is. State read with an agent's address is that of an empty account: this tells.
    pub async fn user_role(&self, user: Address) -> Result<UserRole, ReadError> {
        self.info(&InfoRequest::UserRole { user }).await
    }

    /// Leverage and what can be traded in a coin.
    pub async fn active_asset_data(
        &self,
        user: Address,
        coin: &str,
    ) -> Result<ActiveAssetData, ReadError> {
        self.info(&InfoRequest::ActiveAssetData {
            user,
            coin: coin.to_owned(),
        })
        .await
    }
}
