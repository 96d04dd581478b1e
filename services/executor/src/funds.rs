//! Keeps subaccounts able to trade: from the master account, never from one another.

use crate::guard::rows;
use rust_decimal::Decimal;
use serde_json::json;
use sixbtc_core::daemon::ServiceError;
use sixbtc_core::model::{Millis, NewEvent, Outcome, Stage, SubaccountStatus};
use sixbtc_core::settings::Settings;
use sixbtc_core::shared;
use sixbtc_core::store::Store;
use sixbtc_core::venue::{Desk, Transfer, VenueError};
use sixbtc_live::funds::{Action, Checked, Decision, decide, due};
use sixbtc_live::stop::{Action as Severity, Scope, Stop};

/// When the last check was, in the store's `control`.
pub const CONTROL_KEY: &str = "funds/checked";

/// Checks all subaccounts that trade, once a day and when the executor has `started`. A transfer is named by how many were made
/// before it, so that two who mean the same one make it once.
pub async fn round(
    store: &Store,
    settings: &Settings,
    desk: &Desk,
    (now, started): (Millis, bool),
    by: &str,
) -> Result<Vec<Decision>, ServiceError> {
    let rules = rows::funds_rules(settings)?;
    let last = shared::read::<Checked>(store, CONTROL_KEY).await?;
    let (last, version) = last.map_or((None, 0), |l| (Some(l.value), l.version));
    if !due(last, started, now, &rules) {
        return Ok(Vec::new());
    }
    let seats = store.subaccounts().await?;
    let balances = desk.venue.subaccounts().await?;
    let stops = rows::stops(&store.emergencies().await?);
    // what is being emptied, and what may not trade, is not fed
    let trades = |id: i64| {
        let seat = seats.iter().find(|s| s.id == id);
        seat.filter(|s| s.status == SubaccountStatus::Active)
            .and_then(|s| s.strategy)
            .is_some_and(|strategy| {
                let id_text = strategy.to_string();
                let starves = |s: &Stop| {
                    let here = matches!(s.key.scope, Scope::Subaccount(_));
                    (here || s.action == Severity::ForceClose) && s.key.scope.concerns(id, &id_text)
                };
                !stops.iter().any(starves)
            })
    };
    let trading: Vec<(i64, Decimal)> = balances
        .iter()
        .filter(|b| trades(b.subaccount))
        .map(|b| (b.subaccount, b.balance))
        .collect();
    let decided = decide(desk.venue.master().await?.free, &trading, &rules);
    for decision in &decided {
        let known = balances
            .iter()
            .find(|b| b.subaccount == decision.subaccount);
        let (Some(balance), false) = (known, decision.amount.is_zero()) else {
            continue;
        };
        let transfer = Transfer {
            after: balance.transfers,
            subaccount: decision.subaccount,
            amount: decision.amount,
        };
        let made = match desk.venue.transfer(transfer).await {
            Ok(made) => made,
            Err(VenueError::Refused(why)) => {
                tracing::warn!(subaccount = decision.subaccount, why, "not topped up");
                continue;
            }
            Err(e) => return Err(e.into()),
        };
        tracing::info!(subaccount = decision.subaccount, amount = %decision.amount, made, "topped up");
    }
    if decided.iter().any(|d| d.action != Action::None) {
        let event = NewEvent {
            strategy: None,
            name: String::new(),
            stage: Stage::Live,
            what: "funds".into(),
            outcome: Outcome::Noted,
            took_ms: None,
            data: json!({ "market_time": now, "decided": decided }),
        };
        store.record(by, &[event]).await?;
    }
    let checked = Checked::now(now, &rules);
    if last != Some(checked) {
        // somebody else who checked at the same time has written the same
        shared::write(store, CONTROL_KEY, &checked, version, by).await?;
    }
    Ok(decided)
}
