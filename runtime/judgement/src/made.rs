//! Series that `tests/oracles/judgement_oracle.py` makes alike, so that other programs' figures need no data.

/// Knuth's MMIX generator, of which the upper 53 bits are taken.
struct Words(u64);

impl Words {
    fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / 9_007_199_254_740_992.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }
}

/// An AR(1) walk of centred uniform numbers around a drift.
pub fn series(seed: u64, n: usize, phi: f64, drift: f64) -> Vec<f64> {
    let (mut words, mut last) = (Words(seed), 0.0);
    (0..n)
        .map(|_| {
            last = phi * last + (words.uniform() - 0.5);
            last + drift
        })
        .collect()
}

/// Candidates: drifts fall evenly from the best to as far below 0; a shared series ties them together.
pub fn candidates(count: usize, n: usize, best_drift: f64) -> Vec<Vec<f64>> {
    let shared = series(999, n, 0.2, 0.0);
    (0..count)
        .map(|k| {
            let drift = best_drift * (1.0 - 2.0 * k as f64 / (count - 1) as f64);
            let own = series(1000 + k as u64, n, 0.3, drift);
            shared.iter().zip(own).map(|(s, o)| 0.5 * s + o).collect()
        })
        .collect()
}

/// Rows of a stationary bootstrap, a geometric step at a time.
pub fn resamples(seed: u64, n: usize, mean_block: f64, count: usize) -> Vec<Vec<usize>> {
    let mut words = Words(seed);
    (0..count)
        .map(|_| {
            let mut row = 0;
            (0..n)
                .map(|i| {
                    row = if i == 0 || words.uniform() < 1.0 / mean_block {
                        words.below(n)
                    } else {
                        (row + 1) % n
                    };
                    row
                })
                .collect()
        })
        .collect()
}
