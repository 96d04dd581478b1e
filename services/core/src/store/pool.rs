//! Entry into the pool: capacity and eviction, decided where all processes meet.

use super::complete::{Effects, Fence, write};
use super::sql::{Columns, Sql};
use super::{Shared, Store, StoreError, audit, claims::lost, ledger};
use crate::model::{Claim, Completion, Gate, NewEvent, Outcome, Stage, Status};
use serde_json::json;
use uuid::Uuid;

/// How an entry went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PoolEntry {
    /// There was room.
    Entered,
    /// The pool was full; this one, the worst, was retired.
    EnteredEvicting(Uuid),
    /// The pool was full of better ones: FAILED with the reason `pool_full`.
    Full {
        /// Score of the worst.
        worst: f64,
    },
    /// It was decided before: the first hand-over came through, its answer did not.
    Already,
}

impl Store {
    /// [`Self::complete`] into the pool: the strategy becomes ACTIVE if there are fewer than `capacity` of them, or if it beats
    /// the worst by score, which is then RETIRED as `evicted`; otherwise it is FAILED as `pool_full`, with the gate
    /// `pool.score`. One entry at a time, over all processes. LIVE strategies do not count.
    pub async fn complete_into_pool(
        &self,
        claim: &Claim,
        by: &str,
        completion: &Completion,
        capacity: u64,
    ) -> Result<PoolEntry, StoreError> {
        let now = self.now();
        let mut effects = Effects::default();
        let mut tx = self.begin().await?;
        self.lock(&mut tx, Shared::Pool).await?;
        match self.fence(&mut tx, claim).await? {
            Fence::Already => return Ok(PoolEntry::Already),
            Fence::Lost => {
                ledger::enter(&mut tx, &mut effects, now, by, &completion.trials).await?;
                effects.flush(&mut tx, now).await?;
                tx.commit().await?;
                return Err(lost(claim));
            }
            Fence::Open => {}
        }
        let active = Sql::of("SELECT COUNT(*) AS n FROM strategies WHERE status = 'ACTIVE'")
            .first(&mut *tx)
            .await?
            .map_or(Ok(0), |r| r.int("n"))? as u64;
        let mut completion = completion.clone();
        let entry = if active < capacity {
            PoolEntry::Entered
        } else {
            let worst = Sql::made(format!(
                "SELECT id, name, score_backtest FROM strategies WHERE status = 'ACTIVE' \
                 ORDER BY score_backtest ASC NULLS FIRST, id DESC LIMIT 1{}",
                self.for_update()
            ))
            .first(&mut *tx)
            .await?;
            let score = completion.score.unwrap_or(f64::NEG_INFINITY);
            let (worst_id, worst_name, worst) = match &worst {
                Some(row) => (
                    Some(row.id("id")?),
                    row.text("name")?,
                    row.opt_real("score_backtest")?.unwrap_or(f64::NEG_INFINITY),
                ),
                // a pool for none
                None => (None, String::new(), f64::INFINITY),
            };
            let beats = score > worst;
            completion.gates.push(Gate {
                name: "pool.score".to_owned(),
                figure: completion.score,
                threshold: worst,
                passed: beats,
                says: if beats {
                    format!("a score of {score:.2} beats the worst of a full pool, {worst_name} with {worst:.2}")
                } else {
                    format!("a score of {score:.2} does not beat the worst of a full pool, {worst:.2}")
                },
            });
            match worst_id {
                Some(id) if beats => {
                    let text = "UPDATE strategies SET status = 'RETIRED', reason = 'evicted', status_at = $2, \
                                version = version + 1, claim_queue = NULL, claim_by = NULL, claim_since = NULL, \
                                claim_until = NULL WHERE id = $1";
                    Sql::of(text).id(id).int(now).run(&mut *tx).await?;
                    let event = NewEvent {
                        strategy: Some(id),
                        name: worst_name,
                        stage: Stage::Pool,
                        what: "evicted".to_owned(),
                        outcome: Outcome::Refused,
                        took_ms: None,
                        data: json!({
                            "figure": worst, "threshold": score, "for": claim.strategy.made.id,
                            "says": format!("{} with a score of {score:.2} took the place", claim.strategy.made.name),
                        }),
                    };
                    audit::write(&mut tx, now, by, &event).await?;
                    PoolEntry::EnteredEvicting(id)
                }
                _ => PoolEntry::Full { worst },
            }
        };
        let (status, reason) = match entry {
            PoolEntry::Full { .. } => (Status::Failed, Some("pool_full")),
            _ => (Status::Active, completion.reason.as_deref()),
        };
        let event = NewEvent {
            strategy: Some(claim.strategy.made.id),
            name: claim.strategy.made.name.clone(),
            stage: Stage::Pool,
            what: if status == Status::Active {
                "entered"
            } else {
                "rejected"
            }
            .to_owned(),
            outcome: if status == Status::Active {
                Outcome::Passed
            } else {
                Outcome::Refused
            },
            took_ms: None,
            data: match completion.gates.last() {
                Some(gate) if gate.name == "pool.score" => json!({
                    "figure": gate.figure, "threshold": gate.threshold, "says": gate.says, "capacity": capacity,
                }),
                _ => {
                    json!({ "figure": completion.score, "capacity": capacity, "active": active + 1 })
                }
            },
        };
        write(
            &mut tx,
            &mut effects,
            now,
            claim,
            by,
            &completion,
            Some(status),
            reason,
        )
        .await?;
        audit::write(&mut tx, now, by, &event).await?;
        effects.flush(&mut tx, now).await?;
        tx.commit().await?;
        Ok(entry)
    }
}
