//! What a market rewards: two toy tests on daily bars.
//!
//! *Breakout*: when a bar closes above yesterday's high (long) or below yesterday's low (short), enter at that close and leave
//! at the next bar's close. *Reversal*: an order rests at yesterday's low (long) or high (short); when the bar touches it, it is
//! filled, at the open if that is better, and leaves at the next close, which is that bar's. Results are summed as percentages
//! of the entry.

use serde::{Deserialize, Serialize};
use sixbtc_market::{Bar, Bars};

/// What kind of strategy the last months rewarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Going with a breakout.
    #[serde(rename = "TREND")]
    Trend,
    /// Going against it.
    #[serde(rename = "REVERSAL")]
    Reversal,
    /// Neither clearly.
    #[serde(rename = "MIXED")]
    Mixed,
}

/// On which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Buying.
    #[serde(rename = "LONG")]
    Long,
    /// Selling short.
    #[serde(rename = "SHORT")]
    Short,
    /// Both.
    #[serde(rename = "BOTH")]
    Both,
}

/// Sums of a test, percent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    /// Of all long entries.
    pub long: f64,
    /// Of all short entries.
    pub short: f64,
    /// Entries of both.
    pub entries: u32,
}

impl Sums {
    fn total(self) -> f64 {
        self.long + self.short
    }
}

/// Settings of the judgement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// TREND when breakout earns more than `1 + trend` times what reversal earns.
    pub trend: f64,
    /// REVERSAL when reversal earns more than `1 + reversal` times what breakout earns.
    pub reversal: f64,
    /// Where one test alone earns: under this strength it is MIXED.
    pub min_strength: f64,
    /// Cost of an entry and its exit, percent.
    pub cost: f64,
}

impl Default for Thresholds {
    /// 0.6, 0.6, 0.5, and no costs.
    fn default() -> Self {
        Self {
            trend: 0.6,
            reversal: 0.6,
            min_strength: 0.5,
            cost: 0.0,
        }
    }
}

/// A regime, with the figures it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Regime {
    /// What was rewarded.
    pub kind: Kind,
    /// How clearly, 0 to 1.
    pub strength: f64,
    /// On which side.
    pub direction: Direction,
    /// Sums of the breakout test.
    pub breakout: Sums,
    /// Sums of the reversal test.
    pub reversal: Sums,
}

/// Bars that are needed at least: one to compare with, one to enter, one to leave.
pub const LEAST_BARS: usize = 3;

/// The regime of the last `bars` bars of a series. `None` with too few. Bars behind a hole have no yesterday and are left out.
pub fn detect(series: &Bars, bars: usize, thresholds: &Thresholds) -> Option<Regime> {
    let first = series.len().saturating_sub(bars);
    let window = series.slice(first..series.len());
    if window.len() < LEAST_BARS {
        return None;
    }
    let rows: Vec<Bar> = (0..window.len()).filter_map(|i| window.get(i)).collect();
    let length = window.timeframe.ms();
    let follows = |a: &Bar, b: &Bar| b.time - a.time == length;
    let (mut breakout, mut reversal) = (Sums::default(), Sums::default());
    for (row, pair) in rows.windows(2).enumerate() {
        let (yesterday, today) = (&pair[0], &pair[1]);
        if !follows(yesterday, today) {
            continue;
        }
        if let Some(tomorrow) = rows.get(row + 2).filter(|t| follows(today, t)) {
            break_out(
                yesterday,
                today,
                tomorrow.close,
                thresholds.cost,
                &mut breakout,
            );
        }
        revert(yesterday, today, thresholds.cost, &mut reversal);
    }
    Some(classify(breakout, reversal, thresholds))
}

fn break_out(yesterday: &Bar, today: &Bar, leave: f64, cost: f64, sums: &mut Sums) {
    let enter = today.close;
    if enter > yesterday.high {
        sums.long += percent(enter, leave) - cost;
        sums.entries += 1;
    } else if enter < yesterday.low {
        sums.short -= percent(enter, leave) + cost;
        sums.entries += 1;
    }
}

fn revert(yesterday: &Bar, today: &Bar, cost: f64, sums: &mut Sums) {
    if today.low <= yesterday.low {
        let enter = yesterday.low.min(today.open);
        sums.long += percent(enter, today.close) - cost;
        sums.entries += 1;
    }
    if today.high >= yesterday.high {
        let enter = yesterday.high.max(today.open);
        sums.short -= percent(enter, today.close) + cost;
        sums.entries += 1;
    }
}

fn percent(enter: f64, leave: f64) -> f64 {
    (leave / enter - 1.0) * 100.0
}

/// Judges the sums of the two tests.
pub fn classify(breakout: Sums, reversal: Sums, thresholds: &Thresholds) -> Regime {
    let (b, r) = (breakout.total(), reversal.total());
    let alone = |kind, pnl: f64| {
        let strength = (pnl / 10.0).min(1.0);
        if strength < thresholds.min_strength {
            (Kind::Mixed, strength)
        } else {
            (kind, strength)
        }
    };
    let (kind, strength) = match (b > 0.0, r > 0.0) {
        (true, false) => alone(Kind::Trend, b),
        (false, true) => alone(Kind::Reversal, r),
        (true, true) if b / r > 1.0 + thresholds.trend => {
            (Kind::Trend, ((b / r - 1.0) / 2.0).min(1.0))
        }
        (true, true) if r / b > 1.0 + thresholds.reversal => {
            (Kind::Reversal, ((r / b - 1.0) / 2.0).min(1.0))
        }
        (true, true) => (Kind::Mixed, 0.3),
        (false, false) if b.abs() < r.abs() / 2.0 => (Kind::Trend, 0.3),
        (false, false) if r.abs() < b.abs() / 2.0 => (Kind::Reversal, 0.3),
        (false, false) => (Kind::Mixed, 0.2),
    };
    let sides = match kind {
        Kind::Trend => breakout,
        Kind::Reversal => reversal,
        Kind::Mixed => Sums {
            long: breakout.long + reversal.long,
            short: breakout.short + reversal.short,
            entries: 0,
        },
    };
    Regime {
        kind,
        strength,
        direction: direction(sides),
        breakout,
        reversal,
    }
}

fn direction(sides: Sums) -> Direction {
    match (sides.long > 0.0, sides.short > 0.0) {
        (true, false) => Direction::Long,
        (false, true) => Direction::Short,
        (true, true) if sides.long / sides.short > 2.0 => Direction::Long,
        (true, true) if sides.long / sides.short < 0.5 => Direction::Short,
        _ => Direction::Both,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sixbtc_market::Timeframe;

    /// Bars of open, high, low, close, a day apart.
    fn days(rows: &[[f64; 4]]) -> Bars {
        let mut bars = Bars::new("BTC", Timeframe::D1);
        for (i, [open, high, low, close]) in rows.iter().copied().enumerate() {
            bars.push(Bar {
                time: i as i64 * 86_400_000,
                open,
                high,
                low,
                close,
                volume: 1.0,
            });
        }
        bars
    }

    fn close_to(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-9, "{found} instead of {wanted}");
    }

    #[test]
    fn a_breakout_is_held_until_the_next_close() {
        // day 2 closes above day 1's high: bought at 110, sold at 121; day 3 breaks out too but has no day after it
        let found = detect(
            &days(&[
                [100., 105., 95., 100.],
                [100., 112., 99., 110.],
                [110., 125., 108., 121.],
            ]),
            91,
            &Thresholds::default(),
        )
        .unwrap();
        close_to(found.breakout.long, 10.0);
        close_to(found.breakout.short, 0.0);
        // the orders at 105 and 112 sold short, and left at 110 and 121
        close_to(found.reversal.short, -(5.0 / 105.0 + 9.0 / 112.0) * 100.0);
        assert_eq!((found.breakout.entries, found.reversal.entries), (1, 2));
        assert_eq!(
            (found.kind, found.direction),
            (Kind::Trend, Direction::Long)
        );
        close_to(found.strength, 1.0);
    }

    #[test]
    fn an_order_at_yesterdays_low_is_filled_when_touched() {
        // day 2 dips to 95 exactly and closes at 100; day 3 opens below 95 already and is filled there
        let found = detect(
            &days(&[
                [100., 105., 95., 100.],
                [100., 101., 95., 100.],
                [90., 99., 89., 99.],
            ]),
            91,
            &Thresholds::default(),
        )
        .unwrap();
        close_to(found.reversal.long, (5.0 / 95.0 + 9.0 / 90.0) * 100.0);
        assert_eq!(found.breakout.entries, 0);
        assert_eq!(
            (found.kind, found.direction),
            (Kind::Reversal, Direction::Long)
        );
    }

    #[test]
    fn behind_a_hole_there_is_no_yesterday() {
        let mut bars = days(&[
            [100., 105., 95., 100.],
            [100., 112., 99., 110.],
            [110., 125., 108., 121.],
        ]);
        bars.time[2] += 86_400_000;
        let found = detect(&bars, 91, &Thresholds::default()).unwrap();
        assert_eq!((found.breakout.entries, found.reversal.entries), (0, 1));
        assert_eq!(detect(&bars, 2, &Thresholds::default()), None);
        assert_eq!(detect(&days(&[]), 91, &Thresholds::default()), None);
    }

    #[test]
    fn costs_are_taken_from_every_entry() {
        let bars = days(&[
            [100., 105., 95., 100.],
            [100., 112., 99., 110.],
            [110., 125., 108., 121.],
        ]);
        let free = detect(&bars, 91, &Thresholds::default()).unwrap();
        let paid = detect(
            &bars,
            91,
            &Thresholds {
                cost: 0.1,
                ..Thresholds::default()
            },
        )
        .unwrap();
        close_to(free.breakout.long - paid.breakout.long, 0.1);
        close_to(free.reversal.short - paid.reversal.short, 0.2);
    }

    fn judged(b: (f64, f64), r: (f64, f64)) -> (Kind, f64, Direction) {
        let sums = |(long, short)| Sums {
            long,
            short,
            entries: 1,
        };
        let regime = classify(sums(b), sums(r), &Thresholds::default());
        (
            regime.kind,
            (regime.strength * 1e9).round() / 1e9,
            regime.direction,
        )
    }

    #[test]
    fn every_line_of_the_table() {
        use Direction::{Both, Long, Short};
        use Kind::{Mixed, Reversal, Trend};
        // one alone
        assert_eq!(judged((8.0, -1.0), (-3.0, 0.0)), (Trend, 0.7, Long));
        assert_eq!(judged((50.0, 50.0), (-3.0, 0.0)), (Trend, 1.0, Both));
        assert_eq!(judged((4.9, 0.0), (-3.0, 0.0)), (Mixed, 0.49, Long));
        assert_eq!(judged((5.0, 0.0), (-3.0, 0.0)), (Trend, 0.5, Long));
        assert_eq!(judged((-1.0, 0.0), (-1.0, 7.0)), (Reversal, 0.6, Short));
        // both
        assert_eq!(judged((16.0, 0.0), (10.0, 0.0)), (Mixed, 0.3, Long));
        assert_eq!(judged((20.0, 0.0), (10.0, 0.0)), (Trend, 0.5, Long));
        assert_eq!(judged((10.0, 20.0), (10.0, 0.0)), (Trend, 1.0, Both));
        assert_eq!(judged((10.0, 21.0), (10.0, 0.0)), (Trend, 1.0, Short));
        assert_eq!(judged((10.0, 0.0), (21.0, 9.0)), (Reversal, 1.0, Long));
        // neither
        assert_eq!(judged((-1.0, 0.0), (-2.1, 0.0)), (Trend, 0.3, Both));
        assert_eq!(judged((-3.0, 0.0), (2.0, -3.0)), (Reversal, 0.3, Long));
        assert_eq!(judged((-3.0, 0.0), (-2.0, 0.0)), (Mixed, 0.2, Both));
        assert_eq!(judged((0.0, 0.0), (0.0, 0.0)), (Mixed, 0.2, Both));
    }

    proptest! {
        #[test]
        fn strength_is_a_fraction(b in (-50f64..50.0, -50f64..50.0), r in (-50f64..50.0, -50f64..50.0)) {
            let (_, strength, _) = judged(b, r);
            prop_assert!((0.0..=1.0).contains(&strength));
        }
    }
}
