//! What `/info` answers (facts §6), made from the state. Candles are not here: the engine sees prints, not their history.
//!
//! Every answer has a method with its type; [`Exchange::info`] chooses by the question.

mod account;
mod fees;
mod market;
mod orders;
mod rows;

use super::exchange::Exchange;
use super::ident::Millis;
use serde::Serialize;
use serde_json::{Value, json};
use sixbtc_exchange::wire::InfoRequest;
use sixbtc_exchange::wire::info::{ExchangeStatus, SpotMeta, SpotToken};

/// Rows of a list that one answer holds.
const ROWS: usize = 2000;
/// Rows of funding rates that one answer holds.
const RATES: usize = 500;

/// Of rows in ascending time, those from `start` to `end`, both included.
fn span<'a, T: 'a>(
    rows: impl IntoIterator<Item = &'a T>,
    time: impl Fn(&T) -> Millis,
    start: Millis,
    end: Option<Millis>,
) -> impl Iterator<Item = &'a T> {
    let end = end.unwrap_or(Millis::MAX);
    rows.into_iter()
        .filter(move |row| (start..=end).contains(&time(row)))
}

fn value<T: Serialize>(answer: T) -> Value {
    // Answers are trees of texts and numbers: they always have a JSON form.
    serde_json::to_value(answer).unwrap_or_default()
}

/// Whether a question is about the exchange of a builder, of which there are none.
fn is_elsewhere(dex: Option<&String>) -> bool {
    dex.is_some_and(|dex| !dex.is_empty())
}

impl Exchange {
    /// Answers a question; null for what is unknown. `None` for the one question the state does not answer: candles.
    pub fn info(&self, request: &InfoRequest) -> Option<Value> {
        use InfoRequest as Q;
        let (Q::Meta { dex }
        | Q::MetaAndAssetCtxs { dex }
        | Q::AllMids { dex }
        | Q::ClearinghouseState { dex, .. }
        | Q::OpenOrders { dex, .. }
        | Q::FrontendOpenOrders { dex, .. }) = request
        else {
            return self.info_here(request);
        };
        if is_elsewhere(dex.as_ref()) {
            Some(Value::Null)
        } else {
            self.info_here(request)
        }
    }

    fn info_here(&self, request: &InfoRequest) -> Option<Value> {
        use InfoRequest as Q;
        Some(match request {
            Q::Meta { .. } => value(self.meta()),
            Q::MetaAndAssetCtxs { .. } => value((self.meta(), self.asset_ctxs())),
            Q::AllMids { .. } => value(self.all_mids()),
            Q::L2Book {
                coin,
                n_sig_figs,
                mantissa,
            } => value(self.l2_book(coin, *n_sig_figs, *mantissa)),
            Q::CandleSnapshot { .. } => return None,
            Q::RecentTrades { coin } => value(self.recent_trades(coin)),
            Q::FundingHistory {
                coin,
                start_time,
                end_time,
            } => value(self.funding_history(coin, *start_time, *end_time)),
            Q::PredictedFundings => value(self.predicted_fundings()),
            Q::ClearinghouseState { user, .. } => value(self.clearinghouse_state(*user)),
            Q::SpotClearinghouseState { user } => value(self.spot_state(*user)),
            Q::OpenOrders { user, .. } => value(self.open_orders(*user)),
            Q::FrontendOpenOrders { user, .. } => value(self.frontend_orders(*user)),
            Q::OrderStatus { user, oid } => value(self.order_status(*user, *oid)),
            Q::HistoricalOrders { user } => value(self.historical_orders(*user)),
            Q::UserFills {
                user,
                aggregate_by_time,
            } => value(self.user_fills(*user, *aggregate_by_time == Some(true))),
            Q::UserFillsByTime {
                user,
                start_time,
                end_time,
                aggregate_by_time,
                reversed,
            } => {
                let mut fills = self.user_fills_by_time(
                    *user,
                    *start_time,
                    *end_time,
                    *aggregate_by_time == Some(true),
                    *reversed == Some(true),
                );
                fills.truncate(ROWS);
                value(fills)
            }
            Q::UserFunding {
                user,
                start_time,
                end_time,
            } => value(self.user_funding(*user, *start_time, *end_time)),
            Q::UserNonFundingLedgerUpdates {
                user,
                start_time,
                end_time,
            } => value(self.user_ledger(*user, *start_time, *end_time)),
            Q::UserFees { user } => value(self.user_fees(*user)),
            Q::UserRateLimit { user } => value(self.user_rate_limit(*user)),
            Q::Portfolio { user } => value(self.portfolio(*user)),
            Q::SubAccounts { user } => value(self.sub_accounts(*user)),
            Q::ExtraAgents { user } => value(self.extra_agents(*user)),
            Q::UserRole { user } => value(self.user_role(*user)),
            Q::ActiveAssetData { user, coin } => value(self.active_asset_data(*user, coin)),
            Q::SpotMeta => value(spot_meta()),
            Q::SpotMetaAndAssetCtxs => json!([spot_meta(), []]),
            Q::PerpDexs => json!([null]),
            Q::ExchangeStatus => value(ExchangeStatus {
                special_statuses: Value::Null,
                time: self.now,
            }),
            Q::UserAbstraction { .. } => json!("default"),
            Q::MaxBuilderFee { user, builder } => {
                json!(self.builder_fee(*user, *builder).unwrap_or(0))
            }
            Q::WebData2 { user } => value(self.web_data2(*user)),
        })
    }
}

/// The one token, and no pairs: clients cannot start without it.
fn spot_meta() -> SpotMeta {
    SpotMeta {
        universe: Vec::new(),
        tokens: vec![SpotToken {
            name: "USDC".to_owned(),
            sz_decimals: 8,
            wei_decimals: 8,
            index: 0,
            token_id: "0x6d1e7cde53ba9467b783cb7c530ce054".to_owned(),
            is_canonical: true,
            evm_contract: Value::Null,
            full_name: None,
        }],
    }
}
