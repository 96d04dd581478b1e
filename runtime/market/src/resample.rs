//! Longer bars out of shorter ones.

use crate::bars::{Bar, Bars};
use crate::error::MarketError;
use crate::timeframe::Timeframe;

/// Joins bars into bars of a longer timeframe on its UTC grid (weeks from Monday).
///
/// Open of the first, highest high, lowest low, close of the last, sum of volumes, in order. A longer bar without any
/// shorter one inside stays a gap. A longer bar whose end the series has not reached is left out, because more bars of it
/// may come; one whose last shorter bars are missing before later data is whole. Equal timeframes copy; a shorter one is
/// refused ([`MarketError::Coarser`]), one that cuts bars too ([`MarketError::Uneven`]).
pub fn resample(bars: &Bars, to: Timeframe) -> Result<Bars, MarketError> {
    resample_until(bars, to, i64::MIN)
}

/// The same where time is known to have reached `until`, ms: a longer bar that has ended by then is whole even if its last
/// shorter bars are missing and nothing has come after them yet.
pub(crate) fn resample_until(bars: &Bars, to: Timeframe, until: i64) -> Result<Bars, MarketError> {
    if to == bars.timeframe {
        return Ok(bars.clone());
    }
    let (symbol, have) = (bars.symbol.clone(), bars.timeframe);
    if to < have {
        return Err(MarketError::Coarser {
            symbol,
            have,
            want: to,
        });
    }
    if !to.holds(have) {
        return Err(MarketError::Uneven {
            symbol,
            have,
            want: to,
        });
    }
    let ratio = (to.ms() / have.ms()) as usize;
    let mut out = Bars::with_capacity(symbol, to, bars.len() / ratio + 2);
    let Some(end) = bars.end() else {
        return Ok(out);
    };
    let known_until = end.max(until);
    let mut row = 0;
    while row < bars.len() {
        let open = to.floor(bars.time[row]);
        let end = open + to.ms();
        if end > known_until {
            break;
        }
        let mut last = row + 1;
        while last < bars.len() && bars.time[last] < end {
            last += 1;
        }
        out.push(join(bars, row, last, open));
        row = last;
    }
    Ok(out)
}

/// One bar out of rows `first..last`, at least one.
fn join(bars: &Bars, first: usize, last: usize, time: i64) -> Bar {
    let mut bar = Bar {
        time,
        open: bars.open[first],
        high: bars.high[first],
        low: bars.low[first],
        close: bars.close[last - 1],
        volume: 0.0,
    };
    for row in first..last {
        bar.high = if bars.high[row] > bar.high {
            bars.high[row]
        } else {
            bar.high
        };
        bar.low = if bars.low[row] < bar.low {
            bars.low[row]
        } else {
            bar.low
        };
        bar.volume += bars.volume[row];
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use proptest::prelude::*;

    #[test]
    fn time_that_has_passed_makes_bars_whole() {
        let bars = walk(Timeframe::M15, -1, &[(1, 1, 1); 3]);
        let end = Timeframe::H1.ms();
        assert_eq!(resample(&bars, Timeframe::H1).unwrap().len(), 0);
        assert_eq!(
            resample_until(&bars, Timeframe::H1, end - 1).unwrap().len(),
            0
        );
        assert_eq!(resample_until(&bars, Timeframe::H1, end).unwrap().len(), 1);
    }

    /// Bars at the given multiples of the timeframe, prices from a small walk, volumes whole (so sums are exact).
    fn walk(timeframe: Timeframe, first: i64, steps: &[(u8, i8, u8)]) -> Bars {
        let mut bars = Bars::new("X", timeframe);
        let (mut index, mut price) = (first, 1_000.0);
        for &(skip, drift, volume) in steps {
            index += 1 + i64::from(skip % 16 == 0) * i64::from(skip) / 16;
            let close = f64::max(price + f64::from(drift), 1.0);
            let (high, low) = (
                f64::max(price, close) + 1.0,
                f64::max(f64::min(price, close) - 0.5, 0.5),
            );
            let time = index * timeframe.ms();
            bars.push(Bar {
                time,
                open: price,
                high,
                low,
                close,
                volume: f64::from(volume),
            });
            price = close;
        }
        bars
    }

    #[test]
    fn the_unfinished_bar_is_left_out() {
        let bars = walk(Timeframe::M15, -1, &[(1, 1, 1); 7]);
        let hours = resample(&bars, Timeframe::H1).unwrap();
        assert_eq!(hours.time, vec![0]);
        assert_eq!(
            hours.get(0),
            Some(Bar {
                time: 0,
                open: 1000.0,
                high: 1005.0,
                low: 999.5,
                close: 1004.0,
                volume: 4.0
            })
        );
    }

    #[test]
    fn a_hole_before_later_data_does_not_keep_a_bar_open() {
        let mut bars = walk(Timeframe::M15, -1, &[(1, 1, 1); 9]);
        for column in [
            &mut bars.open,
            &mut bars.high,
            &mut bars.low,
            &mut bars.close,
            &mut bars.volume,
        ] {
            column.drain(2..8);
        }
        bars.time.drain(2..8);
        // 00:00, 00:15 and 02:00 are left.
        assert_eq!(resample(&bars, Timeframe::H1).unwrap().time, vec![0]);
    }

    #[test]
    fn finer_and_uneven_are_refused() {
        let bars = walk(Timeframe::H1, 0, &[(1, 1, 1); 3]);
        let to = |tf: &str| {
            resample(&bars, tf.parse().unwrap())
                .unwrap_err()
                .to_string()
        };
        insta::assert_snapshot!(to("15m"), @"`X` has 1h bars, and 15m bars cannot be made from longer ones; supply 15m data or finer");
        insta::assert_snapshot!(to("90m"), @"`X` has 1h bars, which do not divide 90m bars evenly; supply data whose length does");
    }

    #[test]
    fn weeks_start_on_monday() {
        let bars = walk(Timeframe::D1, 3, &[(1, 1, 1); 15]);
        // From Monday 1970-01-05 on: two whole weeks, the third unfinished.
        let weeks = resample(&bars, Timeframe::W1).unwrap();
        assert_eq!(weeks.time, vec![4 * 86_400_000, 11 * 86_400_000]);
        assert_eq!(weeks.volume, vec![7.0, 7.0]);
    }

    proptest! {
        #[test]
        fn in_two_steps_as_in_one(
            first in -50i64..50,
            steps in prop::collection::vec((any::<u8>(), any::<i8>(), any::<u8>()), 0..400),
        ) {
            let bars = walk(Timeframe::M15, first, &steps);
            let two = resample(&resample(&bars, Timeframe::H1).unwrap(), Timeframe::H4).unwrap();
            let one = resample(&bars, Timeframe::H4).unwrap();
            // A series that stops in the middle of an hour knows less once that hour is cut off; all else is equal.
            prop_assert!(one.len() - two.len() <= 1);
            prop_assert_eq!(&one.slice(0..two.len()), &two);
            if bars.end().is_some_and(|end| Timeframe::H1.opens_at(end)) {
                prop_assert_eq!(&one, &two);
            }
            prop_assert_eq!(check::check(&one), None);
        }

        #[test]
        fn what_came_before_never_changes(
            steps in prop::collection::vec((any::<u8>(), any::<i8>(), any::<u8>()), 1..300),
            cut in any::<prop::sample::Index>(),
        ) {
            let bars = walk(Timeframe::M15, 0, &steps);
            let part = resample(&bars.slice(0..cut.index(bars.len()) + 1), Timeframe::H1).unwrap();
            let whole = resample(&bars, Timeframe::H1).unwrap();
            prop_assert_eq!(&whole.slice(0..part.len()), &part);
        }
    }
}
