//! A market that is played while its bars still come.
//!
//! Each bar begins to play when it has closed at the real market and was heard of: a mirror is one bar behind. [`Mirror`] is the source,
//! [`follow`] what asks an exchange for closed bars and hands them over.

use super::Player;
use crate::engine::{Feed, Instrument, Millis};
use crate::host::Source;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::info::Candle;
use sixbtc_exchange::{Exchange, ExchangeError, Want};
use sixbtc_market::{Bars, Timeframe};
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A [`Player`] that takes bars that arrive.
pub struct Mirror {
    player: Player,
    arriving: Receiver<(String, Bars)>,
}

impl Mirror {
    /// Goes on from what a player has, whose bars are shifted by their own length, with bars of its coins as they arrive.
    pub fn new(player: Player, arriving: Receiver<(String, Bars)>) -> Self {
        Self { player, arriving }
    }

    fn take(&mut self) {
        while let Ok((coin, bars)) = self.arriving.try_recv() {
            if let Err(error) = self.player.extend(&coin, &bars) {
                tracing::warn!(coin, %error, "bars of the real market cannot be played");
            }
        }
    }
}

impl Source for Mirror {
    fn listings(&self) -> Vec<(Instrument, Decimal)> {
        self.player.listings()
    }

    fn next(&mut self, until: Millis) -> Option<(Millis, Vec<Feed>)> {
        self.take();
        self.player.next(until)
    }

    fn skip(&mut self, past: Millis) {
        self.take();
        self.player.skip(past);
    }

    fn candles(
        &self,
        coin: &str,
        interval: &str,
        from: Millis,
        to: Millis,
        now: Millis,
    ) -> Option<Vec<Candle>> {
        self.player.candles(coin, interval, from, to, now)
    }
}

/// A coin at the real market.
#[derive(Debug, Clone, PartialEq)]
pub struct Mirrored {
    /// What the venue calls it.
    pub coin: String,
    /// What the exchange calls its market.
    pub market: String,
    /// Open of the next bar that is wanted.
    pub next: Millis,
}

/// Bars of a market that have closed in `from ..` by the exchange's clock.
///
/// # Errors
/// Of the exchange.
pub async fn closed(
    exchange: &dyn Exchange,
    what: &Mirrored,
    timeframe: Timeframe,
    stop: &CancellationToken,
) -> Result<Bars, ExchangeError> {
    let now = exchange.time(stop).await?;
    let mut all = Bars::new(&what.coin, timeframe);
    let mut from = what.next;
    while from < timeframe.floor(now) {
        let want = Want {
            coin: what.coin.clone(),
            market: what.market.clone(),
            timeframe,
            from,
            to: timeframe.floor(now),
            now,
        };
        let page = exchange.candles(&want, stop).await?;
        let Some(last) = page.time.last() else {
            break;
        };
        from = last + timeframe.ms();
        all.append(&page);
    }
    Ok(all)
}

/// Asks for bars that have closed, again and again, until it is stopped or nobody takes them. What an exchange does not answer is
/// asked for again: nothing is left out.
pub async fn follow(
    exchange: &dyn Exchange,
    mut coins: Vec<Mirrored>,
    timeframe: Timeframe,
    to: Sender<(String, Bars)>,
    every: Duration,
    stop: CancellationToken,
) {
    loop {
        for what in &mut coins {
            let read = closed(exchange, what, timeframe, &stop).await;
            if stop.is_cancelled() {
                return;
            }
            match read {
                Ok(bars) => {
                    let Some(last) = bars.time.last().copied() else {
                        continue;
                    };
                    if to.send((what.coin.clone(), bars)).is_err() {
                        return;
                    }
                    what.next = last + timeframe.ms();
                }
                Err(error) => {
                    tracing::warn!(coin = what.coin, %error, "the real market does not answer");
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{CoinSeries, PlayerSettings};
    use async_trait::async_trait;
    use sixbtc_exchange::Listing;
    use sixbtc_market::{Bar, Funding};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    const M: Millis = 60_000;
    const T0: Millis = 1_700_000_040_000;

    fn bars(from: i64, to: i64) -> Bars {
        let mut bars = Bars::new("BTC", Timeframe::M1);
        for n in from..to {
            let open = 100.0 + n as f64;
            bars.push(Bar {
                time: T0 + n * M,
                open,
                high: open + 2.0,
                low: open - 1.0,
                close: open + 1.0,
                volume: 5.0,
            });
        }
        bars
    }

    /// A market whose time is a minute later at every look; ends everything after some looks, and fails at one of them.
    struct Market {
        looks: AtomicI64,
        last: i64,
        fails: i64,
        stop: CancellationToken,
    }

    #[async_trait]
    impl Exchange for Market {
        fn name(&self) -> &'static str {
            "fake"
        }
        fn market_of(&self, coin: &str) -> String {
            format!("{coin}USDT")
        }
        fn page(&self) -> usize {
            3
        }
        fn reach(&self) -> Option<u64> {
            None
        }
        fn serves(&self, _: Timeframe) -> Result<(), ExchangeError> {
            Ok(())
        }
        async fn time(&self, _: &CancellationToken) -> Result<Millis, ExchangeError> {
            let look = self.looks.fetch_add(1, Ordering::SeqCst);
            if look >= self.last {
                self.stop.cancel();
            }
            if look == self.fails {
                return Err(ExchangeError::Stopped);
            }
            Ok(T0 + look * M + 500)
        }
        async fn candles(&self, want: &Want, _: &CancellationToken) -> Result<Bars, ExchangeError> {
            assert_eq!(want.market, "BTCUSDT");
            let (from, to) = ((want.from - T0) / M, (want.to - T0) / M);
            Ok(bars(from, to.min(from + 3)))
        }
        async fn funding(
            &self,
            _: &str,
            _: &str,
            _: Millis,
            _: Millis,
            _: &CancellationToken,
        ) -> Result<Funding, ExchangeError> {
            Ok(Funding::default())
        }
        async fn listings(&self, _: &CancellationToken) -> Result<Vec<Listing>, ExchangeError> {
            Ok(Vec::new())
        }
    }

    #[tokio::test]
    async fn bars_that_close_are_played_a_bar_later_and_none_is_left_out() {
        let stop = CancellationToken::new();
        let market = Market {
            looks: AtomicI64::new(10),
            last: 16,
            fails: 13,
            stop: stop.clone(),
        };
        let mut what = Mirrored {
            coin: "BTC".into(),
            market: market.market_of("BTC"),
            next: T0,
        };
        let past = closed(&market, &what, Timeframe::M1, &stop).await.unwrap();
        assert_eq!(past, bars(0, 10), "in pages of three");
        what.next = T0 + 10 * M;
        let settings = PlayerSettings {
            shift: M,
            start: Some(T0 + 10 * M),
            ..PlayerSettings::default()
        };
        let coin = CoinSeries::new("BTC", Arc::new(past));
        let player = Player::new(vec![coin], settings).unwrap();
        let (to, arriving) = std::sync::mpsc::channel();
        let mut mirror = Mirror::new(player, arriving);
        let mut steps = 0;
        while let Some((time, _)) = mirror.next(T0 + 20 * M) {
            assert!((T0 + 10 * M..T0 + 11 * M).contains(&time), "the tenth bar");
            steps += 1;
        }
        assert!(steps >= 4);
        follow(&market, vec![what], Timeframe::M1, to, Duration::ZERO, stop).await;
        let mut last = 0;
        while let Some((time, _)) = mirror.next(T0 + 99 * M) {
            assert!(time >= last);
            last = time;
        }
        assert!(
            (T0 + 15 * M..T0 + 16 * M).contains(&last),
            "{}",
            (last - T0) / M
        );
        let now = T0 + 99 * M;
        let candles = mirror.candles("BTC", "1m", T0 + M, now, now).unwrap();
        assert_eq!(candles.len(), 15);
        for (n, candle) in candles.iter().enumerate() {
            assert_eq!(candle.t, T0 + (n as i64 + 1) * M);
            assert_eq!(candle.o, Decimal::from(100 + n));
        }
    }
}
