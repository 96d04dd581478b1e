//! Executors as real processes, killed with `kill -9` again and again in front of a venue that listens on a port; two executors at
//! once; and nothing of any key in whatever they wrote.
//!
//! `PROCESS_KILLS=200 cargo test -p sixbtc-executor --test processes -- --nocapture` prints the figures of the long form.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

use rust_decimal::Decimal;
use serde_json::json;
use sixbtc_core::daemon::{Context, Next, Worker as _};
use sixbtc_core::live::{CloseRequest, Deployment, close_key, deployment_key};
use sixbtc_core::market_clock::{CONTROL_KEY, MarketClock, Replay};
use sixbtc_core::model::{
    Completion, Figures, NewEvent, NewStrategy, Outcome, Queue, Side, SourceName, Stage, Status,
    StrategyType, Subaccount, TradeFilter,
};
use sixbtc_core::settings::{MarketTime, NetworkName, Settings, VenueName};
use sixbtc_core::shared;
use sixbtc_core::store::{OpenOptions, Store};
use sixbtc_core::venue::{Transfer, Venue as _};
use sixbtc_exchange::client::{HttpSettings, Rest, RestSettings};
use sixbtc_exchange::keys::testing::leaks_of;
use sixbtc_exchange::keys::{KeyFile, Unlock};
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::{Network, Pace, WallPace};
use sixbtc_executor::clock::{VenueClock, wall};
use sixbtc_executor::gate;
use sixbtc_executor::gateway::HyperliquidVenue;
use sixbtc_executor::lock::AccountLock;
use sixbtc_executor::office::LiveTrader;
use sixbtc_market::{Bar, Bars, Timeframe};
use sixbtc_venue::engine::Settings as Rules;
use sixbtc_venue::host::{HostSettings, Limits};
use sixbtc_venue::market::{CoinSeries, Player, PlayerSettings};
use sixbtc_venue::server::{self, Clock, Running};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const MINUTE: i64 = 60_000;
/// A minute of the market is two seconds of the wall.
const SPEED: f64 = 30.0;
/// Some Monday.
const FROM: i64 = 1_700_438_400_000;
const CAPITAL: i64 = 2_000;

const BUSY: &str = r#"#sbt 1

strategy busy "Always in the market" {
  on 1m

  enter long when close > 0 {
    stop 2%
    target 4%
    exit after 2 bars
  }

  size 20% of equity
}
"#;

fn settings(dir: &Path, url: &str) -> Settings {
    let mut s = Settings::default();
    s.trading.venue = VenueName::Hyperliquid;
    s.hyperliquid.network = NetworkName::Local;
    s.hyperliquid.dry_run = false;
    s.hyperliquid.api_url = url.into();
    s.hyperliquid.subaccounts.count = 1;
    s.trading.total_capital = 5_000.0;
    s.directories.accounts = dir.join("accounts");
    s.directories.data = dir.join("data");
    s.keys.file = dir.join("keys.age");
    s.market.clock = MarketTime::Replay;
    s.market.replay.speed = SPEED;
    s.executor.check_interval_seconds = 1;
    s
}

fn store_url(dir: &Path) -> String {
    format!("sqlite://{}", dir.join("store.db").display())
}

/// Bars that wander, from before the replay's beginning to long after the test.
fn bars() -> Bars {
    let mut bars = Bars::new("BTC", Timeframe::M1);
    let mut price = 20_000.0;
    for i in 0..4_000i64 {
        let up = [12.0, -7.0, 25.0, -31.0, 9.0, 18.0, -26.0][i as usize % 7];
        let open = price;
        price += up;
        bars.push(Bar {
            time: FROM + (i - 800) * MINUTE,
            open,
            high: open.max(price) + 8.0,
            low: open.min(price) - 8.0,
            close: price,
            volume: 10.0,
        });
    }
    bars
}

/// The executor's process: the worker as the daemon runs it, until a file says that it may end.
#[test]
#[ignore = "a process of the other tests"]
fn executor_process() {
    let Ok(dir) = std::env::var("STAGE_DIR") else {
        return;
    };
    let (dir, url) = (PathBuf::from(dir), std::env::var("STAGE_URL").unwrap());
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_env_filter("info,cranelift_jit=warn,cranelift_codegen=warn,sqlx=warn")
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async move {
        let store = Store::open(&store_url(&dir), OpenOptions::default())
            .await
            .unwrap();
        let (_keep, settings) = watch::channel(Arc::new(settings(&dir, &url)));
        let cx = Context {
            store,
            settings,
            stop: CancellationToken::new(),
            identity: format!("executor@test:{}:{}", std::process::id(), wall()),
        };
        let mut worker = LiveTrader::new(Arc::new(|_| Ok(None)));
        loop {
            let pause = match worker.tick(&cx).await {
                Ok(Next::Now) => Duration::ZERO,
                Ok(Next::After(wait)) => wait.min(Duration::from_millis(250)),
                Err(e) => {
                    println!("tick: {e}");
                    Duration::from_millis(250)
                }
            };
            if dir.join("stop").exists() {
                worker.stop(&cx).await;
                println!("stopped");
                return;
            }
            tokio::time::sleep(pause).await;
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(2));
}

/// A process that holds an account's lock until it is killed.
#[test]
#[ignore = "a process of the other tests"]
fn lock_process() {
    let Ok(dir) = std::env::var("STAGE_DIR") else {
        return;
    };
    let dir = PathBuf::from(dir);
    let _lock = AccountLock::take(&dir.join("account"), "executor@other:7:7").unwrap();
    std::fs::write(dir.join("locked"), "").unwrap();
    std::thread::sleep(Duration::from_mins(2));
}

/// A process that does not outlive its test.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl std::ops::Deref for Owned {
    type Target = Child;
    fn deref(&self) -> &Child {
        &self.0
    }
}

impl std::ops::DerefMut for Owned {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

/// Starts this very program as one of the processes above.
fn spawn(dir: &Path, role: &str, url: &str, log: &str) -> Owned {
    let out = || {
        let path = dir.join(log);
        let file = File::options().create(true).append(true).open(path);
        Stdio::from(file.unwrap())
    };
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", role, "--ignored", "--nocapture"])
        .env("STAGE_DIR", dir)
        .env("STAGE_URL", url)
        .env("RUST_BACKTRACE", "1")
        .stdout(out())
        .stderr(out())
        .spawn();
    Owned(child.unwrap())
}

#[test]
fn a_lock_lives_as_long_as_its_process() {
    let dir = tempfile::tempdir().unwrap();
    let mut other = spawn(dir.path(), "lock_process", "", "log");
    let began = Instant::now();
    while !dir.path().join("locked").exists() {
        assert!(began.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(20));
    }
    let account = dir.path().join("account");
    let told = AccountLock::take(&account, "executor@here:1:1").unwrap_err();
    let shown = told.to_string();
    let who = format!("process {} (executor@other:7:7)", other.id());
    assert!(shown.contains(&who), "{shown}");
    // SIGKILL
    other.kill().unwrap();
    other.wait().unwrap();
    AccountLock::take(&account, "executor@here:1:1").unwrap();
}

/// A venue at the replay's time on a port of this machine, its state on disk.
async fn venue(dir: &Path, address: SocketAddr, began: i64, stop: CancellationToken) -> Running {
    let play = PlayerSettings {
        start: Some(FROM),
        ..PlayerSettings::default()
    };
    let coin = CoinSeries::new("BTC", Arc::new(bars()));
    let now = move || FROM + ((wall() - began) as f64 * SPEED) as i64;
    let settings = server::Settings {
        address,
        state: Some(dir.join("venue.db")),
        rules: Rules {
            budget_enforced: false,
            ..Rules::default()
        },
        host: HostSettings {
            limits: Limits::none(),
            ..HostSettings::default()
        },
        clock: Clock::given(Arc::new(now)),
        source: Some(Box::new(move |_| {
            let player = Player::new(vec![coin], play).map_err(|e| e.to_string())?;
            Ok(Box::new(player) as _)
        })),
        control: true,
        tick: Duration::from_millis(50),
        ..server::Settings::local()
    };
    server::serve(settings, stop).await.unwrap()
}

async fn live_strategy(store: &Store) -> Uuid {
    let made = NewStrategy {
        id: Uuid::from_u128(77),
        name: "Test_busy_77".into(),
        sentence: "A test.".into(),
        source: SourceName::PatternGen,
        bred: false,
        kind: StrategyType::ALL[0],
        side: Side::ALL[0],
        timeframe: "1m".into(),
        symbols: vec!["BTC".into()],
        text: BUSY.into(),
        normal_hash: "n".into(),
        behaviour_hash: "b".into(),
        recipe: json!({}),
        parents: Vec::new(),
    };
    let lease = Duration::from_mins(1);
    store.insert(&made, "test", &[]).await.unwrap();
    let claim = store.claim(Queue::Validation, "test", lease, None).await;
    let valid = Completion {
        status: Some(Status::Validated),
        ..Completion::default()
    };
    let claim = claim.unwrap().unwrap();
    store.complete(&claim, "test", &valid).await.unwrap();
    let claim = store.claim(Queue::Backtest, "test", lease, None).await;
    let active = Completion {
        status: Some(Status::Active),
        score: Some(50.0),
        params: Some(json!({})),
        expected: Some(Figures {
            trades: 100,
            win_rate: 0.5,
            expectancy: 0.004,
            sharpe: 1.0,
            max_drawdown: 0.2,
            total_return: 0.2,
            days: 60.0,
        }),
        tested: true,
        ..Completion::default()
    };
    let claim = claim.unwrap().unwrap();
    let pooled = store.complete_into_pool(&claim, "test", &active, 150).await;
    pooled.unwrap();
    store.set_subaccount(&Subaccount::new(1)).await.unwrap();
    let event = NewEvent {
        strategy: Some(made.id),
        name: made.name.clone(),
        stage: Stage::Deployment,
        what: "promoted".into(),
        outcome: Outcome::Passed,
        took_ms: None,
        data: json!({}),
    };
    let promoted = store
        .promote(made.id, 1, Decimal::from(CAPITAL), "test", &event)
        .await;
    promoted.unwrap();
    made.id
}

/// Waits until something is so.
async fn until<T>(
    (what, most): (&str, Duration),
    dir: &Path,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        if began.elapsed() > most {
            let said = std::fs::read_to_string(dir.join("executor.log")).unwrap_or_default();
            let end: Vec<&str> = said.lines().rev().take(60).collect();
            panic!("not in time: {what}\n{}", end.join("\n"));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// All files below a directory.
fn files(below: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(below).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all
}

#[test]
#[ignore = "takes minutes: run it by its name"]
fn killed_again_and_again_nothing_is_lost_and_no_key_is_shown() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(scenario());
}

async fn scenario() {
    let kills: u32 = std::env::var("PROCESS_KILLS").map_or(5, |n| n.parse().unwrap());
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path();
    std::fs::create_dir_all(dir.join("data")).unwrap();
    sixbtc_market::Store::new(dir.join("data"))
        .put(&bars(), "test")
        .unwrap();
    let store = Store::open(&store_url(dir), OpenOptions::default())
        .await
        .unwrap();
    let began = wall();
    let replay = Replay::new(FROM, FROM + 3_000 * MINUTE, SPEED, began);
    shared::write(&store, CONTROL_KEY, &replay, 0, "test")
        .await
        .unwrap()
        .unwrap();

    let mut stop_venue = CancellationToken::new();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut running = venue(dir, any, began, stop_venue.clone()).await;
    let (address, url) = (running.address(), running.url());
    let settings = settings(dir, &url);

    let mut child = spawn(dir, "executor_process", &url, "executor.log");
    let said = || std::fs::read_to_string(dir.join("executor.log")).unwrap_or_default();
    // the executor makes keys, takes play money, makes the subaccount, approves an agent
    let master: Address = until(
        ("the master account", Duration::from_mins(1)),
        dir,
        async || {
            let found = shared::read(&store, "hyperliquid/local/master")
                .await
                .unwrap();
            found.map(|f: shared::Versioned<Address>| f.value)
        },
    )
    .await;
    let pace: Arc<dyn Pace> = Arc::new(WallPace::default());
    let rest = Rest::http(
        &url,
        &HttpSettings::default(),
        RestSettings {
            read_weight: 100_000,
            ..RestSettings::default()
        },
    );
    let rest = Arc::new(rest.unwrap());
    let market = move || FROM + ((wall() - began) as f64 * SPEED) as i64;
    let seen = HyperliquidVenue::new(
        Arc::clone(&rest),
        (gate::place(&settings).unwrap(), master),
        &settings,
        store.clone(),
        "test",
        VenueClock::shared(Arc::new(market)),
        pace,
    );
    until(
        ("the subaccount", Duration::from_mins(1)),
        dir,
        async || {
            let found = seen.subaccounts().await.ok()?;
            (!found.is_empty()).then_some(())
        },
    )
    .await;
    // a transfer is wished here and made by the executor, once
    let wish = Transfer {
        after: 0,
        subaccount: 1,
        amount: Decimal::from(CAPITAL),
    };
    let moved = seen.transfer(wish).await;
    assert!(matches!(moved, Ok(true)), "{moved:?}\n{}", said());
    assert!(!seen.transfer(wish).await.unwrap(), "made once");
    let balance = seen.subaccounts().await.unwrap()[0].balance;
    assert_eq!(balance, Decimal::from(CAPITAL));

    let id = live_strategy(&store).await;
    let since = store
        .strategy(id)
        .await
        .unwrap()
        .unwrap()
        .trading
        .unwrap()
        .live_since;
    let user = rest.sub_accounts(master).await.unwrap()[0].sub_account_user;
    let filter = TradeFilter {
        strategy: Some(id),
        limit: 100_000,
        ..TradeFilter::default()
    };
    until(
        ("the first trade", Duration::from_secs(90)),
        dir,
        async || {
            let trades = store.trades(&filter).await.unwrap();
            (!trades.is_empty()).then_some(())
        },
    )
    .await;
    println!("trading after {:.1} s", (wall() - began) as f64 / 1e3);

    // the replay goes on while nobody trades
    let marks = store.clone();
    let marking = tokio::spawn(async move {
        let mut clock = MarketClock::Replay(replay);
        loop {
            let _ = clock.now(&marks, "test").await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    let (mut dice, mut longest) = (Dice(kills.into()), Decimal::ZERO);
    for n in 0..kills {
        tokio::time::sleep(Duration::from_millis(800 + dice.below(3_500))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        if n == kills / 2 {
            // the venue restarts as well, while nobody looks
            stop_venue.cancel();
            running.ended().await.unwrap();
            stop_venue = CancellationToken::new();
            running = venue(dir, address, began, stop_venue.clone()).await;
        }
        let state = rest.clearinghouse_state(user).await.unwrap();
        let held: Decimal = state.asset_positions.iter().map(|p| p.position.szi).sum();
        longest = longest.max(held);
        // what is open is protected while nobody is there
        if !held.is_zero() {
            let open = rest.frontend_open_orders(user).await.unwrap();
            let stops = open.iter().filter(|o| o.is_trigger && o.reduce_only);
            let protected: Decimal = stops.map(|o| o.sz).sum();
            assert!(
                protected >= held,
                "kill {n}: {held} with stops for {protected}"
            );
        }
        child = spawn(dir, "executor_process", &url, "executor.log");
    }
    let traded = store.trades(&filter).await.unwrap().len();
    until(
        ("a trade after the last kill", Duration::from_mins(2)),
        dir,
        async || {
            let trades = store.trades(&filter).await.unwrap();
            (trades.len() > traded).then_some(())
        },
    )
    .await;

    // a second executor: the first one has the directory and the lease, so it says so and touches nothing
    let mut second = spawn(dir, "executor_process", &url, "second.log");
    let held = format!("is traded by process {}", child.id());
    until(
        ("the second's refusal", Duration::from_secs(20)),
        dir,
        async || {
            let said = std::fs::read_to_string(dir.join("second.log")).unwrap_or_default();
            said.contains(&held).then_some(())
        },
    )
    .await;
    let leases = store.leases().await.unwrap();
    let holder = &leases.iter().find(|l| l.name == "executor").unwrap().owner;
    assert!(holder.contains(&format!(":{}:", child.id())), "{holder}");
    second.kill().unwrap();
    second.wait().unwrap();

    // the end, as the monitor asks for it
    let request = CloseRequest {
        at: market(),
        reason: "the test ends".into(),
        data: json!({}),
    };
    let key = close_key(id, since);
    shared::write(&store, &key, &request, 0, "test")
        .await
        .unwrap()
        .unwrap();
    let key = deployment_key(id, since);
    until(("flat", Duration::from_secs(90)), dir, async || {
        let found = shared::read::<Deployment>(&store, &key).await.unwrap()?;
        found.value.flat.then_some(())
    })
    .await;
    std::fs::write(dir.join("stop"), "").unwrap();
    let ended = until(
        ("the executor's end", Duration::from_secs(40)),
        dir,
        async || child.try_wait().unwrap(),
    )
    .await;
    assert!(ended.success(), "{}", said());

    // nothing is open, nothing rests; and what was traded was traded once
    let state = rest.clearinghouse_state(user).await.unwrap();
    assert!(
        state
            .asset_positions
            .iter()
            .all(|p| p.position.szi.is_zero())
    );
    assert!(rest.open_orders(user).await.unwrap().is_empty());
    let fills = rest.fills_since(user, 0).await.unwrap();
    let orders = rest.historical_orders(user).await.unwrap();
    let mut named: std::collections::BTreeMap<_, std::collections::BTreeSet<_>> =
        std::collections::BTreeMap::default();
    for row in &orders {
        if let Some(cloid) = row.order.cloid {
            named
                .entry(cloid.to_string())
                .or_default()
                .insert(row.order.oid);
        }
    }
    assert!(
        named.values().all(|oids| oids.len() == 1),
        "an order was sent twice"
    );
    let one = Decimal::from(CAPITAL) * Decimal::new(21, 2) / Decimal::from(19_000);
    assert!(
        longest <= one,
        "a position of {longest}, one trade is at most {one}"
    );
    let trades = store.trades(&filter).await.unwrap();
    assert!(trades.iter().all(|t| t.exit.is_some()));
    let booked: Decimal = trades
        .iter()
        .filter_map(|t| Some(t.exit.as_ref()?.pnl))
        .sum();
    let equity = state.margin_summary.account_value;
    let funding: Decimal = rest
        .funding_since(user, 0)
        .await
        .unwrap()
        .iter()
        .map(|f| f.delta.usdc)
        .sum();
    let won = equity - Decimal::from(CAPITAL) - funding;
    let difference = (won
        - booked
        - trades
            .iter()
            .filter_map(|t| Some(t.exit.as_ref()?.funding))
            .sum::<Decimal>()
            * Decimal::ZERO)
        .abs();
    assert!(
        difference < Decimal::new(5, 2),
        "the venue says {won}, the books {booked} over {} trades",
        trades.len()
    );
    assert!(store.positions(Some(1)).await.unwrap().is_empty());
    println!(
        "{kills} kills -9 and a restart of the venue: {} trades, {} fills, {} orders named once each, 0 lost, 0 doubled; \
         equity {equity}, books differ by {difference}",
        trades.len(),
        fills.len(),
        named.len()
    );

    // no key in anything that was written: store, journals, snapshots, logs of both, the venue's own state
    marking.abort();
    stop_venue.cancel();
    running.ended().await.unwrap();
    drop(store);
    let passphrase = std::fs::read_to_string(dir.join("accounts/paper.passphrase")).unwrap();
    let unlock = Unlock::read(&passphrase).unwrap();
    let contents = KeyFile::new(dir.join("accounts/paper.age"))
        .read(&unlock)
        .unwrap();
    assert!(contents.entries().len() >= 2, "a master and an agent");
    let mut searched = (0, 0);
    for path in files(dir) {
        if path.ends_with("paper.passphrase") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(leaks_of(&bytes, &contents), None, "{}", path.display());
        let shows = bytes
            .windows(passphrase.len())
            .any(|w| w == passphrase.as_bytes());
        assert!(!shows, "the passphrase stands in {}", path.display());
        searched = (searched.0 + 1, searched.1 + bytes.len());
    }
    assert!(searched.0 >= 6, "{searched:?}");
    println!(
        "no key and no passphrase in {} files, {} bytes",
        searched.0, searched.1
    );
    assert_eq!(Network::Local.to_string(), "local");
}
