//! Long runs made small enough to embed, without hiding what matters.

use crate::data::{EquityCurve, Market, Plot};
use sixbtc_market::Timeframe;

/// Rows above which a series is thinned.
pub const MOST_ROWS: usize = 200_000;
/// Blocks into which a longer equity curve is cut; each keeps at most six rows.
const EQUITY_BLOCKS: usize = 8_000;

/// Timeframes a chart may be coarsened to, ms: the steps people know.
const STEPS: [i64; 16] = [
    60_000,
    180_000,
    300_000,
    900_000,
    1_800_000,
    3_600_000,
    7_200_000,
    14_400_000,
    21_600_000,
    28_800_000,
    43_200_000,
    86_400_000,
    3 * 86_400_000,
    7 * 86_400_000,
    14 * 86_400_000,
    28 * 86_400_000,
];

/// The rows of an equity curve to keep when it has more than `most`: of each block of rows the first, the last, the highest,
/// the lowest, and the deepest below the peak so far (counted from `initial`) with that peak. The curve's extremes and the
/// depth of its drawdowns are thus exact. `None` when nothing needs to go.
pub fn equity_rows(curve: &EquityCurve, initial: f64, most: usize) -> Option<Vec<usize>> {
    let rows = curve.equity.len();
    if rows <= most {
        return None;
    }
    let block = rows.div_ceil(EQUITY_BLOCKS.min(most / 6).max(1));
    let mut keep = Vec::new();
    let mut peak = initial;
    for start in (0..rows).step_by(block) {
        let end = (start + block).min(rows);
        let (mut highest, mut lowest, mut deepest) = (start, start, start);
        // The peak may lie in an earlier block: it is that block's highest row then, and kept already.
        let (mut peak_row, mut peak_of_deepest) = (start, start);
        let mut depth = f64::NEG_INFINITY;
        for row in start..end {
            let equity = curve.equity[row];
            if equity > peak {
                (peak, peak_row) = (equity, row);
            }
            if equity > curve.equity[highest] {
                highest = row;
            }
            if equity < curve.equity[lowest] {
                lowest = row;
            }
            let below = if peak > 0.0 { 1.0 - equity / peak } else { 0.0 };
            if below > depth {
                (deepest, depth, peak_of_deepest) = (row, below, peak_row);
            }
        }
        let mut of_block = [start, highest, lowest, deepest, peak_of_deepest, end - 1];
        of_block.sort_unstable();
        for row in of_block {
            if keep.last() != Some(&row) {
                keep.push(row);
            }
        }
    }
    Some(keep)
}

/// Bars of a longer timeframe made of `market`'s, the finest that leaves at most `most` of them; `None` when the bars as they
/// are fit, or no timeframe is coarse enough to change anything.
pub fn coarser(market: &Market, timeframe_ms: i64, most: usize) -> Option<(Timeframe, Market)> {
    if market.time.len() <= most {
        return None;
    }
    let base = Timeframe::from_ms(timeframe_ms)?;
    let candidates = STEPS
        .iter()
        .filter_map(|&ms| Timeframe::from_ms(ms))
        .filter(|step| *step > base && step.holds(base));
    let mut last = None;
    for step in candidates {
        let bars = aggregate(market, step);
        let fits = bars.time.len() <= most;
        last = Some((step, bars));
        if fits {
            break;
        }
    }
    last
}

fn aggregate(market: &Market, step: Timeframe) -> Market {
    let mut out = Market {
        symbol: market.symbol.clone(),
        tick: market.tick,
        plots: market
            .plots
            .iter()
            .map(|plot| Plot {
                values: Vec::new(),
                ..plot.clone()
            })
            .collect(),
        ..Market::default()
    };
    for row in 0..market.time.len() {
        let time = step.floor(market.time[row]);
        let last = out.time.len().wrapping_sub(1);
        if out.time.last() == Some(&time) {
            if market.high[row] > out.high[last] {
                out.high[last] = market.high[row];
            }
            if market.low[row] < out.low[last] {
                out.low[last] = market.low[row];
            }
            out.close[last] = market.close[row];
            for (to, from) in out.plots.iter_mut().zip(&market.plots) {
                to.values[last] = from.values[row];
            }
        } else {
            out.time.push(time);
            out.open.push(market.open[row]);
            out.high.push(market.high[row]);
            out.low.push(market.low[row]);
            out.close.push(market.close[row]);
            for (to, from) in out.plots.iter_mut().zip(&market.plots) {
                to.values.push(from.values[row]);
            }
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // What is kept must be the same number.
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn depth(equity: impl Iterator<Item = f64>, initial: f64) -> f64 {
        let mut peak = initial;
        let mut worst = 0.0f64;
        for e in equity {
            peak = peak.max(e);
            worst = worst.max(1.0 - e / peak);
        }
        worst
    }

    proptest! {
        #[test]
        fn extremes_and_drawdown_survive(steps in prop::collection::vec(-50i32..51, 30..800), most in 10usize..30) {
            let mut equity = Vec::new();
            let mut e = 100_000.0;
            for s in steps {
                e += f64::from(s);
                equity.push(e);
            }
            let curve = EquityCurve { time: (0..equity.len() as i64).collect(), equity: equity.clone() };
            let rows = equity_rows(&curve, 100_000.0, most).unwrap_or_else(|| (0..equity.len()).collect());
            prop_assert!(rows.windows(2).all(|w| w[0] < w[1]));
            prop_assert!(rows.len() <= most.max(6));
            prop_assert_eq!(rows.first(), Some(&0));
            prop_assert_eq!(rows.last(), Some(&(equity.len() - 1)));
            let kept = || rows.iter().map(|&r| equity[r]);
            let max = |it: &mut dyn Iterator<Item = f64>| it.fold(f64::MIN, f64::max);
            let min = |it: &mut dyn Iterator<Item = f64>| it.fold(f64::MAX, f64::min);
            prop_assert_eq!(max(&mut kept()), max(&mut equity.iter().copied()));
            prop_assert_eq!(min(&mut kept()), min(&mut equity.iter().copied()));
            prop_assert_eq!(depth(kept(), 100_000.0), depth(equity.iter().copied(), 100_000.0));
        }
    }

    fn minutes(n: usize) -> Market {
        let price = |i: usize| 100.0 + (i % 7) as f64;
        Market {
            symbol: "X".into(),
            tick: 1.0,
            time: (0..n as i64).map(|i| i * 60_000).collect(),
            open: (0..n).map(price).collect(),
            high: (0..n).map(|i| price(i) + 2.0).collect(),
            low: (0..n).map(|i| price(i) - 2.0).collect(),
            close: (0..n).map(|i| price(i + 1)).collect(),
            plots: vec![Plot {
                name: "row".into(),
                is_price: false,
                values: (0..n).map(|i| Some(i as f64)).collect(),
            }],
        }
    }

    #[test]
    fn coarser_bars_hold_the_extremes() {
        let market = minutes(1_000);
        let (step, bars) = coarser(&market, 60_000, 100).unwrap();
        assert_eq!(step, Timeframe::M15);
        assert_eq!(bars.time.len(), 67);
        assert_eq!(bars.time[1], 900_000);
        assert!((bars.open[1] - market.open[15]).abs() < 1e-12);
        assert!((bars.close[1] - market.close[29]).abs() < 1e-12);
        assert!((bars.high[0] - 108.0).abs() < 1e-12);
        assert!((bars.low[0] - 98.0).abs() < 1e-12);
        assert_eq!(bars.plots[0].values[..2], [Some(14.0), Some(29.0)]);
    }

    #[test]
    fn what_fits_stays() {
        assert!(coarser(&minutes(100), 60_000, 100).is_none());
        let curve = EquityCurve {
            time: vec![0, 1],
            equity: vec![1.0, 2.0],
        };
        assert!(equity_rows(&curve, 1.0, 2).is_none());
    }
}
