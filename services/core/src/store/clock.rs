//! The store's clock.

use crate::model::Millis;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Tells the time in ms since 1970 UTC. Tests put their own in place, so they never sleep.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// The wall's time, which within a process never goes back: when somebody sets the computer's clock back, time goes on at its
/// usual pace from where it stood, so that no lease lasts longer, and none is taken to have begun after it ended. A jump ahead is
/// followed, for it cannot be told from a computer that slept.
pub(super) fn wall() -> Clock {
    let anchor = Mutex::new(Anchor {
        wall: system(),
        instant: Instant::now(),
    });
    Arc::new(move || {
        let mut anchor = anchor.lock().unwrap_or_else(PoisonError::into_inner);
        anchor.at(system(), Instant::now())
    })
}

struct Anchor {
    wall: Millis,
    instant: Instant,
}

impl Anchor {
    fn at(&mut self, wall: Millis, instant: Instant) -> Millis {
        let elapsed = instant.saturating_duration_since(self.instant).as_millis() as Millis;
        let expected = self.wall.saturating_add(elapsed);
        if wall > expected {
            *self = Self { wall, instant };
            wall
        } else {
            expected
        }
    }
}

fn system() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_millis() as Millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_clock_set_back_goes_on_at_its_pace_and_one_set_ahead_is_followed() {
        let start = Instant::now();
        let mut anchor = Anchor {
            wall: 1_000_000,
            instant: start,
        };
        let mut at = |wall, ms| anchor.at(wall, start + Duration::from_millis(ms));
        assert_eq!(at(1_000_010, 10), 1_000_010);
        // an hour back
        assert_eq!(at(1_000_020 - 3_600_000, 20), 1_000_020);
        assert_eq!(at(1_000_050 - 3_600_000, 50), 1_000_050);
        // and right again
        assert_eq!(at(1_000_060, 60), 1_000_060);
        // an hour ahead
        assert_eq!(at(4_600_070, 70), 4_600_070);
        assert_eq!(at(1_000_080, 80), 4_600_080);
    }
}
