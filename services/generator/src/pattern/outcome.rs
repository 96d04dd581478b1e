//! What happened after each bar, as bits.

use sixbtc_abi::Side;
use sixbtc_market::Bars;

/// A bit for each bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits(pub Vec<u64>);

impl Bits {
    /// From a rule for each bar.
    pub fn of(bars: usize, holds: impl Fn(usize) -> bool) -> Self {
        let mut words = vec![0u64; bars.div_ceil(64)];
        for bar in (0..bars).filter(|&b| holds(b)) {
            words[bar / 64] |= 1 << (bar % 64);
        }
        Self(words)
    }

    /// Where both hold.
    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    /// Bars on which both hold, of a stretch of words.
    pub fn both(&self, other: &Self, words: std::ops::Range<usize>) -> u64 {
        self.0[words.clone()]
            .iter()
            .zip(&other.0[words])
            .map(|(a, b)| u64::from((a & b).count_ones()))
            .sum()
    }

    /// Bars on which it holds, of a stretch of words.
    pub fn count(&self, words: std::ops::Range<usize>) -> u64 {
        self.0[words]
            .iter()
            .map(|w| u64::from(w.count_ones()))
            .sum()
    }
}

/// Bars after which a target was reached within `hold` bars and before a stop of `ratio` times its distance, for an entry at
/// the next bar's open. A bar that reaches both counts for the stop, as the engine has it.
pub fn reached(bars: &Bars, side: Side, magnitude: f64, hold: u32, ratio: f64) -> Bits {
    let n = bars.len();
    Bits::of(n, |bar| {
        let Some(&entry) = bars.open.get(bar + 1) else {
            return false;
        };
        let sign = side.sign();
        let target = entry * (1.0 + sign * magnitude);
        let stop = entry * (1.0 - sign * magnitude * ratio);
        for k in bar + 1..n.min(bar + 1 + hold as usize) {
            let (stopped, hit) = match side {
                Side::Long => (bars.low[k] <= stop, bars.high[k] >= target),
                Side::Short => (bars.high[k] >= stop, bars.low[k] <= target),
            };
            if stopped {
                return false;
            }
            if hit {
                return true;
            }
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_market::Timeframe;

    #[test]
    fn the_stop_counts_first() {
        let tf = Timeframe::from_ms(60_000).unwrap();
        let mut bars = Bars::new("X", tf);
        for (i, (o, h, l, c)) in [
            (100.0, 100.5, 99.5, 100.0),
            (100.0, 103.0, 99.5, 102.0), // a target of 2 % is reached on the bar of the entry
            (102.0, 107.0, 97.0, 102.0), // target and stop on one bar
            (102.0, 102.5, 101.0, 102.0),
        ]
        .into_iter()
        .enumerate()
        {
            bars.time.push(i as i64 * 60_000);
            bars.open.push(o);
            bars.high.push(h);
            bars.low.push(l);
            bars.close.push(c);
            bars.volume.push(1.0);
        }
        let long = reached(&bars, Side::Long, 0.02, 3, 2.0);
        assert_eq!(long.0, [0b0001]);
        let short = reached(&bars, Side::Short, 0.02, 3, 2.0);
        assert_eq!(short.0, [0b0000]);
    }
}
