//! Candles for many judgements at once: read from the store of candles once, and again when a file has changed.

use sixbtc_market::{Bars, MarketError, Store, Timeframe, resample};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Bars with what is known of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The bars.
    pub bars: Bars,
    /// [`Bars::hash`] of them.
    pub hash: String,
    /// [`Bars::price_scale`] of them.
    pub scale: f64,
}

impl Series {
    /// Bars with their hash and scale.
    pub fn of(bars: Bars) -> Self {
        Self {
            hash: bars.hash(),
            scale: bars.price_scale(),
            bars,
        }
    }
}

/// What tells that a file is still the one that was read. The store replaces files, so their time or length changes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    modified: Option<SystemTime>,
    length: u64,
}

/// Bytes of candles that are kept, about; what was not asked for the longest goes first.
const ROOM: usize = 1 << 30;

#[derive(Debug, Default)]
struct Held {
    series: HashMap<(String, Timeframe), (Stamp, Arc<Series>, u64)>,
    /// Grows with every question.
    turn: u64,
    /// How often a file was read.
    reads: u64,
}

/// A shared cache over a store of candles.
#[derive(Debug)]
pub struct Candles {
    store: Store,
    held: Mutex<Held>,
    room: usize,
}

impl Candles {
    /// Over a directory of candles.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            held: Mutex::default(),
            room: ROOM,
        }
    }

    /// The directory.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How often a file was read so far.
    pub fn reads(&self) -> u64 {
        self.lock().reads
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        // only whole entries are ever put in
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bars of a symbol, made of finer ones when the store has no others; `None` when it has none that would do.
    ///
    /// # Errors
    /// What is wrong with a file that is there.
    pub fn series(
        &self,
        symbol: &str,
        timeframe: Timeframe,
    ) -> Result<Option<Arc<Series>>, MarketError> {
        let stored = self.store.timeframes(symbol)?;
        let source = stored
            .iter()
            .rev()
            .find(|&&finer| finer <= timeframe && timeframe.holds(finer));
        let Some(&source) = source else {
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
        if source != timeframe {
            let end = bars.end().unwrap_or_default();
            bars = resample(&bars, timeframe)?;
            // of the last one a part may still be missing
            let whole = bars
                .time
                .partition_point(|open| open + timeframe.ms() <= end);
            bars = bars.slice(0..whole);
        }
        let series = Arc::new(Series::of(bars));
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
}

impl Held {
    fn shrink(&mut self, room: usize) {
        let size = |s: &Series| s.bars.len() * 48;
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

fn stamp(path: &std::path::Path) -> Option<Stamp> {
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
    use sixbtc_market::{SynthOptions, synth};

    fn bars(symbol: &str, count: usize, seed: u64) -> Bars {
        synth(&SynthOptions {
            symbol: symbol.into(),
            bars: count,
            seed,
            timeframe: Timeframe::M15,
            ..SynthOptions::default()
        })
        .unwrap()
    }

    #[test]
    fn a_file_is_read_once_and_again_when_it_changed() {
        let dir = tempfile::tempdir().unwrap();
        let candles = Candles::new(Store::new(dir.path()));
        assert_eq!(candles.series("BTC", Timeframe::M15).unwrap(), None);
        candles.store().put(&bars("BTC", 500, 1), "test").unwrap();
        let first = candles.series("BTC", Timeframe::M15).unwrap().unwrap();
        let again = candles.series("BTC", Timeframe::M15).unwrap().unwrap();
        assert!(Arc::ptr_eq(&first, &again) && candles.reads() == 1);
        candles.store().put(&bars("BTC", 800, 2), "test").unwrap();
        let changed = candles.series("BTC", Timeframe::M15).unwrap().unwrap();
        assert_eq!((changed.bars.len(), candles.reads()), (800, 2));
        assert_ne!(changed.hash, first.hash);
        // longer bars are made of these
        let longer = candles.series("BTC", Timeframe::H1).unwrap().unwrap();
        assert_eq!(longer.bars.len(), 200);
        candles.store().remove("BTC", Timeframe::M15).unwrap();
        assert_eq!(candles.series("BTC", Timeframe::M15).unwrap(), None);
    }

    #[test]
    fn what_was_not_asked_for_the_longest_goes_first() {
        let dir = tempfile::tempdir().unwrap();
        let mut candles = Candles::new(Store::new(dir.path()));
        candles.room = 2 * 500 * 48;
        for (i, name) in ["A", "B", "C"].iter().enumerate() {
            candles
                .store()
                .put(&bars(name, 500, i as u64), "test")
                .unwrap();
        }
        for name in ["A", "B", "A", "C", "A"] {
            candles.series(name, Timeframe::M15).unwrap().unwrap();
        }
        assert_eq!(candles.reads(), 3);
        candles.series("B", Timeframe::M15).unwrap().unwrap();
        assert_eq!(candles.reads(), 4);
    }
}
