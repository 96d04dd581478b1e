//! What a frame is about, so that each stream has a clock of its own.

use crate::wire::ws::{Frame, Subscription, UserEvent};
use std::fmt;

/// A channel, and the coin or user on it.
///
/// `orderUpdates` and `user` do not name the user, so their key is empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topic {
    /// The channel.
    pub channel: String,
    /// `BTC`, `BTC 15m` for candles, an address; or nothing.
    pub key: String,
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            f.write_str(&self.channel)
        } else {
            write!(f, "{} {}", self.channel, self.key)
        }
    }
}

impl Topic {
    /// What a subscription brings.
    pub fn of(subscription: &Subscription) -> Self {
        let key = match subscription {
            Subscription::Candle { coin, interval } => format!("{coin} {interval}"),
            Subscription::L2Book { coin, .. }
            | Subscription::Bbo { coin }
            | Subscription::Trades { coin }
            | Subscription::ActiveAssetCtx { coin }
            | Subscription::ActiveAssetData { coin, .. } => coin.clone(),
            Subscription::UserFills { user, .. }
            | Subscription::UserFundings { user }
            | Subscription::UserNonFundingLedgerUpdates { user }
            | Subscription::UserHistoricalOrders { user }
            | Subscription::ClearinghouseState { user, .. }
            | Subscription::OpenOrders { user, .. }
            | Subscription::WebData2 { user }
            | Subscription::WebData3 { user } => user.to_string(),
            Subscription::AllMids { .. }
            | Subscription::OrderUpdates { .. }
            | Subscription::UserEvents { .. }
            | Subscription::Notification { .. } => String::new(),
        };
        Self {
            channel: subscription.channel().to_owned(),
            key,
        }
    }

    /// What a frame is about; none for acknowledgements, answers, heartbeats and lists without rows.
    pub fn of_frame(frame: &Frame) -> Option<Self> {
        let key = match frame {
            Frame::SubscriptionResponse(_)
            | Frame::Error(_)
            | Frame::Post(_)
            | Frame::Pong
            | Frame::Other { .. } => return None,
            Frame::Candle(candle) => format!("{} {}", candle.s, candle.i),
            Frame::L2Book(book) => book.coin.clone(),
            Frame::Bbo(bbo) => bbo.coin.clone(),
            Frame::Trades(trades) => trades.first()?.coin.clone(),
            Frame::ActiveAssetCtx(ctx) => ctx.coin.clone(),
            Frame::ActiveSpotAssetCtx(ctx) => ctx.coin.clone(),
            Frame::ActiveAssetData(data) => data.coin.clone(),
            Frame::UserFills(frame) => frame.user.to_string(),
            Frame::UserFundings(frame) => frame.user.to_string(),
            Frame::UserNonFundingLedgerUpdates(frame) => frame.user.to_string(),
            Frame::UserHistoricalOrders(frame) => frame.user.to_string(),
            Frame::ClearinghouseState(frame) => frame.user.to_string(),
            Frame::OpenOrders(frame) => frame.user.to_string(),
            Frame::WebData2(data) => data.user.to_string(),
            Frame::WebData3(data) => data.user_state.user.to_string(),
            Frame::User(UserEvent::Other(event)) if event.is_empty() => return None,
            Frame::AllMids(_)
            | Frame::OrderUpdates(_)
            | Frame::User(_)
            | Frame::Notification(_) => String::new(),
        };
        Some(Self {
            channel: frame.channel().to_owned(),
            key,
        })
    }
}
