//! Backups of the store, and their end.
//!
//! Which files were written stands in the store, from before the first byte: so nothing else is ever deleted, whatever lies in the
//! same directory, and what a killed scheduler left behind is known.

use super::{Job, Outcome, TaskError, blocking};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sixbtc_core::model::Millis;
use sixbtc_core::shared;
use std::path::{Path, PathBuf};

/// Under which key of the store's control values the list stands.
pub(super) const WRITTEN: &str = "scheduler.backups";

const DAY: i64 = 86_400_000;

/// What may stand behind the name of a file that is being written.
const UNDER_WAY: [&str; 4] = [".part", ".part-journal", ".part-wal", ".part-shm"];

/// A file that was written, or was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Written {
    file: PathBuf,
    at: Millis,
}

/// Writes a backup; when it is there, those before it that are too old are deleted. A backup that fails deletes none.
pub(super) async fn write(job: &Job<'_>) -> Result<Outcome, TaskError> {
    let (store, now) = (&job.cx.store, job.now());
    let directory = job.settings.directories.backups.clone();
    let file = directory.join(name(now));
    let made = directory.clone();
    blocking(move || std::fs::create_dir_all(&made))
        .await?
        .map_err(|e| TaskError::Other(format!("{}: {e}", directory.display())))?;
    if file.exists() {
        let taken = format!("{} exists already", file.display());
        return Err(TaskError::Other(taken));
    }
    let new = Written {
        file: file.clone(),
        at: now,
    };
    shared::update(store, WRITTEN, &job.by, |list: Option<Vec<Written>>| {
        let mut list = list.unwrap_or_default();
        list.retain(|w| w.file != new.file);
        list.push(new.clone());
        (Some(list), ())
    })
    .await?;
    store.backup(&file).await?;
    let bytes = std::fs::metadata(&file).map_or(0, |m| m.len());

    let days = i64::from(job.settings.scheduler.tasks.backup_store.max_age_days);
    let list = shared::read::<Vec<Written>>(store, WRITTEN).await?;
    let list = list.map(|l| l.value).unwrap_or_default();
    let (old, kept): (Vec<Written>, Vec<Written>) = list
        .into_iter()
        .filter(|w| w.file != file)
        .partition(|w| w.at < now - days * DAY);
    let swept = blocking(move || sweep(old, &kept)).await?;
    shared::update(store, WRITTEN, &job.by, |list: Option<Vec<Written>>| {
        let mut list = list.unwrap_or_default();
        list.retain(|w| !swept.gone.contains(w));
        (Some(list), ())
    })
    .await?;
    Ok(Outcome::Done(json!({
        "file": file, "bytes": bytes, "deleted": swept.deleted, "failed": swept.failed,
    })))
}

/// A name by the second: `sixbtc-2026-03-01T01-05-00Z.db`, in the order of time.
fn name(at: Millis) -> String {
    let time = sixbtc_market::calendar::iso(at);
    let second = time.get(..19).unwrap_or(&time).replace(':', "-");
    format!("sixbtc-{second}Z.db")
}

#[derive(Default)]
struct Swept {
    /// What need not stand in the list any more.
    gone: Vec<Written>,
    deleted: u64,
    failed: u64,
}

/// Deletes what is old, and what others began and did not end.
fn sweep(old: Vec<Written>, kept: &[Written]) -> Swept {
    let mut swept = Swept::default();
    for begun in old.iter().chain(kept) {
        for end in UNDER_WAY {
            let _ = std::fs::remove_file(with_end(&begun.file, end));
        }
    }
    for backup in old {
        match std::fs::remove_file(&backup.file) {
            Ok(()) => swept.deleted += 1,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            // it stays in the list and is tried again
            Err(_) => {
                swept.failed += 1;
                continue;
            }
        }
        swept.gone.push(backup);
    }
    swept
}

fn with_end(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_time() {
        assert_eq!(name(1_772_366_400_000), "sixbtc-2026-03-01T12-00-00Z.db");
        assert!(name(1_772_366_399_000) < name(1_772_366_400_000));
    }
}
