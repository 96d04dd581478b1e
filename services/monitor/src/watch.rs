//! Rounds of the monitor: money, figures, retirement, stops.

use crate::figures::{kept, live_figures, promise, verdict};
use async_trait::async_trait;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::json;
use sixbtc_core::alerts::{Alert, Level, raise};
use sixbtc_core::daemon::{Context, Next, ServiceError, Worker};
use sixbtc_core::live::{CloseRequest, Deployment, close_key, deployment_key};
use sixbtc_core::model::{
    Grain, Millis, NewEvent, Outcome, Snapshot, Stage, Status, StopAction, Strategy, Subaccount,
    TradeFilter, Trading,
};
use sixbtc_core::settings::Settings;
use sixbtc_core::shared;
use sixbtc_core::store::{Filter, Order, Store};
use sixbtc_core::venue::{Desk, OpenVenue, Transfer, amount};
use sixbtc_market::Timeframe;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;

/// The right that only one monitor has.
pub const LEASE: &str = "monitor";

/// When retirement was checked last, in market time, so that a restart does not check anew.
const CHECKED_KEY: &str = "monitor/checked";

/// Watches, one round after the other.
#[derive(Default)]
pub struct Watcher {
    desk: Option<Desk>,
    opens: Option<Arc<dyn OpenVenue>>,
}

#[async_trait]
impl Worker for Watcher {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        let settings = cx.settings.borrow().clone();
        let interval = Duration::from_secs(settings.monitoring.check_interval_seconds);
        let wait = self.desk.as_ref().map_or(interval, |d| {
            d.clock
                .wait(interval)
                .max(Duration::from_millis(500))
                .min(interval)
        });
        let ttl = wait.max(Duration::from_secs(30)) * 2;
        if cx.store.lease(LEASE, &cx.identity, ttl).await?.is_none() {
            return Ok(Next::After(wait.min(Duration::from_secs(15))));
        }
        self.round(&cx.store, &settings, &cx.identity)
            .instrument(tracing::error_span!("round"))
            .await?;
        Ok(Next::After(wait))
    }

    async fn stop(&mut self, cx: &Context) {
        shared::give_back(&cx.store, LEASE, &cx.identity).await;
    }
}

/// Money of one subaccount.
struct Money {
    equity: Decimal,
    unrealised: Decimal,
    positions: usize,
}

impl Watcher {
    /// With what opens a venue beside the simulated one.
    pub fn new(opens: Option<Arc<dyn OpenVenue>>) -> Self {
        Self { desk: None, opens }
    }

    /// One round over all live strategies. The caller holds the lease.
    pub async fn round(
        &mut self,
        store: &Store,
        settings: &Settings,
        by: &str,
    ) -> Result<(), ServiceError> {
        if self.desk.is_none() {
            let opens = self.opens.as_deref();
            self.desk = Some(Desk::open_with(store, settings, by, opens).await?);
        }
        let Some(desk) = &mut self.desk else {
            return Ok(());
        };
        let now = desk.now(store).await?;
        let due = is_due(store, settings, by, now).await?;
        let filter = Filter {
            status: Some(Status::Live),
            order: Order::Oldest,
            limit: 10_000,
            ..Filter::default()
        };
        let mut totals = Totals::default();
        let live = store.list(&filter).await?;
        for strategy in &live {
            let Some(trading) = strategy.trading else {
                continue;
            };
            let Some(subaccount) = trading.subaccount else {
                continue;
            };
            let money = read_money(store, desk, strategy, subaccount, now).await?;
            totals.add(&money);
            let key = deployment_key(strategy.made.id, trading.live_since);
            let Some(deployment) = shared::read::<Deployment>(store, &key).await? else {
                // the executor has not seen it yet
                continue;
            };
            let deployment = deployment.value;
            let ended = deployment.flat && deployment.closing.as_ref().is_some_and(|c| !c.resumes);
            let seen = Seen {
                store,
                settings,
                by,
                now,
                strategy,
                trading: &trading,
                deployment: &deployment,
            };
            seen.figures(&money, due && !ended).await?;
            if ended {
                seen.retire(desk, subaccount).await?;
            }
        }
        if due {
            totals.snapshot(store, now).await?;
            crate::parity::watch(store, settings, by, now, &live).await?;
        }
        tell_stops(store, settings, by).await?;
        Ok(())
    }
}

/// Sums over all subaccounts, for the portfolio's curve.
#[derive(Default)]
struct Totals {
    equity: Decimal,
    unrealised: Decimal,
    positions: usize,
    strategies: usize,
}

impl Totals {
    fn add(&mut self, money: &Money) {
        self.equity += money.equity;
        self.unrealised += money.unrealised;
        self.positions += money.positions;
        self.strategies += 1;
    }

    async fn snapshot(&self, store: &Store, now: Millis) -> Result<(), ServiceError> {
        let number = |d: Decimal| d.to_f64().unwrap_or(0.0);
        metrics::gauge!("monitor_equity").set(number(self.equity));
        metrics::gauge!("monitor_positions").set(self.positions as f64);
        let snapshot = Snapshot {
            subject: "live".into(),
            grain: Grain::Raw,
            at: store.now(),
            data: json!({
                "market_time": now, "equity": self.equity, "unrealised": self.unrealised,
                "positions": self.positions, "strategies": self.strategies,
            }),
        };
        Ok(store.snapshot(&snapshot).await?)
    }
}

/// Whether retirement is to be checked in this round; if so, that is noted.
async fn is_due(
    store: &Store,
    settings: &Settings,
    by: &str,
    now: Millis,
) -> Result<bool, ServiceError> {
    let interval = i64::from(settings.monitor.check_interval_minutes) * 60_000;
    let due = shared::update(store, CHECKED_KEY, by, |last: Option<Millis>| {
        // a market clock that begins anew, as after another replay, must not stop the checks
        let due = last.is_none_or(|last| now - last >= interval || now < last);
        (due.then_some(now), due)
    });
    Ok(due.await?)
}

/// Reads balance and positions of a subaccount, marks them at the last closes, and writes what the store keeps of them.
async fn read_money(
    store: &Store,
    desk: &Desk,
    strategy: &Strategy,
    subaccount: i64,
    now: Millis,
) -> Result<Money, ServiceError> {
    let positions = desk.venue.positions(subaccount).await?;
    let balances = desk.venue.subaccounts().await?;
    let known = balances.iter().find(|b| b.subaccount == subaccount);
    let balance = known.map_or(Decimal::ZERO, |b| b.balance);
    let told = known.and_then(|b| b.unrealised);
    let mut unrealised = told.unwrap_or_default();
    if told.is_none()
        && let Ok(clock) = strategy.made.timeframe.parse::<Timeframe>()
    {
        for position in &positions {
            let (candles, symbol) = (desk.candles.clone(), position.symbol.clone());
            let last =
                tokio::task::spawn_blocking(move || candles.last_closed(&symbol, clock, now)).await;
            // without a price the position counts at its entry: the next round reads again
            if let Ok(Ok(Some(bar))) = last
                && let Some(price) = amount(bar.close)
            {
                unrealised += (price - position.entry) * position.size;
            }
        }
    }
    let equity = balance + unrealised;
    // peak and day are the guard's, which knows of deposits and withdrawals
    store.note_equity(subaccount, equity, unrealised).await?;
    Ok(Money {
        equity,
        unrealised,
        positions: positions.len(),
    })
}

/// A live strategy in a round.
struct Seen<'a> {
    store: &'a Store,
    settings: &'a Settings,
    by: &'a str,
    now: Millis,
    strategy: &'a Strategy,
    trading: &'a Trading,
    deployment: &'a Deployment,
}

impl Seen<'_> {
    fn event(&self, what: &str, outcome: Outcome, data: serde_json::Value) -> NewEvent {
        NewEvent {
            strategy: Some(self.strategy.made.id),
            name: self.strategy.made.name.clone(),
            stage: Stage::Live,
            what: what.into(),
            outcome,
            took_ms: None,
            data,
        }
    }

    /// Writes what it does, and when `judge` asks for its end if it no longer is what was tested.
    async fn figures(&self, money: &Money, judge: bool) -> Result<(), ServiceError> {
        let Seen {
            store, settings, ..
        } = self;
        let id = self.strategy.made.id;
        let filter = TradeFilter {
            strategy: Some(id),
            open: Some(false),
            limit: 100_000,
            ..TradeFilter::default()
        };
        let mut rows = store.trades(&filter).await?;
        let since = self.deployment.live_since;
        rows.retain(|r| r.entry.opened_at >= since);
        // what was given when it went live; later segments begin with what was left
        let profit: Decimal = rows.iter().filter_map(|r| Some(r.exit.as_ref()?.pnl)).sum();
        let begun = if self.deployment.segment == 1 {
            self.deployment.capital
        } else {
            money.equity - money.unrealised - profit
        };
        let capital = begun.to_f64().unwrap_or(0.0).max(f64::MIN_POSITIVE);
        let kind = settings
            .backtesting
            .gates(settings.active_pool.min_score)
            .sharpe;
        let figures = live_figures(capital, since, self.now, &rows, kind);
        let pnl = profit.to_f64().unwrap_or(0.0);
        let rules = settings.monitor.rules();
        let weights = settings.scorer.weights();
        let verdict = promise(self.strategy).map(|p| verdict(&figures, &p, &rules, &weights));
        let trading = Trading {
            score: verdict.as_ref().and_then(|v| v.judgement.score),
            figures: kept(&figures, capital, pnl),
            pnl_usd: pnl,
            updated_at: store.now(),
            ..*self.trading
        };
        let same = Trading {
            updated_at: self.trading.updated_at,
            figures: sixbtc_core::model::Figures {
                days: self.trading.figures.days,
                ..trading.figures
            },
            ..trading
        };
        // days pass every round: they alone are written with the checks
        if same != *self.trading || judge {
            store.note_live(id, &trading).await?;
        }
        let Some(verdict) = verdict.filter(|v| judge && v.retire()) else {
            return Ok(());
        };
        let key = close_key(id, self.trading.live_since);
        let data = json!({
            "reasons": verdict.reasons(), "score": verdict.judgement.score, "promised": verdict.judgement.promised,
            "triggers": verdict.judgement.triggers, "expected_trades": verdict.silent, "figures": trading.figures,
            "market_time": self.now,
        });
        let request = CloseRequest {
            at: self.now,
            reason: "live_degraded".into(),
            data: data.clone(),
        };
        if shared::write(store, &key, &request, 0, self.by)
            .await?
            .is_none()
        {
            // asked for already
            return Ok(());
        }
        tracing::info!(strategy = %id, name = self.strategy.made.name, reasons = ?verdict.reasons(), "is to be retired");
        let event = self.event("retirement_asked", Outcome::Refused, data);
        Ok(store.record(self.by, &[event]).await?)
    }

    /// Its positions are closed: the strategy leaves, the subaccount is free, the money goes back.
    async fn retire(&self, desk: &Desk, subaccount: i64) -> Result<(), ServiceError> {
        let id = self.strategy.made.id;
        if !desk.venue.positions(subaccount).await?.is_empty() {
            return Ok(());
        }
        let request =
            shared::read::<CloseRequest>(self.store, &close_key(id, self.trading.live_since))
                .await?;
        let (reason, data) = request.map_or_else(
            || ("live_degraded".to_owned(), json!({})),
            |r| (r.value.reason, r.value.data),
        );
        // rows of positions that the venue no longer has
        for position in self.store.positions(Some(subaccount)).await? {
            self.store
                .close_position(subaccount, &position.symbol)
                .await?;
        }
        // the peak and the day's beginning are this strategy's: the next one starts its own. Written while the seat is still
        // taken, so that nobody else writes the row
        let rows = self.store.subaccounts().await?;
        if let Some(row) = rows.into_iter().find(|s| s.id == subaccount) {
            let cleared = Subaccount {
                status: row.status,
                strategy: row.strategy,
                allocated: row.allocated,
                ..Subaccount::new(subaccount)
            };
            self.store.set_subaccount(&cleared).await?;
        }
        let why = data["reasons"].clone();
        let event = self.event("retired", Outcome::Refused, data);
        self.store.retire(id, &reason, self.by, &event).await?;
        metrics::counter!("monitor_retired").increment(1);
        let balances = desk.venue.subaccounts().await?;
        if let Some(left) = balances
            .iter()
            .find(|b| b.subaccount == subaccount && b.balance > Decimal::ZERO)
        {
            let back = Transfer {
                after: left.transfers,
                subaccount,
                amount: -left.balance,
            };
            // should this fail, the rotator finds the money on a free subaccount
            if let Err(e) = desk.venue.transfer(back).await {
                tracing::warn!(subaccount, error = %e, "the money stays for now");
            }
        }
        let name = &self.strategy.made.name;
        let figures = self.trading.figures;
        let alert = Alert {
            cause: format!("retired:{id}"),
            level: Level::Info,
            title: format!("{name} is retired"),
            text: format!(
                "Reason: {reason} {why}. {} trades, win rate {:.0} %, result {:.2} USD, drawdown {:.1} %. Its positions are \
                 closed, subaccount {subaccount} is free.",
                figures.trades,
                figures.win_rate * 100.0,
                self.trading.pnl_usd,
                figures.max_drawdown * 100.0
            ),
        };
        raise(
            self.store,
            alert,
            self.settings.alerts.repeat_minutes,
            self.by,
        )
        .await?;
        Ok(())
    }
}

/// Raises an alert for each stop in force that was not told yet.
async fn tell_stops(store: &Store, settings: &Settings, by: &str) -> Result<(), ServiceError> {
    const TOLD_KEY: &str = "monitor/stops";
    let stops = store.emergencies().await?;
    let now: BTreeMap<String, Millis> = stops
        .iter()
        .map(|s| (format!("{}:{}:{}", s.scope, s.scope_id, s.cause), s.since))
        .collect();
    let known = shared::read::<BTreeMap<String, Millis>>(store, TOLD_KEY).await?;
    let (told, version) = known.map_or_else(Default::default, |k| (k.value, k.version));
    if told == now {
        return Ok(());
    }
    for stop in &stops {
        let cause = format!("{}:{}:{}", stop.scope, stop.scope_id, stop.cause);
        if told.get(&cause) == Some(&stop.since) {
            continue;
        }
        let alert = Alert {
            cause: format!("emergency:{cause}"),
            level: if stop.action == StopAction::ForceClose {
                Level::Critical
            } else {
                Level::Warning
            },
            title: format!("Emergency stop: {} {}", stop.scope, stop.cause),
            text: format!(
                "{} ({}). It is cleared by: {}.",
                stop.reason, stop.action, stop.reset
            ),
        };
        raise(store, alert, settings.alerts.repeat_minutes, by).await?;
    }
    // after the alerts: who dies in between raises them again, and the queue counts them once
    shared::write(store, TOLD_KEY, &now, version, by).await?;
    Ok(())
}
