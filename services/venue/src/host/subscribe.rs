//! What may be followed, and by how many.

use super::http::INTERVALS;
use super::topic::Topic;
use super::{Host, SessionId};
use crate::engine::Millis;
use serde_json::json;
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::wire::ws::{self, Ack, Frame, Subscription};
use std::collections::BTreeSet;

/// Why a subscription is refused.
pub(super) enum Refused {
    /// With the text for what is no request.
    Unparsable,
    /// With this text.
    Says(String),
}

fn name_of(subscription: &Subscription) -> String {
    // A subscription is texts and numbers: it always has a JSON form.
    serde_json::to_string(&subscription.canonical()).unwrap_or_default()
}

impl Host {
    pub(super) fn subscribe(
        &mut self,
        now: Millis,
        session: SessionId,
        subscription: &Subscription,
    ) -> Result<(), Refused> {
        self.check(subscription)?;
        let name = name_of(subscription);
        let Some(open) = self.sessions.get(&session) else {
            return Ok(());
        };
        if open.topics.contains(&name) {
            return Err(Refused::Says(ws::already_subscribed(subscription)));
        }
        self.check_limits(open.ip, subscription)?;
        let topic = self
            .topics
            .entry(name.clone())
            .or_insert_with(|| Topic::new(subscription.canonical()));
        topic.sessions.insert(session);
        if let Some(open) = self.sessions.get_mut(&session) {
            open.topics.insert(name.clone());
        }
        self.acknowledge(session, "subscribe", subscription);
        self.snapshot(now, &name, session);
        Ok(())
    }

    pub(super) fn unsubscribe(
        &mut self,
        session: SessionId,
        subscription: &Subscription,
    ) -> Result<(), Refused> {
        let name = name_of(subscription);
        let Some(open) = self.sessions.get_mut(&session) else {
            return Ok(());
        };
        if !open.topics.remove(&name) {
            return Err(Refused::Says(ws::already_unsubscribed(subscription)));
        }
        self.unfollow(&name, session);
        self.acknowledge(session, "unsubscribe", subscription);
        Ok(())
    }

    /// Takes a session off a topic that it does not list any more.
    pub(super) fn unfollow(&mut self, name: &str, session: SessionId) {
        if let Some(topic) = self.topics.get_mut(name) {
            topic.sessions.remove(&session);
            if topic.sessions.is_empty() {
                self.topics.remove(name);
            }
        }
    }

    fn acknowledge(&mut self, session: SessionId, method: &str, subscription: &Subscription) {
        let ack = Ack {
            method: method.to_owned(),
            subscription: subscription.normalised(),
        };
        self.send(session, &Frame::SubscriptionResponse(ack));
    }

    /// Refuses what does not exist.
    fn check(&self, subscription: &Subscription) -> Result<(), Refused> {
        use Subscription as S;
        if let S::Candle { interval, .. } = subscription
            && !INTERVALS.contains(&interval.as_str())
        {
            return Err(Refused::Unparsable);
        }
        let elsewhere = match subscription {
            S::AllMids { dex } | S::ClearinghouseState { dex, .. } | S::OpenOrders { dex, .. } => {
                dex.as_ref().is_some_and(|dex| !dex.is_empty())
            }
            _ => false,
        };
        let unknown = match subscription {
            S::L2Book { coin, .. }
            | S::Bbo { coin }
            | S::Trades { coin }
            | S::Candle { coin, .. }
            | S::ActiveAssetCtx { coin }
            | S::ActiveAssetData { coin, .. } => self.exchange.asset(coin).is_none(),
            _ => false,
        };
        if elsewhere || unknown {
            let what = json!(subscription.normalised());
            return Err(Refused::Says(format!("Invalid subscription {what}")));
        }
        Ok(())
    }

    fn check_limits(
        &self,
        ip: std::net::IpAddr,
        subscription: &Subscription,
    ) -> Result<(), Refused> {
        let limits = &self.settings.limits;
        if !limits.enforced {
            return Ok(());
        }
        let of_ip = self.sessions.values().filter(|session| session.ip == ip);
        let names: Vec<&String> = of_ip.flat_map(|session| &session.topics).collect();
        if names.len() >= limits.subscriptions {
            let most = limits.subscriptions;
            return Err(Refused::Says(format!(
                "Cannot track more than {most} total subscriptions."
            )));
        }
        let Some(user) = subscription.user() else {
            return Ok(());
        };
        let users: BTreeSet<Address> = names
            .iter()
            .filter_map(|name| self.topics.get(*name)?.subscription.user())
            .collect();
        if !users.contains(&user) && users.len() >= limits.users {
            return Err(Refused::Says(ws::too_many_users(limits.users)));
        }
        Ok(())
    }
}
