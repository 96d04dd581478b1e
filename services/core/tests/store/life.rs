//! From birth to the grave: making, the pool, the market, retirement.

use super::claims::{LEASE, claim, fill, validate};
use sixbtc_core::model::*;
use sixbtc_core::store::*;
use sixbtc_core::testing::*;

/// Brings the `n`-th strategy into the pool with a score.
async fn pooled(store: &Store, n: u32, score: f64, capacity: u64) -> PoolEntry {
    store.insert(&draft(n), "g", &[]).await.unwrap();
    validate(store).await;
    let c = claim(store, Queue::Backtest, "b").await.unwrap();
    let done = Completion {
        score: Some(score),
        ..completion(Status::Active)
    };
    store
        .complete_into_pool(&c, "b", &done, capacity)
        .await
        .unwrap()
}

fn promoted(n: u32) -> NewEvent {
    event(&draft(n), Stage::Deployment, "promoted")
}

#[tokio::test]
async fn nothing_is_made_twice_not_even_after_its_death() {
    on_both(async |t| {
        let (a, mut same, mut alike, mut named) = (draft(1), draft(2), draft(3), draft(4));
        same.normal_hash = a.normal_hash.clone();
        alike.behaviour_hash = a.behaviour_hash.clone();
        named.name = a.name.clone();
        let made = [event(&a, Stage::Generation, "created")];
        assert_eq!(t.store.insert(&a, "g", &made).await.unwrap(), Inserted::New);
        let try_all = async || {
            let all = [a.clone(), same.clone(), alike.clone()];
            t.store.insert_many(&all, "g", &made).await.unwrap()
        };
        let expected = [
            Inserted::SameId,
            Inserted::SameProgram(a.id),
            Inserted::SameBehaviour(a.id),
        ];
        assert_eq!(try_all().await, expected);
        assert_eq!(
            t.store.insert(&named, "g", &[]).await.unwrap(),
            Inserted::SameName(a.id)
        );
        assert_eq!(
            t.store.events(&EventFilter::default()).await.unwrap().len(),
            1
        );
        // after it failed and was cleared away
        let c = claim(&t.store, Queue::Validation, "v").await.unwrap();
        t.store
            .complete(&c, "v", &completion(Status::Failed))
            .await
            .unwrap();
        t.clock.add(10);
        assert_eq!(
            t.store
                .purge(Status::Failed, t.clock.now(), 10)
                .await
                .unwrap(),
            1
        );
        assert_eq!(t.store.strategy(a.id).await.unwrap(), None);
        assert_eq!(try_all().await, expected);
        let events = EventFilter {
            strategy: Some(a.id),
            ..EventFilter::default()
        };
        assert_eq!(t.store.events(&events).await.unwrap().len(), 1);
        assert!(
            t.store
                .purge(Status::Active, t.clock.now(), 10)
                .await
                .is_ok()
        );
        let steps = t.store.funnel(0).await.unwrap();
        assert_eq!((steps[0].passed, steps[0].refused), (1, 5));
    })
    .await;
}

#[tokio::test]
async fn a_full_pool_gives_its_worst_for_a_better_one() {
    on_both(async |t| {
        assert_eq!(pooled(&t.store, 1, 50.0, 2).await, PoolEntry::Entered);
        assert_eq!(pooled(&t.store, 2, 60.0, 2).await, PoolEntry::Entered);
        assert_eq!(
            pooled(&t.store, 3, 50.0, 2).await,
            PoolEntry::Full { worst: 50.0 }
        );
        // the worst is being tested again just now
        t.clock.add(10);
        let retest = claim(&t.store, Queue::Retest, "r").await.unwrap();
        assert_eq!(retest.strategy.made.id, draft(1).id);
        assert_eq!(
            pooled(&t.store, 4, 55.0, 2).await,
            PoolEntry::EnteredEvicting(draft(1).id)
        );
        assert!(matches!(
            t.store
                .complete(&retest, "r", &super::claims::full("r"))
                .await,
            Err(StoreError::LeaseLost { .. })
        ));
        let of = async |n| t.store.strategy(draft(n).id).await.unwrap().unwrap();
        let (first, third) = (of(1).await, of(3).await);
        assert_eq!(
            (first.status, first.reason.as_deref()),
            (Status::Retired, Some("evicted"))
        );
        assert_eq!(
            (third.status, third.reason.as_deref()),
            (Status::Failed, Some("pool_full"))
        );
        let gates = t.store.gates(draft(3).id).await.unwrap();
        assert_eq!(
            (gates[0].gate.name.as_str(), gates[0].gate.threshold),
            ("pool.score", 50.0)
        );
        assert_eq!(t.store.count(Status::Active).await.unwrap(), 2);
        assert_eq!(
            pooled(&t.store, 5, 99.0, 0).await,
            PoolEntry::EnteredEvicting(draft(4).id)
        );
        let events = EventFilter {
            stage: Some(Stage::Pool),
            ..EventFilter::default()
        };
        assert_eq!(t.store.events(&events).await.unwrap().len(), 7);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_pool_never_overflows_however_many_enter() {
    on_both(async |t| {
        fill(&t.store, 20).await;
        validate(&t.store).await;
        let other = t.another().await;
        let mut tasks = Vec::new();
        for worker in 0..4 {
            let store = if worker % 2 == 0 { &t.store } else { &other }.clone();
            tasks.push(tokio::spawn(async move {
                while let Some(c) = claim(&store, Queue::Backtest, "b").await {
                    let score = f64::from(c.strategy.made.id.as_u128() as u32 % 100);
                    let done = Completion {
                        score: Some(score),
                        ..completion(Status::Active)
                    };
                    store.complete_into_pool(&c, "b", &done, 5).await.unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let best = Filter {
            status: Some(Status::Active),
            order: Order::Score,
            ..Filter::default()
        };
        let scores: Vec<_> = t.store.list(&best).await.unwrap();
        let scores: Vec<_> = scores.iter().map(|s| s.score_backtest.unwrap()).collect();
        assert_eq!(scores, [20.0, 19.0, 18.0, 17.0, 16.0]);
        let counts = t.store.counts().await.unwrap();
        assert_eq!(counts[&Status::Retired] + counts[&Status::Failed], 15);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn onto_a_subaccount_and_off_it() {
    on_both(async |t| {
        for n in 1..=2 {
            pooled(&t.store, n, 50.0, 9).await;
        }
        let capital = "62.500".parse().unwrap();
        let (a, b) = (draft(1).id, draft(2).id);
        let go = async |id, seat, n| {
            t.store
                .promote(id, seat, capital, "rotator", &promoted(n))
                .await
        };
        assert!(matches!(go(a, 1, 1).await, Err(StoreError::Missing(_))));
        t.store.set_subaccount(&Subaccount::new(1)).await.unwrap();
        go(a, 1, 1).await.unwrap();
        assert!(matches!(go(b, 1, 2).await, Err(StoreError::Conflict(_))));
        assert!(matches!(go(a, 1, 1).await, Err(StoreError::Illegal(_))));
        let live = t.store.strategy(a).await.unwrap().unwrap();
        let trading = live.trading.unwrap();
        assert_eq!(
            (trading.subaccount, trading.live_since),
            (Some(1), t.clock.now())
        );
        let seat = t.store.subaccounts().await.unwrap().remove(0);
        assert_eq!(
            (seat.strategy, seat.allocated.to_string()),
            (Some(a), "62.500".to_owned())
        );
        // its money is written by another service: who sits there stays
        t.store
            .set_subaccount(&Subaccount {
                balance: Some("61.123456789".parse().unwrap()),
                ..seat
            })
            .await
            .unwrap();
        let seat = t.store.subaccounts().await.unwrap().remove(0);
        assert_eq!(
            (seat.strategy, seat.balance.unwrap().to_string()),
            (Some(a), "61.123456789".to_owned())
        );
        let better = Trading {
            score: Some(70.0),
            pnl_usd: 3.0,
            ..trading
        };
        t.store.note_live(a, &better).await.unwrap();
        assert!(t.store.note_live(b, &better).await.is_err());
        assert_eq!(
            t.store.strategy(a).await.unwrap().unwrap().trading,
            Some(better)
        );

        // with a position open it does not leave, unless it closes
        t.store
            .set_position(&super::rows::position(1, a))
            .await
            .unwrap();
        let retired = event(&draft(1), Stage::Live, "retired");
        let error = t
            .store
            .retire(a, "live_degraded", "m", &retired)
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::Illegal(_)), "{error}");
        t.store
            .retire_closing(a, "live_degraded", "m", &retired)
            .await
            .unwrap();
        t.store
            .retire_closing(a, "live_degraded", "m", &retired)
            .await
            .unwrap();
        let seat = t.store.subaccounts().await.unwrap().remove(0);
        assert_eq!(
            (seat.status, seat.strategy),
            (SubaccountStatus::Closing, Some(a))
        );
        assert!(matches!(go(b, 1, 2).await, Err(StoreError::Conflict(_))));
        assert!(t.store.close_position(1, "BTC").await.unwrap());
        assert!(!t.store.close_position(1, "BTC").await.unwrap());
        let seat = t.store.subaccounts().await.unwrap().remove(0);
        assert_eq!(
            (seat.status, seat.strategy),
            (SubaccountStatus::Active, None)
        );
        let events = EventFilter {
            what: Some("retired".to_owned()),
            ..EventFilter::default()
        };
        assert_eq!(t.store.events(&events).await.unwrap().len(), 1);

        // one that is being tested waits for the end of it
        t.clock.add(5);
        let c = t
            .store
            .claim(Queue::Retest, "r", LEASE, None)
            .await
            .unwrap()
            .unwrap();
        assert!(matches!(go(b, 1, 2).await, Err(StoreError::Conflict(_))));
        t.store
            .complete(&c, "r", &Completion::default())
            .await
            .unwrap();
        go(b, 1, 2).await.unwrap();
        t.store
            .retire(b, "live_degraded", "m", &promoted(2))
            .await
            .unwrap();
        assert_eq!(t.store.subaccounts().await.unwrap()[0].strategy, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_subaccount_takes_one_however_many_want_it() {
    on_both(async |t| {
        for n in 1..=4 {
            pooled(&t.store, n, 50.0, 9).await;
        }
        t.store.set_subaccount(&Subaccount::new(1)).await.unwrap();
        let tasks: Vec<_> = (1..=4)
            .map(|n| {
                let store = t.store.clone();
                tokio::spawn(async move {
                    store
                        .promote(draft(n).id, 1, 1.into(), "r", &promoted(n))
                        .await
                })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => won += 1,
                Err(e) => assert!(matches!(e, StoreError::Conflict(_)), "{e}"),
            }
        }
        assert_eq!(won, 1);
        assert_eq!(t.store.count(Status::Live).await.unwrap(), 1);
    })
    .await;
}
