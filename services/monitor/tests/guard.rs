//! Each emergency stop: raised when its condition is there, lifted by its rule; with the executor, the monitor and the store.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod factory;

use factory::{Factory, LOSER};
use rust_decimal::Decimal;
use sixbtc_core::model::{Stage, Status, SubaccountStatus};
use sixbtc_core::store::EventFilter;
use sixbtc_core::venue::{Desk, Transfer};
use sixbtc_executor::{Guard, Trader};
use sixbtc_market::{Bars, SynthOptions, Timeframe, synth};
use sixbtc_monitor::Watcher;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

/// Seconds of the wall in an hour of the market.
const HOUR: i64 = 2;

async fn rotate(f: &Factory) {
    let mut desk = Desk::open(&f.store, &f.settings, "rotator").await.unwrap();
    let rotated = sixbtc_rotator::round(&f.store, &mut desk, &f.settings, "rotator").await;
    assert!(!rotated.unwrap().promoted.is_empty());
}

/// Rounds of guards that were just started, as after a kill: one, and the one that confirms what it suspects.
async fn guard(f: &Factory) {
    for _ in 0..2 {
        Guard::default()
            .round(&f.store, &f.settings, "guard")
            .await
            .unwrap();
        f.wall.fetch_add(10, Ordering::SeqCst);
    }
}

async fn trade(f: &Factory) {
    Trader::default()
        .round(&f.store, &f.settings, "executor")
        .await
        .unwrap();
}

async fn watch(f: &Factory) {
    Watcher::default()
        .round(&f.store, &f.settings, "monitor")
        .await
        .unwrap();
}

async fn in_force(f: &Factory) -> Vec<String> {
    let rows = f.store.emergencies().await.unwrap();
    let words = |e: &sixbtc_core::model::Emergency| format!("{} {}", e.scope, e.cause);
    rows.iter().map(words).collect()
}

/// Takes money from subaccounts as the market would: without a transfer.
async fn lose(f: &Factory, amount: i64, subaccounts: &[i64]) {
    let key = "venue/simulated";
    let control = f.store.control(key).await.unwrap().unwrap();
    let mut value = control.value;
    for number in subaccounts {
        let balance = &mut value["subaccounts"][number.to_string()]["balance"];
        let held: Decimal = balance.as_str().unwrap().parse().unwrap();
        *balance = (held - Decimal::from(amount)).to_string().into();
    }
    f.store
        .set_control(key, &value, None, "test")
        .await
        .unwrap();
}

async fn told(f: &Factory, what: &str) -> usize {
    let filter = EventFilter {
        stage: Some(Stage::Emergency),
        what: Some(what.into()),
        ..EventFilter::default()
    };
    f.store.events(&filter).await.unwrap().len()
}

/// Four strategies of 18 000 each and as much on the master account, watched once.
async fn running() -> Factory {
    let mut f = Factory::new().await;
    // nobody is topped up in these tests
    f.settings.hyperliquid.funds.min_operational_usd = 15.0;
    f.pool(4).await;
    rotate(&f).await;
    trade(&f).await;
    guard(&f).await;
    f
}

#[tokio::test]
async fn a_daily_loss_halts_entries_until_midnight() {
    let f = running().await;
    lose(&f, 2_200, &[1, 2, 3, 4]).await;
    f.pass(HOUR);
    guard(&f).await;
    assert!(in_force(&f).await.is_empty(), "9.8 % are allowed");
    lose(&f, 100, &[1, 2, 3, 4]).await;
    f.pass(HOUR);
    guard(&f).await;
    assert_eq!(in_force(&f).await, ["portfolio daily_loss"]);
    let row = f.store.emergencies().await.unwrap().remove(0);
    let midnight = row.cooldown_until.unwrap();
    assert_eq!(midnight.rem_euclid(86_400_000), 0);
    let entered = f.trades().await.len();
    while f.market().await < midnight {
        f.pass(HOUR);
        trade(&f).await;
        if f.market().await < midnight {
            guard(&f).await;
            assert_eq!(in_force(&f).await.len(), 1);
            assert_eq!(f.trades().await.len(), entered);
        }
    }
    guard(&f).await;
    assert!(in_force(&f).await.is_empty());
    assert_eq!(
        (
            told(&f, "stop_triggered").await,
            told(&f, "stop_lifted").await
        ),
        (1, 1)
    );
    // and the day after is measured from its own beginning
    f.pass(HOUR);
    guard(&f).await;
    assert!(in_force(&f).await.is_empty());
}

#[tokio::test]
async fn a_drawdown_closes_everything_and_those_that_lost_leave() {
    let f = running().await;
    let open = async |f: &Factory| f.trades().await.iter().any(|t| t.exit.is_none());
    let mut rounds = 0;
    while rounds < 40 || !open(&f).await {
        f.pass(HOUR);
        trade(&f).await;
        guard(&f).await;
        rounds += 1;
        assert!(rounds < 100, "nothing is opened");
    }
    lose(&f, 11_000, &[1, 2]).await;
    lose(&f, -1_500, &[3, 4]).await;
    f.pass(HOUR);
    guard(&f).await;
    let stops = in_force(&f).await;
    assert!(
        stops.contains(&"portfolio drawdown".to_owned()),
        "{stops:?}"
    );
    assert!(
        stops.contains(&"portfolio daily_loss".to_owned()),
        "one hides the other"
    );
    let seats = f.store.subaccounts().await.unwrap();
    let stopped = |s: &&sixbtc_core::model::Subaccount| s.status == SubaccountStatus::Stopped;
    assert_eq!(seats.iter().filter(stopped).count(), seats.len());
    let losers: Vec<_> = seats[..2].iter().filter_map(|s| s.strategy).collect();
    assert_eq!(losers.len(), 2);
    // a guard, an executor and a monitor that were just started, each time
    for _ in 0..4 {
        f.pass(HOUR);
        trade(&f).await;
        watch(&f).await;
        guard(&f).await;
    }
    let rows = f.trades().await;
    assert!(rows.iter().all(|t| t.exit.is_some()), "still open");
    assert!(f.store.positions(None).await.unwrap().is_empty());
    for loser in losers {
        let s = f.strategy(loser).await;
        assert_eq!(
            (s.status, s.reason.as_deref()),
            (Status::Retired, Some("portfolio_drawdown"))
        );
    }
    let since = f.market().await;
    for hour in 0..42 {
        f.pass(HOUR);
        trade(&f).await;
        watch(&f).await;
        guard(&f).await;
        assert!(
            in_force(&f)
                .await
                .contains(&"portfolio drawdown".to_owned()),
            "{hour}"
        );
    }
    assert_eq!(f.trades().await.len(), rows.len());
    for _ in 0..8 {
        f.pass(HOUR);
        guard(&f).await;
    }
    assert!(
        in_force(&f).await.is_empty(),
        "{:?} {since}",
        in_force(&f).await
    );
    assert!(
        f.store
            .subaccounts()
            .await
            .unwrap()
            .iter()
            .all(|s| !stopped(&s))
    );
    // who did not lose goes on
    for _ in 0..40 {
        f.pass(HOUR);
        trade(&f).await;
        guard(&f).await;
    }
    assert!(f.trades().await.len() > rows.len());
}

#[tokio::test]
async fn a_subaccount_that_lost_too_much_halts_until_its_strategy_has_left() {
    let f = running().await;
    lose(&f, 4_600, &[3]).await;
    f.pass(HOUR);
    guard(&f).await;
    assert_eq!(in_force(&f).await, ["subaccount drawdown"]);
    let seat = f.store.subaccounts().await.unwrap().remove(2);
    assert!(seat.peak.unwrap() >= Decimal::from(17_900), "{seat:?}");
    // neither days nor a recovery lift it
    lose(&f, -4_600, &[3]).await;
    for _ in 0..3 {
        f.pass(24 * HOUR);
        guard(&f).await;
    }
    assert_eq!(in_force(&f).await, ["subaccount drawdown"]);
    let id = seat.strategy.unwrap();
    let live = f.strategy(id).await.trading.unwrap();
    let request = sixbtc_core::live::CloseRequest {
        at: f.market().await,
        reason: "live_degraded".into(),
        data: serde_json::json!({}),
    };
    let key = sixbtc_core::live::close_key(id, live.live_since);
    sixbtc_core::shared::write(&f.store, &key, &request, 0, "test")
        .await
        .unwrap();
    for _ in 0..4 {
        f.pass(HOUR);
        trade(&f).await;
        watch(&f).await;
    }
    assert_eq!(f.strategy(id).await.status, Status::Retired);
    f.pass(HOUR);
    guard(&f).await;
    assert!(in_force(&f).await.is_empty());
}

#[tokio::test]
async fn a_losing_streak_halts_one_strategy_for_a_day() {
    let mut f = Factory::new().await;
    f.settings.hyperliquid.funds.min_operational_usd = 15.0;
    f.settings.rotator.min_pool_size = 2;
    f.settings.risk.emergency.max_consecutive_losses = 4;
    f.pooled(1, LOSER, &["FALL"], 480).await;
    f.pooled(2, LOSER, &["FALL"], 480).await;
    rotate(&f).await;
    let mut rounds = 0;
    while in_force(&f).await.is_empty() {
        f.pass(HOUR);
        trade(&f).await;
        guard(&f).await;
        rounds += 1;
        assert!(rounds < 100);
    }
    assert_eq!(in_force(&f).await[0], "strategy losing_streak");
    let raised = f.store.emergencies().await.unwrap();
    let until = raised[0].cooldown_until.unwrap();
    assert_eq!(until - raised[0].since, 24 * 3_600_000);
    while f.market().await < until - 3_600_000 {
        f.pass(HOUR);
        trade(&f).await;
        guard(&f).await;
        assert!(!in_force(&f).await.is_empty());
    }
    f.pass(2 * HOUR);
    guard(&f).await;
    // served: the same losses do not raise it again
    assert!(in_force(&f).await.is_empty());
}

#[tokio::test]
async fn old_data_halts_until_it_is_fresh() {
    let mut f = Factory::new().await;
    f.settings.rotator.min_pool_size = 1;
    let options = SynthOptions {
        symbol: "LATE".into(),
        bars: 48 * 60,
        timeframe: Timeframe::M30,
        ..SynthOptions::default()
    };
    let whole: Bars = synth(&options).unwrap();
    let candles = sixbtc_market::Store::new(&f.settings.directories.data);
    candles.put(&whole.slice(0..48 * 33), "test").unwrap();
    f.pooled(1, LOSER, &["LATE"], 0).await;
    rotate(&f).await;
    let end = whole.time[48 * 33];
    while f.market().await < end + 7_200_000 {
        assert!(f.market().await > end || in_force(&f).await.is_empty());
        f.pass(HOUR);
        guard(&f).await;
    }
    assert_eq!(in_force(&f).await, ["system stale_data"]);
    candles.put(&whole, "test").unwrap();
    f.pass(HOUR);
    guard(&f).await;
    assert!(in_force(&f).await.is_empty());
}

#[tokio::test]
async fn the_kill_file_stops_entries_even_without_a_guard() {
    let f = running().await;
    for _ in 0..20 {
        f.pass(HOUR);
        trade(&f).await;
    }
    let file = f.settings.directories.data.join("KILL");
    std::fs::write(&file, "a test").unwrap();
    trade(&f).await;
    let at = f.market().await;
    for _ in 0..20 {
        f.pass(HOUR);
        trade(&f).await;
    }
    let rows = f.trades().await;
    assert!(rows.iter().all(|t| t.entry.opened_at <= at), "entered");
    assert!(
        rows.iter().all(|t| t.exit.is_some()),
        "what was open is managed as ever"
    );
    guard(&f).await;
    assert_eq!(in_force(&f).await, ["system kill_file"]);
    std::fs::remove_file(file).unwrap();
    f.pass(HOUR);
    guard(&f).await;
    assert!(in_force(&f).await.is_empty());
    for _ in 0..20 {
        f.pass(HOUR);
        trade(&f).await;
    }
    assert!(f.trades().await.len() > rows.len());
}

#[tokio::test]
async fn money_that_goes_is_no_loss() {
    let f = running().await;
    f.pass(HOUR);
    guard(&f).await;
    let desk = Desk::open(&f.store, &f.settings, "test").await.unwrap();
    let balance = desk.venue.subaccounts().await.unwrap()[1].clone();
    let back = Transfer {
        after: balance.transfers,
        subaccount: 2,
        amount: Decimal::from(-9_000),
    };
    assert!(desk.venue.transfer(back).await.unwrap());
    f.pass(HOUR);
    guard(&f).await;
    assert!(in_force(&f).await.is_empty());
    let seat = f.store.subaccounts().await.unwrap().remove(1);
    assert_eq!(seat.allocated, Decimal::from(9_000));
    assert!(seat.peak.unwrap() <= Decimal::from(9_100), "{seat:?}");
}

#[tokio::test]
async fn what_is_low_is_topped_up_from_the_master_account() {
    let mut f = running().await;
    let funds = &mut f.settings.hyperliquid.funds;
    (funds.min_operational_usd, funds.topup_target_usd) = (18_500.0, 20_000.0);
    funds.master_reserve_usd = 13_000.0;
    let held = async |f: &Factory| {
        let desk = Desk::open(&f.store, &f.settings, "test").await.unwrap();
        let all = desk.venue.subaccounts().await.unwrap();
        let held: Vec<Decimal> = all.iter().take(4).map(|b| b.balance).collect();
        (desk.venue.master().await.unwrap().equity, held)
    };
    let (master, before) = held(&f).await;
    assert_eq!(master, Decimal::from(18_000));
    f.pass(HOUR);
    guard(&f).await;
    let (after_master, after) = held(&f).await;
    // two full ones and a part, whoever has least first
    assert_eq!(after_master, Decimal::from(13_000));
    let gained: Vec<Decimal> = after.iter().zip(&before).map(|(a, b)| a - b).collect();
    assert_eq!(gained.iter().sum::<Decimal>(), Decimal::from(5_000));
    assert!(gained.iter().all(|g| *g >= Decimal::ZERO));
    f.pass(HOUR);
    guard(&f).await;
    assert_eq!(held(&f).await.0, Decimal::from(13_000));
    let funds = EventFilter {
        what: Some("funds".into()),
        ..EventFilter::default()
    };
    let events = f.store.events(&funds).await.unwrap();
    let actions = events.last().unwrap().event.data["decided"].to_string();
    assert!(
        actions.contains("topup_full") && actions.contains("topup_partial"),
        "{actions}"
    );
    assert!(actions.contains("skipped"), "{actions}");
    assert!(in_force(&f).await.is_empty());
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
async fn a_guard_that_dies_half_way_raises_and_lifts_the_same() {
    let mut stories = Vec::new();
    for mortal in [false, true] {
        let f = running().await;
        let mut killed = 0;
        for step in 0..30i64 {
            f.pass(2 * HOUR);
            if step == 10 {
                lose(&f, 9_000, &[1, 2]).await;
            }
            trade(&f).await;
            watch(&f).await;
            if mortal {
                let mut guard = Guard::default();
                let round = Mortal {
                    inner: Box::pin(guard.round(&f.store, &f.settings, "guard")),
                    left: (step as usize * 29) % 120,
                };
                match round.await {
                    None => killed += 1,
                    Some(done) => done.unwrap(),
                }
            }
            guard(&f).await;
        }
        assert!(!mortal || killed > 5, "{killed}");
        let seats = f.store.subaccounts().await.unwrap();
        let seats: Vec<_> = seats.iter().map(|s| (s.status, s.strategy)).collect();
        stories.push((in_force(&f).await, seats, told(&f, "stop_lifted").await));
    }
    assert_eq!(stories[0], stories[1]);
    assert_eq!(stories[0].0, ["portfolio drawdown"]);
}
