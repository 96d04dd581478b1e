//! The file's own check, and the tables as they are.

use super::sql::{Columns, Sql};
use super::{Backend, Store, StoreError};
use sqlx::AnyConnection;

/// All tables, in the order in which they are copied.
pub(super) const TABLES: &[&str] = &[
    "strategies",
    "seen",
    "completions",
    "runs",
    "gates",
    "funnel",
    "trials",
    "trial_tallies",
    "events",
    "subaccounts",
    "trades",
    "parity",
    "positions",
    "emergency",
    "coins",
    "datasets",
    "regimes",
    "tasks",
    "task_runs",
    "snapshots",
    "leases",
    "heartbeats",
    "config_versions",
    "control",
];

impl Store {
    /// What is damaged in the database's file, a sentence each; nothing: it is whole. `SQLite` reads all of it, `PostgreSQL`
    /// checks its pages itself as it reads them. Whether the rows agree with each other tells [`Self::contradictions`].
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let mut wrong = Vec::new();
        if self.backend() == Backend::Sqlite {
            let rows = Sql::of("PRAGMA integrity_check(20)")
                .all(self.reader())
                .await?;
            for row in rows {
                let says = row.text("integrity_check")?;
                if says != "ok" {
                    wrong.push(format!("the file is damaged: {says}"));
                }
            }
        }
        Ok(wrong)
    }

    /// Every column of every table as `table.column type`, the same for both databases.
    pub async fn columns(&self) -> Result<Vec<String>, StoreError> {
        let mut all = Vec::new();
        for table in TABLES {
            let mut conn = self.reader().acquire().await?;
            for (column, kind) in self.columns_of(&mut conn, table).await? {
                all.push(format!("{table}.{column} {kind}"));
            }
        }
        Ok(all)
    }

    /// Columns of a table in their order, each with `int`, `real` or `text`.
    pub(super) async fn columns_of(
        &self,
        on: &mut AnyConnection,
        table: &'static str,
    ) -> Result<Vec<(String, &'static str)>, StoreError> {
        let rows = match self.backend() {
            Backend::Sqlite => {
                Sql::of("SELECT name, lower(type) AS kind FROM pragma_table_info($1) ORDER BY cid")
            }
            Backend::Postgres => Sql::of(
                "SELECT CAST(column_name AS TEXT) AS name, CAST(data_type AS TEXT) AS kind FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
            ),
        };
        let rows = rows.text(table).all(on).await?;
        rows.iter()
            .map(|row| {
                let kind = row.text("kind")?;
                let kind = match kind.as_str() {
                    "bigint" | "integer" => "int",
                    "double precision" => "real",
                    _ => "text",
                };
                Ok((row.text("name")?, kind))
            })
            .collect()
    }
}
