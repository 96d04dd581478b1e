//! From the pool to the market and off it, with all three services.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod factory;

use factory::{Factory, LOSER};
use rust_decimal::Decimal;
use sixbtc_core::model::{Emergency, Stage, Status, StopAction};
use sixbtc_core::store::EventFilter;
use sixbtc_core::venue::{Desk, Transfer};
use sixbtc_executor::Trader;
use sixbtc_monitor::Watcher;
use std::pin::Pin;
use std::task::{Context, Poll};

async fn rotate(f: &Factory, by: &str) -> sixbtc_rotator::Rotated {
    let mut desk = Desk::open(&f.store, &f.settings, by).await.unwrap();
    sixbtc_rotator::round(&f.store, &mut desk, &f.settings, by)
        .await
        .unwrap()
}

async fn balances(f: &Factory) -> (Decimal, Decimal) {
    let desk = Desk::open(&f.store, &f.settings, "test").await.unwrap();
    let subaccounts = desk.venue.subaccounts().await.unwrap();
    let held = subaccounts.iter().map(|b| b.balance).sum();
    (desk.venue.master().await.unwrap().equity, held)
}

fn halt(action: StopAction) -> Emergency {
    Emergency {
        scope: "portfolio".into(),
        scope_id: String::new(),
        cause: "operator".into(),
        action,
        reason: "a test".into(),
        since: 1,
        cooldown_until: None,
        reset: "operator".into(),
        data: serde_json::json!({}),
    }
}

/// A round of the executor by one that was just started, as after a kill.
async fn fresh(f: &Factory) {
    Trader::default()
        .round(&f.store, &f.settings, "executor")
        .await
        .unwrap();
}

#[tokio::test]
async fn the_pool_must_be_full_enough_and_two_rotators_promote_nothing_twice() {
    let f = Factory::new().await;
    f.pool(3).await;
    assert_eq!(rotate(&f, "one").await.idle, Some("the pool is too small"));
    for n in 4..=12 {
        f.pooled(n, LOSER, &["FALL"], 0).await;
    }
    let (a, b) = tokio::join!(rotate(&f, "one"), rotate(&f, "two"));
    let mut promoted: Vec<_> = a.promoted.iter().chain(&b.promoted).map(|p| p.0).collect();
    promoted.sort_unstable();
    let all = promoted.len();
    promoted.dedup();
    assert_eq!(promoted.len(), all, "promoted twice");
    // whoever of the two came second at a place leaves it to the next round
    rotate(&f, "one").await;
    let counts = f.store.counts().await.unwrap();
    assert_eq!(counts.get(&Status::Live).copied().unwrap_or(0), 8);
    let seats = f.store.subaccounts().await.unwrap();
    let mut seated: Vec<_> = seats.iter().filter_map(|s| s.strategy).collect();
    seated.sort_unstable();
    seated.dedup();
    assert_eq!(seated.len(), 8);
    let allocated: Decimal = seats.iter().map(|s| s.allocated).sum();
    let (master, held) = balances(&f).await;
    assert_eq!((allocated, master + held), (held, Decimal::from(90_000)));
    let told = EventFilter {
        stage: Some(Stage::Deployment),
        what: Some("rotation".into()),
        ..EventFilter::default()
    };
    let events = f.store.events(&told).await.unwrap();
    let passed_over = events[0].event.data["passed_over"].as_array().unwrap();
    assert!(!passed_over.is_empty() && passed_over.iter().all(|p| p["why"].is_string()));
    assert_eq!(rotate(&f, "one").await.idle, Some("every place is taken"));
}

#[derive(Clone, Copy)]
enum Executors {
    Lasting,
    Fresh,
    TwoAtOnce,
}

#[tokio::test]
async fn money_of_a_rotator_that_died_before_it_promoted_comes_back() {
    let f = Factory::new().await;
    f.pool(4).await;
    let desk = Desk::open(&f.store, &f.settings, "test").await.unwrap();
    let lost = Transfer {
        after: 0,
        subaccount: 3,
        amount: Decimal::from(80_000),
    };
    assert!(desk.venue.transfer(lost).await.unwrap());
    let rotated = rotate(&f, "rotator").await;
    // a fifth of the whole each: one share stays
    let shares: Vec<Decimal> = rotated.promoted.iter().map(|p| p.2).collect();
    assert_eq!(shares, [Decimal::from(18_000); 4]);
    assert_eq!(
        balances(&f).await,
        (Decimal::from(18_000), Decimal::from(72_000))
    );
}

#[tokio::test]
async fn a_restart_at_any_point_makes_the_same_trades() {
    let mut ledgers = Vec::new();
    for executors in [Executors::Lasting, Executors::Fresh, Executors::TwoAtOnce] {
        let mut f = Factory::new().await;
        f.settings.rotator.min_pool_size = 2;
        f.pool(2).await;
        assert_eq!(rotate(&f, "rotator").await.promoted.len(), 2);
        let mut lasting = Trader::default();
        // ten days, a round every four hours
        for _ in 0..60 {
            f.pass(8);
            match executors {
                Executors::Lasting => lasting
                    .round(&f.store, &f.settings, "executor")
                    .await
                    .unwrap(),
                Executors::Fresh => fresh(&f).await,
                // one lost its lease and does not know it yet
                Executors::TwoAtOnce => {
                    tokio::join!(fresh(&f), fresh(&f));
                }
            }
        }
        ledgers.push((f.trades().await, balances(&f).await));
    }
    assert!(ledgers[0].0.len() > 30, "{}", ledgers[0].0.len());
    assert_eq!(ledgers[0], ledgers[1]);
    assert_eq!(ledgers[0], ledgers[2]);
}

/// A future that is dropped after so many wake-ups: at that await its process was killed.
struct Mortal<F> {
    inner: Pin<Box<F>>,
    left: usize,
}

impl<F: Future> Future for Mortal<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(left) = self.left.checked_sub(1) else {
            return Poll::Ready(None);
        };
        self.left = left;
        self.inner.as_mut().poll(cx).map(Some)
    }
}

#[tokio::test]
async fn a_round_that_dies_half_way_is_made_whole_by_the_next() {
    let mut outcomes = Vec::new();
    for mortal in [true, false] {
        let mut f = Factory::new().await;
        f.settings.rotator.min_pool_size = 2;
        f.pool(2).await;
        rotate(&f, "rotator").await;
        fresh(&f).await;
        let mut killed = 0;
        for n in 0..60 {
            f.pass(8);
            // the market goes on while somebody looks
            let mut desk = Desk::open(&f.store, &f.settings, "test").await.unwrap();
            desk.now(&f.store).await.unwrap();
            if !mortal {
                continue;
            }
            let mut trader = Trader::default();
            let round = Mortal {
                inner: Box::pin(trader.round(&f.store, &f.settings, "executor")),
                left: (n * 37) % 200,
            };
            match round.await {
                None => killed += 1,
                Some(done) => done.unwrap(),
            }
        }
        assert!(!mortal || killed > 20, "{killed}");
        fresh(&f).await;
        outcomes.push((f.trades().await, balances(&f).await));
    }
    assert!(outcomes[0].0.len() > 30);
    assert_eq!(outcomes[0], outcomes[1]);
}

#[tokio::test]
async fn what_degrades_is_closed_then_retired_and_its_place_is_free() {
    let f = Factory::new().await;
    f.pool(3).await;
    let loser = f.pooled(9, LOSER, &["FALL"], 480).await;
    assert_eq!(rotate(&f, "rotator").await.promoted.len(), 4);
    let mut watcher = Watcher::default();
    let mut closed_while_live = false;
    for _ in 0..200 {
        f.pass(2);
        fresh(&f).await;
        watcher
            .round(&f.store, &f.settings, "monitor")
            .await
            .unwrap();
        let s = f.strategy(loser).await;
        if s.status == Status::Retired {
            break;
        }
        closed_while_live |= s.trading.unwrap().figures.trades >= 10;
    }
    let s = f.strategy(loser).await;
    assert_eq!(
        (s.status, s.reason.as_deref()),
        (Status::Retired, Some("live_degraded"))
    );
    assert!(closed_while_live);
    let trading = s.trading.unwrap();
    assert!(trading.figures.trades >= 10 && trading.pnl_usd < 0.0);
    assert_eq!((trading.subaccount, trading.figures.win_rate), (None, 0.0));
    let seats = f.store.subaccounts().await.unwrap();
    assert!(seats.iter().all(|seat| seat.strategy != Some(loser)));
    let mine: Vec<_> = f
        .trades()
        .await
        .into_iter()
        .filter(|t| t.entry.strategy == loser)
        .collect();
    assert!(
        mine.iter().all(|t| t.exit.is_some()),
        "left with an open trade"
    );
    // its money is back, to the cent of what it lost
    let (master, held) = balances(&f).await;
    let lost: Decimal = f
        .trades()
        .await
        .iter()
        .filter_map(|t| Some(t.exit.as_ref()?.pnl))
        .sum();
    let open_fees: Decimal = f
        .trades()
        .await
        .iter()
        .filter(|t| t.exit.is_none())
        .map(|t| t.entry.entry_fee)
        .sum();
    let drift = (master + held - Decimal::from(90_000) - lost + open_fees).abs();
    assert!(drift < Decimal::new(1, 2), "{drift}");
    let alerts = sixbtc_core::shared::read::<sixbtc_core::alerts::Queue>(
        &f.store,
        sixbtc_core::alerts::CONTROL_KEY,
    )
    .await
    .unwrap()
    .unwrap();
    assert_eq!(alerts.value.waiting.len(), 1);
    // and another takes the place
    let next = f.pooled(20, LOSER, &["FALL"], 480).await;
    for n in 21..24 {
        f.pooled(n, LOSER, &["FALL"], 480).await;
    }
    let again = rotate(&f, "rotator").await;
    assert!(again.promoted.iter().any(|p| p.0 == next));
}

#[tokio::test]
async fn a_halt_stops_entries_and_not_exits() {
    let f = Factory::new().await;
    f.pool(4).await;
    rotate(&f, "rotator").await;
    for _ in 0..40 {
        f.pass(4);
        fresh(&f).await;
    }
    f.store
        .set_emergency(&halt(StopAction::HaltEntries))
        .await
        .unwrap();
    fresh(&f).await;
    let at = f.market().await;
    let entered = f.trades().await.len();
    let open = f.trades().await.iter().filter(|t| t.exit.is_none()).count();
    assert!(open > 0);
    for _ in 0..12 {
        f.pass(4);
        fresh(&f).await;
    }
    let rows = f.trades().await;
    // the entry of a decision that was taken before the halt may still fill at the open at which the halt began
    assert!(
        rows.iter().all(|t| t.entry.opened_at <= at),
        "entered during the halt"
    );
    assert!(rows.len() <= entered + 4);
    assert!(
        rows.iter().all(|t| t.exit.is_some()),
        "an exit was not made"
    );
    f.store
        .clear_emergency("portfolio", "", "operator")
        .await
        .unwrap();
    for _ in 0..24 {
        f.pass(4);
        fresh(&f).await;
    }
    assert!(f.trades().await.len() > rows.len());
}

#[tokio::test]
async fn a_forced_close_leaves_nothing_open_and_trading_goes_on_afterwards() {
    let f = Factory::new().await;
    f.pool(4).await;
    rotate(&f, "rotator").await;
    for _ in 0..40 {
        f.pass(4);
        fresh(&f).await;
    }
    f.store
        .set_emergency(&halt(StopAction::ForceClose))
        .await
        .unwrap();
    for _ in 0..3 {
        f.pass(2);
        fresh(&f).await;
    }
    let rows = f.trades().await;
    let forced = rows
        .iter()
        .filter(|t| t.exit.as_ref().is_some_and(|e| e.reason == "force_close"))
        .count();
    assert!(forced > 0 && rows.iter().all(|t| t.exit.is_some()));
    assert!(f.store.positions(None).await.unwrap().is_empty());
    f.pass(20);
    fresh(&f).await;
    assert_eq!(f.trades().await.len(), rows.len());
    f.store
        .clear_emergency("portfolio", "", "operator")
        .await
        .unwrap();
    for _ in 0..24 {
        f.pass(4);
        fresh(&f).await;
    }
    let later = f.trades().await;
    assert!(later.len() > rows.len());
    let (_, held) = balances(&f).await;
    let result: Decimal = later
        .iter()
        .filter_map(|t| Some(t.exit.as_ref()?.pnl))
        .sum();
    let open_fees: Decimal = later
        .iter()
        .filter(|t| t.exit.is_none())
        .map(|t| t.entry.entry_fee)
        .sum();
    let seats = f.store.subaccounts().await.unwrap();
    let allocated: Decimal = seats.iter().map(|s| s.allocated).sum();
    let drift = (held - allocated - result + open_fees).abs();
    assert!(drift < Decimal::new(1, 2), "{drift}");
}
