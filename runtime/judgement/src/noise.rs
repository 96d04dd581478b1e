//! Markets with a little noise on their prices.
//!
//! A strategy that found something in the market finds it in the same market a hair beside; one that was fitted to single
//! prices does not. Make a few hundred noisy markets, run the strategy on each, and summarise with
//! [`sensitivity`](crate::sensitivity::sensitivity).

use crate::draw::Draw;
use crate::error::{JudgementError, enough, require};
use serde::{Deserialize, Serialize};
use sixbtc_market::{Bars, Ticks};

/// What the noise is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoiseUnit {
    /// The bar's own range, high − low: a bar without a range stays as it is.
    Range,
    /// The average true range of so many bars up to the bar (simple mean; of fewer at the beginning).
    AverageTrueRange(usize),
}

/// What noise to add.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NoiseOptions {
    /// Standard deviation of the noise of a price, in [`Self::unit`]; 0.1 is a usual test.
    pub size: f64,
    /// What it is measured in.
    pub unit: NoiseUnit,
    /// Share of prices that get noise, above 0 to 1.
    pub share: f64,
    /// Bars that open before this time (ms) stay as they are.
    pub from: Option<i64>,
    /// Chooses the noise.
    pub seed: u64,
}

impl Default for NoiseOptions {
    /// A tenth of the 14-bar average true range on every price.
    fn default() -> Self {
        Self {
            size: 0.1,
            unit: NoiseUnit::AverageTrueRange(14),
            share: 1.0,
            from: None,
            seed: 1,
        }
    }
}

/// Noise beyond so many standard deviations is cut: one freak price would decide a whole run.
const WIDEST: f64 = 3.0;

/// A noisy copy of bars: copy `number` under the options' seed.
///
/// Open, high, low and close each move by a normal number of their own; then high and low are widened where open or close
/// left them, and all are rounded to ticks. Times and volumes stay. The noise of a symbol depends on the seed, the number
/// and the symbol's name, not on which other symbols are treated.
pub fn noisy(
    bars: &Bars,
    ticks: Ticks,
    options: &NoiseOptions,
    number: u64,
) -> Result<Bars, JudgementError> {
    Ok(Noise::new(bars, ticks, options)?.copy(number))
}

/// Bars of which noisy copies are made, with what all copies share.
#[derive(Debug, Clone)]
pub struct Noise<'b> {
    bars: &'b Bars,
    ticks: Ticks,
    options: NoiseOptions,
    /// First row that gets noise.
    from: usize,
    /// What the noise of each row is measured in.
    units: Vec<f64>,
}

impl<'b> Noise<'b> {
    /// Checks the options and measures the bars. See [`noisy`].
    pub fn new(
        bars: &'b Bars,
        ticks: Ticks,
        options: &NoiseOptions,
    ) -> Result<Self, JudgementError> {
        require(
            options.size > 0.0 && options.size.is_finite(),
            "the size of the noise must be above 0",
        )?;
        require(
            options.share > 0.0 && options.share <= 1.0,
            "the share of noisy prices must be above 0, at most 1",
        )?;
        require(
            options.unit != NoiseUnit::AverageTrueRange(0),
            "an average true range needs 1 bar or more",
        )?;
        let from = bars.rows(options.from, None).start;
        enough("bars to make noisy", 1, bars.len() - from)?;
        Ok(Self {
            bars,
            ticks,
            options: *options,
            from,
            units: units(bars, options.unit),
        })
    }

    /// The copy of a number.
    pub fn copy(&self, number: u64) -> Bars {
        let Self {
            bars,
            ticks,
            options,
            from,
            units,
        } = self;
        let from = *from;
        // The name chooses the stream by FNV-1a (Fowler, Noll, Vo 1991).
        let name = bars
            .symbol
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let mut draw = Draw::new(options.seed ^ name, number);
        let mut noisy = bars.without_prices(from);
        let mut moved = |price: f64, unit: f64| {
            // Always two draws, so that a share does not shift the noise of later prices; who gives noise to all needs none.
            let chance = if options.share < 1.0 {
                draw.uniform()
            } else {
                0.0
            };
            let normal = draw.normal();
            if chance < options.share {
                price + options.size * unit * normal.clamp(-WIDEST, WIDEST)
            } else {
                price
            }
        };
        for (row, unit) in units.iter().enumerate().skip(from) {
            noisy.open.push(moved(bars.open[row], *unit));
            noisy.high.push(moved(bars.high[row], *unit));
            noisy.low.push(moved(bars.low[row], *unit));
            noisy.close.push(moved(bars.close[row], *unit));
        }
        for column in [
            &mut noisy.open,
            &mut noisy.high,
            &mut noisy.low,
            &mut noisy.close,
        ] {
            ticks.all_nearest(&mut column[from..]);
        }
        for row in from..bars.len() {
            let (open, close) = (noisy.open[row], noisy.close[row]);
            let (high, low) = (noisy.high[row], noisy.low[row]);
            noisy.high[row] = high.max(low).max(open).max(close);
            noisy.low[row] = low.min(high).min(open).min(close);
        }
        noisy
    }
}

fn units(bars: &Bars, unit: NoiseUnit) -> Vec<f64> {
    let rows = 0..bars.len();
    match unit {
        NoiseUnit::Range => rows.map(|i| bars.high[i] - bars.low[i]).collect(),
        NoiseUnit::AverageTrueRange(length) => {
            let ranges: Vec<f64> = rows
                .map(|i| {
                    if i == 0 {
                        return bars.high[0] - bars.low[0];
                    }
                    let last = bars.close[i - 1];
                    bars.high[i].max(last) - bars.low[i].min(last)
                })
                .collect();
            let mut sum = 0.0;
            (0..ranges.len())
                .map(|i| {
                    sum += ranges[i];
                    if i >= length {
                        sum -= ranges[i - length];
                    }
                    (sum / (i + 1).min(length) as f64).max(0.0)
                })
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sixbtc_market::{Bar, SynthOptions, check, synth};

    fn market(bars: usize) -> Bars {
        synth(&SynthOptions {
            bars,
            ..SynthOptions::default()
        })
        .unwrap()
    }

    #[test]
    fn noise_has_the_size_that_was_asked_for() {
        let bars = market(5_000);
        let options = NoiseOptions {
            unit: NoiseUnit::Range,
            ..NoiseOptions::default()
        };
        let other = noisy(&bars, Ticks::of(&bars), &options, 0).unwrap();
        let squares: f64 = (0..5_000)
            .map(|i| ((other.close[i] - bars.close[i]) / (bars.high[i] - bars.low[i])).powi(2))
            .sum();
        // cutting at three deviations takes 1.4 % off
        assert!(((squares / 5_000.0).sqrt() - 0.1).abs() < 0.004);
        assert_eq!((other.time, other.volume), (bars.time, bars.volume));
    }

    #[test]
    fn history_share_and_names() {
        let bars = market(300);
        let ticks = Ticks::of(&bars);
        let options = NoiseOptions {
            from: Some(bars.time[200]),
            share: 0.5,
            ..NoiseOptions::default()
        };
        let other = noisy(&bars, ticks, &options, 0).unwrap();
        assert_eq!(other.slice(0..200), bars.slice(0..200));
        let moved = (200..300)
            .filter(|&i| other.open[i] != bars.open[i])
            .count();
        assert!((30..70).contains(&moved), "{moved}");
        assert_eq!(noisy(&bars, ticks, &options, 0).unwrap(), other);
        assert_ne!(noisy(&bars, ticks, &options, 1).unwrap(), other);
        let mut renamed = bars.clone();
        renamed.symbol = "Y".into();
        assert_ne!(
            noisy(&renamed, ticks, &options, 0).unwrap().open,
            other.open
        );
        for bad in [
            NoiseOptions {
                size: 0.0,
                ..options
            },
            NoiseOptions {
                share: 1.5,
                ..options
            },
            NoiseOptions {
                unit: NoiseUnit::AverageTrueRange(0),
                ..options
            },
            NoiseOptions {
                from: Some(i64::MAX),
                ..options
            },
        ] {
            assert!(noisy(&bars, ticks, &bad, 0).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn average_true_range_by_hand() {
        let mut bars = Bars::new("X", sixbtc_market::Timeframe::H1);
        for (i, (high, low, close)) in [(11.0, 9.0, 10.0), (14.0, 12.0, 13.0), (13.0, 12.0, 12.0)]
            .into_iter()
            .enumerate()
        {
            bars.push(Bar {
                time: i as i64 * 3_600_000,
                open: low,
                high,
                low,
                close,
                volume: 1.0,
            });
        }
        assert_eq!(
            units(&bars, NoiseUnit::AverageTrueRange(2)),
            [2.0, 3.0, 2.5]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_noisy_bar_obeys_the_rules(
            number in any::<u64>(), size in 0.01f64..3.0, share in 0.01f64..=1.0, length in 1usize..30,
            tick in prop::sample::select(vec![0.01, 0.5, 0.25]), by_range in any::<bool>(),
        ) {
            let bars = synth(&SynthOptions { bars: 200, tick, start_price: 60.0, ..SynthOptions::default() }).unwrap();
            let unit = if by_range { NoiseUnit::Range } else { NoiseUnit::AverageTrueRange(length) };
            let options = NoiseOptions { size, unit, share, ..NoiseOptions::default() };
            let ticks = Ticks::new(tick);
            let other = noisy(&bars, ticks, &options, number).unwrap();
            prop_assert_eq!(check::check(&other), None);
            for price in other.high.iter().chain(&other.low) {
                prop_assert_eq!(*price, ticks.nearest(*price));
            }
        }
    }
}
