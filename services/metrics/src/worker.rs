//! One round: read, measure, watch, write.

use crate::measure::{Measured, Reading, measure};
use crate::rollup::thin;
use crate::watch::{Change, Rule, Watch, on, rules, step};
use crate::window::{HOUR, Window};
use async_trait::async_trait;
use serde_json::json;
use sixbtc_core::alerts::{self, Alert, Level};
use sixbtc_core::daemon::{Context, Next, ServiceError, Worker};
use sixbtc_core::model::{Grain, Millis, NewEvent, Outcome, Snapshot, Stage, Status};
use sixbtc_core::settings::{Settings, diff};
use sixbtc_core::store::{EventFilter, Filter, Store, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The right that only one counter has.
pub const LEASE: &str = "metrics";
/// Whose figures the snapshots have.
pub const SUBJECT: &str = "pipeline";
/// Where the state of the alerts lies in the store's `control`.
pub const ALERTS: &str = "metrics.alerts";

/// Events read at a time.
const PAGE: u32 = 1_000;
/// Pages read in one round: what is left comes in the next, at once.
const PAGES: usize = 50;
/// Length of the funnel.
const FUNNEL: Millis = 24 * HOUR;

/// Counts, round after round.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    window: Window,
    /// The hour that was rolled up last.
    thinned: Option<i64>,
    /// Settings whose version is kept.
    kept: Option<Arc<Settings>>,
}

#[async_trait]
impl Worker for Counter {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        let settings = cx.settings.borrow().clone();
        let every = Duration::from_secs(settings.metrics.collection_interval);
        let ttl = every.max(Duration::from_secs(15)) * 3;
        if cx.store.lease(LEASE, &cx.identity, ttl).await?.is_none() {
            // another counts: what this one saw is old when it is its turn
            self.window = Window::default();
            return Ok(Next::After(every));
        }
        if self.kept.as_ref() != Some(&settings) {
            keep(&cx.store, &settings, &cx.identity).await?;
            self.kept = Some(Arc::clone(&settings));
        }
        if !self.read_on(&cx.store).await? {
            return Ok(Next::Now);
        }
        let now = cx.store.now();
        let mut reading = self.reading(&cx.store, now).await?;
        let mut measured = measure(&reading, &settings);
        reading.alerts = watch(cx, &settings, &measured, now).await?;
        measured = measure(&reading, &settings);
        show(&measured);
        // on the grid of intervals: who counts the same interval again writes the same row
        let grid = settings.metrics.collection_interval as Millis * 1000;
        let snapshot = Snapshot {
            subject: SUBJECT.into(),
            grain: Grain::Raw,
            at: now - now.rem_euclid(grid),
            data: serde_json::to_value(&measured)
                .map_err(|e| ServiceError::Fatal(format!("a snapshot cannot be written: {e}")))?,
        };
        cx.store.snapshot(&snapshot).await?;
        let hour = now.div_euclid(HOUR);
        if self.thinned != Some(hour) {
            let written = thin(&cx.store, &settings.metrics.retention).await?;
            if written > 0 {
                tracing::debug!(written, "snapshots rolled up");
            }
            self.thinned = Some(hour);
        }
        Ok(Next::After(every))
    }

    async fn stop(&mut self, cx: &Context) {
        let Ok(leases) = cx.store.leases().await else {
            return;
        };
        for lease in leases {
            if lease.name == LEASE && lease.owner == cx.identity {
                let _ = cx.store.release_lease(&lease).await;
            }
        }
    }
}

impl Counter {
    /// Reads the audit trail on; whether its end was reached.
    async fn read_on(&mut self, store: &Store) -> Result<bool, StoreError> {
        let now = store.now();
        if self.window.last.is_none() {
            // the trail of the last hour is there, whoever counted then: only a young store knows less
            let oldest = EventFilter {
                oldest_first: true,
                limit: 1,
                ..EventFilter::default()
            };
            let born = store.events(&oldest).await?.first().map_or(now, |e| e.at);
            self.window.begin(born.max(now - HOUR));
        }
        for _ in 0..PAGES {
            let filter = EventFilter {
                after: self.window.last,
                since: self.window.last.is_none().then_some(now - HOUR),
                oldest_first: true,
                limit: PAGE,
                ..EventFilter::default()
            };
            let events = store.events(&filter).await?;
            for event in &events {
                self.window.add(event);
            }
            self.window.forget(now);
            if events.len() < PAGE as usize {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn reading(&self, store: &Store, now: Millis) -> Result<Reading, StoreError> {
        let mut pool = Vec::new();
        for status in [Status::Active, Status::Live] {
            let filter = Filter {
                status: Some(status),
                limit: 10_000,
                ..Filter::default()
            };
            pool.extend(store.list(&filter).await?);
        }
        Ok(Reading {
            now,
            counts: store.counts().await?,
            counted: self.window.counted(),
            covered: self.window.covered(now),
            pool,
            funnel: store.funnel(now - FUNNEL).await?,
            heartbeats: store.heartbeats().await?,
            alerts: Vec::new(),
        })
    }
}

/// Looks at every rule; the alerts that are on. What begins or ends is an event, and an alert for the monitor to carry.
async fn watch(
    cx: &Context,
    settings: &Settings,
    measured: &Measured,
    now: Millis,
) -> Result<Vec<String>, ServiceError> {
    let watched = &settings.metrics.alerts;
    let kept = cx.store.control(ALERTS).await?;
    let before: BTreeMap<String, Watch> = kept
        .and_then(|c| serde_json::from_value(c.value).ok())
        .unwrap_or_default();
    if !watched.enabled {
        return Ok(Vec::new());
    }
    let mut watches = BTreeMap::new();
    for rule in rules(measured, watched) {
        let mut watch = before.get(&rule.name).copied().unwrap_or_default();
        if let Some(change) = step(&mut watch, &rule, watched.hysteresis, now) {
            tell(cx, settings, &rule, change).await?;
        }
        watches.insert(rule.name, watch);
    }
    if watches != before {
        let value = json!(watches);
        cx.store
            .set_control(ALERTS, &value, None, &cx.identity)
            .await?;
    }
    Ok(on(&watches))
}

/// An event, and an alert for the monitor to carry.
async fn tell(
    cx: &Context,
    settings: &Settings,
    rule: &Rule,
    change: Change,
) -> Result<(), StoreError> {
    let (what, says, level) = match change {
        Change::Begins => ("alert", rule.says.clone(), Level::Warning),
        Change::Over => ("alert_over", format!("{} is over", rule.name), Level::Info),
    };
    match change {
        Change::Begins => tracing::warn!(alert = rule.name, "{says}"),
        Change::Over => tracing::info!(alert = rule.name, "{says}"),
    }
    let event = NewEvent {
        strategy: None,
        name: String::new(),
        stage: Stage::System,
        what: what.into(),
        outcome: Outcome::Noted,
        took_ms: None,
        data: json!({
            "alert": rule.name,
            "figure": rule.figure,
            "threshold": rule.threshold,
            "lasts_ms": rule.lasts,
            "says": says,
        }),
    };
    cx.store.record(&cx.identity, &[event]).await?;
    let alert = Alert {
        cause: format!("{what}:{}", rule.name),
        level,
        title: match change {
            Change::Begins => format!("the factory: {}", rule.name),
            Change::Over => format!("the factory: {} is over", rule.name),
        },
        text: says,
    };
    let repeat = settings.alerts.repeat_minutes;
    alerts::raise(&cx.store, alert, repeat, &cx.identity).await?;
    Ok(())
}

/// Keeps a version of the settings, with what changed against the version before.
async fn keep(store: &Store, settings: &Settings, by: &str) -> Result<(), ServiceError> {
    let json = |value: serde_json::Result<_>| {
        value.map_err(|e| ServiceError::Fatal(format!("settings cannot be kept: {e}")))
    };
    let before = store.configs(1).await?.pop();
    // an older program's version may lack keys, or have others: what can be read is compared
    let before = before.and_then(|v| serde_json::from_value::<Settings>(v.settings).ok());
    let changes = diff(&before.unwrap_or_default(), settings);
    let settings = json(serde_json::to_value(settings))?;
    let changes = json(serde_json::to_value(&changes))?;
    store.add_config(by, &settings, &changes).await?;
    Ok(())
}

/// The same figures for Prometheus.
fn show(m: &Measured) {
    for (queue, n) in &m.queues {
        metrics::gauge!("sixbtc_strategies", "status" => queue.clone()).set(*n as f64);
    }
    for (queue, full) in &m.utilization {
        metrics::gauge!("sixbtc_utilization", "queue" => queue.clone()).set(*full);
    }
    let t = &m.throughput;
    for (stage, rate) in [
        ("generation", t.generation),
        ("validation", t.validation),
        ("backtesting", t.backtesting),
        ("accepted", t.accepted),
        ("retest", t.retest),
    ] {
        metrics::gauge!("sixbtc_throughput_per_hour", "stage" => stage).set(rate);
    }
    if let Some(sharpe) = m.quality.sharpe {
        metrics::gauge!("sixbtc_pool_sharpe").set(sharpe);
    }
    metrics::gauge!("sixbtc_alerts").set(m.alerts.len() as f64);
}
