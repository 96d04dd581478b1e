//! Numbers used once.

use crate::Millis;

/// Nonces of one signer: the time in milliseconds, or one more than the last, whichever is larger.
///
/// [`Nonces::last`] must be stored before a request with it leaves, and be given back after a restart: then a clock that was
/// set back repeats nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Nonces {
    last: u64,
}

impl Nonces {
    /// Continues after the last that was used; 0 for a signer that never signed.
    pub fn after(last: u64) -> Self {
        Self { last }
    }

    /// The next one.
    pub fn next(&mut self, now: Millis) -> u64 {
        let now = u64::try_from(now).unwrap_or(0);
        self.last = now.max(self.last.saturating_add(1));
        self.last
    }

    /// The last that was given out.
    pub fn last(&self) -> u64 {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_clock_that_goes_back_repeats_nothing() {
        let mut nonces = Nonces::after(1_000);
        assert_eq!(nonces.next(500), 1_001);
        assert_eq!(nonces.next(2_000), 2_000);
        assert_eq!(nonces.next(2_000), 2_001);
        assert_eq!(nonces.next(-5), 2_002);
        assert_eq!(Nonces::after(nonces.last()).next(0), 2_003);
    }

    proptest! {
        #[test]
        fn nonces_rise(last in 0u64..1 << 60, clock in prop::collection::vec(any::<i64>().prop_map(|t| t >> 4), 1..50)) {
            let mut nonces = Nonces::after(last);
            let mut before = last;
            for now in clock {
                let next = nonces.next(now);
                prop_assert!(next > before);
                before = next;
            }
        }
    }
}
