//! The day in figures.

use super::{Job, Outcome, TaskError};
use serde_json::{Value, json};
use sixbtc_core::model::{FunnelStep, Millis, NewEvent, Outcome as Ended, Stage, TaskStatus};
use std::collections::BTreeMap;

const DAY: i64 = 86_400_000;

/// Runs of tasks that a day's report looks at.
const MOST_RUNS: u32 = 5000;

/// Writes what happened in the day before the time of the schedule, as an event and a line of the log.
pub(super) async fn daily(job: &Job<'_>) -> Result<Outcome, TaskError> {
    let store = &job.cx.store;
    let (from, to) = (job.slot - DAY, job.slot);
    let counts: BTreeMap<String, u64> = store
        .counts()
        .await?
        .into_iter()
        .map(|(status, n)| (status.to_string(), n))
        .collect();
    // The funnel is counted up to the present; two of them make the day.
    let day = between(&store.funnel(from).await?, &store.funnel(to).await?);
    let runs = store.task_runs(None, MOST_RUNS).await?;
    let ended = |status: TaskStatus, at: Option<Millis>, wanted: TaskStatus| {
        status == wanted && at.is_some_and(|at| (from..to).contains(&at))
    };
    let count = |wanted| {
        runs.iter()
            .filter(|r| ended(r.status, r.ended_at, wanted))
            .count()
    };
    let data = json!({
        "from": from, "to": to, "strategies": counts, "funnel": day,
        "tasks": { "done": count(TaskStatus::Done), "failed": count(TaskStatus::Failed), "crashed": count(TaskStatus::Crashed) },
    });
    let event = NewEvent {
        strategy: None,
        name: String::new(),
        stage: Stage::System,
        what: "daily_report".to_owned(),
        outcome: Ended::Noted,
        took_ms: None,
        data: data.clone(),
    };
    store.record(&job.by, &[event]).await?;
    tracing::info!(report = %data, "the day in figures");
    Ok(Outcome::Done(data))
}

/// Steps since the earlier time without those since the later one.
fn between(since_from: &[FunnelStep], since_to: &[FunnelStep]) -> Value {
    let later: BTreeMap<&str, &FunnelStep> =
        since_to.iter().map(|s| (s.gate.as_str(), s)).collect();
    let steps = since_from.iter().map(|step| {
        let (passed, refused) = later
            .get(step.gate.as_str())
            .map_or((0, 0), |s| (s.passed, s.refused));
        json!({
            "gate": step.gate, "stage": step.stage,
            "passed": step.passed.saturating_sub(passed), "refused": step.refused.saturating_sub(refused),
        })
    });
    steps.collect()
}
