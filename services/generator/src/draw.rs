//! Chance with a name: one stream for each source, seed, turn and attempt.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// A generator of random numbers: PCG XSL-RR 128/64 (O'Neill 2014).
///
/// What is made of its words is fixed here and not left to a library, whose next version may draw otherwise: a seed must
/// give the same programs in ten years.
#[derive(Debug, Clone)]
pub struct Draw {
    words: Pcg64,
}

impl Draw {
    /// The stream of a source at a turn. `attempt` counts the candidates of the turn: one that is refused does not shift
    /// what the next turn draws.
    pub fn new(seed: u64, source: &str, turn: u64, attempt: u32) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        hasher.update(&turn.to_le_bytes());
        hasher.update(&attempt.to_le_bytes());
        hasher.update(source.as_bytes());
        Self {
            words: Pcg64::from_seed(*hasher.finalize().as_bytes()),
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

    /// Uniform between two bounds.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Whether something with this chance happens.
    pub fn chance(&mut self, chance: f64) -> bool {
        self.uniform() < chance
    }

    /// Uniform among `0..n`; 0 when there is nothing to choose from.
    pub fn below(&mut self, n: usize) -> usize {
        // the high half of word × n (Lemire 2019): uniform but for n / 2^64
        ((u128::from(self.word()) * n as u128) >> 64) as usize
    }

    /// One of these, all as likely; `None` of nothing.
    pub fn pick<'t, T>(&mut self, things: &'t [T]) -> Option<&'t T> {
        let at = self.below(things.len());
        things.get(at)
    }

    /// The position of one of these weights, with a chance in proportion to it. Weights that are not above 0 are never
    /// chosen; `None` when none is.
    pub fn weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let above = |w: &f64| *w > 0.0 && w.is_finite();
        let total: f64 = weights.iter().filter(|w| above(w)).sum();
        let mut left = self.uniform() * total;
        let mut last = None;
        for (at, weight) in weights.iter().enumerate().filter(|(_, w)| above(w)) {
            last = Some(at);
            if left < *weight {
                break;
            }
            left -= weight;
        }
        last
    }

    /// Puts things into a random order (Fisher and Yates 1938, Durstenfeld 1964).
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_has_a_name() {
        let first = |seed, source, turn, attempt| Draw::new(seed, source, turn, attempt).word();
        assert_eq!(first(1, "unger", 0, 0), first(1, "unger", 0, 0));
        let others = [
            first(2, "unger", 0, 0),
            first(1, "pandas_ta", 0, 0),
            first(1, "unger", 1, 0),
            first(1, "unger", 0, 1),
        ];
        assert!(others.iter().all(|w| *w != first(1, "unger", 0, 0)));
    }

    #[test]
    fn choices_are_as_likely_as_their_weights() {
        let mut draw = Draw::new(7, "test", 0, 0);
        let mut counts = [0.0f64; 4];
        for _ in 0..60_000 {
            counts[draw.weighted(&[1.0, 0.0, 2.0, 3.0]).unwrap()] += 1.0;
        }
        assert!(counts[1] == 0.0);
        for (count, expected) in [
            (counts[0], 10_000.0f64),
            (counts[2], 20_000.0),
            (counts[3], 30_000.0),
        ] {
            assert!((count - expected).abs() < 5.0 * expected.sqrt(), "{count}");
        }
        assert_eq!(draw.weighted(&[0.0, -1.0, f64::NAN]), None);
        assert_eq!(draw.pick::<u8>(&[]), None);
    }
}
