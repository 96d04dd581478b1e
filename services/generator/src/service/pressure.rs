//! When generation pauses.

use sixbtc_core::settings::Pipeline;
use std::time::Duration;

/// Whether the queues behind the generator have room.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pressure {
    paused: bool,
}

impl Pressure {
    /// How long to wait with so many strategies generated and validated; `None`: go on. Above the high mark it pauses, and goes
    /// on only below the low one, so that it does not flutter.
    pub fn judge(
        &mut self,
        generated: u64,
        validated: u64,
        settings: &Pipeline,
    ) -> Option<Duration> {
        let marks = &settings.validated_backpressure;
        let (low, high) = (
            u64::from(marks.low_threshold),
            u64::from(marks.high_threshold),
        );
        if validated > high {
            self.paused = true;
        } else if validated < low.max(1) {
            self.paused = false;
        }
        let limit = u64::from(settings.queue_limits.generated);
        let over = if generated >= limit {
            Some(generated - limit)
        } else if self.paused {
            Some(validated.saturating_sub(high))
        } else {
            None
        }?;
        let b = &settings.backpressure;
        let cooldown = (b.base_cooldown + b.cooldown_increment * over).min(b.max_cooldown);
        // it looks again before the pause is over: room may come sooner
        Some(Duration::from_secs(cooldown.min(b.check_interval)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_pauses_above_the_high_mark_and_goes_on_below_the_low_one() {
        let settings = Pipeline::default();
        let mut p = Pressure::default();
        assert_eq!(p.judge(0, 50, &settings), None);
        assert!(p.judge(0, 51, &settings).is_some());
        assert!(p.judge(0, 20, &settings).is_some());
        assert_eq!(p.judge(0, 19, &settings), None);
        assert_eq!(p.judge(0, 50, &settings), None);
        assert!(p.judge(100, 0, &settings).is_some());
        assert_eq!(p.judge(99, 0, &settings), None);
    }

    #[test]
    fn a_pause_is_never_longer_than_the_time_between_looks() {
        let mut settings = Pipeline::default();
        let mut p = Pressure::default();
        assert_eq!(
            p.judge(5_000, 0, &settings),
            Some(Duration::from_secs(settings.backpressure.check_interval))
        );
        settings.backpressure.check_interval = 3_600;
        assert_eq!(
            p.judge(100, 0, &settings),
            Some(Duration::from_secs(settings.backpressure.base_cooldown))
        );
        assert_eq!(
            p.judge(5_000, 0, &settings),
            Some(Duration::from_secs(settings.backpressure.max_cooldown))
        );
    }
}
