//! Chance with a seed.
//!
//! A [`Draw`] is named by a seed and a stream: the resample, the permutation or the symbol it is for. Work that is split
//! over threads gives each piece a stream of its own, so that the result does not depend on who did which piece.

use crate::ziggurat;
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// A generator of random numbers: PCG XSL-RR 128/64 (O'Neill 2014).
///
/// What is made of its words (uniform, normal, orders) is fixed here and not left to a library, whose next version may
/// draw otherwise: a seed in a report must give the same permutation in ten years.
#[derive(Debug, Clone)]
pub struct Draw {
    words: Pcg64,
}

impl Draw {
    /// The generator of a stream.
    pub fn new(seed: u64, stream: u64) -> Self {
        // PCG's own streams are correlated with one another; mixed seeds are not.
        let seed = mix(mix(seed).wrapping_add(stream));
        Self {
            words: Pcg64::seed_from_u64(seed),
        }
    }

    /// The next 64 random bits.
    pub fn word(&mut self) -> u64 {
        self.words.next_u64()
    }

    /// Uniform in `[0, 1)`, 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.word() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// Uniform among `0..n`; 0 when there is nothing to choose from.
    pub fn below(&mut self, n: usize) -> usize {
        // The high half of word × n is uniform but for n / 2^64, which no test of ours could see (Lemire 2019).
        ((u128::from(self.word()) * n as u128) >> 64) as usize
    }

    /// Standard normal, by layers: see [`crate::ziggurat`].
    pub fn normal(&mut self) -> f64 {
        ziggurat::normal(self)
    }

    /// Uniform in `(−1, 1)`, of the higher 53 bits of a word and never 0: what the layers use.
    pub(crate) fn signed(word: u64) -> f64 {
        let odd = (word >> 11 | 1) as f64;
        odd / 4_503_599_627_370_496.0 - 1.0
    }

    /// Puts things into a random order (Fisher and Yates 1938, Durstenfeld 1964).
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014): a bijection that spreads neighbouring numbers.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_fixed() {
        let words = |seed, stream| {
            let mut draw = Draw::new(seed, stream);
            [draw.word(), draw.word()]
        };
        assert_eq!(
            words(1, 0),
            [9_437_614_435_252_068_506, 10_213_007_951_534_685_395]
        );
        assert_ne!(words(1, 0), words(1, 1));
        assert_ne!(words(1, 0), words(2, 0));
    }

    #[test]
    fn numbers_follow_their_distribution() {
        let n = 100_000;
        let mut draw = Draw::new(7, 0);
        let (mut sum, mut sum2, mut faces) = (0.0, 0.0, [0.0f64; 6]);
        for _ in 0..n {
            let x = draw.normal();
            sum += x;
            sum2 += x * x;
            faces[draw.below(6)] += 1.0;
        }
        let n = f64::from(n);
        // five standard errors
        assert!((sum / n).abs() < 5.0 / n.sqrt());
        assert!((sum2 / n - 1.0).abs() < 5.0 * (2.0 / n).sqrt());
        let chi2: f64 = faces
            .iter()
            .map(|f| (f - n / 6.0).powi(2) / (n / 6.0))
            .sum();
        assert!(chi2 < 25.7, "beyond 99.99 % of dice: {chi2}");
        assert_eq!(draw.below(0), 0);
    }

    #[test]
    fn every_order_is_as_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for stream in 0..6_000 {
            let mut order = [0, 1, 2];
            Draw::new(3, stream).shuffle(&mut order);
            *counts.entry(order).or_insert(0.0) += 1.0;
        }
        assert_eq!(counts.len(), 6);
        let chi2: f64 = counts
            .values()
            .map(|c| (c - 1_000.0f64).powi(2) / 1_000.0)
            .sum();
        assert!(chi2 < 25.7, "{chi2}");
    }
}
