//! What time it is at the venue, whatever the clock of this machine says.
//!
//! Own time runs on the steady clock of the machine, so that nobody who sets the time of day makes it jump; how far it is from the
//! venue's is measured by questions. Trading uses the venue's time for everything – ends of requests, nonces, closes of bars – so
//! that stops and exits go on with a wrong clock. Entries do not: a machine whose clock is wrong is not to be trusted with new
//! risk, and somebody has to look at it.

use sixbtc_exchange::Millis;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Where times come from.
pub type Reads = Arc<dyn Fn() -> Millis + Send + Sync>;

/// A clock that is off by more than this makes no entries.
pub const STOPS: Millis = 2_000;
/// And by more than this, a person is told.
pub const ALARMS: Millis = 10_000;
/// A step back by more than this is made; a smaller one is waited out.
const STEP: Millis = 1_000;

/// The time of day.
pub fn wall() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_millis() as Millis)
}

/// Time that begins with the time of day and then runs steadily.
pub fn steady() -> Reads {
    let (since, began) = (Instant::now(), wall());
    Arc::new(move || began.saturating_add(since.elapsed().as_millis() as Millis))
}

/// How the machine's clock stands to the venue's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// Nobody has asked the venue yet.
    Unknown,
    /// Near enough.
    Fine,
    /// No entries: off by so much at least, ms; above 0 when the machine's clock is ahead.
    Off(Millis),
    /// No entries, and a person is told.
    Alarming(Millis),
}

impl Drift {
    /// Whether entries may be made.
    pub fn allows_entries(self) -> bool {
        self == Self::Fine
    }

    /// By how much the machine's clock is off, if that matters.
    pub fn off(self) -> Option<Millis> {
        match self {
            Self::Unknown | Self::Fine => None,
            Self::Off(by) | Self::Alarming(by) => Some(by),
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("the venue's time is not known yet"),
            Self::Fine => f.write_str("the clock agrees with the venue's"),
            Self::Off(by) | Self::Alarming(by) => {
                let way = if *by > 0 { "ahead of" } else { "behind" };
                write!(
                    f,
                    "this machine's clock is {:.1} s {way} the venue's",
                    by.abs() as f64 / 1e3
                )
            }
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Measured {
    /// Venue's time less own time.
    offset: Option<Millis>,
    /// How wrong that may be.
    error: Millis,
    /// The latest time given out.
    last: Millis,
}

/// The venue's clock as this machine knows it.
#[derive(Clone)]
pub struct VenueClock {
    own: Reads,
    day: Reads,
    measured: Arc<Mutex<Measured>>,
}

impl fmt::Debug for VenueClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VenueClock")
            .field("measured", &self.measured())
            .finish_non_exhaustive()
    }
}

impl VenueClock {
    /// Own time, which runs steadily, and the time of day, which is what is judged.
    pub fn new(own: Reads, day: Reads) -> Self {
        Self {
            own,
            day,
            measured: Arc::default(),
        }
    }

    /// Of this machine.
    pub fn machine() -> Self {
        Self::new(steady(), Arc::new(wall))
    }

    /// One that venue and executor share, such as a replay's.
    pub fn shared(time: Reads) -> Self {
        Self::new(Arc::clone(&time), time)
    }

    fn measured(&self) -> Measured {
        *self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Own time: what questions are timed with.
    pub fn own(&self) -> Millis {
        (self.own)()
    }

    /// Time at the venue. Falls only when a better measurement shows that it was far ahead.
    pub fn now(&self) -> Millis {
        let own = (self.own)();
        let mut m = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        let now = own.saturating_add(m.offset.unwrap_or(0));
        if m.last.saturating_sub(now) <= STEP {
            m.last = m.last.max(now);
        } else {
            m.last = now;
        }
        m.last
    }

    /// Takes a measurement: the venue said `venue` to a question that was sent and answered at these own times. The answer was
    /// given somewhere between the two, which bounds the error. `false`: it says less than what is known.
    pub fn heard(&self, sent: Millis, venue: Millis, received: Millis) -> bool {
        let took = received.saturating_sub(sent);
        if took < 0 {
            return false;
        }
        let error = took / 2 + 1;
        let offset = venue.saturating_sub(sent.saturating_add(took / 2));
        let mut m = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        // a slow answer does not replace a quick one that it does not contradict
        let agrees = m
            .offset
            .is_some_and(|known| known.abs_diff(offset) <= (error + m.error) as u64);
        if agrees && error > m.error.saturating_mul(2).saturating_add(50) {
            return false;
        }
        m.offset = Some(offset);
        m.error = error;
        true
    }

    /// How the time of day of this machine stands to the venue's.
    pub fn drift(&self) -> Drift {
        let m = self.measured();
        let Some(offset) = m.offset else {
            return Drift::Unknown;
        };
        let venue = (self.own)().saturating_add(offset);
        let ahead = (self.day)().saturating_sub(venue);
        let surely = (ahead.saturating_abs() - m.error).max(0);
        let by = surely * ahead.signum();
        if surely > ALARMS {
            Drift::Alarming(by)
        } else if surely > STOPS {
            Drift::Off(by)
        } else {
            Drift::Fine
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    fn hand(at: Millis) -> (Arc<AtomicI64>, Reads) {
        let hand = Arc::new(AtomicI64::new(at));
        let read = Arc::clone(&hand);
        (hand, Arc::new(move || read.load(Ordering::SeqCst)))
    }

    #[test]
    fn three_days_wrong_trades_by_the_venues_time_and_enters_nothing() {
        const DAYS: Millis = 3 * 86_400_000;
        for wrong in [DAYS, -DAYS, 5_000, -5_000, 300_000] {
            let venue = 1_000_000_000_000;
            let (_, own) = hand(venue + wrong);
            let clock = VenueClock::new(Arc::clone(&own), own);
            assert_eq!(clock.drift(), Drift::Unknown);
            assert!(!clock.drift().allows_entries());
            let sent = clock.own() - 40;
            assert!(clock.heard(sent, venue - 20, clock.own()));
            assert_eq!(clock.now(), venue);
            let off = clock.drift().off().unwrap();
            assert!((off - wrong).abs() <= 21, "{off}");
            let alarming = matches!(clock.drift(), Drift::Alarming(_));
            assert_eq!(alarming, wrong.abs() > ALARMS);
            assert!(!clock.drift().allows_entries());
        }
    }

    #[test]
    fn a_time_of_day_that_jumps_moves_nothing_but_is_noticed() {
        let (_, own) = hand(50_000);
        let (day, reads) = hand(50_000);
        let clock = VenueClock::new(own, reads);
        clock.heard(50_000, 50_000, 50_000);
        assert_eq!((clock.now(), clock.drift()), (50_000, Drift::Fine));
        day.store(50_000 - 7_200_000, Ordering::SeqCst);
        assert_eq!(clock.now(), 50_000);
        assert!(matches!(clock.drift(), Drift::Alarming(by) if by < 0));
        let shown = clock.drift().to_string();
        assert_eq!(shown, "this machine's clock is 7200.0 s behind the venue's");
        day.store(52_500, Ordering::SeqCst);
        assert!(matches!(clock.drift(), Drift::Off(2_499)));
    }

    #[test]
    fn a_slow_answer_proves_little() {
        let (now, own) = hand(10_000);
        let clock = VenueClock::shared(own);
        // 8 s under way: the venue may be 4 s ahead or behind
        now.store(18_000, Ordering::SeqCst);
        assert!(clock.heard(10_000, 17_900, 18_000));
        assert_eq!(clock.drift(), Drift::Fine);
        // a quick one is better, and a slow one that agrees does not replace it
        assert!(clock.heard(18_000, 18_001, 18_002));
        assert!(!clock.heard(10_000, 17_900, 18_002));
        assert_eq!(clock.now(), 18_000);
        // the clock went back between question and answer
        assert!(!clock.heard(18_000, 20_000, 17_000));
        // it waits out what it was ahead by
        assert!(clock.heard(18_000, 17_800, 18_000));
        assert_eq!(clock.now(), 18_000);
        now.store(18_500, Ordering::SeqCst);
        assert_eq!(clock.now(), 18_300);
    }

    proptest! {
        #[test]
        fn the_true_time_lies_within_the_error(offset in -1_000_000i64..1_000_000, there in 0i64..5_000, back in 0i64..5_000) {
            let (now, own) = hand(10_000_000);
            let clock = VenueClock::shared(own);
            let sent = clock.own();
            let venue = sent + there + offset;
            now.store(sent + there + back, Ordering::SeqCst);
            prop_assert!(clock.heard(sent, venue, clock.own()));
            let truth = clock.own() + offset;
            prop_assert!((clock.now() - truth).abs() <= i64::midpoint(there, back) + 1);
        }
    }
}
