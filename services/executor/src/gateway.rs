//! Hyperliquid as a [`Venue`]: what rotator, monitor and dashboard see of it. Orders are not its business: the accounts' own tasks
//! place them.

use crate::clock::VenueClock;
use crate::gate::{self, Target};
use crate::moves::{Moves, Wish, key};
use crate::vault::micro;
use async_trait::async_trait;
use rust_decimal::Decimal;
use sixbtc_core::settings::Settings;
use sixbtc_core::shared;
use sixbtc_core::store::Store;
use sixbtc_core::venue::{
    Balance, DeskError, Direction, Fill, Holding, Movement, NewOrder, OpenVenue, Opening, Place,
    Placed, Position, Transfer, Venue, VenueError,
};
use sixbtc_exchange::client::{HttpSettings, ReadError, Rest, RestSettings};
use sixbtc_exchange::wire::info::{ClearinghouseState, LedgerDelta, LedgerUpdate, SubAccount};
use sixbtc_exchange::wire::{Address, Side};
use sixbtc_exchange::{Millis, Network, Pace, WallPace};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// How long whoever wants money moved waits for the executor.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the store is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(250);
/// Fills of the past that are told, ms.
const FILLS: Millis = 7 * 86_400_000;
/// Weight a minute that a local venue may be asked for.
const LOCAL: u32 = 1_000_000;
/// Fills within one millisecond that are told apart.
const WITHIN: u64 = 1 << 10;

/// The exchange as other services see it.
pub struct HyperliquidVenue {
    rest: Arc<Rest>,
    target: Target,
    master: Address,
    store: Store,
    by: String,
    pattern: String,
    count: u32,
    clock: VenueClock,
    pace: Arc<dyn Pace>,
    /// Addresses of subaccounts: they never change.
    known: Mutex<BTreeMap<i64, Address>>,
}

/// The name of a subaccount by its number.
pub fn name_of(pattern: &str, number: i64) -> String {
    pattern.replace("{:03d}", &format!("{number:03}"))
}

/// What the positions of an account would bring, at the venue's mark prices.
fn unrealised(state: &ClearinghouseState) -> Decimal {
    let open = state.asset_positions.iter();
    open.fold(Decimal::ZERO, |sum, p| {
        sum.saturating_add(p.position.unrealized_pnl)
    })
}

/// Money of an account without what its positions would bring.
pub(crate) fn realised(state: &ClearinghouseState) -> Decimal {
    { state.margin_summary.account_value }.saturating_sub(unrealised(state))
}

/// When a state was so; `None` when the exchange does not say.
fn of(state: &ClearinghouseState) -> Option<Millis> {
    Some(state.time).filter(|at| *at > 0)
}

fn unavailable(error: &ReadError) -> VenueError {
    VenueError::Unavailable(error.to_string())
}

impl HyperliquidVenue {
    /// The venue of these settings. `master` is whose subaccounts are meant.
    pub fn new(
        rest: Arc<Rest>,
        (target, master): (Target, Address),
        settings: &Settings,
        store: Store,
        by: &str,
        clock: VenueClock,
        pace: Arc<dyn Pace>,
    ) -> Self {
        Self {
            rest,
            target,
            master,
            store,
            by: by.to_owned(),
            pattern: settings.hyperliquid.subaccounts.naming_pattern.clone(),
            count: settings.hyperliquid.subaccounts.count,
            clock,
            pace,
            known: Mutex::default(),
        }
    }

    /// Subaccounts that there are, by number.
    pub(crate) async fn listed(&self) -> Result<BTreeMap<i64, SubAccount>, VenueError> {
        let all = self.rest.sub_accounts(self.master).await;
        let all = all.map_err(|e| unavailable(&e))?;
        let mut found = BTreeMap::new();
        for number in 1..=i64::from(self.count) {
            let name = name_of(&self.pattern, number);
            if let Some(one) = all.iter().find(|s| s.name == name) {
                found.insert(number, one.clone());
            }
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(found.iter().map(|(n, s)| (*n, s.sub_account_user)));
        Ok(found)
    }

    /// Address of a subaccount.
    pub(crate) async fn address(&self, number: i64) -> Result<Address, VenueError> {
        let known = || {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(&number).copied()
        };
        if let Some(address) = known() {
            return Ok(address);
        }
        self.listed().await?;
        known().ok_or_else(|| {
            VenueError::Unavailable(format!(
                "subaccount {number}, named {:?}, does not exist yet",
                name_of(&self.pattern, number)
            ))
        })
    }

    /// Subaccounts that were seen, by number.
    pub(crate) fn addresses(&self) -> Vec<(i64, Address)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|(n, a)| (*n, *a)).collect()
    }

    fn key(&self, number: i64) -> String {
        key(&self.target.network.to_string(), self.master, number)
    }
}

#[async_trait]
impl Venue for HyperliquidVenue {
    fn name(&self) -> &'static str {
        "hyperliquid"
    }

    async fn master(&self) -> Result<Holding, VenueError> {
        let state = self.rest.clearinghouse_state(self.master).await;
        let state = state.map_err(|e| unavailable(&e))?;
        Ok(Holding {
            equity: state.margin_summary.account_value,
            free: state.withdrawable,
            at: of(&state),
        })
    }

    async fn subaccounts(&self) -> Result<Vec<Balance>, VenueError> {
        let mut all = Vec::new();
        for (number, sub) in self.listed().await? {
            let moves = shared::read::<Moves>(&self.store, &self.key(number)).await?;
            all.push(Balance {
                subaccount: number,
                balance: realised(&sub.clearinghouse_state),
                unrealised: Some(unrealised(&sub.clearinghouse_state)),
                at: of(&sub.clearinghouse_state),
                transfers: moves.map_or(0, |m| m.value.made),
            });
        }
        Ok(all)
    }

    async fn transfer(&self, transfer: Transfer) -> Result<bool, VenueError> {
        if micro(transfer.amount).is_none() {
            return Err(VenueError::Refused("no amount of money".into()));
        }
        self.address(transfer.subaccount).await?;
        let (key, now) = (self.key(transfer.subaccount), self.store.now());
        let wished = shared::update(&self.store, &key, &self.by, |moves: Option<Moves>| {
            let mut moves = moves.unwrap_or_default();
            match &moves.wish {
                _ if moves.made != transfer.after => (None, Ok(false)),
                Some(wish) if wish.amount == transfer.amount => (None, Ok(true)),
                Some(wish) => {
                    let other = wish.amount;
                    (None, Err(other))
                }
                None => {
                    moves.refused = None;
                    moves.wish = Some(Wish {
                        amount: transfer.amount,
                        at: now,
                        under: None,
                    });
                    (Some(moves), Ok(true))
                }
            }
        })
        .await?;
        match wished {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(other) => {
                return Err(VenueError::Unavailable(format!(
                    "another transfer, of {other}, is under way"
                )));
            }
        }
        let end = self.pace.elapsed() + PATIENCE;
        loop {
            let moves = shared::read::<Moves>(&self.store, &key).await?;
            let moves = moves.map(|m| m.value).unwrap_or_default();
            if moves.made != transfer.after {
                return Ok(true);
            }
            if moves.wish.is_none() {
                let why = moves
                    .refused
                    .unwrap_or_else(|| "it was taken back".to_owned());
                return Err(VenueError::Refused(why));
            }
            if self.pace.elapsed() >= end {
                return Err(VenueError::Unavailable(
                    "the executor, which has the key for it, has not moved the money yet".into(),
                ));
            }
            self.pace.pause(LOOK).await;
        }
    }

    async fn place(&self, _: &NewOrder) -> Result<Placed, VenueError> {
        Err(VenueError::Refused(
            "orders on Hyperliquid are placed by the executor's accounts alone".into(),
        ))
    }

    async fn cancel(&self, _: i64, _: Uuid) -> Result<bool, VenueError> {
        Ok(false)
    }

    async fn positions(&self, subaccount: i64) -> Result<Vec<Position>, VenueError> {
        let user = self.address(subaccount).await?;
        let state = self.rest.clearinghouse_state(user).await;
        let state = state.map_err(|e| unavailable(&e))?;
        let open = state.asset_positions.iter().map(|p| &p.position);
        let mut open: Vec<Position> = open
            .filter(|p| !p.szi.is_zero())
            .map(|p| Position {
                symbol: p.coin.clone(),
                size: p.szi,
                entry: p.entry_px.unwrap_or_default(),
            })
            .collect();
        open.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        Ok(open)
    }

    async fn fills(&self, subaccount: i64, after: u64) -> Result<Vec<Fill>, VenueError> {
        let user = self.address(subaccount).await?;
        let last = (after / WITHIN) as Millis;
        let since = last.max(self.clock.now() - FILLS);
        let rows = self.rest.fills_since(user, since).await;
        let mut rows = rows.map_err(|e| unavailable(&e))?;
        rows.sort_by_key(|f| (f.time, f.tid, f.oid));
        rows.dedup_by_key(|f| (f.time, f.tid, f.oid));
        let (mut time, mut place) = (Millis::MIN, 0);
        let mut fills = Vec::new();
        for f in rows {
            place = if f.time == time { place + 1 } else { 0 };
            time = f.time;
            // fills of one millisecond arrive together, so that their places stay
            let number = (f.time.max(0) as u64) * WITHIN + place.min(WITHIN - 1);
            if number <= after {
                continue;
            }
            fills.push(Fill {
                number,
                client: f
                    .cloid
                    .map_or_else(Uuid::nil, |c| Uuid::from_bytes(*c.as_bytes())),
                symbol: f.coin,
                direction: match f.side {
                    Side::Buy => Direction::Buy,
                    Side::Sell => Direction::Sell,
                },
                size: f.sz,
                price: f.px,
                fee: f.fee,
                funding: Decimal::ZERO,
                realised: f.closed_pnl,
                at: f.time,
            });
        }
        Ok(fills)
    }

    async fn movements(&self, since: Millis) -> Result<Vec<Movement>, VenueError> {
        let subaccounts = self.listed().await?;
        let mut ours: BTreeMap<Address, Place> = subaccounts
            .iter()
            .map(|(n, s)| (s.sub_account_user, Place::Subaccount(*n)))
            .collect();
        ours.insert(self.master, Place::Master);
        let mut all = Vec::new();
        for user in ours.keys() {
            let rows = self.rest.ledger_since(*user, since).await;
            let rows = rows.map_err(|e| unavailable(&e))?;
            all.extend(rows.iter().filter_map(|row| movement(row, *user, &ours)));
        }
        // a transfer stands in the ledgers of both accounts
        all.sort_by(|a: &Movement, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        all.dedup();
        Ok(all)
    }
}

/// A row of an account's ledger as a movement of dollars; `None` for what is none.
fn movement(
    row: &LedgerUpdate,
    user: Address,
    ours: &BTreeMap<Address, Place>,
) -> Option<Movement> {
    let place = |address: &Address| ours.get(address).copied();
    let here = place(&user)?;
    let (from, to, amount) = match &row.delta {
        LedgerDelta::Deposit { usdc } => (Place::Outside, here, usdc.0),
        LedgerDelta::Withdraw { usdc, fee, .. } => (here, Place::Outside, usdc.0 + fee.0),
        LedgerDelta::SubAccountTransfer {
            usdc,
            user,
            destination,
        } => {
            // what is not ours is outside: the money is gone, or came from there
            let from = place(user).unwrap_or(Place::Outside);
            (from, place(destination).unwrap_or(Place::Outside), usdc.0)
        }
        LedgerDelta::InternalTransfer {
            usdc,
            user: from,
            destination,
            fee,
        } => {
            let to = place(destination).unwrap_or(Place::Outside);
            match place(from) {
                Some(from) => (from, to, usdc.0 + fee.0),
                None => (Place::Outside, to, usdc.0),
            }
        }
        LedgerDelta::AccountClassTransfer { usdc, to_perp } => match to_perp {
            true => (Place::Outside, here, usdc.0),
            false => (here, Place::Outside, usdc.0),
        },
        _ => return None,
    };
    (from != to && amount > Decimal::ZERO).then(|| Movement {
        // the exchange's hash is that of the transaction, which may move several things
        id: format!("{}/{}/{from:?}/{to:?}/{amount}", row.hash, row.time),
        at: row.time,
        from,
        to,
        amount,
    })
}

/// Opens the venue of the settings, for services that look and wish but sign nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Looks;

#[async_trait]
impl OpenVenue for Looks {
    async fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Venue>, DeskError> {
        let Opening {
            store,
            settings,
            clock,
            by,
        } = opening;
        let target = gate::place(settings).map_err(|e| DeskError::Settings(e.to_string()))?;
        let master = match target.master {
            Some(master) => master,
            None => local_master(store).await?.ok_or_else(|| {
                DeskError::Venue(VenueError::Unavailable(
                    "the executor has not said yet whose subaccounts are traded".into(),
                ))
            })?,
        };
        let rest = connect(&target)?;
        let time = VenueClock::shared(Arc::new(move || clock.at(crate::clock::wall())));
        let pace: Arc<dyn Pace> = Arc::new(WallPace::default());
        let venue = HyperliquidVenue::new(
            Arc::new(rest),
            (target, master),
            settings,
            store.clone(),
            by,
            time,
            pace,
        );
        Ok(Arc::new(venue))
    }
}

/// Where the executor says, on a local venue, which account it trades for.
pub(crate) const MASTER_KEY: &str = "hyperliquid/local/master";

async fn local_master(store: &Store) -> Result<Option<Address>, DeskError> {
    let found = shared::read::<Address>(store, MASTER_KEY).await;
    Ok(found.map_err(VenueError::Store)?.map(|f| f.value))
}

/// A connection to a venue.
pub(crate) fn connect(target: &Target) -> Result<Rest, DeskError> {
    let usual = RestSettings::default();
    let settings = match target.network {
        // nobody else asks a venue of this machine, and its minutes may be shorter than the wall's
        Network::Local => RestSettings {
            read_weight: LOCAL,
            action_weight: LOCAL,
            ..usual
        },
        Network::Testnet | Network::Mainnet => usual,
    };
    let made = Rest::http(&target.url, &HttpSettings::default(), settings);
    made.map_err(|e| DeskError::Settings(e.to_string()))
}
