//! Each emergency stop against the exchange itself: money, positions and movements are read through the gateway from a simulated
//! exchange of the same process, on a clock moved by hand; and each round is that of a guard that was just started.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde_json::json;
use sixbtc_core::live::{CloseRequest, FRESH_KEY, Fresh, close_key};
use sixbtc_core::model::{
    Completion, Emergency, Figures, NewEvent, NewStrategy, NewTrade, Outcome, Queue, Side,
    SourceName, Stage, Status, StopAction, StrategyType, Subaccount, SubaccountStatus, TradeExit,
};
use sixbtc_core::settings::{Settings, VenueName};
use sixbtc_core::shared;
use sixbtc_core::store::{OpenOptions, Store};
use sixbtc_core::venue::{
    Balance, DeskError, Fill, Holding, NewOrder, OpenVenue, Opening, Place, Placed, Position,
    Transfer, Venue, VenueError,
};
use sixbtc_exchange::client::{Rest, RestSettings};
use sixbtc_exchange::keys::{KeyFile, Secret, Unlock, WorkFactor};
use sixbtc_exchange::wire::action::{Signed, UsdSend};
use sixbtc_exchange::wire::{Action, Address, OrderKind, OrderWire, Tif};
use sixbtc_exchange::{Network, Pace};
use sixbtc_executor::Guard;
use sixbtc_executor::clock::VenueClock;
use sixbtc_executor::gate::Target;
use sixbtc_executor::gateway::HyperliquidVenue;
use sixbtc_executor::moves::{Looked, Mover};
use sixbtc_executor::vault::Vault;
use sixbtc_venue::engine::{Feed, Input, Instrument, Settings as Rules};
use sixbtc_venue::host::{Host, HostSettings, Limits, Local, Net};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Eight in the morning of some Monday.
const T0: i64 = 1_700_438_400_000 + 8 * HOUR;
/// What each of two subaccounts begins with.
const CAPITAL: i64 = 10_000;
const BEFORE: i64 = 100;

/// Time that whoever waits for it moves.
#[derive(Clone)]
struct Hand {
    now: Arc<AtomicI64>,
    /// Whoever waits takes one of these first, where another has to have its turn before time goes on.
    turns: Option<Arc<Semaphore>>,
}

#[async_trait]
impl Pace for Hand {
    fn elapsed(&self) -> Duration {
        Duration::from_millis((self.now.load(Ordering::SeqCst) - T0 + HOUR) as u64)
    }
    async fn pause(&self, how_long: Duration) {
        if let Some(turns) = &self.turns {
            turns.acquire().await.unwrap().forget();
        }
        self.now
            .fetch_add(how_long.as_millis() as i64, Ordering::SeqCst);
        tokio::task::yield_now().await;
    }
    fn chance(&self) -> f64 {
        0.5
    }
}

/// The way to the exchange that every service of a test takes.
#[derive(Clone)]
struct Way {
    local: Local,
    hand: Hand,
    master: Address,
}

impl Way {
    fn rest(&self) -> Rest {
        let settings = RestSettings {
            read_weight: 1_000_000,
            action_weight: 1_000_000,
            ..RestSettings::default()
        };
        Rest::new(
            Arc::new(self.local.clone()),
            Arc::new(self.hand.clone()),
            settings,
        )
    }

    fn clock(&self) -> VenueClock {
        let hand = self.hand.clone();
        VenueClock::shared(Arc::new(move || hand.now.load(Ordering::SeqCst)))
    }
}

#[async_trait]
impl OpenVenue for Way {
    async fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Venue>, DeskError> {
        let target = Target {
            network: Network::Local,
            url: "http://127.0.0.1:1".into(),
            socket: "ws://127.0.0.1:1/ws".into(),
            master: Some(self.master),
        };
        Ok(Arc::new(HyperliquidVenue::new(
            Arc::new(self.rest()),
            (target, self.master),
            opening.settings,
            opening.store.clone(),
            opening.by,
            self.clock(),
            Arc::new(self.hand.clone()),
        )))
    }
}

struct Scene {
    store: Store,
    settings: Settings,
    way: Way,
    vault: Vault,
    users: Vec<Address>,
    strategies: Vec<Uuid>,
    nonce: AtomicI64,
    _dir: tempfile::TempDir,
}

fn d(n: i64) -> Decimal {
    Decimal::from(n)
}

impl Scene {
    /// Two live strategies of 10 000 each, nothing on the master account, and a market at 100; watched once.
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let hand = Hand {
            now: Arc::new(AtomicI64::new(T0)),
            turns: None,
        };
        let file = KeyFile::new(dir.path().join("keys.age"));
        let unlock = Unlock::read("correct horse battery staple").unwrap();
        let work = WorkFactor::new(WorkFactor::MIN).unwrap();
        let secret = Secret::generate();
        let master = secret.address();
        file.edit(&unlock, work, |contents| {
            let made = contents.add_master("test", None, secret, T0);
            made.map(|_| ())
                .map_err(sixbtc_executor::vault::VaultError::from)
        })
        .unwrap();
        let vault = Vault::open(file, unlock, work, Network::Local).unwrap();
        let rules = Rules {
            mark_from_oracle: true,
            mark_every_ms: 0,
            budget_enforced: false,
            ..Rules::default()
        };
        let host = HostSettings {
            limits: Limits::none(),
            ..HostSettings::default()
        };
        let mut host = Host::new(rules, host, None, T0).unwrap();
        let list = Input::List {
            instrument: Instrument::new("BTC", 5, 40),
            oracle_px: d(BEFORE),
        };
        host.operate(T0, list).unwrap();
        let reads = hand.clone();
        let local = Local::new(Net::new(host), move || reads.now.load(Ordering::SeqCst));
        let way = Way {
            local,
            hand: hand.clone(),
            master,
        };
        let url = format!("sqlite://{}", dir.path().join("test.db").display());
        let store = Store::open(&url, OpenOptions::default()).await.unwrap();
        let store = store.clock(move || hand.now.load(Ordering::SeqCst));
        let mut settings = Settings::default();
        settings.directories.data = dir.path().to_owned();
        settings.trading.venue = VenueName::Hyperliquid;
        settings.hyperliquid.subaccounts.count = 2;
        let mut scene = Self {
            store,
            settings,
            way,
            vault,
            users: Vec::new(),
            strategies: Vec::new(),
            nonce: AtomicI64::new(T0),
            _dir: dir,
        };
        scene.begin().await;
        scene
    }

    async fn begin(&mut self) {
        self.operate(Input::Deposit {
            user: self.way.master,
            usdc: d(2 * CAPITAL),
        });
        self.price(BEFORE);
        for n in 1..=2 {
            let name = format!("Bot-{n:03}");
            self.act(None, Action::CreateSubAccount { name });
        }
        let subs = self.way.local.with(|net, _| {
            let exchange = net.host().exchange();
            exchange.sub_accounts(self.way.master).unwrap()
        });
        self.users = subs.iter().map(|s| s.sub_account_user).collect();
        for n in 1..=2 {
            self.give(n as usize, CAPITAL);
            let id = self.live(n, n as u128).await;
            self.strategies.push(id);
        }
        self.fresh().await;
        self.guard().await;
        assert!(self.in_force().await.is_empty());
    }

    fn now(&self) -> i64 {
        self.way.hand.now.load(Ordering::SeqCst)
    }

    fn operate(&self, input: Input) {
        self.way.local.with(|net, now| {
            net.host_mut().operate(now, input).unwrap();
        });
    }

    /// Something that the master account signs, for itself or for a subaccount.
    fn act(&self, vault: Option<Address>, action: Action) {
        // one that is days old is refused
        self.nonce.fetch_max(self.now(), Ordering::SeqCst);
        let nonce = self.nonce.fetch_add(1, Ordering::SeqCst) as u64;
        self.operate(Input::Apply {
            signer: self.way.master,
            vault,
            nonce,
            expires_after: None,
            action,
        });
    }

    /// Moves dollars to a subaccount, or back.
    fn give(&self, number: usize, usd: i64) {
        self.act(
            None,
            Action::SubAccountTransfer {
                sub_account_user: self.users[number - 1],
                is_deposit: usd > 0,
                usd: usd.unsigned_abs() * 1_000_000,
            },
        );
    }

    /// Dollars leave the exchange.
    fn withdraw(&self, usd: i64) {
        self.nonce.fetch_max(self.now(), Ordering::SeqCst);
        let time = self.nonce.load(Ordering::SeqCst) as u64;
        let send = UsdSend {
            signed: Signed::on(Network::Local),
            destination: self.way.master,
            amount: d(usd),
            time,
        };
        self.act(None, Action::Withdraw3(send));
    }

    /// The market goes to this price, at which any amount is bought and sold.
    fn price(&self, px: i64) {
        let coin = || "BTC".to_owned();
        let level = |px: i64| (d(px), d(1_000_000));
        self.operate(Input::Feed {
            feeds: vec![
                Feed::Oracle {
                    coin: coin(),
                    px: d(px),
                },
                Feed::Liquidity {
                    coin: coin(),
                    bids: vec![level(px - 1)],
                    asks: vec![level(px)],
                },
            ],
        });
    }

    /// Buys (above 0) or sells units on a subaccount, at market.
    fn trade(&self, number: usize, units: i64) {
        let position = self.position(number);
        let px = if units > 0 { 2 * BEFORE } else { 1 };
        let px = d(px).min(d(104)).max(d(76));
        let order = OrderWire {
            a: 0,
            b: units > 0,
            p: px,
            s: d(units.abs()),
            r: false,
            t: OrderKind::Limit { tif: Tif::Ioc },
            c: None,
        };
        self.act(Some(self.users[number - 1]), Action::orders(vec![order]));
        assert_eq!(self.position(number), position + d(units), "not filled");
    }

    fn position(&self, number: usize) -> Decimal {
        self.way.local.with(|net, _| {
            let exchange = net.host().exchange();
            let state = exchange.clearinghouse_state(self.users[number - 1]);
            state.asset_positions.iter().map(|p| p.position.szi).sum()
        })
    }

    /// A strategy that went all the way onto a subaccount.
    async fn live(&self, number: i64, n: u128) -> Uuid {
        let made = NewStrategy {
            id: Uuid::from_u128(n),
            name: format!("Test_MOM_{n:08x}"),
            sentence: "A test.".into(),
            source: SourceName::PatternGen,
            bred: false,
            kind: StrategyType::Momentum,
            side: Side::Long,
            timeframe: "15m".into(),
            symbols: vec!["BTC".into()],
            text: format!("#sbt 1\nstrategy S{n} {{}}\n"),
            normal_hash: format!("n{n}"),
            behaviour_hash: format!("b{n}"),
            recipe: json!({}),
            parents: Vec::new(),
        };
        let (store, lease) = (&self.store, Duration::from_mins(1));
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
        let entered = store.complete_into_pool(&claim, "test", &active, 150).await;
        entered.unwrap();
        let known = store.subaccounts().await.unwrap();
        if known.iter().all(|k| k.id != number) {
            store
                .set_subaccount(&Subaccount::new(number))
                .await
                .unwrap();
        }
        let event = self.event(made.id, "promoted");
        let promoted = store.promote(made.id, number, d(CAPITAL), "test", &event);
        promoted.await.unwrap();
        made.id
    }

    #[allow(clippy::unused_self)] // told as the stage's own
    fn event(&self, strategy: Uuid, what: &str) -> NewEvent {
        NewEvent {
            strategy: Some(strategy),
            name: String::new(),
            stage: Stage::Deployment,
            what: what.into(),
            outcome: Outcome::Passed,
            took_ms: None,
            data: json!({}),
        }
    }

    /// Whoever asked for it leaves, as the monitor would have it.
    async fn leave(&self, number: usize) {
        let id = self.strategies[number - 1];
        let event = self.event(id, "retired");
        let left = self.store.retire(id, "test", "test", &event).await;
        left.unwrap();
    }

    /// What the executor says of the market.
    async fn fresh(&self) {
        let fresh = Fresh { at: self.now() };
        let told = |_: Option<Fresh>| (Some(fresh), ());
        let told = shared::update(&self.store, FRESH_KEY, "test", told).await;
        told.unwrap();
    }

    /// Rounds of guards that were just started: one, and the one that confirms what it suspects.
    async fn guard(&self) {
        for _ in 0..2 {
            let mut guard = Guard::new(Arc::new(self.way.clone()));
            let done = guard.round(&self.store, &self.settings, "guard").await;
            done.unwrap();
            self.way.hand.now.fetch_add(11_000, Ordering::SeqCst);
        }
    }

    /// Time passes, with a market that is known.
    async fn pass(&self, ms: i64) {
        self.way.hand.now.fetch_add(ms, Ordering::SeqCst);
        self.fresh().await;
    }

    async fn in_force(&self) -> Vec<String> {
        let rows = self.store.emergencies().await.unwrap();
        let words = |e: &Emergency| format!("{} {} {}", e.scope, e.scope_id, e.cause);
        rows.iter().map(words).collect()
    }

    async fn stopped(&self) -> usize {
        let seats = self.store.subaccounts().await.unwrap();
        let stopped = |s: &&Subaccount| s.status == SubaccountStatus::Stopped;
        seats.iter().filter(stopped).count()
    }

    async fn venue(&self) -> Arc<dyn Venue> {
        let opening = Opening {
            store: &self.store,
            settings: &self.settings,
            clock: sixbtc_core::market_clock::MarketClock::Wall,
            by: "test",
        };
        self.way.open(opening).await.unwrap()
    }
}

#[tokio::test]
async fn a_daily_loss_halts_until_midnight_and_the_loss_need_not_be_realised() {
    let s = Scene::new().await;
    for n in [1, 2] {
        s.trade(n, 90);
    }
    s.price(90);
    s.pass(HOUR).await;
    s.guard().await;
    assert!(s.in_force().await.is_empty(), "9 % are allowed");
    s.price(88);
    s.pass(HOUR).await;
    s.guard().await;
    assert_eq!(s.in_force().await, ["portfolio  daily_loss"]);
    let row = s.store.emergencies().await.unwrap().remove(0);
    assert_eq!(
        (row.action, row.cooldown_until),
        (StopAction::HaltEntries, Some(T0 + 16 * HOUR))
    );
    assert_eq!(s.stopped().await, 0, "what is open is managed as ever");
    // neither a recovery nor a restart lifts it, midnight does
    s.price(100);
    s.pass(HOUR).await;
    s.guard().await;
    assert_eq!(s.in_force().await.len(), 1);
    s.price(88);
    s.pass(T0 + 16 * HOUR - s.now() - 30 * MINUTE).await;
    s.guard().await;
    assert_eq!(s.in_force().await.len(), 1);
    s.pass(40 * MINUTE).await;
    s.guard().await;
    assert!(s.in_force().await.is_empty());
}

#[tokio::test]
async fn a_drawdown_closes_everything_until_the_exchange_is_flat_and_the_losers_are_gone() {
    let s = Scene::new().await;
    for n in [1, 2] {
        s.trade(n, 200);
    }
    s.pass(HOUR).await;
    s.guard().await;
    // a week later: not since midnight, but since the peak
    for (day, px) in [(1, 97), (2, 94), (3, 91)] {
        s.price(px);
        s.pass(DAY).await;
        s.guard().await;
        assert!(s.in_force().await.is_empty(), "{day}");
    }
    s.price(89);
    s.pass(DAY).await;
    let mut once = Guard::new(Arc::new(s.way.clone()));
    once.round(&s.store, &s.settings, "guard").await.unwrap();
    assert!(s.in_force().await.is_empty(), "one reading closes nothing");
    s.pass(11_000).await;
    s.guard().await;
    let stops = s.in_force().await;
    assert!(stops.contains(&"portfolio  drawdown".into()), "{stops:?}");
    assert_eq!(stops.len(), 1, "{stops:?}");
    assert_eq!(s.stopped().await, 2);
    // who lost is asked to leave, once
    for (n, id) in s.strategies.iter().enumerate() {
        let strategy = s.store.strategy(*id).await.unwrap().unwrap();
        let key = close_key(*id, strategy.trading.unwrap().live_since);
        let asked = shared::read::<CloseRequest>(&s.store, &key).await.unwrap();
        let reason = asked.unwrap().value.reason;
        assert_eq!(reason, "portfolio_drawdown", "{n}");
    }
    // one is flat and leaves; the other stays open beyond the wait, whatever is killed meanwhile
    s.trade(2, -200);
    s.leave(2).await;
    for _ in 0..3 {
        s.pass(20 * HOUR).await;
        s.guard().await;
        let stops = s.in_force().await;
        assert!(stops.contains(&"portfolio  drawdown".into()), "{stops:?}");
    }
    // a part is closed: not flat
    s.trade(1, -199);
    s.pass(HOUR).await;
    s.guard().await;
    assert!(s.in_force().await.contains(&"portfolio  drawdown".into()));
    assert_eq!(s.stopped().await, 2);
    s.trade(1, -1);
    s.pass(HOUR).await;
    s.guard().await;
    assert!(
        s.in_force().await.contains(&"portfolio  drawdown".into()),
        "flat, but who lost still sits there"
    );
    s.leave(1).await;
    s.pass(HOUR).await;
    s.guard().await;
    assert!(s.in_force().await.is_empty(), "{:?}", s.in_force().await);
    assert_eq!(s.stopped().await, 0);
    s.pass(HOUR).await;
    s.guard().await;
    assert!(s.in_force().await.is_empty(), "measured anew");
}

#[tokio::test]
async fn a_subaccount_halts_until_its_strategy_has_left() {
    let s = Scene::new().await;
    s.trade(1, 180);
    s.price(86);
    s.pass(HOUR).await;
    s.guard().await;
    let stops = s.in_force().await;
    assert!(stops.contains(&"subaccount 1 drawdown".into()), "{stops:?}");
    assert!(!stops.contains(&"portfolio  drawdown".into()), "{stops:?}");
    assert_eq!(s.stopped().await, 0);
    s.trade(1, -180);
    s.price(BEFORE);
    for _ in 0..3 {
        s.pass(DAY).await;
        s.guard().await;
    }
    assert_eq!(s.in_force().await, ["subaccount 1 drawdown"]);
    s.leave(1).await;
    s.live(1, 9).await;
    s.pass(HOUR).await;
    s.guard().await;
    assert!(s.in_force().await.is_empty());
    let seat = s.store.subaccounts().await.unwrap().remove(0);
    assert!(seat.peak.unwrap() < d(CAPITAL), "a peak of its own");
}

#[tokio::test]
async fn losing_trades_in_a_row_halt_one_strategy_for_a_day() {
    let s = Scene::new().await;
    let lost = async |n: i64| {
        let new = NewTrade {
            strategy: s.strategies[0],
            strategy_name: String::new(),
            subaccount: 1,
            position_id: format!("p{n}"),
            symbol: "BTC".into(),
            side: Side::Long,
            opened_at: T0 + n,
            entry_price: d(100),
            size: d(1),
            entry_order: None,
            stop: None,
            target: None,
            leverage: 1,
            entry_fee: d(0),
            why: String::new(),
        };
        let exit = TradeExit {
            closed_at: T0 + n + 1,
            exit_price: d(99),
            exit_order: None,
            reason: "stop".into(),
            exit_fee: d(0),
            funding: d(0),
            slippage: d(0),
            pnl: d(-1),
        };
        s.store.upsert_trade(&new, Some(&exit)).await.unwrap();
    };
    for n in 0..9 {
        lost(n).await;
    }
    s.pass(HOUR).await;
    s.guard().await;
    assert!(s.in_force().await.is_empty());
    lost(9).await;
    s.pass(HOUR).await;
    s.guard().await;
    let key = format!("strategy {} losing_streak", s.strategies[0]);
    assert_eq!(s.in_force().await, std::slice::from_ref(&key));
    s.pass(23 * HOUR).await;
    s.guard().await;
    assert_eq!(s.in_force().await, [key]);
    for _ in 0..2 {
        s.pass(HOUR).await;
        s.guard().await;
    }
    assert!(s.in_force().await.is_empty(), "served, and not raised anew");
}

#[tokio::test]
async fn old_data_halt_until_they_are_fresh_even_when_the_exchange_is_silent() {
    let s = Scene::new().await;
    s.pass(HOUR).await;
    s.guard().await;
    // the feed says nothing more, and nor does the exchange: money cannot be read, but the age of data can
    s.way.hand.now.fetch_add(100_000, Ordering::SeqCst);
    let mut guard = Guard::new(Arc::new(Silent));
    let mut round = async || {
        let done = guard.round(&s.store, &s.settings, "guard").await;
        // money cannot be moved either
        assert!(done.is_ok() || done.unwrap_err().to_string().contains("silent"));
        s.way.hand.now.fetch_add(MINUTE, Ordering::SeqCst);
    };
    round().await;
    assert!(s.in_force().await.is_empty(), "100 s are allowed");
    for _ in 0..3 {
        round().await;
    }
    assert_eq!(s.in_force().await, ["system  stale_data"]);
    // the next guard does not take its own beginning for news
    s.guard().await;
    assert_eq!(s.in_force().await, ["system  stale_data"]);
    s.pass(MINUTE).await;
    s.guard().await;
    assert!(s.in_force().await.is_empty());
    // an executor that has just started has as long to say what it knows
    s.way.hand.now.fetch_add(DAY, Ordering::SeqCst);
    s.guard().await;
    assert!(s.in_force().await.is_empty());
}

/// An exchange that does not answer.
struct Silent;

#[async_trait]
impl OpenVenue for Silent {
    async fn open(&self, _: Opening<'_>) -> Result<Arc<dyn Venue>, DeskError> {
        Ok(Arc::new(Self))
    }
}

fn silent<T>() -> Result<T, VenueError> {
    Err(VenueError::Unavailable("silent".into()))
}

#[async_trait]
impl Venue for Silent {
    fn name(&self) -> &'static str {
        "silent"
    }
    async fn master(&self) -> Result<Holding, VenueError> {
        silent()
    }
    async fn subaccounts(&self) -> Result<Vec<Balance>, VenueError> {
        silent()
    }
    async fn transfer(&self, _: Transfer) -> Result<bool, VenueError> {
        silent()
    }
    async fn place(&self, _: &NewOrder) -> Result<Placed, VenueError> {
        silent()
    }
    async fn cancel(&self, _: i64, _: Uuid) -> Result<bool, VenueError> {
        silent()
    }
    async fn positions(&self, _: i64) -> Result<Vec<Position>, VenueError> {
        silent()
    }
    async fn fills(&self, _: i64, _: u64) -> Result<Vec<Fill>, VenueError> {
        silent()
    }
}

#[tokio::test]
async fn money_that_goes_or_comes_is_neither_loss_nor_profit() {
    let s = Scene::new().await;
    // a third of one subaccount and a quarter of everything leave
    s.pass(HOUR).await;
    s.give(1, -3_400);
    s.give(2, -1_700);
    s.pass(HOUR).await;
    s.guard().await;
    s.withdraw(5_000);
    s.pass(MINUTE).await;
    s.guard().await;
    assert!(s.in_force().await.is_empty(), "{:?}", s.in_force().await);
    let seats = s.store.subaccounts().await.unwrap();
    assert_eq!(seats[0].allocated, d(CAPITAL - 3_400));
    assert_eq!(seats[0].peak.unwrap(), d(CAPITAL - 3_400));
    // what comes raises no peak from which what was there before is a loss
    s.operate(Input::Deposit {
        user: s.way.master,
        usdc: d(100_000),
    });
    s.pass(MINUTE).await;
    s.guard().await;
    s.withdraw(99_000);
    s.pass(MINUTE).await;
    s.guard().await;
    assert!(s.in_force().await.is_empty(), "{:?}", s.in_force().await);
    let venue = s.venue().await;
    let moved = venue.movements(T0).await.unwrap();
    let out = moved.iter().filter(|m| m.to == Place::Outside).count();
    let into = moved.iter().filter(|m| m.from == Place::Outside).count();
    assert_eq!((out, into), (2, 2), "{moved:?}");
    assert_eq!(moved.len(), 8, "each once: {moved:?}");
}

#[tokio::test]
async fn equity_is_told_with_what_positions_would_bring() {
    let s = Scene::new().await;
    s.give(1, -6_000);
    s.act(
        None,
        Action::orders(vec![OrderWire {
            a: 0,
            b: true,
            p: d(101),
            s: d(50),
            r: false,
            t: OrderKind::Limit { tif: Tif::Ioc },
            c: None,
        }]),
    );
    s.trade(2, 100);
    s.price(90);
    s.pass(MINUTE).await;
    let venue = s.venue().await;
    let master = venue.master().await.unwrap();
    // bought at 100 and worth 90, and a fee of 0.045 %
    let fee = Decimal::new(45, 5) * d(100);
    assert_eq!(master.equity, d(6_000 - 10 * 50) - fee * d(50));
    assert!(master.free < master.equity, "margin is bound: {master:?}");
    assert_eq!(master.at, Some(s.now()));
    let held = venue.subaccounts().await.unwrap().remove(1);
    assert_eq!(held.balance, d(CAPITAL) - fee * d(100));
    assert_eq!(held.unrealised, Some(d(-1_000)));
    assert_eq!(held.at, Some(s.now()));
    assert_eq!(venue.positions(2).await.unwrap()[0].size, d(100));
}

#[tokio::test]
async fn the_kill_file_and_a_person_stop_until_they_say_otherwise() {
    let s = Scene::new().await;
    let file = s.settings.directories.data.join("KILL");
    std::fs::write(&file, "a test").unwrap();
    s.pass(MINUTE).await;
    s.guard().await;
    assert_eq!(s.in_force().await, ["system  kill_file"]);
    std::fs::remove_file(file).unwrap();
    let row = Emergency {
        scope: "subaccount".into(),
        scope_id: "2".into(),
        cause: "operator".into(),
        action: StopAction::ForceClose,
        reason: "a test".into(),
        since: s.now(),
        cooldown_until: None,
        reset: "operator".into(),
        data: json!({}),
    };
    s.store.set_emergency(&row).await.unwrap();
    s.pass(MINUTE).await;
    s.guard().await;
    assert_eq!(s.in_force().await, ["subaccount 2 operator"]);
    assert_eq!(s.stopped().await, 1);
    s.pass(90 * DAY).await;
    s.guard().await;
    assert_eq!(s.in_force().await.len(), 1);
    let lifted = s.store.clear_emergency("subaccount", "2", "operator");
    assert!(lifted.await.unwrap());
    s.pass(MINUTE).await;
    s.guard().await;
    assert_eq!((s.in_force().await.len(), s.stopped().await), (0, 0));
}

#[tokio::test]
async fn what_is_low_is_topped_up_from_the_master_account_once() {
    let s = Scene::new().await;
    s.give(1, -9_900);
    s.give(2, -9_990);
    // more than all of it is wished for
    s.withdraw(19_890 - 250);
    s.pass(MINUTE).await;
    let (venue, rest, clock) = (s.venue().await, s.way.rest(), s.way.clock());
    let mover = Mover {
        store: &s.store,
        rest: &rest,
        vault: &s.vault,
        clock: &clock,
        speed: 1.0,
        master: s.way.master,
        by: "executor",
    };
    let before = venue.master().await.unwrap().free;
    assert_eq!(before, d(250));
    let turns = Arc::new(Semaphore::new(0));
    let mut patient = s.way.clone();
    patient.hand.turns = Some(turns.clone());
    let mut guard = Guard::new(Arc::new(patient));
    let round = guard.round(&s.store, &s.settings, "guard");
    let executor = async {
        loop {
            for (number, user) in s.users.iter().enumerate() {
                let looked = mover.look(number as i64 + 1, *user).await.unwrap();
                assert_ne!(looked, Looked::Waits);
            }
            // whoever waits for a movement waits until all have been looked at
            turns.add_permits(usize::from(turns.available_permits() == 0));
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        done = round => done.unwrap(),
        () = executor => {}
    }
    let held = venue.subaccounts().await.unwrap();
    let held: Vec<Decimal> = held.iter().map(|b| b.balance).collect();
    // the master account keeps 100; whoever has least comes first
    assert_eq!(venue.master().await.unwrap().free, d(100));
    assert_eq!(held[0] + held[1], d(100 + 10 + 150), "{held:?}");
    assert!(held[1] >= d(15) && held[1] > held[0] - d(100), "{held:?}");
    assert!(s.in_force().await.is_empty());
    // told again, nothing moves again
    s.pass(MINUTE).await;
    s.guard().await;
    let again = venue.subaccounts().await.unwrap();
    assert_eq!(again.iter().map(|b| b.balance).collect::<Vec<_>>(), held);
    assert!(s.in_force().await.is_empty(), "{:?}", s.in_force().await);
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
async fn a_guard_that_is_killed_anywhere_raises_the_same() {
    let mut killed = 0;
    for left in 1..60 {
        let s = Scene::new().await;
        for n in [1, 2] {
            s.trade(n, 190);
        }
        s.price(89);
        s.pass(HOUR).await;
        let mut once = Guard::new(Arc::new(s.way.clone()));
        once.round(&s.store, &s.settings, "guard").await.unwrap();
        s.pass(11_000).await;
        let mut guard = Guard::new(Arc::new(s.way.clone()));
        let round = Mortal {
            inner: Box::pin(guard.round(&s.store, &s.settings, "guard")),
            left,
        };
        let ended = round.await;
        killed += usize::from(ended.is_none());
        s.pass(MINUTE).await;
        s.guard().await;
        assert_eq!(
            s.in_force().await,
            ["portfolio  daily_loss", "portfolio  drawdown"],
            "killed at {left}"
        );
        assert_eq!(s.stopped().await, 2);
        if ended.is_some() {
            break;
        }
    }
    assert!(killed > 5, "{killed}");
}
