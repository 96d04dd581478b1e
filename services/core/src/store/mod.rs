//! The store: what the services share, in `SQLite` or `PostgreSQL`.
//!
//! One SQL text serves both; where they differ – locks of rows, the guards of the schema – the difference stands in one place.
//! `SQLite` has one connection that writes, in transactions that take the write lock at once, and several that read; a second
//! process waits for the lock. `PostgreSQL` locks rows and skips locked ones. Every hand-over is one transaction. What no program
//! may ever do – illegal steps in a strategy's life, changes of the audit trail or the trial ledger – the database itself refuses.

mod accounts;
mod audit;
mod backup;
mod check;
mod claims;
mod clock;
mod complete;
mod consistency;
mod error;
mod ledger;
mod life;
mod market;
mod migrate;
mod parity;
mod pool;
mod sql;
mod strategies;
mod tasks;
mod trades;
mod upkeep;

pub use audit::EventFilter;
pub use backup::Copied;
pub use clock::Clock;
pub use complete::Done;
pub use error::{StoreError, redact};
pub use pool::PoolEntry;
pub use strategies::{Filter, Inserted, Order};
pub use upkeep::TaskEnd;

use crate::model::Millis;
use sql::Sql;
#[cfg(feature = "testing")]
pub(crate) use sql::watch;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Transaction};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Once};
use std::time::Duration;

/// How often work may be claimed before its worker's vanishing counts against it.
pub const MAX_ATTEMPTS: i64 = 3;

type Tx = Transaction<'static, Any>;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file, or memory.
    Sqlite,
    /// A server.
    Postgres,
}

/// How to open.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Connections that read (`SQLite`), or all of them (`PostgreSQL`).
    pub connections: u32,
    /// Connections kept open (`PostgreSQL`).
    pub least: u32,
    /// Age after which a connection is replaced (`PostgreSQL`).
    pub recycle: Duration,
    /// How long to wait for a lock or a free connection.
    pub wait: Duration,
    /// Make the file when it is missing (`SQLite`).
    pub create: bool,
    /// Bring the schema up to date. Without, an older schema is left as it is.
    pub migrate: bool,
}

impl OpenOptions {
    /// As the settings ask for.
    pub fn of(pool: &crate::settings::DatabasePool) -> Self {
        Self {
            connections: pool.max_connections,
            least: pool.min_connections,
            recycle: Duration::from_secs(pool.pool_recycle),
            wait: Duration::from_secs(pool.acquire_timeout),
            ..Self::default()
        }
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            connections: 4,
            least: 0,
            recycle: Duration::from_mins(30),
            wait: Duration::from_secs(15),
            create: true,
            migrate: true,
        }
    }
}

/// What several processes may touch at the same time although no row stands for it.
#[derive(Debug, Clone, Copy)]
enum Shared {
    Schema = 0x51_78_01,
    Hashes = 0x51_78_02,
    Pool = 0x51_78_03,
}

struct Inner {
    backend: Backend,
    // with its password: never shown
    url: String,
    shown: String,
    file: Option<PathBuf>,
    reader: AnyPool,
    writer: AnyPool,
}

/// A handle on the store; cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    clock: Clock,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.inner.shown).finish()
    }
}

impl Store {
    /// Opens `sqlite://FILE`, `sqlite::memory:` or `postgres://…` and brings its schema up to date, under a lock.
    pub async fn open(url: &str, options: OpenOptions) -> Result<Self, StoreError> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let shown = redact(url);
        let store = if url.starts_with("sqlite:") {
            Self::open_sqlite(url, &shown, &options).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(url, &shown, &options).await?
        } else {
            return Err(StoreError::Open {
                url: shown,
                why: "its address begins with neither `sqlite:` nor `postgres://`".to_owned(),
            });
        };
        if options.migrate {
            store.migrate().await?;
        }
        Ok(store)
    }

    async fn open_sqlite(
        url: &str,
        shown: &str,
        options: &OpenOptions,
    ) -> Result<Self, StoreError> {
        let rest = url.trim_start_matches("sqlite:");
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let memory = rest.starts_with(":memory:");
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let file = (!memory).then(|| PathBuf::from(path.replace("%20", " ")));
        let url = if memory {
            "sqlite::memory:".to_owned()
        } else {
            let mode = match (query.contains("mode="), options.create) {
                (true, _) => String::new(),
                (false, true) => "mode=rwc".to_owned(),
                (false, false) => "mode=rw".to_owned(),
            };
            let query = [query, &mode]
                .iter()
                .filter(|q| !q.is_empty())
                .copied()
                .collect::<Vec<_>>();
            format!("sqlite:{}?{}", path.replace(' ', "%20"), query.join("&"))
        };
        let opening = |e: StoreError| opening(e, shown, file.as_deref());
        let wait = options.wait.as_millis();
        let connect = AnyConnectOptions::from_str(&url).map_err(|e| StoreError::Open {
            url: shown.to_owned(),
            why: e.to_string(),
        })?;
        // a pool tries a connection again and again: the first one, by itself, tells what is wrong
        if !memory {
            Self::use_wal(&connect).await.map_err(opening)?;
        }
        let pool = |connections: u32, extra: &'static str| {
            AnyPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(options.wait)
                .idle_timeout(None)
                .max_lifetime(None)
                .after_connect(move |conn, _| {
                    Box::pin(async move {
                        let text = format!(
                            "PRAGMA busy_timeout = {wait}; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; \
                             PRAGMA cache_size = -16000; {extra}"
                        );
                        conn.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(text))).await?;
                        Ok(())
                    })
                })
                .connect_lazy_with(connect.clone())
        };
        let writer = pool(1, "");
        // readers of a file see the last committed state and never wait; memory is private to its one connection
        let reader = if memory {
            writer.clone()
        } else {
            pool(options.connections.max(1), "PRAGMA query_only = ON;")
        };
        Ok(Self::of(
            Backend::Sqlite,
            &url,
            shown,
            file.clone(),
            reader,
            writer,
        ))
    }

    /// A pool tries again and again what fails at once, a damaged file too, and then says no more than that time ran out. So a
    /// single connection asks first.
    async fn ask_once(
        connect: &AnyConnectOptions,
        question: &'static str,
        wait: Duration,
    ) -> Result<(), StoreError> {
        let asked = async {
            let mut one = AnyConnection::connect_with(connect).await?;
            one.execute(sqlx::raw_sql(question)).await?;
            one.close().await
        };
        match tokio::time::timeout(wait, asked).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(StoreError::Unavailable("it does not answer".to_owned())),
        }
    }

    /// The change to WAL cannot wait for locks by itself: another process may be at it right now.
    async fn use_wal(connect: &AnyConnectOptions) -> Result<(), StoreError> {
        let mut conn = AnyConnection::connect_with(connect).await?;
        let mut tries = 0;
        let done = loop {
            // a file opened for reading alone stays as it is
            let done = Sql::of("PRAGMA journal_mode = WAL").first(&mut conn).await;
            tries += 1;
            match done {
                Err(StoreError::Locked(_)) if tries < 50 => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(StoreError::ReadOnly(_)) | Ok(_) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        conn.close().await?;
        done
    }

    async fn open_postgres(
        url: &str,
        shown: &str,
        options: &OpenOptions,
    ) -> Result<Self, StoreError> {
        let connect = AnyConnectOptions::from_str(url).map_err(|e| StoreError::Open {
            url: shown.to_owned(),
            why: e.to_string(),
        })?;
        Self::ask_once(&connect, "SELECT 1", options.wait)
            .await
            .map_err(|e| opening(e, shown, None))?;
        let wait = options.wait.as_millis();
        let most = options.connections.max(2);
        let pool = AnyPoolOptions::new()
            .max_connections(most)
            .min_connections(options.least.min(most))
            .max_lifetime(options.recycle)
            .acquire_timeout(options.wait)
            .after_connect(move |conn, _| {
                Box::pin(async move {
                    // a frozen client must not keep its locks for ever
                    let text = format!(
                        "SET application_name = 'sixbtc'; SET lock_timeout = {wait}; \
                         SET idle_in_transaction_session_timeout = 60000; SET client_min_messages = warning"
                    );
                    conn.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(text))).await?;
                    Ok(())
                })
            })
            .connect_lazy_with(connect);
        let store = Self::of(Backend::Postgres, url, shown, None, pool.clone(), pool);
        Sql::of("SELECT 1 AS one")
            .first(store.reader())
            .await
            .map_err(|e| opening(e, shown, None))?;
        Ok(store)
    }

    fn of(
        backend: Backend,
        url: &str,
        shown: &str,
        file: Option<PathBuf>,
        reader: AnyPool,
        writer: AnyPool,
    ) -> Self {
        let inner = Inner {
            backend,
            url: url.to_owned(),
            shown: shown.to_owned(),
            file,
            reader,
            writer,
        };
        Self {
            inner: Arc::new(inner),
            clock: clock::wall(),
        }
    }

    /// The same store with another clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Millis + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// What time it is for the store.
    pub fn now(&self) -> Millis {
        (self.clock)()
    }

    /// Which database this is.
    pub fn backend(&self) -> Backend {
        self.inner.backend
    }

    /// The address, without a password.
    pub fn shown(&self) -> &str {
        &self.inner.shown
    }

    /// The database's file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        self.inner.file.as_deref()
    }

    /// Closes all connections; calls after it fail.
    pub async fn close(&self) {
        self.inner.reader.close().await;
        self.inner.writer.close().await;
    }

    /// Whether the database answers: for readiness.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Sql::of("SELECT 1 AS one").first(self.reader()).await?;
        Ok(())
    }

    fn reader(&self) -> &AnyPool {
        &self.inner.reader
    }

    /// A transaction that writes. On `SQLite` it takes the write lock at once: a read that turns into a write later could not
    /// wait for it.
    async fn begin(&self) -> Result<Tx, StoreError> {
        let writer = &self.inner.writer;
        Ok(match self.backend() {
            Backend::Sqlite => writer.begin_with("BEGIN IMMEDIATE").await?,
            Backend::Postgres => writer.begin().await?,
        })
    }

    /// Keeps other processes from the same thing until the transaction ends. On `SQLite` the transaction itself does.
    async fn lock(&self, tx: &mut Tx, what: Shared) -> Result<(), StoreError> {
        if self.backend() == Backend::Postgres {
            Sql::of("SELECT pg_advisory_xact_lock($1)")
                .int(what as i64)
                .run(&mut **tx)
                .await?;
        }
        Ok(())
    }

    /// Ends a SELECT whose rows are about to be changed: others wait for them.
    fn for_update(&self) -> &'static str {
        match self.backend() {
            Backend::Sqlite => "",
            Backend::Postgres => " FOR UPDATE",
        }
    }

    /// Ends a SELECT of rows of which any will do: those that others are at are passed over.
    fn skip_locked(&self) -> &'static str {
        match self.backend() {
            Backend::Sqlite => "",
            Backend::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}

/// An error while opening, with the address in it.
fn opening(error: StoreError, shown: &str, file: Option<&Path>) -> StoreError {
    let why = match error {
        StoreError::Open { why, .. } => why,
        StoreError::Database(says) => says,
        other => return other,
    };
    let parent = file
        .and_then(Path::parent)
        .filter(|p| !p.as_os_str().is_empty());
    let why = match (file, parent) {
        (_, Some(parent)) if !parent.exists() => {
            format!("there is no directory {}", parent.display())
        }
        (Some(file), _) if !file.exists() => {
            format!("{why}: there is no such file, and it could not be made")
        }
        _ => why,
    };
    StoreError::Open {
        url: shown.to_owned(),
        why,
    }
}

/// A lease's end.
fn until(now: Millis, lease: Duration) -> Millis {
    now.saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX))
}
