//! Trading at an exchange: one account at work for each live strategy, and what they share.
//!
//! The store says who trades, what is to stop and what is to end; the accounts themselves need no store to go on. Whoever holds
//! the lease trades; the lock of an account's directory keeps a second executor of this machine off, and the mark of the directory,
//! kept in the store, one with another disk.

mod books;
mod hire;
mod house;
mod obey;
mod open;
mod past;
mod prepare;
mod staff;
mod sync;

pub use books::{Of, StoreBooks, row, write_positions};
pub use hire::HireError;
pub use open::{UnlockSource, give_money, paper_master};

use crate::account::universe::Universe;
use crate::clock::VenueClock;
use crate::feed::FeedHandle;
use crate::gate::Target;
use crate::gateway::HyperliquidVenue;
use crate::lock::{AccountLock, LockError, mark};
use crate::task::Report;
use crate::vault::Vault;
use crate::worker::LEASE;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sixbtc_core::daemon::{Context, Next, ServiceError, Worker};
use sixbtc_core::market_clock::MarketClock;
use sixbtc_core::settings::Settings;
use sixbtc_core::shared;
use sixbtc_core::store::Store;
use sixbtc_exchange::Pace;
use sixbtc_exchange::client::Rest;
use sixbtc_exchange::wire::Address;
use staff::Staff;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long the lease holds without being renewed.
const TTL: Duration = Duration::from_mins(1);
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(10);
/// How long accounts have to end.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often reports are read and money is moved.
const ROUND: Duration = Duration::from_secs(1);

/// What all accounts share.
pub struct Office {
    target: Target,
    master: Address,
    rest: Arc<Rest>,
    vault: Vault,
    clock: VenueClock,
    market: Arc<RwLock<MarketClock>>,
    /// How much faster than life the market is.
    speed: f64,
    pace: Arc<dyn Pace>,
    feed: FeedHandle,
    venue: Arc<HyperliquidVenue>,
    universe: Universe,
    directory: PathBuf,
    mark: String,
    store: Store,
    by: String,
    reports: mpsc::Sender<(Uuid, Report)>,
    heard: mpsc::Receiver<(Uuid, Report)>,
    /// Whose turn it is to read candles for a replay.
    turn: Arc<Mutex<()>>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// Keeps an office and its staff, one round after the other.
pub struct LiveTrader {
    unlock: UnlockSource,
    office: Option<(Office, Staff)>,
    /// The lock of the directory with all accounts.
    lock: Option<AccountLock>,
    /// When the lease was last known to be ours.
    leased: Option<Instant>,
    renewed: Option<Instant>,
}

impl LiveTrader {
    /// With what opens the key file.
    pub fn new(unlock: UnlockSource) -> Self {
        Self {
            unlock,
            office: None,
            lock: None,
            leased: None,
            renewed: None,
        }
    }

    /// Whether this process may trade: it holds the directory and the lease, and knows so.
    async fn leased(&mut self, cx: &Context, settings: &Settings) -> Result<bool, ServiceError> {
        if self.lock.is_none() {
            let taken = AccountLock::take(&settings.directories.accounts, &cx.identity);
            self.lock = Some(taken.map_err(|e| refused(&e))?);
        }
        if self.leased.is_some() && self.renewed.is_some_and(|at| at.elapsed() < RENEW) {
            return Ok(true);
        }
        let mut lease = cx.store.lease(LEASE, &cx.identity, TTL).await;
        if matches!(lease, Ok(None)) && bury(cx, &holder(cx, settings)?).await? {
            lease = cx.store.lease(LEASE, &cx.identity, TTL).await;
        }
        match lease {
            Ok(Some(_)) => {
                if self.leased.is_none() {
                    let holder = holder(cx, settings)?;
                    let note = |_: Option<Holder>| (Some(holder.clone()), ());
                    shared::update(&cx.store, HOLDER, &cx.identity, note).await?;
                }
                self.leased = Some(Instant::now());
                self.renewed = self.leased;
                Ok(true)
            }
            Ok(None) => {
                self.leased = None;
                Ok(false)
            }
            // accounts trade on without the store, but not for longer than nobody else can have taken over
            Err(e) => {
                let lasts = TTL.saturating_sub(RENEW);
                if self.leased.is_some_and(|at| at.elapsed() > lasts) {
                    tracing::error!("the lease cannot be renewed: all accounts stop");
                    self.leased = None;
                    self.close().await;
                }
                Err(e.into())
            }
        }
    }

    /// Ends all accounts and waits for them.
    async fn close(&mut self) {
        let Some((mut office, staff)) = self.office.take() else {
            return;
        };
        office.stop.cancel();
        let ended = tokio::time::timeout(PATIENCE, staff.dismissed()).await;
        if ended.is_err() {
            tracing::warn!("an account did not end in time: it goes on from its journal");
        }
        office.tasks.shutdown().await;
    }
}

/// Who holds the lease, and on which disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    identity: String,
    mark: String,
}

/// Where that lies in the store.
const HOLDER: &str = "executor/holder";

fn holder(cx: &Context, settings: &Settings) -> Result<Holder, ServiceError> {
    let mark = mark(&settings.directories.accounts);
    Ok(Holder {
        identity: cx.identity.clone(),
        mark: mark.map_err(|e| ServiceError::Passing(e.to_string()))?,
    })
}

/// Gives back the lease of an executor that died: one that held the very directory whose lock is ours now. Another machine's lease
/// has to end by itself. Returns whether there was one.
async fn bury(cx: &Context, mine: &Holder) -> Result<bool, ServiceError> {
    let known = shared::read::<Holder>(&cx.store, HOLDER).await?;
    let Some(known) = known.map(|k| k.value).filter(|k| k.mark == mine.mark) else {
        return Ok(false);
    };
    let mut buried = false;
    for lease in cx.store.leases().await? {
        if lease.name == LEASE && lease.owner == known.identity {
            tracing::warn!(owner = lease.owner, "the executor before this one died");
            cx.store.release_lease(&lease).await?;
            buried = true;
        }
    }
    Ok(buried)
}

/// A second executor on the same directory was started by mistake: it ends, since what it would wait for is that the first one
/// fails, and whoever keeps services running starts that one again anyway.
fn refused(error: &LockError) -> ServiceError {
    match error {
        LockError::Held { .. } => ServiceError::Fatal(error.to_string()),
        LockError::Disk(_) => ServiceError::Passing(error.to_string()),
    }
}

#[async_trait]
impl Worker for LiveTrader {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        let settings = cx.settings.borrow().clone();
        if let Some((office, staff)) = &mut self.office {
            office.obey(staff, &settings);
        }
        if !self.leased(cx, &settings).await? {
            self.close().await;
            return Ok(Next::After(Duration::from_secs(2)));
        }
        if self.office.is_none() {
            let office = open::open(cx, &settings, &self.unlock).await?;
            self.office = Some((office, Staff::default()));
        }
        if let Some((office, staff)) = &mut self.office {
            office.round(staff, &settings).await?;
        }
        Ok(Next::After(ROUND))
    }

    async fn stop(&mut self, cx: &Context) {
        self.close().await;
        shared::give_back(&cx.store, LEASE, &cx.identity).await;
        self.lock = None;
    }
}
