//! Time as requests see it: how much has passed, and waiting. Tests have one of their own, in which nobody waits.

use async_trait::async_trait;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

/// A steady clock that can be waited for.
#[async_trait]
pub trait Pace: Send + Sync + 'static {
    /// Time passed since some fixed moment; never goes back, whatever happens to the time of day.
    fn elapsed(&self) -> Duration;

    /// Waits.
    async fn pause(&self, how_long: Duration);

    /// A number in `[0, 1)`: spreads the retries of several clients.
    fn chance(&self) -> f64;
}

/// The machine's own.
#[derive(Debug)]
pub struct WallPace {
    since: Instant,
}

impl Default for WallPace {
    fn default() -> Self {
        Self {
            since: Instant::now(),
        }
    }
}

#[async_trait]
impl Pace for WallPace {
    fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    async fn pause(&self, how_long: Duration) {
        tokio::time::sleep(how_long).await;
    }

    fn chance(&self) -> f64 {
        // Each `RandomState` is keyed anew.
        let word = RandomState::new().build_hasher().finish();
        (word >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_a_fraction() {
        let pace = WallPace::default();
        for _ in 0..1000 {
            assert!((0.0..1.0).contains(&pace.chance()));
        }
    }
}
