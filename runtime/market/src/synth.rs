//! Synthetic candles: the same seed gives the same bits on every machine.
//!
//! Model: the log-price is a random walk whose log-volatility is an AR(1) process (calm and wild times cluster) under an
//! intraday profile of two humps. Normal draws are sums of twelve uniforms (Irwin–Hall), and `exp` is a pure-Rust one,
//! so that no system library changes the stream.

use crate::bars::{Bar, Bars};
use crate::error::MarketError;
use crate::ticks::Ticks;
use crate::timeframe::{DAY, Timeframe};

/// What to make.
#[derive(Debug, Clone, PartialEq)]
pub struct SynthOptions {
    /// Name of the symbol.
    pub symbol: String,
    /// Chooses the stream.
    pub seed: u64,
    /// Bars to make, holes not counted.
    pub bars: usize,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// Open of the first bar, ms; moved down to the timeframe's grid.
    pub start: i64,
    /// First price; above 0.
    pub start_price: f64,
    /// Standard deviation of the log-return of a year, e.g. `0.65`.
    pub annual_vol: f64,
    /// Smallest step of the price.
    pub tick: f64,
    /// How long calm and wild times last: the AR(1) coefficient of the log-volatility a bar, 0 to below 1.
    pub persistence: f64,
    /// Standard deviation of the log-volatility; 0 for a constant volatility.
    pub vol_of_vol: f64,
    /// Chance a bar that a hole begins behind it.
    pub gap_chance: f64,
    /// Bars missing in the longest hole; lengths are uniform from 1.
    pub gap_longest: u32,
    /// Jump from the previous close to the open, in standard deviations of a bar; 0 makes every open the previous close,
    /// which hides the difference between filling at the close and at the next open.
    pub open_jump: f64,
    /// The same at the first bar of each UTC day and behind holes.
    pub overnight_jump: f64,
}

impl Default for SynthOptions {
    /// 10,000 hourly bars of `SYNTH` from 2020 on: 30,000 with 65 % volatility a year, no holes, no jumps.
    fn default() -> Self {
        Self {
            symbol: "SYNTH".to_owned(),
            seed: 1,
            bars: 10_000,
            timeframe: Timeframe::H1,
            start: 1_577_836_800_000,
            start_price: 30_000.0,
            annual_vol: 0.65,
            tick: 0.01,
            persistence: 0.99,
            vol_of_vol: 0.5,
            gap_chance: 0.0,
            gap_longest: 8,
            open_jump: 0.0,
            overnight_jump: 0.0,
        }
    }
}

/// More would not fit into the memory of most machines: 48 bytes each.
const MOST_BARS: usize = 200_000_000;

/// Makes the bars.
pub fn synth(options: &SynthOptions) -> Result<Bars, MarketError> {
    check(options)?;
    let mut draw = Pcg64::new(options.seed);
    let mut bars = Bars::with_capacity(options.symbol.clone(), options.timeframe, options.bars);
    let per_bar = options.annual_vol / options.timeframe.bars_per_year().sqrt();
    let innovation = options.vol_of_vol * (1.0 - options.persistence * options.persistence).sqrt();
    let mean_hump = mean_hump();
    let ticks = Ticks::new(options.tick);
    let mut time = options.timeframe.floor(options.start);
    let mut log_vol = options.vol_of_vol * draw.normal();
    // The walk goes on unrounded, so that a coarse tick does not change its volatility.
    let mut price = options.start_price;
    let mut day = time.div_euclid(DAY);
    let mut behind_hole = false;
    for _ in 0..options.bars {
        log_vol = options.persistence * log_vol + innovation * draw.normal();
        let hump = hump(time) / mean_hump;
        let level = libm::exp(log_vol - options.vol_of_vol * options.vol_of_vol / 2.0);
        let sigma = per_bar * level * hump;
        let new_day = time.div_euclid(DAY) != day;
        day = time.div_euclid(DAY);
        let jump = if new_day || behind_hole {
            options.overnight_jump
        } else {
            options.open_jump
        };
        let open_price = price * libm::exp(jump * sigma * draw.normal());
        price = open_price * libm::exp(sigma * draw.normal() - 0.5 * sigma * sigma);
        let (open, close) = (ticks.nearest(open_price), ticks.nearest(price));
        let (top, bottom) = if open > close {
            (open, close)
        } else {
            (close, open)
        };
        let high = ticks.at_or_above(top * (1.0 + 0.5 * sigma * draw.normal().abs()), top);
        let low = ticks.at_or_below(bottom * (1.0 - 0.5 * sigma * draw.normal().abs()), bottom);
        let volume =
            (100.0 * (0.2 + draw.uniform()) * libm::exp(0.8 * log_vol) * hump * 1e3).round() / 1e3;
        bars.push(Bar {
            time,
            open,
            high,
            low,
            close,
            volume,
        });
        time += options.timeframe.ms();
        behind_hole = options.gap_chance > 0.0 && draw.uniform() < options.gap_chance;
        if behind_hole {
            let missing = 1 + (draw.uniform() * f64::from(options.gap_longest)) as i64;
            time += missing.min(i64::from(options.gap_longest)) * options.timeframe.ms();
        }
    }
    Ok(bars)
}

fn check(options: &SynthOptions) -> Result<(), MarketError> {
    let positive = |x: f64| x > 0.0 && x.is_finite();
    let not_negative = |x: f64| x >= 0.0 && x.is_finite();
    let refuse = |why| Err(MarketError::Synth(why));
    if !positive(options.start_price) || !positive(options.tick) {
        return refuse("start price and tick must be above 0");
    }
    if options.start_price < options.tick * 100.0 {
        return refuse("the start price must be at least 100 ticks, else rounding is all there is");
    }
    if options.start_price / options.tick > 1e12 {
        return refuse("the start price must be at most 10^12 ticks, else prices are not exact");
    }
    if !not_negative(options.annual_vol) || options.annual_vol > 10.0 {
        return refuse("the annual volatility must lie between 0 and 10 (that is 1000 %)");
    }
    if !(0.0..1.0).contains(&options.persistence) || !(0.0..=3.0).contains(&options.vol_of_vol) {
        return refuse(
            "persistence must lie from 0 to below 1, and the volatility of the volatility from 0 to 3",
        );
    }
    if !(0.0..=1.0).contains(&options.gap_chance)
        || (options.gap_chance > 0.0 && options.gap_longest == 0)
    {
        return refuse(
            "the chance of a gap must lie between 0 and 1, and the longest gap be at least 1 bar",
        );
    }
    if !not_negative(options.open_jump) || !not_negative(options.overnight_jump) {
        return refuse("jumps must not be negative");
    }
    if options.bars > MOST_BARS {
        return refuse("at most 200 million bars are made at once");
    }
    let end = (options.bars as i64)
        .checked_mul(1 + i64::from(options.gap_longest))
        .and_then(|bars| bars.checked_mul(options.timeframe.ms()))
        .and_then(|length| length.checked_add(options.start));
    match end {
        // The end of the year 2262, as far as nanoseconds count.
        Some(end) if end < 9_223_372_036_854 && options.start >= 0 => Ok(()),
        _ => refuse("the bars must lie between 1970 and 2262"),
    }
}

/// Intraday activity: humps in the European morning and the American afternoon.
fn hump(time: i64) -> f64 {
    let of_day = time.rem_euclid(DAY) as f64 / DAY as f64;
    let bell = |at: f64, width: f64| {
        let z = (of_day - at) / width;
        libm::exp(-z * z)
    };
    1.0 + 0.5 * bell(0.35, 0.08) + 0.8 * bell(0.62, 0.06)
}

fn mean_hump() -> f64 {
    (0..1440).map(|minute| hump(minute * 60_000)).sum::<f64>() / 1440.0
}

/// PCG XSL-RR 128/64: O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random
/// Number Generation", 2014.
struct Pcg64 {
    state: u128,
}

impl Pcg64 {
    const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
    const INCREMENT: u128 = 0x5851_f42d_4c95_7f2d_1405_7b7e_f767_814f;

    fn new(seed: u64) -> Self {
        let mut generator = Self {
            state: Self::INCREMENT.wrapping_add(u128::from(seed)),
        };
        generator.next();
        generator
    }

    fn next(&mut self) -> u64 {
        self.state = self
            .state
            .wrapping_mul(Self::MULTIPLIER)
            .wrapping_add(Self::INCREMENT);
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    /// Uniform in `[0, 1)`, 53 bits.
    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// About standard normal, within ±6.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use proptest::prelude::*;

    #[test]
    fn the_stream_is_fixed() {
        let hash = |seed| {
            synth(&SynthOptions {
                seed,
                bars: 500,
                ..SynthOptions::default()
            })
            .unwrap()
            .hash()
        };
        insta::assert_snapshot!(hash(1), @"bd6c48f1dc2e9e7d68f58d824dbde79ee75e5e94df66fbbcb5ff9c83cb39b2f4");
        assert_ne!(hash(1), hash(2));
    }

    #[test]
    fn volatility_is_what_was_asked_for() {
        let options = SynthOptions {
            bars: 50_000,
            vol_of_vol: 0.0,
            ..SynthOptions::default()
        };
        let bars = synth(&options).unwrap();
        let squares = bars
            .close
            .windows(2)
            .map(|pair| (pair[1] / pair[0]).ln().powi(2))
            .sum::<f64>();
        let annual = (squares / 49_999.0 * 8_760.0).sqrt();
        // The humps raise the root mean square above the mean by a few percent.
        assert!((0.63..0.72).contains(&annual), "{annual}");
        assert_eq!(bars.exact_price_scale(), Some(100.0));
    }

    #[test]
    fn jumps_and_holes_come_when_asked_for() {
        let smooth = synth(&SynthOptions {
            bars: 300,
            ..SynthOptions::default()
        })
        .unwrap();
        assert!((1..300).all(|i| smooth.open[i].to_bits() == smooth.close[i - 1].to_bits()));
        assert!(check::gaps(&smooth).is_empty());
        let rough = SynthOptions {
            bars: 300,
            gap_chance: 0.1,
            open_jump: 0.5,
            ..SynthOptions::default()
        };
        let rough = synth(&rough).unwrap();
        assert!(
            (1..300)
                .filter(|&i| rough.open[i].to_bits() != rough.close[i - 1].to_bits())
                .count()
                > 250
        );
        let gaps = check::gaps(&rough);
        assert!((15..50).contains(&gaps.len()) && gaps.iter().all(|gap| gap.missing <= 8));
        assert_eq!(rough.len(), 300);
    }

    #[test]
    fn nonsense_is_refused() {
        let base = SynthOptions::default;
        for options in [
            SynthOptions {
                start_price: 0.0,
                ..base()
            },
            SynthOptions {
                tick: f64::NAN,
                ..base()
            },
            SynthOptions {
                start_price: 0.5,
                ..base()
            },
            SynthOptions {
                annual_vol: -1.0,
                ..base()
            },
            SynthOptions {
                persistence: 1.0,
                ..base()
            },
            SynthOptions {
                gap_chance: 1.5,
                ..base()
            },
            SynthOptions {
                gap_chance: 0.5,
                gap_longest: 0,
                ..base()
            },
            SynthOptions {
                open_jump: f64::INFINITY,
                ..base()
            },
            SynthOptions {
                bars: usize::MAX,
                ..base()
            },
        ] {
            assert!(synth(&options).is_err(), "{options:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_bar_obeys_the_rules(
            seed in any::<u64>(), vol in 0.0f64..10.0, tick in prop::sample::select(vec![0.01, 0.5, 0.0001, 0.25, 0.03]),
            gap_chance in 0.0f64..1.0, jump in 0.0f64..5.0, vol_of_vol in 0.0f64..3.0,
        ) {
            let options = SynthOptions {
                seed, bars: 400, annual_vol: vol, tick, start_price: 100.0, gap_chance, vol_of_vol,
                open_jump: jump, overnight_jump: 4.0 * jump, ..SynthOptions::default()
            };
            let bars = synth(&options).unwrap();
            prop_assert_eq!(check::check(&bars), None);
            prop_assert_eq!(bars.len(), 400);
        }
    }
}
