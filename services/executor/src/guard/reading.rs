//! What the guard reads before it judges: money, positions, results, the age of data.

use super::Kept;
use rust_decimal::Decimal;
use sixbtc_core::candles::Candles;
use sixbtc_core::daemon::ServiceError;
use sixbtc_core::live::{FRESH_KEY, Fresh};
use sixbtc_core::model::{Millis, Status, Strategy, TradeFilter};
use sixbtc_core::settings::{Settings, VenueName};
use sixbtc_core::shared;
use sixbtc_core::store::{Filter, Order, Store};
use sixbtc_core::venue::{Balance, Desk, Movement, Place, Position, Venue, amount};
use sixbtc_live::balance::{LedgerEvent, Move, Purse, Rules as MoneyRules, Taken};
use sixbtc_live::emergency::{Account, Closed, Occupant, Reading};
use sixbtc_market::Timeframe;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Closed trades of a strategy that are read for its streak.
const TRADES: u32 = 1_000;

/// What the venue holds, read so that no transfer lies in between.
pub(super) struct Money {
    pub master: Decimal,
    pub balances: Vec<Balance>,
    pub positions: BTreeMap<i64, Vec<Position>>,
    pub movements: Vec<Movement>,
}

/// Reads everything; `None` when money moved meanwhile, so that the sums would be of two moments.
pub(super) async fn money(venue: &dyn Venue, since: Millis) -> Result<Option<Money>, ServiceError> {
    let before = venue.subaccounts().await?;
    let movements = venue.movements(since).await?;
    let master = venue.master().await?;
    let balances = venue.subaccounts().await?;
    let mut positions = BTreeMap::new();
    for balance in &balances {
        let open = venue.positions(balance.subaccount).await?;
        positions.insert(balance.subaccount, open);
    }
    // fills change balances too, but only transfers are counted
    let transfers = |all: &[Balance]| -> Vec<(i64, u64)> {
        all.iter().map(|b| (b.subaccount, b.transfers)).collect()
    };
    let quiet = transfers(&before) == transfers(&balances)
        && venue.movements(since).await? == movements
        && venue.master().await? == master;
    Ok(quiet.then_some(Money {
        master,
        balances,
        positions,
        movements,
    }))
}

/// Money that moved, in the words of the book.
pub(super) fn ledger(movements: &[Movement]) -> Vec<LedgerEvent> {
    let purse = |place: Place| match place {
        Place::Master => Some(Purse::Master),
        Place::Subaccount(n) => Some(Purse::Subaccount(n)),
        Place::Outside | Place::Unknown => None,
    };
    let event = |m: &Movement| LedgerEvent {
        hash: m.id.clone(),
        at: m.at,
        what: match (m.from, m.to) {
            (Place::Outside, to) => Move::Deposit(purse(to)),
            (from, Place::Outside) => Move::Withdrawal(purse(from)),
            (from, to) => Move::Transfer {
                from: purse(from),
                to: purse(to),
            },
        },
        amount: m.amount,
    };
    movements.iter().map(event).collect()
}

/// All strategies that are live, by subaccount.
pub(super) async fn live(store: &Store) -> Result<BTreeMap<i64, Strategy>, ServiceError> {
    let filter = Filter {
        status: Some(Status::Live),
        order: Order::Oldest,
        limit: 10_000,
        ..Filter::default()
    };
    let all = store.list(&filter).await?.into_iter();
    Ok(all
        .filter_map(|s| Some((s.trading.as_ref()?.subaccount?, s)))
        .collect())
}

/// Who sits on a subaccount, in the words of the watch.
pub(super) fn occupant(strategy: &Strategy) -> Option<Occupant> {
    Some(Occupant {
        strategy: strategy.made.id.to_string(),
        since: strategy.trading.as_ref()?.live_since,
    })
}

/// Everything that is judged.
pub(super) async fn reading(
    store: &Store,
    settings: &Settings,
    desk: &Desk,
    (now, kill): (Millis, Option<String>),
    (money, live): (&Money, &BTreeMap<i64, Strategy>),
    kept: &mut Kept,
) -> Result<Reading, ServiceError> {
    let rules: MoneyRules = super::rows::balance_rules(settings);
    let follow = settings.hyperliquid.balance_reconciliation.enabled;
    let taken = if follow {
        kept.money.take(&ledger(&money.movements), now, &rules)
    } else {
        Taken::default()
    };
    for event in &taken.parked {
        tracing::warn!(hash = event.hash, amount = %event.amount, "money moved that belongs to nobody known");
    }
    let mut accounts = Vec::new();
    let mut total = money.master;
    for balance in &money.balances {
        let number = balance.subaccount;
        let strategy = live.get(&number);
        let positions = money.positions.get(&number).map_or(&[][..], Vec::as_slice);
        let clock = strategy.and_then(|s| s.made.timeframe.parse().ok());
        let unrealised = unrealised(&desk.candles, positions, clock, now).await?;
        let equity = balance.balance.saturating_add(unrealised);
        total = total.saturating_add(equity);
        let occupant = strategy.and_then(occupant);
        let name = occupant.as_ref().map(Occupant::name);
        let flow = taken.of(Purse::Subaccount(number));
        if kept.seats.get(&number) != Some(&name) {
            // what was given when it went live; what it traded since is its result
            let rows = store.subaccounts().await?;
            let given = rows.iter().find(|r| r.id == number).map(|r| r.allocated);
            let capital = given.filter(|_| name.is_some()).unwrap_or(balance.balance);
            kept.money.seat(number, capital, now);
            kept.seats.insert(number, name);
        } else if !flow.is_zero() && occupant.is_some() {
            store.allocate(number, kept.money.allocated(number)).await?;
        }
        let capital = kept.money.allocated(number);
        let closed = match strategy {
            Some(strategy) => closed(store, strategy, number).await?,
            None => Vec::new(),
        };
        accounts.push(Account {
            number,
            equity,
            flow,
            open: positions.len(),
            occupant,
            capital,
            result: equity.saturating_sub(capital),
            closed,
        });
    }
    Ok(Reading {
        now,
        equity: total,
        flow: taken.total(),
        accounts,
        data_at: data_at(store, settings, desk, live, now).await?,
        kill,
    })
}

/// What positions would gain at the last closes; one without a price counts at its entry.
pub(super) async fn unrealised(
    candles: &Arc<Candles>,
    positions: &[Position],
    clock: Option<Timeframe>,
    now: Millis,
) -> Result<Decimal, ServiceError> {
    let (Some(clock), false) = (clock, positions.is_empty()) else {
        return Ok(Decimal::ZERO);
    };
    let (candles, positions) = (Arc::clone(candles), positions.to_vec());
    let sum = tokio::task::spawn_blocking(move || {
        let mut sum = Decimal::ZERO;
        for position in &positions {
            if let Ok(Some(bar)) = candles.last_closed(&position.symbol, clock, now)
                && let Some(price) = amount(bar.close)
                && let Some(gain) = (price - position.entry).checked_mul(position.size)
            {
                sum = sum.saturating_add(gain);
            }
        }
        sum
    });
    sum.await.map_err(|e| ServiceError::Passing(e.to_string()))
}

async fn closed(
    store: &Store,
    strategy: &Strategy,
    subaccount: i64,
) -> Result<Vec<Closed>, ServiceError> {
    let filter = TradeFilter {
        strategy: Some(strategy.made.id),
        subaccount: Some(subaccount),
        open: Some(false),
        limit: TRADES,
        ..TradeFilter::default()
    };
    let rows = store.trades(&filter).await?;
    let mut closed: Vec<(Closed, i64)> = rows
        .iter()
        .filter_map(|row| {
            let exit = row.exit.as_ref()?;
            let closed = Closed {
                at: exit.closed_at,
                pnl: exit.pnl,
            };
            Some((closed, row.id))
        })
        .collect();
    closed.sort_by_key(|(c, id)| (c.at, *id));
    Ok(closed.into_iter().map(|(c, _)| c).collect())
}

/// Up to when the market is known of all that trades; `None` when nothing does, or nobody says.
async fn data_at(
    store: &Store,
    settings: &Settings,
    desk: &Desk,
    live: &BTreeMap<i64, Strategy>,
    now: Millis,
) -> Result<Option<Millis>, ServiceError> {
    if live.is_empty() {
        return Ok(None);
    }
    if settings.trading.venue == VenueName::Hyperliquid {
        let fresh = shared::read::<Fresh>(store, FRESH_KEY).await?;
        return Ok(fresh.map(|f| f.value.at));
    }
    let mut clocks: BTreeMap<Timeframe, Vec<String>> = BTreeMap::new();
    for strategy in live.values() {
        if let Ok(clock) = strategy.made.timeframe.parse() {
            clocks
                .entry(clock)
                .or_default()
                .extend(strategy.made.symbols.iter().cloned());
        }
    }
    let candles = Arc::clone(&desk.candles);
    let known = tokio::task::spawn_blocking(move || {
        let mut worst = None;
        for (clock, mut symbols) in clocks {
            symbols.sort_unstable();
            symbols.dedup();
            let last = |s: &String| candles.last_closed(s, clock, now).ok().flatten();
            // one symbol that is no longer quoted makes nobody blind
            let Some(newest) = symbols.iter().filter_map(last).map(|b| b.time).max() else {
                continue;
            };
            // the next close is what is waited for: data is old from when that was due
            let due = clock.next(clock.next(newest));
            let at = if due > now { now } else { due };
            worst = Some(worst.map_or(at, |w: Millis| w.min(at)));
        }
        worst
    });
    known
        .await
        .map_err(|e| ServiceError::Passing(e.to_string()))
}
