//! What a service is doing: for its health page, its heartbeat and whoever watches.

use super::panics::{Panicked, caught};
use super::{Role, ServiceError, ServiceName};
use crate::model::strategy_words as words;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

words! {
    /// Where in its life a service is.
    Phase {
        /// Waits for the store, or for what it needs to begin.
        Starting = "starting",
        /// Works.
        Running = "running",
        /// Was asked to stop and finishes.
        Stopping = "stopping",
        /// Is done.
        Ended = "ended",
    }
}

/// What one worker is doing, as others see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerState {
    /// Rounds begun.
    pub ticks: u64,
    /// Rounds that failed, panics included.
    pub errors: u64,
    /// Panics.
    pub panics: u64,
    /// Failures since the last round that went well.
    pub in_a_row: u32,
    /// How long ago the last round began, s; absent before the first.
    pub last_tick_s: Option<f64>,
    /// What it says it is doing, or `waits`.
    pub doing: String,
    /// The last failure, if the last round failed.
    pub error: Option<String>,
    /// Whether it is stuck: see [`Role::alive_within`].
    pub stuck: bool,
}

/// What a service is doing, as others see it: the row of its heartbeat, and the answer of its health page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceState {
    /// Which.
    pub service: ServiceName,
    /// Who: `backtester@host:pid:start`.
    pub identity: String,
    /// Where in its life.
    pub phase: Phase,
    /// What it waits for, or why it ended; empty while it works.
    pub note: String,
    /// For how long it has been there, s.
    pub up_s: f64,
    /// Version of the program.
    pub version: String,
    /// Rounds begun by all workers.
    pub ticks: u64,
    /// Rounds that failed.
    pub errors: u64,
    /// Panics.
    pub panics: u64,
    /// Each worker.
    pub workers: Vec<WorkerState>,
}

impl ServiceState {
    /// Whether no worker is stuck.
    pub fn is_alive(&self) -> bool {
        !self.workers.iter().any(|w| w.stuck)
    }

    /// Whether it works.
    pub fn is_ready(&self) -> bool {
        self.phase == Phase::Running && self.is_alive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // the values are plain: a panic cannot leave one half-written
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A service as it lives in this process.
#[derive(Debug)]
pub(super) struct Life {
    pub service: ServiceName,
    pub identity: String,
    since: Instant,
    phase: watch::Sender<(Phase, String)>,
    workers: Mutex<Vec<Arc<Doing>>>,
}

impl Life {
    pub fn new(service: ServiceName, identity: String) -> Arc<Self> {
        Arc::new(Self {
            service,
            identity,
            since: Instant::now(),
            phase: watch::Sender::new((Phase::Starting, String::new())),
            workers: Mutex::default(),
        })
    }

    pub fn enter(&self, phase: Phase, note: impl Into<String>) {
        self.phase.send_replace((phase, note.into()));
    }

    /// Returns when the service left its start behind.
    pub async fn started(&self) {
        let mut phase = self.phase.subscribe();
        // the sender lives as long as `self`
        let _ = phase.wait_for(|p| p.0 != Phase::Starting).await;
    }

    /// A place for a worker's state.
    pub fn seat(&self) -> Arc<Doing> {
        let doing = Arc::new(Doing::new(self.service.role()));
        lock(&self.workers).push(Arc::clone(&doing));
        doing
    }

    pub fn state(&self) -> ServiceState {
        let (phase, note) = self.phase.borrow().clone();
        let workers: Vec<WorkerState> = lock(&self.workers).iter().map(|w| w.state()).collect();
        ServiceState {
            service: self.service,
            identity: self.identity.clone(),
            phase,
            note,
            up_s: seconds(self.since.elapsed()),
            version: env!("CARGO_PKG_VERSION").into(),
            ticks: workers.iter().map(|w| w.ticks).sum(),
            errors: workers.iter().map(|w| w.errors).sum(),
            panics: workers.iter().map(|w| w.panics).sum(),
            workers,
        }
    }
}

/// To a millisecond: more is noise.
fn seconds(d: Duration) -> f64 {
    d.as_millis() as f64 / 1000.0
}

/// What a worker is doing.
#[derive(Debug)]
pub(super) struct Doing {
    alive_within: Duration,
    now: Mutex<Now>,
}

#[derive(Debug, Default)]
struct Now {
    ticks: u64,
    errors: u64,
    panics: u64,
    in_a_row: u32,
    /// When the last round began.
    began: Option<Instant>,
    /// When the next round begins; absent during a round.
    due: Option<Instant>,
    doing: String,
    error: Option<String>,
}

impl Doing {
    fn new(role: &Role) -> Self {
        Self {
            alive_within: role.alive_within,
            now: Mutex::default(),
        }
    }

    pub fn begin(&self) {
        let mut now = lock(&self.now);
        now.ticks += 1;
        now.began = Some(Instant::now());
        now.due = None;
        now.doing = "works".into();
    }

    pub fn went_well(&self) {
        let mut now = lock(&self.now);
        now.in_a_row = 0;
        now.error = None;
    }

    /// Notes a failure; tells how many there were in a row.
    pub fn failed(&self, why: &str, panic: bool) -> u32 {
        let mut now = lock(&self.now);
        now.errors += 1;
        now.panics += u64::from(panic);
        now.in_a_row = now.in_a_row.saturating_add(1);
        now.error = Some(why.to_owned());
        now.in_a_row
    }

    pub fn waits(&self, wait: Duration) {
        let mut now = lock(&self.now);
        now.due = Instant::now().checked_add(wait);
        now.doing = "waits".into();
    }

    /// What it said last that it does.
    pub fn doing(&self) -> String {
        lock(&self.now).doing.clone()
    }

    fn state(&self) -> WorkerState {
        let now = lock(&self.now);
        // a round that is due counts from when it was due, a round under way from its beginning
        let since = now.due.or(now.began);
        WorkerState {
            ticks: now.ticks,
            errors: now.errors,
            panics: now.panics,
            in_a_row: now.in_a_row,
            last_tick_s: now.began.map(|b| seconds(b.elapsed())),
            doing: now.doing.clone(),
            error: now.error.clone(),
            stuck: since.is_some_and(|since| since.elapsed() > self.alive_within),
        }
    }
}

tokio::task_local! {
    pub(super) static AT_WORK: Arc<Doing>;
}

/// Says what the worker that calls this is doing, for its health page and heartbeat: a few words such as
/// `sweeps Pta_MOM_0a1b2c3d`. It counts as a sign of life. Outside of a worker it does nothing.
pub fn doing(what: impl Into<String>) {
    let _ = AT_WORK.try_with(|d| {
        let mut now = lock(&d.now);
        now.doing = what.into();
        if now.due.is_none() {
            now.began = Some(Instant::now());
        }
    });
}

/// Runs a computation on a thread of its own, with the caller's place in the log and in [`doing`].
///
/// # Errors
/// Its panic, as [`ServiceError::Passing`] with message and place.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ServiceError> {
    let at_work = AT_WORK.try_with(Arc::clone).ok();
    let span = tracing::Span::current();
    let done = tokio::task::spawn_blocking(move || {
        span.in_scope(|| match at_work {
            Some(d) => AT_WORK.sync_scope(d, || caught(work)),
            None => caught(work),
        })
    })
    .await;
    match done {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(panicked)) => Err(passing(&panicked)),
        // cancelled: the process ends
        Err(e) => Err(ServiceError::Passing(e.to_string())),
    }
}

fn passing(p: &Panicked) -> ServiceError {
    ServiceError::Passing(p.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_on_another_thread_is_an_error_with_its_place() {
        super::super::panics::watch_panics();
        let e = blocking(|| -> u8 { panic!("no bars") }).await.unwrap_err();
        let text = e.to_string();
        assert!(
            text.contains("no bars") && text.contains("state.rs:"),
            "{text}"
        );
        assert_eq!(blocking(|| 5).await.unwrap(), 5);
    }

    #[tokio::test]
    async fn a_worker_is_stuck_when_its_round_lasts_or_does_not_begin() {
        let role = Role {
            alive_within: Duration::ZERO,
            ..*ServiceName::Metrics.role()
        };
        let d = Doing::new(&role);
        assert!(!d.state().stuck, "before its first round");
        d.begin();
        while !d.state().stuck {
            tokio::task::yield_now().await;
        }
        d.waits(Duration::from_mins(15));
        assert!(!d.state().stuck, "it may wait as long as it said");
    }

    #[tokio::test]
    async fn what_is_said_is_seen_also_from_another_thread() {
        let life = Life::new(ServiceName::Generator, "generator@h:1:0".into());
        let seat = life.seat();
        AT_WORK
            .scope(Arc::clone(&seat), async {
                blocking(|| doing("mines patterns")).await.unwrap();
            })
            .await;
        assert_eq!(life.state().workers[0].doing, "mines patterns");
        doing("nobody hears this");
        assert_eq!(seat.doing(), "mines patterns");
    }
}
