//! Random modules, random bars and a driver, for differential tests of passes and backends.
//!
//! Everything is a function of a seed.

mod bars;
mod drive;
mod modules;

pub use bars::{Bars, random_bars};
pub use drive::{Drive, Trace, drive, random_drive};
pub use modules::{Size, random_module, random_params};

/// `SplitMix64` (Steele, Lea, Flood 2014): small, seedable, good enough to make test cases.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A generator with this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number in `0..n`; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 {
            0
        } else {
            (self.bits() % n as u64) as usize
        }
    }

    /// True once in `n`.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A number in `0..1`.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// One of them.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).copied()
    }
}

/// A number that finds mistakes: zeros, infinities, NaN, ties, huge and tiny ones.
pub(crate) fn awkward(rng: &mut Rng) -> f64 {
    const AWKWARD: [f64; 18] = [
        0.0,
        -0.0,
        -0.0,
        -0.25,
        1.0,
        -1.0,
        0.5,
        2.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        1e300,
        -1e-300,
        9_007_199_254_740_993.0,
        0.1,
    ];
    rng.pick(&AWKWARD).unwrap_or(0.0)
}
