//! The venue on disk: a snapshot, and the inputs since (SQLite, WAL, every commit synced).

use crate::engine::{Exchange, Input, InputError, Millis};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Row, SqliteConnection};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Version of the tables and of what stands in them.
const FORMAT: i64 = 1;

/// Why the state cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// SQLite says no. Another venue at the same file is one reason.
    #[error("the venue's state {}: {error}", .file.display())]
    Database {
        /// The file.
        file: PathBuf,
        /// What it says.
        error: sqlx::Error,
    },
    /// Written by another version.
    #[error("the venue's state {} has format {found}; this program reads {FORMAT}", .file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// What stands there.
        found: i64,
    },
    /// What was read is no state.
    #[error("the venue's state {} cannot be read: {reason}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// What was found.
pub struct Saved {
    /// The venue.
    pub exchange: Exchange,
    /// When it opened first, ms of the market.
    pub began: Millis,
}

/// The file of a venue's state. One process at a time has it open.
pub struct State {
    pool: SqlitePool,
    file: PathBuf,
}

impl State {
    /// Opens the file; makes it when it is not there.
    pub async fn open(file: &Path) -> Result<Self, StateError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // Two venues at one file would each overwrite what the other did.
            .locking_mode(SqliteLockingMode::Exclusive)
            .busy_timeout(Duration::from_secs(2));
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await;
        let state = Self {
            pool: pool.map_err(|error| StateError::Database {
                file: file.to_owned(),
                error,
            })?,
            file: file.to_owned(),
        };
        for table in [
            "CREATE TABLE IF NOT EXISTS venue (id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL, \
             began INTEGER NOT NULL, seq INTEGER NOT NULL, state BLOB NOT NULL) STRICT",
            "CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, inputs BLOB NOT NULL) STRICT",
        ] {
            let made = sqlx::query(table).execute(&state.pool).await;
            state.sql(made)?;
        }
        Ok(state)
    }

    fn sql<T>(&self, result: Result<T, sqlx::Error>) -> Result<T, StateError> {
        result.map_err(|error| StateError::Database {
            file: self.file.clone(),
            error,
        })
    }

    // by value: it stands in `map_err`
    #[allow(clippy::needless_pass_by_value)]
    fn unreadable(&self, reason: impl ToString) -> StateError {
        StateError::Unreadable {
            file: self.file.clone(),
            reason: reason.to_string(),
        }
    }

    /// The venue as it was when the last commit was durable; none in a new file.
    pub async fn load(&self) -> Result<Option<Saved>, StateError> {
        let row = sqlx::query("SELECT format, began, seq, state FROM venue")
            .fetch_optional(&self.pool)
            .await;
        let Some(row) = self.sql(row)? else {
            return Ok(None);
        };
        let found: i64 = self.sql(row.try_get("format"))?;
        if found != FORMAT {
            return Err(StateError::Format {
                file: self.file.clone(),
                found,
            });
        }
        let began: i64 = self.sql(row.try_get("began"))?;
        let seq: i64 = self.sql(row.try_get("seq"))?;
        let state: Vec<u8> = self.sql(row.try_get("state"))?;
        let mut exchange: Exchange =
            serde_json::from_slice(&state).map_err(|error| self.unreadable(error))?;
        let rows = sqlx::query("SELECT inputs FROM log WHERE seq > ? ORDER BY seq")
            .bind(seq)
            .fetch_all(&self.pool)
            .await;
        for row in self.sql(rows)? {
            let inputs: Vec<u8> = self.sql(row.try_get("inputs"))?;
            let inputs: Vec<(Millis, Input)> =
                serde_json::from_slice(&inputs).map_err(|error| self.unreadable(error))?;
            for (time, input) in &inputs {
                exchange
                    .replay(*time, input)
                    .map_err(|error: InputError| self.unreadable(error))?;
            }
        }
        Ok(Some(Saved { exchange, began }))
    }

    /// Writes a new venue.
    pub async fn begin(&self, began: Millis, exchange: &Exchange) -> Result<(), StateError> {
        let state = serde_json::to_vec(exchange).map_err(|error| self.unreadable(error))?;
        let written =
            sqlx::query("INSERT INTO venue (id, format, began, seq, state) VALUES (1, ?, ?, 0, ?)")
                .bind(FORMAT)
                .bind(began)
                .bind(state)
                .execute(&self.pool)
                .await;
        self.sql(written).map(|_| ())
    }

    /// Appends a batch of inputs. When it returns, they are on the disk; so many bytes.
    pub async fn append(&self, inputs: &[(Millis, Input)]) -> Result<usize, StateError> {
        if inputs.is_empty() {
            return Ok(0);
        }
        let inputs = serde_json::to_vec(inputs).map_err(|error| self.unreadable(error))?;
        let bytes = inputs.len();
        let written = sqlx::query("INSERT INTO log (inputs) VALUES (?)")
            .bind(inputs)
            .execute(&self.pool)
            .await;
        self.sql(written).map(|_| bytes)
    }

    /// Writes the whole state, which must be what all appended inputs led to, and forgets them.
    pub async fn snapshot(&self, exchange: &Exchange) -> Result<(), StateError> {
        let state = serde_json::to_vec(exchange).map_err(|error| self.unreadable(error))?;
        let written = self.replace(state).await;
        self.sql(written)
    }

    async fn replace(&self, state: Vec<u8>) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let connection: &mut SqliteConnection = &mut transaction;
        sqlx::query(
            "UPDATE venue SET state = ?, seq = (SELECT coalesce(max(seq), venue.seq) FROM log)",
        )
        .bind(state)
        .execute(&mut *connection)
        .await?;
        // The newest row stays, so that numbers go on from it.
        sqlx::query("DELETE FROM log WHERE seq < (SELECT max(seq) FROM log)")
            .execute(&mut *connection)
            .await?;
        transaction.commit().await
    }

    /// Closes the file.
    pub async fn close(self) {
        self.pool.close().await;
    }
}
