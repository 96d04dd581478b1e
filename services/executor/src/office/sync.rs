//! Trades of the store against the fills of the exchange, account by account.

use super::Office;
use super::staff::Staff;
use crate::trade_sync::{Missing, Owner, missing};
use serde_json::json;
use sixbtc_core::daemon::ServiceError;
use sixbtc_core::model::{
    Millis, NewEvent, Outcome, Stage, Status, TradeFilter, TradeRow, Trading,
};
use sixbtc_core::settings::Settings;
use sixbtc_core::store::{Filter, StoreError};
use sixbtc_exchange::client::ReadError;
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::wire::info::Fill;
use sixbtc_live::desk::{Alert, Severity};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use uuid::Uuid;

/// How long an account has to enter its own trades: fills that are newer, and accounts that began later, are left alone.
const GRACE: Duration = Duration::from_mins(10);
/// The same by the wall, however fast the market runs.
const LEAST: Duration = Duration::from_secs(20);
const DAY: Millis = 86_400_000;
/// Rows of an answer; as many mean that there may be more.
const PAGE: usize = 2_000;
/// Answers that are read of one account.
const PAGES: usize = 10;

/// Who trades on a subaccount, and since when.
#[derive(Debug, Clone)]
struct Seat {
    owner: Owner,
    since: Millis,
    /// Whether it has had the time to enter its own trades.
    settled: bool,
}

impl Office {
    /// Enters what was closed at the exchange and stands in no trade, and tells a person.
    pub(super) async fn sync_trades(
        &self,
        staff: &Staff,
        settings: &Settings,
    ) -> Result<(), ServiceError> {
        let seats = self.seats(staff).await?;
        for (number, user) in self.venue.addresses() {
            let seat = seats.get(&number);
            if seat.is_some_and(|s| !s.settled) {
                continue;
            }
            match self.sync_one(number, user, seat, settings).await {
                Ok(()) => {}
                Err(Trouble::Store(e)) => return Err(e.into()),
                Err(Trouble::Service(e)) => return Err(e),
                Err(Trouble::Read(e)) => {
                    tracing::warn!(subaccount = number, error = %e, "fills could not be read");
                }
            }
        }
        Ok(())
    }

    /// Who sits where.
    async fn seats(&self, staff: &Staff) -> Result<BTreeMap<i64, Seat>, StoreError> {
        let filter = Filter {
            status: Some(Status::Live),
            limit: 10_000,
            ..Filter::default()
        };
        let mut seats = BTreeMap::new();
        for strategy in self.store.list(&filter).await? {
            let Some(Trading {
                subaccount: Some(subaccount),
                live_since,
                ..
            }) = strategy.trading
            else {
                continue;
            };
            let employed = staff.employed.get(&strategy.made.id);
            let settled = employed.is_some_and(|e| {
                e.since == live_since && e.began.elapsed() >= self.wait(GRACE).max(LEAST)
            });
            let seat = Seat {
                owner: Owner {
                    strategy: strategy.made.id,
                    name: strategy.made.name,
                    subaccount,
                },
                since: live_since,
                settled,
            };
            seats.insert(subaccount, seat);
        }
        Ok(seats)
    }

    async fn sync_one(
        &self,
        number: i64,
        user: Address,
        seat: Option<&Seat>,
        settings: &Settings,
    ) -> Result<(), Trouble> {
        let now = self.clock.now();
        let days = i64::from(settings.hyperliquid.trade_sync.fills_lookback_days);
        let since = now - days * DAY;
        let mut fills = self.fills(user, since).await?;
        fills.retain(|f| self.universe.get(&f.coin).is_some());
        let filter = TradeFilter {
            subaccount: Some(number),
            // an order that is closed within the time may have begun before it
            closed_since: Some(since - DAY),
            limit: 100_000,
            ..TradeFilter::default()
        };
        let rows = self.store.trades(&filter).await?;
        let coin = |symbol: &str| self.universe.find(symbol).map(|a| a.coin.clone());
        let symbols: BTreeSet<&str> = rows.iter().map(|r| r.entry.symbol.as_str()).collect();
        let coins: BTreeMap<&str, String> = { symbols.into_iter() }
            .map(|s| (s, coin(s).unwrap_or_else(|| s.to_owned())))
            .collect();
        let least = LEAST.as_millis() as f64 * self.speed;
        let grace = (GRACE.as_millis() as f64).max(least) as Millis;
        let coin_of = |symbol| coins.get(symbol).map_or(symbol, String::as_str);
        let found = missing(user, &fills, &rows, coin_of, now - grace);
        for lost in found {
            let known = coins.iter().find(|(_, coin)| **coin == lost.coin);
            let symbol = known.map_or(lost.coin.as_str(), |(symbol, _)| symbol);
            self.enter(number, &lost, symbol, seat, &rows, settings)
                .await?;
        }
        Ok(())
    }

    async fn enter(
        &self,
        number: i64,
        lost: &Missing,
        symbol: &str,
        seat: Option<&Seat>,
        rows: &[TradeRow],
        settings: &Settings,
    ) -> Result<(), Trouble> {
        let seat = seat.filter(|s| lost.closed_at >= s.since);
        // what an account at work has named is its own to enter, however late: told, and left to it
        let left = seat.is_some() && lost.order.is_some();
        let owner = match seat {
            Some(seat) => seat.owner.clone(),
            None => before(rows, lost.closed_at, number),
        };
        let what = format!(
            "{} units of {symbol} on subaccount {number} were closed at {} and stand in no trade{}",
            lost.size.normalize(),
            lost.exit.normalize(),
            if left {
                format!(
                    ", though the order is ours ({})",
                    lost.order.as_deref().unwrap_or_default()
                )
            } else {
                ": they are entered as closed from outside".to_owned()
            }
        );
        let severity = Severity::Warning;
        // first: whoever dies after this tells it again, which is the same alert
        let alert = Alert { severity, what };
        self.alert(owner.strategy, &owner.name, &alert, settings)
            .await
            .map_err(Trouble::Service)?;
        metrics::counter!("executor_fills_unheld").increment(1);
        if left {
            return Ok(());
        }
        let (new, exit) = lost.rows(&owner, symbol);
        if self.store.upsert_trade(&new, Some(&exit)).await? {
            let event = NewEvent {
                strategy: (!owner.strategy.is_nil()).then_some(owner.strategy),
                name: owner.name.clone(),
                stage: Stage::Live,
                what: "trade_synced".into(),
                outcome: Outcome::Passed,
                took_ms: None,
                data: json!({ "position": new.position_id, "symbol": symbol, "size": new.size, "exit": exit.exit_price,
                    "pnl": exit.pnl, "reason": exit.reason, "subaccount": number }),
            };
            self.store.record(&self.by, &[event]).await?;
        }
        Ok(())
    }

    /// All fills of an account since a time, in order, each once.
    async fn fills(&self, user: Address, since: Millis) -> Result<Vec<Fill>, ReadError> {
        let mut all: Vec<Fill> = Vec::new();
        let mut known = BTreeSet::new();
        let mut from = since;
        for _ in 0..PAGES {
            let page = self.rest.fills_since(user, from).await?;
            let full = page.len() >= PAGE;
            let before = all.len();
            from = page.iter().map(|f| f.time).max().unwrap_or(from);
            all.extend(page.into_iter().filter(|f| known.insert((f.tid, f.oid))));
            if !full || all.len() == before {
                break;
            }
        }
        // those of one time stay as they were told
        all.sort_by_key(|f| f.time);
        Ok(all)
    }
}

/// Who traded on a subaccount at a time, as far as its trades tell.
fn before(rows: &[TradeRow], at: Millis, subaccount: i64) -> Owner {
    let closed = |r: &&TradeRow| r.exit.as_ref().is_some_and(|e| e.closed_at <= at);
    let last = { rows.iter().filter(closed) }
        .max_by_key(|r| r.exit.as_ref().map_or(0, |e| e.closed_at))
        .or_else(|| rows.iter().min_by_key(|r| r.entry.opened_at));
    Owner {
        strategy: last.map_or(Uuid::nil(), |r| r.entry.strategy),
        name: last.map_or_else(String::new, |r| r.entry.strategy_name.clone()),
        subaccount,
    }
}

/// Why an account is not looked at to the end.
enum Trouble {
    Store(StoreError),
    Service(ServiceError),
    Read(ReadError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ReadError> for Trouble {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}
