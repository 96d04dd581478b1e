//! Candles that had closed by a given time, out of a candle store, kept in memory until their file changes.

use crate::model::Millis;
use sixbtc_market::{Bar, Bars, MarketError, Store, Timeframe, resample};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// When the file of a series last changed, and its length.
type Stamp = (Option<SystemTime>, u64);

struct Kept {
    stamp: Stamp,
    bars: Arc<Bars>,
    end: Millis,
}

/// A series and how far it is known.
#[derive(Debug, Clone)]
pub struct Series {
    /// Bars that are whole: what they were made of reaches to their end.
    pub bars: Arc<Bars>,
    /// Up to where the market is known: end of the last stored bar.
    pub end: Millis,
}

/// A candle store that is read again and again. Reading blocks: call it where blocking is allowed.
pub struct Candles {
    store: Store,
    kept: Mutex<HashMap<(String, Timeframe), Kept>>,
}

impl Candles {
    /// Candles of a directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            store: Store::new(directory),
            kept: Mutex::default(),
        }
    }

    /// The store beneath.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// All whole bars of a symbol on a timeframe, made of finer ones when it is not stored itself. Of a bar that is made of
    /// finer ones a part may be missing at the end of the data: it is left out until the data reach its end.
    pub fn series(&self, symbol: &str, timeframe: Timeframe) -> Result<Series, MarketError> {
        let stored = self.store.timeframes(symbol)?;
        let divides = |finer: &Timeframe| *finer <= timeframe && timeframe.holds(*finer);
        let source = stored.iter().rev().copied().find(divides);
        // what is missing or does not divide is an error with the store's own words
        let Some(source) = source else {
            let found = self.store.load_or_resample(symbol, timeframe, None, None)?;
            let end = found.bars.end().unwrap_or_default();
            let bars = Arc::new(found.bars);
            return Ok(Series { bars, end });
        };
        let stamp = stamp(&self.store.path(symbol, source));
        let key = (symbol.to_owned(), timeframe);
        {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(kept) = kept.get(&key).filter(|k| k.stamp == stamp) {
                return Ok(Series {
                    bars: Arc::clone(&kept.bars),
                    end: kept.end,
                });
            }
        }
        let found = self.store.load(symbol, source, None, None)?.bars;
        let end = found.end().unwrap_or_default();
        let mut bars = if source == timeframe {
            found
        } else {
            resample(&found, timeframe)?
        };
        let whole = bars
            .time
            .partition_point(|open| open + timeframe.ms() <= end);
        if whole < bars.len() {
            bars = bars.slice(0..whole);
        }
        let bars = Arc::new(bars);
        let series = Series {
            bars: Arc::clone(&bars),
            end,
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(key, Kept { stamp, bars, end });
        Ok(series)
    }

    /// The first bar that opens at or after `at`, if it had opened by `now`.
    pub fn first_from(
        &self,
        symbol: &str,
        timeframe: Timeframe,
        at: Millis,
        now: Millis,
    ) -> Result<Option<Bar>, MarketError> {
        let series = self.series(symbol, timeframe)?;
        let row = series.bars.time.partition_point(|&open| open < at);
        Ok(series.bars.get(row).filter(|bar| bar.time <= now))
    }

    /// The last bar that had closed by `now`.
    pub fn last_closed(
        &self,
        symbol: &str,
        timeframe: Timeframe,
        now: Millis,
    ) -> Result<Option<Bar>, MarketError> {
        let series = self.series(symbol, timeframe)?;
        let closed = |open: &i64| open + timeframe.ms() <= now;
        let row = series.bars.time.partition_point(closed);
        Ok(row.checked_sub(1).and_then(|row| series.bars.get(row)))
    }

    /// First and last instant of all that is stored; `None` for an empty store.
    pub fn span(&self) -> Result<Option<(Millis, Millis)>, MarketError> {
        let mut span: Option<(Millis, Millis)> = None;
        for entry in self.store.list()? {
            let end = entry.last + entry.timeframe()?.ms();
            span = Some(span.map_or((entry.first, end), |(a, b)| {
                (a.min(entry.first), b.max(end))
            }));
        }
        Ok(span)
    }
}

fn stamp(path: &std::path::Path) -> Stamp {
    let known = std::fs::metadata(path).ok();
    let modified = known.as_ref().and_then(|m| m.modified().ok());
    (modified, known.map_or(0, |m| m.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quarter_hours(n: i64) -> Bars {
        let mut bars = Bars::new("BTC", Timeframe::M15);
        for i in 0..n {
            let price = 100.0 + i as f64;
            bars.push(Bar {
                time: i * 900_000,
                open: price,
                high: price + 1.0,
                low: price - 1.0,
                close: price,
                volume: 1.0,
            });
        }
        bars
    }

    #[test]
    fn an_hour_appears_when_its_last_quarter_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let candles = Candles::new(dir.path());
        candles.store().put(&quarter_hours(7), "test").unwrap();
        let hours = candles.series("BTC", Timeframe::H1).unwrap();
        assert_eq!((hours.bars.len(), hours.end), (1, 7 * 900_000));
        candles.store().merge(&quarter_hours(8), "test").unwrap();
        assert_eq!(candles.series("BTC", Timeframe::H1).unwrap().bars.len(), 2);
        assert_eq!(candles.span().unwrap(), Some((0, 8 * 900_000)));
        assert!(candles.series("ETH", Timeframe::H1).is_err());
    }

    #[test]
    fn the_future_is_not_seen() {
        let dir = tempfile::tempdir().unwrap();
        let candles = Candles::new(dir.path());
        candles.store().put(&quarter_hours(8), "test").unwrap();
        let open = |at, now| {
            let bar = candles.first_from("BTC", Timeframe::M15, at, now).unwrap();
            bar.map(|b| b.time)
        };
        assert_eq!(open(1, 899_999), None);
        assert_eq!(open(1, 900_000), Some(900_000));
        assert_eq!(open(8 * 900_000, i64::MAX), None);
        let last = |now| {
            let bar = candles.last_closed("BTC", Timeframe::M15, now).unwrap();
            bar.map(|b| b.time)
        };
        assert_eq!((last(899_999), last(900_000)), (None, Some(0)));
    }
}
