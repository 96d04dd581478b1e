//! Damage, locks, newer programs, servers that go away, backups.

use super::claims::{LEASE, claim, fill, full, validate};
use super::guards::{raw, sql};
use sixbtc_core::model::*;
use sixbtc_core::store::*;
use sixbtc_core::testing::*;
use sqlx::{AnyConnection, Connection};
use std::path::Path;
use std::time::Duration;

async fn open(path: &Path) -> Result<Store, StoreError> {
    let options = OpenOptions {
        wait: Duration::from_millis(200),
        ..OpenOptions::default()
    };
    Store::open(&format!("sqlite://{}", path.display()), options).await
}

#[tokio::test]
async fn a_file_that_is_none_or_damaged_is_named_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    std::fs::write(
        &path,
        "this is a letter to my aunt, and no database at all\n".repeat(100),
    )
    .unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(!error.is_passing());

    let path = dir.path().join("y.db");
    let store = open(&path).await.unwrap();
    fill(&store, 200).await;
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
    store.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in bytes.iter_mut().skip(4096 * 3).take(4096 * 60) {
        *byte = byte.wrapping_mul(31).wrapping_add(7);
    }
    std::fs::write(&path, bytes).unwrap();
    let found = match open(&path).await {
        Err(error) => matches!(error, StoreError::Corrupt(_)),
        Ok(store) => match store.integrity().await {
            Err(error) => matches!(error, StoreError::Corrupt(_)),
            Ok(wrong) => !wrong.is_empty(),
        },
    };
    assert!(found);
}

#[tokio::test]
async fn addresses_that_lead_nowhere_say_so_without_the_password() {
    let open = async |url: &str| {
        let options = OpenOptions {
            wait: Duration::from_millis(300),
            ..OpenOptions::default()
        };
        Store::open(url, options).await.unwrap_err()
    };
    let error = open("sqlite:///no/such/directory/x.db").await;
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .contains("there is no directory /no/such/directory"),
        "{error}"
    );
    let error = open("mysql://me:secret@host/db").await.to_string();
    assert!(
        error.contains("neither") && !error.contains("secret"),
        "{error}"
    );
    // nobody listens there
    let error = open("postgres://me:secret@127.0.0.1:1/db").await;
    assert!(error.is_passing(), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("secret"));
    let missing = OpenOptions {
        create: false,
        ..OpenOptions::default()
    };
    assert!(
        Store::open("sqlite:///tmp/sixbtc-no-such.db", missing)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    on_both(async |t| {
        let mut conn = raw(&t).await;
        let text = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                    SELECT 999, 'later', success, checksum, 1 FROM _sqlx_migrations WHERE version = 1";
        sql(&mut conn, text).await.unwrap();
        let error = Store::open(&t.url, options()).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Newer { found: 999, known } if known == t.store.newest_schema()),
            "{error:?}"
        );
        assert!(error.to_string().contains("newer program"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_open_a_new_database_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let server = Postgres::shared().await;
    for url in [
        format!("sqlite://{}/new.db", dir.path().display()),
        server.database().await,
    ] {
        let tasks: Vec<_> = (0..6)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { Store::open(&url, options()).await })
            })
            .collect();
        for task in tasks {
            let store = task.await.unwrap().unwrap();
            assert_eq!(store.schema_version().await.unwrap(), store.newest_schema());
            store.close().await;
        }
    }
}

#[tokio::test]
async fn a_lock_that_another_holds_is_a_passing_error() {
    let t = Test::sqlite().await;
    fill(&t.store, 1).await;
    let hasty = OpenOptions {
        wait: Duration::from_millis(50),
        ..OpenOptions::default()
    };
    let mut other = raw(&t).await;
    sql(&mut other, "BEGIN IMMEDIATE").await.unwrap();
    let store = match Store::open(
        &t.url,
        OpenOptions {
            migrate: false,
            ..hasty.clone()
        },
    )
    .await
    {
        Ok(store) => store,
        Err(error) => panic!("{error}"),
    };
    // readers do not mind
    assert_eq!(store.count(Status::Generated).await.unwrap(), 1);
    let error = store
        .claim(Queue::Validation, "w", LEASE, None)
        .await
        .unwrap_err();
    assert!(error.is_passing(), "{error:?}");
    sql(&mut other, "COMMIT").await.unwrap();
    assert!(
        store
            .claim(Queue::Validation, "w", LEASE, None)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_directory_that_may_only_be_read() {
    // permissions do not hold root back: there the file is mounted read-only instead, by opening it so
    let t = Test::sqlite().await;
    let options = OpenOptions {
        migrate: false,
        ..OpenOptions::default()
    };
    let store = Store::open(&format!("{}?mode=ro", t.url), options).await;
    let error = match store {
        Err(error) => error,
        Ok(store) => store.record("x", &[]).await.err().unwrap_or(
            store
                .heartbeat("x", "x", &serde_json::json!(1))
                .await
                .unwrap_err(),
        ),
    };
    assert!(matches!(error, StoreError::ReadOnly(_)), "{error:?}");
    assert!(error.to_string().contains("write permission"));
}

#[tokio::test]
async fn a_full_disk_is_said_and_work_goes_on_after() {
    let t = Test::sqlite().await;
    let mut conn = AnyConnection::connect(&t.url).await.unwrap();
    // the limit is the connection's own: the store's writer gets it through its file's size
    sql(&mut conn, "PRAGMA max_page_count = 1").await.unwrap();
    let text = "INSERT INTO control (key, value, version, at, by_whom) \
                VALUES ('k', hex(zeroblob(1000000)), 1, 1, 'x')";
    let error = sql(&mut conn, text).await.unwrap_err();
    assert!(matches!(error, StoreError::DiskFull(_)), "{error:?}");
    assert!(error.is_passing());
    t.store
        .set_control("k", &serde_json::json!(1), None, "x")
        .await
        .unwrap();
}

#[tokio::test]
async fn postgres_that_crashes_in_mid_work_loses_nothing() {
    let server = Postgres::alone().await;
    let url = server.database().await;
    let quick = OpenOptions {
        wait: Duration::from_secs(3),
        ..OpenOptions::default()
    };
    let store = Store::open(&url, quick).await.unwrap();
    fill(&store, 3).await;
    let c = claim(&store, Queue::Validation, "w").await.unwrap();
    let valid = completion(Status::Validated);
    server.stop();
    for _ in 0..2 {
        let error = store.complete(&c, "w", &valid).await.unwrap_err();
        assert!(error.is_passing(), "{error:?}");
        assert!(store.counts().await.unwrap_err().is_passing());
        assert!(store.ping().await.is_err());
    }
    server.start();
    assert_eq!(
        store.complete(&c, "w", &valid).await.unwrap(),
        Done::Written
    );
    assert_eq!(
        store.complete(&c, "w", &valid).await.unwrap(),
        Done::Already
    );
    validate(&store).await;
    assert_eq!(store.count(Status::Validated).await.unwrap(), 3);
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
    store.close().await;
}

/// Something in every table.
async fn everything(t: &Test) {
    let s = &t.store;
    fill(s, 30).await;
    validate(s).await;
    let c = claim(s, Queue::Backtest, "b").await.unwrap();
    s.complete(&c, "b", &full("r")).await.unwrap();
    let c = claim(s, Queue::Backtest, "b").await.unwrap();
    let good = Completion {
        score: Some(70.0),
        ..completion(Status::Active)
    };
    s.complete_into_pool(&c, "b", &good, 5).await.unwrap();
    s.set_subaccount(&Subaccount::new(1)).await.unwrap();
    let id = c.strategy.made.id;
    let event = event(&c.strategy.made, Stage::Deployment, "promoted");
    s.promote(id, 1, "62.50".parse().unwrap(), "r", &event)
        .await
        .unwrap();
    s.set_position(&super::rows::position(1, id)).await.unwrap();
    s.open_trade(&super::rows::trade(1)).await.unwrap();
    s.set_control("k", &serde_json::json!({ "x": [1.5, null] }), None, "x")
        .await
        .unwrap();
    s.add_config("x", &1.into(), &2.into()).await.unwrap();
    s.add_task("t", 5).await.unwrap();
    s.claim_task("w", LEASE).await.unwrap();
    claim(s, Queue::Backtest, "still at it").await.unwrap();
}

/// What the store says of itself, all of it.
async fn story(s: &Store) -> String {
    format!(
        "{:#?} {:#?} {:#?} {:#?} {:#?} {:#?} {:#?} {:#?} {:#?}",
        s.list(&Filter {
            order: Order::Oldest,
            ..Filter::default()
        })
        .await
        .unwrap(),
        s.events(&EventFilter::default()).await.unwrap(),
        s.funnel(0).await.unwrap(),
        s.tally(None).await.unwrap(),
        s.subaccounts().await.unwrap(),
        s.positions(None).await.unwrap(),
        s.trades(&TradeFilter::default()).await.unwrap(),
        s.task_runs(None, 9).await.unwrap(),
        s.control("k").await.unwrap(),
    )
}

#[tokio::test]
async fn a_backup_moves_between_all_databases() {
    on_both(async |from| {
        everything(&from).await;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("backup.db");
        from.store.backup(&path).await.unwrap();
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing lies beside it"
        );
        let again = from.store.backup(&path).await.unwrap_err();
        assert!(again.to_string().contains("exists already"), "{again}");
        let before = story(&from.store).await;
        on_both(async |to| {
            let copied = to.store.restore(&path).await.unwrap();
            assert_eq!(copied[0], ("strategies", 30));
            assert_eq!(story(&to.store).await, before);
            assert_eq!(to.store.integrity().await.unwrap(), Vec::<String>::new());
            // and life goes on there: numbers, guards and claims
            let error = to.store.restore(&path).await.unwrap_err();
            assert!(error.to_string().contains("not empty"), "{error}");
            to.store
                .record("x", &[event(&draft(1), Stage::System, "moved")])
                .await
                .unwrap();
            to.store.open_trade(&super::rows::trade(7)).await.unwrap();
            validate(&to.store).await;
            let mut conn = raw(&to).await;
            assert!(sql(&mut conn, "DELETE FROM events").await.is_err());
            assert!(
                sql(&mut conn, "UPDATE strategies SET status = 'GENERATED'")
                    .await
                    .is_err()
            );
            to.clock.add(61);
            assert_eq!(to.store.release_expired().await.unwrap(), 1);
        })
        .await;
        assert_eq!(story(&from.store).await, before);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_backup_is_not_restored() {
    let t = Test::sqlite().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    assert!(t.store.restore(&path).await.is_err());
    std::fs::write(&path, "no backup\n".repeat(500)).unwrap();
    let error = t.store.restore(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    std::fs::write(&path, "").unwrap();
    let error = t.store.restore(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Backup(_)), "{error:?}");
    assert_eq!(t.store.count(Status::Generated).await.unwrap(), 0);
}
