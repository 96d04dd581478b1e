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
use sixbtc_core::venue::{
    Balance, Desk, Holding, Movement, Place, Position, Venue, VenueError, amount,
};
use sixbtc_live::balance::{LedgerEvent, Move, Purse, Rules as MoneyRules, Taken};
use sixbtc_live::emergency::{Account, Closed, Occupant, Reading};
use sixbtc_market::Timeframe;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Closed trades of a strategy that are read for its streak.
const TRADES: u32 = 1_000;

/// What the venue holds.
pub(super) struct Money {
    pub master: Holding,
    pub balances: Vec<Balance>,
    pub positions: BTreeMap<i64, Vec<Position>>,
    pub movements: Vec<Movement>,
}

/// Reads everything. Where states say of when they are, movements are told apart by that; `None` where they do not, and money moved
/// meanwhile, so that the sums would be of two moments.
pub(super) async fn money(venue: &dyn Venue, since: Millis) -> Result<Option<Money>, VenueError> {
    let master = venue.master().await?;
    let balances = venue.subaccounts().await?;
    let mut positions = BTreeMap::new();
    for balance in &balances {
        let open = venue.positions(balance.subaccount).await?;
        positions.insert(balance.subaccount, open);
    }
    // after the states: what they contain has then been told
    let movements = venue.movements(since).await?;
    let dated = master.at.is_some() && balances.iter().all(|b| b.at.is_some());
    // fills change balances too, but only transfers are counted
    let transfers = |all: &[Balance]| -> Vec<(i64, u64)> {
        all.iter().map(|b| (b.subaccount, b.transfers)).collect()
    };
    let quiet = dated
        || venue.movements(since).await? == movements
            && transfers(&venue.subaccounts().await?) == transfers(&balances)
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

/// Everything that is judged. Without money – the venue did not answer, or money was just moving – nothing of it is, but the rest.
pub(super) async fn reading(
    store: &Store,
    settings: &Settings,
    desk: &Desk,
    (now, kill, data_at): (Millis, Option<String>, Option<Millis>),
    (money, live): (Option<&Money>, &BTreeMap<i64, Strategy>),
    kept: &mut Kept,
) -> Result<Reading, ServiceError> {
    let mut reading = Reading {
        now,
        whole: false,
        at: now,
        equity: Decimal::ZERO,
        flow: Decimal::ZERO,
        accounts: Vec::new(),
        data_at,
        kill,
    };
    let Some(money) = money else {
        return Ok(reading);
    };
    reading.at = money.master.at.unwrap_or(now);
    let times: BTreeMap<i64, Millis> = money
        .balances
        .iter()
        .map(|b| (b.subaccount, b.at.unwrap_or(now)))
        .collect();
    let dated: Vec<(i64, Millis)> = times.iter().map(|(n, at)| (*n, *at)).collect();
    reading.whole = kept.watch.whole(now, reading.at, &dated);
    let taken = if reading.whole {
        take(settings, money, now, kept)
    } else {
        tracing::warn!(
            "the venue does not show all of the money, or what it was before: it is read again"
        );
        Taken::default()
    };
    for event in &taken.parked {
        tracing::warn!(hash = event.hash, amount = %event.amount, "money moved that belongs to nobody known");
    }
    let mut total = money.master.equity;
    for balance in &money.balances {
        let (number, at) = (balance.subaccount, times[&balance.subaccount]);
        let strategy = live.get(&number);
        let positions = money.positions.get(&number).map_or(&[][..], Vec::as_slice);
        let unrealised = match balance.unrealised {
            Some(told) => told,
            None => {
                let clock = strategy.and_then(|s| s.made.timeframe.parse().ok());
                unrealised(&desk.candles, positions, clock, now).await?
            }
        };
        let equity = balance.balance.saturating_add(unrealised);
        total = total.saturating_add(equity);
        let occupant = strategy.and_then(occupant);
        let flow = taken.of(Purse::Subaccount(number));
        if reading.whole {
            let name = occupant.as_ref().map(Occupant::name);
            seat(store, kept, (number, name), balance, (flow, at)).await?;
        }
        let capital = kept.money.allocated(number);
        let closed = match strategy {
            Some(strategy) => closed(store, strategy, number).await?,
            None => Vec::new(),
        };
        reading.accounts.push(Account {
            number,
            at,
            equity,
            flow,
            open: positions.len(),
            occupant,
            capital,
            result: equity.saturating_sub(capital),
            closed,
        });
    }
    (reading.equity, reading.flow) = (total, taken.total());
    Ok(reading)
}

/// Takes the movements that the states contain.
fn take(settings: &Settings, money: &Money, now: Millis, kept: &mut Kept) -> Taken {
    if !settings.hyperliquid.balance_reconciliation.enabled {
        return Taken::default();
    }
    let rules: MoneyRules = super::rows::balance_rules(settings);
    // one that is of the moment contains all that was told with it
    let of = |at: Option<Millis>| at.unwrap_or(Millis::MAX);
    let read = |purse: Option<Purse>| match purse {
        Some(Purse::Subaccount(number)) => {
            let mut known = money.balances.iter();
            let known = known.find(|b| b.subaccount == number);
            known.map_or(Millis::MIN, |b| of(b.at))
        }
        Some(Purse::Master) | None => of(money.master.at),
    };
    let events = ledger(&money.movements);
    kept.money.take(&events, read, now, &rules)
}

/// Keeps the capital of whoever sits on a subaccount.
async fn seat(
    store: &Store,
    kept: &mut Kept,
    (number, name): (i64, Option<String>),
    balance: &Balance,
    (flow, at): (Decimal, Millis),
) -> Result<(), ServiceError> {
    if kept.seats.get(&number) != Some(&name) {
        // what was given when it went live; what it traded since is its result
        let rows = store.subaccounts().await?;
        let given = rows.iter().find(|r| r.id == number).map(|r| r.allocated);
        let capital = given.filter(|_| name.is_some()).unwrap_or(balance.balance);
        kept.money.seat(number, capital, at);
        kept.seats.insert(number, name);
    } else if !flow.is_zero() && name.is_some() {
        store.allocate(number, kept.money.allocated(number)).await?;
    }
    Ok(())
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

/// Up to when the market is known of all that trades; `None` when nothing does. `began`: when this guard began, and whether old data
/// are known of already: an executor that has just started has as long to say what it knows as data may be old.
pub(super) async fn data_at(
    store: &Store,
    settings: &Settings,
    desk: &Desk,
    live: &BTreeMap<i64, Strategy>,
    (now, began): (Millis, Option<Millis>),
) -> Result<Option<Millis>, ServiceError> {
    if live.is_empty() {
        return Ok(None);
    }
    if settings.trading.venue == VenueName::Hyperliquid {
        let fresh = shared::read::<Fresh>(store, FRESH_KEY).await?;
        return Ok(fresh.map(|f| f.value.at).max(began).or(Some(Millis::MIN)));
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
