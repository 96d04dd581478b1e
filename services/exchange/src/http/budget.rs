//! The budget of weight that an exchange gives each address.

use std::time::Duration;

/// A minute, in seconds.
const MINUTE: f64 = 60.0;

/// Weight that may be used, refilled evenly.
///
/// A quarter of the minute's weight may be used at once, the rest comes back over the minute: so no 60 seconds, wherever they
/// begin, see more than the limit. Time is that of [`crate::Pace`].
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    per_minute: f64,
    /// What may be used at once.
    depth: f64,
    /// Weight a second.
    rate: f64,
    /// What is left; below zero: promised to requests that wait.
    left: f64,
    /// When `left` was true.
    at: Duration,
    /// Nothing before this.
    closed: Duration,
}

impl Budget {
    /// So much weight a minute, at least 1.
    pub fn per_minute(weight: u32) -> Self {
        let per_minute = f64::from(weight.max(1));
        Self {
            per_minute,
            depth: per_minute / 4.0,
            rate: per_minute * 0.75 / MINUTE,
            left: per_minute / 4.0,
            at: Duration::ZERO,
            closed: Duration::ZERO,
        }
    }

    /// Takes weight, and says how long to wait before using it. Callers wait in the order in which they took.
    pub fn take(&mut self, now: Duration, weight: u32) -> Duration {
        self.refill(now);
        self.left -= f64::from(weight);
        let owed = if self.left < 0.0 {
            // Rounded up, so that the law holds to the millisecond.
            Duration::from_millis((-self.left / self.rate * 1000.0).ceil() as u64)
        } else {
            Duration::ZERO
        };
        owed.max(self.closed_for(now))
    }

    /// How long nothing may be sent.
    pub fn closed_for(&self, now: Duration) -> Duration {
        self.closed.saturating_sub(now)
    }

    /// The exchange wants to see nothing before that time.
    pub fn close_until(&mut self, then: Duration) {
        self.closed = self.closed.max(then);
    }

    /// The exchange says how much it has counted in its minute, of everybody at this address. Near the limit we pause for
    /// half a window; the next answer tells whether that was enough.
    pub fn note_used(&mut self, now: Duration, used: u32) {
        if f64::from(used) >= 0.9 * self.per_minute {
            self.close_until(now.saturating_add(Duration::from_secs(30)));
        }
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.left = (self.left + passed * self.rate).min(self.depth);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_quarter_at_once_then_evenly() {
        let mut budget = Budget::per_minute(240);
        for _ in 0..6 {
            assert_eq!(budget.take(Duration::ZERO, 10), Duration::ZERO);
        }
        assert_eq!(budget.take(Duration::ZERO, 3), SECOND);
        assert_eq!(budget.take(Duration::ZERO, 3), 2 * SECOND);
        assert_eq!(budget.take(100 * SECOND, 60), Duration::ZERO);
    }

    #[test]
    fn a_ban_is_for_all() {
        let mut budget = Budget::per_minute(240);
        budget.close_until(7 * SECOND);
        budget.close_until(5 * SECOND);
        assert_eq!(budget.take(SECOND, 1), 6 * SECOND);
        assert_eq!(budget.take(8 * SECOND, 1), Duration::ZERO);
        budget.note_used(8 * SECOND, 100);
        assert_eq!(budget.closed_for(8 * SECOND), Duration::ZERO);
        budget.note_used(8 * SECOND, 216);
        assert_eq!(budget.closed_for(8 * SECOND), 30 * SECOND);
    }

    proptest! {
        #[test]
        fn no_minute_sees_more_than_the_limit(
            limit in 40u32..3000,
            asks in prop::collection::vec((0u64..5_000, 1u32..10), 1..400),
        ) {
            let mut budget = Budget::per_minute(limit);
            let mut now = Duration::ZERO;
            let mut sent = Vec::new();
            for (later, weight) in asks {
                now += Duration::from_millis(later);
                sent.push((now + budget.take(now, weight), f64::from(weight)));
            }
            for (first, _) in &sent {
                let window = *first..*first + Duration::from_mins(1);
                let used: f64 = sent.iter().filter(|(at, _)| window.contains(at)).map(|(_, w)| w).sum();
                prop_assert!(used <= f64::from(limit) + 1e-6, "{used} of {limit}");
            }
        }
    }
}
