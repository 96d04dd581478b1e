//! The rules every bar obeys, the holes between bars, and what can be mended.

use crate::bars::Bars;
use crate::calendar::iso;
use crate::timeframe::Timeframe;
use rayon::prelude::*;
use std::fmt;

/// A breach of a rule by one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Flaw {
    /// The row's time lies before the row above.
    Disorder {
        /// Time of this row, ms.
        time: i64,
        /// Time of the row above, ms.
        above: i64,
    },
    /// The row's time is that of the row above.
    Duplicate {
        /// Time of both rows, ms.
        time: i64,
    },
    /// The row opens before the bar above has ended.
    Overlap {
        /// Time of this row, ms.
        time: i64,
        /// Time of the row above, ms.
        above: i64,
        /// Length of the bars.
        timeframe: Timeframe,
    },
    /// A price that is no number, infinite, zero or negative.
    Price {
        /// Name of the column.
        column: &'static str,
        /// Its value.
        value: f64,
    },
    /// A volume that is no number, infinite or negative.
    Volume {
        /// Its value.
        value: f64,
    },
    /// Prices that contradict each other: low above another price, or high below one.
    Crossed {
        /// First price.
        open: f64,
        /// Highest price.
        high: f64,
        /// Lowest price.
        low: f64,
        /// Last price.
        close: f64,
        /// The columns fit every row when read in this order instead.
        other_order: Option<&'static str>,
    },
}

impl Flaw {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Disorder { .. } => "`sixbtc data import --repair` sorts the rows".into(),
            Self::Duplicate { .. } => {
                "`sixbtc data import --repair` keeps the last of equal times".into()
            }
            Self::Overlap { .. } => {
                "remove the bars that lie off the grid, or give the true timeframe with --tf".into()
            }
            Self::Volume { .. } => {
                "correct it (0 when unknown), or remove the row to leave a gap".into()
            }
            Self::Crossed {
                other_order: Some(order),
                ..
            } => {
                format!("the columns look like {order}: correct the names in the header")
            }
            Self::Price { .. } | Self::Crossed { .. } => {
                "correct the row, or remove it to leave a gap".into()
            }
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disorder { time, above } => {
                write!(
                    f,
                    "time {} lies before {} in the row above",
                    iso(*time),
                    iso(*above)
                )
            }
            Self::Duplicate { time } => write!(f, "time {} appears twice", iso(*time)),
            Self::Overlap {
                time,
                above,
                timeframe,
            } => write!(
                f,
                "the bar of {} opens before the {timeframe} bar of {} has ended",
                iso(*time),
                iso(*above)
            ),
            Self::Price { column, value } if value.is_nan() => {
                write!(f, "{column} is not a number (NaN)")
            }
            Self::Price { column, value } => {
                write!(f, "{column} is {value}, and a price is finite and above 0")
            }
            Self::Volume { value } if value.is_nan() => write!(f, "volume is not a number (NaN)"),
            Self::Volume { value } => write!(
                f,
                "volume is {value}, and a volume is finite and not negative"
            ),
            Self::Crossed {
                open,
                high,
                low,
                close,
                ..
            } if high < low => {
                write!(
                    f,
                    "prices are crossed: high {high} is below low {low} (open {open}, close {close})"
                )
            }
            Self::Crossed {
                open,
                high,
                low,
                close,
                ..
            } => {
                write!(
                    f,
                    "prices are crossed: open {open} or close {close} lies outside low {low} to high {high}"
                )
            }
        }
    }
}

/// A hole: bars that the timeframe's spacing leads to expect and that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Gap {
    /// Open of the first missing bar, ms.
    pub from: i64,
    /// Open of the first bar after the hole, ms.
    pub to: i64,
    /// How many are missing.
    pub missing: u64,
}

/// Rows a thread checks at a time: large enough to pay for the hand-over, small enough for the cache.
const BLOCK: usize = 65_536;

/// The holes in a series, in order of time.
pub fn gaps(bars: &Bars) -> Vec<Gap> {
    let length = bars.timeframe.ms();
    let mut gaps = Vec::new();
    for pair in bars.time.windows(2) {
        let apart = pair[1] - pair[0];
        if apart >= 2 * length {
            gaps.push(Gap {
                from: pair[0] + length,
                to: pair[1],
                missing: (apart / length - 1) as u64,
            });
        }
    }
    gaps
}

/// The first row that breaks a rule, and which; `None` for good bars. Rules: times strictly rising and at least a
/// timeframe apart; prices finite and above 0; `low <= open, close <= high`; volume finite and not negative.
pub fn check(bars: &Bars) -> Option<(usize, Flaw)> {
    let prices = first_bad_values(bars);
    let times = first_bad_time(bars);
    match (times, prices) {
        (Some(t), Some(p)) => Some(if t.0 <= p.0 { t } else { p }),
        (times, prices) => times.or(prices),
    }
}

/// The first row whose time breaks a rule.
pub(crate) fn first_bad_time(bars: &Bars) -> Option<(usize, Flaw)> {
    let timeframe = bars.timeframe;
    let length = timeframe.ms();
    let row = bars
        .time
        .windows(2)
        .position(|pair| pair[1].saturating_sub(pair[0]) < length)?;
    let (above, time) = (bars.time[row], bars.time[row + 1]);
    let flaw = match time {
        _ if time < above => Flaw::Disorder { time, above },
        _ if time == above => Flaw::Duplicate { time },
        _ => Flaw::Overlap {
            time,
            above,
            timeframe,
        },
    };
    Some((row + 1, flaw))
}

/// The first row whose prices or volume break a rule.
pub(crate) fn first_bad_values(bars: &Bars) -> Option<(usize, Flaw)> {
    let blocks = bars.len().div_ceil(BLOCK);
    let row = (0..blocks).into_par_iter().find_map_first(|block| {
        let rows = block * BLOCK..((block + 1) * BLOCK).min(bars.len());
        let (o, h) = (&bars.open[rows.clone()], &bars.high[rows.clone()]);
        let (l, c) = (&bars.low[rows.clone()], &bars.close[rows.clone()]);
        let v = &bars.volume[rows.clone()];
        // Not short-circuited, so that it runs in lanes; a NaN makes each comparison false.
        let mut good = true;
        for i in 0..o.len().min(h.len()).min(l.len()).min(c.len()).min(v.len()) {
            good &= row_is_good(o[i], h[i], l[i], c[i], v[i]);
        }
        if good {
            return None;
        }
        (0..o.len())
            .find(|&i| !row_is_good(o[i], h[i], l[i], c[i], v[i]))
            .map(|i| rows.start + i)
    })?;
    let (open, high, low) = (bars.open[row], bars.high[row], bars.low[row]);
    let (close, volume) = (bars.close[row], bars.volume[row]);
    let priced = |p: f64| p > 0.0 && p < f64::INFINITY;
    for (column, value) in [
        ("open", open),
        ("high", high),
        ("low", low),
        ("close", close),
    ] {
        if !priced(value) {
            return Some((row, Flaw::Price { column, value }));
        }
    }
    if !(0.0..f64::INFINITY).contains(&volume) {
        return Some((row, Flaw::Volume { value: volume }));
    }
    Some((
        row,
        Flaw::Crossed {
            open,
            high,
            low,
            close,
            other_order: other_order(bars),
        },
    ))
}

/// Joined by `&`, not `&&`: no branches, so loops over it run in lanes.
#[allow(clippy::needless_bitwise_bool, clippy::manual_range_contains)]
#[inline]
fn row_is_good(o: f64, h: f64, l: f64, c: f64, v: f64) -> bool {
    (l > 0.0)
        & (h < f64::INFINITY)
        & (l <= o)
        & (l <= c)
        & (o <= h)
        & (c <= h)
        & (v >= 0.0)
        & (v < f64::INFINITY)
}

/// Whether the columns, named as open, high, low, close, obey the rules in every row when they are really in an order
/// that some sources use.
fn other_order(bars: &Bars) -> Option<&'static str> {
    let [a, b, c, d] = [&bars.open, &bars.high, &bars.low, &bars.close];
    let fits = |o: &[f64], h: &[f64], l: &[f64], c: &[f64]| {
        (0..o.len()).all(|i| row_is_good(o[i], h[i], l[i], c[i], 0.0))
    };
    if fits(a, c, d, b) {
        Some("open, close, high, low")
    } else if fits(a, c, b, d) {
        Some("open, low, high, close")
    } else {
        None
    }
}

/// What mending did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Repairs {
    /// Rows that stood out of order.
    pub moved: usize,
    /// Rows dropped because a later row had the same time.
    pub duplicates: usize,
    /// Those among the duplicates whose values differed from the row kept.
    pub conflicting: usize,
}

impl Repairs {
    /// Whether nothing had to be done.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// Sorts rows by time and keeps the last of rows with equal times. Values are left as they are.
pub fn repair(bars: &mut Bars) -> Repairs {
    let mut repairs = Repairs::default();
    let mut highest = i64::MIN;
    for &time in &bars.time {
        repairs.moved += usize::from(time < highest);
        highest = highest.max(time);
    }
    if repairs.moved == 0 && bars.time.windows(2).all(|pair| pair[0] < pair[1]) {
        return repairs;
    }
    let mut order: Vec<usize> = (0..bars.len()).collect();
    order.sort_by_key(|&row| bars.time[row]);
    let mut kept = Bars::with_capacity(bars.symbol.clone(), bars.timeframe, bars.len());
    for (place, &row) in order.iter().enumerate() {
        let Some(bar) = bars.get(row) else { continue };
        match order.get(place + 1).and_then(|&next| bars.get(next)) {
            Some(next) if next.time == bar.time => {
                repairs.duplicates += 1;
                repairs.conflicting += usize::from(next != bar);
            }
            _ => kept.push(bar),
        }
    }
    *bars = kept;
    repairs
}

/// A copy in which every missing bar is a flat bar at the last close with volume 0. It changes results (averages, bar
/// counts, exits after N bars): an explicit choice that a report must mention.
#[must_use]
pub fn fill_gaps_flat(bars: &Bars) -> Bars {
    let mut filled = Bars::with_capacity(bars.symbol.clone(), bars.timeframe, bars.len());
    let length = bars.timeframe.ms();
    for row in 0..bars.len() {
        let Some(bar) = bars.get(row) else { continue };
        if let Some(last) = row.checked_sub(1).and_then(|above| bars.get(above)) {
            let mut time = last.time + length;
            while time + length <= bar.time {
                let close = last.close;
                filled.push(crate::bars::Bar {
                    time,
                    open: close,
                    high: close,
                    low: close,
                    close,
                    volume: 0.0,
                });
                time += length;
            }
        }
        filled.push(bar);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bars::Bar;
    use proptest::prelude::*;

    fn flat(times: &[i64]) -> Bars {
        let mut bars = Bars::new("X", Timeframe::M1);
        for &minute in times {
            let p = 100.0 + minute as f64;
            bars.push(Bar {
                time: minute * 60_000,
                open: p,
                high: p,
                low: p,
                close: p,
                volume: 1.0,
            });
        }
        bars
    }

    #[test]
    fn gaps_count_missing_bars() {
        let bars = flat(&[0, 1, 4, 5, 7]);
        assert_eq!(
            gaps(&bars),
            vec![
                Gap {
                    from: 120_000,
                    to: 240_000,
                    missing: 2
                },
                Gap {
                    from: 360_000,
                    to: 420_000,
                    missing: 1
                }
            ]
        );
        let filled = fill_gaps_flat(&bars);
        assert_eq!(filled.len(), 8);
        assert!(gaps(&filled).is_empty());
        assert_eq!(
            filled.get(3),
            Some(Bar {
                time: 180_000,
                open: 101.0,
                high: 101.0,
                low: 101.0,
                close: 101.0,
                volume: 0.0
            })
        );
    }

    #[test]
    fn each_rule_is_seen_in_each_column() {
        assert_eq!(check(&flat(&[0, 1, 2])), None);
        let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0];
        for value in bad {
            for column in 0..4 {
                let mut bars = flat(&[0, 1, 2]);
                [
                    &mut bars.open,
                    &mut bars.high,
                    &mut bars.low,
                    &mut bars.close,
                ][column][1] = value;
                assert_eq!(
                    check(&bars).map(|(row, _)| row),
                    Some(1),
                    "{value} in column {column}"
                );
            }
        }
        for value in [f64::NAN, f64::INFINITY, -1.0] {
            let mut bars = flat(&[0, 1, 2]);
            bars.volume[2] = value;
            assert!(matches!(check(&bars), Some((2, Flaw::Volume { .. }))));
        }
        let mut bars = flat(&[0, 1, 2]);
        bars.close[0] = 101.0;
        assert!(matches!(check(&bars), Some((0, Flaw::Crossed { .. }))));
        assert!(matches!(
            check(&flat(&[0, 2, 1])),
            Some((2, Flaw::Disorder { .. }))
        ));
        assert!(matches!(
            check(&flat(&[0, 2, 2])),
            Some((2, Flaw::Duplicate { .. }))
        ));
        let mut bars = flat(&[0, 1, 2]);
        bars.time[2] -= 1;
        assert!(matches!(check(&bars), Some((2, Flaw::Overlap { .. }))));
    }

    #[test]
    fn repair_keeps_the_last_of_equal_times() {
        let mut bars = flat(&[3, 1, 2, 1]);
        bars.volume[3] = 9.0;
        let repairs = repair(&mut bars);
        assert_eq!(
            repairs,
            Repairs {
                moved: 3,
                duplicates: 1,
                conflicting: 1
            }
        );
        assert_eq!(bars.time, vec![60_000, 120_000, 180_000]);
        assert_eq!(bars.volume, vec![9.0, 1.0, 1.0]);
        assert!(repair(&mut bars).is_clean());
    }

    proptest! {
        #[test]
        fn repaired_bars_pass_the_check(minutes in prop::collection::vec(0i64..50, 0..80)) {
            let mut bars = flat(&minutes);
            repair(&mut bars);
            prop_assert_eq!(check(&bars), None);
            let mut wanted = minutes.clone();
            wanted.sort_unstable();
            wanted.dedup();
            prop_assert_eq!(bars.time.iter().map(|t| t / 60_000).collect::<Vec<_>>(), wanted);
        }
    }
}
