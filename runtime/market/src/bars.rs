//! Bars of one symbol, as columns.

use crate::timeframe::Timeframe;
use std::ops::Range;

/// Candles of one symbol and timeframe, one vector a column, all of the same length.
///
/// What importers and the store hand out satisfies: `time` strictly rising and on the timeframe's grid; prices finite
/// and above zero with `low <= open, close <= high`; volume finite and not negative. Code that builds bars itself can
/// have this checked by [`crate::check::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// Name of the symbol, e.g. `BTC`.
    pub symbol: String,
    /// Length of each bar.
    pub timeframe: Timeframe,
    /// Open times, ms since the epoch, UTC.
    pub time: Vec<i64>,
    /// First prices.
    pub open: Vec<f64>,
    /// Highest prices.
    pub high: Vec<f64>,
    /// Lowest prices.
    pub low: Vec<f64>,
    /// Last prices.
    pub close: Vec<f64>,
    /// Units of the base asset traded.
    pub volume: Vec<f64>,
}

/// One bar, for code that handles bars one at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Open time, ms since the epoch, UTC.
    pub time: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Units traded.
    pub volume: f64,
}

/// Integers up to here are exact in an f64.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Powers of ten up to the finest price scale.
const POWERS: [f64; 13] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
];

impl Bars {
    /// No bars yet.
    pub fn new(symbol: impl Into<String>, timeframe: Timeframe) -> Self {
        Self::with_capacity(symbol, timeframe, 0)
    }

    /// No bars yet, and room for `rows`.
    pub fn with_capacity(symbol: impl Into<String>, timeframe: Timeframe, rows: usize) -> Self {
        Self {
            symbol: symbol.into(),
            timeframe,
            time: Vec::with_capacity(rows),
            open: Vec::with_capacity(rows),
            high: Vec::with_capacity(rows),
            low: Vec::with_capacity(rows),
            close: Vec::with_capacity(rows),
            volume: Vec::with_capacity(rows),
        }
    }

    /// Number of bars.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// The bar of a row, if the row exists.
    pub fn get(&self, row: usize) -> Option<Bar> {
        Some(Bar {
            time: *self.time.get(row)?,
            open: *self.open.get(row)?,
            high: *self.high.get(row)?,
            low: *self.low.get(row)?,
            close: *self.close.get(row)?,
            volume: *self.volume.get(row)?,
        })
    }

    /// Appends a bar. The caller keeps times rising.
    pub fn push(&mut self, bar: Bar) {
        self.time.push(bar.time);
        self.open.push(bar.open);
        self.high.push(bar.high);
        self.low.push(bar.low);
        self.close.push(bar.close);
        self.volume.push(bar.volume);
    }

    /// Appends all bars of another series. The caller keeps times rising.
    pub fn append(&mut self, other: &Self) {
        self.time.extend_from_slice(&other.time);
        self.open.extend_from_slice(&other.open);
        self.high.extend_from_slice(&other.high);
        self.low.extend_from_slice(&other.low);
        self.close.extend_from_slice(&other.close);
        self.volume.extend_from_slice(&other.volume);
    }

    /// Rows whose open lies in `[from, to)`, ms since the epoch; an absent bound is open.
    pub fn rows(&self, from: Option<i64>, to: Option<i64>) -> Range<usize> {
        let start = from.map_or(0, |from| self.time.partition_point(|&t| t < from));
        let end = to.map_or(self.len(), |to| self.time.partition_point(|&t| t < to));
        start..end.max(start)
    }

    /// A copy of some rows; rows beyond the end are left out.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let end = rows.end.min(self.len());
        let rows = rows.start.min(end)..end;
        Self {
            symbol: self.symbol.clone(),
            timeframe: self.timeframe,
            time: self.time[rows.clone()].to_vec(),
            open: self.open[rows.clone()].to_vec(),
            high: self.high[rows.clone()].to_vec(),
            low: self.low[rows.clone()].to_vec(),
            close: self.close[rows.clone()].to_vec(),
            volume: self.volume[rows].to_vec(),
        }
    }

    /// The first `rows` bars with the times and volumes of all, and room for the prices of the others, which are still to
    /// come: what makes other prices of the same bars copies none of theirs.
    #[must_use]
    pub fn without_prices(&self, rows: usize) -> Self {
        let prices = |column: &[f64]| {
            let mut some = Vec::with_capacity(column.len());
            some.extend_from_slice(&column[..rows.min(column.len())]);
            some
        };
        Self {
            symbol: self.symbol.clone(),
            timeframe: self.timeframe,
            time: self.time.clone(),
            open: prices(&self.open),
            high: prices(&self.high),
            low: prices(&self.low),
            close: prices(&self.close),
            volume: self.volume.clone(),
        }
    }

    /// A copy of the bars whose open lies in `[from, to)`, ms since the epoch.
    #[must_use]
    pub fn between(&self, from: Option<i64>, to: Option<i64>) -> Self {
        self.slice(self.rows(from, to))
    }

    /// End of the last bar: the instant up to which the series is known. `None` without bars.
    pub fn end(&self) -> Option<i64> {
        self.time.last().map(|t| t + self.timeframe.ms())
    }

    /// Ticks a unit of price: the smallest power of ten `10^d`, `d <= 12`, such that every `price × 10^d`, rounded, is a
    /// whole number of ticks above 0 and below `2^53` that stands for the price: it is within `1e-6` of the product, or
    /// divided by `10^d` gives the price back, bit for bit (the product of a large price is inexact by more than `1e-6`).
    /// `None` when the prices are no such decimals.
    ///
    /// Sums of whole ticks are exact in an f64, sums of decimal fractions are not.
    pub fn exact_price_scale(&self) -> Option<f64> {
        let columns = [&self.close, &self.open, &self.high, &self.low];
        POWERS
            .into_iter()
            .find(|&scale| columns.iter().all(|column| whole(column, scale)))
    }

    /// [`Bars::exact_price_scale`]; for prices that are no decimals (adjusted or converted ones) the finest power of ten
    /// at which every price stays below `2^53`.
    pub fn price_scale(&self) -> f64 {
        self.exact_price_scale().unwrap_or_else(|| {
            let highest = self
                .high
                .iter()
                .chain(&self.open)
                .chain(&self.close)
                .copied()
                .fold(0.0, f64::max);
            POWERS
                .into_iter()
                .rev()
                .find(|scale| highest * scale < EXACT)
                .unwrap_or(1.0)
        })
    }

    /// Hash of the content, as 64 hexadecimal digits: BLAKE3 over symbol, timeframe, number of bars and each column as
    /// little-endian 8-byte words. Equal hashes mean equal bits, on any machine.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"sixbtc-bars-1\0");
        hasher.update(&(self.symbol.len() as u64).to_le_bytes());
        hasher.update(self.symbol.as_bytes());
        hasher.update(&self.timeframe.ms().to_le_bytes());
        hasher.update(&(self.len() as u64).to_le_bytes());
        hash_words(&mut hasher, &self.time, i64::to_le_bytes);
        for column in [&self.open, &self.high, &self.low, &self.close, &self.volume] {
            hash_words(&mut hasher, column, f64::to_le_bytes);
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// Feeds a column to the hasher through a buffer: hashing in big pieces lets it use wide registers.
fn hash_words<T: Copy>(hasher: &mut blake3::Hasher, column: &[T], bytes: impl Fn(T) -> [u8; 8]) {
    let mut buffer = vec![0u8; 65_536];
    for piece in column.chunks(buffer.len() / 8) {
        for (word, &value) in buffer.chunks_exact_mut(8).zip(piece) {
            word.copy_from_slice(&bytes(value));
        }
        hasher.update(&buffer[..piece.len() * 8]);
    }
}

/// Whether all prices are whole numbers of ticks of `1 / scale`.
#[allow(clippy::needless_bitwise_bool)]
fn whole(column: &[f64], scale: f64) -> bool {
    // Adding and subtracting 1.5·2^52 rounds to the nearest whole number without a call, so the loop runs in lanes; it
    // holds below 2^51. A wrong scale nearly always fails in the first piece.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const HALF: f64 = 2_251_799_813_685_248.0;
    let stands_for = |price: f64, ticks: f64, rounded: f64| {
        ((ticks - rounded).abs() <= 1e-6) | ((rounded / scale - price).abs() <= 0.0)
    };
    column.chunks(1024).all(|piece| {
        let (mut good, mut highest) = (true, 0.0f64);
        for &price in piece {
            let ticks = price * scale;
            let rounded = (ticks + ROUND) - ROUND;
            // A price under half a tick is no price at this scale, however near to a whole number zero may be.
            good &= stands_for(price, ticks, rounded) & ((ticks >= 0.5) | (ticks <= 0.0));
            highest = if ticks > highest { ticks } else { highest };
        }
        if highest < HALF {
            good
        } else {
            highest < EXACT
                && piece
                    .iter()
                    .all(|&p| stands_for(p, p * scale, (p * scale).round()))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at_prices(prices: &[f64]) -> Bars {
        let mut bars = Bars::new("X", Timeframe::M1);
        for (i, &p) in prices.iter().enumerate() {
            bars.push(Bar {
                time: i as i64 * 60_000,
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
    fn scale_is_the_digits_of_the_prices() {
        for (prices, scale) in [
            (vec![1.0, 20.0], 1.0),
            (vec![4367.1, 4386.0], 10.0),
            (vec![0.19995, 0.2], 1e5),
            (vec![1e-8, 3.5e-7], 1e8),
            (vec![0.1 + 0.2], 10.0),
            (vec![4_229.417_004_93, 4_230.0], 1e8),
            (vec![99_999_999.12], 100.0),
            (vec![], 1.0),
        ] {
            assert_eq!(
                at_prices(&prices).exact_price_scale(),
                Some(scale),
                "{prices:?}"
            );
        }
        assert_eq!(at_prices(&[1.0 / 3.0]).exact_price_scale(), None);
        assert!((at_prices(&[1.0 / 3.0]).price_scale() - 1e12).abs() < 1.0);
        assert!((at_prices(&[1e5 / 3.0]).price_scale() - 1e11).abs() < 1.0);
    }

    #[test]
    fn hash_sees_every_bit() {
        let bars = at_prices(&[1.0, 2.0, 3.0]);
        let mut other = bars.clone();
        assert_eq!(bars.hash(), other.hash());
        other.volume[2] = f64::from_bits(1.0f64.to_bits() + 1);
        assert_ne!(bars.hash(), other.hash());
        let renamed = Bars {
            symbol: "Y".into(),
            ..bars.clone()
        };
        assert_ne!(bars.hash(), renamed.hash());
        assert_eq!(bars.hash().len(), 64);
    }

    #[test]
    fn rows_are_half_open() {
        let bars = at_prices(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(bars.rows(Some(60_000), Some(180_000)), 1..3);
        assert_eq!(bars.rows(Some(59_999), None), 1..4);
        assert_eq!(bars.rows(Some(500_000), Some(0)), 4..4);
        assert_eq!(bars.between(None, Some(60_001)).time, vec![0, 60_000]);
        assert_eq!(bars.slice(3..99).len(), 1);
    }

    proptest! {
        #[test]
        fn whole_ticks_are_found(ticks in prop::collection::vec(1u32..1_000_000_000, 1..50), digits in 0usize..9) {
            let scale = POWERS[digits];
            let bars = at_prices(&ticks.iter().map(|&t| f64::from(t) / scale).collect::<Vec<_>>());
            let found = bars.exact_price_scale().unwrap();
            prop_assert!(found <= scale);
            for p in &bars.close {
                prop_assert!((p * found - (p * found).round()).abs() <= 1e-6);
            }
        }
    }
}
