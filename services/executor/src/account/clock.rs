//! The exchange's time, from a clock of ours that may be wrong, and may jump.
//!
//! What an order's end is measured against is the exchange's clock: with a wrong one of ours, stops would be refused as
//! expired, or live on after they were given up. So the account lives in the exchange's time, as far as it can be known, and
//! whenever ours does something that time does not do, nothing is decided before the exchange was asked.

/// What the way of a question may make wrong beside its length, ms.
const TOLERANCE: i64 = 1_000;

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// The longest ordinary time between two looks at it, ms.
    silence: i64,
    /// An answer that took longer says too little, ms.
    way: i64,
    /// Exchange's less ours, ms.
    offset: Option<i64>,
    /// Ours, when it was last looked at.
    given: Option<i64>,
    /// The exchange's, never falling.
    last: i64,
    trusted: bool,
}

impl Clock {
    /// Nothing is known yet. `margin` is what the exchange's time may be off for all that is decided by it: what may have
    /// been executed is given up after so long, so it bounds how slow an answer may be.
    pub fn new(silence: i64, way: i64, margin: i64) -> Self {
        Self {
            silence,
            way: way.min(margin - TOLERANCE),
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
    /// how far ours is off; none when the answer took too long to tell. What is believed is off by no more than the longest
    /// way and a second.
    pub fn heard(&mut self, venue: i64, asked: i64, given: i64) -> Option<i64> {
        let way = given.saturating_sub(asked);
        if !(0..=self.way).contains(&way) {
            return None;
        }
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
        Some(offset)
    }

    /// The last time that was given out, if there was one.
    pub fn last(&self) -> Option<i64> {
        (self.last > i64::MIN).then_some(self.last)
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
        let mut clock = Clock::new(5_000, 2_000, 3_000);
        assert_eq!(clock.now(1_000), None);
        assert_eq!(clock.heard(1_050, 1_000, 1_100), Some(0));
        assert_eq!(clock.now(1_200), Some(1_200));
    }

    #[test]
    fn a_wrong_clock_is_set_right_and_a_jump_is_noticed() {
        let mut clock = Clock::new(5_000, 2_000, 3_000);
        assert_eq!(clock.now(0), None);
        assert_eq!(clock.heard(300_100, 0, 200), Some(300_000));
        assert_eq!(clock.now(1_000), Some(301_000));
        // a question more does not move it by what the way took
        assert_eq!(clock.heard(302_400, 2_000, 2_400), Some(300_000));
        // back by five minutes
        assert_eq!(clock.now(-298_000), None);
        assert_eq!(clock.now(-297_000), None);
        assert_eq!(clock.heard(303_500, -297_000, -296_800), Some(600_400));
        let now = clock.now(-296_000).unwrap();
        assert!((303_900..304_600).contains(&now), "{now}");
        // forth by an hour, and no time goes back
        assert_eq!(clock.now(3_304_000), None);
        clock.heard(305_000, 3_304_000, 3_304_200);
        assert!(clock.now(3_304_300).unwrap() >= now);
    }

    #[test]
    fn a_slow_answer_tells_no_time() {
        let mut clock = Clock::new(60_000, 2_000, 3_000);
        // it may have been answered at once, or only just now
        assert_eq!(clock.heard(20_000, 0, 20_000), None);
        assert_eq!(clock.now(20_001), None);
        assert_eq!(clock.heard(21_500, 20_001, 22_001), Some(0));
        assert_eq!(clock.heard(90_000, 30_000, 32_001), None);
        assert_eq!(clock.now(33_000), Some(33_000));
        // nor does one that the margin has no room for
        let mut narrow = Clock::new(60_000, 2_000, 2_000);
        assert_eq!(narrow.heard(500, 0, 1_001), None);
        assert_eq!(narrow.heard(500, 0, 1_000), Some(0));
    }

    proptest::proptest! {
        #[test]
        fn what_is_believed_is_within_the_margin(
            off in -100_000i64..100_000, ways in proptest::collection::vec((0i64..6_000, 0i64..6_000), 1..20),
        ) {
            let mut clock = Clock::new(60_000, 2_000, 3_000);
            let mut own = 0;
            for (there, back) in ways {
                let asked = own;
                own += there + back;
                clock.heard(asked + there + off, asked, own);
                if let Some(now) = clock.now(own) {
                    proptest::prop_assert!((now - own - off).abs() <= 3_000);
                }
            }
        }
    }
}
