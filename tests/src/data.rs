//! Bars for random programs, and futures that differ.

use sbt_ir::testing::Rng;
use sixbtc_market::{Bar, Bars, Timeframe};

/// Bars of the symbol traded and of the one that programs call `OTHER`.
#[derive(Debug, Clone)]
pub struct Market {
    /// Traded.
    pub base: Bars,
    /// Read.
    pub other: Bars,
}

impl Market {
    /// Random walks in ticks of 0.01 with ties, jumps and holes; `OTHER` has holes of its own.
    pub fn random(rng: &mut Rng, timeframe: Timeframe, rows: usize) -> Self {
        // a Wednesday near midnight: blocks, days and weeks are cut early
        let start = timeframe.floor(1_600_819_200_000 - 7 * timeframe.ms());
        let base = walk(rng, "BASE", timeframe, start, rows);
        let other = walk(
            rng,
            "OTHER",
            timeframe,
            start - 30 * timeframe.ms(),
            rows + 30,
        );
        Self { base, other }
    }

    /// The bars of a symbol.
    pub fn find(&self, name: &str) -> Option<&Bars> {
        [&self.base, &self.other]
            .into_iter()
            .find(|b| b.symbol == name)
    }

    /// The same up to the close of row `t` of the traded symbol, and anything after it.
    #[must_use]
    pub fn with_other_future(&self, rng: &mut Rng, t: usize) -> Self {
        let close =
            self.base.time.get(t).copied().unwrap_or(i64::MAX / 2) + self.base.timeframe.ms();
        Self {
            base: other_future(rng, &self.base, close),
            other: other_future(rng, &self.other, close),
        }
    }
}

fn other_future(rng: &mut Rng, bars: &Bars, close: i64) -> Bars {
    let period = bars.timeframe.ms();
    let known = bars.time.partition_point(|t| t + period <= close);
    let mut out = bars.slice(0..known);
    let rest = bars.len() - known;
    match rng.below(4) {
        // nothing comes
        0 => {}
        // other prices at other times
        1 => {
            let later = walk(
                rng,
                &bars.symbol,
                bars.timeframe,
                bars.timeframe.floor(close - 1) + period,
                rest,
            );
            later.time.iter().enumerate().for_each(|(row, _)| {
                if let Some(bar) = later.get(row) {
                    out.push(bar);
                }
            });
        }
        // the same bars in another order, some missing
        _ => {
            for row in known..bars.len() {
                let from = known + rng.below(rest);
                if let (Some(bar), Some(time), false) =
                    (bars.get(from), bars.time.get(row), rng.once_in(5))
                {
                    out.push(Bar { time: *time, ..bar });
                }
            }
        }
    }
    out
}

fn walk(rng: &mut Rng, symbol: &str, timeframe: Timeframe, start: i64, rows: usize) -> Bars {
    let mut bars = Bars::with_capacity(symbol, timeframe, rows);
    let mut time = start;
    let mut close = 9_000 + rng.below(2_000) as i64;
    let mut trend = 0;
    for _ in 0..rows {
        if rng.once_in(30) {
            trend = rng.below(41) as i64 - 20;
        }
        let open = (close
            + if rng.once_in(10) {
                rng.below(101) as i64 - 50
            } else {
                0
            })
        .max(100);
        close = (open + trend + rng.below(121) as i64 - 60).max(100);
        let high = open.max(close) + rng.below(40) as i64;
        let low = (open.min(close) - rng.below(40) as i64).max(50);
        let volume = if rng.once_in(25) {
            0.0
        } else {
            rng.below(8_000) as f64 / 8.0
        };
        let price = |ticks: i64| ticks as f64 / 100.0;
        bars.push(Bar {
            time,
            open: price(open),
            high: price(high),
            low: price(low),
            close: price(close),
            volume,
        });
        let hole = if rng.once_in(40) {
            1 + rng.below(30)
        } else {
            1
        };
        time += timeframe.ms() * hole as i64;
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_stays() {
        let mut rng = Rng::new(3);
        let market = Market::random(&mut rng, Timeframe::H1, 200);
        for t in [0, 20, 100, 199] {
            let other = market.with_other_future(&mut rng, t);
            assert_eq!(other.base.slice(0..t + 1), market.base.slice(0..t + 1));
            assert!(other.base.time.windows(2).all(|w| w[0] < w[1]));
            assert!(other.other.time.windows(2).all(|w| w[0] < w[1]));
        }
    }
}
