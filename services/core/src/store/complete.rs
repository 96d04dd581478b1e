//! Completion: results, status and events in one transaction, fenced and idempotent.

use super::claims::lost;
use super::sql::{Columns, Sql};
use super::{Store, StoreError, Tx, audit, ledger};
use crate::model::{Claim, Completion, Gate, Millis, NewRun, Queue, Status};
use sixbtc_judgement::pipeline::ledger::Tally;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What became of a completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It stands now.
    Written,
    /// It stood already: the first hand-over came through, its answer did not.
    Already,
    /// The claim was lost; only the trials were kept. ([`Store::complete`] gives an error instead.)
    Lost,
}

/// What is written once at a transaction's end, in a fixed order: sums that every worker adds to. So no two wait for each other.
#[derive(Debug, Default)]
pub(super) struct Effects {
    gates: BTreeMap<String, (u64, u64)>,
    pub(super) tallies: BTreeMap<String, Tally>,
}

/// Milliseconds of an hour.
const HOUR: Millis = 3_600_000;

impl Effects {
    /// A gate let through or not.
    pub(super) fn count(&mut self, gate: &str, passed: bool) {
        let entry = self.gates.entry(gate.to_owned()).or_default();
        if passed {
            entry.0 += 1;
        } else {
            entry.1 += 1;
        }
    }

    /// All gates of one judgement: each, and each stage as a whole.
    fn count_all(&mut self, gates: &[Gate]) {
        let mut stages: BTreeMap<&str, bool> = BTreeMap::new();
        for gate in gates {
            self.count(&gate.name, gate.passed);
            if let Some((stage, _)) = gate.name.split_once('.') {
                *stages.entry(stage).or_insert(true) &= gate.passed;
            }
        }
        for (stage, passed) in stages {
            self.count(stage, passed);
        }
    }

    pub(super) async fn flush(self, tx: &mut Tx, now: Millis) -> Result<(), StoreError> {
        let hour = now - now.rem_euclid(HOUR);
        for (gate, (passed, refused)) in self.gates {
            Sql::of(
                "INSERT INTO funnel (hour, gate, passed, refused) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (hour, gate) DO UPDATE SET passed = funnel.passed + excluded.passed, \
                 refused = funnel.refused + excluded.refused",
            )
            .int(hour)
            .text(gate)
            .int(passed as i64)
            .int(refused as i64)
            .run(&mut **tx)
            .await?;
        }
        for (data, tally) in self.tallies {
            ledger::add(tx, &data, tally).await?;
        }
        Ok(())
    }
}

/// What the fence says.
pub(super) enum Fence {
    /// The claim holds.
    Open,
    Already,
    Lost,
}

impl Store {
    /// Hands over a claim's results: runs, gates, trials, events, new status, all or nothing. Refused when the claim is no
    /// longer ours; then only the trials are kept, for they were tried. Doing it again changes nothing.
    pub async fn complete(
        &self,
        claim: &Claim,
        by: &str,
        completion: &Completion,
    ) -> Result<Done, StoreError> {
        let mut effects = Effects::default();
        let mut tx = self.begin().await?;
        let done = self
            .complete_in(&mut tx, &mut effects, claim, by, completion)
            .await?;
        effects.flush(&mut tx, self.now()).await?;
        tx.commit().await?;
        match done {
            Done::Lost => Err(lost(claim)),
            done => Ok(done),
        }
    }

    /// [`Self::complete`] of many in one transaction; a lost claim among them does not stop the others.
    pub async fn complete_many(
        &self,
        by: &str,
        work: &[(Claim, Completion)],
    ) -> Result<Vec<Done>, StoreError> {
        let mut effects = Effects::default();
        let mut tx = self.begin().await?;
        let mut all = Vec::with_capacity(work.len());
        for (claim, completion) in work {
            all.push(
                self.complete_in(&mut tx, &mut effects, claim, by, completion)
                    .await?,
            );
        }
        effects.flush(&mut tx, self.now()).await?;
        tx.commit().await?;
        Ok(all)
    }

    async fn complete_in(
        &self,
        tx: &mut Tx,
        effects: &mut Effects,
        claim: &Claim,
        by: &str,
        completion: &Completion,
    ) -> Result<Done, StoreError> {
        let now = self.now();
        match self.fence(tx, claim).await? {
            Fence::Already => return Ok(Done::Already),
            Fence::Lost => {
                ledger::enter(tx, effects, now, by, &completion.trials).await?;
                return Ok(Done::Lost);
            }
            Fence::Open => {}
        }
        let (status, reason) = (completion.status, completion.reason.as_deref());
        write(tx, effects, now, claim, by, completion, status, reason).await?;
        Ok(Done::Written)
    }

    pub(super) async fn fence(&self, tx: &mut Tx, claim: &Claim) -> Result<Fence, StoreError> {
        let id = claim.strategy.made.id;
        let row = Sql::made(format!(
            "SELECT claim_token, claim_until FROM strategies WHERE id = $1{}",
            self.for_update()
        ))
        .id(id)
        .first(&mut **tx)
        .await?;
        let done = Sql::of("SELECT 1 AS one FROM completions WHERE strategy = $1 AND token = $2")
            .id(id)
            .int(claim.token)
            .first(&mut **tx)
            .await?;
        if done.is_some() {
            return Ok(Fence::Already);
        }
        let Some(row) = row else {
            return Ok(Fence::Lost);
        };
        let ours = row.int("claim_token")? == claim.token && row.opt_int("claim_until")?.is_some();
        Ok(if ours { Fence::Open } else { Fence::Lost })
    }
}

/// Everything of a completion, with the status decided.
#[allow(clippy::too_many_arguments)]
pub(super) async fn write(
    tx: &mut Tx,
    effects: &mut Effects,
    now: Millis,
    claim: &Claim,
    by: &str,
    completion: &Completion,
    status: Option<Status>,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let id = claim.strategy.made.id;
    // whoever enters the pool was tested just now: that is where the retest counts from
    let tested = completion.tested || status == Some(Status::Active);
    Sql::of(
        "UPDATE strategies SET status_at = CASE WHEN $2 IS NULL OR $2 = status THEN status_at ELSE $9 END, \
         status = COALESCE($2, status), reason = COALESCE($3, reason), params = COALESCE($4, params), \
         score_backtest = COALESCE($5, score_backtest), robustness = COALESCE($6, robustness), \
         expected = COALESCE($7, expected), tested_at = COALESCE($8, tested_at), version = version + 1, attempts = 0, \
         claim_queue = NULL, claim_by = NULL, claim_since = NULL, claim_until = NULL WHERE id = $1",
    )
    .id(id)
    .opt_text(status.map(Status::as_str))
    .opt_text(reason)
    .opt_json(completion.params.as_ref())?
    .opt_real(completion.score)
    .opt_real(completion.robustness)
    .opt_json(completion.expected.as_ref())?
    .opt_int(tested.then_some(now))
    .int(now)
    .run(&mut **tx)
    .await?;
    for run in &completion.runs {
        write_run(tx, now, id, run).await?;
    }
    for gate in &completion.gates {
        write_gate(tx, now, id, claim.queue, gate).await?;
    }
    effects.count_all(&completion.gates);
    ledger::enter(tx, effects, now, by, &completion.trials).await?;
    for event in &completion.events {
        audit::write(tx, now, by, event).await?;
    }
    Sql::of("INSERT INTO completions (strategy, token, at) VALUES ($1, $2, $3)")
        .id(id)
        .int(claim.token)
        .int(now)
        .run(&mut **tx)
        .await?;
    Ok(())
}

async fn write_run(tx: &mut Tx, now: Millis, id: Uuid, run: &NewRun) -> Result<(), StoreError> {
    Sql::of(
        "INSERT INTO runs (strategy, hash, kind, at, from_ms, to_ms, params, dataset, figures, metrics) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (hash) DO NOTHING",
    )
    .id(id)
    .text(run.hash.as_str())
    .text(run.kind.as_str())
    .int(now)
    .int(run.from)
    .int(run.to)
    .json(&run.params)?
    .text(run.dataset.as_str())
    .json(&run.figures)?
    .json(&run.metrics)?
    .run(&mut **tx)
    .await?;
    Ok(())
}

async fn write_gate(
    tx: &mut Tx,
    now: Millis,
    id: Uuid,
    queue: Queue,
    gate: &Gate,
) -> Result<(), StoreError> {
    Sql::of(
        "INSERT INTO gates (strategy, at, queue, name, figure, threshold, passed, says) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .id(id)
    .int(now)
    .text(queue.as_str())
    .text(gate.name.as_str())
    .opt_real(gate.figure)
    .real(gate.threshold)
    .bool(gate.passed)
    .text(gate.says.as_str())
    .run(&mut **tx)
    .await?;
    Ok(())
}
