//! Seeded chance. A seed must mean the same points for ever, so the sequence is spelt out here and not left to a library whose
//! next version may draw otherwise.

/// `SplitMix64` (Steele, Lea and Flood 2014): each state is one addition, each output a bijective mix of it.
#[derive(Debug, Clone)]
pub(crate) struct Noise {
    state: u64,
}

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// The output function of `SplitMix64`: a bijection of 64-bit numbers that scatters neighbours.
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: mix(seed) }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// A number below `n`, all equally likely but for a part of `n` in 2^64.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// `true` once in `n` times.
    pub(crate) fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sequence() {
        // the first outputs of SplitMix64 from state 1234567, as in Vigna's reference program
        let mut noise = Noise { state: 1_234_567 };
        let first: Vec<u64> = (0..3).map(|_| noise.next()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn numbers_below_a_bound_are_spread() {
        let mut noise = Noise::new(3);
        let mut seen = [0_u32; 7];
        for _ in 0..7_000 {
            seen[noise.below(7) as usize] += 1;
        }
        assert!(seen.iter().all(|n| (900..1100).contains(n)), "{seen:?}");
    }
}
