//! Claims: a strategy belongs to one worker until its lease ends.

use super::sql::{Columns, Sql};
use super::{MAX_ATTEMPTS, Store, StoreError, Tx, strategies, until};
use crate::model::{Claim, Millis, NewEvent, Outcome, Queue, Stage, Status};
use serde_json::json;
use std::time::Duration;

impl Queue {
    /// The status in which strategies wait there.
    pub(super) fn status(self) -> Status {
        match self {
            Self::Validation => Status::Generated,
            Self::Backtest => Status::Validated,
            Self::Retest => Status::Active,
        }
    }

    fn stage(self) -> Stage {
        match self {
            Self::Validation => Stage::Validation,
            Self::Backtest => Stage::Sweep,
            Self::Retest => Stage::Retest,
        }
    }
}

impl Store {
    /// Takes the oldest waiting strategy of a queue, if one waits; for [`Queue::Retest`] the one tested longest ago, if that
    /// was at `older_than` or before. Claims whose lease ended are released first, so that nothing depends on a housekeeper.
    pub async fn claim(
        &self,
        queue: Queue,
        worker: &str,
        lease: Duration,
        older_than: Option<Millis>,
    ) -> Result<Option<Claim>, StoreError> {
        let mut claims = self.claims(queue, worker, lease, older_than, 1).await?;
        Ok(claims.pop())
    }

    /// [`Self::claim`] of up to `n`.
    pub async fn claim_many(
        &self,
        queue: Queue,
        worker: &str,
        lease: Duration,
        n: u32,
    ) -> Result<Vec<Claim>, StoreError> {
        self.claims(queue, worker, lease, None, n).await
    }

    async fn claims(
        &self,
        queue: Queue,
        worker: &str,
        lease: Duration,
        older_than: Option<Millis>,
        n: u32,
    ) -> Result<Vec<Claim>, StoreError> {
        let now = self.now();
        // looking first keeps idle workers off the write lock
        let waits = Sql::of(
            "SELECT 1 AS one FROM strategies WHERE status = $1 AND claim_until IS NULL LIMIT 1",
        )
        .text(queue.status().as_str())
        .first(self.reader())
        .await?
        .is_some();
        let expired = self.any_expired(now).await?;
        if !waits && !expired {
            return Ok(Vec::new());
        }
        let mut tx = self.begin().await?;
        if expired {
            self.release(&mut tx, now, worker).await?;
        }
        let end = until(now, lease);
        let rows = Sql::made(self.claim_sql(queue))
            .text(queue.status().as_str())
            .int(i64::from(n))
            .int(older_than.unwrap_or(i64::MAX))
            .text(queue.as_str())
            .text(worker)
            .int(now)
            .int(end)
            .all(&mut *tx)
            .await?;
        let mut claims = Vec::with_capacity(rows.len());
        for row in &rows {
            claims.push(Claim {
                strategy: strategies::read(row)?,
                queue,
                token: row.int("claim_token")?,
                attempt: row.int("attempts")?,
                until: end,
            });
        }
        tx.commit().await?;
        // rows come back in any order
        claims.sort_by_key(|c| {
            let first = match queue {
                Queue::Retest => c.strategy.tested_at.unwrap_or(0),
                _ => c.strategy.created_at,
            };
            (first, c.strategy.made.id)
        });
        Ok(claims)
    }

    /// `$1` status, `$2` how many, `$3` tested at most then, `$4` queue, `$5` worker, `$6` now, `$7` end.
    pub(super) fn claim_sql(&self, queue: Queue) -> String {
        let (only, order) = match queue {
            Queue::Retest => ("tested_at <= $3", "tested_at, id"),
            // every parameter has to stand in the text
            _ => ("created_at <= $3", "created_at, id"),
        };
        format!(
            "UPDATE strategies SET claim_queue = $4, claim_by = $5, claim_token = claim_token + 1, claim_since = $6, \
             claim_until = $7, attempts = attempts + 1 WHERE id IN (SELECT id FROM strategies WHERE status = $1 \
             AND claim_until IS NULL AND {only} ORDER BY {order} LIMIT $2{}) RETURNING *",
            self.skip_locked()
        )
    }

    /// Lengthens a lease; the new end. It never becomes shorter.
    pub async fn renew(&self, claim: &Claim, lease: Duration) -> Result<Millis, StoreError> {
        let end = until(self.now(), lease);
        let mut tx = self.begin().await?;
        let rows = Sql::of(
            "UPDATE strategies SET claim_until = CASE WHEN claim_until > $3 THEN claim_until ELSE $3 END \
             WHERE id = $1 AND claim_token = $2 AND claim_until IS NOT NULL RETURNING claim_until",
        )
        .id(claim.strategy.made.id)
        .int(claim.token)
        .int(end)
        .all(&mut *tx)
        .await?;
        tx.commit().await?;
        match rows.first() {
            Some(row) => row.int("claim_until"),
            None => Err(lost(claim)),
        }
    }

    /// Gives a claim back undone: another may have it at once, and the attempt does not count. A claim that is no longer ours
    /// is left alone.
    pub async fn hand_back(&self, claim: &Claim) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        Sql::of(
            "UPDATE strategies SET claim_queue = NULL, claim_by = NULL, claim_since = NULL, claim_until = NULL, \
             attempts = attempts - 1 WHERE id = $1 AND claim_token = $2 AND claim_until IS NOT NULL",
        )
        .id(claim.strategy.made.id)
        .int(claim.token)
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Frees claims whose lease ended; how many. A strategy whose worker vanished [`MAX_ATTEMPTS`] times is taken out of the
    /// queue with the reason `crashed_worker`, so that poison does not go round for ever. Each leaves an event.
    pub async fn release_expired(&self) -> Result<u64, StoreError> {
        let now = self.now();
        if !self.any_expired(now).await? {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        let n = self.release(&mut tx, now, "store").await?;
        tx.commit().await?;
        Ok(n)
    }

    async fn any_expired(&self, now: Millis) -> Result<bool, StoreError> {
        let row = Sql::of(
            "SELECT 1 AS one FROM strategies WHERE claim_until IS NOT NULL AND claim_until <= $1 LIMIT 1",
        )
        .int(now)
        .first(self.reader())
        .await?;
        Ok(row.is_some())
    }

    async fn release(&self, tx: &mut Tx, now: Millis, by: &str) -> Result<u64, StoreError> {
        let rows = Sql::made(format!(
            "SELECT id, name, status, claim_queue, claim_by, claim_token, claim_until, attempts FROM strategies \
             WHERE claim_until IS NOT NULL AND claim_until <= $1 ORDER BY claim_until LIMIT 500{}",
            self.skip_locked()
        ))
        .int(now)
        .all(&mut **tx)
        .await?;
        for row in &rows {
            let (id, attempts) = (row.id("id")?, row.int("attempts")?);
            let queue = row.read("claim_queue", Queue::read)?;
            let status = row.read("status", Status::read)?;
            let end = (attempts >= MAX_ATTEMPTS)
                .then_some(match status {
                    Status::Generated | Status::Validated => Some(Status::Failed),
                    Status::Active => Some(Status::Retired),
                    _ => None,
                })
                .flatten();
            Sql::of(
                "UPDATE strategies SET claim_queue = NULL, claim_by = NULL, claim_since = NULL, claim_until = NULL, \
                 status = COALESCE($2, status), reason = COALESCE($3, reason), \
                 status_at = CASE WHEN $2 IS NULL THEN status_at ELSE $4 END, version = version + 1 WHERE id = $1",
            )
            .id(id)
            .opt_text(end.map(Status::as_str))
            .opt_text(end.map(|_| "crashed_worker"))
            .int(now)
            .run(&mut **tx)
            .await?;
            let event = NewEvent {
                strategy: Some(id),
                name: row.text("name")?,
                stage: queue.stage(),
                what: if end.is_some() {
                    "crashed_worker"
                } else {
                    "claim_expired"
                }
                .to_owned(),
                outcome: if end.is_some() {
                    Outcome::Refused
                } else {
                    Outcome::Noted
                },
                took_ms: None,
                data: json!({
                    "worker": row.text("claim_by")?,
                    "token": row.int("claim_token")?,
                    "until": row.int("claim_until")?,
                    "figure": attempts,
                    "threshold": MAX_ATTEMPTS,
                    "says": format!("the worker vanished; claimed {attempts} times of at most {MAX_ATTEMPTS}"),
                }),
            };
            super::audit::write(tx, now, by, &event).await?;
        }
        Ok(rows.len() as u64)
    }
}

pub(super) fn lost(claim: &Claim) -> StoreError {
    StoreError::LeaseLost {
        what: claim.strategy.made.name.clone(),
        token: claim.token,
    }
}
