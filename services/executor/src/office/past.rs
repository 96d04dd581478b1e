//! The bars from which an account's memory follows, kept as they were: candles that are rewritten later change no decision.

use crate::disk::{DiskError, Machine, replaced};
use crate::feed::{HistoryError, history};
use crate::{clock::VenueClock, disk::Disk as _};
use serde::{Deserialize, Serialize};
use sixbtc_exchange::Millis;
use sixbtc_exchange::client::Rest;
use sixbtc_market::{Bar, Bars, Timeframe};
use std::collections::BTreeMap;
use std::path::Path;

/// A row as it lies in the file: time, open, high, low, close, volume.
type Row = (i64, f64, f64, f64, f64, f64);

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    series: BTreeMap<String, Vec<Row>>,
}

/// Why there is no past.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The exchange.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The file is none.
    #[error("{path}: the bars that were kept cannot be read: {why}")]
    Shape {
        /// Which file.
        path: String,
        /// Why.
        why: String,
    },
}

/// Bars of these coins, under the names of their symbols: those that were kept, and what has closed since. What is new is kept.
/// `most`: how many are read of a coin of which none are kept.
pub async fn past(
    rest: &Rest,
    clock: &VenueClock,
    path: &Path,
    coins: &[(String, String)],
    timeframe: Timeframe,
    most: i64,
) -> Result<Vec<Bars>, PastError> {
    let mut kept = read(path)?;
    let (mut all, mut grew) = (Vec::new(), false);
    for (symbol, coin) in coins {
        let mut bars = Bars::new(symbol.clone(), timeframe);
        let rows = kept.series.entry(symbol.clone()).or_default();
        for &(time, open, high, low, close, volume) in rows.iter() {
            bars.push(Bar {
                time,
                open,
                high,
                low,
                close,
                volume,
            });
        }
        let now = clock.now();
        let end = bars.end();
        let wanted = end.map_or(most, |end| (now - end) / timeframe.ms() + 2);
        let behind = end.is_none_or(|end| now >= end + timeframe.ms());
        if behind {
            let new = history(rest, clock, coin, timeframe, Millis::MAX, wanted).await?;
            for bar in (0..new.len()).filter_map(|row| new.get(row)) {
                if end.is_some_and(|end| bar.time < end) {
                    continue;
                }
                rows.push((bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume));
                bars.push(bar);
                grew = true;
            }
        }
        all.push(bars);
    }
    if grew {
        let text = serde_json::to_vec(&kept).map_err(|e| shape(path, &e))?;
        replaced(&Machine, path, &[&text]).map_err(DiskError::of(path, "keep bars in it"))?;
    }
    Ok(all)
}

fn read(path: &Path) -> Result<Kept, PastError> {
    let found = Machine.read(path).map_err(DiskError::of(path, "read it"))?;
    match found {
        None => Ok(Kept::default()),
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|e| shape(path, &e)),
    }
}

fn shape(path: &Path, why: &serde_json::Error) -> PastError {
    PastError::Shape {
        path: path.display().to_string(),
        why: why.to_string(),
    }
}
