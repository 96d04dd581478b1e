//! What is taken away, and what never is: events, trials, trades and the hashes of programs stay for good, and so does every
//! strategy that passed its checks and waits for its tests.

use super::{Job, Outcome, TaskError, blocking};
use serde_json::json;
use sixbtc_core::model::{
    Completion, Gate, Millis, NewEvent, Outcome as Ended, Queue, Stage, Status,
};
use sixbtc_core::store::StoreError;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Rows a transaction, so that nobody waits long for the database.
const AT_ONCE: u32 = 500;

/// Strategies refused in one run; the rest waits for the next.
const MOST_STALE: usize = 20_000;

/// How deep scratch directories are looked into.
const DEEPEST: usize = 16;

/// Refuses GENERATED strategies that nobody checked for too long. VALIDATED ones wait as long as it takes: they cost work.
pub(super) async fn stale(job: &Job<'_>) -> Result<Outcome, TaskError> {
    let days = job
        .settings
        .scheduler
        .tasks
        .cleanup_stale_strategies
        .max_age_days;
    let store = &job.cx.store;
    let before = job.now() - i64::from(days) * DAY;
    let mut refused = 0;
    while refused < MOST_STALE && !job.cx.stop.is_cancelled() {
        let lease = Duration::from_mins(1);
        let Some(claim) = store
            .claim(Queue::Validation, &job.by, lease, Some(before))
            .await?
        else {
            break;
        };
        let age = job.now() - claim.strategy.created_at;
        let completion = too_old(&claim.strategy, age, days);
        match store.complete(&claim, &job.by, &completion).await {
            Ok(_) => refused += 1,
            // Somebody else has it now: it is not stale.
            Err(StoreError::LeaseLost { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let waiting = store.count(Status::Validated).await?;
    Ok(Outcome::Done(
        json!({ "refused": refused, "validated_kept": waiting }),
    ))
}

fn too_old(strategy: &sixbtc_core::model::Strategy, age: Millis, days: u32) -> Completion {
    let age_days = age as f64 / DAY as f64;
    let gate = Gate {
        name: "validation.age".to_owned(),
        figure: Some(age_days),
        threshold: f64::from(days),
        passed: false,
        says: format!("waited {age_days:.1} days for its checks, at most {days} are allowed"),
    };
    let event = NewEvent {
        strategy: Some(strategy.made.id),
        name: strategy.made.name.clone(),
        stage: Stage::Validation,
        what: "stale".to_owned(),
        outcome: Ended::Refused,
        took_ms: None,
        data: json!({ "figure": age_days, "threshold": days, "says": gate.says }),
    };
    Completion {
        status: Some(Status::Failed),
        reason: Some("stale".to_owned()),
        gates: vec![gate],
        events: vec![event],
        ..Completion::default()
    }
}

/// Deletes FAILED strategies.
pub(super) async fn failed(job: &Job<'_>) -> Result<Outcome, TaskError> {
    let days = job.settings.scheduler.tasks.cleanup_old_failed.max_age_days;
    purge(job, Status::Failed, days).await
}

/// Deletes RETIRED strategies.
pub(super) async fn retired(job: &Job<'_>) -> Result<Outcome, TaskError> {
    let days = job
        .settings
        .scheduler
        .tasks
        .cleanup_old_retired
        .max_age_days;
    purge(job, Status::Retired, days).await
}

async fn purge(job: &Job<'_>, status: Status, days: u32) -> Result<Outcome, TaskError> {
    let before = job.now() - i64::from(days) * DAY;
    let mut deleted = 0;
    while !job.cx.stop.is_cancelled() {
        let some = job.cx.store.purge(status, before, AT_ONCE).await?;
        deleted += some;
        if some < u64::from(AT_ONCE) {
            break;
        }
    }
    Ok(Outcome::Done(json!({ "deleted": deleted })))
}

/// Deletes old runs of tasks.
pub(super) async fn history(job: &Job<'_>) -> Result<Outcome, TaskError> {
    let before = job.now() - i64::from(job.settings.scheduler.history_days) * DAY;
    let deleted = job.cx.store.prune_task_runs(before).await?;
    Ok(Outcome::Done(json!({ "deleted": deleted })))
}

/// Deletes old scratch files.
pub(super) async fn tmp_dir(job: &Job<'_>) -> Result<Outcome, TaskError> {
    let hours = job.settings.scheduler.tasks.cleanup_tmp_dir.max_age_hours;
    let before = job.now() - i64::from(hours) * HOUR;
    let before = SystemTime::UNIX_EPOCH + Duration::from_millis(before.max(0) as u64);
    let directories = &job.settings.directories;
    let tmp = directories.tmp.clone();
    let precious = [
        directories.data.clone(),
        directories.backups.clone(),
        PathBuf::from("."),
    ];
    blocking(move || {
        if !tmp.is_dir() {
            return Ok(Outcome::Skipped(format!("`{}` does not exist", tmp.display())));
        }
        if let Some(inside) = precious.iter().find(|path| holds(&tmp, path)) {
            return Err(TaskError::Other(format!(
                "`directories.tmp` ({}) holds `{}`: nothing is deleted there; choose a directory of its own",
                tmp.display(),
                inside.display()
            )));
        }
        let mut swept = Swept::default();
        sweep(&tmp, before, DEEPEST, &mut swept);
        Ok(Outcome::Done(json!({ "deleted": swept.deleted, "failed": swept.failed })))
    })
    .await?
}

/// Whether a place is the directory or lies in it.
fn holds(directory: &Path, place: &Path) -> bool {
    match (directory.canonicalize(), place.canonicalize()) {
        (Ok(directory), Ok(place)) => place.starts_with(directory),
        _ => false,
    }
}

#[derive(Default)]
struct Swept {
    deleted: u64,
    failed: u64,
}

/// Deletes what is old below a directory. Links are deleted, never followed.
fn sweep(directory: &Path, before: SystemTime, deeper: usize, swept: &mut Swept) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        swept.failed += 1;
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(about) = path.symlink_metadata() else {
            continue;
        };
        let old = about.modified().is_ok_and(|at| at < before);
        let done = if about.is_dir() {
            if deeper > 0 {
                sweep(&path, before, deeper - 1, swept);
            }
            if !old {
                continue;
            }
            // Only an empty one goes; that it is not empty is no failure.
            if std::fs::remove_dir(&path).is_ok() {
                swept.deleted += 1;
            }
            continue;
        } else if old {
            std::fs::remove_file(&path)
        } else {
            continue;
        };
        match done {
            Ok(()) => swept.deleted += 1,
            Err(_) => swept.failed += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn old_files_go_and_young_ones_and_targets_of_links_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (tmp, outside) = (dir.path().join("tmp"), dir.path().join("outside"));
        fs::create_dir_all(tmp.join("deep/er")).unwrap();
        fs::write(tmp.join("deep/er/a"), "x").unwrap();
        fs::write(tmp.join("b"), "x").unwrap();
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("precious"), "x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&outside, tmp.join("link")).unwrap();
        let mut swept = Swept::default();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        sweep(&tmp, long_ago, DEEPEST, &mut swept);
        assert_eq!((swept.deleted, swept.failed), (0, 0));
        let far_ahead = SystemTime::now() + Duration::from_hours(1);
        sweep(&tmp, far_ahead, DEEPEST, &mut swept);
        assert_eq!(fs::read_dir(&tmp).unwrap().count(), 0);
        assert!(outside.join("precious").exists());
        assert!(holds(dir.path(), &outside) && !holds(&tmp, &outside));
    }
}
