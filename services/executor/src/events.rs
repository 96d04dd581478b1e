//! Events of live strategies for the audit trail.

use serde_json::{Value, json};
use sixbtc_core::model::{NewEvent, Outcome, Stage, Strategy};

/// Something that became of a strategy that is live.
pub(crate) fn event(strategy: &Strategy, what: &str, outcome: Outcome, data: Value) -> NewEvent {
    NewEvent {
        strategy: Some(strategy.made.id),
        name: strategy.made.name.clone(),
        stage: Stage::Live,
        what: what.into(),
        outcome,
        took_ms: None,
        data,
    }
}

/// A strategy does not trade, and why.
pub(crate) fn not_traded(strategy: &Strategy, says: &str) -> NewEvent {
    let (id, name) = (strategy.made.id, &strategy.made.name);
    tracing::error!(strategy = %id, name, says, "does not trade");
    let data = json!({ "says": says });
    event(strategy, "not_traded", Outcome::Error, data)
}
