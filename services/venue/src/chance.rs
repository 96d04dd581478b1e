//! Chance with a seed: the same words for the same bar, whenever it is asked.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// A generator that belongs to one coin and one time.
#[derive(Debug, Clone)]
pub struct Chance {
    words: Pcg64,
}

impl Chance {
    /// Of a seed, a coin and a time.
    pub fn of(seed: u64, coin: &str, time: i64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        hasher.update(&time.to_le_bytes());
        hasher.update(coin.as_bytes());
        let hash = hasher.finalize();
        let mut word = [0; 8];
        word.copy_from_slice(&hash.as_bytes()[..8]);
        Self {
            words: Pcg64::seed_from_u64(u64::from_le_bytes(word)),
        }
    }

    /// Uniform in `[0, 1)`.
    pub fn uniform(&mut self) -> f64 {
        (self.words.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// Uniform in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// True with a chance of `p`.
    pub fn happens(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// A whole number in `low ..= high`; `low` when there is none.
    pub fn whole(&mut self, low: i64, high: i64) -> i64 {
        let span = (i128::from(high) - i128::from(low) + 1).max(1) as u128;
        let drawn = (u128::from(self.words.next_u64()) * span) >> 64;
        low.saturating_add(i64::try_from(drawn).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_gives_the_same_words() {
        let draw = |seed, coin, time| {
            let mut chance = Chance::of(seed, coin, time);
            (chance.uniform(), chance.whole(-5, 5))
        };
        assert_eq!(draw(1, "BTC", 7), draw(1, "BTC", 7));
        assert_ne!(draw(1, "BTC", 7), draw(2, "BTC", 7));
        assert_ne!(draw(1, "BTC", 7), draw(1, "ETH", 7));
        assert_ne!(draw(1, "BTC", 7), draw(1, "BTC", 8));
        let mut chance = Chance::of(3, "X", 0);
        for _ in 0..1000 {
            assert!((-5..=5).contains(&chance.whole(-5, 5)));
            assert!((0.0..1.0).contains(&chance.uniform()));
        }
        assert_eq!(chance.whole(4, 3), 4);
    }
}
