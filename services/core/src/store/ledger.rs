//! The trial ledger: append-only, each run once, with sums kept beside it.

use super::complete::Effects;
use super::sql::{Columns, Sql};
use super::{Store, StoreError, Tx, audit};
use crate::model::{Millis, NewEvent, Outcome, Stage};
use serde_json::json;
use sixbtc_judgement::pipeline::ledger::{Tally, TrialLedger, TrialRecord};

/// Stands for the trials of all data sets.
const ALL: &str = "*";

impl Store {
    /// All trials on a data set.
    pub async fn trials(&self, data: &str) -> Result<TrialLedger, StoreError> {
        let rows = Sql::of("SELECT record FROM trials WHERE data = $1 ORDER BY run")
            .text(data)
            .all(self.reader())
            .await?;
        let mut ledger = TrialLedger::default();
        for row in rows {
            let record: TrialRecord = row.json("record")?;
            ledger.enter(record).map_err(|e| StoreError::Row {
                column: "record".to_owned(),
                why: e.to_string(),
            })?;
        }
        Ok(ledger)
    }

    /// Points and spread of all trials on a data set – `None`: on all –, without reading them one by one. The last digits
    /// depend on the order in which they came; [`Self::trials`] gives a tally that does not.
    pub async fn tally(&self, data: Option<&str>) -> Result<Tally, StoreError> {
        let row = Sql::of("SELECT tally FROM trial_tallies WHERE data = $1")
            .text(data.unwrap_or(ALL))
            .first(self.reader())
            .await?;
        row.map_or_else(|| Ok(Tally::default()), |r| r.json("tally"))
    }

    /// Enters trials that belong to no claim; how many were new.
    pub async fn enter_trials(&self, by: &str, trials: &[TrialRecord]) -> Result<u64, StoreError> {
        let now = self.now();
        let mut effects = Effects::default();
        let mut tx = self.begin().await?;
        let new = enter(&mut tx, &mut effects, now, by, trials).await?;
        effects.flush(&mut tx, now).await?;
        tx.commit().await?;
        Ok(new)
    }
}

/// Enters records; one that stands already is passed over, and one that stands with other results is reported in an event: the
/// first stays, for a ledger never changes.
pub(super) async fn enter(
    tx: &mut Tx,
    effects: &mut Effects,
    now: Millis,
    by: &str,
    trials: &[TrialRecord],
) -> Result<u64, StoreError> {
    let mut new = 0;
    for record in trials {
        record
            .check()
            .map_err(|e| StoreError::Value(e.to_string()))?;
        let rows = Sql::of(
            "INSERT INTO trials (run, data, lineage, at, record) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (run) DO NOTHING",
        )
        .text(record.run.as_str())
        .text(record.data.as_str())
        .text(record.lineage.as_str())
        .int(now)
        .json(record)?
        .run(&mut **tx)
        .await?;
        if rows == 1 {
            new += 1;
            for key in [record.data.as_str(), ALL] {
                let tally = effects.tallies.entry(key.to_owned()).or_default();
                *tally = sum(*tally, of(record));
            }
            continue;
        }
        let known = Sql::of("SELECT record FROM trials WHERE run = $1")
            .text(record.run.as_str())
            .first(&mut **tx)
            .await?;
        let known: Option<TrialRecord> = known.map(|r| r.json("record")).transpose()?;
        if known.as_ref().is_some_and(|k| k != record) {
            let event = NewEvent {
                strategy: None,
                name: String::new(),
                stage: Stage::System,
                what: "trial_conflict".to_owned(),
                outcome: Outcome::Error,
                took_ms: None,
                data: json!({ "run": record.run, "stands": known, "came": record,
                    "says": "the same run came with other results: it is not reproducible" }),
            };
            audit::write(tx, now, by, &event).await?;
        }
    }
    Ok(new)
}

/// Adds to the sum of a data set.
pub(super) async fn add(tx: &mut Tx, data: &str, more: Tally) -> Result<(), StoreError> {
    // takes the row's lock, or makes the row
    let row = Sql::of(
        "INSERT INTO trial_tallies (data, tally) VALUES ($1, $2) \
         ON CONFLICT (data) DO UPDATE SET tally = trial_tallies.tally RETURNING tally",
    )
    .text(data)
    .json(&Tally::default())?
    .first(&mut **tx)
    .await?;
    let known = row.map_or_else(|| Ok(Tally::default()), |r| r.json("tally"))?;
    Sql::of("UPDATE trial_tallies SET tally = $2 WHERE data = $1")
        .text(data)
        .json(&sum(known, more))?
        .run(&mut **tx)
        .await?;
    Ok(())
}

fn of(record: &TrialRecord) -> Tally {
    Tally {
        runs: 1,
        points: record.points,
        sharpe: record.sharpe,
    }
}

fn sum(a: Tally, b: Tally) -> Tally {
    Tally {
        runs: a.runs + b.runs,
        points: a.points.saturating_add(b.points),
        sharpe: a.sharpe.merge(b.sharpe),
    }
}
