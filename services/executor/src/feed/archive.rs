//! Closed candles of the past, from the venue that is traded on: prices of another exchange are other prices.

use crate::account::ClosedBars;
use crate::clock::VenueClock;
use crate::task::Brings;
use async_trait::async_trait;
use rust_decimal::prelude::ToPrimitive as _;
use sixbtc_exchange::Millis;
use sixbtc_exchange::client::{ReadError, Rest};
use sixbtc_exchange::wire::info::{Candle, CandleSpan};
use sixbtc_market::{Bar, Bars, Timeframe};
use std::sync::Arc;

/// Candles that the exchange keeps of an interval.
const KEPT: i64 = 5_000;
/// How long a candle must have been over before an answer's word on it is final, ms.
pub const SETTLE: Millis = 1_000;

/// Why there are no candles.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The exchange does not say.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// They lie too far back.
    #[error(
        "candles of {coin} {timeframe} are asked for from {from} on, but the exchange keeps {KEPT} only"
    )]
    TooOld {
        /// The coin.
        coin: String,
        /// The timeframe.
        timeframe: Timeframe,
        /// From when on, ms.
        from: Millis,
    },
}

/// A candle as kernels take it.
pub fn bar(candle: &Candle) -> Bar {
    let number = |d: rust_decimal::Decimal| d.to_f64().unwrap_or(f64::NAN);
    Bar {
        time: candle.t,
        open: number(candle.o),
        high: number(candle.h),
        low: number(candle.l),
        close: number(candle.c),
        volume: number(candle.v),
    }
}

/// Closed bars of a coin that opened at `from` or later, and until when they are known to be all.
async fn closed(
    rest: &Rest,
    clock: &VenueClock,
    coin: &str,
    timeframe: Timeframe,
    from: Millis,
) -> Result<(Vec<Bar>, Millis), HistoryError> {
    let step = timeframe.ms();
    let asked = clock.now();
    if (asked - from) / step > KEPT - 2 {
        let coin = coin.to_owned();
        return Err(HistoryError::TooOld {
            coin,
            timeframe,
            from,
        });
    }
    let span = CandleSpan {
        coin: coin.to_owned(),
        interval: timeframe.to_string(),
        start_time: from,
        end_time: None,
    };
    let mut rows = rest.candles(span).await?;
    let through = timeframe.floor(asked - SETTLE).max(from);
    rows.retain(|c| c.s == coin && timeframe.opens_at(c.t) && c.t >= from && c.t + step <= through);
    rows.sort_by_key(|c| c.t);
    rows.dedup_by_key(|c| c.t);
    Ok((rows.iter().map(bar).collect(), through))
}

/// All that the venue keeps of a coin before a time that has passed, as far back as `most` bars.
pub async fn history(
    rest: &Rest,
    clock: &VenueClock,
    coin: &str,
    timeframe: Timeframe,
    before: Millis,
    most: i64,
) -> Result<Bars, HistoryError> {
    let back = most.clamp(0, KEPT - 4) * timeframe.ms();
    // counted from now, for that is how the venue counts
    let from = timeframe.floor(clock.now() - back);
    let (bars, _) = closed(rest, clock, coin, timeframe, from).await?;
    let mut all = Bars::with_capacity(coin, timeframe, bars.len());
    for bar in bars.into_iter().filter(|b| b.time < before) {
        all.push(bar);
    }
    Ok(all)
}

/// Brings one account the bars it lacks.
pub struct Archive {
    /// The exchange.
    pub rest: Arc<Rest>,
    /// Its time.
    pub clock: VenueClock,
    /// Coins by the place of their series.
    pub coins: Vec<String>,
    /// Their timeframe.
    pub timeframe: Timeframe,
}

#[async_trait]
impl Brings for Archive {
    async fn bars(&self, series: usize, from: Millis) -> Result<ClosedBars, String> {
        let coin = self.coins.get(series).ok_or("there is no such series")?;
        let read = closed(&self.rest, &self.clock, coin, self.timeframe, from).await;
        let (bars, through) = read.map_err(|e| e.to_string())?;
        Ok(ClosedBars {
            series,
            from,
            through,
            bars,
        })
    }
}
