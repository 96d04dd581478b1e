//! How long to wait after errors in a row.

use std::time::Duration;

/// Waits that double from the first to the longest, each made shorter by up to a half so that many workers that lost the same
/// database do not come back in step. The same worker always draws the same waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first error.
    pub first: Duration,
    /// Never longer.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_mins(1),
        }
    }
}

impl Backoff {
    /// The wait of this worker after so many errors in a row (1 after the first): between a half of and the whole of
    /// `first · 2^(errors−1)`, at most `longest`.
    pub fn wait(&self, who: &str, errors: u32) -> Duration {
        // from here on the longest wait is reached whatever the first was; keeps the power in range
        let doublings = errors.saturating_sub(1).min(31);
        let whole = self
            .first
            .saturating_mul(1 << doublings)
            .min(self.longest.max(self.first));
        whole.mul_f64(1.0 - chance(who, errors) / 2.0)
    }
}

/// A number in 0..1 that depends on nothing but its arguments.
fn chance(who: &str, errors: u32) -> f64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(who.as_bytes());
    hasher.update(&errors.to_le_bytes());
    let mut bits = [0; 8];
    bits.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    (u64::from_le_bytes(bits) >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let b = Backoff::default();
        for errors in 1..=100 {
            let whole = Duration::from_secs(1 << (errors - 1).min(6)).min(b.longest);
            let wait = b.wait("generator@host:1:0", errors);
            assert!(wait <= whole && wait >= whole / 2, "{errors}: {wait:?}");
        }
        assert!(b.wait("x", u32::MAX) <= b.longest);
    }

    #[test]
    fn the_same_worker_waits_the_same_and_others_differ() {
        let b = Backoff::default();
        assert_eq!(b.wait("a", 3), b.wait("a", 3));
        assert_ne!(b.wait("a", 3), b.wait("b", 3));
    }
}
