//! Turns, as they stand in the store: any number of generators take them, and none twice.

use super::bandit::Bandit;
use crate::ai::Spent;
use serde::{Deserialize, Serialize};
use sixbtc_core::daemon::ServiceError;
use sixbtc_core::model::SourceName;
use sixbtc_core::store::{Store, StoreError};

/// Under which key of the store's control values the state stands.
pub const STATE: &str = "generator.state";
/// Tries before somebody else's writes are called a fault.
const TRIES: u32 = 20;

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

/// Changes the state, again when somebody else did in between; what `change` returned.
pub(super) async fn change<T>(
    store: &Store,
    by: &str,
    mut change: impl FnMut(&mut State) -> T + Send,
) -> Result<T, ServiceError> {
    for _ in 0..TRIES {
        let found = store.control(STATE).await?;
        let version = found.as_ref().map_or(0, |c| c.version);
        // a state that cannot be read is of another version of the program: yields are learnt anew
        let mut state = found
            .and_then(|c| State::deserialize(&c.value).ok())
            .unwrap_or_default();
        let out = change(&mut state);
        let value = serde_json::to_value(&state)
            .map_err(|e| ServiceError::Fatal(format!("the state of the generator: {e}")))?;
        match store.set_control(STATE, &value, Some(version), by).await {
            Ok(_) => return Ok(out),
            Err(StoreError::Conflict(_)) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Err(ServiceError::Passing(
        "other generators write their state without end".into(),
    ))
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
