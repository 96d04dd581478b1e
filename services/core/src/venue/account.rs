//! A simulated subaccount as a value: what orders, fills and transfers make of it.

use super::{Direction, Fill, ModelFill, NewOrder, Placed, Position};
use crate::model::Millis;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why an account refuses an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No size.
    #[error("the order has no size")]
    Size,
    /// Reduces nothing.
    #[error("the order may only reduce, but no such position is open")]
    Flat,
    /// Beyond what decimals hold.
    #[error("the amounts are too large")]
    Range,
}

/// The money and positions of one subaccount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Realised balance.
    pub balance: Decimal,
    /// Transfers so far.
    pub transfers: u64,
    /// Fills so far.
    pub filled: u64,
    /// Open positions, by symbol.
    pub positions: Vec<Position>,
    /// Orders that wait for the next open, oldest first.
    pub waiting: Vec<NewOrder>,
    /// The latest fills, oldest first.
    pub fills: Vec<Fill>,
}

/// Fills that an account remembers. A caller that died asks again for what it was about to do: a handful of orders.
const REMEMBERED: usize = 100;

impl Account {
    /// What became of an order that was placed before.
    pub fn known(&self, client: Uuid) -> Option<Placed> {
        if let Some(fill) = self.fills.iter().rev().find(|f| f.client == client) {
            return Some(Placed::Filled(fill.clone()));
        }
        let waits = self.waiting.iter().any(|o| o.client == client);
        waits.then_some(Placed::Waiting)
    }

    /// Takes an order: fills it as the model says, else it waits.
    pub fn place(&mut self, order: &NewOrder) -> Result<Placed, Refusal> {
        if let Some(known) = self.known(order.client) {
            return Ok(known);
        }
        if order.size <= Decimal::ZERO {
            return Err(Refusal::Size);
        }
        if order.reduce_only && self.reducible(order).is_zero() {
            return Err(Refusal::Flat);
        }
        match order.model {
            Some(model) => Ok(Placed::Filled(self.fill(order, model)?)),
            None => {
                self.waiting.push(order.clone());
                Ok(Placed::Waiting)
            }
        }
    }

    /// Takes back an order that waits.
    pub fn cancel(&mut self, client: Uuid) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|o| o.client != client);
        self.waiting.len() < before
    }

    /// Fills an order that waited at a price found in the market; one that reduces nothing any more is dropped.
    pub fn fill_waiting(
        &mut self,
        client: Uuid,
        model: ModelFill,
    ) -> Result<Option<Fill>, Refusal> {
        let Some(at) = self.waiting.iter().position(|o| o.client == client) else {
            return Ok(None);
        };
        let order = self.waiting.remove(at);
        match self.fill(&order, model) {
            Ok(fill) => Ok(Some(fill)),
            Err(Refusal::Flat) => Ok(None),
            Err(other) => Err(other),
        }
    }

    fn open(&self, symbol: &str) -> Decimal {
        let found = self.positions.iter().find(|p| p.symbol == symbol);
        found.map_or(Decimal::ZERO, |p| p.size)
    }

    /// Units of an order that would make the open position smaller.
    fn reducible(&self, order: &NewOrder) -> Decimal {
        let against = -(self.open(&order.symbol) * order.direction.sign());
        against.clamp(Decimal::ZERO, order.size)
    }

    fn fill(&mut self, order: &NewOrder, model: ModelFill) -> Result<Fill, Refusal> {
        let closing = self.reducible(order);
        let size = if order.reduce_only {
            closing
        } else {
            order.size
        };
        if size.is_zero() {
            return Err(Refusal::Flat);
        }
        let at = self.positions.iter().position(|p| p.symbol == order.symbol);
        let mut position = match at {
            Some(at) => self.positions.remove(at),
            None => Position {
                symbol: order.symbol.clone(),
                size: Decimal::ZERO,
                entry: Decimal::ZERO,
            },
        };
        // bought: what closes was short, and gained when the price fell
        let realised = (position.entry - model.price)
            .checked_mul(closing)
            .and_then(|p| p.checked_mul(order.direction.sign()))
            .ok_or(Refusal::Range)?
            .round_dp(super::DECIMALS);
        let opening = size - closing;
        let signed = order.direction.sign() * size;
        if opening > Decimal::ZERO {
            let before = if closing.is_zero() {
                position.size.abs()
            } else {
                Decimal::ZERO
            };
            let cost = (position.entry.checked_mul(before))
                .zip(model.price.checked_mul(opening))
                .and_then(|(a, b)| a.checked_add(b))
                .ok_or(Refusal::Range)?;
            position.entry = (cost / (before + opening)).round_dp(super::DECIMALS);
        }
        position.size += signed;
        if !position.size.is_zero() {
            let place = self
                .positions
                .partition_point(|p| p.symbol < position.symbol);
            self.positions.insert(place, position);
        }
        self.balance += realised - model.fee - model.funding;
        self.filled += 1;
        let fill = Fill {
            number: self.filled,
            client: order.client,
            symbol: order.symbol.clone(),
            direction: order.direction,
            size,
            price: model.price,
            fee: model.fee,
            funding: model.funding,
            realised,
            at: model.at,
        };
        self.fills.push(fill.clone());
        if self.fills.len() > REMEMBERED {
            self.fills.remove(0);
        }
        Ok(fill)
    }

    /// Unrealised profit with the symbols at these prices; a symbol without a price counts at its entry.
    pub fn unrealised(&self, price: impl Fn(&str) -> Option<Decimal>) -> Decimal {
        let one = |p: &Position| (price(&p.symbol).unwrap_or(p.entry) - p.entry) * p.size;
        self.positions.iter().map(one).sum()
    }
}

/// Slippage moves a price against the order.
pub(super) fn slipped(price: Decimal, direction: Direction, slippage: Decimal) -> Decimal {
    (price * (Decimal::ONE + direction.sign() * slippage)).round_dp(super::DECIMALS)
}

/// How an order at market fills at a price of the market, at a taker's cost.
pub(super) fn market_fill(
    order: &NewOrder,
    at: Millis,
    price: Decimal,
    slippage: Decimal,
    fee: Decimal,
) -> ModelFill {
    let price = slipped(price, order.direction, slippage);
    ModelFill {
        at,
        price,
        fee: (price * order.size * fee).round_dp(super::DECIMALS),
        funding: Decimal::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sixbtc_market::Timeframe;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn order(n: u128, direction: Direction, size: &str, price: Option<&str>) -> NewOrder {
        NewOrder {
            client: Uuid::from_u128(n),
            subaccount: 1,
            symbol: "BTC".into(),
            direction,
            size: d(size),
            reduce_only: false,
            at: 0,
            clock: Timeframe::M15,
            model: price.map(|p| ModelFill {
                at: 0,
                price: d(p),
                fee: d("0.1"),
                funding: Decimal::ZERO,
            }),
        }
    }

    #[test]
    fn a_round_trip_by_hand() {
        let mut a = Account {
            balance: d("1000"),
            ..Account::default()
        };
        a.place(&order(1, Direction::Buy, "2", Some("100")))
            .unwrap();
        a.place(&order(2, Direction::Buy, "2", Some("110")))
            .unwrap();
        assert_eq!(a.positions[0].entry, d("105"));
        assert_eq!(a.unrealised(|_| Some(d("106"))), d("4"));
        let Placed::Filled(fill) = a
            .place(&order(3, Direction::Sell, "1", Some("120")))
            .unwrap()
        else {
            panic!("waits");
        };
        assert_eq!((fill.realised, fill.number), (d("15"), 3));
        assert_eq!((a.balance, a.positions[0].size), (d("1014.7"), d("3")));
        // through zero: three are closed with a loss of 15, one short is opened
        a.place(&order(4, Direction::Sell, "4", Some("100")))
            .unwrap();
        assert_eq!(
            a.positions[0],
            Position {
                symbol: "BTC".into(),
                size: d("-1"),
                entry: d("100")
            }
        );
        assert_eq!(a.balance, d("999.6"));
        a.place(&order(5, Direction::Buy, "1", Some("90"))).unwrap();
        assert_eq!((a.balance, a.positions.len()), (d("1009.5"), 0));
    }

    #[test]
    fn the_same_order_is_taken_once() {
        let mut a = Account::default();
        let first = a
            .place(&order(1, Direction::Buy, "2", Some("100")))
            .unwrap();
        let before = a.clone();
        assert_eq!(
            a.place(&order(1, Direction::Buy, "2", Some("100")))
                .unwrap(),
            first
        );
        assert_eq!(
            a.place(&order(2, Direction::Sell, "2", None)).unwrap(),
            Placed::Waiting
        );
        assert_eq!(
            a.place(&order(2, Direction::Sell, "2", None)).unwrap(),
            Placed::Waiting
        );
        assert_eq!(a.waiting.len(), 1);
        assert!(a.cancel(Uuid::from_u128(2)) && !a.cancel(Uuid::from_u128(2)));
        assert_eq!(a, before);
    }

    #[test]
    fn what_only_reduces_never_opens() {
        let mut a = Account::default();
        let mut sell = order(1, Direction::Sell, "5", Some("100"));
        sell.reduce_only = true;
        assert_eq!(a.place(&sell), Err(Refusal::Flat));
        a.place(&order(2, Direction::Buy, "2", Some("100")))
            .unwrap();
        a.place(&sell).unwrap();
        assert!(a.positions.is_empty());
        assert_eq!(
            a.place(&order(3, Direction::Buy, "0", None)),
            Err(Refusal::Size)
        );
    }

    #[test]
    fn what_waits_fills_with_slippage_and_fee() {
        let mut a = Account::default();
        a.place(&order(1, Direction::Buy, "2", Some("100")))
            .unwrap();
        let mut close = order(2, Direction::Sell, "2", None);
        close.reduce_only = true;
        a.place(&close).unwrap();
        let model = market_fill(&close, 7, d("200"), d("0.0005"), d("0.00045"));
        let fill = a.fill_waiting(close.client, model).unwrap().unwrap();
        assert_eq!(
            (fill.price, fill.fee, fill.at),
            (d("199.9"), d("0.17991"), 7)
        );
        assert_eq!(a.fill_waiting(close.client, model).unwrap(), None);
        assert_eq!(a.balance, d("199.52009"));
    }

    proptest! {
        #[test]
        fn equity_is_the_sum_of_all_flows(
            steps in prop::collection::vec((any::<bool>(), 1i64..1_000, 1i64..100_000), 1..40), last in 1i64..100_000,
        ) {
            // average prices are rounded: sizes of whole units keep the error far under a cent
            let mut a = Account::default();
            let mut cash = Decimal::ZERO;
            let mut held = Decimal::ZERO;
            for (n, (buy, size, price)) in steps.into_iter().enumerate() {
                let direction = if buy { Direction::Buy } else { Direction::Sell };
                let o = order(n as u128, direction, &size.to_string(), Some(&Decimal::new(price, 2).to_string()));
                a.place(&o).unwrap();
                cash -= direction.sign() * Decimal::from(size) * Decimal::new(price, 2) + d("0.1");
                held += direction.sign() * Decimal::from(size);
            }
            let last = Decimal::new(last, 2);
            let equity = a.balance + a.unrealised(|_| Some(last));
            prop_assert!((equity - (cash + held * last)).abs() < d("0.01"));
        }
    }
}
