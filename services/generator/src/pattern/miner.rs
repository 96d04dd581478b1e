//! Finds patterns in candles.
//!
//! Every condition of the vocabulary, every pair of two families, and the most telling pairs with a third condition are held
//! against what happened afterwards: how much oftener a target was reached before its stop than after any bar. The conditions
//! are evaluated by the compiler itself, so that a pattern means in a program what it meant here.
//!
//! The caller gives the bars that may be seen: nothing of the span on which the strategies are judged later.

use super::outcome::{Bits, reached};
use super::vocabulary::{WORDS, Word};
use super::{OnCoin, Pattern, Reach};
use crate::source::SourceError;
use sbt_driver::Backend;
use sixbtc_abi::{Side, run_whole};
use sixbtc_market::{Bars, FrameSet, Timeframe};
use std::ops::Range;

/// What the miner looks for.
#[derive(Debug, Clone, PartialEq)]
pub struct MinerOptions {
    /// Distances of targets.
    pub magnitudes: Vec<f64>,
    /// Bars within which they are reached.
    pub holds: Vec<u32>,
    /// Stop as a multiple of the target.
    pub ratio: f64,
    /// Windows of time, for the stability.
    pub windows: usize,
    /// Least samples in every window, over all coins.
    pub min_samples: u64,
    /// Least edge of what is kept.
    pub min_edge: f64,
    /// Pairs that are tried with a third condition.
    pub extended: usize,
    /// Most patterns kept, for each side.
    pub most: usize,
}

impl Default for MinerOptions {
    fn default() -> Self {
        Self {
            magnitudes: vec![0.01, 0.015, 0.02, 0.03, 0.05],
            holds: vec![10, 20, 40],
            ratio: 2.0,
            windows: 3,
            min_samples: 100,
            min_edge: 0.02,
            extended: 40,
            most: 150,
        }
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mined {
    /// Patterns, the most telling first.
    pub patterns: Vec<Pattern>,
    /// Conditions × targets that were looked at: each was a trial.
    pub tried: u64,
}

/// What is known of one coin.
struct Coin<'a> {
    symbol: &'a str,
    words: Vec<Bits>,
    valid: Bits,
    /// By side, then by target.
    outcomes: [Vec<Bits>; 2],
    windows: Vec<Range<usize>>,
}

const SIDES: [Side; 2] = [Side::Long, Side::Short];

/// A condition of one to three words with what it did.
struct Found {
    words: Vec<usize>,
    side: usize,
    target: usize,
    samples: Vec<u64>,
    edges: Vec<f64>,
    edge: f64,
    telling: f64,
}

/// Looks for patterns in the bars of coins on one clock.
///
/// # Errors
/// [`SourceError::NothingSuits`] when there are too few bars; [`SourceError::Wrong`] for a defect of the vocabulary.
pub fn mine(coins: &[Bars], options: &MinerOptions) -> Result<Mined, SourceError> {
    let Some(timeframe) = coins.first().map(|b| b.timeframe) else {
        return Err(SourceError::NothingSuits(
            "there are no candles to mine".into(),
        ));
    };
    let targets: Vec<(f64, u32)> = options
        .magnitudes
        .iter()
        .flat_map(|&m| options.holds.iter().map(move |&h| (m, h)))
        .collect();
    let known: Vec<Coin<'_>> = coins
        .iter()
        .map(|bars| look(bars, timeframe, &targets, options))
        .collect::<Result<_, _>>()?;
    let mut miner = Miner {
        coins: &known,
        targets: &targets,
        options,
        base: [Vec::new(), Vec::new()],
        tried: 0,
    };
    miner.base = [miner.base_of(0), miner.base_of(1)];
    let found = miner.search();
    let patterns = found.iter().map(|f| miner.pattern(f, timeframe)).collect();
    Ok(Mined {
        patterns,
        tried: miner.tried,
    })
}

fn look<'a>(
    bars: &'a Bars,
    timeframe: Timeframe,
    targets: &[(f64, u32)],
    options: &MinerOptions,
) -> Result<Coin<'a>, SourceError> {
    let n = bars.len();
    let future = options.holds.iter().max().copied().unwrap_or(0) as usize + 1;
    let mut first = 0;
    let mut words = Vec::with_capacity(WORDS.len());
    for word in WORDS {
        let (bits, lookback) = evaluate(word, bars, timeframe)?;
        first = first.max(lookback);
        words.push(bits);
    }
    let outcomes = SIDES.map(|side| {
        targets
            .iter()
            .map(|&(magnitude, hold)| reached(bars, side, magnitude, hold, options.ratio))
            .collect()
    });
    // a bar counts when every condition is known and every target had its time
    let valid = Bits::of(n, |bar| bar >= first && bar + future < n);
    let length = valid.0.len();
    let windows = (0..options.windows)
        .map(|w| length * w / options.windows..length * (w + 1) / options.windows)
        .collect();
    Ok(Coin {
        symbol: &bars.symbol,
        words: words.iter().map(|w| w.and(&valid)).collect(),
        valid,
        outcomes,
        windows,
    })
}

/// The bars on which a condition holds, by the compiler, and the rows before it is known.
fn evaluate(word: &Word, bars: &Bars, timeframe: Timeframe) -> Result<(Bits, usize), SourceError> {
    let wrong = |why: String| SourceError::Wrong(format!("`{}`: {why}", word.formula));
    let (checked, diagnostics, sources) = sbt_driver::expression(word.formula, timeframe.ms());
    let Some(e) = checked else {
        return Err(wrong(sbt_diagnostics::plain(&diagnostics, &sources)));
    };
    let module = sbt_ir::lower::expression(&e.graph, &e.frames, &e.values);
    let compiled =
        sbt_driver::compile_module(module, Backend::Cranelift).map_err(|e| wrong(e.to_string()))?;
    let frames =
        FrameSet::build(compiled.manifest(), bars, &|_| None).map_err(|e| wrong(e.to_string()))?;
    let (constants, outputs) =
        run_whole(&*compiled.kernel, &frames.input(), &[]).map_err(|e| wrong(e.to_string()))?;
    let lookback = constants.lookback.first().copied().unwrap_or(0);
    let values = outputs
        .values
        .first()
        .ok_or_else(|| wrong("it has no value".into()))?;
    let bits = Bits::of(bars.len(), |bar| bar >= lookback && values[bar] > 0.5);
    Ok((bits, lookback))
}

struct Miner<'a> {
    coins: &'a [Coin<'a>],
    targets: &'a [(f64, u32)],
    options: &'a MinerOptions,
    /// By side and target: samples and hits of each window, over any bar.
    base: [Vec<Vec<(u64, u64)>>; 2],
    tried: u64,
}

impl Miner<'_> {
    fn base_of(&self, side: usize) -> Vec<Vec<(u64, u64)>> {
        let all: Vec<&Bits> = self.coins.iter().map(|c| &c.valid).collect();
        (0..self.targets.len())
            .map(|t| self.counts(&all, side, t))
            .collect()
    }

    /// Samples and hits of each window.
    fn counts(&self, bits: &[&Bits], side: usize, target: usize) -> Vec<(u64, u64)> {
        (0..self.options.windows)
            .map(|w| {
                self.coins
                    .iter()
                    .zip(bits)
                    .fold((0, 0), |(s, h), (coin, b)| {
                        let range = coin.windows[w].clone();
                        (
                            s + b.count(range.clone()),
                            h + b.both(&coin.outcomes[side][target], range),
                        )
                    })
            })
            .collect()
    }

    fn search(&mut self) -> Vec<Found> {
        let mut kept: Vec<Found> = Vec::new();
        let mut pairs: Vec<Found> = Vec::new();
        for (a, first) in WORDS.iter().enumerate() {
            kept.extend(self.judge(&[a]));
            for (b, second) in WORDS.iter().enumerate().skip(a + 1) {
                if first.family != second.family {
                    pairs.extend(self.judge(&[a, b]));
                }
            }
        }
        pairs.sort_by(|x, y| y.telling.total_cmp(&x.telling).then(x.words.cmp(&y.words)));
        let mut seen: Vec<Vec<usize>> = Vec::new();
        for pair in pairs.iter().take(self.options.extended) {
            for (c, third) in WORDS.iter().enumerate() {
                let mut words = pair.words.clone();
                if words.iter().any(|&w| WORDS[w].family == third.family) {
                    continue;
                }
                words.push(c);
                words.sort_unstable();
                if !seen.contains(&words) {
                    kept.extend(self.judge(&words));
                    seen.push(words);
                }
            }
        }
        kept.extend(pairs);
        kept.retain(|f| f.edge >= self.options.min_edge);
        kept.sort_by(|x, y| y.telling.total_cmp(&x.telling).then(x.words.cmp(&y.words)));
        let mut left = [self.options.most; 2];
        kept.retain(|f| {
            let take = left[f.side] > 0;
            left[f.side] = left[f.side].saturating_sub(1);
            take
        });
        kept
    }

    fn bits(&self, words: &[usize]) -> Vec<Bits> {
        self.coins
            .iter()
            .map(|coin| {
                words[1..]
                    .iter()
                    .fold(coin.words[words[0]].clone(), |b, &w| b.and(&coin.words[w]))
            })
            .collect()
    }

    /// The best target of each side, when there are samples enough.
    fn judge(&mut self, words: &[usize]) -> Vec<Found> {
        let bits = self.bits(words);
        let bits: Vec<&Bits> = bits.iter().collect();
        let mut found = Vec::new();
        for side in 0..2 {
            let mut best: Option<Found> = None;
            for target in 0..self.targets.len() {
                let counts = self.counts(&bits, side, target);
                if counts.iter().any(|c| c.0 < self.options.min_samples) {
                    return found;
                }
                self.tried += 1;
                let one = self.weigh(words, side, target, &counts);
                if best.as_ref().is_none_or(|b| one.telling > b.telling) {
                    best = Some(one);
                }
            }
            found.extend(best);
        }
        found
    }

    fn weigh(&self, words: &[usize], side: usize, target: usize, counts: &[(u64, u64)]) -> Found {
        let base = &self.base[side][target];
        let edges: Vec<f64> = counts
            .iter()
            .zip(base)
            .map(|(c, b)| share(*c) - share(*b))
            .collect();
        let sum = |of: &[(u64, u64)]| of.iter().fold((0, 0), |a, c| (a.0 + c.0, a.1 + c.1));
        let (all, any) = (sum(counts), sum(base));
        let edge = share(all) - share(any);
        let p = share(any);
        // how many standard errors of a share of so many samples the edge is
        let error = (p * (1.0 - p) / (all.0.max(1) as f64)).sqrt();
        Found {
            words: words.to_vec(),
            side,
            target,
            samples: counts.iter().map(|c| c.0).collect(),
            telling: if error > 0.0 { edge / error } else { 0.0 },
            edges,
            edge,
        }
    }

    fn pattern(&self, found: &Found, timeframe: Timeframe) -> Pattern {
        let bits = self.bits(&found.words);
        let all: Vec<&Bits> = bits.iter().collect();
        let mut targets: Vec<Reach> = (0..self.targets.len())
            .map(|t| {
                let one = self.weigh(
                    &found.words,
                    found.side,
                    t,
                    &self.counts(&all, found.side, t),
                );
                Reach {
                    magnitude: self.targets[t].0,
                    hold: self.targets[t].1,
                    edge: one.edge,
                }
            })
            .filter(|t| t.edge > 0.0)
            .collect();
        targets.sort_by(|a, b| b.edge.total_cmp(&a.edge));
        let coins = self
            .coins
            .iter()
            .zip(&bits)
            .map(|(coin, b)| {
                let whole = 0..b.0.len();
                let outcome = &coin.outcomes[found.side][found.target];
                let here = (b.count(whole.clone()), b.both(outcome, whole.clone()));
                let any = (
                    coin.valid.count(whole.clone()),
                    coin.valid.both(outcome, whole),
                );
                OnCoin {
                    symbol: coin.symbol.to_owned(),
                    edge: share(here) - share(any),
                    signals: here.0,
                }
            })
            .collect();
        let words: Vec<&Word> = found.words.iter().map(|&w| &WORDS[w]).collect();
        let formula = words
            .iter()
            .map(|w| w.formula)
            .collect::<Vec<_>>()
            .join(" and ");
        let identity = format!("{timeframe} {:?} {formula}", SIDES[found.side]);
        Pattern {
            id: format!(
                "mined-{}",
                &blake3::hash(identity.as_bytes()).to_hex()[..12]
            ),
            formula,
            sentence: words
                .iter()
                .map(|w| w.says)
                .collect::<Vec<_>>()
                .join(" and "),
            direction: SIDES[found.side],
            timeframe: timeframe.to_string(),
            samples: found.samples.clone(),
            stability: deviation(&found.edges),
            targets,
            coins,
            helpers: Vec::new(),
        }
    }
}

fn share((samples, hits): (u64, u64)) -> f64 {
    if samples == 0 {
        0.0
    } else {
        hits as f64 / samples as f64
    }
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;

    /// Noise in which a wide bar that closed lower is followed by a rise of 3 % over ten bars.
    fn planted(symbol: &str, seed: u64, bars: usize, plant: bool) -> Bars {
        let mut draw = Draw::new(seed, symbol, 0, 0);
        let mut b = Bars::new(symbol, Timeframe::from_ms(1_800_000).unwrap());
        let mut price: f64 = 100.0;
        let mut rises = 0;
        for i in 0..bars {
            let wide = draw.chance(0.08);
            let step = draw.between(-0.004, 0.004) * if wide { 4.0 } else { 1.0 };
            let drift = if rises > 0 { 0.004 } else { 0.0 };
            let open = price;
            price *= 1.0 + step + drift;
            rises = if plant && wide && step < -0.004 {
                10
            } else {
                (rises - 1).max(0)
            };
            b.time.push(i as i64 * 1_800_000);
            b.open.push(open);
            b.close.push(price);
            b.high
                .push(open.max(price) * (1.0 + draw.between(0.0, 0.001)));
            b.low
                .push(open.min(price) * (1.0 - draw.between(0.0, 0.001)));
            b.volume.push(draw.between(5.0, 10.0));
        }
        b
    }

    #[test]
    fn a_planted_pattern_is_found_and_noise_has_none_of_its_size() {
        let options = MinerOptions {
            min_samples: 60,
            ..MinerOptions::default()
        };
        let coins = |plant| -> Vec<Bars> {
            (0..3)
                .map(|i| planted(&format!("C{i}"), 7 + i, 4_000, plant))
                .collect()
        };
        let found = mine(&coins(true), &options).unwrap();
        let best = &found.patterns[0];
        assert_eq!(best.direction, Side::Long);
        assert!(best.formula.contains("high - low > 1.8"), "{best:?}");
        assert!(best.edge() > 0.2, "{best:?}");
        assert!(found.tried > 10_000);
        assert_eq!(
            mine(&coins(true), &options).unwrap(),
            found,
            "the same again"
        );
        let noise = mine(&coins(false), &options).unwrap();
        let largest = noise.patterns.iter().map(Pattern::edge).fold(0.0, f64::max);
        assert!(
            largest < 0.6 * best.edge(),
            "{largest} against {}",
            best.edge()
        );
    }

    #[test]
    fn too_little_is_said() {
        assert!(mine(&[], &MinerOptions::default()).is_err());
        let few = planted("X", 1, 100, true);
        let mined = mine(&[few], &MinerOptions::default()).unwrap();
        assert_eq!(mined, Mined::default());
    }
}
