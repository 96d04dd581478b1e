//! One task after the other: take what is due, run it, write what became of it.

use crate::Connect;
use crate::plan::{self, Planned, Task};
use crate::tasks::{self, Job, Outcome, TaskError};
use async_trait::async_trait;
use serde_json::{Value, json};
use sixbtc_core::daemon::{Context, Next, ServiceError, Worker};
use sixbtc_core::model::{Millis, TaskClaim};
use sixbtc_core::settings::Settings;
use sixbtc_core::store::{Store, StoreError, TaskEnd};
use std::time::{Duration, Instant};
use tracing::Instrument;

/// How long a task is ours before the lease must be renewed.
const LEASE: Duration = Duration::from_mins(2);

/// A task of the store that this program does not know is looked at again after a day.
const UNKNOWN: i64 = 86_400_000;

/// Runs of the past that are looked at to count failures in a row.
const HISTORY: u32 = 12;

/// A worker.
pub(crate) struct Runner {
    connect: Connect,
}

/// What is written of a run, and when it is due again.
struct End {
    error: Option<String>,
    data: Value,
    due: Millis,
}

impl End {
    fn skipped(why: &str, due: Millis) -> Self {
        Self {
            error: None,
            data: json!({ "skipped": why }),
            due,
        }
    }
}

impl Runner {
    pub(crate) fn new(connect: Connect) -> Self {
        Self { connect }
    }

    async fn run(
        &self,
        cx: &Context,
        table: &[Planned],
        claim: &TaskClaim,
    ) -> Result<(), ServiceError> {
        let began = Instant::now();
        let planned = table.iter().find(|p| p.task.name() == claim.name);
        let end = match planned {
            None => End::skipped("no task of this program", cx.store.now() + UNKNOWN),
            Some(planned) => match self.end_of(cx, planned, claim).await? {
                Some(end) => end,
                None => return Ok(()),
            },
        };
        let status = match (&end.error, end.data.get("skipped")) {
            (Some(error), _) => {
                tracing::warn!(task = claim.name, error, "task failed");
                "failed"
            }
            (None, Some(why)) => {
                tracing::info!(task = claim.name, why = why.as_str(), "task skipped");
                "skipped"
            }
            (None, None) => {
                tracing::info!(
                    task = claim.name,
                    ms = began.elapsed().as_millis() as u64,
                    "task done"
                );
                "done"
            }
        };
        metrics::counter!("sixbtc_task_runs_total", "task" => claim.name.clone(), "status" => status)
            .increment(1);
        let End { error, data, due } = end;
        match cx
            .store
            .finish_task(claim, &TaskEnd { error, data }, due)
            .await
        {
            Err(StoreError::LeaseLost { .. }) => {
                tracing::warn!(
                    task = claim.name,
                    "the lease was lost: another scheduler runs it"
                );
                Ok(())
            }
            done => Ok(done?),
        }
    }

    /// How a run ends; `None` when the task was taken from us.
    async fn end_of(
        &self,
        cx: &Context,
        planned: &Planned,
        claim: &TaskClaim,
    ) -> Result<Option<End>, ServiceError> {
        let now = cx.store.now();
        if let Some(why) = planned.passed_over(claim.due_at, now, claim.triggered_by.is_some()) {
            return Ok(Some(End::skipped(&why, planned.due_after_skip(now))));
        }
        if Planned::is_deadly(claim.attempt) {
            return Ok(Some(End {
                error: Some(format!(
                    "given up: its worker vanished {} times in a row",
                    claim.attempt - 1
                )),
                data: Value::Null,
                due: planned.due_after(claim.due_at, now),
            }));
        }
        let settings = cx.settings.borrow().clone();
        let Some(outcome) = self.work(cx, planned, claim, &settings).await else {
            return Ok(None);
        };
        let now = cx.store.now();
        Ok(Some(match outcome {
            Ok(Outcome::Done(data)) => End {
                error: None,
                data,
                due: planned.due_after(claim.due_at, now),
            },
            Ok(Outcome::Skipped(why)) => End::skipped(&why, planned.due_after_skip(now)),
            Ok(Outcome::Later(why, after)) => End {
                error: None,
                data: json!({ "waits": why }),
                due: now + after.as_millis() as i64,
            },
            Err(error) => {
                let history = cx.store.task_runs(Some(&claim.name), HISTORY).await?;
                End {
                    error: Some(error.to_string()),
                    data: Value::Null,
                    due: planned.due_after_failure(now, plan::failures(&history)),
                }
            }
        }))
    }

    /// The work itself, while the lease is kept up. `None`: the lease is lost, and the work was dropped.
    async fn work(
        &self,
        cx: &Context,
        planned: &Planned,
        claim: &TaskClaim,
        settings: &Settings,
    ) -> Option<Result<Outcome, TaskError>> {
        let job = Job {
            cx,
            settings,
            connect: &self.connect,
            slot: planned.slot(claim.due_at),
            by: format!("scheduler ({})", cx.identity),
        };
        let work = tasks::run(planned.task, &job);
        tokio::pin!(work);
        loop {
            tokio::select! {
                outcome = &mut work => return Some(outcome),
                () = tokio::time::sleep(LEASE / 3) => {}
            }
            match cx.store.renew_task(claim, LEASE).await {
                Ok(_) => {}
                Err(StoreError::LeaseLost { .. }) => {
                    tracing::warn!(task = claim.name, "the lease was lost: work is dropped");
                    return None;
                }
                // The lease lives for two more tries.
                Err(error) => {
                    tracing::warn!(task = claim.name, %error, "the lease could not be renewed");
                }
            }
        }
    }
}

/// Brings the tasks of the store in line with the table: new ones are made known, due times that cannot be are corrected.
pub(crate) async fn align(store: &Store, table: &[Planned]) -> Result<(), StoreError> {
    let now = store.now();
    let known = store.tasks().await?;
    for planned in table {
        let name = planned.task.name();
        match known.iter().find(|task| task.name == name) {
            None => {
                store.add_task(name, planned.first_due(now)).await?;
            }
            Some(task) if task.running.is_none() => {
                if let Some(due) = planned.corrected(task.due_at, now) {
                    tracing::info!(task = name, was = task.due_at, due, "due time corrected");
                    store.set_task_due(name, due).await?;
                }
            }
            Some(_) => {}
        }
    }
    Ok(())
}

#[async_trait]
impl Worker for Runner {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        let settings = cx.settings.borrow().clone();
        let table =
            plan::table(&settings).map_err(|error| ServiceError::Passing(error.to_string()))?;
        align(&cx.store, &table).await?;
        if let Some(claim) = cx.store.claim_task(&cx.identity, LEASE).await? {
            let name = claim.name.as_str();
            let span = tracing::error_span!("task", otel.name = name, task = name);
            self.run(cx, &table, &claim).instrument(span).await?;
            return Ok(Next::Now);
        }
        let tasks = cx.store.tasks().await?;
        let due = tasks
            .iter()
            .filter(|t| t.running.is_none())
            .map(|t| t.due_at);
        let longest = Duration::from_secs(settings.scheduler.tick_seconds);
        Ok(Next::After(plan::until_next(due, cx.store.now(), longest)))
    }
}

/// Tasks by name, for whoever triggers one by hand.
impl Task {
    /// Makes a task due now; the scheduler runs it within a tick.
    pub async fn trigger(self, store: &Store, by: &str) -> Result<(), StoreError> {
        store.trigger_task(self.name(), by).await
    }
}
