//! From the generator to the store.

use crate::examine::{Candidate, Reason, Tally};
use crate::round::new_strategy;
use sixbtc_core::daemon::{Context, ServiceError};
use sixbtc_core::model::{NewEvent, NewStrategy, Outcome, SourceName, Stage};
use sixbtc_core::store::Inserted;
use uuid::Uuid;

/// Hands candidates to the store in one transaction with their events; what it had before counts as refused.
pub(super) async fn hand_over(
    cx: &Context,
    made: &[(Uuid, Candidate)],
    coins: &[String],
    turn: u64,
    tally: &mut Tally,
) -> Result<(), ServiceError> {
    if made.is_empty() {
        return Ok(());
    }
    let new: Vec<NewStrategy> = made
        .iter()
        .map(|(id, candidate)| {
            // a pattern has coins of its own
            let own = match candidate.recipe.source {
                SourceName::Pattern => crate::pattern::coins(&candidate.recipe),
                _ => Vec::new(),
            };
            let symbols = if own.is_empty() { coins.to_vec() } else { own };
            new_strategy(*id, candidate, symbols)
        })
        .collect();
    let events: Vec<NewEvent> = new
        .iter()
        .zip(made)
        .map(|(s, (_, candidate))| NewEvent {
            strategy: Some(s.id),
            name: s.name.clone(),
            stage: Stage::Generation,
            what: "created".into(),
            outcome: Outcome::Passed,
            took_ms: None,
            data: serde_json::json!({
                "source": s.source,
                "bred": s.bred,
                "type": s.kind,
                "side": s.side,
                "timeframe": s.timeframe,
                "coins": s.symbols.len(),
                "turn": turn,
                "entry_frequency": candidate.behaviour.frequency(),
            }),
        })
        .collect();
    let inserted = cx.store.insert_many(&new, &cx.identity, &events).await?;
    for (inserted, made) in inserted.into_iter().zip(&new) {
        let reason = match inserted {
            Inserted::New => {
                // a trace without length, so that a strategy is found from its birth on
                drop(tracing::error_span!("made", strategy = made.name, id = %made.id));
                continue;
            }
            Inserted::SameId | Inserted::SameProgram(_) | Inserted::SameName(_) => {
                Reason::SameProgram
            }
            Inserted::SameBehaviour(_) => Reason::SameBehaviour,
        };
        tally.accepted = tally.accepted.saturating_sub(1);
        tally.refuse(reason);
    }
    Ok(())
}
