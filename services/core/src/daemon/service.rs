//! What a service is.

use crate::model::strategy_words as words;
use crate::settings::Settings;
use crate::store::Store;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

words! {
    /// The eleven services.
    ServiceName {
        /// Makes strategies.
        Generator = "generator",
        /// Checks them.
        Validator = "validator",
        /// Judges them.
        Backtester = "backtester",
        /// Chooses which trade.
        Rotator = "rotator",
        /// Trades.
        Executor = "executor",
        /// Watches and retires.
        Monitor = "monitor",
        /// Runs tasks when they are due.
        Scheduler = "scheduler",
        /// Counts.
        Metrics = "metrics",
        /// Answers over HTTP.
        Api = "api",
        /// Serves the dashboard.
        Frontend = "frontend",
        /// Serves the book.
        Docs = "docs",
    }
}

/// What every service is handed.
#[derive(Clone)]
pub struct Context {
    /// The store.
    pub store: Store,
    /// The settings as they now are: hot reload puts new ones here.
    pub settings: watch::Receiver<Arc<Settings>>,
    /// Cancelled by TERM: finish or hand back what is claimed, then return.
    pub stop: CancellationToken,
    /// Who this is in leases and events: `backtester@host:pid:start`.
    pub identity: String,
}

/// When the next round is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// At once: there is more to do.
    Now,
    /// After this long, sooner when stopped.
    After(Duration),
}

/// A round that could not be finished. The harness logs it, counts it, waits longer after each in a row, and goes on.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// Anything else that may pass: a network, a disk.
    #[error("{0}")]
    Passing(String),
    /// What no waiting mends: wrong settings, a defect. The service ends and says why.
    #[error("{0}")]
    Fatal(String),
}

/// One of a service's workers: the harness gives each its own task and calls `tick` again and again. A panic in it is caught,
/// reported and counted as an error. Work that computes for more than a few milliseconds belongs into `spawn_blocking`.
#[async_trait]
pub trait Worker: Send {
    /// One round.
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError>;

    /// Called once, after the last round.
    async fn stop(&mut self, _cx: &Context) {}
}

/// A service: a name and its workers.
#[async_trait]
pub trait Service: Send + Sync {
    /// Which.
    fn name(&self) -> ServiceName;

    /// Makes the workers, one a task: as many as the settings say.
    async fn start(&self, cx: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError>;

    /// Makes one worker again, after a panic in it; `None` ends the worker. A service whose start has effects does less here.
    async fn remake(
        &self,
        cx: &Context,
        worker: usize,
    ) -> Result<Option<Box<dyn Worker>>, ServiceError> {
        Ok(self.start(cx).await?.into_iter().nth(worker))
    }

    /// Pages that the service answers on its port, beside those of the harness (`/health`, `/ready`, `/metrics`). Asked for
    /// before the store is there: what they need of the [`Context`] they get when the service starts.
    fn pages(&self) -> Option<axum::Router> {
        None
    }
}
