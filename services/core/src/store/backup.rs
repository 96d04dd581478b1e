//! Backup and restore. A backup is always an `SQLite` file, whichever database it comes from, and goes into either: so it also
//! moves a store from one database to the other.

use super::check::TABLES;
use super::migrate::Embedded;
use super::sql::{Columns, Sql};
use super::{Backend, OpenOptions, Store, StoreError, Tx};
use futures_util::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// Values bound in one statement, at most: far under what either database takes.
const VALUES: usize = 4_000;

/// How many rows a copy moved, by table.
pub type Copied = Vec<(&'static str, u64)>;

impl Store {
    /// Writes a backup of this instant to a new file, while work goes on. It is complete or not there at all.
    pub async fn backup(&self, path: &Path) -> Result<(), StoreError> {
        if path.exists() {
            return Err(StoreError::Backup(format!(
                "{} exists already: a backup is never written over",
                path.display()
            )));
        }
        let part = beside(path, "part");
        let _ = std::fs::remove_file(&part);
        let written = match self.backend() {
            Backend::Sqlite => self.vacuum_into(&part).await,
            Backend::Postgres => self.dump_into(&part).await,
        };
        let done = match written {
            Ok(()) => std::fs::File::open(&part)
                .and_then(|file| file.sync_all())
                .and_then(|()| std::fs::rename(&part, path))
                .map_err(|e| file_error(path, &e)),
            Err(error) => Err(error),
        };
        if done.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        done
    }

    async fn vacuum_into(&self, path: &Path) -> Result<(), StoreError> {
        let text = path.display().to_string();
        // a connection of its own: others go on writing
        if self.file().is_none() {
            Sql::of("VACUUM INTO $1")
                .text(text)
                .run(&self.inner.writer)
                .await?;
            return Ok(());
        }
        let own = Self::open(&self.inner.url, quiet(false)).await?;
        let done = Sql::of("VACUUM INTO $1")
            .text(text)
            .run(&own.inner.writer)
            .await;
        own.close().await;
        done.map(|_| ())
    }

    async fn dump_into(&self, path: &Path) -> Result<(), StoreError> {
        let to = Self::open(
            &url_of(path),
            OpenOptions {
                connections: 1,
                ..OpenOptions::default()
            },
        )
        .await?;
        let copied = async {
            // one instant for all tables
            let mut from = self
                .inner
                .writer
                .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .await?;
            let mut tx = to.begin().await?;
            copy(self, &mut from, &to, &mut tx).await?;
            tx.commit().await?;
            // no journal beside the file
            Sql::of("PRAGMA journal_mode = DELETE")
                .first(&to.inner.writer)
                .await?;
            Ok(())
        }
        .await;
        to.close().await;
        copied
    }

    /// Puts a backup's rows into this store, which must hold no strategies, events, trials or trades. All of it or nothing.
    pub async fn restore(&self, path: &Path) -> Result<Copied, StoreError> {
        if !path.is_file() {
            return Err(StoreError::Backup(format!(
                "there is no file {}",
                path.display()
            )));
        }
        for table in ["strategies", "events", "trials", "trades"] {
            let row = Sql::made(format!("SELECT 1 AS one FROM {table} LIMIT 1"))
                .first(self.reader())
                .await?;
            if row.is_some() {
                return Err(StoreError::Backup(format!(
                    "the database {} is not empty (it has {table}): a backup is restored into a new one",
                    self.shown()
                )));
            }
        }
        let from = Self::open(&url_of(path), quiet(false)).await?;
        let known = Embedded::of(Backend::Sqlite).newest();
        let found = from.schema_version().await?;
        if found == 0 {
            return Err(StoreError::Backup(format!(
                "{} is no backup of this program",
                path.display()
            )));
        }
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        if found == known {
            return self.restore_from(from).await;
        }
        // an older one is brought up to date in a copy: the backup stays as it is
        from.close().await;
        let copy = beside(path, "migrating");
        std::fs::copy(path, &copy).map_err(|e| file_error(&copy, &e))?;
        let done = match Self::open(&url_of(&copy), quiet(true)).await {
            Ok(from) => self.restore_from(from).await,
            Err(e) => Err(e),
        };
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", copy.display()));
        }
        done
    }

    async fn restore_from(&self, from: Self) -> Result<Copied, StoreError> {
        let done = async {
            let wrong = from.integrity().await?;
            if let Some(first) = wrong.first() {
                return Err(StoreError::Backup(format!(
                    "the backup is not whole: {first}"
                )));
            }
            let mut source = from.inner.writer.begin().await?;
            let mut tx = self.begin().await?;
            self.lock(&mut tx, super::Shared::Schema).await?;
            let copied = copy(&from, &mut source, self, &mut tx).await?;
            tx.commit().await?;
            Ok(copied)
        }
        .await;
        from.close().await;
        done
    }

    /// Takes the guards away within a transaction; the statements that bring them back. A restored strategy is not born.
    async fn lift_guards(&self, tx: &mut Tx) -> Result<Vec<String>, StoreError> {
        let mut back = Vec::new();
        if self.backend() == Backend::Postgres {
            for table in TABLES {
                sqlx::raw_sql(AssertSqlSafe(format!(
                    "ALTER TABLE {table} DISABLE TRIGGER USER"
                )))
                .execute(&mut **tx)
                .await?;
                back.push(format!("ALTER TABLE {table} ENABLE TRIGGER USER"));
            }
            return Ok(back);
        }
        let rows = Sql::of("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            .all(&mut **tx)
            .await?;
        for row in rows {
            let drop = format!("DROP TRIGGER {}", row.text("name")?);
            sqlx::raw_sql(AssertSqlSafe(drop))
                .execute(&mut **tx)
                .await?;
            back.push(row.text("sql")?);
        }
        Ok(back)
    }
}

/// Copies all tables; what stands in the target goes.
async fn copy(
    from: &Store,
    source: &mut AnyConnection,
    to: &Store,
    target: &mut Tx,
) -> Result<Copied, StoreError> {
    let mut all = Vec::new();
    let guards = to.lift_guards(target).await?;
    for table in TABLES {
        let columns = from.columns_of(source, table).await?;
        let clear = format!("DELETE FROM {table}");
        sqlx::raw_sql(AssertSqlSafe(clear))
            .execute(&mut **target)
            .await?;
        let n = copy_table(source, target, table, &columns).await?;
        if to.backend() == Backend::Postgres
            && columns.iter().any(|(c, k)| c == "id" && *k == "int")
        {
            renumber(target, table).await?;
        }
        all.push((*table, n));
    }
    for text in guards {
        sqlx::raw_sql(AssertSqlSafe(text))
            .execute(&mut **target)
            .await?;
    }
    Ok(all)
}

/// New rows get numbers above the copied ones.
async fn renumber(target: &mut Tx, table: &str) -> Result<(), StoreError> {
    let row = Sql::of("SELECT pg_get_serial_sequence($1, 'id') AS name")
        .text(table)
        .first(&mut **target)
        .await?;
    if let Some(Some(name)) = row.map(|r| r.opt_text("name")).transpose()? {
        Sql::made(format!(
            "SELECT setval('{name}', (SELECT COALESCE(MAX(id), 0) + 1 FROM {table}), false)"
        ))
        .all(&mut **target)
        .await?;
    }
    Ok(())
}

async fn copy_table(
    source: &mut AnyConnection,
    target: &mut Tx,
    table: &str,
    columns: &[(String, &'static str)],
) -> Result<u64, StoreError> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let text = format!("SELECT {} FROM {table}", names.join(", "));
    let at_once = (VALUES / columns.len().max(1)).max(1);
    let mut rows = sqlx::query(AssertSqlSafe(text)).fetch(source);
    let mut batch: Vec<AnyRow> = Vec::with_capacity(at_once);
    let mut n = 0;
    loop {
        let row = rows.try_next().await?;
        let end = row.is_none();
        batch.extend(row);
        if batch.len() == at_once || (end && !batch.is_empty()) {
            n += insert(target, table, columns, &batch).await?;
            batch.clear();
        }
        if end {
            return Ok(n);
        }
    }
}

async fn insert(
    target: &mut Tx,
    table: &str,
    columns: &[(String, &'static str)],
    rows: &[AnyRow],
) -> Result<u64, StoreError> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut text = format!("INSERT INTO {table} ({}) VALUES ", names.join(", "));
    for row in 0..rows.len() {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns.len() {
            let comma = if column == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}${}", row * columns.len() + column + 1);
        }
        text.push(')');
    }
    let mut sql = Sql::made(text);
    for row in rows {
        for (name, kind) in columns {
            sql = match *kind {
                "int" => sql.opt_int(row.opt_int(name)?),
                "real" => sql.opt_real(row.opt_real(name)?),
                _ => sql.opt_text(row.opt_text(name)?),
            };
        }
    }
    sql.run(&mut **target).await
}

fn quiet(migrate: bool) -> OpenOptions {
    OpenOptions {
        connections: 1,
        create: false,
        migrate,
        ..OpenOptions::default()
    }
}

fn url_of(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(end);
    PathBuf::from(name)
}

fn file_error(path: &Path, error: &io::Error) -> StoreError {
    if error.kind() == io::ErrorKind::StorageFull {
        return StoreError::DiskFull(path.display().to_string());
    }
    StoreError::Backup(format!("{} cannot be written: {error}", path.display()))
}
