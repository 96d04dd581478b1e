//! What time it is at the market of a server.

use crate::engine::Millis;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Where time comes from.
enum Kind {
    /// Somebody else says.
    Given(Arc<dyn Fn() -> Millis + Send + Sync>),
    /// Market time at a moment of the machine, and how fast it goes on; 0 = only when it is told to.
    Paced {
        market: Millis,
        at: Instant,
        speed: f64,
    },
}

/// The market's clock. It never goes back.
pub struct Clock {
    kind: Kind,
    began: Instant,
}

impl Clock {
    fn of(kind: Kind) -> Self {
        Self {
            kind,
            began: Instant::now(),
        }
    }

    /// The machine's own time.
    pub fn wall() -> Self {
        Self::given(Arc::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            since.map_or(0, |since| {
                Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
            })
        }))
    }

    /// Another clock, such as that of a replay that several processes share.
    pub fn given(now: Arc<dyn Fn() -> Millis + Send + Sync>) -> Self {
        Self::of(Kind::Given(now))
    }

    /// From a time on, so many times as fast as the wall's; 0 stands still but for steps.
    pub fn paced(from: Millis, speed: f64) -> Self {
        Self::of(Kind::Paced {
            market: from,
            at: Instant::now(),
            speed: usable(speed),
        })
    }

    /// Market time now.
    pub fn now(&self) -> Millis {
        match &self.kind {
            Kind::Given(now) => now(),
            Kind::Paced { market, at, speed } => {
                market.saturating_add((at.elapsed().as_secs_f64() * 1000.0 * speed) as Millis)
            }
        }
    }

    /// The time that a new venue opens at; a clock of our own begins to go now.
    pub(super) fn start(&mut self) -> Millis {
        match &mut self.kind {
            Kind::Given(now) => now(),
            Kind::Paced { market, at, .. } => {
                *at = Instant::now();
                *market
            }
        }
    }

    /// Goes on from where a venue was, when it is a clock of our own.
    pub(super) fn resume(&mut self, from: Millis) {
        if let Kind::Paced { market, at, .. } = &mut self.kind {
            (*market, *at) = (from, Instant::now());
        }
    }

    /// Goes on from an earlier time when it has run ahead of it, if it is a clock of our own: prices that take longer to work
    /// than they last slow the market down.
    pub(super) fn hold(&mut self, latest: Millis) {
        if self.now() > latest {
            self.resume(latest);
        }
    }

    /// How fast it goes, when it is a clock of our own.
    pub fn speed(&self) -> Option<f64> {
        match &self.kind {
            Kind::Given(_) => None,
            Kind::Paced { speed, .. } => Some(*speed),
        }
    }

    /// Changes its speed, without a jump; whether it could.
    pub(super) fn set_speed(&mut self, new: f64) -> bool {
        let now = self.now();
        let Kind::Paced { market, at, speed } = &mut self.kind else {
            return false;
        };
        (*market, *at, *speed) = (now, Instant::now(), usable(new));
        true
    }

    /// Jumps ahead; whether it could.
    pub(super) fn step(&mut self, ms: Millis) -> bool {
        let now = self.now();
        let Kind::Paced { market, at, .. } = &mut self.kind else {
            return false;
        };
        (*market, *at) = (now.saturating_add(ms.max(0)), Instant::now());
        true
    }

    /// Milliseconds of the machine since it was made: what minutes of limits are counted by.
    pub(super) fn real(&self) -> Millis {
        Millis::try_from(self.began.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }
}

fn usable(speed: f64) -> f64 {
    if speed.is_finite() {
        speed.max(0.0)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stands_moves_by_steps_and_speeds_change_without_a_jump() {
        let mut clock = Clock::paced(1000, 0.0);
        assert_eq!(clock.now(), 1000);
        assert!(clock.step(500));
        assert!(clock.step(-500), "back it does not go");
        assert_eq!(clock.now(), 1500);
        assert!(clock.set_speed(f64::NAN));
        assert_eq!(clock.speed(), Some(1.0));
        assert!((1500..60_000).contains(&clock.now()));
        assert!(clock.set_speed(0.0));
        clock.resume(7);
        assert_eq!(clock.now(), 7);
        clock.hold(9);
        assert_eq!(clock.now(), 7, "it is not ahead");
        clock.hold(5);
        assert_eq!(clock.now(), 5);
        let mut given = Clock::given(Arc::new(|| 42));
        given.hold(5);
        assert_eq!((given.now(), given.speed()), (42, None));
        assert!(!given.step(1) && !given.set_speed(2.0));
        assert!(Clock::wall().now() > 1_700_000_000_000);
    }
}
