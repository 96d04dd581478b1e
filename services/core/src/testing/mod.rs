//! Support for tests of this crate and others: stores on both databases, a clock that is set by hand, strategies to put in.
//!
//! Behind the feature `testing`. Nothing here is for programs: what goes wrong panics with a sentence that says what to do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

mod bulk;
mod fixtures;
mod postgres;

pub use bulk::{plans, stock};
pub use fixtures::{completion, draft, event, gate, trial};
pub use postgres::Postgres;

use crate::model::Millis;
use crate::store::{Backend, OpenOptions, Store};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A clock that stands until it is moved.
#[derive(Debug, Clone)]
pub struct HandClock(Arc<AtomicI64>);

impl HandClock {
    /// Stands at an instant.
    pub fn at(now: Millis) -> Self {
        Self(Arc::new(AtomicI64::new(now)))
    }

    /// What time it is.
    pub fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }

    /// Moves it, also back.
    pub fn add(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    /// The same store with this clock.
    pub fn on(&self, store: Store) -> Store {
        let clock = self.clone();
        store.clock(move || clock.now())
    }
}

/// A store of its own for one test.
pub struct Test {
    /// The store, with the clock below.
    pub store: Store,
    /// Its address: for a second handle, or another process.
    pub url: String,
    /// Its clock, which stands at 2026-01-01.
    pub clock: HandClock,
    _directory: Option<tempfile::TempDir>,
    _server: Option<Arc<Postgres>>,
}

/// 2026-01-01 UTC.
const START: Millis = 1_767_225_600_000;

impl Test {
    /// In a new `SQLite` file.
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite://{}/test.db", directory.path().display());
        Self::new(url, Some(directory), None).await
    }

    /// In a new database of the `PostgreSQL` server for tests.
    pub async fn postgres() -> Self {
        let server = Postgres::shared().await;
        let url = server.database().await;
        Self::new(url, None, Some(server)).await
    }

    async fn new(
        url: String,
        directory: Option<tempfile::TempDir>,
        server: Option<Arc<Postgres>>,
    ) -> Self {
        let clock = HandClock::at(START);
        let store = Store::open(&url, options()).await.expect("a new store");
        Self {
            store: clock.on(store),
            url,
            clock,
            _directory: directory,
            _server: server,
        }
    }

    /// Another handle with connections of its own, as another process would have, on the same clock.
    pub async fn another(&self) -> Store {
        self.clock.on(Store::open(&self.url, options())
            .await
            .expect("another handle"))
    }

    /// Which database.
    pub fn backend(&self) -> Backend {
        self.store.backend()
    }
}

/// How tests open: they wait a while, for the machine may be busy.
pub fn options() -> OpenOptions {
    OpenOptions {
        connections: 4,
        wait: Duration::from_secs(30),
        ..OpenOptions::default()
    }
}

/// Runs a test on both databases, one after the other.
pub async fn on_both(test: impl AsyncFn(Test)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        // shown when the test fails
        eprintln!("on {backend:?}");
        let t = match backend {
            Backend::Sqlite => Test::sqlite().await,
            Backend::Postgres => Test::postgres().await,
        };
        let store = t.store.clone();
        test(t).await;
        store.close().await;
    }
}
