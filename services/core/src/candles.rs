//! Candles that had closed by a given time, out of a candle store, kept in memory until their file changes.

use crate::model::Millis;
use sixbtc_market::{Bar, Bars, MarketError, Store, Timeframe, resample};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

/// What tells that a file is still the one that was read. The store replaces files, so their time or length changes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    modified: Option<SystemTime>,
    length: u64,
}

/// A series and how far it is known.
#[derive(Debug, Clone)]
pub struct Series {
    /// Bars that are whole: what they were made of reaches to their end.
    pub bars: Bars,
    /// Up to where the market is known: end of the last stored bar, ms.
    pub end: Millis,
    /// Read by few, so computed when the first asks.
    hash: OnceLock<String>,
    scale: OnceLock<f64>,
}

/// Hash and scale follow from the bars.
impl PartialEq for Series {
    fn eq(&self, other: &Self) -> bool {
        self.bars == other.bars && self.end == other.end
    }
}

impl Series {
    /// Bars that are known to their own end.
    pub fn of(bars: Bars) -> Self {
        Self::known(bars, None)
    }

    /// Bars, and up to where the market is known if that is further than their end.
    fn known(bars: Bars, end: Option<Millis>) -> Self {
        Self {
            end: end.or_else(|| bars.end()).unwrap_or_default(),
            bars,
            hash: OnceLock::new(),
            scale: OnceLock::new(),
        }
    }

    /// [`Bars::hash`] of the bars, computed once.
    pub fn hash(&self) -> &str {
        self.hash.get_or_init(|| self.bars.hash())
    }

    /// [`Bars::price_scale`] of the bars, computed once.
    pub fn scale(&self) -> f64 {
        *self.scale.get_or_init(|| self.bars.price_scale())
    }
}

/// Bytes of candles that are kept, about; what was not asked for the longest goes first.
const ROOM: usize = 1 << 30;

/// Bytes of a bar in memory.
const BAR: usize = 48;

#[derive(Default)]
struct Held {
    series: HashMap<(String, Timeframe), (Stamp, Arc<Series>, u64)>,
    /// Grows with every question.
    turn: u64,
    /// How often a file was read.
    reads: u64,
}

/// A candle store that is read again and again, by many at once. Reading blocks: call it where blocking is allowed.
pub struct Candles {
    store: Store,
    held: Mutex<Held>,
    room: usize,
}

impl Candles {
    /// Candles of a directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            store: Store::new(directory),
            held: Mutex::default(),
            room: ROOM,
        }
    }

    /// The store beneath.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How often a file was read so far.
    pub fn reads(&self) -> u64 {
        self.lock().reads
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // only whole entries are ever put in
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All whole bars of a symbol on a timeframe, made of finer ones when it is not stored itself. Of a bar that is made of
    /// finer ones a part may be missing at the end of the data: it is left out until the data reach its end.
    ///
    /// # Errors
    /// What is wrong with a file that is there, and that there is none that would do.
    pub fn series(&self, symbol: &str, timeframe: Timeframe) -> Result<Arc<Series>, MarketError> {
        if let Some(series) = self.find(symbol, timeframe)? {
            return Ok(series);
        }
        // what is missing or does not divide is an error with the store's own words
        let found = self.store.load_or_resample(symbol, timeframe, None, None)?;
        Ok(Arc::new(Series::of(found.bars)))
    }

    /// The same; `None` when nothing is stored that would do.
    ///
    /// # Errors
    /// What is wrong with a file that is there.
    pub fn find(
        &self,
        symbol: &str,
        timeframe: Timeframe,
    ) -> Result<Option<Arc<Series>>, MarketError> {
        let stored = self.store.timeframes(symbol)?;
        let divides = |finer: &Timeframe| *finer <= timeframe && timeframe.holds(*finer);
        let Some(source) = stored.iter().rev().copied().find(divides) else {
            return Ok(None);
        };
        let path = self.store.path(symbol, source);
        let key = (symbol.to_owned(), timeframe);
        let before = stamp(&path);
        {
            let mut held = self.lock();
            held.turn += 1;
            let turn = held.turn;
            if let Some((known, series, used)) = held.series.get_mut(&key)
                && Some(&*known) == before.as_ref()
            {
                *used = turn;
                return Ok(Some(Arc::clone(series)));
            }
        }
        // read without the lock, so that other symbols need not wait
        let mut bars = self.store.load(symbol, source, None, None)?.bars;
        let end = bars.end();
        if source != timeframe {
            bars = resample(&bars, timeframe)?;
        }
        let whole = bars
            .time
            .partition_point(|open| open + timeframe.ms() <= end.unwrap_or_default());
        if whole < bars.len() {
            bars = bars.slice(0..whole);
        }
        let series = Arc::new(Series::known(bars, end));
        let mut held = self.lock();
        held.reads += 1;
        let turn = held.turn;
        // a file that was replaced while it was read is read again next time
        if let Some(stamp) = before.filter(|b| Some(b) == stamp(&path).as_ref()) {
            held.series.insert(key, (stamp, Arc::clone(&series), turn));
            held.shrink(self.room);
        }
        Ok(Some(series))
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

impl Held {
    fn shrink(&mut self, room: usize) {
        let size = |s: &Series| s.bars.len() * BAR;
        let mut total: usize = self.series.values().map(|(_, s, _)| size(s)).sum();
        while total > room && self.series.len() > 1 {
            let oldest = self.series.iter().min_by_key(|(_, (_, _, used))| *used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            if let Some((_, gone, _)) = self.series.remove(&key) {
                total -= size(&gone);
            }
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(path).ok()?;
    Some(Stamp {
        path: path.to_owned(),
        modified: about.modified().ok(),
        length: about.len(),
    })
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

    #[test]
    fn a_file_is_read_once_and_again_when_it_changed() {
        let dir = tempfile::tempdir().unwrap();
        let candles = Candles::new(dir.path());
        assert_eq!(candles.find("BTC", Timeframe::M15).unwrap(), None);
        candles.store().put(&quarter_hours(500), "test").unwrap();
        let first = candles.series("BTC", Timeframe::M15).unwrap();
        let again = candles.series("BTC", Timeframe::M15).unwrap();
        assert!(Arc::ptr_eq(&first, &again) && candles.reads() == 1);
        candles.store().put(&quarter_hours(800), "test").unwrap();
        let changed = candles.series("BTC", Timeframe::M15).unwrap();
        assert_eq!((changed.bars.len(), candles.reads()), (800, 2));
        assert_ne!(changed.hash(), first.hash());
        assert_eq!(changed.hash(), changed.bars.hash());
        // longer bars are made of these
        let longer = candles.find("BTC", Timeframe::H1).unwrap().unwrap();
        assert_eq!(longer.bars.len(), 200);
        candles.store().remove("BTC", Timeframe::M15).unwrap();
        assert_eq!(candles.find("BTC", Timeframe::M15).unwrap(), None);
    }

    #[test]
    fn what_was_not_asked_for_the_longest_goes_first() {
        let dir = tempfile::tempdir().unwrap();
        let mut candles = Candles::new(dir.path());
        candles.room = 2 * 500 * BAR;
        for name in ["A", "B", "C"] {
            let mut bars = quarter_hours(500);
            bars.symbol = name.into();
            candles.store().put(&bars, "test").unwrap();
        }
        for name in ["A", "B", "A", "C", "A"] {
            candles.series(name, Timeframe::M15).unwrap();
        }
        assert_eq!(candles.reads(), 3);
        candles.series("B", Timeframe::M15).unwrap();
        assert_eq!(candles.reads(), 4);
    }
}
