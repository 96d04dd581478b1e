//! Funding rates on disk: `data/BTC/funding.csv` with the columns `time,rate`, as `sixbtc backtest --funding` reads it.

use crate::decode::Wrong;
use crate::{Exchange, ExchangeError, Millis, files};
use serde::{Deserialize, Serialize};
use sixbtc_market::{Funding, MarketError, Store, Timeframe, open_funding};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// A rate beyond this is no rate: exchanges cap it at a few hundredths.
const LARGEST: f64 = 1.0;

/// Rows of an answer as payments: in order, of equal times the last, within `[from, to)`.
pub(crate) fn payments(
    mut rows: Vec<(Millis, f64)>,
    from: Millis,
    to: Millis,
) -> Result<Funding, Wrong> {
    rows.sort_by_key(|(time, _)| *time);
    let mut found = Funding::default();
    for (time, rate) in rows {
        if time < from || time >= to {
            return Err(format!(
                "the payment at {time} was not asked for ({from} to {to})"
            ));
        }
        if rate.abs() > LARGEST {
            return Err(format!("a funding rate of {rate} cannot be"));
        }
        if found.time.last() == Some(&time) {
            found.rate.pop();
            found.time.pop();
        }
        found.time.push(time);
        found.rate.push(rate);
    }
    Ok(found)
}

/// Where the rates of a coin are stored, whether they are or not.
pub fn path(store: &Store, coin: &str) -> PathBuf {
    store
        .path(coin, Timeframe::H1)
        .with_file_name("funding.csv")
}

/// What is known of the file beside it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Notes {
    source: String,
    /// The earliest time that was ever asked for and answered.
    asked: Millis,
}

/// What a download did.
#[derive(Debug, Clone, PartialEq)]
pub struct Paid {
    /// All payments stored now.
    pub funding: Funding,
    /// New ones.
    pub added: usize,
}

/// Brings the stored rates of a coin up to `now`, from `from` on.
pub async fn fetch(
    exchange: &dyn Exchange,
    store: &Store,
    coin: &str,
    (from, now): (Millis, Millis),
    stop: &CancellationToken,
) -> Result<Paid, ExchangeError> {
    let file = path(store, coin);
    let (mut have, mut notes) = stored(&file, exchange.name())?;
    let before = have.len();
    let market = exchange.market_of(coin);
    let last = have.time.last().copied();
    let start = match last {
        Some(last) if notes.asked <= from => last + 1,
        _ => from,
    };
    let mut at = start;
    let mut outcome = Ok(());
    let mut fresh = Funding::default();
    while at < now {
        let page = match exchange.funding(coin, &market, at, now, stop).await {
            Ok(page) => page,
            Err(error) => {
                outcome = Err(error);
                break;
            }
        };
        let Some(&last) = page.time.last() else { break };
        at = last + 1;
        fresh.time.extend(page.time);
        fresh.rate.extend(page.rate);
    }
    // A part that begins before what is stored would leave a hole when it is not complete.
    if outcome.is_ok() || last.is_none_or(|last| start > last) {
        if !fresh.is_empty() {
            let kept = have.time.partition_point(|t| *t < start);
            have.time.truncate(kept);
            have.rate.truncate(kept);
            have.time.extend(&fresh.time);
            have.rate.extend(&fresh.rate);
        }
        if notes.asked == 0 || from < notes.asked {
            notes.asked = from;
        }
        exchange.name().clone_into(&mut notes.source);
        if !have.is_empty() {
            write(&file, &have, &notes)?;
        }
    }
    outcome?;
    Ok(Paid {
        added: have.len().saturating_sub(before),
        funding: have,
    })
}

fn notes_path(file: &Path) -> PathBuf {
    file.with_extension("fetch.json")
}

fn stored(file: &Path, source: &'static str) -> Result<(Funding, Notes), ExchangeError> {
    let notes: Option<Notes> = std::fs::read(notes_path(file))
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok());
    let have = match open_funding(file) {
        Ok(have) => have,
        Err(MarketError::NotFound { .. } | MarketError::Empty { .. }) => {
            return Ok((Funding::default(), Notes::default()));
        }
        Err(
            MarketError::Encoding { .. }
            | MarketError::Fields { .. }
            | MarketError::Field { .. }
            | MarketError::MissingColumn { .. }
            | MarketError::Flaw { .. },
        ) => {
            files::put_aside(file)?;
            return Ok((Funding::default(), Notes::default()));
        }
        Err(error) => return Err(error.into()),
    };
    match notes {
        Some(notes) if notes.source != source => Err(ExchangeError::OtherSource {
            path: file.to_owned(),
            have: notes.source,
            want: source,
        }),
        Some(notes) => Ok((have, notes)),
        None => Err(ExchangeError::OtherSource {
            path: file.to_owned(),
            have: "a file of unknown origin".to_owned(),
            want: source,
        }),
    }
}

fn write(file: &Path, funding: &Funding, notes: &Notes) -> Result<(), ExchangeError> {
    let mut text = String::from("time,rate\n");
    for (time, rate) in funding.time.iter().zip(&funding.rate) {
        let _ = writeln!(text, "{time},{rate}");
    }
    let notes = serde_json::to_vec_pretty(notes).unwrap_or_default();
    // Notes first: rates without notes would be taken for somebody else's.
    files::write_whole(&notes_path(file), &notes)?;
    files::write_whole(file, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payments_are_sorted_and_the_last_of_equal_times_stays() {
        let rows = vec![(20, 0.2), (10, 0.1), (20, 0.3)];
        let found = payments(rows, 0, 100).unwrap();
        assert_eq!((found.time, found.rate), (vec![10, 20], vec![0.1, 0.3]));
        assert!(payments(vec![(100, 0.1)], 0, 100).is_err());
        assert!(payments(vec![(1, 1.5)], 0, 100).is_err());
    }
}
