//! Turns, as they stand in the store: any number of generators take them, and none twice.

use super::bandit::Bandit;
use crate::ai::Spent;
use serde::{Deserialize, Deserializer, Serialize};
use sixbtc_core::daemon::ServiceError;
use sixbtc_core::model::SourceName;
use sixbtc_core::shared;
use sixbtc_core::store::Store;

/// Under which key of the store's control values the state stands.
pub const STATE: &str = "generator.state";

/// What generators share.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Turns and yields of the sources.
    #[serde(default)]
    pub bandit: Bandit,
    /// What the day's questions to language models took.
    #[serde(default)]
    pub ai: Spent,
    /// Number of the next combination of indicators for a language model.
    #[serde(default)]
    pub assigned: u64,
}

/// The state as it is read: one that cannot be read is of another version of the program, and yields are learnt anew.
#[derive(Default, Serialize)]
#[serde(transparent)]
struct Known(State);

impl<'de> Deserialize<'de> for Known {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(from)?;
        Ok(Self(State::deserialize(value).unwrap_or_default()))
    }
}

/// Changes the state, again when somebody else did in between; what `change` returned.
pub(super) async fn change<T>(
    store: &Store,
    by: &str,
    mut change: impl FnMut(&mut State) -> T + Send,
) -> Result<T, ServiceError> {
    let changed = shared::update(store, STATE, by, |found: Option<Known>| {
        let mut known = found.unwrap_or_default();
        let out = change(&mut known.0);
        (Some(known), out)
    });
    Ok(changed.await?)
}

/// Takes the next turn: whose it is, and its number.
pub(super) async fn take(
    store: &Store,
    by: &str,
    sources: &[SourceName],
    floor: Option<f64>,
) -> Result<Option<(SourceName, u64)>, ServiceError> {
    if sources.is_empty() {
        return Ok(None);
    }
    let next = change(store, by, |state| {
        // a floor of all makes everyone's share the same
        let source = state.bandit.next(sources, floor.unwrap_or(1.0))?;
        Some((source, state.bandit.begin(source)))
    })
    .await?;
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_core::store::OpenOptions;

    #[tokio::test]
    async fn a_state_of_another_version_is_learnt_anew() {
        let store = Store::open("sqlite::memory:", OpenOptions::default())
            .await
            .unwrap();
        let other = serde_json::json!({ "bandit": 7 });
        store.set_control(STATE, &other, None, "old").await.unwrap();
        let add = |state: &mut State| {
            state.assigned += 1;
            state.assigned
        };
        assert_eq!(change(&store, "new", add).await.unwrap(), 1);
        assert_eq!(change(&store, "new", add).await.unwrap(), 2);
    }
}
