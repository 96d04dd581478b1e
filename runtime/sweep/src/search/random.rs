//! Points drawn without repetition.

use super::Gate;
use super::noise::mix;
use crate::error::SweepError;

/// A seeded permutation of the numbers below a bound: a balanced Feistel network (Luby and Rackoff 1988) over the next even
/// number of bits, walked until it falls below the bound. Needs no memory, so the draw number alone names the point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shuffle {
    count: u64,
    half: u32,
    seed: u64,
}

impl Shuffle {
    pub(super) fn new(count: u64, seed: u64) -> Self {
        let bits = 64 - count.saturating_sub(1).leading_zeros();
        Self {
            count,
            half: bits.div_ceil(2).max(1),
            seed,
        }
    }

    /// The `at`-th number, `at` below the count.
    pub(super) fn number(&self, at: u64) -> u64 {
        let mut n = at;
        // a permutation of fewer than four times the count: four steps on average at most
        loop {
            n = self.round_trip(n);
            if n < self.count {
                return n;
            }
        }
    }

    fn round_trip(&self, n: u64) -> u64 {
        let mask = (1_u64 << self.half) - 1;
        let (mut left, mut right) = (n >> self.half, n & mask);
        for round in 0..6_u64 {
            let key = mix(self.seed ^ mix(round + 1));
            let scattered = mix(right.wrapping_add(key)) & mask;
            (left, right) = (right, left ^ scattered);
        }
        (left << self.half) | right
    }
}

/// The draw of a space: admitted points in shuffled order.
pub(super) struct Draw<'a> {
    pub(super) gate: Gate<'a>,
    shuffle: Shuffle,
    at: u64,
}

impl<'a> Draw<'a> {
    pub(super) fn new(gate: Gate<'a>, seed: u64) -> Result<Self, SweepError> {
        Ok(Self {
            shuffle: Shuffle::new(gate.space.numbers()?, seed),
            gate,
            at: 0,
        })
    }

    /// The next admitted point; none when all were drawn, or so many were excluded in a row that none seems to be left.
    pub(super) fn next(&mut self) -> Result<Option<u64>, SweepError> {
        self.next_fresh(|_| true)
    }

    /// The next admitted point of those that are still fresh: others are neither looked at nor counted again.
    pub(super) fn next_fresh(
        &mut self,
        mut fresh: impl FnMut(u64) -> bool,
    ) -> Result<Option<u64>, SweepError> {
        while self.at < self.shuffle.count && !self.gate.gives_up() {
            let number = self.shuffle.number(self.at);
            self.at += 1;
            if fresh(number) && self.gate.admits(number)? {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// So many admitted points, or all there are.
    pub(super) fn take(&mut self, budget: u64) -> Result<Vec<u64>, SweepError> {
        let mut points = Vec::new();
        while (points.len() as u64) < budget {
            match self.next()? {
                Some(number) => points.push(number),
                None => break,
            }
        }
        if points.is_empty() {
            return Err(self.gate.none_left());
        }
        Ok(points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_is_drawn_once(count in 1_u64..3_000, seed in any::<u64>()) {
            let shuffle = Shuffle::new(count, seed);
            let mut all: Vec<u64> = (0..count).map(|at| shuffle.number(at)).collect();
            all.sort_unstable();
            prop_assert!(all.iter().enumerate().all(|(i, n)| i as u64 == *n));
        }
    }

    #[test]
    fn seeds_and_draws_scatter() {
        let (a, b) = (Shuffle::new(1 << 40, 1), Shuffle::new(1 << 40, 2));
        let same = (0..1_000).filter(|i| a.number(*i) == b.number(*i)).count();
        assert_eq!(same, 0);
        let low = (0..10_000).filter(|i| a.number(*i) < 1 << 39).count();
        assert!((4_700..5_300).contains(&low), "{low}");
        let widest = Shuffle::new(u64::MAX, 9);
        assert!(widest.number(12) != widest.number(13));
    }
}
