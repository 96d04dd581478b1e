//! How fast a large store answers. By hand, both databases:
//!
//! `SIXBTC_BENCH_STRATEGIES=1000000 SIXBTC_BENCH_EVENTS=10000000 cargo bench -p sixbtc-core --bench store`
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use sixbtc_core::model::{Completion, Queue, Stage, Status, TradeFilter};
use sixbtc_core::store::{EventFilter, Filter, Order};
use sixbtc_core::testing::{Test, completion, draft, stock, trial};
use std::time::{Duration, Instant};

fn size(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// Prints the mean of `n` calls.
async fn time(name: &str, n: u32, mut what: impl AsyncFnMut(u32)) {
    let start = Instant::now();
    for i in 0..n {
        what(i).await;
    }
    let each = start.elapsed().as_secs_f64() * 1_000.0 / f64::from(n);
    println!("  {name:<44} {each:>9.3} ms");
}

#[tokio::main]
async fn main() {
    let strategies = size("SIXBTC_BENCH_STRATEGIES", 20_000);
    let events = size("SIXBTC_BENCH_EVENTS", 200_000);
    for t in [Test::sqlite().await, Test::postgres().await] {
        let start = Instant::now();
        stock(&t.store, &t.url, strategies, events).await;
        println!(
            "{:?}: {strategies} strategies and {events} events, filled in {:.0} s",
            t.backend(),
            start.elapsed().as_secs_f64()
        );
        let (s, lease) = (&t.store, Duration::from_mins(1));
        let some = s
            .list(&Filter {
                status: Some(Status::Active),
                ..Filter::default()
            })
            .await
            .unwrap();
        let id = some[0].made.id;
        time("claim and complete, one by one", 200, async |i| {
            let c = s
                .claim(Queue::Backtest, "w", lease, None)
                .await
                .unwrap()
                .unwrap();
            let done = Completion {
                trials: vec![trial(&format!("r{i}"), "d")],
                ..completion(Status::Failed)
            };
            s.complete(&c, "w", &done).await.unwrap();
        })
        .await;
        time("claim 50 and complete them together", 10, async |_| {
            let claims = s
                .claim_many(Queue::Validation, "w", lease, 50)
                .await
                .unwrap();
            let work: Vec<_> = claims
                .into_iter()
                .map(|c| (c, completion(Status::Validated)))
                .collect();
            s.complete_many("w", &work).await.unwrap();
        })
        .await;
        time("insert 50 strategies", 20, async |i| {
            let new: Vec<_> = (0..50).map(|k| draft(1_000_000_000 + i * 50 + k)).collect();
            s.insert_many(&new, "g", &[]).await.unwrap();
        })
        .await;
        time("claim a retest", 50, async |_| {
            let c = s
                .claim(Queue::Retest, "w", lease, Some(i64::MAX))
                .await
                .unwrap();
            s.hand_back(&c.unwrap()).await.unwrap();
        })
        .await;
        time("list 50 by status, newest first", 50, async |_| {
            let f = Filter {
                status: Some(Status::Failed),
                limit: 50,
                ..Filter::default()
            };
            s.list(&f).await.unwrap();
        })
        .await;
        time("list 50 of the pool by score", 50, async |_| {
            let f = Filter {
                status: Some(Status::Active),
                order: Order::Score,
                limit: 50,
                ..Filter::default()
            };
            s.list(&f).await.unwrap();
        })
        .await;
        time("count one status of few", 50, async |_| {
            s.count(Status::Active).await.unwrap();
        })
        .await;
        time("count all statuses", 5, async |_| {
            s.counts().await.unwrap();
        })
        .await;
        time("events of a strategy", 50, async |_| {
            s.events(&EventFilter {
                strategy: Some(id),
                ..EventFilter::default()
            })
            .await
            .unwrap();
        })
        .await;
        time("last 100 events of a stage", 50, async |_| {
            let f = EventFilter {
                stage: Some(Stage::Sweep),
                limit: 100,
                ..EventFilter::default()
            };
            s.events(&f).await.unwrap();
        })
        .await;
        time("last 100 events by time", 50, async |_| {
            let f = EventFilter {
                since: Some(10),
                limit: 100,
                ..EventFilter::default()
            };
            s.events(&f).await.unwrap();
        })
        .await;
        time("a hash that was seen", 50, async |_| {
            s.seen_program("n7").await.unwrap();
        })
        .await;
        time("the funnel", 50, async |_| {
            s.funnel(0).await.unwrap();
        })
        .await;
        time("trades of a strategy", 50, async |_| {
            s.trades(&TradeFilter {
                strategy: Some(id),
                ..TradeFilter::default()
            })
            .await
            .unwrap();
        })
        .await;
        t.store.close().await;
    }
}
