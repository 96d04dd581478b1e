//! Every account has a twin beside it: the same program over the same market, as the tests run it.
//!
//! * [`ReplayCheck`] – what the account said at each bar against a replay over the exchange's own word on the candles;
//! * [`pairs`] – each closed trade beside the one that the simulation makes.
//!
//! A twin lives on a thread of its own and asks nothing of the account: one that is slow, or dies, holds up nobody. Accounts take
//! turns to read candles for it, so that all twins together take a bounded part of what the exchange allows.

#[cfg(test)]
#[path = "fixtures_tests.rs"]
mod fixtures;
pub mod pairs;
mod record;
mod replay;
mod simulated;

pub use replay::ReplayCheck;
pub use simulated::{Simulated, Stretch, simulated};

use crate::account::{Decided, Mandate, MandateError, SignalError};
use crate::clock::VenueClock;
use crate::guard::rows;
use crate::office::Of;
use crate::task::{Brings, Report};
use pairs::{Scene, Twin, changes};
use sixbtc_core::live::{Deployment, deployment_key, replay_key};
use sixbtc_core::model::{ParityFilter, Side, TradeFilter};
use sixbtc_core::shared;
use sixbtc_core::store::{Store, StoreError};
use sixbtc_exchange::Pace;
use sixbtc_live::check::{Finding, Policy, Tally};
use sixbtc_live::desk::{Alert, Severity};
use sixbtc_live::stop::{Action, Figures, Key, Reset, Scope, Stop, Trigger};
use sixbtc_market::Bars;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What may wait for a twin that reads candles.
const QUEUE: usize = 16_384;
/// How often a twin looks around when nothing is said.
const LOOK: Duration = Duration::from_secs(5);
/// A simulation comes after so many times as long as the last one took, at the earliest.
const SELDOM: u32 = 20;

/// Where an account's words go.
#[derive(Debug, Clone)]
pub struct Ear {
    to: mpsc::Sender<(u64, Decided)>,
    count: Arc<AtomicU64>,
}

/// Where a twin hears them.
#[derive(Debug)]
pub struct Heard {
    from: mpsc::Receiver<(u64, Decided)>,
    count: u64,
}

/// Both ends.
pub fn ear() -> (Ear, Heard) {
    let (to, from) = mpsc::channel(QUEUE);
    let count = Arc::default();
    (Ear { to, count }, Heard { from, count: 0 })
}

impl Ear {
    /// Tells what was said. Never waits: what finds no room is known to be missing.
    pub fn hear(&self, decided: Decided) {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        // the number that is left out tells
        let _ = self.to.try_send((number, decided));
    }
}

impl Heard {
    fn take(&mut self, check: &mut ReplayCheck<'_>, (number, decided): (u64, Decided)) {
        if number != self.count {
            tracing::warn!(missing = number - self.count, "a replay is behind");
            check.lost();
        }
        self.count = number + 1;
        check.hear(decided);
    }

    fn drain(&mut self, check: &mut ReplayCheck<'_>) {
        while let Ok(said) = self.from.try_recv() {
            self.take(check, said);
        }
    }
}

/// What a twin is made of.
pub struct Beside {
    /// What the account trades.
    pub mandate: Mandate,
    /// The bars that the account began with.
    pub history: Vec<Bars>,
    /// Whose books.
    pub of: Of,
    /// Since when the strategy is live, ms.
    pub since: i64,
    /// What follows from a difference.
    pub policy: Policy,
    /// The exchange's candles.
    pub brings: Arc<dyn Brings>,
    /// Whose turn it is to read.
    pub turn: Arc<Mutex<()>>,
    /// How long a turn lasts.
    pub every: Duration,
    /// The least time between two simulations, by the wall.
    pub simulate: Duration,
    /// Market time.
    pub clock: VenueClock,
    /// Waiting.
    pub pace: Arc<dyn Pace>,
    /// Trades.
    pub store: Store,
    /// Who writes.
    pub by: String,
    /// Where alerts go.
    pub reports: mpsc::Sender<(Uuid, Report)>,
    /// Ends it.
    pub stop: CancellationToken,
}

/// Why a twin ends.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Signals(#[from] SignalError),
    #[error(transparent)]
    Mandate(#[from] MandateError),
}

impl Beside {
    /// Lives beside an account until it is stopped. `begins`: from which bar on, ms, the account decides.
    pub async fn run(self, heard: Heard, begins: oneshot::Receiver<i64>) {
        if let Err(broken) = self.live(heard, begins).await {
            let what = format!("its bars are not replayed any more: {broken}");
            self.alert(Severity::Warning, what);
        }
    }

    async fn live(&self, mut heard: Heard, begins: oneshot::Receiver<i64>) -> Result<(), Broken> {
        let bound = self.mandate.bind(&self.history)?;
        let mut check = ReplayCheck::new(&bound, &self.history, self.policy)?;
        let key = replay_key(self.of.strategy, self.since);
        if let Ok(Some(kept)) = shared::read::<Tally>(&self.store, &key).await {
            check.counted(kept.value);
        }
        // an account that does not begin has ended
        let Some(Ok(since)) = self.unless_stopped(begins).await else {
            return Ok(());
        };
        check.begins(since);
        let mut halt = None;
        let mut next = Instant::now();
        loop {
            let wake = async {
                tokio::select! {
                    said = heard.from.recv() => said.map(Some),
                    () = self.pace.pause(LOOK) => Some(None),
                }
            };
            // stopped, or the account is gone
            let Some(Some(said)) = self.unless_stopped(wake).await else {
                return Ok(());
            };
            if let Some(said) = said {
                heard.take(&mut check, said);
            }
            heard.drain(&mut check);
            self.read(&mut check, &mut heard).await;
            let before = check.tally().clone();
            self.replay(&mut check, &mut halt)?;
            if let Some(finding) = &halt
                && self.halt(finding).await
            {
                halt = None;
            }
            if before != *check.tally() {
                self.count(&key, check.tally(), &before).await;
            }
            if Instant::now() >= next && !self.stop.is_cancelled() {
                let begun = Instant::now();
                if let Err(e) = self.compare(&check).await {
                    tracing::warn!(error = %e, "trades are not compared with the simulation now");
                }
                next = Instant::now() + self.simulate.max(begun.elapsed() * SELDOM);
            }
        }
    }

    /// Waits, unless it is to end.
    async fn unless_stopped<T>(&self, what: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            done = what => Some(done),
        }
    }

    /// Reads the candles that are needed, each series once at most.
    async fn read(&self, check: &mut ReplayCheck<'_>, heard: &mut Heard) {
        for _ in 0..self.mandate.series_len() {
            let Some((series, from)) = check.wants() else {
                return;
            };
            let Some(turn) = self.unless_stopped(self.turn.lock()).await else {
                return;
            };
            match self.unless_stopped(self.brings.bars(series, from)).await {
                None => return,
                Some(Ok(bars)) => check.take(&bars),
                Some(Err(why)) => {
                    tracing::warn!(series, why, "candles for the replay could not be read");
                }
            }
            if self
                .unless_stopped(self.pace.pause(self.every))
                .await
                .is_none()
            {
                return;
            }
            drop(turn);
            heard.drain(check);
        }
    }

    /// Replays, and tells what differs: once for all that is found at a time.
    fn replay(
        &self,
        check: &mut ReplayCheck<'_>,
        halt: &mut Option<Finding>,
    ) -> Result<(), Broken> {
        let mut found: Vec<Finding> = Vec::new();
        loop {
            let (findings, more) = check.check()?;
            found.extend(findings);
            if !more || self.stop.is_cancelled() {
                break;
            }
        }
        let Some(first) = found.first() else {
            return Ok(());
        };
        let more = match found.len() - 1 {
            0 => String::new(),
            n => format!(" (and {n} more bars)"),
        };
        let what = format!(
            "what is traded is not what the replay of its bars says: {}{more}",
            first.what
        );
        let severity = if first.halts {
            *halt = Some(first.clone());
            Severity::Critical
        } else {
            Severity::Warning
        };
        self.alert(severity, what);
        Ok(())
    }

    fn alert(&self, severity: Severity, what: String) {
        tracing::warn!(strategy = %self.of.strategy, what);
        let report = Report::Alert(Alert { severity, what });
        if self.reports.try_send((self.of.strategy, report)).is_err() {
            tracing::warn!("a report found no room");
        }
    }

    /// Stops entries of the strategy until a person lifts it. `false`: to be tried again.
    async fn halt(&self, finding: &Finding) -> bool {
        let stop = Stop {
            key: Key::new(
                Scope::Strategy(self.of.strategy.to_string()),
                Trigger::Replay,
            ),
            action: Action::HaltEntries,
            reason: finding.what.clone(),
            since: self.clock.now(),
            until: None,
            reset: Reset::Operator,
            figures: Figures::default(),
            losers: Vec::new(),
        };
        let set = self.store.set_emergency(&rows::row(&stop)).await;
        if let Err(e) = &set {
            tracing::error!(error = %e, "the stop is not in force yet");
        }
        set.is_ok()
    }

    /// Writes how many bars were compared.
    async fn count(&self, key: &str, now: &Tally, before: &Tally) {
        let more = |now: u64, before: u64| now.saturating_sub(before);
        metrics::counter!("executor_replayed").increment(more(now.bars, before.bars));
        metrics::counter!("executor_replay_differences")
            .increment(more(now.different, before.different));
        let written = |_: Option<Tally>| (Some(now.clone()), ());
        if let Err(e) = shared::update(&self.store, key, &self.by, written).await {
            tracing::warn!(error = %e, "what was replayed is not noted");
        }
    }

    /// Brings closed trades and those of the simulation together.
    async fn compare(&self, check: &ReplayCheck<'_>) -> Result<(), StoreError> {
        let deployment = deployment_key(self.of.strategy, self.since);
        let deployment = shared::read::<Deployment>(&self.store, &deployment).await?;
        let Some(deployment) = deployment.map(|d| d.value) else {
            return Ok(());
        };
        let filter = TradeFilter {
            strategy: Some(self.of.strategy),
            subaccount: Some(self.of.subaccount),
            open: Some(false),
            limit: 100_000,
            ..TradeFilter::default()
        };
        let desk = &self.of.desk;
        let mut live = self.store.trades(&filter).await?;
        live.retain(|r| of_desk(&r.entry.position_id, desk));
        let filter = ParityFilter {
            strategy: Some(self.of.strategy),
            since: Some(self.mandate.from),
            limit: 100_000,
        };
        let mut stored = self.store.parity(&filter).await?;
        stored.retain(|p| of_desk(p.key.strip_prefix("twin/").unwrap_or(&p.key), desk));
        let held = self.store.positions(Some(self.of.subaccount)).await?;
        let held: Vec<(String, Side)> = held.into_iter().map(|p| (p.symbol, p.side)).collect();
        let stretch = Stretch {
            through: check.through(),
            halts: &deployment.halts,
            closing: deployment.closing.as_ref().map(|c| c.after),
        };
        let twins = match simulated(&self.mandate, check.bars(), &stretch) {
            Ok(made) => Twin::all(&made, desk, &self.of.tags, self.mandate.timeframe.ms()),
            Err(e) => {
                tracing::warn!(error = %e, "the simulation of what is traded does not run");
                return Ok(());
            }
        };
        let scene = Scene {
            strategy: self.of.strategy,
            subaccount: self.of.subaccount,
            length: self.mandate.timeframe.ms(),
            through: stretch.end(),
            held: &held,
        };
        let (write, gone) = changes(&stored, pairs::pairs(&live, &twins, scene));
        self.store.write_parity(&write, &gone).await
    }
}

/// Whether a name belongs to a deployment.
fn of_desk(name: &str, desk: &str) -> bool {
    name.strip_prefix(desk).is_some_and(|r| r.starts_with('/'))
}

#[cfg(test)]
mod tests;
