//! One order book: price levels, first come first served inside a level (facts §5.3).
//!
//! Orders of users stand in queues; the house's quotes stand beside them as plain amounts, replaced all at once, and take
//! their turn by the time they were first quoted.

use super::ident::{Oid, Side};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A quote of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Quote {
    sz: Decimal,
    seq: u64,
}

/// A user's place in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Queued {
    oid: Oid,
    seq: u64,
}

/// Everything at one price.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Level {
    queue: Vec<Queued>,
    quote: Option<Quote>,
}

impl Level {
    fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.quote.is_none()
    }
}

/// Who is next in turn at the best price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// An order of a user.
    User(Oid),
    /// The house, with so much.
    House(Decimal),
}

/// Price and amount of the house at one level.
pub type PxSz = (Decimal, Decimal);

/// A book of one market.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    bids: BTreeMap<Decimal, Level>,
    asks: BTreeMap<Decimal, Level>,
    /// Counts arrivals, so that time priority is a number.
    seq: u64,
}

impl Book {
    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Decimal, Level> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// Levels of a side, best first.
    fn best_first(&self, side: Side) -> Box<dyn Iterator<Item = (&Decimal, &Level)> + '_> {
        match side {
            Side::Buy => Box::new(self.bids.iter().rev()),
            Side::Sell => Box::new(self.asks.iter()),
        }
    }

    /// Best price of a side.
    pub fn best(&self, side: Side) -> Option<Decimal> {
        match side {
            Side::Buy => self.bids.keys().next_back().copied(),
            Side::Sell => self.asks.keys().next().copied(),
        }
    }

    /// Half way between the best prices.
    pub fn mid(&self) -> Option<Decimal> {
        Some((self.best(Side::Buy)? + self.best(Side::Sell)?) / Decimal::TWO)
    }

    /// Who is next in turn on `side`, and at which price.
    pub fn front(&self, side: Side) -> Option<(Decimal, Maker)> {
        let (px, level) = self.best_first(side).next()?;
        let first = level.queue.first();
        let maker = match (first, level.quote) {
            (Some(order), Some(quote)) if quote.seq < order.seq => Maker::House(quote.sz),
            (Some(order), _) => Maker::User(order.oid),
            (None, Some(quote)) => Maker::House(quote.sz),
            (None, None) => return None,
        };
        Some((*px, maker))
    }

    /// Best price at which a user's order stands on `side`, with the first of its queue: what new quotes of the house meet.
    pub fn front_user(&self, side: Side) -> Option<(Decimal, Oid)> {
        self.best_first(side)
            .find_map(|(px, level)| level.queue.first().map(|order| (*px, order.oid)))
    }

    /// Puts a user's order at the end of its queue.
    pub fn insert(&mut self, side: Side, px: Decimal, oid: Oid) {
        self.seq += 1;
        let seq = self.seq;
        self.side_mut(side)
            .entry(px)
            .or_default()
            .queue
            .push(Queued { oid, seq });
    }

    /// Takes a user's order out; whether it was there.
    pub fn remove(&mut self, side: Side, px: Decimal, oid: Oid) -> bool {
        let levels = self.side_mut(side);
        let Some(level) = levels.get_mut(&px) else {
            return false;
        };
        let before = level.queue.len();
        level.queue.retain(|order| order.oid != oid);
        let found = level.queue.len() < before;
        if level.is_empty() {
            levels.remove(&px);
        }
        found
    }

    /// Takes `sz` from the house's quote at `px`; less is left, or nothing.
    pub fn take_house(&mut self, side: Side, px: Decimal, sz: Decimal) {
        let levels = self.side_mut(side);
        let Some(level) = levels.get_mut(&px) else {
            return;
        };
        level.quote = level
            .quote
            .map(|quote| Quote {
                sz: quote.sz - sz,
                ..quote
            })
            .filter(|quote| quote.sz > Decimal::ZERO);
        if level.is_empty() {
            levels.remove(&px);
        }
    }

    /// Replaces the house's quotes of one side. A quote that is not larger than before keeps its turn.
    pub fn quote(&mut self, side: Side, quotes: &[PxSz]) {
        self.seq += 1;
        let seq = self.seq;
        let levels = self.side_mut(side);
        let mut old: BTreeMap<Decimal, Quote> = BTreeMap::new();
        for (px, level) in levels.iter_mut() {
            if let Some(quote) = level.quote.take() {
                old.insert(*px, quote);
            }
        }
        for (px, sz) in quotes.iter().filter(|(_, sz)| *sz > Decimal::ZERO) {
            let level = levels.entry(*px).or_default();
            let had = level.quote.map_or(Decimal::ZERO, |quote| quote.sz);
            let sz = had + *sz;
            let kept = old
                .get(px)
                .filter(|before| sz <= before.sz)
                .map(|before| before.seq);
            level.quote = Some(Quote {
                sz,
                seq: kept.unwrap_or(seq),
            });
        }
        levels.retain(|_, level| !level.is_empty());
    }

    /// What the house quotes on `side`, best first.
    pub fn quotes(&self, side: Side) -> Vec<PxSz> {
        self.best_first(side)
            .filter_map(|(px, level)| level.quote.map(|quote| (*px, quote.sz)))
            .collect()
    }

    /// Orders of users on `side`, best and oldest first.
    pub fn oids(&self, side: Side) -> Vec<Oid> {
        self.best_first(side)
            .flat_map(|(_, level)| level.queue.iter().map(|order| order.oid))
            .collect()
    }

    /// Price, amount and number of orders at each level, best first. `size_of` knows what is left of a user's order.
    pub fn depth<'a>(
        &'a self,
        side: Side,
        size_of: impl Fn(Oid) -> Decimal + 'a,
    ) -> impl Iterator<Item = (Decimal, Decimal, u32)> + 'a {
        self.best_first(side).map(move |(px, level)| {
            let users: Decimal = level.queue.iter().map(|order| size_of(order.oid)).sum();
            let house = level.quote.map_or(Decimal::ZERO, |quote| quote.sz);
            let n = level.queue.len() as u32 + u32::from(level.quote.is_some());
            (*px, users + house, n)
        })
    }

    /// Average price of a market order of `notional` dollars that takes from `side`; `None` when the side is too thin.
    pub fn impact(
        &self,
        side: Side,
        notional: Decimal,
        size_of: impl Fn(Oid) -> Decimal,
    ) -> Option<Decimal> {
        let mut left = notional;
        let mut size = Decimal::ZERO;
        for (px, sz, _) in self.depth(side, size_of) {
            let here = px * sz;
            if here >= left {
                size += left / px;
                return (!size.is_zero()).then(|| notional / size);
            }
            left -= here;
            size += sz;
        }
        None
    }

    /// Whether the best bid is below the best ask.
    pub fn is_uncrossed(&self) -> bool {
        match (self.best(Side::Buy), self.best(Side::Sell)) {
            (Some(bid), Some(ask)) => bid < ask,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn better_prices_come_first_then_earlier_orders() {
        let mut book = Book::default();
        book.insert(Side::Sell, d("101"), 1);
        book.insert(Side::Sell, d("100"), 2);
        book.insert(Side::Sell, d("100.0"), 3);
        assert_eq!(book.oids(Side::Sell), [2, 3, 1]);
        assert_eq!(book.front(Side::Sell), Some((d("100"), Maker::User(2))));
        assert!(book.remove(Side::Sell, d("100"), 2));
        assert!(!book.remove(Side::Sell, d("100"), 2));
        assert_eq!(book.oids(Side::Sell), [3, 1]);
        book.insert(Side::Buy, d("98"), 4);
        book.insert(Side::Buy, d("99"), 5);
        assert_eq!(book.oids(Side::Buy), [5, 4]);
        assert_eq!(book.mid(), Some(d("99.5")));
    }

    #[test]
    fn the_house_keeps_its_turn_unless_it_wants_more() {
        let mut book = Book::default();
        book.quote(Side::Buy, &[(d("99"), d("5"))]);
        book.insert(Side::Buy, d("99"), 1);
        assert_eq!(book.front(Side::Buy), Some((d("99"), Maker::House(d("5")))));
        book.quote(Side::Buy, &[(d("99"), d("4")), (d("98"), d("1"))]);
        assert_eq!(book.front(Side::Buy), Some((d("99"), Maker::House(d("4")))));
        book.quote(Side::Buy, &[(d("99"), d("6"))]);
        assert_eq!(
            book.front(Side::Buy),
            Some((d("99"), Maker::User(1))),
            "a larger quote queues again"
        );
        book.remove(Side::Buy, d("99"), 1);
        book.take_house(Side::Buy, d("99"), d("6"));
        assert_eq!(book.best(Side::Buy), None);
    }

    #[test]
    fn impact_is_the_average_price_of_that_many_dollars() {
        let mut book = Book::default();
        book.quote(Side::Sell, &[(d("100"), d("10")), (d("110"), d("100"))]);
        let none = |_| Decimal::ZERO;
        assert_eq!(book.impact(Side::Sell, d("500"), none), Some(d("100")));
        // 1000 USD buy 10 at 100, the other 1100 buy 10 at 110: 2100 / 20
        assert_eq!(book.impact(Side::Sell, d("2100"), none), Some(d("105")));
        assert_eq!(book.impact(Side::Sell, d("1000000"), none), None);
        assert_eq!(book.impact(Side::Buy, d("1"), none), None);
    }
}
