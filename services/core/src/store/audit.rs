//! The audit trail, runs, gates and the funnel.

use super::sql::{Columns, Sql};
use super::{Store, StoreError, Tx};
use crate::model::{
    Asked, Event, FunnelStep, Gate, Kind, Millis, NewEvent, NewRun, Outcome, Queue, Run, Stage,
};
use sqlx::any::AnyRow;
use std::fmt::Write;
use uuid::Uuid;

/// Which events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventFilter {
    /// Of this strategy alone.
    pub strategy: Option<Uuid>,
    /// Of this stage alone.
    pub stage: Option<Stage>,
    /// Of this kind alone, such as `promoted`.
    pub what: Option<String>,
    /// With this outcome alone.
    pub outcome: Option<Outcome>,
    /// At this instant or later.
    pub since: Option<Millis>,
    /// Before this instant.
    pub until: Option<Millis>,
    /// With numbers above this one: for those who follow along.
    pub after: Option<i64>,
    /// With numbers below this one: the next page, newest first.
    pub before: Option<i64>,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
    /// At most so many; 0 means 1,000.
    pub limit: u32,
}

impl Store {
    /// Writes events.
    pub async fn record(&self, by: &str, events: &[NewEvent]) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.begin().await?;
        for event in events {
            write(&mut tx, now, by, event).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Events, newest first unless asked otherwise.
    pub async fn events(&self, filter: &EventFilter) -> Result<Vec<Event>, StoreError> {
        let mut text = String::from("SELECT * FROM events WHERE 1 = 1");
        let mut words: Vec<String> = Vec::new();
        for (column, value) in [
            ("strategy", filter.strategy.map(|id| id.to_string())),
            ("stage", filter.stage.map(|s| s.to_string())),
            ("what", filter.what.clone()),
            ("outcome", filter.outcome.map(|s| s.to_string())),
        ] {
            if let Some(value) = value {
                words.push(value);
                let _ = write!(text, " AND {column} = ${}", words.len());
            }
        }
        let mut numbers = Vec::new();
        for (test, value) in [
            ("at >=", filter.since),
            ("at <", filter.until),
            ("id >", filter.after),
            ("id <", filter.before),
        ] {
            if let Some(value) = value {
                numbers.push(value);
                let _ = write!(text, " AND {test} ${}", words.len() + numbers.len());
            }
        }
        // by time when asked by time: then one index gives both
        let by_time = (filter.since.is_some() || filter.until.is_some())
            && filter.strategy.is_none()
            && filter.stage.is_none();
        text.push_str(match (by_time, filter.oldest_first) {
            (true, true) => " ORDER BY at, id",
            (true, false) => " ORDER BY at DESC, id DESC",
            (false, true) => " ORDER BY id",
            (false, false) => " ORDER BY id DESC",
        });
        let limit = if filter.limit == 0 {
            1_000
        } else {
            filter.limit
        };
        let _ = write!(text, " LIMIT {limit}");
        let mut sql = Sql::made(text);
        for word in words {
            sql = sql.text(word);
        }
        for number in numbers {
            sql = sql.int(number);
        }
        sql.all(self.reader()).await?.iter().map(read).collect()
    }

    /// Runs of a strategy, oldest first.
    pub async fn runs(&self, strategy: Uuid) -> Result<Vec<Run>, StoreError> {
        let rows = Sql::of("SELECT * FROM runs WHERE strategy = $1 ORDER BY id")
            .id(strategy)
            .all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Run {
                    id: row.int("id")?,
                    strategy: row.id("strategy")?,
                    at: row.int("at")?,
                    run: NewRun {
                        hash: row.text("hash")?,
                        kind: row.read("kind", Kind::read)?,
                        from: row.int("from_ms")?,
                        to: row.int("to_ms")?,
                        params: row.json("params")?,
                        dataset: row.text("dataset")?,
                        figures: row.json("figures")?,
                        metrics: row.json("metrics")?,
                    },
                })
            })
            .collect()
    }

    /// Gates that a strategy was asked, in order.
    pub async fn gates(&self, strategy: Uuid) -> Result<Vec<Asked>, StoreError> {
        let rows = Sql::of("SELECT * FROM gates WHERE strategy = $1 ORDER BY id")
            .id(strategy)
            .all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Asked {
                    at: row.int("at")?,
                    queue: row.read("queue", Queue::read)?,
                    gate: Gate {
                        name: row.text("name")?,
                        figure: row.opt_real("figure")?,
                        threshold: row.real("threshold")?,
                        passed: row.bool("passed")?,
                        says: row.text("says")?,
                    },
                })
            })
            .collect()
    }

    /// How many passed and how many were refused at each stage and gate since the hour of an instant, in the pipeline's order.
    pub async fn funnel(&self, since: Millis) -> Result<Vec<FunnelStep>, StoreError> {
        let hour = since - since.rem_euclid(3_600_000);
        let rows = Sql::of(
            "SELECT gate, CAST(SUM(passed) AS BIGINT) AS passed, CAST(SUM(refused) AS BIGINT) AS refused FROM funnel \
             WHERE hour >= $1 GROUP BY gate ORDER BY gate",
        )
        .int(hour)
        .all(self.reader())
        .await?;
        let mut steps = Vec::with_capacity(rows.len());
        for row in rows {
            let gate = row.text("gate")?;
            steps.push(FunnelStep {
                stage: !gate.contains('.'),
                gate,
                passed: row.int("passed")? as u64,
                refused: row.int("refused")? as u64,
            });
        }
        let place = |name: &str| {
            let stage = name.split_once('.').map_or(name, |(s, _)| s);
            Stage::ALL
                .iter()
                .position(|s| s.as_str() == stage)
                .unwrap_or(usize::MAX)
        };
        // a gate that is asked later is asked less often
        steps.sort_by_key(|s| {
            (
                place(&s.gate),
                !s.stage,
                std::cmp::Reverse(s.passed + s.refused),
                s.gate.clone(),
            )
        });
        Ok(steps)
    }
}

pub(super) async fn write(
    tx: &mut Tx,
    now: Millis,
    by: &str,
    event: &NewEvent,
) -> Result<(), StoreError> {
    Sql::of(
        "INSERT INTO events (at, by_whom, strategy, name, stage, what, outcome, took_ms, data) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .int(now)
    .text(by)
    .opt_id(event.strategy)
    .text(event.name.as_str())
    .text(event.stage.as_str())
    .text(event.what.as_str())
    .text(event.outcome.as_str())
    .opt_int(event.took_ms)
    .json(&event.data)?
    .run(&mut **tx)
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Event, StoreError> {
    Ok(Event {
        id: row.int("id")?,
        at: row.int("at")?,
        by: row.text("by_whom")?,
        event: NewEvent {
            strategy: row.opt_id("strategy")?,
            name: row.text("name")?,
            stage: row.read("stage", Stage::read)?,
            what: row.text("what")?,
            outcome: row.read("outcome", Outcome::read)?,
            took_ms: row.opt_int("took_ms")?,
            data: row.json("data")?,
        },
    })
}
