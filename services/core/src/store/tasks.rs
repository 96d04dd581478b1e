//! Tasks: when each is due, who is at it, what became of it.

use super::sql::{Columns, Sql};
use super::{Store, StoreError, until};
use crate::model::{Millis, Task, TaskClaim, TaskRun, TaskStatus};
use crate::store::TaskEnd;
use std::time::Duration;

impl Store {
    /// Makes a task known, due at `due_at`; one that is known already keeps its due time. `true` when it was new.
    pub async fn add_task(&self, name: &str, due_at: Millis) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let rows = Sql::of(
            "INSERT INTO tasks (name, due_at, updated_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
        )
        .text(name)
        .int(due_at)
        .int(self.now())
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(rows == 1)
    }

    /// Moves a task's due time, unless somebody is at it: when its schedule was changed. `true` when it moved.
    pub async fn set_task_due(&self, name: &str, due_at: Millis) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let rows = Sql::of(
            "UPDATE tasks SET due_at = $2, attempts = 0, updated_at = $3 WHERE name = $1 AND claim_until IS NULL",
        )
        .text(name)
        .int(due_at)
        .int(self.now())
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(rows == 1)
    }

    /// Makes a task due now, by hand; one that runs just now runs again when it ends.
    pub async fn trigger_task(&self, name: &str, by: &str) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.begin().await?;
        let rows = Sql::of(
            "UPDATE tasks SET \
             due_at = CASE WHEN claim_until IS NULL AND due_at > $2 THEN $2 ELSE due_at END, \
             triggered_by = CASE WHEN claim_until IS NULL THEN $3 ELSE triggered_by END, \
             again_at = CASE WHEN claim_until IS NULL THEN again_at ELSE $2 END, \
             again_by = CASE WHEN claim_until IS NULL THEN again_by ELSE $3 END, updated_at = $2 WHERE name = $1",
        )
        .text(name)
        .int(now)
        .text(by)
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        if rows == 0 {
            return Err(StoreError::Missing(format!("task `{name}`")));
        }
        Ok(())
    }

    /// All tasks, by name.
    pub async fn tasks(&self) -> Result<Vec<Task>, StoreError> {
        let rows = Sql::of("SELECT * FROM tasks ORDER BY name")
            .all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Task {
                    name: row.text("name")?,
                    due_at: row.int("due_at")?,
                    triggered_by: row.opt_text("triggered_by")?,
                    running: row.opt_text("claim_by")?,
                    until: row.opt_int("claim_until")?,
                })
            })
            .collect()
    }

    /// Takes the task that is due longest, if one is: its run stands in the history from now on. A task whose worker vanished
    /// is due again when the lease ends, and that run is noted as crashed.
    pub async fn claim_task(
        &self,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<TaskClaim>, StoreError> {
        let now = self.now();
        let due = "due_at <= $1 AND (claim_until IS NULL OR claim_until <= $1)";
        let any = Sql::made(format!("SELECT 1 AS one FROM tasks WHERE {due} LIMIT 1"))
            .int(now)
            .first(self.reader())
            .await?;
        if any.is_none() {
            return Ok(None);
        }
        let end = until(now, lease);
        let mut tx = self.begin().await?;
        let row = Sql::made(format!(
            "UPDATE tasks SET claim_by = $2, claim_until = $3, claim_token = claim_token + 1, attempts = attempts + 1, \
             updated_at = $1 WHERE name IN (SELECT name FROM tasks WHERE {due} ORDER BY due_at, name LIMIT 1{}) RETURNING *",
            self.skip_locked()
        ))
        .int(now)
        .text(worker)
        .int(end)
        .first(&mut *tx)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let claim = TaskClaim {
            name: row.text("name")?,
            due_at: row.int("due_at")?,
            triggered_by: row.opt_text("triggered_by")?,
            token: row.int("claim_token")?,
            attempt: row.int("attempts")?,
            until: end,
        };
        Sql::of(
            "UPDATE task_runs SET status = 'crashed', ended_at = $2, error = 'its worker vanished' \
             WHERE task = $1 AND status = 'running'",
        )
        .text(claim.name.as_str())
        .int(now)
        .run(&mut *tx)
        .await?;
        Sql::of(
            "INSERT INTO task_runs (task, token, due_at, started_at, status, by_whom, triggered_by, data) \
             VALUES ($1, $2, $3, $4, 'running', $5, $6, 'null')",
        )
        .text(claim.name.as_str())
        .int(claim.token)
        .int(claim.due_at)
        .int(now)
        .text(worker)
        .opt_text(claim.triggered_by.as_deref())
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(claim))
    }

    /// Lengthens a task's lease; the new end.
    pub async fn renew_task(
        &self,
        claim: &TaskClaim,
        lease: Duration,
    ) -> Result<Millis, StoreError> {
        let end = until(self.now(), lease);
        let mut tx = self.begin().await?;
        let row = Sql::of(
            "UPDATE tasks SET claim_until = CASE WHEN claim_until > $3 THEN claim_until ELSE $3 END \
             WHERE name = $1 AND claim_token = $2 AND claim_until IS NOT NULL RETURNING claim_until",
        )
        .text(claim.name.as_str())
        .int(claim.token)
        .int(end)
        .first(&mut *tx)
        .await?;
        tx.commit().await?;
        row.map_or_else(|| Err(lost(claim)), |r| r.int("claim_until"))
    }

    /// Ends a task's run and says when it is due next. Refused when the claim is lost; doing it again changes nothing.
    pub async fn finish_task(
        &self,
        claim: &TaskClaim,
        end: &TaskEnd,
        next_due: Millis,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.begin().await?;
        let rows = Sql::of(
            "UPDATE tasks SET due_at = CASE WHEN again_at IS NULL THEN $3 ELSE again_at END, \
             triggered_by = again_by, again_at = NULL, again_by = NULL, \
             claim_by = NULL, claim_until = NULL, attempts = 0, updated_at = $4 \
             WHERE name = $1 AND claim_token = $2 AND claim_until IS NOT NULL",
        )
        .text(claim.name.as_str())
        .int(claim.token)
        .int(next_due)
        .int(now)
        .run(&mut *tx)
        .await?;
        if rows == 0 {
            let done = Sql::of(
                "SELECT 1 AS one FROM task_runs WHERE task = $1 AND token = $2 AND status IN ('done', 'failed')",
            )
            .text(claim.name.as_str())
            .int(claim.token)
            .first(&mut *tx)
            .await?;
            return if done.is_some() {
                Ok(())
            } else {
                Err(lost(claim))
            };
        }
        let (status, error) = match &end.error {
            None => (TaskStatus::Done, None),
            Some(error) => (TaskStatus::Failed, Some(error.as_str())),
        };
        Sql::of(
            "UPDATE task_runs SET status = $3, ended_at = $4, error = $5, data = $6 WHERE task = $1 AND token = $2",
        )
        .text(claim.name.as_str())
        .int(claim.token)
        .text(status.as_str())
        .int(now)
        .opt_text(error)
        .json(&end.data)?
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes ended runs that began before `before`; how many. The last run of each task stays, however old: it tells what became
    /// of the task.
    pub async fn prune_task_runs(&self, before: Millis) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let rows = Sql::of(
            "DELETE FROM task_runs WHERE started_at < $1 AND status <> 'running' \
             AND token < (SELECT MAX(r.token) FROM task_runs r WHERE r.task = task_runs.task)",
        )
        .int(before)
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// Runs of a task – or of all –, newest first.
    pub async fn task_runs(
        &self,
        task: Option<&str>,
        limit: u32,
    ) -> Result<Vec<TaskRun>, StoreError> {
        let rows = match task {
            Some(task) => {
                Sql::of("SELECT * FROM task_runs WHERE task = $1 ORDER BY token DESC LIMIT $2")
                    .text(task)
            }
            None => Sql::of("SELECT * FROM task_runs ORDER BY started_at DESC, id DESC LIMIT $1"),
        };
        let rows = rows.int(i64::from(limit)).all(self.reader()).await?;
        rows.iter()
            .map(|row| {
                Ok(TaskRun {
                    id: row.int("id")?,
                    task: row.text("task")?,
                    due_at: row.int("due_at")?,
                    started_at: row.int("started_at")?,
                    ended_at: row.opt_int("ended_at")?,
                    status: row.read("status", TaskStatus::read)?,
                    by: row.text("by_whom")?,
                    triggered_by: row.opt_text("triggered_by")?,
                    error: row.opt_text("error")?,
                    data: row.json("data")?,
                })
            })
            .collect()
    }
}

fn lost(claim: &TaskClaim) -> StoreError {
    StoreError::LeaseLost {
        what: format!("task `{}`", claim.name),
        token: claim.token,
    }
}
