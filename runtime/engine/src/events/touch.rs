//! The first row on which prices reach a level.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows that are judged at once, and chunks that the next layer gathers.
const FAN: usize = 8;

/// Extremes of chunks of rows, of chunks of chunks and so on.
#[derive(Debug, Clone)]
pub(super) struct Extremes {
    layers: Vec<Vec<f64>>,
}

impl Extremes {
    /// `beyond(a, b)`: whether `a` is the more extreme.
    pub fn new(prices: &[f64], beyond: impl Fn(f64, f64) -> bool) -> Self {
        let gather = |below: &[f64]| -> Vec<f64> {
            let chunks = below.as_chunks::<FAN>().0;
            let extreme = |c: &[f64; FAN]| {
                c.iter()
                    .fold(c[0], |e, &x| if beyond(x, e) { x } else { e })
            };
            chunks.iter().map(extreme).collect()
        };
        let mut layers = vec![gather(prices)];
        while layers.last().is_some_and(|l| l.len() >= FAN) {
            let above = layers.last().map(|l| gather(l)).unwrap_or_default();
            layers.push(above);
        }
        Self { layers }
    }

    /// The extreme of all prices, `None` without any.
    pub fn all(&self, prices: &[f64], beyond: impl Fn(f64, f64) -> bool) -> Option<f64> {
        let more = |e: f64, x: f64| if beyond(x, e) { x } else { e };
        // what remains behind the last whole chunk of each layer
        let mut below = prices;
        let mut found: Option<f64> = None;
        for layer in &self.layers {
            for &x in &below[layer.len() * FAN..] {
                found = Some(found.map_or(x, |e| more(e, x)));
            }
            below = layer;
        }
        below
            .iter()
            .fold(found, |e, &x| Some(e.map_or(x, |e| more(e, x))))
    }

    /// The first row of `from..to` whose price `hit`s, `to` when none does. `hit` must hold of a chunk's extreme when it holds
    /// of any of its prices.
    #[inline]
    pub fn first(
        &self,
        prices: &[f64],
        from: usize,
        to: usize,
        hit: impl Fn(f64) -> bool,
    ) -> usize {
        let mut row = from;
        while row < to {
            if !row.is_multiple_of(FAN) || row / FAN >= self.layers[0].len() {
                if hit(prices[row]) {
                    return row;
                }
                row += 1;
                continue;
            }
            if hit(self.layers[0][row / FAN]) {
                let end = (row + FAN).min(to);
                while row < end {
                    if hit(prices[row]) {
                        return row;
                    }
                    row += 1;
                }
                continue;
            }
            // as far up as chunks begin here and hold nothing
            let (mut span, mut layer) = (FAN, 1);
            while row.is_multiple_of(span * FAN)
                && self
                    .layers
                    .get(layer)
                    .and_then(|l| l.get(row / (span * FAN)))
                    .is_some_and(|&e| !hit(e))
            {
                span *= FAN;
                layer += 1;
            }
            row += span;
        }
        to
    }
}

/// First touches of one level rule, remembered by the row of the entry: 0 unknown, else the row of the touch + 1.
pub(super) type Touches = Arc<Vec<AtomicU32>>;

/// Tables of first touches, one for each rule (side, kind, bits of its number).
#[derive(Default)]
pub(super) struct Tables {
    tables: Mutex<HashMap<(u8, u64), Touches>>,
}

/// Tables kept at most: a rule beyond is looked up each time.
const TABLES: usize = 256;

impl Tables {
    pub fn of(&self, kind: u8, bits: u64, rows: usize) -> Option<Touches> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = tables.get(&(kind, bits)) {
            return Some(table.clone());
        }
        if tables.len() >= TABLES {
            return None;
        }
        let table: Touches = Arc::new((0..rows).map(|_| AtomicU32::new(0)).collect());
        tables.insert((kind, bits), table.clone());
        Some(table)
    }
}

/// Looks a touch up, or finds and remembers it. Two threads may find it at once: it is the same row.
#[inline]
pub(super) fn remembered(
    table: Option<&Touches>,
    entry: usize,
    find: impl FnOnce() -> usize,
) -> usize {
    let Some(cell) = table.and_then(|t| t.get(entry)) else {
        return find();
    };
    match cell.load(Ordering::Relaxed) {
        0 => {
            let row = find();
            // the price data of one symbol has fewer than 2³² rows, as trades' rows have
            cell.store(row as u32 + 1, Ordering::Relaxed);
            row
        }
        known => known as usize - 1,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_row_is_that_of_a_walk(
            prices in proptest::collection::vec(0u8..60, 1..700), level in 0u8..60, from in 0usize..700, len in 0usize..700,
        ) {
            let prices: Vec<f64> = prices.into_iter().map(f64::from).collect();
            let (from, level) = (from.min(prices.len()), f64::from(level));
            let to = (from + len).min(prices.len());
            let lows = Extremes::new(&prices, |a, b| a < b);
            let highs = Extremes::new(&prices, |a, b| a > b);
            let extreme = |f: fn(f64, f64) -> f64| prices.iter().copied().reduce(f);
            prop_assert_eq!(lows.all(&prices, |a, b| a < b), extreme(f64::min));
            prop_assert_eq!(highs.all(&prices, |a, b| a > b), extreme(f64::max));
            let walk = |hit: &dyn Fn(f64) -> bool| (from..to).find(|&r| hit(prices[r])).unwrap_or(to);
            prop_assert_eq!(lows.first(&prices, from, to, |p| p <= level), walk(&|p| p <= level));
            prop_assert_eq!(highs.first(&prices, from, to, |p| p >= level), walk(&|p| p >= level));
        }
    }
}
