//! One thing that is followed, by however many.

use super::SessionId;
use crate::engine::Millis;
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::wire::info::Candle;
use sixbtc_exchange::wire::ws::Subscription;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How a stream is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Each thing as it happens.
    Events,
    /// A state, when it changes, but not too often.
    State,
    /// A state of the market: the same, and again after a while without a change.
    Market,
}

/// One thing that is followed.
#[derive(Debug)]
pub(super) struct Topic {
    pub subscription: Subscription,
    pub sessions: BTreeSet<SessionId>,
    /// Whether its state may have changed since it was sent.
    pub dirty: bool,
    /// When it was last sent, ms of the market.
    pub sent: Millis,
    /// What was last sent, where that matters.
    pub last: Option<Arc<str>>,
    /// The last candle that was sent.
    pub candle: Option<Candle>,
}

impl Topic {
    pub fn new(subscription: Subscription) -> Self {
        Self {
            subscription,
            sessions: BTreeSet::new(),
            dirty: false,
            sent: Millis::MIN,
            last: None,
            candle: None,
        }
    }

    pub fn pace(&self) -> Pace {
        use Subscription as S;
        match self.subscription {
            S::AllMids { .. } | S::L2Book { .. } | S::Candle { .. } | S::ActiveAssetCtx { .. } => {
                Pace::Market
            }
            S::Bbo { .. }
            | S::ActiveAssetData { .. }
            | S::ClearinghouseState { .. }
            | S::OpenOrders { .. }
            | S::WebData2 { .. }
            | S::WebData3 { .. } => Pace::State,
            _ => Pace::Events,
        }
    }

    pub fn is_fast(&self) -> bool {
        matches!(
            self.subscription,
            Subscription::L2Book {
                fast: Some(true),
                ..
            } | Subscription::Bbo { .. }
        )
    }

    /// Whether news of a market, and of these accounts, may change its state.
    pub fn concerns(&self, coins: &BTreeSet<String>, users: &BTreeSet<Address>) -> bool {
        use Subscription as S;
        match &self.subscription {
            S::AllMids { .. } => !coins.is_empty(),
            S::L2Book { coin, .. }
            | S::Bbo { coin }
            | S::Candle { coin, .. }
            | S::ActiveAssetCtx { coin } => coins.contains(coin),
            S::ActiveAssetData { user, coin } => coins.contains(coin) || users.contains(user),
            // Marks move the value of any account.
            S::ClearinghouseState { user, .. } | S::WebData2 { user } => {
                !coins.is_empty() || users.contains(user)
            }
            S::OpenOrders { user, .. } | S::WebData3 { user } => users.contains(user),
            _ => false,
        }
    }
}
