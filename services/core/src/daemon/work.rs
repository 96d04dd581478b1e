//! One worker, round after round.

use super::backoff::Backoff;
use super::panics::{caught, caught_async};
use super::state::{AT_WORK, Doing};
use super::{Context, Next, Service, ServiceError, Worker};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Why a worker is done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It was asked to stop, or its service has no place for it any more.
    Stopped,
    /// Waiting would not mend it.
    Fatal(String),
}

/// A worker's place in its service.
pub(super) struct Seat {
    pub service: Arc<dyn Service>,
    /// Which of the service's workers.
    pub index: usize,
    pub cx: Context,
    pub doing: Arc<Doing>,
    pub backoff: Backoff,
}

enum Round {
    Went(Next),
    Failed(ServiceError),
    Panicked(String),
    NoPlace,
}

impl Seat {
    /// Calls the worker until the service is stopped.
    pub async fn work(self, worker: Box<dyn Worker>) -> Done {
        let doing = Arc::clone(&self.doing);
        AT_WORK.scope(doing, self.rounds(worker)).await
    }

    async fn rounds(self, worker: Box<dyn Worker>) -> Done {
        let mut worker = Some(worker);
        let who = format!("{}#{}", self.cx.identity, self.index);
        let done = loop {
            if self.cx.stop.is_cancelled() {
                break Done::Stopped;
            }
            self.doing.begin();
            let began = Instant::now();
            let round = self.round(&mut worker).await;
            self.count(&round, began.elapsed());
            let wait = match round {
                Round::Went(next) => {
                    self.doing.went_well();
                    match next {
                        Next::Now => Duration::ZERO,
                        Next::After(wait) => wait,
                    }
                }
                Round::Failed(ServiceError::Fatal(why)) => {
                    self.doing.failed(&why, false);
                    break Done::Fatal(why);
                }
                Round::Failed(error) => {
                    let why = error.to_string();
                    let errors = self.doing.failed(&why, false);
                    let wait = self.backoff.wait(&who, errors);
                    tracing::warn!(errors, wait_s = wait.as_secs_f64(), "{why}");
                    wait
                }
                Round::Panicked(why) => {
                    let errors = self.doing.failed(&why, true);
                    let wait = self.backoff.wait(&who, errors);
                    tracing::error!(
                        errors,
                        wait_s = wait.as_secs_f64(),
                        "{why}; the worker is made anew"
                    );
                    wait
                }
                Round::NoPlace => break Done::Stopped,
            };
            self.doing.waits(wait);
            if wait.is_zero() {
                // rounds that never wait must not keep others of this thread from theirs
                tokio::task::yield_now().await;
            } else {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = self.cx.stop.cancelled() => {}
                }
            }
        };
        if let Some(worker) = &mut worker
            && let Err(panicked) = caught_async(worker.stop(&self.cx)).await
        {
            tracing::error!("{panicked}, while it stopped");
        }
        bury(worker);
        done
    }

    async fn round(&self, worker: &mut Option<Box<dyn Worker>>) -> Round {
        let outcome = caught_async(async {
            let worker = match worker {
                Some(worker) => worker,
                None => match self.service.remake(&self.cx, self.index).await? {
                    Some(new) => worker.insert(new),
                    None => return Ok(None),
                },
            };
            worker.tick(&self.cx).await.map(Some)
        })
        .await;
        match outcome {
            Ok(Ok(Some(next))) => Round::Went(next),
            Ok(Ok(None)) => Round::NoPlace,
            Ok(Err(error)) => Round::Failed(error),
            Err(panicked) => {
                // what it left half-done must not be used again
                bury(worker.take());
                Round::Panicked(panicked.to_string())
            }
        }
    }

    fn count(&self, round: &Round, took: Duration) {
        let service = self.service.name().as_str();
        metrics::counter!("sixbtc_ticks_total", "service" => service).increment(1);
        metrics::histogram!("sixbtc_tick_seconds", "service" => service).record(took.as_secs_f64());
        match round {
            Round::Went(_) | Round::NoPlace => {}
            Round::Failed(_) => {
                metrics::counter!("sixbtc_tick_errors_total", "service" => service).increment(1);
            }
            Round::Panicked(_) => {
                metrics::counter!("sixbtc_panics_total", "service" => service).increment(1);
            }
        }
    }
}

/// Drops a worker, whatever its destructor does.
fn bury(worker: Option<Box<dyn Worker>>) {
    if let Err(panicked) = caught(|| drop(worker)) {
        tracing::error!("{panicked}, while it was dropped");
    }
}
