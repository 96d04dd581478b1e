//! A venue and an executor as processes of their own, as people start them, in a directory of their own.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::watch::{Seen, watch};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sixbtc_core::alerts;
use sixbtc_core::live::{CloseRequest, Deployment, close_key, deployment_key};
use sixbtc_core::market_clock::{CONTROL_KEY, MarketClock, Replay};
use sixbtc_core::model::{
    Completion, Figures, NewEvent, NewStrategy, Outcome, Queue, Side, SourceName, Stage as Place,
    Status, StrategyType, Subaccount, TradeFilter, TradeRow,
};
use sixbtc_core::settings::{NetworkName, Settings, VenueName};
use sixbtc_core::shared;
use sixbtc_core::store::{OpenOptions, Store};
use sixbtc_core::venue::{Transfer, Venue as _};
use sixbtc_exchange::client::{Http, HttpSettings, Rest, RestSettings, Transport as _};
use sixbtc_exchange::keys::testing::leaks_of;
use sixbtc_exchange::keys::{KeyFile, Unlock};
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::{Pace, WallPace};
use sixbtc_executor::clock::{VenueClock, wall};
use sixbtc_executor::gate;
use sixbtc_executor::gateway::HyperliquidVenue;
use sixbtc_market::{Bar, Bars, Timeframe};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use uuid::Uuid;

pub const MINUTE: i64 = 60_000;
/// A minute of the market is three seconds of the wall.
pub const SPEED: f64 = 20.0;
/// Some Monday.
const FROM: i64 = 1_700_438_400_000;
const OPENS: &str = "2023-11-20T00:00:00Z";
/// What each account begins with.
pub const CAPITAL: i64 = 2_000;

/// Always in the market, out again by the clock, its stop or its target.
const BUSY: &str = r"#sbt 1

strategy busy 'Always in the market' {
  on 1m

  enter long when close > open or close <= open {
    stop 0.14%
    target 0.16%
    exit after 2 bars
  }

  size 20% of equity
}
";

/// Rests below the market, with a stop that follows the price.
const RESTS: &str = r"#sbt 1

strategy rests 'Waits below the market' {
  on 1m

  enter long when close > open or close <= open at limit close * 0.9996 for 2 bars {
    stop 0.3%
    trail close * 0.001
    exit after 4 bars
  }

  size 10% of equity
}
";

/// What is traded, in the order of the subaccounts.
const TRADED: [(&str, &str); 2] = [("busy", BUSY), ("rests", RESTS)];

/// Bars that wander, from before the opening to long after any test.
fn bars() -> Bars {
    let mut bars = Bars::new("BTC", Timeframe::M1);
    let mut price = 20_000.0;
    for i in 0..20_000i64 {
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

/// A process that does not outlive its test.
pub struct Owned(Child);

impl Owned {
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// SIGKILL: no handler runs.
    pub fn kill(mut self) {
        let _ = self.0.kill();
        self.0.wait().unwrap();
    }

    pub fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.0.wait().unwrap()
    }

    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(sent.unwrap().success(), "kill -{name} {pid}");
}

/// The program, without settings of whoever runs the test.
fn program(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sixbtc"));
    clean(&mut command, dir);
    command
}

fn clean(command: &mut Command, dir: &Path) {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SIXBTC_")) {
        command.env_remove(name);
    }
    command.current_dir(dir).env("NO_COLOR", "1");
    command.env("SIXBTC_DATABASE__URL", store_url(dir));
    command.stdin(Stdio::null());
}

fn store_url(dir: &Path) -> String {
    format!("sqlite://{}", dir.join("store.db").display())
}

/// Everything that a test acts on.
pub struct Stage {
    dir: tempfile::TempDir,
    pub url: String,
    pub store: Store,
    pub rest: Arc<Rest>,
    pub venue: Option<Owned>,
    pub executor: Option<Owned>,
    /// The strategies and since when they trade, in the order of the subaccounts.
    pub live: Vec<(Uuid, i64)>,
    /// Addresses of the subaccounts.
    pub users: Vec<Address>,
    pub seen: Arc<Mutex<Seen>>,
    clock: Arc<Mutex<MarketClock>>,
    beside: Vec<JoinHandle<()>>,
    pub began: Instant,
}

impl Drop for Stage {
    fn drop(&mut self) {
        for task in &self.beside {
            task.abort();
        }
        if std::thread::panicking() {
            // what happened stays to be looked at
            println!("kept: {}", self.dir.path().display());
            self.dir.disable_cleanup(true);
        }
    }
}

impl Stage {
    /// A venue that plays, and an executor that has begun to trade on it.
    pub async fn begin() -> Self {
        let mut stage = Self::furnish().await;
        stage.start_executor();
        stage.fund().await;
        for n in 0..TRADED.len() {
            let live = stage.promote(n).await;
            stage.live.push(live);
        }
        stage.watch();
        stage.trades_on("the first trade", 1).await;
        println!("trading after {:.1} s", stage.began.elapsed().as_secs_f64());
        stage
    }

    async fn furnish() -> Self {
        let began = Instant::now();
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path();
        sixbtc_market::Store::new(at.join("data"))
            .put(&bars(), "test")
            .unwrap();
        let store = Store::open(&store_url(at), OpenOptions::default())
            .await
            .unwrap();
        let (venue, url) = start_venue(at, 0, SPEED).await;
        let unlimited = RestSettings {
            read_weight: 1_000_000,
            tries: 1,
            ..RestSettings::default()
        };
        let rest = Arc::new(Rest::http(&url, &HttpSettings::default(), unlimited).unwrap());
        // both clocks show the same from here on
        let (before, there) = (wall(), rest.exchange_status().await.unwrap().time);
        let replay = Replay {
            market: there,
            ..Replay::new(
                FROM,
                FROM + 15_000 * MINUTE,
                SPEED,
                i64::midpoint(before, wall()),
            )
        };
        let written = shared::write(&store, CONTROL_KEY, &replay, 0, "test").await;
        written.unwrap().unwrap();
        std::fs::write(at.join("sixbtc.toml"), settings(&url)).unwrap();
        Self {
            dir,
            url,
            store,
            rest,
            venue: Some(venue),
            executor: None,
            live: Vec::new(),
            users: Vec::new(),
            seen: Arc::default(),
            clock: Arc::new(Mutex::new(MarketClock::Replay(replay))),
            beside: Vec::new(),
            began,
        }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Time at the market.
    pub fn market(&self) -> i64 {
        self.clock.lock().unwrap().at(wall())
    }

    // ---- the executor

    pub fn start_executor(&mut self) {
        self.executor = Some(self.spawn_executor("executor.out"));
    }

    /// One more executor in the same directory.
    pub fn spawn_executor(&self, log: &str) -> Owned {
        // a file that is too large is an error of its write, as a full disk is, and no end of the process
        let mut command = Command::new("sh");
        let inner = format!(
            "trap '' XFSZ; ulimit -c unlimited 2>/dev/null; exec '{}' run executor",
            env!("CARGO_BIN_EXE_sixbtc")
        );
        clean(&mut command, self.dir());
        let path = self.dir().join(log);
        let out = File::options()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        let child = command
            .args(["-c", &inner])
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn();
        Owned(child.unwrap())
    }

    pub fn kill_executor(&mut self) {
        self.executor.take().unwrap().kill();
    }

    /// What the executors have said.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.dir().join("executor.out")).unwrap_or_default()
    }

    // ---- the venue

    /// SIGKILL to the venue.
    pub fn kill_venue(&mut self) {
        self.venue.take().unwrap().kill();
    }

    /// The venue again, at the same place. Its market stood still meanwhile.
    pub async fn start_venue(&mut self, speed: f64) {
        let port = self.url.rsplit(':').next().unwrap().parse().unwrap();
        let (venue, url) = start_venue(self.dir(), port, speed).await;
        assert_eq!(url, self.url);
        self.venue = Some(venue);
    }

    /// The market has gone on while the venue was down or stood still: it makes up for that.
    pub async fn catch_up(&self) {
        for _ in 0..20 {
            let there = self.rest.exchange_status().await.unwrap().time;
            let behind = self.market() - there;
            if behind < 400 {
                return;
            }
            self.control("step", json!({ "ms": behind })).await;
        }
    }

    /// A word of the operator; the venue's state afterwards.
    pub async fn control(&self, word: &str, body: Value) -> Value {
        let http = Http::new(&self.url, &HttpSettings::default()).unwrap();
        let path = format!("/control/{word}");
        let answer = http
            .post(&path, body.to_string().into_bytes())
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 200, "{word}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    // ---- accounts and strategies

    /// Waits for the subaccounts that the executor makes, and gives them money as the rotator does.
    async fn fund(&mut self) {
        let limit = Duration::from_mins(2);
        let key = "hyperliquid/local/master";
        let master = self.until("the master account", limit, async |s| {
            let found = shared::read::<Address>(&s.store, key).await.unwrap();
            found.map(|f| f.value)
        });
        let master = master.await;
        let mut settings = Settings::default();
        settings.trading.venue = VenueName::Hyperliquid;
        settings.hyperliquid.network = NetworkName::Local;
        settings.hyperliquid.api_url.clone_from(&self.url);
        settings.hyperliquid.subaccounts.count = TRADED.len() as u32;
        let pace: Arc<dyn Pace> = Arc::new(WallPace::default());
        let clock = Arc::clone(&self.clock);
        let market = VenueClock::shared(Arc::new(move || clock.lock().unwrap().at(wall())));
        let place = (gate::place(&settings).unwrap(), master);
        let venue = HyperliquidVenue::new(
            Arc::clone(&self.rest),
            place,
            &settings,
            self.store.clone(),
            "test",
            market,
            pace,
        );
        self.until("the subaccounts", limit, async |_| {
            let found = venue.subaccounts().await.ok()?;
            (found.len() == TRADED.len()).then_some(())
        })
        .await;
        for n in 1..=TRADED.len() as i64 {
            let wish = Transfer {
                after: 0,
                subaccount: n,
                amount: Decimal::from(CAPITAL),
            };
            let moved = venue.transfer(wish).await;
            assert!(matches!(moved, Ok(true)), "{moved:?}\n{}", self.said());
            assert!(!venue.transfer(wish).await.unwrap(), "made once");
        }
        let listed = venue.subaccounts().await.unwrap();
        assert!(listed.iter().all(|s| s.balance == Decimal::from(CAPITAL)));
        let subs = self.rest.sub_accounts(master).await.unwrap();
        self.users = subs.iter().map(|s| s.sub_account_user).collect();
        let marking = (self.store.clone(), Arc::clone(&self.clock));
        self.beside.push(tokio::spawn(time_flows(marking)));
    }

    /// Makes a strategy live on the n-th subaccount.
    async fn promote(&self, n: usize) -> (Uuid, i64) {
        let (store, (word, text)) = (&self.store, TRADED[n]);
        let made = NewStrategy {
            id: Uuid::from_u128(77 + n as u128),
            name: format!("Test_{word}"),
            sentence: "A test.".into(),
            source: SourceName::PatternGen,
            bred: false,
            kind: StrategyType::ALL[0],
            side: Side::ALL[0],
            timeframe: "1m".into(),
            symbols: vec!["BTC".into()],
            text: text.replace('\'', "\""),
            normal_hash: format!("n{n}"),
            behaviour_hash: format!("b{n}"),
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
        let number = n as i64 + 1;
        store
            .set_subaccount(&Subaccount::new(number))
            .await
            .unwrap();
        let event = NewEvent {
            strategy: Some(made.id),
            name: made.name.clone(),
            stage: Place::Deployment,
            what: "promoted".into(),
            outcome: Outcome::Passed,
            took_ms: None,
            data: json!({}),
        };
        let capital = Decimal::from(CAPITAL);
        let promoted = store
            .promote(made.id, number, capital, "test", &event)
            .await;
        promoted.unwrap();
        let strategy = store.strategy(made.id).await.unwrap().unwrap();
        (made.id, strategy.trading.unwrap().live_since)
    }

    fn watch(&mut self) {
        let task = watch(
            Arc::clone(&self.rest),
            self.users.clone(),
            self.dir().join("accounts"),
            Arc::clone(&self.seen),
        );
        self.beside.push(tokio::spawn(task));
    }

    // ---- looking

    /// Waits until something is so; tells what the executor said when it does not come.
    pub async fn until<T>(
        &self,
        what: &str,
        limit: Duration,
        mut look: impl AsyncFnMut(&Self) -> Option<T>,
    ) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look(self).await {
                return found;
            }
            if began.elapsed() > limit {
                let said = self.said();
                let end: Vec<&str> = said.lines().rev().take(60).collect();
                let end: Vec<&str> = end.into_iter().rev().collect();
                panic!("not in time: {what}\n{}", end.join("\n"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Trades of one account in the store, oldest first.
    pub async fn trades(&self, n: usize) -> Vec<TradeRow> {
        let filter = TradeFilter {
            strategy: Some(self.live[n].0),
            limit: 100_000,
            ..TradeFilter::default()
        };
        self.store.trades(&filter).await.unwrap()
    }

    /// Waits until every account has made so many more trades.
    pub async fn trades_on(&self, what: &str, more: usize) {
        let mut before = Vec::new();
        for n in 0..self.live.len() {
            before.push(self.trades(n).await.len());
        }
        let limit = Duration::from_mins(3);
        self.until(what, limit, async |s| {
            for (n, before) in before.iter().enumerate() {
                if s.trades(n).await.len() < before + more {
                    return None;
                }
            }
            Some(())
        })
        .await;
    }

    /// Units held in an account.
    pub async fn held(&self, n: usize) -> Decimal {
        let state = self.rest.clearinghouse_state(self.users[n]).await.unwrap();
        state.asset_positions.iter().map(|p| p.position.szi).sum()
    }

    /// Whether an alert with these words waits.
    pub async fn alerted(&self, words: &str) -> bool {
        let queue = shared::read::<alerts::Queue>(&self.store, alerts::CONTROL_KEY).await;
        let queue = queue.unwrap().map(|q| q.value).unwrap_or_default();
        let all = &queue.waiting;
        all.iter().any(|w| format!("{w:?}").contains(words))
    }

    // ---- the end

    /// Has every strategy closed, as the monitor asks for it, and ends the executor as a supervisor does. Then the venue's word
    /// is compared with the books.
    pub async fn end(&mut self) -> Account {
        for (id, since) in self.live.clone() {
            let request = CloseRequest {
                at: self.market(),
                reason: "the test ends".into(),
                data: json!({}),
            };
            let key = close_key(id, since);
            let written = shared::write(&self.store, &key, &request, 0, "test").await;
            written.unwrap().unwrap();
        }
        for (id, since) in self.live.clone() {
            let key = deployment_key(id, since);
            self.until("flat", Duration::from_mins(3), async |s| {
                let found = shared::read::<Deployment>(&s.store, &key).await.unwrap()?;
                found.value.flat.then_some(())
            })
            .await;
        }
        let mut executor = self.executor.take().unwrap();
        executor.signal("TERM");
        let until = Instant::now() + Duration::from_mins(2);
        let status = loop {
            if let Some(status) = executor.ended() {
                break status;
            }
            assert!(Instant::now() < until, "it does not end\n{}", self.said());
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert!(status.success(), "{status}\n{}", self.said());
        self.account().await
    }

    /// The venue's word against journals and books.
    async fn account(&self) -> Account {
        let mut sum = Account::default();
        for (n, user) in self.users.iter().enumerate() {
            assert!(self.held(n).await.is_zero(), "account {n} holds something");
            let open = self.rest.open_orders(*user).await.unwrap();
            assert!(open.is_empty(), "account {n}: {open:?}");
            let subaccount = n as i64 + 1;
            let rows = self.store.positions(Some(subaccount)).await.unwrap();
            assert!(rows.is_empty(), "the store holds {rows:?}");

            let mut seen = self.seen.lock().unwrap().clone();
            seen.look_at_journals(&self.dir().join("accounts"));
            seen.orders_of(*user, &self.rest.historical_orders(*user).await.unwrap());
            // every order there is one that was written down before, and each name was given once
            let mut oids = std::collections::BTreeMap::<_, Vec<_>>::new();
            for (oid, order) in seen.orders.iter().filter(|(_, o)| o.user == *user) {
                let name = order.cloid.clone();
                let name = name.unwrap_or_else(|| panic!("order {oid} has no name"));
                assert!(
                    seen.planned.contains_key(&name),
                    "order {oid} ({name}) stands in no journal"
                );
                oids.entry(name).or_default().push(*oid);
            }
            let twice = oids.iter().find(|(_, all)| all.len() > 1);
            assert_eq!(twice, None, "an order was sent twice");
            sum.orders += oids.len();

            // no decision was carried out twice
            let fills = all_fills(&self.rest, *user).await;
            let filled = |cloid: &String| {
                let oid = oids.get(cloid).map(|all| all[0]);
                fills.iter().any(|f| Some(f.oid) == oid)
            };
            let mut decisions = std::collections::BTreeMap::<_, Vec<_>>::new();
            for (cloid, decided) in seen.entries().filter(|(c, _)| filled(c)) {
                if oids.contains_key(cloid) {
                    decisions.entry(decided).or_default().push(cloid.clone());
                }
            }
            let twice = decisions.iter().find(|(_, all)| all.len() > 1);
            assert_eq!(twice, None, "account {n}: a decision was carried out twice");
            // no fill belongs to an order that the journal does not know
            for fill in &fills {
                let known = seen.orders.get(&fill.oid);
                assert!(known.is_some(), "a fill of an unknown order: {fill:?}");
            }

            let trades = self.trades(n).await;
            assert!(trades.iter().all(|t| t.exit.is_some()));
            let exits = || trades.iter().filter_map(|t| t.exit.as_ref());
            let booked: Decimal = exits().map(|e| e.pnl).sum();
            let state = self.rest.clearinghouse_state(*user).await.unwrap();
            let won = state.margin_summary.account_value - Decimal::from(CAPITAL);
            let difference = (won - booked).abs();
            assert!(
                difference < Decimal::new(1, 2),
                "account {n}: the venue says {won}, the books {booked} over {} trades",
                trades.len()
            );
            // units bought by fills are units in trades
            let bought: Decimal = fills
                .iter()
                .filter(|f| f.side == sixbtc_exchange::wire::Side::Buy)
                .map(|f| f.sz)
                .sum();
            let units: Decimal = trades.iter().map(|t| t.entry.size).sum();
            assert_eq!(
                bought.normalize(),
                units.normalize(),
                "account {n}: units filled and units booked"
            );
            sum.trades += trades.len();
            sum.fills += fills.len();
            sum.difference = sum.difference.max(difference);
            sum.naked = sum.naked.max(seen.naked(*user));
            let largest = seen.largest(*user);
            let share = [Decimal::new(21, 2), Decimal::new(11, 2)][n];
            let one = Decimal::from(CAPITAL) * share / Decimal::from(19_000);
            assert!(
                largest <= one,
                "account {n} held {largest}, one trade is {one}"
            );
        }
        sum
    }

    /// Ends the venue and searches all that anybody wrote for keys: store, journals, snapshots, logs, the venue's own state.
    pub async fn search(mut self) -> (usize, usize) {
        for task in &self.beside {
            task.abort();
        }
        if let Some(venue) = self.venue.take() {
            venue.kill();
        }
        self.store.close().await;
        let dir = self.dir().to_owned();
        let words = dir.join("accounts/paper.passphrase");
        let unlock = Unlock::from_file(&words).unwrap();
        let words = std::fs::read_to_string(words).unwrap();
        let contents = KeyFile::new(dir.join("accounts/paper.age"))
            .read(&unlock)
            .unwrap();
        assert!(contents.entries().len() >= 3, "a master and agents");
        let mut all = Vec::new();
        files(&dir, &mut all);
        let mut searched = (0, 0);
        for path in all {
            if path.ends_with("paper.passphrase") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(leaks_of(&bytes, &contents), None, "{}", path.display());
            let (words, name) = (words.trim().as_bytes(), path.display());
            let shows = bytes.windows(words.len()).any(|w| w == words);
            assert!(!shows, "the passphrase stands in {name}");
            let core = path.file_name().unwrap().to_string_lossy();
            assert!(!core.starts_with("core"), "{name}");
            searched = (searched.0 + 1, searched.1 + bytes.len());
        }
        assert!(searched.0 >= 10, "{searched:?}");
        searched
    }
}

/// What the end showed.
#[derive(Debug, Default)]
pub struct Account {
    pub trades: usize,
    pub fills: usize,
    pub orders: usize,
    /// Largest difference between what the venue and what the books say was won.
    pub difference: Decimal,
    /// The longest time that a position stood without a stop, ms of the wall.
    pub naked: i64,
}

async fn all_fills(rest: &Rest, user: Address) -> Vec<sixbtc_exchange::wire::info::Fill> {
    let mut all: Vec<sixbtc_exchange::wire::info::Fill> = Vec::new();
    loop {
        let since = all.last().map_or(0, |f| f.time);
        let more = rest.fills_since(user, since).await.unwrap();
        let before = all.len();
        for fill in more {
            if !all.iter().any(|f| (f.tid, f.oid) == (fill.tid, fill.oid)) {
                all.push(fill);
            }
        }
        if all.len() == before {
            return all;
        }
    }
}

fn files(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(below).unwrap().flatten() {
        if entry.path().is_dir() {
            files(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

/// The replay goes on while nobody trades.
async fn time_flows((store, clock): (Store, Arc<Mutex<MarketClock>>)) {
    loop {
        let mut marked = *clock.lock().unwrap();
        let _ = marked.now(&store, "test").await;
        *clock.lock().unwrap() = marked;
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
}

async fn start_venue(dir: &Path, port: u16, speed: f64) -> (Owned, String) {
    let log = dir.join("venue.out");
    let before = std::fs::read_to_string(&log).unwrap_or_default().len();
    let out = File::options()
        .create(true)
        .append(true)
        .open(&log)
        .unwrap();
    let child = program(dir)
        .args(["venue", "--data", "data", "--state", "venue.db"])
        .args(["--coin", "BTC", "--from", OPENS, "--control", "--no-limits"])
        .args(["--speed", &speed.to_string(), "--port", &port.to_string()])
        .stdout(out.try_clone().unwrap())
        .stderr(out)
        .spawn();
    let mut child = Owned(child.unwrap());
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        let line = said[before..].split_once("listening on ");
        if let Some((url, _)) = line.and_then(|(_, rest)| rest.split_once(": ")) {
            return (child, url.to_owned());
        }
        let ended = child.ended();
        assert!(ended.is_none(), "the venue ended: {ended:?}: {said}");
        assert!(Instant::now() < until, "the venue does not listen: {said}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn settings(url: &str) -> String {
    format!(
        r#"
[trading]
venue = "hyperliquid"
total_capital = 10000
[hyperliquid]
network = "local"
dry_run = false
api_url = "{url}"
[hyperliquid.subaccounts]
count = {count}
[rotator]
max_live_strategies = {count}
[directories]
accounts = "accounts"
data = "data"
[market]
clock = "replay"
[market.replay]
speed = {SPEED:?}
[http]
enabled = false
[data_scheduler]
source = "none"
[daemon]
backoff_base_ms = 50
backoff_max_seconds = 1
[executor]
check_interval_seconds = 1
[risk.trailing]
min_adjustment_pct = 0.0002
update_cooldown_sec = 10
[risk.emergency]
# what is tried here is whether orders are kept, not whether they win
max_portfolio_drawdown = 1.0
max_daily_loss = 1.0
max_subaccount_drawdown = 1.0
max_consecutive_losses = 1000
data_stale_seconds = 86400
"#,
        count = TRADED.len()
    )
}
