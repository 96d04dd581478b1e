//! What the database itself refuses, by plain SQL.

use super::claims::fill;
use sixbtc_core::model::*;
use sixbtc_core::store::{Backend, Store, StoreError};
use sixbtc_core::testing::*;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

/// A connection past the store.
pub async fn raw(t: &Test) -> AnyConnection {
    AnyConnection::connect(&t.url).await.unwrap()
}

pub async fn sql(conn: &mut AnyConnection, text: &str) -> Result<u64, StoreError> {
    let done = conn.execute(AssertSqlSafe(text.to_owned())).await;
    Ok(done.map(|d| d.rows_affected())?)
}

/// How to get there.
fn way(status: Status) -> &'static [Status] {
    use Status::{Active, Failed, Generated, Live, Retired, Validated};
    match status {
        Generated => &[],
        Validated => &[Validated],
        Active => &[Validated, Active],
        Live => &[Validated, Active, Live],
        Retired => &[Validated, Retired],
        Failed => &[Failed],
    }
}

#[tokio::test]
async fn every_illegal_step_is_refused_and_every_legal_one_is_not() {
    on_both(async |t| {
        let mut conn = raw(&t).await;
        let mut n = 0;
        for from in Status::ALL {
            for to in Status::ALL.iter().filter(|to| *to != from) {
                n += 1;
                let new = draft(n);
                t.store.insert(&new, "g", &[]).await.unwrap();
                for step in way(*from) {
                    let text = format!(
                        "UPDATE strategies SET status = '{step}' WHERE id = '{}'",
                        new.id
                    );
                    sql(&mut conn, &text).await.unwrap();
                }
                let text = format!(
                    "UPDATE strategies SET status = '{to}' WHERE id = '{}'",
                    new.id
                );
                let done = sql(&mut conn, &text).await;
                if from.may_become(*to) {
                    assert_eq!(done.unwrap(), 1, "{from} → {to}");
                } else {
                    let error = done.unwrap_err();
                    assert!(
                        matches!(error, StoreError::Illegal(_)),
                        "{from} → {to}: {error}"
                    );
                }
            }
        }
        let unknown = "UPDATE strategies SET status = 'ASLEEP'";
        assert!(sql(&mut conn, unknown).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn births_programs_tokens_and_deletions_are_guarded() {
    on_both(async |t| {
        let all = fill(&t.store, 1).await;
        t.store.claim(Queue::Validation, "w", super::claims::LEASE, None).await.unwrap();
        let mut conn = raw(&t).await;
        for text in [
            "INSERT INTO strategies (id, name, sentence, source, bred, kind, side, timeframe, symbols, text, normal_hash, \
             behaviour_hash, recipe, parents, status, created_at, status_at) \
             SELECT 'x', 'x', sentence, source, bred, kind, side, timeframe, symbols, text, normal_hash, behaviour_hash, \
             recipe, parents, 'LIVE', created_at, status_at FROM strategies",
            "UPDATE strategies SET text = 'other'",
            "UPDATE strategies SET recipe = '{}'",
            "UPDATE strategies SET claim_token = 0",
            "DELETE FROM strategies",
        ] {
            let error = sql(&mut conn, text).await.unwrap_err();
            assert!(matches!(error, StoreError::Illegal(_)), "{text}: {error}");
        }
        assert!(t.store.strategy(all[0].id).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn what_is_appended_stays() {
    on_both(async |t| {
        let all = fill(&t.store, 1).await;
        t.store
            .record("x", &[event(&all[0], Stage::Generation, "created")])
            .await
            .unwrap();
        t.store.enter_trials("x", &[trial("r", "d")]).await.unwrap();
        t.store.add_config("x", &1.into(), &2.into()).await.unwrap();
        t.store.open_trade(&super::rows::trade(1)).await.unwrap();
        let mut conn = raw(&t).await;
        for text in [
            "UPDATE events SET what = 'other'",
            "DELETE FROM events",
            "UPDATE trials SET data = 'other'",
            "DELETE FROM trials",
            "UPDATE seen SET strategy = 'other'",
            "DELETE FROM seen",
            "UPDATE config_versions SET settings = '3'",
            "DELETE FROM config_versions",
            "DELETE FROM trades",
        ] {
            let error = sql(&mut conn, text).await.unwrap_err();
            assert!(
                matches!(error, StoreError::AppendOnly(_)),
                "{text}: {error}"
            );
        }
        if t.backend() == Backend::Postgres {
            assert!(matches!(
                sql(&mut conn, "TRUNCATE events").await,
                Err(StoreError::AppendOnly(_))
            ));
        }
    })
    .await;
}

/// Columns as `table.column`.
async fn columns(store: &Store) -> Vec<String> {
    store.columns().await.unwrap()
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let (a, b) = (Test::sqlite().await, Test::postgres().await);
    let (a, b) = (columns(&a.store).await, columns(&b.store).await);
    assert!(a.len() > 100);
    assert_eq!(a, b);
}
