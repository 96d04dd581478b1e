//! Emergency stops that raise and lift themselves, from what the accounts really hold.
//!
//! A worker of its own beside the one that trades: a strategy that hangs does not keep a stop from being raised. What it
//! remembers lies in the store as one value, and is written after everything that follows from it was done: whoever dies in
//! between comes to the same decisions again, and doing them twice changes nothing.

mod reading;
pub mod rows;

use crate::gateway::Looks;
use async_trait::async_trait;
use reading::{data_at, live, money, occupant, reading};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sixbtc_core::daemon::{Context, Next, ServiceError, Worker};
use sixbtc_core::live::{CloseRequest, close_key, kill_file};
use sixbtc_core::market_clock::MarketClock;
use sixbtc_core::model::{Millis, NewEvent, Outcome as Word, Stage, Strategy, SubaccountStatus};
use sixbtc_core::settings::{Settings, VenueName};
use sixbtc_core::shared;
use sixbtc_core::store::Store;
use sixbtc_core::venue::{Desk, OpenVenue, VenueError};
use sixbtc_live::balance::Book;
use sixbtc_live::emergency::{Change, Occupant, Outcome, Watch};
use sixbtc_live::stop::{Stop, Trigger};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;

/// The right that only one guard has.
pub const LEASE: &str = "guard";

/// Where what it remembers lies in the store's `control`.
pub const CONTROL_KEY: &str = "guard/watch";

/// What is remembered, as one value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Anchors and streaks.
    pub watch: Watch,
    /// Capital, and movements of money that were taken.
    pub money: Book,
    /// Who sat where when capital was counted last, as [`Occupant::name`].
    pub seats: BTreeMap<i64, Option<String>>,
}

/// Watches over money, one round after the other; and tops up subaccounts when it is time.
#[derive(Default)]
pub struct Guard {
    desk: Option<Desk>,
    /// Whether the subaccounts were looked after since the start.
    funded: bool,
    /// Market time of the first round.
    began: Option<Millis>,
    /// What opens the venue, if another than usual.
    opens: Option<Arc<dyn OpenVenue>>,
}

#[async_trait]
impl Worker for Guard {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        let settings = cx.settings.borrow().clone();
        let interval = Duration::from_mins(1);
        let wait = self.desk.as_ref().map_or(Duration::from_secs(1), |d| {
            { d.clock.wait(interval) }.clamp(Duration::from_millis(500), Duration::from_secs(15))
        });
        let ttl = Duration::from_mins(1);
        if cx.store.lease(LEASE, &cx.identity, ttl).await?.is_none() {
            return Ok(Next::After(Duration::from_secs(15)));
        }
        self.round(&cx.store, &settings, &cx.identity)
            .instrument(tracing::error_span!("guard"))
            .await?;
        Ok(Next::After(wait))
    }

    async fn stop(&mut self, cx: &Context) {
        shared::give_back(&cx.store, LEASE, &cx.identity).await;
    }
}

impl Guard {
    /// With what opens a venue beside the simulated one, in place of a connection.
    pub fn new(opens: Arc<dyn OpenVenue>) -> Self {
        Self {
            opens: Some(opens),
            ..Self::default()
        }
    }

    /// One round. The caller holds the lease.
    pub async fn round(
        &mut self,
        store: &Store,
        settings: &Settings,
        by: &str,
    ) -> Result<(), ServiceError> {
        if self.desk.is_none() {
            let opens = self.opens.as_deref().unwrap_or(&Looks);
            self.desk = Some(Desk::open_with(store, settings, by, Some(opens)).await?);
        }
        let Some(desk) = &mut self.desk else {
            return Ok(());
        };
        let now = desk.now(store).await?;
        let began = *self.began.get_or_insert(now);
        check(store, settings, desk, (now, began), by).await?;
        let started = !self.funded;
        crate::funds::round(store, settings, desk, (now, started), by).await?;
        self.funded = true;
        Ok(())
    }
}

/// Judges what the accounts hold, when a check is due, and makes it so. `began`: when this guard did. `false` when none was due.
pub async fn check(
    store: &Store,
    settings: &Settings,
    desk: &Desk,
    (now, began): (Millis, Millis),
    by: &str,
) -> Result<bool, ServiceError> {
    let mut rules = rows::emergency_rules(settings)?;
    if let (VenueName::Hyperliquid, MarketClock::Replay(replay)) =
        (settings.trading.venue, &desk.clock)
    {
        // data come over the network, whose seconds are the wall's
        rules.stale = (rules.stale as f64 * replay.speed.max(1.0)) as i64;
    }
    let found = shared::read::<Kept>(store, CONTROL_KEY).await?;
    let (mut kept, version) = found.map_or_else(Default::default, |f| (f.value, f.version));
    if !kept.watch.understood() || !kept.money.understood() {
        let why = "what the guard remembers was written by a newer version of this program";
        return Err(ServiceError::Fatal(why.into()));
    }
    if !kept.watch.due(now, &rules) {
        return Ok(false);
    }
    let in_force = rows::stops(&store.emergencies().await?);
    let since = Book::since(now, &rows::balance_rules(settings));
    // a venue that does not answer must not keep the other rules from being asked
    let money = match money(&*desk.venue, since).await {
        Ok(money) => money,
        Err(VenueError::Store(e)) => return Err(e.into()),
        Err(e) => {
            tracing::warn!(error = %e, "money cannot be read");
            None
        }
    };
    let live = live(store).await?;
    let kill = kill_file(&settings.directories.data);
    let stale = |s: &Stop| s.key.trigger == Trigger::StaleData;
    let began = Some(began).filter(|_| !in_force.iter().any(stale));
    let data_at = data_at(store, settings, desk, &live, (now, began)).await?;
    let read = reading(
        store,
        settings,
        desk,
        (now, kill, data_at),
        (money.as_ref(), &live),
        &mut kept,
    )
    .await?;
    let Some(outcome) = kept.watch.check(&read, &in_force, &rules) else {
        return Ok(false);
    };
    apply(store, by, &outcome).await?;
    leave(store, by, now, &outcome, &live).await?;
    for account in read.accounts.iter().filter(|a| a.occupant.is_some()) {
        if let Some(anchors) = kept.watch.account(account.number) {
            let peak = (anchors.peak, anchors.peak_at);
            let day = (anchors.day_start, anchors.day_at);
            store.note_anchors(account.number, peak, day).await?;
        }
    }
    if outcome.whole {
        metrics::gauge!("guard_unflat").set(outcome.unflat.len() as f64);
    }
    // last: whoever dies before this decides the same again
    shared::write(store, CONTROL_KEY, &kept, version, by).await?;
    Ok(true)
}

/// Rows and subaccounts as the outcome says.
async fn apply(store: &Store, by: &str, outcome: &Outcome) -> Result<(), ServiceError> {
    for change in &outcome.changes {
        match change {
            Change::Raise(stop) => {
                let row = rows::row(stop);
                if store.set_emergency(&row).await? {
                    tracing::error!(stop = %stop.key, reason = stop.reason, "emergency stop");
                    metrics::counter!("guard_raised").increment(1);
                    let data = json!({ "key": stop.key.to_string(), "action": row.action, "reason": stop.reason,
                        "figures": stop.figures, "until": stop.until, "reset": row.reset, "market_time": stop.since });
                    let told = event("stop_triggered", Word::Refused, data);
                    store.record(by, &[told]).await?;
                }
            }
            Change::Lift { key, why } => {
                let (scope, id) = (key.scope.word(), key.scope.id());
                if store
                    .clear_emergency(scope, &id, key.trigger.word())
                    .await?
                {
                    tracing::warn!(stop = %key, why, "the stop is lifted");
                    let data = json!({ "key": key.to_string(), "why": why });
                    let told = event("stop_lifted", Word::Passed, data);
                    store.record(by, &[told]).await?;
                }
            }
        }
    }
    if !outcome.whole {
        return Ok(());
    }
    for seat in store.subaccounts().await? {
        let stop = outcome.stopped.contains(&seat.id);
        let is = seat.status == SubaccountStatus::Stopped;
        if stop != is {
            store.stop_subaccount(seat.id, stop).await?;
        }
    }
    if !outcome.unflat.is_empty() {
        tracing::warn!(subaccounts = ?outcome.unflat, "still being closed");
    }
    Ok(())
}

fn event(what: &str, outcome: Word, data: serde_json::Value) -> NewEvent {
    NewEvent {
        strategy: None,
        name: String::new(),
        stage: Stage::Emergency,
        what: what.into(),
        outcome,
        took_ms: None,
        data,
    }
}

/// Asks for the end of those that have to leave: their positions are being closed anyway, but they do not come back.
async fn leave(
    store: &Store,
    by: &str,
    now: Millis,
    outcome: &Outcome,
    live: &BTreeMap<i64, Strategy>,
) -> Result<(), ServiceError> {
    for gone in &outcome.retire {
        let is = |s: &&Strategy| occupant(s).as_ref() == Some(gone);
        let Some(strategy) = live.values().find(is) else {
            continue;
        };
        let key = close_key(strategy.made.id, gone.since);
        let request = CloseRequest {
            at: now,
            reason: "portfolio_drawdown".into(),
            data: json!({ "reasons": ["portfolio.drawdown"], "occupant": Occupant::name(gone), "market_time": now }),
        };
        // `None`: asked for already
        if shared::write(store, &key, &request, 0, by).await?.is_some() {
            tracing::info!(strategy = %strategy.made.id, "leaves after a drawdown of the portfolio");
        }
    }
    Ok(())
}
