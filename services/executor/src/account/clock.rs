//! The exchange's time, from a clock of ours that may be wrong, and may jump.
//!
//! What an order's end is measured against is the exchange's clock: with a wrong one of ours, stops would be refused as
//! expired, or live on after they were given up. So the account lives in the exchange's time, as far as it can be known, and
//! whenever ours does something that time does not do, nothing is decided before the exchange was asked.

/// What the way of a question may make wrong.
const TOLERANCE: i64 = 1_000;

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// The longest ordinary time between two looks at it, ms.
    silence: i64,
    /// Exchange's less ours, ms.
    offset: Option<i64>,
    /// Ours, when it was last looked at.
    given: Option<i64>,
    /// The exchange's, never falling.
    last: i64,
    trusted: bool,
}

impl Clock {
    /// Nothing is known yet.
    pub fn new(silence: i64) -> Self {
        Self {
            silence,
            offset: None,
            given: None,
            last: i64::MIN,
            trusted: false,
        }
    }

    /// The exchange's time, when ours says `given`; none when the exchange has to be asked first.
    pub fn now(&mut self, given: i64) -> Option<i64> {
        let step = self.given.map(|last| given.saturating_sub(last));
        self.given = Some(given);
        if step.is_some_and(|step| !(0..=self.silence).contains(&step)) {
            self.trusted = false;
        }
        let offset = self.offset.filter(|_| self.trusted)?;
        self.last = self.last.max(given.saturating_add(offset));
        Some(self.last)
    }

    /// The exchange said its time: the question left when ours said `asked`, the answer is there when it says `given`. Gives
    /// how far ours is off.
    pub fn heard(&mut self, venue: i64, asked: i64, given: i64) -> i64 {
        let way = given.saturating_sub(asked);
        let middle = asked.saturating_add(way / 2);
        let measured = venue.saturating_sub(middle);
        let doubt = (way / 2).saturating_add(TOLERANCE);
        let kept = self
            .offset
            .filter(|known| self.trusted && (known - measured).abs() <= doubt);
        // what is less than the way of the question is no news
        let small = measured.abs() <= doubt && kept.is_none();
        let offset = kept.unwrap_or(if small { 0 } else { measured });
        self.offset = Some(offset);
        self.trusted = true;
        offset
    }

    /// How far ours is off, ms; above 0 when it is behind.
    pub fn offset(&self) -> i64 {
        self.offset.unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_known_before_the_exchange_was_asked() {
        let mut clock = Clock::new(5_000);
        assert_eq!(clock.now(1_000), None);
        assert_eq!(clock.heard(1_050, 1_000, 1_100), 0);
        assert_eq!(clock.now(1_200), Some(1_200));
    }

    #[test]
    fn a_wrong_clock_is_set_right_and_a_jump_is_noticed() {
        let mut clock = Clock::new(5_000);
        assert_eq!(clock.now(0), None);
        assert_eq!(clock.heard(300_100, 0, 200), 300_000);
        assert_eq!(clock.now(1_000), Some(301_000));
        // a question more does not move it by what the way took
        assert_eq!(clock.heard(302_400, 2_000, 2_400), 300_000);
        // back by five minutes
        assert_eq!(clock.now(-298_000), None);
        assert_eq!(clock.now(-297_000), None);
        assert_eq!(clock.heard(303_500, -297_000, -296_800), 600_400);
        let now = clock.now(-296_000).unwrap();
        assert!((303_900..304_600).contains(&now), "{now}");
        // forth by an hour, and no time goes back
        assert_eq!(clock.now(3_304_000), None);
        clock.heard(305_000, 3_304_000, 3_304_200);
        assert!(clock.now(3_304_300).unwrap() >= now);
    }
}
