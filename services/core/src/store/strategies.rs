//! Strategies: making, finding, counting, and clearing away.

use super::complete::Effects;
use super::sql::{Columns, Sql};
use super::{Shared, Store, StoreError, Tx};
use crate::model::{
    Figures, Millis, NewEvent, NewStrategy, Side, SourceName, Status, Strategy, StrategyType,
    Trading,
};
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use std::fmt::Write;
use uuid::Uuid;

/// What became of a new strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It waits for validation.
    New,
    /// This very one stands already: a second try.
    SameId,
    /// One with the same program was there before, perhaps long ago.
    SameProgram(Uuid),
    /// One that trades alike was there before, perhaps long ago.
    SameBehaviour(Uuid),
    /// Another program has this name: the eight digits of its hash met by chance.
    SameName(Uuid),
}

/// In which order a list comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Newest first.
    #[default]
    Newest,
    /// Oldest first.
    Oldest,
    /// Best backtest score first, those without one last.
    Score,
}

/// Which strategies.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// In this status alone.
    pub status: Option<Status>,
    /// Of this source alone.
    pub source: Option<SourceName>,
    /// Of this type alone.
    pub kind: Option<StrategyType>,
    /// Of this clock alone.
    pub timeframe: Option<String>,
    /// In which order.
    pub order: Order,
    /// At most so many; 0 means 1,000.
    pub limit: u32,
    /// Those behind this one in the order: the next page.
    pub after: Option<Uuid>,
}

impl Store {
    /// Takes a new strategy with its events, unless it, its program or its behaviour was ever there before.
    pub async fn insert(
        &self,
        new: &NewStrategy,
        by: &str,
        events: &[NewEvent],
    ) -> Result<Inserted, StoreError> {
        let mut all = self
            .insert_many(std::slice::from_ref(new), by, events)
            .await?;
        all.pop()
            .ok_or_else(|| StoreError::Missing("answer".to_owned()))
    }

    /// [`Self::insert`] of many in one transaction. Events of strategies that were not new are left out; those of no strategy
    /// are written.
    pub async fn insert_many(
        &self,
        new: &[NewStrategy],
        by: &str,
        events: &[NewEvent],
    ) -> Result<Vec<Inserted>, StoreError> {
        let now = self.now();
        let mut effects = Effects::default();
        let mut tx = self.begin().await?;
        self.lock(&mut tx, Shared::Hashes).await?;
        let mut all = Vec::with_capacity(new.len());
        for strategy in new {
            let inserted = insert(&mut tx, strategy, now).await?;
            match inserted {
                Inserted::New => effects.count("generation.unique", true),
                Inserted::SameId => {}
                _ => effects.count("generation.unique", false),
            }
            all.push(inserted);
        }
        for event in events {
            let old = |id| {
                new.iter()
                    .zip(&all)
                    .any(|(n, i)| n.id == id && *i != Inserted::New)
            };
            if !event.strategy.is_some_and(old) {
                super::audit::write(&mut tx, now, by, event).await?;
            }
        }
        effects.flush(&mut tx, now).await?;
        tx.commit().await?;
        Ok(all)
    }

    /// A strategy.
    pub async fn strategy(&self, id: Uuid) -> Result<Option<Strategy>, StoreError> {
        let row = Sql::of("SELECT * FROM strategies WHERE id = $1").id(id);
        row.first(self.reader())
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    /// A strategy by its name.
    pub async fn by_name(&self, name: &str) -> Result<Option<Strategy>, StoreError> {
        let row = Sql::of("SELECT * FROM strategies WHERE name = $1").text(name);
        row.first(self.reader())
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    /// Strategies by what they are, a page at a time.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Strategy>, StoreError> {
        let after = match filter.after {
            None => None,
            Some(id) => Some(
                self.strategy(id)
                    .await?
                    .ok_or_else(|| StoreError::Missing(format!("strategy {id}")))?,
            ),
        };
        let mut text = String::from("SELECT * FROM strategies WHERE 1 = 1");
        let mut values: Vec<String> = Vec::new();
        let mut word = |text: &mut String, column: &str, value: Option<String>| {
            if let Some(value) = value {
                values.push(value);
                let _ = write!(text, " AND {column} = ${}", values.len());
            }
        };
        word(&mut text, "status", filter.status.map(|s| s.to_string()));
        word(&mut text, "source", filter.source.map(|s| s.to_string()));
        word(&mut text, "kind", filter.kind.map(|s| s.to_string()));
        word(&mut text, "timeframe", filter.timeframe.clone());
        let n = values.len();
        let mut sql_after = None;
        let order = match filter.order {
            Order::Newest => {
                if let Some(a) = &after {
                    let _ = write!(text, " AND (created_at, id) < (${}, ${})", n + 1, n + 2);
                    sql_after = Some((Some(a.created_at as f64), a));
                }
                "created_at DESC, id DESC"
            }
            Order::Oldest => {
                if let Some(a) = &after {
                    let _ = write!(text, " AND (created_at, id) > (${}, ${})", n + 1, n + 2);
                    sql_after = Some((Some(a.created_at as f64), a));
                }
                "created_at, id"
            }
            Order::Score => {
                if let Some(a) = &after {
                    let (s, i) = (n + 1, n + 2);
                    let _ = if a.score_backtest.is_some() {
                        write!(
                            text,
                            " AND (score_backtest < ${s} OR (score_backtest = ${s} AND id > ${i}) OR score_backtest IS NULL)"
                        )
                    } else {
                        write!(text, " AND score_backtest IS NULL AND id > ${s}")
                    };
                    sql_after = Some((a.score_backtest, a));
                }
                "score_backtest DESC NULLS LAST, id"
            }
        };
        let limit = if filter.limit == 0 {
            1_000
        } else {
            filter.limit
        };
        let _ = write!(text, " ORDER BY {order} LIMIT {limit}");
        let mut sql = Sql::made(text);
        for value in values {
            sql = sql.text(value);
        }
        if let Some((score, a)) = sql_after {
            sql = match filter.order {
                Order::Score => match score {
                    Some(score) => sql.real(score),
                    None => sql,
                },
                _ => sql.int(a.created_at),
            };
            sql = sql.id(a.made.id);
        }
        sql.all(self.reader()).await?.iter().map(read).collect()
    }

    /// Whether a program with this normal form was ever there, and which strategy it was.
    pub async fn seen_program(&self, normal_hash: &str) -> Result<Option<Uuid>, StoreError> {
        self.seen("normal", normal_hash).await
    }

    /// Whether a behaviour was ever there, and which strategy had it.
    pub async fn seen_behaviour(&self, behaviour_hash: &str) -> Result<Option<Uuid>, StoreError> {
        self.seen("behaviour", behaviour_hash).await
    }

    async fn seen(&self, what: &str, hash: &str) -> Result<Option<Uuid>, StoreError> {
        let row = Sql::of(SEEN)
            .text(what)
            .text(hash)
            .first(self.reader())
            .await?;
        row.map(|r| r.id("strategy")).transpose()
    }

    /// How many there are in each status; a status without any is 0.
    pub async fn counts(&self) -> Result<BTreeMap<Status, u64>, StoreError> {
        let rows = Sql::of("SELECT status, COUNT(*) AS n FROM strategies GROUP BY status")
            .all(self.reader())
            .await?;
        let mut counts: BTreeMap<Status, u64> = Status::ALL.iter().map(|s| (*s, 0)).collect();
        for row in rows {
            counts.insert(row.read("status", Status::read)?, row.int("n")? as u64);
        }
        Ok(counts)
    }

    /// How many there are in a status: cheaper than all counts.
    pub async fn count(&self, status: Status) -> Result<u64, StoreError> {
        let row = Sql::of("SELECT COUNT(*) AS n FROM strategies WHERE status = $1")
            .text(status.as_str())
            .first(self.reader())
            .await?;
        row.map_or(Ok(0), |r| Ok(r.int("n")? as u64))
    }

    /// Deletes RETIRED or FAILED strategies whose status is older than `before`, at most `limit`; how many. Events, trials,
    /// trades and the hashes of program and behaviour stay.
    pub async fn purge(
        &self,
        status: Status,
        before: Millis,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let rows = Sql::of(
            "SELECT id FROM strategies WHERE status = $1 AND status_at < $2 ORDER BY status_at, id LIMIT $3",
        )
        .text(status.as_str())
        .int(before)
        .int(i64::from(limit))
        .all(&mut *tx)
        .await?;
        for row in &rows {
            let id = row.text("id")?;
            for text in [
                "DELETE FROM runs WHERE strategy = $1",
                "DELETE FROM gates WHERE strategy = $1",
                "DELETE FROM completions WHERE strategy = $1",
                "DELETE FROM strategies WHERE id = $1",
            ] {
                Sql::of(text).text(id.clone()).run(&mut *tx).await?;
            }
        }
        tx.commit().await?;
        Ok(rows.len() as u64)
    }
}

/// Who had a hash first.
const SEEN: &str = "SELECT strategy FROM seen WHERE what = $1 AND hash = $2";

async fn insert(tx: &mut Tx, new: &NewStrategy, now: Millis) -> Result<Inserted, StoreError> {
    let same = Sql::of("SELECT id FROM strategies WHERE id = $1")
        .id(new.id)
        .first(&mut **tx)
        .await?;
    if same.is_some() {
        return Ok(Inserted::SameId);
    }
    for (what, hash) in [
        ("normal", &new.normal_hash),
        ("behaviour", &new.behaviour_hash),
    ] {
        if hash.is_empty() {
            continue;
        }
        let row = Sql::of(SEEN)
            .text(what)
            .text(hash.as_str())
            .first(&mut **tx)
            .await?;
        if let Some(row) = row {
            let other = row.id("strategy")?;
            return Ok(match what {
                _ if other == new.id => Inserted::SameId,
                "normal" => Inserted::SameProgram(other),
                _ => Inserted::SameBehaviour(other),
            });
        }
    }
    let named = Sql::of("SELECT id FROM strategies WHERE name = $1")
        .text(new.name.as_str())
        .first(&mut **tx)
        .await?;
    if let Some(row) = named {
        return Ok(Inserted::SameName(row.id("id")?));
    }
    Sql::of(
        "INSERT INTO strategies (id, name, sentence, source, bred, kind, side, timeframe, symbols, text, normal_hash, \
         behaviour_hash, recipe, parents, status, created_at, status_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'GENERATED', $15, $15)",
    )
    .id(new.id)
    .text(new.name.as_str())
    .text(new.sentence.as_str())
    .text(new.source.as_str())
    .bool(new.bred)
    .text(new.kind.as_str())
    .text(new.side.as_str())
    .text(new.timeframe.as_str())
    .json(&new.symbols)?
    .text(new.text.as_str())
    .text(new.normal_hash.as_str())
    .text(new.behaviour_hash.as_str())
    .json(&new.recipe)?
    .json(&new.parents)?
    .int(now)
    .run(&mut **tx)
    .await?;
    for (what, hash) in [
        ("normal", &new.normal_hash),
        ("behaviour", &new.behaviour_hash),
    ] {
        if !hash.is_empty() {
            Sql::of("INSERT INTO seen (what, hash, strategy, at) VALUES ($1, $2, $3, $4)")
                .text(what)
                .text(hash.as_str())
                .id(new.id)
                .int(now)
                .run(&mut **tx)
                .await?;
        }
    }
    Ok(Inserted::New)
}

/// A row of `strategies`.
pub(super) fn read(row: &AnyRow) -> Result<Strategy, StoreError> {
    Ok(Strategy {
        made: NewStrategy {
            id: row.id("id")?,
            name: row.text("name")?,
            sentence: row.text("sentence")?,
            source: row.read("source", SourceName::read)?,
            bred: row.bool("bred")?,
            kind: row.read("kind", StrategyType::read)?,
            side: row.read("side", Side::read)?,
            timeframe: row.text("timeframe")?,
            symbols: row.json("symbols")?,
            text: row.text("text")?,
            normal_hash: row.text("normal_hash")?,
            behaviour_hash: row.text("behaviour_hash")?,
            recipe: row.json("recipe")?,
            parents: row.json("parents")?,
        },
        status: row.read("status", Status::read)?,
        version: row.int("version")?,
        created_at: row.int("created_at")?,
        status_at: row.int("status_at")?,
        params: row.opt_json("params")?,
        tested_at: row.opt_int("tested_at")?,
        score_backtest: row.opt_real("score_backtest")?,
        robustness: row.opt_real("robustness")?,
        expected: row.opt_json::<Figures>("expected")?,
        trading: row.opt_json::<Trading>("trading")?,
        reason: row.opt_text("reason")?,
    })
}
