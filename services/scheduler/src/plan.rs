//! Which tasks there are, when each is due, and what to do about runs that were missed. Pure.

use crate::schedule::{Schedule, ScheduleError};
use sixbtc_core::model::{Millis, TaskRun, TaskStatus};
use sixbtc_core::settings::Settings;
use std::time::Duration;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Later than this, a run counts as missed.
const GRACE: i64 = 15 * MINUTE;

/// How far back missed runs are made up for.
const FURTHEST: i64 = 7 * DAY;

/// After so many vanished workers a run is given up on until the next time.
const MOST_CRASHES: i64 = 3;

/// The first pause after a failure; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: i64 = MINUTE;
const LONGEST_PAUSE: i64 = HOUR;

/// What runs that were missed become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// One run, now.
    Once,
    /// None: the next one does.
    Skip,
    /// Each of them, up to a week back.
    Each,
}

/// All tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task {
    /// The list of coins.
    UpdatePairs,
    /// Candles and funding rates.
    DownloadData,
    /// What the markets reward.
    DetectRegimes,
    /// Claims whose lease has ended.
    ReleaseClaims,
    /// The catalogue of candles.
    RefreshCaches,
    /// Scratch files.
    CleanupTmpDir,
    /// GENERATED strategies that nobody checks.
    CleanupStaleStrategies,
    /// FAILED strategies.
    CleanupOldFailed,
    /// RETIRED strategies.
    CleanupOldRetired,
    /// A backup of the store.
    BackupStore,
    /// Runs of tasks that nobody asks about any more.
    PruneHistory,
    /// The day in figures.
    DailyReport,
    /// Balances of the subaccounts.
    SyncBalances,
    /// Services that may be restarted.
    DailyRestartServices,
    /// Keys that trade.
    RenewAgentWallets,
    /// Money of the subaccounts.
    CheckSubaccountFunds,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::UpdatePairs,
        Self::DownloadData,
        Self::DetectRegimes,
        Self::ReleaseClaims,
        Self::RefreshCaches,
        Self::CleanupTmpDir,
        Self::CleanupStaleStrategies,
        Self::CleanupOldFailed,
        Self::CleanupOldRetired,
        Self::BackupStore,
        Self::PruneHistory,
        Self::DailyReport,
        Self::SyncBalances,
        Self::DailyRestartServices,
        Self::RenewAgentWallets,
        Self::CheckSubaccountFunds,
    ];

    /// Its name in the store and in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::UpdatePairs => "update_pairs",
            Self::DownloadData => "download_data",
            Self::DetectRegimes => "detect_regimes",
            Self::ReleaseClaims => "release_claims",
            Self::RefreshCaches => "refresh_caches",
            Self::CleanupTmpDir => "cleanup_tmp_dir",
            Self::CleanupStaleStrategies => "cleanup_stale_strategies",
            Self::CleanupOldFailed => "cleanup_old_failed",
            Self::CleanupOldRetired => "cleanup_old_retired",
            Self::BackupStore => "backup_store",
            Self::PruneHistory => "prune_history",
            Self::DailyReport => "daily_report",
            Self::SyncBalances => "sync_balances",
            Self::DailyRestartServices => "daily_restart_services",
            Self::RenewAgentWallets => "renew_agent_wallets",
            Self::CheckSubaccountFunds => "check_subaccount_funds",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }

    /// What a missed run becomes. Work on the state of things is done once; a report of a day is made for each day; a restart
    /// in the middle of the day because the night was missed would do harm.
    pub fn catch_up(self) -> CatchUp {
        match self {
            Self::DailyReport => CatchUp::Each,
            Self::DailyRestartServices | Self::SyncBalances => CatchUp::Skip,
            _ => CatchUp::Once,
        }
    }

    /// Whether a new store wants it at once: there are no coins and no candles yet.
    fn at_once(self) -> bool {
        matches!(
            self,
            Self::UpdatePairs | Self::DownloadData | Self::DetectRegimes | Self::RefreshCaches
        )
    }
}

/// A task with its times.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Which.
    pub task: Task,
    /// When.
    pub schedule: Schedule,
    /// The switch in the settings that is off; `None`: it runs.
    pub off: Option<String>,
}

/// All tasks with their times.
pub fn table(settings: &Settings) -> Result<Vec<Planned>, ScheduleError> {
    Task::ALL
        .into_iter()
        .map(|task| planned(task, settings))
        .collect()
}

fn planned(task: Task, settings: &Settings) -> Result<Planned, ScheduleError> {
    let (data, tasks) = (&settings.data_scheduler, &settings.scheduler.tasks);
    let half_an_hour_later = || {
        let minute = data.download_data_minute + 30;
        let hours: Vec<u32> = data
            .download_data_hours
            .iter()
            .map(|hour| (hour + minute / 60) % 24)
            .collect();
        Schedule::hours(&hours, minute % 60)
    };
    macro_rules! daily {
        ($of:expr) => {
            (
                $of.enabled,
                Schedule::daily($of.run_hour, $of.run_minute, $of.interval_hours)?,
            )
        };
    }
    macro_rules! every {
        ($of:expr) => {
            ($of.enabled, Schedule::minutes($of.interval_minutes))
        };
    }
    let (enabled, schedule) = match task {
        Task::UpdatePairs => (
            data.enabled,
            Schedule::hours(&data.update_pairs_hours, data.update_pairs_minute)?,
        ),
        Task::DownloadData => (
            data.enabled,
            Schedule::hours(&data.download_data_hours, data.download_data_minute)?,
        ),
        Task::DetectRegimes => (settings.regime.enabled, half_an_hour_later()?),
        Task::ReleaseClaims => every!(tasks.release_claims),
        Task::RefreshCaches => every!(tasks.refresh_caches),
        Task::SyncBalances => every!(tasks.sync_balances),
        Task::CleanupTmpDir => daily!(tasks.cleanup_tmp_dir),
        Task::CleanupStaleStrategies => daily!(tasks.cleanup_stale_strategies),
        Task::CleanupOldFailed => daily!(tasks.cleanup_old_failed),
        Task::CleanupOldRetired => daily!(tasks.cleanup_old_retired),
        Task::BackupStore => daily!(tasks.backup_store),
        Task::PruneHistory => daily!(tasks.prune_history),
        Task::DailyReport => daily!(tasks.daily_report),
        Task::DailyRestartServices => daily!(tasks.daily_restart_services),
        Task::RenewAgentWallets => daily!(tasks.renew_agent_wallets),
        Task::CheckSubaccountFunds => daily!(tasks.check_subaccount_funds),
    };
    let switch = match task {
        Task::UpdatePairs | Task::DownloadData => "data_scheduler.enabled".to_owned(),
        Task::DetectRegimes => "regime.enabled".to_owned(),
        task => format!("scheduler.tasks.{}.enabled", task.name()),
    };
    Ok(Planned {
        task,
        schedule,
        off: (!enabled).then_some(switch),
    })
}

impl Planned {
    /// When a task that was never heard of is due.
    pub fn first_due(&self, now: Millis) -> Millis {
        if self.task.at_once() && self.off.is_none() {
            now
        } else {
            self.schedule.next(now)
        }
    }

    /// The due time to set instead of the one stored, if that cannot be: it lies beyond the next time of the schedule, because
    /// the clock was ahead or the schedule was changed.
    pub fn corrected(&self, due: Millis, now: Millis) -> Option<Millis> {
        let next = self.schedule.next(now);
        (due > next.max(now.saturating_add(HOUR))).then_some(next)
    }

    /// Why this run is not made although it is due; `None`: it is.
    pub fn passed_over(&self, due: Millis, now: Millis, by_hand: bool) -> Option<String> {
        if by_hand {
            return None;
        }
        if let Some(switch) = &self.off {
            return Some(format!("switched off by `{switch}`"));
        }
        let late = now - due;
        (self.task.catch_up() == CatchUp::Skip && late > GRACE).then(|| {
            format!(
                "it was due {} min ago and is not made up for: the next one does",
                late / MINUTE
            )
        })
    }

    /// The time of the schedule that a run stands for.
    pub fn slot(&self, due: Millis) -> Millis {
        self.schedule.at_or_before(due)
    }

    /// When it is due after a run that went well.
    pub fn due_after(&self, due: Millis, now: Millis) -> Millis {
        if self.task.catch_up() == CatchUp::Each {
            let furthest = now.saturating_sub(FURTHEST);
            return self.schedule.next(self.slot(due).max(furthest));
        }
        self.schedule.next(now)
    }

    /// When it is due after a run that was passed over: not every few minutes, so that the history stays readable.
    pub fn due_after_skip(&self, now: Millis) -> Millis {
        self.schedule.next(now).max(now.saturating_add(HOUR))
    }

    /// When a run that failed is tried again: soon, then later and later, and never later than its next time.
    pub fn due_after_failure(&self, now: Millis, failures_before: u32) -> Millis {
        let pause = FIRST_PAUSE
            .saturating_mul(1i64.checked_shl(failures_before).unwrap_or(i64::MAX))
            .clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.schedule.next(now).min(now.saturating_add(pause))
    }

    /// Whether a run is not even begun, since its workers vanished again and again.
    pub fn is_deadly(attempt: i64) -> bool {
        attempt > MOST_CRASHES
    }
}

/// Failures in a row before the run that is under way; newest first.
pub fn failures(history: &[TaskRun]) -> u32 {
    let ended = history
        .iter()
        .filter(|run| run.status != TaskStatus::Running);
    ended
        .take_while(|run| matches!(run.status, TaskStatus::Failed | TaskStatus::Crashed))
        .count() as u32
}

/// How long until the next task is due, at most `longest`.
pub fn until_next(due: impl Iterator<Item = Millis>, now: Millis, longest: Duration) -> Duration {
    let next = due.min().unwrap_or(Millis::MAX);
    let wait = Duration::from_millis(next.saturating_sub(now).max(0) as u64);
    wait.clamp(
        Duration::from_millis(100),
        longest.max(Duration::from_millis(100)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Millis {
        chrono::DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_millis()
    }

    fn planned_by_default(task: Task) -> Planned {
        planned(task, &Settings::default()).unwrap()
    }

    #[test]
    fn the_table_has_the_times_of_the_reference() {
        let midnight = at("2026-03-01T00:00:00Z");
        let first = |task: Task| {
            let next = planned_by_default(task).schedule.next(midnight);
            let minutes = (next - midnight) / MINUTE;
            format!("{:02}:{:02}", minutes / 60, minutes % 60)
        };
        for (task, time) in [
            (Task::DailyRestartServices, "01:00"),
            (Task::RenewAgentWallets, "01:10"),
            (Task::CheckSubaccountFunds, "01:15"),
            (Task::BackupStore, "01:05"),
            (Task::PruneHistory, "01:50"),
            (Task::CleanupTmpDir, "01:20"),
            (Task::CleanupStaleStrategies, "01:30"),
            (Task::CleanupOldFailed, "01:35"),
            (Task::CleanupOldRetired, "01:40"),
            (Task::UpdatePairs, "01:45"),
            (Task::DownloadData, "02:00"),
            (Task::DetectRegimes, "02:30"),
            (Task::RefreshCaches, "04:00"),
            (Task::SyncBalances, "00:05"),
        ] {
            assert_eq!(first(task), time, "{}", task.name());
        }
        assert_eq!(table(&Settings::default()).unwrap().len(), Task::ALL.len());
        for task in Task::ALL {
            assert_eq!(Task::named(task.name()), Some(task));
        }
        let mut late = Settings::default();
        late.data_scheduler.download_data_hours = vec![23];
        late.data_scheduler.download_data_minute = 45;
        let regimes = planned(Task::DetectRegimes, &late).unwrap();
        assert_eq!(regimes.schedule.text(), "15 0 * * *");
    }

    #[test]
    fn missed_runs_are_made_up_for_as_the_task_wants() {
        let now = at("2026-03-05T12:00:00Z");
        let due = at("2026-03-02T01:45:00Z");
        // once: however many were missed
        let pairs = planned_by_default(Task::UpdatePairs);
        assert_eq!(pairs.passed_over(due, now, false), None);
        assert_eq!(pairs.due_after(due, now), at("2026-03-05T13:45:00Z"));
        // skipped when late, not by a little, and not when asked for by hand
        let balances = planned_by_default(Task::SyncBalances);
        assert!(balances.passed_over(due, now, false).is_some());
        assert_eq!(balances.passed_over(now - MINUTE, now, false), None);
        assert_eq!(balances.passed_over(due, now, true), None);
        // each: one after the other, until the present
        let report = planned_by_default(Task::DailyReport);
        let mut due = at("2026-03-02T06:00:00Z");
        let mut slots = Vec::new();
        while due <= now {
            slots.push(report.slot(due));
            due = report.due_after(due, now);
        }
        assert_eq!(slots.len(), 4);
        assert_eq!(due, at("2026-03-06T06:00:00Z"));
        // but not of a year
        let old = at("2025-03-02T06:00:00Z");
        assert_eq!(report.due_after(old, now), at("2026-02-27T06:00:00Z"));
    }

    #[test]
    fn a_clock_that_was_ahead_does_not_stop_a_task_for_ever() {
        let now = at("2026-03-05T12:00:00Z");
        let pairs = planned_by_default(Task::UpdatePairs);
        let next = at("2026-03-05T13:45:00Z");
        assert_eq!(pairs.corrected(at("2031-01-01T01:45:00Z"), now), Some(next));
        assert_eq!(pairs.corrected(next, now), None);
        assert_eq!(pairs.corrected(at("2026-03-01T01:45:00Z"), now), None);
        // a skip may lie an hour ahead, whatever the schedule
        let balances = planned_by_default(Task::SyncBalances);
        assert_eq!(balances.corrected(balances.due_after_skip(now), now), None);
    }

    #[test]
    fn failures_are_tried_again_soon_then_later() {
        let now = at("2026-03-05T12:00:00Z");
        let pairs = planned_by_default(Task::UpdatePairs);
        let pauses: Vec<i64> = (0..8)
            .map(|n| (pairs.due_after_failure(now, n) - now) / MINUTE)
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(pairs.due_after_failure(now, 200) - now, HOUR);
        // never later than the next time of the schedule
        let balances = planned_by_default(Task::SyncBalances);
        assert_eq!(balances.due_after_failure(now, 7), now + 5 * MINUTE);
    }

    #[test]
    fn the_wait_ends_with_the_next_task() {
        let longest = Duration::from_mins(1);
        assert_eq!(
            until_next([5_000, 9_000].into_iter(), 2_000, longest),
            Duration::from_secs(3)
        );
        assert_eq!(until_next([500_000].into_iter(), 2_000, longest), longest);
        assert_eq!(
            until_next([0].into_iter(), 2_000, longest),
            Duration::from_millis(100)
        );
        assert_eq!(until_next(std::iter::empty(), 2_000, longest), longest);
    }

    #[test]
    fn what_is_off_is_said() {
        let mut settings = Settings::default();
        settings.data_scheduler.enabled = false;
        settings.scheduler.tasks.cleanup_old_failed.enabled = false;
        for (task, switch) in [
            (Task::UpdatePairs, "data_scheduler.enabled"),
            (Task::DownloadData, "data_scheduler.enabled"),
            (
                Task::CleanupOldFailed,
                "scheduler.tasks.cleanup_old_failed.enabled",
            ),
        ] {
            let planned = planned(task, &settings).unwrap();
            let why = planned.passed_over(0, 0, false).unwrap();
            assert_eq!(why, format!("switched off by `{switch}`"));
        }
    }
}
