//! Opening the office: gate, keys, connection, clock, subaccounts – in this order, so that no key is opened for nothing.

use super::Office;
use super::hire::universe;
use crate::clock::{VenueClock, wall};
use crate::disk::{Machine, replaced};
use crate::feed::{TapeSettings, serve};
use crate::gate::{self, Target};
use crate::gateway::{HyperliquidVenue, MASTER_KEY, connect};
use crate::lock::mark;
use crate::vault::{Vault, VaultError};
use sixbtc_core::candles::Candles;
use sixbtc_core::daemon::{Context, ServiceError};
use sixbtc_core::market_clock::{ClockError, MarketClock};
use sixbtc_core::settings::Settings;
use sixbtc_core::shared;
use sixbtc_core::store::Store;
use sixbtc_exchange::client::{Http, HttpSettings, Rest, SocketSettings, Transport};
use sixbtc_exchange::keys::{self, KeyFile, Role, Secret, Unlock, WorkFactor};
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::{Network, Pace, WallPace};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Finds what opens the key file; `None` when nobody has said. Errors are for people and hold nothing of it.
pub type UnlockSource = Arc<dyn Fn(&Settings) -> Result<Option<Unlock>, String> + Send + Sync>;

/// How often a replay's clock is looked at.
const TIME: Duration = Duration::from_millis(500);
/// Reports that may wait.
const REPORTS: usize = 4_096;

fn fatal(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::Fatal(error.to_string())
}

fn passing(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::Passing(error.to_string())
}

fn of_clock(error: ClockError) -> ServiceError {
    match error {
        ClockError::Store(e) => ServiceError::Store(e),
        other => passing(other),
    }
}

/// Opens it.
pub(super) async fn open(
    cx: &Context,
    settings: &Settings,
    unlock: &UnlockSource,
) -> Result<Office, ServiceError> {
    let target = gate::open(settings).map_err(fatal)?;
    // before any key is in memory
    keys::harden().map_err(fatal)?;
    let directory = settings.directories.accounts.clone();
    let mark = mark(&directory).map_err(passing)?;
    let vault = vault(&target, settings, unlock, &directory).await?;
    let master = match target.master {
        Some(master) => master,
        None => vault.only_master().await.map_err(fatal)?.ok_or_else(|| {
            fatal("`hyperliquid.user_address` is empty, and the key file does not have exactly one master account")
        })?,
    };
    let rest = Arc::new(connect(&target)?);
    let candles = Arc::new(Candles::new(&settings.directories.data));
    let market = MarketClock::open(&cx.store, settings, &candles, &cx.identity).await;
    let market = market.map_err(of_clock)?;
    let speed = match market {
        MarketClock::Wall => 1.0,
        MarketClock::Replay(replay) => replay.speed,
    };
    let market = Arc::new(RwLock::new(market));
    let clock = match speed {
        // a replay's clock is the store's, and so is its venue's
        _ if is_replay(&market) => {
            let market = Arc::clone(&market);
            VenueClock::shared(Arc::new(move || {
                let market = market.read().unwrap_or_else(PoisonError::into_inner);
                market.at(wall())
            }))
        }
        _ => VenueClock::machine(),
    };
    measure(&rest, &clock).await?;
    let pace: Arc<dyn Pace> = Arc::new(WallPace::default());
    let venue = Arc::new(HyperliquidVenue::new(
        Arc::clone(&rest),
        (target.clone(), master),
        settings,
        cx.store.clone(),
        &cx.identity,
        clock.clone(),
        Arc::clone(&pace),
    ));
    if target.network == Network::Local {
        // whoever looks at a local venue finds out here whose accounts they are
        let told = |_: Option<Address>| (Some(master), ());
        shared::update(&cx.store, MASTER_KEY, &cx.identity, told).await?;
    }
    let universe = universe(&rest).await.map_err(passing)?;
    let (mut tasks, stop) = (JoinSet::new(), cx.stop.child_token());
    if is_replay(&market) {
        let (market, store) = (Arc::clone(&market), cx.store.clone());
        tasks.spawn(time_flows(market, store, cx.identity.clone(), stop.clone()));
    }
    let mut socket = SocketSettings::new(&target.socket);
    socket.ping = Duration::from_secs(settings.hyperliquid.websocket.ping_interval);
    socket.pong = Duration::from_secs(settings.hyperliquid.websocket.ping_timeout);
    let feed = serve(
        &mut tasks,
        Arc::clone(&rest),
        socket,
        patience(speed),
        clock.clone(),
        Arc::clone(&pace),
        stop.clone(),
    );
    let (reports, heard) = mpsc::channel(REPORTS);
    tracing::info!(network = %target.network, %master, url = target.url, "trades at Hyperliquid");
    Ok(Office {
        target,
        master,
        rest,
        vault,
        clock,
        market,
        speed,
        pace,
        feed,
        venue,
        universe,
        directory,
        mark,
        store: cx.store.clone(),
        by: cx.identity.clone(),
        reports,
        heard,
        turn: Arc::default(),
        stop,
        tasks,
    })
}

/// Keeps a replay going, whatever the office is busy with: it stands still when nobody looks.
async fn time_flows(
    market: Arc<RwLock<MarketClock>>,
    store: Store,
    by: String,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(TIME) => {}
        }
        let mut clock = *market.read().unwrap_or_else(PoisonError::into_inner);
        match clock.now(&store, &by).await {
            Ok(_) => *market.write().unwrap_or_else(PoisonError::into_inner) = clock,
            // the last mark serves for half a minute; then time stands still
            Err(e) => tracing::warn!("the market's clock: {e}"),
        }
    }
}

fn is_replay(market: &RwLock<MarketClock>) -> bool {
    let market = market.read().unwrap_or_else(PoisonError::into_inner);
    matches!(*market, MarketClock::Replay(_))
}

/// In a market that runs faster than life, the same wait by the wall is longer.
fn patience(speed: f64) -> TapeSettings {
    let usual = TapeSettings::default();
    let longer = |ms: i64| (ms as f64 * speed.max(1.0)) as i64;
    TapeSettings {
        grace: longer(usual.grace),
        settle: usual.settle,
        every: longer(usual.every),
    }
}

/// Compares clocks.
pub(super) async fn measure(rest: &Rest, clock: &VenueClock) -> Result<(), ServiceError> {
    let sent = clock.own();
    let status = rest.exchange_status().await.map_err(passing)?;
    clock.heard(sent, status.time, clock.own());
    Ok(())
}

/// Opens the key file. On a local venue, where no key is worth anything, one is made that nobody has to care for.
async fn vault(
    target: &Target,
    settings: &Settings,
    unlock: &UnlockSource,
    directory: &Path,
) -> Result<Vault, ServiceError> {
    let given = unlock(settings).map_err(fatal)?;
    let file = KeyFile::new(&settings.keys.file);
    let work = WorkFactor::new(settings.keys.work_factor).unwrap_or_default();
    let (file, unlock, work) = match given {
        Some(unlock) => (file, unlock, work),
        None if target.network == Network::Local => {
            let (file, unlock) = paper(directory).map_err(fatal)?;
            (file, unlock, play())
        }
        None => {
            return Err(fatal(
                "nothing opens the keys: set SIXBTC_KEYS_PASSPHRASE, or name a file that holds it: keys.passphrase_file",
            ));
        }
    };
    let network = target.network;
    let opened = tokio::task::spawn_blocking(move || {
        if network == Network::Local {
            furnish(&file, &unlock, work)?;
        }
        Vault::open(file, unlock, work, network)
    });
    opened.await.map_err(passing)?.map_err(fatal)
}

/// Makes a master account where there is no key file yet.
fn furnish(file: &KeyFile, unlock: &Unlock, work: WorkFactor) -> Result<(), VaultError> {
    if file.exists() {
        return Ok(());
    }
    file.edit(unlock, work, |contents| {
        let made = contents.add_master("paper", None, Secret::generate(), wall());
        made.map(|_| ()).map_err(VaultError::from)
    })
}

/// What a guess of the passphrase costs, where it guards nothing.
fn play() -> WorkFactor {
    WorkFactor::new(WorkFactor::MIN).unwrap_or_default()
}

/// The master account that is traded for on a local venue when nobody has said what opens the key file: its key is made here if
/// there is none yet. A venue that is started beside the executor can so give it money from the beginning.
///
/// # Errors
/// In words for people, when the files of `directory` can be neither read nor made.
pub fn paper_master(directory: &Path) -> Result<Address, String> {
    std::fs::create_dir_all(directory).map_err(|e| format!("{}: {e}", directory.display()))?;
    let (file, unlock) = paper(directory)?;
    furnish(&file, &unlock, play()).map_err(|e| e.to_string())?;
    let contents = file.read(&unlock).map_err(|e| e.to_string())?;
    let mut masters = contents.entries().iter();
    let master = masters.find(|e| e.role == Role::Master);
    master.map(|e| e.address).ok_or_else(|| {
        let path = file.path().display();
        format!("{path} holds no master account")
    })
}

/// Keys for a local venue, in a file of their own, opened by a passphrase beside it: they guard play money.
fn paper(directory: &Path) -> Result<(KeyFile, Unlock), String> {
    let path = directory.join("paper.passphrase");
    if !path.exists() {
        let words = format!("{}{}", uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
        replaced(&Machine, &path, &[words.as_bytes()])
            .map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let unlock = Unlock::from_file(&path).map_err(|e| e.to_string())?;
    Ok((KeyFile::new(directory.join("paper.age")), unlock))
}

/// Asks a local venue for play money, when the master account has none yet.
pub async fn give_money(
    url: &str,
    user: Address,
    usdc: rust_decimal::Decimal,
) -> Result<(), String> {
    let http = Http::new(url, &HttpSettings::default()).map_err(|e| e.to_string())?;
    let body = serde_json::json!({ "user": user, "usdc": usdc.to_string() }).to_string();
    let answer = http.post("/control/faucet", body.into_bytes()).await;
    let answer = answer.map_err(|e| e.to_string())?;
    if answer.status == 200 {
        return Ok(());
    }
    let says = String::from_utf8_lossy(&answer.body)
        .chars()
        .take(200)
        .collect::<String>();
    Err(format!("the faucet says {}: {says}", answer.status))
}
