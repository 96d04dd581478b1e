//! From gates to what is handed over.

use crate::examine::Examined;
use serde_json::json;
use sixbtc_core::model::{Completion, NewEvent, Outcome, Stage, Status, Strategy};

/// What is handed over for an examined strategy: VALIDATED, or FAILED with the gate that refused as its reason.
pub fn completion(strategy: &Strategy, examined: &Examined, took_ms: i64) -> Completion {
    let refused = examined.refused();
    let event = |what: &str, outcome, data| NewEvent {
        strategy: Some(strategy.made.id),
        name: strategy.made.name.clone(),
        stage: Stage::Validation,
        what: what.to_owned(),
        outcome,
        took_ms: Some(took_ms),
        data,
    };
    let (status, event) = match refused {
        None => (
            Status::Validated,
            event(
                "validated",
                Outcome::Passed,
                json!({ "gates": examined.gates.len() }),
            ),
        ),
        Some(gate) => (
            Status::Failed,
            event(
                &gate.name,
                Outcome::Refused,
                json!({ "figure": gate.figure, "threshold": gate.threshold, "says": gate.says }),
            ),
        ),
    };
    Completion {
        status: Some(status),
        reason: refused.map(|g| g.name.clone()),
        gates: examined.gates.clone(),
        events: vec![event],
        ..Completion::default()
    }
}
