//! Candles from an exchange into the store.
//!
//! A download asks for what the store has not: the time before its first bar, the time behind its last one, and holes. What is
//! still missing then is asked for once more; what is missing even so is written down and not asked for again: a hole is real,
//! a coin that begins later than wanted was listed then. Bars are stored every few pages, so a killed download goes on where
//! it was. Only closed bars are stored.

mod notes;
mod plan;

pub use notes::{Began, Notes};

use crate::{Exchange, ExchangeError, Millis, Want, files};
use futures_util::StreamExt;
use notes::notes_path;
use plan::missing;
use sixbtc_market::store::Entry;
use sixbtc_market::{Bars, Gap, MarketError, Store, Timeframe};
use std::ops::Range;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Pages between two writes: a kill loses no more, and a long series is not written again for each page.
const PAGES_A_WRITE: usize = 16;

/// Which series.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Series {
    /// The coin: the name in the store.
    pub coin: String,
    /// What the exchange calls its market; absent: by the usual rule.
    pub market: Option<String>,
    /// Length of a bar.
    pub timeframe: Timeframe,
}

/// What is wanted of every series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First instant wanted.
    pub from: Millis,
    /// What time it is: bars that are not closed by then are left out. The exchange's own time of day counts if it is earlier.
    pub now: Millis,
}

/// How far a download has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// So many bars are expected of a series: at most, since holes are not known yet.
    Expected(Series, u64),
    /// So many more bars have arrived.
    Arrived(Series, u64),
    /// The series is done, well or not.
    Ended(Series),
}

/// Hears how far it has come.
pub type Watch = Arc<dyn Fn(Step) + Send + Sync>;

/// What a download of one series did.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetched {
    /// Which.
    pub series: Series,
    /// What the store has now; `None` when the exchange has no bars in the span.
    pub entry: Option<Entry>,
    /// Bars that are new.
    pub added: usize,
    /// Bars that were there with other values.
    pub replaced: usize,
    /// Pages that were asked for.
    pub pages: usize,
    /// The exchange has nothing before the first bar, which lies later than was asked.
    pub began: Option<Began>,
    /// Holes that the exchange itself has.
    pub holes: Vec<Gap>,
    /// Bars that should be there behind the last one: the market may be closed for good.
    pub behind: u64,
    /// A damaged file was put aside and everything fetched anew.
    pub renewed: bool,
}

/// Downloads.
#[derive(Clone)]
pub struct Downloader {
    exchange: Arc<dyn Exchange>,
    store: Store,
    at_once: usize,
    watch: Option<Watch>,
    stop: CancellationToken,
}

impl Downloader {
    /// From an exchange into a store, four series at a time.
    pub fn new(exchange: Arc<dyn Exchange>, store: Store) -> Self {
        Self {
            exchange,
            store,
            at_once: 4,
            watch: None,
            stop: CancellationToken::new(),
        }
    }

    /// So many series at a time, at least one.
    #[must_use]
    pub fn at_once(mut self, series: usize) -> Self {
        self.at_once = series.max(1);
        self
    }

    /// Tells how far it has come.
    #[must_use]
    pub fn watched_by(mut self, watch: Watch) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Ends early, with what has arrived stored, when the token is cancelled.
    #[must_use]
    pub fn stopped_by(mut self, stop: CancellationToken) -> Self {
        self.stop = stop;
        self
    }

    /// Every series, in the order given. A series that fails does not hinder others, unless the exchange as a whole cannot be
    /// reached: then the rest is not tried, and fails with [`ExchangeError::Stopped`].
    pub async fn all(
        &self,
        series: &[Series],
        span: Span,
    ) -> Vec<(Series, Result<Fetched, ExchangeError>)> {
        let rest = self.stop.child_token();
        let one = |series: Series| {
            let rest = rest.clone();
            async move {
                let fetched = self.one_until(&series, span, &rest).await;
                if let Err(error) = &fetched
                    && error.is_of_the_whole_exchange()
                {
                    rest.cancel();
                }
                (series, fetched)
            }
        };
        futures_util::stream::iter(series.iter().cloned().map(one))
            .buffered(self.at_once)
            .collect()
            .await
    }

    /// One series.
    pub async fn one(&self, series: &Series, span: Span) -> Result<Fetched, ExchangeError> {
        self.one_until(series, span, &self.stop).await
    }

    async fn one_until(
        &self,
        series: &Series,
        span: Span,
        stop: &CancellationToken,
    ) -> Result<Fetched, ExchangeError> {
        let fetched = self.bring_up(series, span, stop).await;
        self.tell(Step::Ended(series.clone()));
        fetched
    }

    async fn bring_up(
        &self,
        series: &Series,
        span: Span,
        stop: &CancellationToken,
    ) -> Result<Fetched, ExchangeError> {
        if stop.is_cancelled() {
            return Err(ExchangeError::Stopped);
        }
        self.exchange.serves(series.timeframe)?;
        let (entry, renewed) = self.stored(series).await?;
        let mut work = Work {
            wanted: self.wanted(series.timeframe, span),
            now: span.now,
            series,
            stop,
            entry,
            added: 0,
            replaced: 0,
            pages: 0,
        };
        let notes_file = notes_path(&self.store, series);
        let mut notes = Notes::read(&notes_file, self.exchange.name());
        // The second round asks once more for what the first did not bring.
        for round in 0..2 {
            let ranges = missing(work.entry.as_ref(), &work.wanted, &notes, series.timeframe);
            if round == 0 {
                let bars = ranges
                    .iter()
                    .map(|r| (r.end - r.start) / series.timeframe.ms());
                self.tell(Step::Expected(series.clone(), bars.sum::<i64>() as u64));
            }
            for range in ranges {
                self.range(&mut work, range).await?;
            }
        }
        let behind = notes.learn(work.entry.as_ref(), &work.wanted, series.timeframe);
        if work.entry.is_some() {
            notes.write(&notes_file)?;
        }
        Ok(Fetched {
            series: series.clone(),
            added: work.added,
            replaced: work.replaced,
            pages: work.pages,
            began: notes.began_of(work.entry.as_ref()),
            holes: notes.holes_in(&work.wanted),
            behind,
            renewed,
            entry: work.entry,
        })
    }

    /// Opens wanted: of closed bars, and no further back than the exchange reaches.
    fn wanted(&self, timeframe: Timeframe, span: Span) -> Range<Millis> {
        let end = timeframe.floor(span.now);
        let mut start = timeframe.floor(span.from);
        if start < span.from {
            start += timeframe.ms();
        }
        if let Some(reach) = self.exchange.reach() {
            // The forming bar is one of those that it serves.
            let bars = i64::try_from(reach).unwrap_or(i64::MAX).saturating_sub(1);
            start = start.max(end.saturating_sub(bars.saturating_mul(timeframe.ms())));
        }
        start..end.max(start)
    }

    /// What the store has, read whole and checked; what is damaged is put aside.
    async fn stored(&self, series: &Series) -> Result<(Option<Entry>, bool), ExchangeError> {
        let store = self.store.clone();
        let (coin, timeframe) = (series.coin.clone(), series.timeframe);
        let path = store.path(&coin, timeframe);
        if !path.exists() {
            return Ok((None, false));
        }
        match blocking(move || store.verify(&coin, timeframe)).await? {
            Ok(entry) if entry.source == self.exchange.name() => Ok((Some(entry), false)),
            Ok(entry) => Err(ExchangeError::OtherSource {
                path,
                have: entry.source,
                want: self.exchange.name(),
            }),
            Err(
                MarketError::Truncated { .. }
                | MarketError::Corrupt { .. }
                | MarketError::Unsupported { .. }
                | MarketError::Empty { .. }
                | MarketError::MissingColumn { .. }
                | MarketError::HashMismatch { .. }
                | MarketError::Flaw { .. },
            ) => {
                files::put_aside(&path)?;
                Ok((None, true))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Page after page. What has arrived is stored even when a later page fails.
    async fn range(&self, work: &mut Work<'_>, range: Range<Millis>) -> Result<(), ExchangeError> {
        let series = work.series;
        let market = series
            .market
            .clone()
            .unwrap_or_else(|| self.exchange.market_of(&series.coin));
        let mut want = Want {
            coin: series.coin.clone(),
            market,
            timeframe: series.timeframe,
            from: range.start,
            to: range.end,
            now: work.now,
        };
        let mut batch = Bars::new(series.coin.clone(), series.timeframe);
        let mut pages = 0;
        let outcome = loop {
            if want.from >= want.to {
                break Ok(());
            }
            let page = match self.exchange.candles(&want, work.stop).await {
                Ok(page) => page,
                Err(error) => break Err(error),
            };
            work.pages += 1;
            pages += 1;
            let Some(&last) = page.time.last() else {
                break Ok(());
            };
            want.from = last + series.timeframe.ms();
            batch.append(&page);
            self.tell(Step::Arrived(series.clone(), page.len() as u64));
            if pages % PAGES_A_WRITE == 0 {
                self.put(work, &mut batch).await?;
            }
        };
        self.put(work, &mut batch).await?;
        outcome
    }

    async fn put(&self, work: &mut Work<'_>, batch: &mut Bars) -> Result<(), ExchangeError> {
        if batch.is_empty() {
            return Ok(());
        }
        let empty = Bars::new(batch.symbol.clone(), batch.timeframe);
        let bars = std::mem::replace(batch, empty);
        let (store, source) = (self.store.clone(), self.exchange.name());
        let merged = blocking(move || store.merge(&bars, source)).await??;
        work.added += merged.added;
        work.replaced += merged.replaced;
        work.entry = Some(merged.entry);
        Ok(())
    }

    fn tell(&self, step: Step) {
        if let Some(watch) = &self.watch {
            watch(step);
        }
    }
}

/// A download that is under way.
struct Work<'a> {
    series: &'a Series,
    wanted: Range<Millis>,
    now: Millis,
    stop: &'a CancellationToken,
    entry: Option<Entry>,
    added: usize,
    replaced: usize,
    pages: usize,
}

/// Disk work beside the threads that wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ExchangeError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ExchangeError::Setup(format!("a worker thread ended: {error}")))
}
