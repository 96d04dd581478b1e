//! Trades, positions, stops, coins, tasks, leases, control values: written once, read as written.

use rust_decimal::Decimal;
use serde_json::json;
use sixbtc_core::model::*;
use sixbtc_core::store::*;
use sixbtc_core::testing::*;
use std::time::Duration;
use uuid::Uuid;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub fn trade(n: u32) -> NewTrade {
    NewTrade {
        strategy: draft(n).id,
        strategy_name: draft(n).name,
        subaccount: 1,
        position_id: format!("p{n}"),
        symbol: "BTC".to_owned(),
        side: Side::Short,
        opened_at: 1_000 + i64::from(n),
        entry_price: dec("97123.4500"),
        size: dec("0.000123456789012345"),
        entry_order: None,
        stop: Some(dec("99000")),
        target: None,
        leverage: 3,
        entry_fee: dec("0.0054"),
        why: "RSI under 30".to_owned(),
    }
}

pub fn exit(n: i64) -> TradeExit {
    TradeExit {
        closed_at: 2_000 + n,
        exit_price: dec("96000.10"),
        exit_order: Some("o".to_owned()),
        reason: "target".to_owned(),
        exit_fee: dec("0.0053"),
        funding: dec("-0.00000001"),
        slippage: dec("0"),
        pnl: dec("0.1386"),
    }
}

pub fn position(subaccount: i64, strategy: Uuid) -> Position {
    Position {
        subaccount,
        symbol: "BTC".to_owned(),
        position_id: "p1".to_owned(),
        strategy: Some(strategy),
        side: Side::Long,
        size: dec("0.1"),
        entry_price: dec("97000"),
        opened_at: 5,
        leverage: 3,
        stop: None,
        target: Some(dec("99000.5")),
        best_price: None,
        bars_held: 0,
        client_order: Some("c".to_owned()),
        state: json!({ "trailing": false }),
        updated_at: 0,
    }
}

fn pair(key: &str, at: i64, state: ParityState) -> Parity {
    let leg = ParityLeg {
        entry_time: at - 10,
        entry_price: dec("100.5"),
        exit_time: at,
        exit_price: dec("101.25"),
        size: dec("0.3"),
        fees: dec("0.01"),
        funding: dec("-0.002"),
        pnl: dec("0.2"),
        reason: "signal".into(),
    };
    Parity {
        key: key.into(),
        strategy: draft(1).id,
        subaccount: 1,
        symbol: "BTC".into(),
        side: Side::Short,
        state,
        at,
        entry_bps: Some(1.5),
        exit_bps: None,
        live: (state != ParityState::NoTrade).then(|| leg.clone()),
        twin: (state == ParityState::Paired).then_some(leg),
    }
}

#[tokio::test]
async fn a_trade_and_its_twin_are_one_row() {
    on_both(async |t| {
        let s = &t.store;
        let waiting = pair("d/1/0", 50, ParityState::Waiting);
        s.write_parity(
            &[waiting.clone(), pair("twin/1", 40, ParityState::NoTrade)],
            &[],
        )
        .await
        .unwrap();
        let all = s.parity(&ParityFilter::default()).await.unwrap();
        assert_eq!(all[0], waiting);
        assert_eq!(all.len(), 2);
        // the twin is known now; what was known of the fills stays
        let paired = Parity {
            entry_bps: None,
            exit_bps: Some(f64::NAN),
            ..pair("d/1/0", 50, ParityState::Paired)
        };
        for _ in 0..2 {
            s.write_parity(std::slice::from_ref(&paired), &["twin/1".to_owned()])
                .await
                .unwrap();
        }
        let all = s.parity(&ParityFilter::default()).await.unwrap();
        let expected = Parity {
            entry_bps: Some(1.5),
            exit_bps: None,
            ..paired
        };
        assert_eq!(all, [expected]);
        let of = async |strategy, since| {
            let filter = ParityFilter {
                strategy,
                since,
                limit: 0,
            };
            s.parity(&filter).await.unwrap().len()
        };
        assert_eq!(of(Some(draft(1).id), Some(50)).await, 1);
        assert_eq!(of(Some(draft(1).id), Some(51)).await, 0);
        assert_eq!(of(Some(draft(2).id), None).await, 0);
    })
    .await;
}

#[tokio::test]
async fn trades_open_and_close_once_to_the_last_digit() {
    on_both(async |t| {
        let s = &t.store;
        assert!(s.open_trade(&trade(1)).await.unwrap());
        assert!(
            !s.open_trade(&NewTrade {
                leverage: 9,
                ..trade(1)
            })
            .await
            .unwrap()
        );
        assert!(s.close_trade(1, "p1", &exit(1)).await.unwrap());
        assert!(!s.close_trade(1, "p1", &exit(9)).await.unwrap());
        assert!(matches!(
            s.close_trade(1, "nobody", &exit(9)).await,
            Err(StoreError::Missing(_))
        ));
        assert!(s.upsert_trade(&trade(2), None).await.unwrap());
        assert!(s.upsert_trade(&trade(2), Some(&exit(2))).await.unwrap());
        assert!(!s.upsert_trade(&trade(2), Some(&exit(2))).await.unwrap());
        s.open_trade(&trade(3)).await.unwrap();
        let all = s.trades(&TradeFilter::default()).await.unwrap();
        let ids: Vec<_> = all.iter().map(|t| t.entry.position_id.as_str()).collect();
        assert_eq!(ids, ["p3", "p2", "p1"]);
        assert_eq!((&all[2].entry, &all[2].exit), (&trade(1), &Some(exit(1))));
        assert_eq!(all[0].exit, None);
        let count = async |f: TradeFilter| s.trades(&f).await.unwrap().len();
        let any = TradeFilter::default;
        assert_eq!(
            count(TradeFilter {
                open: Some(true),
                ..any()
            })
            .await,
            1
        );
        assert_eq!(
            count(TradeFilter {
                open: Some(false),
                ..any()
            })
            .await,
            2
        );
        assert_eq!(
            count(TradeFilter {
                closed_since: Some(2_002),
                ..any()
            })
            .await,
            1
        );
        let both = TradeFilter {
            strategy: Some(draft(1).id),
            subaccount: Some(1),
            ..any()
        };
        assert_eq!(count(both).await, 1);
        let page = TradeFilter {
            before: Some(all[0].id),
            limit: 1,
            ..any()
        };
        assert_eq!(s.trades(&page).await.unwrap()[0], all[1]);
    })
    .await;
}

#[tokio::test]
async fn positions_and_stops_survive_as_written() {
    on_both(async |t| {
        let s = &t.store;
        let mut p = position(4, draft(1).id);
        s.set_position(&p).await.unwrap();
        (p.best_price, p.bars_held) = (Some(dec("98000.25")), 7);
        s.set_position(&p).await.unwrap();
        p.updated_at = t.clock.now();
        assert_eq!(s.positions(None).await.unwrap(), [p]);
        assert_eq!(s.positions(Some(5)).await.unwrap(), []);

        let halt = Emergency {
            scope: "portfolio".to_owned(),
            scope_id: String::new(),
            cause: "daily_loss".to_owned(),
            action: StopAction::HaltEntries,
            reason: "10 % lost since midnight".to_owned(),
            since: 5,
            cooldown_until: Some(9),
            reset: "midnight".to_owned(),
            data: json!({ "loss": "0.101" }),
        };
        // a mild stop does not hide a severe one
        let close = Emergency {
            cause: "drawdown".to_owned(),
            action: StopAction::ForceClose,
            cooldown_until: None,
            ..halt.clone()
        };
        assert!(s.set_emergency(&halt).await.unwrap());
        assert!(
            !s.set_emergency(&Emergency {
                since: 6,
                ..halt.clone()
            })
            .await
            .unwrap()
        );
        assert!(s.set_emergency(&close).await.unwrap());
        assert_eq!(s.emergencies().await.unwrap(), [halt, close.clone()]);
        assert!(
            s.clear_emergency("portfolio", "", "daily_loss")
                .await
                .unwrap()
        );
        assert!(
            !s.clear_emergency("portfolio", "", "daily_loss")
                .await
                .unwrap()
        );
        assert_eq!(s.emergencies().await.unwrap(), [close]);
    })
    .await;
}

#[tokio::test]
async fn coins_drop_out_but_stay() {
    on_both(async |t| {
        let s = &t.store;
        let coin = |symbol: &str, days| Coin {
            symbol: symbol.to_owned(),
            max_leverage: 40,
            volume_24h: dec("1234567.89"),
            price: dec("0.0000012"),
            active: true,
            coverage_days: days,
            listed_at: None,
            updated_at: t.clock.now(),
            data: serde_json::Value::Null,
        };
        let done = s
            .upsert_coins(&[coin("ETH", None), coin("BTC", Some(180.0))])
            .await
            .unwrap();
        assert_eq!(
            (done.total, done.new, done.updated, done.deactivated),
            (2, 2, 0, 0)
        );
        let done = s
            .upsert_coins(&[coin("BTC", None), coin("SOL", None)])
            .await
            .unwrap();
        assert_eq!((done.new, done.updated, done.deactivated), (1, 1, 1));
        let active = s.coins(true).await.unwrap();
        assert_eq!(active, [coin("BTC", Some(180.0)), coin("SOL", None)]);
        assert_eq!(s.coins(false).await.unwrap().len(), 3);
        s.set_coverage("SOL", 12.5).await.unwrap();
        assert_eq!(s.coins(true).await.unwrap()[1].coverage_days, Some(12.5));

        let set = Dataset {
            symbol: "BTC".to_owned(),
            timeframe: "15m".to_owned(),
            source: "sample".to_owned(),
            from: 1,
            to: 2,
            bars: 3,
            hash: "h".to_owned(),
            complete: true,
            updated_at: t.clock.now(),
        };
        s.set_datasets(&[
            Dataset {
                hash: "old".to_owned(),
                ..set.clone()
            },
            set.clone(),
        ])
        .await
        .unwrap();
        assert_eq!(s.datasets().await.unwrap(), [set]);
        let regime = RegimeRow {
            symbol: "BTC".to_owned(),
            regime: "TREND".to_owned(),
            direction: "LONG".to_owned(),
            strength: 0.75,
            days: 91,
            at: 4,
            data: json!({ "breakout": 8.5 }),
        };
        s.set_regimes(std::slice::from_ref(&regime)).await.unwrap();
        s.set_regimes(std::slice::from_ref(&regime)).await.unwrap();
        assert_eq!(s.regimes().await.unwrap(), [regime]);
    })
    .await;
}

const LEASE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn tasks_run_once_each_time_they_are_due() {
    on_both(async |t| {
        let s = &t.store;
        let now = t.clock.now();
        assert!(s.add_task("download", now + 10_000).await.unwrap());
        assert!(!s.add_task("download", 0).await.unwrap());
        assert!(s.claim_task("a", LEASE).await.unwrap().is_none());
        t.clock.add(11);
        let first = s.claim_task("a", LEASE).await.unwrap().unwrap();
        assert_eq!(
            (first.due_at, first.attempt, first.token),
            (now + 10_000, 1, 1)
        );
        assert!(s.claim_task("b", LEASE).await.unwrap().is_none());
        assert!(s.renew_task(&first, LEASE).await.is_ok());
        // its worker vanishes: the other takes over, and the first is fenced
        t.clock.add(61);
        let second = s.claim_task("b", LEASE).await.unwrap().unwrap();
        assert_eq!(second.attempt, 2);
        let good = TaskEnd {
            error: None,
            data: json!({ "files": 3 }),
        };
        assert!(matches!(
            s.finish_task(&first, &good, now).await,
            Err(StoreError::LeaseLost { .. })
        ));
        // somebody asks for it while it runs: it runs once more
        s.trigger_task("download", "operator").await.unwrap();
        s.finish_task(&second, &good, now + 1_000_000_000)
            .await
            .unwrap();
        s.finish_task(&second, &good, now + 1_000_000_000)
            .await
            .unwrap();
        let third = s.claim_task("a", LEASE).await.unwrap().unwrap();
        assert_eq!(third.triggered_by.as_deref(), Some("operator"));
        let bad = TaskEnd {
            error: Some("no network".to_owned()),
            data: json!(null),
        };
        s.finish_task(&third, &bad, now + 1_000_000_000)
            .await
            .unwrap();
        assert!(s.claim_task("a", LEASE).await.unwrap().is_none());
        s.trigger_task("download", "operator").await.unwrap();
        assert!(s.claim_task("a", LEASE).await.unwrap().is_some());
        assert!(matches!(
            s.trigger_task("none", "x").await,
            Err(StoreError::Missing(_))
        ));
        let runs = s.task_runs(Some("download"), 10).await.unwrap();
        let ended: Vec<_> = runs.iter().map(|r| r.status).collect();
        assert_eq!(
            ended,
            [
                TaskStatus::Running,
                TaskStatus::Failed,
                TaskStatus::Done,
                TaskStatus::Crashed
            ]
        );
        assert_eq!(runs[1].error.as_deref(), Some("no network"));
        assert_eq!(runs[2].data, json!({ "files": 3 }));
        assert_eq!(s.task_runs(None, 2).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn old_runs_go_but_the_last_of_each_task() {
    on_both(async |t| {
        let s = &t.store;
        let run = async |task: &str| {
            s.trigger_task(task, "test").await.unwrap();
            let claim = s.claim_task("a", LEASE).await.unwrap().unwrap();
            assert_eq!(claim.name, task);
            s.finish_task(&claim, &TaskEnd::default(), i64::MAX)
                .await
                .unwrap();
        };
        for task in ["often", "seldom"] {
            s.add_task(task, i64::MAX).await.unwrap();
        }
        run("seldom").await;
        for _ in 0..3 {
            run("often").await;
        }
        t.clock.add(86_400);
        run("often").await;
        let day_ago = t.clock.now() - 1_000;
        s.trigger_task("often", "test").await.unwrap();
        let under_way = s.claim_task("a", LEASE).await.unwrap().unwrap();
        assert_eq!(s.prune_task_runs(day_ago).await.unwrap(), 3);
        assert_eq!(s.prune_task_runs(day_ago).await.unwrap(), 0);
        assert_eq!(s.task_runs(Some("often"), 10).await.unwrap().len(), 2);
        assert_eq!(s.task_runs(Some("seldom"), 10).await.unwrap().len(), 1);
        // what is under way stays, and can be ended
        t.clock.add(30);
        s.prune_task_runs(t.clock.now()).await.unwrap();
        let end = TaskEnd::default();
        s.finish_task(&under_way, &end, i64::MAX).await.unwrap();
        assert_eq!(s.task_runs(Some("often"), 10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn one_instance_has_the_right() {
    on_both(async |t| {
        let s = &t.store;
        let other = t.another().await;
        let a = s.lease("executor", "a", LEASE).await.unwrap().unwrap();
        assert!(other.lease("executor", "b", LEASE).await.unwrap().is_none());
        t.clock.add(30);
        let again = s.lease("executor", "a", LEASE).await.unwrap().unwrap();
        assert_eq!((again.token, again.until), (a.token, a.until + 30_000));
        // back an hour: it does not become shorter, nobody else gets it
        t.clock.add(-3_600);
        let same = s.lease("executor", "a", LEASE).await.unwrap().unwrap();
        assert_eq!(same.until, again.until);
        assert!(other.lease("executor", "b", LEASE).await.unwrap().is_none());
        t.clock.add(3_600 + 61);
        let b = other.lease("executor", "b", LEASE).await.unwrap().unwrap();
        assert!(b.token > a.token);
        assert!(s.lease("executor", "a", LEASE).await.unwrap().is_none());
        s.release_lease(&again).await.unwrap();
        assert_eq!(s.leases().await.unwrap(), std::slice::from_ref(&b));
        other.release_lease(&b).await.unwrap();
        assert_eq!(s.leases().await.unwrap(), []);
        let a = s.lease("executor", "a", LEASE).await.unwrap().unwrap();
        assert!(a.token > b.token);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn heartbeats_snapshots_control_and_settings() {
    on_both(async |t| {
        let s = &t.store;
        s.heartbeat("api", "api@h:1", &json!(1)).await.unwrap();
        s.heartbeat("api", "api@h:1", &json!(2)).await.unwrap();
        let beats = s.heartbeats().await.unwrap();
        assert_eq!((beats.len(), &beats[0].state), (1, &json!(2)));
        assert_eq!(s.forget_heartbeats(t.clock.now() + 1).await.unwrap(), 1);

        for at in [10, 20, 20, 30] {
            let snapshot = Snapshot {
                subject: "pipeline".to_owned(),
                grain: Grain::Raw,
                at,
                data: json!({ "at": at, "odd": "a\u{0}b" }),
            };
            s.snapshot(&snapshot).await.unwrap();
        }
        let some = s.snapshots("pipeline", Grain::Raw, 10, 30).await.unwrap();
        assert_eq!(some.iter().map(|s| s.at).collect::<Vec<_>>(), [10, 20]);
        assert_eq!(some[0].data["odd"], "a\u{0}b");
        assert_eq!(s.prune_snapshots(Grain::Raw, 30).await.unwrap(), 2);

        assert_eq!(s.control("bandit").await.unwrap(), None);
        assert_eq!(
            s.set_control("bandit", &json!([1]), Some(0), "g")
                .await
                .unwrap(),
            1
        );
        for wrong in [Some(0), Some(2), Some(7)] {
            let error = s
                .set_control("bandit", &json!([9]), wrong, "g")
                .await
                .unwrap_err();
            assert!(matches!(error, StoreError::Conflict(_)), "{error}");
        }
        assert!(
            s.set_control("other", &json!(1), Some(3), "g")
                .await
                .is_err()
        );
        assert_eq!(
            s.set_control("bandit", &json!([2]), Some(1), "g")
                .await
                .unwrap(),
            2
        );
        assert_eq!(
            s.set_control("bandit", &json!([3]), None, "g")
                .await
                .unwrap(),
            3
        );
        let control = s.control("bandit").await.unwrap().unwrap();
        assert_eq!((control.value, control.version), (json!([3]), 3));
        assert_eq!(s.controls("ban").await.unwrap().len(), 1);

        let one = s
            .add_config("x", &json!({ "a": 1 }), &json!([]))
            .await
            .unwrap();
        assert_eq!(
            s.add_config("x", &json!({ "a": 1 }), &json!([]))
                .await
                .unwrap(),
            one
        );
        assert!(
            s.add_config("x", &json!({ "a": 2 }), &json!(["a"]))
                .await
                .unwrap()
                > one
        );
        assert_eq!(s.configs(9).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn the_ledger_keeps_each_run_once_and_reports_one_that_differs() {
    on_both(async |t| {
        let s = &t.store;
        let other = trial("b", "y");
        assert_eq!(
            s.enter_trials("w", &[trial("a", "x"), trial("a", "x"), other])
                .await
                .unwrap(),
            2
        );
        let mut odd = trial("a", "x");
        odd.points = 99;
        assert_eq!(s.enter_trials("w", &[odd]).await.unwrap(), 0);
        let events = s.events(&EventFilter::default()).await.unwrap();
        assert_eq!(events[0].event.what, "trial_conflict");
        let ledger = s.trials("x").await.unwrap();
        assert_eq!(ledger.records().collect::<Vec<_>>(), [&trial("a", "x")]);
        let scope = sixbtc_judgement::pipeline::ledger::Scope::All;
        assert_eq!(s.tally(Some("x")).await.unwrap(), ledger.tally(scope));
        assert_eq!(s.tally(None).await.unwrap().runs, 2);
        assert_eq!(s.tally(Some("z")).await.unwrap().runs, 0);
        let mut broken = trial("c", "x");
        broken.run.clear();
        assert!(matches!(
            s.enter_trials("w", &[broken]).await,
            Err(StoreError::Value(_))
        ));
    })
    .await;
}

#[tokio::test]
async fn lists_come_in_pages() {
    on_both(async |t| {
        let s = &t.store;
        for n in 1..=5 {
            s.insert(&draft(n), "g", &[]).await.unwrap();
            t.clock.add(i64::from(n % 2));
        }
        super::claims::validate(s).await;
        for score in [Some(3.0), Some(3.0), None, Some(9.0), None] {
            let c = super::claims::claim(s, Queue::Backtest, "b").await.unwrap();
            let done = Completion {
                score,
                ..completion(Status::Active)
            };
            s.complete(&c, "b", &done).await.unwrap();
        }
        for (order, expected) in [
            (Order::Oldest, [1, 2, 3, 4, 5]),
            (Order::Newest, [5, 4, 3, 2, 1]),
            (Order::Score, [4, 1, 2, 3, 5]),
        ] {
            let (mut after, mut all) = (None, Vec::new());
            loop {
                let filter = Filter {
                    status: Some(Status::Active),
                    source: Some(SourceName::PandasTa),
                    kind: Some(StrategyType::Momentum),
                    timeframe: Some("15m".to_owned()),
                    order,
                    limit: 2,
                    after,
                };
                let page = s.list(&filter).await.unwrap();
                let Some(last) = page.last() else { break };
                after = Some(last.made.id);
                all.extend(page.iter().map(|s| s.made.id));
            }
            assert_eq!(all, expected.map(|n| draft(n).id), "{order:?}");
        }
        let none = Filter {
            source: Some(SourceName::Unger),
            ..Filter::default()
        };
        assert_eq!(s.list(&none).await.unwrap(), []);
        assert_eq!(
            s.by_name(&draft(2).name).await.unwrap().unwrap().made,
            draft(2)
        );
        assert_eq!(s.by_name("nobody").await.unwrap(), None);
        s.record(
            "x",
            &(1..=5)
                .map(|n| event(&draft(n), Stage::Pool, "n"))
                .collect::<Vec<_>>(),
        )
        .await
        .unwrap();
        let first = s
            .events(&EventFilter {
                limit: 2,
                oldest_first: true,
                ..EventFilter::default()
            })
            .await
            .unwrap();
        let rest = EventFilter {
            after: Some(first[1].id),
            stage: Some(Stage::Pool),
            ..EventFilter::default()
        };
        assert_eq!(s.events(&rest).await.unwrap().len(), 3);
        let now = t.clock.now();
        let then = EventFilter {
            since: Some(now),
            until: Some(now + 1),
            ..EventFilter::default()
        };
        assert_eq!(s.events(&then).await.unwrap().len(), 5);
        let then = EventFilter {
            until: Some(now),
            ..EventFilter::default()
        };
        assert_eq!(s.events(&then).await.unwrap().len(), 0);
    })
    .await;
}
