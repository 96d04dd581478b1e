//! The budget of an IP address: weight by the minute.

use crate::Pace;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Our [`Pace`] as the library's clock.
#[derive(Clone)]
struct PaceClock(Arc<dyn Pace>);

impl Clock for PaceClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Weight that may be used.
///
/// Half of the minute's weight may be used at once and the other half comes back over the minute, so that no 60 seconds,
/// wherever they begin, see more than the limit. Rows of an answer are known only when it is there: they are owed, and paid
/// by whoever asks next.
pub struct WeightBudget {
    limiter: RateLimiter<NotKeyed, InMemoryState, PaceClock, NoOpMiddleware<Duration>>,
    pace: Arc<dyn Pace>,
    burst: NonZeroU32,
    owed: AtomicU32,
}

impl WeightBudget {
    /// So much weight a minute, at least 2.
    pub fn per_minute(weight: u32, pace: Arc<dyn Pace>) -> Self {
        let burst = NonZeroU32::new(weight / 2).unwrap_or(NonZeroU32::MIN);
        // `per_minute` refills the whole burst in a minute.
        let quota = Quota::per_minute(burst).allow_burst(burst);
        Self {
            limiter: RateLimiter::direct_with_clock(quota, PaceClock(Arc::clone(&pace))),
            pace,
            burst,
            owed: AtomicU32::new(0),
        }
    }

    /// Takes that much now, or says how long to wait before asking again.
    pub fn take(&self, weight: u32) -> Result<(), Duration> {
        self.pay()?;
        self.part(weight.min(self.burst.get()))?;
        // What is more than the burst cannot be had at once: it is owed.
        self.owe(weight.saturating_sub(self.burst.get()));
        Ok(())
    }

    /// Uses weight that was not asked for: rows of an answer, or an action that must not wait.
    pub fn owe(&self, weight: u32) {
        let _ = self
            .owed
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |owed| {
                Some(owed.saturating_add(weight))
            });
    }

    /// Pays what is owed, as far as there is anything.
    fn pay(&self) -> Result<(), Duration> {
        let mut owed = self.owed.swap(0, Ordering::SeqCst);
        while owed > 0 {
            let part = owed.min(self.burst.get());
            if let Err(wait) = self.part(part) {
                self.owe(owed);
                return Err(wait);
            }
            owed -= part;
        }
        Ok(())
    }

    fn part(&self, weight: u32) -> Result<(), Duration> {
        let Some(weight) = NonZeroU32::new(weight) else {
            return Ok(());
        };
        match self.limiter.check_n(weight) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(not_until)) => Err(not_until.wait_time_from(self.pace.elapsed())),
            // Never: no part is larger than the burst.
            Err(_) => Err(Duration::from_mins(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::rest::testing::Hand;

    #[test]
    fn no_minute_sees_more_than_the_limit() {
        let hand = Arc::new(Hand::default());
        let budget = WeightBudget::per_minute(1_200, hand.clone());
        let mut used: Vec<(Duration, u32)> = Vec::new();
        for step in 0..4_000_u32 {
            hand.advance(Duration::from_millis(50));
            let weight = [2, 20, 60, 1][step as usize % 4];
            if budget.take(weight).is_ok() {
                used.push((hand.elapsed(), weight));
            }
        }
        let most = used
            .iter()
            .map(|(from, _)| {
                let minute = *from..*from + Duration::from_mins(1);
                used.iter()
                    .filter(|(t, _)| minute.contains(t))
                    .map(|(_, w)| w)
                    .sum::<u32>()
            })
            .max()
            .unwrap();
        assert!((1_150..=1_200).contains(&most), "{most}");
    }

    #[test]
    fn rows_are_paid_by_whoever_asks_next() {
        let hand = Arc::new(Hand::default());
        let budget = WeightBudget::per_minute(120, hand.clone());
        assert_eq!(budget.take(20), Ok(()));
        budget.owe(83);
        // 40 are left: neither the 83 nor the next
        let wait = budget.take(2).unwrap_err();
        assert!(wait > Duration::from_secs(15), "{wait:?}");
        hand.advance(Duration::from_secs(22));
        let again = budget.take(2).unwrap_err();
        assert!(again > Duration::ZERO);
        hand.advance(Duration::from_mins(2));
        assert_eq!(budget.take(2), Ok(()));
    }

    #[test]
    fn more_than_the_burst_is_owed() {
        let hand = Arc::new(Hand::default());
        let budget = WeightBudget::per_minute(100, hand.clone());
        assert_eq!(budget.take(60), Ok(()));
        assert!(budget.take(1).is_err());
        hand.advance(Duration::from_secs(14));
        assert_eq!(budget.take(1), Ok(()));
    }
}
