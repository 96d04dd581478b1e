//! Claims: one worker at a time, late workers fenced, completions once, poison taken out.

use sixbtc_core::model::*;
use sixbtc_core::store::*;
use sixbtc_core::testing::*;
use std::collections::BTreeSet;
use std::time::Duration;

pub const LEASE: Duration = Duration::from_mins(1);

/// Puts in `n` strategies.
pub async fn fill(store: &Store, n: u32) -> Vec<NewStrategy> {
    let all: Vec<NewStrategy> = (1..=n).map(draft).collect();
    for one in store
        .insert_many(&all, "generator@test", &[])
        .await
        .unwrap()
    {
        assert_eq!(one, Inserted::New);
    }
    all
}

pub async fn claim(store: &Store, queue: Queue, worker: &str) -> Option<Claim> {
    store.claim(queue, worker, LEASE, None).await.unwrap()
}

/// Brings all waiting ones to VALIDATED.
pub async fn validate(store: &Store) {
    while let Some(c) = claim(store, Queue::Validation, "v").await {
        store
            .complete(&c, "v", &completion(Status::Validated))
            .await
            .unwrap();
    }
}

/// A completion with everything in it.
pub fn full(run: &str) -> Completion {
    Completion {
        score: Some(61.5),
        robustness: None,
        params: Some(serde_json::json!({ "sl": 0.02 })),
        expected: Some(Figures {
            trades: 12,
            win_rate: 0.5,
            ..Figures::default()
        }),
        tested: true,
        runs: vec![NewRun {
            hash: format!("hash-{run}"),
            kind: Kind::InSample,
            from: 1,
            to: 2,
            params: serde_json::json!({}),
            dataset: "d".to_owned(),
            // a figure that is no number must not make the row unreadable
            figures: Figures {
                sharpe: f64::NAN,
                ..Figures::default()
            },
            metrics: serde_json::json!({ "x": 1 }),
        }],
        gates: vec![
            gate("in_sample.sharpe", 1.0, 0.3),
            gate("in_sample.trades", 10.0, 30.0),
        ],
        trials: vec![trial(run, "data")],
        events: vec![NewEvent {
            strategy: None,
            name: String::new(),
            stage: Stage::Sweep,
            what: "swept".to_owned(),
            outcome: Outcome::Refused,
            took_ms: Some(5),
            data: serde_json::json!({ "figure": 10.0, "threshold": 30.0, "says": "too few" }),
        }],
        ..completion(Status::Failed)
    }
}

#[tokio::test]
async fn oldest_first_and_never_two_for_one() {
    on_both(async |t| {
        let all = fill(&t.store, 3).await;
        let mut seen = Vec::new();
        while let Some(c) = claim(&t.store, Queue::Validation, "a").await {
            assert_eq!((c.attempt, c.token), (1, 1));
            assert_eq!(c.until, t.clock.now() + 60_000);
            seen.push(c.strategy.made);
        }
        assert_eq!(seen, all);
        assert!(claim(&t.store, Queue::Validation, "b").await.is_none());
        assert!(claim(&t.store, Queue::Backtest, "b").await.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_claimers_at_once_share_nothing() {
    on_both(async |t| {
        fill(&t.store, 60).await;
        let other = t.another().await;
        let mut tasks = Vec::new();
        for worker in 0..6 {
            let store = if worker % 2 == 0 { &t.store } else { &other }.clone();
            tasks.push(tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let n = 1 + worker % 3;
                    let claims = store
                        .claim_many(Queue::Validation, &format!("w{worker}"), LEASE, n)
                        .await
                        .unwrap();
                    if claims.is_empty() {
                        return mine;
                    }
                    for c in claims {
                        let done = store
                            .complete(&c, "v", &completion(Status::Validated))
                            .await;
                        assert_eq!(done.unwrap(), Done::Written);
                        mine.push(c.strategy.made.id);
                    }
                }
            }));
        }
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.unwrap());
        }
        assert_eq!(all.len(), 60);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 60);
        assert_eq!(t.store.count(Status::Validated).await.unwrap(), 60);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_late_worker_cannot_write_but_its_trials_count() {
    on_both(async |t| {
        fill(&t.store, 1).await;
        validate(&t.store).await;
        let late = claim(&t.store, Queue::Backtest, "late").await.unwrap();
        t.clock.add(61);
        // nobody cleaned up: the next claim does
        let next = claim(&t.store, Queue::Backtest, "next").await.unwrap();
        assert!(next.token > late.token);
        assert_eq!(next.attempt, 2);
        let error = t
            .store
            .complete(&late, "late", &full("r1"))
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::LeaseLost { .. }), "{error}");
        assert!(t.store.renew(&late, LEASE).await.is_err());
        t.store.hand_back(&late).await.unwrap();
        let id = late.strategy.made.id;
        assert_eq!(t.store.runs(id).await.unwrap(), []);
        assert_eq!(t.store.tally(Some("data")).await.unwrap().runs, 1);
        // the other had the same trials
        assert_eq!(
            t.store.complete(&next, "next", &full("r1")).await.unwrap(),
            Done::Written
        );
        assert_eq!(t.store.tally(Some("data")).await.unwrap().runs, 1);
        assert_eq!(t.store.tally(None).await.unwrap().points, 3);
        assert_eq!(
            t.store.strategy(id).await.unwrap().unwrap().status,
            Status::Failed
        );
    })
    .await;
}

#[tokio::test]
async fn completing_twice_changes_nothing() {
    on_both(async |t| {
        fill(&t.store, 1).await;
        validate(&t.store).await;
        let c = claim(&t.store, Queue::Backtest, "w").await.unwrap();
        let id = c.strategy.made.id;
        assert_eq!(
            t.store.complete(&c, "w", &full("r")).await.unwrap(),
            Done::Written
        );
        let once = t.store.strategy(id).await.unwrap().unwrap();
        let events = t.store.events(&EventFilter::default()).await.unwrap();
        let funnel = t.store.funnel(0).await.unwrap();
        assert_eq!(
            t.store.complete(&c, "w", &full("r")).await.unwrap(),
            Done::Already
        );
        let many = [(c.clone(), full("r"))];
        assert_eq!(
            t.store.complete_many("w", &many).await.unwrap(),
            [Done::Already]
        );
        assert_eq!(
            t.store
                .complete_into_pool(&c, "w", &full("r"), 5)
                .await
                .unwrap(),
            PoolEntry::Already
        );
        assert_eq!(t.store.strategy(id).await.unwrap().unwrap(), once);
        assert_eq!(
            t.store.events(&EventFilter::default()).await.unwrap(),
            events
        );
        assert_eq!(t.store.funnel(0).await.unwrap(), funnel);
        assert_eq!(once.params, Some(serde_json::json!({ "sl": 0.02 })));
        assert_eq!((once.score_backtest, once.robustness), (Some(61.5), None));
        assert_eq!(once.expected.unwrap().trades, 12);
        assert_eq!(once.tested_at, Some(t.clock.now()));
        let runs = t.store.runs(id).await.unwrap();
        assert_eq!(runs.len(), 1);
        assert!(runs[0].run.figures.sharpe.is_nan());
        let gates = t.store.gates(id).await.unwrap();
        assert_eq!(gates.len(), 2);
        assert_eq!(gates[1].gate, gate("in_sample.trades", 10.0, 30.0));
        let steps: Vec<_> = funnel
            .iter()
            .map(|s| (s.gate.as_str(), s.passed, s.refused))
            .collect();
        assert_eq!(
            steps,
            [
                ("generation.unique", 1, 0),
                ("in_sample", 0, 1),
                ("in_sample.sharpe", 1, 0),
                ("in_sample.trades", 0, 1),
            ]
        );
        // figures that were absent may come later: on PostgreSQL the statement was prepared without them
        let more = Completion {
            robustness: Some(0.9),
            ..full("r2")
        };
        t.store.insert(&draft(9), "g", &[]).await.unwrap();
        validate(&t.store).await;
        let c = claim(&t.store, Queue::Backtest, "w").await.unwrap();
        t.store.complete(&c, "w", &more).await.unwrap();
        let other = t.store.strategy(draft(9).id).await.unwrap().unwrap();
        assert_eq!(other.robustness, Some(0.9));
    })
    .await;
}

#[tokio::test]
async fn one_lost_claim_does_not_stop_the_others() {
    on_both(async |t| {
        fill(&t.store, 3).await;
        let old = t
            .store
            .claim_many(Queue::Validation, "w", LEASE, 1)
            .await
            .unwrap();
        t.clock.add(61);
        let new = t
            .store
            .claim_many(Queue::Validation, "v", LEASE, 9)
            .await
            .unwrap();
        assert_eq!(new.len(), 3);
        let mut work: Vec<(Claim, Completion)> = Vec::new();
        work.push((old[0].clone(), completion(Status::Validated)));
        work.extend(
            new.into_iter()
                .skip(1)
                .map(|c| (c, completion(Status::Validated))),
        );
        let done = t.store.complete_many("v", &work).await.unwrap();
        assert_eq!(done, [Done::Lost, Done::Written, Done::Written]);
        assert_eq!(t.store.count(Status::Validated).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn poison_is_taken_out_of_the_queue() {
    on_both(async |t| {
        let all = fill(&t.store, 1).await;
        for attempt in 1..=MAX_ATTEMPTS {
            let c = claim(&t.store, Queue::Validation, "w").await.unwrap();
            assert_eq!(c.attempt, attempt);
            assert_eq!(t.store.release_expired().await.unwrap(), 0);
            t.clock.add(61);
            assert_eq!(t.store.release_expired().await.unwrap(), 1);
        }
        let end = t.store.strategy(all[0].id).await.unwrap().unwrap();
        assert_eq!(
            (end.status, end.reason.as_deref()),
            (Status::Failed, Some("crashed_worker"))
        );
        assert!(claim(&t.store, Queue::Validation, "w").await.is_none());
        let filter = EventFilter {
            oldest_first: true,
            ..EventFilter::default()
        };
        let events = t.store.events(&filter).await.unwrap();
        let what: Vec<String> = events.into_iter().map(|e| e.event.what).collect();
        assert_eq!(what, ["claim_expired", "claim_expired", "crashed_worker"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_handed_back_counts_no_attempt() {
    on_both(async |t| {
        fill(&t.store, 1).await;
        for token in 1..=5 {
            let c = claim(&t.store, Queue::Validation, "w").await.unwrap();
            assert_eq!((c.attempt, c.token), (1, token));
            t.store.hand_back(&c).await.unwrap();
            assert!(
                t.store
                    .complete(&c, "w", &completion(Status::Validated))
                    .await
                    .is_err()
            );
        }
        // steps begin their own count
        let c = claim(&t.store, Queue::Validation, "w").await.unwrap();
        t.clock.add(61);
        let d = claim(&t.store, Queue::Validation, "w").await.unwrap();
        assert_eq!((c.attempt, d.attempt), (1, 2));
        t.store
            .complete(&d, "w", &completion(Status::Validated))
            .await
            .unwrap();
        assert_eq!(
            claim(&t.store, Queue::Backtest, "w").await.unwrap().attempt,
            1
        );
    })
    .await;
}

#[tokio::test]
async fn renewing_keeps_a_claim_and_clocks_that_jump_do_no_harm() {
    on_both(async |t| {
        fill(&t.store, 1).await;
        let c = claim(&t.store, Queue::Validation, "w").await.unwrap();
        t.clock.add(50);
        assert_eq!(
            t.store.renew(&c, LEASE).await.unwrap(),
            t.clock.now() + 60_000
        );
        t.clock.add(50);
        assert_eq!(t.store.release_expired().await.unwrap(), 0);
        // an hour back: the claim stays its owner's, and renewing does not shorten it
        let end = t.clock.now() + 10_000;
        t.clock.add(-3_600);
        assert_eq!(t.store.release_expired().await.unwrap(), 0);
        assert!(claim(&t.store, Queue::Validation, "thief").await.is_none());
        assert_eq!(t.store.renew(&c, LEASE).await.unwrap(), end);
        // two hours ahead: it may be taken, then the first is fenced
        t.clock.add(7_200);
        assert!(t.store.renew(&c, LEASE).await.is_ok(), "nobody took it yet");
        t.clock.add(7_200);
        let other = claim(&t.store, Queue::Validation, "other").await.unwrap();
        assert!(
            t.store
                .complete(&c, "w", &completion(Status::Validated))
                .await
                .is_err()
        );
        let done = t
            .store
            .complete(&other, "other", &completion(Status::Validated))
            .await;
        assert_eq!(done.unwrap(), Done::Written);
    })
    .await;
}

#[tokio::test]
async fn retests_come_by_the_age_of_the_last_test_also_of_a_failed_one() {
    on_both(async |t| {
        fill(&t.store, 2).await;
        validate(&t.store).await;
        while let Some(c) = claim(&t.store, Queue::Backtest, "b").await {
            let done = Completion {
                score: Some(50.0),
                ..completion(Status::Active)
            };
            t.store
                .complete_into_pool(&c, "b", &done, 10)
                .await
                .unwrap();
            t.clock.add(10);
        }
        let day = 86_400_000;
        let retest = async || {
            let old = t.clock.now() - day;
            t.store
                .claim(Queue::Retest, "r", LEASE, Some(old))
                .await
                .unwrap()
        };
        assert!(retest().await.is_none());
        t.clock.add(86_400);
        let first = retest().await.unwrap();
        assert_eq!(first.strategy.made.id, draft(1).id);
        // tested, nothing changed: still its date moves
        let done = Completion {
            tested: true,
            ..Completion::default()
        };
        t.store.complete(&first, "r", &done).await.unwrap();
        let second = retest().await.unwrap();
        assert_eq!(second.strategy.made.id, draft(2).id);
        t.store.hand_back(&second).await.unwrap();
        assert_eq!(retest().await.unwrap().strategy.made.id, draft(2).id);
    })
    .await;
}
