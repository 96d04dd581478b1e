//! Large stores, and how the database goes about a statement.

use crate::store::{Backend, Store, watch};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row};

/// Fills a store by plain SQL, as fast as the database can: mostly FAILED strategies, some in every other status, 150 of them
/// ACTIVE at most, events spread over strategies and stages, a trade for every hundredth strategy.
pub async fn stock(store: &Store, url: &str, strategies: u64, events: u64) {
    let id = "'00000000-0000-4000-8000-' || CAST(100000000000 + i AS TEXT)";
    let count = |n: u64| {
        format!(
            "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {n}) "
        )
    };
    // the pool holds 150 of them
    let apart = (strategies / 15_000).max(1) * 100;
    let mut conn = AnyConnection::connect(url).await.expect("a connection");
    for text in [
        "BEGIN".to_owned(),
        count(strategies)
            + &format!(
                "INSERT INTO strategies (id, name, sentence, source, bred, kind, side, timeframe, symbols, text, normal_hash, \
                 behaviour_hash, recipe, parents, status, created_at, status_at) \
                 SELECT {id}, 'S_' || i, 'Buys.', CASE i % 3 WHEN 0 THEN 'unger' ELSE 'pandas_ta' END, 0, 'MOM', 'LONG', '15m', \
                 '[\"BTC\"]', '#sbt 1', 'n' || i, 'b' || i, '{{}}', '[]', 'GENERATED', i, i FROM n"
            ),
        "UPDATE strategies SET status = 'FAILED' WHERE created_at % 100 < 92".to_owned(),
        "UPDATE strategies SET status = 'VALIDATED' WHERE created_at % 100 >= 94".to_owned(),
        format!(
            "UPDATE strategies SET status = 'ACTIVE', tested_at = created_at, score_backtest = created_at % 97 \
             WHERE status = 'VALIDATED' AND created_at % {apart} = 99"
        ),
        "UPDATE strategies SET status = 'RETIRED' WHERE status = 'VALIDATED' AND created_at % 100 > 94".to_owned(),
        "INSERT INTO seen (what, hash, strategy, at) SELECT 'normal', normal_hash, id, 1 FROM strategies".to_owned(),
        count(events)
            + &format!(
                "INSERT INTO events (at, by_whom, strategy, name, stage, what, outcome, data) \
                 SELECT i, 'x', (SELECT {} FROM (SELECT i % {strategies} + 1 AS j) k), 'S', \
                 CASE i % 4 WHEN 0 THEN 'sweep' WHEN 1 THEN 'in_sample' WHEN 2 THEN 'generation' ELSE 'validation' END, \
                 'w', 'passed', 'null' FROM n",
                id.replace(" i ", " j ")
            ),
        "INSERT INTO trades (subaccount, position_id, strategy, strategy_name, symbol, side, opened_at, entry_price, size, \
         leverage, entry_fee, why, closed_at, exit_price, exit_reason, exit_fee, funding, slippage, pnl) \
         SELECT 1, id, id, name, 'BTC', 'LONG', created_at, '1', '1', 1, '0', '', created_at, '1', 'stop', '0', '0', '0', '0' \
         FROM strategies WHERE created_at % 100 = 7"
            .to_owned(),
        "COMMIT".to_owned(),
        "ANALYZE".to_owned(),
    ] {
        conn.execute(AssertSqlSafe(text.clone()))
            .await
            .unwrap_or_else(|e| panic!("{text}: {e}"));
    }
    conn.close().await.expect("closed");
    store.ping().await.expect("still there");
}

/// How the database would go about each statement that `what` runs – values unknown, and as if tables were large.
pub async fn plans(
    store: &Store,
    url: &str,
    what: impl Future<Output = ()>,
) -> Vec<(String, String)> {
    let statements = watch(what).await;
    let mut conn = AnyConnection::connect(url).await.expect("a connection");
    let mut all = Vec::new();
    for text in statements {
        let plan = match store.backend() {
            Backend::Sqlite => {
                let sql = format!("EXPLAIN QUERY PLAN {text}");
                lines(&mut conn, &sql, "detail").await
            }
            Backend::Postgres => {
                let most = (1..20)
                    .rev()
                    .find(|n| text.contains(&format!("${n}")))
                    .unwrap_or(0);
                let nulls = vec!["NULL"; most].join(", ");
                let call = if most == 0 {
                    String::new()
                } else {
                    format!("({nulls})")
                };
                for sql in [
                    "SET plan_cache_mode = force_generic_plan".to_owned(),
                    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off"
                        .to_owned(),
                    format!("PREPARE asked AS {text}"),
                ] {
                    sqlx::raw_sql(AssertSqlSafe(sql))
                        .execute(&mut conn)
                        .await
                        .expect(&text);
                }
                let sql = format!("EXPLAIN EXECUTE asked{call}");
                let plan = lines(&mut conn, &sql, "QUERY PLAN").await;
                sqlx::raw_sql("DEALLOCATE asked")
                    .execute(&mut conn)
                    .await
                    .expect("known");
                plan
            }
        };
        all.push((text, plan));
    }
    all
}

async fn lines(conn: &mut AnyConnection, sql: &str, column: &str) -> String {
    let rows: Vec<AnyRow> = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .fetch_all(conn)
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
    rows.iter()
        .map(|row| row.get::<String, _>(column))
        .collect::<Vec<_>>()
        .join("\n")
}
