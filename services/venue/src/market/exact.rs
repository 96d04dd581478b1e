//! What a bar is when fills are to be those of a backtest.

use super::path::{settle, slot, turn};
use super::series::{Series, Whole};
use super::settings::PlayerSettings;
use crate::engine::{Assumed, Feed, Instrument, Millis};
use rust_decimal::{Decimal, RoundingStrategy};
use sixbtc_exchange::wire::Side;

/// Steps of an exact bar: see the list in [`super`].
const STEPS: usize = 15;

/// What deep means, USDC: more than any account could take.
const DEEP: i64 = 1_000_000_000;

struct Play<'a> {
    coin: &'a str,
    quotes: Assumed,
    bar: Whole,
    /// Low and high as marks can be without leaving the range.
    low: Decimal,
    high: Decimal,
    tick: Decimal,
}

/// The steps of a bar: offset from its open, and feeds.
pub fn steps(series: &Series, bar: Whole, settings: &PlayerSettings) -> Vec<(Millis, Vec<Feed>)> {
    let instrument = &series.coin.instrument;
    let length = series.timeframe().ms();
    let (low, high) = range(instrument, &bar);
    let lot = Decimal::new(1, instrument.sz_decimals);
    let deep = (Decimal::from(DEEP) / bar.close).trunc_with_scale(instrument.sz_decimals);
    let it = Play {
        coin: &instrument.name,
        quotes: Assumed {
            slippage: settings.slippage,
            tick: series.tick,
            size: deep.max(lot),
        },
        bar,
        low,
        high,
        tick: if settings.touch_fills {
            Decimal::ZERO
        } else {
            series.tick
        },
    };
    let settle = settle(length, settings);
    let step = |n: i64| turn(length, settle, series.turn, n);
    let mut steps = Vec::with_capacity(STEPS);
    let mut at = |offset: Millis, feeds: Vec<Feed>| steps.push((offset, feeds));
    let open = it.bar.open;
    let mut first = vec![it.rate(series), it.sleep(true), it.oracle(it.inside(open))];
    first.extend(it.around(open));
    at(0, first);
    let mut gap = it.take(open, open, Some(open), true);
    gap.push(it.sleep(false));
    gap.extend(it.around(open));
    at(step(1), gap);
    at(step(1), it.gapped_entries());
    for (n, to) in [(2, low), (3, high), (4, low), (5, high)] {
        at(step(n), it.walk(to));
    }
    let mut targets = it.take(it.bar.high, it.bar.low, None, true);
    // what a limit opens next has its stop on the far side of the open
    targets.extend(it.walk(it.inside(open)));
    at(step(6), targets);
    // what could only be placed since may lie beyond the open
    let mut entries = it.gapped_entries();
    entries.extend(it.entries());
    at(step(7), entries);
    for (n, to) in [(8, low), (9, high), (10, low), (11, high)] {
        at(step(n), it.walk(to));
    }
    let close = it.bar.close;
    at(step(12), it.take(close, close, None, true));
    let mut last = it.walk(it.inside(close));
    last.extend(it.print());
    at(slot(length, 14), last);
    at(slot(length, 14), it.around(close));
    steps
}

/// Low and high on the grid of marks, inside of the bar's range; the middle twice when no mark lies inside.
fn range(instrument: &Instrument, bar: &Whole) -> (Decimal, Decimal) {
    let decimals = instrument.px_decimals();
    let up = RoundingStrategy::ToPositiveInfinity;
    let low = bar.low.round_dp_with_strategy(decimals, up);
    let down = RoundingStrategy::ToNegativeInfinity;
    let high = bar.high.round_dp_with_strategy(decimals, down);
    if low <= high && low > Decimal::ZERO {
        (low, high)
    } else {
        (bar.open, bar.open)
    }
}

impl Play<'_> {
    fn inside(&self, px: Decimal) -> Decimal {
        px.clamp(self.low, self.high)
    }

    fn around(&self, px: Decimal) -> Vec<Feed> {
        vec![Feed::Around {
            coin: self.coin.to_owned(),
            px,
            quotes: self.quotes,
        }]
    }

    fn walk(&self, to: Decimal) -> Vec<Feed> {
        vec![Feed::Walk {
            coin: self.coin.to_owned(),
            to,
            quotes: self.quotes,
        }]
    }

    fn oracle(&self, px: Decimal) -> Feed {
        Feed::Oracle {
            coin: self.coin.to_owned(),
            px,
        }
    }

    fn sleep(&self, asleep: bool) -> Feed {
        Feed::Sleep {
            coin: self.coin.to_owned(),
            asleep,
        }
    }

    /// Without a series a simulation pays nothing.
    fn rate(&self, series: &Series) -> Feed {
        Feed::Rate {
            coin: self.coin.to_owned(),
            rate: Some(series.rate_after(self.bar.time).unwrap_or_default()),
        }
    }

    /// Takes sells up to one price and buys down to another.
    fn take(
        &self,
        sells: Decimal,
        buys: Decimal,
        at: Option<Decimal>,
        reducing: bool,
    ) -> Vec<Feed> {
        let take = |side, limit: Decimal| Feed::Take {
            coin: self.coin.to_owned(),
            side,
            limit,
            at,
            reducing: Some(reducing),
        };
        // a limit below the least price reaches nothing
        let least = Decimal::new(1, 8);
        [(Side::Sell, sells), (Side::Buy, buys)]
            .into_iter()
            .filter(|(_, limit)| *limit >= least)
            .map(|(side, limit)| take(side, limit))
            .collect()
    }

    /// Entries at a limit that the range trades through fill at the open where it lies beyond them.
    fn gapped_entries(&self) -> Vec<Feed> {
        let open = self.bar.open;
        let sells = open.min(self.bar.high - self.tick);
        let buys = open.max(self.bar.low + self.tick);
        self.take(sells, buys, Some(open), false)
    }

    /// … and at their price where it does not.
    fn entries(&self) -> Vec<Feed> {
        let sells = self.bar.high - self.tick;
        let buys = self.bar.low + self.tick;
        self.take(sells, buys, None, false)
    }

    fn print(&self) -> Option<Feed> {
        let sz = self.bar.volume.round_dp(8);
        (sz > Decimal::ZERO).then(|| Feed::Print {
            coin: self.coin.to_owned(),
            side: Side::of(self.bar.close >= self.bar.open),
            px: self.bar.close,
            sz,
        })
    }
}
