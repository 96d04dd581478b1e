//! Accounts without an exchange: money and positions in the store, prices from the candles.

use super::account::{Account, Refusal, market_fill};
use super::{
    Balance, Fill, Holding, Movement, NewOrder, Place, Placed, Position, Transfer, Venue,
    VenueError,
};
use crate::candles::Candles;
use crate::market_clock::MarketClock;
use crate::model::Millis;
use crate::shared;
use crate::store::Store;
use async_trait::async_trait;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;
use uuid::Uuid;

/// Where the accounts lie in the store's `control`.
pub const CONTROL_KEY: &str = "venue/simulated";

/// After so much market time without a new bar, what waits fills at the last close: the symbol is no longer quoted.
const DELISTED_AFTER: i64 = 86_400_000;

/// What trading costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// Fee of an order at market, a fraction of its notional.
    pub taker: Decimal,
    /// Fraction by which such an order fills worse than the price it is due at.
    pub slippage: Decimal,
}

/// All accounts, as they lie in the store: one value, so that one write moves money and position together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Accounts {
    master: Decimal,
    subaccounts: BTreeMap<i64, Account>,
    /// The latest transfers, oldest first.
    #[serde(default)]
    movements: Vec<Movement>,
}

/// Transfers that are remembered: whoever follows them asks again within a day.
const REMEMBERED: usize = 200;

/// Simulated accounts. Every change is one write of one value under optimistic locking: a kill leaves the state before or the
/// state after, and an order that is placed again finds what became of it.
///
/// An order that comes with a [`super::ModelFill`] fills as the simulation says; any other waits for the first open at or after
/// its time, at which it fills with slippage and the taker's fee.
pub struct SimulatedVenue {
    store: Store,
    candles: Arc<Candles>,
    clock: Mutex<MarketClock>,
    costs: Costs,
    by: String,
}

impl SimulatedVenue {
    /// Opens the accounts; the first time the master account gets `capital` and `count` subaccounts are empty. More
    /// subaccounts are added when the count grows; none is ever taken away.
    pub async fn open(
        store: Store,
        candles: Arc<Candles>,
        clock: MarketClock,
        capital: Decimal,
        count: u32,
        costs: Costs,
        by: &str,
    ) -> Result<Self, VenueError> {
        shared::update(&store, CONTROL_KEY, by, |found: Option<Accounts>| {
            let before = found.clone();
            let mut accounts = found.unwrap_or_else(|| Accounts {
                master: capital,
                ..Accounts::default()
            });
            for number in 1..=i64::from(count) {
                accounts.subaccounts.entry(number).or_default();
            }
            ((before.as_ref() != Some(&accounts)).then_some(accounts), ())
        })
        .await?;
        Ok(Self {
            store,
            candles,
            clock: Mutex::new(clock),
            costs,
            by: by.to_owned(),
        })
    }

    async fn now(&self) -> Result<Millis, VenueError> {
        let mut clock = self.clock.lock().await;
        Ok(clock.now(&self.store, &self.by).await?)
    }

    async fn read(&self) -> Result<Accounts, VenueError> {
        let found = shared::read::<Accounts>(&self.store, CONTROL_KEY).await?;
        found
            .map(|f| f.value)
            .ok_or_else(|| VenueError::Unavailable("its accounts have vanished".into()))
    }

    /// Changes one subaccount.
    async fn change<A>(
        &self,
        subaccount: i64,
        mut change: impl FnMut(&mut Account) -> Result<A, Refusal>,
    ) -> Result<A, VenueError> {
        let unknown = || VenueError::Refused(format!("there is no subaccount {subaccount}"));
        shared::update(
            &self.store,
            CONTROL_KEY,
            &self.by,
            |found: Option<Accounts>| {
                let Some(before) = found else {
                    return (None, Err(unknown()));
                };
                let mut accounts = before.clone();
                let Some(account) = accounts.subaccounts.get_mut(&subaccount) else {
                    return (None, Err(unknown()));
                };
                match change(account) {
                    Ok(answer) => ((accounts != before).then_some(accounts), Ok(answer)),
                    Err(refusal) => (None, Err(VenueError::Refused(refusal.to_string()))),
                }
            },
        )
        .await?
    }

    /// Fills what waits on a subaccount and has a price by now.
    async fn settle(&self, subaccount: i64) -> Result<(), VenueError> {
        let accounts = self.read().await?;
        let Some(account) = accounts.subaccounts.get(&subaccount) else {
            return Ok(());
        };
        if account.waiting.is_empty() {
            return Ok(());
        }
        let now = self.now().await?;
        for order in account.waiting.clone() {
            let Some((at, price)) = self.price(&order, now).await? else {
                continue;
            };
            let fill = market_fill(&order, at, price, self.costs.slippage, self.costs.taker);
            self.change(subaccount, |a| a.fill_waiting(order.client, fill))
                .await?;
        }
        Ok(())
    }

    /// When and at which price of the market an order is due, if that is known.
    async fn price(
        &self,
        order: &NewOrder,
        now: Millis,
    ) -> Result<Option<(Millis, Decimal)>, VenueError> {
        let candles = Arc::clone(&self.candles);
        let order = order.clone();
        let found = tokio::task::spawn_blocking(move || {
            let (symbol, clock) = (&order.symbol, order.clock);
            if let Some(bar) = candles.first_from(symbol, clock, order.at, now)? {
                return Ok(Some((bar.time, bar.open)));
            }
            if now - order.at < DELISTED_AFTER {
                return Ok(None);
            }
            let last = candles.last_closed(symbol, clock, now)?;
            Ok(last.map(|bar| (bar.time + clock.ms(), bar.close)))
        });
        let found: Result<_, sixbtc_market::MarketError> = found
            .await
            .map_err(|e| VenueError::Unavailable(e.to_string()))?;
        let found = found.map_err(|e| VenueError::Unavailable(e.to_string()))?;
        Ok(found.and_then(|(at, price)| Some((at, super::amount(price)?))))
    }
}

#[async_trait]
impl Venue for SimulatedVenue {
    fn name(&self) -> &'static str {
        "simulated"
    }

    async fn master(&self) -> Result<Holding, VenueError> {
        let held = self.read().await?.master;
        Ok(Holding {
            equity: held,
            free: held,
            at: None,
        })
    }

    async fn subaccounts(&self) -> Result<Vec<Balance>, VenueError> {
        let accounts = self.read().await?;
        let balance = |(&subaccount, a): (&i64, &Account)| Balance {
            subaccount,
            balance: a.balance,
            unrealised: None,
            at: None,
            transfers: a.transfers,
        };
        Ok(accounts.subaccounts.iter().map(balance).collect())
    }

    async fn transfer(&self, transfer: Transfer) -> Result<bool, VenueError> {
        let subaccount = transfer.subaccount;
        let refused = |why: &str| Err(VenueError::Refused(why.into()));
        let at = self.now().await?;
        shared::update(
            &self.store,
            CONTROL_KEY,
            &self.by,
            |found: Option<Accounts>| {
                let Some(mut accounts) = found else {
                    return (None, refused("its accounts have vanished"));
                };
                let Some(account) = accounts.subaccounts.get_mut(&subaccount) else {
                    return (None, refused("there is no such subaccount"));
                };
                if account.transfers != transfer.after {
                    return (None, Ok(false));
                }
                if transfer.amount > accounts.master {
                    return (None, refused("the master account does not hold that much"));
                }
                if -transfer.amount > account.balance {
                    return (None, refused("the subaccount does not hold that much"));
                }
                accounts.master -= transfer.amount;
                account.balance += transfer.amount;
                account.transfers += 1;
                let id = format!("{subaccount}/{}", account.transfers);
                let (mut from, mut to) = (Place::Master, Place::Subaccount(subaccount));
                if transfer.amount.is_sign_negative() {
                    std::mem::swap(&mut from, &mut to);
                }
                let amount = transfer.amount.abs();
                let movement = Movement {
                    id,
                    at,
                    from,
                    to,
                    amount,
                };
                accounts.movements.push(movement);
                let old = accounts.movements.len().saturating_sub(REMEMBERED);
                accounts.movements.drain(..old);
                (Some(accounts), Ok(true))
            },
        )
        .await?
    }

    async fn place(&self, order: &NewOrder) -> Result<Placed, VenueError> {
        let placed = self.change(order.subaccount, |a| a.place(order)).await?;
        if let Placed::Filled(_) = placed {
            return Ok(placed);
        }
        self.settle(order.subaccount).await?;
        let accounts = self.read().await?;
        let known = accounts
            .subaccounts
            .get(&order.subaccount)
            .and_then(|a| a.known(order.client));
        known.ok_or_else(|| VenueError::Refused("nothing is open that it could reduce".into()))
    }

    async fn cancel(&self, subaccount: i64, client: Uuid) -> Result<bool, VenueError> {
        self.change(subaccount, |a| Ok(a.cancel(client))).await
    }

    async fn positions(&self, subaccount: i64) -> Result<Vec<Position>, VenueError> {
        self.settle(subaccount).await?;
        let mut accounts = self.read().await?;
        let account = accounts.subaccounts.remove(&subaccount);
        Ok(account.map(|a| a.positions).unwrap_or_default())
    }

    async fn fills(&self, subaccount: i64, after: u64) -> Result<Vec<Fill>, VenueError> {
        self.settle(subaccount).await?;
        let mut accounts = self.read().await?;
        let account = accounts.subaccounts.remove(&subaccount);
        let mut fills = account.map(|a| a.fills).unwrap_or_default();
        fills.retain(|f| f.number > after);
        Ok(fills)
    }

    async fn movements(&self, since: Millis) -> Result<Vec<Movement>, VenueError> {
        let mut movements = self.read().await?.movements;
        movements.retain(|m| m.at >= since);
        Ok(movements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market_clock::Replay;
    use crate::store::OpenOptions;
    use crate::venue::{Direction, ModelFill};
    use sixbtc_market::{Bar, Bars, Timeframe};
    use std::sync::atomic::{AtomicI64, Ordering};

    const QUARTER: i64 = 900_000;

    struct World {
        store: Store,
        wall: Arc<AtomicI64>,
        _dir: tempfile::TempDir,
        candles: Arc<Candles>,
        clock: MarketClock,
    }

    async fn world(bars: i64) -> World {
        let dir = tempfile::tempdir().unwrap();
        let candles = Arc::new(Candles::new(dir.path()));
        let mut series = Bars::new("BTC", Timeframe::M15);
        for i in 0..bars {
            let open = 100.0 + i as f64;
            series.push(Bar {
                time: i * QUARTER,
                open,
                high: open + 2.0,
                low: open - 2.0,
                close: open + 1.0,
                volume: 1.0,
            });
        }
        candles.store().put(&series, "test").unwrap();
        let wall = Arc::new(AtomicI64::new(0));
        let reads = Arc::clone(&wall);
        let store = Store::open("sqlite::memory:", OpenOptions::default())
            .await
            .unwrap()
            .clock(move || reads.load(Ordering::SeqCst));
        // a quarter of an hour a second
        let clock = MarketClock::Replay(Replay::new(0, 1_000 * QUARTER, 900.0, 0));
        World {
            store,
            wall,
            _dir: dir,
            candles,
            clock,
        }
    }

    async fn venue(w: &World) -> SimulatedVenue {
        let costs = Costs {
            taker: "0.00045".parse().unwrap(),
            slippage: "0.0005".parse().unwrap(),
        };
        let (store, candles) = (w.store.clone(), Arc::clone(&w.candles));
        SimulatedVenue::open(
            store,
            candles,
            w.clock,
            Decimal::from(500),
            2,
            costs,
            "test",
        )
        .await
        .unwrap()
    }

    fn order(n: u128, direction: Direction, at: Millis) -> NewOrder {
        NewOrder {
            client: Uuid::from_u128(n),
            subaccount: 1,
            symbol: "BTC".into(),
            direction,
            size: Decimal::TWO,
            reduce_only: direction == Direction::Sell,
            at,
            clock: Timeframe::M15,
            model: None,
        }
    }

    fn money(to: i64, amount: i64, after: u64) -> Transfer {
        Transfer {
            after,
            subaccount: to,
            amount: Decimal::from(amount),
        }
    }

    #[tokio::test]
    async fn money_moves_once_and_never_below_zero() {
        let w = world(4).await;
        let (a, b) = (venue(&w).await, venue(&w).await);
        assert!(a.transfer(money(1, 300, 0)).await.unwrap());
        assert!(!b.transfer(money(1, 300, 0)).await.unwrap());
        assert!(matches!(
            b.transfer(money(2, 201, 0)).await,
            Err(VenueError::Refused(_))
        ));
        assert!(matches!(
            b.transfer(money(1, -301, 1)).await,
            Err(VenueError::Refused(_))
        ));
        assert!(b.transfer(money(1, -100, 1)).await.unwrap());
        assert_eq!(a.master().await.unwrap().free, Decimal::from(300));
        // opened anew it is as it was
        let again = venue(&w).await;
        let subaccounts = again.subaccounts().await.unwrap();
        assert_eq!(subaccounts.len(), 2);
        assert_eq!(
            (subaccounts[0].balance, subaccounts[0].transfers),
            (Decimal::from(200), 2)
        );
        assert!(matches!(
            a.transfer(money(9, 1, 0)).await,
            Err(VenueError::Refused(_))
        ));
        // what moved is told, each once
        let moved = again.movements(0).await.unwrap();
        let told: Vec<_> = moved.iter().map(|m| (m.id.as_str(), m.to)).collect();
        assert_eq!(
            told,
            [("1/1", Place::Subaccount(1)), ("1/2", Place::Master)]
        );
        assert_eq!(moved[1].amount, Decimal::from(100));
        assert!(again.movements(moved[1].at + 1).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_order_waits_for_the_next_open() {
        let w = world(8).await;
        let venue = venue(&w).await;
        venue.transfer(money(1, 300, 0)).await.unwrap();
        w.wall.store(1_500, Ordering::SeqCst);
        let buy = order(1, Direction::Buy, QUARTER + 1);
        assert_eq!(venue.place(&buy).await.unwrap(), Placed::Waiting);
        assert!(venue.positions(1).await.unwrap().is_empty());
        // somebody dies here; whoever comes next places it again
        w.wall.store(2_000, Ordering::SeqCst);
        let Placed::Filled(fill) = venue.place(&buy).await.unwrap() else {
            panic!("still waits");
        };
        assert_eq!(
            (fill.at, fill.price.to_string().as_str()),
            (2 * QUARTER, "102.0510")
        );
        assert_eq!(fill.fee.to_string(), "0.09184590");
        assert_eq!(
            venue.place(&buy).await.unwrap(),
            Placed::Filled(fill.clone())
        );
        assert_eq!(venue.positions(1).await.unwrap()[0].size, Decimal::TWO);
        assert_eq!(venue.fills(1, 0).await.unwrap(), [fill]);
        let sell = order(2, Direction::Sell, 3 * QUARTER);
        assert_eq!(venue.place(&sell).await.unwrap(), Placed::Waiting);
        assert!(venue.cancel(1, sell.client).await.unwrap());
        assert!(!venue.cancel(1, sell.client).await.unwrap());
    }

    #[tokio::test]
    async fn the_model_is_taken_at_its_word() {
        let w = world(4).await;
        let venue = venue(&w).await;
        let mut buy = order(1, Direction::Buy, 0);
        buy.model = Some(ModelFill {
            at: 0,
            price: Decimal::from(101),
            fee: Decimal::ONE,
            funding: Decimal::ZERO,
        });
        let Placed::Filled(fill) = venue.place(&buy).await.unwrap() else {
            panic!("waits");
        };
        assert_eq!((fill.price, fill.fee), (Decimal::from(101), Decimal::ONE));
        let flat = order(2, Direction::Sell, 0);
        let mut other = flat.clone();
        other.subaccount = 2;
        assert!(matches!(
            venue.place(&other).await,
            Err(VenueError::Refused(_))
        ));
    }

    #[tokio::test]
    async fn what_is_no_longer_quoted_closes_at_its_last_price() {
        let w = world(4).await;
        let venue = venue(&w).await;
        let late = order(1, Direction::Buy, 4 * QUARTER);
        for second in 0..95 {
            w.wall.store(second * 1_000, Ordering::SeqCst);
            assert_eq!(venue.place(&late).await.unwrap(), Placed::Waiting);
        }
        w.wall.store(101_000, Ordering::SeqCst);
        let Placed::Filled(fill) = venue.place(&late).await.unwrap() else {
            panic!("waits for ever");
        };
        assert_eq!(
            (fill.at, fill.price.to_string().as_str()),
            (4 * QUARTER, "104.0520")
        );
    }
}
