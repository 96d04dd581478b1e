//! Hot queries go through indexes, on both databases.

use super::claims::LEASE;
use sixbtc_core::model::*;
use sixbtc_core::store::*;
use sixbtc_core::testing::*;

/// Runs `what` and holds each of its plans against the index that it should use – on either database.
async fn through(t: &Test, index: &[&str], what: impl Future<Output = ()>) {
    let plans = plans(&t.store, &t.url, what).await;
    assert!(!plans.is_empty());
    let all: Vec<&str> = plans.iter().map(|(_, plan)| plan.as_str()).collect();
    for (text, plan) in &plans {
        let whole = match t.backend() {
            // `SCAN t` without an index reads the table
            Backend::Sqlite => plan
                .lines()
                .any(|l| l.starts_with("SCAN ") && !l.contains("INDEX") && !l.contains("SUBQUERY")),
            Backend::Postgres => plan.contains("Seq Scan"),
        };
        assert!(!whole, "reads a whole table:\n{text}\n{plan}");
        let sorts = plan.contains("TEMP B-TREE FOR ORDER") || plan.contains("Sort Key");
        assert!(!sorts, "sorts:\n{text}\n{plan}");
    }
    for name in index {
        assert!(
            all.iter().any(|plan| plan.contains(name)),
            "{name} is not used: {all:#?}"
        );
    }
}

fn list(status: Option<Status>, order: Order) -> Filter {
    Filter {
        status,
        order,
        limit: 50,
        ..Filter::default()
    }
}

#[tokio::test]
async fn hot_queries_use_indexes() {
    on_both(async |t| {
        stock(&t.store, &t.url, 3_000, 6_000).await;
        let s = &t.store;
        let id = s
            .list(&list(Some(Status::Active), Order::Oldest))
            .await
            .unwrap()[0]
            .made
            .id;
        let (pk, seen) = match t.backend() {
            Backend::Sqlite => ("sqlite_autoindex_strategies_1", "sqlite_autoindex_seen_1"),
            Backend::Postgres => ("strategies_pkey", "seen_pkey"),
        };
        for queue in [Queue::Validation, Queue::Backtest] {
            through(
                &t,
                &["strategies_by_status", "strategies_claimed", pk],
                async {
                    s.claim(queue, "w", LEASE, None).await.unwrap();
                },
            )
            .await;
        }
        through(&t, &["strategies_retest", pk], async {
            s.claim(Queue::Retest, "w", LEASE, Some(i64::MAX))
                .await
                .unwrap();
        })
        .await;
        through(&t, &["strategies_claimed"], async {
            s.release_expired().await.unwrap();
        })
        .await;
        for (status, order, index) in [
            (Some(Status::Failed), Order::Newest, "strategies_by_status"),
            (Some(Status::Failed), Order::Oldest, "strategies_by_status"),
            (Some(Status::Active), Order::Score, "strategies_by_score"),
            (None, Order::Newest, "strategies_by_age"),
        ] {
            through(&t, &[index], async {
                s.list(&list(status, order)).await.unwrap();
            })
            .await;
        }
        through(&t, &["strategies_by_status", pk], async {
            let page = Filter {
                after: Some(id),
                ..list(Some(Status::Active), Order::Newest)
            };
            s.list(&page).await.unwrap();
        })
        .await;
        through(&t, &["strategies_"], async {
            s.counts().await.unwrap();
            s.count(Status::Generated).await.unwrap();
        })
        .await;
        // where a stage is as frequent as here, PostgreSQL rightly walks the numbers back
        let by_stage = match t.backend() {
            Backend::Sqlite => "events_by_stage",
            Backend::Postgres => "events_",
        };
        for (filter, index) in [
            (
                EventFilter {
                    strategy: Some(id),
                    ..EventFilter::default()
                },
                "events_by_strategy",
            ),
            (
                EventFilter {
                    since: Some(5_990),
                    ..EventFilter::default()
                },
                "events_by_time",
            ),
            (
                EventFilter {
                    stage: Some(Stage::Sweep),
                    ..EventFilter::default()
                },
                by_stage,
            ),
        ] {
            through(&t, &[index], async {
                s.events(&filter).await.unwrap();
            })
            .await;
        }
        through(&t, &["runs_by_strategy", "gates_by_strategy"], async {
            s.runs(id).await.unwrap();
            s.gates(id).await.unwrap();
        })
        .await;
        through(&t, &["trades_by_strategy"], async {
            let of = TradeFilter {
                strategy: Some(id),
                ..TradeFilter::default()
            };
            s.trades(&of).await.unwrap();
        })
        .await;
        through(&t, &["trades_by_close"], async {
            let recent = TradeFilter {
                closed_since: Some(5),
                ..TradeFilter::default()
            };
            s.trades(&recent).await.unwrap();
        })
        .await;
        through(&t, &[seen], async {
            assert!(s.seen_program("n7").await.unwrap().is_some());
        })
        .await;
        through(&t, &["tasks_due"], async {
            s.claim_task("w", LEASE).await.unwrap();
        })
        .await;
    })
    .await;
}
