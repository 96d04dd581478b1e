//! What a download learned and the bars cannot tell: `data/BTC/15m.fetch.json`. Lost or damaged notes cost some requests.

use super::Series;
use crate::{ExchangeError, Millis, files};
use serde::{Deserialize, Serialize};
use sixbtc_market::store::Entry;
use sixbtc_market::{Gap, Store, Timeframe};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Version of this layout.
const SCHEMA: u32 = 1;

/// A series that begins later than was asked: the coin was listed then, or the exchange reaches no further back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Began {
    /// Open of the first bar that exists.
    pub first: Millis,
    /// First open that was asked for.
    pub asked: Millis,
}

/// The notes of a series.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// Version of this layout, 1.
    pub schema: u32,
    /// The exchange.
    pub source: String,
    /// Where it begins, if that was later than asked.
    pub began: Option<Began>,
    /// Holes that the exchange has too, in order of time.
    pub holes: Vec<Gap>,
}

/// Where the notes of a series are.
pub(super) fn notes_path(store: &Store, series: &Series) -> PathBuf {
    store
        .path(&series.coin, series.timeframe)
        .with_extension("fetch.json")
}

impl Notes {
    /// The notes as stored; new ones when there are none that fit.
    pub(super) fn read(path: &Path, source: &'static str) -> Self {
        let stored: Option<Self> = std::fs::read(path)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok());
        stored
            .filter(|notes| notes.schema == SCHEMA && notes.source == source)
            .unwrap_or_else(|| Self {
                schema: SCHEMA,
                source: source.to_owned(),
                ..Self::default()
            })
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), ExchangeError> {
        let json = serde_json::to_vec_pretty(self).map_err(|error| ExchangeError::Disk {
            path: path.to_owned(),
            action: "write it",
            reason: error.to_string(),
        })?;
        if std::fs::read(path).is_ok_and(|old| old == json) {
            return Ok(());
        }
        files::write_whole(path, &json)
    }

    /// Where the series begins, if these notes are about its first bar.
    pub(super) fn began_of(&self, entry: Option<&Entry>) -> Option<Began> {
        self.began
            .filter(|began| entry.is_some_and(|e| e.first == began.first))
    }

    /// Known holes in a span.
    pub(super) fn holes_in(&self, span: &Range<Millis>) -> Vec<Gap> {
        let inside = |hole: &&Gap| hole.from < span.end && hole.to > span.start;
        self.holes.iter().filter(inside).copied().collect()
    }

    /// Everything wanted was asked for twice: what is missing now does not exist. Answers how many bars lack at the end,
    /// where they may still come.
    pub(super) fn learn(
        &mut self,
        entry: Option<&Entry>,
        wanted: &Range<Millis>,
        timeframe: Timeframe,
    ) -> u64 {
        let length = timeframe.ms();
        let Some(entry) = entry else {
            return ((wanted.end - wanted.start) / length) as u64;
        };
        if self.began_of(Some(entry)).is_none() {
            self.began = (entry.first > wanted.start).then_some(Began {
                first: entry.first,
                asked: wanted.start,
            });
        }
        // Holes outside of what was asked stay as they are known.
        let mut holes = Vec::new();
        for gap in &entry.gaps {
            let asked = gap.from.max(wanted.start)..gap.to.min(wanted.end);
            let known = self
                .holes
                .iter()
                .map(|h| h.from.max(gap.from)..h.to.min(gap.to));
            holes.extend(known.chain([asked]).filter(|r| r.start < r.end));
        }
        self.holes = joined(holes, length);
        let next = (entry.last + length).max(wanted.start);
        ((wanted.end - next).max(0) / length) as u64
    }
}

/// Ranges in order, with those that touch made one.
fn joined(mut ranges: Vec<Range<Millis>>, length: i64) -> Vec<Gap> {
    ranges.sort_by_key(|r| r.start);
    let mut gaps: Vec<Gap> = Vec::new();
    for range in ranges {
        match gaps.last_mut() {
            Some(last) if range.start <= last.to => last.to = last.to.max(range.end),
            _ => gaps.push(Gap {
                from: range.start,
                to: range.end,
                missing: 0,
            }),
        }
    }
    for gap in &mut gaps {
        gap.missing = ((gap.to - gap.from) / length) as u64;
    }
    gaps
}
