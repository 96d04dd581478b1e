//! Backups and the history of tasks, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::json;
use sixbtc_core::daemon::{Context, Next, Service};
use sixbtc_core::model::{TaskRun, TaskStatus};
use sixbtc_core::settings::Settings;
use sixbtc_core::store::Store;
use sixbtc_core::testing::{Test, draft, on_both};
use sixbtc_scheduler::Scheduler;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const DAY: i64 = 86_400;

struct Room<'t> {
    t: &'t Test,
    cx: Context,
    backups: PathBuf,
    dir: tempfile::TempDir,
    _settings: watch::Sender<Arc<Settings>>,
}

impl<'t> Room<'t> {
    async fn new(t: &'t Test) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        let directories = &mut settings.directories;
        directories.backups = dir.path().join("backups");
        directories.data = dir.path().join("data");
        directories.tmp = dir.path().join("tmp");
        settings.scheduler.history_days = 2;
        let backups = settings.directories.backups.clone();
        let (keep, settings) = watch::channel(Arc::new(settings));
        let room = Self {
            t,
            cx: Context {
                store: t.store.clone(),
                settings,
                stop: CancellationToken::new(),
                identity: "scheduler@here:1:0".into(),
            },
            backups,
            dir,
            _settings: keep,
        };
        room.run().await;
        room
    }

    /// Runs everything that is due now; what needs an exchange fails.
    async fn run(&self) {
        let service = Scheduler::with_exchanges(Arc::new(|_| Err("no network in tests".into())));
        let mut workers = service.start(&self.cx).await.unwrap();
        for _ in 0..500 {
            if workers[0].tick(&self.cx).await.unwrap() != Next::Now {
                return;
            }
        }
        panic!("tasks without end");
    }

    /// Runs a task by hand; its last run.
    async fn by_hand(&self, task: &str) -> TaskRun {
        self.t.store.trigger_task(task, "me").await.unwrap();
        self.run().await;
        let mut runs = self.t.store.task_runs(Some(task), 1).await.unwrap();
        runs.remove(0)
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(&self.backups)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn backups_come_and_go_and_nothing_else_is_touched() {
    on_both(async |t| {
        let s = &t.store;
        s.insert(&draft(1), "test", &[]).await.unwrap();
        let room = Room::new(&t).await;
        let done = room.by_hand("backup_store").await;
        assert_eq!(done.status, TaskStatus::Done, "{done:?}");
        let first = PathBuf::from(done.data["file"].as_str().unwrap());
        assert_eq!(room.files(), ["sixbtc-2026-01-01T00-00-00Z.db"]);
        // what it holds can be had back
        let url = format!("sqlite://{}", room.dir.path().join("new.db").display());
        let new = Store::open(&url, sixbtc_core::testing::options())
            .await
            .unwrap();
        new.restore(&first).await.unwrap();
        assert!(new.strategy(draft(1).id).await.unwrap().is_some());
        new.close().await;

        // others keep files there too, one under a name that might be ours, and a killed scheduler left a half one
        let foreign = "sixbtc-2020-01-01T00-00-00Z.db";
        std::fs::write(room.backups.join(foreign), "precious").unwrap();
        let half = format!("{}.part", first.display());
        std::fs::write(&half, "half").unwrap();
        t.clock.add(6 * DAY);
        let done = room.by_hand("backup_store").await;
        assert_eq!(done.data["deleted"], json!(0), "{done:?}");
        assert!(first.exists() && !Path::new(&half).exists());
        t.clock.add(2 * DAY);
        let done = room.by_hand("backup_store").await;
        assert_eq!(done.data["deleted"], json!(1), "{done:?}");
        assert_eq!(
            room.files(),
            [
                foreign,
                "sixbtc-2026-01-07T00-00-00Z.db",
                "sixbtc-2026-01-09T00-00-00Z.db"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_backup_that_fails_leaves_no_half_file_and_deletes_none() {
    on_both(async |t| {
        let room = Room::new(&t).await;
        let first = room.by_hand("backup_store").await;
        assert_eq!(first.status, TaskStatus::Done, "{first:?}");
        t.clock.add(30 * DAY);
        let name = "sixbtc-2026-01-31T00-00-00Z.db";
        // nothing can be written where a directory stands
        let blocked = room.backups.join(format!("{name}.part"));
        std::fs::create_dir_all(blocked.join("x")).unwrap();
        let failed = room.by_hand("backup_store").await;
        assert_eq!(failed.status, TaskStatus::Failed, "{failed:?}");
        assert_eq!(
            room.files(),
            [
                "sixbtc-2026-01-01T00-00-00Z.db".to_owned(),
                format!("{name}.part")
            ]
        );
        std::fs::remove_dir_all(&blocked).unwrap();
        let done = room.by_hand("backup_store").await;
        assert_eq!(done.data["deleted"], json!(1), "{done:?}");
        assert_eq!(room.files(), [name]);
    })
    .await;
}

#[tokio::test]
async fn history_is_kept_as_long_as_the_settings_say() {
    on_both(async |t| {
        let room = Room::new(&t).await;
        for _ in 0..4 {
            t.clock.add(DAY);
            room.run().await;
        }
        let s = &t.store;
        let of = async |task: &str| s.task_runs(Some(task), 100).await.unwrap();
        let oldest = of("release_claims").await.pop().unwrap().started_at;
        let before = t.clock.now() - 2 * DAY * 1000;
        assert!(
            oldest >= before - DAY * 1000,
            "the nightly run did its work"
        );
        let done = room.by_hand("prune_history").await;
        assert_eq!(done.status, TaskStatus::Done, "{done:?}");
        let all = s.task_runs(None, 1000).await.unwrap();
        assert!(all.iter().all(|r| r.started_at >= before));
        // the last run of a task stays, however old
        t.clock.add(100 * DAY);
        let last = of("refresh_caches").await.remove(0);
        s.prune_task_runs(t.clock.now()).await.unwrap();
        assert_eq!(of("refresh_caches").await, [last]);
    })
    .await;
}
