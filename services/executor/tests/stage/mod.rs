//! One account as its task really runs, in front of a simulated exchange of the same process, on a clock moved by hand and polled
//! by hand: a run is the same run every time, and can be killed at any of its waits.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use rust_decimal::Decimal;
use sbt_driver::{Backend, NoFiles, check, compile};
use sixbtc_engine::RunSettings;
use sixbtc_exchange::client::{HttpAnswer, Ready, Rest, RestSettings, Transport, TransportError};
use sixbtc_exchange::sign::Key;
use sixbtc_exchange::wire::action::Signed;
use sixbtc_exchange::wire::ws::{ClientFrame, Frame, Subscription};
use sixbtc_exchange::wire::{Action, Address};
use sixbtc_exchange::{Network, Pace};
use sixbtc_executor::account::universe::Universe;
use sixbtc_executor::account::{
    Account, AccountSettings, ClosedBars, Input, Mandate, Market, SocketNews, Start,
};
use sixbtc_executor::clock::VenueClock;
use sixbtc_executor::disk::DiskError;
use sixbtc_executor::keeper::{Files, Keeper};
use sixbtc_executor::task::{self, Books, Brings, Ended, Ports, Report, Signs};
use sixbtc_live::desk::{Closed, Entry};
use sixbtc_market::{Bar, Bars, Timeframe};
use sixbtc_venue::engine::Settings;
use sixbtc_venue::host::{Host, HostSettings, Limits, Local, LocalSocket, Net};
use sixbtc_venue::market::{CoinSeries, Player, PlayerSettings};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub const MINUTE: i64 = 60_000;
/// Some Monday.
pub const FROM: i64 = 1_700_438_400_000;
pub const CAPITAL: u64 = 10_000;

/// Enters whenever it is flat, protects itself, and leaves after three bars at the latest.
pub const BUSY: &str = r#"#sbt 1

strategy busy "Always in the market" {
  on 1m

  enter long when close > 0 {
    stop 2%
    target 4%
    exit after 3 bars
  }

  size 20% of equity
}
"#;

/// A clock moved by hand, and waiting on it.
#[derive(Clone)]
pub struct Hand(Arc<AtomicI64>, Arc<Mutex<Vec<(i64, Waker)>>>);

impl Hand {
    pub fn at(time: i64) -> Self {
        Self(Arc::new(AtomicI64::new(time)), Arc::default())
    }
    pub fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
    pub fn set(&self, time: i64) {
        self.0.store(time, Ordering::SeqCst);
        let mut waits = self.1.lock().unwrap();
        let (due, later) = waits.drain(..).partition(|(at, _)| *at <= time);
        *waits = later;
        drop(waits);
        let due: Vec<(i64, Waker)> = due;
        for (_, waker) in due {
            waker.wake();
        }
    }
}

struct Until(Hand, i64);

impl Future for Until {
    type Output = ();
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0.now() >= self.1 {
            return Poll::Ready(());
        }
        self.0.1.lock().unwrap().push((self.1, cx.waker().clone()));
        Poll::Pending
    }
}

#[async_trait]
impl Pace for Hand {
    fn elapsed(&self) -> Duration {
        Duration::from_millis((self.now() - FROM + 1_000_000) as u64)
    }
    async fn pause(&self, how_long: Duration) {
        Until(self.clone(), self.now() + how_long.as_millis() as i64).await;
    }
    fn chance(&self) -> f64 {
        0.5
    }
}

/// Counts what the task does, so that waits are told apart in which nothing has happened since the last one.
pub type Steps = Arc<AtomicU64>;

fn step(steps: &Steps) {
    steps.fetch_add(1, Ordering::SeqCst);
}

/// Gives the poller a chance, once.
struct Yield(bool);

impl Future for Yield {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Requests wait before they leave and before their answer arrives.
struct Slow {
    inner: Local,
    steps: Steps,
    /// Actions that arrived at the exchange.
    pub actions: Arc<AtomicU64>,
    questions: Arc<Questions>,
}

/// Questions that are under way, and whether they are answered.
#[derive(Default)]
pub struct Questions {
    pub flying: AtomicU64,
    pub mute: AtomicBool,
}

struct Asking<'a>(&'a Questions);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.flying.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Transport for Slow {
    async fn post(&self, path: &str, body: Vec<u8>) -> Result<HttpAnswer, TransportError> {
        let questions = &self.questions;
        questions.flying.fetch_add(1, Ordering::SeqCst);
        let _asking = Asking(questions);
        if path == "/info" && questions.mute.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        step(&self.steps);
        Yield(false).await;
        let answer = self.inner.post(path, body).await;
        if path == "/exchange" {
            self.actions.fetch_add(1, Ordering::SeqCst);
        }
        step(&self.steps);
        Yield(false).await;
        step(&self.steps);
        answer
    }
}

/// The real files, with waits before and after; killed before, a part of the record may be there.
struct Waits {
    files: Files,
    journal: PathBuf,
    steps: Steps,
    torn: bool,
    /// Writes so far, and at which of them there is no room.
    writes: u64,
    full_at: Option<u64>,
}

struct Torn<'a>(Option<(&'a Path, &'a [u8])>);

impl Drop for Torn<'_> {
    fn drop(&mut self) {
        use std::io::Write;
        if let Some((path, bytes)) = self.0 {
            let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
            file.write_all(&bytes[..bytes.len() / 2]).unwrap();
        }
    }
}

#[async_trait]
impl Keeper for Waits {
    async fn append(&mut self, records: Vec<u8>) -> Result<(), DiskError> {
        step(&self.steps);
        self.writes += 1;
        if self.full_at == Some(self.writes - 1) {
            // some of it may have found room
            use std::io::Write;
            let file = std::fs::OpenOptions::new().append(true).open(&self.journal);
            file.unwrap()
                .write_all(&records[..records.len() / 3])
                .unwrap();
            return Err(DiskError::Disk {
                path: self.journal.clone(),
                action: "write to it",
                source: std::io::ErrorKind::StorageFull.into(),
            });
        }
        let mut torn = Torn(self.torn.then_some((self.journal.as_path(), &records[..])));
        Yield(false).await;
        torn.0 = None;
        drop(torn);
        let done = self.files.append(&records);
        step(&self.steps);
        Yield(false).await;
        step(&self.steps);
        done
    }
    async fn save(&mut self, state: Vec<u8>) -> Result<(), DiskError> {
        step(&self.steps);
        Yield(false).await;
        let done = self.files.save(&state);
        step(&self.steps);
        Yield(false).await;
        step(&self.steps);
        done
    }
}

pub struct Agent(pub Key, pub Address);

impl Signs for Agent {
    fn sign(&self, action: Action, nonce: u64, expires: u64, _: i64) -> Result<Ready, String> {
        let ready = Ready::placing(
            &self.0,
            Network::Local,
            action,
            nonce,
            Some(self.1),
            expires,
        );
        ready.map_err(|e| e.to_string())
    }
}

/// The store: survives its processes.
#[derive(Default)]
pub struct Shelf {
    pub trades: Mutex<BTreeMap<(u64, u32), Closed>>,
    pub reports: Mutex<Vec<Report>>,
}

struct Writes(Arc<Shelf>, Steps);

#[async_trait]
impl Books for Writes {
    async fn closed(&self, trade: &Closed) -> Result<(), String> {
        step(&self.1);
        Yield(false).await;
        let key = (trade.number, trade.part);
        let before = self.0.trades.lock().unwrap().insert(key, trade.clone());
        if let Some(before) = before {
            let of = |c: &Closed| {
                (
                    c.trade.entry_price.to_bits(),
                    c.trade.size.to_bits(),
                    c.time,
                )
            };
            assert_eq!(of(&before), of(trade), "told again, told the same");
        }
        step(&self.1);
        Yield(false).await;
        step(&self.1);
        Ok(())
    }
    fn report(&self, report: Report) {
        self.0.reports.lock().unwrap().push(report);
    }
}

struct Data(Vec<Bars>, Hand);

impl Data {
    fn closed(&self, series: usize, from: i64) -> ClosedBars {
        let bars = &self.0[series];
        let through = bars.timeframe.floor(self.1.now());
        let rows = bars.between(Some(from), Some(through - bars.timeframe.ms() + 1));
        ClosedBars {
            series,
            from,
            through: through.max(from),
            bars: (0..rows.len()).filter_map(|r| rows.get(r)).collect(),
        }
    }
}

#[async_trait]
impl Brings for Data {
    async fn bars(&self, series: usize, from: i64) -> Result<ClosedBars, String> {
        Ok(self.closed(series, from))
    }
}

fn key(number: u8) -> Key {
    let mut bytes = [7; 32];
    bytes[31] = number;
    Key::from_bytes(&bytes).unwrap()
}

/// A minute's bars that wander by a quarter of a per cent.
pub fn bars(symbol: &str, count: i64, before: i64) -> Bars {
    let mut bars = Bars::new(symbol, Timeframe::M1);
    let mut price = 20_000.0;
    for i in 0..count {
        let up = [12.0, -7.0, 25.0, -31.0, 9.0, 18.0, -22.0][i as usize % 7];
        let open = price;
        price += up;
        bars.push(Bar {
            time: FROM + (i - before) * MINUTE,
            open,
            high: open.max(price) + 8.0,
            low: open.min(price) - 8.0,
            close: price,
            volume: 10.0,
        });
    }
    bars
}

pub struct Venue {
    pub local: Local,
    pub hand: Hand,
    pub user: Address,
    pub agent: [u8; 32],
}

/// A venue with one funded subaccount.
pub fn venue(data: &[Bars], hand: &Hand) -> (Venue, Universe) {
    let (venue, universe, _) = venue_of(data, hand, 1);
    (venue, universe)
}

/// A venue with funded subaccounts of one master, for all of which one agent trades.
pub fn venue_of(data: &[Bars], hand: &Hand, accounts: usize) -> (Venue, Universe, Vec<Address>) {
    let coins = data
        .iter()
        .map(|b| CoinSeries::new(&b.symbol, Arc::new(b.clone())));
    let play = PlayerSettings {
        start: Some(FROM),
        settle: 5_000,
        ..PlayerSettings::exact()
    };
    let rules = play.rules(Settings {
        budget_enforced: false,
        ..Settings::default()
    });
    let player = Player::new(coins.collect(), play).unwrap();
    let settings = HostSettings {
        limits: Limits::none(),
        ..HostSettings::default()
    };
    let mut host = Host::new(rules, settings, Some(Box::new(player)), FROM).unwrap();
    let users = deposit(&mut host, FROM, accounts);
    let (universe, _) = Universe::read(&host.exchange().meta());
    let clock = hand.clone();
    let local = Local::new(Net::new(host), move || clock.now());
    let mut agent = [7; 32];
    agent[31] = 2;
    let venue = Venue {
        local,
        hand: hand.clone(),
        user: users[0],
        agent,
    };
    (venue, universe, users)
}

fn deposit(host: &mut Host, now: i64, accounts: usize) -> Vec<Address> {
    use sixbtc_venue::engine::Input;
    let (master, agent) = (key(1), key(2));
    let money = Input::Deposit {
        user: master.address(),
        usdc: Decimal::from(CAPITAL * accounts as u64),
    };
    host.operate(now, money).unwrap();
    let mut nonce = now as u64;
    let mut act = |host: &mut Host, action: Action| {
        nonce += 1;
        let input = Input::Apply {
            signer: master.address(),
            vault: None,
            nonce,
            expires_after: None,
            action,
        };
        host.operate(now, input).unwrap();
    };
    for n in 1..=accounts {
        let name = format!("Bot-{n:03}");
        act(host, Action::CreateSubAccount { name });
    }
    let subs = host.exchange().sub_accounts(master.address()).unwrap();
    let users: Vec<Address> = subs.iter().map(|s| s.sub_account_user).collect();
    for user in &users {
        act(
            host,
            Action::SubAccountTransfer {
                sub_account_user: *user,
                is_deposit: true,
                usd: CAPITAL * 1_000_000,
            },
        );
    }
    let last = now as u64 + 2 * accounts as u64;
    act(
        host,
        Action::ApproveAgent {
            signed: Signed::on(Network::Local),
            agent_address: agent.address(),
            agent_name: Some("bot".to_owned()),
            nonce: last + 1,
        },
    );
    users
}

/// A strategy ready to trade at a venue.
pub fn mandate(text: &str, data: &[Bars], universe: &Universe, user: Address) -> Mandate {
    let checked = check(&NoFiles, "stage", text, &HashMap::new());
    assert!(checked.is_ok(), "{:?}", checked.diagnostics);
    let compiled = compile(&checked.hir.strategies[0], Backend::Cranelift).unwrap();
    let params = compiled
        .manifest()
        .params
        .iter()
        .map(|p| p.default)
        .collect();
    let market = |bars: &Bars| {
        let asset = universe.find(&bars.symbol).unwrap().clone();
        Market::new(&bars.symbol, asset, bars.price_scale(), 10.0)
    };
    let mut settings = AccountSettings::default();
    settings.desk.price_age = 30_000;
    settings.clock_silence = 60_000;
    settings.desk.caps.orders_a_minute = 10_000;
    Mandate {
        name: "stage-1".into(),
        program: checked.hash.clone(),
        user,
        agent: key(2).address(),
        kernel: Arc::from(compiled.kernel),
        params,
        run: RunSettings {
            capital: CAPITAL as f64,
            max_positions: data.len() as u32,
            funding: false,
            liquidation: false,
            ..RunSettings::default()
        },
        timeframe: data[0].timeframe,
        markets: data.iter().map(market).collect(),
        readings: Vec::new(),
        anchor: data[0].time[0],
        from: FROM,
        settings,
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A process: the task, and what feeds it.
pub struct Process {
    life: BoxFuture<'static, Ended>,
    flag: Arc<Flag>,
    pub to: mpsc::Sender<Input>,
    pub stop: CancellationToken,
    socket: Option<LocalSocket>,
    through: i64,
}

/// Everything that outlives a process.
pub struct World {
    pub venue: Venue,
    pub hand: Hand,
    pub mandate: Mandate,
    pub data: Vec<Bars>,
    pub directory: PathBuf,
    pub shelf: Arc<Shelf>,
    pub steps: Steps,
    pub actions: Arc<AtomicU64>,
    pub questions: Arc<Questions>,
    pub torn: bool,
    /// The write of the journal for which there is no room.
    pub full_at: Option<u64>,
    /// By how much the machine's clock is ahead of the venue's.
    pub skew: i64,
}

impl World {
    pub fn new(directory: &Path, text: &str, torn: bool) -> Self {
        let hand = Hand::at(FROM);
        let data = vec![bars("BTC", 120, 30)];
        let (venue, universe) = venue(&data, &hand);
        let mandate = mandate(text, &data, &universe, venue.user);
        Self {
            venue,
            hand,
            mandate,
            data,
            directory: directory.to_owned(),
            shelf: Arc::default(),
            steps: Arc::default(),
            actions: Arc::default(),
            questions: Arc::default(),
            torn,
            full_at: None,
            skew: 0,
        }
    }

    /// Starts a process from what is on disk.
    pub fn start(&self) -> Process {
        let name = self.mandate.name.clone();
        let (files, found) =
            Files::open::<Entry>(&self.directory, &name, "executor@test:1:1").unwrap();
        let keeper = Waits {
            files,
            journal: self.directory.join(&name).join("journal"),
            steps: Arc::clone(&self.steps),
            torn: self.torn,
            writes: 0,
            full_at: self.full_at,
        };
        let transport = Slow {
            inner: self.venue.local.clone(),
            steps: Arc::clone(&self.steps),
            actions: Arc::clone(&self.actions),
            questions: Arc::clone(&self.questions),
        };
        let pace: Arc<dyn Pace> = Arc::new(self.hand.clone());
        let rest = Rest::new(
            Arc::new(transport),
            Arc::clone(&pace),
            RestSettings {
                read_weight: 1_000_000,
                action_weight: 1_000_000,
                ..RestSettings::default()
            },
        );
        let (to, inputs) = mpsc::channel(4_096);
        let stop = CancellationToken::new();
        let (hand, skew) = (self.hand.clone(), self.skew);
        let data = Arc::new(Data(self.data.clone(), self.hand.clone()));
        let ports = Ports {
            keeper: Box::new(keeper),
            rest: Arc::new(rest),
            signer: Arc::new(Agent(
                Key::from_bytes(&self.venue.agent).unwrap(),
                self.venue.user,
            )),
            books: Arc::new(Writes(Arc::clone(&self.shelf), Arc::clone(&self.steps))),
            history: data,
            clock: VenueClock::shared(Arc::new(move || hand.now() + skew)),
            pace,
            inputs,
            tick: Duration::from_secs(1),
            stop: stop.clone(),
            answer: Duration::from_secs(20),
            patience: Duration::from_secs(5),
        };
        let (mandate, now) = (self.mandate.clone(), self.hand.now());
        let own = now + skew;
        let known: Vec<Bars> = self
            .data
            .iter()
            .map(|b| b.between(None, Some(now - b.timeframe.ms() + 1)))
            .collect();
        let through = known[0].end().unwrap();
        let life = async move {
            let bound = mandate.bind(&known).unwrap();
            let start = Start {
                history: &known,
                state: found.state.as_deref(),
                journal: &found.records,
            };
            let (mut account, first) = Account::start(&bound, start, own).unwrap();
            task::run(&mut account, first, ports).await
        };
        Process {
            life: Box::pin(life),
            flag: Arc::new(Flag(AtomicBool::new(true))),
            to,
            stop,
            socket: None,
            through,
        }
    }

    /// Moves the world by so much, without a process.
    pub fn pass(&self, ms: i64) {
        self.hand.set(self.hand.now() + ms);
        self.venue.local.pump();
    }

    /// Signed position at the venue.
    pub fn position(&self) -> Decimal {
        self.venue.local.with(|net, _| {
            let state = net.host().exchange().clearinghouse_state(self.venue.user);
            state.asset_positions.iter().map(|p| p.position.szi).sum()
        })
    }

    /// What rests at the venue to protect the position.
    pub fn protected(&self) -> Decimal {
        self.venue.local.with(|net, _| {
            let open = net.host().exchange().frontend_orders(self.venue.user);
            let stops = open.iter().filter(|o| o.is_trigger && o.reduce_only);
            let stops = stops.filter(|o| o.order_type.to_string().starts_with("Stop"));
            stops.map(|o| o.sz).sum()
        })
    }

    pub fn open_orders(&self) -> usize {
        self.venue
            .local
            .with(|net, _| net.host().exchange().open_orders(self.venue.user).len())
    }

    pub fn equity(&self) -> Decimal {
        self.venue.local.with(|net, _| {
            let state = net.host().exchange().clearinghouse_state(self.venue.user);
            state.margin_summary.account_value
        })
    }
}

impl Process {
    /// Lets it run until it waits; `Err` when it has ended. `true`: it wants to go on at once.
    pub fn poll(&mut self) -> Result<bool, Ended> {
        self.flag.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&self.flag));
        match self.life.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(ended) => Err(ended),
            Poll::Pending => Ok(self.flag.0.load(Ordering::SeqCst)),
        }
    }

    /// Brings it what has happened by now.
    pub fn feed(&mut self, world: &World) {
        if self.socket.as_ref().is_none_or(|s| !s.is_open()) {
            if self.socket.take().is_some() {
                let _ = self
                    .to
                    .try_send(Input::Socket(SocketNews::Lost("closed".into())));
            }
            if let Ok(socket) = world.venue.local.open() {
                let user = world.venue.user;
                for subscription in [
                    Subscription::AllMids { dex: None },
                    Subscription::OrderUpdates { user },
                    Subscription::UserEvents { user },
                    Subscription::UserFills {
                        user,
                        aggregate_by_time: None,
                    },
                ] {
                    let frame: ClientFrame = ClientFrame::Subscribe { subscription };
                    socket.send(&serde_json::to_string(&frame).unwrap());
                }
                self.socket = Some(socket);
                let _ = self.to.try_send(Input::Socket(SocketNews::Connected));
            }
        }
        if let Some(socket) = &self.socket {
            for text in socket.frames() {
                if let Ok(Some(frame)) = Frame::read(&text) {
                    let _ = self.to.try_send(Input::Frame(Box::new(frame)));
                }
            }
        }
        let data = Data(world.data.clone(), world.hand.clone());
        let closed = data.closed(0, self.through);
        if closed.through > self.through {
            self.through = closed.through;
            let _ = self.to.try_send(Input::Closed(closed));
        }
    }
}
