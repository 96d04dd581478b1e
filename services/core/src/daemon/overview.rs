//! All services at a glance, as their heartbeats in the store tell.

use super::{Phase, ServiceName, ServiceState};
use crate::model::{Millis, Status};
use crate::store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A heartbeat older than this is of somebody who is gone: several times the usual interval.
const GONE_AFTER_MS: Millis = 60_000;

/// A service as it was last heard of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// Which.
    pub service: ServiceName,
    /// Who: `backtester@host:pid:start`.
    pub identity: String,
    /// When.
    pub at: Millis,
    /// Whether that was lately, and it had not said that it ends.
    pub here: bool,
    /// What it said.
    pub state: ServiceState,
}

/// All services and the strategies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// When this was looked up.
    pub at: Millis,
    /// Services by priority; of each, those that are here, or the one heard of last.
    pub services: Vec<Heard>,
    /// Strategies by status.
    pub strategies: BTreeMap<Status, u64>,
}

impl Overview {
    /// Looks it up.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn of(store: &Store) -> Result<Self, StoreError> {
        let at = store.now();
        let heard = store.heartbeats().await?.into_iter().filter_map(|beat| {
            // rows of another version may say other things
            let state: ServiceState = serde_json::from_value(beat.state).ok()?;
            Some(Heard {
                service: state.service,
                here: state.phase != Phase::Ended && at - beat.at <= GONE_AFTER_MS,
                identity: beat.identity,
                at: beat.at,
                state,
            })
        });
        Ok(Self {
            at,
            services: lately(heard.collect()),
            strategies: store.counts().await?,
        })
    }
}

fn lately(mut heard: Vec<Heard>) -> Vec<Heard> {
    // within a service those who are here come first, then the youngest
    heard.sort_by_key(|h| (h.service, !h.here, std::cmp::Reverse(h.at)));
    let mut kept: Vec<Heard> = Vec::new();
    for one in heard {
        let first = kept.last().is_none_or(|k| k.service != one.service);
        if one.here || first {
            kept.push(one);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn those_who_left_are_shown_only_where_nobody_is_here() {
        let store = Store::open("sqlite::memory:", crate::store::OpenOptions::default())
            .await
            .unwrap();
        let state = |service, phase| ServiceState {
            service,
            identity: String::new(),
            phase,
            note: String::new(),
            up_s: 0.0,
            version: String::new(),
            ticks: 0,
            errors: 0,
            panics: 0,
            workers: Vec::new(),
        };
        for (service, who, phase) in [
            (ServiceName::Docs, "docs@a:1:1", Phase::Ended),
            (ServiceName::Generator, "generator@a:1:1", Phase::Ended),
            (ServiceName::Generator, "generator@a:2:2", Phase::Running),
            (ServiceName::Generator, "generator@b:1:1", Phase::Running),
        ] {
            let row = serde_json::to_value(state(service, phase)).unwrap();
            store.heartbeat(service.as_str(), who, &row).await.unwrap();
        }
        store
            .heartbeat(
                "docs",
                "docs@z:1:1",
                &serde_json::json!({"of": "elsewhere"}),
            )
            .await
            .unwrap();
        let seen = Overview::of(&store).await.unwrap();
        let mut names: Vec<(&str, bool)> = seen
            .services
            .iter()
            .map(|h| (h.identity.as_str(), h.here))
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                ("docs@a:1:1", false),
                ("generator@a:2:2", true),
                ("generator@b:1:1", true)
            ]
        );
        assert_eq!(seen.strategies[&Status::Generated], 0);
    }
}
