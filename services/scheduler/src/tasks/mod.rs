//! What the tasks do.

mod backup;
mod candles;
mod cleanup;
mod exchanges;
mod pairs;
mod regimes;
mod report;

pub use exchanges::Exchanges;

use crate::{Connect, Task};
use serde_json::{Value, json};
use sixbtc_core::daemon::Context;
use sixbtc_core::model::Millis;
use sixbtc_core::settings::Settings;
use sixbtc_core::store::StoreError;
use sixbtc_exchange::ExchangeError;
use sixbtc_market::MarketError;
use std::time::Duration;

/// Why the tasks of trading do nothing yet.
const NO_ACCOUNT: &str = "no exchange account";

/// How a run ended that was no failure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Done, with its figures.
    Done(Value),
    /// There was nothing to do, and why.
    Skipped(String),
    /// Something else must come first: why, and when to look again.
    Later(String, Duration),
}

/// A run that failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    #[error(transparent)]
    Market(#[from] MarketError),
    #[error("{0}")]
    Other(String),
}

/// What a run is handed.
pub(crate) struct Job<'a> {
    pub cx: &'a Context,
    pub settings: &'a Settings,
    pub connect: &'a Connect,
    /// The time of the schedule that the run stands for.
    pub slot: Millis,
    /// Who it is, for events.
    pub by: String,
}

impl Job<'_> {
    fn now(&self) -> Millis {
        self.cx.store.now()
    }

    fn exchanges(&self) -> Result<Exchanges, TaskError> {
        (self.connect)(self.settings).map_err(TaskError::Other)
    }
}

/// Runs a task.
pub(crate) async fn run(task: Task, job: &Job<'_>) -> Result<Outcome, TaskError> {
    let outcome = match task {
        Task::UpdatePairs => pairs::update(job).await,
        Task::DownloadData => candles::download(job).await,
        Task::DetectRegimes => regimes::detect(job).await,
        Task::RefreshCaches => candles::refresh(job).await,
        Task::ReleaseClaims => {
            let released = job.cx.store.release_expired().await?;
            Ok(Outcome::Done(json!({ "released": released })))
        }
        Task::CleanupTmpDir => cleanup::tmp_dir(job).await,
        Task::CleanupStaleStrategies => cleanup::stale(job).await,
        Task::CleanupOldFailed => cleanup::failed(job).await,
        Task::CleanupOldRetired => cleanup::retired(job).await,
        Task::BackupStore => backup::write(job).await,
        Task::PruneHistory => cleanup::history(job).await,
        Task::DailyReport => report::daily(job).await,
        Task::SyncBalances
        | Task::DailyRestartServices
        | Task::RenewAgentWallets
        | Task::CheckSubaccountFunds => Ok(Outcome::Skipped(NO_ACCOUNT.to_owned())),
    };
    match outcome {
        // Asked to stop: the task is due again at once, for whoever comes next.
        Err(TaskError::Exchange(ExchangeError::Stopped)) if job.cx.stop.is_cancelled() => Ok(
            Outcome::Later("the scheduler was stopped".to_owned(), Duration::ZERO),
        ),
        outcome => outcome,
    }
}

/// Disk work beside the threads that wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, TaskError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| TaskError::Other(format!("a worker thread ended: {error}")))
}
