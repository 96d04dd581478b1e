//! The schema, embedded, and how a database gets there.

use super::sql::{Columns, Sql};
use super::{Backend, Store, StoreError};
use sqlx::SqlSafeStr;
use sqlx::error::BoxDynError;
use sqlx::migrate::{MigrateError, Migration, MigrationSource, MigrationType, Migrator};
use std::future::Future;
use std::pin::Pin;

/// The texts of one database, oldest first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Embedded(pub &'static [(i64, &'static str, &'static str)]);

/// Those of `SQLite`.
pub(super) const SQLITE: Embedded = Embedded(&[
    (
        1,
        "tables",
        include_str!("../../migrations/sqlite/0001_tables.sql"),
    ),
    (
        2,
        "guards",
        include_str!("../../migrations/sqlite/0002_guards.sql"),
    ),
    (
        3,
        "parity",
        include_str!("../../migrations/sqlite/0003_parity.sql"),
    ),
]);

/// Those of `PostgreSQL`.
pub(super) const POSTGRES: Embedded = Embedded(&[
    (
        1,
        "tables",
        include_str!("../../migrations/postgres/0001_tables.sql"),
    ),
    (
        2,
        "guards",
        include_str!("../../migrations/postgres/0002_guards.sql"),
    ),
    (
        3,
        "parity",
        include_str!("../../migrations/postgres/0003_parity.sql"),
    ),
]);

impl Embedded {
    pub(super) fn of(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => SQLITE,
            Backend::Postgres => POSTGRES,
        }
    }

    pub(super) fn newest(self) -> i64 {
        self.0
            .iter()
            .map(|(version, ..)| *version)
            .max()
            .unwrap_or(0)
    }
}

type Resolved<'s> = Pin<Box<dyn Future<Output = Result<Vec<Migration>, BoxDynError>> + Send + 's>>;

impl MigrationSource<'static> for Embedded {
    fn resolve(self) -> Resolved<'static> {
        Box::pin(async move {
            Ok(self
                .0
                .iter()
                .map(|&(version, name, text)| {
                    let text = text.into_sql_str();
                    Migration::new(version, name.into(), MigrationType::Simple, text, false)
                })
                .collect())
        })
    }
}

impl Store {
    /// Brings the schema up to date, in one transaction, one process at a time.
    pub(super) async fn migrate(&self) -> Result<(), StoreError> {
        let embedded = Embedded::of(self.backend());
        let mut migrator = Migrator::new(embedded)
            .await
            .map_err(|e| StoreError::Database(e.to_string()))?;
        // our own transaction is the lock: migrations run as savepoints within it
        migrator.set_locking(false);
        let mut tx = self.begin().await?;
        self.lock(&mut tx, super::Shared::Schema).await?;
        migrator
            .run_direct(None, &mut *tx, false)
            .await
            .map_err(|e| match e {
                MigrateError::VersionMissing(found) | MigrateError::VersionTooNew(found, _) => {
                    StoreError::Newer {
                        found,
                        known: embedded.newest(),
                    }
                }
                MigrateError::VersionMismatch(version) => StoreError::Corrupt(format!(
                    "its schema version {version} is not the one this program knows"
                )),
                MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => e.into(),
                other => StoreError::Database(other.to_string()),
            })?;
        tx.commit().await?;
        Ok(())
    }

    /// The version of the schema; 0 of a database without one.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        let row = Sql::of(
            "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) AS version FROM _sqlx_migrations",
        )
        .first(self.reader())
        .await;
        match row {
            // there is no such table yet
            Err(StoreError::Database(_)) => Ok(0),
            row => row?.map_or(Ok(0), |r| r.int("version")),
        }
    }

    /// The version that this program brings a database to.
    pub fn newest_schema(&self) -> i64 {
        Embedded::of(self.backend()).newest()
    }
}
