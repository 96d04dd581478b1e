//! One market: its rules, its book, its prices, its funding.

use super::book::Book;
use super::clock::funding_rate;
use super::history::{Print, RateRow};
use super::ident::{Millis, Oid, Side};
use super::instrument::Instrument;
use super::mark::{MarkState, book_price};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeSet, VecDeque};

/// Trigger orders of a market, by the price that fires them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triggers {
    above: BTreeSet<(Decimal, Oid)>,
    below: BTreeSet<(Decimal, Oid)>,
}

impl Triggers {
    fn set(&mut self, above: bool) -> &mut BTreeSet<(Decimal, Oid)> {
        if above {
            &mut self.above
        } else {
            &mut self.below
        }
    }

    /// Arms a trigger that fires when the mark is at or above `px` (else at or below).
    pub fn arm(&mut self, above: bool, px: Decimal, oid: Oid) {
        self.set(above).insert((px, oid));
    }

    /// Disarms one.
    pub fn disarm(&mut self, above: bool, px: Decimal, oid: Oid) {
        self.set(above).remove(&(px, oid));
    }

    /// Those that `mark` fires, the oldest order first.
    pub fn met(&self, mark: Decimal) -> Vec<Oid> {
        let above = self.above.range(..=(mark, Oid::MAX)).map(|(_, oid)| *oid);
        let below = self.below.range((mark, 0)..).map(|(_, oid)| *oid);
        let mut met: Vec<Oid> = above.chain(below).collect();
        met.sort_unstable();
        met
    }

    /// The first price beyond `from` on the way to `to` that fires something, `to` included.
    pub fn next(&self, from: Decimal, to: Decimal) -> Option<Decimal> {
        match to.cmp(&from) {
            Ordering::Greater => {
                let ahead = self.above.range((from, Oid::MAX)..=(to, Oid::MAX));
                ahead.map(|(px, _)| *px).find(|px| *px > from)
            }
            Ordering::Less => {
                let ahead = self.below.range((to, 0)..(from, 0));
                ahead.map(|(px, _)| *px).next_back()
            }
            Ordering::Equal => None,
        }
    }
}

/// Premium samples of the running hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Premiums {
    /// Sum of the samples.
    pub sum: Decimal,
    /// How many.
    pub count: u64,
    /// The newest.
    pub last: Decimal,
}

impl Premiums {
    /// Their average; 0 without any.
    pub fn average(&self) -> Decimal {
        if self.count == 0 {
            Decimal::ZERO
        } else {
            (self.sum / Decimal::from(self.count)).round_dp(18)
        }
    }
}

/// Volume and price of a day, in slices of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourSlice {
    /// Start of the hour.
    pub start: Millis,
    /// Mark at its start.
    pub open_px: Decimal,
    /// Traded, USDC.
    pub notional: Decimal,
    /// Traded, coins.
    pub base: Decimal,
}

/// A market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// Its rules.
    pub instrument: Instrument,
    /// Its book.
    pub book: Book,
    /// Price of the underlying, fed from outside.
    pub oracle_px: Decimal,
    /// Price on other exchanges, fed from outside.
    pub elsewhere: Option<Decimal>,
    /// Mark price: triggers, margin and liquidation go by it.
    pub mark_px: Decimal,
    /// Averages the mark needs.
    pub mark: MarkState,
    /// Price of the last trade.
    pub last_px: Option<Decimal>,
    /// Trigger orders.
    pub triggers: Triggers,
    /// Premium samples of this hour.
    pub premiums: Premiums,
    /// Trigger orders do not fire.
    #[serde(default)]
    pub asleep: bool,
    /// Rate of an hour in place of the formula's.
    #[serde(default)]
    pub imposed_rate: Option<Decimal>,
    /// Rates paid, oldest first.
    pub rates: VecDeque<RateRow>,
    /// Prints, oldest first.
    pub prints: VecDeque<Print>,
    /// The last 25 hours.
    pub hours: VecDeque<HourSlice>,
    /// Minute and open interest at its start, for the limit of growth.
    pub interest_window: (i64, Decimal),
    /// Sum of the long positions, coins.
    pub open_interest: Decimal,
}

impl Market {
    /// A market that starts at `oracle_px`.
    pub fn new(instrument: Instrument, oracle_px: Decimal) -> Self {
        Self {
            mark_px: instrument.round_mark(oracle_px),
            instrument,
            book: Book::default(),
            oracle_px,
            elsewhere: None,
            mark: MarkState::default(),
            last_px: None,
            triggers: Triggers::default(),
            premiums: Premiums::default(),
            asleep: false,
            imposed_rate: None,
            rates: VecDeque::new(),
            prints: VecDeque::new(),
            hours: VecDeque::new(),
            interest_window: (i64::MIN, Decimal::ZERO),
            open_interest: Decimal::ZERO,
        }
    }

    /// What an hour of funding costs as it stands.
    pub fn funding_rate(&self) -> Decimal {
        self.imposed_rate
            .unwrap_or_else(|| funding_rate(self.premiums.average()))
    }

    /// Median of best bid, best ask and last trade.
    pub fn book_px(&self) -> Option<Decimal> {
        book_price(
            self.book.best(Side::Buy),
            self.book.best(Side::Sell),
            self.last_px,
        )
    }

    /// Counts a print into the running hour.
    pub fn count_volume(&mut self, now: Millis, px: Decimal, sz: Decimal) {
        self.roll_hours(now);
        if let Some(hour) = self.hours.back_mut() {
            hour.notional += px * sz;
            hour.base += sz;
        }
    }

    /// Opens a slice when a new hour began.
    pub fn roll_hours(&mut self, now: Millis) {
        let start = now - now.rem_euclid(super::ident::HOUR);
        if self.hours.back().is_none_or(|hour| hour.start < start) {
            self.hours.push_back(HourSlice {
                start,
                open_px: self.mark_px,
                notional: Decimal::ZERO,
                base: Decimal::ZERO,
            });
            while self
                .hours
                .front()
                .is_some_and(|hour| hour.start <= start - 25 * super::ident::HOUR)
            {
                self.hours.pop_front();
            }
        }
    }

    /// Mark a day ago, and what was traded since: USDC and coins.
    pub fn day(&self, now: Millis) -> (Decimal, Decimal, Decimal) {
        let since = now - super::ident::DAY;
        let day = || self.hours.iter().filter(|hour| hour.start >= since);
        let before = self.hours.iter().rfind(|hour| hour.start <= since);
        let open = before
            .or_else(|| day().next())
            .map_or(self.mark_px, |hour| hour.open_px);
        (
            open,
            day().map(|h| h.notional).sum(),
            day().map(|h| h.base).sum(),
        )
    }
}
