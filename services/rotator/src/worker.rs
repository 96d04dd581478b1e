//! One round of the rotator.

use crate::capital::affordable;
use crate::choose::{Candidate, Caps, Choice, Traits, choose};
use async_trait::async_trait;
use rust_decimal::Decimal;
use serde_json::json;
use sixbtc_core::daemon::{Context, Next, ServiceError, Worker};
use sixbtc_core::market_clock::MarketClock;
use sixbtc_core::model::{
    NewEvent, Outcome, Stage, Status, Strategy, Subaccount, SubaccountStatus,
};
use sixbtc_core::settings::Settings;
use sixbtc_core::shared;
use sixbtc_core::store::{Filter, Order, Store, StoreError};
use sixbtc_core::venue::{Balance, Desk, OpenVenue, Transfer, decimal};
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;
use uuid::Uuid;

/// The right that only one rotator has.
pub const LEASE: &str = "rotator";

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rotated {
    /// Promoted, with subaccount and capital.
    pub promoted: Vec<(Uuid, i64, Decimal)>,
    /// Why nobody was, when nobody was.
    pub idle: Option<&'static str>,
}

/// Chooses, funds and promotes, one round after the other.
#[derive(Default)]
pub struct Rounds {
    desk: Option<Desk>,
    said: Option<&'static str>,
    opens: Option<Arc<dyn OpenVenue>>,
}

impl Rounds {
    /// With what opens a venue beside the simulated one.
    pub fn new(opens: Option<Arc<dyn OpenVenue>>) -> Self {
        Self {
            opens,
            ..Self::default()
        }
    }
}

#[async_trait]
impl Worker for Rounds {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        let settings = cx.settings.borrow().clone();
        let desk = match &mut self.desk {
            Some(desk) => desk,
            None => {
                let opens = self.opens.as_deref();
                let opened = Desk::open_with(&cx.store, &settings, &cx.identity, opens).await?;
                self.desk.insert(opened)
            }
        };
        let interval = Duration::from_secs(u64::from(settings.rotator.check_interval_minutes) * 60);
        let wait = desk.clock.wait(interval);
        // by the wall: whoever holds it must renew it in its next round, or be dead
        let ttl = wait.max(Duration::from_secs(30)) * 2;
        if cx.store.lease(LEASE, &cx.identity, ttl).await?.is_none() {
            return Ok(Next::After(wait.min(Duration::from_secs(15))));
        }
        let rotated = round(&cx.store, desk, &settings, &cx.identity)
            .instrument(tracing::error_span!("round"))
            .await?;
        if self.said != rotated.idle {
            self.said = rotated.idle;
            if let Some(why) = rotated.idle {
                tracing::info!(why, "nobody is promoted");
            }
        }
        Ok(Next::After(wait))
    }

    async fn stop(&mut self, cx: &Context) {
        shared::give_back(&cx.store, LEASE, &cx.identity).await;
    }
}

/// Rows for the venue's subaccounts, and money of free ones back on the master account: a rotator that died between funding
/// and promoting leaves it there.
async fn tidy(store: &Store, desk: &Desk) -> Result<Vec<(Subaccount, Balance)>, ServiceError> {
    let known = store.subaccounts().await?;
    let mut rows = Vec::new();
    for mut balance in desk.venue.subaccounts().await? {
        let id = balance.subaccount;
        let row = match known.iter().find(|k| k.id == id) {
            Some(row) => row.clone(),
            None => {
                let row = Subaccount::new(id);
                store.set_subaccount(&row).await?;
                row
            }
        };
        if row.strategy.is_none()
            && row.status != SubaccountStatus::Closing
            && balance.balance > Decimal::ZERO
            && desk.venue.positions(id).await?.is_empty()
        {
            let back = Transfer {
                after: balance.transfers,
                subaccount: id,
                amount: -balance.balance,
            };
            if desk.venue.transfer(back).await? {
                balance.transfers += 1;
                balance.balance = Decimal::ZERO;
            }
        }
        rows.push((row, balance));
    }
    Ok(rows)
}

async fn listed(store: &Store, status: Status) -> Result<Vec<Strategy>, StoreError> {
    let filter = Filter {
        status: Some(status),
        order: Order::Score,
        limit: 10_000,
        ..Filter::default()
    };
    store.list(&filter).await
}

fn traits(strategy: &Strategy) -> Traits {
    Traits {
        kind: strategy.made.kind,
        timeframe: strategy.made.timeframe.clone(),
        side: strategy.made.side,
    }
}

/// One round: whoever calls it holds the lease. Two at once would still promote nothing twice: a subaccount takes one transfer
/// of a number and one strategy, and a strategy is promoted once.
pub async fn round(
    store: &Store,
    desk: &mut Desk,
    settings: &Settings,
    by: &str,
) -> Result<Rotated, ServiceError> {
    let idle = |why| {
        Ok(Rotated {
            idle: Some(why),
            ..Rotated::default()
        })
    };
    if let MarketClock::Replay(replay) = &desk.clock
        && replay.is_over(store.now())
    {
        return idle("the replay has come to the end of its candles");
    }
    let accounts = tidy(store, desk).await?;
    let pool = listed(store, Status::Active).await?;
    metrics::gauge!("rotator_pool").set(pool.len() as f64);
    if settings.go_live.preflight_checks.require_pool
        && pool.len() < settings.rotator.min_pool_size as usize
    {
        return idle("the pool is too small");
    }
    let stops = store.emergencies().await?;
    if stops
        .iter()
        .any(|e| matches!(e.scope.as_str(), "portfolio" | "system"))
    {
        return idle("an emergency stop is in force");
    }
    let live = listed(store, Status::Live).await?;
    let free: Vec<&(Subaccount, Balance)> = accounts
        .iter()
        .filter(|(row, _)| row.strategy.is_none() && row.status == SubaccountStatus::Active)
        .collect();
    let most = settings.rotator.max_live_strategies as usize;
    let places = most.saturating_sub(live.len()).min(free.len());
    if places == 0 {
        return idle("every place is taken");
    }
    let total = decimal("trading.total_capital", settings.trading.total_capital)?;
    let funds = &settings.hyperliquid.funds;
    let least = decimal(
        "hyperliquid.funds.min_tradeable_usd",
        funds.min_tradeable_usd,
    )?;
    let master = desk.venue.master().await?.free;
    let joining = places.min(pool.len());
    let Some((places, share)) = affordable(total, master, live.len(), joining, least) else {
        return idle("there is too little capital");
    };
    let candidates: Vec<Candidate> = pool
        .iter()
        .map(|s| Candidate {
            id: s.made.id,
            name: s.made.name.clone(),
            traits: traits(s),
            score: s.score_backtest,
        })
        .collect();
    let trading: Vec<Traits> = live.iter().map(traits).collect();
    let selection = &settings.rotator.selection;
    let caps = Caps {
        per_type: selection.max_per_type as usize,
        per_timeframe: selection.max_per_timeframe as usize,
        per_direction: selection.max_per_direction as usize,
    };
    let choice = choose(&trading, &candidates, places, &caps);
    let market = desk.now(store).await?;
    let mut rotated = Rotated::default();
    let mut refused = Vec::new();
    for (chosen, (row, balance)) in choice.chosen.iter().zip(free) {
        let candidate = &candidates[chosen.candidate];
        let fund = Transfer {
            after: balance.transfers,
            subaccount: row.id,
            amount: share,
        };
        if !desk.venue.transfer(fund).await? {
            refused.push((candidate, "somebody else funded the subaccount".to_owned()));
            continue;
        }
        let event = NewEvent {
            strategy: Some(candidate.id),
            name: candidate.name.clone(),
            stage: Stage::Deployment,
            what: "promoted".into(),
            outcome: Outcome::Passed,
            took_ms: None,
            data: json!({
                "subaccount": row.id, "capital": share, "round": chosen.round, "score": candidate.score,
                "market_time": market, "venue": desk.venue.name(),
            }),
        };
        match store.promote(candidate.id, row.id, share, by, &event).await {
            Ok(()) => {
                tracing::info!(strategy = %candidate.id, name = candidate.name, subaccount = row.id, capital = %share, "promoted");
                metrics::counter!("rotator_promoted").increment(1);
                rotated.promoted.push((candidate.id, row.id, share));
            }
            // being retested, or taken by another: the money goes back in the next round's tidying
            Err(e @ (StoreError::Conflict(_) | StoreError::Illegal(_))) => {
                refused.push((candidate, e.to_string()));
            }
            Err(e) => return Err(e.into()),
        }
    }
    record(store, by, &rotated, &choice, &candidates, &refused, market).await?;
    Ok(rotated)
}

/// The audit event of a round that promoted: everybody who was not, with the reason.
async fn record(
    store: &Store,
    by: &str,
    rotated: &Rotated,
    choice: &Choice,
    candidates: &[Candidate],
    refused: &[(&Candidate, String)],
    market: i64,
) -> Result<(), StoreError> {
    if rotated.promoted.is_empty() && refused.is_empty() {
        return Ok(());
    }
    let mut passed_over: Vec<serde_json::Value> = refused
        .iter()
        .map(|(c, why)| json!({ "id": c.id, "name": c.name, "why": "refused", "says": why }))
        .collect();
    for (index, reason) in &choice.passed_over {
        let c = &candidates[*index];
        let mut entry = json!({ "id": c.id, "name": c.name, "score": c.score });
        if let (Some(entry), Ok(serde_json::Value::Object(reason))) =
            (entry.as_object_mut(), serde_json::to_value(reason))
        {
            entry.extend(reason);
        }
        passed_over.push(entry);
    }
    let event = NewEvent {
        strategy: None,
        name: String::new(),
        stage: Stage::Deployment,
        what: "rotation".into(),
        outcome: Outcome::Noted,
        took_ms: None,
        data: json!({
            "promoted": rotated.promoted.iter().map(|p| p.0).collect::<Vec<_>>(),
            "passed_over": passed_over, "market_time": market,
        }),
    };
    store.record(by, &[event]).await
}
