//! Where random choices come from.

use sbt_ir::testing::Rng;

/// Choices drawn from bytes first, so that a fuzzer that changes a byte changes a choice, and from a generator of a seed
/// once the bytes are used up.
#[derive(Debug, Clone)]
pub struct Dice {
    bytes: Vec<u8>,
    at: usize,
    rng: Rng,
}

impl Dice {
    /// Choices of a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            bytes: Vec::new(),
            at: 0,
            rng: Rng::new(seed),
        }
    }

    /// Choices of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            at: 0,
            rng: Rng::new(bytes.len() as u64),
        }
    }

    /// A whole number in `0..n`; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        let Some(byte) = self.bytes.get(self.at).copied() else {
            return self.rng.below(n);
        };
        self.at += 1;
        if n > 256 {
            let more = self.bytes.get(self.at).copied().unwrap_or(0);
            self.at += 1;
            return (usize::from(byte) << 8 | usize::from(more)) % n;
        }
        usize::from(byte) % n.max(1)
    }

    /// True once in `n`.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of them; the default when there is none.
    pub fn pick<T: Copy + Default>(&mut self, from: &[T]) -> T {
        from.get(self.below(from.len()))
            .copied()
            .unwrap_or_default()
    }

    /// A generator of its own, for what is not worth a byte each.
    pub fn rng(&mut self) -> Rng {
        let seed = self.below(65_536) as u64;
        Rng::new(seed << 32 | self.rng.bits() >> 32)
    }
}
